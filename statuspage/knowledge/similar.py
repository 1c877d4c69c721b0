"""What happened before that reads like what happens now: for the operator's terminal, and quickly."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from statuspage.authoring import Desk
from statuspage.errors import StatuspageError
from statuspage.incidents import Written
from statuspage.incidents.written import INCIDENT
from statuspage.knowledge.fixes import fixed_by_written
from statuspage.knowledge.likeness import Bag, bag, cosine, vectors
from statuspage.knowledge.recurrence import TITLE, UPDATE
from statuspage.knowledge.words import terms

SHOWN = 3
LONGEST = 200  # characters of a title, and of what fixed it
LEAST = 0.1  # of the cosine: a person judges, so less is enough than on the page


@dataclass(frozen=True, slots=True)
class Similar:
    id: str
    title: str
    fixed: str  # the sentence that tells what fixed it, "" when none does


def similar(desk: Desk, facts: Iterable[str], text: str = "", but: str = "") -> tuple[Similar, ...]:
    """The incidents whose files are most like `facts` (title, cause, components...) and `text`, the likest first.

    `but`: the id that is left out. Files are compared as they stand and only the likest are read: reading a thousand
    would take longer than anybody wants to wait in the middle of an outage.
    """
    sources = {path: source for path, source in desk.sources().items() if PurePosixPath(path).stem != but}
    asked = bag([(terms(" ".join(facts)), TITLE), (terms(text), UPDATE)])
    likest = (_read(desk, path, sources[path]) for path in _likest(asked, sources))
    told = (Similar(one.id, _cut(one.title), _cut(fixed_by_written(one))) for one in likest if one)
    return tuple(islice(told, SHOWN))


def _likest(asked: Bag, sources: Mapping[str, str]) -> Iterator[str]:
    """Of equal ones that with the last name comes first: most names begin with the day."""
    wanted, *known = vectors([asked, *map(_bag, sources.values())])
    found = [(round(cosine(wanted, one), 2), path) for one, path in zip(known, sources, strict=True)]
    return (path for alike, path in sorted(found, reverse=True) if alike >= LEAST)


def _bag(source: str) -> Bag:
    """A file's facts at its top weigh more than its updates; a report has other words than whoever is in trouble."""
    _, _, rest = source.partition("---")
    facts, _, updates = rest.partition("\n---")
    told = _REPORT.split(updates, 1)[0]
    return bag([(terms(" ".join(_FACTS.findall(facts))), TITLE), (terms(told), UPDATE)])


_FACTS = re.compile(
    r"^(?:(?:title|cause|cause_class|components|tags)(?:\.[\w-]+)?:|[ \t-]+)(.*)$", re.MULTILINE
)
_REPORT = re.compile(r"^##\s*post", re.MULTILINE | re.IGNORECASE)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _read(desk: Desk, path: str, source: str) -> Written | None:
    try:
        one = desk.read(source, path)
    except StatuspageError:  # broken: `check` tells of it
        return None
    return one if one.kind == INCIDENT else None
