"""A component as a row of the front page, and on its own page."""

from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from statuspage.model import ComponentStatus, Incident, Outage
from statuspage.uptime import bounds, rank
from statuspage.views import charts
from statuspage.views.bars import Bar, DayRow, Rows, bar, day_rows
from statuspage.views.budget import BudgetView, budget_view
from statuspage.views.calendar import Calendar, calendar
from statuspage.views.context import Context, Link, Phrase, StateView, When
from statuspage.views.corrections import corrected_by, corrections_of, counted
from statuspage.views.early import early_warnings
from statuspage.views.evidence import Figure, PlaceRow, figures, lines, note, place_rows, reached
from statuspage.views.frame import Frame, frame
from statuspage.views.response import Chart, chart
from statuspage.views.said import titled_links
from statuspage.views.uptimes import (
    UptimeRow,
    measured_text,
    share_text,
    uptime_rows,
    uptime_text,
    weights_text,
    windows,
)

SECOND = timedelta(seconds=1)
MEDIAN = Fraction(1, 2)
LISTED = 50  # outages on a component's page
REPAIRED = 3  # outages that must have ended before their median says anything
ROOM = 33  # characters of the small print under a bar that a phone of 320 px shows in one line


@dataclass(frozen=True, slots=True)
class Row:
    href: str
    name: str
    note: str  # whether it is unstable; what affects it, or what the checks see
    state: StateView
    bar: Bar
    uptime: str
    long: bool  # the uptime's words want a line of their own on a phone
    latency: str  # "" when there is none
    spark: str  # path, "" when there is none


@dataclass(frozen=True, slots=True)
class Tile:
    value: str
    label: str
    more: str = ""
    css: str = ""


@dataclass(frozen=True, slots=True)
class OutageRow:
    started: When
    lasted: str
    state: StateView
    seen: str
    detail: str  # the probes' own evidence, English; "" where `seen` says it
    incidents: tuple[Link, ...]
    corrected: tuple[str, ...] = ()  # what people corrected in it, and why
    annulled: bool = False  # it was a false alarm


@dataclass(frozen=True, slots=True)
class ComponentPage:
    frame: Frame
    name: str
    group: str
    description: str
    state: StateView
    since: Phrase | None
    lines: tuple[str, ...]  # what the checks see, what affects it, how steady it is
    warnings: tuple[str, ...]  # what warns of trouble to come, where the page shows it
    needs: tuple[Link, ...]
    needed_by: tuple[Link, ...]
    open_incidents: tuple[Link, ...]
    tiles: tuple[Tile, ...]
    figures: tuple[Figure, ...]  # of the newest check
    places: tuple[PlaceRow, ...]  # empty when one place alone looks
    places_note: str  # how many of them reach it, "" where they agree
    bar: Bar
    days: tuple[DayRow, ...]
    days_uptime: str
    chart: Chart | None
    calendar: Calendar | None
    budget: BudgetView | None
    uptimes: tuple[UptimeRow, ...]
    bounded: bool  # some uptime would not be the same if all had been measured
    weights: str
    corrected: str  # how many corrections count in the figures, "" for none
    outages: tuple[OutageRow, ...]
    outages_note: str  # who saw them
    outages_left: str  # how many older ones are not listed, "" for none
    badge: str  # its picture
    badge_alt: str
    files: tuple[Link, ...]  # its own feed, calendar, badge and JSON


def row(context: Context, component: ComponentStatus) -> Row:
    uptime = uptime_text(context, component.uptimes["90d"])
    return Row(
        href=context.component_href(component.id),
        name=component.name,
        note=note(context, component),
        state=context.state(component.state),
        bar=bar(Rows(context), component.bar),
        uptime=uptime,
        long=len(uptime) + _ends(context) > ROOM,
        latency=context.language.latency(component.latency) if component.latency is not None else "",
        spark=charts.sparkline(component.recent),
    )


def _ends(context: Context) -> int:
    """How long the words are that stand at the two ends of a bar."""
    return len(context.language.ngettext("{count} day ago", "{count} days ago", 90)) + len(context._("Today"))


