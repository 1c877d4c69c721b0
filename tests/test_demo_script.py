"""The demonstration's scripted world."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from statuspage.config import load
from statuspage.demo.script import STEP, Trouble, steps, world
from statuspage.incidents import read_all
from statuspage.model import Verdict

NOW = datetime(2026, 11, 22, 14, 5, 9, tzinfo=UTC)
LAST = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
WORLD = world(NOW)


def test_steps_are_half_hours_of_90_days_with_three_hours_missing() -> None:
    moments = list(steps(NOW))
    gaps = [after - before for before, after in pairwise(moments)]
    assert (moments[0], moments[-1]) == (LAST - timedelta(days=90), LAST)
    assert sorted(set(gaps)) == [STEP, timedelta(hours=3.5)]
    assert gaps.count(timedelta(hours=3.5)) == 1


def test_the_same_moment_gives_the_same_world() -> None:
    again = world(NOW)
    assert again == WORLD
    assert [again.answer("chat-engine", at) for at in steps(NOW)] == [
        WORLD.answer("chat-engine", at) for at in steps(NOW)
    ]


def test_every_probed_component_of_the_example_is_answered_for_and_no_other() -> None:
    config = load(WORLD.config, "components.yaml", {})
    assert WORLD.present(NOW) == {c.id for c in config.components if not c.manual}
    assert {c.every for c in config.components} == {STEP}


def test_one_component_was_added_50_days_ago() -> None:
    assert WORLD.present(NOW) - WORLD.present(NOW - timedelta(days=51)) == {"live-chat-socket"}


@pytest.mark.parametrize("trouble", WORLD.troubles, ids=lambda t: f"{t.component} {t.code}")
def test_each_planted_fault_is_found_while_it_lasts_and_only_then(trouble: Trouble) -> None:
    found = [at for at in steps(NOW) if WORLD.answer(trouble.component, at).code == trouble.code]
    within = [at for at in found if trouble.time.start <= at < trouble.time.end]
    assert len(within) == trouble.time.seconds // STEP.seconds
    assert WORLD.answer(trouble.component, trouble.time.end).verdict is Verdict.UP


def test_all_is_well_since_yesterday() -> None:
    readings = [
        WORLD.answer(c, at) for at in steps(NOW) if NOW - at < timedelta(hours=26) for c in WORLD.present(at)
    ]
    assert {reading.verdict for reading in readings} == {Verdict.UP}


def test_a_well_component_is_faster_than_its_limit_and_a_slow_one_is_not() -> None:
    limits = {c.id: c.slow for c in load(WORLD.config, "components.yaml", {}).components}
    for at in steps(NOW):
        for component in WORLD.present(at):
            reading = WORLD.answer(component, at)
            slow = reading.latency is not None and reading.latency > limits[component]
            assert slow == (reading.code == "slow")


def test_latency_follows_the_day() -> None:
    def mean(hour: int) -> float:
        some = [WORLD.answer("chat-engine", at).latency for at in steps(NOW) if at.hour == hour]
        known = [latency.total_seconds() for latency in some if latency is not None]
        return sum(known) / len(known)

    assert mean(14) > 1.3 * mean(2)


@pytest.mark.parametrize("now", [NOW, datetime(2028, 2, 29, 0, 0, tzinfo=UTC)])
def test_incident_files_are_dated_before_now_and_named_for_their_first_day(now: datetime) -> None:
    files = world(now).files
    assert len(files) == 8
    for path, text in files.items():
        assert "@" not in text.replace("support@juniper.example", "")
        assert re.fullmatch(rf"incidents/{_first_day(text)}-[a-z-]+\.md", path)
        for status, at in re.findall(r"^## (.+) - (.{16}) UTC$", text, re.MULTILINE):
            assert datetime.fromisoformat(f"{at}+00:00") <= now, (path, status)


@pytest.mark.parametrize("now", [NOW, datetime(2028, 2, 29, 0, 0, tzinfo=UTC)])
def test_incident_files_are_without_fault(now: datetime) -> None:
    names = {c.id: c.name for c in load(WORLD.config, "components.yaml", {}).components}
    files = {path: text.encode() for path, text in world(now).files.items()}
    written, problems, _ = read_all(files, names, now=now)
    assert problems == []
    assert sum(one.window is not None for one in written) == 2


def test_what_people_wrote_fits_what_was_found() -> None:
    """Each declared outage or slowness began with a planted fault of that component, and ended after it."""
    names = {c.id: c.name for c in load(WORLD.config, "components.yaml", {}).components}
    files = {path: text.encode() for path, text in WORLD.files.items()}
    written, _, _ = read_all(files, names, now=NOW)
    incidents = [one for one in written if one.started and "human-hand-over" not in one.facts.components]
    assert len(incidents) == 4
    for one in incidents:
        over = max(update.time for update in one.updates if update.time)
        faults = [t for t in WORLD.troubles if t.time.start == one.started]
        assert [t.component in one.facts.components and t.time.end <= over for t in faults] == [True]


def test_one_maintenance_is_over_and_one_is_ahead() -> None:
    windows = {
        path: found[1] for path, text in WORLD.files.items() if (found := re.search(r"window: (.*)", text))
    }
    assert windows == {
        "incidents/2026-11-02-new-search-index.md": "2026-11-02 02:00 .. 03:00 UTC",
        "incidents/2026-11-26-new-language-model.md": "2026-11-26 02:00 .. 03:30 UTC",
    }


def _first_day(text: str) -> str:
    found = re.search(r"\d{4}-\d\d-\d\d", text)
    assert found
    return found[0]
