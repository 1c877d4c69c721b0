"""Markdown to HTML that is safe to publish, and to plain text."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from html import escape, unescape
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING

import nh3

from statuspage.incidents.conversions import LENGTH, Conversions

if TYPE_CHECKING:  # prose needs no converter
    from markdown import Markdown

MAX_SIZE = 64_000  # octets
MAX_MARKS = 600
MAX_CELLS = 4_000
MAX_LINES = 4_000
MAX_NESTING = 20
MAX_BLANKS = 200


@lru_cache(maxsize=4096)
def render(markdown: str) -> tuple[str, str]:
    """HTML with nothing in it but the tags below, and the same as plain text.

    A text that would be slow to convert is shown as it was written, in escaped paragraphs. What is slow is told by
    counting, not by a clock, so that the same text always gives the same page.
    """
    markdown = markdown.strip("\n")
    if _PROSE.fullmatch(markdown):
        return _paragraphs(markdown)
    return _converted(markdown)


def _converted(markdown: str) -> tuple[str, str]:
    try:
        html = _ticked(_clean(CONVERSIONS.of(markdown, _convert)))
    except _UnfitError:
        paragraphs = [part.strip("\n") for part in re.split(r"\n{2,}", markdown) if part.strip()]
        return "\n".join(f"<p>{_literal(part)}</p>" for part in paragraphs), "\n\n".join(paragraphs)
    return html, _plain(html)


CONVERSIONS = Conversions()
"""Of this process; a build hands them on to the next one."""


class _UnfitError(Exception):
    """The text had better be shown as it was written."""


def _convert(markdown: str) -> str:
    if too_costly(markdown):
        raise _UnfitError
    try:
        return str(_converter().reset().convert(_with_room(markdown)))
    except (RecursionError, AssertionError) as error:  # nested too deep; Python's HTML parser met odd markup
        _converter.cache_clear()  # it was left in the middle
        raise _UnfitError from error


@cache
def converter() -> str:
    """A hash of all that turns Markdown into HTML: the library, Python's parser, what we do before."""
    code = Path(__file__).read_bytes()
    return blake2b(
        f"{version('markdown')} {python_version()} ".encode() + code, digest_size=LENGTH
    ).hexdigest()


def too_costly(markdown: str) -> bool:
    """Whether Python-Markdown might need more than a second for it, or overflow the stack.

    Measured with 3.11: each mark that opens something costs time with the square of their number (600 of one kind:
    0.1 s, 4,000 `[`: 2 s, 20,000 `<a `: without end); so does white space after a fence. Table cells and lines are
    linear (10,000: 1 s). 2,000 `>` in a line overflow the stack.
    """
    if len(markdown.encode("utf-8", "replace")) > MAX_SIZE or _BLANKS.search(markdown):
        return True
    lines = markdown.split("\n")
    outside = [line for line, code in zip(lines, _in_code(lines), strict=True) if not code]
    text = "\n".join(outside)
    return (
        len(outside) > MAX_LINES
        or text.count("|") > MAX_CELLS
        or sum(1 for _ in _MARKS.finditer(text)) > MAX_MARKS
        or any(_nesting(line) > MAX_NESTING for line in outside)
    )


@cache
def _converter() -> "Markdown":
    """Making one takes longer than converting an update."""
    from markdown import Markdown

    return Markdown(extensions=list(_EXTENSIONS), output_format="html")


_SIGNS = r"[.,;:?'()%/+\u2013\u2014\u2018\u2019\u201c\u201d\u2026-]"
_LINE = rf"[A-Za-z\u00c0-\u024f\u0370-\u052f](?:[^\W_]|{_SIGNS}| (?! |\n|\Z))*+"
_PROSE = re.compile(rf"{_LINE}(?:\n{{1,2}}{_LINE})*")
"""Lines of words and nothing that Markdown could take for a mark: most of what people write."""


def _paragraphs(prose: str) -> tuple[str, str]:
    """As Markdown has it, without asking: that takes fifty times as long."""
    parts = prose.split("\n\n")
    return "\n".join(f"<p>{part}</p>" for part in parts), "\n\n".join(parts)


