"""What operators are reminded of, at most once a day: the day of the page's zone is in the key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from statuspage.duties import Kind, duties
from statuspage.intervals import local_day
from statuspage.model import Budget, ComponentStatus, MaintenanceStatus, Snapshot
from statuspage.notices import Audience, Notice, NoticeKind
from statuspage.uptime import budget_left

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Reminder(StrEnum):
    """What it is about; `Notice.code` of a reminder."""

    UPDATE = "update"  # the next update is overdue
    END = "end"  # the incident is open and all it names works
    INCIDENT = "incident"  # an outage without an incident
    ACTION = "action"  # of a post-incident report, late
    EXPIRY = "expiry"  # a certificate or a domain runs out
    BURNING = "burning"  # the error budget is used up fast
    TOMORROW = "tomorrow"  # maintenance


@dataclass(frozen=True, slots=True)
class Burn:
    """An alarm: the error budget is spent at `rate` times the pace at which it would just last, in both windows."""

    rate: Decimal
    long: timedelta
    short: timedelta


BURNS = (
    Burn(Decimal("14.4"), HOUR, 15 * MINUTE),
    Burn(Decimal(6), 6 * HOUR, 30 * MINUTE),
    Burn(Decimal(1), 3 * DAY, 6 * HOUR),
)
"""The fastest first. Source: https://sre.google/workbook/alerting-on-slos/, "Multiwindow, Multi-Burn-Rate Alerts";
its 5 minutes are 15 here, since a check every 5 minutes has but one sample in 5."""

SOON = 7  # days; as many as are left of a certificate or a domain when it is named even though it is not what fails

_DUTIES = {
    Kind.UPDATE: Reminder.UPDATE,
    Kind.END: Reminder.END,
    Kind.INCIDENT: Reminder.INCIDENT,
    Kind.ACTION: Reminder.ACTION,
}
_EXPIRING = ("tls.expiring", "tls.expired", "domain.expiring", "domain.expired")


def reminders(snapshot: Snapshot) -> Iterator[Notice]:
    """Those of the present day. What a public word is still owed comes from `duties`."""
    for duty in duties(snapshot):
        if kind := _DUTIES.get(duty.kind):
            yield _reminder(snapshot, kind, duty.subject, duty.since, duty.what, duty.mend)
    for component in (*snapshot.components, *snapshot.hidden):
        yield from _expiry(snapshot, component)
        yield from _burning(snapshot, component)
    yield from _tomorrow(snapshot)


def _expiry(snapshot: Snapshot, component: ComponentStatus) -> Iterator[Notice]:
    left = component.measures.get("days_left")
    if component.code in _EXPIRING or (left is not None and left <= SOON):
        days = "" if left is None else f": {max(0, int(left))} days left"
        what = f"the certificate or the domain of {component.name} runs out{days}"
        mend = "renew it, and look at why that did not happen by itself"
        yield _reminder(snapshot, Reminder.EXPIRY, component.id, None, what, mend)


def _burning(snapshot: Snapshot, component: ComponentStatus) -> Iterator[Notice]:
    budget = component.budget
    if budget and (burn := burning(budget)):
        what = f"{component.name} spends its error budget more than {burn.rate} times as fast as it may"
        mend = "look at what fails, and hold risky changes back until it is calm"
        yield _reminder(snapshot, Reminder.BURNING, component.id, None, what, mend)


def burning(budget: Budget) -> Burn | None:
    """The fastest alarm that both its windows raise."""
    return next(
        (b for b in BURNS if all(_pace(budget, length) >= Fraction(b.rate) for length in (b.long, b.short))),
        None,
    )


def _pace(budget: Budget, length: timedelta) -> Fraction:
    """How many times faster it is spent than it may be; 0 where nothing was measured."""
    window = budget.paces.get(length)
    left = budget_left(window, budget.objective) if window else None
    return Fraction(0) if left is None else 1 - left


def _tomorrow(snapshot: Snapshot) -> Iterator[Notice]:
    zone = ZoneInfo(snapshot.page.timezone)
    tomorrow = snapshot.now.astimezone(zone).date() + DAY
    for work in (one for whole in snapshot.maintenances for one in (whole, *whole.later)):
        if work.status is MaintenanceStatus.SCHEDULED and work.start.astimezone(zone).date() == tomorrow:
            what = f"{work.title} is tomorrow, from {work.start:%Y-%m-%d %H:%M} UTC on"
            mend = f"if it does not take place: statuspage maintenance cancel {of_window(work.id)}"
            yield _reminder(snapshot, Reminder.TOMORROW, work.id, work.start, what, mend)


def of_window(id_: str) -> str:
    """A window as the commands want it: the file's id, and the day of one that recurs."""
    stem, dot, day = id_.rpartition(".")
    return f"{stem} --date {day}" if dot and _DAY.fullmatch(day) else id_


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _reminder(
    snapshot: Snapshot, kind: Reminder, subject: str, since: datetime | None, what: str, mend: str
) -> Notice:
    """Of today: at its first moment, or since when the matter stands."""
    zone = ZoneInfo(snapshot.page.timezone)
    today = snapshot.now.astimezone(zone).date()
    midnight = local_day(today, zone).start
    named = any(c.id == subject for c in (*snapshot.components, *snapshot.hidden))
    return Notice(
        kind=NoticeKind.REMINDER,
        key=f"reminder/{kind}/{subject}/{today}",
        thread=f"reminder/{kind}/{subject}",
        at=since if since and midnight < since <= snapshot.now else midnight,
        audience=Audience.OPERATORS,
        subject=subject,
        components=(subject,) if named else (),
        what=what,
        mend=mend,
        began=since,
        code=kind,
    )
