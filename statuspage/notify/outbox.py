"""What is to be sent now, to whom, and what is not and why: decided from the notices and the ledger alone.

A notice at a target is an Entry of the ledger. Who decides to send writes a claim first, makes it lasting, and sends
only what is still its own when the ledger is read again; so two runs at once send once. The mark that it was sent is
lasting before the next message to that target goes out; so a run that dies repeats one message a target at most.
"""

from dataclasses import replace
from datetime import datetime

from statuspage.deliveries import Entry, Status, as_fact, entries
from statuspage.ledger import Ledger
from statuspage.model import Fact
from statuspage.notices import Delivery
from statuspage.notify.case import Case
from statuspage.notify.known import Known
from statuspage.notify.plan import Plan, Sending, World, back_off


def decide(world: World) -> Plan:
    """What every target is to be told now."""
    known = Known.of(world)
    cases = [Case(world, known, target).decided() for target in world.targets]
    return Plan(
        facts=tuple(fact for case in cases for fact in case.facts),
        sendings=tuple(sending for case in cases for sending in case.sendings),
        reasons=tuple(reason for case in cases for reason in case.reasons),
    )


def still_ours(plan: Plan, ledger: Ledger, run: str) -> list[Sending]:
    """The sendings whose claims hold in the ledger as it is now: others may have been first."""
    ours = {(e.key, e.target) for e in entries(ledger) if e.claimed and e.by == run}
    found = []
    for sending in plan.sendings:
        claims = tuple(one for one in sending.claims if (one.key, one.target) in ours)
        notices = tuple(n for n in sending.notices if (n.key, sending.target.name) in ours)
        if notices:
            found.append(replace(sending, claims=claims, notices=notices))
    return found


def marks(sending: Sending, delivery: Delivery, now: datetime) -> list[Fact]:
    """What became of a sending, for the ledger."""
    return [as_fact(_marked(sending, claim, delivery, now)) for claim in sending.claims]


def put_back(sending: Sending, now: datetime) -> list[Fact]:
    """For the ledger: it was not tried, since the channel failed at another message just now."""
    return [
        as_fact(
            replace(
                claim.became(Status.RETRY, now, "waits: the channel failed at another message"),
                tries=claim.tries - 1,
                next=now + back_off(claim.tries - 1),
            )
        )
        for claim in sending.claims
    ]


def _marked(sending: Sending, claim: Entry, delivery: Delivery, now: datetime) -> Entry:
    if delivery.sent:
        told = {notice.key for notice in sending.notices}
        return claim.became(Status.SENT if claim.key in told else Status.FOLDED, now)
    if not delivery.retry:
        return replace(claim.became(Status.REFUSED, now, delivery.detail), done=delivery.done)
    after = claim.became(Status.RETRY, now, delivery.detail)
    return replace(after, next=now + back_off(claim.tries), done=delivery.done)
