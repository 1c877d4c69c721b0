"""The status line for chat windows: its documents, and the script in a foreign page of another origin."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import snapshots as given
from browsing import CHROMIUM, Quiet, chromium, in_languages, served
from playwright.sync_api import Browser, Page, Route, expect
from snapshots import NOW
from test_badges import WORLDS, contrast

from statuspage.model import Snapshot, State
from statuspage.outputs.templates import builtin_templates
from statuspage.outputs.widget import MARKS, MOST, widgets

SPOKEN = ("en", "fr", "de", "es", "it", "nl", "pt")
DOWN = "Language model is partly down. 1 other part is affected"
OPEN = {"Access-Control-Allow-Origin": "*"}
CHAT = '<main style="width: 22rem"><p>How can I help?</p>{}<p>Ask away.</p></main>'


# --- the documents -----------------------------------------------------------------------------


@pytest.mark.parametrize("world", WORLDS)
def test_a_language_has_one_small_document(world: str) -> None:
    snapshot = in_languages(WORLDS[world](), *SPOKEN)
    files = dict(widgets(snapshot))

    assert set(files) == {"widget.json", *(f"widget/{code}.json" for code in SPOKEN)}
    assert files["widget.json"] == files["widget/en.json"]
    assert files == dict(widgets(snapshot))
    for code in SPOKEN:
        told = json.loads(files[f"widget/{code}.json"])
        assert len(files[f"widget/{code}.json"]) <= MOST
        assert (told["language"], told["languages"]) == (code, list(SPOKEN))
        assert told["state"] == snapshot.state
        assert told["sentence"]
        assert (told["mark"] is None) == (snapshot.state in (State.OPERATIONAL, State.UNKNOWN))
        assert set(told["words"]) == {"cause", "back", "workaround", "more", "stale", "last"}


def test_it_says_what_the_open_incident_says() -> None:
    told = json.loads(dict(widgets(given.trouble()))["widget.json"])

    assert told["sentence"] == DOWN
    assert told["cause"] == "Our model provider has lost capacity in its Paris region"
    assert told["doing"] == "Moving European traffic to Frankfurt and Dublin"
    assert (told["back"], told["back_at"]) == ("15:15 UTC", "2026-11-22T15:15:00Z")
    assert told["workaround"] == "Write to us on WhatsApp meanwhile."
    assert told["url"] == "https://status.acme.example/incidents/2026-11-22-slow-europe/"
    assert (told["measured"], told["until"]) == ("2026-11-22T14:40:00Z", "2026-11-22T15:05:00Z")


def test_without_an_incident_the_cause_is_what_the_probes_saw() -> None:
    told = json.loads(dict(widgets(given.unsteady()))["widget.json"])

    assert told["cause"]
    assert (told["back"], told["back_at"], told["workaround"]) == ("", None, "")
    assert told["url"] == "https://status.acme.example/components/language-model/"


def test_an_incident_about_something_else_does_not_lend_its_cause() -> None:
    elsewhere = replace(given.SLOW_EUROPE, components={"whatsapp": State.DEGRADED})
    known = given.snapshot(given.unsteady().components, incidents=(elsewhere,))

    assert json.loads(dict(widgets(known))["widget.json"])["url"].endswith("/components/language-model/")


def test_work_in_progress_is_over_at_its_end() -> None:
    told = json.loads(dict(widgets(given.working()))["widget.json"])

    assert told["sentence"] == "Knowledge search is under maintenance"
    assert (told["cause"], told["back"]) == ("Knowledge base re-indexing", "15:42 UTC")


@pytest.mark.parametrize("letter", ["a", "é", "漢", "😀", '"', "\\", "<"])
def test_long_texts_are_cut_to_a_kilobyte_and_the_sentence_last(letter: str) -> None:
    long = replace(
        given.SLOW_EUROPE, cause=letter * 5000, doing=letter * 300, workaround=letter * 2000, eta=letter * 400
    )
    known = replace(given.trouble(), incidents=(long,))

    content = dict(widgets(known))["widget.json"]
    told = json.loads(content)
    assert len(content) <= MOST
    assert told["sentence"] == DOWN
    assert told["cause"].endswith("…")
    assert len(told["cause"]) >= 16


def test_two_codes_with_one_languages_words_share_a_document() -> None:
    assert set(dict(widgets(in_languages(given.everyday(), "ja", "en")))) == {"widget.json", "widget/en.json"}


def test_the_script_is_less_than_three_kilobytes() -> None:
    script = (builtin_templates() / "widget.js").read_bytes()

    assert len(script) < 3000
    assert not re.search(rb"innerHTML|insertAdjacent|eval|Function|document\.write|https?://", script)


def test_its_shapes_stand_out_from_both_grounds() -> None:
    css = (builtin_templates() / "widget.js").read_text("utf-8")
    grounds = re.search(r"background:light-dark\((#\w+),(#\w+)\)", css)
    assert grounds
    for colour in (*(colour for colour, _ in MARKS.values()), "#7d858e"):
        assert all(contrast(colour, ground) >= 3 for ground in grounds.groups())


# --- in a foreign page -------------------------------------------------------------------------


class Shared(Quiet):
    """A host that lets scripts of other origins read, as GitHub Pages does."""

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()


@dataclass(frozen=True)
class Web:
    """Sites on one origin, a chatbot's own page on another."""

    sites: Path
    status: str  # address of the sites
    chat: str  # address of the foreign pages
    pages: Path

    def page(self, world: str, attributes: str = "", *, head: str = "", body: str = CHAT) -> str:
        """The address of a page that includes the widget of a world."""
        script = f'<script src="{self.status}{world}/widget.js" defer {attributes}></script>'
        placed = body.format(script) if "{}" in body else body
        first = "" if "{}" in body else script
        content = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}'
            f'<link rel="icon" href="data:,"><title>Chat</title>{first}</head><body>{placed}</body></html>'
        )
        file = self.pages / f"{abs(hash((world, attributes, head, body)))}.html"
        file.write_text(content, "utf-8")
        return f"{self.chat}{file.name}"


