"""What a failure is called: an exception or an HTTP answer becomes a code, a code has its meaning here."""

import errno
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from statuspage.model import CauseClass, Verdict


@dataclass(frozen=True, slots=True)
class Cause:
    """The meaning of one code. Both sentences are English and stand alone, without a final point."""

    code: str
    verdict: Verdict
    cause_class: CauseClass
    retry: bool  # a second attempt in the same round may end otherwise
    visitors: str
    operators: str


def classify(error: BaseException, phase: str = "") -> str:
    """The code of a failed exchange, from the error, all that it comes from, and the phase it came in.

    `phase`: name, connect_tcp, start_tls, send, receive_response_headers, receive_response_body, or "".
    The first error of the chain that says something decides; the phase alone decides for the others.
    """
    for link in _chain(error):
        if code := _code_of(link, phase):
            return code
    # What no link names, in the middle of an answer, is a library that stumbled over the answer.
    return "http.protocol" if phase.startswith("receive") else "monitor.error"


def status_code(status: int, headers: Mapping[str, str], *, keyed: bool = False) -> str:
    """The code of an HTTP status that was not expected. `headers` have lower case names.

    `keyed`: we sent a secret of ours, so that a refusal is about the secret; else it is about us.
    """
    if any(word in headers.get(name, "").lower() for name, word in _WALLS):
        return "blocked"
    if status in (401, 403):
        return "auth.denied" if keyed else "blocked"
    if status == 429 or (status == 529 and "retry-after" in headers):
        return "rate.limited"
    if status == 503 and "retry-after" in headers:
        return "http.maintenance"
    for code in (f"http.{status}", f"http.{status // 100}xx"):
        if code in CODES:
            return code
    return "http.status"


# Headers by which a bot wall says that it answered in place of the service.
_WALLS = (
    ("cf-mitigated", "challenge"),  # developers.cloudflare.com/cloudflare-challenges/.../detect-response
    ("x-amzn-waf-action", "challenge"),  # docs.aws.amazon.com/waf: CAPTCHA and challenge in AWS WAF
    ("x-amzn-waf-action", "captcha"),
    ("x-vercel-mitigated", "challenge"),
)

# --- the table ---------------------------------------------------------------------------------

_DOWN, _DEGRADED, _UNKNOWN = Verdict.DOWN, Verdict.DEGRADED, Verdict.UNKNOWN
_INFRASTRUCTURE, _NETWORK = CauseClass.INFRASTRUCTURE, CauseClass.NETWORK
_CONFIGURATION, _SOFTWARE = CauseClass.CONFIGURATION, CauseClass.SOFTWARE
_EXTERNAL, _BLOCKED, _OURS = CauseClass.EXTERNAL, CauseClass.BLOCKED, CauseClass.OURS


def _causes() -> Iterator[Cause]:
    yield from _connection()
    yield from _certificate()
    yield from _exchange()
    yield from _statuses()
    yield from _services()
    yield from _answers()
    yield from _judged()
    yield from _monitor()


def _connection() -> Iterator[Cause]:
    names = {"dns.nxdomain": "The name does not exist", "dns.nodata": "The name has no address"}
    yield from _alike(_DOWN, _CONFIGURATION, "Its name cannot be found", names, retry=True)
    lookup = {"dns.resolver": "The name service failed"}
    yield from _alike(_DOWN, _NETWORK, "Its name could not be looked up", lookup, retry=True)
    refused = {"tcp.refused": "The connection was refused: no process listens on the port"}
    yield from _alike(_DOWN, _INFRASTRUCTURE, "Nothing answers at its address", refused, retry=True)
    unreachable = {
        "tcp.timeout": "No connection came about in time",
        "net.unreachable": "No route leads to the address",
    }
    yield from _alike(_DOWN, _NETWORK, "It cannot be reached over the network", unreachable, retry=True)


def _certificate() -> Iterator[Cause]:
    for code, visitors, operators in (
        ("tls.expired", "expired", "The certificate has expired"),
        ("tls.not_yet_valid", "not valid yet", "The certificate's time has not begun"),
        ("tls.hostname", "issued for another name", "The certificate is for another name"),
        ("tls.untrusted", "issuer not trusted", "The certificate does not lead to a trusted authority"),
        ("tls.revoked", "revoked", "The certificate was revoked"),
    ):
        invalid = f"Its security certificate is not valid ({visitors})"
        yield from _alike(_DOWN, _CONFIGURATION, invalid, {code: operators}, retry=False)
    soon = {"tls.expiring": "The certificate expires soon: renew it"}
    yield from _alike(_DEGRADED, _CONFIGURATION, "Its security certificate expires soon", soon, retry=False)
    handshake = {"tls.handshake": "The TLS handshake failed"}
    yield from _alike(_DOWN, _CONFIGURATION, "No secure connection could be made", handshake, retry=True)
    timeout = {"tls.timeout": "The TLS handshake did not end in time"}
    yield from _alike(_DOWN, _SOFTWARE, "No secure connection could be made", timeout, retry=True)


