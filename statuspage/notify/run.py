"""A run that tells people: what is due is decided, claimed for good, sent, and what became of it is kept."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from statuspage.archive import read_ledger, write_facts
from statuspage.config import Target
from statuspage.deliveries import acknowledged
from statuspage.errors import StatuspageError
from statuspage.ledger import Ledger
from statuspage.model import Fact, Snapshot
from statuspage.mutes import mutes
from statuspage.news import notices
from statuspage.notices import Delivery, Message, Notice
from statuspage.notify.escalation import alarms, escalations, failures
from statuspage.notify.letters import letter
from statuspage.notify.outbox import marks, put_back, still_ours
from statuspage.notify.plan import Plan, Sending, World
from statuspage.pipeline import Project, look

BUDGET = timedelta(minutes=5)
"""Nothing is begun later than this after the claims; the longest delivery still ends within deliveries.LEASE."""

WITHIN = timedelta(seconds=30)  # one delivery
ASKING = timedelta(seconds=10)  # a pager, whether somebody has acknowledged
MOST_ALARMS = 20  # that are asked about in one run

Wanted = tuple[Target, Message, Collection[int]]
Deliver = Callable[[Sequence[Wanted], datetime, timedelta], Iterable[tuple[int, Delivery]]]
"""Send all of them at once: places in the sequence and what became of each."""


class Words(Protocol):
    """The message of a notice for a target."""

    def __call__(self, notice: Notice, target: Target, *, page_late: bool) -> Message: ...


Ask = Callable[[Target, str, timedelta], datetime | None]
"""When somebody acknowledged the alarm of a thread."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one sending."""

    sending: Sending
    subject: str
    delivery: Delivery


def world(
    project: Project, snapshot: Snapshot, ledger: Ledger, now: datetime, run: str, page: datetime | None
) -> World:
    """`page`: of when the public page is that readers find now; None: there is none to be had."""
    targets = project.config.notify
    news = (*notices(snapshot), *failures(ledger, now))
    on_page = _keys(project, page, now)
    return World(
        targets=targets,
        notices=news,
        ledger=ledger,
        now=now,
        run=run,
        muted={one.component for one in mutes(ledger, project.config.components, now)},
        shown=lambda notice: page is not None and notice.at <= page and notice.key in on_page,
        escalations=escalations(targets, news, ledger, now),
    )


def acknowledgements(
    targets: Sequence[Target], news: Sequence[Notice], ledger: Ledger, now: datetime, ask: Ask
) -> list[Fact]:
    """What pagers know of alarms that ring."""
    found: dict[str, Fact] = {}
    for alarm in [*alarms(targets, news, ledger, now)][-MOST_ALARMS:]:
        thread = alarm.entry.thread
        at = None if thread in found else ask(alarm.target, thread, ASKING)
        if at is not None:
            found[thread] = acknowledged(thread, alarm.target.name, at)
    return list(found.values())


def send(
    project: Project, plan: Plan, run: str, words: Words, deliver: Deliver, clock: Callable[[], datetime]
) -> Iterator[Told]:
    """Do what was decided. One message a target at a time, its mark kept before the next; targets all at once."""
    began = clock()
    keep(project, plan.facts, "decided")
    if not plan.sendings:
        return
    waiting: dict[str, list[Sending]] = {}
    for sending in still_ours(plan, read_ledger(project.records)[0], run):
        waiting.setdefault(sending.target.name, []).append(sending)
    while waiting:
        if clock() - began > BUDGET:
            rest = [sending for some in waiting.values() for sending in some]
            keep(project, [fact for one in rest for fact in put_back(one, clock())], "put back")
            return
        told = _wave([some.pop(0) for some in waiting.values()], words, deliver, clock())
        facts = [fact for one in told for fact in marks(one.sending, one.delivery, clock())]
        for one in told:
            if one.delivery.retry:  # the channel is in trouble: what comes after would wait for nothing
                later = waiting.pop(one.sending.target.name)
                facts += [fact for sending in later for fact in put_back(sending, clock())]
        keep(project, facts, "sent")
        yield from told
        waiting = {name: some for name, some in waiting.items() if some}


def worded(sending: Sending, words: Words) -> list[Message]:
    """The messages of its notices."""
    return [words(notice, sending.target, page_late=sending.page_late) for notice in sending.notices]


def _wave(sendings: Sequence[Sending], words: Words, deliver: Deliver, now: datetime) -> list[Told]:
    """One message to each of several targets."""
    made: list[tuple[Sending, Message]] = []
    told: dict[int, Told] = {}
    for sending in sendings:
        try:
            messages = worded(sending, words)
        except StatuspageError as error:  # a template of the operator's
            trouble = Delivery(sent=False, retry=True, detail=f"no words: {error.problems[0].what}")
            told[id(sending)] = Told(sending, sending.key, trouble)
        else:
            made.append((sending, letter(sending, messages)))
    wanted = [(sending.target, message, sending.done) for sending, message in made]
    for n, delivery in deliver(wanted, now, WITHIN) if wanted else ():
        sending, message = made[n]
        told[id(sending)] = Told(sending, message.subject, delivery)
    return [told[id(sending)] for sending in sendings]


def _keys(project: Project, page: datetime | None, now: datetime) -> frozenset[str]:
    """The news that a page of that moment has."""
    if page is None:
        return frozenset()
    return frozenset(notice.key for notice in notices(look(project, min(page, now)).snapshot))


def keep(project: Project, facts: Iterable[Fact], why: str) -> None:
    """Write them down for good; nothing is done for none."""
    facts = tuple(facts)
    if facts:
        write_facts(project.records, facts)
        project.records.keep(f"notify: {why}")
