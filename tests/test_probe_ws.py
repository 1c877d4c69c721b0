import asyncio
import base64
import hashlib
import json
import logging
import re
import struct
import threading
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from servers import Authority, FaultServer, Handler, Listener, reset
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from statuspage.config import load, schema
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net, NetError
from statuspage.probes import kind_for
from statuspage.probes.base import Occasion, missing_extra
from statuspage.probes.websocket import MAX_MESSAGE, MAX_RECEIVED, Socket, websocket
from statuspage.probes.ws import Heard, Ws

SECOND = timedelta(seconds=1)
LONG, SHORT = 5 * SECOND, 0.3 * SECOND
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
KIND = TypeAdapter(Ws)
PAGE = Path(__file__).parents[1] / "docs/probes/ws.md"

PING = '{"type":"message","text":"ping"}'
ANSWER: dict[str, Any] = {"message": {"json": {"$.text": {"exists": True}}}}


def ws(url: str = "ws://127.0.0.1", **options: Any) -> Ws:
    return KIND.validate_json(json.dumps({"url": url, **options}), strict=True)


async def asked(url: str, within: timedelta = LONG, **options: Any) -> Reading:
    net = Net(user_agent="statuspage-test")
    return await ws(url, **options).ask(net, within, Occasion(at=NOW))


def ask(
    server: Listener | FaultServer, path: str = "/ws", within: timedelta = LONG, **options: Any
) -> Reading:
    """The reading, which must come in time."""
    began = time.monotonic()
    reading = asyncio.run(asked(server.url.replace("http", "ws", 1) + path, within, **options))
    assert time.monotonic() - began < within.total_seconds() + 0.5
    return reading


def seen(reading: Reading) -> dict[str, tuple[str, bool]]:
    return {finding.key: (finding.seen, finding.holds) for finding in reading.findings}


# --- a real server -----------------------------------------------------------------------------

Talk = Callable[[ServerConnection], Awaitable[None]]


def real(talk: Talk, within: timedelta = LONG, *, secure: Authority | None = None, **options: Any) -> Reading:
    """What a probe reads of the server of `websockets` itself."""
    chosen = [Subprotocol("chat.v2")] if "subprotocols" in options else None
    tls = secure.server() if secure else None

    async def run() -> Reading:
        async with serve(talk, "127.0.0.1", 0, ssl=tls, subprotocols=chosen) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            return await asked(f"{'wss' if tls else 'ws'}://127.0.0.1:{port}/ws", within, **options)

    return asyncio.run(run())


async def chats(connection: ServerConnection) -> None:
    """Welcome, then answer each text."""
    await connection.send('{"type":"welcome"}')
    async for text in connection:
        await connection.send(json.dumps({"type": "message", "text": f"you said {text!r}"}))


def test_the_message_that_is_wanted_makes_it_up_and_a_welcome_is_passed_over() -> None:
    reading = real(chats, send=PING, expect={**ANSWER, "within": "5s"})

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UP, "", "")
    assert reading.latency is not None
    assert list(reading.phases) == ["name", "connect", "first_byte"]
    assert [(one.key, one.wanted, one.holds) for one in reading.findings] == [
        ("upgrade", "101", True),
        ("expect.message $.text", "exists true", True),
        ("expect.within", "at most 5000 ms", True),
    ]


@pytest.mark.parametrize(
    ("expect", "code"),
    [
        ({"message": "you said"}, ""),
        ({"message": "hello"}, "expect.message"),
        ({"message": {"starts": "{", "json": {"$.type": "message"}}}, ""),
        ({"message": {"starts": "[", "json": {"$.type": "message"}}}, "expect.message"),
        ({"message": {"json": {"$.type": "message", "$.text": {"contains": "pong"}}}}, "expect.message"),
        ({"message": {"json": {"$.type": "welcome"}}}, ""),
        ({"message": {"matches": "said.*ping"}}, ""),
    ],
)
def test_messages_are_judged_until_one_is_as_wanted(expect: dict[str, Any], code: str) -> None:
    assert real(chats, SHORT if code else LONG, send=PING, expect=expect).code == code


