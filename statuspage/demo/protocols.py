"""As much of HTTP/1.1 (RFC 9112) and WebSocket (RFC 6455) as the demonstration chatbot speaks, and no more.

One request a connection. Bodies need a Content-Length; WebSocket messages are single text frames.
"""

import base64
import hashlib
import json
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader, StreamWriter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

MAX_OCTETS = 64 * 1024  # of a body, and of a WebSocket message
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA  # RFC 6455 §5.2
_PROTOCOL_ERROR, _UNSUPPORTED, _TOO_BIG = 1002, 1003, 1009  # RFC 6455 §7.4.1


class Refused(Exception):
    """A request that cannot be served. Its text is sent back as `{"error": ...}`."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


# --- HTTP --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """The body as a JSON object. Raises Refused."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Refused(HTTPStatus.BAD_REQUEST, "the body is no JSON") from None
        if not isinstance(value, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "the body is no JSON object")
        return value


async def read_request(reader: StreamReader) -> Request | None:
    """The one request of a connection; None: the client left before it was whole. Raises Refused."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        parts = urlsplit(target)
        body = await reader.readexactly(_length(headers))
    except IncompleteReadError:
        return None
    except LimitOverrunError:
        raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the header is too large") from None
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "this is no HTTP/1.1 request") from None
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def _length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "send a Content-Length")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise Refused(HTTPStatus.BAD_REQUEST, "the Content-Length is no number")
    if len(length) > 9 or int(length) > MAX_OCTETS:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_OCTETS} octets")
    return int(length)


def response(body: bytes, content_type: str, status: HTTPStatus = HTTPStatus.OK) -> bytes:
    """A whole answer; the connection closes after it."""
    headers = {"Content-Type": content_type, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    return _head(status, headers) + body


def json_response(value: object, status: HTTPStatus = HTTPStatus.OK) -> bytes:
    return response(json.dumps(value).encode(), "application/json", status)


async def send_events(writer: StreamWriter, events: AsyncIterator[str]) -> None:
    """Server-sent events, one `data:` line each, in HTTP chunks, so that a broken stream shows."""
    writer.write(_head(HTTPStatus.OK, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}))
    async for event in events:
        data = f"data: {event}\n\n".encode()
        writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await writer.drain()
    writer.write(b"0\r\n\r\n")


def _head(status: HTTPStatus, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


# --- WebSocket ---------------------------------------------------------------------------------


def handshake(request: Request) -> bytes:
    """The answer that opens a WebSocket. Raises Refused. Source: RFC 6455 §4.2."""
    key = request.headers.get("sec-websocket-key", "")
    if request.headers.get("upgrade", "").lower() != "websocket" or not key:
        raise Refused(HTTPStatus.UPGRADE_REQUIRED, "this address speaks WebSocket")
    digest = hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()
    accept = base64.b64encode(digest).decode()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    return "\r\n".join([*lines, f"Sec-WebSocket-Accept: {accept}", "", ""]).encode()


def text_frame(text: str) -> bytes:
    return _frame(_TEXT, text.encode())


async def messages(reader: StreamReader, writer: StreamWriter) -> AsyncIterator[str]:
    """Text messages of the client until either side closes. Pings are answered on the way."""
    while True:
        try:
            opcode, payload = await _read_frame(reader)
            if opcode == _TEXT:
                yield payload.decode()
            elif opcode == _PING:
                writer.write(_frame(_PONG, payload))
            elif opcode == _CLOSE:
                writer.write(_frame(_CLOSE, payload[:2]))
                return
        except IncompleteReadError:
            return
        except _CloseWith as close:
            writer.write(_frame(_CLOSE, close.code.to_bytes(2)))
            return
        except UnicodeDecodeError:
            writer.write(_frame(_CLOSE, _UNSUPPORTED.to_bytes(2)))
            return


class _CloseWith(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


async def _read_frame(reader: StreamReader) -> tuple[int, bytes]:
    """Opcode and unmasked payload of one whole frame. Source: RFC 6455 §5.2."""
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length >= 126:
        length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8))
    if not second & 0x80:
        raise _CloseWith(_PROTOCOL_ERROR)  # §5.1: a client masks every frame
    if length > MAX_OCTETS:
        raise _CloseWith(_TOO_BIG)
    if first & 0xF0 != 0x80 or first & 0x0F not in (_TEXT, _CLOSE, _PING, _PONG):
        raise _CloseWith(_UNSUPPORTED)  # fragments and binary messages
    mask = await reader.readexactly(4)
    masked = await reader.readexactly(length)
    return first & 0x0F, bytes(octet ^ mask[n % 4] for n, octet in enumerate(masked))


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        length = bytes([size])
    elif size < 1 << 16:
        length = b"\x7e" + size.to_bytes(2)
    else:
        length = b"\x7f" + size.to_bytes(8)
    return bytes([0x80 | opcode]) + length + payload
