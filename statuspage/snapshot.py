"""The one place where severity is decided: what the probes saw, people declared and maintenance covers."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from statuspage import journeys, rollup
from statuspage.config import ComponentOptions, Config
from statuspage.corrected import Corrected, corrected
from statuspage.days import Change, CivilDay, bar_days, civil_days, worst
from statuspage.declared import Told, declared, excluded, manual_spans, overlay, took_place, work_span
from statuspage.intervals import Interval, clip, subtract
from statuspage.model import (
    Account,
    Budget,
    ComponentStatus,
    Correction,
    GroupStatus,
    History,
    Impact,
    Objective,
    Outage,
    Page,
    Round,
    Sample,
    Snapshot,
    Span,
    State,
    Uptime,
    Verdict,
    by_component,
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
HOUR = timedelta(hours=1)
# What alarms about an error budget look at: https://sre.google/workbook/alerting-on-slos/ has 5 minutes in place
# of 15, in which a check every 5 minutes has one sample.
PACES = tuple(timedelta(minutes=m) for m in (15, 30, 60, 6 * 60, 3 * 24 * 60))
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
    days = civil_days(page, now)
    about, named = _by_component(told.corrections), by_component(told.incidents)
    measured_ones = {
        c.id: _component(
            c,
            config,
            days,
            own.get(c.id, nothing),
            replace(told, incidents=named.get(c.id, ()), corrections=tuple(about.get(c.id, ()))),
            now,
            seen.get(c.id),
        )
        for c in config.components
    }
    plain = {c.id: measured_ones[c.id] for c in public}
    components = tuple(_explained(plain, public))
    states = {c.id: c.state for c in components}
    every = config.defaults.every
    return Snapshot(
        page=page,
        now=now,
        measured=measured,
        valid_until=measured and measured + lasting(config),
        next_check=measured and measured + every,
        void=_void(rounds, every),
        state=worst(
            [c.state for c in components] + [IMPACT_STATE[i.impact] for i in told.incidents if i.open]
        ),
        groups=_groups(config, components),
        components=components,
        incidents=told.incidents,
        maintenances=told.maintenances,
        weights=config.weights,
        left_out=left_out,
        hidden=tuple(measured_ones[c.id] for c in config.components if not c.public),
        journeys=tuple(replace(j, state=journeys.state(j.needs, states)) for j in config.journeys),
        continuity=config.continuity.public,
    )


def lasting(config: Config) -> timedelta:
    """How long a page may be shown after its last measurement before it calls itself old."""
    return max(3 * config.defaults.every, config.page.publish_every or timedelta()) + MARGIN


def _void(rounds: Sequence[Round], every: timedelta) -> str:
    """Why the newest round was void, "" when another place took a valid one meanwhile."""
    newest = {r.vantage: r for r in rounds}.values()  # they are sorted: the last one of a place stays
    meanwhile = [r for r in newest if r.at > rounds[-1].at - 2 * every]
    return rounds[-1].void if meanwhile and all(r.void for r in meanwhile) else ""


# --- one component -----------------------------------------------------------------------------


def _component(
    options: ComponentOptions,
    config: Config,
    days: Sequence[CivilDay],
    history: History,
    told: Told,
    now: datetime,
    known_since: datetime | None,
) -> ComponentStatus:
    """`told`: its incidents and corrections are the component's alone."""
    if options.manual:
        unjudged = manual_spans(told, options.id, known_since, now + INSTANT)
    else:
        unjudged = rollup.spans(history, options.id, options.rules, now + INSTANT)
    line = corrected(unjudged, told.corrections, now + INSTANT)
    spans = line.timeline
    probed = spans[-1].state if spans and spans[-1].end > now else State.UNKNOWN
    reasons = declared(told, options.id, now + INSTANT)
    work = [work_span(m) for m in told.maintenances if options.id in m.components and took_place(m)]
    laid = _laid(spans, reasons, work)
    state, since = _present(laid, now)
    seen = outages(spans, options.id, now, gap=2 * options.every)
    lately = rollup.lately(history, options.id, options.rules, probed, now)
    left_out = excluded(told, options.id)
    failing = spans[-1] if _troubled(probed) else None
    uptimes = {name: _uptime(line, now, length, left_out, config) for name, length in WINDOWS.items()}
    alarms, witnessed = (
        _late(outages(some, options.id, now, gap=2 * options.every), now)
        for some in (line.annulled, line.witnessed or ())
    )
    mended = _changes(told.corrections, line.changed, now)
    answers = rollup.answers(history, options.id, now)
    year = bar_days(days, laid, seen, told.incidents, mended, options.id, now)
    aim = options.objective
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
        soft=tuple(d.id for d in options.depends_on if d.soft),
        checked=lately.newest.at if lately.newest else None,
        latency=rollup.median_latency(answers, now - WINDOWS["24h"], now + INSTANT),
        recent=rollup.hour_medians(answers, now),
        slow=_slow(options),
        uptimes=uptimes,
        bar=year[-BAR_DAYS:],
        outages=_late(seen, now),
        first_measured=unjudged[0].start if unjudged else None,
        last=spans[-1] if spans else None,
        unstable=lately.flips[0] >= UNSTABLE,
        flips=lately.flips,
        fell_back=lately.fell_back,
        places=lately.places,
        places_checked=lately.places_checked,
        measures=lately.newest.measures if lately.newest else {},
        year=year,
        latencies=rollup.latency_series(answers, history, options.id, options.every, now),
        first_token=_to_first_token(options, history),
        budget=Budget(
            objective=Objective(aim.availability, aim.window),
            window=uptimes[aim.window],
            day=uptimes["24h"],
            hour=_uptime(line, now, HOUR, left_out, config),
            paces={length: _uptime(line, now, length, left_out, config) for length in PACES},
        )
        if aim
        else None,
        unmeasured=_unmeasured(line.measured, now),
        corrections=tuple(dict.fromkeys(one for one, *_ in mended)),
        annulled=alarms,
        seen=None if line.witnessed is None else witnessed,
        account=Account(
            measured=line.measured,
            told=line.told,
            witnessed=line.witnessed,
            changed=line.changed,
            excluded=tuple(left_out),
            gap=2 * options.every,
        ),
        plan=options.plan,
    )


