"""What is told to whom and when: new or old, filtered, held, folded, over before it was told, tried again."""

from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from telling import (
    DAY,
    HOUR,
    LATER,
    MINUTE,
    NEVER,
    SENT,
    T0,
    Desk,
    outage,
    pager,
    program,
    recovery,
    reminder,
    target,
    update,
)

from statuspage.config.notify import Quiet
from statuspage.deliveries import Status, as_entry, as_fact
from statuspage.ledger import Ledger, encode
from statuspage.model import Fact, State
from statuspage.notices import Audience, Notice, NoticeKind
from statuspage.notify.outbox import decide, still_ours
from statuspage.notify.plan import back_off

RESOLVED = NoticeKind.RESOLVED
NIGHT = Quiet(start=time(22), until=time(7), timezone="Europe/Berlin")
EVENING = T0.replace(hour=22)  # 23:00 in Berlin
MORNING = T0.replace(hour=6) + DAY  # 07:00 in Berlin


# --- once --------------------------------------------------------------------------------------


def test_a_new_notice_is_told_once() -> None:
    desk = Desk([target()])
    for n in range(20):
        desk.run(T0 + n * MINUTE, outage())

    assert desk.keys == [outage().key]
    assert desk.entry(outage().key).status is Status.SENT


def test_twenty_runs_without_news_write_and_say_nothing() -> None:
    desk = Desk([target(), pager(), program()])
    desk.run(T0, outage())
    before = len(desk.facts)
    assert [desk.run(T0 + n * MINUTE, outage()) for n in range(20)] == [[]] * 20
    assert len(desk.facts) == before


def test_a_new_target_is_told_no_old_stories_but_all_that_comes() -> None:
    desk = Desk([target()], new=True)
    desk.run(T0, outage(), update(1))
    desk.run(T0 + MINUTE, outage(), update(1), update(2, T0 + MINUTE))

    assert desk.keys == ["update/slow/2"]


def test_what_is_older_than_a_day_when_it_is_found_is_no_news() -> None:
    desk = Desk([target()])
    assert desk.run(T0, outage(T0 - DAY)) == []
    assert [s.key for s in desk.run(T0, outage(T0 - DAY + MINUTE))] == [outage(T0 - DAY + MINUTE).key]


def test_what_lies_ahead_is_not_told_yet() -> None:
    desk = Desk([target()])
    assert desk.run(T0, update(1, T0 + MINUTE)) == []


def test_a_quiet_notice_is_told_to_nobody_and_leaves_no_trace() -> None:
    desk = Desk([target()])
    before = len(desk.facts)
    five = [outage(component=f"c{n}", quiet="chat is at its root") for n in range(5)]
    root = outage()
    assert [s.key for s in desk.run(T0, root, *five)] == [root.key]
    assert len(desk.facts) == before + 2
    assert desk.why(T0, *five) == {one.key: "chat is at its root" for one in five}


# --- filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "notice", "told"),
    [
        ({}, outage(), True),
        ({"kinds": frozenset({RESOLVED})}, outage(), False),
        ({"audience": Audience.PUBLIC}, outage(), True),
        ({"audience": Audience.PUBLIC}, outage(audience=Audience.OPERATORS), False),
        ({}, outage(audience=Audience.OPERATORS), True),
        ({"components": frozenset({"chat"})}, outage(), True),
        ({"components": frozenset({"search"})}, outage(), False),
        ({"components": frozenset({"search"})}, update(1, components=()), False),
        ({"least": State.MAJOR}, outage(), True),
        ({"least": State.MAJOR}, outage(impact=State.PARTIAL), False),
        ({"least": State.DEGRADED}, update(1, impact=State.OPERATIONAL), True),
        ({"least": State.PARTIAL}, update(1, impact=State.OPERATIONAL), False),
        ({"least": State.MAJOR}, update(2, impact=State.MAINTENANCE), True),
        ({"least": State.MAJOR}, reminder(T0), True),
    ],
)
def test_filters_say_who_is_told_of_what(filters: dict[str, Any], notice: Notice, told: bool) -> None:
    desk = Desk([target(**filters)])
    assert bool(desk.run(T0, notice)) is told


