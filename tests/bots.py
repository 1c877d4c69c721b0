"""Chatbots of our own that misbehave in known ways, behind the interfaces that real ones have.

A brain says what a bot answers; `RasaBot`, `DirectLineBot`, `SocketIoBot` and `CustomBot` are servers that put
it behind one interface each, on loopback and port 0.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from servers import Listener

from statuspage.demo.protocols import (
    Request,
    handshake,
    json_response,
    messages,
    read_request,
    response,
    text_frame,
)

Memory = dict[str, str]
Brain = Callable[[str, Memory], list[str]]

HOURS = "We are open from Monday to Friday, and you can call us at any time of the day."
LOST = "Sorry, I did not understand that. Could you rephrase it?"

# --- brains ------------------------------------------------------------------------------------


def clever(message: str, memory: Memory) -> list[str]:
    """Keeps a name over turns; answers the rest with the opening hours."""
    if "my name is " in message.lower():
        memory["name"] = message.rstrip(".").split()[-1].capitalize()
        return [f"Nice to meet you, {memory['name']}."]
    if "what is my name" in message.lower():
        return (
            [f"Your name is {memory['name']}."] if "name" in memory else ["You have not told me your name."]
        )
    return [HOURS]


def amnesic(message: str, _memory: Memory) -> list[str]:
    """Each single turn is right; nothing is kept."""
    return clever(message, {})


def lost(_message: str, _memory: Memory) -> list[str]:
    return [LOST]


def mute(_message: str, _memory: Memory) -> list[str]:
    return []


def blank(_message: str, _memory: Memory) -> list[str]:
    return [" \n", ""]


def french(_message: str, _memory: Memory) -> list[str]:
    return ["Nous sommes ouverts du lundi au vendredi, et vous pouvez nous appeler pour toute question."]


def hesitant(message: str, memory: Memory) -> list[str]:
    """One message before the one that counts."""
    return ["One moment, I am looking it up …", *clever(message, memory)]


def says(*texts: str) -> Brain:
    return lambda _message, _memory: [*texts]


# --- servers -----------------------------------------------------------------------------------


@dataclass
class Bot:
    """A server with one brain. `heard`: who said what, oldest first. `requests`: all that came."""

    brain: Brain = clever
    delay: float = 0.0  # seconds before each answer
    extra: Mapping[str, Any] = field(default_factory=dict)  # goes along with each answer
    heard: list[tuple[str, str]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    memories: dict[str, Memory] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._listener = Listener(self._connected).__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        return self._listener.url

    async def answers(self, session: str, message: str) -> list[str]:
        self.heard.append((session, message))
        await asyncio.sleep(self.delay)
        return self.brain(message, self.memories.setdefault(session, {}))

    async def serve(self, request: Request) -> bytes:
        raise NotImplementedError

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        if request is None:
            return
        self.requests.append(request)
        writer.write(await self.serve(request))
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def status(code: int, body: object = None, headers: str = "") -> bytes:
    """An answer with any status; `headers` end each with CRLF."""
    content = json.dumps(body).encode()
    return f"HTTP/1.1 {code} Said\r\n{headers}Content-Length: {len(content)}\r\n\r\n".encode() + content


@dataclass
class RawBot(Bot):
    """Gives the n-th request the n-th answer, the last one for ever, whatever was asked."""

    answers_given: list[bytes] = field(default_factory=list)

    async def serve(self, request: Request) -> bytes:
        return self.answers_given[min(len(self.requests), len(self.answers_given)) - 1]


def raw(*answers: bytes) -> RawBot:
    return RawBot(answers_given=[*answers])


class RasaBot(Bot):
    @property
    def url(self) -> str:
        return f"{super().url}/webhooks/rest/webhook"

    async def serve(self, request: Request) -> bytes:
        said = request.json()
        sender, message = str(said["sender"]), str(said["message"])
        texts = await self.answers(sender, message)
        return json_response([{"recipient_id": sender, "text": text, **self.extra} for text in texts])


class CustomBot(Bot):
    """POST /start, POST /chat with the session's id."""

    async def serve(self, request: Request) -> bytes:
        if request.path == "/start":
            return json_response({"conversation": {"id": f"s-{len(self.requests)}"}}, HTTPStatus.CREATED)
        said = request.json()
        texts = await self.answers(str(said["session"]), str(said["message"]))
        return json_response({"reply": {"texts": texts}, **self.extra})