def put_widget(folder: Path, snapshot: Snapshot) -> None:
    """All of a site that the widget needs."""
    script = (builtin_templates() / "widget.js").read_bytes()
    for path, body in {**dict(widgets(snapshot)), "widget.js": script}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    sites, pages = tmp_path_factory.mktemp("sites"), tmp_path_factory.mktemp("pages")
    worlds: dict[str, Callable[[], Snapshot]] = {
        name: WORLDS[name] for name in ("everyday", "trouble", "empty", "unsure", "working", "hostile")
    }
    for name, world in worlds.items():
        put_widget(sites / name, in_languages(world(), "en", "fr"))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Shared, directory=str(sites))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with served(pages) as chat:
            yield Web(sites, f"http://127.0.0.1:{server.server_port}/", chat, pages)
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Its clock stands at the moment of the worlds; a word in the console or a dialog fails the test."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.clock.install(time=NOW)
    yield page
    context.close()
    assert said == []


def _answer(body: str, route: Route) -> None:
    route.fulfill(body=body, headers=OPEN)


def told(page: Page) -> list[str]:
    """The lines that the widget shows, once it has read what it needs."""
    return page.locator("[role=status] > p").all_inner_texts()


def visit(page: Page, address: str, *, quiet: bool = False) -> list[str]:
    """What it shows after all that it asks for has come; `quiet`: it is to show nothing."""
    page.goto(address, wait_until="networkidle" if quiet else "load")
    if not quiet:
        expect(page.locator("[role=status] > p").first).to_be_visible()
    return told(page)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium")
