"""Incidents that the checks declare by themselves: opened, widened, ended, and never over a person's words.

A file that they wrote ends in a seal: a remark with the digest of all above it. Once a person has edited the file the
seal no longer fits, and nothing is added to it but that the checks see it working again.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from statuspage.authoring import Said
from statuspage.causes import CODES
from statuspage.duties import failing_since
from statuspage.i18n import Language
from statuspage.incidents.outline import normal
from statuspage.model import (
    NOT_KNOWN_YET,
    ComponentStatus,
    Impact,
    Incident,
    IncidentStatus,
    Snapshot,
    State,
)

LEDGER_KIND = "automatic"
"""The ledger's kind of an incident that was opened once: a person who deletes it does not get it back."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When an incident is opened without a person."""

    after: timedelta  # shorter outages are kept as outages alone
    least: State  # the least state that is worth one


@dataclass(frozen=True, slots=True)
class Step:
    """One file to write: a new one, or one update more."""

    id: str
    said: Said
    new: bool


def sealed(text: str) -> str:
    """The text with a fresh seal at its end, an older one taken away."""
    bare = _SEAL.sub("", normal(text)).rstrip("\n") + "\n"
    return f"{bare}\n<!-- written by the checks: {_digest(bare)} -->\n"


def untouched(text: str) -> bool | None:
    """Whether nobody has edited it since the checks wrote it; None: they did not write it."""
    seals = _SEAL.findall(normal(text))
    if not seals:
        return None
    bare = _SEAL.sub("", normal(text)).rstrip("\n") + "\n"
    return normal(text).rstrip("\n").endswith("-->") and seals == [_digest(bare)]


_SEAL = re.compile(r"\n?<!-- written by the checks: ([0-9a-f]{16}) -->\n?")


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def steps(
    snapshot: Snapshot,
    files: Mapping[str, bool],
    handled: frozenset[str],
    policy: Policy,
    language: Language,
) -> tuple[Step, ...]:
    """What is to be written now.

    `files`: ids of the incidents that the checks opened, and whether each is untouched; `handled`: ids that were
    ever opened so. Nothing is said of what is not measured.
    """
    desk = _Desk(snapshot, language)
    known = [incident for incident in snapshot.open_incidents if incident.id in files]
    return (
        *(step for incident in known for step in desk.goes_on(incident, policy, alone=files[incident.id])),
        *desk.begins(policy, handled),
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    snapshot: Snapshot
    language: Language

    @property
    def _now(self) -> datetime:
        """As people write it: to the minute."""
        return self.snapshot.now.replace(second=0, microsecond=0)

    # --- a new one ---

    def begins(self, policy: Policy, handled: frozenset[str]) -> Iterator[Step]:
        """One incident a root cause; what suffers from it is named in the same one."""
        for root in self.snapshot.components:
            began = failing_since(root)
            if began is None or self.snapshot.now - began < policy.after:
                continue
            id_ = f"{began:%Y-%m-%d-%H%M}-{root.id}"
            if _is_bad(root, policy.least) and id_ not in handled and not self._is_told(root, began):
                yield Step(id_, self._opening(root, began), new=True)

    def _is_told(self, root: ComponentStatus, began: datetime) -> bool:
        """Somebody tells of it, has said that it is over, or it follows from something else."""
        told = [i for i in self.snapshot.incidents if i.resolved is None or i.resolved > began]
        named = {key for incident in told for key in incident.worst}
        return bool(root.caused_by) or root.id in named or root.state is State.MAINTENANCE

    def _opening(self, root: ComponentStatus, began: datetime) -> Said:
        _ = self.language._
        code = root.outages[0].code
        cause = CODES.get(code)
        seen = _(cause.visitors) if cause else root.outages[0].detail
        title = _("{label}: {text}").format(label=root.name, text=seen)
        text = _(
            "Our checks have seen this since {time}. This was written by them: nobody has looked at it yet."
        )
        return Said(
            status=IncidentStatus.INVESTIGATING,
            at=max(began, self._now),
            text=text.format(time=self.language.full_moment(began)),
            title=title,
            impact=_IMPACT[root.probed],
            components={c.id: str(c.probed) for c in (root, *self._suffering(root.id))},
            started=began,
            cause=NOT_KNOWN_YET,
            cause_class=str(cause.cause_class) if cause else "",
            doing=NOT_KNOWN_YET,
            eta=NOT_KNOWN_YET,
            next_update=NOT_KNOWN_YET,
        )

    def _suffering(self, root: str) -> list[ComponentStatus]:
        return [c for c in self.snapshot.components if root in c.caused_by and _is_bad(c, State.DEGRADED)]

    # --- one that is open ---

    def goes_on(self, incident: Incident, policy: Policy, *, alone: bool) -> Iterator[Step]:
        """`alone`: no person has edited it."""
        known = [self.snapshot.component(key) for key in incident.worst]
        named = [component for component in known if component and not component.manual]
        since = self._recovered(incident, named, policy)
        if since:
            yield from self._ending(incident, since, alone=alone)
        elif alone and (worse := self._spread(incident, named)):
            names = self.language.names([c.name for c in worse])
            text = self.language._("Our checks see it spread: {names}.").format(names=names)
            states = {c.id: str(c.probed) for c in worse}
            said = Said(status=incident.status, at=self._now, text=text, components=states)
            yield Step(incident.id, said, new=False)

    def _recovered(self, incident: Incident, named: list[ComponentStatus], policy: Policy) -> datetime | None:
        """Since when all that it names works, once that has lasted; None: it does not, or is not measured."""
        if not named or any(c.probed is not State.OPERATIONAL for c in named):
            return None
        ends = [outage.end for c in named for outage in c.outages[:1] if outage.end]
        since = max([incident.started, *ends])
        return since if self.snapshot.now - since >= policy.after else None

    def _ending(self, incident: Incident, since: datetime, *, alone: bool) -> Iterator[Step]:
        text = self.language._("Our checks see all of it working since {time}.")
        told = text.format(time=self.language.full_moment(since))
        if alone:
            at = max(since, *(update.at for update in incident.updates))
            yield Step(incident.id, Said(status=IncidentStatus.RESOLVED, at=at, text=told), new=False)
        elif all(told not in update.text for update in incident.updates):
            said = Said(status=incident.status, at=self._now, text=told)
            yield Step(incident.id, said, new=False)

    def _spread(self, incident: Incident, named: list[ComponentStatus]) -> list[ComponentStatus]:
        """What is worse than the file says, and what suffers from what it names."""
        worse = [
            c
            for c in named
            if _is_bad(c, State.DEGRADED)
            and c.probed.severity > incident.components.get(c.id, State.OPERATIONAL).severity
        ]
        known = {*incident.worst}
        more = [c for key in incident.worst for c in self._suffering(key) if c.id not in known]
        told = {key for other in self.snapshot.open_incidents if other is not incident for key in other.worst}
        return worse + [c for n, c in enumerate(more) if c not in more[:n] and c.id not in told]


def _is_bad(component: ComponentStatus, least: State) -> bool:
    return State.MAINTENANCE.severity < least.severity <= component.probed.severity


_IMPACT = {
    State.DEGRADED: str(Impact.MINOR),
    State.PARTIAL: str(Impact.MAJOR),
    State.MAJOR: str(Impact.CRITICAL),
}
