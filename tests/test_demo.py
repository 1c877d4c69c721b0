"""The demonstration's 90 days, judged and kept the real way."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from statuspage.cli import main
from statuspage.demo.stage import as_of

NOW = "2026-11-22T14:05:00Z"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    result = CliRunner().invoke(main, ["--quiet", "demo", "--once", "--out", str(folder), "--now", NOW])
    assert result.exit_code == 0, result.output
    assert "rror" not in result.output
    return folder


@pytest.fixture
def figures(demo: Path) -> dict[str, Any]:
    document = json.loads((demo / "_site/api/status.json").read_text())
    return {component["id"]: component for component in document["components"]}


def verified(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(folder)
    return CliRunner().invoke(main, ["verify"]).exit_code


def test_the_page_says_that_its_figures_are_made_up(demo: Path) -> None:
    assert "Demonstration data" in (demo / "_site/index.html").read_text()


def test_every_figure_can_be_recomputed_and_no_byte_changed(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verified(demo, monkeypatch) == 0
    for path in [
        *sorted((demo / ".status-data").rglob("*.ndjson"))[::97],
        demo / ".status-data/ledger.ndjson",
    ]:
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        assert verified(demo, monkeypatch) == 1, path.name
        path.write_bytes(whole)


def test_the_three_missing_hours_are_not_measured_and_nothing_else(figures: dict[str, Any]) -> None:
    queue = figures["message-queue"]["uptimes"]["90d"]

    assert (
        queue["window"] - queue["measured"] == 2.5 * 3600
    )  # the last sample before spoke for half an hour more


def test_an_outage_that_was_planted_is_found_with_its_length(figures: dict[str, Any]) -> None:
    assert figures["message-queue"]["uptimes"]["90d"]["down"]["major_outage"] == 3600


def test_it_touches_no_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", "utf-8")
    result = CliRunner().invoke(main, ["demo", "--once", "--out", str(tmp_path), "--now", NOW])

    assert result.exit_code == 1
    assert "is not empty" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_file_as_of_a_time_holds_the_updates_until_then() -> None:
    text = "---\ntitle: x\n---\n\n"
    text += "## Investigating - 2026-11-22 10:00 UTC\n\nA\n\n## Resolved - 2026-11-22 11:00 UTC\n\nB\n"

    assert as_of(text, datetime(2026, 11, 22, 9, tzinfo=UTC)) is None
    assert "Resolved" not in (as_of(text, datetime(2026, 11, 22, 10, 30, tzinfo=UTC)) or "")
    assert as_of(text, datetime(2026, 11, 22, 11, tzinfo=UTC)) == text


def test_another_build_of_made_up_figures_says_so_too(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo)
    CliRunner().invoke(main, ["build", "--out", "again", "--now", NOW])

    assert "Demonstration data" in (demo / "again/index.html").read_text()
