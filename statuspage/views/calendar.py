"""A year of days as a calendar: weeks are columns, weekdays rows; two halves, under each other on phones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from statuspage.model import BarDay, ComponentStatus, State
from statuspage.views import charts
from statuspage.views.bars import DayRow, Rows, day_rows, kind_of, sentence, whole
from statuspage.views.context import CLASSES, Context
from statuspage.views.uptimes import uptime_text

WEEK = 7
WEEKS = 27  # columns of a half: a year touches 53 weeks
HEAD = 16  # above the squares, for the months' names


@dataclass(frozen=True, slots=True)
class Cells:
    css: str
    path: str
    title: str  # "" for days about which there is nothing to say


@dataclass(frozen=True, slots=True)
class Sign:
    css: str
    path: str


@dataclass(frozen=True, slots=True)
class MonthName:
    x: int
    text: str


@dataclass(frozen=True, slots=True)
class Half:
    width: int
    head: int
    height: int  # below the head
    cells: tuple[Cells, ...]
    signs: tuple[Sign, ...]  # one path a state
    months: tuple[MonthName, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    sentence: str
    uptime: str
    halves: tuple[Half, ...]
    rows: tuple[DayRow, ...]  # the days that were not fully operational, newest first


def calendar(rows: Rows, component: ComponentStatus) -> Calendar | None:
    """None when nothing was ever measured or said of any day."""
    context, days = rows.context, component.year
    if all(day.worst is State.UNKNOWN for day in days):
        return None
    offset = _weekday(context, days[0])
    split = WEEKS * WEEK - offset
    return Calendar(
        sentence=whole(context, days),
        uptime=uptime_text(context, component.uptimes["365d"]),
        halves=(_half(rows, days[:split], offset), _half(rows, days[split:], 0)),
        rows=day_rows(rows, days),
    )


def _weekday(context: Context, day: BarDay) -> int:
    """The row of the day: 0 for the first day of the language's week."""
    return (day.day.weekday() - context.language.locale.first_week_day) % WEEK


def _half(rows: Rows, days: Sequence[BarDay], offset: int) -> Half:
    """`offset`: the row of the first day."""
    context = rows.context
    mirrored = context.language.direction == "rtl"
    places = [divmod(n + offset, WEEK) for n in range(len(days))]
    if mirrored:
        places = [(WEEKS - 1 - week, row) for week, row in places]
    told = list(zip(days, places, strict=True))
    kinds: dict[str, list[Placed]] = {}
    for day, at in told:
        kinds.setdefault(kind_of(day), []).append((day, at))
    marked = kinds.get("marked", [])
    states = {css: [at for day, at in marked if _css(day) == css] for css in charts.SIGNS}
    return Half(
        width=WEEKS * charts.CELL,
        head=HEAD,
        height=WEEK * charts.CELL,
        cells=tuple(_cells(rows, kinds)),
        signs=tuple(Sign(css, charts.glyphs(css, some)) for css, some in states.items() if some),
        months=tuple(_months(context, told, mirrored=mirrored)),
    )


def _css(day: BarDay) -> str:
    return CLASSES[day.worst]


Placed = tuple[BarDay, tuple[int, int]]


def _cells(rows: Rows, kinds: Mapping[str, Sequence[Placed]]) -> Iterator[Cells]:
    """One path for all plain days, one for all unmeasured ones, one with its sentence for each other day."""
    for kind, state in (("good", State.OPERATIONAL), ("blank", State.UNKNOWN)):
        if kind in kinds:
            yield Cells(CLASSES[state], charts.cells([at for _, at in kinds[kind]]), "")
    for day, at in kinds.get("marked", ()):
        yield Cells(_css(day), charts.cells([at]), sentence(rows.context, rows.of(day)))


def _months(context: Context, told: Sequence[Placed], *, mirrored: bool) -> list[MonthName]:
    """Above the week of a month's first day, where there is room for its name."""
    found = []
    for day, (week, _) in told:
        fits = week >= 2 if mirrored else week <= WEEKS - 3
        if day.day.day == 1 and fits:
            x = (week + 1) * charts.CELL - 1 if mirrored else week * charts.CELL + 1
            found.append(MonthName(x, context.language.short_month(day.day)))
    return found
