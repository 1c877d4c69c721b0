"""Outages and recoveries that are worth a word: one for a root cause, none where somebody has the word already."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from statuspage.intervals import Interval
from statuspage.model import Snapshot, Span
from statuspage.news.covers import World, word
from statuspage.news.episodes import Episode
from statuspage.notices import Audience, Notice, NoticeKind


def of_outages(snapshot: Snapshot) -> Iterator[Notice]:
    """Every outage has its notice, a quiet one where something else tells of it; so its key never goes."""
    world = World(snapshot)
    for known in world.troubles.values():
        for one in known:
            yield from _of_episode(world, one)


def _of_episode(world: World, one: Episode) -> Iterator[Notice]:
    affected = (one.component.id, *world.affected(one))
    first, *worse = [_stage(world, one, step, affected) for step in one.steps]
    yield first
    for notice in worse:
        merged = not notice.quiet and not first.quiet and notice.at <= first.at
        yield replace(notice, quiet="it was so when it was first told") if merged else notice
    if one.over or one.annulled:
        yield _recovery(world, one, first)


def _stage(world: World, one: Episode, step: Span, affected: tuple[str, ...]) -> Notice:
    """That it fails, or that it has become worse."""
    first = step is one.steps[0]
    thread = _thread(one)
    told = Notice(
        kind=NoticeKind.OUTAGE,
        key=thread if first else f"{thread}/{step.state}",
        thread=thread,
        at=step.start,
        audience=Audience.OPERATORS if _hidden(world, one) else Audience.PUBLIC,
        subject=one.component.id,
        components=affected,
        impact=step.state,
        began=one.start,
        ended=one.end,
        code=step.code,
        detail=step.detail,
        unstable=one.unstable,
    )
    return _judged(world, one, told)


def _judged(world: World, one: Episode, told: Notice) -> Notice:
    """To whom it is to be told, and since when: an incident is the word for the public."""
    if one.annulled:
        return replace(told, quiet="a correction says that there was no outage")
    id_ = one.component.id
    time = Interval(told.at, max(one.lasted(world.snapshot.now).end, told.at))
    others = [*world.work(id_), *world.roots(one)]
    at, why = word(time, others)
    if at is None:
        return replace(told, quiet=why)
    publicly, _ = word(time, [*others, *world.incidents(id_)])
    if publicly is None:
        return replace(told, at=at, audience=Audience.OPERATORS)
    return replace(told, at=publicly)


def _recovery(world: World, one: Episode, first: Notice) -> Notice:
    over = one.annulled or one.end
    assert over
    return replace(
        first,
        kind=NoticeKind.RECOVERY,
        key=f"recovery/{first.thread.partition('/')[2]}",
        at=over,
        ended=None if one.annulled else one.end,
        impact=one.worst.state,
        code=one.worst.code,
        detail=one.worst.detail,
    )


def _hidden(world: World, one: Episode) -> bool:
    return one.component.id not in world.public


def _thread(one: Episode) -> str:
    return f"outage/{one.component.id}/{_stamp(one.start)}"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
