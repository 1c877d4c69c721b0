"""A small chatbot to watch: website widget, chat, model, socket, search and queue, all on loopback.

Each part can be made slow, wrong, silent or dead by a switch:

    curl -H 'content-type: application/json' -d '{"part": "chat", "mode": "dead"}' http://127.0.0.1:8801/switch
"""

import asyncio
import json
import os
import re
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from importlib import resources
from types import TracebackType
from typing import Self

from statuspage.demo.dialogue import FALLBACK, found, reply
from statuspage.demo.protocols import (
    Refused,
    Request,
    handshake,
    json_response,
    messages,
    read_request,
    response,
    send_events,
    text_frame,
)
from statuspage.errors import StatuspageError

HOST = "127.0.0.1"
HTTP_PORT, TCP_PORT = 8801, 8802  # those that the example's components.yaml names
MODEL = "juniper-1"
MAX_SESSIONS = 1000  # the oldest is forgotten first


class Part(StrEnum):
    WIDGET = "widget"
    CHAT = "chat"
    MODEL = "model"
    SOCKET = "socket"
    SEARCH = "search"
    QUEUE = "queue"


class Mode(StrEnum):
    WELL = "well"
    SLOW = "slow"  # the right answer, late
    WRONG = "wrong"  # an answer at once, and not the right one
    SILENT = "silent"  # the connection stays open, no answer comes
    DEAD = "dead"  # the connection is cut


# --- the server --------------------------------------------------------------------------------


