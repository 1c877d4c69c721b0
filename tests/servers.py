"""Real servers that fail on purpose, on loopback and port 0, in a thread of their own.

`FaultServer` speaks HTTP and misbehaves by path (see `FAULTS`); `Listener` runs any handler over TCP or TLS.
"""

import asyncio
import gzip
import json
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import trustme

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """A server with one handler. `with Listener(handler) as server:` listens; the end of the block stops it."""

    host = "127.0.0.1"

    def __init__(self, handler: Handler, *, tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0  # accepted (in TLS: with a whole handshake)
        self.port = 0
        self._handler, self._tls = handler, tls
        self._answering: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._started: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._started.result(timeout=5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            self._loop.set_exception_handler(lambda _loop, _context: None)  # broken connections are meant
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        with socket.create_server((self.host, 0), backlog=512) as listening:
            listening.setblocking(False)
            self._started.set_result(listening.getsockname()[1])
            self._loop.add_reader(listening, self._accept, listening)
            await self._end.wait()
            self._loop.remove_reader(listening)
            answering = set(self._answering)
            for task in answering:
                task.cancel()
            await asyncio.gather(*answering, return_exceptions=True)
        for _ in range(3):  # TLS takes that many turns to close what it wraps
            await asyncio.sleep(0)

    def _accept(self, listening: socket.socket) -> None:
        connection, _ = listening.accept()
        connection.setblocking(False)
        task = self._loop.create_task(self._one(connection))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        task.add_done_callback(partial(_close_if_cancelled, connection))

    async def _one(self, connection: socket.socket) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await self._loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=self._tls
            )
        except OSError:
            return  # the handshake failed
        self.connections += 1
        writer = asyncio.StreamWriter(transport, protocol, reader, self._loop)
        try:
            await self._handler(reader, writer)
        except (OSError, EOFError):
            pass  # the client has gone
        finally:
            transport.close()
            transport.abort()


def _close_if_cancelled(connection: socket.socket, task: asyncio.Task[None]) -> None:
    if task.cancelled():  # perhaps before its first step
        connection.close()


@dataclass(frozen=True)
class Seen:
    """A request as a server saw it; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


Fault = Callable[[Seen, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class FaultServer:
    """An HTTP server that does what the path says. `seen` has all requests, oldest first."""

    tls: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)  # the first request has come

    def __enter__(self) -> Self:
        self._listener = Listener(self._answer, tls=self.tls).__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        return self._listener.url

    @property
    def port(self) -> int:
        return self._listener.port

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen = await _request(reader)
        self.seen.append(seen)
        self.asked.set()
        await FAULTS[seen.path.split("/")[1]](seen, reader, writer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _version = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Seen(method, parts.path, query, headers, body)


def answer(body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP answer."""
    lines = {"content-length": str(len(body)), **(headers or {})}
    return _head(status, lines) + body


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items() if value)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST in place of FIN."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# --- what the paths do -------------------------------------------------------------------------


async def _ok(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"fine", headers={"content-type": "text/plain", "X-Twice": "a"}))


