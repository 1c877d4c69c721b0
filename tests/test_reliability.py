"""The figures of a report: each one computed a second time, plainly, or taken from a published table."""

import statistics
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
import snapshots as given
from hypothesis import given as holds
from hypothesis import strategies as st
from snapshots import WEIGHTS, at

from statuspage.analytics import course, overlapping
from statuspage.causes import CODES
from statuspage.config import load
from statuspage.declared import Told
from statuspage.intervals import Interval, seconds
from statuspage.model import (
    Account,
    CauseClass,
    History,
    Impact,
    Incident,
    Maintenance,
    MaintenanceStatus,
    Objective,
    Outage,
    Round,
    Sample,
    Snapshot,
    Span,
    State,
    Verdict,
    by_component,
)
from statuspage.reliability import (
    Kind,
    Report,
    first_day,
    losses,
    parse,
    period,
    previous,
    recent_reports,
    report,
    same_part,
    shares,
    spread,
)
from statuspage.reliability.losses import by_hour, troubled
from statuspage.reliability.records import Record, record
from statuspage.reliability.times import between
from statuspage.snapshot import snapshot
from statuspage.uptime import uptime

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 10, 23, tzinfo=UTC)  # Europe's clocks go back two days later
NOW = at("2026-11-22 14:42")
NOVEMBER = period(Kind.MONTH, date(2026, 11, 1), "Etc/UTC", NOW)
SEPTEMBER = period(Kind.MONTH, date(2026, 9, 1), "Etc/UTC", NOW)
NINES = Objective(Decimal("99.9"), "30d")


# --- periods -----------------------------------------------------------------------------------


def test_a_month_is_civil_and_ends_at_now_while_it_runs() -> None:
    assert NOVEMBER.window == Interval(at("2026-11-01 00:00"), NOW)
    assert NOVEMBER.running
    assert NOVEMBER.key == "2026-11"
    assert not SEPTEMBER.running
    assert SEPTEMBER.window.seconds == 30 * 86400


@pytest.mark.parametrize(
    ("month", "hours"),
    [(3, 31 * 24 - 1), (6, 30 * 24), (10, 31 * 24 + 1)],
)
def test_a_month_has_an_hour_more_or_less_when_the_clocks_change(month: int, hours: int) -> None:
    one = period(Kind.MONTH, date(2026, month, 1), "Europe/Paris", NOW)

    assert one.window.end - one.window.start == hours * HOUR


@holds(
    st.dates(date(1990, 1, 2), date(2100, 1, 1)),
    st.sampled_from(Kind),
    st.sampled_from(["Etc/UTC", "Asia/Tokyo"]),
)
def test_periods_follow_each_other_without_a_gap(day: date, kind: Kind, zone: str) -> None:
    first = first_day(kind, day)
    one = period(kind, first, zone, at("2200-01-01 00:00"))

    assert previous(one).window.end == one.window.start
    assert one.window.start.astimezone(ZoneInfo(zone)).date() == first <= day
    assert day < one.window.end.astimezone(ZoneInfo(zone)).date()
    assert parse(kind, one.key) == first


def test_a_running_month_is_compared_with_as_much_of_the_one_before() -> None:
    assert same_part(NOVEMBER).window == Interval(at("2026-10-01 00:00"), at("2026-10-22 14:42"))
    assert same_part(SEPTEMBER).window == previous(SEPTEMBER).window


def test_the_end_of_a_long_month_is_compared_with_all_of_a_short_one() -> None:
    march = period(Kind.MONTH, date(2026, 3, 1), "Etc/UTC", at("2026-03-30 12:00"))

    assert same_part(march).window == previous(march).window


def test_a_month_ahead_is_empty() -> None:
    ahead = period(Kind.MONTH, date(2027, 2, 1), "Etc/UTC", NOW)

    assert ahead.window.seconds == 0
    assert ahead.running


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "9999-12", "1970-01"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse(Kind.MONTH, text)


@pytest.mark.parametrize("text", ["2026-Q0", "2026-Q5", "2026-4", "Q4", "2026-q4", "9999-Q4"])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse(Kind.QUARTER, text)


# --- what was lost -----------------------------------------------------------------------------

