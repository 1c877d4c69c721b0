"""The rules of RFC 4287, RSS 2.0 and the W3C's validator that a parser would forgive."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import atoma
import fastfeedparser
import feedparser
import nh3
import pytest
import snapshots
from lxml import etree
from wire_world import NOW, at, component, incident, maintenance, snapshot, update

from statuspage.config import load
from statuspage.errors import Problems
from statuspage.model import MaintenanceStatus, Snapshot, State
from statuspage.outputs.feeds import feeds

ATOM = "{http://www.w3.org/2005/Atom}"
HOST = "https://status.parley.example"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
RFC_822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000")

FILES = ("history.atom", "history.rss", "updates.atom", "updates.rss")
SCENES = [
    snapshots.everyday,
    snapshots.trouble,
    snapshots.unsure,
    snapshots.working,
    snapshots.hostile,
    snapshots.empty,
    snapshots.nothing,
]


def parsed(known: Snapshot, name: str) -> Any:
    """As feedparser reads it: nothing about it may be ill-formed."""
    document = feedparser.parse(dict(feeds(known))[name], sanitize_html=False, resolve_relative_uris=False)
    assert not document.bozo, document.get("bozo_exception")
    return document


def tree(known: Snapshot, name: str) -> Any:
    """As a strict XML parser reads it."""
    return etree.fromstring(dict(feeds(known))[name], etree.XMLParser(resolve_entities=False))


def story() -> Snapshot:
    """An incident of three updates, one long past, work to come."""
    trouble = incident(
        "lost-model",
        update(3, "resolved", at(14, 30), "All is well."),
        update(2, "investigating", at(14, 10), "Still looking."),
        update(1, "investigating", at(14), "We look."),
        title="Answers are lost",
    )
    past = incident("old", update(2, "resolved", at(9, day=3)), update(1, "identified", at(8, day=3)))
    return snapshot(component("Search"), incidents=(trouble, past), maintenances=(maintenance(),))


# --- the formats' own rules --------------------------------------------------------------------


@pytest.mark.parametrize("scene", [story, *SCENES])
@pytest.mark.parametrize("name", ["history.atom", "updates.atom"])
def test_atom_keeps_its_rules(scene: Callable[[], Snapshot], name: str) -> None:
    known = scene()
    feed = tree(known, name)
    document = parsed(known, name)

    assert feed.tag == f"{ATOM}feed"
    assert document.version == "atom10"
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for required in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{required}")) == 1, required
            assert element.findtext(f"{ATOM}{required}").strip()
        links = [k.get("rel", "alternate") for k in element.findall(f"{ATOM}link")]  # RFC 4287 4.2.7.2
        assert links.count("alternate") == 1
        assert all(urlsplit(k.get("href")).netloc for k in element.findall(f"{ATOM}link"))
        for date in ("updated", "published"):
            assert all(RFC_3339.fullmatch(d.text) for d in element.findall(f"{ATOM}{date}"))
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    selves = [k.get("href") for k in feed.findall(f"{ATOM}link") if k.get("rel") == "self"]
    assert selves == [f"{known.page.url}/{name}"]
    ids = [element.text for element in feed.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"tag:[a-z.]+,\d{4}:\S+", id_) for id_ in ids)
    dates = [e.findtext(f"{ATOM}updated") for e in feed.findall(f"{ATOM}entry")]
    assert dates == sorted(dates, reverse=True)
    assert all(e.find(f"{ATOM}content").get("type") == "html" for e in feed.findall(f"{ATOM}entry"))
    assert all(
        e.findtext(f"{ATOM}published") <= e.findtext(f"{ATOM}updated") for e in feed.iter(f"{ATOM}entry")
    )


@pytest.mark.parametrize("scene", [story, *SCENES])
@pytest.mark.parametrize("name", ["history.rss", "updates.rss"])
def test_rss_keeps_its_rules(scene: Callable[[], Snapshot], name: str) -> None:
    known = scene()
    rss = tree(known, name)
    channel = rss.find("channel")

    assert (rss.tag, rss.get("version")) == ("rss", "2.0")
    assert parsed(known, name).version == "rss20"
    assert {"title", "link", "description", "lastBuildDate"} <= {e.tag for e in channel}
    assert RFC_822.fullmatch(channel.findtext("lastBuildDate"))
    assert [k.get("href") for k in channel.findall(f"{ATOM}link")] == [f"{known.page.url}/{name}"]
    items = channel.findall("item")
    for item in items:
        assert all(item.findtext(key) for key in ("title", "link", "description", "guid", "pubDate"))
        assert RFC_822.fullmatch(item.findtext("pubDate"))
        assert item.find("guid").get("isPermaLink") == "true"
        assert item.findtext("guid") == item.findtext("link")
        assert urlsplit(item.findtext("link")).netloc
    guids = [item.findtext("guid") for item in items]
    assert len(set(guids)) == len(guids)
    dates = [parsedate_to_datetime(item.findtext("pubDate")) for item in items]
    assert dates == sorted(dates, reverse=True)


def test_no_id_stands_in_two_feeds() -> None:
    """A reader whose table's key is the id would show it in one of them only."""
    ids = [entry.id for name in FILES for entry in parsed(story(), name).entries]

    assert len(set(ids)) == len(ids)