def _exchange() -> Iterator[Cause]:
    broken = {
        "tcp.closed": "The connection was closed before an answer",
        "tcp.reset": "The connection was reset before an answer",
        "http.protocol": "The answer breaks its protocol",
        "body.truncated": "The answer broke off before its end",
        "body.undecodable": "The answer's compression cannot be undone",
    }
    yield from _alike(_DOWN, _SOFTWARE, "It broke off the answer", broken, retry=True)
    late = {
        "read.timeout": "The connection was made, no answer came in time",
        "body.stalled": "The answer began and did not end in time",
        "deadline": "The attempt did not end in time",
    }
    yield from _alike(_DOWN, _SOFTWARE, "It did not answer in time", late, retry=True)
    misdirected = {
        "http.redirect_loop": "More than 3 redirects",
        "http.redirect_refused": "It redirects to where a probe does not go",
    }
    yield from _alike(
        _DOWN, _CONFIGURATION, "The address is not where it should be", misdirected, retry=False
    )


def _statuses() -> Iterator[Cause]:
    """The causes of HTTP statuses: exact ones, then classes such as `http.4xx`."""

    def each(words: Iterable[object], who: CauseClass, visitors: str, *, retry: bool) -> Iterator[Cause]:
        for word in words:
            operators = {f"http.{word}": f"It answered {word}"}
            yield from _alike(_DOWN, who, visitors.format(word), operators, retry=retry)

    yield from each((500, 501, 505, "5xx"), _SOFTWARE, "It answered with an error ({})", retry=True)
    behind = (502, 503, 504, *range(520, 528), 530)  # from 520: Cloudflare's words for a failing origin
    yield from each(behind, _INFRASTRUCTURE, "The part behind it does not answer ({})", retry=True)
    yield from each((529,), _EXTERNAL, "The provider is overloaded", retry=True)
    misplaced = ("3xx", 404, 405, 410)
    yield from each(misplaced, _CONFIGURATION, "The address is not where it should be ({})", retry=False)
    yield from each((408,), _SOFTWARE, "It did not answer in time", retry=True)
    yield from each((400, 422, "4xx"), _CONFIGURATION, "It answered with an error ({})", retry=False)
    maintenance = {"http.maintenance": "It answered 503 with Retry-After"}
    yield from _alike(_DOWN, _SOFTWARE, "It says it is under maintenance", maintenance, retry=False)
    other = {"http.status": "It answered with a status that is not expected"}
    yield from _alike(_DOWN, _SOFTWARE, "It answers, but not as expected", other, retry=True)
    wall = {"blocked": "A wall against robots answered, or it wants a key"}
    yield from _alike(_UNKNOWN, _BLOCKED, "Reachable; it does not let the check in", wall, retry=False)
    limited = {"rate.limited": "It limits our requests (429 or 529): probe less often"}
    yield from _alike(_UNKNOWN, _BLOCKED, "Busy: it limits requests", limited, retry=False)
    denied = {"auth.denied": "It refused our key: renew the secret"}
    yield from _alike(_UNKNOWN, _OURS, "Reachable; the check itself is not allowed in", denied, retry=False)
    used_up = "The account's allowance is used up"
    quota = {"quota.exhausted": "The allowance of the account that probes is used up: no retry helps"}
    yield from _alike(_UNKNOWN, _EXTERNAL, used_up, quota, retry=False)
    shared = {"quota.shared": "The allowance of the account that production shares is used up"}
    yield from _alike(_DOWN, _EXTERNAL, used_up, shared, retry=False)


