"""What may be told to people: one thing that happened, the words for it, and what became of sending them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from statuspage.model import State


class NoticeKind(StrEnum):
    """What happened; `notify:` filters by it."""

    OUTAGE = "outage"  # the probes find a component down or degraded, confirmed
    RECOVERY = "recovery"
    INCIDENT = "incident"  # one was opened: its first update
    UPDATE = "update"  # a later update of an incident or a maintenance
    RESOLVED = "resolved"
    MAINTENANCE_ANNOUNCED = "maintenance_announced"
    MAINTENANCE_STARTED = "maintenance_started"
    MAINTENANCE_ENDED = "maintenance_ended"
    REMINDER = "reminder"  # operators owe the readers something, or something will run out
    DRILL = "drill"  # a filter alone: what happened in a drill is of one of the other kinds, and marked
    TEST = "test"


class Audience(StrEnum):
    """Who may read it. What is public says no more than the page does."""

    PUBLIC = "public"
    OPERATORS = "operators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that happened and may be told; found anew in each snapshot, by its key always the same one."""

    kind: NoticeKind
    # unique for ever: `outage/chat/20261122T140500Z`, `update/no-answers/3`, `reminder/end/x/2026-11-22`
    key: str
    thread: str  # what belongs together has the same: `incident/no-answers`, `outage/chat/20261122T140500Z`
    at: datetime  # when it happened; old ones are never told afterwards
    audience: Audience
    subject: str  # the id of the incident, maintenance or component that it is about
    number: int = 0  # of the update, from 1; 0: none
    components: tuple[str, ...] = ()  # ids that are affected
    impact: State = State.OPERATIONAL  # how bad it is for them, at worst
    what: str = ""  # a reminder's sentence, for operators
    mend: str = ""  # and what to do; said to operators alone
    began: datetime | None = None  # an outage's first failing check, or since when a reminder's matter stands
    ended: datetime | None = (
        None  # an outage's first good check after it; None on a recovery: it was a false alarm
    )
    code: str = ""  # an outage's, a key of causes.CODES; a reminder's, a word of news.Reminder
    detail: str = ""  # its evidence, as the page has it
    unstable: bool = False  # an outage's component comes and goes: told of once, not each time
    folded: tuple[int, ...] = ()  # numbers of updates that came together with this one and are told in it
    # why nobody is told of it by itself, for operators; "": it is to be told. A later snapshot may say otherwise, so
    # that nothing is to be kept of it. The recovery goes, quiet or not, to all who were told of its thread's outage.
    quiet: str = ""
    drill: bool = False  # nothing has really happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The words of a notice in one language, for every sort of channel."""

    notice: Notice
    language: str
    subject: str  # one line, the state first
    text: str  # plain, whole lines
    html: str  # the same as a document of its own
    short: str  # one or two sentences and the link, for SMS
    url: str  # absolute: the incident's or the component's page
    wire: str = ""  # the same for programs: JSON in the shape of Statuspage's webhooks


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one try to send a message to one target. `detail` has no secret and no address in it."""

    sent: bool
    retry: bool = False  # not sent, and a later try may do better
    detail: str = ""
    done: tuple[
        int, ...
    ] = ()  # parts of the target that have it by now: recipients, addresses, by their place
