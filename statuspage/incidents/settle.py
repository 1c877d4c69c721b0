"""What was written, with the numbers and first sights that the ledger keeps for ever."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from itertools import count, takewhile

from statuspage.incidents.series import Announced, Ledger, announced, at_now, foretold
from statuspage.incidents.text import render
from statuspage.incidents.translated import TRANSLATED, Texts, digest, older, stands, translations
from statuspage.incidents.written import Facts, Written, WrittenUpdate
from statuspage.intervals import Interval
from statuspage.model import (
    CauseClass,
    Fact,
    Impact,
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    State,
    Translation,
    Update,
)

UPDATE = "update"
"""The ledger's kind of an update's fact; its key is `INCIDENT/NUMBER`."""


def settle(written: Written, ledger: Ledger, now: datetime) -> tuple[Incident | Maintenance, list[Fact]]:
    """The incident or maintenance as it stands at `now`, and the facts that the ledger does not hold yet.

    An update keeps its number when its time, its status or its text is edited: it is found again by all of them,
    then by status and time, by status, by text. No number is given twice.
    """
    seen = ledger.get(written.kind, written.id)
    created = seen.at if seen else now
    dated, facts = _dated(written, ledger, now)
    said = reduce(lambda older, one: one.written.facts.over(older), dated, written.facts)
    texts = _texts(written, said)
    beside = stands(texts, seen.value if seen else {})
    fact = Fact(kind=written.kind, key=written.id, at=created, value={TRANSLATED: beside} if beside else {})
    settled: Incident | Maintenance
    if written.window:
        seen_windows, new = announced(written, ledger, created, now)
        settled, facts = _maintenance(written, written.window, dated, created, seen_windows, now), facts + new
    else:
        settled = _incident(written, said, dated, created)
    if texts:
        settled = replace(settled, translations=translations(texts, beside))
    return settled, ([] if fact == seen else [fact]) + facts


_CLOSED = (IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM)
_RANK = {str(word): n for words in (IncidentStatus, MaintenanceStatus) for n, word in enumerate(words)}
_IMPACT = {State.DEGRADED: Impact.MINOR, State.PARTIAL: Impact.MAJOR, State.MAJOR: Impact.CRITICAL}


@dataclass(frozen=True, slots=True)
class _Dated:
    """An update, its number and its times."""

    written: WrittenUpdate
    number: int
    at: datetime
    first_seen: datetime
    older: frozenset[str]  # languages whose text is older than the original


# --- numbers and times ---------------------------------------------------------------------------


def _dated(written: Written, ledger: Ledger, now: datetime) -> tuple[list[_Dated], list[Fact]]:
    """The published updates, oldest first, and the new facts."""
    updates, decided = _oldest_first([u for u in written.updates if not u.draft])
    known = _known(written.id, ledger)
    values = [_value(update) for update in updates]
    numbers = _numbers(values, known)
    facts = [_gone(fact) for n, fact in enumerate(known, 1) if n not in numbers and GONE not in fact.value]
    seen: list[tuple[WrittenUpdate, int, datetime]] = []
    stale: dict[int, frozenset[str]] = {}
    for update, value, number in zip(updates, values, numbers, strict=True):
        before = known[number - 1] if number <= len(known) else None
        first_seen = before.at if before else now
        beside = stands(_body(update), before.value if before else {})
        told = {**value, **({TRANSLATED: beside} if beside else {})}
        fact = Fact(kind=UPDATE, key=f"{written.id}/{number}", at=first_seen, value=told)
        if fact != before:
            facts.append(fact)
        stale[number] = frozenset(older(_body(update), beside).get("text", ()))
        seen.append((update, number, first_seen))
    if not decided and seen and seen[0][2] > seen[-1][2]:
        seen.reverse()
    dated = [
        _Dated(update, number, _at(seen, n), first, stale[number])
        for n, (update, number, first) in enumerate(seen)
    ]
    return sorted(dated, key=lambda one: one.at), facts


def _oldest_first(updates: list[WrittenUpdate]) -> tuple[list[WrittenUpdate], bool]:
    """The updates from the file's older end on, and whether times or words said which end that is."""
    times = [u.time for u in updates if u.time]
    if times and times[0] != times[-1]:
        return (updates[::-1] if times[0] > times[-1] else updates), True
    ranks = [_RANK[u.status] for u in updates]
    if ranks[0] != ranks[-1]:
        return (updates[::-1] if ranks[0] > ranks[-1] else updates), True
    return updates, False


def _at(seen: Sequence[tuple[WrittenUpdate, int, datetime]], n: int) -> datetime:
    """The written time; else when it was first seen, but never past its neighbours' written times.

    A run comes late: what it first saw at 14:40 may stand above a "Resolved - 14:35" in the same file.
    """
    update, _, at = seen[n]
    if update.time:
        return update.time
    later = [u.time for u, _, _ in seen[n + 1 :] if u.time]
    earlier = [u.time for u, _, _ in seen[:n] if u.time]
    return max([min([at, *later]), *earlier])


def _known(id_: str, ledger: Ledger) -> list[Fact]:
    """The facts of an incident's updates; number 1 comes first and no number is left out."""
    numbered = (ledger.get(UPDATE, f"{id_}/{number}") for number in count(1))
    return [fact for fact in takewhile(lambda fact: fact is not None, numbered) if fact]


def _numbers(updates: Sequence[Mapping[str, object]], known: Sequence[Fact]) -> list[int]:
    """A number for each update. Updates that are the same in all have theirs in order, as the next run will find."""
    found = _match(updates, known)
    fresh = count(len(known) + 1)
    numbers = [found[n] if n in found else next(fresh) for n in range(len(updates))]
    alike: defaultdict[Hashable, list[int]] = defaultdict(list)
    for n, update in enumerate(updates):
        alike[_whole(update)].append(n)
    for places in alike.values():
        for place, number in zip(places, sorted(numbers[n] for n in places), strict=True):
            numbers[place] = number
    return numbers


