"""The commands over a data branch, in clones of a real remote."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from git_world import BRANCH, bare, clone, commits, git, refuse
from servers import FaultServer

from statuspage.lines import checksummed

CONFIG = """
page: {{name: Test, url: "https://status.example", since: 2026}}
control: []
components:
  - {{name: One, url: "{url}", allow_private: true}}
  - {{name: Two, url: "{url}", allow_private: true}}
  - {{name: Three, url: "{url}", allow_private: true}}
"""
NOON = "2026-11-22T12:00:00Z"


@pytest.fixture
def remote(tmp_path: Path, fault_server: FaultServer) -> Path:
    """A page's repository."""
    made = bare(tmp_path / "remote.git")
    folder = clone(made, tmp_path / "author")
    (folder / "components.yaml").write_text(CONFIG.format(url=f"{fault_server.url}/ok"))
    git(folder, "add", "components.yaml")
    git(folder, "commit", "-q", "-m", "A page")
    git(folder, "push", "-q")
    return made


def statuspage(folder: Path, *words: str, run: str = "1.1") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "statuspage", "--store", "branch", *words]
    environ = {**os.environ, "STATUSPAGE_RUN": run}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=100)


def well(folder: Path, *words: str, run: str = "1.1") -> str:
    done = statuspage(folder, *words, run=run)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rounds(remote: Path) -> list[str]:
    """The ids of all rounds on the branch."""
    paths = git(remote, "ls-tree", "-r", "--name-only", BRANCH, "raw/").split()
    lines = [line for path in paths for line in git(remote, "show", f"{BRANCH}:{path}").splitlines()]
    return [json.loads(line)["id"] for line in lines]


def test_runs_in_fresh_clones_go_on_with_one_history(remote: Path, tmp_path: Path) -> None:
    for n in range(3):
        folder = clone(remote, tmp_path / f"run{n}")
        well(folder, "run", "--now", f"2026-11-22T12:{5 * n:02}:00Z", run=f"{n}.1")
        assert not (folder / ".status-data").exists()

    assert rounds(remote) == [f"20261122T12{5 * n:02}00Z-{n}.1" for n in range(3)]
    assert (
        commits(remote) == 4
    )  # the first page's first sights come after its round; the others add a round each
    assert "verified" in well(folder, "verify")


def test_the_same_run_twice_is_one_record(remote: Path, tmp_path: Path) -> None:
    for n in range(2):
        well(clone(remote, tmp_path / f"run{n}"), "probe", "--now", NOON)

    assert len(set(rounds(remote))) == 1


def test_a_history_that_cannot_be_pushed_is_no_reason_to_hide_the_page(remote: Path, tmp_path: Path) -> None:
    folder = clone(remote, tmp_path / "run")
    refuse(remote, 'echo "error: GH006: Protected branch update failed" >&2; exit 1')
    done = statuspage(folder, "run", "--now", NOON)

    assert done.returncode == 3
    assert "GH006" in done.stderr
    assert "contents: write" in done.stderr
    assert '"operational"' in (folder / "_site/api/status.json").read_text()
    assert git(remote, "branch", "--list") == "* main"


def test_a_remote_that_is_away_stops_before_anything_is_asked(
    remote: Path, tmp_path: Path, fault_server: FaultServer
) -> None:
    folder = clone(remote, tmp_path / "run")
    remote.rename(tmp_path / "away.git")
    done = statuspage(folder, "run")

    assert done.returncode == 1
    assert "nothing was begun anew" in done.stderr
    assert fault_server.seen == []
    assert not (folder / "_site").exists()


def test_a_mute_reaches_the_branch(remote: Path, tmp_path: Path) -> None:
    folder = clone(remote, tmp_path / "ops")
    well(folder, "mute", "one", "--for", "2h", "--why", "We move it.", "--now", NOON)

    assert "We move it." in git(remote, "show", f"{BRANCH}:ledger.ndjson")
    assert "One is muted" in well(clone(remote, tmp_path / "run"), "probe", "--now", NOON)


