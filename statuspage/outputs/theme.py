"""The operator's colours, styles and pictures as files of the site."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from statuspage.model import Picture, Theme
from statuspage.theme import BEYOND

File = tuple[str, bytes]
HASHED = 12  # hexadecimal digits of a content hash in a file's name
MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon"}  # of icons


@dataclass(frozen=True, slots=True)
class Logo:
    """Addresses are relative to the site's root."""

    path: str
    dark_path: str  # "": the same one
    width: int  # 0: the picture does not say
    height: int
    has_name: bool  # the page's name need not stand beside it


@dataclass(frozen=True, slots=True)
class Icon:
    path: str
    type: str


def colours(theme: Theme) -> str:
    """The custom properties that are not as they are built in, as styles that come after `style.css`."""
    light, dark = _properties(theme.light), _properties(theme.dark)
    # `not dark` rather than `light`, so that the page is themed where the reader prefers neither.
    return (f"@media not all and (prefers-color-scheme:dark){{{light}}}" if light else "") + (
        f"@media (prefers-color-scheme:dark){{{dark}}}" if dark else ""
    )


def own_styles(theme: Theme, *, front: bool) -> str:
    """The operator's stylesheet; for the front page the part of it that stands there."""
    return theme.css.partition(BEYOND)[0] if front else theme.css


def inlinable(css: str) -> str:
    """Styles that can stand between <style> and </style>: in CSS a backslash changes nothing of a slash.

    Source: HTML, 13.2.5.2 (RAWTEXT ends at its own end tag alone); CSS Syntax 3, §4.3.7.
    """
    return re.sub("</(?=style)", r"<\\/", css, flags=re.IGNORECASE)


def logo(theme: Theme) -> Logo | None:
    if not theme.logo:
        return None
    return Logo(
        path=_path("logo", theme.logo),
        dark_path=_path("logo-dark", theme.logo_dark) if theme.logo_dark else "",
        width=theme.logo.width,
        height=theme.logo.height,
        has_name=theme.logo_has_name,
    )


def icon(theme: Theme) -> Icon:
    """The icon of the browser's tab: the one that tells the state, unless there is one of the operator's own."""
    if not theme.favicon:
        return Icon("favicon.svg", MEDIA_TYPES["svg"])
    return Icon(_path("favicon", theme.favicon), MEDIA_TYPES[theme.favicon.suffix])


def pictures(theme: Theme) -> Iterator[File]:
    for name, picture in (("logo", theme.logo), ("logo-dark", theme.logo_dark), ("favicon", theme.favicon)):
        if picture:
            yield _path(name, picture), picture.content


def _path(name: str, picture: Picture) -> str:
    return f"assets/{name}.{digest(picture.content)}.{picture.suffix}"


def digest(content: bytes) -> str:
    """What a file's name says of its content."""
    return hashlib.sha256(content).hexdigest()[:HASHED]


def _properties(chosen: Mapping[str, str]) -> str:
    told = ";".join(f"--{name}:{colour}" for name, colour in sorted(chosen.items()))
    return f":root{{{told}}}" if told else ""
