"""How large does the history grow? 50 components, asked every 5 minutes, on the data branch.

    python tests/benchmarks/growth.py [--quick]

First, days of rounds go through the real store, a commit each, into a bare repository: octets before and after git's
own gc, a year of it (they grow by the day), what a shallow clone holds, what is left after compaction. Then histories
of 1, 3 and 10 years as they are kept (35 days of rounds, 400 of hours, closed days for ever), compacted.
At most 10 MB after compaction at ten years, 1 MB in a shallow clone after ten days, 2 MB that a build reads.
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from git_world import BRANCH, bare, clone, git
from measure import Row
from service import ONE_DAY, Service, names

from statuspage import history
from statuspage.archive import HOURS_KEPT, recall, record
from statuspage.config import load
from statuspage.stores.base import Records
from statuspage.stores.branch import Branch
from statuspage.stores.staged import Staged

START = datetime(2026, 11, 1, tzinfo=UTC)
KEEP_RAW = 35  # days
MOST, MOST_SHALLOW, MOST_READ = 10_000_000, 1_000_000, 2_000_000


def aged(records: Staged, years: float, components: int = 50) -> None:
    """Write what is kept of a history that is so old, in one commit."""
    service, today = Service(names(components)), START
    files: dict[str, list[str]] = {}
    for one in service.rounds(today - KEEP_RAW * ONE_DAY, 24 * KEEP_RAW):
        files.setdefault(history.raw_path(one.at), []).append(history.encode_round(one))
    for n in range(int(365 * years)):
        start = today - (n + 1) * ONE_DAY
        closed = [service.day(name, start) for name in service.usual]
        files.setdefault(history.days_path(start.date()), []).append(history.encode_days(closed))
        if n < HOURS_KEPT.days:
            hours = [(name, service.hours(name, start)) for name in service.usual]
            files[history.hours_path(start.date())] = [history.encode_hours(hours)]
    for path, lines in files.items():
        records.append(path, lines)
    records.keep("as old as that")


def packed(repository: Path) -> int:
    """Octets of the repository's objects after git's own gc, with all that nothing reaches gone."""
    git(repository, "reflog", "expire", "--all", "--expire=now")
    git(repository, "gc", "-q", "--prune=now")
    return sum(file.stat().st_size for file in (repository / "objects").rglob("*") if file.is_file())


def loose(repository: Path) -> int:
    return sum(file.stat().st_size for file in (repository / "objects").rglob("*") if file.is_file())


def shallow(remote: Path, folder: Path) -> int:
    """Octets of the objects of a clone of the branch, one commit deep."""
    return loose(clone(remote, folder, "--branch", BRANCH) / ".git")


def through_the_store(folder: Path, hours: int) -> tuple[int, int, int, int]:
    """Octets before gc, after it, in a shallow clone, after compaction; with a commit a round."""
    folder.mkdir(exist_ok=True)
    remote = bare(folder / "remote.git")
    here = clone(remote, folder / "here")
    for repository in (remote, here):
        git(repository, "config", "gc.auto", "0")
    items = "".join(f"  - {{name: {name}, url: https://{name}.example/}}\n" for name in names(50))
    config = load(f"components:\n{items}", "components.yaml", {})
    for one in Service(names(50)).rounds(START, hours):
        records = Staged(Branch(here))
        record(records, config, one)
        records.keep(one.id)
    before, after = loose(remote), packed(remote)
    cloned = shallow(remote, folder / "shallow")
    Branch(here).compact()
    return before, after, cloned, packed(remote)


def rows(quick: bool) -> Iterator[Row]:
    days = 1 if quick else 10
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before, after, cloned, _ = through_the_store(folder, 24 * days)
        what = f"{days} days of 50 components on the branch"
        yield Row(what=f"{what}, before gc", seen=before / 1e6, unit="MB")
        yield Row(
            what=f"{what}, after gc",
            seen=after / 1e6,
            unit="MB",
            against=f"{after / 1e6 * 365 / days:.0f} MB a year until it is compacted",
        )
        yield Row(what=f"{what}, a shallow clone", seen=cloned / 1e6, unit="MB", limit=MOST_SHALLOW / 1e6)
        for years in (1,) if quick else (1, 3, 10):
            remote = bare(folder / f"{years}.git")
            store = Staged(Branch(clone(remote, folder / f"clone{years}")))
            aged(store, years)
            yield Row(
                what=f"history of {years} years, compacted",
                seen=packed(remote) / 1e6,
                unit="MB",
                limit=MOST / 1e6,
            )
            yield Row(
                what=f"what a build reads of {years} years",
                seen=read_by_a_build(store) / 1e6,
                unit="MB",
                limit=MOST_READ / 1e6,
            )


def read_by_a_build(records: Records) -> int:
    """Octets."""
    counted = Counted(records)
    items = "".join(f"  - {{name: {name}, url: https://{name}.example/}}\n" for name in names(50))
    recall(counted, load(f"components:\n{items}", "components.yaml", {}), START)
    return counted.octets


class Counted:
    """Records that count what is read of them."""

    def __init__(self, records: Records) -> None:
        self.records, self.octets = records, 0

    def read(self, path: str) -> bytes | None:
        found = self.records.read(path)
        self.octets += len(found or b"")
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.records, name)


if __name__ == "__main__":
    for row in rows("--quick" in sys.argv):
        print(row.line(), flush=True)  # noqa: T201 (a script's own output)
