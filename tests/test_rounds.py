"""One round against a real state folder: what is due, what it may cost, what is kept."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from handlers import says
from servers import Listener, answer

from statuspage.archive import recall
from statuspage.causes import CODES
from statuspage.config import Config, load
from statuspage.ledger import LEDGER_PATH
from statuspage.model import History, Reading, Round, Sample, State, Verdict
from statuspage.net import Net
from statuspage.probes import Cost, Occasion, Probe
from statuspage.rounds import Run, ask_again, ask_alone, ask_due, due, lacking, told_of, worst_of
from statuspage.stores.folder import Folder

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
UP = Reading(verdict=Verdict.UP, latency=SECOND / 10)
GONE = Reading(verdict=Verdict.DOWN, code="tcp.timeout")

CONFIG = """
page: {name: Test, url: "https://status.example", since: 2026}
control: []
components:
  - {name: Quick, url: "http://127.0.0.1:9/"}
  - {name: Model, url: "http://127.0.0.1:9/"}
  - {name: Slow, url: "http://127.0.0.1:9/", every: 15m}
  - {name: Office, type: manual}
"""


@dataclass
class Scripted:
    """Answers what the test says, and counts."""

    reading: Reading = UP
    asked: int = 0
    type: ClassVar[str] = "scripted"

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        self.asked += 1
        return self.reading


@dataclass
class Paid(Scripted):
    cost: Cost = field(default_factory=lambda: Cost(tokens=100, calls=1))
    type: ClassVar[str] = "paid"


def spends(tokens: int, reading: Reading = UP) -> Reading:
    return replace(reading, tokens=tokens, calls=1)


async def no_pause(seconds: float) -> None:
    """Nothing here waits."""


def a_run(now: datetime = NOON, *, name: str = "1", vantage: str = "", beat: timedelta | None = None) -> Run:
    return Run(name=name, clock=lambda: now, sleep=no_pause, vantage=vantage, beat=beat)


def config(text: str = CONFIG, **probes: Probe) -> Config:
    """The configuration with these probes in place of the network."""
    read = load(text, "components.yaml", {})
    return replace(
        read,
        components=tuple(
            replace(c, probe=None if c.manual else probes.get(c.id, Scripted())) for c in read.components
        ),
    )


@pytest.fixture
def records(tmp_path: Path) -> Folder:
    return Folder(tmp_path / ".status-data")


def ask(records: Folder, known: Config, now: datetime = NOON, **how: object) -> Round:
    return asyncio.run(ask_due(records, known, now, a_run(now, **how))).round  # type: ignore[arg-type]


# --- what is due -------------------------------------------------------------------------------


def seen(*rounds: tuple[int, str, str]) -> History:
    """Rounds of one sample: seconds before noon, component, place."""
    return History(
        rounds=tuple(
            Round(
                id=str(n),
                at=NOON - before * SECOND,
                vantage=place,
                samples=(
                    Sample(component=c, at=NOON - before * SECOND, verdict=Verdict.UP, every=5 * MINUTE),
                ),
            )
            for n, (before, c, place) in enumerate(rounds)
        )
    )


def due_ids(history: History, *, vantage: str = "", beat: timedelta | None = None) -> list[str]:
    return [c.id for c in due(config(model=Paid()), history, NOON, vantage=vantage, beat=beat)]


def test_what_was_never_asked_is_due_but_for_manual_ones() -> None:
    assert due_ids(History()) == ["quick", "model", "slow"]


def test_a_slower_one_is_due_when_its_time_has_come_give_or_take_half_a_run() -> None:
    assert due_ids(seen((749, "slow", ""))) == ["quick", "model"]
    assert due_ids(seen((750, "slow", ""))) == ["quick", "model", "slow"]


def test_what_another_place_asked_is_due_all_the_same() -> None:
    history = seen((10, "slow", "Lagos"), (800, "slow", ""))

    assert "slow" in due_ids(history)
    assert "slow" not in due_ids(history, vantage="Lagos")
    assert "slow" in due_ids(history, vantage="Oslo")


def test_on_a_quick_beat_free_ones_are_always_due_and_paid_ones_at_their_own_cadence() -> None:
    half = MINUTE / 2

    assert due_ids(seen((30, "quick", ""), (30, "model", ""), (30, "slow", "")), beat=half) == ["quick"]
    assert due_ids(seen((284, "model", ""), (884, "slow", "")), beat=half) == ["quick"]
    assert due_ids(seen((285, "model", ""), (885, "slow", "")), beat=half) == ["quick", "model", "slow"]


def test_on_a_slow_beat_all_are_due() -> None:
    assert due_ids(seen((600, "model", ""), (1200, "slow", "")), beat=20 * MINUTE) == [
        "quick",
        "model",
        "slow",
    ]


def test_another_round_of_one_component_moves_no_other_s_time() -> None:
    history = seen((895, "slow", ""), (20, "quick", ""), (10, "quick", ""))

    assert "slow" in due_ids(history, beat=MINUTE / 2)


# --- what is kept ------------------------------------------------------------------------------


def test_a_round_is_kept_with_its_place_and_told(records: Folder) -> None:
    known = config(quick=Scripted(replace(UP, detail="", measures={"age": 4})), model=Scripted(UP))
    asked = asyncio.run(ask_due(records, known, NOON, a_run(name="7", vantage="Lagos")))

    assert asked.round.id == "20261122T120000Z-7@Lagos"
    assert recall(records, known, NOON).history.rounds == (asked.round,)
    assert asked.lines == ("quick: up 100 ms", "model: up 100 ms", "slow: up 100 ms")
    assert (asked.worst, asked.lacking) == (State.OPERATIONAL, ())


def test_two_places_of_one_run_are_both_kept(records: Folder) -> None:
    known = config()
    for place in ("", "Lagos", "Oslo"):
        ask(records, known, vantage=place)

    assert [r.vantage for r in recall(records, known, NOON).history.rounds] == ["", "Lagos", "Oslo"]


def test_progress_is_told_by_number(records: Folder) -> None:
    told: list[tuple[int, int]] = []
    run = replace(a_run(), progress=lambda done, of: told.append((done, of)))
    asyncio.run(ask_due(records, config(), NOON, run))

    assert told == [(1, 3), (2, 3), (3, 3)]


def test_each_answer_is_one_line() -> None:
    def sample(verdict: str, **more: object) -> Sample:
        return Sample(component="a", at=NOON, verdict=Verdict(verdict), every=MINUTE, **more)  # type: ignore[arg-type]

    round_ = Round(
        id="r",
        at=NOON,
        samples=(
            sample("up", latency=SECOND, flaked=True, attempts=3, detail="1 of 3 attempts failed: slow"),
            sample("down", code="tcp.refused"),
            sample("degraded", code="slow", detail="3000 ms, wanted at most 2000 ms", latency=3 * SECOND),
        ),
    )
    assert list(told_of(round_)) == [
        "a: up 1000 ms after 3 attempts (1 of 3 attempts failed: slow)",
        "a: down (tcp.refused)",
        "a: degraded 3000 ms (slow: 3000 ms, wanted at most 2000 ms)",
    ]
    assert list(told_of(Round(id="r", at=NOON, void="offline"))) == ["nothing judged: offline"]
    assert worst_of(round_.samples) is State.MAJOR
    assert worst_of(()) is None


# --- the budget --------------------------------------------------------------------------------

LIMITED = f"budget: {{tokens_per_day: 450}}\n{CONFIG}"


def test_a_paid_component_is_skipped_once_the_day_s_budget_could_be_overrun(records: Folder) -> None:
    model = Paid(spends(90))
    known = config(LIMITED, model=model)

    verdicts = [ask(records, known, NOON + n * MINUTE, name=str(n)).samples[1] for n in range(5)]
    # each may take 2 x 100: with 270 gone, 180 are left
    assert [v.verdict for v in verdicts] == ["up", "up", "up", "unknown", "unknown"]
    assert [v.tokens for v in verdicts] == [90, 90, 90, 0, 0]
    assert (verdicts[3].code, verdicts[3].detail) == ("budget", "up to 200 tokens, 180 left")
    assert model.asked == 3

    tomorrow = datetime(2026, 11, 23, 0, 0, 30, tzinfo=UTC)
    assert ask(records, known, tomorrow).samples[1].verdict is Verdict.UP


def test_other_places_spend_from_the_same_budget(records: Folder) -> None:
    known = config(LIMITED, model=Paid(spends(150)))

    for place in ("Lagos", "Oslo", "Lima"):
        last = ask(records, known, vantage=place)
    assert last.samples[1].code == "budget"


def test_what_a_void_round_has_cost_is_not_forgotten(records: Folder) -> None:
    known = config(LIMITED, quick=Scripted(GONE), model=Paid(spends(150, GONE)), slow=Scripted(GONE))

    first = ask(records, known)
    assert (first.void, first.samples) == ("the runner itself is offline", ())
    fact = recall(records, known, NOON).ledger.get("spent", first.id)
    assert fact is not None
    assert fact.value == {"tokens": 300, "calls": 2}
    later = replace(known, components=tuple(replace(c, probe=c.probe and Paid(UP)) for c in known.components))
    assert {s.code for s in ask(records, later, NOON + MINUTE, name="2").samples} == {"budget"}


def test_a_void_round_that_cost_nothing_leaves_the_ledger_alone(records: Folder) -> None:
    ask(records, config(quick=Scripted(GONE), model=Scripted(GONE), slow=Scripted(GONE)))

    assert records.read(LEDGER_PATH) is None


# --- asked again, asked alone ------------------------------------------------------------------


def again(records: Folder, known: Config, *ids: str) -> Round:
    some = [c for c in known.components if c.id in ids]
    return asyncio.run(ask_again(records, known, NOON, some, a_run(name="again"), {}))


def test_a_failing_component_is_asked_again_once_and_that_is_kept(records: Folder) -> None:
    down = Scripted(Reading(verdict=Verdict.DOWN, code="tcp.refused"))
    round_ = again(records, config(quick=down), "quick")

    assert (down.asked, len(round_.samples)) == (1, 1)
    assert recall(records, config(), NOON).history.rounds == (round_,)


def test_failing_ones_alone_cannot_make_a_void_round(records: Folder) -> None:
    round_ = again(records, config(quick=Scripted(GONE)), "quick")

    assert round_.void
    assert recall(records, config(), NOON).history.rounds == ()


def test_a_component_asked_alone_is_kept_nowhere(tmp_path: Path) -> None:
    with Listener(says(answer())) as one, Listener(says(answer(status=500))) as other:
        text = f"components: [{{name: API, url: '{one.url}', replicas: ['{other.url}']}}]"
        known = load(text, "components.yaml", {})
        told = asyncio.run(ask_alone(known, known.components[0], a_run()))

    assert [reading.code for _, reading in told] == ["", "http.500"]
    assert [component.probe for component, _ in told] == [
        known.components[0].probe,
        *known.components[0].replicas,
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("item", "code"),
    [("{name: API, url: 'https://a.example/${KEY}'}", "config.secret"), ("{name: API, type: manual}", "")],
)
def test_a_component_that_cannot_be_asked_is_not_measured(item: str, code: str) -> None:
    known = load(f"components: [{item}]", "components.yaml", {})
    component = known.components[0]

    unknown = Reading(verdict=Verdict.UNKNOWN, code=code)
    assert asyncio.run(ask_alone(known, component, a_run())) == [(component, unknown)]


def test_a_package_that_is_not_installed_is_an_error_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    known = config()
    assert list(lacking(known)) == []

    absent: Callable[[object], str] = lambda kind: "pip install it"  # noqa: E731
    monkeypatch.setattr("statuspage.rounds.missing_extra", absent)
    problems = list(lacking(known))
    assert [str(p.where) for p in problems] == [f"components.yaml:{n}" for n in (5, 6, 7)]
    assert problems[0].mend == "pip install it"
    assert CODES["config.extra"].verdict is Verdict.UNKNOWN
