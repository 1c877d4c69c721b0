"""What a conversation partner is, and the line to it: all of its requests and pauses under one deadline."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from statuspage.causes import status_code
from statuspage.net import Answer, Net, NetError, Request
from statuspage.probes.jsonpath import Path

MAX_TEXT = 65_536  # characters of one turn's answer that are kept
MAX_MESSAGES = 200  # of one turn; each is judged together with those before it
MAX_STRINGS = 500  # texts beside an answer that are looked at
MAX_OCTETS = 2_000_000  # of bodies in one conversation
QUIET = timedelta(seconds=2)
"""How long one more message is awaited when those that came are not yet as expected."""

_NONE = timedelta()

# --- what comes back ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a partner."""

    text: str = ""  # what a visitor reads
    filled: bool = False  # it shows something that is no text, such as a picture
    beside: object = None  # links, cards, citations: what else may name a source
    document: object = None  # the whole message, for the operator's JSON paths
    handover: bool | None = None  # a person takes over, or cannot; None: the message says nothing of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back for one message of ours."""

    messages: tuple[Message, ...] = ()
    latency: timedelta = _NONE  # from our message to the last one that came
    tokens: int = 0
    cut_off: bool = False  # the answer ended at `max_tokens`

    @property
    def text(self) -> str:
        return plain("\n".join(message.text for message in self.messages if message.text.strip()))

    @property
    def empty(self) -> bool:
        """Whether a visitor sees nothing at all."""
        return not self.text and not any(one.filled or one.handover is not None for one in self.messages)

    def values(self, path: Path | None) -> list[object]:
        """What stands at a path in each of the messages."""
        if path is None:
            return []
        return [value for message in self.messages for value in path.find(message.document)]


class Unanswered(Exception):
    """No answer that could be judged came, though the network did its part."""

    def __init__(self, code: str, detail: str, *, seen: str = "", tokens: int = 0) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail  # as those of a Reading
        self.seen = seen  # foreign text, for the operator alone
        self.tokens = tokens  # that were spent all the same


Enough = Callable[[Reply], bool]
"""Whether what has come is an answer as expected, so that nothing more need be awaited."""


class Partner(Protocol):
    """One conversation with a chatbot. What it raises: NetError, Unanswered."""

    async def open(self, line: "Line") -> None:
        """What comes before the first message."""

    async def say(self, line: "Line", text: str, enough: Enough) -> Reply:
        """Send a message and wait for the answer."""


# --- the line ----------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Line:
    """The way to a partner. Waiting for leave to connect counts neither as spent nor for the deadline."""

    net: Net
    within: timedelta
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    keyed: bool = False  # a secret of ours goes along
    allow_private: bool = False
    ca: str = ""
    spent: timedelta = _NONE
    phases: dict[str, timedelta] = field(default_factory=dict)  # summed over all requests
    certificate_expires: datetime | None = None  # the earliest of all
    answered: bool = False  # at least once
    octets: int = 0  # of bodies, so far
    held: AsyncExitStack = field(default_factory=AsyncExitStack)  # what stays open until the end

    @property
    def left(self) -> timedelta:
        return max(self.within - self.spent, _NONE)

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        at_most: timedelta | None = None,
    ) -> Answer:
        """One request. `headers` stand in for the line's own. Raises NetError."""
        own = {"content-type": content_type} if body else {}
        request = Request(
            url=url,
            method=method,
            headers=own | dict(self.headers if headers is None else headers),
            body=body,
            allow_private=self.allow_private,
            ca=self.ca,
        )
        left = self.left
        self.check()
        try:
            answer = await self.net.fetch(request, left if at_most is None else min(left, at_most))
        except NetError as error:
            self.spend(sum(error.phases.values(), _NONE), error.phases)
            raise self.late() if self.used_up(left, error.code) else error from error
        self.spend(answer.latency, answer.phases, answer.certificate_expires)
        self.answered = True
        self.octets += len(answer.body)
        if self.octets > MAX_OCTETS:
            raise NetError("http.protocol", detail="the conversation is longer than is read")
        return answer

    def spend(
        self, time: timedelta, phases: Mapping[str, timedelta], expires: datetime | None = None
    ) -> None:
        """Count what a request took."""
        self.spent += time
        for name, span in phases.items():
            self.phases[name] = self.phases.get(name, _NONE) + span
        self.certificate_expires = min(filter(None, (self.certificate_expires, expires)), default=None)

    async def pause(self, span: timedelta) -> None:
        span = min(span, self.left)
        await asyncio.sleep(span.total_seconds())
        self.spent += span

    def check(self) -> None:
        """Raise NetError when the time is up."""
        if not self.left:
            raise self.late()

    def used_up(self, left: timedelta, code: str) -> bool:
        """Whether a request failed for the little time that was left of the deadline, and not for the network."""
        return self.answered and left < _SHORT and code in _CONNECTING

    def late(self) -> NetError:
        seconds = self.within.total_seconds()
        return NetError("read.timeout", detail=f"no message came before the {seconds:g} s were up")


