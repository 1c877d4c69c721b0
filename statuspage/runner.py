"""One round of probes: all at once, each failure confirmed on new connections, and is it us?"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import timedelta
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from statuspage.attempts import (
    Asking,
    Clock,
    Sleep,
    Watched,
    attempt,
    confirmed,
    in_seconds,
    once,
    unmeasured,
    waits_before_retries,
)
from statuspage.causes import CODES
from statuspage.model import CauseClass, Reading, Round, Sample, Verdict
from statuspage.net import Net
from statuspage.probes import KINDS, Occasion, Probe, kind_for, missing_extra
from statuspage.replicas import merged

Progress = Callable[[str, Sample], None]  # component id, what was seen of it

OFFLINE = "the runner itself is offline"
NO_NAMES = "the name of a control target could not be looked up either"
LOOKUP = "dns.resolver"  # the code of a name service that fails: ours, or the component's
GUARD = timedelta(seconds=60)  # what an attempt may spend beyond its timeout, waiting for its turn to connect
CONTROL_WITHIN = timedelta(seconds=10)
NOTHING: Mapping[str, str] = MappingProxyType({})
UNSEEN: Mapping[str, Sample] = MappingProxyType({})


async def probe_round(
    components: Sequence[Watched],
    net: Net,
    *,
    id: str,
    clock: Clock,
    sleep: Sleep,
    control: Sequence[str],
    vantage: str = "",
    over_budget: Mapping[str, str] = NOTHING,
    last: Mapping[str, Sample] = UNSEEN,
    progress: Progress | None = None,
    deadline: timedelta | None = None,
    guard: timedelta = GUARD,
) -> Round:
    """Ask all components that have a probe (or lack a secret for it) and judge the answers.

    `control`: addresses that answer when this machine is online; none that can be asked: every probe failing
    over the network stands for them. `deadline`: of the round, by default what its slowest component may take.
    What is still open then is judged by the attempts that ended. `over_budget`: ids of components that are not
    asked because their probes cost too much now, each with a detail. `last`: the newest sample of each component
    before this round, for probes that need not ask again for a while.
    """
    ends = asyncio.get_running_loop().time() + (deadline or allowance(components, guard)).total_seconds()
    asking = Asking(
        round=id,
        began=in_seconds(clock()),
        net=net,
        clock=clock,
        sleep=sleep,
        ends=ends,
        guard=guard,
        last=last,
    )

    async def watch(component: Watched) -> list[Sample]:
        seen = await _seen(component, asking, over_budget.get(component.id))
        if progress is not None:
            progress(component.id, _whole(component, seen))
        return seen

    async with asyncio.TaskGroup() as group:
        asked = [c for c in components if c.probe is not None or c.unset]
        controls = [group.create_task(_control(probe, asking)) for probe in _control_probes(control)]
        watches = [group.create_task(watch(component)) for component in asked]
        seen = [await task for task in watches]
        evidence = [sample for samples in seen for sample in samples]
        suspicious = any(map(_over_the_network, evidence))
        heard = [await task for task in controls] if suspicious else []
        for task in controls:
            task.cancel()
    if suspicious and _offline(evidence, heard):
        return Round(id=id, at=asking.began, vantage=vantage, void=OFFLINE)
    if any(control.nameless for control in heard):
        seen = [[*map(_excused, samples)] for samples in seen]
    samples = tuple(map(_whole, asked, seen))
    return Round(id=id, at=asking.began, vantage=vantage, samples=samples)


async def ask_once(component: Watched, net: Net, *, id: str, clock: Clock) -> list[Reading]:
    """One attempt at each of the component's addresses, judged and kept by nobody. `id`: as a round has one."""
    ends = asyncio.get_running_loop().time() + (component.timeout + GUARD).total_seconds()
    asking = Asking(
        round=id, began=in_seconds(clock()), net=net, clock=clock, sleep=asyncio.sleep, ends=ends, guard=GUARD
    )
    made = await asyncio.gather(*(once(component, probe, asking) for probe in _probes(component)))
    return [one.reading for one in made]


def allowance(components: Sequence[Watched], guard: timedelta = GUARD) -> timedelta:
    """The longest that a round of these components can take: all attempts and waits of the slowest one."""
    return max((_longest(c) for c in components), default=timedelta()) + guard


# --- one component -----------------------------------------------------------------------------


async def _seen(component: Watched, asking: Asking, over_budget: str | None) -> list[Sample]:
    """A sample for each of its addresses, or the one that says why it is not asked."""
    if over_budget is not None:
        return [unmeasured(component, asking.began, "budget", over_budget)]
    if component.probe is None:
        return [unmeasured(component, asking.began, "config.secret", "a secret is not set")]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(confirmed(component, probe, asking)) for probe in _probes(component)]
    return [task.result() for task in tasks]


def _whole(component: Watched, samples: Sequence[Sample]) -> Sample:
    return merged(samples, component.quorum, partial=component.missing == "partial")


def _probes(component: Watched) -> tuple[Probe, ...]:
    return () if component.probe is None else (component.probe, *component.replicas)


def _longest(component: Watched) -> timedelta:
    waits = [waits_before_retries(component, probe) for probe in _probes(component)]
    return max((component.timeout * (len(w) + 1) + sum(w, timedelta()) for w in waits), default=timedelta())


# --- is it us? ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Control:
    """What a control target showed."""

    answered: bool = False  # a whole answer came, whatever it said
    nameless: bool = False  # its name could not be looked up


def _control_probes(control: Sequence[str]) -> Iterator[Probe]:
    """Those that can be asked: of a kind that wants an address alone and has what it needs."""
    for url in control:
        kind: Any = KINDS.get(kind_for(url) or "")
        if kind is not None and _wants(kind) == {"url"} and not missing_extra(kind):
            yield kind(url=url)


def _wants(kind: Any) -> set[str]:
    """The options that must be given."""
    return {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}


async def _control(probe: Probe, asking: Asking) -> _Control:
    try:
        async with asyncio.timeout_at(asking.ends):
            occasion = Occasion(at=asking.clock())
            reading = (await attempt(probe, asking, CONTROL_WITHIN, occasion)).reading
    except TimeoutError:
        return _Control()
    has_name = not _is_address(urlsplit(getattr(probe, "url", "")).hostname or "")
    return _Control(reading.latency is not None, nameless=has_name and reading.code == LOOKUP)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _offline(evidence: Sequence[Sample], heard: Sequence[_Control]) -> bool:
    """Whether nothing can be judged: no control answers, or without controls, every probe failed so."""
    if heard:
        return not any(control.answered for control in heard)
    return all(_over_the_network(sample) for sample in evidence if not _ours(sample))


def _excused(sample: Sample) -> Sample:
    """Not measured, where the name service that failed is ours: it looks up no other name either."""
    if sample.code != LOOKUP or sample.verdict is not Verdict.DOWN:
        return sample
    return replace(sample, verdict=Verdict.UNKNOWN, detail=NO_NAMES)


def _over_the_network(sample: Sample) -> bool:
    return bool(sample.code) and CODES[sample.code].cause_class is CauseClass.NETWORK


def _ours(sample: Sample) -> bool:
    """Not asked at all, or by a check that failed itself: no evidence of the network."""
    return sample.latency is None and bool(sample.code) and CODES[sample.code].cause_class is CauseClass.OURS