def _services() -> Iterator[Cause]:
    """What other protocols than HTTP say of themselves."""
    names = {"dns.nameserver": "The name server refused, or failed to find, the answer"}
    yield from _alike(_DOWN, _INFRASTRUCTURE, "Its name could not be looked up", names, retry=True)
    closed = {"ws.closed": "The WebSocket was closed before the expected message"}
    yield from _alike(_DOWN, _SOFTWARE, "It broke off the answer", closed, retry=True)
    upgrade = {"ws.upgrade": "The address did not upgrade to WebSocket"}
    yield from _alike(_DOWN, _CONFIGURATION, "The address is not where it should be", upgrade, retry=False)
    talk = {
        "smtp.refused": "The mail server did not greet with 220, or refused EHLO",
        "redis.error": "Redis answered PING with an error",
        "postgres.error": "PostgreSQL answered with an error that is not about credentials",
        "grpc.error": "The health service answered with an error status",
    }
    yield from _alike(_DOWN, _SOFTWARE, "It answered with an error", talk, retry=True)
    plain = {"smtp.no_tls": "The mail server does not offer STARTTLS, or it is not available now"}
    yield from _alike(_DOWN, _CONFIGURATION, "No secure connection could be made", plain, retry=True)
    not_ready = {
        "smtp.busy": "The mail server is not available now (421)",
        "redis.loading": "Redis is loading its data, or has lost its master",
        "postgres.starting": "PostgreSQL is starting up or shutting down (57P03)",
        "postgres.full": "PostgreSQL has no connection left (53300)",
        "grpc.not_serving": "The health service says NOT_SERVING",
    }
    yield from _alike(_DOWN, _INFRASTRUCTURE, "It says that it is not ready", not_ready, retry=True)
    unknown_service = {"grpc.unknown_service": "The health service does not know this service's name"}
    yield from _alike(_UNKNOWN, _OURS, "Not measured", unknown_service, retry=False)
    silent = {"heartbeat.old": "The last sign of life is older than expected"}
    yield from _alike(_DOWN, _SOFTWARE, "It has given no sign of life in time", silent, retry=True)
    ageing = {"heartbeat.late": "The last sign of life is older than preferred"}
    yield from _alike(_DEGRADED, _SOFTWARE, "It has given no sign of life in time", ageing, retry=True)
    unreadable = {
        "heartbeat.unreadable": "No time can be read where the sign of life should be",
        "metric.missing": "The figure is not there, or is no number",
        "upstream.unreadable": "The provider's page cannot be read, or uses a word that we do not know",
        "channel.unreadable": "The channel's answer cannot be read, or has a word that we do not know",
        "domain.unknown": "The registry tells no date of expiry",
    }
    yield from _alike(_UNKNOWN, _OURS, "Not measured", unreadable, retry=False)
    reported = "The provider reports trouble"
    trouble = {"upstream.outage": "The provider's own page reports an outage of the component"}
    yield from _alike(_DOWN, _EXTERNAL, reported, trouble, retry=False)
    slower = {"upstream.degraded": "The provider's own page reports a degraded component, or work on it"}
    yield from _alike(_DEGRADED, _EXTERNAL, reported, slower, retry=False)
    channel = "The channel does not carry messages"
    webhook = {
        "channel.webhook": "The channel has no address to deliver messages to, or fails to deliver them"
    }
    yield from _alike(_DOWN, _CONFIGURATION, channel, webhook, retry=False)
    blocked = {"channel.blocked": "The channel's provider has blocked, suspended or closed the account"}
    yield from _alike(_DOWN, _EXTERNAL, channel, blocked, retry=False)
    limited = {"channel.limited": "The channel's provider limits what may be sent"}
    yield from _alike(_DEGRADED, _EXTERNAL, "The channel carries messages with delay", limited, retry=False)
    provider = {"channel.provider": "The channel's provider answered with an error of its own"}
    yield from _alike(_DOWN, _EXTERNAL, channel, provider, retry=True)
    lapsed = {"domain.expiring": "The domain's registration ends soon"}
    yield from _alike(_DEGRADED, _CONFIGURATION, "Its name must be renewed soon", lapsed, retry=False)
    ended = {"domain.expired": "The domain's registration has ended, or ends within days"}
    yield from _alike(_DOWN, _CONFIGURATION, "Its name is about to be lost", ended, retry=False)
    fewer = {"replicas.missing": "Some replicas do not answer; there are enough of them"}
    yield from _alike(_DEGRADED, _INFRASTRUCTURE, "A part of it does not answer", fewer, retry=False)
    too_few = {"replicas.too_few": "Fewer replicas answer than the quorum"}
    yield from _alike(_DOWN, _INFRASTRUCTURE, "Too few of its parts answer", too_few, retry=False)


