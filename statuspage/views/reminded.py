"""What operators are reminded of, in their language."""

from dataclasses import dataclass

from statuspage.foresight import warnings
from statuspage.model import ComponentStatus, Incident, Maintenance
from statuspage.news import Reminder
from statuspage.news.reminders import of_window
from statuspage.notices import Notice
from statuspage.views.context import Context
from statuspage.views.early import sentence
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
    standing = (one for one in warnings(context.snapshot) if one.component == component.id)
    warned = next((one for one in standing if one.kind == notice.code), None)
    return sentence(context, component, warned) if warned else notice.what


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
        Reminder.SLOWER: (_("Look at what has grown since then: load, data, prompts, a release."), ""),
        Reminder.FLAKED: (
            _("Look at what the failing attempts meet: {command}"),
            f"statuspage probe --explain {id_}",
        ),
        Reminder.TOKENS: (_("Ask whoever runs the model, or look at the load of your own machine."), ""),
        Reminder.EXPIRY: (_("Renew it, and look at why that did not happen by itself."), ""),
        Reminder.BURNING: (_("Look at what fails, and hold risky changes back until it is calm."), ""),
        Reminder.TOMORROW: (
            _("If it does not take place, say so: {command}"),
            f"statuspage maintenance cancel {of_window(id_)}",
        ),
    }[Reminder(notice.code)]
    return sentence.format(command=command)
