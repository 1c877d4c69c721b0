"""An incident or a maintenance: as a card of the front page, as a line of the past."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from statuspage.model import (
    NOT_KNOWN_YET,
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    Outage,
    State,
)
from statuspage.views.context import Context, Link, Phrase, StateView, permalink
from statuspage.views.said import Prose, Said, prose, said, stale, worded

FINISHED = (MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    told: tuple[Phrase, ...]
    lang: str = ""  # where it is not the page's


@dataclass(frozen=True, slots=True)
class UpdateView:
    anchor: str
    href: str  # its permanent address
    status: str
    at: Phrase
    prose: Prose
    css: str
    changes: tuple["Affected", ...] = ()  # components whose declared state it changed
    sent_to: str = ""  # `Sent to:`; "" where that is not shown
    sent: tuple[Phrase, ...] = ()  # a target's name, and when


@dataclass(frozen=True, slots=True)
class Affected:
    link: Link
    state: StateView
    told: str  # `Language model: Partial outage`


@dataclass(frozen=True, slots=True)
class Card:
    """An incident or a maintenance with all that is told of it."""

    id: str
    href: str
    title: Said
    pill: StateView  # impact, or a maintenance's status
    when: tuple[Phrase, ...]
    affected: tuple[Affected, ...]
    facts: tuple[Fact, ...]
    workaround: Said
    notes: tuple[str, ...]
    updates: tuple[UpdateView, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """Work announced and not begun."""

    href: str
    title: Said
    month: str
    day: str
    when: str
    components: tuple[Link, ...]
    prose: Prose
    stale: str


@dataclass(frozen=True, slots=True)
class PastLine:
    """`Answers slower than usual lasted 48 minutes, cause: configuration.`"""

    href: str
    title: Said
    pill: StateView
    told: str


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
        title=said(context, incident, "title"),
        pill=context.impact(incident.impact),
        when=tuple(when),
        affected=_affected(context, named.items()),
        facts=tuple(_facts(context, incident)),
        workaround=_workaround(context, incident) if incident.open else Said(""),
        notes=tuple(_notes(context, incident)),
        updates=updates(context, incident),
    )


def _workaround(context: Context, incident: Incident) -> Said:
    """What the incident says, else what is configured for the first of its components in trouble that has anything."""
    if incident.workaround:
        return said(context, incident, "workaround")
    troubled = (
        id_ for id_, state in incident.components.items() if state.severity > State.MAINTENANCE.severity
    )
    plans = (component.plan for id_ in troubled if (component := context.snapshot.component(id_)))
    fallback = next((plan.fallback for plan in plans if plan.fallback), {})
    return worded(context, fallback)


def maintenance_card(context: Context, work: Maintenance) -> Card:
    return Card(
        id=work.id,
        href=context.incident_href(work.id),
        title=said(context, work, "title"),
        pill=StateView("mnt", context.status(work.status)),
        when=(
            Phrase(window(context, work)),
            *(context.phrase(context._("then again: {time}"), later.start) for later in work.later[:1]),
        ),
        affected=_affected(
            context, [(key, work.worst.get(key, State.MAINTENANCE)) for key in work.components]
        ),
        facts=(),
        workaround=Said(""),
        notes=tuple(_old(context, work)),
        updates=updates(context, work),
    )


def planned(context: Context, work: Maintenance) -> Planned:
    day = work.start.astimezone(context.language.zone).date()
    return Planned(
        href=context.incident_href(work.id),
        title=said(context, work, "title"),
        month=context.language.short_month(day),
        day=context.language.number(day.day),
        when=window(context, work),
        components=context.names(work.components),
        prose=prose(context, work.updates[0]),
        stale=stale(context) if work.stale else "",
    )


def ended(one: Incident | Maintenance) -> bool:
    """Neither open nor planned: what is told of it is of the past."""
    return not one.open if isinstance(one, Incident) else one.status in FINISHED


def meanwhile(one: Incident | Maintenance, outage: Outage) -> bool:
    """Whether the two overlap."""
    begin, until = (one.started, one.resolved) if isinstance(one, Incident) else (one.start, one.end)
    return (until is None or outage.start < until) and (outage.end is None or outage.end > begin)


def past_line(context: Context, one: Incident | Maintenance) -> PastLine:
    if isinstance(one, Maintenance):
        pill = StateView("mnt", context.status(one.status))
        told = f"{pill.word} · {context.language.duration(one.end - one.start)}"
    else:
        pill, told = context.impact(one.impact), _past(context, one)
    told = f"{told} · {stale(context)}" if one.stale else told
    return PastLine(context.incident_href(one.id), said(context, one, "title"), pill, told)


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
    if incident.open:
        yield _fact(_("Cause"), said(context, incident, "cause"), _("Not known yet"))
        yield _fact(_("What we are doing"), said(context, incident, "doing"), _("Not said yet"))
        back = [_expected(context, "{time}", incident.eta)]
        if incident.next_update not in (None, NOT_KNOWN_YET):
            back.append(_expected(context, _("next update by {time}"), incident.next_update))
        yield Fact(_("Expected back"), tuple(back))
    elif incident.cause:
        kind, cause = context.cause_class(incident.cause_class), said(context, incident, "cause")
        told = f"{cause.text} ({kind})" if kind else cause.text
        yield Fact(_("Cause"), (Phrase(told),), cause.lang)


def _fact(label: str, told: Said, unknown: str) -> Fact:
    return Fact(label, (Phrase(told.text or unknown),), told.lang)


def _expected(context: Context, sentence: str, at: datetime | str | None) -> Phrase:
    if isinstance(at, datetime):
        return context.phrase(sentence, at)
    word = context._("Not known yet") if at in (None, NOT_KNOWN_YET) else str(at)
    return Phrase(sentence.format(time=word))


def _notes(context: Context, incident: Incident) -> Iterable[str]:
    _ = context._
    yield from _old(context, incident)
    due = incident.next_update
    if incident.open and isinstance(due, datetime) and due <= context.now:
        yield _("The next update was due {time}.").format(time=context.language.moment(due, context.now))
    if incident.open and incident.components and set(incident.components.values()) == {State.OPERATIONAL}:
        yield _("The components it names are operational again; the incident is still open.")


def _old(context: Context, one: Incident | Maintenance) -> Iterable[str]:
    """What is not as new as the file."""
    if one.stale:
        yield stale(context)
    if any(said(context, one, field).older for field in ("title", "cause", "doing", "workaround")):
        yield context._("The original was edited after this translation.")


def _affected(context: Context, named: Iterable[tuple[str, State]]) -> tuple[Affected, ...]:
    pairs = ((context.names([key])[0], context.state(state)) for key, state in named)
    return tuple(Affected(link, state, context.labelled(link.text, state.word)) for link, state in pairs)


def updates(context: Context, one: Incident | Maintenance) -> tuple[UpdateView, ...]:
    """Newest first."""
    before: dict[str, State] = {}
    told = []
    for n, update in reversed(list(enumerate(one.updates))):
        changed = {key: state for key, state in update.components.items() if before.get(key) is not state}
        before |= update.components
        sent = context.snapshot.deliveries.get((one.id, update.number), ())
        told.append(
            UpdateView(
                anchor=permalink(update.number),
                href=f"{context.incident_href(one.id)}#{permalink(update.number)}",
                status=context.status(update.status),
                at=context.phrase("{time}", update.at, "ago" if n == 0 else ""),
                prose=prose(context, update),
                css=_dot(update.status),
                changes=_affected(context, changed.items()),
                sent_to=context._("Sent to:") if sent else "",
                sent=tuple(Phrase(f"{name} ", context.when(at)) for name, at in sent),
            )
        )
    return tuple(reversed(told))


def _dot(status: str) -> str:
    """The colour of an update's dot: it is over, it is being worked on, or it is looked into."""
    if status in (IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM, *FINISHED):
        return "ok"
    if status in (IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING):
        return "par" if status == IncidentStatus.IDENTIFIED else "deg"
    return "mnt" if status in list(MaintenanceStatus) else "plain"
