"""Is the recorded latency the service's, or ours? A round of many probes beside lone ones, over TLS.

    python tests/benchmarks/latency.py [--quick]

Servers on addresses spread over 127.0.0.0/8 answer after 200 ms, from a process of their own; "far" ones take up the
handshake 100 ms late. In one run are measured: lone probes, the round as it is, and the same round with no cap on
connects. Then a round of 50 with 2 that hang.
"""

import asyncio
import multiprocessing
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import trustme
from measure import Row

from statuspage.dial import Gate
from statuspage.model import Round
from statuspage.net import Net
from statuspage.probes import Probe
from statuspage.probes.http import Http
from statuspage.runner import probe_round
from statuspage.uptime import rank

ANSWERS_AFTER = 0.2  # seconds
FAR = 0.1  # seconds that a handshake waits on servers that are far away
LONE = 30
PORT, FAR_PORT = 18443, 18444
START = datetime(2026, 11, 22, tzinfo=UTC)
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A component as the runner sees it."""

    id: str
    probe: Probe | None
    timeout: timedelta = timedelta(seconds=10)
    every: timedelta = timedelta(minutes=5)
    retries: int = 2
    retry_wait: tuple[timedelta, ...] = (timedelta(),)
    slow: timedelta | None = None
    unset: tuple[str, ...] = ()
    replicas: tuple[Probe, ...] = ()
    quorum: int = 1
    missing: str = "degraded"


def addresses(count: int) -> list[str]:
    return [f"127.{1 + n // 200}.{n % 200}.{1 + n % 250}" for n in range(count)]


# --- the servers, in a process of their own ------------------------------------------------------


def serve(hosts: Sequence[str], folder: str, ready: Event) -> None:
    asyncio.run(_serve(hosts, folder, ready))


async def _serve(hosts: Sequence[str], folder: str, ready: Event) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(f"{folder}/ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*hosts).configure_cert(context)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            if "127.9." in str(writer.get_extra_info("sockname")):
                await asyncio.sleep(600)
            await asyncio.sleep(ANSWERS_AFTER)
            writer.write(REPLY)
            await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async def accept_late(listening: socket.socket) -> None:
        """Servers far away: the client's first word waits."""
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listening)
            tasks.append(loop.create_task(late(connection)))

    async def late(connection: socket.socket) -> None:
        await asyncio.sleep(FAR)
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader, answer)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, connection, ssl=context)

    tasks: list[asyncio.Task[None]] = []
    servers = [await asyncio.start_server(answer, host, PORT, ssl=context, backlog=256) for host in hosts]
    for host in hosts:
        listening = socket.create_server((host, FAR_PORT), backlog=256)
        listening.setblocking(False)
        tasks.append(asyncio.create_task(accept_late(listening)))
    ready.set()
    await asyncio.gather(*(server.serve_forever() for server in servers))


@contextmanager
def serving(hosts: Sequence[str]) -> Iterator[Path]:
    """The servers in a process of their own; gives the file of the authority to trust."""
    ready = multiprocessing.Event()
    with tempfile.TemporaryDirectory() as folder:
        server = multiprocessing.Process(target=serve, args=(hosts, folder, ready), daemon=True)
        server.start()
        try:
            if not ready.wait(60):
                sys.exit("the servers did not start")
            yield Path(folder) / "ca.pem"
        finally:
            server.terminate()
            server.join()  # or the next one finds the addresses taken


# --- the rounds ----------------------------------------------------------------------------------


async def timed_round(
    hosts: Sequence[str],
    ca: str,
    *,
    gate: Gate | None = None,
    within: timedelta = timedelta(seconds=10),
    port: int = PORT,
) -> tuple[float, Round]:
    """Wall time in seconds, and what was recorded."""
    net = Net(user_agent="bench", gate=gate)
    await net._tls(ca, http=True)  # loading the trust store is no part of a round
    components = [
        Endpoint(id=host, probe=Http(url=f"https://{host}:{port}/", ca=ca), timeout=within) for host in hosts
    ]
    began = time.perf_counter()
    round_ = await probe_round(
        components, net, id="bench", clock=lambda: START, sleep=asyncio.sleep, control=()
    )
    return time.perf_counter() - began, round_


def p95(rounds: Sequence[Round]) -> int:
    """Milliseconds."""
    values = [s.latency // timedelta(milliseconds=1) for r in rounds for s in r.samples if s.latency]
    return rank(values, 0.95)


async def compare(count: int, ca: str, where: str, port: int) -> tuple[Row, Row]:
    hosts = addresses(count)
    await timed_round(hosts[:1], ca, port=port)  # imports, first handshake
    lone = p95([(await timed_round([host], ca, port=port))[1] for host in hosts[:LONE]])
    uncapped = Gate(1 << 16, most=1 << 16, least=1 << 16)
    free_wall, free = await timed_round(hosts, ca, gate=uncapped, port=port)
    wall, round_ = await timed_round(hosts, ca, port=port)
    up = sum(sample.verdict == "up" for sample in round_.samples)
    told = f"lone {lone} ms, round {p95([round_])} ms; with no cap {p95([free]) / lone:.2f} x; {up} up"
    what = f"of {count} servers {where}"
    return (
        Row(
            what=f"recorded p95 {what} against a lone probe's",
            seen=p95([round_]) / lone,
            unit="x",
            limit=1.1,
            against=told,
        ),
        Row(
            what=f"wall time {what} against no cap",
            seen=wall / free_wall,
            unit="x",
            limit=1.5,
            against=f"{wall:.2f} s",
        ),
    )


async def hung(ca: str) -> Row:
    """48 well, 2 hung: the round ends with the hung ones' own attempts (3 of 1 s each)."""
    limit = timedelta(seconds=1)
    wall, round_ = await timed_round([*addresses(48), "127.9.0.1", "127.9.0.2"], ca, within=limit)
    late = max(sample.latency or timedelta() for sample in round_.samples if sample.verdict == "up")
    told = f"3 attempts of 1 s; slowest good answer {late / timedelta(milliseconds=1):.0f} ms"
    return Row(what="a round of 50 with 2 that hang, wall", seen=wall, unit="s", against=told)


def rows(quick: bool) -> Iterator[Row]:
    counts = (50,) if quick else (50, 200)
    with serving([*addresses(max(counts)), "127.9.0.1", "127.9.0.2"]) as authority:
        ca = str(authority)
        for count in counts:
            yield from asyncio.run(compare(count, ca, "near", PORT))
            yield from asyncio.run(compare(count, ca, "far", FAR_PORT))
        yield asyncio.run(hung(ca))


if __name__ == "__main__":
    for row in rows("--quick" in sys.argv):
        print(row.line(), flush=True)  # noqa: T201 (a script's own output)
