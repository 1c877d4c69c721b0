"""What the history holds of a component, as series that drifts and shares are found in: whole UTC days before today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import log

from statuspage.foresight.drift import HOURS
from statuspage.foresight.shares import Checks
from statuspage.foresight.statistics import median
from statuspage.model import Latency, Round

ONE_DAY = timedelta(days=1)
REACH = 400  # days: as long as hours are kept
LEAST = 0.1  # there is no logarithm of 0 ms
RATE = "tokens_per_second"
JUDGED = ("up", "degraded", "down")

Days = Mapping[date, Sequence[float | None]]
"""Figures of the hours of UTC days, from midnight on; of an hour that is None or left out nothing is known."""


@dataclass(frozen=True, slots=True)
class Hourly:
    """Logarithms of a figure by the hour."""

    start: datetime  # a midnight in UTC
    values: Sequence[float | None]  # to the end of yesterday


def hourly(days: Days, now: datetime, sign: int = 1) -> Hourly | None:
    """What lies in the REACH days before today; None where nothing does. What is less than LEAST is taken for it."""
    today = now.astimezone(UTC).date()
    told = [day for day in days if today - REACH * ONE_DAY <= day < today and _any(days[day])]
    if not told:
        return None
    first, values = min(told), list[float | None]()
    for n in range((today - first).days):
        own = days.get(first + n * ONE_DAY, ())[:HOURS]
        values += [None if one is None else sign * log(one if one > LEAST else LEAST) for one in own]
        values += [None] * (HOURS - len(own))
    return Hourly(midnight(first), values)


def _any(hours: Sequence[float | None]) -> bool:
    return any(hour is not None for hour in hours)


def with_hours(days: Days, hours: Iterable[Latency]) -> Days:
    """The medians of `days`, and of the days of `hours` theirs."""
    late: dict[date, list[float | None]] = {}
    for hour in hours:
        at = hour.start.astimezone(UTC)
        late.setdefault(at.date(), [None] * HOURS)[at.hour] = hour.p50
    return {**days, **late}


def of_rates(rounds: Iterable[Round]) -> dict[str, Days]:
    """Median tokens a second by component; samples that kept none are not looked at."""
    found: dict[str, dict[datetime, list[float]]] = {}
    for round_ in rounds:
        for sample in round_.samples:
            rate = sample.measures.get(RATE, 0)
            if rate > 0:
                hour = sample.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
                found.setdefault(sample.component, {}).setdefault(hour, []).append(rate)
    return {name: _by_day(own) for name, own in sorted(found.items())}


def _by_day(hours: Mapping[datetime, Sequence[float]]) -> Days:
    days: dict[date, list[float | None]] = {}
    for at, rates in hours.items():
        days.setdefault(at.date(), [None] * HOURS)[at.hour] = median(rates)
    return days


def checks(
    counts: Mapping[date, Mapping[str, int]], now: datetime
) -> tuple[date, list[Checks | None]] | None:
    """The first day of the REACH days before today that has any, and each day from it on; None where none has."""
    today = now.astimezone(UTC).date()
    told = {day: _checks(own) for day, own in counts.items() if today - REACH * ONE_DAY <= day < today}
    known = {day: own for day, own in told.items() if own.all}
    if not known:
        return None
    first = min(known)
    return first, [known.get(first + n * ONE_DAY) for n in range((today - first).days)]


def _checks(counts: Mapping[str, int]) -> Checks:
    every = sum(counts.get(word, 0) for word in JUDGED)
    return Checks(min(counts.get("flaked", 0), every), every)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
