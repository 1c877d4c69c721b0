"""How alike texts are: the cosine between their terms, each weighed by how often it is said and how rare it is.

Rare is told by the texts themselves, so that every language and every page has stop words of its own. TF-IDF with
smoothing: Manning, Raghavan, Schütze, Introduction to Information Retrieval, sections 6.2 to 6.4.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt

Bag = Mapping[str, float]  # how often a text says a term; more where it stands in a title
Vector = Mapping[str, float]  # of length 1, or empty; the rarest term first

ALIKE = 0.33
"""The least cosine of two texts that are called alike. docs/knowledge.md has the figures that it was chosen by."""

ENOUGH = (
    20  # texts that tell what is common: from so many on, a term of more than half of them is a stop word
)
TELLING = 12  # terms of a text, the weightiest, by which others are found
SHARED = 2  # how many of them two texts share before they are compared
NEAREST = 100  # texts that one text is compared with
LATEST = 500  # texts that a term leads to: what stands in more says little
COMPARED = 5  # of each group so many texts are compared with, its first ones


def bag(texts: Iterable[tuple[Iterable[str], float]]) -> Bag:
    """Terms with their weight, added up."""
    counts: defaultdict[str, float] = defaultdict(float)
    for several, weight in texts:
        for term, times in Counter(several).items():
            counts[term] += times * weight
    return counts


def vectors(bags: Sequence[Bag]) -> list[Vector]:
    rarity = Rarity(bags)
    return [rarity.vector(one) for one in bags]


class Rarity:
    """In how many texts each term stands."""

    def __init__(self, bags: Sequence[Bag]) -> None:
        self._texts = len(bags)
        self._standing = Counter(term for one in bags for term in one)

    def vector(self, one: Bag) -> Vector:
        known = sorted((self._standing[term], term) for term in one if not self._common(term))
        weighed = {term: (1 + log(one[term])) * self._weight(standing) for standing, term in known}
        length = sqrt(sum(weight * weight for weight in weighed.values()))
        return {term: weight / length for term, weight in weighed.items()}

    def _common(self, term: str) -> bool:
        return self._texts >= ENOUGH and 2 * self._standing[term] > self._texts

    def _weight(self, standing: int) -> float:
        return 1 + log((1 + self._texts) / (1 + standing))


def cosine(one: Vector, other: Vector) -> float:
    """From 0 (no term is common) to 1 (the same)."""
    short, long = sorted((one, other), key=len)
    return sum(weight * long[term] for term, weight in short.items() if term in long)


def grouped(several: Sequence[Vector], least: float = ALIKE) -> list[int]:
    """The group of each text, by the place of the group's first one. A text joins that to which it is most alike.

    Quick, as only those are compared that share `SHARED` of their weightiest terms, and of these the nearest: the
    time grows with the number of texts, not with its square.
    """
    index: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=LATEST))  # texts by term
    members: Counter[int] = Counter()
    found: list[int] = []
    for n, vector in enumerate(several):
        telling = sorted(vector, key=lambda term: (-vector[term], term))[:TELLING]
        near = _near(telling, index)
        likest = max(near, key=lambda place: (cosine(vector, several[place]), -place), default=None)
        alone = likest is None or cosine(vector, several[likest]) < least
        group = n if likest is None or alone else found[likest]
        found.append(group)
        members[group] += 1
        if members[group] <= COMPARED:
            for term in telling:
                index[term].append(n)
    return found


def _near(telling: Sequence[str], index: Mapping[str, Iterable[int]]) -> list[int]:
    """Places of the texts that share most of the terms."""
    shared: Counter[int] = Counter()
    for term in telling:
        shared.update(index.get(term, ()))
    enough = min(SHARED, len(telling))
    return sorted(
        sorted(place for place in shared if shared[place] >= enough), key=lambda place: -shared[place]
    )[:NEAREST]
