"""Where incident files are written: read first, checked before and after, never over somebody else's words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from statuspage import incidents as people
from statuspage.authoring.compose import Said, new_file, with_update
from statuspage.authoring.whole import put
from statuspage.config import Config, slug
from statuspage.errors import Problem, Problems, StatuspageError, Where, nearest
from statuspage.incidents import Facts, Written, WrittenUpdate
from statuspage.incidents.times import shortened
from statuspage.model import IncidentStatus, MaintenanceStatus

FOLDER = "incidents"
ENDED: frozenset[str] = frozenset(
    {
        IncidentStatus.RESOLVED,
        IncidentStatus.POSTMORTEM,
        MaintenanceStatus.COMPLETED,
        MaintenanceStatus.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class Desk:
    """The incident files of one page, at one moment."""

    root: Path
    config: Config
    now: datetime

    def open(
        self, said: Said, name: str = "", *, folder: str = FOLDER, finish: Callable[[str], str] = str
    ) -> Path:
        """Write a new file, called by day and title if not by `name`. Raises Problems, then nothing is written.

        `finish` has the last word on the text.
        """
        name = checked_id(name or f"{said.at:%Y-%m-%d}-{slug(said.title)[:60].strip('-') or 'incident'}")
        path = f"{folder}/{name}.md"
        taken = {PurePosixPath(other).stem.casefold() for other in self._files()}
        if name.casefold() in taken:
            mend = "add an update to it, or choose another name: --id"
            raise Problems([Problem(f"the incident '{name}' is there already", Where(path), mend)])
        text = finish(new_file(said))
        one = self.read(text, path)
        if len(one.updates) > 1:
            raise Problems([_several(path)])
        self._as_said(one.facts, said, path)
        put(self.root, path, text.encode())
        return Path(path)

    def update(self, word: str, kind: str, said: Said, *, finish: Callable[[str], str] = str) -> Path:
        """Add an update to the file that `word` names; see `find`. Raises Problems, then nothing is written."""
        one = self.find(word, kind)
        text = finish(with_update(one.source, one.path, said))
        after = self.read(text, one.path).updates
        if len(after) != len(one.updates) + 1:
            raise Problems([_several(one.path)])
        added = after[-1] if after[:-1] == one.updates else after[0]
        self._as_said(added.facts, said, one.path)
        put(self.root, one.path, text.encode(), one.source.encode())
        return Path(one.path)

    def all(self, kind: str) -> list[Written]:
        """The good files of a kind by path. Broken ones are not among them: `check` tells of those."""
        read, _, _ = people.read_all(self._files(), self._names, now=self.now, zone=self.config.page.timezone)
        return [one for one in read if one.kind == kind]

    def find(self, word: str, kind: str) -> Written:
        """The file whose id is `word` or alone holds it; for "" the only one that is open."""
        known = {one.id: one for one in self.all(kind)}
        if not word:
            return self._only_open(list(known.values()), kind)
        path = next((path for path in self._files() if PurePosixPath(path).stem == word), None)
        if (
            path is not None and word not in known
        ):  # it is there and broken, or of the other kind: say what of it
            read = self.read(self._text(path), path)
            raise StatuspageError(f"'{word}' is no {kind} but a {read.kind}", where=Where(path))
        fits = [word] if word in known else [key for key in known if word.casefold() in key.casefold()]
        if len(fits) == 1:
            return known[fits[0]]
        what = f"no {kind} is called '{word}'" if not fits else f"'{word}' fits {', '.join(fits)}"
        raise StatuspageError(what, mend=nearest(word, known) if not fits else "write more of the name")

    def read(self, text: str, path: str) -> Written:
        """A file's text as the page would read it. Raises Problems."""
        return people.read(text, path, self._names, now=self.now, zone=self.config.page.timezone)

    def sources(self) -> Mapping[str, str]:
        """The text of every file of the folder by its path, good or broken."""
        return {path: data.decode("utf-8", "replace") for path, data in self._files().items()}

    # --- within ----------------------------------------------------------------------------------

    @property
    def _names(self) -> Mapping[str, str]:
        return {c.id: c.name for c in self.config.components}

    def _files(self) -> Mapping[str, bytes]:
        return people.collect(self.root / FOLDER)[0]

    def _text(self, path: str) -> str:
        return self._files()[path].decode("utf-8")

    def _only_open(self, known: Sequence[Written], kind: str) -> Written:
        running = [one for one in known if not is_over(one)]
        if len(running) == 1:
            return running[0]
        names = ", ".join(one.id for one in running)
        if names:
            raise StatuspageError(f"several are open: {names}", mend="name the one that you mean")
        raise StatuspageError(
            f"no {kind} is open", mend=f"`statuspage {kind} list --all` shows those that were"
        )

    def _as_said(self, facts: Facts, said: Said, path: str) -> None:
        """Refuse a fact that would read as another text: the list under a heading has no quotes for it."""
        for key, value in said.facts:
            kept = getattr(facts, key)
            if isinstance(kept, str) and kept != " ".join(value.split()):
                mend = "write it without ' # ' and without quotes around it"
                raise Problems([Problem(f"{key} would read as '{kept}'", Where(path), mend)])


def checked_id(name: str) -> str:
    """The name, fit to be a file's: it leads to no other folder. Raises StatuspageError."""
    if not people.is_id(name):
        mend = "use letters, digits, - and _, 100 of them at most"
        raise StatuspageError(f"'{shortened(name)}' cannot be an id", mend=mend)
    return name


def _several(path: str) -> Problem:
    return Problem("the text would be more than one update", Where(path), "begin headings inside it with ###")


def is_over(one: Written) -> bool:
    """Whether any of its updates ends it; of a maintenance that recurs each ends one window only."""
    recurs = one.schedule is not None and bool(one.schedule.rule)
    return not recurs and any(update.status in ENDED and not update.draft for update in one.updates)


def newest(one: Written) -> WrittenUpdate:
    """The last word: of the end that the file goes on at."""
    told = [update for update in one.updates if not update.draft]
    first, last = told[0], told[-1]
    return first if first.time and last.time and first.time > last.time else last
