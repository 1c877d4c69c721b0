"""DNS: ask a named resolver for a name's records and look at its answers.

dnspython, an extra that functions import, knows the wire format alone; the sockets are ours.
Sources: RFC 1035; RFC 2308 §2 (no such name, no such data); RFC 4501 (the addresses); RFC 5452 §9 (whom to believe).
"""

import re
import secrets
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, cast
from urllib.parse import parse_qsl, unquote

from pydantic import AfterValidator, ConfigDict, Field

from statuspage.errors import nearest
from statuspage.model import Finding, Reading
from statuspage.net import Datagram, Net, NetError
from statuspage.probes.answers import AnswersOption, address_of, fold
from statuspage.probes.base import Occasion, failed, shown, verdict_of
from statuspage.probes.expect import CountMatch, DurationMatch
from statuspage.probes.options import masked, split

if TYPE_CHECKING:
    from dns.message import Message, QueryMessage
    from dns.rdata import Rdata

PORT = 53
RECORDS = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
AS_WRITTEN = frozenset({"CAA", "TXT"})  # values that are no names: capitals and points mean something
MAX_RECORDS = 100  # of one answer; dnspython's time for sets of names grows with their square
MAX_STRANGERS = 10_000  # datagrams that are no answer to our question; each takes some 50 microseconds

# --- the address -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom is asked for what."""

    host: str
    port: int
    name: str
    record: str  # one of RECORDS


def asked(url: str) -> Asked:
    """Read dns://resolver/name?type=A. Raises ValueError with a sentence."""
    parts = split(url, "dns")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.fragment or query.keys() - {"type"}:
        raise ValueError("nothing but ?type= follows the name: dns://resolver/name?type=A")
    record = query.get("type", "A").upper()
    if record not in RECORDS:
        raise ValueError(f"unknown type of record: {nearest(record, RECORDS)}")
    name = _name(unquote(parts.path.removeprefix("/")), record)
    return Asked(parts.hostname or "", parts.port or PORT, name, record)


def _name(text: str, record: str) -> str:
    if not text:
        raise ValueError("the address names nobody to ask for: dns://resolver/name?type=A")
    if record == "PTR" and (address := address_of(text)):
        return address.reverse_pointer
    labels = text.removesuffix(".").split(".")
    if len(text) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("behind the resolver stands a name: letters, digits, hyphens and points")
    return text


_LABEL = re.compile(r"[A-Za-z0-9_\-\u0080-\U0010ffff]{1,63}")  # _dmarc is one, and so is münchen


def _dns_url(url: str) -> str:
    asked(url)
    return url


DnsUrl = Annotated[str, AfterValidator(_dns_url), Field(json_schema_extra={"pattern": "^dns://[^/]+/.+"})]

