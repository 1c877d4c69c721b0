"""One drill: a component fails on purpose, the true pipeline runs in a copy of the state, and what it says is timed.

The rounds follow each other without waiting: their clock is the drill's own, only the probes' deadlines are real. The
fault begins right after a round, so the times are the longest that a real one would take.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from statuspage.archive import recall
from statuspage.config import ComponentOptions, Target
from statuspage.config.notify import WebhookOptions
from statuspage.declare import declare
from statuspage.dial import Gate
from statuspage.drill.faults import Fault, amiss, is_seen
from statuspage.drill.proxy import FaultProxy, Place, StandIn
from statuspage.drill.receiver import Receiver
from statuspage.drill.stage import MARK, TOLD, Dummies, delay, speaks_tls, staged
from statuspage.drill.surfaces import API, BADGE, FEED, MESSAGE, PAGE, all_is_well, entries, faults
from statuspage.errors import StatuspageError
from statuspage.model import ComponentStatus, State
from statuspage.net import Net
from statuspage.notify.desk import Office, tell
from statuspage.pipeline import Built, Project, build_site, probe_once
from statuspage.probes.options import Secret
from statuspage.rounds import Run
from statuspage.runner import ask_once

BEGINNING = 6  # rounds at most until all is well, before the fault
ENDING = 12  # rounds at most until it is seen to work again
ROUNDS = 200  # of a fault, at most
SHORTEST = timedelta(minutes=10)
TALKING = frozenset({"llm", "chat"})  # kinds whose answers have words for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be rehearsed."""

    component: str  # its id
    fault: Fault
    lasting: timedelta | None = None  # None: so long that the checks must declare an incident
    fallback: str = ""  # the id of what must go on answering meanwhile
    within: timedelta | None = None  # the longest that people may be without either


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it. Spans count from the beginning of the fault; None: it did not happen."""

    order: Order
    at: datetime
    rounds: int | None = None  # until it was detected
    detected: timedelta | None = None
    state: State | None = None  # as which it was detected
    code: str = ""
    told: Mapping[str, timedelta] = field(default_factory=dict)  # by surface: when it first said so
    fell_back: timedelta | None = None
    lasted: timedelta = timedelta()
    recovered: timedelta | None = None  # from the end of the fault
    amiss: tuple[str, ...] = ()  # what was not as it must be

    @property
    def passed(self) -> bool:
        return not self.amiss


def drill(
    project: Project,
    order: Order,
    *,
    now: datetime,
    environ: Mapping[str, str],
    stand_ins: Mapping[Place, StandIn] | None = None,
    keep: Callable[[Mapping[str, bytes]], None] = lambda site: None,
    true_secrets: bool = False,
) -> Result:
    """Play it. `keep` is given the site as it stood at the fault's end. Nothing of `project` is changed.

    `now`: the wall time. `stand_ins`: what answers in the place of the targets. `true_secrets`: send the real secrets
    to the targets, not dummies. Raises StatuspageError when the drill cannot begin.
    """
    component = _component(project, order.component)
    asked = {order.component, *filter(None, [order.fallback])}
    certificates = str(getattr(component.probe, "ca", "") or "")
    with (
        tempfile.TemporaryDirectory(prefix="statuspage-drill-") as folder,
        FaultProxy(now, stand_ins=stand_ins, ca=certificates) as proxy,
        Receiver() as receiver,
    ):
        copy = staged(
            project,
            Path(folder),
            asked,
            environ=environ if true_secrets else Dummies(environ),
            control=receiver.url,
            receiver=_receiver(receiver),
            now=now,
        )
        return _Play(copy, order, proxy, receiver, now, keep).result()


def _component(project: Project, id: str) -> ComponentOptions:
    return next(one for one in project.config.components if one.id == id)


def _receiver(receiver: Receiver) -> Target:
    hook = WebhookOptions(url=f"{receiver.url}told", secret=Secret("of no use"), allow_private=True)
    return Target(name=f"the drill's own receiver {MARK}", webhook=hook, kinds=TOLD)


class _Play:
    def __init__(
        self,
        project: Project,
        order: Order,
        proxy: FaultProxy,
        receiver: Receiver,
        now: datetime,
        keep: Callable[[Mapping[str, bytes]], None],
    ) -> None:
        self._project, self._order, self._proxy, self._receiver = project, order, proxy, receiver
        self._keep = keep
        self._options = _component(project, order.component)
        self._every = self._options.every
        self._now = now.astimezone(UTC).replace(microsecond=0)
        self._net = partial(Net, gate=Gate(find=proxy.find), also_trust=_authority(project, order, proxy))
        self._amiss: list[str] = []
        self._rounds = 0

    def result(self) -> Result:
        built = self._begin()
        began, before = self._now, entries(built.files)
        result = Result(order=self._order, at=began)
        result = self._fail(result, before)
        result = self._mend(result)
        return replace(result, amiss=tuple(dict.fromkeys((*self._amiss, *_missing(result, self._project)))))

    # --- the three acts ------------------------------------------------------------------------

    def _begin(self) -> Built:
        """Rounds until all is well: what fails already cannot be made to fail."""
        self._proxy.orders.hit = self._places()
        for _ in range(BEGINNING):
            built = self._round()
            one = _status(built, self._order.component)
            if one.state is State.OPERATIONAL:
                return built
        raise StatuspageError(
            f"the drill cannot begin: '{one.name}' is {one.state or 'not measured'} "
            f"({one.code or self._code() or 'no code'})",
            where=self._options.where,
            mend="a drill sends dummies for secrets: --true-secrets sends the real ones; see docs/drills.md",
        )

    def _places(self) -> frozenset[Place]:
        """What the component asks, and nothing of its fallback."""
        struck = self._asked(self._options)
        if not struck:
            what = f"'{self._options.name}' asks nothing over TCP: no fault can be put between"
            raise StatuspageError(what, where=self._options.where, mend="choose another component")
        if self._order.fallback:
            other = _component(self._project, self._order.fallback)
            if struck & self._asked(other):
                what = f"'{self._options.name}' and '{other.name}' ask the same address: one fault would strike both"
                raise StatuspageError(what, where=other.where, mend="name a fallback at another address")
        return struck

    def _asked(self, component: ComponentOptions) -> frozenset[Place]:
        self._proxy.asked.clear()
        net = self._net(user_agent=self._project.config.user_agent)
        asyncio.run(ask_once(component, net, id="drill", clock=lambda: self._now))
        return frozenset(self._proxy.asked)

    def _fail(self, result: Result, before: frozenset[str]) -> Result:
        """The fault, for as long as was asked."""
        order, orders = self._order, self._proxy.orders
        orders.delay = delay(self._options) if order.fault is Fault.SLOW else timedelta()
        orders.words = self._options.type in TALKING
        orders.fault = order.fault
        times = min(max(-(-self._lasting() // self._every), 1), ROUNDS)
        built: Built | None = None
        for n in range(1, times + 1):
            self._now += self._every
            built = self._round()
            result = self._looked(result, built, before, n)
        assert built is not None
        self._keep(built.files)
        return replace(result, lasted=self._now - result.at)

    def _mend(self, result: Result) -> Result:
        """The fault is over: rounds until the page says so, and until people are told."""
        self._proxy.orders.fault = None
        ended = self._now
        for _ in range(ENDING):
            self._now += self._every
            built = self._round()
            one = _status(built, self._order.component)
            if one.state is State.OPERATIONAL and not one.code:
                self._amiss += [f"{where}, after it: {what}" for where, what in self._wrong(built, one)]
                return replace(result, recovered=self._now - ended)
        self._amiss.append(f"it was not seen to work again within {ENDING} rounds")
        return result

    def _lasting(self) -> timedelta:
        if self._order.lasting is not None:
            return self._order.lasting
        options = self._project.config.incidents
        declared = options.after + 2 * self._every if options.auto == "open" else timedelta()
        return max(SHORTEST, declared)

    # --- one round -----------------------------------------------------------------------------

    def _round(self) -> Built:
        """Ask, declare, build, tell: what a scheduled run does, all at the drill's own time."""
        self._rounds += 1
        run = Run(name=f"drill{self._rounds}", clock=lambda: self._now, sleep=_no_pause, net=self._net)
        probe_once(self._project, self._now, run)
        self._amiss += [str(problem.what) for problem in declare(self._project, self._now).problems]
        built = build_site(self._project, self._now)
        office = Office(self._project, f"drill{self._rounds}", lambda: self._now, lambda _: None, drill=True)
        told = tell(office)
        self._amiss += [problem.what for problem in told.problems if not problem.warning]
        return built

    def _looked(self, result: Result, built: Built, before: frozenset[str], n: int) -> Result:
        one = _status(built, self._order.component)
        since = self._now - result.at
        code = one.code or self._code()
        if result.detected is None and is_seen(self._order.fault, one.state, code):
            result = replace(result, rounds=n, detected=since, state=one.state, code=code)
            if why := amiss(self._order.fault, one.state, code):
                self._amiss.append(why)
        result = self._with_fallback(result, built, since)
        if result.detected is None:
            return result
        wrong = [*self._wrong(built, one)]
        self._amiss += [f"{where}: {what}" for where, what in wrong]
        said = {PAGE, API, BADGE} - {where for where, _ in wrong}
        if entries(built.files) - before:
            said.add(FEED)
        if self._receiver.names(one.name):
            said.add(MESSAGE)
        told = dict(result.told) | {where: since for where in said if where not in result.told}
        return replace(result, told=told)

    def _wrong(self, built: Built, one: ComponentStatus) -> Iterator[tuple[str, str]]:
        yield from faults(built.files, built.snapshot, one)
        if one.state.severity >= State.DEGRADED.severity and all_is_well(built.files):
            yield PAGE, "the page as a whole says that everything works"

    def _with_fallback(self, result: Result, built: Built, since: timedelta) -> Result:
        if not self._order.fallback or result.fell_back is not None:
            return result
        other = _status(built, self._order.fallback)
        return replace(result, fell_back=since) if other.state is State.OPERATIONAL else result

    def _code(self) -> str:
        """Of the newest sample, which no state may show: a limit on requests is no outage."""
        rounds = recall(self._project.records, self._project.config, self._now).history.rounds
        samples = [s for round_ in rounds for s in round_.samples if s.component == self._order.component]
        return max(samples, key=lambda sample: sample.at).code if samples else ""


