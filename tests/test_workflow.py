"""The shipped workflow's own steps, run in order against a bare repository."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "statuspage/scaffold/status.yml"
OURS = ROOT / ".github/workflows/status.yml"
BRANCH = "status-data"


def steps(path: Path) -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text("utf-8"))["jobs"]["status"]["steps"]
    return {step["name"]: step for step in found}


def step(name: str, folder: Path, remote: Path) -> subprocess.CompletedProcess[str]:
    words = {"GITHUB_TOKEN": "none", "GITHUB_RUN_ID": folder.name, "REMOTE": str(remote)}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", steps(SHIPPED)[name]["run"]],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **words},
        capture_output=True,
        text=True,
    )


def restore(folder: Path, remote: Path) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    return step("Restore the history", folder, remote)


def write(folder: Path, line: str) -> None:
    raw = folder / ".status-data/raw/2026-11-22"
    raw.mkdir(parents=True, exist_ok=True)
    with (raw / "14.ndjson").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def kept(remote: Path) -> list[str]:
    words = ["git", "-C", str(remote), "show", f"{BRANCH}:raw/2026-11-22/14.ndjson"]
    return sorted(subprocess.run(words, check=True, capture_output=True, text=True).stdout.split())


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    bare = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    return bare


def test_this_repositorys_workflow_is_the_shipped_one_but_for_what_it_says() -> None:
    ours, shipped = yaml.safe_load(OURS.read_text("utf-8")), yaml.safe_load(SHIPPED.read_text("utf-8"))
    mine = ours["jobs"]["status"].pop("steps")
    theirs = shipped["jobs"]["status"].pop("steps")

    assert ours == shipped
    different = {"Install", "Start the chatbot"}
    assert [s for s in mine if s["name"] not in different] == [
        s for s in theirs if s["name"] not in different
    ]


def test_a_first_run_starts_the_branch_and_the_next_one_goes_on(tmp_path: Path, remote: Path) -> None:
    for name, before in (("one", []), ("two", ["one"])):
        assert restore(tmp_path / name, remote).returncode == 0
        if before:
            assert (tmp_path / name / ".status-data/raw/2026-11-22/14.ndjson").read_text().split() == before
        write(tmp_path / name, name)
        assert step("Keep the history", tmp_path / name, remote).returncode == 0

    assert kept(remote) == ["one", "two"]


def test_two_runs_at_once_lose_nothing(tmp_path: Path, remote: Path) -> None:
    restore(tmp_path / "first", remote)
    write(tmp_path / "first", "first")
    step("Keep the history", tmp_path / "first", remote)
    for name in ("left", "right"):
        restore(tmp_path / name, remote)
        write(tmp_path / name, name)
    for name in ("left", "right"):  # the second one's push is refused at first
        done = step("Keep the history", tmp_path / name, remote)
        assert done.returncode == 0, done.stderr

    assert kept(remote) == ["first", "left", "right"]


def test_a_remote_that_cannot_be_reached_is_no_empty_history(tmp_path: Path) -> None:
    done = restore(tmp_path / "run", tmp_path / "nowhere.git")

    assert done.returncode == 1
    assert "::error::The history could not be read" in done.stdout
    assert not (tmp_path / "run/.status-data/.gitattributes").exists()


@pytest.mark.parametrize(("code", "publishes"), [(0, True), (3, True), (1, False)])
def test_the_page_is_published_on_0_and_3_alone(tmp_path: Path, code: int, publishes: bool) -> None:
    output = tmp_path / "output"
    script = f"statuspage() {{ return {code}; }}\n" + steps(SHIPPED)["Probe and build"]["run"]
    words = {"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(output)}
    done = subprocess.run(["bash", "-e", "-c", script], env=words)

    assert done.returncode == 0  # the history is kept whatever happened; the last step turns the run red
    assert ("publish=true" in output.read_text()) is publishes
    last = subprocess.run(
        ["bash", "-e", "-c", steps(SHIPPED)["Say how it went"]["run"]], env={"CODE": str(code)}
    )
    assert (last.returncode == 0) is (code == 0)
