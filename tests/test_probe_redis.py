import asyncio
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from handlers import says
from pydantic import TypeAdapter, ValidationError
from servers import Authority, Listener

from statuspage.config import load
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import kind_for
from statuspage.probes.base import Occasion
from statuspage.probes.redis import MAX_LINE, PING, Redis

REDIS = shutil.which("redis-server")
SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
KIND = TypeAdapter(Redis)

Start = Callable[..., "Server"]


def redis(port: int = 6379, scheme: str = "redis", host: str = "127.0.0.1", **options: Any) -> Redis:
    options = {"url": f"{scheme}://{host}:{port}", **options}
    return KIND.validate_json(json.dumps(options), strict=True)


def ask(probe: Redis, within: timedelta = 5 * SECOND) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion(at=NOW)))


# --- real servers ------------------------------------------------------------------------------


class Server:
    """A redis-server with its data in `folder`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def tell(self, command: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(1000)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(folder: Path, *options: str, port: int = 0) -> Iterator[Server]:
    server = Server(folder, port or free_port())
    words = ["--port", str(server.port), "--dir", str(folder), "--save", "", "--loglevel", "warning"]
    process = subprocess.Popen([str(REDIS), *words, *options], stdout=subprocess.DEVNULL)
    try:
        assert eventually(lambda: _accepts(server.port)), "redis-server does not listen"
        yield server
    finally:
        process.kill()
        process.wait()


def eventually(holds: Callable[[], bool]) -> bool:
    for _ in range(250):
        if holds():
            return True
        time.sleep(0.02)
    return False


def _accepts(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    if REDIS is None:
        pytest.skip("redis-server is not installed")
    with ExitStack() as stack:

        def start(*options: str) -> Server:
            return stack.enter_context(running(tmp_path, *options))

        yield start


def test_a_redis_that_answers_is_up_with_its_latency(start: Start) -> None:
    reading = ask(redis(start().port))

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UP, "", "")
    assert reading.latency is not None
    assert [(finding.key, finding.seen, finding.holds) for finding in reading.findings] == [
        ("PING", "+PONG", True)
    ]


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        (("--requirepass", "hunter2"), "-NOAUTH Authentication required."),
        (("--user", "default", "on", "nopass", "+@all", "-ping"), "-NOPERM"),
    ],
)
def test_a_redis_that_wants_a_password_serves(start: Start, options: tuple[str, ...], seen: str) -> None:
    reading = ask(redis(start(*options).port))

    assert (reading.verdict, reading.code) == (Verdict.UP, "")
    assert reading.findings[0].seen.startswith(seen)


def test_a_redis_that_loads_its_data_is_not_ready(start: Start, tmp_path: Path) -> None:
    with running(tmp_path, "--enable-debug-command", "yes") as full:
        full.tell("DEBUG POPULATE 5000")
        assert full.tell("SAVE") == b"+OK\r\n"
    slowly = ("--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024")
    reading = ask(redis(start(*slowly).port))

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.DOWN, "redis.loading", "-LOADING")


def test_a_replica_without_its_master_is_not_ready(start: Start, closed_port: int) -> None:
    replica = start("--replicaof", f"127.0.0.1 {closed_port}", "--replica-serve-stale-data", "no")

    assert (reading := ask(redis(replica.port))).code == "redis.loading"
    assert reading.detail == "-MASTERDOWN"


def test_a_redis_that_cannot_keep_what_is_written_is_in_error(start: Start, tmp_path: Path) -> None:
    server = start("--save", "900 1")
    tmp_path.rmdir()
    server.tell("BGSAVE")

    assert eventually(lambda: server.tell("PING").startswith(b"-MISCONF"))
    reading = ask(redis(server.port))
    tmp_path.mkdir()
    assert (reading.verdict, reading.code, reading.detail) == (Verdict.DOWN, "redis.error", "-MISCONF")


def test_a_redis_without_a_place_left_is_in_error(start: Start) -> None:
    server = start("--maxclients", "2")
    with ExitStack() as others:
        for _ in range(2):
            other = others.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            other.sendall(PING)
            assert other.recv(100) == b"+PONG\r\n"
        reading = ask(redis(server.port))

    assert (reading.code, reading.detail) == ("redis.error", "-ERR")


def test_a_redis_in_protected_mode_does_not_let_us_in(start: Start) -> None:
    own = own_address()
    server = start("--bind", "0.0.0.0")
    reading = ask(redis(server.port, host=own))

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UNKNOWN, "blocked", "-DENIED")


def own_address() -> str:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        try:
            towards.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(towards.getsockname()[0])


@pytest.fixture
def secure(start: Start, tmp_path: Path) -> Callable[..., AbstractContextManager[tuple[int, str]]]:
    """A server over TLS: its port, and the file of the authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("127.0.0.1", not_after=NOW.replace(year=2100))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))

    @contextmanager
    def serve(*options: str) -> Iterator[tuple[int, str]]:
        port = free_port()
        files = {"cert-file": "cert.pem", "key-file": "key.pem", "ca-cert-file": "ca.pem"}
        tls = [word for key, name in files.items() for word in (f"--tls-{key}", str(tmp_path / name))]
        with running(tmp_path, "--port", "0", "--tls-port", str(port), *tls, *options, port=port):
            yield port, str(tmp_path / "ca.pem")

    return serve


