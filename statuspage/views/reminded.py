"""What operators are reminded of, in their language."""

from dataclasses import dataclass

from statuspage.causes import CODES
from statuspage.model import ComponentStatus, Incident, Maintenance
from statuspage.news import Reminder
from statuspage.news.reminders import burning, of_window
from statuspage.notices import Notice
from statuspage.views.context import Context
from statuspage.views.incidents import window
from statuspage.views.said import Said, said


@dataclass(frozen=True, slots=True)
class Reminded:
    title: Said | None  # None: the component's name
    what: str
    mend: str


def reminded(
    context: Context,
    notice: Notice,
    one: Incident | Maintenance | None,
    component: ComponentStatus | None,
) -> Reminded:
    """What it is about is not there any more: the notice's own words."""
    title = said(context, one, "title") if one else None
    if notice.code == Reminder.TOMORROW:
        return _tomorrow(context, notice, one)
    if one is not None:
        return Reminded(title, _of_incident(context, notice, one), _mend(context, notice))
    if component is not None:
        return Reminded(None, _of_component(context, notice, component), _mend(context, notice))
    return Reminded(title, notice.what, notice.mend)


def _of_incident(context: Context, notice: Notice, one: Incident | Maintenance) -> str:
    _ = context._
    since = context.when(notice.began or notice.at).text
    if notice.code == Reminder.UPDATE:
        return _("The next update was due {time}.").format(time=since)
    if notice.code == Reminder.END:
        return _("All that it names has worked since {time}, and it is still open.").format(time=since)
    late = [a for a in one.actions if a.late(context.now.date())] if isinstance(one, Incident) else []
    names = context.language.names([f"{a.text} ({a.owner})" if a.owner else a.text for a in late])
    return _("Late, of what the report says is to be done: {actions}").format(actions=names)


def _of_component(context: Context, notice: Notice, component: ComponentStatus) -> str:
    _ = context._
    if notice.code == Reminder.INCIDENT:
        since = context.when(notice.began or notice.at).text
        return _("It has been failing since {time}, and no incident tells of it.").format(time=since)
    if notice.code == Reminder.BURNING:
        return _burning(context, component)
    left = component.measures.get("days_left")
    if left is not None:
        return context.language.ngettext(
            "Its certificate or its domain runs out: {count} day is left.",
            "Its certificate or its domain runs out: {count} days are left.",
            max(0, int(left)),
        )
    known = CODES.get(component.code)
    return f"{_(known.operators)}." if known else notice.what


def _burning(context: Context, component: ComponentStatus) -> str:
    burn = burning(component.budget) if component.budget else None
    rate = context.language.number(burn.rate) if burn else "1"
    sentence = context._("Its error budget is spent more than {rate} times as fast as the objective allows.")
    return sentence.format(rate=rate)


def _tomorrow(context: Context, notice: Notice, one: Incident | Maintenance | None) -> Reminded:
    """The window may be one of those that come after the one that the page shows."""
    works = (later for work in context.snapshot.maintenances for later in (work, *work.later))
    work = next((work for work in works if work.id == notice.subject), None)
    if work is None:
        return Reminded(None, notice.what, notice.mend)
    what = context.labelled(context._("Tomorrow"), window(context, work))
    return Reminded(said(context, work, "title"), what, _mend(context, notice))


def _mend(context: Context, notice: Notice) -> str:
    _ = context._
    id_ = notice.subject
    sentence, command = {
        Reminder.UPDATE: (
            _("Write an update, and say when the next one comes: {command}"),
            f"statuspage incident update {id_}",
        ),
        Reminder.END: (_("If it is over, say so: {command}"), f"statuspage incident resolve {id_}"),
        Reminder.INCIDENT: (
            _("Tell your readers: {command}"),
            f"statuspage incident open --component {id_}",
        ),
        Reminder.ACTION: (_("Do it and mark it [x], or move its date."), ""),
        Reminder.EXPIRY: (_("Renew it, and look at why that did not happen by itself."), ""),
        Reminder.BURNING: (_("Look at what fails, and hold risky changes back until it is calm."), ""),
        Reminder.TOMORROW: (
            _("If it does not take place, say so: {command}"),
            f"statuspage maintenance cancel {of_window(id_)}",
        ),
    }[Reminder(notice.code)]
    return sentence.format(command=command)
