"""Forms on GitHub: a member's words become a file, a commit and a push; everything else is refused and told."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from statuspage.authoring import land
from statuspage.authoring.forms import ACTIONS, FIELDS, LABEL, MEMBERS, NO_IMPACT, SAME, Form, read_form
from statuspage.cli import main
from statuspage.cli.saying import IMPACTS, INCIDENT_WORDS
from statuspage.errors import StatuspageError
from statuspage.incidents import Written, read, render

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / "statuspage/scaffold/incident.yml"
ISSUE_FORM = ROOT / ".github/ISSUE_TEMPLATE/incident.yml"
NAMES = {"chat-engine": "Chat engine", "search": "Search"}
LATER = datetime(2099, 1, 1, tzinfo=UTC)
CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026}
control: []
components:
  - {name: Chat engine, type: manual}
  - {name: Search, type: manual}
"""
HOSTILE = (
    '"; rm -rf $HOME #',
    "$(id)",
    "`id`",
    "::set-output name=x::y",
    "${{ github.token }}",
    "' || id '",
    "%0A::x",
)


def body(**answers: str) -> str:
    """As GitHub writes the answers of the issue form."""
    said = {"action": "open", "incident": "No answers", "impact": "major", **answers}
    return "\n\n".join(f"### {label}\n\n{said.get(key) or '_No response_'}" for label, key in FIELDS.items())


def issue(text: str | None, **more: Any) -> str:
    plain = {"number": 12, "body": text, "author_association": "MEMBER", "labels": [{"name": LABEL}]}
    return json.dumps({"action": "labeled", "label": {"name": LABEL}, "issue": {**plain, **more}})


def dispatch(**inputs: Any) -> str:
    return json.dumps({"inputs": {"action": "open", "incident": "No answers", "impact": "major", **inputs}})


# --- reading -----------------------------------------------------------------------------------


def test_both_forms_ask_the_same_questions() -> None:
    asked = yaml.safe_load(ISSUE_FORM.read_text("utf-8"))["body"]
    inputs = yaml.safe_load(WORKFLOW.read_text("utf-8"))[True]["workflow_dispatch"][
        "inputs"
    ]  # `on` is true in YAML 1.1

    assert {one["attributes"]["label"]: one["id"] for one in asked} == FIELDS
    assert [one["attributes"]["label"] for one in asked] == list(FIELDS)
    assert list(inputs) == list(FIELDS.values())
    assert len(inputs) <= 10  # GitHub's older limit
    choices = {one["id"]: one["attributes"]["options"] for one in asked if one["type"] == "dropdown"}
    assert choices == {key: one["options"] for key, one in inputs.items() if one["type"] == "choice"}
    assert choices == {
        "action": list(ACTIONS),
        "impact": [SAME, NO_IMPACT, *IMPACTS[1:]],
        "status": [SAME, *INCIDENT_WORDS],
    }
    assert "labels" not in yaml.safe_load(
        ISSUE_FORM.read_text("utf-8")
    )  # a stranger's issue would have it too


def test_an_issue_is_read_by_its_headings() -> None:
    text = body(
        components="chat-engine=major_outage\nSearch", eta="45m", status="as it is", text="a\n\n### fr\n\nb"
    )

    assert read_form(issue(text.replace("\n", "\r\n")), "") == Form(
        origin="issue 12",
        action="open",
        incident="No answers",
        components=("chat-engine=major_outage", "Search"),
        impact="major",
        eta="45m",
        text="a\n\n### fr\n\nb",
    )


def test_no_choice_is_called_none() -> None:
    """GitHub reserves that word for a choice left open."""
    assert read_form(dispatch(impact=NO_IMPACT), "7").impact == "none"
    assert read_form(issue(body(impact="None")), "").impact == ""


def test_inputs_are_read_by_their_names() -> None:
    form = read_form(
        dispatch(components="chat-engine, search", status="as it is", text="x", cause=None), "77"
    )

    assert (form.origin, form.components, form.status, form.cause) == (
        "run 77",
        ("chat-engine", "search"),
        "",
        "",
    )


