"""Mutes: for a while no message tells of a component. It is probed, kept and shown as ever."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from statuspage.config import ComponentOptions
from statuspage.ledger import Ledger
from statuspage.model import Fact

MUTE = "mute"
"""The ledger's kind of a mute's fact; its key is the component's id. The last one of a component holds."""

LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute in force."""

    component: str  # its id
    name: str
    since: datetime
    until: datetime
    why: str  # for the operator alone: it is in no file of the site

    def __str__(self) -> str:
        """What may be read by anybody."""
        return f"{self.name} is muted until {self.until:%Y-%m-%d %H:%M} UTC"


def muted(component: str, now: datetime, until: datetime, why: str) -> Fact:
    """The fact that messages about the component are held from `now` to `until`."""
    return Fact(kind=MUTE, key=component, at=now, value={"until": _told(until), "why": why})


def unmuted(component: str, now: datetime) -> Fact:
    """The fact that they are not held any more."""
    return Fact(kind=MUTE, key=component, at=now, value={"until": _told(now)})


def mutes(ledger: Ledger, components: Iterable[ComponentOptions], now: datetime) -> tuple[Mute, ...]:
    """Those in force at `now`, in the order of the components; each ends by itself."""
    return tuple(found for component in components if (found := _in_force(ledger, component, now)))


def _in_force(ledger: Ledger, component: ComponentOptions, now: datetime) -> Mute | None:
    """By its newest fact, whatever the component was called then."""
    newest = max(_facts(ledger, component), key=lambda fact: fact.at, default=None)
    until = _read(newest) if newest else None
    if newest is None or until is None or not newest.at <= now < until:
        return None
    return Mute(component.id, component.name, newest.at, until, str(newest.value.get("why", "")))


def _facts(ledger: Ledger, component: ComponentOptions) -> Iterator[Fact]:
    for key in (component.id, *component.was):  # of one moment the present id's holds
        if fact := ledger.get(MUTE, key):
            yield fact


def _told(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(fact: Fact) -> datetime | None:
    """When it ends; None: that cannot be read, so nothing is held."""
    try:
        until = datetime.fromisoformat(str(fact.value.get("until")))
    except ValueError:
        return None
    return until if until.tzinfo else None
