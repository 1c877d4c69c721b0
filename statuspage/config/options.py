"""What `components.yaml` can say, key by key, and the values that come of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from statuspage import __version__
from statuspage.config.continuity import ContinuityOptions, PlanOptions
from statuspage.config.keys import Id, Language, Name, Sentence, about, between, distinct, strict, zone
from statuspage.config.notify import Target
from statuspage.config.theme import LinksOptions, ThemeOptions
from statuspage.errors import Problem, Where
from statuspage.model import Journey, Page, Plan, Rules, State
from statuspage.probes.base import Probe
from statuspage.probes.options import Duration, HttpUrl, split
from statuspage.yamlfile import Loaded

CONTROL = (
    "https://www.gstatic.com/generate_204",
    "https://cp.cloudflare.com/",
    "tcp://9.9.9.9:53",
    "dns://9.9.9.9/example.com?type=A",
)
"""Asked in every round, unless `control:` says otherwise: is the runner itself online?

The last one needs the package's extra; without it the others stand for it.
"""

UPTIME_WINDOWS = ("24h", "7d", "30d", "90d", "365d")
"""The windows that the uptime is told of."""

MANUAL = "manual"
"""The `type:` of a component that no probe asks: incidents alone drive it."""


# --- types of keys -----------------------------------------------------------------------------


def _ascii(text: str) -> str:
    if not text.isascii():
        raise ValueError("must be plain ASCII")
    return text


def _site_url(url: str) -> str:
    parts = split(url, "http", "https")
    if parts.query or parts.fragment:
        raise ValueError("the page's address has no ? and no #")
    if not url.isascii():  # feeds want URIs: RFC 3986 §2
        raise ValueError("the page's address is written in ASCII: xn-- for the host, %XX for the path")
    return url.rstrip("/")


def _percent(value: object) -> int:
    match = re.fullmatch(r"([0-9]{1,3})%", value) if isinstance(value, str) else None
    if not match or int(match[1]) > 100:
        raise ValueError("a weight is a whole number of percent from 0% to 100%")
    return int(match[1])


def _availability(value: object) -> Decimal:
    match = re.fullmatch(r"([0-9]{1,2}([.][0-9]{1,2})?)%", value) if isinstance(value, str) else None
    if not match:
        raise ValueError("an availability lies below 100%, with two digits after the point at most: 99.9%")
    return Decimal(match[1])


def _window(value: object) -> str:
    if value not in UPTIME_WINDOWS:
        raise ValueError(f"a window is one of {', '.join(UPTIME_WINDOWS)}")
    return str(value)


_PERCENT_SCHEMA = Annotated[str, Field(pattern=r"^(100|[0-9]{1,2})%$", examples=["30%"])]
_AVAILABILITY_SCHEMA = Annotated[str, Field(pattern=r"^[0-9]{1,2}([.][0-9]{1,2})?%$", examples=["99.9%"])]
Percent = Annotated[int, BeforeValidator(_percent, json_schema_input_type=_PERCENT_SCHEMA)]
Availability = Annotated[Decimal, BeforeValidator(_availability, json_schema_input_type=_AVAILABILITY_SCHEMA)]
Every = Annotated[Duration, between("30s", "11h")]  # a closed day is judged from its neighbours alone
Limit = Annotated[Duration, between("10ms", "5m")]
Wait = Annotated[Duration, between("0s", "5m")]
Runs = Annotated[int, Field(ge=1, le=100)]
Depends = str | Annotated[dict[str, Literal["soft", "hard"]], Field(min_length=1, max_length=1)]


# --- the keys, as they are written -------------------------------------------------------------


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a second in each state takes from the uptime. Printed on the page."""

    degraded_performance: Percent = 0
    partial_outage: Percent = 30
    major_outage: Percent = 100


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    every: Annotated[
        Duration,
        between("1m", "7d"),
        about("How often you publish, if less often than you probe: a page is old later."),
    ]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """The page itself."""

    name: Annotated[Name, about("The page's title.")] = "Status"
    url: Annotated[
        str,
        AfterValidator(_site_url),
        Field(json_schema_extra={"pattern": "^https?://"}),
        about("Where readers find the page."),
    ] = "http://localhost:8000"
    timezone: Annotated[
        str, AfterValidator(zone), about("Zone of the days shown, such as Europe/Berlin.")
    ] = "Etc/UTC"
    languages: Annotated[
        tuple[Language, ...],
        Field(min_length=1),
        AfterValidator(distinct),
        about("The first is at /, each other below /CODE/."),
    ] = ("en",)
    since: Annotated[
        int | None, Field(ge=2000, le=2100), about("The year in the feeds' permanent ids: never change it.")
    ] = None
    theme: Annotated[ThemeOptions, about("Colours, pictures and styles of your own.")] = field(
        default_factory=ThemeOptions
    )
    links: Annotated[LinksOptions, about("Links of your own, in header and footer.")] = field(
        default_factory=LinksOptions
    )
    hubs: Annotated[
        tuple[Annotated[HttpUrl, AfterValidator(_ascii)], ...],
        Field(max_length=5),
        AfterValidator(distinct),
        about("WebSub hubs that feeds name, such as https://pubsubhubbub.appspot.com/."),
    ] = ()
    history: Annotated[bool, about("Publish the history's own lines below api/history/. true")] = True
    mirror: Annotated[
        str,
        AfterValidator(_site_url),
        Field(json_schema_extra={"pattern": "^https?://"}),
        about(
            "The same page on a second host, which every page and feed names, such as https://status2.example."
        ),
    ] = ""
    publish: Annotated[Publish | None, about("How often to publish; each run, if not given.")] = None
    show_delivery: Annotated[
        bool, about("Say under each update which public targets were told of it, and when.")
    ] = False
    show_warnings: Annotated[
        bool, about("Say on a component's page what warns of trouble to come. It changes no state. false")
    ] = False
    weights: Annotated[Weights, about("What a second in each state takes from the uptime.")] = Weights()

    def __post_init__(self) -> None:
        if self.mirror and self.mirror == self.url:
            raise ValueError("the mirror is the page itself: name its address on the second host")

    @property
    def publish_every(self) -> timedelta | None:
        """None: every run publishes."""
        return self.publish.every if self.publish else None

    def as_model(self, first_year: int = 2000) -> Page:
        """`first_year` stands in for a `since` that is not written."""
        since = first_year if self.since is None else self.since
        return Page(
            name=self.name,
            url=self.url,
            timezone=self.timezone,
            languages=self.languages,
            since=since,
            header=tuple(link.as_model() for link in self.links.header),
            footer=tuple(link.as_model() for link in self.links.footer),
            hubs=self.hubs,
            mirror=self.mirror,
            show_warnings=self.show_warnings,
        )


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveOptions:
    """How well a component means to work; its page shows what is left of the error budget."""

    availability: Annotated[Availability, about("The uptime that it means to have, such as 99.9%.")]
    window: Annotated[
        str,
        BeforeValidator(_window, json_schema_input_type=Literal["24h", "7d", "30d", "90d", "365d"]),
        about("The time that it is meant for, up to now. 30d"),
    ] = "30d"


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """How a component is asked and believed. `defaults:` may hold all of it, each component too."""

    timeout: Annotated[Limit, about("Limit for one whole attempt; above it the attempt fails. 10s")] = (
        timedelta(seconds=10)
    )
    slow: Annotated[Limit, about("Above it the component is degraded. 2s")] = timedelta(seconds=2)
    every: Annotated[
        Every, about("How often a run is meant to come; a sample speaks for at most twice that. 5m")
    ] = timedelta(minutes=5)
    retries: Annotated[
        int, Field(ge=0, le=10), about("Further attempts after a failed one; the majority decides. 2")
    ] = 2
    retry_wait: Annotated[
        tuple[Wait, ...], Field(min_length=1, max_length=10), about("Pause before each retry. [2s, 8s]")
    ] = (timedelta(seconds=2), timedelta(seconds=8))
    objective: Annotated[
        ObjectiveOptions | None, about("The uptime that it means to have; none, if not given.")
    ] = None
    fail_after: Annotated[Runs, about("Failing runs in a row that make an outage. 1")] = 1
    recover_after: Annotated[Runs, about("Good runs in a row that end an outage. 1")] = 1
    places: Annotated[
        int,
        Field(ge=0, le=100),
        about("Places that must see it up (probe --from), fewer: partial outage; 0: more than half. 0"),
    ] = 0


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultOptions(Judging):
    """Applied to every component, unless it says otherwise."""

    user_agent: Annotated[Name, AfterValidator(_ascii), about("How the probes introduce themselves.")] = (
        ""  # "": name the page
    )
    keep_raw: Annotated[
        Duration, between("3d", "400d"), about("How long every single sample is kept. 35d")
    ] = timedelta(days=35)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetOptions:
    """What paid probes may use up in a UTC day, all together; past it they are skipped and not measured."""

    tokens_per_day: Annotated[int | None, Field(ge=0), about("Tokens a day; no limit, if not given.")] = None
    calls_per_day: Annotated[int | None, Field(ge=0), about("Paid calls a day; no limit, if not given.")] = (
        None
    )


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOptions:
    """Whether the checks declare incidents by themselves."""

    auto: Annotated[
        Literal["off", "draft", "open"],
        about("off: they do not; draft: into incidents/_drafts/, for a person to move; open: published. off"),
    ] = "off"
    after: Annotated[Duration, between("0s", "7d"), about("How long an outage lasts at least. 10m")] = (
        timedelta(minutes=10)
    )
    least: Annotated[
        Literal["degraded_performance", "partial_outage", "major_outage"],
        about("The least state that is worth an incident. partial_outage"),
    ] = "partial_outage"


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOptions:
    """Components that are shown together."""

    name: Annotated[Name, about("The group's name, by which components refer to it.")]
    description: Annotated[Sentence, about("A sentence for visitors.")] = ""
    collapsed: Annotated[bool, about("Folded while all is well.")] = False


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class CommonOptions(Judging):
    """The keys that components of every kind have."""

    name: Annotated[Name, about("What visitors call it.")]
    id: Annotated[Id, about("Its permanent id; the slug of its name, if not given.")] = ""
    was: Annotated[
        tuple[Id, ...], AfterValidator(distinct), about("Ids that it had before: their history is its own.")
    ] = ()
    group: Annotated[Name, about("The group that it is shown in.")] = ""
    description: Annotated[Sentence, about("A sentence for visitors.")] = ""
    type: Annotated[Name, about("The kind of probe; the address's scheme tells it, if not given.")] = ""
    depends_on: Annotated[
        tuple[Depends, ...], about("Components that explain its failure; {NAME: soft}: that only slow it.")
    ] = ()
    replicas: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        AfterValidator(distinct),
        Field(max_length=50),
        about("Further addresses that do the same work: each is asked and confirmed alone."),
    ] = ()
    quorum: Annotated[
        int, Field(ge=1, le=51), about("Addresses that must be well; with fewer it is down. 1")
    ] = 1
    missing: Annotated[
        Literal["degraded", "partial"],
        about("What it is while addresses are missing and the quorum holds. degraded"),
    ] = "degraded"
    private: Annotated[bool, about("Its address is never shown or logged.")] = False
    public: Annotated[bool, about("false: it is probed and kept, and not on the page.")] = True
    continuity: Annotated[PlanOptions, about("Its owner, its fallback, what else stands ready.")] = field(
        default_factory=PlanOptions
    )