class TestInAForeignPage:
    def test_nothing_is_shown_while_nothing_is_wrong(self, page: Page, web: Web) -> None:
        body = (
            '<main style="display: flex; flex-direction: column; gap: 50px"><div>1</div>{}<div>2</div></main>'
        )

        assert visit(page, web.page("everyday", body=body), quiet=True) == []
        tops = page.locator("main > div:not(:empty)").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().top)"
        )
        alone = page.locator("main > div").first.bounding_box()
        assert alone
        assert round(tops[1] - tops[0] - alone["height"]) == 50  # not even a gap of its own

    def test_what_is_not_measured_raises_no_alarm(self, page: Page, web: Web) -> None:
        assert visit(page, web.page("empty"), quiet=True) == []

    def test_trouble_has_its_cause_its_end_and_what_to_do(self, page: Page, web: Web) -> None:
        assert visit(page, web.page("trouble")) == [
            DOWN,
            "Cause Our model provider has lost capacity in its Paris region",
            "Expected back 15:15 UTC",
            "What you can do Write to us on WhatsApp meanwhile.",
        ]
        link = page.get_by_role("link", name="All details")
        assert link.get_attribute("href") == f"{given.ACME.url}/incidents/{given.SLOW_EUROPE.id}/"
        assert page.get_by_role("status").inner_text().startswith(DOWN)

    def test_it_speaks_the_pages_language(self, page: Page, web: Web) -> None:
        page.add_init_script(
            "addEventListener('readystatechange', () => document.documentElement.lang = location.hash.slice(1), true)"
        )
        for attributes, lang, expected in (
            ('data-language="fr"', "en", "fr"),
            ('data-language="FR-CA"', "en", "fr"),
            ("", "fr", "fr"),
            ('data-language="ja"', "", "en"),
        ):
            first = visit(page, f"{web.page('trouble', attributes)}#{lang}")[0]

            assert first.startswith("Language model est" if expected == "fr" else "Language model is")
            assert page.locator("[role=status]").get_attribute("lang") == expected

    def test_a_strict_policy_has_to_name_the_status_page_only(self, page: Page, web: Web) -> None:
        origin = web.status.rstrip("/")
        policy = f"default-src 'none'; script-src {origin}; connect-src {origin}; img-src data:"
        head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'

        body = "<main><p>How can I help?</p></main>"
        assert visit(page, web.page("trouble", head=head, body=body))[0] == DOWN
        box = page.locator("[role=status]")
        assert box.evaluate("e => getComputedStyle(e).borderRadius") == "12px"
        assert box.locator("i").evaluate("e => getComputedStyle(e).clipPath").startswith("path(")

    def test_once_it_is_past_it_says_that_nothing_is_known(self, page: Page, web: Web) -> None:
        visit(page, web.page("trouble"))

        page.clock.fast_forward(timedelta(minutes=45).seconds * 1000)
        expect(page.locator("[role=status] > p")).to_have_count(2)
        assert told(page) == [
            "Status not known at present",
            f"Last measured 22 November 2026, 14:40 UTC {DOWN}",
        ]
        page.clock.fast_forward("25:00:00")
        expect(page.locator("[role=status] > p")).to_have_count(0)

    def test_what_was_well_and_is_past_stays_silent(self, page: Page, web: Web) -> None:
        visit(page, web.page("everyday"), quiet=True)
        page.clock.fast_forward(timedelta(minutes=45).seconds * 1000)
        page.wait_for_load_state("networkidle")

        assert told(page) == []

    def test_it_reads_again_every_two_minutes_and_not_while_hidden(self, page: Page, web: Web) -> None:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        visit(page, web.page("everyday"), quiet=True)
        assert len([url for url in asked if url.endswith(".json")]) == 1

        with page.expect_response("**/widget.json"):
            page.clock.fast_forward("02:05")
        page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
        page.clock.fast_forward("10:00")
        page.wait_for_load_state("networkidle")
        assert len([url for url in asked if url.endswith(".json")]) == 2
        page.evaluate("delete document.hidden")
        with page.expect_response("**/widget.json"):
            page.clock.fast_forward("00:05")

    def test_it_appears_and_goes_with_the_trouble(self, page: Page, web: Web) -> None:
        now = "everyday"
        page.route(
            "**/widget.json", lambda route: route.fulfill(path=web.sites / now / "widget.json", headers=OPEN)
        )
        assert visit(page, web.page("everyday"), quiet=True) == []

        now = "working"
        page.clock.fast_forward("02:05")
        expect(page.get_by_text("Knowledge search is under maintenance")).to_be_visible()
        now = "everyday"
        page.clock.fast_forward("02:05")
        expect(page.locator("[role=status] > p")).to_have_count(0)

    def test_it_asks_less_often_of_a_host_that_does_not_answer(self, browser: Browser, web: Web) -> None:
        page = browser.new_page()  # the browser itself tells the console of a failed request
        page.clock.install(time=NOW)
        asked: list[str] = []

        def refuse(route: Route) -> None:
            asked.append(route.request.url)
            route.abort()

        page.route("**/widget.json", refuse)
        page.goto(web.page("trouble"), wait_until="networkidle")
        for _ in range(30):
            page.clock.fast_forward("02:01")
        page.wait_for_load_state("networkidle")

        assert 4 <= len(asked) <= 6  # at once, then after 2, 4, 8, 16, 30 minutes
        assert told(page) == []
        page.close()

    def test_a_broken_answer_shows_nothing(self, page: Page, web: Web) -> None:
        for body in (
            "null",
            "[]",
            "<html>",
            '{"mark": ["red", ""], "words": {}}',
            '{"words": {}, "languages": 7, "mark": true}',
        ):
            page.route("**/widget*.json", partial(_answer, body))
            assert visit(page, web.page("trouble"), quiet=True) == []

    def test_markup_in_an_answer_is_text_and_an_address_that_runs_is_no_link(
        self, page: Page, web: Web
    ) -> None:
        evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
        document = {
            "language": "en",
            "languages": ["en"],
            "mark": ["url(https://evil.example/)", "M0 0') url(https://evil.example/"],
            "sentence": evil,
            "cause": evil,
            "url": "javascript:alert(3)",
            "words": {"cause": evil, "more": evil},
        }
        page.route("**/widget.json", lambda route: route.fulfill(json=document, headers=OPEN))

        assert visit(page, web.page("trouble")) == [evil, f"{evil} {evil}"]
        assert page.locator("[role=status] :is(img, script, a)").count() == 0

    def test_hostile_names_stay_in_the_window(self, page: Page, web: Web) -> None:
        page.set_viewport_size({"width": 320, "height": 640})

        assert visit(page, web.page("hostile", body="<main>{}</main>"))[0].startswith(
            "Open incident: <script>"
        )
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert page.locator("[role=status]").evaluate("e => getComputedStyle(e).fontSize") == "13px"

    def test_it_goes_where_it_is_told_even_when_that_comes_later(self, page: Page, web: Web) -> None:
        address = web.page("trouble", 'data-target="#chat"', body="<main></main>")
        assert visit(page, address, quiet=True) == []

        page.evaluate("document.querySelector('main').innerHTML = '<div id=chat><p>Hello</p></div>'")
        page.evaluate("statuspage.show()")
        expect(page.locator("#chat [role=status]")).to_contain_text(DOWN)

    def test_it_leaves_one_global_that_takes_all_away(self, page: Page, web: Web) -> None:
        page.add_init_script("window.before = Object.keys(window)")
        visit(page, web.page("trouble"))

        assert page.evaluate("Object.keys(window).filter(k => !before.includes(k))") == [
            "before",
            "statuspage",
        ]
        page.evaluate(
            "src => document.head.append(Object.assign(document.createElement('script'), { src }))",
            f"{web.status}trouble/widget.js",
        )
        page.wait_for_load_state("networkidle")
        expect(page.locator("[role=status]")).to_have_count(1)
        page.evaluate("statuspage.stop()")
        page.clock.fast_forward("10:00")
        page.wait_for_load_state("networkidle")
        assert page.locator("[role=status]").count() == 0

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_its_words_are_readable_in_both_schemes(self, browser: Browser, web: Web, scheme: str) -> None:
        page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
        page.clock.install(time=NOW)
        page.goto(
            web.page("trouble", head='<meta name="color-scheme" content="light dark">'),
            wait_until="networkidle",
        )
        found = page.locator("[role=status]").evaluate(
            "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
        )
        words, ground = ("#" + "".join(f"{int(n):02x}" for n in re.findall(r"\d+", rgb)) for rgb in found)

        assert contrast(words, ground) >= 7
        assert (contrast(ground, "#000000") < 3) is (scheme == "dark")
        page.close()
