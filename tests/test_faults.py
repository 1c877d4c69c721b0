"""What goes wrong on a machine: killed, disk full or read-only, each write refused, files torn and broken by hand."""

import errno
import io
import json
import os
import random
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from servers import FaultServer

from statuspage.archive import read_rounds, recall
from statuspage.cache import CACHE_FOLDER, MARKDOWN, PAGES
from statuspage.cli import main
from statuspage.config import load
from statuspage.errors import StatuspageError
from statuspage.lines import checksummed, unchecksum
from statuspage.model import Round
from statuspage.stores.folder import Folder

CONFIG = """
page: {{name: Test, url: "https://status.example", since: 2026}}
defaults: {{retry_wait: [0s]}}
control: []
components:
  - {{name: One, url: "{url}/ok"}}
  - {{name: Two, url: "{url}/ok"}}
  - {{name: Three, url: "{url}/ok"}}
"""
INCIDENT = """---
title: Answers are slow
components: {one: degraded_performance}
cause: not known yet
doing: Looking.
eta: not known yet
next_update: not known yet
---

## Investigating - 2026-11-22 13:50 UTC

Some answers are slow.
"""
RAW = ".status-data/raw/2026-11-22/14.ndjson"
ENTRIES = [".status-data", CACHE_FOLDER, "_site", "components.yaml", "incidents"]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; our own lock says nothing."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != ".lock")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def minute(n: int) -> str:
    return f"2026-11-22T14:{n:02}:00Z"


