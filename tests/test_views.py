import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
import snapshots as given
from hypothesis import given as examples
from hypothesis import strategies as st
from snapshots import DAY, HOUR, MINUTE, NOW, at, component, failing

from statuspage.i18n import language
from statuspage.intervals import Interval
from statuspage.model import ComponentStatus, GroupStatus, Impact, MaintenanceStatus, Snapshot, State
from statuspage.views import (
    ComponentPage,
    Context,
    charts,
    component_page,
    history_page,
    home,
    incident_page,
    labels,
    missing_page,
    sentence,
)
from statuspage.views.bars import Bar

GAP = Interval(NOW - 3 * HOUR, NOW)


def context(snapshot: Snapshot, root: str = "") -> Context:
    return Context.of(snapshot, language(snapshot.page.language, snapshot.page.timezone), root)


def in_state(id: str, state: State, **more: object) -> ComponentStatus:
    plain = component(id, id.capitalize())
    return replace(plain, state=state, **more)  # type: ignore[arg-type]  # tests give what fits


def head(components: Sequence[ComponentStatus], **more: object) -> str:
    return sentence(context(given.snapshot(components, **more)))  # type: ignore[arg-type]


# --- the sentence ------------------------------------------------------------------------------

UP, DOWN, PART, SLOW = State.OPERATIONAL, State.MAJOR, State.PARTIAL, State.DEGRADED
WORK, BLANK = State.MAINTENANCE, State.UNKNOWN


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((UP, UP, UP), "Everything works"),
        ((UP, DOWN, UP), "B is down"),
        ((UP, PART, UP), "B is partly down"),
        ((UP, SLOW, UP), "B is degraded"),
        ((DOWN, DOWN, UP), "2 components are down"),
        ((PART, PART, UP), "2 components are partly down"),
        ((SLOW, SLOW, UP), "2 components are degraded"),
        ((DOWN, SLOW, UP), "A is down, 1 more in trouble"),
        ((DOWN, DOWN, SLOW), "2 components are down, 1 more in trouble"),
        ((DOWN, DOWN, DOWN), "Everything is down"),
        ((PART, PART, PART), "Everything is partly down"),
        ((SLOW, SLOW, SLOW), "Everything is degraded"),
        ((DOWN, BLANK, WORK), "A is down"),
        ((UP, WORK, UP), "B is under maintenance"),
        ((UP, WORK, WORK), "2 components are under maintenance"),
        ((WORK, BLANK, UP), "A is under maintenance"),
        ((UP, BLANK, UP), "B is not measured"),
        ((BLANK, BLANK, UP), "2 components are not measured"),
        ((BLANK, BLANK, BLANK), "Nothing is measured at present"),
    ],
)
def test_the_sentence_names_the_worst(states: Sequence[State], said: str) -> None:
    assert head([in_state(key, state) for key, state in zip("abc", states, strict=True)]) == said


def test_what_merely_suffers_from_a_failed_dependency_is_no_news_of_its_own() -> None:
    said = "Language model is partly down. 1 other part is affected"
    assert sentence(context(given.trouble())) == said
    fallen = [in_state("a", DOWN), in_state("b", DOWN), suffering("c", SLOW, "a")]
    assert head([*fallen, in_state("d", UP)]) == "2 components are down. 1 other part is affected"


def suffering(id: str, state: State, *roots: str) -> ComponentStatus:
    return in_state(id, state, affected_by=roots, caused_by=roots)


def test_the_root_is_named_once_and_what_it_drags_along_is_counted() -> None:
    some = [in_state("a", DOWN), suffering("b", DOWN, "a"), in_state("d", UP)]

    assert head(some) == "A is down. 1 other part is affected"
    assert head([*some, suffering("c", SLOW, "a")]) == "A is down. 2 other parts are affected"
    assert head([*some, in_state("c", SLOW)]) == "A is down, 1 more in trouble. 1 other part is affected"


def test_when_everything_is_down_because_of_one_thing_that_is_said() -> None:
    chain = [in_state("a", DOWN), suffering("b", DOWN, "a"), suffering("c", DOWN, "a")]

    assert head(chain) == "Everything is down because of A"
    assert head([in_state("a", DOWN), in_state("b", DOWN)]) == "Everything is down"
    assert head([in_state("a", DOWN)]) == "A is down"