# --- the values --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dependency:
    id: str
    soft: bool = False  # it slows or limits; a hard one explains a failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentOptions:
    """One component, the defaults filled in."""

    id: str
    name: str
    was: tuple[str, ...]
    group: str | None
    description: str
    type: str  # a key of KINDS or `manual`; "" when an unset secret hides it
    every: timedelta
    timeout: timedelta
    slow: timedelta
    retries: int
    retry_wait: tuple[timedelta, ...]  # the last one repeats
    rules: Rules
    objective: ObjectiveOptions | None = None
    depends_on: tuple[Dependency, ...]
    private: bool
    public: bool
    hide_target: bool  # private, or its address holds a secret
    probe: Probe | None  # None: manual, or a secret of its own is missing
    replicas: tuple[Probe, ...] = ()  # that do the same work as `probe`
    quorum: int = 1  # of all of them
    missing: Literal["degraded", "partial"] = "degraded"
    unset: tuple[str, ...] = ()  # names of secrets that are not set, or do not fit
    plan: Plan = field(default_factory=Plan)
    where: Where

    @property
    def manual(self) -> bool:
        return self.type == MANUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """`components.yaml`, whole and valid."""

    page: PageOptions
    defaults: DefaultOptions
    control: tuple[str, ...] = field(repr=False)  # addresses; their secrets filled in
    budget: BudgetOptions = BudgetOptions()
    incidents: IncidentOptions = IncidentOptions()
    continuity: ContinuityOptions = field(default_factory=ContinuityOptions)
    journeys: tuple[Journey, ...] = ()  # ids are distinct, what they need is on the page
    notify: tuple[Target, ...] = ()  # whom to tell; those whose secrets are not set are left out
    groups: tuple[GroupOptions, ...]
    components: tuple[ComponentOptions, ...]  # never empty; ids and former ids are all distinct
    warnings: tuple[Problem, ...] = ()
    unset: tuple[Problem, ...] = ()  # errors for the operator: secrets that are not set, or do not fit
    secrets: tuple[str, ...] = field(default=(), repr=False)  # values to keep out of all that is written
    source: Loaded = field(repr=False)

    @property
    def keep_raw(self) -> timedelta:
        return self.defaults.keep_raw

    @property
    def user_agent(self) -> str:
        """How the probes introduce themselves: with the page's address, so that they can be asked about."""
        return self.defaults.user_agent or f"statuspage/{__version__} (+{self.page.url})"

    @property
    def weights(self) -> Mapping[State, int]:
        """Percent that a second in the state takes from the uptime."""
        weights = self.page.weights
        return {
            State.DEGRADED: weights.degraded_performance,
            State.PARTIAL: weights.partial_outage,
            State.MAJOR: weights.major_outage,
        }

    def component(self, id: str) -> ComponentOptions | None:
        return next((c for c in self.components if c.id == id), None)

    def where(self, id: str) -> Where:
        """Where the component with that id stands; the file as a whole when none has it."""
        component = self.component(id)
        return component.where if component else Where(self.source.path)

    def line(self, *keys: str | int) -> int:
        """Line of the key or list item at that path of the file."""
        return self.source.line(*keys)
