"""Messenger: does our own webhook answer Meta's question? Those of WhatsApp and Instagram are asked the same."""

import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from statuspage.model import Reading
from statuspage.net import Net
from statuspage.probes.base import Occasion
from statuspage.probes.certificate import CertificateOptions, judge_certificate
from statuspage.probes.channels.channel import Channel, Walk, certified
from statuspage.probes.options import HttpUrl, SecretText, masked


@dataclass(frozen=True, slots=True, kw_only=True)
class Messenger(Channel):
    """Up when the webhook gives back the challenge of a verification request."""

    type: ClassVar[str] = "messenger"

    url: Annotated[
        HttpUrl, Field(description="The webhook's address, as it stands in the app's settings.")
    ] = field(repr=False)
    verify_token: Annotated[SecretText, Field(description="The webhook's verify token, as ${NAME}.")]

    @property
    def target(self) -> str:
        return masked(self.url)

    def values(self, net: Net, occasion: Occasion) -> dict[str, str]:
        # Meta's challenges are whole numbers, and webhooks read them so.
        challenge = str(zlib.crc32(occasion.nonce.encode()))
        return {"url": self.url, "verify_token": self.verify_token.reveal(), "challenge": challenge}

    def judge(self, walk: Walk, at: datetime) -> Reading:
        return certified(walk.reading, at)

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, CertificateOptions(), CertificateOptions())
