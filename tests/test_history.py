from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.errors import StatuspageError
from statuspage.history import (
    days_path,
    decode_days,
    decode_hours,
    decode_rounds,
    encode_days,
    encode_hours,
    encode_round,
    hours_path,
    raw_path,
)
from statuspage.lines import checksummed
from statuspage.model import Day, Latency, Round, Rules, Sample, Span, State, Verdict

AT = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIVE = 5 * MINUTE

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
numbers = st.integers(0, 10**9)
figures = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
samples = st.builds(
    Sample,
    component=names,
    at=st.timedeltas(-FIVE, FIVE).map(lambda late: AT + late),
    verdict=st.sampled_from(Verdict),
    latency=st.none() | st.timedeltas(timedelta(), timedelta(hours=1)),
    code=words,
    detail=words,
    attempts=st.integers(1, 9),
    flaked=st.booleans(),
    partial=st.booleans(),
    measures=st.dictionaries(words, figures, max_size=3),
    tokens=numbers,
    calls=st.integers(0, 9),
    fell_back=st.none() | st.booleans(),
    kept=st.text(max_size=20),
    every=st.sampled_from([FIVE, 3 * FIVE]) | st.timedeltas(timedelta(seconds=1), timedelta(days=1)),
)
rounds = st.builds(
    Round,
    id=names,
    at=st.just(AT),
    vantage=words,
    void=words,
    samples=st.lists(samples, max_size=5, unique_by=lambda s: s.component).map(tuple),
)


dates = st.dates(date(2001, 1, 1), date(2199, 1, 1))


