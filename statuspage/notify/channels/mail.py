"""Mail by SMTP: to each recipient a mail of their own, all over one connection.

Sources: RFC 5322 §3.6.4 (threads), RFC 3834 §5 (Auto-Submitted), RFC 2919 (List-Id), RFC 2369 and RFC 8058
(List-Unsubscribe), RFC 8314 (TLS from the first octet, or STARTTLS and nothing without it).
"""

import smtplib
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import urlsplit

from statuspage.config.notify import MailOptions
from statuspage.net import NetError, trust
from statuspage.notify.channels.parts import Order, Part, Task, digest
from statuspage.probes.options import SMTP_PORTS

POLICY = SMTP.clone(cte_type="7bit")  # so that no server on the way has to know more than RFC 5321
FAILURES = (OSError, smtplib.SMTPException, NetError, UnicodeError)


def tasks(order: Order) -> Sequence[Task]:
    options = order.target.mail
    assert options is not None
    missing = [n for n in range(len(options.recipients)) if n not in order.done]
    return [lambda: _sent(order, options, missing)]


def mail(order: Order, options: MailOptions, recipient: str) -> EmailMessage:
    """The mail as it goes out; the same one at a retry but for its date."""
    message, domain = order.message, _domain(options.sender)
    root = f"<{digest('thread', message.notice.thread, order.target.name)}@{domain}>"
    found = EmailMessage(policy=POLICY)
    name, address = parseaddr(options.sender)
    found["From"] = Address(name, addr_spec=address)
    found["To"] = Address(addr_spec=recipient)
    found["Subject"] = " ".join(message.subject.split())
    found["Date"] = format_datetime(order.now)
    found["Message-ID"] = f"<{order.key}@{domain}>"
    found["In-Reply-To"] = (
        root  # no mail has this one: all of a thread hang on it, whichever of them came first
    )
    found["References"] = root
    found["Auto-Submitted"] = "auto-generated"
    found["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    for key, value in _further(options):
        found[key] = value
    found.set_content(message.text)
    if message.html:
        found.add_alternative(message.html, subtype="html")
    found["Content-Language"] = (
        message.language
    )  # last: what makes the parts takes such headers into one of them
    return found


def _further(options: MailOptions) -> Iterator[tuple[str, str]]:
    if options.reply_to:
        yield "Reply-To", options.reply_to
    if options.list_id:
        yield "List-Id", f"<{options.list_id}>"
    if options.unsubscribe:
        yield "List-Unsubscribe", ", ".join(f"<{way}>" for way in options.unsubscribe)
    if options.one_click:
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


# --- the exchange ------------------------------------------------------------------------------


def _sent(order: Order, options: MailOptions, wanted: Sequence[int]) -> Iterator[Part]:
    """A part for each recipient that is still to be told."""
    waiting = list(wanted)
    sender = parseaddr(options.sender)[1]
    try:
        with _server(order, options) as server:
            while waiting:
                to = options.recipients[waiting[0]]
                with suppress(smtplib.SMTPServerDisconnected):
                    yield _one(server, sender, to, mail(order, options, to).as_bytes(), waiting[0])
                    waiting.pop(0)
                    continue
                raise ConnectionResetError
    except FAILURES as error:
        retry, detail = _why(error)
        yield from (Part(n, sent=False, retry=retry, detail=detail) for n in waiting)


def _one(server: smtplib.SMTP, sender: str, to: str, data: bytes, n: int) -> Part:
    try:
        server.sendmail(sender, [to], data)
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
    else:
        return Part(n, sent=True)
    return Part(n, sent=False, retry=code < 500, detail=f"the mail server answered {code}")


@contextmanager
def _server(order: Order, options: MailOptions) -> Iterator[smtplib.SMTP]:
    """Connected, in TLS if the address says so, logged in if there is a name. Cut off at the deadline."""
    parts = urlsplit(options.server)
    within = order.left.total_seconds()
    port, us = parts.port or SMTP_PORTS[parts.scheme], _domain(options.sender)
    context = None if parts.scheme == "smtp" else trust(options.ca)
    server = (
        smtplib.SMTP_SSL(parts.hostname or "", port, us, timeout=within, context=context)
        if parts.scheme == "smtps"
        else smtplib.SMTP(parts.hostname or "", port, us, timeout=within)
    )
    with _cut_off(server, order.left), server:
        if parts.scheme == "smtp+starttls":
            server.starttls(context=context)
        if options.user and options.password:
            server.login(options.user, options.password.reveal())
        yield server


@contextmanager
def _cut_off(server: smtplib.SMTP, left: timedelta) -> Iterator[None]:
    """So that nothing goes out after the deadline, which has been given up and will be sent again."""

    def cut() -> None:
        connection = server.sock
        with suppress(OSError):  # closed by then
            if connection is not None:
                connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(left.total_seconds(), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _why(error: Exception) -> tuple[bool, str]:
    """Whether a later try may do better, and a reason in words of ours."""
    match error:
        case NetError():
            return False, str(error)
        case smtplib.SMTPAuthenticationError():
            return error.smtp_code < 500, f"the mail server refused the login ({error.smtp_code})"
        case smtplib.SMTPNotSupportedError():
            return False, "the mail server does not offer what is asked of it: STARTTLS, or a login"
        case smtplib.SMTPResponseException():
            return error.smtp_code < 500, f"the mail server answered {error.smtp_code}"
        case TimeoutError():
            return True, "the mail server did not answer in time"
    return True, f"no connection to the mail server ({type(error).__name__})"


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]
