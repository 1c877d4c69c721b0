"""Windows that come again: a first one as written, and a rule of RFC 5545 for the days on which it comes back.

The rule names days, the window the time of day: at 02:00 in Paris it stays at 02:00, summer and winter. A time that
the clocks skip is read with the offset before the change (02:30 becomes 03:30), one that they show twice is its first
(RFC 5545 §3.3.5). The end goes by the clock too; where a change of clocks would leave nothing of the window, it is as
long as written.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain, islice, takewhile
from typing import NamedTuple

from dateutil.rrule import rrulestr

from statuspage.errors import StatuspageError, nearest
from statuspage.incidents.times import shortened, window, zone_of
from statuspage.intervals import Interval

LAST_YEAR = 2399
MAX_RULE = 200  # characters


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a maintenance takes place, as it is written."""

    window: str
    rule: str = ""  # "": once


class Occurrence(NamedTuple):
    day: date  # of its start, where the window is written
    window: Interval
    before: datetime | None  # the end of the one before; None: it is the first


def rule(text: str, window_text: str) -> str:
    """The rule, if it can be followed from that window on: at most once a day, and it does come again.

    Raises StatuspageError, for a window that is none too.
    """
    begin = _wall(window(window_text).start, zone_of(window_text))
    parts = _parts(text)
    if begin.year > LAST_YEAR:
        raise StatuspageError(f"the year {begin.year} cannot be meant", mend="look at the window's date")
    if "UNTIL" in parts and _until_time(parts["UNTIL"], zone_of(window_text)) < begin:
        raise StatuspageError("the rule ends before the window begins", mend="look at UNTIL and at the date")
    wanted = ";".join(f"{key}={value}" for key, value in parts.items())
    if not next(islice(_days(parts, begin.date()), 1, None), None):
        raise StatuspageError(f"after the window no day fits '{shortened(wanted)}'", mend=_EXAMPLE)
    return wanted


def occurrences(schedule: Schedule, between: Interval) -> Iterator[Occurrence]:
    """Those that touch `between`, in order. The window as written is the first, whatever the rule says of its day."""
    written, zone = window(schedule.window), zone_of(schedule.window)
    begin, end = (_wall(at, zone) for at in written)
    before: datetime | None = None
    for day in _days_of(schedule.rule, begin, zone):
        found = written if day == begin.date() else _window(day, begin, end - begin, zone)
        if found is None:
            continue
        if found.start >= between.end:
            return
        if found.end > between.start:
            yield Occurrence(day, found, before)
        before = found.end


def first_day(schedule: Schedule) -> date:
    """The day of the window as it is written."""
    return _wall(window(schedule.window).start, zone_of(schedule.window)).date()


# --- the rule ------------------------------------------------------------------------------------

_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"


def _list(one: str) -> str:
    return f"{one}(,{one})*"


def _numbers(most: int) -> str:
    """A list of -most to most without 0."""
    return _list(f"[+-]?0*(?:{'|'.join(map(str, range(most, 0, -1)))})")


_SHAPES: Mapping[str, tuple[str, str]] = {
    "FREQ": ("DAILY|WEEKLY|MONTHLY|YEARLY", "FREQ=WEEKLY"),
    "INTERVAL": (r"[1-9]\d{0,2}", "INTERVAL=2, at most 999"),
    "COUNT": (r"[1-9]\d{0,3}", "COUNT=12, at most 9999"),
    "UNTIL": (r"\d{8}(T\d{6}Z?)?", "UNTIL=20271231"),
    "WKST": (_DAY, "WKST=MO"),
    "BYDAY": (_list(rf"(?:[+-]?[1-5])?{_DAY}"), "BYDAY=1SU"),
    "BYMONTHDAY": (_numbers(31), "BYMONTHDAY=-1"),
    "BYMONTH": (_list("(?:1[0-2]|0?[1-9])"), "BYMONTH=1,7"),
    "BYSETPOS": (_numbers(366), "BYSETPOS=-1"),
    "BYYEARDAY": (_numbers(366), "BYYEARDAY=1"),
    "BYWEEKNO": (_numbers(53), "BYWEEKNO=20"),
}
_EXAMPLE = "write one such as FREQ=MONTHLY;BYDAY=1SU"
# The calendar repeats every 400 years. dateutil looks for the next day up to the year 9999: moved to the last of these
# times, a rule without any is done in a blink.
_SHIFT = 7600


