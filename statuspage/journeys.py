"""What people come to do, from what it needs: whether it works, and what of it falls with a component."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from statuspage.model import Needs, State

T = TypeVar("T")

# Of components of which one will do, the best: one that is degraded helps for certain, one that was not measured
# may, and one that is under maintenance is no help.
_HELP = {
    state: n
    for n, state in enumerate(
        (
            State.OPERATIONAL,
            State.DEGRADED,
            State.UNKNOWN,
            State.PARTIAL,
            State.MAJOR,
            State.MAINTENANCE,
        )
    )
}


def state(needs: Needs, states: Mapping[str, State]) -> State:
    """The worst of what is needed, the best of what one will do of; a component that is not in `states` is unknown."""
    return folded(
        needs,
        lambda id_: states.get(id_, State.UNKNOWN),
        every=lambda told: max(told, key=lambda one: one.severity),
        one=lambda told: min(told, key=_HELP.__getitem__),
    )


def holds(needs: Needs, lost: frozenset[str]) -> bool:
    """Whether it can still be done once these components are lost."""
    return folded(needs, lambda id_: id_ not in lost, every=all, one=any)


def folded(
    needs: Needs,
    leaf: Callable[[str], T],
    *,
    every: Callable[[list[T]], T],
    one: Callable[[list[T]], T],
) -> T:
    """The value of the whole from those of the components: `every` where all are needed, `one` where one will do."""
    told = [
        folded(need, leaf, every=every, one=one) if isinstance(need, Needs) else leaf(need)
        for need in needs.of
    ]
    return one(told) if needs.any_one else every(told)
