import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.model import Day, History, Latency, Round, Rules, Sample, Span, State, Verdict
from statuspage.rollup import (
    answers,
    close,
    hour_medians,
    joined_hours,
    latency_series,
    median_latency,
    per_component,
    spans,
    to_close,
)
from statuspage.uptime import LIMITED, merged, timeline

FIRST = date(2026, 11, 20)
START = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
DAYS = 6
END = START + DAYS * ONE_DAY
COMPONENTS = ("api", "llm")
PLACES = ("", "eu", "us")


def day(n: int) -> date:
    return FIRST + n * ONE_DAY


def sample(
    at: datetime,
    verdict: Verdict = Verdict.UP,
    component: str = "api",
    ms: int | None = None,
    every: timedelta = HOUR,
) -> Sample:
    code = "" if verdict is Verdict.UP else f"{verdict.value}.{at:%d%H%M}"
    latency = None if ms is None else timedelta(milliseconds=ms)
    return Sample(component=component, at=at, verdict=verdict, code=code, latency=latency, every=every)


def round_(at: datetime, *samples: Sample, void: str = "") -> Round:
    return Round(id=f"{at:%Y%m%dT%H%M%SZ}", at=at, void=void, samples=samples)


UP, DOWN, DEGRADED, UNKNOWN = Verdict.UP, Verdict.DOWN, Verdict.DEGRADED, Verdict.UNKNOWN
TEMPERS = [(UP, UP, DOWN, DOWN, DEGRADED, UNKNOWN), (UP, DOWN, *[LIMITED] * 5, UNKNOWN)]
rules = st.builds(Rules, st.integers(1, 3), st.integers(1, 3), st.integers(0, 3))
CADENCES = [20 * MINUTE, 2 * HOUR, 3 * HOUR + 30 * MINUTE, 5 * HOUR + 30 * MINUTE, 11 * HOUR]


def answer(at: datetime, word: str, name: str, every: timedelta) -> Sample:
    """A verdict, or LIMITED: one that could not be judged, as it was one too many."""
    if word == LIMITED:
        return replace(sample(at, UNKNOWN, name, every=every), code=LIMITED)
    return sample(at, Verdict(word), name, every=every)


@st.composite
def histories(draw: st.DrawFn) -> list[Round]:
    """Some days of rounds of one place or of several, each at its own pace."""
    places = draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=2, unique=True))
    rounds = [replace(r, vantage=place, id=f"{place}{r.id}") for place in places for r in draw(walks())]
    return sorted(rounds, key=lambda r: (r.at, r.id))


@st.composite
def walks(draw: st.DrawFn) -> list[Round]:
    """Some days of rounds, now dense, now far apart, with void ones and components that miss some."""
    every, temper = draw(st.sampled_from(CADENCES)), st.sampled_from(draw(st.sampled_from(TEMPERS)))
    found: list[Round] = []
    at = START + draw(st.integers(0, 2000)) * MINUTE
    for _ in range(draw(st.integers(0, 60))):
        if at >= END:
            break
        if draw(st.integers(0, 9)) == 9:
            found.append(round_(at, void="control"))
        else:
            late = timedelta(seconds=draw(st.integers(0, 40)))
            told = draw(st.sampled_from([every, every, every, 30 * MINUTE]))
            names = sorted(draw(st.lists(st.sampled_from(COMPONENTS), unique=True)))
            found.append(round_(at, *(answer(at + late, draw(temper), name, told) for name in names)))
        at += draw(st.sampled_from([every, every, every, every / 2, 2 * every, 5 * every, 23 * HOUR]))
    return found


def closed(rounds: Sequence[Round], how: Rules, last: int) -> History:
    """The history after the days up to `last` were closed one by one, as a run finds it."""
    kept: list[Day] = []
    for n in range(last + 1):
        near = [r for r in rounds if day(n - 1) <= r.at.date() <= day(n + 1)]
        kept += close(dict.fromkeys(COMPONENTS, how), near, day(n))[0]
    newest = max((d.day for d in kept), default=date.min)
    return History(rounds=tuple(r for r in rounds if r.at.date() >= newest), days=tuple(kept))


def whole(rounds: Sequence[Round], how: Rules, component: str) -> tuple[Span, ...]:
    """The timeline of all raw rounds, as if no day were ever closed."""
    lines = {}
    for place in {r.vantage for r in rounds}:
        own = [s for r in rounds if r.vantage == place for s in r.samples if s.component == component]
        voids = [r.at for r in rounds if r.vantage == place and r.void]
        lines[place] = timeline(own, voids, how, END).spans
    return merged(lines, how.places)


@given(histories(), rules, st.integers(0, DAYS - 1), st.sampled_from(COMPONENTS))
def test_days_closed_one_by_one_join_to_the_timeline_of_all_raw_rounds(
    rounds: list[Round], how: Rules, last: int, component: str
) -> None:
    assert spans(closed(rounds, how, last), component, how, END) == whole(rounds, how, component)


