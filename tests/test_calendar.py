"""The calendars, read back by icalendar and, for what subscribers' programs trip over, octet by octet."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import snapshots as given
from icalendar import Calendar, Event

from statuspage.model import Maintenance, MaintenanceStatus, Snapshot
from statuspage.outputs.calendar import calendars

WORLDS = (given.everyday, given.trouble, given.working, given.hostile, given.empty)


def events(content: bytes) -> list[Any]:
    return [part for part in Calendar.from_ical(content).walk("VEVENT") if isinstance(part, Event)]


def one(snapshot: Snapshot, work: Maintenance) -> Any:
    content = dict(calendars(replace(snapshot, maintenances=(work,))))["maintenance.ics"]
    return events(content)[0]


@pytest.mark.parametrize("world", WORLDS)
def test_each_maintenance_is_in_the_calendar_and_in_its_components(world: Callable[[], Snapshot]) -> None:
    snapshot = world()
    made = dict(calendars(snapshot))

    assert {str(e["UID"]).partition("@")[0] for e in events(made["maintenance.ics"])} == {
        work.id for work in snapshot.maintenances
    }
    for component in snapshot.components:
        own = {work.id for work in snapshot.maintenances if component.id in work.components}
        assert {
            str(e["UID"]).partition("@")[0] for e in events(made[f"components/{component.id}.ics"])
        } == own


@pytest.mark.parametrize("world", WORLDS)
def test_it_is_written_as_the_format_wants(world: Callable[[], Snapshot]) -> None:
    """RFC 5545 §3.1: CRLF, lines of 75 octets at most, UTF-8 whole; no METHOD; each property that is wanted once."""
    for content in dict(calendars(world())).values():
        lines = content.split(b"\r\n")
        assert b"\n" not in b"".join(lines)
        assert max(map(len, lines)) <= 75
        assert all(line.decode("utf-8") is not None for line in lines)
        assert b"METHOD" not in content
        unfolded = content.replace(b"\r\n ", b"")
        for event in re.findall(rb"BEGIN:VEVENT.*?END:VEVENT", unfolded, re.DOTALL):
            for name in (b"UID", b"DTSTAMP", b"DTSTART", b"DTEND", b"SEQUENCE", b"STATUS"):
                assert len(re.findall(rb"^%s[:;]" % name, event, re.MULTILINE)) == 1
            assert len(re.findall(rb"^DT(?:START|END|STAMP):\d{8}T\d{6}Z\r?$", event, re.MULTILINE)) == 3


def test_a_change_moves_the_sequence_and_keeps_the_uid() -> None:
    snapshot = given.everyday()
    work = snapshot.maintenances[0]
    first = one(snapshot, work)
    newer = replace(work.updates[0], number=2, first_seen=work.updates[0].first_seen + timedelta(hours=1))
    moved = replace(
        work, title="Another title", start=work.start + timedelta(days=1), end=work.end + timedelta(days=1)
    )
    second = one(snapshot, replace(moved, updates=(newer, *work.updates)))

    assert second["UID"] == first["UID"]
    assert second["SEQUENCE"] == first["SEQUENCE"] + 1
    assert second["DTSTAMP"].dt > first["DTSTAMP"].dt
    assert second["DTSTART"].dt == first["DTSTART"].dt + timedelta(days=1)


def test_a_cancelled_one_stays_and_says_so() -> None:
    snapshot = given.everyday()
    cancelled = replace(snapshot.maintenances[0], status=MaintenanceStatus.CANCELLED)

    assert one(snapshot, cancelled)["STATUS"] == "CANCELLED"
    assert one(snapshot, snapshot.maintenances[0])["STATUS"] == "CONFIRMED"


def test_the_build_s_time_is_not_in_it() -> None:
    snapshot = given.everyday()

    assert dict(calendars(snapshot)) == dict(
        calendars(replace(snapshot, now=snapshot.now + timedelta(days=9)))
    )
