"""What the feeds tell: an entry an incident (`history`), an entry an update (`updates`), whatever the format.

The first is for people and for programs that know Statuspage's; the second for all that tells of new entries only.
Ids and dates come from the ledger, so that an entry once seen keeps both.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from html import escape, unescape
from urllib.parse import quote, urljoin

from statuspage.model import ComponentStatus, Incident, Maintenance, MaintenanceStatus, Page, Snapshot, Update
from statuspage.outputs.wire import incident_address, newest, one_line, page_name, tag, word

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


def history(snapshot: Snapshot) -> Feed:
    """An entry an incident or maintenance, all its updates in it, the one with the newest update first."""
    told: Iterable[Told] = (*snapshot.incidents, *snapshot.maintenances)
    return Feed(
        name="history",
        title=f"{page_name(snapshot.page)} Status - Incident History",
        subtitle=_subtitle(snapshot.page, "Incidents and maintenance"),
        entries=_of_incidents(told, snapshot.page),
    )


def updates(snapshot: Snapshot) -> Feed:
    """An entry an update, the newest first.

    Once published it stays as it is, for some readers tell anew of whatever differs: nothing changes it but an edit of
    its own words or window.
    """
    told: Iterable[Told] = (*snapshot.incidents, *snapshot.maintenances)
    pairs = ((one, update) for one in told for update in one.updates)
    shown = nlargest(
        MOST, pairs, key=lambda pair: (pair[1].first_seen, pair[1].at, pair[0].id, pair[1].number)
    )
    return Feed(
        name="updates",
        title=f"{page_name(snapshot.page)} Status - Updates",
        subtitle=_subtitle(snapshot.page, "Each update of an incident or maintenance"),
        entries=tuple(_update(one, update, snapshot.page) for one, update in shown),
    )


def of_component(snapshot: Snapshot, component: ComponentStatus, named: Sequence[Incident]) -> Feed:
    """The entries of `history` that ever named the component: the same ids, so that no reader shows one twice."""
    told: Iterable[Told] = (
        *named,
        *(m for m in snapshot.maintenances if component.id in m.components),
    )
    name = one_line(component.name) or component.id
    return Feed(
        name=f"components/{component.id}",
        title=f"{page_name(snapshot.page)} Status - {name}",
        subtitle=_subtitle(snapshot.page, f"Incidents and maintenance of {name}"),
        entries=_of_incidents(told, snapshot.page),
    )


# --- entries -----------------------------------------------------------------------------------


def _of_incidents(told: Iterable[Told], page: Page) -> tuple[Entry, ...]:
    """The newest of them; the one with the newest update first."""
    shown = nlargest(MOST, told, key=lambda one: (newest(one), one.created, one.id))
    return tuple(_incident(one, page) for one in shown)


def _incident(one: Told, page: Page) -> Entry:
    coming = _event(one) if one.status == MaintenanceStatus.SCHEDULED else ""
    return Entry(
        id=tag(page, f"Incident/{quote(one.id, safe='')}"),
        link=incident_address(page, one.id),
        title=_title(one),
        published=one.created,
        updated=newest(one),
        category=str(one.status),
        content=absolute_links(coming + "".join(_timeline(one)), incident_address(page, one.id)),
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
        content=absolute_links(event + text, incident_address(page, one.id)),
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
    if isinstance(one, Incident):
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


def absolute_links(content: str, base: str) -> str:
    """The content with each link that is relative to its page made absolute, the rest left to the byte.

    Sanitised HTML is regular enough: no `<` but a tag's, each value between double quotes.
    """

    def link(found: re.Match[str]) -> str:
        return f'{found[1]}"{escape(urljoin(base, unescape(found[2])))}"'

    return _TAG.sub(lambda found: _LINK.sub(link, found[0]), content)


def _subtitle(page: Page, text: str) -> str:
    more = ["Demonstration data, not a real service"] if page.demo else []
    more += [f"If this host cannot be reached, the same is at {page.mirror}/"] if page.mirror else []
    return ". ".join((text, *more)) + ("." if more else "")
