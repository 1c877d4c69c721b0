import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bots
import jsonschema
import pytest
from bots import ModelBot, RasaBot, raw, status
from pydantic import TypeAdapter, ValidationError
from servers import Authority, Listener, Seen, answer

from statuspage import yamlfile
from statuspage.causes import CODES
from statuspage.config import load, schema
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import Certified, Cost, Occasion, Paid
from statuspage.probes.chat import Chat
from statuspage.probes.talk.base import Message, Reply, Unanswered

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
CHAT = TypeAdapter(Chat)
WORD = "fruvaleno"
DOCS = Path(__file__).parents[1] / "docs/probes/chat.md"


def chat(*steps: Any, **options: Any) -> Chat:
    """A probe by way of the border: JSON, strict, as config reads it."""
    given = {"dialect": "rasa", "url": "http://127.0.0.1/", "conversation": steps or [{"say": "Hello"}]}
    return CHAT.validate_json(json.dumps(given | options), strict=True)


def occasion(turn: int = 0) -> Occasion:
    return Occasion(at=NOW, turn=turn, nonce=WORD)


def ask(probe: Chat, within: timedelta = 5 * SECOND, turn: int = 0) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, occasion(turn)))


def reply(text: str = "", seconds: float = 0.5, **more: Any) -> Reply:
    message = {name: more.pop(name) for name in ("filled", "beside", "document", "handover") if name in more}
    return Reply(messages=(Message(text=text, **message),), latency=timedelta(seconds=seconds), **more)


def judged(*replies: Reply | str, steps: list[Any], **options: Any) -> tuple[str, str]:
    """Code and detail for the answers."""
    given = [reply(one) if isinstance(one, str) else one for one in replies]
    reading = chat(*steps, **options).judge(given, occasion())
    assert reading.verdict is (CODES[reading.code].verdict if reading.code else Verdict.UP)
    assert all(finding.holds for finding in reading.findings) == (not reading.code)
    return reading.code, reading.detail


# --- judging one turn --------------------------------------------------------------------------

HOURS = "We are open from Monday to Friday, and you can call us at any time of the day."
HEURES = "Nous sommes ouverts du lundi au vendredi, et vous pouvez nous appeler pour toute question."
PHRASES = ["did not understand", "rephrase"]


@pytest.mark.parametrize(
    ("wish", "text", "code", "evidence"),
    [
        ({"answer": {"matches": "(?i)monday.*friday"}}, HOURS, "", ""),
        ({"answer": "Monday"}, HOURS, "", ""),
        ({"answer": "Sunday"}, HOURS, "answer", "the answer is not as wanted"),
        ({"answer": {"not": "Monday"}}, HOURS, "answer", "the answer is not as wanted"),
        ({"answer": {"any_of": ["Sunday", "Monday"]}}, HOURS, "", ""),
        ({"answer": 391}, "391", "", ""),
        ({"language": "en"}, HOURS, "", ""),
        ({"language": "en-GB"}, HOURS, "", ""),
        ({"language": "fr"}, HOURS, "language", "the answer is in en, wanted fr"),
        ({"language": "en"}, HEURES, "language", "the answer is in fr, wanted en"),
        ({"language": "de"}, "Wembolin Wembolin Wembolin", "", ""),  # unsure
        ({"language": "de"}, "Your name is X.", "", ""),  # fewer than 20 letters
        ({"cites": "help.example/hours"}, "See https://help.example/hours.", "", ""),
        ({"cites": {"matches": r"hours\b"}}, HOURS, "citation", "the source is not named"),
        ({"handover": True}, "I will Connect  you.", "", ""),
        ({"handover": True}, HOURS, "handover", "no person is offered"),
        ({"handover": False}, HOURS, "", ""),
        ({"handover": False}, "I'll connect you.", "handover", "a person is offered"),
        ({"handover": {}}, "I'll connect you.", "", ""),
        ({"within": "500ms"}, HOURS, "", ""),
        ({"within": "400ms"}, HOURS, "within", "500 ms, wanted at most 400 ms"),
        ({"fallback": False}, "I did not understand.", "fallback", "a fallback phrase"),
        ({"fallback": False}, HOURS, "", ""),
        ({"fallback": True}, "Could you\nRephrase that?", "", ""),
        ({"fallback": True}, HOURS, "fallback", "no fallback phrase"),
    ],
)
def test_wishes_are_judged_alike_for_expect_and_prefer(
    wish: dict[str, Any], text: str, code: str, evidence: str
) -> None:
    for word in ("expect", "prefer"):
        step = {"say": "Hello", word: wish}
        found = judged(text, steps=[step], fallback=PHRASES, handover=["connect you"])
        assert found == ((f"{word}.{code}", f"turn 1 of 1: {evidence}") if code else ("", ""))


