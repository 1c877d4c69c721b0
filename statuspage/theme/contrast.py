"""How well one colour stands out from another, and the nearest one that does. Colours are `#rrggbb`."""

from collections.abc import Iterable, Iterator, Sequence
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache
from itertools import chain

WORDS, SHAPES = 4.5, 3.0
"""What level AA asks for. Source: WCAG 2.2, success criteria 1.4.3 (text) and 1.4.11 (graphical objects)."""

STEPS = 512  # of lightness from black to white: two for each step that a grey can show


def contrast(one: str, other: str) -> float:
    """From 1.0 (the same) to 21.0 (black on white). Source: WCAG 2.2, definition of contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least(colour: str, grounds: Iterable[str]) -> float:
    """Its contrast with the one of `grounds` that it stands out from least."""
    return min(contrast(colour, ground) for ground in grounds)


def reaching(colour: str, grounds: Sequence[str], enough: float) -> str:
    """The colour itself if it has `enough` contrast with every ground, else the nearest tone of its hue that has.

    Where no tone has, the one of black and white that comes nearer to it.
    """
    for tone in chain((colour,), _tones(colour)):
        if least(tone, grounds) >= enough:
            return tone
    return max(("#000000", "#ffffff"), key=lambda end: least(end, grounds))


def mixed(colour: str, percent: int, ground: str) -> str:
    """So much of the colour in the ground, as `color-mix(in srgb, ...)` has it."""
    parts = zip(_octets(colour), _octets(ground), strict=True)
    return _written((a * percent + b * (100 - percent)) / 100 for a, b in parts)


def told(ratio: float) -> str:
    """`4.47:1`, rounded down: what is shown as 4.50 is enough."""
    return f"{int(ratio * 100 + 1e-9) / 100:.2f}:1"


@lru_cache(1024)
def _luminance(colour: str) -> float:
    """From 0.0 to 1.0. Source: WCAG 2.2, definition of relative luminance."""
    red, green, blue = (_linear(octet / 255) for octet in _octets(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _tones(colour: str) -> Iterator[str]:
    """Darker and lighter ones of the same hue, nearest first."""
    hue, lightness, saturation = rgb_to_hls(*(octet / 255 for octet in _octets(colour)))
    for step in range(1, STEPS + 1):
        for moved in (lightness - step / STEPS, lightness + step / STEPS):
            if 0 <= moved <= 1:
                yield _written(part * 255 for part in hls_to_rgb(hue, moved, saturation))


def _octets(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _written(octets: Iterable[float]) -> str:
    return "#" + "".join(f"{round(octet):02x}" for octet in octets)
