"""Correction files: read with every mistake named, kept, shown on every page, recomputed by a stranger."""

import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from statuspage.archive import record
from statuspage.cli import main
from statuspage.errors import DONE, INCOMPLETE, StatuspageError
from statuspage.incidents import Names, WrittenCorrection, read_correction, read_corrections
from statuspage.incidents.corrections import KEYS
from statuspage.model import Round, Sample, State, Verdict
from statuspage.pipeline import Built, Project, build_site, open_project
from statuspage.postmortem import draft
from statuspage.stores.site import swap
from statuspage.verify import verify

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)
NAMES = Names({"chat": "Chat engine", "search": "Search", "desk": "Desk"}, {"bot": "chat"})
CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026, languages: [en, fr]}
control: []
components:
  - {name: Chat engine, id: chat, url: https://a.example, was: [bot]}
  - {name: Search, url: https://b.example}
  - {name: Desk, type: manual}
"""
ANNUL = """component: chat
annul: 2026-11-20 14:00 .. 14:30 UTC
author: Ann Lee
reason: The prober's own certificate had run out.
"""
ADD = """component: [Search]
outage: 2026-11-20 16:00 .. 16:30 UTC
state: partial outage
author: Bo
reason: Half of the shelves were <b>empty</b>.
"""


def read(text: str, path: str = "incidents/corrections/one.yaml") -> WrittenCorrection:
    return read_correction(text, path, NAMES, now=NOW, zone="Europe/Paris", manual={"desk"})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A day of checks: the chat engine was down from 14:00 to 14:30, and so was search from 15:00 to 15:10."""
    (tmp_path / "components.yaml").write_text(CONFIG, "utf-8")
    project = open_project(tmp_path, {})
    for n in range(12 * 24):
        at = NOW - timedelta(days=1) + n * EVERY + EVERY
        minutes = (at - datetime(2026, 11, 20, tzinfo=UTC)) // timedelta(minutes=1)
        down = {"chat": 840 <= minutes < 870, "search": 900 <= minutes < 910}
        samples = tuple(
            Sample(
                component=id_,
                at=at,
                verdict=Verdict.DOWN if bad else Verdict.UP,
                code="http.500" if bad else "",
                every=EVERY,
            )
            for id_, bad in down.items()
        )
        record(project.records, project.config, Round(id=f"r{n}", at=at, samples=samples))
    return project


def write(project: Project, text: str, name: str = "2026-11-20-chat.yaml") -> Path:
    path = project.root / "incidents/corrections" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def api(built: Built, path: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(built.files[path])
    return document


# --- reading -------------------------------------------------------------------------------------


def test_a_false_alarm_is_not_measured_unless_somebody_saw_it_work() -> None:
    one = read(ANNUL)
    assert (one.id, one.components, one.state) == ("one", ("chat",), State.UNKNOWN)
    assert one.window.start == datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
    assert read(ANNUL + "was: Operational\n").state is State.OPERATIONAL


def test_an_added_outage_is_a_major_one_unless_it_says_otherwise() -> None:
    assert read(ADD).state is State.PARTIAL
    assert read(ADD.replace("state: partial outage\n", "")).state is State.MAJOR


def test_components_are_named_by_id_former_id_or_name() -> None:
    one = read(ANNUL.replace("component: chat", "component: [bot, Chat Engine, search]"))
    assert one.components == ("chat", "search")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["one.yaml:1: the file holds no correction"]),
        ("[1]", ["one.yaml:1: the file holds no correction"]),
        (
            "{}",
            [
                "one.yaml:1: neither annul nor outage",
                "one.yaml:1: the component is missing",
                "one.yaml:1: the author is missing",
                "one.yaml:1: the reason is missing",
            ],
        ),
        (ANNUL + "outage: 2026-11-20 14:00 .. 14:30 UTC\n", ["one.yaml:5: annul and outage in one file"]),
        (ANNUL + "state: major_outage\n", ["one.yaml:5: 'state' says nothing beside 'annul'"]),
        (ADD + "was: operational\n", ["one.yaml:6: 'was' says nothing beside 'outage'"]),
        (ANNUL + "was: down\n", ["one.yaml:5: unknown state 'down'\n  mend: write was: operational"]),
        (ADD.replace("partial", "partail"), ["one.yaml:3: unknown state 'partail outage'\n  mend: did you mean"]),
        (ANNUL.replace("chat", "chta"), ["one.yaml:1: unknown component 'chta'\n  mend: did you mean 'chat'?"]),
        (ADD.replace("Search", "search, [a]"), ["one.yaml:1: unknown component '['a']'"]),
        (ADD.replace("Search", ""), ["one.yaml:1: no component is named"]),
        (ANNUL.replace("chat", "desk"), ["one.yaml:2: no probe asks 'desk'"]),
        (ANNUL.replace("UTC", ""), ["one.yaml:2: '2026-11-20 14:00 .. 14:30' does not say in which time zone"]),
        (ANNUL.replace("14:30", "13:30"), ["one.yaml:2: the window ends before it begins"]),
        (ANNUL.replace("2026-11-20 14:00", "2026-11-21 11:00"), ["one.yaml:2: annul reaches into the future"]),
        (ANNUL + "reson: x\n", ["one.yaml:5: unknown key 'reson' in a correction\n  mend: did you mean 'reason'?"]),
        (ANNUL.replace("Ann Lee", "[a]"), ["one.yaml:3: author is no text"]),
        (ANNUL.replace("Ann Lee", "a" * 101), ["one.yaml:3: the author is longer than 100 characters"]),
        (ANNUL.replace("Ann Lee", '"a\\u001b[31m"'), ["one.yaml:3: the author has characters that cannot be printed"]),
        (ANNUL.replace("component: chat", "component: &a chat"), ["one.yaml:1: an anchor (&) is not read here"]),
        ("a: " * 9000, ["one.yaml:1: the YAML is 27000 octets long"]),
    ],
)  # fmt: skip
def test_every_mistake_is_named_with_its_line(text: str, problems: list[str]) -> None:
    with pytest.raises(StatuspageError) as caught:
        read(text)
    told = sorted(map(str, caught.value.problems))
    assert len(told) == len(problems)
    for line, expected in zip(
        told, sorted(f"error: incidents/corrections/{p}" for p in problems), strict=True
    ):
        assert line.startswith(expected)