def test_tls_is_spoken_to_rediss(secure: Callable[..., AbstractContextManager[tuple[int, str]]]) -> None:
    with secure("--tls-auth-clients", "no") as (port, ca):
        reading = ask(redis(port, "rediss", ca=ca))
        untrusted = ask(redis(port, "rediss"))
        plain = ask(redis(port))

    assert (reading.verdict, reading.certificate_expires is not None) == (Verdict.UP, True)
    assert [finding.key for finding in reading.findings] == ["PING", "certificate days_left"]
    assert "tls" in reading.phases
    assert untrusted.code == "tls.untrusted"
    assert plain.code in ("tcp.closed", "tcp.reset", "http.protocol")


def test_a_redis_that_wants_our_certificate_is_down(
    secure: Callable[..., AbstractContextManager[tuple[int, str]]],
) -> None:
    """With TLS 1.3 it says so after the handshake, and its end may overtake its word."""
    with secure() as (port, ca):
        assert ask(redis(port, "rediss", ca=ca)).code in ("tls.handshake", "tcp.closed", "tcp.reset")


def test_a_closed_port_is_refused(closed_port: int) -> None:
    assert ask(redis(closed_port)).code == "tcp.refused"


# --- judging -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code", "detail"),
    [
        (b"+PONG\r\n", "", ""),
        (b"-NOAUTH Authentication required.\r\n", "", ""),
        (b"-WRONGPASS invalid username-password pair\r\n", "", ""),
        (b"-NOPERM this user has no permissions\r\n", "", ""),
        (b"-LOADING Redis is loading the dataset in memory\r\n", "redis.loading", "-LOADING"),
        (b"-MASTERDOWN Link with MASTER is down\r\n", "redis.loading", "-MASTERDOWN"),
        (b"-DENIED Redis is running in protected mode\r\n", "blocked", "-DENIED"),
        (b"-BUSY Redis is busy running a script.\r\n", "redis.error", "-BUSY"),
        (b"-ERR unknown command\r\n", "redis.error", "-ERR"),
        (b"-\r\n", "redis.error", "an error that Redis itself does not word"),
        (b"-hunter2 said so\r\n", "redis.error", "an error that Redis itself does not word"),
        (b"+OK\r\n", "http.protocol", "what came is no answer to PING"),
        (b"+PONG\n", "http.protocol", "what came is no answer to PING"),
        (b"HTTP/1.1 400 Bad Request\r\n", "http.protocol", "what came is no answer to PING"),
        (b"-ERR " + b"x" * MAX_LINE + b"\r\n", "http.protocol", "what came is no answer to PING"),
        (b"\xff\x00\r\n", "http.protocol", "what came is no answer to PING"),
    ],
)
def test_an_answer_is_judged_by_its_first_word(line: bytes, code: str, detail: str) -> None:
    reading = redis().judge(line)

    assert (reading.code, reading.detail) == (code, detail)
    assert [finding.holds for finding in reading.findings] == [not code]