def test_every_code_of_a_turn_is_one_of_the_table() -> None:
    parts = ("answer", "fallback", "context", "language", "citation", "handover", "within")
    assert {f"{word}.{part}" for word in ("expect", "prefer") for part in parts} <= CODES.keys()


def test_wishes_decide_in_their_order() -> None:
    wishes = {"answer": "x", "language": "fr", "cites": "zz", "handover": True, "within": "1ms"}
    order = ["fallback", "answer", "language", "citation", "handover", "within"]
    left = dict(wishes)
    text = f"{HOURS} Could you rephrase it?"

    for n, part in enumerate(order):
        options = {"fallback": PHRASES if n == 0 else ["never said"], "handover": ["connect"]}
        assert judged(text, steps=[{"say": "Hello", "expect": left}], **options)[0] == f"expect.{part}"
        left.pop({"citation": "cites"}.get(part, part), None)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({}, "expect.fallback"),
        ({"prefer": {"fallback": False}}, "prefer.fallback"),
        ({"may_fall_back": True}, ""),
        ({"expect": {"fallback": True}}, ""),
        ({"expect": {"fallback": False}, "prefer": {"fallback": False}}, "expect.fallback"),
    ],
)
def test_a_fallback_is_a_failure_unless_the_turn_says_otherwise(step: dict[str, Any], code: str) -> None:
    assert judged("Sorry, I did not understand.", steps=[{"say": "Hi", **step}], fallback=PHRASES)[0] == code


def test_typographic_apostrophes_are_apostrophes() -> None:
    options = {"fallback": ["I didn't get that"]}
    assert judged("Sorry, I didn\u2019t get that!", steps=[{"say": "Hi"}], **options)[0] == "expect.fallback"


@pytest.mark.parametrize(
    ("value", "holds"),
    [(True, True), (False, False), ("online", True), ("closed", False), (3, True), (0, False), (None, False)],
)
def test_a_queue_is_open_by_its_own_word(value: object, *, holds: bool) -> None:
    step = {"say": "A person, please.", "expect": {"handover": True}}
    given = reply("Let me see.", document={"desk": value})

    found = judged(given, steps=[step], queue_open="$.desk")
    assert found == (("", "") if holds else ("expect.handover", "turn 1 of 1: the queue is not open"))


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"desk": "green", "wait": 30}, ""),
        ({"desk": "red", "wait": 30}, "expect.handover"),
        ({"desk": "green", "wait": 301}, "expect.handover"),
        ({"desk": "green", "wait": "30"}, "expect.handover"),
        ({"desk": "green", "wait": True}, "expect.handover"),
        ({"desk": "green", "wait": -1}, "expect.handover"),
        ({"desk": ["green"], "wait": 30}, "expect.handover"),
        ({"wait": 30}, "expect.handover"),
        ({}, "expect.handover"),
    ],
)
def test_a_desk_is_judged_by_its_own_words(document: dict[str, Any], code: str) -> None:
    wish = {"handover": {"queue_open": "green", "waiting": {"le": "5m"}}}
    options = {"queue_open": "$.desk", "waiting": "$.wait"}
    given = reply("Let me see.", document=document)

    assert judged(given, steps=[{"say": "A person?", "expect": wish}], **options)[0] == code


@pytest.mark.parametrize("wish", [{"queue_open": True}, {"waiting": {"lt": "1m"}}])
def test_one_word_of_the_desk_may_be_enough(wish: dict[str, Any]) -> None:
    steps = [{"say": "A person?", "expect": {"handover": wish}}]
    options = {"queue_open": "$.open", "waiting": "$.wait"}

    assert judged(reply("Soon.", document={"open": True, "wait": 59}), steps=steps, **options) == ("", "")
    late = reply("Soon.", document={"open": False, "wait": 60})
    assert judged(late, steps=steps, **options)[0] == "expect.handover"


