"""The files for programs: Statuspage's eight v2 files, and `api/status.json` with all that we know beyond."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

from statuspage.model import (
    MEASURES,
    Budget,
    ComponentStatus,
    Correction,
    Incident,
    IncidentStatus,
    Journey,
    Maintenance,
    MaintenanceStatus,
    Needs,
    Outage,
    Snapshot,
    State,
    Uptime,
)
from statuspage.outputs.v2 import RUNNING, Row, Wire
from statuspage.outputs.wire import incident_address, json_bytes, newest, stamp
from statuspage.uptime import (
    allowed,
    bounds,
    budget_bounds,
    budget_left,
    coverage,
    percent,
    ratio,
    spent,
)

RECENT = 50  # rows of incidents.json and scheduled-maintenances.json, as on Statuspage

_UNRESOLVED = (IncidentStatus.INVESTIGATING, IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING)


def api(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """All JSON documents below `api/`, and one of each incident and maintenance where Statuspage has it."""
    wire = Wire(snapshot)
    for name, document in _v2(wire):
        yield f"api/v2/{name}.json", json_bytes(document)
    for id_, row in wire.alone():
        yield f"incidents/{id_}.json", json_bytes(row)
    yield "api/status.json", json_bytes(status(snapshot))
    for component in snapshot.components:
        yield f"api/components/{component.id}.json", json_bytes(_alone(snapshot, component))


def _v2(wire: Wire) -> Iterator[tuple[str, Row]]:
    incidents, maintenances = wire.snapshot.incidents, wire.snapshot.maintenances
    unresolved = wire.incidents(i for i in incidents if i.status in _UNRESOLVED)
    upcoming = wire.maintenances(m for m in maintenances if m.status is MaintenanceStatus.SCHEDULED)
    active = wire.maintenances(m for m in maintenances if m.status in RUNNING)
    yield (
        "summary",
        {
            "page": wire.page,
            "components": wire.components,
            "incidents": unresolved,
            "scheduled_maintenances": wire.maintenances(m for m in maintenances if _ahead(m)),
            "status": wire.status,
        },
    )
    yield "status", {"page": wire.page, "status": wire.status}
    yield "components", {"page": wire.page, "components": wire.components}
    yield "incidents", {"page": wire.page, "incidents": wire.incidents(incidents, most=RECENT)}
    yield "incidents/unresolved", {"page": wire.page, "incidents": unresolved}
    for name, rows in (
        ("scheduled-maintenances", wire.maintenances(maintenances, latest=RECENT)),
        ("scheduled-maintenances/upcoming", upcoming),
        ("scheduled-maintenances/active", active),
    ):
        yield name, {"page": wire.page, "scheduled_maintenances": rows}


# --- our own document --------------------------------------------------------------------------


def status(snapshot: Snapshot) -> Row:
    """`api/status.json`: it says unknown, how fresh it is, and the integers behind each figure."""
    page = snapshot.page
    return {
        "page": {
            "name": page.name,
            "url": page.url,
            "mirror": page.mirror or None,
            "time_zone": page.timezone,
            "demo": page.demo,
        },
        **_moment(snapshot),
        "state": str(snapshot.state),
        "counts": {str(s): sum(c.state is s for c in snapshot.components) for s in State},
        "weights": _weights(snapshot),
        "components": [_component(c) for c in snapshot.components],
        "journeys": [_journey(j) for j in snapshot.journeys],
        "incidents": [_incident(snapshot, i) for i in snapshot.open_incidents],
        "maintenances": [_maintenance(snapshot, m) for m in snapshot.maintenances if _ahead(m)],
        "left_out": list(snapshot.left_out),
    }


def _moment(snapshot: Snapshot) -> Row:
    """How fresh all of it is."""
    return {
        "generated_at": stamp(snapshot.now),
        "measured_at": _stamp(snapshot.measured),
        "valid_until": _stamp(snapshot.valid_until),
        "next_check_at": _stamp(snapshot.next_check),
        "void": snapshot.void or None,
    }


def _weights(snapshot: Snapshot) -> Row:
    return {str(s): weight for s, weight in _by_severity(snapshot.weights.items())}


def _alone(snapshot: Snapshot, component: ComponentStatus) -> Row:
    """One component's part of `api/status.json`, its outages, and what people corrected in them."""
    return {
        **_moment(snapshot),
        "weights": _weights(snapshot),
        "component": _component(component),
        "incidents": [i.id for i in snapshot.open_incidents if component.id in i.components],
        "outages": [_outage(outage) for outage in component.outages],
        "annulled": [_outage(outage) for outage in component.annulled],
        "corrections": [_correction(one) for one in component.corrections],
    }


def _outage(outage: Outage) -> Row:
    return {
        "start": stamp(outage.start),
        "end": _stamp(outage.end),
        "state": str(outage.state),
        "code": outage.code or None,
        "detail": outage.detail or None,
    }


