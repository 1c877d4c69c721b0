"""An incident's or a maintenance's own page: what people wrote beside what the checks saw, and how long it all took."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from statuspage.analytics import course
from statuspage.model import ComponentStatus, Incident, IncidentStatus, Maintenance, Outage, State
from statuspage.views.again import Again, again
from statuspage.views.components import OutageRow, outage_row, told_outages
from statuspage.views.context import Context, Link, Phrase, StateView, When, happened
from statuspage.views.frame import Frame, frame
from statuspage.views.history import month_path
from statuspage.views.incidents import (
    Card,
    Fact,
    UpdateView,
    ended,
    incident_card,
    maintenance_card,
    meanwhile,
)
from statuspage.views.said import said

MOST = 40  # of the checks' moments in the timeline; more of them are in the table alone


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: an update, or what the checks saw."""

    update: UpdateView | None = None
    report: bool = False  # the update is the report, told further down
    at: When | None = None  # of what the checks saw
    state: StateView | None = None
    told: str = ""  # `Language model: Partial outage`
    seen: str = ""


@dataclass(frozen=True, slots=True)
class IncidentPage:
    frame: Frame
    crumbs: tuple[Link, ...]
    card: Card
    status: str
    begun: bool  # a maintenance that is only planned has not
    tags: tuple[str, ...]
    times: tuple[Fact, ...]
    times_note: str
    moments: tuple[Moment, ...]  # newest first
    moments_note: str  # said where the checks saw too much for the timeline, "" else
    reports: tuple[UpdateView, ...]  # oldest first
    report_note: str
    seen: tuple[OutageRow, ...]
    seen_names: tuple[str, ...]  # the component of each of `seen`
    again: Again | None  # None: it is the first of its kind
    calendar: Link | None
    older: Link | None
    newer: Link | None


def incident_page(context: Context, one: Incident | Maintenance) -> IncidentPage:
    card = incident_card(context, one) if isinstance(one, Incident) else maintenance_card(context, one)
    seen = [
        (c.name, outage) for c in _named(context, one) for outage in c.witnessed if meanwhile(one, outage)
    ]
    table = [
        (c.name, *told) for c in _named(context, one) for told in told_outages(c) if meanwhile(one, told[0])
    ]
    reports = [u for u, told in zip(card.updates, one.updates, strict=True) if _is_report(told.status)]
    older, newer = _neighbours(context, one)
    return IncidentPage(
        frame=frame(context, card.title.text, present=not ended(one)),
        crumbs=_crumbs(context, one),
        card=card,
        status=context.status(one.status),
        begun=happened(one) <= context.now,
        tags=one.tags if isinstance(one, Incident) else (),
        times=tuple(_times(context, one, [outage for _, outage in seen]))
        if isinstance(one, Incident)
        else (),
        times_note=context._(
            "Counted from the first failing check, or from the start that the report names when that is earlier."
        ),
        moments=_moments(context, one, card, seen),
        moments_note=_moments_note(context, seen),
        reports=tuple(reversed(reports)),
        report_note=_late(context, one) if isinstance(one, Incident) else "",
        seen=tuple(outage_row(context, outage, annulled=annulled) for _, outage, annulled in table),
        seen_names=tuple(name for name, *_ in table),
        again=again(context, one) if isinstance(one, Incident) else None,
        calendar=_calendar(context, one),
        older=older,
        newer=newer,
    )


def _named(context: Context, one: Incident | Maintenance) -> list[ComponentStatus]:
    """Its components that are on the page."""
    named = [*one.worst, *(key for key in one.components if key not in one.worst)]
    return [component for key in named if (component := context.snapshot.component(key))]


def _is_report(status: str) -> bool:
    return status == IncidentStatus.POSTMORTEM


# --- how long it took ----------------------------------------------------------------------------


