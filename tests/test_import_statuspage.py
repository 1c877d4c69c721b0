"""A Statuspage page comes in by its public documents, and out of our own API as it was."""

import asyncio
import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import Handler, Listener, answer

from statuspage.cli import main
from statuspage.config import load
from statuspage.errors import StatuspageError
from statuspage.importers import plan
from statuspage.importers.files import files_in
from statuspage.importers.statuspage import page_of
from statuspage.incidents import read_all

NOW = "2026-03-02T12:00:00Z"
WHEN = datetime.fromisoformat(NOW)
EMPTY = Path("/nothing/is/here")
PAGE = {
    "id": "pgk3str3l000",
    "name": "Kestrel <b>Chat</b>",
    "url": "https://status.kestrel.example",
    "time_zone": "Europe/Berlin",
    "updated_at": "2026-03-02T11:00:00.000+01:00",
}


def component(id_: str, name: str, status: str = "operational", **more: object) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": id_,
        "name": name,
        "status": status,
        "position": 1,
        "description": None,
        "group": False,
    }
    return {**plain, "group_id": None, "updated_at": "2026-03-02T09:00:00.000Z", **more}


def update(status: str, at: str, body: str, *affected: tuple[str, str]) -> dict[str, Any]:
    changed = [
        {"code": code, "name": code, "old_status": "operational", "new_status": s} for code, s in affected
    ]
    return {
        "status": status,
        "body": body,
        "created_at": at,
        "display_at": at,
        "affected_components": changed or None,
    }


def incident(id_: str, name: str, status: str, *updates: dict[str, Any], **more: object) -> dict[str, Any]:
    first = updates[-1]["created_at"] if updates else None
    plain: dict[str, Any] = {
        "id": id_,
        "name": name,
        "status": status,
        "impact": "minor",
        "created_at": first,
        "components": [],
    }
    return {**plain, "started_at": first, "incident_updates": list(updates), **more}


GROUP = component(
    "grp000000001", "Models", "degraded_performance", group=True, position=1, description="What thinks"
)
FAST = component("cmp000000001", "Fast", "degraded_performance", group_id="grp000000001")
LARGE = component("cmp000000002", "Large", group_id="grp000000001", position=2, description="Slow & deep")
SITE = component("cmp000000003", "Website", "under_maintenance", position=2)
SLOW = incident(
    "inc000000001",
    "Slow answers: <script>alert(1)</script>",
    "monitoring",
    update("monitoring", "2026-03-02T10:40:00.250Z", "Better.", ("cmp000000002", "operational")),
    update(
        "identified", "2026-03-02T10:10:00.100Z", "A node\nis *lost*.", ("cmp000000002", "partial_outage")
    ),
    update("investigating", "2026-03-02T10:00:00.900Z", "We look.", ("cmp000000001", "degraded_performance")),
    impact="critical",
    monitoring_at="2026-03-02T10:40:00.250Z",
    components=[FAST, LARGE],
)
WORK = incident(
    "inc000000002",
    "New disks",
    "in_progress",
    update("in_progress", "2026-03-02T11:00:10.000Z", "Begun.", ("cmp000000003", "under_maintenance")),
    update("scheduled", "2026-02-27T09:00:00.000Z", "We will change disks.", ("cmp000000003", "operational")),
    impact="maintenance",
    components=[SITE],
    scheduled_for="2026-03-02T11:00:00.000Z",
    scheduled_until="2026-03-02T14:30:00.000Z",
)
SUMMARY: dict[str, Any] = {
    "page": PAGE,
    "components": [FAST, GROUP, LARGE, SITE],
    "incidents": [SLOW],
    "scheduled_maintenances": [WORK],
    "status": {"indicator": "minor", "description": "Partially Degraded Service"},
}
OVER = incident(
    "inc000000003",
    "No answers",
    "postmortem",
    update("postmortem", "2026-01-12T09:00:00.000Z", "<h2>Cause</h2><p>A disk.</p>"),
    update("resolved", "2026-01-10T09:00:00.000Z", "Over.", ("cmp000000001", "operational")),
    update("investigating", "2026-01-10T08:00:00.000Z", "Nothing.", ("cmp000000001", "major_outage")),
    impact="none",
    started_at="2026-01-10T07:30:00.000Z",
    components=[FAST],
)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def take(*documents: Mapping[str, object] | str, now: str = NOW, options: tuple[str, ...] = ()) -> Result:
    source = Path("recorded")
    source.mkdir(exist_ok=True)
    for n, document in enumerate(documents):
        text = document if isinstance(document, str) else json.dumps(document)
        (source / f"{n}.json").write_text(text, "utf-8")
    return run("import", "statuspage", "recorded", "--now", now, *options)


