"""Rounds on a beat: several within one run, or a process that stays."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from statuspage.attempts import Clock, Sleep, in_seconds
from statuspage.budget import is_paid
from statuspage.config import ComponentOptions
from statuspage.errors import FAILED, INCOMPLETE, Problem, StatuspageError, left_out
from statuspage.model import Round, Sample, State, Verdict
from statuspage.pipeline import CONFIG_FILE, Project
from statuspage.rounds import Run, ask_again, ask_due, lacking, told_of, worst_of

Deed = Callable[[datetime], Awaitable[None]]  # what is done at a beat; it is told when the next one comes
Build = Callable[[Project, datetime], Sequence[Problem]]

FIRST_PAUSE = timedelta(seconds=1)  # before a failing component is asked for the third time; then doubled
SLACK = timedelta(seconds=1)  # between the last extra answer and the next beat


async def on_the_beat(
    deed: Deed, every: timedelta, *, clock: Clock, sleep: Sleep, lasting: timedelta | None = None
) -> None:
    """Do the deed now and at each later point of a grid, never two at once; a beat that is missed is left out.

    `lasting`: the last beat begins before that much time has passed. When the wall clock is set back, the grid
    moves with it.
    """
    start, n = clock(), 0
    while lasting is None or n * every < lasting:
        following = (n + 1) * every
        await deed(start + (following if lasting is None else min(following, lasting)))
        now = clock()
        if now < start + n * every:
            start = now - n * every
        n = (now - start) // every + 1
        if lasting is None or n * every < lasting:
            await sleep((start + n * every - now).total_seconds())


def until_told(work: Coroutine[None, None, None]) -> None:
    """Do the work until it ends, or SIGTERM or SIGINT cuts it; what is written is written whole by then."""

    async def watched() -> None:
        task = asyncio.create_task(work)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(watched())


class Station:
    """A project that is probed and built again and again, whatever its files go through meanwhile.

    `say` takes lines about components, `report` problems: each is told when it is new. `build`: None to probe
    alone. What goes wrong at one beat is reported, and the next one goes on.
    """

    def __init__(
        self,
        open_: Callable[[], Project],
        run: Run,
        *,
        say: Callable[[str], None],
        report: Callable[[Iterable[Problem]], None],
        build: Build | None = None,
    ) -> None:
        self.beats = 0
        self._lost: set[int] = set()  # beats whose answers could not be kept
        self._amiss = False  # something failed at the newest beat
        self._outdated = False  # the configuration in force is not the file's
        self._open, self._run = open_, run
        self._say, self._report, self._build_with = say, report, build
        self._project = open_()
        self._text = _text_of(self._project)
        self._rounds = 0
        self._newest: dict[str, Sample] = {}
        self._first: Round | None = None
        self._told: set[Problem] = set()
        self._tell(self._unmeasured())

    @property
    def project(self) -> Project:
        """As it is in force."""
        return self._project

    @property
    def newest(self) -> Round | None:
        """The newest answer of each component as one round, begun with the first of all; None: there is none."""
        samples = tuple(self._newest.values())
        return replace(self._first, void="", samples=samples) if self._first and samples else self._first

    @property
    def worst(self) -> State | None:
        """Of the newest answers of all components; None: nothing was judged."""
        present = {c.id for c in self._project.config.components}
        return worst_of(s for s in self._newest.values() if s.component in present)

    @property
    def lost(self) -> int:
        """How many beats there are whose answers could not be kept."""
        return len(self._lost)

    @property
    def exit_code(self) -> int:
        """Answers were lost, in all beats or in some; or something is left out as of the newest one."""
        if self.lost and self.lost == self.beats:
            return FAILED
        standing = left_out((*self._told, *self._unmeasured()))
        return INCOMPLETE if self.lost or self._amiss or self._outdated else standing

    async def beat(self, until: datetime) -> None:
        """Ask what is due, build, and ask failing ones again at once, as long as they answer before `until`."""
        self.beats += 1
        self._amiss = False
        self._read_again()
        round_ = await self._ask()
        self._build()
        if round_ is not None:
            await self._ask_failing(round_, until)
        self._keep()

    def _read_again(self) -> None:
        """Take up a changed configuration; the last good one stays in force while it is broken."""
        text = _text_of(self._project)
        if text == self._text:
            return
        self._text = text
        try:
            self._project = self._open()
        except StatuspageError as error:
            self._outdated = True
            self._report(error.problems)
            self._say(f"{CONFIG_FILE} cannot be used as it is: the one before stays in force")
        else:
            self._outdated = False
            self._say(f"{CONFIG_FILE} has changed and was read again")
            self._tell(self._unmeasured())

    async def _ask(self) -> Round | None:
        try:
            asked = await ask_due(self._project.records, self._project.config, self._now(), self._next_run())
        except (StatuspageError, OSError) as error:
            self._lost.add(self.beats)
            self._fail(error)
            return None
        self._amiss = bool(asked.round.void)
        self._note(asked.round)
        return asked.round

    async def _ask_failing(self, round_: Round, until: datetime) -> None:
        """Ask what is down once more, at once and then after pauses that double."""
        pause = timedelta()
        while failing := self._failing(round_, until - self._run.clock() - pause - SLACK):
            if pause:
                await self._run.sleep(pause.total_seconds())
            before = dict(self._newest)
            try:
                again = await ask_again(
                    self._project.records,
                    self._project.config,
                    self._now(),
                    failing,
                    self._next_run(),
                    self._newest,
                )
            except (StatuspageError, OSError) as error:
                self._fail(error)
                return
            self._note(again)
            if any(_changed(before.get(s.component), s) for s in again.samples):
                self._build()
            round_ = round_ if again.void else again
            pause = 2 * pause or FIRST_PAUSE

    def _failing(self, round_: Round, left: timedelta) -> list[ComponentOptions]:
        """What is down, costs nothing, and can answer in the time that is left."""
        down = {s.component for s in round_.samples if s.verdict is Verdict.DOWN}
        return [
            c
            for c in self._project.config.components
            if c.id in down and not is_paid(c) and c.timeout <= left
        ]

    def _build(self) -> None:
        if self._build_with is None:
            return
        try:
            self._tell(self._build_with(self._project, self._now()))
        except (StatuspageError, OSError) as error:
            self._fail(error)

    def _keep(self) -> None:
        """Make lasting what this beat wrote; what cannot be, the next one tries again."""
        try:
            self._project.records.keep(self._run.name)
        except StatuspageError as error:
            self._lost.add(self.beats)
            self._fail(error)

    def _fail(self, error: StatuspageError | OSError) -> None:
        self._amiss = True
        self._report(_problems(error))

    def _note(self, round_: Round) -> None:
        """Remember the round, and tell what in it is news."""
        self._first = self._first or round_
        news = [s for s in round_.samples if _changed(self._newest.get(s.component), s)]
        self._newest |= {s.component: s for s in round_.samples}
        for line in told_of(replace(round_, samples=tuple(news))):
            self._say(f"{round_.at:%Y-%m-%dT%H:%M:%SZ} {line}")

    def _tell(self, problems: Iterable[Problem]) -> None:
        """Report those that were not there before."""
        present = list(problems)
        self._report(problem for problem in present if problem not in self._told)
        self._told = set(present)

    def _unmeasured(self) -> list[Problem]:
        config = self._project.config
        return [*config.unset, *lacking(config)]

    def _next_run(self) -> Run:
        """Another name for each round: two of them may begin in the same second."""
        self._rounds += 1
        return replace(self._run, name=f"{self._run.name}.{self._rounds:04}")

    def _now(self) -> datetime:
        return in_seconds(self._run.clock())


def _text_of(project: Project) -> bytes | None:
    """What `components.yaml` holds now; None: it cannot be read."""
    try:
        return (project.root / CONFIG_FILE).read_bytes()
    except OSError:
        return None


def _problems(error: StatuspageError | OSError) -> tuple[Problem, ...]:
    if isinstance(error, StatuspageError):
        return error.problems
    return (Problem(f"this beat failed: {error.strerror or type(error).__name__}"),)


def _changed(before: Sample | None, now: Sample) -> bool:
    return before is None or (before.verdict, before.code) != (now.verdict, now.code)