def test_atom_and_rss_tell_the_same_entries() -> None:
    for kind in ("history", "updates"):
        atom, rss = parsed(story(), f"{kind}.atom"), parsed(story(), f"{kind}.rss")
        assert [e.title for e in atom.entries] == [e.title for e in rss.entries]
        assert [e.content[0].value for e in atom.entries] == [e.description for e in rss.entries]


# --- history -----------------------------------------------------------------------------------


def test_history_has_an_entry_an_incident_or_maintenance_newest_update_first() -> None:
    feed = parsed(story(), "history.atom")

    assert feed.feed.id == "tag:status.parley.example,2026:/history"
    assert feed.feed.title == "Parley Status - Incident History"
    assert [(e.id, e.title, e.link) for e in feed.entries] == [
        (
            "tag:status.parley.example,2026:Incident/lost-model",
            "Answers are lost",
            f"{HOST}/incidents/lost-model/",
        ),
        ("tag:status.parley.example,2026:Incident/new-disks", "New disks", f"{HOST}/incidents/new-disks/"),
        ("tag:status.parley.example,2026:Incident/old", "Slow answers", f"{HOST}/incidents/old/"),
    ]


def test_an_incident_is_published_once_and_updated_with_each_update() -> None:
    entry = parsed(story(), "history.atom").entries[0]
    item = parsed(story(), "history.rss").entries[0]

    assert (entry.published, entry.updated) == ("2026-11-22T14:00:00+00:00", "2026-11-22T14:30:00+00:00")
    assert item.published == "Sun, 22 Nov 2026 14:30:00 +0000"


def test_the_timeline_says_update_where_the_status_did_not_change() -> None:
    content = parsed(story(), "history.atom").entries[0].content[0].value

    assert content == (
        "<p><small>Nov <var data-var='date'>22</var>, <var data-var='time'>14:30</var> UTC</small><br>"
        "<strong>Resolved</strong> - All is well.</p>"
        "<p><small>Nov <var data-var='date'>22</var>, <var data-var='time'>14:10</var> UTC</small><br>"
        "<strong>Update</strong> - Still looking.</p>"
        "<p><small>Nov <var data-var='date'>22</var>, <var data-var='time'>14:00</var> UTC</small><br>"
        "<strong>Investigating</strong> - We look.</p>"
    )


def test_text_that_is_no_paragraph_stands_below_its_heading() -> None:
    told = update(1, "investigating", at(14), html="<ul><li>one</li></ul>")
    content = parsed(snapshot(incidents=(incident("a", told),)), "history.atom").entries[0].content[0].value

    assert content.endswith("<strong>Investigating</strong></p><ul><li>one</li></ul>")


