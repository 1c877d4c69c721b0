"""`journeys:` of the file, and whether the components that they need are there."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from statuspage.config.continuity import MOST_JOURNEYS, JourneyOptions, by_language
from statuspage.config.findings import Findings, Path
from statuspage.config.references import Head, named, slug, unclear
from statuspage.config.refusals import validated
from statuspage.model import Journey, Needs
from statuspage.yamlfile import Value


def journeys(
    items: Sequence[Value], components: Sequence[Value], heads: Sequence[Head], findings: Findings
) -> tuple[Journey, ...]:
    """Those of the file, what is wrong with them told to the findings. `heads`: those of the `components`."""
    if len(items) > MOST_JOURNEYS:
        what = f"{len(items)} journeys, at most {MOST_JOURNEYS} are shown"
        findings.refuse(("journeys",), what, "name what most people come to do")
        return ()
    reader = _Reader(heads, _hidden(components, heads), findings)
    read = (reader.journey(item, ("journeys", n)) for n, item in enumerate(items))
    return tuple(journey for journey in read if journey)


@dataclass(slots=True)
class _Reader:
    heads: Sequence[Head]
    hidden: frozenset[str]  # ids of components that are not on the page
    findings: Findings
    seen: dict[str, str] = field(default_factory=dict)  # names by id

    def journey(self, item: Value, path: Path) -> Journey | None:
        options, refusals = validated(JourneyOptions, item)
        self.findings.refuse_all(path, refusals)
        written = item.get("needs") if isinstance(item, dict) else None
        needs = Needs(self._needs(written, (*path, "needs")))
        if options is None:
            return None
        name = by_language(options.name)
        return Journey(
            id=self._id(options.id, next(iter(name.values())), path),
            name=name,
            needs=needs,
            workaround=by_language(options.workaround),
        )

    def _id(self, given: str, name: str, path: Path) -> str:
        id_ = given or slug(name)
        if not id_:
            mend = "give it an id: of the letters a to z, digits and hyphens; it is permanent"
            self.findings.refuse((*path, "name"), f"no id can be made of the name '{name}'", mend)
        elif id_ in self.seen:
            mend = f"'{self.seen[id_]}' has it already: write another id:"
            self.findings.refuse((*path, "id"), f"the journey '{id_}' stands here twice", mend)
        self.seen.setdefault(id_, name)
        return id_

    def _needs(self, several: Value, path: Path) -> tuple[str | Needs, ...]:
        """Values of a wrong shape are left out: the type of the key refuses them."""
        found: dict[str | Needs, None] = {}
        for n, one in enumerate(several if isinstance(several, list) else ()):
            need = self._need(one, (*path, n))
            if need in found:
                what = f"needs '{one}' twice" if isinstance(one, str) else "needs the same twice"
                self.findings.refuse((*path, n), what, "delete one")
            elif need:
                found[need] = None
        return tuple(found)

    def _need(self, one: Value, path: Path) -> str | Needs | None:
        if isinstance(one, str):
            return self._component(one, path)
        word = next((word for word in ("any", "all") if isinstance(one, dict) and word in one), None)
        if word is None or not isinstance(one, dict):
            return None
        return Needs(self._needs(one[word], (*path, word)), any_one=word == "any")

    def _component(self, word: str, path: Path) -> str | None:
        ids = named(word, self.heads)
        if len(ids) != 1:
            conflict = unclear(path, word, ids, self.heads, "needs")
            self.findings.refuse(path, conflict.what, conflict.mend)
            return None
        if ids[0] in self.hidden:
            what = f"needs '{word}', which is not on the page: readers would learn of its state"
            self.findings.refuse(path, what, "name what they use of it, or take its public: false out")
        return ids[0]


def _hidden(components: Sequence[Value], heads: Sequence[Head]) -> frozenset[str]:
    return frozenset(
        one.id
        for one, item in zip(heads, components, strict=True)
        if isinstance(item, dict) and item.get("public") is False
    )
