"""All that was learnt in one place: actions of the reports, their lessons, and what came again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from statuspage.knowledge import WINDOW, Memory, ToDo, to_do
from statuspage.model import Incident
from statuspage.views.again import and_more
from statuspage.views.context import Context, Link, When
from statuspage.views.frame import Frame, frame
from statuspage.views.said import Prose, Said, foreign, said

GROUPS = 60  # of a kind that are listed
LISTED = 5  # incidents of a group


@dataclass(frozen=True, slots=True)
class ToldIncident:
    href: str
    title: Said
    at: When


@dataclass(frozen=True, slots=True)
class ActionRow:
    text: Said
    css: str  # maj for what is late, deg for what is open, ok for what is done
    state: str
    owner: str
    incident: ToldIncident
    searched: str


@dataclass(frozen=True, slots=True)
class LessonRow:
    incident: ToldIncident
    prose: tuple[Prose, ...]
    searched: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Incidents that were the same trouble."""

    name: Said
    told: str  # `4 incidents, 2 of them in the last 90 days`
    incidents: tuple[ToldIncident, ...]
    more: str
    searched: str


@dataclass(frozen=True, slots=True)
class Groups:
    heading: str
    rows: tuple[GroupRow, ...]
    more: str


@dataclass(frozen=True, slots=True)
class TallyRow:
    link: Link
    told: str
    width: int  # of 1000, against the greatest of its list
    x: int
    searched: str


@dataclass(frozen=True, slots=True)
class Tally:
    heading: str
    rows: tuple[TallyRow, ...]


@dataclass(frozen=True, slots=True)
class KnowledgePage:
    frame: Frame
    heading: str
    lead: str
    search: str
    found: str  # with {count}
    actions_heading: str
    actions: tuple[ActionRow, ...]
    lessons_heading: str
    lessons: tuple[LessonRow, ...]
    groups: tuple[Groups, ...]
    tallies: tuple[Tally, ...]


def knowledge_page(context: Context) -> KnowledgePage:
    _ = context._
    known = context.memory
    heading = _("What we have learnt")
    return KnowledgePage(
        frame=frame(context, heading, present=False),
        heading=heading,
        lead=_("What is still to be done, what was learnt from incidents, and what came again."),
        search=_("Search what was learnt"),
        found=_("Found: {count}"),
        actions_heading=_("Actions"),
        actions=tuple(_actions(context, known.reports)),
        lessons_heading=_("Lessons"),
        lessons=tuple(_lesson(context, one) for one in known.reports if one.lessons),
        groups=tuple(groups for groups in _groups(context, known) if groups.rows),
        tallies=tuple(tally for tally in _tallies(context, known) if tally.rows),
    )


# --- what the reports say ------------------------------------------------------------------------


def _actions(context: Context, reports: Iterable[Incident]) -> Iterator[ActionRow]:
    today = context.now.astimezone(context.language.zone).date()
    actions = [(one.id, action) for one in reports for action in one.actions]
    for one in to_do(actions, today):
        css, state = _state(context, one)
        told_of = context.written[one.incident]
        assert isinstance(told_of, Incident)
        incident = _told(context, told_of)
        words = (one.action.text, state, one.action.owner, incident.title.text)
        yield ActionRow(
            text=Said(one.action.text, foreign(context)),
            css=css,
            state=state,
            owner=one.action.owner,
            incident=incident,
            searched=" ".join(filter(None, words)),
        )


def _state(context: Context, one: ToDo) -> tuple[str, str]:
    _ = context._
    due = one.action.due
    day = context.language.day(due) if due else ""
    if one.action.done:
        return "ok", _("Done")
    if one.late:
        return "maj", _("Late, due {day}").format(day=day)
    return "deg", _("Open, due {day}").format(day=day) if due else _("Open")


def _lesson(context: Context, one: Incident) -> LessonRow:
    incident = _told(context, one)
    texts = [text for _, text in one.lessons]
    return LessonRow(
        incident=incident,
        prose=tuple(Prose(html, foreign(context)) for html, _ in one.lessons),
        searched=" ".join([incident.title.text, *texts, *one.tags]),
    )


# --- what came again -----------------------------------------------------------------------------


def _groups(context: Context, known: Memory) -> Iterator[Groups]:
    _ = context._
    by_cause = [
        (Said(", ".join([_name(context, part), context.cause_class(cause)])), some)
        for (part, cause), some in known.by_cause.items()
    ]
    yield _listed(context, _("The same component and kind of cause"), by_cause)
    by_text = [(said(context, some[0], "title"), some) for some in known.by_text]
    yield _listed(context, _("Alike in their words"), by_text)


def _listed(context: Context, heading: str, groups: Sequence[tuple[Said, Sequence[Incident]]]) -> Groups:
    """Those that came lately are first."""
    lately = sorted(groups, key=lambda group: -_lately(context, group[1]))
    rows = tuple(_group(context, name, some) for name, some in lately[:GROUPS])
    return Groups(heading, rows, and_more(context, len(groups) - GROUPS))


def _group(context: Context, name: Said, some: Sequence[Incident]) -> GroupRow:
    incidents = tuple(_told(context, one) for one in some[:LISTED])
    return GroupRow(
        name=name,
        told=_counts(context, some),
        incidents=incidents,
        more=and_more(context, len(some) - LISTED),
        searched=" ".join([name.text, *(one.title.text for one in incidents)]),
    )


def _tallies(context: Context, known: Memory) -> Iterator[Tally]:
    _ = context._
    classes = {context.cause_class(cause): some for cause, some in known.by_class.items()}
    yield _tally(context, _("By cause"), {Link("", name): some for name, some in classes.items()})
    parts = {context.names([part])[0]: some for part, some in known.by_component.items()}
    yield _tally(context, _("By component"), parts)
    yield _tally(context, _("By tag"), {Link("", tag): some for tag, some in known.by_tag.items()})


def _tally(context: Context, heading: str, groups: Mapping[Link, Sequence[Incident]]) -> Tally:
    most = max(map(len, groups.values()), default=1)
    mirrored = context.language.direction == "rtl"
    rows = []
    for link, some in list(groups.items())[:GROUPS]:
        width = len(some) * 1000 // most
        told = _count(context, some)
        rows.append(TallyRow(link, told, width, 1000 - width if mirrored else 0, link.text))
    return Tally(heading, tuple(rows))


def _count(context: Context, some: Sequence[Incident]) -> str:
    return context.language.ngettext("{count} incident", "{count} incidents", len(some))


def _counts(context: Context, some: Sequence[Incident]) -> str:
    if not (lately := _lately(context, some)):
        return _count(context, some)
    told = context._("{count} of them in the last 90 days").format(count=context.language.number(lately))
    return f"{_count(context, some)}, {told}"


def _lately(context: Context, some: Sequence[Incident]) -> int:
    return sum(one.started > context.now - WINDOW for one in some)


def _name(context: Context, component: str) -> str:
    return context.names([component])[0].text


def _told(context: Context, one: Incident) -> ToldIncident:
    return ToldIncident(context.incident_href(one.id), said(context, one, "title"), context.when(one.started))
