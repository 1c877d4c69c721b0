"""Slack: does its API work, and is the app's token good? It says no with status 200, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from statuspage.net import Net
from statuspage.probes.base import Occasion
from statuspage.probes.channels.channel import Provided
from statuspage.probes.options import SecretText


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack(Provided):
    """Up when Slack answers `ok: true`: to auth.test with a token, to api.test without one."""

    type: ClassVar[str] = "slack"

    token: Annotated[
        SecretText | None,
        Field(description="The app's token, as ${NAME}; without it the API alone is asked."),
    ] = None

    @property
    def steps(self) -> Sequence[str]:
        return ["api.test"] if self.token is None else ["auth.test"]

    def values(self, net: Net, occasion: Occasion) -> dict[str, str]:
        return {"base": self.address, "token": self.token.reveal() if self.token else ""}
