"""Append-only keyed facts that are no samples: what was first seen when. Bytes in, bytes out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from statuspage.errors import Problem, StatuspageError, Where
from statuspage.lines import checksummed, numbered_lines
from statuspage.model import Fact

LEDGER_PATH = "ledger.ndjson"
FIRST_SEEN = frozenset({"component", "incident", "maintenance", "update", "window", "correction"})
"""Kinds whose `at` is when the thing was first seen: of several, the earliest holds. Two runs at once may both be the
first to see it; what came second to the store must not make it younger."""
CLAIMED = frozenset({"outbox"})
"""Kinds that one run at a time works on. Their values say `by` whom, `until` when nobody else may, and `final` when
nothing is to come. The order of the lines decides: of two claims at once the one that the store has first."""
LONGEST_CLAIM = timedelta(minutes=30)
"""One that holds for longer was written by a clock that is ahead: it holds nobody up."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """All facts that hold: the last one of each (kind, key)."""

    _facts: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)

    @classmethod
    def decode(cls, data: bytes, path: str = LEDGER_PATH) -> "tuple[Ledger, list[Problem]]":
        """Read a ledger's lines; a torn last one is dropped with a warning.

        Raises StatuspageError with file:line for any other line that is broken.
        """
        lines, problems = numbered_lines(data, path)
        return cls().with_facts(_fact(line, where) for where, line in lines), problems

    def get(self, kind: str, key: str) -> Fact | None:
        return self._facts.get(kind, {}).get(key)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self._facts)

    def facts(self, kind: str) -> Mapping[str, Fact]:
        """The facts of a kind by key, in the order in which the keys were first written."""
        return MappingProxyType(dict(self._facts.get(kind, {})))

    def with_facts(self, facts: Iterable[Fact]) -> "Ledger":
        """A ledger in which these facts hold too; later ones win, but nothing was first seen later than before."""
        known = {kind: dict(by_key) for kind, by_key in self._facts.items()}
        for fact in facts:
            of_kind = known.setdefault(fact.kind, {})
            before = of_kind.get(fact.key)
            if before and fact.kind in CLAIMED and _stands(before, fact):
                continue
            earlier = before if before and before.at < fact.at and fact.kind in FIRST_SEEN else fact
            of_kind[fact.key] = fact if earlier is fact else replace(fact, at=earlier.at)
        return Ledger(known)


def encode(fact: Fact) -> str:
    """One checksummed line, without its line break."""
    at = fact.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return checksummed({"kind": fact.kind, "key": fact.key, "at": at, "value": dict(fact.value)})


def _stands(before: Fact, fact: Fact) -> bool:
    """Whether a claim of before makes the later one void."""
    if before.value.get("final") or fact.value.get("final"):
        return bool(before.value.get("final"))
    until = _moment(str(before.value.get("until") or ""), fact.at)
    return before.value.get("by") != fact.value.get("by") and fact.at < until <= fact.at + LONGEST_CLAIM


def _moment(text: str, else_: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return else_
    return at if at.tzinfo else else_


def _fact(line: Mapping[str, object], where: Where) -> Fact:
    match line:
        case {"kind": str(kind), "key": str(key), "at": str(at), "value": dict(value)}:
            try:
                moment = datetime.fromisoformat(at)
            except ValueError:
                moment = None
            if moment is not None and moment.tzinfo is not None:
                return Fact(kind=kind, key=key, at=moment.astimezone(UTC), value=value)
    raise StatuspageError(
        "the line is no fact: it needs kind, key, at and value",
        where=where,
        mend="run `statuspage verify`; another version of statuspage may have written it: update statuspage",
    )
