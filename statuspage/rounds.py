"""One round, from what is due and what it may cost to what is kept and told."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from statuspage.archive import dated_ahead, recall, record, write_facts
from statuspage.attempts import Clock, Sleep
from statuspage.budget import SPENT, is_paid, over_budget, spent
from statuspage.config import ComponentOptions, Config
from statuspage.errors import Problem
from statuspage.model import VERDICT_STATE, Fact, History, Reading, Round, Sample, State, Verdict
from statuspage.net import Net
from statuspage.probes import KINDS, Cost, missing_extra
from statuspage.runner import ask_once, probe_round
from statuspage.shards import mark
from statuspage.stores.base import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a run asks: by which clock, from where, how often."""

    name: str  # makes the ids of its rounds unique, e.g. GitHub's run and attempt
    clock: Clock
    sleep: Sleep = asyncio.sleep
    vantage: str = ""  # the place it asks from
    beat: timedelta | None = None  # between its rounds; None: there is one
    shard: tuple[int, int] | None = None  # the third of eight parts of what is due; None: all of it
    progress: Callable[[int, int], None] = lambda done, of: None
    net: Callable[..., Net] = Net  # what it asks through; called with user_agent


@dataclass(frozen=True, slots=True)
class Asked:
    """One round, kept."""

    round: Round
    lines: tuple[str, ...]  # for the terminal, one a component
    worst: State | None  # None: nothing was judged
    lacking: tuple[Problem, ...]  # what could not be asked: a package is not installed, the round is void
    facts: tuple[Fact, ...] = ()  # for the ledger: what a void round cost, which rounds a clock dated ahead


def due(
    config: Config, history: History, now: datetime, *, vantage: str = "", beat: timedelta | None = None
) -> list[ComponentOptions]:
    """The components to ask now, from this place: those of the usual cadence always, slower ones at their time.

    `beat`: rounds come that often. Where that is more often than `defaults.every`, paid probes keep to their own.
    """
    usual = config.defaults.every
    step = beat or usual
    newest = _newest(history, vantage)

    def is_due(c: ComponentOptions) -> bool:
        always = step if is_paid(c) else max(step, usual)
        return c.every <= always or c.id not in newest or now - newest[c.id].at >= c.every - step / 2

    return [c for c in config.components if not c.manual and is_due(c)]


async def ask_due(records: Records, config: Config, now: datetime, run: Run) -> Asked:
    """Ask what is due, within the day's budget, and keep the answers."""
    asked = await ask(records, config, now, run)
    record(records, config, asked.round)
    if asked.facts:
        write_facts(records, asked.facts)
    return asked


async def ask(records: Records, config: Config, now: datetime, run: Run) -> Asked:
    """Ask what is due, within the day's budget; the answers are kept nowhere.

    Shards of one run share the day's budget: each sees the same history, and reserves for what all are to ask.
    """
    known = recall(records, config, now)
    components = due(config, known.history, now, vantage=run.vantage, beat=run.beat)
    used = spent(known.history.rounds, known.ledger.facts(SPENT).values(), now)
    skipped = over_budget(components, config.budget, used)
    last = _newest(known.history, run.vantage)
    round_, cost = await _ask(config, now, _part(config, components, run.shard), run, skipped, last)
    facts = dated_ahead(known, round_)
    if round_.void and cost != Cost():
        value = {"tokens": cost.tokens, "calls": cost.calls}
        facts.append(Fact(kind=SPENT, key=round_.id, at=round_.at, value=value))
    amiss = (*lacking(config), *nothing_judged(round_))
    return Asked(round_, tuple(told_of(round_)), worst_of(round_.samples), amiss, tuple(facts))


async def ask_again(
    records: Records,
    config: Config,
    now: datetime,
    components: Sequence[ComponentOptions],
    run: Run,
    last: Mapping[str, Sample],
) -> Round:
    """Ask components that were found down, once each: that needs no confirming again. `last`: as they were found.

    A void round is not kept: what is found of failing components alone says nothing of the others.
    """
    round_, _ = await _ask(config, now, [replace(c, retries=0) for c in components], run, {}, last)
    if not round_.void:
        record(records, config, round_)
    return round_


