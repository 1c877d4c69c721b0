"""Four feeds: an entry an incident (`history`), an entry an update (`updates`), each as Atom and as RSS.

And for each component a feed of the incidents that named it.

The first is for people and for programs that know Statuspage's; the second for all that tells of new
entries only. Ids and dates come from the ledger, so that an entry once seen keeps both.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from html import escape, unescape
from urllib.parse import quote, urljoin

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from statuspage.model import ComponentStatus, Incident, Maintenance, MaintenanceStatus, Page, Snapshot, Update
from statuspage.outputs.wire import address, dawn, incident_address, newest, one_line, tag, word, xml_text

MOST = 50  # entries of a feed

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TAG = re.compile(r'<[a-z][a-z0-9]*(?:\s+[a-z-]+="[^"]*")+\s*/?>')
_LINK = re.compile(r'(?<=\s)((?:href|src)=)"((?!https?:|mailto:)[^"]*)"')

Told = Incident | Maintenance


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of either feed."""

    id: str  # a tag URI, Atom's
    link: str  # a permalink, RSS's guid
    title: str
    published: datetime  # when a run first saw it
    updated: datetime
    category: str  # a status word, for programs
    content: str  # sanitised HTML, every link absolute


@dataclass(frozen=True, slots=True)
class Feed:
    name: str  # the file's name without its ending, and the last part of its id
    title: str
    subtitle: str
    entries: tuple[Entry, ...]  # newest first