def test_a_kept_word_reaches_no_further_back_than_the_day_before() -> None:
    """A failure that waits for confirmation because of the evening before, then limited runs into the next day."""
    every, how = 3 * HOUR + 30 * MINUTE, Rules(fail_after=2)
    words = {-2 * HOUR: UP, 8 * HOUR: DOWN, 12 * HOUR: LIMITED, 17 * HOUR: LIMITED, 22 * HOUR: LIMITED}
    first = START + ONE_DAY
    rounds = [round_(first + at, answer(first + at, word, "api", every)) for at, word in words.items()]

    assert spans(closed(rounds, how, 2), "api", how, END) == whole(rounds, how, "api")


@given(histories(), rules)
def test_closing_a_day_again_gives_the_same(rounds: list[Round], how: Rules) -> None:
    by = dict.fromkeys(COMPONENTS, how)

    assert close(by, rounds, day(2)) == close(by, list(reversed(rounds)), day(2))


@given(histories(), rules, st.integers(0, DAYS - 1))
def test_a_history_cut_by_component_gives_the_same_spans(rounds: list[Round], how: Rules, last: int) -> None:
    history = closed(rounds, how, last)
    cut = per_component(history)

    for component in cut:
        assert spans(cut[component], component, how, END) == spans(history, component, how, END)


def test_an_outage_over_midnight_has_no_seam() -> None:
    midnight = START + ONE_DAY
    rounds = [
        round_(at, sample(at, Verdict.DOWN if abs(at - midnight) < 3 * HOUR else Verdict.UP))
        for at in (START + n * HOUR for n in range(48))
    ]

    found = spans(closed(rounds, Rules(), 0), "api", Rules(), START + 2 * ONE_DAY)

    assert found == (
        Span(START, midnight - 2 * HOUR, State.OPERATIONAL),
        Span(midnight - 2 * HOUR, midnight + 3 * HOUR, State.MAJOR, "down.202200"),
        Span(midnight + 3 * HOUR, midnight + ONE_DAY, State.OPERATIONAL),
    )


def test_spans_end_where_they_are_asked_to() -> None:
    rounds = [round_(START + n * HOUR, sample(START + n * HOUR)) for n in range(72)]
    history = closed(rounds, Rules(), 0)

    for until in (START, START + HOUR, START + ONE_DAY, START + 50 * HOUR):
        assert spans(history, "api", Rules(), until) == (
            (Span(START, until, State.OPERATIONAL),) if until > START else ()
        )


def test_a_sample_of_the_evening_speaks_into_the_next_day() -> None:
    late = START + 23 * HOUR + 50 * MINUTE

    days, hours = close({}, [round_(late, sample(late))], day(1))

    assert [(d.component, d.spans, d.counts, d.latency, d.rules) for d in days] == [
        ("api", (Span(START + ONE_DAY, late + 2 * HOUR, State.OPERATIONAL),), {}, None, Rules())
    ]
    assert hours == []


def test_a_closed_day_counts_samples_and_ranks_latencies() -> None:
    rounds = [
        round_(at, replace(sample(at, verdict, ms=ms), flaked=flaked))
        for at, verdict, ms, flaked in [
            (START + MINUTE, Verdict.UP, 100, False),
            (START + 2 * MINUTE, Verdict.UP, 300, True),
            (START + 3 * MINUTE, Verdict.DEGRADED, 900, False),
            (START + 4 * MINUTE, Verdict.DOWN, 1, False),
            (START + 61 * MINUTE, Verdict.UP, 50, False),
            (START + 62 * MINUTE, Verdict.UNKNOWN, 2, False),
        ]
    ]

    (closed_day,), hours = close({"api": Rules(2, 1)}, rounds, FIRST)

    assert closed_day.counts == {"degraded": 1, "down": 1, "flaked": 1, "unknown": 1, "up": 3}
    assert closed_day.latency == Latency(START, 4, 100, 900, 900)
    assert closed_day.rules == Rules(2, 1)
    assert hours == [("api", [Latency(START, 3, 300, 900, 900), Latency(START + HOUR, 1, 50, 50, 50)])]


def test_a_day_without_rounds_has_no_record() -> None:
    assert close({"api": Rules()}, [round_(START, sample(START))], day(4)) == ([], [])


@pytest.mark.parametrize(
    ("last", "first", "now", "expected"),
    [
        (None, None, END, []),
        (None, 0, START + 2 * ONE_DAY - MINUTE, []),
        (None, 0, START + 2 * ONE_DAY, [0]),
        (0, 0, START + 2 * ONE_DAY, []),
        (0, 0, START + 4 * ONE_DAY, [1, 2]),
        (0, 3, START + 5 * ONE_DAY, [3]),
    ],
)
def test_a_day_closes_when_the_day_after_the_next_begins(
    last: int | None, first: int | None, now: datetime, expected: list[int]
) -> None:
    found = to_close(None if last is None else day(last), None if first is None else day(first), now)

    assert found == [day(n) for n in expected]