def test_names_that_cannot_be_ids_and_ids_that_are_taken_are_refused() -> None:
    with pytest.raises(StatuspageError, match="'a b' cannot be an id"):
        read(ANNUL, "incidents/corrections/a b.yaml")
    folder = "incidents/corrections"
    good, problems = read_corrections(
        {f"{folder}/x.yaml": ANNUL.encode(), f"{folder}/X.yml": ADD.encode(), f"{folder}/y.yml": b"\xff"},
        NAMES,
        now=NOW,
        zone="Etc/UTC",
    )
    assert [one.id for one in good] == ["X"]
    assert [p.what for p in problems] == [f"the same id as {folder}/X.yml", "not UTF-8"]


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200) | st.text(st.sampled_from("annul outage: .[]{}\n-&*!UTC2026-11-20"), max_size=80)
)
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    for whole in (text, f"component: chat\nauthor: a\nreason: {text}\nannul: {text}"):
        try:
            read(whole)
        except StatuspageError as error:
            assert all(p.where for p in error.problems)


# --- on the page ---------------------------------------------------------------------------------


def test_an_annulled_false_alarm_leaves_every_figure_and_stays_in_sight(project: Project) -> None:
    before = build_site(project, NOW)
    raw = {path: project.records.read(path) for path in project.records.list("raw/")}
    write(project, ANNUL)
    after = build_site(project, NOW)

    assert after.problems == ()
    was, now = (api(b, "api/components/chat.json")["component"]["uptimes"]["24h"] for b in (before, after))
    assert was["down"] == {"major_outage": 1800}
    assert (now["uptime"], now["down"], now["corrected"]) == ("100.00", {}, 1800)
    assert was["measured"] - now["measured"] == 1800
    own = api(after, "api/components/chat.json")
    assert own["outages"] == []
    assert [(o["start"], o["code"]) for o in own["annulled"]] == [("2026-11-20T14:00:00.000Z", "http.500")]
    assert own["corrections"] == [
        {
            "id": "2026-11-20-chat",
            "components": ["chat"],
            "start": "2026-11-20T14:00:00.000Z",
            "end": "2026-11-20T14:30:00.000Z",
            "annuls": True,
            "state": "unknown",
            "author": "Ann Lee",
            "reason": "The prober's own certificate had run out.",
            "first_seen_at": "2026-11-21T12:00:00.000Z",
            "stale": False,
        }
    ]
    assert raw == {path: project.records.read(path) for path in project.records.list("raw/")}


