"""Records in a local folder: append-only lines and whole files, safe against kills, full disks and each other."""

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from statuspage.errors import StatuspageError, Where
from statuspage.lines import unchecksum
from statuspage.stores.base import refuse_breaks, refuse_odd

LOCK_FILE = ".lock"
CHUNK = 64 * 1024  # octets read at once when looking for the end of the last whole line
NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Folder:
    """The Records below `root`, which is made when first written to. Hidden files are its own, never listed.

    Writers wait for each other on a lock that dies with the process. What a killed one left unfinished at the end
    of a file is cut off by the next append; readers leave it out until then.
    """

    root: Path

    def place(self, path: str) -> str:
        return f"{self.root.name}/{path}"

    def read(self, path: str) -> bytes | None:
        file = self._file(path)
        with _told("read", file):
            try:
                with os.fdopen(os.open(file, os.O_RDONLY | NO_LINK), "rb") as opened:
                    return opened.read()
            except FileNotFoundError:
                return None

    def list(self, prefix: str) -> list[str]:
        folder = prefix.rpartition("/")[0]
        top = self._file(folder) if folder else self.root
        with _told("read", top):
            return sorted(path for path in self._below(top) if path.startswith(prefix))

    def append(self, path: str, lines: Sequence[str]) -> None:
        refuse_breaks(lines)
        if not lines:
            return
        file = self._file(path)
        with _told("write", file), self._alone():
            _make_folders(file.parent)
            _append(file, "".join(f"{line}\n" for line in lines).encode())

    def put(self, path: str, data: bytes) -> None:
        file = self._file(path)
        beside = file.with_name(f".{file.name}.new")  # one writer at a time: a killed one's is written over
        with _told("write", file), self._alone():
            _make_folders(file.parent)
            try:
                new = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_LINK, 0o666)
                with os.fdopen(new, "wb") as opened:
                    opened.write(data)
                    opened.flush()
                    os.fsync(opened.fileno())
                beside.replace(file)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
            _sync_folder(file.parent)

    def delete(self, path: str) -> None:
        file = self._file(path)
        with _told("remove", file):
            if not file.exists():
                return
        with _told("remove", file), self._alone():
            file.unlink(missing_ok=True)
            _sync_folder(file.parent)
            for folder in file.parents[: len(Path(path).parts) - 1]:
                try:
                    folder.rmdir()
                except OSError:  # it holds other files
                    break

    def keep(self, why: str = "") -> None:
        """Each call has done so already."""

    def compact(self) -> bool:
        return False

    def _file(self, path: str) -> Path:
        """The file of a path. Raises StatuspageError when the path leaves the root or passes a symbolic link."""
        parts = refuse_odd(path)
        file = self.root
        with _told("read", self.root / path):
            for part in parts:
                file /= part
                if file.is_symlink():
                    raise _link(file)
        return file

    def _below(self, top: Path) -> Iterator[str]:
        try:
            entries = sorted(os.scandir(top), key=lambda entry: entry.name)
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                raise _link(Path(entry.path))
            if entry.is_dir():
                yield from self._below(Path(entry.path))
            else:
                yield Path(entry.path).relative_to(self.root).as_posix()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder's lock; it dies with the process."""
        _make_folders(self.root)
        lock = os.open(self.root / LOCK_FILE, os.O_RDWR | os.O_CREAT | NO_LINK, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _append(file: Path, data: bytes) -> None:
    """Add `data` in one go, behind the last whole line; on failure leave the file as it was."""
    known = file.exists()
    opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_LINK, 0o666)
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise StatuspageError("is not a file", where=Where(str(file)))
        size = os.fstat(opened).st_size
        whole = _whole_lines(opened, size)
        torn = os.pread(opened, size - whole, whole)
        if torn and _complete(torn):
            data, whole = b"\n" + data, size  # only its line break is missing: it was written, it stays
        os.ftruncate(opened, whole)
        try:
            _write(opened, data)
            os.fsync(opened)
        except OSError:
            with suppress(OSError):
                os.ftruncate(opened, whole)
                if not known:
                    file.unlink()
            raise
    finally:
        os.close(opened)
    if not known:
        _sync_folder(file.parent)


def _write(opened: int, data: bytes) -> None:
    """One write as a rule; the kernel cuts it short when the disk fills up, and the next one says why."""
    written = os.write(opened, data)
    while written < len(data):
        written += os.write(opened, data[written:])


def _whole_lines(opened: int, size: int) -> int:
    """Octets up to and with the last line break."""
    end = size
    while end > 0:
        start = max(0, end - CHUNK)
        at = os.pread(opened, end - start, start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0


def _complete(torn: bytes) -> bool:
    try:
        unchecksum(torn, Where(""))
    except StatuspageError:
        return False
    return True


def _make_folders(folder: Path) -> None:
    """Make a folder and its parents, each kept on disk."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _link(path: Path) -> StatuspageError:
    return StatuspageError(
        "is a symbolic link", where=Where(str(path)), mend="put the file or folder itself there"
    )


@contextmanager
def _told(deed: str, path: Path) -> Iterator[None]:
    """Turn an error of the disk into ours, with the path and the system's reason."""
    try:
        yield
    except OSError as error:
        raise StatuspageError(
            f"cannot {deed} it: {error.strerror or type(error).__name__}",
            where=Where(str(path)),
            mend="nothing has changed; mend the disk or the rights and run it again",
        ) from error
