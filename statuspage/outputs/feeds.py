"""The feeds as files: Atom, RSS and JSON Feed, and for each component an Atom feed of what named it.

Sources: RFC 4287 (Atom), RSS 2.0, JSON Feed 1.1; W3C WebSub for the hubs.
"""

from collections.abc import Iterator
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from statuspage.model import Page, Snapshot, by_component
from statuspage.outputs.entries import Entry, Feed, history, of_component, updates
from statuspage.outputs.wire import address, dawn, json_bytes, page_name, tag, wire_id, xml_text

JSON_FEED = "https://jsonfeed.org/version/1.1"


def feeds(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """The five feeds at the site's root, and one of each component."""
    news = updates(snapshot)
    for feed in (history(snapshot), news):
        yield f"{feed.name}.atom", atom(feed, snapshot)
        yield f"{feed.name}.rss", rss(feed, snapshot)
    yield "feed.json", json_feed(news, snapshot, "feed.json")
    named = by_component(snapshot.incidents)
    for component in snapshot.components:
        feed = of_component(snapshot, component, named.get(component.id, ()))
        yield f"{feed.name}.atom", atom(feed, snapshot)


def atom(feed: Feed, snapshot: Snapshot) -> bytes:
    """Atom 1.0 (RFC 4287): `published` is when it came, `updated` its newest update."""
    page = snapshot.page
    document = _document(feed, snapshot, f"{feed.name}.atom", "application/atom+xml")
    for entry in feed.entries:
        made = _entry(document, entry)
        made.id(entry.id)
        made.published(entry.published)
        made.updated(entry.updated)
    for hub in page.hubs:
        document.link(href=hub, rel="hub")
    if page.mirror:
        document.link(href=f"{page.mirror}/{feed.name}.atom", rel="related", type="application/atom+xml")
    document.id(tag(page, f"/{feed.name}"))
    document.author(name=page_name(page))
    content: bytes = document.atom_str(pretty=True)
    return content


def rss(feed: Feed, snapshot: Snapshot) -> bytes:
    """RSS 2.0, which has one date: that of the newest update. The guid is the permalink.

    So no id stands in both an Atom and an RSS file: readers that know entries by id alone keep both.
    """
    document = _document(feed, snapshot, f"{feed.name}.rss", "application/rss+xml")
    for entry in feed.entries:
        made = _entry(document, entry)
        made.guid(entry.link, permalink=True)
        made.pubDate(entry.updated)
    document.register_extension(
        "hubs", _Hubs, atom=False
    )  # its links would take the place of the channel's own
    document.hubs.urls = snapshot.page.hubs
    content: bytes = document.rss_str(pretty=True)
    return content


def json_feed(feed: Feed, snapshot: Snapshot, path: str) -> bytes:
    """JSON Feed 1.1. No item has a `date_modified`: an entry of `updates` stays as it is.

    Its ids are no other feed's either; see `rss`.
    """
    page = snapshot.page
    document: dict[str, object] = {
        "version": JSON_FEED,
        "title": feed.title,
        "home_page_url": address(page),
        "feed_url": address(page, path),
        "description": feed.subtitle,
        "language": page.language,
        "authors": [{"name": page_name(page), "url": address(page)}],
    }
    if page.hubs:
        document["hubs"] = [{"type": "WebSub", "url": hub} for hub in page.hubs]
    return json_bytes({**document, "items": [_item(entry, page) for entry in feed.entries]})


def _item(entry: Entry, page: Page) -> dict[str, object]:
    return {
        "id": tag(page, f"Entry/{wire_id('entry', entry.id)}"),
        "url": entry.link,
        "title": entry.title,
        "content_html": xml_text(entry.content),
        "date_published": entry.published.isoformat().replace("+00:00", "Z"),
        "tags": [entry.category],
    }


class _Hubs(BaseExtension):  # type: ignore[misc] # feedgen has no types
    """WebSub hubs in RSS, where feedgen itself writes no link but `self`."""

    urls: tuple[str, ...] = ()

    def extend_rss(self, feed: Any) -> Any:
        """An `atom:link` each, behind that of the feed itself."""
        channel = feed[0]
        at = next(n for n, element in enumerate(channel, 1) if element.tag == _LINK)
        for n, url in enumerate(self.urls):
            channel.insert(at + n, xml_elem(_LINK, href=url, rel="hub"))
        return feed


_LINK = "{http://www.w3.org/2005/Atom}link"


def _document(feed: Feed, snapshot: Snapshot, path: str, media_type: str) -> FeedGenerator:
    """What Atom and RSS share. feedgen's own clock, version and link are all replaced."""
    document = FeedGenerator()
    document.title(feed.title)
    document.subtitle(feed.subtitle)
    document.link(href=address(snapshot.page, path), rel="self", type=media_type)
    document.link(href=address(snapshot.page), rel="alternate", type="text/html")
    document.language(snapshot.page.language)
    document.updated(max((entry.updated for entry in feed.entries), default=dawn(snapshot)))
    document.generator("statuspage")
    document.docs("https://www.rssboard.org/rss-specification")
    return document


def _entry(document: FeedGenerator, entry: Entry) -> FeedEntry:
    made = document.add_entry(order="append")
    made.title(entry.title)
    made.link(href=entry.link)
    made.category(term=entry.category)
    made.content(xml_text(entry.content), type="html")
    return made
