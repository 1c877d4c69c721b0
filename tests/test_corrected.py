"""What people correct in what the probes saw: never up for what was not measured, in whatever order it is said."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statuspage.config import load
from statuspage.corrected import corrected
from statuspage.declared import Told
from statuspage.intervals import Interval
from statuspage.model import (
    ComponentStatus,
    Correction,
    History,
    Page,
    Round,
    Sample,
    Span,
    State,
    Uptime,
    Verdict,
)
from statuspage.snapshot import snapshot
from statuspage.uptime import bounds, budget_left, coverage, ratio, uptime
from statuspage.uptime import outages as outages_of

START = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIVE = 5 * MINUTE
WEIGHTS = {State.DEGRADED: 0, State.PARTIAL: 30, State.MAJOR: 100}
STATES = {
    "u": State.OPERATIONAL,
    "s": State.DEGRADED,
    "p": State.PARTIAL,
    "d": State.MAJOR,
    "?": State.UNKNOWN,
}
LETTERS = {state: letter for letter, state in STATES.items()}
CONFIG = load(
    "page: {name: X, url: https://x.example}\ncomponents: [{name: A, url: https://a.example}]", "c.yaml", {}
)
PAGE = Page(name="X", url="https://x.example", since=2026)


def at(n: int) -> datetime:
    return START + n * FIVE


def line(words: str) -> list[Span]:
    """A state each five minutes: u s p d, and a blank where nothing was measured."""
    return [Span(at(n), at(n + 1), STATES[word]) for n, word in enumerate(words) if word != " "]


def drawn(spans: Sequence[Span], length: int) -> str:
    marks = [" "] * length
    for span in spans:
        for n in range(length):
            if span.start <= at(n) < span.end:
                marks[n] = LETTERS[span.state]
    return "".join(marks)


def says(word: str, first: int, last: int, name: str = "") -> Correction:
    """`?` and `u` annul, the others add an outage, from `first` to `last` in fives of minutes."""
    return Correction(
        id=name or f"{word}-{first}-{last}",
        components=("a",),
        start=at(first),
        end=at(last),
        state=STATES[word],
        author="Ann Lee",
        reason="It was our own firewall.",
        created=START,
    )


def figure(words: str, corrections: Sequence[Correction], excluded: Sequence[Interval] = ()) -> Uptime:
    told = corrected(line(words), corrections, at(len(words)))
    window = Interval(START, at(len(words)))
    return uptime(told.measured, window, excluded, WEIGHTS, told=told.told, corrected=told.changed)


WORDS = st.text(st.sampled_from(" uuuspd"), min_size=1, max_size=30)
CORRECTIONS = st.lists(
    st.builds(says, st.sampled_from("?uspd"), st.integers(0, 20), st.integers(21, 35)), max_size=5
)


@pytest.mark.parametrize(
    ("seen", "corrections", "held", "told", "annulled"),
    [
        ("uddu", [says("?", 0, 4)], "u  u", "    ", " dd "),
        ("uddu", [says("?", 2, 4)], "ud u", "    ", "  d "),
        ("uddu", [says("u", 0, 4)], "uuuu", "    ", " dd "),
        ("ud u", [says("u", 0, 4)], "uu u", "    ", " d  "),  # nobody measured it, so nobody says it was up
        ("uddu", [says("u", 0, 4), says("?", 2, 3)], "uu u", "    ", " dd "),
        ("uu u", [says("p", 0, 4)], "pp p", "  p ", "    "),
        ("us u", [says("p", 1, 3)], "up u", "  p ", "    "),
        ("uddu", [says("p", 1, 3)], "uddu", "    ", "    "),  # what was seen is worse
        ("uddu", [says("?", 1, 3), says("p", 1, 2)], "u  u", " p  ", " dd "),
        ("uddu", [says("u", 1, 3), says("p", 1, 2)], "upuu", "    ", " dd "),
        ("uu u", [says("p", 0, 3), says("d", 1, 2)], "pd u", "  p ", "    "),
        ("", [says("d", 0, 2)], "", "", ""),
        ("uuuu", [says("?", 0, 4)], "uuuu", "    ", "    "),
    ],
)  # fmt: skip
def test_a_correction_changes_what_it_speaks_of_and_nothing_else(
    seen: str, corrections: list[Correction], held: str, told: str, annulled: str
) -> None:
    result = corrected(line(seen), corrections, at(len(seen)))

    assert drawn(result.measured, len(seen)) == held
    assert drawn(result.told, len(seen)) == told
    assert drawn(result.annulled, len(seen)) == annulled


def test_without_a_correction_nothing_is_touched() -> None:
    spans = tuple(line("ud"))
    assert corrected(spans, [], at(2)).timeline is spans
    assert corrected(spans, [says("d", 3, 9)], at(2)).measured == spans  # all of it lies ahead


def test_what_the_probes_saw_is_told_apart_from_what_people_added() -> None:
    result = corrected(line("uddu"), [says("d", 0, 4), says("?", 2, 3)], at(4))
    assert drawn(result.timeline, 4) == "dddd"
    assert result.witnessed is not None
    assert drawn(result.witnessed, 4) == "ud u"
    assert corrected(line("uddu"), [says("?", 2, 3)], at(4)).witnessed is None
    assert corrected(line("uddu"), [says("u", 2, 3), says("d", 0, 1)], at(4)).changed == (
        Interval(at(0), at(1)),
        Interval(at(2), at(3)),
    )


def test_an_added_partial_outage_counts_by_its_weight_alone_where_nobody_measured() -> None:
    figures = figure("uuu u", [says("p", 3, 4)])

    assert (figures.measured, dict(figures.told), figures.weighted_told) == (1200, {State.PARTIAL: 300}, 9000)
    assert figures.known == 129_000
    assert ratio(figures) == 1 - Fraction(9_000, 129_000)
    assert coverage(figures) == Fraction(1200, 1500)
    assert figures.corrected == 300
    low, high = bounds(figures)
    assert (low, high) == (Fraction(1200, 1500), 1 - Fraction(9_000, 150_000))


def test_an_outage_added_where_nothing_at_all_was_measured_is_down_time() -> None:
    figures = figure("  ", [says("d", 0, 1)])
    assert ratio(figures) == 0
    assert coverage(figures) == 0
    assert bounds(figures) == (Fraction(0), Fraction(1, 2))
    assert (
        ratio(figure("  ", [says("s", 0, 1)])) is None
    )  # that takes nothing from the uptime, and gives nothing


def test_announced_maintenance_stays_left_out() -> None:
    hole = [Interval(at(1), at(3))]
    assert figure("u  u", [says("d", 1, 3)], hole) == figure("u  u", [], hole)
    assert figure("uddu", [says("?", 1, 3)], hole) == figure("uddu", [], hole)


@given(WORDS)
def test_annulling_all_bad_time_leaves_all_or_nothing(words: str) -> None:
    for word in "?u":
        before, after = figure(words, []), figure(words, [says(word, 0, len(words))])
        assert ratio(after) in (None, 1)
        assert after.measured <= before.measured
        assert word == "?" or after.measured == before.measured


@given(WORDS, CORRECTIONS)
def test_no_correction_measures_anything(words: str, corrections: list[Correction]) -> None:
    assert figure(words, corrections).measured <= figure(words, []).measured


@given(WORDS, CORRECTIONS)
def test_the_bounds_hold_the_uptime(words: str, corrections: list[Correction]) -> None:
    figures = figure(words, corrections)
    low, high = bounds(figures)
    assert 0 <= low <= high <= 1
    if (share := ratio(figures)) is not None:
        assert low <= share <= high


@settings(max_examples=300)
@given(WORDS, CORRECTIONS, st.sampled_from("spd"), st.integers(0, 30), st.integers(1, 10))
def test_adding_an_outage_never_raises_the_uptime(
    words: str, corrections: list[Correction], word: str, first: int, length: int
) -> None:
    before = figure(words, corrections)
    after = figure(words, [*corrections, says(word, first, first + length)])
    assert after.weighted_down >= before.weighted_down
    if (share := ratio(before)) is not None:
        now = ratio(after)
        assert now is not None
        assert now <= share
        assert all(new <= old for new, old in zip(bounds(after), bounds(before), strict=True))


@given(WORDS, CORRECTIONS, st.randoms())
def test_corrections_in_any_order_and_twice_give_the_same(
    words: str, corrections: list[Correction], random: Random
) -> None:
    again = [*corrections, *corrections]
    random.shuffle(again)
    until = at(len(words))
    assert corrected(line(words), again, until) == corrected(line(words), corrections, until)


@given(WORDS, CORRECTIONS)
def test_the_parts_are_sorted_and_share_no_time(words: str, corrections: list[Correction]) -> None:
    result = corrected(line(words), corrections, at(len(words)))
    for spans in (result.timeline, result.annulled, result.witnessed or ()):
        edges = [edge for span in spans for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        assert all(span.start < span.end for span in spans)


# --- the snapshot --------------------------------------------------------------------------------


def status(words: str, corrections: Sequence[Correction]) -> ComponentStatus:
    verdicts = {"u": Verdict.UP, "s": Verdict.DEGRADED, "d": Verdict.DOWN}
    rounds = tuple(
        Round(
            id=f"r{n}",
            at=at(n),
            samples=(
                Sample(
                    component="a",
                    at=at(n),
                    verdict=verdicts[word],
                    code="http.500" * (word != "u"),
                    every=FIVE,
                ),
            ),
        )
        for n, word in enumerate(words)
        if word in verdicts
    )
    told = Told((), (), tuple(corrections))
    return snapshot(CONFIG, PAGE, History(rounds=rounds), told, at(len(words) - 1)).components[0]


@settings(max_examples=40, deadline=None)
@given(st.text(st.sampled_from(" uuusd"), min_size=2, max_size=30), CORRECTIONS, st.randoms())
def test_corrections_in_any_order_give_the_same_snapshot(
    words: str, corrections: list[Correction], random: Random
) -> None:
    shuffled = random.sample(corrections, len(corrections))
    one, other = status(words, corrections), status(words, shuffled)
    assert one == other
    assert sum(one.year[-1].by_state.values()) == one.year[-1].seconds


def test_a_false_alarm_leaves_the_outages_and_is_told_beside_them() -> None:
    one = status("u" * 6 + "dd" + "uuuu" + "dd" + "u" * 6, [says("?", 6, 8), says("?", 1, 3, "nothing")])

    assert [o.start for o in one.outages] == [at(12)]
    assert [(o.start, o.end, o.code) for o in one.annulled] == [(at(6), at(8), "http.500")]
    assert [c.id for c in one.corrections] == ["?-6-8"]
    assert one.year[-1].corrections == one.corrections
    assert one.year[-1].by_state[State.MAJOR] == 600
    assert one.uptimes["24h"].corrected == 600
    assert one.unmeasured is not None
    assert Interval(at(6), at(8)) in one.unmeasured
    assert one.witnessed == one.outages


def test_an_alarm_annulled_up_to_now_leaves_the_present_unknown() -> None:
    one = status("uuuddd", [says("?", 3, 6)])
    assert (one.state, one.probed, one.outages, one.code) == (State.UNKNOWN, State.UNKNOWN, (), "")
    assert one.last is not None
    assert one.last.state is State.OPERATIONAL
    assert status("uuuddd", [says("u", 3, 6)]).state is State.OPERATIONAL


def test_an_added_outage_stands_among_the_others_and_not_among_what_was_seen() -> None:
    one = status("u" * 6 + "dd" + "u" * 10, [says("p", 4, 7), says("d", 12, 14)])

    assert [(o.start, o.end, o.state) for o in one.outages] == [
        (at(12), at(14), State.MAJOR),
        (at(4), at(8), State.MAJOR),
    ]
    assert [(o.start, o.end) for o in one.witnessed] == [(at(6), at(8))]
    assert outages_of(corrected([], [says("d", 0, 1)], at(2)).timeline, "a", at(2), gap=FIVE)[0].end == at(1)


def test_the_error_budget_follows() -> None:
    config = load(
        "page: {name: X, url: https://x.example}\n"
        "components: [{name: A, url: https://a.example, objective: {availability: 99.5%, window: 24h}}]",
        "c.yaml",
        {},
    )
    samples = (Sample(component="a", at=at(0), verdict=Verdict.UP, every=FIVE),)
    history = History(rounds=(Round(id="r", at=at(0), samples=samples),))
    told = Told((), (), (says("d", 6, 7),))
    budget = snapshot(config, PAGE, history, told, at(8)).components[0].budget
    assert budget is not None
    share, left = ratio(budget.window), budget_left(budget.window, budget.objective)
    assert share == Fraction(2, 3)
    assert left is not None
    assert left < 0
