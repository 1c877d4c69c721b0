"""Months and quarters of the page's zone, as spans of UTC time."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from statuspage.intervals import Interval, local_day

ONE_DAY = timedelta(days=1)


class Kind(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"

    @property
    def months(self) -> int:
        return 3 if self is Kind.QUARTER else 1


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a quarter, as far as it is over."""

    kind: Kind
    first: date  # its first civil day
    zone: str  # IANA
    window: Interval  # ends at `now` while it runs
    running: bool

    @property
    def key(self) -> str:
        """`2026-11`, `2026-Q4`: how it is asked for, and the name of its page."""
        if self.kind is Kind.MONTH:
            return f"{self.first:%Y-%m}"
        return f"{self.first:%Y}-Q{(self.first.month + 2) // 3}"


def period(kind: Kind, first: date, zone: str, now: datetime) -> Period:
    """The month or quarter that begins on `first`; empty where that is ahead."""
    start = local_day(first, ZoneInfo(zone)).start
    end = local_day(_later(first, kind.months), ZoneInfo(zone)).start
    running = now < end
    return Period(kind, first, zone, Interval(start, max(start, min(end, now))), running)


def current(kind: Kind, zone: str, now: datetime) -> Period:
    """The month or quarter that runs at `now`."""
    return period(kind, first_day(kind, now.astimezone(ZoneInfo(zone)).date()), zone, now)


def first_day(kind: Kind, day: date) -> date:
    """Of the month or the quarter that the day is in."""
    return day.replace(month=day.month - (day.month - 1) % kind.months, day=1)


def previous(one: Period) -> Period:
    """The whole month or quarter before it."""
    return period(one.kind, _later(one.first, -one.kind.months), one.zone, one.window.start)


def same_part(one: Period) -> Period:
    """What it is compared with: the period before it; while it runs, as much of that from its start on."""
    before = previous(one)
    if not one.running:
        return before
    end = min(before.window.end, before.window.start + (one.window.end - one.window.start))
    return replace(before, window=Interval(before.window.start, end))


def parse(kind: Kind, text: str) -> date:
    """The first day of a month like `2026-11` or a quarter like `2026-Q4`. Raises ValueError."""
    quarterly = kind is Kind.QUARTER
    found = re.fullmatch(r"([0-9]{4})-Q([1-4])" if quarterly else r"([0-9]{4})-(0[1-9]|1[0-2])", text)
    if not found:
        raise ValueError(f"write a {kind} like {'2026-Q4' if quarterly else '2026-11'}")
    year, number = int(found[1]), int(found[2])
    if not 1970 < year < 9999:
        raise ValueError("write a year that a page can have seen")
    return date(year, (number - 1) * kind.months + 1, 1)


def _later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
