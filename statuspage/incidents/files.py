"""The one place here that touches the disk: the folders of incident files and of corrections."""

import os
from collections.abc import Mapping
from pathlib import Path

from statuspage.errors import Problem, StatuspageError, Where
from statuspage.incidents.outline import MAX_BODY, MAX_FRONT
from statuspage.regular import NoFileError, read_regular

MAX_FILE = MAX_BODY + MAX_FRONT + 1_000  # octets
CORRECTIONS = "corrections"  # the folder of correction files, among the incident files

Collected = tuple[Mapping[str, bytes], list[Problem]]
"""Files by path (`incidents/x.md`), and what is wrong with those that cannot be read."""


def collect(folder: Path, called: str = "") -> Collected:
    """The `*.md` files of a folder.

    README.md and names that begin with `_` or `.` are left out. A folder that is not there holds nothing.
    `called` stands before the files' names, if not the folder's own name. Raises StatuspageError when the folder
    is there and cannot be listed: a page without any incident would be a lie.
    """
    return _collect(folder, called or folder.name, (".md",), "Markdown")


def collect_corrections(folder: Path) -> Collected:
    """The `*.yaml` and `*.yml` files in the folder `corrections` of a folder of incidents; else as above."""
    return _collect(folder / CORRECTIONS, f"{folder.name}/{CORRECTIONS}", (".yaml", ".yml"), "YAML")


def _collect(folder: Path, shown: str, endings: tuple[str, ...], kind: str) -> Collected:
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        what, mend = f"cannot be read: {error.strerror}", f"it is a folder of {kind} files"
        raise StatuspageError(what, where=Where(shown), mend=mend) from error
    for entry in entries:
        name = entry.name
        if name.startswith(("_", ".")) or name.lower() == "readme.md":
            continue
        path = f"{shown}/{name if name.isprintable() else ascii(name)[1:-1]}"
        if not name.lower().endswith(endings):
            if warning := _ignored(entry, path, kind):
                problems.append(warning)
            continue
        found = _read(Path(entry.path), path, kind)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            files[path] = found
    return files, problems


def _ignored(entry: os.DirEntry[str], path: str, kind: str) -> Problem | None:
    """A warning about something that was most likely meant to be read."""
    where = Where(path)
    if not entry.is_dir(follow_symlinks=False):
        meant = kind == "YAML" and entry.name.lower().endswith((".md", ".json", ".txt"))
        return Problem("is no correction", where, "end its name with .yaml", warning=True) if meant else None
    if kind == "Markdown" and entry.name == CORRECTIONS:
        return None
    return Problem("folders in here are not read", where, "move its files up", warning=True)


def _read(file: Path, path: str, kind: str) -> bytes | Problem:
    """A regular file's content; a link or a pipe is not followed or waited for."""
    where = Where(path)
    try:
        data = read_regular(file, MAX_FILE + 1, links=False)
    except NoFileError:
        return Problem("is no file", where, f"put a {kind} file there")
    except OSError as error:
        if file.is_symlink():
            return Problem("is a symbolic link", where, "put the file itself there")
        return Problem(f"cannot be read: {error.strerror}", where)
    if len(data) > MAX_FILE:
        mend = "move the longer part elsewhere and link to it"
        return Problem(f"longer than {MAX_FILE} octets", where, mend)
    return data
