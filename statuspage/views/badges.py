"""What badges say: a state or an uptime, and in a longer sentence when that was measured."""

from dataclasses import dataclass
from fractions import Fraction

from statuspage.model import ComponentStatus, State
from statuspage.uptime import coverage, percent, ratio
from statuspage.views.context import CLASSES, Context
from statuspage.views.headline import outdated
from statuspage.views.uptimes import measured_text, uptime_text

WINDOW, DAYS = "90d", 90
COVERED = Fraction(95, 100)  # from here on the figure may stand without what was measured of its window
STEPS = (  # an uptime's colour: a scale for the eye, no promise of anybody's
    (Fraction(999, 1000), State.OPERATIONAL),
    (Fraction(99, 100), State.DEGRADED),
    (Fraction(95, 100), State.PARTIAL),
    (Fraction(0), State.MAJOR),
)


@dataclass(frozen=True, slots=True)
class Badge:
    label: str
    message: str  # never empty
    css: str  # class of a state, and the name of its shape
    title: str  # both, and when it was measured
    shaped: bool = True  # a figure has no shape


def page_badge(context: Context) -> Badge:
    """The state of the whole page."""
    snapshot = context.snapshot
    shown = current(context, snapshot.state)
    moment = context.language.full_moment(snapshot.measured) if snapshot.measured else ""
    return _state_badge(context, snapshot.page.name, shown, moment)


def component_badge(context: Context, component: ComponentStatus) -> Badge:
    shown = current(context, component.state)
    at = component.checked
    if shown is State.UNKNOWN:
        at = component.last.end if component.last else None
    moment = context.language.full_moment(at) if at else ""
    return _state_badge(context, component.name, shown, moment)


def uptime_badge(context: Context, component: ComponentStatus) -> Badge:
    """The uptime of 90 days, with what was measured of them where that is less than 95 %."""
    figure = component.uptimes.get(WINDOW)
    label = context._("{name} uptime").format(name=component.name)
    share, covered = (ratio(figure), coverage(figure)) if figure else (None, None)
    if figure is None or share is None or covered is None:
        told = context._("Not measured")
        return Badge(label, told, CLASSES[State.UNKNOWN], context.labelled(label, told), shaped=False)
    title = context._("{name}: {uptime} (90 days until {time})").format(
        name=component.name,
        uptime=uptime_text(context, figure),
        time=context.language.full_moment(figure.end),
    )
    known = context.language.percent(percent(share))
    if covered < COVERED:
        message = f"{known}, {measured_text(context, figure)}"
    else:
        message = context.language.ngettext(
            "{percent} in {count} day", "{percent} in {count} days", DAYS, percent=known
        )
    css = next(CLASSES[state] for least, state in STEPS if share >= least)
    return Badge(label, message, css, title, shaped=False)


def current(context: Context, state: State) -> State:
    """The state as a file may show it that nobody reloads: unknown once the measurements hold no more."""
    return State.UNKNOWN if outdated(context) else state


def _state_badge(context: Context, label: str, shown: State, moment: str) -> Badge:
    """`moment`: "" when nothing was measured."""
    _, view = context._, context.state(shown)
    if not moment:
        words = view.word if shown is State.UNKNOWN else _("{state}, told by incident reports")
    else:
        words = (
            _("{state}, last measured {time}") if shown is State.UNKNOWN else _("{state}, measured {time}")
        )
    told = words.format(state=view.word, time=moment)
    return Badge(label, view.word, view.css, context.labelled(label, told))
