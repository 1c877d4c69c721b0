"""What the command does: tell what is due, say what would be told, try one target, list, acknowledge."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from statuspage.archive import read_ledger, write_facts
from statuspage.config import Target
from statuspage.deliveries import (
    ACKNOWLEDGED,
    BASELINE,
    Entry,
    Status,
    acknowledged,
    as_entry,
    entries,
)
from statuspage.errors import Problem, StatuspageError
from statuspage.model import Snapshot
from statuspage.news import notices
from statuspage.notices import Delivery, Message, Notice, NoticeKind
from statuspage.notify import channels
from statuspage.notify.case import UNSHOWN
from statuspage.notify.escalation import Alarm, alarms
from statuspage.notify.outbox import decide
from statuspage.notify.plan import Plan
from statuspage.notify.published import published
from statuspage.notify.run import WITHIN, Told, Wanted, Words, acknowledgements, keep, send, world
from statuspage.outputs.hooks import webhook
from statuspage.outputs.messages import message
from statuspage.pipeline import TEMPLATES_FOLDER, Project, look
from statuspage.redaction import Redactor
from statuspage.visible import visible

POLL = timedelta(seconds=10)
"""Between two looks at the public page."""


@dataclass(frozen=True, slots=True)
class Office:
    """A project, this run's own word, and time."""

    project: Project
    run: str  # made up anew for each run
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    drill: bool = False  # messages say that it is one


@dataclass(slots=True)
class Outcome:
    """What a run did."""

    told: list[Told] = field(default_factory=list)
    given_up: list[Entry] = field(default_factory=list)

    @property
    def problems(self) -> tuple[Problem, ...]:
        lost = (
            Problem(f"{one.target} was not told of {one.key}: {one.why}", mend=MEND) for one in self.given_up
        )
        return (*lost, *(problem for one in self.told for problem in _trouble(one)))


MEND = "`statuspage notify --test NAME` tries a target, `statuspage notify list` tells what became of all"


