import asyncio
import json
import time
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
from statuspage.probes.metric import Figure, Metric, of_query, on_page, series

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
METRIC = TypeAdapter(Metric)
PAGE = Path(__file__).parents[1] / "docs/probes/metric.md"
URL = "https://metrics.example"


def metric(**options: Any) -> Metric:
    return METRIC.validate_json(
        json.dumps({"expect": {"value": {"le": 100}}, "url": URL, **options}), strict=True
    )


def ask(probe: Metric, within: timedelta = 5 * SECOND) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion(at=NOW)))


def told(body: object, status: int = 200, **options: Any) -> Reading:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    with Listener(says(answer(octets, status))) as server:
        return ask(metric(url=server.url, **options))


def vector(*samples: tuple[float, str]) -> dict[str, object]:
    """The answer to an instant query."""
    result = [{"metric": {"job": "chat"}, "value": [at, value]} for at, value in samples]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def histogram() -> dict[str, object]:
    """An answer whose one sample is a native histogram: it has no value."""
    sample = {"metric": {}, "histogram": [AT, {"count": "1", "sum": "2"}]}
    return {"status": "success", "data": {"resultType": "vector", "result": [sample]}}


AT = NOW.timestamp() - 2.5

# --- JSON --------------------------------------------------------------------------------------


def test_a_figure_in_json_is_judged() -> None:
    body = {"queue": {"waiting": 12, "share": "0.25"}}
    good = told(body, field="$.queue.waiting")
    bad = told(body, field="$.queue.waiting", expect={"value": {"lt": 12}})
    middling = told(body, field="$.queue.share", expect={}, prefer={"value": {"ge": 0.5}})

    assert (good.verdict, good.code, good.measures) == (Verdict.UP, "", {"value": 12.0})
    assert good.measures.keys() <= MEASURES.keys()
    assert good.latency is None
    assert (bad.verdict, bad.code, bad.detail) == (
        Verdict.DOWN,
        "expect.value",
        "value 12, wanted less than 12",
    )
    assert (middling.verdict, middling.code) == (Verdict.DEGRADED, "prefer.value")
    assert middling.measures == {"value": 0.25}
    assert [(f.key, f.wanted, f.seen, f.holds) for f in middling.findings] == [
        ("field $.queue.share", "a number", "0.25", True),
        ("prefer.value", "at least 0.5", "0.25", False),
    ]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"{}", "0 values at the field"),
        (b'{"n": null}', "what is there is no number"),
        (b'{"n": true}', "what is there is no number"),
        (b'{"n": "many"}', "what is there is no number"),
        (b'{"n": "1.2.3"}', "what is there is no number"),
        (b'{"n": NaN}', "what is there is no number"),
        (b'{"n": -Infinity}', "what is there is no number"),
        (b'{"n": 1e999}', "what is there is no number"),
        (b'{"n": ' + b"9" * 400 + b"}", "what is there is no number"),
        (b'{"n": [1]}', "what is there is no number"),
        (b'{"n": 1}' + b" " * 300_000, "longer than is read"),
    ],
)
def test_a_figure_that_is_not_there_is_not_measured(body: bytes, detail: str) -> None:
    reading = told(body, field="$.n")

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UNKNOWN, "metric.missing", detail)
    assert not reading.findings[0].holds


# --- Prometheus --------------------------------------------------------------------------------


def test_a_query_is_asked_as_prometheus_wants_it(fault_server: FaultServer) -> None:
    query = 'sum(rate(answers_total{code="200"}[5m])) / 2'
    headers = {"authorization": "Bearer hunter2"}
    for path in ("/ok", "/ok/", "/ok/api/v1/query", "/ok?tenant=a"):
        ask(metric(url=fault_server.url + path, query=query, headers=headers))

    assert {seen.path for seen in fault_server.seen} == {"/ok/api/v1/query"}
    assert all(seen.query["query"] == query for seen in fault_server.seen)
    assert fault_server.seen[-1].query["tenant"] == "a"
    assert fault_server.seen[0].headers["authorization"] == "Bearer hunter2"