def test_who_heard_the_beginning_hears_the_end_even_when_it_is_not_so_bad_any_more() -> None:
    desk = Desk([target(least=State.MAJOR)])
    begin = update(1, impact=State.MAJOR)
    desk.run(T0, begin)
    end = update(2, T0 + HOUR, kind=RESOLVED, impact=State.DEGRADED)
    desk.run(T0 + HOUR, begin, end)

    assert desk.keys == [begin.key, end.key]


def test_a_pager_s_alarm_is_ended_even_if_it_is_told_of_beginnings_alone() -> None:
    kinds = frozenset({NoticeKind.OUTAGE})
    desk = Desk([pager(kinds=kinds), target(kinds=kinds)])
    desk.run(T0, outage())
    over = recovery(outage(), T0 + HOUR)
    desk.run(T0 + HOUR, outage(), over)

    assert [who for _, who, key in desk.told if key == over.key] == ["Pager"]


# --- over, piled up ----------------------------------------------------------------------------


def test_an_outage_that_is_over_before_it_was_told_is_never_told() -> None:
    desk = Desk([target(), pager()])
    over = recovery(outage(), T0 + MINUTE)
    assert desk.run(T0 + 2 * MINUTE, outage(), over) == []
    assert set(desk.why(T0 + 2 * MINUTE, outage(), over).values()) == {
        "it was over before it was told",
        "nobody here was told that it began",
    }


def test_an_outage_that_a_channel_did_not_take_is_dropped_when_it_is_over() -> None:
    desk = Desk([target()])
    desk.run(T0, outage(), became=LATER)
    over = recovery(outage(), T0 + 5 * MINUTE)
    assert desk.run(T0 + 5 * MINUTE, outage(), over) == []
    assert desk.entry(outage().key).status is Status.DROPPED
    assert desk.run(T0 + 6 * MINUTE, outage(), over) == []


def test_a_recovery_is_told_to_those_who_were_told_of_the_outage_quiet_or_not() -> None:
    desk = Desk([target()])
    desk.run(T0, outage())
    desk.run(T0 + HOUR, outage(quiet="an incident"), recovery(outage(), T0 + HOUR, quiet="an incident"))
    assert desk.keys == [outage().key, recovery(outage(), T0).key]


def test_updates_that_piled_up_are_told_once_by_the_newest() -> None:
    desk = Desk([target()])
    desk.run(T0, update(1), became=LATER)
    desk.run(T0 + 2 * MINUTE, update(1), update(2, T0 + MINUTE), became=LATER)
    known = [update(1), update(2, T0 + MINUTE), update(3, T0 + 20 * MINUTE, folded=(7,))]
    (sending,) = desk.run(T0 + 20 * MINUTE, *known)

    assert sending.key == "update/slow/3"
    assert sending.notices[0].folded == (1, 2, 7)
    assert [desk.entry(f"update/slow/{n}").status for n in (1, 2, 3)] == [
        Status.FOLDED,
        Status.FOLDED,
        Status.SENT,
    ]
    assert desk.entry("update/slow/1").told_as == "update/slow/3"
    assert desk.run(T0 + HOUR, *known) == []


def test_a_new_word_does_not_wait_for_the_back_off_of_the_one_before() -> None:
    desk = Desk([target()])
    desk.run(T0, update(1), became=LATER)
    assert "next at 14:01" in desk.why(T0 + MINUTE / 2, update(1))["update/slow/1"]
    assert desk.run(T0 + MINUTE / 2, update(1), update(2, T0 + MINUTE / 2))[0].key == "update/slow/2"


def test_an_incident_that_came_and_went_unheard_is_told_to_readers_once_and_to_no_pager() -> None:
    desk = Desk([target("Readers", audience=Audience.PUBLIC), pager()])
    desk.run(T0 + HOUR, update(1), update(2, T0 + MINUTE, kind=RESOLVED))
    assert [(who, key) for _, who, key in desk.told] == [("Readers", "update/slow/2")]


# --- tried again -------------------------------------------------------------------------------


def test_a_channel_in_trouble_is_tried_again_and_again_and_given_up_after_a_day() -> None:
    desk, tried = Desk([target()]), []
    for n in range(26 * 60):
        if desk.run(T0 + n * MINUTE, outage(), became=LATER):
            tried.append(n)
    assert tried[:7] == [0, 1, 3, 8, 23, 83, 143]
    assert tried[-1] < 24 * 60
    assert desk.entry(outage().key).status is Status.GIVEN_UP
    assert desk.entry(outage().key).why == "it answered 503"


