"""A component as a row of the front page, and on its own page."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from statuspage.intervals import seconds
from statuspage.model import ComponentStatus, Incident, Outage, State, Uptime
from statuspage.uptime import bounds, coverage, percent, ratio
from statuspage.views import charts
from statuspage.views.bars import Bar, DayRow, bar, day_rows
from statuspage.views.context import Context, Link, Phrase, StateView, When
from statuspage.views.evidence import Figure, PlaceRow, figures, lines, note, place_rows, reached
from statuspage.views.frame import Frame, frame
from statuspage.views.response import Chart, chart

DAY = timedelta(days=1)
HUNDRED = Decimal(100)
LISTED = 50  # outages on a component's page


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
class UptimeRow:
    window: str
    uptime: str
    measured: str
    between: str


@dataclass(frozen=True, slots=True)
class OutageRow:
    started: When
    lasted: str
    state: StateView
    seen: str
    incidents: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ComponentPage:
    frame: Frame
    name: str
    group: str
    description: str
    state: StateView
    since: Phrase | None
    lines: tuple[str, ...]  # what the checks see, what affects it, how steady it is
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
    uptimes: tuple[UptimeRow, ...]
    bounded: bool  # some uptime would not be the same if all had been measured
    weights: str
    outages: tuple[OutageRow, ...]
    outages_note: str  # who saw them
    outages_left: str  # how many older ones are not listed, "" for none


def row(context: Context, component: ComponentStatus) -> Row:
    return Row(
        href=context.component_href(component.id),
        name=component.name,
        note=note(context, component),
        state=context.state(component.state),
        bar=bar(context, component.bar),
        uptime=uptime_text(context, component.uptimes["90d"]),
        long=bool(measured_text(context, component.uptimes["90d"])),
        latency=context.language.latency(component.latency) if component.latency is not None else "",
        spark=charts.sparkline(component.recent),
    )


def uptime_text(context: Context, figure: Uptime) -> str:
    """`99.98% uptime`, with what was measured of the window when that is not all of it."""
    share = ratio(figure)
    if share is None:
        return context._("Uptime not measured")
    said = context._("{percent} uptime").format(percent=context.language.percent(percent(share)))
    measured = measured_text(context, figure)
    return f"{said}, {measured}" if measured else said


def measured_text(context: Context, figure: Uptime) -> str:
    """`measured 51 of 90 days`, `measured 5 h of 90 days`, or where less than a day lacks `measured 99.7%`.

    "" when nothing lacks.
    """
    share = coverage(figure)
    if share is None or share >= 1:
        return ""
    days, of = figure.measured // seconds(DAY), figure.window // seconds(DAY)
    if of - days < 2 or figure.window - figure.measured < seconds(DAY):
        return context._("measured {percent}").format(percent=context.language.percent(percent(share)))
    language = context.language
    some = language.number(days) if days else language.duration(timedelta(seconds=figure.measured))
    return language.ngettext(
        "measured {some} of {count} day", "measured {some} of {count} days", of, some=some
    )


def component_page(context: Context, component: ComponentStatus) -> ComponentPage:
    _, snapshot = context._, context.snapshot
    outages = component.outages
    state = context.state(component.state)
    since = component.since
    own = [i for i in snapshot.open_incidents if component.id in i.components]
    return ComponentPage(
        frame=frame(context, f"{component.name}: {state.word}"),
        name=component.name,
        group=component.group or "",
        description=component.description,
        state=state,
        since=context.phrase(_("since {time}"), since) if since else None,
        lines=lines(context, component),
        needs=context.names(component.depends_on),
        needed_by=context.names(c.id for c in snapshot.components if component.id in c.depends_on),
        open_incidents=context.incident_links(i.id for i in own),
        tiles=_tiles(context, component, state),
        figures=figures(context, component),
        places=place_rows(context, component),
        places_note=reached(context, component),
        bar=bar(context, component.bar),
        days=day_rows(context, component.bar),
        days_uptime=uptime_text(context, component.uptimes["90d"]),
        chart=chart(context, component),
        uptimes=tuple(
            _uptime_row(context, label, component.uptimes[name])
            for name, label in _windows(context, component).items()
        ),
        bounded=any(bounds(figure)[0] != bounds(figure)[1] for figure in component.uptimes.values()),
        weights=_weights(context),
        outages=tuple(outage_row(context, o) for o in outages[:LISTED]),
        outages_note=_("told by incident reports") if component.manual else _("measured by the checks"),
        outages_left=context.language.ngettext(
            "{count} older one is not listed", "{count} older ones are not listed", len(outages) - LISTED
        )
        if len(outages) > LISTED
        else "",
    )


def outage_row(context: Context, outage: Outage) -> OutageRow:
    """One outage as the checks saw it, with the incidents that tell of it."""
    end = outage.end or context.now
    lasted = context.language.duration(end - outage.start)
    return OutageRow(
        started=replace(context.when(outage.start), text=context.language.dated(outage.start, context.now)),
        lasted=context._("{duration}, ongoing").format(duration=lasted) if outage.end is None else lasted,
        state=context.state(outage.state),
        seen=context.witnessed(outage.code, outage.detail),
        incidents=context.incident_links(i.id for i in _told_of(context, outage)),
    )


def _told_of(context: Context, outage: Outage) -> list[Incident]:
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
    labels = _windows(context, component)
    for window in ("24h", "90d", "365d"):
        figure = component.uptimes[window]
        tiles.append(Tile(_share(context, figure), labels[window], measured_text(context, figure)))
    if component.latency is not None:
        tiles.append(Tile(context.language.latency(component.latency), _("to answer, median of 24 hours")))
    return tuple(tiles)


def _windows(context: Context, component: ComponentStatus) -> dict[str, str]:
    _ = context._
    names = {
        "24h": _("24 hours"),
        "7d": _("7 days"),
        "30d": _("30 days"),
        "90d": _("90 days"),
        "365d": _("A year"),
    }
    return {window: names[window] for window in names if window in component.uptimes}


def _share(context: Context, figure: Uptime) -> str:
    share = ratio(figure)
    return context._("Not measured") if share is None else context.language.percent(percent(share))


def _uptime_row(context: Context, window: str, figure: Uptime) -> UptimeRow:
    low, high = bounds(figure)
    percents = context.language.percent
    between = ""
    if low != high:
        # The upper bound is rounded up, so that the two contain whatever happened.
        between = context._("{low} to {high}").format(
            low=percents(percent(low)), high=percents(HUNDRED - percent(1 - high))
        )
    share = coverage(figure)
    measured = "" if share is None else percents(percent(share))
    return UptimeRow(window, _share(context, figure), measured, between)


def _weights(context: Context) -> str:
    """How much an hour in each state counts."""
    told = [
        f"{context.state(state).word} {context.language.percent(Decimal(context.snapshot.weights[state]))}"
        for state in sorted(context.snapshot.weights, key=lambda s: s.severity)
        if state not in (State.OPERATIONAL, State.UNKNOWN, State.MAINTENANCE)
    ]
    sentence = context._(
        "Of the measured time. Time in trouble counts as down by: {weights}. Announced maintenance is left out."
    )
    return sentence.format(weights=", ".join(told))
