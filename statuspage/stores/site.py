"""A site's folder, replaced whole: visitors see the old site or the new one, never a part."""

import ctypes
import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from errno import EINVAL, ENOSYS, ENOTSUP
from itertools import chain
from pathlib import Path

from statuspage.errors import StatuspageError, Where
from statuspage.stores.base import Published

MARKER = ".statuspage"
MARK = b"statuspage made this folder and replaces it whole with each build.\n"
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


@dataclass(frozen=True, slots=True)
class FolderSite:
    """The site in a folder, such as that of a web server."""

    out: Path

    def publish(self, files: Mapping[str, bytes], now: datetime) -> Published:
        ours = (self.out / MARKER).is_file()  # a stranger's folder may hold a whole disk
        before = files_below(self.out) if ours else {}
        swap(files, self.out)
        changed = (path for path, content in files.items() if before.get(path) != content)
        return Published(len(files), tuple(sorted(changed)), tuple(sorted(before.keys() - files.keys())))


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below by its path; hidden ones and links are left out."""
    with _told(folder, "read"):
        found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in found
            if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        }


def swap(files: Mapping[str, bytes], out: Path) -> None:
    """Make `files` the whole content of the folder `out`.

    They are written beside it and swapped in; whatever fails leaves the old folder as it was and nothing beside it.
    Raises StatuspageError when the disk refuses, when a name is no plain relative path, and when `out` holds
    something that is no site of ours.
    """
    refuse_names(files)
    with _told(out):
        out = out.resolve()  # a link to the folder stays a link
        out.parent.mkdir(parents=True, exist_ok=True)
        with _alone(out.parent):
            _restore(out)
            _refuse_strangers(out)
            new = out.with_name(f".{out.name}.new-{os.getpid()}")
            try:
                _build(files, new)
                _exchange(new, out)
                with suppress(OSError):  # readers see the new site already
                    _sync(out.parent)
            finally:
                shutil.rmtree(new, ignore_errors=True)  # the old site by now, or what a failure left


def refuse_names(files: Mapping[str, bytes]) -> None:
    """Raises StatuspageError for a path that is no plain relative one, or that is a folder of others too."""
    folders = {"."}
    for path in files:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    for path in files:
        parts = path.split("/")
        plain = all(part not in ("", ".", "..") and part.isprintable() and "\\" not in part for part in parts)
        if not plain or path == MARKER or path in folders:
            raise StatuspageError("is no name for a file of the site", where=Where(repr(path)))


def _build(files: Mapping[str, bytes], new: Path) -> None:
    new.mkdir()
    for folder in sorted({path.rpartition("/")[0] for path in files} - {""}):
        (new / folder).mkdir(parents=True, exist_ok=True)
    for path, content in chain([(MARKER, MARK)], files.items()):
        with open(f"{new}/{path}", "wb") as file:  # noqa: PTH123 (thousands of them: a Path takes twice as long)
            file.write(content)
    _sync(new)


def _exchange(new: Path, out: Path) -> None:
    """Put `new` in the place of `out`, and what was there in the place of `new`."""
    if not out.exists():
        new.rename(out)
    elif not _exchanged(new, out):
        old = out.with_name(f".{out.name}.old-{os.getpid()}")
        out.rename(old)
        try:
            new.rename(out)
        except OSError:
            old.rename(out)
            raise
        old.rename(new)


def _exchanged(new: Path, out: Path) -> bool:
    """Exchange both in one step; False where the system or the file system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(out), RENAME_EXCHANGE) == 0:
        return True
    error = ctypes.get_errno()
    if error in (EINVAL, ENOSYS, ENOTSUP):
        return False
    raise OSError(error, os.strerror(error), str(out))


def _sync(folder: Path) -> None:
    """Have the folder's file system on disk: one call for a site of thousands of files."""
    sync = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if sync is None:
        os.sync()
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if sync(opened) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), str(folder))
    finally:
        os.close(opened)


def _restore(out: Path) -> None:
    """Tidy up after a killed run: bring back an old site that was set aside, remove half-built ones."""
    left = re.compile(rf"\.{re.escape(out.name)}\.(new|old)-\d+")
    for path in sorted(p for p in out.parent.iterdir() if left.fullmatch(p.name) and not p.is_symlink()):
        if ".old-" in path.name and not out.exists():
            path.rename(out)
        else:
            shutil.rmtree(path)


def _refuse_strangers(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise StatuspageError("is a file, not a folder", where=Where(str(out)), mend="name another folder")
    if any(out.iterdir()) and not (out / MARKER).is_file():
        raise StatuspageError(
            "holds files that are no site of ours; a build would remove them",
            where=Where(str(out)),
            mend=f"name a new or an empty folder, or put an empty file {MARKER} into this one",
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder itself, which leaves no file behind and dies with the process."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


@contextmanager
def _told(out: Path, deed: str = "written") -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:  # the latter: a loop of symbolic links
        reason = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        raise StatuspageError(
            f"the site cannot be {deed}: {reason}",
            where=Where(str(out)),
            mend="the old site is untouched; mend the disk or the rights and run it again",
        ) from error
