"""How the operator is prepared, as JSON, CSV and Markdown. docs/continuity.md says what is in them."""

import csv
import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from statuspage.continuity import ComponentOutlook, JourneyOutlook, Outlook
from statuspage.gfm import Writer, table
from statuspage.intervals import seconds
from statuspage.model import Rehearsal, Snapshot
from statuspage.outputs.api import figures, needs_row
from statuspage.outputs.reports import harmless
from statuspage.outputs.wire import address, json_bytes, stamp
from statuspage.uptime import percent
from statuspage.views import continuity_page
from statuspage.views.context import Link, Phrase, StateView
from statuspage.views.continuity import PATH, ContinuityPage
from statuspage.views.languages import first_context

Row = dict[str, Any]
COLUMNS = (
    "component_id",
    "component",
    "owner",
    "likelihood",
    "outages",
    "measured_s",
    "impact",
    "impact_declared",
    "risk",
    "single_point_of_failure",
    "rto_s",
    "repair_median_s",
    "repair_worst_s",
    "repairs_in_time",
    "repairs_late",
    "rpo_s",
    "restore_tested",
    "last_drill",
)


# --- JSON --------------------------------------------------------------------------------------


def as_json(snapshot: Snapshot, told: Outlook) -> bytes:
    """All of it. Lengths of time are whole seconds, percentages text; null: not known, or not declared."""
    return json_bytes(
        {
            "page": {"name": snapshot.page.name, "url": snapshot.page.url},
            "generated_at": stamp(snapshot.now),
            "journeys": [_journey(one) for one in told.journeys],
            "single_points_of_failure": [one.id for one in told.single],
            "components": [_component(one) for one in told.components],
        }
    )


def _journey(one: JourneyOutlook) -> Row:
    return {
        "id": one.journey.id,
        "name": dict(one.journey.name),
        "state": str(one.journey.state),
        "needs": needs_row(one.journey.needs),
        "availability_percent": _percent(one.share),
        "independent_percent": _percent(one.independent),
        "ended_by": list(one.alone),
        "uptime": figures(one.figure),
    }


def _component(one: ComponentOutlook) -> Row:
    plan, took = one.plan, one.recovery.took
    return {
        "id": one.id,
        "name": one.name,
        "owner": plan.owner or None,
        "redundancy": plan.redundancy or None,
        "spare_addresses": plan.spare,
        "fallback": dict(plan.fallback),
        "runbook": plan.runbook or None,
        "outages": one.outages,
        "measured_s": one.figure.measured,
        "likelihood": one.likelihood and str(one.likelihood),
        "impact": str(one.impact),
        "impact_declared": one.declared,
        "risk": one.risk and str(one.risk),
        "falls_with_it": {"components": list(one.fall.components), "journeys": list(one.fall.journeys)},
        "rto_s": plan.rto and seconds(plan.rto),
        "repairs": {
            "count": took.count if took else 0,
            "median_s": took and seconds(took.median),
            "worst_s": took and seconds(took.worst),
            "in_time": one.recovery.within if plan.rto is not None else None,
            "late": one.recovery.late if plan.rto is not None else None,
            "end_not_seen": one.recovery.unseen,
        },
        "rpo_s": plan.rpo and seconds(plan.rpo),
        "restore_tested": plan.restore_tested and plan.restore_tested.isoformat(),
        "restore_tested_days_ago": one.restored,
        "last_drill": one.rehearsal and _drill(one.rehearsal),
    }


def _drill(drill: Rehearsal) -> Row:
    return {
        "at": stamp(drill.at),
        "fault": drill.fault,
        "passed": drill.passed,
        "detected_s": None if drill.detected is None else seconds(drill.detected),
        "told_s": None if drill.told is None else seconds(drill.told),
        "recovered_s": None if drill.recovered is None else seconds(drill.recovered),
    }


def _percent(share: Fraction | None) -> str | None:
    return None if share is None else f"{percent(share):.2f}"


# --- CSV ---------------------------------------------------------------------------------------


