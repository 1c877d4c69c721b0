"""Recipes: how a channel is asked and what its answers mean, as dated data files, read at first use.

A recipe has steps. Each is one request and the conditions under which its answer is good; when it is not, the
first of the step's rules that fits tells the code. Texts in a request may hold `{name}`, one of the values that
the kind gives.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

from statuspage.causes import CODES
from statuspage.model import Finding
from statuspage.net import Answer
from statuspage.probes.base import shown
from statuspage.probes.expect import JsonPath, Match, Statuses, ValueMatch, classes
from statuspage.probes.http import text
from statuspage.yamlfile import load

OF_STATUS = "status"
"""In place of a rule's code: the code that the answer's status stands for."""

PLACE = re.compile(r"\{(\w+)\}")

Templates = Mapping[str, str]


def _known(code: str) -> str:
    if code not in CODES and code != OF_STATUS:
        raise ValueError(f"'{code}' is no code")
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What an answer is like: all that is named must hold."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    status: Statuses | None = None
    json: Mapping[JsonPath, ValueMatch] = field(default_factory=dict)
    body: str = ""  # template of the whole text, blanks around it left out; "" is not looked at

    def looks(self, heard: "Heard", values: Templates) -> Iterator[Finding]:
        """Each condition, looked at. The keys name what it is about: status, a JSON path, body."""
        if self.status is not None:
            seen = heard.answer.status
            yield Finding("status", ", ".join(classes(self.status)), str(seen), seen in self.status)
        for path, match in self.json.items():
            found = [value for document in heard.documents for value in path.find(document)]
            holds = bool(heard.documents) and match.holds(found)
            yield Finding(
                path.text, match.words, _told(match, found) if heard.documents else "no JSON", holds
            )
        if self.body:
            wanted, seen_text = filled(self.body, values), text(heard.answer).strip()
            yield Finding("body", wanted, shown(seen_text), seen_text == wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Conditions):
    """What an answer means that is not good. Without a condition it fits each."""

    code: Annotated[str, AfterValidator(_known)]
    words: str = ""  # ours, published as detail; "" tells the status


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str  # published in details
    method: Literal["GET", "POST"] = "GET"
    url: str
    query: Templates = field(default_factory=dict)
    headers: Templates = field(default_factory=dict)
    form: Templates = field(default_factory=dict)
    json: Templates = field(default_factory=dict)
    own: bool = False  # the address is the operator's: its certificate is looked at
    up: Conditions
    rules: tuple[Rule, ...] = ()
    tells: tuple[JsonPath, ...] = ()  # what explains the answer to the operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A channel as its provider describes it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    checked: date  # when the sources were read last
    sources: Annotated[tuple[Annotated[str, Field(pattern="^https://")], ...], Field(min_length=1)]
    base: str = ""  # the provider's address; "" when only addresses of the operator are asked
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, read."""

    answer: Answer
    documents: tuple[object, ...]  # its JSON; none when it has none

    @classmethod
    def of(cls, answer: Answer) -> "Heard":
        try:
            return cls(answer, (json.loads(answer.body),))
        except (ValueError, RecursionError):  # not JSON, no text, a number of 5000 digits; nested too deep
            return cls(answer, ())

    @property
    def document(self) -> object:
        return self.documents[0] if self.documents else None


@cache
def recipe(name: str) -> Recipe:
    """The recipe of a kind. It is our own file: a fault in it is a bug, which the tests find."""
    file = resources.files("statuspage.probes") / "recipes" / f"{name}.yaml"
    value = load(file.read_text("utf-8"), file.name).value
    return TypeAdapter(Recipe).validate_json(json.dumps(value), strict=True)


def filled(template: str, values: Templates) -> str:
    """The template with its values; a value is never looked through again."""
    return PLACE.sub(lambda place: values[place[1]], template)


# --- for findings ------------------------------------------------------------------------------


def _told(match: Match, found: Sequence[object]) -> str:
    """What was found; only that it is there where no more is asked: it may be a token."""
    if not found:
        return "nothing"
    if all(operator in ("exists", "length") for operator, _ in match.checks):
        return "something"
    return ", ".join(map(scalar, found[:5]))


def scalar(seen: object) -> str:
    """A value of an answer as a finding shows it."""
    if isinstance(seen, list | dict):
        return "a list" if isinstance(seen, list) else "a mapping"
    return shown(json.dumps(seen, ensure_ascii=False))
