"""The demonstration: 90 scripted days through the real judge-and-store way, then a living chatbot."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from statuspage.archive import recall, record
from statuspage.demo.chatbot import HTTP_PORT, TCP_PORT, Chatbot
from statuspage.demo.script import World, steps, world
from statuspage.errors import StatuspageError, Where
from statuspage.ledger import LEDGER_PATH, encode
from statuspage.model import Fact, Reading
from statuspage.net import Net
from statuspage.pipeline import (
    CONFIG_FILE,
    DEMO,
    INCIDENTS_FOLDER,
    TEMPLATES_FOLDER,
    Project,
    build_site,
    hear,
    open_project,
    probe_once,
    remember,
)
from statuspage.probes import Occasion
from statuspage.rounds import Run
from statuspage.runner import probe_round
from statuspage.serve import Site, stamps, watch
from statuspage.stores.site import swap

USUAL_PORT = 8000
JSON = "-H 'Content-Type: application/json'"
BEAT = timedelta(seconds=30)  # between two rounds against the living chatbot

_UPDATE = re.compile(r"^## .* - (\d{4}-\d\d-\d\d \d\d:\d\d) UTC$")


@dataclass(frozen=True, slots=True)
class Scripted:
    """Stands in for asking: the reading comes from the script, everything after it is real."""

    type: ClassVar[str] = "scripted"
    component: str
    world: World
    clock: Callable[[], datetime]

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        return self.world.answer(self.component, self.clock())


@dataclass(slots=True)
class Clock:
    """The script's clock: it shows what it is set to."""

    shows: datetime

    def __call__(self) -> datetime:
        return self.shows


def rehearse(folder: Path, now: datetime, progress: Callable[[int, int], None]) -> Project:
    """Fill `folder` with the demonstration's files and 90 days of history, judged and kept the real way.

    Raises StatuspageError when the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise StatuspageError("is not empty", where=Where(str(folder)), mend="name an empty or a new folder")
    stage = world(now)
    _write(folder, {CONFIG_FILE: stage.config, **stage.files})
    project = open_project(folder, {})
    moments = list(steps(now))
    project.records.append(LEDGER_PATH, [encode(Fact(kind=DEMO[0], key=DEMO[1], at=moments[0]))])
    asyncio.run(_play_script(project, stage, moments, progress))
    return project


def as_of(text: str, at: datetime) -> str | None:
    """An incident file as it stood at `at`: later updates cut off. None: it was not yet written."""
    kept, keep, any_update = [], True, False
    for line in text.splitlines(keepends=True):
        if found := _UPDATE.match(line.rstrip()):
            keep = datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC) <= at
            any_update |= keep
        if keep:
            kept.append(line)
    return "".join(kept) if any_update else None


async def _play_script(
    project: Project, stage: World, moments: list[datetime], progress: Callable[[int, int], None]
) -> None:
    clock = Clock(moments[0])
    net = Net(user_agent=project.config.user_agent)
    asked = [c for c in project.config.components if not c.manual]
    scripted = [replace(c, probe=Scripted(c.id, stage, clock)) for c in asked]
    ledger = recall(project.records, project.config, clock()).ledger
    seen: Mapping[str, bytes] | None = None
    for n, moment in enumerate(moments):
        clock.shows = moment
        present = stage.present(moment)
        round_ = await probe_round(
            [c for c in scripted if c.id in present],
            net,
            id=f"{moment:%Y%m%dT%H%M%SZ}-demo",
            clock=clock,
            sleep=_no_pause,
            control=(),
        )
        if round_.samples:
            record(project.records, project.config, round_)
        files = _files_at(stage, moment)
        if files != seen:
            heard = hear(project, ledger, moment, (files, ()))
            ledger = remember(project, ledger, heard, moment, files)
            seen = files
        progress(n + 1, len(moments))


def _files_at(stage: World, at: datetime) -> dict[str, bytes]:
    then = {path: as_of(text, at) for path, text in stage.files.items()}
    return {path: text.encode() for path, text in then.items() if text is not None}


async def _no_pause(seconds: float) -> None:
    """The script needs no waiting between attempts."""


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")


# --- the living part ---------------------------------------------------------------------------


def play(
    project: Project,
    out: Path,
    *,
    port: int | None,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
) -> None:
    """Probe the living chatbot, build, serve; again every 30 seconds and on each change, until Ctrl-C.

    `port`: of the page; None takes 8000, or a free one.
    """
    lock = threading.Lock()

    def round_and_build() -> None:
        with lock:
            now = clock()
            living = open_project(project.root, {})
            probe_once(living, now, Run(name="living", clock=clock))
            swap(build_site(living, clock()).files, out)

    def again() -> None:
        try:
            round_and_build()
        except StatuspageError as error:  # an edited file may be wrong for a while
            say(str(error))

    with living_chatbot() as bot:
        round_and_build()
        with _server(out, port) as server:
            say(f"the page:    {server.url}")
            say(f"the chatbot: {bot.url}")
            say(f"its files:   {project.root}")
            say(f'break it:    curl -d \'{{"part": "model", "mode": "dead"}}\' {JSON} {bot.url}/switch')
            say("Ctrl-C ends")
            stop = threading.Event()
            roots = [project.root / name for name in (CONFIG_FILE, INCIDENTS_FOLDER, TEMPLATES_FOLDER)]
            beat = threading.Thread(target=_beat, args=(again, server, stop), daemon=True)
            look = threading.Thread(
                target=watch, args=(server, lambda: stamps(*roots), again, stop), daemon=True
            )
            beat.start()
            look.start()
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                stop.set()
                beat.join(10)  # a round under way ends before its folder is removed
                look.join(10)


def _server(out: Path, port: int | None) -> Site:
    """On the port asked for; without one on 8000, or a free one when that is taken."""
    if port is not None:
        return Site(out, port)
    try:
        return Site(out, USUAL_PORT)
    except StatuspageError:
        return Site(out, 0)


def _beat(again: Callable[[], None], server: Site, stop: threading.Event) -> None:
    while not stop.wait(BEAT.total_seconds()):
        again()
        server.rebuilt()


@contextmanager
def living_chatbot() -> Iterator[Chatbot]:
    """The chatbot on its own thread and event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    bot = Chatbot(HTTP_PORT, TCP_PORT)
    try:
        asyncio.run_coroutine_threadsafe(bot.__aenter__(), loop).result(10)
        try:
            yield bot
        finally:
            asyncio.run_coroutine_threadsafe(bot.__aexit__(None, None, None), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
