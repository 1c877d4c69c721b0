"""Mail, read back from a real server: STARTTLS, login, threads."""

import socket
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from messages import HTML, NOW, TEXT, WITHIN, message, notice, target
from receivers import Ca, Mailbox, mail_server
from servers import Listener

from statuspage.config import Target
from statuspage.notices import Delivery, NoticeKind
from statuspage.notify.channels import deliver

SECRETS = {"USER": "status", "WORD": "s3cret-word", "LIST": "ada@example.org, bob@example.org"}


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Ca:
    return Ca(tmp_path_factory.mktemp("ca"))


def mail_target(port: int, keys: str = "to: [ada@example.org]", *, ca: str = "", **secrets: str) -> Target:
    """Over STARTTLS with a login, if there is an authority; else in the clear and without one."""
    server = f"smtp+starttls://localhost:{port}" if ca else f"smtp://localhost:{port}"
    login = f"user: '${{USER}}', password: '${{WORD}}', ca: '{ca}', " if ca else ""
    block = f"mail: {{server: '{server}', from: 'Juniper état <status@example.org>', {login}{keys}}}"
    return target(block, **SECRETS | secrets)


def got(mailbox: Mailbox) -> EmailMessage:
    ((_, _, mail),) = mailbox.mails
    return mail


def sent(port: int, keys: str = "to: [ada@example.org]", **changes: Any) -> Delivery:
    return deliver(mail_target(port, keys), message(**changes), now=NOW, within=WITHIN)


def test_a_mail_arrives_over_starttls_and_a_login_as_it_was_written(ca: Ca) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, ca.server("localhost")) as port:
        found = deliver(mail_target(port, ca=ca.path), message(), now=NOW, within=WITHIN)

    assert found == Delivery(sent=True, done=(0,))
    assert mailbox.logins == ["right"]
    mail = got(mailbox)
    assert (mail["From"], mail["To"]) == ("Juniper état <status@example.org>", "ada@example.org")
    assert mail["Subject"] == "Major outage: The chatbot gives no answers"
    assert parsedate_to_datetime(mail["Date"]) == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert (text.get_content(), page.get_content()) == (TEXT, HTML)
    assert not mail.defects


def test_letters_of_all_languages_arrive(ca: Ca) -> None:
    mailbox = Mailbox()
    words = "Rétabli : le chatbot répond 聊天 🌿 " + "très " * 60
    with mail_server(mailbox, None) as port:
        assert sent(port, subject=words, text=f"{words}\n{'x' * 2000}\n", html="").sent
    mail = got(mailbox)
    assert " ".join(str(mail["Subject"]).split()) == words.strip()
    assert mail.get_content() == f"{words}\n{'x' * 2000}\n"
    assert mail.as_bytes().isascii()


def test_updates_of_an_incident_are_one_thread_and_a_retry_is_the_same_mail() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, None) as port:
        for number in (1, 2, 2):
            sent(port, notice=notice(NoticeKind.UPDATE, number))
        sent(port, notice=notice(NoticeKind.UPDATE, 9, thread="incident/other"))

    mails = [mail for _, _, mail in mailbox.mails]
    ids = [mail["Message-ID"] for mail in mails]
    roots = [mail["References"] for mail in mails]
    assert ids[0] != ids[1] == ids[2] != ids[3]
    assert roots[0] == roots[1] == roots[2] != roots[3]
    assert all(mail["In-Reply-To"] == mail["References"] for mail in mails)
    assert all(one.endswith("@example.org>") for one in (*ids, *roots))
    assert not set(ids) & set(roots)


def test_another_target_gets_another_mail() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, None) as port:
        one = mail_target(port)
        for to in (one, mail_target(port, "to: [bob@example.org]")):
            deliver(to, message(), now=NOW, within=WITHIN)
        deliver(replace(one, name="Others"), message(), now=NOW, within=WITHIN)
    assert len({mail["Message-ID"] for _, _, mail in mailbox.mails}) == 2


