"""The one place where severity is decided: what the probes saw, people declared and maintenance covers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from statuspage import rollup
from statuspage.config import ComponentOptions, Config
from statuspage.intervals import Interval, local_day, subtract
from statuspage.model import (
    BarDay,
    ComponentStatus,
    GroupStatus,
    History,
    Impact,
    Incident,
    Maintenance,
    MaintenanceStatus,
    Outage,
    Page,
    Round,
    Sample,
    Snapshot,
    Span,
    State,
    Verdict,
)
from statuspage.uptime import outages, uptime

WINDOWS: Mapping[str, timedelta] = {
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "365d": timedelta(days=365),
}
BAR_DAYS = 90
OUTAGE_DAYS = 400  # outages that a component's page lists
MARGIN = timedelta(minutes=10)  # GitHub Pages caches for ten minutes: a page is no staler than this allows
INSTANT = timedelta(seconds=1)
UNSTABLE = 4  # changes between good and bad among the samples that `rollup.flips` looks at

IMPACT_STATE: Mapping[Impact, State] = {
    Impact.NONE: State.OPERATIONAL,
    Impact.MINOR: State.DEGRADED,
    Impact.MAJOR: State.PARTIAL,
    Impact.CRITICAL: State.MAJOR,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What people said about time, apart from the probes."""

    incidents: tuple[Incident, ...]  # newest first
    maintenances: tuple[Maintenance, ...]  # newest first


def snapshot(
    config: Config,
    page: Page,
    history: History,
    told: Told,
    now: datetime,
    *,
    first_seen: Mapping[str, datetime] | None = None,
    left_out: tuple[str, ...] = (),
) -> Snapshot:
    """All that the page knows at `now`.

    `first_seen` says since when a manual component is known; rounds later than `now` are not looked at.
    """
    rounds = tuple(r for r in history.rounds if r.at <= now)
    known = replace(history, rounds=rounds)
    own = rollup.per_component(known)
    nothing = replace(known, rounds=tuple(r for r in rounds if r.void), hours={})
    measured = max((s.at for r in rounds for s in r.samples if s.at <= now), default=None)
    public = [c for c in config.components if c.public]
    seen = first_seen or {}
    plain = {
        c.id: _component(c, config, page, own.get(c.id, nothing), told, now, seen.get(c.id)) for c in public
    }
    components = tuple(_explained(plain, public))
    every = config.defaults.every
    pause = max(3 * every, config.page.publish_every or timedelta())
    return Snapshot(
        page=page,
        now=now,
        measured=measured,
        valid_until=measured and measured + pause + MARGIN,
        next_check=measured and measured + every,
        void=_void(rounds, every),
        state=_worst(
            [c.state for c in components] + [IMPACT_STATE[i.impact] for i in told.incidents if i.open]
        ),
        groups=_groups(config, components),
        components=components,
        incidents=told.incidents,
        maintenances=told.maintenances,
        weights=config.weights,
        left_out=left_out,
    )


def _void(rounds: Sequence[Round], every: timedelta) -> str:
    """Why the newest round was void, "" when another place took a valid one meanwhile."""
    newest = {r.vantage: r for r in rounds}.values()  # they are sorted: the last one of a place stays
    meanwhile = [r for r in newest if r.at > rounds[-1].at - 2 * every]
    return rounds[-1].void if meanwhile and all(r.void for r in meanwhile) else ""


def declared(told: Told, component: str, now: datetime) -> list[Span]:
    """The states that incidents declare for a component over time, up to `now`; they may overlap."""
    spans: list[Span] = []
    for incident in told.incidents:
        spans += _declared_by(incident, component, now)
    return spans


def excluded(told: Told, component: str) -> list[Interval]:
    """Maintenance announced before it began: left out of the uptime."""
    return [
        _work(m)
        for m in told.maintenances
        if component in m.components and m.created < m.start and _took_place(m)
    ]


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


# --- one component -----------------------------------------------------------------------------


