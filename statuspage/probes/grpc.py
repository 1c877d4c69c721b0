"""gRPC: ask the health service, grpc.health.v1.Health/Check.

Sources: github.com/grpc/grpc doc/health-checking.md, doc/PROTOCOL-HTTP2.md, doc/statuscodes.md; RFC 9113 (HTTP/2).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from statuspage.causes import status_code
from statuspage.model import Finding, Reading
from statuspage.net import Connection, Net, NetError
from statuspage.probes.base import Occasion, failed, shown, verdict_of
from statuspage.probes.certificate import CertificateOptions, CertificateWishes, judge_certificate, over
from statuspage.probes.options import Headers, masked, split

if TYPE_CHECKING:
    from h2.connection import H2Connection
    from h2.events import Event

MAX_ANSWER = 16_384  # octets of message; a health answer has 7
MAX_WIRE = 65_536  # octets that are read in all: frames of nothing cost h2 some 40 microseconds each
PATH = "/grpc.health.v1.Health/Check"

# --- options -----------------------------------------------------------------------------------


def _grpc_url(url: str) -> str:
    parts = split(url, "grpc", "grpcs")
    if parts.port is None and parts.scheme == "grpc":
        raise ValueError("the address needs a port: grpc://host:port")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing follows the port; name the service in `service`")
    return url


_OURS = frozenset({"content-type", "te"})


def _metadata(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name in headers:
        if name.lower() in _OURS or name.lower().startswith("grpc-"):
            raise ValueError(f"the header {name.lower()} is set by gRPC itself")
    return headers


GrpcUrl = Annotated[str, AfterValidator(_grpc_url), Field(json_schema_extra={"pattern": "^grpcs?://"})]


# --- the kind ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Call:
    """What came of one call, so far."""

    status: int = 0  # of HTTP; 0: no headers yet
    headers: dict[str, str] = field(default_factory=dict)  # of the head and the trailers, names in lower case
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False
    reset: int | None = None  # RFC 9113 §7: the error code of RST_STREAM
    gone: int | None = None  # that of GOAWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Grpc:
    """Up when the health service says SERVING."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "grpc"
    schemes: ClassVar[Sequence[str]] = ("grpc", "grpcs")
    extra: ClassVar[str] = "h2"

    url: Annotated[
        GrpcUrl, Field(description="grpc://host:port in clear text, grpcs://host (port 443) over TLS.")
    ] = field(repr=False)
    service: Annotated[
        str,
        Field(
            max_length=200,
            description="Full name of the service, package first; empty: the server as a whole.",
        ),
    ] = ""
    headers: Annotated[
        Headers, AfterValidator(_metadata), Field(description="Metadata to send, secrets as ${NAME}.")
    ] = field(default_factory=dict, repr=False)
    expect: Annotated[CertificateWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=CertificateWishes
    )
    prefer: Annotated[CertificateWishes, Field(description="What should hold; broken means degraded.")] = (
        field(default_factory=CertificateWishes)
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
        parts, call = urlsplit(self.url), Call()
        tls = parts.scheme == "grpcs"
        try:
            async with net.connect(
                parts.hostname or "",
                parts.port or 443,
                within,
                tls=tls,
                alpn=("h2",),
                allow_private=self.allow_private,
                ca=self.ca,
            ) as connection:
                if tls and not _agreed(connection):
                    raise NetError("http.protocol", detail="the server did not agree to HTTP/2 (ALPN)")
                await _exchange(connection, self._request(net.user_agent, within), self._message(), call)
                return over(connection, self.judge(call), occasion.at, *self._certificate_wishes)
        except NetError as error:
            return replace(failed(error), findings=tuple(_findings(call)))

    def judge(self, call: Call) -> Reading:
        """By a call that has ended, or that the server has given up."""
        code, detail = _fault(call, keyed=bool(self.headers))
        return Reading(verdict=verdict_of(code), code=code, detail=detail, findings=tuple(_findings(call)))

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, *self._certificate_wishes)

    @property
    def _certificate_wishes(self) -> tuple[CertificateOptions, CertificateOptions]:
        return self.expect.certificate, self.prefer.certificate

    def _request(self, user_agent: str, within: timedelta) -> list[tuple[str, str]]:
        """The call's headers, in the order of PROTOCOL-HTTP2.md."""
        parts = urlsplit(self.url)
        ours = {
            ":method": "POST",
            ":scheme": "https" if parts.scheme == "grpcs" else "http",
            ":path": PATH,
            ":authority": parts.netloc,
            "te": "trailers",
            "grpc-timeout": f"{max(1, int(within.total_seconds() * 1000))}m",  # m: milliseconds
            "content-type": "application/grpc",
            "user-agent": user_agent,
        }
        return [*(ours | {name.lower(): value for name, value in self.headers.items()}).items()]

    def _message(self) -> bytes:
        """HealthCheckRequest {string service = 1}, in its frame."""
        name = self.service.encode()
        size = bytes([len(name)]) if len(name) < 128 else bytes([len(name) & 127 | 128, len(name) >> 7])
        message = b"\x0a" + size + name if name else b""
        return b"\0" + len(message).to_bytes(4, "big") + message


