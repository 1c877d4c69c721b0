"""Net.datagram and Net.stream, against real servers that misbehave."""

import asyncio
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import timedelta
from itertools import repeat
from typing import Any

import pytest
from datagrams import UdpServer
from servers import Authority, FaultServer, Handler, Listener, answer

from statuspage.dial import Address, Gate, ask_datagram
from statuspage.net import Datagram, Incoming, Net, NetError, Request
from statuspage.wire import Watch

SECOND = timedelta(seconds=1)
LONG, SHORT = 5 * SECOND, 0.3 * SECOND


def anything(_data: bytes) -> bool:
    return True


def ask(
    port: int,
    host: str = "127.0.0.1",
    within: timedelta = LONG,
    is_answer: Callable[[bytes], bool] = anything,
    data: bytes = b"ping",
) -> Datagram:
    return asyncio.run(Net().datagram(host, port, data, within, is_answer=is_answer))


def failure(
    port: int,
    host: str = "127.0.0.1",
    within: timedelta = LONG,
    is_answer: Callable[[bytes], bool] = anything,
) -> NetError:
    began = time.monotonic()
    with pytest.raises(NetError) as caught:
        ask(port, host, within, is_answer)
    assert time.monotonic() - began < within.total_seconds() + 0.5
    return caught.value


# --- datagrams ---------------------------------------------------------------------------------


def test_a_datagram_is_answered_with_latency_and_phases() -> None:
    with UdpServer(lambda data: [data.upper()]) as server:
        got = ask(server.port)

    assert (got.data, server.heard) == (b"PING", [b"ping"])
    assert list(got.phases) == ["name", "connect", "first_byte"]
    assert timedelta() < got.latency < SECOND
    assert abs(sum(got.phases.values(), timedelta()) - got.latency) < SECOND / 100


def test_what_is_no_answer_is_passed_over() -> None:
    with UdpServer(lambda _: [b"", b"other", b"\0" * 65_507, b"mine"]) as server:
        assert ask(server.port, is_answer=lambda data: data == b"mine").data == b"mine"


def test_the_largest_datagram_is_taken_whole() -> None:
    with UdpServer(lambda _: [b"x" * 65_507]) as server:
        assert len(ask(server.port).data) == 65_507


def test_who_was_not_asked_is_not_heard() -> None:
    """Another socket of the same machine answers first."""
    clients: list[tuple[str, int]] = []
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        asked.bind(("127.0.0.1", 0))

        def answer_twice() -> None:
            _, client = asked.recvfrom(100)
            clients.append(client)
            stranger.sendto(b"a lie", client)
            asked.sendto(b"the truth", client)

        thread = threading.Thread(target=answer_twice)
        thread.start()
        got = ask(asked.getsockname()[1])
        thread.join(5)

    assert (got.data, len(clients)) == (b"the truth", 1)


def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as once:
        once.bind(("127.0.0.1", 0))
        port = once.getsockname()[1]

    assert failure(port).code == "tcp.refused"


@pytest.mark.parametrize("said", [[], [b"other"], repeat(b"flood")])
def test_without_an_answer_it_ends_in_time(said: list[bytes]) -> None:
    with UdpServer(lambda _: said) as server:
        error = failure(server.port, within=SHORT, is_answer=lambda data: data == b"mine")

    assert error.code == "read.timeout"
    assert error.detail.startswith("waiting for the answer, after 0.")
    assert list(error.phases) == ["name", "connect", "first_byte"]


@pytest.mark.parametrize(
    ("host", "port", "code"),
    [
        ("127.1", 53, "net.private"),
        ("a..b", 53, "config.url"),
        ("127.0.0.1", 99999, "config.url"),
        ("127.0.0.1", 0, "config.url"),
        ("255.255.255.255", 53, "net.unreachable"),
        ("nobody.invalid", 53, "dns."),
    ],
)
def test_a_datagram_keeps_the_rules_for_addresses(host: str, port: int, code: str) -> None:
    assert failure(port, host, within=3 * SECOND).code.startswith(code)


