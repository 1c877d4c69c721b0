"""Prometheus' Alertmanager: an alert is what its labels are, so they stay the same from its begin to its end.

Prometheus repeats an alert again and again; we tell it once, so that its end is set far off, or it would be taken as
resolved after five minutes. Source: prometheus/alertmanager, api/v2/openapi.yaml.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from statuspage.config import Target
from statuspage.config.notify import AlertmanagerOptions
from statuspage.notices import Message
from statuspage.notify.channels.pager import ENDS, alarm_key, is_alarm, moment, not_an_alarm
from statuspage.notify.channels.parts import Order, Part, Task
from statuspage.notify.channels.web import as_json, ask, posted

LASTS = timedelta(days=7)  # an alarm that nobody ends


def tasks(order: Order) -> Sequence[Task]:
    return [lambda: _sent(order) if is_alarm(order.message) else not_an_alarm()]


def alert(message: Message, labels: Mapping[str, str]) -> dict[str, object]:
    """Without a begin Alertmanager keeps the one that it knows, which an end needs."""
    notice = message.notice
    over = notice.kind in ENDS
    times = {"endsAt": notice.at} if over else {"startsAt": notice.at, "endsAt": notice.at + LASTS}
    return {
        "labels": {
            **labels,
            "alertname": "statuspage",
            "thread": alarm_key(notice.thread),
            "subject": notice.subject,
        },
        "annotations": {
            "summary": message.subject,
            "description": message.text,
            "impact": str(notice.impact),
        },
        "generatorURL": message.url,
        **{key: at.isoformat() for key, at in times.items()},
    }


def acknowledged(target: Target, thread: str, within: timedelta) -> datetime | None:
    """Alertmanager knows no acknowledgement; who takes an alarm upon themselves, silences it."""
    options = target.alertmanager
    assert options is not None
    matcher = quote(f'thread="{alarm_key(thread)}"', safe="")
    times = [
        at
        for one in _asked(options, f"alerts?filter={matcher}", within)
        for name in one.get("status", {}).get("silencedBy", ())
        for silence in _asked(options, f"silence/{quote(name, safe='')}", within)
        if (at := moment(silence.get("startsAt")))
    ]
    return min(times, default=None)


def _sent(order: Order) -> Iterator[Part]:
    options = order.target.alertmanager
    assert options is not None
    body = as_json([alert(order.message, options.labels)])
    headers = {"content-type": "application/json", **options.headers}
    yield from posted(f"{_base(options)}/alerts", options, order.left, headers, body)


def _asked(
    options: AlertmanagerOptions, path: str, within: timedelta
) -> list[Mapping[str, Mapping[str, Sequence[str]]]]:
    answer = ask(f"{_base(options)}/{path}", options, within, method="GET", headers=options.headers)
    document = json.loads(answer.body) if answer.status == 200 else []
    return document if isinstance(document, list) else [document]


def _base(options: AlertmanagerOptions) -> str:
    return f"{options.url.rstrip('/')}/api/v2"