def test_what_is_worse_off_than_its_root_is_the_news() -> None:
    assert head([in_state("a", SLOW), suffering("b", DOWN, "a"), in_state("c", UP)]) == (
        "B is down, 1 more in trouble"
    )


def test_nothing_measured_is_never_said_to_work() -> None:
    assert sentence(context(given.empty())) == "Not measured yet"
    assert sentence(context(given.nothing())) == "Nothing is watched yet"


def test_an_open_incident_is_named_though_every_component_is_green() -> None:
    one = given.SLOW_EUROPE
    components = [in_state("a", UP)]

    assert head(components, incidents=(one,)) == "Open incident: Slow and missing answers in Europe"
    assert head(components, incidents=(one, replace(one, id="b"))) == "2 incidents are open"


def test_the_heads_colour_is_the_snapshots_state() -> None:
    assert home(context(given.everyday())).headline.state.css == "ok"
    assert home(context(given.trouble())).headline.state.css == "par"
    assert home(context(given.working())).headline.state.css == "mnt"
    assert home(context(given.empty())).headline.state.css == "unk"
    green = given.snapshot(
        [in_state("a", UP)], incidents=(replace(given.SLOW_EUROPE, impact=Impact.CRITICAL),)
    )
    assert home(context(green)).headline.state.css == "maj"


@examples(st.lists(st.sampled_from(list(State)), min_size=1, max_size=6))
def test_everything_works_is_said_only_when_everything_does(states: list[State]) -> None:
    said = head([in_state(f"c{n}", state) for n, state in enumerate(states)])

    assert (said == "Everything works") == (set(states) == {State.OPERATIONAL})


def test_what_keeps_the_page_from_knowing_is_said_under_the_sentence() -> None:
    notes = home(context(given.unsure())).headline.notes

    assert notes == (
        "The newest round of checks counts for nothing: the runner itself is offline.",
        "Not measured: Knowledge search",
        "1 incident file could not be read, what it says is missing here: incidents/broken.md",
    )


def test_many_unmeasured_components_are_counted_rather_than_named() -> None:
    some = [*(in_state(key, BLANK) for key in "abcd"), in_state("e", DOWN)]

    assert home(context(given.snapshot(some))).headline.notes == ("4 components are not measured",)


def test_the_head_says_when_it_was_measured_and_until_when_that_holds() -> None:
    lines = home(context(given.everyday())).headline.lines

    assert [(line.before, line.when and line.when.text) for line in lines] == [
        ("Measured ", "22 November 2026, 14:40 UTC"),
        ("next check due ", "14:45 UTC"),
        ("holds until ", "15:05 UTC"),
    ]


def test_a_page_written_out_of_date_says_so_itself() -> None:
    late = replace(given.everyday(), now=NOW + HOUR)
    page = home(context(late))

    assert page.headline.state.css == "unk"
    assert page.headline.sentence == (
        "Last measured 22 November 2026, 14:40 UTC: what you see may be out of date"
    )
    assert page.headline.notes[0] == "Then: Everything works"
    assert page.frame.freshness and page.frame.freshness.outdated


# --- rows and bars -----------------------------------------------------------------------------


def bar_of(component: ComponentStatus) -> Bar:
    return home(context(given.snapshot([component]))).groups[0].rows[0].bar


def test_a_row_tells_uptime_with_what_was_measured() -> None:
    rows = {r.name: r for g in home(context(given.everyday())).groups for r in g.rows}

    assert rows["Messenger"].uptime == "99.94% uptime"
    assert rows["Telegram"].uptime == "100% uptime, measured 51 of 90 days"


def test_a_little_unmeasured_time_is_told_as_a_share() -> None:
    gap = Interval(NOW - 5 * DAY, NOW - 5 * DAY + 6 * HOUR)

    told = home(context(given.snapshot([component("a", "A", gaps=[gap])]))).groups[0].rows[0].uptime

    assert told == "100% uptime, measured 99.72%"


def test_the_first_hours_are_told_in_hours_not_as_no_day_at_all() -> None:
    begun = [Interval(NOW - 400 * DAY, NOW - 5 * HOUR)]

    told = home(context(given.snapshot([component("a", "A", gaps=begun)]))).groups[0].rows[0].uptime

    assert told == "100% uptime, measured 5\N{NO-BREAK SPACE}h of 90 days"


