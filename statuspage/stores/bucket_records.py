"""Records in a bucket: an immutable object a run, put together now and then under a lock.

The one PUT of a run's object is its commit. Nobody waits for anybody: two runs at once are two objects. What is read
is the newest manifest's files with the runs laid on that it does not contain, in the order of their names. A manifest
is created under the next number and never replaced, so that of two rollups at once one is refused; what it has taken
up or made useless stays for a day, for those who began to read before.

The one condition asked of a server is If-None-Match: *. Ceph 16 refuses If-Match with the very ETag that it gave.
"""

import json
import logging
import os
import platform
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from statuspage.errors import StatuspageError
from statuspage.stores import bucket_rollup as rollups
from statuspage.stores import bucket_runs as runs
from statuspage.stores.bucket_objects import Listed, Missing, Objects
from statuspage.stores.bucket_rollup import Pack, Rollup
from statuspage.stores.bucket_runs import Part, Run
from statuspage.stores.manifest import KEPT
from statuspage.stores.staged import Change

MANY = 50  # runs that wait: a rollup is due
HEAVY = 1_000_000  # octets of runs that wait: a rollup is due
LEASE = timedelta(minutes=10)  # a rollup takes seconds; after this it has died, or gives up
GONE = "bring back the newest object of rollup/ (a bucket that keeps versions has it); to begin anew, empty the prefix"
AGAIN = "nothing has changed; run it again later"
log = logging.getLogger(__name__)


class Busy(StatuspageError):
    """Somebody else is at it."""


@dataclass(frozen=True, slots=True)
class _View:
    """The bucket as it was listed."""

    number: int | None  # of the manifest; None: there is none yet
    rollup: Rollup
    where: Mapping[str, Pack]
    listed: Mapping[str, Listed]  # all runs in the bucket
    waiting: tuple[str, ...]  # those that the manifest does not contain, sorted
    parts: Mapping[str, tuple[Part, ...]]  # of these, by file


@dataclass(frozen=True, slots=True)
class _Try:
    """A run's object whose PUT has not been answered yet."""

    name: str
    data: bytes
    changes: tuple[Change, ...]


