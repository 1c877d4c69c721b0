"""What a kind of probe is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import ClassVar, Protocol, runtime_checkable

from statuspage.causes import CODES
from statuspage.model import Reading, Sample, Verdict
from statuspage.net import Net, NetError

INSTALL = {"websockets": "probes", "dns": "probes", "h2": "probes"}
"""The package's extra that brings a module: `pip install 'chatbot-statuspage[probes]'`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What an attempt may know of its moment. The runner makes it, so that probes read no clock."""

    at: datetime = datetime(2000, 1, 1, tzinfo=UTC)  # aware wall time
    turn: int = 0  # counts beats and attempts: which one of several prompts to take
    nonce: str = "wembolin"  # a made-up word, another one in each round and component
    last: Sample | None = None  # the component's newest one before, where it is known


class Probe(Protocol):
    """One way of asking. It knows neither component nor wall time; the runner adds those."""

    type: ClassVar[str]  # the word after `type:` in components.yaml

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        """One attempt on new connections. Whatever the network or the server does is a Reading."""


class Kind(Probe, Protocol):
    """A probe that components.yaml can name: a frozen dataclass of its options."""

    schemes: ClassVar[Sequence[str]]  # of the addresses that mean this kind; none: `type:` alone names it

    @property
    def target(self) -> str:
        """Scheme, host and port, for logs."""


@runtime_checkable
class Certified(Protocol):
    """A probe that also judges its certificate. That needs the wall time, so the runner asks for it."""

    def certificate(self, left: timedelta) -> tuple[str, str]:
        """Code and detail for a certificate that is valid for so long; ("", "") when all is well."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one attempt may cost at most."""

    tokens: int = 0
    calls: int = 0


@runtime_checkable
class Paid(Protocol):
    """A probe whose attempts cost money. It is asked only within the day's budget, and retried once at most."""

    @property
    def cost(self) -> Cost:
        """Of one attempt, at most; Cost() when this configuration of it is free."""


@runtime_checkable
class Extra(Protocol):
    """A probe that needs a module which the core does not bring."""

    extra: ClassVar[str]  # a key of INSTALL


def missing_extra(probe: object) -> str:
    """How to install what this probe (or kind) needs; "" when nothing is missing."""
    module = getattr(probe, "extra", "")
    if not module or find_spec(module) is not None:
        return ""
    return f"pip install 'chatbot-statuspage[{INSTALL[module]}]'"


def failed(error: NetError) -> Reading:
    """The reading of an attempt to which no whole answer came."""
    verdict = CODES[error.code].verdict
    return Reading(verdict=verdict, code=error.code, detail=error.detail, phases=error.phases)


def verdict_of(code: str) -> Verdict:
    """The verdict that a code stands for; up for none."""
    return CODES[code].verdict if code else Verdict.UP


def shown(seen: object, most: int = 4000) -> str:
    """A part of an answer as a finding keeps it: one line, cut short, control characters escaped.

    Whoever prints it masks secrets first and cuts it shorter then, so that no part of a secret is left.
    """
    text = seen if isinstance(seen, str) else repr(seen)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: most + 1])
    return text if len(text) <= most else f"{text[:most]}…"