def statuspage(*words: str) -> Result:
    """A command, in this process; whatever happens, it ends without a fault of ours."""
    result = CliRunner().invoke(main, ["--quiet", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result


def rounds(folder: Path) -> list[Round]:
    return read_rounds(Folder(folder / ".status-data"), date.min, date.max, [])


def generated(site: Path) -> str:
    at = json.loads((site / "api/status.json").read_text())["generated_at"]
    return f"{datetime.fromisoformat(at):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, server: FaultServer) -> Path:
    """A page with three components and an incident after three rounds."""
    folder = tmp_path_factory.mktemp("grown")
    (folder / "incidents").mkdir()
    (folder / "components.yaml").write_text(CONFIG.format(url=server.url), "utf-8")
    (folder / "incidents/slow.md").write_text(INCIDENT, "utf-8")
    for n in (1, 2, 3):
        with chdir(folder):
            result = statuspage("run", "--now", minute(n))
        assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grown: Path) -> Path:
    """Such a page before its first round."""
    folder = tmp_path / "page"
    shutil.copytree(grown, folder, ignore=shutil.ignore_patterns(".status-data", "_site"))
    monkeypatch.chdir(folder)
    return folder


# --- killed ------------------------------------------------------------------------------------

KILLS = 30
RUNS = """
import os, sys
from contextlib import suppress
from statuspage.cli import main
with suppress(SystemExit):
    main(["--quiet", "run", "--now", sys.argv[1]])  # what is loaded and made once
print("ready", flush=True)
for moment in sys.stdin:
    child = os.fork()
    if not child:
        main(["--quiet", "run", "--now", moment.strip()])
    print(child, flush=True)
    print("ended", os.waitpid(child, 0)[1], flush=True)
"""


def test_a_run_killed_at_any_moment_leaves_each_round_whole_or_absent_and_a_whole_site(here: Path) -> None:
    dice = random.Random(13)
    command = [sys.executable, "-c", RUNS, minute(0)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as starter:
        assert starter.stdin
        assert starter.stdout
        assert starter.stdout.readline() == b"ready\n"
        assert _killed(starter, minute(1), 60) == b"ended 0\n"
        ended, known = ["20261122T140100Z"], 0
        for n in range(2, KILLS + 2):
            before = tree(here / "_site")
            done = _killed(starter, minute(n), dice.uniform(0, 0.4)) == b"ended 0\n"

            kept = rounds(here)
            assert all(len(one.samples) == 3 for one in kept)
            ids = {one.id.partition("-")[0] for one in kept}
            ended += [f"20261122T14{n:02}00Z"] if done else []
            assert ids >= set(ended)
            assert tree(here / "_site") == before or generated(here / "_site") == minute(n)
            if (len(kept), tree(here / "_site")) != (known, before):
                result = statuspage("verify")
                assert result.exit_code == 0, result.output
            known = len(kept)
        starter.stdin.close()
    assert statuspage("run", "--now", minute(KILLS + 2)).exit_code == 0
    assert statuspage("verify").exit_code == 0
    assert sorted(p.name for p in here.iterdir()) == ENTRIES
    assert sorted(p.name for p in (here / CACHE_FOLDER).iterdir()) == [".gitignore", ".lock", MARKDOWN, PAGES]


def _killed(starter: "subprocess.Popen[bytes]", moment: str, after: float) -> bytes:
    """How a run ended that is killed after so many seconds, unless it is done by then."""
    assert starter.stdin
    assert starter.stdout
    starter.stdin.write(f"{moment}\n".encode())
    child = int(starter.stdout.readline())
    if not select.select([starter.stdout], [], [], after)[0]:
        os.kill(child, 9)
    return starter.stdout.readline()


# --- each call of the system refused, one after the other ---------------------------------------

CALLS = ("open", "write", "fsync", "ftruncate", "replace", "rename", "mkdir", "unlink", "rmdir", "scandir")


class Disk:
    """Counts the calls that touch a folder; the `refused` one fails, or with `dead` all from there on."""

    def __init__(self, folder: Path, refused: int = 0, *, dead: bool = False) -> None:
        self.folder, self.refused, self.dead = str(folder), refused, dead
        self.callers: list[str] = []  # of each call so far: which line of ours made which call

    def __enter__(self) -> "Disk":
        self._patch = pytest.MonkeyPatch()
        for name in CALLS:
            self._patch.setattr(os, name, partial(self._call, name, getattr(os, name)))
        self._patch.setattr(io, "open", partial(self._call, "io.open", io.open))
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()

    def _call(self, name: str, call: Callable[..., Any], target: Any = ".", *rest: Any, **more: Any) -> Any:
        if self._concerns(target):
            self.callers.append(f"{name} {_our_line()}")
            n = len(self.callers)
            if n == self.refused or (self.dead and 0 < self.refused < n):
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(target))
        return call(target, *rest, **more)

    def _concerns(self, target: Any) -> bool:
        if isinstance(target, int):
            try:
                target = os.readlink(f"/proc/self/fd/{target}")  # noqa: PTH115 (not through what is patched)
            except OSError:
                return False
        return os.path.abspath(os.fsdecode(target)).startswith(self.folder)  # noqa: PTH100


def _our_line() -> str:
    """The innermost line of the package that is running."""
    frame: Any = sys._getframe(2)
    while frame and "/statuspage/" not in frame.f_code.co_filename:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "?"


def worth_refusing(callers: list[str]) -> list[int]:
    """The numbers of the calls; of one line's many calls the first two and the last one."""
    numbers: dict[str, list[int]] = {}
    for n, caller in enumerate(callers, 1):
        numbers.setdefault(caller, []).append(n)
    return sorted({n for some in numbers.values() for n in (*some[:2], some[-1])})


@pytest.mark.parametrize("dead", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("first", [True, False], ids=["first run", "later run"])
def test_whichever_call_of_the_system_is_refused_nothing_kept_is_lost_and_the_old_site_stays(
    here: Path, tmp_path: Path, first: bool, dead: bool
) -> None:
    if not first:
        assert statuspage("run", "--now", minute(1)).exit_code == 0
    shutil.copytree(here, tmp_path / "saved")
    known, old, verified = rounds(here), tree(here / "_site"), set[int]()
    with Disk(here) as disk:
        assert statuspage("run", "--now", minute(2)).exit_code == 0
    chosen = worth_refusing(disk.callers)
    assert len(chosen) > 25
    for n in chosen:
        for name in (".status-data", "_site"):
            shutil.rmtree(here / name, ignore_errors=True)
            if (tmp_path / "saved" / name).exists():
                shutil.copytree(tmp_path / "saved" / name, here / name)
        with Disk(here, n, dead=dead):
            result = statuspage("run", "--now", minute(2))

        where = f"{n}: {disk.callers[n - 1]}\n{result.output}"
        site = tree(here / "_site")
        assert site == old or generated(here / "_site") == minute(2), where
        assert result.exit_code in (1, 3) or generated(here / "_site") == minute(2), where
        assert result.exit_code == 0 or "error" in result.output, where
        kept = rounds(here)
        assert kept[: len(known)] == known, where
        assert all(len(one.samples) == 3 for one in kept), where
        same = hash(repr((sorted(site.items()), len(kept))))
        if result.exit_code == 3:  # the incident could not be read: the page says so, or shows it as it was
            assert "error: incidents/slow.md" in result.output, where
            assert first or "incidents/slow/index.html" in site, where
        elif site and same not in verified:
            verified.add(same)
            checked = statuspage("verify")
            assert checked.exit_code == 0, f"{where}\n{checked.output}"
    assert statuspage("run", "--now", minute(3)).exit_code == 0
    assert statuspage("verify").exit_code == 0
    assert sorted(p.name for p in here.iterdir()) == ENTRIES
    assert sorted(p.name for p in (here / CACHE_FOLDER).iterdir()) == [".gitignore", ".lock", MARKDOWN, PAGES]


# --- disks -------------------------------------------------------------------------------------


@pytest.fixture
def mounted() -> Iterator[Callable[[Path], Path]]:
    """Puts a file system of its own on a folder, 256 kB; mounting takes root."""
    disks: list[Path] = []

    def mount(folder: Path, size: str = "256k") -> Path:
        folder.mkdir(exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no right to mount a file system")
        disks.append(folder)
        return folder

    yield mount
    for disk in disks:
        subprocess.run(["umount", disk], check=True)


def fill(disk: Path) -> None:
    """Leave no room at all."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        for size in (4096, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC


def read_only(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)


@pytest.mark.parametrize(("harm", "said"), [(fill, "No space left"), (read_only, "Read-only file system")])
def test_state_on_a_disk_that_takes_nothing_more_stays_and_so_does_the_site(
    here: Path, mounted: Callable[..., Path], harm: Callable[[Path], None], said: str
) -> None:
    state = mounted(here / ".status-data")
    assert statuspage("run", "--now", minute(1)).exit_code == 0
    harm(state)
    before = tree(here)
    for command in ("run", "probe"):
        result = statuspage(command, "--now", "2026-11-22T15:02:00Z")  # a new file's first line

        assert result.exit_code == 1
        assert f"{here.name}" in result.output or ".status-data" in result.output
        assert said in result.output
        assert tree(here) == before
    assert statuspage("verify").exit_code == 0


@pytest.mark.parametrize(("harm", "said"), [(fill, "No space left"), (read_only, "Read-only file system")])
def test_a_site_on_a_disk_that_takes_nothing_more_stays_byte_for_byte(
    here: Path, mounted: Callable[..., Path], harm: Callable[[Path], None], said: str
) -> None:
    web = mounted(here / "web", "2m")
    assert statuspage("run", "--out", "web/site", "--now", minute(1)).exit_code == 0
    harm(web)
    before = tree(web)
    result = statuspage("run", "--out", "web/site", "--now", minute(2))

    assert result.exit_code == 1
    assert said in result.output
    assert "web/site" in result.output
    assert tree(web) == before
    assert {p.name for p in web.iterdir()} <= {"site", "filler"}
    assert len(rounds(here)) == 2  # what was measured is kept
    assert statuspage("verify", "--site", "web/site").exit_code == 0


# --- files torn and broken -----------------------------------------------------------------------


@pytest.fixture
def three(here: Path, grown: Path) -> bytes:
    """A history of three rounds, one line each."""
    for name in (".status-data", "_site"):
        shutil.copytree(grown / name, here / name)
    return (here / RAW).read_bytes()


def read_back(here: Path, now: int = 10) -> tuple[list[str], list[str]]:
    """The rounds' times that a run knows, and its warnings."""
    config = load((here / "components.yaml").read_text(), "components.yaml", {})
    known = recall(Folder(here / ".status-data"), config, datetime.fromisoformat(minute(now)))
    return [f"{one.at:%H:%M}" for one in known.history.rounds], [str(one) for one in known.warnings]


def test_each_flipped_byte_is_found_at_its_line_or_tears_the_last_one(here: Path, three: bytes) -> None:
    for at in range(len(three)):
        for bit in (1, 64):
            broken = bytearray(three)
            broken[at] ^= bit
            (here / RAW).write_bytes(broken)
            line = three[:at].count(b"\n") + 1
            if at == len(three) - 1:  # its end is not to be told from a torn one
                times, warnings = read_back(here)
                assert times == ["14:01", "14:02"]
                assert f"{RAW}:3" in warnings[0]
                continue
            with pytest.raises(StatuspageError, match=rf"{RAW}:{line}: "):
                read_back(here)
            assert (here / RAW).read_bytes() == bytes(broken)


def test_a_history_cut_anywhere_keeps_its_whole_lines_and_takes_new_ones(here: Path, three: bytes) -> None:
    times = ["14:01", "14:02", "14:03"]
    store = Folder(here / ".status-data")
    fourth = checksummed({**unchecksum(three.splitlines()[2], None), "id": "x", "at": minute(4)})  # type: ignore[arg-type]
    for at in range(len(three) + 1):
        (here / RAW).write_bytes(three[:at])
        whole = three[:at].count(b"\n")
        missing_break_alone = three[at : at + 1] == b"\n"
        known, warnings = read_back(here)

        assert known == times[: whole + missing_break_alone]
        torn = three[:at].rpartition(b"\n")[2] != b"" and not missing_break_alone
        assert len(warnings) == torn
        store.append("raw/2026-11-22/14.ndjson", [fourth])
        assert read_back(here) == ([*times[: whole + missing_break_alone], "14:04"], [])


@pytest.mark.parametrize(
    ("harm", "place"),
    [
        (lambda good: b"\x7fELF\0\1\2\n" * 40, ":1: "),
        (lambda good: good.replace(b'"up"', b'"UP"', 1), ":1: "),
        (lambda good: good + b"edited by hand\n" + good, ":4: "),
        (lambda good: good[:-1] + b"}\n", ":3: "),
        (lambda good: b"\xff\xfe" + good.decode().encode("utf-16-le"), ":1: "),
        (lambda good: b"<<<<<<< ours\n" + good + b"=======\n" + good + b">>>>>>> theirs\n", ":1: "),
    ],
    ids=["binary", "edited", "middle", "last line", "utf-16", "merge conflict"],
)
def test_a_history_broken_by_hand_stops_every_command_and_nothing_is_rewritten(
    here: Path, three: bytes, harm: Callable[[bytes], bytes], place: str
) -> None:
    (here / RAW).write_bytes(harm(three))
    before = tree(here)
    for words in (("run", "--now", minute(4)), ("probe", "--now", minute(4)), ("build",), ("verify",)):
        result = statuspage(*words)

        assert result.exit_code == 1
        assert f"{RAW}{place}" in result.output
        assert tree(here) == before


@pytest.mark.parametrize(
    "harm",
    [
        lambda good: good * 2,
        lambda good: b"".join(reversed(good.splitlines(keepends=True))),
        lambda good: good.replace(b"\n", b"\r\n"),
        lambda good: b"\n\n" + good.replace(b"\n", b"\n\n"),
    ],
    ids=["twice", "unsorted", "crlf", "blank lines"],
)
def test_a_history_that_holds_the_same_in_another_way_reads_the_same(
    here: Path, three: bytes, harm: Callable[[bytes], bytes]
) -> None:
    (here / RAW).write_bytes(harm(three))

    assert read_back(here) == (["14:01", "14:02", "14:03"], [])
    assert statuspage("verify").exit_code == 0
    assert statuspage("run", "--now", minute(4)).exit_code == 0
    assert read_back(here)[0] == ["14:01", "14:02", "14:03", "14:04"]


def test_an_empty_history_file_is_no_fault(here: Path, three: bytes) -> None:
    (here / RAW).write_bytes(b"")

    assert read_back(here) == ([], [])
    assert statuspage("run", "--now", minute(4)).exit_code == 0


@pytest.mark.parametrize("schema", [b"2\n", b"99\n", b"\xff\xfe\n", b"1\n1\n"])
def test_a_history_of_another_schema_is_left_alone(here: Path, three: bytes, schema: bytes) -> None:
    (here / ".status-data/schema").write_bytes(schema)
    before = tree(here)
    for words in (("run", "--now", minute(4)), ("build",)):
        result = statuspage(*words)

        assert result.exit_code == 1
        assert ".status-data/schema" in result.output
        assert tree(here) == before
