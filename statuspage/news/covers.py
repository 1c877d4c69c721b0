"""What speaks for a component's trouble already: planned work, an incident, the trouble of what it depends on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from statuspage.declared import took_place, work_span
from statuspage.intervals import Interval, clip, subtract
from statuspage.model import ComponentStatus, Snapshot
from statuspage.news.episodes import Episode, episodes

ROUND = timedelta(minutes=3)  # what fails in the same round may be asked after what fails because of it
AFTER = timedelta(minutes=10)  # what speaks for trouble and is over speaks for as much of it as comes after
LATELY = timedelta(days=7)  # what was over before that is no news to anybody
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cover:
    """A time in which somebody or something else has the word."""

    time: Interval
    why: str  # for operators


class World:
    """All the trouble of a snapshot's components, those that are not on the page with them."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.components: Mapping[str, ComponentStatus] = {
            c.id: c for c in (*snapshot.components, *snapshot.hidden)
        }
        self.public = [c.id for c in snapshot.components]
        self._known_folds: dict[tuple[str, bool], tuple[str, ...]] = {}

    @cached_property
    def troubles(self) -> Mapping[str, tuple[Episode, ...]]:
        now = self.snapshot.now
        return {
            id_: tuple(one for one in episodes(c, now) if one.end is None or one.end > now - LATELY)
            for id_, c in self.components.items()
        }

    def affected(self, root: Episode) -> tuple[str, ...]:
        """What is in trouble together with it and needs it; the page's order. The page says nothing of what is not
        on it, nor does a word about what is.
        """
        time, now = self._cover_of(root), self.snapshot.now
        return tuple(
            id_
            for id_ in self._followers.get(root.component.id, ())
            if (id_ in self.public or root.component.id not in self.public)
            and any(
                time.start < one.lasted(now).end and one.start < time.end and self._follows(one, root)
                for one in self.troubles[id_]
            )
        )

    def _follows(self, one: Episode, root: Episode) -> bool:
        return root.component.id in self._folds(one.component.id, slow=one.slow)

    @cached_property
    def _followers(self) -> Mapping[str, list[str]]:
        """What may follow from a component's trouble, by its id."""
        found: dict[str, list[str]] = {}
        for id_ in self.components:
            for root in self._folds(id_, slow=True):
                found.setdefault(root, []).append(id_)
        return found

    def work(self, id_: str) -> list[Cover]:
        """Maintenance that names it."""
        spans = (work_span(m) for m in self.snapshot.maintenances if id_ in m.components and took_place(m))
        return [Cover(Interval(s.start, s.end), "it is under maintenance") for s in spans]

    def incidents(self, id_: str) -> list[Cover]:
        """Incidents that name it, from when a run first saw them."""
        return [
            Cover(Interval(i.created, i.resolved or FAR), f"the incident {i.id} tells of it")
            for i in self.snapshot.incidents
            if id_ in i.worst and (i.resolved is None or i.resolved > i.created)
        ]

    def roots(self, one: Episode) -> list[Cover]:
        """The trouble of all that it needs, however far away, and of what stands for that on the page."""
        return [
            Cover(self._cover_of(trouble), f"it follows from {trouble.component.id}")
            for id_ in self._folds(one.component.id, slow=one.slow)
            for trouble in self.troubles[id_]
            if trouble.annulled is None
        ]

    def _cover_of(self, trouble: Episode) -> Interval:
        return Interval(trouble.start - ROUND, trouble.end or FAR)

    def _folds(self, id_: str, *, slow: bool) -> tuple[str, ...]:
        """What its trouble may follow from. What is not on the page is never named to the public: there the first
        of those that need it stands for all of them.
        """
        if (id_, slow) not in self._known_folds:
            self._known_folds[id_, slow] = tuple(self._found_folds(id_, slow=slow))
        return self._known_folds[id_, slow]

    def _found_folds(self, id_: str, *, slow: bool) -> Iterator[str]:
        needed = list(self._needed(id_, slow=slow))
        hidden = {other for other in needed if other not in self.public} if id_ in self.public else set()
        yield from (other for other in needed if other not in hidden)
        before = self.public[: self.public.index(id_)] if hidden else []
        for other in before:
            if other not in needed and hidden & {*self._needed(other, slow=False)}:
                yield other

    def _needed(self, id_: str, *, slow: bool) -> Iterator[str]:
        """The nearest first. What merely slows or limits it explains nothing worse than that."""
        reached = [id_]
        for near in reached:  # it grows on the way
            known = self.components[near]
            for further in known.depends_on:
                usable = slow or further not in known.soft
                if usable and further in self.components and further not in reached:
                    reached.append(further)
                    yield further


def word(time: Interval, covers: Iterable[Cover]) -> tuple[datetime | None, str]:
    """When there is something to tell by itself, and why not if there is nothing.

    What is left over after something that spoke for it counts only once it has lasted.
    """
    known = list(covers)
    left = subtract([time], [cover.time for cover in known])
    parts = [part for part in left if part.start == time.start or part.end - part.start >= AFTER]
    if parts:
        return parts[0].start, ""
    return None, _reason(time, known)


def _reason(time: Interval, covers: Sequence[Cover]) -> str:
    last = Interval(time.end - timedelta(seconds=1), time.end)
    at_the_end = [cover for cover in covers if clip([cover.time], last)]
    return next((cover.why for cover in (*at_the_end, *covers) if clip([cover.time], time)), "")
