"""An answer made empty, wrong or cut off, its form kept. Bytes in, bytes out."""

import json
import re
from collections.abc import Callable
from typing import Any

import h11  # comes with httpx

from statuspage.drill.faults import Fault

WRONG = "Something else altogether."
TEXTS = frozenset(
    {"answer", "body", "content", "message", "output", "output_text", "reply", "response", "text"}
)
"""Keys below which services give the words of an answer."""

_REQUEST = re.compile(rb"[A-Z]+ \S+ HTTP/1\.[01]\r\n")
_OF_THE_BODY = frozenset({b"content-length", b"transfer-encoding", b"content-encoding", b"connection"})


class Exchange:
    """One answer as it comes in, over HTTP/1 or any other protocol."""

    def __init__(self, asked: bytes) -> None:
        """`asked`: the request, as far as it has come."""
        self.speaks_http = bool(_REQUEST.match(asked))
        self.raw = bytearray()
        self.ended = False  # it is known to be whole
        self._body = bytearray()
        self._head: h11.Response | None = None
        self._parser = h11.Connection(h11.CLIENT)
        if self.speaks_http:
            method, target, _ = asked.split(b" ", 2)
            self._parser.send(h11.Request(method=method, target=target, headers=[("Host", "target")]))
            self._parser.send(h11.EndOfMessage())

    def take(self, data: bytes) -> None:
        """More of the answer; b"" is its end."""
        self.raw += data
        if not self.speaks_http:
            self.ended = self.ended or not data
            return
        try:
            self._parser.receive_data(data)
            self._read()
        except h11.RemoteProtocolError:
            self.speaks_http, self.ended = False, True

    def spoilt(self, fault: Fault, *, words: bool) -> bytes:
        """What the probe gets in its place. `words`: it holds an answer to a person, whose words are spoilt alone."""
        if self._head is None or not self.speaks_http:
            return _spoilt_raw(bytes(self.raw), fault)
        body = bytes(self._body)
        if fault is Fault.TRUNCATED:
            return _head(self._head, len(body) + 1) + body[: len(body) // 2]
        other = respoken(body, fault, words=words)
        return _head(self._head, len(other)) + other

    def _read(self) -> None:
        while True:
            event = self._parser.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return
            if isinstance(event, h11.Response):
                self._head = event
            elif isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                self.ended = True
                return


def unavailable(status: str) -> bytes:
    """A whole answer of that status, such as `503 Service Unavailable`."""
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def respoken(body: bytes, fault: Fault, *, words: bool) -> bytes:
    """A body whose words are gone or others: JSON, a stream of events with JSON in them, or plain text."""
    say = _silence if fault is Fault.EMPTY_ANSWER else _nonsense
    if body.lstrip().startswith((b"data:", b"event:", b":")):
        return b"\n".join(_event(line, say) for line in body.split(b"\n"))
    try:
        value = json.loads(body)
        return json.dumps(_words(value, say) if words else _everything(value, say)).encode()
    except ValueError:
        return say("x").encode()


def _silence(text: str) -> str:
    return ""


def _nonsense(text: str) -> str:
    return WRONG if text else text


def _event(line: bytes, say: Callable[[str], str]) -> bytes:
    name, colon, value = line.partition(b":")
    if name.strip() != b"data":
        return line
    try:
        return name + colon + b" " + json.dumps(_words(json.loads(value), say)).encode()
    except ValueError:  # an end mark, such as [DONE]
        return line


def _words(value: Any, say: Callable[[str], str]) -> Any:
    """The texts below the keys that services use for words."""
    if isinstance(value, dict):
        return {
            key: say(inner) if key in TEXTS and isinstance(inner, str) else _words(inner, say)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_words(inner, say) for inner in value]
    return value


def _everything(value: Any, say: Callable[[str], str]) -> Any:
    """Every text; of silence every list too."""
    if isinstance(value, str):
        return say(value)
    if isinstance(value, dict):
        return {key: _everything(inner, say) for key, inner in value.items()}
    if isinstance(value, list):
        return [] if say is _silence else [_everything(inner, say) for inner in value]
    return value


def _head(answer: h11.Response, length: int) -> bytes:
    """Status and headers, for a body of that length."""
    lines = [b"HTTP/1.1 %d %s" % (answer.status_code, answer.reason)]
    lines += [name + b": " + value for name, value in answer.headers if name.lower() not in _OF_THE_BODY]
    return b"\r\n".join([*lines, b"Content-Length: %d" % length, b"Connection: close", b"", b""])


def _spoilt_raw(data: bytes, fault: Fault) -> bytes:
    if fault is Fault.EMPTY_ANSWER:
        return b""
    if fault is Fault.TRUNCATED:
        return data[: len(data) // 2]
    return bytes(octet ^ 1 if chr(octet).isalnum() else octet for octet in data)
