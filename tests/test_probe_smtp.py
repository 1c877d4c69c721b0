import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd import smtp as aiosmtpd
from pydantic import TypeAdapter, ValidationError
from servers import Authority, Handler, Listener, reset

from statuspage.config import load, schema
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import kind_for
from statuspage.probes.base import Occasion
from statuspage.probes.smtp import EHLO, EHLO_IN_TLS, GREETING, STARTTLS, Reply, Smtp

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SMTP = TypeAdapter(Smtp)
PAGE = Path(__file__).parents[1] / "docs/probes/smtp.md"


def smtp(url: str = "smtp://127.0.0.1", **options: Any) -> Smtp:
    return SMTP.validate_json(json.dumps({"url": url, **options}), strict=True)


def ask(probe: Smtp, within: timedelta = 5 * SECOND) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion(at=NOW)))


@contextmanager
def mail_server(**options: Any) -> Iterator[int]:
    """The port of an aiosmtpd."""
    loop, started, port = asyncio.new_event_loop(), threading.Event(), list[int]()

    async def serve() -> None:
        def protocol() -> asyncio.Protocol:
            return aiosmtpd.SMTP(None, hostname="mail.kestrel.example", **options)

        server = await loop.create_server(protocol, "127.0.0.1", 0)
        port.append(server.sockets[0].getsockname()[1])
        started.set()
        await ended.wait()
        server.close()

    ended = asyncio.Event()
    loop.set_exception_handler(lambda _loop, _context: None)  # broken connections are meant
    thread = threading.Thread(target=lambda: asyncio.Runner(loop_factory=lambda: loop).run(serve()))
    thread.start()
    assert started.wait(5)
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(5)
        loop.close()