def test_a_component_never_measured_has_no_uptime() -> None:
    page = home(context(given.empty()))

    assert page.groups[0].rows[0].uptime == "Uptime not measured"
    assert page.groups[0].rows[0].state.word == "Not measured"


def test_a_row_says_what_it_suffers_from() -> None:
    rows = {r.name: r for g in home(context(given.trouble())).groups for r in g.rows}

    assert rows["Dialogue engine"].note == "affected by Language model"
    assert rows["Language model"].note == "Slower than usual"
    assert rows["Web chat"].note == ""


def test_a_row_names_the_root_once_and_says_what_is_unstable_or_unmeasured() -> None:
    rows = {r.name: r for g in home(context(given.unsteady())).groups for r in g.rows}

    assert {name: r.note for name, r in rows.items()} == {
        "Web chat": "affected by Language model",
        "Dialogue engine": "Unstable · affected by Language model",
        "Language model": "Answers stop before they are whole",
        "Knowledge search": "2 of 3 places reach it",
        "WhatsApp": "Unstable",
        "Messenger": "Not measured (budget)",
        "Telegram": "",
    }
    assert rows["WhatsApp"].state.word == "Operational"


def test_a_row_does_not_say_not_measured_twice() -> None:
    silent = [component(code, code, gaps=[GAP], code=code) for code in ("config.secret", "auth.denied")]
    rows = home(context(given.snapshot(silent))).groups[0].rows

    assert [(r.state.word, r.note) for r in rows] == [
        ("Not measured", ""),
        ("Not measured", "Reachable; the check itself is not allowed in"),
    ]


def test_good_days_are_one_path_and_each_other_day_is_painted_over_them() -> None:
    day = bar_of(component("a", "A", failures=[failing("2026-11-20 00:00", 12 * HOUR, DOWN, "tcp.refused")]))

    assert day.good == "M0 15h696M704 15h16"
    assert [(m.css, m.path, m.run) for m in day.marks] == [("maj", "M700 0v30", False)]
    assert day.pale == "M700 0v15"  # half the day was down: the upper half stays pale
    assert day.grey == ""
    told = day.marks[0].text.replace("\N{NO-BREAK SPACE}", " ")
    assert told == "20 November: Major outage 12 h. Nothing answers at its address"


def test_a_short_outage_is_drawn_at_least_fifteen_percent_high() -> None:
    day = bar_of(component("a", "A", failures=[failing("2026-11-20 00:00", 5 * MINUTE, DOWN)]))

    assert day.pale == "M700 0v26"


def test_unmeasured_days_in_a_row_are_one_hatched_run() -> None:
    day = bar_of(component("a", "A", begun=at("2026-11-20 00:00")))

    assert day.good == "M696 15h24"
    assert [(m.css, m.path, m.run, m.text) for m in day.marks] == [
        ("unk", "M0 15h696", True, "25 August to 19 November: Not measured")
    ]
    assert day.sentence == "The last 90 days: no trouble measured, 87 days not measured"


def test_a_day_measured_in_part_shows_the_rest_grey_and_never_hides_trouble() -> None:
    gap = Interval(at("2026-11-20 12:00"), at("2026-11-21 00:00"))
    quiet = bar_of(component("a", "A", gaps=[gap]))
    worse = bar_of(component("a", "A", gaps=[gap], failures=[failing("2026-11-20 00:00", 12 * HOUR, DOWN)]))

    assert (quiet.marks[0].css, quiet.pale, quiet.grey) == ("ok", "", "M700 0v15")
    assert (worse.marks[0].css, worse.pale, worse.grey) == ("maj", "M700 0v15", "M700 0v15")


def test_a_day_names_the_incidents_that_tell_of_it() -> None:
    rows = {r.name: r for g in home(context(given.everyday())).groups for r in g.rows}

    assert any(m.text.endswith("Answers slower than usual") for m in rows["Language model"].bar.marks)


def test_a_group_opens_by_itself_when_something_in_it_is_not_operational() -> None:
    def opened(state: State) -> bool:
        group = GroupStatus(name="G", description="", state=state, collapsed=True, components=("a",))
        return home(context(given.snapshot([in_state("a", state)], groups=[group]))).groups[0].open

    assert not opened(State.OPERATIONAL)
    assert all(opened(state) for state in State if state is not State.OPERATIONAL)


