"""How large does the history grow? 50 components, asked every 5 minutes, on the data branch.

    python tests/benchmarks/growth.py [DAYS]     10, if not given

First, days of rounds go through the real store, a commit each, into a bare repository: octets before and after git's
own gc, a year of it (they grow by the day), what a shallow clone holds, what is left after compaction. Then histories
of 1, 3 and 10 years as they are kept (35 days of rounds, 400 of hours, closed days for ever), compacted.
Promised: at most 10 MB after compaction at ten years, at most 1 MB in a shallow clone after ten days.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from git_world import BRANCH, bare, clone, git
from service import ONE_DAY, Service, names

from statuspage import history
from statuspage.archive import HOURS_KEPT, record
from statuspage.config import load
from statuspage.stores.branch import Branch
from statuspage.stores.staged import Staged

START = datetime(2026, 11, 1, tzinfo=UTC)
KEEP_RAW = 35  # days
MOST, MOST_SHALLOW = 10_000_000, 1_000_000


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


def main(days: int) -> int:
    kept = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before, after, cloned, compacted = through_the_store(folder, 24 * days)
        sys.stdout.write(
            f"{days} days of 50 components: {before / 1e6:.1f} MB before gc, {after / 1e6:.2f} MB after "
            f"({after / 1e6 * 365 / days:.0f} MB a year), shallow clone {cloned / 1e6:.2f} MB, "
            f"compacted {compacted / 1e6:.2f} MB\n"
        )
        kept = cloned <= MOST_SHALLOW or days > 10
        for years in (1, 3, 10):
            remote = bare(folder / f"{years}.git")
            aged(Staged(Branch(clone(remote, folder / f"clone{years}"))), years)
            size = packed(remote)
            sys.stdout.write(f"{years} years, compacted: {size / 1e6:.2f} MB\n")
            kept = kept and size <= MOST
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 10))
