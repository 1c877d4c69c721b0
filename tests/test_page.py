"""The pages in a real browser: what the reader sees, with the script and without."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import snapshots as given
from browsing import CHROMIUM, chromium, in_languages, served, write_sites
from playwright.sync_api import Browser, Locator, Page, Request, Route
from snapshots import NOW

COMPONENT, INCIDENT = "components/language-model/", "incidents/2026-11-22-slow-europe/"
WORLDS = (given.everyday, given.trouble, given.unsteady, given.unsure, given.hostile, given.empty)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worlds as folders, one below the other, so that every site is served below a sub-path."""
    root = tmp_path_factory.mktemp("sites")
    write_sites(root, {world.__name__: world() for world in WORLDS})
    write_sites(root, {"bilingual": in_languages(given.trouble(), "en", "fr")})
    named = replace(given.everyday(), page=replace(given.everyday().page, name="Bench"))
    write_sites(root, {"trilingual": in_languages(named, "en", "fr", "de")})
    return root


@pytest.fixture(scope="module")
def address(sites: Path) -> Iterator[str]:
    with served(sites) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose clock stands at the moment of the worlds, and that fails on any word in the console."""
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.clock.install(time=NOW)
    yield page
    page.close()
    assert said == []


def test_no_request_leaves_the_site(page: Page, address: str) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))

    for path in ("", COMPONENT, INCIDENT, "history/"):
        page.goto(f"{address}trouble/{path}", wait_until="networkidle")

    assert asked
    assert all(request.url.startswith(f"{address}trouble/") for request in asked)


def test_the_front_page_is_complete_in_one_request(page: Page, address: str) -> None:
    page.route("**/assets/**", lambda route: route.fulfill(status=200, body=""))
    page.goto(f"{address}trouble/")

    assert page.locator("h1").inner_text() == "Language model is partly down. 1 other part is affected"
    assert page.locator(".card").first.evaluate("e => getComputedStyle(e).borderRadius") == "18px"


def test_without_the_script_all_is_there_with_absolute_times(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}trouble/")

    assert "Measured 22 November 2026, 14:40 UTC" in page.locator(".head").inner_text()
    assert "holds until 15:05 UTC" in page.locator(".head").inner_text()
    assert page.locator("text=Moving European traffic").is_visible()
    page.locator(".rows li > a").nth(2).click()
    assert page.url == f"{address}trouble/{COMPONENT}#days"
    assert page.locator("#days").get_by_role("rowheader", name="10 November").is_visible()
    context.close()


def test_times_tick(page: Page, address: str) -> None:
    page.goto(f"{address}trouble/")

    assert "Measured 2 minutes ago · next check due in 3 minutes" in page.locator(".head").inner_text()
    assert "Started 14:05 UTC, 37 minutes ago" in page.locator(".about").inner_text()
    page.clock.fast_forward(timedelta(seconds=90).seconds * 1000)
    assert "Measured 3 minutes ago · next check due in 2 minutes" in page.locator(".head").inner_text()


def test_the_head_counts_the_places_and_keeps_counting_as_time_ticks(page: Page, address: str) -> None:
    page.goto(f"{address}unsteady/")

    assert "Measured 2 minutes ago from 3 places · next check due" in page.locator(".head").inner_text()


def test_past_its_time_the_head_turns_grey_and_says_so(page: Page, address: str) -> None:
    page.goto(f"{address}everyday/")
    assert page.locator("h1").inner_text() == "Everything works"

    page.clock.fast_forward(timedelta(minutes=45).seconds * 1000)

    stale = "Last measured 47 minutes ago: what you see may be out of date"
    assert page.locator("h1").inner_text() == stale
    assert page.title() == stale
    assert page.locator(".head").get_attribute("class") == "head unk"
    assert "Then: Everything works" in page.locator(".head").inner_text()
    assert page.locator(".state").first.evaluate("e => getComputedStyle(e).filter") == "grayscale(1)"
    page.clock.fast_forward(timedelta(hours=2).seconds * 1000)
    assert page.locator("h1").inner_text().startswith("Last measured 2 hours ago")
    assert page.locator(".head").inner_text().count("Then:") == 1


def test_every_other_page_says_it_too(page: Page, address: str) -> None:
    page.goto(f"{address}trouble/{COMPONENT}")
    assert not page.locator(".outdated").is_visible()

    page.clock.fast_forward(timedelta(minutes=45).seconds * 1000)

    assert page.locator(".outdated").inner_text().startswith("Last measured 47 minutes ago")


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"{world}/{path}"
            for world in ("trouble", "unsure")
            for path in ("", COMPONENT, INCIDENT, "history/")
        ),
        *(f"unsteady/{path}" for path in ("", COMPONENT, "components/knowledge-search/")),
    ],
)
def test_nothing_scrolls_sideways_on_the_smallest_phone(page: Page, address: str, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{address}{path}")

    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize(
    "path", ["", "components/evil/", "components/long/", "incidents/2026-11-22-slow-europe/"]
)
def test_hostile_names_run_nothing_and_stay_on_the_page(page: Page, address: str, path: str) -> None:
    opened: list[str] = []
    page.on("dialog", lambda dialog: opened.append(dialog.message))
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{address}hostile/{path}")

    assert opened == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_dark_scheme_is_dark(browser: Browser, address: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{address}everyday/{COMPONENT}")

    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert colour == "rgb(15, 18, 21)"
    context.close()


def test_the_keyboard_reaches_rows_and_bars(page: Page, address: str) -> None:
    page.goto(f"{address}everyday/")
    names = []
    for _ in range(7):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 12)"))
        label = page.evaluate("document.activeElement.querySelector('svg[role=img]')?.ariaLabel ?? ''")
        if label:
            break

    assert "Skip to the " in names
    assert "Web chat" in names
    assert label == "The last 90 days: 2 days with trouble or maintenance"


def test_the_page_works_from_a_file(page: Page, sites: Path) -> None:
    page.goto((sites / "everyday" / "components" / "web-chat" / "index.html").as_uri())

    assert page.locator("main").evaluate("e => getComputedStyle(document.body).maxWidth") != "none"
    assert "Measured 2 minutes ago" in page.locator("footer").inner_text()


# --- what the script adds ----------------------------------------------------------------------


def middle(bar: Locator, day: int) -> tuple[float, float]:
    """Where the day stands on the screen, from 0 for the oldest of 90; near the bar's foot."""
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box
    return box["x"] + (day + 0.5) * box["width"] / 90, box["y"] + box["height"] - 4


