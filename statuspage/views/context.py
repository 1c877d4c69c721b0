"""What every view needs: the snapshot, the language, the way to the site's root. And the smallest views."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from urllib.parse import quote

from statuspage.causes import CODES
from statuspage.i18n import Language
from statuspage.knowledge import Memory, memory
from statuspage.model import (
    CauseClass,
    Impact,
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    Snapshot,
    State,
    by_component,
)

CLASSES = {
    State.OPERATIONAL: "ok",
    State.UNKNOWN: "unk",
    State.MAINTENANCE: "mnt",
    State.DEGRADED: "deg",
    State.PARTIAL: "par",
    State.MAJOR: "maj",
}
IMPACT_CLASSES = {Impact.NONE: "ok", Impact.MINOR: "deg", Impact.MAJOR: "par", Impact.CRITICAL: "maj"}


@dataclass(frozen=True, slots=True)
class When:
    """A moment: for machines, as the page prints it, and what a script may make of it."""

    iso: str
    text: str
    live: str = ""  # "ago": "37 minutes ago" is added; "instead": it takes the text's place; "": nothing


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence around a moment; without a moment all of it is `before`."""

    before: str
    when: When | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class StateView:
    css: str  # the class, and the name of the shape
    word: str


@dataclass(frozen=True, slots=True)
class Context:
    """One page being written."""

    snapshot: Snapshot
    language: Language
    root: str  # way to the root of this language's pages: "", "../", "../../"
    written: Mapping[str, Incident | Maintenance]  # by id
    told_of: Mapping[str, tuple[Incident, ...]]  # incidents that ever named a component, by its id
    around: Mapping[str, tuple[str, str]]  # by id: what was filed before it and after it, "" for nothing
    path: str = ""  # of the page below `root`, such as `history/`
    prefix: str = ""  # of this language's pages below the site's root, such as `fr/`
    languages: Mapping[str, Language] = field(default_factory=dict)  # all of the site, by their prefix
    recalled: Memory | None = None  # in place of all that the incidents tell
    dated: bool = False  # a moment of today has its date too: a message is read days later

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        language: Language,
        prefix: str = "",
        languages: Mapping[str, Language] | None = None,
    ) -> "Context":
        """For the front page."""
        return cls(
            snapshot,
            language,
            "",
            {m.id: m for m in snapshot.maintenances} | {i.id: i for i in snapshot.incidents},
            by_component(snapshot.incidents),
            _around([*snapshot.incidents, *snapshot.maintenances]),
            prefix=prefix,
            languages=languages or {prefix: language},
        )

    def at(self, path: str, root: str | None = None) -> "Context":
        """The same for another page of the language. `root`: where its links must not be relative."""
        return replace(self, path=path, root="../" * path.count("/") if root is None else root)

    @property
    def site(self) -> str:
        """Way to the site's root."""
        return self.root + "../" * self.prefix.count("/")

    @property
    def now(self) -> datetime:
        return self.snapshot.now

    @property
    def memory(self) -> Memory:
        return memory(self.snapshot) if self.recalled is None else self.recalled

    @property
    def english(self) -> bool:
        return self.language.locale.language == "en"

    def _(self, message: str) -> str:
        return self.language._(message)

    # --- moments ---

    def when(self, at: datetime, live: str = "", *, zone: bool = True) -> When:
        told = (
            self.language.dated(at, self.now) if self.dated else self.language.moment(at, self.now, zone=zone)
        )
        return When(_iso(at), told, live)

    def phrase(self, sentence: str, at: datetime, live: str = "", *, zone: bool = True) -> Phrase:
        """`sentence` holds `{time}`."""
        before, _, after = sentence.partition("{time}")
        return Phrase(before, self.when(at, live, zone=zone), after)

    # --- addresses ---

    def component_href(self, id: str) -> str:
        return f"{self.root}components/{_quoted(id)}/"

    def incident_href(self, id: str) -> str:
        return f"{self.root}incidents/{_quoted(id)}/"

    # --- words ---

    def state(self, state: State) -> StateView:
        word = self.language.once(("state", state), lambda: self._state_words()[state])
        return StateView(CLASSES[state], word)

    def _state_words(self) -> Mapping[State, str]:
        _ = self._
        return {
            State.OPERATIONAL: _("Operational"),
            State.UNKNOWN: _("Not measured"),
            State.MAINTENANCE: _("Maintenance"),
            State.DEGRADED: _("Degraded"),
            State.PARTIAL: _("Partial outage"),
            State.MAJOR: _("Major outage"),
        }

    def impact(self, impact: Impact) -> StateView:
        word = self.language.once(("impact", impact), lambda: self._impact_words()[impact])
        return StateView(IMPACT_CLASSES[impact], word)

    def _impact_words(self) -> Mapping[Impact, str]:
        _ = self._
        return {
            Impact.NONE: _("No impact"),
            Impact.MINOR: _("Minor impact"),
            Impact.MAJOR: _("Major impact"),
            Impact.CRITICAL: _("Critical impact"),
        }

    def status(self, status: str) -> str:
        return self.language.once(("status", str(status)), lambda: self._status_words().get(status, status))

    def _status_words(self) -> Mapping[str, str]:
        _ = self._
        return {
            IncidentStatus.INVESTIGATING: _("Investigating"),
            IncidentStatus.IDENTIFIED: _("Identified"),
            IncidentStatus.MONITORING: _("Monitoring"),
            IncidentStatus.RESOLVED: _("Resolved"),
            IncidentStatus.POSTMORTEM: _("Post-incident report"),
            MaintenanceStatus.SCHEDULED: _("Scheduled"),
            MaintenanceStatus.IN_PROGRESS: _("In progress"),
            MaintenanceStatus.VERIFYING: _("Verifying"),
            MaintenanceStatus.COMPLETED: _("Completed"),
            MaintenanceStatus.CANCELLED: _("Cancelled"),
        }

    def cause_class(self, cause: CauseClass) -> str:
        return self.language.once(("cause class", cause), lambda: self._cause_words()[cause])

    def _cause_words(self) -> Mapping[CauseClass, str]:
        _ = self._
        return {
            CauseClass.INFRASTRUCTURE: _("infrastructure"),
            CauseClass.NETWORK: _("network"),
            CauseClass.CONFIGURATION: _("configuration"),
            CauseClass.SOFTWARE: _("software"),
            CauseClass.EXTERNAL: _("an outside provider"),
            CauseClass.BLOCKED: _("our checks were not let in"),
            CauseClass.OURS: _("our own checks"),
            CauseClass.UNKNOWN: "",
        }

    def cause(self, code: str) -> str:
        """What visitors are told about a code of the probes; "" for none."""
        known = CODES.get(code)
        return self._(known.visitors) if known else code

    def witnessed(self, code: str, detail: str) -> str:
        """The code's sentence with its evidence: `Slower than usual: 3.1 s, the limit is 2.5 s`.

        The evidence is English, so in other languages the sentence of a known code stands alone.
        """
        cause = self.cause(code)
        if cause and not self.english:
            return cause
        return self.labelled(cause, detail) if cause and detail else cause or detail

    def labelled(self, label: str, text: str) -> str:
        """Both around a colon as the language sets it: French has a space before it."""
        return self._("{label}: {text}").format(label=label, text=text)

    def names(self, ids: Iterable[str]) -> tuple[Link, ...]:
        """Links to the components; one that is not on the page is named by its id, without a link."""
        found = []
        for key in ids:
            component = self.snapshot.component(key)
            found.append(Link(self.component_href(key), component.name) if component else Link("", key))
        return tuple(found)


_quoted = lru_cache(16_384)(partial(quote, safe=""))


def permalink(number: int) -> str:
    """The anchor of an update on its own page."""
    return f"update-{number}"


def happened(one: Incident | Maintenance) -> datetime:
    """The moment by which it is filed."""
    return one.started if isinstance(one, Incident) else one.start


def _around(told: Sequence[Incident | Maintenance]) -> Mapping[str, tuple[str, str]]:
    ids = ["", *(one.id for one in sorted(told, key=lambda one: (happened(one), one.id))), ""]
    return {key: (ids[n - 1], ids[n + 1]) for n, key in enumerate(ids[1:-1], 1)}


@lru_cache(16_384)
def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
