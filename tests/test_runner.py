import asyncio
import importlib.util
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from handlers import says
from servers import Authority, Listener, answer

from statuspage.causes import CODES
from statuspage.history import encode_round
from statuspage.model import Reading, Round, Sample, Verdict
from statuspage.net import Net
from statuspage.nonce import word
from statuspage.probes import Cost, Probe
from statuspage.probes.base import Occasion
from statuspage.probes.expect import text_match
from statuspage.probes.http import Http, HttpWishes
from statuspage.probes.tcp import Tcp
from statuspage.runner import OFFLINE, allowance, ask_once, probe_round

SECOND = timedelta(seconds=1)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

UP = Reading(verdict=Verdict.UP, latency=SECOND / 10)


def fails(code: str, latency: timedelta | None = None) -> Reading:
    return Reading(verdict=CODES[code].verdict, code=code, latency=latency)


RESET, TIMEOUT, NOT_FOUND = fails("tcp.reset"), fails("tcp.timeout"), fails("http.404", SECOND)


class Clock:
    """A wall clock that only its `sleep` moves."""

    def __init__(self) -> None:
        self.now, self.pauses = NOON, list[float]()

    def __call__(self) -> datetime:
        return self.now + timedelta(microseconds=700_000)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Script:
    """Stands in for asking: one reading an attempt, the last one for ever."""

    readings: list[Reading | Exception]
    type: ClassVar[str] = "script"

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        reading = self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]
        if isinstance(reading, Exception):
            raise reading
        return reading


class Hung:
    """Never answers, whatever it was told."""

    type: ClassVar[str] = "hung"

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        await asyncio.Event().wait()
        raise AssertionError


@dataclass
class Component:
    probe: Probe | None
    id: str = "api"
    every: timedelta = timedelta(minutes=5)
    timeout: timedelta = 2 * SECOND
    retries: int = 2
    retry_wait: tuple[timedelta, ...] = (2 * SECOND, 8 * SECOND)
    slow: timedelta | None = None
    replicas: tuple[Probe, ...] = ()
    quorum: int = 1
    missing: str = "degraded"
    unset: tuple[str, ...] = field(default=())


def script(*readings: Reading | Exception) -> Script:
    return Script(list(readings))


def a_round(
    *components: Component,
    control: tuple[str, ...] = (),
    clock: Clock | None = None,
    progress: Callable[[str, Sample], None] | None = None,
    deadline: timedelta | None = None,
    guard: timedelta = 60 * SECOND,
) -> Round:
    clock = clock or Clock()

    async def run() -> Round:
        return await probe_round(
            components,
            Net(user_agent="statuspage-test"),
            id="20261122T120000Z-1",
            vantage="here",
            clock=clock,
            sleep=clock.sleep,
            control=control,
            progress=progress,
            deadline=deadline,
            guard=guard,
        )

    return asyncio.run(run())


def the_sample(*readings: Reading | Exception, retries: int = 2, slow: timedelta | None = None) -> Sample:
    fine = Component(script(UP), id="fine")  # so that the round is not void
    asked = Component(script(*readings), retries=retries, slow=slow)
    return a_round(asked, fine).samples[0]


# --- confirmation ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("readings", "verdict", "code", "attempts", "flaked"),
    [
        ([UP], "up", "", 1, False),
        ([RESET, RESET, UP], "down", "tcp.reset", 2, False),
        ([RESET, UP, RESET], "down", "tcp.reset", 3, False),
        ([RESET, UP, UP], "up", "", 3, True),
        ([NOT_FOUND, UP], "down", "http.404", 1, False),
        ([RESET, NOT_FOUND], "down", "http.404", 2, False),
        ([fails("rate.limited", SECOND), UP], "unknown", "rate.limited", 1, False),
        ([RESET, fails("auth.denied", SECOND)], "unknown", "auth.denied", 2, False),
        ([fails("slow", SECOND), UP, UP], "up", "", 3, True),
        ([fails("slow", SECOND), UP, RESET], "degraded", "slow", 3, True),
        ([fails("slow", SECOND), fails("slow", SECOND)], "degraded", "slow", 2, False),
        ([fails("tls.expiring", SECOND), UP], "degraded", "tls.expiring", 1, False),
        ([RESET, fails("tls.expiring", SECOND), UP], "degraded", "tls.expiring", 3, True),
        ([RESET, fails("tls.expiring", SECOND), RESET], "down", "tcp.reset", 3, False),
    ],
)
def test_the_median_of_three_attempts_decides(
    readings: list[Reading], verdict: str, code: str, attempts: int, flaked: bool
) -> None:
    sample = the_sample(*readings)

    assert (sample.verdict, sample.code, sample.attempts, sample.flaked) == (verdict, code, attempts, flaked)


