"""The objects of Statuspage's public v2 API, key by key in the recorded order.

It knows no `unknown`: a component repeats its last confirmed state, and one that never had a state
is left out. Overall texts are compared literally by clients, so they stay English.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from statuspage.model import (
    ComponentStatus,
    GroupStatus,
    Impact,
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    Snapshot,
    State,
    Update,
)
from statuspage.outputs.wire import (
    changed,
    confirmed,
    dawn,
    incident_address,
    newest,
    stamp,
    update_id,
    wire_id,
)

Row = dict[str, object]
States = Mapping[str, tuple[State, State]]  # by component: before an update and after it

RUNNING = (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)
BEGUN = "Scheduled maintenance is currently in progress. We will provide updates as necessary."
DONE = "The scheduled maintenance has been completed."
CANCELLED = "This scheduled maintenance was cancelled."

_BY_IMPACT = {
    Impact.MINOR: ("minor", "Minor Service Outage"),
    Impact.MAJOR: ("major", "Partial System Outage"),
    Impact.CRITICAL: ("critical", "Major System Outage"),
}


def rollup(states: Iterable[State], impacts: Iterable[Impact]) -> tuple[str, str]:
    """Indicator and description from the leaf components, and from open incidents while none is in trouble."""
    leaves = list(states)
    seen = set(leaves)
    if State.MAJOR in seen:
        return (
            ("critical", "Major System Outage")
            if seen == {State.MAJOR}
            else ("major", "Partial System Outage")
        )
    if State.PARTIAL in seen:
        return (
            ("major", "Partial System Outage")
            if seen == {State.PARTIAL}
            else ("minor", "Minor Service Outage")
        )
    if State.DEGRADED in seen:
        whole = seen == {State.DEGRADED} and len(leaves) > 1
        return "minor", "Degraded System Service" if whole else "Partially Degraded Service"
    worst = max(impacts, key=lambda impact: impact.severity, default=Impact.NONE)
    if worst is not Impact.NONE:
        return _BY_IMPACT[worst]
    if State.MAINTENANCE in seen:
        return "maintenance", "Service Under Maintenance"
    return "none", "All Systems Operational"


@dataclass(frozen=True)
class Wire:
    """One snapshot in the words of the v2 API. Every list is made of the same rows."""

    snapshot: Snapshot

    @cached_property
    def page_id(self) -> str:
        return wire_id("page", self.snapshot.page.url)

    @cached_property
    def page(self) -> Row:
        """Stamps are in UTC, and so is the zone: a client may put the two together."""
        page = self.snapshot.page
        return {
            "id": self.page_id,
            "name": page.name,
            "url": page.url,
            "time_zone": "Etc/UTC",
            "updated_at": stamp(self.updated),
        }

    @cached_property
    def updated(self) -> datetime:
        """The last change of what is shown, never the build's own time."""
        now = self.snapshot.now
        told: list[Incident | Maintenance] = [*self.snapshot.incidents, *self.snapshot.maintenances]
        times = [at for at in (changed(c) for c in self.leaves.values()) if at]
        times += [u.first_seen for one in told for u in one.updates] + [one.created for one in told]
        times += [u.first_seen for m in self.snapshot.maintenances for u in _steps(m)]
        return max((at for at in times if at <= now), default=dawn(self.snapshot))

    @cached_property
    def status(self) -> Row:
        impacts = [incident.impact for incident in self.snapshot.open_incidents]
        indicator, description = rollup(self._states.values(), impacts)
        return {"indicator": indicator, "description": description}

    # --- components ----------------------------------------------------------------------------

    @cached_property
    def leaves(self) -> Mapping[str, ComponentStatus]:
        """The components that have a word to show, by their own id."""
        return {c.id: c for c in self.snapshot.components if confirmed(c)}

    @cached_property
    def _states(self) -> Mapping[str, State]:
        return {id_: state for id_, c in self.leaves.items() if (state := confirmed(c))}

    @cached_property
    def components(self) -> list[Row]:
        """Groups and members mixed, by position, which starts anew in each group."""
        return sorted(self._rows.values(), key=lambda row: int(str(row["position"])))

    @cached_property
    def _rows(self) -> Mapping[str, Row]:
        """All rows by their wire id, each group before its members."""
        rows: list[Row] = []
        top = 0
        for group in self.snapshot.groups:
            members = [self.leaves[id_] for id_ in group.components if id_ in self.leaves]
            if members and group.name:
                top += 1
                rows.append(self._group(group, members, top))
            for n, member in enumerate(members, start=1):
                top += not group.name
                rows.append(self._leaf(member, n if group.name else top))
        return {str(row["id"]): row for row in rows}

    def _leaf(self, component: ComponentStatus, position: int) -> Row:
        born = component.first_measured or component.since or dawn(self.snapshot)
        return {
            "id": wire_id("component", component.id),
            "name": component.name,
            "status": str(self._states[component.id]),
            "created_at": stamp(born),
            "updated_at": stamp(changed(component) or born),
            "position": position,
            "description": component.description or None,
            "showcase": True,
            "start_date": born.date().isoformat(),
            "group_id": wire_id("group", component.group) if component.group else None,
            "page_id": self.page_id,
            "group": False,
            "only_show_if_degraded": False,
        }

    def _group(self, group: GroupStatus, members: list[ComponentStatus], position: int) -> Row:
        rows = [self._leaf(member, 0) for member in members]
        worst = max((self._states[m.id] for m in members), key=lambda state: state.severity)
        return {
            "id": wire_id("group", group.name),
            "name": group.name,
            "status": str(worst),
            "created_at": min(str(row["created_at"]) for row in rows),
            "updated_at": max(str(row["updated_at"]) for row in rows),
            "position": position,
            "description": group.description or None,
            "showcase": False,
            "start_date": None,
            "group_id": None,
            "page_id": self.page_id,
            "group": True,
            "only_show_if_degraded": False,
            "components": [row["id"] for row in rows],
        }

    def _named(self, ids: Iterable[str]) -> list[Row]:
        """Whole rows of the components named, in the configuration's order."""
        wanted = set(ids)
        return [self._rows[wire_id("component", id_)] for id_ in self.leaves if id_ in wanted]

    # --- incidents and maintenance -------------------------------------------------------------

    def incidents(self, some: Iterable[Incident], *, most: int | None = None) -> list[Row]:
        """Newest first, `most` of them."""
        ordered = sorted(some, key=lambda i: (i.created, i.started, i.id), reverse=True)
        return [self._incident(incident) for incident in ordered[:most]]

    def maintenances(self, some: Iterable[Maintenance], *, latest: int | None = None) -> list[Row]:
        """By the time they are scheduled for: the soonest first, or the `latest` ones, the last first."""
        ordered = sorted(some, key=lambda m: (m.start, m.id), reverse=latest is not None)
        return [self._maintenance(maintenance) for maintenance in ordered[:latest]]

    def alone(self) -> Iterator[tuple[str, Row]]:
        """Each incident and maintenance by its id in these files, with the keys of a post-incident report."""
        for one in self.snapshot.incidents:
            row = self._incident(one)
            yield str(row["id"]), {**row, **_postmortem(one.updates)}
        for work in self.snapshot.maintenances:
            row = self._maintenance(work)
            yield str(row["id"]), {**row, **_postmortem(())}

    def _incident(self, incident: Incident) -> Row:
        monitored = [u.at for u in incident.updates if u.status == IncidentStatus.MONITORING]
        return {
            **self._head(incident, str(incident.status), incident.updates),
            "monitoring_at": stamp(min(monitored)) if monitored else None,
            "resolved_at": stamp(incident.resolved) if incident.resolved else None,
            "impact": str(incident.impact),
            **self._body(incident, incident.started, incident.updates, _declared(incident.updates)),
            "components": self._named({*incident.worst, *incident.components}),
            "reminder_intervals": None,
            **(_postmortem(incident.updates) if incident.status is IncidentStatus.POSTMORTEM else {}),
        }

    def _maintenance(self, maintenance: Maintenance) -> Row:
        updates = _steps(maintenance)
        over = updates[0].status == MaintenanceStatus.COMPLETED
        return {
            **self._head(maintenance, updates[0].status, updates),
            "monitoring_at": None,
            "resolved_at": stamp(updates[0].at) if over else None,
            "impact": "maintenance",
            **self._body(maintenance, maintenance.created, updates, _worked_on(maintenance, updates)),
            "components": self._named(maintenance.components),
            "reminder_intervals": None,
            "scheduled_for": stamp(maintenance.start),
            "scheduled_until": stamp(maintenance.end),
        }

    def _head(self, one: Incident | Maintenance, status: str, updates: tuple[Update, ...]) -> Row:
        return {
            "id": wire_id("incident", one.id),
            "name": one.title,
            "status": status,
            "created_at": stamp(one.created),
            "updated_at": stamp(max(newest(one), updates[0].first_seen)),
        }

    def _body(
        self,
        one: Incident | Maintenance,
        started: datetime,
        updates: tuple[Update, ...],
        states: Mapping[int, States],
    ) -> Row:
        return {
            "shortlink": incident_address(self.snapshot.page, one.id),
            "started_at": stamp(started),
            "page_id": self.page_id,
            "incident_updates": [self._update(one, u, states.get(u.number, {})) for u in updates],
        }

    def _update(self, one: Incident | Maintenance, update: Update, states: States) -> Row:
        affected = [self._affected(id_, old, new) for id_, (old, new) in states.items()]
        seen = stamp(update.first_seen)
        return {
            "id": update_id(one.id, update.number),
            "status": update.status,
            "body": update.text,
            "incident_id": wire_id("incident", one.id),
            "created_at": seen,
            "updated_at": seen,
            "display_at": stamp(update.at),
            "affected_components": affected or None,
            "deliver_notifications": True,
            "custom_tweet": None,
            "tweet_id": None,
        }

    def _affected(self, component: str, old: State, new: State) -> Row:
        """A component that the configuration has no more is named by its id."""
        found = self._known.get(component)
        name = found.name if found else component
        return {
            "code": wire_id("component", component),
            "name": f"{found.group} - {name}" if found and found.group else name,
            "old_status": str(old),
            "new_status": str(new),
        }

    @cached_property
    def _known(self) -> Mapping[str, ComponentStatus]:
        return {c.id: c for c in self.snapshot.components}


