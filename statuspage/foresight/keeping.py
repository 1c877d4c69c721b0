"""What was found, as a fact of the ledger: the history is looked through once a day, and not at each build."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from statuspage.ledger import Ledger
from statuspage.model import Early, Fact, Foresight, Track, Warned

KIND = "foresight"
"""Kind of the facts; their key is the UTC day that they hold for."""


def kept(ledger: Ledger, now: datetime) -> Foresight | None:
    """That of today; None where nobody has looked, or a later version wrote it in another way."""
    fact = ledger.get(KIND, _key(now))
    try:
        return _read(fact.value) if fact else None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


def keepable(found: Foresight, now: datetime) -> Fact:
    told = [
        {
            "kind": one.kind.value,
            "component": one.component,
            "since": one.since and one.since.isoformat(),
            "now": one.now,
            "usual": one.usual,
        }
        for one in found.warnings
    ]
    tracks = {kind.value: [t.came_true, t.judged, t.by_chance] for kind, t in found.tracks.items()}
    return Fact(kind=KIND, key=_key(now), at=now, value={"found": told, "tracks": tracks})


def _key(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _read(value: Mapping[str, Any]) -> Foresight:
    return Foresight(
        tuple(_warned(one) for one in value["found"]),
        {Early(kind): _track(*told) for kind, told in value["tracks"].items()},
    )


def _track(true: int, judged: int, chance: float | None) -> Track:
    return Track(int(true), int(judged), None if chance is None else float(chance))


def _warned(one: Mapping[str, Any]) -> Warned:
    since = datetime.fromisoformat(one["since"])
    kind, now, usual = Early(one["kind"]), float(one["now"]), float(one["usual"])
    if since.tzinfo is None or not (isfinite(now) and isfinite(usual)):
        raise ValueError("no time or no figure")
    if usual <= 0 and kind is not Early.FLAKED:
        raise ValueError("nothing to compare with")
    return Warned(kind=kind, component=str(one["component"]), since=since, now=now, usual=usual)
