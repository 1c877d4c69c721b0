"""Foreign components into components.yaml: a whole new file, or the block that an existing one lacks."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from statuspage.authoring import IMPORTED, scalar
from statuspage.config import Config, load, slug
from statuspage.errors import StatuspageError
from statuspage.importers.foreign import Component, Foreign, Group, Note, source_of
from statuspage.importers.words import line

MANUAL = {"type": "manual"}


@dataclass(frozen=True, slots=True)
class Known:
    """The components.yaml that is there."""

    config: Config
    text: str

    @property
    def lists_groups(self) -> bool:
        """Whether its groups stand in a list of their own; else they come from their members."""
        return isinstance(self.config.source.value, dict) and "groups" in self.config.source.value


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the foreign components are, or will be."""

    ids: Mapping[str, str]  # our id by their key
    names: Mapping[str, str]  # all names by our id, those of the file that is there too
    missing: Mapping[str, str]  # names by key of those that the file that is there lacks
    text: str  # of a whole new file
    block: str  # to be added to the one that is there; "" when it lacks nothing
    notes: tuple[Note, ...]


def placed(foreign: Foreign, known: Known | None, now: datetime) -> Placed:
    """Each component is found again by the remark beside its id, else by its name. Raises StatuspageError."""
    notes: list[Note] = []
    fit = [_fitting(component, notes) for component in foreign.components]
    found = _found(fit, foreign.system, known) if known else {}
    fresh = [one for one in fit if one.key not in found]
    taken = {old for c in known.config.components for old in (c.id, *c.was)} if known else set[str]()
    ids = {**found, **_new_ids(fresh, taken)}
    groups = _groups(foreign, fresh, known)
    block = "\n".join(_block(groups, fresh, ids, foreign.system)) if fresh else ""
    if known is None and not fresh:
        mend = "write components.yaml first: `statuspage init`"
        raise StatuspageError("nothing there names a component, and a page has at least one", mend=mend)
    text = ""
    if known is None:
        head, more = _head(foreign, now)
        notes += more
        text = f"{head}{block}\n"
        load(text, "components.yaml", {})
    names = {c.id: c.name for c in known.config.components} if known else {}
    names |= {ids[one.key]: one.name for one in fresh}
    missing = {one.key: one.name for one in fresh} if known else {}
    return Placed(ids, names, missing, text, block if known else "", tuple(notes))


# --- finding again -------------------------------------------------------------------------------


def _found(some: Sequence[Component], system: str, known: Known) -> dict[str, str]:
    """Our ids by their keys, of components that the file has."""
    by_source = _remarked(known)
    found = {
        one.key: by_source[source] for one in some if (source := source_of(system, one.key)) in by_source
    }
    free = [c for c in known.config.components if c.id not in found.values()]
    for one in (one for one in some if one.key not in found):
        alike = [c for c in free if c.name.casefold() == one.name.casefold()]
        same = next((c for c in alike if (c.group or "") == one.group), alike[0] if len(alike) == 1 else None)
        if same:
            found[one.key] = same.id
            free.remove(same)
    return found


def _remarked(known: Known) -> dict[str, str]:
    """Ids by what stands in the remark beside them."""
    lines = known.text.split("\n")
    remark = re.compile(rf"\bid: *['\"]?([a-z0-9-]+)['\"]? +{re.escape(IMPORTED)}(.+?)\s*$")
    ids = {c.id for c in known.config.components}
    return {m[2]: m[1] for one in lines if (m := remark.search(one)) and m[1] in ids}


def _new_ids(some: Sequence[Component], taken: set[str]) -> dict[str, str]:
    """A permanent id for each: of its name, of group and name where that is taken, then numbered."""
    ids: dict[str, str] = {}
    for one in some:
        stem = slug(one.name) or "component"
        tries = [stem, slug(f"{one.group} {one.name}")]
        tries += [f"{stem[:70].strip('-')}-{n}" for n in range(2, len(taken) + 3)]
        ids[one.key] = next(id_ for id_ in tries if id_ and id_ not in taken)
        taken.add(ids[one.key])
    return ids


# --- writing -------------------------------------------------------------------------------------


def _fitting(component: Component, notes: list[Note]) -> Component:
    """The component as it can be read; without its probe when that is refused."""
    if component.options == MANUAL:
        return component
    try:
        text = "\n".join(["components:", *_item(component, "x", "x")])
        load(text, "components.yaml", {})
    except StatuspageError as error:
        why = line(error.problems[0].what, 200)
        notes.append(Note(f"{component.name}: its probe cannot be taken ({why}); it is manual for now"))
        return replace(component, options=MANUAL)
    return component


def _groups(foreign: Foreign, fresh: Sequence[Component], known: Known | None) -> list[Group]:
    """Those that new components are in and the file does not have; none where it lists none."""
    if known and not known.lists_groups:
        return []
    there = {group.name for group in known.config.groups} if known else set[str]()
    wanted = {one.group for one in fresh}
    return [group for group in foreign.groups if group.name in wanted - there]


def _head(foreign: Foreign, now: datetime) -> tuple[str, list[Note]]:
    """The page, as far as its keys can be taken."""
    notes: list[Note] = []
    lines = [f"# Written by `statuspage import {foreign.system}`; now it is yours.", "page:"]
    for key, value in (("name", foreign.name), ("url", foreign.url), ("timezone", foreign.timezone)):
        told = f"  {key}: {scalar(line(value, 100 if key == 'name' else 300))}"
        try:
            load(f"page:\n{told}\ncomponents: [{{name: x, type: manual}}]\n", "components.yaml", {})
        except StatuspageError as error:
            if value:
                notes.append(Note(f"page.{key}: {line(error.problems[0].what, 200)}"))
            continue
        if value:
            lines.append(told)
    if foreign.url:
        notes.append(
            Note(f"page.url is that of the former page, {line(foreign.url, 200)}: write the new one")
        )
    return "\n".join([*lines, f"  since: {now:%Y}", "", ""]), notes


def _block(
    groups: Sequence[Group], fresh: Sequence[Component], ids: Mapping[str, str], system: str
) -> Iterator[str]:
    if groups:
        yield "groups:"
        for group in groups:
            yield f"  - name: {scalar(group.name)}"
            if group.description:
                yield f"    description: {scalar(group.description)}"
            if group.collapsed:
                yield "    collapsed: true"
        yield ""
    yield "components:"
    for one in fresh:
        yield from _item(one, ids[one.key], source_of(system, one.key))


def _item(one: Component, id_: str, source: str) -> Iterator[str]:
    yield f"  - name: {scalar(one.name)}"
    yield f"    id: {id_} {IMPORTED}{source}"
    if one.group:
        yield f"    group: {scalar(one.group)}"
    if one.description:
        yield f"    description: {scalar(one.description)}"
    for key, value in one.options.items():
        told = scalar(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f"    {key}: {told}"
