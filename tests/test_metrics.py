"""`metrics.prom` is OpenMetrics 1.0: by its grammar, and by the reference parser where that is installed."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import snapshots as given
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from statuspage.model import ComponentStatus, Impact, Snapshot, State
from statuspage.outputs.metrics import metrics

# OpenMetrics 1.0, "ABNF", as far as this file uses it.
ESCAPED = r'(?:[^"\\\n]|\\[\\"n])*'
NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
SAMPLE = re.compile(
    rf'([a-z_]+)(?:\{{([a-z_]+="{ESCAPED}"(?:,[a-z_]+="{ESCAPED}")*)\}})? ({NUMBER})', re.ASCII
)
META = re.compile(rf"# (TYPE|UNIT|HELP) ([a-z_]+) ({ESCAPED})")
WORLDS = {
    "everyday": given.everyday,
    "trouble": given.trouble,
    "unsteady": given.unsteady,
    "empty": given.empty,
    "nothing": given.nothing,
    "working": given.working,
    "hostile": given.hostile,
}


def text(snapshot: Snapshot) -> str:
    ((path, content),) = metrics(snapshot)
    assert path == "metrics.prom"
    return content.decode()


def families(told: str) -> dict[str, dict[str, str]]:
    """The metadata of each family, by name. Asserts that the text keeps to the grammar and to its order."""
    *lines, end, nothing = told.split("\n")
    assert (end, nothing) == ("# EOF", "")
    found: dict[str, dict[str, str]] = {}
    name, seen = "", set[str]()
    for line in lines:
        if meta := META.fullmatch(line):
            if meta[1] == "TYPE":
                name = meta[2]
                assert name not in found
                found[name] = {}
            assert meta[2] == name
            found[name][meta[1]] = meta[3]
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] == name + ("_info" if found[name]["TYPE"] == "info" else "")
            assert line.rpartition(" ")[0] not in seen
            seen.add(line.rpartition(" ")[0])
    for name, meta_ in found.items():
        assert name.endswith(meta_.get("UNIT", ""))
    return found


def values(told: str) -> dict[str, str]:
    return dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))


def one(**changes: object) -> ComponentStatus:
    plain = given.component("api", "API")
    return replace(plain, **changes)  # type: ignore[arg-type]


def of(*components: ComponentStatus) -> Snapshot:
    return replace(given.everyday(), components=components)


@pytest.mark.parametrize("world", WORLDS)
def test_the_file_keeps_to_the_grammar(world: str) -> None:
    assert families(text(WORLDS[world]()))


@pytest.mark.parametrize("world", WORLDS)
def test_the_reference_parser_reads_the_file(world: str) -> None:
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    read = list(parser.text_string_to_metric_families(text(WORLDS[world]())))
    assert [family.name for family in read] == list(families(text(WORLDS[world]())))


def test_a_component_that_is_well_is_up_with_its_figures() -> None:
    told = values(
        text(of(one(latency=timedelta(milliseconds=182), checked=datetime(2026, 11, 22, tzinfo=UTC))))
    )

    label = 'component="api"'
    assert told[f"statuspage_component_up{{{label}}}"] == "1"
    assert told[f"statuspage_component_latency_seconds{{{label}}}"] == "0.182"
    assert told[f"statuspage_component_checked_timestamp_seconds{{{label}}}"] == "1795305600"
    assert told[f'statuspage_component_uptime_ratio{{{label},window="24h"}}'] == "1"
    assert told[f'statuspage_component_info{{{label},name="API",group=""}}'] == "1"


@pytest.mark.parametrize(
    ("state", "up"),
    [
        (State.OPERATIONAL, "1"),
        (State.DEGRADED, "1"),
        (State.PARTIAL, "0"),
        (State.MAJOR, "0"),
        (State.MAINTENANCE, None),
        (State.UNKNOWN, None),
    ],
)
def test_exactly_one_state_holds_and_what_is_not_measured_is_neither_up_nor_down(
    state: State, up: str | None
) -> None:
    told = values(text(of(one(state=state))))

    name = "statuspage_component_state"
    assert [s for s in State if told[f'{name}{{component="api",{name}="{s}"}}'] == "1"] == [state]
    assert told.get('statuspage_component_up{component="api"}') == up


def test_what_was_never_measured_has_no_figures() -> None:
    never = given.component("new", "New", begun=None, latency=None)
    told = text(replace(of(never), measured=None, valid_until=None))

    for absent in ("_up", "latency", "checked", "uptime", "_measured_", "valid_until"):
        assert absent not in told
    assert families(told)


def test_figures_of_the_newest_sample_are_told_in_base_units() -> None:
    measures = {"first_token": 812, "tokens_per_second": 41.5, "days_left": 12, "age": 30}
    told = values(text(of(one(measures=measures, fell_back=(1, 4)))))

    assert told['statuspage_component_first_token_seconds{component="api"}'] == "0.812"
    assert told['statuspage_component_tokens_per_second{component="api"}'] == "41.5"
    assert told['statuspage_component_days_left{component="api"}'] == "12"
    assert told['statuspage_component_age_seconds{component="api"}'] == "30.0"
    assert told['statuspage_component_fallback_ratio{component="api"}'] == "0.25"


def test_open_incidents_are_counted_by_impact() -> None:
    snapshot = given.everyday()
    told = values(text(snapshot))

    for impact in Impact:
        count = sum(i.impact is impact for i in snapshot.open_incidents)
        assert told[f'statuspage_incidents_open{{impact="{impact}"}}'] == str(count)


@settings(max_examples=40)
@for_all(st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_component_is_called_the_grammar_holds(name: str, group: str) -> None:
    assert families(text(of(one(name=name, group=group))))


def test_quotes_backslashes_and_line_breaks_are_escaped() -> None:
    assert r'name="a\"b\\c\nd"' in text(of(one(name='a"b\\c\nd')))