class Chatbot:
    """`async with Chatbot() as bot:` listens on free ports of loopback until the block ends."""

    def __init__(
        self,
        port: int = 0,
        tcp_port: int = 0,
        *,
        slow_by: timedelta = timedelta(seconds=3),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.port, self.tcp_port = port, tcp_port
        self.modes = dict.fromkeys(Part, Mode.WELL)
        self._slow_by, self._clock = slow_by, clock
        self._sessions: dict[str, dict[str, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def switch(self, part: str, mode: str) -> None:
        """From now on `part` behaves as `mode` says. Raises ValueError for an unknown word."""
        self.modes[Part(part)] = Mode(mode)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.port = await self._listen(stack, self._http, self.port)
            self.tcp_port = await self._listen(stack, self._queue, self.tcp_port)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(
        self, stack: AsyncExitStack, serve: Callable[[StreamReader, StreamWriter], Awaitable[None]], port: int
    ) -> int:
        async def connected(reader: StreamReader, writer: StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            with suppress(ConnectionError, asyncio.CancelledError):  # the client, or the house, has gone
                await serve(reader, writer)
                await writer.drain()
            writer.close()

        try:
            server = await asyncio.start_server(connected, HOST, port)
        except OSError as error:
            raise StatuspageError(
                f"the demonstration chatbot cannot listen on {HOST}:{port}: {os.strerror(error.errno or 0)}",
                mend="is another demonstration running? End it first",
            ) from error
        stack.callback(server.close)
        number: int = server.sockets[0].getsockname()[1]
        return number

    async def _http(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            request = await read_request(reader)
            if request is not None:
                await self._serve(request, reader, writer)
        except Refused as refusal:
            writer.write(json_response({"error": str(refusal)}, refusal.status))

    async def _serve(self, request: Request, reader: StreamReader, writer: StreamWriter) -> None:
        match request.method, request.path:
            case "GET", "/":
                page = "<!doctype html><title>Juniper Assistant</title><h1>Juniper Assistant</h1>"
                page += '<script src="widget.js"></script><script>DemoChat.open()</script>'
                writer.write(response(page.encode(), "text/html; charset=utf-8"))
            case "GET", "/health":
                writer.write(json_response({"status": "ok"}))
            case "GET", "/switch":
                writer.write(json_response(self.modes))
            case "POST", "/switch":
                writer.write(json_response(self._switched(request)))
            case "GET", "/widget.js":
                await self._widget(reader, writer)
            case "POST", "/chat":
                await self._chat(request, reader, writer)
            case "GET", "/v1/models":
                await self._models(reader, writer)
            case "POST", "/v1/chat/completions":
                await self._completion(request, reader, writer)
            case "GET", "/search":
                await self._search(request, reader, writer)
            case "GET", "/ws":
                await self._socket(request, reader, writer)
            case _:
                raise Refused(HTTPStatus.NOT_FOUND, "there is nothing at this address")

    def _switched(self, request: Request) -> Mapping[Part, Mode]:
        # A foreign web page cannot send this type without asking first, and it is never allowed to (CORS).
        if request.headers.get("content-type") != "application/json":
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
        wish = request.json()
        try:
            self.switch(str(wish.get("part")), str(wish.get("mode")))
        except ValueError:
            words = f"part: {', '.join(Part)}; mode: {', '.join(Mode)}"
            raise Refused(HTTPStatus.BAD_REQUEST, words) from None
        return self.modes

    async def _well(self, part: Part, reader: StreamReader, writer: StreamWriter) -> bool:
        """Act out the part's mode. True: answer rightly, False: wrongly. Raises ConnectionError for no answer."""
        mode = self.modes[part]
        if mode is Mode.SLOW:
            await asyncio.sleep(self._slow_by.total_seconds())
        elif mode is Mode.SILENT:
            while not reader.at_eof():  # until the client goes
                await reader.read(1024)
            raise ConnectionAbortedError
        elif mode is Mode.DEAD:
            writer.transport.abort()
            raise ConnectionAbortedError
        return mode is not Mode.WRONG

    # --- its parts ---

    async def _widget(self, reader: StreamReader, writer: StreamWriter) -> None:
        if await self._well(Part.WIDGET, reader, writer):
            script = resources.files(__package__).joinpath("widget.js").read_bytes()
            writer.write(response(script, "text/javascript; charset=utf-8"))
        else:
            writer.write(response(b"<h1>Moved</h1>", "text/html; charset=utf-8"))

    async def _chat(self, request: Request, reader: StreamReader, writer: StreamWriter) -> None:
        asked = request.json()
        session, message = asked.get("session"), asked.get("message")
        if not isinstance(session, str) or not isinstance(message, str):
            raise Refused(HTTPStatus.BAD_REQUEST, "send a session and a message, both texts")
        well = await self._well(Part.CHAT, reader, writer)
        answer = reply(message, self._memory(session)) if well else FALLBACK
        writer.write(json_response({"answer": answer}))

    def _memory(self, session: str) -> dict[str, str]:
        memory = self._sessions.pop(session, {})
        self._sessions[session] = memory  # the youngest stands last
        if len(self._sessions) > MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return memory

    async def _models(self, reader: StreamReader, writer: StreamWriter) -> None:
        known = [MODEL] if await self._well(Part.MODEL, reader, writer) else []
        models = [{"id": name, "object": "model", "owned_by": "demo"} for name in known]
        writer.write(json_response({"object": "list", "data": models}))

    async def _completion(self, request: Request, reader: StreamReader, writer: StreamWriter) -> None:
        asked = request.json()
        said = _user_messages(asked.get("messages"))
        well = await self._well(Part.MODEL, reader, writer)
        memory: dict[str, str] = {}
        answer = [reply(message, memory) for message in said][-1] if well else "As a model, I like turtles."
        head: dict[str, object] = {"id": "chatcmpl-demo", "created": int(self._clock()), "model": MODEL}
        if asked.get("stream") is True:
            await send_events(writer, _stream(head, answer))
        else:
            writer.write(json_response(_whole(head, said, answer)))

    async def _search(self, request: Request, reader: StreamReader, writer: StreamWriter) -> None:
        well = await self._well(Part.SEARCH, reader, writer)
        hits = found(request.query.get("q", "")) if well else []
        writer.write(json_response({"hits": [{"title": title, "text": text} for title, text in hits]}))

    async def _socket(self, request: Request, reader: StreamReader, writer: StreamWriter) -> None:
        """JSON `{"text": ...}` is answered in kind, anything else comes back as it is."""
        if self.modes[Part.SOCKET] is Mode.DEAD:
            await self._well(Part.SOCKET, reader, writer)
        writer.write(handshake(request))
        memory: dict[str, str] = {}
        async for message in messages(reader, writer):
            well = await self._well(Part.SOCKET, reader, writer)
            writer.write(text_frame(_answered(message, memory) if well else "{}"))

    async def _queue(self, reader: StreamReader, writer: StreamWriter) -> None:
        """`PING` is answered with `PONG`, line by line; anything else ends the connection."""
        with suppress(ValueError):  # a line over the reader's limit
            while (await reader.readline()).strip() == b"PING":
                if not await self._well(Part.QUEUE, reader, writer):
                    writer.write(b"ERROR\n")
                    return
                writer.write(b"PONG\n")


# --- shapes of OpenAI's chat completions -------------------------------------------------------


def _user_messages(value: object) -> list[str]:
    """What the user said, oldest first, never empty. Raises Refused."""
    turns = value if isinstance(value, list) else []
    said = [t.get("content") for t in turns if isinstance(t, dict) and t.get("role") == "user"]
    texts = [text for text in said if isinstance(text, str)]
    if not texts:
        raise Refused(HTTPStatus.BAD_REQUEST, "send messages, one of them with the role user")
    return texts


def _whole(head: Mapping[str, object], said: Iterable[str], answer: str) -> dict[str, object]:
    choice = {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
    asked, told = sum(len(text.split()) for text in said), len(answer.split())
    usage = {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": usage}


async def _stream(head: Mapping[str, object], answer: str) -> AsyncIterator[str]:
    """One event a word, then the reason for the end, then `[DONE]`."""
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": word}, None) for word in re.findall(r"\S+\s*", answer)]
    for delta, reason in [*deltas, ({}, "stop")]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        yield json.dumps({**head, "object": "chat.completion.chunk", "choices": [choice]})
    yield "[DONE]"


def _answered(message: str, memory: MutableMapping[str, str]) -> str:
    try:
        text = json.loads(message)["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return message
    return json.dumps({"type": "message", "text": reply(str(text), memory)})
