"""A cState site comes in by its configuration and its posts."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from statuspage.cli import main
from statuspage.errors import StatuspageError
from statuspage.importers.cstate import read

NOW = "2026-03-02T12:00:00Z"
CONFIG = """
title: Kestrel status
baseURL: https://status.kestrel.example/
params:
  categories:
    - {name: Models, description: What thinks, closed: true}
    - {name: Rest, untitled: true}
  systems:
    - {name: Fast, category: Models, description: Small}
    - {name: Website, category: Rest, link: "https://kestrel.example"}
    - {name: Fast}
"""
POST = """---
title: "No answers: <b>now</b>"
date: 2026-01-10 08:00:00
resolved: true
resolvedWhen: 2026-01-10 09:30:00
# Possible severity levels: down, disrupted, notice
severity: down
affected:
  - fast
  - Elsewhere
section: issue
---

*Resolved* - All is well. {{< track "2026-01-10 09:30:00" >}}

*Rolling back* - A rule of ours is
taken back. {{< track "2026-01-10 08:40:00" >}}

**Investigating** - We look.
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "old"
    (folder / "content/issues").mkdir(parents=True)
    (folder / "config.yml").write_text(CONFIG, "utf-8")
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    return folder


def post(site: Path, text: str, name: str = "2026-01-10-no-answers.md") -> None:
    (site / "content/issues" / name).write_text(text, "utf-8")


def front(**more: object) -> str:
    facts = {"title": "Note", "date": "2026-01-10 08:00:00", **more}
    return (
        "---\n"
        + "".join(f"{key}: {json.dumps(value)}\n" for key, value in facts.items())
        + "---\n\nA text.\n"
    )


def take() -> Result:
    taken = CliRunner().invoke(main, ["import", "cstate", "../old", "--now", NOW])
    checked = CliRunner().invoke(main, ["check", "--now", NOW])
    assert (checked.exit_code, taken.exception is None or isinstance(taken.exception, SystemExit)) == (
        0,
        True,
    )
    return taken


def only() -> str:
    (path,) = Path("incidents").glob("*.md")
    return path.read_text("utf-8")


def test_systems_and_categories_become_components_and_groups(site: Path) -> None:
    taken = take()

    assert taken.exit_code == 0, taken.output
    assert Path("components.yaml").read_text("utf-8") == (
        "# Written by `statuspage import cstate`; now it is yours.\npage:\n  name: Kestrel status\n"
        "  url: https://status.kestrel.example/\n  since: 2026\n\n"
        "groups:\n  - name: Models\n    description: What thinks\n    collapsed: true\n\n"
        "components:\n  - name: Fast\n    id: fast # imported from cstate Fast\n    group: Models\n"
        "    description: Small\n    type: manual\n"
        "  - name: Website\n    id: website # imported from cstate Website\n    type: manual\n"
    )
    assert "components have no link of their own here: Website" in taken.output


def test_a_post_becomes_an_incident_with_its_updates(site: Path) -> None:
    post(site, POST)
    taken = take()

    assert only() == (
        '---\ntitle: "No answers: <b>now</b>"\nimpact: critical\ncomponents:\n  fast: major_outage\n'
        "# imported from cstate 2026-01-10-no-answers\n---\n\n"
        "## Investigating - 2026-01-10 08:00 UTC\n\nWe look.\n\n"
        "## Investigating - 2026-01-10 08:40 UTC\n\n*Rolling back* - A rule of ours is\ntaken back.\n\n"
        "## Resolved - 2026-01-10 09:30 UTC\n\nAll is well.\n"
    )
    assert "affected what is no system of the configuration: Elsewhere" in taken.output
    assert "there already: 1 file" in take().output


