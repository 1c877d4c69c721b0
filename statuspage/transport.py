"""HTTP over one fresh connection an exchange: redirects by hand, caps on all that is read.

The only importer of httpx and httpcore. No httpx client: it would log addresses, keep cookies between
the hops and fail on a redirect that it cannot read.
"""

import asyncio
import base64
import ssl
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta
from socket import socket
from typing import Any
from urllib.parse import unquote_to_bytes

import httpcore
import httpx
from anyio.lowlevel import checkpoint  # comes with httpx

from statuspage.dial import Gate, Slot, certificate_expires, dial, hang_up, is_own_word, streams
from statuspage.wire import FAILURES, Answer, NetError, Request, Watch, told

HTTP_FAILURES: tuple[type[Exception], ...] = (
    *FAILURES,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    httpx.InvalidURL,
)

MAX_HOPS = 3  # redirects followed
WIRE_CAP = 4  # octets of an answer that are read, as a multiple of what is kept of its body
PART_CAP = 8 * 1024  # parts of a chunked body that are read; each costs some 30 microseconds
HEAD_CAP = 128 * 1024  # octets before the end of the headers, answers of status 1xx included

Tls = Callable[[], Awaitable[ssl.SSLContext]]


async def fetch(request: Request, watch: Watch, gate: Gate, tls: Tls, user_agent: str) -> Answer:
    """The answer to a request, its redirects followed. Raises NetError."""
    async with stream(request, watch, gate, tls, user_agent) as answer:
        body = bytearray()
        async with aclosing(answer.parts()) as parts:
            async for part in parts:
                body += part
        return Answer(
            status=answer.status,
            headers=answer.headers,
            body=bytes(body),
            truncated=answer.truncated,
            phases=watch.phases,
            latency=watch.spent,
            certificate_expires=answer.certificate_expires,
            hops=answer.hops,
        )


@asynccontextmanager
async def stream(
    request: Request, watch: Watch, gate: Gate, tls: Tls, user_agent: str
) -> AsyncGenerator["Incoming", None]:
    """An answer whose headers have come, its redirects followed. Raises NetError.

    What the caller's block raises passes unchanged.
    """
    route = _Route(request, user_agent)
    transport = Transport(watch, gate, tls)
    await checkpoint()  # loads what httpcore would load in the middle of a measured exchange: 30 ms, once
    expires: list[datetime] = []
    for hops in range(MAX_HOPS + 1):
        with told(watch, HTTP_FAILURES):
            response = await _sent(route, transport, watch)
        try:
            wire: _Stream = response.extensions["network_stream"]
            if ends := wire.certificate_expires:
                expires.append(ends)
            with told(watch, HTTP_FAILURES):
                turned = route.turn(response)
            if not turned:
                yield Incoming(response, wire, watch, min(expires, default=None), hops, request.most)
                return
        finally:
            watch.stop()
            await response.aclose()
    raise NetError("http.redirect_loop", detail=f"more than {MAX_HOPS} redirects")


async def _sent(route: "_Route", transport: "Transport", watch: Watch) -> httpx.Response:
    """The answer to the request of this hop, its body still to be read."""
    try:
        return await transport.handle_async_request(route.request())
    except NetError as error:
        raise NetError(route.code(error.code), detail=error.detail) from error
    except ValueError as error:  # a name that is none
        if watch.phase == "name":
            raise NetError(route.code("config.url")) from error
        raise


# --- the way from hop to hop -------------------------------------------------------------------


