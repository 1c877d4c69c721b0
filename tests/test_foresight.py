"""Warnings found in series: the statistics against plain ones, planted drifts found, noise left alone."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from math import log, pi, sin, sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from statuspage.foresight.drift import NEEDED, Drift, drifts, known, levels
from statuspage.foresight.judging import HORIZON, Outcome, chance, judge, tracks
from statuspage.foresight.judging import Past as PastOne
from statuspage.foresight.series import checks, hourly, of_rates, with_hours
from statuspage.foresight.shares import Checks, rises
from statuspage.foresight.statistics import mann_kendall, median, spread, two_shares
from statuspage.intervals import Interval
from statuspage.model import Early, Latency, Round, Sample, Verdict

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
FIGURES = st.lists(st.integers(-50, 50), min_size=1, max_size=30)
# J. Little, College of the Holy Cross, "A Mann-Kendall Example (By Hand)": S is 54, and Z is 2.9058
BY_HAND = [12.9, 14.8, 13.2, 15.7, 13.8, 15.6, 12.9, 11.0, 17.3, 15.9, 19.0, 18.3, 20.1, 21.7]


def test_the_median_is_the_middle() -> None:
    assert (median([3]), median([4, 1]), median([9, 1, 5]), median([1, 2, 3, 100])) == (3, 2.5, 5, 2.5)


def test_the_spread_of_normal_noise_is_its_standard_deviation_and_outliers_do_not_matter() -> None:
    noise = random.Random(7)
    values = [noise.gauss(10, 3) for _ in range(4000)]
    assert spread(values) == pytest.approx(3, rel=0.05)
    assert spread([*values, *[1e6] * 40]) == pytest.approx(spread(values), rel=0.05)


def test_the_mann_kendall_test_gives_a_published_example_s_figure() -> None:
    assert mann_kendall([BY_HAND]) == pytest.approx(2.9058, abs=5e-5)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=6))
def test_the_variance_of_the_score_is_that_of_all_orders_of_the_values(values: list[int]) -> None:
    scores = [_score(order) for order in permutations(values)]
    exact = sum(score**2 for score in scores) / len(scores)
    score = _score(values)
    expected = (score - (score > 0) + (score < 0)) / sqrt(exact) if exact else 0
    assert mann_kendall([values]) == pytest.approx(expected)


def test_the_seasons_scores_and_variances_are_added() -> None:
    first, second = [1, 2, 3, 4, 5], [9, 8, None, 11, 10]
    score, variance = 10 + _score([9, 8, 11, 10]), 5 * 4 * 15 / 18 + 4 * 3 * 13 / 18
    assert mann_kendall([first, second]) == pytest.approx((score - 1) / sqrt(variance))
    assert mann_kendall([[1], [None, 2], []]) == 0


@given(FIGURES, st.integers(-1000, 1000), st.integers(1, 9))
def test_shifting_and_stretching_leaves_the_trend_and_turning_round_turns_it(
    values: list[int], by: int, times: int
) -> None:
    trend = mann_kendall([values])
    assert mann_kendall([[times * value + by for value in values]]) == trend
    assert mann_kendall([[-value for value in values]]) == pytest.approx(-trend)
    assert mann_kendall([values[::-1]]) == pytest.approx(-trend)


@given(FIGURES, st.integers(-1000, 1000), st.integers(-9, 9))
def test_the_spread_is_not_shifted_and_is_stretched(values: list[int], by: int, times: int) -> None:
    assert spread([times * value + by for value in values]) == pytest.approx(abs(times) * spread(values))


def test_two_shares_gives_a_worked_example_s_figure() -> None:
    assert two_shares(140, 200, 255, 340) == pytest.approx(-1.266015, abs=1e-6)


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 40), st.integers(1, 40))
def test_two_shares_squared_is_pearson_s_chi_square(few: int, rest: int, earlier: int, others: int) -> None:
    cells = [[few, rest], [earlier, others]]
    whole = few + rest + earlier + others
    expected = [[sum(row) * sum(column) / whole for column in zip(*cells, strict=True)] for row in cells]
    assume(all(value for row in expected for value in row))
    square = sum((cells[i][j] - expected[i][j]) ** 2 / expected[i][j] for i in (0, 1) for j in (0, 1))
    assert two_shares(few, few + rest, earlier, earlier + others) ** 2 == pytest.approx(square)


def test_two_shares_of_nothing_or_all_do_not_differ() -> None:
    assert two_shares(0, 10, 0, 20) == two_shares(10, 10, 20, 20) == 0


def _score(values: Sequence[float]) -> int:
    return sum((b > a) - (b < a) for n, a in enumerate(values) for b in values[n + 1 :])


# --- drifts ------------------------------------------------------------------------------------


def service(
    seed: int, days: int, *, wander: float = 0.06, steady: float = 0.5, base: float = 300
) -> list[float]:
    """A year and more of a service's hours, in logarithms: slow by day, quick at the week's end, seldom a bad hour.

    Days wander by `wander`, each with `steady` of the one before; hours by 15 % besides.
    """
    noise = random.Random(seed)
    found, level = [], 0.0
    for day in range(days):
        level = steady * level + noise.gauss(0, wander * sqrt(1 - steady**2))
        week = 0.2 if day % 7 < 5 else -0.2
        for hour in range(24):
            bad = noise.expovariate(1) if noise.random() < 0.01 else 0
            found.append(
                log(base) + 0.4 * sin(2 * pi * hour / 24) + week + level + noise.gauss(0, 0.15) + bad
            )
    return found


def planted(hours: list[float], day: int, a_day: float, at_once: float = 0) -> list[float]:
    return [
        value + max(0.0, at_once + a_day * (n / 24 - day)) * (n >= 24 * day) for n, value in enumerate(hours)
    ]


def test_two_planted_drifts_are_found_and_nothing_else() -> None:
    """One of 2 % a day is known 20 days later, one of half as much again at once 5 days later."""
    slow = drifts(planted(service(1, 200), 120, log(1.02)), 20)
    quick = drifts(planted(service(2, 200), 120, 0, log(1.6)), 20)
    assert [(one.began - 120, one.ended) for one in slow] == [(20, None)]
    assert [one.began - 120 for one in quick] == [5]
    assert quick[0].ended is not None  # four weeks later it is what is usual
    assert quick[0].ended - 120 < 40


def test_how_far_it_has_drifted_is_told() -> None:
    flat = [log(200.0)] * 24 * 60
    (told,) = drifts(planted(flat, 50, 0, log(1.5)), 20)
    assert (told.now, told.usual) == pytest.approx((300, 200))


def test_noise_with_its_days_and_weeks_seldom_raises_an_alarm() -> None:
    """Three alarms in 200 years of a component: docs/warnings.md states the figure."""
    assert sum(len(drifts(service(seed, 365), 20)) for seed in range(200)) == 3


def test_a_drift_is_found_of_what_falls_when_less_is_bad() -> None:
    rates = [-value for value in planted([log(40.0)] * 24 * 60, 50, 0, log(0.7) * -1)]  # 40 to 28 a second
    assert drifts([-value for value in rates], 0, 1)
    (told,) = drifts([-value for value in [log(40.0)] * 24 * 50 + [log(28.0)] * 24 * 10], 0, -1)
    assert (told.now, told.usual) == pytest.approx((28, 40))


@pytest.mark.parametrize(
    ("base", "times", "found"),
    [(200, 1.3, 1), (200, 1.12, 0), (4, 1.5, 0), (100, 1.19, 0), (110, 1.19, 1)],
    ids=["much", "a tenth", "two milliseconds", "19 ms", "21 ms"],
)
def test_a_drift_is_worth_a_word(base: float, times: float, found: int) -> None:
    assert len(drifts(planted([log(base)] * 24 * 60, 50, 0, log(times)), 20)) == found


def test_one_bad_day_is_no_drift() -> None:
    hours = [log(200.0)] * 24 * 60
    hours[24 * 50 : 24 * 51] = [log(2000.0)] * 24
    assert drifts(hours, 20) == []


def test_what_slows_down_each_monday_is_as_ever() -> None:
    hours = [log(600.0 if day % 7 == 0 else 200.0) for day in range(100) for _ in range(24)]
    assert drifts(hours, 20) == []


def test_what_was_not_measured_counts_as_nothing() -> None:
    whole = planted(service(3, 160), 120, log(1.03))
    gaps: list[float | None] = [
        None if n % 5 == 0 or 24 * 100 <= n < 24 * 102 else v for n, v in enumerate(whole)
    ]
    (full,), (gappy,) = drifts(whole, 20), drifts(gaps, 20)
    assert abs(full.began - gappy.began) <= 2


def test_the_hours_that_are_missing_do_not_look_like_a_drift() -> None:
    """Nights are quick; of the last ten days only the slow hours were measured."""
    hours = [log(100.0 if n % 24 < 12 else 400.0) for n in range(24 * 60)]
    only: list[float | None] = [None if n > 24 * 50 and n % 24 < 12 else v for n, v in enumerate(hours)]
    assert drifts(only, 20) == []


@pytest.mark.parametrize(("days", "found"), [(NEEDED - 1, 0), (NEEDED + 10, 1)])
def test_too_little_history_says_nothing(days: int, found: int) -> None:
    hours: list[float | None] = [None] * 24 * 40 + [log(200.0)] * 24 * days
    hours[-24 * 9 :] = [log(300.0)] * 24 * 9
    assert len(drifts(hours, 20)) == found


def test_a_warning_ends_where_nothing_is_measured_any_more() -> None:
    hours: list[float | None] = list(planted([log(200.0)] * 24 * 60, 50, 0, 0.4))
    (told,) = drifts([*hours, *[None] * 24 * 10], 20)
    assert told.ended == 60 + 5  # 30 of 35 days are known until then


def test_few_hours_make_no_day() -> None:
    assert levels([1.0] * 5 + [None] * 19 + [2.0] * 6 + [None] * 18) == [None, 2.0]
    assert known([None, 1, 1, *[1] * 40]) == [0, 1, 2, *range(3, 35), *[35] * 8]


@given(st.integers(0, 400), st.integers(60, 90))
def test_what_is_found_of_a_day_depends_on_no_later_one(seed: int, days: int) -> None:
    whole = planted(service(seed, 90, wander=0.02), 45, log(1.03))
    early = drifts(whole[: 24 * days], 20)
    late = [one for one in drifts(whole, 20) if one.began < days]
    assert [one.began for one in early] == [one.began for one in late]


@given(st.integers(0, 400), st.floats(0.1, 20))
def test_another_unit_finds_the_same(seed: int, times: float) -> None:
    whole = planted(service(seed, 70, wander=0.02), 45, log(1.03))
    plain, scaled = drifts(whole), drifts([value + log(times) for value in whole])
    assert [(one.began, one.ended) for one in plain] == [(one.began, one.ended) for one in scaled]


@given(st.lists(st.none() | st.floats(-10, 10), max_size=24 * 50))
def test_no_series_is_too_odd(hours: list[float | None]) -> None:
    for one in drifts(hours * 2, 1):
        assert one.ended is None or one.began < one.ended
        assert isinstance(one, Drift)


# --- repeated checks ---------------------------------------------------------------------------


def flaking(seed: int, shares: Sequence[float], a_day: int = 288) -> list[Checks | None]:
    noise = random.Random(seed)
    return [Checks(sum(noise.random() < share for _ in range(a_day)), a_day) for share in shares]


def test_a_rising_share_of_repeated_checks_is_found() -> None:
    (told,) = rises(flaking(1, [0.005] * 60 + [0.05] * 14))
    assert 60 <= told.began <= 60 + 6
    assert told.ended is None
    assert told.now == pytest.approx(0.05, abs=0.01)


def test_repeated_checks_that_calm_down_end_it() -> None:
    (told,) = rises(flaking(1, [0.005] * 60 + [0.05] * 7 + [0.005] * 30))
    assert told.ended is not None
    assert told.ended <= 60 + 14


def test_a_single_bad_hour_is_no_rise() -> None:
    days = flaking(1, [0.005] * 70)
    days[65] = Checks(100, 288)
    assert rises(days) == []


@pytest.mark.parametrize(
    ("before", "after", "a_day"), [(0.0, 0.015, 288), (0.05, 0.08, 288), (0.0, 0.2, 6), (0.0, 0.05, 24)]
)
def test_small_matters_are_no_rise(before: float, after: float, a_day: int) -> None:
    """Less than two in a hundred more; less than twice as many; fewer than 100 checks; fewer than ten repeated ones."""
    exact = [Checks(round(share * a_day), a_day) for share in [before] * 60 + [after] * 10]
    assert rises(exact) == []


def test_chance_alone_raises_no_share_in_two_hundred_years() -> None:
    years = [[share] * 365 for share in (0.001, 0.01, 0.05, 0.1)]
    assert sum(len(rises(_binomial(seed, years[seed % 4]))) for seed in range(200)) == 0


def _binomial(seed: int, shares: Sequence[float], a_day: int = 288) -> list[Checks | None]:
    """As `flaking`, by the normal approximation, which is quick."""
    noise = random.Random(seed)
    return [Checks(max(0, round(noise.gauss(a_day * p, sqrt(a_day * p * (1 - p))))), a_day) for p in shares]


def test_too_few_days_with_checks_say_nothing() -> None:
    days = [*[None] * 30, *flaking(1, [0.005] * 15 + [0.1] * 10)]
    assert rises(days) == []
    nothing: list[Checks | None] = [None] * 50
    assert rises(nothing) == rises([]) == []


@given(st.lists(st.none() | st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=90))
def test_no_counts_are_too_odd(counts: list[tuple[int, int] | None]) -> None:
    days = [Checks(one[0], sum(one)) if one else None for one in counts]
    for told in rises(days):
        assert told.now >= 2 * told.usual or told.began < len(days) - 1


# --- series of a history -----------------------------------------------------------------------


def test_hours_are_laid_out_by_the_clock_up_to_the_end_of_yesterday() -> None:
    day = MIDNIGHT.date()
    told = hourly({day - 3 * DAY: [None, 100], day - DAY: [0] * 24, day: [50] * 24, day + DAY: [9]}, NOW)
    assert told
    assert told.start == MIDNIGHT - 3 * DAY
    assert list(told.values) == [None, log(100), *[None] * 46, *[log(0.1)] * 24]
    assert hourly({day: [50] * 24, day - DAY: [None], day - 401 * DAY: [9]}, NOW) is None
    assert hourly({}, NOW) is None


def test_hours_that_are_not_closed_yet_are_added() -> None:
    late = [Latency(MIDNIGHT - 3 * HOUR, 12, 70, 80, 90)]
    days = with_hours({date(2026, 11, 20): [5]}, late)
    assert days == {date(2026, 11, 20): [5], date(2026, 11, 22): [*[None] * 21, 70, None, None]}


def test_tokens_a_second_come_from_samples() -> None:
    def sample(at: datetime, **measures: float) -> Sample:
        return Sample(component="llm", at=at, verdict=Verdict.UP, measures=measures, every=HOUR)

    rounds = [
        Round(id=str(n), at=MIDNIGHT, samples=(sample(MIDNIGHT + n * 20 * timedelta(minutes=1), **measures),))
        for n, measures in enumerate(
            [
                {"tokens_per_second": 30.0},
                {"tokens_per_second": 50.0},
                {"gap": 9.0},
                {"tokens_per_second": 7.0},
            ]
        )
    ]
    assert of_rates(rounds) == {"llm": {MIDNIGHT.date(): [40.0, 7.0, *[None] * 22]}}


def test_checks_that_were_not_judged_do_not_count() -> None:
    day = MIDNIGHT.date()
    counts = {
        day - 3 * DAY: {"up": 280, "degraded": 5, "down": 3, "unknown": 100, "flaked": 4},
        day - 2 * DAY: {"unknown": 288},
        day: {"up": 100},
    }
    assert checks(counts, NOW) == (day - 3 * DAY, [Checks(4, 288), None, None])
    assert checks({day - DAY: {"unknown": 3}, day: {"up": 3}}, NOW) is None


# --- what became of warnings -------------------------------------------------------------------


def trouble(*days_ago: float) -> list[Interval]:
    """Outages of an hour."""
    return [Interval(NOW - ago * DAY, NOW - ago * DAY + HOUR) for ago in sorted(days_ago, reverse=True)]


@pytest.mark.parametrize(
    ("days_ago", "outages", "outcome"),
    [
        (30, (20,), Outcome.TRUE),
        (30, (16,), Outcome.TRUE),
        (30, (15.9,), Outcome.FALSE),
        (30, (31, 5), Outcome.FALSE),
        (30, (30.01, 20), Outcome.LATE),
        (5, (), Outcome.OPEN),
        (5, (1,), Outcome.TRUE),
        (14, (), Outcome.FALSE),
        (14, (40,), Outcome.FALSE),
    ],
)
def test_a_warning_came_true_when_trouble_began_within_its_time(
    days_ago: int, outages: tuple[float, ...], outcome: Outcome
) -> None:
    since = NOW - days_ago * DAY
    told, began = judge(since, trouble(*outages), NOW)
    assert told is outcome
    assert (began is not None) is (outcome is Outcome.TRUE)
    assert began is None or since < began <= since + HORIZON


def test_chance_is_what_any_day_would_have_come_to() -> None:
    """One outage in 100 days: 14 of the 86 days before it, and those after it whose time is over."""
    found = trouble(50)
    share = chance(found, NOW - 100 * DAY, NOW)
    assert share == pytest.approx(14 / 86)
    assert chance(found, NOW - 5 * DAY, NOW) is None
    assert chance([], NOW - 100 * DAY, NOW) == 0


def test_a_record_counts_those_that_can_be_judged() -> None:
    def past(kind: Early, outcome: Outcome, component: str = "a") -> PastOne:
        return PastOne(kind=kind, component=component, since=NOW, ended=None, outcome=outcome, trouble=None)

    told = tracks(
        [
            past(Early.SLOWER, Outcome.TRUE),
            past(Early.SLOWER, Outcome.FALSE, "b"),
            past(Early.SLOWER, Outcome.LATE),
            past(Early.SLOWER, Outcome.OPEN),
            past(Early.BURNING, Outcome.FALSE),
            past(Early.FLAKED, Outcome.OPEN),
        ],
        {(Early.SLOWER, "a"): 0.25, (Early.SLOWER, "b"): 0.5},
    )
    assert {kind: (one.came_true, one.judged, one.by_chance) for kind, one in told.items()} == {
        Early.SLOWER: (1, 2, 0.75),
        Early.BURNING: (0, 1, None),
    }
