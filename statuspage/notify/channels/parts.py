"""What channels are given, and what becomes of the parts of a delivery."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage.config import Target
from statuspage.notices import Delivery, Message


@dataclass(frozen=True, slots=True)
class Order:
    """One message for one target, with all that its channel may use."""

    target: Target
    message: Message
    now: datetime
    ends: float  # by the monotonic clock
    done: frozenset[int]  # parts that have had it

    @property
    def left(self) -> timedelta:
        """Time until the deadline; never quite nothing, which would mean no limit to some libraries."""
        return timedelta(seconds=max(0.01, self.ends - time.monotonic()))

    @property
    def key(self) -> str:
        """The same for each try of this message at this target, another for any other one."""
        return digest(self.message.notice.key, self.target.name)


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one part: a recipient, an address."""

    n: int  # its place; -1: of those that have not been heard of
    sent: bool
    retry: bool = False
    detail: str = ""


Task = Callable[[], Iterator[Part]]
"""Sends one or more parts, one after the other. Tasks of one target run at the same time."""

LATE = Part(-1, sent=False, retry=True, detail="no answer in time: it may have arrived all the same")
UNFINISHED = Part(-1, sent=False, retry=True, detail="the channel failed by a fault of its own")


def digest(*words: str) -> str:
    """32 hexadecimal digits that stand for these words."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


def whole(order: Order, parts: Sequence[Part]) -> Delivery:
    """One word for all parts: sent, if each of them has it."""
    failed = [part for part in parts if not part.sent]
    done = order.done | {part.n for part in parts if part.sent}
    return Delivery(
        sent=not failed,
        retry=any(part.retry for part in failed),
        detail="; ".join(_told(failed, some=bool(done))),
        done=tuple(sorted(done)),
    )


def _told(failed: Sequence[Part], *, some: bool) -> Iterator[str]:
    """Each reason once, and how many it is of."""
    for reason in dict.fromkeys(part.detail for part in failed):
        count = sum(part.detail == reason for part in failed)
        yield f"{reason} ({count} of the recipients)" if len(failed) > 1 or some else reason


def judged(n: int, status: int) -> Part:
    """A part by the status of an HTTP answer. Sources: RFC 9110 §15, RFC 6585 §4."""
    if 200 <= status < 300:
        return Part(n, sent=True)
    return Part(n, sent=False, retry=is_passing(status), detail=f"it answered {status}")


def is_passing(status: int) -> bool:
    """Whether a later try may do better."""
    return status in (408, 425, 429) or status >= 500
