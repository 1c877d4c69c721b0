"""One language: its words (gettext), its plurals, its dates and numbers (CLDR, through Babel)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, get_timezone_gmt, get_timezone_name
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from statuspage.spoken import has_words

# Plain "en" takes Europe's order of day and month and its 24 hours; "en-US" and others stay what they say.
LOCALES = {"en": "en_150"}
REMEMBERED = 20_000  # dates, clocks and numbers of a language, some 2 MB
SOME_DAY = date(2000, 1, 1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)  # one a build: by its identity a cache finds it at once
class Language:
    """How a page in one language and one time zone says things. Times given are aware."""

    code: str  # BCP 47, for the lang attribute
    locale: Locale
    zone: ZoneInfo
    words: NullTranslations = field(default_factory=NullTranslations)
    _known: dict[tuple[object, ...], str] = field(default_factory=dict, repr=False)  # said before

    @property
    def name(self) -> str:
        """What it calls itself: `Français`."""
        own = Locale.parse(self.code, sep="-")
        told = own.get_display_name() or self.code
        return told[:1].upper() + told[1:]

    @property
    def direction(self) -> str:
        return self.locale.text_direction

    def _(self, message: str) -> str:
        return self.words.gettext(message)

    def ngettext(self, one: str, many: str, count: int, **values: str) -> str:
        """The right plural, with `{count}` and `values` filled in."""
        return self.words.ngettext(one, many, count).format(count=self.number(count), **values)

    # --- numbers ---

    def number(self, value: int | Decimal) -> str:
        return self.once(("number", value), lambda: format_decimal(value, locale=self.locale))

    def percent(self, value: Decimal) -> str:
        """A percentage as it is given: `99.98%`; trailing zeros go, nothing is rounded up."""
        with_two = value.quantize(Decimal("0.01"), ROUND_DOWN)
        return self.once(("percent", with_two), lambda: self._percent(with_two))

    def names(self, several: list[str]) -> str:
        """`Web chat, Dialogue engine and Language model`."""
        return self.once(("names", *several), lambda: format_list(several, locale=self.locale))

    # --- spans ---

    def latency(self, span: timedelta) -> str:
        """`182 ms`, `1.4 s`, `24 s`: three figures at most, rounded down."""
        milliseconds = span // timedelta(milliseconds=1)
        if milliseconds < 1000:
            return self._("{number}\N{NO-BREAK SPACE}ms").format(number=self.number(milliseconds))
        tenths = Decimal(milliseconds // 100) / 10
        return self._("{number}\N{NO-BREAK SPACE}s").format(
            number=self.number(tenths if tenths < 10 else int(tenths))
        )

    def duration(self, span: timedelta) -> str:
        """The two greatest units, rounded down: `2 h 16 min`, `48 min`, `3 days 4 h`, `20 s`."""
        return self.once(("duration", span), lambda: self._duration(span))

    # --- dates ---

    def day(self, day: date) -> str:
        """`21 November 2026`."""
        told = self.once(("long", day), lambda: format_date(day, "long", locale=self.locale))
        return self._first(told, day)

    def short_day(self, day: date, now: datetime) -> str:
        """`21 November`, with its year when that is not this one."""
        same = day.year == now.astimezone(self.zone).year
        return self._first(self._skeleton("MMMMd", day), day) if same else self.day(day)

    def days(self, first: date, last: date, now: datetime) -> str:
        """`11 November to 21 November`; one day alone like `short_day`."""
        words = self.short_day(first, now)
        if first == last:
            return words
        return self._("{first} to {last}").format(first=words, last=self.short_day(last, now))

    def weekday(self, day: date) -> str:
        """`Thursday, 26 November 2026`."""
        return self._first(format_date(day, "full", locale=self.locale), day)

    def month(self, day: date) -> str:
        return self._skeleton("yMMMM", day)

    def quarter(self, day: date) -> str:
        """`4th quarter 2026`."""
        return self._skeleton("yQQQQ", day)

    def day_of_week(self, day: date) -> str:
        """`Thursday`, as it stands alone."""
        return format_date(day, "cccc", locale=self.locale)

    def short_day_of_week(self, day: date) -> str:
        return format_date(day, "ccc", locale=self.locale)

    def short_month(self, day: date) -> str:
        return self.once(("month", day.month), lambda: format_date(day, "LLL", locale=self.locale))

    def time(self, at: datetime, *, zone: bool = True) -> str:
        """`14:05 UTC`, in the page's zone."""
        clock = self.clock(at.astimezone(self.zone))
        return f"{clock} {self.zone_name(at)}" if zone else clock

    def clock(self, local: datetime) -> str:
        """`14:05`, of a time that is in its zone already."""
        at = time(local.hour, local.minute)
        return self.once(("clock", at), lambda: self._clock(datetime.combine(SOME_DAY, at)))

    def moment(self, at: datetime, now: datetime, *, zone: bool = True) -> str:
        """`14:05 UTC` on the day of `now`, else with its date: `10 November, 09:12 UTC`."""
        local = at.astimezone(self.zone).date()
        clock = self.time(at, zone=zone)
        same = local == now.astimezone(self.zone).date()
        return clock if same else self._dated(self.short_day(local, now), clock)

    def dated(self, at: datetime, now: datetime) -> str:
        """`22 November, 14:05 UTC`, on the day of `now` too."""
        return self._dated(self.short_day(at.astimezone(self.zone).date(), now), self.time(at))

    def full_moment(self, at: datetime) -> str:
        """`22 November 2026, 14:05 UTC`."""
        return self._dated(self.day(at.astimezone(self.zone).date()), self.time(at))

    def zone_name(self, at: datetime) -> str:
        """`UTC`, `CET`; where the language has no such word, `UTC+1`."""
        local = at.astimezone(self.zone)
        key = ("zone", local.tzname(), local.utcoffset(), local.dst())
        return self.once(key, lambda: self._zone_name(local))

    def _percent(self, value: Decimal) -> str:
        pattern = self.locale.percent_formats[None].pattern.replace("0", "0.##", 1)
        return format_percent(value / 100, format=pattern, locale=self.locale)

    def _duration(self, span: timedelta) -> str:
        days, rest = divmod(span, DAY)
        hours, rest = divmod(rest, HOUR)
        minutes, rest = divmod(rest, MINUTE)
        if days:
            told = [self.ngettext("{count} day", "{count} days", days)]
        else:
            told = [self._("{number}\N{NO-BREAK SPACE}h").format(number=hours)] if hours else []
        if hours and days:
            told.append(self._("{number}\N{NO-BREAK SPACE}h").format(number=hours))
        elif minutes and not days:
            told.append(self._("{number}\N{NO-BREAK SPACE}min").format(number=minutes))
        return " ".join(told) or self._("{number}\N{NO-BREAK SPACE}s").format(number=rest.seconds)

    def _clock(self, local: datetime) -> str:
        return self._skeleton("Hm" if self.locale.time_formats["short"].pattern[0] == "H" else "hm", local)

    def _zone_name(self, local: datetime) -> str:
        told = get_timezone_name(local, width="short", locale=self.locale)
        if local.tzname() == "UTC":  # French would say TU, which few readers know
            return "UTC"
        if told[0] not in "+-":
            return told
        return re.sub(r"(?<=[+-])0|:00$", "", get_timezone_gmt(local, "long", locale=self.locale))

    def _dated(self, day: str, time: str) -> str:
        """Follows words like "since" as well as it stands alone: in French, `le 22 novembre à 14:05 UTC`."""
        return self._("{day}, {time}").format(day=day, time=time)

    def _first(self, told: str, day: date) -> str:
        """French writes the first of a month as `1er`, which CLDR does not know."""
        french = self.locale.language == "fr" and day.day == 1
        return re.sub(r"\b1\b", "1er", told, count=1) if french else told

    def _skeleton(self, skeleton: str, value: date) -> str:
        key = (skeleton, value)
        return self.once(key, lambda: format_skeleton(skeleton, value, locale=self.locale))

    def once(self, key: tuple[object, ...], said: Callable[[], str]) -> str:
        """CLDR's patterns take longer to read than the few days, clocks and numbers of a page to remember."""
        if (known := self._known.get(key)) is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[key] = said()
        return known


@cache
def words(code: str) -> NullTranslations:
    """The sentences of a language from `locale/CODE.mo` or `.po`; English, which they are written in, without one."""
    folder = resources.files("statuspage") / "locale"
    if (compiled := folder / f"{code}.mo").is_file():  # as the wheel has it
        return GNUTranslations(BytesIO(compiled.read_bytes()))
    if (catalog := folder / f"{code}.po").is_file():
        return GNUTranslations(BytesIO(compile_catalog(catalog.read_bytes())))
    return NullTranslations()


def compile_catalog(written: bytes) -> bytes:
    """A catalog as gettext reads it, from one as people write it."""
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(written)))
    return compiled.getvalue()


def language(code: str, zone: str) -> Language:
    """The language for a BCP 47 code; English where we have no words for it, so that no page is half one."""
    known = code if has_words(code) else "en"
    locale = Locale.parse(LOCALES.get(known, known), sep="_" if known in LOCALES else "-")
    return Language(known, locale, ZoneInfo(zone), words(known.split("-")[0].lower()))
