"""Several places look at one component: what they come to together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.archive import record
from statuspage.config import load
from statuspage.declared import Told
from statuspage.history import decode_days, encode_days
from statuspage.intervals import Interval, merge, total
from statuspage.model import ComponentStatus, History, Page, Round, Rules, Sample, Span, State, Verdict
from statuspage.pipeline import build_site, open_project
from statuspage.rollup import close, spans
from statuspage.snapshot import snapshot
from statuspage.stores.site import swap
from statuspage.uptime import merged, timeline
from statuspage.verify import verify

START = datetime(2026, 11, 22, tzinfo=UTC)
EVERY = timedelta(minutes=5)
UP, SLOW, DOWN, UNKNOWN = Verdict.UP, Verdict.DEGRADED, Verdict.DOWN, Verdict.UNKNOWN
WORDS = {"u": UP, "s": SLOW, "d": DOWN, "?": UNKNOWN}
BUILT_IN = Rules()
LETTERS = {State.OPERATIONAL: "u", State.DEGRADED: "s", State.PARTIAL: "p", State.MAJOR: "d"}
COMPONENT = (
    "page: {{name: X, url: https://x.example}}\ncomponents: [{{name: A, url: https://a.example{more}}}]"
)


def sample(at: datetime, verdict: Verdict, detail: str = "") -> Sample:
    code = "" if verdict is UP else "http.500"
    return Sample(component="a", at=at, verdict=verdict, code=code, detail=detail, every=EVERY)


def rounds(place: str, words: str, start: datetime = START) -> list[Round]:
    """One each five minutes: u up, s slow (degraded), d down, ? unknown, v void, a blank for none."""
    found = []
    for n, word in enumerate(words):
        at = start + n * EVERY
        void = "runner.offline" if word == "v" else ""
        samples = () if word in " v" else (sample(at, WORDS[word]),)
        if word != " ":
            found.append(Round(id=f"{place}-{at:%H%M}", at=at, vantage=place, void=void, samples=samples))
    return found


def history(places: Mapping[str, str]) -> History:
    every = [r for place, words in places.items() for r in rounds(place, words)]
    return History(rounds=tuple(sorted(every, key=lambda r: (r.at, r.id))))


def seen(places: Mapping[str, str], rules: Rules = BUILT_IN) -> tuple[Span, ...]:
    return spans(history(places), "a", rules, START + max(map(len, places.values())) * EVERY)


def drawn(places: Mapping[str, str], rules: Rules = BUILT_IN) -> str:
    """The state at each five minutes: u s p d, and a blank where nothing was measured."""
    marks = [" "] * max(map(len, places.values()))
    for span in seen(places, rules):
        for n in range(len(marks)):
            if span.start <= START + n * EVERY < span.end:
                marks[n] = LETTERS[span.state]
    return "".join(marks)


# --- k of n ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "needed", "expected"),
    [
        # more than half, when `places` says nothing
        (("u", "u", "u"), 0, "u"),
        (("d", "u", "u"), 0, "u"),
        (("d", "d", "u"), 0, "p"),
        (("d", "d", "d"), 0, "d"),
        (("d", "u"), 0, "p"),
        (("s", "u", "u"), 0, "u"),
        (("s", "s", "u"), 0, "s"),
        (("s", "d", "u"), 0, "s"),
        (("s", "d", "d"), 0, "p"),
        (("s", "s", "s"), 0, "s"),
        # a number of its own, at most as many as speak
        (("d", "d", "u"), 1, "u"),
        (("s", "d", "d"), 1, "s"),
        (("d", "u", "u"), 3, "p"),
        (("s", "u", "u"), 3, "s"),
        (("u", "u"), 9, "u"),
        (("d", "u"), 9, "p"),
        # the silent are not counted
        (("?", "d", "u", "u"), 0, "u"),
        (("?", "?", "d"), 3, "d"),
        ((" ", "v", "u"), 0, "u"),
        (("?", "?"), 0, " "),
    ],
)
def test_enough_places_must_see_it_up(seen: tuple[str, ...], needed: int, expected: str) -> None:
    assert drawn(dict(zip("abcd", seen, strict=False)), Rules(places=needed)) == expected


def test_places_with_replicas_missing_make_a_partial_outage() -> None:
    def of(*states: State) -> State:
        lines = {str(n): [Span(START, START + EVERY, state)] for n, state in enumerate(states)}
        return merged(lines)[0].state

    assert of(State.PARTIAL, State.PARTIAL, State.OPERATIONAL) is State.PARTIAL
    assert of(State.PARTIAL, State.OPERATIONAL, State.OPERATIONAL) is State.OPERATIONAL
    assert of(State.PARTIAL, State.MAJOR) is State.PARTIAL


def test_each_place_confirms_for_itself() -> None:
    assert drawn({"eu": "uuduu", "us": "uuuuu"}, Rules(fail_after=2, places=2)) == "uuuuu"
    assert drawn({"eu": "uudduu", "us": "uuuduu"}, Rules(fail_after=2, places=2)) == "uuppuu"
    assert drawn({"eu": "dudu", "us": "udud"}) == "pppp"


def test_a_void_round_silences_its_own_place_alone() -> None:
    assert drawn({"eu": "uv uu", "us": "ddddd"}) == "pddpp"
    assert drawn({"eu": "uv  u", "us": "u   u"}) == "uu  u"


def test_a_place_that_comes_or_goes_is_counted_while_it_speaks() -> None:
    assert drawn({"eu": "uuuuuuu", "us": "  dd   "}) == "uupppuu"


def test_the_evidence_is_that_of_the_worst_place_under_its_name() -> None:
    both = history({"ap": "s", "eu": "d", "us": "d"}).rounds
    told = {"ap": "3.1 s", "eu": "status 500", "us": ""}
    known = [replace(r, samples=(replace(r.samples[0], detail=told[r.vantage]),)) for r in both]

    def evidence(names: str) -> tuple[str, str]:
        chosen = tuple(r for r in known if r.vantage in names)
        span = spans(History(rounds=chosen), "a", Rules(), START + EVERY)[0]
        return span.code, span.detail

    assert evidence("ap eu us") == ("http.500", "eu: status 500")
    assert evidence("ap us") == ("http.500", "us")
    assert evidence("eu") == ("http.500", "status 500")


def test_what_all_places_see_alike_names_none() -> None:
    assert seen({"eu": "dd", "us": "dd"}) == seen({"": "dd"})


def test_a_place_without_a_name_leaves_the_detail_as_it_is() -> None:
    spoken = {"": [Span(START, START + EVERY, State.MAJOR, "http.500", "status 500")], "eu": []}
    spoken["eu"] = [Span(START, START + EVERY, State.OPERATIONAL)]

    assert merged(spoken)[0].detail == "status 500"


# --- properties --------------------------------------------------------------------------------

words = st.text("usd?v ", max_size=30)
worlds = st.dictionaries(st.sampled_from(["", "ap", "eu", "us"]), words, min_size=1)
rules = st.builds(Rules, st.integers(1, 3), st.integers(1, 3), st.integers(0, 4))
END = START + 40 * EVERY


@given(st.sampled_from(["", "eu"]), words, rules)
def test_one_place_alone_is_judged_as_ever(place: str, some: str, how: Rules) -> None:
    taken = rounds(place, some)
    samples = [s for r in taken for s in r.samples]
    voids = [r.at for r in taken if r.void]

    assert spans(History(rounds=tuple(taken)), "a", how, END) == timeline(samples, voids, how, END).spans


@given(words, rules)
def test_a_place_that_agrees_changes_nothing(some: str, how: Rules) -> None:
    alone, agreed = history({"eu": some}), history({"eu": some, "us": some})

    assert spans(agreed, "a", how, END) == spans(alone, "a", how, END)


@given(worlds, rules, st.randoms(use_true_random=False))
def test_the_order_of_the_rounds_says_nothing(places: dict[str, str], how: Rules, chance: Random) -> None:
    sorted_ = history(places)
    shuffled = list(sorted_.rounds)
    chance.shuffle(shuffled)
    again = History(rounds=tuple(shuffled))

    assert spans(again, "a", how, END) == spans(sorted_, "a", how, END)
    days = [close({"a": how}, r, START.date()) for r in (sorted_.rounds, tuple(shuffled))]
    assert days[0] == days[1]


@given(worlds, rules)
def test_what_any_place_measured_is_measured(places: dict[str, str], how: Rules) -> None:
    lines = [timeline_of(place, some, how) for place, some in places.items()]
    together = spans(history(places), "a", how, END)

    covered = merge(Interval(s.start, s.end) for line in lines for s in line)
    assert merge(Interval(s.start, s.end) for s in together) == covered
    assert sum(Interval(s.start, s.end).seconds for s in together) == total(covered)


@given(worlds, rules)
def test_no_instant_is_better_than_the_best_place_or_worse_than_the_worst(
    places: dict[str, str], how: Rules
) -> None:
    lines = [timeline_of(place, some, how) for place, some in places.items()]
    for span in spans(history(places), "a", how, END):
        told = [s.state.severity for line in lines for s in line if s.start <= span.start < s.end]

        assert min(told) <= span.state.severity <= max(told)


def timeline_of(place: str, some: str, how: Rules) -> Sequence[Span]:
    taken = rounds(place, some)
    voids = [r.at for r in taken if r.void]
    return timeline([s for r in taken for s in r.samples], voids, how, END).spans


def test_a_closed_day_counts_the_samples_of_all_places() -> None:
    (day,), _ = close({"a": Rules(places=2)}, history({"eu": "uu", "us": "dd"}).rounds, date(2026, 11, 22))

    assert day.counts == {"up": 2, "down": 2}
    assert [s.state for s in day.spans] == [State.PARTIAL]
    assert day.rules.places == 2


def test_closed_days_of_several_places_can_be_recomputed(tmp_path: Path) -> None:
    text = COMPONENT.format(more=", every: 1h, places: 2")
    (tmp_path / "components.yaml").write_text(text, "utf-8")
    project = open_project(tmp_path, {})
    for n in range(4 * 24):
        at = START + n * timedelta(hours=1)
        for place, failing in (("eu", n % 7 == 3), ("us", n % 5 == 3)):
            one = replace(sample(at, DOWN if failing else UP), every=timedelta(hours=1))
            record(
                project.records, project.config, Round(id=f"{place}{n}", at=at, vantage=place, samples=(one,))
            )
    built = build_site(project, START + timedelta(days=4) - timedelta(minutes=30))
    swap(built.files, tmp_path / "_site")

    told = verify(project, tmp_path / "_site")
    assert told.faults == ()
    assert "a state: operational (as probed, operational from eu, operational from us)" in told.figures
    (days,) = project.records.list("days/")
    forged = decode_days(project.records.read(days) or b"", days)[0][1]
    project.records.append(days, [encode_days([replace(forged, component="made-up")])])
    assert any(
        "made-up differs from its raw rounds" in fault for fault in verify(project, tmp_path / "_site").faults
    )


# --- on the page -------------------------------------------------------------------------------


def status(places: Mapping[str, str], *, more: str = "") -> ComponentStatus:
    config = load(COMPONENT.format(more=more), "components.yaml", {})
    page = Page(name="X", url="https://x.example", since=2026)
    now = START + (max(map(len, places.values())) - 1) * EVERY
    return snapshot(config, page, history(places), Told((), ()), now).components[0]


def test_the_page_says_what_each_place_sees_and_when() -> None:
    known = status({"eu": "uuuu", "us": "uudd", "ap": "u   "}, more=", places: 2")

    assert known.state is State.PARTIAL
    assert known.places == {"ap": State.UNKNOWN, "eu": State.OPERATIONAL, "us": State.MAJOR}
    assert known.places_checked == {"ap": START, "eu": START + 3 * EVERY, "us": START + 3 * EVERY}
    assert (known.code, known.detail) == ("http.500", "us")


def test_one_place_is_no_list_of_places() -> None:
    known = status({"eu": "uuuu"})

    assert (known.places, known.places_checked) == ({}, {})


def test_a_place_that_has_looked_for_a_day_no_more_is_not_told_of() -> None:
    words = " " * 288 + "u"

    assert status({"eu": words, "us": "u"}).places == {}
    assert set(status({"eu": words, "us": " u"}).places) == {"eu", "us"}


def test_the_runner_of_one_place_offline_does_not_spoil_the_rounds_of_another() -> None:
    config = load(COMPONENT.format(more=""), "components.yaml", {})
    page = Page(name="X", url="https://x.example", since=2026)

    def void(places: Mapping[str, str]) -> str:
        now = START + 3 * EVERY
        return snapshot(config, page, history(places), Told((), ()), now).void

    assert void({"eu": "uuuu", "us": "uuuv"}) == ""
    assert void({"us": "uuuv"}) == "runner.offline"
    assert void({"eu": "uuvv", "us": "uuvv"}) == "runner.offline"
    assert void({"eu": "u   ", "us": "uuuv"}) == "runner.offline"
    assert void({"us": "uuvu"}) == ""
