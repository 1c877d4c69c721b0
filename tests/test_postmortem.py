"""The draft of a report holds the evidence, and nothing of it is on the page before a person says so."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import snapshots as given
from snapshots import NOW, at

from statuspage.model import Incident, IncidentStatus, Outage, Snapshot, State
from statuspage.postmortem import MOST, Commit, draft

MINUTE = timedelta(minutes=1)
OUTAGE = Outage(
    component="language-model",
    start=at("2026-11-22 13:52"),
    end=at("2026-11-22 14:30"),
    state=State.PARTIAL,
    code="http.503",
    detail="",
)
OVER = replace(
    given.SLOW_EUROPE,
    status=IncidentStatus.RESOLVED,
    resolved=at("2026-11-22 14:36"),
    updates=(
        given.update(3, "resolved", "2026-11-22 14:36", "It works.\n\nAgain."),
        *given.SLOW_EUROPE.updates,
    ),
)


def world(*outages: Outage) -> Snapshot:
    known = given.trouble()
    return replace(
        known,
        components=tuple(
            replace(c, outages=tuple(o for o in outages if o.component == c.id)) for c in known.components
        ),
    )


def told(incident: Incident = OVER, *outages: Outage, commits: tuple[Commit, ...] = ()) -> str:
    return draft(world(*outages), incident, commits)


def test_it_has_the_headings_of_a_report_and_the_facts_that_are_known() -> None:
    text = told(OVER, OUTAGE, commits=(Commit(at("2026-11-22 14:07"), "Open incident: Slow"),))

    headings = [line for line in text.splitlines() if line.startswith("###")]
    assert headings == [
        f"### {word}"
        for word in (
            "Summary",
            "Timeline",
            "Root cause",
            "What fixed it",
            "What went well",
            "What did not",
            "Lessons",
            "Actions",
        )
    ]
    assert "from 2026-11-22 14:05 UTC to 2026-11-22 14:36 UTC: 31 min." in text
    assert "Affected: Language model (partial outage), Dialogue engine (degraded performance)." in text
    assert "Our model provider has lost capacity in its Paris region" in text
    assert f"due: {date(2026, 12, 6)}" in text


def test_its_timeline_has_updates_checks_and_commits_in_order() -> None:
    text = told(OVER, OUTAGE, commits=(Commit(at("2026-11-22 14:07"), "Open incident: Slow"),))
    lines = [line for line in text.splitlines() if line.startswith("- 2026")]

    assert [line[2:22] for line in lines] == sorted(line[2:22] for line in lines)
    assert [line.partition(" - ")[2][:40] for line in lines] == [
        "the checks see Language model: partial o",
        "committed: Open incident: Slow",
        "investigating: Answers are slow for part",
        "the checks see Language model work again",
        "identified: The provider confirms a capa",
        "resolved: It works.",
    ]
    assert lines[0].endswith("partial outage (the part behind it does not answer (503))")
    assert len(lines[4]) < 170
    assert lines[4].endswith("…")


def test_times_are_counted_as_on_the_page() -> None:
    text = told(OVER, OUTAGE)

    assert "- Time to detect: 0 min" in text
    assert "- Time to tell: 17 min" in text
    assert "- Time to repair: 44 min" in text
    assert "- The checks saw it early." in text
    assert "- Users were told 17 min after its start." in text


def test_what_did_not_go_well_is_named() -> None:
    late = replace(OUTAGE, start=OVER.started + 15 * MINUTE)
    silent = replace(OVER, cause="", updates=tuple(replace(u, first_seen=NOW) for u in OVER.updates))
    text = told(silent)

    assert "- The checks saw nothing of it." in text
    assert "- Users were told only when it was over." in text
    assert "- Its cause was never told." in text
    assert "<!-- Why did it happen" in text
    assert "- The checks saw it 15 min after its start." in told(OVER, late)
    assert "- Users were told early." in told(OVER, late)


def test_a_long_timeline_is_cut() -> None:
    many = tuple(Commit(OVER.started + n * MINUTE, f"c{n}") for n in range(MOST + 5))

    assert f"- and {5 + 3} more" in told(OVER, commits=many)


@pytest.mark.parametrize(
    ("minutes", "said"), [(1, "1 min"), (60, "1 h"), (61, "1 h 1 min"), (24 * 60 * 2 + 30, "2 days 30 min")]
)
def test_a_span_is_told_in_full(minutes: int, said: str) -> None:
    one = replace(OVER, resolved=OVER.started + minutes * MINUTE)
    assert f": {said}. Affected" in told(one)


# --- the command ---------------------------------------------------------------------------------

CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026}
control: []
components:
  - {name: Chat engine, type: manual}
"""
FILE = """---
title: No answers
components: {chat-engine: major_outage}
---

## Investigating - 2026-11-22 13:50 UTC

Nobody gets an answer.
"""
END = "\n## Resolved - 2026-11-22 14:20 UTC\n\nIt is over.\n"


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "statuspage", "-C", root, *words, "--now", "2026-11-22T15:00:00Z"],
        capture_output=True,
        text=True,
        env=os.environ,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "components.yaml").write_text(CONFIG)
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents" / "x.md").write_text(FILE + END)
    return tmp_path


def test_the_command_writes_a_draft_that_the_page_does_not_show(root: Path) -> None:
    written = run(root, "incident", "report", "x")

    assert written.returncode == 0, written.stderr
    text = (root / "incidents" / "x.md").read_text()
    assert text.startswith(FILE + END)
    assert "## Postmortem - 2026-11-22 15:00 UTC\n\n### Summary\n" in text
    assert run(root, "check").stdout == "all is well\n"
    assert run(root, "build").returncode == 0
    page = root / "_site" / "incidents" / "x" / "index.html"
    assert "Root cause" not in page.read_text()

    head, _, tail = text.partition("## Postmortem - 2026-11-22 15:00 UTC\n\n")
    (root / "incidents" / "x.md").write_text(
        f"{head}## Postmortem - 2026-11-22 15:00 UTC\n\n- published: true\n\n{tail}"
    )
    assert run(root, "build").returncode == 0
    assert "<h3>Root cause</h3>" in page.read_text()
    assert "What made it longer" not in page.read_text()


def test_an_open_incident_and_one_with_a_report_are_refused(root: Path) -> None:
    (root / "incidents" / "x.md").write_text(FILE)
    early = run(root, "incident", "report", "x")
    assert (early.returncode, early.stderr.splitlines()[0]) == (1, "error: it is still open")

    (root / "incidents" / "x.md").write_text(FILE + END)
    assert run(root, "incident", "report", "x").returncode == 0
    before = (root / "incidents" / "x.md").read_text()
    again = run(root, "incident", "report", "x")
    assert (again.returncode, again.stderr.splitlines()[0]) == (1, "error: it has a report already")
    assert (root / "incidents" / "x.md").read_text() == before


def test_commits_are_part_of_the_evidence(root: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.example", *words],
            cwd=root,
            check=True,
            capture_output=True,
            env={**os.environ, "GIT_COMMITTER_DATE": "2026-11-22T13:51:00Z"},
        )

    git("init", "-q")
    git("add", "incidents")
    git("commit", "-q", "-m", "Open incident: No answers")
    assert run(root, "incident", "report", "x").returncode == 0
    text = (root / "incidents" / "x.md").read_text()
    assert "- 2026-11-22 13:51 UTC - committed: Open incident: No answers" in text