@pytest.mark.parametrize(
    "association", ["NONE", "CONTRIBUTOR", "FIRST_TIMER", "MANNEQUIN", "", None, ["OWNER"]]
)
def test_an_outsider_is_not_heard(association: Any) -> None:
    with pytest.raises(StatuspageError, match="is no member's") as refused:
        read_form(issue(body(), author_association=str(association) if association else association), "")
    assert "mend" in str(refused.value)


@pytest.mark.parametrize("association", sorted(MEMBERS))
def test_members_are_heard(association: str) -> None:
    assert read_form(issue(body(), author_association=association), "").action == "open"


@pytest.mark.parametrize(
    "event",
    [
        issue(body(), labels=[]),
        issue(body(), labels=None),
        issue(body(), labels=["incident"]),
        json.dumps({**json.loads(issue(body())), "label": {"name": "bug"}}),
        json.dumps({**json.loads(issue(body())), "label": None}),
    ],
)
def test_without_the_label_nothing_happens(event: str) -> None:
    with pytest.raises(StatuspageError, match="was not labelled 'incident'"):
        read_form(event, "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (body().replace("### Impact", "### Impakt"), ["'Impakt' is no question", "did you mean 'Impact'?"]),
        (body().replace("### Impact\n\nmajor\n\n", ""), ["the answer to 'Impact' is missing"]),
        (body(components="x\n### Impact\ncritical"), ["'Impact' stands here twice"]),
        (f"Hello\n{body()}", ["the form:1: text before the form's first question"]),
        ("", ["the answer to 'What to do' is missing"]),
        (None, ["the answer to 'What to do' is missing"]),
        (body(action="delete"), ["'delete' cannot be done", "open"]),
        (body(action="_No response_"), ["'' cannot be done"]),
        (body(incident=""), ["a new incident has no title"]),
        (body(action="update"), ["an update says something"]),
        (body(cause="a\nb"), ["'Cause' is more than one line"]),
        (body(incident="a\x1b[31mb"), ["'Incident' is more than one line"]),
        (body(doing="x" * 501), ["'Doing' is 501 characters long"]),
        ("x" * 100_000, ["the issue is 100000 characters long"]),
    ],
)
def test_an_edited_form_is_refused_with_its_place_and_mend(text: str, says: list[str]) -> None:
    with pytest.raises(StatuspageError) as refused:
        read_form(issue(text), "")
    for words in says:
        assert words in str(refused.value)


@pytest.mark.parametrize(
    "event",
    [
        "",
        "[]",
        "{",
        "{}",
        "null",
        '"x"',
        "[" * 100_000,
        '{"inputs": []}',
        issue("x", number="12; id"),
        issue("x", number=True),
    ],
    ids=lambda event: event[:20],
)
def test_what_is_no_form_is_refused(event: str) -> None:
    with pytest.raises(StatuspageError, match="this event holds no form"):
        read_form(event, "")


def test_an_event_too_long_and_an_unknown_input_are_refused() -> None:
    with pytest.raises(StatuspageError, match="longer than"):
        read_form(dispatch(text="x" * 2_000_000), "")
    with pytest.raises(StatuspageError, match="unknown input 'titel'"):
        read_form(dispatch(titel="x"), "")
    for run in ("", "1 -->", "1\n2"):
        with pytest.raises(StatuspageError, match="this run has no number"):
            read_form(dispatch(), run)


@given(st.text(max_size=300), st.text(max_size=60))
@example("### What to do\n\nopen", "x")
def test_whatever_an_issue_holds_it_is_a_form_or_an_error_of_ours(text: str, title: str) -> None:
    for whole in (text, body(text=text, incident=title)):
        try:
            form = read_form(issue(whole), "")
        except StatuspageError as error:
            assert str(error).startswith("error: ")
            assert not any(line.startswith("::") for line in str(error).splitlines())
        else:
            assert form.incident.isprintable()


