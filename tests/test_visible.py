"""A component with `public: false` is named nowhere on the site, and in no message to the public."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statuspage.archive import record
from statuspage.model import Round, Sample, Snapshot, Verdict
from statuspage.news import notices
from statuspage.notices import Audience
from statuspage.outputs.hooks import webhook
from statuspage.outputs.messages import message
from statuspage.pipeline import Project, build_site, look, open_project
from statuspage.visible import visible

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
CONFIG = """
page: {name: Juniper, url: "https://status.example.org", since: 2026, languages: [en, fr]}
components:
  - {name: Chat, url: "https://chat.example.org", depends_on: [vaultx]}
  - {name: Gate, url: "https://gate.example.org", depends_on: [{vaultx: soft}]}
  - {name: Vaultx, url: "https://vaultx.example.org", public: false, group: Vaultx rooms}
continuity: {public: true}
"""
TROUBLE = """---
title: Slow answers
impact: minor
components: {vaultx: major_outage, chat: degraded_performance}
---

## Investigating - 2026-11-22 14:10 UTC

We look into it.
"""
WORK = """---
kind: maintenance
title: Planned work
components: [vaultx, gate]
window: 2026-11-24 14:00 .. 15:00 UTC
---

## Scheduled

A few minutes.
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """All three are down, and people have written of the hidden one, too."""
    (tmp_path / "components.yaml").write_text(CONFIG)
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents/slow.md").write_text(TROUBLE)
    (tmp_path / "incidents/work.md").write_text(WORK)
    project = open_project(tmp_path, {})
    for minute in (0, 5, 10, 15, 20, 25):
        at = NOW - timedelta(minutes=30 - minute)
        samples = tuple(
            Sample(component=id_, at=at, verdict=Verdict.DOWN, code="http.503", every=timedelta(minutes=5))
            for id_ in ("chat", "gate", "vaultx")
        )
        record(project.records, project.config, Round(id=f"r{minute}", at=at, samples=samples))
    return project


@pytest.fixture
def shot(project: Project) -> Snapshot:
    return look(project, NOW, write=True).snapshot


def test_no_file_of_the_site_names_what_is_not_on_it(project: Project) -> None:
    built = build_site(project, NOW)
    assert {"incidents/slow/index.html", "continuity/index.html"} <= built.files.keys()
    assert [path for path, data in built.files.items() if b"vaultx" in data.lower()] == []


def test_no_message_to_the_public_names_it(shot: Snapshot) -> None:
    told = [notice for notice in notices(shot) if notice.audience is Audience.PUBLIC]
    assert {notice.subject for notice in told} >= {"chat", "slow", "work"}
    for notice in told:
        for language in ("en", "fr"):
            said = message(shot, notice, language, audience=Audience.PUBLIC)
            texts = [str(getattr(said, field.name)) for field in fields(said) if field.name != "notice"]
            assert "vaultx" not in " ".join(texts).lower()
        assert "vaultx" not in webhook(visible(shot), notice).lower()


def test_operators_read_of_it(shot: Snapshot) -> None:
    opened = next(notice for notice in notices(shot) if notice.subject == "slow")
    assert "vaultx" in message(shot, opened, "en", audience=Audience.OPERATORS).text.lower()


def test_a_page_that_shows_all_is_as_it_was(shot: Snapshot) -> None:
    seen = visible(shot)
    assert seen.hidden == ()
    assert visible(seen) is seen
    assert [component.id for component in seen.components] == ["chat", "gate"]
