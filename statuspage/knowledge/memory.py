"""All that a page remembers of its incidents: what came again, what was learnt, what is still to be done."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product
from typing import TypeVar

from statuspage.knowledge.recurrence import Recurrence, alike_groups, recurrences
from statuspage.model import Action, CauseClass, Incident, IncidentStatus, Snapshot


@dataclass(frozen=True, slots=True)
class Memory:
    """Incidents are newest first everywhere; a group has two of them at least, and the greatest group is first."""

    incidents: tuple[Incident, ...]  # those that the page may speak of
    recurrences: Mapping[str, Recurrence]  # by the incident's id
    by_text: tuple[tuple[Incident, ...], ...]
    by_cause: Mapping[tuple[str, CauseClass], tuple[Incident, ...]]  # component and class of the cause
    by_class: Mapping[CauseClass, tuple[Incident, ...]]
    by_component: Mapping[str, tuple[Incident, ...]]
    by_tag: Mapping[str, tuple[Incident, ...]]
    reports: tuple[Incident, ...]  # those with a published post-incident report

    @classmethod
    def of_one(cls, id: str, recurrence: Recurrence | None) -> "Memory":
        """As much as the page of that incident tells."""
        found = {id: recurrence} if recurrence else {}
        return cls((), found, (), {}, {}, {}, {}, ())

    @property
    def worth_a_page(self) -> bool:
        return bool(self.recurrences or self.reports)


@dataclass(frozen=True, slots=True)
class ToDo:
    """An action of a report."""

    incident: str  # its id
    action: Action
    late: bool


def memory(snapshot: Snapshot) -> Memory:
    """Of what the page shows. It is worked out once for the same incidents, however many pages and messages ask."""
    return _remembered(_Same(snapshot.incidents), frozenset(c.id for c in snapshot.hidden))


def to_do(actions: Iterable[tuple[str, Action]], today: date) -> list[ToDo]:
    """Late ones first, then open ones, each by its date; what is done comes last, in the order as given.

    `actions`: each with the id of its incident.
    """
    found = [ToDo(incident, action, action.late(today)) for incident, action in actions]
    return sorted(found, key=lambda one: (one.action.done, not one.late, _due(one.action)))


def _due(action: Action) -> date:
    """What is done keeps its order; what has no date is not pressing."""
    return action.due or date.max if not action.done else date.min


class _Same:
    """A value by its identity; it lives as long as this does, so no other takes its place."""

    __slots__ = ("value",)

    def __init__(self, value: tuple[Incident, ...]) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


@lru_cache(maxsize=2)
def _remembered(incidents: _Same, hidden: frozenset[str]) -> Memory:
    known = sorted(
        (one for one in incidents.value if not one.worst or not hidden.issuperset(one.worst)),
        key=lambda one: (one.started, one.id),
    )
    groups = alike_groups(known)
    texts = {one.id: group for one, group in zip(known, groups, strict=True)}
    newest = known[::-1]
    return Memory(
        incidents=tuple(newest),
        recurrences=recurrences(known, groups, hidden),
        by_text=tuple(_grouped(newest, lambda one: [texts[one.id]]).values()),
        by_cause=_grouped(newest, lambda one: product(_named(one, hidden), _causes(one))),
        by_class=_grouped(newest, _causes),
        by_component=_grouped(newest, lambda one: _named(one, hidden)),
        by_tag=_grouped(newest, lambda one: one.tags),
        reports=tuple(one for one in newest if _has_report(one)),
    )


def _named(one: Incident, hidden: frozenset[str]) -> list[str]:
    return [component for component in one.worst if component not in hidden]


def _causes(one: Incident) -> list[CauseClass]:
    return [one.cause_class] if one.cause_class is not CauseClass.UNKNOWN else []


K = TypeVar("K", bound=Hashable)


def _grouped(
    newest: Sequence[Incident], keys: Callable[[Incident], Iterable[K]]
) -> dict[K, tuple[Incident, ...]]:
    """Groups of two at least; of equal ones that with the newest incident is first."""
    filed: defaultdict[K, list[Incident]] = defaultdict(list)
    for one in newest:
        for key in keys(one):
            filed[key].append(one)
    several = {key: tuple(some) for key, some in filed.items() if len(some) > 1}
    return dict(sorted(several.items(), key=lambda item: -len(item[1])))


def _has_report(one: Incident) -> bool:
    return any(update.status == IncidentStatus.POSTMORTEM for update in one.updates)
