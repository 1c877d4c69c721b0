"""The codes of failures as a table, in one language: what a sample, the API and the page mean by them."""

from collections.abc import Iterator

from statuspage.causes import CODES
from statuspage.i18n import words

LANGUAGES = ("en", "fr")  # those that the docs have a table of; the pages know more


def table(code: str = "en") -> Iterator[str]:
    """A Markdown table, line by line: code, verdict, who has to act, retried or not, both sentences."""
    told = words(code).gettext
    yield "| code | verdict | class | retried | visitors are told | operators are told |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for cause in CODES.values():
        retried = "yes" if cause.retry else "no"
        sentences = f"{told(cause.visitors)} | {told(cause.operators)}"
        yield f"| `{cause.code}` | {cause.verdict} | {cause.cause_class} | {retried} | {sentences} |"
