"""What came again is found, and nothing else; in any language, with any text, and quickly."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
import snapshots as given
from hypothesis import given as holds
from hypothesis import settings
from hypothesis import strategies as st
from remembered import BEGIN, DAY, PLANTED, Planted, incident, ten_years, update

from statuspage.knowledge import (
    MANY,
    WINDOW,
    Recurrence,
    alike_groups,
    first_sentence,
    fixed_by,
    memory,
    recurrences,
    to_do,
)
from statuspage.knowledge.likeness import (
    ALIKE,
    COMPARED,
    ENOUGH,
    SHARED,
    Bag,
    Rarity,
    bag,
    cosine,
    grouped,
    vectors,
)
from statuspage.knowledge.words import MOST, terms
from statuspage.model import Action, CauseClass, Incident

SEEDS = range(3)  # others than those by which the least likeness was chosen


def found(incidents: Sequence[Incident], hidden: frozenset[str] = frozenset()) -> dict[str, Recurrence]:
    return dict(recurrences(incidents, alike_groups(incidents), hidden))


def pairs(planted: Planted) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Pairs of incidents that were planted as the same trouble within the window, and those that were found."""
    wanted = {
        (one.id, other.id)
        for one, other in combinations(planted.incidents, 2)
        if one.id in planted.trouble
        and planted.trouble[one.id] == planted.trouble.get(other.id)
        and other.started - one.started <= WINDOW
    }
    seen = {(b.incident.id, id_) for id_, known in found(planted.incidents).items() for b in known.before}
    return wanted, seen


# --- ten years -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_of_ten_years_all_that_was_planted_is_found_and_nothing_else(seed: int) -> None:
    wanted, seen = pairs(ten_years(seed))

    assert len(wanted) == 138
    assert seen == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_groups_by_text_hold_one_trouble_each(seed: int) -> None:
    planted = ten_years(seed)
    groups = alike_groups(planted.incidents)
    together = [
        (one, other) for one, other in combinations(range(len(groups)), 2) if groups[one] == groups[other]
    ]
    names = [planted.trouble.get(one.id, one.id) for one in planted.incidents]
    wrong = [pair for pair in together if names[pair[0]] != names[pair[1]]]
    told = sum(name.startswith("text") for name in names)

    assert len(wrong) <= 1  # of 144,000 pairs: made-up words are alike by chance now and then
    assert len({groups[n] for n, name in enumerate(names) if name.startswith("text")}) == len(PLANTED)
    assert told == 6 * sum(map(len, PLANTED))


def test_ordinals_count_one_round_of_a_trouble() -> None:
    planted = ten_years(1)
    known = found(planted.incidents)
    whatsapp = [one for one in planted.incidents if planted.trouble.get(one.id) == "text-1"][:3]

    assert [known[one.id].nth if one.id in known else 1 for one in whatsapp] == [1, 2, 3]
    assert [before.incident for before in known[whatsapp[2].id].before] == [whatsapp[1], whatsapp[0]]
    assert all(before.alike and not before.components for before in known[whatsapp[2].id].before)


def test_the_time_does_not_grow_with_the_square() -> None:
    planted = ten_years(3, alone=1000)
    some = vectors([bag([(terms(f"{one.title} {one.cause}"), 1)]) for one in planted.incidents])

    def took(several: int) -> float:
        begun = time.process_time()
        grouped(some[:several])
        return time.process_time() - begun

    took(500)
    assert took(1000) < 3  # it takes 0.1 s; each with each would be half a million cosines


# --- which are the same --------------------------------------------------------------------------


def told(
    n: int, days: float, *, cause: CauseClass = CauseClass.UNKNOWN, parts: tuple[str, ...] = ()
) -> Incident:
    """An incident whose words are its own."""
    words = tuple(" ".join(f"w{n}{letter}{k}" for letter in "abc") for k in range(4))
    return incident(f"i{n:05}", BEGIN + days * DAY, (words[0], words[1], words[2], words[3]), parts, cause)


NETWORK = CauseClass.NETWORK


def test_the_same_component_and_class_of_cause_within_90_days_is_the_same_again() -> None:
    one, two, three = (
        told(n, days, cause=NETWORK, parts=("a", "b")) for n, days in ((1, 0), (2, 90), (3, 91))
    )
    known = found([one, two, three])

    assert {id_: again.nth for id_, again in known.items()} == {two.id: 2, three.id: 2}
    assert known[two.id].before[0].components == ("a", "b")
    assert not known[two.id].before[0].alike


@pytest.mark.parametrize(
    ("cause", "part"), [(CauseClass.SOFTWARE, "a"), (NETWORK, "b"), (CauseClass.UNKNOWN, "a")]
)
def test_another_component_or_cause_is_another_trouble(cause: CauseClass, part: str) -> None:
    assert not found([told(1, 0, cause=NETWORK, parts=("a",)), told(2, 1, cause=cause, parts=(part,))])


