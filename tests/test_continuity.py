"""How the operator is prepared: each figure computed a second time, second by second or case by case."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise, product
from time import process_time

import pytest
import snapshots as given
from hypothesis import given as holds
from hypothesis import strategies as st
from snapshots import NOW, WEIGHTS, at

from statuspage.continuity import (
    NEEDED,
    Fall,
    Likelihood,
    Risk,
    announced,
    falls,
    impact,
    independent,
    is_internal,
    journey_line,
    likelihood,
    outlook,
    recovery,
    risk,
    without_addresses,
)
from statuspage.continuity.availability import certain
from statuspage.continuity.risk import rate
from statuspage.intervals import Interval
from statuspage.model import (
    Account,
    ComponentStatus,
    Criticality,
    Journey,
    Needs,
    Plan,
    Rehearsal,
    Span,
    State,
)
from statuspage.reliability.records import record
from statuspage.uptime import bounds, ratio, uptime

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
START = datetime(2026, 11, 1, tzinfo=UTC)
LONG = 40  # seconds of the small worlds
WINDOW = Interval(START, START + LONG * SECOND)
IDS = ("a", "b", "c")
STATES = (State.OPERATIONAL, State.DEGRADED, State.PARTIAL, State.MAJOR)
WEIGHTINGS = (
    WEIGHTS,
    {State.DEGRADED: 10, State.PARTIAL: 30, State.MAJOR: 100},
    {State.DEGRADED: 0, State.PARTIAL: 0, State.MAJOR: 50},
)


def needs(depth: int = 2) -> st.SearchStrategy[Needs]:
    leaf: st.SearchStrategy[str | Needs] = st.sampled_from(IDS)
    member = leaf if depth == 0 else st.one_of(leaf, needs(depth - 1))
    return st.builds(Needs, st.lists(member, min_size=1, max_size=3).map(tuple), any_one=st.booleans())


@st.composite
def lines(draw: st.DrawFn) -> tuple[Span, ...]:
    """Sorted, disjoint spans of whole seconds, with gaps."""
    edges = sorted(draw(st.lists(st.integers(0, LONG), min_size=2, max_size=8, unique=True)))
    found = [
        Span(START + begin * SECOND, START + end * SECOND, draw(st.sampled_from(STATES)))
        for begin, end in pairwise(edges)
    ]
    return tuple(span for span in found if draw(st.booleans()) or span is found[0])


@st.composite
def windows(draw: st.DrawFn) -> list[Interval]:
    found = []
    for _ in range(draw(st.integers(0, 2))):
        begin = draw(st.integers(0, LONG - 1))
        found.append(Interval(START + begin * SECOND, START + draw(st.integers(begin + 1, LONG)) * SECOND))
    return found


def plain_state(what: Needs, told: Mapping[str, State]) -> State:
    parts = [plain_state(one, told) if isinstance(one, Needs) else told[one] for one in what.of]
    order = sorted(parts, key=lambda state: state.severity)
    return order[0] if what.any_one else order[-1]


def seen_at(spans: Sequence[Span], instant: datetime) -> State | None:
    return next((span.state for span in spans if span.start <= instant < span.end), None)


# --- the availability of a journey -----------------------------------------------------------------


@holds(
    needs(),
    st.fixed_dictionaries({id_: lines() for id_ in IDS}),
    st.fixed_dictionaries({id_: windows() for id_ in IDS}),
    st.sampled_from(WEIGHTINGS),
)
def test_a_journey_s_figure_is_that_of_each_second_with_all_that_may_have_been(
    what: Needs,
    told: dict[str, tuple[Span, ...]],
    work: dict[str, list[Interval]],
    weights: Mapping[State, int],
) -> None:
    figure = uptime(journey_line(what, told, weights), WINDOW, announced(what, work), weights)

    measured = weighted = excluded = least = most = 0
    for n in range(LONG):
        instant = START + n * SECOND
        off = {id_: any(one.start <= instant < one.end for one in work[id_]) for id_ in IDS}
        alone = {id_: State.MAJOR if off[id_] else State.OPERATIONAL for id_ in IDS}
        if plain_state(what, alone) is State.MAJOR:
            excluded += 1
            continue
        open_to = [[state] if (state := seen_at(told[id_], instant)) is not None else STATES for id_ in IDS]
        possible = {
            weights.get(plain_state(what, dict(zip(IDS, states, strict=True))), 0)
            for states in product(*open_to)
        }
        least, most = least + min(possible), most + max(possible)
        if len(possible) == 1:
            measured, weighted = measured + 1, weighted + possible.pop()

    assert (figure.measured, figure.weighted_down, figure.excluded) == (measured, weighted, excluded)
    if figure.window:
        low, high = bounds(figure)
        assert low <= 1 - Fraction(most, 100 * figure.window)
        assert high >= 1 - Fraction(least, 100 * figure.window)


def test_two_that_fail_one_after_the_other_are_down_for_both_together() -> None:
    """A product of percentages would not know that the two outages do not overlap."""

    def line(*down: tuple[int, int]) -> tuple[Span, ...]:
        edges = sorted({0, LONG, *(edge for one in down for edge in one)})
        return tuple(
            Span(
                START + begin * SECOND,
                START + end * SECOND,
                State.MAJOR if (begin, end) in down else State.OPERATIONAL,
            )
            for begin, end in pairwise(edges)
        )

    apart = {"a": line((0, 10)), "b": line((10, 20))}
    both = {"a": line((0, 10)), "b": line((0, 10))}
    every, any_one = Needs(("a", "b")), Needs(("a", "b"), any_one=True)

    def share(what: Needs, told: Mapping[str, Sequence[Span]]) -> Fraction | None:
        return ratio(uptime(journey_line(what, told, WEIGHTS), WINDOW, [], WEIGHTS))

    assert share(every, apart) == Fraction(1, 2)
    assert share(every, both) == Fraction(3, 4)
    assert share(any_one, apart) == 1
    assert share(any_one, both) == Fraction(3, 4)
    shares = {"a": Fraction(3, 4), "b": Fraction(3, 4)}
    assert independent(every, shares) == Fraction(9, 16)
    assert independent(any_one, shares) == Fraction(15, 16)


@holds(needs(), st.fixed_dictionaries({id_: st.integers(0, 4) for id_ in IDS}))
def test_the_independent_estimate_is_a_product(what: Needs, fourths: Mapping[str, int]) -> None:
    def plain(one: Needs | str) -> Fraction:
        if isinstance(one, str):
            return Fraction(fourths[one], 4)
        found = Fraction(1)
        for member in one.of:
            found *= 1 - plain(member) if one.any_one else plain(member)
        return 1 - found if one.any_one else found

    assert independent(what, {id_: Fraction(n, 4) for id_, n in fourths.items()}) == plain(what)


def test_there_is_no_estimate_where_a_figure_is_missing() -> None:
    assert independent(Needs(("a", "b")), {"a": Fraction(1), "b": None}) is None
    assert independent(Needs(("a", "b")), {"a": Fraction(1)}) is None


def test_an_outage_that_people_added_counts_where_it_says_all() -> None:
    def told(state: State) -> tuple[Span, ...]:
        return certain(Account(told=(Span(START, START + HOUR, state),)), WEIGHTS)

    assert told(State.MAJOR) == (Span(START, START + HOUR, State.MAJOR),)
    assert told(State.PARTIAL) == ()


# --- what falls with a component -------------------------------------------------------------------


def graph(edges: Mapping[str, tuple[str, ...]], soft: Mapping[str, tuple[str, ...]]) -> list[ComponentStatus]:
    return [
        replace(BARE, id=id_, name=id_, depends_on=(*edges[id_], *soft.get(id_, ())), soft=soft.get(id_, ()))
        for id_ in edges
    ]


BARE = given.component("x", "X", begun=None, latency=None)
NODES = tuple("abcde")


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Each depends on later ones alone: no circles, as the configuration has none."""
    return {
        id_: tuple(draw(st.lists(st.sampled_from(NODES[n + 1 :]), unique=True)) if n + 1 < len(NODES) else ())
        for n, id_ in enumerate(NODES)
    }


