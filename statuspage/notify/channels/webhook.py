"""A program of the operator's, told in the shape of Statuspage's webhooks.

Signed as the Standard Webhooks have it: `v1,` and the base64 of the HMAC-SHA256 of `ID.TIMESTAMP.BODY`. The ID is
the same at each try, so that a receiver can drop what it has had.
Source: standardwebhooks.com, spec/standard-webhooks.md.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence

from statuspage.config.notify import WHSEC
from statuspage.notify.channels.parts import Order, Part, Task
from statuspage.notify.channels.web import as_json, posted


def tasks(order: Order) -> Sequence[Task]:
    return [lambda: _sent(order)]


def headers(secret: str, id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """What goes with the body. `timestamp`: seconds since 1970."""
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, id, timestamp, body),
        "idempotency-key": id,
    }


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """A secret that begins with `whsec_` is base64 of the key, any other one is the key itself."""
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def document(order: Order) -> bytes:
    """The message's own JSON; of one that Statuspage has no shape for, what any channel is told."""
    message, notice = order.message, order.message.notice
    if message.wire:
        return message.wire.encode()
    return as_json(
        {
            "meta": {"unsubscribe": None, "documentation": None},
            "notice": {
                "kind": str(notice.kind),
                "key": notice.key,
                "at": notice.at.isoformat(),
                "subject": message.subject,
                "text": message.text,
                "url": message.url,
            },
        }
    )


def _sent(order: Order) -> Iterator[Part]:
    hook = order.target.webhook
    assert hook is not None
    body = document(order)
    head = headers(hook.secret.reveal(), f"msg_{order.key}", int(order.now.timestamp()), body)
    yield from posted(hook.url, hook, order.left, head, body)


def _key(secret: str) -> bytes:
    if not secret.startswith(WHSEC):
        return secret.encode()
    return base64.b64decode(secret.removeprefix(WHSEC), validate=True)
