"""What the checks say of a component beside its state: why, what it suffers from, how steady it is, from where."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite

from statuspage.model import ComponentStatus, State
from statuspage.views.context import Context, StateView, When

MOST = 1e9  # of any measure: some come from what a stranger's server says of itself


@dataclass(frozen=True, slots=True)
class PlaceRow:
    name: str
    state: StateView
    checked: When | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the newest check."""

    value: str
    label: str


def note(context: Context, component: ComponentStatus) -> str:
    """Beside the name in a row: `Unstable · affected by Language model`; "" when there is nothing to say."""
    unsteady = context._("Unstable") if component.unstable else ""
    return " · ".join(part for part in (unsteady, _reason(context, component)) if part)


def lines(context: Context, component: ComponentStatus) -> tuple[str, ...]:
    """On the component's own page, a sentence each."""
    return tuple(line for line in _lines(context, component) if line)


def place_rows(context: Context, component: ComponentStatus) -> tuple[PlaceRow, ...]:
    """One for each place that looks, when there is more than one."""
    checked = component.places_checked
    return tuple(
        PlaceRow(
            name=name or context._("Without a name"),
            state=context.state(state),
            checked=context.when(checked[name]) if name in checked else None,
        )
        for name, state in component.places.items()
    )


def reached(context: Context, component: ComponentStatus) -> str:
    """`2 of 3 places reach it`, of those that see anything; "" where they agree."""
    seen = [state for state in component.places.values() if state is not State.UNKNOWN]
    some = sum(state is not State.MAJOR for state in seen)
    if some in (0, len(seen)):
        return ""
    language = context.language
    return language.ngettext(
        "{some} of {count} place reaches it",
        "{some} of {count} places reach it",
        len(seen),
        some=language.number(some),
    )


def figures(context: Context, component: ComponentStatus) -> tuple[Figure, ...]:
    """What the newest check measured of an answer, in plain words."""
    _, language = context._, context.language
    labels = {
        "first_token": _("To the first word"),
        "gap": _("Longest pause"),
        "total": _("To the last word"),
    }
    told = {name: min(max(value, 0), MOST) for name, value in component.measures.items() if isfinite(value)}
    found = [
        Figure(language.latency(timedelta(milliseconds=told[name])), label)
        for name, label in labels.items()
        if name in told
    ]
    if "tokens_per_second" in told:
        found.append(Figure(_rate(context, told["tokens_per_second"]), _("Tokens a second")))
    if "waiting" in told:
        wait = language.duration(timedelta(seconds=told["waiting"]))
        found.append(Figure(wait, _("Wait for a person")))
    return tuple(found)


def _reason(context: Context, component: ComponentStatus) -> str:
    if component.caused_by:
        return context._("affected by {names}").format(names=_names(context, component.caused_by))
    if component.state is State.OPERATIONAL:
        return context._("reported by people, not checked") if component.manual else ""
    return reached(context, component) or _cause(context, component)


def _cause(context: Context, component: ComponentStatus) -> str:
    """The code's sentence, unless the state's own word says it already."""
    told = context.cause(component.code)
    return "" if told == context.state(component.state).word else told


def _lines(context: Context, component: ComponentStatus) -> Iterator[str]:
    _ = context._
    if component.code and component.probed is State.UNKNOWN:
        yield _cause(context, component)
    elif component.code:
        yield _("The checks see: {seen}").format(seen=context.witnessed(component.code, component.detail))
    if component.caused_by:
        yield _affected(context, component)
    if component.unstable:
        yield _unstable(context, component)
    if component.fell_back:
        yield _fell_back(context, component.fell_back)
    if component.manual:
        yield _("No check asks it: its state comes from incident reports alone.")


def _affected(context: Context, component: ComponentStatus) -> str:
    """The root is named first; what passes its trouble on comes after it."""
    roots = _names(context, component.caused_by)
    between = [id_ for id_ in component.affected_by if id_ not in component.caused_by]
    if not between:
        return context._("Affected by {names}").format(names=roots)
    return context._("Affected by {names}, through {between}").format(
        names=roots, between=_names(context, between)
    )


def _unstable(context: Context, component: ComponentStatus) -> str:
    flips, checks = component.flips
    return context.language.ngettext(
        "Unstable: it changed between good and bad {flips} times in its last check",
        "Unstable: it changed between good and bad {flips} times in its last {count} checks",
        checks,
        flips=context.language.number(flips),
    )


def _fell_back(context: Context, fell_back: tuple[int, int]) -> str:
    fallbacks, conversations = fell_back
    return context.language.ngettext(
        "{some} of the last conversation fell back",
        "{some} of the last {count} conversations fell back",
        conversations,
        some=context.language.number(fallbacks),
    )


def _names(context: Context, ids: tuple[str, ...] | list[str]) -> str:
    return context.language.names([link.text for link in context.names(ids)])


def _rate(context: Context, rate: float) -> str:
    """Whole from ten on, with one digit below."""
    digits = Decimal(1) if rate >= 10 else Decimal("0.1")
    return context.language.number(Decimal(rate).quantize(digits, ROUND_HALF_UP))
