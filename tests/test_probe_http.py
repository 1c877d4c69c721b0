import asyncio
import importlib.util
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from handlers import says
from pydantic import TypeAdapter, ValidationError
from servers import Authority, FaultServer, Listener, answer

from statuspage.causes import CODES
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import KINDS, kind_for
from statuspage.probes.base import Occasion
from statuspage.probes.http import Http
from statuspage.probes.patterns import TooSlow
from statuspage.wire import Answer

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
HTTP = TypeAdapter(Http)


def http(url: str = "http://127.0.0.1/", **options: Any) -> Http:
    """A probe by way of the border: JSON, strict, as config reads it."""
    return HTTP.validate_json(json.dumps({"url": url, **options}), strict=True)


def ask(probe: Http, within: timedelta = 5 * SECOND) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion()))


def judged(
    body: bytes = b"",
    status: int = 200,
    came: dict[str, str] | None = None,
    *,
    cut: bool = False,
    **options: Any,
) -> tuple[str, str]:
    """Code and detail for an answer."""
    reading = http(**options).judge(given(body, status, came, cut=cut), NOW)
    assert reading.verdict is (CODES[reading.code].verdict if reading.code else Verdict.UP)
    assert all(finding.holds for finding in reading.findings) is (reading.verdict is Verdict.UP)
    return reading.code, reading.detail


def given(
    body: bytes = b"",
    status: int = 200,
    came: dict[str, str] | None = None,
    *,
    cut: bool = False,
    hops: int = 0,
    expires: datetime | None = None,
) -> Answer:
    return Answer(
        status=status,
        headers=came or {},
        body=body,
        truncated=cut,
        phases={},
        latency=SECOND,
        certificate_expires=expires,
        hops=hops,
    )


def findings(answer: Answer, **options: Any) -> list[tuple[str, str, str, bool]]:
    found = http(**options).judge(answer, NOW).findings
    return [(finding.key, finding.wanted, finding.seen, finding.holds) for finding in found]


# --- judging -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "came", "options", "code"),
    [
        (200, {}, {}, ""),
        (204, {}, {}, ""),
        (500, {}, {}, "http.500"),
        (502, {}, {}, "http.502"),
        (503, {"retry-after": "60"}, {}, "http.maintenance"),
        (404, {}, {}, "http.404"),
        (404, {}, {"expect": {"status": 404}}, ""),
        (404, {}, {"expect": {"status": [200, "4xx"]}}, ""),
        (200, {}, {"expect": {"status": 204}}, "http.status"),
        (201, {}, {"prefer": {"status": 200}}, "prefer.status"),
        (429, {}, {}, "rate.limited"),
        (401, {}, {}, "blocked"),
        (401, {}, {"headers": {"Authorization": "Bearer hunter2"}}, "auth.denied"),
        (403, {}, {"url": "https://a.example/?api_key=hunter2"}, "auth.denied"),
        (403, {}, {"headers": {"accept": "text/html"}}, "blocked"),
    ],
)
def test_a_status_becomes_a_code(
    status: int, came: dict[str, str], options: dict[str, Any], code: str
) -> None:
    assert judged(status=status, came=came, **options) == (code, f"status {status}" if code else "")


@pytest.mark.parametrize(
    ("wish", "detail"),
    [
        ({"header": {"Content-Type": "javascript"}}, ""),
        ({"header": {"content-type": "html"}}, "header content-type not as wanted"),
        ({"header": {"etag": {"exists": True}}}, "header etag missing"),
        ({"header": {"etag": {"exists": False}}}, ""),
        ({"header": {"age": {"le": 60}}}, ""),
        ({"body": "Kestrel"}, ""),
        ({"body": "Falcon"}, "body not as wanted"),
        ({"body": {"matches": "(?i)kestrel.*chat"}}, ""),
        ({"body": {"not": "Kestrel"}}, "body not as wanted"),
        ({"size": {"ge": "5kB"}}, "size 18 B, wanted at least 5000 B"),
        ({"size": {"ge": 18, "lt": "1kB"}}, ""),
        ({"json": {"$.a": 1}}, "body is not JSON"),
    ],
)
def test_wishes_are_judged_alike_for_expect_and_prefer(wish: dict[str, Any], detail: str) -> None:
    came = {"content-type": "text/javascript", "age": "30"}
    (key,) = wish

    for word in ("expect", "prefer"):
        options: dict[str, Any] = {word: wish}
        found = judged(b"window.KestrelChat", came=came, **options)
        assert found == ((f"{word}.{key}", detail) if detail else ("", ""))


