"""Civil days of the page's zone: when they were, and what was how long on each of them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from statuspage.intervals import Interval, local_day
from statuspage.model import BarDay, Correction, Incident, Outage, Page, Span, State

YEAR_DAYS = 365  # of the calendar; the bar is its end
SECOND = timedelta(seconds=1)

T = TypeVar("T")
CivilDay = tuple[date, Interval, int]  # of the page's zone, when it was, and its seconds
Change = tuple[Correction, datetime, datetime]  # what a correction changed, from when until when


def civil_days(page: Page, now: datetime) -> tuple[CivilDay, ...]:
    """The last civil days of the page's zone, oldest first; today is as long as it is old."""
    zone = ZoneInfo(page.timezone)
    today = now.astimezone(zone).date()
    found = []
    for n in range(YEAR_DAYS - 1, -1, -1):
        day = today - timedelta(days=n)
        whole = local_day(day, zone)
        window = Interval(whole.start, max(whole.start, min(whole.end, now)))
        found.append((day, window, window.seconds))
    return tuple(found)


def bar_days(
    days: Sequence[CivilDay],
    pieces: Sequence[Span],
    seen: Sequence[Outage],
    incidents: Iterable[Incident],
    changes: Sequence[Change],
    component: str,
    now: datetime,
) -> tuple[BarDay, ...]:
    """What was how long on each of the days."""
    named = [i for i in incidents if component in i.worst]
    ends = [window.end for _, window, _ in days]
    of_outages = _touching(days, ends, [(o, o.start, o.end or now) for o in seen])
    of_incidents = _touching(days, ends, [(i, i.started, i.resolved or now) for i in named])
    of_corrections = _touching(days, ends, changes)
    touched = {*of_outages, *of_incidents, *of_corrections}
    return tuple(
        BarDay(
            day=day,
            seconds=length,
            by_state=by_state,
            worst=_worst_of_day(by_state),
            outages=tuple(of_outages.get(n, ())),
            incidents=tuple(i.id for i in of_incidents.get(n, ())),
            corrections=tuple(dict.fromkeys(of_corrections.get(n, ()))),
        )
        if n in touched or len(by_state) != 1
        else _even_day(day, length, *by_state)
        for n, ((day, _, length), by_state) in enumerate(zip(days, _states(days, pieces), strict=True))
    )


@lru_cache(4096)
def _even_day(day: date, length: int, state: State) -> BarDay:
    """One of a single state of which nothing is told: the same for all components."""
    return BarDay(
        day=day, seconds=length, by_state=_shared((state, length)), worst=state, outages=(), incidents=()
    )


def _worst_of_day(by_state: Mapping[State, int]) -> State:
    if len(by_state) == 1:
        return next(iter(by_state))
    told = [state for state in by_state if state not in (State.OPERATIONAL, State.UNKNOWN)]
    quiet = State.OPERATIONAL if State.OPERATIONAL in by_state else State.UNKNOWN
    return worst(told) if told else quiet


def _states(days: Sequence[CivilDay], pieces: Sequence[Span]) -> Iterator[Mapping[State, int]]:
    """Seconds of each day by state, mildest first, from sorted, disjoint pieces; UNKNOWN is the rest."""
    at = 0
    for _, (start, end), length in days:
        while at < len(pieces) and pieces[at].end <= start:
            at += 1
        piece = pieces[at] if at < len(pieces) and pieces[at].start < end else None
        if piece is None or (piece.start <= start and piece.end >= end):  # most days are like this
            yield _shared((piece.state if piece else State.UNKNOWN, length)) if length else {}
            continue
        by_state: dict[State, int] = {}
        for piece in (pieces[n] for n in range(at, len(pieces))):
            if piece.start >= end:
                break
            part = min(piece.end, end) - max(piece.start, start)
            by_state[piece.state] = by_state.get(piece.state, 0) + part // SECOND
        if unmeasured := length - sum(by_state.values()):
            by_state[State.UNKNOWN] = unmeasured
        yield _shared(*sorted(by_state.items(), key=lambda item: item[0].severity))


@lru_cache(4096)
def _shared(*by_state: tuple[State, int]) -> Mapping[State, int]:
    """Thousands of days are the same."""
    return dict(by_state)


def _touching(
    days: Sequence[CivilDay], ends: Sequence[datetime], some: Iterable[tuple[T, datetime, datetime]]
) -> dict[int, list[T]]:
    """Those that touch a day, by the day's index, in the order given; `ends`: those of the days."""
    found: dict[int, list[T]] = {}
    for one, start, end in some:
        for n in range(bisect_right(ends, start), len(days)):
            window = days[n][1]
            if window.start >= end:
                break
            if start < window.end:
                found.setdefault(n, []).append(one)
    return found


def worst(states: Iterable[State]) -> State:
    """The worst state; unknown when there is none to judge by."""
    return max(states, key=lambda state: state.severity, default=State.UNKNOWN)
