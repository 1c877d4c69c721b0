"""Matchers for the answers of a name server, which are a set: their order means nothing."""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import ConfigDict, Field, PlainValidator
from typing_extensions import TypedDict  # of pydantic: it reads typing's own from Python 3.12 on

from statuspage.errors import nearest
from statuspage.probes.expect import Match, value_match


@dataclass(frozen=True, slots=True)
class Answers:
    """What all answers together must be."""

    every: Match | None  # each of them
    some: Match | None  # one of them at least
    all: frozenset[str]  # these are among them

    def hold(self, seen: Sequence[str]) -> bool:
        """`seen`: the answers, one at least. Raises patterns.TooSlow."""
        every = self.every is None or self.every.holds(seen)
        some = self.some is None or any(self.some.holds([one]) for one in seen)
        return every and some and self.all.issubset(seen)

    @property
    def words(self) -> str:
        told = [
            f"{who} answer: {match.words}"
            for who, match in (("every", self.every), ("some", self.some))
            if match
        ]
        return "; ".join([*told, *([f"among them: {', '.join(sorted(self.all))}"] if self.all else [])])


@dataclass(frozen=True, slots=True)
class AnswersMatch:
    """The wishes as they hold for names and addresses, however these are written, and for texts."""

    names: Answers = field(repr=False)
    texts: Answers = field(repr=False)


def answers_match(raw: object) -> AnswersMatch:
    """A text that every answer must equal, a list of all answers, or operators. Raises ValueError."""
    if isinstance(raw, str):
        raw = {"is": raw}
    elif isinstance(raw, list):
        raw = {"any_of": raw, "all": raw}
    return AnswersMatch(names=_answers(raw, fold), texts=_answers(raw, str))


def fold(text: str) -> str:
    """Names and addresses as they are compared: small letters, no final points, one spelling of an address."""
    if address := address_of(text):
        return str(address)
    return " ".join(_ascii(re.sub(r"(?<=.)\.$", "", word)) for word in text.lower().split(" "))


def address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _ascii(name: str) -> str:
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name  # no name: it will equal none


# --- reading -----------------------------------------------------------------------------------

OfOneAnswer = TypedDict(  # `is` and `not` cannot be names in a class
    "OfOneAnswer",
    {
        "is": Annotated[str, Field(description="Equals this.")],
        "not": Annotated[str, Field(description="Does not equal this.")],
        "contains": Annotated[str, Field(description="Has this text inside.")],
        "matches": Annotated[str, Field(description="This regular expression is found in it.")],
        "any_of": Annotated[list[str], Field(description="Equals one of these.")],
        "none_of": Annotated[list[str], Field(description="Equals none of these.")],
        "starts": Annotated[str, Field(description="Begins so.")],
        "ends": Annotated[str, Field(description="Ends so.")],
    },
    total=False,
)
OfOneAnswer.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]


class OfAnswers(OfOneAnswer, total=False):
    """Operators that every answer must hold, and two that look at all of them."""

    some: Annotated[str | OfOneAnswer, Field(description="One answer at least is so.")]
    all: Annotated[list[str], Field(description="Each of these is among the answers.")]


OfAnswers.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]

AnswersOption = Annotated[
    AnswersMatch, PlainValidator(answers_match, json_schema_input_type=str | list[str] | OfAnswers)
]

_LISTS = frozenset({"any_of", "none_of", "all"})
_Written = Callable[[str], str]  # an operand as it is compared


def _answers(raw: object, written: _Written) -> Answers:
    operators = _operators(raw, OfAnswers.__annotations__, written)
    some, all_ = operators.pop("some", None), operators.pop("all", [])
    assert isinstance(all_, list)
    return Answers(
        every=value_match(operators) if operators else None,
        some=value_match(some) if some else None,
        all=frozenset(all_),
    )


def _operators(raw: object, known: Mapping[str, object], written: _Written) -> dict[str, object]:
    if not isinstance(raw, dict) or not raw:
        raise ValueError("write an answer, a list of all answers, or an operator such as {any_of: [...]}")
    for operator in raw:
        if operator not in known:
            raise ValueError(f"unknown operator '{operator}': {nearest(str(operator), known)}")
    return {operator: _operand(operator, operand, written) for operator, operand in raw.items()}


def _operand(operator: str, operand: object, written: _Written) -> object:
    if operator == "some":
        one = {"is": operand} if isinstance(operand, str) else operand
        return _operators(one, OfOneAnswer.__annotations__, written)
    if operator in _LISTS:
        if not isinstance(operand, list) or not operand:
            raise ValueError(f"{operator} takes a list, such as [203.0.113.10, 203.0.113.11]")
        return [_operand("", one, written) for one in operand]
    if not isinstance(operand, str) or not operand:
        raise ValueError("an answer is a text: put it in quotes")
    return operand if operator == "matches" else written(operand)
