import asyncio
import gc
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from servers import Authority, FaultServer, Listener, answer, reset

from statuspage.causes import CODES
from statuspage.dial import Gate, is_own_word, is_public
from statuspage.net import Answer, Net, NetError, Request
from statuspage.net import trust as system_trust

SECOND = timedelta(seconds=1)
LONG, SHORT = 5 * SECOND, 0.3 * SECOND


def fetch(url: str, within: timedelta = LONG, **options: object) -> Answer:
    return asyncio.run(Net().fetch(Request(url=url, **options), within))  # type: ignore[arg-type]


def failure(url: str, within: timedelta = LONG, **options: object) -> NetError:
    began = time.monotonic()
    with pytest.raises(NetError) as caught:
        fetch(url, within, **options)
    assert time.monotonic() - began < within.total_seconds() + 0.5
    assert caught.value.code in CODES
    return caught.value


# --- a whole answer ----------------------------------------------------------------------------


def test_the_first_fetch_of_a_process_counts_no_imports_of_ours(fault_server: FaultServer) -> None:
    script = (
        "import asyncio, sys; from datetime import timedelta; from statuspage.net import Net, Request\n"
        "within = timedelta(seconds=5)\n"
        f"answer = asyncio.run(Net().fetch(Request(url='{fault_server.url}/ok'), within))\n"
        "print((answer.latency - sum(answer.phases.values(), timedelta())) / timedelta(milliseconds=1))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 10


def test_an_answer_has_status_headers_and_body(fault_server: FaultServer) -> None:
    got = fetch(f"{fault_server.url}/ok")

    assert (got.status, got.body, got.truncated, got.hops) == (200, b"fine", False, 0)
    assert got.headers["x-twice"] == "a"
    assert got.certificate_expires is None


def test_the_phases_add_up_to_the_latency(fault_server: FaultServer) -> None:
    got = fetch(f"{fault_server.url}/slow?s=0.2")

    assert list(got.phases) == ["name", "connect", "first_byte", "body"]
    assert got.phases["first_byte"] >= 0.2 * SECOND
    assert got.latency == pytest.approx(sum(got.phases.values(), timedelta()), abs=timedelta(milliseconds=50))


def test_the_request_carries_what_was_configured(fault_server: FaultServer) -> None:
    fetch(f"{fault_server.url}/echo?a=b", method="POST", headers={"X-Key": "ключ"}, body=b"hello")

    (seen,) = fault_server.seen
    assert (seen.method, seen.body, seen.query) == ("POST", b"hello", {"a": "b"})
    assert seen.headers["x-key"] == "ключ".encode().decode("latin-1")
    assert seen.headers["user-agent"] == "statuspage/1"
    assert seen.headers["accept-encoding"] == "identity"


def test_configured_headers_replace_ours(fault_server: FaultServer) -> None:
    fetch(f"{fault_server.url}/ok", headers={"User-Agent": "mine", "Host": "virtual.example"})

    (seen,) = fault_server.seen
    assert (seen.headers["user-agent"], seen.headers["host"]) == ("mine", "virtual.example")


def test_name_and_password_of_the_address_are_sent_as_basic_authentication(fault_server: FaultServer) -> None:
    fetch(f"http://me:p%40ss@127.0.0.1:{fault_server.port}/ok")

    assert fault_server.seen[0].headers["authorization"] == "Basic bWU6cEBzcw=="


def test_localhost_is_found_on_whichever_family_listens(fault_server: FaultServer) -> None:
    assert fetch(f"http://localhost:{fault_server.port}/ok").status == 200


def test_each_attempt_has_a_connection_of_its_own() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer(b"fine"))

    async def twice(url: str) -> None:
        net = Net()
        await net.fetch(Request(url=url), LONG)
        await net.fetch(Request(url=url), LONG)

    with Listener(serve) as server:
        asyncio.run(twice(server.url))
        assert server.connections == 2


# --- TLS ---------------------------------------------------------------------------------------


