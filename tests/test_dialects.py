"""The dialects of language models: what is sent, what of an answer is understood, what an error is called."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest
from models import DEEDS, ModelServer, answers, refuses
from voices import VOICES

from statuspage.net import Net
from statuspage.probes.dialects import DIALECTS, Completion, Endpoint, Turn, complete
from statuspage.probes.dialects.asking import next_part
from statuspage.probes.dialects.base import Call, Usage, join, patched
from statuspage.probes.dialects.faults import code_of, complaint
from statuspage.probes.dialects.heard import Heard, Pace, visible
from statuspage.probes.options import Secret

KEY = Secret("sk-probe-1")
TURNS = [
    Turn("system", "Be brief."),
    Turn("user", "17 x 23?"),
    Turn("assistant", "391"),
    Turn("user", "Sure?"),
]
WITHIN = timedelta(seconds=5)
NOW = timedelta(seconds=1)


def endpoint(url: str = "https://llm.example", **options: Any) -> Endpoint:
    return Endpoint(url=url, **{"model": "kestrel-1", "key": KEY, **options})


# --- what is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "options", "headers"),
    [
        ("openai", {}, {"authorization": "Bearer sk-probe-1"}),
        ("openai", {"api_version": "2024-10-21"}, {"api-key": "sk-probe-1"}),
        ("anthropic", {}, {"x-api-key": "sk-probe-1", "anthropic-version": "2023-06-01"}),
        ("gemini", {}, {"x-goog-api-key": "sk-probe-1"}),
        ("ollama", {}, {"authorization": "Bearer sk-probe-1"}),
        ("openai", {"key": None}, {}),
        ("anthropic", {"key": None}, {"anthropic-version": "2023-06-01"}),
        ("gemini", {"key": None}, {}),
        ("ollama", {"key": None}, {}),
    ],
)
def test_the_key_goes_where_the_dialect_wants_it(
    dialect: str, options: dict[str, Any], headers: dict[str, str]
) -> None:
    assert dict(DIALECTS[dialect].headers(endpoint(**options))) == headers


@pytest.mark.parametrize(
    ("dialect", "base", "chat", "models"),
    [
        ("openai", "https://h/v1", "https://h/v1/chat/completions", "https://h/v1/models"),
        ("openai", "https://h/v1/", "https://h/v1/chat/completions", "https://h/v1/models"),
        ("openai", "https://h/v1/chat/completions", "https://h/v1/chat/completions", "https://h/v1/models"),
        (
            "openai",
            "https://h/v1?tenant=a",
            "https://h/v1/chat/completions?tenant=a",
            "https://h/v1/models?tenant=a",
        ),
        ("anthropic", "https://h", "https://h/v1/messages", "https://h/v1/models?limit=1000"),
        ("anthropic", "https://h/v1", "https://h/v1/messages", "https://h/v1/models?limit=1000"),
        ("anthropic", "https://h/v1/messages", "https://h/v1/messages", "https://h/v1/models?limit=1000"),
        (
            "gemini",
            "https://h",
            "https://h/v1beta/models/kestrel-1:generateContent",
            "https://h/v1beta/models?pageSize=1000",
        ),
        (
            "gemini",
            "https://h/v1",
            "https://h/v1/models/kestrel-1:generateContent",
            "https://h/v1/models?pageSize=1000",
        ),
        ("ollama", "http://h:11434", "http://h:11434/api/chat", "http://h:11434/api/tags"),
        ("ollama", "http://h:11434/api/chat", "http://h:11434/api/chat", "http://h:11434/api/tags"),
    ],
)
def test_addresses_are_made_of_a_base_however_it_is_written(
    dialect: str, base: str, chat: str, models: str
) -> None:
    speech = DIALECTS[dialect]

    assert speech.ask(endpoint(base), TURNS).url == chat
    assert speech.list_models(endpoint(base)) == Call(models)


def test_azure_has_its_deployment_in_the_address_and_the_version_in_the_query() -> None:
    azure = endpoint("https://r.example/openai/deployments/d", api_version="2024-10-21", model="")
    call = DIALECTS["openai"].ask(azure, TURNS)

    assert call.url == "https://r.example/openai/deployments/d/chat/completions?api-version=2024-10-21"
    assert call.body is not None and "model" not in call.body
    assert (
        DIALECTS["openai"].list_models(azure).url == "https://r.example/openai/models?api-version=2024-10-21"
    )
    embedding = DIALECTS["openai"].embed(azure, "probe")
    assert embedding == Call(
        "https://r.example/openai/deployments/d/embeddings?api-version=2024-10-21", {"input": "probe"}
    )


def test_a_gemini_key_never_stands_in_an_address() -> None:
    speech = DIALECTS["gemini"]
    calls = [
        speech.ask(endpoint(), TURNS, stream=True),
        speech.embed(endpoint(), "x"),
        speech.list_models(endpoint()),
    ]

    assert all(call is not None and "sk-probe-1" not in call.url for call in calls)
    assert calls[0] is not None and calls[0].url.endswith(":streamGenerateContent?alt=sse")


@pytest.mark.parametrize("model", ["models/kestrel-1", "tunedModels/kestrel-1"])
def test_gemini_models_may_be_named_with_their_folder(model: str) -> None:
    url = DIALECTS["gemini"].ask(endpoint(model=model), TURNS).url

    assert url == f"https://llm.example/v1beta/{model}:generateContent"


def test_what_openai_is_asked() -> None:
    body = DIALECTS["openai"].ask(endpoint(), TURNS, stream=True, tool=True).body

    assert body == {
        "model": "kestrel-1",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "17 x 23?"},
            {"role": "assistant", "content": "391"},
            {"role": "user", "content": "Sure?"},
        ],
        "max_tokens": 16,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "get_time",
                    "description": "Tells the current time in UTC.",
                    "parameters": {"type": "object", "properties": {}},
                },
            }
        ],
    }


def test_what_anthropic_is_asked() -> None:
    body = DIALECTS["anthropic"].ask(endpoint(temperature=None), TURNS, stream=True).body

    assert body == {
        "model": "kestrel-1",
        "max_tokens": 16,
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": "17 x 23?"},
            {"role": "assistant", "content": "391"},
            {"role": "user", "content": "Sure?"},
        ],
        "stream": True,
    }
    assert DIALECTS["anthropic"].embed(endpoint(), "x") is None


def test_what_gemini_is_asked() -> None:
    body = DIALECTS["gemini"].ask(endpoint(), TURNS).body

    assert body == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "17 x 23?"}]},
            {"role": "model", "parts": [{"text": "391"}]},
            {"role": "user", "parts": [{"text": "Sure?"}]},
        ],
        "generationConfig": {"maxOutputTokens": 16, "temperature": 0},
    }


def test_what_ollama_is_asked() -> None:
    body = DIALECTS["ollama"].ask(endpoint(), TURNS[1:2]).body

    assert body == {
        "model": "kestrel-1",
        "messages": [{"role": "user", "content": "17 x 23?"}],
        "stream": False,
        "options": {"num_predict": 16, "temperature": 0},
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_temperature_can_be_left_out(dialect: str) -> None:
    body = DIALECTS[dialect].ask(endpoint(temperature=None), TURNS, tool=True).body

    assert "temperature" not in json.dumps(body)
    assert "get_time" in json.dumps(body)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [1]}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_request_is_patched_as_rfc_7396_says(target: object, patch: object, result: object) -> None:
    assert patched(target, patch) == result


def test_a_base_keeps_its_query() -> None:
    assert join("https://h/a?b=c%20d&e=", "x/y", n="1") == "https://h/a/x/y?b=c+d&e=&n=1"


# --- what is understood --------------------------------------------------------------------------


def heard(dialect: str, *documents: object) -> Heard:
    one = Heard()
    for document in documents:
        one.add(DIALECTS[dialect], document, NOW)
    return one


@pytest.mark.parametrize("dialect", VOICES)
def test_a_whole_answer_is_understood(dialect: str) -> None:
    one = heard(dialect, VOICES[dialect].whole("391", "length"))

    assert (one.text, one.finish, one.model) == ("391", "length", "kestrel-1-mini")
    assert one.usage.answer == 3
    assert not one.empty and one.finished


def test_the_texts_of_a_list_of_parts_are_joined() -> None:
    parts = [
        {"type": "text", "text": "3"},
        {"type": "reference", "text": "no"},
        {"type": "text", "text": "91"},
    ]
    answer = {"choices": [{"message": {"content": parts}, "finish_reason": "model_length"}]}

    assert (heard("openai", answer).text, heard("openai", answer).finish) == ("391", "length")


@pytest.mark.parametrize(
    ("dialect", "document", "finish"),
    [
        ("openai", {"choices": [{"message": {"refusal": "I cannot"}, "finish_reason": "stop"}]}, "stop"),
        ("anthropic", {"type": "message", "content": [], "stop_reason": "refusal"}, "refusal"),
        ("anthropic", {"type": "message", "content": [], "stop_reason": "tool_use"}, "tool_calls"),
        ("gemini", {"candidates": [{"finishReason": "RECITATION"}]}, "content_filter"),
        ("gemini", {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}, "MALFORMED_FUNCTION_CALL"),
        ("ollama", {"done": True}, "stop"),
        ("ollama", {"done": True, "done_reason": "load", "message": {"content": ""}}, "load"),
    ],
)
def test_how_an_answer_ended_is_told_in_one_vocabulary(dialect: str, document: object, finish: str) -> None:
    assert heard(dialect, document).finish == finish


@pytest.mark.parametrize("dialect", VOICES)
def test_a_tool_call_is_put_together(dialect: str) -> None:
    octets = VOICES[dialect].tool("get_time", '{"zone": "UTC"}')
    documents = [json.loads(line.removeprefix(b"data: ")) for line in octets.splitlines() if b"{" in line]
    tools = heard(dialect, *documents).tools

    assert [(tool.name, json.loads(tool.arguments)) for tool in tools] == [("get_time", {"zone": "UTC"})]


@pytest.mark.parametrize(
    ("dialect", "document"),
    [
        (
            "anthropic",
            {"type": "message", "content": [{"type": "tool_use", "name": "get_time", "input": {}}]},
        ),
        (
            "openai",
            {"choices": [{"message": {"tool_calls": [{"function": {"name": "get_time", "arguments": ""}}]}}]},
        ),
        ("openai", {"choices": [{"message": {"tool_calls": [{"function": {"name": "get_time"}}]}}]}),
    ],
)
def test_a_tool_call_without_arguments_is_one(dialect: str, document: object) -> None:
    assert [tool.name for tool in heard(dialect, document).tools] == ["get_time"]


def test_several_whole_tool_calls_stay_apart() -> None:
    calls: list[dict[str, object]] = [{"function": {"name": name, "arguments": {}}} for name in ("a", "b")]
    one = heard("ollama", {"message": {"tool_calls": calls}}, {"message": {"tool_calls": calls[:1]}})

    assert [tool.name for tool in one.tools] == ["a", "b", "a"]


def test_the_largest_count_of_tokens_holds() -> None:
    one = heard(
        "anthropic",
        {
            "type": "message_start",
            "message": {"usage": {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 1}},
        },
        {"type": "message_delta", "usage": {"output_tokens": 7}},
    )

    assert one.usage == Usage(13, 7) and one.usage.total == 20


def test_gemini_counts_its_thoughts_apart() -> None:
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 2, "thoughtsTokenCount": 40}

    assert heard("gemini", {"usageMetadata": usage}).usage == Usage(5, 42, 40)


@pytest.mark.parametrize("count", [-1, True, "9", 1.5, None, 10**30])
def test_a_count_that_cannot_be_believed_is_none(count: object) -> None:
    assert heard("openai", {"choices": [], "usage": {"prompt_tokens": count}}).usage == Usage()


def test_a_blocked_prompt_is_told_from_an_answer_that_was_filtered() -> None:
    one = heard("gemini", {"promptFeedback": {"blockReason": "SAFETY"}})

    assert (one.code, one.finished) == ("prompt.filtered", False)


def test_a_filter_of_azure_that_did_not_run_is_noted() -> None:
    choice = {
        "message": {"content": "391"},
        "content_filter_results": {"error": {"code": "content_filter_error"}},
    }

    assert heard("openai", {"choices": [choice]}).unfiltered


@pytest.mark.parametrize("document", [{}, [], "x", 1, None, {"ok": True}, {"choices": 1}, {"candidates": {}}])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_no_answer_is_none(dialect: str, document: object) -> None:
    one = heard(dialect, document)

    assert one.empty and not one.finished


def test_events_of_tomorrow_do_not_hurt() -> None:
    known = [
        json.loads(e.split(b"data: ")[1])
        for e in [*VOICES["anthropic"].start(), VOICES["anthropic"].text("391")]
    ]
    tomorrow = [{"type": "telepathy"}, {"type": "content_block_delta", "delta": {"type": "signature_delta"}}]

    assert heard("anthropic", *known, *tomorrow).text == "391"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_document_is_too_strange(dialect: str) -> None:
    """Answers of the dialects with each of their values replaced, in turn, by something else."""
    speech, voice = DIALECTS[dialect], VOICES[dialect]
    octets = [*voice.start(), voice.tool("get_time", "{}"), voice.text("x"), *voice.end(), voice.error()]
    events = [
        json.loads(line.removeprefix(b"data: ")) for e in octets for line in e.splitlines() if b"{" in line
    ]
    odd: list[object] = [None, [], {}, "x", -1, 1e400, True, [None], {"type": 1}, [[]], {"error": 1}]
    for document in (voice.whole("391"), voice.names("a"), *events):
        for other in odd:
            for changed in changes(document, other):
                heard(dialect, changed)
                speech.models(changed)
                speech.vector(changed)
                complaint(changed)


def changes(document: Any, other: object) -> list[Any]:
    """The document with one value replaced, for each value in it."""
    found: list[Any] = [other]
    entries = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in entries:
        for inner in changes(value, other):
            copy = dict(document) if isinstance(document, dict) else list(document)
            copy[key] = inner
            found.append(copy)
    return found


def test_a_deep_argument_of_a_tool_is_not_written_out() -> None:
    deep: object = {}
    for _ in range(100_000):
        deep = {"a": deep}
    call = {"function": {"name": "get_time", "arguments": deep}}
    [tool] = heard("ollama", {"message": {"tool_calls": [call]}}).tools

    assert tool.arguments == "nested too deep"


def test_halves_of_characters_become_whole_or_are_replaced() -> None:
    halves = [
        json.loads(f'{{"choices": [{{"delta": {{"content": "{half}"}}}}]}}')
        for half in ("\\ud83d", "\\udc26", "\\ud83d")
    ]
    text = heard("openai", *halves).text

    assert text == "\U0001f426\ufffd"
    assert text.encode()


@pytest.mark.parametrize(
    ("text", "seen"),
    [("a", True), ("\U0001f426", True), ("", False), (" \t\n", False), ("\u200b\ufeff\x00", False)],
)
def test_only_what_a_reader_sees_is_visible(text: str, seen: bool) -> None:
    assert visible(text) is seen


def test_texts_that_come_together_are_one_arrival() -> None:
    pace = Pace()
    for at in (100, 102, 104, 106, 300, 301):
        pace.arrive(timedelta(milliseconds=at))

    assert (pace.arrivals, pace.gap) == (3, timedelta(milliseconds=194))
    assert (pace.first, pace.last) == (timedelta(milliseconds=100), timedelta(milliseconds=301))


# --- errors --------------------------------------------------------------------------------------


def wrapped(message: str, **kinds: object) -> dict[str, object]:
    return {"error": {"message": message, **kinds}}


def told(kind: str, message: str) -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message}}


@pytest.mark.parametrize(
    ("status", "document", "code"),
    [
        # OpenAI
        (401, wrapped("Incorrect key", type="invalid_request_error", code="invalid_api_key"), "auth.denied"),
        (403, wrapped("Not here", code="unsupported_country_region_territory"), "auth.denied"),
        (404, wrapped("The model `x` does not exist", code="model_not_found"), "model.unknown"),
        (403, wrapped("no access to model x", code="model_not_found"), "model.unknown"),
        (429, wrapped("Rate limit", type="requests", code="rate_limit_exceeded"), "rate.limited"),
        (429, wrapped("Exceeded", type="insufficient_quota", code="insufficient_quota"), "quota.exhausted"),
        (429, wrapped("No credit", code="credit_balance_exhausted"), "quota.exhausted"),
        (400, wrapped("Hard limit", code="billing_hard_limit_reached"), "quota.exhausted"),
        (400, wrapped("'max_tokens' is not supported with this model."), "request.refused"),
        (422, {"detail": [{"loc": ["body", "model"], "msg": "field required"}]}, "request.refused"),
        (500, wrapped("The server had an error", type="server_error"), "http.500"),
        (503, wrapped("Slow down", type="server_error", code="slow_down"), "provider.overloaded"),
        (503, wrapped("The engine is currently overloaded", type="server_error"), "provider.overloaded"),
        (503, {}, "http.503"),
        # Anthropic
        (401, told("authentication_error", "invalid x-api-key"), "auth.denied"),
        (403, told("permission_error", "no"), "auth.denied"),
        (404, told("not_found_error", "model: kestrel"), "model.unknown"),
        (404, told("not_found_error", "Not Found"), "http.404"),
        (400, told("invalid_request_error", "Your credit balance is too low"), "quota.exhausted"),
        (402, told("billing_error", "pay"), "quota.exhausted"),
        (429, told("rate_limit_error", "slow"), "rate.limited"),
        (500, told("api_error", "oops"), "http.500"),
        (529, told("overloaded_error", "Overloaded"), "provider.overloaded"),
        (529, None, "provider.overloaded"),
        # Gemini
        (429, wrapped("Quota", code=429, status="RESOURCE_EXHAUSTED"), "rate.limited"),
        (429, [wrapped("Quota", code=429, status="RESOURCE_EXHAUSTED")], "rate.limited"),
        (503, wrapped("busy", code=503, status="UNAVAILABLE"), "provider.overloaded"),
        (403, wrapped("no", code=403, status="PERMISSION_DENIED"), "auth.denied"),
        (
            400,
            wrapped("no", status="INVALID_ARGUMENT", details=[{"reason": "API_KEY_INVALID"}]),
            "auth.denied",
        ),
        (404, wrapped("models/x is not found for API version v1beta", status="NOT_FOUND"), "model.unknown"),
        # Azure
        (400, wrapped("filtered", code="content_filter"), "prompt.filtered"),
        (400, wrapped("", innererror={"code": "ResponsibleAIPolicyViolation"}), "prompt.filtered"),
        (404, wrapped("no", code="DeploymentNotFound"), "model.unknown"),
        (404, wrapped("Resource not found", code="404"), "http.404"),
        # Mistral, vLLM, Ollama, LiteLLM
        (400, {"object": "error", "message": "Invalid model: x", "type": "invalid_model"}, "model.unknown"),
        (401, {"message": "Unauthorized"}, "auth.denied"),
        (404, {"object": "error", "message": "The model `x` does not exist."}, "model.unknown"),
        (404, {"error": "model 'x' not found"}, "model.unknown"),
        (400, wrapped("Invalid model name passed in model=x", code="400"), "model.unknown"),
        (400, wrapped("No connected db.", type="no_db_connection", code="400"), "auth.denied"),
        (400, wrapped("Budget has been exceeded!", type="budget_exceeded"), "quota.exhausted"),
        # what is not from a provider
        (402, None, "quota.exhausted"),
        (404, "<html>", "http.404"),
        (502, None, "http.502"),
        (418, 7, "http.4xx"),
    ],
)
def test_errors_of_providers_have_their_code(status: int, document: object, code: str) -> None:
    assert code_of(status, {}, complaint(document)) == code


def test_a_wall_and_its_retry_after_are_told_by_headers() -> None:
    nothing = complaint(None)

    assert code_of(403, {"cf-mitigated": "challenge"}, nothing) == "blocked"
    assert code_of(529, {"retry-after": "5"}, nothing) == "rate.limited"
    assert code_of(503, {"retry-after": "5"}, nothing) == "http.maintenance"


def test_an_error_says_its_words_to_the_operator() -> None:
    said = complaint({"error": {"message": "Slow down, please", "type": "server_error", "code": "slow_down"}})

    assert said.told == "server_error slow_down: Slow down, please"


# --- one whole exchange --------------------------------------------------------------------------


def completed(
    server: ModelServer, dialect: str, deed: str, within: timedelta = WITHIN, **options: Any
) -> Completion:
    async def ask() -> Completion:
        one = endpoint(f"{server.url}/{deed}{'/v1' if dialect == 'openai' else ''}", **options)
        return await complete(DIALECTS[dialect], one, TURNS, Net(), within)

    return asyncio.run(ask())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_completion_has_the_answer_and_what_it_cost(dialect: str) -> None:
    with ModelServer() as server:
        completion = completed(server, dialect, "well")

    assert (completion.text, completion.finish, completion.code) == ("391", "stop", "")
    assert completion.model == "kestrel-1-mini"
    assert completion.tokens == (3 if dialect == "ollama" else 17)
    assert completion.latency is not None and "first_byte" in completion.phases
    [asked] = server.asked
    assert asked.dialect == dialect
    assert "sk-probe-1" in " ".join(asked.headers.values())
    assert "sk-probe-1" not in asked.path + str(asked.query) + json.dumps(asked.body)


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ("empty", "answer.empty"),
        ("invisible", "answer.empty"),
        ("cut-off", "answer.cut_off"),
        ("filtered", "expect.filtered"),
        ("ok-to-all", "answer.empty"),
        ("html", "http.protocol"),
        ("ok", "http.protocol"),
        ("too-deep", "http.protocol"),
        ("huge", "http.protocol"),
        ("error-in-200", "http.502"),
        ("unnamed-error-in-200", "http.protocol"),
        ("silent", "read.timeout"),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_completion_says_why_it_is_none(dialect: str, deed: str, code: str) -> None:
    with ModelServer() as server:
        completion = completed(server, dialect, deed, timedelta(seconds=0.5))

    assert completion.code == code
    assert completion.detail


@pytest.mark.parametrize(
    ("dialect", "document", "code"),
    [
        ("openai", {"choices": [{"message": {"refusal": "I cannot do that"}}]}, "expect.refused"),
        ("anthropic", {"type": "message", "content": [], "stop_reason": "refusal"}, "expect.refused"),
        ("gemini", {"promptFeedback": {"blockReason": "OTHER"}}, "prompt.filtered"),
        ("openai", {"choices": [{"message": {"content": None}, "finish_reason": "error"}]}, "http.protocol"),
    ],
)
def test_a_refusal_is_none_either(
    monkeypatch: pytest.MonkeyPatch, dialect: str, document: object, code: str
) -> None:
    monkeypatch.setitem(DEEDS, "own", answers(document))
    with ModelServer() as server:
        assert completed(server, dialect, "own").code == code


def test_a_text_that_was_cut_off_is_there_all_the_same() -> None:
    with ModelServer() as server:
        completion = completed(server, "openai", "cut-off")

    assert (completion.text, completion.finish, completion.code) == (
        "The product of",
        "length",
        "answer.cut_off",
    )


def test_tokens_are_estimated_where_the_provider_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEEDS, "own", answers({"choices": [{"message": {"content": "four"}}]}))
    with ModelServer() as server:
        completion = completed(server, "openai", "own")

    assert completion.tokens == (sum(len(turn.text) for turn in TURNS) + 4 + 3) // 4


def test_an_error_of_the_network_is_a_completion(closed_port: int) -> None:
    async def ask() -> Completion:
        one = endpoint(f"http://127.0.0.1:{closed_port}")
        return await complete(DIALECTS["openai"], one, TURNS, Net(), WITHIN)

    completion = asyncio.run(ask())
    assert (completion.code, completion.latency) == ("tcp.refused", None)


def test_own_headers_and_fields_go_along(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer() as server:
        completed(
            server,
            "openai",
            "well",
            headers={"X-Team": "bots", "Authorization": "Basic abc"},
            body={"max_tokens": None, "max_completion_tokens": 16, "metadata": {"probe": True}},
        )

    [asked] = server.asked
    assert (asked.headers["x-team"], asked.headers["authorization"]) == ("bots", "Basic abc")
    assert "max_tokens" not in asked.body
    assert (asked.body["max_completion_tokens"], asked.body["metadata"]) == (16, {"probe": True})


def test_a_key_does_not_follow_a_redirect_to_strangers() -> None:
    with ModelServer() as server, ModelServer() as stranger:
        DEEDS["moved"] = answers(b"", 307, location=f"{stranger.url}/well/v1/chat/completions")
        try:
            completion = completed(server, "openai", "moved")
        finally:
            del DEEDS["moved"]

    assert completion.code == "http.redirect_refused"
    assert stranger.asked == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_noise_is_no_answer(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(17)
    with ModelServer() as server:
        for _ in range(20):
            body = noise.randbytes(noise.randrange(1, 400))
            monkeypatch.setitem(DEEDS, "own", answers(body))
            assert completed(server, dialect, "own").code in ("http.protocol", "answer.empty")


def test_nothing_of_an_endpoint_that_is_secret_is_printed() -> None:
    one = endpoint("https://llm.example/t0k3n", headers={"x-key": "h34d3r"}, body={"user": "b0dy"})

    assert not {"t0k3n", "sk-probe-1", "h34d3r", "b0dy"} & set(repr(one).replace("'", " ").split())
    assert "sk-probe-1" not in repr(one)


def test_refusals_of_requests_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEEDS, "own", refuses(429, {"type": "insufficient_quota"}))
    with ModelServer() as server:
        completion = completed(server, "openai", "own")

    assert (completion.code, completion.detail, completion.tokens) == ("quota.exhausted", "status 429", 0)
    assert completion.latency is not None


def test_a_time_limit_of_the_system_is_not_taken_for_silence() -> None:
    async def parts() -> AsyncGenerator[bytes, None]:
        raise TimeoutError(110, "Connection timed out")
        yield b""

    async def ask() -> None:
        async with aclosing(parts()) as stream:
            await next_part(stream, 5)

    with pytest.raises(TimeoutError, match="timed out"):
        asyncio.run(ask())
