"""Made-up words: pronounceable, another one for each occasion, the same for the same."""

from hashlib import sha256

PREFIXES = ("drov", "jund", "kesp", "narf", "plim", "quiv", "wemb", "zolt")
"""Each word begins with one of these, so that a service can keep probes out of its own logs and figures."""

SYLLABLES = tuple(vowel + consonant for vowel in "aeiou" for consonant in "blmnrv")
LENGTH = 3  # syllables: 8 * 30 ** 3 = 216 000 words


def word(*occasion: str) -> str:
    """A word that no service has in stock, such as `wembolinar`."""
    number = int.from_bytes(sha256("\n".join(occasion).encode("utf-8", "replace")).digest())
    number, at = divmod(number, len(PREFIXES))
    parts = [PREFIXES[at]]
    for _ in range(LENGTH):
        number, at = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[at])
    return "".join(parts)
