"""Whatever people write in whatever order: page, API, feeds and calendar say what the snapshot says."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import feedparser
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from statuspage.authoring import Claim, Desk, Said, correct
from statuspage.errors import DONE, StatuspageError
from statuspage.model import Incident, IncidentStatus, Maintenance, MaintenanceStatus, Snapshot, State
from statuspage.outputs.wire import update_id, wire_id, word
from statuspage.pipeline import build_site, open_project
from statuspage.views.context import CLASSES

CONFIG = """page: {name: Agreement, url: 'https://status.example', since: 2026}
components: [{name: Chat, type: manual}, {name: Search, type: manual, group: Behind}]
"""
BEGIN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
STATES = ("operational", "degraded_performance", "partial_outage", "major_outage")
IDS = st.sampled_from(("one", "two"))
NAMED = st.dictionaries(st.sampled_from(("chat", "search")), st.sampled_from(STATES), max_size=2)
STEP: st.SearchStrategy[Any] = st.one_of(
    st.tuples(st.just("open"), IDS, st.sampled_from(("investigating", "identified")), NAMED),
    st.tuples(st.just("update"), IDS, st.sampled_from(("investigating", "identified", "monitoring")), NAMED),
    st.tuples(st.just("update"), IDS, st.just("resolved"), st.just({})),
    st.tuples(st.just("plan"), IDS, st.just("scheduled"), st.just({"search": ""})),
    st.tuples(
        st.just("correct"), st.sampled_from(("chat", "search")), st.sampled_from(STATES[1:]), st.just({})
    ),
    st.tuples(st.just("work"), IDS, st.sampled_from(("in_progress", "completed", "cancelled")), st.just({})),
)
WORDS = {"cancelled": "completed"}  # v2 has no word for it


def write(desk: Desk, what: str, id_: str, status: str, named: dict[str, str]) -> None:
    """One step; one that makes no sense now is refused and writes nothing."""
    window = (
        f"{desk.now + timedelta(minutes=10):%Y-%m-%d %H:%M} .. {desk.now + timedelta(minutes=25):%H:%M} UTC"
    )
    said = Said(status=status, at=desk.now, text=f"At {desk.now:%H:%M}.", components=named)
    try:
        if what == "open":
            title = f"Trouble {id_}"
            impact = "" if named else "minor"
            new = Said(
                status=status, at=desk.now, text="We look.", components=named, title=title, impact=impact
            )
            desk.open(new, id_)
        elif what == "plan":
            more = Said(
                status=status, at=desk.now, text="Soon.", components=named, title="Work", window=window
            )
            desk.open(more, f"work-{id_}")
        elif what == "correct":
            began = desk.now - timedelta(minutes=5)
            past = f"{began:%Y-%m-%d %H:%M} .. {desk.now:%H:%M} UTC"
            correct(
                desk,
                Claim(components=[id_], kind="outage", window=past, state=status, author="A", reason="R"),
            )
        elif what == "work":
            desk.update(f"work-{id_}", "maintenance", said)
        else:
            desk.update(id_, "incident", said)
    except StatuspageError:
        pass


# Each step builds a whole site: shrinking a failure would take minutes.
@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.generate))
@example(
    [
        ("open", "one", "identified", {"chat": "major_outage", "search": "operational"}),
        ("update", "one", "identified", {}),
        ("correct", "chat", "major_outage", {}),
    ]
)
@given(st.lists(STEP, min_size=1, max_size=5))
def test_all_that_is_published_agrees(steps: list[tuple[str, str, str, dict[str, str]]]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "components.yaml").write_text(CONFIG, "utf-8")
        project = open_project(root, {})
        build_site(project, BEGIN)
        known: dict[str, Any] = {}
        for n, step in enumerate(steps, 1):
            now = BEGIN + n * timedelta(minutes=7)
            write(Desk(root, project.config, now), *step)
            built = build_site(project, now + timedelta(minutes=1))
            files = dict(built.files)
            assert built.exit_code == DONE
            agree_on_states(files, built.snapshot)
            agree_on_incidents(files, built.snapshot)
            agree_on_corrections(root, files, built.snapshot)
            items = {item["id"]: item for item in load(files, "feed.json")["items"]}
            assert known == {id_: items[id_] for id_ in known}  # what was published stays to the letter
            known = items


def load(files: dict[str, bytes], path: str) -> Any:
    return json.loads(files[path])


def agree_on_states(files: dict[str, bytes], known: Snapshot) -> None:
    own = {c["id"]: c["state"] for c in load(files, "api/status.json")["components"]}
    leaves = [c for c in load(files, "api/v2/summary.json")["components"] if not c["group"]]
    front = files["index.html"].decode()
    for component in known.components:
        assert own[component.id] == component.state
        assert [c["status"] for c in leaves if c["id"] == wire_id("component", component.id)] == [
            component.state
        ]
        row = re.search(
            rf'<h3><a href="components/{component.id}/">.*?<span class="state (\w+)">', front, re.DOTALL
        )
        assert row
        assert row[1] == CLASSES[component.state]
        assert f"{component.state}" in files["status.txt"].decode()
    worst = max((c.state for c in known.components), key=lambda state: state.severity)
    calm = load(files, "api/v2/status.json")["status"]["indicator"] == "none"
    assert calm is (worst is State.OPERATIONAL and all(i.impact == "none" for i in known.open_incidents))


def agree_on_corrections(root: Path, files: dict[str, bytes], known: Snapshot) -> None:
    """Each one counts in its component's figures alone, and is told with its reason where it changed them."""
    for component in known.components:
        own = load(files, f"api/components/{component.id}.json")
        written = list((root / "incidents/corrections").glob(f"*-{component.id}*.yaml"))
        changed = component.corrections  # one that says what an incident says already changes nothing
        assert len(own["corrections"]) == len(changed) <= len(written)
        assert all(one["author"] == "A" and one["reason"] == "R" for one in own["corrections"])
        page = files[f"components/{component.id}/index.html"].decode()
        assert ("corrected" in page.lower()) is bool(changed)
        assert (component.uptimes["24h"].down != {}) >= bool(written)


