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
    denied = {"auth.denied": "It refused our key (401 or 403): renew the secret"}
    yield from _alike(_UNKNOWN, _OURS, "Reachable; the check itself is not allowed in", denied, retry=False)
    quota = {"quota.exhausted": "The account's allowance is used up: no retry helps"}
    yield from _alike(_UNKNOWN, _EXTERNAL, "The account's allowance is used up", quota, retry=False)


def _judged() -> Iterator[Cause]:
    parts = {
        "status": "The status",
        "header": "A header",
        "body": "The body",
        "json": "The JSON",
        "size": "The size",
        "reply": "The reply",
        "certificate": "The certificate",
        "latency": "The latency",
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
        "budget": "The budget for probes is used up",
        "net.private": "A public name leads to a private address; set allow_private if that is meant",
    }
    yield from _alike(_UNKNOWN, _OURS, "Not measured", unmeasured, retry=False)
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
