"""HTTP: ask for one address and look at status, headers, body, JSON, size and certificate."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import ConfigDict, Field, JsonValue

from statuspage.causes import status_code
from statuspage.model import Finding, Reading
from statuspage.net import Answer, Net, NetError, Request
from statuspage.probes.base import Occasion, failed, shown, verdict_of
from statuspage.probes.certificate import CertificateOptions, certificate_findings, judge_certificate
from statuspage.probes.expect import JsonPath, Match, SizeMatch, Statuses, TextMatch, ValueMatch, classes
from statuspage.probes.options import HeaderName, Headers, HttpUrl, masked
from statuspage.probes.patterns import TooSlow

SUCCESS = frozenset(range(200, 300))
MOST_SHOWN = 5  # values of one JSON path in a finding


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpWishes:
    """What an answer should be: all that is named must hold."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    status: Annotated[
        Statuses | None,
        Field(description="Status codes: 200, 2xx, or a list; 2xx is expected when not given."),
    ] = None
    header: Annotated[
        Mapping[HeaderName, TextMatch],
        Field(description="Headers of the answer; a bare text means contains."),
    ] = field(default_factory=dict, repr=False)
    body: Annotated[TextMatch | None, Field(description="Text of the body; a bare text means contains.")] = (
        field(default=None, repr=False)
    )
    json: Annotated[
        Mapping[JsonPath, ValueMatch],
        Field(description="Values in a JSON body by path, such as $.status; a bare value means equals."),
    ] = field(default_factory=dict, repr=False)
    size: Annotated[SizeMatch | None, Field(description="Size of the decoded body, such as {ge: 5kB}.")] = (
        None
    )
    certificate: Annotated[
        CertificateOptions, Field(description="The server's certificate, such as {days_left: {ge: 21}}.")
    ] = field(default_factory=CertificateOptions)

    def looks(self, word: str, answer: Answer) -> Iterator["Look"]:
        """Each wish, looked at; `status` and `certificate` left out. `word`: expect or prefer. Raises TooSlow."""
        for name, match in self.header.items():
            seen = [answer.headers[name]] if name in answer.headers else []
            yield _look(f"{word}.header", name, match, seen, f"header {name} {_not_held(seen)}")
        if self.body is not None:
            yield _look(f"{word}.body", "", self.body, [text(answer)], "body not as wanted")
        if self.json:
            yield from self._looks_at_json(f"{word}.json", answer)
        if self.size is not None:
            size = len(answer.body) + answer.truncated  # cut off: larger than all that can be wanted
            wanted, holds = f"{self.size.figures} B", self.size.holds([size])
            finding = Finding(f"{word}.size", wanted, f"{size} B", holds)
            yield Look(f"{word}.size", f"size {size} B, wanted {wanted}", finding)

    def _looks_at_json(self, code: str, answer: Answer) -> Iterator["Look"]:
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):  # not JSON, no text, a number of 5000 digits; nested too deep
            evidence = "body longer than is read" if answer.truncated else "body is not JSON"
            yield Look(code, evidence, Finding(code, "JSON", shown(text(answer)), holds=False))
            return
        for path, wanted in self.json.items():
            seen = path.find(document)
            yield _look(code, path.text, wanted, seen, f"{path.text} {_not_held(seen)}")


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one wish, and what it means if the wish is broken."""

    code: str
    evidence: str  # safe to publish
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """Up when the answer is as expected, by default any 2xx; redirects are followed, at most 3."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "http"
    schemes: ClassVar[Sequence[str]] = ("http", "https")

    url: Annotated[HttpUrl, Field(description="The address, beginning with http:// or https://.")] = field(
        repr=False
    )
    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        Field(description="The HTTP method."),
    ] = "GET"
    headers: Annotated[Headers, Field(description="Headers to send, secrets as ${NAME}.")] = field(
        default_factory=dict, repr=False
    )
    body: Annotated[str | None, Field(description="Text to send.")] = field(default=None, repr=False)
    json: Annotated[JsonValue, Field(description="A value to send as JSON.")] = field(
        default=None, repr=False
    )
    expect: Annotated[HttpWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=HttpWishes
    )
    prefer: Annotated[HttpWishes, Field(description="What should hold; broken means degraded.")] = field(
        default_factory=HttpWishes
    )
    allow_private: Annotated[
        bool, Field(description="Let a public name resolve, or redirect, to a private address.")
    ] = False
    follow: Annotated[bool, Field(description="Follow redirects, at most 3; else they are answers.")] = True
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    def __post_init__(self) -> None:
        if self.body is not None and self.json is not None:
            raise ValueError("give `body` or `json`, not both")

    @property
    def target(self) -> str:
        return masked(self.url)

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        try:
            answer = await net.fetch(self._request(), within)
        except NetError as error:
            return failed(error)
        return self.judge(answer, occasion.at)

    def judge(self, answer: Answer, at: datetime) -> Reading:
        """By the first wish that is broken, `expect` before `prefer`. Raises TooSlow."""
        looks = self._looks(answer)
        code, detail = next(
            ((look.code, look.evidence) for look in looks if not look.finding.holds), ("", "")
        )
        expires = answer.certificate_expires
        wishes = self.expect.certificate, self.prefer.certificate
        return Reading(
            verdict=verdict_of(code),
            latency=answer.latency,
            code=code,
            detail=detail,
            phases=answer.phases,
            certificate_expires=expires,
            findings=(*(look.finding for look in looks), *certificate_findings(expires, at, *wishes)),
        )

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, self.expect.certificate, self.prefer.certificate)

    def _looks(self, answer: Answer) -> list[Look]:
        """Each wish in the order in which they decide; up to a pattern that takes too long, when one is broken."""
        looks = list[Look]()
        try:
            for look in self._looking(answer):
                looks.append(look)
        except TooSlow:
            if all(look.finding.holds for look in looks):
                raise  # nothing can be said of the answer
        return looks

    def _looking(self, answer: Answer) -> Iterator[Look]:
        wanted, status = self.expect.status or SUCCESS, answer.status
        code = status_code(status, answer.headers, keyed=self._keyed)
        yield _look_at_status(code, "expect.status", wanted, answer)
        if answer.hops:
            yield Look("", "", Finding("redirects", "at most 3", str(answer.hops), holds=True))
        yield from self.expect.looks("expect", answer)
        if self.prefer.status is not None:
            yield _look_at_status("prefer.status", "prefer.status", self.prefer.status, answer)
        yield from self.prefer.looks("prefer", answer)

    def _request(self) -> Request:
        headers, body = dict(self.headers), (self.body or "").encode()
        if self.json is not None:
            body = json.dumps(self.json, ensure_ascii=False).encode()
            if not any(name.lower() == "content-type" for name in headers):
                headers["content-type"] = "application/json"
        return Request(
            method=self.method,
            url=self.url,
            headers=headers,
            body=body,
            allow_private=self.allow_private,
            ca=self.ca,
            follow=self.follow,
        )

    @property
    def _keyed(self) -> bool:
        """Whether a key of ours goes along: a refusal then speaks of the key, not of the component."""
        names = [*self.headers, *(name for name, _ in parse_qsl(urlsplit(self.url).query))]
        return any(
            word in name.lower() for name in names for word in ("auth", "cookie", "key", "secret", "token")
        )


