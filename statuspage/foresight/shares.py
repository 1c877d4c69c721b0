"""A rising share of checks that succeed only when they are repeated: since when, and how large it is.

The last week is compared with the four before it. A rise begins on a day when all of this holds: the week has MANY
checks and SOME repeated ones; their share is TWICE what it was, and by LEAST more; the difference is FAR standard
deviations of chance; and it is no single bad hour: on OFTEN days of the week the share was higher than before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from statuspage.foresight.drift import NEEDED, SPAN, WEEK, known
from statuspage.foresight.statistics import two_shares

MANY, SOME = 100, 10
LEAST = 0.02
TWICE = 2
FAR = 3.29  # 1 in 2000 by chance
OFTEN = 4


@dataclass(frozen=True, slots=True)
class Checks:
    """Those of a UTC day that were judged."""

    flaked: int  # an attempt failed, the majority did not
    all: int


@dataclass(frozen=True, slots=True)
class Rise:
    """Days are counted from the first one; it can be known once the day `began` is over."""

    began: int
    ended: int | None  # None: it goes on
    now: float  # the share of the week up to its newest day, 0 to 1
    usual: float  # of the four weeks before that


def rises(days: Sequence[Checks | None]) -> list[Rise]:
    """All of them, oldest first; None: nothing was judged on that day.

    What is found on a day depends on that and earlier days alone. A rise ends when half of what makes one is gone, and
    where too little was measured to tell.
    """
    sums, told = _Sums(days), known(days)
    found: list[Rise] = []
    open_ = False
    for day in range(len(days)):
        week, before = sums.of(day + 1 - WEEK, day + 1), sums.of(day + 1 - SPAN, day + 1 - WEEK)
        enough = told[day] >= NEEDED and week.all > 0 and before.all > 0
        now, usual = (one.flaked / one.all if one.all else 0.0 for one in (week, before))
        stays = enough and now - usual >= LEAST / 2 and now >= usual * (1 + TWICE) / 2
        if enough and (stays if open_ else _begins(week, before, days[day + 1 - WEEK : day + 1])):
            began = found.pop().began if open_ else day
            found.append(Rise(began, None, now, usual))
            open_ = True
        elif open_:
            found[-1] = replace(found[-1], ended=day)
            open_ = False
    return found


def _begins(week: Checks, before: Checks, days: Sequence[Checks | None]) -> bool:
    if week.all < MANY or week.flaked < SOME:
        return False
    now, usual = week.flaked / week.all, before.flaked / before.all
    if now < TWICE * usual or now - usual < LEAST:
        return False
    often = sum(day.flaked > usual * day.all for day in days if day)
    return often >= OFTEN and two_shares(week.flaked, week.all, before.flaked, before.all) >= FAR


class _Sums:
    """Checks of any run of days at once."""

    def __init__(self, days: Sequence[Checks | None]) -> None:
        self.flaked = [0, *accumulate(day.flaked if day else 0 for day in days)]
        self.all = [0, *accumulate(day.all if day else 0 for day in days)]

    def of(self, first: int, end: int) -> Checks:
        first, end = max(first, 0), max(end, 0)
        return Checks(self.flaked[end] - self.flaked[first], self.all[end] - self.all[first])
