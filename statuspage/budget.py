"""What paid probes have used up today, and which of them may still be asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from statuspage.attempts import Watched, cost_of, waits_before_retries
from statuspage.config.options import BudgetOptions
from statuspage.model import Fact, Round, Sample
from statuspage.probes import Cost

SPENT = "spent"
"""Kind of the ledger's facts that say what a void round cost, which keeps no sample: by its id."""


def spent(rounds: Iterable[Round], facts: Iterable[Fact], now: datetime) -> Cost:
    """What the kept rounds of all places have used up in the UTC day of `now`, with the facts of void ones."""
    today = now.astimezone(UTC).date()
    paid = (s for r in rounds for s in r.samples if s.tokens or s.calls)
    samples = [s for s in paid if s.at.astimezone(UTC).date() == today]
    return _sum(samples, [fact for fact in facts if fact.at.astimezone(UTC).date() == today])


def cost_of_round(round_: Round, facts: Mapping[str, Fact]) -> Cost:
    """What one round has used up; `facts`: those of void rounds, by id."""
    return _sum(round_.samples, [facts[round_.id]] if round_.id in facts else [])


def over_budget(components: Sequence[Watched], limits: BudgetOptions, used: Cost) -> dict[str, str]:
    """The components that may cost more than is left, each with what stands against it.

    Reserved is the most that all their attempts can cost, in the order given; one that is skipped reserves
    nothing.
    """
    over: dict[str, str] = {}
    for component in components:
        most = most_of(component)
        if reason := "; ".join(_excess(most, limits, used)):
            over[component.id] = reason
        else:
            used = Cost(tokens=used.tokens + most.tokens, calls=used.calls + most.calls)
    return over


def most_of(component: Watched) -> Cost:
    """The most that a round can cost at this component: every attempt at each of its addresses."""
    probes = () if component.probe is None else (component.probe, *component.replicas)
    each = [(cost_of(probe), 1 + len(waits_before_retries(component, probe))) for probe in probes]
    return Cost(tokens=sum(c.tokens * n for c, n in each), calls=sum(c.calls * n for c, n in each))


def is_paid(component: Watched) -> bool:
    return most_of(component) != Cost()


def _excess(most: Cost, limits: BudgetOptions, used: Cost) -> Iterator[str]:
    """`up to 240 tokens, 80 left`, where that is more than is left."""
    for name, needed, limit, gone in (
        ("tokens", most.tokens, limits.tokens_per_day, used.tokens),
        ("calls", most.calls, limits.calls_per_day, used.calls),
    ):
        if limit is not None and needed and needed > limit - gone:
            yield f"up to {needed} {name}, {max(0, limit - gone)} left"


def _sum(samples: Sequence[Sample], facts: Sequence[Fact]) -> Cost:
    return Cost(
        tokens=sum(s.tokens for s in samples) + sum(_number(fact.value, "tokens") for fact in facts),
        calls=sum(s.calls for s in samples) + sum(_number(fact.value, "calls") for fact in facts),
    )


def _number(value: Mapping[str, object], key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) else 0