@examples(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_whole_numbers_are_rounded_as_fractions_are(numerator: int, denominator: int) -> None:
    assert charts.rounded(numerator, denominator) == round(Fraction(numerator, denominator))


@examples(st.lists(st.one_of(st.none(), st.integers(0, 100_000)), max_size=30))
def test_a_sparkline_stays_in_its_box(values: list[int | None]) -> None:
    path = charts.sparkline(values)
    x = y = 0

    assert (path == "") == (sum(v is not None for v in values) < 2)
    for piece in path.split("M")[1:]:
        start, _, steps = piece.replace("h2", "l").partition("l")
        x, y = map(int, start.split())
        numbers = [int(n) for n in steps.replace("-", " -").split()]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            assert 0 <= x <= charts.SPARK_WIDTH
            assert 0 <= y <= charts.SPARK_HEIGHT


@examples(st.integers(0, 100_000_000))
def test_a_scale_reaches_over_what_it_shows(greatest: int) -> None:
    axis = charts.scale(greatest)

    assert axis.top >= greatest
    assert 2 <= len(axis.steps) <= 11
    assert 0 <= axis.y(greatest) <= charts.CHART_HEIGHT


def test_no_share_is_drawn_as_none_and_any_other_is_seen() -> None:
    assert charts.seen(Fraction(0)) == 0
    assert charts.seen(Fraction(1, 1000)) == charts.LEAST
    assert charts.seen(Fraction(1, 2)) == Fraction(1, 2)


# --- pages -------------------------------------------------------------------------------------


def page_of(snapshot: Snapshot, id: str) -> ComponentPage:
    found = snapshot.component(id)
    assert found
    return component_page(context(snapshot, "../../"), found)


def test_a_components_page_lists_the_days_and_outages_with_their_incidents() -> None:
    page = page_of(given.trouble(), "language-model")

    assert [d.day for d in page.days] == [
        "22 November",
        "10 November",
        "4 October",
        "7 September",
        "6 September",
    ]
    assert [link.text for link in page.days[1].incidents] == ["Answers slower than usual"]
    assert page.outages[0].lasted.replace("\N{NO-BREAK SPACE}", " ") == "37 min, ongoing"
    assert page.outages[0].seen == "Slower than usual: 3.1 s, the limit is 2.5 s"
    assert [link.text for link in page.outages[0].incidents] == ["Slow and missing answers in Europe"]
    assert [link.text for link in page.open_incidents] == ["Slow and missing answers in Europe"]
    assert [link.text for link in page.needed_by] == ["Dialogue engine"]


def test_a_components_page_says_how_steady_it_is_in_sentences() -> None:
    assert page_of(given.unsteady(), "dialogue-engine").lines == (
        "The checks see: Slower than usual: 1.4 s, the limit is 1 s",
        "Affected by Language model",
        "Unstable: it changed between good and bad 5 times in its last 12 checks",
        "3 of the last 20 conversations fell back",
    )
    assert page_of(given.unsteady(), "web-chat").lines[1] == (
        "Affected by Language model, through Dialogue engine"
    )


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("budget", ("Not measured (budget)",)),
        ("auth.denied", ("Reachable; the check itself is not allowed in",)),
        ("rate.limited", ("Busy: it limits requests",)),
        ("config.secret", ()),
        ("", ()),
    ],
)
def test_an_unmeasured_component_says_its_sentence(code: str, lines: tuple[str, ...]) -> None:
    silent = given.snapshot([component("a", "A", gaps=[GAP], code=code)])

    assert page_of(silent, "a").lines == lines
    assert page_of(silent, "a").tiles[0].value == "Not measured"


def test_a_reason_for_not_measuring_is_said_though_people_declare_a_state() -> None:
    declared = {Interval(NOW - HOUR, NOW): SLOW}
    silent = component("a", "A", gaps=[GAP], code="config.secret", declared=declared)

    assert page_of(given.snapshot([silent]), "a").lines == ("Not measured",)


