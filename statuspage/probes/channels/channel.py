"""What all channels share: the steps of a recipe are asked one by one, the first that is not good decides."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar
from urllib.parse import quote, urlencode, urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from statuspage.causes import status_code
from statuspage.model import Finding, Reading
from statuspage.net import Answer, Net, NetError, Request
from statuspage.probes.base import Occasion, verdict_of
from statuspage.probes.certificate import CertificateOptions, certificate_findings
from statuspage.probes.channels.recipe import (
    OF_STATUS,
    PLACE,
    Heard,
    Recipe,
    Step,
    Templates,
    filled,
    recipe,
    scalar,
)
from statuspage.probes.options import HttpUrl, masked

_NOT_ESCAPED = frozenset({"base", "url"})  # values that are addresses themselves

# --- options -----------------------------------------------------------------------------------


def _bare(url: str) -> str:
    if urlsplit(url).query or urlsplit(url).fragment:
        raise ValueError("`base` is an address without ? and #: what follows is the recipe's")
    return url.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(ABC):
    """A kind that follows the recipe of its own name."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str]
    schemes: ClassVar[Sequence[str]] = ()

    allow_private: Annotated[bool, Field(description="Let a public name resolve to a private address.")] = (
        False
    )
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    @property
    @abstractmethod
    def target(self) -> str:
        """Scheme, host and port, for logs."""

    @property
    def recipe(self) -> Recipe:
        return recipe(self.type)

    @property
    def steps(self) -> Sequence[str]:
        """Names of the recipe's steps that these options ask for, in order."""
        return [step.name for step in self.recipe.steps]

    @abstractmethod
    def values(self, net: Net, occasion: Occasion) -> dict[str, str]:
        """What stands for the names in the recipe's texts, secrets revealed."""

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        return self.judge(await self.walk(net, within, occasion), occasion.at)

    async def walk(self, net: Net, within: timedelta, occasion: Occasion) -> "Walk":
        """Step by step, all within one deadline, up to the first that is not good."""
        walk, values = Walk(), self.values(net, occasion)
        for step in map(self.recipe.step, self.steps):
            request = request_of(step, values, allow_private=self.allow_private, ca=self.ca)
            try:
                answer = await net.fetch(request, within - walk.latency)
            except NetError as error:
                return walk.broken(step.name, error)
            walk = walk.heard(step, answer, values)
            if walk.code:
                break
        return walk

    def judge(self, walk: "Walk", at: datetime) -> Reading:
        """The reading of what the steps came to; kinds that look further do it here."""
        return walk.reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided(Channel):
    """A channel whose provider is asked."""

    base: Annotated[
        Annotated[HttpUrl, AfterValidator(_bare)] | None,
        Field(description="Another address of the provider, such as a regional or a self-hosted server."),
    ] = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return self.base or self.recipe.base

    @property
    def target(self) -> str:
        return masked(self.address)


# --- a request ---------------------------------------------------------------------------------


def request_of(step: Step, values: Templates, *, allow_private: bool = False, ca: str = "") -> Request:
    """The step's request. A redirect is an answer like any other: no secret follows one."""
    headers = {name: filled(text, values) for name, text in step.headers.items()}
    body = b""
    if step.form:
        body = urlencode(_all(step.form, values)).encode()
        headers["content-type"] = "application/x-www-form-urlencoded"
    elif step.json:
        body = json.dumps(_all(step.json, values)).encode()
        headers["content-type"] = "application/json"
    return Request(
        method=step.method,
        url=_address(step, values),
        headers=headers,
        body=body,
        allow_private=allow_private,
        ca=ca,
        follow=False,
    )


def _address(step: Step, values: Templates) -> str:
    escaped = {
        name: value if name in _NOT_ESCAPED else quote(value, safe=":") for name, value in values.items()
    }
    parts = urlsplit(PLACE.sub(lambda place: escaped[place[1]], step.url))
    query = "&".join(part for part in (parts.query, urlencode(_all(step.query, values))) if part)
    return parts._replace(query=query, fragment="").geturl()


def _all(templates: Templates, values: Templates) -> dict[str, str]:
    return {name: filled(text, values) for name, text in templates.items()}


