from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.intervals import Interval, clip, local_day, total
from statuspage.model import Rules, Sample, Span, State, Verdict
from statuspage.uptime import (
    LIMITED,
    bounds,
    by_state,
    clip_spans,
    coverage,
    joined,
    outages,
    percent,
    rank,
    ratio,
    timeline,
    uptime,
)

START = datetime(2026, 11, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIVE = 5 * MINUTE
WEIGHTS = {State.DEGRADED: 0, State.PARTIAL: 30, State.MAJOR: 100}
UP, DEGRADED, DOWN, UNKNOWN = Verdict.UP, Verdict.DEGRADED, Verdict.DOWN, Verdict.UNKNOWN
WORDS = {"u": UP, "s": DEGRADED, "d": DOWN, "?": UNKNOWN, "l": UNKNOWN}
LETTERS = {State.OPERATIONAL: "u", State.DEGRADED: "s", State.PARTIAL: "p", State.MAJOR: "d"}


def at(minutes: int) -> datetime:
    return START + minutes * MINUTE


def sample(minutes: int, verdict: Verdict, code: str = "", every: timedelta = FIVE) -> Sample:
    return Sample(component="api", at=at(minutes), verdict=verdict, code=code, every=every)


def told(words: str, every: timedelta = FIVE) -> list[Sample]:
    """A sample every five minutes: u up, s slow (degraded), d down, ? unknown, l limited, a blank for none."""
    return [
        sample(n * (every // MINUTE), WORDS[word], LIMITED if word == "l" else f"{word}{n}", every)
        for n, word in enumerate(words)
        if word != " "
    ]


def drawn(spans: Sequence[Span], end: int) -> str:
    """The state at each five minutes: u s d, and a blank where nothing was measured."""
    marks = [" "] * (end // 5)
    for span in spans:
        for n in range(len(marks)):
            if span.start <= at(5 * n) < span.end:
                marks[n] = LETTERS[span.state]
    return "".join(marks)


def paced(words: str, every: timedelta) -> str:
    """The state at each sample, one each `every`."""
    spans = timeline(told(words, every), [], Rules(), START + len(words) * every).spans
    at_each = [[s for s in spans if s.start <= START + n * every < s.end] for n in range(len(words))]
    return "".join(LETTERS[here[0].state] if here else " " for here in at_each)


def states(words: str, rules: Rules, voids: Sequence[int] = ()) -> str:
    end = 5 * len(words)
    return drawn(timeline(told(words), [at(v) for v in voids], rules, at(end)).spans, end)


samples = st.lists(
    st.builds(
        sample,
        st.integers(0, 2000),
        st.sampled_from(list(Verdict)),
        st.sampled_from(["", LIMITED]),
        every=st.sampled_from([FIVE, 30 * MINUTE]),
    ),
    max_size=40,
)
rules = st.builds(Rules, st.integers(1, 3), st.integers(1, 3))
voids = st.lists(st.builds(at, st.integers(0, 2000)), max_size=5)
windows = st.builds(
    lambda start, length: Interval(at(start), at(start + length)), st.integers(-50, 2000), st.integers(0, 900)
)
END = at(2100)


# --- the timeline ------------------------------------------------------------------------------


def test_a_sample_speaks_until_the_next_one() -> None:
    assert timeline([sample(0, UP), sample(4, UP)], [], Rules(), at(8)).spans == (
        Span(at(0), at(8), State.OPERATIONAL),
    )


def test_a_sample_speaks_for_at_most_twice_its_cadence() -> None:
    assert timeline([sample(0, UP), sample(60, UP)], [], Rules(), at(65)).spans == (
        Span(at(0), at(10), State.OPERATIONAL),
        Span(at(60), at(65), State.OPERATIONAL),
    )


def test_a_void_round_ends_what_the_sample_before_it_said() -> None:
    spans = timeline([sample(0, UP)], [at(3)], Rules(), at(20)).spans

    assert spans == (Span(at(0), at(3), State.OPERATIONAL),)


@pytest.mark.parametrize(
    ("words", "rules", "expected"),
    [
        ("uuuduuu", Rules(), "uuuduuu"),
        ("uu?u", Rules(), "uu u"),
        ("ud?du", Rules(), "ud du"),
        ("uuduu", Rules(fail_after=2), "uuuuu"),
        ("uudduu", Rules(fail_after=2), "uudduu"),
        ("uudsuu", Rules(fail_after=2), "uudsuu"),
        ("uusdsu", Rules(fail_after=3), "uusdsu"),
        ("ududud", Rules(fail_after=2), "uuuuuu"),
        ("uud?duu", Rules(fail_after=2), "uud duu"),
        ("uddud", Rules(recover_after=2), "udddd"),
        ("udsuuu", Rules(recover_after=2), "udsuuu"),
        ("udsud", Rules(recover_after=2), "udssd"),
        ("duuu", Rules(fail_after=3), "duuu"),
        ("dduuu", Rules(recover_after=3), "dduuu"),
        ("dduudd", Rules(recover_after=3), "dddddd"),
    ],
)
def test_a_state_changes_when_confirmed_and_then_from_the_first_sample_on(
    words: str, rules: Rules, expected: str
) -> None:
    assert states(words, rules) == expected


def test_flapping_without_any_confirmed_state_speaks_for_itself() -> None:
    assert states("dudu", Rules(fail_after=2, recover_after=2)) == "dudu"


def test_a_confirmed_state_is_forgotten_after_half_a_day_without_a_run() -> None:
    words = "uu" + "du" * 100

    drawn = states(words, Rules(fail_after=2, recover_after=2))

    assert drawn[:143] == "u" * 143
    assert drawn[146:] == words[146:]


def test_a_span_keeps_the_code_of_its_first_failing_sample() -> None:
    spans = timeline(told("uddsu"), [], Rules(), at(25)).spans

    assert [(s.state, s.code) for s in spans] == [
        (State.OPERATIONAL, ""),
        (State.MAJOR, "d1"),
        (State.DEGRADED, "s3"),
        (State.OPERATIONAL, ""),
    ]


def test_a_pending_recovery_carries_the_trouble_it_does_not_end_over_a_gap() -> None:
    spans = timeline(told("dd   u"), [], Rules(recover_after=2), at(30)).spans

    assert spans == (Span(at(0), at(15), State.MAJOR, "d0"), Span(at(25), at(30), State.MAJOR, "d1"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ulllu", "uuuuu"),
        ("ullllu", "uuuusu"),
        ("dllll", "dddds"),
        ("slllld", "sssssd"),
        ("dlllu", "ddddu"),
        ("ullulllu", "uuuuuuuu"),
        # never anything judged before: not measured, then degraded
        ("lllll", "   ss"),
        ("?llll", "    s"),
        # what could not be judged for another reason ends no row, and counts in none
        ("ul?l?ll", "uu u us"),
    ],
)
def test_the_first_three_limited_in_a_row_keep_the_last_word_then_it_is_degraded(
    words: str, expected: str
) -> None:
    assert states(words, Rules()) == expected


def test_a_kept_word_keeps_its_code_and_a_degraded_one_says_why() -> None:
    spans = timeline(told("dlllll"), [], Rules(), at(30)).spans

    assert [(s.start, s.state, s.code) for s in spans] == [
        (at(0), State.MAJOR, "d0"),
        (at(20), State.DEGRADED, LIMITED),
    ]


@pytest.mark.parametrize(
    ("words", "rules", "expected"),
    [
        ("uudlu", Rules(fail_after=2), "uuuuu"),  # kept, and no second failure
        ("uudldu", Rules(fail_after=2), "uudddu"),  # nor does it stand between two
        ("uudlllllu", Rules(fail_after=2), "uuuuuussu"),  # degraded is certain by then
        ("ddulu", Rules(recover_after=2), "dduuu"),
        ("ddul", Rules(recover_after=2), "dddd"),
    ],
)
def test_a_limited_run_confirms_nothing(words: str, rules: Rules, expected: str) -> None:
    assert states(words, rules) == expected


def test_a_limited_run_ends_what_waits_for_confirmation_no_sooner() -> None:
    line = timeline(told("uudl"), [], Rules(fail_after=2), at(20))

    assert (line.confirmed, line.pending) == (State.OPERATIONAL, 1)


def test_a_word_that_is_old_is_not_kept() -> None:
    assert states("u" + " " * 10 + "l", Rules()) == "uu         u"
    assert states("u" + " " * 11 + "l", Rules()) == "uu" + " " * 11


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(1, "dddds"), (2, "dddds"), (3, "dd  s"), (5, "d    "), (11, "d    ")],
)
def test_a_slow_cadence_keeps_no_longer_than_a_day_can_be_closed_by(hours: int, expected: str) -> None:
    assert paced("dllll", timedelta(hours=hours)) == expected


def test_replicas_that_are_missing_make_a_partial_outage_of_a_degraded_sample() -> None:
    few = [
        replace(sample(5 * n, verdict, "replicas.missing"), partial=partial)
        for n, (verdict, partial) in enumerate(
            [(DEGRADED, True), (DEGRADED, False), (UP, True), (DOWN, True)]
        )
    ]

    assert drawn(timeline(few, [], Rules(), at(20)).spans, 20) == "psud"


def test_the_timeline_says_what_is_confirmed_and_what_waits() -> None:
    line = timeline(told("uudd"), [], Rules(fail_after=3), at(20))

    assert (line.confirmed, line.pending) == (State.OPERATIONAL, 2)
    assert timeline(told("uudd"), [], Rules(), at(20)).pending == 0


def test_nothing_is_confirmed_when_no_sample_speaks_any_more() -> None:
    line = timeline(told("uu"), [], Rules(), at(60))

    assert (line.confirmed, line.pending) == (State.UNKNOWN, 0)


def test_samples_from_the_future_are_left_out() -> None:
    assert timeline([sample(0, UP), sample(7, DOWN)], [], Rules(), at(7)).confirmed is State.OPERATIONAL


@given(samples, voids, rules)
def test_spans_are_sorted_disjoint_and_measured(
    some: list[Sample], stops: list[datetime], how: Rules
) -> None:
    spans = timeline(some, stops, how, END).spans

    assert all(span.start < span.end <= END for span in spans)
    assert all(one.end <= following.start for one, following in pairwise(spans))
    assert joined(spans) == spans
    assert not any(
        span.start < stop < span.end for span in spans for stop in stops if not _spoken(some, stop)
    )


def _spoken(some: list[Sample], at: datetime) -> bool:
    return any(s.at == at for s in some)


@given(samples, voids, rules)
def test_rules_change_states_but_never_what_was_measured(
    some: list[Sample], stops: list[datetime], how: Rules
) -> None:
    def measured(how: Rules) -> int:
        return uptime(timeline(some, stops, how, END).spans, Interval(START, END), [], WEIGHTS).measured

    assert measured(how) == measured(Rules())


# --- uptime ------------------------------------------------------------------------------------


@given(samples, voids, rules, windows, st.lists(windows, max_size=3))
def test_uptime_coverage_and_bounds_lie_between_0_and_1(
    some: list[Sample], stops: list[datetime], how: Rules, window: Interval, work: list[Interval]
) -> None:
    figure = uptime(timeline(some, stops, how, END).spans, window, work, WEIGHTS)
    low, high = bounds(figure)

    assert 0 <= low <= high <= 1
    assert 0 <= figure.measured <= figure.window
    assert (coverage(figure) or 0) <= 1
    share = ratio(figure)
    assert share is None if not figure.measured else low <= (share or 0) <= high


@given(samples, rules, st.data())
def test_one_more_outage_never_raises_the_uptime(some: list[Sample], how: Rules, data: st.DataObject) -> None:
    def up(some: list[Sample]) -> Fraction:
        return (
            ratio(uptime(timeline(some, [], how, END).spans, Interval(START, END), [], WEIGHTS)) or Fraction()
        )

    judged = [n for n, one in enumerate(some) if one.verdict is not UNKNOWN]
    worse = set(data.draw(st.lists(st.sampled_from(judged)))) if judged else set()
    with_outage = [
        sample((s.at - START) // MINUTE, DOWN, every=s.every) if n in worse else s for n, s in enumerate(some)
    ]

    assert up(with_outage) <= up(some)


@given(samples, rules, windows, st.lists(windows, max_size=3), st.fractions(0, 1))
def test_splitting_the_window_adds_up(
    some: list[Sample], how: Rules, window: Interval, work: list[Interval], share: Fraction
) -> None:
    spans = timeline(some, [], how, END).spans
    middle = window.start + timedelta(seconds=int(window.seconds * share))
    whole = uptime(spans, window, work, WEIGHTS)
    halves = [
        uptime(spans, part, work, WEIGHTS)
        for part in (Interval(window.start, middle), Interval(middle, window.end))
    ]

    for name in ("window", "excluded", "measured", "weighted_down"):
        assert getattr(whole, name) == sum(getattr(half, name) for half in halves)
    for state in State:
        assert whole.down.get(state, 0) == sum(half.down.get(state, 0) for half in halves)


@given(st.integers(1, 20), st.integers(11, 500), st.sampled_from([UP, DOWN]), st.sampled_from([UP, DOWN]))
def test_a_gap_beyond_the_hold_lowers_coverage_and_is_neither_up_nor_down(
    before: int, gap: int, first: Verdict, second: Verdict
) -> None:
    ends = 5 * before + gap
    some = [sample(5 * n, first) for n in range(before)] + [sample(ends, second)]
    spans = timeline(some, [], Rules(), at(ends + 5)).spans
    figure = uptime(spans, Interval(at(0), at(ends + 5)), [], WEIGHTS)

    spoken = 60 * (5 * (before - 1) + 10 + 5)
    assert figure.measured == spoken
    assert figure.down.get(State.MAJOR, 0) == 60 * ((first is DOWN) * (5 * before + 5) + (second is DOWN) * 5)
    assert coverage(figure) == Fraction(spoken, figure.window)
    assert coverage(figure) < 1  # type: ignore[operator]


@given(samples, rules, windows, st.lists(windows, max_size=2), st.data())
def test_the_bounds_contain_every_completion(
    some: list[Sample], how: Rules, window: Interval, work: list[Interval], data: st.DataObject
) -> None:
    spans = timeline(some, [], how, END).spans
    low, high = bounds(uptime(spans, window, work, WEIGHTS))
    filled: list[Span] = []
    reached = window.start
    fill = st.sampled_from([State.OPERATIONAL, State.DEGRADED, State.PARTIAL, State.MAJOR, None])
    for span in [*clip_spans(spans, window), Span(window.end, window.end, State.OPERATIONAL)]:
        state = data.draw(fill)
        if span.start > reached and state is not None:
            filled.append(Span(reached, span.start, state))
        filled.append(span)
        reached = span.end
    share = ratio(uptime([s for s in filled if s.end > s.start], window, work, WEIGHTS))

    assert share is None or low <= share <= high


@given(samples, rules, windows)
def test_civil_days_of_any_zone_add_up_to_the_whole(some: list[Sample], how: Rules, window: Interval) -> None:
    spans = timeline(some, [], how, END).spans
    for zone in map(ZoneInfo, ("Europe/Berlin", "Asia/Kathmandu", "America/St_Johns")):
        days = [local_day(date(2026, 11, 20) + timedelta(days=n), zone) for n in range(8)]
        sums = [uptime(spans, part, [], WEIGHTS) for part in clip(days, window)]

        assert sum(part.measured for part in sums) == uptime(spans, window, [], WEIGHTS).measured


def test_dst_and_leap_days_add_up() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first, last = date(2028, 2, 28), date(2028, 10, 31)
    days = [local_day(first + timedelta(days=n), berlin) for n in range((last - first).days)]
    whole = Interval(days[0].start, days[-1].end)
    spans = [Span(whole.start, whole.end, State.MAJOR)]

    parts = [uptime(spans, day, [], WEIGHTS) for day in days]

    assert sorted({part.measured // 3600 for part in parts}) == [23, 24, 25]
    assert sum(part.weighted_down for part in parts) == uptime(spans, whole, [], WEIGHTS).weighted_down


def test_announced_maintenance_is_left_out_of_the_division() -> None:
    spans = timeline(told("uuuudddduuuu"), [], Rules(), at(60)).spans
    work = [Interval(at(20), at(40)), Interval(at(30), at(40)), Interval(at(-50), at(5))]

    figure = uptime(spans, Interval(at(0), at(60)), work, WEIGHTS)

    assert (figure.excluded, figure.measured, figure.window, dict(figure.down)) == (1500, 2100, 2100, {})
    assert ratio(figure) == 1


def test_states_weigh_what_the_configuration_says() -> None:
    spans = [
        Span(at(0), at(10), State.PARTIAL),
        Span(at(10), at(20), State.DEGRADED),
        Span(at(20), at(40), State.OPERATIONAL),
    ]

    figure = uptime(spans, Interval(at(0), at(100)), [], WEIGHTS)

    assert figure.weighted_down == 600 * 30
    assert figure.down == {State.PARTIAL: 600, State.DEGRADED: 600}
    assert ratio(figure) == Fraction(37, 40)
    assert bounds(figure) == (Fraction(37, 100), Fraction(97, 100))


def test_nothing_measured_has_no_uptime_and_can_be_anything() -> None:
    figure = uptime([], Interval(at(0), at(5)), [], WEIGHTS)
    nothing = uptime([], Interval(at(0), at(0)), [], WEIGHTS)

    assert (ratio(figure), coverage(figure)) == (None, Fraction(0))
    assert (ratio(nothing), coverage(nothing)) == (None, None)
    assert bounds(figure) == bounds(nothing) == (Fraction(0), Fraction(1))


@given(samples, rules, windows)
def test_seconds_by_state_are_the_lengths_of_the_clipped_spans(
    some: list[Sample], how: Rules, window: Interval
) -> None:
    spans = timeline(some, [], how, END).spans
    counted = by_state(spans, window)

    assert sum(counted.values()) == total(clip([Interval(s.start, s.end) for s in spans], window))
    assert list(counted) == sorted(counted, key=lambda state: state.severity)


# --- outages, figures --------------------------------------------------------------------------


def test_outages_join_over_short_gaps_and_name_their_worst() -> None:
    spans = [
        Span(at(0), at(10), State.DEGRADED, "slow"),
        Span(at(10), at(20), State.MAJOR, "tcp.refused", "port 443"),
        Span(at(25), at(30), State.MAJOR, "http.502"),
        Span(at(45), at(50), State.DEGRADED, "slow"),
        Span(at(50), at(60), State.OPERATIONAL),
        Span(at(60), at(66), State.MAJOR, "http.500"),
    ]

    found = outages(spans, "api", at(65), gap=10 * MINUTE)

    assert [(o.start, o.end, o.state, o.code) for o in found] == [
        (at(60), None, State.MAJOR, "http.500"),
        (at(45), at(50), State.DEGRADED, "slow"),
        (at(0), at(30), State.MAJOR, "tcp.refused"),
    ]
    assert found[2].detail == "port 443"


def test_measured_good_time_between_two_outages_keeps_them_apart() -> None:
    spans = timeline(told("dud"), [], Rules(), at(15)).spans

    assert len(outages(spans, "api", at(15), gap=60 * MINUTE)) == 2


def test_an_outage_whose_word_ran_out_is_over() -> None:
    spans = timeline(told("d"), [], Rules(), at(60)).spans

    assert outages(spans, "api", at(59), gap=FIVE)[0].end == at(10)


@pytest.mark.parametrize(
    ("share", "digits", "shown"),
    [
        (Fraction(1), 2, "100.00"),
        (Fraction(99999999, 100000000), 2, "99.99"),
        (Fraction(2, 3), 3, "66.666"),
        (Fraction(2, 3), 0, "66"),
        (Fraction(0), 2, "0.00"),
    ],
)
def test_percent_rounds_down_and_only_a_whole_one_reads_100(share: Fraction, digits: int, shown: str) -> None:
    assert percent(share, digits) == Decimal(shown)
    assert str(percent(share, digits)) == shown


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.95, 95), (0.07, 7), (1.0, 100), (0.0, 1), (Fraction(1, 3), 34)]
)
def test_percentiles_are_the_nearest_rank(share: float, expected: int) -> None:
    assert rank(range(100, 0, -1), share) == expected