@pytest.mark.parametrize(
    ("retries", "readings", "verdict", "attempts"),
    [
        (0, [RESET, UP], "down", 1),
        (1, [RESET, UP], "up", 2),
        (1, [RESET, RESET], "down", 2),
        (4, [RESET, RESET, UP, UP, RESET], "down", 5),
        (4, [RESET, RESET, RESET], "down", 3),
    ],
)
def test_other_numbers_of_retries_need_their_own_majority(
    retries: int, readings: list[Reading], verdict: str, attempts: int
) -> None:
    sample = the_sample(*readings, retries=retries)

    assert (sample.verdict, sample.attempts) == (verdict, attempts)


def test_a_recovered_component_says_what_went_wrong() -> None:
    assert the_sample(RESET, UP, UP).detail == "1 of 3 attempts failed: tcp.reset"


def test_retries_wait_as_told_and_the_last_wait_repeats() -> None:
    clock = Clock()
    a_round(
        Component(script(RESET, RESET, UP, UP, RESET), retries=4), Component(script(UP), id="b"), clock=clock
    )

    assert clock.pauses == [2.0, 8.0, 8.0, 8.0]


def test_the_time_is_the_start_of_the_deciding_attempt_in_whole_seconds() -> None:
    sample = the_sample(RESET, UP, UP)

    assert sample.at == NOON + 10 * SECOND


@pytest.mark.parametrize(
    ("microseconds", "kept"), [(123_456, 123_000), (10_500, 10_000), (9_960, 10_000), (8_995, 9_000), (12, 0)]
)
def test_a_latency_is_kept_to_the_millisecond_and_a_small_one_to_a_tenth(
    microseconds: int, kept: int
) -> None:
    sample = the_sample(replace(UP, latency=timedelta(microseconds=microseconds)))

    assert sample.latency == timedelta(microseconds=kept)


def test_the_sample_carries_latency_and_cadence() -> None:
    sample = the_sample(UP)

    assert sample.latency == SECOND / 10
    assert sample.every == timedelta(minutes=5)


def test_the_round_has_its_id_start_and_place() -> None:
    round_ = a_round(Component(script(UP)))

    assert (round_.id, round_.at, round_.vantage, round_.void) == ("20261122T120000Z-1", NOON, "here", "")


# --- late and expiring -------------------------------------------------------------------------


def test_an_answer_after_slow_is_degraded() -> None:
    sample = the_sample(UP, slow=SECOND / 20)

    assert (sample.verdict, sample.code) == (Verdict.DEGRADED, "slow")
    assert sample.detail == "100 ms, wanted at most 50 ms"


def test_a_slow_failure_stays_down() -> None:
    assert the_sample(fails("http.500", 9 * SECOND), slow=SECOND).verdict is Verdict.DOWN


@dataclass
class Expiring:
    """Answers well, with a certificate that has so long."""

    left: timedelta
    says: tuple[str, str]
    latency: timedelta = SECOND / 10
    type: ClassVar[str] = "expiring"

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        return Reading(verdict=Verdict.UP, latency=self.latency, certificate_expires=NOON + self.left)

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return self.says if left < timedelta(days=14) else ("", "")


def expiring(code: str, latency: timedelta = SECOND / 10) -> Sample:
    probe = Expiring(timedelta(days=3), (code, "certificate has 2 days left"), latency)
    return a_round(Component(probe, slow=SECOND)).samples[0]


def test_a_certificate_is_judged_by_the_wall_clock() -> None:
    assert expiring("tls.expiring").code == "tls.expiring"
    assert a_round(Component(Expiring(timedelta(days=15), ("tls.expiring", "")))).samples[0].code == ""


