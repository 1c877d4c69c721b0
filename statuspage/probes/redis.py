"""Redis, and what speaks its protocol: PING, without credentials.

Source: redis.io/docs/latest/develop/reference/: protocol-spec, errors/common/ (read November 2026).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from statuspage.model import Finding, Reading
from statuspage.net import Net, NetError
from statuspage.probes.base import Occasion, failed, shown, verdict_of
from statuspage.probes.certificate import CertificateOptions, CertificateWishes, judge_certificate, over
from statuspage.probes.options import masked, split

PORT = 6379
PING = b"*1\r\n$4\r\nPING\r\n"  # an array: proxies do not know inline commands
MAX_LINE = 4_096  # octets; the longest error that Redis itself words (-DENIED) has 1 kB

SERVES = frozenset({"NOAUTH", "NOPERM", "WRONGPASS"})
"""Refusals of whoever does not say a password. Nobody did, so that they prove a server at work."""

_CODES: Mapping[str, str] = {
    "LOADING": "redis.loading",
    "MASTERDOWN": "redis.loading",
    "DENIED": "blocked",  # protected mode: it serves its own machine and lets nobody else in
}

_KNOWN = SERVES | _CODES.keys() | {"BUSY", "ERR", "MISCONF"}
"""First words of errors that may be published; others are foreign text."""


def _redis_url(url: str) -> str:
    parts = split(url, "redis", "rediss")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing follows the host and its port: redis://host:port; PING needs no database")
    return url


RedisUrl = Annotated[str, AfterValidator(_redis_url), Field(json_schema_extra={"pattern": "^rediss?://"})]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redis:
    """Up when PING is answered, be it by -NOAUTH: whoever asks for a password serves those who have it.

    Where a secret of ours is refused, that is about the secret; here none is sent, so that the refusal is an
    answer like any other. It comes before all else: a server with a password hides that it is still loading.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "redis"
    schemes: ClassVar[Sequence[str]] = ("redis", "rediss")

    url: Annotated[
        RedisUrl, Field(description="redis://host (port 6379) or redis://host:port; rediss:// speaks TLS.")
    ] = field(repr=False)
    expect: Annotated[CertificateWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=CertificateWishes
    )
    prefer: Annotated[CertificateWishes, Field(description="What should hold; broken means degraded.")] = (
        field(default_factory=CertificateWishes)
    )
    allow_private: Annotated[bool, Field(description="Let a public name resolve to a private address.")] = (
        False
    )
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    @property
    def target(self) -> str:
        return masked(self.url)

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        parts = urlsplit(self.url)
        host, port, private = parts.hostname or "", parts.port or PORT, self.allow_private
        tls = parts.scheme == "rediss"
        try:
            async with net.connect(
                host, port, within, tls=tls, allow_private=private, ca=self.ca
            ) as connection:
                connection.writer.write(PING)  # it fits every buffer; a failure shows in the reading
                reading = self.judge(await connection.reader.readuntil(b"\n"))
                return over(connection, reading, occasion.at, *self._certificate_wishes)
        except NetError as error:
            return failed(error)

    def judge(self, line: bytes) -> Reading:
        """`line`: the first of the answer, with its end."""
        code, detail = _fault(line)
        finding = Finding("PING", "+PONG, or a refusal for want of a password", shown(_text(line)), not code)
        return Reading(verdict=verdict_of(code), code=code, detail=detail, findings=(finding,))

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, *self._certificate_wishes)

    @property
    def _certificate_wishes(self) -> tuple[CertificateOptions, CertificateOptions]:
        return self.expect.certificate, self.prefer.certificate


def _fault(line: bytes) -> tuple[str, str]:
    """Code and evidence; ("", "") for an answer that proves a server at work."""
    if line == b"+PONG\r\n":
        return "", ""
    if not line.startswith(b"-") or not line.endswith(b"\r\n") or len(line) > MAX_LINE:
        return "http.protocol", "what came is no answer to PING"
    word = _text(line)[1:].partition(" ")[0]
    if word in SERVES:
        return "", ""
    detail = f"-{word}" if word in _KNOWN else "an error that Redis itself does not word"
    return _CODES.get(word, "redis.error"), detail


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r\n")
