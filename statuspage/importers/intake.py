"""A foreign page into this one's files: what is to be written, and the report. Nothing is written over."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from statuspage import incidents as people
from statuspage.authoring import IMPORTED, Said, moment, new_file, put
from statuspage.config import load, slug
from statuspage.errors import StatuspageError
from statuspage.importers.components import Known, Placed, placed
from statuspage.importers.foreign import Foreign, Note, Step, Told, counted, listed, source_of
from statuspage.importers.words import escaped, line

CONFIG_FILE, FOLDER = "components.yaml", "incidents"
SHORT = 1_000  # characters that are left of each text when all of them make a file too long


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import will do."""

    files: Mapping[str, str]  # new ones by path, in the order in which they are written
    block: str  # of YAML to add to a components.yaml that is there; "" when nothing is missing in it
    taken: str  # a sentence
    kept: tuple[str, ...]  # files of an earlier import
    notes: tuple[Note, ...]

    @property
    def lost(self) -> bool:
        """Whether something of theirs is not here now."""
        return bool(self.block) or any(note.lost for note in self.notes)


def plan(foreign: Foreign, root: Path, now: datetime) -> Plan:
    """What is to be written below `root`, each file read as `check` reads it. Raises StatuspageError."""
    known = _known(root)
    place = placed(foreign, known, now)
    told = list({one.key: one for one in reversed(foreign.told)}.values())[::-1]
    waiting = [one for one in told if any(key in place.missing for key in _keys(one))]
    ready = [one for one in told if one not in waiting]
    files, kept, notes = _incidents(ready, foreign.system, place, people.collect(root / FOLDER)[0], now)
    head = {CONFIG_FILE: place.text} if known is None else {}
    return Plan(
        files={**head, **dict(sorted(files.items()))},
        block=place.block,
        taken=_taken(foreign),
        kept=tuple(sorted(kept)),
        notes=tuple(dict.fromkeys([*foreign.notes, *place.notes, *notes, *_waiting(waiting, place)])),
    )


def write(plan: Plan, root: Path) -> None:
    """Write the files, each whole or not at all; one that is there by now is left alone. Raises StatuspageError."""
    for path, text in plan.files.items():
        put(root, path, text.encode())


def report(plan: Plan, *, dry: bool) -> Iterator[str]:
    """The report, line by line."""
    yield f"read: {plan.taken}"
    yield from (f"{'would write' if dry else 'wrote'} {path}" for path in plan.files)
    if plan.kept:
        yield f"there already: {counted(len(plan.kept), 'file')} of an earlier import"
    yield from (f"changed: {note.what}" for note in plan.notes if not note.lost)
    yield from (f"left: {note.what}" for note in plan.notes if note.lost)
    if plan.block:
        yield f"{CONFIG_FILE} is yours: add this to it\n"
        yield plan.block


# --- what is there -------------------------------------------------------------------------------


def _known(root: Path) -> Known | None:
    """None when there is no such file. Raises Problems when it is broken."""
    try:
        text = (root / CONFIG_FILE).read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as error:
        raise StatuspageError(f"{CONFIG_FILE} cannot be read: {type(error).__name__}") from error
    return Known(load(text, CONFIG_FILE, {}), text)


def _imported(there: Mapping[str, bytes]) -> dict[str, str]:
    """Paths of imported files by their source."""
    remark = re.compile(rf"^{re.escape(IMPORTED)}(.+?)\r?$".encode(), re.MULTILINE)
    return {
        m[1].decode("utf-8", "replace"): path for path, text in there.items() if (m := remark.search(text))
    }


# --- incidents -----------------------------------------------------------------------------------


def _incidents(
    told: Iterable[Told], system: str, place: Placed, there: Mapping[str, bytes], now: datetime
) -> tuple[dict[str, str], list[str], list[Note]]:
    """New files by path, the paths of those that are there, and what is to be said."""
    imported = _imported(there)
    taken = {PurePosixPath(path).stem.casefold() for path in there} | {"readme"}
    files, kept, notes = dict[str, str](), list[str](), list[Note]()
    for one in told:
        source = source_of(system, one.key)
        text, more = _text(one, place, source, now)
        notes += more
        if source in imported:
            kept.append(imported[source])
            if text is not None and there[imported[source]] != text.encode():
                notes.append(Note(f"{imported[source]} is not what stands there now: it was left as it is"))
        elif text is not None:
            files[_path(one, system, taken)] = text
    return files, kept, notes


