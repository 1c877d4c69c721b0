"""The pages in a real browser: what the reader sees, with the script and without."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import snapshots as given
from playwright.sync_api import Browser, Page, Request, sync_playwright
from snapshots import NOW

from statuspage.outputs import OUTPUTS, build
from statuspage.outputs.html import html

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COMPONENT, INCIDENT = "components/language-model/", "incidents/2026-11-22-slow-europe/"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium"),
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worlds as folders, one below the other, so that every site is served below a sub-path."""
    root = tmp_path_factory.mktemp("sites")
    for world in (given.everyday, given.trouble, given.unsteady, given.unsure, given.hostile, given.empty):
        for path, body in build(world(), (html, *OUTPUTS)).items():
            file = root / world.__name__ / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
    return root


@pytest.fixture(scope="module")
def address(sites: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(sites))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


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