STATES = [State.OPERATIONAL, State.DEGRADED, State.PARTIAL, State.MAJOR]
FOUND = ["", "http.503", "dns.nxdomain", "tcp.timeout", "no.such.code"]


@st.composite
def lines(draw: st.DrawFn, most: int = 12) -> tuple[Span, ...]:
    """Sorted, disjoint spans of whole minutes, some with gaps between them."""
    found: list[Span] = []
    at_minute = draw(st.integers(0, 500))
    for _ in range(draw(st.integers(0, most))):
        at_minute += draw(st.sampled_from([0, 0, 5, 700]))
        length = draw(st.integers(1, 900))
        state = draw(st.sampled_from(STATES))
        code = draw(st.sampled_from(FOUND)) if state is not State.OPERATIONAL else ""
        found.append(Span(START + at_minute * MINUTE, START + (at_minute + length) * MINUTE, state, code))
        at_minute += length
    return tuple(found)


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    begin = draw(st.integers(0, 6000))
    return Interval(START + begin * MINUTE, START + (begin + draw(st.integers(1, 3000))) * MINUTE)


def recorded(account: Account, component: str = "api", now: datetime = START + 30 * DAY) -> Record:
    return record(component, account, WEIGHTS, now)


def incident_of(id: str, window: Interval, cause: CauseClass, component: str = "api") -> Incident:
    return replace(
        given.SLOWER,
        id=id,
        started=window.start,
        resolved=window.end,
        worst={component: State.MAJOR},
        cause_class=cause,
    )


@st.composite
def incident_lists(draw: st.DrawFn) -> list[Incident]:
    windows = draw(st.lists(intervals(), max_size=4))
    return [incident_of(f"i{n}", one, draw(st.sampled_from(CauseClass))) for n, one in enumerate(windows)]


@holds(lines(), lines(4), intervals(), incident_lists(), st.lists(intervals(), max_size=3))
def test_what_was_lost_adds_up_to_the_down_time_of_the_uptime(
    line: tuple[Span, ...],
    needed: tuple[Span, ...],
    window: Interval,
    incidents: list[Incident],
    work: list[Interval],
) -> None:
    account = Account(measured=line, excluded=tuple(work), gap=10 * MINUTE)
    trouble = troubled([recorded(Account(measured=needed))], window)
    pieces = losses(recorded(account), window, WEIGHTS, incidents, trouble, START + 30 * DAY)
    whole = uptime(line, window, work, WEIGHTS).weighted_down

    assert sum(piece.weighted for piece in pieces) == whole
    for parts in (
        shares(pieces, lambda loss: loss.cause_class),
        shares(pieces, lambda loss: loss.incident),
        by_hour(pieces, "Europe/Paris"),
    ):
        assert sum(parts.values()) == whole
    assert all(piece.start < piece.end for piece in pieces)
    assert [piece.start for piece in pieces] == sorted(piece.start for piece in pieces)


@holds(lines(), lines(6))
def test_the_share_of_dependencies_is_that_of_the_minutes_in_which_both_are_in_trouble(
    line: tuple[Span, ...], needed: tuple[Span, ...]
) -> None:
    window = Interval(START, START + 9 * DAY)
    trouble = troubled([recorded(Account(measured=needed))], window)
    pieces = losses(recorded(Account(measured=line)), window, WEIGHTS, [], trouble, START + 30 * DAY)

    def state(spans: Sequence[Span], minute: datetime) -> State:
        return next((s.state for s in spans if s.start <= minute < s.end), State.UNKNOWN)

    plain = 0
    for n in range(9 * 24 * 60):
        minute = START + n * MINUTE
        if state(needed, minute).severity > State.MAINTENANCE.severity:
            plain += 60 * WEIGHTS.get(state(line, minute), 0)
    assert sum(piece.weighted for piece in pieces if piece.dependency) == plain


