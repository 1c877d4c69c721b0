"""SMTP: greeting, EHLO, STARTTLS and certificate, QUIT. No mail is sent.

Source: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 §3 (TLS from the first octet).
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field

from statuspage.model import Finding, Reading
from statuspage.net import Connection, Net, NetError
from statuspage.probes.base import Occasion, failed, shown, verdict_of
from statuspage.probes.certificate import CertificateOptions, judge_certificate, over
from statuspage.probes.expect import TextMatch
from statuspage.probes.options import SMTP_PORTS, SmtpUrl, masked

MAX_LINES = 100  # of one reply
MAX_LINE = 2_048  # octets; RFC 5321 §4.5.3.1.5 has 512
_QUITTING = 0.5  # seconds that a server gets to say goodbye; it counts in nothing


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its code and its lines without it."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def keywords(self) -> frozenset[str]:
        """What a reply to EHLO offers: RFC 5321 §4.1.1.1."""
        return frozenset(line.split(" ")[0].upper() for line in self.lines[1:])


Replies = Sequence[tuple[str, Reply]]
"""Steps and what came: greeting, EHLO, STARTTLS, EHLO in TLS."""

GREETING, EHLO, STARTTLS, EHLO_IN_TLS = "greeting", "EHLO", "STARTTLS", "EHLO in TLS"
_WANTED = {GREETING: 220, EHLO: 250, STARTTLS: 220, EHLO_IN_TLS: 250}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpWishes:
    """What a mail server should be."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    banner: Annotated[
        TextMatch | None, Field(description="Text of the greeting, its code left out; a bare text: contains.")
    ] = field(default=None, repr=False)
    certificate: Annotated[
        CertificateOptions, Field(description="The server's certificate, such as {days_left: {ge: 21}}.")
    ] = field(default_factory=CertificateOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """Up when the server greets, answers EHLO and, if the address says so, speaks TLS."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "smtp"
    schemes: ClassVar[Sequence[str]] = tuple(SMTP_PORTS)

    url: Annotated[
        SmtpUrl,
        Field(
            description="smtp://host (port 25), smtp+starttls://host (587) or smtps://host (465), or :port."
        ),
    ] = field(repr=False)
    expect: Annotated[SmtpWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=SmtpWishes
    )
    prefer: Annotated[SmtpWishes, Field(description="What should hold; broken means degraded.")] = field(
        default_factory=SmtpWishes
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
        parts, replies = urlsplit(self.url), list[tuple[str, Reply]]()
        reading: Reading | None = None
        try:
            async with net.connect(
                parts.hostname or "",
                parts.port or SMTP_PORTS[parts.scheme],
                within,
                tls=parts.scheme == "smtps",
                allow_private=self.allow_private,
                ca=self.ca,
            ) as connection:
                await self._converse(connection, replies)
                reading = over(connection, self.judge(replies), occasion.at, *self._certificate_wishes)
                await _quit(connection)
        except NetError as error:
            # past the judgement only the goodbye can have failed
            return reading or replace(failed(error), findings=tuple(self._findings(replies)))
        return reading

    def judge(self, replies: Replies) -> Reading:
        """`replies`: up to the first that is not as it must be. Raises TooSlow."""
        code, detail = self._fault(replies)
        findings = tuple(self._findings(replies))
        return Reading(verdict=verdict_of(code), code=code, detail=detail, findings=findings)

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, *self._certificate_wishes)

    @property
    def _certificate_wishes(self) -> tuple[CertificateOptions, CertificateOptions]:
        return self.expect.certificate, self.prefer.certificate

    @property
    def _starttls(self) -> bool:
        return self.url.lower().startswith("smtp+")

    async def _converse(self, connection: Connection, replies: list[tuple[str, Reply]]) -> None:
        """Go on until a reply is not as it must be."""
        hello = f"EHLO {_own_address(connection)}"
        if not await _step(connection, replies, GREETING) or not await _step(
            connection, replies, EHLO, hello
        ):
            return
        offered = "STARTTLS" in replies[-1][1].keywords
        if self._starttls and offered and await _step(connection, replies, STARTTLS, "STARTTLS"):
            await connection.start_tls()
            if await _speaks_unasked(connection):
                raise NetError("http.protocol", detail="text came unprotected behind the answer to STARTTLS")
            await _step(
                connection, replies, EHLO_IN_TLS, hello
            )  # RFC 3207 §4.2: what was said before is void

    def _fault(self, replies: Replies) -> tuple[str, str]:
        """Code and evidence of the first thing that is wrong."""
        step, reply = replies[-1]
        if reply.code != _WANTED[step]:
            refusal = "smtp.no_tls" if (step, reply.code) == (STARTTLS, 454) else "smtp.refused"
            said = f"{reply.code} {'as' if step == GREETING else 'to'} {step}"
            return "smtp.busy" if reply.code == 421 else refusal, said
        if self._starttls and step == EHLO:
            return "smtp.no_tls", "STARTTLS is not offered"
        banner = replies[0][1].text
        for code, wishes in (("expect.reply", self.expect), ("prefer.reply", self.prefer)):
            if wishes.banner is not None and not wishes.banner.holds([banner]):
                return code, "banner not as wanted"
        return "", ""

    def _findings(self, replies: Replies) -> Iterator[Finding]:
        for step, reply in replies:
            seen = shown(f"{reply.code} {reply.text}")
            yield Finding(step, str(_WANTED[step]), seen, reply.code == _WANTED[step])
            if self._starttls and step == EHLO and reply.code == _WANTED[EHLO]:
                offers = reply.keywords
                yield Finding("offers", "STARTTLS", shown(" ".join(sorted(offers))), "STARTTLS" in offers)
        for key, wishes in (("expect", self.expect), ("prefer", self.prefer)):
            if wishes.banner is not None and replies:
                text = replies[0][1].text
                yield Finding(f"{key}.banner", wishes.banner.words, shown(text), wishes.banner.holds([text]))


# --- the conversation --------------------------------------------------------------------------


async def _step(
    connection: Connection, replies: list[tuple[str, Reply]], step: str, command: str = ""
) -> bool:
    """Say the command, keep the reply; whether it is as it must be."""
    if command:
        connection.writer.write(f"{command}\r\n".encode("ascii"))
        await connection.writer.drain()
    reply = await _reply(connection.reader)
    replies.append((step, reply))
    return reply.code == _WANTED[step]


async def _reply(reader: asyncio.StreamReader) -> Reply:
    """One reply, of several lines perhaps. Raises NetError when it is none: RFC 5321 §4.2."""
    lines: list[str] = []
    for _ in range(MAX_LINES):
        line = await reader.readuntil(b"\n")
        found = re.fullmatch(rb"([2-5][0-9]{2})(?:([ -])([^\r\n]*))?\r?\n", line)
        if found is None or len(line) > MAX_LINE:
            raise NetError("http.protocol", detail="what came is no SMTP")
        lines.append((found[3] or b"").decode(errors="replace"))
        if found[2] != b"-":
            return Reply(int(found[1]), tuple(lines))
    raise NetError("http.protocol", detail=f"a reply of more than {MAX_LINES} lines")


async def _speaks_unasked(connection: Connection) -> bool:
    """Whether something waits to be read before we said a word in TLS.

    It came in clear text behind the answer to STARTTLS, from whoever sits on the line. To read it as the first
    reply of the protected session is response injection (nostarttls.secvuln.info); RFC 3207 §4.2 wants it gone.
    """
    waiting = asyncio.ensure_future(connection.reader.read(1))
    await asyncio.sleep(0)  # one turn: what is buffered is there at once
    if waiting.done():
        return bool(waiting.result())
    waiting.cancel()
    await asyncio.wait([waiting])
    return False


async def _quit(connection: Connection) -> None:
    """Take leave as RFC 5321 §4.1.1.10 asks. The verdict stands, so that no failure counts."""
    with suppress(OSError, EOFError, asyncio.LimitOverrunError, NetError):
        async with asyncio.timeout(_QUITTING):
            connection.writer.write(b"QUIT\r\n")
            await connection.writer.drain()
            await _reply(connection.reader)


def _own_address(connection: Connection) -> str:
    """Our address as a literal, which EHLO takes from a host without a name: RFC 5321 §4.1.3."""
    own = str(connection.writer.get_extra_info("sockname")[0]).partition("%")[0]
    return f"[IPv6:{own}]" if ":" in own else f"[{own}]"
