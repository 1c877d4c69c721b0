"""PostgreSQL: as far as the server asks who we are, without a driver and without a password, as pg_isready does.

Source: postgresql.org/docs/current: protocol-flow.html (start-up, TLS), protocol-message-formats.html,
protocol-error-fields.html, errcodes-appendix.html, app-pg-isready.html (read November 2026).
"""

import asyncio
import re
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from statuspage.model import Finding, Reading
from statuspage.net import Connection, Net, NetError
from statuspage.probes.base import Occasion, failed, shown, verdict_of
from statuspage.probes.certificate import CertificateOptions, CertificateWishes, judge_certificate, over
from statuspage.probes.options import masked, split

PORT = 5432
ROLE = "statuspage"  # made up; nobody logs in
DATABASE = "postgres"
VERSION = 3 << 16  # 3.0, which every server since 7.4 speaks
SSL_REQUEST = struct.pack("!II", 8, 80877103)
TERMINATE = b"X\x00\x00\x00\x04"
MAX_MESSAGE = 30_000  # octets; libpq's own limit while it connects

_SERVES = frozenset({"28000", "28P01", "3D000"})  # no such role, wrong password, no such database
_CODES: Mapping[str, str] = {
    "53300": "postgres.full",
    **dict.fromkeys(("57P01", "57P02", "57P03"), "postgres.starting"),  # shutdown, crash, cannot connect now
}


def _postgres_url(url: str) -> str:
    parts = split(url, "postgres", "postgresql")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing follows the host and its port: name the database in `database`")
    return url


def _name(name: str) -> str:
    if not name or "\0" in name:
        raise ValueError("must be a name")
    return name


PostgresUrl = Annotated[
    str, AfterValidator(_postgres_url), Field(json_schema_extra={"pattern": r"^postgres(ql)?://"})
]
Name = Annotated[str, AfterValidator(_name)]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the server: its type and all that follows its length."""

    kind: bytes  # one octet; b"" for what is no message
    body: bytes

    @property
    def fields(self) -> Mapping[str, str]:
        """Of an error, by their letter: C the SQLSTATE, M the sentence."""
        parts = self.body.decode(errors="replace").split("\0")
        return {part[0]: part[1:] for part in parts if part}

    @property
    def admits(self) -> bool:
        """Whether it says that no password is wanted; then more follows."""
        return self.kind == b"R" and self.body == bytes(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """Up when the server asks for a password, lets us in, or does not know role or database: it serves."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "postgres"
    schemes: ClassVar[Sequence[str]] = ("postgres", "postgresql")

    url: Annotated[PostgresUrl, Field(description="postgres://host (port 5432) or postgres://host:port.")] = (
        field(repr=False)
    )
    tls: Annotated[bool, Field(description="Ask for TLS (SSLRequest), and go on in nothing else.")] = False
    role: Annotated[
        Name, Field(max_length=63, description="Role to name; it need not exist, a pooler may want one.")
    ] = ROLE
    database: Annotated[Name, Field(max_length=63, description="Database to name; it need not exist.")] = (
        DATABASE
    )
    expect: Annotated[CertificateWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=CertificateWishes
    )
    prefer: Annotated[CertificateWishes, Field(description="What should hold; broken means degraded.")] = (
        field(default_factory=CertificateWishes)
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
        parts = urlsplit(self.url)
        host, port, private = parts.hostname or "", parts.port or PORT, self.allow_private
        try:
            async with net.connect(host, port, within, allow_private=private, ca=self.ca) as connection:
                if self.tls:
                    await _secure(connection)
                reading = self.judge(await self._said(connection))
                return over(connection, reading, occasion.at, *self._certificate_wishes)
        except NetError as error:
            return failed(error)

    def judge(self, message: Message) -> Reading:
        """`message`: the first that decides, so that leave to come in is followed by one more."""
        code, detail = _fault(message)
        finding = Finding(
            "startup", "a question for a password, or no such role or database", _told(message), not code
        )
        return Reading(verdict=verdict_of(code), code=code, detail=detail, findings=(finding,))

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, *self._certificate_wishes)

    @property
    def _certificate_wishes(self) -> tuple[CertificateOptions, CertificateOptions]:
        return self.expect.certificate, self.prefer.certificate

    async def _said(self, connection: Connection) -> Message:
        """The message that decides. Where no password is wanted, errors about the role come after the leave."""
        parameters = "\0".join(("user", self.role, "database", self.database, "", "")).encode()
        connection.writer.write(struct.pack("!II", len(parameters) + 8, VERSION) + parameters)
        message = await _message(connection.reader)
        if message.admits:
            message = await _message(connection.reader)
            connection.writer.write(TERMINATE)  # a client that just leaves would be in the server's log
        return message


# --- the protocol ------------------------------------------------------------------------------


async def _secure(connection: Connection) -> None:
    """Ask for TLS and go on in it. Raises NetError."""
    connection.writer.write(SSL_REQUEST)
    answer = await connection.reader.read(2)
    if not answer:
        raise EOFError
    if answer == b"N":
        raise NetError("tls.handshake", detail="the server does not speak TLS")
    if answer[:1] == b"E":  # it could not even begin: no process to spare, or a server of the last century
        raise NetError("postgres.error", detail="an error in answer to the request for TLS")
    if answer != b"S":
        raise NetError("http.protocol", detail="what came is no answer to the request for TLS")
    await connection.start_tls()
    with suppress(TimeoutError):
        async with asyncio.timeout(0):  # what is there already came unprotected (CVE-2021-23222)
            await connection.reader.read(1)
        raise NetError(
            "http.protocol", detail="text came unprotected behind the answer to the request for TLS"
        )


async def _message(reader: asyncio.StreamReader) -> Message:
    """One message of the server; of what is none, the first octets without a kind."""
    kind, length = struct.unpack("!cI", await reader.readexactly(5))
    if kind == b"E" and not 8 <= length <= MAX_MESSAGE:
        return Message(kind, b"")  # the postmaster itself, which found no process for us, words it so
    if kind not in _KINDS or not 4 <= length <= MAX_MESSAGE:
        return Message(b"", kind + length.to_bytes(4))
    return Message(kind, await reader.readexactly(length - 4))


_KINDS = frozenset({b"R", b"E", b"N", b"S", b"K", b"Z", b"v"})  # all that may come before the first query


# --- judging -----------------------------------------------------------------------------------


def _fault(message: Message) -> tuple[str, str]:
    """Code and evidence; ("", "") for a server that serves."""
    if not message.kind:
        return "http.protocol", "what came is not PostgreSQL's protocol"
    state = message.fields.get("C", "")
    if message.kind != b"E" or state in _SERVES:
        return "", ""
    told = state if re.fullmatch("[0-5][0-9A-Z]{4}|XX[0-9]{3}", state) else "unknown"
    return _CODES.get(state, "postgres.error"), f"SQLSTATE {told}"


def _told(message: Message) -> str:
    if message.kind == b"E":
        fields = message.fields
        return shown(f"{fields.get('C', 'no SQLSTATE')} {fields.get('M', '')}".rstrip())
    if message.kind == b"R":
        return _ASKED.get(message.body[:4], "another way to log in")
    return "let in" if message.kind else shown(message.body.decode(errors="replace"))


_ASKED = {
    b"\0\0\0\0": "let in",
    b"\0\0\0\3": "a password is wanted, in clear text",
    b"\0\0\0\5": "a password is wanted, as MD5",
    b"\0\0\0\n": "a password is wanted, by SASL",
}
