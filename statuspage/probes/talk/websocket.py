"""Any chatbot with a JSON interface over WebSocket: a template of what is sent, paths into what comes."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from statuspage.probes.talk.base import Enough, Line, Message, Reply, as_json, gathered, texts
from statuspage.probes.talk.custom import Custom, headers_with
from statuspage.probes.talk.template import filled, filled_address
from statuspage.probes.websocket import Socket, websocket

SCHEMES = ("ws", "wss")
SLACK = timedelta(seconds=0.05)
"""How long before the deadline we stop listening, so that what has come can still be judged."""


@dataclass(slots=True, kw_only=True)
class CustomSocket(Custom):
    """Opened once; the request's `json` goes out as a message for each turn."""

    _socket: Socket | None = None
    _before: timedelta = timedelta()  # spent when the socket was opened
    _phases: Mapping[str, timedelta] = field(default_factory=dict)  # likewise

    async def open(self, line: Line) -> None:
        await Custom.open(self, line)
        line.check()
        self._before, self._phases = line.spent, dict(line.phases)
        opening = websocket(
            line.net,
            filled_address(self.request.url, self._names("")),
            line.left,
            headers=headers_with(line.headers, self.session),
            allow_private=line.allow_private,
            ca=line.ca,
        )
        self._socket = await line.held.enter_async_context(opening)
        line.answered = True
        self._account(line)

    async def say(self, line: Line, text: str, enough: Enough) -> Reply:
        assert self._socket is not None  # open
        self._account(line)
        line.check()
        began = line.spent
        await self._socket.send(as_json(filled(self.request.json, self._names(text))).decode())
        self._account(line)
        sent = line.spent - began

        async def listen(at_most: timedelta) -> list[Message]:
            found = await self._receive(at_most)
            self._account(line)
            line.check()
            return found

        reply = await gathered(line, listen, enough)
        return Reply(messages=reply.messages, latency=reply.latency + sent)

    async def _receive(self, at_most: timedelta) -> list[Message]:
        """The next message, if one comes in time. What is no JSON is passed over."""
        assert self._socket is not None
        try:
            async with asyncio.timeout(max(at_most - SLACK, SLACK).total_seconds()):
                found = json.loads(await self._socket.receive())
        except (TimeoutError, ValueError, RecursionError):
            return []
        return [Message(text=texts(self.answer.find(found)), document=found)]

    def _account(self, line: Line) -> None:
        """The socket's clock is the line's from now on."""
        assert self._socket is not None
        spent = self._before + self._socket.latency
        line.spent = line.within if line.within - spent <= 2 * SLACK else spent
        line.phases = dict(self._phases)
        line.spend(timedelta(), self._socket.phases, self._socket.certificate_expires)