def test_a_waiting_time_alone_is_an_offer_and_is_measured() -> None:
    step = {"say": "A person?", "expect": {"handover": True}}
    reading = chat(step, waiting="$.wait").judge([reply("Soon.", document={"wait": 42})], occasion())

    assert (reading.verdict, reading.measures["waiting"]) == (Verdict.UP, 42)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (reply(""), "answer.empty"),
        (reply(" \n"), "answer.empty"),
        (Reply(), "answer.empty"),
        (reply("", filled=True), ""),
        (reply("", handover=True), ""),
    ],
)
def test_an_answer_without_anything_to_see_is_empty(given: Reply, code: str) -> None:
    assert judged(given, steps=[{"say": "Hello", "prefer": {"within": "1m"}}], fallback=PHRASES)[0] == code


def test_an_answer_without_text_can_be_wanted() -> None:
    step = {"say": "Draw me a sheep.", "expect": {"answer": {"exists": False}}}
    assert judged(reply("", filled=True), steps=[step]) == ("", "")
    assert judged("No.", steps=[step])[0] == "expect.answer"


# --- judging a conversation --------------------------------------------------------------------

TALK: list[dict[str, Any]] = [
    {"say": "What are your opening hours?", "expect": {"answer": "Monday"}, "prefer": {"language": "en"}},
    {"say": "My name is {nonce}."},
    {"say": "What is my name?", "expect": {"answer": "{nonce}"}, "prefer": {"within": "2s"}},
]


@pytest.mark.parametrize(
    ("texts", "code", "detail"),
    [
        ([HOURS, "Hello!", f"Your name is {WORD}."], "", ""),
        ([HOURS, "Hello!", f"Your name is {WORD.capitalize()}."], "", ""),
        ([HOURS, "Hello!", "Who knows?"], "expect.context", "turn 3 of 3: the context of turn 2 is lost"),
        ([HEURES], "expect.answer", "turn 1 of 3: the answer is not as wanted"),
        ([HOURS, ""], "answer.empty", "turn 2 of 3: the answer is empty"),
        (
            [f"Monday: {HEURES}", "Hi", f"{WORD}"],
            "prefer.language",
            "turn 1 of 3: the answer is in fr, wanted en",
        ),
        ([f"Monday: {HEURES}", "Hi", "Who?"], "expect.context", "turn 3 of 3: the context of turn 2 is lost"),
    ],
)
def test_the_first_broken_turn_decides_and_expect_comes_before_prefer(
    texts: list[str], code: str, detail: str
) -> None:
    assert judged(*texts, steps=TALK) == (code, detail)


@pytest.mark.parametrize(
    "operand",
    [
        "{nonce}",
        {"contains": "{nonce}"},
        {"matches": "(?i)is {nonce}\\b"},
        {"any_of": ["{nonce}", "nobody"]},
        {"is": "It is {nonce}"},
        {"starts": "It is {nonce}", "ends": "{nonce}"},
        {"none_of": ["you have not told me"], "contains": "{nonce}"},
    ],
)
def test_the_made_up_word_is_filled_in_wherever_a_matcher_has_it(operand: Any) -> None:
    steps = [{"say": "I am {nonce}."}, {"say": "Who am I?", "expect": {"answer": operand}}]

    assert judged("Hello!", f"It is {WORD.title()}", steps=steps) == ("", "")
    assert judged("Hello!", "It is Wembolin", steps=steps)[0] == "expect.context"


def test_a_word_that_the_turn_itself_says_is_no_context() -> None:
    steps = [{"say": "I am {nonce}."}, {"say": "Say {nonce}.", "expect": {"answer": "{nonce}"}}]
    assert judged("Hello!", "No.", steps=steps)[0] == "expect.answer"

    steps = [{"say": "I am {nonce}."}, {"say": "Who am I?", "prefer": {"answer": "{nonce}"}}]
    assert judged("Hello!", "No.", steps=steps)[0] == "prefer.context"


