"""The text of an incident file: a new one, or one with an update more. Nothing here touches the disk."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from statuspage.errors import StatuspageError
from statuspage.incidents.outline import MAX_FRONT, Section, normal, outline
from statuspage.incidents.times import moment as read_moment
from statuspage.incidents.written import MAINTENANCE
from statuspage.yamlfile import load

Expected = datetime | str | None  # NOT_KNOWN_YET; None: nothing is said of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the operator says in one go. None and "" say nothing of it."""

    status: str  # a word of IncidentStatus or MaintenanceStatus
    at: datetime
    text: str  # Markdown
    title: str = ""
    impact: str = ""
    components: Mapping[str, str] = field(default_factory=dict)  # state by id; "" follows from the impact
    started: datetime | None = None
    window: str = ""  # of a maintenance, as it is written
    rrule: str = ""  # of one that recurs
    date: str = ""  # of the window that an update of it speaks of
    cause: str = ""
    cause_class: str = ""
    doing: str = ""
    eta: Expected = None
    next_update: Expected = None
    workaround: str = ""
    tags: tuple[str, ...] = ()
    published: bool = False  # of a postmortem: readers are meant to see it
    source: str = ""  # where it was imported from: kept as a remark
    translations: Mapping[str, str] = field(default_factory=dict)  # by key of the front matter: `title.fr`
    remark: str = ""  # for those who read the file: no page shows it

    @property
    def facts(self) -> Iterator[tuple[str, str]]:
        """Those that front matter and updates have alike, as text, in the order of the docs."""
        told = {
            "cause": self.cause,
            "cause_class": self.cause_class,
            "doing": self.doing,
            "eta": _expected(self.eta),
            "next_update": _expected(self.next_update),
            "workaround": self.workaround,
        }
        return ((key, value) for key, value in told.items() if value)


IMPORTED = "# imported from "
"""The remark in the front matter of an imported file; what was imported from follows."""


def new_file(said: Said, later: Sequence[Said] = ()) -> str:
    """A whole file; a maintenance when there is a window. `later`: the updates after the first, oldest first."""
    lines = ["---", *_front(said), "---", "", *_section(said, _published(said))]
    for one in later:
        lines += ["", *_section(one, _changes(one))]
    return "\n".join(lines) + "\n"


def with_update(source: str, path: str, said: Said) -> str:
    """The file with one update more, where its newest one stands: at the top or at the end.

    Line ends and all that was written stay as they are. Raises Problems when the file cannot be cut into its parts.
    """
    text = normal(source)
    sections = outline(source, path).sections
    added = _section(said, _changes(said))
    lines = text.rstrip("\n").split("\n")
    if _newest_first(sections):
        at = sections[0].line - 1
        lines[at:at] = [*added, ""]
    else:
        lines += ["", *added]
    end = "\r\n" if "\r\n" in source else "\n"
    mark = "\ufeff" if source.startswith("\ufeff") else ""
    return mark + end.join(lines) + end


def moment(at: datetime) -> str:
    """`2026-11-22 14:05 UTC`, with seconds when there are some."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}{f':{at:%S}' if at.second else ''} UTC"


def scalar(text: str, *, listed: bool = False) -> str:
    """As plain YAML where that reads back as the same text, else in quotes."""
    told = f"key: [{text}]" if listed else f"key: {text}"
    try:
        plain = load(told, "", max_bytes=MAX_FRONT).value == {"key": [text] if listed else text}
    except StatuspageError:
        plain = False
    return text if plain else json.dumps(text, ensure_ascii=False)


def _front(said: Said) -> Iterator[str]:
    if said.window:
        yield f"kind: {MAINTENANCE}"
    yield f"title: {scalar(said.title)}"
    yield from _translated(said, "title")
    if said.impact:
        yield f"impact: {said.impact}"
    if any(said.components.values()):
        yield "components:"
        yield from (f"  {id_}: {state}".rstrip() for id_, state in said.components.items())
    elif said.components:
        yield f"components: [{', '.join(said.components)}]"
    if said.window:
        yield f"window: {said.window}"
    if said.rrule:
        yield f"rrule: {scalar(said.rrule)}"
    if said.started:
        yield f"started: {moment(said.started)}"
    for key, value in said.facts:
        yield f"{key}: {scalar(value)}"
        yield from _translated(said, key)
    if said.tags:
        yield f"tags: [{', '.join(scalar(tag, listed=True) for tag in said.tags)}]"
    if said.source:
        yield f"{IMPORTED}{said.source}"


def _changes(said: Said) -> list[str]:
    """What an update changes, as the list under its heading has it."""
    states = ", ".join(f"{id_} {state}".strip() for id_, state in said.components.items())
    facts = [f"components: {states}"] if states else []
    facts += [f"date: {said.date}"] * bool(said.date)
    facts += [f"impact: {said.impact}"] * bool(said.impact)
    return [*facts, *(f"{key}: {value}" for key, value in said.facts), *_published(said)]


def _published(said: Said) -> list[str]:
    return ["published: true"] if said.published else []


def _translated(said: Said, fact: str) -> Iterator[str]:
    told = {key: text for key, text in said.translations.items() if key.partition(".")[0] == fact}
    yield from (f"{key}: {scalar(text)}" for key, text in told.items())


def _section(said: Said, facts: Sequence[str]) -> list[str]:
    lines = [f"## {said.status.replace('_', ' ').capitalize()} - {moment(said.at)}", ""]
    if facts:
        lines += [*(f"- {fact}" for fact in facts), ""]
    if said.remark:  # before the text, so that it closes no comment that the text leaves open
        lines += [f"<!-- {said.remark} -->", ""]
    return [*lines, *said.text.strip("\n").split("\n")]


def _newest_first(sections: tuple[Section, ...]) -> bool:
    """By the times in the headings; a file with one update goes on at its end."""
    times = [at for section in sections if (at := _time(section.heading)) is not None]
    return len(times) > 1 and times[0] > times[-1]


def _time(heading: str) -> datetime | None:
    _, dash, when = heading.partition(" - ")
    try:
        return read_moment(when) if dash else None
    except StatuspageError:
        return None


def _expected(when: Expected) -> str:
    return moment(when) if isinstance(when, datetime) else when or ""