def test_two_causes_that_nobody_knows_are_not_the_same() -> None:
    assert not found([told(1, 0, parts=("a",)), told(2, 1, parts=("a",))])


def test_a_hidden_component_makes_nothing_the_same() -> None:
    two = [told(n, n, cause=NETWORK, parts=("vault",)) for n in (1, 2)]

    assert found(two)
    assert not found(two, frozenset({"vault"}))


def test_alike_texts_about_different_components_are_not_the_same() -> None:
    one, two = (
        incident(f"i{n}", BEGIN + n * DAY, PLANTED[1][n], parts) for n, parts in enumerate([("a",), ("b",)])
    )

    assert not found([one, two])
    assert found([one, replace(two, worst=one.worst)])[two.id].before[0].alike
    assert found([one, replace(two, worst={})])


def test_more_than_a_hundred_times_are_not_counted_on() -> None:
    many = [told(n, n / 10, cause=NETWORK, parts=("a",)) for n in range(MANY + 20)]
    known = found(many)

    assert known[many[MANY].id].nth == MANY + 1
    assert known[many[MANY].id].many
    assert not known[many[MANY - 1].id].many
    assert known[many[-1].id].nth == MANY + 1
    assert known[many[-1].id].before[0].incident is many[-2]


def test_the_same_text_ten_thousand_times_is_one_group() -> None:
    same = [{"quota": 3.0, "provider": 1.0}] * 10_000

    assert set(grouped(vectors(same[: ENOUGH - 1]))) == {0}
    assert len(set(grouped(vectors([*same, *({f"x{n}": 1.0} for n in range(10_001))])))) == 10_002


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Providers' QUOTA: 503 at 14:05!", ["provid", "quota", "503", "at"]),
        ("Réponses à Zürich, STRASSE straße", ["repons", "a", "zurich", "strass", "strass"]),
        ("知识库索引", ["知识", "识库", "库索", "索引"]),
        ("WhatsApp的令牌过期了", ["whatsa", "的令", "令牌", "牌过", "过期", "期了"]),
        ("ボット が", ["ボッ", "ット", "が"]),
        ("안녕하세요 여러분", ["안녕하세요", "여러분"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("snake_case <b>x</b> ٣٣", ["snake", "case", "b", "x", "b"]),
        ("", []),
        ("\N{FACE WITH TEARS OF JOY} \x00 -- _ \ud800", []),
    ],
)
def test_a_text_is_words_without_accents_case_and_endings(text: str, wanted: list[str]) -> None:
    assert list(terms(text)) == wanted


def test_a_text_without_an_end_is_cut() -> None:
    assert len(list(terms("ab " * 100_000))) == MOST // 3 + 1
    assert len(list(terms("索" * 100_000))) == MOST - 1


@holds(st.text("aZ19_- \n", max_size=40))
def test_plain_text_has_the_terms_that_it_has_beside_letters_with_accents(text: str) -> None:
    assert [*terms(text), "e"] == list(terms(f"{text} é"))


@holds(st.text())
def test_any_text_has_terms_without_spaces(text: str) -> None:
    assert all(term and not term.isspace() for term in terms(text))
    assert list(terms(text)) == list(terms(text))


# --- likeness ------------------------------------------------------------------------------------

BAGS = st.lists(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([1.0, 2.0, 5.0]), max_size=6), max_size=30
)


@holds(BAGS)
def test_likeness_is_between_nothing_and_the_same(bags: list[Bag]) -> None:
    known = vectors(bags)
    for one, other in combinations(known, 2):
        assert 0 <= cosine(one, other) <= 1 + 1e-9
        assert cosine(one, other) == pytest.approx(cosine(other, one))
    for one in known:
        assert not one or cosine(one, one) == pytest.approx(1)


@holds(BAGS)
@settings(max_examples=60)
def test_a_text_joins_the_group_of_the_likest_before_it(bags: list[Bag]) -> None:
    """Against a plain computation, which looks at each text before it."""
    known = vectors(bags)
    groups: list[int] = []
    compared: list[int] = []
    for n, one in enumerate(known):
        near = [m for m in compared if len({*one} & {*known[m]}) >= min(SHARED, len(one))]
        likest = max(near, key=lambda m: (cosine(one, known[m]), -m), default=None)
        alone = likest is None or cosine(one, known[likest]) < ALIKE
        groups.append(n if likest is None or alone else groups[likest])
        if groups.count(groups[n]) <= COMPARED:
            compared.append(n)

    assert grouped(known) == groups


