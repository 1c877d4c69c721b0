"""Incident files written by the commands: they read back as they were said, and nobody's words are lost."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from statuspage.authoring import Desk, Said, new_file, newest, with_update
from statuspage.cli import main
from statuspage.config import load
from statuspage.errors import StatuspageError
from statuspage.incidents import read
from statuspage.model import State

NOW = datetime(2026, 11, 22, 14, 8, tzinfo=UTC)
CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026}
control: []
components:
  - {name: Chat engine, type: manual}
  - {name: Search, type: manual}
"""
NAMES = {"chat-engine": "Chat engine", "search": "Search"}
SENTENCE = (
    st.text(
        st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" :#'\"-[]{},&*!|>%@`\\"),
        min_size=1,
        max_size=60,
    )
    .map(str.strip)
    .filter(lambda text: text.strip("'\"") and " #" not in text and text.isprintable())
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, load(CONFIG, "components.yaml", {}), NOW)


def said(**more: object) -> Said:
    plain = {"status": "investigating", "at": NOW, "text": "Nobody gets an answer.", "title": "No answers"}
    return Said(**{**plain, "components": {"chat-engine": "major_outage"}, **more})  # type: ignore[arg-type]


def test_a_new_file_is_as_a_person_would_write_it(desk: Desk) -> None:
    path = desk.open(
        said(started=NOW, cause="not known yet", eta=NOW + timedelta(minutes=45), tags=("eu", "a, b"))
    )

    assert path == Path("incidents/2026-11-22-no-answers.md")
    assert (desk.root / path).read_text("utf-8") == (
        "---\ntitle: No answers\ncomponents:\n  chat-engine: major_outage\nstarted: 2026-11-22 14:08 UTC\n"
        'cause: not known yet\neta: 2026-11-22 14:53 UTC\ntags: [eu, "a, b"]\n---\n\n'
        "## Investigating - 2026-11-22 14:08 UTC\n\nNobody gets an answer.\n"
    )


@settings(max_examples=150)
@given(title=SENTENCE, cause=SENTENCE, tag=SENTENCE)
def test_whatever_is_said_reads_back_the_same(title: str, cause: str, tag: str) -> None:
    text = new_file(said(title=title, cause=cause, doing=cause, tags=(tag,)))

    one = read(text, "incidents/x.md", NAMES, now=NOW)

    assert (one.title, one.facts.cause, one.tags) == (title, cause, (tag,))


@pytest.mark.parametrize(
    ("head", "first"),
    [
        ("## Identified - 2026-11-22 13:10 UTC\n\nb\n\n## Investigating - 2026-11-22 13:00 UTC\n\na\n", True),
        (
            "## Investigating - 2026-11-22 13:00 UTC\n\na\n\n## Identified - 2026-11-22 13:10 UTC\n\nb\n",
            False,
        ),
        ("## Investigating\n\na\n", False),
    ],
    ids=["newest first", "oldest first", "one alone"],
)
def test_an_update_stands_where_the_newest_one_does(head: str, *, first: bool) -> None:
    source = f"---\ntitle: x # as we saw it\n---\n<!-- ours -->\n{head}"

    text = with_update(
        source, "incidents/x.md", said(title="", status="monitoring", cause="A node", text="c")
    )

    one = read(text, "incidents/x.md", NAMES, now=NOW)
    added = "## Monitoring - 2026-11-22 14:08 UTC\n\n- components: chat-engine major_outage\n- cause: A node\n\nc\n"
    assert text.replace(added, "", 1).split() == source.split()
    assert newest(one).status == "monitoring"
    assert (one.updates[0].status == "monitoring") is first


@pytest.mark.parametrize("name", ["../x", "a/b", "/tmp/x", "a b", ".x", "a" * 101])
def test_a_name_that_leads_elsewhere_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(StatuspageError, match="cannot be an id"):
        desk.open(said(), name)
    assert list(desk.root.iterdir()) == []


