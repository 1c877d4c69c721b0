"""`notify:` - whom to tell what, by which channel: the keys as they are written, and the values that come of them."""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from email.headerregistry import Address as MailAddress
from email.utils import getaddresses
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from statuspage.config.keys import Language, Name, about, between, distinct, matching, one_line, strict, zone
from statuspage.errors import Where
from statuspage.model import State
from statuspage.notices import Audience, NoticeKind
from statuspage.probes.options import Duration, Headers, HttpUrl, Secret, SecretText, SmtpUrl

BLOCKS = ("url", "mail", "webhook", "pagerduty", "opsgenie", "alertmanager")
"""The keys that say by which channel; a target has one of them."""

WHSEC = "whsec_"
"""Before the base64 of a webhook's key. Source: standardwebhooks.com, spec/standard-webhooks.md."""

PAGERS = ("pagerduty", "opsgenie", "alertmanager")

KINDS = frozenset(NoticeKind) - {NoticeKind.TEST}
PAGER_KINDS = frozenset({NoticeKind.OUTAGE, NoticeKind.RECOVERY, NoticeKind.INCIDENT, NoticeKind.RESOLVED})
"""What wakes people unless `kinds:` says otherwise."""


# --- types of keys -----------------------------------------------------------------------------

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"


def _time(value: object) -> time:
    if not isinstance(value, str) or not re.fullmatch(_TIME, value):
        raise ValueError('a time of day is written in quotes: "22:00"')
    return time.fromisoformat(value)


def _one_sender(text: str) -> str:
    """`Name <local@domain>` or the address alone. Raises ValueError that repeats nothing of it."""
    found = getaddresses([one_line(text)])
    if len(found) != 1:
        raise ValueError("must be one address: status@example.org, or Example <status@example.org>")
    _mailbox(found[0][1])
    return text.strip()


def _recipients(text: str) -> str:
    """One address or several with commas between them, as one secret may hold them."""
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        _mailbox(part)
    return ",".join(parts)


def _mailbox(text: str) -> None:
    try:
        address = MailAddress(addr_spec=text)
    except (ValueError, IndexError):  # what the parser of the standard library raises for half an address
        address = MailAddress()
    if not (address.username and address.domain) or not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("is no address such as status@example.org, in ASCII (xn-- for the domain)")


def _way_out(url: str) -> str:
    parts = urlsplit(url)
    if not re.fullmatch(r"[\x21-\x7e]+", url) or re.search(r"[<>,]", url):
        raise ValueError("an address has no spaces, commas, angle brackets or letters outside ASCII")
    if parts.scheme not in ("https", "mailto") or not (parts.hostname or parts.path):
        raise ValueError("must begin with https:// or mailto:")
    return url


def _label(name: str) -> str:
    if not re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name):
        raise ValueError("a label's name has letters, digits and _ only")
    if name in ("alertname", "thread", "subject"):
        raise ValueError(f"the label {name} is set by us")
    return name


def _signing(secret: Secret) -> Secret:
    """What `whsec_` begins is base64 of a key. Raises ValueError that repeats nothing of it."""
    text = secret.reveal()
    try:
        good = not text.startswith(WHSEC) or bool(b64decode(text.removeprefix(WHSEC), validate=True))
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"begins with {WHSEC}, and what follows is no base64 of a key")
    return secret


_TIME_SCHEMA = Annotated[str, Field(pattern=f"^{_TIME}$", examples=["22:00"])]
_LIST_ID = r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?"

TimeOfDay = Annotated[time, BeforeValidator(_time, json_schema_input_type=_TIME_SCHEMA)]
Recipient = Annotated[str, AfterValidator(_recipients)]
ListId = Annotated[str, matching(f"({_LIST_ID})?", "a list's id is like a domain: status.example.org")]
Label = Annotated[str, AfterValidator(_label)]
Severity: TypeAlias = Literal["degraded_performance", "partial_outage", "major_outage"]
Kind: TypeAlias = Literal[
    "outage",
    "recovery",
    "incident",
    "update",
    "resolved",
    "maintenance_announced",
    "maintenance_started",
    "maintenance_ended",
    "reminder",
    "drill",
]
Some = Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(distinct)]


