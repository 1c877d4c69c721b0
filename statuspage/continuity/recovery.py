"""How long repairs took, against how long they may take."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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
    resumed = {span.start for span in record.line}  # an outage that ends elsewhere ends in unmeasured time
    judged = [((one.end or now) - one.start, one.end in resumed) for one in begun]
    late = [length for length, _ in judged if aim is not None and length > aim]
    short = [seen for length, seen in judged if aim is None or length <= aim]
    return Recovery(
        took=spread(length for length, seen in judged if seen),
        within=0 if aim is None else sum(short),
        late=len(late),
        unseen=len(short) - sum(short),
        aim=aim,
    )
