"""Maintenance as calendars to subscribe to: all of it, and one calendar a component.

Sources: RFC 5545 (the format; §3.8.7.4 SEQUENCE), RFC 7986 §5 (NAME, REFRESH-INTERVAL), MS-OXCICAL (X-WR-CALNAME,
X-PUBLISHED-TTL). There is no METHOD: a published file needs none, and REQUEST would make it an invitation.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from statuspage.model import Maintenance, MaintenanceStatus, Page, Snapshot
from statuspage.outputs.wire import incident_address, newest, one_line, xml_text

REFRESH = timedelta(hours=1)
PRODID = "-//chatbot-statuspage//maintenance//EN"


def calendars(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """`maintenance.ics`, and `components/ID.ics` for each component; cancelled and past windows stay in them."""
    page, names = snapshot.page, {c.id: c.name for c in snapshot.components}
    everything = [each for work in snapshot.maintenances for each in (work, *work.later)]
    yield "maintenance.ics", _calendar(page, page.name, everything, names)
    for id_, name in names.items():
        own = [work for work in everything if id_ in work.components]
        yield f"components/{id_}.ics", _calendar(page, f"{page.name}: {name}", own, names)


def _calendar(page: Page, name: str, told: Iterable[Maintenance], names: dict[str, str]) -> bytes:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODID)
    calendar.add("NAME", one_line(name))
    calendar.add("X-WR-CALNAME", one_line(name))
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    for work in sorted(told, key=lambda work: (work.start, work.id)):
        calendar.add_component(_event(page, work, names))
    return bytes(calendar.to_ical())


def _event(page: Page, work: Maintenance, names: dict[str, str]) -> Event:
    """Its UID depends neither on the title nor on the window; its times change with the data, never with the build.

    Updates have numbers that only grow, and so does the count of changed windows: together they are the sequence.
    """
    stamped = max(newest(work), *work.moved) if work.moved else newest(work)
    event = Event()
    event.add("UID", f"{work.id}@{urlsplit(page.url).hostname or 'localhost'}")
    event.add("SEQUENCE", max(update.number for update in work.updates) - 1 + len(work.moved))
    for key in ("DTSTAMP", "LAST-MODIFIED"):
        event.add(key, stamped)
    event.add("CREATED", work.created)
    event.add("DTSTART", work.start)
    event.add("DTEND", work.end)
    event.add("SUMMARY", one_line(work.title))
    event.add("DESCRIPTION", _description(work, names))
    event.add("URL", incident_address(page, work.id))
    event.add("STATUS", "CANCELLED" if work.status is MaintenanceStatus.CANCELLED else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT")  # nobody is busy because of it
    event.add("CATEGORIES", ["Maintenance"])
    return event


def _description(work: Maintenance, names: dict[str, str]) -> str:
    """What was said last, and what it concerns."""
    affected = ", ".join(names[id_] for id_ in work.components if id_ in names)
    return xml_text("\n\n".join(part for part in (work.updates[0].text, affected) if part))
