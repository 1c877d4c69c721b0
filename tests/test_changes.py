"""What happened between two snapshots: each change once, as a value and in words."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import snapshots as world
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from statuspage.changes import (
    Change,
    ComponentAdded,
    ComponentChanged,
    ComponentRemoved,
    IncidentChanged,
    IncidentOpened,
    IncidentRemoved,
    IncidentReopened,
    IncidentResolved,
    MaintenancePlanned,
    MaintenanceRemoved,
    OverallChanged,
    StateChanged,
    UpdateAdded,
    UpdateEdited,
    UpdateRemoved,
    changes,
    sentences,
)
from statuspage.cli import main
from statuspage.i18n import language
from statuspage.model import Snapshot, State

WORLDS = [world.everyday(), world.trouble(), world.working(), world.hostile(), world.empty(), world.unsure()]
ENGLISH = language("en", "Etc/UTC")
CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026}
control: []
components:
  - {name: Chat engine, type: manual}
  - {name: Search, type: manual}
"""
HEAD = "---\ntitle: No answers\ncomponents: {chat-engine: major_outage}\ncause: not known yet\n---\n\n"
BEGUN = f"{HEAD}## Investigating - 2026-11-22 13:00 UTC\n\nNobody gets an answer.\n"
WORK = (
    "---\nkind: maintenance\ntitle: Index\ncomponents: [search]\nwindow: 2026-11-26 02:00 .. 03:30 UTC\n---\n\n"
    "## Scheduled - 2026-11-22 13:00 UTC\n\nSearch will be away.\n"
)


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize("snapshot", WORLDS)
def test_nothing_happened_between_a_snapshot_and_itself(snapshot: Snapshot) -> None:
    assert changes(snapshot, snapshot) == ()


def kinds(told: tuple[Change, ...]) -> dict[type, int]:
    names = [type(one) for one in told]
    return {name: names.count(name) for name in names}


@given(st.sampled_from(WORLDS), st.sampled_from(WORLDS))
def test_backwards_what_came_goes(one: Snapshot, other: Snapshot) -> None:
    there, back = changes(one, other), changes(other, one)
    opposite = {
        ComponentAdded: ComponentRemoved,
        IncidentOpened: IncidentRemoved,
        MaintenancePlanned: MaintenanceRemoved,
        OverallChanged: OverallChanged,
        StateChanged: StateChanged,
    }
    for kind, undone in opposite.items():
        assert kinds(there).get(kind, 0) == kinds(back).get(undone, 0)
    assert all(line.replace("\n", "").isprintable() for line in sentences(there, ENGLISH))


def test_what_is_measured_meanwhile_is_no_change() -> None:
    before = world.everyday()
    measured = [replace(c, latency=None, recent=(), uptimes={}, checked=None) for c in before.components]

    assert changes(before, replace(before, components=tuple(measured), measured=None)) == ()


def test_a_state_and_a_description_are_changes_of_their_own() -> None:
    before = world.everyday()
    first, *rest = before.components
    now = replace(first, state=State.MAJOR, name="Other", description="x")

    told = changes(before, replace(before, components=(now, *rest), state=State.MAJOR))

    assert told == (
        OverallChanged(before.state, State.MAJOR),
        StateChanged(first, now),
        ComponentChanged(first, now, ("name", "description")),
    )


def test_an_incident_goes_through_its_life() -> None:
    whole = world.trouble()
    one = next(i for i in whole.incidents if i.open and len(i.updates) > 1)
    newest, *older = one.updates
    rest = tuple(i for i in whole.incidents if i is not one)

    def at(*versions: object) -> Snapshot:
        return replace(whole, incidents=(*versions, *rest))  # type: ignore[arg-type]

    young = replace(one, updates=tuple(older))
    over = replace(
        one, resolved=world.NOW, updates=(replace(newest, number=9, status="resolved"), *one.updates)
    )
    edited = replace(one, updates=(replace(newest, html="<p>x</p>", text="x"), *older))

    assert changes(at(), at(one)) == (IncidentOpened(one),)
    assert changes(at(young), at(one)) == (UpdateAdded(one, newest),)
    assert changes(at(one), at(young)) == (UpdateRemoved(young, newest),)
    assert changes(at(one), at(edited)) == (UpdateEdited(edited, newest, edited.updates[0]),)
    assert changes(at(one), at(over)) == (IncidentResolved(one, over, over.updates[0]),)
    assert changes(at(one), at(replace(one, resolved=world.NOW))) == (
        IncidentResolved(one, replace(one, resolved=world.NOW), None),
    )
    assert kinds(changes(at(over), at(one))) == {UpdateRemoved: 1, IncidentReopened: 1}
    assert changes(at(one), at(replace(one, cause="A node"))) == (
        IncidentChanged(one, replace(one, cause="A node"), ("cause",)),
    )


