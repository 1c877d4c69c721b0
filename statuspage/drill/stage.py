"""Where a drill plays: a copy of a project whose checks ask one component for real, through the fault proxy."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import ClassVar
from urllib.parse import urlsplit

from statuspage.archive import recall
from statuspage.config import ComponentOptions, Config, Target, load
from statuspage.errors import StatuspageError
from statuspage.model import Reading, Sample, Verdict
from statuspage.net import Net
from statuspage.notices import Audience, NoticeKind
from statuspage.pipeline import CONFIG_FILE, INCIDENTS_FOLDER, TEMPLATES_FOLDER, Project
from statuspage.probes import Occasion
from statuspage.stores.folder import Folder
from statuspage.stores.opening import STATE_FOLDER
from statuspage.upkeep import copy

MARK = "[Drill]"
TOLD = frozenset(NoticeKind) - {NoticeKind.DRILL, NoticeKind.TEST, NoticeKind.REMINDER}
SECURE = frozenset({"https", "wss", "tls", "smtps", "rediss", "grpcs"})
LATE = timedelta(seconds=0.3)  # beyond what `slow:` allows


@dataclass(frozen=True, slots=True)
class Held:
    """Stands in for asking a component that the drill is not about: it is as it was."""

    type: ClassVar[str] = "held"
    reading: Reading

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        return self.reading


@dataclass(frozen=True, slots=True)
class Dummies(Mapping[str, str]):
    """An environment whose secrets are dummies of the same form. Nothing in it is worth stealing."""

    environ: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return dummy(name, self.environ.get(name, ""))

    def __iter__(self) -> Iterator[str]:
        return iter(self.environ)

    def __len__(self) -> int:
        return len(self.environ)

    def __contains__(self, name: object) -> bool:
        """Every secret is set in a drill."""
        return isinstance(name, str)


def dummy(name: str, value: str) -> str:
    """What stands for a secret: an address keeps its host alone."""
    parts = urlsplit(value)
    if parts.scheme and parts.hostname:
        with suppress(ValueError):
            port = f":{parts.port}" if parts.port else ""
            host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            return f"{parts.scheme}://{host}{port}/drill"
    return f"drill-{name.lower()}"


def staged(
    project: Project,
    folder: Path,
    asked: Collection[str],
    *,
    environ: Mapping[str, str],
    control: str,
    receiver: Target,
    now: datetime,
) -> Project:
    """A copy of `project` in `folder`: state, incidents, templates. `asked`: ids of what is asked for real.

    `control`: an address that answers, so that a round is not taken for one without a network. `receiver`: is told
    what people would be told, beside the targets that are for drills.
    """
    for name in (INCIDENTS_FOLDER, TEMPLATES_FOLDER):
        if (project.root / name).is_dir():
            copytree(project.root / name, folder / name)
    records = Folder(folder / STATE_FOLDER)
    copy(project.records, records)
    text = (project.root / CONFIG_FILE).read_text("utf-8")
    (folder / CONFIG_FILE).write_text(text, "utf-8")
    config = load(text, CONFIG_FILE, environ)
    last = _newest(Project(folder, config, records), now)
    page = replace(config.page, name=f"{MARK} {config.page.name}")
    config = replace(
        config,
        page=page,
        control=(control,),
        components=tuple(c if c.id in asked else _held(c, last.get(c.id)) for c in config.components),
        notify=(*(_for_drills(one) for one in drilled(config)), receiver),
    )
    return Project(folder, config, records)


def drilled(config: Config) -> list[Target]:
    """The targets that drills are told: `kinds:` names drill, and no public one is among them."""
    return [
        one for one in config.notify if NoticeKind.DRILL in one.kinds and one.audience is Audience.OPERATORS
    ]


def delay(component: ComponentOptions) -> timedelta:
    """What makes it late, yet within its timeout. Raises StatuspageError when nothing does."""
    late = max(_limits(component), default=component.slow) + LATE
    turns = max(len(getattr(component.probe, "conversation", ()) or ()), 1)
    if late * turns >= component.timeout:
        raise StatuspageError(
            f"'{component.name}' cannot be slow without being late: its `slow:` is too near to its `timeout:`",
            where=component.where,
            mend="make `timeout:` longer, or `slow:` shorter; each turn of a conversation is slow",
        )
    return late


def speaks_tls(component: ComponentOptions) -> bool:
    """From the first octet on; what turns to TLS later is passed on as it is."""
    probes = [one for one in (component.probe, *component.replicas) if one is not None]
    return any(urlsplit(getattr(one, "target", "")).scheme in SECURE for one in probes)


def _limits(component: ComponentOptions) -> Iterator[timedelta]:
    slow = getattr(component.probe, "slow", None)
    if isinstance(slow, timedelta):
        yield slow
    elif is_dataclass(slow):
        values = (getattr(slow, field.name) for field in fields(slow))
        yield from (value for value in values if isinstance(value, timedelta))


def _for_drills(target: Target) -> Target:
    """Another name, so that its true messages and those of the drill know nothing of each other."""
    return replace(
        target, name=f"{target.name} {MARK}", kinds=TOLD, quiet=None, components=None, escalate_to=""
    )


def _newest(project: Project, now: datetime) -> dict[str, Sample]:
    rounds = recall(project.records, project.config, now).history.rounds
    return {sample.component: sample for round_ in rounds for sample in round_.samples}


def _held(component: ComponentOptions, last: Sample | None) -> ComponentOptions:
    if component.manual:
        return component
    reading = Reading(verdict=Verdict.UP, latency=component.slow / 2)
    if last is not None and last.verdict is not Verdict.UP:
        reading = Reading(verdict=last.verdict, code=last.code, latency=last.latency)
    return replace(component, probe=Held(reading), replicas=(), quorum=1, unset=())