def test_a_vector_of_one_sample_and_a_scalar_are_figures() -> None:
    scalar = {"status": "success", "data": {"resultType": "scalar", "result": [AT, "1.5e2"]}}

    assert told(vector((AT, "42")), query="x").measures == {"value": 42.0}
    assert told(scalar, query="x").code == "expect.value"


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        (vector(), "the query gives 0 samples, not one"),
        (vector((AT, "1"), (AT, "2")), "the query gives 2 samples, not one"),
        (histogram(), "the query's sample is no number"),
        (vector((AT, "NaN")), "what is there is no number"),
        (vector((AT, "+Inf")), "what is there is no number"),
        (vector((AT - 3600, "1")), "the figure is 3602 s old"),
        (vector((AT + 3600, "1")), "the figure's time lies 3597 s ahead"),
        (vector((1e300, "1")), "the figure's time cannot be read"),
        (
            {"status": "success", "data": {"resultType": "matrix", "result": []}},
            "neither a scalar nor a vector",
        ),
        (
            {"status": "success", "data": {"resultType": "scalar", "result": 7}},
            "neither a scalar nor a vector",
        ),
        ({"status": "error", "errorType": "bad_data", "error": "hunter2"}, "not an answer of Prometheus"),
        ([], "not an answer of Prometheus"),
        (None, "not an answer of Prometheus"),
    ],
)
def test_a_query_without_one_fresh_figure_is_not_measured(document: object, detail: str) -> None:
    reading = told(document, query="x")

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "metric.missing")
    assert reading.detail.endswith(detail)


def test_how_old_a_figure_may_be_can_be_said() -> None:
    hour_old = vector((AT - 3600, "1"))

    assert told(hour_old, query="x", max_age="2h").code == ""
    assert metric(query="x").judge(of_query(vector((AT, "1"))), NOW).code == ""


@pytest.mark.parametrize(
    ("status", "code", "detail"),
    [
        (400, "metric.missing", "http.400: status 400"),  # the query is wrong
        (503, "metric.missing", "http.503: status 503"),
        (404, "metric.missing", "http.404: status 404"),
        (401, "blocked", "status 401"),
        (429, "rate.limited", "status 429"),
    ],
)
def test_a_monitoring_that_fails_says_nothing_of_the_component(status: int, code: str, detail: str) -> None:
    reading = told({"status": "error", "error": "parse error"}, status, query="sum(")

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UNKNOWN, code, detail)
    assert "parse error" in reading.findings[0].seen


def test_a_monitoring_that_cannot_be_reached_says_nothing_either(closed_port: int) -> None:
    reading = ask(metric(url=f"http://127.0.0.1:{closed_port}", query="x"))

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "metric.missing")
    assert reading.detail.startswith("tcp.refused: ")


def test_a_refused_key_is_ours() -> None:
    assert told(b"", 401, query="x", headers={"authorization": "Bearer hunter2"}).code == "auth.denied"


# --- a service that tells its own figures ------------------------------------------------------


def test_a_service_that_does_not_tell_its_figures_is_down(
    closed_port: int, fault_server: FaultServer
) -> None:
    assert ask(metric(url=f"http://127.0.0.1:{closed_port}", field="$.n")).code == "tcp.refused"
    assert told(b"", 500, metric="queue_size").code == "http.500"
    for path, within, code in (
        ("silent", 0.2, "read.timeout"),
        ("drip", 0.2, "body.stalled"),
        ("endless", 5, "metric.missing"),
        ("gzip-bomb", 5, "metric.missing"),
        ("tiny-chunks", 5, "metric.missing"),
        ("garbage", 5, "http.protocol"),
    ):
        reading = ask(metric(url=f"{fault_server.url}/{path}", metric="queue_size"), within * SECOND)
        assert (path, reading.code) == (path, code)