def test_line_ends_and_the_byte_order_mark_stay() -> None:
    source = "\ufeff---\r\ntitle: x\r\n---\r\n\r\n## Investigating\r\n\r\na\r\n"

    text = with_update(source, "incidents/x.md", said(title="", components={}))

    assert text.startswith(source)
    assert text.count("\n") == text.count("\r\n")


def test_what_would_read_otherwise_is_refused_and_nothing_written(desk: Desk) -> None:
    desk.open(said())
    before = (desk.root / "incidents/2026-11-22-no-answers.md").read_bytes()

    for wrong in (
        {"text": "a\n\n## Resolved\n\nb"},
        {"cause": "the disk # 3"},
        {"cause": "'quoted'"},
        {"components": {"nobody": "major_outage"}},
        {"text": "<!-- open"},
        {"at": NOW + timedelta(hours=1)},
    ):
        with pytest.raises(StatuspageError):
            desk.update("", "incident", said(**{"components": {}, **wrong}))
    with pytest.raises(StatuspageError, match="there already"):
        desk.open(said())

    assert (desk.root / "incidents/2026-11-22-no-answers.md").read_bytes() == before
    assert [path.name for path in (desk.root / "incidents").iterdir()] == ["2026-11-22-no-answers.md"]


def test_a_file_that_changed_meanwhile_is_not_written_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other hand writes between our reading and our writing."""
    path = desk.root / desk.open(said())
    checked = Desk._as_said

    def slow(self: Desk, *rest: Any) -> None:
        path.write_text(path.read_text("utf-8") + "\nAnd more.\n", "utf-8")
        checked(self, *rest)

    monkeypatch.setattr(Desk, "_as_said", slow)
    with pytest.raises(StatuspageError, match="somebody else"):
        desk.update("", "incident", said(components={}))

    assert path.read_text("utf-8").endswith("And more.\n")


def test_an_incident_is_named_by_a_part_of_its_name(desk: Desk) -> None:
    desk.open(said())
    desk.open(said(title="Slow search"))

    assert desk.find("SLOW", "incident").title == "Slow search"
    for word, told in (
        ("", "several are open"),
        ("2026", "fits"),
        ("nothing", "is called"),
        ("x/../y", "is called"),
    ):
        with pytest.raises(StatuspageError, match=told):
            desk.find(word, "incident")
    desk.open(
        said(
            title="Index",
            window="2026-11-26 02:00 .. 03:30 UTC",
            status="scheduled",
            components={"search": ""},
        )
    )
    with pytest.raises(StatuspageError, match="is no incident but a maintenance"):
        desk.find("2026-11-22-index", "incident")


# --- the commands ------------------------------------------------------------------------------

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    (tmp_path / "components.yaml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(tmp_path)

    def command(*words: str, code: int = 0, given: str = "") -> str:
        result = CliRunner().invoke(main, [*words, "--now", "2026-11-22T14:08:30Z"], input=given)
        assert result.exit_code == code, result.output
        return result.output

    return command


def test_from_nothing_to_an_incident_and_its_end(run: Run, tmp_path: Path) -> None:
    run(
        "incident",
        "open",
        "--title",
        "No answers",
        "--component",
        "Chat engine=major_outage",
        "--eta",
        "in 45m",
        "--next-update",
        "?",
        "--started",
        "10m",
        "--text",
        "-",
        given="Nobody gets an answer.\n",
    )
    assert run("incident", "list") == "2026-11-22-no-answers  investigating  No answers\n"
    run("incident", "update", "--status", "identified", "--cause", "A node is lost", "--text", "Found.")
    run("incident", "update", "--text", "Still at it.")
    assert run("incident", "list") == "2026-11-22-no-answers  identified  No answers\n"
    run("incident", "resolve")
    assert run("incident", "list") == "no incident is open\n"
    assert "resolved" in run("incident", "list", "--all")
    assert "## Resolved - 2026-11-22 14:08 UTC" in run("incident", "show", "no-ans")
    one = read((tmp_path / "incidents/2026-11-22-no-answers.md").read_text("utf-8"), "x.md", NAMES, now=NOW)
    assert one.started == NOW - timedelta(minutes=10)
    assert one.facts.eta == NOW + timedelta(minutes=45)
    assert one.facts.components == {"chat-engine": State.MAJOR}
    assert run("check") == "all is well\n"


def test_a_maintenance_is_planned_begun_and_ended(run: Run) -> None:
    plan = (
        "maintenance",
        "plan",
        "--window",
        "2026-11-26 02:00 .. 03:30 Europe/Paris",
        "--component",
        "search",
    )
    run(*plan, "--title", "New index", "--text", "Answers may lack new pages.")
    run(*plan, "--title", "Other", "--text", "x")
    assert run("maintenance", "list").count("scheduled") == 2
    run("maintenance", "cancel", "other")
    run("maintenance", "start")
    run("maintenance", "done", "index", "--text", "All pages are found.")
    assert run("maintenance", "list") == "no maintenance is open\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("open", "--text", "x"), "an incident has a title"),
        (("open", "--title", " "), "an incident has a title"),
        (("open", "--title", "x", "--text", "y", "--component", "serch"), "search"),
        (("open", "--title", "x", "--text", "y", "--component", "search=major"), "major_outage"),
        (("open", "--title", "x", "--text", "y", "--eta", "soon"), "45m"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_told(
    run: Run, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    assert says in run("incident", *words, code=2)
    assert not (tmp_path / "incidents").exists()


# --- git ---------------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> str:
    own = ["-c", "user.name=Kim", "-c", "user.email=kim@kestrel.example", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *own, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def test_two_people_on_two_clones_lose_no_update(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Updates of different incidents merge; of the same one, git tells the conflict and the commit stays here."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Kim")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "kim@kestrel.example")
    remote, other = tmp_path_factory.mktemp("remote"), tmp_path_factory.mktemp("other")
    git(remote, "init", "--quiet", "--bare")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", str(remote))
    run("incident", "open", "--title", "One", "--text", "x", "--commit")
    run("incident", "open", "--title", "Two", "--text", "x", "--commit")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "All")
    git(tmp_path, "push", "--quiet", "-u", "origin", "main")
    git(other, "clone", "--quiet", str(remote), ".")

    run("incident", "update", "one", "--text", "from here", "--push")
    monkeypatch.chdir(other)
    run("incident", "update", "two", "--text", "from there", "--push")
    run("incident", "update", "one", "--text", "from there too", "--push")
    monkeypatch.chdir(tmp_path)
    told = run("incident", "update", "one", "--text", "from here again", "--push", code=1)

    assert "the commit is kept here" in told
    assert "from there too" in git(remote, "show", "main:incidents/2026-11-22-one.md")
    assert "from here again" in git(tmp_path, "show", "HEAD:incidents/2026-11-22-one.md")
    assert git(tmp_path, "status", "--short") == ""


def test_a_file_may_begin_with_all_its_updates(desk: Desk) -> None:
    over = said(
        status="resolved", text="Over.", at=NOW + timedelta(hours=1), components={"search": "operational"}
    )
    learnt = said(
        status="postmortem", text="A disk.", at=NOW + timedelta(hours=2), components={}, published=True
    )
    text = new_file(said(source="elsewhere 12"), [over, learnt])

    one = read(text, "incidents/x.md", NAMES, now=NOW + timedelta(days=1))
    assert "\n# imported from elsewhere 12\n---\n" in text
    assert [(u.status, u.text, u.draft) for u in one.updates] == [
        ("investigating", "Nobody gets an answer.", False),
        ("resolved", "Over.", False),
        ("postmortem", "A disk.", False),
    ]
    assert one.updates[1].facts.components == {"search": State.OPERATIONAL}
