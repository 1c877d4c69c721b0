"""What people come to do: its state, the table on the front page, the API, what a reader can do meanwhile."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import snapshots as given
from browsing import in_languages
from hypothesis import given as holds
from hypothesis import strategies as st
from snapshots import NOW

from statuspage import journeys
from statuspage.config import load
from statuspage.declared import Told
from statuspage.model import History, Needs, Plan, Round, Sample, Snapshot, State, Verdict
from statuspage.outputs.html import html
from statuspage.outputs.site import OUTPUTS, build
from statuspage.snapshot import snapshot
from statuspage.views import home
from statuspage.views.incidents import incident_card
from statuspage.views.languages import contexts, first_context

MINUTE = timedelta(minutes=1)
IDS = ("a", "b", "c", "d")
GOOD = Path(__file__).parent / "example-files/config/good/journeys.yaml"


def needs(depth: int = 3) -> st.SearchStrategy[Needs]:
    leaf: st.SearchStrategy[str | Needs] = st.sampled_from(IDS)
    member = leaf if depth == 0 else st.one_of(leaf, needs(depth - 1))
    return st.builds(Needs, st.lists(member, min_size=1, max_size=3).map(tuple), any_one=st.booleans())


states = st.fixed_dictionaries({id_: st.sampled_from(State) for id_ in IDS})


# --- the state ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "every", "any_one"),
    [
        (State.OPERATIONAL, State.OPERATIONAL, State.OPERATIONAL, State.OPERATIONAL),
        (State.OPERATIONAL, State.UNKNOWN, State.UNKNOWN, State.OPERATIONAL),
        (State.OPERATIONAL, State.MAJOR, State.MAJOR, State.OPERATIONAL),
        (State.DEGRADED, State.UNKNOWN, State.DEGRADED, State.DEGRADED),
        (State.PARTIAL, State.UNKNOWN, State.PARTIAL, State.UNKNOWN),
        (State.MAJOR, State.UNKNOWN, State.MAJOR, State.UNKNOWN),
        (State.MAINTENANCE, State.UNKNOWN, State.MAINTENANCE, State.UNKNOWN),
        (State.MAINTENANCE, State.MAJOR, State.MAJOR, State.MAJOR),
        (State.MAINTENANCE, State.DEGRADED, State.DEGRADED, State.DEGRADED),
        (State.UNKNOWN, State.UNKNOWN, State.UNKNOWN, State.UNKNOWN),
    ],
)
def test_the_worst_of_all_that_is_needed_the_best_of_what_one_will_do_of(
    first: State, second: State, every: State, any_one: State
) -> None:
    for told in ({"a": first, "b": second}, {"a": second, "b": first}):
        assert journeys.state(Needs(("a", "b")), told) is every
        assert journeys.state(Needs(("a", "b"), any_one=True), told) is any_one


@holds(needs(), states)
def test_nothing_works_that_is_not_known_to_work(what: Needs, told: Mapping[str, State]) -> None:
    """Operational is told only where those that are operational are enough, whatever the others are."""
    lost = frozenset(id_ for id_, state in told.items() if state is not State.OPERATIONAL)

    assert (journeys.state(what, told) is State.OPERATIONAL) == journeys.holds(what, lost)


@holds(needs(), st.sampled_from(IDS), states)
def test_a_component_that_gets_well_ends_no_journey(what: Needs, id_: str, told: Mapping[str, State]) -> None:
    before = journeys.state(what, told)

    assert before is not State.OPERATIONAL or before is journeys.state(what, {**told, id_: State.OPERATIONAL})


def test_a_component_that_is_not_there_is_unknown() -> None:
    assert journeys.state(Needs(("gone",)), {}) is State.UNKNOWN


def test_the_components_of_nested_needs_are_named_once() -> None:
    assert Needs(("a", Needs(("b", "a", Needs(("c",))), any_one=True))).components == ("a", "b", "c")


def test_the_snapshot_tells_each_journey_from_what_was_measured() -> None:
    config = load(GOOD.read_text("utf-8"), "components.yaml", {})

    def seen(**verdicts: Verdict) -> list[State]:
        samples = tuple(
            Sample(component=id_.replace("_", "-"), at=NOW, verdict=verdict, every=5 * MINUTE)
            for id_, verdict in verdicts.items()
        )
        history = History(rounds=(Round(id="r", at=NOW, samples=samples),))
        page = config.page.as_model()
        return [one.state for one in snapshot(config, page, history, Told((), ()), NOW).journeys]

    up, down = Verdict.UP, Verdict.DOWN
    assert seen(web_chat=up, model_a=up, model_b=down) == [State.OPERATIONAL, State.OPERATIONAL]
    assert seen(web_chat=up, model_a=down, model_b=down) == [State.MAJOR, State.MAJOR]
    assert seen(web_chat=down, model_a=up, model_b=up) == [State.MAJOR, State.OPERATIONAL]
    assert seen(web_chat=up) == [State.UNKNOWN, State.UNKNOWN]
    assert seen() == [State.UNKNOWN, State.UNKNOWN]


# --- the front page ----------------------------------------------------------------------------


def site(snapshot: Snapshot) -> Mapping[str, bytes]:
    return build(snapshot, [html])


def rows(snapshot: Snapshot, language: int = 0) -> list[tuple[str, str, str]]:
    matrix = home(contexts(snapshot)[language]).matrix
    assert matrix
    return [(row.name.text, row.state.word, row.workaround.text) for row in matrix.rows]


def test_the_front_page_says_what_works_and_what_to_do_meanwhile() -> None:
    assert rows(given.prepared()) == [
        ("Ask a question", "Partial outage", "Write to us on WhatsApp meanwhile."),
        ("Find an article", "Operational", ""),
        ("Write to us", "Operational", ""),
    ]


def test_it_says_so_in_the_reader_s_language_as_far_as_the_file_does() -> None:
    french = in_languages(given.prepared(), "en", "fr")
    page = site(french)["fr/index.html"].decode()

    assert [name for name, *_ in rows(french, 1)] == ["Poser une question", "Find an article", "Nous écrire"]
    assert "Écrivez-nous sur WhatsApp en attendant." in page
    assert '<th scope="row" role="rowheader" lang="en" dir="auto">Find an article</th>' in page
    assert '<th scope="row" role="rowheader">Nous écrire</th>' in page


def test_without_journeys_the_front_page_has_no_octet_of_them() -> None:
    page = site(given.trouble())["index.html"]

    assert b"able" not in page.replace(b"unreadable", b"").replace(b"available", b"")
    assert home(first_context(given.trouble())).matrix is None


def test_the_column_of_workarounds_is_there_when_one_is_wanted() -> None:
    calm = replace(given.prepared(), components=given.everyday().components)
    calm = replace(calm, journeys=tuple(replace(one, state=State.OPERATIONAL) for one in calm.journeys))
    matrix = home(first_context(calm)).matrix

    assert matrix
    assert matrix.columns == ("What people come to do", "State")
    assert b"Meanwhile" not in site(calm)["index.html"]


@pytest.mark.parametrize("state", [one for one in State if one is not State.OPERATIONAL])
def test_whatever_does_not_work_for_certain_has_its_workaround(state: State) -> None:
    told = replace(given.prepared(), journeys=(replace(given.JOURNEYS[2], state=state),))

    assert rows(told)[0][2] == "Send a mail to help@acme.example."


def test_a_page_that_is_out_of_date_knows_of_no_journey_whether_it_works() -> None:
    old = replace(given.prepared(), valid_until=NOW - MINUTE)

    assert {state for _, state, _ in rows(old)} == {"Not measured"}


def test_hostile_names_break_out_of_nothing() -> None:
    evil = "<script>alert(1)</script>\"'&"
    told = replace(
        given.prepared(),
        journeys=(replace(given.JOURNEYS[0], name={"": evil}, workaround={"": evil}),),
    )
    page = site(told)["index.html"].decode()

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") == 2


# --- the API -----------------------------------------------------------------------------------


def test_the_api_has_the_journeys_with_what_they_need() -> None:
    made = json.loads(build(given.prepared())["api/status.json"])

    assert made["journeys"][2] == {
        "id": "write",
        "name": {"en": "Write to us", "fr": "Nous écrire"},
        "state": "operational",
        "needs": {"all": [{"any": ["whatsapp", "messenger", "telegram"]}]},
        "workaround": {"": "Send a mail to help@acme.example."},
    }
    assert json.loads(build(given.trouble())["api/status.json"])["journeys"] == []


# --- what a reader can do about an incident ------------------------------------------------------


def with_fallback(snapshot: Snapshot) -> Snapshot:
    plan = Plan(fallback={"en": "Ask the help pages.", "fr": "Voyez les pages d'aide."})
    return replace(
        snapshot,
        components=tuple(
            replace(one, plan=plan) if one.id == "dialogue-engine" else one for one in snapshot.components
        ),
    )


def test_an_incident_without_a_workaround_tells_the_fallback_of_what_it_names() -> None:
    shown = in_languages(with_fallback(given.trouble()), "en", "fr")
    quiet = replace(given.SLOW_EUROPE, workaround="", translations={})

    assert incident_card(contexts(shown)[0], quiet).workaround.text == "Ask the help pages."
    assert incident_card(contexts(shown)[1], quiet).workaround.text == "Voyez les pages d'aide."


def test_what_the_incident_says_itself_comes_first() -> None:
    shown = with_fallback(given.trouble())
    written = replace(given.SLOW_EUROPE, workaround="Use the mail form.")

    assert incident_card(first_context(shown), written).workaround.text == "Use the mail form."


def test_what_is_operational_again_needs_no_fallback() -> None:
    shown = with_fallback(given.trouble())
    over = replace(given.SLOW_EUROPE, workaround="", components={"dialogue-engine": State.OPERATIONAL})

    assert incident_card(first_context(shown), over).workaround.text == ""


# --- what stays with the operator ------------------------------------------------------------------


def test_neither_owner_nor_runbook_is_anywhere_on_the_site() -> None:
    for path, body in build(given.prepared(), [html, *OUTPUTS]).items():
        for secret in (
            b"Conversation team",
            b"wiki.acme.example",
            b"wiki.internal",
            b"10.1.2.3",
            b"search-2",
        ):
            assert secret not in body, path