def talks(*replies: bytes, hold: bool = True) -> Handler:
    """Say the first reply, then one to each line heard; then keep silent, or hang up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for n, reply in enumerate(replies):
            if n:
                await reader.readuntil(b"\r\n")
            writer.write(reply)
            await writer.drain()
        if hold:
            await reader.read()

    return handle


HELLO = b"250-mail.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"

# --- a real server -----------------------------------------------------------------------------


def test_a_server_that_greets_and_knows_ehlo_is_up() -> None:
    with mail_server() as port:
        reading = ask(smtp(f"smtp://127.0.0.1:{port}"))

    assert (reading.verdict, reading.code, reading.certificate_expires) == (Verdict.UP, "", None)
    assert reading.latency is not None
    assert [(f.key, f.holds) for f in reading.findings] == [(GREETING, True), (EHLO, True)]


def test_starttls_is_spoken_and_its_certificate_seen(authority: Authority) -> None:
    with mail_server(tls_context=authority.server()) as port:
        reading = ask(smtp(f"smtp+starttls://127.0.0.1:{port}", ca=authority.path))

    assert (reading.verdict, reading.code) == (Verdict.UP, "")
    assert reading.certificate_expires is not None
    assert reading.phases.keys() >= {"name", "connect", "tls", "first_byte"}
    steps = [finding.key for finding in reading.findings]
    assert steps[:5] == [GREETING, EHLO, "offers", STARTTLS, EHLO_IN_TLS]


def test_a_certificate_of_another_name_or_authority_is_refused(authority: Authority) -> None:
    with mail_server(tls_context=authority.server("mail.example")) as port:
        url = f"smtp+starttls://127.0.0.1:{port}"
        assert ask(smtp(url, ca=authority.path)).code == "tls.hostname"
        assert ask(smtp(url)).code == "tls.untrusted"


def test_a_certificate_that_has_ended_is_refused(authority: Authority) -> None:
    ended = authority.server(begins=datetime(2020, 1, 1, tzinfo=UTC), ends=datetime(2021, 1, 1, tzinfo=UTC))
    with mail_server(tls_context=ended) as port:
        assert ask(smtp(f"smtp+starttls://127.0.0.1:{port}", ca=authority.path)).code == "tls.expired"


def test_a_server_without_starttls_gives_no_secure_connection() -> None:
    with mail_server() as port:
        reading = ask(smtp(f"smtp+starttls://127.0.0.1:{port}"))

    assert (reading.code, reading.detail) == ("smtp.no_tls", "STARTTLS is not offered")
    assert reading.findings[-1].seen.startswith("8BITMIME")  # what is offered in its place


def test_its_banner_is_judged() -> None:
    with mail_server() as port:
        url = f"smtp://127.0.0.1:{port}"
        assert ask(smtp(url, expect={"banner": "mail.kestrel.example"})).code == ""
        assert ask(smtp(url, expect={"banner": "other.example"})).code == "expect.reply"
        preferred = ask(smtp(url, prefer={"banner": {"starts": "other"}}))

    assert (preferred.code, preferred.verdict) == ("prefer.reply", Verdict.DEGRADED)
    assert preferred.detail == "banner not as wanted"
    assert [(f.wanted, f.holds) for f in preferred.findings if f.key == "prefer.banner"] == [
        ('starts "other"', False)
    ]


def test_tls_from_the_first_octet_is_spoken(authority: Authority) -> None:
    greets = talks(b"220 mail\r\n", b"250 mail\r\n", b"221 bye\r\n")
    with Listener(greets, tls=authority.server()) as server:
        reading = ask(smtp(f"smtps://127.0.0.1:{server.port}", ca=authority.path))

    assert (reading.code, reading.certificate_expires is not None) == ("", True)


# --- servers that fail -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "code", "detail"),
    [
        ([b"421 too many\r\n"], "smtp.busy", "421 as greeting"),
        ([b"554 no service here\r\n"], "smtp.refused", "554 as greeting"),
        ([b"220 hi\r\n", b"502 no EHLO\r\n"], "smtp.refused", "502 to EHLO"),
        ([b"220 hi\r\n", b"421-closing\r\n421 now\r\n"], "smtp.busy", "421 to EHLO"),
        ([b"220 hi\r\n", HELLO, b"454 not now\r\n"], "smtp.no_tls", "454 to STARTTLS"),
        ([b"220 hi\r\n", HELLO, b"501 what?\r\n"], "smtp.refused", "501 to STARTTLS"),
        ([b"220 hi\r\n", HELLO, b"421 closing\r\n"], "smtp.busy", "421 to STARTTLS"),
        ([b"220 hi\r\n", b"250 mail.example\r\n"], "smtp.no_tls", "STARTTLS is not offered"),
        # the name of the server is no keyword
        ([b"220 hi\r\n", b"250-STARTTLS\r\n250 SIZE\r\n"], "smtp.no_tls", "STARTTLS is not offered"),
    ],
)
def test_a_refusal_has_its_code(replies: list[bytes], code: str, detail: str) -> None:
    with Listener(talks(*replies, b"221 bye\r\n")) as server:
        reading = ask(smtp(f"smtp+starttls://127.0.0.1:{server.port}"))

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.DOWN, code, detail)
    assert reading.latency is not None  # a whole answer, though not the wanted one
    assert not reading.findings[-1].holds


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\xff\xfe\r\n",
        b"\r\n",
        b"220\xff",  # without an end, below
        b"2200 hi\r\n",
        b"199 hi\r\n",
        b"220 " + b"x" * 3000 + b"\r\n",
        b"220-" + b"x" * 100_000,
    ],
)
def test_what_is_no_smtp_breaks_the_protocol(greeting: bytes) -> None:
    with Listener(talks(greeting, hold=False)) as server:
        reading = ask(smtp(f"smtp://127.0.0.1:{server.port}"))

    assert reading.verdict is Verdict.DOWN
    assert reading.code == ("tcp.closed" if greeting == b"220\xff" else "http.protocol")
    assert reading.latency is None


def test_a_greeting_of_several_lines_and_odd_octets_is_one() -> None:
    with Listener(talks(b"220-hello\r\n220-\xff\xfe\r\n220\r\n", b"250 mail\n", b"221 bye\r\n")) as server:
        reading = ask(smtp(f"smtp://127.0.0.1:{server.port}", expect={"banner": "hello"}))

    assert reading.code == ""
    assert reading.findings[0].seen == "220 hello\\n\ufffd\ufffd\\n"


def test_an_endless_greeting_is_given_up() -> None:
    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"220-more\r\n" * 1000)
            await writer.drain()

    with Listener(flood) as server:
        reading = ask(smtp(f"smtp://127.0.0.1:{server.port}"))

    assert (reading.code, reading.detail) == ("http.protocol", "a reply of more than 100 lines")


@pytest.mark.parametrize(
    ("replies", "code"),
    [
        ([b""], "read.timeout"),
        ([b"220 hi\r\n"], "read.timeout"),
        ([b"220 hi\r\n", HELLO, b"220 go\r\n"], "tls.timeout"),
    ],
)
def test_silence_is_a_timeout(replies: list[bytes], code: str) -> None:
    with Listener(talks(*replies)) as server:
        reading = ask(smtp(f"smtp+starttls://127.0.0.1:{server.port}"), SECOND / 5)

    assert (reading.code, reading.latency) == (code, None)
    assert len(reading.findings) >= len([reply for reply in replies if reply])


def test_who_hangs_up_or_refuses_the_connection_is_down(closed_port: int) -> None:
    async def resets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reset(writer)

    assert ask(smtp(f"smtp://127.0.0.1:{closed_port}")).code == "tcp.refused"
    with Listener(talks(b"220 hi\r\n", b"", hold=False)) as server:
        assert ask(smtp(f"smtp://127.0.0.1:{server.port}")).code == "tcp.closed"
    with Listener(resets) as server:
        assert ask(smtp(f"smtp://127.0.0.1:{server.port}")).code == "tcp.reset"


def test_a_server_without_manners_at_the_end_is_up_all_the_same() -> None:
    for leave in ([b"garbage\r\n"], [b""]):
        with Listener(talks(b"220 hi\r\n", b"250 mail\r\n", *leave)) as server:
            reading = ask(smtp(f"smtp://127.0.0.1:{server.port}"), SECOND / 5)
            assert (reading.verdict, reading.latency is not None) == (Verdict.UP, True)
            assert reading.latency is not None
            assert reading.latency < SECOND / 5


# --- response injection ------------------------------------------------------------------------


def starts_tls(authority: Authority, *, before: bytes, after: bytes) -> Handler:
    """A server behind whose answer to STARTTLS somebody has put text; in TLS it says `after`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talks(b"220 hi\r\n", HELLO, b"220 go\r\n" + before, hold=False)(reader, writer)
        loop, inside = asyncio.get_running_loop(), asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(inside)
        tls = await loop.start_tls(writer.transport, protocol, authority.server(), server_side=True)
        assert tls is not None
        tls.write(after)
        await inside.readuntil(b"\r\n")
        tls.write(HELLO)
        await inside.readuntil(b"\r\n")
        tls.write(b"221 bye\r\n")
        await inside.read()
        tls.close()

    return handle


