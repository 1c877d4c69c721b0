"""What a chat window says of the page: one sentence, its cause, when it is over, what to do meanwhile."""

from dataclasses import dataclass

from statuspage.model import (
    ComponentStatus,
    Incident,
    Maintenance,
    MaintenanceStatus,
    State,
)
from statuspage.views.brief import Brief, absolute, brief
from statuspage.views.context import Context
from statuspage.views.headline import sentence

RUNNING = (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)


@dataclass(frozen=True, slots=True)
class Words:
    """The widget's labels."""

    cause: str
    back: str
    workaround: str
    more: str
    stale: str  # instead of the sentence, once it is past
    last: str  # before the sentence then


@dataclass(frozen=True, slots=True)
class Widget:
    state: State  # the snapshot's
    sentence: str
    about: Brief
    measured: str  # ISO, "" when nothing was measured
    until: str  # ISO: from then on all of this is past
    words: Words


def widget(context: Context) -> Widget:
    snapshot = context.snapshot
    return Widget(
        state=snapshot.state,
        sentence=sentence(context),
        about=_about(context),
        measured=context.when(snapshot.measured).iso if snapshot.measured else "",
        until=context.when(snapshot.valid_until).iso if snapshot.valid_until else "",
        words=_words(context),
    )


def _words(context: Context) -> Words:
    _, measured = context._, context.snapshot.measured
    return Words(
        cause=_("Cause"),
        back=_("Expected back"),
        workaround=_("What you can do"),
        more=_("All details"),
        stale=_("Status not known at present"),
        last=_("Last measured {time}").format(time=context.language.full_moment(measured))
        if measured
        else "",
    )


def _about(context: Context) -> Brief:
    """What there is to say beside the sentence, and only of what the sentence speaks of."""
    subject = _subject(context)
    if subject is None:
        return Brief("", absolute(context), "", "", "", "", "")
    if isinstance(subject, ComponentStatus):  # nobody has written of it yet: what the probes saw
        url = absolute(context, context.component_href(subject.id))
        return Brief("", url, context.cause(subject.code), "", "", "", "")
    return brief(context, subject)


def _subject(context: Context) -> Incident | Maintenance | ComponentStatus | None:
    """What the sentence is about: the incident of the worst component, else that component itself."""
    snapshot = context.snapshot
    troubled = [c for c in snapshot.components if c.state.severity > State.MAINTENANCE.severity]
    if not troubled:
        running = (m for m in snapshot.maintenances if m.status in RUNNING)
        return _gravest(snapshot.open_incidents) or next(running, None)
    worst = max((c.state for c in troubled), key=lambda state: state.severity)
    first = [c for c in troubled if c.state is worst]
    roots = [c for c in first if not c.caused_by] or first
    causes = {key for c in first for key in c.caused_by}
    for ids in ({c.id for c in roots}, {c.id for c in first} | causes):
        if told := [i for i in snapshot.open_incidents if ids & i.components.keys()]:
            return _gravest(told)
    return roots[0]


def _gravest(incidents: list[Incident] | tuple[Incident, ...]) -> Incident | None:
    """The newest of the gravest; they come newest first."""
    return max(incidents, key=lambda incident: incident.impact.severity, default=None)