def tell(office: Office, wait: timedelta = timedelta(0)) -> Outcome:
    """Send what is due; `wait` so long for the page to show the news.

    Raises StatuspageError when the history cannot be read or kept: then nothing more is sent.
    """
    project, outcome = office.project, Outcome()
    snapshot = look(project, office.clock(), write=True).snapshot
    project.records.keep("notify: seen")
    _ask_pagers(project, snapshot, office.clock())
    plan = _plan(office, snapshot)
    _do(office, snapshot, plan, outcome)
    for _ in range(wait // POLL):
        if not _waits(plan):
            break
        office.sleep(POLL.total_seconds())
        plan = _plan(office, snapshot)
        if not _waits(plan):
            _do(office, snapshot, plan, outcome)
    return outcome


def rehearse(office: Office) -> tuple[Plan, Words]:
    """What would be told now, and how to say it. Nothing is written or sent; the public page is looked at."""
    snapshot = look(office.project, office.clock()).snapshot
    return _plan(office, snapshot), _words(office, snapshot)


def try_out(office: Office, target: Target) -> Delivery:
    """Send a message that says that it is a test. It stands in no ledger."""
    now = office.clock()
    key = f"test/{now:%Y%m%dT%H%M%SZ}"
    notice = Notice(
        kind=NoticeKind.TEST, key=key, thread=key, at=now, audience=target.audience, subject=target.name
    )
    words = _words(office, look(office.project, now).snapshot)(notice, target, page_late=False)
    return channels.deliver(target, words, now=now, within=WITHIN)


def listed(project: Project, since: datetime) -> list[Entry]:
    """What became of each notice at each target, oldest first; what a target knew from the beginning is no news."""
    found = entries(read_ledger(project.records)[0])
    news = (one for one in found if one.status is not Status.KNOWN and one.at >= since)
    return sorted(news, key=lambda one: (one.at, one.key, one.target))


def ringing(project: Project, now: datetime) -> list[Alarm]:
    """Alarms that nobody has acknowledged."""
    news = notices(look(project, now).snapshot)
    return list(alarms(project.config.notify, news, read_ledger(project.records)[0], now))


def answered(project: Project) -> dict[str, tuple[datetime, str, timedelta | None]]:
    """By thread: when somebody acknowledged, who, and how long it took from the first try to ring."""
    ledger = read_ledger(project.records)[0]
    rang: dict[str, datetime] = {}
    for one in entries(ledger):
        if one.first and one.tries:
            rang[one.thread] = min(one.first, rang.get(one.thread, one.first))
    return {
        thread: (fact.at, str(fact.value.get("by") or ""), fact.at - rang[thread] if thread in rang else None)
        for thread, fact in ledger.facts(ACKNOWLEDGED).items()
    }


def acknowledge(project: Project, word: str, by: str, now: datetime) -> str:
    """Say that somebody sees to an alarm: its thread, a part of it, or "" when one alone rings. Its thread."""
    threads = sorted({one.entry.thread for one in ringing(project, now)})
    found = [thread for thread in threads if thread == word] or [t for t in threads if word in t]
    if len(found) != 1:
        what = f"no alarm '{word}' rings" if word else f"{len(threads)} alarms ring"
        mend = (
            f"name one of {', '.join(threads)}" if threads else "`statuspage notify list` tells what was sent"
        )
        raise StatuspageError(
            what if not found or not word else f"'{word}' fits {len(found)} alarms", mend=mend
        )
    write_facts(project.records, [acknowledged(found[0], by, now)])
    project.records.keep("notify: acknowledged")
    return found[0]


# --- parts of a run ----------------------------------------------------------------------------


def _ask_pagers(project: Project, snapshot: Snapshot, now: datetime) -> None:
    ledger = read_ledger(project.records)[0]
    news = notices(snapshot)
    facts = acknowledgements(
        project.config.notify,
        news,
        ledger,
        now,
        lambda target, thread, within: channels.acknowledged(target, thread, within=within),
    )
    keep(project, facts, "acknowledged")


def _plan(office: Office, snapshot: Snapshot) -> Plan:
    """The public page is asked only when somebody waits for it."""
    project, now = office.project, office.clock()
    ledger = read_ledger(project.records)[0]
    plan = decide(world(project, snapshot, ledger, now, office.run, None))
    if not _waits(plan) and not any(sending.page_late for sending in plan.sendings):
        return plan
    page = asyncio.run(published(snapshot.page.url, now))
    return decide(world(project, snapshot, ledger, now, office.run, page)) if page else plan


def _waits(plan: Plan) -> bool:
    return any(reason.why == UNSHOWN for reason in plan.reasons)


def _do(office: Office, snapshot: Snapshot, plan: Plan, outcome: Outcome) -> None:
    outcome.given_up += [
        entry
        for fact in plan.facts
        if (entry := as_entry(fact)) and entry.status is Status.GIVEN_UP and entry.key != BASELINE
    ]
    mask = Redactor(office.project.config.secrets).text

    def deliver(wanted: Sequence[Wanted], now: datetime, within: timedelta) -> Iterator[tuple[int, Delivery]]:
        for n, delivery in channels.deliver_all(wanted, now=now, within=within):
            yield n, replace(delivery, detail=mask(delivery.detail))

    words = _words(office, snapshot)
    outcome.told += send(office.project, plan, office.run, words, deliver, office.clock)


def _words(office: Office, snapshot: Snapshot) -> Words:
    project = office.project
    folder = project.root / TEMPLATES_FOLDER
    templates = folder if folder.is_dir() else None
    redactor = Redactor(project.config.secrets)

    def words(notice: Notice, target: Target, *, page_late: bool) -> Message:
        notice = replace(notice, drill=office.drill)
        made = message(
            snapshot,
            notice,
            target.language,
            templates,
            page_late=page_late,
            audience=target.audience,
            redactor=redactor,
        )
        return (
            replace(made, wire=redactor.text(webhook(visible(snapshot), notice))) if target.webhook else made
        )

    return words


def _trouble(told: Told) -> Iterable[Problem]:
    if not told.delivery.sent:
        name, again = told.sending.target.name, told.delivery.retry
        what = f"{name} did not take '{told.subject}': {told.delivery.detail}"
        mend = "it is tried again by later runs, for a day" if again else MEND
        yield Problem(what, told.sending.target.where, mend, warning=again)
