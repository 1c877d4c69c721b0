"""What became of warnings: a back-test over the outages that came after them."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from statuspage.intervals import Interval, subtract
from statuspage.model import ComponentStatus, Early, Track

HORIZON = timedelta(days=14)
"""A warning came true when what it warns of began so long after it at most."""
ONE_DAY = timedelta(days=1)


class Outcome(StrEnum):
    TRUE = "came true"
    FALSE = "did not come true"
    OPEN = "not known yet"  # its time is not over
    LATE = "too late"  # the trouble was there already: it counts as neither


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A warning that has begun at some time."""

    kind: Early
    component: str
    since: datetime  # when it could first be known
    ended: datetime | None  # None: it stands, or that is not told of its kind
    outcome: Outcome
    trouble: datetime | None  # when what it warned of began, where it came true


Trouble = Sequence[Interval]
"""Outages, oldest first; one that goes on ends at the present."""


def trouble(component: ComponentStatus, now: datetime) -> Trouble:
    """Its outages, degraded stretches too, but for those that lie within announced maintenance."""
    spans = [Interval(outage.start, outage.end or now) for outage in reversed(component.outages)]
    return [span for span in spans if subtract([span], component.account.excluded)]


def judge(since: datetime, found: Trouble, now: datetime) -> tuple[Outcome, datetime | None]:
    """What became of a warning of that moment, and when its trouble began."""
    n = bisect_right(found, since, key=lambda span: span.start)
    if n and found[n - 1].end > since:
        return Outcome.LATE, None
    if n < len(found) and found[n].start <= since + HORIZON:
        return Outcome.TRUE, found[n].start
    return settled(since, None, now, HORIZON), None


def settled(since: datetime, came: datetime | None, now: datetime, horizon: timedelta) -> Outcome:
    """The outcome, once it is known what `came` within the horizon."""
    if came:
        return Outcome.TRUE
    return Outcome.OPEN if now < since + horizon else Outcome.FALSE


def chance(found: Trouble, first: datetime, now: datetime) -> float | None:
    """The share of midnights from `first` on that would have come true as warnings; None where none can be judged."""
    outcomes = [judge(first + n * ONE_DAY, found, now)[0] for n in range((now - first) // ONE_DAY + 1)]
    true, false = outcomes.count(Outcome.TRUE), outcomes.count(Outcome.FALSE)
    return true / (true + false) if true + false else None


def tracks(past: Iterable[Past], chances: Mapping[tuple[Early, str], float | None]) -> dict[Early, Track]:
    """By kind, of all components together. `chances`: by kind and component, of those kinds that have one."""
    judged: dict[Early, list[Past]] = {}
    for one in past:
        if one.outcome in (Outcome.TRUE, Outcome.FALSE):
            judged.setdefault(one.kind, []).append(one)
    return {kind: _track(judged[kind], chances) for kind in Early if kind in judged}


def _track(judged: Sequence[Past], chances: Mapping[tuple[Early, str], float | None]) -> Track:
    true = sum(one.outcome is Outcome.TRUE for one in judged)
    known = [share for one in judged if (share := chances.get((one.kind, one.component))) is not None]
    return Track(true, len(judged), round(sum(known), 2) if len(known) == len(judged) else None)