def _component(
    options: ComponentOptions,
    config: Config,
    page: Page,
    history: History,
    told: Told,
    now: datetime,
    known_since: datetime | None,
) -> ComponentStatus:
    if options.manual:
        spans = manual_spans(told, options.id, known_since, now + INSTANT)
    else:
        spans = rollup.spans(history, options.id, options.rules, now + INSTANT)
    probed = spans[-1].state if spans and spans[-1].end > now else State.UNKNOWN
    reasons = declared(told, options.id, now + INSTANT)
    work = [_work_span(m) for m in told.maintenances if options.id in m.components and _took_place(m)]
    state, since = _present(spans, reasons, work, now)
    seen = outages(spans, options.id, now, gap=2 * options.every)
    lately = rollup.lately(history, options.id, options.rules, probed, now)
    left_out = excluded(told, options.id)
    failing = spans[-1] if _troubled(probed) else None
    return ComponentStatus(
        id=options.id,
        name=options.name,
        description=options.description,
        group=options.group,
        state=state,
        probed=probed,
        since=since,
        code=failing.code if failing else _unjudged(lately.newest, probed),
        detail=failing.detail if failing else "",
        manual=options.manual,
        affected_by=(),
        depends_on=tuple(d.id for d in options.depends_on),
        checked=lately.newest.at if lately.newest else None,
        latency=rollup.median_latency(history, options.id, now - WINDOWS["24h"], now + INSTANT),
        recent=rollup.hour_medians(history, options.id, now),
        slow=None if hasattr(options.probe, "slow") else options.slow,
        uptimes={
            name: uptime(spans, Interval(now - length, now), left_out, config.weights)
            for name, length in WINDOWS.items()
        },
        bar=_bar(page, spans, reasons, work, seen, told, options.id, now),
        outages=tuple(o for o in seen if o.end is None or o.end > now - timedelta(days=OUTAGE_DAYS)),
        first_measured=spans[0].start if spans else None,
        last=spans[-1] if spans else None,
        unstable=lately.flips[0] >= UNSTABLE,
        flips=lately.flips,
        fell_back=lately.fell_back,
        places=lately.places,
        places_checked=lately.places_checked,
        measures=lately.newest.measures if lately.newest else {},
    )


def _present(
    spans: Sequence[Span], reasons: Sequence[Span], work: Sequence[Span], now: datetime
) -> tuple[State, datetime | None]:
    """The state at `now` and since when; work in progress hides what the probes see, not what people say."""
    covered = [Interval(w.start, w.end) for w in work]
    timeline = overlay(_without(spans, covered), reasons, work)
    if not timeline or timeline[-1].end <= now:
        return State.UNKNOWN, timeline[-1].end if timeline else None
    at = next(n for n in range(len(timeline) - 1, -1, -1) if timeline[n].start <= now)
    state, since = timeline[at].state, timeline[at].start
    for piece in reversed(timeline[:at]):
        if piece.end != since or piece.state is not state:
            break
        since = piece.start
    return state, since


def _without(spans: Sequence[Span], holes: Sequence[Interval]) -> list[Span]:
    """Spans less the time that maintenance covers."""
    if not holes:
        return list(spans)
    return [
        replace(span, start=left.start, end=left.end)
        for span in spans
        for left in subtract([Interval(span.start, span.end)], holes)
    ]


def _unjudged(newest: Sample | None, probed: State) -> str:
    """Why a component is not measured, when its newest sample says so."""
    silent = probed is State.UNKNOWN and newest is not None and newest.verdict is Verdict.UNKNOWN
    return newest.code if newest and silent else ""


def _explained(
    plain: Mapping[str, ComponentStatus], options: Sequence[ComponentOptions]
) -> Iterator[ComponentStatus]:
    """Name what each one in trouble suffers from, and what is at the root of that."""
    affected = {c.id: _affected_by(plain[c.id].state, c, plain) for c in options}
    for id_, direct in affected.items():
        yield replace(plain[id_], affected_by=direct, caused_by=_roots(direct, affected))


def _affected_by(
    state: State, options: ComponentOptions, others: Mapping[str, ComponentStatus]
) -> tuple[str, ...]:
    """The dependencies in trouble while it is: a soft one slows or limits, and does not explain an outage."""
    if not _troubled(state):
        return ()
    counted = [d.id for d in options.depends_on if not d.soft or state is State.DEGRADED]
    return tuple(id_ for id_ in counted if id_ in others and _troubled(others[id_].state))


