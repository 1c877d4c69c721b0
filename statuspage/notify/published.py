"""Of when the public page is: what readers find there, not what was built."""

import json
from datetime import datetime, timedelta

from statuspage.net import Net, NetError, Request

PLACE = "api/status.json"
WITHIN = timedelta(seconds=10)
MOST = 16 * 1024 * 1024  # octets
OLDEST = timedelta(days=7)  # a page that is older has nothing of what could be told


async def published(url: str, now: datetime, net: Net | None = None) -> datetime | None:
    """The moment that the page at `url` speaks of; None: it cannot be had, or is no page of ours.

    The query makes another address of it at each run: caches between here and there keep the file for minutes.
    """
    address = f"{url.rstrip('/')}/{PLACE}?at={now:%Y%m%dT%H%M%S}"
    try:
        answer = await (net or Net()).fetch(
            Request(url=address, headers={"Cache-Control": "no-cache"}, most=MOST), WITHIN
        )
        at = datetime.fromisoformat(str(json.loads(answer.body)["generated_at"]))
    except (NetError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return at if answer.status == 200 and at.tzinfo and now - at < OLDEST else None
