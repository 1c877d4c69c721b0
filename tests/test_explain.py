import asyncio
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import FaultServer

from statuspage.causes import CODES
from statuspage.config import ComponentOptions, load
from statuspage.explain import LEAST_WIDTH, address, explained
from statuspage.model import Finding, Reading, Verdict
from statuspage.net import Net
from statuspage.probes import Cost
from statuspage.probes.base import Occasion, shown, verdict_of
from statuspage.redaction import Redactor

MILLISECOND = timedelta(milliseconds=1)
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
PHASES = {
    "body": MILLISECOND,
    "connect": 40 * MILLISECOND,
    "name": timedelta(),
    "first_byte": 39 * MILLISECOND,
}


def component(keys: str = "url: https://api.example/health", **environ: str) -> ComponentOptions:
    """The first component of a file; `keys` are its lines."""
    lines = "".join(f"  {line}\n" for line in keys.splitlines())
    others = "- {name: Search, type: manual}\n- {name: Mail, type: manual}\n"
    return load(f"components:\n- name: API\n{lines}{others}", "components.yaml", environ).components[0]


def told(reading: Reading, keys: str = "url: https://api.example/health", width: int = 80) -> list[str]:
    return list(explained(component(keys), reading, str, width))


def failing(code: str, detail: str = "") -> Reading:
    return Reading(verdict=verdict_of(code), code=code, detail=detail)


def paragraph(lines: list[str], label: str) -> str:
    """The text beside a label, and what follows it without one."""
    at = next(n for n, line in enumerate(lines) if line.startswith(f"  {label} "))
    text = [lines[at].removeprefix(f"  {label}").strip()]
    for line in lines[at + 1 :]:
        if not line.startswith(" " * 8):
            break
        text.append(line.strip())
    return " ".join(text)


# --- the whole ---------------------------------------------------------------------------------


def test_an_answer_that_is_not_as_expected_is_told_step_by_step() -> None:
    reading = Reading(
        verdict=Verdict.DOWN,
        latency=81 * MILLISECOND,
        code="expect.json",
        detail="$.status not as wanted",
        phases=PHASES,
        certificate_expires=datetime(2026, 12, 4, 9, 30, tzinfo=UTC),
        measures={"days_left": 11, "first_token": 312.4},
        tokens=42,
        calls=1,
        findings=(
            Finding("expect.status", "2xx", "200", holds=True),
            Finding("expect.json $.status", 'is "ok"', '"degraded"', holds=False),
        ),
    )
    keys = "url: https://api.example/health\ndepends_on: [Search, {Mail: soft}]\nslow: 1500ms"

    assert told(reading, keys, 74) == [
        "API (api), components.yaml:2",
        "  kind         http",
        "  address      https://api.example/health",
        "  depends on   search, mail (soft)",
        "",
        "  name             0.0 ms  .",
        "  connect         40.0 ms  ########################",
        "  first_byte      39.0 ms  #######################",
        "  body             1.0 ms  #",
        "  latency      81.0 ms, degraded above 1.5 s",
        "  certificate  valid until 2026-12-04 09:30 UTC",
        "  days_left    11 days",
        "  first_token  312.4 ms",
        "  spent        42 tokens; paid calls: 1",
        "",
        "  ok      expect.status         wanted 2xx  seen 200",
        '  BROKEN  expect.json $.status  wanted is "ok"  seen "degraded"',
        "",
        "  verdict      down: expect.json",
        "  evidence     $.status not as wanted",
        "  operators    The JSON is not as `expect` says",
        "  visitors     It answers, but not as expected",
        "  to act       software: the service itself",
        "  follows      asked again up to 2 times in the round, on new connections;",
        "               the majority decides",
        "               counts as downtime",
    ]


def test_a_component_that_is_up_needs_few_words() -> None:
    lines = told(Reading(verdict=Verdict.UP, latency=5 * MILLISECOND))

    assert lines[-2:] == ["  verdict      up", "  follows      counts as up"]


def test_a_real_reading_is_explained(fault_server: FaultServer) -> None:
    secret = "hunter2-hunter2"
    keys = "\n".join(
        (
            f"url: {fault_server.url}/echo?key=${{KEY}}",
            "headers: {authorization: 'Bearer ${KEY}'}",
            "expect: {json: {$.method: GET, $.headers.authorization: {starts: Basic}}}",
        )
    )
    asked = component(keys, KEY=secret)
    assert asked.probe is not None
    reading = asyncio.run(asked.probe.ask(Net(), timedelta(seconds=5), Occasion(at=NOW)))
    lines = list(explained(asked, reading, Redactor([secret]).text))

    assert f"  address      {fault_server.url}/echo?key=***" in lines
    assert [line[:14].strip() for line in lines if "#" in line] != []
    assert [line for line in lines if line.startswith("  ok")] == [
        "  ok      expect.status               wanted 2xx  seen 200",
        '  ok      expect.json $.method        wanted is "GET"  seen "GET"',
    ]
    assert "  BROKEN  expect.json $.headers.authorization" in lines
    assert '            seen   "Bearer ***"' in lines
    assert paragraph(lines, "verdict") == "down: expect.json"
    assert secret not in "\n".join(lines)


# --- what was asked ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example:8443/x/y?key=1&flag&b=", "https://a.example:8443/x/y?key=***&***&b=***"),
        ("https://a.example/x#part", "https://a.example/x"),
        ("tcp://a.example:25", "tcp://a.example:25"),
        ("redis://a.example", "redis://a.example"),
    ],
)
def test_an_address_is_shown_without_the_values_of_its_query(url: str, shown: str) -> None:
    asked = component(f"url: {url}")

    assert asked.probe is not None
    assert address(asked.probe) == shown


