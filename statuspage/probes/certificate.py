"""Judging a certificate by the days it has left."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from statuspage.model import Finding, Reading
from statuspage.net import Connection
from statuspage.probes.expect import CountMatch

SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOptions:
    """Wishes about a certificate."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    days_left: Annotated[
        CountMatch | None,
        Field(description="Whole days until it expires; when not given, fewer than 14 means degraded."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWishes:
    """What a server should give, when its certificate is all that can be wished of it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    certificate: Annotated[
        CertificateOptions, Field(description="The server's certificate, such as {days_left: {ge: 21}}.")
    ] = field(default_factory=CertificateOptions)


def over(
    connection: Connection,
    reading: Reading,
    at: datetime,
    expect: CertificateOptions,
    prefer: CertificateOptions,
) -> Reading:
    """The reading with what its connection tells: latency, phases, the certificate.

    What breaks its protocol is no answer, and has no latency.
    """
    expires = connection.certificate_expires
    found = certificate_findings(expires, at, expect, prefer)
    return replace(
        reading,
        latency=None if reading.code == "http.protocol" else connection.latency,
        phases=connection.phases,
        certificate_expires=expires,
        findings=(*reading.findings, *found),
    )


def judge_certificate(
    left: timedelta, expect: CertificateOptions, prefer: CertificateOptions
) -> tuple[str, str]:
    """Code and detail for a certificate with that much time left; ("", "") when all is well."""
    for code, wishes in (("expect.certificate", expect), ("prefer.certificate", prefer)):
        if wishes.days_left is not None and not wishes.days_left.holds([left.days]):
            return code, f"certificate has {left.days} days left, wanted {wishes.days_left.figures}"
    if left < SOON and expect.days_left is None and prefer.days_left is None:
        return "tls.expiring", f"certificate has {left.days} days left"
    return "", ""


def certificate_findings(
    expires: datetime | None, at: datetime, expect: CertificateOptions, prefer: CertificateOptions
) -> Iterator[Finding]:
    """What `judge_certificate` looks at, as findings. None without a certificate, as where no TLS is spoken."""
    if expires is None:
        return
    left = expires - at
    seen = f"{left.days} days"
    for word, wishes in (("expect", expect), ("prefer", prefer)):
        if wishes.days_left is not None:
            wanted, holds = wishes.days_left.figures, wishes.days_left.holds([left.days])
            yield Finding(f"{word}.certificate days_left", wanted, seen, holds)
    if expect.days_left is None and prefer.days_left is None:
        yield Finding("certificate days_left", f"at least {SOON.days}", seen, left >= SOON)