def test_no_recipient_sees_another_one() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, None) as port:
        assert sent(port, "to: ['${LIST}', eve@example.org]") == Delivery(sent=True, done=(0, 1, 2))

    for name in ("ada", "bob", "eve"):
        (mail,) = mailbox.to(f"{name}@example.org")
        others = {"ada", "bob", "eve"} - {name}
        assert not any(other in mail.as_string() for other in others)


def test_the_headers_of_a_list_are_there_when_they_are_configured() -> None:
    mailbox = Mailbox()
    keys = (
        "to: [ada@example.org], reply_to: help@example.org, list_id: status.example.org, one_click: true, "
        "unsubscribe: ['https://example.org/u?x=1', 'mailto:off@example.org']"
    )
    with mail_server(mailbox, None) as port:
        sent(port, keys)
        sent(port)
    listed, plain = (mail for _, _, mail in mailbox.mails)
    assert listed["Reply-To"] == "help@example.org"
    assert listed["List-Id"] == "<status.example.org>"
    assert listed["List-Unsubscribe"] == "<https://example.org/u?x=1>, <mailto:off@example.org>"
    assert listed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not any(name.startswith(("List-", "Reply")) for name in plain)


def test_a_subject_of_several_lines_injects_no_header() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, None) as port:
        assert sent(port, subject="Down\r\nBcc: eve@example.org\n\nbody").sent
    assert got(mailbox)["Subject"] == "Down Bcc: eve@example.org body"
    assert got(mailbox)["Bcc"] is None


# --- what goes wrong ---------------------------------------------------------------------------


def test_a_wrong_password_is_told_and_not_tried_again(ca: Ca) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, ca.server("localhost")) as port:
        found = deliver(mail_target(port, ca=ca.path, WORD="wr0ng-word"), message(), now=NOW, within=WITHIN)
    assert found == Delivery(sent=False, detail="the mail server refused the login (535)")
    assert mailbox.mails == []


def test_nothing_is_sent_where_starttls_is_not_offered(ca: Ca) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, None) as port:
        found = deliver(mail_target(port, ca=ca.path), message(), now=NOW, within=WITHIN)
    assert (found.sent, found.retry) == (False, False)
    assert "STARTTLS" in found.detail
    assert mailbox.mails == []


def test_a_stranger_s_certificate_is_not_trusted(ca: Ca, tmp_path_factory: pytest.TempPathFactory) -> None:
    mailbox, stranger = Mailbox(), Ca(tmp_path_factory.mktemp("stranger"))
    for context in (stranger.server("localhost"), ca.server("elsewhere.example.org")):
        with mail_server(mailbox, context) as port:
            found = deliver(mail_target(port, ca=ca.path), message(), now=NOW, within=WITHIN)
        assert (found.sent, found.detail) == (
            False,
            "no connection to the mail server (SSLCertVerificationError)",
        )
    assert mailbox.logins == []


def test_tls_from_the_first_octet(ca: Ca) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, None, ssl_context=ca.server("localhost")) as port:
        to = target(
            f"mail: {{server: 'smtps://localhost:{port}', from: a@example.org, to: [b@example.org], ca: '{ca.path}'}}"
        )
        assert deliver(to, message(), now=NOW, within=WITHIN).sent
    assert len(mailbox.mails) == 1


def test_an_authority_s_file_that_is_not_there_is_told() -> None:
    to = target(
        "mail: {server: 'smtps://localhost:1', from: a@b.example, to: [c@d.example], ca: /no/such.pem}"
    )
    found = deliver(to, message(), now=NOW, within=WITHIN)
    assert (found.retry, found.detail) == (
        False,
        "config.ca: the file of the certificate authority cannot be read",
    )


