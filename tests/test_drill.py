"""Drills: each fault against the chatbot that ships with us, through the fault proxy and the whole pipeline."""

import asyncio
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from statuspage.archive import read_ledger
from statuspage.causes import CODES
from statuspage.cli import main
from statuspage.cli.shared import wall_clock
from statuspage.demo.chatbot import Chatbot
from statuspage.drill import Expected, Fault, Order, drill, read_scenario, table, unmet
from statuspage.drill import Result as Came
from statuspage.drill.faults import CODES as NAMING
from statuspage.drill.proxy import Place, StandIn
from statuspage.drill.stage import Dummies, dummy
from statuspage.drill.tamper import WRONG, Exchange, respoken
from statuspage.errors import Problems, StatuspageError
from statuspage.pipeline import Project, open_project
from statuspage.rehearsals import rehearsals

HERE = Path(__file__).parent / "drills"
NOW = wall_clock()  # TLS goes by it
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def bot() -> Iterator[Chatbot]:
    """The chatbot on free ports, on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    chatbot = Chatbot()
    asyncio.run_coroutine_threadsafe(chatbot.__aenter__(), loop).result(10)
    yield chatbot
    asyncio.run_coroutine_threadsafe(chatbot.__aexit__(None, None, None), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def behind(bot: Chatbot) -> Mapping[Place, StandIn]:
    """The places of `tests/drills/`, and what answers there."""
    web, queue = StandIn("127.0.0.1", bot.port, tls=False), StandIn("127.0.0.1", bot.tcp_port, tls=False)
    return {
        ("edge.juniper.example", 443): web,
        ("second.juniper.example", 443): web,
        ("127.0.0.1", 8801): web,
        ("127.0.0.1", 8802): queue,
    }


PROJECT = open_project(HERE, {})
SCENARIO = read_scenario((HERE / "faults.yaml").read_text("utf-8"), "faults.yaml", PROJECT.config)


@pytest.mark.parametrize(
    ("order", "expected"), SCENARIO.orders, ids=[f"{o.fault}" for o, _ in SCENARIO.orders]
)
def test_each_fault_is_detected_named_and_told_everywhere(
    order: Order, expected: Expected, bot: Chatbot
) -> None:
    result = drill(PROJECT, order, now=NOW, environ={}, stand_ins=behind(bot))

    assert [*unmet(result, expected)] == []
    assert result.rounds == 1
    if order.fault is not Fault.LIMITED:
        assert set(result.told) == {"page", "API", "badge", "feed", "message"}
        assert result.told["feed"] == 15 * MINUTE  # the checks declare an incident after ten minutes
    if order.fallback:
        assert result.fell_back == 5 * MINUTE


def test_the_scenario_has_every_fault() -> None:
    assert {order.fault for order, _ in SCENARIO.orders} == {*Fault}
    assert all(code in CODES for codes in NAMING.values() for code in codes)


def test_a_check_that_believes_everything_fails_its_drill_loudly(bot: Chatbot) -> None:
    order = Order(component="health-check", fault=Fault.WRONG_ANSWER, lasting=10 * MINUTE)
    result = drill(PROJECT, order, now=NOW, environ={}, stand_ins=behind(bot))

    assert result.detected is None
    assert not result.passed
    assert [*unmet(result, Expected())] == ["the fault was not detected in 0:10:00"]
    assert [*unmet(result, Expected(undetected=True))] == []
    told = table([(result, [*unmet(result, Expected())])], {"health-check": "Health check"})
    assert "not as it must be\n    the fault was not detected in 0:10:00" in told


def test_confirmation_over_several_rounds_takes_its_time(bot: Chatbot, tmp_path: Path) -> None:
    text = (
        (HERE / "components.yaml")
        .read_text("utf-8")
        .replace("retry_wait: [1s]", "retry_wait: [0s], fail_after: 3")
    )
    (tmp_path / "components.yaml").write_text(text, "utf-8")
    order = Order(component="edge", fault=Fault.REFUSED, lasting=20 * MINUTE)
    result = drill(open_project(tmp_path, {}), order, now=NOW, environ={}, stand_ins=behind(bot))

    assert (result.rounds, result.detected) == (3, 15 * MINUTE)
    assert [*unmet(result, Expected(detected=10 * MINUTE))][
        -1
    ] == "it was detected after 0:15:00, expected within 0:10:00"


# --- a safe place ------------------------------------------------------------------------------


class Service(ThreadingHTTPServer):
    """A service behind a key, that remembers what keys it was shown."""

    daemon_threads = True

    def __init__(self) -> None:
        self.keys: list[str] = []
        super().__init__(("127.0.0.1", 0), _Door)


class _Door(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        key = self.headers.get("authorization", "")
        self.server.keys.append(key)
        self.send_response(200 if key in ("Bearer hunter2-is-long", "Bearer drill-api_key") else 401)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def keyed(folder: Path, service: Service, more: str = "") -> Project:
    (folder / "components.yaml").write_text(
        f"""
