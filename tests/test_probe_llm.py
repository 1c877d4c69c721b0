"""The kind llm, against a server that speaks four dialects and misbehaves in each of them."""

import asyncio
import json
import random
import re
import time
import tracemalloc
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from models import DEEDS, ModelServer, answers, embeds, lists, refuses, streams
from pydantic import TypeAdapter, ValidationError
from servers import Authority
from voices import VOICES

from statuspage.causes import CODES
from statuspage.config import load
from statuspage.errors import Problems
from statuspage.model import MEASURES, Finding, Reading, Verdict
from statuspage.net import Net
from statuspage.probes import KINDS, Certified, Paid
from statuspage.probes.base import Cost, Occasion
from statuspage.probes.dialects import DIALECTS, Turn
from statuspage.probes.dialects.base import Usage
from statuspage.probes.dialects.heard import Heard
from statuspage.probes.llm import Llm
from statuspage.probes.patterns import TooSlow

LLM = TypeAdapter(Llm)
SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAGE = Path(__file__).parents[1] / "docs/probes/llm.md"
SPARE = 0.5  # seconds beyond its time that an attempt may take

every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def llm(url: str = "https://llm.example/v1", **options: Any) -> Llm:
    given = {"url": url, "model": "kestrel-1", "key": "sk-probe-1", **options}
    return LLM.validate_json(json.dumps(given), strict=True)


def base(server: ModelServer, deed: str, dialect: str = "openai") -> str:
    return f"{server.url}/{deed}{'/v1' if dialect == 'openai' else ''}"


def asked(probe: Llm, within: timedelta = 5 * SECOND, occasion: Occasion = Occasion(at=NOW)) -> Reading:  # noqa: B008
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, occasion))


def reading(deed: str, dialect: str = "openai", within: timedelta = 5 * SECOND, **options: Any) -> Reading:
    with ModelServer() as server:
        return asked(llm(base(server, deed, dialect), dialect=dialect, **options), within)


def finding(one: Reading, key: str) -> Finding:
    return next(found for found in one.findings if found.key == key)


# --- answers and streams that are well -----------------------------------------------------------


@every_dialect
@pytest.mark.parametrize("mode", ["answer", "stream"])
def test_a_whole_answer_that_is_as_expected_is_up(dialect: str, mode: str) -> None:
    one = reading(
        "well", dialect, mode=mode, expect={"answer": "391", "finish": "stop", "model": "kestrel-1"}
    )

    assert (one.verdict, one.code) == (Verdict.UP, "")
    assert one.latency is not None and one.phases.keys() >= {"connect", "first_byte"}
    assert all(found.holds for found in one.findings)
    assert {"expect.answer", "expect.finish", "expect.model"} <= {found.key for found in one.findings}


@every_dialect
def test_a_stream_is_measured(dialect: str) -> None:
    one = reading("paced", dialect, mode="stream")

    assert one.measures.keys() == {"first_token", "gap", "total", "tokens_per_second"} <= MEASURES.keys()
    # Upper bounds are wide: the machine may be busy. A wrong unit is off by a thousand.
    assert 55 <= one.measures["gap"] < 1000
    assert 600 <= one.measures["total"] < 5000
    assert 5 < one.measures["tokens_per_second"] < 70
    assert one.latency is not None
    assert one.measures["first_token"] == one.latency // timedelta(milliseconds=1) < one.measures["total"]


def test_a_stream_too_short_has_no_rate() -> None:
    one = reading("well", prefer={"tokens_per_second": {"ge": 15}})

    assert (one.code, "tokens_per_second" in one.measures) == ("", False)
    assert "not measured" in finding(one, "prefer.tokens_per_second").seen


@every_dialect
def test_reasoning_is_a_first_token_and_noted(dialect: str) -> None:
    one = reading("late", dialect, mode="stream", expect={"answer": "391"})

    assert one.code == ""
    assert one.measures["first_token"] < 150 < one.measures["total"]
    assert "the first token was one of reasoning" in one.detail


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "gemini"])
def test_octets_that_come_one_by_one_are_a_stream_all_the_same(dialect: str) -> None:
    one = reading("tiny", dialect, mode="stream", expect={"answer": "\u2029e \U0001f426 391"})

    assert (one.verdict, one.code) == (Verdict.UP, "")


@every_dialect
def test_done_is_sufficient_and_not_necessary(dialect: str) -> None:
    assert reading("no-done", dialect, mode="stream").verdict is Verdict.UP
    assert reading("untyped", dialect, mode="stream").verdict is Verdict.UP
    if dialect != "ollama":
        assert reading("done-alone", dialect, mode="stream").verdict is Verdict.UP


def test_events_after_the_end_mark_are_not_looked_at() -> None:
    assert reading("more-after-done", mode="stream").verdict is Verdict.UP


@every_dialect
def test_what_follows_the_end_of_an_answer_is_not_waited_for(dialect: str) -> None:
    began = time.monotonic()
    one = reading("end-then-open", dialect, 10 * SECOND, mode="stream")

    assert one.verdict is Verdict.UP
    assert time.monotonic() - began < 3
    assert one.measures["total"] < 500


