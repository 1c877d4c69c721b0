"""Which dialects there are, and which options belong to which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue

from statuspage.errors import nearest
from statuspage.probes.expect import JsonPath
from statuspage.probes.options import split
from statuspage.probes.talk.websocket import SCHEMES

_Word = Literal["rasa", "directline", "socketio", "custom", "openai", "anthropic", "gemini", "ollama"]
MODELS = frozenset({"openai", "anthropic", "gemini", "ollama"})
_BOTS = frozenset(get_args(_Word)) - MODELS

OPTIONS: Mapping[str, frozenset[str]] = {
    "model": MODELS,
    "system": MODELS,
    "max_tokens": MODELS,
    "temperature": MODELS,
    "body": MODELS,
    "api_version": frozenset({"openai"}),
    "emit": frozenset({"socketio"}),
    "on": frozenset({"socketio"}),
    "request": frozenset({"custom", "socketio"}),
    "start": frozenset({"custom"}),
    "answer": _BOTS,
    "sources": _BOTS,
    "queue_open": _BOTS,
    "waiting": _BOTS,
}
"""Options that only some dialects have, and these."""


def _known(word: object) -> object:
    if isinstance(word, str) and word not in MODELS | _BOTS:
        raise ValueError(f"unknown dialect '{word}': {nearest(word, MODELS | _BOTS)}")
    return word


def _url(url: str) -> str:
    split(url, "http", "https", *SCHEMES)
    return url


Dialect = Annotated[_Word, BeforeValidator(_known)]
ChatUrl = Annotated[str, AfterValidator(_url), Field(json_schema_extra={"pattern": "^(https?|wss?)://"})]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """A request; {say}, {nonce} and {session} in its texts are filled in."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    method: Annotated[Literal["GET", "POST", "PUT", "PATCH"], Field(description="The HTTP method.")] = "POST"
    json: Annotated[JsonValue, Field(description="A value to send as JSON, such as {message: '{say}'}.")] = (
        field(default=None, repr=False)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions(RequestOptions):
    """The request that opens a conversation."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    url: Annotated[str, Field(description="Its address, or the path of it; the same when not given.")] = (
        field(default="", repr=False)
    )
    session: Annotated[
        JsonPath | None, Field(description="Where its answer has what {session} stands for, such as $.id.")
    ] = None
