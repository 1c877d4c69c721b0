"""The history as a site publishes it: for whoever recomputes a figure, and for a page that has lost its own.

Below `api/history/` lie files of the history's own lines and paths, without what is not public: components that the
page does not show, what probes cost, facts of nothing that is shown. `index.json` names them with size and digest.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, cast
from urllib.parse import quote

from statuspage import history as lines
from statuspage import rollup
from statuspage.archive import CLOCK, DAYS_READ, HOURS_READ, ONE_DAY, SCHEMA_FILE, raw_day
from statuspage.config import Config
from statuspage.errors import Problem, Problems, StatuspageError, Where
from statuspage.ledger import FIRST_SEEN, LEDGER_PATH, Ledger
from statuspage.lines import checksummed, numbered_lines
from statuspage.model import Snapshot
from statuspage.net import Net, NetError, Request
from statuspage.outputs.wire import json_bytes, stamp
from statuspage.probes.options import masked
from statuspage.stores.base import Records, refuse_odd
from statuspage.upkeep import copy, is_of_history, survey

FOLDER = "api/history/"
INDEX = f"{FOLDER}index.json"
ONCE = frozenset({"demo", CLOCK})  # kinds of facts about the history itself
COSTS = ("tokens", "calls")
MOST_FILES, MOST = 10_000, 500_000_000  # files and octets that are restored
MOST_OF_A_FILE = 50_000_000
LITTLE = 65_536  # octets more than the index names are read, and no more
WITHIN = timedelta(seconds=60)  # for one file
OK = 200
ADDRESS = "give the address of the page itself; a page that was built with `history: false` has none"
FOREIGN = "the index of the published history is not one of ours"

Line = dict[str, Any]
Get = Callable[[str, int], Awaitable[bytes]]  # a file of the site by its path, and of how many octets at most


def public_history(records: Records, config: Config, known: Snapshot) -> Iterator[tuple[str, bytes]]:
    """The files and their path below the site's root: closed days of 400 days, hours of 8, the rounds since.

    A day counts as closed a day later than it may be, so that what was published at a moment can be made again.
    """
    shown = {name for c in config.components if c.public for name in (c.id, *c.was)}
    for file in _files(records, known, shown):
        if told := _text(public for line in file.lines if (public := _public(line, shown))):
            yield f"{FOLDER}{file.path}", told


def index(files: Mapping[str, bytes], now: datetime) -> dict[str, bytes]:
    """The document that names them, as they are published; none where there are none."""
    told = [
        {
            "path": path.removeprefix(FOLDER),
            "size": len(files[path]),
            "sha256": sha256(files[path]).hexdigest(),
        }
        for path in sorted(path for path in files if path.startswith(FOLDER))
    ]
    document = {"schema": lines.SCHEMA, "generated_at": stamp(now), "files": told}
    return {INDEX: json_bytes(document)} if told else {}


def published_at(url: str) -> Get:
    """The files of the site whose front page is at that address."""
    base, net = url.split("#")[0].split("?")[0].rstrip("/"), Net()

    async def get(path: str, most: int) -> bytes:
        where = Where(f"{masked(url)}: {path}")
        try:
            answer = await net.fetch(Request(url=f"{base}/{quote(path)}", most=most), WITHIN)
        except NetError as error:
            raise StatuspageError(f"no answer ({error.code})", where=where, mend=ADDRESS) from error
        if answer.status != OK:
            raise StatuspageError(f"answered {answer.status}", where=where, mend=ADDRESS)
        return answer.body

    return get


async def restore(get: Get, records: Records, now: datetime) -> int:
    """Write a published history into an empty store, and give the number of its files.

    Raises Problems, and writes nothing, when a file is not as the index says, or a line is not whole.
    """
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for path, size, digest in _named(await get(INDEX, MOST_OF_A_FILE)):
        data = await get(f"{FOLDER}{path}", size + LITTLE)
        if (len(data), sha256(data).hexdigest()) == (size, digest):
            files[path] = data
        else:
            what = "is not the file that the index names"
            problems.append(Problem(what, Where(path), "the site may be changing: try again in some minutes"))
    given = _Given({SCHEMA_FILE: f"{lines.SCHEMA}\n".encode(), **files})
    problems += [one for one in survey(cast(Records, given), now).problems if not one.warning]
    problems += _unpublished(files.get(LEDGER_PATH, b"")) if not problems else []
    if problems:
        raise Problems(problems)
    return copy(cast(Records, given), records)


# --- what is public ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    lines: Iterable[Line]


def _files(records: Records, known: Snapshot, shown: Collection[str]) -> Iterator[_File]:
    """One at a time: a year of days is more than memory should hold."""
    last, closed = rollup.last_over(known.now) - ONE_DAY, date.min
    for path in records.list("days/"):
        if f"{known.now - DAYS_READ:%Y-%m}" <= _stem(path) <= f"{last:%Y-%m}":
            month = _days(records, path, last)
            closed = max([closed, *(date.fromisoformat(line["day"]) for line in month)])
            yield _File(path, month)
    for path in records.list("hours/"):
        if f"{(known.now - HOURS_READ).date()}" <= _stem(path) <= f"{last}":
            yield _File(path, _lines(records, path))
    for path in records.list("raw/"):
        if raw_day(path) >= closed:
            yield _rounds(records, path, known.now)
    yield _File(LEDGER_PATH, _facts(records, shown, known))


def _days(records: Records, path: str, last: date) -> list[Line]:
    return [line for line in _lines(records, path) if line["day"] <= last.isoformat()]


def _rounds(records: Records, path: str, now: datetime) -> _File:
    """Each once and by its time, whatever the file's order; without those in which nobody was asked."""
    told = (line for line in _lines(records, path) if "s" in line or "void" in line)
    by_id = {line["id"]: line for line in told if datetime.fromisoformat(line["at"]) <= now}
    return _File(path, sorted(by_id.values(), key=lambda line: (line["at"], line["id"])))


