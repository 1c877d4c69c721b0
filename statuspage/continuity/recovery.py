"""How long repairs took, against how long they may take."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage.model import Outage
from statuspage.reliability.records import Record
from statuspage.reliability.times import Spread, spread

WINDOW = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Of the outages that count as down time and began in the last year."""

    took: Spread | None  # of those whose end was seen; None: of none
    within: int  # that were over in the time they may take; 0 where none is declared
    late: int  # that took longer, or go on for longer
    unseen: int  # whose end was not seen, though they may have been short enough
    aim: timedelta | None

    @property
    def met(self) -> bool | None:
        """Whether each was over in time; None: no time is declared, or nothing can be judged."""
        if self.aim is None or not (self.within or self.late):
            return None
        return not self.late


def recovery(record: Record, aim: timedelta | None, now: datetime) -> Recovery:
    """`aim`: how long a recovery may take."""
    begun = [outage for outage in record.failures if outage.start >= now - WINDOW]
    seen = {outage: _seen_to_end(record, outage) for outage in begun}
    lengths = {outage: (outage.end or now) - outage.start for outage in begun}
    late = [outage for outage in begun if aim is not None and lengths[outage] > aim]
    sure = [outage for outage in begun if seen[outage]]
    return Recovery(
        took=spread(lengths[outage] for outage in sure),
        within=0 if aim is None else sum(outage not in late for outage in sure),
        late=len(late),
        unseen=sum(not seen[outage] and outage not in late for outage in begun),
        aim=aim,
    )


def _seen_to_end(record: Record, outage: Outage) -> bool:
    """Whether it was measured at once that it works again; else only how long it took at least is known."""
    return outage.end is not None and any(span.start == outage.end for span in record.line)