def test_the_end_of_the_certificate_is_told(authority: Authority) -> None:
    ends = datetime(2099, 5, 1, 12, tzinfo=UTC)
    with FaultServer(tls=authority.server(ends=ends)) as server:
        got = fetch(f"{server.url}/ok", ca=authority.path)

    assert got.certificate_expires == ends
    assert list(got.phases) == ["name", "connect", "tls", "first_byte", "body"]


def test_an_expired_certificate(authority: Authority) -> None:
    past = datetime(2001, 1, 1, tzinfo=UTC)
    with FaultServer(tls=authority.server(begins=past - SECOND, ends=past)) as server:
        assert failure(server.url, ca=authority.path).code == "tls.expired"


def test_a_certificate_that_is_not_yet_valid(authority: Authority) -> None:
    future = datetime(2098, 1, 1, tzinfo=UTC)
    with FaultServer(tls=authority.server(begins=future, ends=future + timedelta(days=9))) as server:
        assert failure(server.url, ca=authority.path).code == "tls.not_yet_valid"


def test_a_certificate_for_another_name(authority: Authority) -> None:
    with FaultServer(tls=authority.server("other.example")) as server:
        assert failure(server.url, ca=authority.path).code == "tls.hostname"


def test_a_certificate_of_an_unknown_authority(secure_server: FaultServer) -> None:
    assert failure(secure_server.url).code == "tls.untrusted"


def test_a_server_that_wants_our_certificate(authority: Authority) -> None:
    with FaultServer(tls=authority.demanding()) as server:
        assert failure(server.url, ca=authority.path).code in ("tls.handshake", "tcp.closed", "tcp.reset")


def test_tls_to_a_port_that_speaks_none() -> None:
    with Listener(_banner) as server:
        assert failure(f"https://127.0.0.1:{server.port}").code == "tls.handshake"


def test_a_handshake_that_is_never_answered() -> None:
    with Listener(_wait) as server:
        assert failure(f"https://127.0.0.1:{server.port}", SHORT).code == "tls.timeout"


def test_a_handshake_that_breaks_off() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        reset(writer)

    with Listener(serve) as server:
        assert failure(f"https://127.0.0.1:{server.port}").code == "tls.handshake"


@pytest.mark.parametrize("path", ["truncated", "reset-in-body", "cut"])
def test_a_body_that_breaks_off_in_tls(secure_server: FaultServer, authority: Authority, path: str) -> None:
    assert failure(f"{secure_server.url}/{path}", ca=authority.path).code == "body.truncated"


def test_a_system_without_authorities_has_those_of_certifi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")

    assert system_trust("").cert_store_stats()["x509_ca"] > 50


def test_a_file_of_authorities_that_is_missing(secure_server: FaultServer, tmp_path: Path) -> None:
    assert failure(secure_server.url, ca=str(tmp_path / "none.pem")).code == "config.ca"


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"no certificate"])
def test_a_file_without_authorities_trusts_nobody(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(data)

    with pytest.raises(NetError) as caught:
        system_trust(str(path))

    assert caught.value.code == "config.ca"


def test_a_file_of_authorities_may_be_a_pipe(authority: Authority, tmp_path: Path) -> None:
    """As `<(...)` of a shell: it is read once, and a comment in any encoding does no harm."""
    pipe, pem = tmp_path / "ca.pem", "# autorité\n".encode() + Path(authority.path).read_bytes()
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(pem,), daemon=True)
    writer.start()

    assert system_trust(str(pipe)).cert_store_stats()["x509_ca"] == 1
    writer.join()


async def _wait(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(1024):
        pass


# --- what goes wrong ---------------------------------------------------------------------------

TIMEOUTS = ("read.timeout", "body.stalled")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("silent", "read.timeout"),
        ("drip-headers", "read.timeout"),
        ("close", "tcp.closed"),
        ("reset", "tcp.reset"),
        ("garbage", "http.protocol"),
        ("header-1mb", "http.protocol"),
        ("header-flood", "http.protocol"),
        ("continue-flood", "http.protocol"),
        ("two-lengths", "http.protocol"),
        ("truncated", "body.truncated"),
        ("cut", "body.truncated"),
        ("reset-in-body", "body.truncated"),
        ("stall", "body.stalled"),
        ("drip", "body.stalled"),
        ("encoded/bad", "body.undecodable"),
        ("encoded/short", "body.undecodable"),
        ("encoded/br", "body.undecodable"),
        ("encoded/double", "body.undecodable"),
        ("loop", "http.redirect_loop"),
    ],
)
def test_a_fault_has_its_code(fault_server: FaultServer, path: str, code: str) -> None:
    error = failure(f"{fault_server.url}/{path}", SHORT if code in TIMEOUTS else LONG)

    assert error.code == code
    assert "127.0.0.1" not in error.detail
    assert error.phases["connect"] >= timedelta()