@holds(graphs(), st.lists(needs(), max_size=3))
def test_what_falls_is_what_does_not_work_when_each_is_switched_off(
    edges: dict[str, tuple[str, ...]], wanted: list[Needs]
) -> None:
    journeys = [Journey(id=f"j{n}", name={"": "J"}, needs=one) for n, one in enumerate(wanted)]
    found = falls(graph(edges, {}), journeys)

    for off in NODES:

        def works(id_: str, off: str = off) -> bool:
            return id_ != off and all(works(one) for one in edges[id_])

        states = {id_: State.OPERATIONAL if works(id_) else State.MAJOR for id_ in NODES}
        assert found[off].components == tuple(i for i in NODES if i != off and not works(i))
        assert found[off].journeys == tuple(
            one.id for one in journeys if plain_state(one.needs, states) is State.MAJOR
        )


def test_what_only_slows_takes_nothing_with_it() -> None:
    found = falls(graph({"a": (), "b": ()}, {"a": ("b",)}), [])

    assert found["b"] == Fall((), ())


def test_a_long_chain_falls_as_a_whole() -> None:
    ids = [f"n{n}" for n in range(1000)]
    chain = graph({id_: tuple(ids[n + 1 : n + 2]) for n, id_ in enumerate(ids)}, {})

    assert len(falls(chain[-2:], [])["n999"].components) == 1
    assert len(falls(chain, [])["n999"].components) == 999


