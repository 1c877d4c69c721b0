"""HTTP: ask for one address and look at status, headers, body, JSON, size and certificate."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import ConfigDict, Field, JsonValue

from statuspage.causes import CODES, status_code
from statuspage.model import Reading, Verdict
from statuspage.net import Answer, Net, NetError, Request
from statuspage.probes.base import Occasion, failed
from statuspage.probes.certificate import CertificateOptions, judge_certificate
from statuspage.probes.expect import JsonPath, SizeMatch, Statuses, TextMatch, ValueMatch
from statuspage.probes.options import HeaderName, Headers, HttpUrl, masked

SUCCESS = frozenset(range(200, 300))


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

    def broken(self, answer: Answer) -> Iterator[tuple[str, str]]:
        """Key and evidence of each wish that does not hold, `status` and `certificate` left out."""
        for name, wanted in self.header.items():
            seen = [answer.headers[name]] if name in answer.headers else []
            if not wanted.holds(seen):
                yield "header", f"header {name} {_not_held(seen)}"
        if self.body is not None and not self.body.holds([text(answer)]):
            yield "body", "body not as wanted"
        yield from (("json", evidence) for evidence in self._broken_json(answer))
        size = len(answer.body) + answer.truncated  # cut off: larger than all that can be wanted
        if self.size is not None and not self.size.holds([size]):
            yield "size", f"size {size} B, wanted {self.size.figures} B"

    def _broken_json(self, answer: Answer) -> Iterator[str]:
        if not self.json:
            return
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):  # not JSON, no text, a number of 5000 digits; nested too deep
            yield "body longer than is read" if answer.truncated else "body is not JSON"
        else:
            for path, wanted in self.json.items():
                seen = path.find(document)
                if not wanted.holds(seen):
                    yield f"{path.text} {_not_held(seen)}"


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
        return self.judge(answer)

    def judge(self, answer: Answer) -> Reading:
        code, detail = self._fault(answer)
        return Reading(
            verdict=CODES[code].verdict if code else Verdict.UP,
            latency=answer.latency,
            code=code,
            detail=detail,
            phases=answer.phases,
            certificate_expires=answer.certificate_expires,
        )

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, self.expect.certificate, self.prefer.certificate)

    def _fault(self, answer: Answer) -> tuple[str, str]:
        """Code and evidence of the first thing that is wrong."""
        if answer.status not in (self.expect.status or SUCCESS):
            code = status_code(answer.status, answer.headers, keyed=self._keyed)
            return code, f"status {answer.status}"
        for key, evidence in self.expect.broken(answer):
            return f"expect.{key}", evidence
        if self.prefer.status is not None and answer.status not in self.prefer.status:
            return "prefer.status", f"status {answer.status}"
        for key, evidence in self.prefer.broken(answer):
            return f"prefer.{key}", evidence
        return "", ""

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


def _not_held(seen: Sequence[object]) -> str:
    return "not as wanted" if seen else "missing"
