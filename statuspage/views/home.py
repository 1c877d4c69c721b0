"""The front page: one second to the truth."""

from dataclasses import dataclass
from datetime import date, timedelta

from statuspage.model import (
    GroupStatus,
    Incident,
    Journey,
    Maintenance,
    MaintenanceStatus,
    State,
)
from statuspage.views.components import Row, row
from statuspage.views.context import Context, StateView, happened
from statuspage.views.frame import Frame, frame
from statuspage.views.headline import Headline, headline, outdated
from statuspage.views.incidents import (
    Card,
    PastLine,
    Planned,
    ended,
    incident_card,
    maintenance_card,
    past_line,
    planned,
)
from statuspage.views.said import Said, worded

PAST_DAYS = 14
RUNNING = (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)


@dataclass(frozen=True, slots=True)
class Group:
    name: str  # "" for components without a group
    description: str
    state: StateView
    count: str
    open: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PastDay:
    day: str
    lines: tuple[PastLine, ...]
    none: str  # "No incidents", "" when there are some


@dataclass(frozen=True, slots=True)
class JourneyRow:
    name: Said
    state: StateView
    workaround: Said  # what readers do meanwhile; "" while it works


@dataclass(frozen=True, slots=True)
class Matrix:
    """What people come to do, and whether it works."""

    heading: str
    columns: tuple[str, ...]  # the last one is that of the workarounds, where there are any
    rows: tuple[JourneyRow, ...]


@dataclass(frozen=True, slots=True)
class HomePage:
    frame: Frame
    headline: Headline
    incidents: tuple[Card, ...]
    work: tuple[Card, ...]
    matrix: Matrix | None  # None: no journeys are configured
    groups: tuple[Group, ...]
    legend: tuple[StateView, ...]
    planned: tuple[Planned, ...]
    past: tuple[PastDay, ...]


def home(context: Context) -> HomePage:
    snapshot = context.snapshot
    head = headline(context)
    return HomePage(
        frame=frame(context, head.sentence),
        headline=head,
        incidents=tuple(incident_card(context, i) for i in snapshot.open_incidents),
        work=tuple(maintenance_card(context, m) for m in snapshot.maintenances if m.status in RUNNING),
        matrix=_matrix(context),
        groups=tuple(_group(context, group) for group in snapshot.groups),
        legend=_legend(context),
        planned=tuple(
            planned(context, m)
            for m in reversed(snapshot.maintenances)
            if m.status is MaintenanceStatus.SCHEDULED
        ),
        past=past_days(context),
    )


def past_days(context: Context) -> tuple[PastDay, ...]:
    """The last 14 days, newest first; days in a row without an incident are told in one line."""
    zone = context.language.zone
    today = context.now.astimezone(zone).date()
    by_day: dict[date, list[Incident | Maintenance]] = {}
    for incident in context.snapshot.incidents:
        by_day.setdefault(incident.started.astimezone(zone).date(), []).append(incident)
    for work in context.snapshot.maintenances:
        if ended(work):
            by_day.setdefault(work.start.astimezone(zone).date(), []).append(work)
    found: list[PastDay] = []
    quiet: list[date] = []
    for day in (today - timedelta(days=n) for n in range(PAST_DAYS)):
        if day not in by_day:
            quiet.append(day)
            continue
        found += _quiet(context, quiet)
        quiet = []
        told = sorted(by_day[day], key=happened, reverse=True)
        lines = tuple(past_line(context, one) for one in told)
        found.append(PastDay(context.language.short_day(day, context.now), lines, ""))
    return tuple(found + _quiet(context, quiet))


def _quiet(context: Context, days: list[date]) -> list[PastDay]:
    if not days:
        return []
    return [PastDay(context.language.days(days[-1], days[0], context.now), (), context._("No incidents"))]


def _matrix(context: Context) -> Matrix | None:
    _ = context._
    rows = tuple(_journey(context, journey) for journey in context.snapshot.journeys)
    if not rows:
        return None
    columns = (_("What people come to do"), _("State"))
    meanwhile = (_("Meanwhile"),) if any(row.workaround.text for row in rows) else ()
    return Matrix(_("What works now"), (*columns, *meanwhile), rows)


def _journey(context: Context, journey: Journey) -> JourneyRow:
    """Once the page is out of date nobody knows whether it works."""
    state = State.UNKNOWN if outdated(context) else journey.state
    works = state is State.OPERATIONAL
    return JourneyRow(
        name=worded(context, journey.name),
        state=context.state(state),
        workaround=Said("") if works else worded(context, journey.workaround),
    )


def _group(context: Context, group: GroupStatus) -> Group:
    components = [c for c in map(context.snapshot.component, group.components) if c]
    return Group(
        name=group.name,
        description=group.description,
        state=context.state(group.state),
        count=context.language.ngettext("{count} component", "{count} components", len(components)),
        open=not group.collapsed or group.state is not State.OPERATIONAL,
        rows=tuple(row(context, component) for component in components),
    )


def _legend(context: Context) -> tuple[StateView, ...]:
    order = (
        State.OPERATIONAL,
        State.DEGRADED,
        State.PARTIAL,
        State.MAJOR,
        State.MAINTENANCE,
        State.UNKNOWN,
    )
    return tuple(context.state(state) for state in order)