# --- risks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outages", "days", "told"),
    [
        (0, 90, Likelihood.NONE_SEEN),
        (1, 90, Likelihood.SELDOM),
        (1, 89, Likelihood.SELDOM),
        (2, 90, Likelihood.AT_TIMES),
        (4, 90, Likelihood.AT_TIMES),
        (5, 90, Likelihood.OFTEN),
        (1, 30, Likelihood.AT_TIMES),
        (2, 30, Likelihood.OFTEN),
        (50, 29, None),
        (0, 0, None),
    ],
)
def test_how_often_is_counted_in_ninety_measured_days(
    outages: int, days: int, told: Likelihood | None
) -> None:
    assert likelihood(rate(outages, days * 86400)) is told


def test_one_second_less_than_thirty_days_is_not_enough() -> None:
    assert rate(1, 30 * 86400) == 3
    assert rate(1, 30 * 86400 - 1) is None


@pytest.mark.parametrize(
    ("fall", "components", "journeys", "told"),
    [
        (Fall((), ()), 10, 3, Criticality.LOW),
        (Fall(("a",), ()), 10, 3, Criticality.MEDIUM),
        (Fall((), ("j",)), 10, 3, Criticality.HIGH),
        (Fall((), ("j",)), 10, 2, Criticality.HIGH),
        (Fall((), ("j", "k")), 10, 3, Criticality.CRITICAL),
        (Fall((), ("j",)), 1, 1, Criticality.CRITICAL),
        (Fall((), ()), 10, 0, Criticality.LOW),
        (Fall(("a", "b"), ()), 10, 0, Criticality.MEDIUM),
        (Fall(("a", "b", "c"), ()), 10, 0, Criticality.HIGH),
        (Fall(("a", "b", "c", "d", "e"), ()), 11, 0, Criticality.CRITICAL),
    ],
)
def test_how_bad_is_told_by_what_falls(fall: Fall, components: int, journeys: int, told: Criticality) -> None:
    assert impact(fall, components, journeys) is told


def test_the_risk_is_their_product_in_a_table() -> None:
    low, medium, high = Risk.LOW, Risk.MEDIUM, Risk.HIGH
    assert [[risk(often, bad) for bad in Criticality] for often in Likelihood] == [
        [low, low, low, medium],
        [low, medium, medium, high],
        [low, medium, high, high],
        [medium, high, high, high],
    ]
    assert {risk(None, bad) for bad in Criticality} == {None}


# --- recovery --------------------------------------------------------------------------------------


@st.composite
def outage_lines(draw: st.DrawFn) -> tuple[Span, ...]:
    """Measured time, some of it down, some gaps of more than ten minutes; it ends at NOW."""
    found: list[Span] = []
    end = NOW
    for _ in range(draw(st.integers(0, 12))):
        begin = end - draw(st.integers(1, 200)) * MINUTE
        state = draw(st.sampled_from([State.OPERATIONAL, State.MAJOR, State.OPERATIONAL, None]))
        if state:
            found.append(Span(begin, end, state))
        end = begin - (11 * MINUTE if state is None else timedelta())
    joined: list[Span] = []
    for span in reversed(found):
        if joined and joined[-1].end == span.start and joined[-1].state is span.state:
            joined[-1] = Span(joined[-1].start, span.end, span.state)
        else:
            joined.append(span)
    return tuple(joined)