class BucketRecords:
    """The Base over `s3://bucket/prefix`, `gs://…` or `az://…`; endpoint and keys are read from `environ`.

    It is read when first needed, and again after each commit. A prefix with nothing in it is an empty history; a
    bucket that is not there, cannot be reached or may not be listed is an error. `clock` counts seconds since 1970;
    `many`: a rollup is due when so many runs wait.
    """

    def __init__(
        self,
        url: str,
        environ: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
        many: int = MANY,
    ) -> None:
        self._objects = Objects(url, environ)
        self._clock, self._many = clock, many
        self._view: _View | None = None  # None: to be read
        self._content: dict[str, bytes | None] = {}  # files, as of the view
        self._runs: dict[str, Run] = {}  # of the view's waiting ones
        self._packs: dict[str, dict[str, bytes]] = {}
        self._manifest: tuple[str, Rollup] = ("", Rollup())  # the one read last, by its ETag
        self._tried: _Try | None = None
        self._done: tuple[Change, ...] = ()  # what has been put of a commit that has not ended well yet

    def place(self, path: str) -> str:
        return f"{self._objects.at}:{path}"

    def read(self, path: str) -> bytes | None:
        try:
            return self._read(path)
        except Missing:  # we began to read more than a day ago, and others have cleaned up since
            self._forget()
            return self._read(path)

    def list(self, prefix: str) -> list[str]:
        view = self._seen()
        kept = (path for path in view.where if path not in view.parts)
        changed = (path for path in view.parts if path.startswith(prefix) and self.read(path) is not None)
        return sorted([*(path for path in kept if path.startswith(prefix)), *changed])

    def commit(self, changes: Sequence[Change], why: str) -> None:
        """Put them as one object. Safe to give again: what was put though its answer was lost is not put twice."""
        if self._tried:
            self._put(self._tried)
        view = self._seen()
        rest = tuple(changes[len(self._done) :])
        run = self._run(rest)
        if run:
            # Behind all that is there by now, seen or not: whoever claimed first and has read that it did, stays first.
            there = self._objects.listed(runs.FOLDER)
            label = runs.name(self._now(), secrets.token_hex(8), there)
            self._tried = _Try(label, runs.encode(run, why), rest)
            self._put(self._tried)
        self._done = ()
        self._roll_up_when_due(view)

    def compact(self) -> bool:
        """Put the runs together; False when none waits.

        Raises StatuspageError when somebody else is doing so: another time will do.
        """
        with self._locked() as (number, now):
            return self._roll_up(number, now)

    # --- reading ---------------------------------------------------------------------------------

    def _seen(self) -> _View:
        if self._view is None:
            self._view = self._look()
        return self._view

    def _forget(self) -> None:
        self._view = None
        self._content.clear()

    def _look(self) -> _View:
        """The manifest before the runs: what it contains may be gone from the list, but not the other way round."""
        number, rollup = self._newest()
        listed = {
            path: one for path, one in self._objects.listed(runs.FOLDER).items() if runs.NAME.fullmatch(path)
        }
        waiting = sorted(listed.keys() - rollup.runs.keys())
        new = self._objects.get_all((path for path in waiting if path not in self._runs), AGAIN)
        known = {**self._runs, **{p: runs.decode(data, self._objects.where(p)) for p, data in new.items()}}
        self._runs = {path: known[path] for path in waiting}
        parts: dict[str, tuple[Part, ...]] = {}
        for run in self._runs.values():
            for path, part in run.items():
                parts[path] = (*parts.get(path, ()), part)
        where = rollup.where()
        self._packs = {pack.name: self._packs[pack.name] for pack in rollup.packs if pack.name in self._packs}
        return _View(number, rollup, where, listed, tuple(waiting), parts)

    def _newest(self) -> tuple[int | None, Rollup]:
        """The manifest that holds. It is asked for when it is listed: what is not there may be refused, not missed."""
        there = self._objects.listed(rollups.FOLDER)
        if rollups.newest(there) is None and (self._manifest[0] or self._blobs()):
            there = self._objects.listed(rollups.FOLDER)  # the first rollup of all may just have been made
            if rollups.newest(there) is None:
                what = "the history was there and its manifests are gone; nothing is begun anew"
                raise StatuspageError(what, where=self._objects.where(rollups.FOLDER), mend=GONE)
        number = rollups.newest(there)
        if number is None:
            return None, Rollup()
        path = rollups.name(number)
        if self._manifest[0] != f"{path} {there[path].etag}":
            read = rollups.read(self._objects.get(path, AGAIN), self._objects.where(path))
            self._manifest = (f"{path} {there[path].etag}", read)
        return number, self._manifest[1]

    def _read(self, path: str) -> bytes | None:
        view = self._seen()
        if path not in self._content:
            content = self._packed(path) if path in view.where else None
            for part in view.parts.get(path, ()):
                content = runs.applied(content, part)
            self._content[path] = content
        return self._content[path]

    def _packed(self, path: str) -> bytes:
        """A file as the manifest has it."""
        pack = self._seen().where[path]
        if pack.name not in self._packs:
            data = self._objects.get(pack.name, rollups.MISSING)
            self._packs[pack.name] = rollups.unpack(pack, data, self._objects.where(pack.name))
        return self._packs[pack.name][path]

    def _blobs(self) -> tuple[str, ...]:
        """The packs in the bucket, of whichever rollup."""
        return tuple(path for path in self._objects.listed(rollups.BLOBS) if rollups.BLOB.fullmatch(path))

    # --- writing ---------------------------------------------------------------------------------

    def _run(self, changes: Sequence[Change]) -> Run:
        """The changes by file, without those that change nothing."""
        before = {change.path: self.read(change.path) for change in changes}
        run = runs.parted(changes, before)
        return {path: part for path, part in run.items() if runs.applied(before[path], part) != before[path]}

    def _put(self, tried: _Try) -> None:
        if not self._objects.create(tried.name, tried.data):
            what = "another object has the name of this run"  # by chance never
            raise StatuspageError(what, where=self._objects.where(tried.name), mend=AGAIN)
        self._done = (*self._done, *tried.changes)
        self._tried = None
        self._forget()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    # --- putting together ------------------------------------------------------------------------

    def _roll_up_when_due(self, view: _View) -> None:
        """The run is kept already: what fails here is tried again at the next one."""
        octets = sum(view.listed[path].size for path in view.waiting)
        if len(view.waiting) < self._many and octets < HEAVY:
            return
        try:
            self.compact()
        except Busy:
            pass
        except StatuspageError as error:
            log.warning(
                "%d runs wait to be put together, and that failed: %s",
                len(view.waiting),
                error.problems[0].what,
            )

    @contextmanager
    def _locked(self) -> Iterator[tuple[int, datetime]]:
        """Hold the lock for the next manifest: its number, and the server's time."""
        there = self._objects.listed(rollups.FOLDER)
        number = (rollups.newest(there) or 0) + 1
        turns = rollups.turns(there, number)
        if turns:
            self._refuse_held(rollups.lock(number, turns[-1]))
        mine = rollups.lock(number, turns[-1] + 1 if turns else 1)
        if not self._objects.create(mine, self._ticket()):
            raise Busy(
                "another run is putting the history together", where=self._objects.where(mine), mend=AGAIN
            )
        try:
            there = self._objects.listed(rollups.FOLDER)
            if mine not in there or (rollups.newest(there) or 0) + 1 != number:
                raise Busy("another run has just put the history together", mend=AGAIN)
            yield number, there[mine].at
        finally:
            self._delete([mine])

    def _ticket(self) -> bytes:
        until = self._now() + LEASE
        holder = f"{platform.node()}:{os.getpid()}:{secrets.token_hex(8)}"
        return json.dumps({"holder": holder, "until": until.isoformat()}).encode()

    def _refuse_held(self, lock: str) -> None:
        """Raise Busy while its holder has time.

        Clocks that differ do no harm: the manifest's name is the real lock. One that was years ahead holds up nobody.
        """
        try:
            ticket = json.loads(self._objects.get(lock))
            until, holder = datetime.fromisoformat(ticket["until"]), str(ticket["holder"])
            held = self._now() < until <= self._now() + LEASE
        except (ValueError, KeyError, TypeError):
            return
        if held:
            what = f"{holder} is putting the history together, until {until:%H:%M} UTC at most"
            raise Busy(what, where=self._objects.where(lock), mend=AGAIN)

    def _roll_up(self, number: int, now: datetime) -> bool:
        began = time.monotonic()
        self._forget()
        view = self._seen()
        if not view.waiting and not rollups.expired(view.rollup, now):
            return False
        if view.number is None:  # from now on a bucket without a manifest is one that has lost it
            self._objects.create(rollups.name(0), rollups.write(Rollup()))
        there = self._blobs()
        files = {path: self.read(path) for path in view.parts}
        packs, new = rollups.rolled(view.rollup, files, self._packed, secrets.token_hex(8))
        for path, data in new.items():
            self._objects.create(path, data)
        used = {pack.name for pack in packs}
        unused = rollups.since(view.rollup.unused, (path for path in there if path not in used), now)
        made = Rollup(packs, rollups.since(view.rollup.runs, view.listed, now), unused)
        late = time.monotonic() - began > LEASE.total_seconds()
        if late or not self._objects.create(rollups.name(number), rollups.write(made)):
            raise Busy("another run has put the history together meanwhile", mend=AGAIN)
        self._forget()
        self._clean(made, number, now)
        return True

    def _clean(self, made: Rollup, number: int, now: datetime) -> None:
        """Remove what nobody needs any more: runs and packs out of use for a day, old manifests, dead locks."""
        there = self._objects.listed(rollups.FOLDER)
        old = [p for p, one in there.items() if rollups.is_before(p, number) and now - one.at >= KEPT]
        self._delete([*rollups.expired(made, now), *old])

    def _delete(self, paths: Sequence[str]) -> None:
        """A key without the right to delete keeps records all the same."""
        try:
            self._objects.delete(paths)
        except StatuspageError as error:
            log.warning("%d objects out of use cannot be deleted: %s", len(paths), error.problems[0].what)