def test_the_reading_has_the_slowest_turn_and_every_wish() -> None:
    given = [reply(HOURS, 0.5), reply("Hi", 1.5), reply(WORD, 1.0)]
    reading = chat(*TALK).judge(given, occasion(), spent=timedelta(seconds=3.2))

    assert (reading.latency, reading.measures) == (1.5 * SECOND, {"total": 3200.0})
    assert [(finding.key, finding.holds) for finding in reading.findings] == [
        ("turn 1 answer", True),
        ("turn 1 expect.answer", True),
        ("turn 1 prefer.language", True),
        ("turn 2 answer", True),
        ("turn 3 answer", True),
        ("turn 3 expect.context", True),
        ("turn 3 prefer.within", True),
    ]
    assert reading.findings[5].wanted == f'contains "{WORD}"'
    assert reading.findings[6].seen == "1000 ms"


def test_a_conversation_that_broke_off_has_neither_latency_nor_total() -> None:
    trouble = Unanswered("http.502", "status 502", seen="502 <html>", tokens=3)
    reading = chat(*TALK).judge([reply(HOURS)], occasion(), trouble, SECOND)

    assert (reading.code, reading.detail) == ("http.502", "turn 2 of 3: status 502")
    assert (reading.latency, reading.measures, reading.tokens) == (None, {}, 3)
    assert reading.findings[-1].seen == "502 <html>"


@pytest.mark.parametrize(
    ("texts", "options", "fell_back"),
    [
        ([HOURS], {"fallback": PHRASES}, False),
        (["Please rephrase."], {"fallback": PHRASES}, True),
        ([], {"fallback": PHRASES}, None),
        ([""], {"fallback": PHRASES}, None),
        ([HOURS], {}, None),  # without phrases nothing can be said
    ],
)
def test_whether_it_fell_back_is_told_of_every_conversation_with_answers(
    texts: list[str], options: dict[str, Any], *, fell_back: bool | None
) -> None:
    trouble = None if texts else Unanswered("http.500", "status 500")
    assert chat(**options).judge([reply(t) for t in texts], occasion(), trouble).fell_back is fell_back


def test_a_turn_that_may_fall_back_does_not_count_for_the_rate() -> None:
    for step in ({"may_fall_back": True}, {"expect": {"fallback": True}}):
        steps = [{"say": "Blurb?", **step}, {"say": "Hours?"}]
        probe = chat(*steps, fallback=PHRASES)
        assert probe.judge([reply("Please rephrase."), reply(HOURS)], occasion()).fell_back is False


def test_foreign_text_is_in_the_findings_alone_and_harmless_there() -> None:
    nasty = "\x1b[31mhunter2\x00\u202e<script>" + "x" * 5000
    steps = [{"say": "Hello", "expect": {"answer": "y", "cites": "z", "language": "de"}}]
    reading = chat(*steps).judge([reply(nasty)], occasion())

    assert reading.detail == "turn 1 of 1: the answer is not as wanted"
    assert all(finding.seen.isprintable() and len(finding.seen) < 5000 for finding in reading.findings)


def test_a_pattern_that_takes_too_long_leaves_the_turn_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("statuspage.probes.patterns.SECONDS", 0.05)
    slow = {"matches": r"(?=x)x*x*x*x*x*x*x*x*x*y"}  # look-around: re2 leaves it to re
    steps = [{"say": "Hello", "expect": {"answer": slow}}]

    assert judged("x" * 5000, steps=steps) == ("monitor.error", "turn 1 of 1: a pattern takes too long")
    before = {"say": "Hello", "expect": {"answer": "z", "cites": slow}}
    assert judged("x" * 5000, steps=[before])[0] == "expect.answer"


# --- alternatives ------------------------------------------------------------------------------


def test_each_probe_takes_the_next_of_several_messages() -> None:
    with RasaBot() as bot:
        probe = chat({"say": ["When are you open, {nonce}?", "Hours?", "Open?"]}, url=bot.url)
        for turn in range(4):
            assert ask(probe, turn=turn).verdict is Verdict.UP

    assert [said for _, said in bot.heard] == [
        f"When are you open, {WORD}?",
        "Hours?",
        "Open?",
        f"When are you open, {WORD}?",
    ]


