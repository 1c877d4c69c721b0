"""What people corrected in what the checks saw, in words."""

from statuspage.model import ComponentStatus, Correction, Outage, State
from statuspage.views.context import Context
from statuspage.views.said import stale


def corrected_by(context: Context, one: Correction) -> str:
    """`Corrected by Ann Lee: a false alarm, counted as not measured. The prober's certificate had run out.`"""
    _ = context._
    if one.state is State.UNKNOWN:
        told = _("Corrected by {author}: a false alarm, counted as not measured. {reason}")
    elif one.state is State.OPERATIONAL:
        told = _("Corrected by {author}: a false alarm, counted as operational. {reason}")
    else:
        told = _("Corrected by {author}: an outage that the checks did not see. {reason}")
    told = told.format(author=one.author, reason=one.reason)
    return f"{told} {stale(context)}" if one.stale else told


def corrections_of(component: ComponentStatus, outage: Outage, *, annulled: bool) -> list[Correction]:
    """What people said of an outage, oldest first: what took it away, or what added to it."""
    return [
        one
        for one in reversed(component.corrections)
        if one.annuls is annulled
        and one.end > outage.start
        and (outage.end is None or one.start < outage.end)
    ]


def counted(context: Context, component: ComponentStatus) -> str:
    """How far corrections reach into the figures; "" where there is none."""
    count = len(component.corrections)
    if not count:
        return ""
    return context.language.ngettext(
        "{count} correction by people counts in these figures. What the checks saw stays in the history.",
        "{count} corrections by people count in these figures. What the checks saw stays in the history.",
        count,
    )
