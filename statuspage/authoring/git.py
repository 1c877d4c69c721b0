"""The little of git that the desk needs: commit one file, push it, and try again when others were faster."""

import shutil
import subprocess
from pathlib import Path

from statuspage.errors import StatuspageError

TRIES = 5
SECONDS = 120  # for one command of git


def commit(root: Path, path: Path, message: str) -> None:
    """Commit this file alone, whatever else is staged. Raises StatuspageError with git's own words."""
    _git(root, "add", "--", str(path))
    _git(root, "commit", "--quiet", "--message", message, "--", str(path))


def changed(root: Path, folder: str) -> frozenset[Path]:
    """The files below `folder` that are new or not as they were committed."""
    ended = _run(root, "status", "--porcelain", "-z", "--untracked-files=all", "--", folder)
    if ended.returncode:
        raise _failed("status", ended, "run it inside of a repository")
    return frozenset(Path(line[3:]) for line in ended.stdout.split("\0") if line)


def log(root: Path, path: Path) -> list[tuple[str, str]]:
    """When each commit that touched the file was made (ISO 8601), and its subject, oldest first; none without git."""
    try:
        ended = _run(root, "log", "--follow", "--reverse", "--format=%cI%x09%s", "--", str(path))
    except StatuspageError:
        return []
    lines = ended.stdout.splitlines() if ended.returncode == 0 else []
    return [(at, subject) for at, _, subject in (line.partition("\t") for line in lines)]


def push(root: Path) -> None:
    """Push the branch; when the other side has moved on, put ours on top and push again.

    A conflict is git's to tell: then nothing is pushed and the commit stays as it was.
    """
    for _ in range(TRIES):
        if _run(root, "push", "--quiet").returncode == 0:
            return
        pulled = _run(root, "pull", "--rebase", "--autostash", "--quiet")
        if pulled.returncode:
            _run(root, "rebase", "--abort")
            raise _failed(
                "pull --rebase", pulled, "the commit is kept here: settle the conflict, then git push"
            )
    raise _failed("push", _run(root, "push"), "the commit is kept here: push it when the remote takes it")


def _git(root: Path, *words: str) -> None:
    ended = _run(root, *words)
    if ended.returncode:
        raise _failed(words[0], ended, "the file is written: commit it by hand")


def _run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [shutil.which("git") or "git", *words],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise StatuspageError(
            "git is not installed", mend="the file is written: commit it by hand"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise StatuspageError(f"git {words[0]} took longer than {SECONDS} s") from error


def _failed(what: str, ended: subprocess.CompletedProcess[str], mend: str) -> StatuspageError:
    said = (ended.stderr or ended.stdout).strip().splitlines()
    return StatuspageError(f"git {what} failed: {said[-1] if said else 'without a word'}", mend=mend)
