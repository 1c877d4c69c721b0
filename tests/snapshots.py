"""Snapshots for tests, by hand: no probe, no file. Figures agree with each other as the real ones do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from statuspage import journeys
from statuspage.intervals import Interval, clip, local_day, seconds, subtract
from statuspage.model import (
    NOT_KNOWN_YET,
    Account,
    BarDay,
    Budget,
    CauseClass,
    ComponentStatus,
    Criticality,
    GroupStatus,
    Impact,
    Incident,
    IncidentStatus,
    Journey,
    Latency,
    LatencySeries,
    Maintenance,
    MaintenanceStatus,
    Needs,
    Objective,
    Outage,
    Page,
    Plan,
    Snapshot,
    Span,
    State,
    Update,
)
from statuspage.uptime import uptime

NOW = datetime(2026, 11, 22, 14, 42, tzinfo=UTC)
MEASURED = NOW - timedelta(minutes=2)
BEGUN = datetime(2025, 10, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEIGHTS = {State.DEGRADED: 0, State.PARTIAL: 30, State.MAJOR: 100}
AIM = Objective(Decimal("99.5"), "90d")
WINDOWS = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY, "365d": 365 * DAY}
ACME = Page(name="Acme chatbot status", url="https://status.acme.example", since=2025)


def at(text: str) -> datetime:
    """`2026-11-22 14:05`, UTC."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def failing(
    start: str, lasted: timedelta | None, state: State, code: str = "", detail: str = ""
) -> tuple[Interval, Span]:
    """Time in which the probes saw trouble; `lasted` None: it goes on."""
    begin = at(start)
    end = NOW if lasted is None else begin + lasted
    return Interval(begin, end), Span(begin, end, state, code, detail)


def component(
    id: str,
    name: str,
    *,
    group: str | None = None,
    description: str = "",
    begun: datetime | None = BEGUN,
    failures: Sequence[tuple[Interval, Span]] = (),
    gaps: Sequence[Interval] = (),
    work: Sequence[Interval] = (),
    declared: Mapping[Interval, State] | None = None,
    incidents: Mapping[str, Interval] | None = None,
    latency: int | None = 182,
    recent: Sequence[int | None] | None = None,
    slow: timedelta | None = None,
    depends_on: tuple[str, ...] = (),
    affected_by: tuple[str, ...] = (),
    manual: bool = False,
    code: str = "",
    detail: str = "",
    page: Page = ACME,
    now: datetime = NOW,
    objective: Objective | None = None,
    first_token: bool = False,
) -> ComponentStatus:
    """One component measured from `begun` on, but for `gaps`; what is declared counts in state and bar."""
    measured = subtract([Interval(begun, now)], gaps) if begun else []
    good = subtract(measured, [i for i, _ in failures])
    spans = sorted(
        [Span(i.start, i.end, State.OPERATIONAL) for i in good] + [s for _, s in failures],
        key=lambda span: span.start,
    )
    outages = tuple(
        Outage(
            component=id,
            start=s.start,
            end=None if s.end >= now else s.end,
            state=s.state,
            code=s.code,
            detail=s.detail,
        )
        for s in sorted((s for _, s in failures), key=lambda s: s.start, reverse=True)
    )
    speaks = bool(spans) and spans[-1].end >= now
    probed = spans[-1].state if speaks else State.UNKNOWN
    declared = declared or {}
    told = [s for i, s in declared.items() if i.end >= now]
    inside = any(w.start <= now < w.end for w in work)
    seen = State.MAINTENANCE if inside else probed
    state = max([seen, *told], key=lambda s: s.severity)
    open_outage = outages[0] if outages and outages[0].end is None else None
    starts = [i.start for i in declared if i.end >= now] + ([open_outage.start] if open_outage else [])
    uptimes = {
        name: uptime(spans, Interval(now - length, now), list(work), WEIGHTS)
        for name, length in WINDOWS.items()
    }
    year = _bar(page, now, spans, declared, work, outages, incidents or {}, 365)
    return ComponentStatus(
        id=id,
        name=name,
        description=description,
        group=group,
        state=state,
        probed=probed,
        since=min(starts, default=(spans[-1].start if speaks else spans[-1].end) if spans else None),
        code=open_outage.code if open_outage else code,
        detail=open_outage.detail if open_outage else detail,
        manual=manual,
        affected_by=affected_by,
        caused_by=affected_by,
        depends_on=depends_on,
        checked=None if manual or not begun else now - 2 * MINUTE,
        latency=None if latency is None else timedelta(milliseconds=latency),
        recent=tuple(recent if recent is not None else ups_and_downs(latency)),
        slow=slow,
        uptimes=uptimes,
        bar=year[-90:],
        outages=outages,
        first_measured=begun,
        last=spans[-1] if spans else None,
        unmeasured=tuple(
            subtract([Interval(now - 400 * DAY, now)], [Interval(s.start, s.end) for s in spans])
        ),
        year=year,
        latencies=series(latency, recent) if begun and not manual else {},
        first_token=first_token,
        budget=Budget(
            objective=objective,
            window=uptimes[objective.window],
            day=uptimes["24h"],
            hour=uptime(spans, Interval(now - HOUR, now), list(work), WEIGHTS),
        )
        if objective
        else None,
        account=Account(measured=tuple(spans), excluded=tuple(work), gap=10 * MINUTE),
    )


