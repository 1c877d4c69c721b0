"""cState, a theme of Hugo: its configuration and `content/issues/` to a Foreign.

What the keys mean: cState's example site (config.yml, content/issues, static/admin/config.yml).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

from statuspage.errors import StatuspageError, Where
from statuspage.importers.files import files_in, json_of, text_of
from statuspage.importers.foreign import (
    Component,
    Foreign,
    Group,
    Note,
    Row,
    Step,
    Told,
    counted,
    listed,
    rows,
    time_of,
    title,
    word,
)
from statuspage.importers.words import clean, line, tamed
from statuspage.model import Impact, IncidentStatus, State
from statuspage.yamlfile import load

SYSTEM = "cstate"
CONFIGURATIONS = (
    "config.yml",
    "config.yaml",
    "config.toml",
    "config.json",
    "hugo.yaml",
    "hugo.yml",
    "hugo.toml",
)
ISSUES = Path("content", "issues")
IMPACTS = {"notice": Impact.NONE, "disrupted": Impact.MAJOR, "down": Impact.CRITICAL}
STATES = {"notice": State.OPERATIONAL, "disrupted": State.PARTIAL, "down": State.MAJOR}


def read(folder: Path, now: datetime) -> Foreign:
    """A cState site's folder. `now`: a post of the future is left. Raises StatuspageError."""
    path = next((folder / name for name in CONFIGURATIONS if (folder / name).is_file()), None)
    if path is None:
        mend = f"name the folder that holds {CONFIGURATIONS[0]} and {ISSUES}/"
        raise StatuspageError("no configuration of cState", where=Where(str(folder)), mend=mend)
    config = _lower(_parsed(text_of(path), path.suffix, str(path)))
    params = config.get("params")
    known = params if isinstance(params, dict) else {}
    notes: list[Note] = []
    components = tuple(_components(known))
    told = tuple(_told(folder, {c.key: c.name for c in components}, now, notes))
    return Foreign(
        system=SYSTEM,
        name=title(config, "title"),
        url=word(config, "baseurl"),
        groups=tuple(_groups(known)),
        components=components,
        told=told,
        notes=(*notes, *_aside(known)),
    )


# --- configuration -------------------------------------------------------------------------------


def _untitled(params: Row) -> set[str]:
    return {title(row, "name") for row in rows(params, "categories") if row.get("untitled") is True}


def _groups(params: Row) -> Iterator[Group]:
    seen = _untitled(params) | {""}
    for row in rows(params, "categories"):
        name = line(word(row, "name"), 100)
        if name not in seen:
            seen.add(name)
            told = line(word(row, "description"), 500)
            yield Group(name=name, description=told, collapsed=row.get("closed") is True)


def _components(params: Row) -> Iterator[Component]:
    groups = {group.name for group in _groups(params)}
    seen: set[str] = set()
    for row in rows(params, "systems"):
        name, group = line(word(row, "name"), 100), line(word(row, "category"), 100)
        if name and name not in seen:
            seen.add(name)
            told = line(word(row, "description"), 500)
            yield Component(key=name, name=name, group=group if group in groups else "", description=told)


def _aside(params: Row) -> Iterator[Note]:
    linked = [title(row, "name") for row in rows(params, "systems") if word(row, "link")]
    if linked:
        yield Note(f"components have no link of their own here: {listed(linked)}")


# --- issues --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Post:
    """One file in content/issues."""

    name: str
    facts: Row
    body: str


def _told(folder: Path, names: Mapping[str, str], now: datetime, notes: list[Note]) -> Iterator[Told]:
    if not (folder / ISSUES).is_dir():
        notes.append(Note(f"there is no {ISSUES}/"))
        return
    for path in files_in(folder / ISSUES, ".md", ".markdown"):
        try:
            yield _incident(_post(path), names, now, notes)
        except StatuspageError as error:
            name, why = line(path.name, 100), line(error.problems[0].what, 200)
            notes.append(Note(f"{ISSUES}/{name}: {why}", lost=True))


def _post(path: Path) -> _Post:
    text = clean(text_of(path, 200_000))
    found = _FRONT.match(text)
    if found is None:
        raise StatuspageError("has no front matter")
    kind = {"---": ".yml", "+++": ".toml"}[found["mark"]]
    return _Post(path.stem, _lower(_parsed(found["front"], kind, path.name)), text[found.end() :])


_FRONT = re.compile(r"\s*(?P<mark>---|\+\+\+)[ ]*\n(?P<front>.*?)\n(?P=mark)[ ]*(?:\n|\Z)", re.DOTALL)


def _incident(post: _Post, names: Mapping[str, str], now: datetime, notes: list[Note]) -> Told:
    """Raises StatuspageError with the reason why there is none."""
    name, at = title(post.facts, "title"), _time(post.facts.get("date"))
    if post.facts.get("draft") is True:
        raise StatuspageError("is a draft")
    if not name or at is None:
        raise StatuspageError("has no title or no date that can be read")
    if at > now:
        raise StatuspageError("lies in the future: announce it with `statuspage maintenance plan`")
    severity = _severity(post, name, notes)
    steps = _steps(post, at, name, notes)
    end = _end(post, steps, at)
    if end and end > now:
        notes.append(Note(f"'{name}' ends in the future: it is open until somebody ends it"))
    elif end and steps[-1].status != IncidentStatus.RESOLVED:
        steps.append(Step(status=IncidentStatus.RESOLVED, at=max(end, steps[-1].at), text=""))
    return Told(
        key=post.name,
        title=name,
        steps=tuple(steps),
        impact=str(IMPACTS[severity]),
        started=at if at < steps[0].at else None,
        components=dict.fromkeys(_affected(post, names, name, notes), str(STATES[severity])),
    )