@every_dialect
def test_a_connection_that_breaks_after_the_end_breaks_nothing(dialect: str) -> None:
    assert reading("reset-after-end", dialect, mode="stream").verdict is Verdict.UP


def test_blank_events_are_none() -> None:
    assert reading("blank-data", mode="stream").verdict is Verdict.UP


@every_dialect
def test_what_is_no_stream_is_judged_and_noted(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEEDS, "own", answers(VOICES[dialect].whole("391")))
    one = reading("own", dialect, mode="stream", expect={"answer": "391"})

    assert (one.verdict, one.detail) == (Verdict.UP, "no stream came, though one was asked")
    assert "first_token" not in one.measures


def test_the_json_array_of_gemini_is_judged_too() -> None:
    one = reading("array", "gemini", mode="stream", expect={"answer": "391", "finish": "stop"})

    assert (one.verdict, one.detail) == (Verdict.UP, "no stream came, though one was asked")


def test_a_cold_start_is_noted() -> None:
    assert "the model was loaded first, in 2.4 s" in reading("well", "ollama", mode="stream").detail


def test_a_filter_that_did_not_run_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = VOICES["openai"].whole("391")
    answer["choices"][0]["content_filter_results"] = {"error": {"code": "content_filter_error"}}
    monkeypatch.setitem(DEEDS, "own", answers(answer))

    assert reading("own").detail == "the provider's filter did not run"


# --- streams that are not ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ("headers-only", "stream.no_token"),
        ("comments", "stream.no_token"),
        ("starts-only", "stream.no_token"),
        ("stalls", "stream.stalled"),
        ("falls-silent", "stream.stalled"),
        ("no-end", "stream.truncated"),
        ("broken-off", "body.truncated"),
        ("reset", "body.truncated"),
        ("error", "stream.error"),
        ("error-first", "stream.error"),
        ("overloaded-inside", "provider.overloaded"),
        ("not-json", "stream.invalid"),
        ("too-deep", "stream.invalid"),
        ("strange-stream", "stream.invalid"),
        ("long-line", "stream.invalid"),
        ("empty-stream", "answer.empty"),
        ("ok-to-all", "answer.empty"),
        ("empty", "answer.empty"),
        ("invisible", "answer.empty"),
        ("thought-alone", "answer.empty"),
        ("filtered", "expect.filtered"),
        ("silent", "read.timeout"),
        ("html", "http.protocol"),
        ("ok", "http.protocol"),
        ("not-json-whole", "http.protocol"),
        ("unnamed-error-in-200", "stream.error"),
    ],
)
@every_dialect
def test_a_stream_that_fails_says_how(dialect: str, deed: str, code: str) -> None:
    if dialect == "ollama" and deed == "strange-stream":
        deed, code = "empty-stream", "answer.empty"  # its words are server-sent events
    began = time.monotonic()
    one = reading(deed, dialect, SECOND / 2, mode="stream", gap="200ms")

    assert one.code == code
    assert one.verdict is Verdict.DOWN
    assert one.detail
    assert time.monotonic() - began < 0.5 + SPARE
    assert not all(found.holds for found in one.findings)


def test_a_host_that_answers_200_to_everything_has_empty_answers() -> None:
    for mode in ("ping", "answer", "stream", "embed"):
        one = reading("ok-to-all", mode=mode)

        assert (one.verdict, one.code) == (Verdict.DOWN, "answer.empty")
        assert CODES[one.code].visitors == "Its answers are empty"


def test_nothing_but_an_end_mark_is_an_empty_answer() -> None:
    assert reading("nothing-but-done", mode="stream").code == "answer.empty"


def test_an_error_in_plain_words_is_one() -> None:
    one = reading("error-in-words", "anthropic", mode="stream")

    assert one.code == "stream.error"
    assert "out of memory" in finding(one, "answer").seen and "out of memory" not in one.detail


def test_silence_before_the_first_text_is_bounded_by_the_timeout_alone() -> None:
    assert reading("late", mode="stream", gap="50ms").code == "stream.stalled"  # reasoning comes at once
    assert reading("later", mode="stream", gap="50ms").code == ""


def test_comments_do_not_count_as_text() -> None:
    one = reading("stalls", within=3 * SECOND, mode="stream", gap="300ms")

    assert one.code == "stream.stalled"
    assert one.detail == "no text for 0.3 s after 3 characters"


def test_the_gap_is_half_of_a_short_timeout_if_not_given() -> None:
    one = reading("stalls", within=SECOND, mode="stream")

    assert (one.code, one.detail) == ("stream.stalled", "no text for 0.5 s after 3 characters")


def test_text_that_still_comes_when_the_time_is_up_is_late_and_not_stalled() -> None:
    one = reading("paced", within=timedelta(seconds=0.4), mode="stream", gap="300ms")

    assert one.code == "body.stalled"
    assert one.latency is None and "total" not in one.measures
    assert "characters of text" in one.detail


