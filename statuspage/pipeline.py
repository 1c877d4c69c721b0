"""The whole run in order: read what is kept, probe, keep, tell, build, swap."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from statuspage import incidents as people
from statuspage.archive import (
    ONE_DAY,
    Known,
    read_all_rounds,
    read_medians,
    recall,
    redacted,
    write_facts,
)
from statuspage.config import Config, load
from statuspage.declared import Told
from statuspage.deliveries import shown
from statuspage.duties import duties
from statuspage.errors import Problem, StatuspageError, Where, left_out
from statuspage.foresight import RATE, Look, keepable, kept, look_through, worth_looking
from statuspage.ledger import Ledger
from statuspage.lines import checksummed, read_lines
from statuspage.model import Correction, Fact, Foresight, Incident, Snapshot
from statuspage.redaction import Redactor
from statuspage.regular import read_regular
from statuspage.rehearsals import rehearsals
from statuspage.rounds import Asked, Run, ask, ask_due
from statuspage.shards import written
from statuspage.snapshot import snapshot
from statuspage.stores.base import Records
from statuspage.stores.folder import Folder
from statuspage.stores.opening import VARIABLE, open_store
from statuspage.theme import read as read_theme
from statuspage.visible import visible

if TYPE_CHECKING:  # what makes files is loaded by the commands that make some
    from statuspage.outputs.kept import Kept
    from statuspage.reliability import Kind

DEMO = ("demo", "history")
"""Kind and key of the ledger's fact that the history is made up; the page says so for ever."""

CONFIG_FILE = "components.yaml"
MAX_CONFIG = 1_000_001  # octets that are read; a reader of YAML refuses more than a million
INCIDENTS_FOLDER = "incidents"
SITE_FOLDER = "_site"
TEMPLATES_FOLDER = "site_templates"


@dataclass(frozen=True, slots=True)
class Project:
    """One status page's folder, its configuration read."""

    root: Path
    config: Config
    records: Records


def open_project(root: Path, environ: Mapping[str, str]) -> Project:
    """Read `components.yaml` below `root`; STATUSPAGE_STORE says where its records are. Raises all that is wrong."""
    path = root / CONFIG_FILE
    try:
        text = read_regular(path, MAX_CONFIG).decode("utf-8")
    except FileNotFoundError:
        raise StatuspageError(
            "no components.yaml here",
            where=Where(str(path)),
            mend="run `statuspage init`, or name the folder: -C DIR",
        ) from None
    except (OSError, UnicodeError) as error:
        raise StatuspageError(f"cannot be read: {type(error).__name__}", where=Where(str(path))) from error
    return Project(
        root, load(text, CONFIG_FILE, environ), open_store(root, environ.get(VARIABLE, ""), environ)
    )


# --- one round ---------------------------------------------------------------------------------


def probe_once(project: Project, now: datetime, run: Run, out: Path | None = None) -> Asked:
    """Ask what is due, and keep the answers: in the history, or in the file `out` for `statuspage merge`."""
    if out is None:
        return asyncio.run(ask_due(project.records, project.config, now, run))
    asked = asyncio.run(ask(project.records, project.config, now, run))
    own = redacted(asked.round, Redactor(project.config.secrets))
    Folder(out.parent).put(out.name, written([own], asked.facts).encode())
    return asked


# --- what people wrote -------------------------------------------------------------------------


Found = tuple[Mapping[str, bytes], Sequence[Problem]]
"""What people wrote, by path, and what was wrong with the files that could not be read at all."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What people wrote, as far as it can be read."""

    told: Told
    facts: tuple[Fact, ...]  # new ones, for the ledger
    problems: tuple[Problem, ...]
    left_out: tuple[str, ...]  # broken files without a good version


