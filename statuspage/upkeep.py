"""Looking after a store: is each line whole and in its place; broken lines put aside; one store copied to another."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from statuspage import history
from statuspage.archive import SCHEMA_FILE
from statuspage.errors import Problem, StatuspageError, Where
from statuspage.ledger import LEDGER_PATH, Ledger
from statuspage.lines import unchecksum
from statuspage.stores.base import Records

ASIDE = "broken/"
"""Below it lie the lines that `repair` took out of other files."""

OTHERS = ("kept/", "incidents/", ASIDE)  # last good versions, files that wait, what was put aside
FUTURE = timedelta(minutes=10)  # clocks of two machines may differ by so much


@dataclass(frozen=True, slots=True)
class Survey:
    """What a store holds, and what is wrong with it."""

    counts: dict[str, int]  # files, rounds, closed days, hours, facts
    first: datetime | None  # of the rounds
    last: datetime | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """One file without its broken lines."""

    path: str
    good: bytes
    broken: tuple[tuple[int, bytes], ...]  # by the number of the line


@dataclass(frozen=True, slots=True)
class Line:
    """One line that holds."""

    kind: str  # as in Survey.counts
    home: str  # the path that it belongs to
    at: datetime
    key: str


def survey(records: Records, now: datetime) -> Survey:
    """Read all of a store. Errors are broken lines, and lines in a file that is not theirs."""
    problems = [*_schema(records)]
    found: list[Line] = []
    paths = records.list("")
    for path in paths:
        for one in _looked(records, path, now):
            if isinstance(one, Line):
                found.append(one)
            else:
                problems.append(one)
    rounds = [one for one in found if one.kind == "rounds"]
    if twice := len(rounds) - len({one.key for one in rounds}):
        problems.append(Problem(f"{twice} rounds are there twice: each counts once", warning=True))
    times = [one.at for one in rounds]
    counts = {"files": len(paths), **Counter(one.kind for one in found)}
    return Survey(counts, min(times, default=None), max(times, default=None), tuple(problems))


def repairs(records: Records) -> Iterator[Repair]:
    """Each file with broken lines, and what would be left of it. Nothing is written."""
    for path in records.list(""):
        read = _reader(path)
        if read is None:
            continue
        data = records.read(path) or b""
        broken = [(number, line) for number, line in _lines(data) if not _holds(read, line, path)]
        if broken:
            gone = {number for number, _ in broken}
            good = b"".join(line + b"\n" for number, line in _lines(data) if number not in gone)
            yield Repair(path, good, tuple(broken))


def repair(records: Records, one: Repair) -> None:
    """Put the broken lines of a file aside, then the file without them. Killed in between, they are there twice."""
    aside = f"{ASIDE}{one.path}"
    before = records.read(aside) or b""
    records.put(aside, before + b"".join(line + b"\n" for _, line in one.broken))
    if one.good:
        records.put(one.path, one.good)
    else:
        records.delete(one.path)


def copy(source: Records, target: Records) -> int:
    """Every file of a store into an empty one; how many. Raises StatuspageError when the other one is not empty."""
    if there := target.list(""):
        raise StatuspageError(
            "there is a history already: copying would mix the two",
            where=Where(target.place(there[0])),
            mend="name an empty store",
        )
    paths = source.list("")
    for path in paths:
        target.put(path, source.read(path) or b"")
    target.keep("copied")
    return len(paths)


def is_of_history(path: str) -> bool:
    """Whether a file of that path holds lines of ours."""
    return _reader(path) is not None


MEND = (
    "`statuspage store repair --dry-run` shows what can be done; a good copy may be in the file's git history"
)

Read = Callable[[bytes], Line]
"""Raises StatuspageError for a broken line."""


def _looked(records: Records, path: str, now: datetime) -> Iterator[Line | Problem]:
    """The lines of a file, and what is wrong with them."""
    read, place = _reader(path), records.place(path)
    if read is None:
        if path != SCHEMA_FILE and not path.startswith(OTHERS):
            yield Problem("no file of the history", Where(place), warning=True)
        return
    data = records.read(path) or b""
    ends = data.count(b"\n")
    for number, line in _lines(data):
        where = Where(place, number)
        try:
            found = read(line)
        except StatuspageError as error:
            torn = number > ends  # it lacks its break: the next append cuts it off
            what = (
                "the last line is torn: a run was stopped while it wrote" if torn else error.problems[0].what
            )
            yield Problem(what, where, "" if torn else MEND, warning=torn)
            continue
        yield found
        if found.home != path:
            yield Problem(f"this line belongs into {found.home}", where, MEND)
        if found.at > now + FUTURE:
            what = f"it is of {found.at:%Y-%m-%d %H:%M} UTC, which is still to come: a clock was wrong"
            yield Problem(what, where, "it counts when its time has come", warning=True)


def _reader(path: str) -> Read | None:
    top = path.partition("/")[0]
    readers: dict[str, Read] = {"raw": _round, "days": _day, "hours": _hour, LEDGER_PATH: _fact}
    return readers.get(top) if path.endswith(".ndjson") else None


def _round(line: bytes) -> Line:
    found = history.decode_rounds(_checked(line), "")[0][0]
    return Line("rounds", history.raw_path(found.at), found.at, found.id)


def _day(line: bytes) -> Line:
    found = history.decode_days(_checked(line), "")[0][0]
    at = datetime.combine(found.day, time(), UTC)
    return Line("closed days", history.days_path(found.day), at, found.component)


def _hour(line: bytes) -> Line:
    component, first = history.decode_hours(_checked(line), "")[0][0]
    return Line("days of hours", history.hours_path(first.start.date()), first.start, component)


def _fact(line: bytes) -> Line:
    ledger, _ = Ledger.decode(_checked(line))
    found = next(fact for kind in ledger.kinds for fact in ledger.facts(kind).values())
    return Line("facts", LEDGER_PATH, found.at, found.key)


def _checked(line: bytes) -> bytes:
    """The line with a break, so that none passes for torn."""
    unchecksum(line, Where(""))
    return line + b"\n"


def _holds(read: Read, line: bytes, path: str) -> bool:
    try:
        return read(line).home == path
    except StatuspageError:
        return False


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    return ((number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip())


def _schema(records: Records) -> Iterator[Problem]:
    found = records.read(SCHEMA_FILE)
    where = Where(records.place(SCHEMA_FILE))
    if found is None and records.list("raw/"):
        yield Problem("is not there", where, f"write {history.SCHEMA} into it", warning=True)
    elif found is not None and found.decode("utf-8", "replace").strip() != str(history.SCHEMA):
        yield Problem(f"is not {history.SCHEMA}, the one that this version knows", where, "update statuspage")
