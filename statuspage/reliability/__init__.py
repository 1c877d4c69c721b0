"""How a page did in a month or a quarter, from all that it knows. docs/reports.md has the definitions.

`periods` is which time, `records` what is known of it, `losses` what was lost and to what, `times` how long people
and checks took, `report` all of it together.
"""

from statuspage.reliability.losses import Loss, losses, shares
from statuspage.reliability.periods import (
    Kind,
    Period,
    current,
    first_day,
    parse,
    period,
    previous,
    same_part,
)
from statuspage.reliability.report import (
    ComponentReport,
    Maintenances,
    Overrun,
    Report,
    recent_periods,
    recent_reports,
    report,
)
from statuspage.reliability.times import Spread, Times, spread

__all__ = [
    "ComponentReport",
    "Kind",
    "Loss",
    "Maintenances",
    "Overrun",
    "Period",
    "Report",
    "Spread",
    "Times",
    "current",
    "first_day",
    "losses",
    "parse",
    "period",
    "previous",
    "recent_periods",
    "recent_reports",
    "report",
    "same_part",
    "shares",
    "spread",
]