def test_what_came_in_its_place_is_for_the_operator_alone() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send("hunter2\x1b[2J")
        await connection.recv()

    reading = real(talk, SHORT, expect={"message": "pong"})

    assert (reading.verdict, reading.code, reading.latency) == (Verdict.DOWN, "expect.message", None)
    assert reading.detail == "messages: 1, none as wanted"
    assert seen(reading)["expect.message"] == ("hunter2\\x1b[2J", False)
    assert "hunter2" not in repr(reading)


def test_silence_is_a_timeout() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.recv()

    reading = real(talk, SHORT, expect={"message": "pong"})

    assert (reading.code, reading.latency) == ("read.timeout", None)
    assert seen(reading) == {"upgrade": ("101", True), "expect.message": ("nothing", False)}


def test_without_wishes_the_answer_to_our_closing_is_awaited() -> None:
    reading = real(chats)

    assert (reading.verdict, seen(reading)) == (Verdict.UP, {"upgrade": ("101", True)})
    assert reading.latency is not None


def test_several_texts_are_sent_in_order() -> None:
    got: list[str | bytes] = []

    async def talk(connection: ServerConnection) -> None:
        got.extend([await connection.recv(), await connection.recv()])
        await connection.send("both")

    assert real(talk, send=["one", "two"], expect={"message": "both"}).verdict is Verdict.UP
    assert got == ["one", "two"]


def test_the_upgrade_carries_headers_subprotocols_and_our_name() -> None:
    got: dict[str, str] = {}

    async def talk(connection: ServerConnection) -> None:
        assert connection.request is not None
        got.update(connection.request.headers)
        await connection.wait_closed()

    wanted = {"Origin": "https://a.example", "Authorization": "Bearer hunter2"}
    reading = real(talk, headers=wanted, subprotocols=["chat.v3", "chat.v2"])

    assert reading.verdict is Verdict.UP
    assert (got["origin"], got["authorization"]) == ("https://a.example", "Bearer hunter2")
    assert (got["sec-websocket-protocol"], got["user-agent"]) == ("chat.v3, chat.v2", "statuspage-test")


def test_its_own_name_for_us_takes_the_place_of_ours() -> None:
    got: list[str] = []

    async def talk(connection: ServerConnection) -> None:
        assert connection.request is not None
        got.extend(connection.request.headers.get_all("User-Agent"))

    real(talk, headers={"user-agent": "canary"})
    assert got == ["canary"]


def test_tls_is_spoken_to_wss_and_its_certificate_judged(authority: Authority) -> None:
    wishes = {"certificate": {"days_left": {"le": 5}}}
    reading = real(chats, secure=authority, ca=authority.path, prefer=wishes)

    assert (reading.verdict, reading.certificate_expires is not None) == (Verdict.UP, True)
    assert "tls" in reading.phases
    assert seen(reading)["prefer.certificate days_left"][1] is False
    assert real(chats, secure=authority).code == "tls.untrusted"
    assert ws("wss://a.example").certificate(timedelta(days=3))[0] == "tls.expiring"
    assert (
        ws("wss://a.example", expect=wishes).certificate(30 * 24 * 3600 * SECOND)[0] == "expect.certificate"
    )


@pytest.mark.parametrize(
    ("wish", "code", "verdict"),
    [
        ({"expect": {"message": "late", "within": "10ms"}}, "expect.within", Verdict.DOWN),
        ({"prefer": {"message": "late", "within": "10ms"}}, "prefer.within", Verdict.DEGRADED),
        ({"expect": {"message": "late"}, "prefer": {"within": "10ms"}}, "prefer.within", Verdict.DEGRADED),
        ({"expect": {"message": "late"}, "prefer": {"message": "later"}}, "prefer.message", Verdict.DEGRADED),
    ],
)
def test_a_late_or_another_message_is_told_apart(wish: dict[str, Any], code: str, verdict: Verdict) -> None:
    async def talk(connection: ServerConnection) -> None:
        await asyncio.sleep(0.05)
        await connection.send("late")

    reading = real(talk, SHORT, **wish)

    assert (reading.code, reading.verdict) == (code, verdict)
    assert reading.latency is not None
    assert reading.latency >= SECOND / 20


def test_the_message_that_is_preferred_is_awaited_past_the_one_that_is_expected() -> None:
    async def talk(connection: ServerConnection) -> None:
        for text in ('{"text": "…"}', '{"text": "… …"}', '{"text": "done", "final": true}'):
            await connection.send(text)
        await connection.wait_closed()

    reading = real(talk, expect=ANSWER, prefer={"message": {"json": {"$.final": True}}})

    assert reading.verdict is Verdict.UP
    assert seen(reading)["expect.message $.text"] == ("done", True)


