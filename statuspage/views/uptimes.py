"""Uptimes in words, each with what was measured of its window."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from statuspage.intervals import seconds
from statuspage.model import ComponentStatus, State, Uptime
from statuspage.uptime import bounds, coverage, percent, ratio
from statuspage.views.context import Context

DAY = timedelta(days=1)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class UptimeRow:
    window: str
    uptime: str
    measured: str
    between: str


def uptime_text(context: Context, figure: Uptime) -> str:
    """`99.98% uptime`, with what was measured of the window when that is not all of it."""
    share = ratio(figure)
    if share is None:
        return context._("Uptime not measured")
    said = context._("{percent} uptime").format(percent=context.language.percent(percent(share)))
    more = (measured_text(context, figure), corrected_text(context, figure))
    return ", ".join(part for part in (said, *more) if part)


def corrected_text(context: Context, figure: Uptime) -> str:
    """`corrected`, where people spoke instead of the checks."""
    return context._("corrected") if figure.corrected else ""


def measured_text(context: Context, figure: Uptime) -> str:
    """`measured 51 of 90 days`, `measured 5 h of 90 days`, or where less than a day lacks `measured 99.7%`.

    "" when nothing lacks.
    """
    share = coverage(figure)
    if share is None or share >= 1:
        return ""
    days, of = figure.measured // seconds(DAY), figure.window // seconds(DAY)
    if of - days < 2 or figure.window - figure.measured < seconds(DAY):
        return context._("measured {percent}").format(percent=context.language.percent(percent(share)))
    language = context.language
    some = language.number(days) if days else language.duration(timedelta(seconds=figure.measured))
    return language.ngettext(
        "measured {some} of {count} day", "measured {some} of {count} days", of, some=some
    )


def share_text(context: Context, figure: Uptime) -> str:
    share = ratio(figure)
    return context._("Not measured") if share is None else context.language.percent(percent(share))


def windows(context: Context, component: ComponentStatus) -> dict[str, str]:
    """The names of the component's windows of time."""
    _ = context._
    names = {
        "24h": _("24 hours"),
        "7d": _("7 days"),
        "30d": _("30 days"),
        "90d": _("90 days"),
        "365d": _("A year"),
    }
    return {window: names[window] for window in names if window in component.uptimes}


def uptime_rows(context: Context, component: ComponentStatus) -> tuple[UptimeRow, ...]:
    return tuple(
        _row(context, label, component.uptimes[name]) for name, label in windows(context, component).items()
    )


def weights_text(context: Context) -> str:
    """How much an hour in each state counts."""
    told = [
        f"{context.state(state).word} {context.language.percent(Decimal(context.snapshot.weights[state]))}"
        for state in sorted(context.snapshot.weights, key=lambda s: s.severity)
        if state not in (State.OPERATIONAL, State.UNKNOWN, State.MAINTENANCE)
    ]
    sentence = context._(
        "Of the measured time. Time in trouble counts as down by: {weights}. Announced maintenance is left out."
    )
    return sentence.format(weights=", ".join(told))


def _row(context: Context, window: str, figure: Uptime) -> UptimeRow:
    low, high = bounds(figure)
    percents = context.language.percent
    between = ""
    if low != high:
        # The upper bound is rounded up, so that the two contain whatever happened.
        between = context._("{low} to {high}").format(
            low=percents(percent(low)), high=percents(HUNDRED - percent(1 - high))
        )
    share = coverage(figure)
    measured = "" if share is None else percents(percent(share))
    return UptimeRow(window, share_text(context, figure), measured, between)