@pytest.mark.parametrize(
    ("wish", "detail"),
    [
        ({"$.result.status": {"any_of": ["green", "yellow"]}}, ""),
        ({"$.result.points_count": {"ge": 1000}}, "$.result.points_count not as wanted"),
        ({"$.result.gone": "x"}, "$.result.gone missing"),
        ({"$.result.shards[*].up": True}, "$.result.shards[*].up not as wanted"),
        ({"$.result.shards": {"length": 2}}, ""),
        ({"$.error": None}, ""),
    ],
)
def test_values_in_json_are_judged(wish: dict[str, Any], detail: str) -> None:
    shards = '[{"up": true}, {"up": false}]'
    body = (
        f'{{"result": {{"status": "green", "points_count": 12, "shards": {shards}}}, "error": null}}'.encode()
    )

    assert judged(body, expect={"json": wish}) == (("expect.json", detail) if detail else ("", ""))


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 50_000, b"1" * 5000, b"\xff\xfe", b"", b'{"a": 1', b"\x00"]
)
def test_hostile_json_is_a_finding_and_no_traceback(body: bytes) -> None:
    assert judged(body, expect={"json": {"$.a": 1}}) == ("expect.json", "body is not JSON")


def test_json_that_was_cut_off_is_called_so() -> None:
    assert judged(b'{"a": [', cut=True, expect={"json": {"$.a": 1}}) == (
        "expect.json",
        "body longer than is read",
    )


def test_a_body_that_was_cut_off_is_larger_than_all_that_can_be_wanted() -> None:
    body = bytes(262_144)

    assert judged(body, cut=True, expect={"size": {"le": 256_000}})[0] == "expect.size"
    assert judged(body, cut=True, expect={"size": {"ge": 256_000}})[0] == ""


def test_expect_goes_before_prefer() -> None:
    assert judged(b"", prefer={"body": "x"}, expect={"size": {"ge": 1}})[0] == "expect.size"


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", "grün".encode()),
        ("ISO-8859-1", "grün".encode("latin-1")),
        ('"windows-1252"; x=y', "grün".encode("cp1252")),
        ("utf-16", "grün".encode("utf-16")),
        ("zip", "grün".encode()),
        ("idna", "grün".encode()),
    ],
)
def test_texts_are_read_in_the_charset_that_the_answer_names(charset: str, body: bytes) -> None:
    came = {"content-type": f"text/plain; charset={charset}"}

    assert judged(body, came=came, expect={"body": "grün"}) == ("", "")


@pytest.mark.parametrize(
    ("days", "options", "code"),
    [
        (13.9, {}, "tls.expiring"),
        (14, {}, ""),
        (13, {"prefer": {"certificate": {"days_left": {"ge": 10}}}}, ""),
        (20, {"prefer": {"certificate": {"days_left": {"ge": 21}}}}, "prefer.certificate"),
        (2, {"expect": {"certificate": {"days_left": {"ge": 3}}}}, "expect.certificate"),
    ],
)
def test_a_certificate_is_judged_by_the_days_it_has_left(
    days: float, options: dict[str, Any], code: str
) -> None:
    assert http(**options).certificate(timedelta(days=days))[0] == code


def test_the_detail_of_a_certificate_has_figures() -> None:
    wanted = http(prefer={"certificate": {"days_left": {"ge": 21}}})

    assert (
        wanted.certificate(timedelta(days=5, hours=3))[1] == "certificate has 5 days left, wanted at least 21"
    )


# --- what the operator is shown ----------------------------------------------------------------


def test_every_wish_is_a_finding_held_or_broken() -> None:
    wishes = {
        "status": ["2xx", 404],
        "header": {"Content-Type": "json", "etag": {"exists": True}},
        "body": {"matches": "ok$"},
        "json": {"$.status": {"any_of": ["green", "yellow"]}, "$.gone": 1},
        "size": {"ge": 18, "lt": "1kB"},
    }
    came = {"content-type": "application/json"}

    assert findings(given(b'{"status": "red"}', came=came), expect=wishes, prefer={"status": 204}) == [
        ("expect.status", "2xx, 404", "200", True),
        ("expect.header content-type", 'contains "json"', '"application/json"', True),
        ("expect.header etag", "exists true", "nothing", False),
        ("expect.body", "matches ok$", '"{\\"status\\": \\"red\\"}"', False),
        ("expect.json $.status", 'any_of ["green", "yellow"]', '"red"', False),
        ("expect.json $.gone", "is 1", "nothing", False),
        ("expect.size", "at least 18 and less than 1000 B", "17 B", False),
        ("prefer.status", "204", "200", False),
    ]


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_is_shown_as_it_is(body: bytes) -> None:
    key, wanted, seen, holds = findings(given(body), expect={"json": {"$.a": 1, "$.b": 2}})[1]

    assert (key, wanted, holds) == ("expect.json", "JSON", False)
    assert seen.startswith(body[:1].decode(errors="replace"))
    assert len(seen) < 5000


