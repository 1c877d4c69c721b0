"""The one sentence that says the truth, and the lines under it."""

from collections.abc import Sequence
from dataclasses import dataclass

from statuspage.causes import CODES
from statuspage.model import ComponentStatus, State
from statuspage.views.context import Context, Phrase, StateView


@dataclass(frozen=True, slots=True)
class Headline:
    state: StateView
    sentence: str
    then: str  # for the script: what to call the sentence once it is out of date
    lines: tuple[Phrase, ...]  # when it was measured, when the next check is due, until when it holds
    notes: tuple[str, ...]  # what is not known, and why


def headline(context: Context) -> Headline:
    """The head of the page. Its state is the snapshot's, and unknown once that is out of date."""
    snapshot = context.snapshot
    state = State.UNKNOWN if outdated(context) else snapshot.state
    return Headline(
        state=context.state(state),
        sentence=_out_of_date(context) if outdated(context) else sentence(context),
        then=context._("Then: {sentence}").format(sentence=sentence(context)),
        lines=freshness(context),
        notes=notes(context),
    )


def outdated(context: Context) -> bool:
    """The page is written from measurements that hold no more."""
    until = context.snapshot.valid_until
    return until is not None and until <= context.now


def sentence(context: Context) -> str:
    """What works and what does not, worst first. It never says less than the rows below it."""
    snapshot = context.snapshot
    components = snapshot.components
    _, ngettext = context._, context.language.ngettext
    troubled = [c for c in components if c.state.severity > State.MAINTENANCE.severity]
    if troubled:
        return _trouble(context, troubled)
    if incidents := snapshot.open_incidents:
        if len(incidents) == 1:
            return _("Open incident: {title}").format(title=incidents[0].title)
        return ngettext("{count} incident is open", "{count} incidents are open", len(incidents))
    working = [c for c in components if c.state is State.MAINTENANCE]
    if len(working) == 1:
        return _("{name} is under maintenance").format(name=working[0].name)
    if working:
        return ngettext(
            "{count} component is under maintenance", "{count} components are under maintenance", len(working)
        )
    return _calm(context, [c for c in components if c.state is State.UNKNOWN])


def stale_sentence(context: Context) -> str:
    """What the head says past `valid_until`; the script fills `{ago}` in."""
    return context._("Last measured {ago}: what you see may be out of date")


def freshness(context: Context) -> tuple[Phrase, ...]:
    """When it was measured, when the next check is due, until when it holds."""
    snapshot = context.snapshot
    if snapshot.measured is None or snapshot.valid_until is None:
        return (Phrase(context._("No check has run yet")),)
    measured = context.phrase(context._("Measured {time}"), snapshot.measured, "instead")
    assert measured.when
    # Always with its date: the reader may look at the page days later.
    full = context.language.full_moment(snapshot.measured)
    lines = [Phrase(measured.before, type(measured.when)(measured.when.iso, full, "instead"), measured.after)]
    if snapshot.next_check and snapshot.next_check > context.now:
        lines.append(context.phrase(context._("next check due {time}"), snapshot.next_check, "instead"))
    if not outdated(context):
        lines.append(context.phrase(context._("holds until {time}"), snapshot.valid_until))
    return tuple(lines)


def notes(context: Context) -> tuple[str, ...]:
    """What keeps the page from knowing all."""
    snapshot = context.snapshot
    _, ngettext = context._, context.language.ngettext
    told = []
    if outdated(context):
        told.append(_("Then: {sentence}").format(sentence=sentence(context)))
    if snapshot.void:
        known = CODES.get(snapshot.void)
        why = known.operators if known else snapshot.void
        told.append(_("The newest round of checks counts for nothing: {why}.").format(why=why))
    unmeasured = [c for c in snapshot.components if c.state is State.UNKNOWN]
    if unmeasured and len(unmeasured) < len(snapshot.components) and snapshot.state is not State.UNKNOWN:
        names = context.language.names([c.name for c in unmeasured[:3]])
        told.append(
            _("Not measured: {names}").format(names=names)
            if len(unmeasured) <= 3
            else ngettext(
                "{count} component is not measured", "{count} components are not measured", len(unmeasured)
            )
        )
    if snapshot.left_out:
        told.append(
            ngettext(
                "{count} incident file could not be read, what it says is missing here: {files}",
                "{count} incident files could not be read, what they say is missing here: {files}",
                len(snapshot.left_out),
                files=", ".join(snapshot.left_out),
            )
        )
    return tuple(told)


def _trouble(context: Context, troubled: Sequence[ComponentStatus]) -> str:
    _, ngettext = context._, context.language.ngettext
    worst = max((c.state for c in troubled), key=lambda state: state.severity)
    first = [c for c in troubled if c.state is worst]
    if len(first) == 1:
        one = {
            State.DEGRADED: _("{name} is degraded"),
            State.PARTIAL: _("{name} is partly down"),
            State.MAJOR: _("{name} is down"),
        }[worst].format(name=first[0].name)
        # Those that suffer from it alone are not news of their own.
        others = [c for c in troubled if c is not first[0] and set(c.affected_by) != {first[0].id}]
        if not others:
            return one
        more = ngettext("{count} more in trouble", "{count} more in trouble", len(others))
        return _("{first}, {more}").format(first=one, more=more)
    several = _several(context, worst, len(first))
    if len(first) == len(context.snapshot.components):
        several = {
            State.DEGRADED: _("Everything is degraded"),
            State.PARTIAL: _("Everything is partly down"),
            State.MAJOR: _("Everything is down"),
        }[worst]
    others = [c for c in troubled if c not in first and not set(c.affected_by) & {f.id for f in first}]
    if not others:
        return several
    more = ngettext("{count} more in trouble", "{count} more in trouble", len(others))
    return _("{first}, {more}").format(first=several, more=more)


def _several(context: Context, worst: State, count: int) -> str:
    ngettext = context.language.ngettext
    if worst is State.MAJOR:
        return ngettext("{count} component is down", "{count} components are down", count)
    if worst is State.PARTIAL:
        return ngettext("{count} component is partly down", "{count} components are partly down", count)
    return ngettext("{count} component is degraded", "{count} components are degraded", count)


def _calm(context: Context, unmeasured: Sequence[ComponentStatus]) -> str:
    """The sentence when nobody and nothing reports trouble."""
    _, ngettext = context._, context.language.ngettext
    components = context.snapshot.components
    if not components:
        return _("Nothing is watched yet")
    if not unmeasured:
        return _("Everything works")
    if all(c.first_measured is None for c in components):
        return _("Not measured yet")
    if len(unmeasured) == len(components):
        return _("Nothing is measured at present")
    if len(unmeasured) == 1:
        return _("{name} is not measured").format(name=unmeasured[0].name)
    return ngettext(
        "{count} component is not measured", "{count} components are not measured", len(unmeasured)
    )


def _out_of_date(context: Context) -> str:
    measured = context.snapshot.measured
    assert measured
    ago = context.language.full_moment(measured)
    return stale_sentence(context).format(ago=ago)