def test_the_conversation_ends_at_the_first_turn_that_is_down_and_goes_on_after_one_that_is_not() -> None:
    talk = [
        {"say": "One", "prefer": {"answer": "x"}},
        {"say": "Two", "expect": {"answer": "x"}},
        {"say": "Three"},
    ]
    with RasaBot() as bot:
        assert ask(chat(*talk, url=bot.url)).detail.startswith("turn 2 of 3")
    assert [said for _, said in bot.heard] == ["One", "Two"]


def test_the_word_that_is_sent_can_be_pronounced() -> None:
    with RasaBot() as bot:
        asyncio.run(chat({"say": "I am {nonce}"}, url=bot.url).ask(Net(), 5 * SECOND, Occasion()))

    word = bot.heard[0][1].removeprefix("I am ")
    assert re.fullmatch(r"[a-z]{5,20}", word)
    assert not re.search(r"[^aeiouy]{4}|[aeiouy]{4}", word)


# --- models ------------------------------------------------------------------------------------

MODELS = {"openai": "/v1", "anthropic": "", "gemini": "", "ollama": ""}


def model(dialect: str, bot: ModelBot, **options: Any) -> Chat:
    given = {"dialect": dialect, "url": bot.url + MODELS[dialect], "key": "hunter2", "model": "m-1"}
    return chat(*TALK, **(given | options))


@pytest.mark.parametrize("dialect", MODELS)
def test_a_model_gets_the_steps_as_one_growing_dialogue(dialect: str) -> None:
    with ModelBot() as bot:
        reading = ask(model(dialect, bot, system="Be brief."))

    assert (reading.verdict, reading.code) == (Verdict.UP, "")
    assert [said for _, said in bot.heard] == [f"{step['say']}".replace("{nonce}", WORD) for step in TALK]
    assert b"Be brief." in bot.requests[0].body
    assert bot.requests[2].body.count(b"Monday") == 1  # the bot's own first answer
    assert reading.tokens == 90
    assert reading.calls == (0 if dialect == "ollama" else 3)
    assert reading.latency is not None


@pytest.mark.parametrize("dialect", MODELS)
def test_an_amnesic_model_loses_the_context(dialect: str) -> None:
    with ModelBot(forgets=True) as bot:
        reading = ask(model(dialect, bot))

    assert (reading.code, reading.tokens) == ("expect.context", 90)


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_an_answer_that_was_cut_off_is_not_judged_as_wrong(dialect: str) -> None:
    with ModelBot(forgets=True, finish="length") as bot:
        reading = ask(model(dialect, bot))

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "answer.cut_off")
    assert reading.detail == "turn 3 of 3: the answer ended at max_tokens"
    with ModelBot(finish="length") as bot:  # what is wanted came before the end
        assert ask(model(dialect, bot)).verdict is Verdict.UP


def test_more_can_be_said_in_a_model_s_request() -> None:
    with ModelBot() as bot:
        more = {"max_tokens": None, "max_completion_tokens": 99}
        assert ask(model("openai", bot, body=more, temperature=None)).verdict is Verdict.UP

    sent = bot.requests[0].json()
    assert {"temperature", "max_tokens"} & sent.keys() == set()
    assert sent["max_completion_tokens"] == 99


def test_azure_gets_its_key_and_version_as_it_wants_them() -> None:
    with ModelBot() as bot:
        assert ask(model("openai", bot, api_version="2024-10-21")).verdict is Verdict.UP
    assert bot.requests[0].headers["api-key"] == "hunter2"


def test_what_a_model_says_of_itself_is_told_with_its_turn() -> None:
    with ModelBot(finish="content_filter") as bot:
        reading = ask(model("openai", bot))
    assert (reading.code, reading.detail[:13], reading.tokens) == ("expect.filtered", "turn 1 of 3: ", 30)
    with ModelBot(bots.mute) as bot:
        assert ask(model("openai", bot)).code == "answer.empty"
    with ModelBot() as bot:
        reading = ask(model("openai", bot, key="wrong"))
    assert (reading.verdict, reading.code, reading.calls) == (Verdict.UNKNOWN, "auth.denied", 1)


def test_models_share_the_deadline_too(fault_server: Any) -> None:
    with ModelBot(delay=0.7) as bot:
        reading = ask(model("openai", bot), SECOND)
    assert reading.code in ("read.timeout", "deadline")
    assert reading.detail.startswith("turn 2 of 3: ")
    assert ask(model("openai", bot, url=f"{fault_server.url}/endless"), SECOND).verdict is Verdict.DOWN


