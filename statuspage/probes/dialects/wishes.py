"""What a model's answer should be, as the configuration says it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainValidator

from statuspage.probes.certificate import CertificateOptions
from statuspage.probes.expect import CountMatch, Match, NumberMatch, Operators, TextMatch, text_match
from statuspage.probes.options import Duration


def _begins(raw: object) -> Match:
    return text_match({"starts": raw} if isinstance(raw, str) else raw)


def several(value: object) -> object:
    """One text stands for a list of it."""
    match value:
        case str():
            return (value,)
        case list():
            return tuple(value)
    return value


def _some(span: timedelta) -> timedelta:
    if not span:
        raise ValueError("no answer comes within no time")
    return span


Span = Annotated[Duration, AfterValidator(_some)]
_Name = Annotated[str, Field(min_length=1, max_length=100)]
ModelMatch = Annotated[Match, PlainValidator(_begins, json_schema_input_type=str | Operators)]
Finishes = Annotated[tuple[_Name, ...], BeforeValidator(several, json_schema_input_type=_Name | list[_Name])]


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmWishes:
    """What an answer should be: all that is named must hold."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    answer: Annotated[
        TextMatch | None, Field(description="Text of the answer; a bare text means contains.")
    ] = field(default=None, repr=False)
    finish: Annotated[
        Finishes,
        Field(description="How the answer may end: stop, length, tool_calls, or the provider's word."),
    ] = ()
    model: Annotated[
        ModelMatch | None,
        Field(description="Name of the model that answered; a bare text means begins with."),
    ] = None
    tool_call: Annotated[
        bool | None,
        Field(
            description="Whether the offered tool is called, readably; expect: true by default with `tool`."
        ),
    ] = None
    refused: Annotated[
        bool | None, Field(description="Whether the model refuses to answer; expect: false by default.")
    ] = None
    filtered: Annotated[
        bool | None, Field(description="Whether a filter takes the answer away; expect: false by default.")
    ] = None
    fallback: Annotated[
        bool | None,
        Field(description="Whether the answer is one of the `fallback` phrases; expect: false by default."),
    ] = None
    dimensions: Annotated[CountMatch | None, Field(description="Length of the embedding, such as 1536.")] = (
        None
    )
    tokens_per_second: Annotated[
        NumberMatch | None, Field(description="Tokens a second while text comes, such as {ge: 15}.")
    ] = None
    within: Annotated[Span | None, Field(description="Longest time to the end of the answer.")] = None
    certificate: Annotated[
        CertificateOptions, Field(description="The server's certificate, such as {days_left: {ge: 21}}.")
    ] = field(default_factory=CertificateOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times above which an answer is slow."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    first_token: Annotated[Span | None, Field(description="To the first text of a stream.")] = None
    gap: Annotated[Span | None, Field(description="The longest silence in a stream's text.")] = None
    total: Annotated[Span | None, Field(description="To the end of the answer.")] = None
