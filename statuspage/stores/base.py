"""What a place that keeps records can do."""

from collections.abc import Sequence
from typing import Protocol


class Records(Protocol):
    """Small text files by path (`raw/2026-11-22/07.ndjson`); what a call wrote is kept when it returns.

    Each call raises StatuspageError with the path and the reason when it cannot be done; then nothing has changed.
    """

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
