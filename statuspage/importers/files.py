"""Foreign files: read without following links or waiting for pipes, and never more than is sensible."""

import json
from collections.abc import Iterator
from pathlib import Path

from statuspage.errors import StatuspageError, Where
from statuspage.regular import NoFileError, read_regular

MOST = 10_000_000  # octets of one file
MOST_FILES = 20_000


def text_of(path: Path, most: int = MOST) -> str:
    """A file's text. Raises StatuspageError when it is none, or too long."""
    where = Where(str(path))
    try:
        data = read_regular(path, most + 1, links=False)
    except NoFileError as error:
        raise StatuspageError(str(error), where=where) from error
    except OSError as error:
        what = "is a symbolic link" if path.is_symlink() else f"cannot be read: {error.strerror}"
        raise StatuspageError(what, where=where) from error
    if len(data) > most:
        raise StatuspageError(f"longer than {most} octets", where=where)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StatuspageError("not UTF-8", where=where) from error


def json_of(text: str, name: str) -> object:
    """A JSON document. Raises StatuspageError."""
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StatuspageError("is not JSON", where=Where(name)) from error
    return document


def files_in(folder: Path, *endings: str, most: int = MOST_FILES) -> Iterator[Path]:
    """The files of a folder with one of these endings, sorted. Raises StatuspageError."""
    try:
        found = sorted(path for path in folder.iterdir() if path.name.endswith(endings))
    except OSError as error:
        raise StatuspageError(f"cannot be read: {error.strerror}", where=Where(str(folder))) from error
    if len(found) > most:
        raise StatuspageError(f"more than {most} files", where=Where(str(folder)))
    yield from (path for path in found if not path.name.startswith((".", "_")))