async def ask_alone(
    config: Config, component: ComponentOptions, run: Run
) -> list[tuple[ComponentOptions, Reading]]:
    """One attempt at each address of a component, kept nowhere: what `explain` tells of.

    A component has one address in each pair, the first one also its replicas.
    """
    if component.probe is None:
        code = "config.secret" if component.unset else ""
        return [(component, Reading(verdict=Verdict.UNKNOWN, code=code))]
    net = Net(user_agent=config.user_agent)
    readings = await ask_once(component, net, id=_round_id(run.clock(), run), clock=run.clock)
    rest = [replace(component, probe=probe, replicas=()) for probe in component.replicas]
    return list(zip([component, *rest], readings, strict=True))


def lacking(config: Config) -> Iterator[Problem]:
    """An error for each component that cannot be asked for want of a package."""
    for c in config.components:
        asked = c.probe or KINDS.get(c.type)
        if asked is not None and (install := missing_extra(asked)):
            what = f"'{c.name}' cannot be asked: its kind {c.type} needs a package that is not installed"
            yield Problem(what, c.where, install)


def nothing_judged(round_: Round) -> Iterator[Problem]:
    """An error when the whole round counts for nothing."""
    if round_.void:
        mend = "see whether this machine reaches the addresses under `control:`"
        yield Problem(f"nothing was judged: {round_.void}", mend=mend)


def told_of(round_: Round) -> Iterator[str]:
    """The round for the terminal, one line a component."""
    if round_.void:
        yield f"nothing judged: {round_.void}"
    for sample in round_.samples:
        took = f" {sample.latency // timedelta(milliseconds=1)} ms" if sample.latency is not None else ""
        flaked = f" after {sample.attempts} attempts" if sample.flaked else ""
        why = ": ".join(part for part in (sample.code, sample.detail) if part)
        yield f"{sample.component}: {sample.verdict}{took}{flaked}{f' ({why})' if why else ''}"


def worst_of(samples: Iterable[Sample]) -> State | None:
    """The worst state that they stand for; None when there are none."""
    states = [VERDICT_STATE[sample.verdict] for sample in samples]
    return max(states, key=lambda state: state.severity, default=None)


async def _ask(
    config: Config,
    now: datetime,
    components: Sequence[ComponentOptions],
    run: Run,
    skipped: Mapping[str, str],
    last: Mapping[str, Sample],
) -> tuple[Round, Cost]:
    """A round, and what it cost."""
    seen: list[Sample] = []

    def count(_: str, sample: Sample) -> None:
        seen.append(sample)
        run.progress(len(seen), len(components))

    round_ = await probe_round(
        components,
        run.net(user_agent=config.user_agent),
        id=_round_id(now, run),
        clock=run.clock,
        sleep=run.sleep,
        control=config.control,
        vantage=run.vantage,
        over_budget=skipped,
        last=last,
        progress=count,
    )
    return round_, Cost(tokens=sum(s.tokens for s in seen), calls=sum(s.calls for s in seen))


def _part(
    config: Config, components: Sequence[ComponentOptions], shard: tuple[int, int] | None
) -> Sequence[ComponentOptions]:
    """Those of a shard. It counts all components: what is due may change between the starts of two shards."""
    if shard is None:
        return components
    part, of = shard
    own = {c.id for c in config.components[part - 1 :: of]}
    return [c for c in components if c.id in own]


def _newest(history: History, vantage: str) -> dict[str, Sample]:
    """Each component's newest sample from this place."""
    newest: dict[str, Sample] = {}
    for round_ in history.rounds:
        if round_.vantage == vantage:
            for sample in round_.samples:
                known = newest.get(sample.component)
                if known is None or sample.at >= known.at:
                    newest[sample.component] = sample
    return newest


def _round_id(now: datetime, run: Run) -> str:
    """Unique for ever: jobs of one GitHub run share its name, and differ in their shard and place."""
    place = f"@{run.vantage}" if run.vantage else ""
    return f"{now:%Y%m%dT%H%M%SZ}-{run.name}{mark(run.shard)}{place}"
