"""The kinds of change. Each carries what it speaks of as it stands in the snapshots, so that nothing is looked up."""

from dataclasses import dataclass

from statuspage.model import ComponentStatus, Incident, Maintenance, State, Update


@dataclass(frozen=True, slots=True)
class OverallChanged:
    """The worst of all components and open incidents."""

    before: State
    after: State


@dataclass(frozen=True, slots=True)
class ComponentAdded:
    component: ComponentStatus


@dataclass(frozen=True, slots=True)
class ComponentRemoved:
    component: ComponentStatus  # as it was


@dataclass(frozen=True, slots=True)
class StateChanged:
    before: ComponentStatus
    after: ComponentStatus


@dataclass(frozen=True, slots=True)
class ComponentChanged:
    """What is said of a component, apart from its state."""

    before: ComponentStatus
    after: ComponentStatus
    fields: tuple[str, ...]  # of ComponentStatus


@dataclass(frozen=True, slots=True)
class IncidentOpened:
    """One that was not there before, with all its updates; it may be over already."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class IncidentResolved:
    before: Incident
    after: Incident
    update: Update | None  # the new one that says so


@dataclass(frozen=True, slots=True)
class IncidentReopened:
    before: Incident
    after: Incident


@dataclass(frozen=True, slots=True)
class IncidentRemoved:
    incident: Incident  # as it was


@dataclass(frozen=True, slots=True)
class IncidentChanged:
    """Facts that are others now."""

    before: Incident
    after: Incident
    fields: tuple[str, ...]  # of Incident


@dataclass(frozen=True, slots=True)
class UpdateAdded:
    of: Incident | Maintenance
    update: Update


@dataclass(frozen=True, slots=True)
class UpdateEdited:
    of: Incident | Maintenance
    before: Update
    after: Update


@dataclass(frozen=True, slots=True)
class UpdateRemoved:
    of: Incident | Maintenance
    update: Update  # as it was


@dataclass(frozen=True, slots=True)
class MaintenancePlanned:
    """One that was not there before, with all its updates."""

    maintenance: Maintenance


@dataclass(frozen=True, slots=True)
class MaintenanceMoved:
    """Another window."""

    before: Maintenance
    after: Maintenance


@dataclass(frozen=True, slots=True)
class MaintenanceCancelled:
    before: Maintenance
    after: Maintenance


@dataclass(frozen=True, slots=True)
class MaintenanceProgressed:
    """Another status, cancelled left out: begun, verifying, completed, or planned again."""

    before: Maintenance
    after: Maintenance


@dataclass(frozen=True, slots=True)
class MaintenanceRemoved:
    maintenance: Maintenance  # as it was


@dataclass(frozen=True, slots=True)
class MaintenanceChanged:
    before: Maintenance
    after: Maintenance
    fields: tuple[str, ...]  # of Maintenance


@dataclass(frozen=True, slots=True)
class FileBroken:
    """A file of people's words that cannot be read now."""

    path: str
    shown: bool  # its last good version stands in for it


@dataclass(frozen=True, slots=True)
class FileMended:
    path: str


Change = (
    OverallChanged
    | ComponentAdded
    | ComponentRemoved
    | StateChanged
    | ComponentChanged
    | IncidentOpened
    | IncidentResolved
    | IncidentReopened
    | IncidentRemoved
    | IncidentChanged
    | UpdateAdded
    | UpdateEdited
    | UpdateRemoved
    | MaintenancePlanned
    | MaintenanceMoved
    | MaintenanceCancelled
    | MaintenanceProgressed
    | MaintenanceRemoved
    | MaintenanceChanged
    | FileBroken
    | FileMended
)