def test_the_pages_say_corrected_with_reason_and_author(project: Project) -> None:
    write(project, ANNUL)
    write(project, ADD, "shelves.yml")
    site = build_site(project, NOW).files

    page = site["components/chat/index.html"].decode()
    told = "Corrected by Ann Lee: a false alarm, counted as not measured. The prober&#39;s own certificate had run out."
    assert page.count(told) >= 2  # in the table of outages, and in the list of days
    assert (
        "Not measured 12\u00a0h 35\u00a0min. Corrected by Ann Lee: a false alarm, counted as not measured."
        in page
    )
    assert "<s><span" in page
    assert "1 correction by people counts in these figures." in page
    front = site["index.html"].decode()
    assert "corrected" in front
    assert "<b>empty</b>" not in front
    search = site["components/search/index.html"].decode()
    assert (
        "an outage that the checks did not see. Half of the shelves were &lt;b&gt;empty&lt;/b&gt;." in search
    )
    assert "Corrected by Bo" in site["affected/index.html"].decode()


def test_an_added_outage_counts_and_is_no_outage_that_the_checks_saw(project: Project) -> None:
    before = build_site(project, NOW)
    write(project, ADD, "shelves.yml")
    after = build_site(project, NOW)

    was, now = (api(b, "api/components/search.json") for b in (before, after))
    assert len(now["outages"]) == len(was["outages"]) + 1
    assert (now["outages"][0]["state"], now["outages"][0]["code"]) == ("partial_outage", None)
    figures = now["component"]["uptimes"]["24h"]
    assert figures["down"] == {"partial_outage": 1800, "major_outage": 600}
    assert figures["measured"] == was["component"]["uptimes"]["24h"]["measured"]
    assert float(figures["uptime"]) < float(was["component"]["uptimes"]["24h"]["uptime"])


def test_no_feed_and_no_v2_incident_changes(project: Project) -> None:
    before = build_site(project, NOW).files
    write(project, ANNUL)
    write(project, ADD, "shelves.yml")
    after = build_site(project, NOW).files

    kept = [p for p in before if p.endswith((".atom", ".rss", ".ics")) or "v2/incidents" in p]
    assert len(kept) > 5
    assert [path for path in kept if before[path] != after[path]] == []


def test_an_incident_during_a_false_alarm_shows_it_and_does_not_count_it_as_seen(project: Project) -> None:
    (project.root / "incidents").mkdir()
    (project.root / "incidents/chat.md").write_text(
        "---\ntitle: No answers\ncomponents: {chat: major_outage}\nstarted: 2026-11-20 14:02 UTC\n---\n"
        "## Investigating - 2026-11-20 14:10 UTC\n\na\n\n## Resolved - 2026-11-20 14:40 UTC\n\nb\n",
        "utf-8",
    )
    assert "Not at all" not in build_site(project, NOW).files["incidents/chat/index.html"].decode()
    write(project, ANNUL)
    page = build_site(project, NOW).files["incidents/chat/index.html"].decode()
    assert "Not at all" in page
    assert "a false alarm, counted as not measured" in page