def test_the_newest_check_of_an_answer_is_told_in_plain_words() -> None:
    told = [
        (f.label, f.value.replace("\N{NO-BREAK SPACE}", " "))
        for f in page_of(given.unsteady(), "language-model").figures
    ]

    assert told == [
        ("To the first word", "820 ms"),
        ("Longest pause", "1.3 s"),
        ("To the last word", "4.2 s"),
        ("Tokens a second", "43"),
    ]


@pytest.mark.parametrize(
    ("measures", "value"),
    [
        ({"tokens_per_second": 9.96}, "10"),
        ({"tokens_per_second": 3.14}, "3.1"),
        ({"waiting": 90.0}, "1 min"),
        ({"first_token": 0.4}, "0 ms"),
    ],
)
def test_a_measure_has_its_unit(measures: dict[str, float], value: str) -> None:
    one = replace(component("a", "A"), measures=measures)
    figures = page_of(given.snapshot([one]), "a").figures

    assert [f.value.replace("\N{NO-BREAK SPACE}", " ") for f in figures] == [value]


@examples(
    st.dictionaries(
        st.sampled_from(["first_token", "gap", "total", "tokens_per_second", "waiting"]), st.floats()
    )
)
def test_no_measure_breaks_the_page(measures: dict[str, float]) -> None:
    one = replace(component("a", "A"), measures=measures)
    figures = page_of(given.snapshot([one]), "a").figures

    assert len(figures) == sum(math.isfinite(value) for value in measures.values())


def test_measures_without_words_of_ours_are_left_to_the_api() -> None:
    one = replace(component("a", "A"), measures={"days_left": 12.0, "value": 3.0})

    assert page_of(given.snapshot([one]), "a").figures == ()


def test_the_places_are_listed_with_what_each_sees() -> None:
    page = page_of(given.unsteady(), "language-model")

    assert [(p.name, p.state.word, p.checked and p.checked.text) for p in page.places] == [
        ("ap", "Major outage", "14:40 UTC"),
        ("eu", "Major outage", "14:39 UTC"),
        ("us", "Not measured", "11:40 UTC"),
    ]
    assert page.places_note == ""  # those that see anything agree
    search = page_of(given.unsteady(), "knowledge-search")
    assert (search.places[0].name, search.places_note) == ("Without a name", "2 of 3 places reach it")
    assert page_of(given.everyday(), "language-model").places == ()


def test_the_head_says_from_how_many_places_it_was_measured() -> None:
    line = home(context(given.unsteady())).headline.lines[0]

    assert (line.before, line.after) == ("Measured ", " from 3 places")


def test_the_uptime_table_tells_what_the_unmeasured_time_leaves_open() -> None:
    page = page_of(given.unsure(), "knowledge-search")
    row = page.uptimes[0]

    assert (row.window, row.uptime, row.measured, row.between) == (
        "24 hours",
        "100%",
        "87.5%",
        "87.5% to 100%",
    )
    assert not page_of(given.everyday(), "web-chat").bounded


def test_a_component_that_no_check_asks_says_so() -> None:
    by_hand = given.snapshot([component("a", "A", manual=True, latency=None)])

    assert home(context(by_hand)).groups[0].rows[0].note == "reported by people, not checked"
    assert page_of(by_hand, "a").outages_note == "told by incident reports"


def test_the_weights_are_printed() -> None:
    weights = page_of(given.everyday(), "web-chat").weights

    assert "Degraded 0%, Partial outage 30%, Major outage 100%" in weights


def test_the_chart_draws_the_limit_only_where_it_does_not_flatten_the_line() -> None:
    near = component("a", "A", latency=870, slow=timedelta(milliseconds=2500))
    far = component("a", "A", latency=87, slow=timedelta(seconds=25))
    none = component("a", "A", latency=None)

    charted = [page_of(given.snapshot([c]), "a").chart for c in (near, far, none)]

    assert charted[0] and all(panel.limit for panel in charted[0].panels)
    assert charted[1] and not any(panel.limit for panel in charted[1].panels)
    assert charted[2] is None


def test_the_chart_has_a_gap_where_nothing_was_measured_and_its_table_says_so() -> None:
    chart = page_of(given.unsure(), "knowledge-search").chart

    assert chart
    last = chart.panels[0].rows[-1]
    assert (last.when, last.median, last.p95) == ("13:42 to 14:42", "not measured", "")
    assert len(chart.panels[0].rows) == 24


