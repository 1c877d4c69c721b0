"""The languages of a site, and what its pages are written from in each of them."""

from statuspage.i18n import Language, language
from statuspage.model import Page, Snapshot
from statuspage.spoken import has_words
from statuspage.views.context import Context


def languages_of(page: Page) -> dict[str, Language]:
    """The languages of the site by their pages' prefix; one that we have no words for is left out."""
    first, *others = page.languages
    known = [code for code in others if has_words(code)]
    return {"": language(first, page.timezone)} | {f"{c}/": language(c, page.timezone) for c in known}


def contexts(snapshot: Snapshot) -> tuple[Context, ...]:
    """Of the front page in each language, the first language first."""
    languages = languages_of(snapshot.page)
    return tuple(Context.of(snapshot, spoken, prefix, languages) for prefix, spoken in languages.items())


def first_context(snapshot: Snapshot) -> Context:
    """For what there is once, in the first language."""
    languages = languages_of(snapshot.page)
    return Context.of(snapshot, languages[""], "", languages)
