"""One connection: leave to connect, the name's address, the sockets. Nothing here speaks HTTP."""

import asyncio
import encodings.idna  # noqa: F401 (else the first lookup of a process loads it: 10 ms of latency)
import ipaddress
import socket
import ssl
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol

from statuspage.wire import NetError, Watch

# --- leave to connect --------------------------------------------------------------------------

_TICK = 0.010  # seconds between two looks at the event loop
_LATE, _PUNCTUAL = 0.015, 0.005  # seconds of lag from which the gate narrows, below which it may widen
_BUSY, _IDLE = 0.8, 0.3  # shares of the time that this thread works, likewise
MAX_DATAGRAM = 65_535  # octets
MANY = 1 << 16  # seconds; asyncio's own limit for handshakes, which is not the one that counts


class Slot:
    """Leave to connect to one host, until `leave` or the end of the block."""

    def __init__(self, gate: "Gate", host: str) -> None:
        self._gate, self._host, self._held = gate, host, True

    def leave(self) -> None:
        if self._held:
            self._held = False
            self._gate._leave(self._host)

    def __enter__(self) -> "Slot":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


class Gate:
    """Caps the connects in progress (TCP and TLS), so that no service's latency has our queue in it.

    A handshake is work for this machine, of some milliseconds; those at once wait for each other, and that is not
    the services' doing. So the cap is small while this thread is at work, and grows while it waits for the network.
    """

    def __init__(
        self,
        start: int = 3,
        *,
        least: int = 3,
        most: int = 128,
        per_host: int = 8,
        find: "Find | None" = None,
    ) -> None:
        """`find`: where hosts are, if not where the name service says."""
        self.limit = start
        self.find: Find = find or _find
        self._least, self._most, self._per_host = least, most, per_host
        self._busy: Counter[str] = Counter()  # connects in progress by host
        self._total = 0
        self._waiting: deque[tuple[str, asyncio.Future[None]]] = deque()
        self._ticking = False

    async def enter(self, host: str) -> Slot:
        """Wait for leave to connect to `host`."""
        if self._admits(host):
            self._take(host)
            return Slot(self, host)
        leave: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((host, leave))
        try:
            await leave
        except asyncio.CancelledError:
            if leave.done() and not leave.cancelled():  # leave came as the wait was given up
                self._leave(host)
            raise
        return Slot(self, host)

    def adapt(self, busy: float, lag: float) -> None:
        """Narrow when this thread is busy (a share of the time) or lags (seconds); widen when somebody waits for it."""
        if busy > _BUSY or lag > _LATE:
            self.limit = max(self._least, self.limit - 1)
        elif busy < _IDLE and lag < _PUNCTUAL and self._waiting:
            self.limit = min(self._most, self.limit + 2)
            self._admit()

    def _admits(self, host: str) -> bool:
        return self._total < self.limit and self._busy[host] < self._per_host

    def _take(self, host: str) -> None:
        self._busy[host] += 1
        self._total += 1
        if not self._ticking:
            self._ticking = True
            self._wind(asyncio.get_running_loop())

    def _leave(self, host: str) -> None:
        self._total -= 1
        self._busy[host] -= 1
        if not self._busy[host]:
            del self._busy[host]
        self._admit()

    def _admit(self) -> None:
        """Give leave to whoever may go, in the order of coming."""
        still: list[tuple[str, asyncio.Future[None]]] = []
        while self._waiting and self._total < self.limit:
            host, leave = self._waiting.popleft()
            if leave.done():  # given up
                continue
            if self._busy[host] < self._per_host:
                self._take(host)
                leave.set_result(None)
            else:
                still.append((host, leave))
        self._waiting.extendleft(reversed(still))

    def _wind(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(_TICK, self._tick, loop, loop.time(), time.thread_time())

    def _tick(self, loop: asyncio.AbstractEventLoop, began: float, worked: float) -> None:
        took = loop.time() - began
        self.adapt((time.thread_time() - worked) / took, took - _TICK)
        self._ticking = self._total > 0
        if self._ticking:
            self._wind(loop)


# --- addresses ---------------------------------------------------------------------------------

Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]

# RFC 6761, RFC 6762, RFC 8375, ICANN's .internal; .lan is what home routers use
_OWN_ENDINGS = (".local", ".internal", ".localhost", ".lan", ".home.arpa", ".test")
_AZURE_HOST = ipaddress.ip_address("168.63.129.16")  # a public address that is Azure's own metadata service
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052