page: {{name: Test, url: "https://status.example", since: 2026}}
defaults: {{retry_wait: [0s], timeout: 2s, slow: 300ms}}
control: []
components:
  - {{name: API, url: "http://127.0.0.1:{service.server_port}/", headers: {{authorization: "Bearer ${{API_KEY}}"}}}}
  - {{name: Desk, type: manual}}
{more}""",
        "utf-8",
    )
    return open_project(folder, {"API_KEY": "hunter2-is-long"})


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_drill_sends_dummies_for_secrets_and_changes_nothing(tmp_path: Path, service: Service) -> None:
    project = keyed(tmp_path, service)
    project.records.append("ledger.ndjson", [])
    before = digests(tmp_path)
    environ = {"API_KEY": "hunter2-is-long"}
    result = drill(project, Order(component="api", fault=Fault.DOWN), now=NOW, environ=environ)

    assert result.passed, result.amiss
    assert {*service.keys} == {"Bearer drill-api_key"}
    assert digests(tmp_path) == before

    drill(project, Order(component="api", fault=Fault.DOWN), now=NOW, environ=environ, true_secrets=True)
    assert service.keys[-1] == "Bearer hunter2-is-long"


def test_an_address_that_is_a_secret_keeps_its_host_alone() -> None:
    environ = Dummies(
        {"HOOK": "https://user:pass@hooks.example.com:8443/T0/B0/xyz?key=1", "V6": "http://[::1]:80/x"}
    )

    assert environ["HOOK"] == "https://hooks.example.com:8443/drill"
    assert environ["V6"] == "http://[::1]:80/drill"
    assert environ["UNSET"] == dummy("UNSET", "") == "drill-unset"
    assert "UNSET" in environ
    assert [*environ] == ["HOOK", "V6"]
    assert len(environ) == 2


def test_what_fails_already_cannot_be_made_to_fail(tmp_path: Path, service: Service) -> None:
    project = keyed(tmp_path, service)
    with pytest.raises(StatuspageError) as caught:
        drill(
            project,
            Order(component="api", fault=Fault.DOWN),
            now=NOW,
            environ={"API_KEY": "https://a.example"},
        )

    assert str(caught.value).startswith(
        "error: components.yaml:6: the drill cannot begin: 'API' is unknown (auth.denied)"
    )
    assert "--true-secrets" in str(caught.value)


def test_messages_reach_targets_that_are_for_drills_alone(tmp_path: Path, service: Service) -> None:
    hooks = Hooks()
    threading.Thread(target=hooks.serve_forever, daemon=True).start()
    target = "{{name: {0}, webhook: {{url: 'http://127.0.0.1:{1}/{0}', secret: '${{API_KEY}}'}}, {2}}}"
    rows = [
        target.format("rehearsal", hooks.server_port, "kinds: [drill]"),
        target.format("usual", hooks.server_port, "audience: operators"),
        target.format("world", hooks.server_port, "kinds: [drill], audience: public"),
    ]
    project = keyed(tmp_path, service, "notify:\n" + "".join(f"  - {row}\n" for row in rows))
    result = drill(project, Order(component="api", fault=Fault.DOWN), now=NOW, environ={"API_KEY": "x" * 9})
    hooks.shutdown()
    hooks.server_close()

    assert result.passed, result.amiss
    assert {path for path, _ in hooks.got} == {"/rehearsal"}
    first = hooks.got[0][1]
    assert first["component"]["name"] == "API"
    assert first["page"]["status_indicator"] != "none"
    assert first["notice"]["drill"] is True
    assert [one["component_update"]["new_status"] for _, one in hooks.got] == ["major_outage", "operational"]


class Hooks(ThreadingHTTPServer):
    """Takes webhooks."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Hook)


class _Hook(BaseHTTPRequestHandler):
    server: Hooks

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, json.loads(body)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_the_site_of_a_drill_says_that_it_is_one(tmp_path: Path, service: Service) -> None:
    seen: list[Mapping[str, bytes]] = []
    order = Order(component="api", fault=Fault.SLOW, lasting=5 * MINUTE)
    result = drill(
        keyed(tmp_path, service),
        order,
        now=NOW,
        environ={"API_KEY": "x" * 9} | {"API_KEY": ""},
        keep=seen.append,
    )

    assert result.passed, result.amiss
    assert result.code == "slow"
    (site,) = seen
    assert b"[Drill] Test" in site["index.html"]
    assert b"[Drill] Test" in site["updates.atom"]
    assert json.loads(site["api/status.json"])["page"]["name"] == "[Drill] Test"