async def _echo(seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The request as JSON."""
    told = {"method": seen.method, "headers": dict(seen.headers), "body": seen.body.decode("latin-1")}
    writer.write(answer(json.dumps(told).encode(), headers={"content-type": "application/json"}))


async def _status(seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """/status/503?retry-after=5: that status; the query becomes headers."""
    writer.write(answer(b"said", int(seen.path.split("/")[2]), seen.query))


async def _redirect(seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """/redirect/302?to=URL"""
    writer.write(answer(b"", int(seen.path.split("/")[2]), {"location": seen.query["to"]}))


async def _loop(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"", 302, {"location": "/loop"}))


async def _slow(seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """/slow?s=0.2: the answer after so many seconds."""
    await asyncio.sleep(float(seen.query.get("s", "0.2")))
    writer.write(answer(b"late"))


async def _silent(_seen: Seen, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _close(_seen: Seen, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """No answer at all."""


async def _reset(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def _garbage(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff this is no HTTP\r\n\r\n")


async def _truncated(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_head(200, {"content-length": "1000"}) + b"only this")


async def _cut(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Chunks without an end."""
    writer.write(_head(200, {"transfer-encoding": "chunked"}) + b"4\r\npart\r\n")


async def _reset_in_body(_seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_head(200, {"content-length": "1000"}) + b"only this")
    await asyncio.sleep(0.05)
    reset(writer)


async def _stall(_seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_head(200, {"content-length": "1000"}) + b"only this")
    await reader.read()


async def _drip(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body that never ends, an octet at a time."""
    writer.write(_head(200, {"content-length": "100000"}))
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _drip_headers(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _endless(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _flood(writer, _head(200, {"content-type": "text/plain"}), b"x" * 65536)


async def _tiny_chunks(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body without end in chunks of one octet."""
    await _flood(writer, _head(200, {"transfer-encoding": "chunked"}), b"1\r\nx\r\n" * 10_000)


async def _header_flood(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _flood(writer, b"HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n" * 4000)


async def _header_1mb(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"fine", headers={"x-long": "x" * 1_000_000}))


async def _continue_flood(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _flood(writer, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000)


async def _flood(writer: asyncio.StreamWriter, head: bytes, part: bytes) -> None:
    writer.write(head)
    while True:
        writer.write(part)
        await writer.drain()


async def _encoded(seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """/encoded/gzip, zlib, deflate (bare), members, bad, short, br, double: `fine` in that coding."""
    coding, body = _ENCODED[seen.path.split("/")[2]]
    writer.write(answer(body, headers={"content-encoding": coding}))


def _bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


_ENCODED = {
    "gzip": ("gzip", gzip.compress(b"fine")),
    "zlib": ("deflate", zlib.compress(b"fine")),
    "deflate": ("deflate", _bare(b"fine")),
    "members": ("gzip", gzip.compress(b"fi") + gzip.compress(b"ne")),
    "bad": ("gzip", b"\x1f\x8b\x08this is no gzip at all"),
    "short": ("gzip", gzip.compress(b"fine" * 100)[:-9]),
    "br": ("br", b"\x0b\x02\x80fine\x03"),
    "double": ("gzip, gzip", gzip.compress(gzip.compress(b"fine"))),
    "none": ("gzip", b""),
}


async def _gzip_bomb(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """100 MB in 100 kB."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(100)) + packer.flush()
    writer.write(answer(packed, headers={"content-encoding": "gzip"}))


async def _two_lengths(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bad framing: two lengths."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nfine")


FAULTS: Mapping[str, Fault] = {
    "": _ok,
    "ok": _ok,
    "echo": _echo,
    "status": _status,
    "redirect": _redirect,
    "loop": _loop,
    "slow": _slow,
    "silent": _silent,
    "close": _close,
    "reset": _reset,
    "garbage": _garbage,
    "truncated": _truncated,
    "cut": _cut,
    "reset-in-body": _reset_in_body,
    "stall": _stall,
    "drip": _drip,
    "drip-headers": _drip_headers,
    "endless": _endless,
    "tiny-chunks": _tiny_chunks,
    "header-flood": _header_flood,
    "header-1mb": _header_1mb,
    "continue-flood": _continue_flood,
    "encoded": _encoded,
    "gzip-bomb": _gzip_bomb,
    "two-lengths": _two_lengths,
}

# --- TLS ---------------------------------------------------------------------------------------


class Authority:
    """A throw-away certificate authority; `path` is its PEM file."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.path = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.path)

    def server(
        self, name: str = "127.0.0.1", *, begins: datetime | None = None, ends: datetime | None = None
    ) -> ssl.SSLContext:
        """A server's context with a certificate for `name`, valid in that time."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(name, not_before=begins, not_after=ends).configure_cert(context)
        return context

    def demanding(self) -> ssl.SSLContext:
        """A server's context that wants a certificate of the client."""
        context = self.server()
        self._ca.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
        return context