def series(latency: int | None, recent: Sequence[int | None] | None = None) -> dict[str, LatencySeries]:
    """Three periods: the last 24 hours are `recent`, the rest goes up and down around `latency`."""
    if latency is None:
        return {}
    known = list(recent if recent is not None else ups_and_downs(latency))
    hour, day = NOW.replace(minute=0), NOW.replace(hour=0, minute=0)
    usual = sorted(v or 0 for v in known)[12]
    week = [usual + (n * n % 29 - 14) * usual // 120 for n in range(144)]
    months = [usual + (n * n % 23 - 11) * usual // 100 for n in range(89)]
    return {
        "24h": _points(NOW - 24 * HOUR, HOUR, known),
        "7d": _points(hour - 167 * HOUR, HOUR, [*week, *known]),
        "90d": _points(day - 89 * DAY, DAY, [*months, known[-1]]),
    }


def _points(start: datetime, step: timedelta, values: Sequence[int | None]) -> LatencySeries:
    return LatencySeries(
        start,
        step,
        tuple(
            None if v is None else Latency(start + n * step, 12, v, v * (13 + n % 4) // 10, v * 2)
            for n, v in enumerate(values)
        ),
    )


def ups_and_downs(latency: int | None) -> list[int | None]:
    """Twenty-four hourly medians around `latency`."""
    return [None if latency is None else latency + (n * 37 % 19 - 9) * latency // 90 for n in range(24)]


_local_day = lru_cache(1000)(local_day)


def _bar(
    page: Page,
    now: datetime,
    spans: Sequence[Span],
    declared: Mapping[Interval, State],
    work: Iterable[Interval],
    outages: Sequence[Outage],
    incidents: Mapping[str, Interval],
    count: int = 90,
) -> tuple[BarDay, ...]:
    zone = ZoneInfo(page.timezone)
    today = now.astimezone(zone).date()
    layers = [(i, State.MAINTENANCE) for i in work if i.start < now]
    layers += sorted(declared.items(), key=lambda d: d[1].severity, reverse=True)
    layers += [(Interval(s.start, s.end), s.state) for s in spans]
    days = []
    for n in range(count - 1, -1, -1):
        whole = _local_day(today - n * DAY, zone)
        window = Interval(whole.start, min(whole.end, now))
        left, by_state = [window], dict[State, int]()
        for interval, state in layers:
            if interval.end <= window.start or interval.start >= window.end:
                continue
            if interval.start <= window.start and interval.end >= window.end and not by_state:
                left, by_state = [], {state: window.seconds}  # most days are like this
                break
            part = clip([interval], window)
            rest = subtract(left, part)
            taken = sum(i.seconds for i in left) - sum(i.seconds for i in rest)
            if taken:
                by_state[state] = by_state.get(state, 0) + taken
            left = rest
        unmeasured = sum(i.seconds for i in left)
        if unmeasured:
            by_state[State.UNKNOWN] = unmeasured
        told = [s for s in by_state if s not in (State.UNKNOWN, State.OPERATIONAL)]
        quiet = State.OPERATIONAL if State.OPERATIONAL in by_state else State.UNKNOWN
        days.append(
            BarDay(
                day=today - n * DAY,
                seconds=seconds(window.end - window.start),
                by_state=by_state,
                worst=max(told, key=lambda s: s.severity, default=quiet),
                outages=tuple(o for o in outages if o.start < window.end and (o.end or now) > window.start),
                incidents=tuple(i for i, t in incidents.items() if clip([t], window)),
            )
        )
    return tuple(days)


def update(
    number: int,
    status: str,
    when: str,
    text: str,
    components: Mapping[str, State] | None = None,
    html: str | None = None,
) -> Update:
    return Update(
        number=number,
        status=status,
        at=at(when),
        first_seen=at(when) + MINUTE,
        html=f"<p>{text}</p>" if html is None else html,
        text=text,
        components=components or {},
    )


def snapshot(
    components: Sequence[ComponentStatus],
    *,
    page: Page = ACME,
    groups: Sequence[GroupStatus] | None = None,
    incidents: Sequence[Incident] = (),
    maintenances: Sequence[Maintenance] = (),
    void: str = "",
    left_out: tuple[str, ...] = (),
    measured: datetime | None = MEASURED,
) -> Snapshot:
    """The whole, its state the worst of components and open incidents."""
    impacts = {
        Impact.NONE: State.OPERATIONAL,
        Impact.MINOR: State.DEGRADED,
        Impact.MAJOR: State.PARTIAL,
        Impact.CRITICAL: State.MAJOR,
    }
    states = [c.state for c in components] + [impacts[i.impact] for i in incidents if i.open]
    return Snapshot(
        page=page,
        now=NOW,
        measured=measured,
        valid_until=measured and measured + 25 * MINUTE,
        next_check=measured and measured + 5 * MINUTE,
        void=void,
        state=max(states, key=lambda s: s.severity, default=State.UNKNOWN),
        groups=tuple(_groups(components) if groups is None else groups),
        components=tuple(components),
        incidents=tuple(incidents),
        maintenances=tuple(maintenances),
        weights=WEIGHTS,
        left_out=left_out,
    )


def _groups(components: Sequence[ComponentStatus], *, collapsed: bool = False) -> list[GroupStatus]:
    names = list(dict.fromkeys(c.group for c in components if c.group is not None))
    names += [""] if any(c.group is None for c in components) else []
    return [
        GroupStatus(
            name=name,
            description="",
            state=max((c.state for c in components if (c.group or "") == name), key=lambda s: s.severity),
            collapsed=collapsed,
            components=tuple(c.id for c in components if (c.group or "") == name),
        )
        for name in names
    ]


JOURNEYS = (
    Journey(
        id="ask",
        name={"en": "Ask a question", "fr": "Poser une question"},
        needs=Needs(("web-chat", "dialogue-engine", "language-model")),
        workaround={
            "en": "Write to us on WhatsApp meanwhile.",
            "fr": "Écrivez-nous sur WhatsApp en attendant.",
        },
    ),
    Journey(id="search", name={"": "Find an article"}, needs=Needs(("knowledge-search",))),
    Journey(
        id="write",
        name={"en": "Write to us", "fr": "Nous écrire"},
        needs=Needs((Needs(("whatsapp", "messenger", "telegram"), any_one=True),)),
        workaround={"": "Send a mail to help@acme.example."},
    ),
)
_STANDS_ON = {"web-chat": ("dialogue-engine",), "dialogue-engine": ("language-model",)}


# --- what people wrote -------------------------------------------------------------------------

SLOW_EUROPE = Incident(
    id="2026-11-22-slow-europe",
    title="Slow and missing answers in Europe",
    impact=Impact.MAJOR,
    status=IncidentStatus.IDENTIFIED,
    started=at("2026-11-22 14:05"),
    created=at("2026-11-22 14:10"),
    resolved=None,
    components={"language-model": State.PARTIAL, "dialogue-engine": State.DEGRADED},
    worst={"language-model": State.PARTIAL, "dialogue-engine": State.DEGRADED},
    updates=(
        update(
            2,
            "identified",
            "2026-11-22 14:31",
            "The provider confirms a capacity loss in Paris. A third of European conversations wait more than "
            "ten seconds for a first word, some get none.",
        ),
        update(
            1,
            "investigating",
            "2026-11-22 14:08",
            "Answers are slow for part of our users. Detected by our checks after 2 failed conversations in a row.",
            {"language-model": State.PARTIAL, "dialogue-engine": State.DEGRADED},
        ),
    ),
    cause="Our model provider has lost capacity in its Paris region",
    cause_class=CauseClass.EXTERNAL,
    doing="Moving European traffic to Frankfurt and Dublin",
    eta=at("2026-11-22 15:15"),
    next_update=at("2026-11-22 15:00"),
    workaround="Write to us on WhatsApp meanwhile.",
    tags=("provider", "europe"),
)
SLOWER = Incident(
    id="2026-11-10-slower",
    title="Answers slower than usual",
    impact=Impact.MINOR,
    status=IncidentStatus.POSTMORTEM,
    started=at("2026-11-10 09:12"),
    created=at("2026-11-10 09:20"),
    resolved=at("2026-11-10 10:00"),
    components={"language-model": State.OPERATIONAL},
    worst={"language-model": State.DEGRADED},
    updates=(
        update(
            3,
            "postmortem",
            "2026-11-12 09:00",
            "Root cause: a limit of 20 workers was left over from a test.",
            html="<h3>Root cause</h3><p>A limit of <strong>20</strong> workers was left over from a test.</p>",
        ),
        update(
            2,
            "resolved",
            "2026-11-10 10:00",
            "The limit is lifted.",
            {"language-model": State.OPERATIONAL},
        ),
        update(
            1,
            "investigating",
            "2026-11-10 09:20",
            "First words take three seconds.",
            {"language-model": State.DEGRADED},
        ),
    ),
    cause="A worker limit left over from a test",
    cause_class=CauseClass.CONFIGURATION,
)
NO_ANSWERS = Incident(
    id="2026-09-06-no-answers",
    title="No answers at all",
    impact=Impact.CRITICAL,
    status=IncidentStatus.RESOLVED,
    started=at("2026-09-06 22:40"),
    created=at("2026-09-06 22:50"),
    resolved=at("2026-09-07 00:56"),
    components={"language-model": State.OPERATIONAL},
    worst={"language-model": State.MAJOR},
    updates=(
        update(
            2,
            "resolved",
            "2026-09-07 00:56",
            "The certificate is renewed.",
            {"language-model": State.OPERATIONAL},
        ),
        update(
            1,
            "identified",
            "2026-09-06 22:50",
            "Our certificate has expired.",
            {"language-model": State.MAJOR},
        ),
    ),
    cause="A certificate expired",
    cause_class=CauseClass.CONFIGURATION,
)
REINDEXING = Maintenance(
    id="2026-11-26-reindexing",
    title="Knowledge base re-indexing",
    status=MaintenanceStatus.SCHEDULED,
    start=at("2026-11-26 02:00"),
    end=at("2026-11-26 03:30"),
    created=at("2026-11-19 10:00"),
    components=("knowledge-search",),
    updates=(
        update(1, "scheduled", "2026-11-19 10:00", "Search answers may miss documents added that day."),
    ),
)
MIGRATION = Maintenance(
    id="2026-10-26-migration",
    title="Move to new machines",
    status=MaintenanceStatus.COMPLETED,
    start=at("2026-10-26 01:00"),
    end=at("2026-10-26 05:00"),
    created=at("2026-10-20 10:00"),
    components=("web-chat", "dialogue-engine"),
    updates=(
        update(2, "completed", "2026-10-26 04:40", "All is moved."),
        update(1, "scheduled", "2026-10-20 10:00", "Two short breaks are to be expected."),
    ),
)
_MOVE = Interval(MIGRATION.start, MIGRATION.end)
_PAST = (
    failing("2026-11-10 09:12", 48 * MINUTE, State.DEGRADED, "slow", "first token 2.9 s, the limit is 2.5 s"),
    failing("2026-10-04 03:30", 95 * MINUTE, State.DEGRADED, "slow", "2.8 s, the limit is 2.5 s"),
    failing("2026-09-06 22:40", 136 * MINUTE, State.MAJOR, "tls.expired"),
)


def _calm() -> list[ComponentStatus]:
    return [
        component(
            "web-chat",
            "Web chat",
            group="Conversation",
            description="The window on our site.",
            depends_on=("dialogue-engine",),
            failures=[failing("2026-09-24 08:00", 26 * MINUTE, State.DEGRADED, "slow")],
            work=[_MOVE],
        ),
        component(
            "dialogue-engine",
            "Dialogue engine",
            group="Conversation",
            latency=410,
            depends_on=("language-model",),
            failures=[failing("2026-09-06 22:40", 140 * MINUTE, State.PARTIAL, "http.502")],
            work=[_MOVE],
        ),
        component(
            "language-model",
            "Language model",
            group="Conversation",
            description="Writes the answers.",
            latency=870,
            slow=timedelta(milliseconds=2500),
            objective=AIM,
            first_token=True,
            failures=_PAST,
            incidents={
                SLOWER.id: Interval(SLOWER.started, SLOWER.resolved or NOW),
                NO_ANSWERS.id: Interval(NO_ANSWERS.started, NO_ANSWERS.resolved or NOW),
            },
        ),
        component("knowledge-search", "Knowledge search", group="Conversation", latency=96),
        component(
            "whatsapp",
            "WhatsApp",
            group="Channels",
            latency=240,
            failures=[failing("2026-10-18 11:00", 9 * MINUTE, State.DEGRADED, "slow")],
        ),
        component(
            "messenger",
            "Messenger",
            group="Channels",
            latency=210,
            failures=[failing("2026-09-13 06:10", 70 * MINUTE, State.MAJOR, "http.503")],
        ),
        component("telegram", "Telegram", group="Channels", latency=88, begun=at("2026-10-02 00:00")),
    ]


def everyday() -> Snapshot:
    """All is well; one component is measured for 51 days only; work is announced, the past is not spotless."""
    return snapshot(_calm(), incidents=(SLOWER, NO_ANSWERS), maintenances=(REINDEXING, MIGRATION))


def trouble() -> Snapshot:
    """An open incident of major impact: the model is partly down, the engine that needs it is degraded."""
    now_on = Interval(SLOW_EUROPE.started, NOW)
    components = _calm()
    climbing = [*ups_and_downs(870)[:23], 3100]
    components[1] = component(
        "dialogue-engine",
        "Dialogue engine",
        group="Conversation",
        latency=1400,
        recent=[*ups_and_downs(410)[:23], 1400],
        depends_on=("language-model",),
        affected_by=("language-model",),
        failures=[
            failing("2026-11-22 14:05", None, State.DEGRADED, "slow", "1.4 s, the limit is 1 s"),
            failing("2026-09-06 22:40", 140 * MINUTE, State.PARTIAL, "http.502"),
        ],
        work=[_MOVE],
        declared={now_on: State.DEGRADED},
        incidents={SLOW_EUROPE.id: now_on},
    )
    components[2] = component(
        "language-model",
        "Language model",
        group="Conversation",
        description="Writes the answers.",
        latency=3100,
        recent=climbing,
        slow=timedelta(milliseconds=2500),
        objective=AIM,
        first_token=True,
        failures=[
            failing("2026-11-22 14:05", None, State.DEGRADED, "slow", "3.1 s, the limit is 2.5 s"),
            *_PAST,
        ],
        declared={now_on: State.PARTIAL},
        incidents={
            SLOW_EUROPE.id: now_on,
            SLOWER.id: Interval(SLOWER.started, SLOWER.resolved or NOW),
            NO_ANSWERS.id: Interval(NO_ANSWERS.started, NO_ANSWERS.resolved or NOW),
        },
    )
    return snapshot(
        components, incidents=(SLOW_EUROPE, SLOWER, NO_ANSWERS), maintenances=(REINDEXING, MIGRATION)
    )


def prepared() -> Snapshot:
    """The trouble again, with what people come to do, and what is ready when something fails."""
    plans = {
        "web-chat": Plan(
            owner="Conversation team",
            criticality=Criticality.HIGH,
            fallback={
                "en": "Write to us on WhatsApp meanwhile.",
                "fr": "Écrivez-nous sur WhatsApp en attendant.",
            },
            rto=30 * MINUTE,
            rpo=HOUR,
            restore_tested=date(2026, 10, 2),
            runbook="https://wiki.acme.example/web-chat",
        ),
        "language-model": Plan(owner="Models, 10.1.2.3", rto=HOUR, runbook="https://wiki.internal/models"),
        "knowledge-search": Plan(
            redundancy="a replica at search-2.internal", restore_tested=date(2025, 6, 1)
        ),
        "messenger": Plan(spare=1),
    }
    shown = trouble()
    components = tuple(
        replace(one, plan=plans.get(one.id, one.plan), depends_on=_STANDS_ON.get(one.id, one.depends_on))
        for one in shown.components
    )
    states = {one.id: one.state for one in components}
    return replace(
        shown,
        components=components,
        journeys=tuple(replace(one, state=journeys.state(one.needs, states)) for one in JOURNEYS),
    )


def unsteady() -> Snapshot:
    """What samples say beside the state: flapping, fallbacks, measures of an answer, three places that disagree."""
    components = _calm()
    components[0] = replace(
        component(
            "web-chat",
            "Web chat",
            group="Conversation",
            depends_on=("dialogue-engine",),
            affected_by=("dialogue-engine",),
            failures=[failing("2026-11-22 14:30", None, State.MAJOR, "http.502")],
        ),
        caused_by=("language-model",),
    )
    components[1] = replace(
        component(
            "dialogue-engine",
            "Dialogue engine",
            group="Conversation",
            latency=410,
            depends_on=("language-model",),
            affected_by=("language-model",),
            failures=[failing("2026-11-22 14:25", None, State.DEGRADED, "slow", "1.4 s, the limit is 1 s")],
        ),
        unstable=True,
        flips=(5, 12),
        fell_back=(3, 20),
    )
    components[2] = replace(
        component(
            "language-model",
            "Language model",
            group="Conversation",
            description="Writes the answers.",
            latency=870,
            slow=timedelta(milliseconds=2500),
            failures=[failing("2026-11-22 14:20", None, State.MAJOR, "stream.stalled"), *_PAST],
        ),
        measures={"first_token": 820.0, "gap": 1310.5, "total": 4200.0, "tokens_per_second": 42.7},
        places={"ap": State.MAJOR, "eu": State.MAJOR, "us": State.UNKNOWN},
        places_checked={"ap": MEASURED, "eu": MEASURED - MINUTE, "us": MEASURED - 3 * HOUR},
    )
    components[3] = replace(
        component(
            "knowledge-search",
            "Knowledge search",
            group="Conversation",
            latency=96,
            failures=[failing("2026-11-22 14:40", None, State.PARTIAL, "tcp.timeout", "ap")],
        ),
        places={"": State.OPERATIONAL, "ap": State.MAJOR, "eu": State.OPERATIONAL},
        places_checked={"": MEASURED, "ap": MEASURED, "eu": MEASURED},
    )
    components[4] = replace(components[4], unstable=True, flips=(4, 9))
    components[5] = component(
        "messenger", "Messenger", group="Channels", gaps=[Interval(NOW - 3 * HOUR, NOW)], code="budget"
    )
    return snapshot(components)


def empty() -> Snapshot:
    """Configured, never measured."""
    components = [
        component("web-chat", "Web chat", begun=None, latency=None),
        component("language-model", "Language model", begun=None, latency=None),
    ]
    return snapshot(components, measured=None)


def nothing() -> Snapshot:
    """Not even a component."""
    return snapshot([], measured=None)


def unsure() -> Snapshot:
    """What is not known: a void round, an unmeasured component, gaps, a broken file, facts not known yet."""
    components = _calm()
    components[3] = component(
        "knowledge-search",
        "Knowledge search",
        group="Conversation",
        gaps=[Interval(NOW - 3 * HOUR, NOW), Interval(at("2026-11-02 00:00"), at("2026-11-09 15:00"))],
        code="rate.limited",
        latency=96,
        recent=[*ups_and_downs(96)[:21], None, None, None],
    )
    stale = replace(
        SLOW_EUROPE,
        impact=Impact.MINOR,
        components={"language-model": State.OPERATIONAL},
        worst={"language-model": State.DEGRADED},
        eta=NOT_KNOWN_YET,
        next_update=None,
        doing="",
        stale=True,
    )
    return snapshot(
        components,
        page=replace(ACME, demo=True),
        incidents=(stale, SLOWER, NO_ANSWERS),
        maintenances=(REINDEXING, MIGRATION),
        void="the runner itself is offline",
        left_out=("incidents/broken.md",),
    )


def working() -> Snapshot:
    """Maintenance in progress on one component."""
    window = Interval(NOW - HOUR, NOW + HOUR)
    components = _calm()
    components[3] = component("knowledge-search", "Knowledge search", group="Conversation", work=[window])
    running = replace(
        REINDEXING, status=MaintenanceStatus.IN_PROGRESS, start=window.start, end=window.end, id="work-now"
    )
    return snapshot(components, incidents=(SLOWER, NO_ANSWERS), maintenances=(running, MIGRATION))


def hostile() -> Snapshot:
    """Names and words that would break out of markup if anything let them."""
    evil = "<script>alert('x')</script>\"'&]]>{{ 7 * 7 }}"
    long = "Donaudampfschifffahrtsgesellschaft" * 4
    components = [
        component("evil", evil, description=evil, group=evil, failures=_PAST, detail=evil),
        component("long", long, description=long),
    ]
    incident = replace(
        SLOW_EUROPE,
        title=evil,
        cause=evil,
        doing=long,
        workaround=evil,
        components={"evil": State.MAJOR, "gone": State.DEGRADED},
        worst={"evil": State.MAJOR, "gone": State.DEGRADED},
    )
    return snapshot(components, page=replace(ACME, name=evil), incidents=(incident,))


def many(count: int = 50, incidents: int = 5) -> Snapshot:
    """`count` components, three days each not fully up, and some incidents of the last 14 days."""
    components = []
    for n in range(count):
        days = [
            NOW.replace(hour=3, minute=0) - d * DAY for d in ((n * 7) % 80 + 2, (n * 11) % 85 + 1, n % 60 + 5)
        ]
        failures = [
            failing(f"{d:%Y-%m-%d %H:%M}", (10 + n * 13 % 300) * MINUTE, state, code)
            for d, state, code in zip(
                sorted(set(days)),
                (State.DEGRADED, State.PARTIAL, State.MAJOR),
                ("slow", "http.503", "tcp.refused"),
                strict=False,
            )
        ]
        latency = 80 + n * 97 % 900
        recent = [latency + (k * k * (n + 3)) % 61 for k in range(24)]
        components.append(
            component(
                f"component-{n}",
                f"Component {n}",
                group=f"Group {n // 10}",
                failures=failures,
                latency=latency,
                recent=recent,
            )
        )
    past = tuple(
        replace(
            SLOWER,
            id=f"incident-{n}",
            title=f"Answers slower than usual, part {n}",
            started=SLOWER.started + n * DAY,
            resolved=SLOWER.started + n * DAY + HOUR,
        )
        for n in range(incidents)
    )
    return snapshot(components, incidents=past[::-1])
