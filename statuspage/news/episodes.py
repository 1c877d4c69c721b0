"""The trouble of a component as people live through it: what comes back soon after is the same trouble."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from statuspage.intervals import Interval
from statuspage.model import ComponentStatus, Outage, Span, State

CALM = timedelta(minutes=30)
"""Trouble that begins sooner after the last one is the same, come back: the component is unstable."""

KEPT = timedelta(days=30)  # how far back it is asked what came back after what


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Trouble that is told of once. An unstable one lasts from the first return to the end of the last."""

    component: ComponentStatus
    start: datetime
    end: datetime | None  # the first good check after it; None: it goes on, or nobody measured since
    over: bool  # it can be said to be over: when it is unstable, only after a calm time
    steps: tuple[Span, ...]  # its first span, and each that was worse than all before
    unstable: bool
    annulled: datetime | None  # since when a correction says that there was none

    @property
    def worst(self) -> Span:
        return self.steps[-1]

    @property
    def slow(self) -> bool:
        """It never was worse than degraded."""
        return self.worst.state is State.DEGRADED

    def lasted(self, now: datetime) -> Interval:
        return Interval(self.start, max(self.end or now, self.start) + timedelta(seconds=1))


def episodes(component: ComponentStatus, now: datetime) -> tuple[Episode, ...]:
    """Oldest first. What people declare of a manual component is told by its incidents alone."""
    if component.manual:
        return ()
    return tuple(found for chain in _chains(_troubles(component, now)) for found in _of_chain(chain, now))


def _of_chain(chain: Sequence[Episode], now: datetime) -> Iterator[Episode]:
    """The first trouble, then all its returns as one."""
    yield chain[0]
    if returns := chain[1:]:
        last = returns[-1]
        yield replace(
            returns[0],
            end=last.end,
            over=last.end is not None and now - last.end >= CALM,
            steps=_growing([step for one in returns for step in one.steps]),
            unstable=True,
            annulled=max((one.annulled for one in returns if one.annulled), default=None)
            if all(one.annulled for one in returns)
            else None,
        )


def _chains(troubles: Sequence[Episode]) -> Iterator[list[Episode]]:
    chain = list(troubles[:1])
    for before, one in pairwise(troubles):
        if before.end is None or one.start - before.end >= CALM:
            yield chain
            chain = []
        chain.append(one)
    if chain:
        yield chain


def _troubles(component: ComponentStatus, now: datetime) -> list[Episode]:
    """Those with nothing but unmeasured time between them are one."""
    found: list[Episode] = []
    for outage, annulled in _seen(component, now):
        one = _trouble(component, outage, now, annulled=annulled)
        before = found[-1] if found else None
        if before and (before.end is None or one.start <= before.end):
            both = before.annulled and one.annulled and max(before.annulled, one.annulled)
            steps = _growing([*before.steps, *one.steps])
            found[-1] = replace(one, start=before.start, steps=steps, annulled=both)
        else:
            found.append(one)
    return found


def _seen(component: ComponentStatus, now: datetime) -> list[tuple[Outage, bool]]:
    """What the probes saw of late, oldest first; True: a correction says that it was none."""
    told = [
        *((outage, False) for outage in component.witnessed),
        *((outage, True) for outage in component.annulled),
    ]
    late = [pair for pair in told if pair[0].end is None or pair[0].end > now - KEPT]
    return sorted(late, key=lambda pair: (pair[0].start, pair[1]))


def _trouble(component: ComponentStatus, outage: Outage, now: datetime, *, annulled: bool) -> Episode:
    end = None if outage.end is None else _good_again(component, outage.end, now)
    whole = Span(outage.start, outage.end or now, outage.state, outage.code, outage.detail)
    return Episode(
        component=component,
        start=outage.start,
        end=end,
        over=end is not None,
        steps=outage.steps or (whole,),
        unstable=False,
        annulled=_annulled(component, outage, now) if annulled else None,
    )


def _annulled(component: ComponentStatus, outage: Outage, now: datetime) -> datetime:
    about = [c.created for c in component.corrections if c.annuls and c.start < (outage.end or now)]
    return max((at for at in about if at >= outage.start), default=outage.end or now)


def _good_again(component: ComponentStatus, end: datetime, now: datetime) -> datetime | None:
    """When something good was measured after trouble; time in which nothing was measured is no recovery."""
    gaps = component.unmeasured or ()
    before = bisect_right(gaps, end, key=lambda gap: gap.start)
    gap = gaps[before - 1] if before else None
    again = end if gap is None or gap.end <= end else gap.end
    newest = component.last  # what was measured last may have just ceased to hold: then there is no gap yet
    measured = again < now or (newest is not None and newest.start >= again)
    return again if measured else None


def _growing(steps: Sequence[Span]) -> tuple[Span, ...]:
    kept: list[Span] = []
    for step in steps:
        worst = kept[-1].state if kept else State.OPERATIONAL
        if step.state.severity > worst.severity:
            kept.append(step)
    return tuple(kept)