# --- writing -----------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "components.yaml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def from_form(event: str, run: str = "5", code: int | None = 0) -> str:
    Path("event.json").write_text(event, "utf-8")
    result = CliRunner().invoke(main, ["incident", "from-form", "--event", "event.json", "--run", run])
    assert result.exit_code == code if code is not None else result.exit_code in (1, 2), result.output
    return result.output


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (dispatch(incident="a\nb"), "'Incident' is more than one line"),
        (dispatch(text="a\n\n## Resolved\n\nb"), "more than one update"),
        (dispatch(text="<!-- open"), "does not end"),
        (dispatch(components="nobody"), "unknown component 'nobody'"),
        (dispatch(components="search=up"), "unknown state 'up'"),
        (dispatch(impact="huge", status="resolved"), "unknown impact 'huge'"),
        (dispatch(impact="huge", status="resolved"), "unknown status 'resolved'"),
        (dispatch(eta="soon"), "Expected back: 'soon' is no time"),
        (dispatch(action="resolve", incident="x/../y"), "no incident is called"),
        (issue(body(), author_association="NONE"), "is no member's"),
    ],
)
def test_what_is_refused_is_told_and_nothing_is_written(here: Path, event: str, says: str) -> None:
    assert says in from_form(event, code=None)
    assert [path.name for path in here.iterdir() if path.name != "incidents"] == [
        "components.yaml",
        "event.json",
    ]
    assert list(here.glob("incidents/*")) == []


def test_active_content_does_not_leave_the_text(here: Path) -> None:
    attack = (
        '<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) <b onclick="x">b</b>'
    )
    from_form(issue(body(incident=attack, text=attack)))

    path = next(here.glob("incidents/*.md"))
    one = read(path.read_text("utf-8"), f"incidents/{path.name}", NAMES, now=LATER)
    html, _ = render(one.updates[0].text)
    assert one.title == attack  # text, which the page escapes
    for active in ("<script", "onerror", "javascript:", "onclick"):
        assert active not in html


def test_from_opening_to_the_end(here: Path) -> None:
    from_form(dispatch(), run="1")
    found = {"impact": "critical", "status": "identified", "cause": "A node", "text": "Found."}
    from_form(dispatch(**{**found, "action": "update", "incident": ""}), run="2")
    from_form(dispatch(action="resolve", incident="no-ans", impact=SAME), run="3")
    assert from_form(dispatch(action="resolve", incident="no-ans"), run="3") == "run 3 is written already\n"

    path = next(here.glob("incidents/*.md"))
    one = read(path.read_text("utf-8"), f"incidents/{path.name}", NAMES, now=LATER)
    assert [update.status for update in one.updates] == ["investigating", "identified", "resolved"]
    assert (one.updates[1].facts.cause, one.updates[1].facts.impact) == ("A node", "critical")


# --- the workflow's own steps --------------------------------------------------------------------

Play = Callable[..., subprocess.CompletedProcess[str]]


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bare repository with a page in it, and nobody's own git configuration."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Kim")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "kim@kestrel.example")
    bare, first = tmp_path / "remote.git", tmp_path / "first"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(bare))
    git(tmp_path, "clone", "-q", str(bare), str(first))
    (first / "components.yaml").write_text(CONFIG, "utf-8")
    git(first, "checkout", "-q", "-B", "main")
    git(first, "add", "-A")
    git(first, "commit", "-q", "-m", "Begin")
    git(first, "push", "-q", "origin", "main")
    return bare


