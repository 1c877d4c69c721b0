"""What drills came to, as facts of the ledger."""

from datetime import timedelta

from statuspage.ledger import Ledger
from statuspage.model import Fact, Rehearsal

LEDGER_KIND = "drill"
"""The ledger's kind of a component's last drill, by its id."""


def rehearsals(ledger: Ledger) -> dict[str, Rehearsal]:
    """By component, the last drill that was kept."""
    return {id_: _rehearsal(fact) for id_, fact in ledger.facts(LEDGER_KIND).items()}


def _rehearsal(fact: Fact) -> Rehearsal:
    spans = [fact.value.get(key) for key in ("detected_s", "told_s", "recovered_s")]
    detected, told, recovered = (timedelta(seconds=s) if isinstance(s, int) else None for s in spans)
    passed = fact.value.get("passed") is True
    return Rehearsal(fact.at, str(fact.value.get("fault") or ""), passed, detected, told, recovered)
