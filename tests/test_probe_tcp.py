import asyncio
import json
import socket
from datetime import timedelta
from typing import Any

import pytest
from handlers import says
from pydantic import TypeAdapter, ValidationError
from servers import Authority, Listener

from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import kind_for
from statuspage.probes.base import Occasion
from statuspage.probes.tcp import Tcp

SECOND = timedelta(seconds=1)
TCP = TypeAdapter(Tcp)


def tcp(port: int = 6379, **options: Any) -> Tcp:
    return TCP.validate_json(json.dumps({"url": f"tcp://127.0.0.1:{port}", **options}), strict=True)


def ask(probe: Tcp, within: timedelta = 5 * SECOND) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion()))


def test_a_port_that_accepts_is_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # the kernel accepts, nobody speaks
        reading = ask(tcp(server.getsockname()[1]))

    assert (reading.verdict, reading.code) == (Verdict.UP, "")
    assert reading.latency is not None


def test_a_closed_port_is_down(closed_port: int) -> None:
    assert ask(tcp(closed_port)).code == "tcp.refused"


@pytest.mark.parametrize(
    ("said", "options", "code"),
    [
        (b"+PONG\r\n", {"expect": {"reply": "+PONG"}}, ""),
        (b"-LOADING\r\n", {"expect": {"reply": {"starts": "+"}}}, "expect.reply"),
        (b"-NOAUTH\r\n", {"expect": {"reply": {"any_of": ["+PONG", "-NOAUTH"]}}}, ""),
        (b"-LOADING\r\n", {"prefer": {"reply": "+PONG"}}, "prefer.reply"),
        (b"\xff\xfe+PONG", {"expect": {"reply": {"matches": "PONG$"}}}, ""),
        (b"", {"expect": {"reply": "+PONG"}}, "tcp.closed"),
    ],
)
def test_a_reply_is_judged(said: bytes, options: dict[str, Any], code: str) -> None:
    with Listener(says(said, after=b"PING\r\n")) as server:
        assert ask(tcp(server.port, send="PING\r\n", **options)).code == code


def test_a_greeting_is_judged_without_a_word_of_ours() -> None:
    with Listener(says(b"220 mail.example ESMTP\r\n", after=b"", hold=True)) as server:
        assert ask(tcp(server.port, expect={"reply": {"starts": "220"}})).verdict is Verdict.UP


def test_a_wrong_reply_that_is_never_ended_is_a_wrong_reply() -> None:
    with Listener(says(b"hunter2", after=b"", hold=True)) as server:
        reading = ask(tcp(server.port, expect={"reply": "220"}), SECOND / 5)

    assert (reading.code, reading.detail, reading.latency) == ("expect.reply", "reply not as wanted", None)


def test_no_reply_at_all_is_a_timeout() -> None:
    with Listener(says(b"", after=b"", hold=True)) as server:
        assert ask(tcp(server.port, expect={"reply": "220"}), SECOND / 5).code == "read.timeout"


def test_only_the_first_8_kb_of_a_reply_are_read() -> None:
    with Listener(says(b"x" * 100_000 + b"220", after=b"", hold=True)) as server:
        reading = ask(tcp(server.port, expect={"reply": "220"}))

    assert (reading.code, reading.latency is None) == ("expect.reply", False)


def test_each_wish_is_a_finding_held_or_broken() -> None:
    wishes: dict[str, Any] = {"expect": {"reply": "220"}, "prefer": {"reply": {"matches": "ESMTP$"}}}
    with Listener(says(b"220 mail\x1b[2J", after=b"")) as server:
        reading = ask(tcp(server.port, **wishes))

    assert [(one.key, one.wanted, one.seen, one.holds) for one in reading.findings] == [
        ("expect.reply", 'contains "220"', "220 mail\\x1b[2J", True),
        ("prefer.reply", "matches ESMTP$", "220 mail\\x1b[2J", False),
    ]


def test_tls_is_spoken_when_asked_for(authority: Authority) -> None:
    with Listener(says(b"+OK", after=b"", hold=True), tls=authority.server()) as server:
        reading = ask(tcp(server.port, tls=True, ca=authority.path, expect={"reply": "+OK"}))
        untrusted = ask(tcp(server.port, tls=True))

    assert (reading.verdict, reading.certificate_expires is not None) == (Verdict.UP, True)
    assert [finding.key for finding in reading.findings] == ["expect.reply", "certificate days_left"]
    assert untrusted.code == "tls.untrusted"


def test_its_certificate_is_judged() -> None:
    assert tcp(tls=True).certificate(timedelta(days=3))[0] == "tls.expiring"
    wished = tcp(tls=True, expect={"certificate": {"days_left": {"ge": 5}}})
    assert wished.certificate(timedelta(days=3))[0] == "expect.certificate"


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({"url": "tcp://a.example"}, "needs a port"),
        ({"url": "tcp://a.example:80/path"}, "nothing follows"),
        ({"url": "http://a.example:80"}, "begin with tcp"),
        ({"send": "x" * 9000}, "8192"),
        ({"expect": "+PONG"}, "object"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError, match=says_):
        tcp(**options)


def test_its_schema_describes_each_option_and_its_repr_shows_none_that_may_be_secret() -> None:
    schema = TCP.json_schema()

    assert all(option["description"].endswith(".") for option in schema["properties"].values())
    assert "hunter2" not in repr(tcp(send="hunter2", expect={"reply": "hunter2"}))
    assert (kind_for("tcp://a:1"), tcp(80).target) == ("tcp", "tcp://127.0.0.1:80")
