"""The first draft of a post-incident report, from the evidence: what was written, seen by the checks, committed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage.analytics import Course, course, overlapping
from statuspage.authoring import moment
from statuspage.causes import CODES
from statuspage.knowledge import fixed_by
from statuspage.model import CauseClass, Incident, IncidentStatus, Outage, Snapshot

QUICK = timedelta(minutes=10)  # what came later than that after the start is a thing that did not go well
DUE = timedelta(days=14)
MOST = 60  # moments of the timeline


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that touched the incident's file."""

    at: datetime
    subject: str


def draft(snapshot: Snapshot, incident: Incident, commits: Sequence[Commit] = ()) -> str:
    """Markdown with the headings of a report; what only people can know is a remark, which no page shows."""
    outages = overlapping(incident, {c.id: c.witnessed for c in snapshot.components})
    went = course(incident, outages)
    due = (snapshot.now + DUE).date()
    parts = {
        "Summary": [_summary(snapshot, incident), "", "<!-- Who noticed it, and how: two sentences. -->"],
        "Timeline": [*_timeline(snapshot, incident, outages, commits), "", *_times(went)],
        "Root cause": [_cause(incident)],
        "What fixed it": [*_fixed(incident), "<!-- In one sentence: whoever has it next reads it first. -->"],
        "What went well": [*_well(went), "<!-- What made it shorter or smaller? -->"],
        "What did not": [*_not_well(went, incident), "<!-- What made it longer, or hid it? -->"],
        "Lessons": ["<!-- What do we know now that we did not know then? -->"],
        "Actions": [f"- [ ] What keeps it from happening again (owner: nobody yet, due: {due})"],
    }
    return "\n\n".join("\n".join([f"### {heading}", "", *lines]) for heading, lines in parts.items())


def _summary(snapshot: Snapshot, incident: Incident) -> str:
    end = incident.resolved or snapshot.now
    states = (f"{_name(snapshot, key)} ({state.replace('_', ' ')})" for key, state in incident.worst.items())
    named = ", ".join(states) or "no component named"
    return (
        f"{incident.title}, from {moment(incident.started)} to {moment(end)}: {_span(end - incident.started)}. "
        f"Affected: {named}."
    )


def _timeline(
    snapshot: Snapshot, incident: Incident, outages: Sequence[Outage], commits: Sequence[Commit]
) -> Iterator[str]:
    """Oldest first."""
    told = [
        (u.at, 1, f"{u.status}: {_first_line(u.text)}") for u in incident.updates if not _is_report(u.status)
    ]
    told += [(c.at, 2, f"committed: {_first_line(c.subject)}") for c in commits]
    for outage in outages:
        name, cause = _name(snapshot, outage.component), CODES.get(outage.code)
        why = f" ({cause.visitors.lower()})" if cause else ""
        told.append((outage.start, 0, f"the checks see {name}: {outage.state.replace('_', ' ')}{why}"))
        if outage.end:
            told.append((outage.end, 0, f"the checks see {name} work again"))
    shown = sorted(told)[:MOST]
    yield from (f"- {moment(at)} - {what}" for at, _, what in shown)
    if len(told) > MOST:
        yield f"- and {len(told) - MOST} more"


def _times(went: Course) -> Iterator[str]:
    """From the first failing check, or from the start that the file names when that is earlier."""
    if went.to_detect is not None:
        yield f"- Time to detect: {_span(went.to_detect)}"
    if went.told:
        yield f"- Time to tell: {_span(max(went.told - went.began, timedelta()))}"
    if went.to_repair is not None:
        yield f"- Time to repair: {_span(went.to_repair)}"


def _cause(incident: Incident) -> str:
    kind = "" if incident.cause_class is CauseClass.UNKNOWN else f" ({incident.cause_class})"
    return f"{incident.cause}{kind}" if incident.cause else "<!-- Why did it happen, and why then? -->"


def _fixed(incident: Incident) -> Iterator[str]:
    if sentence := fixed_by(incident):
        yield sentence


def _well(went: Course) -> Iterator[str]:
    if went.detected and went.detected - went.began <= QUICK:
        yield "- The checks saw it early."
    if went.told and went.told - went.began <= QUICK:
        yield "- Users were told early."


def _not_well(went: Course, incident: Incident) -> Iterator[str]:
    if went.detected is None:
        yield "- The checks saw nothing of it."
    elif went.detected - went.began > QUICK:
        yield f"- The checks saw it {_span(went.detected - went.began)} after its start."
    if went.told is None:
        yield "- Users were told only when it was over."
    elif went.told - went.began > QUICK:
        yield f"- Users were told {_span(went.told - went.began)} after its start."
    if not incident.cause:
        yield "- Its cause was never told."


def _is_report(status: str) -> bool:
    return status == IncidentStatus.POSTMORTEM


def _name(snapshot: Snapshot, id_: str) -> str:
    component = snapshot.component(id_)
    return component.name if component else id_


def _first_line(text: str) -> str:
    """Of a text of any length, as part of a list's item."""
    line = " ".join(text.split("\n\n")[0].split()) or "without a word"
    return line if len(line) <= 120 else f"{line[:119]}…"


def _span(span: timedelta) -> str:
    minutes = span // timedelta(minutes=1)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [f"{days} days"] * bool(days) + [f"{hours} h"] * bool(hours)
    return " ".join([*parts, *([f"{minutes} min"] if minutes or not parts else [])])
