"""What pagers have in common: an alarm begins and ends under one key, the notice's thread."""

from collections.abc import Iterator
from datetime import UTC, datetime

from statuspage.model import State
from statuspage.notices import Message, NoticeKind
from statuspage.notify.channels.parts import Part, digest

BEGINS = frozenset(
    {
        NoticeKind.OUTAGE,
        NoticeKind.INCIDENT,
        NoticeKind.REMINDER,
        NoticeKind.TEST,
    }
)
ENDS = frozenset({NoticeKind.RECOVERY, NoticeKind.RESOLVED})
LOUDNESS = (State.DEGRADED, State.PARTIAL, State.MAJOR)

_LONGEST = 255  # characters; PagerDuty's limit, the least of the three


def alarm_key(thread: str) -> str:
    """The thread itself, which people can read in the pager; a digest of one that is too long."""
    return thread if len(thread) <= _LONGEST else digest(thread)


def is_alarm(message: Message) -> bool:
    return message.notice.kind in BEGINS | ENDS


def loudness(message: Message) -> int:
    """0: for information; 1 to 3: as bad as its impact."""
    impact = message.notice.impact
    quiet = message.notice.drill or message.notice.kind is NoticeKind.TEST
    return LOUDNESS.index(impact) + 1 if impact in LOUDNESS and not quiet else 0


def not_an_alarm() -> Iterator[Part]:
    """An update would wake people again, or open anew what is closed."""
    yield Part(0, sent=False, detail="a pager is told of the beginning and the end alone")


def moment(text: object) -> datetime | None:
    """RFC 3339 as vendors write it; None for anything else."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