def test_medians_are_those_of_answers_of_the_service() -> None:
    now = START + ONE_DAY
    rounds = [
        round_(at, sample(at, verdict, ms=ms), sample(at, component="llm", ms=9))
        for at, verdict, ms in [
            (now - 24 * HOUR, Verdict.UP, 7777),
            (now - 24 * HOUR + MINUTE, Verdict.UP, 10),
            (now - 2 * HOUR, Verdict.UP, 30),
            (now - 2 * HOUR + MINUTE, Verdict.DOWN, 1),
            (now - MINUTE, Verdict.UP, 40),
            (now, Verdict.UP, 50),
        ]
    ]
    history = History(rounds=tuple(rounds))

    told = answers(history, "api", now)
    assert hour_medians(told, now) == (10, *[None] * 20, 30, None, 40)
    assert hour_medians(told, now, hours=1) == (40,)
    assert median_latency(told, now - 3 * HOUR, now) == timedelta(milliseconds=30)
    assert median_latency(answers(history, "none", now), now - 3 * HOUR, now) is None


def test_the_last_word_on_an_hour_holds() -> None:
    early, again, later = (
        Latency(START, 1, 1, 1, 1),
        Latency(START, 2, 2, 2, 2),
        Latency(START + HOUR, 1, 1, 1, 1),
    )

    assert joined_hours([("api", later), ("llm", early), ("api", early), ("api", again)]) == {
        "api": (again, later),
        "llm": (early,),
    }


@given(histories())
def test_hourly_latencies_lie_in_their_day(rounds: list[Round]) -> None:
    timed = [
        replace(r, samples=tuple(replace(s, latency=timedelta(milliseconds=5)) for s in r.samples))
        for r in rounds
    ]
    days, hours = close({}, timed, day(1))

    told = [(component, h) for component, of_day in hours for h in of_day]
    assert all(h.start.date() == day(1) and h.start.minute == 0 for _, h in told)
    assert sum(h.count for _, h in told) == sum(d.latency.count for d in days if d.latency)
    assert all(one[0] < two[0] or one[1].start < two[1].start for one, two in pairwise(told))


def test_latencies_of_a_day_a_week_and_three_months_are_those_of_the_samples() -> None:
    """Beside the closed days' records stands a second, plain reckoning over all the samples there ever were."""
    now = START + 9 * ONE_DAY + timedelta(hours=13, minutes=7)
    rounds = [
        round_(at, sample(at, Verdict.UP if n % 11 else Verdict.DOWN, ms=50 + n * n % 701))
        for n, at in enumerate(START + k * 7 * MINUTE for k in range(1966))
        if at <= now and not (START + 5 * ONE_DAY <= at < START + 5 * ONE_DAY + 3 * HOUR)
    ]
    known = closed(rounds, Rules(), 7)
    closed_hours = [one for n in range(8) for one in close({"api": Rules()}, rounds, day(n))[1]]
    hours = joined_hours((component, hour) for component, of_day in closed_hours for hour in of_day)
    history = History(rounds=known.rounds, days=known.days, hours=hours)
    every = 5 * MINUTE

    found = latency_series(answers(history, "api", now), history, "api", every, now)

    assert {key: (s.step, len(s.points)) for key, s in found.items()} == {
        "24h": (30 * MINUTE, 48),
        "7d": (HOUR, 168),
        "90d": (ONE_DAY, 90),
    }
    assert found["24h"].start + ONE_DAY == now + timedelta(seconds=1)
    assert found["7d"].points[-1] and found["90d"].points[-1]
    assert [p for p in found["7d"].points if p is None] == [None] * 3
    for series in found.values():
        for n, point in enumerate(series.points):
            assert point == plain(rounds, series.start + n * series.step, series.step, now)


def plain(rounds: Sequence[Round], start: datetime, step: timedelta, now: datetime) -> Latency | None:
    values = sorted(
        round(s.latency.total_seconds() * 1000)
        for r in rounds
        for s in r.samples
        if s.latency and s.verdict is Verdict.UP and start <= s.at < start + step and s.at <= now
    )
    if not values:
        return None
    nth = [values[math.ceil(len(values) * share / 100) - 1] for share in (50, 95)]
    return Latency(start, len(values), nth[0], nth[1], values[-1])


def test_a_seldom_asked_component_has_a_line_without_a_gap() -> None:
    now = START + 6 * ONE_DAY
    rounds = [
        round_(at, sample(at, ms=n + 1)) for n, at in enumerate(START + k * 2 * HOUR for k in range(73))
    ]
    history = History(rounds=tuple(rounds))

    found = latency_series(answers(history, "api", now), history, "api", 2 * HOUR, now)

    assert found["24h"].step == found["7d"].step == 4 * HOUR
    assert all(found["24h"].points)
    assert found["7d"].points[-7] == Latency(found["7d"].start + 35 * 4 * HOUR, 2, 60, 61, 61)
