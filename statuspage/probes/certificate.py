"""Judging a certificate by the days it has left."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

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