def test_the_pointer_and_the_arrow_keys_show_a_day_s_sentence(page: Page, address: str) -> None:
    page.goto(f"{address}trouble/")
    bar = page.locator(".rows li > a").nth(2)
    tip = page.locator(".tip")

    page.mouse.move(*middle(bar, 77))
    assert tip.inner_text().startswith("10 November: Degraded 48")
    page.mouse.move(0, 0)
    assert tip.count() == 0
    bar.focus()
    page.keyboard.press("ArrowRight")
    first = tip.inner_text()
    assert first.startswith("6 September: Major outage")
    page.keyboard.press("ArrowRight")
    assert tip.inner_text() != first
    page.keyboard.press("ArrowLeft")
    assert tip.inner_text() == first
    page.keyboard.press("Escape")
    assert tip.count() == 0
    assert page.locator(".rows title").count() == 0  # or the browser would show it a second time


def test_a_tap_shows_the_day_and_the_next_one_elsewhere_goes_to_the_component(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{address}trouble/")
    bar = page.locator(".rows li > a").nth(2)

    page.touchscreen.tap(*middle(bar, 77))
    assert page.locator(".tip").inner_text().startswith("10 November: Degraded 48")
    assert page.url == f"{address}trouble/"
    context.close()


def renew(sites: Path, minutes: int) -> None:
    """The everyday world again, some minutes later: other measurements, and one group more open."""
    later = given.everyday()
    shift = timedelta(minutes=minutes)
    assert later.measured is not None
    assert later.valid_until is not None
    title = replace(later.page, name=f"Acme after {minutes} minutes")
    moved = replace(
        later,
        page=title,
        now=NOW + shift,
        measured=later.measured + shift,
        valid_until=later.valid_until + shift,
    )
    write_sites(sites, {"fresh": moved})
    for file in (sites / "fresh").rglob("*.*"):
        stamp = (NOW + shift).timestamp()
        os.utime(file, (stamp, stamp))  # the server tells a changed file by whole seconds


def test_a_newer_page_takes_the_place_of_the_old_one(page: Page, address: str, sites: Path) -> None:
    renew(sites, 0)
    page.goto(f"{address}fresh/")
    page.locator("summary").first.click()
    page.locator("summary").nth(1).focus()
    renew(sites, 5)
    new = page.locator("body[data-measured='2026-11-22T14:45:00Z']")
    for _ in range(100):  # the page's own minutes pass in steps, each with time for a real answer
        page.clock.run_for(10_000)
        page.wait_for_timeout(50)
        if new.count():
            break

    assert new.count() == 1
    assert page.locator("details").first.get_attribute("open") is None
    assert page.locator("summary").nth(1).evaluate("e => e === document.activeElement")
    assert "Measured" in page.locator(".head").inner_text()
    page.locator(".rows li > a").last.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".tip").inner_text().endswith("Not measured")


