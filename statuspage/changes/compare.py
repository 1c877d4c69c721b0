"""Snapshot and snapshot to what happened between them. What was measured meanwhile is no change; a state is one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from statuspage.changes.values import (
    Change,
    ComponentAdded,
    ComponentChanged,
    ComponentRemoved,
    FileBroken,
    FileMended,
    IncidentChanged,
    IncidentOpened,
    IncidentRemoved,
    IncidentReopened,
    IncidentResolved,
    MaintenanceCancelled,
    MaintenanceChanged,
    MaintenanceMoved,
    MaintenancePlanned,
    MaintenanceProgressed,
    MaintenanceRemoved,
    OverallChanged,
    StateChanged,
    UpdateAdded,
    UpdateEdited,
    UpdateRemoved,
)
from statuspage.model import ComponentStatus, Incident, Maintenance, MaintenanceStatus, Snapshot, Update

COMPONENT_FIELDS = ("name", "description", "group", "depends_on")
INCIDENT_FIELDS = (
    "title",
    "impact",
    "started",
    "components",
    "cause",
    "cause_class",
    "doing",
    "eta",
    "next_update",
    "workaround",
    "tags",
)
MAINTENANCE_FIELDS = ("title", "components")


def changes(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """What happened from `before` to `after`: the whole first, then components, incidents, maintenance, files."""
    return (
        *([OverallChanged(before.state, after.state)] if before.state is not after.state else []),
        *_components(before, after),
        *_incidents(before, after),
        *_maintenances(before, after),
        *_files(before, after),
    )


# --- components --------------------------------------------------------------------------------


def _components(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    old = {c.id: c for c in before.components}
    kept = {c.id for c in after.components}
    for one in after.components:
        was = old.get(one.id)
        if was is None:
            yield ComponentAdded(one)
            continue
        if was.state is not one.state:
            yield StateChanged(was, one)
        if fields := _different(was, one, COMPONENT_FIELDS):
            yield ComponentChanged(was, one, fields)
    yield from (ComponentRemoved(one) for one in before.components if one.id not in kept)


# --- incidents ---------------------------------------------------------------------------------


def _incidents(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    old, new = _by_id(before.incidents), _by_id(after.incidents)
    for one in after.incidents:
        was = old.get(one.id)
        if was is None:
            yield IncidentOpened(one)
            continue
        resolving = _resolving(was, one)
        yield from (
            c for c in _updates(was, one) if not (isinstance(c, UpdateAdded) and c.update is resolving)
        )
        if was.open and not one.open:
            yield IncidentResolved(was, one, resolving)
        elif one.open and not was.open:
            yield IncidentReopened(was, one)
        # a state that an update or the end has changed is told with it
        told = ("components",) if len(one.updates) != len(was.updates) or was.open is not one.open else ()
        if fields := _different(was, one, [f for f in INCIDENT_FIELDS if f not in told]):
            yield IncidentChanged(was, one, fields)
    yield from (IncidentRemoved(one) for one in before.incidents if one.id not in new)


def _resolving(was: Incident, one: Incident) -> Update | None:
    """The newest update that the other has not, of one that is over now and was not."""
    if not was.open or one.open:
        return None
    return next((c.update for c in _updates(was, one) if isinstance(c, UpdateAdded)), None)


# --- maintenance -------------------------------------------------------------------------------


def _maintenances(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    old, new = _by_id(before.maintenances), _by_id(after.maintenances)
    for one in after.maintenances:
        was = old.get(one.id)
        if was is None:
            yield MaintenancePlanned(one)
            continue
        if (was.start, was.end) != (one.start, one.end):
            yield MaintenanceMoved(was, one)
        if was.status is not one.status:
            cancelled = one.status is MaintenanceStatus.CANCELLED
            yield MaintenanceCancelled(was, one) if cancelled else MaintenanceProgressed(was, one)
        fields = (*_different(was, one, MAINTENANCE_FIELDS), *_recurs_otherwise(was, one))
        if fields:
            yield MaintenanceChanged(was, one, fields)
        yield from _updates(was, one)
    yield from (MaintenanceRemoved(one) for one in before.maintenances if one.id not in new)


def _recurs_otherwise(was: Maintenance, one: Maintenance) -> tuple[str, ...]:
    """Whether the windows to come are others. As time passes more of them come into sight: that is no change."""
    told = [{(m.start, m.end) for m in side.later} for side in (was, one)]
    if not all(told):
        return ("later",) if any(told) else ()
    first, last = max(was.start, one.start), min(max(told[0]), max(told[1]))
    seen = [{window for window in side if first < window[0] and window <= last} for side in told]
    return ("later",) if seen[0] != seen[1] else ()


# --- files -------------------------------------------------------------------------------------


def _files(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Those that are broken on one side only; a file that was taken away is not mended."""
    old, new = _broken(before), _broken(after)
    good = {f"incidents/{one.id}.md" for one in _told(after) if not one.stale}
    yield from (FileBroken(path, shown) for path, shown in sorted(new.items()) if path not in old)
    yield from (FileMended(path) for path in sorted(old) if path in good)


def _broken(snapshot: Snapshot) -> Mapping[str, bool]:
    """The paths of broken files, and whether a last good version is shown."""
    stale = {f"incidents/{one.id}.md": True for one in _told(snapshot) if one.stale}
    return {**dict.fromkeys(snapshot.left_out, False), **stale}


def _told(snapshot: Snapshot) -> Sequence[Incident | Maintenance]:
    return (*snapshot.incidents, *snapshot.maintenances)


# --- shared by them ----------------------------------------------------------------------------

T = TypeVar("T", Incident, Maintenance)


def _by_id(known: Sequence[T]) -> Mapping[str, T]:
    return {one.id: one for one in known}


def _different(
    before: ComponentStatus | Incident | Maintenance,
    after: ComponentStatus | Incident | Maintenance,
    fields: Sequence[str],
) -> tuple[str, ...]:
    return tuple(field for field in fields if getattr(before, field) != getattr(after, field))


def _updates(was: Incident | Maintenance, one: Incident | Maintenance) -> Iterator[Change]:
    """Newest first. Where no ledger numbers them, one put in the middle moves the others' numbers: so the same ones
    are taken out first, whatever their numbers.
    """
    same = {_said(update) for update in was.updates} & {_said(update) for update in one.updates}
    old = {update.number: update for update in was.updates if _said(update) not in same}
    fresh = [update for update in one.updates if _said(update) not in same]
    for update in fresh:
        if before := old.pop(update.number, None):
            yield UpdateEdited(one, before, update)
        else:
            yield UpdateAdded(one, update)
    yield from (UpdateRemoved(one, update) for update in old.values())


def _said(update: Update) -> tuple[object, ...]:
    return update.status, update.at, update.html, tuple(sorted(update.components.items()))
