"""Windows that come again: by the clock of their zone, bounded whatever the rule says."""

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statuspage.errors import StatuspageError
from statuspage.incidents.recurrence import Occurrence, Schedule, first_day, occurrences, rule
from statuspage.intervals import Interval

DAY = timedelta(days=1)
PLACES = ("Europe/Paris", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "America/Sao_Paulo")


def year(n: int) -> Interval:
    return Interval(datetime(n, 1, 1, tzinfo=UTC), datetime(n + 1, 1, 1, tzinfo=UTC))


def windows(window: str, text: str, between: Interval) -> list[Occurrence]:
    return list(occurrences(Schedule(window, rule(text, window)), between))


def local(window: Interval, place: str) -> str:
    start, end = (at.astimezone(ZoneInfo(place)) for at in window)
    return f"{start:%Y-%m-%d %H:%M} .. {end:%H:%M}"


# --- the days ------------------------------------------------------------------------------------


def test_the_written_window_is_the_first_and_the_rule_says_when_it_comes_again() -> None:
    found = windows("2026-11-26 02:00 .. 03:30 Europe/Paris", "FREQ=MONTHLY;BYDAY=1SU", year(2026))

    assert [local(one.window, "Europe/Paris") for one in found] == [
        "2026-11-26 02:00 .. 03:30",
        "2026-12-06 02:00 .. 03:30",
    ]
    assert [one.before for one in found] == [None, found[0].window.end]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["2026-11-26", "2026-12-03", "2026-12-10"]),
        ("FREQ=WEEKLY;UNTIL=20261203", ["2026-11-26", "2026-12-03"]),
        ("FREQ=WEEKLY;UNTIL=20261203T010000Z", ["2026-11-26", "2026-12-03"]),
        ("FREQ=WEEKLY;UNTIL=20261203T005959Z", ["2026-11-26"]),
        ("FREQ=WEEKLY;UNTIL=20261203T020000", ["2026-11-26", "2026-12-03"]),
        ("rrule:freq=weekly; interval=2;count=2;", ["2026-11-26", "2026-12-10"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;UNTIL=20261231", ["2026-11-26", "2026-11-30", "2026-12-29"]),
        ("FREQ=MONTHLY;COUNT=1;BYMONTHDAY=26", ["2026-11-26"]),
    ],
)
def test_a_rule_names_days(text: str, days: list[str]) -> None:
    found = windows("2026-11-26 02:00 .. 03:30 Europe/Paris", text, year(2026))

    assert [str(one.day) for one in found] == days


def test_the_day_is_the_one_where_the_window_is_written() -> None:
    schedule = Schedule("2026-11-26 00:30 .. 03:30 +09:00", "FREQ=DAILY;COUNT=2")

    assert first_day(schedule) == date(2026, 11, 26)
    assert [one.day.day for one in occurrences(schedule, year(2026))] == [26, 27]
    assert next(occurrences(schedule, year(2026))).window.start == datetime(2026, 11, 25, 15, 30, tzinfo=UTC)


# --- summer and winter ---------------------------------------------------------------------------


def test_a_window_stays_at_its_hour_when_the_clocks_change() -> None:
    found = windows("2026-03-15 04:00 .. 05:30 Europe/Paris", "FREQ=WEEKLY;COUNT=3", year(2026))

    assert [one.window.start.hour for one in found] == [3, 3, 2]
    assert {local(one.window, "Europe/Paris")[11:] for one in found} == {"04:00 .. 05:30"}


@pytest.mark.parametrize(
    ("window", "told"),
    [
        ("2026-03-28 02:00 .. 02:45 Europe/Paris", "2026-03-29 03:00 .. 03:45"),  # skipped: one hour later
        ("2026-03-28 01:30 .. 02:30 Europe/Paris", "2026-03-29 01:30 .. 03:30"),
        ("2026-03-28 02:30 .. 03:15 Europe/Paris", "2026-03-29 03:30 .. 04:15"),  # nothing would be left
        ("2026-10-24 02:30 .. 03:30 Europe/Paris", "2026-10-25 02:30 .. 03:30"),  # twice: the first
        ("2026-10-24 02:15 .. 02:45 Europe/Paris", "2026-10-25 02:15 .. 02:45"),
        ("2026-10-03 02:10 .. 02:20 Australia/Lord_Howe", "2026-10-04 02:40 .. 02:50"),
        ("2026-03-07 02:30 .. 04:00 America/New_York", "2026-03-08 03:30 .. 04:00"),
    ],
)
def test_an_hour_that_is_skipped_or_shown_twice_is_defined(window: str, told: str) -> None:
    place = window.rpartition(" ")[2]
    found = windows(window, "FREQ=DAILY;COUNT=2", year(2026))

    assert local(found[1].window, place) == told
    if "10-25" in told:
        assert found[1].window.start.astimezone(ZoneInfo(place)).utcoffset() == timedelta(hours=2)


def test_a_day_that_a_country_left_out_has_no_window() -> None:
    found = windows("2011-12-28 02:00 .. 03:00 Pacific/Apia", "FREQ=DAILY;COUNT=4", year(2011))

    assert [str(one.day) for one in found] == ["2011-12-28", "2011-12-29", "2011-12-31"]


