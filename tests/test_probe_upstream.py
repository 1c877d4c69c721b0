import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from handlers import says
from pydantic import TypeAdapter, ValidationError
from servers import FaultServer, Listener, answer

from statuspage.config import load, schema
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import kind_for
from statuspage.probes.base import Occasion
from statuspage.probes.upstream import Upstream

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
UPSTREAM = TypeAdapter(Upstream)
DOCS = Path(__file__).parents[1] / "docs/probes/upstream.md"


def upstream(*components: str, **options: Any) -> Upstream:
    written = {"statuspage": "https://status.example.com", "components": components or ("API",), **options}
    return UPSTREAM.validate_json(json.dumps(written), strict=True)


def ask(probe: Upstream, within: timedelta = 5 * SECOND) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion(at=NOW)))


def row(name: str, status: object = "operational", *, id: str = "", **more: object) -> dict[str, object]:
    """A component as a Statuspage lists it."""
    return {
        "id": id or f"id-{name}",
        "name": name,
        "status": status,
        "created_at": "2024-02-05T09:30:00.000Z",
        "updated_at": "2026-11-20T17:05:12.345Z",
        "position": 1,
        "description": None,
        "showcase": False,
        "start_date": "2024-02-05",
        "group_id": None,
        "page_id": "b3l0ng5t0n0b",
        "group": False,
        "only_show_if_degraded": False,
        **more,
    }


def summary(*rows: object, indicator: str = "none") -> dict[str, object]:
    return {
        "page": {"id": "b3l0ng5t0n0b", "name": "Heron Models", "url": "https://status.heron.example"},
        "components": [*rows],
        "incidents": [],
        "scheduled_maintenances": [],
        "status": {"indicator": indicator, "description": "All Systems Operational"},
    }


HERON = summary(
    row("Chat Completions"),
    row("Embeddings", "degraded_performance"),
    row("Batch", "partial_outage"),
    row("Fine-tuning", "major_outage"),
    row("Console", "under_maintenance"),
    row("Playground", "full_outage"),
    row("Europe", "major_outage", id="g1", group=True, components=["e1", "e2"]),
    row("API", "operational", id="e1", group_id="g1"),
    row("Website", "major_outage", id="e2", group_id="g1"),
    row("Asia", "partial_outage", id="g2", group=True, components=["a1", "a2"]),
    row("API", "partial_outage", id="a1", group_id="g2"),
    row("Asia", "operational", id="a2", group_id="g2"),
    indicator="critical",
)


# --- judging -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("components", "verdict", "code", "detail"),
    [
        # the page's own indicator is critical: what we do not use is not our matter
        (["Chat Completions"], Verdict.UP, "", ""),
        (["Embeddings"], Verdict.DEGRADED, "upstream.degraded", "1 of 1 components: degraded performance"),
        (["Console"], Verdict.DEGRADED, "upstream.degraded", "1 of 1 components: under maintenance"),
        (["Batch"], Verdict.DOWN, "upstream.outage", "1 of 1 components: partial outage"),
        (["Fine-tuning"], Verdict.DOWN, "upstream.outage", "1 of 1 components: major outage"),
        (
            ["Chat Completions", "Embeddings", "Batch", "Fine-tuning"],
            Verdict.DOWN,
            "upstream.outage",
            "2 of 4 components: major outage",
        ),
        (
            ["Embeddings", "Chat Completions", "Console"],
            Verdict.DEGRADED,
            "upstream.degraded",
            "2 of 3 components: degraded performance",
        ),
        # a word that we do not know is never a good one, and hides no bad one
        (
            ["Playground", "Chat Completions"],
            Verdict.UNKNOWN,
            "upstream.unreadable",
            "1 of 2 components: not there, or with a status that we do not know",
        ),
        (["Playground", "Batch"], Verdict.DOWN, "upstream.outage", "1 of 2 components: partial outage"),
        (
            ["Playground", "Embeddings"],
            Verdict.DEGRADED,
            "upstream.degraded",
            "1 of 2 components: degraded performance",
        ),
        # groups
        (["Europe"], Verdict.DOWN, "upstream.outage", "1 of 1 components: major outage"),
        (["Europe / API"], Verdict.UP, "", ""),
        (["Asia / API"], Verdict.DOWN, "upstream.outage", "1 of 1 components: partial outage"),
        (["Website"], Verdict.DOWN, "upstream.outage", "1 of 1 components: major outage"),
        (["Asia"], Verdict.DOWN, "upstream.outage", "1 of 1 components: partial outage"),  # the group
        (["Asia / Asia"], Verdict.UP, "", ""),
    ],
)
def test_the_named_components_are_judged(
    components: list[str], verdict: Verdict, code: str, detail: str
) -> None:
    reading = upstream(*components).judge(HERON)

    assert (reading.verdict, reading.code, reading.detail) == (verdict, code, detail)
    assert [finding.key for finding in reading.findings] == [f"component {name}" for name in components]
    assert all(finding.holds for finding in reading.findings) == (verdict is Verdict.UP)
    assert reading.latency is None  # the page's own latency would be none of the component's


