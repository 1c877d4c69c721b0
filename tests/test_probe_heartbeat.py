import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from handlers import says
from pydantic import TypeAdapter, ValidationError
from servers import FaultServer, Listener, answer

from statuspage.config import load, schema
from statuspage.errors import Problems
from statuspage.model import MEASURES, Reading, Verdict
from statuspage.net import Net
from statuspage.probes import kind_for
from statuspage.probes.base import Occasion
from statuspage.probes.heartbeat import Heartbeat, moment

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
HEARTBEAT = TypeAdapter(Heartbeat)
PAGE = Path(__file__).parents[1] / "docs/probes/heartbeat.md"
YOUNG = {"expect": {"age": {"le": "10m"}}}


def heartbeat(**options: Any) -> Heartbeat:
    return HEARTBEAT.validate_json(json.dumps({**YOUNG, **options}), strict=True)


def ask(probe: Heartbeat, within: timedelta = 5 * SECOND) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion(at=NOW)))


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The working folder, for the time of the test."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


# --- what is read ------------------------------------------------------------------------------


def told(body: bytes, headers: dict[str, str] | None = None, **options: Any) -> Reading:
    with Listener(says(answer(body, headers=headers))) as server:
        return ask(heartbeat(url=f"{server.url}/beat", **options))


def test_a_time_that_is_young_enough_is_up() -> None:
    reading = told(ago(4).encode())

    assert (reading.verdict, reading.code, reading.measures) == (Verdict.UP, "", {"age": 240.0})
    assert reading.measures.keys() <= MEASURES.keys()
    assert reading.latency is None  # of the notebook: it says nothing of who writes in it
    assert [(f.key, f.wanted, f.seen, f.holds) for f in reading.findings] == [
        ("text", "a time", "2026-11-22T20:26:00+00:00", True),
        ("expect.age", "at most 600 s", "240 s", True),
    ]


def test_a_time_that_is_too_old_is_down_or_degraded() -> None:
    old = told(ago(11).encode())
    late = told(ago(11).encode(), expect={"age": {"le": "1h"}}, prefer={"age": {"lt": "10m"}})

    assert (old.verdict, old.code) == (Verdict.DOWN, "heartbeat.old")
    assert old.detail == "last sign of life 660 s ago, wanted at most 600 s"
    assert (late.verdict, late.code, late.measures) == (Verdict.DEGRADED, "heartbeat.late", {"age": 660.0})
    assert [finding.holds for finding in late.findings] == [True, True, False]


def test_a_field_of_json_is_read() -> None:
    body = json.dumps({"jobs": [{"last_ok": ago(1)}], "none": None}).encode()

    assert told(body, field="$.jobs[0].last_ok").code == ""
    for field, seen in (("$.jobs[1]", "0 values at the field"), ("$.none", "the field is null")):
        missing = told(body, field=field)
        assert (missing.verdict, missing.code) == (Verdict.UNKNOWN, "heartbeat.unreadable")
        assert (missing.detail, missing.findings[0].seen) == (seen, seen)
    assert told(body, field="$.jobs").findings[0].seen == "a list or mapping"


def test_a_header_of_the_answer_is_read() -> None:
    modified = {"Last-Modified": "Sun, 22 Nov 2026 20:25:00 GMT"}

    assert told(b"anything", modified, header="last-modified").measures == {"age": 300.0}
    missing = told(b"anything", header="last-modified")
    assert (missing.code, missing.detail) == ("heartbeat.unreadable", "the header is missing")


def test_its_headers_are_sent(fault_server: FaultServer) -> None:
    reading = ask(heartbeat(url=f"{fault_server.url}/ok", headers={"x-key": "hunter2"}))

    assert fault_server.seen[0].headers["x-key"] == "hunter2"
    assert (reading.code, reading.findings[0].seen) == ("heartbeat.unreadable", "fine")


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (404, {}, "http.404"),
        (500, {}, "http.500"),
        (401, {"x-key": "hunter2"}, "auth.denied"),
        (401, {}, "blocked"),
        (429, {}, "rate.limited"),
    ],
)
def test_a_status_other_than_2xx_has_its_own_code(status: int, headers: dict[str, str], code: str) -> None:
    with Listener(says(answer(ago(1).encode(), status))) as server:
        reading = ask(heartbeat(url=server.url, headers=headers))

    assert (reading.code, reading.detail) == (code, f"status {status}")
    assert not reading.findings[0].holds


