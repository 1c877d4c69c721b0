"""Records on a git branch of their own: append-only files, one commit a run, pushed by compare-and-swap."""

import tempfile
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import random

from statuspage.errors import StatuspageError
from statuspage.git import REMOTE, Ended, Started, failed, needs_rights, run, start, told
from statuspage.stores.staged import Change, rebased

BRANCH = "status-data"
TRIES = 12
SHORTEST, LONGEST = 0.1, 8.0  # seconds between two tries, before jitter
WITHIN = 150.0  # seconds for one commit, all tries
FILES = {  # what every such branch begins with
    "README.md": """# The history of a status page

Written by `statuspage`, a commit a run, and only ever added to; once a week the commits are
put together into one. Each line ends with its checksum. Please do not edit it by hand:
`statuspage --store branch store verify` tells what is wrong, `store repair` mends it.
""",
    ".gitattributes": "*.ndjson text eol=lf merge=union\n",
}
ABSENT = 2  # git ls-remote --exit-code: the remote answers and has no such ref
PUSH = ("push", "--quiet", "--no-verify", "--porcelain")
WRITE = (
    "let this job write to it: `permissions: contents: write`, and no rule for the branch that shuts it out"
)
READ = (
    f"let this job read it: a remote called {REMOTE}, `permissions: contents: read`; nothing was begun anew"
)
AGAIN = f"the remote {REMOTE} is busy, in trouble or away; nothing was begun anew or changed: run it again"
CLONE = f"run it in a clone that has a remote called {REMOTE}, or name another store: --store FOLDER"
IDENTITY = "tell git who writes: git config user.name and user.email"


class Refused(StatuspageError):
    """The remote says no, and would again."""


