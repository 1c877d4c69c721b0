"""TCP: connect, with or without TLS; say something and look at the reply, when told to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field

from statuspage.model import Finding, Reading
from statuspage.net import Connection, Net, NetError
from statuspage.probes.base import Occasion, failed, shown, verdict_of
from statuspage.probes.certificate import CertificateOptions, certificate_findings, judge_certificate
from statuspage.probes.expect import TextMatch
from statuspage.probes.options import TcpUrl, masked

MAX_REPLY = 8_192  # octets
MAX_SENT = 8_192  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpWishes:
    """What a connection should give."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    reply: Annotated[
        TextMatch | None, Field(description="Text that comes back, within 8 kB; a bare text means contains.")
    ] = field(default=None, repr=False)
    certificate: Annotated[
        CertificateOptions, Field(description="The server's certificate, such as {days_left: {ge: 21}}.")
    ] = field(default_factory=CertificateOptions)

    def holds(self, reply: str) -> bool:
        return self.reply is None or self.reply.holds([reply])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tcp:
    """Up when a connection comes about and the reply, if one is wanted, is as expected."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "tcp"
    schemes: ClassVar[Sequence[str]] = ("tcp",)

    url: Annotated[TcpUrl, Field(description="The address, tcp://host:port.")] = field(repr=False)
    tls: Annotated[bool, Field(description="Speak TLS from the first octet on.")] = False
    send: Annotated[
        str, Field(max_length=MAX_SENT, description="Text to send; in double quotes \\r\\n is a line end.")
    ] = field(default="", repr=False)
    expect: Annotated[TcpWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=TcpWishes
    )
    prefer: Annotated[TcpWishes, Field(description="What should hold; broken means degraded.")] = field(
        default_factory=TcpWishes
    )
    allow_private: Annotated[bool, Field(description="Let a public name resolve to a private address.")] = (
        False
    )
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    @property
    def target(self) -> str:
        return masked(self.url)

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        parts, reply = urlsplit(self.url), bytearray()
        try:
            async with net.connect(
                parts.hostname or "",
                parts.port or 0,
                within,
                tls=self.tls,
                allow_private=self.allow_private,
                ca=self.ca,
            ) as connection:
                await self._converse(connection, reply)
                expires = connection.certificate_expires
                reading = self.judge(_text(reply), connection.latency, connection.phases, expires)
                certificate = self.expect.certificate, self.prefer.certificate
                found = certificate_findings(expires, occasion.at, *certificate)
                return replace(reading, findings=(*reading.findings, *found))
        except NetError as error:
            if reply:  # something came; what is wanted did not
                return self.judge(_text(reply), None, error.phases)
            return failed(error)

    def judge(
        self,
        reply: str,
        latency: timedelta | None,
        phases: Mapping[str, timedelta],
        expires: datetime | None = None,
    ) -> Reading:
        """`latency`: None when the connection ended before the reply was as wanted. Raises TooSlow."""
        findings = tuple(self._findings(reply))
        code = next((finding.key for finding in findings if not finding.holds), "")
        return Reading(
            verdict=verdict_of(code),
            latency=latency,
            code=code,
            detail="reply not as wanted" if code else "",
            phases=phases,
            certificate_expires=expires,
            findings=findings,
        )

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, self.expect.certificate, self.prefer.certificate)

    @property
    def _wishes(self) -> Sequence[tuple[str, TcpWishes]]:
        return ("expect.reply", self.expect), ("prefer.reply", self.prefer)

    def _findings(self, reply: str) -> Iterator[Finding]:
        for key, wishes in self._wishes:
            if wishes.reply is not None:
                yield Finding(key, wishes.reply.words, shown(reply), wishes.holds(reply))

    async def _converse(self, connection: Connection, reply: bytearray) -> None:
        """Say what is to be said and read, until the reply is as wanted, has 8 kB or ends."""
        if self.send:
            connection.writer.write(self.send.encode())
            await connection.writer.drain()
        if all(wishes.reply is None for _, wishes in self._wishes):
            return
        while len(reply) < MAX_REPLY:
            more = await connection.reader.read(MAX_REPLY - len(reply))
            if not more and not reply:
                raise EOFError
            reply += more
            if not more or all(wishes.holds(_text(reply)) for _, wishes in self._wishes):
                return


def _text(reply: bytearray) -> str:
    return reply.decode(errors="replace")
