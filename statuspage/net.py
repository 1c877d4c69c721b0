"""The network as probes see it: fetch over HTTP, connect over TCP, every failure a NetError.

httpx is imported at the first fetch: importing it takes longer than most commands (100 ms).
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import certifi  # comes with httpx

from statuspage.dial import (
    MANY,
    Gate,
    ask_datagram,
    certificate_expires,
    dial,
    find,
    hang_up,
    is_own_word,
    streams,
)
from statuspage.wire import Answer, Datagram, Incoming, NetError, Request, Watch, told

__all__ = ["Answer", "Connection", "Datagram", "Incoming", "Net", "NetError", "Request", "trust"]


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection, TLS done if it was asked for."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _watch: Watch
    _host: str
    _trust: Callable[[], Awaitable[ssl.SSLContext]]

    @property
    def certificate_expires(self) -> datetime | None:
        """None: no TLS."""
        return certificate_expires(self.writer)

    async def start_tls(self) -> None:
        """Go on in TLS, as after STARTTLS; nothing of before may be left unread (RFC 3207 §4.2)."""
        context = await self._trust()
        self._watch.mark("start_tls")
        await self.writer.start_tls(
            context, server_hostname=self._host.rstrip("."), ssl_handshake_timeout=MANY
        )
        self._watch.mark("receive_response_headers")

    @property
    def phases(self) -> dict[str, timedelta]:
        """name, connect, tls, and as first_byte all that came after."""
        return self._watch.phases

    @property
    def latency(self) -> timedelta:
        """From our own connect until now; waiting for a slot is left out."""
        return self._watch.spent


class Net:
    """What the probes of one round share: the trust store and the leave to connect. It keeps no connection."""

    def __init__(
        self, *, user_agent: str = "statuspage/1", gate: Gate | None = None, also_trust: str = ""
    ) -> None:
        """`also_trust`: an authority (PEM) that is trusted beside the others."""
        self.user_agent = user_agent
        self._also = also_trust
        self._gate = gate or Gate()
        self._contexts: dict[tuple[str, bool, tuple[str, ...]], ssl.SSLContext] = {}
        self._building = asyncio.Lock()
        for name in ("httpx", "httpcore"):  # at INFO they print whole addresses, keys included
            logging.getLogger(name).setLevel(logging.WARNING)

    async def fetch(self, request: Request, within: timedelta) -> Answer:
        """Ask over a fresh connection, redirects followed. Raises NetError, `within` at the latest.

        `within` begins with our own connect: waiting for leave to connect counts neither in it nor in
        the latency.
        """
        from statuspage import transport  # see the module's docstring

        async def tls() -> ssl.SSLContext:
            return await self._tls(request.ca, http=True)

        watch = Watch(within)
        with told(watch, transport.HTTP_FAILURES):
            async with watch:
                return await transport.fetch(request, watch, self._gate, tls, self.user_agent)

    @asynccontextmanager
    async def stream(self, request: Request, within: timedelta) -> AsyncIterator[Incoming]:
        """As `fetch`, for an answer that is read while it comes. Raises NetError, `within` at the latest.

        The deadline ends the block too. What else goes wrong in it, outside of `parts`, is the caller's own.
        """
        from statuspage import transport  # see the module's docstring

        async def tls() -> ssl.SSLContext:
            return await self._tls(request.ca, http=True)

        watch = Watch(within)
        with told(watch, (OSError,)):
            async with (
                watch,
                transport.stream(request, watch, self._gate, tls, self.user_agent) as answer,
            ):
                yield answer

    async def datagram(
        self,
        host: str,
        port: int,
        data: bytes,
        within: timedelta,
        *,
        is_answer: Callable[[bytes], bool],
        allow_private: bool = False,
    ) -> Datagram:
        """The answer to one UDP datagram. Raises NetError, `within` at the latest.

        `is_answer` tells the answer from others that come from the same address, which are passed over.
        """
        watch = Watch(within)
        with told(watch, (OSError,)):
            async with watch:
                with told(watch), await self._gate.enter(host):
                    watch.go()
                    guarded = not allow_private and not is_own_word(host)
                    addresses = await find(host, port, watch, self._gate, guarded=guarded)
                answer = await ask_datagram(addresses, data, watch, is_answer)
                return Datagram(data=answer, phases=watch.phases, latency=watch.spent)

    @asynccontextmanager
    async def connect(
        self,
        host: str,
        port: int,
        within: timedelta,
        *,
        tls: bool = False,
        alpn: Sequence[str] = (),
        allow_private: bool = False,
        ca: str = "",
    ) -> AsyncIterator[Connection]:
        """A fresh connection for the time of the block. Raises NetError, `within` at the latest.

        What the network does in the block (a reset, an end, the deadline) is raised as NetError too.
        """
        watch = Watch(within)
        with told(watch, (OSError, EOFError, asyncio.LimitOverrunError)):
            async with watch:
                context = await self._tls(ca, http=False, alpn=alpn) if tls else None
                guarded = not allow_private and not is_own_word(host)
                with told(watch), await self._gate.enter(host):
                    watch.go()
                    reader, writer = await _opened(host, port, watch, self._gate, context, guarded=guarded)
                try:
                    watch.mark("receive_response_headers")
                    yield Connection(reader, writer, watch, host, partial(self._tls, ca, http=False))
                finally:
                    hang_up(writer)

    async def _tls(self, ca: str, *, http: bool, alpn: Sequence[str] = ()) -> ssl.SSLContext:
        """The one context of its kind: by authority, and by what it tells servers that it speaks (ALPN)."""
        kind = (ca, http, tuple(alpn))
        async with self._building:
            if kind not in self._contexts:
                # in a thread: loading the store takes 40 ms, which no other probe's latency may show
                context = await asyncio.to_thread(trust, ca)
                if self._also:
                    context.load_verify_locations(cadata=self._also)
                if alpn:
                    context.set_alpn_protocols([*alpn])
                self._contexts[kind] = context
        return self._contexts[kind]


def trust(ca: str) -> ssl.SSLContext:
    """The authorities of that file (PEM), or the system's. Raises NetError when there is no such file."""
    if ca:
        try:
            data = Path(ca).read_bytes()  # once: it may be a pipe
            if b"-----BEGIN X509 CRL-----" in data:  # its own list of revoked certificates
                context = ssl.create_default_context(cafile=ca)
                context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
            else:  # without data the system's authorities would be meant
                context = ssl.create_default_context(cadata=data.decode("ascii", "ignore") or "none")
        except OSError as error:  # SSLError is one
            raise NetError(
                "config.ca", detail="the file of the certificate authority cannot be read"
            ) from error
        return context
    context = ssl.create_default_context()
    if not _has_store():
        context.load_verify_locations(certifi.where())
    return context


async def _opened(
    host: str, port: int, watch: Watch, gate: Gate, tls: ssl.SSLContext | None, *, guarded: bool
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    connected = await dial(host, port, watch, gate, guarded=guarded)
    if tls is not None:
        watch.mark("start_tls")
    try:
        return await streams(connected, tls, host)
    except BaseException:
        connected.close()
        raise


def _has_store() -> bool:
    """Whether the system has certificate authorities; a slim container may have none."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile is not None or (paths.capath is not None and any(Path(paths.capath).iterdir()))