_SHORT = timedelta(seconds=1)
_CONNECTING = frozenset({"dns.resolver", "tcp.timeout", "tls.timeout"})


async def gathered(
    line: Line, listen: Callable[[timedelta], Awaitable[Sequence[Message]]], enough: Enough
) -> Reply:
    """All messages that belong to an answer, where nothing marks its end. Raises NetError, Unanswered.

    `listen`: waits for messages for that long at most, and may come back with none.
    """
    began = line.spent
    reply, last = Reply(), began
    while not (reply.messages and enough(reply)):
        patience = line.left if reply.empty else min(line.left, QUIET - (line.spent - last))
        if reply.messages and patience <= _NONE:
            break
        try:
            found = await listen(patience)
        except NetError as error:
            late = error.code == "read.timeout"
            if reply.empty and not (reply.messages and late):
                raise line.late() if late else error from error
            break  # silence after what came; if it was more than that, the next turn will tell
        if found:
            last = line.spent
            reply = Reply(messages=(*reply.messages, *found), latency=last - began)
            if len(reply.messages) > MAX_MESSAGES:
                raise NetError("http.protocol", detail=f"more than {MAX_MESSAGES} messages")
    return reply


# --- reading what came -------------------------------------------------------------------------


def checked(answer: Answer, *, keyed: bool, note: str = "") -> Answer:
    """The answer if its status is 2xx. Raises Unanswered; `note` is added to its detail."""
    if 200 <= answer.status < 300:
        return answer
    code = status_code(answer.status, answer.headers, keyed=keyed)
    detail = f"status {answer.status}" + (f": {note}" if note else "")
    raise Unanswered(code, detail, seen=foreign(answer))


def document(answer: Answer) -> object:
    """The JSON of an answer. Raises Unanswered."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        why = "the answer is longer than is read" if answer.truncated else "the answer is not JSON"
        raise Unanswered("http.protocol", why, seen=foreign(answer)) from None


def foreign(answer: Answer) -> str:
    """The beginning of a body, for the operator alone."""
    return f"{answer.status} {answer.body[:200].decode(errors='replace')}"


def texts(values: Sequence[object]) -> str:
    """Texts and numbers among values, and in lists among them, one below the other."""
    found = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return "\n".join(
        str(one) for one in found if isinstance(one, str | int | float) and not isinstance(one, bool)
    )


def strings(value: object, keys: frozenset[str] | None = None) -> list[str]:
    """Every text inside a JSON value, in order; with `keys`, those alone that stand under such a key."""
    found: list[str] = []
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting and len(found) < MAX_STRINGS:
        key, one = waiting.pop()
        if isinstance(one, str) and one.strip() and (keys is None or key in keys):
            found.append(plain(one))
        elif isinstance(one, list):
            waiting.extend((key, item) for item in reversed(one))
        elif isinstance(one, dict):
            waiting.extend(reversed(one.items()))
    return found


def plain(text: str) -> str:
    """At most MAX_TEXT characters that can be written as UTF-8: JSON may hold halves of characters."""
    return text[:MAX_TEXT].encode(errors="replace").decode()


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
