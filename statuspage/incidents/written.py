"""Incident files as values: what somebody wrote, nothing numbered or dated by us yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from statuspage.intervals import Interval
from statuspage.model import CauseClass, Impact, State

INCIDENT, MAINTENANCE = "incident", "maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What front matter or one update says. None, or a component not in the mapping: it says nothing of it."""

    components: Mapping[str, State] = field(default_factory=dict)
    impact: Impact | None = None
    cause: str | None = None
    cause_class: CauseClass | None = None
    doing: str | None = None
    workaround: str | None = None
    eta: datetime | str | None = None  # NOT_KNOWN_YET when the author said so
    next_update: datetime | str | None = None

    def over(self, older: "Facts") -> "Facts":
        """Both, these where they speak of the same."""
        past = {f.name: getattr(older, f.name) for f in fields(older)}
        said = {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}
        return Facts(**{**past, **said, "components": {**older.components, **self.components}})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenUpdate:
    """One heading and what stands under it."""

    status: str  # a word of IncidentStatus or MaintenanceStatus
    time: datetime | None  # None: the heading has none
    facts: Facts
    text: str  # Markdown
    draft: bool = False  # a postmortem that is not published yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One file as it stands. A maintenance has a window, an incident has none."""

    id: str  # the file's stem
    path: str
    source: str  # the whole text, so that it can be kept and read again
    title: str
    facts: Facts
    started: datetime | None  # None: with the first update
    window: Interval | None
    tags: tuple[str, ...]
    updates: tuple[WrittenUpdate, ...]  # in the file's order, at least one no draft

    @property
    def kind(self) -> str:
        return MAINTENANCE if self.window else INCIDENT
