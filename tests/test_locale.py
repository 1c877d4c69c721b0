"""The catalogs: whole, of today, with the placeholders of the English sentences."""

import re
from string import Formatter

import pytest
from catalogs import TRANSLATED, catalog, forms, path, renewed

from statuspage.i18n import compile_catalog, language
from statuspage.spoken import UNREAD


def fields(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


@pytest.fixture(params=TRANSLATED)
def code(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_catalog_has_the_sentences_of_today(code: str) -> None:
    assert path(code).read_bytes() == renewed(code), "run: make messages"


def test_every_sentence_is_translated(code: str) -> None:
    lacking = [message.id for message in catalog(code) if message.id and not all(forms(message)[1])]

    assert lacking == []


def test_no_translation_is_in_doubt(code: str) -> None:
    assert [message.id for message in catalog(code) if message.id and message.fuzzy] == []


def test_a_translation_fills_in_what_the_sentence_does(code: str) -> None:
    """All that is filled in stands in each form; a singular may spell the number out."""
    for message in catalog(code):
        if message.id:
            english, told = forms(message)
            for form in filter(None, told):
                lacking = set(fields(english[-1])) ^ set(fields(form))
                assert lacking <= ({"count"} if len(told) > 1 else set()), (message.id, form)


def test_a_translation_begins_and_ends_like_the_sentence(code: str) -> None:
    """A space, a full stop or a colon at its end is part of the sentence around it."""
    for message in catalog(code):
        if message.id:
            english, told = forms(message)
            for form in filter(None, told):
                for pattern in (r"^\s*", r"\s*$", r"[.:,;?!]?$"):
                    ends = [re.findall(pattern, text)[0] for text in (english[-1], form)]
                    assert ends[0] == ends[1], (message.id, form)


def test_french_keeps_its_points_on_the_line() -> None:
    """Two-part punctuation has a space before it that does not break; apostrophes are curly."""
    for message in catalog("fr"):
        if message.id:
            for form in forms(message)[1]:
                assert not re.search(r"\w[;?!]|\w:(?!//)| [:;?!»]|« |'", form), form


def test_languages_without_a_native_reader_say_so(code: str) -> None:
    first = path(code).read_text("utf-8").splitlines()[0]

    assert ("native reader" in first) is (code in UNREAD)


def test_a_catalog_is_compiled_as_it_is_written(code: str) -> None:
    message = next(m for m in catalog(code) if isinstance(m.id, str) and m.id and m.string)

    assert language(code, "Etc/UTC")._(str(message.id)) == message.string
    assert compile_catalog(path(code).read_bytes())[:4] == b"\xde\x12\x04\x95"
