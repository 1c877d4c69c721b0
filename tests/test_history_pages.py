"""History by month, maintenance, what to subscribe to, "Was I affected?", the sitemap: as files and in a browser."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
import snapshots as given
from browsing import CHROMIUM, chromium, in_languages, served, write_sites
from hypothesis import given as examples
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from snapshots import DAY, HOUR, MINUTE, NOW, at, component
from test_html import Page as Parsed

from statuspage.intervals import Interval, total
from statuspage.model import Impact, Incident, MaintenanceStatus, Snapshot, Span, State
from statuspage.outputs.affected import GAPS, affected
from statuspage.outputs.html import html
from statuspage.outputs.site import OUTPUTS, build
from statuspage.outputs.sitemap import sitemap
from statuspage.snapshot import _unmeasured
from statuspage.views.history import history_page
from statuspage.views.languages import first_context

NAMES = {"loc": "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"}


def page_of(snapshot: Snapshot, path: str) -> str:
    """One page; those after it are not made."""
    return next(body for name, body in html(snapshot) if name == path).decode()


def record(snapshot: Snapshot) -> dict[str, Any]:
    [(path, body)] = affected(snapshot)
    assert path == "api/affected.json"
    told: dict[str, Any] = json.loads(body)
    return told


def ever(count: int, *, every: timedelta = DAY) -> tuple[Incident, ...]:
    """Incidents of the last `count * every`, newest first, with causes and tags of a usual length."""
    return tuple(
        replace(
            given.SLOWER,
            id=f"{NOW - n * every:%Y-%m-%d}-slow-answers-{n}",
            title=f"Answers are slow or missing in Europe, part {n}",
            impact=list(Impact)[n % 4],
            started=NOW - n * every - HOUR,
            resolved=NOW - n * every,
            worst={"language-model": State.MAJOR, "dialogue-engine": State.DEGRADED},
            cause="A limit of 20 workers that was left over from a test of the day before",
            tags=("provider", "europe"),
        )
        for n in range(count)
    )


# --- history -----------------------------------------------------------------------------------


def test_each_month_has_a_page_that_leads_to_the_month_before_and_after() -> None:
    month = Parsed(page_of(given.trouble(), "history/2026-10/index.html").encode())

    assert "October 2026" in month.words
    assert "Move to new machines" in month.words
    assert "Answers slower than usual" not in month.words
    ways = {a["rel"]: a["href"] for a in month.named("a") if "rel" in a}
    assert ways == {"prev": "../../history/2026-09/", "next": "../../history/2026-11/"}


def test_a_month_is_that_of_the_pages_zone() -> None:
    late = replace(given.SLOWER, started=at("2026-10-31 23:30"), resolved=at("2026-11-01 00:10"))
    tokyo = given.snapshot([], page=replace(given.ACME, timezone="Asia/Tokyo"), incidents=(late,))

    assert [m.key for m in history_page(first_context(tokyo)).months] == ["2026-11"]


def test_history_tells_the_newest_months_in_full_and_lists_all_that_there_ever_was() -> None:
    months = history_page(first_context(given.snapshot([], incidents=ever(60, every=9 * DAY)))).months

    assert [m.full for m in months] == [True] * 12 + [False] * (len(months) - 12)
    assert sum(len(m.entries) for m in months) == 60
    assert months[0].count == "3 incidents"


def test_an_entry_tells_impact_length_cause_and_components_and_more_can_be_searched_for() -> None:
    entry = history_page(first_context(given.trouble())).months[0].entries[1]

    assert (entry.at.text, entry.pill.css, entry.told) == (
        "22 November, 14:05 UTC",
        "par",
        "Major impact · still open · Identified",
    )
    assert [c.text for c in entry.components] == ["Language model", "Dialogue engine"]
    for word in ("Slow and missing", "lost capacity", "outside provider", "europe", "Language model"):
        assert word in entry.text


def test_a_thousand_incidents_stay_below_four_hundred_kilobytes() -> None:
    body = page_of(given.snapshot([*given.trouble().components], incidents=ever(1000)), "history/index.html")

    assert body.count("data-text=") == 1000
    assert len(body.encode()) <= 400_000


def test_a_page_without_a_past_says_so() -> None:
    for path, sentence in {
        "history/index.html": "No incident was ever reported.",
        "maintenance/index.html": "No maintenance is planned.",
        "affected/index.html": "No trouble was measured or reported.",
    }.items():
        assert sentence in page_of(given.nothing(), path)
    assert "data-search" not in page_of(given.nothing(), "history/index.html")


# --- maintenance -------------------------------------------------------------------------------


def test_maintenance_comes_in_the_order_of_what_concerns_readers() -> None:
    soon = replace(given.REINDEXING, id="soon", title="Soon", start=NOW + HOUR, end=NOW + 2 * HOUR)
    running = replace(given.REINDEXING, id="now", title="Now", status=MaintenanceStatus.IN_PROGRESS)
    told = (given.REINDEXING, soon, running, given.MIGRATION)

    words = Parsed(page_of(given.snapshot([], maintenances=told), "maintenance/index.html").encode()).words

    order = [words.index(w) for w in ("Now", "Soon", "Knowledge base", "Past maintenance", "Move to")]
    assert order == sorted(order)
    assert "Monday, 26 October 2026, 01:00 to 05:00 UTC · Completed" in words


# --- subscribe ---------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "fr/"])
def test_every_address_to_subscribe_to_is_absolute_and_exists(prefix: str) -> None:
    world = in_languages(given.trouble(), "en", "fr")
    made = build(world, (html, *OUTPUTS))
    body = made[f"{prefix}subscribe/index.html"].decode()

    offered = [unescape(text) for text in re.findall(r'data-copy="(.*?)"', body)]
    found = {url for text in offered for url in re.findall(r'https://[^")\s]*', text)}
    for url in found:
        path = url.removeprefix("https://status.acme.example/")
        assert path in made or f"{path}index.html" in made, url
    assert len(offered) == body.count('class="copy"') > 40
    feeds = {path for path in made if path.endswith((".atom", ".rss", ".ics", ".prom", ".txt"))}
    assert feeds - {"robots.txt"} <= {url.removeprefix("https://status.acme.example/") for url in found}
    assert {path for path in made if path.startswith("api/v2/")} <= {
        url.removeprefix("https://status.acme.example/") for url in found
    }


def test_a_badge_that_would_take_anothers_name_is_offered_under_its_own() -> None:
    world = given.snapshot([component("status", "Status"), component("a", "A"), component("a-uptime", "B")])
    made = build(world, (html, *OUTPUTS))

    for path in re.findall(
        r"https://status.acme.example/(badges/[\w-]*\.(?:svg|json))", made["subscribe/index.html"].decode()
    ):
        assert path in made


def test_a_name_cannot_break_out_of_the_markup_that_is_offered() -> None:
    evil = component("a", '"><script>x</script> [a](b) `c`')
    body = page_of(given.snapshot([evil]), "subscribe/index.html")
    offered = [unescape(text) for text in re.findall(r'data-copy="(.*?)"', body)]

    assert not [text for text in offered if "<script>x" in text]
    assert [text for text in offered if r"\[a\](b) \`c\`" in text]


# --- affected ----------------------------------------------------------------------------------


def test_the_record_tells_outages_incidents_maintenance_and_what_was_not_measured() -> None:
    told = record(given.trouble())
    origin = datetime.fromisoformat(told["from"])

    def minute(text: str) -> int:
        return (at(text) - origin) // MINUTE

    by_id = {c["id"]: c for c in told["components"]}
    titles = [i["title"][""] for i in told["incidents"]]
    [first, second, *_] = by_id["language-model"]["outages"]
    assert first == [minute("2026-11-22 14:05"), None, 4, [0]]  # seen degraded, declared partly down
    assert second == [minute("2026-11-10 09:12"), minute("2026-11-10 10:00"), 3, [1]]
    assert titles[:2] == ["Slow and missing answers in Europe", "Answers slower than usual"]
    assert by_id["telegram"]["unmeasured"] == [[0, minute("2026-10-02 00:00")]]
    assert told["maintenances"][1]["components"] == ["web-chat", "dialogue-engine"]
    assert (origin, told["until"]) == (NOW - 400 * DAY, 400 * 24 * 60)


def test_what_is_declared_without_an_outage_counts_as_trouble() -> None:
    quiet = given.snapshot([component("language-model", "Model")], incidents=(given.NO_ANSWERS,))
    [only] = record(quiet)["components"][0]["outages"]

    assert only[2:] == [5, [0]]


def test_spans_are_widened_to_the_minutes_that_they_touch() -> None:
    gap = Interval(NOW - HOUR + timedelta(seconds=50), NOW - HOUR + timedelta(seconds=70))
    told = record(given.snapshot([component("a", "A", gaps=[gap])]))

    end = told["until"]
    assert told["components"][0]["unmeasured"] == [[end - 60, end - 58]]


def test_too_many_gaps_are_told_as_not_known_and_none_as_measured() -> None:
    gaps = [Interval(NOW - n * HOUR, NOW - n * HOUR + MINUTE) for n in range(1, GAPS + 50)]
    crowded = record(given.snapshot([component("a", "A", gaps=gaps)]))["components"][0]["unmeasured"]
    unknown = replace(component("a", "A"), unmeasured=None)

    assert len(crowded) == GAPS + 1
    assert crowded[0] == [0, crowded[1][0]]
    assert record(given.snapshot([unknown]))["components"][0]["unmeasured"] == [[0, None]]


def test_fifty_components_with_three_outages_a_month_stay_below_a_hundred_kilobytes() -> None:
    outages = [
        given.failing(f"{NOW - n * 10 * DAY - HOUR:%Y-%m-%d %H:%M}", 47 * MINUTE, State.MAJOR)
        for n in range(40)
    ]
    world = given.snapshot(
        [component(f"component-{n}", f"Component {n}", failures=outages) for n in range(50)],
        incidents=tuple(replace(i, worst={"component-7": State.MAJOR}) for i in ever(40, every=10 * DAY)),
    )
    [(_, body)] = affected(world)

    assert len(body) < 100_000


@examples(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 500)), max_size=8))
def test_what_is_unmeasured_and_what_is_measured_fill_the_time(pieces: list[tuple[int, int]]) -> None:
    begin, at_ = NOW - 500 * DAY, 0
    spans = []
    for pause, length in pieces:
        start = begin + (at_ + pause) * HOUR
        spans.append(Span(start, start + length * HOUR, State.OPERATIONAL))
        at_ += pause + length
    gaps = _unmeasured(spans, NOW)
    whole = Interval(NOW - 400 * DAY, NOW)
    measured = [Interval(max(s.start, whole.start), min(s.end, NOW)) for s in spans if s.end > whole.start]

    assert total(gaps) + total([i for i in measured if i.end > i.start]) == whole.seconds
    assert all(a.end < b.start for a, b in pairwise(gaps))


def test_gaps_of_several_components_are_listed_once() -> None:
    gap = Interval(NOW - 3 * HOUR, NOW - 2 * HOUR)
    words = Parsed(
        page_of(
            given.snapshot([component(i, f"Part {i}", gaps=[gap]) for i in "ab"]), "affected/index.html"
        ).encode()
    ).words

    assert "22 November, 11:42 to 12:42 UTC All components" in words
    assert "All of it was measured" not in words


# --- sitemap -----------------------------------------------------------------------------------


def test_the_sitemap_lists_every_page_in_every_language_with_the_others() -> None:
    world = in_languages(given.trouble(), "en", "fr")
    base = "https://status.acme.example/"
    pages = {path.removesuffix("index.html") for path, _ in html(world) if path.endswith("/index.html")}
    files = dict(sitemap(world))
    urls = list(ElementTree.fromstring(files["sitemap.xml"]))

    assert {url[0].text for url in urls} == {base + path for path in pages | {""}}
    assert len(urls) == len(pages) + 1
    for url in urls:
        alternates = {link.get("hreflang"): link.get("href") for link in url if link.tag.endswith("}link")}
        assert set(alternates) == {"en", "fr", "x-default"}
        assert url[0].text in alternates.values()
    assert files["robots.txt"].decode().endswith(f"Allow: /\n\nSitemap: {base}sitemap.xml\n")


def test_only_what_is_over_has_a_date_of_change() -> None:
    root = ElementTree.fromstring(dict(sitemap(given.trouble()))["sitemap.xml"])
    dated = {url[0].text: url[1].text for url in root if len(url) > 1}

    assert dated == {
        "https://status.acme.example/incidents/2026-11-10-slower/": "2026-11-12T09:01:00.000Z",
        "https://status.acme.example/incidents/2026-09-06-no-answers/": "2026-09-07T00:57:00.000Z",
    }


def test_a_sitemap_keeps_to_the_limits_of_the_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("statuspage.outputs.sitemap.MOST", 9)
    world = in_languages(given.trouble(), "en", "fr")

    assert len(ElementTree.fromstring(dict(sitemap(world))["sitemap.xml"])) == 8


# --- in a browser ------------------------------------------------------------------------------

browser_only = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sites")
    worlds = {
        "trouble": in_languages(given.trouble(), "en", "fr"),
        "unsure": given.unsure(),
        "hostile": given.hostile(),
        "empty": given.empty(),
    }
    write_sites(folder, worlds)
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A reader in Paris at the moment of the worlds; any word in the console fails."""
    context = browser.new_context(timezone_id="Europe/Paris", locale="en-GB")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.clock.install(time=NOW)
    yield page
    context.close()
    assert said == []


