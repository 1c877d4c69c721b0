"""What happened, by the kind of notice: what comes first, in which words, with which answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from statuspage.causes import CODES
from statuspage.model import (
    ComponentStatus,
    Incident,
    Maintenance,
    MaintenanceStatus,
    State,
    Update,
)
from statuspage.news import Reminder
from statuspage.notices import Audience, Notice, NoticeKind
from statuspage.views.again import again_lines
from statuspage.views.context import Context, Link, Phrase, StateView
from statuspage.views.incidents import Affected, Fact, incident_card, maintenance_card, window
from statuspage.views.reminded import reminded
from statuspage.views.said import Said, said

NO_WORDS = Said("")


@dataclass(frozen=True, slots=True)
class Told:
    word: str  # comes first: `Major outage`, `Resolved`
    css: str
    title: Said
    href: str  # from the front page of the language
    lines: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    workaround: Said = NO_WORDS
    affected: tuple[Affected, ...] = ()
    gist: str = ""  # one sentence for the short form


def told(context: Context, notice: Notice, audience: Audience) -> Told:
    if notice.kind is NoticeKind.TEST:
        return _test(context)
    if notice.kind is NoticeKind.REMINDER:
        return _reminder(context, notice)
    if notice.kind is NoticeKind.RECOVERY:
        return _recovery(context, notice, audience)
    # A component may have the same id as an incident: an outage is never about what people wrote.
    one = None if notice.kind is NoticeKind.OUTAGE else context.written.get(notice.subject)
    if isinstance(one, Incident):
        return _incident(context, notice, one, audience)
    if isinstance(one, Maintenance):
        return _maintenance(context, notice, one)
    return _outage(context, notice, audience)


def _test(context: Context) -> Told:
    sentence = context._(
        "This is a test message of {name}. Nothing has happened, and nothing needs to be done."
    ).format(name=context.snapshot.page.name)
    return Told(context._("Test message"), "plain", Said(""), "", (sentence,), gist=sentence)


# --- what the checks saw -------------------------------------------------------------------------


def _outage(context: Context, notice: Notice, audience: Audience) -> Told:
    _ = context._
    state = context.state(notice.impact)
    cause = _cause(context, notice, audience)
    lines = [_since(context, notice)]
    if notice.key != notice.thread:
        lines.append(_("It has become worse since {time}.").format(time=context.when(notice.at).text))
    if notice.unstable:
        lines.append(_("It comes and goes: the next word comes once it has been steady for half an hour."))
    lines += _what_now(context, notice)
    return Told(
        word=_("Unstable") if notice.unstable else state.word,
        css=state.css,
        title=Said(_name(context, notice.subject)),
        href=_component_href(context, notice.subject),
        lines=tuple(lines),
        facts=tuple(_causes(context, cause)),
        affected=_components(context, notice, audience),
        gist=cause,
    )


def _recovery(context: Context, notice: Notice, audience: Audience) -> Told:
    _ = context._
    lasted = _lasted(context, notice)
    return Told(
        word=_("Working again") if notice.ended else _("False alarm"),
        css=context.state(State.OPERATIONAL).css,
        title=Said(_name(context, notice.subject)),
        href=_component_href(context, notice.subject),
        lines=(lasted,),
        facts=tuple(_causes(context, _cause(context, notice, audience))) if notice.ended else (),
        affected=_components(context, notice, audience),
        gist=lasted,
    )


def _lasted(context: Context, notice: Notice) -> str:
    if notice.ended is None or notice.began is None:
        return context._("A person has looked at it: there was no outage.")
    return context._("The trouble lasted from {start} to {end} ({duration}).").format(
        start=context.when(notice.began).text,
        end=context.when(notice.ended).text,
        duration=context.language.duration(notice.ended - notice.began),
    )


def _since(context: Context, notice: Notice) -> str:
    """`Started 22 November, 14:05 UTC`."""
    return _plain(context.phrase(context._("Started {time}"), notice.began or notice.at))


def _what_now(context: Context, notice: Notice) -> Iterator[str]:
    """Who tells the rest; it may be over by the time that somebody hears of it."""
    _ = context._
    told_of = [i for i in context.snapshot.open_incidents if notice.subject in i.worst]
    if notice.ended:
        yield _lasted(context, notice)
    elif told_of:
        yield _("Open incident: {title}").format(title=said(context, told_of[0], "title").text)
    else:
        yield _(
            "Our checks found this by themselves. What is being done, and when it should be back, is not known yet."
        )


def _cause(context: Context, notice: Notice, audience: Audience) -> str:
    """What the page says of it; operators read what is for them, and the evidence in its own language."""
    known = CODES.get(notice.code)
    if audience is Audience.PUBLIC or known is None:
        return context.witnessed(notice.code, notice.detail)
    sentence = context._(known.operators)
    return context.labelled(sentence, notice.detail) if notice.detail else sentence


def _causes(context: Context, cause: str) -> Iterator[Fact]:
    if cause:
        yield Fact(context._("Cause"), (Phrase(cause),))


def _components(context: Context, notice: Notice, audience: Audience) -> tuple[Affected, ...]:
    """With their present states; those that are not on the page for operators alone."""
    known = (_component(context, id_) for id_ in notice.components)
    public = {c.id for c in context.snapshot.components}
    shown = [c for c in known if c and (c.id in public or audience is Audience.OPERATORS)]
    return tuple(_affected(context, c.name, context.state(c.state)) for c in shown)


def _affected(context: Context, name: str, state: StateView) -> Affected:
    return Affected(Link("", name), state, context.labelled(name, state.word))


def _component(context: Context, id_: str) -> ComponentStatus | None:
    everything: Iterable[ComponentStatus] = (*context.snapshot.components, *context.snapshot.hidden)
    return next((c for c in everything if c.id == id_), None)


def _name(context: Context, id_: str) -> str:
    known = _component(context, id_)
    return known.name if known else id_


def _component_href(context: Context, id_: str) -> str:
    """Its page; the front page where it has none."""
    return context.component_href(id_) if context.snapshot.component(id_) else ""


# --- what people wrote ---------------------------------------------------------------------------


def _incident(context: Context, notice: Notice, incident: Incident, audience: Audience) -> Told:
    """Whether it came again is for those who mend it; readers find it on the page."""
    card = incident_card(context, incident)
    state = context.state(notice.impact)
    update = _newest(incident, notice)
    opened = notice.kind is NoticeKind.INCIDENT and _troubled(notice.impact)
    back = next((fact for fact in card.facts if fact.label == context._("Expected back")), None)
    doing = context.labelled(back.label, _text(back)) if back else ""
    over = notice.kind is NoticeKind.RESOLVED
    return Told(
        word=state.word if opened else context.status(update.status),
        css=context.state(State.OPERATIONAL).css
        if over
        else state.css
        if _troubled(notice.impact)
        else "plain",
        title=card.title,
        href=card.href,
        lines=(
            " · ".join(_plain(phrase) for phrase in card.when),
            *(again_lines(context, incident) if audience is Audience.OPERATORS else ()),
        ),
        facts=card.facts,
        workaround=card.workaround,
        affected=card.affected,
        gist=doing or (_plain(card.when[-1]) if over else ""),
    )


def _maintenance(context: Context, notice: Notice, work: Maintenance) -> Told:
    card = maintenance_card(context, work)
    times = window(context, work)
    return Told(
        word=_maintenance_word(context, notice, work),
        css=context.state(State.OPERATIONAL if _is_over(notice) else State.MAINTENANCE).css,
        title=card.title,
        href=card.href,
        lines=tuple(_plain(phrase) for phrase in card.when),
        affected=card.affected,
        gist=times,
    )


def _maintenance_word(context: Context, notice: Notice, work: Maintenance) -> str:
    _ = context._
    if notice.kind is NoticeKind.MAINTENANCE_ANNOUNCED:
        return _("Planned maintenance") if notice.number else _("New time for maintenance")
    if notice.kind is NoticeKind.MAINTENANCE_STARTED:
        return _("Maintenance has begun")
    if notice.kind is NoticeKind.MAINTENANCE_ENDED:
        return _("Maintenance is over")
    status = _newest(work, notice).status
    return _("Planned maintenance") if status == MaintenanceStatus.SCHEDULED else context.status(status)


def _is_over(notice: Notice) -> bool:
    return notice.kind is NoticeKind.MAINTENANCE_ENDED


def _newest(one: Incident | Maintenance, notice: Notice) -> Update:
    return next((update for update in one.updates if update.number == notice.number), one.updates[0])


def _troubled(state: State) -> bool:
    return state.severity > State.MAINTENANCE.severity


def _text(fact: Fact) -> str:
    return " · ".join(_plain(phrase) for phrase in fact.told)


def _plain(phrase: Phrase) -> str:
    return f"{phrase.before}{phrase.when.text if phrase.when else ''}{phrase.after}"


# --- what operators owe --------------------------------------------------------------------------

_OF_WRITTEN = frozenset({Reminder.UPDATE, Reminder.END, Reminder.ACTION, Reminder.TOMORROW})


def _reminder(context: Context, notice: Notice) -> Told:
    one = context.written.get(notice.subject) if notice.code in _OF_WRITTEN else None
    component = _component(context, notice.subject) if notice.subject in notice.components else None
    told_of = reminded(context, notice, one, None if one else component)
    href = context.incident_href(one.id) if one else _component_href(context, notice.subject)
    title = told_of.title or Said(component.name if component else notice.subject)
    lines = tuple(line for line in (told_of.what, told_of.mend) if line)
    return Told(context._("Reminder"), "plain", title, href, lines, gist=told_of.what)
