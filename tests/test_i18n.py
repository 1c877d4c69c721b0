from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from gettext import NullTranslations

import pytest

from statuspage.i18n import Language, language

NOW = datetime(2026, 11, 22, 14, 42, tzinfo=UTC)
ENGLISH = language("en", "Etc/UTC")


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ("99.98", "99.98%"),
        ("99.999", "99.99%"),
        ("100.00", "100%"),
        ("99.50", "99.5%"),
        ("0.00", "0%"),
        ("33.33", "33.33%"),
    ],
)
def test_a_percentage_is_never_rounded_up(figure: str, said: str) -> None:
    assert ENGLISH.percent(Decimal(figure)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (20, "20 s"),
        (80, "1 min"),
        (2880, "48 min"),
        (8160, "2 h 16 min"),
        (3601, "1 h"),
        (86400, "1 day"),
        (3 * 86400 + 7200, "3 days 2 h"),
        (3 * 86400 + 60, "3 days"),
    ],
)
def test_a_duration_is_told_in_its_two_greatest_units(seconds: int, said: str) -> None:
    assert ENGLISH.duration(timedelta(seconds=seconds)).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(0, "0 ms"), (182, "182 ms"), (999, "999 ms"), (1449, "1.4 s"), (24_900, "24 s")],
)
def test_a_latency_has_three_figures_at_most(milliseconds: int, said: str) -> None:
    assert ENGLISH.latency(timedelta(milliseconds=milliseconds)).replace("\N{NO-BREAK SPACE}", " ") == said


def test_a_moment_of_today_is_told_without_its_date_and_an_older_one_with_it() -> None:
    assert ENGLISH.moment(NOW, NOW) == "14:42 UTC"
    assert ENGLISH.moment(NOW - timedelta(days=12), NOW) == "10 November, 14:42 UTC"
    assert ENGLISH.moment(NOW - timedelta(days=400), NOW) == "18 October 2025, 14:42 UTC"


def test_today_is_the_day_of_the_pages_zone() -> None:
    paris = language("en", "Europe/Paris")
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    assert paris.moment(late, late + timedelta(minutes=5)) == "00:30 CET"
    assert paris.moment(late - timedelta(hours=1), late) == "22 November, 23:30 CET"


def test_summer_time_shows_in_the_zones_name() -> None:
    paris = language("en", "Europe/Paris")

    assert paris.time(datetime(2026, 7, 1, 12, tzinfo=UTC)) == "14:00 CEST"


def test_american_english_keeps_its_own_order_and_clock() -> None:
    american = language("en-US", "America/New_York")

    assert american.day(date(2026, 11, 22)) == "November 22, 2026"
    assert "9:42" in american.time(NOW)
    assert "AM" in american.time(NOW)


def test_a_language_without_words_of_ours_is_english_throughout() -> None:
    other = language("xx", "Etc/UTC")

    assert other.code == "en"
    assert other.day(date(2026, 11, 22)) == "22 November 2026"


def test_several_days_are_told_with_both_ends_and_one_day_alone() -> None:
    first, last = date(2026, 11, 11), date(2026, 11, 21)

    assert ENGLISH.days(first, last, NOW) == "11 November to 21 November"
    assert ENGLISH.days(first, first, NOW) == "11 November"


def test_the_catalogue_chooses_words_and_plurals() -> None:
    class Shouting(NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper()

        def ngettext(self, one: str, many: str, n: int) -> str:
            return one if n == 1 else many + " (!)"

    loud = Language("en", ENGLISH.locale, ENGLISH.zone, Shouting())

    assert loud._("Today") == "TODAY"
    assert loud.ngettext("{count} day", "{count} days", 1) == "1 day"
    assert loud.ngettext("{count} day", "{count} days", 1200) == "1,200 days (!)"


def test_french_joins_a_day_and_a_time_in_words_and_writes_the_first_of_a_month_as_it_speaks() -> None:
    french = language("fr", "Etc/UTC")
    first = datetime(2026, 11, 1, 9, 12, tzinfo=UTC)

    assert french.dated(first, NOW) == "le 1er novembre à 09:12 UTC"
    assert french.full_moment(first + timedelta(days=10)) == "le 11 novembre 2026 à 09:12 UTC"
    assert french.weekday(date(2027, 1, 1)) == "vendredi 1er janvier 2027"


@pytest.mark.parametrize(
    ("code", "zone", "said"),
    [
        ("fr", "Etc/UTC", "UTC"),
        ("fr", "Europe/Paris", "UTC+1"),
        ("de", "Europe/Berlin", "MEZ"),
        ("de", "Asia/Kolkata", "GMT+5:30"),
        ("nl", "Europe/Amsterdam", "CET"),
    ],
)
def test_a_zone_without_a_short_name_in_the_language_is_told_by_its_distance(
    code: str, zone: str, said: str
) -> None:
    assert language(code, zone).zone_name(NOW) == said