def _waiting(told: Sequence[Told], place: Placed) -> Iterator[Note]:
    if told:
        which = sorted({place.missing[key] for one in told for key in _keys(one) if key in place.missing})
        what = f"{counted(len(told), 'incident')} of components that are not in {CONFIG_FILE} yet"
        yield Note(f"{what}: {listed(which)}; add what stands below, and import again", lost=True)


def _keys(told: Told) -> Iterator[str]:
    yield from told.components
    for step in told.steps:
        yield from step.components


def _path(told: Told, system: str, taken: set[str]) -> str:
    """A file's name that no other has, by day and title."""
    day = told.window.start if told.window else told.started or told.steps[0].at
    stem = f"{day:%Y-%m-%d}-{slug(told.title)[:60].strip('-') or system}"
    name, n = stem, 1
    while name.casefold() in taken:
        n += 1
        name = f"{stem}-{n}"
    taken.add(name.casefold())
    return f"{FOLDER}/{name}.md"


def _text(told: Told, place: Placed, source: str, now: datetime) -> tuple[str | None, list[Note]]:
    """The file's text; None when no form of it can be read, and why."""
    gone = sorted({key for key in _keys(told) if key not in place.ids})
    notes = [
        Note(f"'{told.title}' names {counted(len(gone), 'component')} that the page has no more")
    ] * bool(gone)
    said = _said(told, place.ids, source)
    wrong = ""
    for form, what in _FORMS.items():
        text = new_file(form(said[0]), [form(one) for one in said[1:]])
        try:
            read = people.read(text, f"{FOLDER}/x.md", place.names, now=now)
        except StatuspageError as error:
            wrong = wrong or line(error.problems[0].what, 200)
            continue
        if len(read.updates) == len(said):
            return text, [*notes, *([Note(f"'{told.title}': {what}")] if what else [])]
    return None, [
        *notes,
        Note(f"'{told.title}': {wrong or 'its text would be more than one update'}", lost=True),
    ]


def _as_is(said: Said) -> Said:
    return said


def _plain(said: Said) -> Said:
    return replace(said, text=escaped(said.text))


def _short(said: Said) -> Said:
    cut = said.text if len(said.text) <= SHORT else f"{said.text[:SHORT]} […]"
    return replace(said, text=escaped(cut))


_FORMS = {
    _as_is: "",
    _plain: "its texts cannot be read as Markdown: they are shown as they were written",
    _short: f"its texts are too long: {SHORT} characters are left of each",
}


def _said(told: Told, ids: Mapping[str, str], source: str) -> list[Said]:
    first, *later = told.steps
    begun = {**told.components, **first.components}
    opening = replace(
        _update(first, {}),
        title=told.title,
        impact=told.impact,
        started=told.started,
        window=f"{_minute(told.window.start)} .. {_minute(told.window.end)} UTC" if told.window else "",
        components=_named(begun, ids),
        source=source,
    )
    current = dict(begun)
    said = [opening]
    for step in later:
        news = {key: state for key, state in step.components.items() if current.get(key) != state}
        current |= news
        said.append(_update(step, _named(news, ids)))
    return said


def _update(step: Step, components: Mapping[str, str]) -> Said:
    return Said(
        status=step.status, at=step.at, text=step.text, components=components, published=step.published
    )


def _named(states: Mapping[str, str], ids: Mapping[str, str]) -> dict[str, str]:
    return {ids[key]: state for key, state in states.items() if key in ids}


def _minute(at: datetime) -> str:
    return moment(at).removesuffix(" UTC")


def _taken(foreign: Foreign) -> str:
    incidents = [one for one in foreign.told if not one.window]
    works = len(foreign.told) - len(incidents)
    updates = sum(len(one.steps) for one in foreign.told)
    parts = [
        counted(len(foreign.components), "component"),
        counted(len(foreign.groups), "group"),
        counted(len(incidents), "incident"),
        counted(works, "maintenance"),
        counted(updates, "update"),
    ]
    return ", ".join(parts)
