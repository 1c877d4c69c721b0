"""Severity is decided in one place: probes, declarations, maintenance, dependencies, groups."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.config import Config, load
from statuspage.declared import Told, overlay
from statuspage.intervals import Interval
from statuspage.model import (
    ComponentStatus,
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
from statuspage.snapshot import snapshot
from statuspage.uptime import allowed, budget_bounds, budget_left, gone_in, spent

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
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
        announced=Interval(start, end) if created < start else None,
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


def test_work_that_lies_ahead_makes_nothing_of_what_is_not_measured() -> None:
    """It used to end the run, or to leave the last sample's word in force until the work was over."""
    ahead = work("engine", NOW + HOUR, NOW + 2 * HOUR, created=NOW - HOUR)

    never = taken(maintenances=[ahead])
    old = taken(rounds("engine", UP, UP, until=NOW - 11 * MINUTE), maintenances=[ahead])

    assert state(never, "engine") is State.UNKNOWN
    assert state(old, "engine") is State.UNKNOWN
    found = old.component("engine")
    assert found is not None
    assert found.since == NOW - MINUTE


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


CHAIN = """
page: {name: Test, url: https://status.example, since: 2026}
components:
  - {name: Widget, url: https://w.example/, depends_on: [Engine, Desk]}
  - {name: Engine, url: https://e.example/, depends_on: [Model, {Search: soft}]}
  - {name: Model, url: https://m.example/}
  - {name: Search, url: https://s.example/}
  - {name: Desk, type: manual}
"""


