"""Fake APIs in the vendors' shapes, on loopback and port 0, that know their secrets.

`Api` serves one behaviour: a function from the request to the reply. The others make behaviours.
"""

import asyncio
import base64
import hashlib
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from servers import Listener, Seen, answer


@dataclass(frozen=True)
class Reply:
    """What the API says, after so many seconds."""

    body: Any = b""  # octets as they are, anything else as JSON
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0
    raw: bytes = b""  # in place of all this; then the connection stays open

    @property
    def octets(self) -> bytes:
        if self.raw:
            return self.raw
        raw = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return answer(raw, self.status, {"content-type": "application/json", **self.headers})


Behaviour = Callable[[Seen], Reply]


class Api:
    """A server with one behaviour. `seen` has all requests, oldest first."""

    def __init__(self, behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.asked = threading.Event()
        self._behaviour = behaviour
        self._listener = Listener(self._answer, tls=tls)

    @property
    def url(self) -> str:
        return self._listener.url

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]

    def __enter__(self) -> Self:
        self._listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.__exit__(kind, error, trace)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen = await _request(reader)
        self.seen.append(seen)
        self.asked.set()
        reply = self._behaviour(seen)
        await asyncio.sleep(reply.after)
        writer.write(reply.octets)
        await writer.drain()
        if reply.raw:
            await reader.read()
        writer.close()
        await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _version = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Seen(method, unquote(parts.path), query, headers, body)


def always(*replies: Reply) -> Behaviour:
    """The n-th reply to the n-th request, the last one for ever."""
    left = list(replies)
    return lambda _seen: left.pop(0) if len(left) > 1 else left[0]


# --- the vendors -------------------------------------------------------------------------------


def telegram(token: str, **info: Any) -> Behaviour:
    """A Bot API that knows one bot. `info`: of its webhook."""
    result = {"url": "https://bot.example/hook", "has_custom_certificate": False, "pending_update_count": 0}

    def behave(seen: Seen) -> Reply:
        _, bot, method = seen.path.split("/")
        if bot != f"bot{token}":
            return telegram_error(404 if ":" not in bot else 401, "Unauthorized")
        if method == "getMe":
            user = {"id": 123456, "is_bot": True, "first_name": "Kestrel", "username": "kestrel_bot"}
            return Reply({"ok": True, "result": user})
        return Reply({"ok": True, "result": {**result, **info}})

    return behave


def telegram_error(code: int, description: str, *, status: int | None = None, **more: Any) -> Reply:
    body = {"ok": False, "error_code": code, "description": description, **more}
    return Reply(body, code if status is None else status)


def whatsapp(token: str, word: Any, **entities: str) -> Behaviour:
    """A Graph API that knows one number: `word` overall, `entities` by type."""

    def behave(seen: Seen) -> Reply:
        if seen.headers.get("authorization") != f"Bearer {token}":
            return graph_error(190, "Error validating access token: the session has expired", 401)
        listed = [
            {"entity_type": kind, "id": "1", "can_send_message": said, **_errors(said)}
            for kind, said in entities.items()
        ]
        health = {"can_send_message": word, "entities": listed}
        return Reply({"health_status": health, "quality_rating": "GREEN", "id": seen.path.split("/")[-1]})

    return behave


def _errors(word: str) -> dict[str, Any]:
    if word == "AVAILABLE":
        return {}
    return {"errors": [{"error_code": 141010, "error_description": "a limit of the day is reached"}]}


def graph_error(code: int, message: str, status: int = 400) -> Reply:
    body = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEf"}
    return Reply({"error": body}, status)


def slack(token: str) -> Behaviour:
    """A Web API that says yes and no with status 200."""

    def behave(seen: Seen) -> Reply:
        if seen.path == "/api/api.test":
            return Reply({"ok": True})
        if seen.headers.get("authorization") != f"Bearer {token}":
            return slack_error("invalid_auth")
        who = {"team": "Kestrel", "user": "bot", "team_id": "T1", "user_id": "W1", "bot_id": "B1"}
        return Reply({"ok": True, "url": "https://kestrel.slack.example/", **who})

    return behave


