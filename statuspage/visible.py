"""What everybody may see of a snapshot: a component that is not on the page is named nowhere on it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from statuspage.model import ComponentStatus, Incident, Maintenance, Snapshot, Update

Value = TypeVar("Value")


def visible(snapshot: Snapshot) -> Snapshot:
    """Without the hidden components, wherever others name them. What people wrote stays, as it is for readers."""
    gone = frozenset(component.id for component in snapshot.hidden)
    if not gone:
        return snapshot
    foresight = snapshot.foresight
    return replace(
        snapshot,
        hidden=(),
        components=tuple(_component(component, gone) for component in snapshot.components),
        incidents=tuple(_incident(incident, gone) for incident in snapshot.incidents),
        maintenances=tuple(_maintenance(work, gone) for work in snapshot.maintenances),
        foresight=replace(
            foresight, warnings=tuple(one for one in foresight.warnings if one.component not in gone)
        ),
    )


def _component(component: ComponentStatus, gone: Collection[str]) -> ComponentStatus:
    if not {*component.depends_on, *component.affected_by} & {*gone}:
        return component
    return replace(
        component,
        depends_on=_some(component.depends_on, gone),
        soft=_some(component.soft, gone),
        affected_by=_some(component.affected_by, gone),
        caused_by=_some(component.caused_by, gone),
    )


def _incident(incident: Incident, gone: Collection[str]) -> Incident:
    if not {*incident.worst, *incident.components} & {*gone}:
        return incident
    return replace(
        incident,
        components=_others(incident.components, gone),
        worst=_others(incident.worst, gone),
        updates=_updates(incident.updates, gone),
    )


def _maintenance(work: Maintenance, gone: Collection[str]) -> Maintenance:
    if not {*work.components, *work.worst} & {*gone}:
        return work
    return replace(
        work,
        components=_some(work.components, gone),
        worst=_others(work.worst, gone),
        updates=_updates(work.updates, gone),
        later=tuple(_maintenance(later, gone) for later in work.later),
    )


def _updates(updates: Collection[Update], gone: Collection[str]) -> tuple[Update, ...]:
    return tuple(replace(update, components=_others(update.components, gone)) for update in updates)


def _some(ids: Collection[str], gone: Collection[str]) -> tuple[str, ...]:
    return tuple(id_ for id_ in ids if id_ not in gone)


def _others(told: Mapping[str, Value], gone: Collection[str]) -> dict[str, Value]:
    return {id_: value for id_, value in told.items() if id_ not in gone}
