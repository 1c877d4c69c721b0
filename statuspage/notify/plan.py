"""What a run decides on, and what it decides, as values."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from statuspage.config import Target
from statuspage.deliveries import Entry
from statuspage.ledger import Ledger
from statuspage.model import Fact
from statuspage.notices import Notice
from statuspage.notify.escalation import Escalation

BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60))
DIGEST = "digest/"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that is decided on."""

    targets: Sequence[Target]
    notices: Sequence[Notice]
    ledger: Ledger
    now: datetime
    run: str  # this run's own word: no other one's
    muted: Collection[str] = ()  # ids of components
    shown: Callable[[Notice], bool] = lambda notice: True  # whether the public page has it
    escalations: Sequence[Escalation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One message to one target: a notice, or several held ones in a digest."""

    target: Target
    notices: tuple[Notice, ...]  # oldest first; one, unless it is a digest
    claims: tuple[Entry, ...]  # of all that is told in it, the folded ones too
    page_late: bool = False
    escalated: str = ""  # the pager where nobody acknowledged

    @property
    def key(self) -> str:
        return self.notices[0].key if len(self.notices) == 1 else digest_key(self.notices)

    @property
    def why(self) -> str:
        """For operators who want to know why it goes out now."""
        newest = self.claims[-1]
        if self.escalated:
            return f"nobody has acknowledged it at {self.escalated}"
        late = ["the page could not be published for 10 minutes"] if self.page_late else []
        again = [f"try {newest.tries}"] if newest.tries > 1 else []
        some = [f"{len(self.claims)} notices in one message"] if len(self.claims) > 1 else []
        new = f"{newest.kind}, found {newest.since:%Y-%m-%d %H:%M} UTC, not told yet"
        return "; ".join([new, *some, *again, *late])

    @property
    def done(self) -> tuple[int, ...]:
        return next((one.done for one in self.claims if one.key == self.notices[-1].key), ())


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a target is not told of something now."""

    target: str
    key: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    facts: tuple[Fact, ...]  # to be made lasting before anything is sent
    sendings: tuple[Sending, ...]  # those of a target in their order
    reasons: tuple[Reason, ...]


def back_off(tries: int) -> timedelta:
    """How long to wait after so many tries."""
    return BACK_OFF[min(max(tries, 1), len(BACK_OFF)) - 1]


def digest_key(notices: Iterable[Notice]) -> str:
    """The same for the same notices: a receiver that knows it has had it."""
    return DIGEST + sha256("\n".join(sorted(n.key for n in notices)).encode()).hexdigest()[:16]
