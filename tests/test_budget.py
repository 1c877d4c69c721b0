"""What a day may cost, and who is skipped for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.budget import SPENT, is_paid, most_of, over_budget, spent
from statuspage.config.options import BudgetOptions
from statuspage.model import Fact, Reading, Round, Sample, Verdict
from statuspage.net import Net
from statuspage.probes import Cost, Occasion, Probe
from statuspage.probes.tcp import Tcp

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, FIVE = timedelta(hours=1), timedelta(minutes=5)


@dataclass(frozen=True)
class Paid:
    cost: Cost
    type: ClassVar[str] = "paid"

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        raise NotImplementedError


@dataclass(frozen=True)
class Component:
    probe: Probe | None
    id: str = "llm"
    every: timedelta = FIVE
    timeout: timedelta = HOUR
    retries: int = 2
    retry_wait: tuple[timedelta, ...] = ()
    slow: timedelta | None = None
    replicas: tuple[Probe, ...] = ()
    quorum: int = 1
    missing: str = "degraded"
    unset: tuple[str, ...] = field(default=())


def paid(id: str, tokens: int = 0, calls: int = 0, *, retries: int = 2) -> Component:
    return Component(Paid(Cost(tokens=tokens, calls=calls)), id=id, retries=retries)


def a_round(at: datetime, *costs: tuple[int, int], vantage: str = "") -> Round:
    samples = tuple(
        Sample(
            component=f"c{n}",
            at=at,
            verdict=Verdict.UP,
            tokens=tokens,
            calls=calls,
            every=timedelta(minutes=5),
        )
        for n, (tokens, calls) in enumerate(costs)
    )
    return Round(id=f"{at}{vantage}", at=at, vantage=vantage, samples=samples)


# --- what is gone ------------------------------------------------------------------------------


def test_the_day_s_rounds_of_all_places_are_added_up() -> None:
    rounds = [a_round(NOON, (20, 1), (30, 2)), a_round(NOON + HOUR, (5, 1), vantage="Lagos"), a_round(NOON)]

    assert spent(rounds, (), NOON + HOUR) == Cost(tokens=55, calls=4)


def test_at_midnight_of_utc_the_day_begins_anew() -> None:
    rounds = [a_round(datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), (20, 1))]
    before, after = (datetime(2026, 11, day, tzinfo=UTC) for day in (22, 23))

    assert spent(rounds, (), before) == Cost(tokens=20, calls=1)
    assert spent(rounds, (), after) == Cost()
    assert spent(rounds, (), after.astimezone(None)) == Cost()


def test_what_void_rounds_cost_stands_in_the_ledger() -> None:
    facts = [
        Fact(kind=SPENT, key="a", at=NOON, value={"tokens": 7, "calls": 2}),
        Fact(kind=SPENT, key="b", at=NOON, value={"tokens": "many"}),
        Fact(kind=SPENT, key="c", at=NOON - 24 * HOUR, value={"tokens": 900, "calls": 9}),
    ]

    assert spent([a_round(NOON, (1, 1))], facts, NOON) == Cost(tokens=8, calls=3)


# --- who is asked ------------------------------------------------------------------------------

FEW, NONE = "up to 200 tokens, 199 left", "up to 200 tokens, 0 left"


def test_a_component_may_cost_all_its_attempts_at_all_its_addresses() -> None:
    probe = Paid(Cost(tokens=100, calls=2))

    assert most_of(Component(probe)) == Cost(tokens=200, calls=4)  # one retry: it is paid
    assert most_of(Component(probe, retries=0)) == Cost(tokens=100, calls=2)
    assert most_of(Component(probe, replicas=(probe, Paid(Cost())))) == Cost(tokens=400, calls=8)
    assert most_of(Component(Tcp(url="tcp://192.0.2.1:1"))) == Cost()
    assert most_of(Component(None)) == Cost()
    assert is_paid(Component(probe))
    assert not is_paid(Component(Paid(Cost())))


@pytest.mark.parametrize(
    ("limits", "used", "over"),
    [
        (BudgetOptions(), Cost(tokens=10**9, calls=10**9), {}),
        (BudgetOptions(tokens_per_day=500), Cost(), {}),
        (BudgetOptions(tokens_per_day=500), Cost(tokens=100, calls=99), {}),
        (BudgetOptions(tokens_per_day=500), Cost(tokens=101), {"b": FEW}),
        (BudgetOptions(tokens_per_day=500), Cost(tokens=301), {"a": FEW, "b": FEW}),
        (BudgetOptions(calls_per_day=4), Cost(calls=1), {"b": "up to 2 calls, 1 left"}),
        (BudgetOptions(tokens_per_day=200, calls_per_day=2), Cost(), {"b": f"{NONE}; up to 2 calls, 0 left"}),
        (BudgetOptions(tokens_per_day=0), Cost(tokens=50), {"a": NONE, "b": NONE}),
    ],
)  # fmt: skip
def test_what_is_left_is_reserved_in_order(limits: BudgetOptions, used: Cost, over: dict[str, str]) -> None:
    free = Component(Tcp(url="tcp://192.0.2.1:1"), id="free")
    components = [paid("a", 100, 1), free, paid("b", 100, 1), paid("calls only", 0, 0)]

    assert over_budget(components, limits, used) == over


def test_one_that_is_skipped_leaves_its_share_to_later_ones() -> None:
    components = [paid("large", 1000, retries=0), paid("small", 10, retries=0)]

    assert list(over_budget(components, BudgetOptions(tokens_per_day=20), Cost())) == ["large"]


costs = st.builds(Cost, tokens=st.integers(0, 300), calls=st.integers(0, 5))


@given(st.lists(costs, max_size=8), costs, costs)
def test_those_that_are_asked_stay_within_the_limits(each: Sequence[Cost], limit: Cost, used: Cost) -> None:
    components = [paid(f"c{n}", c.tokens, c.calls) for n, c in enumerate(each)]
    limits = BudgetOptions(tokens_per_day=limit.tokens, calls_per_day=limit.calls)
    over = over_budget(components, limits, used)
    asked = [most_of(c) for c in components if c.id not in over]

    assert sum(c.tokens for c in asked) <= max(0, limit.tokens - used.tokens)
    assert sum(c.calls for c in asked) <= max(0, limit.calls - used.calls)