def test_a_name_that_is_not_there_is_told_with_those_that_are() -> None:
    reading = upstream("Chat completion", "Embeddings").judge(HERON)
    unlike = upstream("Zebra").judge(HERON)

    assert (reading.code, unlike.code) == ("upstream.degraded", "upstream.unreadable")
    seen = reading.findings[0].seen
    assert seen.startswith("not on the page; did you mean 'Chat Completions'? it has Chat Completions, ")
    assert "Europe / API" in seen
    assert unlike.findings[0].seen.startswith("not on the page; it has Chat Completions, Embeddings")


def test_a_name_that_stands_there_twice_is_told_with_its_groups() -> None:
    reading = upstream("API").judge(HERON)

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "upstream.unreadable")
    assert reading.findings[0].seen == "2 are called so: Europe / API, Asia / API"


@pytest.mark.parametrize("status", [None, 0, True, "", " operational", "Operational", ["operational"], {}])
def test_a_status_that_is_no_word_of_statuspage_is_unknown(status: object) -> None:
    reading = upstream("API").judge(summary(row("API", status)))

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "upstream.unreadable")


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "operational",
        {},
        {"status": {"indicator": "none"}},
        {"components": None},
        {"components": {"API": "operational"}},
        summary(),
        summary(None, 7, "API", [], {}, {"name": None}, {"name": ["API"]}),
    ],
)
def test_a_page_without_components_is_unreadable(document: object) -> None:
    reading = upstream("API").judge(document)

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "upstream.unreadable")
    assert reading.detail == "no components on the page"


def test_odd_rows_do_no_harm() -> None:
    odd = [
        row("Group", group=True, id=""),
        {"name": "No id", "group": True, "status": "operational"},
        row("Listed", id="x", group_id=["g"]),
        {**row("Unhashable"), "id": ["g"], "group": True},
        {"name": "Bare", "status": "operational"},
    ]
    assert upstream("Listed", "Bare", "Group").judge(summary(*odd)).code == ""


# --- asking ------------------------------------------------------------------------------------


