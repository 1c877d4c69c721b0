import asyncio
import json
import re
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rrset
import pytest
from datagrams import UdpServer
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from servers import Handler, Listener, reset

from statuspage.config import load, schema
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net, NetError
from statuspage.probes import kind_for
from statuspage.probes.answers import fold
from statuspage.probes.base import Occasion, missing_extra
from statuspage.probes.dns import MAX_RECORDS, MAX_STRANGERS, RECORDS, Dns, Reply, read

DNSMASQ = shutil.which("dnsmasq", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
SECOND = timedelta(seconds=1)
LONG, SHORT = 5 * SECOND, 0.3 * SECOND
KIND = TypeAdapter(Dns)
PAGE = Path(__file__).parents[1] / "docs/probes/dns.md"
PHASES = ["name", "connect", "first_byte"]


def probe(url: str = "dns://127.0.0.1/chat.example", **options: Any) -> Dns:
    return KIND.validate_json(json.dumps({"url": url, **options}), strict=True)


def ask(port: int, asked: str = "chat.example", within: timedelta = LONG, **options: Any) -> Reading:
    """The reading, which must come in time."""
    net, occasion = Net(user_agent="statuspage-test"), Occasion(at=datetime(2026, 11, 22, tzinfo=UTC))
    began = time.monotonic()
    reading = asyncio.run(probe(f"dns://127.0.0.1:{port}/{asked}", **options).ask(net, within, occasion))
    assert time.monotonic() - began < within.total_seconds() + 0.5
    return reading


def seen(reading: Reading) -> dict[str, tuple[str, bool]]:
    return {finding.key: (finding.seen, finding.holds) for finding in reading.findings}


# --- dnsmasq -----------------------------------------------------------------------------------

LONG_TEXT = ["k" * 250] * 8  # more than the 512 octets of a datagram
ZONE = (
    "--local=/example/",
    "--host-record=chat.example,203.0.113.10,2001:db8::10",
    "--host-record=two.example,203.0.113.10",
    "--host-record=two.example,203.0.113.11",
    "--host-record=xn--mnchen-3ya.example,203.0.113.12",
    "--cname=www.example,chat.example",
    "--mx-host=mail.example,mx1.mail.example,10",
    "--mx-host=mail.example,mx2.mail.example,20",
    "--txt-record=txt.example,v=spf1 mx -all",
    "--txt-record=txt.example,Verification=AbC",
    f"--txt-record=long.example,{','.join(LONG_TEXT)}",
    "--srv-host=_sip._tcp.example,sip.example,5060,10,5",
    "--caa-record=caa.example,0,issue,ca.example",
    "--ptr-record=10.113.0.203.in-addr.arpa,chat.example",
)


@contextmanager
def dnsmasq(*options: str) -> Iterator[int]:
    """The port of a dnsmasq that knows the zone and forwards nothing else."""
    words = ["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces"]
    words += ["--listen-address=127.0.0.1", "--pid-file=", "--local-ttl=300", *ZONE, *options]
    process, port = _started(words)
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def _started(words: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """A port that is free for both may be gone a moment later: then another one."""
    for _ in range(10):
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            if not _binds(udp, port):
                continue
        process = subprocess.Popen([str(DNSMASQ), *words, f"--port={port}"], stderr=subprocess.DEVNULL)
        if any(_accepts(port, process) for _ in range(250)):
            return process, port
        process.kill()
        process.wait()
    raise AssertionError("dnsmasq does not listen")


def _binds(udp: socket.socket, port: int) -> bool:
    try:
        udp.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def _accepts(port: int, process: subprocess.Popen[bytes]) -> bool:
    time.sleep(0.02)
    with socket.socket() as trial:
        return process.poll() is None and trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def resolver() -> Iterator[int]:
    if DNSMASQ is None:
        pytest.skip("dnsmasq is not installed")
    with dnsmasq() as port:
        yield port


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("chat.example", ["203.0.113.10"]),
        ("chat.example?type=A", ["203.0.113.10"]),
        ("CHAT.Example.?type=aaaa", ["2001:DB8:0::10"]),
        ("two.example?type=A", ["203.0.113.11", "203.0.113.10"]),
        ("www.example", ["203.0.113.10"]),
        ("www.example?type=CNAME", ["Chat.Example."]),
        ("mail.example?type=MX", ["10 mx1.mail.example", "20 mx2.mail.example."]),
        ("txt.example?type=TXT", ["v=spf1 mx -all", "Verification=AbC"]),
        ("long.example?type=TXT", ["".join(LONG_TEXT)]),
        ("_sip._tcp.example?type=SRV", ["10 5 5060 sip.example"]),
        ("caa.example?type=CAA", ['0 issue "ca.example"']),
        ("203.0.113.10?type=PTR", ["chat.example"]),
        ("10.113.0.203.in-addr.arpa?type=PTR", ["chat.example"]),
        ("münchen.example", ["203.0.113.12"]),
        ("m%C3%BCnchen.example", ["203.0.113.12"]),
        ("xn--mnchen-3ya.example", ["203.0.113.12"]),
    ],
)
def test_each_type_of_record_is_read(resolver: int, asked: str, answers: list[str]) -> None:
    reading = ask(resolver, asked, expect={"answers": answers, "count": len(answers)})

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UP, "", "")
    assert reading.latency is not None
    assert list(reading.phases) == PHASES
    assert [finding.holds for finding in reading.findings] == [True] * 4