def feeds(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """The four feeds at the site's root, and one of each component."""
    for feed in (history(snapshot), updates(snapshot)):
        yield f"{feed.name}.atom", atom(feed, snapshot)
        yield f"{feed.name}.rss", rss(feed, snapshot)
    for component in snapshot.components:
        feed = of_component(snapshot, component)
        yield f"{feed.name}.atom", atom(feed, snapshot)


def history(snapshot: Snapshot) -> Feed:
    """An entry an incident or maintenance, all its updates in it, the one with the newest update first."""
    told: Iterable[Told] = (*snapshot.incidents, *snapshot.maintenances)
    return Feed(
        name="history",
        title=f"{_name(snapshot.page)} Status - Incident History",
        subtitle=_subtitle(snapshot.page, "Incidents and maintenance"),
        entries=_of_incidents(told, snapshot.page),
    )


def updates(snapshot: Snapshot) -> Feed:
    """An entry an update, the newest first; an entry's id and date never change."""
    told: Iterable[Told] = (*snapshot.incidents, *snapshot.maintenances)
    pairs = ((one, update) for one in told for update in one.updates)
    shown = nlargest(
        MOST, pairs, key=lambda pair: (pair[1].first_seen, pair[1].at, pair[0].id, pair[1].number)
    )
    return Feed(
        name="updates",
        title=f"{_name(snapshot.page)} Status - Updates",
        subtitle=_subtitle(snapshot.page, "Each update of an incident or maintenance"),
        entries=tuple(_update(one, update, snapshot.page) for one, update in shown),
    )


def of_component(snapshot: Snapshot, component: ComponentStatus) -> Feed:
    """The entries of `history` that ever named the component: the same ids, so that no reader shows one twice."""
    told: Iterable[Told] = (
        *(i for i in snapshot.incidents if component.id in i.worst),
        *(m for m in snapshot.maintenances if component.id in m.components),
    )
    name = one_line(component.name) or component.id
    return Feed(
        name=f"components/{component.id}",
        title=f"{_name(snapshot.page)} Status - {name}",
        subtitle=_subtitle(snapshot.page, f"Incidents and maintenance of {name}"),
        entries=_of_incidents(told, snapshot.page),
    )


# --- entries -----------------------------------------------------------------------------------


def _of_incidents(told: Iterable[Told], page: Page) -> tuple[Entry, ...]:
    """The newest of them; the one with the newest update first."""
    shown = nlargest(MOST, told, key=lambda one: (newest(one), one.created, one.id))
    return tuple(_incident(one, page) for one in shown)


def _incident(one: Told, page: Page) -> Entry:
    return Entry(
        id=tag(page, f"Incident/{quote(one.id, safe='')}"),
        link=incident_address(page, one.id),
        title=_title(one),
        published=one.created,
        updated=newest(one),
        category=str(one.status),
        content=_absolute(_event(one) + "".join(_timeline(one)), incident_address(page, one.id)),
    )


def _update(one: Told, update: Update, page: Page) -> Entry:
    event = _event(one) if update.status == MaintenanceStatus.SCHEDULED else ""
    text = update.html or f"<p>{word(update.status)}</p>"
    return Entry(
        id=tag(page, f"Incident/{quote(one.id, safe='')}/{update.number}"),
        link=incident_address(page, one.id, update.number),
        title=f"[{word(update.status)}] {_title(one)}",
        published=update.first_seen,
        updated=update.first_seen,
        category=update.status,
        content=_absolute(event + text, incident_address(page, one.id)),
    )


def _timeline(one: Told) -> Iterator[str]:
    """Each update as Statuspage's feed writes it, newest first; one that changes no status is an `Update`."""
    before = [update.status for update in one.updates[1:]] + [""]
    for update, status in zip(one.updates, before, strict=True):
        heading = "Update" if update.status == status else word(update.status)
        head = f"<p><small>{_moment(update.at)} UTC</small><br><strong>{heading}</strong>"
        inline = update.html.startswith("<p>")
        yield f"{head} - {update.html.removeprefix('<p>')}" if inline else f"{head}</p>{update.html}"


def _event(one: Told) -> str:
    """The window of a maintenance, in the words that readers of Statuspage's feeds look for."""
    if isinstance(one, Incident) or one.status is not MaintenanceStatus.SCHEDULED:
        return ""
    start, end = one.start.astimezone(UTC), one.end.astimezone(UTC)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{_day(end)}, {end:%H:%M}"
    return f"<p><strong>THIS IS A SCHEDULED EVENT {_day(start)}, {start:%H:%M} - {until} UTC</strong></p>"


def _moment(at: datetime) -> str:
    at = at.astimezone(UTC)
    return (
        f"{_MONTHS[at.month - 1]} <var data-var='date'>{at.day}</var>, <var data-var='time'>{at:%H:%M}</var>"
    )


def _day(at: datetime) -> str:
    return f"{_MONTHS[at.month - 1]} {at.day}"  # English whatever the locale


def _title(one: Told) -> str:
    return one_line(one.title) or one.id


def _absolute(content: str, base: str) -> str:
    """The content with each link that is relative to its page made absolute, the rest left to the byte.

    Sanitised HTML is regular enough: no `<` but a tag's, each value between double quotes.
    """

    def link(found: re.Match[str]) -> str:
        return f'{found[1]}"{escape(urljoin(base, unescape(found[2])))}"'

    return _TAG.sub(lambda found: _LINK.sub(link, found[0]), content)


# --- files -------------------------------------------------------------------------------------


def atom(feed: Feed, snapshot: Snapshot) -> bytes:
    """Atom 1.0 (RFC 4287): `published` is when it came, `updated` its newest update."""
    page = snapshot.page
    document = _document(feed, snapshot, f"{feed.name}.atom", "application/atom+xml")
    for entry in feed.entries:
        made = _entry(document, entry)
        made.id(entry.id)
        made.published(entry.published)
        made.updated(entry.updated)
    document.id(tag(page, f"/{feed.name}"))
    document.author(name=_name(page))
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
    content: bytes = document.rss_str(pretty=True)
    return content


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


def _name(page: Page) -> str:
    return one_line(page.name) or address(page)


def _subtitle(page: Page, text: str) -> str:
    return f"{text}. Demonstration data, not a real service." if page.demo else text
