"""What a kind of probe is."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Protocol, runtime_checkable

from statuspage.causes import CODES
from statuspage.model import Reading
from statuspage.net import Net, NetError


class Probe(Protocol):
    """One way of asking. It knows neither component nor wall time; the runner adds those."""

    type: ClassVar[str]  # the word after `type:` in components.yaml

    async def ask(self, net: Net, within: timedelta) -> Reading:
        """One attempt on new connections. Whatever the network or the server does is a Reading."""


class Kind(Probe, Protocol):
    """A probe that components.yaml can name: a frozen dataclass of its options."""

    schemes: ClassVar[Sequence[str]]  # of the addresses that mean this kind

    @property
    def target(self) -> str:
        """Scheme, host and port, for logs."""


@runtime_checkable
class Certified(Protocol):
    """A probe that also judges its certificate. That needs the wall time, so the runner asks for it."""

    def certificate(self, left: timedelta) -> tuple[str, str]:
        """Code and detail for a certificate that is valid for so long; ("", "") when all is well."""


def failed(error: NetError) -> Reading:
    """The reading of an attempt to which no whole answer came."""
    verdict = CODES[error.code].verdict
    return Reading(verdict=verdict, code=error.code, detail=error.detail, phases=error.phases)
