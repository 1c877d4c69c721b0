"""The little of git that the desk needs: commit one file, push it, and try again when others were faster."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from statuspage.errors import StatuspageError

TRIES = 5
LAND_TRIES = 12
REMOTE = "origin"
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


def author(root: Path) -> str:
    """The name under which git would commit here; "" when it knows none."""
    try:
        return _run(root, "config", "user.name").stdout.strip()
    except StatuspageError:  # no git
        return ""


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


Write = Callable[[Path], tuple[Path, str] | None]
"""Writes below a page's folder: the file's path and the commit's message; None when there is nothing to write."""


def land(root: Path, write: Write) -> bool:
    """Let `write` do its work on the newest files of the remote's branch, and push that; whether anything was written.

    When others were faster it is called again, on their files: so nobody's words are lost, and what does not go
    with them is refused by `write` itself. The folder `root` stays as it is: the work is done in one that is
    removed at the end. Raises StatuspageError with git's own words.
    """
    branch = _told(root, "rev-parse", "--abbrev-ref", "HEAD")
    inside = _told(root, "rev-parse", "--show-prefix")
    for _ in range(LAND_TRIES):
        with _newest(root, branch) as tree:
            done = write(tree / inside)
            if done is None:
                return False
            path, message = done
            _git(tree / inside, "add", "--", str(path))
            _git(tree / inside, "commit", "--quiet", "--message", message)
            pushed = _run(tree, "push", "--porcelain", REMOTE, f"HEAD:refs/heads/{branch}")
        if pushed.returncode == 0:
            return True
        if (
            "declined" in pushed.stdout
        ):  # by a hook or a rule; what others changed meanwhile is rejected otherwise
            raise _failed(
                "push", pushed, f"let this workflow push to {branch}: see its rules and permissions"
            )
    raise _failed("push", pushed, "say it again when the remote takes it")


def _git(root: Path, *words: str) -> None:
    ended = _run(root, *words)
    if ended.returncode:
        raise _failed(words[0], ended, "the file is written: commit it by hand")


def _told(root: Path, *words: str) -> str:
    """What git answers. Raises StatuspageError when it does not."""
    ended = _run(root, *words)
    if ended.returncode:
        raise _failed(words[0], ended, f"have a clone here that has a branch and a remote called {REMOTE}")
    return ended.stdout.strip()


@contextmanager
def _newest(root: Path, branch: str) -> Iterator[Path]:
    """A folder with the newest files of the remote's branch, on no branch of its own."""
    _told(root, "fetch", "--quiet", "--no-tags", REMOTE, f"+refs/heads/{branch}")
    tip = _told(root, "rev-parse", "FETCH_HEAD")
    with tempfile.TemporaryDirectory(prefix="statuspage-") as folder:
        tree = Path(folder) / "tree"
        _told(root, "worktree", "add", "--quiet", "--detach", str(tree), tip)
        try:
            yield tree
        finally:
            _run(root, "worktree", "remove", "--force", str(tree))


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