def component_page(context: Context, component: ComponentStatus) -> ComponentPage:
    _, snapshot, rows = context._, context.snapshot, Rows(context)
    outages = told_outages(component)
    state = context.state(component.state)
    since = component.since
    own = [i for i in snapshot.open_incidents if component.id in i.components]
    return ComponentPage(
        frame=frame(context, context.labelled(component.name, state.word)),
        name=component.name,
        group=component.group or "",
        description=component.description,
        state=state,
        since=context.phrase(_("since {time}"), since) if since else None,
        lines=lines(context, component),
        warnings=early_warnings(context, component),
        needs=context.names(component.depends_on),
        needed_by=context.names(c.id for c in snapshot.components if component.id in c.depends_on),
        open_incidents=titled_links(context, (i.id for i in own)),
        tiles=_tiles(context, component, state),
        figures=figures(context, component),
        places=place_rows(context, component),
        places_note=reached(context, component),
        bar=bar(rows, component.bar),
        days=day_rows(rows, component.bar),
        days_uptime=uptime_text(context, component.uptimes["90d"]),
        chart=chart(context, component),
        calendar=calendar(rows, component),
        budget=budget_view(context, component.budget),
        uptimes=uptime_rows(context, component),
        bounded=any(bounds(figure)[0] != bounds(figure)[1] for figure in component.uptimes.values()),
        weights=weights_text(context),
        corrected=counted(context, component),
        outages=tuple(outage_row(context, o, annulled=annulled) for o, annulled in outages[:LISTED]),
        outages_note=_("told by incident reports") if component.manual else _("measured by the checks"),
        outages_left=context.language.ngettext(
            "{count} older one is not listed", "{count} older ones are not listed", len(outages) - LISTED
        )
        if len(outages) > LISTED
        else "",
        badge=f"{context.site}badges/{component.id}.svg",
        badge_alt=context.labelled(component.name, state.word),
        files=(
            Link(f"{context.site}components/{component.id}.atom", _("Atom for this component")),
            Link(f"{context.site}components/{component.id}.ics", _("Calendar")),
            Link(f"{context.site}badges/{component.id}.svg", _("Badge")),
            Link(f"{context.site}api/components/{component.id}.json", _("JSON")),
        ),
    )


def told_outages(component: ComponentStatus) -> list[tuple[Outage, bool]]:
    """Its outages and its false alarms, newest first, and whether it was one."""
    told = [(outage, False) for outage in component.outages] + [
        (outage, True) for outage in component.annulled
    ]
    return sorted(told, key=lambda one: one[0].start, reverse=True)


def outage_row(context: Context, outage: Outage, *, annulled: bool = False) -> OutageRow:
    """One outage as the checks saw it, with the incidents that tell of it and what was corrected in it."""
    component = context.snapshot.component(outage.component)
    corrections = corrections_of(component, outage, annulled=annulled) if component else []
    end = outage.end or context.now
    lasted = context.language.duration(end - outage.start)
    return OutageRow(
        started=replace(context.when(outage.start), text=context.language.dated(outage.start, context.now)),
        lasted=context._("{duration}, ongoing").format(duration=lasted) if outage.end is None else lasted,
        state=context.state(outage.state),
        seen=context.witnessed(outage.code, outage.detail),
        detail="" if context.english else outage.detail,
        incidents=titled_links(context, (i.id for i in told_of(context, outage))),
        corrected=tuple(corrected_by(context, one) for one in corrections),
        annulled=annulled,
    )


def told_of(context: Context, outage: Outage) -> list[Incident]:
    """The incidents that name the component and overlap the outage."""
    return [
        i
        for i in context.told_of.get(outage.component, ())
        if (outage.end is None or i.started < outage.end)
        and (i.resolved is None or i.resolved > outage.start)
    ]


def _tiles(context: Context, component: ComponentStatus, state: StateView) -> tuple[Tile, ...]:
    _ = context._
    since = (
        _("since {time}").format(time=context.language.moment(component.since, context.now))
        if component.since
        else ""
    )
    tiles = [Tile(state.word, since, css=state.css)]
    labels = windows(context, component)
    for window in ("90d", "24h", "365d"):
        figure = component.uptimes[window]
        tiles.append(Tile(share_text(context, figure), labels[window], measured_text(context, figure)))
    if component.latency is not None:
        label = (
            _("first token, median of 24 hours")
            if component.first_token
            else _("to answer, median of 24 hours")
        )
        tiles.append(Tile(context.language.latency(component.latency), label))
    lasted = [(o.end - o.start) // SECOND for o in component.outages if o.end]
    if len(lasted) >= REPAIRED:
        median = context.language.duration(rank(lasted, MEDIAN) * SECOND)
        tiles.append(Tile(median, _("median time to repair")))
    return tuple(tiles)
