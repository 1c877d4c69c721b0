"""What could be told of the present: found anew each time, by a key that stays; one word for one root cause."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
import snapshots as world
from hypothesis import example, given, settings
from hypothesis import strategies as st

from statuspage.config import Config, load
from statuspage.declared import Told
from statuspage.model import (
    Action,
    Correction,
    History,
    Impact,
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    Round,
    Sample,
    Snapshot,
    State,
    Update,
    Verdict,
)
from statuspage.news import notices
from statuspage.notices import Audience, Notice, NoticeKind
from statuspage.outputs.html import html
from statuspage.outputs.site import OUTPUTS, build
from statuspage.snapshot import snapshot

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
MINUTE, EVERY, HOUR, DAY = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(days=1),
)
TEXT = """
page: {name: Kestrel, url: https://status.kestrel.example, since: 2026}
components:
  - {name: Chat, url: https://chat.example/, depends_on: [Engine]}
  - {name: Engine, url: https://engine.example/, depends_on: [Model, {Cache: soft}]}
  - {name: Model, url: https://model.example/, objective: {availability: 99.5%, window: 30d}}
  - {name: Cache, url: https://cache.example/}
  - {name: Desk, type: manual}
"""
HIDDEN = TEXT + "  - {name: Vault, url: https://vault.example/, public: false}\n"
VERDICTS = {"u": Verdict.UP, "d": Verdict.DOWN, "g": Verdict.DEGRADED}
CODES = {"u": "", "d": "http.503", "g": "slow"}


@cache
def loaded(text: str) -> Config:
    return load(text, "components.yaml", {})


def seen(
    lines: Mapping[str, str],
    *,
    now: datetime = NOW,
    text: str = TEXT,
    incidents: Sequence[Incident] = (),
    works: Sequence[Maintenance] = (),
    corrections: Sequence[Correction] = (),
    after: timedelta = timedelta(),
) -> Snapshot:
    """A letter a round, the last one at `now`: up, down, degraded (g), a blank for no sample. All others are up.

    `after`: so long after the last round.
    """
    config = loaded(text)
    length = max(map(len, lines.values()), default=1)
    rounds = []
    for n in range(length):
        at = now - (length - 1 - n) * EVERY
        samples = tuple(
            Sample(component=c.id, at=at, verdict=VERDICTS[letter], code=CODES[letter], every=EVERY)
            for c in config.components
            if not c.manual and (letter := lines.get(c.id, "").rjust(length, "u")[n]) != " "
        )
        rounds.append(Round(id=f"{at:%Y%m%dT%H%M%SZ}-1", at=at, samples=samples))
    told = Told(tuple(incidents), tuple(works), tuple(corrections))
    return snapshot(
        config,
        config.page.as_model(),
        History(rounds=tuple(rounds)),
        told,
        now + after,
        first_seen={"desk": now - 30 * DAY},
    )


def told(shot: Snapshot, *kinds: NoticeKind) -> list[Notice]:
    """Those that are to be told by themselves; reminders only where asked for."""
    wanted = kinds or set(NoticeKind) - {NoticeKind.REMINDER}
    return [n for n in notices(shot) if not n.quiet and n.kind in wanted]


def outages(shot: Snapshot) -> list[tuple[str, str]]:
    return [(n.kind.value, n.subject) for n in told(shot, NoticeKind.OUTAGE, NoticeKind.RECOVERY)]


def update(number: int, status: str, seen_at: datetime, at: datetime | None = None) -> Update:
    return Update(
        number=number, status=status, at=at or seen_at, first_seen=seen_at, html="<p>x</p>", text="x"
    )


def incident(*updates: Update, names: Mapping[str, State] | None = None, **more: object) -> Incident:
    """`updates` are given oldest first."""
    over = next((u.at for u in updates if u.status == "resolved"), None)
    named = names if names is not None else {"model": State.MAJOR}
    found = Incident(
        id="no-answers",
        title="No answers",
        impact=Impact.MAJOR,
        status=IncidentStatus(updates[-1].status),
        started=updates[0].at,
        created=min(u.first_seen for u in updates),
        resolved=over,
        components=named,
        worst=named,
        updates=tuple(reversed(updates)),
    )
    return replace(found, **more)  # type: ignore[arg-type]


def maintenance(
    *updates: Update, start: datetime, end: datetime, status: MaintenanceStatus, **more: object
) -> Maintenance:
    found = Maintenance(
        id="move",
        title="Move",
        status=status,
        start=start,
        end=end,
        created=updates[0].first_seen,
        components=("model",),
        updates=tuple(reversed(updates)),
    )
    return replace(found, **more)  # type: ignore[arg-type]


# --- outages -------------------------------------------------------------------------------------


def test_an_outage_is_told_and_then_its_recovery_in_one_thread() -> None:
    began = NOW - 2 * EVERY
    (down,) = told(seen({"model": "uddd"}))
    assert (down.kind, down.subject, down.audience) == (NoticeKind.OUTAGE, "model", Audience.PUBLIC)
    assert down.key == down.thread == f"outage/model/{began:%Y%m%dT%H%M%SZ}"
    assert (down.at, down.impact, down.code, down.began) == (began, State.MAJOR, "http.503", began)

    first, back = told(seen({"model": "udddu"}, now=NOW + EVERY))
    assert (first.key, first.thread) == (down.key, down.thread)
    assert (back.kind, back.thread, back.at) == (NoticeKind.RECOVERY, down.thread, NOW + EVERY)
    assert back.key == down.key.replace("outage", "recovery", 1)
    assert (back.began, back.ended, back.impact) == (began, NOW + EVERY, State.MAJOR)


def test_all_that_works_is_no_news() -> None:
    assert notices(seen({"model": "uuuu"})) == ()
    assert notices(seen({})) == ()


def test_what_gets_worse_is_told_again_in_the_same_thread() -> None:
    slow, down = told(seen({"model": "uggd"}))

    assert (slow.impact, slow.code) == (State.DEGRADED, "slow")
    assert (down.impact, down.code, down.at) == (State.MAJOR, "http.503", NOW)
    assert (down.key, down.thread) == (f"{slow.key}/major_outage", slow.key)
    assert len(told(seen({"model": "uddgg"}))) == 1, "what gets better is not over"


def test_trouble_that_nobody_measures_any_more_is_not_over() -> None:
    assert outages(seen({"model": "udd"}, after=HOUR)) == [("outage", "model")]
    later = seen({"model": "udd" + " " * 12 + "u"}, now=NOW + 13 * EVERY)
    assert outages(later) == [("outage", "model"), ("recovery", "model")]
    assert told(later)[-1].at == NOW + 13 * EVERY
    again = seen({"model": "udd" + " " * 12 + "d"}, now=NOW + 13 * EVERY)
    assert outages(again) == [("outage", "model")], "the same trouble, as far as anybody knows"


def test_a_component_that_comes_and_goes_is_told_of_once_more_and_then_when_it_is_calm() -> None:
    line = "uduudududuu"
    found = told(seen({"model": line}))
    assert [(n.kind.value, n.unstable) for n in found] == [
        ("outage", False),
        ("recovery", False),
        ("outage", True),
    ]
    calm = told(seen({"model": line + "uuuuu"}, now=NOW + 5 * EVERY))
    assert [n.key for n in calm[:-1]] == [n.key for n in found]
    assert (calm[-1].kind, calm[-1].thread, calm[-1].unstable) == (NoticeKind.RECOVERY, found[-1].key, True)
    assert calm[-1].ended == NOW - EVERY


def test_a_new_outage_after_a_calm_time_is_news() -> None:
    assert outages(seen({"model": "ud" + "u" * 7 + "d"})) == [
        ("outage", "model"),
        ("recovery", "model"),
        ("outage", "model"),
    ]


def test_what_was_over_a_week_ago_is_no_news() -> None:
    old = world.everyday()

    assert {n.kind for n in notices(old)} == {NoticeKind.MAINTENANCE_ANNOUNCED}
    assert all(n.at > world.NOW - 7 * DAY for n in notices(old))


# --- one word for one root cause -----------------------------------------------------------------


def test_a_dependency_that_takes_others_down_is_one_notice_that_names_them() -> None:
    many = TEXT + "".join(
        f"  - {{name: Part {n}, url: https://p{n}.example/, depends_on: [Engine]}}\n" for n in range(5)
    )
    lines = {"chat": "udd", "engine": "udd", "model": "udd", **{f"part-{n}": "udd" for n in range(5)}}
    (root,) = told(seen(lines, text=many))

    assert root.subject == "model"
    assert root.components == ("model", "chat", "engine", *(f"part-{n}" for n in range(5)))
    quiet = {n.subject: n.quiet for n in notices(seen(lines, text=many)) if n.quiet}
    assert quiet["engine"] == "it follows from model"
    over = {id_: line + "u" for id_, line in lines.items()}
    assert outages(seen(over, text=many, now=NOW + EVERY)) == [("outage", "model"), ("recovery", "model")]


def test_what_fails_a_round_before_its_cause_is_told_and_then_folded() -> None:
    """Its key stays, so that those who were told of it are told of its end."""
    before = seen({"engine": "ud"})
    assert outages(before) == [("outage", "engine")]
    after = seen({"engine": "udd", "model": "uud"}, now=NOW + EVERY)
    assert outages(after) == [("outage", "engine"), ("outage", "model")]


def test_what_stays_down_after_its_cause_is_mended_is_told_by_itself() -> None:
    soon = seen({"engine": "udddd", "model": "udduu"})
    assert outages(soon) == [("outage", "model"), ("recovery", "model")], "it may take a moment"
    later = seen({"engine": "uddddd", "model": "udduuu"}, now=NOW + EVERY)
    assert ("outage", "engine") in outages(later)
    (engine,) = [n for n in told(later) if n.subject == "engine"]
    assert engine.at == NOW - EVERY


def test_what_merely_slows_explains_no_outage() -> None:
    assert outages(seen({"engine": "ud", "cache": "ud"})) == [("outage", "cache"), ("outage", "engine")]
    assert outages(seen({"engine": "ug", "cache": "ud"})) == [("outage", "cache")]


def test_a_component_that_is_not_on_the_page_is_for_operators() -> None:
    shot = seen({"vault": "udd"}, text=HIDDEN)
    (found,) = told(shot)

    assert (found.subject, found.audience) == ("vault", Audience.OPERATORS)
    assert shot.component("vault") is None
    site = build(shot, (html, *OUTPUTS))
    assert not [path for path, content in site.items() if b"ault.example" in content or b"Vault" in content]


def test_what_needs_a_hidden_part_is_told_to_the_public_once() -> None:
    text = HIDDEN + "".join(
        f"  - {{name: Part {n}, url: https://p{n}.example/, depends_on: [Vault]}}\n" for n in range(3)
    )
    lines = {"vault": "udd", **{f"part-{n}": "udd" for n in range(3)}}
    found = {(n.subject, n.audience) for n in told(seen(lines, text=text))}

    assert found == {("vault", Audience.OPERATORS), ("part-0", Audience.PUBLIC)}
    (public,) = [n for n in told(seen(lines, text=text)) if n.audience is Audience.PUBLIC]
    assert public.components == ("part-0", "part-1", "part-2")


# --- where somebody has the word -------------------------------------------------------------------


def test_an_incident_is_the_word_for_the_public_and_operators_hear_of_the_outage() -> None:
    known = incident(update(1, "investigating", NOW - HOUR))
    (found,) = told(seen({"model": "udd"}, incidents=[known]), NoticeKind.OUTAGE)

    assert found.audience is Audience.OPERATORS


def test_an_outage_that_outlasts_its_incident_is_told_to_the_public() -> None:
    known = incident(update(1, "investigating", NOW - HOUR), update(2, "resolved", NOW - 9 * MINUTE))
    shot = seen({"model": "u" + "d" * 6}, incidents=[known])
    assert [n.audience for n in told(shot, NoticeKind.OUTAGE)] == [Audience.OPERATORS]
    shot = seen({"model": "u" + "d" * 7}, incidents=[known], now=NOW + EVERY)
    (found,) = told(shot, NoticeKind.OUTAGE)
    assert (found.audience, found.at) == (Audience.PUBLIC, NOW - 9 * MINUTE)


def test_planned_work_is_no_outage_until_it_lasts_too_long() -> None:
    work = maintenance(
        update(1, "scheduled", NOW - DAY), start=NOW - HOUR, end=NOW, status=MaintenanceStatus.IN_PROGRESS
    )
    quiet = [n for n in notices(seen({"model": "uddd"}, works=[work])) if n.kind is NoticeKind.OUTAGE]
    assert [n.quiet for n in quiet] == ["it is under maintenance"]
    done = replace(work, status=MaintenanceStatus.COMPLETED)
    (found,) = told(
        seen({"model": "uddddd"}, works=[done], now=NOW + 2 * EVERY, after=MINUTE), NoticeKind.OUTAGE
    )
    assert (found.at, found.key) == (NOW, quiet[0].key)


def test_a_false_alarm_is_taken_back_and_not_told_any_more() -> None:
    correction = Correction(
        id="false-alarm",
        components=("model",),
        start=NOW - HOUR,
        end=NOW + HOUR,
        state=State.OPERATIONAL,
        author="ops",
        reason="our firewall",
        created=NOW - MINUTE,
    )
    before = told(seen({"model": "uddd"}))
    found = [n for n in notices(seen({"model": "uddd"}, corrections=[correction])) if n.subject == "model"]
    found = [n for n in found if n.kind is not NoticeKind.REMINDER]
    assert [(n.key, bool(n.quiet)) for n in found] == [
        (before[0].key, True),
        (before[0].key.replace("outage", "recovery", 1), True),
    ]
    assert (found[1].ended, found[1].at) == (None, NOW - MINUTE)


def test_what_a_manual_component_is_declared_to_be_is_told_by_its_incident_alone() -> None:
    known = incident(update(1, "investigating", NOW - HOUR), names={"desk": State.MAJOR})
    known = replace(
        known,
        updates=(replace(known.updates[0], components={"desk": State.MAJOR}),),
    )

    assert [n.kind for n in told(seen({"model": "uu"}, incidents=[known]))] == [NoticeKind.INCIDENT]


# --- what people wrote -------------------------------------------------------------------------------


def test_an_incident_is_told_when_it_opens_at_each_update_and_when_it_is_over() -> None:
    known = incident(
        update(1, "investigating", NOW - HOUR),
        update(2, "identified", NOW - 50 * MINUTE),
        update(3, "resolved", NOW - 40 * MINUTE),
        update(4, "postmortem", NOW - 30 * MINUTE),
    )
    found = told(seen({}, incidents=[known]))

    assert [(n.kind.value, n.key, n.number) for n in found] == [
        ("incident", "update/no-answers/1", 1),
        ("update", "update/no-answers/2", 2),
        ("resolved", "update/no-answers/3", 3),
        ("update", "update/no-answers/4", 4),
    ]
    assert {n.thread for n in found} == {"incident/no-answers"}
    assert {n.impact for n in found} == {State.MAJOR}
    assert all(n.components == ("model",) for n in found)


def test_updates_that_a_run_sees_together_are_told_together() -> None:
    seen_at = NOW - HOUR
    known = incident(
        update(1, "investigating", seen_at, seen_at - 20 * MINUTE),
        update(2, "identified", seen_at, seen_at - 10 * MINUTE),
    )
    (found,) = told(seen({}, incidents=[known]))
    assert (found.kind, found.number, found.folded) == (NoticeKind.INCIDENT, 2, (1,))
    known = incident(*reversed(known.updates), update(3, "resolved", seen_at))
    assert [(n.kind, n.folded) for n in told(seen({}, incidents=[known]))] == [(NoticeKind.RESOLVED, (1, 2))]


def test_an_incident_that_opens_again_is_over_again() -> None:
    words = ["investigating", "resolved", "investigating", "resolved", "resolved"]
    known = incident(*(update(n, word, NOW - (60 - n) * MINUTE) for n, word in enumerate(words, 1)))

    assert [n.kind.value for n in told(seen({}, incidents=[known]))] == [
        "incident",
        "resolved",
        "update",
        "resolved",
        "update",
    ]


def test_what_was_over_before_anybody_wrote_it_down_is_told_by_its_own_dates() -> None:
    """An import of old incidents is no news."""
    old = incident(
        update(1, "investigating", NOW, NOW - 400 * DAY), update(2, "resolved", NOW, NOW - 399 * DAY)
    )
    assert told(seen({}, incidents=[old])) == []
    short = incident(update(1, "investigating", NOW, NOW - 2 * HOUR), update(2, "resolved", NOW, NOW - HOUR))
    assert [n.at for n in told(seen({}, incidents=[short]))] == [NOW - HOUR]


def test_maintenance_is_announced_begins_and_ends_by_the_clock() -> None:
    plan = update(1, "scheduled", NOW - DAY)
    for at, status, kinds in (
        (NOW + HOUR, MaintenanceStatus.SCHEDULED, ["maintenance_announced"]),
        (NOW - MINUTE, MaintenanceStatus.IN_PROGRESS, ["maintenance_announced", "maintenance_started"]),
        (
            NOW - 3 * HOUR,
            MaintenanceStatus.COMPLETED,
            ["maintenance_announced", "maintenance_started", "maintenance_ended"],
        ),
    ):
        work = maintenance(plan, start=at, end=at + HOUR, status=status)
        found = told(seen({}, works=[work]))
        assert [n.kind.value for n in found] == kinds
        assert {n.thread for n in found} == {"maintenance/move"}
        assert found[0].key == "update/move/1"


def test_the_operator_s_own_word_takes_the_place_of_the_clock_s() -> None:
    work = maintenance(
        update(1, "scheduled", NOW - DAY),
        update(2, "in_progress", NOW - 50 * MINUTE),
        update(3, "in_progress", NOW - 40 * MINUTE),
        update(4, "verifying", NOW - 30 * MINUTE),
        update(5, "completed", NOW - 20 * MINUTE),
        start=NOW - HOUR,
        end=NOW - 10 * MINUTE,
        status=MaintenanceStatus.COMPLETED,
    )
    found = told(seen({}, works=[work]))

    assert [(n.kind.value, n.key) for n in found] == [
        ("maintenance_announced", "update/move/1"),
        ("maintenance_started", "update/move/2"),
        ("update", "update/move/3"),
        ("update", "update/move/4"),
        ("maintenance_ended", "update/move/5"),
    ]
    assert sum(bool(n.quiet) for n in notices(seen({}, works=[work]))) == 2


def test_work_that_is_called_off_is_an_update_and_never_begins() -> None:
    work = maintenance(
        update(1, "scheduled", NOW - DAY),
        update(2, "cancelled", NOW - 2 * HOUR),
        start=NOW - HOUR,
        end=NOW,
        status=MaintenanceStatus.CANCELLED,
    )

    assert [n.kind.value for n in notices(seen({}, works=[work]))] == ["maintenance_announced", "update"]


def test_another_window_is_announced_again() -> None:
    work = maintenance(
        update(1, "scheduled", NOW - 2 * DAY),
        start=NOW + 3 * DAY,
        end=NOW + 3 * DAY + HOUR,
        status=MaintenanceStatus.SCHEDULED,
        moved=(NOW - HOUR,),
    )
    first, second = told(seen({}, works=[work]))

    assert (second.kind, second.at) == (NoticeKind.MAINTENANCE_ANNOUNCED, NOW - HOUR)
    assert first.key != second.key == f"moved/move/{NOW + 3 * DAY:%Y%m%dT%H%M%SZ}"


def test_work_written_down_after_it_was_done_is_not_told_as_beginning() -> None:
    work = maintenance(
        update(1, "scheduled", NOW, NOW - DAY),
        start=NOW - 3 * HOUR,
        end=NOW - 2 * HOUR,
        status=MaintenanceStatus.COMPLETED,
    )
    kinds = [n.kind for n in told(seen({}, works=[work]))]

    assert kinds == [NoticeKind.MAINTENANCE_ANNOUNCED]


def test_a_word_about_all_windows_is_told_once() -> None:
    plan = update(1, "scheduled", NOW - 2 * DAY)
    first, second = (
        maintenance(
            plan, start=start, end=start + HOUR, status=MaintenanceStatus.COMPLETED, id=id_, created=NOW - DAY
        )
        for id_, start in (("move", NOW - 8 * HOUR), ("move.2026-11-22", NOW - 4 * HOUR))
    )
    found = told(seen({}, works=[second, first]))

    assert [n.key for n in found if n.kind is NoticeKind.MAINTENANCE_ANNOUNCED] == ["update/move/1"]
    assert len({n.key for n in found}) == 5


# --- reminders -----------------------------------------------------------------------------------------


def reminded(shot: Snapshot) -> list[tuple[str, str]]:
    found = told(shot, NoticeKind.REMINDER)
    assert all(n.audience is Audience.OPERATORS and n.what and n.mend for n in found)
    assert all(n.key == f"{n.thread}/{shot.now:%Y-%m-%d}" for n in found)
    return [(n.code, n.subject) for n in found]


def test_operators_are_reminded_of_what_they_owe() -> None:
    late = incident(update(1, "investigating", NOW - 3 * HOUR), next_update=NOW - HOUR)
    assert reminded(seen({"model": "u" * 20}, incidents=[late])) == [
        ("end", "no-answers"),
        ("update", "no-answers"),
    ]
    assert reminded(seen({"engine": "uddd"})) == [("incident", "engine")]
    action = Action(text="Rehearse", done=False, owner="ops", due=date(2026, 11, 1))
    done = incident(
        update(1, "investigating", NOW - 3 * HOUR), update(2, "resolved", NOW - HOUR), actions=(action,)
    )
    assert reminded(seen({"model": "u" * 20}, incidents=[done])) == [("action", "no-answers")]


def test_a_reminder_is_the_same_all_day_and_another_one_the_next() -> None:
    late = incident(update(1, "investigating", NOW - 3 * HOUR), next_update=NOW - HOUR)
    keys = [
        {n.key for n in told(seen({"model": "d" * 3}, incidents=[late], now=at), NoticeKind.REMINDER)}
        for at in (NOW, NOW + 5 * MINUTE, NOW + 9 * HOUR, NOW + 10 * HOUR)
    ]

    assert keys[0] == keys[1] == keys[2]
    assert not keys[2] & keys[3]


def test_the_day_is_that_of_the_page() -> None:
    shot = seen(
        {"engine": "uddd"}, text=TEXT.replace("since: 2026", "since: 2026, timezone: Pacific/Auckland")
    )
    (found,) = told(shot, NoticeKind.REMINDER)

    assert found.key.endswith("/2026-11-23")
    assert found.at == NOW - 2 * EVERY


@pytest.mark.parametrize("code", ["tls.expiring", "domain.expired"])
def test_what_runs_out_is_named_each_day(code: str) -> None:
    shot = seen({"model": "ug"})
    ending = tuple(
        replace(c, code=code, measures={"days_left": 12.0}) if c.id == "model" else c for c in shot.components
    )
    assert ("expiry", "model") in reminded(replace(shot, components=ending))
    (found,) = [n for n in notices(replace(shot, components=ending)) if n.code == "expiry"]
    assert found.what == "the certificate or the domain of Model runs out: 12 days left"
    assert found.at == NOW.replace(hour=0)


@pytest.mark.parametrize(("left", "named"), [(7.0, True), (8.0, False)])
def test_what_runs_out_in_a_week_is_named_though_something_else_fails(left: float, named: bool) -> None:
    shot = seen({"model": "uu"})
    ending = tuple(replace(c, measures={"days_left": left}) for c in shot.components[:1])

    assert (("expiry", "chat") in reminded(replace(shot, components=ending))) is named


@pytest.mark.parametrize(
    ("line", "rate"),
    [
        ("u" * 12 + "d" * 4, "14.4"),  # the last quarter of an hour and more than 14.4 x 0.5 % of the hour
        ("u" * 60 + "d" * 3 + "u" * 5, "6"),  # 3 of 6 h x 12 checks are more than 3 %
        ("u" * 800 + "d" * 5 + "u" * 20, "1"),
        ("u" * 800 + "d" * 3 + "u" * 60, ""),
        ("u" * 70 + "d" * 2 + "u" * 80, ""),  # long ago: the short window is calm
    ],
)
def test_a_budget_that_burns_is_told_by_how_fast(line: str, rate: str) -> None:
    found = [n for n in notices(seen({"model": line})) if n.code == "burning"]

    told_of = [f"Model spends its error budget more than {rate} times as fast as it may"] if rate else []
    assert [n.what for n in found] == told_of


def test_nothing_burns_where_nothing_is_measured() -> None:
    assert [n for n in notices(seen({"model": "u"}, after=4 * DAY)) if n.code == "burning"] == []


def test_maintenance_is_named_the_day_before_in_the_page_s_zone() -> None:
    tomorrow = maintenance(
        update(1, "scheduled", NOW - 10 * DAY),
        start=NOW + 10 * HOUR,
        end=NOW + 11 * HOUR,
        status=MaintenanceStatus.SCHEDULED,
    )
    weekly = replace(
        tomorrow, start=NOW - DAY, end=NOW - DAY, status=MaintenanceStatus.COMPLETED, later=(tomorrow,)
    )
    today = replace(tomorrow, start=NOW + 9 * HOUR)

    assert reminded(seen({}, works=[tomorrow])) == [("tomorrow", "move")]
    assert reminded(seen({}, works=[weekly])) == [("tomorrow", "move")]
    assert reminded(seen({}, works=[today])) == []


# --- for all of them ---------------------------------------------------------------------------------

LINES = st.fixed_dictionaries(
    {id_: st.text("uuudg ", min_size=30, max_size=30) for id_ in ("chat", "engine", "model", "cache")}
)


@settings(max_examples=40, deadline=None)
@example(lines={"chat": "u" * 30, "engine": "u" * 30, "model": "u" * 30, "cache": "d" * 26 + "  dd"}, cut=28)
@given(LINES, st.integers(5, 29))
def test_what_was_found_once_is_found_for_ever_by_the_same_key(lines: dict[str, str], cut: int) -> None:
    begun = NOW - 29 * EVERY
    early = seen({id_: line[:cut] for id_, line in lines.items()}, now=begun + (cut - 1) * EVERY)
    late = seen(lines)
    before, after = notices(early), {n.key: n for n in notices(late)}

    assert len({n.key for n in before}) == len(before)
    assert len(after) == len(notices(late))
    for notice in before:
        if notice.kind is not NoticeKind.REMINDER:
            assert after[notice.key].thread == notice.thread
            assert after[notice.key].kind is notice.kind


@settings(max_examples=40, deadline=None)
@given(LINES)
def test_every_trouble_is_told_by_something(lines: dict[str, str]) -> None:
    """A component in trouble now is in the words of a notice that is told."""
    shot = seen(lines)
    named = {id_ for n in told(shot, NoticeKind.OUTAGE) for id_ in n.components}
    failing = {c.id for c in shot.components if c.state.severity > State.MAINTENANCE.severity}

    assert failing <= named


def test_twenty_snapshots_without_change_have_the_same_keys() -> None:
    known = incident(update(1, "investigating", NOW - HOUR))
    keys = {
        tuple(
            n.key
            for n in notices(seen({"model": "uddd"}, incidents=[known], after=n * timedelta(seconds=20)))
        )
        for n in range(20)
    }

    assert len(keys) == 1


def test_ten_thousand_outages_are_looked_through_in_a_moment() -> None:
    shot = world.many(50, 1000)
    failures = [
        world.failing(f"{world.NOW - n * HOUR:%Y-%m-%d %H:%M}", 10 * MINUTE, State.MAJOR, "http.503")
        for n in range(1, 200)
    ]
    busy = world.component("busy", "Busy", failures=failures)
    many = tuple(replace(busy, id=f"busy-{n}") for n in range(50))
    assert len(notices(replace(shot, components=many))) > 10_000  # the time limit of a test is the assertion
