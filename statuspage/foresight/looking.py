"""The history looked through: what warns now, what became of earlier warnings, of what too little is known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from statuspage import rollup
from statuspage.foresight.drift import NEEDED, Drift, drifts, known, levels
from statuspage.foresight.judging import Past, Trouble, chance, judge, tracks, trouble
from statuspage.foresight.series import (
    ONE_DAY,
    Days,
    Hourly,
    checks,
    hourly,
    midnight,
    of_rates,
    with_hours,
)
from statuspage.foresight.shares import Rise, rises
from statuspage.foresight.standing import past
from statuspage.model import Early, Foresight, History, Round, Snapshot, Warned

LEAST_MS = 20.0  # slower by less than that is no matter, however much it is of the usual


@dataclass(frozen=True, slots=True)
class Lacking:
    """Of too few days is anything known: nothing is said of it."""

    kind: Early
    component: str
    days: int  # of NEEDED


@dataclass(frozen=True, slots=True)
class Look:
    """`foresight`: what a snapshot has of it."""

    foresight: Foresight
    lacking: tuple[Lacking, ...]
    past: tuple[Past, ...]  # those of the kept time, oldest first


@dataclass(frozen=True, slots=True)
class _Found:
    """All of one kind and component."""

    kind: Early
    component: str
    first: datetime  # the midnight that the days are counted from
    days: int  # days that the newest statement rests on
    episodes: Sequence[Drift | Rise]


def worth_looking(history: History, now: datetime) -> bool:
    """Whether it reaches so far back that anything could be found."""
    return any(day.day <= (now - NEEDED * ONE_DAY).date() for day in history.days)


def look_through(
    history: History, medians: Mapping[str, Days], snapshot: Snapshot, raw: Sequence[Round] = ()
) -> Look:
    """`history`: what a build reads; `medians`: latencies of all closed days that are kept, by component.

    `raw`: all rounds that are kept, for what no hour tells.

    Linear in days and components. Only whole UTC days before the snapshot's are looked at.
    """
    now = snapshot.now
    parts = rollup.per_component(history)
    rates = of_rates(raw)
    found: list[_Found] = []
    old: list[Past] = []
    chances: dict[tuple[Early, str], float | None] = {}
    for component in (*snapshot.components, *snapshot.hidden):
        if component.manual:
            continue
        outages = trouble(component, now)
        part = parts.get(component.id, History())
        days = with_hours(medians.get(component.id, {}), rollup.open_hours(part, component.id, now))
        own = list(_of(component.id, part, (days, rates.get(component.id, {})), now))
        found += own
        for one in own:
            judged = list(_judged(one, outages, now))
            old += judged
            if judged:
                chances[one.kind, one.component] = chance(outages, one.first + NEEDED * ONE_DAY, now)
        old += past(component, snapshot.weights, now)
    return Look(
        Foresight(tuple(w for one in found for w in _standing(one)), tracks(old, chances)),
        tuple(Lacking(one.kind, one.component, one.days) for one in found if one.days < NEEDED),
        tuple(sorted(old, key=lambda one: (one.since, one.component, one.kind))),
    )


def _of(component: str, history: History, told: tuple[Days, Days], now: datetime) -> Iterator[_Found]:
    """`told`: latencies and tokens a second."""
    latencies, rates = told
    if series := hourly(latencies, now):
        yield _drifts(Early.SLOWER, component, series, LEAST_MS, 1)
    if found := checks(rollup.counts(history, component, now), now):
        first, days = found
        yield _Found(Early.FLAKED, component, midnight(first), known(days)[-1], rises(days))
    else:
        yield _Found(Early.FLAKED, component, midnight(now.date()), 0, ())
    if series := hourly(rates, now, -1):
        yield _drifts(Early.TOKENS, component, series, 0, -1)


def _drifts(kind: Early, component: str, series: Hourly, least: float, sign: int) -> _Found:
    enough = known(levels(series.values))[-1]
    return _Found(kind, component, series.start, enough, drifts(series.values, least, sign))


def _standing(found: _Found) -> Iterator[Warned]:
    for one in found.episodes[-1:]:
        if one.ended is None:
            yield Warned(
                kind=found.kind,
                component=found.component,
                since=found.first + (one.began + 1) * ONE_DAY,
                now=_short(one.now),
                usual=_short(one.usual),
            )


def _judged(found: _Found, outages: Trouble, now: datetime) -> Iterator[Past]:
    for one in found.episodes:
        since = found.first + (one.began + 1) * ONE_DAY
        outcome, came = judge(since, outages, now)
        yield Past(
            kind=found.kind,
            component=found.component,
            since=since,
            ended=None if one.ended is None else found.first + (one.ended + 1) * ONE_DAY,
            outcome=outcome,
            trouble=came,
        )


def _short(figure: float) -> float:
    """Six digits: what is more depends on the machine's logarithms."""
    return float(f"{figure:.6g}")