def test_a_stream_that_never_ends_is_cut_off_in_time_and_memory() -> None:
    with ModelServer() as server:
        tracemalloc.start()
        began = time.monotonic()
        for deed, code in (
            ("flood", "monitor.error"),  # text all along: it is we who read no more
            ("comment-flood", "stream.invalid"),
            ("long-line", "stream.invalid"),
        ):
            one = asked(llm(base(server, deed), mode="stream"))
            assert (one.code, one.latency) == (code, None)
            assert "longer than is read" in one.detail
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert peak < 50_000_000
    assert time.monotonic() - began < 10


@every_dialect
def test_a_stream_cut_anywhere_is_whole_or_says_that_it_is_not(
    dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice, chance = VOICES[dialect], random.Random(23)
    octets = b"".join([*voice.start(), voice.text("39"), voice.text("1"), *voice.end(), voice.done])
    with ModelServer() as server:
        for cut in (0, 1, *(chance.randrange(len(octets)) for _ in range(30)), len(octets)):
            monkeypatch.setitem(DEEDS, "own", streams(octets[:cut]) if cut else streams())
            one = asked(
                llm(base(server, "own", dialect), dialect=dialect, mode="stream", expect={"answer": "391"})
            )
            assert one.code in ("", "answer.empty", "stream.truncated", "stream.invalid"), octets[:cut]
            assert (one.code == "") is (cut >= whole(dialect, octets)), octets[:cut]


def whole(dialect: str, octets: bytes) -> int:
    """How many octets of a stream must come for its end mark to be read."""
    mark = {"openai": b'"stop"', "anthropic": b'"end_turn"', "gemini": b'"STOP"', "ollama": b'"done_reason"'}[
        dialect
    ]
    end = octets.index(b"\n" if dialect == "ollama" else b"\n\n", octets.index(mark))
    return end if dialect == "ollama" else end + 2


@every_dialect
def test_noise_in_a_stream_never_hurts_the_check_itself(
    dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice, chance = VOICES[dialect], random.Random(29)
    octets = b"".join([*voice.start(), voice.text("391"), *voice.end(), voice.done])
    with ModelServer() as server:
        probe = llm(base(server, "own", dialect), dialect=dialect, mode="stream", tool=True, gap="200ms")
        for _ in range(60):
            noisy = bytearray(octets)
            for _ in range(chance.randrange(1, 8)):
                noisy[chance.randrange(len(noisy))] = chance.choice(b'{}[]":,\r\n0x\xff\x00\\')
            monkeypatch.setitem(DEEDS, "own", streams(bytes(noisy)))
            one = asked(probe, SECOND)
            assert one.code in CODES and one.code != "monitor.error"


# --- what the network and the status say ---------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, {"type": "invalid_request_error"}, "request.refused"),
        (422, {"type": "invalid_request_error"}, "request.refused"),
        (401, {"code": "invalid_api_key"}, "auth.denied"),
        (402, {"type": "billing_error"}, "quota.exhausted"),
        (403, {}, "auth.denied"),
        (404, {"code": "model_not_found"}, "model.unknown"),
        (404, {}, "http.404"),
        (400, {"code": "content_filter"}, "prompt.filtered"),
        (429, {"code": "rate_limit_exceeded"}, "rate.limited"),
        (429, {"code": "insufficient_quota"}, "quota.exhausted"),
        (500, {}, "http.500"),
        (503, {"code": "slow_down"}, "provider.overloaded"),
        (503, {}, "http.503"),
        (529, {"type": "overloaded_error"}, "provider.overloaded"),
    ],
)
@pytest.mark.parametrize("mode", ["ping", "answer", "stream", "embed"])
def test_a_refusal_has_its_code_in_every_mode(
    monkeypatch: pytest.MonkeyPatch, mode: str, status: int, error: dict[str, str], code: str
) -> None:
    monkeypatch.setitem(DEEDS, "own", refuses(status, {**error, "message": "f0reign w0rds"}))
    one = reading("own", mode=mode)

    assert (one.code, one.verdict, one.detail) == (code, CODES[code].verdict, f"status {status}")
    assert one.latency is not None
    assert one.tokens == 0
    assert "f0reign w0rds" in finding(one, "answer").seen


