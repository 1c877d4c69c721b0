"""Domain: how long is a name still registered? Asked of its registry by RDAP, once a day at most.

Sources: RFC 9224 (which registry answers), RFC 9082 §3.1.3 (how it is asked), RFC 9083 §4.5 and §5.3 (what it
says), RFC 8056 (words of a registration that ends).
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from statuspage.causes import CODES, status_code
from statuspage.model import Finding, Reading, Verdict
from statuspage.net import Answer, Net, NetError, Request
from statuspage.probes.base import Occasion, shown, verdict_of
from statuspage.probes.expect import CountMatch, Match, count_match
from statuspage.probes.options import HttpUrl, masked

IANA = "https://data.iana.org/rdap/dns.json"
SOON, LATE = count_match({"ge": 30}), count_match({"ge": 3})  # days left, when nothing is written
ENDING = ("redemptionperiod", "pendingdelete")  # it has ended, and can at most be won back: RFC 8056 §2
TOLD = 30  # days: a name that has longer is not news (model.MEASURES)
MAX_TIME = 64  # characters of a written time
DAY, HOUR = timedelta(days=1), timedelta(hours=1)  # so long a registry's answer holds, or that there was none

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def _registered(name: str) -> str:
    if not name.isascii():
        raise ValueError("a name with other letters is written in its ASCII form, xn--…")
    name = name.lower().rstrip(".")
    labels = name.split(".")
    if len(name) > 253 or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("a registered name is wanted, such as example.org: no address, no path")
    if labels[-1].isdecimal():
        raise ValueError("an IP address is registered nowhere")
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainWishes:
    """How long the name should still be registered."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    days_left: Annotated[
        CountMatch | None, Field(description="Whole days until the registration ends, such as {ge: 30}.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Up while the name is registered for long enough: 30 days, or else degraded, 3 days, or else down."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "domain"
    schemes: ClassVar[Sequence[str]] = ()

    domain: Annotated[  # `name` is every component's own
        Annotated[str, AfterValidator(_registered)],
        Field(description="The registered name, such as example.org; not one below it."),
    ]
    expect: Annotated[DomainWishes, Field(description="What must hold; broken means down.")] = DomainWishes()
    prefer: Annotated[DomainWishes, Field(description="What should hold; broken means degraded.")] = (
        DomainWishes()
    )
    bootstrap: Annotated[
        HttpUrl, Field(description="Where it stands which registry answers; IANA's list, if not given.")
    ] = IANA
    allow_private: Annotated[
        bool, Field(description="Let a public name resolve, or redirect, to a private address.")
    ] = False
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    @property
    def target(self) -> str:
        return masked(self.bootstrap)

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        if (known := self._known(occasion)) is not None:
            return known
        reading = await self._asked(net, within, occasion.at)
        return reading if reading.kept else replace(reading, kept=self._keep(occasion.at))

    def _known(self, occasion: Occasion) -> Reading | None:
        """By what was answered a while ago, judged anew; None: it is time to ask."""
        last = occasion.last
        mark, *moments = last.kept.split(" ") if last else [""]
        when, until = (next(_moments(moment), None) for moment in (*moments, "", "")[:2])
        if last is None or when is None or mark != self._mark:
            return None
        if not timedelta() <= occasion.at - when < (HOUR if last.verdict is Verdict.UNKNOWN else DAY):
            return None
        if until is not None:
            return self._dated((), until, when, occasion.at)
        return replace(_reading(last.code, last.detail, ()), kept=last.kept)

    def _keep(self, when: datetime, until: datetime | None = None) -> str:
        """What a sample keeps: whom it asked for which name, when, and the date that was told."""
        told = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (when, until) if moment is not None]
        return " ".join((self._mark, *told))

    @property
    def _mark(self) -> str:
        """Tells another name or list of registries, whose answer this is not; says neither."""
        return hashlib.sha256(f"{self.domain} {self.bootstrap}".encode()).hexdigest()[:12]

    async def _asked(self, net: Net, within: timedelta, at: datetime) -> Reading:
        """By what the registry says now."""
        try:
            answer = await net.fetch(self._request(self.bootstrap), within)
            base = registry(document(answer), self.domain)
            if base is None:
                return self._unknown(*_no_registry(answer))
            wanted = self._request(f"{base}domain/{self.domain}", accept="application/rdap+json")
            answer = await net.fetch(wanted, within - answer.latency)
        except NetError as error:
            return self._unread(error.code, error.detail)
        if 200 <= answer.status < 300:
            return self.judge(document(answer), at)
        if answer.status == 404:
            return self._unknown("the registry does not know the name", "404")
        return self._unread(status_code(answer.status, answer.headers), f"status {answer.status}")

    def judge(self, answered: object, at: datetime) -> Reading:
        """By what the registry says. A reading has no latency: it would be the registry's own."""
        if not isinstance(answered, dict) or not _is_of(answered, self.domain):
            return self._unknown("the registry's answer is not about the name", "another answer")
        states, expires = _texts(answered.get("status")), expiry(answered.get("events"))
        findings = [
            Finding("status", "not ending", shown(", ".join(states) or "nothing"), not _ending(states))
        ]
        if _ending(states):
            return _reading("domain.expired", "the registry counts it as deleted", findings)
        if expires is None:
            return self._unknown("the registry tells no date", "no date of expiration")
        return self._dated(findings, expires, at, at)

    def _dated(self, findings: Sequence[Finding], expires: datetime, when: datetime, at: datetime) -> Reading:
        """By the date that the registry told, `when` it was asked."""
        left = (expires - at).days
        findings = (*findings, *self._findings(left, expires))
        broken = next((finding for finding in findings if not finding.holds), None)
        code = {"expect": "domain.expired", "prefer": "domain.expiring"}[broken.key[:6]] if broken else ""
        detail = f"{left} days left, wanted {broken.wanted}" if broken else ""
        return replace(_reading(code, detail, findings, left), kept=self._keep(when, expires))

    def _findings(self, left: int, expires: datetime) -> Iterator[Finding]:
        for word, wish in self._wishes:
            seen = f"{left} days, until {expires:%Y-%m-%d}"
            yield Finding(f"{word}.days_left", wish.figures, seen, wish.holds([left]))

    @property
    def _wishes(self) -> Sequence[tuple[str, Match]]:
        return ("expect", self.expect.days_left or LATE), ("prefer", self.prefer.days_left or SOON)

    def _request(self, url: str, accept: str = "application/json") -> Request:
        headers = {"accept": accept}
        return Request(url=url, headers=headers, allow_private=self.allow_private, ca=self.ca)

    def _unknown(self, detail: str, seen: str) -> Reading:
        return _reading(
            "domain.unknown", detail, [Finding("registry", "a date of expiration", seen, holds=False)]
        )

    def _unread(self, code: str, detail: str) -> Reading:
        """No answer came, which says nothing of the name."""
        if CODES[code].verdict is Verdict.DOWN:
            return self._unknown(f"{code}: {detail}", code)
        return _reading(code, detail, [Finding("registry", "an answer", code, holds=False)])


