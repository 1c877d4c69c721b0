import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import RequestReceived, StreamEnded
from handlers import says
from pydantic import TypeAdapter, ValidationError
from servers import Authority, Handler, Listener, reset

from statuspage.config import load
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import kind_for
from statuspage.probes.base import Occasion, missing_extra
from statuspage.probes.grpc import Call, Grpc

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
GRPC = TypeAdapter(Grpc)
PAGE = Path(__file__).parents[1] / "docs/probes/grpc.md"


def grpc(url: str = "grpc://127.0.0.1:50051", **options: Any) -> Grpc:
    return GRPC.validate_json(json.dumps({"url": url, **options}), strict=True)


def ask(probe: Grpc, within: timedelta = 5 * SECOND) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion(at=NOW)))


# --- the health service of grpcio itself -------------------------------------------------------


@pytest.fixture
def health_server() -> Iterator[tuple[int, int, str]]:
    """A clear and a TLS port of a server with services that serve, do not, and are unknown; its authority's PEM."""
    library: Any = pytest.importorskip("grpc")
    health: Any = pytest.importorskip("grpc_health.v1.health")
    messages: Any = pytest.importorskip("grpc_health.v1.health_pb2")
    services: Any = pytest.importorskip("grpc_health.v1.health_pb2_grpc")
    servicer = health.HealthServicer()
    states = messages.HealthCheckResponse
    for name, state in (("kestrel.Chat", states.SERVING), ("kestrel.Search", states.NOT_SERVING)):
        servicer.set(name, state)
    servicer.set("kestrel.Odd", states.UNKNOWN)
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    chain = b"".join(pem.bytes() for pem in certificate.cert_chain_pems)
    secrets = library.ssl_server_credentials([(certificate.private_key_pem.bytes(), chain)])
    with ThreadPoolExecutor(2) as pool, authority.cert_pem.tempfile() as pem:
        server = library.server(pool)
        services.add_HealthServicer_to_server(servicer, server)
        clear = server.add_insecure_port("127.0.0.1:0")
        secure = server.add_secure_port("127.0.0.1:0", secrets)
        server.start()
        yield clear, secure, pem
        server.stop(None).wait(5)


@pytest.mark.parametrize(
    ("service", "code", "verdict"),
    [
        ("", "", Verdict.UP),
        ("kestrel.Chat", "", Verdict.UP),
        ("kestrel.Search", "grpc.not_serving", Verdict.DOWN),
        ("kestrel.Odd", "grpc.not_serving", Verdict.DOWN),
        ("kestrel.Chta", "grpc.unknown_service", Verdict.UNKNOWN),
        ("k" * 200, "grpc.unknown_service", Verdict.UNKNOWN),
    ],
)
def test_the_health_service_of_grpcio_is_understood(
    health_server: tuple[int, int, str], service: str, code: str, verdict: Verdict
) -> None:
    reading = ask(grpc(f"grpc://127.0.0.1:{health_server[0]}", service=service))

    assert (reading.code, reading.verdict) == (code, verdict)
    assert reading.latency is not None
    assert reading.phases.keys() >= {"name", "connect", "first_byte"}


def test_it_is_asked_over_tls_with_alpn(health_server: tuple[int, int, str]) -> None:
    _, port, ca = health_server
    url = f"grpcs://127.0.0.1:{port}"
    reading = ask(grpc(url, ca=ca))

    assert (reading.verdict, reading.code) == (Verdict.UP, "")
    assert reading.certificate_expires is not None
    assert [finding.holds for finding in reading.findings] == [True, True, True, True]
    assert ask(grpc(url)).code == "tls.untrusted"
    assert ask(grpc(f"grpc://127.0.0.1:{port}")).code in ("tcp.closed", "tcp.reset", "http.protocol")


def test_a_server_without_a_health_service_is_not_measured() -> None:
    library: Any = pytest.importorskip("grpc")
    with ThreadPoolExecutor(1) as pool:
        server = library.server(pool)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        reading = ask(grpc(f"grpc://127.0.0.1:{port}"))
        server.stop(None).wait(5)

    assert (reading.code, reading.detail) == ("grpc.unknown_service", "gRPC status UNIMPLEMENTED")


# --- a server of our own ------------------------------------------------------------------------