def _facts(records: Records, shown: Collection[str], known: Snapshot) -> Iterator[Line]:
    """Facts about what the page shows, and about the history itself."""
    ids = {one.id for one in known.incidents} | {one.id for one in known.maintenances}
    ids |= {one.id for component in known.components for one in component.corrections}

    def told(line: Line) -> bool:
        subject = line["key"].partition("/")[0]
        about = shown if line["kind"] == "component" else ids
        return line["kind"] in ONCE or (line["kind"] in FIRST_SEEN and subject in about)

    found = _lines(records, LEDGER_PATH)
    return (line for line in found if told(line) and datetime.fromisoformat(line["at"]) <= known.now)


def _public(line: Line, shown: Collection[str]) -> Line | None:
    """The line without components that are not shown; None when nothing is left. `d`, `ms` or `s` maps their ids."""
    if "c" in line:  # a line of one component, as it once was
        return line if line["c"] in shown else None
    for key in ("d", "ms", "s"):
        if key in line:
            left = {name: _free(told) for name, told in line[key].items() if name in shown}
            return {**line, key: left} if left else None
    return line


def _free(told: Any) -> Any:
    """A sample without what it cost; days and hours as they are."""
    if not isinstance(told, list) or not told or not isinstance(told[-1], dict):
        return told
    more = {key: part for key, part in told[-1].items() if key not in COSTS}
    return [*told[:-1], more]


def _lines(records: Records, path: str) -> Iterator[Line]:
    return (line for _, line in numbered_lines(records.read(path) or b"", records.place(path))[0])


def _text(found: Iterable[Line]) -> bytes:
    return "".join(f"{checksummed(line)}\n" for line in found).encode()


def _stem(path: str) -> str:
    return PurePosixPath(path).stem


# --- what comes back ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Given:
    """Files in memory, read as a store."""

    files: Mapping[str, bytes]

    def place(self, path: str) -> str:
        return f"{FOLDER}{path}"

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def list(self, prefix: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(prefix))


def _named(document: bytes) -> Iterator[tuple[str, int, str]]:
    """Path, size and digest of each file. Raises StatuspageError for another's index, or one that is too large."""
    try:
        told = json.loads(document)
        files = [(str(f["path"]), int(f["size"]), str(f["sha256"])) for f in told["files"]]
        schema = told["schema"]
    except (ArithmeticError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise StatuspageError(FOREIGN, where=Where(INDEX), mend=ADDRESS) from error
    if schema != lines.SCHEMA:
        what = f"the published history has schema {schema!r:.20}, this version knows {lines.SCHEMA}"
        raise StatuspageError(what, where=Where(INDEX), mend="update statuspage")
    sizes = [size for _, size, _ in files]
    if len(files) > MOST_FILES or sum(sizes) > MOST or max(sizes, default=0) > MOST_OF_A_FILE:
        raise StatuspageError("the published history is too large to be one of ours", where=Where(INDEX))
    for path, size, digest in files:
        refuse_odd(path)
        if not is_of_history(path) or size < 0:
            what = "is no file of a history: a site does not publish it, and nothing of it is taken"
            raise StatuspageError(what, where=Where(f"{INDEX}: {path!r}"), mend=ADDRESS)
        yield path, size, digest


def _unpublished(ledger: bytes) -> Iterator[Problem]:
    """Facts of kinds that no site publishes: what was told to whom, who is muted, what was declared."""
    for kind in sorted({*Ledger.decode(ledger)[0].kinds} - ONCE - FIRST_SEEN):
        yield Problem(
            f"facts of the kind '{kind:.40}' are not published by any site", Where(LEDGER_PATH), ADDRESS
        )
