"""Text that is too long for a channel: cut at the end of a sentence, its link kept."""

import re
from bisect import bisect_right
from collections.abc import Callable

MORE = "…"

_END = re.compile(r"(?<=[.!?…。！？])[\"'”’»)]*(?=\s)|(?<=\S)(?=\n)")  # of a sentence or of a line


def fitting(text: str, url: str, most: int, size: Callable[[str], int] = len) -> str:
    """The text, or as much of it as `most` allows, ended by the link. `size`: what a text takes up there."""
    text = text.strip()
    if size(text) <= most:
        return text
    rest = "\n".join(line for line in text.splitlines() if line.strip() != url).rstrip()
    for tail in (f" {MORE}\n{url}", f"{MORE} {url}"):
        ends = [0, *(found.end() for found in _END.finditer(rest))]
        last = (
            bisect_right(ends, most, key=lambda end: size(rest[:end] + tail)) - 1
        )  # the size grows with the end
        if last > 0 and rest[: ends[last]].strip():
            return rest[: ends[last]].rstrip() + tail
    return _by_words(rest, url, most, size)


def _by_words(text: str, url: str, most: int, size: Callable[[str], int]) -> str:
    """Not one sentence fits: as many words as do, then the link; the link alone; or the text's beginning."""
    if size(url) > most:
        return _longest(text, "", most, size)
    if size(f"{MORE} {url}") > most:
        return url
    kept = _longest(text, f"{MORE} {url}", most, size)
    words = kept.removesuffix(f"{MORE} {url}").rpartition(" ")[0]
    return f"{words or kept.removesuffix(f'{MORE} {url}')}{MORE} {url}"


def _longest(text: str, tail: str, most: int, size: Callable[[str], int]) -> str:
    """The size grows with the text."""
    length = bisect_right(range(1, len(text) + 1), most, key=lambda end: size(text[:end] + tail))
    return text[:length] + tail
