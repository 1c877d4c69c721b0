"""Made-up components that answer and fail: rounds, hours and days of them."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from statuspage.model import Day, Latency, Round, Rules, Sample, Span, State, Verdict

EVERY = timedelta(minutes=5)
ONE_DAY = timedelta(days=1)


def names(count: int) -> list[str]:
    return [f"component-{n:02}" for n in range(count)]


class Service:
    """Components with latencies of their own (log-normal, sigma 0.12) that fail for a while now and then."""

    def __init__(self, components: Sequence[str], seed: int = 7) -> None:
        self.chance = random.Random(seed)
        self.usual = {name: self.chance.uniform(80, 900) for name in components}
        self.rounds_down = dict.fromkeys(components, 0)

    def round(self, at: datetime) -> Round:
        began = at + timedelta(seconds=self.chance.randrange(20))
        samples = tuple(self.sample(name, began) for name in self.usual)
        return Round(
            id=f"{began:%Y%m%dT%H%M%SZ}-{self.chance.randrange(10**10)}.1", at=began, samples=samples
        )

    def sample(self, name: str, at: datetime) -> Sample:
        left = self.rounds_down[name]
        if not left and self.chance.random() < 0.0002:
            left = self.chance.randrange(3, 24)
        self.rounds_down[name] = max(0, left - 1)
        if left:
            return Sample(
                component=name,
                at=at,
                verdict=Verdict.DOWN,
                code="http.503",
                detail="status 503",
                attempts=2,
                every=EVERY,
            )
        latency = timedelta(milliseconds=round(self.usual[name] * self.chance.lognormvariate(0, 0.12)))
        return Sample(component=name, at=at, verdict=Verdict.UP, latency=latency, every=EVERY)

    def rounds(self, start: datetime, hours: int) -> Iterator[Round]:
        return (self.round(start + n * EVERY) for n in range(12 * hours))

    def hours(self, name: str, day: datetime) -> list[Latency]:
        """As the percentiles of twelve answers would be."""
        return [self.latency(name, day + timedelta(hours=n), 12) for n in range(24)]

    def latency(self, name: str, start: datetime, count: int) -> Latency:
        told = sorted(round(self.usual[name] * self.chance.lognormvariate(0, 0.12)) for _ in range(12))
        return Latency(start, count, told[5], told[10], told[11])

    def day(self, name: str, start: datetime) -> Day:
        """One in seventeen has an outage, as `sample` gives them."""
        good = [Span(start, start + ONE_DAY, State.OPERATIONAL)]
        if self.chance.random() < 1 / 17:
            at = start + timedelta(seconds=self.chance.randrange(80_000))
            end = at + timedelta(seconds=self.chance.randrange(900, 6_000))
            bad = Span(at, end, State.MAJOR, "http.503", "status 503")
            good = [Span(start, at, State.OPERATIONAL), bad, Span(end, start + ONE_DAY, State.OPERATIONAL)]
        return Day(
            day=start.date(),
            component=name,
            spans=tuple(good),
            counts={"up": 288 - 12 * (len(good) - 1)},
            latency=self.latency(name, start, 288),
            rules=Rules(),
        )