def test_an_expiring_certificate_is_told_only_when_nothing_else_is_wrong() -> None:
    assert expiring("tls.expiring", 2 * SECOND).code == "slow"
    assert expiring("expect.certificate", 2 * SECOND).code == "expect.certificate"


# --- what an attempt is told, and what is kept of it --------------------------------------------


@dataclass
class Asked:
    """Notes each occasion; fails until the last one."""

    readings: list[Reading]
    occasions: list[Occasion] = field(default_factory=list)
    type: ClassVar[str] = "asked"

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        self.occasions.append(occasion)
        return self.readings[min(len(self.occasions), len(self.readings)) - 1]


def test_each_attempt_knows_its_moment_its_turn_and_a_made_up_word() -> None:
    probe, other = Asked([RESET, UP, UP]), Asked([UP])
    a_round(Component(probe, every=timedelta(minutes=5)), Component(other, id="other"))

    beat = int(NOON.timestamp()) // 300
    assert [o.turn for o in probe.occasions] == [beat, beat + 1, beat + 2]
    assert [(o.at - NOON) // SECOND for o in probe.occasions] == [0, 2, 10]
    assert len({o.nonce for o in probe.occasions}) == 1
    assert probe.occasions[0].nonce == word("20261122T120000Z-1", "api")
    assert other.occasions[0].nonce != probe.occasions[0].nonce


def test_a_slower_component_has_its_turns_more_slowly() -> None:
    turns = []
    for minutes in (0, 14, 15, 29, 30):
        probe, clock = Asked([UP]), Clock()
        clock.now += timedelta(minutes=minutes)
        a_round(Component(probe, every=timedelta(minutes=15)), clock=clock)
        turns.append(probe.occasions[0].turn)

    assert [turn - turns[0] for turn in turns] == [0, 0, 1, 1, 2]


def test_a_sample_keeps_the_deciding_attempt_s_figures_and_what_all_of_them_spent() -> None:
    first = replace(RESET, tokens=10, calls=1, measures={"first_token": 1}, fell_back=True)
    then = replace(UP, tokens=30, calls=1, measures={"first_token": 812.34567, "gap": 40}, fell_back=False)
    sample = the_sample(first, then, then)

    assert (sample.tokens, sample.calls, sample.fell_back) == (70, 3, False)
    assert sample.measures == {"first_token": 812.346, "gap": 40}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_a_figure_that_no_line_can_hold_is_left_out(value: float) -> None:
    sample = the_sample(replace(UP, measures={"value": value, "age": 3, "no such measure": 1}))

    assert (sample.verdict, sample.measures) == (Verdict.UP, {"age": 3})
    assert encode_round(Round(id="r", at=NOON, samples=(sample,)))


def test_a_value_keeps_all_its_digits() -> None:
    assert the_sample(replace(UP, measures={"value": 0.00012345})).measures == {"value": 0.00012345}


@pytest.mark.parametrize(
    ("left", "kept"), [(31, {}), (30, {}), (29, {"days_left": 29}), (3, {"days_left": 3})]
)
def test_a_certificate_s_days_are_kept_once_they_are_few(left: int, kept: dict[str, float]) -> None:
    probe = Expiring(timedelta(days=left, hours=3), ("tls.expiring", ""))

    assert a_round(Component(probe)).samples[0].measures == kept


@dataclass
class Paid(Asked):
    """Costs money, but for some configurations of it."""

    cost: Cost = field(default_factory=lambda: Cost(tokens=100, calls=1))
    type: ClassVar[str] = "paid"


def test_a_paid_probe_is_asked_again_once_at_most() -> None:
    paid, free = Paid([RESET]), Paid([RESET], cost=Cost())
    round_ = a_round(Component(paid, retries=5), Component(free, id="free"), Component(script(UP), id="fine"))

    assert (len(paid.occasions), len(free.occasions)) == (2, 2)
    assert [s.verdict for s in round_.samples] == ["down", "down", "up"]
    again = Paid([RESET, UP])
    assert a_round(Component(again), Component(script(UP), id="fine")).samples[0].verdict is Verdict.UP
    assert (
        a_round(Component(Paid([RESET, UP], cost=Cost())), Component(script(UP), id="b")).samples[0].attempts
        == 3
    )


@dataclass
class Patient(Asked):
    """Has its own idea of slow."""

    slow: timedelta = 9 * SECOND
    type: ClassVar[str] = "patient"


def test_a_kind_with_its_own_limits_is_not_called_slow_by_the_runner() -> None:
    late = replace(UP, latency=3 * SECOND)

    assert a_round(Component(Patient([late]), slow=SECOND)).samples[0].code == ""
    assert a_round(Component(Asked([late]), slow=SECOND)).samples[0].code == "slow"


def test_what_is_over_budget_is_not_asked_and_says_so() -> None:
    paid, fine = Paid([UP]), script(UP)

    async def run() -> Round:
        clock = Clock()
        return await probe_round(
            [Component(paid), Component(fine, id="fine")],
            Net(),
            id="r",
            clock=clock,
            sleep=clock.sleep,
            control=(),
            over_budget={"api": "up to 100 tokens, 3 left"},
        )

    skipped, asked = asyncio.run(run()).samples
    assert (skipped.verdict, skipped.code, skipped.detail) == (
        "unknown",
        "budget",
        "up to 100 tokens, 3 left",
    )
    assert (paid.occasions, asked.verdict) == ([], "up")


@dataclass
class Wanting(Asked):
    extra: ClassVar[str] = "websockets"
    type: ClassVar[str] = "wanting"


def test_a_probe_that_lacks_its_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = Wanting([UP])
    assert a_round(Component(probe)).samples[0].verdict is Verdict.UP

    monkeypatch.setattr("statuspage.probes.base.find_spec", lambda module: None)
    sample = a_round(Component(probe), Component(script(UP), id="fine")).samples[0]

    assert (sample.verdict, sample.code, sample.attempts) == ("unknown", "config.extra", 1)
    assert sample.detail == "pip install 'chatbot-statuspage[probes]'"
    assert len(probe.occasions) == 1


def test_a_component_can_be_asked_once_without_a_round() -> None:
    first, second = Asked([RESET, UP]), Asked([replace(UP, latency=3 * SECOND)])
    component = Component(first, replicas=(second,), slow=SECOND)
    readings = asyncio.run(ask_once(component, Net(), id="r", clock=Clock()))

    assert [r.code for r in readings] == ["tcp.reset", "slow"]
    assert len(first.occasions) == 1
    assert asyncio.run(ask_once(Component(None, unset=("KEY",)), Net(), id="r", clock=Clock())) == []


# --- replicas ----------------------------------------------------------------------------------


def replicated(*probes: Probe, quorum: int = 1, missing: str = "degraded") -> Sample:
    component = Component(probes[0], replicas=probes[1:], quorum=quorum, missing=missing)
    return a_round(component, Component(script(UP), id="fine")).samples[0]


def test_replicas_are_confirmed_alone_and_come_to_one_sample() -> None:
    sample = replicated(script(UP), script(RESET, UP, UP), script(NOT_FOUND), missing="partial")

    assert (sample.verdict, sample.code, sample.partial) == ("degraded", "replicas.missing", True)
    assert sample.detail == "1 of 3 down: http.404"
    assert (sample.attempts, sample.flaked) == (3, True)
    assert replicated(script(UP), script(UP)).code == ""
    assert replicated(script(RESET), script(UP), quorum=2).code == "replicas.too_few"
    assert replicated(script(fails("auth.denied", SECOND)), script(RESET)).verdict is Verdict.UNKNOWN


def test_replicas_are_asked_at_the_same_time() -> None:
    met = asyncio.Barrier(3)

    class Meets:
        type: ClassVar[str] = "meets"

        async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
            await met.wait()
            return UP

    component = Component(Meets(), replicas=(Meets(), Meets()))
    assert a_round(component, deadline=5 * SECOND).samples[0].verdict is Verdict.UP


def test_a_hung_replica_is_not_measured_and_the_others_speak() -> None:
    component = Component(script(UP), replicas=(Hung(),), quorum=1)
    sample = a_round(component, deadline=SECOND / 20).samples[0]

    assert (sample.verdict, sample.detail) == ("up", "1 of 2 not measured: monitor.error")


def test_a_network_that_is_gone_is_seen_through_replicas(closed: str) -> None:
    component = Component(script(TIMEOUT), replicas=(script(TIMEOUT),))

    assert a_round(component, control=(closed,)).void == OFFLINE
    assert a_round(component).void == OFFLINE
    assert (
        a_round(Component(script(TIMEOUT), replicas=(script(RESET),))).samples[0].code == "replicas.too_few"
    )


# --- faults of our own -------------------------------------------------------------------------


def test_a_broken_probe_is_unknown_and_silences_no_other() -> None:
    round_ = a_round(
        Component(script(RuntimeError("hunter2")), id="broken"),
        Component(script(ExceptionGroup("hunter2", [OSError("hunter2")])), id="group"),
        Component(script(Reading(verdict=Verdict.DOWN, code="no.such.code")), id="code"),
        Component(script(UP), id="fine"),
    )

    assert [s.verdict for s in round_.samples] == ["unknown", "unknown", "unknown", "up"]
    assert {s.code for s in round_.samples[:3]} == {"monitor.error"}
    assert round_.samples[0].detail == "the check itself failed (RuntimeError)"
    assert "hunter2" not in repr(round_)


def test_a_missing_secret_is_unknown() -> None:
    sample = a_round(Component(None, unset=("TOKEN",))).samples[0]

    assert (sample.verdict, sample.code) == (Verdict.UNKNOWN, "config.secret")


def test_a_manual_component_is_not_asked() -> None:
    assert a_round(Component(None)).samples == ()


def test_a_probe_that_heeds_no_limit_ends_at_the_guard() -> None:
    round_ = a_round(
        Component(Hung(), timeout=SECOND / 100), Component(script(UP), id="fine"), guard=SECOND / 100
    )

    assert [s.code for s in round_.samples] == ["monitor.error", ""]


def test_a_round_ends_at_its_deadline_and_keeps_what_it_saw() -> None:
    hung = Component(Hung(), id="hung")
    fine = Component(script(UP), id="fine")

    round_ = a_round(hung, fine, deadline=SECOND / 20)

    assert [s.verdict for s in round_.samples] == ["unknown", "up"]
    assert "time was up" in round_.samples[0].detail


def test_at_the_deadline_the_attempts_that_ended_speak() -> None:
    clock = Clock()

    async def sleep_for_ever(seconds: float) -> None:
        await asyncio.Event().wait()

    clock.sleep = sleep_for_ever  # type: ignore[method-assign]
    round_ = a_round(
        Component(script(RESET)), Component(script(UP), id="b"), clock=clock, deadline=SECOND / 20
    )

    assert (round_.samples[0].verdict, round_.samples[0].attempts) == (Verdict.DOWN, 1)


def test_the_allowance_is_what_the_slowest_component_may_take() -> None:
    quick, slow = Component(script(UP), retries=0), Component(script(UP), timeout=10 * SECOND)

    assert allowance([quick, slow], SECOND) == 41 * SECOND
    assert allowance([], SECOND) == SECOND


def test_progress_is_told_as_each_component_ends() -> None:
    told: list[tuple[str, str]] = []

    a_round(
        Component(script(RESET, UP, UP), id="late"),
        Component(script(UP), id="early"),
        progress=lambda component, sample: told.append((component, sample.verdict)),
    )

    assert sorted(told) == [("early", "up"), ("late", "up")]


def test_components_are_asked_at_the_same_time() -> None:
    met = asyncio.Barrier(2)

    class Meets:
        type: ClassVar[str] = "meets"

        async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
            await met.wait()
            return UP

    round_ = a_round(Component(Meets(), id="a"), Component(Meets(), id="b"), deadline=5 * SECOND)

    assert [s.verdict for s in round_.samples] == ["up", "up"]


# --- is it us? ---------------------------------------------------------------------------------


def a_round_beside_a_server(said: bytes, *components: Component, extra: tuple[str, ...] = ()) -> Round:
    """A round whose last control target is a server of ours that answers everything so."""
    with Listener(says(said)) as server:
        return a_round(*components, control=(*extra, server.url))


@pytest.fixture
def closed(closed_port: int) -> str:
    return f"tcp://127.0.0.1:{closed_port}"


def test_a_round_is_void_when_a_probe_and_all_controls_fail(closed: str) -> None:
    round_ = a_round(Component(script(TIMEOUT)), Component(script(UP), id="fine"), control=(closed,))

    assert (round_.void, round_.samples) == (OFFLINE, ())


def test_a_control_that_answers_anything_shows_that_we_are_online(closed: str) -> None:
    round_ = a_round_beside_a_server(answer(status=404), Component(script(TIMEOUT)), extra=(closed,))

    assert round_.void == ""
    assert round_.samples[0].code == "tcp.timeout"


def test_a_control_that_breaks_off_shows_nothing() -> None:
    assert a_round_beside_a_server(b"", Component(script(TIMEOUT))).void == OFFLINE


def test_a_control_that_is_silent_ends_with_the_round() -> None:
    with Listener(says(b"", hold=True)) as server:
        asked = Component(script(TIMEOUT))
        assert a_round(asked, control=(server.url,), deadline=SECOND / 5).void == OFFLINE


def test_controls_are_not_read_when_no_probe_fails_over_the_network(closed: str) -> None:
    round_ = a_round(Component(script(RESET)), control=(closed,))

    assert (round_.void, round_.samples[0].code) == ("", "tcp.reset")


@pytest.mark.parametrize("control", [(), ("gopher://9.9.9.9/",)])
def test_without_controls_a_round_is_void_when_every_probe_fails_over_the_network(
    control: tuple[str, ...],
) -> None:
    unset = Component(None, id="unset", unset=("TOKEN",))
    both = (Component(script(TIMEOUT)), Component(script(fails("dns.resolver")), id="b"), unset)

    assert a_round(*both, control=control).void == OFFLINE


@pytest.mark.parametrize("other", [UP, RESET, fails("auth.denied", SECOND)])
def test_without_controls_one_other_answer_makes_a_round_valid(other: Reading) -> None:
    round_ = a_round(Component(script(TIMEOUT)), Component(script(other), id="b"))

    assert (round_.void, len(round_.samples)) == ("", 2)


def test_controls_of_any_kind_that_wants_an_address_alone_are_asked(closed_port: int) -> None:
    async def pong(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"+PONG\r\n")
        await writer.drain()

    asked = Component(script(TIMEOUT)), Component(script(UP), id="fine")
    with Listener(pong) as server:
        assert a_round(*asked, control=(f"redis://127.0.0.1:{server.port}",)).void == ""
        assert server.connections == 1
    assert a_round(*asked, control=(f"redis://127.0.0.1:{closed_port}",)).void == OFFLINE


def test_a_control_that_cannot_be_asked_is_as_if_it_were_not_there(
    closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass
    class Two:
        """Wants more than an address."""

        url: str
        more: str
        type: ClassVar[str] = "two"
        schemes: ClassVar[tuple[str, ...]] = ("two",)

    @dataclass
    class Lacking:
        url: str
        type: ClassVar[str] = "lacking"
        schemes: ClassVar[tuple[str, ...]] = ("lacking",)
        extra: ClassVar[str] = "dns"

    kinds = {"two": Two, "lacking": Lacking}
    monkeypatch.setattr("statuspage.runner.KINDS", kinds)
    monkeypatch.setattr("statuspage.runner.kind_for", lambda url: url.partition(":")[0])
    monkeypatch.setattr("statuspage.probes.base.find_spec", lambda module: None)
    round_ = a_round(
        Component(script(TIMEOUT)),
        Component(script(UP), id="fine"),
        control=("two://here", "lacking://here", "nosuch://here"),
    )

    assert [s.code for s in round_.samples] == ["tcp.timeout", ""]


LOOKUP = fails("dns.resolver")


@dataclass
class Nameless:
    """Stands in for a control of which the test says how it fares."""

    url: str
    type: ClassVar[str] = "nameless"

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        return LOOKUP if "lost" in self.url else TIMEOUT


@pytest.mark.parametrize(
    ("control", "verdict"),
    [
        ("lost://name.example", Verdict.UNKNOWN),
        ("late://name.example", Verdict.DOWN),
        ("lost://192.0.2.1", Verdict.DOWN),  # it has no name that could be lost
    ],
)
def test_a_lookup_that_fails_for_a_control_too_says_nothing_of_the_component(
    control: str, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "statuspage.runner._control_probes",
        lambda urls: [Nameless(url) for url in urls[:-1]] + [Http(url=urls[-1])],
    )
    asked = (
        Component(script(LOOKUP)),
        Component(script(UP), id="pair", replicas=(script(LOOKUP),), quorum=2),
        Component(script(TIMEOUT), id="late"),
    )
    with Listener(says(answer())) as server:
        samples = a_round(*asked, control=(control, server.url)).samples

    assert (samples[0].verdict, samples[0].code) == (verdict, "dns.resolver")
    assert ("control" in samples[0].detail) is (verdict is Verdict.UNKNOWN)
    assert samples[1].verdict is verdict
    assert samples[2].verdict is Verdict.DOWN


# --- for real ----------------------------------------------------------------------------------


def test_a_flapping_server_is_asked_on_new_connections_and_ends_up(
    closed_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with Listener(says(answer(status=500), answer())) as server:
        round_ = a_round(
            Component(Http(url=f"{server.url}/?key=hunter2")),
            Component(Tcp(url=f"tcp://127.0.0.1:{closed_port}"), id="closed"),
        )
    api, closed = round_.samples

    assert (api.verdict, api.attempts, api.flaked, server.connections) == (Verdict.UP, 3, True, 3)
    assert (closed.verdict, closed.code, closed.attempts) == (Verdict.DOWN, "tcp.refused", 2)
    assert "hunter2" not in caplog.text


def test_an_expiring_certificate_degrades_and_an_expired_one_fails(authority: Authority) -> None:
    soon = authority.server(ends=NOON + timedelta(days=5))
    past = authority.server(begins=NOON - timedelta(days=9), ends=NOON - timedelta(days=1))

    with Listener(says(answer()), tls=soon) as expiring_, Listener(says(answer()), tls=past) as expired:
        round_ = a_round(
            Component(Http(url=expiring_.url, ca=authority.path)),
            Component(Http(url=expired.url, ca=authority.path), id="expired"),
        )

    assert [s.code for s in round_.samples] == ["tls.expiring", "tls.expired"]
    assert [s.attempts for s in round_.samples] == [1, 1]


def test_a_round_with_hung_ones_ends_with_their_own_retries() -> None:
    timeout, waits = SECOND / 4, (SECOND / 10, SECOND / 5)

    async def asleep(seconds: float) -> None:
        await asyncio.sleep(seconds)

    clock = Clock()
    clock.sleep = asleep  # type: ignore[method-assign]
    with Listener(says(b"", hold=True)) as silent, Listener(says(answer())) as well:
        components = [
            Component(
                Http(url=(silent if n in (7, 31) else well).url),
                id=f"c{n}",
                timeout=timeout if n in (7, 31) else 10 * SECOND,
                retry_wait=waits,
            )
            for n in range(50)
        ]
        began = time.monotonic()
        round_ = a_round(*components, clock=clock)
        took = time.monotonic() - began

    # two attempts that fail settle it: the third is not needed
    own = (2 * timeout + waits[0]).total_seconds()
    assert own <= took < own + 1.0
    assert [s.component for s in round_.samples if s.verdict is not Verdict.UP] == ["c7", "c31"]
    assert {s.code for s in round_.samples} == {"", "read.timeout"}


@pytest.mark.skipif(importlib.util.find_spec("re2") is not None, reason="re2 is linear")
def test_a_pattern_that_takes_too_long_is_no_finding_about_the_component() -> None:
    wish = HttpWishes(body=text_match({"matches": ".*a.*b.*c.*d"}))
    with Listener(says(answer(b"ab" * 4000))) as server:
        sample = a_round(Component(Http(url=server.url, expect=wish))).samples[0]

    assert (sample.verdict, sample.code) == (Verdict.UNKNOWN, "monitor.error")
    assert sample.detail == "the check itself failed (TooSlow)"