def test_a_kind_without_an_address_shows_its_target() -> None:
    class Recipe:
        target = "https://channel.example"

    assert address(Recipe()) == "https://channel.example"  # type: ignore[arg-type] # all that is asked of it


def test_a_private_address_is_shown_and_marked() -> None:
    lines = told(failing("tcp.refused"), "url: tcp://db.internal:5432\nprivate: true")

    assert paragraph(lines, "address") == "tcp://db.internal:5432 (never shown on the page)"


def test_replicas_are_counted() -> None:
    keys = "url: https://a.example\nreplicas: [https://b.example, https://c.example]\nquorum: 2"

    assert paragraph(told(failing("tcp.refused"), keys), "replicas").startswith("3 addresses, 2 must be well")


def test_a_component_without_a_secret_says_which() -> None:
    lines = told(failing("config.secret"), "url: https://a.example/${NOPE}")

    assert paragraph(lines, "not set") == "${NOPE}"
    assert not any(line.startswith("  latency") for line in lines)
    hidden = told(failing("config.secret"), "url: ${NOPE}")
    assert paragraph(hidden, "kind").startswith("not known")


def test_a_component_that_no_probe_asks_says_so() -> None:
    assert "no probe asks it" in paragraph(told(Reading(verdict=Verdict.UNKNOWN), "type: manual"), "kind")


@pytest.mark.parametrize(("fell_back", "words"), [(True, "an answer was"), (False, "no answer was one")])
def test_a_fallback_phrase_is_told(fell_back: bool, words: str) -> None:
    reading = Reading(verdict=Verdict.UP, latency=MILLISECOND, fell_back=fell_back)

    assert paragraph(told(reading), "fallback").startswith(words)


# --- what follows ------------------------------------------------------------------------------


class Spent:
    """As much of a paid probe as is looked at."""

    type: ClassVar[str] = "llm"
    cost = Cost(tokens=30, calls=1)
    target = "https://llm.example"
    slow: ClassVar[str] = "its own limits"


@pytest.mark.parametrize(
    ("code", "keys", "words"),
    [
        ("tls.expired", "", "not asked again in the round: it would end the same counts as downtime"),
        ("http.500", "retries: 0", "not asked again in the round: retries: 0 counts as downtime"),
        ("http.500", "retries: 1", "asked again once in the round, on new connections; the majority decides"),
        ("http.500", "fail_after: 3", "counts as downtime, after 3 rounds in a row that say so"),
        ("tcp.timeout", "", "unless the control targets fail too: then the round is void"),
        ("slow", "", "counts as degraded performance"),
        ("auth.denied", "", "not measured: it counts neither as up nor as down"),
        ("rate.limited", "", "the last verdict stands for three rounds, then it is degraded, never down"),
    ],
)
def test_what_follows_from_a_code_is_told(code: str, keys: str, words: str) -> None:
    lines = told(failing(code), f"url: https://api.example/health\n{keys}")

    assert words in paragraph(lines, "follows")


def test_a_paid_probe_is_retried_once_and_judged_by_limits_of_its_own() -> None:
    paid = replace(component(), probe=Spent())  # type: ignore[arg-type] # it is never asked
    reading = Reading(verdict=Verdict.DOWN, code="http.500", latency=MILLISECOND)
    lines = list(explained(paid, reading, str))

    assert paragraph(lines, "follows").startswith("asked again once")
    assert paragraph(lines, "latency") == "1.0 ms"


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_told_to_operators_and_visitors(code: str) -> None:
    lines = told(failing(code, "a figure of ours"))

    assert paragraph(lines, "verdict") == f"{CODES[code].verdict}: {code}"
    assert paragraph(lines, "evidence") == "a figure of ours"
    assert paragraph(lines, "operators") == CODES[code].operators
    assert paragraph(lines, "visitors") == CODES[code].visitors
    assert paragraph(lines, "to act").startswith(f"{CODES[code].cause_class}: ")


# --- what may reach a terminal -------------------------------------------------------------------

anything = st.text(st.characters(), max_size=300)


@given(anything, anything, anything, st.integers(10, 200))
def test_no_line_is_too_long_or_holds_a_control_character(
    key: str, wanted: str, seen: str, width: int
) -> None:
    reading = Reading(
        verdict=Verdict.UP, detail=wanted, phases=PHASES, findings=(Finding(key, wanted, seen, holds=False),)
    )

    for line in told(reading, width=width):
        assert line.isprintable()
        assert len(line) <= max(width, LEAST_WIDTH)


def test_our_own_words_and_bars_are_plain_ascii() -> None:
    reading = Reading(verdict=Verdict.DOWN, code="tcp.refused", detail="x", phases=PHASES)

    assert set("".join(told(reading))) <= set(string.printable)


def test_secrets_are_masked_wherever_they_stand() -> None:
    finding = Finding("expect.body", 'contains "hunter2"', "hunter2", holds=True)
    reading = Reading(verdict=Verdict.UP, detail="hunter2", findings=(finding,))
    lines = explained(
        component("url: https://a.example/hunter2?x=hunter2"), reading, Redactor(["hunter2"]).text
    )

    assert "hunter2" not in "\n".join(lines)


def test_a_secret_that_a_long_text_would_cut_is_masked_whole() -> None:
    secret = "correct-horse-battery"
    seen = shown("x" * 490 + secret + "y" * 300)
    reading = Reading(verdict=Verdict.UP, findings=(Finding("expect.body", "text", seen, holds=True),))

    lines = "".join(explained(component(), reading, Redactor([secret]).text, 100)).replace(" ", "")

    assert secret[:7] not in lines
    assert "***" in lines
