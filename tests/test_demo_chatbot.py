"""The demonstration chatbot, spoken to by real clients over loopback."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidMessage

from statuspage.config import load
from statuspage.demo.chatbot import (
    HTTP_PORT,
    MAX_SESSIONS,
    TCP_PORT,
    Chatbot,
    Mode,
    Part,
)
from statuspage.demo.dialogue import FALLBACK, HOURS, reply
from statuspage.errors import StatuspageError
from statuspage.model import Verdict
from statuspage.net import Net
from statuspage.runner import probe_round

SLOW_BY = timedelta(milliseconds=120)
QUESTION = {"messages": [{"role": "user", "content": "What is 17 x 23? Reply with the number only."}]}


def talk(scenario: Callable[[Chatbot, httpx.AsyncClient], Awaitable[None]]) -> None:
    async def main() -> None:
        async with (
            asyncio.timeout(10),
            Chatbot(slow_by=SLOW_BY, clock=lambda: 1_790_000_000.5) as bot,
            httpx.AsyncClient(base_url=bot.url, timeout=5, trust_env=False) as client,
        ):
            await scenario(bot, client)

    asyncio.run(main())


async def say(client: httpx.AsyncClient, message: str, session: str = "s") -> str:
    answer = await client.post("/chat", json={"session": session, "message": message})
    assert answer.status_code == 200
    return str(answer.json()["answer"])


def socket_url(bot: Chatbot) -> str:
    return bot.url.replace("http", "ws") + "/ws"


async def raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


# --- what it says ------------------------------------------------------------------------------


def test_a_name_told_in_a_dialogue_is_remembered() -> None:
    memory: dict[str, str] = {}
    assert reply("What is my name?", memory) == "You have not told me your name."
    assert reply("Hello, my name is Zoë-Ann!", memory) == "Nice to meet you, Zoë-Ann."
    assert reply("what's my NAME", memory) == "Your name is Zoë-Ann."


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("When are you open?", HOURS),
        ("What are your opening hours?", HOURS),
        ("What is 17 x 23?", "391"),
        ("How do refunds work", "You can ask for a refund within 30 days."),
        ("Is the reopened file closed", FALLBACK),
        ("", FALLBACK),
    ],
)
def test_a_message_gets_the_answer_that_fits(message: str, answer: str) -> None:
    assert reply(message, {}) == answer


# --- its parts ---------------------------------------------------------------------------------


def test_chat_keeps_the_names_of_two_visitors_apart() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        await say(client, "My name is Ada", "a")
        await say(client, "My name is Bob", "b")
        assert await say(client, "What is my name?", "a") == "Your name is Ada."
        assert await say(client, "What is my name?", "b") == "Your name is Bob."

    talk(scenario)


def test_the_oldest_session_is_forgotten_first() -> None:
    bot = Chatbot()
    for n in range(MAX_SESSIONS + 1):
        reply("My name is Ada", bot._memory(str(n)))
        bot._memory("1")
    assert bot._memory("0") == {}
    assert bot._memory("1") == {"name": "Ada"}


def test_the_widget_is_javascript_that_defines_its_global() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        page = await client.get("/")
        widget = await client.get("/widget.js")
        assert "widget.js" in page.text
        assert widget.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "window.DemoChat" in widget.text

    talk(scenario)


def test_the_model_answers_in_openai_s_shape() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        models = (await client.get("/v1/models")).json()
        answer = (await client.post("/v1/chat/completions", json=QUESTION)).json()
        assert [model["id"] for model in models["data"]] == ["juniper-1"]
        assert (answer["object"], answer["created"]) == ("chat.completion", 1_790_000_000)
        assert answer["choices"] == [
            {"index": 0, "message": {"role": "assistant", "content": "391"}, "finish_reason": "stop"}
        ]
        assert answer["usage"] == {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11}

    talk(scenario)


def test_the_model_remembers_what_was_said_earlier_in_the_messages() -> None:
    turns = [("user", "My name is Ada"), ("assistant", "Hello"), ("user", "What is my name?")]
    dialogue = {"messages": [{"role": role, "content": content} for role, content in turns]}

    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        answer = (await client.post("/v1/chat/completions", json=dialogue)).json()
        assert answer["choices"][0]["message"]["content"] == "Your name is Ada."

    talk(scenario)


def test_a_stream_is_words_then_a_reason_then_done() -> None:
    question = {"stream": True, "messages": [{"role": "user", "content": "opening hours?"}]}

    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/chat/completions", json=question)
        assert answer.headers["content-type"] == "text/event-stream"
        events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line]
        assert events.pop() == "[DONE]"
        choices = [json.loads(event)["choices"][0] for event in events]
        assert "".join(choice["delta"].get("content", "") for choice in choices) == HOURS
        assert [choice["finish_reason"] for choice in choices[-2:]] == [None, "stop"]

    talk(scenario)


def test_search_finds_the_article_asked_for() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        found = (await client.get("/search", params={"q": "refund"})).json()
        assert [hit["title"] for hit in found["hits"]] == ["Refunds"]
        assert (await client.get("/search")).json() == {"hits": []}

    talk(scenario)


def test_the_socket_answers_messages_and_sends_back_the_rest() -> None:
    long = "x" * 65_536  # the most that is taken

    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        async with connect(socket_url(bot), proxy=None) as socket:
            await socket.send(json.dumps({"type": "message", "text": "My name is Ada"}))
            assert json.loads(await socket.recv())["text"] == "Nice to meet you, Ada."
            await socket.send(json.dumps({"type": "message", "text": "What is my name?"}))
            assert json.loads(await socket.recv())["text"] == "Your name is Ada."
            for echoed in ("hello", "x" * 300, long):
                await socket.send(echoed)
                assert await socket.recv() == echoed
            await socket.pong()
            await (await socket.ping())

    talk(scenario)


@pytest.mark.parametrize(
    ("message", "code"), [("x" * 70_000, 1009), (b"binary", 1003), (["in two ", "parts"], 1003)]
)
def test_the_socket_closes_on_what_it_does_not_speak(message: str | bytes | list[str], code: int) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        async with connect(socket_url(bot), proxy=None) as socket:
            await socket.send(message)
            with pytest.raises(ConnectionClosedError):
                await socket.recv()
            assert socket.close_code == code

    talk(scenario)


OPENING = b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"


def test_a_socket_that_ends_without_a_word_is_let_go() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        assert (await raw(bot.port, OPENING + b"\x81")).endswith(b"\r\n\r\n")

    talk(scenario)


@pytest.mark.parametrize("frame", [b"\x81\x01x", b"\x81\x81\0\0\0\0\xff"])
def test_the_socket_closes_on_frames_without_a_mask_or_of_no_text(frame: bytes) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        head, _, rest = (await raw(bot.port, OPENING + frame)).partition(b"\r\n\r\n")
        assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head  # RFC 6455 §1.3's own example
        assert rest[:2] == b"\x88\x02"

    talk(scenario)


def test_an_address_for_sockets_tells_a_plain_request_to_upgrade() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        assert (await client.get("/ws")).status_code == 426

    talk(scenario)


def test_the_queue_answers_each_ping_and_hangs_up_on_anything_else() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        assert await raw(bot.tcp_port, b"PING\nPING\nGET / HTTP/1.1\n") == b"PONG\nPONG\n"
        assert await raw(bot.tcp_port, b"x" * 100_000) == b""

    talk(scenario)


# --- switches ----------------------------------------------------------------------------------


async def ask(part: Part, bot: Chatbot, client: httpx.AsyncClient) -> str:
    """One request to the part; the text of its answer."""
    match part:
        case Part.WIDGET:
            return (await client.get("/widget.js")).headers["content-type"]
        case Part.CHAT:
            return await say(client, "What are your opening hours?")
        case Part.MODEL:
            return (await client.post("/v1/chat/completions", json=QUESTION)).text
        case Part.SOCKET:
            async with connect(socket_url(bot), proxy=None, close_timeout=0.1) as socket:
                await socket.send('{"text": "What are your opening hours?"}')
                return str(await socket.recv())
        case Part.SEARCH:
            return (await client.get("/search?q=refund")).text
        case Part.QUEUE:
            reader, writer = await asyncio.open_connection("127.0.0.1", bot.tcp_port)
            try:
                writer.write(b"PING\nPING\n")
                if answer := await reader.readline():
                    return answer.decode()
                raise ConnectionResetError
            finally:
                writer.close()


@pytest.mark.parametrize("part", Part)
def test_each_part_can_be_wrong_and_well_again(part: Part) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        well = await ask(part, bot, client)
        bot.switch(part, "wrong")
        assert await ask(part, bot, client) != well
        bot.switch(part, "well")
        assert await ask(part, bot, client) == well

    talk(scenario)


@pytest.mark.parametrize("part", Part)
def test_each_part_can_be_slow(part: Part) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        well = await ask(part, bot, client)
        bot.switch(part, Mode.SLOW)
        clock = asyncio.get_running_loop().time
        began = clock()
        assert await ask(part, bot, client) == well
        assert clock() - began >= SLOW_BY.total_seconds()

    talk(scenario)


@pytest.mark.parametrize("part", Part)
def test_each_part_can_be_dead(part: Part) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        bot.switch(part, "dead")
        with pytest.raises((httpx.TransportError, InvalidMessage, ConnectionError)):
            await ask(part, bot, client)
        assert (await client.get("/health")).json() == {"status": "ok"}

    talk(scenario)


@pytest.mark.parametrize("part", Part)
def test_each_part_can_be_silent_until_its_client_goes(part: Part) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        bot.switch(part, "silent")
        with pytest.raises((TimeoutError, httpx.TransportError)):
            async with asyncio.timeout(0.1):
                await ask(part, bot, client)
        await asyncio.gather(*bot._tasks)  # it lets go of a client that has gone

    talk(scenario)


def test_a_switch_is_turned_over_http() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        turned = await client.post("/switch", json={"part": "model", "mode": "wrong"})
        assert turned.json()["model"] == "wrong"
        assert (await client.get("/switch")).json() == turned.json()
        assert (await client.get("/v1/models")).json()["data"] == []

    talk(scenario)


@pytest.mark.parametrize("wish", [{"part": "kitchen", "mode": "slow"}, {"part": "chat", "mode": "tired"}, {}])
def test_an_unknown_switch_is_refused_with_the_words_there_are(wish: dict[str, str]) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        refused = await client.post("/switch", json=wish)
        assert refused.status_code == 400
        assert "widget, chat, model" in refused.json()["error"]
        assert set(bot.modes.values()) == {Mode.WELL}

    talk(scenario)


def test_a_foreign_web_page_cannot_turn_a_switch() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        form = await client.post("/switch", content='{"part": "chat", "mode": "dead"}')
        assert form.status_code == 415
        assert bot.modes[Part.CHAT] is Mode.WELL

    talk(scenario)


# --- bad requests ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", b"", 404),
        ("DELETE", "/chat", b"", 404),
        ("POST", "/chat", b"{", 400),
        ("POST", "/chat", b"[1]", 400),
        ("POST", "/chat", b'{"session": "s"}', 400),
        ("POST", "/chat", b"[" * 60_000, 400),
        ("POST", "/chat", b"x" * 70_000, 413),
        ("POST", "/v1/chat/completions", b"{}", 400),
        ("POST", "/v1/chat/completions", b'{"messages": [{"role": "user", "content": 1}]}', 400),
    ],
)
def test_a_bad_request_is_refused_with_a_sentence(method: str, path: str, body: bytes, status: int) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        refused = await client.request(method, path, content=body)
        assert refused.status_code == status
        assert refused.json()["error"]

    talk(scenario)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET http://[ HTTP/1.1\r\n\r\n", b"400"),
        (b"POST /chat HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST /chat HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", b"431"),
    ],
)
def test_what_is_no_request_is_refused(request_: bytes, status: bytes) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        assert (await raw(bot.port, request_)).startswith(b"HTTP/1.1 " + status)

    talk(scenario)


def test_a_client_that_leaves_early_harms_nothing() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        for beginning in (b"", b"GET / HT", b"POST /chat HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"):
            _, writer = await asyncio.open_connection("127.0.0.1", bot.port)
            writer.write(beginning)
            writer.close()
        assert (await client.get("/health")).status_code == 200

    talk(scenario)


def test_a_port_that_is_taken_is_named() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        with pytest.raises(StatuspageError, match=f"127.0.0.1:{bot.port}"):
            async with Chatbot(bot.port):
                pass
        with pytest.raises(StatuspageError, match=str(bot.tcp_port)):
            async with Chatbot(0, bot.tcp_port):
                pass

    talk(scenario)


# --- watched -----------------------------------------------------------------------------------

EXAMPLE = (Path(__file__).parents[1] / "components.yaml").read_text("utf-8")
WATCHED = {
    Part.WIDGET: "website-widget",
    Part.CHAT: "chat-engine",
    Part.MODEL: "language-model",
    Part.SEARCH: "knowledge-search",
    Part.QUEUE: "message-queue",
}


async def verdicts(bot: Chatbot) -> dict[str, Verdict]:
    """What one round with the working example's components.yaml finds, without retries."""
    text = EXAMPLE.replace(str(HTTP_PORT), str(bot.port)).replace(str(TCP_PORT), str(bot.tcp_port))
    asked = [replace(c, retries=0) for c in load(text, "components.yaml", {}).components]
    round_ = await probe_round(
        asked,
        Net(user_agent="test"),
        id="round",
        clock=lambda: datetime(2026, 11, 22, 14, 5, tzinfo=UTC),
        sleep=asyncio.sleep,
        control=(),
    )
    return {sample.component: sample.verdict for sample in round_.samples}


