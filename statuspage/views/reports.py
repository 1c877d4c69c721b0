"""The report of a month or a quarter, and the list of all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from statuspage.model import Maintenance
from statuspage.reliability import Kind, Period, Report
from statuspage.views.again import and_more, knowledge_link
from statuspage.views.context import Context, Link, Phrase
from statuspage.views.frame import Frame, frame
from statuspage.views.history import Entry, entry
from statuspage.views.report_figures import (
    BudgetRow,
    ComparedRow,
    ComponentRow,
    TimeCard,
    budget_rows,
    compared_rows,
    component_rows,
    down_text,
    share,
    summary,
    time_cards,
    time_notes,
)
from statuspage.views.report_losses import Losses, losses_view
from statuspage.views.said import Said, said
from statuspage.views.uptimes import weights_text

LISTED = 60  # incidents, and maintenance that overran


@dataclass(frozen=True, slots=True)
class Tile:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class OverrunRow:
    href: str
    title: Said
    by: str


@dataclass(frozen=True, slots=True)
class Definition:
    term: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    frame: Frame
    title: str
    heading: str
    so_far: Phrase | None  # while the period runs
    sentences: tuple[str, ...]
    tiles: tuple[Tile, ...]
    parts: str
    components: tuple[ComponentRow, ...]
    columns: tuple[str, ...]  # after that of the components
    bounded: bool  # whether one of them is that of the bounds
    aimed: bool  # whether the last of them is that of the objectives
    enough: str
    weights: str
    budgets: tuple[BudgetRow, ...]
    budget_note: str
    down: str
    losses: Losses | None
    no_losses: str
    took: str
    times: tuple[TimeCard, ...]
    time_notes: tuple[str, ...]
    begun: str
    incidents: tuple[Entry, ...]
    no_incidents: str
    work: tuple[str, ...]
    overrun: tuple[OverrunRow, ...]
    compared: str
    compared_columns: tuple[str, ...]
    before: tuple[ComparedRow, ...]
    defined: str
    definitions: tuple[Definition, ...]
    older: Link | None
    newer: Link | None
    files: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One report in the list."""

    link: Link
    running: str
    share: str
    met: str
    incidents: str
    down: str
    width: int  # of 1000, against the most down time in the list
    x: int


@dataclass(frozen=True, slots=True)
class Listed:
    heading: str
    rows: tuple[ListedRow, ...]


@dataclass(frozen=True, slots=True)
class ReportsPage:
    frame: Frame
    heading: str
    lead: str
    columns: tuple[str, ...]
    aimed: bool  # whether one of them is that of the objectives
    lists: tuple[Listed, ...]
    knowledge: Link | None


def report_path(over: Period) -> str:
    """The page of a period, below the language's root."""
    return f"reports/{over.key}/"


def period_name(context: Context, over: Period) -> str:
    """`November 2026`, `4th quarter 2026`."""
    language = context.language
    return language.month(over.first) if over.kind is Kind.MONTH else language.quarter(over.first)


def reports_page(context: Context, reports: Sequence[Report]) -> ReportsPage:
    """The list; `reports` are newest first."""
    _ = context._
    aimed = any(told.met[1] for told in reports)
    aims = (_("Objectives met"),) if aimed else ()
    lists = ((_("Months"), Kind.MONTH), (_("Quarters"), Kind.QUARTER))
    return ReportsPage(
        frame=frame(context, _("Reports")),
        heading=_("Reports"),
        lead=_(
            "How each month and each quarter went: availability, down time, incidents, how long repairs took."
        ),
        columns=(_("Period"), _("Availability"), *aims, _("Incidents"), _("Down time")),
        aimed=aimed,
        lists=tuple(
            Listed(heading, rows)
            for heading, kind in lists
            if (rows := _listed(context, [one for one in reports if one.period.kind is kind]))
        ),
        knowledge=knowledge_link(context),
    )


def report_page(context: Context, told: Report, around: Sequence[Report] = ()) -> ReportPage:
    """`around`: all reports that have a page, newest first; none for a report that stands alone."""
    _, name = context._, period_name(context, told.period)
    title = _("Reliability report, {period}").format(period=name)
    older, newer = _neighbours(context, told.period, around)
    rows = component_rows(context, told)
    bounded, aimed = any(row.between for row in rows), any(row.objective for row in rows)
    return ReportPage(
        frame=frame(context, title, present=told.period.running),
        title=title,
        heading=name,
        so_far=context.phrase(_("So far, until {time}"), told.period.window.end)
        if told.period.running
        else None,
        sentences=tuple(summary(context, told)),
        tiles=tuple(_tiles(context, told)),
        parts=_("Components"),
        components=rows,
        columns=_columns(context, bounded=bounded, aimed=aimed),
        bounded=bounded,
        aimed=aimed,
        enough=_("A figure is told where at least a day and half of the time was measured."),
        weights=weights_text(context),
        budgets=budget_rows(context, told),
        budget_note=_(
            "The error budget is the down time that the objective grants the measured time. "
            "The bar is what was spent of it."
        ),
        down=_("Down time"),
        losses=losses_view(context, told),
        no_losses=_("No down time is known."),
        took=_("How long it took"),
        times=tuple(time_cards(context, told.times)),
        time_notes=tuple(time_notes(context, told.times)),
        begun=_("Incidents"),
        incidents=tuple(entry(context, one) for one in told.incidents[:LISTED]),
        no_incidents=_no_incidents(context, told),
        work=tuple(_work(context, told)),
        overrun=tuple(
            OverrunRow(
                context.incident_href(late.maintenance.id),
                _title(context, late.maintenance),
                _by(context, late.by),
            )
            for late in told.maintenances.overrun[:LISTED]
        ),
        compared=_("Compared with before"),
        compared_columns=("", name, _before_name(context, told)),
        before=compared_rows(context, told),
        defined=_("What the figures mean"),
        definitions=tuple(_definitions(context)),
        older=older,
        newer=newer,
        files=_files(context, told.period) if around else (),
    )


