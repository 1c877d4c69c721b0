"""The charts of response times on a component's page: 24 hours, 7 days, 90 days, each with the table behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from babel.dates import format_date, format_skeleton

from statuspage.i18n import Language
from statuspage.intervals import Interval, clip
from statuspage.model import ComponentStatus, Latency, LatencySeries
from statuspage.views import charts
from statuspage.views.context import CLASSES, Context

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)
LABEL_HOURS = 4
LABEL_DAYS = (1, 15)  # of a month
MARGIN = 0.04  # labels are centred: one nearer to an edge would be cut
HEAD = 14  # above the highest line, for what stands on it


@dataclass(frozen=True, slots=True)
class Level:
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: str  # percent of the width
    text: str


@dataclass(frozen=True, slots=True)
class Shade:
    x: int
    width: int
    css: str
    text: str


@dataclass(frozen=True, slots=True)
class PointRow:
    """One piece of time in words."""

    when: str
    median: str
    p95: str  # "" when nothing was measured


@dataclass(frozen=True, slots=True)
class Panel:
    """One period."""

    key: str
    label: str
    sentence: str
    median: str  # path
    band: str  # path, from the median to the 95th percentile
    levels: tuple[Level, ...]
    ticks: tuple[Tick, ...]
    limit: Level | None
    shades: tuple[Shade, ...]
    when: str  # heading of the table's first column
    rows: tuple[PointRow, ...]  # oldest first
    x: str  # what a pointer reads, from left to right, with | between
    y: str


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    width: int
    head: int
    height: int
    start: str  # where words begin that stand at the inline start, percent of the width
    panels: tuple[Panel, ...]  # the first one is shown first


def chart(context: Context, component: ComponentStatus) -> Chart | None:
    """None when there are too few answers for a line in any period."""
    _ = context._
    title = (
        _("First token, median and 95th percentile")
        if component.first_token
        else _("Response time, median and 95th percentile")
    )
    panels = tuple(
        _panel(context, component, key, series)
        for key, series in component.latencies.items()
        if sum(point is not None for point in series.points) > 1
    )
    if not panels:
        return None
    start = "99.7%" if _mirrored(context) else "0.3%"
    return Chart(title, charts.CHART_WIDTH, HEAD, charts.CHART_HEIGHT, start, panels)


def _panel(context: Context, component: ComponentStatus, key: str, series: LatencySeries) -> Panel:
    known = [point for point in series.points if point]
    limit = component.slow // MILLISECOND if component.slow else 0
    greatest = max(point.p95 for point in known)
    # A limit far above what is measured would press the line flat: then it is not drawn.
    drawn = limit if limit <= 4 * greatest else 0
    axis = charts.scale(max(greatest, drawn))
    shown = _shown(series)
    points = series.points[::-1] if _mirrored(context) else series.points
    rows = _rows(context, key, series)
    readings = rows[::-1] if _mirrored(context) else rows
    return Panel(
        key=key,
        label=_labels(context)[key],
        sentence=_sentence(context, key, known),
        median=charts.chart_line([point.p50 if point else None for point in points], axis),
        band=charts.chart_band([(point.p50, point.p95) if point else None for point in points], axis),
        levels=tuple(Level(HEAD + axis.y(v), _told(context, v)) for v in axis.steps),
        ticks=tuple(_ticks(context, key, shown)),
        limit=Level(axis.y(drawn), context._("degraded above {limit}").format(limit=_told(context, drawn)))
        if drawn
        else None,
        shades=tuple(_shades(context, component, shown)),
        when=context._("Day (UTC)") if key == "90d" else context._("Time"),
        rows=rows,
        x="|".join(row.when for row in readings),
        y="|".join(_reading(context, row) for row in readings),
    )


def _labels(context: Context) -> dict[str, str]:
    _ = context._
    return {"24h": _("24 hours"), "7d": _("7 days"), "90d": _("90 days")}


def _sentence(context: Context, key: str, known: Sequence[Latency]) -> str:
    _ = context._
    sentences = {
        "24h": _("The last 24 hours: medians from {low} to {high}, 95th percentile up to {top}"),
        "7d": _("The last 7 days: medians from {low} to {high}, 95th percentile up to {top}"),
        "90d": _("The last 90 days: medians from {low} to {high}, 95th percentile up to {top}"),
    }
    return sentences[key].format(
        low=_told(context, min(point.p50 for point in known)),
        high=_told(context, max(point.p50 for point in known)),
        top=_told(context, max(point.p95 for point in known)),
    )


def _rows(context: Context, key: str, series: LatencySeries) -> tuple[PointRow, ...]:
    whens = _whens(context.language, context.now, key, series.start, series.step, len(series.points))
    return tuple(
        PointRow(when, _told(context, point.p50), _told(context, point.p95))
        if point
        else PointRow(when, context._("not measured"), "")
        for when, point in zip(whens, series.points, strict=True)
    )


@lru_cache(64)  # the components of a page share them
def _whens(
    language: Language, now: datetime, key: str, start: datetime, step: timedelta, count: int
) -> tuple[str, ...]:
    """`14:12 to 14:42`, `20 November, 13:00 UTC`, `20 November`."""
    starts = [start + n * step for n in range(count)]
    if key == "90d":  # its pieces are days of UTC whatever the page's zone
        return tuple(language.short_day(at.date(), now) for at in starts)
    if key == "7d":
        return tuple(language.dated(at, now) for at in starts)
    times = [language.time(at, zone=False) for at in (*starts, start + count * step)]
    return tuple(language._("{first} to {last}").format(first=a, last=b) for a, b in pairwise(times))


def _reading(context: Context, row: PointRow) -> str:
    if not row.p95:
        return row.median
    return context._("median {median}, 95th percentile {p95}").format(median=row.median, p95=row.p95)


def _told(context: Context, value: int) -> str:
    return _latency(context.language, value)


@lru_cache(4096)
def _latency(language: Language, value: int) -> str:
    return language.latency(value * MILLISECOND)


def _shown(series: LatencySeries) -> Interval:
    """From the end of the first piece to that of the last: each point stands at the end of its piece."""
    first = series.start + series.step
    return Interval(first, first + (len(series.points) - 1) * series.step)


def _mirrored(context: Context) -> bool:
    """Time runs as the language is read."""
    return context.language.direction == "rtl"


def _share(context: Context, at: datetime, shown: Interval) -> float:
    """Of the width, from the left."""
    share = (at - shown.start) / (shown.end - shown.start)
    return 1 - share if _mirrored(context) else share


def _ticks(context: Context, key: str, shown: Interval) -> Iterator[Tick]:
    for at, text in _labelled(context, key, shown):
        share = _share(context, at, shown)
        if MARGIN < share < 1 - MARGIN:
            yield Tick(f"{100 * share:.1f}%", text)


def _labelled(context: Context, key: str, shown: Interval) -> Iterator[tuple[datetime, str]]:
    """The moments of the page's zone that get a label."""
    locale, zone = context.language.locale, context.language.zone
    if key == "24h":
        at = shown.start.replace(minute=0, second=0)
        while at < shown.end:
            if at.astimezone(zone).hour % LABEL_HOURS == 0 and at.astimezone(zone).minute == 0:
                yield at, context.language.time(at, zone=False)
            at += HOUR / 4  # some zones lie a quarter of an hour beside UTC's hours
        return
    day = shown.start.astimezone(zone).date()
    while (at := datetime.combine(day, time(), zone)) < shown.end:
        if key == "7d":
            yield at, format_date(day, "EEE", locale=locale)
        elif day.day in LABEL_DAYS:
            yield at, format_skeleton("MMMd", day, locale=locale)
        day += DAY


def _shades(context: Context, component: ComponentStatus, shown: Interval) -> Iterator[Shade]:
    for outage in component.outages:
        for part in clip([Interval(outage.start, outage.end or context.now)], shown):
            edges = sorted(_share(context, at, shown) for at in part)
            x, end = (round(edge * charts.CHART_WIDTH) for edge in edges)
            state = context.state(outage.state)
            lasted = context.language.duration((outage.end or context.now) - outage.start)
            began = context.language.dated(outage.start, context.now)
            text = context.labelled(state.word, f"{began}, {lasted}")
            yield Shade(x, max(3, end - x), CLASSES[outage.state], text)