@pytest.fixture
def play(tmp_path: Path, remote: Path) -> Play:
    """Run the workflow's steps in order, as Actions does, in a fresh clone of depth 1."""
    tools = tmp_path / "tools"
    tools.mkdir()
    tool(tools / "statuspage", f'PYTHONPATH={ROOT} exec {sys.executable} -m statuspage "$@"')
    # GitHub's own command: it writes down what it is asked
    tool(
        tools / "gh", 'printf "%s\\n" "$*" >> "$CALLS"; for a; do [ ! -f "$a" ] || cat "$a" >> "$CALLS"; done'
    )

    def run(event: str, name: str = "run", number: str = "") -> subprocess.CompletedProcess[str]:
        folder = tmp_path / name
        folder.mkdir()
        git(tmp_path, "clone", "-q", "--depth=1", f"file://{remote}", str(folder / "repo"))
        (folder / "event.json").write_text(event, "utf-8")
        words = {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "HOME": str(folder),
            "CALLS": str(folder / "calls"),
            "RUNNER_TEMP": str(folder),
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_REPOSITORY": "kestrel/status",
            "GITHUB_RUN_ID": name,
            "GITHUB_TOKEN": "none",
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": "https://github.com",
            "ISSUE": number,
            "BRANCH": "main",
        }
        steps = {
            s["name"]: s for s in yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["incident"]["steps"]
        }
        done = bash(steps["Write and push"]["run"], folder / "repo", words)
        assert done.returncode == 0, done.stderr
        code = (folder / "output").read_text().strip().removeprefix("code=")
        if code == "0":  # the step's `if`
            bash(steps["Have the page made anew"]["run"], folder / "repo", words)
        return bash(steps["Say how it went"]["run"], folder / "repo", {**words, "CODE": code})

    return run