def test_the_weights_are_those_of_the_textbook() -> None:
    known = Rarity([{"a": 1.0, "b": 1.0}, {"b": 3.0}])
    vector = known.vector({"a": 1.0, "b": 1.0})

    assert list(vector) == ["a", "b"]  # the rarest first
    assert vector["a"] / vector["b"] == pytest.approx((1 + 0.405465) / 1)  # 1 + ln(3 / 2), 1 + ln(3 / 3)


def test_stop_words_are_learned_once_there_are_enough_texts() -> None:
    few = [{"the": 1.0, f"x{n}": 1.0} for n in range(ENOUGH - 1)]
    many = [*few, {"the": 1.0}]

    assert "the" in vectors(few)[0]
    assert "the" not in vectors(many)[0]
    assert vectors(many)[-1] == {}


def test_set_phrases_of_updates_make_no_few_incidents_alike() -> None:
    one = incident("a", BEGIN, ("Payment page down", "The payment provider had an outage.", "x", "y"))
    two = incident("b", BEGIN + DAY, ("Voice calls drop", "A firmware of the gateway.", "x", "y"))

    assert not found([one, two])


# --- hostile -------------------------------------------------------------------------------------

HOSTILE = (
    "",
    "<script>alert('x')</script>" * 3,
    "{{ 7 * 7 }} {% raw %}",
    "word " * 10_000,
    " ".join(f"w{n}" for n in range(10_000)),
    "索引" * 3000,
    "\u202e\x00\x1b[31m",
    "a" * 50_000,
    "\N{COMBINING ACUTE ACCENT}" * 5000,
)


def test_hostile_texts_are_compared_like_others() -> None:
    many = [
        incident(f"{n}-{m}", BEGIN + n * DAY + timedelta(hours=m), (title, title, "x", "y"))
        for m in range(2)
        for n, title in enumerate(HOSTILE)
    ]
    many.sort(key=lambda one: (one.started, one.id))
    begun = time.process_time()
    known = found(many)

    assert time.process_time() - begun < 5
    named = [n for n, title in enumerate(HOSTILE) if any(terms(title))]
    assert {f"{n}-1" for n in named} <= {*known}
    assert "0-1" not in known  # nothing is not like nothing


# --- what fixed it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A new node serves. All is well.", "A new node serves."),
        ('He said "done." Then left.', 'He said "done."'),
        ("已重建索引。恢复正常。", "已重建索引。"),
        ("It took 3.5 hours\nto mend\n\nMore.", "It took 3.5 hours to mend"),
        ("", ""),
        ("x" * 300, "x" * 300),
    ],
)
def test_the_first_sentence_is_told(text: str, wanted: str) -> None:
    assert first_sentence(text) == wanted


def test_a_report_s_word_comes_before_that_of_the_update() -> None:
    one = incident("a", BEGIN, PLANTED[1][0])
    resolved = update(9, "A new token was put in. Sorry.", BEGIN, "resolved")
    one = replace(one, updates=(resolved,))

    assert fixed_by(one) == "A new token was put in."
    assert fixed_by(replace(one, fixed="A token that never expires.")) == "A token that never expires."
    assert fixed_by(replace(one, updates=(replace(resolved, text="It is over."),))) == ""


# --- the page's memory ---------------------------------------------------------------------------


def test_a_page_remembers_only_what_it_may_show() -> None:
    vault = given.component("vault", "Vault")
    shown = given.component("chat", "Chat")
    some = [
        told(n, n, cause=NETWORK, parts=parts)
        for n, parts in enumerate([("vault",), ("vault", "chat"), ("chat",)])
    ]
    snapshot = replace(given.snapshot([shown], incidents=some), hidden=(vault,))
    known = memory(snapshot)

    assert [one.id for one in known.incidents] == ["i00002", "i00001"]
    assert {*known.by_component} == {"chat"}
    assert known.recurrences["i00002"].before[0].components == ("chat",)
    assert "i00001" not in known.recurrences


def test_the_same_incidents_are_looked_through_once() -> None:
    snapshot = given.trouble()

    assert memory(snapshot) is memory(replace(snapshot, now=snapshot.now + DAY))
    assert memory(snapshot) is not memory(replace(snapshot, incidents=(*snapshot.incidents, told(1, 0))))


def test_late_actions_come_first_then_open_ones_then_what_is_done() -> None:
    today = BEGIN.date()

    def actions() -> Iterator[tuple[str, Action]]:
        yield "a", Action(text="done", done=True, due=today - DAY)
        yield "a", Action(text="some day", done=False)
        yield "b", Action(text="soon", done=False, due=today)
        yield "b", Action(text="late", done=False, due=today - DAY)
        yield "c", Action(text="later than that", done=False, due=today - 2 * DAY)

    assert [(one.action.text, one.late) for one in to_do(actions(), today)] == [
        ("later than that", True),
        ("late", True),
        ("soon", False),
        ("some day", False),
        ("done", False),
    ]