def test_what_is_preferred_alone_never_makes_it_down() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.recv()

    assert real(talk, SHORT, prefer={"message": "pong"}).code == "prefer.message"


# --- closing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "code", "detail"),
    [
        ({"expect": {"close": 4401}}, "", ""),
        ({"expect": {"close": {"ge": 4000}}}, "", ""),
        ({"expect": {"close": 1000}}, "expect.reply", "closed with 4401, wanted exactly 1000"),
        ({"prefer": {"close": 1000}}, "prefer.reply", "closed with 4401, wanted exactly 1000"),
        ({"expect": {"message": "hello", "close": 4401}}, "", ""),
        ({"expect": {"message": "pong", "close": 4401}}, "ws.closed", "closed with 4401"),
        ({"expect": {"message": "pong"}}, "ws.closed", "closed with 4401"),
        ({"expect": {"message": "hello"}}, "", ""),
    ],
)
def test_the_code_that_a_server_closes_with_is_judged(wish: dict[str, Any], code: str, detail: str) -> None:
    async def refuse(connection: ServerConnection) -> None:
        await connection.send("hello")
        await connection.close(4401, "who are you, hunter2?")

    reading = real(refuse, **wish)

    assert (reading.code, reading.detail) == (code, detail)
    assert "hunter2" not in repr(reading.findings)


def test_a_server_that_should_close_and_does_not_is_waited_for() -> None:
    assert real(chats, SHORT, expect={"close": 1000}).code == "read.timeout"
    preferred = real(chats, SHORT, prefer={"close": 1000})
    assert (preferred.code, preferred.detail) == ("prefer.reply", "not closed, wanted exactly 1000")
    assert seen(preferred)["prefer.close"] == ("not closed", False)


def test_a_server_is_left_with_a_clean_goodbye() -> None:
    """Upptime and others just hang up, which a server's log shows as an error of its own."""
    closed = threading.Event()
    codes: list[int | None] = []

    async def talk(connection: ServerConnection) -> None:
        await connection.send("hello")
        await connection.wait_closed()
        codes.append(connection.close_code)
        closed.set()

    assert real(talk, expect={"message": "hello"}).verdict is Verdict.UP
    assert closed.wait(5)
    assert codes == [1000]


# --- servers of our own, frame by frame --------------------------------------------------------

TEXT, BINARY, CONT, CLOSE, PING_FRAME, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA


def frame(payload: bytes | str = b"", kind: int = TEXT, *, fin: bool = True, bits: int = 0) -> bytes:
    """RFC 6455 §5.2, from a server: without a mask."""
    data = payload.encode() if isinstance(payload, str) else payload
    size = len(data)
    long = struct.pack("!BH", 126, size) if size < 65_536 else struct.pack("!BQ", 127, size)
    length = bytes([size]) if size < 126 else long
    return bytes([fin << 7 | bits << 4 | kind]) + length + data


def closing(code: int, reason: bytes = b"") -> bytes:
    return frame(struct.pack("!H", code) + reason, CLOSE)


async def upgraded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *extra: str) -> None:
    """Answer the upgrade as RFC 6455 §4.2.2 wants it."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    found = re.search(r"Sec-WebSocket-Key: (\S+)", head)
    assert found is not None
    key = hashlib.sha1((found[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Accept: {base64.b64encode(key).decode()}", *extra]
    writer.write("\r\n".join([*lines, "", ""]).encode())


def sends(
    *frames: bytes, hold: bool = True, end: Callable[[asyncio.StreamWriter], None] | None = None
) -> Handler:
    """Upgrade, send the frames and hold the line, hang up, or do as `end` does."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        for one in frames:
            writer.write(one)
            await writer.drain()
        if end is not None:
            await asyncio.sleep(0.05)
            end(writer)
        elif hold:
            await reader.read()

    return handle


WANTS: dict[str, Any] = {"expect": {"message": "pong"}}


