"""Rounds on a beat: by a virtual clock, and once as a real process that is told to end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from handlers import says
from servers import Listener, answer

from statuspage.archive import recall
from statuspage.beat import Station, on_the_beat, until_told
from statuspage.errors import Problem, StatuspageError
from statuspage.model import Reading, State, Verdict
from statuspage.net import Net
from statuspage.pipeline import Project, open_project
from statuspage.probes import Cost, Occasion, Probe
from statuspage.rounds import Run

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Clock:
    """Wall time that passes only while somebody sleeps or works."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


# --- the grid ----------------------------------------------------------------------------------


def beats(
    *work: float, every: float = 30, lasting: float | None = None, most: int = 99
) -> tuple[list[float], list[float]]:
    """When deeds began and what they were told of the next beat, in seconds; each takes as long as `work` says."""
    clock, began, told = Clock(), list[float](), list[float]()
    left = [*work]

    class Enough(Exception):
        pass

    async def deed(until: datetime) -> None:
        if len(began) == most:
            raise Enough
        began.append((clock.now - NOON).total_seconds())
        told.append((until - NOON).total_seconds())
        clock.now += timedelta(seconds=left.pop(0) if left else 0)

    span = None if lasting is None else timedelta(seconds=lasting)
    with suppress(Enough):
        asyncio.run(on_the_beat(deed, timedelta(seconds=every), clock=clock, sleep=clock.sleep, lasting=span))
    return began, told


def test_beats_stay_on_the_grid_however_long_the_work_takes() -> None:
    assert beats(3, 29, 0.5, most=4)[0] == [0, 30, 60, 90]


def test_a_missed_beat_is_a_gap_and_no_two_overlap() -> None:
    assert beats(31, 0, 95, most=5)[0] == [0, 60, 90, 210, 240]
    assert beats(30, most=2)[0] == [0, 60]  # the beat at 30 was over when it came


def test_the_last_beat_begins_before_the_time_is_up() -> None:
    assert beats(lasting=240)[0] == [0, 30, 60, 90, 120, 150, 180, 210]
    assert beats(lasting=241)[0][-1] == 240
    assert beats(lasting=20)[0] == [0]
    assert beats(0, 500, lasting=240)[0] == [0, 30]


def test_a_deed_is_told_when_the_next_one_comes_or_the_time_is_up() -> None:
    assert beats(0, 45, lasting=100)[1] == [30, 60, 120 - 20]
    assert beats(most=2)[1] == [30, 60]


def test_nothing_is_slept_after_the_last_beat() -> None:
    clock = Clock()

    async def deed(until: datetime) -> None:
        clock.now += SECOND

    asyncio.run(on_the_beat(deed, MINUTE, clock=clock, sleep=clock.sleep, lasting=90 * SECOND))
    assert clock.now == NOON + 61 * SECOND


def test_a_clock_that_is_set_back_or_forward_stops_nothing() -> None:
    assert beats(-3600, 0, most=3)[0] == [0, -3570, -3540]
    assert beats(86400, 0, most=3)[0] == [0, 86430, 86460]


# --- a station ---------------------------------------------------------------------------------

CONFIG = """\
page: {name: Test, url: "https://status.example", since: 2026}
defaults: {timeout: 5s, retry_wait: [1s]}
control: []
components:
  - {name: Good, url: "http://127.0.0.1:9/"}
  - {name: Bad, url: "http://127.0.0.1:9/"}
"""
UP = Reading(verdict=Verdict.UP, latency=SECOND / 10)
REFUSED = Reading(verdict=Verdict.DOWN, code="tcp.refused")
NO_ROUTE = Reading(verdict=Verdict.DOWN, code="net.unreachable")


@dataclass
class Scripted:
    """Up or down by the virtual clock: `down` from and to which second. An answer takes a while."""

    clock: Clock
    down: tuple[float, float] = (0, 0)
    takes: float = 0.1
    reading: Reading = REFUSED
    asked: list[float] = field(default_factory=list)
    type: ClassVar[str] = "scripted"

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        at = (self.clock.now - NOON).total_seconds()
        self.asked.append(round(at, 1))
        self.clock.now += timedelta(seconds=self.takes)
        return self.reading if self.down[0] <= at < self.down[1] else UP


