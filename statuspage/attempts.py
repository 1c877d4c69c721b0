"""One probe asked until its verdict is settled: each failure is confirmed on new connections."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from statuspage.causes import CODES
from statuspage.model import MEASURES, Reading, Sample, Verdict
from statuspage.net import Net
from statuspage.nonce import word
from statuspage.probes import Certified, Cost, Occasion, Paid, Probe, missing_extra

Clock = Callable[[], datetime]  # aware wall time
Sleep = Callable[[float], Awaitable[None]]  # seconds

PAID_RETRIES = 1  # a probe that costs money is asked again once at most
MILLISECOND = timedelta(milliseconds=1)
DAYS_LEFT_TOLD = 30  # a certificate's days are kept once they are fewer
HUGE = 1e300  # no figure that is meant


class Watched(Protocol):
    """What a round needs to know of a component; config.ComponentOptions has it."""

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
    def replicas(self) -> tuple[Probe, ...]: ...
    @property
    def quorum(self) -> int: ...
    @property
    def missing(self) -> str: ...
    @property
    def unset(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What all attempts of one round share."""

    round: str  # its id
    began: datetime
    net: Net
    clock: Clock
    sleep: Sleep
    ends: float  # when the round is over, in the event loop's time
    guard: timedelta  # what an attempt may spend beyond its timeout, waiting for its turn to connect
    last: Mapping[str, Sample] = field(default_factory=dict)  # by component id, as seen from this place


@dataclass(frozen=True, slots=True)
class Attempt:
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


async def confirmed(component: Watched, probe: Probe, asking: Asking) -> Sample:
    """The sample that a probe's attempts come to."""
    made = await _attempts(component, probe, asking)
    if made:
        return _judged(component, made)
    late = "the round's time was up before an answer came"
    return unmeasured(component, asking.began, "monitor.error", late)


