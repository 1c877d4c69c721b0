"""Opsgenie: alerts are made, closed and looked at by their alias. Source: docs.opsgenie.com, Alert API."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from statuspage.config import Target
from statuspage.config.notify import OpsgenieOptions
from statuspage.notices import Message
from statuspage.notify.channels.fitting import MORE, fitting
from statuspage.notify.channels.pager import ENDS, alarm_key, is_alarm, loudness, moment, not_an_alarm
from statuspage.notify.channels.parts import Order, Part, Task
from statuspage.notify.channels.web import as_json, ask, found, posted

PRIORITY = ("P5", "P3", "P2", "P1")
MOST, MOST_TEXT = 130, 15_000  # characters of `message` and `description`
SOURCE = "statuspage"


def tasks(order: Order) -> Sequence[Task]:
    return [lambda: _sent(order) if is_alarm(order.message) else not_an_alarm()]


def begun(message: Message) -> dict[str, object]:
    notice, subject = message.notice, message.subject
    return {
        "message": subject if len(subject) <= MOST else subject[: MOST - 1] + MORE,
        "alias": alarm_key(notice.thread),
        "description": fitting(message.text, message.url, MOST_TEXT),
        "entity": notice.subject,
        "source": SOURCE,
        "priority": PRIORITY[loudness(message)],
        "tags": [str(notice.kind)],
        "details": {"url": message.url},
    }


def ended(message: Message) -> dict[str, object]:
    return {"source": SOURCE, "note": message.short}


def acknowledged(target: Target, thread: str, within: timedelta) -> datetime | None:
    """What was closed by hand counts, too."""
    options = target.opsgenie
    assert options is not None
    url = _alert(options, thread)
    alert = found(ask(url, options, within, method="GET", headers=_key(options))).get("data")
    if not isinstance(alert, dict) or not (alert.get("acknowledged") or alert.get("status") == "closed"):
        return None
    report, created = alert.get("report"), moment(alert.get("createdAt"))
    taken = report.get("ackTime", report.get("closeTime")) if isinstance(report, dict) else None
    if created and isinstance(taken, int | float):  # milliseconds
        return created + timedelta(milliseconds=taken)
    return moment(alert.get("updatedAt"))


def _sent(order: Order) -> Iterator[Part]:
    options, message = order.target.opsgenie, order.message
    assert options is not None
    url, document = f"{options.base.rstrip('/')}/v2/alerts", begun(message)
    if message.notice.kind in ENDS:
        url, document = _alert(options, message.notice.thread, "close"), ended(message)
    headers = {"content-type": "application/json", **_key(options)}
    yield from posted(url, options, order.left, headers, as_json(document))


def _alert(options: OpsgenieOptions, thread: str, action: str = "") -> str:
    alias = quote(alarm_key(thread), safe="")
    way = f"{alias}/{action}" if action else alias
    return f"{options.base.rstrip('/')}/v2/alerts/{way}?identifierType=alias"


def _key(options: OpsgenieOptions) -> dict[str, str]:
    return {"authorization": f"GenieKey {options.key.reveal()}"}
