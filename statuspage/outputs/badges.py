"""Badges: pictures drawn here, and the same words as documents for shields.io's endpoint."""

import unicodedata
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, tostring

from statuspage.model import Snapshot, State
from statuspage.outputs.wire import json_bytes, one_line
from statuspage.views import CLASSES
from statuspage.views.badges import Badge, component_badge, page_badge, uptime_badge
from statuspage.views.languages import first_context

PAGE = "status"  # the page's own badge
LONGEST = 40  # characters of a label or a message; the title has them all
CACHE_SECONDS = 300  # the shortest that shields.io keeps a badge
GROUND = "#3f464d"
COLOURS = {"ok": "#0f7346", "deg": "#855900", "par": "#a8460b", "maj": "#b3202f", "mnt": "#2554b8"}
NOT_MEASURED = "#5f6670"
SHIELDS = {"ok": "brightgreen", "deg": "yellow", "par": "orange", "maj": "red", "mnt": "blue"}
UNDISPUTED = frozenset({CLASSES[State.OPERATIONAL], CLASSES[State.MAINTENANCE]})


def badges(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """A picture and a document of each badge, below `badges/`."""
    for name, badge in _badges(snapshot):
        yield f"badges/{name}.svg", picture(badge)
        yield f"badges/{name}.json", json_bytes(endpoint(badge))


def _badges(snapshot: Snapshot) -> Iterator[tuple[str, Badge]]:
    """By name. Ids have no underscore: with one, a badge steps aside for another of its name."""
    context = first_context(snapshot)
    ids = {component.id for component in snapshot.components}
    yield PAGE, page_badge(context)
    for component in snapshot.components:
        id_ = component.id
        yield f"component_{id_}" if id_ == PAGE else id_, component_badge(context, component)
        uptime = f"{id_}_uptime" if f"{id_}-uptime" in ids else f"{id_}-uptime"
        yield uptime, uptime_badge(context, component)


def endpoint(badge: Badge) -> dict[str, object]:
    """The document of https://shields.io/badges/endpoint-badge, which refuses keys that it does not know.

    `isError`: whoever places the badge cannot paint trouble, or what was not measured, in a colour of joy.
    """
    return {
        "schemaVersion": 1,
        "label": one_line(badge.label),
        "message": one_line(badge.message),
        "color": SHIELDS.get(badge.css, "lightgrey"),
        "isError": badge.css not in UNDISPUTED and (badge.shaped or badge.css not in COLOURS),
        "cacheSeconds": CACHE_SECONDS,
    }


# --- the picture -------------------------------------------------------------------------------

HEIGHT, ROUND, PAD, SHAPE, GAP = 20, 4, 7, 12, 4  # pixels
SHAPES = {  # a form and the sign cut out of it, in a square of 24: those of the pages
    "ok": ("M12 2a10 10 0 1 0 0 20 10 10 0 1 0 0-20z", "m7.5 12.5 3 3 6-6.5"),
    "deg": (
        "M10.3 3.2a2 2 0 0 1 3.4 0l8.6 15a2 2 0 0 1-1.7 3H3.4a2 2 0 0 1-1.7-3z",
        "M12 9v5m0 3v.5",
    ),
    "par": ("M7 2h10a5 5 0 0 1 5 5v10a5 5 0 0 1-5 5H7a5 5 0 0 1-5-5V7a5 5 0 0 1 5-5z", "M7 12h10"),
    "maj": ("M8 2h8l6 6v8l-6 6H8l-6-6V8z", "m8.5 8.5 7 7m0-7-7 7"),
    "mnt": ("M12 2a10 10 0 1 0 0 20 10 10 0 1 0 0-20z", "M12 6.5V12l3.5 2"),
    "unk": (
        "M7 2h10a5 5 0 0 1 5 5v10a5 5 0 0 1-5 5H7a5 5 0 0 1-5-5V7a5 5 0 0 1 5-5z",
        "m3 15 12-12M4 21 21 4M10 21 21 10",
    ),
}


def picture(badge: Badge) -> bytes:
    """A flat SVG: no script, no style, no font of its own, no id that could clash in a page."""
    label, message = _cut(one_line(badge.label)), _cut(one_line(badge.message))
    left = width(label) + 2 * PAD
    before = PAD - 2 + SHAPE + GAP if badge.shaped else PAD
    whole = left + before + width(message) + PAD
    svg = Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        width=str(whole),
        height=str(HEIGHT),
        viewBox=f"0 0 {whole} {HEIGHT}",
        role="img",
    )
    SubElement(svg, "title").text = one_line(badge.title)
    colour = COLOURS.get(badge.css, NOT_MEASURED)
    arc, side = f"a{ROUND} {ROUND} 0 0 1", HEIGHT - 2 * ROUND
    SubElement(
        svg,
        "path",
        fill=GROUND,
        d=f"M{left + 1} 0v{HEIGHT}H{ROUND}{arc}-{ROUND}-{ROUND}v-{side}{arc} {ROUND}-{ROUND}z",
    )
    SubElement(
        svg,
        "path",
        fill=colour,
        d=f"M{left} 0H{whole - ROUND}{arc} {ROUND} {ROUND}v{side}{arc}-{ROUND} {ROUND}H{left}z",
    )
    if badge.shaped:
        _shape(svg, badge.css, colour, left + PAD - 2)
    words = {"fill": "#fff", "font-family": "Verdana,DejaVu Sans,Geneva,sans-serif", "font-size": "11"}
    group = SubElement(svg, "g", {**words, "text-anchor": "middle"})
    _text(group, label, left / 2)
    _text(group, message, left + before + width(message) / 2)
    drawn: bytes = tostring(svg, encoding="utf-8")
    return drawn + b"\n"