def _parts(text: str) -> dict[str, str]:
    """Key and value of each part, all of them of a shape that is known. Raises StatuspageError."""
    if len(text) > MAX_RULE:
        raise StatuspageError(f"the rule is longer than {MAX_RULE} characters", mend=_EXAMPLE)
    parts: dict[str, str] = {}
    for part in re.sub(r"\s", "", text).upper().removeprefix("RRULE:").rstrip(";").split(";"):
        key, equals, value = part.partition("=")
        _look(key, value if equals else "", parts)
        parts[key] = value
    if "FREQ" not in parts:
        raise StatuspageError("the rule has no FREQ", mend=_EXAMPLE)
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise StatuspageError("the rule has both COUNT and UNTIL", mend="delete one of the two")
    if parts["FREQ"] in ("DAILY", "WEEKLY") and re.search(r"\d", parts.get("BYDAY", "")):
        mend = "numbers before a day go with FREQ=MONTHLY or YEARLY"
        raise StatuspageError(f"BYDAY={parts['BYDAY']} is for months", mend=mend)
    return parts


def _look(key: str, value: str, known: Mapping[str, str]) -> None:
    if key in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        raise StatuspageError(f"the rule has {key}", mend="the window says the time of day: delete this part")
    if key == "FREQ" and value in ("HOURLY", "MINUTELY", "SECONDLY"):
        mend = "FREQ=DAILY is the most often; write a file for each window of the day"
        raise StatuspageError(f"{value.lower()} is too often for a maintenance", mend=mend)
    if key not in _SHAPES:
        raise StatuspageError(f"unknown part '{shortened(key)}' in the rule", mend=nearest(key, _SHAPES))
    if key in known:
        raise StatuspageError(f"{key} stands in the rule twice", mend="delete one of the two")
    shape, example = _SHAPES[key]
    if not re.fullmatch(shape, value, re.ASCII):
        raise StatuspageError(f"{key} cannot be '{shortened(value)}'", mend=f"write it as {example}")


def _days(parts: Mapping[str, str], first: date) -> Iterator[date]:
    """The days from `first` on, that one in any case. Raises StatuspageError for a rule that contradicts itself."""
    text = ";".join(f"{key}={value}" for key, value in parts.items() if key not in ("COUNT", "UNTIL"))
    far = datetime.combine(first.replace(year=first.year + _SHIFT), time())
    try:
        found = rrulestr(text, dtstart=far)
    except (
        ValueError
    ) as error:  # pragma: no cover (no shape above is known to get here; other versions may differ)
        raise StatuspageError(f"the rule cannot be followed: {error}", mend=_EXAMPLE) from error
    days = (at.date().replace(year=at.year - _SHIFT) for at in found)
    return chain([first], (day for day in days if day > first))


def _days_of(text: str, begin: datetime, zone: tzinfo) -> Iterator[date]:
    """The days of a schedule up to its COUNT or UNTIL."""
    if not text:
        return iter([begin.date()])
    parts = _parts(text)
    days = _days(parts, begin.date())
    if "COUNT" in parts:
        return islice(days, int(parts["COUNT"]))
    if "UNTIL" in parts:
        last = _until_time(parts["UNTIL"], zone)
        return takewhile(lambda day: datetime.combine(day, begin.time()) <= last, days)
    return days


def _until_time(text: str, zone: tzinfo) -> datetime:
    """The last moment, by the clock of the zone; a day alone is meant whole. Raises StatuspageError."""
    try:
        if len(text) == 8:
            return datetime.combine(datetime.strptime(text, "%Y%m%d").date(), time.max)  # noqa: DTZ007 (wall time)
        at = datetime.strptime(text[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 (wall time, unless there is a Z)
        return _wall(at.replace(tzinfo=UTC), zone) if text.endswith("Z") else at
    except (ValueError, OverflowError) as error:
        raise StatuspageError(f"UNTIL={text} is in no calendar", mend="write it as UNTIL=20271231") from error


# --- wall time -----------------------------------------------------------------------------------


def _window(day: date, begin: datetime, length: timedelta, zone: tzinfo) -> Interval | None:
    """The window of a day; None where the whole day was skipped, as in Samoa in 2011."""
    if _instant(datetime.combine(day, time()), zone) >= _instant(
        datetime.combine(day + timedelta(1), time()), zone
    ):
        return None
    local = datetime.combine(day, begin.time())
    start, end = _instant(local, zone), _instant(local + length, zone)
    return Interval(start, end if end > start else start + length)


def _instant(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)
