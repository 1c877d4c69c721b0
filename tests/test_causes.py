import errno
import socket
import ssl
import zlib

import httpcore
import pytest

from statuspage.causes import CODES, classify, status_code
from statuspage.model import CauseClass, Verdict


def verification(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code = code
    return error


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_plain_sentences_without_a_final_point(code: str) -> None:
    cause = CODES[code]

    assert cause.code == code
    for sentence in (cause.visitors, cause.operators):
        assert 5 < len(sentence) < 90
        assert sentence[0].isupper()
        assert not sentence.endswith(".")
        assert "{" not in sentence


def test_what_is_our_own_fault_is_never_down() -> None:
    assert not [
        c.code for c in CODES.values() if c.cause_class is CauseClass.OURS and c.verdict is Verdict.DOWN
    ]


def test_no_code_means_up() -> None:
    assert all(cause.verdict is not Verdict.UP for cause in CODES.values())


def test_what_is_certain_is_not_asked_twice() -> None:
    certain = ("tls.expired", "tls.hostname", "http.404", "auth.denied", "rate.limited", "http.maintenance")

    assert not any(CODES[code].retry for code in certain)
    assert CODES["tcp.refused"].retry


@pytest.mark.parametrize(
    ("error", "phase", "code"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no"), "name", "dns.nxdomain"),
        (socket.gaierror(socket.EAI_NODATA, "no"), "name", "dns.nodata"),
        (socket.gaierror(socket.EAI_AGAIN, "later"), "name", "dns.resolver"),
        (socket.gaierror(socket.EAI_FAIL, "failed"), "name", "dns.resolver"),
        (TimeoutError(), "name", "dns.resolver"),
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), "connect_tcp", "tcp.refused"),
        (TimeoutError(), "connect_tcp", "tcp.timeout"),
        (TimeoutError(errno.ETIMEDOUT, ""), "connect_tcp", "tcp.timeout"),
        (OSError(errno.ENETUNREACH, ""), "connect_tcp", "net.unreachable"),
        (OSError(errno.EHOSTUNREACH, ""), "connect_tcp", "net.unreachable"),
        (OSError(errno.EMFILE, ""), "connect_tcp", "monitor.error"),
        (verification(10), "start_tls", "tls.expired"),
        (verification(9), "start_tls", "tls.not_yet_valid"),
        (verification(18), "start_tls", "tls.untrusted"),
        (verification(20), "start_tls", "tls.untrusted"),
        (verification(23), "start_tls", "tls.revoked"),
        (verification(62), "start_tls", "tls.hostname"),
        (verification(64), "start_tls", "tls.hostname"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "start_tls", "tls.handshake"),
        (ConnectionResetError(errno.ECONNRESET, ""), "start_tls", "tls.handshake"),
        (EOFError(), "start_tls", "tls.handshake"),
        (TimeoutError(), "start_tls", "tls.timeout"),
        (TimeoutError(), "send", "read.timeout"),
        (TimeoutError(), "receive_response_headers", "read.timeout"),
        (TimeoutError(), "receive_response_body", "body.stalled"),
        (TimeoutError(), "", "deadline"),
        (ConnectionResetError(errno.ECONNRESET, ""), "receive_response_headers", "tcp.reset"),
        (BrokenPipeError(errno.EPIPE, ""), "send", "tcp.reset"),
        (ConnectionResetError(errno.ECONNRESET, ""), "receive_response_body", "body.truncated"),
        (ssl.SSLEOFError(8, "eof"), "receive_response_headers", "tcp.closed"),
        (ssl.SSLEOFError(8, "eof"), "receive_response_body", "body.truncated"),
        (EOFError(), "receive_response_headers", "tcp.closed"),
        (httpcore.RemoteProtocolError("illegal chunk header"), "receive_response_body", "http.protocol"),
        (httpcore.LocalProtocolError("illegal header"), "send", "monitor.error"),
        (zlib.error("bad"), "receive_response_body", "body.undecodable"),
        (ValueError("port"), "", "config.url"),
        (OverflowError("port"), "connect_tcp", "config.url"),
        (IndexError(), "receive_response_headers", "http.protocol"),
        (RuntimeError(), "", "monitor.error"),
    ],
)
def test_an_exception_and_its_phase_give_the_code(error: Exception, phase: str, code: str) -> None:
    assert classify(error, phase) == code
    assert code in CODES


def test_the_reason_is_found_below_the_wrappers_of_libraries() -> None:
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
    several = ExceptionGroup("several addresses", [refused])
    wrapped = caused(httpcore.ConnectError("All connection attempts failed"), caused(OSError("all"), several))

    assert classify(wrapped, "connect_tcp") == "tcp.refused"


def test_a_group_is_read_by_its_members() -> None:
    assert classify(ExceptionGroup("", [OverflowError("port must be 0-65535.")]), "") == "config.url"


def test_an_error_that_is_its_own_cause_ends() -> None:
    first, second = RuntimeError(), RuntimeError()
    first.__cause__, second.__cause__ = second, first

    assert classify(first, "") == "monitor.error"


@pytest.mark.parametrize(
    ("status", "headers", "keyed", "code"),
    [
        (500, {}, False, "http.500"),
        (507, {}, False, "http.5xx"),
        (502, {}, False, "http.502"),
        (522, {}, False, "http.522"),
        (503, {}, False, "http.503"),
        (503, {"retry-after": "120"}, False, "http.maintenance"),
        (503, {"cf-mitigated": "challenge"}, False, "blocked"),
        (404, {}, False, "http.404"),
        (418, {}, False, "http.4xx"),
        (302, {}, False, "http.3xx"),
        (204, {}, False, "http.status"),
        (401, {}, True, "auth.denied"),
        (403, {}, True, "auth.denied"),
        (403, {}, False, "blocked"),
        (403, {"cf-mitigated": "challenge"}, True, "blocked"),
        (202, {"x-amzn-waf-action": "challenge"}, False, "blocked"),
        (429, {}, True, "rate.limited"),
        (529, {"retry-after": "3"}, False, "rate.limited"),
        (529, {}, False, "http.529"),
        (999, {}, False, "http.status"),
    ],
)
def test_a_status_gives_the_code(status: int, headers: dict[str, str], *, keyed: bool, code: str) -> None:
    assert status_code(status, headers, keyed=keyed) == code
    assert code in CODES
