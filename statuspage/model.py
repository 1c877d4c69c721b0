"""The field's words as frozen values. Times are aware UTC, whole seconds; spans are timedeltas."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from statuspage.intervals import Interval


class Verdict(StrEnum):
    """What one probe found. Unknown: it could not be judged; it counts as neither up nor down."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class State(StrEnum):
    """A component's state: Statuspage's five words and our `unknown` (not measured)."""

    OPERATIONAL = "operational"
    UNKNOWN = "unknown"
    MAINTENANCE = "under_maintenance"
    DEGRADED = "degraded_performance"
    PARTIAL = "partial_outage"
    MAJOR = "major_outage"

    @property
    def severity(self) -> int:
        """0 (operational) to 5 (major outage); unknown is worse than operational, better than the rest."""
        return _SEVERITY[self]


_SEVERITY = {state: n for n, state in enumerate(State)}

VERDICT_STATE: Mapping[Verdict, State] = {
    Verdict.UP: State.OPERATIONAL,
    Verdict.DEGRADED: State.DEGRADED,
    Verdict.DOWN: State.MAJOR,
    Verdict.UNKNOWN: State.UNKNOWN,
}


class Impact(StrEnum):
    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def severity(self) -> int:
        return list(Impact).index(self)


class CauseClass(StrEnum):
    """Who has to act. `blocked`: our probe is limited or walled off; `ours`: our key, address or runner."""

    INFRASTRUCTURE = "infrastructure"
    NETWORK = "network"
    CONFIGURATION = "configuration"
    SOFTWARE = "software"
    EXTERNAL = "external"
    BLOCKED = "blocked"
    OURS = "ours"
    UNKNOWN = "unknown"


class IncidentStatus(StrEnum):
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"


class MaintenanceStatus(StrEnum):
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


# --- what probes see ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a probe looked at. For the operator's terminal alone: it may quote foreign text.

    Never kept and never published; whoever prints it masks secrets and control characters.
    """

    key: str  # expect.json, prefer.header, turn 2 expect.answer
    wanted: str
    seen: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One probe's answer. It knows neither component nor wall time."""

    verdict: Verdict
    latency: timedelta | None = None  # None: no whole answer came
    code: str = ""  # a key of causes.CODES; "" when up
    detail: str = ""  # evidence safe to publish: figures and words of ours, no foreign text, no address
    phases: Mapping[str, timedelta] = field(default_factory=dict)  # name, connect, tls, first_byte, body
    certificate_expires: datetime | None = None
    measures: Mapping[str, float] = field(default_factory=dict)  # figures of its own, keys of MEASURES
    tokens: int = 0  # that this attempt has spent
    calls: int = 0  # paid ones
    fell_back: bool | None = None  # chat: an answer was a fallback phrase; None: no conversation
    kept: str = ""  # for its own next attempts alone; see Sample
    findings: tuple[Finding, ...] = field(default=(), repr=False)


