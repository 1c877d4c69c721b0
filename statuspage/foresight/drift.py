"""A figure that drifts away from the same hours of earlier weeks: since when, and how far.

An hour is compared with the same hour 1, 2, 3 and 4 weeks before, so that the day's and the week's own rhythm is in
both. What a day is off is the median over its hours. A drift begins on a day when all of this holds:

- it is worth a word: the median of the last LATELY days lies LEAST above the usual, and the day itself
  does too, by `least` of the figure;
- it is no noise: it lies FAR standard deviations of the weeks before above, as their median absolute deviation tells;
- it is no bad week: the days of five weeks rise, each weekday within itself (seasonal Mann-Kendall test).

docs/warnings.md says how often that is wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import exp, log
from typing import cast

from statuspage.foresight.statistics import mann_kendall, median, spread

Series = Sequence[float | None]
"""One figure each hour or day, by the clock in UTC and without a gap; None: not measured."""

HOURS, WEEK, WEEKS = 24, 7, 4
SPAN = WEEK * (WEEKS + 1)  # days that a statement looks at
NEEDED = 30  # of them that must be measured
HOURS_NEEDED = 6  # of a day
WEEKS_NEEDED = 2  # of the four before
LEAST = log(1.15)
LATELY = 7  # days that tell how far it is off; those before them tell how large the noise is
FAR = 2.5
QUIET = 0.02  # noise is never taken for less: two in a hundred
FEW = 10  # days that tell it, at least
CALM = 3  # days in a row with less than half of LEAST end a drift
RISING = 2.33  # of the Mann-Kendall test: 1 in 100 where there is no trend


@dataclass(frozen=True, slots=True)
class Drift:
    """Days are counted from the first midnight; it can be known once the day `began` is over."""

    began: int
    ended: int | None  # None: it goes on
    now: float  # the figure on its newest day, a median over the hours
    usual: float  # what it would be by the weeks before


def drifts(hours: Series, least: float = 0, sign: int = 1) -> list[Drift]:
    """All of them, oldest first. `hours`: logarithms, taken `sign` times: -1 for what is bad when it is low.

    They begin at a midnight and only whole days count. What is found on a day depends on that and earlier days alone.
    A drift ends after CALM days with less than half of LEAST, and where too little was measured to tell.
    """
    days = [_level(hours, day) for day in range(len(hours) // HOURS)]
    excess = [_excess(hours, day) for day in range(len(days))]
    told = known(days)
    found: list[Drift] = []
    open_, calm = False, 0
    for day, (level, far) in enumerate(zip(days, excess, strict=True)):
        enough = told[day] >= NEEDED
        if not enough or level is None or far is None:
            pass  # nothing new is known
        elif open_ or _begins(days, excess, day, least, sign):
            calm = calm + 1 if open_ and far < LEAST / 2 else 0
            began = found.pop().began if open_ else day
            found.append(Drift(began, None, exp(sign * level), exp(sign * (level - far))))
            open_ = True
        if open_ and (calm == CALM or not enough):
            found[-1] = replace(found[-1], ended=day)
            open_ = False
    return found


def levels(hours: Series) -> list[float | None]:
    """The median of each whole day; None where too few of its hours are measured."""
    return [_level(hours, day) for day in range(len(hours) // HOURS)]


def known(days: Sequence[object]) -> list[int]:
    """Of each day: how many of those that a statement about it looks at are known."""
    sums = [0, *accumulate(day is not None for day in days)]
    return [sums[end] - sums[max(0, end - SPAN)] for end in range(1, len(sums))]


def _begins(days: Series, excess: Series, day: int, least: float, sign: int) -> bool:
    """The cheap question first: it is the end of nearly all days."""
    lately = [far for far in excess[max(0, day + 1 - LATELY) : day + 1] if far is not None]
    level, far = days[day], median(lately)
    if level is None or min(far, lately[-1]) < LEAST:
        return False
    if abs(exp(sign * level) - exp(sign * (level - lately[-1]))) < least:
        return False
    noise = _noise(excess[max(0, day + 1 - SPAN) : max(0, day + 1 - LATELY)])
    if noise is None or far < FAR * noise:
        return False
    window = days[max(0, day + 1 - SPAN) : day + 1]
    return mann_kendall([window[weekday::WEEK] for weekday in range(WEEK)]) >= RISING


def _noise(before: Series) -> float | None:
    """The standard deviation of days; None when too few are known to tell."""
    told = [far for far in before if far is not None]
    return max(QUIET, spread(told)) if len(told) >= FEW else None


def _level(hours: Series, day: int) -> float | None:
    told = [hour for hour in hours[day * HOURS : (day + 1) * HOURS] if hour is not None]
    return median(told) if len(told) >= HOURS_NEEDED else None


def _excess(hours: Series, day: int) -> float | None:
    """How far the day's hours lie above the same ones of the weeks before; None when too few can be compared."""
    first = day * HOURS
    parts = [hours[first - ago : first - ago + HOURS] for ago in _AGO if first >= ago]
    whole = len(parts) == 1 + WEEKS and not any(None in part for part in parts)
    told = list(_whole(*cast("list[Sequence[float]]", parts)) if whole else _gappy(*parts))
    return median(told) if len(told) >= HOURS_NEEDED else None


_AGO = tuple(week * WEEK * HOURS for week in range(WEEKS + 1))


def _gappy(own: Series, *weeks: Series) -> Iterator[float]:
    for hour, *before in zip(own, *weeks, strict=True):
        told = [value for value in before if value is not None]
        if hour is not None and len(told) >= WEEKS_NEEDED:
            yield hour - median(told)


def _whole(own: Sequence[float], *weeks: Sequence[float]) -> Iterator[float]:
    """The same where no hour is missing, which is most of the time."""
    for hour, before in zip(own, map(sorted, zip(*weeks, strict=True)), strict=True):
        yield hour - (before[1] + before[2]) / 2  # of four