def test_work_to_come_says_when_and_is_not_dated_in_the_future() -> None:
    entry = parsed(story(), "history.rss").entries[1]

    assert entry.description.startswith(
        "<p><strong>THIS IS A SCHEDULED EVENT Nov 22, 18:00 - 19:30 UTC</strong></p>"
    )
    assert entry.published == "Fri, 20 Nov 2026 10:00:00 +0000"


def test_work_over_midnight_names_both_days_and_work_under_way_is_no_event_to_come() -> None:
    night = maintenance(start=at(23), end=at(1, day=23))
    begun = replace(night, status=MaintenanceStatus.IN_PROGRESS)

    def content(one: Any) -> str:
        return str(parsed(snapshot(maintenances=(one,)), "history.atom").entries[0].content[0].value)

    assert "Nov 22, 23:00 - Nov 23, 01:00 UTC" in content(night)
    assert "SCHEDULED EVENT" not in content(begun)


# --- updates -----------------------------------------------------------------------------------


def test_updates_has_an_entry_an_update_newest_first() -> None:
    entries = parsed(story(), "updates.atom").entries

    assert [e.title for e in entries] == [
        "[Resolved] Answers are lost",
        "[Investigating] Answers are lost",
        "[Investigating] Answers are lost",
        "[Scheduled] New disks",
        "[Resolved] Slow answers",
        "[Identified] Slow answers",
    ]
    assert entries[0].id == "tag:status.parley.example,2026:Incident/lost-model/3"
    assert entries[0].link == f"{HOST}/incidents/lost-model/#update-3"
    assert entries[0].content[0].value == "<p>All is well.</p>"
    assert entries[0].tags[0].term == "resolved"


def test_an_update_is_dated_when_it_was_first_seen_not_as_its_author_says() -> None:
    told = update(1, "investigating", at(9), first_seen=at(14, 5))
    known = snapshot(incidents=(incident("a", told),))

    assert parsed(known, "updates.atom").entries[0].published == "2026-11-22T14:05:00+00:00"
    assert parsed(known, "updates.rss").entries[0].published == "Sun, 22 Nov 2026 14:05:00 +0000"


def test_a_new_update_adds_an_entry_and_leaves_the_others_alone() -> None:
    known = story()
    trouble = known.incidents[0]
    more = replace(trouble, updates=(update(4, "postmortem", at(14, 38), "Why."), *trouble.updates))
    later = replace(known, incidents=(more, *known.incidents[1:]), now=NOW + timedelta(minutes=5))

    def entries(one: Snapshot, name: str) -> list[bytes]:
        found = tree(one, name)
        return [etree.tostring(e) for e in (*found.iter(f"{ATOM}entry"), *found.iter("item"))]

    for name in ("updates.atom", "updates.rss"):
        assert entries(later, name)[1:] == entries(known, name)
    items = [json.loads(dict(feeds(one))["feed.json"])["items"] for one in (known, later)]
    assert items[1][1:] == items[0]
    for name in ("history.atom", "history.rss"):
        assert entries(later, name)[1:] == entries(known, name)[1:]
    before, after = (parsed(one, "history.atom").entries[0] for one in (known, later))
    assert (before.id, before.published, before.title) == (after.id, after.published, after.title)
    assert after.updated == "2026-11-22T14:38:00+00:00"


def test_an_edited_title_or_text_changes_neither_id_nor_date() -> None:
    known = story()
    trouble = known.incidents[0]
    words = replace(trouble.updates[0], html="<p>Corrected.</p>", text="Corrected.")
    edited = replace(trouble, title="Other words", updates=(words, *trouble.updates[1:]))
    later = replace(known, incidents=(edited, *known.incidents[1:]))

    for name in FILES:
        before, after = parsed(known, name).entries, parsed(later, name).entries
        assert [(e.id, e.published, e.link) for e in before] == [(e.id, e.published, e.link) for e in after]


