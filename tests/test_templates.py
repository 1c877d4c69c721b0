"""Templates of incidents: checked like incidents, filled in by options or by answers, never read as incidents."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from statuspage.authoring import fill, read_templates
from statuspage.authoring.templates import FOLDER, PLACEHOLDERS
from statuspage.cli import main
from statuspage.incidents import collect, read
from statuspage.model import State
from statuspage.scaffold import OWN, scaffold

NOW = datetime(2026, 11, 22, 14, 8, tzinfo=UTC)
CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026}
control: []
components:
  - {name: Chat engine, type: manual}
  - {name: Search, type: manual}
"""
NAMES = {"chat-engine": "Chat engine", "search": "Search"}
GOOD = """---
title: {component} waits for {provider}
title.fr: {component} attend {provider}
components:
  {component}: partial_outage
  search: degraded_performance
eta: {eta}
---

## Identified

Since {started} {component} waits. \\{not a placeholder\\}, {"nor": 1}
"""
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    (tmp_path / "components.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / FOLDER).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    def command(*words: str, code: int = 0, given: str = "") -> str:
        result = CliRunner().invoke(main, [*words, "--now", "2026-11-22T14:08:30Z"], input=given)
        assert result.exit_code == code, result.output
        return result.output

    return command


def template(text: str, name: str = "waits") -> None:
    (Path(FOLDER) / f"{name}.md").write_text(text, "utf-8")


def written(name: str) -> str:
    return (Path("incidents") / f"{name}.md").read_text("utf-8")


def test_every_shipped_template_is_good_and_is_filled_in(tmp_path: Path) -> None:
    scaffold(tmp_path, name="X", url="https://x.example", component="C", target="t", id="c", year=2026)

    known, problems = read_templates(tmp_path, NAMES, NOW, "Etc/UTC")

    assert problems == []
    assert sorted(f"{FOLDER}/{name}.md" for name in known) == [path for path in OWN if FOLDER in path]
    for one in known.values():
        values = dict.fromkeys(PLACEHOLDERS, "X") | {"eta": "not known yet"}
        filled = fill(one, values, {"search": ""})
        assert set(filled.components) == {"search"}
        assert "{" not in filled.text + "".join(filled.facts.values())


def test_the_docs_list_the_placeholders_and_show_a_good_template(run: Run) -> None:
    text = (Path(__file__).parents[1] / "docs/incidents.md").read_text("utf-8")
    (shown,) = re.findall(r"```text\n(---\n.*?)```", text, re.DOTALL)
    template(shown)

    assert run("check") == "all is well\n"
    assert set(re.findall(r"`\{(\w+)\}`", text)) == set(PLACEHOLDERS)


def test_a_template_is_no_incident(run: Run) -> None:
    template(GOOD)

    assert collect(Path("incidents")) == ({}, [])
    assert run("incident", "list", "--all") == "no incident\n"
    assert run("check") == "all is well\n"


def test_an_unknown_placeholder_is_told_with_its_line_and_the_nearest_word(run: Run) -> None:
    template(GOOD.replace("{eta}", "{etta}").replace("{started}", "{next update}"))

    told = run("check", code=1)

    assert "incidents/_templates/waits.md:7: unknown placeholder {etta}" in told
    assert "did you mean 'eta'?" in told
    assert "waits.md:12: unknown placeholder {next update}" in told
    assert "did you mean 'next_update'?" in told


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("eta: {eta}", "etta: {eta}", "waits.md:7: unknown key 'etta'"),
        ("## Identified", "## Identfied", "waits.md:10: 'Identfied' is no status"),
        ("search: degraded", "serch: degraded", "waits.md:6: unknown component 'serch'"),
        ("\n---\n", "\ntags: [a\n---\n", "waits.md:"),
        ("Since", "\ue000eta\ue001", "waits.md:12: a private letter"),
        ("{started}", "{started}\n\n## Resolved\n\n", "a template has one update"),
    ],
)
def test_whatever_is_wrong_in_an_incident_is_wrong_in_a_template(
    run: Run, before: str, after: str, says: str
) -> None:
    template(GOOD.replace(before, after, 1))

    assert says in run("check", code=1)
    assert "error" in run("incident", "templates", code=3)
    assert "waits.md" in run("incident", "open", "--template", "waits", code=1)


def test_one_that_is_not_utf_8_is_told_and_the_others_are_used(run: Run) -> None:
    (Path(FOLDER) / "bad.md").write_bytes(b"---\ntitle: \xff\n---\n")
    template(GOOD)

    (Path(FOLDER) / "below").mkdir()

    assert "bad.md: not UTF-8" in run("check", code=1)
    assert "waits  incident  " in run("incident", "templates", code=3)
    run(
        "incident",
        "open",
        "--template",
        "waits",
        "--set",
        "provider=A",
        "--eta",
        "5m",
        "--component",
        "search",
    )