class TestInABrowser:
    pytestmark = browser_only

    def test_a_moment_of_an_outage_is_answered_in_the_readers_zone_and_can_be_shared(
        self, page: Page, address: str
    ) -> None:
        page.goto(f"{address}trouble/affected/")
        assert page.locator("[data-zone]").inner_text() == "Your time zone: Europe/Paris"

        page.get_by_label("When was it?").fill("2026-11-10T10:30")  # 09:30 UTC
        page.keyboard.press("Enter")

        answer = page.locator("[data-answer]")
        assert answer.locator("h2").inner_text() == "Not all was well: 10 November 2026 at 10:30"
        assert answer.locator("li").all_inner_texts() == [
            "Language model Degraded 10 November 2026 at 10:12 to 10 November 2026 at 11:00",
            "Answers slower than usual 10 November 2026 at 10:12 to 10 November 2026 at 11:00",
        ]
        assert answer.locator(".head.deg").count() == 1
        answer.get_by_text("Link to this answer").click()
        assert page.url == f"{address}trouble/affected/?at=2026-11-10T09:30Z"
        expect(page.get_by_label("When was it?")).to_have_value("2026-11-10T10:30")  # once the script has run
        answer.get_by_text("Answers slower than usual").click()
        assert page.url == f"{address}trouble/incidents/2026-11-10-slower/"

    @pytest.mark.parametrize(
        ("world", "asked", "sentence", "css"),
        [
            ("trouble", "2026-11-12T09:00Z", "All was measured, and all of it worked", "ok"),
            ("trouble", "2026-11-22T14:06Z", "Not all was well", "par"),
            ("trouble", "2026-10-26T02:00Z", "Maintenance was under way", "mnt"),
            ("trouble", "2026-09-20T09:00Z", "What was measured worked, but not all was measured", "unk"),
            ("trouble", "2020-01-01T00:00Z", "Not known here. What this page knows begins on", "unk"),
            ("trouble", "2026-11-22T18:00Z", "Not known yet. This page was made on 22 November", "unk"),
            ("unsure", "2026-11-05T12:00Z", "What was measured worked, but not all was measured", "unk"),
            ("empty", "2026-11-05T12:00Z", "Nothing was measured then, so what happened is not known", "unk"),
        ],
    )
    def test_what_was_not_measured_is_never_called_well(
        self, page: Page, address: str, world: str, asked: str, sentence: str, css: str
    ) -> None:
        page.goto(f"{address}{world}/affected/?at={asked}")

        assert page.locator("[data-answer] h2").inner_text().startswith(sentence)
        assert page.locator(f"[data-answer] .head.{css} > svg").count() == 1

    def test_the_answer_speaks_the_pages_language(self, page: Page, address: str) -> None:
        page.goto(f"{address}trouble/fr/affected/?at=2026-11-22T14:06Z")

        words = page.locator("[data-answer]:has(h2)").inner_text()
        assert "22 novembre 2026" in words
        assert "Dégradé" in words

    def test_no_question_and_no_title_runs_anything(self, page: Page, address: str) -> None:
        for asked in ("<script>alert(1)</script>", "2026-11-22T14:10Z"):
            page.goto(f"{address}hostile/affected/?at={asked}")

        page.locator("[data-answer]").get_by_text("<script>alert").nth(1).wait_for()

    def test_a_record_that_cannot_be_read_leaves_the_list(self, browser: Browser, address: str) -> None:
        page = browser.new_page()
        page.route("**/affected.json", lambda route: route.abort())
        page.goto(f"{address}trouble/affected/?at=2026-11-10T09:30Z")

        assert page.locator("[data-answer] h2").inner_text().startswith("The record could not be read.")
        page.close()

    def test_without_the_script_the_list_answers(self, browser: Browser, address: str) -> None:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{address}trouble/affected/")

        assert not page.locator("form").is_visible()
        row = page.locator(".short li").filter(has_text="09:12 to 10:00 UTC")
        assert "Language model" in row.inner_text()
        page.goto(f"{address}trouble/history/")
        assert not page.get_by_role("searchbox").is_visible()
        assert page.locator("[data-text]").count() == 5
        context.close()

    @pytest.mark.parametrize(
        "path",
        ["history/", "history/2026-11/", "maintenance/", "subscribe/", "affected/?at=2026-11-22T14:10Z"],
    )
    @pytest.mark.parametrize("world", ["trouble", "hostile"])
    def test_nothing_scrolls_sideways_on_the_smallest_phone(
        self, page: Page, address: str, world: str, path: str
    ) -> None:
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(f"{address}{world}/{path}", wait_until="networkidle")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

        assert page.evaluate("document.documentElement.scrollWidth") == 320

    def test_the_search_finds_causes_tags_and_components_in_all_months(
        self, page: Page, address: str
    ) -> None:
        page.goto(f"{address}trouble/history/")
        box = page.get_by_role("searchbox", name="Search the history")

        for words, found in {"PARIS": 1, "language": 3, "europe": 1, "Migration nowhere": 0}.items():
            box.fill(words)
            assert page.locator("[data-text]:visible").count() == found, words
            assert str(found) in page.locator("[data-count]").inner_text()
        assert page.locator(".month:visible").count() == 0  # a month without a match is not shown
        box.fill("")
        assert page.locator("[data-text]:visible").count() == 5

    def test_an_address_is_copied(self, browser: Browser, address: str) -> None:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(f"{address}trouble/subscribe/")

        page.get_by_role("button", name="Copy").first.click()

        page.get_by_role("button", name="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == "https://status.acme.example/history.atom"
        context.close()
