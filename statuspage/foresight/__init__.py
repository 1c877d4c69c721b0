"""What warns of trouble before it is there, and how often such warnings came true: docs/warnings.md.

`drift` and `shares` find what changes slowly, `statistics` what they count with, `series` what they look at;
`standing` is what needs no statistics, `judging` what became of it all. `looking` does it for a whole page, `keeping`
keeps it for a day, `words` says it to operators. Nothing here changes a state.
"""

from statuspage.foresight.drift import NEEDED
from statuspage.foresight.judging import Outcome, Past
from statuspage.foresight.keeping import keepable, kept
from statuspage.foresight.looking import Lacking, Look, look_through, worth_looking
from statuspage.foresight.series import RATE
from statuspage.foresight.standing import standing
from statuspage.foresight.words import MENDS, NAMES, lacking, record, said
from statuspage.model import Snapshot, Warned

__all__ = [
    "MENDS",
    "NAMES",
    "NEEDED",
    "RATE",
    "Lacking",
    "Look",
    "Outcome",
    "Past",
    "keepable",
    "kept",
    "lacking",
    "look_through",
    "record",
    "said",
    "standing",
    "warnings",
    "worth_looking",
]


def warnings(snapshot: Snapshot) -> tuple[Warned, ...]:
    """All that stand, by component in the page's order. Reminders, summary, command and page show these."""
    return tuple(
        one
        for component in (*snapshot.components, *snapshot.hidden)
        for one in (
            *(found for found in snapshot.foresight.warnings if found.component == component.id),
            *standing(component),
        )
    )