METRICS = r"""# HELP queue_size Conversations that wait.
# TYPE queue_size gauge
queue_size{queue="chat",zone="a"} 7
queue_size{queue="mail",zone="a"} 30
queue_size{queue="odd",note="a \"}\" \\ and\nmore",} 3 1795379390000
queue_size_max 99
queue_size_now 5 # {trace_id="1"} 0.5 1795379390.5
up 1 1795379390.5
old 1 1795370000000
uptime_seconds +Inf
broken{queue="chat" 1
broken_too one two three
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ('queue_size{queue="chat"}', 7),
        ('queue_size{zone="a",queue="mail",}', 30),
        (r'queue_size{note="a \"}\" \\ and\nmore"}', 3),
        ("queue_size_max", 99),
        ("queue_size_now", 5),
        ("up", 1),
    ],
)
def test_a_sample_on_a_page_of_metrics_is_found(name: str, value: float) -> None:
    assert told(METRICS.encode(), metric=name).measures == {"value": value}


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("queue", "0 samples fit, not one"),
        ("queue_size", "3 samples fit, not one"),
        ('queue_size{zone="a"}', "2 samples fit, not one"),
        ('queue_size{zone="b"}', "0 samples fit, not one"),
        ("old", "the figure is 9400 s old"),
        ("uptime_seconds", "what is there is no number"),
        ("broken", "0 samples fit, not one"),
        ("broken_too", "0 samples fit, not one"),
    ],
)
def test_a_sample_that_is_not_there_once_is_not_measured(name: str, detail: str) -> None:
    reading = metric(metric=name).judge(on_page(METRICS, series(name)), NOW)

    assert (reading.code, reading.detail) == ("metric.missing", detail)


def test_a_page_of_hostile_lines_costs_little() -> None:
    lines = ("a{" + '"' * 8000, "a{" + 'b="' * 2000, "a{" + "b=}," * 2000, "a " + "1 " * 4000, "a" * 9000)
    spaces = ("a{}" + " " * 8000 + "x y z", "a" + " " * 8000, "a 1" + " " * 8000 + "x")
    began = time.perf_counter()

    assert on_page("\n".join((*lines, *spaces) * 4), series("a")) == Figure(why="0 samples fit, not one")
    assert time.perf_counter() - began < 1


# --- options -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({}, "give one of `field`, `query` and `metric`"),
        ({"field": "$.n", "query": "x"}, "give one of `field`, `query` and `metric`"),
        ({"field": "$.n", "expect": {}}, "say what the figure should be"),
        ({"field": "n"}, "begins with \\$"),
        ({"query": ""}, "at least 1 character"),
        ({"metric": "queue size"}, "a metric is a name"),
        ({"metric": "9lives"}, "a metric is a name"),
        ({"metric": "up 1"}, "a metric is a name"),
        ({"metric": "up # 1"}, "a metric is a name"),
        ({"metric": 7}, "a metric is a name"),
        ({"metric": "up{job=chat}"}, "labels are written as"),
        ({"metric": "up{job}"}, "labels are written as"),
        ({"field": "$.n", "expect": {"value": {"ge": "much"}}}, "take a number"),
        ({"field": "$.n", "max_age": 60}, "number and a unit"),
        ({"field": "$.n", "url": "prom.example"}, "must begin with"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError, match=says_):
        metric(**options)


def test_it_is_named_by_its_type_and_hides_what_may_be_secret() -> None:
    probe = metric(url=f"{URL}/hunter2", field="$.n", headers={"authorization": "hunter2"})

    assert (kind_for("metric://a"), Metric.schemes, probe.target) == (None, (), URL)
    assert "hunter2" not in repr(probe)
    assert metric(metric='up{a="#1"}').judge(Figure(value="1"), NOW).findings[0].key == 'metric up{a="#1"}'


def test_components_of_the_kind_are_read() -> None:
    text = PAGE.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    components = load(f"components:\n{text}", "components.yaml", {"PROMETHEUS_TOKEN": "hunter2"}).components

    assert {(component.type, type(component.probe)) for component in components} == {("metric", Metric)}


def test_a_wrong_option_is_refused_with_its_line_and_the_nearest_right_word() -> None:
    component = "type: metric\n    url: https://a.example\n    querry: x\n    expect: {value: 1}"
    text = f"components:\n  - name: Queue\n    {component}\n"
    with pytest.raises(Problems) as refused:
        load(text, "components.yaml", {})

    assert (5, "did you mean 'query'?") in [(p.where.line, p.mend) for p in refused.value.problems if p.where]


def test_editors_know_a_kind_that_no_address_means() -> None:
    component = schema()["$defs"]["component-metric"]

    assert {"required": ["type"]} in component["allOf"]
    assert "^https?://" in json.dumps(component["properties"]["url"])
    assert all(option["description"].endswith(".") for option in METRIC.json_schema()["properties"].values())
