"""Matchers: what a part of an answer must be. Parsed once at the border, judged without I/O.

A matcher is a bare value or a mapping of operators that must all hold. A bare value means *equals* for JSON and
figures, *contains* for texts (bodies, headers); `not`, `any_of` and `none_of` follow the same rule. A JSON path
that finds several values holds when there is one at least and each of them matches.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Literal, cast

from pydantic import ConfigDict, Field, PlainValidator
from typing_extensions import TypedDict  # of pydantic: it reads typing's own from Python 3.12 on

from statuspage.errors import nearest
from statuspage.probes.jsonpath import Path, path
from statuspage.probes.options import DurationSchema, SizeSchema, octets
from statuspage.probes.patterns import Pattern, pattern
from statuspage.yamlfile import parse_duration

MAX_BODY = 256_000  # octets of a body that are read


@dataclass(frozen=True, slots=True)
class Match:
    """Operators with their operands. Operands may hold secrets: no message shows them, figures aside."""

    checks: tuple[tuple[str, object], ...] = field(repr=False)
    textual: bool = False  # what is seen is a text that may stand for a number
    unit: str = ""  # of the figures

    def holds(self, seen: Sequence[object]) -> bool:
        """Whether the values seen (none: the part is missing) are as wanted. Raises patterns.TooSlow."""
        if not seen:
            return all(operator == "exists" and operand is False for operator, operand in self.checks)
        checks = _OF_TEXTS if self.textual else _OF_VALUES
        return all(checks[operator](operand, value) for operator, operand in self.checks for value in seen)

    @property
    def figures(self) -> str:
        """What is wanted of a figure, in words: "at least 5000"."""
        told = (f"{_WORDS[operator]} {operand:g}{self.unit}" for operator, operand in self._figures())
        return " and ".join(told)

    @property
    def words(self) -> str:
        """What is wanted, operands included: for the operator alone, who masks secrets before printing."""
        return " and ".join(f"{operator} {_shown(operand)}" for operator, operand in self.checks)

    def _figures(self) -> Iterator[tuple[str, float]]:
        for operator, operand in self.checks:
            yield operator, cast(float, operand)


def _shown(operand: object) -> str:
    if isinstance(operand, Match):
        return f"({operand.words})"
    return operand.text if isinstance(operand, Pattern) else json.dumps(operand, ensure_ascii=False)


_WORDS = {
    "is": "exactly",
    "not": "not",
    "ge": "at least",
    "gt": "more than",
    "le": "at most",
    "lt": "less than",
}


# --- judging -----------------------------------------------------------------------------------

Check = Callable[[object, object], bool]  # operand, value seen


def _same(a: object, b: object) -> bool:
    """Equal as JSON is: true is not 1, "1" is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    return a == b


def _contains(operand: object, seen: object) -> bool:
    if isinstance(seen, str):
        return isinstance(operand, str) and operand in seen
    if isinstance(seen, list):
        return any(_same(operand, item) for item in seen)
    return isinstance(seen, dict) and operand in seen


def _any(check: Check, operand: object, seen: object) -> bool:
    return any(check(one, seen) for one in cast(Sequence[object], operand))


def _not(check: Check, operand: object, seen: object) -> bool:
    return not check(operand, seen)


def _bare_text(operand: object, seen: object) -> bool:
    """A number is compared as one, a text must be contained."""
    return _same_text(operand, seen) if isinstance(operand, int | float) else _contains(operand, seen)


def _same_text(operand: object, seen: object) -> bool:
    return _number(seen) == operand if isinstance(operand, int | float) else operand == seen


def _number(seen: object) -> int | float | None:
    """The value as a number; a text's, when it is written as one."""
    if isinstance(seen, str) and re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?", seen, re.ASCII):
        return float(seen) if "." in seen else int(seen)
    return seen if isinstance(seen, int | float) and not isinstance(seen, bool) else None


def _compares(holds: Callable[[float, float], bool], *, textual: bool) -> Check:
    def check(operand: object, seen: object) -> bool:
        number = _number(seen) if textual or not isinstance(seen, str) else None
        return number is not None and holds(number, cast(float, operand))

    return check


def _length(operand: object, seen: object) -> bool:
    return isinstance(seen, str | list | dict) and cast(Match, operand).holds([len(seen)])


def _table(bare: Check, equal: Check, *, textual: bool) -> Mapping[str, Check]:
    return {
        "is": equal,
        "not": partial(_not, bare),
        "contains": _contains,
        "matches": lambda wanted, seen: isinstance(seen, str) and cast(Pattern, wanted).found_in(seen),
        "any_of": partial(_any, bare),
        "none_of": partial(_not, partial(_any, bare)),
        "exists": lambda wanted, _: wanted is True,
        "ge": _compares(lambda a, b: a >= b, textual=textual),
        "gt": _compares(lambda a, b: a > b, textual=textual),
        "le": _compares(lambda a, b: a <= b, textual=textual),
        "lt": _compares(lambda a, b: a < b, textual=textual),
        "length": _length,
        "starts": lambda wanted, seen: isinstance(seen, str) and seen.startswith(cast(str, wanted)),
        "ends": lambda wanted, seen: isinstance(seen, str) and seen.endswith(cast(str, wanted)),
    }


