"""The examination of a bucket that keeps the history: whether two runs can be kept apart by it."""

from collections.abc import Callable

from statuspage.doctor.values import Outcome, examined
from statuspage.errors import Problem, StatuspageError


def bucket(url: str, is_kept: Callable[[], bool]) -> Outcome:
    """`is_kept` tries it: True when the bucket refuses to write over what is there. It may raise StatuspageError."""
    try:
        kept = is_kept()
    except StatuspageError as error:
        return examined("", error.problems)
    if kept:
        return examined(f"{url} keeps conditional writes")
    what = f"{url} ignores conditional writes (If-None-Match): two runs at once are not kept apart"
    mend = "let one run end before the next one begins, or take a server that knows them"
    return examined("", [Problem(what, mend=mend)])
