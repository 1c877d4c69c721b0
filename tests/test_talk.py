"""Each dialect against bots of our own and servers that break its protocol."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import bots
import pytest
from bots import Bot, CustomBot, DirectLineBot, RasaBot, SocketIoBot, WebSocketBot, raw, status
from pydantic import TypeAdapter
from servers import FaultServer, answer

from statuspage.model import Reading, Verdict
from statuspage.net import Net, NetError
from statuspage.probes.base import Occasion
from statuspage.probes.chat import Chat
from statuspage.probes.dialects import DIALECTS as MODELS
from statuspage.probes.dialects import Endpoint
from statuspage.probes.talk.base import (
    MAX_OCTETS,
    MAX_STRINGS,
    MAX_TEXT,
    Line,
    Unanswered,
    plain,
    strings,
)
from statuspage.probes.talk.model import Model
from statuspage.probes.talk.template import filled, filled_address, filled_text

SECOND = timedelta(seconds=1)
CHAT = TypeAdapter(Chat)
WELCOME = "Welcome! Ask me anything, Monday to Friday."
HOURS = {"say": "What are your opening hours?", "expect": {"answer": {"matches": "(?i)monday.*friday"}}}
NAME = [{"say": "My name is {nonce}."}, {"say": "What is my name?", "expect": {"answer": "{nonce}"}}]
OPTIONS: dict[str, dict[str, Any]] = {
    "rasa": {},
    "directline": {"key": "hunter2"},
    "socketio": {},
    "custom": {
        "start": {"url": "/start", "json": {}, "session": "$.conversation.id"},
        "request": {"json": {"session": "{session}", "message": "{say}"}},
        "answer": "$.reply.texts",
    },
}
BOTS: dict[str, Callable[..., Bot]] = {
    "rasa": RasaBot,
    "directline": DirectLineBot,
    "socketio": SocketIoBot,
    "custom": CustomBot,
}
DIALECTS = sorted(BOTS)


def chat(dialect: str, url: str, *steps: Any, **options: Any) -> Chat:
    """A probe by way of the border: JSON, strict, as config reads it."""
    given = {"dialect": dialect, "url": url, "conversation": steps or (HOURS, *NAME)}
    return CHAT.validate_json(json.dumps(given | OPTIONS[dialect] | options), strict=True)


def ask(probe: Chat, within: timedelta = 5 * SECOND, turn: int = 0) -> Reading:
    occasion = Occasion(at=datetime(2026, 11, 22, 14, tzinfo=UTC), turn=turn, nonce="fruvaleno")
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, occasion))


def found(reading: Reading) -> tuple[str, str]:
    return reading.code, reading.detail


def place(dialect: str, bot: Bot) -> str:
    return f"{bot.url}/chat" if dialect == "custom" else bot.url


# --- what all dialects do ----------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_bot_that_keeps_the_name_is_up(dialect: str) -> None:
    with BOTS[dialect]() as bot:
        reading = ask(chat(dialect, place(dialect, bot)))

    assert (reading.verdict, *found(reading)) == (Verdict.UP, "", "")
    assert [message for _, message in bot.heard] == [
        "What are your opening hours?",
        "My name is fruvaleno.",
        "What is my name?",
    ]
    assert reading.latency is not None
    assert reading.measures["total"] >= reading.latency / timedelta(milliseconds=1)
    assert {"connect", "first_byte", "body"} <= reading.phases.keys()
    assert all(finding.holds for finding in reading.findings)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_amnesic_bot_passes_each_single_turn_and_fails_the_conversation(dialect: str) -> None:
    with BOTS[dialect](bots.amnesic) as bot:
        single = ask(chat(dialect, place(dialect, bot), HOURS))
        reading = ask(chat(dialect, place(dialect, bot)), 1.5 * SECOND)

    assert single.verdict is Verdict.UP
    assert found(reading) == ("expect.context", "turn 3 of 3: the context of turn 2 is lost")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_sender_of_ours_can_be_filtered_and_each_attempt_has_its_own(dialect: str) -> None:
    with BOTS[dialect]() as bot:
        for turn in (0, 1):
            ask(chat(dialect, place(dialect, bot), HOURS), turn=turn)

    names = [session for session, _ in bot.heard]
    assert len(set(names)) == 2
    if dialect != "custom":  # there the bot gives the names
        assert all(re.fullmatch(r"(dl_)?statuspage-fruvaleno-[01]", name) for name in names)


@pytest.mark.parametrize("dialect", ["rasa", "custom"])
def test_a_bot_that_says_nothing_is_empty_though_its_status_is_200(dialect: str) -> None:
    for brain in (bots.mute, bots.blank):
        with BOTS[dialect](brain) as bot:
            reading = ask(chat(dialect, place(dialect, bot)))

        assert found(reading) == ("answer.empty", "turn 1 of 3: the answer is empty")
        assert reading.fell_back is None


@pytest.mark.parametrize("dialect", ["directline", "socketio"])
def test_a_bot_that_never_speaks_ends_at_the_deadline(dialect: str) -> None:
    with BOTS[dialect](bots.mute) as bot:
        reading = ask(chat(dialect, place(dialect, bot)), SECOND)

    assert found(reading) == ("read.timeout", "turn 1 of 3: no message came before the 1 s were up")
    assert (reading.latency, reading.measures) == (None, {})


@pytest.mark.parametrize("dialect", ["directline", "socketio"])
def test_a_message_before_the_one_that_counts_decides_nothing(dialect: str) -> None:
    with BOTS[dialect](bots.hesitant) as bot:
        assert found(ask(chat(dialect, place(dialect, bot)))) == ("", "")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_turns_share_one_deadline(dialect: str) -> None:
    with BOTS[dialect](delay=0.6) as bot:
        reading = ask(chat(dialect, place(dialect, bot)), SECOND)

    assert reading.code in ("read.timeout", "deadline")
    assert reading.detail.startswith("turn 2 of 3: ")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_latency_is_that_of_the_slowest_turn(dialect: str) -> None:
    def brain(message: str, memory: bots.Memory) -> list[str]:
        bot.delay = 0.4 if len(bot.heard) == 1 else 0.0  # before the second answer
        return bots.clever(message, memory)

    with BOTS[dialect](brain) as bot:
        reading = ask(chat(dialect, place(dialect, bot)))

    assert reading.latency is not None
    assert timedelta(seconds=0.4) <= reading.latency < timedelta(seconds=0.8)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/ok", "http.protocol"),
        ("/status/500", "http.500"),
        ("/status/502", "http.502"),
        ("/status/404", "http.404"),
        ("/status/429", "rate.limited"),
        ("/status/200?x=y", "http.protocol"),
        ("/close", "tcp.closed"),
        ("/reset", "tcp.reset"),
        ("/truncated", "body.truncated"),
        ("/drip", "body.stalled"),
        ("/endless", "http.protocol"),
        ("/silent", "read.timeout"),
        ("/gzip-bomb", "http.protocol"),
        ("/header-flood", "http.protocol"),
        ("/loop", "http.redirect_loop"),
    ],
)
def test_a_broken_server_is_a_reading_with_its_code(
    dialect: str, path: str, code: str, fault_server: FaultServer
) -> None:
    options = {"start": None} if dialect == "custom" else {}
    url = fault_server.url + path
    if dialect in ("directline", "socketio"):  # they put a path of their own behind it
        parts = path.partition("?")[0]
        url = f"{fault_server.url}{parts}"
    reading = ask(chat(dialect, url, **options), SECOND)

    if code == "http.redirect_loop" and dialect != "socketio":
        assert reading.code == code
    assert reading.code == code
    assert reading.detail.startswith("turn 1 of 3: ")
    assert "said" not in reading.detail
    assert reading.latency is None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_refusal_is_about_our_key_when_one_goes_along(dialect: str, fault_server: FaultServer) -> None:
    options = {"start": None} if dialect == "custom" else {}
    url = f"{fault_server.url}/status/401"

    reading = ask(chat(dialect, url, **{**options, "key": "hunter2"}))
    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "auth.denied")
    if dialect != "directline":
        assert ask(chat(dialect, url, **options)).code == "blocked"
    assert fault_server.seen[0].headers["authorization"] == "Bearer hunter2"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"1" * 5000,
        b"\xff\xfe\x00",
        b'"\\ud800"',
        b"[1, 2]",
        b'{"text": "x"}',
        b'{"conversationId": 5}',
        b'{"conversationId": ""}',
        b'{"conversationId": "a\\u0000b", "token": "x\\r\\ny"}',
        b'0{"sid": "a b"}',
        b"0{}",
        b"0" + b"[" * 100_000,
        b'[{"text": "' + b"x" * 5_000_000 + b'"}]',
    ],
    ids=range(17),
)
def test_hostile_answers_are_a_verdict_and_no_traceback(dialect: str, body: bytes) -> None:
    options = {"start": None} if dialect == "custom" else {}
    with raw(answer(body)) as server:
        reading = ask(chat(dialect, server.url, **options), 2 * SECOND)

    assert reading.code in ("http.protocol", "answer.empty")
    assert reading.findings[-1].holds is False


# --- Rasa --------------------------------------------------------------------------------------


def test_rasa_gets_sender_and_message_and_its_messages_are_one_answer() -> None:
    with RasaBot(bots.says("We are open", "Monday to Friday.")) as bot:
        step = {"say": "Hours?", "expect": {"answer": "open\nMonday"}}
        assert found(ask(chat("rasa", bot.url, step, headers={"X-Probe": "1"}))) == ("", "")

    assert bot.requests[0].json() == {"sender": "statuspage-fruvaleno-0", "message": "Hours?"}
    assert bot.requests[0].headers["content-type"] == "application/json"
    assert bot.requests[0].headers["x-probe"] == "1"


def test_rasa_s_picture_is_an_answer_without_text_and_cites_its_address() -> None:
    with RasaBot(bots.says(""), extra={"image": "https://help.example/map.png"}) as bot:
        step = {"say": "Where are you?", "expect": {"cites": "help.example/map.png"}}
        assert found(ask(chat("rasa", bot.url, step))) == ("", "")
        worded = {"say": "Where are you?", "expect": {"answer": "Berlin"}}
        assert ask(chat("rasa", bot.url, worded)).code == "expect.answer"


def test_rasa_s_custom_payload_tells_of_the_desk() -> None:
    step = {"say": "A person, please.", "expect": {"handover": {"queue_open": True, "waiting": {"le": "5m"}}}}
    options = {"queue_open": "$.custom.desk.open", "waiting": "$.custom.desk.wait"}
    for desk, code, detail in (
        ({"open": True, "wait": 40}, "", ""),
        ({"open": False, "wait": 40}, "expect.handover", "turn 1 of 1: the queue is not open"),
        (
            {"open": True, "wait": 900},
            "expect.handover",
            "turn 1 of 1: 900 s to wait, wanted at most 300 s",
        ),
        ({"open": True}, "expect.handover", "turn 1 of 1: no waiting time"),
    ):
        with RasaBot(bots.says("I will see."), extra={"custom": {"desk": desk}}) as bot:
            reading = ask(chat("rasa", bot.url, step, **options))

        assert found(reading) == (code, detail)
        assert reading.measures.get("waiting") == desk.get("wait")


def test_the_text_may_stand_elsewhere_in_a_message() -> None:
    with RasaBot(bots.says(""), extra={"custom": {"say": ["Monday", "Friday"]}}) as bot:
        assert found(ask(chat("rasa", bot.url, HOURS, answer="$.custom.say"))) == (
            "expect.answer",
            "turn 1 of 1: the answer is not as wanted",
        )
        step = {"say": "Hours?", "expect": {"answer": "Monday\nFriday"}}
        assert found(ask(chat("rasa", bot.url, step, answer="$.custom.say"))) == ("", "")


# --- Direct Line -------------------------------------------------------------------------------


def test_a_greeting_is_no_answer() -> None:
    with DirectLineBot(bots.says("I do not know."), greeting=WELCOME) as bot:
        reading = ask(chat("directline", bot.url, HOURS), SECOND)

    assert found(reading) == ("expect.answer", "turn 1 of 1: the answer is not as wanted")
    assert all("Welcome" not in finding.seen for finding in reading.findings)


def test_direct_line_is_polled_with_its_watermark_and_the_conversation_s_token() -> None:
    with DirectLineBot(polls=3) as bot:
        assert ask(chat("directline", bot.url, HOURS)).verdict is Verdict.UP

    start, said, *polls = bot.requests
    assert [r.headers["authorization"] for r in bot.requests] == ["Bearer hunter2", *["Bearer token-1"] * 5]
    assert (start.method, said.method) == ("POST", "POST")
    assert said.json()["from"] == {"id": "dl_statuspage-fruvaleno-0"}
    assert [poll.query.get("watermark") for poll in polls] == [None, "0", "0", "0"]


def test_our_own_message_under_a_name_that_the_token_gives_is_no_answer() -> None:
    with DirectLineBot(bots.mute, echo_as="somebody") as bot:
        step = {"say": "Are you open Monday to Friday?"}
        assert ask(chat("directline", bot.url, step), SECOND).code == "read.timeout"


def test_a_regional_address_may_have_a_path() -> None:
    with DirectLineBot() as bot:
        assert ask(chat("directline", f"{bot.url}/v3/directline/", HOURS)).verdict is Verdict.UP
    assert chat("directline", "https://europe.directline.botframework.com").target == (
        "https://europe.directline.botframework.com"
    )


@pytest.mark.parametrize(
    ("fault", "code", "detail"),
    [
        (
            {"say": status(502, {"error": {"code": "BotError", "message": "hunter2"}})},
            "http.502",
            "status 502: the bot does not answer; Direct Line itself does",
        ),
        (
            {"start": status(403, {"error": {"code": "BadArgument"}})},
            "auth.denied",
            "status 403: the key is refused; a regional bot also wants its regional address",
        ),
        ({"start": status(500)}, "http.500", "status 500"),
        ({"poll": status(403)}, "auth.denied", "status 403"),
        ({"poll": status(429, headers="Retry-After: 5\r\n")}, "rate.limited", "status 429"),
        ({"poll": status(200, {"activities": {}})}, "http.protocol", "the answer has no list of activities"),
        ({"poll": status(200, [])}, "http.protocol", "the answer is no JSON object"),
    ],
)
def test_direct_line_tells_the_bot_s_faults_from_its_own(
    fault: dict[str, bytes], code: str, detail: str
) -> None:
    with DirectLineBot(**fault) as bot:  # type: ignore[arg-type]
        reading = ask(chat("directline", bot.url, HOURS))

    assert found(reading) == (code, f"turn 1 of 1: {detail}")
    assert "hunter2" not in reading.detail


@pytest.mark.parametrize(
    "told", ['"\\ud800"', "[" * 900 + "]" * 900, '{"a": 1}', '"' + "9" * 9000 + '"', "7"]
)
def test_a_watermark_and_an_id_may_be_anything(told: str) -> None:
    started = status(201, {"conversationId": "conv 1", "token": "token-1"})
    said = answer(f'{{"id": {told}}}'.encode())
    heard = answer(f'{{"watermark": {told}, "activities": [{{"type": {told}, "name": {told}}}]}}'.encode())
    with raw(started, said, heard) as bot:
        assert ask(chat("directline", bot.url, HOURS), SECOND / 2).code == "read.timeout"
    assert all(len(request.path) + len(request.query.get("watermark", "")) < 600 for request in bot.requests)


def test_without_a_token_the_secret_itself_goes_on() -> None:
    started = status(201, {"conversationId": "conv 1", "token": "x\r\ny"})
    with raw(started, status(200, {"id": "1"}), status(200, {"activities": [], "watermark": None})) as bot:
        assert ask(chat("directline", bot.url, HOURS), SECOND / 2).code == "read.timeout"
    assert {request.headers["authorization"] for request in bot.requests} == {"Bearer hunter2"}


@pytest.mark.parametrize(
    ("event", "code", "detail"),
    [
        ({"type": "event", "name": "handoff.initiate", "value": {"skill": "refunds"}}, "", ""),
        ({"type": "handoff"}, "", ""),
        ({"type": "event", "name": "handoff.status", "value": {"state": "accepted"}}, "", ""),
        (
            {"type": "event", "name": "handoff.status", "value": {"state": "failed"}},
            "expect.handover",
            "turn 1 of 1: the hand-over failed",
        ),
        (
            {"type": "event", "name": "webchat/join"},
            "expect.handover",
            "turn 1 of 1: no person is offered",
        ),
        ({"type": "typing"}, "expect.handover", "turn 1 of 1: no person is offered"),
    ],
)
def test_direct_line_s_own_events_offer_a_person(event: dict[str, Any], code: str, detail: str) -> None:
    step = {"say": "A person, please.", "expect": {"handover": True}}
    with DirectLineBot(bots.says("One moment."), events=[event]) as bot:
        assert found(ask(chat("directline", bot.url, step), SECOND)) == (code, detail)


def test_a_card_is_read_as_a_visitor_reads_it_and_its_links_are_sources() -> None:
    card = {
        "contentType": "application/vnd.microsoft.card.hero",
        "content": {
            "title": "Opening hours",
            "text": "Monday to Friday",
            "buttons": [{"type": "openUrl", "value": "https://help.example/hours"}],
        },
    }
    step = {"say": "Hours?", "expect": {"answer": "hours\nMonday", "cites": "https://help.example/hours"}}
    with DirectLineBot(bots.says(""), extra={"attachments": [card]}) as bot:
        assert found(ask(chat("directline", bot.url, step))) == ("", "")


def test_a_citation_of_direct_line_is_a_source() -> None:
    claim = {
        "@type": "Claim",
        "position": 1,
        "appearance": {"name": "Refunds", "url": "https://help.example/r"},
    }
    entity = {"type": "https://schema.org/Message", "@type": "Message", "citation": [claim]}
    step = {"say": "Refunds?", "expect": {"cites": {"matches": r"help\.example/r$"}}}
    with DirectLineBot(bots.says("Within 30 days. [1]"), extra={"entities": [entity]}) as bot:
        assert ask(chat("directline", bot.url, step), SECOND).code == "expect.citation"  # $ is the end of all
        step["expect"] = {"cites": "help.example/r"}
        assert found(ask(chat("directline", bot.url, step))) == ("", "")


# --- Socket.IO ---------------------------------------------------------------------------------


def test_pings_are_answered_and_noops_passed_over() -> None:
    with SocketIoBot(pings=2, noops=2) as bot:
        assert found(ask(chat("socketio", bot.url))) == ("", "")
    assert bot.pongs == 2


def test_rasa_s_session_is_asked_for_before_the_first_message() -> None:
    with SocketIoBot(persistent=True) as bot:
        assert found(ask(chat("socketio", f"{bot.url}/socket.io"))) == ("", "")


@pytest.mark.parametrize(
    ("fault", "code", "detail"),
    [
        ({"refuses": True}, "blocked", "the server lets nobody into the conversation"),
        ({"hangs_up": True}, "tcp.closed", "the server ended the conversation"),
        (
            {"forgets": True},
            "http.400",
            "status 400: one server does not know the session that another gave: sticky sessions are missing",
        ),
        ({"event": "something else"}, "read.timeout", "no message came before the 1 s were up"),
    ],
)
def test_socket_io_s_ways_to_fail(fault: dict[str, Any], code: str, detail: str) -> None:
    with SocketIoBot(**fault) as bot:
        assert found(ask(chat("socketio", bot.url, HOURS), SECOND)) == (code, f"turn 1 of 1: {detail}")


def test_a_name_space_that_refuses_our_key_is_about_our_key() -> None:
    with SocketIoBot(refuses=True) as bot:
        assert ask(chat("socketio", bot.url, key="hunter2")).code == "auth.denied"


def test_events_and_their_payloads_can_be_others() -> None:
    def brain(message: str, _memory: bots.Memory) -> list[str]:
        return [message[::-1]]

    with SocketIoBot(brain, event="answer", extra={"parts": [{"text": "Monday to Friday"}]}) as bot:
        options = {"emit": "ask", "on": "answer", "answer": "$.parts[*].text"}
        request = {"json": {"session_id": "{session}", "message": "{say} ({nonce})"}}
        assert found(ask(chat("socketio", bot.url, HOURS, request=request, **options))) == ("", "")
    assert bot.heard[0][1] == "What are your opening hours? (fruvaleno)"
    assert not bot.sessions


OPENED = answer(b'0{"sid":"sid-1"}')


@pytest.mark.parametrize(
    ("packets", "code"),
    [
        (b'42["bot_uttered","Monday to Friday"]', ""),
        (b'42/name,17["bot_uttered",{"text":"Monday to Friday"}]', ""),
        (b'42["bot_uttered",{"text":"Monday"},{"text":"to Friday"}]', "expect.answer"),
        (b'6\x1e42["typing"]\x1e42["bot_uttered",{"text":"Monday to Friday"}]\x1e', ""),
        (b'42["bot_uttered",{"text":', "http.protocol"),
        (b'42["bot_uttered",' + b"[" * 50_000, "http.protocol"),
        (b'42["bot_uttered",5]', "answer.empty"),
        (b'42["bot_uttered"]', "read.timeout"),
        (b"42", "read.timeout"),
        (b"451-[\x00]", "read.timeout"),
        (b"\xff\xfe\x00\x1e\x1e\x1e", "read.timeout"),
        (b"41", "tcp.closed"),
        (b'42["bot_uttered","' + b"x" * 300_000 + b'"]', "http.protocol"),
    ],
    ids=range(13),
)
def test_packets_are_framed_as_they_should_be_or_the_protocol_is_broken(packets: bytes, code: str) -> None:
    ok = answer(b"ok")
    # open; 40; its poll; session_request; our message; then the packets, and nothing more
    answers = [OPENED, ok, answer(b'40{"sid":"x"}'), ok, ok, answer(packets), answer(b"6")]
    with raw(*answers) as server:
        reading = ask(chat("socketio", server.url, HOURS), SECOND)

    assert reading.code == code


def test_a_flood_of_packets_ends_at_what_is_read() -> None:
    noise = answer(b'42["other",1]\x1e' * 15_000)
    ok = answer(b"ok")
    with raw(OPENED, ok, answer(b'40{"sid":"x"}'), ok, ok, noise) as server:
        reading = ask(chat("socketio", server.url, HOURS), 8 * SECOND)

    assert found(reading) == ("http.protocol", "turn 1 of 1: the conversation is longer than is read")
    assert len(server.requests) < MAX_OCTETS / len(noise) + 10


# --- custom ------------------------------------------------------------------------------------


def test_a_session_goes_into_bodies_addresses_and_headers() -> None:
    start = answer(b'{"token": "s/1+2"}')
    with FaultServer() as server, raw(start) as first:
        options = {
            "start": {"url": f"{first.url}/tokens", "session": "$.token"},
            "request": {"json": [{"in": "{session}", "{say}": 5, "text": ["{say}"], "more": None}]},
            "headers": {"X-Session": "id {session}"},
            "answer": "$.body",
        }
        step = {"say": 'What says "{nonce}"?', "expect": {"answer": "{nonce}"}}
        ask(chat("custom", f"{server.url}/echo/{{session}}?q={{say}}", step, **options))

    (seen,) = server.seen
    assert seen.path == "/echo/s%2F1%2B2"
    assert seen.query["q"] == 'What says "fruvaleno"?'
    assert seen.headers["x-session"] == "id s/1+2"
    assert json.loads(seen.body) == [
        {"in": "s/1+2", "{say}": 5, "text": ['What says "fruvaleno"?'], "more": None}
    ]


@pytest.mark.parametrize(
    "told", [b"{}", b'{"id": null}', b'{"id": ""}', b'{"id": "a\\r\\nb"}', b'{"id": ["x"]}', b"[]", b"x"]
)
def test_a_start_without_a_session_breaks_the_protocol(told: bytes) -> None:
    options = {"start": {"session": "$.id"}}
    with raw(answer(told)) as server:
        reading = ask(chat("custom", server.url, HOURS, **options))

    assert reading.code == "http.protocol"
    assert bool("session" in reading.detail) == (told != b"x")


def test_a_start_that_fails_says_so() -> None:
    with FaultServer() as server:
        options = {"start": {"url": "/status/503", "method": "GET"}}
        reading = ask(chat("custom", f"{server.url}/echo", HOURS, **options))

    assert found(reading) == ("http.503", "turn 1 of 1: status 503: at the start")


def test_a_start_without_a_session_path_only_opens_the_door() -> None:
    with CustomBot() as bot:
        options = {
            "start": {"url": "/start"},
            "request": {"json": {"session": "{nonce}", "message": "{say}"}},
        }
        assert found(ask(chat("custom", f"{bot.url}/chat", **options))) == ("", "")
    assert bot.heard[0][0] == "fruvaleno"


def test_sources_are_those_at_the_path_and_the_text() -> None:
    step = {"say": "Refunds?", "expect": {"cites": "/help/refunds"}}
    for sources, code in ((["https://a.example/help/refunds"], ""), (["/help/hours"], "expect.citation")):
        with CustomBot(extra={"echo": "/help/refunds", "sources": sources}) as bot:
            reading = ask(chat("custom", f"{bot.url}/chat", step, sources="$.sources[*]"))
            assert reading.code == code
            assert ask(chat("custom", f"{bot.url}/chat", step)).code == "expect.citation"
    with CustomBot(bots.says("See /help/refunds.")) as bot:
        assert ask(chat("custom", f"{bot.url}/chat", step)).code == ""


# --- custom over WebSocket ---------------------------------------------------------------------

SOCKET = {
    "start": {"url": "/start", "session": "$.conversation.id"},
    "request": {"json": {"say": "{say}"}},
    "answer": "$.reply",
}


def over_socket(bot: WebSocketBot, *steps: Any, **options: Any) -> Chat:
    return chat("custom", bot.socket_url, *steps, **(SOCKET | options))


def test_a_whole_conversation_goes_over_one_socket() -> None:
    noise = ['{"typing": true}', "no JSON", "[" * 50_000]
    with WebSocketBot(before=noise) as bot:
        reading = ask(over_socket(bot, headers={"X-Session": "{session}"}))

    assert (reading.verdict, *found(reading)) == (Verdict.UP, "", "")
    assert [request.path for request in bot.requests] == ["/start", "/chat/s-1"]
    assert bot.requests[1].headers["x-session"] == "s-1"
    assert reading.latency is not None
    assert reading.measures["total"] >= reading.latency / timedelta(milliseconds=1)
    assert {"connect", "first_byte"} <= reading.phases.keys()


@pytest.mark.parametrize(
    ("fault", "steps", "code", "detail"),
    [
        ({"brain": bots.amnesic}, (), "expect.context", "turn 3 of 3: the context of turn 2 is lost"),
        ({"brain": bots.mute}, (), "read.timeout", "turn 1 of 3: no message came before the 1 s were up"),
        ({"brain": bots.blank}, (), "answer.empty", "turn 1 of 3: the answer is empty"),
        ({"brain": bots.hesitant}, (), "", ""),
        ({"delay": 0.6}, (), "read.timeout", "turn 2 of 3: no message came before the 1 s were up"),
        ({"drops": True}, (HOURS,), "tcp.closed", "turn 1 of 1: waiting for the answer, after 0.0 s"),
        ({"flood": True}, (HOURS,), "http.protocol", "turn 1 of 1: more than 200 messages"),
    ],
)
def test_a_socket_s_ways_to_fail(
    fault: dict[str, Any], steps: tuple[Any, ...], code: str, detail: str
) -> None:
    with WebSocketBot(**fault) as bot:
        within = SECOND if code != "http.protocol" else 5 * SECOND
        assert found(ask(over_socket(bot, *steps), within)) == (code, detail)


def test_a_wrong_answer_over_a_socket_is_judged_when_nothing_more_comes() -> None:
    with WebSocketBot(bots.says("We are closed.")) as bot:
        reading = ask(over_socket(bot, HOURS), 4 * SECOND)

    assert found(reading) == ("expect.answer", "turn 1 of 1: the answer is not as wanted")
    assert reading.latency is not None
    assert reading.latency < SECOND


def test_an_address_that_is_no_socket_says_so(fault_server: FaultServer) -> None:
    url = fault_server.url.replace("http", "ws", 1)

    assert ask(chat("custom", f"{url}/ok", HOURS, **(SOCKET | {"start": None}))).code == "ws.upgrade"
    assert ask(chat("custom", f"{url}/status/503", HOURS, **(SOCKET | {"start": None}))).code == "http.503"


def test_only_sockets_need_the_extra() -> None:
    socket = chat("custom", "wss://a.example", HOURS, **SOCKET)
    assert (Chat.extra, chat("rasa", "https://a.example").extra, socket.extra) == ("", "", "websockets")


# --- the line ----------------------------------------------------------------------------------


@pytest.mark.parametrize("as_model", [False, True])
@pytest.mark.parametrize(("answered", "code"), [(False, "tcp.timeout"), (True, "read.timeout")])
def test_a_request_without_time_to_connect_is_no_fault_of_the_network(
    deaf_port: int, code: str, *, answered: bool, as_model: bool
) -> None:
    url = f"http://127.0.0.1:{deaf_port}"

    async def ask_late() -> None:
        line = Line(net=Net(), within=SECOND / 5, answered=answered)
        model = Model(dialect=MODELS["openai"], endpoint=Endpoint(url=url, model="m"))
        await (model.say(line, "Hello", lambda _: True) if as_model else line.fetch(url))

    with pytest.raises((NetError, Unanswered)) as caught:
        asyncio.run(ask_late())
    assert isinstance(caught.value, NetError | Unanswered)
    assert caught.value.code == code
    assert ("no message came" in caught.value.detail) == answered


# --- templates and texts -----------------------------------------------------------------------


def test_what_a_value_says_of_names_stays_as_it_is() -> None:
    names = {"say": "{session}", "session": "{say}"}

    assert filled({"a": "{say} {session} {other}"}, names) == {"a": "{session} {say} {other}"}
    assert (
        filled_address("https://a.example/{session}", {"session": "a/b?c"}) == "https://a.example/a%2Fb%3Fc"
    )
    assert filled_text("{say}", names) == "{session}"


def test_texts_inside_a_value_are_found_in_order_and_not_without_end() -> None:
    assert strings({"a": ["x", {"b": "y"}], "c": 5, "d": "z"}) == ["x", "y", "z"]
    assert strings({"title": "x", "url": "y", "body": [{"text": "z"}]}, frozenset({"title", "text"})) == [
        "x",
        "z",
    ]
    assert len(strings(["x"] * 10_000)) == MAX_STRINGS


def test_texts_are_cut_and_can_always_be_written() -> None:
    assert len(plain("x" * 1_000_000)) == MAX_TEXT
    assert plain("a\ud800b") == "a?b"