def test_a_port_on_which_nothing_listens(closed_port: int) -> None:
    error = failure(f"http://127.0.0.1:{closed_port}")

    assert error.code == "tcp.refused"
    assert error.detail == "connecting, after 0.0 s"


def test_a_port_that_answers_no_syn(deaf_port: int) -> None:
    assert failure(f"http://127.0.0.1:{deaf_port}", SHORT).code == "tcp.timeout"


def test_an_address_without_a_route() -> None:
    assert failure("http://255.255.255.255").code == "net.unreachable"


def test_a_name_that_does_not_exist() -> None:
    assert failure("http://nobody.invalid", 3 * SECOND).code.startswith("dns.")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "ftp://127.0.0.1",
        "127.0.0.1",
        "http://",
        "http://[bad",
        "http://a b",
        "http://a..b",
        f"http://{'a' * 64}.example",
        "http://\x00",
        "http://xn--a",
        "",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    assert failure(url).code in ("config.url", "dns.nxdomain", "dns.resolver")


def test_a_header_that_is_none_is_the_monitors_fault(fault_server: FaultServer) -> None:
    assert failure(f"{fault_server.url}/ok", headers={"x": "a\r\nb: c"}).code == "monitor.error"


def test_a_cancelled_attempt_is_cancelled(fault_server: FaultServer) -> None:
    async def cancel() -> None:
        task = asyncio.create_task(Net().fetch(Request(url=f"{fault_server.url}/silent"), LONG))
        await asyncio.to_thread(fault_server.asked.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())


def test_no_failure_leaves_a_socket_open(fault_server: FaultServer, authority: Authority) -> None:
    for path in ("ok", "reset", "endless", "stall", "redirect/302?to=ftp://x", "encoded/bad"):
        with pytest.raises(NetError) if path not in ("ok", "endless") else nullcontext():
            fetch(f"{fault_server.url}/{path}", SHORT)
    gc.collect()  # an open socket would warn here, and a warning is an error


# --- caps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["endless", "gzip-bomb"])
def test_a_body_over_the_cap_is_cut(fault_server: FaultServer, path: str) -> None:
    got = fetch(f"{fault_server.url}/{path}")

    assert got.truncated
    assert len(got.body) == 256 * 1024


@pytest.mark.parametrize("path", ["endless", "gzip-bomb"])
def test_a_request_says_how_much_of_the_body_it_wants(fault_server: FaultServer, path: str) -> None:
    got = fetch(f"{fault_server.url}/{path}", most=600_000)

    assert got.truncated
    assert len(got.body) == 600_000


def test_a_body_in_tiny_chunks_is_cut(fault_server: FaultServer) -> None:
    assert fetch(f"{fault_server.url}/tiny-chunks").truncated


@pytest.mark.parametrize("coding", ["gzip", "zlib", "deflate", "members"])
def test_a_compressed_answer_is_read_though_it_was_not_asked_for(
    fault_server: FaultServer, coding: str
) -> None:
    got = fetch(f"{fault_server.url}/encoded/{coding}")

    assert (got.body, got.truncated) == (b"fine", False)


def test_nothing_at_all_may_call_itself_compressed(fault_server: FaultServer) -> None:
    assert fetch(f"{fault_server.url}/encoded/none").body == b""


# --- redirects ---------------------------------------------------------------------------------

SECRETS = {"Authorization": "Bearer secret", "X-Api-Key": "secret"}