@st.composite
def days(draw: st.DrawFn, day: date | None = None) -> Day:
    day = day or draw(dates)
    start = datetime.combine(day, time(), UTC)
    edges = sorted(draw(st.lists(st.integers(0, 86400), max_size=8, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    states = [state for state in State if state is not State.UNKNOWN]
    return Day(
        day=day,
        component=draw(names),
        spans=tuple(
            Span(
                start + timedelta(seconds=first),
                start + timedelta(seconds=end),
                draw(st.sampled_from(states)),
                draw(words),
                draw(words),
            )
            for first, end in pairs
        ),
        counts=draw(st.dictionaries(words, numbers)),
        latency=draw(st.none() | st.builds(Latency, st.just(start), numbers, numbers, numbers, numbers)),
        rules=draw(st.builds(Rules, st.integers(1, 9), st.integers(1, 9), st.integers(0, 9))),
    )


def text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@given(rounds)
def test_rounds_come_back_as_they_were(round_: Round) -> None:
    line = encode_round(round_)

    assert "\n" not in line
    assert decode_rounds(text([line]), "raw") == ([round_], [])


@given(days())
def test_closed_days_come_back_as_they_were(day: Day) -> None:
    assert decode_days(text([encode_days([day])]), "days") == ([day], [])


def test_good_time_is_written_as_its_two_ends_alone() -> None:
    start = datetime(2026, 11, 22, tzinfo=UTC)
    spans = (
        Span(start, start + FIVE, State.OPERATIONAL),
        Span(start + FIVE, start + 2 * FIVE, State.MAJOR, "tcp.refused", "port 443"),
    )
    day = Day(day=start.date(), component="api", spans=spans, counts={}, latency=None, rules=Rules())

    assert '"spans":[[0,300],[300,600,"major_outage","tcp.refused","port 443"]]' in encode_days([day])
    assert decode_days(text([encode_days([day])]), "days") == ([day], [])


@given(
    dates.flatmap(lambda day: st.lists(days(day), min_size=1, max_size=4, unique_by=lambda d: d.component))
)
def test_closed_days_of_several_components_share_a_line(told: list[Day]) -> None:
    shared = sorted(told, key=lambda day: day.component)

    assert decode_days(text([encode_days(shared)]), "days") == (shared, [])


def test_a_closed_day_as_it_once_was_is_still_read() -> None:
    parts = {"day": "2026-11-20", "c": "api", "n": {"up": 3}, "ms": [3, 1, 2, 2], "rules": [2, 1]}
    start = datetime(2026, 11, 20, tzinfo=UTC)
    bare = Day(
        day=start.date(),
        component="api",
        spans=(),
        counts={"up": 3},
        latency=Latency(start, 3, 1, 2, 2),
        rules=Rules(2, 1),
    )
    good = (Span(start, start + timedelta(days=1), State.OPERATIONAL),)

    assert decode_days(text([checksummed(parts)]), "days")[0] == [bare]
    whole = checksummed({**parts, "spans": [[0, 86400]]})
    assert decode_days(text([whole]), "days")[0] == [replace(bare, spans=good)]


hours_of_a_day = st.dictionaries(st.integers(0, 23), st.tuples(*[numbers] * 4), min_size=1)


@given(st.dictionaries(names, hours_of_a_day, min_size=1, max_size=3), dates)
def test_hours_come_back_as_they_were(told: dict[str, dict[int, tuple[int, ...]]], day: date) -> None:
    midnight = datetime.combine(day, time(), UTC)
    hours = [
        (name, [Latency(midnight + timedelta(hours=n), *found[n]) for n in sorted(found)])
        for name, found in sorted(told.items())
    ]

    assert decode_hours(text([encode_hours(hours)]), "hours") == (
        [(name, hour) for name, of_day in hours for hour in of_day],
        [],
    )


def test_a_line_of_one_hour_as_it_once_was_is_still_read() -> None:
    line = checksummed({"c": "api", "at": "2026-11-20T10:00:00Z", "ms": [12, 10, 20, 30]})

    assert decode_hours(text([line]), "hours")[0] == [
        ("api", Latency(datetime(2026, 11, 20, 10, tzinfo=UTC), 12, 10, 20, 30))
    ]


def test_fifty_components_that_are_up_make_a_small_line() -> None:
    every = tuple(
        Sample(
            component=f"component-{n:02}", at=AT, verdict=Verdict.UP, latency=123 * MINUTE / 60000, every=FIVE
        )
        for n in range(50)
    )

    assert len(encode_round(Round(id="20261122T140500Z-18237465.1", at=AT, samples=every))) < 1460


def test_a_sample_without_news_is_written_as_ever() -> None:
    up = Sample(component="up", at=AT, verdict=Verdict.UP, latency=123 * MINUTE / 60000, every=FIVE)
    late = Sample(
        component="late",
        at=AT + MINUTE,
        verdict=Verdict.DOWN,
        code="tcp.refused",
        attempts=3,
        flaked=True,
        every=3 * FIVE,
    )
    line = encode_round(Round(id="r", at=AT, samples=(up, late, replace(up, component="too"))))

    assert line.partition(',"sum"')[0] == (
        '{"id":"r","at":"2026-11-22T14:05:00Z","every":300,"s":{"up":["up",123],'
        '"late":["down",null,60,"tcp.refused","",{"n":3,"flaked":true,"every":900}],"too":["up",123]}'
    )


def test_a_conversation_s_figures_are_kept_and_whole_ones_are_short() -> None:
    said = Sample(
        component="chat",
        at=AT,
        verdict=Verdict.DEGRADED,
        code="slow",
        partial=True,
        measures={"first_token": 812.0, "tokens_per_second": 41.5},
        tokens=57,
        calls=3,
        fell_back=False,
        every=FIVE,
    )
    line = encode_round(Round(id="r", at=AT, samples=(said,)))

    assert (
        '{"partial":true,"m":{"first_token":812,"tokens_per_second":41.5},"tokens":57,"calls":3,"fell_back":0}'
        in line
    )
    assert decode_rounds(text([line]), "raw")[0][0].samples == (said,)


def test_the_places_of_a_day_s_rules_are_written_only_when_there_are_some() -> None:
    day = Day(day=AT.date(), component="api", spans=(), counts={}, latency=None, rules=Rules(1, 1))

    assert '"rules":[1,1]' in encode_days([day])
    assert '"rules":[1,1,2]' in encode_days([replace(day, rules=Rules(1, 1, 2))])


@pytest.mark.parametrize("rules", [[], [1], [1, 1, 1, 1], ["often", 1], 1])
def test_rules_that_are_none_are_an_error_of_ours(rules: object) -> None:
    line = checksummed({"day": "2026-11-22", "c": "api", "rules": rules})
    with pytest.raises(StatuspageError, match="not a closed day of ours"):
        decode_days(text([line]), "days")


def test_a_second_sample_of_a_component_is_refused() -> None:
    one = Sample(component="api", at=AT, verdict=Verdict.UP, every=FIVE)

    with pytest.raises(ValueError, match="one sample"):
        encode_round(Round(id="r", at=AT, samples=(one, one)))


def test_a_round_written_twice_counts_once() -> None:
    first, second = (Round(id=name, at=AT) for name in "ab")
    lines = [encode_round(r) for r in (first, second, first)]

    assert decode_rounds(text(lines), "raw")[0] == [first, second]


def test_the_last_line_of_a_day_and_component_holds() -> None:
    old, new = (
        Day(day=date(2026, 11, 22), component="api", spans=(), counts={"up": n}, latency=None, rules=Rules())
        for n in (1, 2)
    )
    other = Day(day=date(2026, 11, 21), component="llm", spans=(), counts={}, latency=None, rules=Rules(2, 3))

    assert decode_days(text([encode_days([old]), encode_days([other]), encode_days([new])]), "days")[0] == [
        other,
        new,
    ]


def test_the_last_line_of_an_hour_holds() -> None:
    old, new = (Latency(AT.replace(minute=0), n, n, n, n) for n in (1, 2))
    lines = [encode_hours([("api", [hour])]) for hour in (old, new)]

    assert decode_hours(text(lines), "hours")[0] == [("api", new)]


def test_a_torn_last_line_is_dropped_with_a_warning() -> None:
    lines = text([encode_round(Round(id=name, at=AT)) for name in "ab"])
    for cut in range(2, len(lines) // 2):
        kept, trouble = decode_rounds(lines[:-cut], "raw/x.ndjson")

        assert [r.id for r in kept] == ["a"]
        assert [(str(t.where), t.warning) for t in trouble] == [("raw/x.ndjson:2", True)]


def test_a_broken_line_in_the_middle_names_its_place() -> None:
    lines = text([encode_round(Round(id=name, at=AT)) for name in "abc"]).replace(b'"b"', b'"x"')

    with pytest.raises(StatuspageError, match=r"raw/x\.ndjson:2: "):
        decode_rounds(lines, "raw/x.ndjson")


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"id": 5, "at": "2026-11-22T14:05:00Z"},
        {"id": "a", "at": "2026-11-22T14:05:00"},
        {"id": "a", "at": "soon"},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": ["api"]},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": {"api": []}},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": {"api": ["sideways"]}},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": {"api": ["up", 1e300]}},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": {"api": ["up", 1, 0, 7]}},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": {"api": ["up", 1, 0, "", "", {}, "more"]}},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "every": "often", "s": {"api": ["up"]}},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": {"api": ["up", 1, 0, "", "", {"m": {"gap": "1"}}]}},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": {"api": ["up", 1, 0, "", "", {"m": {"gap": True}}]}},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": {"api": ["up", 1, 0, "", "", {"m": [1]}]}},
        {"id": "a", "at": "2026-11-22T14:05:00Z", "s": {"api": ["up", 1, 0, "", "", {"tokens": "many"}]}},
    ],
)
def test_lines_that_hold_something_else_are_an_error_of_ours(line: dict[str, object]) -> None:
    with pytest.raises(StatuspageError, match="not a round of ours"):
        decode_rounds(text([checksummed(line)]), "raw")


def test_files_are_named_by_hour_day_and_month_of_utc() -> None:
    at = datetime(2026, 11, 22, 23, 5, tzinfo=UTC)

    assert raw_path(at) == raw_path(at.astimezone(None)) == "raw/2026-11-22/23.ndjson"
    assert days_path(at.date()) == "days/2026-11.ndjson"
    assert hours_path(at.date()) == "hours/2026-11-22.ndjson"