def explained(
    states: dict[str, Verdict], text: str = CHAIN
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """What each component is said to be affected by, and what is at the root of it."""
    shot = taken(*(rounds(name, verdict) for name, verdict in states.items()), text=text)
    return {c.id: (c.affected_by, c.caused_by) for c in shot.components}


def test_the_root_of_a_chain_is_named_beside_the_next_link() -> None:
    told = explained({"widget": DOWN, "engine": DOWN, "model": DOWN, "search": UP})

    assert told == {
        "widget": (("engine",), ("model",)),
        "engine": (("model",), ("model",)),
        "model": ((), ()),
        "search": ((), ()),
        "desk": ((), ()),
    }


def test_several_roots_are_all_named_the_nearest_first() -> None:
    text = CHAIN.replace("depends_on: [Engine, Desk]", "depends_on: [Engine, Search]")
    told = explained({"widget": DOWN, "engine": DOWN, "model": DOWN, "search": DOWN}, text)

    assert told["widget"] == (("engine", "search"), ("search", "model"))


def test_a_soft_dependency_explains_what_is_degraded_and_no_outage() -> None:
    slow = explained({"engine": Verdict.DEGRADED, "model": UP, "search": DOWN})
    down = explained({"engine": DOWN, "model": UP, "search": DOWN})

    assert slow["engine"] == (("search",), ("search",))
    assert down["engine"] == ((), ())


def test_a_link_that_passes_ends_the_chain() -> None:
    told = explained({"widget": DOWN, "engine": UP, "model": DOWN, "search": UP})

    assert told["widget"] == ((), ())


def test_dependencies_change_no_state_and_no_count() -> None:
    shot = taken(rounds("widget", UP), rounds("engine", UP), rounds("model", DOWN), text=CHAIN)

    assert [state(shot, name) for name in ("widget", "engine", "model")] == [
        State.OPERATIONAL,
        State.OPERATIONAL,
        State.MAJOR,
    ]


def test_a_hidden_dependency_is_named_neither_as_the_next_link_nor_as_the_root() -> None:
    failing = {"widget": DOWN, "engine": DOWN, "model": DOWN}
    root = explained(failing, CHAIN.replace("{name: Model,", "{name: Model, public: false,"))
    link = explained(failing, CHAIN.replace("{name: Engine,", "{name: Engine, public: false,"))

    assert root["widget"] == (("engine",), ("engine",))
    assert root["engine"] == ((), ())
    assert link["widget"] == ((), ())


# --- what the samples say beside the state -----------------------------------------------------


def shown(*verdicts: Verdict, component: str = "engine") -> ComponentStatus:
    found = taken(rounds(component, *verdicts)).component(component)
    assert found is not None
    return found


def test_a_component_that_changes_four_times_in_twelve_samples_is_unstable() -> None:
    steady = shown(UP, DOWN, UP, DOWN, *[UP] * 8)
    flapping = shown(UP, DOWN, UP, Verdict.DEGRADED, UP, *[UP] * 7)

    assert (steady.unstable, steady.flips, steady.state) == (True, (4, 12), State.OPERATIONAL)
    assert (flapping.unstable, flapping.flips) == (True, (4, 12))


def test_older_samples_and_unknown_ones_change_nothing() -> None:
    once = shown(UP, DOWN, UP, DOWN, UP, *[UP] * 9, DOWN)
    paused = shown(DOWN, Verdict.UNKNOWN, DOWN, Verdict.UNKNOWN, UP, Verdict.UNKNOWN, UP)

    assert (once.unstable, once.flips) == (False, (2, 12))
    assert (paused.unstable, paused.flips) == (False, (1, 4))


def test_degraded_and_down_are_both_bad() -> None:
    assert shown(DOWN, Verdict.DEGRADED, DOWN, Verdict.DEGRADED, DOWN, Verdict.DEGRADED).flips == (0, 6)


def test_what_is_not_measured_now_is_not_called_unstable() -> None:
    flapping = rounds("engine", *[UP, DOWN] * 6, until=NOW - timedelta(hours=1))
    engine = taken(flapping).component("engine")

    assert engine is not None
    assert (engine.state, engine.unstable, engine.flips) == (State.UNKNOWN, False, (0, 0))


def test_the_least_steady_place_counts() -> None:
    flapping, steady = rounds("engine", *[UP, DOWN] * 6), rounds("engine", *[UP] * 12)
    engine = taken(
        [replace(r, vantage="eu", id=f"eu{r.id}") for r in flapping],
        [replace(r, vantage="us", id=f"us{r.id}") for r in steady],
    ).component("engine")

    assert engine is not None
    assert (engine.unstable, engine.flips) == (True, (11, 12))


def conversations(*fell_back: bool | None) -> ComponentStatus:
    taken_ = rounds("engine", *[UP] * len(fell_back))
    told = [
        replace(r, samples=(replace(r.samples[0], fell_back=one),))
        for r, one in zip(taken_, fell_back, strict=True)
    ]
    found = taken(told).component("engine")
    assert found is not None
    return found


def test_fallbacks_are_counted_in_the_last_twenty_conversations() -> None:
    assert conversations(True, None, False, True).fell_back == (2, 3)
    assert conversations(True, True, *[False] * 19, True).fell_back == (1, 20)
    assert conversations(False).fell_back == (0, 1)
    assert conversations(None, None).fell_back is None


def test_measures_are_those_of_the_newest_sample() -> None:
    told = rounds("engine", UP, UP)
    first, last = (replace(r.samples[0], measures={"first_token": float(n)}) for n, r in enumerate(told))

    def measures(*samples: Sample) -> dict[str, float]:
        known = [replace(r, samples=(s,)) for r, s in zip(told, samples, strict=True)]
        found = taken(known).component("engine")
        assert found is not None
        return dict(found.measures)

    assert measures(first, last) == {"first_token": 1.0}
    assert measures(first, replace(last, measures={})) == {}
    assert taken().components[0].measures == {}


@pytest.mark.parametrize("code", ["budget", "config.secret", "auth.denied", "rate.limited"])
def test_an_unmeasured_component_says_why(code: str) -> None:
    round_ = rounds("engine", Verdict.UNKNOWN)[0]
    engine = taken([replace(round_, samples=(replace(round_.samples[0], code=code),))]).component("engine")

    assert engine is not None
    assert (engine.state, engine.code) == (State.UNKNOWN, code)


def test_a_failure_whose_word_ran_out_is_no_reason_for_not_measuring() -> None:
    engine = taken(rounds("engine", DOWN, until=NOW - timedelta(hours=1))).component("engine")

    assert engine is not None
    assert (engine.state, engine.code) == (State.UNKNOWN, "")


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


# --- the year, the budget ------------------------------------------------------------------------

AIM = CONFIG.replace(
    "url: https://e.example/,", "url: https://e.example/, objective: {availability: 99%, window: 7d},"
)


def test_the_year_ends_with_the_bar_and_adds_up_day_by_day() -> None:
    """Each second of three days is counted by hand, in a zone whose days are not those of UTC."""
    text = CONFIG.replace("since: 2026", "since: 2026, timezone: Asia/Kathmandu")
    night = rounds("engine", *[Verdict.UP] * 400, *[Verdict.DOWN] * 30, *[Verdict.UP] * 30)
    out = incident({"engine": State.DEGRADED}, hours=30, resolved=NOW - timedelta(hours=29))

    engine = taken(night, incidents=[out], text=text).component("engine")

    assert engine
    assert (len(engine.year), engine.year[-90:]) == (365, engine.bar)
    assert [d.day for d in engine.year] == [
        engine.year[-1].day - timedelta(days=n) for n in range(364, -1, -1)
    ]
    zone = timedelta(hours=5, minutes=45)
    began, failed, well = NOW - 459 * EVERY, NOW - 59 * EVERY, NOW - 29 * EVERY
    for one in engine.year[-4:]:
        counted: Counter[State] = Counter()
        start = datetime(one.day.year, one.day.month, one.day.day, tzinfo=UTC) - zone
        for n in range(one.seconds // 60):
            at = start + n * MINUTE
            state = State.MAJOR if failed <= at < well else State.OPERATIONAL
            said = out.started <= at < NOW - timedelta(hours=29) and state is State.OPERATIONAL
            counted[State.UNKNOWN if at < began and not said else State.DEGRADED if said else state] += 60
        assert one.by_state == counted
        assert list(one.by_state) == sorted(one.by_state, key=lambda s: s.severity)
    assert [d.incidents for d in engine.year if d.incidents] == [("trouble",)]
    assert sum(bool(d.outages) for d in engine.year) == 1


def test_a_budget_is_what_the_objective_grants_the_measured_time() -> None:
    """Two days measured of seven, 50 minutes of them down, 20 of them in the last hour; 1% may be lost."""
    down = [*[Verdict.DOWN] * 6, *[Verdict.UP] * 18, *[Verdict.DOWN] * 4, *[Verdict.UP] * 3]
    engine = taken(rounds("engine", *[Verdict.UP] * 546, *down), text=AIM).component("engine")

    assert engine and engine.budget
    kept = engine.budget
    measured = 576 * 300
    assert (kept.window, kept.day) == (engine.uptimes["7d"], engine.uptimes["24h"])
    assert kept.window.measured == measured
    assert kept.hour.weighted_down == 20 * 60 * 100
    assert allowed(kept.window, kept.objective) == Fraction(measured, 100)
    assert spent(kept.window) == 50 * 60
    assert budget_left(kept.window, kept.objective) == 1 - Fraction(50 * 60 * 100, measured)
    low, high = budget_bounds(kept.window, kept.objective)
    week = 7 * 86400
    assert low == 1 - Fraction((50 * 60 + week - measured) * 100, week)
    assert high == 1 - Fraction(50 * 60 * 100, week)
    assert gone_in(kept.window, kept.hour, kept.objective) == (Fraction(measured, 100) - 3000) * 3


def test_without_an_objective_there_is_no_budget() -> None:
    shot = taken(rounds("engine", Verdict.UP), text=AIM)

    assert [c.budget is None for c in shot.components] == [False, True, True]
    empty = shot.component("engine")
    assert empty and empty.budget
    nothing = replace(empty.budget.window, measured=0, down={}, weighted_down=0)
    assert budget_left(nothing, empty.budget.objective) is None
    assert gone_in(empty.budget.window, empty.budget.hour, empty.budget.objective) is None


def test_a_stream_s_latency_is_that_of_its_first_token_and_has_that_limit() -> None:
    text = CONFIG.replace(
        "url: https://m.example/",
        "type: llm, url: https://m.example/v1, dialect: openai, model: some, slow: {first_token: 2s}",
    )
    one = rounds("model", Verdict.UP)[0]
    told = replace(one.samples[0], measures={"first_token": 820.0}, latency=timedelta(milliseconds=820))

    model = taken([replace(one, samples=(told,))], text=text).component("model")
    engine = taken(rounds("engine", Verdict.UP)).component("engine")

    assert model and engine
    assert (model.first_token, model.slow) == (True, timedelta(seconds=2))
    assert (engine.first_token, engine.slow) == (False, timedelta(seconds=2))
    last = model.latencies["24h"].points[-1]
    assert last and (last.count, last.p50, last.p95) == (1, 820, 820)
