"""A model server that speaks openai, anthropic, gemini and ollama, and misbehaves by path, on loopback and port 0.

`http://127.0.0.1:PORT/DEED` is the base address of a model that does the deed (see DEEDS); the dialect is told by the
path below it. Payloads have the shape of the providers' documentation.
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from servers import Listener, reset
from voices import JSON, SSE, VOICES, Voice

# --- the server ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it; header names in lower case."""

    method: str
    path: str  # below the deed
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any  # of JSON; None when there is none

    @property
    def dialect(self) -> str:
        if "/v1beta/" in self.path:
            return "gemini"
        if "/api/" in self.path:
            return "ollama"
        return "anthropic" if "anthropic-version" in self.headers else "openai"

    @property
    def stream(self) -> bool:
        return "streamGenerateContent" in self.path or bool((self.body or {}).get("stream"))

    @property
    def listing(self) -> bool:
        return self.method == "GET"

    @property
    def embedding(self) -> bool:
        return "embed" in self.path


@dataclass
class Caller:
    """Whoever asked, and the way back."""

    asked: Asked
    writer: asyncio.StreamWriter
    reader: asyncio.StreamReader

    @property
    def voice(self) -> Voice:
        return VOICES[self.asked.dialect]

    def whole(self, body: object, status: int = 200, kind: str = JSON, **headers: str) -> None:
        """A whole answer: octets, or a value that becomes JSON."""
        octets = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        lines = {"content-type": kind, "content-length": str(len(octets)), **headers}
        self.writer.write(
            _head(status, {name.replace("_", "-"): value for name, value in lines.items()}) + octets
        )

    async def begin(self, kind: str | None = None) -> None:
        kind = self.voice.kind if kind is None else kind
        self.writer.write(_head(200, {"content-type": kind, "transfer-encoding": "chunked"}))
        await self.writer.drain()

    async def send(self, *parts: bytes, pause: float = 0.0) -> None:
        """Chunks, each with a pause after it."""
        for part in parts:
            self.writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await self.writer.drain()
            await asyncio.sleep(pause)

    async def close(self) -> None:
        self.writer.write(b"0\r\n\r\n")

    async def wait(self) -> None:
        """Until the caller has gone."""
        await self.reader.read()


Deed = Callable[[Caller], Awaitable[None]]


@dataclass
class ModelServer:
    """`asked` has all requests, oldest first."""

    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)

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

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        deed, asked = await _read(reader)
        self.asked.append(asked)
        await DEEDS[deed](Caller(asked, writer, reader))
        await writer.drain()
        writer.close()
        await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> tuple[str, Asked]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _version = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    deed, _, path = parts.path.lstrip("/").partition("/")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return unquote(deed), Asked(method, f"/{path}", query, headers, json.loads(body) if body else None)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items() if value)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


# --- deeds ---------------------------------------------------------------------------------------


def says(*texts: str, why: str = "stop", tokens: int = 3, pause: float = 0.0, thought: str = "") -> Deed:
    """The texts as a stream, each with a pause after it, or as a whole answer."""

    async def deed(caller: Caller) -> None:
        voice = caller.voice
        if caller.asked.listing:
            caller.whole(voice.names("kestrel-1-mini", "kestrel-1"))
        elif caller.asked.embedding:
            caller.whole(voice.vector([0.25, -0.5, 0.125]))
        elif not caller.asked.stream:
            caller.whole(voice.whole("".join(texts), why))
        else:
            await caller.begin()
            await caller.send(*voice.start())
            if thought:
                await caller.send(voice.thought(thought), pause=pause)
            await caller.send(*map(voice.text, texts), pause=pause)
            await caller.send(*voice.end(why, tokens), voice.done or b"\n")
            await caller.close()

    return deed


def streams(*parts: str | bytes, kind: str | None = None, then: str = "close") -> Deed:
    """Parts of a stream: words for what the dialect has for them, or octets as they are."""

    async def deed(caller: Caller) -> None:
        voice = caller.voice
        words: dict[str, Callable[[], list[bytes]]] = {
            "start": lambda: [*voice.start()],
            "text": lambda: [voice.text("39"), voice.text("1")],
            "blank": lambda: [voice.text(" \u200b")],
            "thought": lambda: [voice.thought("17 times 23 is")],
            "end": lambda: [*voice.end()],
            "cut": lambda: [*voice.end("length")],
            "filter": lambda: [*voice.end("content_filter")],
            "error": lambda: [voice.error()],
            "overloaded": lambda: [voice.error("overloaded_error")],
            "tool": lambda: [voice.tool("get_time", "{}")],
        }
        await caller.begin(kind)
        for part in parts:
            await caller.send(*(words[part]() if isinstance(part, str) else [part]))
        match then:
            case "close":
                await caller.close()
            case "keep":
                await caller.wait()
            case "cut":
                pass  # chunks without an end
            case "reset":
                await asyncio.sleep(0.05)
                reset(caller.writer)
            case "comments":
                while True:
                    await caller.send(b": keep alive\n\n" if voice.kind == SSE else b"\n", pause=0.02)

    return deed


def answers(body: object, status: int = 200, kind: str = JSON, **headers: str) -> Deed:
    """The same to every request."""

    async def deed(caller: Caller) -> None:
        caller.whole(body, status, kind, **headers)

    return deed


def gives(**more: Any) -> Deed:
    """A whole answer with fields of its own: `text`, `why`, and what the dialect has besides."""

    async def deed(caller: Caller) -> None:
        caller.whole(
            caller.voice.whole(more.get("text", ""), more.get("why", "stop"), **more.get("more", {}))
        )

    return deed


