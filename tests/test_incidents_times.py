"""One strict form of time: a zone always, and only hours that were there once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.errors import StatuspageError
from statuspage.incidents.times import moment, window
from statuspage.intervals import Interval

AT = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 14:05 UTC",
        "2026-11-22 14:05 utc",
        "2026-11-22T14:05Z",
        "2026-11-22T14:05:00.123Z",
        "2026-11-22  14:05:00  GMT ",
        "2026-11-22 15:05 Europe/Paris",
        "2026-11-22 15:05 +01:00",
        "2026-11-22T15:05:00+0100",
        "2026-11-22 06:05 America/Los_Angeles",
        "2026-11-22 19:50 Asia/Kathmandu",
    ],
)
def test_a_time_with_its_zone_is_read(text: str) -> None:
    assert moment(text) == AT


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        (
            "2026-11-22 14:05",
            "does not say in which time zone",
            "14:05 UTC or 2026-11-22 14:05 Europe/Berlin",
        ),
        ("22.11.2026 14:05 UTC", "is no time", "2026-11-22 14:05 UTC"),
        ("2026-11-22", "is no time", "2026-11-22 14:05 UTC"),
        ("2026-11-22 2pm UTC", "is no time", "2026-11-22 14:05 UTC"),
        ("1795356300", "is no time", "2026-11-22 14:05 UTC"),
        ("2026-11-31 14:05 UTC", "is in no calendar", "the date and the hour"),
        ("2026-11-22 24:05 UTC", "is in no calendar", "the date and the hour"),
        ("0026-11-22 14:05 UTC", "the year 26 cannot be meant", "look at the date"),
        ("2026-11-22 14:05 CET", "'CET' is no time zone", "Europe/Paris"),
        ("2026-11-22 14:05 Europe/Pariss", "'Europe/Pariss' is no time zone", "did you mean 'Europe/Paris'?"),
        ("2026-11-22 14:05 Europe/", "is no time", "2026-11-22 14:05 UTC"),
        ("2026-11-22 14:05 +25:00", "is no offset", "+01:00"),
        ("2026-03-29 02:30 Europe/Paris", "never was", "in UTC"),
        ("2026-10-25 02:30 Europe/Paris", "was twice", "02:30 +0200 or 2026-10-25 02:30 +0100"),
        ("1" * 70_000, "is no time", "2026-11-22 14:05 UTC"),
    ],
)
def test_anything_else_is_refused_with_advice(text: str, what: str, mend: str) -> None:
    with pytest.raises(StatuspageError) as caught:
        moment(text, "Europe/Berlin")
    problem = caught.value.problems[0]

    assert what in problem.what
    assert len(problem.what) < 150
    assert mend in problem.mend


@given(st.integers(86_400, 32_000_000_000), st.integers(-14 * 60, 14 * 60))
def test_a_time_written_in_any_offset_is_the_same_moment(epoch: int, offset: int) -> None:
    at = datetime.fromtimestamp(epoch, UTC)
    local = at + timedelta(minutes=offset)
    sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)

    assert moment(f"{local:%Y-%m-%d %H:%M:%S} {sign}{hours:02}:{minutes:02}") == at


@given(st.text())
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    for parse in (moment, window):
        with pytest.raises(StatuspageError):
            parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-26 02:00 .. 03:30 Europe/Paris",
        "2026-11-26 02:00..03:30 Europe/Paris",
        "2026-11-26 02:00 Europe/Paris .. 03:30",
        "2026-11-26 01:00 UTC .. 03:30 Europe/Paris",
        "2026-11-26 02:00 .. 2026-11-26 03:30 +01:00",
        "2026-11-26T01:00Z … 2026-11-26T02:30Z",
    ],
)
def test_a_window_is_read(text: str) -> None:
    start = datetime(2026, 11, 26, 1, tzinfo=UTC)
    assert window(text) == Interval(start, start + timedelta(minutes=90))


def test_a_window_may_reach_over_midnight_and_over_a_change_of_clocks() -> None:
    night = window("2026-10-24 22:00 .. 2026-10-25 06:00 Europe/Paris")

    assert night.seconds == 9 * 3600


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        ("2026-11-26 02:00 .. 03:30", "does not say in which time zone", "add UTC or Europe/Berlin"),
        ("2026-11-26 22:00 .. 03:30 UTC", "ends before it begins", "the end's date"),
        ("2026-11-26 22:00 .. 2026-11-25 03:30 UTC", "ends before it begins", "the earlier time first"),
        ("2026-11-26 22:00 .. 22:00 UTC", "ends before it begins", "the end's date"),
        ("2026-11-26 22:00 UTC", "is no window", "02:00 .. 03:30"),
        ("2026-11-26 22:00 .. soon", "is no window", "02:00 .. 03:30"),
        ("..", "is no window", "02:00 .. 03:30"),
    ],
)
def test_a_window_that_is_none_is_refused_with_advice(text: str, what: str, mend: str) -> None:
    with pytest.raises(StatuspageError) as caught:
        window(text, "Europe/Berlin")
    problem = caught.value.problems[0]

    assert what in problem.what
    assert mend in problem.mend