@pytest.mark.parametrize(
    "frames",
    [
        [frame("pong")],
        [frame("po", fin=False), frame("ng", CONT)],
        [frame("p", fin=False), frame("are you there?", PING_FRAME), frame("ong", CONT)],
        [frame("", fin=False), *[frame("", CONT, fin=False)] * 50, frame("pong", CONT)],
        [frame(b"\xff pong \xff", BINARY)],
        [frame(b"po\xc3", fin=False), frame(b"\xa9 pong", CONT)],
        [frame("unasked", PONG), frame(""), frame("x" * MAX_MESSAGE), frame("pong")],
        [frame("[" * 100_000), frame("9" * 50_000), frame('{"a": 1e999}'), frame("pong")],
        [frame("pong"), closing(1011)],
        [frame("pong"), frame("broken", bits=7)],
    ],
)
def test_messages_are_taken_in_whatever_frames_they_come(frames: list[bytes]) -> None:
    with Listener(sends(*frames)) as server:
        assert ask(server, **WANTS).code == ""


@pytest.mark.parametrize("said", ["no JSON", "[" * 100_000, "9" * 50_000, '{"text": ', '["$.text"]', ""])
def test_a_message_that_is_not_the_json_that_is_wanted_is_passed_over(said: str) -> None:
    with Listener(sends(frame(said), frame('{"text": "pong"}'))) as server:
        assert ask(server, expect=ANSWER).verdict is Verdict.UP
    with Listener(sends(frame(said))) as server:
        reading = ask(server, within=SHORT, expect=ANSWER)

    assert (reading.code, reading.findings[1].holds) == ("expect.message", False)


@pytest.mark.parametrize(
    ("frames", "detail"),
    [
        ([frame("pong", bits=4)], "a frame breaks the rules"),
        ([frame("pong", 0x3)], "a frame breaks the rules"),
        ([frame("pong", CONT)], "a frame breaks the rules"),
        ([frame("po", fin=False), frame("ng")], "a frame breaks the rules"),
        ([frame("x" * 126, PING_FRAME)], "a frame breaks the rules"),
        ([frame("x", PING_FRAME, fin=False)], "a frame breaks the rules"),
        ([frame(b"\x03", CLOSE)], "a frame breaks the rules"),
        ([closing(999)], "a frame breaks the rules"),
        ([closing(1000, b"\xff")], "a frame breaks the rules"),
        ([frame("po", fin=False), closing(1000)], "a frame breaks the rules"),
        ([b"\x81\x84\0\0\0\0pong"], "a frame breaks the rules"),
        ([frame(b"pong \xff")], "a text that is no UTF-8"),
        ([struct.pack("!BBQ", 0x81, 127, 1 << 62)], "a message of more than 256 kB"),
        ([frame("x" * (MAX_MESSAGE + 1))], "a message of more than 256 kB"),
        ([frame("x" * 200_000, fin=False), frame("x" * 200_000, CONT)], "a message of more than 256 kB"),
        (repeat(frame("x" * 65_000), 100), "more came than a probe reads"),
        (repeat(frame() * 1000, 100), "more came than a probe reads"),
        (repeat(frame("", PING_FRAME) * 1000, 100), "more came than a probe reads"),
        (
            [frame("", fin=False), *repeat(frame("", CONT, fin=False) * 1000, 100)],
            "more came than a probe reads",
        ),
    ],
)
def test_frames_against_the_rules_or_without_an_end_break_the_protocol(frames: Any, detail: str) -> None:
    with Listener(sends(*frames)) as server:
        reading = ask(server, **WANTS)

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.DOWN, "http.protocol", detail)


@pytest.mark.parametrize("flood", [frame("x" * 60_000), frame("y" * 125, PING_FRAME) * 1000])
def test_a_flood_takes_neither_memory_nor_time(flood: bytes) -> None:
    tracemalloc.start()
    try:
        with Listener(sends(*repeat(flood, 2000))) as server:
            assert ask(server, within=LONG, **WANTS).code == "http.protocol"
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_RECEIVED
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dripped", [frame("nothing yet"), frame("", PING_FRAME), b"\x81"])
def test_a_drip_ends_with_the_deadline(dripped: bytes) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        while True:
            writer.write(dripped)
            await writer.drain()
            await asyncio.sleep(0.02)

    with Listener(drip) as server:
        assert ask(server, within=SHORT, **WANTS).code in ("expect.message", "read.timeout", "http.protocol")