def test_a_redirect_on_the_same_origin_keeps_the_headers(fault_server: FaultServer) -> None:
    got = fetch(f"{fault_server.url}/redirect/302?to=/echo", headers=SECRETS)

    assert (got.hops, fault_server.seen[-1].headers["x-api-key"]) == (1, "secret")


def test_a_redirect_to_another_origin_drops_all_configured_headers(fault_server: FaultServer) -> None:
    with FaultServer() as other:
        got = fetch(
            f"{fault_server.url}/redirect/302?to={other.url}/echo", headers=SECRETS, allow_private=True
        )

    told = json.loads(got.body)
    assert "secret" not in str(told)
    assert told["headers"]["user-agent"] == "statuspage/1"


def test_headers_do_not_come_back_with_a_way_home(fault_server: FaultServer) -> None:
    with FaultServer() as other:
        home = f"{fault_server.url}/echo"
        away = f"{other.url}/redirect/302?to={home}"
        fetch(f"{fault_server.url}/redirect/302?to={away}", headers=SECRETS, allow_private=True)

    assert "x-api-key" not in fault_server.seen[-1].headers


def test_name_and_password_stay_on_their_origin(fault_server: FaultServer) -> None:
    with FaultServer() as other:
        start = f"http://me:secret@127.0.0.1:{fault_server.port}/redirect/302?to={other.url}/echo"
        fetch(start, allow_private=True)

    assert "authorization" not in other.seen[0].headers


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_the_method_changes_as_the_status_says(fault_server: FaultServer, status: int, method: str) -> None:
    fetch(f"{fault_server.url}/redirect/{status}?to=/echo", method="POST", body=b"hello")

    assert fault_server.seen[-1].method == method
    assert fault_server.seen[-1].body == (b"hello" if method == "POST" else b"")


def test_a_body_does_not_go_to_another_origin(fault_server: FaultServer) -> None:
    with FaultServer() as other:
        start = f"{fault_server.url}/redirect/307?to={other.url}/echo"
        assert failure(start, method="POST", body=b"x", allow_private=True).code == "http.redirect_refused"

    assert other.seen == []


@pytest.mark.parametrize("to", ["ftp://x/", "http://[bad", "http://127.0.0.1:99999/", "http://%2500/"])
def test_a_redirect_to_nowhere_is_refused(fault_server: FaultServer, to: str) -> None:
    assert failure(f"{fault_server.url}/redirect/302?to={to}").code == "http.redirect_refused"


def test_a_redirect_from_https_to_http_is_refused(
    secure_server: FaultServer, fault_server: FaultServer, authority: Authority
) -> None:
    start = f"{secure_server.url}/redirect/302?to={fault_server.url}/ok"
    error = failure(start, ca=authority.path, allow_private=True)

    assert (error.code, error.detail) == ("http.redirect_refused", "the redirect leads from https to http")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"]
)
def test_a_redirect_to_a_private_address_is_refused(fault_server: FaultServer, host: str) -> None:
    with FaultServer() as other:
        error = failure(f"{fault_server.url}/redirect/302?to=http://{host}:{other.port}/ok")

    assert error.code == "http.redirect_refused"
    assert other.seen == []


def test_a_redirect_on_the_operators_own_origin_is_fine(fault_server: FaultServer) -> None:
    assert fetch(f"{fault_server.url}/redirect/302?to=/ok").status == 200


def test_a_redirect_that_is_not_followed_is_an_answer(fault_server: FaultServer) -> None:
    got = fetch(f"{fault_server.url}/redirect/302?to=/ok", follow=False)

    assert (got.status, got.headers["location"], got.hops) == (302, "/ok", 0)


def test_a_redirect_without_a_place_is_an_answer(fault_server: FaultServer) -> None:
    assert fetch(f"{fault_server.url}/status/302").status == 302


# --- addresses ---------------------------------------------------------------------------------


def test_a_public_name_that_leads_home_is_refused(fault_server: FaultServer) -> None:
    url = f"http://127.1:{fault_server.port}/ok"  # has a dot, is no literal, and resolves without a network

    assert failure(url).code == "net.private"
    assert fetch(url, allow_private=True).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "::1",
        "10.0.0.1",
        "localhost",
        "api",
        "a.local",
        "a.internal",
        "A.LAN",
        "a.test",
        "x.home.arpa.",
    ],
)
def test_what_only_the_own_network_can_mean(host: str) -> None:
    assert is_own_word(host)