def agree_on_incidents(files: dict[str, bytes], known: Snapshot) -> None:
    entries = {e.link: e for e in feedparser.parse(files["history.atom"]).entries}
    news = [item["url"] for item in load(files, "feed.json")["items"]]
    rows = {r["id"]: r for r in load(files, "api/v2/incidents.json")["incidents"]}
    rows |= {r["id"]: r for r in load(files, "api/v2/scheduled-maintenances.json")["scheduled_maintenances"]}
    told: tuple[Incident | Maintenance, ...] = (*known.incidents, *known.maintenances)
    assert rows.keys() == {wire_id("incident", one.id) for one in told}
    assert sorted(news) == sorted(f"{link(one.id)}#update-{u.number}" for one in told for u in one.updates)
    unresolved = load(files, "api/v2/incidents/unresolved.json")["incidents"]
    assert {r["name"] for r in unresolved} == {i.title for i in known.open_incidents}
    assert [i["id"] for i in load(files, "api/status.json")["incidents"]] == [
        i.id for i in known.open_incidents
    ]
    for one in told:
        row = rows[wire_id("incident", one.id)]
        page = files[f"incidents/{one.id}/index.html"].decode()
        assert row["status"] == row["incident_updates"][0]["status"] == WORDS.get(one.status, one.status)
        assert row["shortlink"] == link(one.id)
        assert load(files, f"incidents/{row['id']}.json")["status"] == row["status"]
        assert entries[link(one.id)].tags[0].term == one.status
        assert word(one.status) in page
        assert {u["id"] for u in row["incident_updates"]} >= {
            update_id(one.id, u.number) for u in one.updates
        }
        if isinstance(one, Incident):
            assert (row["resolved_at"] is None) is one.open is (one.status is not IncidentStatus.RESOLVED)
    events = {
        str(e["UID"]): str(e["STATUS"]) for e in Calendar.from_ical(files["maintenance.ics"]).walk("VEVENT")
    }
    assert events == {
        f"{work.id}@status.example": "CANCELLED"
        if work.status is MaintenanceStatus.CANCELLED
        else "CONFIRMED"
        for work in known.maintenances
    }


def link(id_: str) -> str:
    return f"https://status.example/incidents/{id_}/"