def test_a_private_address_may_be_allowed() -> None:
    with UdpServer(lambda _: [b"pong"]) as server:
        asked = Net().datagram("127.1", server.port, b"", LONG, is_answer=anything, allow_private=True)
        assert asyncio.run(asked).data == b"pong"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_of_localhost_each_address_is_tried(host: str) -> None:
    try:
        server = UdpServer(lambda _: [b"pong"], host=host)
    except OSError:
        pytest.skip("this machine has no such address")
    with server:
        if host not in {info[4][0] for info in socket.getaddrinfo("localhost", server.port)}:
            pytest.skip("localhost has no such address here")
        assert ask(server.port, "localhost").data == b"pong"


def test_an_address_that_refuses_makes_way_for_the_next() -> None:
    async def ask_two(refusing: int, answering: int) -> bytes:
        addresses: list[Address] = [(socket.AF_INET, ("127.0.0.1", port)) for port in (refusing, answering)]
        return await ask_datagram(addresses, b"ping", Watch(LONG), anything)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as once:
        once.bind(("127.0.0.1", 0))
        port = once.getsockname()[1]
    with UdpServer(lambda _: [b"pong"]) as server:
        assert asyncio.run(ask_two(port, server.port)) == b"pong"


def test_waiting_for_an_answer_takes_no_leave_to_connect_from_others() -> None:
    net = Net(gate=Gate(1, least=1, most=1, per_host=1))

    async def both(silent: int, quick: int) -> Datagram:
        waiting = asyncio.create_task(net.datagram("127.0.0.1", silent, b"", LONG, is_answer=anything))
        try:
            return await net.datagram("127.0.0.1", quick, b"", LONG, is_answer=anything)
        finally:
            assert not waiting.done()
            waiting.cancel()
            await asyncio.wait([waiting])

    with UdpServer(lambda _: []) as silent, UdpServer(lambda _: [b"pong"]) as quick:
        assert asyncio.run(both(silent.port, quick.port)).latency < SECOND


def test_waiting_for_leave_counts_in_nothing() -> None:
    gate = Gate(1, least=1, most=1)

    async def late(port: int) -> Datagram:
        slot = await gate.enter("other")
        asyncio.get_running_loop().call_later(0.4, slot.leave)
        return await Net(gate=gate).datagram("127.0.0.1", port, b"", SHORT, is_answer=anything)

    with UdpServer(lambda _: [b"pong"]) as server:
        assert asyncio.run(late(server.port)).latency < SHORT


def test_a_fault_of_whoever_looks_at_the_answer_stays_its_own() -> None:
    def stumble(_data: bytes) -> bool:
        raise ValueError("ours")

    with UdpServer(lambda _: [b"pong"]) as server, pytest.raises(ValueError, match="ours"):
        ask(server.port, is_answer=stumble)


def test_whoever_looks_at_the_answer_may_end_it() -> None:
    def end(_data: bytes) -> bool:
        raise NetError("dns.resolver", detail="enough")

    with UdpServer(lambda _: [b"pong"]) as server:
        error = failure(server.port, is_answer=end)

    assert (error.code, error.detail, "first_byte" in error.phases) == ("dns.resolver", "enough", True)


# --- streams -----------------------------------------------------------------------------------


async def _whole(answer: Incoming) -> bytes:
    async with aclosing(answer.parts()) as parts:
        return b"".join([part async for part in parts])


def stream(url: str, within: timedelta = LONG, **options: Any) -> tuple[bytes, Incoming]:
    async def read() -> tuple[bytes, Incoming]:
        async with Net().stream(Request(url=url, **options), within) as answer:
            return await _whole(answer), answer

    return asyncio.run(read())


def broken(url: str, within: timedelta = LONG, **options: Any) -> NetError:
    began = time.monotonic()
    with pytest.raises(NetError) as caught:
        stream(url, within, **options)
    assert time.monotonic() - began < within.total_seconds() + 0.5
    return caught.value