def tool(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/bash\n{script}\n", "utf-8")
    path.chmod(0o755)


def bash(script: str, folder: Path, words: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=dict(words),
        capture_output=True,
        text=True,
    )


def pushed(remote: Path) -> list[Written]:
    """The incidents on the remote's main, read."""
    paths = git(remote, "ls-tree", "--name-only", "main", "incidents/").split()
    return [read(git(remote, "show", f"main:{path}"), path, NAMES, now=LATER) for path in paths]


def test_a_dispatch_is_written_pushed_and_published(tmp_path: Path, remote: Path, play: Play) -> None:
    done = play(
        dispatch(components="Chat engine=major_outage, search", eta="45m", text="Nobody gets an answer.")
    )

    assert done.returncode == 0, done.stderr
    (one,) = pushed(remote)
    assert (one.title, one.facts.impact, one.updates[0].text) == (
        "No answers",
        "major",
        "Nobody gets an answer.",
    )
    assert {id_: str(state) for id_, state in one.facts.components.items()} == {
        "chat-engine": "major_outage",
        "search": "partial_outage",
    }
    assert git(remote, "log", "-1", "--format=%an: %s%n%b", "main").split("\n")[:2] == [
        "github-actions[bot]: Open incident: No answers",
        "From run run",
    ]
    assert (
        tmp_path / "run/calls"
    ).read_text() == "api repos/kestrel/status/dispatches -f event_type=publish\n"
    assert f"    wrote {one.path}\n    pushed\n" in (tmp_path / "run/summary").read_text()
    assert git(tmp_path / "run/repo", "status", "--short", "--branch") == "## main...origin/main [behind 1]\n"
    assert git(tmp_path / "run/repo", "worktree", "list").count("\n") == 1


def test_an_issue_is_written_answered_and_closed(tmp_path: Path, remote: Path, play: Play) -> None:
    assert play(issue(body(text="It is down.")), number="12").returncode == 0

    calls = (tmp_path / "run/calls").read_text()
    assert "<!-- from issue 12 -->" in pushed(remote)[0].source
    assert "issue comment 12 --repo kestrel/status" in calls
    assert "    wrote incidents/" in calls
    assert "issue close 12" in calls


def test_hostile_words_are_words(tmp_path: Path, remote: Path, play: Play) -> None:
    line, lines = " ".join(HOSTILE), "\n".join(HOSTILE)
    done = play(dispatch(incident=line, doing=line.replace(" #", ""), text=lines))

    home = {path.name for path in (tmp_path / "run").iterdir()}
    assert home == {"repo", "event.json", "result.txt", "answer.md", "output", "summary", "calls"}
    assert not any(line.startswith("::") for line in (done.stdout + done.stderr).splitlines())
    assert (tmp_path / "run/output").read_text() == "code=0\n"
    (one,) = pushed(remote)
    assert (one.title, one.updates[0].text.strip()) == (line, lines)


def test_a_refused_form_is_answered_and_nothing_is_pushed(tmp_path: Path, remote: Path, play: Play) -> None:
    done = play(issue(body(components="nobody")), number="12")

    assert done.returncode == 1
    assert "unknown component 'nobody'" in (tmp_path / "run/summary").read_text()
    assert git(remote, "log", "--format=%s", "main") == "Begin\n"
    calls = (tmp_path / "run/calls").read_text()
    assert "issue comment 12" in calls
    assert "issue close" not in calls
    assert "workflow run" not in calls


def test_the_same_form_is_written_once(tmp_path: Path, remote: Path, play: Play) -> None:
    """A push whose answer was lost, a run that is started again, a label that is set twice."""
    play(issue(body()), "1")
    done = play(issue(body(incident="Other title")), "2")

    assert done.returncode == 0
    assert "issue 12 is written already" in (tmp_path / "2/summary").read_text()
    assert len(pushed(remote)) == 1


def test_dispatches_at_once_lose_no_update(tmp_path: Path, remote: Path, play: Play) -> None:
    play(dispatch(), "0")
    with ThreadPoolExecutor(3) as pool:
        done = [
            pool.submit(
                play, dispatch(action="update", incident="", impact="as it is", text=f"Told by {n}."), str(n)
            )
            for n in range(1, 4)
        ]
        told = [
            one.result().returncode and (tmp_path / f"{n}/summary").read_text()
            for n, one in enumerate(done, 1)
        ]
        assert told == [0] * 3

    (one,) = pushed(remote)
    assert sorted(update.text.strip() for update in one.updates[1:]) == [f"Told by {n}." for n in range(1, 4)]


def test_a_branch_that_takes_no_push_is_told_at_once(tmp_path: Path, remote: Path, play: Play) -> None:
    tool(remote / "hooks/pre-receive", "echo 'protected branch hook declined'; exit 1")

    assert play(dispatch()).returncode == 1

    told = (tmp_path / "run/summary").read_text()
    assert "git push failed" in told
    assert "let this workflow push to main" in told


def test_what_others_pushed_meanwhile_is_gone_by(tmp_path: Path, remote: Path) -> None:
    """Each try begins on the newest files; one that is always too late gives up and says so."""
    git(tmp_path, "clone", "-q", str(remote), "mine")
    git(tmp_path, "clone", "-q", str(remote), "other")
    seen: list[bool] = []

    def write(root: Path, late: int) -> tuple[Path, str]:
        seen.append((root / "other").exists())
        if len(seen) <= late:
            with (tmp_path / "other/other").open("a") as file:
                file.write("x\n")
            git(tmp_path / "other", "add", "-A")
            git(tmp_path / "other", "commit", "-q", "-m", "Other")
            git(tmp_path / "other", "push", "-q", "origin", "HEAD:main")
        (root / "mine").write_text(str(len(seen)), "utf-8")
        return Path("mine"), "Mine"

    assert land(tmp_path / "mine", lambda root: write(root, 2))
    assert seen == [False, True, True]
    assert git(remote, "log", "--format=%s", "main").split() == ["Mine", "Other", "Other", "Begin"]

    git(tmp_path / "other", "pull", "-q", "--rebase", "origin", "main")
    with pytest.raises(StatuspageError, match="git push failed"):
        land(tmp_path / "mine", lambda root: write(root, 99))
    with pytest.raises(StatuspageError, match="git rev-parse failed"):
        land(tmp_path, lambda root: None)
