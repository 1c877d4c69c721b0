"""The steps of a conversation as components.yaml writes them: what is said, what is wished of the answer."""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from statuspage.errors import nearest
from statuspage.probes.expect import DurationMatch, Match, TextMatch, ValueMatch
from statuspage.probes.language import LANGUAGES
from statuspage.probes.options import Duration
from statuspage.probes.patterns import Pattern, pattern
from statuspage.probes.talk.base import strings
from statuspage.probes.talk.template import only

NONCE = "{nonce}"
MAX_SAY = 4_000  # characters
MAX_ALTERNATIVES = 20

# --- options -----------------------------------------------------------------------------------


def _alternatives(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _sayable(alternatives: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(alternatives) <= MAX_ALTERNATIVES:
        raise ValueError(f"say one message, or up to {MAX_ALTERNATIVES} to choose from")
    for text in alternatives:
        if not text.strip():
            raise ValueError("a message must not be blank")
        only(text, "nonce")
    return alternatives


def _language(code: str) -> str:
    language = code.partition("-")[0].lower()
    if language not in LANGUAGES:
        raise ValueError(f"unknown language '{code}': {nearest(code, LANGUAGES)}")
    return language


def _some(span: timedelta) -> timedelta:
    if not span:
        raise ValueError("no answer comes within no time")
    return span


_Message = Annotated[str, Field(min_length=1, max_length=MAX_SAY)]
_Messages = Annotated[list[_Message], Field(min_length=1, max_length=MAX_ALTERNATIVES)]
Say = Annotated[
    tuple[_Message, ...],
    BeforeValidator(_alternatives, json_schema_input_type=_Message | _Messages),
    AfterValidator(_sayable),
]
Language = Annotated[
    str,
    AfterValidator(_language),
    Field(json_schema_extra={"pattern": rf"^({'|'.join(LANGUAGES)})(-.+)?$"}, examples=["en", "de"]),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverWishes:
    """How a person should take over."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    queue_open: Annotated[
        ValueMatch | None, Field(description="The value at the path `queue_open`, such as true or online.")
    ] = None
    waiting: Annotated[
        DurationMatch | None, Field(description="The time at the path `waiting`, such as {le: 5m}.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnWishes:
    """What the answer of a turn should be: all that is named must hold."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    answer: Annotated[
        TextMatch | None, Field(description="Text of the answer; a bare text means contains.")
    ] = field(default=None, repr=False)
    language: Annotated[
        Language | None, Field(description="Code of the language that the answer is in, such as en.")
    ] = None
    cites: Annotated[
        TextMatch | None,
        Field(description="What the answer, its links or its sources name; a bare text means contains."),
    ] = field(default=None, repr=False)
    handover: Annotated[
        bool | HandoverWishes | None,
        Field(description="A person is offered: true, false, or {queue_open: true, waiting: {le: 5m}}."),
    ] = None
    fallback: Annotated[
        bool | None,
        Field(description="Whether the answer is one of the `fallback` phrases; expect: false by default."),
    ] = None
    within: Annotated[
        Annotated[Duration, AfterValidator(_some)] | None,
        Field(description="Longest time from the message to the whole answer."),
    ] = None

    @property
    def matches(self) -> list[Match]:
        return [match for match in (self.answer, self.cites) if match is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One turn."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    say: Annotated[
        Say,
        Field(
            description="The message, or several of which each probe takes the next; {nonce} is a made-up word."
        ),
    ] = field(repr=False)
    expect: Annotated[TurnWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=TurnWishes
    )
    prefer: Annotated[TurnWishes, Field(description="What should hold; broken means degraded.")] = field(
        default_factory=TurnWishes
    )
    may_fall_back: Annotated[
        bool, Field(description="Do not judge whether this turn's answer is a fallback phrase.")
    ] = False

    def said(self, turn: int, nonce: str) -> str:
        return self.say[turn % len(self.say)].replace(NONCE, nonce)

    @property
    def tells_nonce(self) -> bool:
        return any(NONCE in text for text in self.say)

    @property
    def asks_nonce(self) -> bool:
        return any(mentions(match) for wishes in (self.expect, self.prefer) for match in wishes.matches)

    @property
    def falls_back(self) -> bool | None:
        """Whether a fallback phrase must (True) or must not come; None: neither, or `prefer` speaks of it."""
        if self.may_fall_back or (self.expect.fallback is None and self.prefer.fallback is not None):
            return None
        return bool(self.expect.fallback)

    @property
    def counts(self) -> bool:
        """Whether a fallback phrase here is one that the bot should not have needed."""
        return not self.may_fall_back and not self.expect.fallback and not self.prefer.fallback


# --- {nonce} in matchers -----------------------------------------------------------------------


def mentions(match: Match) -> bool:
    return any(NONCE in text for _, operand in match.checks for text in _texts(operand))


def with_nonce(match: Match, nonce: str) -> Match:
    """The matcher with the made-up word for {nonce}, in texts and patterns."""
    return replace(match, checks=tuple((operator, _filled(one, nonce)) for operator, one in match.checks))


def _texts(operand: object) -> list[str]:
    return [operand.text] if isinstance(operand, Pattern) else strings(operand)


def _filled(operand: object, nonce: str) -> object:
    if isinstance(operand, Pattern):
        return pattern(operand.text.replace(NONCE, re.escape(nonce))) if NONCE in operand.text else operand
    if isinstance(operand, list):
        return [_filled(one, nonce) for one in operand]
    return operand.replace(NONCE, nonce) if isinstance(operand, str) else operand
