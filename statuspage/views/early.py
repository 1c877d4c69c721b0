"""Early warnings in the reader's language. They change no state and no banner."""

from decimal import Decimal

from statuspage.causes import CODES
from statuspage.foresight import warnings
from statuspage.model import ComponentStatus, Early, Warned
from statuspage.views.context import Context


def early_warnings(context: Context, component: ComponentStatus) -> tuple[str, ...]:
    """A line each for the component's page: what it is, and what became of others like it."""
    if not context.snapshot.page.show_warnings:
        return ()
    own = (one for one in warnings(context.snapshot) if one.component == component.id)
    return tuple(" ".join(_line(context, component, one)) for one in own)


def _line(context: Context, component: ComponentStatus, one: Warned) -> tuple[str, ...]:
    told = context._("Early warning."), sentence(context, component, one)
    track = context.snapshot.foresight.tracks.get(one.kind)
    if track is None:
        return told
    record = context.language.ngettext(
        "Of {count} earlier warning of that kind, {true} came true.",
        "Of {count} earlier warnings of that kind, {true} came true.",
        track.judged,
        true=context.language.number(track.came_true),
    )
    return *told, record


def sentence(context: Context, component: ComponentStatus, one: Warned) -> str:
    if one.kind is Early.EXPIRY:
        return _expiry(context, component)
    if one.kind is Early.BURNING:
        burning = context._(
            "Its error budget is spent more than {rate} times as fast as the objective allows."
        )
        return burning.format(rate=context.language.number(Decimal(str(one.now))))
    return _drifted(context, one)


def _drifted(context: Context, one: Warned) -> str:
    _ = context._
    now, usual = one.now or 0.0, one.usual or 0.0
    since = (one.since or context.now).astimezone(context.language.zone).date()
    date = context.language.short_day(since, context.now)
    if one.kind is Early.FLAKED:
        told = _("Since {date} {now} of the checks succeed only when repeated, {usual} in the weeks before.")
        return told.format(date=date, now=_percent(context, now), usual=_percent(context, usual))
    if one.kind is Early.SLOWER:
        told = _(
            "Since {date} it takes {percent} longer to answer than at the same hours of the weeks before."
        )
        return told.format(date=date, percent=_percent(context, now / usual - 1))
    told = _("Since {date} it writes {percent} more slowly than at the same hours of the weeks before.")
    return told.format(date=date, percent=_percent(context, 1 - now / usual))


def _expiry(context: Context, component: ComponentStatus) -> str:
    left = component.measures.get("days_left")
    if left is not None:
        return context.language.ngettext(
            "Its certificate or its domain runs out: {count} day is left.",
            "Its certificate or its domain runs out: {count} days are left.",
            max(0, int(left)),
        )
    return f"{context._(CODES[component.code].operators)}."


def _percent(context: Context, share: float) -> str:
    """With one digit below ten, where it says something."""
    digits = 1 if share < 0.0995 else 0
    return context.language.percent(Decimal(f"{100 * share:.{digits}f}"))