@pytest.mark.parametrize("mode", ["answer", "stream"])
def test_an_allowance_that_production_shares_is_down(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setitem(DEEDS, "own", refuses(429, {"code": "insufficient_quota"}))
    one = reading("own", mode=mode, shared_account=True)

    assert (one.code, one.verdict) == ("quota.shared", Verdict.DOWN)


def test_an_error_of_the_network_has_its_own_code(closed_port: int) -> None:
    one = asked(llm(f"http://127.0.0.1:{closed_port}/v1", mode="stream"))

    assert (one.code, one.latency, one.tokens, one.calls) == ("tcp.refused", None, 0, 0)


def test_an_error_with_a_status_of_its_own_in_a_200() -> None:
    one = reading("error-in-200")

    assert (one.code, one.detail) == ("http.502", "an error with status 200")
    assert reading("bare-error-in-200").code == "http.503"


# --- wishes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "options", "code"),
    [
        ("well", {"expect": {"answer": "391"}}, ""),
        ("well", {"expect": {"answer": {"matches": "^3\\d1$"}}}, ""),
        ("wrong", {"expect": {"answer": "391"}}, "expect.answer"),
        ("wrong", {"prefer": {"answer": "391"}}, "prefer.answer"),
        ("well", {"expect": {"finish": ["length"]}}, "expect.finish"),
        ("well", {"prefer": {"finish": "LENGTH"}}, "prefer.finish"),
        ("well", {"expect": {"finish": "STOP"}}, ""),
        ("well", {"expect": {"model": "kestrel-1-mini"}}, ""),
        ("well", {"expect": {"model": "kestrel-1"}}, ""),
        ("well", {"expect": {"model": "kestrel-2"}}, "expect.model"),
        ("well", {"expect": {"model": {"is": "kestrel-1"}}}, "expect.model"),
        ("well", {"prefer": {"model": "falcon"}}, "prefer.model"),
        ("ok", {"expect": {"model": "falcon"}}, "http.protocol"),
        ("filtered", {}, "expect.filtered"),
        ("filtered", {"prefer": {"filtered": False}}, "prefer.filtered"),
        ("filtered", {"expect": {"filtered": True}}, ""),
        ("well", {"expect": {"filtered": True}}, "expect.filtered"),
        ("lost", {}, ""),
        ("lost", {"fallback": ["did not understand"]}, "expect.fallback"),
        ("lost", {"fallback": ["did not understand"], "prefer": {"fallback": False}}, "prefer.fallback"),
        ("lost", {"fallback": ["did not understand"], "expect": {"fallback": True}}, ""),
        ("lost", {"refusal": ["sorry"]}, "expect.refused"),
        ("lost", {"refusal": ["sorry"], "prefer": {"refused": False}}, "prefer.refused"),
        ("lost", {"refusal": ["sorry"], "expect": {"refused": True}}, ""),
        ("cut-off", {}, ""),
        ("cut-off", {"expect": {"answer": "391"}}, "answer.cut_off"),
        ("cut-off", {"prefer": {"answer": "391"}}, "answer.cut_off"),
        ("cut-off", {"expect": {"finish": "stop"}}, "answer.cut_off"),
        ("cut-off-right", {"expect": {"answer": "391"}}, ""),
        ("cut-off-empty", {}, "answer.cut_off"),
        ("well", {"tool": True}, "expect.tool_call"),
        ("well", {"tool": True, "prefer": {"tool_call": True}}, "prefer.tool_call"),
        ("well", {"tool": True, "expect": {"tool_call": False}}, ""),
        ("late", {"expect": {"within": "100ms"}}, "expect.within"),
        ("late", {"prefer": {"within": "100ms"}}, "prefer.within"),
        ("late", {"slow": {"total": "100ms"}}, "slow"),
        ("late", {"slow": {"gap": "100ms"}}, "slow"),
        ("late", {"slow": {"first_token": "1s", "gap": "1s", "total": "2s"}}, ""),
        ("late", {"slow": "1s"}, ""),
        ("paced", {"prefer": {"tokens_per_second": {"ge": 5000}}}, "prefer.tokens_per_second"),
        ("paced", {"expect": {"tokens_per_second": {"ge": 5000}}}, "expect.tokens_per_second"),
        ("paced", {"expect": {"tokens_per_second": {"ge": 1}}}, ""),
        ("wrong", {"prefer": {"answer": "391"}, "expect": {"model": "falcon"}}, "expect.model"),
    ],
)
def test_wishes_are_judged(deed: str, options: dict[str, Any], code: str) -> None:
    one = reading(deed, mode="stream", **options)

    assert one.code == code
    assert one.verdict is (CODES[code].verdict if code else Verdict.UP)
    assert bool(one.detail) >= bool(code)


@every_dialect
def test_a_tool_call_is_an_answer(dialect: str) -> None:
    one = reading("tool", dialect, mode="stream", tool=True)

    assert (one.verdict, one.code) == (Verdict.UP, "")
    assert "get_time" in finding(one, "text").seen


@pytest.mark.parametrize(
    ("calls", "evidence"),
    [
        ([{"function": {"name": "get_time", "arguments": "{}"}}], ""),
        ([{"function": {"name": "get_time", "arguments": ""}}], ""),
        ([{"function": {"name": "get_time", "arguments": "{oops"}}], "the tool's arguments cannot be read"),
        ([{"function": {"name": "get_time", "arguments": "[]"}}], "the tool's arguments cannot be read"),
        ([{"function": {"name": "launch", "arguments": "{}"}}], "another tool was called"),
        ([], "no tool was called"),
    ],
)
def test_a_tool_call_must_be_readable(
    monkeypatch: pytest.MonkeyPatch, calls: list[object], evidence: str
) -> None:
    monkeypatch.setitem(DEEDS, "own", answers(VOICES["openai"].whole("x", "tool_calls", tool_calls=calls)))
    one = reading("own", tool=True)

    assert (one.code, one.detail) == ("expect.tool_call" if evidence else "", evidence)


