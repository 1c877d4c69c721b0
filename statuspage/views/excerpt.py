"""What the page of an ended incident depends on: an excerpt of what is known, from which alone that page is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from functools import cached_property
from hashlib import blake2b

from statuspage.knowledge import Before, Memory, Recurrence
from statuspage.model import ComponentStatus, Incident, IncidentStatus, Maintenance, Outage, Snapshot, State
from statuspage.views.again import SHOWN
from statuspage.views.components import told_of
from statuspage.views.context import Context
from statuspage.views.incidents import meanwhile

Told = Incident | Maintenance


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """As long as it stays the same, and so do language, configuration and templates, the page does."""

    one: Incident
    now: datetime  # a moment of today, the same for as long as can be: the page tells of the present its date alone
    components: tuple[ComponentStatus, ...]  # with names and what the checks saw of it, and nothing else
    deliveries: Mapping[tuple[str, int], tuple[tuple[str, datetime], ...]]
    written: Mapping[str, Told]  # those it links to: their titles
    told_of: Mapping[str, tuple[Incident, ...]]  # those that tell of the same outages
    around: tuple[str, str]
    recurrence: Recurrence | None

    @cached_property
    def digest(self) -> str:
        """A hash, the same for equal ones."""
        return blake2b(repr(self).encode(), digest_size=16).hexdigest()

    def context(self, whole: Context) -> Context:
        """That of the page: `whole` without all that is no part of this."""
        known = whole.snapshot
        return replace(
            whole,
            snapshot=Snapshot(
                page=known.page,
                now=self.now,
                measured=None,
                valid_until=None,
                next_check=None,
                void="",
                state=State.UNKNOWN,
                groups=(),
                components=self.components,
                incidents=(),
                maintenances=(),
                weights={},
                deliveries=self.deliveries,
                continuity=known.continuity,
            ),
            written=self.written,
            told_of=self.told_of,
            around={self.one.id: self.around},
            recalled=Memory.of_one(self.one.id, self.recurrence),
        )


@dataclass(frozen=True, slots=True)
class Excerpts:
    """Of one build; what several need is cut out once."""

    _made: dict[str, Excerpt | None] = field(default_factory=dict)
    _titles: dict[str, Incident] = field(default_factory=dict)

    def of(self, context: Context, one: Incident) -> Excerpt | None:
        """The same in all languages. None: its page tells of the present."""
        if one.id not in self._made:
            self._made[one.id] = self._cut(context, one)
        return self._made[one.id]

    def _cut(self, context: Context, one: Incident) -> Excerpt | None:
        components = tuple(
            _seen_in(component, one)
            for key in one.worst
            if (component := context.snapshot.component(key)) is not None
        )
        deliveries = {
            (one.id, update.number): sent
            for update in one.updates
            if (sent := context.snapshot.deliveries.get((one.id, update.number)))
        }
        moments = _moments(one, components, deliveries.values())
        now = _as_of(context, moments)
        if now is None:
            return None
        recurrence = context.memory.recurrences.get(one.id)
        told = {component.id: self._tellers(context, component) for component in components}
        around = context.around[one.id]
        linked = {key: self._linked(context.written[key]) for key in around if key}
        linked |= {other.id: other for several in told.values() for other in several}
        return Excerpt(
            one=one,
            now=now,
            components=components,
            deliveries=deliveries,
            written=linked,
            told_of=told,
            around=around,
            recurrence=recurrence and self._shown(recurrence),
        )

    def _tellers(self, context: Context, component: ComponentStatus) -> tuple[Incident, ...]:
        """Those that tell of one of its outages."""
        several = (told_of(context, outage) for outage in _outages(component))
        return tuple({other.id: self._title(other) for some in several for other in some}.values())

    def _shown(self, known: Recurrence) -> Recurrence:
        before = (
            Before(self._title(one.incident), one.components, one.alike) for one in known.before[:SHOWN]
        )
        return Recurrence(known.nth, tuple(before))

    def _linked(self, other: Told) -> Told:
        if isinstance(other, Maintenance):
            return replace(other, updates=(), later=(), components=())
        return self._title(other)

    def _title(self, other: Incident) -> Incident:
        """As much of it as a link tells, and when it was."""
        if (known := self._titles.get(other.id)) is None:
            known = self._titles[other.id] = _title_of(other)
        return known


def _as_of(context: Context, moments: Iterable[datetime | None]) -> datetime | None:
    """The beginning of today in the page's zone, or the last of the moments; None where one is still to come."""
    zone = context.language.zone
    last = datetime.combine(context.now.astimezone(zone).date(), time(), zone)
    for at in moments:
        if at is None or at > context.now:
            return None
        last = max(last, at)
    return last


def _seen_in(component: ComponentStatus, one: Incident) -> ComponentStatus:
    """Its name, and what the checks saw of the incident."""

    def of(outages: Iterable[Outage]) -> tuple[Outage, ...]:
        return tuple(outage for outage in outages if meanwhile(one, outage))

    outages, annulled = of(component.outages), of(component.annulled)
    return ComponentStatus(
        id=component.id,
        name=component.name,
        description="",
        group=None,
        state=State.UNKNOWN,
        probed=State.UNKNOWN,
        since=None,
        code="",
        detail="",
        manual=False,
        affected_by=(),
        depends_on=(),
        checked=None,
        latency=None,
        recent=(),
        slow=None,
        uptimes={},
        bar=(),
        outages=outages,
        first_measured=None,
        corrections=component.corrections if outages or annulled else (),
        annulled=annulled,
        seen=None if component.seen is None else of(component.seen),
    )


def _outages(component: ComponentStatus) -> Iterable[Outage]:
    return (*component.outages, *component.annulled)


def _moments(
    one: Incident,
    components: Iterable[ComponentStatus],
    deliveries: Iterable[Iterable[tuple[str, datetime]]],
) -> Iterable[datetime | None]:
    """All that the page tells; None where something goes on."""
    yield from (one.started, one.resolved)
    for update in one.updates:
        yield from (update.at, update.first_seen)
    for component in components:
        for outage in (*_outages(component), *component.witnessed):
            yield from (outage.start, outage.end)
    yield from (at for sent in deliveries for _, at in sent)


def _title_of(other: Incident) -> Incident:
    return Incident(
        id=other.id,
        title=other.title,
        impact=other.impact,
        status=IncidentStatus.RESOLVED,
        started=other.started,
        created=other.started,
        resolved=other.resolved,
        components={},
        worst={},
        updates=(),
        translations={key: told for key, told in other.translations.items() if key == "title"},
    )
