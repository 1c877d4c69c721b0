"""How an incident went: when it began, when the checks and when people told of it, when it was over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage.model import Incident, Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The moments from which the times to detect, to tell and to repair are counted."""

    began: datetime  # the first failing check, or the start that the file names when that is earlier
    detected: datetime | None  # the first failing check; None: the checks saw nothing
    told: datetime | None  # the first public word; None: it came when all was over
    repaired: datetime | None  # None: it is open

    @property
    def to_detect(self) -> timedelta | None:
        """From the beginning to the first failing check."""
        return None if self.detected is None else self.detected - self.began

    @property
    def to_tell(self) -> timedelta | None:
        """From the first failing check to the first public word; from the beginning where the checks saw nothing.

        0 when people told of it before a check failed.
        """
        return None if self.told is None else max(self.told - (self.detected or self.began), timedelta())

    @property
    def to_repair(self) -> timedelta | None:
        """From the beginning to the end that the file names."""
        return None if self.repaired is None else self.repaired - self.began


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


def overlapping(incident: Incident, outages: Mapping[str, Sequence[Outage]]) -> list[Outage]:
    """The outages, by component, of those components that the incident named, as far as they overlap it."""
    return [
        outage
        for component in incident.worst
        for outage in outages.get(component, ())
        if (incident.resolved is None or outage.start < incident.resolved)
        and (outage.end is None or outage.end > incident.started)
    ]
