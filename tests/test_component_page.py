"""A component's own page: its charts, its year, its error budget, its outages, its files."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import snapshots as given
from babel import Locale
from browsing import CHROMIUM, chromium, served, write_sites
from lxml import html as parsed
from playwright.sync_api import Browser
from snapshots import DAY, HOUR, MINUTE, NOW, component, failing

from statuspage.i18n import language
from statuspage.intervals import Interval
from statuspage.model import ComponentStatus, Objective, Snapshot, State
from statuspage.outputs.api import api
from statuspage.outputs.html import html
from statuspage.views import ComponentPage, Context, component_page
from statuspage.views.charts import CELL

MODEL = "components/language-model/index.html"
NEW_YEAR = failing("2026-01-01 10:00", 30 * MINUTE, State.MAJOR, "http.503", "status code 503")


def page_of(known: Snapshot, id: str, code: str = "en") -> ComponentPage:
    spoken = language(code, known.page.timezone)
    found = known.component(id)
    assert found
    return component_page(Context.of(known, spoken).at(f"components/{id}/"), found)


def alone(one: ComponentStatus) -> ComponentPage:
    return page_of(given.snapshot([one]), one.id)


def select(element: Any, path: str) -> list[Any]:
    """Elements by XPath, classes written `tag.class` or `.class` behind `//`."""
    classed = re.sub(
        r"([\w*]*)\.(\w+)",
        lambda m: f"{m[1] or '*'}[contains(concat(' ', @class, ' '), ' {m[2]} ')]",
        path,
    )
    return list(element.xpath(classed))


def tree(known: Snapshot, path: str = MODEL) -> parsed.HtmlElement:
    return parsed.fromstring(dict(html(known))[path].decode())


# --- tiles ---------------------------------------------------------------------------------------


def test_the_tiles_say_state_uptimes_speed_and_time_to_repair() -> None:
    tiles = [(tile.value, tile.label) for tile in page_of(given.trouble(), "language-model").tiles]

    assert tiles == [
        ("Partial outage", "since 14:05 UTC"),
        ("99.89%", "90 days"),
        ("100%", "24 hours"),
        ("99.97%", "A year"),
        ("3.1\N{NO-BREAK SPACE}s", "first token, median of 24 hours"),
        ("1\N{NO-BREAK SPACE}h 35\N{NO-BREAK SPACE}min", "median time to repair"),
    ]


def test_two_outages_make_no_median() -> None:
    failures = [
        NEW_YEAR,
        failing("2026-05-01 10:00", HOUR, State.MAJOR),
        failing("2026-11-22 14:00", None, State.MAJOR),
    ]

    assert not [t for t in alone(component("a", "A", failures=failures)).tiles if "repair" in t.label]


# --- charts --------------------------------------------------------------------------------------


def test_each_period_has_a_chart_of_two_series_and_the_table_behind_it() -> None:
    page = tree(given.trouble())

    assert [i.get("id") for i in select(page, "//input[@name='period']")] == ["p24h", "p7d", "p90d"]
    assert [i.get("checked") is not None for i in select(page, "//input[@name='period']")] == [
        True,
        False,
        False,
    ]
    for period, count in (("24h", 24), ("7d", 168), ("90d", 90)):
        (panel,) = select(page, f"//div.of{period}")
        (svg,) = select(panel, ".//svg[@data-chart]")
        assert svg.get("role") == "img" and svg.get("aria-label").startswith("The last ")
        assert len(select(svg, ".//path.series")) == len(select(svg, ".//path.band")) == 1
        assert len(svg.get("data-x").split("|")) == len(svg.get("data-y").split("|")) == count
        assert len(select(panel, ".//tbody/tr")) == count
        assert select(panel, ".//p.reading")


def test_outages_are_shaded_where_they_were() -> None:
    chart = page_of(given.trouble(), "language-model").chart
    assert chart

    day, week, months = (panel.shades for panel in chart.panels)
    assert [(s.css, s.text) for s in day] == [
        ("deg", "Degraded: 22 November, 14:05 UTC, 37\N{NO-BREAK SPACE}min")
    ]
    assert abs(day[0].x + day[0].width - chart.width) <= 1  # it goes on
    assert len(week) == 1
    assert [s.css for s in months] == ["deg", "deg", "deg", "maj"]


def test_a_line_breaks_where_nothing_was_measured() -> None:
    chart = page_of(given.unsure(), "knowledge-search").chart
    assert chart

    last = float(re.findall(r"M(\d+)", chart.panels[0].band)[-1])
    assert last == 0  # one outline, that ends before the gap
    xs = [int(x) for x in re.findall(r"(\d+) \d+", chart.panels[0].band)]
    assert max(xs) < chart.width * 21 / 24


def test_in_a_language_read_from_the_right_time_runs_to_the_left() -> None:
    spoken = replace(language("en", "Etc/UTC"), locale=Locale.parse("he"))
    known = given.trouble()
    model = known.component("language-model")
    assert model

    page = component_page(Context.of(known, spoken), model)

    assert page.chart and page.calendar
    assert page.chart.panels[0].shades[0].x == 0
    assert page.chart.panels[0].x.split("|")[0] == page.chart.panels[0].rows[-1].when
    today = page.calendar.halves[1].cells[-1]
    assert today.css == "par"
    assert today.path.startswith(f"M{CELL + 2} ")  # 27 columns for 26 weeks: one is empty at the end


# --- the year ------------------------------------------------------------------------------------


def squares(page: ComponentPage) -> list[tuple[int, int, int, str]]:
    """Half, column, row and class of each day."""
    assert page.calendar
    return sorted(
        (n, (int(x) - 2) // CELL, (int(y) - 2) // CELL, cells.css)
        for n, half in enumerate(page.calendar.halves)
        for cells in half.cells
        for x, y in re.findall(r"M(\d+) (\d+)h", cells.path)
    )


def test_the_year_has_a_square_for_each_of_its_days_in_the_row_of_its_weekday() -> None:
    found = squares(page_of(given.trouble(), "language-model"))

    assert len(found) == 365
    assert len({where[:3] for where in found}) == 365
    today = found[-1]
    assert today == (1, 25, 6, "par")  # a Sunday: the last row of a week that begins on Monday
    american = page_of(given.trouble(), "language-model", "en-US")
    assert squares(american)[-1][2] == 0


def test_each_troubled_day_has_its_sentence_and_its_sign() -> None:
    page = alone(component("a", "A", failures=[NEW_YEAR]))
    assert page.calendar

    marked = [cells for half in page.calendar.halves for cells in half.cells if cells.title]
    assert [m.css for m in marked] == ["maj"]
    assert marked[0].title.startswith("1 January: Major outage 30\N{NO-BREAK SPACE}min. ")
    assert marked[0].title.endswith("status code 503")
    assert [sign.css for half in page.calendar.halves for sign in half.signs] == ["maj"]
    assert [row.day for row in page.calendar.rows] == [marked[0].title.split(":")[0]]


def test_the_year_says_what_was_measured_of_it() -> None:
    page = page_of(given.everyday(), "telegram")
    assert page.calendar

    assert page.calendar.uptime == "100% uptime, measured 51 of 365 days"
    assert page.calendar.sentence == "The last 365 days: no trouble measured, 313 days not measured"
    assert [css for *_, css in squares(page)].count("unk") == 313
    assert page_of(given.empty(), "web-chat").calendar is None


# --- the budget ----------------------------------------------------------------------------------


def budget(objective: Objective, **more: object) -> str:
    page = alone(component("a", "A", objective=objective, **more))  # type: ignore[arg-type]
    assert page.budget
    return " ".join(page.budget.told).replace("\N{NO-BREAK SPACE}", " ")


def test_the_budget_says_what_is_left_of_it_and_for_how_long() -> None:
    """0.5% of 90 days are 10 h 48 min; half an hour of them went, 30 minutes in 24 hours."""
    aim = Objective(Decimal("99.5"), "90d")
    today = failing("2026-11-22 08:00", 30 * MINUTE, State.MAJOR)

    assert budget(aim, failures=[today]) == (
        "95% left: 10 h 18 min of 10 h 48 min. "
        "At the pace of the last 24 hours it would be gone in 20 days 14 h."
    )
    assert (
        budget(aim) == "100% left: 10 h 48 min of 10 h 48 min. Nothing of it was spent in the last 24 hours."
    )


def test_the_pace_of_the_last_hour_counts_while_it_fails() -> None:
    now = failing("2026-11-22 14:12", None, State.MAJOR)

    said = budget(Objective(Decimal("99.5"), "90d"), failures=[now])

    assert said.endswith("At the pace of the last hour it would be gone in 20 h 36 min.")


def test_a_budget_that_is_gone_is_said_to_be() -> None:
    spent = failing("2026-11-10 08:00", 2 * HOUR, State.MAJOR)

    assert budget(Objective(Decimal("99.9"), "30d"), failures=[spent]) == "Used up: 2 h down, 43 min granted."


def test_unmeasured_time_earns_no_budget_and_its_worst_is_told() -> None:
    """Measured 9 of 90 days, half an hour down: a tenth of the budget is there, and all of it could be gone."""
    young = Interval(NOW - 9 * DAY, NOW)
    day = failing("2026-11-15 08:00", 30 * MINUTE, State.MAJOR)

    said = budget(Objective(Decimal("99.5"), "90d"), begun=young.start, failures=[day])

    assert said.startswith("53% left: 34 min of 1 h 4 min. Nothing of it was spent in the last 24 hours.")
    assert said.endswith(
        "This is the budget of the measured time (measured 9 of 90 days). "
        "Had all of it been measured, between 0% and 95% would be left."
    )
    assert budget(Objective(Decimal("99"), "24h"), begun=None).startswith("Nothing was measured in this time")


# --- outages and files ---------------------------------------------------------------------------


def test_in_other_languages_the_english_evidence_stands_apart() -> None:
    english, french = (page_of(given.trouble(), "language-model", code) for code in ("en", "fr"))

    assert english.outages[0].seen == "Slower than usual: 3.1 s, the limit is 2.5 s"
    assert english.outages[0].detail == ""
    assert french.outages[0].detail == "3.1 s, the limit is 2.5 s"
    assert "limit" not in french.outages[0].seen
    assert not any("limit" in mark.text for mark in french.bar.marks)
    assert not any("limit" in line for line in french.lines)
    page = tree(replace(given.trouble(), page=replace(given.ACME, languages=("fr",))))
    assert [e.get("lang") for e in select(page, "//td//span.evidence")] == ["en", "en", "en"]


def test_the_page_leads_to_its_feed_calendar_badge_and_json() -> None:
    page = tree(given.trouble())

    (row,) = select(page, "//p.files")
    assert [a.get("href") for a in select(row, "./a")] == [
        "../../components/language-model.atom",
        "../../components/language-model.ics",
        "../../badges/language-model.svg",
        "../../api/components/language-model.json",
    ]
    assert select(row, "./img")[0].get("alt") == "Language model: Partial outage"


def test_below_a_language_the_files_are_still_those_of_the_root() -> None:
    known = replace(given.trouble(), page=replace(given.ACME, languages=("en", "fr")))

    (row,) = select(tree(known, f"fr/{MODEL}"), "//p.files")
    assert select(row, "./img")[0].get("src") == "../../../badges/language-model.svg"


# --- in a browser --------------------------------------------------------------------------------

in_a_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("component")
    write_sites(folder, {"trouble": given.trouble()})
    with served(folder) as found:
        yield f"{found}trouble/components/language-model/"


@in_a_browser
@pytest.mark.browser
def test_without_the_script_the_periods_change_by_mouse_and_keyboard(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    shown = [page.locator(f".of{period}") for period in ("24h", "7d", "90d")]

    assert [one.is_visible() for one in shown] == [True, False, False]
    page.locator("label[for=p90d]").click()
    assert [one.is_visible() for one in shown] == [False, False, True]
    page.keyboard.press("ArrowLeft")
    assert [one.is_visible() for one in shown] == [False, True, False]
    context.close()


@in_a_browser
@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_the_charts_and_the_year_fit_and_keep_their_words_readable(
    browser: Browser, address: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.clock.install(time=NOW + timedelta(minutes=1))
    page.goto(address)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    sizes = page.evaluate(
        "[...document.querySelectorAll('.of24h text, .year text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(sizes) > 8
    halves = page.locator(".year svg")
    beside = halves.nth(0).bounding_box()["y"] == halves.nth(1).bounding_box()["y"]  # type: ignore[index]
    assert beside is (width == 1280)
    page.close()


# --- its JSON ------------------------------------------------------------------------------------


def test_the_json_of_a_component_is_its_part_of_the_whole_and_its_budget_can_be_recomputed() -> None:
    known = given.trouble()
    made = {path: json.loads(body) for path, body in api(known) if path.startswith("api/")}

    whole, alone = made["api/status.json"], made["api/components/language-model.json"]

    assert alone["component"] == next(c for c in whole["components"] if c["id"] == "language-model")
    assert {key: alone[key] for key in ("measured_at", "valid_until", "weights")} == {
        key: whole[key] for key in ("measured_at", "valid_until", "weights")
    }
    assert alone["incidents"] == ["2026-11-22-slow-europe"]
    assert [(o["start"][:10], o["end"] and o["end"][:10], o["code"]) for o in alone["outages"]] == [
        ("2026-11-22", None, "slow"),
        ("2026-11-10", "2026-11-10", "slow"),
        ("2026-10-04", "2026-10-04", "slow"),
        ("2026-09-06", "2026-09-07", "tls.expired"),
    ]
    budget, window = alone["component"]["budget"], alone["component"]["uptimes"]["90d"]
    assert (budget["availability"], budget["window"]) == ("99.50", "90d")
    lost = 1 - Fraction(budget["availability"]) / 100
    assert budget["allowed_s"] == lost * window["measured"]
    assert budget["spent_s"] == Fraction(window["weighted_down"], 100) == 136 * 60
    left = 1 - Fraction(window["weighted_down"], 100) / (lost * window["measured"])
    assert Fraction(budget["left"]) <= 100 * left < Fraction(budget["left"]) + Fraction(1, 100)
    assert whole["components"][0]["budget"] is None