# --- the keys, as they are written -------------------------------------------------------------


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which nothing is sent; what came up is told together when they end."""

    start: Annotated[TimeOfDay, Field(alias="from"), about('When they begin, such as "22:00".')]
    until: Annotated[TimeOfDay, about('When they end, such as "07:00"; earlier than from: the next day.')]
    timezone: Annotated[
        str, AfterValidator(zone), about("Zone of these hours; the page's, if not given.")
    ] = ""
    exempt: Annotated[
        Severity | None, Field(alias="except"), about("What is as bad as that is told all the same.")
    ] = None

    def __post_init__(self) -> None:
        if self.start == self.until:
            raise ValueError("from and until are the same time: there would be no quiet hours, or no others")


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How a service over HTTPS is reached."""

    allow_private: Annotated[bool, about("Let a public name resolve to a private address.")] = False
    ca: Annotated[str, about("File with the certificate authority (PEM) to trust, not the system's.")] = ""


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class MailOptions:
    """Mail through a server of your own."""

    server: Annotated[SmtpUrl, about("smtp+starttls://host:587, smtps://host:465, or smtp://host:25.")]
    sender: Annotated[str, AfterValidator(_one_sender), Field(alias="from"), about("Whom the mail is from.")]
    to: Annotated[
        tuple[Recipient, ...],
        Field(min_length=1, max_length=200),
        about("Whom it is to; each gets a mail of their own."),
    ] = field(repr=False)
    user: Annotated[str, about("The name to log in with; without it nobody logs in.")] = field(
        default="", repr=False
    )
    password: Annotated[SecretText | None, about("The password, as ${NAME}.")] = None
    reply_to: Annotated[Annotated[str, AfterValidator(_one_sender)] | None, about("Where answers go.")] = None
    list_id: Annotated[ListId, about("List-Id, by which readers sort: status.example.org.")] = ""
    unsubscribe: Annotated[
        tuple[Annotated[str, AfterValidator(_way_out)], ...],
        Field(max_length=2),
        about("List-Unsubscribe: https:// or mailto: addresses."),
    ] = ()
    one_click: Annotated[
        bool, about("The https address takes the POST of RFC 8058: List-Unsubscribe-Post says so.")
    ] = False
    ca: Annotated[str, about("File with the certificate authority (PEM) to trust, not the system's.")] = ""

    def __post_init__(self) -> None:
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password go together")
        if self.user and self.server.startswith("smtp://"):
            raise ValueError("no password over a connection that anybody reads: smtp+starttls:// or smtps://")
        if self.one_click and not any(way.startswith("https:") for way in self.unsubscribe):
            raise ValueError("one_click: needs an https:// address in unsubscribe:")

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for some in self.to for one in some.split(",")))


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions(Door):
    """A program of yours, told in the shape of Statuspage's webhooks and signed."""

    url: Annotated[HttpUrl, about("Where the POST goes.")] = field(repr=False)
    secret: Annotated[SecretText, AfterValidator(_signing), about("What it is signed with, as ${NAME}.")]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutyOptions(Door):
    """PagerDuty, by its Events API v2."""

    key: Annotated[SecretText, about("The integration's routing key, as ${NAME}.")]
    token: Annotated[
        SecretText | None, about("A read-only key of the REST API, to see who has acknowledged.")
    ] = None
    base: Annotated[HttpUrl, about("Where events go.")] = "https://events.pagerduty.com"
    rest: Annotated[HttpUrl, about("Where the REST API is.")] = "https://api.pagerduty.com"


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class OpsgenieOptions(Door):
    """Opsgenie, by its Alert API."""

    key: Annotated[SecretText, about("The API integration's key, as ${NAME}.")]
    base: Annotated[HttpUrl, about("https://api.eu.opsgenie.com for accounts in the EU.")] = (
        "https://api.opsgenie.com"
    )


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class AlertmanagerOptions(Door):
    """Prometheus' Alertmanager, by its API v2."""

    url: Annotated[HttpUrl, about("Its address, without /api/v2.")] = field(repr=False)
    headers: Annotated[Headers, about("Headers to send, such as Authorization.")] = field(
        default_factory=dict, repr=False
    )
    labels: Annotated[Mapping[Label, Name], about("Labels that its routes look at.")] = field(
        default_factory=dict
    )


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """Somebody to tell. One of url, mail, webhook, pagerduty, opsgenie, alertmanager says how."""

    name: Annotated[Name, about("What it is called in the ledger: never change it.")]
    url: Annotated[
        str | Annotated[tuple[str, ...], Field(min_length=1, max_length=20)],
        about("An address of Apprise, or a list of them."),
    ] = field(default=(), repr=False)
    mail: Annotated[MailOptions | None, about("Mail through a server of your own.")] = None
    webhook: Annotated[WebhookOptions | None, about("A program of yours.")] = None
    pagerduty: Annotated[PagerDutyOptions | None, about("PagerDuty.")] = None
    opsgenie: Annotated[OpsgenieOptions | None, about("Opsgenie.")] = None
    alertmanager: Annotated[AlertmanagerOptions | None, about("Prometheus' Alertmanager.")] = None
    audience: Annotated[
        Literal["public", "operators"], about("public: it is told what the page says, and no more. operators")
    ] = "operators"
    components: Annotated[Some | None, about("Names or ids: told of these alone.")] = None
    groups: Annotated[Some | None, about("Names of groups: told of their components alone.")] = None
    least: Annotated[Severity, about("The least impact that is told. degraded_performance")] = (
        "degraded_performance"
    )
    kinds: Annotated[
        Annotated[tuple[Kind, ...], Field(min_length=1), AfterValidator(distinct)] | None,
        about("What is told; all but drill, if not given, and of a pager what wakes people."),
    ] = None
    language: Annotated[Language | None, about("Its language; the page's first, if not given.")] = None
    quiet: Annotated[Quiet | None, about("Hours in which nothing is sent.")] = None
    pager: Annotated[bool, about("It wakes people: mutes and escalation are for it.")] = False
    escalate_to: Annotated[Name | None, about("The target that is told when nobody acknowledges.")] = None
    escalate_after: Annotated[
        Duration, between("1m", "24h"), about("How long an acknowledgement may take. 15m")
    ] = timedelta(minutes=15)

    def __post_init__(self) -> None:
        given = [key for key in BLOCKS if getattr(self, key)]
        if len(given) != 1:
            raise ValueError(
                f"{' and '.join(given)} stand in one target: write a target for each"
                if given
                else f"there is no channel: write one of {', '.join(BLOCKS)}"
            )
        if self.escalate_to and not self.is_pager:
            raise ValueError("escalate_to: is for pagers: write pager: true")

    @property
    def is_pager(self) -> bool:
        return self.pager or any(getattr(self, key) for key in PAGERS)


# --- the values --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """An address of Apprise. It is a secret as a whole; `shown` stands for it."""

    value: str = field(repr=False)
    shown: str  # slack://***, or ${NAME} when the secret is all of it
    where: Where


_NOWHERE = Where("components.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Somebody to tell, all defaults filled in. One of `BLOCKS` says how."""

    name: str
    url: tuple[Address, ...] = ()
    mail: MailOptions | None = None
    webhook: WebhookOptions | None = None
    pagerduty: PagerDutyOptions | None = None
    opsgenie: OpsgenieOptions | None = None
    alertmanager: AlertmanagerOptions | None = None
    audience: Audience = Audience.OPERATORS
    components: frozenset[str] | None = None  # ids, those of its groups' members too; None: of all
    least: State = State.DEGRADED
    kinds: frozenset[NoticeKind] = KINDS - {NoticeKind.DRILL}
    language: str = "en"
    quiet: Quiet | None = None  # its zone filled in
    pager: bool = False
    escalate_to: str = ""
    escalate_after: timedelta = timedelta(minutes=15)
    where: Where = _NOWHERE

    @property
    def channel(self) -> str:
        """The key of its channel."""
        return next(key for key in BLOCKS if getattr(self, key))