def test_an_announcement_in_updates_stays_as_it_was_when_the_work_begins_and_ends() -> None:
    told = maintenance()
    begun = replace(told, status=MaintenanceStatus.IN_PROGRESS)
    over = maintenance(
        "new-disks", update(2, "completed", at(19)), *told.updates, status=MaintenanceStatus.COMPLETED
    )

    def announcement(one: Any) -> list[bytes]:
        known = snapshot(maintenances=(one,))
        last = [
            [*tree(known, name).iter(f"{ATOM}entry", "item")][-1] for name in ("updates.atom", "updates.rss")
        ]
        return [*map(etree.tostring, last), json.dumps(json_feed(known)["items"][-1]).encode()]

    assert announcement(begun) == announcement(told) == announcement(over)
    assert "THIS IS A SCHEDULED EVENT Nov 22, 18:00 - 19:30 UTC" in announcement(over)[0].decode()


# --- JSON Feed, hubs, other parsers ------------------------------------------------------------


def json_feed(known: Snapshot) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(dict(feeds(known))["feed.json"])
    return document


@pytest.mark.parametrize("scene", [story, *SCENES])
def test_the_json_feed_keeps_its_rules(scene: Callable[[], Snapshot]) -> None:
    """https://jsonfeed.org/version/1.1: what is required, what is wanted, dates of RFC 3339."""
    known = scene()
    document = json_feed(known)

    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"] == f"{known.page.url}/feed.json"
    assert document["home_page_url"] == f"{known.page.url}/"
    assert document["language"] == known.page.language
    assert {"title", "authors"} <= document.keys()
    assert not {"author", "hubs"} & document.keys()
    ids = [item["id"] for item in document["items"]]
    assert len(set(ids)) == len(ids) <= 50
    assert not set(ids) & {entry.id for name in FILES for entry in parsed(known, name).entries}
    for item in document["items"]:
        assert all(isinstance(item[key], str) and item[key] for key in ("id", "title", "content_html"))
        assert RFC_3339.fullmatch(item["date_published"])
        assert item["url"].startswith(f"{known.page.url}/incidents/")


def test_the_json_feed_tells_what_the_updates_tell() -> None:
    for scene in (story, *SCENES):
        entries = parsed(scene(), "updates.rss").entries
        items = json_feed(scene())["items"]
        assert [(e.title, e.link, e.description) for e in entries] == [
            (" ".join(i["title"].split()), i["url"], i["content_html"]) for i in items
        ]


@pytest.mark.parametrize("name", [*FILES, "components/search.atom"])
def test_hubs_are_named_where_each_format_has_them(name: str) -> None:
    hubs = ("https://hub.example/", "https://push.example/?a=1&b=2")
    known = replace(story(), page=replace(story().page, hubs=hubs))
    document = tree(known, name)
    links = document.findall(f"{ATOM}link") or document.findall(f"channel/{ATOM}link")

    assert [k.get("href") for k in links if k.get("rel") == "hub"] == list(hubs)
    assert [k.get("href") for k in links if k.get("rel") == "self"] == [f"{HOST}/{name}"]
    assert json_feed(known)["hubs"] == [{"type": "WebSub", "url": hub} for hub in hubs]
    assert parsed(known, name).feed.link == f"{HOST}/"  # the channel's own, whatever is linked beside it


@pytest.mark.parametrize("scene", [story, *SCENES])
def test_two_more_parsers_read_the_same(scene: Callable[[], Snapshot]) -> None:
    """atoma is strict about what each format wants, fastfeedparser is not."""
    known = scene()
    made = dict(feeds(known))
    for kind in ("history", "updates"):
        want = [(e.title, e.link) for e in parsed(known, f"{kind}.atom").entries]
        atom, rss = atoma.parse_atom_bytes(made[f"{kind}.atom"]), atoma.parse_rss_bytes(made[f"{kind}.rss"])
        assert [(" ".join(e.title.value.split()), e.links[0].href) for e in atom.entries] == want
        assert [(" ".join(i.title.split()), i.link) for i in rss.items] == want
        assert all(e.published and e.updated and e.content.value for e in atom.entries)
        assert all(i.pub_date and i.guid == i.link and i.description for i in rss.items)
        for name in (f"{kind}.atom", f"{kind}.rss"):
            if want:  # it takes a feed without entries for a mistake
                found = fastfeedparser.parse(made[name].decode()).entries
                assert [(e.title, e.link) for e in found] == want
    feed = atoma.parse_json_feed_bytes(made["feed.json"])
    assert [(" ".join(i.title.split()), i.url) for i in feed.items] == want


