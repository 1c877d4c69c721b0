"""The pages where they are not on a wide screen from left to right: paper, zoom, other zones, Hebrew, a terminal."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import snapshots as given
from babel import Locale
from browsing import CHROMIUM, chromium, in_languages, served, write_sites
from playwright.sync_api import Browser, Page
from snapshots import NOW

from statuspage.i18n import Language
from statuspage.outputs.html import html

COMPONENT, INCIDENT = "components/language-model/", "incidents/2026-11-22-slow-europe/"
PATHS = (
    "",
    COMPONENT,
    INCIDENT,
    "history/",
    "history/2026-11/",
    "maintenance/",
    "subscribe/",
    "affected/?at=2026-11-22T14:10Z",
)
HEBREW = Language("he", Locale("he"), ZoneInfo("Etc/UTC"))

with_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sites")
    write_sites(root, {"trouble": in_languages(given.trouble(), "en", "fr")})
    write_sites(root, {"hebrew": given.trouble()})  # the API; its pages are written anew
    for path, body in html(given.trouble(), languages={"": HEBREW}):
        file = root / "hebrew" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    return root


@pytest.fixture(scope="module")
def address(sites: Path) -> Iterator[str]:
    with served(sites) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def opened(browser: Browser, address: str, *, width: int = 1280, zone: str = "Etc/UTC") -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, timezone_id=zone)
    page.clock.install(time=NOW)
    page.goto(address)
    return page


def left(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


class TestInTheBrowser:
    pytestmark = with_chromium

    @pytest.mark.parametrize("path", PATHS)
    def test_nothing_scrolls_sideways_from_right_to_left(
        self, browser: Browser, address: str, path: str
    ) -> None:
        for width in (320, 1280):
            page = opened(browser, f"{address}hebrew/{path}", width=width)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            page.close()

    def test_a_page_from_right_to_left_begins_at_the_right(self, browser: Browser, address: str) -> None:
        page = opened(browser, f"{address}hebrew/")

        assert page.evaluate("document.documentElement.dir") == "rtl"
        assert left(page, ".brand") > left(page, ".top")
        assert left(page, ".head > svg") > left(page, ".head h1")
        assert left(page, ".rows h3") > left(page, ".rows .state")
        assert page.locator(".updates > li").first.evaluate(
            "e => getComputedStyle(e).borderRightWidth !== '0px' && getComputedStyle(e).borderLeftWidth === '0px'"
        )
        page.close()

    def test_time_runs_the_same_way_in_a_bar_and_under_it(self, browser: Browser, address: str) -> None:
        page = opened(browser, f"{address}hebrew/")
        row = page.locator(".rows li", has_text="Language model Slower")
        marks, ends = row.locator("a > svg path.maj, a > svg path.par"), row.locator("p > span")
        row.scroll_into_view_if_needed()
        older, newer = (where.bounding_box() for where in (marks.first, marks.last))
        assert older and newer
        assert newer["x"] < older["x"]
        assert left(page, ".rows p > span:last-child") < left(page, ".rows p > span:first-child")
        assert ends.first.inner_text() == "90 days ago"

        page.mouse.move(newer["x"] + newer["width"] / 2, newer["y"] + 10)
        assert page.locator(".tip").inner_text().startswith("22")
        row.locator("a[href$='#days']").focus()
        page.keyboard.press("ArrowLeft")
        first = page.locator(".tip").inner_text()
        page.keyboard.press("ArrowLeft")
        assert page.locator(".tip").inner_text() != first
        page.close()

    @pytest.mark.parametrize("path", PATHS)
    def test_at_twice_its_size_all_is_still_reached(self, browser: Browser, address: str, path: str) -> None:
        """Zoom of 200 % on a screen of 1280 by 900 is a page of 640 by 450 (WCAG 2.2, 1.4.4 and 1.4.10)."""
        page = browser.new_page(viewport={"width": 640, "height": 450}, device_scale_factor=2)
        page.goto(f"{address}trouble/{path}")

        assert page.evaluate("document.documentElement.scrollWidth") == 640
        cut = page.evaluate(
            "[...document.querySelectorAll('h1, h2, h3, p, dd, .button')].filter(e => "
            "!e.closest('.vh') && !e.classList.contains('vh') && e.scrollWidth > e.clientWidth + 1 "
            "&& getComputedStyle(e).overflow === 'hidden').length"
        )
        assert cut == 0
        page.close()

    @pytest.mark.parametrize("path", PATHS)
    def test_letters_twice_as_large_stay_on_a_phone(self, browser: Browser, address: str, path: str) -> None:
        page = opened(browser, f"{address}trouble/{path}", width=360)
        page.evaluate("document.documentElement.style.fontSize = '200%'")

        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.close()

    @pytest.mark.parametrize("path", PATHS)
    def test_it_prints_on_a4(self, browser: Browser, address: str, path: str, tmp_path: Path) -> None:
        page = opened(browser, f"{address}trouble/{path}", width=794)
        page.emulate_media(media="print")

        assert page.evaluate("document.documentElement.scrollWidth") == 794
        assert not page.locator(".button").first.is_visible()
        pdf = page.pdf(format="A4")
        assert pdf.startswith(b"%PDF-")
        assert 1 <= pdf.count(b"/Type /Page\n") <= 6
        page.close()


class TestInTheVisitorsZone:
    pytestmark = with_chromium

    def test_times_are_told_in_it_and_the_page_s_own_is_their_tip(
        self, browser: Browser, address: str
    ) -> None:
        page = opened(browser, f"{address}trouble/{INCIDENT}", zone="America/New_York")
        time = page.locator("time[datetime='2026-11-22T14:31:00Z']").first

        assert time.inner_text().startswith("09:31 GMT-5, ")
        assert time.get_attribute("title") == "14:31 UTC"
        assert page.locator("[data-own]").inner_text() == "Times in your own zone, days and charts in UTC"
        page.close()

    def test_a_time_of_another_day_there_has_its_date(self, browser: Browser, address: str) -> None:
        page = opened(browser, f"{address}trouble/{INCIDENT}", zone="Pacific/Auckland")

        assert page.locator("time[datetime='2026-11-22T14:31:00Z']").first.inner_text().startswith("03:31")
        page.goto(f"{address}trouble/history/")
        assert "10 November" in page.locator("time[datetime^='2026-11-10']").first.inner_text()
        page.close()

    def test_french_keeps_its_way_of_telling_time(self, browser: Browser, address: str) -> None:
        page = opened(browser, f"{address}trouble/fr/history/", zone="Europe/Paris")

        told = page.locator("time[datetime='2026-11-10T09:12:00Z']").first.inner_text()
        assert told.replace("\N{NARROW NO-BREAK SPACE}", " ") == "10 novembre à 10:12 UTC+1"
        page.close()

    def test_in_the_page_s_own_zone_nothing_changes(self, browser: Browser, address: str) -> None:
        page = opened(browser, f"{address}trouble/{INCIDENT}", zone="Africa/Abidjan")  # UTC by another name
        time = page.locator("time[datetime='2026-11-22T14:31:00Z']").first

        assert time.inner_text().startswith("14:31 UTC, ")
        assert page.locator("[data-own]").inner_text() == "Times in UTC"
        page.close()


@pytest.mark.skipif(not shutil.which("w3m"), reason="there is no w3m")
def test_a_text_browser_tells_the_same_in_the_same_order(sites: Path) -> None:
    def read(path: str) -> str:
        shown = subprocess.run(
            ["w3m", "-dump", "-cols", "76", "-T", "text/html", sites / "trouble" / path / "index.html"],
            check=True,
            capture_output=True,
            text=True,
        )
        return " ".join(shown.stdout.split())

    home = read("")
    parts = [
        "Language model is partly down",
        "Slow and missing answers in Europe",
        "Cause Our model provider has lost capacity in its Paris region",
        "Expected back 15:15 UTC",
        "Identified 14:31 UTC",
        "Language model Slower than usual Partial outage 90 days ago 99.89% uptime 3.1 s Today",
        "Scheduled maintenance",
        "Past incidents",
    ]
    places = [home.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert "The checks: Language model: Degraded 14:05 UTC" in read(INCIDENT)
