"""Teams: does the bot's messaging endpoint stand guard, and do its app id and secret open the Connector?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from statuspage.model import Reading
from statuspage.net import Net
from statuspage.probes.base import Occasion
from statuspage.probes.certificate import CertificateOptions, judge_certificate
from statuspage.probes.channels.channel import Provided, Walk, certified
from statuspage.probes.options import HttpUrl, SecretText, masked


@dataclass(frozen=True, slots=True, kw_only=True)
class Teams(Provided):
    """Up when the endpoint refuses an unsigned activity; with `app_id` and `secret`, when they also get a token."""

    type: ClassVar[str] = "teams"

    url: Annotated[HttpUrl, Field(description="The bot's messaging endpoint.")] = field(repr=False)
    app_id: Annotated[str, Field(min_length=1, max_length=100, description="The bot's app id.")] = ""
    secret: Annotated[SecretText | None, Field(description="The app's client secret, as ${NAME}.")] = None
    tenant: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9.-]{1,100}$",
            description="The tenant of a single-tenant bot; botframework.com for a multi-tenant one.",
        ),
    ] = "botframework.com"
    scope: Annotated[
        str,
        Field(
            min_length=1, max_length=200, description="What the token is for; other clouds have their own."
        ),
    ] = "https://api.botframework.com/.default"

    def __post_init__(self) -> None:
        if bool(self.app_id) != (self.secret is not None):
            raise ValueError("give `app_id` and `secret` together, or neither")

    @property
    def target(self) -> str:
        return masked(self.url)

    @property
    def steps(self) -> Sequence[str]:
        return ["endpoint"] if self.secret is None else ["endpoint", "token"]

    def values(self, net: Net, occasion: Occasion) -> dict[str, str]:
        return {
            "base": self.address,
            "url": self.url,
            "app_id": self.app_id,
            "secret": self.secret.reveal() if self.secret else "",
            "tenant": self.tenant,
            "scope": self.scope,
        }

    def judge(self, walk: Walk, at: datetime) -> Reading:
        return certified(walk.reading, at)

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, CertificateOptions(), CertificateOptions())