@pytest.mark.parametrize(
    ("asked", "code", "detail"),
    [
        ("nobody.example", "dns.nxdomain", "NXDOMAIN"),
        ("txt.example?type=MX", "dns.nodata", "no MX record"),
        ("www.example?type=SRV", "dns.nodata", "no SRV record"),
        ("elsewhere.test", "dns.nameserver", "REFUSED"),
    ],
)
def test_what_a_resolver_cannot_answer_is_down_and_the_resolver_at_work(
    resolver: int, asked: str, code: str, detail: str
) -> None:
    reading = ask(resolver, asked, expect={"answers": "203.0.113.10"})

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.DOWN, code, detail)
    assert reading.latency is not None  # a whole answer came: as a control target it speaks for our network
    assert [finding.holds for finding in reading.findings][-1] is False


@pytest.mark.skipif(DNSMASQ is None, reason="dnsmasq is not installed")
@pytest.mark.parametrize(
    ("upstream", "code", "detail"),
    [
        (dns.rcode.SERVFAIL, "dns.nameserver", "SERVFAIL"),
        (dns.rcode.REFUSED, "dns.nameserver", "REFUSED"),
        (dns.rcode.NXDOMAIN, "dns.nxdomain", "NXDOMAIN"),
        (None, "dns.resolver", "waiting for the answer, after 0."),
    ],
)
def test_a_resolver_tells_what_the_one_behind_it_says(
    upstream: dns.rcode.Rcode | None, code: str, detail: str
) -> None:
    def behind(query: bytes) -> list[bytes]:
        return [] if upstream is None else [responds(rcode=upstream)(query)]

    with UdpServer(behind) as server, dnsmasq(f"--server=/test/127.0.0.1#{server.port}") as port:
        reading = ask(port, "chat.test", SHORT if upstream is None else LONG)

    assert (reading.code, reading.detail.startswith(detail)) == (code, True)


