"""What people say about time, apart from the probes: states that incidents declare, work that was announced."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from statuspage.intervals import Interval, clip
from statuspage.model import Correction, Incident, Maintenance, MaintenanceStatus, Span, State


@dataclass(frozen=True, slots=True)
class Told:
    """What people said about time, apart from the probes."""

    incidents: tuple[Incident, ...]  # newest first
    maintenances: tuple[Maintenance, ...]  # newest first
    corrections: tuple[Correction, ...] = ()


def declared(told: Told, component: str, now: datetime) -> list[Span]:
    """The states that incidents declare for a component over time, up to `now`; they may overlap."""
    spans: list[Span] = []
    for incident in told.incidents:
        spans += _declared_by(incident, component, now)
    return spans


def excluded(told: Told, component: str) -> list[Interval]:
    """Maintenance announced before it began, as far as it was: left out of the uptime."""
    known = (m for m in told.maintenances if component in m.components and took_place(m))
    return [part for m in known if m.announced for part in clip([_work(m)], m.announced)]


def manual_spans(told: Told, component: str, since: datetime | None, until: datetime) -> tuple[Span, ...]:
    """The time of a component that no probe asks: operational since known, but for what incidents declare."""
    if since is None or since >= until:
        return ()
    pieces = overlay([Span(since, until, State.OPERATIONAL)], declared(told, component, until))
    return tuple(p for p in pieces if p.state is not State.UNKNOWN)


def overlay(*layers: Iterable[Span]) -> list[Span]:
    """At each instant the worst state of all layers: sorted, disjoint, adjoining equals joined."""
    spans = [span for layer in layers for span in layer if span.end > span.start]
    edges = sorted({edge for span in spans for edge in (span.start, span.end)})
    spans.sort(key=lambda span: span.start)
    laid: list[Span] = []
    live: list[Span] = []
    upcoming = 0
    for start, end in pairwise(edges):
        while upcoming < len(spans) and spans[upcoming].start <= start:
            live.append(spans[upcoming])
            upcoming += 1
        live = [span for span in live if span.end > start]
        if not live:
            continue
        top = max(live, key=lambda span: span.state.severity)
        if laid and laid[-1].end == start and (laid[-1].state, laid[-1].code) == (top.state, top.code):
            laid[-1] = Span(laid[-1].start, end, top.state, top.code, laid[-1].detail)
        else:
            laid.append(Span(start, end, top.state, top.code, top.detail))
    return laid


def took_place(maintenance: Maintenance) -> bool:
    return maintenance.status is not MaintenanceStatus.CANCELLED


def work_span(maintenance: Maintenance) -> Span:
    window = _work(maintenance)
    running = maintenance.status in (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)
    far = datetime.max.replace(tzinfo=window.end.tzinfo)
    return Span(window.start, far if running else window.end, State.MAINTENANCE)


def _declared_by(incident: Incident, component: str, until: datetime) -> list[Span]:
    end = min(incident.resolved or until, until)
    steps: list[tuple[datetime, State]] = []
    for n, update in enumerate(sorted(incident.updates, key=lambda u: (u.at, u.number))):
        if component in update.components:
            at = max(update.at, incident.started) if n else incident.started
            steps.append((at, update.components[component]))
    edges = [at for at, _ in steps[1:]] + [end] * bool(steps)
    return [
        Span(start, min(stop, end), state)
        for (start, state), stop in zip(steps, edges, strict=True)
        if start < min(stop, end) and state is not State.OPERATIONAL
    ]


def _work(maintenance: Maintenance) -> Interval:
    """The announced window, shorter when the work was completed early; an overrun is not announced."""
    done = [u.at for u in maintenance.updates if u.status == MaintenanceStatus.COMPLETED]
    end = min([maintenance.end, *(max(at, maintenance.start) for at in done)])
    return Interval(maintenance.start, end)
