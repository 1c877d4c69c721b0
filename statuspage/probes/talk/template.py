"""Templates of requests: {say}, {nonce} and {session} inside texts, in JSON, addresses and headers."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from statuspage.errors import nearest

NAMES = ("say", "nonce", "session")
_NAME = re.compile(r"\{(\w+)\}")


def filled(template: object, names: Mapping[str, str]) -> object:
    """A JSON value with the names in its texts filled in; keys stay as they are."""
    if isinstance(template, str):
        return filled_text(template, names)
    if isinstance(template, list):
        return [filled(one, names) for one in template]
    if isinstance(template, dict):
        return {key: filled(one, names) for key, one in template.items()}
    return template


def filled_text(template: str, names: Mapping[str, str], write: Callable[[str], str] = str) -> str:
    """A text with the names filled in, each value once: what a value says of names stays as it is."""
    return _NAME.sub(lambda found: write(names[found[1]]) if found[1] in names else found[0], template)


def filled_address(template: str, names: Mapping[str, str]) -> str:
    return filled_text(template, names, lambda value: quote(value, safe=""))


def names_in(template: object) -> frozenset[str]:
    """Which of NAMES a JSON value asks for."""
    if isinstance(template, str):
        return frozenset(_NAME.findall(template)) & frozenset(NAMES)
    inner = (
        template.values() if isinstance(template, dict) else template if isinstance(template, list) else ()
    )
    return frozenset[str]().union(*map(names_in, inner))


def only(text: str, *names: str) -> str:
    """The text, if it asks for no other names. Raises ValueError."""
    for name in _NAME.findall(text):
        if name not in names:
            raise ValueError(f"unknown name {{{name}}}: {nearest(name, names)}")
    return text