@pytest.mark.parametrize(
    ("path", "within", "code"),
    [
        ("silent", 0.2, "read.timeout"),
        ("drip", 0.2, "body.stalled"),
        ("close", 5, "tcp.closed"),
        ("cut", 5, "body.truncated"),
        ("garbage", 5, "http.protocol"),
        ("endless", 5, "heartbeat.unreadable"),
        ("gzip-bomb", 5, "heartbeat.unreadable"),
    ],
)
def test_hostile_answers_have_their_codes(
    fault_server: FaultServer, path: str, within: float, code: str
) -> None:
    reading = ask(heartbeat(url=f"{fault_server.url}/{path}"), within * SECOND)

    assert (reading.code, reading.measures) == (code, {})


def test_a_closed_port_is_down(closed_port: int) -> None:
    assert ask(heartbeat(url=f"http://127.0.0.1:{closed_port}/")).code == "tcp.refused"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 100_000,
        b'{"at": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b'{"at": NaN}',
        b'{"at": true}',
        b"{}",
    ],
)
def test_broken_json_is_unreadable(body: bytes) -> None:
    assert told(body, field="$.at").code == "heartbeat.unreadable"


# --- files -------------------------------------------------------------------------------------


def test_a_file_below_the_working_folder_is_read(folder: Path) -> None:
    (folder / "beats").mkdir()
    (folder / "beats/db.txt").write_text(f"{ago(2)}\n")
    (folder / "beats/db.json").write_text(json.dumps({"at": (NOW - SECOND).timestamp()}))

    assert ask(heartbeat(file="beats/db.txt")).measures == {"age": 120.0}
    assert ask(heartbeat(file="beats/db.json", field="$.at")).measures == {"age": 1.0}
    assert heartbeat(file="beats/db.txt").target == "file:beats/db.txt"


def test_a_file_that_cannot_be_read_is_not_measured(folder: Path) -> None:
    (folder / "folder").mkdir()
    (folder / "empty").touch()
    (folder / "long").write_bytes(b"x" * 70_000)
    os.mkfifo(folder / "pipe")

    for name in ("missing", "folder", "pipe", "long", "n" * 300, "empty"):
        reading = ask(heartbeat(file=name), SECOND)
        assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "heartbeat.unreadable")
        assert reading.detail == ("there is nothing" if name == "empty" else "the file cannot be read")


# --- times -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22T20:30:00Z",
        "2026-11-22T20:30:00.123456789Z",
        "2026-11-22 21:30:00+01:00",
        "2026-11-22T15:00-05:30",
        "20261122T203000Z",
        "Sun, 22 Nov 2026 20:30:00 GMT",
        "1795379400",
        "1795379400.25",
        "1795379400123",
        1795379400,
        1795379400.5,
        1795379400123,
        1795379400123456,  # microseconds
        1795379400123456789,  # nanoseconds, as Chroma's heartbeat
    ],
)
def test_a_time_is_read_in_each_spelling(written: object) -> None:
    found = moment(written)

    assert found is not None
    assert (found.tzinfo, found.replace(microsecond=0)) == (UTC, NOW)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "2026-11-22T20:30:00",  # of which zone?
        "2026-11-22",
        "2026-13-22T20:30:00Z",
        "0001-01-01T00:00:00Z",  # Go's "never"
        "9999-12-31T23:59:59-23:59",
        "Sun, 22 Foo 2026 20:30:00 GMT",
        "Sun, 22 Nov 2026 99:99:99 GMT",
        "Sun, 22 Nov 2026 20:30:00",
        "20:30",
        "x" * 100,
        "9" * 30,
        10**400,
        0,
        42,
        -5,
        1e300,
        float("nan"),
        float("inf"),
        True,
        None,
        [1795379400],
        {"at": 1795379400},
    ],
)
def test_what_is_no_time_is_none(written: object) -> None:
    assert moment(written) is None


