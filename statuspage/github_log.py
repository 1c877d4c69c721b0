"""What GitHub's runner reads in a log: annotations of ours, and lines of others that must command nothing.

Source: actions/runner, src/Runner.Common/ActionCommand.cs; actions/toolkit, packages/core/src/command.ts.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from statuspage.errors import Problem

MOST = 10
"""Annotations of each kind that GitHub shows for a step. Source: GitHub, Checks from workflow runs."""

PREFIX = "| "
"""Stands before a line that would else be a command."""


def annotations(problems: Sequence[Problem], title: str) -> Iterator[str]:
    """A workflow command for each problem, errors first.

    At most ten of each kind: where there are more the last one counts those that have none of their own.
    """
    for command in ("error", "warning"):
        some = [problem for problem in problems if problem.warning is (command == "warning")]
        shown = some if len(some) <= MOST else some[: MOST - 1]
        yield from (_annotation(command, problem, title) for problem in shown)
        if more := len(some) - len(shown):
            yield _annotation(command, Problem(f"{more} more {command}s: the log has them all"), title)


def without_annotation(problems: Sequence[Problem]) -> list[Problem]:
    """Those that `annotations` only counts."""
    kinds = ([p for p in problems if p.warning is warning] for warning in (False, True))
    return [problem for some in kinds if len(some) > MOST for problem in some[MOST - 1 :]]


def visible(text: str) -> str:
    """The text with control characters, and others that move or hide text, escaped as Python writes them.

    Newlines and tabs stay, and the two characters that join letters and emoji.
    """
    text = text.replace("\r\n", "\n")
    if text.replace("\n", " ").isprintable():
        return text
    return "".join(c.encode("unicode_escape").decode() if _is_hidden(c) else c for c in text)


def without_commands(text: str) -> str:
    """Visible text of which no line is a workflow command, in either of the runner's two forms.

    The runner takes `::NAME` for a command after white space, and compares as the language of the machine does, by
    which characters without width do not count; `##[NAME]` is one anywhere in a line.
    """
    return "\n".join(map(_harmless, text.split("\n")))


def _annotation(command: str, problem: Problem, title: str) -> str:
    place = ""
    if problem.where:
        place = f"file={_property(problem.where.path)},line={problem.where.line or 1},"
    mend = f" - {problem.mend}" if problem.mend else ""
    return f"::{command} {place}title={_property(title)}::{_data(problem.what + mend)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _is_hidden(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category in ("Cc", "Cf", "Cs", "Zl", "Zp") and letter not in "\n\t\u200c\u200d"


def _harmless(line: str) -> str:
    if ":" not in line and "#" not in line:
        return line
    compared = "".join(letter for letter in line if not _has_no_width(letter))
    if "##[" in compared:
        line = compared = compared.replace("##[", "## [")
    return f"{PREFIX}{line}" if compared.lstrip().startswith("::") else line


def _has_no_width(letter: str) -> bool:
    """Whether a comparison may pass over it: marks, joiners, what Unicode does not know, and its blank letters."""
    return unicodedata.category(letter) in ("Cf", "Mn", "Me", "Cn", "Co") or letter in _BLANK


_BLANK = "\u115f\u1160\u3164\uffa0"  # letters of Hangul that fill a place
