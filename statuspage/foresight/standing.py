"""Warnings that need no statistics: what runs out, and an error budget that is spent too fast."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from statuspage.foresight.judging import HORIZON, Outcome, Past, settled
from statuspage.intervals import Interval
from statuspage.model import Budget, ComponentStatus, Early, Objective, Outage, State, Uptime, Warned
from statuspage.snapshot import PACES, WINDOWS
from statuspage.uptime import budget_left, uptime

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Burn:
    """An alarm: the error budget is spent at `rate` times the pace at which it would just last, in both windows."""

    rate: Decimal
    long: timedelta
    short: timedelta


BURNS = (
    Burn(Decimal("14.4"), HOUR, 15 * MINUTE),
    Burn(Decimal(6), 6 * HOUR, 30 * MINUTE),
    Burn(Decimal(1), 3 * DAY, 6 * HOUR),
)
"""The fastest first. Source: https://sre.google/workbook/alerting-on-slos/, "Multiwindow, Multi-Burn-Rate Alerts";
its 5 minutes are 15 here, since a check every 5 minutes has but one sample in 5."""

SOON = 7  # days; as many as are left of a certificate or a domain when it is named even though it is not what fails
STEP = 15 * MINUTE  # between two looks at a time in trouble
LEASE = timedelta(days=31)  # a warning that a domain runs out comes 30 days before
ONE_ALARM = max(burn.long for burn in BURNS)  # for so long a budget's alarm is the same one

_EXPIRING = ("tls.expiring", "domain.expiring")
_EXPIRED = ("tls.expired", "domain.expired")


def standing(component: ComponentStatus) -> Iterator[Warned]:
    """What its newest samples warn of."""
    left = component.measures.get("days_left")
    if component.code in (*_EXPIRING, *_EXPIRED) or (left is not None and left <= SOON):
        newest = component.outages[0] if component.outages else None
        since = newest.start if newest and newest.end is None and newest.code == component.code else None
        yield Warned(kind=Early.EXPIRY, component=component.id, since=since, now=left, usual=None)
    if component.budget and (burn := burning(component.budget)):
        rate = float(burn.rate)
        yield Warned(kind=Early.BURNING, component=component.id, since=None, now=rate, usual=None)


def burning(budget: Budget) -> Burn | None:
    """The fastest alarm that both its windows raise."""
    return _burning(budget.paces, budget.objective)


def _burning(paces: Mapping[timedelta, Uptime], objective: Objective) -> Burn | None:
    return next(
        (b for b in BURNS if all(_pace(paces, objective, n) >= Fraction(b.rate) for n in (b.long, b.short))),
        None,
    )


def _pace(paces: Mapping[timedelta, Uptime], objective: Objective, length: timedelta) -> Fraction:
    """How many times faster it is spent than it may be; 0 where nothing was measured."""
    window = paces.get(length)
    left = budget_left(window, objective) if window else None
    return Fraction(0) if left is None else 1 - left


# --- what became of them -----------------------------------------------------------------------


def past(component: ComponentStatus, weights: Mapping[State, int], now: datetime) -> Iterator[Past]:
    """Those of the outages that are listed."""
    yield from _expiries(component, now)
    if component.budget:
        yield from _burns(component, component.budget.objective, weights, now)


def _expiries(component: ComponentStatus, now: datetime) -> Iterator[Past]:
    """It came true when what was about to run out did."""
    told = [_codes(outage) for outage in reversed(component.outages)]
    out = [at for codes in told for at, code in codes if code in _EXPIRED]
    for codes in told:
        since = next((at for at, code in codes if code in _EXPIRING), None)
        if since:
            came = next((at for at in out if since < at <= since + LEASE), None)
            outcome = settled(since, came, now, LEASE)
            yield _past(Early.EXPIRY, component, since, outcome, came)


def _codes(outage: Outage) -> list[tuple[datetime, str]]:
    """What was wrong, and from when on."""
    return [(step.start, step.code) for step in outage.steps] or [(outage.start, outage.code)]


def _burns(
    component: ComponentStatus, objective: Objective, weights: Mapping[State, int], now: datetime
) -> Iterator[Past]:
    """It came true when the budget was used up: looked at where an outage ends, or its time is over."""
    figures = _Figures(component, weights)
    failing = [o for o in reversed(component.outages) if weights.get(o.state, 0)]
    for since in _alarms(failing, objective, figures, now):
        if figures.used_up(since, objective):
            yield _past(Early.BURNING, component, since, Outcome.LATE, None)
            continue
        last = min(since + HORIZON, now)
        ends = [min(o.end or now, last) for o in failing if o.start <= last and (o.end or now) > since]
        came = next((at for at in ends if figures.used_up(at, objective)), None)
        yield _past(Early.BURNING, component, since, settled(since, came, now, HORIZON), came)


def _alarms(
    failing: Sequence[Outage], objective: Objective, figures: "_Figures", now: datetime
) -> Iterator[datetime]:
    """When the budget's alarm was raised: each quarter of an hour in trouble is looked at, in its order."""
    calm = None
    for outage in failing:
        end = min(outage.end or now, now)
        at = outage.start + STEP
        while at <= end + STEP and at <= now:
            if calm and at < calm:
                at += STEP * -((at - calm) // STEP)
                continue
            if _burning(figures.paces(at), objective):
                yield at
                calm = at + ONE_ALARM
            at += STEP


@dataclass(frozen=True, slots=True)
class _Figures:
    """A component's availability at any time."""

    component: ComponentStatus
    weights: Mapping[State, int]

    def at(self, at: datetime, length: timedelta) -> Uptime:
        account = self.component.account
        window = Interval(at - length, at)
        return uptime(
            account.measured,
            window,
            account.excluded,
            self.weights,
            told=account.told,
            corrected=account.changed,
        )

    def paces(self, at: datetime) -> dict[timedelta, Uptime]:
        return {length: self.at(at, length) for length in PACES}

    def used_up(self, at: datetime, objective: Objective) -> bool:
        left = budget_left(self.at(at, WINDOWS[objective.window]), objective)
        return left is not None and left <= 0


def _past(
    kind: Early, component: ComponentStatus, since: datetime, outcome: Outcome, came: datetime | None
) -> Past:
    return Past(kind=kind, component=component.id, since=since, ended=None, outcome=outcome, trouble=came)