def api(name: str) -> Any:
    return json.loads(Path(f"_site/api/v2/{name}.json").read_text("utf-8"))


def serving(documents: Mapping[str, object]) -> Handler:
    """A page of Statuspage with these documents and no others."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        name = path.removeprefix("/api/v2/").removesuffix(".json")
        found = documents.get(name)
        writer.write(answer(json.dumps(found).encode()) if found else answer(b"", 404))
        await writer.drain()

    return serve


def seconds(stamp: str | None) -> object:
    return stamp and datetime.fromisoformat(stamp).replace(microsecond=0)


def told(document: Any, kind: str) -> Sequence[object]:
    """What readers of the API see of incidents or maintenances."""
    keys = ("resolved_at", "monitoring_at", "scheduled_for", "scheduled_until")
    return sorted(
        (
            one["name"],
            one["status"],
            one["impact"],
            [str(seconds(one.get(key))) for key in keys if one.get(key)],
            [row["name"] for row in one["components"]],
            [(u["status"], seconds(u["display_at"]), u["body"]) for u in one["incident_updates"]],
        )
        for one in document[kind]
    )


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- there and back ------------------------------------------------------------------------------


def test_a_recorded_summary_comes_out_of_our_api_as_it_was() -> None:
    taken = take(SUMMARY)
    checked = run("check", "--now", NOW)
    built = run("build", "--now", NOW)

    assert taken.exit_code == 0, taken.output
    assert "read: 3 components, 1 group, 1 incident, 1 maintenance, 5 updates" in taken.output
    assert (checked.exit_code, built.exit_code) == (0, 0), checked.output
    ours, groups = api("summary"), {"grp000000001": "Models", None: None}
    by_id = {row["id"]: row["name"] for row in ours["components"]}
    assert sorted(
        (row["name"], row["status"], by_id.get(row["group_id"]), row["description"])
        for row in ours["components"]
    ) == sorted(
        (c["name"], c["status"], groups[c["group_id"]], c["description"]) for c in SUMMARY["components"]
    )
    assert ours["status"] == SUMMARY["status"]
    assert told(ours, "incidents") == told(SUMMARY, "incidents")
    assert told(ours, "scheduled_maintenances") == told(SUMMARY, "scheduled_maintenances")
    page = Path("_site/index.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "Kestrel &lt;b&gt;Chat&lt;/b&gt;" in page


def test_what_is_over_comes_with_its_report_and_its_times() -> None:
    take(SUMMARY, {"page": PAGE, "incidents": [SLOW, OVER]})
    run("build", "--now", NOW)

    row = next(one for one in api("incidents")["incidents"] if one["name"] == "No answers")
    assert (row["status"], row["impact"], row["started_at"]) == (
        "postmortem",
        "none",
        "2026-01-10T07:30:00.000Z",
    )
    assert row["resolved_at"] == "2026-01-10T09:00:00.000Z"
    assert row["incident_updates"][0]["body"] == "Cause\n\nA disk."
    text = Path("incidents/2026-01-10-no-answers.md").read_text("utf-8")
    assert "\n# imported from statuspage inc000000003\n---\n" in text
    assert "- published: true" in text


def test_a_report_beside_the_updates_is_taken_too() -> None:
    bare = incident("inc000000009", "Gone", "postmortem", *OVER["incident_updates"][1:], components=[FAST])
    more = {"postmortem_body": "A <b>disk</b>.", "postmortem_published_at": "2026-01-12T09:00:00Z"}
    take({**SUMMARY, "incidents": [{**bare, **more}]})

    assert "## Postmortem - 2026-01-12 09:00 UTC\n\n- published: true\n\nA **disk**.\n" in Path(
        "incidents/2026-01-10-gone.md"
    ).read_text("utf-8")


def test_incidents_alone_tell_of_their_components() -> None:
    taken = take({"page": PAGE, "incidents": [OVER]})

    assert taken.exit_code == 0, taken.output
    assert "id: fast # imported from statuspage cmp000000001" in Path("components.yaml").read_text("utf-8")


def test_a_live_page_is_asked_for_its_documents() -> None:
    many = [{**OVER, "id": f"many{n:08}", "postmortem_body": "x" * 2_000} for n in range(200)]
    documents = {"summary": SUMMARY, "incidents": {"page": PAGE, "incidents": [SLOW, OVER, *many]}}
    with Listener(serving(documents)) as server:
        taken = run("import", "statuspage", f"{server.url}/", "--now", NOW, "--dry-run")
        nothing = run("import", "statuspage", f"{server.url}/elsewhere", "--now", NOW)
    silent = run("import", "statuspage", server.url, "--now", NOW)

    assert taken.exit_code == 0, taken.output
    assert "202 incidents, 1 maintenance" in taken.output  # more than a probe would read
    assert nothing.exit_code == silent.exit_code == 1
    assert "answered 404" in nothing.output
    assert "no answer" in silent.output


# --- again, and beside what is there -------------------------------------------------------------


def files() -> dict[str, bytes]:
    paths = [Path("components.yaml"), *Path("incidents").glob("*")]
    return {str(path): path.read_bytes() for path in paths if path.exists()}


def test_a_second_import_adds_only_what_is_new() -> None:
    take(SUMMARY)
    before = files()
    again = take(SUMMARY)
    assert files() == before
    assert "there already: 2 files of an earlier import" in again.output
    assert "wrote" not in again.output

    more = take({**SUMMARY, "incidents": [SLOW, OVER]})
    assert more.exit_code == 0
    assert files().keys() - before.keys() == {"incidents/2026-01-10-no-answers.md"}


def test_an_edited_file_is_left_as_it_is_under_whatever_name() -> None:
    take(SUMMARY)
    old = next(Path("incidents").glob("*slow-answers*"))
    text = old.read_text("utf-8").replace("We look.", "We look closely.")
    old.unlink()
    Path("incidents/mine.md").write_text(text, "utf-8")

    again = take(SUMMARY)
    assert "incidents/mine.md is not what stands there now: it was left as it is" in again.output
    assert Path("incidents/mine.md").read_text("utf-8") == text
    assert not old.exists()


def test_a_file_of_the_same_name_is_not_written_over() -> None:
    Path("incidents").mkdir()
    Path("incidents/2026-03-02-NEW-disks.md").write_text("mine", "utf-8")
    taken = take(SUMMARY)

    assert "wrote incidents/2026-03-02-new-disks-2.md" in taken.output
    assert Path("incidents/2026-03-02-NEW-disks.md").read_text("utf-8") == "mine"


def test_a_configuration_that_is_there_is_never_written_over() -> None:
    mine = "page: {name: Mine}\ngroups: [{name: Own}]\ncomponents:\n  - {name: Website, url: https://x.example/}\n"
    Path("components.yaml").write_text(mine, "utf-8")
    first = take(SUMMARY)

    assert first.exit_code == 3
    assert Path("components.yaml").read_text("utf-8") == mine
    assert "1 incident of components that are not in components.yaml yet: Fast, Large" in first.output
    assert list(Path("incidents").glob("*")) == [Path("incidents/2026-03-02-new-disks.md")]

    block = first.output[first.output.index("groups:\n") :]
    groups, _, components = block.partition("components:\n")
    merged = mine.replace("groups: [{name: Own}]\n", f"{groups}  - name: Own\n") + components
    Path("components.yaml").write_text(merged, "utf-8")
    second = take(SUMMARY)
    assert second.exit_code == 0, second.output
    assert "wrote incidents/2026-03-02-slow-answers-script-alert-1-script.md" in second.output
    assert run("check", "--now", NOW).exit_code == 0


def test_groups_that_come_from_their_members_need_no_list() -> None:
    Path("components.yaml").write_text("components:\n  - {name: Mine, type: manual, id: fast}\n", "utf-8")
    taken = take(SUMMARY)

    assert "groups:" not in taken.output
    assert "id: models-fast # imported from statuspage cmp000000001" in taken.output


def test_a_dry_run_writes_nothing() -> None:
    taken = take(SUMMARY, options=("--dry-run",))

    assert "would write components.yaml" in taken.output
    assert files() == {}


def test_an_import_that_was_cut_short_is_ended_by_the_next() -> None:
    take(SUMMARY)
    whole = files()
    next(Path("incidents").glob("*disks*")).unlink()
    take(SUMMARY)

    assert files() == whole


def test_a_broken_configuration_is_said_and_nothing_is_written() -> None:
    Path("components.yaml").write_text("components: [", "utf-8")
    assert take(SUMMARY).exit_code == 1
    Path("components.yaml").write_bytes(b"\xff")
    assert "cannot be read" in take(SUMMARY).output
    assert not Path("incidents").exists()


# --- what needs a word ---------------------------------------------------------------------------


def test_a_state_that_no_incident_explains_has_one_of_its_own() -> None:
    lone = {**SUMMARY, "incidents": [], "scheduled_maintenances": []}
    taken = take(lone)
    run("build", "--now", NOW)

    assert "not operational, and no incident says why: Fast, Website" in taken.output
    states = {row["name"]: row["status"] for row in api("summary")["components"]}
    assert (states["Fast"], states["Website"]) == ("degraded_performance", "under_maintenance")
    undated = {**FAST, "updated_at": None}
    assert take({**lone, "page": {}, "components": [undated, LARGE]}).exit_code == 3


def test_what_the_page_shows_now_outweighs_what_its_updates_say() -> None:
    taken = take(
        {
            **SUMMARY,
            "components": [
                {**FAST, "status": "partial_outage"},
                GROUP,
                LARGE,
                {**SITE, "status": "operational"},
            ],
        }
    )
    run("build", "--now", NOW)

    assert "the page shows Fast as partial_outage, its updates say degraded_performance" in taken.output
    assert "Website is under maintenance here; the page shows it as operational" in taken.output
    assert {r["name"]: r["status"] for r in api("summary")["components"]}["Fast"] == "partial_outage"


def test_an_end_that_no_update_tells_is_added() -> None:
    dumb = incident("inc000000007", "Short", "resolved", OVER["incident_updates"][2], components=[LARGE])
    quiet = incident(
        "inc000000006",
        "Quiet",
        "resolved",
        update("resolved", "2026-01-03T00:00:00Z", "Over."),
        components=[LARGE],
    )
    taken = take({**SUMMARY, "incidents": [{**dumb, "resolved_at": "2026-01-10T09:30:00Z"}, quiet]})

    assert "'Short': it is resolved though no update says so" in taken.output
    text = Path("incidents/2026-01-10-short.md").read_text("utf-8")
    assert "## Resolved - 2026-01-10 09:30 UTC" in text
    assert "large: operational" in text
    assert "large: degraded_performance" in Path("incidents/2026-01-03-quiet.md").read_text("utf-8")


def test_a_text_that_is_too_long_is_cut_and_one_that_cannot_be_read_is_said() -> None:
    long = incident(
        "inc000000008", "Long", "resolved", update("resolved", "2026-01-03T00:00:00Z", "word " * 15_000)
    )
    late = incident(
        "inc000000010", "Late", "investigating", update("investigating", "2027-01-03T00:00:00Z", "x")
    )
    taken = take({**SUMMARY, "incidents": [long, late]})

    assert taken.exit_code == 3
    assert "'Long': its texts are too long: 1000 characters are left of each" in taken.output
    assert "left: 'Late': this update lies in the future" in taken.output
    assert run("check", "--now", NOW).exit_code == 0


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("[", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "holds no Statuspage document"),
        ('{"incidents": []}', "nothing there names a component"),
        ("x" * 10_000_001, "longer than 10000000 octets"),
    ],
)
def test_what_is_no_page_of_statuspage_is_refused(document: str, reason: str) -> None:
    taken = take(document)

    assert (taken.exit_code, files()) == (1, {})
    assert reason in taken.output


def test_odd_files_are_refused(folder: Path) -> None:
    os.mkfifo(folder / "pipe.json")
    (folder / "link.json").symlink_to("/etc/passwd")
    (folder / "latin.json").write_bytes(b"\xe9")
    for name, reason in {
        "pipe": "is no file",
        "link": "symbolic link",
        "latin": "not UTF-8",
        "none": "cannot be read",
    }.items():
        assert reason in run("import", "statuspage", f"{name}.json").output


def test_a_page_that_never_ends_is_refused_without_its_password() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"[" * 11_000_000))
        await writer.drain()

    with Listener(endless) as server:
        taken = run("import", "statuspage", server.url.replace("//", "//me:hunter22@"), "--now", NOW)

    assert taken.exit_code == 1
    assert "longer than 10000000 octets" in taken.output
    assert "hunter22" not in taken.output


def test_a_folder_that_cannot_be_searched_is_said(folder: Path) -> None:
    with pytest.raises(StatuspageError, match="cannot be read"):
        list(files_in(folder / "nothing", ".json"))
    for n in range(4):
        (folder / f"{n}.json").touch()
    with pytest.raises(StatuspageError, match="more than 3 files"):
        list(files_in(folder, ".json", most=3))


def test_updates_without_a_time_and_words_that_are_none_are_told() -> None:
    odd = update("going on", "2026-01-10T08:30:00Z", "Still.", ("gone00000001", "major_outage"))
    row = {**OVER, "impact": "huge", "incident_updates": [{"body": "When?"}, odd, *OVER["incident_updates"]]}
    empty = incident("inc000000011", "Empty", "resolved", created_at="2026-01-01T00:00:00Z")
    unplanned = {**WORK, "id": "inc000000012", "name": "Some day", "scheduled_until": None}
    hidden = {**SITE, "only_show_if_degraded": True}
    summary = {**SUMMARY, "components": [FAST, GROUP, LARGE, hidden], "incidents": [row, empty]}
    taken = take({**summary, "scheduled_maintenances": [WORK, unplanned]})

    assert taken.exit_code == 3
    for sentence in (
        "left: 'No answers': 1 update without a time",
        "'No answers': the status 'going on' is none of ours: it stays investigating",
        "'No answers': the impact 'huge' is none of ours",
        "'No answers' names 1 component that the page has no more",
        "left: 'Empty': without an id, a name or an update with a time",
        "left: 'Some day': a maintenance without a window",
        "shown at all times here, not only when degraded: Website",
    ):
        assert sentence in taken.output


def test_names_that_clash_get_ids_of_their_own() -> None:
    groups = [component(f"grp{n}", "Same", group=True) for n in range(2)]
    twins = [component(f"c{n}", "API" if n < 2 else "Чат", group_id=f"grp{n % 2}") for n in range(4)]
    odd = [
        component("x1", "../../etc/passwd"),
        component("x2", "${SECRET} " + "n" * 200),
        component("x3", "", status="odd"),
    ]
    taken = take(
        {"page": {**PAGE, "url": "javascript:x", "time_zone": "Mars"}, "components": [*groups, *twins, *odd]}
    )

    assert taken.exit_code == 0, taken.output
    assert run("check", "--now", NOW).exit_code == 0
    text = Path("components.yaml").read_text("utf-8")
    ids = [line.split()[1] for line in text.splitlines() if line.startswith("    id:")]
    assert ids == ["api", "component", "same-api", "same", "etc-passwd", *ids[5:]]
    assert len(set(ids)) == 7
    assert "the status 'odd' is none of ours" in taken.output
    assert "page.timezone: " in taken.output


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from([NOW, "resolved", "cmp000000001"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted({*SLOW, *FAST, *SUMMARY, *PAGE})), inner)
    ),
    max_leaves=15,
)


def spoilt(value: Any, path: list[int], other: Any) -> Any:
    """The document with one of its values, found by walking along `path`, replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return other
    keys = sorted(value) if isinstance(value, dict) else range(len(value))
    key: Any = keys[path[0] % len(keys)]
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = spoilt(value[key], path[1:], other)
    return copy


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), JSON)
def test_whatever_is_wrong_in_a_document_all_that_is_written_can_be_read(path: list[int], other: Any) -> None:
    try:
        planned = plan(
            page_of({"x": spoilt({**SUMMARY, "incidents": [SLOW, OVER]}, path, other)}), EMPTY, WHEN
        )
    except StatuspageError:
        return
    files = dict(planned.files)
    names = {c.id: c.name for c in load(files.pop("components.yaml"), "components.yaml", {}).components}
    encoded = {name: text.encode() for name, text in files.items()}
    assert read_all(encoded, names, now=WHEN)[1:] == ([], ())
    assert all(re.fullmatch("incidents/[a-z0-9-]+[.]md", name) for name in files)