MEASURES: Mapping[str, str] = {
    "first_token": "ms",  # from our own connect to the first visible text
    "gap": "ms",  # longest silence between two texts
    "total": "ms",  # to the end of the answer
    "tokens_per_second": "/s",
    "age": "s",  # of a sign of life
    "days_left": "days",  # of a certificate or a domain, kept once it is under 30
    "waiting": "s",  # for a person to take over
    "pending": "messages",
    "value": "",
}
"""Names of the figures that samples may keep, and their units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one round saw of one component."""

    component: str  # its id
    at: datetime  # when the attempt that decided began
    verdict: Verdict
    latency: timedelta | None = None
    code: str = ""
    detail: str = ""
    attempts: int = 1
    flaked: bool = False  # an attempt failed, the majority did not
    partial: bool = False  # degraded is partial_outage here: replicas are missing, `missing: partial`
    measures: Mapping[str, float] = field(default_factory=dict)  # of the attempt that decided
    tokens: int = 0  # spent by all attempts
    calls: int = 0
    fell_back: bool | None = None
    kept: str = ""  # what the probe need not ask for again for a while, in its own words, safe to publish
    every: timedelta  # the declared cadence: the sample speaks for at most twice that


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of probes, from one vantage point: the unit that is written, whole or not at all."""

    id: str  # unique for ever, e.g. 20261122T140500Z-18237465.1
    at: datetime  # its start
    vantage: str = ""
    void: str = ""  # why nothing in it was judged; "" for a valid round. A void round has no samples
    samples: tuple[Sample, ...] = ()


# --- what is kept ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """Measured time `[start, end)` in one state. Time in no span is unmeasured."""

    start: datetime
    end: datetime
    state: State  # never UNKNOWN
    code: str = ""  # of the first failing sample
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """Latencies of the samples in `[start, start + an hour or a day)`, milliseconds, nearest rank."""

    start: datetime
    count: int
    p50: int
    p95: int
    max: int


@dataclass(frozen=True, slots=True)
class LatencySeries:
    """Latencies of equal pieces of time without a gap between them: piece n is `[start + n * step, + step)`."""

    start: datetime
    step: timedelta
    points: tuple[Latency | None, ...]  # oldest first; None: nothing was answered in that piece


@dataclass(frozen=True, slots=True)
class Rules:
    """How samples are believed."""

    fail_after: int = 1  # rounds in a row that change the confirmed state
    recover_after: int = 1
    places: int = 0  # vantage points that must see it up; 0: more than half of those that looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One component's closed UTC day, kept for ever."""

    day: date
    component: str
    spans: tuple[Span, ...]
    counts: Mapping[str, int]  # samples by verdict, and "flaked"
    latency: Latency | None  # None: no sample had one
    rules: Rules  # those in force when the day was closed, so that it can be recomputed


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a build reads: closed days, hourly latencies of late, raw rounds since."""

    rounds: tuple[Round, ...] = ()  # oldest first: the open days and the closed day before them
    days: tuple[Day, ...] = ()  # oldest first
    hours: Mapping[str, tuple[Latency, ...]] = field(default_factory=dict)  # by component, oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One keyed line of the ledger. The last fact of a (kind, key) holds."""

    kind: str
    key: str
    at: datetime
    value: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """An unbroken time in which a component was not operational, as the probes saw it."""

    component: str
    start: datetime
    end: datetime | None  # None: it goes on
    state: State  # the worst it reached
    code: str
    detail: str
    # the spans in which it became worse than ever before, its first one among them; () where it began at its worst
    steps: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """Availability in a window, in integers so that a stranger gets the same figure.

    All in seconds, weighted ones in percent seconds (seconds times the state's weight in percent).
    uptime = 1 - weighted_down / known; None of it is rounded here.
    """

    start: datetime
    end: datetime
    excluded: int  # announced maintenance, left out of the division
    measured: int
    down: Mapping[State, int]  # measured seconds by state, operational left out
    weighted_down: int  # of `down` and of `told`
    told: Mapping[State, int] = field(
        default_factory=dict
    )  # outages that people added, where nothing was measured
    weighted_told: int = 0  # their part of `weighted_down`
    corrected: int = 0  # seconds for which a correction holds instead of what the probes saw

    @property
    def window(self) -> int:
        """Seconds that count: the window less announced maintenance."""
        return (self.end - self.start) // timedelta(seconds=1) - self.excluded

    @property
    def known(self) -> int:
        """What the division divides by, in percent seconds.

        Measured time counts whole. Of an outage that was added where nobody measured only the share that was down
        does: of the rest nobody knows that it was up.
        """
        return 100 * self.measured + self.weighted_told


@dataclass(frozen=True, slots=True)
class Objective:
    """How well a component means to work."""

    availability: Decimal  # percent, below 100
    window: str  # a key of ComponentStatus.uptimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What an objective lets a component be down; the figures are uptime.py's."""

    objective: Objective
    window: Uptime  # of the objective's window
    day: Uptime  # the last 24 hours, for the pace
    hour: Uptime  # the last hour
    paces: Mapping[timedelta, Uptime] = field(default_factory=dict)  # windows up to now that alarms look at


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that is known of a component's time: what its figures are made from. Spans are sorted and disjoint."""

    measured: tuple[Span, ...] = ()  # what the probes saw, corrected
    told: tuple[Span, ...] = ()  # outages that people added where nobody measured
    witnessed: tuple[Span, ...] | None = (
        None  # `measured` without what people added; None: they added nothing
    )
    changed: tuple[Interval, ...] = ()  # time for which people speak, and not the probes
    excluded: tuple[Interval, ...] = ()  # announced maintenance
    gap: timedelta = timedelta()  # trouble on both sides of less unmeasured time than that is one outage


# --- what people wrote -------------------------------------------------------------------------

NOT_KNOWN_YET = "not known yet"


