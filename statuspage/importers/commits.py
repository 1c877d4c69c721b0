"""What the commits of an Upptime repository say: each change of a site's status, read by git from history/."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from statuspage.importers.foreign import Note, time_of
from statuspage.importers.words import line

LONGEST = 2_000  # octets of a line that are looked at
# A foreign repository's own configuration must start no program and reach no network.
SAFE = ("log.showSignature=false", "core.fsmonitor=false", "core.quotePath=false", "protocol.allow=never")


@dataclass(frozen=True, slots=True)
class Change:
    """One commit that changed a site's status."""

    slug: str  # of its file history/SLUG.yml
    at: datetime  # of the check; of the commit when the file does not say
    status: str  # up, down, degraded
    code: str  # the status code; "" when it does not say


def changes(folder: Path, notes: list[Note]) -> Iterator[Change]:
    """All changes, oldest commit first. Why there are none, or not all, goes to the notes."""
    git = shutil.which("git")
    if git is None or _first(git, folder, "rev-parse", "--is-inside-work-tree") != "true":
        why = "no git here" if git is None else "the folder is no clone"
        notes.append(Note(f"outages stand in the commits, and there is {why}", lost=True))
        return
    if _first(git, folder, "rev-parse", "--is-shallow-repository") == "true":
        what = "the clone is shallow, older outages are not in it: `git fetch --unshallow`, then import again"
        notes.append(Note(what, lost=True))
    words = ["log", "--reverse", "--no-ext-diff", "--no-textconv", "--no-renames", "--unified=0", "--patch"]
    words += ["--no-color", "--relative", "--format=%x00%cI", "--", "history/"]
    with subprocess.Popen(
        _command(git, folder, *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    ) as running:
        assert running.stdout is not None
        yield from read_log(_lines(running.stdout))


def read_log(lines: Iterable[str]) -> Iterator[Change]:
    """The changes in what `git log --patch --unified=0 --format=%x00%cI` prints."""
    at: datetime | None = None
    slug, said = "", dict[str, str]()
    for text in lines:
        if text.startswith(("\0", "+++ ")):
            yield from _change(slug, at, said)
            slug, said = "", {}
        if text.startswith("\0"):
            at = time_of(text[1:])
        elif match := _FILE.fullmatch(text):
            slug = match[1]
        elif match := _FACT.fullmatch(text):
            said.setdefault(match[1], match[2].strip())
    yield from _change(slug, at, said)


_FILE = re.compile(r"\+\+\+ b/history/([^/\"]{1,200})\.ya?ml\t?")
_FACT = re.compile(r"\+(?:- )?(status|code|lastUpdated): *(.*)")


def _change(slug: str, at: datetime | None, said: dict[str, str]) -> Iterator[Change]:
    when = time_of(said.get("lastUpdated")) or at
    if slug and when and said.get("status") in ("up", "down", "degraded"):
        code = line(said.get("code", ""), 10)
        yield Change(slug=slug, at=when, status=said["status"], code=code if code.isdigit() else "")


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    for one in stream:
        yield one[:LONGEST].decode("utf-8", "replace").rstrip("\r\n")


def _first(git: str, folder: Path, *words: str) -> str:
    """The first line that git says; "" when it fails."""
    done = subprocess.run(
        _command(git, folder, *words), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return done.stdout.partition("\n")[0]


def _command(git: str, folder: Path, *words: str) -> list[str]:
    options = [part for option in SAFE for part in ("-c", option)]
    return [git, "-C", str(folder), *options, "--no-pager", *words]
