"""What became of each notice at each target: facts of the ledger, and the values they stand for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from statuspage.ledger import LONGEST_CLAIM, Ledger
from statuspage.model import Fact
from statuspage.notices import Notice

OUTBOX = "outbox"
"""The ledger's kind; its key is the notice's, ARROW and the target's name. See ledger.CLAIMED."""

ACKNOWLEDGED = "acknowledged"
"""Kind of the fact that somebody has taken an alarm upon themselves, by its thread: the earliest holds."""

ARROW = "→"
BASELINE = "baseline"
LEASE = timedelta(minutes=10)
"""So long a run's claim holds; nothing is sent under it later. After it another run takes the message for not sent."""


class Status(StrEnum):
    """Of one notice at one target."""

    KNOWN = "known"  # it was there before the target was
    HELD = "held"  # quiet hours, a mute, or the page does not show it yet
    DECIDED = "decided"  # a run is sending it, or died doing so
    SENT = "sent"
    FOLDED = "folded"  # told in a newer one of its thread
    RETRY = "retry"
    REFUSED = "refused"
    GIVEN_UP = "given up"
    DROPPED = "dropped"  # over before it was told


FINAL = frozenset(Status) - {Status.HELD, Status.DECIDED, Status.RETRY}
TOLD = frozenset({Status.SENT, Status.FOLDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where it stands. `at` is when that was written down."""

    key: str  # the notice's
    target: str
    status: Status
    at: datetime
    since: datetime  # when a run first found it
    kind: str = ""  # a word of NoticeKind
    thread: str = ""
    subject: str = ""
    number: int = 0
    public: bool = False  # the target is for the public: the page may name it
    tries: int = 0
    first: datetime | None = None  # the first try
    next: datetime | None = None  # of a retry: not before
    until: datetime | None = None  # of a claim
    by: str = ""  # the run
    told_as: str = ""  # the key of the message it went in, where that is another one's
    why: str = ""  # without secrets and addresses
    done: tuple[int, ...] = ()  # parts of the target that have it by now

    @property
    def final(self) -> bool:
        return self.status in FINAL

    @property
    def claimed(self) -> bool:
        """A run that died may have sent it."""
        return self.status is Status.DECIDED

    def is_being_sent(self, now: datetime) -> bool:
        return self.claimed and self.until is not None and now < self.until <= now + LONGEST_CLAIM

    def became(self, status: Status, now: datetime, why: str = "") -> "Entry":
        return replace(self, status=status, at=now, why=why, until=None, next=None)


def begun(
    notice: Notice, target: str, now: datetime, status: Status, why: str = "", *, public: bool = False
) -> Entry:
    """The first word about a notice at a target."""
    return Entry(
        key=notice.key,
        target=target,
        status=status,
        at=now,
        since=now,
        kind=notice.kind,
        thread=notice.thread,
        subject=notice.subject,
        number=notice.number,
        public=public,
        why=why,
    )


def as_fact(entry: Entry) -> Fact:
    """Without what is empty: it is written for each message."""
    value: dict[str, object] = {
        "status": str(entry.status),
        "since": _told(entry.since),
        "final": entry.final,
        "kind": str(entry.kind),
        "thread": entry.thread,
        "subject": entry.subject,
        "number": entry.number,
        "public": entry.public,
        "tries": entry.tries,
        "first": _told(entry.first),
        "next": _told(entry.next),
        "until": _told(entry.until),
        "by": entry.by,
        "as": entry.told_as,
        "why": entry.why,
        "done": list(entry.done),
        "target": entry.target if ARROW in entry.target else "",
    }
    key = f"{entry.key}{ARROW}{entry.target}"
    return Fact(kind=OUTBOX, key=key, at=entry.at, value={k: v for k, v in value.items() if v})


def as_entry(fact: Fact) -> Entry | None:
    """None: another version wrote it, in words that this one does not know."""
    value = fact.value
    target = _text(value, "target") or fact.key.rpartition(ARROW)[2]
    try:
        status = Status(str(value.get("status")))
    except ValueError:
        return None
    done = value.get("done")
    return Entry(
        key=fact.key.removesuffix(f"{ARROW}{target}"),
        target=target,
        status=status,
        at=fact.at,
        since=_moment(value.get("since")) or fact.at,
        kind=_text(value, "kind"),
        thread=_text(value, "thread"),
        subject=_text(value, "subject"),
        number=_number(value, "number"),
        public=value.get("public") is True,
        tries=_number(value, "tries"),
        first=_moment(value.get("first")),
        next=_moment(value.get("next")),
        until=_moment(value.get("until")),
        by=_text(value, "by"),
        told_as=_text(value, "as"),
        why=_text(value, "why"),
        done=tuple(n for n in done if isinstance(n, int)) if isinstance(done, list) else (),
    )


def entries(ledger: Ledger) -> Iterator[Entry]:
    """All of them, in the order in which they were first written; what a target knew from the beginning, too."""
    for fact in ledger.facts(OUTBOX).values():
        if entry := as_entry(fact):
            yield entry


def acknowledged(thread: str, by: str, at: datetime) -> Fact:
    """`by`: the target that said so, or a person."""
    return Fact(kind=ACKNOWLEDGED, key=thread, at=at, value={"by": by})


Sent = tuple[str, datetime]
"""A target's name, and when it was told."""


def shown(ledger: Ledger, now: datetime) -> Mapping[tuple[str, int], tuple[Sent, ...]]:
    """For the page: by incident and number of the update, which public targets had been told of it by `now`.

    By the ledger alone: who builds the page need not know the targets' secrets, and then not the targets.
    """
    found: dict[tuple[str, int], dict[str, datetime]] = {}
    for one in entries(ledger):
        if one.number and one.status in TOLD and one.public and one.at <= now:
            found.setdefault((one.subject, one.number), {}).setdefault(one.target, one.at)
    return {
        key: tuple(sorted(some.items(), key=lambda sent: (sent[1], sent[0]))) for key, some in found.items()
    }


def _told(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else ""


def _moment(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _text(value: Mapping[str, object], key: str) -> str:
    return str(value.get(key) or "")


def _number(value: Mapping[str, object], key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) else 0
