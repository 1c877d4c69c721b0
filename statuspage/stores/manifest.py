"""What is published in a bucket, and since when something of it is no longer referred to: a file of the bucket's.

Pure: bytes in, bytes out; what is to be put and what may be deleted. Only what a manifest names is ever deleted.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from statuspage.stores.headers import headers, is_hashed

PATH = ".statuspage/manifest.json"
SCHEMA = 1
KEPT = timedelta(hours=24)  # what is out of use stays that long: pages in caches and open tabs refer to it


@dataclass(frozen=True, slots=True)
class Object:
    """A file as a bucket lists it."""

    size: int
    etag: str  # bare, without quotes; "": not known


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of ours."""

    digest: str  # SHA-256 of content and headers
    object: Object  # as it was put; without etag: it was about to be
    unused_since: datetime | None = None  # None: the site has it


Manifest = Mapping[str, Entry]


def read(data: bytes) -> dict[str, Entry]:
    """The manifest. Raises ValueError when it is none of ours."""
    try:
        document = json.loads(data)
        if document["schema"] != SCHEMA:
            raise ValueError("another schema")
        return {path: _entry(row) for path, row in document["files"].items() if path != PATH}
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("not of our shape") from error


def write(manifest: Manifest) -> bytes:
    """The same manifest gives the same bytes."""
    files = {path: _row(entry) for path, entry in manifest.items()}
    document = {"schema": SCHEMA, "files": files}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def digest(path: str, content: bytes) -> str:
    """Of all that a visitor gets: the headers count too."""
    head = "\n".join(f"{name}: {value}" for name, value in sorted(headers(path).items()))
    return hashlib.sha256(head.encode() + b"\n\n" + content).hexdigest()


def stages(paths: Iterable[str]) -> list[list[str]]:
    """The order of putting, at most five stages: whatever a page needs is there before the page.

    Hashed assets, other pictures, styles and scripts, inner pages, feeds and data, `index.html`.
    """
    ordered: list[list[str]] = [[], [], [], [], []]
    for path in sorted(paths):
        ordered[_stage(path)].append(path)
    return [stage for stage in ordered if stage]


def to_put(files: Mapping[str, bytes], manifest: Manifest, listed: Mapping[str, Object]) -> dict[str, bytes]:
    """The files that the bucket does not hold as they are now."""
    return {
        path: content for path, content in files.items() if not _is_there(path, content, manifest, listed)
    }


def intended(
    files: Mapping[str, bytes], manifest: Manifest, listed: Mapping[str, Object], now: datetime
) -> Manifest:
    """The manifest with what is about to be put for the first time: a run that dies leaves nothing unnamed."""
    new = {
        path: Entry(digest(path, content), Object(len(content), ""), now)
        for path, content in files.items()
        if path not in manifest and path not in listed
    }
    return {**manifest, **new} if new else manifest


def unused(files: Iterable[str], manifest: Manifest, listed: Mapping[str, Object], now: datetime) -> Manifest:
    """What the manifest names, the site no longer has, and the bucket still holds as we put it."""
    gone = manifest.keys() - set(files)
    return {
        path: replace(entry, unused_since=entry.unused_since or now)
        for path, entry in manifest.items()
        if path in gone and path in listed and _is_ours(entry.object, listed[path])
    }


def to_delete(unused: Manifest, now: datetime) -> list[str]:
    """What has been out of use for long enough."""
    return sorted(p for p, entry in unused.items() if entry.unused_since and now - entry.unused_since >= KEPT)


def _stage(path: str) -> int:
    if is_hashed(path):
        return 0
    if path.endswith((".css", ".js", ".svg", ".png", ".ico", ".jpg", ".jpeg", ".webp")):
        return 1
    if path == "index.html":
        return 4
    return 2 if path.endswith(".html") else 3


def _is_there(path: str, content: bytes, manifest: Manifest, listed: Mapping[str, Object]) -> bool:
    entry = manifest.get(path)
    if entry is None or not entry.object.etag or listed.get(path) != entry.object:
        return False
    return entry.digest == digest(path, content)


def _is_ours(put: Object, listed: Object) -> bool:
    """Whether nobody put something else there since. Of what a dying run put, the size is known alone."""
    return put == listed or (not put.etag and put.size == listed.size)


def _entry(row: Mapping[str, object]) -> Entry:
    size, since = row["size"], row.get("unused_since")
    texts = (row["digest"], row["etag"], "" if since is None else since)
    if not isinstance(size, int) or not all(isinstance(text, str) for text in texts):
        raise TypeError
    mark, etag, moment = map(str, texts)
    when = datetime.fromisoformat(moment) if moment else None
    if when is not None and when.tzinfo is None:
        raise TypeError
    return Entry(mark, Object(size, etag), when)


def _row(entry: Entry) -> dict[str, object]:
    row: dict[str, object] = {"digest": entry.digest, "size": entry.object.size, "etag": entry.object.etag}
    if entry.unused_since is not None:
        row["unused_since"] = entry.unused_since.isoformat().replace("+00:00", "Z")
    return row
