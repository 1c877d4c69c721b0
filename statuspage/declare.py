"""The incidents that the checks declare, as files: in the project's folder, and kept apart until it takes them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from statuspage import incidents as people
from statuspage.authoring import Desk, put
from statuspage.automatic import LEDGER_KIND, Policy, Step, sealed, steps, untouched
from statuspage.errors import Problem, StatuspageError
from statuspage.i18n import language
from statuspage.ledger import LEDGER_PATH, Ledger
from statuspage.ledger import encode as encode_fact
from statuspage.model import Fact, State
from statuspage.pipeline import INCIDENTS_FOLDER, Project, look

DRAFTS = f"{INCIDENTS_FOLDER}/_drafts"
WAITING = f"{INCIDENTS_FOLDER}/"
"""Below it the store keeps files that the repository did not take: each run puts them back until it does."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What came of it."""

    paths: tuple[Path, ...] = ()  # written now, or put back from where they waited
    problems: tuple[Problem, ...] = ()  # of what could not be written: the next run tries again


def declare(project: Project, now: datetime) -> Declared:
    """Write what is to be declared at `now`; nothing when `incidents: {auto: off}`."""
    options = project.config.incidents
    if options.auto == "off":
        return Declared()
    waiting = _put_back(project)
    snapshot = look(project, now, write=True).snapshot
    desk = Desk(project.root, project.config, now)
    seals = {one.id: untouched(one.source) for one in desk.all("incident")}
    found = steps(
        snapshot,
        {id_: alone for id_, alone in seals.items() if alone is not None},
        frozenset(_ledger(project).facts(LEDGER_KIND)),
        Policy(options.after, State(options.least)),
        language(project.config.page.languages[0], project.config.page.timezone),
    )
    paths, problems = list(waiting), list[Problem]()
    for step in found:
        try:
            paths.append(_write(desk, step, alone=seals.get(step.id) is True))
        except StatuspageError as error:
            problems += error.problems
            continue
        if step.new:  # after the file: killed in between, the file itself keeps it from being opened again
            fact = Fact(kind=LEDGER_KIND, key=step.id, at=now)
            project.records.append(LEDGER_PATH, [encode_fact(fact)])
    return Declared(tuple(dict.fromkeys(paths)), tuple(problems))


def own_files(project: Project) -> tuple[Path, ...]:
    """Every file that the checks wrote, drafts too, whoever has edited it since."""
    found = [*people.collect(project.root / INCIDENTS_FOLDER)[0].items(), *_drafts(project)]
    ours = (Path(path) for path, text in found if untouched(text.decode("utf-8", "replace")) is not None)
    return tuple(sorted(ours))


def _drafts(project: Project) -> list[tuple[str, bytes]]:
    files = sorted((project.root / DRAFTS).glob("*.md"))
    return [
        (file.relative_to(project.root).as_posix(), file.read_bytes()) for file in files if file.is_file()
    ]


def keep(project: Project, paths: tuple[Path, ...]) -> None:
    """The repository did not take them: keep them in the store, for the next run."""
    for path in paths:
        project.records.put(path.as_posix(), (project.root / path).read_bytes())


def taken(project: Project, paths: tuple[Path, ...]) -> None:
    """The repository has them now."""
    for path in paths:
        project.records.delete(path.as_posix())


def _put_back(project: Project) -> list[Path]:
    """Files that wait in the store and are not in the folder; one that is there is newer."""
    waiting = [Path(path) for path in project.records.list(WAITING)]
    for path in waiting:
        if not (project.root / path).exists():
            put(project.root, path.as_posix(), project.records.read(path.as_posix()) or b"")
    return waiting


def _ledger(project: Project) -> Ledger:
    return Ledger.decode(project.records.read(LEDGER_PATH) or b"")[0]


def _write(desk: Desk, step: Step, *, alone: bool) -> Path:
    if step.new and desk.config.incidents.auto == "draft":
        return desk.open(step.said, step.id, folder=DRAFTS, finish=sealed)
    if step.new:
        return desk.open(step.said, step.id, finish=sealed)
    return desk.update(step.id, "incident", step.said, finish=sealed if alone else str)
