"""Maintenance on one page: what is being worked on, what is planned, what is over."""

from dataclasses import dataclass, replace

from statuspage.model import Maintenance, MaintenanceStatus
from statuspage.views.context import Context, Link
from statuspage.views.frame import Frame, frame
from statuspage.views.history import Entry, entry
from statuspage.views.incidents import Card, Planned, ended, maintenance_card, planned, window


@dataclass(frozen=True, slots=True)
class MaintenancePage:
    frame: Frame
    heading: str
    running: tuple[Card, ...]
    planned: tuple[Planned, ...]  # soonest first
    planned_heading: str
    past: tuple[Entry, ...]  # newest first
    past_heading: str
    none: str  # said where nothing is planned or in progress, "" else
    calendar: Link


def maintenance_page(context: Context) -> MaintenancePage:
    _, all_of_it = context._, context.snapshot.maintenances
    ahead = [work for work in all_of_it if work.status is MaintenanceStatus.SCHEDULED]
    past = [work for work in all_of_it if ended(work)]
    running = [work for work in all_of_it if work not in ahead and work not in past]
    heading = _("Maintenance")
    return MaintenancePage(
        frame=frame(context, heading),
        heading=heading,
        running=tuple(maintenance_card(context, work) for work in running),
        planned=tuple(planned(context, work) for work in sorted(ahead, key=lambda work: work.start)),
        planned_heading=_("Planned"),
        past=tuple(_past(context, work) for work in past),
        past_heading=_("Past maintenance"),
        none="" if running or ahead else _("No maintenance is planned."),
        calendar=Link(f"{context.site}maintenance.ics", _("Calendar")),
    )


def _past(context: Context, work: Maintenance) -> Entry:
    """With its whole window instead of its start."""
    told = entry(context, work)
    return replace(told, at=replace(told.at, text=window(context, work)))