@pytest.mark.parametrize("mode", ["answer", "stream"])
def test_a_refusal_in_its_own_field_is_one(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setitem(DEEDS, "own", answers(VOICES["openai"].whole("", refusal="I cannot do that")))
    one = reading("own", mode=mode)

    assert one.code == "expect.refused"
    assert "I cannot do that" not in one.detail


def test_all_that_was_looked_at_is_told_and_nothing_foreign_is_published() -> None:
    one = reading("wrong", expect={"answer": "391", "finish": "stop"}, prefer={"model": "falcon"})

    assert [(found.key, found.holds) for found in one.findings] == [
        ("expect.refused", True),
        ("expect.filtered", True),
        ("expect.fallback", True),
        ("text", True),
        ("expect.answer", False),
        ("expect.finish", True),
        ("prefer.model", False),
    ]
    assert finding(one, "expect.answer").seen == "I like turtles"
    assert (one.code, one.detail) == ("expect.answer", "answer not as wanted")


def test_a_slow_limit_says_which_it_was() -> None:
    one = reading("late", mode="stream", slow={"first_token": "1s", "gap": "100ms"})

    # 200 ms, and what the machine adds
    assert re.match(r"gap (19|2\d|3\d)\d ms, wanted at most 100 ms", one.detail)


def test_a_bare_limit_is_for_what_a_visitor_waits_for() -> None:
    assert reading("paced", mode="stream", slow="300ms").code == ""  # the whole takes 700 ms

    heard = Heard(latency=SECOND)
    heard.add(DIALECTS["openai"], VOICES["openai"].whole("391"), SECOND)
    assert llm(slow="300ms").judge(heard).code == "slow"


def test_a_made_up_word_gets_past_caches() -> None:
    probe_options: dict[str, Any] = {"prompt": "Say {nonce}.", "expect": {"answer": "{nonce}"}}
    with ModelServer() as server:
        probe = llm(base(server, "echo"), **probe_options)
        one = asked(probe, occasion=Occasion(at=NOW, nonce="velondar"))

        assert one.code == ""
        assert server.asked[0].body["messages"][-1]["content"] == "Say velondar."


def test_several_prompts_take_turns() -> None:
    with ModelServer() as server:
        probe = llm(base(server, "well"), prompt=["one", "two", "three"], system="Be brief.")
        for turn in (0, 1, 2, 3, 7):
            asked(probe, occasion=Occasion(at=NOW, turn=turn))

    said = [one.body["messages"] for one in server.asked]
    assert [messages[-1]["content"] for messages in said] == ["one", "two", "three", "one", "two"]
    assert all(messages[0] == {"role": "system", "content": "Be brief."} for messages in said)


def test_a_pattern_that_takes_too_long_says_nothing_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def search(_pattern: object, _text: str) -> bool:
        raise TooSlow

    monkeypatch.setattr("statuspage.probes.patterns.Pattern.found_in", search)
    slow = {"answer": {"matches": "a"}}
    with pytest.raises(TooSlow):
        reading("well", expect=slow)
    assert reading("filtered", expect=slow).code == "expect.filtered"


# --- judging without a network -------------------------------------------------------------------


def heard(dialect: str = "openai", *documents: object, **facts: Any) -> Heard:
    one = Heard(**facts)
    for n, document in enumerate(documents):
        one.add(DIALECTS[dialect], document, SECOND * (n + 1))
    return one


def chunk(text: str, why: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": why}]}


@pytest.mark.parametrize(
    ("usage", "thought", "rate"),
    [
        (Usage(10, 57), False, 8.0),
        (Usage(10, 57, 49), False, 1.0),  # reasoning that was kept back took none of this time
        (Usage(10, 57, 49), True, 8.0),
        (Usage(), False, None),
    ],
)
def test_a_rate_comes_from_usage_alone(usage: Usage, thought: bool, rate: float | None) -> None:
    one = heard("openai", *map(chunk, "3917391"), chunk("!", "stop"), streamed=True, streaming=True)
    one.usage, one.thought = usage, thought

    assert llm(mode="stream").judge(one).measures.get("tokens_per_second") == rate


def test_seven_arrivals_or_half_a_second_are_no_rate() -> None:
    few = heard("openai", *map(chunk, "391739"), chunk("!", "stop"), streamed=True)
    few.usage = Usage(10, 57)
    assert "tokens_per_second" not in llm(mode="stream").judge(few).measures

    quick = Heard(streamed=True, usage=Usage(10, 57))
    for n in range(9):
        quick.add(DIALECTS["openai"], chunk("x", "stop"), timedelta(milliseconds=60 * n))
    assert "tokens_per_second" not in llm(mode="stream").judge(quick).measures


def test_tokens_are_those_that_the_provider_counts_else_an_estimate() -> None:
    turns = [Turn("user", "x" * 40)]
    counted = heard("openai", VOICES["openai"].whole("391"), status=200)
    assert llm().judge(counted, asked=turns).tokens == 17

    guessed = heard("openai", chunk("y" * 8, "stop"), status=200)
    assert llm().judge(guessed, asked=turns).tokens == 12

    begun = heard(
        "anthropic", {"type": "message_start", "message": {"usage": {"input_tokens": 3}}}, status=200
    )
    assert llm().judge(begun, asked=turns).tokens == 10


def test_a_model_of_our_own_costs_nothing() -> None:
    one = reading("well", "ollama")
    assert (one.tokens, one.calls) == (0, 0)

    paid = reading("well", "ollama", paid=True)
    assert (paid.tokens, paid.calls) == (3, 1)


@pytest.mark.parametrize(
    ("options", "cost"),
    [
        ({}, Cost(22 + 16, 1)),
        ({"prompt": "x" * 100, "system": "y" * 20, "max_tokens": 8}, Cost(60 + 8, 1)),
        ({"prompt": ["x", "y" * 100], "tool": True}, Cost(50 + 16 + 100, 1)),
        ({"mode": "embed", "prompt": "x" * 20}, Cost(10, 1)),
        ({"mode": "ping"}, Cost()),
        ({"dialect": "ollama"}, Cost()),
        ({"dialect": "ollama", "paid": True}, Cost(22 + 16, 1)),
        ({"paid": False}, Cost()),
    ],
)
def test_what_an_attempt_costs_at_most(options: dict[str, Any], cost: Cost) -> None:
    probe = llm(**options)

    assert isinstance(probe, Paid)
    assert probe.cost == cost


def test_an_attempt_that_reached_the_provider_counts_as_a_call() -> None:
    assert reading("silent", within=SECOND / 5).calls == 1
    assert reading("html").calls == 1
    assert reading("well", mode="ping").calls == 0


# --- ping and embed ------------------------------------------------------------------------------


@every_dialect
def test_ping_finds_the_model_in_the_list(dialect: str) -> None:
    with ModelServer() as server:
        one = asked(llm(base(server, "well", dialect), dialect=dialect, mode="ping"))

    assert (one.verdict, one.code, one.tokens, one.calls) == (Verdict.UP, "", 0, 0)
    assert one.latency is not None and one.measures == {}
    assert [asked.method for asked in server.asked] == ["GET"]
    assert "kestrel-1-mini" in finding(one, "model.unknown").seen


@pytest.mark.parametrize(
    ("listed", "model", "known"),
    [
        (["kestrel-1"], "kestrel-1", True),
        (["kestrel-1-2026-05-01"], "kestrel-1", True),
        (["kestrel-1-20260501"], "kestrel-1-latest", True),
        (["kestrel-10"], "kestrel-1", False),
        (["models/kestrel-1"], "kestrel-1", True),
        (["models/kestrel-1"], "models/kestrel-1", True),
        (["kestrel:latest"], "kestrel", True),
        (["kestrel:7b"], "kestrel:7b", True),
        (["kestrel:7b"], "kestrel", False),
        (["nest/kestrel-1"], "nest/kestrel-1", True),
        (["nest/*"], "nest/kestrel-1", True),
        (["nest/*"], "kestrel-1", False),
        ([], "kestrel-1", False),
        (["other"], "", True),
    ],
)
def test_a_model_is_known_by_names_that_lists_have_for_it(
    monkeypatch: pytest.MonkeyPatch, listed: list[str], model: str, known: bool
) -> None:
    monkeypatch.setitem(DEEDS, "own", lists(*listed))
    one = reading("own", mode="ping", model=model)

    assert (one.code, one.verdict) == (("", Verdict.UP) if known else ("model.unknown", Verdict.UNKNOWN))


def test_azure_lists_models_and_not_deployments() -> None:
    with ModelServer() as server:
        url = f"{server.url}/well/openai/deployments/d"
        one = asked(llm(url, model="", mode="ping", api_version="2024-10-21"))

    assert one.code == ""
    assert (server.asked[0].path, server.asked[0].query) == ("/openai/models", {"api-version": "2024-10-21"})
    assert server.asked[0].headers["api-key"] == "sk-probe-1"


def test_a_list_may_stand_without_a_wrapper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEEDS, "own", answers([{"id": "kestrel-1"}]))

    assert reading("own", mode="ping").code == ""


def test_a_list_that_is_longer_than_is_read_must_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEEDS, "own", lists(*(f"model-{n}" for n in range(20_000))))
    one = reading("own", mode="ping")

    assert (one.verdict, one.code) == (Verdict.UP, "")
    assert "longer than is read" in finding(one, "model.unknown").seen


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ("ok", "http.protocol"),
        ("html", "http.protocol"),
        ("error-in-200", "http.502"),
        ("silent", "read.timeout"),
    ],
)
@pytest.mark.parametrize("mode", ["ping", "embed"])
@every_dialect
def test_what_is_no_list_and_no_embedding_is_down(dialect: str, mode: str, deed: str, code: str) -> None:
    if (dialect, mode) != ("anthropic", "embed"):
        assert reading(deed, dialect, SECOND / 2, mode=mode).code == code