def hear(project: Project, ledger: Ledger, now: datetime, found: Found | None = None) -> Heard:
    """Read `incidents/`; a broken file's last good version stands in for it. Nothing is written."""
    files, unreadable = found or written_files(project.root)
    written, wrong, _ = _read(project, {p: files[p] for p in files if not _is_correction(p)}, now)
    problems = [*unreadable, *wrong]
    ids = {one.id.casefold() for one in written}
    stale: list[people.Written] = []
    left_out: list[str] = []
    for path in (path for path in _broken(problems) if not _is_correction(path)):
        kept = _kept(project, path)
        again = _read(project, {path: kept}, now)[0] if kept else []
        fresh = [one for one in again if one.id.casefold() not in ids]
        stale += fresh
        ids |= {one.id.casefold() for one in fresh}
        if not fresh:
            left_out.append(path)
    incidents, maintenances, facts = [], [], list[Fact]()
    coming = deque([*written, *stale])
    written.clear()  # each one makes room for what becomes of it
    while coming:
        one = coming.popleft()
        settled, new = people.settle(one, ledger, now)
        if one in stale:
            settled = replace(settled, stale=True)
        facts += new
        if isinstance(settled, Incident):
            incidents.append(settled)
        else:
            maintenances += people.spread(one, settled, ledger, now)
    corrections = _hear_corrections(project, ledger, now, (files, unreadable))
    told = Told(
        tuple(sorted(incidents, key=lambda i: (i.started, i.id), reverse=True)),
        tuple(sorted(maintenances, key=lambda m: (m.start, m.id), reverse=True)),
        corrections.told.corrections,
    )
    return Heard(
        told,
        (*facts, *corrections.facts),
        (*problems, *corrections.problems),
        (*left_out, *corrections.left_out),
    )


def _hear_corrections(project: Project, ledger: Ledger, now: datetime, found: Found) -> Heard:
    """The correction files; as with incidents, a broken one's last good version stands in for it."""
    files, unreadable = found
    written, problems = _read_corrections(project, {p: files[p] for p in files if _is_correction(p)}, now)
    ids = {one.id.casefold() for one in written}
    stale: list[people.WrittenCorrection] = []
    left_out: list[str] = []
    for path in (path for path in _broken([*unreadable, *problems]) if _is_correction(path)):
        kept = _kept(project, path)
        again = _read_corrections(project, {path: kept}, now)[0] if kept else []
        fresh = [one for one in again if one.id.casefold() not in ids]
        stale += fresh
        if not fresh:
            left_out.append(path)
    corrections: list[Correction] = []
    facts: list[Fact] = []
    for one in [*written, *stale]:
        settled, new = people.settle_correction(one, ledger.get(people.CORRECTION, one.id), now)
        corrections.append(replace(settled, stale=one in stale))
        facts += new
    return Heard(Told((), (), tuple(corrections)), tuple(facts), tuple(problems), tuple(left_out))


def written_files(root: Path) -> Found:
    """All that people wrote, incidents and corrections."""
    incidents, wrong = people.collect(root / INCIDENTS_FOLDER)
    corrections, amiss = people.collect_corrections(root / INCIDENTS_FOLDER)
    return {**incidents, **corrections}, [*wrong, *amiss]


def remember(
    project: Project, ledger: Ledger, heard: Heard, now: datetime, files: Mapping[str, bytes]
) -> Ledger:
    """Write down what was seen for the first time, and the good version of each file."""
    new = [
        Fact(kind="component", key=c.id, at=now)
        for c in project.config.components
        if ledger.get("component", c.id) is None
    ]
    facts = [*new, *heard.facts]
    write_facts(project.records, facts)
    bad = _broken(heard.problems)
    for path, content in files.items():
        if path not in bad and project.records.read(_kept_path(path)) != _keepable(path, content):
            project.records.put(_kept_path(path), _keepable(path, content))
    return ledger.with_facts(facts)


def _read(
    project: Project, files: Mapping[str, bytes], now: datetime
) -> tuple[list[people.Written], list[Problem], tuple[str, ...]]:
    names = {c.id: c.name for c in project.config.components}
    former = {old: c.id for c in project.config.components for old in c.was}
    return people.read_all(files, names, now=now, zone=project.config.page.timezone, former=former)


