"""Robust figures of few numbers: plain Python, so that a page needs no library for them."""

from collections.abc import Sequence
from itertools import combinations
from math import sqrt

NORMAL = 1.4826
"""The median absolute deviation times this is the standard deviation of normal noise: 1 / Φ⁻¹(3/4)."""


def median(values: Sequence[float]) -> float:
    """The middle of values that are not empty; of an even number the mean of the two in the middle."""
    ordered = sorted(values)
    middle, odd = divmod(len(ordered), 2)
    return ordered[middle] if odd else (ordered[middle - 1] + ordered[middle]) / 2


def spread(values: Sequence[float]) -> float:
    """The standard deviation of values around their median, as the median absolute deviation tells it."""
    middle = median(values)
    return NORMAL * median([abs(value - middle) for value in values])


def mann_kendall(seasons: Sequence[Sequence[float | None]]) -> float:
    """How many standard deviations the values rise within their seasons, by the order of pairs alone; 0 for a tie.

    Source: Mann (1945), Kendall (1975), with their corrections for ties and for continuity; of several seasons the
    sums of scores and variances: Hirsch, Slack, Smith (1982). One season is the plain test.
    """
    told = [[value for value in season if value is not None] for season in seasons]
    score = sum(_score(values) for values in told)
    variance = sum(_variance(values) for values in told)
    return (score - (score > 0) + (score < 0)) / sqrt(variance) if variance else 0.0


def _score(values: Sequence[float]) -> int:
    """Pairs that rise less those that fall."""
    return sum((later > earlier) - (later < earlier) for earlier, later in combinations(values, 2))


def _variance(values: Sequence[float]) -> float:
    """Of the score, were there no trend. 18 times it is whole, so that equal inputs give equal octets."""
    ties = (values.count(value) for value in set(values))
    n = len(values)
    return (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18


def two_shares(few: int, of: int, earlier: int, of_earlier: int) -> float:
    """How many standard deviations `few / of` lies above `earlier / of_earlier`, were they shares of one population.

    Both are counted in not empty samples. Source: the pooled two-proportion z-test, NIST/SEMATECH e-Handbook 7.3.3.
    """
    pooled = (few + earlier) / (of + of_earlier)
    variance = pooled * (1 - pooled) * (1 / of + 1 / of_earlier)
    return (few / of - earlier / of_earlier) / sqrt(variance) if variance else 0.0
