"""Examinations of the kept history: when the last round was, and how many of the expected ones there were."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from statuspage.doctor.values import Kept, Outcome, Seen, Unseen, examined, moment, words
from statuspage.errors import Problem
from statuspage.model import Round
from statuspage.snapshot import MARGIN

LOOKED_BACK = timedelta(days=7)
CLOCKS_DIFFER = timedelta(minutes=2)  # between two machines that are both right
ENOUGH = 90  # percent of the expected rounds
_BROKEN = Unseen("the history cannot be read")


def last(seen: Seen) -> Outcome:
    """How long ago the last round was."""
    if isinstance(seen.config, Unseen):
        return seen.config
    if isinstance(seen.kept, Unseen):
        return seen.kept
    if seen.kept.broken:
        return examined("", seen.kept.problems)
    past = _past(seen.kept, seen.now)
    every = seen.config.defaults.every
    if not past:
        what = "the history has no round: nothing was ever probed, or all of it later than now"
        return examined("", [Problem(what, mend="statuspage run, and look at what it says")])
    age = max(seen.now - past[-1].at, timedelta())
    said = f"last round {words(age)} ago, expected every {words(every)}"
    late = age > 3 * every + MARGIN
    mend = "look at the last runs: Actions > status; where cron or systemd runs it, in its log"
    return examined(said, [*seen.kept.problems, *([Problem(said, mend=mend)] if late else [])])


def gaps(seen: Seen) -> Outcome:
    """Which share of the expected rounds there was in the last days, place by place, and the longest silence."""
    if isinstance(seen.config, Unseen):
        return seen.config
    if isinstance(seen.kept, Unseen):
        return seen.kept
    if seen.kept.broken:
        return _BROKEN
    past = [r for r in _past(seen.kept, seen.now) if r.at >= seen.now - LOOKED_BACK]
    if not past:
        return Unseen(f"there is no round of the last {words(LOOKED_BACK)}")
    every = seen.config.defaults.every
    places = sorted({r.vantage for r in past})
    told = [_told([r.at for r in past if r.vantage == place], place, seen.now, every) for place in places]
    return examined("; ".join(said for said, _ in told), _sparse(told))


def clock(seen: Seen) -> Outcome:
    """Rounds that are later than now."""
    if isinstance(seen.kept, Unseen):
        return seen.kept
    if seen.kept.broken:
        return _BROKEN
    ahead = [r for r in seen.kept.rounds if r.at > seen.now + CLOCKS_DIFFER]
    if not ahead:
        return examined(f"no round is later than {moment(seen.now)}")
    what = f"{len(ahead)} rounds are later than now, up to {moment(ahead[-1].at)}"
    return examined(
        "", [Problem(what, mend="set the clock of the machine that probes, or of this one, by NTP")]
    )


def share(times: Sequence[datetime], now: datetime, every: timedelta) -> tuple[int, int]:
    """Rounds that happened and rounds expected, from the first one to now. Two within half of `every` are one."""
    happened, before = 0, None
    for at in times:
        if before is None or at - before >= every / 2:
            happened, before = happened + 1, at
    expected = max(1, (now - times[0]) // every + 1)
    return min(happened, expected), expected


def silence(times: Sequence[datetime], now: datetime) -> tuple[timedelta, datetime]:
    """The longest time without a round, and its beginning."""
    ends = [*times[1:], max(now, times[-1])]
    return max(((end - at, at) for at, end in zip(times, ends, strict=True)), key=lambda gap: gap[0])


def _told(times: Sequence[datetime], place: str, now: datetime, every: timedelta) -> tuple[str, int]:
    """A sentence about one place, and its share in percent."""
    happened, expected = share(times, now, every)
    longest, since = silence(times, now)
    percent = 100 * happened // expected
    of = f"from {place} " if place else ""
    said = f"{of}{happened} of {expected} expected rounds ({percent} %) since {moment(times[0])}"
    return f"{said}, longest silence {words(longest)} from {moment(since)}", percent


def _sparse(told: Iterable[tuple[str, int]]) -> Iterator[Problem]:
    for said, percent in told:
        if percent < ENOUGH:
            mend = "GitHub's schedule is late when it is busy: let another timer knock, or say so in defaults.every"
            yield Problem(said, mend=mend, warning=True)


def _past(kept: Kept, now: datetime) -> list[Round]:
    return [r for r in kept.rounds if r.at <= now + CLOCKS_DIFFER]
