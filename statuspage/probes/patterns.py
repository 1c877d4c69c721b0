"""Regular expressions from the configuration, run on foreign text without hanging the round.

With google-re2 installed they are linear. Without it, `re` is held in three ways: patterns are short and have
no repetition inside a repetition, texts are cut at 8 kB, and a search ends after half a second.
"""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

try:
    import re2  # type: ignore[import-not-found,import-untyped,unused-ignore]

    _QUIET = re2.Options()
    _QUIET.log_errors = False  # it prints patterns, and they may hold a secret
except (ImportError, AttributeError):  # no wheels for musl; other packages have taken the name too
    re2 = None

MAX_PATTERN = 500  # characters
MAX_TEXT = 8_192  # characters searched
SECONDS = 0.5


class TooSlow(Exception):
    """A search did not end in its time: nothing can be said of the text."""


class _Compiled(Protocol):
    def search(self, text: str, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was found safe enough to run."""

    text: str = field(repr=False)
    compiled: _Compiled = field(repr=False, compare=False)

    def found_in(self, text: str) -> bool:
        """Whether the pattern occurs in the first 8 kB. Raises TooSlow."""
        with _at_most(SECONDS):
            return self.compiled.search(text[:MAX_TEXT]) is not None


def pattern(text: str) -> Pattern:
    """Compile a pattern. Raises ValueError with a sentence."""
    if len(text) > MAX_PATTERN:
        raise ValueError(f"the pattern has {len(text)} characters, at most {MAX_PATTERN} are taken")
    try:
        compiled: _Compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        reason = error.msg if isinstance(error, re.error) else "too large"
        raise ValueError(f"no regular expression: {reason}") from error
    if nests(text):
        raise ValueError("a repetition inside a repetition, such as (a+)+, can take for ever: write it flat")
    if re2 is not None:
        with suppress(re2.error):  # look-around and back-references: `re` has them
            compiled = re2.compile(text, _QUIET)
    return Pattern(text, compiled)


_PIECE = re.compile(
    r"""\\.                                  # an escape
    |   \[\^?\]?(?:\\.|[^\]\\])*\]           # a set
    |   (?P<open>\((?:\?[^:)=!<>]*:|\?<?[=!]|\?P?<\w+>|\?>)?)
    |   (?P<close>\))
    |   (?P<repeat>[*+]|\{\d*,?\d*\})[?+]?   # with its lazy or possessive mark
    |   .""",
    re.VERBOSE | re.DOTALL,
)


def nests(text: str) -> bool:
    """Whether a group that holds a repetition is itself repeated: the usual way to exponential time."""
    repeats_in = [False]  # by open group: has it a repetition inside?
    closed = False  # the piece before was a group that has one
    for piece in _PIECE.finditer(text):
        was_closed, closed = closed, False
        if piece["open"]:
            repeats_in.append(False)
        elif piece["close"] and len(repeats_in) > 1:
            closed = repeats_in.pop()
            repeats_in[-1] |= closed
        elif piece["repeat"] and _many(piece["repeat"]):
            if was_closed:
                return True
            repeats_in[-1] = True
    return False


def _many(repeat: str) -> bool:
    """`{3}`, `{0,1}` and `{}` (plain text) are no repetition that grows."""
    if repeat in "*+":
        return True
    least, comma, most = repeat[1:-1].partition(",")
    return bool(comma) and (not most or int(most) > max(int(least or 0), 1))


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TooSlow in the body after that time. In threads other than the main one there is no limit.

    `re` holds the interpreter, so that neither a task nor a thread can end it; it does look for signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(signum: int, frame: FrameType | None) -> None:
        raise TooSlow(f"the search took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