def as_csv(told: Outlook) -> bytes:
    """A row for each component; what is not known is empty. RFC 4180, UTF-8."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    alone = {one.id for one in told.single}
    rows.writerows(_row(one, single=one.id in alone) for one in told.components)
    return out.getvalue().encode("utf-8", "replace")


def _row(one: ComponentOutlook, *, single: bool) -> Iterator[object]:
    row = _component(one)
    yield harmless(one.id)
    yield harmless(one.name)
    yield harmless(one.plan.owner)
    yield from (row[key] for key in ("likelihood", "outages", "measured_s", "impact"))
    yield "yes" if one.declared else "no"
    yield row["risk"]
    yield "yes" if single else "no"
    yield row["rto_s"]
    yield from (row["repairs"][key] for key in ("median_s", "worst_s", "in_time", "late"))
    yield from (row[key] for key in ("rpo_s", "restore_tested"))
    yield one.rehearsal and stamp(one.rehearsal.at)


# --- Markdown ----------------------------------------------------------------------------------


def as_markdown(snapshot: Snapshot, told: Outlook) -> str:
    """As GitHub reads it, for operators, in the site's first language; links are whole addresses."""
    at = first_context(snapshot).at(PATH, root=f"{address(snapshot.page)}")
    page, write = continuity_page(at, told, public=False), Writer(lambda text: text)
    return "\n\n".join(part for part in _parts(page, write) if part) + "\n"


def _parts(page: ContinuityPage, write: Writer) -> Iterator[str]:
    said = write.text
    yield f"# {said(page.heading)}"
    yield said(page.lead)
    if page.journeys:
        yield f"## {said(page.journeys_heading)}"
        yield _table(write, page.journey_columns, _journeys(page, write))
    yield f"## {said(page.single_heading)}"
    yield "\n".join(f"- **{_link(write, row.link)}** {said(row.told)}" for row in page.single) or said(
        page.no_single
    )
    yield f"## {said(page.risk_heading)}"
    yield _table(write, page.risk_columns, _risks(page, write))
    if page.recoveries:
        yield f"## {said(page.recovery_heading)}"
        yield _table(write, page.recovery_columns, _recoveries(page, write))
    if page.ready:
        yield f"## {said(page.ready_heading)}"
        yield _table(write, page.ready_columns, _ready(page, write))
    yield f"## {said(page.defined)}"
    yield "\n".join(f"- **{said(one.term)}**: {said(one.text)}" for one in page.definitions)


def _journeys(page: ContinuityPage, write: Writer) -> Iterator[list[str]]:
    said = write.text
    for row in page.journeys:
        yield [
            said(row.name.text),
            said(row.state.word),
            said(row.share),
            said(row.measured),
            *([said(row.between)] if page.bounded else []),
            said(row.independent),
            ", ".join(_link(write, to) for to in row.alone),
        ]


def _risks(page: ContinuityPage, write: Writer) -> Iterator[list[str]]:
    said = write.text
    for row in page.risks:
        risk = row.risk.word if row.risk else page.unknown
        yield [_link(write, row.link), said(row.often), said(f"{row.impact} ({row.why})"), said(risk)]


def _recoveries(page: ContinuityPage, write: Writer) -> Iterator[list[str]]:
    said = write.text
    for row in page.recoveries:
        yield [
            _link(write, row.link),
            said(row.aim),
            said(", ".join(filter(None, [row.took, _word(row.state)]))),
            said(row.loss),
            said(row.restored),
            said(_whole(row.drill)),
        ]


def _ready(page: ContinuityPage, write: Writer) -> Iterator[list[str]]:
    said = write.text
    for row in page.ready:
        yield [
            _link(write, row.link),
            said(row.owner),
            said(row.redundancy),
            said(row.fallback.text),
            _link(write, row.runbook) if row.runbook else "",
        ]


def _table(write: Writer, columns: tuple[str, ...], rows: Iterator[list[str]]) -> str:
    return table([write.text(name) for name in columns], list(rows))


def _word(state: StateView | None) -> str:
    return state.word if state else ""


def _whole(told: Phrase | None) -> str:
    return f"{told.before}{told.when.text if told.when else ''}{told.after}" if told else ""


def _link(write: Writer, to: Link) -> str:
    return write.link(to.text, to.href) if to.href else write.text(to.text)
