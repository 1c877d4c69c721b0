"""WebSocket: upgrade, say something, wait for the message that is wanted, close."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field

from statuspage.errors import nearest
from statuspage.model import Finding, Reading
from statuspage.net import Net, NetError
from statuspage.probes.base import Occasion, shown, verdict_of
from statuspage.probes.certificate import CertificateOptions, certificate_findings, judge_certificate
from statuspage.probes.expect import CountMatch, JsonPath, Match, Operators, TextMatch, ValueMatch
from statuspage.probes.options import Duration, masked
from statuspage.probes.websocket import Socket, WsHeaders, WsUrl, websocket

MAX_SENT = 8_192  # characters of one text
MAX_TEXTS = 20

# --- options -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWishes:
    """What one message should be: all that is named must hold."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    text: TextMatch | None = field(default=None, repr=False)
    json: Mapping[JsonPath, ValueMatch] = field(default_factory=dict, repr=False)

    def hold(self, message: str) -> bool:
        """Raises patterns.TooSlow."""
        return all(finding.holds for finding in self.findings("", message))

    def findings(self, key: str, message: str | None) -> Iterator[Finding]:
        """Each wish, looked at; None: no message came."""
        if self.text is not None:
            seen = [] if message is None else [message]
            yield Finding(key, self.text.words, _told(seen), bool(seen) and self.text.holds(seen))
        if not self.json:
            return
        document = _NO_JSON if message is None else _parsed(message)
        if document is _NO_JSON:
            yield Finding(key, "JSON", _told([] if message is None else [message]), holds=False)
            return
        for path, wanted in self.json.items():
            found = path.find(document)
            yield Finding(f"{key} {path.text}", wanted.words, _told(found), wanted.holds(found))


class MessageOperators(Operators, total=False):
    """Those of texts, beside JSON paths."""

    json: Annotated[
        dict[JsonPath, ValueMatch],
        Field(description="Values in a JSON message by path, such as $.text; a bare value means equals."),
    ]


MessageOperators.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]


def _spread(raw: object) -> object:
    """A text, operators of texts, or `json` beside them, as the fields of MessageWishes. Raises ValueError."""
    if not isinstance(raw, dict):
        return {"text": raw}
    known = MessageOperators.__annotations__
    for key in raw:
        if key not in known:
            raise ValueError(f"unknown operator '{key}': {nearest(str(key), known)}")
    text = {key: value for key, value in raw.items() if key != "json"}
    return {**({"json": raw["json"]} if "json" in raw else {}), **({"text": text} if text or not raw else {})}


