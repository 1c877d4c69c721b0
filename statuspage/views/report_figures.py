"""The figures of a report in words: availability and objective of each component, budget, times, comparison."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from statuspage.intervals import seconds
from statuspage.model import Uptime
from statuspage.reliability import ComponentReport, Report, Spread, Times, shares
from statuspage.uptime import bounds, coverage, percent
from statuspage.views.context import Context, Link, StateView
from statuspage.views.report_losses import spent_text, told_cause

WIDTH = 1000
DAY = seconds(timedelta(days=1))
HUNDRED = Decimal(100)
SHOWN = 3  # causes that a budget's line names


@dataclass(frozen=True, slots=True)
class ComponentRow:
    link: Link
    share: str
    measured: str
    between: str
    objective: str
    state: StateView | None  # met or missed; None: no objective, or too little was measured


@dataclass(frozen=True, slots=True)
class BudgetRow:
    link: Link
    told: str
    css: str
    width: int  # of WIDTH, from the inline start: what was spent
    x: int


@dataclass(frozen=True, slots=True)
class TimeCard:
    label: str
    told: str
    more: str  # of how many
    meaning: str


@dataclass(frozen=True, slots=True)
class ComparedRow:
    label: str
    now: str
    before: str


def share(context: Context, known: Fraction | None) -> str:
    return context._("Not enough data") if known is None else context.language.percent(percent(known))


def down_text(context: Context, told: Report) -> str:
    """None at all is told only where enough was measured."""
    if told.share is None and not told.lost:
        return context._("Not enough data")
    return spent_text(context, told.lost)


def summary(context: Context, told: Report) -> Iterator[str]:
    """What a reader in a hurry has to know."""
    _, language = context._, context.language
    if told.share is None:
        yield _("Too little was measured to tell how much of the time it worked.")
    else:
        yield _("All components together worked {percent} of the measured time.").format(
            percent=language.percent(percent(told.share))
        )
    met, judged = told.met
    if judged:
        yield language.ngettext(
            "{met} of {count} objective was met.",
            "{met} of {count} objectives were met.",
            judged,
            met=language.number(met),
        )
    if (repair := told.times.repair) and repair.count == 1:
        yield _("The repair of the incident took {duration}.").format(
            duration=language.duration(repair.worst)
        )
    elif repair:
        yield _("Half of the incidents were repaired within {duration}, the longest took {worst}.").format(
            duration=language.duration(repair.median),
            worst=language.duration(repair.worst),
        )
    yield from _changed(context, told)


def component_rows(context: Context, told: Report) -> tuple[ComponentRow, ...]:
    return tuple(_row(context, one) for one in told.components)


def budget_rows(context: Context, told: Report) -> tuple[BudgetRow, ...]:
    """One for each component with an objective that can be judged."""
    rows = ((one, one.used) for one in told.components)
    return tuple(_budget(context, one, used) for one, used in rows if used is not None)


def time_cards(context: Context, took: Times) -> Iterator[TimeCard]:
    _ = context._
    ngettext = context.language.ngettext

    def incidents(count: int) -> str:
        return ngettext("{count} incident", "{count} incidents", count)

    def failures(count: int) -> str:
        return ngettext("{count} failure", "{count} failures", count)

    yield _card(
        context,
        _("To detect"),
        took.detect,
        incidents,
        _(
            "From the beginning to the first failing check. The beginning is what the incident names, or that check."
        ),
    )
    yield _card(
        context,
        _("To tell"),
        took.tell,
        incidents,
        _("From the first failing check to the first public word."),
    )
    yield _card(
        context,
        _("To repair"),
        took.repair,
        incidents,
        _("From the beginning to the end that the incident names."),
    )
    yield _card(
        context,
        _("Between failures"),
        took.between,
        failures,
        _("Measured time that a component worked from one failure to its next. The worst is the shortest."),
    )


def time_notes(context: Context, took: Times) -> Iterator[str]:
    """What no length of time can say."""
    ngettext = context.language.ngettext
    if took.unseen:
        yield ngettext(
            "The checks saw nothing of {count} incident.",
            "The checks saw nothing of {count} incidents.",
            took.unseen,
        )
    if took.untold:
        yield ngettext(
            "{count} incident was told of only when it was over.",
            "{count} incidents were told of only when they were over.",
            took.untold,
        )
    if took.open:
        yield ngettext(
            "{count} incident is not repaired yet.", "{count} incidents are not repaired yet.", took.open
        )


def compared_rows(context: Context, told: Report) -> tuple[ComparedRow, ...]:
    """Beside the period before it; empty where nothing is known of that."""
    _, before = context._, told.before
    if before is None:
        return ()
    figures: list[tuple[str, Callable[[Report], str]]] = [
        (_("Availability"), lambda one: share(context, one.share)),
        (_("Down time"), lambda one: down_text(context, one)),
        (_("Incidents"), lambda one: context.language.number(len(one.incidents))),
        (_("To tell (median)"), lambda one: _median(context, one.times.tell)),
        (_("To repair (median)"), lambda one: _median(context, one.times.repair)),
    ]
    return tuple(ComparedRow(label, figure(told), figure(before)) for label, figure in figures)


def _changed(context: Context, told: Report) -> Iterator[str]:
    """Whether there was more down time than before, where both are known well enough."""
    _, before = context._, told.before
    if before is None or told.share is None or before.share is None:
        return
    words = spent_text(context, told.lost), spent_text(context, before.lost)
    if told.lost > before.lost:
        yield _("There was more down time than before: {now}, after {before}.").format(
            now=words[0], before=words[1]
        )
    elif told.lost < before.lost:
        yield _("There was less down time than before: {now}, after {before}.").format(
            now=words[0], before=words[1]
        )


def _row(context: Context, one: ComponentReport) -> ComponentRow:
    language = context.language
    low, high = bounds(one.figure)
    between = ""
    if one.enough and low != high:
        # The upper bound is rounded up, so that the two contain whatever happened.
        between = context._("{low} to {high}").format(
            low=language.percent(percent(low)), high=language.percent(HUNDRED - percent(1 - high))
        )
    return ComponentRow(
        link=Link(context.component_href(one.id), one.name),
        share=share(context, one.share) if one.enough else _too_little(context, one.figure),
        measured=_measured(context, one.figure),
        between=between,
        objective=language.percent(one.objective.availability) if one.objective else "",
        state=_met(context, one),
    )


def _met(context: Context, one: ComponentReport) -> StateView | None:
    if one.met is None:
        return None
    return StateView("ok", context._("met")) if one.met else StateView("maj", context._("missed"))


def _too_little(context: Context, figure: Uptime) -> str:
    """`not enough data (9 of 30 days)`."""
    if not figure.measured:
        return context._("Not measured")
    language = context.language
    whole = figure.measured // DAY
    some = language.number(whole) if whole else language.duration(timedelta(seconds=figure.measured))
    return language.ngettext(
        "not enough data ({some} of {count} day)",
        "not enough data ({some} of {count} days)",
        max(figure.window // DAY, 1),
        some=some,
    )


def _measured(context: Context, figure: Uptime) -> str:
    known = coverage(figure)
    return "" if known is None else context.language.percent(percent(known))


def _budget(context: Context, one: ComponentReport, used: Fraction) -> BudgetRow:
    width = round(min(used, Fraction(1)) * WIDTH)
    return BudgetRow(
        link=Link(context.component_href(one.id), one.name),
        told=_spent(context, one, used),
        css="ok" if used <= Fraction(3, 4) else "deg" if used < 1 else "maj",
        width=width,
        x=WIDTH - width if context.language.direction == "rtl" else 0,
    )


def _spent(context: Context, one: ComponentReport, used: Fraction) -> str:
    """`42% of 43 min spent: an outside provider 12 min, network 6 min`."""
    _, language = context._, context.language
    whole = language.duration(timedelta(seconds=int(one.budget or 0)))
    told = _("{percent} of {duration} spent").format(
        percent=language.percent(percent(used, 0)), duration=whole
    )
    causes = list(shares(one.losses, lambda loss: loss.cause_class).items())[:SHOWN]
    named = ", ".join(f"{told_cause(context, cause)} {spent_text(context, lost)}" for cause, lost in causes)
    return context.labelled(told, named) if named else told


def _card(
    context: Context, label: str, took: Spread | None, counted: Callable[[int], str], meaning: str
) -> TimeCard:
    if took is None:
        return TimeCard(label, context._("Not enough data"), "", meaning)
    told = _length(context, took.median)
    if took.worst != took.median:
        told = context._("{median} median, {worst} at worst").format(
            median=told, worst=_length(context, took.worst)
        )
    return TimeCard(label, told, counted(took.count), meaning)


def _length(context: Context, took: timedelta) -> str:
    return context.language.duration(took) if took else context._("At once")


def _median(context: Context, took: Spread | None) -> str:
    return context._("Not enough data") if took is None else _length(context, took.median)