def test_of_many_values_at_one_path_the_first_are_shown() -> None:
    wish = {"$[*]": {"le": 5}}

    assert findings(given(b"[1, 2, 3]"), expect={"json": wish})[1][2] == "1, 2, 3"
    assert findings(given(b"[1, 2, 3, 4, 5, 6, 7]"), expect={"json": wish})[1][2] == "1, 2, 3, 4, 5, 2 more"


def test_what_an_answer_holds_is_one_line_without_control_characters() -> None:
    told = findings(given("a\n\x1b[2J\u202e".encode() * 100), expect={"body": "x"})[1][2]

    assert told.isprintable()
    assert len(told) < 5000


@pytest.mark.parametrize("depth", [*range(880, 1000, 3)])
def test_json_at_the_limit_of_nesting_is_shown_or_said_to_be_too_deep(depth: int) -> None:
    body = b'{"a": ' + b"[" * depth + b"]" * depth + b"}"
    seen = findings(given(body), expect={"json": {"$.a": 1}})[1][2]

    assert seen.startswith(("[[[", '{"a"')) or "too deep" in seen


def test_redirects_and_the_certificate_are_told_too() -> None:
    answered = given(hops=2, expires=NOW + timedelta(days=20, hours=1))

    assert findings(answered)[1:] == [
        ("redirects", "at most 3", "2", True),
        ("certificate days_left", "at least 14", "20 days", True),
    ]
    assert findings(answered, prefer={"certificate": {"days_left": {"ge": 21}}})[2:] == [
        ("prefer.certificate days_left", "at least 21", "20 days", False)
    ]


@pytest.mark.skipif(importlib.util.find_spec("re2") is not None, reason="re2 is linear")
def test_a_pattern_that_takes_too_long_takes_nothing_back_that_was_found_before() -> None:
    slow = {"matches": ".*a.*b.*c.*d"}
    answered = given(b"ab" * 4000, 503)

    reading = http(expect={"body": slow}).judge(answered, NOW)
    assert (reading.code, len(reading.findings)) == ("http.503", 1)
    with pytest.raises(TooSlow):
        http(expect={"status": 503, "body": slow}).judge(answered, NOW)


# --- asking ------------------------------------------------------------------------------------


def test_a_real_answer_is_up_with_its_latency_and_phases(fault_server: FaultServer) -> None:
    reading = ask(http(f"{fault_server.url}/ok", expect={"body": "fine"}))

    assert (reading.verdict, reading.code) == (Verdict.UP, "")
    assert reading.latency is not None
    assert {"connect", "first_byte"} <= set(reading.phases)


def test_method_headers_and_json_are_sent(fault_server: FaultServer) -> None:
    ask(http(f"{fault_server.url}/echo", method="POST", headers={"X-Key": "k"}, json={"sender": "grün"}))
    (seen,) = fault_server.seen

    assert (seen.method, seen.headers["x-key"], seen.headers["content-type"]) == (
        "POST",
        "k",
        "application/json",
    )
    assert json.loads(seen.body) == {"sender": "grün"}


def test_a_content_type_of_ones_own_stays(fault_server: FaultServer) -> None:
    own = {"Content-Type": "application/activity+json"}
    ask(http(f"{fault_server.url}/echo", method="POST", headers=own, json=[]))

    assert fault_server.seen[0].headers["content-type"] == "application/activity+json"


def test_a_text_is_sent_as_it_is(fault_server: FaultServer) -> None:
    ask(http(f"{fault_server.url}/echo", method="PUT", body="hello"))

    assert fault_server.seen[0].body == b"hello"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("close", "tcp.closed"),
        ("reset", "tcp.reset"),
        ("garbage", "http.protocol"),
        ("truncated", "body.truncated"),
        ("loop", "http.redirect_loop"),
        ("silent", "read.timeout"),
        ("drip", "body.stalled"),
    ],
)
def test_a_server_that_gives_no_whole_answer_has_no_latency(
    fault_server: FaultServer, path: str, code: str
) -> None:
    reading = ask(http(f"{fault_server.url}/{path}"), SECOND / 2)

    assert (reading.verdict, reading.code, reading.latency) == (Verdict.DOWN, code, None)


def test_a_closed_port_is_refused(closed_port: int) -> None:
    assert ask(http(f"http://127.0.0.1:{closed_port}")).code == "tcp.refused"


