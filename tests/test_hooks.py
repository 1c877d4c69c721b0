"""A notice as Statuspage's webhooks have it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from wire_world import NOW, at, component, incident, maintenance, snapshot, update

from statuspage.model import Snapshot, State
from statuspage.notices import Audience, Notice, NoticeKind
from statuspage.outputs.hooks import webhook
from statuspage.outputs.wire import wire_id


def notice(kind: NoticeKind, subject: str, impact: State = State.MAJOR, number: int = 0) -> Notice:
    return Notice(
        kind=kind,
        key=f"{kind}/{subject}",
        thread=f"x/{subject}",
        at=NOW,
        audience=Audience.PUBLIC,
        subject=subject,
        impact=impact,
        number=number,
    )


def sent(page: Snapshot, one: Notice) -> dict[str, Any]:
    document = json.loads(webhook(page, one))
    assert isinstance(document, dict)
    return document


def test_an_outage_is_an_update_of_its_component() -> None:
    page = snapshot(component("Search", State.MAJOR), component("Chat"))
    found = sent(page, notice(NoticeKind.OUTAGE, "search"))

    assert found["page"] == {
        "id": wire_id("page", "https://status.parley.example"),
        "status_indicator": "major",
        "status_description": "Partial System Outage",
        "url": "https://status.parley.example",
    }
    change = found["component_update"]
    assert (change["old_status"], change["new_status"]) == ("operational", "major_outage")
    assert change["component_id"] == found["component"]["id"] == wire_id("component", "search")
    assert found["component"]["name"] == "Search"
    assert found["notice"]["kind"] == "outage"


def test_a_recovery_is_the_way_back() -> None:
    page = snapshot(component("Search"))
    change = sent(page, notice(NoticeKind.RECOVERY, "search", State.PARTIAL))["component_update"]
    assert (change["old_status"], change["new_status"]) == ("partial_outage", "operational")


def test_an_update_carries_the_whole_incident() -> None:
    told = incident("slow", update(2, "resolved", at(15)), update(1, "investigating", at(14)))
    found = sent(
        snapshot(component("Search"), incidents=(told,)), notice(NoticeKind.RESOLVED, "slow", number=2)
    )

    assert found["incident"]["id"] == wire_id("incident", "slow")
    assert found["incident"]["status"] == "resolved"
    assert [one["status"] for one in found["incident"]["incident_updates"]] == ["resolved", "investigating"]
    assert found["incident"]["postmortem_body"] is None
    assert found["notice"]["number"] == 2


def test_a_maintenance_says_when_it_is() -> None:
    found = sent(
        snapshot(component("Search"), maintenances=(maintenance(),)),
        notice(NoticeKind.MAINTENANCE_ANNOUNCED, "new-disks"),
    )
    assert found["incident"]["impact"] == "maintenance"
    assert found["incident"]["scheduled_for"] == "2026-11-22T18:00:00.000Z"


@pytest.mark.parametrize(
    "one",
    [
        notice(NoticeKind.REMINDER, "search"),
        notice(NoticeKind.TEST, "search"),
        notice(NoticeKind.OUTAGE, "gone"),
        notice(NoticeKind.UPDATE, "gone"),
    ],
    ids=lambda one: f"{one.kind}-{one.subject}",
)
def test_what_statuspage_has_no_shape_for_is_empty(one: Notice) -> None:
    assert webhook(snapshot(component("Search")), one) == ""


def test_the_id_of_a_change_is_that_of_its_notice() -> None:
    page = snapshot(component("Search", State.MAJOR))
    first = notice(NoticeKind.OUTAGE, "search")
    ids = [sent(page, one)["component_update"]["id"] for one in (first, first, replace(first, key="other"))]
    assert ids[0] == ids[1] != ids[2]
