"""Notices, targets and an outbox for tests: what a run decides is written to a real folder and read again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from statuspage.config import Target
from statuspage.config.notify import KINDS, PAGER_KINDS, Address, PagerDutyOptions, WebhookOptions
from statuspage.deliveries import Entry, entries
from statuspage.errors import Where
from statuspage.ledger import Ledger
from statuspage.model import Fact, State
from statuspage.notices import Audience, Delivery, Notice, NoticeKind
from statuspage.notify.escalation import escalations, failures
from statuspage.notify.outbox import decide, marks, still_ours
from statuspage.notify.plan import Plan, Sending, World
from statuspage.probes.options import Secret

T0 = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SENT = Delivery(sent=True)
LATER = Delivery(sent=False, retry=True, detail="it answered 503")
NEVER = Delivery(sent=False, detail="it answered 403")


def target(name: str = "Team", **more: Any) -> Target:
    """A chat of operators that is told of everything."""
    url = (Address("json://127.0.0.1", "json://***", Where("components.yaml", 1)),)
    return Target(name=name, **{"url": url, "kinds": KINDS, **more})


def pager(name: str = "Pager", **more: Any) -> Target:
    options = PagerDutyOptions(key=Secret("not-a-key"))
    return target(name, **{"url": (), "pagerduty": options, "pager": True, "kinds": PAGER_KINDS, **more})


def program(name: str = "Program", **more: Any) -> Target:
    hook = WebhookOptions(url="http://127.0.0.1:9/", secret=Secret("not-a-key"))
    return target(name, **{"url": (), "webhook": hook, **more})


def outage(at: datetime = T0, component: str = "chat", **more: Any) -> Notice:
    key = f"outage/{component}/{at:%Y%m%dT%H%M%SZ}"
    known = Notice(
        kind=NoticeKind.OUTAGE,
        key=key,
        thread=key,
        at=at,
        audience=Audience.PUBLIC,
        subject=component,
        components=(component,),
        impact=State.MAJOR,
    )
    return replace(known, **more)


def recovery(of: Notice, at: datetime, **more: Any) -> Notice:
    key = f"recovery/{of.thread.partition('/')[2]}"
    return replace(of, kind=NoticeKind.RECOVERY, key=key, at=at, **more)


def update(number: int, at: datetime = T0, incident: str = "slow", **more: Any) -> Notice:
    """The first one opens the incident."""
    known = Notice(
        kind=NoticeKind.UPDATE if number > 1 else NoticeKind.INCIDENT,
        key=f"update/{incident}/{number}",
        thread=f"incident/{incident}",
        at=at,
        audience=Audience.PUBLIC,
        subject=incident,
        number=number,
        components=("chat",),
        impact=State.DEGRADED,
    )
    return replace(known, **more)


def reminder(at: datetime, matter: str = "end/slow") -> Notice:
    return Notice(
        kind=NoticeKind.REMINDER,
        key=f"reminder/{matter}/{at:%Y-%m-%d}",
        thread=f"reminder/{matter}",
        at=at,
        audience=Audience.OPERATORS,
        subject="slow",
        what="it is still open",
    )


@dataclass
class Desk:
    """A ledger that each run reads and adds to. Targets are known from before T0 unless `new`."""

    targets: Sequence[Target]
    new: bool = False
    facts: list[Fact] = field(default_factory=list)
    told: list[tuple[datetime, str, str]] = field(default_factory=list)  # when, whom, the message's key
    runs: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        if not self.new:
            self.facts += decide(self.world(T0 - DAY, ())).facts

    @property
    def ledger(self) -> Ledger:
        return Ledger().with_facts(self.facts)

    def world(self, now: datetime, notices: Iterable[Notice], **more: Any) -> World:
        news = (*notices, *failures(self.ledger, now))
        rung = escalations(self.targets, news, self.ledger, now)
        known: dict[str, Any] = {"run": f"run{next(self.runs)}", "escalations": rung, **more}
        return World(targets=self.targets, notices=news, ledger=self.ledger, now=now, **known)

    def run(
        self, now: datetime, *notices: Notice, became: Delivery = SENT, dies: bool = False, **more: Any
    ) -> list[Sending]:
        """One run. `dies`: after sending, before that is written down."""
        world = self.world(now, notices, **more)
        plan = decide(world)
        self.facts += plan.facts
        sendings = still_ours(plan, self.ledger, world.run)
        for sending in sendings:
            if became.sent:
                self.told.append((now, sending.target.name, sending.key))
            if not dies:
                self.facts += marks(sending, became, now)
        return sendings

    def why(self, now: datetime, *notices: Notice, **more: Any) -> dict[str, str]:
        """Why what is not told is not, by its key; nothing is written."""
        plan: Plan = decide(self.world(now, notices, **more))
        return {reason.key: reason.why for reason in plan.reasons}

    def entry(self, key: str) -> Entry:
        (found,) = [one for one in entries(self.ledger) if one.key == key]
        return found

    @property
    def keys(self) -> list[str]:
        return [key for *_, key in self.told]
