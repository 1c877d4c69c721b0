"""A run on a data branch that fails at its n-th call of git, for each n: nothing is lost, nothing is there twice."""

import multiprocessing
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from git_world import BRANCH, bare, clone, git, kept

from statuspage.archive import record, write_facts
from statuspage.config import load
from statuspage.errors import StatuspageError
from statuspage.history import decode_rounds
from statuspage.ledger import Ledger
from statuspage.model import Fact, Round, Sample, Verdict
from statuspage.stores.branch import Branch
from statuspage.stores.staged import Staged
from statuspage.upkeep import survey

CONFIG = load("components:\n  - {name: Website, url: https://www.example.org/}\n", "components.yaml", {})
START = datetime(2026, 11, 20, 23, 50, tzinfo=UTC)
REFUSED = "echo 'fatal: refused for a test' >&2; exit 128"
KILLED = "kill -9 $PPID; exit 1"
KILLED_AFTER = '"{git}" "$@"; kill -9 $PPID; exit 1'
SHIM = """#!/bin/sh
n=$(($(cat {folder}/calls) + 1)); echo $n >{folder}/calls
[ $n != $(cat {folder}/fail) ] || {{ {fault}; }}
exec {git} "$@"
"""


def minutes(n: int) -> datetime:
    return START + timedelta(minutes=5 * n)


def write(folder: Path, n: int) -> None:
    """What a run writes: a round, and a fact beside it."""
    records = Staged(Branch(folder, sleep=lambda seconds: None))
    sample = Sample(component="website", at=minutes(n), verdict=Verdict.UP, every=timedelta(minutes=5))
    record(records, CONFIG, Round(id=f"round-{n}", at=minutes(n), samples=(sample,)))
    write_facts(records, [Fact(kind="seen", key=f"round-{n}", at=minutes(n))])
    records.keep(f"run {n}")


def in_a_child(deed: Callable[[Path, int], None], folder: Path, n: int) -> int:
    """Its exit code; -9 when it was killed."""
    child = multiprocessing.get_context("fork").Process(target=deed, args=(folder, n))
    child.start()
    child.join(60)
    assert child.exitcode is not None
    return child.exitcode


class Shim:
    """A git that fails when it is called for the n-th time."""

    def __init__(self, folder: Path, fault: str) -> None:
        self.folder = folder
        real = shutil.which("git")
        folder.mkdir()
        script = SHIM.format(folder=folder, fault=fault.format(git=real), git=real)
        (folder / "git").write_text(script)
        (folder / "git").chmod(0o755)
        self.fail_at(0)

    def fail_at(self, n: int) -> None:
        (self.folder / "calls").write_text("0\n")
        (self.folder / "fail").write_text(f"{n}\n")

    @property
    def calls(self) -> int:
        return int((self.folder / "calls").read_text())


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare(tmp_path / "remote.git")


def told(remote: Path) -> list[str]:
    """The ids of the rounds on the branch, in their order."""
    paths = git(remote, "ls-tree", "-r", "--name-only", BRANCH, "raw/").splitlines()
    data = "".join(f"{line}\n" for path in paths for line in kept(remote, path))
    assert data.count("\n") == len(set(data.splitlines()))
    return [round_.id for round_ in decode_rounds(data.encode(), "raw")[0]]


def facts(remote: Path) -> list[str]:
    data = "".join(f"{line}\n" for line in kept(remote, "ledger.ndjson"))
    return [*Ledger.decode(data.encode())[0].facts("seen")]


@pytest.mark.parametrize("fault", [REFUSED, KILLED, KILLED_AFTER], ids=["refused", "killed", "killed-after"])
def test_whichever_call_of_git_fails_nothing_is_lost_and_nothing_is_there_twice(
    remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    here = clone(remote, tmp_path / "here")
    write(here, 0)
    shim = Shim(tmp_path / "shim", fault)
    monkeypatch.setenv("PATH", f"{shim.folder}{os.pathsep}{os.environ['PATH']}")
    sure, n, failed = ["round-0"], 0, True
    while failed:
        n += 1
        shim.fail_at(n)
        ended = in_a_child(write, here, n)
        failed = shim.calls >= n
        shim.fail_at(0)
        rounds = told(remote)
        if not ended:
            sure.append(f"round-{n}")
        assert set(sure) <= set(rounds), f"lost at call {n}"
        assert len(set(rounds)) == len(rounds)
        assert facts(remote) == rounds, f"half a run at call {n}"
        assert failed or not ended
    assert n > 10
    assert not [
        problem for problem in survey(Staged(Branch(here)), minutes(n)).problems if not problem.warning
    ]


def test_compaction_that_fails_at_any_call_of_git_changes_nothing_or_all(
    remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = clone(remote, tmp_path / "here")
    write(here, 0)
    shim = Shim(tmp_path / "shim", REFUSED)
    monkeypatch.setenv("PATH", f"{shim.folder}{os.pathsep}{os.environ['PATH']}")
    n, failed = 0, True
    while failed:
        n += 1
        write(here, n)
        tree = git(remote, "rev-parse", f"{BRANCH}^{{tree}}")
        shim.fail_at(n)
        with suppress(StatuspageError):
            Branch(here, sleep=lambda seconds: None).compact()
        failed = shim.calls >= n
        shim.fail_at(0)
        assert git(remote, "rev-parse", f"{BRANCH}^{{tree}}") == tree
    assert n > 3
    assert git(remote, "rev-list", "--count", BRANCH) == "1"
