"""What a run changed, as one object of a bucket, and what a file holds after it. Pure: bytes in, bytes out.

    runs/2026-11-22/140500.123456-0f3c….ndjson.gz

Gzipped lines, each with its checksum: one about the run, then one for each file that it changed. Such objects never
change. They are applied in the order of their names; a line that two runs wrote, neither knowing of the other,
counts once.
"""

import base64
import gzip
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from statuspage.errors import StatuspageError, Where
from statuspage.lines import checksummed, unchecksum
from statuspage.stores.base import refuse_odd
from statuspage.stores.staged import Append, Change, Put, rebased

FOLDER = "runs"
SCHEMA = 1
NAME = re.compile(rf"{FOLDER}/(\d{{4}}-\d\d-\d\d/\d{{6}}\.\d{{6}})-[0-9a-f]{{16}}\.ndjson\.gz")
STAMP = "%Y-%m-%d/%H%M%S.%f"
MOST = 512 * 1024 * 1024  # octets of one object, unpacked: more is a bomb
MEND = "put the object back as it was, or move it out of runs/: what that run wrote is then lost, and nothing else"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a file was when a change to it was decided."""

    size: int
    digest: str  # SHA-256; "": there was no file


@dataclass(frozen=True, slots=True)
class Part:
    """What a run did to one file."""

    changes: tuple[Change, ...]
    before: Mark


Run = Mapping[str, Part]
"""By the path of the file."""


def name(now: datetime, nonce: str, seen: Iterable[str]) -> str:
    """The object of a run that comes after those others: it sorts behind them, whatever the clock says."""
    stamps = [match[1] for one in seen if (match := NAME.fullmatch(one))]
    if stamps:
        after = datetime.strptime(max(stamps), STAMP).replace(tzinfo=UTC) + timedelta(microseconds=1)
        now = max(now, after)
    return f"{FOLDER}/{now.astimezone(UTC):{STAMP}}-{nonce}.ndjson.gz"


def mark(content: bytes | None) -> Mark:
    return Mark(0, "") if content is None else Mark(len(content), sha256(content).hexdigest())


def parted(changes: Iterable[Change], before: Mapping[str, bytes | None]) -> Run:
    """The changes by file; `before` has what each was when they were decided."""
    by_path: dict[str, list[Change]] = {}
    for change in changes:
        by_path.setdefault(change.path, []).append(change)
    return {path: Part(tuple(mine), mark(before[path])) for path, mine in by_path.items()}


def applied(content: bytes | None, part: Part) -> bytes | None:
    """A file's content after what a run did to it."""
    return rebased(content, part.changes, _seen(content, part.before))


def encode(run: Run, why: str) -> bytes:
    """The same run gives the same bytes."""
    head = checksummed({"schema": SCHEMA, "why": why, "files": len(run)})
    lines = [
        checksummed(
            {
                "path": path,
                "before": [part.before.size, part.before.digest],
                "changes": [_out(change) for change in part.changes],
            }
        )
        for path, part in sorted(run.items())
    ]
    return packed("".join(f"{line}\n" for line in (head, *lines)).encode())


def decode(data: bytes, where: Where) -> dict[str, Part]:
    """The run of an object. Raises StatuspageError for one that is broken, torn, or of another version."""
    head, *rows = [unchecksum(line, where) for line in unpacked(data, where).splitlines()] or [{}]
    if head.get("schema") != SCHEMA:
        what = f"this object has schema {head.get('schema')!r}, this version knows {SCHEMA}"
        raise StatuspageError(what, where=where, mend="update statuspage")
    try:
        run = {_plain(row["path"]): _part(row) for row in rows}
        whole = len(run) == head["files"]
    except (KeyError, TypeError, ValueError) as error:
        raise StatuspageError("this object is no run of ours", where=where, mend=MEND) from error
    if not whole:
        raise StatuspageError("this object is torn", where=where, mend=MEND)
    return run


def packed(data: bytes) -> bytes:
    """Gzipped, without a time in it."""
    return gzip.compress(data, mtime=0)


def unpacked(data: bytes, where: Where) -> bytes:
    """What was packed. Raises StatuspageError for what is broken or too large."""
    try:
        unzip = zlib.decompressobj(wbits=31)
        content = unzip.decompress(data, MOST)
    except zlib.error as error:
        raise StatuspageError("this object is broken", where=where, mend=MEND) from error
    if not unzip.eof:
        raise StatuspageError("this object is torn, or unpacks to too much", where=where, mend=MEND)
    return content


def _seen(content: bytes | None, before: Mark) -> bytes | None:
    """As much of the content as the run had seen; None: it had seen another one."""
    head = None if content is None else content[: before.size]
    return head if mark(head) == before else None


def _out(change: Change) -> Sequence[object]:
    if isinstance(change, Append):
        return ["append", change.lines]
    if change.data is None:
        return ["delete"]
    try:
        return ["put", change.data.decode()]
    except UnicodeDecodeError:
        return ["put64", base64.b64encode(change.data).decode()]


def _plain(path: Any) -> str:
    refuse_odd(str(path))
    return str(path)


def _part(row: Mapping[str, Any]) -> Part:
    size, digest = row["before"]
    return Part(tuple(_in(row["path"], *told) for told in row["changes"]), Mark(int(size), str(digest)))


def _in(path: str, kind: str, content: Any = None) -> Change:
    if kind == "append":
        return Append(path, tuple(map(str, content)))
    if kind == "put":
        return Put(path, str(content).encode())
    if kind == "put64":
        return Put(path, base64.b64decode(content, validate=True))
    if kind == "delete":
        return Put(path, None)
    raise ValueError(kind)