def by_turns(*parts: bytes, coding: str = "") -> tuple[Handler, Iterator[threading.Event]]:
    """A handler that sends each part when the event before it is set, and those events."""
    turns = [threading.Event() for _ in parts]

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + (f"content-encoding: {coding}\r\n" if coding else "").encode())
        writer.write(b"\r\n")
        for turn, part in zip(turns, parts, strict=True):
            await asyncio.to_thread(turn.wait, 5)
            writer.write(part)
            await writer.drain()

    return handle, iter(turns)


async def _turn_by_turn(url: str, turns: Iterator[threading.Event]) -> list[tuple[bytes, timedelta]]:
    """Each part as it came, and the latency then; the next one is let go only when it is there."""
    seen: list[tuple[bytes, timedelta]] = []
    async with Net().stream(Request(url=url), LONG) as answer:
        assert (answer.status, answer.truncated) == (200, False)
        next(turns).set()
        async with aclosing(answer.parts()) as parts:
            async for part in parts:
                seen.append((part, answer.latency))
                if (turn := next(turns, None)) is not None:
                    turn.set()
    return seen


def test_parts_are_read_while_they_come() -> None:
    handler, turns = by_turns(b"first ", b"second ", b"third")
    with Listener(handler) as server:
        seen = asyncio.run(_turn_by_turn(server.url, turns))

    assert [part for part, _ in seen] == [b"first ", b"second ", b"third"]
    latencies = [latency for _, latency in seen]
    assert latencies == sorted(latencies)
    assert latencies[0] < latencies[-1]


def test_compressed_parts_are_unpacked_while_they_come() -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed = [packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH) for text in (b"first ", b"second")]
    handler, turns = by_turns(*packed, packer.flush(), coding="gzip")
    with Listener(handler) as server:
        seen = asyncio.run(_turn_by_turn(server.url, turns))

    assert [part for part, _ in seen] == [b"first ", b"second"]


def test_a_stream_tells_what_a_fetch_tells(fault_server: FaultServer) -> None:
    body, answer = stream(f"{fault_server.url}/redirect/302?to=/encoded/gzip")

    assert (body, answer.status, answer.hops, answer.truncated) == (b"fine", 200, 1, False)
    assert answer.headers["content-encoding"] == "gzip"
    assert list(answer.phases) == ["name", "connect", "first_byte", "body"]
    assert answer.certificate_expires is None
    assert timedelta() < answer.latency < SECOND


def test_a_stream_over_tls_has_its_certificate(authority: Authority, secure_server: FaultServer) -> None:
    _, answer = stream(f"{secure_server.url}/ok", ca=authority.path)

    assert answer.certificate_expires is not None
    assert "tls" in answer.phases
    assert broken(f"{secure_server.url}/ok").code == "tls.untrusted"


@pytest.mark.parametrize("path", ["/endless", "/tiny-chunks", "/gzip-bomb"])
def test_a_stream_without_an_end_is_cut(fault_server: FaultServer, path: str) -> None:
    body, answer = stream(fault_server.url + path)

    assert len(body) <= 256 * 1024
    assert answer.truncated


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/silent", "read.timeout"),
        ("/close", "tcp.closed"),
        ("/reset", "tcp.reset"),
        ("/garbage", "http.protocol"),
        ("/header-flood", "http.protocol"),
        ("/continue-flood", "http.protocol"),
        ("/drip-headers", "read.timeout"),
        ("/two-lengths", "http.protocol"),
        ("/drip", "body.stalled"),
        ("/stall", "body.stalled"),
        ("/truncated", "body.truncated"),
        ("/cut", "body.truncated"),
        ("/reset-in-body", "body.truncated"),
        ("/encoded/bad", "body.undecodable"),
        ("/encoded/short", "body.undecodable"),
        ("/encoded/br", "body.undecodable"),
        ("/loop", "http.redirect_loop"),
        ("/redirect/302?to=ftp://a.example/", "http.redirect_refused"),
        ("/redirect/302?to=http://a..b/", "http.redirect_refused"),
        ("/redirect/302?to=http://127.1/", "http.redirect_refused"),
    ],
)
def test_a_stream_that_breaks_has_its_code_in_time(fault_server: FaultServer, path: str, code: str) -> None:
    assert (
        broken(fault_server.url + path, SHORT if "timeout" in code or "stalled" in code else LONG).code
        == code
    )