@pytest.mark.parametrize(
    ("options", "cost"),
    [
        ({}, Cost()),
        ({"paid": True}, Cost(tokens=0, calls=2)),
        ({"dialect": "openai", "model": "m"}, Cost(tokens=(3 + 50) + (3 + 50 + 4 + 50), calls=2)),
        ({"dialect": "openai", "model": "m", "paid": False}, Cost()),
        ({"dialect": "ollama", "model": "m"}, Cost()),
        ({"dialect": "ollama", "model": "m", "paid": True, "system": "Brief."}, Cost(tokens=166, calls=2)),
    ],
)
def test_what_it_may_cost_at_most_is_known_before(options: dict[str, Any], cost: Cost) -> None:
    more = {"max_tokens": 50} if "model" in options else {}
    probe = chat({"say": ["123456", "1"]}, {"say": "12345678"}, **(options | more))

    assert isinstance(probe, Paid)
    assert probe.cost == cost


def test_paid_turns_are_counted_also_when_one_fails() -> None:
    with RasaBot() as bot:
        reading = ask(chat({"say": "One"}, {"say": "Two", "expect": {"answer": "x"}}, url=bot.url, paid=True))
    assert (reading.calls, reading.tokens) == (2, 0)
    with raw(status(500)) as bot:
        assert ask(chat(url=bot.url, paid=True)).calls == 1


# --- TLS ---------------------------------------------------------------------------------------


def test_its_certificate_is_judged(authority: Authority) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(answer(b'[{"text": "Hello"}]'))
        await writer.drain()

    soon = authority.server(ends=datetime.now(UTC) + timedelta(days=3))  # noqa: TID251 (the server's own)
    with Listener(serve, tls=soon) as server:
        reading = ask(chat(url=server.url, ca=authority.path))
        untrusted = ask(chat(url=server.url))

    assert reading.certificate_expires is not None
    probe = chat()
    assert isinstance(probe, Certified)
    assert probe.certificate(timedelta(days=3))[0] == "tls.expiring"
    assert probe.certificate(timedelta(days=30)) == ("", "")
    assert reading.findings[-1].key == "certificate days_left"
    assert untrusted.code == "tls.untrusted"


