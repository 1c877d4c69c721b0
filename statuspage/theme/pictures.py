"""The first octets of a picture: whether it is what its name says, and how large."""

import re
from collections.abc import Callable, Mapping

Size = tuple[int, int]
"""Width and height in pixels; (0, 0): it does not say."""


def size(suffix: str, content: bytes) -> Size | None:
    """None when the content is no picture of the kind that `suffix` (`svg`, `png`, ...) names."""
    return _KINDS[suffix](content)


def _png(content: bytes) -> Size | None:
    """Source: PNG (W3C, third edition), §5.2 and §11.2.1."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _jpeg(content: bytes) -> Size | None:
    """Source: ITU-T T.81, annex B: segments one after the other, up to the start of a frame."""
    if content[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while content[at : at + 1] == b"\xff":
        marker, length = content[at + 1 : at + 2], int.from_bytes(content[at + 2 : at + 4])
        if b"\xc0" <= marker <= b"\xcf" and marker not in (b"\xc4", b"\xc8", b"\xcc"):
            return int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7])
        at += 2 + length
    return 0, 0


def _webp(content: bytes) -> Size | None:
    """Source: RFC 9649 §2.5 to §2.7; RFC 6386 §9.1 for the lossy kind."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return None
    match content[12:16]:
        case b"VP8X":
            width, height = content[24:27], content[27:30]
            return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
        case b"VP8L":
            bits = int.from_bytes(content[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = content[26:28], content[28:30]
            return int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF
    return 0, 0


def _ico(content: bytes) -> Size | None:
    return (0, 0) if content[:4] == b"\0\0\1\0" else None


def _svg(content: bytes) -> Size | None:
    """Source: SVG 2 §8.2: width and height in pixels, else the view box."""
    root = re.search(rb"<svg\b[^>]*", content)
    if not root:
        return None
    number = rb"""\b%s\s*=\s*["'](\d{1,6}(?:\.\d{1,6})?)(?:px)?["']"""
    width, height = (re.search(number % name, root[0]) for name in (b"width", b"height"))
    if width and height:
        return round(float(width[1])), round(float(height[1]))
    box = re.search(
        rb"""\bviewBox\s*=\s*["'][-\d.]+[\s,]+[-\d.]+[\s,]+(\d{1,6}(?:\.\d{1,6})?)[\s,]+(\d{1,6}(?:\.\d{1,6})?)\s*["']""",
        root[0],
    )
    return (round(float(box[1])), round(float(box[2]))) if box else (0, 0)


_KINDS: Mapping[str, Callable[[bytes], Size | None]] = {
    "ico": _ico,
    "jpeg": _jpeg,
    "jpg": _jpeg,
    "png": _png,
    "svg": _svg,
    "webp": _webp,
}
