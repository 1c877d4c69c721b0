"""YAML values that keep their line.

The scalars of YAML 1.2 and nothing more: no aliases, tags, duplicate keys or second document; size and depth
are capped. Source: YAML 1.2.2 §10.3 (core schema), here without octal, hex, infinity and not-a-number.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TypeAlias

import yaml

from statuspage.errors import Problem, Problems, Where

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
Key: TypeAlias = str | int  # a mapping's key, a list's index

DURATION_PATTERN = r"^([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d)$"
SIZE_PATTERN = r"^([0-9]{1,9}(?:\.[0-9]{1,3})?)(B|kB|MB|KiB|MiB)$"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's value and where its parts stand."""

    path: str
    value: Value
    first_line: int = 1  # of the text in its file
    lines: Mapping[tuple[Key, ...], int] = field(default_factory=dict, repr=False)

    def line(self, *keys: Key) -> int:
        """Line of the key or list item at that path; of its nearest known ancestor when there is none."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.lines:
                return self.lines[keys[:length]]
        return self.first_line

    def where(self, *keys: Key) -> Where:
        return Where(self.path, self.line(*keys))


def load(
    text: str, path: str, *, first_line: int = 1, max_bytes: int = 1_000_000, max_depth: int = 20
) -> Loaded:
    """One document; nothing or comments alone give None. Raises Problems with all that it refuses."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        what = f"the YAML is {size} octets long, at most {max_bytes} are read"
        raise Problems([Problem(what, Where(path, first_line), "make it shorter")])
    text = text.removeprefix("\ufeff")
    if unreadable := list(_unreadable(text, path, first_line)):
        raise Problems(unreadable)
    reader = _Reader(path, first_line, max_depth)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        syntax = Problem(f"not YAML: {_sentence(error)}", Where(path, line), _mend(error))
        raise Problems([*reader.problems, syntax]) from error
    except yaml.YAMLError as error:  # pragma: no cover - what PyYAML cannot read has been refused above
        raise Problems([*reader.problems, Problem(f"not YAML: {error}", Where(path, first_line))]) from error
    if reader.problems:
        raise Problems(reader.problems)
    return Loaded(path, reader.value, first_line, reader.lines)


def parse_duration(text: str) -> timedelta:
    """`1500ms`, `2s`, `1.5h`, `30d` as a span. Raises ValueError."""
    match = re.fullmatch(DURATION_PATTERN, text)
    if not match:
        raise ValueError(
            f"'{text}' is no duration: write a number and a unit, such as 1500ms, 2s, 5m, 1h, 30d"
        )
    span = timedelta(milliseconds=float(Decimal(match[1]) * _MILLISECONDS[match[2]]))
    if span > _LONGEST:
        raise ValueError(f"'{text}' is longer than ten years")
    return span


def parse_size(text: str) -> int:
    """`300B`, `5kB`, `1.5MB`, `64KiB` as octets. Raises ValueError."""
    match = re.fullmatch(SIZE_PATTERN, text)
    if not match:
        raise ValueError(f"'{text}' is no size: write a number and a unit, such as 300B, 5kB, 2MB, 64KiB")
    return int(Decimal(match[1]) * _OCTETS[match[2]])


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is not in every build of PyYAML
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_OCTETS = {"B": 1, "kB": 1_000, "MB": 1_000_000, "KiB": 1_024, "MiB": 1_048_576}
_LONGEST = timedelta(days=3653)  # so that no sum with a date of ours leaves the calendar

# C0 and C1 controls but tab and line ends, lone surrogates, noncharacters; and the three that PyYAML takes
# for line ends (as YAML 1.1 did) and editors do not, so that lines would be counted differently.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n|\r|\n")

