"""What the examinations are given, and what they say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from statuspage.config import Config
from statuspage.doctor.workflows import Workflow
from statuspage.errors import Problem
from statuspage.i18n import language
from statuspage.model import Round
from statuspage.net import Answer, NetError


@dataclass(frozen=True, slots=True)
class Unseen:
    """What could not be examined, and why: a sentence without a final point."""

    why: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What was seen, a sentence without a final point, and what is wrong in it: errors, and advice as warnings."""

    said: str
    findings: tuple[Problem, ...] = ()

    @property
    def result(self) -> str:
        if any(not finding.warning for finding in self.findings):
            return "wrong"
        return "advice" if self.findings else "well"


Outcome: TypeAlias = Examined | Unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What is installed here."""

    python: tuple[int, int]
    git: tuple[int, ...] | None  # None: there is no git, or it does not tell its version
    version: str  # of statuspage


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the history tells of the last days."""

    rounds: tuple[Round, ...]  # oldest first; when there was none lately the last one of all
    problems: tuple[Problem, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether a part of it cannot be read, so that nothing is said of the rest."""
        return any(not problem.warning for problem in self.problems)


Fetched: TypeAlias = Answer | NetError | Unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that was looked at, before anything is said about it."""

    now: datetime
    environ: Mapping[str, str] = field(repr=False)
    config: Config | Unseen
    broken: tuple[Problem, ...] = ()  # what is wrong with components.yaml
    kept: Kept | Unseen
    folder: str  # of the workflows, as it is shown
    workflows: Sequence[Workflow]
    unreadable: tuple[Problem, ...] = ()  # workflows that cannot be read
    shipped: Mapping[str, str]  # the workflows that this version ships, by file name
    repository: str | Unseen  # owner/name at GitHub
    github: Mapping[str, Fetched]  # by what was asked for
    page: Fetched
    machine: Machine

    def workflow(self, name: str) -> Workflow | None:
        return next((one for one in self.workflows if one.name == name), None)


def examined(said: str, findings: Iterable[Problem] = ()) -> Examined:
    return Examined(said, tuple(findings))


def wholly(seen: Seen, found: Examined) -> Outcome:
    """The same; not "well" when some workflows could not be read."""
    if seen.unreadable and not found.findings:
        files = sorted({problem.where.path for problem in seen.unreadable if problem.where})
        return Unseen(f"cannot be read: {', '.join(files)}; the others are well")
    return found


def words(span: timedelta) -> str:
    """`2 h 16 min`; below a minute seconds."""
    return language("en", "Etc/UTC").duration(span).replace("\N{NO-BREAK SPACE}", " ")


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