@dataclass
class Paid(Scripted):
    cost: Cost = field(default_factory=lambda: Cost(tokens=1))
    type: ClassVar[str] = "paid"


class World:
    """A project in a folder, its probes scripted, and what a station told of it."""

    def __init__(self, root: Path) -> None:
        self.root, self.clock = root, Clock()
        self.good: Probe = Scripted(self.clock)
        self.bad: Probe = Scripted(self.clock)
        self.said, self.problems, self.builds = list[str](), list[str](), list[float]()
        self.build_fails: Callable[[], None] = lambda: None
        (root / "components.yaml").write_text(CONFIG, "utf-8")

    def open(self) -> Project:
        project = open_project(self.root, {})
        probes = {"good": self.good, "bad": self.bad}
        components = tuple(replace(c, probe=probes.get(c.id, c.probe)) for c in project.config.components)
        return replace(project, config=replace(project.config, components=components))

    def build(self, project: Project, now: datetime) -> tuple[Problem, ...]:
        self.build_fails()
        self.builds.append((now - NOON).total_seconds())
        return (Problem("something is odd"),)

    def report(self, problems: Iterable[Problem]) -> None:
        self.problems += [problem.what for problem in problems]

    def station(self, every: timedelta = MINUTE) -> Station:
        run = Run(name="run", clock=self.clock, sleep=self.clock.sleep, beat=every)
        return Station(self.open, run, say=self.said.append, report=self.report, build=self.build)

    def run(
        self, count: int, every: timedelta = MINUTE, between: Callable[[int], None] = lambda n: None
    ) -> Station:
        """So many beats; `between` is called before each."""
        station = self.station(every)

        async def beat(until: datetime) -> None:
            between(station.beats)
            await station.beat(until)

        asyncio.run(on_the_beat(beat, every, clock=self.clock, sleep=self.clock.sleep, lasting=count * every))
        return station

    @property
    def rounds(self) -> list[tuple[float, list[str]]]:
        project = open_project(self.root, {})
        kept = recall(project.records, project.config, self.clock.now).history.rounds
        return [
            ((r.at - NOON).total_seconds(), [f"{s.component} {s.verdict}" for s in r.samples]) for r in kept
        ]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_each_beat_probes_and_builds(world: World) -> None:
    station = world.run(3)

    assert [(at, len(samples)) for at, samples in world.rounds] == [(0, 2), (60, 2), (120, 2)]
    assert world.builds == [0, 60, 120]
    assert (station.beats, station.lost, station.worst) == (3, 0, State.OPERATIONAL)


def test_only_news_is_told(world: World) -> None:
    world.bad = Scripted(world.clock, down=(60, 110))
    world.run(4)

    assert [line.partition("Z ")[2].split()[:2] for line in world.said] == [
        ["good:", "up"],
        ["bad:", "up"],
        ["bad:", "down"],
        ["bad:", "up"],
    ]
    assert world.said[2].startswith("2026-11-22T12:01:0")
    assert world.problems == ["something is odd"]


def test_a_failing_component_is_asked_again_at_once_alone_then_after_doubling_pauses(world: World) -> None:
    bad = Scripted(world.clock, down=(0, 12))
    world.bad = bad
    world.run(2)

    beat, *extra, last = world.rounds
    assert beat == (0, ["good up", "bad down"])
    assert [samples for _, samples in extra] == [["bad down"]] * 4 + [["bad up"]]
    assert last == (60, ["good up", "bad up"])
    gaps = [round(b - a) for a, b in zip(bad.asked[1:6], bad.asked[2:7], strict=True)]
    assert gaps == [0, 1, 2, 4, 8]  # after the two attempts that confirm
    assert bad.asked[-1] >= 60


def test_the_page_is_built_anew_when_a_failing_one_has_recovered(world: World) -> None:
    world.bad = Scripted(world.clock, down=(0, 8))
    world.run(2)

    assert len(world.builds) == 3
    assert world.builds[0] < 3
    assert 8 <= world.builds[1] < 60


def test_extra_rounds_end_before_the_next_beat(world: World) -> None:
    bad = Scripted(world.clock, down=(0, 9999), takes=5)
    world.bad = bad
    world.run(3)

    assert [at for at, samples in world.rounds if len(samples) == 2] == [0, 60, 120]
    beats_of = [at for at in bad.asked if 60 <= at < 120]
    assert max(beats_of) + 5 <= 120 - 1


