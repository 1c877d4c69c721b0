"""Records that are written in one go: what was written waits, reads see it already."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from statuspage.stores.base import refuse_breaks, refuse_odd


@dataclass(frozen=True, slots=True)
class Append:
    """Lines for the end of a file."""

    path: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Put:
    """A file's whole content; None: there is to be no such file."""

    path: str
    data: bytes | None


Change = Append | Put


class Base(Protocol):
    """A store that takes changes all at once, on top of what others have written meanwhile."""

    def place(self, path: str) -> str: ...

    def read(self, path: str) -> bytes | None: ...

    def list(self, prefix: str) -> list[str]: ...

    def commit(self, changes: Sequence[Change], why: str) -> None:
        """Make them lasting, all or none. Raises StatuspageError; then they may be given again."""

    def compact(self) -> bool: ...


class Staged:
    """The Records of a store whose writes are dear: they wait for `keep`."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._waiting: list[Change] = []
        self._seen: dict[str, bytes | None] = {}  # files with their waiting changes

    def place(self, path: str) -> str:
        return self.base.place(path)

    def read(self, path: str) -> bytes | None:
        refuse_odd(path)
        return self._seen[path] if path in self._seen else self.base.read(path)

    def list(self, prefix: str) -> list[str]:
        kept = (path for path in self.base.list(prefix) if path not in self._seen)
        seen = (path for path, data in self._seen.items() if data is not None and path.startswith(prefix))
        return sorted([*kept, *seen])

    def append(self, path: str, lines: Sequence[str]) -> None:
        refuse_breaks(lines)
        if lines:
            self._note(Append(path, tuple(lines)))

    def put(self, path: str, data: bytes) -> None:
        self._note(Put(path, data))

    def delete(self, path: str) -> None:
        if self.read(path) is not None:
            self._note(Put(path, None))

    def keep(self, why: str = "") -> None:
        if self._waiting:
            self.base.commit(tuple(self._waiting), why)
            self._waiting.clear()
            self._seen.clear()

    def compact(self) -> bool:
        return self.base.compact()

    def _note(self, change: Change) -> None:
        self._seen[change.path] = after(self.read(change.path), [change])
        self._waiting.append(change)


def after(content: bytes | None, changes: Iterable[Change]) -> bytes | None:
    """A file's content after changes to it. A last line without a break was written by hand: it stays."""
    for change in changes:
        content = change.data if isinstance(change, Put) else _with(content, _octets(change))
    return content


def rebased(content: bytes | None, changes: Iterable[Change], before: bytes | None) -> bytes | None:
    """A file's content after changes that were decided when it held `before`.

    A line that came in meanwhile and is one of ours came from a try whose answer was lost: it is not written twice.
    Where a file of lines is written anew or removed, those that came in meanwhile stay.
    """
    grown = content != before and (content or b"").startswith(before or b"")
    new = b"" if content == before else (content or b"").removeprefix(before or b"")
    came = [line for line in new.split(b"\n") if line]
    there = set(came)
    kept = [
        _appended(change, there) if isinstance(change, Append) else _put(change, came if grown else [])
        for change in changes
    ]
    return after(content, [change for change in kept if isinstance(change, Put) or change.lines])


def _octets(change: Append) -> list[bytes]:
    return [line.encode() for line in change.lines]


def _appended(change: Append, there: Container[bytes]) -> Append:
    return Append(change.path, tuple(line for line in change.lines if line.encode() not in there))


def _put(change: Put, came: Sequence[bytes]) -> Put:
    mine = set((change.data or b"").split(b"\n"))
    others = [line for line in came if line not in mine]
    if not others or not change.path.endswith(".ndjson"):
        return change
    return Put(change.path, _with(change.data, others))


def _with(content: bytes | None, lines: Sequence[bytes]) -> bytes:
    """A file with lines at its end."""
    whole = content or b""
    gap = b"\n" if whole and not whole.endswith(b"\n") else b""
    return whole + gap + b"".join(line + b"\n" for line in lines)