def _answers() -> Iterator[Cause]:
    """What models and conversations get wrong while every status is 200."""
    breaks_off = "Answers break off"
    streams = {
        "stream.truncated": "The stream ended without its end mark",
        "stream.error": "The stream carries an error after the status 200",
        "stream.invalid": "An event of the stream cannot be read",
    }
    yield from _alike(_DOWN, _SOFTWARE, breaks_off, streams, retry=True)
    halted = {
        "stream.no_token": "The stream began and no text came in time",
        "stream.stalled": "The text stopped for longer than `gap` allows",
    }
    yield from _alike(_DOWN, _SOFTWARE, "Answers stop before they are whole", halted, retry=True)
    cut_off = {"answer.cut_off": "The answer ended at `max_tokens`: raise it"}
    yield from _alike(_UNKNOWN, _OURS, "Not measured", cut_off, retry=False)
    overloaded = {"provider.overloaded": "The provider says that it is overloaded"}
    yield from _alike(_DOWN, _EXTERNAL, "The provider is overloaded", overloaded, retry=True)
    unfit = {
        "request.refused": "The provider refused our request (400 or 422): look at model and options",
        "model.unknown": "The provider does not know the model",
        "prompt.filtered": "The provider's filter refused our prompt",
    }
    yield from _alike(_UNKNOWN, _OURS, "Not measured", unfit, retry=False)
    empty = {"answer.empty": "The answer is finished and has no text"}
    yield from _alike(_DOWN, _SOFTWARE, "Its answers are empty", empty, retry=True)
    wrong = {
        "answer": ("It answers, but not as expected", "The answer is not as `{}` says"),
        "finish": ("It answers, but not as expected", "The answer did not finish as `{}` says"),
        "model": ("It answers, but not as expected", "Another model answered than `{}` says"),
        "tool_call": ("It answers, but not as expected", "No tool call that can be read came, against `{}`"),
        "dimensions": (
            "It answers, but not as expected",
            "The embedding has other dimensions than `{}` says",
        ),
        "fallback": ("It does not understand", "The answer is a fallback phrase, against `{}`"),
        "refused": ("It refuses to answer", "The model refused to answer, against `{}`"),
        "filtered": ("It refuses to answer", "A filter took the answer away, against `{}`"),
        "context": ("It forgets what was said", "The context of the conversation is lost, against `{}`"),
        "language": ("It answers in another language", "The answer is in another language than `{}` says"),
        "citation": ("It does not name its sources", "The answer does not cite the source that `{}` names"),
        "handover": ("No person can take over now", "No person takes over as `{}` says"),
        "within": ("Slower than usual", "A turn took longer than `{}` allows"),
        "message": ("It answers, but not as expected", "No message is as `{}` says"),
        "answers": ("Its name leads elsewhere", "The name server's answers are not as `{}` says"),
        "value": ("It works, but not as expected", "The figure is not as `{}` says"),
        "pending": ("The channel carries messages with delay", "More messages wait than `{}` allows"),
        "last_error_age": (
            "The channel carries messages with delay",
            "The last failed delivery is newer than `{}` says",
        ),
        "tokens_per_second": ("Slower than usual", "Tokens come more slowly than `{}` says"),
    }
    for key, verdict in (("expect", _DOWN), ("prefer", _DEGRADED)):
        for part, (visitors, operators) in wrong.items():
            told = {f"{key}.{part}": operators.format(key)}
            yield from _alike(verdict, _SOFTWARE, visitors, told, retry=True)


def _judged() -> Iterator[Cause]:
    parts = {
        "status": "The status",
        "header": "A header",
        "body": "The body",
        "json": "The JSON",
        "size": "The size",
        "reply": "The reply",
        "certificate": "The certificate",
    }
    for key, verdict in (("expect", _DOWN), ("prefer", _DEGRADED)):
        unlike = {f"{key}.{part}": f"{words} is not as `{key}` says" for part, words in parts.items()}
        yield from _alike(verdict, _SOFTWARE, "It answers, but not as expected", unlike, retry=True)
    slow = {"slow": "It answered later than `slow` allows"}
    yield from _alike(_DEGRADED, _SOFTWARE, "Slower than usual", slow, retry=True)


def _monitor() -> Iterator[Cause]:
    unmeasured = {
        "monitor.error": "The check itself failed",
        "config.url": "The configured address cannot be used",
        "config.ca": "The configured certificate authority cannot be read",
        "config.secret": "A secret that the configuration names is not set",
        "config.extra": "A package that this kind of probe needs is not installed",
        "net.private": "A public name leads to a private address; set allow_private if that is meant",
    }
    yield from _alike(_UNKNOWN, _OURS, "Not measured", unmeasured, retry=False)
    saved = {"budget": "The day's budget for paid probes is used up"}
    yield from _alike(_UNKNOWN, _OURS, "Not measured (budget)", saved, retry=False)
    offline = {"runner.offline": "The runner itself was offline: the round was discarded"}
    yield from _alike(_UNKNOWN, _OURS, "No data", offline, retry=False)


