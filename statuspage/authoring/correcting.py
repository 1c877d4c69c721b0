"""Correction files written for the operator: a false alarm annulled, an unseen outage added."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath

from statuspage import incidents as people
from statuspage.authoring.compose import scalar
from statuspage.authoring.desk import FOLDER, Desk, checked_id
from statuspage.authoring.whole import put
from statuspage.errors import Problem, Problems, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the operator says of time that the probes judged wrongly, or did not see."""

    components: Sequence[str]  # ids
    kind: str  # annul or outage
    window: str  # as it is written
    state: str = ""  # "": what the docs say of a file without it
    author: str
    reason: str


def correct(desk: Desk, claim: Claim, name: str = "") -> Path:
    """Write a new file, called by day and component if not by `name`. Raises Problems, then nothing is written."""
    text = "\n".join((*_lines(claim), ""))
    folder = f"{FOLDER}/{people.CORRECTIONS}"
    read = _read(desk, text, f"{folder}/new.yaml")
    name = checked_id(name or _free(desk, f"{read.window.start:%Y-%m-%d}-{read.components[0]}"[:90]))
    path = f"{folder}/{name}.yaml"
    if name.casefold() in _taken(desk):
        mend = "change that file, or choose another name: --id"
        raise Problems([Problem(f"the correction '{name}' is there already", Where(path), mend)])
    put(desk.root, path, text.encode())
    return Path(path)


def _lines(claim: Claim) -> Iterator[str]:
    ids = list(claim.components)
    yield f"component: {ids[0]}" if len(ids) == 1 else f"component: [{', '.join(ids)}]"
    yield f"{claim.kind}: {scalar(' '.join(claim.window.split()))}"
    if claim.state:
        yield f"{'was' if claim.kind == 'annul' else 'state'}: {claim.state}"
    yield f"author: {scalar(' '.join(claim.author.split()))}"
    yield f"reason: {scalar(' '.join(claim.reason.split()))}"


def _read(desk: Desk, text: str, path: str) -> people.WrittenCorrection:
    components = desk.config.components
    return people.read_correction(
        text,
        path,
        people.Names({c.id: c.name for c in components}, {}),
        now=desk.now,
        zone=desk.config.page.timezone,
        manual={c.id for c in components if c.manual},
    )


def _taken(desk: Desk) -> set[str]:
    files, unreadable = people.collect_corrections(desk.root / FOLDER)
    paths = [*files, *(problem.where.path for problem in unreadable if problem.where)]
    return {PurePosixPath(path).stem.casefold() for path in paths}


def _free(desk: Desk, name: str) -> str:
    """The name, or with the first number that makes it another one than those that are there."""
    taken = _taken(desk)
    names = (name if n == 1 else f"{name}-{n}" for n in count(1))
    return next(free for free in names if free.casefold() not in taken)
