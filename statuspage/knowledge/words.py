"""A text as terms that can be compared, in any language: no list of words, no grammar of one of them."""

import re
from collections.abc import Iterator
from unicodedata import normalize

STEM = 6  # letters: "provider" and "providers", "Verbindung" and "Verbindungen" are one term
MOST = 20_000  # characters of one text that are looked at


def terms(text: str) -> Iterator[str]:
    """Words without accents, case and endings; pairs of characters where a script has no spaces between words.

    Numbers of one or two digits are left out: they are clocks and counts.
    """
    if text.isascii():  # most are, and they have words alone
        yield from [word[:STEM] for word in _PLAIN.findall(text[:MOST].lower())]
        return
    for unspaced, word in _TERM.findall(_folded(text[:MOST])):
        if unspaced:
            yield from _pairs(unspaced)
        elif len(word) > 2 or not word.isdecimal():
            yield word[:STEM]


# Thai, Lao, Burmese, Khmer; kana and Chinese characters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
# Signs inside of words that Python calls no letters: Hebrew, Arabic, and the scripts of India.
_SIGNS = "\u0591-\u05c7\u064b-\u0670\u0900-\u0dff"
_TERM = re.compile(f"([{_UNSPACED}]+)|([^\\W_{_UNSPACED}](?:[^\\W_{_UNSPACED}]|[{_SIGNS}])*)")
_PLAIN = re.compile("[a-z0-9]{3,}|[a-z][a-z0-9]?|[0-9][a-z]")
_ACCENTS = re.compile("[\u0300-\u036f]+")


def _folded(text: str) -> str:
    return normalize("NFKC", _ACCENTS.sub("", normalize("NFKD", text.casefold())))


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    yield from (run[n : n + 2] for n in range(len(run) - 1))
