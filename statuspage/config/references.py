"""Ids, names and what refers to them: judged on the whole list, before each component is read."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from statuspage.config.options import Dependency
from statuspage.errors import nearest
from statuspage.yamlfile import Key, Value


@dataclass(frozen=True, slots=True)
class Head:
    """What other components refer to. Values of a wrong shape are left out: their own check refuses them."""

    name: str
    id: str  # "": none can be told
    was: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    path: tuple[Key, ...]
    what: str
    mend: str


def slug(name: str) -> str:
    """A name as an id of at most 80 characters; "" when it has letters and none that folds to ASCII."""
    folded = unicodedata.normalize("NFKD", name.casefold().translate(_FOLDS))
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    foreign = any(c.isalpha() and not c.isascii() for c in plain) and not re.search("[a-z]", plain)
    return "" if foreign else re.sub("[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")


_FOLDS = str.maketrans(  # what NFKD does not take apart
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i"}
)


def head(item: Value) -> Head:
    if not isinstance(item, dict):
        return Head("", "", ())
    name, given, was = item.get("name"), item.get("id"), item.get("was")
    name = name.strip() if isinstance(name, str) else ""
    id_ = given if isinstance(given, str) else slug(name)
    return Head(name, id_, tuple(w for w in was if isinstance(w, str)) if isinstance(was, list) else ())


def equal_ids(heads: Sequence[Head]) -> Iterator[Conflict]:
    """Ids and former ids are all distinct."""
    first: dict[str, Head] = {}
    for n, one in enumerate(heads):
        for key, id_ in [("id", one.id), *(("was", old) for old in one.was)]:
            if id_ and id_ in first:
                mend = f"'{first[id_].name}' has it already: write another id:"
                yield Conflict(("components", n, key), f"the id '{id_}' stands here twice", mend)
            elif id_:
                first[id_] = one


def dependencies(
    items: Sequence[Value], heads: Sequence[Head]
) -> tuple[list[tuple[Dependency, ...]], list[Conflict]]:
    """What each component depends on, as far as its words can be resolved."""
    conflicts: list[Conflict] = []
    depends: list[tuple[Dependency, ...]] = []
    for n, item in enumerate(items):
        found: dict[str, Dependency] = {}
        for i, name, strength in _written(item):
            path = ("components", n, "depends_on", i)
            ids = named(name, heads)
            if len(ids) != 1:
                conflicts.append(unclear(path, name, ids, heads, "depends on"))
            elif ids[0] in found:
                conflicts.append(Conflict(path, f"depends on '{name}' twice", "delete one"))
            elif ids[0]:
                found[ids[0]] = Dependency(ids[0], soft=strength == "soft")
        depends.append(tuple(found.values()))
    return depends, conflicts


def named(word: str, heads: Sequence[Head]) -> list[str]:
    """Ids of the components that a word means: the one of that id, else all of that name."""
    return [h.id for h in heads if h.id == word] or [h.id for h in heads if h.name == word]


def unclear(
    path: tuple[Key, ...], word: str, ids: Sequence[str], heads: Sequence[Head], verb: str
) -> Conflict:
    """A word that does not mean one component; `ids` is what `named` gives. `verb`: depends on, needs."""
    if not ids:
        mend = nearest(word, {told for h in heads for told in (h.name, h.id) if told})
        return Conflict(path, f"{verb} the unknown component '{word}'", mend)
    mend = f"write the id of one: {', '.join(ids)}"
    return Conflict(path, f"'{word}' is the name of {len(ids)} components", mend)


def circle(heads: Sequence[Head], depends: Sequence[Sequence[Dependency]]) -> Iterator[Conflict]:
    """A circle of dependencies, if there is one: what stays when all is taken away that needs nothing left."""
    left = {h.id: {d.id for d in some} for h, some in zip(heads, depends, strict=True) if h.id}
    while free := [id_ for id_, needs in left.items() if not needs & left.keys()]:
        for id_ in free:
            del left[id_]
    if not left:
        return
    walk = [next(iter(left))]
    while walk[-1] not in walk[:-1]:
        walk.append(min(left[walk[-1]] & left.keys()))
    around = walk[walk.index(walk[-1]) :]
    n = next(n for n, one in enumerate(heads) if one.id == around[0])
    what = f"components depend on each other in a circle: {' > '.join(around)}"
    yield Conflict(("components", n, "depends_on"), what, "take one of these dependencies out")


def _written(item: Value) -> Iterator[tuple[int, str, Value]]:
    """Index, name and strength of each dependency of the right shape."""
    depends_on = item.get("depends_on") if isinstance(item, dict) else None
    for i, one in enumerate(depends_on if isinstance(depends_on, list) else ()):
        pairs = [(one, "hard")] if isinstance(one, str) else one.items() if isinstance(one, dict) else ()
        for name, strength in pairs:
            yield i, name, strength