def test_what_a_stranger_said_is_for_the_operator_alone() -> None:
    reading = redis().judge(b"-\x1b[2J hunter2\r\n")

    assert "hunter2" not in repr(reading)
    assert reading.findings[0].seen == "-\\x1b[2J hunter2"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "tcp.closed"),
        (b"+PO", "tcp.closed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "http.protocol"),
        (b"x" * 200_000, "http.protocol"),
    ],
)
def test_what_is_no_redis_is_found_out(said: bytes, code: str) -> None:
    with Listener(says(said, after=b"PING\r\n")) as server:
        assert ask(redis(server.port)).code == code


@pytest.mark.parametrize("said", [b"", b"+PON"])
def test_an_answer_that_does_not_end_is_a_timeout(said: bytes) -> None:
    with Listener(says(said, after=b"PING\r\n", hold=True)) as server:
        reading = ask(redis(server.port), SECOND / 5)

    assert (reading.code, reading.latency) == ("read.timeout", None)


def test_its_certificate_is_judged(authority: Authority) -> None:
    with Listener(says(b"+PONG\r\n", after=b"PING\r\n"), tls=authority.server()) as server:
        wished = redis(
            server.port, "rediss", ca=authority.path, expect={"certificate": {"days_left": {"le": 5}}}
        )
        reading = ask(wished)

    assert [(finding.key, finding.holds) for finding in reading.findings] == [
        ("PING", True),
        ("expect.certificate days_left", False),
    ]
    assert redis().certificate(timedelta(days=3))[0] == "tls.expiring"
    assert wished.certificate(timedelta(days=30))[0] == "expect.certificate"


# --- the border --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({"url": "redis://:hunter2@a.example"}, "no user and password"),
        ({"url": "redis://a.example/0"}, "needs no database"),
        ({"url": "redis://a.example:0"}, "1 to 65535"),
        ({"url": "http://a.example"}, "begin with redis:// or rediss://"),
        ({"password": "hunter2"}, "password"),
        ({"expect": {"reply": "+PONG"}}, "reply"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError) as refused:
        redis(**options)

    told = [error["msg"] + str(error["loc"]) for error in refused.value.errors()]
    assert any(says_ in one for one in told)
    assert not any("hunter2" in one for one in told)


def test_a_component_is_a_redis_by_its_address() -> None:
    text = "components:\n- name: Cache\n  url: rediss://cache.example\n  prefer: {certificate: {days_left: {ge: 21}}}\n"
    (cache,) = load(text, "components.yaml", {}).components

    assert (cache.type, kind_for("redis://a"), kind_for("rediss://a")) == ("redis", "redis", "redis")
    assert isinstance(cache.probe, Redis)
    assert (cache.probe.target, cache.probe.prefer.certificate.days_left is None) == (
        "rediss://cache.example",
        False,
    )


def test_a_wrong_option_of_a_component_is_told_with_its_line_and_the_nearest_right_word() -> None:
    with pytest.raises(Problems) as refused:
        load("components:\n- name: Cache\n  url: redis://cache\n  prefers: {}\n", "components.yaml", {})

    (problem,) = refused.value.problems
    assert problem.where is not None
    assert (problem.where.line, problem.mend) == (4, "did you mean 'prefer'?")


def test_each_option_has_its_sentence_in_the_schema() -> None:
    schema = KIND.json_schema()

    assert all(option["description"].endswith(".") for option in schema["properties"].values())
