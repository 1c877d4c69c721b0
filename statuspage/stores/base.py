"""What a place that keeps records can do."""

from collections.abc import Sequence
from typing import Protocol

from statuspage.errors import StatuspageError, Where


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