# --- which registry ----------------------------------------------------------------------------


def registry(listed: object, name: str) -> str | None:
    """The registry's address with a slash at its end: of the longest entry that fits (RFC 9224 §4)."""
    best, longest = None, 0
    for entries, urls in _services(listed):
        fits = [entry.count(".") + 1 for entry in entries if _is_below(name, entry.lower())]
        if max(fits, default=0) > longest and (url := _preferred(urls)):
            best, longest = url, max(fits)
    return best


def _is_below(name: str, entry: str) -> bool:
    return bool(entry) and (name == entry or name.endswith(f".{entry}"))


def _services(listed: object) -> Iterator[tuple[list[str], list[str]]]:
    """Entries and addresses of each service; what is not described so is left out."""
    services = listed.get("services") if isinstance(listed, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, list) and len(service) == 2:
            yield _texts(service[0]), _texts(service[1])


def _preferred(urls: Sequence[str]) -> str | None:
    """https before http; None: neither is there."""
    known = sorted((url for url in urls if re.match("https?://", url)), key=lambda url: url[:6] != "https:")
    return f"{known[0].rstrip('/')}/" if known else None


def _no_registry(answer: Answer) -> tuple[str, str]:
    if not 200 <= answer.status < 300:
        return f"the list of registries cannot be read: status {answer.status}", str(answer.status)
    if document(answer) is None:
        why = "longer than is read" if answer.truncated else "not JSON"
        return f"the list of registries cannot be read: {why}", why
    return "no registry of this ending answers by RDAP", "none for this ending"


# --- what it says ------------------------------------------------------------------------------


def document(answer: Answer) -> object:
    """The JSON of an answer; None when it has none."""
    try:
        found: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return found


def expiry(events: object) -> datetime | None:
    """The earliest date of expiration among the events; one without a zone is in UTC."""
    found: list[datetime] = []
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("eventAction") == "expiration":
            found += _moments(event.get("eventDate"))
    return min(found, default=None)


def _moments(written: object) -> Iterator[datetime]:
    if isinstance(written, str) and len(written) <= MAX_TIME:
        try:
            moment = datetime.fromisoformat(written.strip())
            yield moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            return


def _is_of(answered: dict[str, Any], name: str) -> bool:
    """Whether the answer is about that name; one that tells no name is taken for it."""
    told = answered.get("ldhName", name)
    return isinstance(told, str) and told.lower().rstrip(".") == name


def _ending(states: Sequence[str]) -> bool:
    """Some registries write redemptionPeriod, as EPP does."""
    return any(state.replace(" ", "").lower() in ENDING for state in states)


def _texts(some: object) -> list[str]:
    return [one for one in some if isinstance(one, str)] if isinstance(some, list) else []


def _reading(code: str, detail: str, findings: Sequence[Finding], left: int | None = None) -> Reading:
    measures = {"days_left": float(left)} if left is not None and left < TOLD else {}
    return Reading(
        verdict=verdict_of(code), code=code, detail=detail, measures=measures, findings=tuple(findings)
    )