# --- in words, from real files ------------------------------------------------------------------

Diff = Callable[..., list[str]]


@pytest.fixture
def diff(tmp_path: Path) -> Diff:
    """The sentences between two folders, given as texts by path."""

    def told(before: dict[str, str], after: dict[str, str], code: int = 0) -> list[str]:
        for name, files in (("before", before), ("after", after)):
            for path, text in {"components.yaml": CONFIG, **files}.items():
                file = tmp_path / name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
        words = [
            "-C",
            str(tmp_path / "after"),
            "diff",
            str(tmp_path / "before"),
            "--now",
            "2026-11-22T14:00:00Z",
        ]
        result = CliRunner().invoke(main, words)
        assert result.exit_code == code, result.output
        assert not (tmp_path / "after/.status-data").exists()
        return result.output.splitlines()

    return told


INCIDENT, MAINTENANCE = "incidents/one.md", "incidents/two.md"


def test_the_same_files_change_nothing(diff: Diff) -> None:
    assert diff({INCIDENT: BEGUN}, {INCIDENT: BEGUN}) == ["Nothing changes on the page."]


def test_components_come_go_and_are_renamed(diff: Diff) -> None:
    after = CONFIG.replace("Search", "Finder").replace("name: Chat engine", "name: Chat, id: chat-engine")

    assert diff({}, {"components.yaml": after}) == [
        'Chat engine: its name was "Chat engine", and is "Chat" now.',
        "New component Finder: not measured.",
        "The component Search goes away.",
    ]


def test_an_incident_is_told_from_its_opening(diff: Diff) -> None:
    assert diff({}, {INCIDENT: BEGUN}) == [
        "The page as a whole: not measured before, major outage now.",
        "Chat engine: not measured before, major outage now.",
        'New incident "No answers": impact critical, investigating.',
        '  Investigating at 22 November 2026, 13:00 UTC (chat-engine major outage): "Nobody gets an answer."',
    ]


def test_an_update_put_first_or_last_is_the_only_news(diff: Diff) -> None:
    added = "## Identified - 2026-11-22 13:10 UTC\n\n- eta: 2026-11-22 15:00 UTC\n\nA node is lost.\n"
    expected = [
        'New update of "No answers": Identified at 22 November 2026, 13:10 UTC: "A node is lost."',
        '"No answers": its expected return was nothing, and is 22 November 2026, 15:00 UTC now.',
    ]

    assert diff({INCIDENT: BEGUN}, {INCIDENT: f"{BEGUN}\n{added}"}) == expected
    assert diff({INCIDENT: BEGUN}, {INCIDENT: BEGUN.replace("## Inv", f"{added}\n## Inv")}) == expected


def test_an_update_put_in_the_middle_is_the_only_news(diff: Diff) -> None:
    middle = "## Investigating - 2026-11-22 13:05 UTC\n\nStill.\n\n"
    end = "## Identified - 2026-11-22 13:10 UTC\n\nFound.\n"

    assert diff({INCIDENT: f"{BEGUN}\n{end}"}, {INCIDENT: f"{BEGUN}\n{middle}{end}"}) == [
        'New update of "No answers": Investigating at 22 November 2026, 13:05 UTC: "Still."'
    ]


def test_an_edited_update_and_facts_are_told_with_what_was(diff: Diff) -> None:
    after = (
        BEGUN.replace("Nobody gets", "Few get")
        .replace("not known yet", "A node")
        .replace("No ans", "Slow ans")
    )

    assert diff({INCIDENT: BEGUN}, {INCIDENT: after}) == [
        (
            'An update of "Slow answers" is edited. Before: Investigating at 22 November 2026, 13:00 UTC (chat-engine '
            'major outage): "Nobody gets an answer." Now: Investigating at 22 November 2026, 13:00 UTC (chat-engine '
            'major outage): "Few get an answer."'
        ),
        '"No answers": its title was "No answers", and is "Slow answers" now.',
        '"No answers": its cause was "not known yet", and is "A node" now.',
    ]


