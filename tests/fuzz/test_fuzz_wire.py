"""What servers answer, spoilt: each attempt ends in time with a verdict and a code, and no check fails over it."""

import asyncio
import base64
import hashlib
import json
import re
import resource
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from servers import Listener
from spoiling import few, spoilt

from statuspage.causes import CODES
from statuspage.config import load
from statuspage.net import Net
from statuspage.runner import ask_once

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
WITHIN = 3.0  # seconds that an attempt with a limit of half a second may take on a busy machine
MEMORY = 150 * 1024  # kB that all examples of a kind may add


def http(body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(line + b"\r\n" for line in (b"content-length: %d" % len(body), *headers))
    return b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n" + body


def document(value: object) -> bytes:
    return http(json.dumps(value).encode(), b"content-type: application/json")


def chunk(text: str) -> str:
    return f'data: {{"choices": [{{"delta": {{"content": "{text}"}}, "finish_reason": null}}]}}\n\n'


STREAM = (
    chunk("39")
    + chunk("1")
    + 'data: {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"total_tokens": 9}}\n\n'
    + "data: [DONE]\n\n"
)
RDAP = {
    "services": [[["com"], ["{url}"]]],
    "objectClassName": "domain",
    "ldhName": "kestrel.com",
    "status": ["active"],
    "events": [{"eventAction": "expiration", "eventDate": "2030-01-01T00:00:00Z"}],
}
QUERY = {"status": "success", "data": {"resultType": "scalar", "result": [NOW.timestamp(), "12"]}}
SUMMARY = {
    "page": {},
    "components": [{"name": "Chat", "status": "operational"}],
    "status": {"indicator": "none"},
}
UPGRADE = (
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-accept: {accept}\r\n\r\n"
)
GRPC = (
    b"\0\0\0\4\0\0\0\0\0" + b"\0\0\0\4\1\0\0\0\0"  # settings, and theirs acknowledged
    + b"\0\0\1\1\4\0\0\0\1\x88"  # headers: 200
    + b"\0\0\7\0\0\0\0\0\1" + b"\0\0\0\0\2\x08\1"  # data: SERVING
    + b"\0\0\x0f\1\5\0\0\0\1\0\x0bgrpc-status\x010"  # trailers
)  # fmt: skip

KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "http": (
        'url: "{url}/", expect: {json: {"$.ok[0]": true}, body: {matches: "ok"}}',
        (document({"ok": [True]}), b"HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n",
         b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"o\r\n9\r\nk\": [true]}\r\n0\r\n\r\n"),
    ),
    "llm": (
        'type: llm, url: "{url}/v1", model: kestrel-1, prompt: "17 x 23?", mode: stream, expect: {answer: "391"}',
        (http(STREAM.encode(), b"content-type: text/event-stream"),
         document({"choices": [{"message": {"content": "391"}, "finish_reason": "stop"}],
                   "usage": {"total_tokens": 3}})),
    ),
    "chat": (
        'type: chat, dialect: rasa, url: "{url}/rasa", conversation: [{say: Hello, expect: {answer: "hi"}}]',
        (document([{"recipient_id": "x", "text": "hi"}]),),
    ),
    "domain": (
        'type: domain, domain: kestrel.com, bootstrap: "{url}/"',
        (b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps(RDAP).encode(),)
    ),
    "metric": ('type: metric, url: "{url}", query: up, expect: {value: {ge: 1}}', (document(QUERY),)),
    "upstream": ('type: upstream, statuspage: "{url}", components: [Chat]', (document(SUMMARY),)),
    "ws": (
        'url: "ws://{host}/", send: hello, expect: {message: {contains: hi}}',
        (UPGRADE + b"\x81\x02hi" + b"\x88\x02\x03\xe8", UPGRADE + b"\x01\x01h\x89\0\x80\x01i"),
    ),
    "grpc": ('url: "grpc://{host}"', (GRPC,)),
    "smtp": ('url: "smtp://{host}"', (b"220 a ESMTP\r\n250-a\r\n250 STARTTLS\r\n221 bye\r\n",)),
    "redis": ('url: "redis://{host}"', (b"+PONG\r\n", b"-LOADING x\r\n")),
    "postgres": ('url: "postgres://{host}"', (b"R\0\0\0\x08\0\0\0\0Z\0\0\0\5I", b"E\0\0\0\x13SFATAL\0C57P03\0\0")),
}  # fmt: skip


class Answers:
    """What the server says to whoever comes."""

    data = b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("sockname")[:2]
        said = self.data.replace(b"{url}", f"http://{host}:{port}/".encode())
        if said.startswith(b"HTTP") or b"{accept}" in said:
            head = await reader.readuntil(b"\r\n\r\n")
            said = said.replace(b"{accept}", _accept(head))
        writer.write(said)
        writer.write_eof()
        await reader.read()


def _accept(head: bytes) -> bytes:
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
    digest = hashlib.sha1((key[1] if key else b"") + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(digest)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_server_answers_is_a_verdict_in_time(kind: str) -> None:
    options, seeds = KINDS[kind]
    answers = Answers()
    with Listener(answers) as server:
        told = options.replace("{url}", server.url).replace("{host}", f"127.0.0.1:{server.port}")
        text = f'page: {{name: x, url: "https://x.example"}}\ncomponents:\n  - {{name: A, timeout: 500ms, {told}}}\n'
        config = load(text, "components.yaml", {})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        verdicts = set[str]()

        @given(spoilt(*seeds))
        @few
        def tried(data: bytes) -> None:
            answers.data = data
            began = time.monotonic()
            reading = asyncio.run(
                ask_once(config.components[0], Net(user_agent="x"), id="a", clock=lambda: NOW)
            )[0]
            assert time.monotonic() - began < WITHIN
            assert reading.code == "" or reading.code in CODES
            assert reading.code != "monitor.error", reading.detail
            assert len(reading.detail) < 2_000
            verdicts.add(str(reading.verdict))

        tried()
        assert len(verdicts) > 1  # the seed is good, and spoilt ones are not
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY


def test_the_seeds_of_the_wire_are_good() -> None:
    """Else nothing deep would be reached."""
    found = {}
    for kind, (options, seeds) in KINDS.items():
        answers = Answers()
        answers.data = seeds[0]
        with Listener(answers) as server:
            told = options.replace("{url}", server.url).replace("{host}", f"127.0.0.1:{server.port}")
            text = f'page: {{name: x, url: "https://x.example"}}\ncomponents:\n  - {{name: A, {told}}}\n'
            component = load(text, "components.yaml", {}).components[0]
            reading = asyncio.run(ask_once(component, Net(), id="a", clock=lambda: NOW))[0]
        found[kind] = (str(reading.verdict), reading.code, reading.detail)
    assert {kind: seen for kind, seen in found.items() if seen[0] not in ("up", "degraded")} == {}
