"""A request of ours to a service over HTTP, through the house's own door."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

from statuspage import __version__
from statuspage.config.notify import Door
from statuspage.net import Answer, Net, NetError, Request
from statuspage.notify.channels.parts import Part, judged

USER_AGENT = f"statuspage/{__version__}"


def ask(
    url: str,
    door: Door,
    within: timedelta,
    *,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """One exchange over a connection of its own; a redirect is an answer. Raises NetError, `within` at the latest."""
    request = Request(
        url=url,
        method=method,
        headers=headers or {},
        body=body,
        allow_private=door.allow_private,
        ca=door.ca,
        follow=False,
    )
    return asyncio.run(Net(user_agent=USER_AGENT).fetch(request, within))


def posted(
    url: str, door: Door, within: timedelta, headers: Mapping[str, str], body: bytes
) -> Iterator[Part]:
    """The one part of a target that is one address."""
    try:
        yield judged(0, ask(url, door, within, headers=headers, body=body).status)
    except NetError as error:
        yield Part(0, sent=False, retry=is_passing_code(error.code), detail=str(error))


def is_passing_code(code: str) -> bool:
    """Whether a later try may do better: not against what the configuration says, or where we may not go."""
    return not code.startswith("config.") and code not in ("net.private", "http.redirect_refused")


def as_json(document: object) -> bytes:
    """The same bytes for the same document."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def found(answer: Answer) -> dict[str, object]:
    """The answer's JSON object; empty when there is none, or the status is no success."""
    if answer.status != 200:
        return {}
    try:
        document = json.loads(answer.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
