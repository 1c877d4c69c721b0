"""All incidents and maintenances by month, each month on its own page, and the page that is not there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from statuspage.model import Incident, Maintenance, Snapshot
from statuspage.views.again import knowledge_link
from statuspage.views.context import Context, Link, StateView, When, happened
from statuspage.views.frame import Frame, frame
from statuspage.views.incidents import ended, past_line
from statuspage.views.said import Said, said

MONTHS = 12  # at most so many are told in full on the overview
ENTRIES = 60  # and no month more once so many entries are
CAUSE = 80  # characters of a cause that can be searched for: the overview has all that there ever was

Told = Incident | Maintenance


@dataclass(frozen=True, slots=True)
class Entry:
    """An incident or a maintenance as history tells of it."""

    at: When
    href: str
    title: Said
    pill: StateView  # impact, or a maintenance's status
    told: str  # the pill's word, how long it lasted, the cause's class
    short: str  # the day and the pill's word
    components: tuple[Link, ...]
    text: str  # what a search looks through


@dataclass(frozen=True, slots=True)
class Month:
    name: str
    key: str  # 2026-11
    href: str
    count: str
    full: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    frame: Frame
    heading: str
    lead: str
    search: str
    found: str  # with {count}
    months: tuple[Month, ...]  # newest first
    none: str  # said when there is nothing, "" else
    knowledge: Link | None


@dataclass(frozen=True, slots=True)
class MonthPage:
    frame: Frame
    heading: str
    count: str
    entries: tuple[Entry, ...]
    older: Link | None
    newer: Link | None


@dataclass(frozen=True, slots=True)
class MissingPage:
    frame: Frame
    heading: str
    text: str
    back: str


def months_of(context: Context) -> dict[date, tuple[Told, ...]]:
    """What there was, newest first, by the first day of its month in the page's zone; no month is empty."""
    zone = context.language.zone
    told = everything(context.snapshot)
    filed = groupby(told, key=lambda one: happened(one).astimezone(zone).date().replace(day=1))
    return {month: tuple(run) for month, run in filed}


def everything(snapshot: Snapshot) -> list[Told]:
    """All incidents and maintenances, newest first."""
    told: list[Told] = [*snapshot.incidents, *snapshot.maintenances]
    return sorted(told, key=lambda one: (happened(one), one.id), reverse=True)


def month_path(month: date) -> str:
    """The page of a month, below the language's root."""
    return f"history/{month:%Y-%m}/"


def history_page(context: Context) -> HistoryPage:
    heading = context._("History")
    months = tuple(_months(context))
    return HistoryPage(
        frame=frame(context, heading),
        heading=heading,
        lead=context._(
            "All incidents and maintenance are on this page: your browser's own search finds them too."
        )
        if months
        else "",
        search=context._("Search the history"),
        found=context._("Found: {count}"),
        months=months,
        none="" if months else context._("No incident was ever reported."),
        knowledge=knowledge_link(context),
    )


def month_page(context: Context, month: date, filed: dict[date, tuple[Told, ...]]) -> MonthPage:
    """`filed`: what `months_of` gives."""
    name = context.language.month(month)
    known = list(filed)
    at = known.index(month)
    return MonthPage(
        frame=frame(
            context,
            context._("History, {month}").format(month=name),
            present=not all(ended(one) for one in filed[month]),
        ),
        heading=name,
        count=_count(context, filed[month]),
        entries=tuple(entry(context, one) for one in filed[month]),
        older=_to(context, context._("Before: {month}"), known[at + 1]) if at + 1 < len(known) else None,
        newer=_to(context, context._("After: {month}"), known[at - 1]) if at else None,
    )


def entry(context: Context, one: Told) -> Entry:
    at, line = happened(one), past_line(context, one)
    named = tuple(one.components) if isinstance(one, Maintenance) else tuple(one.worst)
    components = context.names(named)
    # A maintenance's line begins with its status already.
    told = line.told if isinstance(one, Maintenance) else f"{line.pill.word} · {line.told}"
    return Entry(
        at=replace(context.when(at), text=context.language.dated(at, context.now)),
        href=line.href,
        title=line.title,
        pill=line.pill,
        told=told,
        short=f"{context.language.short_day(at.astimezone(context.language.zone).date(), at)} · {line.pill.word}",
        components=components,
        text=" ".join(
            filter(None, [line.title.text, *_searched(context, one), *(c.text for c in components)])
        ),
    )


def missing_page(context: Context) -> MissingPage:
    """The page for an address that is none; its links must not be relative, as it shows at any depth."""
    heading = context._("There is no such page")
    return MissingPage(
        frame=frame(context, heading, present=False),
        heading=heading,
        text=context._("The address may be mistyped, or what it named was renamed."),
        back=context._("Show the status"),
    )


def _months(context: Context) -> Iterator[Month]:
    listed = 0
    for n, (month, told) in enumerate(months_of(context).items()):
        full = n == 0 or (n < MONTHS and listed + len(told) <= ENTRIES)
        listed += len(told)
        yield Month(
            name=context.language.month(month),
            key=f"{month:%Y-%m}",
            href=f"{context.root}{month_path(month)}",
            count=_count(context, told),
            full=full,
            entries=tuple(entry(context, one) for one in told),
        )


def _count(context: Context, told: tuple[Told, ...]) -> str:
    """`3 incidents, 1 maintenance`."""
    ngettext = context.language.ngettext
    incidents = sum(isinstance(one, Incident) for one in told)
    work = len(told) - incidents
    counts = [ngettext("{count} incident", "{count} incidents", incidents)] if incidents else []
    if work:
        counts.append(ngettext("{count} maintenance", "{count} maintenances", work))
    return ", ".join(counts)


def _to(context: Context, words: str, month: date) -> Link:
    """`words` hold `{month}`."""
    return Link(f"{context.root}{month_path(month)}", words.format(month=context.language.month(month)))


def _searched(context: Context, one: Told) -> Iterator[str]:
    """What can be searched for beside title and components."""
    yield context.status(one.status)
    if isinstance(one, Incident):
        yield said(context, one, "cause").text[:CAUSE]
        yield context.cause_class(one.cause_class)
        yield from one.tags