@dataclass
class WebSocketBot(CustomBot):
    """POST /start, then a WebSocket at /chat/SESSION: `{"say": …}` goes in, `{"reply": …}` comes out."""

    before: list[str] = field(default_factory=list)  # messages that come before each answer
    flood: bool = False  # without end in place of an answer
    drops: bool = False  # closes in place of an answer

    @property
    def socket_url(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/chat/{{session}}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        if request is None:
            return
        self.requests.append(request)
        if request.path == "/start":
            writer.write(await self.serve(request))
            await writer.drain()
            return
        writer.write(handshake(request))
        session = request.path.rpartition("/")[2]
        async for message in messages(reader, writer):
            for one in self.before:
                writer.write(text_frame(one))
            while self.flood:
                writer.write(text_frame('{"typing": true}') * 100)
                await writer.drain()
            if self.drops:
                return
            for text in await self.answers(session, str(json.loads(message)["say"])):
                writer.write(text_frame(json.dumps({"reply": text, **self.extra})))
            await writer.drain()


@dataclass
class ModelBot(Bot):
    """A model behind the interface of OpenAI, Anthropic, Gemini or Ollama; the key is `hunter2`.

    It keeps nothing itself: what it knows of a dialogue came with the request.
    """

    finish: str = "stop"
    forgets: bool = False  # looks at the last message alone

    async def serve(self, request: Request) -> bytes:
        if "hunter2" not in "".join(request.headers.values()):
            return status(401, {"error": {"message": "no key", "type": "authentication_error"}})
        said = request.json()
        dialogue = said.get("messages") or [
            {"role": turn["role"], "content": turn["parts"][0]["text"]} for turn in _list(said["contents"])
        ]
        turns = [turn["content"] for turn in _list(dialogue) if turn["role"] == "user"]
        memory: Memory = {}
        for turn in [] if self.forgets else turns[:-1]:
            self.brain(turn, memory)
        self.memories["model"] = memory
        text = "\n".join(await self.answers("model", turns[-1]))
        return json_response(self._document(request.path, text))

    def _document(self, path: str, text: str) -> object:
        if path.endswith("/v1/messages"):
            reason = "max_tokens" if self.finish == "length" else "end_turn"
            usage = {"input_tokens": 20, "output_tokens": 10}
            content = [{"type": "text", "text": text}]
            return {"type": "message", "content": content, "stop_reason": reason, "usage": usage}
        if path.endswith(":generateContent"):
            candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"}
            usage = {"promptTokenCount": 20, "candidatesTokenCount": 10, "totalTokenCount": 30}
            return {"candidates": [candidate], "usageMetadata": usage}
        if path.endswith("/api/chat"):
            message = {"role": "assistant", "content": text}
            counts = {"prompt_eval_count": 20, "eval_count": 10}
            return {"message": message, "done": True, "done_reason": "stop", **counts}
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": self.finish}
        return {"choices": [choice], "usage": {"prompt_tokens": 20, "completion_tokens": 10}}


def _list(value: object) -> list[Any]:
    assert isinstance(value, list)
    return value


@dataclass
class DirectLineBot(Bot):
    """Direct Line with one bot behind it. The secret is `hunter2`, the token of a conversation `token-N`."""

    greeting: str = ""  # said when a conversation begins, before the visitor has said anything
    polls: int = 0  # how many find nothing before an answer is there
    events: list[dict[str, Any]] = field(default_factory=list)  # activities that come before each answer
    echo_as: str = ""  # under which id our own messages come back; "": under ours
    start: bytes = b""  # in place of the answers to each request
    say: bytes = b""
    poll: bytes = b""
    _activities: list[dict[str, Any]] = field(default_factory=list)
    _waiting: int = 0

    async def serve(self, request: Request) -> bytes:
        if request.path == "/v3/directline/conversations":
            return self.start or self._started(request)
        if request.headers.get("authorization") != "Bearer token-1" or "/conv 1/" not in unquote(
            request.path
        ):
            return status(403, {"error": {"code": "BadArgument", "message": "hunter2"}})
        if request.method == "POST":
            return self.say or await self._said(request.json())
        return self.poll or self._polled(int(request.query.get("watermark", "0")))

    def _started(self, request: Request) -> bytes:
        if request.headers.get("authorization") != "Bearer hunter2":
            return status(403, {"error": {"code": "BadArgument", "message": "Missing token or secret"}})
        if self.greeting:
            self._add({"type": "message", "from": {"id": "bot"}, "text": self.greeting})
        told = {"conversationId": "conv 1", "token": "token-1", "expires_in": 1800, "streamUrl": "wss://a"}
        return json_response(told, HTTPStatus.CREATED)

    async def _said(self, activity: dict[str, Any]) -> bytes:
        ours = self._add({**activity, "from": {"id": self.echo_as or activity["from"]["id"]}})
        for event in self.events:
            self._add({"from": {"id": "bot"}, "replyToId": ours, **event})
        for text in await self.answers(activity["from"]["id"], activity["text"]):
            self._add(
                {"type": "message", "from": {"id": "bot"}, "replyToId": ours, "text": text, **self.extra}
            )
        self._waiting = self.polls
        return json_response({"id": ours})

    def _polled(self, since: int) -> bytes:
        if self._waiting > 0:
            self._waiting -= 1
            return json_response({"activities": [], "watermark": str(since)})
        return json_response(
            {"activities": self._activities[since:], "watermark": str(len(self._activities))}
        )

    def _add(self, activity: dict[str, Any]) -> str:
        number = f"conv 1|{len(self._activities):07}"
        self._activities.append({"id": number, **activity})
        return number


@dataclass
class SocketIoBot(Bot):
    """Socket.IO 5 over Engine.IO 4, long polling alone, with the events of Rasa."""

    persistent: bool = False  # as `session_persistence: true`: a session must be asked for first
    refuses: bool = False  # into the name space
    pings: int = 0  # before the first answer
    noops: int = 0
    hangs_up: bool = False  # in place of an answer
    forgets: bool = False  # the session that it has opened
    event: str = "bot_uttered"
    pongs: int = 0
    sessions: set[str] = field(default_factory=set)
    _packets: list[str] = field(default_factory=list)
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _thinking: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, request: Request) -> bytes:
        query = request.query
        if request.path != "/socket.io/" or (query.get("EIO"), query.get("transport")) != ("4", "polling"):
            return status(400, {"code": 0, "message": "Transport unknown"})
        if "sid" not in query:
            opened = {"sid": "sid-1", "upgrades": ["websocket"], "pingInterval": 25000, "pingTimeout": 20000}
            return response(f"0{json.dumps(opened)}".encode(), "text/plain")
        if self.forgets or query["sid"] != "sid-1":
            return status(400, {"code": 1, "message": "Session ID unknown"})
        if request.method == "POST":
            for packet in request.body.decode().split("\x1e"):
                await self._take(packet)
            return response(b"ok", "text/html")
        return await self._give()

    async def _take(self, packet: str) -> None:
        if packet == "40":
            self._put('44{"message":"hunter2"}' if self.refuses else '40{"sid":"io-1"}')
        elif packet == "3":
            self.pongs += 1
        else:
            assert packet.startswith("42")
            event, said = json.loads(packet[2:])
            if event == "session_request":
                self.sessions.add(said["session_id"])
            else:
                task = asyncio.get_running_loop().create_task(self._think(said))
                self._thinking.add(task)

    async def _think(self, said: Mapping[str, Any]) -> None:
        session = str(said["session_id"])
        if self.persistent and session not in self.sessions:
            return
        for text in await self.answers(session, str(said["message"])):
            self._put(f"42{json.dumps([self.event, {'text': text, **self.extra}])}")
        if self.hangs_up:
            self._packets.clear()
            self._put("41", "1")

    def _put(self, *packets: str) -> None:
        self._packets.extend(packets)
        self._some.set()

    async def _give(self) -> bytes:
        if self.pings:
            self.pings -= 1
            return response(b"2", "text/plain")
        if self.noops:
            self.noops -= 1
            return response(b"6", "text/plain")
        await self._some.wait()
        self._some.clear()
        packets, self._packets = self._packets, []
        return response("\x1e".join(packets).encode(), "text/plain; charset=UTF-8")