def test_shards_and_places_are_asked_apart_and_kept_by_one(remote: Path, tmp_path: Path) -> None:
    folder = clone(remote, tmp_path / "run")
    for place in ("eu", "us"):
        for part in (1, 2):
            words = ("probe", "--shard", f"{part}/2", "--from", place, "--out", f"out/{place}-{part}.ndjson")
            well(folder, *words, "--now", f"2026-11-22T12:00:0{part}Z")
    assert git(remote, "branch", "--list") == "* main"  # nothing is kept yet
    files = sorted(str(path.relative_to(folder)) for path in (folder / "out").glob("*.ndjson"))
    well(folder, "merge", *files)
    well(folder, "merge", *files)  # a second time adds nothing to what readers see

    assert set(rounds(remote)) == {"20261122T120001Z-1.1@eu", "20261122T120001Z-1.1@us"}
    kept = git(remote, "show", f"{BRANCH}:raw/2026-11-22/12.ndjson").splitlines()
    assert all(set(json.loads(line)["s"]) == {"one", "two", "three"} for line in kept)


def test_a_broken_file_among_those_to_merge_is_left_out_and_told(remote: Path, tmp_path: Path) -> None:
    folder = clone(remote, tmp_path / "run")
    well(folder, "probe", "--out", "good.ndjson", "--now", NOON)
    (folder / "bad.ndjson").write_text("{}\n")
    done = statuspage(folder, "merge", "bad.ndjson", "good.ndjson")

    assert done.returncode == 3
    assert "bad.ndjson:1" in done.stderr
    assert rounds(remote) == ["20261122T120000Z-1.1"]
    assert statuspage(folder, "merge", "bad.ndjson").returncode == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--shard", "1/2"),
        ("--shard", "3/2", "--out", "x"),
        ("--out", "x", "--for", "1m", "--every", "9s"),
    ],
)
def test_odd_shards_are_wrong_usage(remote: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert statuspage(clone(remote, tmp_path / "run"), "probe", *words).returncode == 2


def test_the_store_is_verified_repaired_compacted_and_copied(remote: Path, tmp_path: Path) -> None:
    folder = clone(remote, tmp_path / "run")
    well(folder, "probe", "--now", NOON)
    well(folder, "probe", "--now", "2026-11-22T12:05:00Z", run="2.1")
    assert "2 rounds, rounds from 2026-11-22 12:00 to 2026-11-22 12:05 UTC" in well(folder, "store", "verify")

    git(folder, "fetch", "-q", "--unshallow", "origin", f"{BRANCH}:{BRANCH}")
    git(folder, "checkout", "-q", BRANCH)
    with (folder / "raw/2026-11-22/12.ndjson").open("a") as file:
        file.write(f"a hand was here\n{checksummed({'mine': 1})}\n")
    git(folder, "commit", "-qam", "By hand")
    git(folder, "push", "-q", "origin", BRANCH)
    git(folder, "checkout", "-q", "main")

    before = git(remote, "rev-parse", BRANCH)
    done = statuspage(folder, "run", "--now", "2026-11-22T12:10:00Z")
    assert done.returncode == 1
    assert f"{BRANCH}:raw/2026-11-22/12.ndjson:3" in done.stderr
    broken = statuspage(folder, "store", "verify")
    assert broken.returncode == 1
    assert all(f"12.ndjson:{n}" in broken.stderr for n in (3, 4))
    assert "2 lines to put aside" in well(folder, "store", "repair", "--dry-run")
    assert git(remote, "rev-parse", BRANCH) == before

    assert "2 lines put aside" in well(folder, "store", "repair")
    well(folder, "store", "verify")
    assert "a hand was here" in git(remote, "show", f"{BRANCH}:broken/raw/2026-11-22/12.ndjson")
    assert "compacted" in well(folder, "store", "compact")
    assert commits(remote) == 1
    well(folder, "store", "copy", "branch", "local")
    assert "2 rounds" in well(folder, "--store", "local", "store", "verify")
