"""All that a report says of one period, as values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from statuspage.intervals import Interval, seconds
from statuspage.model import (
    CauseClass,
    ComponentStatus,
    Incident,
    Maintenance,
    MaintenanceStatus,
    Objective,
    Snapshot,
    Uptime,
)
from statuspage.reliability.losses import Hour, Loss, by_hour, losses, shares, troubled
from statuspage.reliability.periods import Kind, Period, current, previous, same_part
from statuspage.reliability.records import Record, records
from statuspage.reliability.times import Times, between, times
from statuspage.uptime import WHOLE, allowed, budget_left, clip_spans, ratio, spent, uptime

DAY = seconds(timedelta(days=1))
ENOUGH = Fraction(1, 2)  # of a period's time that must be measured before a figure is told
MONTHS, QUARTERS = 13, 5  # that a page has, the running ones among them
REACH = timedelta(days=399)  # a build reads 400 days: an older period would be told by halves
RUNNING = (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentReport:
    """One component in the period."""

    id: str
    name: str
    figure: Uptime
    objective: Objective | None  # judged over the period, whatever window the page shows it for
    losses: tuple[Loss, ...]
    failures: int  # outages that count as down time and began in the period

    @property
    def enough(self) -> bool:
        """Whether so much was measured that a figure says something: a day, and half of the period so far."""
        return self.figure.measured >= DAY and self.figure.measured >= ENOUGH * self.figure.window

    @property
    def share(self) -> Fraction | None:
        """The availability, 0 to 1; None when too little was measured."""
        return ratio(self.figure) if self.enough else None

    @property
    def met(self) -> bool | None:
        """Whether the objective is met; None without one, or when too little was measured."""
        if self.objective is None or self.share is None:
            return None
        return self.share * WHOLE >= Fraction(self.objective.availability)

    @property
    def budget(self) -> Fraction | None:
        """What the objective grants, in seconds; None as above."""
        return allowed(self.figure, self.objective) if self.objective and self.enough else None

    @property
    def spent(self) -> Fraction:
        """The weighted down time, in seconds."""
        return spent(self.figure)

    @property
    def used(self) -> Fraction | None:
        """The share of the budget that is spent, more than 1 when it is used up; None as above."""
        if not self.objective or not self.enough:
            return None
        left = budget_left(self.figure, self.objective)
        return None if left is None else 1 - left


@dataclass(frozen=True, slots=True)
class Overrun:
    maintenance: Maintenance
    by: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenances:
    """Windows that begin in the period, cancelled ones apart."""

    kept: tuple[Maintenance, ...]
    overrun: tuple[Overrun, ...]
    running: tuple[Maintenance, ...]
    cancelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    period: Period
    components: tuple[ComponentReport, ...]
    incidents: tuple[Incident, ...]  # that began in it, newest first
    maintenances: Maintenances
    times: Times
    before: "Report | None" = None  # what it is compared with, which has none itself

    @property
    def share(self) -> Fraction | None:
        """The availability of all components of which enough was measured together; None when there is none."""
        told = [one.figure for one in self.components if one.enough]
        known = sum(figure.known for figure in told)
        return 1 - Fraction(sum(figure.weighted_down for figure in told), known) if known else None

    @property
    def losses(self) -> tuple[Loss, ...]:
        return tuple(loss for one in self.components for loss in one.losses)

    @property
    def lost(self) -> int:
        """Down time of all components together, in percent seconds."""
        return sum(one.figure.weighted_down for one in self.components)

    @property
    def by_class(self) -> Mapping[CauseClass, int]:
        return shares(self.losses, lambda loss: loss.cause_class)

    @property
    def by_component(self) -> Mapping[str, int]:
        return shares(self.losses, lambda loss: loss.component)

    @property
    def by_hour(self) -> Mapping[Hour, int]:
        return by_hour(self.losses, self.period.zone)

    @property
    def from_dependencies(self) -> Fraction | None:
        """The share of the down time in which a dependency was in trouble too; None without down time."""
        if not self.lost:
            return None
        return Fraction(sum(loss.weighted for loss in self.losses if loss.dependency), self.lost)

    @property
    def met(self) -> tuple[int, int]:
        """Objectives met, of those that can be judged."""
        judged = [one.met for one in self.components if one.met is not None]
        return sum(judged), len(judged)

    @property
    def failures(self) -> int:
        return sum(one.failures for one in self.components)


def report(
    snapshot: Snapshot,
    over: Period,
    known: Mapping[str, Record] | None = None,
    *,
    since: datetime | None = None,
) -> Report:
    """The report of one period, compared with the one before it, where that is read in full and has anything to tell.

    `known`: what `records` gives, where there are several reports. `since`: the history was read from then on; from
    a build's on where it is not given.
    """
    known = records(snapshot) if known is None else known
    before = same_part(over)
    compared = before.window.start >= (since or snapshot.now - REACH) and _told(snapshot, before)
    return replace(
        _report(snapshot, over, known), before=_report(snapshot, before, known) if compared else None
    )


def recent_reports(snapshot: Snapshot) -> tuple[Report, ...]:
    """Those of `recent_periods`."""
    known = records(snapshot)
    return tuple(report(snapshot, one, known) for one in recent_periods(snapshot))


def recent_periods(snapshot: Snapshot) -> tuple[Period, ...]:
    """The running month and the 12 before it, then the quarters; newest first.

    Those with nothing to tell are left out, but for the running month. So are those that began before what a build
    reads: they would be told by halves.
    """
    return (*_recent(snapshot, Kind.MONTH, MONTHS), *_recent(snapshot, Kind.QUARTER, QUARTERS))


def _recent(snapshot: Snapshot, kind: Kind, most: int) -> Iterator[Period]:
    one = current(kind, snapshot.page.timezone, snapshot.now)
    for n in range(most):
        if one.window.start < snapshot.now - REACH:
            break
        if _told(snapshot, one) or (n == 0 and kind is Kind.MONTH):
            yield one
        one = previous(one)


def _told(snapshot: Snapshot, over: Period) -> bool:
    """Whether there is anything to tell: something is known of a component, or an incident began."""
    window = over.window
    return any(window.start <= one.started < window.end for one in snapshot.incidents) or any(
        clip_spans(line, window)
        for component in snapshot.components
        for line in (component.account.measured, component.account.told)
    )


def _report(snapshot: Snapshot, over: Period, known: Mapping[str, Record]) -> Report:
    window = over.window
    incidents = tuple(one for one in snapshot.incidents if window.start <= one.started < window.end)
    return Report(
        period=over,
        components=tuple(_component(snapshot, one, window, known) for one in snapshot.components),
        incidents=incidents,
        maintenances=_maintenances(snapshot, over),
        times=times(
            incidents,
            {id_: one.seen for id_, one in known.items()},
            [gap for one in known.values() for gap in between(one, window)],
        ),
    )


def _component(
    snapshot: Snapshot, component: ComponentStatus, window: Interval, known: Mapping[str, Record]
) -> ComponentReport:
    own, account, weights = known[component.id], component.account, snapshot.weights
    hard = [known[id_] for id_ in component.depends_on if id_ in known and id_ not in component.soft]
    return ComponentReport(
        id=component.id,
        name=component.name,
        figure=uptime(
            account.measured,
            window,
            account.excluded,
            weights,
            told=account.told,
            corrected=account.changed,
        ),
        objective=component.budget.objective if component.budget else None,
        losses=losses(own, window, weights, own.named, troubled(hard, window), snapshot.now),
        failures=sum(window.start <= outage.start < window.end for outage in own.failures),
    )


def _maintenances(snapshot: Snapshot, over: Period) -> Maintenances:
    window, now = over.window, snapshot.now
    begun = [work for work in snapshot.maintenances if window.start <= work.start < window.end]
    held = [work for work in begun if work.status is not MaintenanceStatus.CANCELLED]
    late = [Overrun(work, by) for work in held if (by := _overrun(work, now))]
    long = {one.maintenance.id for one in late}
    over_now = [work for work in held if work.id not in long and _is_over(work, now)]
    kept = {work.id for work in over_now}
    return Maintenances(
        kept=tuple(over_now),
        overrun=tuple(late),
        running=tuple(work for work in held if work.id not in long | kept),
        cancelled=len(begun) - len(held),
    )


def _is_over(work: Maintenance, now: datetime) -> bool:
    return work.end <= now or work.status is MaintenanceStatus.COMPLETED


def _overrun(work: Maintenance, now: datetime) -> timedelta:
    """By how much it went on past its end: until it was said to be completed; until now where it is said to go on."""
    done = [update.at for update in work.updates if update.status == MaintenanceStatus.COMPLETED]
    went_on = now if not done and work.status in RUNNING else work.end
    return max(max(done, default=went_on) - work.end, timedelta())
