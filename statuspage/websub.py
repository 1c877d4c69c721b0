"""Telling WebSub hubs that feeds have changed, so that readers hear of it at once.

A hub asks for the feed itself: it is told after publishing. Source: W3C WebSub §7, and the form that hubs take,
PubSubHubbub 0.4 §7: a POST of hub.mode=publish and hub.url.
"""

import asyncio
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode, urlsplit

from statuspage.errors import Problem
from statuspage.net import Net, NetError, Request

FEEDS = (".atom", ".rss", "feed.json")
WITHIN = timedelta(seconds=10)  # one call
DEADLINE = timedelta(seconds=60)  # all of them: 8 at once, a hub that hangs is left after one
AT_ONCE = 8
MEND = "nothing is lost: readers' programs look again by themselves"


@dataclass(frozen=True, slots=True)
class Call:
    """One feed of which one hub is to be told."""

    hub: str
    feed: str  # its public address


def calls(site: Mapping[str, bytes], changed: Collection[str]) -> list[Call]:
    """Whom to tell of what, as the published `feed.json` names hubs and the page's address. Nothing: no hubs."""
    try:
        document = json.loads(site["feed.json"])
        base = str(document["home_page_url"])
        hubs = [str(hub["url"]) for hub in document.get("hubs", ())]
    except (KeyError, TypeError, ValueError):
        return []
    feeds = sorted((p for p in changed if p.endswith(FEEDS) and p in site), key=lambda p: (p.count("/"), p))
    return [Call(hub, f"{base.rstrip('/')}/{quote(path)}") for hub in hubs for path in feeds]


async def tell(wanted: Iterable[Call], net: Net | None = None) -> list[Problem]:
    """Tell all of them; a warning for each hub that did not take it. Which of them cannot be reached is asked once."""
    waiting = list(wanted)
    failed: dict[str, str] = {}
    lost: set[str] = set()
    gate, net = asyncio.Semaphore(AT_ONCE), net or Net()

    async def one(call: Call) -> None:
        async with gate:
            if call.hub not in lost:
                try:
                    if why := await _refusal(call, net):
                        failed.setdefault(call.hub, why)
                except NetError as error:
                    lost.add(call.hub)
                    failed[call.hub] = str(error)
        waiting.remove(call)

    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            await asyncio.gather(*(one(call) for call in list(waiting)))
    except TimeoutError:
        failed |= {call.hub: "it took too long" for call in waiting}
    return [_warning(hub, why) for hub, why in sorted(failed.items())]


async def _refusal(call: Call, net: Net) -> str:
    """ "": the hub took it (any 2xx: the standard says no more). Raises NetError."""
    body = urlencode({"hub.mode": "publish", "hub.url": call.feed}).encode()
    head = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await net.fetch(Request(url=call.hub, method="POST", headers=head, body=body), WITHIN)
    return "" if answer.status // 100 == 2 else f"it answered {answer.status}"


def _warning(hub: str, why: str) -> Problem:
    host = urlsplit(hub).hostname or "?"  # a hub's path or query may hold a key
    return Problem(f"the hub {host} was not told of new feeds: {why}", mend=MEND, warning=True)
