"""That an incident is not the first of its kind: on its page, and for operators in its messages."""

from collections.abc import Iterator
from dataclasses import dataclass

from statuspage.knowledge import MANY, Before, Recurrence, fixed_by
from statuspage.model import Incident
from statuspage.views.context import Context, Link, When
from statuspage.views.said import Said, said

SHOWN = 10  # earlier ones that the page lists
NAMED = 3  # and a message


@dataclass(frozen=True, slots=True)
class Earlier:
    href: str
    title: Said
    at: When
    why: str


@dataclass(frozen=True, slots=True)
class Again:
    """`Fourth time in 90 days`, and the three before it."""

    heading: str
    earlier: tuple[Earlier, ...]  # newest first
    more: str  # how many more there are, "" for none
    knowledge: Link


def again(context: Context, one: Incident) -> Again | None:
    """None: it is the first one."""
    known = context.memory.recurrences.get(one.id)
    link = knowledge_link(context)
    if known is None or link is None:
        return None
    return Again(
        heading=ordinal(context, known),
        earlier=tuple(_earlier(context, one, before) for before in known.before[:SHOWN]),
        more=and_more(context, min(known.nth - 1, MANY) - SHOWN),
        knowledge=link,
    )


def again_lines(context: Context, one: Incident) -> Iterator[str]:
    """For operators: how often, after what, and what fixed it the time before."""
    known = context.memory.recurrences.get(one.id)
    if known is None:
        return
    titles = [said(context, before.incident, "title").text for before in known.before[:NAMED]]
    rest = ["…"] if len(known.before) > NAMED else []
    yield context.labelled(ordinal(context, known), " · ".join([*titles, *rest]))
    if fixed := fixed_by(known.before[0].incident):
        yield context.labelled(context._("What fixed it the time before"), fixed)


def ordinal(context: Context, known: Recurrence) -> str:
    _ = context._
    words = {
        2: _("Second time in 90 days"),
        3: _("Third time in 90 days"),
        4: _("Fourth time in 90 days"),
        5: _("Fifth time in 90 days"),
        6: _("Sixth time in 90 days"),
        7: _("Seventh time in 90 days"),
        8: _("Eighth time in 90 days"),
        9: _("Ninth time in 90 days"),
        10: _("Tenth time in 90 days"),
    }
    if known.many:
        return _("More than {count} times in 90 days").format(count=context.language.number(MANY))
    number = context.language.number(known.nth)
    return words.get(known.nth) or _("{count} times in 90 days with this one").format(count=number)


def knowledge_link(context: Context) -> Link | None:
    """To the page of what is known; None where there is no such page."""
    if not context.memory.worth_a_page:
        return None
    return Link(f"{context.root}knowledge/", context._("What came again, and what was learnt"))


def and_more(context: Context, count: int) -> str:
    return context._("And {count} more.").format(count=context.language.number(count)) if count > 0 else ""


def _earlier(context: Context, one: Incident, before: Before) -> Earlier:
    _ = context._
    why = []
    if before.components:
        names = context.language.names([link.text for link in context.names(before.components)])
        cause = context.cause_class(one.cause_class)
        why.append(_("same component and kind of cause ({names}, {cause})").format(names=names, cause=cause))
    if before.alike:
        why.append(_("alike in its words"))
    return Earlier(
        href=context.incident_href(before.incident.id),
        title=said(context, before.incident, "title"),
        at=context.when(before.incident.started),
        why=", ".join(why),
    )
