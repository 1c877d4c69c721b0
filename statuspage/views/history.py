"""All incidents and maintenances by month, and the page that is not there."""

from dataclasses import dataclass, replace
from itertools import groupby

from statuspage.model import Incident, Maintenance
from statuspage.views.context import Context, When, happened
from statuspage.views.frame import Frame, frame
from statuspage.views.incidents import PastLine, past_line


@dataclass(frozen=True, slots=True)
class Entry:
    at: When
    line: PastLine


@dataclass(frozen=True, slots=True)
class Month:
    name: str
    anchor: str  # 2026-11
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    frame: Frame
    heading: str
    months: tuple[Month, ...]
    none: str  # said when there is nothing, "" else


@dataclass(frozen=True, slots=True)
class MissingPage:
    frame: Frame
    heading: str
    text: str
    back: str


def history_page(context: Context) -> HistoryPage:
    zone = context.language.zone
    told: list[Incident | Maintenance] = [*context.snapshot.incidents, *context.snapshot.maintenances]
    told.sort(key=lambda one: (happened(one), one.id), reverse=True)
    months = [
        (month, tuple(_entry(context, one) for one in run))
        for month, run in groupby(told, key=lambda one: happened(one).astimezone(zone).date().replace(day=1))
    ]
    heading = context._("History")
    return HistoryPage(
        frame=frame(context, heading),
        heading=heading,
        months=tuple(Month(context.language.month(m), f"{m:%Y-%m}", entries) for m, entries in months),
        none="" if told else context._("No incident was ever reported."),
    )


def _entry(context: Context, one: Incident | Maintenance) -> Entry:
    at = happened(one)
    return Entry(
        replace(context.when(at), text=context.language.dated(at, context.now)), past_line(context, one)
    )


def missing_page(context: Context) -> MissingPage:
    """The page for an address that is none; its links must not be relative, as it shows at any depth."""
    heading = context._("There is no such page")
    return MissingPage(
        frame=frame(context, heading),
        heading=heading,
        text=context._("The address may be mistyped, or what it named was renamed."),
        back=context._("Show the status"),
    )
