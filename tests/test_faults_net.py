"""Hostile answers of every kind, asked for in one round of the real command."""

import asyncio
import os
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from servers import Listener, answer

from statuspage.archive import read_rounds
from statuspage.stores.folder import Folder

SECRET = "c4n4ry-k3y-0123456789"
TIMEOUT = 3  # seconds an attempt may take
LIMIT = 12  # seconds a component may take
MEMORY = 300 * 1024  # kB of the whole run
OK = b"HTTP/1.1 200 OK\r\n"
NOW = "2026-11-22T14:00:00Z"


@dataclass(frozen=True)
class Hostile:
    """What a server answers, and what is to be said of it."""

    verdict: str
    codes: str  # a pattern
    first: bytes = b""
    more: bytes = b""  # without end, until the client leaves
    every: float = 0.0  # seconds between two of `more`
    options: str = ""  # of the component


def bomb(*, wrapped: bool = False) -> bytes:
    """10 GiB of zeros in gzip, some 10 MB; `wrapped`: packed once more, some 20 kB."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    whole = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * 10_240
    if not wrapped:
        return whole
    outer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    return outer.compress(whole) + outer.flush()


def body(data: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in (*headers, b"content-length: %d" % len(data)))
    return OK + lines + b"\r\n" + data


def to(place: str) -> bytes:
    return b"HTTP/1.1 302 Found\r\nlocation: " + place.encode() + b"\r\ncontent-length: 0\r\n\r\n"


LATE = "read.timeout|body.stalled|deadline"
JSON = ', expect: {json: {"$.ok": true}}'
TYPE = b"content-type: application/json"
STREAM = OK + b"content-type: text/event-stream\r\n\r\n"
HUGE_NUMBER = b"9" * 200_000


@cache
def hostile(canary: int) -> dict[str, Hostile]:
    """By path. `canary`: the port of a server that nothing may reach."""
    return {
        "endless": Hostile("up|degraded", "|body.*", OK + b"\r\n", b"x" * 65_536),
        "endless-wanted": Hostile(
            "down", "expect.*|body.*", OK + b"\r\n", b"x" * 65_536, options=', expect: {body: "fine"}'
        ),
        "gzip-bomb": Hostile("up|down", "|body.*", body(bomb(), b"content-encoding: gzip")),
        "gzip-bomb-double": Hostile(
            "down", "body.undecodable", body(bomb(wrapped=True), b"content-encoding: gzip, gzip")
        ),
        "json-deep": Hostile("down", "expect.*", body(b"[" * 200_000, TYPE), options=JSON),
        "json-bigint": Hostile("down", "expect.*", body(b'{"ok": %s}' % HUGE_NUMBER, TYPE), options=JSON),
        "json-float": Hostile("down", "expect.*", body(b'{"ok": 1e99999}', TYPE), options=JSON),
        "json-surrogate": Hostile("down", "expect.*", body(b'{"ok": "\\ud800"}', TYPE), options=JSON),
        "charset": Hostile(
            "down", "expect.*", body(b"\xff\xfe\0", b"content-type: text/html; charset=zip"),
            options=', expect: {body: "fine"}',
        ),
        "header-1mb": Hostile("down", "http.protocol", OK + b"x: " + b"y" * 1_000_000 + b"\r\n\r\n"),
        "header-many": Hostile("down", "http.protocol", OK + b"a: b\r\n" * 200_000 + b"\r\n"),
        "header-endless": Hostile("down", "http.protocol", OK, b"x-more: and more\r\n" * 4_000),
        "cookies": Hostile("down", "http.protocol", OK + b"set-cookie: a=b; path=/\r\n" * 20_000 + b"\r\n"),
        "100-flood": Hostile("down", "http.protocol", b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000),
        "100-drip": Hostile("down", LATE, b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
        "slow-headers": Hostile("down", LATE, OK + b"x: ", b".", 0.05),
        "slow-body": Hostile("down", LATE, OK + b"content-length: 100000\r\n\r\n", b".", 0.05),
        "slow-chunks": Hostile("down", LATE, OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.05),
        "sse-keepalive": Hostile("down", LATE, STREAM, b": still here\n\n", 0.05),
        "silence": Hostile("down", LATE, b"", b"", 1.0),
        "redirect-bad": Hostile("down", "http.redirect_refused|http.protocol", to("http://[bad")),
        "redirect-file": Hostile("down", "http.redirect_refused", to("file:///etc/passwd")),
        "redirect-gopher": Hostile("down", "http.redirect_refused", to("gopher://127.0.0.1:25/_x")),
        "redirect-script": Hostile("down", "http.redirect_refused", to("javascript:alert(1)")),
        "redirect-loop": Hostile("down", "http.redirect_loop", to("/redirect-loop")),
        "redirect-long": Hostile("down", "http.*", to("/" + "x" * 90_000)),
        **{
            f"redirect-canary-{n}": Hostile("down", "http.redirect_refused|dns.nxdomain", to(f"http://{host}:{canary}/stolen"))
            for n, host in enumerate(SPELLINGS)
        },
        "http09": Hostile("down", "http.protocol", b"<html>all is fine</html>\r\n\r\n"),
        "status-000": Hostile("down", "http.*", b"HTTP/1.1 000 Nothing\r\ncontent-length: 0\r\n\r\n"),
        "status-99999": Hostile("down", "http.protocol", b"HTTP/1.1 99999 Much\r\ncontent-length: 0\r\n\r\n"),
        "status-minus": Hostile("down", "http.protocol", b"HTTP/1.1 -20 Less\r\ncontent-length: 0\r\n\r\n"),
        "header-nul": Hostile("down", "http.protocol", OK + b"x: a\0b\r\ncontent-length: 2\r\n\r\nok"),
        "length-short": Hostile("down", "body.truncated", OK + b"content-length: 100\r\n\r\nok"),
        "length-minus": Hostile("down", "http.protocol", OK + b"content-length: -1\r\n\r\nok"),
        "length-word": Hostile("down", "http.protocol", OK + b"content-length: many\r\n\r\nok"),
        "length-two": Hostile("down", "http.protocol", OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok"),
        "chunk-bad": Hostile("down", "http.protocol", OK + b"transfer-encoding: chunked\r\n\r\nzz\r\nok\r\n"),
        "chunk-huge": Hostile(
            "down", "http.protocol|body.*", OK + b"transfer-encoding: chunked\r\n\r\n" + b"f" * 400 + b"\r\nok"
        ),
        "commands": Hostile(
            "down", "http.404", b"HTTP/1.1 404 ::set-env name=X::y\r\ncontent-length: 17\r\n\r\n::error::pwned%0A"
        ),
        "echo-secret": Hostile("unknown|down", "auth.*|blocked", b"HTTP/1.1 401 " + SECRET.encode() + b"\r\n"
            b"www-authenticate: Basic realm=" + SECRET.encode() + b"\r\ncontent-length: 21\r\n\r\n" + SECRET.encode()),
    }  # fmt: skip


SPELLINGS = ("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "0", "127.0.0.1.")
"""Loopback, as `localhost` is not written."""


@dataclass(frozen=True)
class Round:
    """What the run said of each component, and what it took."""

    samples: dict[str, tuple[str, str]]  # verdict and code, by path
    output: str
    code: int
    seconds: float
    memory: int  # kB at the most
    canary: int  # connections that reached it
    folder: Path


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """One round of `statuspage run` over all of them."""
    folder = tmp_path_factory.mktemp("hostile")
    with Listener(_shut) as canary:
        kinds = hostile(canary.port)
        with Listener(lambda reader, writer: _answer(kinds, reader, writer)) as server:
            _configure(folder, server.url, kinds)
            return _run(folder, canary)


async def _shut(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _answer(
    kinds: Mapping[str, Hostile], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    target = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
    kind = kinds.get(target.removeprefix("/"))
    if kind is None:
        writer.write(answer(b"", 404))
        await writer.drain()
        return
    writer.write(kind.first)
    await writer.drain()
    while kind.more or kind.every:
        writer.write(kind.more)
        await writer.drain()
        await asyncio.sleep(kind.every)
    writer.write_eof()
    await reader.read()  # the client closes: an early RST would take the answer with it


def _configure(folder: Path, url: str, kinds: Mapping[str, Hostile]) -> None:
    components = "".join(
        f'  - {{name: {path}, url: "{url}/{path}", headers: {{x-api-key: "${{KEY}}"}}{kind.options}}}\n'
        for path, kind in kinds.items()
    )
    (folder / "components.yaml").write_text(
        f"""page: {{name: Hostile, url: "https://status.example", since: 2026}}
