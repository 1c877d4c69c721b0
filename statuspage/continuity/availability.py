"""How much of the time a journey could be done, from the measured time of what it needs, instant by instant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from math import prod

from statuspage.intervals import Interval, merge
from statuspage.journeys import folded, holds
from statuspage.model import Account, Needs, Span, State
from statuspage.uptime import WHOLE, Reader, joined

Range = tuple[State, State]  # the best and the worst that it may have been

ANY = (State.OPERATIONAL, State.MAJOR)
JUDGED = tuple(one for one in State if one is not State.UNKNOWN)


def journey_line(
    needs: Needs, lines: Mapping[str, Sequence[Span]], weights: Mapping[State, int]
) -> tuple[Span, ...]:
    """Time of which it is certain how much it counts as down: sorted, disjoint spans.

    `lines`: sorted, disjoint spans of each component that is needed; its time in no span may have been anything. An
    instant is certain where each of these possibilities weighs the same; its state is then the worst of them.
    """
    readers = {id_: Reader(lines.get(id_, ())) for id_ in needs.components}
    edges = {edge for one in readers.values() for span in one.spans for edge in (span.start, span.end)}
    found = []
    for start, end in pairwise(sorted(edges)):
        best, worst = _range(needs, {id_: one.at(start) for id_, one in readers.items()})
        if _certain(best, worst, weights):
            found.append(Span(start, end, worst))
    return joined(found)


def certain(account: Account, weights: Mapping[State, int]) -> tuple[Span, ...]:
    """A component's measured time, and outages that people added, as far as they say all of the time they took.

    Of an outage that is only partly down nobody knows whether the rest was up.
    """
    told = [span for span in account.told if weights.get(span.state, 0) == WHOLE]
    return joined(sorted((*account.measured, *told), key=lambda span: span.start))


def announced(needs: Needs, work: Mapping[str, Sequence[Interval]]) -> list[Interval]:
    """When announced maintenance alone kept it from being done, merged: no time of it counts. `work`: by component."""
    own = {id_: merge(work.get(id_, ())) for id_ in needs.components}
    edges = sorted({edge for windows in own.values() for window in windows for edge in window})
    return merge(
        Interval(start, end)
        for start, end in pairwise(edges)
        if not holds(needs, frozenset(id_ for id_, windows in own.items() if _inside(start, windows)))
    )


def independent(needs: Needs, shares: Mapping[str, Fraction | None]) -> Fraction | None:
    """The product of the components' availabilities, as if none failed with another; None where one is not known."""
    known = {id_: share for id_ in needs.components if (share := shares.get(id_)) is not None}
    if len(known) < len(needs.components):
        return None
    return folded(
        needs,
        known.__getitem__,
        every=lambda told: Fraction(prod(told)),
        one=lambda told: 1 - Fraction(prod(1 - share for share in told)),
    )


def _range(needs: Needs, seen: Mapping[str, Span | None]) -> Range:
    def leaf(id_: str) -> Range:
        span = seen[id_]
        return (span.state, span.state) if span else ANY

    return folded(needs, leaf, every=_worst, one=_best)


def _worst(told: list[Range]) -> Range:
    return max((best for best, _ in told), key=_severity), max((worst for _, worst in told), key=_severity)


def _best(told: list[Range]) -> Range:
    return min((best for best, _ in told), key=_severity), min((worst for _, worst in told), key=_severity)


def _severity(state: State) -> int:
    return state.severity


def _certain(best: State, worst: State, weights: Mapping[State, int]) -> bool:
    possible = (one for one in JUDGED if best.severity <= one.severity <= worst.severity)
    return len({weights.get(one, 0) for one in possible}) == 1


def _inside(instant: datetime, windows: Sequence[Interval]) -> bool:
    return any(window.start <= instant < window.end for window in windows)
