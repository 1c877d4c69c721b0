"""Incident files as values: what somebody wrote, nothing numbered or dated by us yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from statuspage.incidents.recurrence import Schedule
from statuspage.intervals import Interval
from statuspage.model import Action, CauseClass, Impact, State

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
    # by key (cause, doing, workaround), then BCP 47 code: the text of that key in other languages
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def over(self, older: "Facts") -> "Facts":
        """Both, these where they speak of the same. A translation goes with the text that it was written beside."""
        if self is UNSAID:
            return older
        past = {f.name: getattr(older, f.name) for f in fields(older)}
        said = {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}
        kept = {key: told for key, told in older.translations.items() if key not in said}
        keys = sorted({*kept, *self.translations})
        return Facts(
            **{
                **past,
                **said,
                "components": {**older.components, **self.components},
                "translations": {k: {**kept.get(k, {}), **self.translations.get(k, {})} for k in keys},
            }
        )


UNSAID = Facts()
"""What most updates say: all is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenUpdate:
    """One heading and what stands under it."""

    status: str  # a word of IncidentStatus or MaintenanceStatus
    time: datetime | None  # None: the heading has none
    facts: Facts
    text: str  # Markdown
    translations: Mapping[str, str] = field(default_factory=dict)  # the same by BCP 47 code
    draft: bool = False  # a postmortem that is not published yet
    actions: tuple[Action, ...] = ()  # of a postmortem
    lessons: str = ""  # of a postmortem: Markdown
    fixed: str = ""  # of a postmortem: what fixed it, Markdown
    day: date | None = None  # of the window it speaks of, where a maintenance recurs; None: it does not say


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
    titles: Mapping[str, str]  # by BCP 47 code: the title in other languages
    updates: tuple[WrittenUpdate, ...]  # in the file's order, at least one no draft
    schedule: Schedule | None = None  # of a maintenance: the window as it is written, and its rule

    @property
    def kind(self) -> str:
        return MAINTENANCE if self.window else INCIDENT
