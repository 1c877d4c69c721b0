"""One round of probes: all at once, each failure confirmed on new connections, and is it us?"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from statuspage.causes import CODES
from statuspage.model import CauseClass, Reading, Round, Sample, Verdict
from statuspage.net import Net
from statuspage.probes import Certified, Http, Occasion, Probe, Tcp, kind_for

Clock = Callable[[], datetime]  # aware wall time
Sleep = Callable[[float], Awaitable[None]]  # seconds
Progress = Callable[[str, Sample], None]  # component id, what was seen of it

OFFLINE = "the runner itself is offline"
GUARD = timedelta(seconds=60)  # what an attempt may spend beyond its timeout, waiting for its turn to connect
CONTROL_WITHIN = timedelta(seconds=10)


class Watched(Protocol):
    """What the runner needs to know of a component; config.ComponentOptions has it."""

    @property
    def id(self) -> str: ...
    @property
    def every(self) -> timedelta: ...
    @property
    def timeout(self) -> timedelta: ...
    @property
    def retries(self) -> int: ...
    @property
    def retry_wait(self) -> tuple[timedelta, ...]: ...
    @property
    def slow(self) -> timedelta | None: ...
    @property
    def probe(self) -> Probe | None: ...
    @property
    def unset(self) -> tuple[str, ...]: ...


async def probe_round(
    components: Sequence[Watched],
    net: Net,
    *,
    id: str,
    clock: Clock,
    sleep: Sleep,
    control: Sequence[str],
    vantage: str = "",
    progress: Progress | None = None,
    deadline: timedelta | None = None,
    guard: timedelta = GUARD,
) -> Round:
    """Ask all components that have a probe (or lack a secret for it) and judge the answers.

    `control`: addresses that answer when this machine is online; none of a known kind: every probe failing
    over the network stands for them. `deadline`: of the round, by default what its slowest component may take.
    What is still open then is judged by the attempts that ended.
    """
    began = _seconds(clock())
    ends = asyncio.get_running_loop().time() + (deadline or allowance(components, guard)).total_seconds()

    async def watch(component: Watched) -> Sample:
        attempts = await _attempts(component, net, clock, sleep, ends, guard)
        sample = _judged(component, attempts, began)
        if progress is not None:
            progress(component.id, sample)
        return sample

    async with asyncio.TaskGroup() as group:
        asked = [c for c in components if c.probe is not None or c.unset]
        controls = [
            group.create_task(_answers(probe, net, clock, ends, guard)) for probe in _control_probes(control)
        ]
        watches = [group.create_task(watch(component)) for component in asked]
        samples = [await task for task in watches]
        offline = any(map(_over_the_network, samples)) and await _offline(samples, controls)
        for task in controls:
            task.cancel()
    if offline:
        return Round(id=id, at=began, vantage=vantage, void=OFFLINE)
    return Round(id=id, at=began, vantage=vantage, samples=tuple(samples))


def allowance(components: Sequence[Watched], guard: timedelta = GUARD) -> timedelta:
    """The longest that a round of these components can take: all attempts and waits of the slowest one."""
    longest = (c.timeout * (c.retries + 1) + sum(_waits(c), timedelta()) for c in components)
    return max(longest, default=timedelta()) + guard


# --- one component -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Attempt:
    at: datetime
    reading: Reading

    @property
    def verdict(self) -> Verdict:
        return self.reading.verdict

    @property
    def certain(self) -> bool:
        """Whether another attempt is not expected to end otherwise."""
        return self.verdict is Verdict.UNKNOWN or not self.reading.code or not CODES[self.reading.code].retry

    @property
    def final(self) -> bool:
        """Whether it decides alone, whatever the attempts before it saw."""
        return self.certain and self.verdict in (Verdict.DOWN, Verdict.UNKNOWN)


async def _attempts(
    component: Watched, net: Net, clock: Clock, sleep: Sleep, ends: float, guard: timedelta
) -> list[_Attempt]:
    """Attempts until the verdict is settled or the round's time is up, oldest first."""
    attempts: list[_Attempt] = []
    if component.probe is None:
        return attempts
    attempt = partial(_attempt, component.probe, net, clock, component.timeout, guard, slow=component.slow)
    try:
        async with asyncio.timeout_at(ends):
            attempts.append(await attempt())
            for wait in _waits(component):
                if _settled(attempts, component.retries + 1):
                    break
                await sleep(wait.total_seconds())
                attempts.append(await attempt())
    except TimeoutError:
        pass  # the attempts that ended speak
    return attempts


async def _attempt(
    probe: Probe,
    net: Net,
    clock: Clock,
    within: timedelta,
    guard: timedelta,
    *,
    slow: timedelta | None = None,
) -> _Attempt:
    at = clock()
    try:
        async with asyncio.timeout((within + guard).total_seconds()):
            reading = await probe.ask(net, within, Occasion(at=at))
        attempt = _Attempt(_seconds(at), _timely(reading, slow, probe, at))
        _ = (
            attempt.certain
        )  # a code that no table knows is a fault of the probe: found here, it hurts no other
    except Exception as error:  # noqa: BLE001 (one broken probe must not silence the rest)
        detail = f"the check itself failed ({type(error).__name__})"
        return _Attempt(_seconds(at), Reading(verdict=Verdict.UNKNOWN, code="monitor.error", detail=detail))
    return attempt