def test_a_name_with_a_dot_is_public() -> None:
    assert not is_own_word("local.example.org")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "::127.0.0.1",
    ],
)
def test_addresses_that_are_not_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::9", "64:ff9b::909:909", "::ffff:9.9.9.9"])
def test_addresses_of_the_open_internet(address: str) -> None:
    assert is_public(address)


# --- the gate ----------------------------------------------------------------------------------


def test_waiting_for_leave_counts_neither_in_the_latency_nor_in_the_deadline(
    fault_server: FaultServer, closed_port: int
) -> None:
    async def held() -> tuple[Answer, float]:
        gate = Gate(1, most=1)
        slot = await gate.enter("other")
        asyncio.get_running_loop().call_later(0.5, slot.leave)
        began = time.monotonic()
        got = await Net(gate=gate).fetch(Request(url=f"{fault_server.url}/ok"), SHORT)
        return got, time.monotonic() - began

    got, took = asyncio.run(held())
    assert took >= 0.5
    assert got.latency < SHORT


def test_requests_are_not_capped_connects_are(fault_server: FaultServer) -> None:
    async def all_at_once() -> float:
        net = Net(gate=Gate(1, most=1))
        began = time.monotonic()
        url = f"{fault_server.url}/slow?s=0.3"
        await asyncio.gather(*(net.fetch(Request(url=url), LONG) for _ in range(10)))
        return time.monotonic() - began

    assert asyncio.run(all_at_once()) < 1.5  # one after the other: 3