@pytest.mark.parametrize("dialect", ["openai", "gemini", "ollama"])
def test_an_embedding_has_the_dimensions_that_are_wanted(dialect: str) -> None:
    right = reading("well", dialect, mode="embed", expect={"dimensions": 3}, slow="5s")
    assert (right.code, right.verdict) == ("", Verdict.UP)
    assert right.measures.keys() == {"total"}

    wrong = reading("well", dialect, mode="embed", expect={"dimensions": 1536})
    assert (wrong.code, wrong.verdict) == ("expect.dimensions", Verdict.DOWN)
    assert wrong.detail == "3 numbers, wanted exactly 1536"
    assert (
        reading("well", dialect, mode="embed", prefer={"dimensions": {"ge": 4}}).code == "prefer.dimensions"
    )


def test_an_embedding_costs_its_text() -> None:
    one = reading("well", mode="embed", prompt="x" * 40)

    assert (one.tokens, one.calls) == (2, 1)  # as the provider counts
    assert reading("well", "gemini", mode="embed", prompt="x" * 40).tokens == 10


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([0.0, 0, -0.0], "answer.empty"),
        ([], "answer.empty"),
        ([0, 0, 0.5], ""),
        (["a"], "http.protocol"),
        ([True], "http.protocol"),
        ([float("nan")], "http.protocol"),
        ([[0.5]], "http.protocol"),
        ("AACAPwAAAEA=", "http.protocol"),
        (None, "http.protocol"),
    ],
)
def test_an_embedding_is_numbers_that_are_not_all_zero(
    monkeypatch: pytest.MonkeyPatch, numbers: object, code: str
) -> None:
    monkeypatch.setitem(DEEDS, "own", embeds(numbers))

    assert reading("own", mode="embed", model="e").code == code


