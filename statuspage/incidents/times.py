"""Moments and windows as people write them: one strict form of ISO 8601, always with a zone."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from statuspage.errors import StatuspageError
from statuspage.intervals import Interval

EXAMPLE = "2026-11-22 14:05"
YEARS = range(1970, 3000)  # past either end it is a slip of the pen

_DATE = r"(?P<date>\d{4}-\d\d-\d\d)"
_CLOCK = r"(?P<clock>\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})?"
_ZONE = r"(?: ?(?P<zone>[Zz]|[+-]\d\d:?\d\d)| (?P<place>[A-Za-z][\w+-]*(?:/[\w+-]+)*))?"
_MOMENT = re.compile(rf"{_DATE}[Tt ]{_CLOCK}{_ZONE}", re.ASCII)
_LATER = re.compile(rf"(?:{_DATE}[Tt ])?{_CLOCK}{_ZONE}", re.ASCII)
_WINDOW = re.compile(r"(?P<start>.+?) ?(?:\.\.|…) ?(?P<end>.+)")


def moment(text: str, zone: str = "Etc/UTC") -> datetime:
    """`2026-11-22 14:05 UTC`, `... Europe/Paris`, `... +01:00`, `2026-11-22T14:05:00Z` as UTC, whole seconds.

    Raises StatuspageError for anything else: no zone, an hour that the clocks skipped or showed twice.
    `zone` is only named in the advice.
    """
    text = shortened(text)
    match = _MOMENT.fullmatch(text)
    if not match:
        raise StatuspageError(f"'{text}' is no time", mend=f"write it as {EXAMPLE} UTC")
    where = match["zone"] or match["place"]
    if not where:
        also = "" if zone in ("UTC", "Etc/UTC") else f" or {text} {zone}"
        raise StatuspageError(f"'{text}' does not say in which time zone", mend=f"write {text} UTC{also}")
    return _utc(match["date"], match["clock"], where)


def window(text: str, zone: str = "Etc/UTC") -> Interval:
    """`2026-11-26 02:00 .. 03:30 Europe/Paris`; the end may carry a date, the start a zone of its own.

    Raises StatuspageError, also for an end that is not after the start.
    """
    text = shortened(text)
    parts = _WINDOW.fullmatch(text)
    start, end = (
        (_MOMENT.fullmatch(parts["start"]), _LATER.fullmatch(parts["end"])) if parts else (None, None)
    )
    if not parts or not start or not end:
        raise StatuspageError(
            f"'{text}' is no window", mend="write it as 2026-11-26 02:00 .. 03:30 Europe/Paris"
        )
    own, last = start["zone"] or start["place"], end["zone"] or end["place"]
    if not own and not last:
        also = "" if zone in ("UTC", "Etc/UTC") else f" or {zone}"
        raise StatuspageError(f"'{text}' does not say in which time zone", mend=f"add UTC{also} at its end")
    begin = _utc(start["date"], start["clock"], own or last)
    finish = _utc(end["date"] or start["date"], end["clock"], last or own)
    if finish <= begin:
        mend = "write the end's date too" if not end["date"] else "put the earlier time first"
        raise StatuspageError("the window ends before it begins", mend=mend)
    return Interval(begin, finish)


def zone_of(text: str) -> tzinfo:
    """The zone in which the start of a window is written. `window` has taken the text before."""
    parts = _WINDOW.fullmatch(shortened(text))
    start, end = (
        (_MOMENT.fullmatch(parts["start"]), _LATER.fullmatch(parts["end"])) if parts else (None, None)
    )
    assert start and end
    where = start["zone"] or start["place"] or end["zone"] or end["place"]
    return _zone(where)


def shortened(text: str) -> str:
    """A text fit to be named in a sentence, and too long to be a time when it was cut."""
    text = " ".join(text[:200].split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def _utc(day: str, clock: str, where: str) -> datetime:
    try:
        local = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
    except ValueError as error:
        raise StatuspageError(
            f"'{day} {clock}' is in no calendar", mend="look at the date and the hour"
        ) from error
    if local.year not in YEARS:
        raise StatuspageError(f"the year {local.year} cannot be meant", mend="look at the date")
    zone = _zone(where)
    return (
        _at_place(local, zone) if isinstance(zone, ZoneInfo) else local.replace(tzinfo=zone).astimezone(UTC)
    )


def _zone(where: str) -> tzinfo:
    if where.upper() in ("Z", "UTC", "GMT"):
        return UTC
    return _offset(where) if where[0] in "+-" else _place(where)


def _offset(text: str) -> timezone:
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise StatuspageError(f"'{text}' is no offset from UTC", mend="write one such as +01:00")
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)


def _place(name: str) -> ZoneInfo:
    """A zone by its region's name; abbreviations such as CET or EST mean several things and are refused."""
    if "/" in name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    close = get_close_matches(name, sorted(available_timezones()), n=1, cutoff=0.75) if "/" in name else []
    mend = f"did you mean '{close[0]}'?" if close else "write UTC, +01:00 or a name such as Europe/Paris"
    raise StatuspageError(f"'{name}' is no time zone that is known here", mend=mend)


def _at_place(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment when the clocks there showed that time, once."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    said = f"{local:%Y-%m-%d %H:%M} {zone.key}"
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        raise StatuspageError(f"{said} never was: the clocks skipped that hour", mend="write it in UTC")
    hints = " or ".join(f"{at:%Y-%m-%d %H:%M} {at:%z}" for at in (first, second))
    raise StatuspageError(f"{said} was twice: the clocks were put back", mend=f"write {hints}")
