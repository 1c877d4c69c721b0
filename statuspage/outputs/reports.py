"""A report as JSON, CSV and Markdown. docs/reports.md says what is in them."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import floor
from typing import Any

from statuspage.gfm import Writer, table
from statuspage.intervals import seconds
from statuspage.model import Incident, Snapshot
from statuspage.outputs.api import figures
from statuspage.outputs.wire import address, incident_address, json_bytes, stamp
from statuspage.reliability import ComponentReport, Report, Spread, Times, shares
from statuspage.uptime import WHOLE, percent
from statuspage.views import report_page
from statuspage.views.context import Link
from statuspage.views.languages import first_context
from statuspage.views.report_figures import ComponentRow
from statuspage.views.report_losses import Bar, Losses
from statuspage.views.reports import ReportPage, report_path

Row = dict[str, Any]
COLUMNS = (
    "period",
    "component_id",
    "component",
    "availability_percent",
    "coverage_percent",
    "low_percent",
    "high_percent",
    "objective_percent",
    "objective_met",
    "measured_s",
    "down_s",
    "budget_s",
    "failures",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


# --- JSON --------------------------------------------------------------------------------------


def as_json(snapshot: Snapshot, told: Report) -> bytes:
    """All of it. Lengths of time are whole seconds, rounded down; percentages are text; null: not enough data."""
    before = told.before
    return json_bytes(
        {
            "page": {"name": snapshot.page.name, "url": snapshot.page.url},
            **_period(told),
            **_figures(told),
            "components": [_component(one) for one in told.components],
            "incidents": [_incident(snapshot, one) for one in told.incidents],
            "maintenance": _maintenance(told),
            "before": {**_period(before), **_figures(before)} if before else None,
        }
    )


def _period(told: Report) -> Row:
    over = told.period
    return {
        "period": over.key,
        "kind": str(over.kind),
        "time_zone": over.zone,
        "start": stamp(over.window.start),
        "end": stamp(over.window.end),
        "running": over.running,
    }


def _figures(told: Report) -> Row:
    met, judged = told.met
    return {
        "availability_percent": _percent(told.share),
        "objectives": {"met": met, "judged": judged},
        "down_s": told.lost // WHOLE,
        "down_s_by_cause_class": {str(cause): lost // WHOLE for cause, lost in told.by_class.items()},
        "down_s_by_component": {id_: lost // WHOLE for id_, lost in told.by_component.items()},
        "down_s_by_hour_of_week": [
            {"weekday": day + 1, "hour": hour, "down_s": lost // WHOLE}
            for (day, hour), lost in told.by_hour.items()
        ],
        "down_from_dependencies_percent": _percent(told.from_dependencies),
        "failures": told.failures,
        "times": _times(told.times),
    }


def _times(took: Times) -> Row:
    return {
        "incidents": took.incidents,
        "detect": _spread(took.detect),
        "tell": _spread(took.tell),
        "repair": _spread(took.repair),
        "between_failures": _spread(took.between),
        "not_seen_by_checks": took.unseen,
        "told_when_over": took.untold,
        "open": took.open,
    }


def _spread(took: Spread | None) -> Row | None:
    if took is None:
        return None
    return {"count": took.count, "median_s": seconds(took.median), "worst_s": seconds(took.worst)}


def _component(one: ComponentReport) -> Row:
    return {
        "id": one.id,
        "name": one.name,
        "enough_data": one.enough,
        "availability_percent": _percent(one.share),
        "objective_percent": f"{one.objective.availability:.2f}" if one.objective else None,
        "objective_met": one.met,
        "budget_s": None if one.budget is None else floor(one.budget),
        "budget_used_percent": _percent(one.used),
        "down_s": floor(one.spent),
        "down_s_by_cause_class": _lost(one, lambda loss: str(loss.cause_class)),
        "down_s_by_incident": _lost(one, lambda loss: loss.incident),
        "failures": one.failures,
        "uptime": figures(one.figure),
    }


def _lost(one: ComponentReport, key: Callable[[Any], str]) -> Row:
    """`""` is what belongs to no incident."""
    return {name: lost // WHOLE for name, lost in shares(one.losses, key).items()}


def _incident(snapshot: Snapshot, one: Incident) -> Row:
    return {
        "id": one.id,
        "title": one.title,
        "impact": str(one.impact),
        "cause_class": str(one.cause_class),
        "started_at": stamp(one.started),
        "resolved_at": stamp(one.resolved) if one.resolved else None,
        "components": list(one.worst),
        "url": incident_address(snapshot.page, one.id),
    }


def _maintenance(told: Report) -> Row:
    work = told.maintenances
    return {
        "kept": [one.id for one in work.kept],
        "overrun": [{"id": one.maintenance.id, "by_s": seconds(one.by)} for one in work.overrun],
        "in_progress": [one.id for one in work.running],
        "cancelled": work.cancelled,
    }


def _percent(share: Fraction | None) -> str | None:
    return None if share is None else f"{percent(share):.2f}"


# --- CSV ---------------------------------------------------------------------------------------


def as_csv(told: Report) -> bytes:
    """A row for each component; what is not known is empty. RFC 4180, UTF-8."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    rows.writerows(_row(told, one) for one in told.components)
    return out.getvalue().encode("utf-8", "replace")


