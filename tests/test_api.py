"""The shapes are those of recorded Statuspage payloads, key by key in their order."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
import snapshots
from wire_world import (
    NOW,
    at,
    component,
    figure,
    incident,
    maintenance,
    snapshot,
    update,
)

from statuspage.config import load
from statuspage.declared import Told
from statuspage.model import (
    History,
    Impact,
    Maintenance,
    MaintenanceStatus,
    Page,
    Round,
    Sample,
    Snapshot,
    Span,
    State,
    Verdict,
)
from statuspage.outputs.api import api, figures
from statuspage.outputs.site import build
from statuspage.outputs.v2 import rollup
from statuspage.outputs.wire import confirmed, wire_id
from statuspage.snapshot import snapshot as taken
from statuspage.uptime import bounds

PAGE = ["id", "name", "url", "time_zone", "updated_at"]
STATUS = ["indicator", "description"]
LEAF = [
    *("id", "name", "status", "created_at", "updated_at", "position", "description", "showcase"),
    *("start_date", "group_id", "page_id", "group", "only_show_if_degraded"),
]
GROUP = [*LEAF, "components"]
INCIDENT = [
    *("id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact"),
    *("shortlink", "started_at", "page_id", "incident_updates", "components", "reminder_intervals"),
]
MAINTENANCE = [*INCIDENT, "scheduled_for", "scheduled_until"]
POSTMORTEM = [
    *("postmortem_body", "postmortem_body_last_updated_at", "postmortem_ignored"),
    *("postmortem_notified_subscribers", "postmortem_notified_twitter", "postmortem_published_at"),
]
UPDATE = [
    *("id", "status", "body", "incident_id", "created_at", "updated_at", "display_at"),
    *("affected_components", "deliver_notifications", "custom_tweet", "tweet_id"),
]
AFFECTED = ["code", "name", "old_status", "new_status"]
FILES = {
    "summary": ["page", "components", "incidents", "scheduled_maintenances", "status"],
    "status": ["page", "status"],
    "components": ["page", "components"],
    "incidents": ["page", "incidents"],
    "incidents/unresolved": ["page", "incidents"],
    "scheduled-maintenances": ["page", "scheduled_maintenances"],
    "scheduled-maintenances/upcoming": ["page", "scheduled_maintenances"],
    "scheduled-maintenances/active": ["page", "scheduled_maintenances"],
}
COMPONENT_WORDS = {
    "operational",
    "degraded_performance",
    "partial_outage",
    "major_outage",
    "under_maintenance",
}
INCIDENT_WORDS = {"investigating", "identified", "monitoring", "resolved", "postmortem"}
MAINTENANCE_WORDS = {"scheduled", "in_progress", "verifying", "completed"}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ID = re.compile(r"[0-9bcdfghjklmnpqrstvwxyz]{12}")


def v2(known: Snapshot, name: str = "summary") -> dict[str, Any]:
    document: dict[str, Any] = json.loads(dict(api(known))[f"api/v2/{name}.json"])
    return document


def own(known: Snapshot) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(dict(api(known))["api/status.json"])
    return document


def full() -> Snapshot:
    """Every kind of row at once."""
    trouble = incident(
        "lost-model",
        update(3, "monitoring", at(14, 20), components={"search": State.DEGRADED}),
        update(2, "identified", at(14, 10)),
        update(1, "investigating", at(14), components={"search": State.PARTIAL}),
        impact=Impact.MAJOR,
    )
    past = incident("old", update(2, "resolved", at(9, day=3)), update(1, "investigating", at(8, day=3)))
    after = incident(
        "older",
        *(update(n, w, at(8 + n, day=1)) for n, w in ((3, "postmortem"), (2, "resolved"), (1, "identified"))),
    )
    return snapshot(
        component("Chat", group="Talk", description="The widget"),
        component("Search", State.DEGRADED, group="Talk", since=at(14)),
        component("Phone"),
        component("New one", State.UNKNOWN, since=None, first_measured=None, checked=None, latency=None),
        incidents=(trouble, past, after),
        maintenances=(
            maintenance("later", start=at(1, day=30), end=at(2, day=30)),
            maintenance(),
            maintenance("now", start=at(14), end=at(16), status=MaintenanceStatus.IN_PROGRESS),
            maintenance(
                "past",
                update(2, "cancelled", at(9, day=10), "Not needed."),
                update(1, "scheduled", at(8, day=9)),
                start=at(20, day=10),
                end=at(21, day=10),
            ),
        ),
    )


# --- shape -------------------------------------------------------------------------------------


def check_component(row: dict[str, Any]) -> None:
    assert list(row) == (GROUP if row["group"] else LEAF)
    assert row["status"] in COMPONENT_WORDS
    assert row["description"] is None or row["description"]
    assert isinstance(row["position"], int)


def check_incident(row: dict[str, Any], keys: list[str], words: set[str]) -> None:
    assert list(row) == keys + POSTMORTEM * (row["status"] == "postmortem")
    assert row["status"] in words
    assert row["status"] == row["incident_updates"][0]["status"]
    for component_row in row["components"]:
        check_component(component_row)
    for told in row["incident_updates"]:
        assert list(told) == UPDATE
        assert told["status"] in words
        assert told["incident_id"] == row["id"]
        assert told["affected_components"] is None or told["affected_components"]
        for affected in told["affected_components"] or []:
            assert list(affected) == AFFECTED
            assert {affected["old_status"], affected["new_status"]} <= COMPONENT_WORDS


def check(document: dict[str, Any], keys: list[str]) -> None:
    assert list(document) == keys
    assert list(document["page"]) == PAGE
    assert list(document.get("status", dict.fromkeys(STATUS))) == STATUS
    for row in document.get("components", []):
        check_component(row)
    for row in document.get("incidents", []):
        check_incident(row, INCIDENT, INCIDENT_WORDS)
        assert row["impact"] in {"none", "minor", "major", "critical"}
    for row in document.get("scheduled_maintenances", []):
        check_incident(row, MAINTENANCE, MAINTENANCE_WORDS)
        assert row["impact"] == "maintenance"


def scalars(value: object, key: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [pair for k, v in value.items() for pair in scalars(v, k)]
    if isinstance(value, list):
        return [pair for v in value for pair in scalars(v, key)]
    return [(key, value)]


SCENES = [
    full,
    snapshots.everyday,
    snapshots.trouble,
    snapshots.unsteady,
    snapshots.unsure,
    snapshots.working,
    snapshots.hostile,
    snapshots.empty,
    snapshots.nothing,
]


@pytest.mark.parametrize("scene", SCENES)
def test_each_file_has_the_recorded_shape(scene: Callable[[], Snapshot]) -> None:
    known = scene()
    for name, keys in FILES.items():
        check(v2(known, name), keys)


def test_each_incident_and_maintenance_has_a_file_of_its_own_under_its_id() -> None:
    known = full()
    made = {name: json.loads(content) for name, content in api(known) if name.startswith("incidents/")}
    rows = v2(known, "incidents")["incidents"] + v2(known, "scheduled-maintenances")["scheduled_maintenances"]

    assert made.keys() == {f"incidents/{row['id']}.json" for row in rows}
    for row in rows:
        alone = made[f"incidents/{row['id']}.json"]
        assert {**alone, **row} == alone
        assert list(alone)[-6:] == POSTMORTEM
        assert (alone["postmortem_body"] is None) is (row["status"] != "postmortem")


def test_a_report_is_told_in_its_own_keys_and_as_the_newest_update() -> None:
    row = next(i for i in v2(full(), "incidents")["incidents"] if i["status"] == "postmortem")

    assert row["incident_updates"][0]["status"] == "postmortem"
    assert row["postmortem_body"] == row["incident_updates"][0]["body"]
    assert row["postmortem_published_at"] == row["incident_updates"][0]["display_at"]
    assert row["resolved_at"] == row["incident_updates"][1]["display_at"]


def test_the_summary_has_maintenance_by_its_start_whether_it_goes_on_or_comes() -> None:
    early = maintenance("early", start=at(20), end=at(21), status=MaintenanceStatus.IN_PROGRESS)
    known = snapshot(component("Search"), maintenances=(early, maintenance()))

    assert [m["scheduled_for"][11:16] for m in v2(known)["scheduled_maintenances"]] == ["18:00", "20:00"]


@pytest.mark.parametrize(("name", "keys"), FILES.items())
def test_each_file_of_an_empty_page_has_empty_lists(name: str, keys: list[str]) -> None:
    document = v2(snapshot(), name)

    assert list(document) == keys
    assert [document[key] for key in keys if key not in ("page", "status")] == [
        [] for key in keys if key not in ("page", "status")
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_stamp_and_id_has_the_form_that_clients_parse(name: str) -> None:
    for key, value in scalars(v2(full(), name)):
        if value is None:
            continue
        if key.endswith("_at") or key in ("scheduled_for", "scheduled_until"):
            assert STAMP.fullmatch(str(value)), key
        if key in ("id", "page_id", "group_id", "incident_id", "code"):
            assert isinstance(value, str)
            assert ID.fullmatch(value), key


def test_ids_are_unique() -> None:
    rows = [*v2(full())["components"], *v2(full(), "incidents")["incidents"]]
    rows += v2(full(), "scheduled-maintenances")["scheduled_maintenances"]
    rows += [told for row in rows for told in row.get("incident_updates", [])]

    assert len({row["id"] for row in rows}) == len(rows)


def test_unknown_is_never_said_in_v2() -> None:
    files = dict(api(full()))

    assert all(b'"unknown"' not in body for path, body in files.items() if path.startswith("api/v2/"))


def test_text_that_is_no_unicode_still_gives_valid_json() -> None:
    known = snapshot(component("Chat"), incidents=(incident(title='<script>"\ud800\x00é'),))

    assert v2(known)["incidents"][0]["name"] == '<script>"?\x00é'


# --- overall status ----------------------------------------------------------------------------

GOOD, MAINT, DEGR, PART, MAJ = (
    State.OPERATIONAL,
    State.MAINTENANCE,
    State.DEGRADED,
    State.PARTIAL,
    State.MAJOR,
)


@pytest.mark.parametrize(
    ("states", "impacts", "expected"),
    [
        ([MAJ], [], ("critical", "Major System Outage")),
        ([MAJ, MAJ], [], ("critical", "Major System Outage")),
        ([MAJ, GOOD], [], ("major", "Partial System Outage")),
        ([MAJ, PART], [], ("major", "Partial System Outage")),
        ([PART], [], ("major", "Partial System Outage")),
        ([PART, PART], [], ("major", "Partial System Outage")),
        ([PART, DEGR, MAINT, GOOD], [], ("minor", "Minor Service Outage")),
        ([DEGR, DEGR], [], ("minor", "Degraded System Service")),
        ([DEGR], [], ("minor", "Partially Degraded Service")),
        ([DEGR, GOOD], [], ("minor", "Partially Degraded Service")),
        ([DEGR, GOOD], [Impact.CRITICAL], ("minor", "Partially Degraded Service")),
        ([MAINT, GOOD], [], ("maintenance", "Service Under Maintenance")),
        ([MAINT], [], ("maintenance", "Service Under Maintenance")),
        ([GOOD, GOOD], [], ("none", "All Systems Operational")),
        ([], [], ("none", "All Systems Operational")),
        ([GOOD], [Impact.NONE], ("none", "All Systems Operational")),
        ([GOOD], [Impact.NONE, Impact.MINOR], ("minor", "Minor Service Outage")),
        ([GOOD], [Impact.MAJOR, Impact.MINOR], ("major", "Partial System Outage")),
        ([], [Impact.CRITICAL], ("critical", "Major System Outage")),
        ([MAINT], [Impact.MINOR], ("minor", "Minor Service Outage")),
    ],
)
def test_the_overall_status(states: list[State], impacts: list[Impact], expected: tuple[str, str]) -> None:
    assert rollup(states, impacts) == expected


def test_resolved_incidents_and_work_to_come_leave_the_overall_status_alone() -> None:
    past = incident(
        "old", update(2, "resolved", at(9)), update(1, "identified", at(8)), impact=Impact.CRITICAL
    )
    known = snapshot(component("Chat"), incidents=(past,), maintenances=(maintenance(),))

    assert v2(known, "status")["status"] == {"indicator": "none", "description": "All Systems Operational"}


# --- components --------------------------------------------------------------------------------


def test_groups_are_rows_and_positions_start_anew_in_each() -> None:
    rows = v2(full(), "components")["components"]

    assert [(row["name"], row["position"]) for row in rows] == [
        ("Talk", 1),
        ("Chat", 1),
        ("Search", 2),
        ("Phone", 2),
    ]
    talk, chat, search, phone = rows
    assert talk["components"] == [chat["id"], search["id"]]
    assert (chat["group_id"], phone["group_id"], talk["group_id"]) == (talk["id"], None, None)


def test_a_group_shows_its_worst_member() -> None:
    members = [component(str(n), state, group="All") for n, state in enumerate([GOOD, MAINT])]
    assert v2(snapshot(*members))["components"][0]["status"] == "under_maintenance"

    members.append(component("2", DEGR, group="All"))
    assert v2(snapshot(*members))["components"][0]["status"] == "degraded_performance"


def test_a_component_that_was_never_measured_is_left_out_and_so_is_a_group_of_such() -> None:
    never = component("New", State.UNKNOWN, since=None, first_measured=None, checked=None, group="Lab")

    assert v2(snapshot(never))["components"] == []
    assert own(snapshot(never))["components"][0]["state"] == "unknown"


def test_a_component_never_measured_is_shown_while_people_declare_its_state() -> None:
    declared = component("New", MAJ, probed=State.UNKNOWN, since=at(14), first_measured=None, checked=None)

    row = v2(snapshot(declared))["components"][0]
    assert (row["status"], row["created_at"]) == ("major_outage", "2026-11-22T14:00:00.000Z")


def test_an_unknown_component_repeats_its_last_confirmed_state() -> None:
    """Measured until noon, then no more."""
    silent = component("Chat", State.UNKNOWN, since=at(12), last=Span(at(10), at(12), PART))

    row = v2(snapshot(silent))["components"][0]
    assert row["status"] == "partial_outage"
    assert row["updated_at"] == "2026-11-22T10:00:00.000Z"
    assert own(snapshot(silent))["components"][0]["state"] == "unknown"


@pytest.mark.parametrize(
    ("verdicts", "silence", "expected"),
    [
        ("up down down", 1, State.MAJOR),
        ("up down down", 180, State.MAJOR),
        ("up down up", 180, State.OPERATIONAL),
        ("up down unknown", 1, State.MAJOR),
        ("up down up unknown", 1, State.OPERATIONAL),
        ("up degraded", 180, State.DEGRADED),
        ("unknown unknown", 1, None),
        ("up down degraded", 180, State.DEGRADED),
    ],
)
def test_the_last_confirmed_state_of_a_real_history(
    verdicts: str, silence: int, expected: State | None
) -> None:
    assert confirmed(asked(verdicts, silence).components[0]) is expected


def test_work_that_ends_after_the_last_sample_recovers_nothing() -> None:
    work = maintenance(components=("a",), start=at(8, 15), end=at(9), status=MaintenanceStatus.COMPLETED)

    assert confirmed(asked("up down down", 180, work).components[0]) is State.MAJOR
    assert confirmed(asked("up down up", 180, work).components[0]) is State.OPERATIONAL


def asked(verdicts: str, silence: int, *work: Maintenance) -> Snapshot:
    """The real snapshot of component `a`: a round each five minutes from eight, then nothing for some minutes."""
    text = "page: {name: X, url: https://x.example}\ncomponents: [{name: A, url: https://a.example}]"
    config = load(text, "components.yaml", {})
    every = config.components[0].every
    rounds = []
    for n, word in enumerate(verdicts.split()):
        when = at(8) + n * every
        sample = Sample(component="a", at=when, verdict=Verdict(word), code="http.500", every=every)
        rounds.append(Round(id=str(n), at=when, samples=(sample,)))
    now = rounds[-1].at + timedelta(minutes=silence)
    page = Page(name="X", url="https://x.example", since=2026)
    return taken(config, page, History(rounds=tuple(rounds)), Told((), work), now)


def test_a_leaf_has_no_list_of_components_and_says_since_when_it_is_measured() -> None:
    row = v2(snapshot(component("Chat")))["components"][0]

    assert (row["group"], row["start_date"], row["created_at"]) == (
        False,
        "2026-09-01",
        "2026-09-01T08:00:00.000Z",
    )


# --- incidents ---------------------------------------------------------------------------------


def test_updates_come_newest_first_with_the_states_before_and_after_them() -> None:
    row = v2(full(), "incidents/unresolved")["incidents"][0]
    affected = [told["affected_components"][0] for told in row["incident_updates"]]

    assert [told["status"] for told in row["incident_updates"]] == [
        "monitoring",
        "identified",
        "investigating",
    ]
    assert [(a["old_status"], a["new_status"]) for a in affected] == [
        ("partial_outage", "degraded_performance"),
        ("partial_outage", "partial_outage"),
        ("operational", "partial_outage"),
    ]
    assert {a["name"] for a in affected} == {"Talk - Search"}
    assert [c["name"] for c in row["components"]] == ["Search"]


def test_an_update_that_names_no_component_has_null() -> None:
    row = v2(snapshot(component("Chat"), incidents=(incident(),)))["incidents"][0]

    assert row["incident_updates"][0]["affected_components"] is None
    assert row["components"] == []


def test_a_component_that_the_configuration_lost_keeps_its_place_in_old_updates() -> None:
    told = update(1, "investigating", at(14), components={"gone": MAJ})
    row = v2(snapshot(component("Chat"), incidents=(incident("a", told),)))["incidents"][0]

    assert row["incident_updates"][0]["affected_components"][0]["name"] == "gone"
    assert row["components"] == []


def test_the_times_of_an_incident_are_null_until_they_come() -> None:
    by_id = {row["id"]: row for row in v2(full(), "incidents")["incidents"]}
    trouble = by_id[wire_id("incident", "lost-model")]
    after = by_id[wire_id("incident", "older")]

    assert (trouble["monitoring_at"], trouble["resolved_at"]) == ("2026-11-22T14:20:00.000Z", None)
    assert (after["monitoring_at"], after["resolved_at"]) == (None, "2026-11-01T10:00:00.000Z")
    assert after["status"] == "postmortem"


def test_a_back_dated_update_shows_its_own_time_and_keeps_when_it_was_seen() -> None:
    told = update(1, "investigating", at(13), first_seen=at(14))
    row = v2(snapshot(incidents=(incident("a", told),)))["incidents"][0]

    assert row["incident_updates"][0]["display_at"] == "2026-11-22T13:00:00.000Z"
    assert row["incident_updates"][0]["created_at"] == "2026-11-22T14:00:00.000Z"
    assert row["started_at"] == "2026-11-22T13:00:00.000Z"


def test_only_the_fifty_newest_incidents_are_listed() -> None:
    many = tuple(
        incident(f"i{n}", update(1, "investigating", NOW - timedelta(hours=n + 1))) for n in range(60)
    )
    rows = v2(snapshot(incidents=many), "incidents")["incidents"]

    assert [row["id"] for row in rows] == [wire_id("incident", f"i{n}") for n in range(50)]
    assert len(v2(snapshot(incidents=many), "incidents/unresolved")["incidents"]) == 60


def test_the_unresolved_ones_are_the_open_ones() -> None:
    names = [row["id"] for row in v2(full(), "incidents/unresolved")["incidents"]]

    assert names == [wire_id("incident", "lost-model")]
    assert v2(full())["incidents"] == v2(full(), "incidents/unresolved")["incidents"]


# --- maintenance -------------------------------------------------------------------------------


def test_maintenance_is_listed_by_what_it_is_now() -> None:
    def ids(name: str) -> list[str]:
        return [row["id"] for row in v2(full(), name)["scheduled_maintenances"]]

    def named(*names: str) -> list[str]:
        return [wire_id("incident", name) for name in names]

    assert ids("scheduled-maintenances/upcoming") == named("new-disks", "later")
    assert ids("scheduled-maintenances/active") == named("now")
    assert ids("summary") == named("now", "new-disks", "later")
    assert ids("scheduled-maintenances") == named("later", "new-disks", "now", "past")


def test_a_cancelled_maintenance_is_completed_with_an_update_that_says_so() -> None:
    row = v2(full(), "scheduled-maintenances")["scheduled_maintenances"][-1]

    assert (row["status"], row["resolved_at"]) == ("completed", "2026-11-10T09:00:00.000Z")
    assert row["incident_updates"][0]["body"] == "This scheduled maintenance was cancelled.\n\nNot needed."
    assert [told["status"] for told in row["incident_updates"]] == ["completed", "scheduled"]


def test_work_that_the_clock_began_says_so_in_an_update() -> None:
    row = v2(full(), "scheduled-maintenances/active")["scheduled_maintenances"][0]
    first = row["incident_updates"][0]

    assert (row["status"], first["status"]) == ("in_progress", "in_progress")
    assert first["display_at"] == "2026-11-22T14:00:00.000Z"
    assert first["body"].startswith("Scheduled maintenance is currently in progress.")
    assert [(a["old_status"], a["new_status"]) for a in first["affected_components"]] == [
        ("operational", "under_maintenance")
    ]


def test_what_the_clock_began_stays_when_people_go_on() -> None:
    began = maintenance(start=at(10), end=at(12), status=MaintenanceStatus.IN_PROGRESS)
    done = replace(
        began,
        status=MaintenanceStatus.COMPLETED,
        updates=(update(2, "completed", at(11, 30)), *began.updates),
    )

    def rows(one: Any) -> list[dict[str, Any]]:
        known = snapshot(component("Search"), maintenances=(one,))
        told: list[dict[str, Any]] = v2(known, "scheduled-maintenances")["scheduled_maintenances"][0][
            "incident_updates"
        ]
        return told

    assert rows(done)[1:] == rows(began)
    assert rows(done)[0]["affected_components"][0]["old_status"] == "under_maintenance"
    assert rows(done)[0]["affected_components"][0]["new_status"] == "operational"


def test_work_that_the_clock_ended_says_so_in_an_update() -> None:
    over = maintenance(start=at(10), end=at(12), status=MaintenanceStatus.COMPLETED)
    row = v2(snapshot(maintenances=(over,)), "scheduled-maintenances")["scheduled_maintenances"][0]

    assert [told["status"] for told in row["incident_updates"]] == ["completed", "in_progress", "scheduled"]
    assert row["resolved_at"] == "2026-11-22T12:00:00.000Z"


def test_work_told_of_afterwards_is_not_begun_by_the_clock() -> None:
    late = maintenance(
        "late",
        update(2, "completed", at(12), first_seen=at(14)),
        update(1, "in_progress", at(10), first_seen=at(14)),
        start=at(10),
        end=at(12),
    )
    row = v2(snapshot(maintenances=(late,)), "scheduled-maintenances")["scheduled_maintenances"][0]

    assert [told["status"] for told in row["incident_updates"]] == ["completed", "in_progress"]


# --- the page ----------------------------------------------------------------------------------


def test_the_page_changes_with_its_data_not_with_the_build() -> None:
    known = snapshot(component("Chat"), incidents=(incident(),))
    later = replace(known, now=NOW + timedelta(minutes=5), measured=NOW + timedelta(minutes=5))

    assert v2(known)["page"]["updated_at"] == "2026-11-22T14:00:00.000Z"
    assert v2(later)["page"]["updated_at"] == "2026-11-22T14:00:00.000Z"
    v2_files = {path: body for path, body in build(known).items() if path.startswith("api/v2/")}
    assert v2_files.items() <= build(later).items()


def test_a_change_of_state_changes_the_page() -> None:
    known = snapshot(component("Chat", MAJ, since=at(14, 30)))

    assert v2(known)["page"]["updated_at"] == "2026-11-22T14:30:00.000Z"


def test_a_page_without_data_was_updated_when_its_first_year_began() -> None:
    assert v2(snapshot())["page"]["updated_at"] == "2026-01-01T00:00:00.000Z"


# --- our own document --------------------------------------------------------------------------


def test_our_own_document_says_when_it_was_measured_and_how_fresh_it_is() -> None:
    document = own(full())

    assert document["generated_at"] == "2026-11-22T14:40:00.000Z"
    assert document["measured_at"] == "2026-11-22T14:35:00.000Z"
    assert document["valid_until"] == "2026-11-22T15:00:00.000Z"
    assert document["void"] is None
    assert document["state"] == "degraded_performance"
    assert document["counts"] == {
        "operational": 2,
        "unknown": 1,
        "under_maintenance": 0,
        "degraded_performance": 1,
        "partial_outage": 0,
        "major_outage": 0,
    }
    assert [row["id"] for row in document["incidents"]] == ["lost-model"]
    assert [row["id"] for row in document["maintenances"]] == ["later", "new-disks", "now"]


def test_our_own_document_of_a_page_never_measured_has_nulls() -> None:
    never = snapshot(
        component("Chat", State.UNKNOWN, since=None, first_measured=None, checked=None, latency=None),
        measured=None,
        valid_until=None,
        next_check=None,
        void="no control target answers",
    )
    document = own(never)

    assert (document["measured_at"], document["valid_until"]) == (None, None)
    assert document["void"] == "no control target answers"
    row = document["components"][0]
    assert [row[key] for key in ("since", "code", "checked_at", "latency_ms")] == [None] * 4


def test_a_component_says_why_and_through_whom() -> None:
    chat = component(
        "Chat", MAJ, code="http.502", affected_by=("engine",), caused_by=("model",), depends_on=("engine",)
    )
    row = own(snapshot(chat))["components"][0]

    assert (row["state"], row["probed"], row["code"]) == ("major_outage", "major_outage", "http.502")
    assert (row["affected_by"], row["caused_by"]) == (["engine"], ["model"])
    assert row["latency_ms"] == 240


def test_a_component_says_how_steady_it_is_and_what_each_place_sees() -> None:
    rows = {row["id"]: row for row in own(snapshots.unsteady())["components"]}
    model, engine, plain = rows["language-model"], rows["dialogue-engine"], rows["telegram"]

    assert (engine["unstable"], engine["fell_back"]) == (True, {"fallbacks": 3, "conversations": 20})
    assert list(model["measures"].items()) == [
        ("first_token", 820.0),
        ("gap", 1310.5),
        ("total", 4200.0),
        ("tokens_per_second", 42.7),
    ]
    assert model["places"][1:] == [
        {"name": "eu", "state": "major_outage", "checked_at": "2026-11-22T14:39:00.000Z"},
        {"name": "us", "state": "unknown", "checked_at": "2026-11-22T11:40:00.000Z"},
    ]
    keys = ("caused_by", "unstable", "fell_back", "measures", "places")
    assert [plain[key] for key in keys] == [[], False, None, {}, []]


def test_a_figure_that_no_table_knows_is_not_published() -> None:
    row = own(snapshot(component("Chat", measures={"first_token": 1.0, "own": 2.0})))["components"][0]

    assert row["measures"] == {"first_token": 1.0}


def test_a_figure_can_be_recomputed_from_the_integers_beside_it() -> None:
    document = own(snapshot(component("Chat")))
    row = document["components"][0]["uptimes"]["24h"]

    weighted = sum(document["weights"][state] * seconds for state, seconds in row["down"].items())
    assert weighted == row["weighted_down"] == 700
    share = 1 - Fraction(weighted, 100 * row["measured"])
    assert row["uptime"] == "99.99"
    assert Fraction(row["uptime"]) <= 100 * share < Fraction(row["uptime"]) + Fraction(1, 100)
    assert row["window"] == 86_400
    assert row["coverage"] == "99.30"


def test_the_bounds_are_rounded_outward() -> None:
    row = figures(figure())
    low, high = bounds(figure())

    assert Fraction(str(row["low"])) <= 100 * low
    assert Fraction(str(row["high"])) >= 100 * high
    assert (row["low"], row["high"]) == ("99.29", "100.00")


def test_a_window_without_a_measurement_has_no_uptime() -> None:
    row = figures(figure(measured=0, down={}, weighted_down=0))

    assert (row["uptime"], row["coverage"], row["low"], row["high"]) == (None, "0.00", "0.00", "100.00")


def test_a_window_that_was_all_maintenance_has_neither_uptime_nor_coverage() -> None:
    row = figures(figure(measured=0, excluded=86_400, down={}, weighted_down=0))

    assert (row["uptime"], row["coverage"]) == (None, None)


def test_uptime_is_whole_only_without_any_down_time() -> None:
    year = figure(start=NOW - timedelta(days=365), measured=365 * 86_400, down={MAJ: 1}, weighted_down=100)

    assert figures(year)["uptime"] == "99.99"
    assert figures(replace(year, down={}, weighted_down=0))["uptime"] == "100.00"
