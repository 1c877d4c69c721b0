"""What people wrote: incidents, maintenance and their updates; and the windows that begin and end by themselves."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby

from statuspage.model import (
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    Snapshot,
    State,
    Update,
)
from statuspage.notices import Audience, Notice, NoticeKind
from statuspage.snapshot import IMPACT_STATE

FINISHED = (IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM)


def of_incidents(snapshot: Snapshot) -> Iterator[Notice]:
    """One for each update; those that a run saw together are told together, by the newest of them."""
    for incident in snapshot.incidents:
        before: Update | None = None
        for together in _together(incident.updates):
            yield _of_updates(incident, together, before)
            before = together[-1]


def _of_updates(incident: Incident, together: Sequence[Update], before: Update | None) -> Notice:
    newest = together[-1]
    declared = [*incident.worst.values(), IMPACT_STATE[incident.impact]]
    return Notice(
        kind=_kind(newest, before),
        key=f"update/{incident.id}/{newest.number}",
        thread=f"incident/{incident.id}",
        at=_at(newest, incident.created, incident.resolved),
        audience=Audience.PUBLIC,
        subject=incident.id,
        number=newest.number,
        components=tuple(incident.worst),
        impact=max(declared, key=lambda state: state.severity),
        folded=tuple(update.number for update in together[:-1]),
    )


def _kind(newest: Update, before: Update | None) -> NoticeKind:
    was_over = before is not None and before.status in FINISHED
    if newest.status in FINISHED and not was_over:
        return NoticeKind.RESOLVED
    return NoticeKind.UPDATE if before else NoticeKind.INCIDENT


def of_maintenances(snapshot: Snapshot) -> Iterator[Notice]:
    """Each window announced, begun, over, by the operator's word or by the clock.

    A word that speaks of all windows of a maintenance that recurs is told once, with the first of them.
    """
    seen: set[str] = set()
    for work in sorted(snapshot.maintenances, key=lambda work: (work.start, work.id)):
        for notice in (*_said(work), *_by_the_clock(work, snapshot.now)):
            if notice.key not in seen:
                seen.add(notice.key)
                yield notice


def _said(work: Maintenance) -> Iterator[Notice]:
    before: Update | None = None
    for together in _together(work.updates):
        newest = together[-1]
        told = _of_work(work, _kind_of_work(newest, before), f"update/{_file(work)}/{newest.number}")
        yield replace(
            told,
            at=_at(newest, work.created, work.end),
            number=newest.number,
            folded=tuple(update.number for update in together[:-1]),
        )
        before = newest


def _kind_of_work(newest: Update, before: Update | None) -> NoticeKind:
    was = before.status if before else ""
    if newest.status == MaintenanceStatus.IN_PROGRESS and was in ("", MaintenanceStatus.SCHEDULED):
        return NoticeKind.MAINTENANCE_STARTED
    if newest.status == MaintenanceStatus.COMPLETED and was != MaintenanceStatus.COMPLETED:
        return NoticeKind.MAINTENANCE_ENDED
    if newest.status == MaintenanceStatus.SCHEDULED and before is None:
        return NoticeKind.MAINTENANCE_ANNOUNCED
    return NoticeKind.UPDATE


def _by_the_clock(work: Maintenance, now: datetime) -> Iterator[Notice]:
    """That the window is another one, has come or has gone. Its time in the key makes another window other news."""
    said = {update.status for update in work.updates}
    if MaintenanceStatus.CANCELLED in said:
        return
    if work.moved and work.status is MaintenanceStatus.SCHEDULED:
        moved = _of_work(work, NoticeKind.MAINTENANCE_ANNOUNCED, f"moved/{work.id}/{_stamp(work.start)}")
        yield replace(moved, at=work.moved[-1])
    written_late = "" if work.created < work.start else "it was written after that"
    if now >= work.start:
        quiet = written_late or _told(said, *_BEGUN)
        begun = _of_work(work, NoticeKind.MAINTENANCE_STARTED, f"started/{work.id}/{_stamp(work.start)}")
        yield replace(begun, at=work.start, quiet=quiet)
    if now >= work.end and work.status is MaintenanceStatus.COMPLETED:
        quiet = written_late or _told(said, MaintenanceStatus.COMPLETED)
        over = _of_work(work, NoticeKind.MAINTENANCE_ENDED, f"ended/{work.id}/{_stamp(work.end)}")
        yield replace(over, at=work.end, quiet=quiet)


_BEGUN = (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING, MaintenanceStatus.COMPLETED)


def _told(said: Iterable[str], *words: str) -> str:
    return "the operator's own update tells of it" if {*said} & {*words} else ""


def _of_work(work: Maintenance, kind: NoticeKind, key: str) -> Notice:
    return Notice(
        kind=kind,
        key=key,
        thread=f"maintenance/{work.id}",
        at=work.created,
        audience=Audience.PUBLIC,
        subject=work.id,
        components=work.components,
        impact=State.MAINTENANCE,
    )


def _together(updates: Sequence[Update]) -> list[list[Update]]:
    """Updates by the run that first saw them, oldest first."""
    ordered = sorted(updates, key=lambda update: (update.first_seen, update.at, update.number))
    return [list(group) for _, group in groupby(ordered, key=lambda update: update.first_seen)]


def _at(update: Update, created: datetime, over: datetime | None) -> datetime:
    """When a run saw it; of what was all over before it was written, its own date: that is history, not news."""
    return update.at if over is not None and over < created else update.first_seen


def _file(work: Maintenance) -> str:
    """The stem of its file, by which its updates are numbered: a window that recurs has its day after it."""
    return _DAY.sub("", work.id)


_DAY = re.compile(r"\.\d{4}-\d{2}-\d{2}$")


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
