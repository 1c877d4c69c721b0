"""What operators are reminded of, at most once a day: the day of the page's zone is in the key."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from statuspage.duties import Kind, duties
from statuspage.foresight import MENDS, record, said, warnings
from statuspage.intervals import local_day
from statuspage.model import Early, MaintenanceStatus, Snapshot
from statuspage.notices import Audience, Notice, NoticeKind

DAY = timedelta(days=1)


class Reminder(StrEnum):
    """What it is about; `Notice.code` of a reminder."""

    UPDATE = "update"  # the next update is overdue
    END = "end"  # the incident is open and all it names works
    INCIDENT = "incident"  # an outage without an incident
    ACTION = "action"  # of a post-incident report, late
    SLOWER = Early.SLOWER.value
    FLAKED = Early.FLAKED.value
    TOKENS = Early.TOKENS.value
    EXPIRY = Early.EXPIRY.value
    BURNING = Early.BURNING.value
    TOMORROW = "tomorrow"  # maintenance


_DUTIES = {
    Kind.UPDATE: Reminder.UPDATE,
    Kind.END: Reminder.END,
    Kind.INCIDENT: Reminder.INCIDENT,
    Kind.ACTION: Reminder.ACTION,
}


def reminders(snapshot: Snapshot) -> Iterator[Notice]:
    """Those of the present day. What a public word is still owed comes from `duties`."""
    for duty in duties(snapshot):
        if kind := _DUTIES.get(duty.kind):
            yield _reminder(snapshot, kind, duty.subject, duty.since, duty.what, duty.mend)
    yield from _early(snapshot)
    yield from _tomorrow(snapshot)


def _early(snapshot: Snapshot) -> Iterator[Notice]:
    """Early warnings, with how often such ones came true."""
    names = {c.id: c.name for c in (*snapshot.components, *snapshot.hidden)}
    for one in warnings(snapshot):
        track = snapshot.foresight.tracks.get(one.kind)
        told = f" (of such warnings {record(track)})" if track else ""
        what = f"{said(one, names[one.component])}{told}"
        yield _reminder(snapshot, Reminder(one.kind), one.component, one.since, what, MENDS[one.kind])


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
