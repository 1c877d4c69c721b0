"""Twilio: is the account active?"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from statuspage.net import Net
from statuspage.probes.base import Occasion
from statuspage.probes.channels.channel import Provided
from statuspage.probes.options import SecretText


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio(Provided):
    """Up when Twilio calls the account active; suspended or closed means down."""

    type: ClassVar[str] = "twilio"

    account_sid: Annotated[
        str, Field(pattern="^AC[0-9a-fA-F]{32}$", description="The account's SID, AC and 32 digits.")
    ]
    key_sid: Annotated[
        str,
        Field(
            pattern="^(SK[0-9a-fA-F]{32})?$",
            description="The API key's SID, SK and 32 digits; without it `secret` is the account's auth token.",
        ),
    ] = ""
    secret: Annotated[SecretText, Field(description="The API key's secret, as ${NAME}.")]
    mode: Annotated[
        Literal["account", "usage"],
        Field(
            description="account: the account's own status. usage: today's usage; a restricted key will do."
        ),
    ] = "account"

    @property
    def steps(self) -> Sequence[str]:
        return [self.mode]

    def values(self, net: Net, occasion: Occasion) -> dict[str, str]:
        pair = f"{self.key_sid or self.account_sid}:{self.secret.reveal()}"
        return {
            "base": self.address,
            "account_sid": self.account_sid,
            "basic": base64.b64encode(pair.encode()).decode(),  # RFC 7617 §2
        }