def _severity(post: _Post, name: str, notes: list[Note]) -> str:
    """A key of IMPACTS."""
    said = "notice" if _informs(post) else word(post.facts, "severity").lower() or "notice"
    if said in IMPACTS:
        return said
    notes.append(Note(f"'{name}': the severity '{line(said, 40)}' is none of cState's: disrupted"))
    return "disrupted"


def _informs(post: _Post) -> bool:
    return post.facts.get("informational") is True


def _end(post: _Post, steps: Sequence[Step], at: datetime) -> datetime | None:
    """When it was over; None: it goes on. What only informs is over with its last word."""
    end = _time(post.facts.get("resolvedwhen"))
    if post.facts.get("resolved") is not True and not _informs(post):
        return None
    return end if end and end >= at else steps[-1].at


def _affected(post: _Post, names: Mapping[str, str], name: str, notes: list[Note]) -> list[str]:
    """The keys of the components it names, of those that the configuration knows."""
    value = post.facts.get("affected")
    said = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    by_name = {known.casefold(): key for key, known in names.items()}
    words = [line(one, 100) for one in said if isinstance(one, str)]
    unknown = [one for one in words if one.casefold() not in by_name]
    if unknown:
        notes.append(Note(f"'{name}' affected what is no system of the configuration: {listed(unknown)}"))
    return list(dict.fromkeys(by_name[one.casefold()] for one in words if one.casefold() in by_name))


# --- its text ------------------------------------------------------------------------------------


def _steps(post: _Post, at: datetime, name: str, notes: list[Note]) -> list[Step]:
    """One for each paragraph that begins with a word in stars; else the whole text is one."""
    parts = _parts(post.body)
    times = [_tracked(part) for part in parts]
    known = [time for time in times if time]
    downward = known[0] > known[-1] if len(known) > 1 else _word(parts[0]) is IncidentStatus.RESOLVED
    if downward:
        parts, times = parts[::-1], times[::-1]
    if guessed := sum(time is None for time in times[1:]):
        what = f"{counted(guessed, 'update')} without a time {'has' if guessed == 1 else 'have'} that of the one before"
        notes.append(Note(f"'{name}': {what}"))
    steps: list[Step] = []
    status, last = IncidentStatus.INVESTIGATING, at
    for part, time in zip(parts, times, strict=True):
        status, last = _word(part) or status, max(time or last, last)
        steps.append(Step(status=str(status), at=last, text=tamed(_said(part))))
    return steps


def _parts(body: str) -> list[str]:
    """The body cut before each word in stars; what stands before the first one goes with it."""
    cuts = [match.start() for match in _SAID.finditer(body)]
    edges = [0, *cuts[1:], len(body)] if cuts else [0, len(body)]
    return [body[start:end].strip("\n") for start, end in pairwise(edges)]


def _word(part: str) -> IncidentStatus | None:
    found = _SAID.search(part)
    return _STATUSES.get(found["word"].strip(" .:!").lower()) if found else None


def _said(part: str) -> str:
    """The text without its time, and without a word that the heading says."""
    text = _TRACK.sub("", part)
    return _SAID.sub("", text, count=1).strip() if _word(part) else text.strip()


def _tracked(part: str) -> datetime | None:
    found = _TRACK.search(part)
    return time_of(found["time"], naive=True) if found else None


_SAID = re.compile(
    r"^ {0,3}(?P<stars>\*{1,2})(?P<word>[A-Za-z][^*\n]{0,38})(?P=stars)[ ]*(?:[-–—:]+[ \n]*|(?=\n))",
    re.MULTILINE,
)
_TRACK = re.compile(r"\{\{[<%] *track +[\"'`](?P<time>[^\"'`\n]{1,60})[\"'`] *[>%]\}\}")
_STATUSES = {
    "investigating": IncidentStatus.INVESTIGATING,
    "identified": IncidentStatus.IDENTIFIED,
    "monitoring": IncidentStatus.MONITORING,
    "watching": IncidentStatus.MONITORING,
    "resolved": IncidentStatus.RESOLVED,
    "fixed": IncidentStatus.RESOLVED,
}


# --- formats -------------------------------------------------------------------------------------


def _time(value: object) -> datetime | None:
    """A time of Hugo's; cState wants them in UTC."""
    if isinstance(value, datetime):  # TOML has times of its own
        return time_of(value.isoformat(), naive=True)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return time_of(value, naive=True)


def _parsed(text: str, kind: str, name: str) -> object:
    """A document of one of Hugo's formats. Raises StatuspageError."""
    if kind == ".toml":
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise StatuspageError("is not TOML", where=Where(name)) from error
    return json_of(text, name) if kind == ".json" else load(text, name).value


def _lower(value: object) -> dict[str, object]:
    """Hugo's keys know no capitals."""
    return {str(key).lower(): one for key, one in value.items()} if isinstance(value, dict) else {}