class _Route:
    """Where the next request goes and what it may carry."""

    def __init__(self, request: Request, user_agent: str) -> None:
        self._asked = request
        self._first = self._url = _checked(_parsed(request.url), "config.url")
        self._method, self._body, self._headers = request.method.upper(), request.body, request.headers
        self._user_agent = user_agent
        self._hops = 0
        self._home = True  # never left the configured origin, so that what we carry may go on

    def request(self) -> httpx.Request:
        ours = {b"user-agent": self._user_agent.encode(), b"accept": b"*/*", b"accept-encoding": b"identity"}
        ours[b"connection"] = b"close"
        if self._home:
            if self._first.userinfo:
                ours[b"authorization"] = b"Basic " + base64.b64encode(unquote_to_bytes(self._first.userinfo))
            ours |= {name.lower().encode(): value.encode() for name, value in self._headers.items()}
        return httpx.Request(
            self._method,
            self._url,
            headers=list(ours.items()),
            content=self._body or None,
            extensions={"guarded": self._guarded()},
        )

    def turn(self, response: httpx.Response) -> bool:
        """Go where a redirect leads, if the answer is one. Raises NetError when a probe must not."""
        location = response.headers.get("location")
        if (
            not self._asked.follow
            or location is None
            or response.status_code not in (301, 302, 303, 307, 308)
        ):
            return False
        refused = "http.redirect_refused"
        try:
            target = _checked(self._url.join(_parsed(location, refused)), refused)
        except (httpx.InvalidURL, ValueError) as error:
            raise NetError(refused, detail="the redirect's address cannot be read") from error
        if self._url.scheme == "https" and target.scheme == "http":
            raise NetError(refused, detail="the redirect leads from https to http")
        if response.status_code == 303 or (response.status_code in (301, 302) and self._method == "POST"):
            self._method = "HEAD" if self._method == "HEAD" else "GET"  # RFC 9110 15.4
            self._drop_body()
        self._home = self._home and _origin(target) == _origin(self._first)
        if not self._home and self._method not in ("GET", "HEAD"):
            raise NetError(refused, detail="the redirect would take the request's body to another origin")
        if not self._home:
            self._drop_body()
        self._url = target
        self._hops += 1
        return True

    def code(self, code: str) -> str:
        """What a refusal is called: past a redirect the address is no longer the operator's."""
        return "http.redirect_refused" if self._hops and code in ("net.private", "config.url") else code

    def _drop_body(self) -> None:
        self._body = b""
        self._headers = {n: v for n, v in self._headers.items() if not n.lower().startswith("content-")}

    def _guarded(self) -> bool:
        """Whether a private address is refused: the operator's own word holds for its own origin."""
        first, url = self._first, self._url
        upgrade = (first.scheme, url.scheme) == ("http", "https") and {first.port, url.port} == {None}
        same = url.host == first.host and (_origin(url) == _origin(first) or upgrade)
        return not self._asked.allow_private and not (same and is_own_word(first.host))


def _parsed(url: str, code: str = "config.url") -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise NetError(code, detail="the address cannot be read") from error


def _checked(url: httpx.URL, code: str) -> httpx.URL:
    if url.scheme not in ("http", "https"):
        raise NetError(code, detail="the address is neither http nor https")
    if not url.host or "%" in url.host:
        raise NetError(code, detail="the address has no valid name")
    if not 0 < _port(url) < 65536:
        raise NetError(code, detail="the port is not between 1 and 65535")
    return url


def _port(url: httpx.URL) -> int:
    if url.port is not None:
        return url.port
    return 443 if url.scheme == "https" else 80


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, _port(url)


# --- one exchange ------------------------------------------------------------------------------


class Transport(httpx.AsyncBaseTransport):
    """One exchange a request, over a connection of its own: reused ones hide the name's and TLS's faults."""

    def __init__(self, watch: Watch, gate: Gate, tls: Tls) -> None:
        self._watch, self._gate, self._tls = watch, gate, tls

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url, watch = request.url, self._watch
        tls = await self._tls() if url.scheme == "https" else None
        with await self._gate.enter(url.host) as slot:
            watch.go()
            connection = httpcore.AsyncHTTPConnection(
                httpcore.Origin(url.raw_scheme, url.raw_host, _port(url)),
                ssl_context=tls,
                network_backend=_Backend(watch, self._gate, guarded=request.extensions["guarded"]),
            )
            try:
                answer = await connection.handle_async_request(self._core_request(request, slot))
            except BaseException:
                await connection.aclose()
                raise
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream, connection),
            extensions=answer.extensions,
        )

    def _core_request(self, request: httpx.Request, slot: Slot) -> httpcore.Request:
        url = request.url

        async def trace(event: str, _info: Mapping[str, Any]) -> None:
            match event:
                case "http11.send_request_headers.started":
                    slot.leave()
                    self._watch.mark("send")
                case "http11.receive_response_headers.started":
                    self._watch.mark("receive_response_headers")
                case "http11.receive_response_body.started":
                    self._watch.mark("receive_response_body")

        return httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=_port(url), target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"trace": trace},
        )


class _Body(httpx.AsyncByteStream):
    """The answer's body, which owns the connection."""

    def __init__(self, parts: Any, connection: httpcore.AsyncHTTPConnection) -> None:
        self._parts, self._connection = parts, connection

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(aiter(self._parts)) as parts:
            async for part in parts:
                yield part

    async def aclose(self) -> None:
        await self._connection.aclose()


class _Backend(httpcore.AsyncNetworkBackend):
    """Opens httpcore's connections by our rules: one lookup, one address, our clock."""

    def __init__(self, watch: Watch, gate: Gate, *, guarded: bool) -> None:
        self._watch, self._gate, self._guarded = watch, gate, guarded

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        connected = await dial(host, port, self._watch, self._gate, guarded=self._guarded)
        return _Stream(connected, self._watch)


