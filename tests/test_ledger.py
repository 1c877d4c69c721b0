"""The ledger: the last fact of a kind and key holds, and a broken line is told."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.errors import StatuspageError
from statuspage.ledger import Ledger, encode
from statuspage.lines import checksummed
from statuspage.model import Fact

AT = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
VALUES = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text(), max_size=3)
FACTS = st.builds(
    Fact,
    kind=st.sampled_from(["incident", "update"]),
    key=st.text(max_size=5),
    at=st.integers(0, 4_000_000_000).map(lambda epoch: datetime.fromtimestamp(epoch, UTC)),
    value=VALUES,
)


def fact(key: str, **value: object) -> Fact:
    return Fact(kind="update", key=key, at=AT, value=value)


def lines(*facts: Fact) -> bytes:
    return "".join(f"{encode(one)}\n" for one in facts).encode()


def test_a_fact_is_one_line_of_json() -> None:
    assert encode(fact("a/1", status="résolu")) == (
        '{"kind":"update","key":"a/1","at":"2026-11-22T14:05:00Z","value":{"status":"résolu"},'
        '"sum":"29a96e5d44078121"}'
    )


def test_the_last_fact_of_a_kind_and_key_holds() -> None:
    ledger, problems = Ledger.decode(lines(fact("a", n=1), fact("b", n=2), fact("a", n=3)), "ledger.ndjson")

    assert not problems
    assert ledger.get("update", "a") == fact("a", n=3)
    assert ledger.get("incident", "a") is None
    assert list(ledger.facts("update")) == ["a", "b"]
    assert ledger.facts("incident") == {}


def test_new_facts_make_a_new_ledger_and_leave_the_old_one() -> None:
    old = Ledger().with_facts([fact("a", n=1)])
    new = old.with_facts([fact("a", n=2)])

    assert (old.get("update", "a"), new.get("update", "a")) == (fact("a", n=1), fact("a", n=2))


@given(st.lists(FACTS, max_size=8))
def test_what_is_written_is_read_again(facts: list[Fact]) -> None:
    ledger, problems = Ledger.decode(lines(*facts), "ledger.ndjson")

    assert not problems
    assert ledger == Ledger().with_facts(facts)


def test_a_torn_last_line_is_dropped_with_a_warning() -> None:
    ledger, problems = Ledger.decode(lines(fact("a"), fact("b"))[:-9], "ledger.ndjson")

    assert list(ledger.facts("update")) == ["a"]
    assert [(str(p.where), p.warning) for p in problems] == [("ledger.ndjson:2", True)]


def test_a_broken_line_in_the_middle_stops_with_its_place() -> None:
    data = lines(fact("a"), fact("b")).replace(b'"a"', b'"c"')

    with pytest.raises(StatuspageError, match=r"ledger\.ndjson:1: the line does not match its checksum"):
        Ledger.decode(data, "ledger.ndjson")


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "update", "key": "a", "at": "2026-11-22T14:05:00Z"},
        {"kind": "update", "key": 1, "at": "2026-11-22T14:05:00Z", "value": {}},
        {"kind": "update", "key": "a", "at": "2026-11-22T14:05:00", "value": {}},
        {"kind": "update", "key": "a", "at": "now", "value": {}},
    ],
)
def test_a_whole_line_that_is_no_fact_stops_with_its_place(line: dict[str, object]) -> None:
    with pytest.raises(StatuspageError, match=r"ledger\.ndjson:2: the line is no fact"):
        Ledger.decode(lines(fact("a")) + checksummed(line).encode() + b"\n", "ledger.ndjson")


def test_nothing_was_first_seen_later_than_before() -> None:
    """Two runs at once are both the first to see an update: what comes second must not make it younger."""
    early, late = (Fact(kind="update", key="a/1", at=at, value={"n": at.hour}) for at in (AT, AT + HOUR))
    mutes = [Fact(kind="mute", key="bot", at=at, value={}) for at in (AT, AT + HOUR)]
    ledger = Ledger().with_facts([early, late, *mutes])

    assert ledger.get("update", "a/1") == Fact(kind="update", key="a/1", at=AT, value={"n": late.at.hour})
    assert ledger.get("mute", "bot") == mutes[1]
    assert Ledger().with_facts([late, early]).get("update", "a/1") == early


def claim(by: str, minute: int, **value: object) -> Fact:
    """A run's word on one thing; its claims hold for ten minutes."""
    at = AT + timedelta(minutes=minute)
    until = {} if value else {"until": (at + timedelta(minutes=10)).isoformat()}
    return Fact(kind="outbox", key="x", at=at, value={"by": by, **until, **value})


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ([claim("a", 0), claim("b", 0)], 0),  # of two at once the first in the store
        ([claim("a", 0), claim("b", 9)], 0),
        ([claim("a", 0), claim("b", 10)], 1),
        ([claim("a", 0), claim("a", 1, next="later")], 1),
        ([claim("a", 0), claim("b", 1, next="later")], 0),
        ([claim("a", 0, next="later"), claim("b", 1)], 1),
        ([claim("a", 0, final=True), claim("b", 60)], 0),
        ([claim("a", 0, final=True), claim("b", 60, final=True)], 0),
        ([claim("a", 0), claim("b", 1), claim("b", 2, final=True)], 2),  # it was sent, whoever did it
        ([claim("a", 5_000_000), claim("b", 1)], 1),  # by a clock that was ahead
        ([claim("a", 0, until="soon"), claim("b", 1)], 1),
        ([claim("a", 0, until="2026-11-22T14:10:00"), claim("b", 1)], 1),
    ],
)
def test_one_run_at_a_time_works_on_what_it_has_claimed(facts: list[Fact], holds: int) -> None:
    read, _ = Ledger.decode(lines(*facts))
    assert read.get("outbox", "x") == facts[holds]
    assert Ledger().with_facts(facts).with_facts(facts[:0]).get("outbox", "x") == facts[holds]
