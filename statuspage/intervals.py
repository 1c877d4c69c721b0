"""Half-open intervals of UTC time, `[start, end)`, in whole seconds."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Interval(NamedTuple):
    """`[start, end)`, both aware UTC; `end` is never before `start`."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        return seconds(self.end - self.start)


def seconds(span: timedelta) -> int:
    """Whole seconds of a span, fractions dropped."""
    return span // timedelta(seconds=1)


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted, disjoint intervals that cover the same time; touching ones are joined, empty ones dropped."""
    merged: list[Interval] = []
    for interval in sorted(i for i in intervals if i.end > i.start):
        if merged and interval.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, interval.end))
        else:
            merged.append(interval)
    return merged


def clip(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """The parts inside `window`, in the order given; empty ones dropped."""
    cut = (Interval(max(i.start, window.start), min(i.end, window.end)) for i in intervals)
    return [i for i in cut if i.end > i.start]


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """What is left of `intervals`, merged, once `holes` are cut out."""
    left: list[Interval] = []
    cuts = merge(holes)
    for interval in merge(intervals):
        start = interval.start
        for hole in cuts:
            if hole.end <= start or hole.start >= interval.end:
                continue
            if hole.start > start:
                left.append(Interval(start, hole.start))
            start = hole.end
        if start < interval.end:
            left.append(Interval(start, interval.end))
    return left


def total(intervals: Sequence[Interval]) -> int:
    """Seconds covered; time that several intervals share counts once."""
    return sum(interval.seconds for interval in merge(intervals))


def local_day(day: date, zone: ZoneInfo) -> Interval:
    """The civil day of `zone` in UTC: 23, 24 or 25 hours, or none where the date was skipped."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return Interval(start, max(start, end))