def test_from_a_template_to_an_incident(run: Run) -> None:
    template(GOOD)
    assert run("incident", "templates") == (
        "waits  incident  {component} waits for {provider}  (component, provider, started, eta)\n"
    )
    words = ("--set", "provider=Acme: AI", "--eta", "45m", "--component", "Chat engine", "--cause", "A node")
    run("incident", "open", "--template", "waits", "--id", "x", "--started", "8m", *words)

    one = read(written("x"), "incidents/x.md", NAMES, now=NOW)
    assert one.title == "Chat engine waits for Acme: AI"
    assert one.titles == {"fr": "Chat engine attend Acme: AI"}
    assert one.facts.components == {"chat-engine": State.PARTIAL, "search": State.DEGRADED}
    assert (one.facts.cause, one.facts.eta) == ("A node", datetime(2026, 11, 22, 14, 53, tzinfo=UTC))
    assert one.updates[0].status == "identified"
    assert one.updates[0].text.startswith("Since 2026-11-22 14:00 UTC Chat engine waits. \\{not a")
    assert one.updates[0].text.endswith('{"nor": 1}')


def test_options_come_before_the_template(run: Run) -> None:
    template(GOOD)
    words = (
        "--set",
        "provider=A",
        "--eta",
        "?",
        "--component",
        "search=major_outage",
        "--component",
        "Chat engine",
    )
    run("incident", "open", "--template", "waits", *words, "--title", "Mine", "--text", "Own.", "--id", "x")

    one = read(written("x"), "incidents/x.md", NAMES, now=NOW)
    assert (one.title, one.titles, one.updates[0].text) == ("Mine", {}, "Own.")
    assert one.facts.components == {"chat-engine": State.PARTIAL, "search": State.MAJOR}


def test_what_is_missing_is_named_all_at_once_and_nothing_is_written(run: Run) -> None:
    template(GOOD)

    told = run("incident", "open", "--template", "waits", code=2)

    assert "--component ..." in told
    assert "--set provider=..." in told
    assert "--eta ...  Expected back, or 'not known yet'" in told
    assert "did you mean 'provider'?" in run(
        "incident", "open", "--template", "waits", "--set", "provder=x", code=2
    )
    assert "provider=WHAT" in run("incident", "open", "--template", "waits", "--set", "provider=", code=2)
    assert "--set goes with" in run("incident", "open", "--set", "provider=x", code=2)
    assert "did you mean 'waits'?" in run("incident", "open", "--template", "wait", code=1)
    assert "is for incident" in run("maintenance", "plan", "--template", "waits", code=1)
    assert [path.name for path in Path("incidents").iterdir()] == ["_templates"]


def test_on_a_terminal_it_is_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    template(GOOD)
    monkeypatch.setattr("statuspage.cli.filling.sys", Terminal())

    run("incident", "open", "--template", "waits", "--id", "x", given="chat-engine\nAcme\n20m\n")

    one = read(written("x"), "incidents/x.md", NAMES, now=NOW)
    assert one.title == "Chat engine waits for Acme"
    assert one.facts.eta == datetime(2026, 11, 22, 14, 28, tzinfo=UTC)


class Terminal:
    """A `sys` whose standard input is one: the runner of commands has none."""

    @property
    def stdin(self) -> "Terminal":
        return self

    def isatty(self) -> bool:
        return True


def test_without_a_template_there_is_none_to_choose(run: Run) -> None:
    assert "no templates: put some into incidents/_templates/" in run("incident", "templates")
    assert "put one into incidents/_templates/" in run("incident", "open", "--template", "x", code=1)


def test_a_maintenance_begins_with_a_template(run: Run) -> None:
    template(
        "---\nkind: maintenance\ntitle: Work on {component}\ncomponents: [{component}]\nwindow: {window}\n---\n\n"
        "## Scheduled\n\n{component} will be away.\n"
    )
    words = (
        "--window",
        "2026-11-26 02:00 .. 03:30 UTC",
        "--component",
        "search",
        "--component",
        "chat-engine",
    )
    run("maintenance", "plan", "--template", "waits", "--id", "x", *words)

    one = read(written("x"), "incidents/x.md", NAMES, now=NOW)
    assert (one.kind, one.title) == ("maintenance", "Work on Search and Chat engine")
    assert set(one.facts.components) == {"search", "chat-engine"}
    told = run("maintenance", "plan", "--title", "x", code=2)
    assert "--window, --component" in told


def test_states_of_some_components_are_not_lost_beside_those_without_one(run: Run) -> None:
    words = ("--component", "chat-engine=major_outage", "--component", "search", "--impact", "minor")
    run("incident", "open", "--title", "T", "--text", "x", "--id", "x", *words)

    one = read(written("x"), "incidents/x.md", NAMES, now=NOW)
    assert one.facts.components == {"chat-engine": State.MAJOR, "search": State.DEGRADED}


@settings(max_examples=60, deadline=None)
@given(
    value=st.text(
        st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" :#'\"-[]{},&*!|>%@`\\"), min_size=1
    )
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text.strip("'\"") and " #" not in text and not text.startswith("#"))
)
def test_whatever_is_filled_in_stays_one_value(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    from statuspage.authoring import Said, new_file

    root = tmp_path_factory.mktemp("x")
    (root / FOLDER).mkdir(parents=True)
    (root / FOLDER / "t.md").write_text(GOOD, "utf-8")
    known, _ = read_templates(root, NAMES, NOW, "Etc/UTC")
    texts = {"component": "C", "provider": value, "eta": "not known yet", "started": "now"}

    filled = fill(known["t"], texts, {"chat-engine": ""})

    said = Said(
        status=filled.status,
        at=NOW,
        text=filled.text,
        title=filled.facts["title"],
        components=filled.components,
    )
    assert read(new_file(said), "incidents/x.md", NAMES, now=NOW).title == f"C waits for {value}".strip()