def test_back_off_grows_to_an_hour() -> None:
    assert [back_off(n) // MINUTE for n in range(8)] == [1, 1, 2, 5, 15, 60, 60, 60]


def test_what_is_refused_is_not_tried_again_and_other_operators_hear_of_it_once_a_day() -> None:
    desk = Desk([target(), target("Others"), target("Public", audience=Audience.PUBLIC)])
    only_team = outage(audience=Audience.OPERATORS)
    world = [
        replace(t, kinds=t.kinds if t.name == "Team" else frozenset({NoticeKind.REMINDER}))
        for t in desk.targets
    ]
    desk.targets = world
    desk.run(T0, only_team, became=NEVER)
    for n in range(1, 20):
        desk.run(T0 + n * MINUTE, only_team)

    assert [(who, key) for _, who, key in desk.told] == [("Others", "reminder/channel/Team/2026-11-22")]
    assert desk.entry(only_team.key).status is Status.REFUSED


def test_parts_of_a_target_that_have_a_message_are_not_told_it_again() -> None:
    desk = Desk([target()])
    desk.run(T0, update(1), became=replace(LATER, done=(0, 2)))
    (again,) = desk.run(T0 + MINUTE, update(1), became=replace(LATER, done=(0, 1, 2)))
    assert again.done == (0, 2)
    (newer,) = desk.run(T0 + 9 * MINUTE, update(1), update(2, T0 + 9 * MINUTE))
    assert newer.done == ()


# --- two at once, and a run that died ----------------------------------------------------------


def test_of_two_runs_at_once_one_sends() -> None:
    desk = Desk([target()])
    one, two = (decide(desk.world(T0, [outage()])) for _ in range(2))
    desk.facts += [*one.facts, *two.facts]
    runs = [str(plan.facts[0].value["by"]) for plan in (one, two)]
    assert [len(still_ours(plan, desk.ledger, run)) for plan, run in zip((one, two), runs, strict=True)] == [
        1,
        0,
    ]


def test_a_claim_of_a_run_that_died_holds_for_ten_minutes_and_then_the_message_goes_out_again() -> None:
    desk = Desk([target()])
    desk.run(T0, outage(), dies=True)
    assert desk.run(T0 + 9 * MINUTE, outage()) == []
    assert desk.why(T0 + 9 * MINUTE, outage()) == {outage().key: "another run is sending of its thread"}
    assert len(desk.run(T0 + 10 * MINUTE, outage())) == 1
    assert desk.run(T0 + 30 * MINUTE, outage()) == []
    assert desk.keys == [outage().key] * 2


def test_when_the_outage_may_have_been_told_by_a_run_that_died_its_end_is_told() -> None:
    desk = Desk([target()])
    desk.run(T0, outage(), dies=True)
    over = recovery(outage(), T0 + 2 * MINUTE)
    assert desk.run(T0 + 5 * MINUTE, outage(), over) == []
    (sending,) = desk.run(T0 + 11 * MINUTE, outage(), over)
    assert sending.key == over.key
    assert desk.entry(outage().key).status is Status.FOLDED


def test_an_end_that_is_owed_is_tried_again_when_the_channel_did_not_take_it() -> None:
    desk = Desk([target()])
    desk.run(T0, outage(), dies=True)
    over = recovery(outage(), T0 + 2 * MINUTE)
    desk.run(T0 + 11 * MINUTE, outage(), over, became=LATER)
    (sending,) = desk.run(T0 + 13 * MINUTE, outage(), over)
    assert sending.key == over.key


def test_what_may_have_been_told_waits_for_its_end_and_is_not_told_again() -> None:
    desk = Desk([target("Readers", audience=Audience.PUBLIC)])
    desk.run(T0, outage(), dies=True)
    over = recovery(outage(), T0 + 10 * MINUTE)
    unseen: dict[str, Any] = {"shown": lambda notice: notice.kind is NoticeKind.OUTAGE}
    assert desk.run(T0 + 11 * MINUTE, outage(), over, **unseen) == []
    (sending,) = desk.run(T0 + 12 * MINUTE, outage(), over)
    assert sending.key == over.key
    assert desk.entry(outage().key).status is Status.FOLDED


def test_what_may_have_been_told_and_is_over_is_dropped_where_ends_are_not_told() -> None:
    desk = Desk([target(kinds=frozenset({NoticeKind.OUTAGE}))])
    desk.run(T0, outage(), dies=True)
    assert desk.run(T0 + 11 * MINUTE, outage(), recovery(outage(), T0 + 10 * MINUTE)) == []
    assert desk.entry(outage().key).status is Status.DROPPED


def test_a_claim_from_a_clock_that_is_a_year_ahead_holds_nobody_up() -> None:
    desk = Desk([target()])
    desk.run(T0 + 365 * DAY, outage(T0 + 365 * DAY, key=outage().key, thread=outage().thread), dies=True)
    assert len(desk.run(T0, outage())) == 1


# --- held --------------------------------------------------------------------------------------


def test_quiet_hours_hold_and_end_with_one_digest() -> None:
    desk = Desk([target(quiet=NIGHT)])
    news = [
        outage(EVENING),
        update(1, EVENING + HOUR),
        update(2, EVENING + 2 * HOUR),
        outage(EVENING, "search"),
    ]
    for n in range(8):
        assert desk.run(EVENING + n * HOUR, *(x for x in news if x.at <= EVENING + n * HOUR)) == []
    (digest,) = desk.run(MORNING, *news)

    assert [n.key for n in digest.notices] == [
        outage(EVENING).key,
        outage(EVENING, "search").key,
        "update/slow/2",
    ]
    assert digest.key.startswith("digest/")
    assert {desk.entry(n.key).status for n in digest.notices} == {Status.SENT}
    assert desk.run(MORNING + HOUR, *news) == []


def test_a_digest_that_was_not_taken_is_tried_again_under_the_same_key() -> None:
    desk = Desk([target(quiet=NIGHT)])
    news = [outage(EVENING), outage(EVENING, "search")]
    desk.run(EVENING, *news)
    (first,) = desk.run(MORNING, *news, became=LATER)
    (second,) = desk.run(MORNING + HOUR, *news)
    assert first.key == second.key


def test_programs_and_pagers_get_each_held_message_by_itself() -> None:
    desk = Desk([program(quiet=NIGHT)])
    news = [outage(EVENING), outage(EVENING, "search")]
    desk.run(EVENING, *news)
    assert [s.key for s in desk.run(MORNING, *news)] == [n.key for n in news]


def test_what_is_bad_enough_passes_quiet_hours() -> None:
    desk = Desk([target(quiet=replace(NIGHT, exempt="major_outage"))])
    assert [s.key for s in desk.run(EVENING, outage(EVENING), update(1, EVENING))] == [outage(EVENING).key]


def test_what_quiet_hours_held_is_told_though_it_is_a_day_old_by_then() -> None:
    desk = Desk([target(quiet=Quiet(start=time(7, 1), until=time(7), timezone="Etc/UTC"))])
    begin = T0.replace(hour=7, minute=2)
    desk.run(begin, outage(begin - 23 * HOUR))
    assert len(desk.run(begin + DAY - 2 * MINUTE, outage(begin - 23 * HOUR))) == 1


def test_quiet_hours_within_a_day_begin_and_end() -> None:
    desk = Desk([target(quiet=Quiet(start=time(13), until=time(15), timezone="Etc/UTC"))])
    assert desk.run(T0, outage()) == []
    assert len(desk.run(T0 + HOUR, outage())) == 1
    assert len(desk.run(T0 + HOUR, outage(T0 + HOUR))) == 1


def test_a_mute_holds_what_machines_say_from_all_and_what_people_write_from_operators() -> None:
    desk = Desk([target(), pager(), target("Readers", audience=Audience.PUBLIC)])
    told = desk.run(T0, outage(), update(1), muted={"chat"})
    assert [(s.target.name, s.key) for s in told] == [("Readers", "update/slow/1")]
    both = outage(components=("chat", "search"), component="other")
    assert len(desk.run(T0, both, muted={"chat"})) == 3


def test_when_a_mute_ends_what_still_lasts_is_told_and_what_is_over_is_not() -> None:
    desk = Desk([pager()])
    lasting, passing = outage(), outage(component="search")
    both = {"chat", "search"}
    desk.run(T0, lasting, passing, muted=both)
    desk.run(T0 + 2 * DAY, lasting, passing, recovery(passing, T0 + DAY))
    assert desk.keys == [lasting.key]


def test_a_mute_does_not_keep_an_alarm_ringing_that_is_over() -> None:
    desk = Desk([pager()])
    desk.run(T0, outage())
    desk.run(T0 + HOUR, outage(), recovery(outage(), T0 + HOUR), muted={"chat"})
    assert len(desk.told) == 2


# --- the page first ----------------------------------------------------------------------------


def test_the_public_hears_of_it_when_the_page_has_it_and_operators_at_once() -> None:
    desk = Desk([target(), target("Readers", audience=Audience.PUBLIC)])
    unseen: dict[str, Any] = {"shown": lambda notice: False}
    assert [s.target.name for s in desk.run(T0, outage(), **unseen)] == ["Team"]
    assert desk.run(T0 + 9 * MINUTE, outage(), **unseen) == []
    (shown,) = desk.run(T0 + 9 * MINUTE, outage())
    assert (shown.target.name, shown.page_late) == ("Readers", False)


def test_after_ten_minutes_the_message_goes_out_without_the_page() -> None:
    desk = Desk([target("Readers", audience=Audience.PUBLIC)])
    desk.run(T0, outage(), shown=lambda notice: False)
    (late,) = desk.run(T0 + 10 * MINUTE, outage(), shown=lambda notice: False)
    assert late.page_late
    assert "10 minutes" in late.why


def test_what_waits_for_the_public_is_not_told_when_it_is_taken_off_the_page() -> None:
    desk = Desk([target("Readers", audience=Audience.PUBLIC)])
    desk.run(T0, outage(), shown=lambda notice: False)
    hidden = outage(audience=Audience.OPERATORS)
    assert desk.run(T0 + HOUR, hidden) == []
    assert desk.run(T0 + HOUR, hidden, recovery(hidden, T0 + HOUR)) == []
    assert desk.why(T0 + HOUR, hidden) == {hidden.key: "it is for operators alone (audience)"}


# --- reminders ---------------------------------------------------------------------------------


def test_a_reminder_comes_once_a_day_and_not_again_right_after_midnight() -> None:
    desk = Desk([target()])
    late = T0.replace(hour=23, minute=50)
    for n in range(3 * 24 * 6):
        now = late + 10 * n * MINUTE
        desk.run(now, reminder(now.replace(hour=0, minute=0) if n else late))
    days = [at.date() for at, *_ in desk.told]
    gaps = [b[0] - a[0] for a, b in zip(desk.told, desk.told[1:], strict=False)]
    assert len(days) == len(set(days)) == 4
    assert min(gaps) >= 12 * HOUR


# --- the facts ---------------------------------------------------------------------------------


def test_an_entry_is_read_as_it_was_written_whatever_the_target_is_called() -> None:
    desk = Desk([target("a → b→")])
    desk.run(T0, outage(), became=replace(LATER, done=(1, 3)))
    entry = desk.entry(outage().key)
    assert (entry.target, entry.tries, entry.done) == ("a → b→", 1, (1, 3))
    lines = "".join(f"{encode(one)}\n" for one in desk.facts).encode()
    read, problems = Ledger.decode(lines)
    assert not problems
    assert [as_entry(one) for one in read.facts("outbox").values()] == [
        as_entry(one) for one in desk.ledger.facts("outbox").values()
    ]
    assert as_entry(as_fact(entry)) == entry


def test_a_fact_in_words_of_another_version_is_left_alone() -> None:
    assert as_entry(Fact(kind="outbox", key="x→y", at=T0, value={"status": "posted by pigeon"})) is None


def test_a_notice_that_is_gone_is_forgotten_after_a_day() -> None:
    desk = Desk([target(quiet=NIGHT), target("Other")])
    desk.run(EVENING, outage(EVENING), became=LATER)
    desk.run(EVENING + HOUR)
    assert len([f for f in desk.facts if f.key.startswith("outage")]) == 3
    desk.run(EVENING + DAY + HOUR)
    found = [as_entry(f) for f in desk.ledger.facts("outbox").values() if f.key.startswith("outage")]
    assert [(e.target, e.status) for e in found if e] == [
        ("Team", Status.DROPPED),
        ("Other", Status.GIVEN_UP),
    ]


def test_the_mark_of_a_message_that_was_sent_is_never_taken_back() -> None:
    desk = Desk([target()])
    desk.run(T0, outage())
    sent = desk.entry(outage().key)
    claim = replace(sent, status=Status.DECIDED, by="other", at=T0 + HOUR)
    desk.facts.append(as_fact(claim))
    assert desk.entry(outage().key) == sent
    assert SENT.sent