def test_text_sent_unprotected_before_tls_is_not_believed(authority: Authority) -> None:
    injected = starts_tls(authority, before=b"250-mail.example\r\n250 AUTH PLAIN\r\n", after=b"")
    with Listener(injected) as server:
        reading = ask(smtp(f"smtp+starttls://127.0.0.1:{server.port}", ca=authority.path))

    assert (reading.verdict, reading.code) == (Verdict.DOWN, "http.protocol")
    assert reading.detail == "text came unprotected behind the answer to STARTTLS"


def test_without_such_text_the_same_server_is_up(authority: Authority) -> None:
    with Listener(starts_tls(authority, before=b"", after=b"")) as server:
        assert ask(smtp(f"smtp+starttls://127.0.0.1:{server.port}", ca=authority.path)).code == ""


def test_octets_that_come_in_place_of_the_handshake_break_it() -> None:
    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talks(b"220 hi\r\n", HELLO, b"220 go\r\n", hold=False)(reader, writer)
        await reader.read(1)  # of the client's greeting in TLS
        writer.write(b"454 what is that?\r\n")
        await reader.read()

    with Listener(no_tls) as server:
        assert ask(smtp(f"smtp+starttls://127.0.0.1:{server.port}")).code == "tls.handshake"


# --- judging and options -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "codes", "code"),
    [
        ("smtp://a", [220, 250], ""),
        ("smtp://a", [421], "smtp.busy"),
        ("smtp://a", [521], "smtp.refused"),
        ("smtp+starttls://a", [220, 250, 220, 250], ""),
        ("smtp+starttls://a", [220, 250, 454], "smtp.no_tls"),
        ("smtp+starttls://a", [220, 250, 220, 421], "smtp.busy"),
        ("smtp+starttls://a", [220, 250, 220, 554], "smtp.refused"),
    ],
)
def test_replies_are_judged(url: str, codes: list[int], code: str) -> None:
    steps = (GREETING, EHLO, STARTTLS, EHLO_IN_TLS)
    replies = [(step, Reply(said, ("mail", "STARTTLS"))) for step, said in zip(steps, codes, strict=False)]

    assert smtp(url).judge(replies).code == code