@pytest.mark.parametrize(
    ("handler", "code", "detail"),
    [
        (sends(closing(1011, b"hunter2")), "ws.closed", "closed with 1011"),
        (sends(frame(b"", CLOSE)), "ws.closed", "closed without a code"),
        (sends(frame("hello"), closing(1008)), "ws.closed", "closed with 1008"),
        (sends(hold=False), "tcp.closed", "waiting for the answer"),
        (sends(frame("hello"), b"\x81", hold=False), "tcp.closed", "waiting for the answer"),
        (sends(frame("hello"), end=reset), "tcp.reset", "waiting for the answer"),
    ],
)
def test_a_server_that_ends_it_too_soon_has_its_code(handler: Handler, code: str, detail: str) -> None:
    with Listener(handler) as server:
        reading = ask(server, **WANTS)

    assert (reading.verdict, reading.code, reading.latency) == (Verdict.DOWN, code, None)
    assert reading.detail.startswith(detail)


def answers_closing(said: bytes, *, hold: bool = True) -> Handler:
    """Upgrade, wait for our close frame, say that."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        assert (await reader.readexactly(8))[0] == 0x88
        writer.write(said)
        if hold:
            await reader.read()

    return handle


@pytest.mark.parametrize(
    ("said", "code", "detail"),
    [
        (closing(1000), "", ""),
        (frame(b"", CLOSE), "", ""),
        (frame("too late") * 3 + closing(1000), "", ""),
        (closing(1011), "ws.closed", "closed with 1011"),
        (frame("too late", bits=7), "http.protocol", "a frame breaks the rules"),
    ],
)
def test_the_answer_to_our_closing_is_judged(said: bytes, code: str, detail: str) -> None:
    with Listener(answers_closing(said)) as server:
        reading = ask(server)

    assert (reading.code, reading.detail) == (code, detail)


def test_a_closing_that_is_not_answered_is_down() -> None:
    with Listener(sends()) as server:
        assert ask(server, within=SHORT).code == "read.timeout"
    with Listener(answers_closing(b"", hold=False)) as server:
        assert ask(server).code == "tcp.closed"


def test_a_goodbye_that_is_not_answered_does_not_spoil_the_verdict() -> None:
    with Listener(sends(frame("pong"))) as server:
        assert ask(server, **WANTS).verdict is Verdict.UP
        assert ask(server, within=SHORT, **WANTS).verdict is Verdict.UP


def test_a_server_that_reads_nothing_ends_with_the_deadline() -> None:
    """It asks for more answers than fit into the buffers between us."""

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(frame("x" * 125, PING_FRAME) * 15_000)
        await asyncio.sleep(5)

    with Listener(deaf) as server:
        assert ask(server, within=SECOND, send=["x" * 8000] * 20, **WANTS).code == "read.timeout"


# --- the handshake -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "options", "code", "detail"),
    [
        ("/ok", {}, "ws.upgrade", "status 200"),
        ("/status/204", {}, "ws.upgrade", "status 204"),
        ("/status/301?location=/ws", {}, "http.3xx", "status 301"),
        ("/status/400", {}, "http.400", "status 400"),
        ("/status/401", {}, "blocked", "status 401"),
        ("/status/401", {"headers": {"Authorization": "Bearer x"}}, "auth.denied", "status 401"),
        ("/status/403?token=x", {}, "auth.denied", "status 403"),
        ("/status/403", {"subprotocols": ["bearer-token.abc"]}, "auth.denied", "status 403"),
        ("/status/403", {"headers": {"Origin": "https://a.example"}}, "blocked", "status 403"),
        ("/status/404", {}, "http.404", "status 404"),
        ("/status/426", {}, "http.4xx", "status 426"),
        ("/status/429", {}, "rate.limited", "status 429"),
        ("/status/500", {}, "http.500", "status 500"),
        ("/status/503", {}, "http.503", "status 503"),
        ("/status/503?retry-after=5", {}, "http.maintenance", "status 503"),
        ("/status/200?cf-mitigated=challenge", {}, "blocked", "status 200"),
        ("/endless", {}, "ws.upgrade", "status 200"),
        ("/stall", {}, "ws.upgrade", "status 200"),
        ("/silent", {}, "read.timeout", "waiting for the answer"),
        ("/drip-headers", {}, "read.timeout", "waiting for the answer"),
        ("/close", {}, "tcp.closed", "waiting for the answer"),
        ("/reset", {}, "tcp.reset", "waiting for the answer"),
        ("/garbage", {}, "http.protocol", "what came is no HTTP"),
        ("/header-flood", {}, "http.protocol", "more headers than a probe reads"),
        ("/header-1mb", {}, "http.protocol", "waiting for the answer"),
        ("/continue-flood", {}, "http.protocol", "more than 8 interim answers"),
    ],
)
def test_what_answers_in_place_of_an_upgrade_has_its_code(
    fault_server: FaultServer, path: str, options: dict[str, Any], code: str, detail: str
) -> None:
    reading = ask(fault_server, path, SHORT if code == "read.timeout" else LONG, **options)

    assert (reading.code, reading.latency) == (code, None)
    assert reading.detail.startswith(detail)
    assert seen(reading) == {"upgrade": (reading.detail, False)}


def answers(head: str) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.replace("\n", "\r\n").encode())
        await reader.read()

    return handle


@pytest.mark.parametrize(
    ("head", "code", "detail"),
    [
        ("HTTP/1.1 101 Ok\n\n", "ws.upgrade", "status 101, without the headers of a WebSocket"),
        (
            "HTTP/1.1 101 Ok\nUpgrade: h2c\nConnection: upgrade\n\n",
            "ws.upgrade",
            "status 101, without the headers of a WebSocket",
        ),
        (
            "HTTP/1.1 101 Ok\nUpgrade: websocket\nConnection: upgrade\nSec-WebSocket-Accept: eA==\n\n",
            "ws.upgrade",
            "status 101, without the headers of a WebSocket",
        ),
        ("HTTP/1.1 101 Ok\nno header\n\n", "http.protocol", "the answer's headers cannot be read"),
        ("HTTP/1.0 101 Ok\n\n", "http.protocol", "the answer's headers cannot be read"),
        ("HTTP/1.1 100 Continue\n\nHTTP/1.1 404 Not Found\n\n", "http.404", "status 404"),
        ("SSH-2.0-OpenSSH_9.2\n", "http.protocol", "what came is no HTTP"),
    ],
)
def test_an_upgrade_that_is_none_is_found_out(head: str, code: str, detail: str) -> None:
    with Listener(answers(head)) as server:
        reading = ask(server)

    assert (reading.code, reading.detail) == (code, detail)


@pytest.mark.parametrize(
    ("extra", "options", "detail"),
    [
        ("Sec-WebSocket-Extensions: permessage-deflate", {}, "an extension or subprotocol not asked for"),
        ("Sec-WebSocket-Protocol: other", {}, "an extension or subprotocol not asked for"),
        ("Sec-WebSocket-Protocol: b", {"subprotocols": ["a"]}, "an extension or subprotocol not asked for"),
        ("X-None: chosen", {"subprotocols": ["a"]}, "none of the subprotocols was chosen"),
    ],
)
def test_what_was_not_agreed_is_no_upgrade(extra: str, options: dict[str, Any], detail: str) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer, extra)
        await reader.read()

    with Listener(handle) as server:
        reading = ask(server, **options)

    assert (reading.code, reading.detail.endswith(detail)) == ("ws.upgrade", True)


def test_a_closed_port_is_refused_and_a_public_name_stays_public(closed_port: int) -> None:
    assert asyncio.run(asked(f"ws://127.0.0.1:{closed_port}")).code == "tcp.refused"
    assert asyncio.run(asked("ws://127.1:80")).code == "net.private"


@pytest.mark.parametrize("host", ["ü" * 70 + ".example", "a..é"])
def test_a_name_that_is_none_is_our_fault(host: str) -> None:
    assert asyncio.run(asked(f"ws://{host}/")).code == "config.url"


@pytest.mark.parametrize(
    ("url", "headers", "code"),
    [
        ("http://127.0.0.1/", {}, "config.url"),
        ("ws://127.0.0.1/#{room}", {}, "config.url"),
        ("ws://127.0.0.1/a b", {}, "config.url"),
        ("ws://127.0.0.1/", {"x-session": "a\r\nb: c"}, "monitor.error"),
        ("ws://127.0.0.1/", {"x-session": "…"}, "monitor.error"),
        ("ws://127.0.0.1/", {"x session": "a"}, "monitor.error"),
    ],
)
def test_what_was_made_while_probing_and_cannot_be_sent_is_told(
    url: str, headers: dict[str, str], code: str
) -> None:
    async def run() -> None:
        async with websocket(Net(), url, LONG, headers=headers):
            pytest.fail("opened")

    with pytest.raises(NetError) as caught:
        asyncio.run(run())
    assert (caught.value.code, caught.value.detail != "") == (code, True)


def test_the_address_is_sent_in_ascii_and_what_is_escaped_stays_so(fault_server: FaultServer) -> None:
    ask(fault_server, "/status/404/grüße%2Fda?x=%C3%A9&y=é")

    assert fault_server.seen[0].path == "/status/404/gr%C3%BC%C3%9Fe%2Fda"


def test_no_key_reaches_the_log(fault_server: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger=""):
        ask(fault_server, "/status/404?token=hunter2", headers={"Authorization": "hunter2"})
        with Listener(sends(frame("hunter2"))) as server:
            ask(server, send="hunter2", expect={"message": "hunter2"})

    assert "hunter2" not in caplog.text


# --- the socket, as other kinds use it ---------------------------------------------------------


def with_socket(server: Listener, use: Callable[[Socket], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with websocket(Net(), server.url.replace("http", "ws", 1), LONG) as socket:
            return await use(socket)

    return asyncio.run(run())


def test_messages_come_in_order_and_then_the_end() -> None:
    async def use(socket: Socket) -> list[Any]:
        got: list[Any] = [await socket.receive(), await socket.receive(), socket.close_code]
        with pytest.raises(NetError) as caught:
            await socket.receive()
        with pytest.raises(NetError) as again:
            await socket.send("too late")
        await socket.close()
        return [*got, caught.value.code, again.value.code, socket.close_code]

    with Listener(sends(frame("a") + frame("b") + closing(1000))) as server:
        assert with_socket(server, use) == ["a", "b", 1000, "ws.closed", "ws.closed", 1000]


def test_a_socket_that_is_left_early_says_goodbye() -> None:
    """The block's own fault passes, and the server gets a close frame before the end."""
    heard = bytearray()
    ended = threading.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        heard.extend(await reader.read(100))
        ended.set()

    async def use(socket: Socket) -> None:
        assert socket.latency < SECOND
        assert socket.certificate_expires is None
        raise KeyError("ours")

    with Listener(handle) as server:
        with pytest.raises(KeyError, match="ours"):
            with_socket(server, use)
        assert ended.wait(5)
    assert heard[:2] == b"\x88\x82"  # close, masked, two octets: RFC 6455 §5.5.1