_OF_VALUES = _table(_same, _same, textual=False)
_OF_TEXTS = _table(_bare_text, _same_text, textual=True)


# --- reading: a ValueError with one sentence is a refusal ---------------------------------------


def value_match(raw: object) -> Match:
    """A matcher for JSON values: a bare value means equals. Raises ValueError."""
    return Match(_checks(raw, "is", _OPERANDS))


def text_match(raw: object) -> Match:
    """A matcher for texts: a bare text means contains, a bare number equals. Raises ValueError."""
    if raw is None or isinstance(raw, bool | list):
        raise ValueError("write a text (in quotes, if need be) or operators such as {contains: text}")
    bare = "is" if isinstance(raw, int | float) else "contains"
    return Match(_checks(raw, bare, _OPERANDS_OF_TEXTS), textual=True)


def size_match(raw: object) -> Match:
    """A matcher for a body's size, in octets or with a unit. Raises ValueError."""
    return Match(_checks(raw, "is", dict.fromkeys(_WORDS, _body_size)))


def count_match(raw: object) -> Match:
    """A matcher for whole numbers. Raises ValueError."""
    return Match(_checks(raw, "is", dict.fromkeys(_WORDS, _count)))


def number_match(raw: object) -> Match:
    """A matcher for figures, whole or not. Raises ValueError."""
    return Match(_checks(raw, "is", dict.fromkeys(_WORDS, _figure)))


def duration_match(raw: object) -> Match:
    """A matcher for spans of time, with their unit: `{le: 10m}`. What is seen is in seconds. Raises ValueError."""
    if not isinstance(raw, dict):
        raise ValueError("write a limit and a unit, such as {le: 10m}")
    return Match(_checks(raw, "is", dict.fromkeys(_WORDS, _seconds)), unit=" s")


def _checks(
    raw: object, bare: str, operands: Mapping[str, Callable[[object], object]]
) -> tuple[tuple[str, object], ...]:
    operators = raw if isinstance(raw, dict) else {bare: raw}
    if not operators:
        raise ValueError(
            "an empty mapping wants nothing: write a value or an operator such as {exists: true}"
        )
    for operator in operators:
        if operator not in operands:
            raise ValueError(f"unknown operator '{operator}': {nearest(str(operator), operands)}")
    return tuple((operator, operands[operator](operand)) for operator, operand in operators.items())


def _text(operand: object) -> object:
    if not isinstance(operand, str):
        raise ValueError("this operator takes a text: put it in quotes")
    return operand


def _text_or_number(operand: object) -> object:
    if isinstance(operand, bool) or not isinstance(operand, str | int | float):
        raise ValueError("a text is compared with a text (in quotes, if need be) or a number")
    return operand


def _some(operand: object) -> object:
    if not isinstance(operand, list) or not operand:
        raise ValueError("any_of and none_of take a list, such as [green, yellow]")
    return operand


def _some_texts(operand: object) -> object:
    return [_text_or_number(one) for one in cast(list[object], _some(operand))]


def _flag(operand: object) -> object:
    if not isinstance(operand, bool):
        raise ValueError("exists is true or false")
    return operand


def _figure(operand: object) -> object:
    if isinstance(operand, bool) or not isinstance(operand, int | float) or not math.isfinite(operand):
        raise ValueError("ge, gt, le and lt take a number")
    return operand


def _count(operand: object) -> object:
    if isinstance(operand, bool) or not isinstance(operand, int):
        raise ValueError("a whole number is wanted here")
    return operand


def _body_size(operand: object) -> object:
    size = octets(operand)
    if size > MAX_BODY:
        raise ValueError("only the first 256 kB of a body are read")
    return size


def _seconds(operand: object) -> object:
    if not isinstance(operand, str):
        raise ValueError("a duration is a number and a unit, such as 1500ms, 2s, 5m, 1h, 30d")
    return parse_duration(operand).total_seconds()


def _pattern(operand: object) -> object:
    return pattern(cast(str, _text(operand)))


def _anything(operand: object) -> object:
    return operand


_OPERANDS: Mapping[str, Callable[[object], object]] = {
    "is": _anything,
    "not": _anything,
    "contains": _anything,
    "matches": _pattern,
    "any_of": _some,
    "none_of": _some,
    "exists": _flag,
    "ge": _figure,
    "gt": _figure,
    "le": _figure,
    "lt": _figure,
    "length": count_match,
    "starts": _text,
    "ends": _text,
}
_OPERANDS_OF_TEXTS = {
    **_OPERANDS,
    "is": _text_or_number,
    "not": _text_or_number,
    "contains": _text,
    "any_of": _some_texts,
    "none_of": _some_texts,
}

