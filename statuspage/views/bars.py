"""The 90 day bar: what is drawn, and each day's sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby

from statuspage.model import BarDay, State
from statuspage.views import charts
from statuspage.views.context import CLASSES, Context, Link, StateView
from statuspage.views.corrections import corrected_by
from statuspage.views.said import titled_links

SHORT = 10  # percent of a day: one with less unmeasured time is drawn as measured


@dataclass(frozen=True, slots=True)
class Mark:
    """A day that is not plainly operational, or a run of unmeasured ones, over its whole height."""

    css: str
    text: str  # the whole sentence
    path: str
    run: bool  # several days, hatched


@dataclass(frozen=True, slots=True)
class Bar:
    """Painted in this order; each path is "" where nothing is to be drawn."""

    width: int
    sentence: str
    good: str  # path through all plainly operational days
    marks: tuple[Mark, ...]
    pale: str  # over a mark: the share that was operational
    grey: str  # over a mark: the share that was not measured


@dataclass(frozen=True, slots=True)
class DayRow:
    """The same in words, for the list behind the bar."""

    day: str
    state: StateView
    told: str  # what was how long
    seen: tuple[str, ...]  # what the checks saw
    incidents: tuple[Link, ...]
    corrected: tuple[str, ...] = ()  # what people corrected, and why


class Rows:
    """One component's days in words, each said once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._said: dict[date, DayRow] = {}

    def of(self, day: BarDay) -> DayRow:
        if day.day not in self._said:
            self._said[day.day] = _row(self.context, day)
        return self._said[day.day]


def bar(rows: Rows, days: Sequence[BarDay]) -> Bar:
    context = rows.context
    runs = [(kind, list(run)) for kind, run in groupby(enumerate(days), key=lambda d: kind_of(d[1]))]
    good = "".join(charts.days(run[0][0], len(run)) for kind, run in runs if kind == "good")
    marks: list[Mark] = []
    for kind, run in runs:
        if kind == "blank":
            text = sentence(context, _blank(context, [day for _, day in run]))
            marks.append(Mark(CLASSES[State.UNKNOWN], text, charts.days(run[0][0], len(run)), run=True))
        elif kind != "good":
            marks += [
                Mark(CLASSES[day.worst], sentence(context, rows.of(day)), charts.column(n), run=False)
                for n, day in run
            ]
    marked = [(n, day) for kind, run in runs if kind == "marked" for n, day in run]
    return Bar(
        width=charts.PITCH * len(days),
        sentence=whole(context, days),
        good=good,
        marks=tuple(marks),
        pale="".join(charts.column(n, above=charts.seen(_trouble(d))) for n, d in marked if _trouble(d)),
        grey="".join(
            charts.column(n, above=1 - charts.seen(_blank_share(d))) for n, d in marked if _blank_share(d)
        ),
    )


def day_rows(rows: Rows, days: Sequence[BarDay]) -> tuple[DayRow, ...]:
    """The days that are not plainly operational, newest first; unmeasured days in a row are one."""
    told: list[DayRow] = []
    for kind, run in groupby(days, key=kind_of):
        if kind == "blank":
            told.append(_blank(rows.context, list(run)))
        elif kind != "good":
            told += map(rows.of, run)
    return tuple(reversed(told))


def kind_of(day: BarDay) -> str:
    if day.corrections:
        return "marked"
    if day.worst is State.UNKNOWN:
        return "blank"
    if day.worst is State.OPERATIONAL and not _is_blank_in_part(day):
        return "good"
    return "marked"


def _is_blank_in_part(day: BarDay) -> bool:
    """At least SHORT of it was not measured."""
    return day.seconds > 0 and 100 * day.by_state.get(State.UNKNOWN, 0) >= SHORT * day.seconds


def _trouble(day: BarDay) -> Fraction:
    quiet = (State.OPERATIONAL, State.UNKNOWN)
    return Fraction(sum(s for state, s in day.by_state.items() if state not in quiet), day.seconds)


def _blank_share(day: BarDay) -> Fraction:
    """The unmeasured share as far as it is drawn; it never hides trouble."""
    if not _is_blank_in_part(day):
        return Fraction(0)
    share = Fraction(day.by_state.get(State.UNKNOWN, 0), day.seconds)
    return min(share, 1 - charts.seen(_trouble(day)))


def _row(context: Context, day: BarDay) -> DayRow:
    language = context.language
    told = [
        f"{context.state(state).word} {language.duration(timedelta(seconds=length))}"
        for state, length in sorted(day.by_state.items(), key=lambda item: -item[0].severity)
        if state is not State.OPERATIONAL and (state is not State.UNKNOWN or _is_blank_in_part(day))
    ]
    seen = [context.witnessed(o.code, o.detail) for o in day.outages]
    return DayRow(
        day=language.short_day(day.day, context.now),
        state=context.state(State.UNKNOWN if _in_part(day) else day.worst),
        told=", ".join(told) or context.state(day.worst).word,
        seen=tuple(dict.fromkeys(text for text in seen if text)),
        incidents=titled_links(context, day.incidents),
        corrected=tuple(corrected_by(context, one) for one in day.corrections),
    )


def _in_part(day: BarDay) -> bool:
    """What was measured of it worked, and not all was measured."""
    return day.worst is State.OPERATIONAL and _is_blank_in_part(day)


def _blank(context: Context, days: Sequence[BarDay]) -> DayRow:
    language = context.language
    return DayRow(
        day=language.days(days[0].day, days[-1].day, context.now),
        state=context.state(State.UNKNOWN),
        told=context.state(State.UNKNOWN).word,
        seen=(),
        incidents=titled_links(context, dict.fromkeys(i for day in days for i in day.incidents)),
    )


def sentence(context: Context, row: DayRow) -> str:
    """`10 November: Degraded 48 min. Slower than usual: 2.9 s. Answers slower than usual`."""
    corrected = (text.removesuffix(".") for text in row.corrected)
    told = [row.told, *row.seen, *corrected, *(link.text for link in row.incidents)]
    return context.labelled(row.day, ". ".join(text for text in told if text))


def whole(context: Context, days: Sequence[BarDay]) -> str:
    """The bar in one sentence, for those who do not see it."""
    _, ngettext = context._, context.language.ngettext
    blank = sum(day.worst is State.UNKNOWN for day in days)
    troubled = sum(day.worst not in (State.OPERATIONAL, State.UNKNOWN) for day in days)
    part = sum(_in_part(day) for day in days)
    told = [
        ngettext(
            "{count} day with trouble or maintenance", "{count} days with trouble or maintenance", troubled
        )
        if troubled
        else _("no trouble measured")
    ]
    if part:
        told.append(ngettext("{count} day measured in part", "{count} days measured in part", part))
    if blank:
        told.append(ngettext("{count} day not measured", "{count} days not measured", blank))
    if blank == len(days):
        told = [_("not measured")]
    return ngettext("The last day: {told}", "The last {count} days: {told}", len(days), told=", ".join(told))