@dataclass(frozen=True, slots=True)
class Translation:
    """A text of an incident or a maintenance in another language than that of its file."""

    text: str  # plain
    html: str = ""  # sanitised; "" for a title, a cause and other texts of one line
    older: bool = False  # the original was edited after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One dated entry of an incident or a maintenance."""

    number: int  # permanent: its number in the ledger, from 1
    status: str  # a word of IncidentStatus or MaintenanceStatus
    at: datetime  # what readers are shown
    first_seen: datetime  # when a run first saw it: the feeds' date
    html: str  # sanitised
    text: str  # the same as plain text
    components: Mapping[str, State] = field(default_factory=dict)  # states that this update declares
    translations: Mapping[str, Translation] = field(default_factory=dict)  # by BCP 47 code
    day: date | None = None  # of the window it speaks of, where a maintenance recurs and the author says it


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a post-incident report says is to be done, so that it does not happen again."""

    text: str
    done: bool
    owner: str = ""
    due: date | None = None

    def late(self, today: date) -> bool:
        return not self.done and self.due is not None and self.due < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    id: str  # the file's stem
    title: str
    impact: Impact
    status: IncidentStatus
    started: datetime
    created: datetime  # first seen by a run
    resolved: datetime | None
    components: Mapping[str, State]  # as declared now
    worst: Mapping[str, State]  # the worst ever declared
    updates: tuple[Update, ...]  # newest first, never empty
    cause: str = ""
    cause_class: CauseClass = CauseClass.UNKNOWN
    doing: str = ""
    eta: datetime | str | None = None  # NOT_KNOWN_YET when the author said so
    next_update: datetime | str | None = None
    workaround: str = ""
    tags: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()  # of its published post-incident reports
    lessons: tuple[tuple[str, str], ...] = ()  # of these: sanitised HTML, and the same as plain text
    fixed: str = ""  # of these: what fixed it, as plain text
    # by field (title, cause, doing, workaround), then by BCP 47 code
    translations: Mapping[str, Mapping[str, Translation]] = field(default_factory=dict)
    stale: bool = False  # the file is broken now; this is its last good version

    @property
    def open(self) -> bool:
        return self.resolved is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """One window. A file that recurs has several; their ids but one are the file's, a full stop and the day."""

    id: str
    title: str
    status: MaintenanceStatus  # at the snapshot's now: a window that has begun is in progress
    start: datetime
    end: datetime
    created: datetime  # first seen by a run; where it recurs: when the window before it was over
    components: tuple[str, ...]
    updates: tuple[Update, ...]  # newest first, never empty
    # the part of the window that was known before it began, so left out of the uptime; None: none of it
    announced: Interval | None = None
    moved: tuple[datetime, ...] = ()  # when runs saw that window or rule had changed, oldest first
    later: tuple["Maintenance", ...] = ()  # the windows after it that are announced, for calendars
    worst: Mapping[str, State] = field(default_factory=dict)
    translations: Mapping[str, Mapping[str, Translation]] = field(default_factory=dict)  # by field: title
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person says of time that the probes judged wrongly, or did not see. What they saw stays in the history.

    `state` is what holds instead. UNKNOWN and OPERATIONAL annul trouble that was none, and touch nothing else: the
    one leaves the time unmeasured. The others add an outage, where the probes saw nothing worse.
    """

    id: str  # the file's stem
    components: tuple[str, ...]  # ids
    start: datetime
    end: datetime
    state: State  # never MAINTENANCE
    author: str
    reason: str
    created: datetime  # first seen by a run
    stale: bool = False  # the file is broken now; this is its last good version

    @property
    def annuls(self) -> bool:
        return self.state in (State.UNKNOWN, State.OPERATIONAL)


# --- what the page knows -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of the operator's own."""

    suffix: str  # svg, png, webp, jpg, jpeg or ico
    content: bytes = field(repr=False)
    width: int = 0  # pixels; 0: it does not say
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """How the page looks, where that is not as it is built in."""

    light: Mapping[str, str] = field(default_factory=dict)  # `#rrggbb` by the stylesheet's custom property
    dark: Mapping[str, str] = field(default_factory=dict)
    logo: Picture | None = None
    logo_dark: Picture | None = None
    logo_has_name: bool = False
    favicon: Picture | None = None
    css: str = ""  # comes after our styles


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of the operator's own, in header or footer."""

    text: Mapping[str, str]  # by BCP 47 code; "": in whatever language
    href: str  # absolute, or relative to the site's root