# --- bytes, caps, empty feeds ------------------------------------------------------------------


def test_another_build_without_news_gives_the_same_bytes() -> None:
    later = replace(
        story(), now=NOW + timedelta(hours=3), measured=NOW + timedelta(hours=3), next_check=None, void="x"
    )

    assert dict(feeds(later)) == dict(feeds(story()))


def test_the_feed_is_as_old_as_its_newest_entry() -> None:
    assert parsed(story(), "history.atom").feed.updated == "2026-11-22T14:30:00+00:00"
    assert b"<lastBuildDate>Sun, 22 Nov 2026 14:30:00 +0000<" in dict(feeds(story()))["updates.rss"]


def test_no_version_of_any_program_shows() -> None:
    for content in dict(feeds(story())).values():
        assert b"feedgen" not in content
        assert b"version" not in re.sub(rb"<\?xml[^>]*>|<rss [^>]*>|.*jsonfeed.org/version.*", b"", content)


@pytest.mark.parametrize("name", FILES)
def test_a_feed_holds_the_fifty_newest_entries(name: str) -> None:
    def when(n: int) -> datetime:
        return NOW - timedelta(hours=n)

    many = tuple(incident(f"i{n}", update(1, "investigating", when(n))) for n in range(70))
    entries = parsed(snapshot(incidents=many[::-1]), name).entries

    assert len(entries) == 50
    assert entries[0].link.startswith(f"{HOST}/incidents/i0/")
    assert entries[-1].link.startswith(f"{HOST}/incidents/i49/")


@pytest.mark.parametrize("name", FILES)
def test_a_feed_without_entries_has_a_date_that_stays(name: str) -> None:
    none = snapshot(page={"since": 2025})
    measured = snapshot(component("Chat", first_measured=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)))

    assert parsed(none, name).entries == []
    assert parsed(none, name).feed.updated_parsed[:6] == (2025, 1, 1, 0, 0, 0)
    assert parsed(measured, name).feed.updated_parsed[:6] == (2026, 3, 4, 5, 6, 7)


# --- hostile words -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a ]]> b", "a ]]> b"),
        ("a & b &amp; &lt;", "a & b &amp; &lt;"),
        ("bell\x07 null\x00 c1\x85 half\ud800 \ufffe", "bell null c1 half"),
        ("two\r\nlines\tand  more", "two lines and more"),
        ("</title></entry></item><x>", "</title></entry></item><x>"),
        ("\x00 \n", "a"),
        ("日本語 😀 \u202e", "日本語 😀 \u202e"),
    ],
)
def test_a_title_is_text_whatever_it_holds(name: str, title: str, shown: str) -> None:
    known = snapshot(page={"name": title}, incidents=(incident("a", title=title),))
    found = tree(known, name)
    titles = [e.findtext(f"{ATOM}title") for e in found.iter(f"{ATOM}entry")]
    titles += [e.findtext("title") for e in found.iter("item")]

    assert [t.removeprefix("[Investigating] ") for t in titles] == [shown]
    assert feedparser.parse(dict(feeds(known))[name]).bozo is False


@pytest.mark.parametrize("name", FILES)
def test_content_comes_out_as_it_went_in(name: str) -> None:
    body = "<p>a ]]&gt; b &amp;lt; <code>&lt;script&gt;</code> 😀</p>"
    known = snapshot(incidents=(incident("a", update(1, "investigating", at(14), html=body + "\x00\x1b")),))
    entry = parsed(known, name).entries[0]

    assert entry.get("description", entry.summary).endswith(body.removeprefix("<p>"))