def _authority(project: Project, order: Order, proxy: FaultProxy) -> str:
    """What the probes must trust: "" where none of them speaks TLS."""
    component = _component(project, order.component)
    secure = speaks_tls(component)
    if order.fault is Fault.TLS_EXPIRED and not secure:
        what = f"'{component.name}' does not speak TLS: no certificate of it can expire"
        raise StatuspageError(what, where=component.where, mend="choose another component, or another fault")
    others = [_component(project, order.fallback)] if order.fallback else []
    return proxy.authority.pem if secure or any(map(speaks_tls, others)) else ""


def _status(built: Built, id: str) -> ComponentStatus:
    return next(one for one in built.snapshot.components if one.id == id)


def _missing(result: Result, project: Project) -> Iterator[str]:
    """What did not happen that must."""
    if result.detected is None:
        yield f"the fault was not detected in {result.lasted}"
        return
    limited = result.order.fault is Fault.LIMITED
    wanted = [PAGE, API, BADGE]
    if not limited:
        wanted.append(MESSAGE)
    if not limited and is_declared(result, project):
        wanted.append(FEED)
    for where in wanted:
        if where not in result.told:
            yield f"{where}: it never said so"
    if result.order.fallback:
        yield from _failover(result)


def is_declared(result: Result, project: Project) -> bool:
    """Whether the checks must have declared an incident, which alone is told in the feed."""
    options = project.config.incidents
    bad = result.state is not None and result.state.severity >= State(options.least).severity
    lasted = result.detected is not None and result.lasted - result.detected >= options.after
    return options.auto == "open" and bad and lasted


def _failover(result: Result) -> Iterator[str]:
    limit = result.order.within
    if result.fell_back is None:
        yield f"the fallback '{result.order.fallback}' did not answer"
    elif limit is not None and result.fell_back > limit:
        yield f"the fallback answered after {result.fell_back}, the objective is {limit}"


async def _no_pause(seconds: float) -> None:
    """A drill does not wait between attempts."""