def test_the_draft_of_a_report_says_what_the_checks_saw_and_not_what_people_added(project: Project) -> None:
    (project.root / "incidents").mkdir()
    (project.root / "incidents/search.md").write_text(
        "---\ntitle: No shelves\ncomponents: {search: partial_outage}\nstarted: 2026-11-20 16:00 UTC\n---\n"
        "## Resolved - 2026-11-20 16:40 UTC\n\nb\n",
        "utf-8",
    )
    write(project, ADD, "shelves.yml")
    known = build_site(project, NOW).snapshot
    told = draft(known, known.incidents[0])
    assert [o.start.hour for c in known.components for o in c.outages if c.id == "search"] == [16, 15]
    assert "the checks see" not in told


# --- verify --------------------------------------------------------------------------------------


def test_a_stranger_recomputes_a_corrected_site(project: Project) -> None:
    write(project, ANNUL)
    path = write(project, ADD.replace("16:00 .. 16:30", "11:00 .. 11:10"), "shelves.yaml")
    site = project.root / "_site"
    swap(build_site(project, NOW).files, site)

    told = verify(project, site)
    assert told.faults == ()
    assert any("1800 s corrected; 1 - (0 s)" in line for line in told.figures)
    assert any("600 s partial_outage x 30 %) / (" in line for line in told.figures)
    assert any("chat corrected: " in line and "by Ann Lee: The prober's" in line for line in told.figures)

    published = site / "api/components/chat.json"
    good = published.read_text("utf-8")
    published.write_text(good.replace("Ann Lee", "Nobody"), "utf-8")
    assert verify(project, site).faults == (
        "api/components/chat.json: differs from what the history and the incidents give",
    )
    published.write_text(good, "utf-8")
    path.unlink()
    assert verify(project, site).faults != ()


# --- broken files --------------------------------------------------------------------------------


def test_the_last_good_version_of_a_broken_file_stays(project: Project) -> None:
    path = write(project, ANNUL)
    build_site(project, NOW)
    path.write_text(ANNUL.replace("chat", "chta"), "utf-8")
    write(project, "nonsense", "new.yaml")
    write(project, ADD, "shelves.yaml")
    built = build_site(project, NOW)

    assert built.exit_code == INCOMPLETE
    assert [str(p.where) for p in built.problems] == [
        "incidents/corrections/2026-11-20-chat.yaml:1",
        "incidents/corrections/new.yaml:1",
    ]
    assert built.snapshot.left_out == ("incidents/corrections/new.yaml",)
    assert [c["stale"] for c in api(built, "api/components/chat.json")["corrections"]] == [True]
    assert len(api(built, "api/components/search.json")["corrections"]) == 1
    path.unlink()
    assert api(build_site(project, NOW), "api/components/chat.json")["corrections"] == []


def test_an_incident_and_a_correction_of_one_name_are_kept_apart(project: Project) -> None:
    path = write(project, ANNUL, "chat.yaml")
    incident = project.root / "incidents/chat.md"
    incident.write_text("---\ntitle: a\n---\n## Investigating\n\nb\n", "utf-8")
    assert build_site(project, NOW).exit_code == DONE
    for broken in (path, incident):
        broken.write_text("?", "utf-8")
    built = build_site(project, NOW)
    assert built.snapshot.left_out == ()
    assert [i.title for i in built.snapshot.incidents] == ["a"]


def test_the_first_sight_of_a_correction_stays(project: Project) -> None:
    path = write(project, ANNUL)
    build_site(project, NOW)
    path.write_text(ANNUL + "was: operational\n", "utf-8")
    (one,) = api(build_site(project, NOW + EVERY), "api/components/chat.json")["corrections"]
    assert (one["first_seen_at"], one["state"]) == ("2026-11-21T12:00:00.000Z", "operational")