def _postmortem(updates: Iterable[Update]) -> Row:
    """The report's own keys, which Statuspage's documentation has and no recorded v2 file before the report."""
    report = next((u for u in updates if u.status == IncidentStatus.POSTMORTEM), None)
    return {
        "postmortem_body": report.text if report else None,
        "postmortem_body_last_updated_at": stamp(report.first_seen) if report else None,
        "postmortem_ignored": False,
        "postmortem_notified_subscribers": False,
        "postmortem_notified_twitter": False,
        "postmortem_published_at": stamp(report.at) if report else None,
    }


# --- updates -----------------------------------------------------------------------------------


def _declared(updates: tuple[Update, ...]) -> Mapping[int, States]:
    """What each update changed, by its number: all components named so far, as on Statuspage."""
    changes: dict[int, States] = {}
    current: dict[str, State] = {}
    for update in reversed(updates):
        before = dict(current)
        current.update(update.components)
        changes[update.number] = {
            id_: (before.get(id_, State.OPERATIONAL), state) for id_, state in current.items()
        }
    return changes


def _worked_on(maintenance: Maintenance, updates: tuple[Update, ...]) -> Mapping[int, States]:
    """The components of the work: under maintenance while it goes on, unless an update says otherwise."""
    changes: dict[int, States] = {}
    current = dict.fromkeys(maintenance.components, State.OPERATIONAL)
    for update in reversed(updates):
        before = dict(current)
        usual = State.MAINTENANCE if update.status in RUNNING else State.OPERATIONAL
        current = {**dict.fromkeys(current, usual), **update.components}
        changes[update.number] = {id_: (before.get(id_, State.OPERATIONAL), s) for id_, s in current.items()}
    return changes


