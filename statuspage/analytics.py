"""How an incident went: when it began, when the checks and when people told of it, when it was over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from statuspage.model import Incident, Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The moments from which the times to detect, to tell and to repair are counted."""

    began: datetime  # the first failing check, or the start that the file names when that is earlier
    detected: datetime | None  # the first failing check; None: the checks saw nothing
    told: datetime | None  # the first public word; None: it came when all was over
    repaired: datetime | None  # None: it is open


def course(incident: Incident, outages: Sequence[Outage]) -> Course:
    """`outages`: those of its components that overlap it."""
    detected = min((outage.start for outage in outages), default=None)
    word = min(update.first_seen for update in incident.updates)
    late = incident.resolved is not None and word >= incident.resolved
    return Course(
        began=min(incident.started, detected or incident.started),
        detected=detected,
        told=None if late else word,
        repaired=incident.resolved,
    )