# --- options -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"dialect": "raza"}, "unknown dialect 'raza': did you mean 'rasa'"),
        ({"dialect": 5}, "literal"),
        ({"url": None}, "'url' is missing"),
        ({"url": "wss://a.example"}, "only the dialect custom speaks WebSocket"),
        ({"url": "ftp://a.example"}, "begin with http"),
        (
            {
                "dialect": "custom",
                "url": "wss://a.example",
                "answer": "$.a",
                "request": {"json": "{say}"},
                "headers": {"Sec-WebSocket-Key": "x"},
            },
            "set by the connection itself",
        ),
        ({"dialect": "custom", "url": "wss://a/{say}", "answer": "$.a"}, "never say anything"),
        ({"temperature": 1}, "`temperature` is of the dialect"),
        ({"dialect": "directline"}, "'key' is missing"),
        ({"dialect": "openai"}, "'model' is missing"),
        ({"dialect": "custom", "request": {"json": {"m": "{say}"}}}, "'answer' is missing"),
        ({"dialect": "custom", "answer": "$.a", "request": {"json": {"m": "say"}}}, "never say anything"),
        ({"model": "m"}, "`model` is of the dialect anthropic or gemini or ollama or openai"),
        ({"system": "m"}, "`system` is of"),
        ({"max_tokens": 5}, "`max_tokens` is of"),
        ({"emit": "m"}, "`emit` is of the dialect socketio"),
        ({"on": "m"}, "`on` is of the dialect socketio"),
        ({"start": {}}, "`start` is of the dialect custom"),
        ({"request": {"method": "GET"}}, "`request` is of the dialect custom or socketio"),
        ({"dialect": "openai", "model": "m", "answer": "$.a"}, "`answer` is of the dialect"),
        ({"dialect": "openai", "model": "m", "waiting": "$.a"}, "`waiting` is of the dialect"),
        ({"key": "k", "headers": {"AUTHORIZATION": "x"}}, "not both"),
        ({"key": " "}, "not blank"),
        ({"conversation": []}, "at least 1"),
        ({"conversation": [{"say": "x"}] * 21}, "at most 20"),
        ({"conversation": [{"say": ""}]}, "at least 1 character"),
        ({"conversation": [{"say": "  "}]}, "must not be blank"),
        ({"conversation": [{"say": "x" * 4001}]}, "at most 4000"),
        ({"conversation": [{"say": []}]}, "say one message, or up to 20"),
        ({"conversation": [{"say": ["x"] * 21}]}, "say one message, or up to 20"),
        ({"conversation": [{"say": 5}]}, "valid"),
        ({"conversation": [{"say": ["x", 5]}]}, "valid string"),
        ({"conversation": [{"say": "I am {nonse}"}]}, r"unknown name \{nonse\}: did you mean 'nonce'"),
        ({"conversation": [{"say": "x", "expect": {"answer": "{nonce}"}}]}, "turn 1 wants {nonce} back"),
        ({"conversation": [{"say": "x", "expect": {"language": "xx"}}]}, "unknown language 'xx'"),
        ({"conversation": [{"say": "x", "expect": {"within": "0s"}}]}, "no time"),
        ({"conversation": [{"say": "x", "expect": {"fallback": True}}]}, "needs the phrases"),
        ({"conversation": [{"say": "x", "expect": {"handover": True}}]}, "say how a hand-over shows"),
        (
            {
                "handover": ["a person"],
                "conversation": [{"say": "x", "prefer": {"handover": {"waiting": {"le": "5m"}}}}],
            },
            "`waiting` of a turn needs its path",
        ),
        ({"dialect": "rasa", "body": {"temperature": 1}}, "`body` is of the dialect anthropic"),
        ({"dialect": "gemini", "model": "m", "api_version": "v1"}, "`api_version` is of the dialect openai"),
        ({"fallback": ["x"]}, "two characters"),
        ({"fallback": "did not understand"}, "valid"),
        ({"request": {"jsn": 1}}, "jsn"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        chat(**options)


FILE = """
components:
  - name: Dialogue engine
    type: chat
    dialect: rasa
    url: https://bot.kestrel.example/webhooks/rest/webhook
    headers: {Authorization: "Bearer ${BOT_PROBE_TOKEN}"}
    conversation:
      - say: What are your opening hours?
        expect: {answer: {matches: "(?i)monday.*friday"}}
        prefer: {language: en, within: 1500ms}
      - say: My name is {nonce}.
      - say: What is my name?
        expect: {answer: "{nonce}"}
    fallback: ["did not understand", "rephrase"]
    slow: 2s
"""


def test_a_component_of_the_file_becomes_the_probe() -> None:
    (component,) = load(FILE, "components.yaml", {"BOT_PROBE_TOKEN": "hunter2"}).components

    assert isinstance(component.probe, Chat)
    assert component.probe.target == "https://bot.kestrel.example"
    assert len(component.probe.conversation) == 3
    assert component.probe.conversation[0].prefer.within == 1.5 * SECOND


def problems(text: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        load(text, "components.yaml", {"BOT_PROBE_TOKEN": "hunter2"})
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "mend"),
    [
        ("dialect: rasa", "dialect: rassa", 5, "did you mean 'rasa'?"),
        ("fallback:", "fall_back:", 15, "did you mean 'fallback'?"),
        ("      - say: What is", "      - says: What is", 13, "did you mean 'say'?"),
        ("prefer: {language: en,", "prefer: {langage: en,", 11, "did you mean 'language'?"),
        ("language: en", "language: eng", 11, "did you mean 'en'?"),
        ("within: 1500ms", "within: 1500", 11, "1500ms"),
        ("{matches:", "{matchs:", 10, "did you mean 'matches'?"),
        ("{nonce}.", "{nonc}.", 12, "did you mean 'nonce'?"),
    ],
)
def test_wrong_words_are_refused_with_line_and_nearest_word(
    right: str, wrong: str, line: int, mend: str
) -> None:
    assert right in FILE
    told = problems(FILE.replace(right, wrong, 1))

    assert any(f"components.yaml:{line}:" in problem and mend in problem for problem in told), told


