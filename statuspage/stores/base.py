"""What a place that keeps records, and one that shows a site, can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from statuspage.errors import Problem, StatuspageError, Where


class Records(Protocol):
    """Small text files by path (`raw/2026-11-22/07.ndjson`). What a call wrote, later reads see.

    Each call raises StatuspageError with the path and the reason when it cannot be done; then nothing has changed.
    """

    def place(self, path: str) -> str:
        """Where a person finds that file."""

    def read(self, path: str) -> bytes | None:
        """The content; None when there is no such file."""

    def list(self, prefix: str) -> list[str]:
        """The paths that start with `prefix`, sorted; "" lists all."""

    def append(self, path: str, lines: Sequence[str]) -> None:
        """Add whole lines at the end of the file, which need not exist; two writers at once lose nothing."""

    def put(self, path: str, data: bytes) -> None:
        """Make this the file's whole content: readers see the old or the new, never a part."""

    def delete(self, path: str) -> None:
        """Remove the file if it is there."""

    def keep(self, why: str = "") -> None:
        """Make lasting what was written since the last time, all of it or nothing; a folder does so at each call.

        `why`: for the log of a store that has one.
        """

    def compact(self) -> bool:
        """Put together what many runs left, so that the store stays small; False when there is nothing to do."""


def refuse_odd(path: str) -> list[str]:
    """The parts of a path. Raises StatuspageError for one that is not plain: it might lead out of the store."""
    parts = path.split("/")
    if not all(part.isprintable() and part and part[0] != "." and "\\" not in part for part in parts):
        raise StatuspageError("is not a plain path below the state folder", where=Where(repr(path)))
    return parts


def refuse_breaks(lines: Sequence[str]) -> None:
    """Raise ValueError for what is not one line each."""
    if any("\n" in line or not line for line in lines):
        raise ValueError("a line is not empty and holds no line break")


@dataclass(frozen=True, slots=True)
class Published:
    """What came of publishing: how many files the site has, which of them are new or others, which are gone."""

    files: int
    changed: tuple[str, ...]  # sorted
    removed: tuple[str, ...]  # sorted
    notes: tuple[Problem, ...] = ()  # warnings


class Site(Protocol):
    """A place where visitors find a site."""

    def publish(self, files: Mapping[str, bytes], now: datetime) -> Published:
        """Show these files, by their path below the site's root, and no others.

        Raises StatuspageError when it cannot be done; visitors then still see whole pages.
        """
