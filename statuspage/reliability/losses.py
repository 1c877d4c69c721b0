"""What was lost of a component's time, piece by piece, and to what. The pieces add up to the uptime's down time."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from statuspage.causes import CODES
from statuspage.intervals import Interval, merge, seconds, subtract
from statuspage.model import CauseClass, Incident, Outage, Span, State
from statuspage.reliability.records import Record
from statuspage.uptime import clip_spans

HOUR = timedelta(hours=1)
Key = TypeVar("Key")
Hour = tuple[int, int]  # of the week: Monday is 0, and 0 to 23


@dataclass(frozen=True, slots=True)
class Loss:
    """Time `[start, end)` of one component that counts as down by `weight` percent."""

    component: str
    start: datetime
    end: datetime
    weight: int
    cause_class: CauseClass
    incident: str  # the id of the one that it belongs to; "" for none
    dependency: bool  # whether something that it depends on was in trouble meanwhile

    @property
    def weighted(self) -> int:
        """In percent seconds."""
        return seconds(self.end - self.start) * self.weight


def losses(
    record: Record,
    window: Interval,
    weights: Mapping[State, int],
    incidents: Sequence[Incident],
    needed: Sequence[Interval],
    now: datetime,
) -> tuple[Loss, ...]:
    """Those inside `window`, oldest first; announced maintenance is no loss.

    `incidents`: those that name the component. An outage belongs as a whole to the one that overlaps it longest; its
    cause class holds where people named one, else that of the code that the probes found. `needed`: when something
    that the component depends on was in trouble, sorted and disjoint.
    """
    owners: dict[datetime, Incident | None] = {}
    found: list[Loss] = []
    for span in clip_spans(record.line, window):
        if not (weight := weights.get(span.state, 0)):
            continue
        outage = record.outage_at(span.start)
        if outage.start not in owners:
            owners[outage.start] = _owner(outage, incidents, now)
        owner = owners[outage.start]
        cause, id_ = _class(span, owner), owner.id if owner else ""
        for piece in subtract([Interval(span.start, span.end)], record.account.excluded):
            parts = _parted(piece, needed)
            found += [Loss(record.component, *part, weight, cause, id_, needs) for part, needs in parts]
    return tuple(found)


def shares(pieces: Iterable[Loss], key: Callable[[Loss], Key]) -> dict[Key, int]:
    """Percent seconds by what `key` gives, the greatest first, then by name."""
    found: dict[Key, int] = {}
    for piece in pieces:
        found[key(piece)] = found.get(key(piece), 0) + piece.weighted
    return dict(sorted(found.items(), key=lambda item: (-item[1], str(item[0]))))


def by_hour(pieces: Iterable[Loss], zone: str) -> dict[Hour, int]:
    """Percent seconds by hour of the week, in that zone; hours without any are left out."""
    found: dict[Hour, int] = {}
    for piece in pieces:
        for hour, length in _hours(piece.start, piece.end, ZoneInfo(zone)):
            found[hour] = found.get(hour, 0) + length * piece.weight
    return dict(sorted(found.items()))


def troubled(records: Iterable[Record], window: Interval) -> tuple[Interval, ...]:
    """When any of them was degraded or worse, maintenance or not, sorted and disjoint."""
    return tuple(
        merge(
            Interval(span.start, span.end)
            for record in records
            for span in clip_spans(record.line, window)
            if span.state.severity > State.MAINTENANCE.severity
        )
    )


def _owner(outage: Outage, incidents: Sequence[Incident], now: datetime) -> Incident | None:
    """The incident that overlaps it longest, of equals the one that began first."""

    def common(incident: Incident) -> timedelta:
        return min(outage.end or now, incident.resolved or now) - max(outage.start, incident.started)

    touching = [incident for incident in incidents if common(incident) > timedelta()]
    return min(touching, key=lambda one: (-common(one), one.started, one.id), default=None)


def _class(span: Span, owner: Incident | None) -> CauseClass:
    if owner and owner.cause_class is not CauseClass.UNKNOWN:
        return owner.cause_class
    known = CODES.get(span.code)
    return known.cause_class if known else CauseClass.UNKNOWN


def _parted(piece: Interval, some: Sequence[Interval]) -> Iterator[tuple[Interval, bool]]:
    """The piece cut where `some`, sorted and disjoint, begin and end; and whether each part lies in them."""
    near = some[
        bisect_right(some, piece.start, key=lambda one: one.end) : bisect_left(
            some, piece.end, key=lambda one: one.start
        )
    ]
    inner = {edge for one in near for edge in one if piece.start < edge < piece.end}
    for start, end in pairwise(sorted({piece.start, piece.end, *inner})):
        yield Interval(start, end), any(one.start <= start < one.end for one in near)


def _hours(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[Hour, int]]:
    """Seconds by hour of the week; a change of the zone's offset falls on an hour or a half one."""
    while start < end:
        local = start.astimezone(zone)
        rest = HOUR - timedelta(minutes=local.minute, seconds=local.second)
        if (start + rest).astimezone(zone).utcoffset() != local.utcoffset():
            rest = min(rest, HOUR / 2 - timedelta(minutes=local.minute % 30, seconds=local.second))
        until = min(end, start + rest)
        yield (local.weekday(), local.hour), seconds(until - start)
        start = until