def is_own_word(host: str) -> bool:
    """Whether an operator who configures this name can only mean the own network or this very address."""
    host = host.rstrip(".").lower()
    return _is_literal(host) or "." not in host or host.endswith(_OWN_ENDINGS)


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet: not private, local, special or a cloud's metadata."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip != _AZURE_HOST


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a name, in the system's order. Raises socket.gaierror, UnicodeError, OverflowError.

    Each lookup has a daemon thread of its own: in the event loop's pool a few lookups that a name server
    leaves unanswered would hold up all others, and after the last probe the end of the process.
    """
    if not 0 < port < 65536:
        raise OverflowError("no such port")  # getaddrinfo would take its remainder
    if _is_literal(host):
        return _found(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Address]] = loop.create_future()

    def settle(found: list[Address], error: Exception | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(found)
        else:
            answer.set_exception(error)

    def look_up() -> None:
        found: list[Address] = []
        failure: Exception | None = None
        try:
            found = _found(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError, OverflowError) as error:
            failure = error
        with suppress(RuntimeError):  # the loop has gone; nobody waits any more
            loop.call_soon_threadsafe(settle, found, failure)

    threading.Thread(target=look_up, name="lookup", daemon=True).start()
    return await answer


def _found(infos: Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]]) -> list[Address]:
    return [(family, address) for family, _kind, _protocol, _name, address in infos]


# --- sockets -----------------------------------------------------------------------------------


class Find(Protocol):
    """Where a host is. Raises what `resolve` does, or NetError."""

    async def __call__(self, host: str, port: int, *, guarded: bool) -> list[Address]: ...


async def dial(host: str, port: int, watch: Watch, gate: Gate, *, guarded: bool) -> socket.socket:
    """Resolve once and connect; `guarded` refuses an address that is not public."""
    *others, last = await find(host, port, watch, gate, guarded=guarded)
    watch.mark("connect_tcp")
    for address in others:
        with suppress(ConnectionRefusedError):
            return await _connected(address)
    return await _connected(last)


async def find(host: str, port: int, watch: Watch, gate: Gate, *, guarded: bool) -> list[Address]:
    """Where a host is, as the gate knows it."""
    watch.mark("name")
    return await gate.find(host, port, guarded=guarded)


async def _find(host: str, port: int, *, guarded: bool) -> list[Address]:
    """The first address alone, or all that `localhost` has, which mean one machine.

    No second family or address is tried, or a half dead double stack would look alive (as Blackbox does).
    """
    addresses = await resolve(host, port)
    if guarded and not is_public(str(addresses[0][1][0])):
        raise NetError("net.private")
    return addresses if host.rstrip(".").lower() == "localhost" else addresses[:1]


async def _connected(address: Address) -> socket.socket:
    family, place = address
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(connection, place)
    except BaseException:
        connection.close()
        raise
    return connection


async def ask_datagram(
    addresses: Sequence[Address], data: bytes, watch: Watch, is_answer: Callable[[bytes], bool]
) -> bytes:
    """The answer to one datagram, of the first address that does not refuse it."""
    *others, last = addresses
    for address in others:
        with suppress(ConnectionRefusedError):
            return await _answered(address, data, watch, is_answer)
    return await _answered(last, data, watch, is_answer)


async def _answered(address: Address, data: bytes, watch: Watch, is_answer: Callable[[bytes], bool]) -> bytes:
    family, place = address
    watch.mark("connect_tcp")
    loop = asyncio.get_running_loop()
    with socket.socket(family, socket.SOCK_DGRAM) as connection:
        connection.settimeout(0)
        # connected, so that the system drops strangers' datagrams and tells of ICMP refusals
        await loop.sock_connect(connection, place)
        watch.mark("send")
        await loop.sock_sendall(connection, data)
        watch.mark("receive_response_headers")
        while True:
            answer = await loop.sock_recv(connection, MAX_DATAGRAM)
            if is_answer(answer):
                return answer
            await asyncio.sleep(0)  # a flood must not keep the deadline from being heard


async def streams(
    connection: socket.socket, tls: ssl.SSLContext | None = None, host: str | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Streams over a connected socket, after the TLS handshake if `tls` is given. It owns the socket."""
    if tls is None:
        return await asyncio.open_connection(sock=connection)
    name = (host or "").rstrip(".")
    return await asyncio.open_connection(
        sock=connection, ssl=tls, server_hostname=name, ssl_handshake_timeout=MANY
    )


def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close at once: say goodbye in TLS, then wait for nothing."""
    writer.transport.close()
    writer.transport.abort()


def certificate_expires(writer: asyncio.StreamWriter) -> datetime | None:
    """When the peer's certificate ends; None: no TLS."""
    tls: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
    certificate = tls.getpeercert() if tls is not None else None
    if not certificate:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