def _nesting(line: str) -> int:
    """How many quotes and lists a line opens at once."""
    start = _OPENING.match(line)
    return len(_OPENER.findall(start[0])) if start else 0


_EXTENSIONS = ("sane_lists", "tables", "fenced_code")
_FENCE = re.compile(r"(?P<mark>`{3,}|~{3,}) *[\w.+#-]* *")
_ITEM = re.compile(r"[-*+] +[^\s*+-]")
_PARAGRAPH = re.compile(r"(?![-*+] |\d+[.)] |[>#|]|`{3}|~{3})\S")
_MARKS = re.compile(r"[\[\]!<&\\`]|^~~~|^ {0,3}#|^ {0,3}[=-]+ *$", re.MULTILINE)
_BLANKS = re.compile(rf"[^\S\n]{{{MAX_BLANKS}}}")
_OPENING = re.compile(r"[-*+>\d.)\s]*")
_OPENER = re.compile(r">|[-*+]\s|\d[.)]\s")

_TAGS = {
    "p",
    "br",
    "hr",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "em",
    "strong",
}
_TAGS |= {"del", "a", "table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"https", "http", "mailto"}


def _in_code(lines: Sequence[str]) -> list[bool]:
    """Which lines stand in a closed code fence: it is cut out before anything else is looked at."""
    flags = [False] * len(lines)
    unclosed: set[str] = set()
    at = 0
    while at < len(lines):
        fence = _FENCE.fullmatch(lines[at])
        if fence and fence["mark"] not in unclosed:
            ends = (n for n in range(at + 1, len(lines)) if lines[n].rstrip(" ") == fence["mark"])
            end = next(ends, None)
            if end is None:
                unclosed.add(fence["mark"])
            else:
                flags[at : end + 1] = [True] * (end + 1 - at)
                at = end
        at += 1
    return flags


def _with_room(markdown: str) -> str:
    """An empty line between a paragraph and a list under it, which GitHub does not ask for and Markdown does."""
    lines = markdown.split("\n")
    spaced: list[str] = []
    for line, code in zip(lines, _in_code(lines), strict=True):
        if not code and _ITEM.match(line) and spaced and _PARAGRAPH.match(spaced[-1]):
            spaced.append("")
        spaced.append(line)
    return "\n".join(spaced)


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        attribute_filter=_attribute,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    ).strip()


def _ticked(html: str) -> str:
    """`[x]` at the head of an item as a ticked box, as GitHub shows a list of tasks."""
    return _TASK.sub(lambda m: f"{m[1]}{_BOXES[m[2]]} ", html)


_TASK = re.compile(r"(<li>(?:\n?<p>)?)\[([ xX])\] ")
_BOXES = {" ": "\N{BALLOT BOX}", "x": "\N{BALLOT BOX WITH CHECK}", "X": "\N{BALLOT BOX WITH CHECK}"}


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """The attribute's value; None for an address that is none: nothing is left of its link but the words."""
    return None if name == "href" and _NO_ADDRESS.match(value) else value


_NO_ADDRESS = re.compile(
    r"(?!(?:https?|mailto):)[^/?#]*:", re.IGNORECASE
)  # a colon without a scheme: RFC 3986 §4.2


def _literal(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


_LINK = re.compile(r'<a href="(?P<target>[^"]*)"[^>]*>(?P<words>.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_BETWEEN_CELLS = re.compile(r"</t[hd]>\n<t[hd]>")


def _plain(html: str) -> str:
    """Text of sanitised HTML: items with a dash, cells with a bar between, links with their address, no tags."""
    text = _BETWEEN_CELLS.sub(" | ", _LINK.sub(_link, html)).replace("<li>", "- ").replace("<hr>", "---")
    bare = unescape(_TAG.sub("", text.replace("</p>\n<", "</p>\n\n<")))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in bare.split("\n"))).strip()


def _link(match: re.Match[str]) -> str:
    target, words = match["target"], match["words"]
    return words if target.removeprefix("mailto:") in words else f"{words} ({target})"
