"""A recurring maintenance from its file to what pages and programs show, run after run, with a real ledger."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from wire_world import component
from wire_world import snapshot as shown

from statuspage.cli import main
from statuspage.declared import Told, excluded
from statuspage.incidents import read, settle, spread
from statuspage.incidents.series import WINDOW
from statuspage.intervals import Interval
from statuspage.ledger import Ledger
from statuspage.model import Fact, Maintenance, MaintenanceStatus, Snapshot, State
from statuspage.outputs.site import build

MONTHLY = """---
kind: maintenance
title: Re-indexing
components: [search]
window: 2026-12-06 02:00 .. 03:30 Europe/Paris
rrule: FREQ=MONTHLY;BYDAY=1SU
---

## Scheduled - 2026-11-20 10:00 UTC

Answers may miss documents of the day.
"""
ONCE = MONTHLY.replace("rrule: FREQ=MONTHLY;BYDAY=1SU\n", "")
DAILY = MONTHLY.replace("FREQ=MONTHLY;BYDAY=1SU", "FREQ=DAILY")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Desk:
    """One file, run after run."""

    text: str
    ledger: Ledger = field(default_factory=Ledger)

    def run(self, now: str | datetime, text: str = "") -> list[Maintenance]:
        self.text = text or self.text
        moment = at(now) if isinstance(now, str) else now
        written = read(self.text, "incidents/reindex.md", {"search": "Search", "chat": "Chat"}, now=moment)
        whole, facts = settle(written, self.ledger, moment)
        assert isinstance(whole, Maintenance)
        found = spread(written, whole, self.ledger, moment)
        self.ledger = self.ledger.with_facts(facts)
        again, none = settle(written, self.ledger, moment)
        assert none == []
        assert isinstance(again, Maintenance)
        assert spread(written, again, self.ledger, moment) == found
        return found


def told(found: list[Maintenance]) -> list[tuple[str, str]]:
    return [(work.id, str(work.status)) for work in found]


def said(heading: str, text: str = "Done.", *facts: str) -> str:
    listed = "".join(f"- {fact}\n" for fact in facts)
    return f"\n## {heading}\n\n{listed}\n{text}\n"


def snapshot(found: list[Maintenance], now: str) -> Snapshot:
    return shown(component("Search"), component("Chat"), now=at(now), maintenances=tuple(reversed(found)))


# --- which windows there are ---------------------------------------------------------------------


def test_the_next_window_is_shown_and_those_after_it_are_kept_for_calendars() -> None:
    found = Desk(MONTHLY).run("2026-11-22 09:00")

    assert told(found) == [("reindex", "scheduled")]
    assert [(work.id, f"{work.start:%d %H:%M}") for work in found[0].later] == [
        ("reindex.2027-01-03", "03 01:00"),
        ("reindex.2027-02-07", "07 01:00"),
    ]


def test_each_window_takes_place_by_itself_and_stays() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")

    assert told(desk.run("2026-12-06 01:30")) == [("reindex", "in_progress")]
    assert told(desk.run("2026-12-06 02:30")) == [
        ("reindex", "completed"),
        ("reindex.2027-01-03", "scheduled"),
    ]
    assert told(desk.run("2027-02-10 12:00")) == [
        ("reindex", "completed"),
        ("reindex.2027-01-03", "completed"),
        ("reindex.2027-02-07", "completed"),
        ("reindex.2027-03-07", "scheduled"),
    ]


def test_windows_before_the_file_was_seen_are_not_claimed() -> None:
    found = Desk(MONTHLY.replace("2026-12-06", "2026-01-04")).run("2026-11-22 09:00")

    assert told(found) == [("reindex.2026-12-06", "scheduled")]


def test_a_daily_rule_keeps_its_bounds() -> None:
    desk = Desk(DAILY.replace("2026-12-06", "2026-11-23"))
    desk.run("2026-11-22 09:00")
    found = desk.run("2028-06-01 12:00")

    assert len(found) == 400 + 1
    assert len(found[-1].later) == 89
    assert all(work.status is MaintenanceStatus.COMPLETED for work in found[:-1])


def test_a_rule_whose_windows_are_all_long_over_leaves_the_file_s_own_page() -> None:
    desk = Desk(MONTHLY.replace("1SU", "1SU;COUNT=2"))
    desk.run("2026-11-22 09:00")

    assert told(desk.run("2029-01-01 12:00")) == [("reindex", "completed")]


def test_a_first_window_far_ahead_is_shown_all_the_same() -> None:
    assert told(Desk(MONTHLY.replace("2026-12-06", "2027-12-05")).run("2026-11-22 09:00")) == [
        ("reindex", "scheduled")
    ]


# --- what is said of them ------------------------------------------------------------------------


def test_what_is_said_belongs_to_the_window_of_its_time() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")
    begun = MONTHLY + said("In progress - 2026-12-06 00:58 UTC", "We begin early.")

    assert told(desk.run("2026-12-06 00:59", begun)) == [("reindex", "in_progress")]
    early = begun + said("Completed - 2026-12-06 01:40 UTC")
    found = desk.run("2026-12-06 01:45", early)
    assert told(found) == [("reindex", "completed")]
    assert [work.id for work in found[0].later] == ["reindex.2027-01-03", "reindex.2027-02-07"]
    later = desk.run("2027-01-03 01:30")
    assert told(later) == [("reindex", "completed"), ("reindex.2027-01-03", "in_progress")]
    assert [len(work.updates) for work in later] == [3, 1]
    assert excluded(Told((), tuple(later)), "search")[0] == Interval(
        at("2026-12-06 01:00"), at("2026-12-06 01:40")
    )


def test_one_window_is_called_off_by_its_date_and_the_others_stay() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")
    found = desk.run("2026-11-23 09:00", MONTHLY + said("Cancelled", "Holidays.", "date: 2027-01-03"))

    assert told(found) == [("reindex", "scheduled"), ("reindex.2027-01-03", "cancelled")]
    assert [work.id for work in found[1].later] == ["reindex.2027-02-07"]
    assert excluded(Told((), tuple(found)), "search") == [
        Interval(at("2026-12-06 01:00"), at("2026-12-06 02:30"))
    ]
    after = desk.run("2027-01-04 09:00")
    assert told(after)[1] == ("reindex.2027-01-03", "cancelled")
    assert after[1].created == found[1].created


def test_without_a_date_the_next_window_is_called_off_not_the_last() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")
    desk.run("2026-12-07 09:00")
    off = MONTHLY + said("Cancelled - 2026-12-07 10:00 UTC")

    assert told(desk.run("2026-12-07 10:00", off)) == [
        ("reindex", "completed"),
        ("reindex.2027-01-03", "cancelled"),
    ]


def test_work_that_nobody_ended_ends_when_the_next_begins_and_hides_nothing_after_it() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")
    found = desk.run("2027-01-02 09:00", MONTHLY + said("In progress - 2026-12-06 01:00 UTC"))

    assert told(found)[0] == ("reindex", "in_progress")
    assert told(desk.run("2027-01-03 01:30")) == [
        ("reindex", "completed"),
        ("reindex.2027-01-03", "in_progress"),
    ]
    assert told(desk.run("2027-01-03 09:00"))[1] == ("reindex.2027-01-03", "completed")


def test_components_that_one_window_adds_are_its_own() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")
    more = MONTHLY + said("In progress - 2026-12-06 01:00 UTC", "Both.", "components: chat under_maintenance")
    desk.run("2026-12-06 01:00", more)
    found = desk.run("2027-01-03 01:30")

    assert [work.components for work in found] == [("search", "chat"), ("search",)]
    assert found[0].worst == {"search": State.MAINTENANCE, "chat": State.MAINTENANCE}


# --- announced or not ----------------------------------------------------------------------------


def test_a_window_is_left_out_of_the_uptime_when_it_was_seen_before_it_began() -> None:
    late = Desk(MONTHLY)
    late.run("2026-12-06 01:10")
    found = late.run("2027-01-04 09:00")

    assert [work.announced is not None for work in found] == [False, True, True]
    assert found[1].announced == Interval(found[1].start, found[1].end)


def test_a_window_moved_over_a_time_that_was_is_not_announced() -> None:
    """Before, an announced file could be moved over any past outage, and took it out of the uptime."""
    desk = Desk(ONCE)
    assert desk.run("2026-11-22 09:00")[0].announced
    moved = desk.run("2026-11-25 09:00", ONCE.replace("2026-12-06", "2026-11-24"))

    assert told(moved) == [("reindex", "completed")]
    assert excluded(Told((), tuple(moved)), "search") == []


def test_a_window_made_longer_while_it_lasts_is_announced_as_far_as_it_was() -> None:
    for text in (ONCE, MONTHLY):
        desk = Desk(text)
        desk.run("2026-11-22 09:00")
        longer = desk.run("2026-12-06 02:20", text.replace("03:30", "05:00"))

        assert told(longer) == [("reindex", "in_progress")]
        assert longer[0].end == at("2026-12-06 04:00")
        assert longer[0].announced == Interval(at("2026-12-06 01:00"), at("2026-12-06 02:30"))


def test_a_window_moved_in_time_is_announced() -> None:
    desk = Desk(ONCE)
    desk.run("2026-11-22 09:00")
    moved = desk.run("2026-12-05 09:00", ONCE.replace("2026-12-06", "2026-12-13"))

    assert moved[0].announced == Interval(moved[0].start, moved[0].end)
    assert moved[0].moved == (at("2026-12-05 09:00"),)


def test_a_window_put_off_after_it_began_is_announced_where_it_is_now() -> None:
    desk = Desk(ONCE)
    desk.run("2026-11-22 09:00")
    moved = desk.run("2026-12-06 01:20", ONCE.replace("2026-12-06", "2026-12-13"))

    assert excluded(Told((), tuple(moved)), "search") == [Interval(moved[0].start, moved[0].end)]
    assert moved[0].start == at("2026-12-13 01:00")


def test_an_edited_rule_does_not_rewrite_what_was() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")
    before = desk.run("2027-01-10 09:00")
    weekly = desk.run("2027-01-10 10:00", MONTHLY.replace("FREQ=MONTHLY;BYDAY=1SU", "FREQ=WEEKLY"))

    assert told(weekly)[:2] == told(before)[:2]
    assert [work.announced for work in weekly[:2]] == [work.announced for work in before[:2]]
    assert weekly[2].id == "reindex.2027-01-17"


def test_a_one_off_that_comes_to_recur_keeps_its_address() -> None:
    desk = Desk(ONCE)
    once = desk.run("2026-11-22 09:00")
    again = desk.run("2026-11-23 09:00", MONTHLY)
    over = desk.run("2026-12-07 09:00")

    assert [work.id for work in (*once, *again)] == ["reindex", "reindex"]
    assert [work.id for work in over] == ["reindex", "reindex.2027-01-03"]
    assert over[0].created == once[0].created


def test_a_rule_that_is_taken_away_leaves_the_windows_that_were() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")
    desk.run("2027-01-10 09:00")
    ended = desk.run("2027-01-10 10:00", ONCE.replace("2026-12-06", "2027-03-06"))

    assert told(ended) == [
        ("reindex", "completed"),
        ("reindex.2027-01-03", "completed"),
        ("reindex.2027-03-06", "scheduled"),
    ]


def test_a_ledger_of_an_older_version_has_no_window_and_announces_as_it_did() -> None:
    old = Ledger().with_facts([Fact(kind="maintenance", key="reindex", at=at("2026-11-22 09:00"))])
    found = Desk(ONCE, old).run("2026-12-07 09:00")

    assert found[0].announced == Interval(found[0].start, found[0].end)


@pytest.mark.parametrize("value", [{}, {"window": "x"}, {"window": "2026-12-06 02:00 .. 03:30 Mars/Base"}])
def test_a_schedule_that_cannot_be_read_any_more_is_passed_over(value: Mapping[str, object]) -> None:
    facts = [
        Fact(kind="maintenance", key="reindex", at=at("2026-11-22 09:00")),
        Fact(kind=WINDOW, key="reindex/1", at=at("2026-11-22 09:00"), value=value),
    ]
    assert told(Desk(MONTHLY, Ledger().with_facts(facts)).run("2026-11-23 09:00")) == [
        ("reindex", "scheduled")
    ]


# --- what programs read --------------------------------------------------------------------------


def files(found: list[Maintenance], now: str) -> Mapping[str, bytes]:
    return build(snapshot(found, now))


def events(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def v2(made: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(made[f"api/v2/{name}.json"])["scheduled_maintenances"]
    return rows


def test_the_v2_files_have_the_next_window_to_come_and_those_that_are_over() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")
    made = files(desk.run("2027-01-04 09:00"), "2027-01-04 09:00")

    assert [m["scheduled_for"][:10] for m in v2(made, "scheduled-maintenances/upcoming")] == ["2027-02-07"]
    every = v2(made, "scheduled-maintenances")
    assert [(m["scheduled_for"][:10], m["status"]) for m in every] == [
        ("2027-02-07", "scheduled"),
        ("2027-01-03", "completed"),
        ("2026-12-06", "completed"),
    ]
    assert len({m["id"] for m in every}) == 3
    assert [u["status"] for u in every[1]["incident_updates"]] == ["completed", "in_progress", "scheduled"]


def test_calendars_have_each_window_as_an_event_and_two_parsers_read_them() -> None:
    desk = Desk(MONTHLY)
    desk.run("2026-11-22 09:00")
    off = MONTHLY + said("Cancelled", "Holidays.", "date: 2027-01-03")
    made = files(desk.run("2026-11-23 09:00", off), "2026-11-23 09:00")
    for name in ("maintenance.ics", "components/search.ics"):
        first = events(made[name])
        want = [
            ("reindex@status.parley.example", "CONFIRMED", at("2026-12-06 01:00")),
            ("reindex.2027-01-03@status.parley.example", "CANCELLED", at("2027-01-03 01:00")),
            ("reindex.2027-02-07@status.parley.example", "CONFIRMED", at("2027-02-07 01:00")),
        ]
        assert [(str(e["UID"]), str(e["STATUS"]), e["DTSTART"].dt) for e in first] == want
        assert all(e["DTSTAMP"].dt <= at("2026-11-23 09:00") for e in first)
        second = vobject.readOne(made[name].decode()).vevent_list
        assert [(e.uid.value, e.status.value, e.dtstart.value) for e in second] == want
    assert events(made["components/chat.ics"]) == []


def test_a_moved_window_moves_the_sequence_and_the_stamp() -> None:
    desk = Desk(ONCE)
    first = files(desk.run("2026-11-22 09:00"), "2026-11-22 09:00")["maintenance.ics"]
    second = files(desk.run("2026-11-23 09:00", ONCE.replace("-06", "-13")), "2026-11-23 09:00")[
        "maintenance.ics"
    ]
    one, two = (events(made)[0] for made in (first, second))

    assert (one["UID"], one["SEQUENCE"] + 1) == (two["UID"], two["SEQUENCE"])
    assert two["DTSTAMP"].dt == at("2026-11-23 09:00")


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=8),
    st.sampled_from(("DAILY", "WEEKLY", "MONTHLY;BYDAY=1SU")),
)
def test_feeds_only_grow_whenever_runs_come(pauses: list[int], often: str) -> None:
    """Old entries keep id, date and bytes; uids of the calendar and their sequence never go back."""
    desk = Desk(MONTHLY.replace("MONTHLY;BYDAY=1SU", often))
    now = at("2026-12-01 09:00")
    known: dict[str, Any] = {}
    sequences: dict[str, int] = {}
    published: dict[str, str] = {}
    for pause in pauses:
        now += timedelta(days=pause, hours=pause)
        made = build(shown(component("Search"), now=now, maintenances=tuple(reversed(desk.run(now)))))
        items = {item["id"]: item for item in json.loads(made["feed.json"])["items"]}
        assert all(known[id_] == item for id_, item in items.items() if id_ in known)
        assert len(items) == min(50, len(known | items))
        known |= items
        for row in v2(made, "scheduled-maintenances"):
            assert published.setdefault(row["id"], row["created_at"]) == row["created_at"]
        for event in events(made["maintenance.ics"]):
            assert sequences.get(event["UID"], 0) <= event["SEQUENCE"]
            sequences[event["UID"]] = event["SEQUENCE"]
            assert event["DTSTAMP"].dt <= now


# --- from the command line -----------------------------------------------------------------------

CONFIG = "components: [{name: Search, url: 'https://search.example/'}]"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "components.yaml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*words: str) -> Result:
    return CliRunner().invoke(main, ["maintenance", *words, "--now", "2026-11-22T09:00:00Z"])


def test_the_command_plans_a_recurring_window_and_calls_one_of_them_off(page: Path) -> None:
    window = "2026-12-06 02:00 .. 03:30 Europe/Paris"
    planned = ["plan", "--title", "Index", "--window", window, "--component", "search", "--id", "index"]

    assert command(*planned, "--rrule", "FREQ=MONTHLY;BYDAY=1SU").exit_code == 0
    assert command("cancel", "--date", "2027-01-03", "--text", "Holidays.").exit_code == 0
    text = (page / "incidents/index.md").read_text("utf-8")
    assert f"window: {window}\nrrule: FREQ=MONTHLY;BYDAY=1SU\n---\n" in text
    assert text.endswith("## Cancelled - 2026-11-22 09:00 UTC\n\n- date: 2027-01-03\n\nHolidays.\n")
    assert "index" in command("list").output  # one window less is not the end of it


def test_the_command_refuses_a_rule_and_a_date_that_cannot_be_meant_and_writes_nothing(page: Path) -> None:
    window = "2026-12-06 02:00 .. 03:30 Europe/Paris"
    planned = ["plan", "--title", "Index", "--window", window, "--component", "search", "--id", "index"]

    refused = command(*planned, "--rrule", "FREQ=SECONDLY")
    assert (refused.exit_code, "too often" in refused.output) == (1, True)
    assert not (page / "incidents/index.md").exists()
    command(*planned, "--rrule", "FREQ=MONTHLY;BYDAY=1SU")
    before = (page / "incidents/index.md").read_bytes()
    refused = command("cancel", "--date", "2027-01-04")
    assert "no window begins on 2027-01-04" in refused.output
    assert "the nearest is 2027-01-03" in refused.output
    assert (page / "incidents/index.md").read_bytes() == before