def _listed(context: Context, reports: Sequence[Report]) -> tuple[ListedRow, ...]:
    most = max((told.lost for told in reports), default=0) or 1
    return tuple(_row(context, told, most) for told in reports)


def _row(context: Context, told: Report, most: int) -> ListedRow:
    width = -(-told.lost * 1000 // most)
    return ListedRow(
        link=Link(f"{context.root}{report_path(told.period)}", period_name(context, told.period)),
        running=context._("so far") if told.period.running else "",
        share=share(context, told.share),
        met=_met(context, told),
        incidents=context.language.number(len(told.incidents)),
        down=down_text(context, told),
        width=width,
        x=1000 - width if context.language.direction == "rtl" else 0,
    )


def _columns(context: Context, *, bounded: bool, aimed: bool) -> tuple[str, ...]:
    _ = context._
    between = (_("If all had been measured"),) if bounded else ()
    aims = (_("Objective"),) if aimed else ()
    return (_("Availability"), _("Measured"), *between, *aims)


def _tiles(context: Context, told: Report) -> Iterator[Tile]:
    _ = context._
    yield Tile(share(context, told.share), _("Availability"))
    if met := _met(context, told):
        yield Tile(met, _("Objectives met"))
    yield Tile(down_text(context, told), _("Down time"))
    yield Tile(context.language.number(len(told.incidents)), _("Incidents"))


def _met(context: Context, told: Report) -> str:
    """`2 of 3`; "" where no objective can be judged."""
    met, judged = told.met
    number = context.language.number
    return context._("{some} of {all}").format(some=number(met), all=number(judged)) if judged else ""


def _no_incidents(context: Context, told: Report) -> str:
    """ "" where all of them are listed."""
    if not told.incidents:
        return context._("No incident began in this time.")
    return and_more(context, len(told.incidents) - LISTED)


def _work(context: Context, told: Report) -> Iterator[str]:
    work, ngettext = told.maintenances, context.language.ngettext
    if work.kept:
        yield ngettext(
            "{count} maintenance kept to its time.",
            "{count} maintenances kept to their time.",
            len(work.kept),
        )
    if work.overrun:
        yield ngettext(
            "{count} maintenance took longer than announced.",
            "{count} maintenances took longer than announced.",
            len(work.overrun),
        )
    if work.running:
        yield ngettext(
            "{count} maintenance is in progress.", "{count} maintenances are in progress.", len(work.running)
        )
    if work.cancelled:
        yield ngettext(
            "{count} maintenance was cancelled.", "{count} maintenances were cancelled.", work.cancelled
        )
    if not (work.kept or work.overrun or work.running or work.cancelled):
        yield context._("No maintenance began in this time.")


def _title(context: Context, work: Maintenance) -> Said:
    return said(context, work, "title")


def _by(context: Context, late: timedelta) -> str:
    return context._("{duration} longer").format(duration=context.language.duration(late))


def _before_name(context: Context, told: Report) -> str:
    if told.before is None:
        return ""
    name = period_name(context, told.before.period)
    return context._("The same part of {period}").format(period=name) if told.period.running else name


def _definitions(context: Context) -> Iterator[Definition]:
    """Of what is not defined beside its figure."""
    _ = context._
    yield Definition(
        _("Availability"),
        _(
            "The share of the measured time that was not down. Time that nobody measured counts as neither up nor "
            "down. All components together: their down time and their measured time, each added up."
        ),
    )
    yield Definition(
        _("If all had been measured"),
        _("The least and the greatest availability that the unmeasured time leaves possible."),
    )
    yield Definition(
        _("Down time"),
        _(
            "Each second counts by the weight of the component's state. Components that are down at once are "
            "added up. An outage belongs to the incident that overlaps it longest and takes its cause; without one "
            "its cause is what the checks saw."
        ),
    )
    yield Definition(
        _("From what it depends on"),
        _(
            "The part of the down time in which a component that this one cannot do without was in trouble too."
        ),
    )


def _files(context: Context, over: Period) -> tuple[Link, ...]:
    at = f"{context.site}{report_path(over)}"
    return Link(f"{at}report.json", context._("JSON")), Link(f"{at}report.csv", context._("CSV"))


def _neighbours(context: Context, over: Period, around: Sequence[Report]) -> tuple[Link | None, Link | None]:
    same = [one.period for one in around if one.period.kind is over.kind]
    if over not in same:
        return None, None
    at = same.index(over)
    return (
        _to(context, context._("Before: {month}"), same[at + 1]) if at + 1 < len(same) else None,
        _to(context, context._("After: {month}"), same[at - 1]) if at else None,
    )


def _to(context: Context, words: str, over: Period) -> Link:
    """`words` hold `{month}`."""
    return Link(f"{context.root}{report_path(over)}", words.format(month=period_name(context, over)))
