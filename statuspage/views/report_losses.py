"""The down time of a report: by cause, by component, by hour of the week, and how much came from dependencies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from statuspage.model import CauseClass
from statuspage.reliability import Report
from statuspage.uptime import WHOLE, percent
from statuspage.views import charts
from statuspage.views.context import Context, Link

WIDTH = 1000
MONDAY = date(2024, 1, 1)
SIDES = (3, 5, 7, 9)  # of a square, by the quarter of the most that its hour reaches
LABELLED = 6  # hours between two labels
HEAD, MARGIN = 12, 40  # room for the hours above and the days beside
COMPONENTS = 20  # that are listed at most
HOURS = 24  # rows of the table at most


@dataclass(frozen=True, slots=True)
class Bar:
    link: Link
    told: str
    width: int  # of WIDTH, against the greatest of its list
    x: int


@dataclass(frozen=True, slots=True)
class Squares:
    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class HourRow:
    when: str
    lost: str


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of a week as a grid: the more was lost, the larger the square."""

    sentence: str
    width: int
    height: int
    head: int
    margin: int
    ground: str
    squares: tuple[Squares, ...]
    labels: tuple[Label, ...]
    rows: tuple[HourRow, ...]  # those with the most down time
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Losses:
    causes_heading: str
    causes: tuple[Bar, ...]
    components_heading: str
    components: tuple[Bar, ...]
    week_heading: str
    week: Week
    dependencies: str


def losses_view(context: Context, told: Report) -> Losses | None:
    """None without down time."""
    _ = context._
    part = told.from_dependencies
    if part is None:
        return None
    names = {one.id: one.name for one in told.components}
    causes = [(Link("", told_cause(context, cause)), lost) for cause, lost in told.by_class.items()]
    components = [
        (Link(context.component_href(id_), names[id_]), lost) for id_, lost in told.by_component.items()
    ]
    return Losses(
        causes_heading=_("By cause"),
        causes=_bars(context, causes, told.lost),
        components_heading=_("By component"),
        components=_bars(context, components[:COMPONENTS], told.lost),
        week_heading=_("By hour of the week"),
        week=_week(context, told.by_hour),
        dependencies=_(
            "{percent} of it came while something that the component depends on was in trouble too."
        ).format(percent=context.language.percent(percent(part, 1))),
    )


def spent_text(context: Context, lost: int) -> str:
    """Percent seconds as a length of time; what is less than a second is not told as none."""
    length = context.language.duration(timedelta(seconds=lost // WHOLE))
    return context._("less than a second") if 0 < lost < WHOLE else length


def told_cause(context: Context, cause: CauseClass) -> str:
    return context.cause_class(cause) or context._("cause not known")


def _bars(context: Context, parts: list[tuple[Link, int]], whole: int) -> tuple[Bar, ...]:
    most = max(lost for _, lost in parts)
    found = []
    for link, lost in parts:
        width = -(-lost * WIDTH // most)
        text = context._("{duration}, {percent}").format(
            duration=spent_text(context, lost),
            percent=context.language.percent(percent(Fraction(lost, whole), 1)),
        )
        found.append(Bar(link, text, width, WIDTH - width if context.language.direction == "rtl" else 0))
    return tuple(found)


def _week(context: Context, hours: Mapping[tuple[int, int], int]) -> Week:
    _ = context._
    most = max(hours.values())
    by_side: dict[int, list[tuple[int, int]]] = {side: [] for side in SIDES}
    for (day, hour), lost in hours.items():
        by_side[SIDES[min(lost * len(SIDES) // most, len(SIDES) - 1)]].append((hour, day))
    worst = sorted(hours.items(), key=lambda item: (-item[1], item[0]))
    rows = tuple(HourRow(_hour(context, *at), spent_text(context, lost)) for at, lost in worst[:HOURS])
    return Week(
        sentence=_("Most down time: {hour}, {duration}.").format(hour=rows[0].when, duration=rows[0].lost),
        width=24 * charts.CELL,
        height=7 * charts.CELL,
        head=HEAD,
        margin=MARGIN,
        ground=charts.squares([(hour, day) for day in range(7) for hour in range(24)], 1),
        squares=tuple(
            Squares(charts.squares(places, side), _up_to(context, most, n))
            for n, (side, places) in enumerate(by_side.items(), 1)
            if places
        ),
        labels=(
            *(
                Label(hour * charts.CELL, -4, context.language.clock(datetime(2024, 1, 1, hour, tzinfo=UTC)))
                for hour in range(0, 24, LABELLED)
            ),
            *(Label(-MARGIN, day * charts.CELL + 10, _day(context, day, short=True)) for day in range(7)),
        ),
        rows=rows,
        columns=(_("Hour of the week"), _("Down time")),
    )


def _up_to(context: Context, most: int, quarter: int) -> str:
    return context._("up to {duration}").format(duration=spent_text(context, most * quarter // len(SIDES)))


def _day(context: Context, day: int, *, short: bool = False) -> str:
    at = MONDAY + timedelta(days=day)
    return context.language.short_day_of_week(at) if short else context.language.day_of_week(at)


def _hour(context: Context, day: int, hour: int) -> str:
    """`Thursday at 10:00`."""
    clock = context.language.clock(datetime(2024, 1, 1, hour, tzinfo=UTC))
    return context._("{day} at {hour}").format(day=_day(context, day), hour=clock)
