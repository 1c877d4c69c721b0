"""Which incidents came again, and in what they are alike."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from statuspage.knowledge.likeness import ENOUGH, Bag, bag, grouped, vectors
from statuspage.knowledge.words import terms
from statuspage.model import CauseClass, Incident, IncidentStatus

WINDOW = timedelta(days=90)
MANY = 100  # a longer count is told as "more than" that
TITLE, UPDATE = 3, 1  # how much a word of a title or a cause says, and one of an update


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier incident, and why it is held to be the same trouble."""

    incident: Incident
    components: tuple[str, ...]  # those in common, where the class of the cause is the same too
    alike: bool  # by its text


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The `nth` time in `WINDOW`, at least the second; of `before`, newest first, no more than `MANY`."""

    nth: int
    before: tuple[Before, ...]

    @property
    def many(self) -> bool:
        """Whether there were more than are counted."""
        return self.nth > MANY


def alike_groups(incidents: Sequence[Incident]) -> list[int]:
    """By the likeness of their texts: for each its group's first one, by place. Oldest first."""
    return grouped(vectors([_bag(one, whole=len(incidents) >= ENOUGH) for one in incidents]))


def recurrences(
    incidents: Sequence[Incident], groups: Sequence[int], hidden: frozenset[str] = frozenset()
) -> Mapping[str, Recurrence]:
    """By id, of those that are not the first. `incidents` are oldest first, `groups` what `alike_groups` gives.

    The same trouble is one of the same component with the same class of cause, or one whose text is alike, as
    long as the two name a common component or one of them names none. `hidden` components make nothing alike.
    """
    shelf = _Shelf(incidents, groups, hidden)
    found: dict[str, Recurrence] = {}
    for n, one in enumerate(incidents):
        before = tuple(shelf.before(n))
        if before:
            found[one.id] = Recurrence(1 + len(before), before[:MANY])
        shelf.put(n)
    return found


class _Shelf:
    """Incidents so far, each where a later one of the same trouble will look."""

    def __init__(self, incidents: Sequence[Incident], groups: Sequence[int], hidden: frozenset[str]) -> None:
        self._incidents, self._groups = incidents, groups
        self._named = [frozenset(one.worst) - hidden for one in incidents]
        self._of_cause: defaultdict[tuple[str, CauseClass], list[int]] = defaultdict(list)
        self._of_text: defaultdict[int, list[int]] = defaultdict(list)

    def put(self, n: int) -> None:
        for key in self._causes(n):
            self._of_cause[key].append(n)
        self._of_text[self._groups[n]].append(n)

    def before(self, n: int) -> Iterator[Before]:
        """Newest first, one more than `MANY` at most."""
        common: defaultdict[int, list[str]] = defaultdict(list)
        for key in self._causes(n):
            for earlier in self._recent(n, self._of_cause[key]):
                common[earlier].append(key[0])
        alike = {m for m in self._recent(n, self._of_text[self._groups[n]]) if self._may_be_one(n, m)}
        for m in sorted({*common, *alike}, reverse=True)[:MANY]:
            yield Before(self._incidents[m], tuple(common.get(m, ())), m in alike)

    def _recent(self, n: int, places: Sequence[int]) -> Sequence[int]:
        since = self._incidents[n].started - WINDOW
        first = bisect_left(places, since, key=lambda place: self._incidents[place].started)
        return places[max(first, len(places) - MANY) :]

    def _causes(self, n: int) -> Iterator[tuple[str, CauseClass]]:
        cause = self._incidents[n].cause_class
        if cause is not CauseClass.UNKNOWN:
            yield from ((component, cause) for component in sorted(self._named[n]))

    def _may_be_one(self, n: int, m: int) -> bool:
        one, other = self._named[n], self._named[m]
        return not one or not other or not one.isdisjoint(other)


def _bag(one: Incident, *, whole: bool) -> Bag:
    """`whole`: with its updates, once there are enough texts to tell set phrases from what matters."""
    texts: list[tuple[Iterable[str], float]] = [(terms(one.title), TITLE), (terms(one.cause), TITLE)]
    if whole:  # oldest first: what was noticed comes before what was done
        told = [update.text for update in reversed(one.updates) if update.status != IncidentStatus.POSTMORTEM]
        texts.append((terms("\n".join(told)), UPDATE))
    return bag(texts)
