"""How the operator is prepared as a page, JSON, CSV and Markdown, and the command that prints it."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import snapshots as given
from browsing import in_languages
from click.testing import CliRunner, Result
from snapshots import NOW

from statuspage.cli import main
from statuspage.continuity import outlook
from statuspage.history import days_path, encode_days
from statuspage.ledger import LEDGER_PATH, encode
from statuspage.model import (
    Day,
    Fact,
    Journey,
    Needs,
    Plan,
    Rehearsal,
    Rules,
    Snapshot,
    Span,
    State,
)
from statuspage.outputs.continuity import COLUMNS, as_csv, as_json, as_markdown
from statuspage.outputs.html import continuity_file, html
from statuspage.outputs.site import OUTPUTS, build
from statuspage.pipeline import open_project
from statuspage.views import continuity_page
from statuspage.views.continuity import ContinuityPage
from statuspage.views.languages import first_context

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NB = "\N{NO-BREAK SPACE}"
DRILL = Rehearsal(NOW - 12 * DAY, "down", True, 5 * MINUTE, 6 * MINUTE, 5 * MINUTE)
PAGE = "continuity/index.html"


def page_of(snapshot: Snapshot, *, public: bool = False) -> ContinuityPage:
    told = outlook(snapshot, hidden=not public)
    return continuity_page(first_context(snapshot).at("continuity/"), told, public=public)


def public(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, continuity=True)


def plain(text: str) -> str:
    return text.replace(NB, " ")


def with_plan(snapshot: Snapshot, id_: str, plan: Plan) -> Snapshot:
    return replace(
        snapshot,
        components=tuple(replace(one, plan=plan) if one.id == id_ else one for one in snapshot.components),
    )


# --- what is told ------------------------------------------------------------------------------


def test_what_people_come_to_do_has_its_availability_and_what_ends_it() -> None:
    rows = page_of(given.prepared()).journeys

    assert [(row.name.text, row.state.word, row.share, row.independent) for row in rows] == [
        ("Ask a question", "Partial outage", "99.89%", "99.86%"),
        ("Find an article", "Operational", "100%", "100%"),
        ("Write to us", "Operational", "100%", "100%"),
    ]
    assert [link.text for link in rows[0].alone] == ["Dialogue engine", "Language model"]


def test_single_points_of_failure_say_what_they_end() -> None:
    assert [(row.link.text, row.told) for row in page_of(given.prepared()).single] == [
        ("Dialogue engine", "Ends: Ask a question. Takes with it: Web chat."),
        ("Language model", "Ends: Ask a question. Takes with it: Web chat and Dialogue engine."),
    ]


def test_the_greatest_risk_stands_first_and_says_why() -> None:
    first, *rest = page_of(given.prepared()).risks

    assert (first.link.text, first.often, first.impact, first.risk and first.risk.word) == (
        "Dialogue engine",
        "seldom: 1 outage in 89 measured days",
        "high",
        "medium",
    )
    assert first.why == "Ends: Ask a question. Takes with it: Web chat"
    web = next(row for row in rest if row.link.text == "Web chat")
    assert (web.often, web.impact, web.why) == ("none seen", "high", "declared")


def test_too_short_a_history_is_said_and_no_figure_is_told() -> None:
    young = given.component("a", "A", begun=NOW - 9 * DAY)
    fresh = given.component("b", "B", begun=NOW - 5 * HOUR)
    never = given.component("c", "C", begun=None)
    shown = replace(
        given.snapshot([young, fresh, never]),
        journeys=(Journey(id="j", name={"": "J"}, needs=Needs(("a",))),),
    )
    page = page_of(shown)

    assert [plain(row.often) for row in page.risks] == [
        "not enough data (9 of 30 days)",
        "not enough data (5 h of 30 days)",
        "Not measured",
    ]
    assert [row.risk for row in page.risks] == [None, None, None]
    assert [(row.share, row.independent, row.between) for row in page.journeys] == [
        ("not enough data (9 of 30 days)", "", "")
    ]
    assert "not known" in build(public(shown), [html])[PAGE].decode()


def test_bounds_stand_beside_what_was_not_measured_in_full() -> None:
    """Nine tenths of the 90 days."""
    begun = NOW - 81 * DAY
    shown = replace(
        given.snapshot([given.component("a", "A", begun=begun)]),
        journeys=(Journey(id="j", name={"": "J"}, needs=Needs(("a",))),),
    )
    page = page_of(shown)

    assert page.bounded
    assert [(row.share, row.measured, row.between) for row in page.journeys] == [
        ("100%", "90%", "90% to 100%")
    ]
    assert "If all had been measured" in build(public(shown), [html])[PAGE].decode()


def test_recovery_is_told_against_what_it_may_take() -> None:
    shown = replace(given.prepared(), rehearsals={"web-chat": DRILL})
    web, model, search = page_of(shown).recoveries

    assert (plain(web.aim), web.took, web.state) == ("30 min", "no outage seen", None)
    assert (plain(web.loss), web.restored) == ("1 h", "2 October 2026, 51 days ago")
    assert web.drill
    assert plain(web.drill.after) == ": as it should be, told after 6 min"
    assert plain(model.took) == "once, 2 h 16 min; 1 took longer than it may"
    assert model.state
    assert model.state.word == "missed"
    assert search.restored == "1 June 2025, 539 days ago: longer than a year"


def test_repairs_in_time_have_met_it() -> None:
    shown = with_plan(given.prepared(), "language-model", Plan(rto=24 * HOUR))
    (row,) = [row for row in page_of(shown).recoveries if row.link.text == "Language model"]

    assert row.state
    assert row.state.word == "met"


def test_several_repairs_have_a_median_and_a_worst() -> None:
    failures = [
        given.failing("2026-11-01 10:00", 10 * MINUTE, State.MAJOR),
        given.failing("2026-11-02 10:00", 50 * MINUTE, State.MAJOR),
        given.failing("2026-11-03 10:00", 20 * MINUTE, State.PARTIAL),
        given.failing("2026-11-22 14:30", None, State.MAJOR),
    ]
    one = replace(given.component("a", "A", failures=failures), plan=Plan(rto=HOUR))
    (row,) = page_of(given.snapshot([one])).recoveries

    assert plain(row.took) == "median 20 min, worst 50 min, of 3 outages; 1 whose end was not seen"


def test_a_restore_that_lies_ahead_is_no_restore_yet() -> None:
    shown = with_plan(given.prepared(), "telegram", Plan(restore_tested=NOW.date() + DAY))
    (row,) = [row for row in page_of(shown).recoveries if row.link.text == "Telegram"]

    assert row.restored == "23 November 2026, which is still ahead"


@pytest.mark.parametrize(
    ("drill", "told"),
    [
        (replace(DRILL, passed=False), ": not as it should be, told after 6 min"),
        (replace(DRILL, told=None), ": as it should be"),
    ],
)
def test_a_drill_says_whether_all_was_as_it_should_be(drill: Rehearsal, told: str) -> None:
    row = page_of(replace(given.prepared(), rehearsals={"telegram": drill})).recoveries[-1]

    assert row.drill
    assert row.drill.when
    assert plain(row.drill.after) == told


def test_nothing_prepared_and_nothing_needed_is_a_page_too() -> None:
    bare = given.snapshot([given.component("a", "A")])
    page = page_of(bare)

    assert (page.journeys, page.single, page.recoveries, page.ready) == ((), (), (), ())
    assert page.no_single.startswith("None is known")
    assert b"None is known" in build(public(bare), [html])[PAGE]


# --- who sees it -------------------------------------------------------------------------------


SECRETS = (b"wiki.internal", b"10.1.2.3", b"search-2.internal")


def test_the_page_is_on_the_site_only_where_the_operator_says_so() -> None:
    assert PAGE not in build(given.prepared(), [html, *OUTPUTS])
    assert b"continuity/" not in b"".join(build(given.prepared(), [html, *OUTPUTS]).values())
    site = build(public(given.prepared()), [html, *OUTPUTS])
    assert PAGE in site
    assert b'href="continuity/"' in site["index.html"]
    assert b"continuity/" in site["sitemap.xml"]


def test_no_internal_address_is_on_the_public_site() -> None:
    site = build(public(given.prepared()), [html, *OUTPUTS])

    assert [path for path, body in site.items() for secret in SECRETS if secret in body] == []
    page = site[PAGE].decode()
    assert "Models, (internal address)" in page
    assert "https://wiki.acme.example/web-chat" in page


def test_the_operator_s_report_has_all_of_it() -> None:
    page = continuity_file(given.prepared(), outlook(given.prepared(), hidden=True))

    assert [secret for secret in SECRETS if secret not in page] == []
    assert b'<link rel="stylesheet"' not in page


def test_a_component_that_is_not_on_the_page_is_on_no_page() -> None:
    hidden = replace(given.component("vault", "Secret vault"), plan=Plan(owner="Vault keepers", rto=HOUR))
    shown = public(replace(given.prepared(), hidden=(hidden,)))
    site = build(shown, [html, *OUTPUTS])

    assert [path for path, body in site.items() if b"vault" in body.lower()] == []
    assert "Secret vault" in as_markdown(shown, outlook(shown, hidden=True))


def test_hostile_texts_break_out_of_nothing() -> None:
    evil = "<script>alert(1)</script>\"'&|`"
    shown = with_plan(given.prepared(), "web-chat", Plan(owner=evil, redundancy=evil, fallback={"": evil}))
    shown = public(replace(shown, journeys=(replace(given.JOURNEYS[0], name={"": evil}),)))
    page = build(shown, [html])[PAGE].decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>" not in as_markdown(shown, outlook(shown))


def test_the_page_is_there_in_each_language_and_links_lead_to_the_components() -> None:
    site = build(in_languages(public(given.prepared()), "en", "fr"), [html])

    assert "Poser une question" in site[f"fr/{PAGE}"].decode()
    assert 'href="../components/language-model/"' in site[PAGE].decode()


# --- the files ---------------------------------------------------------------------------------


def test_the_json_has_the_figures_and_what_they_come_from() -> None:
    shown = replace(given.prepared(), rehearsals={"web-chat": DRILL})
    made = json.loads(as_json(shown, outlook(shown)))

    ask = made["journeys"][0]
    assert (ask["availability_percent"], ask["independent_percent"]) == ("99.89", "99.86")
    assert ask["ended_by"] == made["single_points_of_failure"] == ["dialogue-engine", "language-model"]
    web, _engine, model, *_ = made["components"]
    assert web["last_drill"] == {
        "at": "2026-11-10T14:42:00.000Z",
        "fault": "down",
        "passed": True,
        "detected_s": 300,
        "told_s": 360,
        "recovered_s": 300,
    }
    assert (web["rto_s"], web["rpo_s"], web["restore_tested"], web["restore_tested_days_ago"]) == (
        1800,
        3600,
        "2026-10-02",
        51,
    )
    assert model["repairs"] == {
        "count": 1,
        "median_s": 8160,
        "worst_s": 8160,
        "in_time": 0,
        "late": 1,
        "end_not_seen": 0,
    }
    assert model["falls_with_it"] == {"components": ["web-chat", "dialogue-engine"], "journeys": ["ask"]}


def test_the_csv_has_a_row_for_each_component_and_no_formula() -> None:
    shown = with_plan(given.prepared(), "telegram", Plan(owner="=cmd()"))
    header, *rows = csv.reader(io.StringIO(as_csv(outlook(shown)).decode()))

    assert tuple(header) == COLUMNS
    assert [row[0] for row in rows] == [one.id for one in shown.components]
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert rows[-1][2] == "'=cmd()"
    model = dict(zip(header, rows[2], strict=True))
    assert (model["single_point_of_failure"], model["repairs_late"], model["risk"]) == ("yes", "1", "medium")


def test_the_markdown_has_the_same_tables() -> None:
    text = as_markdown(given.prepared(), outlook(given.prepared()))

    assert "## Single points of failure" in text
    assert "| 10.1.2.3" in text or "10.1.2.3" in text
    for line in (one for one in text.splitlines() if one.startswith("|")):
        assert line.endswith("|")


def test_the_same_is_told_in_the_same_octets() -> None:
    shown = public(given.prepared())

    assert build(shown, [html])[PAGE] == build(shown, [html])[PAGE]
    assert as_json(shown, outlook(shown)) == as_json(shown, outlook(shown))


# --- the command -------------------------------------------------------------------------------

CONFIG = """page: {name: Status, url: "https://status.example.org", since: 2026}
components:
  - {name: API, id: api, url: "https://api.example.org/", depends_on: [Database], continuity: {rto: 30m}}
  - {name: Database, url: "tcp://db.internal:5432", public: false, continuity: {owner: Keepers}}