def test_a_secret_that_is_not_set_leaves_no_probe() -> None:
    (component,) = load(FILE, "components.yaml", {}).components
    assert (component.probe, component.unset) == (None, ("BOT_PROBE_TOKEN",))


def test_its_schema_describes_each_option_and_its_repr_shows_none_that_may_be_secret() -> None:
    def described(node: Any) -> Iterator[bool]:
        for option in node.get("properties", {}).values():
            yield option.get("description", "").endswith(".")

    types = CHAT.json_schema()
    ours = ("Step", "TurnWishes", "HandoverWishes", "RequestOptions", "StartOptions")
    nodes = [types, *(types["$defs"][name] for name in ours)]
    assert all(one for node in nodes for one in described(node))
    options = {"request": {"json": {"message": "{say}", "k": "hunter2"}}, "start": {"json": "hunter2"}}
    probe = chat(
        {"say": "hunter2", "expect": {"answer": "hunter2"}},
        dialect="custom",
        url="https://a.example/hunter2",
        headers={"X-Key": "hunter2"},
        key="hunter2",
        answer="$.a",
        **options,
    )
    assert "hunter2" not in repr(probe)


def test_the_docs_show_components_that_load_and_name_every_key() -> None:
    page = DOCS.read_text("utf-8")
    shown = "".join(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    secrets = dict.fromkeys(re.findall(r"\$\{(\w+)\}", shown), "hunter2")
    text = f"components:\n{shown}"
    components = load(text, "shown.yaml", secrets).components
    jsonschema.validate(yamlfile.load(text, "shown.yaml").value, schema())

    dialects = {component.probe.dialect for component in components if isinstance(component.probe, Chat)}
    assert {"rasa", "directline", "socketio", "custom", "openai"} <= dialects
    assert [key for key in CHAT.json_schema()["properties"] if f"`{key}`" not in page] == []


def test_requests_are_told_apart_by_their_user_agent(fault_server: Any) -> None:
    ask(chat(url=f"{fault_server.url}/echo"))
    (seen,) = fault_server.seen
    assert isinstance(seen, Seen)
    assert seen.headers["user-agent"] == "statuspage-test"


# --- each code by a bot that really fails so ----------------------------------------------------

DESK = {"custom": {"open": False, "wait": 900}}


@pytest.mark.parametrize(
    ("bot", "wish", "codes"),
    [
        (RasaBot(bots.says("We never close.")), {"answer": "Monday"}, ("expect.answer", "prefer.answer")),
        (RasaBot(bots.lost), {"fallback": False}, ("expect.fallback", "prefer.fallback")),
        (RasaBot(bots.amnesic), {"answer": "{nonce}"}, ("expect.context", "prefer.context")),
        (RasaBot(bots.french), {"language": "en"}, ("expect.language", "prefer.language")),
        (RasaBot(bots.clever), {"cites": "help.example"}, ("expect.citation", "prefer.citation")),
        (RasaBot(bots.clever), {"handover": True}, ("expect.handover", "prefer.handover")),
        (
            RasaBot(bots.says("I'll connect you with a person."), extra=DESK),
            {"handover": {"queue_open": True}},
            ("expect.handover", "prefer.handover"),
        ),
        (RasaBot(delay=0.1), {"within": "100ms"}, ("expect.within", "prefer.within")),
        (RasaBot(bots.mute), {"answer": "Monday"}, ("answer.empty", "answer.empty")),
    ],
    ids=["wrong", "fallback", "amnesic", "language", "uncited", "nobody", "closed", "slow", "empty"],
)
def test_a_bot_that_fails_in_its_own_way_gets_its_own_code(
    bot: RasaBot, wish: dict[str, Any], codes: tuple[str, str]
) -> None:
    options = {"fallback": PHRASES, "handover": ["connect you"], "queue_open": "$.custom.open"}
    with bot:
        for word, code in zip(("expect", "prefer"), codes, strict=True):
            first = {"say": "My name is {nonce}.", "may_fall_back": True}
            talk = [first, {"say": "What is my name?", word: wish}]
            reading = ask(chat(*talk, url=bot.url, **options))
            assert (reading.code, reading.verdict) == (code, CODES[code].verdict)
            number = 1 if code == "answer.empty" else 2
            assert reading.detail.startswith(f"turn {number} of 2: ")
