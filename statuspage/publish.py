"""Put a built site where visitors find it: in folders and in buckets, several at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from statuspage.errors import DONE, FAILED, INCOMPLETE, Problem, StatuspageError, Where
from statuspage.stores.base import Published, Site
from statuspage.stores.bucket_site import BucketSite
from statuspage.stores.site import FolderSite, files_below


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of each target, in the order given; what went wrong; who is to be told."""

    done: tuple[tuple[str, Published], ...]
    failed: tuple[Problem, ...]

    @property
    def exit_code(self) -> int:
        if not self.failed:
            return DONE
        return INCOMPLETE if self.done else FAILED

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Failures, then warnings."""
        return (*self.failed, *(note for _, result in self.done for note in result.notes))

    @property
    def changed(self) -> frozenset[str]:
        """Paths that are new or others somewhere."""
        return frozenset(path for _, result in self.done for path in result.changed)

    @property
    def removed(self) -> frozenset[str]:
        return frozenset(path for _, result in self.done for path in result.removed)


def read_site(folder: Path) -> dict[str, bytes]:
    """Every file of a built site by its path below `folder`. Raises when there is no built site."""
    if not (folder / "index.html").is_file():
        raise StatuspageError(
            "no built site here",
            where=Where(str(folder)),
            mend="run `statuspage build` or `statuspage run` first",
        )
    return files_below(folder)


def publish(
    files: Mapping[str, bytes], targets: Sequence[str], *, now: datetime, environ: Mapping[str, str]
) -> Outcome:
    """Show the site at each target: a folder, or the address of a bucket. One that fails stops no other."""
    done: list[tuple[str, Published]] = []
    failed: list[Problem] = []
    for target in dict.fromkeys(targets):
        try:
            done.append((target, _place(target, environ).publish(files, now)))
        except StatuspageError as error:
            failed += error.problems
    return Outcome(tuple(done), tuple(failed))


def purged(paths: Iterable[str]) -> list[str]:
    """The addresses below the site's root at which caches may hold these files, sorted: `/history/` and so on."""
    found = {f"/{quote(path)}" for path in paths}
    return sorted(found | {path.removesuffix("index.html") for path in found if path.endswith("/index.html")})


def _place(target: str, environ: Mapping[str, str]) -> Site:
    return BucketSite(target, environ) if "://" in target else FolderSite(Path(target))