def test_an_open_incident_says_of_each_fact_that_it_is_not_known() -> None:
    bare = replace(given.SLOW_EUROPE, cause="", doing="", eta=None, next_update="not known yet")
    card = home(context(given.snapshot([], incidents=(bare,)))).incidents[0]

    told = {f.label: [p.before + (p.when.text if p.when else "") for p in f.told] for f in card.facts}
    assert told == {
        "Cause": ["Not known yet"],
        "What we are doing": ["Not said yet"],
        "Expected back": ["Not known yet"],
    }


def test_the_last_good_version_of_a_broken_file_is_marked() -> None:
    page = home(context(given.unsure()))

    assert page.incidents[0].notes == (
        "The newest edit of this file could not be read: this is its last good version.",
        "The components it names are operational again; the incident is still open.",
    )
    assert "last good version" in page.past[0].lines[0].told


def test_days_without_an_incident_are_told_in_one_line() -> None:
    past = home(context(given.everyday())).past

    assert [(day.day, day.none, [line.title.text for line in day.lines]) for day in past] == [
        ("11 November to 22 November", "No incidents", []),
        ("10 November", "", ["Answers slower than usual"]),
        ("9 November", "No incidents", []),
    ]


def test_work_shows_once_as_planned_in_progress_or_past() -> None:
    calm, busy = home(context(given.everyday())), home(context(given.working()))
    work = replace(
        given.REINDEXING, status=MaintenanceStatus.COMPLETED, start=NOW - DAY, end=NOW - DAY + HOUR
    )
    done = home(context(given.snapshot([], maintenances=(work,))))

    assert ([p.title.text for p in calm.planned], calm.work) == (["Knowledge base re-indexing"], ())
    assert calm.planned[0].when == "Thursday, 26 November 2026, 02:00 to 03:30 UTC"
    assert ([c.title.text for c in busy.work], busy.planned) == (["Knowledge base re-indexing"], ())
    assert [line.told.replace("\N{NO-BREAK SPACE}", " ") for line in done.past[1].lines] == [
        "Completed · 1 h"
    ]


def test_a_window_over_midnight_names_both_days() -> None:
    work = replace(given.REINDEXING, end=at("2026-11-27 01:00"))
    when = home(context(given.snapshot([], maintenances=(work,)))).planned[0].when

    assert when == "Thursday, 26 November 2026, 02:00 UTC to Friday, 27 November 2026, 01:00 UTC"


def test_an_incidents_page_shows_what_the_checks_saw_beside_what_people_wrote() -> None:
    page = incident_page(context(given.trouble()).at("incidents/x/"), given.SLOW_EUROPE)

    assert page.seen_names == ("Language model", "Dialogue engine")
    assert [u.href for u in page.card.updates] == [
        "../../incidents/2026-11-22-slow-europe/#update-2",
        "../../incidents/2026-11-22-slow-europe/#update-1",
    ]


def test_an_ended_incident_tells_how_long_it_lasted() -> None:
    page = incident_page(context(given.everyday()), given.SLOWER)

    assert [p.before.replace("\N{NO-BREAK SPACE}", " ") for p in page.card.when] == [
        "Started ",
        "resolved ",
        "lasted 48 min",
    ]
    assert page.card.facts[0].told[0].before == "A worker limit left over from a test (configuration)"


def test_history_lists_incidents_and_work_by_month() -> None:
    page = history_page(context(given.trouble(), "../"))

    assert [(m.name, len(m.entries)) for m in page.months] == [
        ("November 2026", 3),
        ("October 2026", 1),
        ("September 2026", 1),
    ]
    assert page.months[0].entries[1].at.text == "22 November, 14:05 UTC"
    assert history_page(context(given.empty())).none == "No incident was ever reported."


def test_a_component_that_the_page_does_not_know_is_named_by_its_id_without_a_link() -> None:
    card = home(context(given.hostile())).incidents[0]

    assert [(a.link.text, a.link.href) for a in card.affected][1] == ("gone", "")


def test_every_fixed_word_is_there() -> None:
    told = labels(context(given.everyday()))

    assert all(getattr(told, name) for name in type(told).__dataclass_fields__)
    assert missing_page(context(given.everyday()).at("", root="/")).frame.home == "/"
