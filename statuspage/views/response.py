"""The chart of response times on a component's page, and the table behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage.intervals import Interval, clip
from statuspage.model import ComponentStatus
from statuspage.views import charts
from statuspage.views.context import CLASSES, Context

HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)
LABEL_HOURS = 4


@dataclass(frozen=True, slots=True)
class Tick:
    at: int  # in the chart's units, from the top or the left
    text: str


@dataclass(frozen=True, slots=True)
class Shade:
    x: int
    width: int
    css: str


@dataclass(frozen=True, slots=True)
class Chart:
    width: int
    height: int
    sentence: str
    path: str
    levels: tuple[Tick, ...]
    hours: tuple[Tick, ...]
    limit: Tick | None
    shades: tuple[Shade, ...]
    table: tuple[tuple[str, str], ...]  # the hour's end, its median


def chart(context: Context, component: ComponentStatus) -> Chart | None:
    """The hourly medians of the last 24 hours; None when there are too few for a line."""
    known = [v for v in component.recent if v is not None]
    if len(known) < 2:
        return None
    language = context.language
    limit = component.slow // MILLISECOND if component.slow else 0
    # A limit far above what is measured would press the line flat: then it is not drawn.
    drawn = limit if limit <= 4 * max(known) else 0
    axis = charts.scale(max(*known, drawn))
    # Each median stands at the end of its hour, so that the last one stands at now.
    last = len(component.recent) - 1
    ends = [context.now - (last - n) * HOUR for n in range(len(component.recent))]
    shown = Interval(ends[0], ends[-1])
    return Chart(
        width=charts.CHART_WIDTH,
        height=charts.CHART_HEIGHT,
        sentence=context._("Response times of the last 24 hours: hourly medians from {low} to {high}").format(
            low=_told(context, min(known)), high=_told(context, max(known))
        ),
        path=charts.chart_line(component.recent, axis),
        levels=tuple(Tick(axis.y(v), _told(context, v)) for v in axis.steps),
        hours=tuple(Tick(_x(at, shown), language.time(at, zone=False)) for at in _labelled(context, shown)),
        limit=Tick(axis.y(drawn), context._("degraded above {limit}").format(limit=_told(context, drawn)))
        if drawn
        else None,
        shades=tuple(_shades(context, component, shown)),
        table=tuple(
            (language.moment(end, context.now), _told(context, v))
            for end, v in zip(ends, component.recent, strict=True)
        ),
    )


def _told(context: Context, value: int | None) -> str:
    return context._("not measured") if value is None else context.language.latency(value * MILLISECOND)


def _x(at: datetime, shown: Interval) -> int:
    return round((at - shown.start) / (shown.end - shown.start) * charts.CHART_WIDTH)


def _labelled(context: Context, shown: Interval) -> Iterator[datetime]:
    """The whole hours of the page's zone that get a label."""
    at = shown.start - timedelta(minutes=shown.start.astimezone(context.language.zone).minute) + HOUR
    at = at.replace(second=0)
    while at < shown.end:
        # Labels are centred: one at the very edge would be cut.
        if (
            at.astimezone(context.language.zone).hour % LABEL_HOURS == 0
            and 20 < _x(at, shown) < charts.CHART_WIDTH - 20
        ):
            yield at
        at += HOUR


def _shades(context: Context, component: ComponentStatus, shown: Interval) -> Iterator[Shade]:
    for outage in component.outages:
        for part in clip([Interval(outage.start, outage.end or context.now)], shown):
            x = _x(part.start, shown)
            yield Shade(x, max(2, _x(part.end, shown) - x), CLASSES[outage.state])
