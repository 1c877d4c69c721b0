"""An incident or a maintenance in few words: for a chat window, for a terminal."""

from dataclasses import dataclass

from statuspage.model import Incident, Maintenance
from statuspage.views.context import Context, Phrase
from statuspage.views.incidents import incident_card
from statuspage.views.said import said


@dataclass(frozen=True, slots=True)
class Brief:
    title: str
    url: str  # absolute
    cause: str  # each of these "" when nobody has to say it
    doing: str
    back: str
    back_at: str  # ISO, "" when no moment is known
    workaround: str


def brief(context: Context, one: Incident | Maintenance) -> Brief:
    """What the page's card says; a maintenance is over at its end, its cause is what it is for."""
    url = absolute(context, context.incident_href(one.id))
    if isinstance(one, Maintenance):
        end = context.when(one.end)
        title = said(context, one, "title").text
        return Brief(title, url, title, "", end.text, end.iso, "")
    card = incident_card(context, one)
    facts = {fact.label: fact.told[0] for fact in card.facts}
    back = facts.get(context._("Expected back"), Phrase(""))
    return Brief(
        title=card.title.text,
        url=url,
        cause=_text(facts.get(context._("Cause"))),
        doing=_text(facts.get(context._("What we are doing"))),
        back=_text(back),
        back_at=back.when.iso if back.when else "",
        workaround=card.workaround.text,
    )


def absolute(context: Context, href: str = "") -> str:
    """The address of a page of this language; `href` is the way from the language's front page."""
    return f"{context.snapshot.page.url.rstrip('/')}/{context.prefix}{href}"


def _text(phrase: Phrase | None) -> str:
    if phrase is None:
        return ""
    return f"{phrase.before}{phrase.when.text if phrase.when else ''}{phrase.after}"
