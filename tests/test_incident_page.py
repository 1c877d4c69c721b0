"""An incident's own page: people's words beside the checks', how long it took, the report, other languages."""

from dataclasses import replace
from datetime import date, timedelta

import snapshots as given
from snapshots import NOW, at

from statuspage.analytics import course
from statuspage.i18n import language
from statuspage.model import (
    Action,
    Incident,
    IncidentStatus,
    Maintenance,
    Outage,
    State,
    Translation,
)
from statuspage.views import Context, home, incident_page
from statuspage.views.context import happened
from statuspage.views.incident_page import MOST, IncidentPage

MINUTE = timedelta(minutes=1)
EUROPE = given.SLOW_EUROPE
OUTAGE = Outage(
    component="language-model",
    start=at("2026-11-22 14:02"),
    end=None,
    state=State.PARTIAL,
    code="timeout",
    detail="no answer in 10 s",
)


def page_of(one: Incident | Maintenance, *outages: Outage, code: str = "en") -> IncidentPage:
    return incident_page(context(one, *outages, code=code), one)


def context(one: Incident | Maintenance, *outages: Outage, code: str = "en", first: str = "en") -> Context:
    world = given.trouble()
    components = tuple(
        replace(c, outages=tuple(o for o in outages if o.component == c.id)) for c in world.components
    )
    snapshot = replace(
        world,
        components=components,
        page=replace(world.page, languages=(first,)),
        incidents=(one,) if isinstance(one, Incident) else (),
        maintenances=(one,) if isinstance(one, Maintenance) else (),
    )
    return Context.of(snapshot, language(code, snapshot.page.timezone)).at(f"incidents/{one.id}/")


def resolved(minutes: int = 60) -> Incident:
    end = EUROPE.started + minutes * MINUTE
    over = given.update(3, "resolved", f"{end:%Y-%m-%d %H:%M}", "It works again.")
    return replace(EUROPE, status=IncidentStatus.RESOLVED, resolved=end, updates=(over, *EUROPE.updates))


def told(page: IncidentPage) -> list[str]:
    return [moment.update.status if moment.update else moment.told for moment in page.moments]


# --- the timeline --------------------------------------------------------------------------------


def test_what_the_checks_saw_stands_between_what_people_wrote() -> None:
    over = replace(OUTAGE, end=at("2026-11-22 14:20"))

    assert told(page_of(EUROPE, over)) == [
        "Identified",
        "Language model: Operational",
        "Investigating",
        "Language model: Partial outage",
    ]


def test_of_what_happens_at_once_people_s_words_stand_above() -> None:
    same = replace(OUTAGE, start=EUROPE.updates[0].at)

    assert told(page_of(EUROPE, same))[:2] == ["Identified", "Language model: Partial outage"]


def test_outages_of_other_components_and_other_times_are_left_out() -> None:
    other = replace(OUTAGE, component="web-chat")
    before = replace(OUTAGE, start=at("2026-11-22 13:00"), end=EUROPE.started)

    assert told(page_of(EUROPE, other, before)) == ["Identified", "Investigating"]