def text(answer: Answer) -> str:
    """The body's text. Of its charset only those that can neither fail nor explode are taken."""
    charset = answer.headers.get("content-type", "").lower().partition("charset=")[2].partition(";")[0]
    codec = _CODECS.get(charset.strip(" \"'"), "utf-8")
    return answer.body.decode(codec, errors="replace")


_CODECS = {
    "iso-8859-1": "cp1252",  # as browsers read it: WHATWG Encoding §4.2
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}


def _look(code: str, part: str, wanted: Match, seen: Sequence[object], evidence: str) -> Look:
    """`part`: which header or path it is about, "" when there is one only. `seen`: values, none when missing."""
    finding = Finding(f"{code} {part}".rstrip(), wanted.words, _told(seen), wanted.holds(seen))
    return Look(code, evidence, finding)


def _look_at_status(code: str, key: str, wanted: frozenset[int], answer: Answer) -> Look:
    finding = Finding(key, ", ".join(classes(wanted)), str(answer.status), answer.status in wanted)
    return Look(code, f"status {answer.status}", finding)


def _told(seen: Sequence[object]) -> str:
    more = [f"{len(seen) - MOST_SHOWN} more"] if len(seen) > MOST_SHOWN else []
    return ", ".join([*map(_quoted, seen[:MOST_SHOWN]), *more]) or "nothing"


def _quoted(seen: object) -> str:
    """A value of an answer as JSON, or what of it a finding shows."""
    try:
        return shown(json.dumps(seen, ensure_ascii=False))
    except RecursionError:  # it could be read, and is nested too deep to be written
        return "a value that is nested too deep to be shown"


def _not_held(seen: Sequence[object]) -> str:
    return "not as wanted" if seen else "missing"
