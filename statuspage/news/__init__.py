"""What could be told to people about the present: found anew in each snapshot, by its key always the same.

Nothing is compared with an earlier snapshot. The keys come from what is lasting: the start of an outage, the number of
an update in the ledger, the window of a maintenance, the day of a reminder.
"""

from statuspage.model import Snapshot
from statuspage.news.covers import LATELY
from statuspage.news.outages import of_outages
from statuspage.news.reminders import Reminder, reminders
from statuspage.news.written import of_incidents, of_maintenances
from statuspage.notices import Notice

__all__ = ["LATELY", "Reminder", "notices"]


def notices(snapshot: Snapshot) -> tuple[Notice, ...]:
    """All of the last seven days, the oldest first, of one moment by their keys. Mutes are the sender's business."""
    found = (
        *of_outages(snapshot),
        *of_incidents(snapshot),
        *of_maintenances(snapshot),
        *reminders(snapshot),
    )
    lately = (notice for notice in found if notice.at > snapshot.now - LATELY)
    return tuple(sorted(lately, key=lambda notice: (notice.at, notice.key)))