@pytest.mark.parametrize(
    ("target", "absolute"),
    [
        ("/history/?a=1&amp;b=2", f"{HOST}/history/?a=1&amp;b=2"),
        ("../old/", f"{HOST}/incidents/old/"),
        ("#update-1", f"{HOST}/incidents/a/#update-1"),
        ("https://example.org/x?a=1&amp;b=2", "https://example.org/x?a=1&amp;b=2"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_links_are_absolute(target: str, absolute: str) -> None:
    """What the sanitiser leaves: a title with an angle bracket, and text that only looks like a link."""
    written = f'<p><a title=\'a > b href="/no"\' href=\'{target}\'>x</a> href="/text" src="/text"</p>'
    told = update(1, "investigating", at(14), html=nh3.clean(written, url_schemes={"https", "mailto"}))
    content = parsed(snapshot(incidents=(incident("a", told),)), "updates.atom").entries[0].content[0].value

    assert f' href="{absolute}"' in content
    assert content == told.html.replace(f' href="{target}"', f' href="{absolute}"')


def test_an_update_without_text_says_its_status() -> None:
    told = update(1, "monitoring", at(14), html="")

    assert parsed(snapshot(incidents=(incident("a", told),)), "updates.rss").entries[0].description == (
        "<p>Monitoring</p>"
    )


def test_the_page_of_a_demonstration_says_so() -> None:
    feed = parsed(snapshot(page={"demo": True}), "updates.atom").feed

    assert "Demonstration data" in feed.subtitle


# --- a component's own feed --------------------------------------------------------------------


def test_a_component_s_feed_has_what_ever_named_it_with_the_ids_of_the_history() -> None:
    known = snapshots.trouble()

    feed = tree(known, "components/language-model.atom")
    whole = tree(known, "history.atom")

    entries = {e.findtext(f"{ATOM}id"): etree.tostring(e) for e in whole.findall(f"{ATOM}entry")}
    own = {e.findtext(f"{ATOM}id"): etree.tostring(e) for e in feed.findall(f"{ATOM}entry")}
    assert [id_.rpartition("/")[2] for id_ in own] == [
        "2026-11-22-slow-europe",
        "2026-11-10-slower",
        "2026-09-06-no-answers",
    ]
    assert own.items() <= entries.items()
    assert feed.findtext(f"{ATOM}id") == "tag:status.acme.example,2025:/components/language-model"
    assert feed.findtext(f"{ATOM}title") == "Acme chatbot status Status - Language model"
    work = tree(known, "components/knowledge-search.atom").findall(f"{ATOM}entry")
    assert [e.findtext(f"{ATOM}title") for e in work] == ["Knowledge base re-indexing"]


@pytest.mark.parametrize("scene", SCENES)
def test_components_feeds_keep_the_rules_of_atom(scene: Callable[[], Snapshot]) -> None:
    known = scene()
    for one in known.components:
        test_atom_keeps_its_rules(scene, f"components/{one.id}.atom")
    assert dict(feeds(known)) == dict(feeds(scene()))


def test_a_component_s_feed_ends_at_fifty() -> None:
    many = tuple(
        incident(f"i{n}", update(1, "investigating", at(0, n)), worst={"search": State.MAJOR}, components={})
        for n in range(51)
    )

    feed = tree(snapshot(component("Search"), incidents=many), "components/search.atom")

    assert len(feed.findall(f"{ATOM}entry")) == 50


# --- the configuration's hubs ------------------------------------------------------------------


def test_hubs_come_from_the_configuration() -> None:
    text = "page: {hubs: ['https://hub.example/']}\ncomponents: [{name: A, url: 'https://a.example'}]"

    assert load(text, "components.yaml", {}).page.as_model().hubs == ("https://hub.example/",)


@pytest.mark.parametrize(
    "hub", ["javascript:alert(1)", "hub.example", "https://höb.example/", "https://a b/"]
)
def test_a_hub_that_is_no_address_is_refused_with_its_line(hub: str) -> None:
    text = f"page:\n  hubs:\n    - '{hub}'\ncomponents: [{{name: A, url: 'https://a.example'}}]"

    with pytest.raises(Problems) as found:
        load(text, "components.yaml", {})
    assert [p.where.line for p in found.value.problems if p.where] == [3]
