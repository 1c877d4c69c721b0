"""Incidents that the checks declare: opened once, widened, ended, and never over a person's words."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import snapshots as given
from hypothesis import given as given_that
from hypothesis import strategies as st
from snapshots import NOW

from statuspage.automatic import Policy, Step, sealed, steps, untouched
from statuspage.declare import declare
from statuspage.i18n import language
from statuspage.incidents import read
from statuspage.model import (
    ComponentStatus,
    Impact,
    Incident,
    IncidentStatus,
    Outage,
    Snapshot,
    State,
)
from statuspage.pipeline import Project, look, open_project, probe_once
from statuspage.rounds import Run

MINUTE = timedelta(minutes=1)
POLICY = Policy(10 * MINUTE, State.PARTIAL)
ENGLISH = language("en", "Etc/UTC")
MODEL, ENGINE = "language-model", "dialogue-engine"


def world(*incidents: Incident, **down: tuple[State, datetime]) -> Snapshot:
    """All is well but for what is named: its probed state, and since when. `engine` suffers from the model."""
    known = given.everyday()
    names = {"model": MODEL, "engine": ENGINE, "search": "knowledge-search"}
    bad = {names[key]: value for key, value in down.items()}
    return replace(known, components=tuple(_component(c, bad) for c in known.components), incidents=incidents)


def _component(component: ComponentStatus, bad: Mapping[str, tuple[State, datetime]]) -> ComponentStatus:
    state, since = bad.get(component.id, (State.OPERATIONAL, NOW))
    outage = Outage(component=component.id, start=since, end=None, state=state, code="http.503", detail="")
    follows = component.id == ENGINE and MODEL in bad
    return replace(
        component,
        probed=state,
        state=state,
        outages=(outage,) if component.id in bad else (),
        caused_by=(MODEL,) if follows else (),
    )


def said(snapshot: Snapshot, *handled: str, **files: bool) -> tuple[Step, ...]:
    known = {id_.replace("_", "-"): alone for id_, alone in files.items()}
    return steps(snapshot, known, frozenset(handled), POLICY, ENGLISH)


LONG = NOW - 12 * MINUTE
OURS = replace(
    given.SLOW_EUROPE,
    id="x",
    status=IncidentStatus.INVESTIGATING,
    started=NOW - 60 * MINUTE,
    components={MODEL: State.PARTIAL},
    worst={MODEL: State.PARTIAL},
)


# --- opening -------------------------------------------------------------------------------------


def test_an_outage_that_lasts_is_declared_with_what_suffers_from_it() -> None:
    (step,) = said(world(model=(State.MAJOR, LONG), engine=(State.DEGRADED, NOW)))

    assert (step.id, step.new) == (f"{LONG:%Y-%m-%d-%H%M}-language-model", True)
    assert step.said.components == {MODEL: "major_outage", ENGINE: "degraded_performance"}
    assert (step.said.impact, step.said.started) == (Impact.CRITICAL, LONG)
    assert step.said.title.startswith("Language model: ")
    assert step.said.cause == step.said.doing == step.said.eta == "not known yet"
    assert "nobody has looked at it yet" in step.said.text


def test_short_slow_and_handled_ones_are_not() -> None:
    assert said(world(model=(State.MAJOR, NOW - 9 * MINUTE))) == ()
    assert said(world(model=(State.DEGRADED, LONG))) == ()
    assert said(world(model=(State.MAJOR, LONG)), f"{LONG:%Y-%m-%d-%H%M}-language-model") == ()


def test_what_a_person_tells_of_is_left_to_them() -> None:
    told = replace(given.SLOW_EUROPE, worst={MODEL: State.DEGRADED})

    assert said(world(told, model=(State.MAJOR, LONG))) == ()


def test_what_a_person_has_called_over_is_not_opened_again_before_it_ends() -> None:
    over = replace(given.SLOW_EUROPE, worst={MODEL: State.PARTIAL}, resolved=LONG + MINUTE)
    earlier = replace(over, resolved=LONG - MINUTE)

    assert said(world(over, model=(State.MAJOR, LONG))) == ()
    assert len(said(world(earlier, model=(State.MAJOR, LONG)))) == 1


def test_two_root_causes_are_two_incidents() -> None:
    both = world(model=(State.MAJOR, LONG), search=(State.PARTIAL, LONG), engine=(State.MAJOR, LONG))

    assert [list(s.said.components) for s in said(both)] == [[MODEL, ENGINE], ["knowledge-search"]]


def test_what_is_under_maintenance_or_not_measured_is_not_declared() -> None:
    down = world(model=(State.MAJOR, LONG))
    for change in (State.MAINTENANCE, State.UNKNOWN):
        components = tuple(
            replace(c, state=change, probed=change if change is State.UNKNOWN else c.probed)
            for c in down.components
        )
        assert said(replace(down, components=components)) == ()


# --- going on ------------------------------------------------------------------------------------


def test_it_tells_when_it_gets_worse_or_spreads() -> None:
    (step,) = said(world(OURS, model=(State.MAJOR, LONG), engine=(State.DEGRADED, NOW)), x=True)

    assert not step.new
    assert step.said.components == {MODEL: "major_outage", ENGINE: "degraded_performance"}
    assert step.said.text == "Our checks see it spread: Language model and Dialogue engine."
    assert said(world(OURS, model=(State.PARTIAL, LONG)), x=True) == ()
    assert said(world(OURS, model=(State.MAJOR, LONG)), x=False) == (), "a person has edited it"


def recovered(ago: timedelta) -> Snapshot:
    known = world(OURS)
    outage = Outage(component=MODEL, start=LONG, end=NOW - ago, state=State.MAJOR, code="http.503", detail="")
    return replace(
        known,
        components=tuple(replace(c, outages=(outage,)) if c.id == MODEL else c for c in known.components),
    )


def test_it_ends_when_all_has_worked_for_a_while_at_the_time_of_recovery() -> None:
    (step,) = said(recovered(10 * MINUTE), x=True)

    assert (step.said.status, step.said.at) == ("resolved", NOW - 10 * MINUTE)
    assert said(recovered(9 * MINUTE), x=True) == ()


def test_in_a_file_that_a_person_has_edited_the_recovery_is_noted_once() -> None:
    (step,) = said(recovered(10 * MINUTE), x=False)
    assert step.said.status == "investigating"

    noted = given.update(9, "investigating", "2026-11-22 14:40", step.said.text)
    again = replace(OURS, updates=(noted, *OURS.updates))
    assert said(replace(recovered(10 * MINUTE), incidents=(again,)), x=False) == ()


def test_what_is_not_measured_any_more_is_not_called_recovered() -> None:
    known = recovered(10 * MINUTE)
    blind = tuple(replace(c, probed=State.UNKNOWN) for c in known.components)

    assert said(replace(known, components=blind), x=True) == ()


# --- the seal ------------------------------------------------------------------------------------


@given_that(st.text(st.characters(exclude_categories=["C"]) | st.just("\n")))
def test_a_sealed_text_is_untouched_until_it_is_not(text: str) -> None:
    once = sealed(text)

    assert untouched(once) is True
    assert sealed(once) == once
    assert untouched(once.replace("\n", "\r\n")) is True, "git may change the ends of lines"
    assert untouched("a" + once) is False
    assert untouched(once + "a") is False


def test_a_person_s_own_file_has_no_seal() -> None:
    assert untouched("---\ntitle: x\n---\n") is None


# --- the whole way -------------------------------------------------------------------------------


class Door(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(type(self).status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def door() -> Iterator[tuple[type[Door], int]]:
    class Own(Door):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Own, server.server_port
        server.shutdown()


def page(root: Path, port: int, auto: str = "open") -> Path:
    (root / "components.yaml").write_text(
        "page: {name: Kestrel, url: 'https://status.kestrel.example', since: 2026}\n"
        f"control: []\nincidents: {{auto: {auto}, after: 10m}}\n"
        "components:\n  - {name: Bot, url: 'http://127.0.0.1:%d/', retries: 0}\n" % port
    )
    return root


def run(root: Path, at: datetime) -> Project:
    """A scheduled run but for the site."""
    project = open_project(root, {})
    probe_once(project, at, Run(name=f"{at:%d%H%M}", clock=lambda: at))
    assert declare(project, at).problems == ()
    return project


def command(root: Path, at: datetime, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "statuspage", "-C", root, *words, "--now", f"{at:%Y-%m-%dT%H:%M:%SZ}"],
        capture_output=True,
        text=True,
        env=os.environ,
    )


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in (root / "incidents").rglob("*.md"))


def test_from_the_first_failure_to_the_end(tmp_path: Path, door: tuple[type[Door], int]) -> None:
    own, port = door
    root = page(tmp_path, port)
    statuses = [200, 500, 500, 500, 500, 200, 200, 200, 200]
    told = []
    for n, own.status in enumerate(statuses):
        run(root, NOW + n * 5 * MINUTE)
        found = files(root)
        told.append(read_status(root / found[0], NOW + n * 5 * MINUTE) if found else "")

    assert told == ["", "", "", *["investigating"] * 4, "resolved", "resolved"]
    text = (root / files(root)[0]).read_text()
    assert untouched(text)
    assert text.count("## ") == 2
    assert "impact: critical" in text


def test_the_command_that_runs_by_schedule_declares_and_publishes(
    tmp_path: Path, door: tuple[type[Door], int]
) -> None:
    own, port = door
    root = page(tmp_path, port)
    own.status = 500
    for n in range(2):
        run(root, NOW + n * 5 * MINUTE)
    ended = command(root, NOW + 10 * MINUTE, "run")

    (name,) = files(root)
    assert ended.returncode == 0, ended.stderr
    assert f"wrote {name}" in ended.stdout
    assert "nobody has looked" in (root / "_site/incidents" / Path(name).stem / "index.html").read_text()


def read_status(path: Path, now: datetime) -> str:
    names = {"bot": "Bot"}
    return read(path.read_text(), f"incidents/{path.name}", names, now=now).updates[-1].status


def down(root: Path, own: type[Door], until: int = 4) -> str:
    own.status = 500
    for n in range(until):
        run(root, NOW + n * 5 * MINUTE)
    (name,) = files(root)
    return name


def test_a_person_s_edit_is_kept_and_a_deleted_file_stays_away(
    tmp_path: Path, door: tuple[type[Door], int]
) -> None:
    own, port = door
    root = page(tmp_path, port)
    name = down(root, own)
    edited = (root / name).read_text().replace("cause: not known yet", "cause: A cable.")
    (root / name).write_text(edited)
    own.status = 200
    for n in range(4, 9):
        run(root, NOW + n * 5 * MINUTE)

    text = (root / name).read_text()
    assert text.startswith(edited.rstrip("\n").rpartition("<!--")[0].rstrip("\n"))
    assert "cause: A cable." in text
    assert text.count("Our checks see all of it working since") == 1
    assert "Resolved" not in text

    own.status = 500
    (root / name).unlink()
    run(root, NOW + 9 * 5 * MINUTE)
    assert files(root) == []


def test_a_deleted_file_does_not_come_back(tmp_path: Path, door: tuple[type[Door], int]) -> None:
    own, port = door
    root = page(tmp_path, port)
    (root / down(root, own)).unlink()
    for n in range(4, 8):
        run(root, NOW + n * 5 * MINUTE)
    assert files(root) == []


def test_a_draft_waits_for_a_person(tmp_path: Path, door: tuple[type[Door], int]) -> None:
    own, port = door
    root = page(tmp_path, port, "draft")
    name = down(root, own)

    assert name.startswith("incidents/_drafts/")
    assert look(open_project(root, {}), NOW + 15 * MINUTE).snapshot.incidents == ()
    run(root, NOW + 20 * MINUTE)
    assert files(root) == [name]


def test_off_is_the_usual(tmp_path: Path, door: tuple[type[Door], int]) -> None:
    own, port = door
    root = page(tmp_path, port, "off")
    own.status = 500
    for n in range(4):
        run(root, NOW + n * 5 * MINUTE)
    assert not (root / "incidents").exists()
    assert declare(open_project(root, {}), NOW).paths == ()


# --- in a repository -----------------------------------------------------------------------------


def git(where: Path, *words: str) -> str:
    ended = subprocess.run(["git", *words], cwd=where, capture_output=True, text=True, check=True)
    return ended.stdout


@pytest.fixture
def clone(tmp_path: Path, door: tuple[type[Door], int], monkeypatch: pytest.MonkeyPatch) -> Path:
    for key, value in (("NAME", "A"), ("EMAIL", "a@b.example")):
        monkeypatch.setenv(f"GIT_AUTHOR_{key}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{key}", value)
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(tmp_path, "clone", "-q", "remote.git", "here")
    here = page(tmp_path / "here", door[1])
    (here / ".gitignore").write_text(".status-data/\n_site/\n")
    git(here, "checkout", "-q", "-b", "main")
    git(here, "add", "-A")
    git(here, "commit", "-q", "-m", "Begin")
    git(here, "push", "-q", "-u", "origin", "main")
    return here


def test_it_is_pushed_by_the_command(clone: Path, door: tuple[type[Door], int]) -> None:
    own, _ = door
    own.status = 500
    for n in range(4):
        run(clone, NOW + n * 5 * MINUTE)  # it is written here, and committed by the command after it
    (clone / "incidents" / "mine.md").write_text("---\ntitle: x\n---\n## Investigating\n")
    ended = command(clone, NOW + 15 * MINUTE, "incident", "auto", "--push")

    assert ended.returncode == 0, ended.stderr
    assert git(clone, "ls-tree", "--name-only", "-r", "origin/main").count("incidents/") == 1
    assert git(clone, "status", "--porcelain") == "?? incidents/mine.md\n"
    assert command(clone, NOW + 16 * MINUTE, "incident", "auto", "--push").returncode == 0, "nothing is new"


def test_what_the_repository_refuses_waits_and_is_put_back(clone: Path, door: tuple[type[Door], int]) -> None:
    own, _ = door
    own.status = 500
    hook = clone.parent / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected\nexit 1\n")
    hook.chmod(0o755)
    for n in range(4):
        run(clone, NOW + n * 5 * MINUTE)
    refused = command(clone, NOW + 15 * MINUTE, "incident", "auto", "--push")
    assert refused.returncode == 3
    assert "kept for the next run: incidents/" in refused.stderr

    git(clone, "reset", "-q", "--hard", "origin/main")  # the next run has a fresh checkout
    assert not list((clone / "incidents").glob("*.md"))
    hook.unlink()
    again = command(clone, NOW + 20 * MINUTE, "incident", "auto", "--push")

    assert again.returncode == 0, again.stderr
    assert git(clone, "ls-tree", "--name-only", "-r", "origin/main").count("incidents/") == 1
    assert not list((clone / ".status-data" / "incidents").glob("*"))
