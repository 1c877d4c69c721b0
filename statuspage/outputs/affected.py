"""`api/affected.json`: what was wrong when, for a script that looks a moment up. docs/pages.md has its form.

Times are whole minutes since `from`, so that 400 days of many components stay small. Each span is widened to whole
minutes: a minute that trouble or a gap touches is one of trouble, or one not wholly measured.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from statuspage.intervals import Interval, subtract
from statuspage.model import ComponentStatus, Incident, Maintenance, MaintenanceStatus, Snapshot, State
from statuspage.outputs.wire import stamp
from statuspage.snapshot import IMPACT_STATE
from statuspage.views.context import Context
from statuspage.views.languages import contexts
from statuspage.views.said import said

DAYS = 400  # as far back as outages and gaps are kept
GAPS = 300  # of one component; all before the oldest of them counts as one more: it is not known here
MINUTE = timedelta(minutes=1)
FAR = datetime.max.replace(tzinfo=UTC)

Row = dict[str, object]


def affected(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """One file, on one line."""
    document = json.dumps(_record(snapshot), ensure_ascii=False, separators=(",", ":"))
    yield "api/affected.json", (document + "\n").encode("utf-8", "replace")


def _record(snapshot: Snapshot) -> Row:
    clock = _Clock(snapshot.now)
    spoken = contexts(snapshot)
    incidents = [i for i in snapshot.incidents if i.resolved is None or i.resolved > clock.start]
    works = [m for m in snapshot.maintenances if m.end > clock.start and _takes_place(m)]
    return {
        "from": stamp(clock.start),
        "until": clock.floor(snapshot.now),
        "components": [_component(clock, c, incidents) for c in snapshot.components],
        "incidents": [_incident(clock, i, spoken) for i in incidents],
        "maintenances": [_maintenance(clock, m, spoken) for m in works],
    }


class _Clock:
    """Minutes since the record's begin."""

    def __init__(self, now: datetime) -> None:
        self.start = now.replace(second=0, microsecond=0) - timedelta(days=DAYS)

    def floor(self, at: datetime) -> int:
        return max(0, (at - self.start) // MINUTE)

    def ceil(self, at: datetime) -> int:
        return max(0, -((self.start - at) // MINUTE))

    def span(self, start: datetime, end: datetime | None) -> list[int | None]:
        """Widened to whole minutes; without an end it goes on."""
        return [self.floor(start), self.ceil(end) if end else None]


def _component(clock: _Clock, component: ComponentStatus, incidents: list[Incident]) -> Row:
    return {
        "id": component.id,
        "name": component.name,
        "outages": [
            [*clock.span(t.start, t.end), t.state.severity, t.told]
            for t in _trouble(component, incidents, clock)
        ],
        "unmeasured": _unmeasured(clock, component.unmeasured),
    }


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Time in which a component was not operational, as probes saw it or an incident declares it."""

    start: datetime
    end: datetime | None
    state: State  # the worst of it
    told: list[int]  # incidents, by their place in the record


def _trouble(component: ComponentStatus, incidents: list[Incident], clock: _Clock) -> Iterator[_Trouble]:
    """Outages, the worse for what incidents declare meanwhile; then what is declared alone."""
    declared = [
        (n, i, i.worst[component.id])
        for n, i in enumerate(incidents)
        if i.worst.get(component.id, State.UNKNOWN).severity > State.MAINTENANCE.severity
    ]
    seen = [o for o in component.outages if o.end is None or o.end > clock.start]
    for outage in seen:
        begin, end = outage.start, outage.end or FAR
        told = [(n, state) for n, i, state in declared if i.started < end and (i.resolved or FAR) > begin]
        worst = max([outage.state, *(state for _, state in told)], key=lambda state: state.severity)
        yield _Trouble(begin, outage.end, worst, [n for n, _ in told])
    holes = [Interval(o.start, o.end or FAR) for o in seen]
    for n, incident, state in declared:
        for left in subtract([Interval(incident.started, incident.resolved or FAR)], holes):
            yield _Trouble(left.start, None if left.end == FAR else left.end, state, [n])


def _unmeasured(clock: _Clock, gaps: Sequence[Interval] | None) -> list[list[int | None]]:
    """Of too many gaps the newest; all that lies before them is told as one more."""
    if gaps is None:
        return [[0, None]]
    kept = [clock.span(gap.start, gap.end) for gap in gaps[-GAPS:]]
    return [[0, kept[0][0]], *kept] if len(gaps) > GAPS else kept


def _incident(clock: _Clock, incident: Incident, spoken: tuple[Context, ...]) -> Row:
    return {
        "id": incident.id,
        "title": _titles(incident.id, spoken),
        "state": IMPACT_STATE[incident.impact].severity,
        "span": clock.span(incident.started, incident.resolved),
    }


def _maintenance(clock: _Clock, work: Maintenance, spoken: tuple[Context, ...]) -> Row:
    """Shorter than announced when it was completed early, without an end while it goes on."""
    done = [u.at for u in work.updates if u.status == MaintenanceStatus.COMPLETED]
    end = min([work.end, *(max(at, work.start) for at in done)])
    running = work.status in (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)
    return {
        "id": work.id,
        "title": _titles(work.id, spoken),
        "span": clock.span(work.start, None if running else end),
        "components": list(work.components),
    }


def _titles(id: str, spoken: tuple[Context, ...]) -> Mapping[str, str]:
    """By language; those that say the same as the first one are left out, which is under ""."""
    titles = {one.language.code: said(one, one.written[id], "title").text for one in spoken}
    first = titles[spoken[0].language.code]
    return {"": first} | {code: title for code, title in titles.items() if title != first}


def _takes_place(work: Maintenance) -> bool:
    return work.status is not MaintenanceStatus.CANCELLED