def embeds(numbers: object) -> Deed:
    async def deed(caller: Caller) -> None:
        caller.whole(caller.voice.vector(numbers))  # type: ignore[arg-type]

    return deed


def lists(*names: str) -> Deed:
    async def deed(caller: Caller) -> None:
        caller.whole(caller.voice.names(*names))

    return deed


def refuses(status: int, error: object, **headers: str) -> Deed:
    return answers({"error": error}, status, **headers)


async def _array(caller: Caller) -> None:
    """Gemini without alt=sse: a JSON array of what would be the events."""
    events = [caller.voice.text("39"), caller.voice.text("1"), *caller.voice.end()]
    values = [json.loads(one.partition(b"data: ")[2]) for one in events]
    caller.whole(json.dumps(values, indent=1).encode())


async def _tiny(caller: Caller) -> None:
    """The stream an octet at a time, with all that must not tear an event in its text, ending lines with CR."""
    text = "a\u2028b\u0085c\u000bd\u2029e \U0001f426 391"
    stream = b"".join(
        [*caller.voice.start(), caller.voice.text(text), *caller.voice.end(), caller.voice.done]
    )
    await caller.begin()
    octets = b"\xef\xbb\xbf" + stream.replace(b"\n", b"\r")
    await caller.send(*(octets[n : n + 1] for n in range(len(octets))))
    await caller.close()


async def _flood(caller: Caller) -> None:
    """Text without an end."""
    await caller.begin()
    while True:
        await caller.send(caller.voice.text("more and more " * 100))


async def _comment_flood(caller: Caller) -> None:
    await caller.begin()
    while True:
        await caller.send(b": keep alive\n\n" * 100 if caller.voice.kind == SSE else b"\n" * 1000)


async def _long_line(caller: Caller) -> None:
    await caller.begin()
    await caller.send(b"data: ")
    while True:
        await caller.send(b"x" * 8192)


async def _echo(caller: Caller) -> None:
    """The question is the answer."""
    body = caller.asked.body
    message = (
        body["contents"][-1]["parts"][0]["text"] if "contents" in body else body["messages"][-1]["content"]
    )
    caller.whole(caller.voice.whole(message))


async def _later(caller: Caller) -> None:
    """The first text after a while."""
    await caller.begin()
    await caller.send(*caller.voice.start(), b": soon\n\n", pause=0.2)
    await caller.send(caller.voice.text("391"), *caller.voice.end())
    await caller.close()


async def _headers_only(caller: Caller) -> None:
    await caller.begin()
    await caller.wait()


async def _silent(caller: Caller) -> None:
    await caller.wait()


DEEDS: dict[str, Deed] = {
    "well": says("39", "1"),
    "paced": says(*[f"{n} " for n in range(12)], tokens=40, pause=0.06),
    "late": says("391", pause=0.2, thought="hm"),
    "thinks": says("391", thought="17 times 23 is"),
    "wrong": says("I like turtles"),
    "lost": says("Sorry, I did not UNDERSTAND  that."),
    "empty": says(""),
    "invisible": says(" \u200b\n"),
    "cut-off": says("The product of", why="length"),
    "cut-off-right": says("391, because", why="length"),
    "cut-off-empty": says("", why="length"),
    "filtered": says("", why="content_filter"),
    "echo": _echo,
    "array": _array,
    "tiny": _tiny,
    "flood": _flood,
    "comment-flood": _comment_flood,
    "long-line": _long_line,
    "later": _later,
    "headers-only": _headers_only,
    "silent": _silent,
    # streams
    "stalls": streams("start", "text", then="comments"),
    "falls-silent": streams("start", "text", then="keep"),
    "comments": streams(then="comments"),
    "starts-only": streams("start", then="comments"),
    "no-end": streams("start", "text"),
    "broken-off": streams("start", "text", then="cut"),
    "reset": streams("start", "text", then="reset"),
    "reset-after-end": streams("start", "text", "end", then="reset"),
    "end-then-open": streams("start", "text", "end", then="comments"),
    "no-done": streams("start", "text", "end"),
    "done-alone": streams("start", "text", b"data: [DONE]\n\n", then="comments"),
    "more-after-done": streams("start", "text", b"data: [DONE]\n\ndata: {oops\n\n"),
    "nothing-but-done": streams(b"data: [DONE]\n\n"),
    "error": streams("start", "text", "error"),
    "error-first": streams("error"),
    "error-in-words": streams("start", b"event: error\ndata: out of memory\n\n"),
    "overloaded-inside": streams("start", "text", "overloaded"),
    "not-json": streams("start", b"data: {oops\n\n", b"{oops\n"),
    "too-deep": streams("start", b"data: " + b"[" * 50_000 + b"\n\n", b"[" * 50_000 + b"\n"),
    "empty-stream": streams(),
    "strange-stream": streams(b'data: {"ok": true}\n\n', b'{"ok": true}\n'),
    "blank-data": streams("start", b"data:\n\n\n", "text", "end"),
    "tool": streams("start", "tool", "end"),
    "thought-alone": streams("start", "thought", "end"),
    "untyped": streams("start", "text", "end", kind=""),
    # whole answers
    "ok-to-all": answers(b"", kind=SSE),
    "html": answers(b"<!doctype html><title>Welcome</title>", kind="text/html"),
    "ok": answers({"status": "ok"}),
    "no-choices": answers({"choices": []}),
    "not-json-whole": answers(b'{"choices": [', kind=JSON),
    "huge": answers(b"[" + b" " * 300_000 + b"]"),
    "bare-error-in-200": answers({"object": "error", "message": "no", "code": 503}),
    "error-in-200": refuses(200, {"message": "Upstream failed", "code": 502}),
    "unnamed-error-in-200": refuses(200, "no"),
}