# --- options -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ({}, "answer"),
        ({"slow": "2s"}, "answer"),
        ({"slow": {"total": "8s"}}, "answer"),
        ({"slow": {"first_token": "2s"}}, "stream"),
        ({"slow": {"gap": "2s"}}, "stream"),
        ({"gap": "5s"}, "stream"),
        ({"prefer": {"tokens_per_second": {"ge": 15}}}, "stream"),
    ],
)
def test_a_wish_that_needs_a_stream_asks_for_one(options: dict[str, Any], mode: str) -> None:
    with ModelServer() as server:
        asked(llm(base(server, "well"), **options))

    assert bool(server.asked[0].body.get("stream")) is (mode == "stream")


def configured(text: str) -> Any:
    lines = "\n".join(f"    {line}" for line in text.splitlines())
    return load(
        f"components:\n  - name: LLM\n    type: llm\n{lines}\n", "components.yaml", {"KEY": "sk-probe-1"}
    )


EXAMPLE = """url: https://llm.kestrel.example/v1
key: ${KEY}
model: kestrel-1-mini
prompt: "What is 17 x 23? Reply with the number only."
max_tokens: 8
every: 15m
expect: {answer: "391", finish: [stop]}
slow: {first_token: 2s, gap: 3s, total: 8s}
prefer: {tokens_per_second: {ge: 15}}"""


def test_a_component_of_the_kind_is_read() -> None:
    component = configured(EXAMPLE).components[0]

    assert component.type == "llm"
    assert isinstance(component.probe, Llm)
    assert component.probe.target == "https://llm.kestrel.example"
    assert "sk-probe-1" not in repr(component)
    assert KINDS["llm"] is Llm


