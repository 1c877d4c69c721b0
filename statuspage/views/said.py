"""What people wrote, in the language of the page where a translation stands in the file, else as it was written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from statuspage.model import Incident, Maintenance, Update
from statuspage.views.context import Context, Link

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said:
    """A text of one line."""

    text: str
    lang: str = ""  # BCP 47, where it is not the page's language
    older: bool = False  # a translation, and the original was edited after it


@dataclass(frozen=True, slots=True)
class Prose:
    """An update's text."""

    html: str  # sanitised by the reader of incidents: the one text that templates do not escape
    lang: str = ""
    older: bool = False


def said(context: Context, one: Incident | Maintenance, field: str) -> Said:
    """`field` is title, cause, doing or workaround; a text that is not there is ""."""
    original = str(getattr(one, field, ""))
    told = chosen(one.translations.get(field, {}), context)
    if told is None:
        return Said(original, foreign(context) if original else "")
    return Said(told.text, older=told.older)


def worded(context: Context, texts: Mapping[str, str]) -> Said:
    """A text of the configuration in the page's language, else in that of its other regions, the site's first one, any.

    `texts`: by BCP 47 code, "" for whatever language; {} is no text.
    """
    code = context.language.code
    wanted = (code, code.split("-")[0], context.snapshot.page.language, "", *texts)
    found = next((one for one in wanted if one in texts), None)
    if found is None:
        return Said("")
    written = found or context.snapshot.page.language
    same = written.split("-")[0].casefold() == code.split("-")[0].casefold()
    return Said(texts[found], "" if same else written)


def prose(context: Context, update: Update) -> Prose:
    told = chosen(update.translations, context)
    if told is None:
        return Prose(update.html, foreign(context) if update.html else "")
    return Prose(told.html, older=told.older)


def titled_links(context: Context, ids: Iterable[str]) -> tuple[Link, ...]:
    """Links to the incidents and maintenances among them that the page knows."""
    known = (context.written[key] for key in ids if key in context.written)
    return tuple(Link(context.incident_href(one.id), said(context, one, "title").text) for one in known)


def chosen(told: Mapping[str, T], context: Context) -> T | None:
    """The page's language, with its region or without, else of another region; the original's own comes first."""
    if not told:  # as of most
        return None
    codes = {code.casefold(): text for code, text in told.items()}
    wanted = context.language.code.casefold()
    if wanted in codes:
        return codes[wanted]
    if not foreign(context):
        return None
    primary = wanted.split("-")[0]
    near = [code for code in sorted(codes) if code.split("-")[0] == primary]
    return codes[near[0]] if near else None


def foreign(context: Context) -> str:
    """The language in which incidents are written: the page's first; "" where the page is in it."""
    original, language = context.snapshot.page.language, context.language
    return language.once(
        ("foreign", original), lambda: "" if _primary(original) == _primary(language.code) else original
    )


def _primary(code: str) -> str:
    """A BCP 47 code without its region."""
    return code.split("-")[0].casefold()


def stale(context: Context) -> str:
    """Said of an incident, a maintenance or a correction whose file is broken now."""
    return context._("The newest edit of this file could not be read: this is its last good version.")
