"""A foreign status page as values: what every reader in here gives, and what `intake` writes down."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from statuspage.importers.words import line
from statuspage.incidents.times import YEARS
from statuspage.intervals import Interval
from statuspage.yamlfile import Value

TITLE = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    name: str
    description: str = ""
    collapsed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    key: str  # what the foreign page knows it by, for ever
    name: str
    group: str = ""  # the group's name
    description: str = ""
    options: Mapping[str, Value] = field(default_factory=lambda: {"type": "manual"})  # what asks it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One update."""

    status: str  # a word of IncidentStatus or MaintenanceStatus
    at: datetime
    text: str  # Markdown that stays inside one update
    components: Mapping[str, str] = field(default_factory=dict)  # states by component key
    published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One incident, or a maintenance when it has a window."""

    key: str
    title: str
    steps: tuple[Step, ...]  # oldest first, never empty
    impact: str = ""
    started: datetime | None = None  # None: with the first update
    window: Interval | None = None
    components: Mapping[str, str] = field(
        default_factory=dict
    )  # at its beginning; "" follows from the impact


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the report: what was changed, or left."""

    what: str
    lost: bool = False  # a component, an incident or an update of theirs is not here now


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    system: str  # statuspage, cstate, upptime
    name: str = ""
    url: str = ""
    timezone: str = ""
    groups: tuple[Group, ...] = ()
    components: tuple[Component, ...] = ()
    told: tuple[Told, ...] = ()
    notes: tuple[Note, ...] = ()


def source_of(system: str, key: str) -> str:
    """What the remark in an imported file says: the same in each import."""
    plain = re.sub(r"[^\w.:/@-]+", "-", key, flags=re.ASCII)[:120]
    return f"{system} {plain}"


# --- values of files that anybody may have written -----------------------------------------------

Row = Mapping[str, object]


def word(row: Row, key: str) -> str:
    """The text at a key; "" when there is none."""
    value = row.get(key)
    return value if isinstance(value, str) else ""


def rows(row: Row, key: str) -> list[Row]:
    """The mappings in the list at a key."""
    value = row.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def title(row: Row, key: str) -> str:
    return line(word(row, key), TITLE)


def time_of(text: object, *, naive: bool = False) -> datetime | None:
    """A moment in UTC, whole seconds; None for what is none. `naive`: without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text.strip()) if isinstance(text, str) else None
        if at is None or (at.tzinfo is None and not naive):
            return None
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
    return at if at.year in YEARS else None


def counted(number: int, one: str, more: str = "") -> str:
    """`1 incident`, `2 incidents`."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names for a sentence, cut where they are many."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