class Branch:
    """The Base over the branch `name` of the remote `origin`, in the clone around `root`.

    It is read when first needed, as of the remote's newest commit. A branch that is not there is an empty one;
    a remote that cannot be reached is an error. `clock` and `sleep` count seconds, `jitter` gives 0 to 1.
    """

    def __init__(
        self,
        root: Path,
        name: str = BRANCH,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random,
    ) -> None:
        self.name = name
        self._root, self._clock, self._sleep, self._jitter = root, clock, sleep, jitter
        self._tip: str | None = None
        self._files: dict[str, str] | None = None  # blobs by path; None: not read yet
        self._blobs: _Blobs | None = None
        self._before: dict[str, bytes | None] = {}  # what the changes being committed were decided on

    def place(self, path: str) -> str:
        return f"{self.name}:{path}"

    def read(self, path: str) -> bytes | None:
        blob = self._opened().get(path)
        if blob is None:
            return None
        self._blobs = self._blobs or _Blobs(self._root)
        return self._blobs.content(blob)

    def list(self, prefix: str) -> list[str]:
        """Without what is not of the history: the files of the branch itself, and a person's hidden ones."""
        mine = (p for p in self._opened() if p.startswith(prefix) and p not in FILES)
        return sorted(p for p in mine if not f"/{p}".count("/."))

    def commit(self, changes: Sequence[Change], why: str) -> None:
        """Push them as one commit on the remote's newest one; on refusal fetch and apply them again, 12 times.

        Safe to give again: a push that was accepted though its answer was lost adds nothing twice.
        """
        for change in changes:
            self._before.setdefault(change.path, self.read(change.path))
        self._until_it_works(lambda again: self._push(changes, why, again=again), "written")
        self._before.clear()

    def compact(self) -> bool:
        """Put all commits together into one without a parent; False when there is no more than one.

        Raises StatuspageError when others write at the same moment: they win, another day will do.
        """
        self._opened()
        if self._tip is None or "\nparent " not in told(self._root, "cat-file", "commit", self._tip):
            return False
        tree = f"{self._tip}^{{tree}}"
        alone = told(self._root, "commit-tree", tree, "-m", "state: compacted", mend=IDENTITY)
        lease = f"--force-with-lease={self._ref}:{self._tip}"
        pushed = run(self._root, *PUSH, lease, REMOTE, f"{alone}:{self._ref}")
        if pushed.returncode:
            raise failed(
                "push", pushed, "somebody wrote meanwhile, or a rule forbids it; nothing has changed"
            )
        self._see(alone)
        return True

    # --- what the remote has ---------------------------------------------------------------------

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self.name}"

    @property
    def _tracking(self) -> str:
        return f"refs/remotes/{REMOTE}/{self.name}"

    def _opened(self) -> Mapping[str, str]:
        if self._files is None:
            self._root = Path(told(self._root, "rev-parse", "--show-toplevel", mend=CLONE))
            self._until_it_works(lambda _: self._fetch(), "read", tries=4)
        return self._files or {}

    def _fetch(self) -> None:
        """Take up the remote's newest commit."""
        asked = run(self._root, "ls-remote", "--exit-code", REMOTE, self._ref)
        if asked.returncode == ABSENT:
            self._refuse_vanished()
            self._see(None)
            return
        _refuse("ls-remote", asked, READ)
        tip = asked.stdout.split()[0].decode()
        if run(self._root, "cat-file", "-e", f"{tip}^{{tree}}").returncode:
            wanted = f"+{self._ref}:{self._tracking}"
            fetched = run(self._root, "fetch", "--quiet", "--no-tags", *self._depth(), REMOTE, wanted)
            _refuse("fetch", fetched, READ)
            tip = told(self._root, "rev-parse", self._tracking)
        self._see(tip)

    def _depth(self) -> tuple[str, ...]:
        """One commit is enough, unless this clone has all of them: it would lose them."""
        shallow = told(self._root, "rev-parse", "--is-shallow-repository") == "true"
        return ("--depth=1",) if shallow or not self._is_tracked() else ()

    def _is_tracked(self) -> bool:
        return run(self._root, "rev-parse", "--quiet", "--verify", self._tracking).returncode == 0

    def _refuse_vanished(self) -> None:
        if self._is_tracked():
            raise Refused(
                f"the branch {self.name} was on the remote and is gone; nothing is begun anew",
                mend=f"push it back: git push {REMOTE} {self._tracking}:{self._ref}; to begin anew: git fetch --prune",
            )

    def _see(self, tip: str | None) -> None:
        listed = told(self._root, "ls-tree", "-r", "-z", tip) if tip else ""
        self._tip = tip
        self._files = {}
        for entry in filter(None, listed.split("\0")):
            about, path = entry.split("\t", 1)
            self._files[path] = about.split()[2]

    # --- writing ---------------------------------------------------------------------------------

    def _push(self, changes: Sequence[Change], why: str, *, again: bool) -> None:
        if again:
            self._fetch()
        commit = self._commit(changes, why)
        if commit is None:  # an earlier try did it all
            return
        _refuse("push", run(self._root, *PUSH, REMOTE, f"{commit}:{self._ref}"), WRITE)
        run(self._root, "update-ref", self._tracking, commit)  # git does so only in a clone of all branches
        self._see(commit)

    def _commit(self, changes: Sequence[Change], why: str) -> str | None:
        """A commit with the changes on top of the tip; None when the tip has them."""
        by_path: dict[str, list[Change]] = {}
        for change in changes:
            by_path.setdefault(change.path, []).append(change)
        files = {path: rebased(self.read(path), ours, self._before[path]) for path, ours in by_path.items()}
        files |= {path: text.encode() for path, text in FILES.items() if path not in self._opened()}
        tree = self._tree(files)
        if self._tip and tree == told(self._root, "rev-parse", f"{self._tip}^{{tree}}"):
            return None
        parent = ["-p", self._tip] if self._tip else []
        return told(self._root, "commit-tree", tree, *parent, "-m", f"state: {why or 'kept'}", mend=IDENTITY)

    def _tree(self, files: Mapping[str, bytes | None]) -> str:
        """The tip's tree with these files in it, or gone from it. The clone's own index is not touched."""
        with tempfile.TemporaryDirectory(prefix="statuspage-") as folder:
            index = Path(folder) / "index"
            told(self._root, "read-tree", self._tip or "--empty", index=index)
            there = {path: data for path, data in files.items() if data is not None}
            copies = [Path(folder) / str(n) for n, _ in enumerate(there)]
            for copy, data in zip(copies, there.values(), strict=True):
                copy.write_bytes(data)
            names = "".join(f"{copy}\n" for copy in copies).encode()
            blobs = told(
                self._root, "hash-object", "-w", "--no-filters", "--stdin-paths", given=names
            ).split()
            entries = [f"100644 {blob}\t{path}\0" for blob, path in zip(blobs, there, strict=True)]
            entries += [f"0 {'0' * 40}\t{path}\0" for path, data in files.items() if data is None]
            told(
                self._root, "update-index", "-z", "--index-info", given="".join(entries).encode(), index=index
            )
            return told(self._root, "write-tree", index=index)

    def _until_it_works(self, deed: Callable[[bool], None], what: str, tries: int = TRIES) -> None:
        """Do it, and again after a failure that another try may heal; `deed` is told whether it is one."""
        end = self._clock() + WITHIN
        for n in range(tries):
            try:
                deed(n > 0)
                return
            except Refused:
                raise
            except StatuspageError as error:
                wait = min(LONGEST, SHORTEST * 2**n) * (0.5 + self._jitter())
                if n + 1 == tries or self._clock() + wait > end:
                    why = error.problems[0]
                    raise Refused(
                        f"the branch {self.name} could not be {what}, {n + 1} tries: {why.what}",
                        mend=why.mend,
                    ) from error
                self._sleep(wait)


class _Blobs:
    """Contents by their names: one git process for all of them, which ends with this value."""

    def __init__(self, root: Path) -> None:
        self._known: dict[str, bytes] = {}
        self._git = start(root, "cat-file", "--batch")
        weakref.finalize(self, _end, self._git)

    def content(self, blob: str) -> bytes:
        if blob not in self._known:
            self._known[blob] = self._ask(blob)
        return self._known[blob]

    def _ask(self, blob: str) -> bytes:
        assert self._git.stdin
        assert self._git.stdout
        with suppress(BrokenPipeError):  # it ended: then it answers nothing
            self._git.stdin.write(f"{blob}\n".encode())
            self._git.stdin.flush()
        _, kind, size, *_ = [*self._git.stdout.readline().split(), b"", b"", b""]
        data = self._git.stdout.read(int(size) + 1) if kind == b"blob" else b""
        if kind != b"blob" or len(data) <= int(size):
            raise StatuspageError(
                f"the clone lacks a file of the branch ({blob[:12]})", mend="fetch the branch again"
            )
        return data[:-1]


def _end(git: Started) -> None:
    git.kill()
    git.wait()
    for pipe in (git.stdin, git.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()


def _refuse(what: str, ended: Ended, mend: str) -> None:
    """Raise for a command that failed: Refused when it would fail again, with how to mend that."""
    if ended.returncode:
        if needs_rights(ended):
            raise Refused(failed(what, ended, mend).problems[0].what, mend=mend)
        raise failed(what, ended, AGAIN)
