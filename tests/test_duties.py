"""What the operator owes the readers is said: in `check`, after a build, never on the demonstration's page."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import snapshots as given
from snapshots import NOW

from statuspage.check import check
from statuspage.duties import Duty, Kind, duties
from statuspage.model import Action, ComponentStatus, Incident, Outage, Snapshot, State

MINUTE = timedelta(minutes=1)
TOLD = replace(given.SLOW_EUROPE, next_update=NOW + MINUTE, components={"language-model": State.PARTIAL})
TOLD = replace(TOLD, worst=TOLD.components)


def world(*incidents: Incident, began: datetime | None = None, **of_model: object) -> Snapshot:
    """The trouble of the language model alone; `began`: since when the probes see it down."""
    outage = Outage(
        component="language-model", start=began or NOW, end=None, state=State.MAJOR, code="timeout", detail=""
    )
    known = given.everyday()
    components = tuple(
        replace(
            c,
            outages=(outage,) if began else (),
            probed=State.MAJOR if began else State.OPERATIONAL,
            state=State.MAJOR if began else State.OPERATIONAL,
            caused_by=(),
            **of_model,  # type: ignore[arg-type]
        )
        if c.id == "language-model"
        else calm(c)
        for c in known.components
    )
    return replace(known, components=components, incidents=incidents)


def calm(component: ComponentStatus) -> ComponentStatus:
    return replace(component, outages=(), probed=State.OPERATIONAL, state=State.OPERATIONAL, caused_by=())


def owed(snapshot: Snapshot) -> list[tuple[Kind, str]]:
    return [(duty.kind, duty.subject) for duty in duties(snapshot)]


def test_an_incident_that_says_all_owes_nothing() -> None:
    assert owed(world(TOLD, began=NOW - 5 * MINUTE)) == []


@pytest.mark.parametrize("key", ["cause", "doing", "eta", "next_update"])
def test_each_question_of_the_readers_wants_an_answer(key: str) -> None:
    silent = replace(TOLD, **{key: None if key in ("eta", "next_update") else ""})  # type: ignore[arg-type]

    assert owed(world(silent, began=NOW - MINUTE)) == [(Kind.FACT, f"{TOLD.id}.{key}")]
    if key in ("eta", "next_update"):
        honest = replace(TOLD, **{key: "not known yet"})  # type: ignore[arg-type]
        assert owed(world(honest, began=NOW - MINUTE)) == []


def test_an_update_is_late_from_its_minute_on() -> None:
    late = replace(TOLD, next_update=NOW)
    told = duties(world(late, began=NOW - MINUTE))

    assert [(d.kind, d.since, d.path) for d in told] == [(Kind.UPDATE, NOW, f"incidents/{TOLD.id}.md")]
    assert told[0].what == "the next update was due 0 min ago"
    assert duties(world(replace(late, resolved=NOW), began=NOW - MINUTE)) == ()


def test_an_incident_whose_components_have_long_worked_wants_its_end() -> None:
    old = replace(TOLD, started=NOW - 30 * MINUTE)

    assert owed(world(old)) == [(Kind.END, old.id)]
    assert owed(world(replace(old, started=NOW - 29 * MINUTE))) == []
    assert owed(world(old, manual=True)) == [], "nothing is measured of it"
    assert owed(world(replace(old, worst={"gone": State.MAJOR}))) == []


def test_it_has_worked_since_the_last_outage_of_all_that_it_names() -> None:
    old = replace(TOLD, started=NOW - timedelta(hours=3))
    for minutes, wanted in ((29, []), (30, [(Kind.END, old.id)])):
        outage = Outage(
            component="language-model",
            start=NOW - 60 * MINUTE,
            end=NOW - minutes * MINUTE,
            state=State.MAJOR,
            code="timeout",
            detail="",
        )
        assert owed(_with(world(old), outage)) == wanted


def _with(snapshot: Snapshot, outage: Outage) -> Snapshot:
    return replace(
        snapshot,
        components=tuple(
            replace(c, outages=(outage,)) if c.id == outage.component else c for c in snapshot.components
        ),
    )


def test_what_has_failed_for_ten_minutes_wants_an_incident() -> None:
    assert owed(world(began=NOW - 10 * MINUTE)) == [(Kind.INCIDENT, "language-model")]
    assert owed(world(began=NOW - 9 * MINUTE)) == []
    assert owed(world(TOLD, began=NOW - 10 * MINUTE)) == []


def test_only_the_root_cause_wants_one() -> None:
    down = world(began=NOW - 10 * MINUTE)
    follows = replace(
        down,
        components=tuple(
            replace(c, caused_by=("knowledge-search",)) if c.id == "language-model" else c
            for c in down.components
        ),
    )

    assert owed(follows) == []


def test_what_is_down_under_maintenance_or_merely_slow_wants_none() -> None:
    down = world(began=NOW - 10 * MINUTE)
    for state, probed in ((State.MAINTENANCE, State.MAJOR), (State.DEGRADED, State.DEGRADED)):
        components = tuple(
            replace(c, state=state, probed=probed) if c.id == "language-model" else c for c in down.components
        )
        assert owed(replace(down, components=components)) == []


def test_late_actions_are_named_with_who_has_them() -> None:
    actions = (
        Action(text="Rehearse", done=False, owner="platform", due=date(2026, 11, 1)),
        Action(text="Tell", done=False, due=date(2026, 11, 2)),
        Action(text="Rest", done=True, due=date(2026, 11, 2)),
    )
    told = duties(world(replace(TOLD, resolved=NOW, actions=actions)))

    assert [(d.kind, d.what) for d in told] == [
        (Kind.ACTION, "late: Rehearse (platform, due 2026-11-01); Tell (nobody, due 2026-11-02)")
    ]
    assert told[0].since.date() == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(0, "0 min"), (119, "119 min"), (120, "2 h"), (47 * 60, "47 h"), (48 * 60, "2 days")],
)
def test_a_span_is_told_in_one_unit(minutes: int, told: str) -> None:
    late = replace(TOLD, next_update=NOW - minutes * MINUTE)
    assert duties(world(late, began=NOW))[0].what == f"the next update was due {told} ago"


# --- where it is said ----------------------------------------------------------------------------

CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026}
control: []
components:
  - {name: Chat engine, type: manual}
"""
FILE = """---
title: No answers
components: {chat-engine: major_outage}
cause: not known yet
next_update: 2026-11-22 14:00 UTC
---

## Investigating - 2026-11-22 13:50 UTC

Nobody gets an answer.
"""


def test_check_and_build_say_it_as_warnings(tmp_path: Path) -> None:
    (tmp_path / "components.yaml").write_text(CONFIG)
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents" / "x.md").write_text(FILE)
    now = datetime(2026, 11, 22, 14, 12, tzinfo=UTC)
    told = check(tmp_path, {}, now)

    assert [(str(p.where), p.what, p.warning) for p in told] == [
        ("incidents/x.md", "the next update was due 12 min ago", True),
        ("incidents/x.md", "it does not say what is being done", True),
        ("incidents/x.md", "it does not say when it should be back", True),
    ]
    built = subprocess.run(
        [sys.executable, "-m", "statuspage", "-C", tmp_path, "build", "--now", "2026-11-22T14:12:00Z"],
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert built.returncode == 0
    assert "warning: incidents/x.md: the next update was due 12 min ago" in built.stderr


def test_a_duty_is_a_plain_value() -> None:
    one = Duty(Kind.INCIDENT, "chat", NOW, "a", "b")
    assert (one.path, replace(one, kind=Kind.END).path) == ("", "incidents/chat.md")