def _read_corrections(
    project: Project, files: Mapping[str, bytes], now: datetime
) -> tuple[list[people.WrittenCorrection], list[Problem]]:
    components = project.config.components
    return people.read_corrections(
        files,
        people.Names({c.id: c.name for c in components}, {old: c.id for c in components for old in c.was}),
        now=now,
        zone=project.config.page.timezone,
        manual={c.id for c in components if c.manual},
    )


def _is_correction(path: str) -> bool:
    return path.split("/")[-2:-1] == [people.CORRECTIONS]


def _broken(problems: Iterable[Problem]) -> list[str]:
    """The paths of the files that something is wrong with."""
    return sorted({p.where.path for p in problems if p.where and not p.warning})


def _kept_path(path: str) -> str:
    return f"kept/{'corrections/' if _is_correction(path) else ''}{PurePosixPath(path).stem}.ndjson"


def _keepable(path: str, content: bytes) -> bytes:
    return (checksummed({"path": path, "text": content.decode("utf-8")}) + "\n").encode()


def _kept(project: Project, path: str) -> bytes | None:
    """The last good version of a file; None when there is none that can be read."""
    try:
        data = project.records.read(_kept_path(path))
        found, _ = read_lines(data or b"", project.records.place(_kept_path(path)))
    except StatuspageError:  # a name that was never good, a line that does not hold
        return None
    return str(found[0]["text"]).encode() if found else None


# --- the site ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Built:
    """A site ready to be swapped in, and what was wrong on the way."""

    files: Mapping[str, bytes]
    snapshot: Snapshot
    problems: tuple[Problem, ...]

    @property
    def exit_code(self) -> int:
        return left_out(self.problems)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page knows, and what was wrong on the way."""

    snapshot: Snapshot
    problems: tuple[Problem, ...]


def look(project: Project, now: datetime, *, write: bool = False, since: datetime | None = None) -> Seen:
    """History, ledger and incidents as they stand at `now`. `write`: keep in the ledger what is new.

    `since`: read closed days from then on, where a build would not.
    """
    known = recall(project.records, project.config, now, since)
    found = written_files(project.root)
    heard = hear(project, known.ledger, now, found)
    ledger = remember(project, known.ledger, heard, now, found[0]) if write else known.ledger
    first_seen = {key: fact.at for key, fact in ledger.facts("component").items()}
    first_year = min([now, *first_seen.values()]).year
    theme, unread = read_theme(project.root, project.config)
    demo = ledger.get(*DEMO) is not None
    page = replace(project.config.page.as_model(first_year), demo=demo, theme=theme)
    known_now = snapshot(
        project.config, page, known.history, heard.told, now, first_seen=first_seen, left_out=heard.left_out
    )
    known_now = replace(known_now, rehearsals=rehearsals(ledger))
    if project.config.page.show_delivery:
        known_now = replace(known_now, deliveries=shown(ledger, now))
    problems = (*project.config.unset, *unread, *known.warnings, *heard.problems, *owed(known_now))
    today = kept(ledger, now)
    if today is None and write and not demo and worth_looking(known.history, now):
        today, trouble = _look_today(project, known, known_now)
        problems += trouble
    return Seen(replace(known_now, foresight=today or known_now.foresight), problems)


def foresee(project: Project, now: datetime) -> tuple[Snapshot, Look, tuple[Problem, ...]]:
    """All that warns at `now` and what became of earlier warnings, from all that is kept. Nothing is written."""
    known, seen = recall(project.records, project.config, now), look(project, now)
    found = _look_through(project, known, seen.snapshot)
    return replace(seen.snapshot, foresight=found.foresight), found, seen.problems


def _look_today(
    project: Project, known: Known, shot: Snapshot
) -> tuple[Foresight | None, tuple[Problem, ...]]:
    """What warns now, kept for the rest of the day. A broken old file is a warning: a build has no need of it."""
    try:
        found = _look_through(project, known, shot).foresight
    except StatuspageError as error:
        return None, tuple(replace(problem, warning=True) for problem in error.problems)
    write_facts(project.records, [keepable(found, shot.now)])
    return found, ()


def _look_through(project: Project, known: Known, shot: Snapshot) -> Look:
    read = project.records, project.config
    medians = read_medians(*read, shot.now)
    rated = any(RATE in s.measures for r in known.history.rounds for s in r.samples)
    return look_through(
        known.history, medians, shot, read_all_rounds(*read, known, shot.now) if rated else ()
    )


def build_site(project: Project, now: datetime, *, write: bool = True, kept: "Kept | None" = None) -> Built:
    """What `look` gives as a site. `kept`: pages of the site before that may still hold."""
    from statuspage.outputs.html import html
    from statuspage.outputs.site import OUTPUTS, build
    from statuspage.public_history import index, public_history

    seen = look(project, now, write=write)
    templates = project.root / TEMPLATES_FOLDER
    pages = partial(html, templates=templates if templates.is_dir() else None, kept=kept)
    cleaned = Redactor(project.config.secrets).file
    site = build(visible(seen.snapshot), (pages, *OUTPUTS), cleaned)
    if project.config.page.history:
        for path, content in public_history(project.records, project.config, seen.snapshot):
            site.add(path, cleaned(content))
        for path, content in index(site, now).items():
            site.add(path, content)
    return Built(site, seen.snapshot, seen.problems)


def try_templates(project: Project, now: datetime) -> Iterator[Problem]:
    """Whether pages and messages can be made with the operator's own templates: once, and they are thrown away."""
    templates = project.root / TEMPLATES_FOLDER
    if not templates.is_dir():
        return
    from statuspage.outputs.messages import try_templates as try_messages

    for made in (
        lambda: build_site(project, now, write=False),
        lambda: try_messages(look(project, now).snapshot, templates),
    ):
        try:
            made()
        except StatuspageError as error:
            yield from error.problems


