"""The sentences of the codes, in each language."""

import re
from pathlib import Path

import pytest

from statuspage.causes import CODES
from statuspage.glossary import LANGUAGES, table
from statuspage.i18n import words

PAGE = Path(__file__).parents[1] / "docs/codes.md"
SENTENCES = sorted({s for cause in CODES.values() for s in (cause.visitors, cause.operators)})


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_is_there_in_french(sentence: str) -> None:
    french = words("fr").gettext(sentence)
    assert french != sentence
    assert re.findall(r"`\w+`|\d\w\w", french) == re.findall(r"`\w+`|\d\w\w", sentence)


def test_a_language_without_a_catalog_is_english() -> None:
    assert words("xx").gettext("No data") == "No data"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_docs_hold_the_table(code: str) -> None:
    assert "\n".join(table(code)) in PAGE.read_text("utf-8")
