"""What a probe asks of the network and gets, and the clock of one attempt."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol

from statuspage.causes import classify

BODY_CAP = 256 * 1024
"""Octets of decoded body that a probe reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, as the operator configured it."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # sent to the url's origin alone
    body: bytes = field(default=b"", repr=False)  # likewise
    allow_private: bool = False  # private addresses behind redirects and public names are meant
    ca: str = ""  # path of a PEM file: trust this authority and no other
    follow: bool = True  # follow redirects; else a redirect is an answer like any other
    most: int = BODY_CAP  # octets of decoded body that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer, or as much of one as a probe reads."""

    status: int
    headers: Mapping[str, str]  # names in lower case; of the last hop
    body: bytes  # decoded, at most as much as was asked for
    truncated: bool  # there was more body than that
    phases: Mapping[str, timedelta]  # name, connect, tls, first_byte, body; summed over the hops
    latency: timedelta  # from our own connect to the last byte of body; waiting for a slot is left out
    certificate_expires: datetime | None  # the earliest of all hops; None: no TLS
    hops: int  # redirects followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Datagram:
    """The answer to a datagram."""

    data: bytes
    phases: Mapping[str, timedelta]  # name, connect, first_byte
    latency: timedelta  # waiting for a slot is left out


class Incoming(Protocol):
    """An answer whose headers have come and whose body is still to be read, once."""

    status: int
    headers: Mapping[str, str]  # names in lower case; of the last hop
    certificate_expires: datetime | None
    hops: int
    truncated: bool  # there was more body than is read

    @property
    def phases(self) -> Mapping[str, timedelta]: ...

    @property
    def latency(self) -> timedelta:
        """From our own connect until now; waiting for a slot is left out."""

    def parts(self) -> AsyncGenerator[bytes, None]:
        """The decoded body as it comes, as much as was asked for."""


class NetError(Exception):
    """No whole answer came. `detail` has figures and words of ours only: no address, no foreign text."""

    def __init__(self, code: str, phases: Mapping[str, timedelta] | None = None, detail: str = "") -> None:
        super().__init__(code)
        self.code = code  # a key of causes.CODES
        self.phases: Mapping[str, timedelta] = phases or {}
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


# Phase as httpcore's trace names it -> the name we publish, words for the detail.
_PHASES: Mapping[str, tuple[str, str]] = {
    "name": ("name", "looking up the name"),
    "connect_tcp": ("connect", "connecting"),
    "start_tls": ("tls", "in the TLS handshake"),
    "send": ("first_byte", "sending the request"),
    "receive_response_headers": ("first_byte", "waiting for the answer"),
    "receive_response_body": ("body", "reading the answer"),
}


class Watch:
    """The clock of one attempt: deadline, phases, time spent. It runs between `go` and `stop`.

    An async context: past `within` of running time it ends the block with TimeoutError.
    """

    def __init__(self, within: timedelta) -> None:
        self.phase = ""
        self._within = within.total_seconds()
        self._phases: dict[str, float] = {}
        self._spent = 0.0
        self._since: float | None = None  # when the running phase began; None: the clock stands
        self._timeout = asyncio.timeout(None)

    async def __aenter__(self) -> "Watch":
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        await self._timeout.__aexit__(kind, error, trace)  # raises TimeoutError past the deadline

    def go(self) -> None:
        self._since = asyncio.get_running_loop().time()
        self._timeout.reschedule(self._since + self._within - self._spent)

    def stop(self) -> None:
        """Stop, as for the wait for a slot: it counts neither in the latency nor in the deadline."""
        self.mark(self.phase)
        self._since = None
        if not self._timeout.expired():
            self._timeout.reschedule(None)

    def mark(self, phase: str) -> None:
        """A phase begins; the time since the last mark belongs to the one before."""
        if self._since is not None:
            now = asyncio.get_running_loop().time()
            if self.phase:
                name = _PHASES[self.phase][0]
                self._phases[name] = self._phases.get(name, 0.0) + now - self._since
            self._spent += now - self._since
            self._since = now
        self.phase = phase

    @property
    def spent(self) -> timedelta:
        self.mark(self.phase)
        return timedelta(seconds=self._spent)

    @property
    def phases(self) -> dict[str, timedelta]:
        self.mark(self.phase)
        return {name: timedelta(seconds=seconds) for name, seconds in self._phases.items()}

    @property
    def detail(self) -> str:
        words = _PHASES[self.phase][1] if self.phase else "before the connection"
        return f"{words}, after {self.spent.total_seconds():.1f} s"


FAILURES: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    ArithmeticError,
    LookupError,
    AssertionError,
    zlib.error,
    ExceptionGroup,
)
"""What libraries raise when the network or a foreign answer fails them."""


@contextmanager
def told(watch: Watch, failures: tuple[type[Exception], ...] = FAILURES) -> Iterator[None]:
    """Turn each failure of the block into a NetError with its code and the phases so far."""
    try:
        yield
    except NetError as error:
        raise NetError(error.code, watch.phases, error.detail or watch.detail) from error
    except failures as error:
        raise NetError(classify(error, watch.phase), watch.phases, watch.detail) from error