def _match(updates: Sequence[Mapping[str, object]], known: Sequence[Fact]) -> dict[int, int]:
    """Numbers of known updates, by the place of the update they belong to."""
    found: dict[int, int] = {}
    for trait, also_gone in _TRAITS:
        if len(found) == len(updates):
            break
        free: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        taken = set(found.values())
        for number, fact in enumerate(known, 1):
            if number not in taken and (also_gone or GONE not in fact.value):
                free[trait(fact.value)].append(number)
        for n, update in enumerate(updates):
            mark = trait(update)
            if n not in found and mark is not None and free[mark]:
                found[n] = free[mark].popleft()
    return found


Trait = Callable[[Mapping[str, object]], Hashable]

GONE = "gone"
"""In the value of an update that the file holds no more: only the very same one gets its number again."""


def _whole(value: Mapping[str, object]) -> Hashable:
    return (value.get("status"), value.get("time"), value.get("digest"))


_TRAITS: Sequence[tuple[Trait, bool]] = (
    (_whole, False),
    (_whole, True),
    (lambda value: (value.get("status"), value.get("time")), False),
    (lambda value: value.get("status"), False),
    (lambda value: value.get("digest") or None, False),
)


def _value(update: WrittenUpdate) -> dict[str, object]:
    return {
        "status": update.status,
        "time": update.time.isoformat().replace("+00:00", "Z") if update.time else None,
        "digest": digest(update.text) if update.text else "",
    }


def _gone(fact: Fact) -> Fact:
    return replace(fact, value={**fact.value, GONE: True})


def _body(update: WrittenUpdate) -> Texts:
    return {"text": (update.text, update.translations)} if update.translations else {}


def _texts(written: Written, said: Facts) -> Texts:
    """The texts of one line that have translations."""
    texts = {key: (getattr(said, key) or "", told) for key, told in said.translations.items()}
    return {**texts, **({"title": (written.title, written.titles)} if written.titles else {})}


# --- the whole -----------------------------------------------------------------------------------


def _incident(written: Written, facts: Facts, dated: Sequence[_Dated], created: datetime) -> Incident:
    started = written.started or dated[0].at
    resolved = _resolved(dated, started)
    worst = _worst(written.facts, dated)
    usual = max(
        (_IMPACT.get(state, Impact.NONE) for state in worst.values()), key=_severity, default=Impact.NONE
    )
    return Incident(
        id=written.id,
        title=written.title,
        impact=facts.impact or usual,
        status=IncidentStatus(dated[-1].written.status),
        started=started,
        created=created,
        resolved=resolved,
        components=dict.fromkeys(facts.components, State.OPERATIONAL) if resolved else facts.components,
        worst=worst,
        updates=_updates(dated, written.facts.components),
        cause=facts.cause or "",
        cause_class=facts.cause_class or CauseClass.UNKNOWN,
        doing=facts.doing or "",
        eta=facts.eta,
        next_update=facts.next_update,
        workaround=facts.workaround or "",
        tags=written.tags,
        actions=tuple(action for one in dated for action in one.written.actions),
        lessons=tuple(render(one.written.lessons) for one in dated if one.written.lessons),
        fixed="\n\n".join(render(one.written.fixed)[1] for one in dated if one.written.fixed),
    )


def _maintenance(
    written: Written,
    span: Interval,
    dated: Sequence[_Dated],
    created: datetime,
    seen: Sequence[Announced],
    now: datetime,
) -> Maintenance:
    worst = _worst(written.facts, dated)
    return Maintenance(
        id=written.id,
        title=written.title,
        status=at_now(MaintenanceStatus(dated[-1].written.status), span, now),
        start=span.start,
        end=span.end,
        created=created,
        components=tuple(worst),
        updates=_updates(dated, {}),
        announced=foretold(span, seen),
        moved=tuple(one.at for one in seen[1:]),
        worst=worst,
    )


def _resolved(dated: Sequence[_Dated], started: datetime) -> datetime | None:
    """When it was over for the last time; None: the newest update says that it is not."""
    over: datetime | None = None
    for one in dated:
        over = (over or max(one.at, started)) if one.written.status in _CLOSED else None
    return over


def _worst(facts: Facts, dated: Sequence[_Dated]) -> dict[str, State]:
    worst: dict[str, State] = {}
    for said in (facts.components, *(one.written.facts.components for one in dated)):
        for id_, state in said.items():
            worst[id_] = max(worst.get(id_, state), state, key=lambda s: s.severity)
    return worst


def _severity(impact: Impact) -> int:
    return impact.severity


def _updates(dated: Sequence[_Dated], declared: Mapping[str, State]) -> tuple[Update, ...]:
    """Newest first. The oldest one also declares what the front matter does.

    Where the oldest one closes the incident, the front matter's states hold up to it, so they go first.
    """
    updates = []
    for n, one in enumerate(dated):
        own = one.written.facts.components
        if n == 0:
            own = {**own, **declared} if one.written.status in _CLOSED else {**declared, **own}
        html, text = render(one.written.text)
        updates.append(
            Update(
                number=one.number,
                status=one.written.status,
                at=one.at,
                first_seen=one.first_seen,
                html=html,
                text=text,
                components=own,
                day=one.written.day,
                translations={
                    language: Translation(plain, safe, language in one.older)
                    for language, source in one.written.translations.items()
                    for safe, plain in (render(source),)
                },
            )
        )
    return tuple(reversed(updates))