def width(text: str) -> int:
    """Pixels of `text` in Verdana or DejaVu Sans of 11 pixels, rounded up: an estimate that the text is set to."""
    return -(-sum(map(_glyph, text)) // 10)


def _shape(svg: Element, css: str, colour: str, x: int) -> None:
    form, sign = SHAPES[css]
    group = SubElement(svg, "g", transform=f"translate({x} {(HEIGHT - SHAPE) // 2}) scale(.5)")
    SubElement(group, "path", fill="#fff", d=form)
    line = {"stroke-width": "2.6", "stroke-linecap": "round", "stroke-linejoin": "round"}
    SubElement(group, "path", {"fill": "none", "stroke": colour, **line, "d": sign})


def _text(group: Element, text: str, middle: float) -> None:
    if not text:
        return
    element = SubElement(group, "text", x=f"{middle:g}", y="14")
    element.text = text
    if all(_plain(letter) in _WIDTHS for letter in text):  # other scripts may join their letters
        element.set("textLength", str(width(text)))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _glyph(letter: str) -> int:
    """Tenths of a pixel."""
    plain = _plain(letter)
    if unicodedata.combining(plain):
        return 0
    return _WIDTHS.get(plain, 110 if unicodedata.east_asian_width(plain) in "WF" else 75)


def _plain(letter: str) -> str:
    """The letter that it is as wide as: e for é."""
    return letter if letter == "…" else unicodedata.normalize("NFKD", letter)[0]


_WIDTHS = {  # DejaVu Sans at 11 pixels, which follows Verdana
    letter: tenths
    for letters, tenths in (
        ("'ijlIJ", 32),
        (" ,.·", 35),
        ("/:;\\|", 37),
        ("f-()[]t!r", 43),
        ('"*_`', 54),
        ("s?zcL", 60),
        ("Fkvxy", 65),
        ("PTYaoe", 68),
        ("$0123456789ESbdghnpqu{}", 70),
        ("KABVXZRC", 76),
        ("UNHDG&OQ", 85),
        ("w", 90),
        ("#+<=>^~M", 94),
        ("%mW@…", 108),
    )
    for letter in letters
}