defaults: {{timeout: {TIMEOUT}s, retries: 0}}
control: []
components:
{components}""",
        "utf-8",
    )


def _run(folder: Path, canary: Listener) -> Round:
    command = [sys.executable, "-c", MEASURED, "run", "--now", NOW]
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "KEY": SECRET},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )
    seconds = time.monotonic() - began
    day = datetime.fromisoformat(NOW).date()
    rounds = read_rounds(Folder(folder / ".status-data"), day, day, [])
    return Round(
        samples={s.component: (str(s.verdict), s.code) for one in rounds for s in one.samples},
        output=done.stdout + done.stderr,
        code=done.returncode,
        seconds=seconds,
        memory=int((folder / "memory").read_text()),
        canary=canary.connections,
        folder=folder,
    )


MEASURED = r"""
import atexit, re
from pathlib import Path
from statuspage.cli import main
rss = lambda: re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]  # ru_maxrss has the parent's, too
atexit.register(lambda: Path("memory").write_text(rss()))
main()
"""


@pytest.mark.parametrize("path", hostile(1))
def test_a_hostile_answer_has_its_verdict_and_code(asked: Round, path: str) -> None:
    verdict, code = asked.samples[path]

    assert re.fullmatch(hostile(1)[path].verdict, verdict), (verdict, code)
    assert re.fullmatch(hostile(1)[path].codes, code), (verdict, code)


def test_a_round_of_hostile_answers_ends_in_time_in_little_memory_and_with_a_page(asked: Round) -> None:
    assert "Traceback" not in asked.output
    assert asked.code == 0, asked.output
    assert asked.seconds < LIMIT  # all at once, so none took longer
    assert asked.memory < MEMORY
    assert (asked.folder / "_site/index.html").is_file()


def test_no_hostile_server_leads_the_probe_or_its_key_elsewhere(asked: Round) -> None:
    assert asked.canary == 0
    written = b"".join(p.read_bytes() for p in asked.folder.rglob("*") if p.is_file())
    assert SECRET not in asked.output
    assert SECRET.encode() not in written


def test_no_line_of_a_hostile_answer_is_a_command_to_the_runner(asked: Round) -> None:
    assert [line for line in asked.output.splitlines() if line.startswith("::")] == []
    assert b"pwned" not in b"".join(p.read_bytes() for p in asked.folder.rglob("*") if p.is_file())