def test_a_post_of_one_text_ends_when_its_facts_say(site: Path) -> None:
    post(
        site,
        POST.partition("*Resolved*")[0].replace("down", "odd", 2) + "Text.\n\n## Heading\n\n- eta: soon\n",
    )
    taken = take()

    assert "the severity 'odd' is none of cState's: disrupted" in taken.output
    assert "fast: partial_outage" in only()
    assert only().endswith(
        "## Investigating - 2026-01-10 08:00 UTC\n\nText.\n\n**Heading**\n\n- eta: soon\n\n"
        "## Resolved - 2026-01-10 09:30 UTC\n\n\n"
    )


def test_what_only_informs_is_no_trouble_and_over(site: Path) -> None:
    post(site, front(informational=True, pin=True, affected="Fast"))
    take()

    assert "impact: none\n" in only()
    assert "fast: operational\n" in only()
    assert "## Resolved - 2026-01-10 08:00 UTC" in only()


def test_the_first_file_s_end_may_be_told_by_its_last_word(site: Path) -> None:
    post(site, front(resolved=True, resolvedWhen="2026-01-09 00:00:00").replace("A text.", "*Fixed* - Over."))
    take()

    assert only().count("## ") == 1
    assert "## Resolved - 2026-01-10 08:00 UTC\n\nOver.\n" in only()


def test_updates_without_times_keep_their_order(site: Path) -> None:
    body = "*Resolved* - Over.\n\n*Monitoring* - Better.\n\n*Investigating* - We look.\n"
    post(site, front(resolved=True).replace("A text.\n", body))
    taken = take()

    assert "2 updates without a time have that of the one before" in taken.output
    words = [line for line in only().splitlines() if line.startswith("## ")]
    assert words == [
        f"## {word} - 2026-01-10 08:00 UTC" for word in ("Investigating", "Monitoring", "Resolved")
    ]


def test_an_end_to_come_leaves_it_open(site: Path) -> None:
    post(site, front(resolved=True, resolvedWhen="2027-01-01 00:00:00"))
    assert "'Note' ends in the future: it is open until somebody ends it" in take().output
    assert "Resolved" not in only()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (front(draft=True), "is a draft"),
        (front(date="soon"), "no title or no date"),
        (front(title=7), "no title or no date"),
        (front(date="2026-12-01 00:00:00"), "lies in the future"),
        ("no facts", "has no front matter"),
        ("---\na: &b [*b]\n---\n", "an anchor (&) is not read here"),
        ("+++\n= 1\n+++\n", "is not TOML"),
    ],
)
def test_a_post_that_cannot_be_taken_is_told_with_its_reason(site: Path, text: str, reason: str) -> None:
    post(site, text, "odd.md")
    post(site, POST)
    taken = take()

    assert taken.exit_code == 3
    assert "left: content/issues/odd.md: " in taken.output
    assert reason in taken.output
    assert "No answers" in only()


def test_toml_and_json_say_the_same(site: Path) -> None:
    (site / "config.yml").unlink()
    (site / "config.json").write_text(
        json.dumps({"Title": "K", "Params": {"systems": [{"name": "Fast"}]}}), "utf-8"
    )
    facts = 'Title = "A"\nDate = 2026-01-10T08:00:00+01:00\nresolved = true\nresolvedWhen = 2026-01-11\n'
    post(site, f"+++\n{facts}+++\nText.\n")
    take()

    assert "## Investigating - 2026-01-10 07:00 UTC" in only()
    assert "## Resolved - 2026-01-11 00:00 UTC" in only()
    (site / "config.json").unlink()
    (site / "hugo.toml").write_text('title = "K"\nparams = 3\n', "utf-8")
    assert read(site, datetime(2026, 3, 2, tzinfo=UTC)).components == ()


def test_what_is_no_site_of_cstate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StatuspageError, match="no configuration of cState"):
        read(tmp_path, datetime(2026, 3, 2, tzinfo=UTC))
    (tmp_path / "config.yml").write_text("title: x\n", "utf-8")
    assert [note.what for note in read(tmp_path, datetime(2026, 3, 2, tzinfo=UTC)).notes] == [
        "there is no content/issues/"
    ]