@pytest.mark.parametrize(
    ("url", "code"),
    [("http://a..b/", "config.url"), ("nothing", "config.url"), ("http://127.1:80/", "net.private")],
)
def test_a_stream_keeps_the_rules_for_addresses(url: str, code: str) -> None:
    assert broken(url).code == code


def test_a_stream_to_a_closed_port_is_refused(closed_port: int) -> None:
    assert broken(f"http://127.0.0.1:{closed_port}/").code == "tcp.refused"


def test_the_deadline_ends_the_block_too(fault_server: FaultServer) -> None:
    async def dawdle() -> None:
        async with Net().stream(Request(url=f"{fault_server.url}/ok"), SHORT):
            await asyncio.sleep(5)

    with pytest.raises(NetError) as caught:
        asyncio.run(dawdle())
    assert caught.value.code == "read.timeout"


@pytest.mark.parametrize("fault", [KeyError("ours"), ValueError("ours"), AssertionError("ours")])
def test_what_the_block_does_wrong_stays_its_own(fault_server: FaultServer, fault: Exception) -> None:
    async def stumble() -> None:
        async with (
            Net().stream(Request(url=f"{fault_server.url}/ok"), LONG) as answer,
            aclosing(answer.parts()) as parts,
        ):
            async for _ in parts:
                raise fault

    with pytest.raises(type(fault), match="ours"):
        asyncio.run(stumble())


@pytest.mark.parametrize("parts", [0, 1])
def test_an_answer_may_be_left_unread(parts: int) -> None:
    """The server sees at once that nobody reads on."""
    gone = threading.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nx")
        try:
            while await reader.read(1000):
                pass
        finally:
            gone.set()

    async def leave(url: str) -> int:
        async with Net().stream(Request(url=url), LONG) as answer:
            if parts:
                async for _ in answer.parts():
                    break
            return answer.status

    with Listener(endless) as server:
        assert asyncio.run(leave(server.url)) == 200
        assert gone.wait(5)


def test_a_body_is_read_once(fault_server: FaultServer) -> None:
    async def twice() -> None:
        async with Net().stream(Request(url=f"{fault_server.url}/ok"), LONG) as answer:
            assert await _whole(answer) == b"fine"
            await _whole(answer)

    with pytest.raises(RuntimeError, match="once"):
        asyncio.run(twice())


def test_an_answer_without_a_body_has_no_parts() -> None:
    async def empty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"", 204))

    with Listener(empty) as server:
        body, got = stream(server.url)

    assert (body, got.status) == (b"", 204)


def test_a_stream_may_be_given_up(fault_server: FaultServer) -> None:
    async def give_up() -> bool:
        reading = asyncio.create_task(_read(f"{fault_server.url}/silent"))
        assert await asyncio.to_thread(fault_server.asked.wait, 5)
        reading.cancel()
        await asyncio.wait([reading])
        return reading.cancelled()

    async def _read(url: str) -> None:
        async with Net().stream(Request(url=url), LONG) as answer:
            await _whole(answer)

    assert asyncio.run(give_up())


def test_a_stream_shares_the_trust_with_a_fetch(authority: Authority, secure_server: FaultServer) -> None:
    net, request = Net(), Request(url=f"{secure_server.url}/ok", ca=authority.path)

    async def both() -> ssl.SSLContext:
        await net.fetch(request, LONG)
        before = await net._tls(request.ca, http=True)
        async with net.stream(request, LONG) as answer:
            await _whole(answer)
        assert await net._tls(request.ca, http=True) is before
        return before

    assert asyncio.run(both()).check_hostname
