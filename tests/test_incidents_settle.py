"""Numbers that stay, times that are known, and what an incident is in the end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.incidents import read, settle
from statuspage.ledger import Ledger
from statuspage.model import (
    Action,
    CauseClass,
    Impact,
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    State,
)

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
LATER = NOW + timedelta(minutes=30)
NAMES = {"chat": "Chat engine", "model": "Language model"}


class Page:
    """A file that is edited between runs, and the ledger that remembers."""

    def __init__(self) -> None:
        self.ledger = Ledger()

    def run(self, body: str, now: datetime = NOW, facts: str = "") -> Incident | Maintenance:
        written = read(f"---\ntitle: x\n{facts}---\n{body}", "incidents/x.md", NAMES, now=now)
        settled, new = settle(written, self.ledger, now)
        self.ledger = self.ledger.with_facts(new)
        again, nothing = settle(written, self.ledger, now)
        assert (again, nothing) == (settled, [])
        return settled

    def incident(self, body: str, now: datetime = NOW, facts: str = "") -> Incident:
        settled = self.run(body, now, facts)
        assert isinstance(settled, Incident)
        return settled

    def maintenance(self, body: str, now: datetime) -> Maintenance:
        window = "kind: maintenance\nwindow: 2026-11-22 16:00 .. 17:00 UTC\ncomponents: [chat]\n"
        settled = self.run(body, now, window)
        assert isinstance(settled, Maintenance)
        return settled


def shape(settled: Incident | Maintenance) -> list[tuple[int, str, str]]:
    """Number, word and text of each update, newest first."""
    return [(u.number, u.status, u.text) for u in settled.updates]


A = "## Investigating - 2026-11-22 14:00 UTC\n\nA\n\n"
B = "## Identified - 2026-11-22 14:10 UTC\n\nB\n\n"
C = "## Resolved - 2026-11-22 14:20 UTC\n\nC\n\n"


def test_updates_are_numbered_from_the_oldest_on_whichever_way_the_file_is_written() -> None:
    newest_first = [(3, "resolved", "C"), (2, "identified", "B"), (1, "investigating", "A")]

    assert shape(Page().run(A + B + C)) == newest_first
    assert shape(Page().run(C + B + A)) == newest_first


def test_the_first_run_that_sees_something_is_remembered() -> None:
    page = Page()
    page.run(A)
    one = page.incident(A + B, LATER)

    assert one.created == NOW
    assert [u.first_seen for u in one.updates] == [LATER, NOW]


def test_a_heading_without_a_time_takes_that_of_the_run_that_first_saw_it() -> None:
    page = Page()
    page.run("## Investigating\n\nA\n\n")
    one = page.incident("## Investigating\n\nA\n\n## Resolved\n\nB\n\n", LATER)

    assert [u.at for u in one.updates] == [LATER, NOW]
    assert (one.started, one.resolved) == (NOW, LATER)


@pytest.mark.parametrize(
    "edited",
    [
        "## Identified - 2026-11-22 14:10 UTC\n\nB, in better words\n\n",
        "## Identified - 2026-11-22 14:11 UTC\n\nB\n\n",
        "## Identified\n\nB\n\n",
        "## Monitoring - 2026-11-22 14:10 UTC\n\nB\n\n",
        "## Identified - 2026-11-22 14:12 UTC\n\nquite another text\n\n",
    ],
)
def test_an_edited_update_keeps_its_number_and_first_sight(edited: str) -> None:
    page = Page()
    page.run(A + B)
    updates = {u.number: u for u in page.run(A + edited + C, LATER).updates}

    assert sorted(updates) == [1, 2, 3]
    assert updates[2].first_seen == NOW
    assert updates[3].status == "resolved"
    again = page.run(A + edited + C, LATER + timedelta(hours=1))
    assert {u.number: u.first_seen for u in again.updates} == {1: NOW, 2: NOW, 3: LATER}


def test_an_update_written_in_between_later_on_gets_the_next_number() -> None:
    page = Page()
    page.run(A + C)

    assert [u.number for u in page.run(A + B + C).updates] == [2, 3, 1]


def test_updates_of_one_word_are_told_apart_by_text() -> None:
    page = Page()
    page.run("## Monitoring\n\nP\n\n## Monitoring\n\nQ\n\n")

    assert shape(page.run("## Monitoring\n\nQ\n\n")) == [(2, "monitoring", "Q")]


def test_the_number_of_a_deleted_update_is_given_to_no_other() -> None:
    page = Page()
    page.run(A + "## Monitoring - 2026-11-22 14:12 UTC\n\nA slip.\n\n")
    page.run(A)
    other = A + "## Monitoring - 2026-11-22 14:40 UTC\n\nNow.\n\n"

    assert shape(page.run(other)) == [(3, "monitoring", "Now."), (1, "investigating", "A")]


def test_a_deleted_update_that_comes_back_as_it_was_has_its_number_again() -> None:
    page = Page()
    page.run(A + B)
    page.run(A)

    assert [(u.number, u.first_seen) for u in page.run(A + B, LATER).updates] == [(2, NOW), (1, NOW)]


def test_two_incidents_do_not_share_numbers() -> None:
    page = Page()
    page.run(A + B)
    other = read(f"---\ntitle: y\n---\n{A}", "incidents/y.md", NAMES, now=NOW)

    assert [fact.key for fact in settle(other, page.ledger, NOW)[1]] == ["y", "y/1"]


@given(
    st.lists(st.sampled_from([A, B, C, "## Monitoring\n\nM\n\n", "## Monitoring\n\nN\n\n"]), min_size=1),
    st.data(),
)
def test_whatever_is_edited_each_number_stays_with_one_update(parts: list[str], data: st.DataObject) -> None:
    page = Page()
    first = page.run("".join(parts))
    assert sorted(u.number for u in first.updates) == list(range(1, len(parts) + 1))
    kept = data.draw(st.lists(st.sampled_from(parts), min_size=1, max_size=6))
    numbers = [u.number for u in page.run("".join(kept), LATER).updates]
    page.run("".join(parts), LATER)

    assert len(set(numbers)) == len(kept)


# --- which update is the newest --------------------------------------------------------------------


def test_a_run_that_comes_late_does_not_put_an_undated_update_behind_the_end() -> None:
    for body in ("## Identified\n\n" + C, C + "## Identified\n\n"):
        one = Page().incident(A + body if body.startswith("## I") else body + A)
        assert one.status is IncidentStatus.RESOLVED
        assert one.updates[1].at == datetime(2026, 11, 22, 14, 20, tzinfo=UTC)
        assert one.updates[1].first_seen == NOW


def test_words_tell_the_order_when_times_do_not() -> None:
    assert Page().incident("## Resolved\n\n## Investigating\n").status is IncidentStatus.RESOLVED
    assert Page().incident("## Investigating\n\n## Resolved\n").status is IncidentStatus.RESOLVED


def test_first_sights_tell_the_order_when_nothing_else_does() -> None:
    page = Page()
    page.run("## Monitoring\n\nP\n\n")

    assert shape(page.run("## Monitoring\n\nQ\n\n## Monitoring\n\nP\n", LATER))[0] == (2, "monitoring", "Q")


def test_updates_of_the_same_time_keep_the_order_of_the_file() -> None:
    same = "## Resolved - 2026-11-22 14:00 UTC\n\nB\n\n"

    assert [u.text for u in Page().run(A + same).updates] == ["B", "A"]


# --- what an incident is ---------------------------------------------------------------------------


FACTS = "components: {chat: degraded_performance, model: partial_outage}\nstarted: 2026-11-22 13:55 UTC\n"


def test_facts_of_updates_stand_over_those_of_the_front_matter_in_order_of_time() -> None:
    body = (
        "## Monitoring - 2026-11-22 14:20 UTC\n- components: chat operational\n"
        "- cause: second\n- cause_class: external\n\n"
        "## Identified - 2026-11-22 14:10 UTC\n- components: chat major_outage\n- cause: first\n- doing: this\n"
        "- eta: not known yet\n- next_update: 2026-11-22 16:00 UTC\n- workaround: that\n\n" + A
    )
    one = Page().incident(body, facts=FACTS + "tags: [a]\n")

    assert one.open
    assert one.components == {"chat": State.OPERATIONAL, "model": State.PARTIAL}
    assert one.worst == {"chat": State.MAJOR, "model": State.PARTIAL}
    assert one.impact is Impact.CRITICAL
    assert (one.cause, one.cause_class, one.doing, one.workaround) == (
        "second",
        CauseClass.EXTERNAL,
        "this",
        "that",
    )
    assert (one.eta, one.next_update) == ("not known yet", datetime(2026, 11, 22, 16, tzinfo=UTC))
    assert one.started == datetime(2026, 11, 22, 13, 55, tzinfo=UTC)
    assert one.tags == ("a",)


def test_the_oldest_update_declares_what_the_front_matter_does() -> None:
    updates = Page().run(A + B, facts=FACTS).updates

    assert updates[1].components == {"chat": State.DEGRADED, "model": State.PARTIAL}
    assert updates[0].components == {}


def test_a_report_after_the_fact_still_declares_what_was() -> None:
    body = "## Resolved - 2026-11-22 14:20 UTC\n- components: chat operational\n"
    one = Page().incident(body, facts="components: {chat: major_outage}\n")

    assert one.updates[0].components == {"chat": State.MAJOR}
    assert one.components == {"chat": State.OPERATIONAL}


def test_all_is_operational_again_once_it_is_resolved() -> None:
    one = Page().incident(A + C, facts=FACTS)

    assert one.components == {"chat": State.OPERATIONAL, "model": State.OPERATIONAL}
    assert one.resolved == datetime(2026, 11, 22, 14, 20, tzinfo=UTC)


def test_a_postmortem_leaves_the_end_where_it_was_and_a_draft_is_not_shown() -> None:
    report = "## Postmortem - 2026-11-22 14:50 UTC\n- published: {}\n\nP\n"

    assert shape(Page().run(C + report.format("false"))) == [(1, "resolved", "C")]
    one = Page().incident(C + report.format("true"))
    assert one.status is IncidentStatus.POSTMORTEM
    assert one.resolved == datetime(2026, 11, 22, 14, 20, tzinfo=UTC)


def test_an_incident_that_begins_again_is_open_until_its_last_end() -> None:
    again = "## Investigating - 2026-11-22 14:30 UTC\n\n"
    end = "## Resolved - 2026-11-22 14:40 UTC\n\n"

    assert Page().incident(A + C + again).open
    assert Page().incident(A + C + again + end).resolved == datetime(2026, 11, 22, 14, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "impact"),
    [
        ("operational", Impact.NONE),
        ("under_maintenance", Impact.NONE),
        ("degraded_performance", Impact.MINOR),
        ("partial_outage", Impact.MAJOR),
        ("major_outage", Impact.CRITICAL),
    ],
)
def test_the_impact_follows_from_the_worst_state_unless_it_is_written(state: str, impact: Impact) -> None:
    facts = f"components: {{chat: {state}}}\n"

    assert Page().incident(A, facts=facts).impact is impact
    assert Page().incident(A, facts=f"{facts}impact: minor\n").impact is Impact.MINOR
    assert Page().incident(A).impact is Impact.NONE


# --- maintenance -------------------------------------------------------------------------------------


SCHEDULED = "## Scheduled - 2026-11-22 14:00 UTC\n\n"
MOMENTS = [NOW + timedelta(minutes=minutes) for minutes in (59, 60, 120)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (SCHEDULED, ["scheduled", "in_progress", "completed"]),
        (SCHEDULED + "## In progress\n", ["in_progress"] * 3),
        (SCHEDULED + "## Verifying\n", ["verifying"] * 3),
        (SCHEDULED + "## Completed\n", ["completed"] * 3),
        (SCHEDULED + "## Cancelled\n", ["cancelled"] * 3),
    ],
)
def test_a_scheduled_maintenance_goes_by_its_window_and_a_written_word_wins(
    body: str, expected: list[str]
) -> None:
    assert [Page().maintenance(body, at).status for at in MOMENTS] == [
        MaintenanceStatus(word) for word in expected
    ]


def test_a_maintenance_has_window_components_and_first_sight() -> None:
    one = Page().maintenance(SCHEDULED, NOW)

    assert (one.start, one.end) == (MOMENTS[1], MOMENTS[2])
    assert one.created == NOW
    assert one.components == ("chat",)
    assert one.worst == {"chat": State.MAINTENANCE}
    assert replace(one, stale=True).stale


# --- translations --------------------------------------------------------------------------------

FRENCH = "## Investigating - 2026-11-22 14:00 UTC\n\n{}\n\n### fr\n\n{}\n"


def test_an_update_keeps_its_translations_apart() -> None:
    one = Page().incident("## Investigating\n\nSlow.\n\n### fr\n\n*Lent.*\n\n#### Oui\n\n### Note\n\nEnd.\n")
    update = one.updates[0]

    assert update.text == "Slow.\n\nNote\nEnd."
    assert update.translations["fr"].html == "<p><em>Lent.</em></p>\n<h4>Oui</h4>"
    assert update.translations["fr"].text == "Lent.\n\nOui"


def test_a_translation_is_older_once_the_original_alone_is_edited() -> None:
    page = Page()

    def older(body: str, translated: str) -> bool:
        return page.incident(FRENCH.format(body, translated)).updates[0].translations["fr"].older

    assert not older("Slow.", "Lent.")
    assert older("Slow in Europe.", "Lent.")
    assert older("Slow in Europe.", "Lent."), "it stays older in the runs that follow"
    assert not older("Slow in Europe.", "Lent en Europe.")
    assert not older("Slow everywhere.", "Lent partout."), "both at once"
    assert not older("Slow everywhere.", "Lent partout !")


def test_facts_and_titles_in_other_languages_are_kept_by_field() -> None:
    facts = "title.fr: Lent\ncause: Capacity\ncause.fr: Capacité\ncause.pt-BR: Capacidade\n"
    one = Page().incident(A, facts=facts)

    assert {f: {c: t.text for c, t in told.items()} for f, told in one.translations.items()} == {
        "title": {"fr": "Lent"},
        "cause": {"fr": "Capacité", "pt-BR": "Capacidade"},
    }


def test_a_newer_fact_takes_the_translations_of_the_older_one_away() -> None:
    facts = "cause: Capacity\ncause.fr: Capacité\ndoing: Waiting\ndoing.fr: On attend\n"
    page = Page()
    assert page.incident(A, facts=facts).translations.keys() == {"cause", "doing"}

    newer = page.incident(A + "## Identified - 2026-11-22 14:10 UTC\n- cause: A bug\n\nB\n", facts=facts)
    assert (newer.cause, set(newer.translations)) == ("A bug", {"doing"})

    both = "## Identified - 2026-11-22 14:10 UTC\n- cause: A bug\n- cause.fr: Une erreur\n\nB\n"
    assert page.incident(A + both, facts=facts).translations["cause"]["fr"].text == "Une erreur"


def test_a_title_s_translation_is_older_once_the_title_alone_is_edited() -> None:
    page = Page()
    first = page.incident(A, facts="title.fr: Lent\n")
    written = read(f"---\ntitle: y\ntitle.fr: Lent\n---\n{A}", "incidents/x.md", NAMES, now=LATER)
    second, facts = settle(written, page.ledger, LATER)

    assert not first.translations["title"]["fr"].older
    assert isinstance(second, Incident)
    assert second.translations["title"]["fr"].older
    assert second.created == first.created == NOW
    assert facts == []


def test_a_file_without_translations_leaves_the_ledger_as_it_was() -> None:
    page = Page()
    page.run(A)
    assert page.ledger.facts("incident")["x"].value == {}
    assert set(page.ledger.facts("update")["x/1"].value) == {"status", "time", "digest"}


# --- actions of a report -------------------------------------------------------------------------


def test_actions_of_a_published_report_are_known() -> None:
    report = (
        "## Post-incident report - 2026-11-22 14:30 UTC\n- published: true\n\n### Summary\n- [ ] no action\n\n"
        "### Actions\n- [x] Alert (owner: bot team, due: 2026-11-30)\n* [ ] Rehearse (twice)\n"
        "- [ ] Tell (due: 2026-12-15)\n- no task\n\n### fr\n#### Actions\n- [ ] Pas une action\n"
    )
    one = Page().incident(A + C + report)

    assert one.status is IncidentStatus.POSTMORTEM
    assert one.actions == (
        Action(text="Alert", done=True, owner="bot team", due=date(2026, 11, 30)),
        Action(text="Rehearse (twice)", done=False),
        Action(text="Tell", done=False, due=date(2026, 12, 15)),
    )
    assert "<li>☑ Alert" in one.updates[0].html
    assert "<li>☐ Rehearse" in one.updates[0].html


def test_a_draft_s_actions_are_not_published() -> None:
    report = "## Postmortem\n\n### Actions\n- [ ] Rehearse\n"
    assert Page().incident(A + C + report).actions == ()


def test_an_action_is_late_from_the_day_after_it_was_due() -> None:
    one = Action(text="Rehearse", done=False, due=date(2026, 11, 22))

    assert not one.late(date(2026, 11, 22))
    assert one.late(date(2026, 11, 23))
    assert not replace(one, done=True).late(date(2026, 11, 23))
    assert not replace(one, due=None).late(date(2026, 11, 23))