def _times(context: Context, incident: Incident, outages: Sequence[Outage]) -> Iterator[Fact]:
    _ = context._
    went = course(incident, outages)
    if went.detected is None:
        yield Fact(_("Seen by the checks"), (Phrase(_("Not at all")),))
    else:
        yield Fact(_("Seen by the checks"), _after(context, went.began, went.detected))
    if went.told is None:
        yield Fact(_("First public word"), (Phrase(_("Only when it was over")),))
    else:
        yield Fact(_("First public word"), _after(context, went.began, went.told))
    if went.repaired is None:
        yield Fact(_("Repaired"), (Phrase(_("Not yet")),))
    else:
        yield Fact(_("Repaired"), _after(context, went.began, went.repaired))


def _after(context: Context, began: datetime, at: datetime) -> tuple[Phrase, ...]:
    """`after 12 min`, and the moment."""
    if at <= began:
        return Phrase(context._("At once")), context.phrase("{time}", at)
    told = context._("After {duration}").format(duration=context.language.duration(at - began))
    return Phrase(told), context.phrase("{time}", at)


# --- what happened -------------------------------------------------------------------------------


def _moments(
    context: Context, one: Incident | Maintenance, card: Card, seen: Sequence[tuple[str, Outage]]
) -> tuple[Moment, ...]:
    """Of what happened at once, people's words stand above what the checks saw."""
    told = [
        (update.at, 1, Moment(view, _is_report(update.status)))
        for update, view in zip(one.updates, card.updates, strict=True)
    ]
    checks = [moment for name, outage in seen for moment in _changes(context, name, outage)]
    shown = checks if len(checks) <= MOST else []
    moments = sorted([*reversed(told), *shown], key=lambda moment: moment[:2])
    return tuple(moment for *_, moment in reversed(moments))


def _changes(context: Context, name: str, outage: Outage) -> Iterator[tuple[datetime, int, Moment]]:
    def moment(at: datetime, state: State, seen: str) -> tuple[datetime, int, Moment]:
        view = context.state(state)
        told = context.labelled(name, view.word)
        return at, 0, Moment(at=context.when(at), state=view, told=told, seen=seen)

    yield moment(outage.start, outage.state, context.witnessed(outage.code, outage.detail))
    if outage.end is not None:
        yield moment(outage.end, State.OPERATIONAL, "")


def _moments_note(context: Context, seen: Sequence[tuple[str, Outage]]) -> str:
    changes = sum(1 if outage.end is None else 2 for _, outage in seen)
    if changes <= MOST:
        return ""
    return context._("The checks saw it change {count} times: the table below has them all.").format(
        count=context.language.number(changes)
    )


# --- around it -----------------------------------------------------------------------------------


def _late(context: Context, incident: Incident) -> str:
    today = context.now.astimezone(context.language.zone).date()
    late = [action for action in incident.actions if action.late(today)]
    if not late:
        return ""
    return context.language.ngettext(
        "{count} action of this report is late.", "{count} actions of this report are late.", len(late)
    )


def _crumbs(context: Context, one: Incident | Maintenance) -> tuple[Link, ...]:
    month = happened(one).astimezone(context.language.zone).date().replace(day=1)
    return (
        Link(f"{context.root}history/", context._("History")),
        Link(f"{context.root}{month_path(month)}", context.language.month(month)),
    )


def _calendar(context: Context, one: Incident | Maintenance) -> Link | None:
    if not isinstance(one, Maintenance) or one.end <= context.now:
        return None
    return Link(f"{context.site}maintenance.ics", context._("Add to calendar"))


def _neighbours(context: Context, one: Incident | Maintenance) -> tuple[Link | None, Link | None]:
    """What came before it and what after it, by their starts."""
    older, newer = context.around[one.id]
    return _to(context, context._("Before: {title}"), older), _to(context, context._("After: {title}"), newer)


def _to(context: Context, words: str, id: str) -> Link | None:
    if not id:
        return None
    title = said(context, context.written[id], "title").text
    return Link(context.incident_href(id), words.format(title=title))