def slack_error(word: str, status: int = 200) -> Reply:
    return Reply({"ok": False, "error": word}, status)


def webhook(verify_token: str) -> Behaviour:
    """A webhook that reads the challenge as a number, as many do."""

    def behave(seen: Seen) -> Reply:
        if seen.query.get("hub.mode") != "subscribe" or seen.query.get("hub.verify_token") != verify_token:
            return Reply(b"Forbidden", 403)
        return Reply(str(int(seen.query["hub.challenge"])).encode())

    return behave


def teams(app_id: str, secret: str) -> Behaviour:
    """A bot's endpoint at /api/messages and Microsoft's at /TENANT/oauth2/v2.0/token."""

    def behave(seen: Seen) -> Reply:
        if seen.path == "/api/messages":
            signed = seen.headers.get("authorization", "").startswith("Bearer ")
            return Reply(b"", 200 if signed else 401)
        form = dict(parse_qsl(seen.body.decode()))
        if (form.get("client_id"), form.get("client_secret")) != (app_id, secret):
            return token_error("invalid_client", 7000215, 401)
        return Reply({"token_type": "Bearer", "expires_in": 3599, "access_token": "eyJ.a-token-of-theirs"})

    return behave


def token_error(word: str, number: int = 0, status: int = 400) -> Reply:
    told = {"error": word, "error_description": f"AADSTS{number}: no.", "error_codes": [number]}
    return Reply(told, status)


HELLO = {"t": None, "s": None, "op": 10, "d": {"heartbeat_interval": 41250, "_trace": ["[]"]}}


def discord(token: str, gateway: str = "", first: Any = HELLO) -> Behaviour:
    """`gateway`: its address, this server's own when not given. `first`: what the gateway says first."""

    def behave(seen: Seen) -> Reply:
        if not seen.headers.get("user-agent", "").startswith("DiscordBot ("):
            return Reply({"message": "internal network error", "code": 40333}, 403)
        if seen.path == "/api/v10/gateway":
            return Reply({"url": gateway or f"ws://{seen.headers['host']}"})
        if "sec-websocket-key" in seen.headers:
            return first if isinstance(first, Reply) else says(seen, frame(json.dumps(first).encode()))
        if seen.headers.get("authorization") != f"Bot {token}":
            return Reply({"message": "401: Unauthorized", "code": 0}, 401)
        return Reply({"id": "80351110224678912", "username": "kestrel", "bot": True})

    return behave


def says(seen: Seen, frames: bytes) -> Reply:
    """An upgrade to WebSocket, and these frames. Source: RFC 6455 §4.2.2."""
    key = f"{seen.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    head = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    return Reply(raw=f"{head}sec-websocket-accept: {accept}\r\n\r\n".encode() + frames)


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """One short frame: a text, unless another opcode is given."""
    return bytes([0x80 | opcode, len(payload)]) + payload


def twilio(user: str, secret: str, status: str = "active") -> Behaviour:
    pair = base64.b64encode(f"{user}:{secret}".encode()).decode()

    def behave(seen: Seen) -> Reply:
        if seen.headers.get("authorization") != f"Basic {pair}":
            return twilio_error(20003, 401)
        if seen.path.endswith("/Usage/Records/Today.json"):
            return Reply({"usage_records": [{"category": "totalprice", "price": "0.10"}], "page_size": 1})
        sid = seen.path.split("/")[-1].removesuffix(".json")
        return Reply({"sid": sid, "friendly_name": "Kestrel", "status": status, "type": "Full"})

    return behave


def twilio_error(code: int, status: int) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Reply({"code": code, "message": "Authenticate", "more_info": more, "status": status}, status)