def test_one_recipient_that_is_refused_keeps_no_other_from_theirs() -> None:
    mailbox = Mailbox(refuses={"bob@example.org"}, busy={"eve@example.org"})
    with mail_server(mailbox, None) as port:
        to = mail_target(port, "to: ['${LIST}', eve@example.org, zoe@example.org]")
        first = deliver(to, message(), now=NOW, within=WITHIN)
        assert (first.sent, first.retry, first.done) == (False, True, (0, 3))
        assert "550" in first.detail
        assert "451" in first.detail
        assert "@" not in first.detail

        mailbox.busy.clear()
        second = deliver(to, message(), now=NOW, within=WITHIN, done=first.done)
    assert (second.sent, second.retry, second.done) == (False, False, (0, 2, 3))
    assert [len(mailbox.to(f"{name}@example.org")) for name in ("ada", "bob", "eve", "zoe")] == [1, 0, 1, 1]


def test_a_server_that_hangs_is_left_at_the_deadline_and_gets_nothing_later() -> None:
    mailbox = Mailbox(hangs=threading.Event())
    with mail_server(mailbox, None) as port:
        to = mail_target(port, "to: ['${LIST}']")
        found = deliver(to, message(), now=NOW, within=timedelta(seconds=0.5))
        assert (found.sent, found.retry, found.done) == (False, True, ())
        mailbox.hangs.set() if mailbox.hangs else None
    assert len(mailbox.mails) <= 1  # what was on its way when time was up


def test_a_server_that_says_nothing_is_left_at_the_deadline() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        found = sent_to(deaf.getsockname()[1], timedelta(seconds=0.3))
    assert (found.sent, found.retry) == (False, True)


def sent_to(port: int, within: timedelta = WITHIN) -> Delivery:
    return deliver(mail_target(port), message(), now=NOW, within=within)


def test_a_server_that_is_not_there_is_tried_again(closed_port: int) -> None:
    found = sent_to(closed_port)
    assert found == Delivery(
        sent=False, retry=True, detail="no connection to the mail server (ConnectionRefusedError)"
    )


def talking(*lines: bytes) -> Listener:
    """A server that says these lines, each after something was said to it, and hangs up."""

    async def handler(reader: Any, writer: Any) -> None:
        for n, line in enumerate(lines):
            if n:
                await reader.readline()
            writer.write(line + b"\r\n")
            await writer.drain()

    return Listener(handler)


@pytest.mark.parametrize(
    ("lines", "retry"),
    [
        ([b"421 4.3.2 closing"], True),
        ([b"554 5.7.1 go away"], False),
        ([b"220 hello", b"250 ok", b"452 4.3.1 no room"], True),
        ([b"220 hello"], True),
        ([b"220 hello", b"250 ok", b"250 ok", b"250 ok", b"354 go"], True),
        ([b"\xff\xfe garbage"], True),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_server_that_breaks_off_is_told_of(lines: list[bytes], retry: bool) -> None:
    with talking(*lines) as server:
        found = sent_to(server.port)
    assert (found.sent, found.retry, found.done) == (False, retry, ())
    assert found.detail
    assert not any(word in found.detail for word in ("example.org", "garbage", "go away"))


def test_ten_thousand_lines_arrive_whole() -> None:
    mailbox = Mailbox()
    text = "".join(f".line {n}\n" for n in range(10_000))
    with mail_server(mailbox, None) as port:
        assert sent(port, text=text, html="").sent
    assert got(mailbox).get_content() == text


def test_the_date_is_the_argument_s() -> None:
    mailbox, then = Mailbox(), datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    with mail_server(mailbox, None) as port:
        deliver(mail_target(port), message(), now=then, within=WITHIN)
    assert parsedate_to_datetime(got(mailbox)["Date"]) == then


def test_the_clear_server_has_no_tls(ca: Ca) -> None:
    """The receivers are what they say: a client that speaks TLS to the clear one fails."""
    with mail_server(Mailbox(), None) as port, socket.create_connection(("127.0.0.1", port)) as raw:
        context = ssl.create_default_context(cafile=ca.path)
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(raw, server_hostname="localhost")