def _steps(maintenance: Maintenance) -> tuple[Update, ...]:
    """Its updates in v2's words, newest first; what the clock did is told as Statuspage tells it.

    The first update always has the maintenance's status, for clients read just that one. Steps of
    the clock have the numbers 0 (begun) and -1 (ended), which no update of a person has.
    """
    steps = [_told(update) for update in maintenance.updates]
    begin = max(maintenance.start, maintenance.created)
    moved = [u for u in maintenance.updates if u.status != MaintenanceStatus.SCHEDULED]
    started = maintenance.status in (*RUNNING, MaintenanceStatus.COMPLETED) or bool(moved)
    if started and not any(u.first_seen <= begin for u in moved):
        later = sum(u.first_seen > begin for u in steps)
        steps.insert(later, _step(0, MaintenanceStatus.IN_PROGRESS, begin, BEGUN))
    if maintenance.status is MaintenanceStatus.COMPLETED and steps[0].status != MaintenanceStatus.COMPLETED:
        end = max(maintenance.end, steps[0].first_seen)
        steps.insert(0, _step(-1, MaintenanceStatus.COMPLETED, end, DONE))
    return tuple(steps)


def _told(update: Update) -> Update:
    """v2 has no word for cancelled: it is completed, and its text says what happened."""
    if update.status != MaintenanceStatus.CANCELLED:
        return update
    text = f"{CANCELLED}\n\n{update.text}".rstrip()
    return replace(update, status=str(MaintenanceStatus.COMPLETED), text=text)


def _step(number: int, status: MaintenanceStatus, at: datetime, text: str) -> Update:
    return Update(number=number, status=str(status), at=at, first_seen=at, html="", text=text)
