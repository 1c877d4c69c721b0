"""The faults that a drill can make, and what the checks must make of each."""

from collections.abc import Mapping
from enum import StrEnum

from statuspage.model import State


class Fault(StrEnum):
    DOWN = "down"  # it answers 503, or where it does not speak HTTP, hangs up
    SLOW = "slow"  # the right answer, later than `slow:` allows
    TIMEOUT = "timeout"  # it takes the connection and says nothing
    REFUSED = "refused"  # nothing listens
    TLS_EXPIRED = "tls-expired"
    EMPTY_ANSWER = "empty-answer"  # status and form are right, the words are missing
    WRONG_ANSWER = "wrong-answer"  # status and form are right, the words are others
    TRUNCATED = "truncated"  # the answer breaks off in its middle
    LIMITED = "429"
    DNS = "dns"  # its name is not found


_HUNG_UP = frozenset({"tcp.closed", "tcp.reset", "http.protocol", "ws.closed", "channel.provider"})
_JUDGED = frozenset(
    f"{how}.{what}"
    for how in ("expect", "prefer")
    for what in (
        "answer",
        "body",
        "json",
        "size",
        "reply",
        "header",
        "message",
        "fallback",
        "context",
        "finish",
    )
)
_BROKEN_OFF = frozenset({"body.truncated", "stream.truncated", "stream.invalid"})

CODES: Mapping[Fault, frozenset[str]] = {
    Fault.DOWN: frozenset({"http.503", "provider.overloaded"}) | _HUNG_UP,
    Fault.SLOW: frozenset({"slow"}),
    Fault.TIMEOUT: frozenset({"read.timeout", "deadline", "body.stalled", "stream.no_token", "tls.timeout"}),
    Fault.REFUSED: frozenset({"tcp.refused"}),
    Fault.TLS_EXPIRED: frozenset({"tls.expired"}),
    Fault.EMPTY_ANSWER: frozenset({"answer.empty", "stream.no_token"}) | _JUDGED | _HUNG_UP,
    Fault.WRONG_ANSWER: _JUDGED,
    Fault.TRUNCATED: _BROKEN_OFF | _JUDGED | _HUNG_UP,
    Fault.LIMITED: frozenset({"rate.limited"}),
    Fault.DNS: frozenset({"dns.nxdomain", "dns.nodata", "dns.resolver"}),
}
"""The codes that name it rightly, by fault: keys of causes.CODES."""


def is_seen(fault: Fault, state: State | None, code: str) -> bool:
    """Whether a component in that state, for that reason, has been found to have the fault.

    A limit on requests is no outage: its code is all that is to be told of it.
    """
    if fault is Fault.LIMITED:
        return code in CODES[fault]
    return state is not None and state.severity >= State.DEGRADED.severity


def amiss(fault: Fault, state: State | None, code: str) -> str:
    """What is wrong with how a fault that was seen is told; "" when nothing is."""
    if fault is Fault.LIMITED and state is not None and state.severity > State.DEGRADED.severity:
        return f"a limit on requests is no {state}"
    if code not in CODES[fault]:
        return f"the cause is named {code or 'not at all'}, not {' or '.join(sorted(CODES[fault]))}"
    return ""
