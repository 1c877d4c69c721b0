"""Correction files to values: a false alarm annulled, an outage added. Everything wrong in one is said at once."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from statuspage.errors import Problem, Problems, StatuspageError, Where, nearest
from statuspage.incidents.facts import SLACK, Border, Names, Raw
from statuspage.incidents.reading import decoded, is_id
from statuspage.incidents.times import shortened, window
from statuspage.intervals import Interval
from statuspage.model import Correction, Fact, State
from statuspage.yamlfile import Loaded, Value, load

CORRECTION = "correction"
"""The ledger's kind of the fact when a correction was first seen; its key is the correction's id."""

MAX_OCTETS = 20_000
KEYS = ("component", "annul", "was", "outage", "state", "author", "reason")
TROUBLE: Mapping[str, State] = {str(s): s for s in (State.DEGRADED, State.PARTIAL, State.MAJOR)}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCorrection:
    """One file as it stands."""

    id: str  # the file's stem
    path: str
    components: tuple[str, ...]
    window: Interval
    state: State  # see Correction
    author: str
    reason: str


def read_correction(
    text: str, path: str, names: Names, *, now: datetime, zone: str, manual: Collection[str] = ()
) -> WrittenCorrection:
    """Read one file. Raises Problems with everything wrong in it.

    `zone` is the page's, named in advice only. `manual` components have no probe whose alarm could be false.
    """
    loaded = load(text, path, max_bytes=MAX_OCTETS, max_depth=3)
    if not isinstance(loaded.value, dict):
        mend = "write key: value on each line: component, annul or outage, author, reason"
        raise Problems([Problem("the file holds no correction", Where(path, 1), mend)])
    border = Border(path, names, now, zone, [])
    read = _correction(border, _raw(loaded), loaded, manual)
    if border.problems or read is None:
        raise Problems(sorted(border.problems, key=lambda p: p.where.line if p.where else 0))
    return read


def read_corrections(
    files: Mapping[str, bytes], names: Names, *, now: datetime, zone: str, manual: Collection[str] = ()
) -> tuple[list[WrittenCorrection], list[Problem]]:
    """The good ones by path, and the problems of the broken ones."""
    good: list[WrittenCorrection] = []
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    for path in sorted(files):
        try:
            id_ = PurePosixPath(path).stem.casefold()
            if taken.setdefault(id_, path) != path:
                mend = "rename one of the two: neither ending nor capital letters make a difference"
                raise StatuspageError(f"the same id as {taken[id_]}", where=Where(path), mend=mend)
            text = decoded(files[path], path)
            good.append(read_correction(text, path, names, now=now, zone=zone, manual=manual))
        except StatuspageError as error:
            problems += error.problems
    return good, problems


def settle_correction(
    written: WrittenCorrection, seen: Fact | None, now: datetime
) -> tuple[Correction, list[Fact]]:
    """The correction, and its fact for the ledger when that does not hold it yet (`seen` is None)."""
    fact = seen or Fact(kind=CORRECTION, key=written.id, at=now)
    settled = Correction(
        id=written.id,
        components=written.components,
        start=written.window.start,
        end=written.window.end,
        state=written.state,
        author=written.author,
        reason=written.reason,
        created=fact.at,
    )
    return settled, [] if seen else [fact]


def _raw(loaded: Loaded) -> Raw:
    """Each key that has a value, with its line."""
    given = loaded.value if isinstance(loaded.value, dict) else {}
    return {key: (loaded.line(key), value) for key, value in given.items() if value is not None}


def _correction(
    border: Border, raw: Raw, loaded: Loaded, manual: Collection[str]
) -> WrittenCorrection | None:
    path = border.path
    id_ = PurePosixPath(path).stem
    if not is_id(id_):
        border.wrong(0, f"'{shortened(id_)}' cannot be an id", "rename it: letters, digits, - and _")
    border.keys(raw, KEYS, "a correction")
    kind = _kind(border, raw)
    components = _components(border, raw, loaded)
    span = _past(border, raw, kind) if kind else None
    state = _state(border, raw, kind) if kind else None
    author, reason = (_sentence(border, raw, key, most) for key, most in _MOST.items())
    if kind == "annul":
        for component in (c for c in components if c in manual):
            what = f"no probe asks '{component}', so there is no false alarm"
            border.wrong(raw["annul"][0], what, "put the incident right that says so")
    if not span or not state or not author or not reason:
        return None
    return WrittenCorrection(
        id=id_,
        path=path,
        components=components,
        window=span,
        state=state,
        author=author,
        reason=reason,
    )


_MENDS = {
    "author": "add author: the name of whom readers may ask",
    "reason": "add reason: one sentence that readers will see",
}
_MOST = {"author": 100, "reason": 1_000}  # characters
_OWN = {"annul": "was", "outage": "state"}


def _sentence(border: Border, raw: Raw, key: str, most: int) -> str | None:
    """One line that can be printed anywhere."""
    if key not in raw:
        border.wrong(1, f"the {key} is missing", _MENDS[key])
        return None
    text = border.text(raw, key)
    if text and not text.isprintable():
        border.wrong(raw[key][0], f"the {key} has characters that cannot be printed", "delete them")
    if text and len(text) > most:
        border.wrong(raw[key][0], f"the {key} is longer than {most} characters", "make it shorter")
    return text


def _kind(border: Border, raw: Raw) -> str:
    """`annul` or `outage`; "" when that is not clear."""
    given = [kind for kind in _OWN if kind in raw]
    if len(given) == 1:
        other = next(key for kind, key in _OWN.items() if kind != given[0])
        if other in raw:
            mend = f"delete it; {_OWN[given[0]]} goes with {given[0]}"
            border.wrong(raw[other][0], f"'{other}' says nothing beside '{given[0]}'", mend)
        return given[0]
    if given:
        border.wrong(raw["outage"][0], "annul and outage in one file", "write a file for each of the two")
    else:
        mend = "add annul: 2026-11-20 14:00 .. 14:25 UTC, or outage: with the time of an unseen one"
        border.wrong(1, "neither annul nor outage", mend)
    return ""


def _past(border: Border, raw: Raw, kind: str) -> Interval | None:
    """Time that has been: what is to come cannot be corrected."""
    line, value = raw[kind]
    span = border.parsed(line, value, lambda text: window(text, border.zone))
    if span and span.end > border.now + SLACK:
        mend = f"it is {border.now:%Y-%m-%d %H:%M} UTC now: end it by then"
        border.wrong(line, f"{kind} reaches into the future", mend)
    return span


def _state(border: Border, raw: Raw, kind: str) -> State | None:
    if kind == "outage":
        return _word(border, raw, "state", TROUBLE, State.MAJOR)
    return _word(border, raw, "was", {"operational": State.OPERATIONAL}, State.UNKNOWN)


def _word(border: Border, raw: Raw, key: str, known: Mapping[str, State], usual: State) -> State | None:
    if key not in raw:
        return usual
    line, value = raw[key]
    found = known.get(re.sub(r"[\s-]+", "_", str(value).strip().lower()))
    if found is None:
        mend = nearest(str(value), known)
        if key == "was":
            mend = (
                "write was: operational if somebody saw it work, or delete the line: then it is not measured"
            )
        border.wrong(line, f"unknown state '{shortened(str(value))}'", mend)
    return found


def _components(border: Border, raw: Raw, loaded: Loaded) -> tuple[str, ...]:
    if "component" not in raw:
        border.wrong(1, "the component is missing", "add component: its id or its name")
        return ()
    line, value = raw["component"]
    names: list[Value] = value if isinstance(value, list) else [value]
    if not names:
        border.wrong(line, "no component is named", "write component: its id or its name")
    found: dict[str, None] = {}
    for n, name in enumerate(names):
        own = loaded.line("component", n) if isinstance(value, list) else line
        id_ = border.names.id(str(name).strip()) if isinstance(name, str | int) else None
        if id_ is None:
            known = border.names.components
            border.wrong(own, f"unknown component '{shortened(str(name))}'", nearest(str(name), known))
        else:
            found[id_] = None
    return tuple(found)