def _correction(one: Correction) -> Row:
    """`state` holds instead of what the probes saw; `unknown`: the time is not measured."""
    return {
        "id": one.id,
        "components": list(one.components),
        "start": stamp(one.start),
        "end": stamp(one.end),
        "annuls": one.annuls,
        "state": str(one.state),
        "author": one.author,
        "reason": one.reason,
        "first_seen_at": stamp(one.created),
        "stale": one.stale,
    }


def _component(component: ComponentStatus) -> Row:
    return {
        "id": component.id,
        "name": component.name,
        "group": component.group,
        "state": str(component.state),
        "probed": None if component.manual else str(component.probed),
        "since": _stamp(component.since),
        "code": component.code or None,
        "checked_at": _stamp(component.checked),
        "latency_ms": _milliseconds(component.latency),
        "affected_by": list(component.affected_by),
        "caused_by": list(component.caused_by),
        "unstable": component.unstable,
        "fell_back": _fell_back(component),
        "measures": {name: component.measures[name] for name in MEASURES if name in component.measures},
        "places": [
            {"name": name, "state": str(state), "checked_at": _stamp(component.places_checked.get(name))}
            for name, state in component.places.items()
        ],
        "uptimes": {window: figures(uptime) for window, uptime in component.uptimes.items()},
        "budget": _budget(component.budget),
    }


def _journey(journey: Journey) -> Row:
    """Texts by language; "" is in whatever language."""
    return {
        "id": journey.id,
        "name": dict(journey.name),
        "state": str(journey.state),
        "needs": needs_row(journey.needs),
        "workaround": dict(journey.workaround),
    }


def needs_row(needs: Needs) -> Row:
    members = [needs_row(one) if isinstance(one, Needs) else one for one in needs.of]
    return {"any" if needs.any_one else "all": members}


def _budget(budget: Budget | None) -> Row | None:
    """The shares may be negative; `left` is null when nothing was measured. docs/uptime.md has the formulas."""
    if budget is None:
        return None
    objective, window = budget.objective, budget.window
    low, high = budget_bounds(window, objective)
    left = budget_left(window, objective)
    return {
        "availability": f"{objective.availability:.2f}",
        "window": objective.window,
        "allowed_s": floor(allowed(window, objective)),
        "spent_s": floor(spent(window)),
        "left": _percent(left),
        "low": _percent(low),
        "high": f"{100 - percent(1 - high):.2f}",
        "last_hour": _pace(budget.hour),
        "last_day": _pace(budget.day),
    }


def _pace(figure: Uptime) -> Row:
    return {"measured": figure.measured, "weighted_down": figure.weighted_down, "known": figure.known}


def _fell_back(component: ComponentStatus) -> Row | None:
    if component.fell_back is None:
        return None
    fallbacks, conversations = component.fell_back
    return {"fallbacks": fallbacks, "conversations": conversations}


def figures(uptime: Uptime) -> Row:
    """Percentages as text, and the integers they come from: 1 - weighted_down / known.

    `low` and `high` hold every value that the unmeasured time could still give: the one is rounded
    down, the other up. The uptime itself is rounded down, so that 100.00 means no down time at all.
    """
    low, high = bounds(uptime)
    return {
        "uptime": _percent(ratio(uptime)),
        "coverage": _percent(coverage(uptime)),
        "low": _percent(low),
        "high": f"{100 - percent(1 - high):.2f}",
        "start": stamp(uptime.start),
        "end": stamp(uptime.end),
        "window": uptime.window,
        "excluded": uptime.excluded,
        "measured": uptime.measured,
        "down": {str(s): seconds for s, seconds in _by_severity(uptime.down.items())},
        "told": {str(s): seconds for s, seconds in _by_severity(uptime.told.items())},
        "weighted_down": uptime.weighted_down,
        "known": uptime.known,
        "corrected": uptime.corrected,
    }


def _incident(snapshot: Snapshot, incident: Incident) -> Row:
    return {
        "id": incident.id,
        "title": incident.title,
        "status": str(incident.status),
        "impact": str(incident.impact),
        "started_at": stamp(incident.started),
        "updated_at": stamp(newest(incident)),
        "components": {id_: str(state) for id_, state in incident.components.items()},
        "stale": incident.stale,
        "url": incident_address(snapshot.page, incident.id),
    }


def _maintenance(snapshot: Snapshot, maintenance: Maintenance) -> Row:
    return {
        "id": maintenance.id,
        "title": maintenance.title,
        "status": str(maintenance.status),
        "start": stamp(maintenance.start),
        "end": stamp(maintenance.end),
        "components": list(maintenance.components),
        "stale": maintenance.stale,
        "url": incident_address(snapshot.page, maintenance.id),
    }


def _ahead(maintenance: Maintenance) -> bool:
    return maintenance.status in (MaintenanceStatus.SCHEDULED, *RUNNING)


def _stamp(at: datetime | None) -> str | None:
    return stamp(at) if at else None


def _milliseconds(span: timedelta | None) -> int | None:
    return None if span is None else span // timedelta(milliseconds=1)


def _percent(share: Fraction | None) -> str | None:
    return None if share is None else f"{percent(share):.2f}"


def _by_severity(items: Iterable[tuple[State, int]]) -> list[tuple[State, int]]:
    return sorted(items, key=lambda item: item[0].severity)