@settings(max_examples=50)
@given(
    place=st.sampled_from(PLACES),
    day=st.dates(date(2011, 1, 2), date(2027, 12, 30)),
    begin=st.integers(0, 24 * 60 - 1),
    length=st.integers(1, 26 * 60),
)
def test_wall_time_holds_wherever_the_clocks_show_it(place: str, day: date, begin: int, length: int) -> None:
    zone = ZoneInfo(place)
    written = datetime.combine(
        date(2011, 1, 1), time(begin // 60, begin % 60)
    )  # southern summer, northern winter
    over = written + timedelta(minutes=length)
    window = f"{written:%Y-%m-%d %H:%M} .. {over:%Y-%m-%d %H:%M} {place}"
    middle = datetime.combine(day, time(12), UTC)
    schedule = Schedule(window, "FREQ=DAILY")

    found = list(occurrences(schedule, Interval(middle - 3 * DAY, middle + 3 * DAY)))

    assert 5 <= len(found) <= 8 + length // (24 * 60)
    assert len({one.window.start for one in found}) == len(found)
    assert found == sorted(found, key=lambda one: one.window)
    for one in found:
        start = one.window.start.astimezone(zone)
        wanted = datetime.combine(one.day, written.time())
        shown = start.replace(tzinfo=None)
        assert one.window.end > one.window.start
        assert shown >= wanted  # later only where the clocks skipped that time
        if shown != wanted:
            skipped = (
                wanted.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
            )
            assert shown == skipped
            assert shown - wanted <= timedelta(hours=1)


# --- hostile rules -------------------------------------------------------------------------------

WINDOW = "2026-11-22 02:00 .. 03:30 Europe/Paris"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "unknown part ''"),
        ("FREQ", "FREQ cannot be ''"),
        ("COUNT=3", "no FREQ"),
        ("FREQ=SECONDLY", "too often"),
        ("FREQ=HOURLY;INTERVAL=24", "too often"),
        ("FREQ=DAILY;BYHOUR=1,2,3", "BYHOUR"),
        ("FREQ=DAILY;COUNT=1000000000", "COUNT cannot be"),
        ("FREQ=DAILY;COUNT=0", "COUNT cannot be"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL cannot be"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "both COUNT and UNTIL"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=DAILY;BYEASTER=0", "unknown part 'BYEASTER'"),
        ("FREQ=DAILY;UNTIL=20269999", "in no calendar"),
        ("FREQ=DAILY;UNTIL=00010101T000000Z", "ends before"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "in no calendar"),
        ("FREQ=DAILY;UNTIL=20261121", "ends before"),
        ("FREQ=WEEKLY;BYDAY=1MO", "for months"),
        ("FREQ=MONTHLY;BYDAY=0SU", "BYDAY cannot be"),
        ("FREQ=MONTHLY;BYDAY=99SU", "BYDAY cannot be"),
        ("FREQ=MONTHLY;BYSETPOS=0;BYDAY=MO", "BYSETPOS cannot be"),
        ("FREQ=MONTHLY;BYMONTH=13", "BYMONTH cannot be"),
        ("FREQ=YEARLY;BYMONTHDAY=32", "BYMONTHDAY cannot be"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no day fits"),
        ("FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=31", "no day fits"),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "no day fits"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "no day fits"),
        ("FREQ=DAILY;" + "BYDAY=MO;" * 40, "longer than"),
        ("FREQ=DAILY;BYDAY=" + "MO," * 70, "longer than"),
        ("FREQ=١", "FREQ cannot be"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_at_once(text: str, what: str) -> None:
    began = stopwatch.monotonic()
    with pytest.raises(StatuspageError, match=what) as found:
        rule(text, WINDOW)
    assert all(problem.mend for problem in found.value.problems)
    assert stopwatch.monotonic() - began < 10  # on a loaded machine; what is unbounded takes minutes


def test_a_year_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(StatuspageError, match="2999"):
        rule("FREQ=DAILY", "2999-01-01 02:00 .. 03:30 UTC")


PART = st.one_of(
    st.sampled_from(("FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=MINUTELY")),
    st.builds("INTERVAL={}".format, st.integers(-1, 1200)),
    st.builds("COUNT={}".format, st.integers(-1, 12_000)),
    st.builds("UNTIL={}".format, st.dates().map(lambda day: f"{day:%Y%m%d}")),
    st.builds("BYMONTHDAY={}".format, st.integers(-40, 40)),
    st.builds("BYMONTH={}".format, st.integers(-1, 13)),
    st.builds("BYSETPOS={}".format, st.integers(-370, 370)),
    st.builds("BYYEARDAY={}".format, st.integers(-370, 370)),
    st.builds("BYWEEKNO={}".format, st.integers(-60, 60)),
    st.builds(
        "BYDAY={}{}".format, st.sampled_from(("", "1", "-1", "5", "9")), st.sampled_from(("MO", "SU", "XX"))
    ),
    st.text(max_size=8),
)


@given(st.lists(PART, max_size=5).map(";".join), st.sampled_from(PLACES), st.integers(1970, 2026))
def test_whatever_the_rule_it_is_refused_or_gives_a_window_a_day_at_most(
    text: str, place: str, begun: int
) -> None:
    window = f"{begun}-03-01 12:00 .. 13:30 {place}"
    now = datetime(2026, 11, 22, tzinfo=UTC)
    began = stopwatch.monotonic()
    try:
        found = windows(window, text, Interval(now - 400 * DAY, now + 90 * DAY))
    except StatuspageError:
        found = []

    assert stopwatch.monotonic() - began < 2
    assert len(found) <= 491
    assert len({one.day for one in found}) == len(found)
