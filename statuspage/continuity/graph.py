"""What falls with a component, from `depends_on` and the journeys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from statuspage.journeys import holds
from statuspage.model import ComponentStatus, Journey


@dataclass(frozen=True, slots=True)
class Fall:
    """What is lost when one component is."""

    components: tuple[str, ...]  # that cannot do without it, in the order of the page
    journeys: tuple[str, ...]  # that cannot be done


def falls(components: Sequence[ComponentStatus], journeys: Sequence[Journey]) -> dict[str, Fall]:
    """By component. Soft dependencies slow and do not fall; of those where one will do, all must be lost."""
    needed_by = _needed_by(components)
    found = {}
    for component in components:
        lost = _reached(component.id, needed_by)
        found[component.id] = Fall(
            components=tuple(one.id for one in components if one.id in lost and one.id != component.id),
            journeys=tuple(one.id for one in journeys if not holds(one.needs, lost)),
        )
    return found


def _needed_by(components: Sequence[ComponentStatus]) -> Mapping[str, Sequence[str]]:
    """By component, those that cannot do without it."""
    found: dict[str, list[str]] = {}
    for component in components:
        for id_ in component.depends_on:
            if id_ not in component.soft:
                found.setdefault(id_, []).append(component.id)
    return found


def _reached(id_: str, needed_by: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The component and all that fall with it, however far away."""
    lost, waiting = {id_}, [id_]
    while waiting:
        further = [one for one in needed_by.get(waiting.pop(), ()) if one not in lost]
        lost.update(further)
        waiting += further
    return frozenset(lost)
