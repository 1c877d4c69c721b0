"""One reading, told step by step to the operator: what was asked, what came, what it means, what follows.

For the operator's own terminal: it shows addresses of private components and quotes what strangers answered.
Secrets are masked, and control characters never get through.
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from statuspage.causes import CODES, Cause
from statuspage.config import ComponentOptions
from statuspage.model import MEASURES, CauseClass, Finding, Reading, Verdict
from statuspage.probes import Paid, Probe
from statuspage.probes.base import shown
from statuspage.probes.options import masked

Mask = Callable[[str], str]

LEAST_WIDTH = 60  # characters; below it nothing is left for the bars
MOST = 500  # characters of one text
_LABEL = 12  # characters of what stands before the text of a line


def explained(component: ComponentOptions, reading: Reading, mask: Mask, width: int = 80) -> Iterator[str]:
    """The reading in lines of at most `width` characters (60 at least). `mask` takes secrets out of a text."""

    def plain(text: str) -> str:
        return shown(mask(text), MOST)

    width = max(width, LEAST_WIDTH)
    yield from _wrapped("", plain(f"{component.name} ({component.id}), {component.where}"), width)
    yield from _lines(_asked(component), plain, width)
    if component.probe is not None:
        yield ""
        yield from _chart(reading.phases, plain, width)
        yield from _lines(_measured(component, reading), plain, width)
    if reading.findings:
        yield ""
        yield from _looked_at(reading.findings, plain, width)
    yield ""
    yield from _lines(_meant(component, reading), plain, width)


def address(probe: Probe) -> str:
    """What the probe asks, the values of its query masked. Secrets elsewhere in it are not: mask them."""
    url, target = getattr(probe, "url", ""), getattr(probe, "target", "")
    if not isinstance(url, str) or not url:
        return str(target)
    parts = urlsplit(url)
    words = (part.partition("=") for part in parts.query.split("&") if part)
    query = "&".join(f"{name}=***" if equals else "***" for name, equals, _ in words)
    return f"{masked(url)}{parts.path}{'?' if query else ''}{query}"


# --- what was asked, what came -------------------------------------------------------------------

Told = Iterable[tuple[str, str]]  # label and text


def _asked(component: ComponentOptions) -> Told:
    yield "kind", component.type or "not known: a secret that is not set hides it"
    if component.probe is not None:
        yield "address", address(component.probe)
        if component.hide_target:
            yield "", "(never shown on the page)"
    elif component.unset:
        yield "not set", ", ".join(f"${{{name}}}" for name in component.unset)
    else:
        yield "", "no probe asks it: incidents alone speak of it"
    if component.replicas:
        everyone = len(component.replicas) + 1
        yield "replicas", f"{everyone} addresses, {component.quorum} must be well; this is the first"
    if component.depends_on:
        words = (f"{one.id} (soft)" if one.soft else one.id for one in component.depends_on)
        yield "depends on", ", ".join(words)


_PHASES = ("name", "connect", "tls", "first_byte", "body")


def _chart(phases: Mapping[str, timedelta], plain: Mask, width: int) -> Iterator[str]:
    """A bar a phase, as long as its share of them all."""
    total = sum(phases.values(), timedelta())
    room = width - 27  # what the figures leave
    for name in sorted(phases, key=lambda name: _PHASES.index(name) if name in _PHASES else len(_PHASES)):
        share = phases[name] / total if total else 0.0
        bar = "#" * round(share * room) or "."
        yield plain(f"  {name:<{_LABEL}}{_milliseconds(phases[name]):>11}  {bar}")


def _measured(component: ComponentOptions, reading: Reading) -> Told:
    if reading.latency is not None:
        own = hasattr(component.probe, "slow")  # a kind with limits of its own tells of them in its findings
        limit = "" if own else f", degraded above {_seconds(component.slow)}"
        yield "latency", f"{_milliseconds(reading.latency)}{limit}"
    else:
        yield "latency", f"none: no whole answer came; an attempt may take {_seconds(component.timeout)}"
    if reading.certificate_expires is not None:
        yield "certificate", f"valid until {reading.certificate_expires.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    for name, value in reading.measures.items():
        yield name, f"{value:g} {MEASURES.get(name, '')}".rstrip()
    if reading.fell_back is not None:
        yield "fallback", "an answer was a fallback phrase" if reading.fell_back else "no answer was one"
    if reading.tokens or reading.calls:
        yield "spent", f"{reading.tokens} tokens; paid calls: {reading.calls}"


def _looked_at(findings: Iterable[Finding], plain: Mask, width: int) -> Iterator[str]:
    findings = tuple(findings)
    column = min(max(len(plain(finding.key)) for finding in findings), width // 3)
    for finding in findings:
        mark, key = "ok" if finding.holds else "BROKEN", plain(finding.key)
        wanted, seen = plain(finding.wanted), plain(finding.seen)
        line = f"  {mark:<7} {key:<{column}}  wanted {wanted}  seen {seen}"
        if len(line) <= width:
            yield line
        else:
            yield from _wrapped(f"  {mark:<7} ", key, width)
            yield from _wrapped(" " * 12 + "wanted ", wanted, width)
            yield from _wrapped(" " * 12 + "seen   ", seen, width)


# --- what it means, what follows -------------------------------------------------------------------


def _meant(component: ComponentOptions, reading: Reading) -> Told:
    cause = CODES[reading.code] if reading.code else None
    yield "verdict", f"{reading.verdict}{f': {reading.code}' if cause else ''}"
    if reading.detail:
        yield "evidence", reading.detail
    if cause is not None:
        yield "operators", cause.operators
        yield "visitors", cause.visitors
        yield "to act", f"{cause.cause_class}: {_WHO[cause.cause_class]}"
    for n, sentence in enumerate(_following(component, reading, cause)):
        yield "" if n else "follows", sentence


_WHO: Mapping[CauseClass, str] = {
    CauseClass.INFRASTRUCTURE: "its host, its process, or what stands behind the proxy",
    CauseClass.NETWORK: "the way between here and there",
    CauseClass.CONFIGURATION: "its names, certificates and addresses",
    CauseClass.SOFTWARE: "the service itself",
    CauseClass.EXTERNAL: "a provider, or the account with it",
    CauseClass.BLOCKED: "a limit or a wall keeps the probe out: let it in, or ask less often",
    CauseClass.OURS: "the check itself: its key, its options, its machine",
    CauseClass.UNKNOWN: "not known",
}


def _following(component: ComponentOptions, reading: Reading, cause: Cause | None) -> Iterator[str]:
    if reading.verdict is Verdict.UNKNOWN:
        yield "not asked again in the round"
        yield "not measured: it counts neither as up nor as down"
    elif cause is not None:
        yield _again(component, cause)
    if reading.code == "rate.limited":
        yield "the last verdict stands for three rounds, then it is degraded, never down"
    if reading.verdict is Verdict.DOWN:
        rounds = component.rules.fail_after
        yield f"counts as downtime{f', after {rounds} rounds in a row that say so' if rounds > 1 else ''}"
        if cause is not None and cause.cause_class is CauseClass.NETWORK:
            yield "unless the control targets fail too: then the round is void"
    elif reading.verdict is not Verdict.UNKNOWN:
        yield "counts as degraded performance" if cause is not None else "counts as up"


def _again(component: ComponentOptions, cause: Cause) -> str:
    retries = min(component.retries, 1) if _is_paid(component.probe) else component.retries
    if not cause.retry:
        return "not asked again in the round: it would end the same"
    if not retries:
        return "not asked again in the round: retries: 0"
    times = "once" if retries == 1 else f"up to {retries} times"
    return f"asked again {times} in the round, on new connections; the majority decides"


def _is_paid(probe: Probe | None) -> bool:
    return isinstance(probe, Paid) and bool(probe.cost.tokens or probe.cost.calls)


# --- lines -------------------------------------------------------------------------------------


def _lines(told: Told, plain: Mask, width: int) -> Iterator[str]:
    for label, text in told:
        yield from _wrapped(f"  {plain(label):<{_LABEL}} ", plain(text), width)


def _wrapped(first: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
    ) or [first.rstrip()]


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g} s"


def _milliseconds(span: timedelta) -> str:
    return f"{span / timedelta(milliseconds=1):.1f} ms"