def review(
    project: Project, kind: "Kind", first: date | None, form: str, now: datetime
) -> tuple[str, tuple[Problem, ...]]:
    """The report of a month or a quarter, and what was wrong on the way. `first`: its first day, else the running one.

    `form`: html, markdown, csv or json. However long ago it was, it and the one before it are read in full.
    """
    from statuspage.outputs.html import report_file
    from statuspage.outputs.reports import as_csv, as_json, as_markdown
    from statuspage.reliability import current, period, previous, report

    zone = project.config.page.timezone
    over = period(kind, first, zone, now) if first else current(kind, zone, now)
    if over.window.start >= now:
        raise StatuspageError(f"{over.key} has not begun", mend="ask for one that has")
    since = previous(over).window.start - ONE_DAY
    seen = look(project, now, since=since)
    told = report(seen.snapshot, over, since=since)
    templates = project.root / TEMPLATES_FOLDER
    written = {
        "html": lambda: report_file(seen.snapshot, told, templates if templates.is_dir() else None).decode(),
        "markdown": lambda: as_markdown(seen.snapshot, told),
        "csv": lambda: as_csv(told).decode(),
        "json": lambda: as_json(seen.snapshot, told).decode(),
    }
    return written[form](), seen.problems


def prepared(project: Project, form: str, now: datetime) -> tuple[str, tuple[Problem, ...]]:
    """How well the operator is prepared for failures, and what was wrong on the way. `form`: as of `review`."""
    from statuspage.continuity import outlook
    from statuspage.outputs import continuity
    from statuspage.outputs.html import continuity_file

    seen = look(project, now)
    told = outlook(seen.snapshot, hidden=True)
    templates = project.root / TEMPLATES_FOLDER
    written = {
        "html": lambda: continuity_file(
            seen.snapshot, told, templates if templates.is_dir() else None
        ).decode(),
        "markdown": lambda: continuity.as_markdown(seen.snapshot, told),
        "csv": lambda: continuity.as_csv(told).decode(),
        "json": lambda: continuity.as_json(seen.snapshot, told).decode(),
    }
    return written[form](), seen.problems


def owed(known: Snapshot) -> Iterator[Problem]:
    """What the operator owes the readers, as warnings. A page of made up figures owes nobody anything."""
    for duty in () if known.page.demo else duties(known):
        yield Problem(duty.what, Where(duty.path) if duty.path else None, duty.mend, warning=True)