def test_a_redirect_is_an_answer_when_it_is_not_to_be_followed(fault_server: FaultServer) -> None:
    url = f"{fault_server.url}/redirect/302?to=/ok"

    assert ask(http(url)).verdict is Verdict.UP
    assert ask(http(url, follow=False, expect={"status": 302})).verdict is Verdict.UP
    assert ask(http(url, follow=False)).code == "http.3xx"


def test_the_certificates_end_is_read(secure_server: FaultServer, authority: Authority) -> None:
    reading = ask(http(f"{secure_server.url}/ok", ca=authority.path))

    assert (reading.verdict, reading.certificate_expires is not None) == (Verdict.UP, True)


def test_nothing_that_the_server_said_or_we_sent_is_in_a_reading() -> None:
    said = answer(b'{"a": "hunter2"}', 500, {"x-hunter2": "hunter2"})
    wishes = {"body": "hunter2-too", "header": {"x-hunter2": "hunter3"}, "status": [200, 500]}
    with Listener(says(said)) as server:
        probe = http(f"{server.url}/hunter2", headers={"x-key": "hunter2"}, body="hunter2", expect=wishes)
        readings = [ask(probe), ask(http(server.url, expect={"status": 500, "json": {"$.a": 5}}))]

    assert [r.code for r in readings] == ["expect.header", "expect.json"]
    assert "hunter3" not in repr(readings)
    assert "hunter2" not in repr(readings[1])
    assert "hunter2" not in readings[0].detail.replace("x-hunter2", "")
    assert "hunter" not in repr(probe).replace("x-hunter2", "")


# --- the border --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({"url": "ftp://a.example"}, "begin with http"),
        ({"url": "a.example"}, "begin with http"),
        ({"url": "http:///x"}, "names no host"),
        ({"url": "http://a.example:99999"}, "port"),
        ({"url": "http://a.example:0"}, "port"),
        ({"url": "http://[bad"}, "brackets"),
        ({"url": "http://me:hunter2@a.example"}, "as `headers`"),
        ({"url": "http://a.example/a b"}, "spaces"),
        ({"headers": {"Bad Name": "x"}}, "header's name"),
        ({"headers": {"Content-Length": "5"}}, "connection itself"),
        ({"headers": {"x": "hunter2\r\ny: z"}}, "other than ASCII"),
        ({"body": "x", "json": 1}, "not both"),
        ({"method": "BREW"}, "GET"),
        ({"expect": {"statsu": 200}}, "statsu"),
        ({"expect": {"status": "6xx"}}, "100 to 599"),
        ({"expect": {"json": {"a.b": 1}}}, "begins with"),
        ({"expect": {"body": {"matches": "(a+)+"}}}, "repetition"),
        ({"prefer": {"certificate": {"days": 3}}}, "days"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError) as refused:
        http(**options)

    messages = [error["msg"] + str(error["loc"]) for error in refused.value.errors()]
    assert any(says_ in message for message in messages)
    assert not any("hunter2" in message for message in messages)


def test_each_option_has_its_sentence_in_the_schema() -> None:
    schema = HTTP.json_schema()
    kinds = [schema, *(schema["$defs"][name] for name in ("HttpWishes", "CertificateOptions"))]

    for options in kinds:
        assert options["additionalProperties"] is False
        for name, option in options["properties"].items():
            assert option.get("description", "").endswith("."), name


def test_kinds_are_known_by_scheme_and_shown_without_path() -> None:
    assert {kind_for(url) for url in ("http://a", "HTTPS://a")} == {"http"}
    assert kind_for("mqtt://9.9.9.9") is None
    assert KINDS["http"] is Http
    assert http("https://a.example:8443/hunter2?key=hunter2").target == "https://a.example:8443"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "http.404"),
        (408, "http.408"),
        (410, "http.410"),
        (418, "http.4xx"),
        (422, "http.422"),
        (501, "http.501"),
        (504, "http.504"),
        (507, "http.5xx"),
        (522, "http.522"),
    ],
)
def test_a_status_has_a_code_of_its_own(fault_server: FaultServer, status: int, code: str) -> None:
    assert ask(http(f"{fault_server.url}/status/{status}")).code == code


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"header": {"content-type": "audio"}}, "prefer.header"),
        ({"body": "never said"}, "prefer.body"),
        ({"json": {"$.a": 1}}, "prefer.json"),
        ({"size": {"ge": "200kB"}}, "prefer.size"),
        ({"status": 204}, "prefer.status"),
    ],
)
def test_what_is_preferred_and_not_there_degrades(
    fault_server: FaultServer, wish: dict[str, Any], code: str
) -> None:
    reading = ask(http(f"{fault_server.url}/ok", prefer=wish))
    assert (reading.verdict, reading.code) == (Verdict.DEGRADED, code)
