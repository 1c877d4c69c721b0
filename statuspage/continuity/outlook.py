"""All that is known of how well the operator is prepared, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from statuspage.continuity.availability import announced, certain, independent, journey_line
from statuspage.continuity.graph import Fall, falls
from statuspage.continuity.recovery import Recovery, recovery
from statuspage.continuity.risk import (
    NEEDED,
    WINDOW,
    Likelihood,
    Risk,
    impact,
    likelihood,
    rate,
    risk,
    score_of,
)
from statuspage.intervals import Interval, seconds
from statuspage.model import ComponentStatus, Criticality, Journey, Plan, Rehearsal, Snapshot, Span, Uptime
from statuspage.reliability.records import Record, record
from statuspage.uptime import clip_spans, ratio, uptime


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentOutlook:
    """One component, over the last 90 days where nothing else is said."""

    id: str
    name: str
    plan: Plan
    figure: Uptime
    outages: int  # that count as down time
    rate: Fraction | None  # outages in 90 measured days; None: not enough was measured
    likelihood: Likelihood | None
    impact: Criticality
    declared: bool  # the impact is, and not told by what falls with it
    risk: Risk | None
    fall: Fall
    recovery: Recovery  # of a year
    restored: int | None  # days since the last tested restore, below 0 where that lies ahead
    rehearsal: Rehearsal | None

    @property
    def covered(self) -> bool:
        """Whether anything is declared that stands in for it."""
        return bool(self.plan.spare or self.plan.redundancy or self.plan.fallback)

    @property
    def score(self) -> int:
        """By which risks are sorted: -1 where nothing is known of how often."""
        return -1 if self.likelihood is None else score_of(self.likelihood, self.impact)


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyOutlook:
    """One journey, over the last 90 days."""

    journey: Journey
    figure: Uptime
    independent: Fraction | None  # what it would be if its components failed independently; None: not known
    alone: tuple[str, ...]  # components whose loss alone ends it with nothing declared to stand in for them

    @property
    def share(self) -> Fraction | None:
        """Its availability, 0 to 1; None when too little was measured."""
        return ratio(self.figure) if enough(self.figure) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    components: tuple[ComponentOutlook, ...]  # in the order of the configuration
    journeys: tuple[JourneyOutlook, ...]
    single: tuple[ComponentOutlook, ...]  # single points of failure

    def component(self, id: str) -> ComponentOutlook:
        return next(one for one in self.components if one.id == id)


def enough(figure: Uptime) -> bool:
    """Whether so much was measured that something can be said."""
    return figure.measured >= seconds(NEEDED)


def outlook(
    snapshot: Snapshot,
    *,
    hidden: bool = False,
    last_drills: Mapping[str, Rehearsal] | None = None,
) -> Outlook:
    """`hidden`: with the components that are not on the page. `last_drills`: by component; else the snapshot's."""
    shown = (*snapshot.components, *(snapshot.hidden if hidden else ()))
    drills = snapshot.rehearsals if last_drills is None else last_drills
    known = {one.id: record(one.id, one.account, snapshot.weights, snapshot.now) for one in shown}
    fallen = falls(shown, snapshot.journeys)
    components = tuple(
        _component(snapshot, one, known[one.id], fallen[one.id], len(shown), drills.get(one.id))
        for one in shown
    )
    window = _window(snapshot)
    lines = {
        id_: clip_spans(certain(own.account, snapshot.weights), window)
        for id_, own in known.items()
        if any(id_ in journey.needs.components for journey in snapshot.journeys)
    }
    single = tuple(one for one in components if not one.covered and _ends_anything(one, snapshot))
    return Outlook(
        components=components,
        journeys=tuple(
            _journey(snapshot, one, known, lines, components, single) for one in snapshot.journeys
        ),
        single=single,
    )


def _ends_anything(one: ComponentOutlook, snapshot: Snapshot) -> bool:
    """A journey; where none is configured, what other components do."""
    return bool(one.fall.journeys or (one.fall.components and not snapshot.journeys))


def _window(snapshot: Snapshot) -> Interval:
    return Interval(snapshot.now - WINDOW, snapshot.now)


def _component(
    snapshot: Snapshot,
    status: ComponentStatus,
    own: Record,
    fall: Fall,
    count: int,
    rehearsal: Rehearsal | None,
) -> ComponentOutlook:
    account, window, plan = status.account, _window(snapshot), status.plan
    figure = uptime(
        account.measured,
        window,
        account.excluded,
        snapshot.weights,
        told=account.told,
        corrected=account.changed,
    )
    seen = sum((one.end or window.end) > window.start for one in own.failures)
    often = rate(seen, figure.measured)
    bad = plan.criticality or impact(fall, count, len(snapshot.journeys))
    return ComponentOutlook(
        id=status.id,
        name=status.name,
        plan=plan,
        figure=figure,
        outages=seen,
        rate=often,
        likelihood=likelihood(often),
        impact=bad,
        declared=plan.criticality is not None,
        risk=risk(likelihood(often), bad),
        fall=fall,
        recovery=recovery(own, plan.rto, snapshot.now),
        restored=_days_since(plan, snapshot.page.timezone, snapshot.now),
        rehearsal=rehearsal,
    )


def _days_since(plan: Plan, zone: str, now: datetime) -> int | None:
    if plan.restore_tested is None:
        return None
    return (now.astimezone(ZoneInfo(zone)).date() - plan.restore_tested).days


def _journey(
    snapshot: Snapshot,
    journey: Journey,
    known: Mapping[str, Record],
    lines: Mapping[str, Sequence[Span]],
    components: Sequence[ComponentOutlook],
    single: Sequence[ComponentOutlook],
) -> JourneyOutlook:
    weights = snapshot.weights
    line = journey_line(journey.needs, lines, weights)
    work = announced(journey.needs, {id_: own.account.excluded for id_, own in known.items()})
    shares = {one.id: ratio(one.figure) if enough(one.figure) else None for one in components}
    return JourneyOutlook(
        journey=journey,
        figure=uptime(line, _window(snapshot), work, weights),
        independent=independent(journey.needs, shares),
        alone=tuple(one.id for one in single if journey.id in one.fall.journeys),
    )
