"""WebSocket: a connection that carries texts both ways. The library knows the frames, we own the socket.

No extension is offered, so that no message can be a bomb. `websockets` is an extra: functions import it.
Sources: RFC 6455; the WebSockets Standard of WHATWG for what browsers refuse beyond it.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import AfterValidator, Field

from statuspage.causes import status_code
from statuspage.net import Connection, Net, NetError
from statuspage.probes.options import Headers, header_name, split

if TYPE_CHECKING:
    from websockets.client import ClientProtocol
    from websockets.frames import Frame
    from websockets.http11 import Request

PORTS: Mapping[str, int] = {"ws": 80, "wss": 443}
MAX_MESSAGE = 256 * 1024  # octets
MAX_RECEIVED = 4 * 1024 * 1024  # octets of a whole connection
MAX_FRAMES = 20_000  # of a whole connection; each takes some 10 microseconds
MAX_HEAD = 65_536  # octets of an answer's headers
MAX_INTERIM = 8  # answers of status 1xx before the one that counts: RFC 9110 §15.2
_AT_ONCE = 4_096  # octets; frames of two octets, and still the other probes wait for 20 ms at most
_PARTING = timedelta(seconds=0.5)  # that a server gets to take leave when nothing depends on it

_LOG = logging.getLogger("statuspage.websocket")
_LOG.setLevel(logging.CRITICAL)  # the library would print whole headers, keys included

# --- options -----------------------------------------------------------------------------------


def _ws_url(url: str) -> str:
    if split(url, *PORTS).fragment:
        raise ValueError("a WebSocket's address has no #fragment")  # RFC 6455 §3
    return url


def _handshake_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name in headers:
        if name.lower() == "sec-websocket-protocol":
            raise ValueError("name the subprotocols in `subprotocols`")
        if name.lower().startswith("sec-websocket-"):
            raise ValueError(f"the header {name.lower()} is set by the connection itself")
    return headers


WsUrl = Annotated[str, AfterValidator(_ws_url), Field(json_schema_extra={"pattern": "^wss?://"})]
WsHeaders = Annotated[Headers, AfterValidator(_handshake_headers)]

# --- the connection ----------------------------------------------------------------------------


@asynccontextmanager
async def websocket(
    net: Net,
    url: str,
    within: timedelta,
    *,
    headers: Mapping[str, str] = MappingProxyType({}),
    subprotocols: Sequence[str] = (),
    allow_private: bool = False,
    ca: str = "",
) -> AsyncGenerator["Socket", None]:
    """An open WebSocket for the time of the block. Raises NetError, `within` at the latest.

    At the end of the block we take leave with 1000 if the server has not.
    """
    parts, protocol = urlsplit(url), _protocol(url, subprotocols)
    request = _request(protocol, {"User-Agent": net.user_agent, **headers})
    async with net.connect(
        parts.hostname or "",
        parts.port or PORTS[parts.scheme],
        within,
        tls=parts.scheme == "wss",
        allow_private=allow_private,
        ca=ca,
    ) as connection:
        await _upgrade(connection, protocol, request, keyed=_keyed(url, headers, subprotocols))
        socket = Socket(connection, protocol)
        try:
            yield socket
        finally:
            socket.take_leave()
        await socket.see_off(min(_PARTING, within - connection.latency - _PARTING / 10))


class Socket:
    """An open WebSocket. Its failures are NetErrors; those of the network are the connection's, told there."""

    def __init__(self, connection: Connection, protocol: "ClientProtocol") -> None:
        self._connection, self._protocol = connection, protocol
        self._messages = deque[str]()
        self._parts, self._textual = bytearray(), True  # of the message that is coming
        self._octets = self._frames = 0  # received
        self._ended = False  # the server will send nothing more
        self._broken = ""  # how it broke the protocol

    @property
    def latency(self) -> timedelta:
        """From our own connect until now; waiting for a slot is left out."""
        return self._connection.latency

    @property
    def phases(self) -> Mapping[str, timedelta]:
        """name, connect, tls, and as first_byte all that came after."""
        return self._connection.phases

    @property
    def certificate_expires(self) -> datetime | None:
        """None: no TLS."""
        return self._connection.certificate_expires

    @property
    def close_code(self) -> int | None:
        """What the server closed with; 1005: without a code. None: it has not closed."""
        closed = self._protocol.close_rcvd
        return None if closed is None else int(closed.code)

    async def send(self, *texts: str) -> None:
        """Send messages. Raises NetError when the server has closed already.

        All in one go: to write once more to a server that has hung up loses what it said before.
        """
        self._refuse_end()
        for text in texts:
            self._protocol.send_text(text.encode())
        self._write()
        with suppress(ConnectionError):  # what it said before is still to be read; then `receive` tells
            await self._connection.writer.drain()

    async def receive(self) -> str:
        """The next message; a binary one is read as UTF-8 as far as it goes.

        Raises NetError: ws.closed, tcp.closed (no close frame), http.protocol (against the rules, or too much).
        """
        while not self._messages:
            self._refuse_end()
            await self._pump()
        return self._messages.popleft()

    async def close(self) -> None:
        """Say goodbye (1000) and wait for the answer; messages that still come are dropped.

        Raises NetError: as `receive`, and ws.closed when the answer is a code other than 1000.
        """
        self.take_leave()
        while self.close_code is None:
            self._refuse_end()
            await self._pump()
        if self.close_code not in (1000, 1005):  # RFC 6455 §7.4.1: normal, and no code at all
            self._refuse_end()

    def take_leave(self) -> None:
        """Send our close frame, unless one went either way. The server's answer is not waited for."""
        if self._protocol.state.name == "OPEN":
            self._protocol.send_close(1000)
            self._write()

    async def see_off(self, most: timedelta) -> None:
        """Give the server that time to answer our close frame. No failure counts."""
        with suppress(OSError, NetError):  # TimeoutError is an OSError
            async with asyncio.timeout(most.total_seconds()):
                await self.close()

    def _refuse_end(self) -> None:
        """Raise NetError when nothing can come any more."""
        if self._broken:
            raise NetError("http.protocol", detail=self._broken)
        if self.close_code is not None:
            with_ = "without a code" if self.close_code == 1005 else f"with {self.close_code}"
            raise NetError("ws.closed", detail=f"closed {with_}")
        if self._ended:
            raise NetError("tcp.closed")

    async def _pump(self) -> None:
        """Read once. What came is taken before our answers go out: writing may fail."""
        data = await self._connection.reader.read(_AT_ONCE)
        self._octets += len(data)
        if data:
            self._protocol.receive_data(data)
        else:
            self._ended = True
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            self._take(event)  # type: ignore[arg-type]  # past the handshake they are frames
        self._find_fault()
        self._write()
        await asyncio.sleep(0)  # the other probes' turn, however much has come

    def _take(self, frame: "Frame") -> None:
        self._frames += 1
        kind = frame.opcode.name
        if kind not in ("TEXT", "BINARY", "CONT"):
            return  # the library has answered a ping and a close
        if kind != "CONT":
            self._parts, self._textual = bytearray(), kind == "TEXT"
        self._parts += frame.data
        if frame.fin:
            try:
                text = self._parts.decode(errors="strict" if self._textual else "replace")
            except UnicodeDecodeError:
                self._broken = "a text that is no UTF-8"  # RFC 6455 §8.1
            else:
                self._messages.append(text)

    def _find_fault(self) -> None:
        error = self._protocol.parser_exc
        if error is not None and not isinstance(error, EOFError):
            big = type(error).__name__ == "PayloadTooBig"
            self._broken = (
                f"a message of more than {MAX_MESSAGE // 1024} kB" if big else "a frame breaks the rules"
            )
        elif self._octets > MAX_RECEIVED or self._frames > MAX_FRAMES:
            self._broken = "more came than a probe reads"

    def _write(self) -> None:
        """What the library wants sent: at most what MAX_FRAMES pings ask for, so that nobody waits."""
        self._connection.writer.write(b"".join(self._protocol.data_to_send()))