def test_its_certificate_is_judged() -> None:
    assert smtp().certificate(timedelta(days=3))[0] == "tls.expiring"
    wished = smtp(
        expect={"certificate": {"days_left": {"ge": 5}}}, prefer={"certificate": {"days_left": {"ge": 9}}}
    )
    assert wished.certificate(timedelta(days=3))[0] == "expect.certificate"
    assert wished.certificate(timedelta(days=7))[0] == "prefer.certificate"


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({"url": "smtp://"}, "names no host"),
        ({"url": "smtp://a.example:25/inbox"}, "nothing follows"),
        ({"url": "smtp://me:hunter2@a.example"}, "no user and password"),
        ({"url": "smtp+tls://a.example"}, "must begin with smtp://"),
        ({"expect": "220"}, "object"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError, match=says_) as refused:
        smtp(**options)
    assert "hunter2" not in str(refused.value.errors()[0]["msg"])


def test_its_addresses_mean_the_kind() -> None:
    for scheme in ("smtp", "smtp+starttls", "smtps"):
        assert kind_for(f"{scheme}://mail.example") == "smtp"
    assert smtp("smtps://mail.example:465").target == "smtps://mail.example:465"
    assert "hunter2" not in repr(smtp(expect={"banner": "hunter2"}))


def test_a_component_of_the_kind_is_read() -> None:
    text = PAGE.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    component = load(f"components:\n{text}", "components.yaml", {}).components[0]

    assert (component.type, type(component.probe)) == ("smtp", Smtp)


def test_a_wrong_option_is_refused_with_its_line_and_the_nearest_right_word() -> None:
    text = "components:\n  - name: Mail\n    url: smtp://mail.example\n    expect: {baner: ESMTP}\n"
    with pytest.raises(Problems) as refused:
        load(text, "components.yaml", {})

    assert [(p.where.line, p.mend) for p in refused.value.problems if p.where] == [
        (4, "did you mean 'banner'?")
    ]


def test_editors_know_its_addresses_and_options() -> None:
    component = schema()["$defs"]["component-smtp"]

    assert re.search(component["allOf"][1]["properties"]["url"]["pattern"], "smtp+starttls://mail.example")
    assert all(option.get("description") or "anyOf" in option for option in component["properties"].values())
    assert all(option["description"].endswith(".") for option in SMTP.json_schema()["properties"].values())