_WORDS = dict.fromkeys(("", "~", "null", "Null", "NULL")) | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_DIGITS = 300  # as many as a float has; Python refuses to read more than 4300
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def _scalar(text: str) -> Value:
    """A plain scalar's value: null, a boolean or a number; else its text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= _DIGITS else text
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def _unreadable(text: str, path: str, first_line: int) -> Iterator[Problem]:
    """A problem for each line with characters that no text file should hold."""
    for number, line in enumerate(_LINE_END.split(text) if _REFUSED.search(text) else (), first_line):
        if match := _REFUSED.search(line):
            yield Problem(
                f"the character U+{ord(match[0]):04X} cannot be read here",
                Where(path, number),
                "delete it, or write it as an escape in double quotes",
            )


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    path: tuple[Key, ...]
    items: "list[Value] | dict[str, Value]"
    key: str | None = None  # of a mapping: the key that waits for its value
    unkept: bool = False  # its next value belongs to no key that can be kept


class _Reader:
    """Events in, value and lines out. It keeps a stack of its own: no depth of nesting is a recursion."""

    def __init__(self, path: str, first_line: int, max_depth: int) -> None:
        self.value: Value = None
        self.lines: dict[tuple[Key, ...], int] = {}
        self.problems: list[Problem] = []
        self._path, self._first_line, self._max_depth = path, first_line, max_depth
        self._open: list[_Open] = []
        self._documents = 0
        self._key_depth = 0  # above 0: inside a list or mapping that was written as a key

    def take(self, event: yaml.Event) -> None:
        line = self._first_line + (event.start_mark.line if event.start_mark else 0)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents == 2:
                    self._refuse(
                        "a second document begins here", line, "keep one document: delete the line ---"
                    )
            case yaml.AliasEvent():
                mend = "write the value out; a text that begins with * or & goes in quotes"
                self._refuse("an alias (*) is not read here", line, mend)
                self._add(None, line, "")
            case yaml.ScalarEvent():
                self._refuse_extras(event, line)
                if _SURROGATE.search(event.value):
                    self._refuse(
                        "an escape in this text is half a character", line, "write the character itself"
                    )
                plain = event.implicit[0] and not event.style
                self._add(_scalar(event.value) if plain else event.value, line, event.value)
            case yaml.CollectionStartEvent():
                self._begin(event, line)
            case yaml.CollectionEndEvent():
                self._end()

    def _begin(self, event: yaml.CollectionStartEvent, line: int) -> None:
        self._refuse_extras(event, line)
        if len(self._open) + self._key_depth >= self._max_depth:
            what = f"nested deeper than {self._max_depth} levels"
            raise Problems([*self.problems, Problem(what, Where(self._path, line), "flatten it")])
        above = self._open[-1] if self._open else None
        if self._key_depth or (
            above and isinstance(above.items, dict) and above.key is None and not above.unkept
        ):
            if not self._key_depth:
                self._refuse(
                    "a list or mapping cannot be a key", line, "put a text that has brackets in quotes"
                )
            self._key_depth += 1
            return
        opened: list[Value] | dict[str, Value] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._add(opened, line, "")
        self._open.append(_Open(path, opened))

    def _end(self) -> None:
        if not self._key_depth:
            self._open.pop()
            return
        self._key_depth -= 1
        if not self._key_depth:
            self._open[-1].unkept = True

    def _add(self, value: Value, line: int, text: str) -> tuple[Key, ...]:
        """Put a value where it belongs, or take it as the key of the next one. Returns its path."""
        if self._key_depth:
            return ()
        if not self._open:
            if self._documents == 1:
                self.value = value
            return ()
        above = self._open[-1]
        if isinstance(above.items, list):
            path = (*above.path, len(above.items))
            above.items.append(value)
            self.lines[path] = line
            return path
        if above.unkept:
            above.unkept = False
            return above.path
        if above.key is None:
            self._add_key(above, above.items, value, line, text)
            return above.path
        path = (*above.path, above.key)
        above.items[above.key] = value
        above.key = None
        return path

    def _add_key(self, above: _Open, items: dict[str, Value], value: Value, line: int, text: str) -> None:
        if value is None:
            self._refuse("a key is missing", line, "write it before the colon, or put the text in quotes")
            above.unkept = True
            return
        path = (*above.path, text)  # as written: `on`, `404` and `1.0` are their own names
        if text in items:
            self._refuse(
                f"the key '{text}' stands here twice", line, f"the first is in line {self.lines[path]}"
            )
            above.unkept = True
            return
        above.key = text
        self.lines[path] = line

    def _refuse_extras(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
        if event.anchor is not None:
            mend = "write the value out where it is needed; a text that begins with & goes in quotes"
            self._refuse("an anchor (&) is not read here", line, mend)
        if event.tag is not None:
            mend = "delete it; a text that begins with ! goes in quotes"
            self._refuse(f"a tag ('{event.tag}') is not read here", line, mend)

    def _refuse(self, what: str, line: int, mend: str) -> None:
        self.problems.append(Problem(what, Where(self._path, line), mend))


def _sentence(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.context, error.problem) if part)


def _mend(error: yaml.MarkedYAMLError) -> str:
    """The usual reason for what libyaml (or PyYAML's own parser) complains about."""
    problem = error.problem or ""
    return next(
        (mend for part, mend in _MENDS.items() if part in problem), "look at this line and the one above"
    )


_MENDS = {
    "mapping values are not allowed": "quote a text that holds ': '; begin every key at the same column",
    "found character that cannot start": "indent with spaces; quote a text that begins with @, ` or %",
    "found character '": "indent with spaces; quote a text that begins with @, ` or %",
    "unexpected end of stream": "close the quotes",
    "did not find expected key": "begin every key at the same column",
    "expected <block end>": "begin every key at the same column",
    "could not find expected ':'": "a key ends with a colon and a space",
    "expected ',' or": "close the bracket, put commas between its items",
    "unknown escape": "in double quotes write \\\\ for a backslash, or use single quotes",
}