def test_too_many_changes_are_left_to_the_table() -> None:
    many = [
        replace(OUTAGE, start=EUROPE.started + n * MINUTE, end=EUROPE.started + n * MINUTE + MINUTE / 2)
        for n in range(MOST // 2 + 1)
    ]
    page = page_of(EUROPE, *many)

    assert told(page) == ["Identified", "Investigating"]
    assert page.moments_note == f"The checks saw it change {MOST + 2} times: the table below has them all."
    assert len(page.seen) == len(many)
    assert page_of(EUROPE, *many[1:]).moments_note == ""


def test_an_update_tells_which_states_it_changed() -> None:
    first, second = EUROPE.updates[1], EUROPE.updates[0]
    one = replace(
        EUROPE,
        updates=(
            replace(second, components={"language-model": State.PARTIAL, "web-chat": State.OPERATIONAL}),
            replace(first, components={"language-model": State.PARTIAL}),
        ),
    )
    changes = [u.changes for u in page_of(one).card.updates]

    assert [[(c.link.text, c.state.word) for c in several] for several in changes] == [
        [("Web chat", "Operational")],
        [("Language model", "Partial outage")],
    ]


# --- how long it took ----------------------------------------------------------------------------


def times(page: IncidentPage) -> list[tuple[str, str]]:
    return [(fact.label, fact.told[0].before.replace("\N{NO-BREAK SPACE}", " ")) for fact in page.times]


def test_times_are_counted_from_the_first_failing_check() -> None:
    assert times(page_of(resolved(), OUTAGE)) == [
        ("Seen by the checks", "At once"),
        ("First public word", "After 7 min"),
        ("Repaired", "After 1 h 3 min"),
    ]


def test_times_are_counted_from_the_start_that_the_file_names_when_that_is_earlier() -> None:
    late = replace(OUTAGE, start=EUROPE.started + 10 * MINUTE)
    went = course(EUROPE, [late])

    assert (went.began, went.detected, went.repaired) == (EUROPE.started, late.start, None)
    assert times(page_of(EUROPE, late))[0] == ("Seen by the checks", "After 10 min")


def test_what_did_not_happen_is_said() -> None:
    afterwards = replace(
        resolved(), updates=tuple(replace(u, first_seen=NOW) for u in resolved(1).updates), resolved=NOW
    )

    assert times(page_of(EUROPE)) == [
        ("Seen by the checks", "Not at all"),
        ("First public word", "After 4 min"),
        ("Repaired", "Not yet"),
    ]
    assert times(page_of(afterwards))[1] == ("First public word", "Only when it was over")


def test_a_maintenance_has_no_such_times_and_a_calendar_until_it_is_over() -> None:
    work = given.REINDEXING
    page, past = page_of(work), page_of(replace(work, end=NOW))

    assert page.times == ()
    assert page.calendar is not None
    assert page.calendar.href == "../../maintenance.ics"
    assert past.calendar is None


def test_work_that_recurs_says_when_it_comes_again() -> None:
    work = given.REINDEXING
    again = replace(work, start=work.start + timedelta(days=7), end=work.end + timedelta(days=7))
    when = page_of(replace(work, later=(again, again))).card.when

    assert [phrase.before for phrase in when[1:]] == ["then again: "]
    assert when[1].when is not None
    assert when[1].when.text == "3 December, 02:00 UTC"


def test_an_update_that_is_overdue_is_said() -> None:
    def notes(due: object) -> tuple[str, ...]:
        return page_of(replace(EUROPE, next_update=due)).card.notes  # type: ignore[arg-type]

    assert notes(NOW - MINUTE) == (f"The next update was due {NOW - MINUTE:%H:%M} UTC.",)
    assert notes(NOW + MINUTE) == notes("not known yet") == notes(None) == ()


# --- the report ----------------------------------------------------------------------------------


def test_the_report_has_a_section_of_its_own_with_its_anchor() -> None:
    over = resolved()
    report = given.update(4, "postmortem", "2026-11-22 15:30", "A worker limit.")
    actions = (
        Action(text="a", done=False, due=date(2026, 11, 1)),
        Action(text="b", done=True, due=date(2026, 11, 1)),
    )
    page = page_of(
        replace(over, status=IncidentStatus.POSTMORTEM, updates=(report, *over.updates), actions=actions)
    )

    assert [r.anchor for r in page.reports] == ["update-4"]
    assert [m.report for m in page.moments] == [True, False, False, False]
    assert page.report_note == "1 action of this report is late."


def test_the_page_leads_to_what_was_before_and_after() -> None:
    world = given.trouble()
    filed: list[Incident | Maintenance] = [*world.incidents, *world.maintenances]
    told = sorted(filed, key=happened)
    pages = [
        incident_page(Context.of(world, language("en", "UTC")).at(f"incidents/{one.id}/"), one)
        for one in told
    ]

    assert [p.older and p.older.text for p in pages] == [None, *(f"Before: {one.title}" for one in told[:-1])]
    assert [p.newer and p.newer.text for p in pages] == [*(f"After: {one.title}" for one in told[1:]), None]


# --- other languages -----------------------------------------------------------------------------

FRENCH = replace(
    EUROPE,
    translations={
        "title": {"fr": Translation("Réponses lentes")},
        "cause": {"fr-CA": Translation("Capacité")},
    },
    updates=(
        replace(EUROPE.updates[0], translations={"fr": Translation("Oui", "<p>Oui</p>", older=True)}),
        EUROPE.updates[1],
    ),
)


def test_a_page_shows_the_translation_in_its_language_or_of_another_region() -> None:
    card = page_of(FRENCH, code="fr").card

    assert (card.title.text, card.title.lang) == ("Réponses lentes", "")
    assert card.facts[0].told[0].before == "Capacité"
    assert (card.updates[0].prose.html, card.updates[0].prose.older) == ("<p>Oui</p>", True)


def test_what_has_no_translation_is_shown_as_it_was_written_and_marked_with_its_language() -> None:
    card = page_of(FRENCH, code="fr").card

    assert (card.updates[1].prose.html, card.updates[1].prose.lang) == (EUROPE.updates[1].html, "en")
    assert (card.facts[1].told[0].before, card.facts[1].lang) == (EUROPE.doing, "en")


def test_the_language_of_the_file_is_the_first_of_the_page() -> None:
    at_home = context(FRENCH, code="fr", first="fr")
    abroad = context(FRENCH, code="en", first="fr")

    assert incident_page(at_home, FRENCH).card.updates[1].prose.lang == ""
    assert incident_page(abroad, FRENCH).card.updates[1].prose.lang == "fr"


def test_a_regional_translation_wins_on_pages_of_that_region_alone() -> None:
    british = replace(EUROPE, translations={"title": {"en-GB": Translation("Colour")}})

    assert page_of(british, code="en-GB").card.title.text == "Colour"
    assert page_of(british, code="en-US").card.title.text == EUROPE.title


def test_a_title_in_another_language_is_said_everywhere() -> None:
    there = context(FRENCH, code="fr")
    calm = replace(there.snapshot, components=())
    page = home(Context.of(calm, language("fr", "UTC")))

    assert page.headline.sentence.endswith("Réponses lentes")
    assert page.incidents[0].title.text == "Réponses lentes"
    assert page.past[0].lines[0].title.text == "Réponses lentes"


def test_an_older_translation_is_said_on_the_card() -> None:
    older = replace(EUROPE, translations={"doing": {"fr": Translation("x", older=True)}})

    assert page_of(older, code="fr").card.notes == ("L’original a été modifié après cette traduction.",)
    assert page_of(older, code="en").card.notes == ()