@pytest.mark.parametrize(
    ("wishes", "code", "detail"),
    [
        ({"expect": {"answers": {"any_of": ["203.0.113.10", "203.0.113.11"]}}}, "", ""),
        (
            {"expect": {"answers": {"any_of": ["203.0.113.10"]}}},
            "expect.answers",
            "answers: 2, not as wanted",
        ),
        ({"prefer": {"answers": "203.0.113.10"}}, "prefer.answers", "answers: 2, not as wanted"),
        ({"expect": {"count": {"ge": 3}}}, "expect.answers", "answers: 2, wanted at least 3"),
        ({"prefer": {"count": 1}}, "prefer.answers", "answers: 2, wanted exactly 1"),
        ({"expect": {"ttl": {"le": "5m"}}}, "", ""),
        (
            {"prefer": {"ttl": {"le": "1m"}}},
            "prefer.answers",
            "answers may be kept for 300 s, wanted at most 60 s",
        ),
    ],
)
def test_answers_are_judged(resolver: int, wishes: dict[str, Any], code: str, detail: str) -> None:
    reading = ask(resolver, "two.example", **wishes)

    assert (reading.code, reading.detail) == (code, detail)
    assert reading.verdict is {"": Verdict.UP, "e": Verdict.DOWN, "p": Verdict.DEGRADED}[code[:1]]


def test_each_wish_is_a_finding_with_what_was_seen(resolver: int) -> None:
    wishes = {
        "answers": {"any_of": ["203.0.113.10"], "some": {"ends": ".11"}},
        "count": 2,
        "ttl": {"le": "1h"},
    }
    reading = ask(resolver, "two.example", expect=wishes)

    assert [(one.key, one.wanted, one.seen, one.holds) for one in reading.findings] == [
        ("status", "NOERROR", "NOERROR", True),
        ("A records", "at least 1", "2", True),
        (
            "expect.answers",
            'every answer: any_of ["203.0.113.10"]; some answer: ends ".11"',
            "203.0.113.10, 203.0.113.11",
            False,
        ),
        ("expect.count", "exactly 2", "2", True),
        ("expect.ttl", "at most 3600 s", "300 s", True),
    ]
    assert "203.0.113" not in repr(reading)


