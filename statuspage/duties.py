"""What the operator owes the readers now: a word that is missing, an update that is late, an end not said."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from statuspage.model import ComponentStatus, Incident, Snapshot, State

STILL_OPEN = timedelta(minutes=30)  # an incident whose components have worked for so long is likely over
UNTOLD = timedelta(minutes=10)  # an outage of that age wants an incident


class Kind(StrEnum):
    """What is owed. With the subject's id it names a duty for as long as it lasts."""

    FACT = "fact"  # the subject has a dot and the fact's key at its end
    UPDATE = "update"
    END = "end"
    INCIDENT = "incident"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do, in words for operators."""

    kind: Kind
    subject: str  # id of an incident or a component
    since: datetime
    what: str
    mend: str

    @property
    def path(self) -> str:
        """The file that it is about; "" where there is none yet."""
        return "" if self.kind is Kind.INCIDENT else f"incidents/{self.subject.partition('.')[0]}.md"


def duties(snapshot: Snapshot) -> tuple[Duty, ...]:
    """All of them, those about the readers' questions first."""
    return tuple(
        duty
        for told in (
            (duty for incident in snapshot.open_incidents for duty in _of_open(snapshot, incident)),
            _untold(snapshot),
            (duty for incident in snapshot.incidents for duty in _late_actions(snapshot, incident)),
        )
        for duty in told
    )


def _of_open(snapshot: Snapshot, incident: Incident) -> Iterator[Duty]:
    told = incident.updates[0].first_seen
    due = incident.next_update
    if isinstance(due, datetime) and due <= snapshot.now:
        late = _minutes(snapshot.now - due)
        mend = "write an update, and when the next one comes: statuspage incident update"
        what = f"the next update was due {late} ago"
        yield Duty(Kind.UPDATE, incident.id, due, what, mend)
    for key, question in _QUESTIONS.items():
        if getattr(incident, key) in (None, ""):
            mend = f"write {key}: ..., or {key}: not known yet"
            yield Duty(Kind.FACT, f"{incident.id}.{key}", told, f"it does not say {question}", mend)
    if since := _all_well(snapshot, incident):
        what = f"all that it names has worked for {_minutes(snapshot.now - since)}, and it is still open"
        yield Duty(Kind.END, incident.id, since, what, "if it is over: statuspage incident resolve")


_QUESTIONS = {
    "cause": "what the cause is",
    "doing": "what is being done",
    "eta": "when it should be back",
    "next_update": "when the next update comes",
}


def _all_well(snapshot: Snapshot, incident: Incident) -> datetime | None:
    """Since when everything probed that it names works; None: something does not, or not for long."""
    known = [snapshot.component(id_) for id_ in incident.worst]
    named = [component for component in known if component and not component.manual]
    if not named or any(c.probed is not State.OPERATIONAL for c in named):
        return None
    ends = [outage.end for c in named for outage in c.outages[:1] if outage.end]
    since = max([incident.started, *ends])
    return since if snapshot.now - since >= STILL_OPEN else None


def _untold(snapshot: Snapshot) -> Iterator[Duty]:
    told = {id_ for incident in snapshot.open_incidents for id_ in incident.worst}
    for component in snapshot.components:
        began = failing_since(component)
        if began is None or component.state is State.MAINTENANCE or component.id in told:
            continue
        if component.caused_by or component.probed.severity < State.PARTIAL.severity:
            continue
        if snapshot.now - began < UNTOLD:
            continue
        what = f"{component.name} has been failing for {_minutes(snapshot.now - began)}, and no incident tells of it"
        mend = f"statuspage incident open --component {component.id}"
        yield Duty(Kind.INCIDENT, component.id, began, what, mend)


def failing_since(component: ComponentStatus) -> datetime | None:
    """The start of the outage that the probes see at this moment."""
    newest = component.outages[0] if component.outages and not component.manual else None
    return newest.start if newest and newest.end is None else None


def _late_actions(snapshot: Snapshot, incident: Incident) -> Iterator[Duty]:
    late = [action for action in incident.actions if action.late(snapshot.now.date())]
    if late:
        first = min(action.due for action in late if action.due)
        names = "; ".join(f"{a.text} ({a.owner or 'nobody'}, due {a.due})" for a in late)
        since = datetime.combine(first, snapshot.now.timetz())
        yield Duty(
            Kind.ACTION, incident.id, since, f"late: {names}", "do it and mark it [x], or move its date"
        )


def _minutes(span: timedelta) -> str:
    minutes = span // timedelta(minutes=1)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