MessageMatch = Annotated[
    MessageWishes,
    BeforeValidator(_spread, json_schema_input_type=str | int | float | MessageOperators),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WsWishes:
    """What a WebSocket should give."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    message: Annotated[
        MessageMatch | None,
        Field(description="A message that comes; others are passed over. A bare text means contains."),
    ] = None
    within: Annotated[
        Duration | None, Field(description="Time from our connect to that message, at most.")
    ] = None
    close: Annotated[
        CountMatch | None,
        Field(description="Code with which the server closes by itself, such as 1000 or {ge: 4000}."),
    ] = None
    certificate: Annotated[
        CertificateOptions, Field(description="The server's certificate, such as {days_left: {ge: 21}}.")
    ] = field(default_factory=CertificateOptions)

    def hear(self, message: str) -> bool:
        """Whether that message is as wished, if any is. Raises TooSlow."""
        return self.message is None or self.message.hold(message)


Sent = Annotated[str, Field(max_length=MAX_SENT)]
Subprotocol = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,500}$")]  # RFC 6455 §4.1

# --- the kind ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Heard:
    """What came of one attempt, so far."""

    opened: bool = False
    latency: timedelta | None = None  # to the answer; before it came, to the upgrade
    phases: Mapping[str, timedelta] = field(default_factory=dict)
    certificate_expires: datetime | None = None
    count: int = 0  # messages
    last: str | None = None
    answer: str | None = None  # the first that holds `expect`, and `prefer` too if one did
    liked: bool = False  # it holds `prefer`
    closed: int | None = None  # code with which the server closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ws:
    """Up when the upgrade succeeds and the message that is wanted comes, or the closing is answered."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "ws"
    schemes: ClassVar[Sequence[str]] = ("ws", "wss")
    extra: ClassVar[str] = "websockets"

    url: Annotated[WsUrl, Field(description="The address, beginning with ws:// or wss://.")] = field(
        repr=False
    )
    headers: Annotated[
        WsHeaders, Field(description="Headers of the upgrade, such as Origin; secrets as ${NAME}.")
    ] = field(default_factory=dict, repr=False)
    subprotocols: Annotated[
        tuple[Subprotocol, ...],
        Field(max_length=10, description="Subprotocols to offer, the preferred first; one must be chosen."),
    ] = field(default=(), repr=False)
    send: Annotated[
        Sent | Annotated[tuple[Sent, ...], Field(max_length=MAX_TEXTS)],
        Field(description="A text to send once it is open, or a list of texts."),
    ] = field(default=(), repr=False)
    expect: Annotated[WsWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=WsWishes
    )
    prefer: Annotated[WsWishes, Field(description="What should hold; broken means degraded.")] = field(
        default_factory=WsWishes
    )
    allow_private: Annotated[bool, Field(description="Let a public name resolve to a private address.")] = (
        False
    )
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    @property
    def target(self) -> str:
        return masked(self.url)

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        heard, trouble = Heard(), None
        options: dict[str, Any] = {
            "headers": self.headers,
            "subprotocols": self.subprotocols,
            "allow_private": self.allow_private,
            "ca": self.ca,
        }
        try:
            async with websocket(net, self.url, within, **options) as socket:
                await self._converse(socket, heard)
        except NetError as error:
            trouble = error
        return self.judge(heard, trouble, occasion.at)

    def judge(self, heard: Heard, trouble: NetError | None, at: datetime) -> Reading:
        """`trouble`: what ended the connection before we did. Raises TooSlow."""
        code, detail = self._fault(heard, trouble)
        return Reading(
            verdict=verdict_of(code),
            latency=None if self._fatal(heard, trouble) else heard.latency,
            code=code,
            detail=detail,
            phases=heard.phases if trouble is None else trouble.phases,
            certificate_expires=heard.certificate_expires,
            findings=tuple(self._findings(heard, trouble, at)),
        )

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, *self._certificate_wishes)

    @property
    def _wishes(self) -> Sequence[tuple[str, WsWishes]]:
        return ("expect", self.expect), ("prefer", self.prefer)

    @property
    def _certificate_wishes(self) -> tuple[CertificateOptions, CertificateOptions]:
        return self.expect.certificate, self.prefer.certificate

    @property
    def _wants_message(self) -> bool:
        return any(wishes.message is not None for _, wishes in self._wishes)

    @property
    def _wants_close(self) -> bool:
        return any(wishes.close is not None for _, wishes in self._wishes)

    async def _converse(self, socket: Socket, heard: Heard) -> None:
        """Say what is to be said and listen until all that is wished for has come; NetError ends it too."""
        heard.opened, heard.latency = True, socket.latency
        heard.certificate_expires = socket.certificate_expires
        try:
            await socket.send(*((self.send,) if isinstance(self.send, str) else self.send))
            if not self._wants_message and not self._wants_close:
                await socket.close()
            while (self._wants_message and not heard.liked) or self._wants_close:
                self._take(await socket.receive(), socket.latency, heard)
        finally:
            heard.closed, heard.phases = socket.close_code, socket.phases

    def _take(self, message: str, latency: timedelta, heard: Heard) -> None:
        """The first message that holds `expect` is the answer, until one holds `prefer` too."""
        heard.count, heard.last = heard.count + 1, message
        if heard.liked or not self._wants_message or not self.expect.hear(message):
            return
        heard.liked = self.prefer.hear(message)
        if heard.answer is None or heard.liked:
            heard.answer, heard.latency = message, latency

    def _fatal(self, heard: Heard, trouble: NetError | None) -> bool:
        """Whether trouble came before what must come."""
        if trouble is None:
            return False
        silent = self.expect.message is not None and heard.answer is None
        open_still = self.expect.close is not None and heard.closed is None
        asked = self._wants_message or self._wants_close
        return not heard.opened or silent or open_still or not asked

    def _fault(self, heard: Heard, trouble: NetError | None) -> tuple[str, str]:
        """Code and evidence of the first thing that is wrong."""
        if trouble is not None and self._fatal(heard, trouble):
            late = trouble.code == "read.timeout" and self.expect.message is not None
            if late and heard.count and heard.answer is None:
                return "expect.message", _none_as_wanted(heard)
            return trouble.code, trouble.detail
        for word, wishes in self._wishes:
            if word == "prefer" and wishes.message is not None and not heard.liked:
                return "prefer.message", _none_as_wanted(heard)
            if wishes.close is not None and not _closed_so(wishes.close, heard):
                return f"{word}.reply", f"{_closed(heard)}, wanted {wishes.close.figures}"
            if wishes.within is not None and heard.latency is not None and heard.latency > wishes.within:
                return f"{word}.within", f"{_ms(heard.latency)} ms, wanted at most {_ms(wishes.within)} ms"
        return "", ""

    def _findings(self, heard: Heard, trouble: NetError | None, at: datetime) -> Iterator[Finding]:
        seen = "101" if heard.opened or trouble is None else trouble.detail
        yield Finding("upgrade", "101", seen, heard.opened)
        if not heard.opened:
            return
        message = heard.last if heard.answer is None else heard.answer
        for word, wishes in self._wishes:
            if wishes.message is not None:
                yield from wishes.message.findings(f"{word}.message", message)
            if wishes.close is not None:
                holds = _closed_so(wishes.close, heard)
                yield Finding(f"{word}.close", wishes.close.figures, _closed(heard), holds)
            if wishes.within is not None and heard.latency and not self._fatal(heard, trouble):
                wanted, holds = f"at most {_ms(wishes.within)} ms", heard.latency <= wishes.within
                yield Finding(f"{word}.within", wanted, f"{_ms(heard.latency)} ms", holds)
        yield from certificate_findings(heard.certificate_expires, at, *self._certificate_wishes)


def _closed_so(wanted: Match, heard: Heard) -> bool:
    return heard.closed is not None and wanted.holds([heard.closed])


def _closed(heard: Heard) -> str:
    return "not closed" if heard.closed is None else f"closed with {heard.closed}"


def _none_as_wanted(heard: Heard) -> str:
    return f"messages: {heard.count}, none as wanted"


def _ms(span: timedelta) -> int:
    return round(span / timedelta(milliseconds=1))


_NO_JSON = object()


def _parsed(message: str) -> object:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):  # not JSON, a number of 5000 digits; nested too deep
        return _NO_JSON


def _told(seen: Sequence[object]) -> str:
    """Values of a message as JSON, or what of them a finding shows."""
    try:
        told = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in seen[:5])
        return shown(", ".join(told)) if seen else "nothing"
    except RecursionError:  # it could be read, and is nested too deep to be written
        return "a value that is nested too deep to be shown"
