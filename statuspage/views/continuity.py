"""The continuity page: what is ready when something fails, and how it went so far."""

from collections.abc import Iterator
from dataclasses import dataclass

from statuspage.continuity import Outlook
from statuspage.views.context import Context
from statuspage.views.frame import Frame, frame
from statuspage.views.outlook_rows import (
    JourneyRow,
    ReadyRow,
    RecoveryRow,
    RiskRow,
    SingleRow,
    journey_rows,
    ready_rows,
    recovery_rows,
    risk_rows,
    single_rows,
)
from statuspage.views.reports import Definition

PATH = "continuity/"


@dataclass(frozen=True, slots=True)
class ContinuityPage:
    frame: Frame
    heading: str
    lead: str
    journeys_heading: str
    journey_columns: tuple[str, ...]
    journeys: tuple[JourneyRow, ...]
    bounded: bool  # whether one of the columns is that of the bounds
    single_heading: str
    single: tuple[SingleRow, ...]
    no_single: str
    risk_heading: str
    risk_columns: tuple[str, ...]
    risks: tuple[RiskRow, ...]
    unknown: str
    recovery_heading: str
    recovery_columns: tuple[str, ...]
    recoveries: tuple[RecoveryRow, ...]
    ready_heading: str
    ready_columns: tuple[str, ...]
    ready: tuple[ReadyRow, ...]
    defined: str
    definitions: tuple[Definition, ...]


def continuity_page(context: Context, told: Outlook, *, public: bool) -> ContinuityPage:
    """`public`: readers see it, so no address of the own network is in it."""
    _ = context._
    journeys = tuple(journey_rows(context, told))
    ready = tuple(ready_rows(context, told, public=public))
    bounded = any(row.between for row in journeys)
    between = (_("If all had been measured"),) if bounded else ()
    return ContinuityPage(
        frame=frame(context, _("Continuity")),
        heading=_("Continuity"),
        lead=_(
            "What is ready for when something fails, what one failure takes with it, how long repairs took."
        ),
        journeys_heading=_("What people come to do"),
        journey_columns=(
            _("What people come to do"),
            _("State"),
            _("Availability"),
            _("Measured"),
            *between,
            _("If failures were independent"),
            _("Ended by the loss of"),
        ),
        journeys=journeys,
        bounded=bounded,
        single_heading=_("Single points of failure"),
        single=tuple(single_rows(context, told)),
        no_single=_("None is known: whatever is lost alone, something is declared that stands in for it."),
        risk_heading=_("Risks"),
        risk_columns=(_("Component"), _("How likely"), _("Impact"), _("Risk")),
        risks=tuple(risk_rows(context, told)),
        unknown=_("not known"),
        recovery_heading=_("Recovery"),
        recovery_columns=(
            _("Component"),
            _("May take"),
            _("Took"),
            _("Data that may be lost"),
            _("Last tested restore"),
            _("Last drill"),
        ),
        recoveries=tuple(recovery_rows(context, told)),
        ready_heading=_("What is ready"),
        ready_columns=(_("Component"), _("Owner"), _("What takes over"), _("What you can do"), _("Runbook")),
        ready=ready,
        defined=_("What the figures mean"),
        definitions=tuple(_definitions(context)),
    )


def _definitions(context: Context) -> Iterator[Definition]:
    _ = context._
    yield Definition(
        _("Availability"),
        _(
            "The share of the measured time of the last 90 days in which it could be done, from the states of what it "
            "needs at each moment. A moment is measured where the components that were not could not have "
            "made a difference. It is told where 30 days were measured."
        ),
    )
    yield Definition(
        _("If failures were independent"),
        _(
            "The product of the components' own availabilities. It is only an estimate: failures come together."
        ),
    )
    yield Definition(
        _("Single points of failure"),
        _(
            "Components whose loss alone ends something that people come to do, with all that depends on them, and for "
            "which neither a spare address nor a redundancy nor a fallback is declared."
        ),
    )
    yield Definition(
        _("How likely"),
        _(
            "Outages that count as down time, in 90 measured days: fewer than 2 is seldom, fewer than 5 is at times, "
            "more is often. It is told where 30 days were measured."
        ),
    )
    yield Definition(
        _("Impact"),
        _(
            "What is declared. Else: critical if more than half of what people come to do falls with the component, "
            "high if anything of it does, medium if other components do, low if nothing does."
        ),
    )
    yield Definition(
        _("Risk"),
        _(
            "How likely and how bad, each from 1 to 4, multiplied: up to 3 is low, up to 6 medium, more is high."
        ),
    )
    yield Definition(
        _("Took"),
        _(
            "Outages that count as down time and began in the last 365 days, from their beginning to their end."
        ),
    )