@pytest.mark.parametrize(
    "zone", ["Etc/UTC", "Europe/Paris", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"]
)
@holds(intervals())
def test_hours_of_the_week_are_those_of_the_wall_clock(zone: str, window: Interval) -> None:
    line = (Span(window.start, window.end, State.MAJOR),)
    pieces = losses(recorded(Account(measured=line)), window, WEIGHTS, [], [], START + 30 * DAY)
    plain: dict[tuple[int, int], int] = {}
    for n in range(window.seconds // 60):
        local = (window.start + n * MINUTE).astimezone(ZoneInfo(zone))
        key = (local.weekday(), local.hour)
        plain[key] = plain.get(key, 0) + 6000

    assert by_hour(pieces, zone) == plain


def test_lord_howe_s_half_hour_is_counted_where_the_clock_shows_it() -> None:
    change = at("2026-10-03 15:30")  # 02:00 becomes 02:30
    line = (Span(change - HOUR, change + HOUR, State.MAJOR),)
    window = Interval(change - HOUR, change + HOUR)
    pieces = losses(recorded(Account(measured=line)), window, WEIGHTS, [], [], NOW)

    assert {hour: length // 6000 for hour, length in by_hour(pieces, "Australia/Lord_Howe").items()} == {
        (6, 1): 60,
        (6, 2): 30,
        (6, 3): 30,
    }


def test_an_outage_belongs_to_the_incident_that_overlaps_it_longest_as_a_whole() -> None:
    line = (Span(START, START + 3 * HOUR, State.MAJOR, "tcp.timeout"),)
    early = incident_of("early", Interval(START - HOUR, START + HOUR / 2), CauseClass.SOFTWARE)
    late = incident_of("late", Interval(START + HOUR, START + 3 * HOUR), CauseClass.EXTERNAL)
    other = incident_of("other", Interval(START, START + 3 * HOUR), CauseClass.OURS, component="web")
    window = Interval(START, START + DAY)

    def lost(*incidents: Incident) -> set[tuple[str, CauseClass]]:
        named = by_component(incidents).get("api", ())
        pieces = losses(recorded(Account(measured=line)), window, WEIGHTS, named, [], NOW)
        return {(piece.incident, piece.cause_class) for piece in pieces}

    assert lost(early, late, other) == {("late", CauseClass.EXTERNAL)}
    assert lost(other) == {("", CauseClass.NETWORK)}
    assert lost(replace(late, cause_class=CauseClass.UNKNOWN)) == {("late", CauseClass.NETWORK)}


def test_an_outage_that_people_added_is_lost_too() -> None:
    told = (Span(START, START + HOUR, State.PARTIAL),)
    window = Interval(START, START + DAY)
    pieces = losses(recorded(Account(told=told)), window, WEIGHTS, [], [], NOW)

    assert sum(piece.weighted for piece in pieces) == 3600 * 30
    assert {piece.cause_class for piece in pieces} == {CauseClass.UNKNOWN}
    assert troubled([recorded(Account(told=told))], window) == (Interval(START, START + HOUR),)


# --- times -------------------------------------------------------------------------------------


@holds(st.lists(st.integers(0, 10**7), min_size=1, max_size=30))
def test_the_middle_is_the_lower_median_of_the_standard_library(lengths: list[int]) -> None:
    known = [timedelta(seconds=n) for n in lengths]
    found, shortest = spread([None, *known]), spread(known, shortest=True)

    assert found
    assert shortest
    assert seconds(found.median) == statistics.median_low(lengths)
    assert (seconds(found.worst), seconds(shortest.worst)) == (max(lengths), min(lengths))
    assert found.count == len(lengths)


def test_no_length_has_no_middle() -> None:
    assert spread([None]) is None


def test_time_to_tell_is_counted_from_the_first_failing_check() -> None:
    began, seen = at("2026-11-10 09:00"), at("2026-11-10 09:05")
    outage = Outage(component="language-model", start=seen, end=None, state=State.MAJOR, code="", detail="")
    incident = replace(given.SLOWER, started=began)  # told of at 09:21, over at 10:00
    went, blind = course(incident, [outage]), course(incident, [])

    assert (went.to_detect, went.to_tell, went.to_repair) == (5 * MINUTE, 16 * MINUTE, HOUR)
    assert (blind.to_detect, blind.to_tell) == (None, 21 * MINUTE)
    early = replace(outage, start=at("2026-11-10 09:30"))
    assert course(incident, [early]).to_tell == timedelta()
    assert course(replace(incident, resolved=None), []).to_repair is None
    assert course(replace(incident, resolved=began), []).to_tell is None


def test_only_outages_of_its_components_that_overlap_belong_to_an_incident() -> None:
    incident = given.SLOWER  # 09:12 to 10:00

    def outage(start: str, end: str | None) -> Outage:
        return Outage(
            component="language-model",
            start=at(f"2026-11-10 {start}"),
            end=end and at(f"2026-11-10 {end}"),  # type: ignore[arg-type]
            state=State.MAJOR,
            code="",
            detail="",
        )

    inside, before, after = outage("09:00", "09:13"), outage("08:00", "09:12"), outage("10:00", None)

    assert overlapping(incident, {"language-model": [inside, before, after], "web": [inside]}) == [inside]


def test_between_two_failures_only_measured_time_counts() -> None:
    line = (
        Span(START, START + HOUR, State.MAJOR),
        Span(START + HOUR, START + 5 * HOUR, State.OPERATIONAL),
        Span(START + 7 * HOUR, START + 8 * HOUR, State.DEGRADED),
        Span(START + 8 * HOUR, START + 9 * HOUR, State.OPERATIONAL),
        Span(START + 9 * HOUR, START + 10 * HOUR, State.PARTIAL),
        Span(START + 10 * HOUR, START + 12 * HOUR, State.OPERATIONAL),
        Span(START + 12 * HOUR, START + 13 * HOUR, State.MAJOR),
    )
    account = Account(measured=line, gap=10 * MINUTE)
    api = recorded(account)

    assert [outage.start for outage in api.failures] == [START, START + 9 * HOUR, START + 12 * HOUR]
    assert between(api, Interval(START, START + DAY)) == [6 * HOUR, 2 * HOUR]
    assert between(api, Interval(START + 10 * HOUR, START + DAY)) == [2 * HOUR]


def test_an_outage_inside_announced_maintenance_is_no_failure() -> None:
    line = (
        Span(START, START + HOUR, State.MAJOR),
        Span(START + HOUR, START + 5 * HOUR, State.OPERATIONAL),
        Span(START + 5 * HOUR, START + 6 * HOUR, State.MAJOR),
    )
    work = Interval(START, START + 2 * HOUR)
    found = recorded(Account(measured=line, excluded=(work,), gap=10 * MINUTE))
    short = recorded(Account(measured=line, excluded=(Interval(START, START + HOUR / 2),), gap=10 * MINUTE))

    assert [outage.start for outage in found.failures] == [START + 5 * HOUR]
    assert [outage.start for outage in short.failures] == [START, START + 5 * HOUR]


# --- the whole ---------------------------------------------------------------------------------


def world(*failed: tuple[Interval, Span], objective: Objective | None = NINES, **more: object) -> Snapshot:
    return given.snapshot(
        [
            given.component("api", "API", failures=failed, objective=objective, **more),  # type: ignore[arg-type]
            given.component("web", "Web", depends_on=("api",)),
        ]
    )


@pytest.mark.parametrize(
    ("availability", "of_a_month"),
    # Google, Site Reliability Engineering, appendix A: allowed unavailability in 30 days.
    [("90", 3 * DAY), ("99", 7.2 * HOUR), ("99.9", 43.2 * MINUTE), ("99.99", 4.32 * MINUTE)],
)
def test_a_month_grants_what_the_published_table_says(availability: str, of_a_month: timedelta) -> None:
    told = report(world(objective=Objective(Decimal(availability), "30d")), SEPTEMBER)

    assert told.components[0].budget == Fraction(of_a_month / timedelta(milliseconds=1)) / 1000


def test_availability_and_budget_of_a_month_by_hand() -> None:
    half_an_hour = given.failing("2026-09-10 10:00", 30 * MINUTE, State.MAJOR, "http.503")
    told = report(world(half_an_hour), SEPTEMBER)
    api, web = told.components

    assert api.share == 1 - Fraction(1800, 30 * 86400)
    assert (api.met, api.spent, api.used) == (True, Fraction(1800), Fraction(1800, 2592))
    assert (web.share, web.met, web.used, web.budget) == (Fraction(1), None, None, None)
    assert told.share == 1 - Fraction(1800, 2 * 30 * 86400)
    assert (told.met, told.failures, told.lost) == ((1, 1), 1, 180000)
    assert told.by_class == {CODES["http.503"].cause_class: 180000}
    assert told.by_component == {"api": 180000}
    assert told.by_hour == {(3, 10): 180000}  # a Thursday
    assert told.from_dependencies == 0


def test_an_objective_is_missed_once_the_budget_is_used_up() -> None:
    told = report(world(given.failing("2026-09-10 10:00", HOUR, State.MAJOR, "http.503")), SEPTEMBER)

    assert told.components[0].met is False
    assert told.components[0].used == Fraction(3600, 2592)
    assert told.met == (0, 1)


def test_down_time_of_a_dependency_is_told() -> None:
    both = given.failing("2026-09-10 10:00", HOUR, State.MAJOR, "http.503")
    known = world(both)
    web = given.component(
        "web",
        "Web",
        depends_on=("api",),
        failures=[given.failing("2026-09-10 10:30", HOUR, State.MAJOR, "http.503")],
    )
    hard = report(replace(known, components=(known.components[0], web)), SEPTEMBER)
    soft = report(replace(known, components=(known.components[0], replace(web, soft=("api",)))), SEPTEMBER)

    assert hard.from_dependencies == Fraction(1, 4)
    assert soft.from_dependencies == 0


@pytest.mark.parametrize(("days", "enough"), [(9, False), (14, False), (15, True)])
def test_too_little_history_gives_no_number(days: int, enough: bool) -> None:
    told = report(world(begun=at("2026-10-01 00:00") - days * DAY), SEPTEMBER).components[0]

    assert told.enough is enough
    assert (told.share is not None, told.met is not None, told.used is not None, told.budget is not None) == (
        (enough,) * 4
    )
    assert told.figure.measured == days * 86400


def test_a_component_that_is_too_young_is_left_out_of_the_whole() -> None:
    known = world(given.failing("2026-09-29 10:00", HOUR, State.MAJOR), begun=at("2026-09-28 00:00"))
    told = report(known, SEPTEMBER)

    assert told.share == 1
    assert told.lost == 360000


def test_the_first_hours_of_a_month_give_no_number() -> None:
    december = replace(NOVEMBER, window=Interval(at("2026-11-01 00:00"), at("2026-11-01 20:00")))

    assert report(world(), december).share is None


def test_incidents_and_their_times_are_those_that_began_in_the_period() -> None:
    model = given.component("language-model", "Language model")
    known = given.snapshot([model], incidents=[given.SLOW_EUROPE, given.SLOWER, given.NO_ANSWERS])
    november, september = report(known, NOVEMBER), report(known, SEPTEMBER)

    assert [one.id for one in november.incidents] == [given.SLOW_EUROPE.id, given.SLOWER.id]
    assert (november.times.unseen, november.times.untold, november.times.open) == (2, 0, 1)
    assert november.times.detect is None
    assert november.times.tell
    assert november.times.tell.worst == 9 * MINUTE
    assert november.times.repair
    assert november.times.repair.worst == 48 * MINUTE
    assert september.times.repair
    assert september.times.repair.median == 136 * MINUTE


def test_an_incident_without_impact_has_no_times() -> None:
    notice = replace(given.SLOWER, impact=Impact.NONE)
    told = report(given.snapshot([], incidents=[notice]), NOVEMBER)

    assert told.incidents == (notice,)
    assert (told.times.incidents, told.times.repair, told.times.unseen) == (0, None, 0)


def test_checks_detect_what_people_tell_of() -> None:
    failing = given.failing("2026-11-10 09:02", HOUR, State.MAJOR, "http.503")
    model = given.component("language-model", "Language model", failures=[failing])
    told = report(given.snapshot([model], incidents=[given.SLOWER]), NOVEMBER)

    assert told.times.detect
    assert told.times.detect.median == timedelta()
    assert told.times.tell
    assert told.times.tell.median == 19 * MINUTE
    assert told.times.repair
    assert told.times.repair.median == 58 * MINUTE
    assert told.components[0].losses[0].incident == given.SLOWER.id


def work(id: str, start: str, hours: int, status: MaintenanceStatus, done: str = "") -> Maintenance:
    begin = at(start)
    updates = (given.update(2, "completed", done, "Done."),) if done else ()
    return replace(
        given.REINDEXING,
        id=id,
        start=begin,
        end=begin + hours * HOUR,
        status=status,
        updates=(*updates, given.update(1, "scheduled", "2026-10-01 08:00", "Soon.")),
    )


def test_maintenance_is_kept_overrun_or_cancelled() -> None:
    over, going = MaintenanceStatus.COMPLETED, MaintenanceStatus.IN_PROGRESS
    known = given.snapshot(
        [],
        maintenances=[
            work("kept", "2026-11-02 02:00", 2, over, "2026-11-02 03:30"),
            work("quiet", "2026-11-03 02:00", 2, over),
            work("late", "2026-11-04 02:00", 2, over, "2026-11-04 05:10"),
            work("endless", "2026-11-22 10:42", 2, going),
            work("running", "2026-11-22 13:42", 2, going),
            work("dropped", "2026-11-05 02:00", 2, MaintenanceStatus.CANCELLED),
            work("before", "2026-10-05 02:00", 2, over),
        ],
    )
    told = report(known, NOVEMBER).maintenances

    assert [one.id for one in told.kept] == ["kept", "quiet"]
    assert [(one.maintenance.id, one.by) for one in told.overrun] == [
        ("late", 70 * MINUTE),
        ("endless", 2 * HOUR),
    ]
    assert [one.id for one in told.running] == ["running"]
    assert told.cancelled == 1


def test_a_period_is_compared_with_the_one_before_where_anything_is_known_of_it() -> None:
    known = world(
        given.failing("2026-10-05 10:00", HOUR, State.MAJOR),
        given.failing("2026-10-30 10:00", HOUR, State.MAJOR),
    )
    november = report(known, NOVEMBER)

    assert november.before
    assert november.before.before is None
    assert november.before.lost == 360000  # that of the 30th is later in the month
    assert november.before.components[0].figure.measured == november.components[0].figure.measured
    young = given.snapshot([given.component("a", "A", begun=at("2026-11-03 00:00"))])
    assert report(young, NOVEMBER).before is None


def keys(reports: Sequence[Report]) -> list[str]:
    return [one.period.key for one in reports]


def test_a_page_has_thirteen_months_and_the_quarters_that_are_read_in_full() -> None:
    told = keys(recent_reports(given.snapshot([given.component("a", "A", begun=at("2020-01-01 00:00"))])))

    assert told[0] == "2026-11"
    assert told[12:] == ["2025-11", "2026-Q4", "2026-Q3", "2026-Q2", "2026-Q1"]
    assert len(told) == 17


def test_months_with_nothing_to_tell_are_left_out_but_the_running_one() -> None:
    assert keys(recent_reports(given.snapshot([]))) == ["2026-11"]
    old = given.snapshot(
        [given.component("a", "A", begun=at("2026-10-20 00:00"))], incidents=[given.NO_ANSWERS]
    )
    assert keys(recent_reports(old)) == ["2026-11", "2026-10", "2026-09", "2026-Q4", "2026-Q3"]


def test_the_snapshot_s_account_gives_the_uptime_that_the_page_shows() -> None:
    down = Sample(component="api", at=NOW - 3 * HOUR, verdict=Verdict.DOWN, code="http.503", every=HOUR)
    good = [replace(down, at=NOW - n * HOUR, verdict=Verdict.UP, code="") for n in (5, 4, 2, 1)]
    rounds = tuple(
        Round(id=f"r{n}", at=one.at, samples=(one,))
        for n, one in enumerate(sorted([down, *good], key=lambda one: one.at))
    )
    text = "page: {name: A, url: https://a.example}\ncomponents: [{name: API, type: http, url: https://a.example}]\n"
    config = load(text, "components.yaml", {})
    known = snapshot(config, config.page.as_model(2026), History(rounds=rounds), Told((), ()), NOW)
    api = known.components[0]
    told = report(known, replace(NOVEMBER, window=Interval(NOW - DAY, NOW)))

    assert told.components[0].figure == api.uptimes["24h"]
    assert told.lost == 360000
    assert api.account.gap == 2 * (config.components[0].every)