def _row(told: Report, one: ComponentReport) -> Iterator[object]:
    figure = figures(one.figure)
    yield told.period.key
    yield harmless(one.id)
    yield harmless(one.name)
    yield _percent(one.share)
    yield figure["coverage"]
    yield from (figure["low"], figure["high"]) if one.enough else (None, None)
    yield one.objective.availability if one.objective else None
    yield {True: "yes", False: "no", None: None}[one.met]
    yield one.figure.measured
    yield floor(one.spent)
    yield None if one.budget is None else floor(one.budget)
    yield one.failures


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula. Source: OWASP, CSV Injection."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


# --- Markdown ----------------------------------------------------------------------------------


def as_markdown(snapshot: Snapshot, told: Report) -> str:
    """As GitHub reads it, in the site's first language; links are whole addresses."""
    at = first_context(snapshot).at(report_path(told.period), root=f"{address(snapshot.page)}")
    page, write = report_page(at, told), Writer(lambda text: text)
    return "\n\n".join(part for part in _parts(page, write) if part) + "\n"


def _parts(page: ReportPage, write: Writer) -> Iterator[str]:
    said = write.text
    yield f"# {said(page.title)}"
    if page.so_far and page.so_far.when:
        yield f"_{said(page.so_far.before + page.so_far.when.text + page.so_far.after)}_"
    yield from map(said, page.sentences)
    yield f"## {said(page.parts)}"
    yield table(
        [said(name) for name in (page.parts, *page.columns)],
        [
            [
                _link(write, row.link),
                said(row.share),
                said(row.measured),
                *([said(row.between)] if page.bounded else []),
                *([said(_aim(row))] if page.aimed else []),
            ]
            for row in page.components
        ],
    )
    yield " ".join(map(said, (page.weights, page.enough)))
    yield _list(f"{_link(write, row.link)}: {said(row.told)}" for row in page.budgets)
    yield said(page.budget_note) if page.budgets else ""
    yield f"## {said(page.down)}"
    yield from _losses(page.losses, write) if page.losses else (said(page.no_losses),)
    yield f"## {said(page.took)}"
    yield _list(
        f"**{said(card.label)}**: {said(', '.join(filter(None, [card.told, card.more])))}. {said(card.meaning)}"
        for card in page.times
    )
    yield from map(said, page.time_notes)
    yield f"## {said(page.begun)}"
    yield _list(
        f"{said(one.at.text)}: {write.link(one.title.text, one.href)}, {said(one.told)}"
        for one in page.incidents
    )
    yield said(page.no_incidents)
    yield from map(said, page.work)
    yield _list(f"{write.link(one.title.text, one.href)}: {said(one.by)}" for one in page.overrun)
    if page.before:
        yield f"## {said(page.compared)}"
        yield table(
            [said(name) for name in page.compared_columns],
            [[said(row.label), said(row.now), said(row.before)] for row in page.before],
        )
    yield f"## {said(page.defined)}"
    yield _list(f"**{said(one.term)}**: {said(one.text)}" for one in page.definitions)


def _aim(row: ComponentRow) -> str:
    return ", ".join(filter(None, [row.objective, row.state.word if row.state else ""]))


def _losses(losses: Losses, write: Writer) -> Iterator[str]:
    for heading, bars in (
        (losses.causes_heading, losses.causes),
        (losses.components_heading, losses.components),
    ):
        yield f"### {write.text(heading)}"
        yield _list(_bar(write, bar) for bar in bars)
    yield write.text(losses.dependencies)
    yield f"### {write.text(losses.week_heading)}"
    rows: Sequence[Sequence[str]] = [[write.text(row.when), write.text(row.lost)] for row in losses.week.rows]
    yield table([write.text(name) for name in losses.week.columns], rows)


def _bar(write: Writer, bar: Bar) -> str:
    return f"{_link(write, bar.link)}: {write.text(bar.told)}"


def _link(write: Writer, to: Link) -> str:
    return write.link(to.text, to.href) if to.href else write.text(to.text)


def _list(items: Iterator[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
