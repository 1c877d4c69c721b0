"""Receivers on loopback, real in all that is documented: a mail server, and the chats that Apprise speaks to.

`Vendors` plays all of them on one port over TLS, told apart by the Host header; `as_the_internet` makes their names
lead to it. They refuse what the vendors refuse.
"""

import html
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

NAMES = (
    "hooks.slack.com",
    "prod-25.westeurope.logic.azure.com",
    "discord.com",
    "api.telegram.org",
    "ntfy.sh",
    "social.example.org",
    "public.api.bsky.app",
    "plc.directory",
    "pds.example.org",
    "hook.example.org",
    "events.pagerduty.com",
    "api.pagerduty.com",
    "api.opsgenie.com",
    "alerts.example.org",
)


class Ca:
    """A throw-away certificate authority for all the names; `path` is its PEM file."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.path = str(folder / "authority.pem")
        self._ca.cert_pem.write_to_path(self.path)

    def server(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*(names or NAMES)).configure_cert(context)
        return context


# --- over HTTP ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Got:
    """A request; header names in lower case."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answered:
    status: int
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    def __init__(self, status: int, body: object = "") -> None:
        super().__init__(status)
        self.answered = Answered(status, body)


@dataclass
class Vendors:
    """`with Vendors(tls) as vendors:` listens. `mood` says how it answers whom: well, busy, broken, hang, drop."""

    tls: ssl.SSLContext
    mood: dict[str, str] = field(default_factory=dict)  # by host
    got: list[Got] = field(default_factory=list)
    read: list[tuple[str, str]] = field(default_factory=list)  # host, and what a person reads there
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)  # of the pagers, by key

    def __enter__(self) -> Self:
        self._over = threading.Event()
        handler = partial(_Handler, self)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), cast(Any, handler))
        self._server.socket = self.tls.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # broken connections are meant
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def reads(self, host: str) -> list[str]:
        return [text for at, text in self.read if at == host]

    def answer(self, got: Got) -> Answered | None:
        """None: the connection is dropped."""
        self.got.append(got)
        match self.mood.get(got.host):
            case "hang":
                self._over.wait(30)
                return None
            case "drop":
                return None
            case "busy":
                return Answered(429, _busy(got.host), {"Retry-After": "17"})
            case "broken":
                return Answered(503, "upstream connect error")
            case "moved":
                return Answered(302, "", {"Location": f"https://{got.host}/elsewhere"})
            case str() as status if status.isdigit():
                return Answered(int(status), "no")
        try:
            answered, text = _PLAY[got.host](self, got)
        except Refused as refused:
            return refused.answered
        if text is not None:
            self.read.append((got.host, text))
        return answered


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, vendors: Vendors, *rest: Any) -> None:
        self._vendors = vendors
        super().__init__(*rest)

    def _do(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        got = Got(
            method=self.command,
            host=headers.get("host", "").partition(":")[0],
            path=parts.path,
            query={name: values[0] for name, values in parse_qs(parts.query).items()},
            headers=headers,
            body=self.rfile.read(int(headers.get("content-length", "0"))),
        )
        answered = self._vendors.answer(got)
        self.close_connection = True
        if answered is None:
            return
        text = isinstance(answered.body, str)
        body = str(answered.body).encode() if text else json.dumps(answered.body).encode()
        self.send_response(answered.status)
        for name, value in {
            "Content-Type": "text/plain" if text else "application/json",
            "Content-Length": str(len(body)),
            **answered.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _do  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _busy(host: str) -> object:
    shapes: Mapping[str, object] = {
        "api.telegram.org": {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 17",
            "parameters": {"retry_after": 17},
        },
        "discord.com": {"message": "You are being rate limited.", "retry_after": 0.5, "global": False},
        "ntfy.sh": {"code": 42901, "http": 429, "error": "limit reached: too many requests"},
        "social.example.org": {"error": "Too many requests"},
    }
    return shapes.get(host, "rate_limited")


def _want(truth: object, status: int, body: object) -> None:
    if not truth:
        raise Refused(status, body)


def _slack(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    """docs.slack.dev: "Sending messages using incoming webhooks"."""
    _want(re.fullmatch(r"/services/T\w+/B\w+/\w+", got.path), 404, "no_service")
    _want(got.headers["content-type"].startswith("application/json"), 400, "invalid_payload")
    parts = got.json.get("attachments") or []
    text = "\n".join(f"{part.get('title', '')}\n{part.get('text', '')}" for part in parts)
    _want(text.strip() or got.json.get("text"), 400, "no_text")
    _want(len(text) <= 40_000, 400, "msg_too_long")
    return Answered(200, "ok"), html.unescape(text)


def _teams(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    """learn.microsoft.com: "Create incoming webhooks with Workflows"; adaptive cards of at most 28 KB."""
    _want(got.query.get("sig"), 401, {"error": {"code": "DirectApiAuthorizationRequired"}})
    _want(got.path.startswith("/workflows/"), 404, {"error": {"code": "WorkflowNotFound"}})
    _want(got.headers["content-type"] == "application/json", 400, {"error": {"code": "InvalidRequest"}})
    _want(len(got.body) <= 28_000, 413, {"error": {"code": "RequestEntityTooLarge"}})
    _want(got.json.get("type") == "message", 400, {"error": {"code": "InvalidRequest"}})
    (card,) = got.json["attachments"]
    _want(card["contentType"] == "application/vnd.microsoft.card.adaptive", 400, "")
    blocks = [block for block in card["content"]["body"] if block["type"] == "TextBlock"]
    assert [block for block in card["content"]["body"] if block["type"] == "Image"] == []
    return Answered(202, ""), "\n".join(block["text"] for block in blocks)


def _discord(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    """docs.discord.com: "Execute Webhook"."""
    _want(
        re.fullmatch(r"/api/webhooks/\d+/[\w-]+", got.path),
        404,
        {"message": "Unknown Webhook", "code": 10015},
    )
    _want(got.headers["content-type"].startswith("application/json"), 400, {"code": 50109})
    content = got.json.get("content", "")
    _want(content or got.json.get("embeds"), 400, {"message": "Cannot send an empty message", "code": 50006})
    _want(len(content) <= 2_000, 400, {"content": ["Must be 2000 or fewer in length."]})
    return (Answered(200, {"id": "1"}) if got.query.get("wait") else Answered(204)), content


def _telegram(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    """core.telegram.org/bots/api#sendmessage; 4096 characters after the entities are read."""

    def no(status: int, why: str) -> dict[str, object]:
        return {"ok": False, "error_code": status, "description": why}

    _want(re.fullmatch(r"/bot\d+:[\w-]+/sendMessage", got.path), 404, no(404, "Not Found"))
    _want(got.json.get("chat_id"), 400, no(400, "Bad Request: chat_id is empty"))
    text = str(got.json.get("text", ""))
    _want(text, 400, no(400, "Bad Request: message text is empty"))
    if got.json.get("parse_mode") == "HTML":
        tags = set(re.findall(r"</?([a-z0-9-]+)", text))
        _want(
            tags <= {"b", "i", "u", "s", "a", "code", "pre", "blockquote"},
            400,
            no(400, "can't parse entities"),
        )
        text = html.unescape(re.sub(r"<[^>]+>", "", text))
    _want(len(text) <= 4096, 400, no(400, "Bad Request: message is too long"))
    return Answered(200, {"ok": True, "result": {"message_id": 1}}), text


def _ntfy(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    """docs.ntfy.sh/publish/#publish-as-json; 4,096 octets, then the message becomes a file."""
    _want(re.fullmatch(r"[\w-]{1,64}", str(got.json.get("topic", ""))), 400, {"code": 40009, "http": 400})
    _want(len(got.json.get("message", "").encode()) <= 4096, 413, {"code": 41301, "http": 413})
    return Answered(200, {"id": "x", "event": "message"}), f"{got.json.get('title')}\n{got.json['message']}"


def _mastodon(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    """docs.joinmastodon.org/methods/statuses/#create."""
    _want(
        got.headers.get("authorization") == "Bearer s3cretToken",
        401,
        {"error": "The access token is invalid"},
    )
    _want((got.method, got.path) == ("POST", "/api/v1/statuses"), 404, {"error": "Record not found"})
    status = got.json.get("status", "")
    _want(status, 422, {"error": "Validation failed: Text can't be blank"})
    _want(
        len(re.sub(r"https?://\S+", "x" * 23, status)) <= 500, 422, {"error": "Validation failed: too long"}
    )
    return Answered(200, {"id": "1", "content": status, "account": {"username": "status"}}), status


def _bsky_names(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    _want(got.path == "/xrpc/com.atproto.identity.resolveHandle", 404, {"error": "MethodNotImplemented"})
    _want(got.query.get("handle") == "status.bsky.social", 400, {"error": "InvalidRequest"})
    return Answered(200, {"did": "did:plc:abcdefghijklmnopqrstuvwx"}), None


def _plc(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    pds = {"type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://pds.example.org"}
    return Answered(200, {"id": "did:plc:abcdefghijklmnopqrstuvwx", "service": [pds]}), None


def _bluesky(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    """docs.bsky.app: com.atproto.server.createSession, com.atproto.repo.createRecord; 300 graphemes."""
    if got.path == "/xrpc/com.atproto.server.createSession":
        _want(got.json.get("password") == "s3cret-app-word", 401, {"error": "AuthenticationRequired"})
        return Answered(200, {"accessJwt": "jwt", "refreshJwt": "jwt2", "did": got.json["identifier"]}), None
    _want(got.path == "/xrpc/com.atproto.repo.createRecord", 404, {"error": "MethodNotImplemented"})
    _want(got.headers.get("authorization") == "Bearer jwt", 401, {"error": "AuthMissing"})
    record = got.json["record"]
    _want(record["$type"] == got.json["collection"] == "app.bsky.feed.post", 400, {"error": "InvalidRequest"})
    _want(record.get("createdAt") and len(record["text"]) <= 300, 400, {"error": "InvalidRequest"})
    return Answered(200, {"uri": "at://x", "cid": "y"}), record["text"]


def _hook(_: Vendors, got: Got) -> tuple[Answered, str | None]:
    _want(got.headers.get("content-type") == "application/json", 415, "")
    _want(got.headers.get("webhook-signature", "").startswith("v1,"), 401, "")
    return Answered(204), got.body.decode()


def _pagerduty(vendors: Vendors, got: Got) -> tuple[Answered, str | None]:
    """developer.pagerduty.com: "Send an Alert Event"."""
    _want(got.path == "/v2/enqueue", 404, "")
    event = got.json
    wrong = {"status": "invalid event", "message": "Event object is invalid"}
    _want(event.get("routing_key") == "s3cret-key" and event.get("dedup_key"), 400, wrong)
    _want(len(event["dedup_key"]) <= 255, 400, wrong)
    if event["event_action"] == "trigger":
        payload = event["payload"]
        _want(payload["severity"] in ("critical", "error", "warning", "info"), 400, wrong)
        _want(0 < len(payload["summary"]) <= 1024 and payload["source"], 400, wrong)
        vendors.alerts[event["dedup_key"]] = {"status": "triggered", **payload}
    elif found := vendors.alerts.get(event["dedup_key"]):
        found["status"] = "resolved"
    return Answered(202, {"status": "success", "dedup_key": event["dedup_key"]}), None


def _pagerduty_rest(vendors: Vendors, got: Got) -> tuple[Answered, str | None]:
    _want(got.headers.get("authorization") == "Token token=s3cret-token", 401, {"error": {"code": 2006}})
    _want(got.headers.get("accept") == "application/vnd.pagerduty+json;version=2", 406, {})
    _want((got.method, got.path) == ("GET", "/incidents"), 404, {})
    found = vendors.alerts.get(got.query["incident_key"])
    return Answered(200, {"incidents": [found] if found else []}), None


def _opsgenie(vendors: Vendors, got: Got) -> tuple[Answered, str | None]:
    """docs.opsgenie.com/docs/alert-api: create, close, get."""
    _want(
        got.headers.get("authorization") == "GenieKey s3cret-key", 401, {"message": "Could not authenticate"}
    )
    if (got.method, got.path) == ("POST", "/v2/alerts"):
        _want(0 < len(got.json["message"]) <= 130 and len(got.json["alias"]) <= 512, 422, {})
        _want(got.json["priority"] in ("P1", "P2", "P3", "P4", "P5"), 422, {})
        vendors.alerts[got.json["alias"]] = {"status": "open", "acknowledged": False, **got.json}
        return Answered(202, {"result": "Request will be processed"}), None
    _want(got.query.get("identifierType") == "alias", 404, {})
    alias = next((key for key in vendors.alerts if key.replace("/", "%2F") in got.path), "")
    if got.path.endswith("/close"):
        vendors.alerts.get(alias, {})["status"] = "closed"
        return Answered(202, {"result": "Request will be processed"}), None
    _want(alias, 404, {"message": "Alert does not exist"})
    return Answered(200, {"data": vendors.alerts[alias]}), None


def _alertmanager(vendors: Vendors, got: Got) -> tuple[Answered, str | None]:
    """prometheus/alertmanager: api/v2/openapi.yaml."""
    if got.path.startswith("/api/v2/silence/"):
        return Answered(200, {"id": "s1", "startsAt": "2026-11-22T14:20:00.000Z"}), None
    _want(got.path == "/api/v2/alerts", 404, "")
    if got.method == "POST":
        for alert in got.json:
            key = json.dumps(alert["labels"], sort_keys=True)
            vendors.alerts[key] = {**vendors.alerts.get(key, {}), **alert}
        return Answered(200), None
    thread = got.query["filter"].removeprefix('thread="').removesuffix('"')
    return Answered(200, [a for a in vendors.alerts.values() if a["labels"]["thread"] == thread]), None


_PLAY: Mapping[str, Callable[[Vendors, Got], tuple[Answered, str | None]]] = {
    "hooks.slack.com": _slack,
    "prod-25.westeurope.logic.azure.com": _teams,
    "discord.com": _discord,
    "api.telegram.org": _telegram,
    "ntfy.sh": _ntfy,
    "social.example.org": _mastodon,
    "public.api.bsky.app": _bsky_names,
    "plc.directory": _plc,
    "pds.example.org": _bluesky,
    "hook.example.org": _hook,
    "events.pagerduty.com": _pagerduty,
    "api.pagerduty.com": _pagerduty_rest,
    "api.opsgenie.com": _opsgenie,
    "alerts.example.org": _alertmanager,
}


def as_the_internet(patch: pytest.MonkeyPatch, ports: Mapping[str, int], ca: str) -> None:
    """These names lead to these ports of this machine, and who asks for the system's authorities gets this one."""
    ask = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        at = ports.get(host if isinstance(host, str) else "")
        return ask("127.0.0.1", at, *rest, **named) if at else ask(host, port, *rest, **named)

    patch.setattr(socket, "getaddrinfo", getaddrinfo)
    patch.setenv("REQUESTS_CA_BUNDLE", ca)


# --- by SMTP -----------------------------------------------------------------------------------


@dataclass
class Mailbox:
    """What a mail server took, and how it behaves. `refuses` and `busy`: recipients; `hangs`: at the data."""

    mails: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)  # envelope's from and to
    logins: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    hangs: threading.Event | None = None

    def to(self, recipient: str) -> list[EmailMessage]:
        return [mail for _, to, mail in self.mails if to == [recipient]]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 5.1.1 no such user here"
        if address in self.busy:
            return "451 4.7.1 greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs is not None:
            await server.loop.run_in_executor(None, self.hangs.wait, 30)
        content = cast(bytes, envelope.content).replace(b"\r\n", b"\n")
        mail = message_from_bytes(content, policy=default)
        self.mails.append((str(envelope.mail_from), list(envelope.rcpt_tos), mail))
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"status", b"s3cret-word")
        self.logins.append("right" if right else "wrong")
        return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(mailbox: Mailbox, tls: ssl.SSLContext | None, **options: Any) -> Iterator[int]:
    """The port of an aiosmtpd: with `tls`, STARTTLS before anything else, and a login."""
    if tls is not None:
        options = {
            "tls_context": tls,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": mailbox.authenticate,
            **options,
        }
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        port = int(once.getsockname()[1])
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