_CODES = range(100, 600)


def statuses(raw: object) -> frozenset[int]:
    """HTTP status codes: `200`, `2xx`, a list of both, or operators over them. Raises ValueError."""
    if isinstance(raw, dict) and raw:
        wanted = frozenset(_CODES)
        for operator, operand in raw.items():
            wanted &= _statuses(operator, operand)
    elif isinstance(raw, list):
        wanted = frozenset[int]().union(*map(statuses, raw))
    elif isinstance(raw, str) and re.fullmatch("[1-5]xx", raw, re.IGNORECASE):
        wanted = frozenset(range(int(raw[0]) * 100, int(raw[0]) * 100 + 100))
    elif not isinstance(raw, bool) and str(raw).isdecimal() and int(str(raw)) in _CODES:
        wanted = frozenset({int(str(raw))})
    else:
        raise ValueError("a status is a number from 100 to 599 or a class such as 2xx")
    if not wanted:
        raise ValueError("no status can be all of that")
    return wanted


def _statuses(operator: str, operand: object) -> frozenset[int]:
    match operator:
        case "is" | "any_of":
            return statuses(operand)
        case "not" | "none_of":
            return frozenset(_CODES) - statuses(operand)
        case "ge" | "gt" | "le" | "lt":
            limit = _figure(operand)
            return frozenset(code for code in _CODES if _OF_VALUES[operator](limit, code))
    known = ("is", "not", "any_of", "none_of", "ge", "gt", "le", "lt")
    raise ValueError(f"unknown operator '{operator}': {nearest(operator, known)}")


def classes(statuses: frozenset[int]) -> Iterator[str]:
    """Status codes in few words: 2xx, 404."""
    for first in range(1, 6):
        some = range(first * 100, first * 100 + 100)
        if statuses.issuperset(some):
            yield f"{first}xx"
        else:
            yield from (str(status) for status in some if status in statuses)


# --- the types of options, with the schema that editors see --------------------------------------

_Scalar = str | int | float | bool | None
_Value = _Scalar | list[object] | dict[str, object]
_Figures = Literal["is", "not", "ge", "gt", "le", "lt"]
_Count = int | dict[_Figures, int]
_StatusItem = (
    Annotated[int, Field(ge=100, le=599)] | Annotated[str, Field(pattern="^[1-5][xX]{2}$|^[1-5][0-9]{2}$")]
)
_StatusItems = _StatusItem | list[_StatusItem]

Operators = TypedDict(  # `is` and `not` cannot be the names of a dataclass's fields
    "Operators",
    {
        "is": Annotated[_Value, Field(description="Equals this value.")],
        "not": Annotated[_Value, Field(description="Is not this value; a text does not contain it.")],
        "contains": Annotated[_Scalar, Field(description="A text, list or mapping has this inside.")],
        "matches": Annotated[str, Field(description="This regular expression is found in the first 8 kB.")],
        "any_of": Annotated[list[_Scalar], Field(description="Equals one of these; a text contains one.")],
        "none_of": Annotated[list[_Scalar], Field(description="Equals none; a text contains none.")],
        "exists": Annotated[bool, Field(description="It is there, or is not.")],
        "ge": Annotated[float, Field(description="A number, at least this.")],
        "gt": Annotated[float, Field(description="A number, more than this.")],
        "le": Annotated[float, Field(description="A number, at most this.")],
        "lt": Annotated[float, Field(description="A number, less than this.")],
        "length": Annotated[_Count, Field(description="Number of characters, items or keys.")],
        "starts": Annotated[str, Field(description="A text that begins so.")],
        "ends": Annotated[str, Field(description="A text that ends so.")],
    },
    total=False,
)
Operators.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]

ValueMatch = Annotated[
    Match, PlainValidator(value_match, json_schema_input_type=_Scalar | list[object] | Operators)
]
TextMatch = Annotated[Match, PlainValidator(text_match, json_schema_input_type=str | int | float | Operators)]
SizeMatch = Annotated[
    Match, PlainValidator(size_match, json_schema_input_type=SizeSchema | dict[_Figures, SizeSchema])
]
CountMatch = Annotated[Match, PlainValidator(count_match, json_schema_input_type=_Count)]
NumberMatch = Annotated[
    Match, PlainValidator(number_match, json_schema_input_type=float | dict[_Figures, float])
]
DurationMatch = Annotated[
    Match, PlainValidator(duration_match, json_schema_input_type=dict[_Figures, DurationSchema])
]
Statuses = Annotated[
    frozenset[int],
    PlainValidator(
        statuses,
        json_schema_input_type=_StatusItems
        | dict[Literal["is", "not", "any_of", "none_of", "ge", "gt", "le", "lt"], _StatusItems],
    ),
]
JsonPath = Annotated[Path, PlainValidator(path, json_schema_input_type=Annotated[str, Field(pattern=r"^\$")])]