def _uptime(
    line: Corrected, now: datetime, length: timedelta, left_out: Sequence[Interval], config: Config
) -> Uptime:
    window = Interval(now - length, now)
    return uptime(line.measured, window, left_out, config.weights, told=line.told, corrected=line.changed)


def _late(seen: Iterable[Outage], now: datetime) -> tuple[Outage, ...]:
    """Those of the time that is listed."""
    return tuple(o for o in seen if o.end is None or o.end > now - timedelta(days=OUTAGE_DAYS))


def _changes(
    corrections: Sequence[Correction], changed: Sequence[Interval], now: datetime
) -> tuple[Change, ...]:
    """What corrections changed of the time that is listed, the latest correction first."""
    late = Interval(now - timedelta(days=OUTAGE_DAYS), now)
    starts, ends = [window.start for window in changed], [window.end for window in changed]
    found: list[Change] = []
    for one in corrections:
        own = Interval(max(one.start, late.start), min(one.end, late.end))
        begin = bisect_right(ends, own.start)
        stop = bisect_left(starts, own.end)
        found += [(one, *part) for part in clip(changed[begin:stop], own)]
    return tuple(found)


def _by_component(corrections: Iterable[Correction]) -> dict[str, list[Correction]]:
    """The latest first, whatever order they come in."""
    found: dict[str, list[Correction]] = {}
    for one in sorted(corrections, key=lambda one: (one.start, one.id), reverse=True):
        for component in one.components:
            found.setdefault(component, []).append(one)
    return found


def _unmeasured(spans: Sequence[Span], now: datetime) -> tuple[Interval, ...]:
    """The gaps between sorted, disjoint spans, from as long ago as outages are listed."""
    begin = now - timedelta(days=OUTAGE_DAYS)
    gaps: list[Interval] = []
    for span in spans:
        if span.start > begin:
            gaps.append(Interval(begin, min(span.start, now)))
        begin = max(begin, span.end)
    return tuple(gap for gap in (*gaps, Interval(min(begin, now), now)) if gap.end > gap.start)


def _slow(options: ComponentOptions) -> timedelta | None:
    """The limit of the latency that is shown; a kind with limits of its own may have one for the first token."""
    if not hasattr(options.probe, "slow"):
        return options.slow
    first: timedelta | None = getattr(getattr(options.probe, "slow", None), "first_token", None)
    return first


def _to_first_token(options: ComponentOptions, history: History) -> bool:
    """Whether its latencies are times to a first token: only kinds with limits of their own stream any."""
    streams = hasattr(options.probe, "slow")
    return streams and any("first_token" in s.measures for r in history.rounds for s in r.samples)


def _laid(spans: Sequence[Span], reasons: Sequence[Span], work: Sequence[Span]) -> Sequence[Span]:
    """What holds at each instant: work in progress hides what the probes see, not what people say."""
    if not reasons and not work:
        return spans  # they are sorted, disjoint and joined already
    return overlay(_without(spans, [Interval(w.start, w.end) for w in work]), reasons, work)


def _present(timeline: Sequence[Span], now: datetime) -> tuple[State, datetime | None]:
    """The state at `now` and since when."""
    begun = (n for n in range(len(timeline) - 1, -1, -1) if timeline[n].start <= now)  # work may lie ahead
    at = next(begun, None)
    if at is None or timeline[at].end <= now:
        return State.UNKNOWN, None if at is None else timeline[at].end
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


# --- groups ------------------------------------------------------------------------------


def _groups(config: Config, components: Sequence[ComponentStatus]) -> tuple[GroupStatus, ...]:
    groups = []
    for group in config.groups:
        members = [c for c in components if c.group == group.name]
        if members:
            groups.append(
                GroupStatus(
                    name=group.name,
                    description=group.description,
                    state=worst([c.state for c in members]),
                    collapsed=group.collapsed,
                    components=tuple(c.id for c in members),
                )
            )
    rest = [c for c in components if c.group is None]
    if rest:
        ids = tuple(c.id for c in rest)
        state = worst([c.state for c in rest])
        groups.append(GroupStatus(name="", description="", state=state, collapsed=False, components=ids))
    return tuple(groups)
