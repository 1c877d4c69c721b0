"""`page.theme` and `page.links`: the keys for how the page looks and where it leads."""

import re
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from statuspage.config.keys import Language, Name, about, shown, strict
from statuspage.model import PageLink

PICTURES = ("svg", "png", "webp", "jpg", "jpeg")
ICONS = ("svg", "png", "ico")
SCHEMES = ("https", "http", "mailto", "tel")

_COLOUR = "#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"


def _colour(text: str) -> str:
    """As `#rrggbb`, and nothing else: it goes into the stylesheet."""
    if not re.fullmatch(_COLOUR, text):
        raise ValueError('a colour is written "#rgb" or "#rrggbb", in quotes')
    digits = text[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _file(*suffixes: str) -> AfterValidator:
    """A file of one of these kinds below the folder of components.yaml; whether it is there, its reader says."""

    def check(text: str) -> str:
        parts = text.split("/")
        if not text.isprintable() or "\\" in text or ":" in text or {"", ".", ".."} & {*parts}:
            raise ValueError("a file's way from the folder of this file, such as brand/logo.svg")
        if PurePosixPath(text).suffix[1:].lower() not in suffixes:
            raise ValueError(f"the file's name must end in .{', .'.join(suffixes)}")
        return text

    return AfterValidator(check)


def _href(text: str) -> str:
    if not text.isascii() or not text.isprintable() or re.search(r'[\s"<>\\^`{|}]', text):  # RFC 3986 §2
        raise ValueError("an address is written in ASCII without spaces: xn-- for the host, %XX for the path")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ValueError(f"is no address: {error}") from error
    first = re.split("[/?#]", text)[0]
    scheme = parts.scheme or first.partition(":")[0] if ":" in first else ""
    if ":" in first and scheme not in SCHEMES:
        raise ValueError(f"no {scheme}: here: an address begins with {', '.join(SCHEMES)}, or is relative")
    if scheme in ("https", "http") and not parts.hostname:
        raise ValueError("the address has no host")
    if not scheme and (parts.netloc or not parts.path):
        raise ValueError("a relative address begins with a path, such as imprint/ or /imprint")
    return text


Colour = Annotated[str, AfterValidator(_colour), shown(_COLOUR, "#0b6e4f")]
Text = Name | Annotated[dict[Language, Name], Field(min_length=1)]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Those of one scheme. What is not given follows from what is, so that it can be read."""

    accent: Annotated[Colour, about("Buttons, the mark beside the name, the outline of the focus.")] = ""
    ok: Annotated[Colour, about("The shape of what is operational.")] = ""
    ok_text: Annotated[Colour, about("Words of that state; made from ok, if not given.")] = ""
    degraded: Annotated[Colour, about("The shape of degraded performance.")] = ""
    degraded_text: Annotated[Colour, about("Words of that state; made from degraded, if not given.")] = ""
    partial: Annotated[Colour, about("The shape of a partial outage.")] = ""
    partial_text: Annotated[Colour, about("Words of that state; made from partial, if not given.")] = ""
    major: Annotated[Colour, about("The shape of a major outage.")] = ""
    major_text: Annotated[Colour, about("Words of that state; made from major, if not given.")] = ""
    maintenance: Annotated[Colour, about("The shape of maintenance.")] = ""
    maintenance_text: Annotated[
        Colour, about("Words of that state; made from maintenance, if not given.")
    ] = ""
    page: Annotated[Colour, about("What everything lies on.")] = ""
    card: Annotated[Colour, about("The cards on it.")] = ""
    text: Annotated[Colour, about("Words.")] = ""
    muted: Annotated[Colour, about("Words that stand back.")] = ""

    def chosen(self) -> dict[str, str]:
        """The colours that are given, as `#rrggbb`."""
        given = {key.name: getattr(self, key.name) for key in fields(Colours)}
        return {key: colour for key, colour in given.items() if colour}


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeOptions(Colours):
    """Colours, pictures and styles of your own."""

    dark: Annotated[Colours, about("The same colours for readers with a dark screen.")] = Colours()
    logo: Annotated[str, _file(*PICTURES), about("A picture for the mark beside the page's name.")] = ""
    logo_dark: Annotated[str, _file(*PICTURES), about("The same for a dark screen.")] = ""
    logo_has_name: Annotated[bool, about("The logo shows the page's name: leave out the words.")] = False
    favicon: Annotated[
        str, _file(*ICONS), about("The icon in the browser's tab; it no longer tells the state.")
    ] = ""
    css: Annotated[str, _file("css"), about("A stylesheet that comes after ours.")] = ""


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOptions:
    text: Annotated[Text, about("What it says, or {en: Contact, fr: Contact} by language.")]
    href: Annotated[
        str,
        Field(max_length=2000),
        AfterValidator(_href),
        about("https:, mailto:, tel:, or relative to the page."),
    ]

    def as_model(self) -> PageLink:
        return PageLink(self.text if isinstance(self.text, dict) else {"": self.text}, self.href)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class LinksOptions:
    """Links of your own."""

    header: Annotated[tuple[LinkOptions, ...], Field(max_length=5), about("Beside the page's name.")] = ()
    footer: Annotated[tuple[LinkOptions, ...], Field(max_length=10), about("Below everything.")] = ()