# --- what came of it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Walk:
    """What the steps so far came to."""

    code: str = ""
    detail: str = ""
    findings: tuple[Finding, ...] = ()
    documents: Mapping[str, object] = field(default_factory=dict, repr=False)  # JSON or None, by step
    latency: timedelta = timedelta()
    phases: Mapping[str, timedelta] = field(default_factory=dict)
    certificate_expires: datetime | None = None  # of our own address
    whole: bool = True  # a whole answer came each time

    def heard(self, step: Step, answer: Answer, values: Templates) -> "Walk":
        """With the answer to one more step."""
        heard = Heard.of(answer)
        code, detail, findings = judged(step, heard, values)
        return replace(
            self,
            code=code,
            detail=f"{step.name}: {detail}" if code else "",
            findings=(*self.findings, *_named(step.name, findings)),
            documents={**self.documents, step.name: heard.document},
            latency=self.latency + answer.latency,
            phases=_summed(self.phases, answer.phases),
            certificate_expires=answer.certificate_expires if step.own else self.certificate_expires,
        )

    def broken(self, name: str, error: NetError) -> "Walk":
        """With a step to which no whole answer came."""
        return replace(
            self,
            code=error.code,
            detail=f"{name}: {error.detail}" if error.detail else name,
            findings=(*self.findings, Finding(name, "an answer", error.code, holds=False)),
            phases=_summed(self.phases, error.phases),
            whole=False,
        )

    @property
    def reading(self) -> Reading:
        """What `ask` gives, as far as the recipe goes."""
        return Reading(
            verdict=verdict_of(self.code),
            latency=self.latency if self.whole else None,
            code=self.code,
            detail=self.detail,
            phases=self.phases,
            certificate_expires=self.certificate_expires,
            findings=self.findings,
        )


def certified(reading: Reading, at: datetime) -> Reading:
    """The reading, with what its own certificate shows by the wishes that nobody has to write."""
    none = CertificateOptions()
    found = certificate_findings(reading.certificate_expires, at, none, none)
    return replace(reading, findings=(*reading.findings, *found))


def judged(step: Step, heard: Heard, values: Templates) -> tuple[str, str, tuple[Finding, ...]]:
    """Code, words of ours and findings for the answer to a step; ("", "", …) when it is good."""
    looks = tuple(step.up.looks(heard, values))
    code, words, why = _fault(step, heard, values, good=all(look.holds for look in looks))
    return code, words, (*looks, *why, *_told(step, heard))


def _fault(step: Step, heard: Heard, values: Templates, *, good: bool) -> tuple[str, str, Iterable[Finding]]:
    """What is wrong with an answer, and why: its wall, or unless it is good the first rule that fits."""
    status, headers = heard.answer.status, heard.answer.headers
    if status_code(200, headers) == "blocked":  # its headers say that a wall answered in the place of all
        return "blocked", f"status {status}", [_found("wall against robots", "none", "one")]
    for rule in () if good else step.rules:
        looks = tuple(rule.looks(heard, values))
        if all(look.holds for look in looks):
            code = status_code(status, headers) if rule.code == OF_STATUS else rule.code
            return code, rule.words or f"status {status}", _why(code, looks)
    return ("", "", ()) if good else ("channel.unreadable", _unknown(heard), ())


def _why(code: str, looks: Sequence[Finding]) -> Iterator[Finding]:
    """The rule that decided, as what should not have been; nothing for one that fits each answer."""
    if looks:
        unwanted = " and ".join(f"{look.key} {look.wanted}" for look in looks)
        yield _found(code, f"not {unwanted}", ", ".join(f"{look.key} {look.seen}" for look in looks))


def _told(step: Step, heard: Heard) -> Iterator[Finding]:
    """What the provider says beside."""
    for path in step.tells:
        for document in heard.documents:
            yield from (
                Finding(path.text, "anything", scalar(seen), holds=True) for seen in path.find(document)[:5]
            )


def _unknown(heard: Heard) -> str:
    if heard.documents or not 200 <= heard.answer.status < 300:
        return f"status {heard.answer.status}, an answer that we do not know"
    return "longer than is read" if heard.answer.truncated else "not JSON"


def _found(key: str, wanted: str, seen: str) -> Finding:
    return Finding(key, wanted, seen, holds=False)


def _named(name: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    return (replace(finding, key=f"{name} {finding.key}") for finding in findings)


def _summed(*spans: Mapping[str, timedelta]) -> dict[str, timedelta]:
    names = dict.fromkeys(name for some in spans for name in some)
    return {name: sum((some.get(name, timedelta()) for some in spans), timedelta()) for name in names}