# --- judging -----------------------------------------------------------------------------------


def heard(**changes: Any) -> Heard:
    return Heard(**{"opened": True, "latency": SECOND, **changes})


@pytest.mark.parametrize(
    ("wishes", "came", "trouble", "code"),
    [
        ({}, heard(), "", ""),
        ({}, heard(), "read.timeout", "read.timeout"),
        ({}, heard(opened=False), "tcp.refused", "tcp.refused"),
        ({"expect": {"message": "a"}}, heard(answer="a", liked=True), "", ""),
        ({"expect": {"message": "a"}}, heard(count=2, last="b"), "read.timeout", "expect.message"),
        ({"expect": {"message": "a"}}, heard(count=2, last="b"), "tcp.reset", "tcp.reset"),
        ({"expect": {"message": "a"}}, heard(), "read.timeout", "read.timeout"),
        (
            {"expect": {"message": "a"}, "prefer": {"message": "b"}},
            heard(answer="a"),
            "tcp.reset",
            "prefer.message",
        ),
        ({"expect": {"within": "500ms"}}, heard(), "", "expect.within"),
        ({"expect": {"within": "1s"}}, heard(), "", ""),
        ({"prefer": {"within": "500ms"}}, heard(), "", "prefer.within"),
        ({"expect": {"close": 1000}}, heard(closed=1001), "ws.closed", "expect.reply"),
        ({"prefer": {"close": 1000}}, heard(), "tcp.closed", "prefer.reply"),
        (
            {"expect": {"message": "a", "close": 1000}},
            heard(answer="a", count=1),
            "read.timeout",
            "read.timeout",
        ),
    ],
)
def test_what_came_is_judged(wishes: dict[str, Any], came: Heard, trouble: str, code: str) -> None:
    reading = ws(**wishes).judge(came, NetError(trouble) if trouble else None, NOW)

    assert reading.code == code
    assert (reading.latency is None) == (bool(code) and code in (trouble, "expect.message"))
    assert all(finding.holds for finding in reading.findings) or code