# --- the handshake -----------------------------------------------------------------------------


def _protocol(url: str, subprotocols: Sequence[str]) -> "ClientProtocol":
    """Raises NetError when the address is none, as when a part of it was made while probing."""
    from websockets.client import ClientProtocol
    from websockets.typing import Subprotocol
    from websockets.uri import parse_uri

    try:
        uri = parse_uri(_ascii(_ws_url(url)))
    except UnicodeError as error:
        raise NetError("config.url", detail="the address has no valid name") from error
    except ValueError as error:
        raise NetError("config.url", detail=str(error)) from error
    wanted = [Subprotocol(name) for name in subprotocols] or None
    return ClientProtocol(uri, subprotocols=wanted, max_size=MAX_MESSAGE, logger=_LOG)


def _ascii(url: str) -> str:
    """The address with all that is not ASCII written as it is sent; what is escaped already stays so."""
    parts = urlsplit(url)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    path, query = (quote(part, safe="/%:@!$&'()*+,;=~?") for part in (parts.path, parts.query))
    return parts._replace(netloc=host, path=path, query=query).geturl()


def _request(protocol: "ClientProtocol", headers: Mapping[str, str]) -> "Request":
    """Raises NetError when a header is none, as when it was made of what a server said."""
    from websockets.exceptions import InvalidHeader

    request = protocol.connect()
    try:
        for name, value in headers.items():
            request.headers.pop(name, None)  # else it would stand there twice
            request.headers[header_name(name)] = value
        request.serialize()
    except (InvalidHeader, ValueError) as error:
        raise NetError("monitor.error", detail="a header of ours cannot be sent") from error
    return request


