"""The one place here that touches the disk: the folder of incident files."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from statuspage.errors import Problem, Where
from statuspage.incidents.outline import MAX_BODY, MAX_FRONT

MAX_FILE = MAX_BODY + MAX_FRONT + 1_000  # octets


def collect(folder: Path, called: str = "") -> tuple[Mapping[str, bytes], list[Problem]]:
    """The `*.md` files of a folder by path (`incidents/x.md`), and those that cannot be read.

    README.md and names that begin with `_` or `.` are left out. A folder that is not there holds nothing.
    `called` stands before the files' names, if not the folder's own name.
    """
    called = called or folder.name
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        return {}, [Problem(what, Where(called), "it is a folder of Markdown files")]
    for entry in entries:
        name = entry.name
        if name.startswith(("_", ".")) or name.lower() == "readme.md":
            continue
        path = f"{called}/{name if name.isprintable() else ascii(name)[1:-1]}"
        if not name.lower().endswith(".md"):
            if entry.is_dir(follow_symlinks=False):
                what, mend = "folders in here are not read", "move its files up"
                problems.append(Problem(what, Where(path), mend, warning=True))
            continue
        found = _read(Path(entry.path), path)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            files[path] = found
    return files, problems


def _read(file: Path, path: str) -> bytes | Problem:
    """A regular file's content; a link or a pipe is not followed or waited for."""
    where = Where(path)
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if file.is_symlink():
            return Problem("is a symbolic link", where, "put the file itself there")
        return Problem(f"cannot be read: {error.strerror}", where)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        return Problem("is no file", where, "put a Markdown file there")
    try:
        with os.fdopen(opened, "rb") as content:
            data = content.read(MAX_FILE + 1)
    except OSError as error:
        return Problem(f"cannot be read: {error.strerror}", where)
    if len(data) > MAX_FILE:
        mend = "move the longer part elsewhere and link to it"
        return Problem(f"longer than {MAX_FILE} octets", where, mend)
    return data