journeys:
  - {name: Ask, needs: [API]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty closed days, an hour down on one of them, and a drill."""
    (tmp_path / "components.yaml").write_text(CONFIG, "utf-8")
    records = open_project(tmp_path, {}).records
    for n in range(60, 0, -1):
        day = (NOW - n * DAY).date()
        start = datetime.combine(day, time(), UTC)
        spans: tuple[Span, ...] = (Span(start, start + DAY, State.OPERATIONAL),)
        if n == 20:
            spans = (
                Span(start, start + HOUR, State.MAJOR, "tcp.timeout"),
                Span(start + HOUR, start + DAY, State.OPERATIONAL),
            )
        kept = [
            Day(day=day, component=id_, spans=spans, counts={"up": 288}, latency=None, rules=Rules())
            for id_ in ("api", "database")
        ]
        records.append(days_path(day), [encode_days(kept)])
    drill = Fact(kind="drill", key="api", at=NOW - 12 * DAY, value={"fault": "down", "passed": True})
    records.append(LEDGER_PATH, [encode(drill)])
    return tmp_path


def told(folder: Path, *args: str) -> Result:
    command = ["-C", str(folder), "report", "continuity", "--now", "2026-11-22T14:42:00Z", *args]
    return CliRunner().invoke(main, command)


def test_the_command_tells_it_in_each_form(folder: Path) -> None:
    made = json.loads(told(folder, "--format", "json").stdout)
    api, database = made["components"]

    assert (api["likelihood"], api["outages"], api["repairs"]["late"]) == ("seldom", 1, 1)
    assert api["last_drill"]["fault"] == "down"
    assert (database["owner"], database["falls_with_it"]) == (
        "Keepers",
        {"components": ["api"], "journeys": ["ask"]},
    )
    assert made["single_points_of_failure"] == ["api", "database"]
    assert (
        made["journeys"][0]["availability_percent"] == "99.92"
    )  # of 59 days: the last one is not closed yet
    assert "# Continuity" in told(folder).stdout
    assert told(folder, "--format", "csv").stdout.startswith("component_id,")
    assert "<!doctype html>" in told(folder, "--format", "html").stdout


def test_it_writes_nothing(folder: Path) -> None:
    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = files()
    assert told(folder).exit_code == 0
    assert files() == before


@pytest.mark.parametrize("args", [["--month", "2026-10"], ["--quarter", "2026-Q3"]])
def test_continuity_is_of_no_month(folder: Path, args: Sequence[str]) -> None:
    refused = told(folder, *args)

    assert refused.exit_code == 2
    assert "continuity is told of the present" in refused.stderr


def test_another_report_is_refused_with_those_that_there_are(folder: Path) -> None:
    refused = CliRunner().invoke(main, ["-C", str(folder), "report", "continuety"])

    assert refused.exit_code == 2
    assert re.search("reliability.*continuity", refused.stderr)
