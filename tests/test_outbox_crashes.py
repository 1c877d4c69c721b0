"""Runs that die anywhere, and runs at once: no message is lost, and each death repeats one a target at most."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telling import MINUTE, SENT, T0, outage, target, update

from statuspage.archive import read_ledger
from statuspage.config import Target, load
from statuspage.errors import StatuspageError, Where
from statuspage.notices import Delivery, Message, Notice
from statuspage.notify.outbox import decide
from statuspage.notify.plan import World
from statuspage.notify.run import BUDGET, Told, Wanted, send
from statuspage.pipeline import Project
from statuspage.stores.staged import Change, Staged, rebased

CONFIG = load(
    'page: {name: T, url: "https://s.example", since: 2026}\ncomponents: [{name: A, type: manual}]\n', "c", {}
)
TARGETS = (target("A"), target("B"))
NEWS = (outage(), outage(component="search"), update(1), update(1, incident="other"))


class Died(BaseException):
    """The process was killed."""


@dataclass
class Remote:
    """What all clones of a store push to."""

    files: dict[str, bytes] = field(default_factory=dict)


class Clone:
    """A Base that sees the remote as of its last commit, as the branch of a clone does."""

    def __init__(self, remote: Remote, moment: Callable[[str], None]) -> None:
        self.remote, self.moment = remote, moment
        self.seen = dict(remote.files)

    def place(self, path: str) -> str:
        return path

    def read(self, path: str) -> bytes | None:
        return self.seen.get(path)

    def list(self, prefix: str) -> list[str]:
        return sorted(path for path in self.seen if path.startswith(prefix))

    def commit(self, changes: Sequence[Change], why: str) -> None:
        self.moment("before the push")
        for path in {change.path for change in changes}:
            ours = [change for change in changes if change.path == path]
            content = rebased(self.remote.files.get(path), ours, self.seen.get(path))
            assert content is not None
            self.remote.files[path] = content
        self.seen = dict(self.remote.files)
        self.moment("after the push")

    def compact(self) -> bool:
        return False


@dataclass
class Street:
    """Where the messages arrive."""

    remote: Remote = field(default_factory=Remote)
    got: Counter[tuple[str, str]] = field(default_factory=Counter)
    runs: int = 0

    def run(
        self,
        now: datetime,
        moment: Callable[[str], None],
        becomes: Delivery = SENT,
        news: Sequence[Notice] = NEWS,
    ) -> list[Told]:
        """One run, from reading the ledger to the last mark; `moment` may kill it."""
        self.runs += 1
        run, records = f"run{self.runs}", Staged(Clone(self.remote, moment))
        project = Project(Path(), CONFIG, records)

        def deliver(
            wanted: Sequence[Wanted], at: datetime, within: timedelta
        ) -> Iterator[tuple[int, Delivery]]:
            for n, (whom, message, _) in enumerate(wanted):
                moment("before it is sent")
                if becomes.sent:
                    self.got[whom.name, message.notice.key] += 1
                moment("after it was sent")
                yield n, becomes

        ledger = read_ledger(records)[0]
        plan = decide(World(targets=TARGETS, notices=news, ledger=ledger, now=now, run=run))
        return list(send(project, plan, run, words, deliver, lambda: now))


def words(notice: Notice, target: Target, *, page_late: bool) -> Message:
    return Message(notice=notice, language="en", subject=notice.key, text="", html="", short="", url="")


def nothing(moment: str) -> None:
    """It goes on."""


def opened() -> Street:
    street = Street()
    street.run(T0 - MINUTE, nothing, news=())
    return street


def killer(after: int) -> Callable[[str], None]:
    """Kills at that moment, counted from 0."""
    left = [after]

    def moment(_: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Died

    return moment


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 15), st.booleans()), max_size=6))
def test_whenever_runs_die_nothing_is_lost_and_each_death_repeats_one_a_target(
    deaths: list[tuple[int, int, bool]],
) -> None:
    street, now, died = opened(), T0, 0
    for after, wait, well in deaths:
        try:
            street.run(now, killer(after), SENT if well else Delivery(sent=False, retry=True, detail="busy"))
        except Died:
            died += 1
        now += wait * MINUTE
    for _ in range(4):
        now += 65 * MINUTE
        street.run(now, nothing)

    assert {key for _, key in street.got} == {notice.key for notice in NEWS}
    assert len(street.got) == len(TARGETS) * len(NEWS)
    for whom in TARGETS:
        assert sum(n - 1 for (name, _), n in street.got.items() if name == whom.name) <= died


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 25), min_size=1, max_size=4))
def test_runs_that_come_between_each_other_send_each_message_once(between: list[int]) -> None:
    street = opened()

    def meeting(depth: int) -> Callable[[str], None]:
        left = [between[depth] if depth < len(between) else -1]

        def moment(_: str) -> None:
            left[0] -= 1
            if left[0] == -1 and depth < len(between):
                street.run(T0, meeting(depth + 1))

        return moment

    street.run(T0, meeting(0))
    street.run(T0 + 11 * MINUTE, nothing)

    assert set(street.got.values()) == {1}
    assert len(street.got) == len(TARGETS) * len(NEWS)


@pytest.mark.parametrize("after", range(24))
def test_a_run_killed_at_each_step_repeats_one_message_a_target_at_most(after: int) -> None:
    street = opened()
    with suppress(Died):
        street.run(T0, killer(after))
    street.run(T0 + 10 * MINUTE, nothing)
    for whom in TARGETS:
        counts = [n for (name, _), n in street.got.items() if name == whom.name]
        assert len(counts) == len(NEWS)
        assert sum(counts) <= len(NEWS) + 1


def test_a_channel_in_trouble_gets_no_second_message_in_the_run_and_all_of_them_later() -> None:
    street = opened()
    tried = street.run(T0, nothing, Delivery(sent=False, retry=True, detail="busy"))
    assert len(tried) == len(TARGETS)
    street.run(T0 + MINUTE, nothing)
    assert set(street.got.values()) == {1}
    assert len(street.got) == len(TARGETS) * len(NEWS)


def test_a_run_without_time_left_leaves_the_rest_to_the_next_one() -> None:
    street, ticks = opened(), iter(range(100))
    records = Staged(Clone(street.remote, nothing))
    plan = decide(World(targets=TARGETS, notices=NEWS, ledger=read_ledger(records)[0], now=T0, run="slow"))

    def deliver(wanted: Sequence[Wanted], at: datetime, within: timedelta) -> list[tuple[int, Delivery]]:
        return [(n, SENT) for n, _ in enumerate(wanted)]

    clock = lambda: T0 + next(ticks) * BUDGET / 4  # noqa: E731 (as a clock is given)
    told = list(send(Project(Path(), CONFIG, records), plan, "slow", words, deliver, clock))
    assert 0 < len(told) < len(TARGETS) * len(NEWS)
    street.run(T0 + 60 * MINUTE, nothing)
    assert len(street.got) == len(TARGETS) * len(NEWS) - len(told)


def test_words_that_cannot_be_made_stop_no_other_message_and_are_tried_again() -> None:
    street = opened()
    records = Staged(Clone(street.remote, nothing))
    plan = decide(World(targets=TARGETS, notices=NEWS[:1], ledger=read_ledger(records)[0], now=T0, run="x"))

    def broken(notice: Notice, target: Target, *, page_late: bool) -> Message:
        if target.name == "A":
            raise StatuspageError("no such word", where=Where("site_templates/messages/message.txt", 3))
        return words(notice, target, page_late=page_late)

    def deliver(wanted: Sequence[Wanted], at: datetime, within: timedelta) -> list[tuple[int, Delivery]]:
        return [(n, SENT) for n, _ in enumerate(wanted)]

    told = list(send(Project(Path(), CONFIG, records), plan, "x", broken, deliver, lambda: T0))
    assert [(one.delivery.sent, one.delivery.retry) for one in told] == [(False, True), (True, False)]
    assert "no such word" in told[0].delivery.detail


def test_a_store_that_cannot_be_written_sends_nothing() -> None:
    street = opened()

    def refuse(moment: str) -> None:
        if moment == "before the push":
            raise StatuspageError("the remote is away")

    with pytest.raises(StatuspageError, match="away"):
        street.run(T0, refuse)
    assert not street.got
