from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from statuspage.intervals import Interval, clip, local_day, merge, seconds, subtract, total

START = datetime(2026, 11, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def interval(start: int, end: int) -> Interval:
    return Interval(START + start * MINUTE, START + end * MINUTE)


intervals = st.builds(
    lambda start, length: interval(start, start + length), st.integers(0, 300), st.integers(0, 90)
)


def minutes(some: list[Interval]) -> set[int]:
    """The minutes covered: what the functions must agree with."""
    return {n for one in some for n in range((one.start - START) // MINUTE, (one.end - START) // MINUTE)}


@given(st.lists(intervals))
def test_merged_intervals_are_disjoint_and_cover_the_same_time(some: list[Interval]) -> None:
    merged = merge(some)

    assert minutes(merged) == minutes(some)
    assert all(one.end < following.start for one, following in pairwise(merged))


@given(st.lists(intervals), intervals)
def test_clipping_keeps_what_lies_inside_the_window(some: list[Interval], window: Interval) -> None:
    assert minutes(clip(some, window)) == minutes(some) & minutes([window])


@given(st.lists(intervals), st.lists(intervals))
def test_subtracting_leaves_what_no_hole_covers(some: list[Interval], holes: list[Interval]) -> None:
    left = subtract(some, holes)

    assert minutes(left) == minutes(some) - minutes(holes)
    assert left == merge(left)


@given(st.lists(intervals))
def test_time_that_intervals_share_counts_once(some: list[Interval]) -> None:
    assert total(some) == 60 * len(minutes(some))


def test_touching_intervals_become_one() -> None:
    assert merge([interval(5, 9), interval(0, 5)]) == [interval(0, 9)]


def test_empty_intervals_vanish() -> None:
    assert merge([interval(5, 5)]) == []


def test_seconds_drop_fractions() -> None:
    assert seconds(timedelta(seconds=2, milliseconds=999)) == 2


def test_a_civil_day_has_as_many_hours_as_its_zone_gives_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = {day: local_day(day, berlin).seconds // 3600 for day in (date(2026, 3, 29), date(2026, 10, 25))}

    assert hours == {date(2026, 3, 29): 23, date(2026, 10, 25): 25}
    assert local_day(date(2028, 2, 29), berlin).seconds == 86400


def test_a_date_that_a_zone_skipped_is_empty() -> None:
    skipped = local_day(date(2011, 12, 30), ZoneInfo("Pacific/Apia"))

    assert skipped.seconds == 0


@given(
    st.sampled_from(
        ["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"]
    ),
    st.dates(date(2009, 1, 1), date(2032, 1, 1)),
)
def test_civil_days_follow_each_other_without_a_seam(name: str, day: date) -> None:
    zone = ZoneInfo(name)

    assert local_day(day, zone).end == local_day(day + timedelta(days=1), zone).start
