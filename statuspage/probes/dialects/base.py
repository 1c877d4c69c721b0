"""What the dialects of language models have in common: what is asked, and what a piece of an answer says."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from statuspage.probes.options import Secret

# --- what is asked -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is asked, and how."""

    url: str = field(repr=False)  # the base, without the path of a method
    key: Secret | None = None
    model: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # over those of the dialect
    max_tokens: int = 16
    temperature: float | None = 0  # None: left out, for some models refuse it
    api_version: str = ""  # Azure's; not "": the key goes as Azure wants it
    body: Mapping[str, object] = field(default_factory=dict, repr=False)  # patches the request: RFC 7396
    allow_private: bool = False
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a dialogue."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its address, and the JSON to POST; None: GET."""

    url: str
    body: Mapping[str, object] | None = None


TOOL = "get_time"
"""The one tool that is ever offered. It takes nothing, and nobody runs it."""

TOOL_ABOUT = "Tells the current time in UTC."
TOOL_TAKES: Mapping[str, object] = {"type": "object", "properties": {}}

# --- what comes back ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToolPart:
    """A tool call, or a part of one."""

    name: str
    arguments: str  # JSON, or a part of it
    index: int | None = None  # parts with the same index are one call; None: it is whole


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the provider counts them; 0: it does not tell."""

    prompt: int = 0
    answer: int = 0  # those of `thought` included
    thought: int = 0

    @property
    def total(self) -> int:
        return self.prompt + self.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one event of a stream says, or a whole answer."""

    text: str = ""
    thought: str = ""  # reasoning, which no visitor sees
    refusal: str = ""
    tools: tuple[ToolPart, ...] = ()
    finish: str = ""  # why it ended, in the dialect's own word; "": it goes on
    ended: bool = False  # nothing that matters comes after it
    blocked: bool = False  # the provider's filter refused our prompt
    unfiltered: bool = False  # the provider's filter did not run
    error: object = None  # in place of an answer; None: there is none
    model: str = ""
    usage: Usage = Usage()
    loading: timedelta = timedelta()  # how long the model was loaded before it could answer


class Dialect(Protocol):
    """How one family of models is spoken to. Documents are JSON of strangers: anything may be missing."""

    name: str
    lines: bool  # streams are lines of JSON; else server-sent events
    finishes: Mapping[str, str]  # its words for why an answer ended -> OpenAI's

    def headers(self, endpoint: Endpoint) -> Mapping[str, str]:
        """Those that carry the key, and what else the dialect wants."""

    def ask(
        self, endpoint: Endpoint, turns: Sequence[Turn], *, stream: bool = False, tool: bool = False
    ) -> Call:
        """A request for the next turn."""

    def embed(self, endpoint: Endpoint, text: str) -> Call | None:
        """A request for an embedding; None: the dialect has none."""

    def list_models(self, endpoint: Endpoint) -> Call:
        """A request for the names of the models, which costs nothing."""

    def piece(self, document: object) -> Piece | None:
        """What an event or a whole answer says; None: it is neither."""

    def vector(self, document: object) -> object:
        """The embedding; None: there is none."""

    def models(self, document: object) -> Sequence[str] | None:
        """The names of the models; None: that is no list of them."""


# --- for the dialects --------------------------------------------------------------------------


_METHODS = re.compile(r"/(chat/completions|embeddings|messages|models|api/(chat|embed|generate|tags))$")
_VERSION = re.compile(r"v\d\w{0,9}", re.ASCII)


def join(url: str, path: str, **query: str) -> str:
    """The address of a method below a base, which may also be written with its version, or whole."""
    parts = urlsplit(url)
    base, method = _METHODS.sub("", parts.path.rstrip("/")), path
    version, _, rest = path.partition("/")
    if _VERSION.fullmatch(version) and _VERSION.fullmatch(base.rpartition("/")[2]):
        method = rest
    words = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *query.items()])
    return urlunsplit((parts.scheme, parts.netloc, f"{base}/{method}", words, ""))


def dig(document: object, *path: str | int) -> object:
    """The value at a path; None when something is missing on the way."""
    for step in path:
        if isinstance(step, str) and isinstance(document, dict):
            document = document.get(step)
        elif isinstance(step, int) and isinstance(document, list) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def word(document: object, *path: str | int) -> str:
    """The text at a path; "" when there is none."""
    value = dig(document, *path)
    return value if isinstance(value, str) else ""


def items(document: object, *path: str | int) -> Sequence[object]:
    """The list at a path; empty when there is none."""
    value = dig(document, *path)
    return value if isinstance(value, list) else ()


def count(document: object, *path: str | int, most: int = 10**9) -> int:
    """The whole number at a path, such as one of tokens; 0 when there is none that can be believed."""
    value = dig(document, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < most else 0


def arguments(value: object) -> str:
    """A tool's arguments as JSON: some dialects write them as a text, some as a mapping."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return json.dumps(value)
    except RecursionError:
        return "nested too deep"


def patched(body: object, patch: object) -> object:
    """A JSON value changed by another; null takes a key away. Source: RFC 7396 §2."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(body) if isinstance(body, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = patched(merged.get(key), value)
    return merged
