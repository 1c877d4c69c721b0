"""What runs have been put together to in a bucket: packs of files, and the manifest that names them. Pure.

    rollup/00000042.json            the manifest; the highest number holds
    blobs/<SHA-256>-<nonce>.gz      a pack: files one behind the other, gzipped

A pack's name is never used again, so that what one rollup deletes is nothing that another one has just taken up.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from statuspage.errors import StatuspageError, Where
from statuspage.lines import checksummed, unchecksum
from statuspage.stores.bucket_runs import packed, unpacked
from statuspage.stores.manifest import KEPT

FOLDER, BLOBS = "rollup", "blobs"
SCHEMA = 1
NAME = re.compile(rf"{FOLDER}/(\d{{8}})\.json")
BLOB = re.compile(rf"{BLOBS}/[0-9a-f]{{64}}-[0-9a-f]{{16}}\.gz")
LOCK = re.compile(rf"{FOLDER}/(\d{{8}})\.(\d+)\.lock")
MEND = "take this manifest away: the one before it holds then, and for a day nothing of this one is lost"
MISSING = (
    "put it back (a bucket that keeps versions has it), or begin at another prefix with what the published site holds: "
    "`statuspage --store s3://BUCKET/OTHER store restore --from-url URL`"
)


@dataclass(frozen=True, slots=True)
class Pack:
    """Files that are read together, in one object."""

    name: str
    files: tuple[tuple[str, int], ...]  # path and octets, in the order in which they lie there


@dataclass(frozen=True, slots=True)
class Rollup:
    """What a manifest says."""

    packs: tuple[Pack, ...] = ()
    runs: Mapping[str, datetime] = field(default_factory=dict)  # what is in the packs, since when
    unused: Mapping[str, datetime] = field(default_factory=dict)  # blobs that no pack is of, since when

    def where(self) -> dict[str, Pack]:
        """In which pack each file lies."""
        return {path: pack for pack in self.packs for path, _ in pack.files}


def name(number: int) -> str:
    return f"{FOLDER}/{number:08}.json"


def lock(number: int, turn: int) -> str:
    """Who has it may make the manifest of that number. The next turn is for whoever finds this one stale."""
    return f"{FOLDER}/{number:08}.{turn}.lock"


def newest(names: Iterable[str]) -> int | None:
    """The highest number of a manifest; None: there is none."""
    return max((int(match[1]) for one in names if (match := NAME.fullmatch(one))), default=None)


def turns(names: Iterable[str], number: int) -> list[int]:
    """Of the locks for that number, sorted."""
    found = (LOCK.fullmatch(one) for one in names)
    return sorted(int(match[2]) for match in found if match and int(match[1]) == number)


def is_before(path: str, number: int) -> bool:
    """Whether it is a manifest or a lock of a lower number."""
    match = NAME.fullmatch(path) or LOCK.fullmatch(path)
    return match is not None and int(match[1]) < number


def write(rollup: Rollup) -> bytes:
    """The same rollup gives the same bytes."""
    packs = [[pack.name, [[path, size] for path, size in pack.files]] for pack in rollup.packs]
    document = {"schema": SCHEMA, "packs": packs, "runs": _out(rollup.runs), "unused": _out(rollup.unused)}
    return checksummed(document).encode() + b"\n"


def read(data: bytes, where: Where) -> Rollup:
    """The rollup of a manifest. Raises StatuspageError for one that is broken, or of another version."""
    try:
        told = unchecksum(data, where)
    except StatuspageError as error:
        raise StatuspageError("this manifest is broken", where=where, mend=MEND) from error
    if told.get("schema") != SCHEMA:
        what = f"this manifest has schema {told.get('schema')!r}, this version knows {SCHEMA}"
        raise StatuspageError(what, where=where, mend="update statuspage")
    try:
        return _rollup(told)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StatuspageError("this manifest is none of ours", where=where, mend=MEND) from error


def group(path: str) -> str:
    """Files of one group lie in one pack: the hours of a day, which a build reads together; every other file alone."""
    return path.rpartition("/")[0] if path.startswith("raw/") else path


def pack(files: Mapping[str, bytes], nonce: str) -> tuple[Pack, bytes]:
    """Files in one object."""
    data = packed(b"".join(content for _, content in sorted(files.items())))
    sizes = tuple((path, len(content)) for path, content in sorted(files.items()))
    return Pack(f"{BLOBS}/{sha256(data).hexdigest()}-{nonce}.gz", sizes), data


def unpack(one: Pack, data: bytes, where: Where) -> dict[str, bytes]:
    """The files of an object. Raises StatuspageError when it is not the one that was put."""
    if sha256(data).hexdigest() not in one.name:
        raise StatuspageError("this object is broken", where=where, mend=MISSING)
    content = unpacked(data, where)
    return dict(_cut(one, content))


def rolled(
    old: Rollup, files: Mapping[str, bytes | None], content: Callable[[str], bytes], nonce: str
) -> tuple[tuple[Pack, ...], dict[str, bytes]]:
    """The packs after changes of files (None: gone), and the objects that are new; `content` reads an old file."""
    where = old.where()
    touched = {
        group(path) for path, data in files.items() if data != (content(path) if path in where else None)
    }
    packs = [one for one in old.packs if group(one.files[0][0]) not in touched]
    objects: dict[str, bytes] = {}
    for folder in sorted(touched):
        kept = {path: content(path) for path in where if group(path) == folder and path not in files}
        new = {path: data for path, data in files.items() if group(path) == folder and data is not None}
        if kept or new:
            one, data = pack({**kept, **new}, nonce)
            packs.append(one)
            objects[one.name] = data
    return tuple(sorted(packs, key=lambda one: one.files[0][0])), objects


def since(old: Mapping[str, datetime], names: Iterable[str], now: datetime) -> dict[str, datetime]:
    """Names, each since when it was first among them."""
    return {one: old.get(one, now) for one in names}


def expired(rollup: Rollup, now: datetime) -> list[str]:
    """What nobody needs any more: a reader who began before a rollup has had a day to end."""
    return sorted(one for one, at in (*rollup.runs.items(), *rollup.unused.items()) if now - at >= KEPT)


def _cut(one: Pack, content: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    for path, size in one.files:
        yield path, content[at : at + size]
        at += size


def _out(times: Mapping[str, datetime]) -> dict[str, str]:
    return {one: at.isoformat() for one, at in sorted(times.items())}


def _in(times: Mapping[str, str]) -> dict[str, datetime]:
    found = {one: datetime.fromisoformat(at) for one, at in times.items()}
    if any(at.tzinfo is None for at in found.values()):
        raise ValueError("a time without a zone")
    return found


def _rollup(told: Mapping[str, Any]) -> Rollup:
    packs = tuple(
        Pack(str(label), tuple((str(path), int(size)) for path, size in files))
        for label, files in told["packs"]
    )
    if not all(one.files and min(size for _, size in one.files) >= 0 for one in packs):
        raise ValueError("a pack of nothing")
    return Rollup(packs, _in(told["runs"]), _in(told["unused"]))
