"""The one sentence that says the truth, and the lines under it."""

from collections.abc import Sequence
from dataclasses import dataclass

from statuspage.causes import CODES
from statuspage.model import ComponentStatus, State
from statuspage.views.context import Context, Phrase, StateView
from statuspage.views.said import said


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
            return _("Open incident: {title}").format(title=said(context, incidents[0], "title").text)
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
    measured = context.phrase(_measured_from(context), snapshot.measured, "instead")
    assert measured.when
    # Always with its date: the reader may look at the page days later.
    full = context.language.full_moment(snapshot.measured)
    lines = [Phrase(measured.before, type(measured.when)(measured.when.iso, full, "instead"), measured.after)]
    if snapshot.next_check and snapshot.next_check > context.now:
        lines.append(context.phrase(context._("next check due {time}"), snapshot.next_check, "instead"))
    if not outdated(context):
        lines.append(context.phrase(context._("holds until {time}"), snapshot.valid_until))
    return tuple(lines)


def _measured_from(context: Context) -> str:
    """A sentence with `{time}`; it counts the places that see anything, when there are several."""
    seen = {
        name
        for component in context.snapshot.components
        for name, state in component.places.items()
        if state is not State.UNKNOWN
    }
    if len(seen) < 2:
        return context._("Measured {time}")
    return context.language.ngettext(
        "Measured {time} from {count} place", "Measured {time} from {count} places", len(seen), time="{time}"
    )


def notes(context: Context) -> tuple[str, ...]:
    """What keeps the page from knowing all."""
    snapshot = context.snapshot
    _, ngettext = context._, context.language.ngettext
    told = []
    if outdated(context):
        told.append(_("Then: {sentence}").format(sentence=sentence(context)))
    if snapshot.void:
        known = CODES.get(snapshot.void)
        why = _(known.operators if known else snapshot.void)
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
    """The worst, then what else is news; those that merely suffer from it are counted in a sentence of their own."""
    _, ngettext = context._, context.language.ngettext
    worst = _worst(troubled)
    news = [c for c in troubled if not c.caused_by]
    if all(c.state is worst for c in context.snapshot.components) and len(troubled) > 1:
        return _everything(context, worst, news)
    if _worst(news) is not worst:  # what suffers is worse off than what it suffers from: that is the news
        news = list(troubled)
    first = [c for c in news if c.state is worst]
    told = _named(context, worst, first[0].name) if len(first) == 1 else _several(context, worst, len(first))
    if len(news) > len(first):
        more = len(news) - len(first)
        told = _("{first}, {more}").format(
            first=told, more=ngettext("{count} more in trouble", "{count} more in trouble", more)
        )
    if affected := len(troubled) - len(news):
        told = _("{first}. {others}").format(
            first=told,
            others=ngettext("{count} other part is affected", "{count} other parts are affected", affected),
        )
    return told


def _worst(components: Sequence[ComponentStatus]) -> State:
    return max((c.state for c in components), key=lambda state: state.severity, default=State.OPERATIONAL)


def _named(context: Context, worst: State, name: str) -> str:
    _ = context._
    one = {
        State.DEGRADED: _("{name} is degraded"),
        State.PARTIAL: _("{name} is partly down"),
        State.MAJOR: _("{name} is down"),
    }
    return one[worst].format(name=name)


def _everything(context: Context, worst: State, news: Sequence[ComponentStatus]) -> str:
    _ = context._
    alone, through = {
        State.DEGRADED: (_("Everything is degraded"), _("Everything is degraded because of {name}")),
        State.PARTIAL: (_("Everything is partly down"), _("Everything is partly down because of {name}")),
        State.MAJOR: (_("Everything is down"), _("Everything is down because of {name}")),
    }[worst]
    return through.format(name=news[0].name) if len(news) == 1 else alone


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