async def once(component: Watched, probe: Probe, asking: Asking, number: int = 0) -> Attempt:
    """One attempt of a component's probe; they count from 0."""
    if install := missing_extra(probe):
        unable = Reading(verdict=Verdict.UNKNOWN, code="config.extra", detail=install)
        return Attempt(in_seconds(asking.clock()), unable)
    at = asking.clock()
    turn = int(at.timestamp() // component.every.total_seconds()) + number
    last = asking.last.get(component.id)
    occasion = Occasion(at=at, turn=turn, nonce=word(asking.round, component.id), last=last)
    return await attempt(probe, asking, component.timeout, occasion, component.slow)


async def attempt(
    probe: Probe, asking: Asking, within: timedelta, occasion: Occasion, slow: timedelta | None = None
) -> Attempt:
    """One attempt, whatever it comes to. `slow` is for kinds that have no such limit of their own."""
    at = in_seconds(occasion.at)
    try:
        async with asyncio.timeout((within + asking.guard).total_seconds()):
            reading = await probe.ask(asking.net, within, occasion)
        limit = None if hasattr(probe, "slow") else slow
        reading = _with_figures(_timely(reading, limit, probe, occasion.at), occasion.at)
        made = Attempt(at, reading)
        _ = made.certain  # a code that no table knows is a fault of the probe: found here, it hurts no other
    except Exception as error:  # noqa: BLE001 (one broken probe must not silence the rest)
        detail = f"the check itself failed ({type(error).__name__})"
        return Attempt(at, Reading(verdict=Verdict.UNKNOWN, code="monitor.error", detail=detail))
    return made


def unmeasured(component: Watched, at: datetime, code: str, detail: str) -> Sample:
    """The sample of a component that no attempt speaks for."""
    verdict = Verdict.UNKNOWN
    return Sample(
        component=component.id, at=at, verdict=verdict, code=code, detail=detail, every=component.every
    )


def waits_before_retries(component: Watched, probe: Probe) -> list[timedelta]:
    """A wait before each retry; the last one given repeats."""
    retries = min(component.retries, PAID_RETRIES) if cost_of(probe) != Cost() else component.retries
    given = component.retry_wait or (timedelta(),)
    return [given[min(n, len(given) - 1)] for n in range(retries)]


def cost_of(probe: Probe) -> Cost:
    """What one attempt may cost at most."""
    return probe.cost if isinstance(probe, Paid) else Cost()


def in_seconds(at: datetime) -> datetime:
    """Times are kept in whole seconds."""
    return at.replace(microsecond=0)


# --- what depends on component and wall time ---------------------------------------------------


def _timely(reading: Reading, slow: timedelta | None, probe: Probe, at: datetime) -> Reading:
    """The reading, judged also by lateness and by how long its certificate is still valid."""
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


def _with_figures(reading: Reading, at: datetime) -> Reading:
    """The reading with the figures that a sample keeps: known ones, finite, the certificate's days among them."""
    figures = dict(_finite(reading.measures))
    expires = reading.certificate_expires
    if expires is not None and (left := (expires - at).days) < DAYS_LEFT_TOLD:
        figures.setdefault("days_left", left)
    return replace(reading, measures=figures)


def _finite(measures: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """A service may say NaN or 1e999 of itself, which no line of the history can hold."""
    for name, value in measures.items():
        if name in MEASURES and -HUGE < value < HUGE:
            yield name, round(value, 3) if MEASURES[name] else value


# --- the median of evidence --------------------------------------------------------------------


async def _attempts(component: Watched, probe: Probe, asking: Asking) -> list[Attempt]:
    """Attempts until the verdict is settled or the round's time is up, oldest first."""
    made: list[Attempt] = []
    waits = waits_before_retries(component, probe)
    try:
        async with asyncio.timeout_at(asking.ends):
            made.append(await once(component, probe, asking))
            for wait in waits:
                if _settled(made, len(waits) + 1):
                    break
                await asking.sleep(wait.total_seconds())
                made.append(await once(component, probe, asking, len(made)))
    except TimeoutError:
        pass  # the attempts that ended speak
    return made


def _judged(component: Watched, made: Sequence[Attempt]) -> Sample:
    decided = _deciding(made)
    worse = [a for a in made if decided.verdict in _BADNESS[: _rank(a.verdict)]]
    detail = decided.reading.detail
    if worse and not detail:
        codes = ", ".join(dict.fromkeys(a.reading.code for a in worse))
        detail = f"{len(worse)} of {len(made)} attempts failed: {codes}"
    return Sample(
        component=component.id,
        at=decided.at,
        verdict=decided.verdict,
        latency=_told(decided.reading.latency),
        code=decided.reading.code,
        detail=detail,
        attempts=len(made),
        flaked=bool(worse),
        measures=decided.reading.measures,
        tokens=sum(a.reading.tokens for a in made),
        calls=sum(a.reading.calls for a in made),
        fell_back=decided.reading.fell_back,
        kept=decided.reading.kept,
        every=component.every,
    )


def _told(latency: timedelta | None) -> timedelta | None:
    """To the millisecond, below ten to a tenth of one: what is finer is noise that a history pays for."""
    if latency is None:
        return None
    step = MILLISECOND if latency >= 10 * MILLISECOND else MILLISECOND / 10
    return round(latency / step) * step


_BADNESS = (Verdict.UP, Verdict.DEGRADED, Verdict.DOWN)


def _settled(made: Sequence[Attempt], planned: int) -> bool:
    """Whether more attempts could not change the verdict.

    The first attempt settles it when its code is not retried; a later one only by what no retry mends.
    """
    if made[-1].final or (len(made) == 1 and made[0].certain):
        return True
    verdicts, left = [a.verdict for a in made], planned - len(made)
    best, worst = ([*verdicts, *[verdict] * left] for verdict in (Verdict.UP, Verdict.DOWN))
    return _median(best) is _median(worst)


def _median(verdicts: Sequence[Verdict]) -> Verdict:
    """The middle verdict, the better one of two: two of three decide."""
    return sorted(verdicts, key=_BADNESS.index)[(len(verdicts) - 1) // 2]


def _deciding(made: Sequence[Attempt]) -> Attempt:
    if made[-1].final:
        return made[-1]
    verdict = _median([a.verdict for a in made])
    return next(a for a in reversed(made) if a.verdict is verdict)


def _rank(verdict: Verdict) -> int:
    """0 for up to 2 for down; unknown is no evidence and worse than nothing."""
    return _BADNESS.index(verdict) if verdict in _BADNESS else 0


def _milliseconds(span: timedelta | None) -> int:
    return (span or timedelta()) // MILLISECOND