# --- wishes ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsWishes:
    """What a resolver should answer."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    answers: Annotated[
        AnswersOption | None,
        Field(
            description="What every answer is, such as {any_of: [203.0.113.10]}; a list: these, no others."
        ),
    ] = field(default=None, repr=False)
    count: Annotated[CountMatch | None, Field(description="Number of answers, such as {ge: 2}.")] = None
    ttl: Annotated[
        DurationMatch | None,
        Field(description="How long the answers may be kept, the shortest of them, such as {le: 1h}."),
    ] = None


# --- the kind ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a resolver said."""

    status: str = "NOERROR"  # RFC 6895 §2.3
    answers: tuple[str, ...] = ()  # of the type that was asked for, CNAMEs followed; in order
    ttl: timedelta = timedelta()  # the shortest of the chain
    astray: str = ""  # what it said in place of answers, in words of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns:
    """Up when the resolver has answers of that type, and they are as expected."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "dns"
    schemes: ClassVar[Sequence[str]] = ("dns",)
    extra: ClassVar[str] = "dns"

    url: Annotated[
        DnsUrl,
        Field(
            description="dns://resolver/name?type=A: whom to ask (port 53, or :port), for what; A if not given."
        ),
    ] = field(repr=False)
    expect: Annotated[DnsWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=DnsWishes
    )
    prefer: Annotated[DnsWishes, Field(description="What should hold; broken means degraded.")] = field(
        default_factory=DnsWishes
    )
    allow_private: Annotated[
        bool, Field(description="Let the resolver's public name resolve to a private address.")
    ] = False

    @property
    def target(self) -> str:
        return masked(self.url)

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        try:
            answer = await _Inquiry(asked(self.url), allow_private=self.allow_private).answer(net, within)
            return self.judge(read(answer.data), answer.latency, answer.phases)
        except NetError as error:
            return failed(error)

    def judge(self, reply: Reply, latency: timedelta, phases: Mapping[str, timedelta]) -> Reading:
        """Raises TooSlow."""
        code, detail = self._fault(reply)
        return Reading(
            verdict=verdict_of(code),
            latency=latency,
            code=code,
            detail=detail,
            phases=phases,
            findings=tuple(self._findings(reply)),
        )

    def _fault(self, reply: Reply) -> tuple[str, str]:
        """Code and evidence of the first thing that is wrong."""
        if reply.status != "NOERROR":
            return "dns.nxdomain" if reply.status == "NXDOMAIN" else "dns.nameserver", reply.status
        if reply.astray:
            return "dns.nameserver", reply.astray
        if not reply.answers:
            return "dns.nodata", f"no {asked(self.url).record} record"
        for finding, evidence in self._looks(reply):
            if not finding.holds:
                return f"{finding.key.partition('.')[0]}.answers", evidence
        return "", ""

    def _findings(self, reply: Reply) -> Iterator[Finding]:
        yield Finding("status", "NOERROR", reply.status, reply.status == "NOERROR")
        if reply.status == "NOERROR":
            seen = reply.astray or str(len(reply.answers))
            yield Finding(f"{asked(self.url).record} records", "at least 1", seen, bool(reply.answers))
        if reply.answers:
            yield from (finding for finding, _ in self._looks(reply))

    def _looks(self, reply: Reply) -> Iterator[tuple[Finding, str]]:
        """Each wish, looked at, and what may be published when it is broken."""
        count, ttl = len(reply.answers), round(reply.ttl.total_seconds())
        for word, wishes in (("expect", self.expect), ("prefer", self.prefer)):
            if wishes.answers is not None:
                wanted = wishes.answers.texts if self._as_written else wishes.answers.names
                seen = reply.answers if self._as_written else tuple(map(fold, reply.answers))
                finding = Finding(f"{word}.answers", wanted.words, shown(", ".join(seen)), wanted.hold(seen))
                yield finding, f"answers: {count}, not as wanted"
            if wishes.count is not None:
                finding = Finding(
                    f"{word}.count", wishes.count.figures, str(count), wishes.count.holds([count])
                )
                yield finding, f"answers: {count}, wanted {wishes.count.figures}"
            if wishes.ttl is not None:
                finding = Finding(f"{word}.ttl", wishes.ttl.figures, f"{ttl} s", wishes.ttl.holds([ttl]))
                yield finding, f"answers may be kept for {ttl} s, wanted {wishes.ttl.figures}"

    @property
    def _as_written(self) -> bool:
        return asked(self.url).record in AS_WRITTEN


# --- the exchange ------------------------------------------------------------------------------


class _Inquiry:
    """One question to one resolver, with a new random id. Raises NetError when it cannot be written."""

    def __init__(self, question: Asked, *, allow_private: bool) -> None:
        self._host, self._port, self._private = question.host, question.port, allow_private
        self._query = _query(question)
        self._strangers = 0

    async def answer(self, net: Net, within: timedelta) -> Datagram:
        """Over UDP, or over TCP when it does not fit into a datagram. Raises NetError."""
        host, port, private, wire = self._host, self._port, self._private, self._query.to_wire()
        try:
            short = await net.datagram(
                host, port, wire, within, is_answer=self._is_answer, allow_private=private
            )
        except NetError as error:
            if error.code != "read.timeout":
                raise
            # nobody can tell whether a datagram was lost on its way or not answered
            others = f"; other datagrams: {self._strangers}" if self._strangers else ""
            raise NetError("dns.resolver", error.phases, error.detail + others) from error
        if not _is_cut(short.data):
            return short
        try:
            return await self._over_tcp(net, within, wire, short)
        except NetError as error:
            raise NetError(error.code, error.phases, f"over TCP: {error.detail}") from error

    async def _over_tcp(self, net: Net, within: timedelta, wire: bytes, short: Datagram) -> Datagram:
        """Each message goes behind its length: RFC 7766 §8."""
        left = within - short.latency
        async with net.connect(self._host, self._port, left, allow_private=self._private) as connection:
            connection.writer.write(len(wire).to_bytes(2, "big") + wire)
            size = int.from_bytes(await connection.reader.readexactly(2), "big")
            data = await connection.reader.readexactly(size)
            if not self._is_answer(data):
                raise NetError("http.protocol", detail="what came is no answer to the question")
            latency, phases = connection.latency, connection.phases
        both = {name: short.phases.get(name, timedelta()) + spent for name, spent in phases.items()}
        return Datagram(data=data, latency=short.latency + latency, phases=both)

    def _is_answer(self, data: bytes) -> bool:
        """By id and question: RFC 5452 §9.1. Raises NetError when there is no end of strangers."""
        if data[:2] == self._query.id.to_bytes(2, "big") and self._is_to_us(data):
            return True
        self._strangers += 1
        if self._strangers > MAX_STRANGERS:
            detail = f"more than {MAX_STRANGERS} datagrams, none of them the answer"
            raise NetError("dns.resolver", detail=detail)
        return False

    def _is_to_us(self, data: bytes) -> bool:
        from dns.exception import DNSException
        from dns.message import from_wire

        try:
            return self._query.is_response(from_wire(data, question_only=True))
        except (DNSException, *_STUMBLES):
            return False


def _is_cut(data: bytes) -> bool:
    return bool(data[2] & 0b10)  # TC: RFC 1035 §4.1.1


# --- the wire format ---------------------------------------------------------------------------

_STUMBLES = (ValueError, LookupError, ArithmeticError, AssertionError, struct.error)
"""What a library may raise beside its own errors when it reads what nobody should have written."""


def _query(question: Asked) -> "Message":
    """No EDNS, which some servers take amiss."""
    from dns.exception import DNSException
    from dns.message import make_query
    from dns.name import IDNA_2008_Practical, from_text

    try:
        name = from_text(question.name, idna_codec=IDNA_2008_Practical)
        return make_query(name, question.record, id=secrets.randbits(16))
    except (DNSException, UnicodeError) as error:
        raise NetError("config.url", detail="the name to ask for cannot be written in DNS") from error


def read(data: bytes) -> Reply:
    """What an answer says. Raises NetError when it cannot be read."""
    from dns.exception import DNSException
    from dns.message import ChainTooLong, from_wire

    if len(data) < 12 or sum(struct.unpack_from("!3H", data, 6)) > MAX_RECORDS:  # RFC 1035 §4.1.1
        raise NetError("http.protocol", detail=f"the answer has more than {MAX_RECORDS} records")
    try:
        return _reply(cast("QueryMessage", from_wire(data, ignore_trailing=True)))
    except ChainTooLong:
        return Reply(astray="CNAMEs without an end")
    except (DNSException, *_STUMBLES) as error:
        raise NetError("http.protocol", detail="the answer cannot be read") from error


def _reply(message: "QueryMessage") -> Reply:
    from dns import flags, rcode, rdatatype

    status = rcode.to_text(message.rcode())
    if status != "NOERROR":
        return Reply(status=status)
    chain = message.resolve_chaining()
    if chain.answer is not None:
        answers = tuple(sorted(_text(record) for record in chain.answer))
        return Reply(answers=answers, ttl=timedelta(seconds=chain.minimum_ttl))
    kinds = {records.rdtype for records in message.authority}
    elsewhere = rdatatype.NS in kinds and rdatatype.SOA not in kinds and not message.flags & flags.AA
    return Reply(astray="a referral to other name servers" if elsewhere and not chain.cnames else "")


def _text(record: "Rdata") -> str:
    strings = getattr(record, "strings", None)  # of TXT: RFC 7208 §3.3 joins them without a space
    return record.to_text() if strings is None else b"".join(strings).decode(errors="replace")
