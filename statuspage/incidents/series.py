"""When a maintenance takes place: the window that was in force when it began, each of a recurring one by itself.

The ledger keeps what was announced when. A rule that is edited speaks of the windows that begin after the edit, so that
no edit rewrites what was; a window counts as announced as far as it was known before it began.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count, pairwise, takewhile
from typing import Protocol

from statuspage.errors import StatuspageError
from statuspage.incidents.recurrence import Occurrence, Schedule, first_day, occurrences
from statuspage.incidents.times import window
from statuspage.incidents.written import Written
from statuspage.intervals import Interval
from statuspage.model import Fact, Maintenance, MaintenanceStatus, State, Update

PAST = timedelta(days=400)  # as long as outages are listed
AHEAD = timedelta(days=90)
WINDOW = "window"
"""The ledger's kind of a schedule's fact; its key is `MAINTENANCE/NUMBER`, from 1."""

_SLACK = timedelta(days=40)  # before PAST: so that an update from then finds its own window, not the next one
_SCHEDULED = MaintenanceStatus.SCHEDULED
_GOING_ON = (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)


class Ledger(Protocol):
    """What is asked of the ledger: the last fact of a kind and key."""

    def get(self, kind: str, key: str) -> Fact | None: ...


@dataclass(frozen=True, slots=True)
class Announced:
    """A schedule and when a run first saw it. It is in force until the next one."""

    at: datetime
    schedule: Schedule


def announced(
    written: Written, ledger: Ledger, created: datetime, now: datetime
) -> tuple[tuple[Announced, ...], list[Fact]]:
    """The schedules that a maintenance had, the present one last, and the fact that the ledger does not hold yet."""
    numbered = (ledger.get(WINDOW, f"{written.id}/{number}") for number in count(1))
    known = [fact for fact in takewhile(lambda fact: fact is not None, numbered) if fact]
    seen = [Announced(fact.at, _schedule(fact)) for fact in known]
    assert written.schedule
    if seen and seen[-1].schedule == written.schedule:
        return tuple(seen), []
    at = now if seen else created  # a file of an older version has none yet
    value = {"window": written.schedule.window, "rrule": written.schedule.rule}
    fact = Fact(kind=WINDOW, key=f"{written.id}/{len(seen) + 1}", at=at, value=value)
    return (*seen, Announced(at, written.schedule)), [fact]


def foretold(span: Interval, seen: Sequence[Announced]) -> Interval | None:
    """The part of a window that was known before it began; None: none of it was."""
    parts = [
        part
        for one, until in _in_force(seen)
        for told in _once(one.schedule)
        if one.at < told.start and (until is None or told.start < until)
        if (part := _shared(told, span))
    ]
    return max(parts, key=lambda part: part.seconds, default=None)


def spread(written: Written, whole: Maintenance, ledger: Ledger, now: datetime) -> list[Maintenance]:
    """The windows of a maintenance that is settled as a whole: from its first sight, 400 days at most, to the next one.

    Those after that, up to 90 days ahead, are the `later` ones of the newest. A one-off is itself.
    """
    seen, _ = announced(written, ledger, whole.created, now)
    if not any(one.schedule.rule for one in seen):
        return [whole]
    found = _windows(whole.id, seen, now)
    if not found:
        return [whole]
    own = _owned(whole.updates, found, now)
    found = [one for one in found if one.window.end > now - PAST]
    begun = [one.window.start for one in found if one.window.start <= now]
    told = [_told(written, whole, one, own[one.id], begun, now) for one in found]
    ahead = [not own[one.id] and one.before is not None and one.before > now for one in found]
    shown = [work for work, later in zip(told, ahead, strict=True) if not later]
    later = tuple(work for work, later in zip(told, ahead, strict=True) if later)
    return [*shown[:-1], replace(shown[-1], later=later)] if shown else [whole]


# --- windows -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Window:
    id: str
    day: date
    window: Interval
    announced: Interval | None
    before: datetime | None  # the end of the one before; None: it is the first


def _windows(stem: str, seen: Sequence[Announced], now: datetime) -> list[_Window]:
    """By their start. Of two schedules the one in force when the window began has it."""
    found: dict[date, _Window] = {}
    own = _own_day(seen)
    for one, until in _in_force(seen):
        begin, end = max(one.at, now - PAST - _SLACK), now + AHEAD if until is None else until
        for day, span, before in _occurrences(one.schedule, Interval(begin, end)):
            past = found.get(day)
            told = span if one.at < span.start else _shared(past.announced, span) if past else None
            id_ = stem if day == own else f"{stem}.{day}"
            found[day] = _Window(id_, day, span, told, past.before if past else before)
    return sorted(found.values(), key=lambda one: (one.window, one.id))


def _own_day(seen: Sequence[Announced]) -> date:
    """The day of the window that has the file's own id: the first one that was written and came to pass, for ever."""
    for one, then in pairwise(seen):
        if any(told.start < then.at for told in _once(one.schedule)):
            return first_day(one.schedule)
    return first_day(seen[-1].schedule)


