"""One family of errors: what is wrong, where, how to mend it.

StatuspageError        exit 1   this program could not do its work
+- Problems            exit 1   several findings in the files read, all of them at once
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar

DONE, FAILED, USAGE, INCOMPLETE = 0, 1, 2, 3
"""Exit codes: done; could not do its work; wrong usage; done with something left out."""


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a file. `line` counts from 1; 0 means the file as a whole."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: what, where, how to mend it. A warning stops nothing."""

    what: str
    where: Where | None = None
    mend: str = ""
    warning: bool = False

    def __str__(self) -> str:
        """Foreign words in it begin no line of their own: a runner would take `::` there for a command."""
        told = f"{self.where}: {self.what}" if self.where else self.what
        mend = f"\n  mend: {self.mend}" if self.mend else ""
        return f"{'warning' if self.warning else 'error'}: {_on_one_line(told)}{mend}"


class StatuspageError(Exception):
    """This program could not do its work."""

    exit_code: ClassVar[int] = FAILED

    def __init__(self, what: str, *, where: Where | None = None, mend: str = "") -> None:
        super().__init__(what)
        self.problems: tuple[Problem, ...] = (Problem(what, where, mend),)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class Problems(StatuspageError):
    """All that is wrong with the files read, gathered in one run."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


def worst(*codes: int) -> int:
    """The exit code of a run that did several things: it is green when all of them were done."""
    return max(codes, key=(DONE, INCOMPLETE, FAILED, USAGE).index, default=DONE)


def left_out(problems: Iterable[Problem]) -> int:
    """The exit code of a deed that was done but for these."""
    return INCOMPLETE if any(not problem.warning for problem in problems) else DONE


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence for `mend:`: the nearest known word first, else all of them."""
    words = sorted(known)
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"use one of {', '.join(words)}"


def _on_one_line(text: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
