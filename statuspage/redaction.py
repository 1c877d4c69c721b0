"""Secrets taken out of all that leaves the process, in whatever encoding they come."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from urllib.parse import quote, quote_plus

REFERENCE = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"
"""`${NAME}`, a secret's place in `components.yaml`."""

STARS = "***"
SHORTEST = 4  # characters; a shorter value is no secret, and to mask it would garble messages
SHORTEST_IN_FILES = 8  # in whole pages shorter ones would garble markup: think of `https` and `body`


class Redactor:
    """Replaces secret values by `***`: as they are, and in the encodings that addresses and messages use."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = sorted({v for v in values if len(v) >= SHORTEST}, key=lambda v: (-len(v), v))

    def text(self, text: str) -> str:
        """For lines, details, exceptions: values from 4 characters on."""
        return self._in_lines.sub(STARS, text) if self._values else text

    def file(self, content: bytes) -> bytes:
        """For whole files of the site: values from 8 characters on."""
        return self._in_files.sub(STARS.encode(), content) if self._values else content

    @cached_property
    def _in_lines(self) -> re.Pattern[str]:
        return re.compile(_any_of(self._values))

    @cached_property
    def _in_files(self) -> re.Pattern[bytes]:
        return re.compile(_any_of(v for v in self._values if len(v) >= SHORTEST_IN_FILES).encode())


def named_in(text: str, environ: Mapping[str, str]) -> Redactor:
    """The redactor for a configuration's text, however broken it is: all variables that it names anywhere."""
    return Redactor(environ.get(name[2:-1], "") for name in re.findall(REFERENCE, text))


def forms(value: str) -> Iterator[str]:
    """A value as it looks plain, in addresses, JSON, HTML, Python's own words, base64 and hexadecimal."""
    octets = value.encode()
    yield value
    for escaped in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield escaped
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), escaped)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield html.escape(value)
    yield html.escape(value, quote=False)  # as the reader of incidents writes them
    yield html.escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")  # as templates do
    yield repr(value)[1:-1]
    yield octets.hex()
    yield octets.hex().upper()
    yield from _base64(octets)


def _base64(octets: bytes) -> Iterator[str]:
    """What is the same in base64 whatever stands around: at each of the three offsets (RFC 4648 §4, §5)."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + octets).decode()
        first = -(-8 * before // 6)  # characters that hold bits of what stands before
        whole = 8 * (before + len(octets)) // 6  # characters whose bits are all known
        yield (kept := encoded[first:whole])
        yield kept.translate(str.maketrans("+/", "-_"))


def _any_of(values: Iterable[str]) -> str:
    """A pattern of all forms, longest first; one that never matches when there are none."""
    found = {form for value in values for form in forms(value) if len(form) >= SHORTEST}
    return "|".join(map(re.escape, sorted(found, key=lambda form: (-len(form), form)))) or r"(?!)"
