"""Was I affected? What was wrong when, to be looked up by a script, and the same by day for everybody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from statuspage.model import Incident, Outage, State
from statuspage.views.components import OutageRow, outage_row
from statuspage.views.context import Context, Link, StateView, happened
from statuspage.views.frame import Frame, frame
from statuspage.views.history import Entry, Told, entry, everything

DAYS = 90
OUTAGES = 500  # that are listed at most; a component's own page has more
GAPS = 50


@dataclass(frozen=True, slots=True)
class Form:
    """The question, for those with a script."""

    record: str  # where the script reads
    label: str
    ask: str
    zone: str  # with {zone}


@dataclass(frozen=True, slots=True)
class Answers:
    """Sentences that the script chooses from; {time}, {since}, {until} and {from} are filled in there."""

    trouble: str
    work: str
    clear: str
    part: str
    blind: str
    before: str
    later: str
    failed: str
    down: str
    incidents: str
    maintenances: str
    unmeasured: str
    span: str
    since: str
    share: str


@dataclass(frozen=True, slots=True)
class Row:
    """One outage as the probes saw it."""

    name: Link
    span: str
    outage: OutageRow


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    told: tuple[Entry, ...]  # incidents and maintenances that began on it
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Time in which some components were not measured."""

    span: str
    names: str


@dataclass(frozen=True, slots=True)
class AffectedPage:
    frame: Frame
    heading: str
    lead: str
    form: Form
    answers: Answers
    states: tuple[tuple[int, StateView], ...]  # by severity, as the script's file has them
    listed: str  # heading of the list by day
    days: tuple[Day, ...]  # newest first
    none: str
    left: str  # how many older outages are not listed, "" for none
    gaps_heading: str
    gaps: tuple[Gap, ...]
    gaps_left: str
    measured: str  # said where there is no gap


def affected_page(context: Context) -> AffectedPage:
    _, ngettext = context._, context.language.ngettext
    heading = _("Was I affected?")
    outages = _outages(context)
    gaps = _gaps(context)
    days = tuple(_days(context, outages[:OUTAGES]))
    return AffectedPage(
        frame=frame(context, heading),
        heading=heading,
        lead=_(
            "Look up a moment: what did not work then, who had told of it, and whether it was measured at all."
        ),
        form=Form(
            record=f"{context.site}api/affected.json",
            label=_("When was it?"),
            ask=_("Look it up"),
            zone=_("Your time zone: {zone}"),
        ),
        answers=_answers(context),
        states=tuple((state.severity, context.state(state)) for state in State),
        listed=ngettext("The last {count} day", "The last {count} days", DAYS),
        days=days,
        none="" if days else _("No trouble was measured or reported."),
        left=_older(context, len(outages) - OUTAGES),
        gaps_heading=_("Not measured"),
        gaps=gaps[:GAPS],
        gaps_left=_older(context, len(gaps) - GAPS),
        measured=_("All of it was measured.") if _whole_record(context) and not gaps else "",
    )


def _answers(context: Context) -> Answers:
    _ = context._
    return Answers(
        trouble=_("Not all was well: {time}"),
        work=_("Maintenance was under way: {time}"),
        clear=_("All was measured, and all of it worked: {time}"),
        part=_("What was measured worked, but not all was measured: {time}"),
        blind=_("Nothing was measured then, so what happened is not known: {time}"),
        before=_("Not known here. What this page knows begins on {since}."),
        later=_("Not known yet. This page was made on {until}."),
        failed=_("The record could not be read. The list below tells the same."),
        down=_("Not operational, with the worst state of that outage"),
        incidents=_("Incidents"),
        maintenances=_("Maintenance"),
        unmeasured=_("Not measured then, or no longer known here"),
        span=_("{from} to {until}"),
        since=_("since {from}"),
        share=_("Link to this answer"),
    )


# --- the list ----------------------------------------------------------------------------------


def _begin(context: Context) -> datetime:
    return context.now - timedelta(days=DAYS)


def _outages(context: Context) -> list[Outage]:
    """Of all components, newest first."""
    begin = _begin(context)
    found = [o for c in context.snapshot.components for o in c.outages if o.end is None or o.end > begin]
    return sorted(found, key=lambda o: (o.start, o.component), reverse=True)


def _days(context: Context, outages: list[Outage]) -> Iterator[Day]:
    zone = context.language.zone
    began: dict[date, list[Outage]] = {}
    for outage in outages:
        began.setdefault(outage.start.astimezone(zone).date(), []).append(outage)
    told: dict[date, list[Entry]] = {}
    for one in everything(context.snapshot):
        if happened(one) <= context.now and (_ended(one) or context.now) > _begin(context):
            told.setdefault(happened(one).astimezone(zone).date(), []).append(entry(context, one))
    for day in sorted(began.keys() | told.keys(), reverse=True):
        yield Day(
            name=context.language.short_day(day, context.now),
            told=tuple(told.get(day, ())),
            rows=tuple(_row(context, outage) for outage in began.get(day, ())),
        )


def _ended(one: Told) -> datetime | None:
    return one.resolved if isinstance(one, Incident) else one.end


def _row(context: Context, outage: Outage) -> Row:
    told = outage_row(context, outage)
    name = context.names([outage.component])[0]
    if outage.end is None:
        return Row(name, context._("since {time}").format(time=context.language.time(outage.start)), told)
    return Row(name, _span(context, outage.start, outage.end, dated=False), told)


def _span(context: Context, start: datetime, end: datetime, *, dated: bool = True) -> str:
    """`09:12 to 10:00 UTC`; with both days where it goes over midnight. `dated`: one day is told too."""
    _, language = context._, context.language
    first, last = (at.astimezone(language.zone).date() for at in (start, end))
    if first != last:
        words = _("{day}, {start} to {last_day}, {end}")
    else:
        words = _("{day}, {start} to {end}") if dated else _("{start} to {end}")
    return words.format(
        day=language.short_day(first, context.now),
        last_day=language.short_day(last, context.now),
        start=language.time(start, zone=language.zone_name(start) != language.zone_name(end)),
        end=language.time(end),
    )


def _gaps(context: Context) -> tuple[Gap, ...]:
    """Time of the last days in which a component was not measured, newest first; equal ones of several are one."""
    begin, components = _begin(context), context.snapshot.components
    found: dict[tuple[datetime, datetime], list[str]] = {}
    for component in components:
        for gap in component.unmeasured or ():
            if gap.end > begin:
                found.setdefault((_whole(max(gap.start, begin)), _whole(gap.end)), []).append(component.name)
    return tuple(
        Gap(
            span=_span(context, start, end),
            names=context._("All components")
            if len(names) == len(components)
            else context.language.names(names),
        )
        for (start, end), names in sorted(found.items(), reverse=True)
    )


def _whole_record(context: Context) -> bool:
    known = [component.unmeasured is not None for component in context.snapshot.components]
    return bool(known) and all(known)


def _whole(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _older(context: Context, count: int) -> str:
    if count <= 0:
        return ""
    return context.language.ngettext(
        "{count} older one is not listed", "{count} older ones are not listed", count
    )