def test_what_is_no_correction_file_is_not_followed_or_waited_for(project: Project) -> None:
    folder = write(project, ANNUL).parent
    (folder / "link.yaml").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "sub").mkdir()
    (folder / "notes.md").write_text("x", "utf-8")
    for ignored in ("README.md", "_draft.yaml", ".hidden.yaml", "x.png"):
        (folder / ignored).write_text("x", "utf-8")
    (folder / "long.yaml").write_bytes(b"a" * 1_000_000)
    built = build_site(project, NOW)

    assert [(p.where.path.rpartition("/")[2], p.what, p.warning) for p in built.problems if p.where] == [
        ("link.yaml", "is a symbolic link", False),
        ("long.yaml", "longer than 81000 octets", False),
        ("notes.md", "is no correction", True),
        ("pipe.yaml", "is no file", False),
        ("sub", "folders in here are not read", True),
    ]


def test_thousands_of_corrections_are_quick(project: Project) -> None:
    for n in range(2000):
        day = NOW - timedelta(days=1 + n % 300, minutes=n % 60)
        text = ADD.replace("2026-11-20 16:00 .. 16:30", f"{day:%Y-%m-%d %H:%M} .. {day + EVERY:%H:%M}")
        write(project, text.replace("[Search]", "[chat, search]"), f"c{n}.yaml")
    built = build_site(project, NOW, write=False)
    assert built.exit_code == DONE


# --- the commands --------------------------------------------------------------------------------


@pytest.fixture
def run(project: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    def run(*words: str, code: int = 0) -> Result:
        told = CliRunner().invoke(main, [*words, "--now", "2026-11-21T12:00:00Z"])
        assert told.exit_code == code, told.output
        return told

    return run


def test_correct_writes_a_file_as_a_person_would(run: Callable[..., Result]) -> None:
    window = "2026-11-20 14:00 .. 14:30 UTC"
    told = run(
        "correct", "Chat engine", "--annul", window, "--reason", "Our: firewall", "--author", "Ann Lee"
    )

    path = Path("incidents/corrections/2026-11-20-chat.yaml")
    assert f"wrote {path}" in told.output
    assert path.read_text("utf-8") == (
        f'component: chat\nannul: {window}\nauthor: Ann Lee\nreason: "Our: firewall"\n'
    )
    run(
        "correct",
        "bot",
        "search",
        "--outage",
        window,
        "--state",
        "partial_outage",
        "--reason",
        "x",
        "--author",
        "Bo",
    )
    assert Path("incidents/corrections/2026-11-20-chat-2.yaml").read_text("utf-8") == (
        f"component: [chat, search]\noutage: {window}\nstate: partial_outage\nauthor: Bo\nreason: x\n"
    )
    run("check")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["chta", "--annul", "WINDOW"], 2, "unknown component 'chta': did you mean 'chat'?"),
        (["chat"], 2, "say one of the two"),
        (["chat", "--annul", "WINDOW", "--outage", "WINDOW"], 2, "say one of the two"),
        (["chat", "--annul", "WINDOW", "--state", "major_outage"], 2, "--was goes with --annul"),
        (["chat", "--outage", "WINDOW", "--was", "operational"], 2, "--was goes with --annul"),
        (["chat", "--annul", "WINDOW", "--reason", " "], 2, "readers want to know why"),
        (["chat", "--annul", "WINDOW", "--author", ""], 2, "a correction has an author"),
        (["chat", "--annul", "yesterday"], 1, "'yesterday' is no window"),
        (["chat", "--annul", "2026-11-20 14:00 .. 14:30 UTC\nwas: operational"], 1, "is no window"),
        (["chat", "--annul", "2027-11-20 14:00 .. 14:30 UTC"], 1, "reaches into the future"),
        (["desk", "--annul", "WINDOW"], 1, "no probe asks 'desk'"),
        (["chat", "--annul", "WINDOW", "--id", "../x"], 1, "'../x' cannot be an id"),
        (["chat", "--annul", "WINDOW", "--id", "a b"], 1, "'a b' cannot be an id"),
    ],
)
def test_correct_refuses_and_writes_nothing(
    run: Callable[..., Result], words: list[str], code: int, told: str
) -> None:
    usual = ["--reason", "x", "--author", "Ann"]
    given = [word.replace("WINDOW", "2026-11-20 14:00 .. 14:30 UTC") for word in words]
    assert told in run("correct", *usual, *given, code=code).output
    assert not list(Path().rglob("incidents/**/*.yaml"))