@holds(outage_lines(), st.one_of(st.none(), st.integers(0, 240)))
def test_repairs_are_judged_one_by_one(line: tuple[Span, ...], minutes: int | None) -> None:
    aim = None if minutes is None else minutes * MINUTE
    line = tuple(replace_end(line))
    found = recovery(record("x", Account(measured=line, gap=10 * MINUTE), WEIGHTS, NOW), aim, NOW)

    within = late = unseen = 0
    sure = []
    for n, span in enumerate(line):
        if span.state is not State.MAJOR:
            continue
        goes_on = span.end > NOW
        lasted = min(span.end, NOW) - span.start
        seen = not goes_on and n + 1 < len(line) and line[n + 1].start == span.end
        if seen:
            sure.append(lasted)
        if aim is not None and lasted > aim:
            late += 1
        elif not seen:
            unseen += 1
        elif aim is not None:
            within += 1
    assert (found.within, found.late, found.unseen) == (within, late, unseen)
    if sure:
        assert found.took
        assert (found.took.count, found.took.worst) == (len(sure), max(sure))
        assert found.took.median == sorted(sure)[(len(sure) - 1) // 2]
    else:
        assert found.took is None
    assert found.met is (None if aim is None or not within + late else not late)


def replace_end(line: Sequence[Span]) -> list[Span]:
    """The last span reaches past NOW, as a snapshot's do while they go on."""
    if line and line[-1].end == NOW:
        return [*line[:-1], replace(line[-1], end=NOW + SECOND)]
    return list(line)


def test_an_outage_that_goes_on_for_too_long_is_late_already() -> None:
    line = (
        Span(NOW - DAY, NOW - HOUR, State.OPERATIONAL),
        Span(NOW - HOUR, NOW + SECOND, State.MAJOR),
    )
    known = record("x", Account(measured=line), WEIGHTS, NOW)

    assert recovery(known, 30 * MINUTE, NOW).met is False
    assert recovery(known, 2 * HOUR, NOW).met is None
    assert recovery(known, 2 * HOUR, NOW).unseen == 1


def test_ten_thousand_outages_are_judged_in_time() -> None:
    """Each one looked for among all spans would take minutes."""
    edges = [NOW - n * 20 * MINUTE for n in range(20_001)][::-1]
    line = tuple(
        Span(start, end, State.MAJOR if n % 2 else State.OPERATIONAL)
        for n, (start, end) in enumerate(pairwise(edges))
    )
    known = record("x", Account(measured=line), WEIGHTS, NOW)
    began = process_time()
    found = recovery(known, HOUR, NOW)

    assert found.within > 9000
    assert process_time() - began < 2


# --- all of it together ----------------------------------------------------------------------------


def test_a_single_point_of_failure_ends_a_journey_and_has_nothing_in_its_place() -> None:
    told = outlook(given.prepared())

    assert [one.id for one in told.single] == ["dialogue-engine", "language-model"]
    assert [one.alone for one in told.journeys] == [("dialogue-engine", "language-model"), (), ()]
    assert told.component("web-chat").covered  # it has a fallback
    assert told.component("knowledge-search").covered  # it has a redundancy
    assert told.component("whatsapp").fall == Fall((), ())  # another channel will do


def test_spare_addresses_stand_in_for_a_component() -> None:
    shown = given.prepared()
    spare = replace(
        shown,
        components=tuple(
            replace(one, plan=Plan(spare=1)) if one.id == "language-model" else one
            for one in shown.components
        ),
    )

    assert [one.id for one in outlook(spare).single] == ["dialogue-engine"]


def test_without_journeys_it_is_what_others_cannot_do_without() -> None:
    told = outlook(replace(given.prepared(), journeys=()))

    assert [one.id for one in told.single] == ["dialogue-engine", "language-model"]
    assert told.component("language-model").fall.components == ("web-chat", "dialogue-engine")


def test_the_impact_that_is_declared_holds() -> None:
    told = outlook(given.prepared())

    assert (told.component("web-chat").impact, told.component("web-chat").declared) == (
        Criticality.HIGH,
        True,
    )
    assert (told.component("language-model").impact, told.component("language-model").declared) == (
        Criticality.HIGH,
        False,
    )


def test_too_short_a_history_gives_no_figure_at_all() -> None:
    young = given.component("a", "A", begun=NOW - 9 * DAY, failures=[])
    shown = replace(given.snapshot([young]), journeys=(Journey(id="j", name={"": "J"}, needs=Needs(("a",))),))
    told = outlook(shown)

    assert told.component("a").rate is None
    assert told.component("a").likelihood is None
    assert told.component("a").risk is None
    assert told.journeys[0].share is told.journeys[0].independent is None
    assert timedelta(seconds=told.journeys[0].figure.measured) == 9 * DAY < NEEDED


def test_an_outage_that_began_long_ago_and_goes_on_is_counted() -> None:
    down = given.component(
        "a", "A", failures=[given.failing("2026-05-01 00:00", NOW - at("2026-05-01 00:00"), State.MAJOR)]
    )

    assert outlook(given.snapshot([down])).component("a").outages == 1


def test_announced_maintenance_is_no_outage() -> None:
    failure = given.failing("2026-11-10 10:00", HOUR, State.MAJOR)
    work = Interval(at("2026-11-10 09:00"), at("2026-11-10 12:00"))
    told = outlook(given.snapshot([given.component("a", "A", failures=[failure], work=[work])]))

    assert told.component("a").outages == 0
    assert told.component("a").likelihood is Likelihood.NONE_SEEN


def test_the_age_of_a_restore_is_counted_in_the_page_s_days() -> None:
    shown = given.prepared()
    assert outlook(shown).component("web-chat").restored == (date(2026, 11, 22) - date(2026, 10, 2)).days
    tokyo = replace(shown, page=replace(shown.page, timezone="Asia/Tokyo"), now=at("2026-11-22 16:00"))
    assert outlook(tokyo).component("web-chat").restored == 52
    assert outlook(shown).component("language-model").restored is None


def test_components_that_are_not_on_the_page_are_told_of_to_the_operator_alone() -> None:
    hidden = replace(given.component("database", "Database"), id="database")
    shown = given.prepared()
    shown = replace(
        shown,
        hidden=(hidden,),
        components=tuple(
            replace(one, depends_on=("database",)) if one.id == "knowledge-search" else one
            for one in shown.components
        ),
    )

    assert "database" not in [one.id for one in outlook(shown).components]
    assert outlook(shown, hidden=True).component("database").fall == Fall(("knowledge-search",), ("search",))


def test_the_last_drill_comes_from_the_snapshot_or_from_whoever_has_it() -> None:
    drill = Rehearsal(NOW - 12 * DAY, "down", True, 5 * MINUTE, 6 * MINUTE, 5 * MINUTE)
    shown = replace(given.prepared(), rehearsals={"web-chat": drill})

    assert outlook(shown).component("web-chat").rehearsal is drill
    assert outlook(shown, last_drills={}).component("web-chat").rehearsal is None
    assert outlook(given.prepared(), last_drills={"telegram": drill}).component("telegram").rehearsal is drill


# --- discretion ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "http://10.1.2.3/x",
        "192.168.0.1:8080",
        "203.0.113.7",
        "[fd00::1]:443",
        "fe80::1",
        "::1",
        "https://[fd00::1]/",
        "localhost",
        "localhost:8000",
        "http://localhost/a",
        "db:5432",
        "http://wiki/page",
        "search-2.internal",
        "SEARCH-2.INTERNAL.",
        "nas.local/share",
        "db.lan:5432",
        "wiki.corp",
        "https://wiki.home.arpa/x?y",
        "postgres://u:p@db.internal/x",
        "https://wiki.intranet:8443/a",
    ],
)
def test_an_internal_address_is_not_shown(address: str) -> None:
    assert is_internal(address)
    assert without_addresses(f"it is at {address}", "#") == "it is at #"
    assert address not in without_addresses(f"({address}), and {address}; {address}.", "#")


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace, on call",
        "https://wiki.example.org/a:b",
        "two zones, e.g. eu-1 and eu-2; see example.org.",
        "from 9:00 to 17:00, 24/7",
        "10:30:45 UTC",
        "write to ada@example.org",
        "version 2.3.1",
        "ratio 1:10",
        "",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert without_addresses(text, "#") == text


@holds(st.text(max_size=200))
def test_any_text_is_read_in_time(text: str) -> None:
    without_addresses(text, "#")


def test_a_long_run_of_signs_costs_little() -> None:
    for sign in ("a", ":", ".", "a.", "1:", "a-", "://", "[:"):
        without_addresses(sign * 500, "#")