def test_a_page_of_the_past_asks_for_nothing(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.clock.install(time=NOW)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}trouble/{page_of_an_ended_incident()}")
    page.clock.run_for(600_000)

    assert [address for address in asked if address.endswith("status.json")] == []
    assert "Measured" not in page.locator("footer").inner_text()
    page.close()


def page_of_an_ended_incident() -> str:
    return next(f"incidents/{one.id}/" for one in given.trouble().incidents if not one.open)


def test_nothing_is_asked_while_hidden_and_less_often_after_errors(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.clock.install(time=NOW)
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503)

    page.route("**/api/status.json", refuse)
    page.goto(f"{address}everyday/")
    page.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    page.clock.run_for(600_000)
    assert asked == []
    page.evaluate("delete document.hidden")
    page.clock.run_for(20_000)
    page.wait_for_timeout(100)
    assert len(asked) == 1
    for expected, seconds in ((1, 100), (2, 60), (2, 200), (3, 60)):  # after 2 minutes, then after 4
        page.clock.run_for(1000 * seconds)
        page.wait_for_timeout(50)
        assert len(asked) == expected, seconds
    page.close()


def test_the_language_switch_leads_to_the_same_page(page: Page, address: str) -> None:
    page.goto(f"{address}bilingual/{COMPONENT}")
    page.get_by_role("link", name="Français").click()

    assert page.url == f"{address}bilingual/fr/{COMPONENT}"
    assert page.locator("html").get_attribute("lang") == "fr"
    page.get_by_role("link", name="English").click()
    assert page.url == f"{address}bilingual/{COMPONENT}"


def test_a_short_name_stays_whole_beside_the_languages_on_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{address}trilingual/")
    brand = page.locator(".brand").bounding_box()

    assert brand
    assert brand["height"] < 30  # the icon's: the name has one line


def test_the_crosshair_tells_the_values(page: Page, address: str) -> None:
    page.goto(f"{address}trouble/{COMPONENT}")
    chart = page.locator("[data-chart]").first
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 50)

    reading = page.locator(".reading").first
    assert re.search(r"3\.1.s", reading.inner_text())
    page.mouse.move(0, 0)
    assert reading.inner_text() == ""