@pytest.mark.parametrize(
    ("minutes", "code", "detail"),
    [
        (-4, "", ""),  # clocks differ
        (-6, "heartbeat.unreadable", "the time lies 360 s ahead"),
        (0, "", ""),
        (10, "", ""),
        (10.1, "heartbeat.old", "last sign of life 606 s ago, wanted at most 600 s"),
    ],
)
def test_a_sign_is_judged_by_its_age(minutes: float, code: str, detail: str) -> None:
    reading = heartbeat(file="x").judge(ago(minutes), "", NOW)

    assert (reading.code, reading.detail) == (code, detail)
    assert reading.measures.get("age", 0) >= 0


def test_what_is_no_time_is_shown_to_the_operator_alone() -> None:
    reading = heartbeat(file="x").judge("hunter2", "", NOW)

    assert (reading.code, reading.detail) == ("heartbeat.unreadable", "what is there is no time")
    assert reading.findings[0].seen == "hunter2"


# --- options -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({}, "give `url` or `file`"),
        ({"url": "https://a.example", "file": "x"}, "give `url` or `file`"),
        ({"url": "ftp://a.example"}, "must begin with http://"),
        ({"file": "/etc/passwd"}, "below the working folder"),
        ({"file": "a/../../b"}, "below the working folder"),
        ({"file": ""}, "below the working folder"),
        ({"file": "a\u0000"}, "below the working folder"),
        ({"file": "x", "header": "last-modified"}, "`header` is of a `url`"),
        ({"url": "https://a.example", "header": "date", "field": "$.x"}, "`header` is of a `url`"),
        ({"file": "x", "field": "at"}, "begins with \\$"),
        ({"file": "x", "expect": {}}, "how old the sign of life may be"),
        ({"file": "x", "expect": {"age": {"ge": "10m"}}}, "upper limit"),
        ({"file": "x", "expect": {"age": "10m"}}, "such as {le: 10m}"),
        ({"file": "x", "expect": {"age": {"le": 600}}}, "number and a unit"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError, match=says_):
        heartbeat(**options)


def test_a_preferred_age_alone_will_do() -> None:
    assert heartbeat(file="x", expect={}, prefer={"age": {"le": "1d"}}).judge(ago(60 * 30), "", NOW).code == (
        "heartbeat.late"
    )


def test_it_is_named_by_its_type_and_hides_what_may_be_secret() -> None:
    probe = heartbeat(url="https://a.example/hunter2", headers={"authorization": "hunter2"})

    assert (kind_for("heartbeat://a"), Heartbeat.schemes) == (None, ())
    assert (probe.target, "hunter2" in repr(probe)) == ("https://a.example", False)


def test_components_of_the_kind_are_read() -> None:
    text = PAGE.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    components = load(f"components:\n{text}", "components.yaml", {"IMPORT_READ_TOKEN": "hunter2"}).components

    assert {(component.type, type(component.probe)) for component in components} == {("heartbeat", Heartbeat)}


def test_a_wrong_option_is_refused_with_its_line_and_the_nearest_right_word() -> None:
    text = "components:\n  - name: Database\n    type: heartbeat\n    file: x\n    expect: {aeg: {le: 10m}}\n"
    with pytest.raises(Problems) as refused:
        load(text, "components.yaml", {})

    assert [(p.where.line, p.mend) for p in refused.value.problems if p.where] == [(5, "did you mean 'age'?")]


def test_editors_know_a_kind_that_no_address_means() -> None:
    component = schema()["$defs"]["component-heartbeat"]

    assert {"required": ["type"]} in component["allOf"]
    assert component["properties"]["type"]["const"] == "heartbeat"
    assert "^https?://" in json.dumps(component["properties"]["url"])
    assert all(
        option["description"].endswith(".") for option in HEARTBEAT.json_schema()["properties"].values()
    )
