"""The error budget: what an objective lets a component be down, how much of it is left, for how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from statuspage.model import Budget, Objective, Uptime
from statuspage.uptime import allowed, budget_bounds, budget_left, coverage, gone_in, percent, spent
from statuspage.views.context import Context
from statuspage.views.uptimes import measured_text

WIDTH = 1000
LITTLE = Fraction(1, 4)  # of the budget: less than that left is drawn as a warning
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class BudgetView:
    objective: str  # `objective 99.5% over 90 days`
    css: str  # class of what is left
    left: int  # of WIDTH, from the inline start
    x: int  # where it begins, from the left
    told: tuple[str, ...]  # a sentence each


def budget_view(context: Context, budget: Budget | None) -> BudgetView | None:
    """None when the component has no objective."""
    if budget is None:
        return None
    left = budget_left(budget.window, budget.objective)
    share = min(max(left, Fraction(0)), Fraction(1)) if left is not None else Fraction(0)
    width = round(share * WIDTH)
    return BudgetView(
        objective=_objective(context, budget.objective),
        css="ok" if share >= LITTLE else "deg" if share else "maj",
        left=width,
        x=WIDTH - width if context.language.direction == "rtl" else 0,
        told=tuple(_told(context, budget, left)),
    )


def _objective(context: Context, objective: Objective) -> str:
    _ = context._
    sentences = {
        "24h": _("objective {percent} over 24 hours"),
        "7d": _("objective {percent} over 7 days"),
        "30d": _("objective {percent} over 30 days"),
        "90d": _("objective {percent} over 90 days"),
        "365d": _("objective {percent} over a year"),
    }
    return sentences[objective.window].format(percent=context.language.percent(objective.availability))


def _told(context: Context, budget: Budget, left: Fraction | None) -> Iterator[str]:
    if left is None:
        yield context._("Nothing was measured in this time, so nothing is known of the budget.")
        return
    yield _left(context, budget, left)
    if left > 0:
        yield _pace(context, budget)
    if (share := coverage(budget.window)) is not None and share < 1:
        yield _unmeasured(context, budget)


def _left(context: Context, budget: Budget, left: Fraction) -> str:
    granted, used = allowed(budget.window, budget.objective), spent(budget.window)
    whole = _duration(context, granted)
    if left <= 0:
        return context._("Used up: {spent} down, {all} granted.").format(
            spent=_duration(context, used), all=whole
        )
    return context._("{percent} left: {left} of {all}.").format(
        percent=context.language.percent(percent(left, 0)), left=_duration(context, granted - used), all=whole
    )


def _pace(context: Context, budget: Budget) -> str:
    """At that of the last hour when it spends, else at that of the last day."""
    _ = context._
    for pace, sentence in (
        (budget.hour, _("At the pace of the last hour it would be gone in {duration}.")),
        (budget.day, _("At the pace of the last 24 hours it would be gone in {duration}.")),
    ):
        rest = gone_in(budget.window, pace, budget.objective)
        if rest is not None and rest < _length(budget.window):
            return sentence.format(duration=_duration(context, rest))
        if rest is not None:
            return _("At the present pace it lasts.")
    if not budget.day.known:
        return _("Nothing was measured in the last 24 hours.")
    return _("Nothing of it was spent in the last 24 hours.")


def _unmeasured(context: Context, budget: Budget) -> str:
    """What the time that nobody measured could still make of it."""
    low, high = budget_bounds(budget.window, budget.objective)
    percents = context.language.percent
    sentence = context._(
        "This is the budget of the measured time ({measured}). Had all of it been measured, "
        "between {low} and {high} would be left."
    )
    return sentence.format(
        measured=measured_text(context, budget.window),
        low=percents(percent(max(low, Fraction(0)), 0)),
        high=percents(percent(max(high, Fraction(0)), 0)),
    )


def _length(figure: Uptime) -> int:
    return (figure.end - figure.start) // SECOND


def _duration(context: Context, length: Fraction) -> str:
    return context.language.duration(int(length) * SECOND)
