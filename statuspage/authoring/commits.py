"""What the desk does in the repository: commit one file, push it, and try again when others were faster."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from statuspage.errors import StatuspageError
from statuspage.git import REMOTE, failed, needs_rights, run, told

TRIES = 5
LAND_TRIES = 12
BY_HAND = "the file is written: commit it by hand"
CLONE = f"have a clone here that has a branch and a remote called {REMOTE}"


def commit(root: Path, path: Path, message: str) -> None:
    """Commit this file alone, whatever else is staged. Raises StatuspageError with git's own words."""
    told(root, "add", "--", str(path), mend=BY_HAND)
    told(root, "commit", "--quiet", "--message", message, "--", str(path), mend=BY_HAND)


def changed(root: Path, folder: str) -> frozenset[Path]:
    """The files below `folder` that are new or not as they were committed."""
    words = ("status", "--porcelain", "-z", "--untracked-files=all", "--", folder)
    lines = told(root, *words, mend="run it inside of a repository").split("\0")
    return frozenset(Path(line[3:]) for line in lines if line)


def log(root: Path, path: Path) -> list[tuple[str, str]]:
    """When each commit that touched the file was made (ISO 8601), and its subject, oldest first; none without git."""
    try:
        lines = told(root, "log", "--follow", "--reverse", "--format=%cI%x09%s", "--", str(path)).splitlines()
    except StatuspageError:
        return []
    return [(at, subject) for at, _, subject in (line.partition("\t") for line in lines)]


def author(root: Path) -> str:
    """The name under which git would commit here; "" when it knows none."""
    try:
        return told(root, "config", "user.name").strip()
    except StatuspageError:  # no git, or no name
        return ""


def push(root: Path) -> None:
    """Push the branch; when the other side has moved on, put ours on top and push again.

    A conflict is git's to tell: then nothing is pushed and the commit stays as it was.
    """
    for _ in range(TRIES):
        if run(root, "push", "--quiet").returncode == 0:
            return
        pulled = run(root, "pull", "--rebase", "--autostash", "--quiet")
        if pulled.returncode:
            run(root, "rebase", "--abort")
            raise failed(
                "pull --rebase", pulled, "the commit is kept here: settle the conflict, then git push"
            )
    raise failed("push", run(root, "push"), "the commit is kept here: push it when the remote takes it")


def pull(root: Path) -> None:
    """Take the newest files of the branch from the remote, as long as nothing here stands against it."""
    branch = told(root, "rev-parse", "--abbrev-ref", "HEAD", mend=CLONE)
    mend = "the page is made of the files that are here; see what git wants, and run it again"
    told(root, "pull", "--quiet", "--no-tags", "--ff-only", REMOTE, branch, mend=mend)


Write = Callable[[Path], tuple[Path, str] | None]
"""Writes below a page's folder: the file's path and the commit's message; None when there is nothing to write."""


def land(root: Path, write: Write) -> bool:
    """Let `write` do its work on the newest files of the remote's branch, and push that; whether anything was written.

    When others were faster it is called again, on their files: so nobody's words are lost, and what does not go
    with them is refused by `write` itself. The folder `root` stays as it is: the work is done in one that is
    removed at the end. Raises StatuspageError with git's own words.
    """
    branch = told(root, "rev-parse", "--abbrev-ref", "HEAD", mend=CLONE)
    inside = told(root, "rev-parse", "--show-prefix", mend=CLONE)
    for _ in range(LAND_TRIES):
        with _newest(root, branch) as tree:
            done = write(tree / inside)
            if done is None:
                return False
            path, message = done
            told(tree / inside, "add", "--", str(path))
            told(tree / inside, "commit", "--quiet", "--message", message)
            pushed = run(tree, "push", "--porcelain", REMOTE, f"HEAD:refs/heads/{branch}")
        if pushed.returncode == 0:
            return True
        if needs_rights(pushed):
            mend = f"let this workflow push to {branch}: see its rules and permissions"
            raise failed("push", pushed, mend)
    raise failed("push", pushed, "say it again when the remote takes it")


@contextmanager
def _newest(root: Path, branch: str) -> Iterator[Path]:
    """A folder with the newest files of the remote's branch, on no branch of its own."""
    told(root, "fetch", "--quiet", "--no-tags", REMOTE, f"+refs/heads/{branch}", mend=CLONE)
    tip = told(root, "rev-parse", "FETCH_HEAD")
    with tempfile.TemporaryDirectory(prefix="statuspage-") as folder:
        tree = Path(folder) / "tree"
        told(root, "worktree", "add", "--quiet", "--detach", str(tree), tip)
        try:
            yield tree
        finally:
            run(root, "worktree", "remove", "--force", str(tree))
