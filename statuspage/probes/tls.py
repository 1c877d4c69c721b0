"""TLS: the handshake and the certificate, and nothing said afterwards."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from statuspage.model import Finding, Reading, Verdict
from statuspage.net import Connection, Net, NetError
from statuspage.probes.base import Occasion, failed, shown
from statuspage.probes.certificate import CertificateOptions, CertificateWishes, judge_certificate, over
from statuspage.probes.options import masked, split

PORT = 443


def _tls_url(url: str) -> str:
    parts = split(url, "tls")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing follows the host and its port: tls://host:port")
    return url


TlsUrl = Annotated[str, AfterValidator(_tls_url), Field(json_schema_extra={"pattern": "^tls://"})]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Up when the handshake succeeds: the certificate is trusted, for this name, and within its time.

    A server that wants a certificate of ours refuses us in the handshake up to TLS 1.2. In TLS 1.3 it does so
    after its own certificate has been proven (RFC 8446 §4.4.2), which is all that is looked at: it is up.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "tls"
    schemes: ClassVar[Sequence[str]] = ("tls",)

    url: Annotated[TlsUrl, Field(description="The address, tls://host (port 443) or tls://host:port.")] = (
        field(repr=False)
    )
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
        try:
            async with net.connect(
                host, port, within, tls=True, allow_private=private, ca=self.ca
            ) as connection:
                reading = self.judge(_spoken(connection))
                return over(connection, reading, occasion.at, *self._certificate_wishes)
        except NetError as error:
            return failed(error)

    def judge(self, version: str) -> Reading:
        """`version`: of the protocol that was agreed on, such as TLSv1.3."""
        finding = Finding("handshake", "a trusted certificate for this name", shown(version), holds=True)
        return Reading(verdict=Verdict.UP, findings=(finding,))

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, *self._certificate_wishes)

    @property
    def _certificate_wishes(self) -> tuple[CertificateOptions, CertificateOptions]:
        return self.expect.certificate, self.prefer.certificate


def _spoken(connection: Connection) -> str:
    tls: ssl.SSLObject = connection.writer.get_extra_info("ssl_object")
    return tls.version() or ""
