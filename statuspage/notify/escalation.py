"""Alarms that nobody takes upon themselves go to the next target; and what operators are told of failing channels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from statuspage.config import Target
from statuspage.deliveries import ACKNOWLEDGED, Entry, Status, entries
from statuspage.ledger import Ledger
from statuspage.notices import Audience, Notice, NoticeKind
from statuspage.notify.filters import BEGINS, ENDS

ESCALATED = "/escalated/"
"""In the key of a notice that went on: what stands before it is the notice's own, behind it the pager."""

CHANNEL = "channel"
"""`Notice.code` of a reminder about a target that did not take a message; its subject is the target."""

DAY = timedelta(days=1)
_RUNG = frozenset({Status.SENT, Status.FOLDED, Status.DECIDED, Status.RETRY, Status.REFUSED, Status.GIVEN_UP})
_FAILED = frozenset({Status.REFUSED, Status.GIVEN_UP})


@dataclass(frozen=True, slots=True)
class Escalation:
    """`notice` has a key of its own, and the thread of the alarm."""

    to: str  # the target
    origin: str  # the pager where nobody acknowledged
    notice: Notice


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that nobody has acknowledged, at one pager."""

    target: Target
    entry: Entry
    notice: Notice

    @property
    def since(self) -> datetime:
        """When it was first to ring; a pager that cannot be reached has rung in vain."""
        return self.entry.first or self.entry.at


def alarms(
    targets: Sequence[Target], notices: Sequence[Notice], ledger: Ledger, now: datetime
) -> Iterator[Alarm]:
    """Those that ring: not over, not acknowledged, no older than a day. One that an incident tells of is taken."""
    pagers = {target.name: target for target in targets if target.pager}
    known = {notice.key: notice for notice in notices}
    over = {notice.thread for notice in notices if notice.kind in ENDS}
    over |= ledger.facts(ACKNOWLEDGED).keys()
    for entry in entries(ledger):
        notice = known.get(entry.key.partition(ESCALATED)[0])
        target = pagers.get(entry.target)
        if target is None or notice is None or entry.kind not in BEGINS or entry.status not in _RUNG:
            continue
        alarm = Alarm(target, entry, notice)
        if entry.thread not in over and not notice.quiet and now - alarm.since < DAY:
            yield alarm


def escalations(
    targets: Sequence[Target], notices: Sequence[Notice], ledger: Ledger, now: datetime
) -> tuple[Escalation, ...]:
    """Those that have rung for as long as their pager says."""
    return tuple(
        Escalation(
            alarm.target.escalate_to,
            alarm.target.name,
            replace(alarm.notice, key=f"{alarm.entry.key}{ESCALATED}{alarm.target.name}"),
        )
        for alarm in alarms(targets, notices, ledger, now)
        if alarm.target.escalate_to and now - alarm.since >= alarm.target.escalate_after
    )


def failures(ledger: Ledger, now: datetime) -> tuple[Notice, ...]:
    """One reminder a day and target for operators: what it did not take since midnight UTC."""
    failed: dict[str, list[Entry]] = {}
    for one in entries(ledger):
        if one.status in _FAILED and one.at.date() == now.date() and one.at <= now:
            failed.setdefault(one.target, []).append(one)
    return tuple(_failure(target, some, now) for target, some in sorted(failed.items()))


def _failure(target: str, some: Sequence[Entry], now: datetime) -> Notice:
    first = min(some, key=lambda one: (one.at, one.key))
    return Notice(
        kind=NoticeKind.REMINDER,
        key=f"reminder/channel/{target}/{now:%Y-%m-%d}",
        thread=f"reminder/channel/{target}",
        at=first.at,
        audience=Audience.OPERATORS,
        subject=target,
        what=f"the target '{target}' did not take a message: {first.why or first.status}",
        mend="statuspage notify list tells which; statuspage notify --test NAME tries it",
        began=first.at,
        code=CHANNEL,
    )
