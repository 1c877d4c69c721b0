"""The fault proxy: it stands on loopback between the probes and what they ask, and fails when it is told to.

It runs in a thread of its own, so that each round may have its own event loop.
"""

import asyncio
import socket
import ssl
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from statuspage.dial import Address
from statuspage.drill.authority import Authority
from statuspage.drill.faults import Fault
from statuspage.drill.tamper import Exchange, unavailable
from statuspage.net import trust

LOOPBACK = "127.0.0.1"
HANDSHAKE = b"\x16"  # a TLS record of that type begins each TLS connection: RFC 8446 §5.1
FIRST_WORD = 0.2  # seconds that a client may keep silent before its server is taken to speak first
PAUSE = 0.3  # seconds of silence after which an answer without an end mark is taken for whole
PARTING = 2  # seconds that a client may take to hang up
MOST = 4_000_000  # octets of an answer that are spoilt
REQUEST = 65_536  # octets that are read at once

Place = tuple[str, int]  # host and port, as a probe names them
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StandIn:
    """What answers in a target's place."""

    host: str
    port: int
    tls: bool


@dataclass(slots=True)
class Orders:
    """What the proxy does at present; the drill changes it between rounds."""

    fault: Fault | None = None
    hit: frozenset[Place] = frozenset()  # the places that fail
    delay: timedelta = timedelta()  # of what is slow
    words: bool = False  # an answer has words in it: they are spoilt, and the rest is left as it is


@dataclass(slots=True)
class _Door:
    """A port of ours that stands for a place."""

    place: Place
    listener: socket.socket
    contexts: dict[bool, ssl.SSLContext] = field(
        default_factory=dict
    )  # by whether the certificate has expired