def test_a_probe_that_asks_nothing_or_has_no_tls_is_no_place_for_a_fault(
    tmp_path: Path, service: Service
) -> None:
    project = keyed(tmp_path, service)
    with pytest.raises(StatuspageError, match="asks nothing over TCP"):
        drill(project, Order(component="desk", fault=Fault.DOWN), now=NOW, environ={})
    with pytest.raises(StatuspageError, match="does not speak TLS"):
        drill(project, Order(component="api", fault=Fault.TLS_EXPIRED), now=NOW, environ={})


def test_a_fallback_at_the_same_address_is_none(bot: Chatbot) -> None:
    order = Order(component="language-model", fault=Fault.DOWN, fallback="chat-engine")
    with pytest.raises(StatuspageError, match="ask the same address"):
        drill(PROJECT, order, now=NOW, environ={}, stand_ins=behind(bot))


def test_slow_and_late_too_near_to_each_other_are_refused(tmp_path: Path, service: Service) -> None:
    project = keyed(tmp_path, service)
    near = replace(project.config.components[0], slow=timedelta(seconds=1.9))
    project = replace(project, config=replace(project.config, components=(near,)))
    text = (tmp_path / "components.yaml").read_text("utf-8").replace("slow: 300ms", "slow: 1900ms")
    (tmp_path / "components.yaml").write_text(text, "utf-8")
    with pytest.raises(StatuspageError, match="cannot be slow without being late"):
        drill(project, Order(component="api", fault=Fault.SLOW), now=NOW, environ={"API_KEY": ""})


# --- answers spoilt ----------------------------------------------------------------------------


def test_words_are_spoilt_and_the_form_is_kept() -> None:
    answer = b'{"id": "x1", "choices": [{"message": {"role": "assistant", "content": "391"}, "finish_reason": "stop"}]}'
    empty = json.loads(respoken(answer, Fault.EMPTY_ANSWER, words=True))
    wrong = json.loads(respoken(answer, Fault.WRONG_ANSWER, words=True))

    assert empty["choices"][0]["message"] == {"role": "assistant", "content": ""}
    assert wrong["choices"][0] == {
        "message": {"role": "assistant", "content": WRONG},
        "finish_reason": "stop",
    }
    assert json.loads(respoken(b'{"hits": [1], "of": "x"}', Fault.EMPTY_ANSWER, words=False)) == {
        "hits": [],
        "of": "",
    }
    assert json.loads(respoken(b'{"hits": ["a", 1]}', Fault.WRONG_ANSWER, words=False)) == {
        "hits": [WRONG, 1]
    }
    assert respoken(b"plain", Fault.EMPTY_ANSWER, words=False) == b""
    assert respoken(b"plain", Fault.WRONG_ANSWER, words=True) == WRONG.encode()


def test_events_keep_their_marks() -> None:
    stream = b'event: m\ndata: {"delta": {"text": "39"}}\n\ndata: {"finish": "stop"}\n\ndata: [DONE]\n\n'

    assert respoken(stream, Fault.EMPTY_ANSWER, words=True) == stream.replace(b'"39"', b'""')


@pytest.mark.parametrize(
    ("fault", "spoilt"),
    [(Fault.EMPTY_ANSWER, b""), (Fault.TRUNCATED, b"PO"), (Fault.WRONG_ANSWER, b"QNOF\n")],
)
def test_what_is_not_http_is_spoilt_as_it_is(fault: Fault, spoilt: bytes) -> None:
    answer = Exchange(b"PING\n")
    answer.take(b"PONG\n")
    assert not answer.ended
    answer.take(b"")

    assert answer.ended
    assert answer.spoilt(fault, words=False) == spoilt


def test_an_answer_that_is_no_http_to_a_request_that_is_passes_for_raw() -> None:
    answer = Exchange(b"GET / HTTP/1.1\r\n\r\n")
    answer.take(b"\x00\x01 nonsense\r\n\r\n")

    assert answer.ended
    assert answer.spoilt(Fault.EMPTY_ANSWER, words=False) == b""