def page(paths: Mapping[str, bytes]) -> Any:
    """A handler that answers each path so; others are 404."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        path = request.split(b" ")[1].decode()
        writer.write(answer(paths[path]) if path in paths else answer(b"nothing", 404))
        await writer.drain()

    return handle


SUMMARY, COMPONENTS = "/api/v2/summary.json", "/api/v2/components.json"
BODY = json.dumps(HERON).encode()


@pytest.mark.parametrize("address", ["", "/", "/api/v2", "/api/v2/", SUMMARY])
def test_the_summary_of_the_page_is_read(address: str) -> None:
    with Listener(page({SUMMARY: BODY})) as server:
        reading = ask(upstream("Chat Completions", statuspage=server.url + address))

    assert (reading.verdict, reading.code) == (Verdict.UP, "")
    assert reading.latency is None


def test_the_file_of_components_alone_will_do() -> None:
    components = json.dumps({"page": HERON["page"], "components": HERON["components"]}).encode()
    with Listener(page({COMPONENTS: components})) as server:
        assert ask(upstream("Batch", statuspage=server.url + COMPONENTS)).code == "upstream.outage"


def test_the_components_of_a_page_too_long_to_read_are_asked_for_alone() -> None:
    long = json.dumps({"postmortems": "x" * 300_000, **HERON}).encode()
    with Listener(page({SUMMARY: long, COMPONENTS: BODY})) as server:
        assert ask(upstream("Batch", statuspage=server.url)).code == "upstream.outage"
        assert server.connections == 2
        exact = ask(upstream("Batch", statuspage=server.url + SUMMARY))
    with Listener(page({SUMMARY: long, COMPONENTS: long})) as server:
        hopeless = ask(upstream("Batch", statuspage=server.url))

    assert (exact.code, exact.detail) == ("upstream.unreadable", "longer than is read")
    assert (hopeless.code, server.connections) == ("upstream.unreadable", 2)


@pytest.mark.parametrize(
    ("status", "headers", "code", "detail"),
    [
        (404, {}, "upstream.unreadable", "http.404: status 404"),
        (500, {}, "upstream.unreadable", "http.500: status 500"),
        (403, {}, "blocked", "status 403"),
        (429, {"retry-after": "60"}, "rate.limited", "status 429"),
    ],
)
def test_a_page_that_fails_says_nothing_of_the_provider(
    status: int, headers: dict[str, str], code: str, detail: str
) -> None:
    with Listener(says(answer(BODY, status, headers))) as server:
        reading = ask(upstream("Batch", statuspage=server.url))

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UNKNOWN, code, detail)
    assert not reading.findings[0].holds


@pytest.mark.parametrize(
    "body",
    [b"", b"<!doctype html>", b"[" * 100_000, b'{"components": ' + b"9" * 5000 + b"}", b"\xff\xfe\x00"],
)
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with Listener(says(answer(body))) as server:
        assert ask(upstream("Batch", statuspage=server.url)).code == "upstream.unreadable"


@pytest.mark.parametrize(
    ("path", "within"),
    [
        ("silent", 0.2),
        ("drip", 0.2),
        ("endless", 5),
        ("gzip-bomb", 5),
        ("close", 5),
        ("loop", 5),
        ("garbage", 5),
    ],
)
def test_a_hostile_page_is_unreadable(fault_server: FaultServer, path: str, within: float) -> None:
    # `.json`, so that nothing is added to the path
    reading = ask(upstream("Batch", statuspage=f"{fault_server.url}/{path}/x.json"), within * SECOND)

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "upstream.unreadable")


def test_a_closed_port_says_nothing_of_the_provider(closed_port: int) -> None:
    reading = ask(upstream("Batch", statuspage=f"http://127.0.0.1:{closed_port}"))

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "upstream.unreadable")
    assert reading.detail.startswith("tcp.refused: ")


def test_many_rows_cost_little() -> None:
    rows = [{"name": f"Component {n}", "status": "operational"} for n in range(5000)]
    names = [f"Component {n}x" for n in range(50)]
    began = time.perf_counter()

    assert upstream(*names).judge({"components": rows}).code == "upstream.unreadable"
    assert time.perf_counter() - began < 3


# --- options -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({"components": []}, "at least 1"),
        ({"components": ["API", "API"]}, "names a component twice"),
        ({"components": "API"}, "valid tuple|valid array"),
        ({"components": [""]}, "at least 1"),
        ({"statuspage": "status.example.com"}, "must begin with http://"),
        ({"statuspage": "https://status.example.com/?x=1"}, r"no \?"),
        ({"url": "https://status.example.com"}, "nexpected"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError, match=says_):
        upstream(**options)


def test_it_is_named_by_its_type() -> None:
    assert (kind_for("upstream://a"), Upstream.schemes) == (None, ())
    assert upstream().target == "https://status.example.com"


def test_a_component_of_the_kind_is_read() -> None:
    text = DOCS.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    component = load(f"components:\n{text}", "components.yaml", {}).components[0]

    assert (component.type, type(component.probe)) == ("upstream", Upstream)


def test_wrong_options_are_refused_with_their_line_and_the_nearest_right_word() -> None:
    text = "components:\n  - name: A\n    type: upstream\n    status-page: https://a.example\n    components: [X]\n"
    with pytest.raises(Problems) as refused:
        load(text, "components.yaml", {})
    with pytest.raises(Problems, match="components: must have at least 1 item, not 0"):
        load(text.replace("status-page", "statuspage").replace("[X]", "[]"), "components.yaml", {})

    found = [(p.where.line, p.mend) for p in refused.value.problems if p.where]
    assert (4, "did you mean 'statuspage'?") in found


def test_editors_know_a_kind_that_no_address_means() -> None:
    component = schema()["$defs"]["component-upstream"]

    assert component["allOf"] == [{"required": ["components", "name", "statuspage"]}, {"required": ["type"]}]
    assert "^https?://" in json.dumps(component["properties"]["statuspage"])
    assert all(
        option["description"].endswith(".") for option in UPSTREAM.json_schema()["properties"].values()
    )
