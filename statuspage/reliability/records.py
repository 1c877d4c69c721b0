"""What is known of each component's time, made ready once for all periods."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from statuspage.intervals import Interval, subtract
from statuspage.model import Account, Incident, Outage, Snapshot, Span, State, by_component
from statuspage.uptime import joined, outages


@dataclass(frozen=True, slots=True)
class Record:
    """One component; its outages are oldest first."""

    component: str
    account: Account
    line: tuple[Span, ...]  # all that is known of its time
    outages: tuple[Outage, ...]
    failures: tuple[Outage, ...]  # those that count as down time
    seen: tuple[Outage, ...]  # the outages as the checks saw them
    named: tuple[Incident, ...] = ()  # those that ever named it

    def outage_at(self, instant: datetime) -> Outage:
        """The one that goes on at `instant`, which is an instant of trouble."""
        return self.outages[bisect_right(self.outages, instant, key=lambda outage: outage.start) - 1]


def record(component: str, account: Account, weights: Mapping[State, int], now: datetime) -> Record:
    """The record of one component. `weights`: percent by state; a state without one is no failure."""
    line = joined(sorted((*account.measured, *account.told), key=lambda span: span.start))
    trouble = outages(line, component, now, gap=account.gap)[::-1]
    seen = trouble
    if account.witnessed is not None:
        seen = outages(account.witnessed, component, now, gap=account.gap)[::-1]
    failures = tuple(one for one in trouble if weights.get(one.state, 0) and _counts(one, account, now))
    return Record(component, account, line, trouble, failures, seen)


def _counts(outage: Outage, account: Account, now: datetime) -> bool:
    """Whether any of it lies outside announced maintenance."""
    return any(subtract([Interval(outage.start, outage.end or now)], account.excluded))


def records(snapshot: Snapshot) -> dict[str, Record]:
    """Those of all components on the page, by id."""
    named = by_component(snapshot.incidents)
    return {
        c.id: replace(record(c.id, c.account, snapshot.weights, snapshot.now), named=named.get(c.id, ()))
        for c in snapshot.components
    }
