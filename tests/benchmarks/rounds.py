"""What does a large round cost? `statuspage probe` over TLS as a whole process, beside bare asyncio streams.

    python tests/benchmarks/rounds.py [--quick]

The servers of `latency.py` answer after 200 ms, from a process of their own. The control opens as many connections with
asyncio's streams, all at once, in a process of its own that imports nothing else; past 1,000 it opens 1,000 at a time.
"""

import asyncio
import ssl
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from latency import PORT, addresses, serving
from measure import Cost, Row, cost, statuspage

from statuspage import history
from statuspage.stores.folder import Folder
from statuspage.stores.opening import STATE_FOLDER
from statuspage.uptime import rank

HOSTS = 200
AT_ONCE = 1_000  # of the control
WALL = {50: 1.0, 1_000: 5.0, 10_000: 60.0}  # seconds
PEAK = {1_000: 200, 10_000: 500}  # MiB
AGAINST_BARE = {50: 3.0}


def rows(quick: bool) -> Iterator[Row]:
    hosts = addresses(HOSTS)
    with tempfile.TemporaryDirectory() as folder, serving(hosts) as ca:
        for count in (50, 200) if quick else WALL:
            yield from _round(Path(folder) / f"{count}", hosts, count, ca)


def _round(root: Path, hosts: list[str], count: int, ca: Path) -> Iterator[Row]:
    urls = [f"https://{hosts[n % len(hosts)]}:{PORT}/{n}" for n in range(count)]
    root.mkdir()
    items = "".join(f"  - {{name: c{n}, url: '{url}', ca: {ca}}}\n" for n, url in enumerate(urls))
    (root / "components.yaml").write_text(f"control: []\ncomponents:\n{items}", "utf-8")
    seen = _probed(root)
    bare = cost(root, sys.executable, __file__, "--bare", str(ca), str(count))
    latencies, up = _recorded(root)
    told = (
        f"{seen.wall / bare.wall:.1f} x bare streams; {up} up, p95 {rank(latencies, 0.95)} ms"
        if up
        else "none up"
    )
    yield Row(
        what=f"round of {count:,} over TLS, wall",
        seen=seen.wall,
        unit="s",
        limit=WALL.get(count),
        against=told,
    )
    if count in AGAINST_BARE:
        yield Row(
            what=f"round of {count:,} against bare streams",
            seen=seen.wall / bare.wall,
            unit="x",
            limit=AGAINST_BARE[count],
        )
    yield Row(
        what=f"round of {count:,}, peak memory",
        seen=seen.peak,
        unit="MiB",
        limit=PEAK.get(count),
        against=f"{seen.cpu:.1f} s of CPU, {bare.cpu:.1f} s bare",
    )


def _probed(root: Path) -> Cost:
    return statuspage(root, "probe", fine=(0, 3))


def _recorded(root: Path) -> tuple[list[int], int]:
    """Latencies in ms of those that were up, and how many these are."""
    records = Folder(root / STATE_FOLDER)
    lines = b"".join(records.read(path) or b"" for path in records.list("raw/"))
    rounds, _ = history.decode_rounds(lines, "raw")
    up = [s for one in rounds for s in one.samples if s.verdict == "up" and s.latency]
    return [round(1000 * s.latency.total_seconds()) for s in up if s.latency], len(up)


# --- the control ---------------------------------------------------------------------------------


async def bare(ca: str, count: int) -> None:
    context, hosts = ssl.create_default_context(cafile=ca), addresses(HOSTS)
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(n: int) -> None:
        async with room:
            reader, writer = await asyncio.open_connection(hosts[n % HOSTS], PORT, ssl=context)
            writer.write(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()

    await asyncio.gather(*(ask(n) for n in range(count)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        asyncio.run(bare(sys.argv[2], int(sys.argv[3])))
    else:
        for row in rows("--quick" in sys.argv):
            print(row.line(), flush=True)  # noqa: T201 (a script's own output)