def test_one_host_has_eight_connects_in_progress_and_leaves_room_for_others() -> None:
    async def crowd() -> tuple[int, int]:
        gate = Gate(64)
        same = [asyncio.create_task(gate.enter("same")) for _ in range(12)]
        other = asyncio.create_task(gate.enter("other"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        let, free = sum(task.done() for task in same), other.done()
        for task in same:
            (await task).leave() if task.done() else None
        for task in same:
            (await task).leave()
        (await other).leave()
        assert free
        return let, len(gate._busy)

    assert asyncio.run(crowd()) == (8, 0)


def test_a_wait_that_is_given_up_takes_no_slot() -> None:
    async def give_up() -> None:
        gate = Gate(1, most=1)
        first = await gate.enter("a")
        waiting = asyncio.create_task(gate.enter("b"))
        late = asyncio.create_task(gate.enter("c"))
        await asyncio.sleep(0)
        first.leave()  # leave goes to b ...
        waiting.cancel()  # ... which no longer wants it
        await asyncio.gather(waiting, return_exceptions=True)
        (await asyncio.wait_for(late, 1)).leave()

    asyncio.run(give_up())


def test_the_gate_narrows_when_this_thread_works_and_widens_when_somebody_waits_for_the_network() -> None:
    async def watch() -> list[int]:
        gate, limits = Gate(8, least=6, most=10), []
        crowd = [asyncio.create_task(gate.enter(str(n))) for n in range(20)]
        await asyncio.sleep(0)
        for busy, lag in ((0.1, 0.001), (0.1, 0.001), (0.5, 0.0), (0.1, 0.010), (0.9, 0.0), (0.1, 0.050)):
            gate.adapt(busy, lag)
            limits.append(gate.limit)
        await asyncio.sleep(0)
        assert sum(task.done() for task in crowd) == 10  # who was let in stays
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        return limits

    assert asyncio.run(watch()) == [10, 10, 10, 10, 9, 8]


def test_the_gate_looks_at_the_thread_while_somebody_connects() -> None:
    async def work() -> int:
        gate = Gate(16)
        with await gate.enter("host"):
            time.sleep(0.05)  # noqa: ASYNC251 (the lag)
            await asyncio.sleep(0.001)
        return gate.limit

    assert asyncio.run(work()) == 15


# --- connections -------------------------------------------------------------------------------


async def _banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 hello\r\n")
    await _wait(reader, writer)


async def _hear(
    port: int, within: timedelta = LONG, **options: object
) -> tuple[bytes, datetime | None, list[str]]:
    async with Net().connect("127.0.0.1", port, within, **options) as connection:  # type: ignore[arg-type]
        line = await connection.reader.readline()
        assert connection.latency < within
        return line, connection.certificate_expires, list(connection.phases)


def test_a_connection_gives_streams_and_phases() -> None:
    with Listener(_banner) as server:
        assert asyncio.run(_hear(server.port)) == (b"220 hello\r\n", None, ["name", "connect", "first_byte"])


def test_a_connection_in_tls_tells_the_certificates_end(authority: Authority) -> None:
    ends = datetime(2099, 5, 1, 12, tzinfo=UTC)
    with Listener(_banner, tls=authority.server(ends=ends)) as server:
        line, expires, phases = asyncio.run(_hear(server.port, tls=True, ca=authority.path))

    assert (line, expires) == (b"220 hello\r\n", ends)
    assert phases == ["name", "connect", "tls", "first_byte"]


async def _reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


@pytest.mark.parametrize(("handler", "code"), [(_wait, "read.timeout"), (_reset, "tcp.reset")])
def test_what_the_network_does_in_the_block_is_an_error_of_the_network(
    handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], code: str
) -> None:
    with Listener(handler) as server, pytest.raises(NetError) as caught:
        asyncio.run(_hear(server.port, SHORT))

    assert caught.value.code == code


def test_what_the_block_itself_does_wrong_stays_its_own() -> None:
    async def stumble(port: int) -> None:
        async with Net().connect("127.0.0.1", port, LONG):
            raise ValueError("ours")

    with Listener(_wait) as server, pytest.raises(ValueError, match="ours"):
        asyncio.run(stumble(server.port))


@pytest.mark.parametrize(
    ("host", "port", "code"),
    [("127.1", 80, "net.private"), ("a..b", 80, "config.url"), ("127.0.0.1", 99999, "config.url")],
)
def test_a_connection_keeps_the_rules_for_addresses(host: str, port: int, code: str) -> None:
    async def open_it() -> None:
        async with Net().connect(host, port, LONG):
            pytest.fail("connected")

    with pytest.raises(NetError) as caught:
        asyncio.run(open_it())
    assert caught.value.code == code


def test_a_connection_in_tls_is_verified(authority: Authority) -> None:
    with Listener(_banner, tls=authority.server()) as server, pytest.raises(NetError) as caught:
        asyncio.run(_hear(server.port, tls=True))

    assert caught.value.code == "tls.untrusted"


def test_a_refused_connection(closed_port: int) -> None:
    with pytest.raises(NetError) as caught:
        asyncio.run(_hear(closed_port))

    assert caught.value.code == "tcp.refused"


# --- manners -----------------------------------------------------------------------------------


def test_no_address_reaches_the_log(fault_server: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger=""):
        fetch(f"{fault_server.url}/ok?key=secret")

    assert "secret" not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_the_environment_changes_nothing(fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert fetch(f"{fault_server.url}/ok").status == 200


def test_httpx_is_imported_at_the_first_fetch_only() -> None:
    program = "import sys, statuspage.net; sys.exit('httpx' in sys.modules or 'httpcore' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_slow_name_server_holds_nobody_up(
    fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, release = socket.getaddrinfo, threading.Event()

    def silent(host: str, *rest: object, **more: object) -> object:
        if host.endswith(".example"):
            release.wait(5)
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", silent)

    async def ask() -> list[object]:
        net = Net()
        slow = [net.fetch(Request(url=f"http://n{n}.example"), SHORT) for n in range(12)]
        good = net.fetch(Request(url=f"http://localhost:{fault_server.port}/ok"), SHORT)
        return await asyncio.gather(*slow, good, return_exceptions=True)

    began = time.monotonic()
    *slow, good = asyncio.run(ask())
    assert time.monotonic() - began < 1
    release.set()
    assert {getattr(error, "code", error) for error in slow} == {"dns.resolver"}
    assert isinstance(good, Answer)