def test_a_chunked_answer_is_whole_at_its_end_mark_and_breaks_off_in_its_middle() -> None:
    answer = Exchange(b"POST /v1 HTTP/1.1\r\nhost: x\r\n\r\n{}")
    for part in (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n4\r\nabcd\r\n",
        b"2\r\nef\r\n0\r\n\r\n",
    ):
        assert not answer.ended
        answer.take(part)

    assert answer.ended
    assert answer.spoilt(Fault.TRUNCATED, words=False) == (
        b"HTTP/1.1 200 OK\r\nx-a: b\r\nContent-Length: 7\r\nConnection: close\r\n\r\nabc"
    )


# --- files of drills ---------------------------------------------------------------------------

BROKEN = """\
stand_ins: {https://a.example/path: 'http://b.example'}
drills:
  - {component: Edje, fault: down}
  - {component: Edge, fault: broken}
  - {component: Edge, fault: down, expect: {cod: x}}
  - {component: Edge, fault: slow, within: 5m}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        read_scenario(text, "drills.yaml", PROJECT.config)
    return [f"{one.where}: {one.what}" for one in caught.value.problems]


def test_a_wrong_scenario_is_refused_with_all_that_is_wrong_by_line() -> None:
    assert problems(BROKEN) == [
        f"drills.yaml:4: drills[1].fault: there is no fault 'broken': use one of {', '.join(sorted(Fault))}",
        "drills.yaml:5: drills[2].expect: unknown key 'cod'",
    ]
    mended = BROKEN.replace("broken", "down").replace("cod: x", "code: http.503")
    assert problems(mended) == [
        "drills.yaml:1: 'https://a.example/path' is no address of a scheme, a host and a port",
        "drills.yaml:3: there is no component 'Edje'",
        "drills.yaml:6: within: is for a fallback",
    ]
    assert problems("drills: []")[0].startswith("drills.yaml:1: drills: ")
    assert problems("")[0].startswith("drills.yaml:1: ")
    assert "there is no code 'http.999'" in problems(mended.replace("http.503", "http.999"))[0]


# --- the command -------------------------------------------------------------------------------


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result


def test_the_command_tells_keeps_and_exits_with_what_came(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = keyed(tmp_path, service)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("API_KEY", "hunter2-is-long")
    (tmp_path / "drills.yaml").write_text(
        "drills:\n"
        "  - {component: api, fault: refused, for: 5m}\n"
        "  - {component: api, fault: wrong-answer, for: 5m}\n",
        "utf-8",
    )
    told = run("drill", "API", "--fault", "down", "--for", "5m", "--keep", "--out", "site")
    assert "down   API" in told.output
    assert "5 min, round 1  http.503" in told.output
    assert told.output.rstrip().endswith("right")
    assert b"[Drill]" in (tmp_path / "site/index.html").read_bytes()
    last = rehearsals(read_ledger(project.records)[0])["api"]
    assert (last.fault, last.passed, last.detected, last.told) == ("down", True, 5 * MINUTE, 5 * MINUTE)

    both = run("drill", "--scenario", "drills.yaml", "--format", "json", "--keep", code=1)
    rows = json.loads(both.output[both.output.index("{") :])["drills"]
    assert [(row["fault"], row["passed"], row["detected_s"]) for row in rows] == [
        ("refused", True, 300),
        ("wrong-answer", False, None),
    ]
    assert rows[1]["amiss"] == ["the fault was not detected in 0:05:00"]
    last = rehearsals(read_ledger(project.records)[0])["api"]
    assert (last.fault, last.passed, last.detected) == ("wrong-answer", False, None)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ((), "name a COMPONENT and its --fault, or a --scenario"),
        (("API",), "name a COMPONENT and its --fault, or a --scenario"),
        (("API", "--fault", "down", "--within", "5m"), "--within belongs to --fallback"),
        (
            ("--scenario", "components.yaml", "--for", "5m"),
            "--within belongs to --fallback, and both, like --for",
        ),
        (("Nothing", "--fault", "down"), "there is no component 'Nothing'"),
        (("API", "--fault", "fire"), "'fire' is not one of"),
    ],
)
def test_wrong_usage_is_refused(
    words: tuple[str, ...], wrong: str, tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed(tmp_path, service)
    monkeypatch.chdir(tmp_path)

    assert wrong in run("drill", *words, code=2).output


def test_the_command_knows_every_fault() -> None:
    from statuspage.cli.drilling import FAULTS

    assert tuple(Fault) == FAULTS


def test_a_drill_that_nobody_can_pass_is_told_as_such() -> None:
    order = Order(component="x", fault=Fault.DOWN, fallback="y", within=5 * MINUTE)
    seen = Came(order=order, at=NOW, detected=5 * MINUTE, recovered=MINUTE, fell_back=6 * MINUTE)
    row = table([(seen, [])], {})

    assert "y after 6 min" in row
    assert "1 min" in row
    assert os.linesep in row