def test_the_working_example_finds_every_part_well() -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        found = await verdicts(bot)
        assert len(found) == 7
        assert set(found.values()) == {Verdict.UP}

    talk(scenario)


@pytest.mark.parametrize("mode", ["wrong", "dead"])
def test_the_working_example_finds_every_broken_part_down_and_no_other(mode: str) -> None:
    async def scenario(bot: Chatbot, client: httpx.AsyncClient) -> None:
        for part in WATCHED:
            bot.switch(part, mode)
        found = await verdicts(bot)
        assert {c for c, verdict in found.items() if verdict is Verdict.DOWN} == set(WATCHED.values())

    talk(scenario)


# --- alone -------------------------------------------------------------------------------------


def test_the_chatbot_alone_listens_where_the_example_looks_and_says_so_or_why_not() -> None:
    command = [sys.executable, "-m", "statuspage.demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as alone:
        assert alone.stdout and alone.stderr
        said = alone.stdout.readline()
        if said:
            assert said.startswith(f"the chatbot: http://127.0.0.1:{HTTP_PORT} ")
            second = subprocess.run(command, capture_output=True, text=True, check=False)
            alone.send_signal(signal.SIGINT)
            assert alone.wait(10) == 0
        else:  # another demonstration runs on this machine
            second = subprocess.CompletedProcess(command, alone.wait(10), "", alone.stderr.read())
    assert second.returncode == 1
    assert second.stderr.startswith("error: the demonstration chatbot cannot listen on 127.0.0.1:")