class Criticality(StrEnum):
    """How much it matters when a component fails, as its people declare it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What people have prepared for the failure of a component. `fallback` is for readers, the rest for operators."""

    owner: str = ""
    criticality: Criticality | None = None  # None: not declared
    redundancy: str = ""
    fallback: Mapping[str, str] = field(default_factory=dict)  # by BCP 47 code; "": in whatever language
    rto: timedelta | None = None  # how long a recovery may take
    rpo: timedelta | None = None  # how much of the newest data may be lost
    restore_tested: date | None = None
    runbook: str = ""  # absolute address
    spare: int = 0  # addresses that may fail before the component is down


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A component's last drill that was kept. Spans count from the fault, `recovered` from its end."""

    at: datetime
    fault: str
    passed: bool
    detected: timedelta | None
    told: timedelta | None
    recovered: timedelta | None


@dataclass(frozen=True, slots=True)
class Needs:
    """What a journey needs: all of these, or with `any_one` one of them. A member is a component's id, or Needs."""

    of: tuple["str | Needs", ...]  # never empty
    any_one: bool = False

    @property
    def components(self) -> tuple[str, ...]:
        """The ids in it, in order, each once."""
        inner = (one.components if isinstance(one, Needs) else (one,) for one in self.of)
        return tuple(dict.fromkeys(id_ for ids in inner for id_ in ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Something that people come to do."""

    id: str
    name: Mapping[str, str]  # by BCP 47 code; "": in whatever language
    needs: Needs
    workaround: Mapping[str, str] = field(default_factory=dict)  # what they do meanwhile
    state: State = State.UNKNOWN  # at the snapshot's moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    name: str
    url: str  # absolute, no final slash
    timezone: str = "Etc/UTC"
    languages: tuple[str, ...] = ("en",)  # BCP 47; the first is at /, each other below /CODE/
    since: int  # the year in the feeds' permanent ids
    demo: bool = False  # the figures are demonstration data
    theme: Theme = field(default_factory=Theme)
    header: tuple[PageLink, ...] = ()
    footer: tuple[PageLink, ...] = ()
    hubs: tuple[str, ...] = ()  # addresses of WebSub hubs that are told of new feeds
    mirror: str = ""  # absolute, no final slash: where the same page is on a second host
    show_warnings: bool = False  # early warnings stand on the pages of their components

    @property
    def language(self) -> str:
        """That of the feeds and of all that there is once."""
        return self.languages[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarDay:
    """One civil day of the page's zone, for the 90 day bar. Seconds add up to the day's length."""

    day: date
    seconds: int
    by_state: Mapping[State, int]  # measured, declared and maintenance time; UNKNOWN is the rest
    worst: State  # the worst state seen; UNKNOWN when nothing was measured, OPERATIONAL else
    outages: tuple[Outage, ...]  # that touch the day
    incidents: tuple[str, ...]  # ids of incidents that touch the day
    corrections: tuple[Correction, ...] = ()  # that changed something on the day


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStatus:
    """One component at the snapshot's moment."""

    id: str
    name: str
    description: str
    group: str | None  # the group's name
    state: State  # the worse of the confirmed probe state and what incidents and maintenance declare
    probed: State  # the confirmed probe state alone; UNKNOWN when no sample speaks
    since: datetime | None  # start of the present state, None when never measured
    code: str  # why it is not operational, "" else
    detail: str
    manual: bool
    # ids of dependencies that are in trouble while this one is; soft ones while it is degraded alone
    affected_by: tuple[str, ...]
    depends_on: tuple[str, ...]
    checked: datetime | None  # its newest sample
    latency: timedelta | None  # median of the last 24 hours
    recent: tuple[int | None, ...]  # sparkline: medians of the last 24 hours, an hour each, ms, oldest first
    slow: (
        timedelta | None
    )  # the configured limit of the latency; None also where the kind has limits of its own
    uptimes: Mapping[str, Uptime]  # by window: 24h 7d 30d 90d 365d
    bar: tuple[BarDay, ...]  # 90 days, oldest first, today last
    outages: tuple[Outage, ...]  # newest first, of the last 400 days
    first_measured: datetime | None
    last: Span | None = None  # its newest measured state, however old; None: never measured
    unstable: bool = False  # it changed between good and bad at least 4 times in its last 12 samples
    flips: tuple[int, int] = (0, 0)  # such changes, and in how many samples, 12 at most, of its worst place
    fell_back: tuple[int, int] | None = None  # of its last conversations, 20 at most: fallbacks, all
    # ids at the root of `affected_by`: in trouble, and no dependency of theirs is
    caused_by: tuple[str, ...] = ()
    places: Mapping[str, State] = field(default_factory=dict)  # by vantage point, when there is more than one
    places_checked: Mapping[str, datetime] = field(default_factory=dict)  # the newest sample of each of them
    measures: Mapping[str, float] = field(default_factory=dict)  # of its newest sample, keys of MEASURES
    year: tuple[BarDay, ...] = ()  # 365 days, oldest first, today last: `bar` is its end
    latencies: Mapping[str, LatencySeries] = field(default_factory=dict)  # by period: 24h 7d 90d
    first_token: bool = False  # its latency is the time to the first token of an answer
    budget: Budget | None = None  # None: no objective is set
    # time of the last 400 days in which nothing was measured, oldest first; None: that is not known
    unmeasured: tuple[Interval, ...] | None = None
    corrections: tuple[
        Correction, ...
    ] = ()  # newest first, of the last 400 days: those that changed something
    annulled: tuple[Outage, ...] = ()  # outages, or parts of them, that a correction took away; newest first
    # `outages` without what people added; None: they added nothing
    seen: tuple[Outage, ...] | None = None
    soft: tuple[str, ...] = ()  # those of `depends_on` that slow or limit it, and do not explain an outage
    account: Account = Account()
    plan: Plan = Plan()

    @property
    def witnessed(self) -> tuple[Outage, ...]:
        """The outages as far as the probes saw them."""
        return self.outages if self.seen is None else self.seen


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStatus:
    name: str
    description: str
    state: State  # its worst member's
    collapsed: bool
    components: tuple[str, ...]  # ids, in the order of the configuration


class Early(StrEnum):
    """What an early warning is about."""

    SLOWER = "slower"  # answers take longer than in the same hours of earlier weeks
    FLAKED = "flaked"  # more checks succeed only when they are repeated
    TOKENS = "tokens"  # fewer tokens a second than in the same hours of earlier weeks
    EXPIRY = "expiry"  # a certificate or a domain runs out
    BURNING = "burning"  # the error budget is spent too fast


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """An early warning that stands. It changes no state."""

    kind: Early
    component: str
    since: datetime | None  # when it could first be known; None: that is not kept
    now: float | None  # ms, a share 0 to 1, tokens a second, days left, how many times too fast
    usual: float | None  # in the four weeks before; None where there is nothing to compare with


@dataclass(frozen=True, slots=True)
class Track:
    """What became of the warnings of one kind, those of 400 days, of all components together."""

    came_true: int
    judged: int
    by_chance: float | None  # how many of them would have come true on any days; None: not told of that kind


@dataclass(frozen=True, slots=True)
class Foresight:
    """What was found when the history was last looked through."""

    warnings: tuple[Warned, ...] = ()
    tracks: Mapping[Early, Track] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that the page knows at one moment. Whatever shows a state shows this one's."""

    page: Page
    now: datetime  # the moment it speaks of: the run's start
    measured: datetime | None  # the newest valid round; None: nothing was ever measured
    valid_until: datetime | None
    next_check: datetime | None
    void: str  # why the newest round was void, "" when it was not
    state: State  # worst of all components and open incidents
    groups: tuple[GroupStatus, ...]  # components without a group form a last one named ""
    components: tuple[ComponentStatus, ...]  # in the order of the configuration
    incidents: tuple[Incident, ...]  # all, newest first
    maintenances: tuple[Maintenance, ...]  # all, by start, newest first
    weights: Mapping[State, int]  # percent
    left_out: tuple[str, ...] = ()  # files that are broken and have no good version: "incidents/x.md"
    # components that are probed and not on the page: for messages to operators, never for a file of the site
    hidden: tuple[ComponentStatus, ...] = ()
    # by incident or maintenance and number of the update: names of targets, and when they were told; oldest first
    deliveries: Mapping[tuple[str, int], tuple[tuple[str, datetime], ...]] = field(default_factory=dict)
    foresight: Foresight = Foresight()  # of today; empty where nobody has looked
    journeys: tuple[Journey, ...] = ()  # in the order of the configuration
    continuity: bool = False  # the site has the page that tells how the operator is prepared
    rehearsals: Mapping[str, Rehearsal] = field(default_factory=dict)  # the last drill, by component

    def component(self, id: str) -> ComponentStatus | None:
        return next((c for c in self.components if c.id == id), None)

    @property
    def open_incidents(self) -> tuple[Incident, ...]:
        return tuple(i for i in self.incidents if i.open)


def by_component(incidents: Iterable[Incident]) -> dict[str, tuple[Incident, ...]]:
    """Those that ever named a component, by its id, in the order given."""
    found: dict[str, list[Incident]] = {}
    for incident in incidents:
        for component in incident.worst:
            found.setdefault(component, []).append(incident)
    return {component: tuple(named) for component, named in found.items()}
