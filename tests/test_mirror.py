"""A second host: every page and feed names it, when it is configured and only then."""

import json
from collections.abc import Mapping
from dataclasses import replace

import feedparser
import pytest
import snapshots
from lxml import etree

from statuspage.config import load
from statuspage.errors import Problems
from statuspage.model import Snapshot
from statuspage.outputs.api import api
from statuspage.outputs.feeds import feeds
from statuspage.outputs.html import html

MIRROR = "https://status2.example/page"


def mirrored(languages: tuple[str, ...] = ("en",)) -> Snapshot:
    world = snapshots.everyday()
    return replace(world, page=replace(world.page, mirror=MIRROR, languages=languages))


def pages(world: Snapshot) -> Mapping[str, str]:
    return {path: content.decode() for path, content in html(world) if path.endswith(".html")}


def test_each_page_leads_to_itself_on_the_second_host() -> None:
    made = pages(mirrored())
    text = "If this host cannot be reached, the same page is at status2.example/page."

    for path, page in made.items():
        below = "" if path == "404.html" else path.removesuffix("index.html")
        assert f'<a href="{MIRROR}/{below}">{text}</a>' in page, path


def test_a_page_in_another_language_leads_to_the_same_language() -> None:
    made = pages(mirrored(("en", "fr")))

    assert f'<a href="{MIRROR}/fr/history/">' in made["fr/history/index.html"]


def test_without_a_second_host_no_page_says_a_word() -> None:
    made = pages(snapshots.everyday())

    assert not [path for path, page in made.items() if "cannot be reached" in page]


def test_feeds_name_the_second_host() -> None:
    made = dict(feeds(mirrored()))

    for name in ("history", "updates", "components/language-model"):
        root = etree.fromstring(made[f"{name}.atom"])
        links = [(link.get("rel"), link.get("href")) for link in root.findall("{*}link")]
        assert ("related", f"{MIRROR}/{name}.atom") in links
        assert links.count(("related", f"{MIRROR}/{name}.atom")) == 1
    for name in ("history.atom", "history.rss", "updates.atom", "updates.rss"):
        feed = feedparser.parse(made[name]).feed
        assert f"If this host cannot be reached, the same is at {MIRROR}/." in feed.subtitle
        assert feed.link == f"{mirrored().page.url}/"
    assert f"the same is at {MIRROR}/." in json.loads(made["feed.json"])["description"]


def test_feeds_without_a_second_host_are_as_they_were() -> None:
    assert not [name for name, content in feeds(snapshots.everyday()) if b'rel="related"' in content]


@pytest.mark.parametrize(("world", "said"), [(mirrored(), MIRROR), (snapshots.everyday(), None)])
def test_the_api_names_the_second_host(world: Snapshot, said: str | None) -> None:
    assert json.loads(dict(api(world))["api/status.json"])["page"]["mirror"] == said


# --- the configuration -------------------------------------------------------------------------


def text(mirror: str) -> str:
    return (
        f"page:\n  url: https://status.example\n  mirror: '{mirror}'\ncomponents: [{{name: A, type: manual}}]"
    )


def test_a_mirror_comes_from_the_configuration() -> None:
    assert load(text(f"{MIRROR}/"), "components.yaml", {}).page.as_model().mirror == MIRROR


@pytest.mark.parametrize(
    ("mirror", "line"),
    [
        ("status2.example", 3),
        ("javascript:alert(1)", 3),
        ("https://a.example/?x", 3),
        ("https://höb.example", 3),
        ("https://status.example/", 1),
    ],
)
def test_a_mirror_that_is_none_is_refused_with_its_line(mirror: str, line: int) -> None:
    with pytest.raises(Problems) as told:
        load(text(mirror), "components.yaml", {})
    assert [problem.where.line for problem in told.value.problems if problem.where] == [line]
