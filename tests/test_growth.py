"""The history stays small: on the data branch by the day, after compaction at any age."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

import growth
from git_world import bare, clone

from statuspage.stores.branch import Branch
from statuspage.stores.staged import Staged


def test_ten_years_of_ten_components_are_two_megabytes_after_compaction(tmp_path: Path) -> None:
    """Of fifty they are five times that; `tests/benchmarks/growth.py` has the true figures."""
    remote = bare(tmp_path / "remote.git")
    growth.aged(Staged(Branch(clone(remote, tmp_path / "here"))), 10, components=10)

    assert growth.packed(remote) < growth.MOST / 5


def test_a_commit_a_round_grows_by_the_round_alone(tmp_path: Path) -> None:
    """Two hours of 50 components, with gc: as much a year as many such hours."""
    octets = [growth.through_the_store(tmp_path / name, hours=n) for name, n in (("one", 1), ("two", 2))]
    one, two = (after for _, after, _, _ in octets)

    assert two < 2.2 * one
    assert two / 2 * 24 * 365 < 150e6