def _roots(direct: Sequence[str], affected: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What is reached over `affected` and suffers from nothing itself, the nearest first."""
    reached = list(direct)
    for id_ in reached:  # it grows on the way
        reached += [further for further in affected[id_] if further not in reached]
    return tuple(id_ for id_ in reached if not affected[id_])


def _troubled(state: State) -> bool:
    return state.severity > State.MAINTENANCE.severity


# --- what people declared ----------------------------------------------------------------------


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


def _took_place(maintenance: Maintenance) -> bool:
    return maintenance.status is not MaintenanceStatus.CANCELLED


def _work(maintenance: Maintenance) -> Interval:
    """The announced window, shorter when the work was completed early; an overrun is not announced."""
    done = [u.at for u in maintenance.updates if u.status == MaintenanceStatus.COMPLETED]
    end = min([maintenance.end, *(max(at, maintenance.start) for at in done)])
    return Interval(maintenance.start, end)


def _work_span(maintenance: Maintenance) -> Span:
    window = _work(maintenance)
    running = maintenance.status in (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)
    far = datetime.max.replace(tzinfo=window.end.tzinfo)
    return Span(window.start, far if running else window.end, State.MAINTENANCE)


# --- bars, groups ------------------------------------------------------------------------------


def _bar(
    page: Page,
    spans: Sequence[Span],
    reasons: Sequence[Span],
    work: Sequence[Span],
    seen: Sequence[Outage],
    told: Told,
    component: str,
    now: datetime,
) -> tuple[BarDay, ...]:
    """The last 90 civil days of the page's zone, oldest first; today is as long as it is old."""
    zone = ZoneInfo(page.timezone)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=BAR_DAYS - 1)
    begin = local_day(first, zone).start
    recent = [s for s in spans if s.end > begin]
    pieces = overlay(_without(recent, [Interval(w.start, w.end) for w in work]), reasons, work)
    at = 0
    days = []
    for n in range(BAR_DAYS):
        whole = local_day(first + timedelta(days=n), zone)
        window = Interval(whole.start, max(whole.start, min(whole.end, now)))
        while at < len(pieces) and pieces[at].end <= window.start:
            at += 1
        by_state: dict[State, int] = {}
        for piece in pieces[at:]:
            if piece.start >= window.end:
                break
            part = min(piece.end, window.end) - max(piece.start, window.start)
            by_state[piece.state] = by_state.get(piece.state, 0) + part // INSTANT
        unmeasured = window.seconds - sum(by_state.values())
        if unmeasured:
            by_state[State.UNKNOWN] = unmeasured
        told_of = [s for s in by_state if s not in (State.OPERATIONAL, State.UNKNOWN)]
        quiet = State.OPERATIONAL if State.OPERATIONAL in by_state else State.UNKNOWN
        days.append(
            BarDay(
                day=first + timedelta(days=n),
                seconds=window.seconds,
                by_state=dict(sorted(by_state.items(), key=lambda item: item[0].severity)),
                worst=_worst(told_of) if told_of else quiet,
                outages=tuple(o for o in seen if o.start < window.end and (o.end or now) > window.start),
                incidents=tuple(
                    i.id
                    for i in told.incidents
                    if component in i.worst and i.started < window.end and (i.resolved or now) > window.start
                ),
            )
        )
    return tuple(days)


def _groups(config: Config, components: Sequence[ComponentStatus]) -> tuple[GroupStatus, ...]:
    groups = []
    for group in config.groups:
        members = [c for c in components if c.group == group.name]
        if members:
            groups.append(
                GroupStatus(
                    name=group.name,
                    description=group.description,
                    state=_worst([c.state for c in members]),
                    collapsed=group.collapsed,
                    components=tuple(c.id for c in members),
                )
            )
    rest = [c for c in components if c.group is None]
    if rest:
        ids = tuple(c.id for c in rest)
        state = _worst([c.state for c in rest])
        groups.append(GroupStatus(name="", description="", state=state, collapsed=False, components=ids))
    return tuple(groups)


def _worst(states: Iterable[State]) -> State:
    """The worst state; unknown when there is none to judge by."""
    return max(states, key=lambda state: state.severity, default=State.UNKNOWN)