class FaultProxy:
    """`with FaultProxy(now) as proxy:`; `proxy.find` leads probes to it, for `dial.Gate`."""

    def __init__(
        self, now: datetime, *, stand_ins: Mapping[Place, StandIn] | None = None, ca: str = ""
    ) -> None:
        """`now`: the wall time. `ca`: of the targets, where it is not the system's (PEM file)."""
        self.authority = Authority(now)
        self.orders = Orders()
        self._stand_ins, self._ca = stand_ins or {}, ca
        self.asked: set[Place] = set()  # since somebody last emptied it
        self._doors: dict[Place, _Door] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def find(self, host: str, port: int, *, guarded: bool) -> list[Address]:
        """Where a place is: with us. As `dial.Find`."""
        place, orders = (host, port), self.orders
        self.asked.add(place)
        struck = orders.fault if place in orders.hit else None
        if struck is Fault.DNS:
            raise socket.gaierror(socket.EAI_NONAME, "a drill")
        if struck is Fault.REFUSED:
            return [(socket.AF_INET, (LOOPBACK, _closed_port()))]
        door = await asyncio.wrap_future(self._soon(self._door(place)))
        return [(socket.AF_INET, door.listener.getsockname())]

    # --- in the proxy's own thread -------------------------------------------------------------

    def _soon(self, work: Coroutine[Any, Any, T]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        result: T = self._soon(work).result(10)
        return result

    async def _door(self, place: Place) -> _Door:
        if place not in self._doors:
            listener = socket.create_server((LOOPBACK, 0))
            listener.settimeout(0)
            self._doors[place] = door = _Door(place, listener)
            self._spawn(self._admit(door))
        return self._doors[place]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self) -> None:
        for task in (tasks := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for door in self._doors.values():
            door.listener.close()

    async def _admit(self, door: _Door) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(door.listener)
            self._spawn(self._serve(door, connection))

    async def _serve(self, door: _Door, connection: socket.socket) -> None:
        orders = self.orders
        fault = orders.fault if door.place in orders.hit else None
        writers: list[StreamWriter] = []
        with suppress(OSError, EOFError):  # one side has gone
            try:
                client, tls = await self._opened(door, connection, expired=fault is Fault.TLS_EXPIRED)
                writers.append(client[1])
                if fault in (Fault.DOWN, Fault.LIMITED, Fault.TIMEOUT):
                    await _fail(fault, *client)
                else:
                    server = await self._dialled(door.place, client[1], tls=tls)
                    writers.append(server[1])
                    delay = orders.delay if fault is Fault.SLOW else timedelta()
                    await _passed_on(client, server, delay, fault, words=orders.words)
            finally:
                connection.close()
                for writer in writers:
                    writer.transport.abort() if fault else writer.close()

    async def _opened(
        self, door: _Door, connection: socket.socket, *, expired: bool
    ) -> tuple[tuple[StreamReader, StreamWriter], bool]:
        """Streams to the probe, TLS ended; and whether there was any."""
        connection.settimeout(0)
        tls = await self._first_octet(connection) == HANDSHAKE
        if tls and expired not in door.contexts:
            door.contexts[expired] = self.authority.context(door.place[0], expired=expired)
        reader = StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await self._loop.connect_accepted_socket(
            lambda: protocol, connection, ssl=door.contexts[expired] if tls else None
        )
        return (reader, StreamWriter(transport, protocol, reader, self._loop)), tls

    async def _first_octet(self, connection: socket.socket) -> bytes:
        """What the client begins with, left to be read; b"" when it waits for its server."""
        came: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(connection, lambda: None if came.done() else came.set_result(None))
        try:
            await asyncio.wait_for(came, FIRST_WORD)
        except TimeoutError:
            return b""
        finally:
            self._loop.remove_reader(connection)
        return connection.recv(1, socket.MSG_PEEK)

    async def _dialled(
        self, place: Place, client: StreamWriter, *, tls: bool
    ) -> tuple[StreamReader, StreamWriter]:
        """Streams to the true target, or to what stands in for it."""
        target = self._stand_ins.get(place) or StandIn(*place, tls)
        context: ssl.SSLContext | None = None
        if target.tls:
            context = await asyncio.to_thread(trust, self._ca)
            spoken = client.get_extra_info("ssl_object")
            context.set_alpn_protocols([(spoken and spoken.selected_alpn_protocol()) or "http/1.1"])
        return await asyncio.open_connection(target.host, target.port, ssl=context)


def _closed_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        port: int = taken.getsockname()[1]
        return port


# --- one connection ----------------------------------------------------------------------------


async def _fail(fault: Fault, reader: StreamReader, writer: StreamWriter) -> None:
    asked = await reader.read(REQUEST)
    if fault is Fault.TIMEOUT:
        while await reader.read(REQUEST):
            pass
    elif Exchange(asked).speaks_http:
        writer.write(
            unavailable("429 Too Many Requests" if fault is Fault.LIMITED else "503 Service Unavailable")
        )
        await writer.drain()
        await _left(reader)


async def _passed_on(
    client: tuple[StreamReader, StreamWriter],
    server: tuple[StreamReader, StreamWriter],
    delay: timedelta,
    fault: Fault | None,
    *,
    words: bool,
) -> None:
    """Hand on what is asked, and the answer: as it comes, late, or spoilt."""
    asked = bytearray()
    up = asyncio.create_task(_pump(client[0], server[1], asked.extend))
    try:
        if fault in (None, Fault.SLOW, Fault.TLS_EXPIRED):
            await _pump(server[0], client[1], lambda data: None, delay)
        else:
            answer = await _whole(server[0], asked)
            client[1].write(answer.spoilt(fault, words=words))
            await client[1].drain()
            if fault is not Fault.TRUNCATED and client[1].can_write_eof():
                client[1].write_eof()
            if fault is not Fault.TRUNCATED:
                await asyncio.wait([up], timeout=PARTING)
            await asyncio.sleep(PAUSE)
    finally:
        up.cancel()
        await asyncio.gather(up, return_exceptions=True)


async def _pump(
    source: StreamReader, sink: StreamWriter, note: Callable[[bytes], object], delay: timedelta = timedelta()
) -> None:
    first = await source.read(REQUEST)
    note(first)
    await asyncio.sleep(delay.total_seconds())
    sink.write(first)
    while data := await source.read(REQUEST):
        note(data)
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


async def _whole(source: StreamReader, asked: bytearray) -> Exchange:
    """The answer to its end, or until a protocol without one pauses."""
    first = await source.read(REQUEST)
    answer = Exchange(bytes(asked))
    answer.take(first)
    while first and not answer.ended and len(answer.raw) < MOST:
        try:
            async with asyncio.timeout(None if answer.speaks_http else PAUSE):
                data = await source.read(REQUEST)
        except TimeoutError:
            break
        answer.take(data)
    return answer


async def _left(reader: StreamReader) -> None:
    """Wait until the client has hung up, so that it reads all that was sent."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PARTING):
            while await reader.read(REQUEST):
                pass
