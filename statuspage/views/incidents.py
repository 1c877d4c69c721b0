"""An incident or a maintenance: as a card of the front page, as a line of the past, on its own page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from statuspage.model import (
    NOT_KNOWN_YET,
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    State,
    Update,
)
from statuspage.views.components import OutageRow, outage_row
from statuspage.views.context import Context, Link, Phrase, StateView, permalink
from statuspage.views.frame import Frame, frame

FINISHED = (MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    told: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class UpdateView:
    anchor: str
    href: str  # its permanent address
    status: str
    at: Phrase
    html: str  # sanitised by the reader of incidents: the one text that templates do not escape
    css: str


@dataclass(frozen=True, slots=True)
class Affected:
    link: Link
    state: StateView


@dataclass(frozen=True, slots=True)
class Card:
    """An incident or a maintenance with all that is told of it."""

    id: str
    href: str
    title: str
    pill: StateView  # impact, or a maintenance's status
    when: tuple[Phrase, ...]
    affected: tuple[Affected, ...]
    facts: tuple[Fact, ...]
    workaround: str
    notes: tuple[str, ...]
    updates: tuple[UpdateView, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """Work announced and not begun."""

    href: str
    title: str
    month: str
    day: str
    when: str
    components: tuple[Link, ...]
    html: str  # sanitised
    stale: str


@dataclass(frozen=True, slots=True)
class PastLine:
    """`Answers slower than usual lasted 48 minutes, cause: configuration.`"""

    href: str
    title: str
    pill: StateView
    told: str


@dataclass(frozen=True, slots=True)
class IncidentPage:
    frame: Frame
    card: Card
    status: str
    tags: tuple[str, ...]
    seen: tuple[OutageRow, ...]
    seen_names: tuple[str, ...]  # the component of each of `seen`


def incident_card(context: Context, incident: Incident) -> Card:
    _ = context._
    when = [context.phrase(_("Started {time}"), incident.started, "ago" if incident.open else "")]
    if incident.resolved:
        lasted = context.language.duration(incident.resolved - incident.started)
        when.append(context.phrase(_("resolved {time}"), incident.resolved))
        when.append(Phrase(_("lasted {duration}").format(duration=lasted)))
    named = incident.components if incident.open else incident.worst
    return Card(
        id=incident.id,
        href=context.incident_href(incident.id),
        title=incident.title,
        pill=context.impact(incident.impact),
        when=tuple(when),
        affected=_affected(context, named.items()),
        facts=tuple(_facts(context, incident)),
        workaround=incident.workaround,
        notes=tuple(_notes(context, incident)),
        updates=_updates(context, incident.id, incident.updates),
    )


def maintenance_card(context: Context, work: Maintenance) -> Card:
    return Card(
        id=work.id,
        href=context.incident_href(work.id),
        title=work.title,
        pill=StateView("mnt", context.status(work.status)),
        when=(Phrase(window(context, work)),),
        affected=_affected(
            context, [(key, work.worst.get(key, State.MAINTENANCE)) for key in work.components]
        ),
        facts=(),
        workaround="",
        notes=(_stale(context),) if work.stale else (),
        updates=_updates(context, work.id, work.updates),
    )


def planned(context: Context, work: Maintenance) -> Planned:
    day = work.start.astimezone(context.language.zone).date()
    return Planned(
        href=context.incident_href(work.id),
        title=work.title,
        month=context.language.short_month(day),
        day=context.language.number(day.day),
        when=window(context, work),
        components=context.names(work.components),
        html=work.updates[0].html,
        stale=_stale(context) if work.stale else "",
    )


def past_line(context: Context, one: Incident | Maintenance) -> PastLine:
    if isinstance(one, Maintenance):
        pill = StateView("mnt", context.status(one.status))
        told = f"{pill.word} · {context.language.duration(one.end - one.start)}"
    else:
        pill, told = context.impact(one.impact), _past(context, one)
    told = f"{told} · {_stale(context)}" if one.stale else told
    return PastLine(context.incident_href(one.id), one.title, pill, told)


def incident_page(context: Context, one: Incident | Maintenance) -> IncidentPage:
    card = incident_card(context, one) if isinstance(one, Incident) else maintenance_card(context, one)
    begin, end = (one.started, one.resolved) if isinstance(one, Incident) else (one.start, one.end)
    named = [*one.worst, *(key for key in one.components if key not in one.worst)]
    seen = [
        (component.name, outage_row(context, outage))
        for component in (context.snapshot.component(key) for key in named)
        if component
        for outage in component.outages
        if _overlap(outage.start, outage.end, begin, end)
    ]
    return IncidentPage(
        frame=frame(context, one.title),
        card=card,
        status=context.status(one.status),
        tags=one.tags if isinstance(one, Incident) else (),
        seen=tuple(row for _, row in seen),
        seen_names=tuple(name for name, _ in seen),
    )


def window(context: Context, work: Maintenance) -> str:
    """`Thursday, 26 November 2026, 02:00 to 03:30 UTC`."""
    language = context.language
    first, last = (at.astimezone(language.zone).date() for at in (work.start, work.end))
    same = first == last
    same_zone = language.zone_name(work.start) == language.zone_name(work.end)
    start = language.time(work.start, zone=not (same and same_zone))
    end = language.time(work.end)
    if same:
        words = context._("{day}, {start} to {end}")
        return words.format(day=language.weekday(first), start=start, end=end)
    words = context._("{day}, {start} to {last_day}, {end}")
    return words.format(day=language.weekday(first), start=start, last_day=language.weekday(last), end=end)


def _past(context: Context, incident: Incident) -> str:
    _ = context._
    if incident.resolved is None:
        return _("still open") + f" · {context.status(incident.status)}"
    lasted = context.language.duration(incident.resolved - incident.started)
    told = _("lasted {duration}").format(duration=lasted)
    if cause := context.cause_class(incident.cause_class):
        told = f"{told} · " + _("cause: {cause}").format(cause=cause)
    if incident.status is IncidentStatus.POSTMORTEM:
        told = f"{told} · " + _("post-incident report published")
    return told


def _facts(context: Context, incident: Incident) -> Iterable[Fact]:
    """Cause, what we are doing, when it is back: an open incident says of each that it is not known."""
    _ = context._
    unknown = Phrase(_("Not known yet"))
    if incident.open:
        yield Fact(_("Cause"), (Phrase(incident.cause),) if incident.cause else (unknown,))
        doing = Phrase(incident.doing) if incident.doing else Phrase(_("Not said yet"))
        yield Fact(_("What we are doing"), (doing,))
        back = [_expected(context, "{time}", incident.eta)]
        if incident.next_update not in (None, NOT_KNOWN_YET):
            back.append(_expected(context, _("next update by {time}"), incident.next_update))
        yield Fact(_("Expected back"), tuple(back))
    elif incident.cause:
        kind = context.cause_class(incident.cause_class)
        yield Fact(_("Cause"), (Phrase(f"{incident.cause} ({kind})" if kind else incident.cause),))


def _expected(context: Context, sentence: str, at: datetime | str | None) -> Phrase:
    if isinstance(at, datetime):
        return context.phrase(sentence, at)
    word = context._("Not known yet") if at in (None, NOT_KNOWN_YET) else str(at)
    return Phrase(sentence.format(time=word))


def _notes(context: Context, incident: Incident) -> Iterable[str]:
    if incident.stale:
        yield _stale(context)
    if incident.open and incident.components and set(incident.components.values()) == {State.OPERATIONAL}:
        yield context._("The components it names are operational again; the incident is still open.")


def _stale(context: Context) -> str:
    return context._("The newest edit of this file could not be read: this is its last good version.")


def _affected(context: Context, named: Iterable[tuple[str, State]]) -> tuple[Affected, ...]:
    return tuple(Affected(context.names([key])[0], context.state(state)) for key, state in named)


def _updates(context: Context, id: str, updates: Iterable[Update]) -> tuple[UpdateView, ...]:
    return tuple(
        UpdateView(
            anchor=permalink(update.number),
            href=f"{context.incident_href(id)}#{permalink(update.number)}",
            status=context.status(update.status),
            at=context.phrase("{time}", update.at, "ago" if n == 0 else ""),
            html=update.html,
            css=_dot(update.status),
        )
        for n, update in enumerate(updates)
    )


def _dot(status: str) -> str:
    """The colour of an update's dot: it is over, it is being worked on, or it is looked into."""
    if status in (IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM, *FINISHED):
        return "ok"
    if status in (IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING):
        return "par" if status == IncidentStatus.IDENTIFIED else "deg"
    return "mnt" if status in list(MaintenanceStatus) else "plain"


def _overlap(start: datetime, end: datetime | None, begin: datetime, until: datetime | None) -> bool:
    return (until is None or start < until) and (end is None or end > begin)
