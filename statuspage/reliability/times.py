"""How long it took to detect, to tell, to repair, and how long it worked between two failures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

from statuspage.analytics import course, overlapping
from statuspage.intervals import Interval, seconds
from statuspage.model import Impact, Incident, Outage
from statuspage.reliability.records import Record
from statuspage.uptime import by_state, rank

MIDDLE = Fraction(1, 2)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the worst of some lengths of time."""

    count: int
    median: timedelta  # one of them: of two in the middle the shorter one
    worst: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Of the incidents that began in a period and had an impact. None: there is nothing to tell it from."""

    incidents: int
    detect: Spread | None
    tell: Spread | None
    repair: Spread | None
    between: Spread | None  # worst is the shortest
    unseen: int  # incidents of which the checks saw nothing
    untold: int  # that were told of only when they were over
    open: int  # that are not repaired yet


def times(
    incidents: Sequence[Incident],
    seen: Mapping[str, Sequence[Outage]],
    gaps: Sequence[timedelta],
) -> Times:
    """`seen`: outages by component, as the checks saw them; `gaps`: the times between two failures."""
    counted = [incident for incident in incidents if incident.impact is not Impact.NONE]
    went = [course(incident, overlapping(incident, seen)) for incident in counted]
    return Times(
        incidents=len(counted),
        detect=spread(one.to_detect for one in went),
        tell=spread(one.to_tell for one in went),
        repair=spread(one.to_repair for one in went),
        between=spread(gaps, shortest=True),
        unseen=sum(one.detected is None for one in went),
        untold=sum(one.told is None for one in went),
        open=sum(one.repaired is None for one in went),
    )


def spread(lengths: Iterable[timedelta | None], *, shortest: bool = False) -> Spread | None:
    """Of those that are known, in whole seconds; None when none is. `shortest`: that is the worst."""
    known = [seconds(length) for length in lengths if length is not None]
    if not known:
        return None
    worst = min(known) if shortest else max(known)
    return Spread(len(known), rank(known, MIDDLE) * SECOND, worst * SECOND)


def between(record: Record, window: Interval) -> list[timedelta]:
    """Measured time without failure before each failure that began in `window`, since the one before it.

    Time that was not measured is not taken for good.
    """
    found = []
    for before, after in pairwise(record.failures):
        if before.end and window.start <= after.start < window.end:
            worked = by_state(record.account.measured, Interval(before.end, after.start))
            found.append(sum(worked.values()) * SECOND)
    return found