def test_correct_takes_no_name_that_is_taken(run: Callable[..., Result]) -> None:
    words = ["correct", "chat", "--annul", "2026-11-20 14:00 .. 14:30 UTC", "--reason", "x", "--author", "A"]
    run(*words, "--id", "mine")
    before = Path("incidents/corrections/mine.yaml").read_bytes()
    assert "the correction 'MINE' is there already" in run(*words, "--id", "MINE", code=1).output
    assert [path.read_bytes() for path in Path("incidents/corrections").iterdir()] == [before]


def test_correct_is_committed_and_pushed_under_git_s_name(
    run: Callable[..., Result], tmp_path_factory: Any
) -> None:
    remote = tmp_path_factory.mktemp("remote")
    for words in (
        ["init", "--quiet", "--bare", "-b", "main", str(remote)],
        ["init", "--quiet", "-b", "main"],
        ["config", "user.name", "Ann Lee"],
        ["config", "user.email", "ann@kestrel.example"],
        ["commit", "--quiet", "--allow-empty", "-m", "begin"],
        ["remote", "add", "origin", str(remote)],
        ["push", "--quiet", "-u", "origin", "main"],
    ):
        subprocess.run(["git", *words], check=True, capture_output=True)

    run("correct", "chat", "--annul", "2026-11-20 14:00 .. 14:30 UTC", "--reason", "Ours\nit was", "--push")

    log = subprocess.run(
        ["git", "log", "-1", "--format=%s", "--name-only", "main"],
        cwd=remote,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert log.split("\n\n") == ["Correct chat: Ours it was", "incidents/corrections/2026-11-20-chat.yaml\n"]
    assert "author: Ann Lee\n" in Path("incidents/corrections/2026-11-20-chat.yaml").read_text("utf-8")


def test_check_names_every_mistake_of_every_file(run: Callable[..., Result], project: Project) -> None:
    write(project, ANNUL.replace("chat", "chta").replace("14:30", "13:30"), "a.yaml")
    write(project, "component: chat\n", "b.yaml")
    told = run("check", code=1).output
    for place in (
        "a.yaml:1: unknown component",
        "a.yaml:2: the window ends",
        "b.yaml:1: neither annul nor outage",
    ):
        assert f"incidents/corrections/{place}" in told


def test_the_corrections_shown_in_the_docs_are_without_fault() -> None:
    text = (Path(__file__).parents[1] / "docs/corrections.md").read_text("utf-8")
    shown = ["\n".join(lines) for lines in _blocks(text)]
    assert len(shown) == 3
    names = Names({"chat-engine": "Chat engine", "search": "Search"}, {})
    for block in (shown[0], f"{shown[0]}\n{shown[1]}", shown[2]):
        read_correction(block, "shown.yaml", names, now=NOW, zone="Etc/UTC")
    assert [f"| `{key}` |" in text for key in KEYS] == [True] * len(KEYS)


def _blocks(text: str) -> list[list[str]]:
    """The indented blocks of a Markdown file."""
    found: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("    "):
            found[-1].append(line[4:])
        elif found[-1]:
            found.append([])
    return [block for block in found if block]
