"""PagerDuty: trigger and resolve by the Events API v2, acknowledgements by the REST API v2.

Sources: developer.pagerduty.com: "Send an Alert Event" (POST /v2/enqueue), "List incidents" (GET /incidents).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from statuspage.config import Target
from statuspage.notices import Message
from statuspage.notify.channels.fitting import fitting
from statuspage.notify.channels.pager import ENDS, alarm_key, is_alarm, loudness, moment, not_an_alarm
from statuspage.notify.channels.parts import Order, Part, Task
from statuspage.notify.channels.web import as_json, ask, found, posted

SEVERITY = ("info", "warning", "error", "critical")
MOST = 1024  # characters of a summary


def tasks(order: Order) -> Sequence[Task]:
    return [lambda: _sent(order) if is_alarm(order.message) else not_an_alarm()]


def event(message: Message) -> dict[str, object]:
    """All of it but the routing key."""
    notice = message.notice
    if notice.kind in ENDS:
        return {"event_action": "resolve", "dedup_key": alarm_key(notice.thread)}
    return {
        "event_action": "trigger",
        "dedup_key": alarm_key(notice.thread),
        "payload": {
            "summary": fitting(message.subject, message.url, MOST),
            "source": urlsplit(message.url).hostname or "statuspage",
            "severity": SEVERITY[loudness(message)],
            "timestamp": notice.at.isoformat(),
            "component": ", ".join(notice.components) or notice.subject,
            "class": str(notice.kind),
            "custom_details": {"text": message.text},
        },
        "links": [{"href": message.url, "text": message.subject}],
        "client": "statuspage",
        "client_url": message.url,
    }


def acknowledged(target: Target, thread: str, within: timedelta) -> datetime | None:
    """Without a token of the REST API it cannot be known. What was resolved by hand counts, too."""
    options = target.pagerduty
    assert options is not None
    if options.token is None:
        return None
    query = urlencode({"incident_key": alarm_key(thread), "date_range": "all"})
    headers = {
        "authorization": f"Token token={options.token.reveal()}",
        "accept": "application/vnd.pagerduty+json;version=2",
    }
    answer = ask(
        f"{options.rest.rstrip('/')}/incidents?{query}", options, within, method="GET", headers=headers
    )
    incidents = found(answer).get("incidents")
    times = [at for one in incidents if (at := _taken(one))] if isinstance(incidents, list) else []
    return min(times, default=None)


def _sent(order: Order) -> Iterator[Part]:
    options = order.target.pagerduty
    assert options is not None
    body = as_json({"routing_key": options.key.reveal(), **event(order.message)})
    url = f"{options.base.rstrip('/')}/v2/enqueue"
    yield from posted(url, options, order.left, {"content-type": "application/json"}, body)


def _taken(incident: dict[str, object]) -> datetime | None:
    marks = incident.get("acknowledgements")
    times = [moment(mark.get("at")) for mark in marks] if isinstance(marks, list) else []
    if incident.get("status") in ("acknowledged", "resolved"):
        times.append(moment(incident.get("last_status_change_at")))
    return min((at for at in times if at), default=None)