def test_a_hung_component_is_not_asked_again_when_its_limit_does_not_fit(world: World) -> None:
    world.bad = Scripted(world.clock, down=(0, 9999), takes=5)
    world.run(2, every=15 * SECOND)

    assert [(at, len(samples)) for at, samples in world.rounds] == [(0, 2), (15, 2)]


def test_a_paid_component_is_asked_at_its_own_cadence_alone(world: World) -> None:
    paid = Paid(world.clock, down=(0, 9999))
    world.bad = paid
    world.run(7)

    assert [round(at / 60) for at in paid.asked] == [0, 0, 5, 5]


def test_a_failing_one_without_a_network_leaves_the_others_alone(world: World) -> None:
    world.bad = Scripted(world.clock, down=(0, 20), reading=NO_ROUTE)
    world.run(2)

    assert [samples for _, samples in world.rounds] == [
        ["good up", "bad down"],
        ["bad up"],
        ["good up", "bad up"],
    ]


def test_rounds_in_one_second_are_all_kept(world: World) -> None:
    world.bad = Scripted(world.clock, down=(0, 0.25), takes=0.1)
    (world.root / "components.yaml").write_text(CONFIG.replace("[1s]", "[1ms]"), "utf-8")
    world.run(1)

    assert [at for at, _ in world.rounds] == [0, 0]


# --- what goes wrong meanwhile -----------------------------------------------------------------


def test_a_broken_configuration_is_told_once_and_the_last_good_one_stays(world: World) -> None:
    path = world.root / "components.yaml"

    def edit(beat: int) -> None:
        if beat == 1:
            path.write_text("components: [", "utf-8")
        elif beat == 3:
            path.write_text(CONFIG + '  - {name: New, url: "http://127.0.0.1:9/"}\n', "utf-8")

    station = world.run(4, between=edit)

    assert [len(samples) for at, samples in world.rounds if at in (0, 60, 120, 180)] == [2, 2, 2, 3]
    assert [line for line in world.said if "components.yaml" in line] == [
        "components.yaml cannot be used as it is: the one before stays in force",
        "components.yaml has changed and was read again",
    ]
    assert sum("something is odd" not in problem for problem in world.problems) == 1
    assert station.lost == 0


def test_a_configuration_that_is_gone_for_a_moment_stops_nothing(world: World) -> None:
    path = world.root / "components.yaml"

    def edit(beat: int) -> None:
        if beat == 1:
            path.unlink()
        elif beat == 2:
            path.write_text(CONFIG, "utf-8")

    world.run(3, between=edit)

    assert [at for at, _ in world.rounds] == [0, 60, 120]
    assert "no components.yaml here" in world.problems


def test_a_component_that_left_the_configuration_no_longer_counts(world: World) -> None:
    world.bad = Scripted(world.clock, down=(0, 9999))

    def edit(beat: int) -> None:
        if beat == 1:
            kept = CONFIG.splitlines(keepends=True)[:-1]
            (world.root / "components.yaml").write_text("".join(kept), "utf-8")

    assert world.run(1).worst is State.MAJOR
    assert world.run(2, between=edit).worst is State.OPERATIONAL


def test_a_configuration_that_is_broken_from_the_start_is_an_error(world: World) -> None:
    (world.root / "components.yaml").write_text("components: [", "utf-8")

    with pytest.raises(StatuspageError):
        world.station()


def test_a_disk_that_fails_at_one_beat_is_told_and_the_next_one_goes_on(world: World) -> None:
    blocker = world.root / ".status-data"

    def disk(beat: int) -> None:
        if beat == 0:
            blocker.write_text("a file where the folder should be", "utf-8")
        elif beat == 1:
            blocker.unlink()

    station = world.run(2, between=disk)

    assert [at for at, _ in world.rounds] == [60]
    assert (station.beats, station.lost) == (2, 1)
    assert world.builds == [0, 60]
    assert any("cannot" in problem for problem in world.problems)


@pytest.mark.parametrize("error", [StatuspageError("the template cannot be used"), OSError(28, "disk full")])
def test_a_build_that_fails_is_told_and_probing_goes_on(world: World, error: Exception) -> None:
    def fail() -> None:
        if world.clock.now < NOON + 30 * SECOND:
            raise error

    world.build_fails = fail
    world.run(2)

    assert [at for at, _ in world.rounds] == [0, 60]
    assert world.builds == [60]
    assert world.problems[0] in ("the template cannot be used", "this beat failed: disk full")