def _alike(
    verdict: Verdict, who: CauseClass, visitors: str, operators: Mapping[str, str], *, retry: bool
) -> Iterator[Cause]:
    """Causes that differ in nothing but the code and the sentence for operators."""
    for code, sentence in operators.items():
        yield Cause(code, verdict, who, retry, visitors, sentence)


CODES: Mapping[str, Cause] = MappingProxyType({cause.code: cause for cause in _causes()})

# --- exceptions --------------------------------------------------------------------------------


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, the members of a group, then what it comes from, nearest first, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            waiting.extend(link.exceptions)
        waiting.extend(e for e in (link.__cause__, link.__context__) if e is not None)


def _code_of(error: BaseException, phase: str) -> str:
    """The code that this one link of the chain stands for, "" when it says nothing by itself."""
    match error:
        case socket.gaierror():
            return _NAMES.get(error.errno or 0, "dns.resolver")
        case ssl.SSLCertVerificationError():
            return _CERTIFICATES.get(error.verify_code, "tls.untrusted")
        case ssl.SSLError():
            return _broken_tls(error, phase)
        case OSError() if error.errno in _SYSTEM:
            return _SYSTEM[error.errno]
        case TimeoutError():
            return _TIMEOUTS.get(phase, "deadline")
        case OSError():
            return _broken_off(error, phase)
        case EOFError():
            return _ENDED.get(phase, "tcp.closed")
        case ValueError() | OverflowError():
            return "" if phase.startswith("receive") else "config.url"
    name = type(error).__name__  # names, so that this module needs neither httpx nor httpcore
    return _protocol(str(error), phase) if name == "RemoteProtocolError" else _BY_NAME.get(name, "")


def _broken_tls(error: ssl.SSLError, phase: str) -> str:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) and phase != "start_tls":
        return _ENDED.get(phase, "tcp.closed")
    # With TLS 1.3 a server asks for our certificate when the handshake is over for us.
    return "body.truncated" if phase == "receive_response_body" else "tls.handshake"


def _broken_off(error: OSError, phase: str) -> str:
    if phase in _ENDED:
        return _ENDED[phase]
    if error.errno == errno.ECONNREFUSED:
        return "tcp.refused"
    if isinstance(error, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
        return "tcp.reset"
    return "net.unreachable" if phase == "connect_tcp" and error.errno else ""


def _protocol(message: str, phase: str) -> str:
    if phase == "receive_response_body" and "complete message body" in message:  # h11's words
        return "body.truncated"
    return "tcp.closed" if "Server disconnected" in message else "http.protocol"  # httpcore's words


_BY_NAME = {
    "LocalProtocolError": "monitor.error",  # we composed a request that is none
    "InvalidURL": "config.url",
    "UnsupportedProtocol": "config.url",
    "DecodingError": "body.undecodable",
    "error": "body.undecodable",  # zlib.error
}

_NAMES = {
    socket.EAI_NONAME: "dns.nxdomain",
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME): "dns.nodata",
    getattr(socket, "EAI_ADDRFAMILY", socket.EAI_NONAME): "dns.nodata",
    socket.EAI_NONAME: "dns.nxdomain",  # again: where the others do not exist they must not win
}

# X509_V_ERR_*: docs.openssl.org, x509_verify_cert_error_string
_CERTIFICATES = {
    9: "tls.not_yet_valid",
    10: "tls.expired",
    23: "tls.revoked",
    62: "tls.hostname",
    64: "tls.hostname",  # an IP address
}

_TIMEOUTS = {
    "name": "dns.resolver",
    "connect_tcp": "tcp.timeout",
    "start_tls": "tls.timeout",
    "send": "read.timeout",
    "receive_response_headers": "read.timeout",
    "receive_response_body": "body.stalled",
}

_ENDED = {"start_tls": "tls.handshake", "receive_response_body": "body.truncated"}

_SYSTEM = {
    **dict.fromkeys(
        (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EPERM, errno.EACCES),
        "net.unreachable",
    ),
    # our own machine is short of something
    **dict.fromkeys(
        (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL), "monitor.error"
    ),
}
