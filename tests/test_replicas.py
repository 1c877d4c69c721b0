"""What each address is found to be comes to one sample."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.causes import CODES
from statuspage.model import Sample, Verdict
from statuspage.replicas import MISSING, TOO_FEW, merged

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
CODE = {"up": "", "slow": "slow", "down": "tcp.refused", "lost": "tls.expired", "denied": "auth.denied"}


def found(word: str, **changes: object) -> Sample:
    code = CODE[word]
    verdict = CODES[code].verdict if code else Verdict.UP
    plain = Sample(component="api", at=NOON, verdict=verdict, code=code, every=timedelta(minutes=5))
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "quorum", "verdict", "code", "detail"),
    [
        ("up up up", 1, "up", "", ""),
        ("up slow up", 1, "degraded", "slow", "1 of 3 degraded: slow"),
        ("up down up", 1, "degraded", MISSING, "1 of 3 down: tcp.refused"),
        ("up down lost", 1, "degraded", MISSING, "2 of 3 down: tcp.refused, tls.expired"),
        ("down down up", 2, "down", TOO_FEW, "2 of 3 down: tcp.refused"),
        ("down down down", 1, "down", TOO_FEW, "3 of 3 down: tcp.refused"),
        ("slow down", 1, "degraded", MISSING, "1 of 2 down: tcp.refused; 1 of 2 degraded: slow"),
        ("slow slow down", 3, "down", TOO_FEW, "1 of 3 down: tcp.refused; 2 of 3 degraded: slow"),
        # one that is not measured
        ("up up denied", 1, "up", "", "1 of 3 not measured: auth.denied"),
        ("slow up denied", 2, "degraded", "slow", "1 of 3 degraded: slow; 1 of 3 not measured: auth.denied"),
        ("up down denied", 1, "degraded", MISSING, "1 of 3 down: tcp.refused; 1 of 3 not measured: auth.denied"),
        ("up down denied", 2, "unknown", "auth.denied", "1 of 3 down: tcp.refused; 1 of 3 not measured: auth.denied"),
        ("up down denied", 3, "down", TOO_FEW, "1 of 3 down: tcp.refused; 1 of 3 not measured: auth.denied"),
        ("down denied", 1, "unknown", "auth.denied", "1 of 2 down: tcp.refused; 1 of 2 not measured: auth.denied"),
        ("denied denied", 1, "unknown", "auth.denied", "2 of 2 not measured: auth.denied"),
    ],
)  # fmt: skip
def test_the_quorum_decides(words: str, quorum: int, verdict: str, code: str, detail: str) -> None:
    sample = merged([found(word) for word in words.split()], quorum)

    assert (sample.verdict, sample.code, sample.detail) == (verdict, code, detail)


def test_one_address_is_judged_as_ever() -> None:
    alone = found("down", detail="port 443")

    assert merged([alone], 1, partial=True) is alone


@pytest.mark.parametrize(
    ("words", "is_partial"), [("up down", True), ("up slow", False), ("down down", False)]
)
def test_missing_addresses_alone_make_a_partial_outage(words: str, is_partial: bool) -> None:
    assert merged([found(word) for word in words.split()], 1, partial=True).partial is is_partial
    assert not merged([found(word) for word in words.split()], 1).partial


def test_the_latency_is_the_median_of_those_that_are_well() -> None:
    samples = [
        found("up", latency=90 * MS),
        found("slow", latency=2500 * MS),
        found("up", latency=110 * MS),
        found("down", latency=1 * MS),
        found("up"),
    ]

    assert merged(samples, 1).latency == 110 * MS
    assert merged([found("down", latency=MS), found("down")], 1).latency is None


def test_what_was_spent_is_added_up_and_the_rest_is_the_worst_of_all() -> None:
    one = found("up", tokens=20, calls=1, attempts=2, flaked=True, detail="1 of 2 attempts failed: slow")
    other = found("up", tokens=30, calls=1, fell_back=False, at=NOON + timedelta(seconds=7))
    sample = merged([one, replace(other, fell_back=True), other], 1)

    assert (sample.tokens, sample.calls, sample.attempts, sample.flaked) == (80, 3, 2, True)
    assert sample.fell_back is True
    assert merged([one, other], 1).fell_back is False
    assert merged([one, one], 1).fell_back is None
    assert sample.at == NOON + timedelta(seconds=7)
    assert sample.detail == "1 of 2 attempts failed: slow"


def test_figures_are_medians_and_of_days_left_the_fewest() -> None:
    samples = [
        found("up", measures={"first_token": 100, "days_left": 20}),
        found("up", measures={"first_token": 300}),
        found("up", measures={"first_token": 200, "days_left": 9}),
        found("down", measures={"first_token": 999, "days_left": 1}),
    ]

    assert merged(samples, 1).measures == {"first_token": 200, "days_left": 9}


@given(st.lists(st.sampled_from(sorted(CODE)), min_size=2, max_size=6), st.integers(1, 6))
def test_the_verdict_holds_whatever_the_unmeasured_ones_are(words: list[str], quorum: int) -> None:
    quorum = min(quorum, len(words))
    verdict = merged([found(word) for word in words], quorum).verdict
    best = merged([found(word.replace("denied", "up")) for word in words], quorum).verdict
    worst = merged([found(word.replace("denied", "down")) for word in words], quorum).verdict

    if verdict is Verdict.DOWN:
        assert best is Verdict.DOWN
    elif verdict is not Verdict.UNKNOWN:
        assert worst is not Verdict.DOWN
    else:
        assert (best, worst) != (Verdict.DOWN, Verdict.DOWN)
