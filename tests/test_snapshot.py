"""Severity is decided in one place: probes, declarations, maintenance, dependencies, groups."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from statuspage.config import Config, load
from statuspage.model import (
    History,
    Impact,
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    Round,
    Sample,
    Snapshot,
    Span,
    State,
    Update,
    Verdict,
)
from statuspage.snapshot import Told, overlay, snapshot

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY = timedelta(minutes=5)
CONFIG = """
page: {name: Test, url: https://status.example, since: 2026}
groups: [{name: Core}]
components:
  - {name: Engine, url: https://e.example/, group: Core, depends_on: [Model]}
  - {name: Model, url: https://m.example/, group: Core}
  - {name: Desk, type: manual}
"""


def config(text: str = CONFIG) -> Config:
    return load(text, "components.yaml", {})


def rounds(component: str, *verdicts: Verdict, until: datetime = NOW) -> list[Round]:
    """One round each five minutes, the last one at `until`."""
    found = []
    for n, verdict in enumerate(reversed(verdicts)):
        at = until - n * EVERY
        code = "" if verdict is Verdict.UP else "http.500"
        sample = Sample(component=component, at=at, verdict=verdict, code=code, every=EVERY)
        found.append(Round(id=f"{component}-{at:%H%M%S}", at=at, samples=(sample,)))
    return found[::-1]


def taken(
    *some: Sequence[Round],
    incidents: Sequence[Incident] = (),
    maintenances: Sequence[Maintenance] = (),
    now: datetime = NOW,
    text: str = CONFIG,
) -> Snapshot:
    history = History(rounds=tuple(sorted((r for part in some for r in part), key=lambda r: r.at)))
    given_config = config(text)
    told = Told(tuple(incidents), tuple(maintenances))
    known = {"desk": NOW - timedelta(days=10)}
    return snapshot(given_config, given_config.page.as_model(), history, told, now, first_seen=known)


def incident(states: dict[str, State], *, hours: float = 1, resolved: datetime | None = None) -> Incident:
    started = NOW - timedelta(hours=hours)
    first = Update(
        number=1, status="investigating", at=started, first_seen=started, html="", text="", components=states
    )
    updates = [first]
    if resolved:
        updates.insert(
            0, Update(number=2, status="resolved", at=resolved, first_seen=resolved, html="", text="")
        )
    return Incident(
        id="trouble",
        title="Trouble",
        impact=Impact.MAJOR,
        status=IncidentStatus.RESOLVED if resolved else IncidentStatus.INVESTIGATING,
        started=started,
        created=started,
        resolved=resolved,
        components={} if resolved else states,
        worst=states,
        updates=tuple(updates),
    )


def work(component: str, start: datetime, end: datetime, created: datetime) -> Maintenance:
    begun = start <= NOW < end
    status = MaintenanceStatus.IN_PROGRESS if begun else MaintenanceStatus.COMPLETED
    update = Update(number=1, status="scheduled", at=created, first_seen=created, html="", text="")
    return Maintenance(
        id="work",
        title="Work",
        status=status,
        start=start,
        end=end,
        created=created,
        components=(component,),
        updates=(update,),
    )


def state(shot: Snapshot, component: str) -> State:
    found = shot.component(component)
    assert found is not None
    return found.state


UP, DOWN = Verdict.UP, Verdict.DOWN


def test_what_was_never_measured_is_unknown_not_up() -> None:
    shot = taken()

    assert state(shot, "engine") is State.UNKNOWN
    assert shot.state is State.UNKNOWN
    assert shot.measured is None
    assert shot.valid_until is None


def test_a_sample_that_no_longer_speaks_leaves_the_component_unknown() -> None:
    shot = taken(rounds("engine", UP, UP, until=NOW - 11 * MINUTE))

    assert state(shot, "engine") is State.UNKNOWN


def test_a_sample_speaks_for_twice_its_cadence() -> None:
    shot = taken(rounds("engine", UP, UP, until=NOW - 9 * MINUTE))

    assert state(shot, "engine") is State.OPERATIONAL


def test_a_round_taken_this_very_second_is_seen() -> None:
    assert state(taken(rounds("engine", DOWN)), "engine") is State.MAJOR


def test_one_unknown_component_keeps_the_whole_from_being_green() -> None:
    shot = taken(rounds("engine", UP))

    assert state(shot, "engine") is State.OPERATIONAL
    assert shot.state is State.UNKNOWN


def test_a_group_shows_its_worst_member() -> None:
    shot = taken(rounds("engine", UP), rounds("model", DOWN))

    assert [(g.name, g.state) for g in shot.groups] == [("Core", State.MAJOR), ("", State.OPERATIONAL)]


def test_a_failing_component_names_the_dependency_that_fails_too() -> None:
    shot = taken(rounds("engine", DOWN), rounds("model", DOWN))

    engine = shot.component("engine")
    assert engine is not None
    assert engine.affected_by == ("model",)


def test_a_passing_component_is_not_affected_by_a_dependency_that_fails() -> None:
    engine = taken(rounds("engine", UP), rounds("model", DOWN)).component("engine")

    assert engine is not None
    assert engine.state is State.OPERATIONAL
    assert engine.affected_by == ()


def test_a_declared_state_worse_than_the_probe_shows() -> None:
    shot = taken(rounds("engine", UP), incidents=[incident({"engine": State.PARTIAL})])

    assert state(shot, "engine") is State.PARTIAL
    engine = shot.component("engine")
    assert engine is not None
    assert engine.probed is State.OPERATIONAL
    assert engine.since == NOW - timedelta(hours=1)


def test_a_probe_worse_than_the_declared_state_shows() -> None:
    assert (
        state(taken(rounds("engine", DOWN), incidents=[incident({"engine": State.DEGRADED})]), "engine")
        is State.MAJOR
    )


def test_a_resolved_incident_declares_nothing_now() -> None:
    told = incident({"desk": State.MAJOR}, resolved=NOW - 10 * MINUTE)

    assert state(taken(incidents=[told]), "desk") is State.OPERATIONAL


def test_an_open_incident_without_components_keeps_the_page_from_being_green() -> None:
    every = [rounds("engine", UP), rounds("model", UP)]

    assert taken(*every, incidents=[incident({})]).state is State.PARTIAL


def test_a_manual_component_takes_its_uptime_from_incidents() -> None:
    told = incident({"desk": State.MAJOR}, resolved=NOW - 30 * MINUTE)
    desk = taken(incidents=[told]).component("desk")

    assert desk is not None
    assert desk.uptimes["24h"].down == {State.MAJOR: 1800}


def test_incidents_do_not_change_the_uptime_of_a_probed_component() -> None:
    engine = taken(rounds("engine", UP, UP), incidents=[incident({"engine": State.MAJOR})]).component(
        "engine"
    )

    assert engine is not None
    assert engine.uptimes["24h"].down == {}


def test_announced_maintenance_hides_a_failing_probe_and_is_left_out_of_the_uptime() -> None:
    planned = work("engine", NOW - 20 * MINUTE, NOW + 20 * MINUTE, NOW - timedelta(days=1))
    shot = taken(rounds("engine", *[DOWN] * 5), rounds("model", DOWN), maintenances=[planned])
    engine = shot.component("engine")

    assert engine is not None
    assert engine.state is State.MAINTENANCE
    assert engine.uptimes["24h"].excluded == 20 * 60
    assert engine.uptimes["24h"].down == {}
    assert state(shot, "model") is State.MAJOR  # beyond what was announced


def test_maintenance_written_after_it_began_still_counts_as_downtime() -> None:
    late = work("engine", NOW - 20 * MINUTE, NOW + 20 * MINUTE, NOW - 5 * MINUTE)
    engine = taken(rounds("engine", *[DOWN] * 5), maintenances=[late]).component("engine")

    assert engine is not None
    assert engine.uptimes["24h"].excluded == 0
    assert engine.uptimes["24h"].down == {State.MAJOR: 20 * 60}


def test_a_round_from_the_future_is_not_looked_at() -> None:
    shot = taken(rounds("engine", UP), rounds("engine", DOWN, until=NOW + timedelta(days=1)))

    assert state(shot, "engine") is State.OPERATIONAL
    assert shot.measured == NOW


def test_a_component_kept_from_the_page_is_nowhere_on_it() -> None:
    text = CONFIG.replace("{name: Model, url", "{name: Model, public: false, url")
    shot = taken(rounds("engine", DOWN), rounds("model", DOWN), text=text)

    assert [c.id for c in shot.components] == ["engine", "desk"]
    assert shot.components[0].affected_by == ()


def test_the_page_says_why_nothing_was_judged() -> None:
    void = Round(id="void", at=NOW, void="the runner itself is offline")

    assert taken(rounds("engine", UP, until=NOW - EVERY), [void]).void == "the runner itself is offline"


def test_a_day_bar_adds_up_to_its_day() -> None:
    engine = taken(
        rounds("engine", UP, DOWN, UP), incidents=[incident({"engine": State.DEGRADED})]
    ).component("engine")

    assert engine is not None
    assert len(engine.bar) == 90
    assert all(sum(day.by_state.values()) == day.seconds for day in engine.bar)
    assert engine.bar[-1].worst is State.MAJOR
    assert engine.bar[-1].seconds == 14 * 3600
    assert engine.bar[0].worst is State.UNKNOWN


spans = st.builds(
    lambda start, length, state: Span(NOW + start * MINUTE, NOW + (start + length) * MINUTE, state),
    st.integers(0, 50),
    st.integers(0, 20),
    st.sampled_from(State),
)


@given(st.lists(spans, max_size=8), st.integers(0, 70))
def test_an_overlay_shows_the_worst_of_its_layers_at_each_instant(layer: list[Span], minute: int) -> None:
    at = NOW + minute * MINUTE
    laid = overlay(layer)
    here = [s.state for s in laid if s.start <= at < s.end]
    there = [s.state for s in layer if s.start <= at < s.end]

    assert here == ([max(there, key=lambda s: s.severity)] if there else [])
    assert all(a.end <= b.start for a, b in pairwise(laid))