async def _upgrade(
    connection: Connection, protocol: "ClientProtocol", request: "Request", *, keyed: bool
) -> None:
    """Shake hands. Raises NetError.

    A refusal's body is not read, as the library would: it may be long or without an end.
    """
    from websockets.exceptions import InvalidMessage, NegotiationError

    protocol.send_request(request)
    connection.writer.write(b"".join(protocol.data_to_send()))
    status, headers, head = await _answer(connection.reader)
    if status != 101:
        code = status_code(status, headers, keyed=keyed)
        raise NetError("ws.upgrade" if code == "http.status" else code, detail=f"status {status}")
    protocol.receive_data(head)
    protocol.events_received()
    match protocol.handshake_exc:
        case None if protocol.available_subprotocols and protocol.subprotocol is None:
            # browsers hang up: websockets.spec.whatwg.org, "establish a WebSocket connection", step 11
            raise NetError("ws.upgrade", detail="status 101, none of the subprotocols was chosen")
        case None:
            return
        case InvalidMessage():
            raise NetError("http.protocol", detail="the answer's headers cannot be read")
        case NegotiationError():
            raise NetError("ws.upgrade", detail="status 101, with an extension or subprotocol not asked for")
    raise NetError("ws.upgrade", detail="status 101, without the headers of a WebSocket")


_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r\n]")


async def _answer(reader: asyncio.StreamReader) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers (names in lower case) and all octets of the first answer that is not an interim one."""
    for _ in range(MAX_INTERIM):
        head = bytearray(await reader.readuntil(b"\n"))
        found = _STATUS.match(head)
        if found is None:
            raise NetError("http.protocol", detail="what came is no HTTP")
        while not head.endswith((b"\n\r\n", b"\n\n")):
            head += await reader.readuntil(b"\n")
            if len(head) > MAX_HEAD:
                raise NetError("http.protocol", detail="more headers than a probe reads")
        status = int(found[1])
        if status == 101 or status >= 200:
            lines = (line.partition(":") for line in head.decode("latin-1").split("\n")[1:])
            return status, {name.strip().lower(): value.strip() for name, _, value in lines}, bytes(head)
    raise NetError("http.protocol", detail=f"more than {MAX_INTERIM} interim answers")


def _keyed(url: str, headers: Mapping[str, str], subprotocols: Sequence[str]) -> bool:
    """Whether a key of ours goes along: a refusal then speaks of the key, not of the component."""
    names = [*headers, *(name for name, _ in parse_qsl(urlsplit(url).query)), *subprotocols]
    return any(
        word in name.lower() for name in names for word in ("auth", "cookie", "key", "secret", "token")
    )
