"""Which translations are older than what they translate: told by digests that the ledger keeps."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from statuspage.model import Translation

TRANSLATED = "translated"
"""In the value of a fact: by field, a dot and the language, a translation's digest and that of its original."""

Texts = Mapping[str, tuple[str, Mapping[str, str]]]  # by field: the original, and the same by BCP 47 code


def digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def stands(texts: Texts, before: Mapping[str, object]) -> Mapping[str, Sequence[str]]:
    """What each translation was written beside: the original of the time at which the translation last changed.

    `before` is the value of the fact that the ledger holds.
    """
    return {
        f"{field}.{language}": [
            digest(text),
            _beside(before, f"{field}.{language}", text) or digest(original),
        ]
        for field, (original, told) in texts.items()
        for language, text in told.items()
    }


def older(texts: Texts, beside: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """By field, the languages whose text was not touched since the original was edited."""
    return {
        field: [code for code in told if beside[f"{field}.{code}"][1] != digest(original)]
        for field, (original, told) in texts.items()
    }


def translations(
    texts: Texts, beside: Mapping[str, Sequence[str]]
) -> Mapping[str, Mapping[str, Translation]]:
    """Of texts of one line, by field and language."""
    late = older(texts, beside)
    return {
        field: {code: Translation(text, older=code in late[field]) for code, text in told.items()}
        for field, (_, told) in texts.items()
    }


def _beside(before: Mapping[str, object], key: str, text: str) -> str:
    """The digest of the original that this very translation stood beside; "" when it is new."""
    known = before.get(TRANSLATED)
    match known.get(key) if isinstance(known, Mapping) else None:
        case [str(same), str(original)] if same == digest(text):
            return original
    return ""