@pytest.mark.parametrize("depth", range(900, 1000, 2))
def test_json_at_the_limit_of_nesting_is_shown_or_said_to_be_too_deep(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    came = heard(count=1, last=deep)
    reading = ws(expect={"message": {"json": {"$": "b"}}}).judge(came, NetError("read.timeout"), NOW)

    assert reading.findings[1].seen.startswith("[[[") or "too deep" in reading.findings[1].seen
    assert reading.code == "expect.message"


# --- the border --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"url": "http://a.example"}, "begin with ws:// or wss://"),
        ({"url": "wss://a.example/#top"}, "no #fragment"),
        ({"url": "wss://me:hunter2@a.example"}, "no user and password"),
        ({"url": "wss://a.example:0"}, "1 to 65535"),
        ({"headers": {"Sec-WebSocket-Protocol": "hunter2"}}, "subprotocols"),
        ({"headers": {"sec-websocket-key": "hunter2"}}, "set by the connection itself"),
        ({"headers": {"Upgrade": "hunter2"}}, "set by the connection itself"),
        ({"subprotocols": ["with space"]}, "pattern"),
        ({"send": "x" * 9000}, "8192"),
        ({"send": ["x"] * 21}, "20"),
        ({"expect": {"message": {}}}, "an empty mapping wants nothing"),
        ({"expect": {"message": {"jsn": {}}}}, "did you mean 'json'?"),
        ({"expect": {"message": {"json": {"text": 1}}}}, "begins with $"),
        ({"expect": {"message": {"json": {"$.a": {"equals": 1}}}}}, "unknown operator 'equals'"),
        ({"expect": {"message": True}}, "write a text (in quotes, if need be)"),
        ({"expect": {"within": 5}}, "a unit"),
        ({"expect": {"close": "1000"}}, "whole number"),
        ({"expect": {"reply": "x"}}, "reply"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ws(**options)

    told = [error["msg"] + str(error["loc"]) for error in refused.value.errors()]
    assert any(says in one for one in told), told
    assert not any("hunter2" in one for one in told)


COMPONENT = """components:
- name: Live chat socket
  url: wss://chat.example/ws?key=${KEY}
  headers: {Authorization: "Bearer ${KEY}"}
  send: '{"type":"message","text":"ping"}'
  expect: {message: {json: {$.text: {exists: true}}}, within: 5s}
"""


def test_a_component_is_a_ws_by_its_address() -> None:
    (socket,) = load(COMPONENT, "components.yaml", {"KEY": "hunter2"}).components

    assert (socket.type, kind_for("ws://a"), kind_for("wss://a")) == ("ws", "ws", "ws")
    assert isinstance(socket.probe, Ws)
    assert (socket.probe.target, socket.probe.expect.within) == ("wss://chat.example", LONG)
    assert missing_extra(socket.probe) == ""
    assert "hunter2" not in repr(socket.probe)


@pytest.mark.parametrize(
    ("wrong", "line", "mend"),
    [
        (("  send:", "  sent:"), 5, "did you mean 'send'?"),
        (("within:", "witin:"), 6, "did you mean 'within'?"),
        (("json:", "jsn:"), 6, ""),
    ],
)
def test_a_wrong_option_is_told_with_its_line_and_the_nearest_right_word(
    wrong: tuple[str, str], line: int, mend: str
) -> None:
    with pytest.raises(Problems) as refused:
        load(COMPONENT.replace(*wrong), "components.yaml", {"KEY": "hunter2"})

    (problem,) = refused.value.problems
    assert problem.where is not None
    assert (problem.where.line, problem.mend) == (line, mend)
    assert mend or "did you mean 'json'?" in problem.what


def test_each_option_has_its_sentence_and_its_line_in_the_docs() -> None:
    page, options = PAGE.read_text("utf-8"), schema()["$defs"]["component-ws"]["properties"]

    for key in KIND.json_schema()["properties"]:
        assert options[key]["description"].endswith(".")
        assert f"`{key}`" in page


def test_the_example_of_the_docs_is_valid() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        secrets = dict.fromkeys(re.findall(r"\$\{(\w+)\}", example), "hunter2")
        components = load(f"components:\n{example}", "components.yaml", secrets).components
        assert {component.type for component in components} == {"ws"}