def test_a_resolver_over_ipv6_stands_in_brackets() -> None:
    try:
        server = UdpServer(lambda query: [responds("203.0.113.10")(query)], host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with server:
        net, url = Net(), f"dns://[::1]:{server.port}/chat.example"
        reading = asyncio.run(probe(url).ask(net, LONG, Occasion()))

    assert (reading.verdict, probe(url).target) == (Verdict.UP, f"dns://[::1]:{server.port}")


# --- servers of our own ------------------------------------------------------------------------

Respond = Callable[[bytes], bytes]


def responds(
    *answers: str,
    record: str = "A",
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR,
    change: Callable[[Any], None] = lambda _: None,
) -> Respond:
    """The query's answer in wire format: addresses, or whole records when `answers` have spaces; then `change`."""

    def respond(query: bytes) -> bytes:
        asked = dns.message.from_wire(query)
        response: Any = dns.message.make_response(asked, recursion_available=True)
        name = asked.question[0].name
        for answer in answers:
            told = answer if " " in answer else f"{name} 300 IN {record} {answer}"
            owner, ttl, klass, kind, *rest = told.split(" ")
            one = dns.rrset.from_text(owner, int(ttl), klass, kind, " ".join(rest))
            found = response.find_rrset(response.answer, one.name, one.rdclass, one.rdtype, create=True)
            found.update(one)
        response.set_rcode(rcode)
        change(response)
        return bytes(response.to_wire())

    return respond


def over_udp(
    handler: Callable[[bytes], Iterable[bytes]], within: timedelta = LONG, **options: Any
) -> Reading:
    with UdpServer(handler) as server:
        return ask(server.port, within=within, **options)


@pytest.mark.parametrize(
    ("rcode", "code"),
    [
        (dns.rcode.SERVFAIL, "dns.nameserver"),
        (dns.rcode.REFUSED, "dns.nameserver"),
        (dns.rcode.NOTIMP, "dns.nameserver"),
        (dns.rcode.FORMERR, "dns.nameserver"),
        (dns.rcode.NXDOMAIN, "dns.nxdomain"),
        (dns.rcode.Rcode(12), "dns.nameserver"),
    ],
)
def test_a_status_has_its_code(rcode: dns.rcode.Rcode, code: str) -> None:
    reading = over_udp(lambda query: [responds(rcode=rcode)(query)])

    assert (reading.code, reading.detail) == (code, dns.rcode.to_text(rcode))


def test_a_refusal_may_leave_the_question_out() -> None:
    """As some servers do: RFC 1035 §7.3 gives it its id all the same."""

    def bare(query: bytes) -> list[bytes]:
        return [query[:2] + struct.pack("!5H", 0x8185, 0, 0, 0, 0)]

    assert over_udp(bare).detail == "REFUSED"


def garbled(query: bytes) -> Iterator[bytes]:
    """All that an attacker or a broken server may send in place of the answer."""
    good = responds("198.51.100.66")(query)
    yield b""
    yield b"\0"
    yield b"HTTP/1.1 400 Bad Request\r\n\r\n"
    yield query  # a reflection is no response
    yield bytes([query[0] ^ 1]) + good[1:]  # another id
    yield good[:2] + b"\x80\0" + good[4:12]  # the question is missing
    yield good[:14]  # it ends in the question
    yield good[:2] + b"\xa8" + good[3:]  # another kind of message (update)
    yield responds("198.51.100.66", change=_ask_for_another)(query)
    yield query[:2] + b"\xff" * 500


def _ask_for_another(response: Any) -> None:
    response.question = dns.message.make_query("bank.example", "A").question


def test_only_the_answer_to_our_question_is_believed() -> None:
    def spoof(query: bytes) -> Iterator[bytes]:
        yield from garbled(query)
        yield responds("203.0.113.10")(query)

    assert over_udp(spoof, expect={"answers": "203.0.113.10"}).verdict is Verdict.UP


def test_strangers_alone_are_silence() -> None:
    reading = over_udp(garbled, SHORT)

    assert (reading.verdict, reading.code, reading.latency) == (Verdict.DOWN, "dns.resolver", None)
    assert reading.detail.endswith("other datagrams: 10")


@pytest.mark.parametrize(
    "flood",
    [
        lambda _: repeat(b"\0" * 12),
        lambda query: repeat(query[:2] + b"\xff" * 400),
        lambda query: repeat(responds(change=_ask_for_another)(query)),
    ],
)
def test_a_flood_of_spoofs_ends_in_time(flood: Callable[[bytes], Iterable[bytes]]) -> None:
    assert over_udp(flood, SECOND).code == "dns.resolver"


def test_a_flood_is_not_read_for_ever() -> None:
    reading = over_udp(lambda _: repeat(b"\0" * 12), 30 * SECOND)

    assert (reading.code, str(MAX_STRANGERS) in reading.detail) == ("dns.resolver", True)


def test_two_questions_have_two_ids() -> None:
    with UdpServer(lambda query: [responds("203.0.113.10")(query)]) as server:
        for _ in range(6):
            ask(server.port)

    assert len({query[:2] for query in server.heard}) > 1
    assert len({query[2:] for query in server.heard}) == 1


def test_a_closed_port_is_refused_and_silence_is_the_resolver_s(closed_port: int) -> None:
    assert ask(closed_port).code == "tcp.refused"
    silent = over_udp(lambda _: [], SHORT)
    assert (silent.code, silent.detail) == ("dns.resolver", "waiting for the answer, after 0.3 s")


@pytest.mark.parametrize("host", ["a..b", "127.1"])
def test_the_resolver_s_own_name_keeps_the_rules(host: str) -> None:
    code = asyncio.run(probe(f"dns://{host}/chat.example").ask(Net(), LONG, Occasion())).code
    assert code == {"a..b": "config.url", "127.1": "net.private"}[host]


@pytest.mark.parametrize("name", ["\u0300.example", "x\u200dy.example", "ü" * 60 + ".example"])
def test_a_name_that_cannot_be_written_in_dns_is_our_fault(name: str) -> None:
    assert ask(53, name).code == "config.url"


# --- chains ------------------------------------------------------------------------------------


def chain(*names: str) -> list[str]:
    """CNAMEs from each name to the next."""
    return [f"{a} 300 IN CNAME {b}" for a, b in pairwise(names)]


@pytest.mark.parametrize(
    ("answers", "code", "detail"),
    [
        ([*chain("chat.example.", "a.", "b."), "b. 60 IN A 203.0.113.10"], "", ""),
        (chain("chat.example.", "a.", "b."), "dns.nodata", "no A record"),
        (chain("chat.example.", "a.", "chat.example."), "dns.nameserver", "CNAMEs without an end"),
        (chain("chat.example.", "chat.example."), "dns.nameserver", "CNAMEs without an end"),
        (
            chain("chat.example.", *(f"a{n}." for n in range(40))),
            "dns.nameserver",
            "CNAMEs without an end",
        ),
        (["bank.example. 60 IN A 203.0.113.10"], "dns.nodata", "no A record"),
    ],
)
def test_cnames_are_followed_to_their_end(answers: list[str], code: str, detail: str) -> None:
    reading = over_udp(lambda query: [responds(*answers)(query)], expect={"ttl": {"le": "1m"}})

    assert (reading.code, reading.detail) == (code, detail)


def _refer(response: Any) -> None:
    response.authority.append(dns.rrset.from_text("example.", 300, "IN", "NS", "ns1.example."))


def test_a_referral_is_no_answer() -> None:
    """RFC 2308 §2.2: name servers without an SOA."""
    reading = over_udp(lambda query: [responds(change=_refer)(query)])

    assert (reading.code, reading.detail) == ("dns.nameserver", "a referral to other name servers")
    assert seen(reading)["A records"] == ("a referral to other name servers", False)


# --- answers that do not fit -------------------------------------------------------------------


def _cut(response: Any) -> None:
    response.flags |= dns.flags.TC


@contextmanager
def both(udp: Callable[[bytes], Iterable[bytes]], tcp: Handler) -> Iterator[int]:
    """A server on the same port over UDP and TCP."""
    with Listener(tcp) as listening, UdpServer(udp, port=listening.port) as server:
        yield server.port


def tells(respond: Callable[[bytes], bytes]) -> Handler:
    """A handler that answers with whatever `respond` makes of the query, its length included."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        query = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        writer.write(respond(query))
        await writer.drain()

    return handle


def framed(respond: Respond) -> Respond:
    def with_length(query: bytes) -> bytes:
        wire = respond(query)
        return len(wire).to_bytes(2, "big") + wire

    return with_length


async def _hold(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()
    await reader.read()


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(2)
    reset(writer)


def test_a_cut_answer_is_asked_for_over_tcp() -> None:
    many = [f"203.0.113.{n}" for n in range(100)]
    with both(lambda query: [responds(change=_cut)(query)], tells(framed(responds(*many)))) as port:
        reading = ask(port, expect={"count": 100})

    assert (reading.verdict, list(reading.phases)) == (Verdict.UP, PHASES)
    assert reading.latency is not None
    assert abs(sum(reading.phases.values(), timedelta()) - reading.latency) < SECOND / 20


@pytest.mark.parametrize(
    ("tcp", "code", "detail"),
    [
        (tells(lambda _: b""), "tcp.closed", "over TCP: waiting for the answer"),
        (tells(lambda _: b"\0"), "tcp.closed", "over TCP: waiting for the answer"),
        (tells(lambda _: b"\xff\xff" + b"x" * 100), "tcp.closed", "over TCP: waiting for the answer"),
        (_reset, "tcp.reset", "over TCP: waiting for the answer"),
        (_hold, "read.timeout", "over TCP: waiting for the answer"),
        (tells(lambda _: b"\0\0"), "http.protocol", "over TCP: what came is no answer to the question"),
        (
            tells(lambda query: b"\0\x0c" + bytes([query[0] ^ 1]) + query[1:12]),
            "http.protocol",
            "over TCP: what came is no answer to the question",
        ),
        (tells(framed(responds(rcode=dns.rcode.SERVFAIL))), "dns.nameserver", "SERVFAIL"),
    ],
)
def test_what_goes_wrong_over_tcp_has_its_code(tcp: Handler, code: str, detail: str) -> None:
    with both(lambda query: [responds(change=_cut)(query)], tcp) as port:
        reading = ask(port, within=SHORT if code == "read.timeout" else LONG)

    assert (reading.verdict, reading.code) == (Verdict.DOWN, code)
    assert reading.detail.startswith(detail)


def test_a_resolver_that_takes_no_tcp_is_refused() -> None:
    reading = over_udp(lambda query: [responds(change=_cut)(query)])

    assert (reading.code, reading.detail.startswith("over TCP: connecting")) == ("tcp.refused", True)


# --- what cannot be read -----------------------------------------------------------------------


def _header(records: int, query: bytes = b"\0\0") -> bytes:
    return query[:2] + struct.pack("!5H", 0x8180, 1, records, 0, 0)


QUESTION = b"\x04chat\x07example\0\0\x01\0\x01"


@pytest.mark.parametrize(
    ("rest", "records"),
    [
        (b"", 1),
        (b"\xc0\xff\0\x01\0\x01\0\0\0\0\0\x04abcd", 1),  # a pointer beyond the end
        (b"\xc0\x1e\0\x01\0\x01\0\0\0\0\0\x04abcd", 1),  # a pointer to itself
        (b"\xc0\x0c\0\x01\0\x01\0\0\0\0\0\xffabcd", 1),  # a length beyond the end
        (b"\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x03abc", 1),  # an address of three octets
        (b"\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04abcd", 2),  # fewer records than the head says
        (b"\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04abcd", MAX_RECORDS + 1),
        (b"\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04abcd", 0xFFFF),
        (b"\x40\0\x01\0\x01\0\0\0\0\0\x04abcd", 1),  # a reserved kind of label
    ],
)
def test_an_answer_that_cannot_be_read_breaks_the_protocol(rest: bytes, records: int) -> None:
    reading = over_udp(lambda query: [_header(records, query) + QUESTION + rest])

    assert (reading.verdict, reading.code) == (Verdict.DOWN, "http.protocol")
    assert reading.detail in ("the answer cannot be read", f"the answer has more than {MAX_RECORDS} records")


@given(st.binary(max_size=200), st.integers(0, 3))
def test_whatever_comes_is_read_or_refused(rest: bytes, records: int) -> None:
    for data in (rest, _header(records) + QUESTION + rest, _header(records) + QUESTION + b"\xc0\x0c" + rest):
        try:
            reply = read(data)
        except NetError as error:
            assert error.code == "http.protocol"
        else:
            assert reply.answers == () or reply.status == "NOERROR"


def test_the_largest_answer_that_is_read_takes_no_time() -> None:
    """Sets of names cost their square, and each name here is as long as names get: all of a datagram takes minutes."""
    name = b"".join(b"\x01" + bytes([97 + n % 26]) for n in range(126)) + b"\0"
    long = name + struct.pack("!HHIH", 1, 1, 60, 4) + b"abcd"
    pointed = b"\xc0\x0c" + struct.pack("!HHIH", 2, 1, 60, 2) + struct.pack("!H", 0xC000 | 12 + len(QUESTION))
    began = time.process_time()
    read(_header(MAX_RECORDS) + QUESTION + long + pointed * (MAX_RECORDS - 1))
    assert time.process_time() - began < 3


def test_a_text_that_is_no_utf_8_is_shown_as_far_as_it_goes() -> None:
    record = b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, 6) + b"\x05\xff\x1b[2J"
    question = QUESTION[:-4] + b"\0\x10\0\x01"
    reading = over_udp(
        lambda query: [_header(1, query) + question + record],
        asked="chat.example?type=TXT",
        expect={"answers": "x"},
    )

    assert seen(reading)["expect.answers"] == ("\ufffd\\x1b[2J", False)
    assert reading.detail == "answers: 1, not as wanted"


# --- judging -----------------------------------------------------------------------------------

A, B, C = "203.0.113.10", "203.0.113.11", "203.0.113.12"


@pytest.mark.parametrize(
    ("wanted", "answers", "holds"),
    [
        (A, [A], True),
        (A, [A, B], False),
        ("203.0.113.1", [A], False),  # no part of an address is one
        ([A, B], [B, A], True),
        ([A, B], [A], False),
        ([A, B], [A, B, C], False),
        ({"any_of": [A, B]}, [A], True),
        ({"any_of": [A, B]}, [A, B], True),
        ({"any_of": [A, B]}, [A, C], False),
        ({"none_of": [C]}, [A, B], True),
        ({"none_of": [C]}, [A, C], False),
        ({"not": C}, [A, C], False),
        ({"all": [A, B]}, [A, B, C], True),
        ({"all": [A, B]}, [A, C], False),
        ({"some": A}, [A, C], True),
        ({"some": {"starts": "198."}}, [A, C], False),
        ({"some": {"starts": "203.", "ends": ".12"}}, [A, C], True),
        ({"some": A, "any_of": [A, B]}, [A, C], False),
        ({"starts": "203.0.113."}, [A, B], True),
        ({"matches": r"\.1[01]$"}, [A, B], True),
        ({"matches": r"\.1[01]$"}, [A, C], False),
        ({"contains": "113"}, [A, B], True),
        ("2001:0DB8::0010", ["2001:db8::10"], True),
        ("Mail.Example.", ["mail.example."], True),
        ("münchen.example", ["xn--mnchen-3ya.example."], True),
        ("10 mail.example", ["10 Mail.example."], True),
        ("0 .", ["0 ."], True),
        ({"ends": ".example."}, ["mail.example."], True),
    ],
)
def test_every_answer_must_be_as_wanted(wanted: Any, answers: list[str], holds: bool) -> None:
    reading = probe(expect={"answers": wanted}).judge(Reply(answers=tuple(answers)), SECOND, {})

    assert (reading.code == "") == holds
    assert reading.code in ("", "expect.answers")


@pytest.mark.parametrize(
    ("wanted", "answers", "holds"),
    [
        ({"some": {"starts": "v=spf1"}}, ["v=spf1 -all", "Key=AbC"], True),
        ({"all": ["Key=AbC"]}, ["v=spf1 -all", "Key=AbC"], True),
        ({"all": ["key=abc"]}, ["v=spf1 -all", "Key=AbC"], False),
        ("An end.", ["An end."], True),
        ("An end", ["An end."], False),
    ],
)
def test_texts_are_compared_as_they_are_written(wanted: Any, answers: list[str], holds: bool) -> None:
    judged = probe("dns://127.0.0.1/a.example?type=TXT", expect={"answers": wanted})

    assert (judged.judge(Reply(answers=tuple(answers)), SECOND, {}).code == "") == holds


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("A.Example.", "a.example"),
        (".", "."),
        ("ns.example. Host.example. 1 2", "ns.example host.example 1 2"),
        ("2001:DB8::", "2001:db8::"),
        ("ü" * 70, "ü" * 70),
        ("", ""),
    ],
)
def test_names_are_compared_in_one_spelling(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(fold(text)) == fold(text)


def test_what_is_expected_is_judged_before_what_is_preferred() -> None:
    judged = probe(prefer={"count": 2}, expect={"answers": B})
    assert judged.judge(Reply(answers=(A,)), SECOND, {}).code == "expect.answers"


# --- the border --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"url": "dns:///a.example"}, "names no host"),
        ({"url": "dns://9.9.9.9"}, "names nobody to ask for"),
        ({"url": "dns://9.9.9.9/?type=A"}, "names nobody to ask for"),
        ({"url": "dns://9.9.9.9/a..b"}, "behind the resolver stands a name"),
        ({"url": "dns://9.9.9.9/a/b"}, "behind the resolver stands a name"),
        ({"url": f"dns://9.9.9.9/{'a' * 64}.example"}, "behind the resolver stands a name"),
        ({"url": f"dns://9.9.9.9/{'a.' * 127}example"}, "behind the resolver stands a name"),
        ({"url": "dns://9.9.9.9/%00.example"}, "behind the resolver stands a name"),
        ({"url": "dns://9.9.9.9/a.example?type=TXTT"}, "did you mean 'TXT'?"),
        ({"url": "dns://9.9.9.9/a.example?type=ANY"}, "unknown type of record"),
        ({"url": "dns://9.9.9.9/a.example?type=A;class=IN"}, "unknown type of record"),
        ({"url": "dns://9.9.9.9/a.example?typ=A"}, "nothing but ?type="),
        ({"url": "dns://9.9.9.9/a.example#A"}, "nothing but ?type="),
        ({"url": "dns://me:hunter2@9.9.9.9/a.example"}, "no user and password"),
        ({"url": "dns://9.9.9.9:0/a.example"}, "1 to 65535"),
        ({"url": "dns://[::1/a.example"}, "cannot be read"),
        ({"expect": {"answers": {"anyof": [A]}}}, "did you mean 'any_of'?"),
        ({"expect": {"answers": {"some": {"all": [A]}}}}, "unknown operator 'all'"),
        ({"expect": {"answers": {"any_of": A}}}, "takes a list"),
        ({"expect": {"answers": {"all": []}}}, "takes a list"),
        ({"expect": {"answers": []}}, "takes a list"),
        ({"expect": {"answers": {}}}, "write an answer"),
        ({"expect": {"answers": 5}}, "write an answer"),
        ({"expect": {"answers": {"some": 5}}}, "write an answer"),
        ({"expect": {"answers": [5]}}, "put it in quotes"),
        ({"expect": {"answers": {"is": ""}}}, "put it in quotes"),
        ({"expect": {"answers": {"matches": "(a+)+"}}}, "a repetition inside a repetition"),
        ({"expect": {"count": "2"}}, "whole number"),
        ({"expect": {"ttl": "1h"}}, "a limit and a unit"),
        ({"type": "A"}, "type"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        probe(**options)

    told = [error["msg"] + str(error["loc"]) for error in refused.value.errors()]
    assert any(says in one for one in told), told
    assert not any("hunter2" in one for one in told)


COMPONENT = """components:
- name: DNS
  url: dns://9.9.9.9/chat.example?type=A
  expect: {answers: {any_of: [203.0.113.10, 203.0.113.11]}}
  prefer: {count: 2}
"""


def test_a_component_is_a_dns_by_its_address() -> None:
    (name,) = load(COMPONENT, "components.yaml", {}).components

    assert (name.type, kind_for("dns://a/b")) == ("dns", "dns")
    assert isinstance(name.probe, Dns)
    assert (name.probe.target, missing_extra(name.probe)) == ("dns://9.9.9.9", "")


@pytest.mark.parametrize(
    ("wrong", "line", "told"),
    [
        (("expect:", "expects:"), 4, "did you mean 'expect'?"),
        (("any_of:", "anyof:"), 4, "did you mean 'any_of'?"),
        (("count:", "cont:"), 5, "did you mean 'count'?"),
        (("type=A", "type=AAA"), 3, "did you mean 'AAAA'?"),
    ],
)
def test_a_wrong_option_is_told_with_its_line_and_the_nearest_right_word(
    wrong: tuple[str, str], line: int, told: str
) -> None:
    with pytest.raises(Problems) as refused:
        load(COMPONENT.replace(*wrong), "components.yaml", {})

    (problem,) = refused.value.problems
    assert problem.where is not None
    assert problem.where.line == line
    assert told in problem.what + problem.mend


def test_each_option_has_its_sentence_and_its_line_in_the_docs() -> None:
    page, options = PAGE.read_text("utf-8"), schema()["$defs"]["component-dns"]["properties"]

    for key in KIND.json_schema()["properties"]:
        assert options[key]["description"].endswith(".")
        assert f"`{key}`" in page
    assert all(record in page for record in RECORDS)


def test_the_examples_of_the_docs_are_valid() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        components = load(f"components:\n{example}", "components.yaml", {}).components
        assert {component.type for component in components} == {"dns"}