def test_an_extra_round_that_cannot_be_kept_ends_them_until_the_next_beat(world: World) -> None:
    class Spoils(Scripted):
        async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
            if len(self.asked) == 2:
                (world.root / ".status-data" / "schema").write_text("99\n", "utf-8")
            return await super().ask(net, within, occasion)

    bad = Spoils(world.clock, down=(0, 9999))
    world.bad = bad
    world.run(1)

    assert len(bad.asked) == 3
    assert any("schema '99'" in problem for problem in world.problems)


def test_probing_alone_builds_nothing(world: World) -> None:
    run = Run(name="run", clock=world.clock, sleep=world.clock.sleep)
    station = Station(world.open, run, say=world.said.append, report=world.report)
    asyncio.run(station.beat(NOON + MINUTE))

    assert (world.builds, world.problems, len(world.rounds)) == ([], [], 1)


# --- being told to end -------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cuts_what_goes_on(number: signal.Signals) -> None:
    steps: list[str] = []

    async def work() -> None:
        steps.append("begun")
        asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), number)
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("tidied up")
        steps.append("never")

    until_told(work())

    assert steps == ["begun", "tidied up"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_what_ends_by_itself_ends_and_errors_get_through() -> None:
    async def fails() -> None:
        raise StatuspageError("broken")

    until_told(asyncio.sleep(0))
    with pytest.raises(StatuspageError, match="broken"):
        until_told(fails())


def lines_of(folder: Path) -> list[dict[str, object]]:
    raw = sorted((folder / ".status-data/raw").rglob("*.ndjson"))
    return [json.loads(line) for path in raw for line in path.read_text("utf-8").splitlines()]


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def started(folder: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "statuspage", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def page(folder: Path, *urls: str) -> None:
    components = "".join(f"  - {{name: Service {n}, url: '{url}'}}\n" for n, url in enumerate(urls))
    (folder / "components.yaml").write_text(
        "page: {name: Test, url: 'https://status.example', since: 2026}\n"
        f"defaults: {{every: 30s}}\ncontrol: []\ncomponents:\n{components}",
        "utf-8",
    )


def test_a_process_that_stays_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    with Listener(says(answer())) as server:
        page(tmp_path, server.url)
        process = started(tmp_path, "run", "--every", "1s")
        try:
            wait_for(lambda: (tmp_path / "_site/index.html").exists() and len(lines_of(tmp_path)) >= 3)
            process.send_signal(signal.SIGTERM)
            said, wrong = process.communicate(timeout=10)
        finally:
            process.kill()

    assert process.returncode == 0, wrong
    assert "Traceback" not in wrong
    assert said.splitlines()[-1].startswith("ended after ")
    assert said.count("service-0: up") == 1
    rounds = lines_of(tmp_path)
    assert len({r["id"] for r in rounds}) == len(rounds) >= 3
    verified = subprocess.run(
        [sys.executable, "-m", "statuspage", "verify"], cwd=tmp_path, capture_output=True, text=True
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_round_under_way_is_cut_and_not_kept(tmp_path: Path) -> None:
    with Listener(says(b"", hold=True)) as silent:
        page(tmp_path, silent.url)
        process = started(tmp_path, "run", "--every", "60s")
        try:
            wait_for(lambda: silent.connections > 0)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            _, wrong = process.communicate(timeout=10)
        finally:
            process.kill()

    assert (process.returncode, wrong) == (0, "")
    assert time.monotonic() - began < 5
    assert not (tmp_path / ".status-data").exists()


def test_rounds_within_one_run_end_by_themselves(tmp_path: Path) -> None:
    with Listener(says(answer())) as server:
        page(tmp_path, server.url)
        process = started(tmp_path, "probe", "--for", "3s", "--every", "1s", "--from", "here")
        said, wrong = process.communicate(timeout=20)

    assert (process.returncode, wrong) == (0, "")
    assert "service-0: up" in said
    rounds = lines_of(tmp_path)
    assert 1 <= len(rounds) <= 3
    assert {r["from"] for r in rounds} == {"here"}
    assert not (tmp_path / "_site").exists()
