"""One target: which notices it is told of now, which wait, which are dropped, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from statuspage.config import Target
from statuspage.deliveries import BASELINE, LEASE, TOLD, Entry, Status, as_fact, begun
from statuspage.model import Fact
from statuspage.notices import Audience, Notice, NoticeKind
from statuspage.notify.escalation import CHANNEL, ESCALATED, Escalation
from statuspage.notify.filters import BEGINS, ENDS, is_muted, not_public, quiet_until, unwanted
from statuspage.notify.known import Known
from statuspage.notify.plan import BACK_OFF, DIGEST, Reason, Sending, World, digest_key

FRESH = timedelta(hours=24)
"""Nothing older is news, and no message is tried for longer."""

PAGE_WAIT = timedelta(minutes=10)  # then the message goes out without the page, and says so
REMINDED = timedelta(hours=12)  # a reminder's day may end right after it was told: keys change at midnight
DIGESTED = frozenset({"url", "mail"})  # channels that people read; programs and pagers want each by itself
QUIET = "quiet hours until "
MUTED = "what it is about is muted"
UNSHOWN = "the page does not show it yet"


@dataclass(frozen=True, slots=True)
class _Due:
    notice: Notice
    entry: Entry | None
    late: bool = False  # the page does not show it, and has been waited for
    escalated: str = ""
    asleep: str = ""  # why it waits, unless something newer of its thread is sent

    @property
    def group(self) -> str:
        return self.notice.key if self.escalated else self.notice.thread


@dataclass(slots=True)
class Case:
    """What one target is to be told, and what not and why."""

    world: World
    known: Known
    target: Target
    facts: list[Fact] = field(default_factory=list)
    sendings: list[Sending] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    def decided(self) -> "Case":
        if (self.target.name, BASELINE) not in self.known.entries:
            self._begin()
            return self
        due = [one for notice in self._candidates() if (one := self._judged(notice))]
        due += [one for call in self.world.escalations if (one := self._escalated(call))]
        for groups in self._digested(self._folded(due)):
            self._claim(groups)
        self._forget()
        return self

    def _begin(self) -> None:
        """A new target is told no old stories."""
        now, name = self.world.now, self.target.name
        first = Entry(key=BASELINE, target=name, status=Status.KNOWN, at=now, since=now)
        fresh = [n for n in self.world.notices if now - n.at < FRESH]
        self.facts += map(as_fact, [first, *(self._begun(n, Status.KNOWN) for n in fresh)])
        self.reasons.append(Reason(name, BASELINE, "it is new: told of what happens from now on"))

    def _candidates(self) -> Iterator[Notice]:
        """What is new, and what is known and waits."""
        for notice in sorted(self.world.notices, key=lambda n: (n.at, n.number, n.key)):
            entry = self._entry(notice.key)
            fresh = timedelta(0) <= self.world.now - notice.at < FRESH
            if fresh if entry is None else not entry.final:
                yield notice

    def _begun(self, notice: Notice, status: Status, why: str = "") -> Entry:
        public = self.target.audience is Audience.PUBLIC
        return begun(notice, self.target.name, self.world.now, status, why, public=public)

    def _entry(self, key: str) -> Entry | None:
        return self.known.entries.get((self.target.name, key))

    # --- one notice ----------------------------------------------------------------------------

    def _judged(self, notice: Notice) -> _Due | None:
        """What is to be sent, now or when it wakes; for all else a reason is noted."""
        entry = self._entry(notice.key)
        if any(one.is_being_sent(self.world.now) for one in self._thread(notice)):
            return self._no(notice, "another run is sending of its thread")
        if why := self._not_for_it(notice, entry):
            return self._no(notice, why)
        if why := self._over_before_told(notice, entry) or self._told_already(notice):
            return self._ended(notice, entry, Status.DROPPED, why)
        if entry and self._is_stale(entry):
            return self._given_up(notice, entry)
        if why := self._held(notice) or self._backs_off(entry):
            return _Due(notice, entry, asleep=why)
        return self._when_shown(notice, entry)

    def _backs_off(self, entry: Entry | None) -> str:
        if entry and entry.next and self.world.now < entry.next <= self.world.now + BACK_OFF[-1]:
            return f"tried {entry.tries} times, next at {entry.next:%H:%M} UTC: {entry.why}"
        return ""

    def _is_stale(self, entry: Entry) -> bool:
        return entry.first is not None and self.world.now - entry.first >= FRESH

    def _not_for_it(self, notice: Notice, entry: Entry | None) -> str:
        if notice.quiet and notice.kind is not NoticeKind.RECOVERY:
            return notice.quiet
        if notice.code == CHANNEL and notice.subject == self.target.name:
            return "it is about this target itself"
        # What waits, too: it may have been taken off the page meanwhile.
        if why := not_public(self.target, notice):
            return why
        if entry is not None:
            return ""
        if why := unwanted(self.target, notice, told=self._was_told(notice)):
            return "" if self._came_by_escalation(notice) else why
        if notice.kind is NoticeKind.REMINDER:
            last = self.known.reminded.get((self.target.name, notice.thread))
            return "it was reminded of it not long ago" if last and self.world.now - last < REMINDED else ""
        return ""

    def _was_told(self, notice: Notice) -> bool:
        """Of something of its thread, for sure or perhaps."""
        return any(e.status in TOLD or e.claimed for e in self._thread(notice) if e.key != notice.key)

    def _came_by_escalation(self, notice: Notice) -> bool:
        return notice.kind in ENDS and any(ESCALATED in e.key for e in self._thread(notice) if e.tries)

    def _thread(self, notice: Notice) -> Sequence[Entry]:
        return self.known.threads.get((self.target.name, notice.thread), ())

    def _over_before_told(self, notice: Notice, entry: Entry | None) -> str:
        """Trouble that nobody here has heard of is not told when it is over, and neither is its end."""
        if notice.kind in ENDS and not self._was_told(notice):
            wanted = notice.kind is NoticeKind.RESOLVED and not self.target.pager
            begun_to = (
                entry is not None and entry.tries > 0
            )  # it was right to tell it, and it did not get through
            return "" if wanted or begun_to else "nobody here was told that it began"
        if notice.kind in BEGINS and notice.thread in self.known.over and not (entry and entry.claimed):
            return "" if self._tells_the_end(notice) else "it was over before it was told"
        return ""

    def _told_already(self, notice: Notice) -> str:
        """What was held here and came by way of a pager all the same is not told again."""
        came = (e for e in self._thread(notice) if e.key.startswith(f"{notice.key}{ESCALATED}"))
        return "it went on to here from a pager" if any(e.status in TOLD for e in came) else ""

    def _tells_the_end(self, notice: Notice) -> bool:
        """Whether what people wrote of it is worth reading when it is over: as one message, with its end."""
        return (
            notice.kind is NoticeKind.INCIDENT
            and not self.target.pager
            and NoticeKind.RESOLVED in self.target.kinds
        )

    def _held(self, notice: Notice) -> str:
        if is_muted(self.target, notice, self.world.muted):
            return MUTED
        until = quiet_until(self.target, notice, self.world.now)
        return f"{QUIET}{until}" if until else ""

    def _when_shown(self, notice: Notice, entry: Entry | None) -> _Due | None:
        """The public hears of it when the page has it, or cannot have it for ten minutes."""
        public = Audience.PUBLIC is self.target.audience is notice.audience
        if not public or self.world.shown(notice):
            return _Due(notice, entry)
        if self.world.now - (entry.since if entry else self.world.now) < PAGE_WAIT:
            return _Due(notice, entry, asleep=UNSHOWN)
        return _Due(notice, entry, late=True)

    def _escalated(self, call: Escalation) -> _Due | None:
        """Not held by quiet hours: somebody has to come."""
        if call.to != self.target.name:
            return None
        entry = self._entry(call.notice.key)
        if entry and entry.final:
            return None
        if entry and entry.is_being_sent(self.world.now):
            return self._no(call.notice, "another run is sending it")
        if why := not_public(self.target, call.notice):
            return self._no(call.notice, why)
        if is_muted(self.target, call.notice, self.world.muted):
            return self._no(call.notice, MUTED)
        return _Due(call.notice, entry, escalated=call.origin, asleep=self._backs_off(entry))

    def _no(self, notice: Notice, why: str) -> _Due | None:
        self._note(notice, why)
        return None

    def _note(self, notice: Notice, why: str) -> None:
        self.reasons.append(Reason(self.target.name, notice.key, why))

    def _ended(self, notice: Notice, entry: Entry | None, status: Status, why: str) -> _Due | None:
        if entry:
            self.facts.append(as_fact(replace(entry.became(status, self.world.now, why), by=self.world.run)))
        return self._no(notice, why)

    def _given_up(self, notice: Notice, entry: Entry) -> _Due | None:
        return self._ended(notice, entry, Status.GIVEN_UP, entry.why or "a run ended while it was sending it")

    def _hold(self, one: _Due) -> None:
        if one.entry is None:
            held = self._begun(one.notice, Status.HELD, one.asleep)
            self.facts.append(as_fact(replace(held, by=self.world.run)))
        self._note(one.notice, one.asleep)

    def _forget(self) -> None:
        """What waits and is not news any more: the notice has gone, by a correction or by its age."""
        there = {n.key for n in self.world.notices} | {call.notice.key for call in self.world.escalations}
        for (target, key), entry in self.known.entries.items():
            old = self.world.now - entry.since >= FRESH and not entry.is_being_sent(self.world.now)
            if target == self.target.name and not entry.final and old and key not in there:
                lost = entry.tries and ESCALATED not in key
                status, why = (
                    (Status.GIVEN_UP, entry.why) if lost else (Status.DROPPED, "it is not so any more")
                )
                self.facts.append(
                    as_fact(replace(entry.became(status, self.world.now, why), by=self.world.run))
                )

    # --- several -------------------------------------------------------------------------------

    def _folded(self, due: Sequence[_Due]) -> list[list[_Due]]:
        """What piled up of one thread is told once, by the newest that is awake; it stands last."""
        groups: dict[str, list[_Due]] = {}
        for one in due:
            groups.setdefault(one.group, []).append(one)
        return [awake for group in groups.values() if (awake := self._awake(group))]

    def _awake(self, group: Sequence[_Due]) -> list[_Due]:
        """All up to the last one that is awake; the others go on waiting."""
        end = max((n for n, one in enumerate(group, 1) if not one.asleep), default=0)
        told, waiting = list(group[:end]), group[end:]
        for one in waiting:
            self._hold(one)
        newest = told[-1].notice if told else None
        if newest is None or not self._is_over(newest):
            return told
        for one in told:  # it may have been told that it began: only the end is worth a word now
            if any(later.notice.kind in ENDS for later in waiting):
                self._note(one.notice, "it is over, and that waits")
            else:
                self._ended(one.notice, one.entry, Status.DROPPED, "it is over")
        return []

    def _is_over(self, notice: Notice) -> bool:
        return notice.kind in BEGINS and notice.thread in self.known.over and not self._tells_the_end(notice)

    def _digested(self, groups: Sequence[list[_Due]]) -> Iterator[list[list[_Due]]]:
        """What quiet hours held is told in one message."""
        held = [group for group in groups if self.target.channel in DIGESTED and _was_quiet(group[-1].entry)]
        alone = [group for group in groups if len(held) < 2 or group not in held]
        yield from ([group] for group in alone)
        if len(held) > 1:
            yield held

    def _claim(self, groups: Sequence[Sequence[_Due]]) -> None:
        leaders = tuple(_leader(group) for group in groups)
        key = leaders[0].key if len(leaders) == 1 else digest_key(leaders)
        claims = tuple(self._claimed(one, key) for group in groups for one in group)
        self.facts += map(as_fact, claims)
        every = [one for group in groups for one in group]
        self.sendings.append(
            Sending(
                target=self.target,
                notices=leaders,
                claims=claims,
                page_late=any(one.late for one in every),
                escalated=every[-1].escalated,
            )
        )

    def _claimed(self, one: _Due, key: str) -> Entry:
        now = self.world.now
        entry = one.entry or self._begun(one.notice, Status.DECIDED)
        return replace(
            entry.became(Status.DECIDED, now),
            tries=entry.tries + 1,
            first=entry.first or now,
            until=now + LEASE,
            by=self.world.run,
            told_as="" if key == one.notice.key else key,
            done=entry.done if (entry.told_as or entry.key) == key else (),
        )


def _was_quiet(entry: Entry | None) -> bool:
    return entry is not None and (entry.why.startswith(QUIET) or entry.told_as.startswith(DIGEST))


def _leader(group: Sequence[_Due]) -> Notice:
    """The newest, with the numbers of the updates that are told in it."""
    *older, newest = (one.notice for one in group)
    folded = {n for notice in older for n in (notice.number, *notice.folded) if n}
    numbers = (folded | {*newest.folded}) - {newest.number}
    return replace(newest, folded=tuple(sorted(numbers)))
