"""Socket.IO over HTTP long polling, which every server of it speaks and no library is needed for.

Sources, read 2026-11: socket.io/docs/v4/engine-io-protocol (version 4) and socket.io/docs/v4/socket-io-protocol
(version 5); rasa.com/docs/reference/channels/your-own-website (websocket channel) for the events.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from statuspage.net import Answer, NetError
from statuspage.probes.jsonpath import Path
from statuspage.probes.talk.base import (
    Enough,
    Line,
    Message,
    Reply,
    Unanswered,
    checked,
    gathered,
    texts,
)
from statuspage.probes.talk.template import filled

RASA = "user_uttered"
"""The event by which Rasa hears; it wants to be asked for a session before."""

BREATH = timedelta(seconds=0.1)
"""Between two polls when one has brought nothing for us: a server that never waits must not be flooded."""

_BETWEEN = "\x1e"  # Engine.IO: packets in one body
_OPEN, _CLOSE, _PING, _PONG, _MESSAGE = "0", "1", "2", "3", "4"  # Engine.IO
_CONNECT, _DISCONNECT, _EVENT, _REFUSED = "0", "1", "2", "4"  # Socket.IO, inside a message
_PACKET = re.compile(r"(?:/[^,]*,)?\d{0,20}(\[.*)", re.DOTALL)  # name space, number to acknowledge, arguments


@dataclass(slots=True, kw_only=True)
class SocketIo:
    url: str
    emit: str  # the event that we send
    on: str  # the event that brings an answer
    payload: object  # what goes with our event: a template
    nonce: str
    session: str
    answer: Path  # in what comes with an event
    _address: str = ""  # with the id of the connection

    async def open(self, line: Line) -> None:
        answer = checked(await line.fetch(_address(self.url)), keyed=line.keyed)
        packets = _packets(answer)
        if not packets[0].startswith(_OPEN):
            raise Unanswered(
                "http.protocol", "the server does not open an Engine.IO session", seen=packets[0]
            )
        self._address = f"{_address(self.url)}&sid={quote(_sid(packets[0][1:]), safe='')}"
        await self._send(line, _MESSAGE + _CONNECT)
        while not await self._is_connected(line):
            await line.pause(BREATH)
        if self.emit == RASA:
            await self._send(line, self._packet("session_request", {"session_id": self.session}))

    async def say(self, line: Line, text: str, enough: Enough) -> Reply:
        began = line.spent
        names = {"say": text, "nonce": self.nonce, "session": self.session}
        await self._send(line, self._packet(self.emit, filled(self.payload, names)))
        sent = line.spent - began

        async def listen(at_most: timedelta) -> Sequence[Message]:
            found = [*self._messages(await self._poll(line, at_most))]
            if not found:
                await line.pause(min(BREATH, at_most))
            return found

        reply = await gathered(line, listen, enough)
        return Reply(messages=reply.messages, latency=reply.latency + sent)

    async def _is_connected(self, line: Line) -> bool:
        """Whether the server has let us in."""
        for packet in await self._poll(line, line.left):
            if packet.startswith(_MESSAGE + _REFUSED):
                code = "auth.denied" if line.keyed else "blocked"
                raise Unanswered(code, "the server lets nobody into the conversation", seen=packet[:200])
            if packet.startswith(_MESSAGE + _CONNECT):
                return True
        return False

    async def _poll(self, line: Line, at_most: timedelta) -> list[str]:
        """The packets that wait for us. Pings are answered. Raises NetError when the server has hung up."""
        packets = _packets(self._checked(line, await line.fetch(self._address, at_most=at_most)))
        if _CLOSE in packets or any(p.startswith(_MESSAGE + _DISCONNECT) for p in packets):
            raise NetError("tcp.closed", detail="the server ended the conversation")
        if _PING in packets:
            await self._send(line, _PONG)
        return packets

    async def _send(self, line: Line, packet: str) -> None:
        answer = await line.fetch(
            self._address, method="POST", body=packet.encode(), content_type="text/plain;charset=UTF-8"
        )
        self._checked(line, answer)

    def _checked(self, line: Line, answer: Answer) -> Answer:
        """Error 1 of Engine.IO: the session is unknown, though the server has just given it."""
        lost = answer.status == 400 and re.search(rb'"code"\s*:\s*1\b', answer.body[:200])
        note = "one server does not know the session that another gave: sticky sessions are missing"
        return checked(answer, keyed=line.keyed, note=note if lost else "")

    def _packet(self, event: str, payload: object) -> str:
        return _MESSAGE + _EVENT + json.dumps([event, payload])

    def _messages(self, packets: Sequence[str]) -> Iterator[Message]:
        """What came with the event that brings answers."""
        for packet in packets:
            found = _PACKET.match(packet, 2) if packet.startswith(_MESSAGE + _EVENT) else None
            try:
                arguments = json.loads(found[1]) if found else None
            except (ValueError, RecursionError):
                raise Unanswered("http.protocol", "an event cannot be read", seen=packet[:200]) from None
            match arguments:
                case [self.on, payload, *_]:
                    yield self._message(payload)

    def _message(self, payload: object) -> Message:
        if isinstance(payload, str):
            return Message(text=payload, document=payload)
        beside = {k: v for k, v in payload.items() if v} if isinstance(payload, dict) else payload
        return Message(
            text=texts(self.answer.find(payload)), filled=_shows(beside), beside=beside, document=payload
        )


def _shows(beside: object) -> bool:
    """Rasa's words for what a message shows beside its text."""
    return isinstance(beside, dict) and any(key in beside for key in ("attachment", "quick_replies"))


def _address(url: str) -> str:
    parts = urlsplit(url)
    own = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("EIO", "transport", "sid")]
    query = urlencode([*own, ("EIO", "4"), ("transport", "polling")])
    path = parts.path.rstrip("/") or "/socket.io"
    return parts._replace(path=f"{path}/", query=query, fragment="").geturl()


def _packets(answer: Answer) -> list[str]:
    if answer.truncated:
        raise Unanswered("http.protocol", "the answer is longer than is read")
    return answer.body.decode(errors="replace").split(_BETWEEN)


def _sid(handshake: str) -> str:
    try:
        told = json.loads(handshake)
    except (ValueError, RecursionError):
        told = None
    sid = told.get("sid") if isinstance(told, dict) else None
    if not isinstance(sid, str) or not re.fullmatch(r"[\x21-\x7e]{1,200}", sid):
        raise Unanswered("http.protocol", "the server gives no id of a session", seen=handshake[:200])
    return sid
