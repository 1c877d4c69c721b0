"""Streams of events, decoded from octets as they come: server-sent events and lines of JSON.

Lines end with CR LF, LF or CR and with nothing else: what `str.splitlines` takes for a line's end (U+0085, U+2028,
U+000B ...) may stand in the JSON of an event. Sources: HTML Standard (WHATWG) §9.2.6; github.com/ndjson/ndjson-spec.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

MAX_LINE = 65_536  # octets, the line's end left out
MAX_EVENT = 131_072  # octets of data in one event

_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"


class TooLong(ValueError):
    """A line or an event is longer than is read."""


@dataclass(frozen=True, slots=True)
class Event:
    """`data` has its lines joined by LF; octets that are no UTF-8 have become U+FFFD."""

    data: str
    name: str = "message"  # server-sent events: the field `event`


class Decoder(Protocol):
    """Octets in, events out. It holds no more than an event and a line."""

    comments: int  # that have come: keepalives are made of them

    def feed(self, part: bytes) -> Iterator[Event]:
        """The events that these octets complete. Raises TooLong."""

    def end(self) -> Iterator[Event]:
        """The event that the end of the stream completes, if any."""


class _Lines:
    """Octets in, whole lines out, at once when their end has come."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._first = True
        self._after_cr = False  # an LF that comes now belongs to the line's end before it

    def feed(self, part: bytes) -> Iterator[bytes]:
        """Raises TooLong."""
        if self._after_cr and part:
            self._after_cr = False
            part = part.removeprefix(b"\n")
        at = 0
        for end in _END.finditer(part):
            self._add(part[at : end.start()])
            at = end.end()
            self._after_cr = end[0] == b"\r" and at == len(part)
            yield self.take()
        self._add(part[at:])

    def take(self) -> bytes:
        """What has come of the line so far, and no more of it."""
        line = bytes(self._rest)
        self._rest.clear()
        if self._first:  # of the whole stream
            self._first = False
            line = line.removeprefix(_BOM)
        return line

    def _add(self, piece: bytes) -> None:
        if len(self._rest) + len(piece) > MAX_LINE:
            raise TooLong(f"a line has more than {MAX_LINE} octets")
        self._rest += piece


class ServerSentEvents:
    """`text/event-stream`. What the stream's end leaves without its blank line is no event: §9.2.6."""

    def __init__(self) -> None:
        self.comments = 0
        self._lines = _Lines()
        self._data = bytearray()  # each line with an LF after it
        self._name = b""

    def feed(self, part: bytes) -> Iterator[Event]:
        for line in self._lines.feed(part):
            if line:
                self._field(line)
            elif event := self._dispatch():
                yield event

    def end(self) -> Iterator[Event]:
        yield from ()

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match name:
            case b"":
                self.comments += 1
            case b"data":
                if len(self._data) + len(value) >= MAX_EVENT:
                    raise TooLong(f"an event has more than {MAX_EVENT} octets")
                self._data += value + b"\n"
            case b"event":
                self._name = value

    def _dispatch(self) -> Event | None:
        data, name = self._data, self._name
        self._data, self._name = bytearray(), b""
        if not data:
            return None
        return Event(_text(data[:-1]), _text(name) or "message")


class JsonLines:
    """`application/x-ndjson`: a line, an event. Blank lines are none; the last line needs no end."""

    comments = 0  # it has none

    def __init__(self) -> None:
        self._lines = _Lines()

    def feed(self, part: bytes) -> Iterator[Event]:
        for line in self._lines.feed(part):
            if line.strip():
                yield Event(_text(line))

    def end(self) -> Iterator[Event]:
        if (line := self._lines.take()).strip():
            yield Event(_text(line))


def _text(octets: bytes | bytearray) -> str:
    return octets.decode("utf-8", errors="replace")