def _timely(reading: Reading, slow: timedelta | None, probe: Probe, at: datetime) -> Reading:
    """The reading, judged also by what depends on component and wall time: lateness, the certificate."""
    if reading.verdict not in (Verdict.UP, Verdict.DEGRADED):
        return reading
    if reading.verdict is Verdict.UP and slow is not None and (reading.latency or timedelta()) > slow:
        detail = f"{_milliseconds(reading.latency)} ms, wanted at most {_milliseconds(slow)} ms"
        reading = replace(reading, verdict=Verdict.DEGRADED, code="slow", detail=detail)
    if isinstance(probe, Certified) and reading.certificate_expires is not None:
        code, detail = probe.certificate(reading.certificate_expires - at)
        if code and (not reading.code or CODES[code].verdict is Verdict.DOWN):
            reading = replace(reading, verdict=CODES[code].verdict, code=code, detail=detail)
    return reading


# --- the median of evidence --------------------------------------------------------------------

_BADNESS = (Verdict.UP, Verdict.DEGRADED, Verdict.DOWN)


def _settled(attempts: Sequence[_Attempt], planned: int) -> bool:
    """Whether more attempts could not change the verdict.

    The first attempt settles it when its code is not retried; a later one only by what no retry mends.
    """
    if attempts[-1].final or (len(attempts) == 1 and attempts[0].certain):
        return True
    verdicts, left = [attempt.verdict for attempt in attempts], planned - len(attempts)
    best, worst = ([*verdicts, *[verdict] * left] for verdict in (Verdict.UP, Verdict.DOWN))
    return _median(best) is _median(worst)


def _median(verdicts: Sequence[Verdict]) -> Verdict:
    """The middle verdict, the better one of two: two of three decide."""
    return sorted(verdicts, key=_BADNESS.index)[(len(verdicts) - 1) // 2]


def _deciding(attempts: Sequence[_Attempt]) -> _Attempt:
    if attempts[-1].final:
        return attempts[-1]
    verdict = _median([attempt.verdict for attempt in attempts])
    return next(attempt for attempt in reversed(attempts) if attempt.verdict is verdict)


def _judged(component: Watched, attempts: Sequence[_Attempt], began: datetime) -> Sample:
    """The sample that the attempts come to."""
    if not attempts:
        return _unmeasured(component, began)
    decided = _deciding(attempts)
    worse = [a for a in attempts if decided.verdict in _BADNESS[: _rank(a.verdict)]]
    detail = decided.reading.detail
    if worse and not detail:
        codes = ", ".join(dict.fromkeys(a.reading.code for a in worse))
        detail = f"{len(worse)} of {len(attempts)} attempts failed: {codes}"
    return Sample(
        component=component.id,
        at=decided.at,
        verdict=decided.verdict,
        latency=decided.reading.latency,
        code=decided.reading.code,
        detail=detail,
        attempts=len(attempts),
        flaked=bool(worse),
        every=component.every,
    )


def _rank(verdict: Verdict) -> int:
    """0 for up to 2 for down; unknown is no evidence and worse than nothing."""
    return _BADNESS.index(verdict) if verdict in _BADNESS else 0


def _unmeasured(component: Watched, began: datetime) -> Sample:
    """The sample of a component that no attempt speaks for."""
    if component.probe is None:
        code, detail = "config.secret", "a secret is not set"
    else:
        code, detail = "monitor.error", "the round's time was up before an answer came"
    return Sample(
        component=component.id,
        at=began,
        verdict=Verdict.UNKNOWN,
        code=code,
        detail=detail,
        every=component.every,
    )


# --- is it us? ---------------------------------------------------------------------------------


def _control_probes(control: Sequence[str]) -> Iterator[Probe]:
    for url in control:
        match kind_for(url):
            case Http.type:
                yield Http(url=url)
            case Tcp.type:
                yield Tcp(url=url)


async def _answers(probe: Probe, net: Net, clock: Clock, ends: float, guard: timedelta) -> bool:
    """Whether a whole answer came, whatever it said."""
    try:
        async with asyncio.timeout_at(ends):
            attempt = await _attempt(probe, net, clock, CONTROL_WITHIN, guard)
    except TimeoutError:
        return False
    return attempt.reading.latency is not None


async def _offline(samples: Sequence[Sample], controls: Sequence[asyncio.Task[bool]]) -> bool:
    """Whether nothing can be judged: no control answers, or without controls, every probe failed so."""
    if controls:
        return not any([await task for task in controls])
    return all(_over_the_network(sample) for sample in samples if not _ours(sample))


def _over_the_network(sample: Sample) -> bool:
    return bool(sample.code) and CODES[sample.code].cause_class is CauseClass.NETWORK


def _ours(sample: Sample) -> bool:
    """Not asked at all, or by a check that failed itself: no evidence of the network."""
    return sample.latency is None and bool(sample.code) and CODES[sample.code].cause_class is CauseClass.OURS


# --- small helpers -----------------------------------------------------------------------------


def _waits(component: Watched) -> list[timedelta]:
    """A wait before each retry; the last one given repeats."""
    given = component.retry_wait or (timedelta(),)
    return [given[min(n, len(given) - 1)] for n in range(component.retries)]


def _seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _milliseconds(span: timedelta | None) -> int:
    return (span or timedelta()) // timedelta(milliseconds=1)