class _Stream(httpcore.AsyncNetworkStream):
    """A connected socket that becomes streams at the first use, in TLS or in clear."""

    def __init__(self, connection: socket, watch: Watch) -> None:
        self._socket, self._watch = connection, watch
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.received = 0  # octets
        self.certificate_expires: datetime | None = None

    async def _open(self, tls: ssl.SSLContext | None = None, host: str | None = None) -> None:
        self._reader, self._writer = await streams(self._socket, tls, host)
        self.certificate_expires = certificate_expires(self._writer)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        self._watch.mark("start_tls")
        try:
            await self._open(ssl_context, server_hostname)
        except BaseException:
            self._socket.close()
            raise
        return self

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if self._writer is None:
            await self._open()
        assert self._writer is not None
        self._writer.write(buffer)
        await self._writer.drain()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        if self._watch.phase != "receive_response_body" and self.received > HEAD_CAP:
            raise httpcore.RemoteProtocolError("more headers than a probe reads")
        assert self._reader is not None
        await asyncio.sleep(0)  # a flood must not keep the deadline from being heard
        data = await self._reader.read(max_bytes)
        self.received += len(data)
        return data

    async def aclose(self) -> None:
        if self._writer is not None:
            hang_up(self._writer)
        else:
            self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        return self._writer.get_extra_info(info) if self._writer is not None else None


# --- the body ----------------------------------------------------------------------------------


class Incoming:
    """An answer whose body is still to be read, once, as far as the caps allow."""

    def __init__(
        self,
        response: httpx.Response,
        wire: _Stream,
        watch: Watch,
        expires: datetime | None,
        hops: int,
        most: int,
    ) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)  # names in lower case
        self.certificate_expires = expires  # the earliest of all hops; None: no TLS
        self.hops = hops
        self.truncated = False  # there was more body than is read
        self._response, self._wire, self._watch, self._most = response, wire, watch, most
        self._begun = False

    @property
    def latency(self) -> timedelta:
        """From our own connect until now; waiting for a slot is left out."""
        return self._watch.spent

    @property
    def phases(self) -> Mapping[str, timedelta]:
        return self._watch.phases

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """The decoded body as it comes, as much as was asked for; without an end it is cut there. Raises NetError."""
        if self._begun:
            raise RuntimeError("a body is read once")  # httpcore would turn round for ever
        self._begun = True
        with told(self._watch, HTTP_FAILURES):
            async with aclosing(self._decoded()) as parts:
                async for part in parts:
                    yield part

    async def _decoded(self) -> AsyncGenerator[bytes, None]:
        inflater: _Plain | None = None
        given = count = 0
        assert isinstance(self._response.stream, _Body)
        async with aclosing(self._response.stream.__aiter__()) as parts:
            async for part in parts:
                if inflater is None:
                    inflater = _inflater(self.headers.get("content-encoding", ""), self._most)
                inflater.feed(part)
                count += 1
                over = len(inflater.body) > self._most or self._wire.received > WIRE_CAP * self._most
                self.truncated = over or count > PART_CAP
                new = bytes(inflater.body[given : self._most])
                given += len(new)
                if new:
                    yield new
                if self.truncated:
                    return
                if count % 64 == 0:
                    await asyncio.sleep(0)  # chunks of one octet must not keep the deadline from being heard
        if inflater is not None:
            inflater.end()


def _inflater(codings: str, most: int) -> "_Plain":
    match [c for c in (c.strip().lower() for c in codings.split(",")) if c not in ("", "identity")]:
        case []:
            return _Plain()
        case ["gzip" | "x-gzip" | "deflate"]:
            return _Inflater(most)
    raise NetError("body.undecodable", detail="the answer is compressed in a way that was not asked for")


class _Plain:
    def __init__(self) -> None:
        self.body = bytearray()

    def feed(self, part: bytes) -> None:
        self.body += part

    def end(self) -> None:
        """The last part has come."""


class _Inflater(_Plain):
    """gzip, zlib or bare deflate, never more than one octet over the cap, however much is packed in."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._inflate: Any = None

    def feed(self, part: bytes) -> None:
        if self._inflate is None:
            # RFC 1952: 1f; RFC 1950: method 8; else the bare deflate that some servers mean by the word
            known = part[:1] == b"\x1f" or part[0] & 0x0F == 8
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32 if known else -zlib.MAX_WBITS)
        while part and len(self.body) <= self._most and not self._inflate.eof:
            self.body += self._inflate.decompress(part, self._most + 1 - len(self.body))
            part = self._inflate.unconsumed_tail
            if self._inflate.eof and self._inflate.unused_data[:2] == b"\x1f\x8b":  # a further gzip member
                part = self._inflate.unused_data
                self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def end(self) -> None:
        if not self._inflate.eof:
            raise NetError("body.undecodable", detail="the compressed answer ends before its end")