@pytest.mark.parametrize(
    ("text", "line", "what", "mend"),
    [
        (
            "url: https://h/v1\nmodel: m\ndialect: opnai",
            6,
            "dialect: unknown word 'opnai'",
            "did you mean 'openai'?",
        ),
        (
            "url: https://h/v1\nmodel: m\nmode: strem",
            6,
            "mode: unknown word 'strem'",
            "did you mean 'stream'?",
        ),
        ("url: https://h/v1\nmodel: m\npromt: x", 6, "unknown key 'promt'", "did you mean 'prompt'?"),
        (
            "url: https://h/v1\nmodel: m\nslow: {first_tokn: 2s}",
            6,
            "slow: unknown key",
            "did you mean 'first_token'?",
        ),
        ("url: https://h/v1\nmodel: m\ngap: 0s", 6, "gap: no answer comes within no time", ""),
        ("url: https://h/v1\nmodel: m\nslow: quick", 6, "slow: 'quick' is no duration", ""),
        (
            "url: https://h/v1\nmodel: m\nexpect: {anser: x}",
            6,
            "expect: unknown key",
            "did you mean 'answer'?",
        ),
        ("url: https://h/v1\nmodel: m\nmax_tokens: 0", 6, "max_tokens: must be greater", ""),
        ("url: https://h/v1\nmodel: m\nfallback: [x]", 6, "a phrase has two characters", ""),
        ("url: llm.example\nmodel: m", 4, "the address must begin with http", ""),
        ("url: https://h/v1", 2, "the key 'model' is missing", ""),
        (
            "url: https://h/v1\nmodel: m\nmode: answer\nslow: {gap: 1s}",
            2,
            "`slow.gap` is for the mode stream",
            "",
        ),
        ("url: https://h/v1\nmodel: m\nmode: ping\ngap: 1s", 2, "`gap` is for the mode stream", ""),
        ("url: https://h/v1\nmodel: m\nmode: ping\ntool: true", 2, "`tool` is for the modes", ""),
        (
            "url: https://h/v1\nmodel: m\nexpect: {dimensions: 3}",
            2,
            "`expect.dimensions` is for the mode embed",
            "",
        ),
        (
            "url: https://h/v1\nmodel: m\nmode: answer\nprefer: {tokens_per_second: 3}",
            2,
            "`prefer.tokens_per_second` is for the mode stream",
            "",
        ),
        (
            "url: https://h/v1\nmodel: m\nmode: ping\nexpect: {answer: x}",
            2,
            "`expect.answer` is for the mode answer",
            "",
        ),
        (
            "url: https://h/v1\nmodel: m\nexpect: {tool_call: true}",
            2,
            "`expect.tool_call` needs `tool: true`",
            "",
        ),
        ("url: https://h/v1\nmodel: m\nprefer: {fallback: false}", 2, "`prefer.fallback` needs phrases", ""),
        (
            "url: https://h/v1\nmodel: m\ndialect: gemini\napi_version: '1'",
            2,
            "`api_version` is for Azure",
            "",
        ),
        (
            "url: https://h/v1\nmodel: m\ndialect: anthropic\nmode: embed",
            2,
            "anthropic has no embeddings",
            "",
        ),
        (
            "url: https://h/v1\nmodel: m\nkey: ${KEY}\nheaders: {authorization: x}",
            2,
            "give `key` or the header",
            "",
        ),
    ],
)
def test_a_wrong_option_is_refused_where_it_stands(text: str, line: int, what: str, mend: str) -> None:
    with pytest.raises(Problems) as refused:
        configured(text)

    told = str(refused.value)
    assert f"components.yaml:{line}: " in told
    assert what in told and mend in told


def test_a_temperature_may_be_left_out() -> None:
    with ModelServer() as server:
        asked(llm(base(server, "well"), temperature=None))
        asked(llm(base(server, "well"), temperature=0.5))

    assert "temperature" not in server.asked[0].body
    assert server.asked[1].body["temperature"] == 0.5


@pytest.mark.parametrize(
    "options", [{"url": "https://user:pw@h/"}, {"key": "two words"}, {"headers": {"Host": "x"}}]
)
def test_what_could_lead_astray_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        llm(**options)


# --- TLS -----------------------------------------------------------------------------------------


def test_the_certificate_is_judged_too(authority: Authority) -> None:
    with ModelServer(tls=authority.server()) as server:
        probe = llm(
            base(server, "well"),
            mode="stream",
            ca=authority.path,
            prefer={"certificate": {"days_left": {"ge": 21}}},
        )
        one = asked(probe)

        assert one.verdict is Verdict.UP
        assert one.certificate_expires is not None
        assert finding(one, "prefer.certificate days_left").holds
        assert asked(llm(base(server, "well"))).code == "tls.untrusted"
    assert isinstance(probe, Certified)
    assert probe.certificate(timedelta(days=20))[0] == "prefer.certificate"


# --- the page ------------------------------------------------------------------------------------


def test_the_examples_of_the_page_are_read() -> None:
    text = PAGE.read_text("utf-8")
    examples = [part.partition("```")[0] for part in text.split("```yaml\n")[1:]]
    keys = ("LLM_PROBE_KEY", "ANTHROPIC_PROBE_KEY", "AZURE_PROBE_KEY", "GEMINI_PROBE_KEY")
    secrets = dict.fromkeys(keys, "sk-probe-1")

    assert examples
    for example in examples:
        components = load(f"components:\n{example}", "components.yaml", secrets).components
        assert all(type(component.probe) is Llm for component in components)


def test_the_page_names_every_option_and_every_code_of_its_own() -> None:
    text = PAGE.read_text("utf-8")
    codes = [
        code
        for code in CODES
        if code.startswith(("stream.", "quota.", "model.", "prompt.", "provider.", "request."))
    ]

    assert [name for name in (option.name for option in fields(Llm)) if f"`{name}`" not in text] == []
    assert [code for code in codes if f"`{code}`" not in text] == []