def _in_force(seen: Sequence[Announced]) -> Iterator[tuple[Announced, datetime | None]]:
    """Each schedule and when the next one took its place."""
    for one, then in pairwise(seen):
        yield one, then.at
    yield seen[-1], None


def _once(schedule: Schedule) -> list[Interval]:
    """The window as it is written; none when this version cannot read it."""
    try:
        return [window(schedule.window)]
    except StatuspageError:
        return []


def _occurrences(schedule: Schedule, between: Interval) -> list[Occurrence]:
    try:
        return list(occurrences(schedule, between)) if between.end > between.start else []
    except StatuspageError:  # it was fit when it was seen: another version, another list of time zones
        return []


def _shared(one: Interval | None, other: Interval) -> Interval | None:
    if one is None:
        return None
    start, end = max(one.start, other.start), min(one.end, other.end)
    return Interval(start, end) if end > start else None


def _schedule(fact: Fact) -> Schedule:
    return Schedule(str(fact.value.get("window", "")), str(fact.value.get("rrule", "")))


# --- what is said of each ------------------------------------------------------------------------


def _owned(updates: Sequence[Update], found: Sequence[_Window], now: datetime) -> Mapping[str, list[Update]]:
    """The updates of each window by its id, newest first; what announces without a date speaks of all of them."""
    own: dict[str, list[Update]] = {one.id: [] for one in found}
    by_day = {one.day: one for one in found}
    for update in updates:
        if update.day in by_day:
            own[by_day[update.day].id].append(update)
        elif update.day is None and update.status != _SCHEDULED and update.at > now - PAST - _SLACK:
            own[_nearest(update, found).id].append(update)
    return own


def _nearest(update: Update, found: Sequence[_Window]) -> _Window:
    """The window around the update's time, else the nearest; what is called off is not over yet, if anything is not."""
    ahead = [one for one in found if one.window.end > update.at]
    some = ahead if ahead and update.status == MaintenanceStatus.CANCELLED else found

    def distance(one: _Window) -> timedelta:
        return max(one.window.start - update.at, update.at - one.window.end, timedelta())

    return min(some, key=lambda one: (distance(one), one.window.start))


def _told(
    written: Written,
    whole: Maintenance,
    one: _Window,
    own: Sequence[Update],
    begun: Sequence[datetime],
    now: datetime,
) -> Maintenance:
    created = _created(whole, one, own, now)
    said = MaintenanceStatus(own[0].status) if own else _SCHEDULED
    worst = dict(written.facts.components)
    for id_, state in (item for update in own for item in update.components.items()):
        worst[id_] = max(worst.get(id_, State.MAINTENANCE), state, key=lambda s: s.severity)
    if said in _GOING_ON and any(other >= one.window.end for other in begun):
        said = MaintenanceStatus.COMPLETED  # nobody said so, but the next one has begun
    return replace(
        whole,
        id=one.id,
        status=at_now(said, one.window, now),
        start=one.window.start,
        end=one.window.end,
        announced=one.announced,
        created=created,
        components=tuple(worst),
        worst=worst,
        updates=_updates(whole, one, own, created),
        moved=tuple(at for at in whole.moved if at < one.window.end),
    )


def _created(whole: Maintenance, one: _Window, own: Sequence[Update], now: datetime) -> datetime:
    """A window comes up when the one before it is over, or when something is said of it."""
    if one.before is None or (not own and one.before > now):
        return whole.created
    return max(whole.created, min([one.before, one.window.start, *(u.first_seen for u in own)]))


def _updates(
    whole: Maintenance, one: _Window, own: Sequence[Update], created: datetime
) -> tuple[Update, ...]:
    """Its own and what announces it: the last word before it came up, and all that came until it was over."""
    general = [u for u in whole.updates if u.status == _SCHEDULED and u.day is None]
    past = [u for u in general if u.first_seen <= created][:1] or general[-1:]
    kept = {u.number for u in (*own, *past)}
    kept |= {u.number for u in general if created < u.first_seen < one.window.end}
    return tuple(replace(u, first_seen=max(u.first_seen, created)) for u in whole.updates if u.number in kept)


def at_now(said: MaintenanceStatus, span: Interval, now: datetime) -> MaintenanceStatus:
    """What the newest update says; what is only scheduled begins and ends with its window."""
    if said is not _SCHEDULED or now < span.start:
        return said
    return MaintenanceStatus.IN_PROGRESS if now < span.end else MaintenanceStatus.COMPLETED
