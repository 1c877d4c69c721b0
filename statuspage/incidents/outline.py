"""An incident file's parts and where they stand: front matter, and one section a `##` heading."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from statuspage.errors import Problem, Problems, Where

MAX_BODY = 64_000  # octets; Markdown's cost grows with the square of what is hostile in it
MAX_FRONT = 16_000  # octets


class Line(NamedTuple):
    number: int  # in the file
    text: str
    code: bool  # it belongs to a fenced code block


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading of the second level. Comments are cut out."""

    line: int  # of the heading
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    front: str  # YAML; it begins in the file's second line
    sections: tuple[Section, ...]  # as they stand in the file
    problems: tuple[Problem, ...]


def outline(text: str, path: str) -> Outline:
    """Cut a file into its parts. Raises Problems when they cannot be told apart."""
    lines = normal(text).split("\n")
    if lines[0].rstrip() != "---":
        raise Problems(
            [
                Problem(
                    "the front matter is missing",
                    Where(path, 1),
                    "begin the file with a line ---, facts, a line ---",
                )
            ]
        )
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        raise Problems([Problem("the front matter does not end", Where(path, 1), "put a line --- after it")])
    body = lines[end + 1 :]
    size = len("\n".join(body).encode())
    if size > MAX_BODY:
        raise Problems(
            [
                Problem(
                    f"the text is {size} octets long, at most {MAX_BODY} are read",
                    Where(path, end + 2),
                    "move the longer part elsewhere and link to it",
                )
            ]
        )
    scan = _Scan(path)
    sections = tuple(scan.sections(list(enumerate(body, end + 2))))
    return Outline("\n".join(lines[1:end]), sections, tuple(scan.problems))


def normal(text: str) -> str:
    """Without byte order mark, every line end a line feed."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})(?P<info>.*)")
_HEADING = re.compile(r" {0,3}(?P<level>#{1,2})(?!#)(?P<words>.*)")
_UNDERLINE = re.compile(r" {0,3}(?:={1,}|-{2,})\s*")
_NO_PARAGRAPH = re.compile(r"\s*$|\s*[>#|]|\s*[-*+]\s|\s*\d+[.)]\s|\s*[-*_=]+\s*$| {4}")
# What XML 1.0 cannot carry and no text file should hold.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


class _Scan:
    """One pass over the body's lines, with an eye on code fences and comments."""

    def __init__(self, path: str) -> None:
        self.problems: list[Problem] = []
        self._path = path

    def sections(self, lines: Sequence[tuple[int, str]]) -> Iterator[Section]:
        head: tuple[int, str] | None = None
        kept: list[Line] = []
        lost = False
        for number, line, code in self._without_comments(lines):
            heading = _HEADING.fullmatch(line) if line and not code else None
            if heading and heading["level"] == "##":
                if head:
                    yield Section(*head, tuple(kept))
                head, kept = (number, heading["words"].rstrip().rstrip("#").strip()), []
                continue
            if line and not code:
                self._look(number, line, heading, kept[-1].text if kept else "")
            if head is None and line.strip() and not lost:
                lost = True
                self._found(
                    "text before the first update's heading", number, "put it under a heading, or in <!-- -->"
                )
            kept.append(Line(number, line, code))
        if head:
            yield Section(*head, tuple(kept))

    def _look(self, number: int, line: str, heading: re.Match[str] | None, above: str) -> None:
        if heading:
            mend = "inside an update begin headings with ###; ## begins an update"
            self._found("a heading of the first level", number, mend)
        elif _UNDERLINE.fullmatch(line) and not _NO_PARAGRAPH.match(above):
            mend = "begin an update with ##, a heading inside it with ###; for a rule leave a line empty above it"
            self._found("this line makes the one above a heading", number, mend)

    def _without_comments(self, lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str, bool]]:
        """Each line's number, its text less comments, and whether it belongs to a code block."""
        fence, opened = "", 0  # the fence's own characters, the line where fence or comment began
        comment = False
        for number, line in lines:
            if match := _CONTROL.search(line):
                self._found(f"the character U+{ord(match[0]):04X} cannot be shown", number, "delete it")
            if fence:
                closing = _FENCE.fullmatch(line)
                if closing and closing["mark"].startswith(fence) and not closing["info"].strip():
                    fence = ""
                yield number, line, True
                continue
            text, was = line, comment
            if comment or "<!--" in line:
                text, comment = _uncommented(line, comment)
                opened = number if comment and not was else opened
                if not text.strip():
                    if not was and not comment:
                        yield number, "", False
                    continue
            match = _FENCE.fullmatch(text) if text else None
            if match and not ("`" in match["info"] and match["mark"][0] == "`"):
                fence, opened = match["mark"], number
            yield number, text, bool(fence)
        if fence:
            self._found(
                "the code block that begins here does not end", opened, f"close it with a line {fence}"
            )
        if comment:
            self._found("the comment that begins here does not end", opened, "close it with -->")

    def _found(self, what: str, line: int, mend: str) -> None:
        self.problems.append(Problem(what, Where(self._path, line), mend))


def _uncommented(line: str, comment: bool) -> tuple[str, bool]:  # noqa: FBT001 (the scan's state, handed on)
    """The line's text outside comments, and whether one goes on after it; `<!--` in `code` is text."""
    kept = ""
    while line:
        before, mark, line = line.partition("-->" if comment else "<!--")
        if comment:
            if not mark:
                return kept, True
            comment = False
            continue
        kept += before
        if mark and kept.count("`") % 2:
            kept += mark
        elif mark:
            comment = True
    return kept, comment