Answer = Callable[[H2Connection, int], None]
Headers = list[tuple[str, str]]

HEAD = [(":status", "200"), ("content-type", "application/grpc")]
SERVING = b"\0\0\0\0\2\x08\1"


def serves(answer: Answer, *seen: Headers) -> Handler:
    """Speak HTTP/2, answer the first request so, and go on listening. `seen`: takes the request's headers."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        http.initiate_connection()
        while data := await reader.read(65536):
            for event in http.receive_data(data):
                if isinstance(event, RequestReceived) and seen:
                    seen[0].extend((str(name), str(value)) for name, value in event.headers or ())
                if isinstance(event, StreamEnded):
                    answer(http, event.stream_id)
            writer.write(http.data_to_send())
            await writer.drain()

    return handle


def says_(body: bytes = SERVING, head: Headers = HEAD, trailers: Headers | None = None) -> Answer:
    """Head, message, trailers (None: status 0)."""

    def answer(http: H2Connection, stream: int) -> None:
        http.send_headers(stream, head)
        for n in range(0, len(body), 16_384):  # octets of a frame
            http.send_data(stream, body[n : n + 16_384])
        http.send_headers(stream, [("grpc-status", "0")] if trailers is None else trailers, end_stream=True)

    return answer


def only(*headers: tuple[str, str]) -> Answer:
    """An answer that is its headers alone."""
    return lambda http, stream: http.send_headers(stream, list(headers), end_stream=True)


def status(number: str) -> Answer:
    return only(*HEAD, ("grpc-status", number), ("grpc-message", "secret%20\x7fword"))


def asked(answer: Answer, **options: Any) -> Reading:
    with Listener(serves(answer)) as server:
        return ask(grpc(f"grpc://127.0.0.1:{server.port}", **options))


def test_the_call_is_made_as_grpc_wants_it() -> None:
    seen: Headers = []
    with Listener(serves(says_(), seen)) as server:
        headers = {"Authorization": "Bearer hunter2"}
        reading = ask(grpc(f"grpc://127.0.0.1:{server.port}", headers=headers, service="a.B"), 2 * SECOND)

    assert reading.code == ""
    assert dict(seen) == {
        ":method": "POST",
        ":scheme": "http",
        ":path": "/grpc.health.v1.Health/Check",
        ":authority": f"127.0.0.1:{server.port}",
        "te": "trailers",
        "grpc-timeout": "2000m",
        "content-type": "application/grpc",
        "user-agent": "statuspage-test",
        "authorization": "Bearer hunter2",
    }


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("5", "grpc.unknown_service"),
        ("12", "grpc.unknown_service"),
        ("7", "auth.denied"),
        ("16", "auth.denied"),
        ("8", "rate.limited"),
        ("14", "grpc.error"),
        ("2", "grpc.error"),
        ("4", "grpc.error"),
        ("99", "grpc.error"),
        ("x", "grpc.error"),
        ("9" * 5000, "grpc.error"),
    ],
)
def test_a_status_in_the_head_alone_has_its_code(number: str, code: str) -> None:
    reading = asked(status(number))

    assert reading.code == code
    assert "word" not in reading.detail
    assert "word" in reading.findings[-1].seen
    assert reading.latency is not None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (says_(b"\0\0\0\0\0"), "grpc.not_serving"),  # UNKNOWN is zero, which is not written
        (says_(b"\0\0\0\0\2\x08\2"), "grpc.not_serving"),
        (says_(b"\0\0\0\0\2\x08\3"), "grpc.unknown_service"),
        (says_(b"\0\0\0\0\2\x08\4"), "http.protocol"),
        (says_(b"\0\0\0\0\7\x08\1\x12\1a\x18\5"), ""),  # with fields of tomorrow
        (says_(b"\0\0\0\0\7\x08\1\x25abcd"), ""),
        (says_(b"\0\0\0\0\x0b\x11abcdefgh\x08\1"), ""),
        (says_(b"\0\0\0\0\3\x08\x81\0"), ""),  # a number longer than it need be
        (says_(b""), "http.protocol"),  # status 0 and no message
        (says_(b"\1\0\0\0\2\x08\1"), "http.protocol"),  # packed
        (says_(SERVING * 2), "http.protocol"),  # two messages
        (says_(b"\0\0\0\0\x09\x08\1"), "http.protocol"),  # less than it says
        (says_(b"\0\0\0\0\1\x08"), "http.protocol"),
        (says_(b"\0\0\0\0\3\x12\x7fa"), "http.protocol"),
        (says_(b"\0\0\0\0\2\x0b\1"), "http.protocol"),  # a wire type that there is not
        (says_(b"\0\0\0\x3e\x80" + b"\x80" * 16_000), "http.protocol"),  # a number without end
        (says_(b"", trailers=[("grpc-status", "14")]), "grpc.error"),
        (says_(trailers=[("x", "y")]), "body.truncated"),
        (
            says_(head=[(":status", "200"), ("content-type", "text/html")], trailers=[("x", "y")]),
            "http.protocol",
        ),
        (says_(head=[(":status", "503")]), "http.503"),
        (only((":status", "429")), "rate.limited"),
        (only((":status", "404")), "http.404"),
        (only((":status", "401")), "blocked"),
        (lambda http, stream: http.reset_stream(stream, ErrorCodes.CANCEL), "grpc.error"),
        (lambda http, stream: http.reset_stream(stream, ErrorCodes.ENHANCE_YOUR_CALM), "rate.limited"),
        (lambda http, stream: http.close_connection(ErrorCodes.NO_ERROR), "grpc.error"),
        (lambda http, stream: http.close_connection(ErrorCodes.ENHANCE_YOUR_CALM), "rate.limited"),
    ],
)
def test_an_answer_has_its_code(answer: Answer, code: str) -> None:
    assert asked(answer).code == code


def test_a_refused_key_is_ours() -> None:
    assert asked(only((":status", "401")), headers={"x-key": "hunter2"}).code == "auth.denied"


def test_an_answer_in_many_frames_is_one() -> None:
    def answer(http: H2Connection, stream: int) -> None:
        http.send_headers(stream, HEAD)
        for octet in SERVING:
            http.ping(b"probe me")
            http.send_data(stream, bytes([octet]), pad_length=5)
        http.send_headers(stream, [("grpc-status", "0")], end_stream=True)
        http.close_connection()

    assert asked(answer).verdict is Verdict.UP


def test_a_message_far_too_long_is_not_read() -> None:
    reading = asked(says_(b"\0\0\0\xff\0" + b"\x08\1" * 20_000))

    assert (reading.code, reading.detail) == ("http.protocol", "more came than a health answer has")


def test_frames_without_end_are_given_up() -> None:
    async def pings(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = H2Connection(H2Configuration(client_side=False))
        http.initiate_connection()
        while True:
            http.ping(b"whatever")
            writer.write(http.data_to_send() * 1000)
            await writer.drain()

    with Listener(pings) as server:
        assert ask(grpc(f"grpc://127.0.0.1:{server.port}")).code == "http.protocol"


def test_headers_without_end_are_given_up() -> None:
    bomb = [*HEAD, *((f"x-{n}", "y" * 1000) for n in range(200))]
    assert asked(only(*bomb)).code == "http.protocol"


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"-ERR\r\n",
        b"\0\0\0\4\0\0\0\0\0" + b"\0\0\1\0\0\0\0\0\0.",  # data of no stream
        bytes(100),
        b"\xff" * 100,
        b"\0\0\4\1\5\0\0\0\1\x82\x82\x82\x82",  # headers of a request
    ],
)
def test_what_is_no_http_2_breaks_the_protocol(said: bytes) -> None:
    with Listener(says(said, after=b"SM\r\n\r\n", hold=True)) as server:
        reading = ask(grpc(f"grpc://127.0.0.1:{server.port}"))

    assert (reading.verdict, reading.code, reading.latency) == (Verdict.DOWN, "http.protocol", None)


def test_a_status_that_is_no_number_breaks_the_protocol() -> None:
    assert grpc().judge(Call(status=0, ended=True)).code == "http.protocol"
    assert asked(only((":status", "two hundred"), ("content-type", "text/html"))).code == "http.protocol"


def test_silence_and_an_end_have_their_codes(closed_port: int) -> None:
    def head_only(http: H2Connection, stream: int) -> None:
        http.send_headers(stream, HEAD)

    async def cuts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = H2Connection(H2Configuration(client_side=False))
        http.initiate_connection()
        http.receive_data(await reader.read(65536))
        http.send_headers(1, HEAD)
        writer.write(http.data_to_send())
        await writer.drain()

    async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        reset(writer)

    assert ask(grpc(f"grpc://127.0.0.1:{closed_port}")).code == "tcp.refused"
    with Listener(says(b"", after=b"SM\r\n\r\n", hold=True)) as server:
        assert ask(grpc(f"grpc://127.0.0.1:{server.port}"), SECOND / 5).code == "read.timeout"
    with Listener(serves(head_only)) as server:
        stalled = ask(grpc(f"grpc://127.0.0.1:{server.port}"), SECOND / 5)
    with Listener(says(b"", after=b"SM\r\n\r\n")) as server:
        assert ask(grpc(f"grpc://127.0.0.1:{server.port}")).code in ("tcp.closed", "tcp.reset")
    with Listener(cuts) as server:
        assert ask(grpc(f"grpc://127.0.0.1:{server.port}")).code in ("body.truncated", "tcp.reset")
    with Listener(resets) as server:
        assert ask(grpc(f"grpc://127.0.0.1:{server.port}")).code == "tcp.reset"
    assert (stalled.code, stalled.latency, stalled.findings[0].seen) == ("read.timeout", None, "200")


def test_tls_without_agreement_on_http_2_is_refused(authority: Authority) -> None:
    agrees, other = authority.server(), authority.server()
    agrees.set_alpn_protocols(["h2"])
    other.set_alpn_protocols(["http/1.1"])
    with Listener(serves(says_()), tls=agrees) as server:
        assert ask(grpc(f"grpcs://127.0.0.1:{server.port}", ca=authority.path)).code == ""
    for context in (authority.server(), other):
        with Listener(serves(says_()), tls=context) as server:
            reading = ask(grpc(f"grpcs://127.0.0.1:{server.port}", ca=authority.path))
        assert reading.code == "http.protocol"
        assert reading.detail == "the server did not agree to HTTP/2 (ALPN)"


# --- options -----------------------------------------------------------------------------------


def test_its_certificate_is_judged() -> None:
    assert grpc().certificate(timedelta(days=3))[0] == "tls.expiring"
    wished = grpc(
        expect={"certificate": {"days_left": {"ge": 5}}}, prefer={"certificate": {"days_left": {"ge": 9}}}
    )
    assert wished.certificate(timedelta(days=3))[0] == "expect.certificate"
    assert wished.certificate(timedelta(days=7))[0] == "prefer.certificate"


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({"url": "grpc://a.example"}, "needs a port"),
        ({"url": "grpcs://a.example:443/a.B"}, "nothing follows the port"),
        ({"url": "http://a.example"}, "must begin with grpc:// or grpcs://"),
        ({"headers": {"TE": "x"}}, "set by gRPC itself"),
        ({"headers": {"grpc-timeout": "1S"}}, "set by gRPC itself"),
        ({"headers": {":path": "/x"}}, "letters, digits"),
        ({"service": "x" * 300}, "200"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError, match=says_):
        grpc(**options)


def test_its_addresses_mean_the_kind_and_it_names_what_it_needs() -> None:
    assert (kind_for("grpc://a:1"), kind_for("grpcs://a")) == ("grpc", "grpc")
    assert (Grpc.extra, missing_extra(Grpc)) == ("h2", "")
    assert grpc("grpcs://a.example").target == "grpcs://a.example"
    assert "hunter2" not in repr(grpc(headers={"authorization": "hunter2"}))


def test_a_component_of_the_kind_is_read() -> None:
    text = PAGE.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    component = load(f"components:\n{text}", "components.yaml", {"GRPC_TOKEN": "hunter2"}).components[0]

    assert (component.type, type(component.probe)) == ("grpc", Grpc)


def test_a_wrong_option_is_refused_with_its_line_and_the_nearest_right_word() -> None:
    text = "components:\n  - name: Chat\n    url: grpc://a.example:1\n    services: a.B\n"
    with pytest.raises(Problems) as refused:
        load(text, "components.yaml", {})

    assert [(p.where.line, p.mend) for p in refused.value.problems if p.where] == [
        (4, "did you mean 'service'?")
    ]


def test_editors_see_a_sentence_for_each_option() -> None:
    assert all(option["description"].endswith(".") for option in GRPC.json_schema()["properties"].values())
