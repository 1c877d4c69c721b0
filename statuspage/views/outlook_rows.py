"""The rows of the continuity page: journeys, risks, recovery, what is prepared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from statuspage.continuity import (
    NEEDED,
    ComponentOutlook,
    JourneyOutlook,
    Likelihood,
    Outlook,
    Risk,
    is_internal,
    without_addresses,
)
from statuspage.intervals import seconds
from statuspage.model import Criticality, Uptime
from statuspage.uptime import bounds, coverage, percent
from statuspage.views.context import Context, Link, Phrase, StateView
from statuspage.views.said import Said, worded

DAY = seconds(timedelta(days=1))
HUNDRED = Decimal(100)
STALE_DAYS = 365  # a restore that was tested longer ago is told as such
GRADES = {Risk.LOW: "ok", Risk.MEDIUM: "deg", Risk.HIGH: "maj"}


@dataclass(frozen=True, slots=True)
class JourneyRow:
    name: Said
    state: StateView
    share: str
    measured: str
    between: str  # "" where all was measured, or not enough
    independent: str  # "" where it is not known
    alone: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SingleRow:
    link: Link
    told: str


@dataclass(frozen=True, slots=True)
class RiskRow:
    link: Link
    often: str
    impact: str
    why: str  # what falls with it, or that the impact is declared
    risk: StateView | None  # None: not known


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    link: Link
    aim: str
    took: str
    state: StateView | None  # whether the repairs were in time; None: that cannot be said
    loss: str
    restored: str
    drill: Phrase | None


@dataclass(frozen=True, slots=True)
class ReadyRow:
    link: Link
    owner: str
    redundancy: str
    fallback: Said
    runbook: Link | None


def journey_rows(context: Context, told: Outlook) -> Iterator[JourneyRow]:
    for one in told.journeys:
        yield JourneyRow(
            name=worded(context, one.journey.name),
            state=context.state(one.journey.state),
            share=_share(context, one),
            measured=_percent(context, coverage(one.figure)),
            between=_between(context, one),
            independent=_percent(context, one.independent),
            alone=_links(context, told, one.alone),
        )


def single_rows(context: Context, told: Outlook) -> Iterator[SingleRow]:
    """Those whose loss alone ends something, with nothing declared to stand in for them."""
    for one in told.single:
        yield SingleRow(_link(context, one), ". ".join(_fallen(context, told, one)) + ".")


def risk_rows(context: Context, told: Outlook) -> Iterator[RiskRow]:
    """The greatest first; those of which too little is known last."""
    grades = _grades(context)
    for one in sorted(told.components, key=lambda one: -one.score):
        fallen = ". ".join(_fallen(context, told, one))
        yield RiskRow(
            link=_link(context, one),
            often=_often(context, one),
            impact=_impact(context, one.impact),
            why=context._("declared") if one.declared else fallen or context._("nothing else falls with it"),
            risk=StateView(GRADES[one.risk], grades[one.risk]) if one.risk else None,
        )


def recovery_rows(context: Context, told: Outlook) -> Iterator[RecoveryRow]:
    """Of the components of which anything is declared or was tried."""
    language = context.language
    for one in told.components:
        plan, drill = one.plan, one.rehearsal
        if plan.rto is None and plan.rpo is None and plan.restore_tested is None and drill is None:
            continue
        yield RecoveryRow(
            link=_link(context, one),
            aim=language.duration(plan.rto) if plan.rto is not None else "",
            took=_took(context, one),
            state=_in_time(context, one),
            loss=language.duration(plan.rpo) if plan.rpo is not None else "",
            restored=_restored(context, one),
            drill=_drill(context, one),
        )


def ready_rows(context: Context, told: Outlook, *, public: bool) -> Iterator[ReadyRow]:
    """`public`: without addresses of the own network."""

    def shown(text: str) -> str:
        return without_addresses(text, context._("(internal address)")) if public else text

    for one in told.components:
        plan, fallback = one.plan, worded(context, one.plan.fallback)
        row = ReadyRow(
            link=_link(context, one),
            owner=shown(plan.owner),
            redundancy=shown(plan.redundancy) or _spare(context, plan.spare),
            fallback=Said(shown(fallback.text), fallback.lang),
            runbook=Link(plan.runbook, context._("Runbook"))
            if plan.runbook and not (public and is_internal(plan.runbook))
            else None,
        )
        if row.owner or row.redundancy or row.fallback.text or row.runbook:
            yield row


# --- figures ---------------------------------------------------------------------------------------


def _share(context: Context, one: JourneyOutlook) -> str:
    return too_little(context, one.figure) if one.share is None else _percent(context, one.share)


def too_little(context: Context, figure: Uptime) -> str:
    """`not enough data (9 of 30 days)`."""
    if not figure.measured:
        return context._("Not measured")
    language, whole = context.language, figure.measured // DAY
    return language.ngettext(
        "not enough data ({some} of {count} day)",
        "not enough data ({some} of {count} days)",
        NEEDED.days,
        some=language.number(whole) if whole else language.duration(timedelta(seconds=figure.measured)),
    )


def _percent(context: Context, share: Fraction | None) -> str:
    return "" if share is None else context.language.percent(percent(share))


def _between(context: Context, one: JourneyOutlook) -> str:
    low, high = bounds(one.figure)
    if one.share is None or low == high:
        return ""
    # The upper bound is rounded up, so that the two contain whatever happened.
    return context._("{low} to {high}").format(
        low=_percent(context, low), high=context.language.percent(HUNDRED - percent(1 - high))
    )


def _often(context: Context, one: ComponentOutlook) -> str:
    """`at times: 2 outages in 90 days`."""
    if one.likelihood is None:
        return too_little(context, one.figure)
    _, language = context._, context.language
    word = {
        Likelihood.NONE_SEEN: _("none seen"),
        Likelihood.SELDOM: _("seldom"),
        Likelihood.AT_TIMES: _("at times"),
        Likelihood.OFTEN: _("often"),
    }[one.likelihood]
    if not one.outages:
        return word
    counted = language.ngettext(
        "{count} outage in {days} measured days",
        "{count} outages in {days} measured days",
        one.outages,
        days=language.number(one.figure.measured // DAY),
    )
    return context.labelled(word, counted)


def _impact(context: Context, impact: Criticality) -> str:
    _ = context._
    return {
        Criticality.LOW: _("low"),
        Criticality.MEDIUM: _("medium"),
        Criticality.HIGH: _("high"),
        Criticality.CRITICAL: _("critical"),
    }[impact]


def _grades(context: Context) -> dict[Risk, str]:
    _ = context._
    return {Risk.LOW: _("low"), Risk.MEDIUM: _("medium"), Risk.HIGH: _("high")}


def _fallen(context: Context, told: Outlook, one: ComponentOutlook) -> Iterator[str]:
    """What is lost with it, a phrase each."""
    _, language = context._, context.language
    names = {row.journey.id: worded(context, row.journey.name).text for row in told.journeys}
    if one.fall.journeys:
        ended = language.names([names[id_] for id_ in one.fall.journeys])
        yield _("Ends: {names}").format(names=ended)
    if one.fall.components:
        lost = language.names([told.component(id_).name for id_ in one.fall.components])
        yield _("Takes with it: {names}").format(names=lost)


def _took(context: Context, one: ComponentOutlook) -> str:
    """`median 12 min, worst 48 min (of 5)`; what goes on or whose end was not seen is told too."""
    _, language, took = context._, context.language, one.recovery.took
    told = []
    if took and took.count == 1:
        told.append(_("once, {duration}").format(duration=language.duration(took.worst)))
    elif took:
        told.append(
            language.ngettext(
                "median {median}, worst {worst}, of {count} outage",
                "median {median}, worst {worst}, of {count} outages",
                took.count,
                median=language.duration(took.median),
                worst=language.duration(took.worst),
            )
        )
    if one.recovery.late:
        told.append(
            language.ngettext(
                "{count} took longer than it may", "{count} took longer than they may", one.recovery.late
            )
        )
    if one.recovery.unseen:
        told.append(
            language.ngettext(
                "{count} whose end was not seen", "{count} whose end was not seen", one.recovery.unseen
            )
        )
    return "; ".join(told) or _none_ended(context, one)


def _none_ended(context: Context, one: ComponentOutlook) -> str:
    return context._("no outage seen") if one.figure.measured else context._("Not measured")


def _in_time(context: Context, one: ComponentOutlook) -> StateView | None:
    if one.recovery.met is None:
        return None
    return StateView("ok", context._("met")) if one.recovery.met else StateView("maj", context._("missed"))


def _restored(context: Context, one: ComponentOutlook) -> str:
    if one.plan.restore_tested is None or one.restored is None:
        return ""
    _, language = context._, context.language
    day = language.day(one.plan.restore_tested)
    if one.restored < 0:
        return _("{day}, which is still ahead").format(day=day)
    ago = language.ngettext("{count} day ago", "{count} days ago", one.restored)
    if one.restored > STALE_DAYS:
        return _("{day}, {ago}: longer than a year").format(day=day, ago=ago)
    return _("{day}, {ago}").format(day=day, ago=ago)


def _drill(context: Context, one: ComponentOutlook) -> Phrase | None:
    drill = one.rehearsal
    if drill is None:
        return None
    passed = (
        context._("{time}: as it should be") if drill.passed else context._("{time}: not as it should be")
    )
    if drill.told is None:
        return context.phrase(passed, drill.at)
    told = context._("told after {duration}").format(duration=context.language.duration(drill.told))
    phrase = context.phrase(passed, drill.at)
    return Phrase(phrase.before, phrase.when, f"{phrase.after}, {told}")


def _spare(context: Context, spare: int) -> str:
    if not spare:
        return ""
    return context.language.ngettext("{count} address may fail", "{count} addresses may fail", spare)


# --- links -----------------------------------------------------------------------------------------


def _link(context: Context, one: ComponentOutlook) -> Link:
    """One that is not on the page is named without a link."""
    shown = context.snapshot.component(one.id)
    return Link(context.component_href(one.id) if shown else "", one.name)


def _links(context: Context, told: Outlook, ids: Iterable[str]) -> tuple[Link, ...]:
    return tuple(_link(context, told.component(id_)) for id_ in ids)