def _agreed(connection: Connection) -> bool:
    """Whether TLS agreed on HTTP/2, without which gRPC's own clients hang up."""
    return bool(connection.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2")


# --- judging -----------------------------------------------------------------------------------


class Status(IntEnum):
    """gRPC's own: doc/statuscodes.md."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


_CODES: Mapping[int, str] = {  # the others: grpc.error
    Status.NOT_FOUND: "grpc.unknown_service",
    Status.UNIMPLEMENTED: "grpc.unknown_service",  # there is no health service at all
    Status.UNAUTHENTICATED: "auth.denied",
    Status.PERMISSION_DENIED: "auth.denied",
    Status.RESOURCE_EXHAUSTED: "rate.limited",
}
_HEALTH: Mapping[int, tuple[str, str]] = {  # HealthCheckResponse.ServingStatus
    0: ("grpc.not_serving", "UNKNOWN"),
    1: ("", "SERVING"),
    2: ("grpc.not_serving", "NOT_SERVING"),
    3: ("grpc.unknown_service", "SERVICE_UNKNOWN"),
}
_ENHANCE_YOUR_CALM = 11  # RFC 9113 §7; PROTOCOL-HTTP2.md reads it as RESOURCE_EXHAUSTED


def _fault(call: Call, *, keyed: bool) -> tuple[str, str]:
    """Code and evidence; ("", "") when the service serves."""
    for word, error in (("RST_STREAM", call.reset), ("GOAWAY", call.gone)):
        if error is not None and not call.ended:
            return "rate.limited" if error == _ENHANCE_YOUR_CALM else "grpc.error", f"{word}, error {error}"
    if call.status and call.status != 200:
        return status_code(call.status, call.headers, keyed=keyed), f"status {call.status}"
    if "grpc-status" not in call.headers:
        if call.headers.get("content-type", "").lower().startswith("application/grpc"):
            return "body.truncated", "the answer has no gRPC status"
        return "http.protocol", "the answer is not gRPC"
    status = _status(call)
    if status != Status.OK:
        return _CODES.get(status, "grpc.error"), f"gRPC status {_word(status)}"
    health = _health(bytes(call.body))
    if health not in _HEALTH:
        return "http.protocol", "the health answer cannot be read"
    code, word = _HEALTH[health]
    return code, word if code else ""


def _status(call: Call) -> int:
    """The gRPC status; -1: none, or no number."""
    return _number(call.headers.get("grpc-status", ""), -1)


def _word(status: int) -> str:
    return Status(status).name if status in [*Status] else "that there is not"


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else otherwise


def _health(body: bytes) -> int:
    """The status in a HealthCheckResponse {ServingStatus status = 1}, in its frame; -1: that is none."""
    if len(body) < 5 or body[0] != 0 or len(body) != 5 + int.from_bytes(body[1:5], "big"):
        return -1  # no message, a packed one (which we do not offer to take) or several
    status, at = 0, 5  # proto3 leaves a zero out
    try:
        while at < len(body):
            tag, at = _varint(body, at)
            if tag & 7 == 0:
                value, at = _varint(body, at)
                status = value if tag >> 3 == 1 else status
            else:  # a field of tomorrow
                size, at = _varint(body, at) if tag & 7 == 2 else (_FIXED[tag & 7], at)
                at += size
    except LookupError:
        return -1
    return status if at == len(body) else -1


_FIXED = {1: 8, 5: 4}  # octets of a value by its wire type: protobuf.dev/programming-guides/encoding


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends. Raises IndexError past the end of the message."""
    value = shift = 0
    while body[at] & 128:
        value |= (body[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return value | body[at] << shift, at + 1


def _findings(call: Call) -> Iterator[Finding]:
    if not call.status:
        return
    yield Finding("HTTP status", "200", str(call.status), call.status == 200)
    if call.status != 200:
        return
    status = _status(call)
    told = " ".join(filter(None, (_word(status), call.headers.get("grpc-message", ""))))
    yield Finding("gRPC status", "OK", shown(told), status == Status.OK)
    if status == Status.OK:
        health = _health(bytes(call.body))
        word = _HEALTH[health][1] if health in _HEALTH else "not readable"
        yield Finding("health", "SERVING", word, health == 1)


# --- the exchange ------------------------------------------------------------------------------


async def _exchange(
    connection: Connection, headers: list[tuple[str, str]], message: bytes, call: Call
) -> None:
    """One call over a fresh connection, until its stream or the connection ends."""
    from h2.exceptions import ProtocolError

    start, received = b"", 0
    try:
        http = _call(headers, message)
        while not (call.ended or call.reset is not None or call.gone is not None):
            connection.writer.write(http.data_to_send())
            await connection.writer.drain()
            data = await connection.reader.read(_AT_ONCE)
            if not data:
                raise NetError("body.truncated" if call.status else "tcp.closed")
            start, received = (start + data)[: _TYPE_AT + 1], received + len(data)
            if len(start) > _TYPE_AT and start[_TYPE_AT] != _SETTINGS:
                raise NetError("http.protocol", detail="what came is no HTTP/2")
            for event in http.receive_data(data):
                _take(event, call)
            if received > MAX_WIRE or len(call.body) > MAX_ANSWER:
                raise NetError("http.protocol", detail="more came than a health answer has")
            await asyncio.sleep(0)  # the other probes' turn, however much has come
        http.close_connection()
        connection.writer.write(http.data_to_send())
    except ProtocolError as error:
        raise NetError("http.protocol", detail="what came is no HTTP/2") from error


_AT_ONCE = 4_096  # octets
_TYPE_AT, _SETTINGS = 3, 4
"""A server's first frame is SETTINGS: RFC 9113 §3.4. h2 would take HTTP/1 for a frame of megabytes, and wait."""


def _call(headers: list[tuple[str, str]], message: bytes) -> "H2Connection":
    """A connection of which the call is the first stream, all of it ready to be sent."""
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.settings import SettingCodes

    http = H2Connection(H2Configuration(client_side=True, header_encoding=None))
    http.local_settings[SettingCodes.ENABLE_PUSH] = 0
    http.initiate_connection()
    http.send_headers(1, headers)
    http.send_data(1, message, end_stream=True)
    return http


def _take(event: "Event", call: Call) -> None:
    from h2 import events

    match event:
        case events.ResponseReceived() | events.TrailersReceived():
            fields = {_text(name): _text(value) for name, value in event.headers or ()}
            call.status = call.status or _number(fields.get(":status", ""), 0)
            call.headers |= fields
        case events.DataReceived():
            call.body += event.data or b""
        case events.StreamEnded():
            call.ended = True
        case events.StreamReset():
            call.reset = int(event.error_code or 0)
        case events.ConnectionTerminated():
            call.gone = int(event.error_code or 0)


def _text(field_: bytes | str) -> str:
    return field_ if isinstance(field_, str) else field_.decode("ascii", errors="replace")
