"""Markdown as GitHub reads it, of text that others wrote: nothing in it means anything.

Such text stands inside of lines and in cells of tables, where only characters within the line have a meaning.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote

from statuspage.github_log import visible

LONGEST = 300  # characters of what others wrote, in one place
ROWS = 500  # of a table

_MEANS = re.compile(r"[\\`*_\[\]<>#|&~$@]")  # entities stand for no structure: CommonMark 0.31, 2.5
_LINKS = re.compile(r"@|#(?=\d)|:(?=//)|www(?=\.)", re.IGNORECASE)
_JOINER = "\u2060"  # has no width: nobody is called, and no address becomes a link (GFM 0.29, 6.9)
_IN_ADDRESSES = "%/:?&=#@!$'()*+,;~-._"


class Writer:
    """Text and links of others. `mask` takes secrets out of a text."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask

    def text(self, foreign: str) -> str:
        """On one line, cut, escaped."""
        text = visible(" ".join(self._mask(foreign).split()))
        text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
        return _MEANS.sub(lambda found: f"&#{ord(found[0])};", _LINKS.sub(f"\\g<0>{_JOINER}", text))

    def link(self, foreign: str, address: str) -> str:
        """`address` is ours, or a checked one of the operator's."""
        return (
            f"[{self.text(foreign) or 'without a name'}](<{quote(self._mask(address), safe=_IN_ADDRESSES)}>)"
        )


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Of cells that are Markdown, of ROWS rows at most and a sentence that counts the others; "" without rows."""
    if not rows:
        return ""
    lines = [_row(names), _row(["---"] * len(names)), *map(_row, rows[:ROWS])]
    if (more := len(rows) - ROWS) > 0:
        lines += ["", f"And {more} more."]
    return "\n".join(lines)


def fitting(text: str, room: int) -> bytes:
    """The text in UTF-8; where it is longer than `room` octets it is cut after a line, with a sentence that says so."""
    whole = text.encode()
    if len(whole) <= room:
        return whole
    said = b"\n_Cut here: GitHub takes no more. The log and the page have the rest._\n"
    kept = whole[: max(0, room - len(said))]
    kept = kept[: kept.rfind(b"\n") + 1]
    return kept + said if kept else b""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