def test_the_end_and_a_second_beginning(diff: Diff) -> None:
    over = f"{BEGUN}\n## Resolved - 2026-11-22 13:30 UTC\n\nIt is over.\n"

    ended = diff({INCIDENT: BEGUN}, {INCIDENT: over})
    assert (
        ended[-1]
        == 'The incident "No answers" is over. Resolved at 22 November 2026, 13:30 UTC: "It is over."'
    )
    again = diff({INCIDENT: over}, {INCIDENT: BEGUN})
    assert 'The incident "No answers" is open again: investigating.' in again
    gone = diff({INCIDENT: BEGUN}, {INCIDENT: ""}, code=0)
    assert gone[-2:] == [
        'The incident "No answers", which is open, goes away.',
        "The file incidents/one.md is broken: it is left out of the page.",
    ]
    assert diff({INCIDENT: ""}, {INCIDENT: over})[-1] == "The file incidents/one.md can be read again."


def test_maintenance_is_planned_moved_begun_cancelled_and_taken_away(diff: Diff, tmp_path: Path) -> None:
    moved = WORK.replace("02:00 .. 03:30", "04:00 .. 05:30")
    off = f"{WORK}\n## Cancelled - 2026-11-22 13:30 UTC\n\nNot now.\n"
    begun = WORK.replace("2026-11-26 02:00", "2026-11-22 13:30").replace("03:30", "15:00")
    window = "from 26 November 2026, 02:00 UTC to 26 November 2026, 03:30 UTC"

    assert diff({}, {MAINTENANCE: WORK})[0] == f'New maintenance "Index", {window}: scheduled.'
    assert diff({MAINTENANCE: WORK}, {MAINTENANCE: moved}) == [
        (
            f'The maintenance "Index" moves: {window} before, '
            "from 26 November 2026, 04:00 UTC to 26 November 2026, 05:30 UTC now."
        )
    ]
    assert diff({MAINTENANCE: WORK}, {MAINTENANCE: off}) == [
        'The maintenance "Index" is cancelled.',
        'New update of "Index": Cancelled at 22 November 2026, 13:30 UTC: "Not now."',
    ]
    assert 'The maintenance "Index": scheduled before, in progress now.' in diff(
        {MAINTENANCE: WORK}, {MAINTENANCE: begun}
    )
    assert diff({MAINTENANCE: WORK}, {MAINTENANCE: WORK.replace("[search]", "[chat-engine]")}) == [
        '"Index": its list of affected components was "search", and is "chat-engine" now.'
    ]
    (tmp_path / "after" / MAINTENANCE).unlink()
    assert diff({MAINTENANCE: WORK}, {})[-1] == 'The maintenance "Index" goes away.'


def test_maintenance_that_comes_otherwise_is_told(diff: Diff) -> None:
    monthly = WORK.replace("\n---\n\n##", "\nrrule: FREQ=MONTHLY\n---\n\n##")
    weekly = monthly.replace("MONTHLY", "WEEKLY")

    assert diff({MAINTENANCE: monthly}, {MAINTENANCE: monthly}) == ["Nothing changes on the page."]
    (told,) = diff({MAINTENANCE: monthly}, {MAINTENANCE: weekly})
    assert told.startswith('"Index": its list of later windows was "26 December 2026, 02:00 UTC')
    assert "3 December 2026" in told
    (told,) = diff({MAINTENANCE: monthly}, {MAINTENANCE: WORK})
    assert told.endswith("and is nothing now.")


def test_hostile_words_stay_on_one_line_and_are_cut(diff: Diff) -> None:
    title = '"\\u202e<script>alert(1)</script> @everyone ![x](http://x) ${{ github.token }}"'
    text = BEGUN.replace("No answers", title).replace("Nobody gets", f"::error::x {'y' * 900}")

    told = diff({}, {INCIDENT: text})

    assert all(line.isprintable() and len(line) < 600 for line in told)
    assert not any(line.startswith("::") for line in told)
    assert "\u202e" not in "".join(told)


def test_a_page_that_cannot_be_read_is_an_error(diff: Diff) -> None:
    assert "components.yaml:1:" in diff({}, {"components.yaml": "pgae: 1\n"}, code=1)[0]
