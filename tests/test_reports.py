"""Reports as pages, JSON, CSV and Markdown, and the command that prints them."""

import csv
import hashlib
import io
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import snapshots as given
from babel import Locale
from browsing import in_languages
from click.testing import CliRunner, Result
from hypothesis import given as holds
from hypothesis import strategies as st
from snapshots import at

from statuspage.cli import main
from statuspage.history import days_path, encode_days
from statuspage.i18n import Language
from statuspage.intervals import Interval
from statuspage.model import (
    Day,
    Incident,
    MaintenanceStatus,
    Objective,
    Rules,
    Snapshot,
    Span,
    State,
)
from statuspage.outputs.html import html, report_file
from statuspage.outputs.reports import COLUMNS, as_csv, as_json, as_markdown, harmless
from statuspage.outputs.site import build
from statuspage.pipeline import open_project
from statuspage.reliability import Kind, Report, recent_reports, report
from statuspage.reliability.periods import current, period
from statuspage.views import report_page, reports_page
from statuspage.views.languages import first_context
from statuspage.views.reports import LISTED, ReportPage

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AIM = Objective(Decimal("99.9"), "30d")
NB = "\N{NO-BREAK SPACE}"


def world(*incidents: Incident) -> Snapshot:
    """Two with an objective, of which one failed; one that is too young, one never measured."""
    model = given.component(
        "model",
        "Language model",
        objective=AIM,
        failures=[
            given.failing("2026-10-05 10:00", 10 * MINUTE, State.MAJOR, "tcp.timeout"),
            given.failing("2026-11-03 09:30", HOUR, State.MAJOR, "tcp.timeout"),
        ],
    )
    engine = given.component(
        "engine",
        "Dialogue engine",
        objective=Objective(Decimal("99"), "30d"),
        depends_on=("model",),
        failures=[given.failing("2026-11-03 10:00", HOUR, State.PARTIAL, "http.503")],
    )
    young = given.component("young", "Voice", begun=at("2026-11-13 14:42"), objective=AIM)
    never = given.component("never", "Archive", begun=None)
    return given.snapshot([model, engine, young, never], incidents=incidents)


def running(snapshot: Snapshot) -> Report:
    return report(snapshot, current(Kind.MONTH, snapshot.page.timezone, snapshot.now))


def page_of(snapshot: Snapshot, told: Report | None = None) -> ReportPage:
    told = told or running(snapshot)
    at = first_context(snapshot).at(f"reports/{told.period.key}/")
    return report_page(at, told, recent_reports(snapshot))


def plain(text: str) -> str:
    return text.replace(NB, " ")


# --- the page ----------------------------------------------------------------------------------


def test_a_manager_reads_how_it_went_in_sentences() -> None:
    page = page_of(world(given.SLOWER))

    assert page.heading == "November 2026"
    assert page.so_far
    assert page.so_far.before == "So far, until "
    assert [plain(sentence) for sentence in page.sentences] == [
        "All components together worked 99.87% of the measured time.",
        "1 of 2 objectives were met.",
        "The repair of the incident took 48 min.",
        "There was more down time than before: 1 h 18 min, after 10 min.",
    ]
    assert [(tile.value, tile.label) for tile in page.tiles] == [
        ("99.87%", "Availability"),
        ("1 of 2", "Objectives met"),
        (f"1{NB}h 18{NB}min", "Down time"),
        ("1", "Incidents"),
    ]


def test_each_component_has_its_figure_or_says_why_it_has_none() -> None:
    page = page_of(world())

    assert [
        (row.share, row.measured, row.objective, row.state and row.state.word) for row in page.components
    ] == [
        ("99.8%", "100%", "99.9%", "missed"),
        ("99.94%", "100%", "99%", "met"),
        ("not enough data (9 of 21 days)", "41.64%", "99.9%", None),
        ("Not measured", "0%", "", None),
    ]
    assert not page.bounded


def test_bounds_stand_beside_what_was_not_measured_in_full() -> None:
    gap = Interval(at("2026-11-02 00:00"), at("2026-11-03 00:00"))
    page = page_of(given.snapshot([given.component("a", "A", gaps=[gap])]))

    assert page.bounded
    assert page.components[0].between == "95.37% to 100%"


def test_a_few_hours_are_told_as_such() -> None:
    young = given.component("a", "A", begun=at("2026-11-22 09:42"))

    assert page_of(given.snapshot([young])).components[0].share == f"not enough data (5{NB}h of 21 days)"


def test_a_budget_says_what_it_was_spent_by() -> None:
    page = page_of(world())

    assert [(plain(row.told), row.css, row.width) for row in page.budgets] == [
        ("192% of 31 min spent: network 1 h", "maj", 1000),
        ("5% of 5 h 11 min spent: infrastructure 18 min", "ok", 58),
    ]


def test_a_budget_nearly_spent_is_a_warning() -> None:
    half = [given.failing("2026-11-03 09:30", 28 * MINUTE, State.MAJOR)]
    page = page_of(given.snapshot([given.component("a", "A", objective=AIM, failures=half)]))

    assert page.budgets[0].css == "deg"
    assert page.budgets[0].told.endswith(f"cause not known 28{NB}min")


def test_down_time_is_told_by_cause_component_and_hour_of_the_week() -> None:
    losses = page_of(world()).losses

    assert losses
    assert [(bar.link.text, plain(bar.told), bar.width) for bar in losses.causes] == [
        ("network", "1 h, 76.9%", 1000),
        ("infrastructure", "18 min, 23%", 300),
    ]
    assert [bar.link.text for bar in losses.components] == ["Language model", "Dialogue engine"]
    assert losses.dependencies.startswith("11.5% of it came while")
    assert [(row.when, plain(row.lost)) for row in losses.week.rows] == [
        ("Tuesday at 10:00", "48 min"),
        ("Tuesday at 09:00", "30 min"),
    ]
    assert plain(losses.week.sentence) == "Most down time: Tuesday at 10:00, 48 min."
    assert [some.path.count("M") for some in losses.week.squares] == [1, 1]
    assert losses.week.ground.count("M") == 7 * 24


def test_bars_of_a_language_that_is_written_to_the_left_begin_at_the_right() -> None:
    hebrew = Language("he", Locale("he"), ZoneInfo("Etc/UTC"))
    known = world()
    context = replace(first_context(known), language=hebrew)
    page = report_page(context, running(known))

    assert page.losses
    assert [bar.x for bar in page.losses.causes] == [0, 700]
    assert [row.x for row in page.budgets] == [0, 942]
    assert all(
        row.x == 1000 - row.width for one in reports_page(context, [running(known)]).lists for row in one.rows
    )


def test_without_down_time_there_is_no_chart_but_a_sentence() -> None:
    page = page_of(given.snapshot([given.component("a", "A")]))

    assert page.losses is None
    assert page.no_losses == "No down time is known."


def test_less_than_a_second_is_not_told_as_none() -> None:
    short = given.component(
        "a", "A", failures=[given.failing("2026-11-03 09:30", timedelta(seconds=1), State.PARTIAL)]
    )

    assert page_of(given.snapshot([short])).tiles[1].value == "less than a second"


def test_how_long_it_took_stands_beside_what_is_meant() -> None:
    page = page_of(world(given.SLOW_EUROPE, given.SLOWER))

    assert [(card.label, plain(card.told), card.more) for card in page.times] == [
        ("To detect", "Not enough data", ""),
        ("To tell", "4 min median, 9 min at worst", "2 incidents"),
        ("To repair", "48 min", "1 incident"),
        ("Between failures", "28 days 23 h", "1 failure"),
    ]
    assert all(card.meaning.endswith(".") for card in page.times)
    assert page.time_notes == (
        "The checks saw nothing of 2 incidents.",
        "1 incident is not repaired yet.",
    )


def test_several_repairs_have_a_middle() -> None:
    again = replace(given.SLOWER, id="again", resolved=given.SLOWER.started + 4 * HOUR)
    told = page_of(given.snapshot([], incidents=[given.SLOWER, again]))

    assert (
        plain(told.sentences[1]) == "Half of the incidents were repaired within 48 min, the longest took 4 h."
    )


def test_what_was_told_of_when_it_was_over_is_counted() -> None:
    late = replace(
        given.SLOWER, updates=tuple(replace(u, first_seen=given.NOW) for u in given.SLOWER.updates)
    )

    assert page_of(given.snapshot([], incidents=[late])).time_notes[1:] == (
        "1 incident was told of only when it was over.",
    )


def test_what_a_check_saw_first_was_detected_at_once() -> None:
    failing = given.failing("2026-11-10 09:02", HOUR, State.MAJOR)
    model = given.component("language-model", "Language model", failures=[failing])
    page = page_of(given.snapshot([model], incidents=[given.SLOWER]))

    assert page.times[0].told == "At once"
    assert page.time_notes == ()


def test_objectives_have_a_column_only_where_there_are_any() -> None:
    known = given.snapshot([given.component("a", "A")])
    page = page_of(known)

    assert "Objective" not in page.columns
    assert "Objectives met" not in reports_page(first_context(known), recent_reports(known)).columns
    assert "| [A](<https://status.acme.example/components/a/>) | 100% | 100% |\n" in plain(
        as_markdown(known, running(known))
    )
    assert "Objectives met" in reports_page(first_context(world()), recent_reports(world())).columns
    assert page_of(world()).columns[-1] == "Objective"


def test_no_down_time_is_claimed_where_nothing_was_measured() -> None:
    known = given.snapshot([given.component("a", "A", begun=None)], incidents=[given.NO_ANSWERS])
    september = next(one for one in recent_reports(known) if one.period.key == "2026-09")
    page = page_of(known, september)
    listed = reports_page(first_context(known).at("reports/"), recent_reports(known))

    assert page.sentences[0] == "Too little was measured to tell how much of the time it worked."
    assert [tile.value for tile in page.tiles] == ["Not enough data", "Not enough data", "1"]
    assert [(row.share, row.down) for row in listed.lists[0].rows] == [("Not enough data",) * 2] * 2


def test_many_incidents_are_counted() -> None:
    many = [replace(given.SLOWER, id=f"i{n}") for n in range(LISTED + 3)]
    page = page_of(given.snapshot([], incidents=many))

    assert len(page.incidents) == LISTED
    assert page.no_incidents == "And 3 more."
    assert page_of(given.snapshot([])).no_incidents == "No incident began in this time."


def test_maintenance_says_what_was_kept_and_what_overran() -> None:
    over = replace(
        given.REINDEXING,
        start=at("2026-11-04 02:00"),
        end=at("2026-11-04 03:00"),
        status=MaintenanceStatus.COMPLETED,
    )
    late = replace(
        over, id="late", updates=(given.update(2, "completed", "2026-11-04 04:10", "Done."), *over.updates)
    )
    dropped = replace(over, id="dropped", status=MaintenanceStatus.CANCELLED)
    going = replace(over, id="going", start=given.NOW - HOUR, end=given.NOW + HOUR)
    page = page_of(
        given.snapshot(
            [], maintenances=[over, late, dropped, replace(going, status=MaintenanceStatus.IN_PROGRESS)]
        )
    )

    assert page.work == (
        "1 maintenance kept to its time.",
        "1 maintenance took longer than announced.",
        "1 maintenance is in progress.",
        "1 maintenance was cancelled.",
    )
    assert [plain(row.by) for row in page.overrun] == ["1 h 10 min longer"]
    assert page_of(given.snapshot([])).work == ("No maintenance began in this time.",)


def test_it_is_compared_with_as_much_of_the_month_before() -> None:
    page = page_of(world(given.SLOWER))

    assert page.compared_columns == ("", "November 2026", "The same part of October 2026")
    assert [(row.label, plain(row.now), plain(row.before)) for row in page.before] == [
        ("Availability", "99.87%", "99.98%"),
        ("Down time", "1 h 18 min", "10 min"),
        ("Incidents", "1", "0"),
        ("To tell (median)", "9 min", "Not enough data"),
        ("To repair (median)", "48 min", "Not enough data"),
    ]
    assert page_of(given.snapshot([])).before == ()


def test_less_down_time_than_before_is_said() -> None:
    old = given.component("a", "A", failures=[given.failing("2026-10-05 10:00", HOUR, State.MAJOR)])

    assert plain(page_of(given.snapshot([old])).sentences[-1]) == (
        "There was less down time than before: 0 s, after 1 h."
    )


# --- the site ----------------------------------------------------------------------------------


def test_the_site_lists_its_reports_and_leads_from_one_to_the_next() -> None:
    site = dict(html(world()))
    listed = site["reports/index.html"].decode()

    assert 'href="../reports/2026-11/"' in listed
    assert 'href="../reports/2026-Q4/"' in listed
    assert "so far" in listed
    november, october = (site[f"reports/2026-{n}/index.html"].decode() for n in (11, 10))
    assert 'rel="prev" href="../../reports/2026-10/"' in november
    assert 'rel="next" href="../../reports/2026-11/"' in october
    assert "What the figures mean" in november
    assert 'href="../../reports/2026-11/report.csv"' in november
    assert "reports/" in site["history/index.html"].decode()
    assert "reports/" not in site["index.html"].decode()  # its octets are counted


def test_each_language_has_its_pages_and_all_share_the_files() -> None:
    site = dict(html(in_languages(world(), "en", "fr")))
    french = site["fr/reports/2026-11/index.html"].decode()

    assert "<h1>novembre 2026</h1>" in french
    assert 'href="../../../reports/2026-11/report.json"' in french
    assert "fr/reports/2026-11/report.json" not in site


def test_a_page_that_never_measured_has_the_running_month_alone() -> None:
    made = [path for path in build(given.snapshot([]), (html,)) if path.startswith("reports/")]

    assert made == [
        "reports/2026-11/index.html",
        "reports/2026-11/report.csv",
        "reports/2026-11/report.json",
        "reports/index.html",
    ]


def test_a_report_that_stands_alone_has_its_styles_in_it_and_whole_addresses() -> None:
    known = world()
    text = report_file(known, running(known)).decode()
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    named = "sha256-" + b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()

    assert named in text
    assert 'rel="stylesheet"' not in text
    links = re.findall(r'(?:href|src)="([^"#]+)"', text)
    assert {link for link in links if not link.startswith("https://status.acme.example/")} == set()
    assert "report.csv" not in text


def test_hostile_names_stay_text_in_every_form() -> None:
    known = given.hostile()
    told = running(known)
    markdown = as_markdown(known, told)

    assert "<script>alert" not in report_file(known, told).decode()
    assert "<script>" not in markdown
    assert "](javascript" not in markdown
    assert json.loads(as_json(known, told))["components"][0]["name"].startswith("<script>")


# --- CSV, JSON, Markdown -----------------------------------------------------------------------


def rows_of(told: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(told).decode())))


def test_csv_has_a_row_for_each_component() -> None:
    model, _, young, never = rows_of(running(world()))

    assert model == dict(
        zip(
            COLUMNS,
            [
                "2026-11",
                "model",
                "Language model",
                "99.80",
                "100.00",
                "99.80",
                "99.81",
                "99.9",
                "no",
                "1867320",
                "3600",
                "1867",
                "1",
            ],
            strict=True,
        )
    )
    assert [young[name] for name in ("availability_percent", "low_percent", "budget_s", "objective_met")] == [
        ""
    ] * 4
    assert never["measured_s"] == "0"


@holds(st.text())
def test_no_text_is_a_formula(text: str) -> None:
    told = running(given.snapshot([given.component("a", text)]))
    [row] = list(csv.reader(io.StringIO(as_csv(told).decode(), newline="")))[1:]

    assert not row[2].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert row[2].removeprefix("'").endswith(text.encode("utf-8", "replace").decode()[-5:].removeprefix("'"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_what_begins_like_a_formula_is_quoted(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_json_has_all_of_it_in_whole_seconds() -> None:
    told = json.loads(as_json(world(given.SLOWER), running(world(given.SLOWER))))

    assert {key: told[key] for key in ("period", "kind", "time_zone", "start", "end", "running")} == {
        "period": "2026-11",
        "kind": "month",
        "time_zone": "Etc/UTC",
        "start": "2026-11-01T00:00:00.000Z",
        "end": "2026-11-22T14:42:00.000Z",
        "running": True,
    }
    assert told["availability_percent"] == "99.87"
    assert told["objectives"] == {"met": 1, "judged": 2}
    assert told["down_s"] == 3600 + 1080
    assert told["down_s_by_cause_class"] == {"network": 3600, "infrastructure": 1080}
    assert told["down_s_by_component"] == {"model": 3600, "engine": 1080}
    assert told["down_s_by_hour_of_week"] == [
        {"weekday": 2, "hour": 9, "down_s": 1800},
        {"weekday": 2, "hour": 10, "down_s": 2880},
    ]
    assert told["times"]["repair"] == {"count": 1, "median_s": 2880, "worst_s": 2880}
    assert told["times"]["detect"] is None
    assert told["components"][2]["availability_percent"] is None
    assert told["components"][2]["enough_data"] is False
    assert told["components"][0]["budget_used_percent"] == "192.78"
    assert told["components"][0]["down_s_by_incident"] == {"": 3600}
    assert told["incidents"][0]["url"] == "https://status.acme.example/incidents/2026-11-10-slower/"
    assert told["maintenance"] == {"kept": [], "overrun": [], "in_progress": [], "cancelled": 0}
    assert told["before"]["down_s"] == 600
    assert told["before"]["period"] == "2026-10"


GOLDEN = """# Reliability report, September 2026

All components together worked 99.95% of the measured time.

0 of 1 objective was met.

There was more down time than before: 20 min, after 0 s.

## Components

| Components | Availability | Measured | If all had been measured | Objective |
| --- | --- | --- | --- | --- |
| [A&#124;b](<https://status.acme.example/components/a/>) | 99.95% | 96.66% | 96.62% to 99.96% | 99.99%, missed |
"""


def test_markdown_begins_with_sentences_and_the_table_of_components() -> None:
    gap = Interval(at("2026-09-02 00:00"), at("2026-09-03 00:00"))
    outage = given.failing("2026-09-10 10:00", 20 * MINUTE, State.MAJOR, "http.503")
    one = given.component(
        "a", "A|b", failures=[outage], gaps=[gap], objective=Objective(Decimal("99.99"), "30d")
    )
    known = given.snapshot([one])
    text = plain(
        as_markdown(known, report(known, period(Kind.MONTH, date(2026, 9, 1), "Etc/UTC", known.now)))
    )

    assert text.startswith(GOLDEN)
    assert "\n- infrastructure: 20 min, 100%\n" in text
    assert "\n- **To repair**: Not enough data. From the beginning" in text
    assert "\n## Compared with before\n" in text


def test_markdown_tells_of_overruns_and_incidents() -> None:
    late = replace(
        given.REINDEXING,
        start=at("2026-11-04 02:00"),
        end=at("2026-11-04 03:00"),
        updates=(given.update(2, "completed", "2026-11-04 04:10", "Done."), *given.REINDEXING.updates),
    )
    known = given.snapshot([], incidents=[given.SLOWER], maintenances=[late])
    text = plain(as_markdown(known, running(known)))

    assert ": 1 h 10 min longer" in text
    assert "(<https://status.acme.example/incidents/2026-11-10-slower/>), Minor impact" in text
    assert "No down time is known." in text
    assert "Compared" not in text


# --- the command -------------------------------------------------------------------------------

NOW = "2026-11-22T14:00:00Z"
CONFIG = """page: {name: Acme, url: https://status.acme.example}
components:
  - {name: API, type: http, url: "https://api.example/"}
  - {name: Web, type: http, url: "https://web.example/"}
"""


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["report", "--now", NOW, *words])
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result


def ten_years() -> Iterator[Day]:
    """Of two components; the API is down for an hour every 10 January, and was not measured in July 2019."""
    for n in range(3650):
        day = date(2016, 11, 22) + n * DAY
        begin = datetime.combine(day, time(), UTC)
        whole = Span(begin, begin + DAY, State.OPERATIONAL)
        yield Day(day=day, component="web", spans=(whole,), counts={"up": 288}, latency=None, rules=Rules())
        if (day.year, day.month) == (2019, 7):
            continue
        spans: tuple[Span, ...] = (whole,)
        if (day.month, day.day) == (1, 10):
            three, four = begin + 3 * HOUR, begin + 4 * HOUR
            spans = (
                replace(whole, end=three),
                Span(three, four, State.MAJOR, "dns.nxdomain"),
                replace(whole, start=four),
            )
        yield Day(day=day, component="api", spans=spans, counts={"up": 288}, latency=None, rules=Rules())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "components.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def aged(here: Path) -> Path:
    records = open_project(here, {}).records
    months: dict[str, list[str]] = {}
    for day, some in groupby(ten_years(), key=lambda one: one.day):
        months.setdefault(days_path(day), []).append(encode_days(list(some)))
    records.put("schema", b"1\n")
    for path, lines in months.items():
        records.put(path, "".join(f"{line}\n" for line in lines).encode())
    return here


def told(*words: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(run("--format", "json", *words).output)
    return found


@pytest.mark.usefixtures("aged")
def test_of_ten_years_a_report_finds_what_was_planted_and_nothing_else() -> None:
    for year in (2017, 2019, 2024):
        january, quarter = told("--month", f"{year}-01"), told("--quarter", f"{year}-Q1")
        assert january["down_s"] == quarter["down_s"] == 3600
        assert january["down_s_by_cause_class"] == {"configuration": 3600}
        assert january["before"]["down_s"] == 0  # type: ignore[index]
        assert told("--month", f"{year}-05")["down_s"] == 0
    gap = told("--month", "2019-07")
    assert [one["availability_percent"] for one in gap["components"]] == [None, "100.00"]  # type: ignore[attr-defined]
    third = told("--quarter", "2019-Q3")
    assert third["components"][0]["uptime"]["coverage"] == "66.30"  # type: ignore[index]
    assert told("--month", "2010-01")["availability_percent"] is None


@pytest.mark.usefixtures("aged")
@pytest.mark.parametrize(
    ("form", "sign"),
    [("html", "<h1>January 2026</h1>"), ("markdown", "# Reliability report"), ("csv", "2026-01,api,API,")],
)
def test_each_format_can_be_asked_for(form: str, sign: str) -> None:
    output = run("--month", "2026-01", "--format", form).output

    assert sign in output
    assert "99.86" in output


def test_without_a_period_it_is_the_running_month(here: Path) -> None:
    assert here.exists()
    assert run().output.startswith("# Reliability report, November 2026\n")
    assert "Not measured" in run().output


def test_the_report_writes_nothing(here: Path) -> None:
    run("--format", "html")

    assert [path.name for path in here.iterdir()] == ["components.yaml"]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--month", "November"], "write a month like 2026-11"),
        (["--quarter", "2026-11"], "write a quarter like 2026-Q4"),
        (["--month", "2026-11", "--quarter", "2026-Q4"], "do not go together"),
        (["--format", "pdf"], "'pdf' is not one of"),
    ],
)
def test_wrong_usage_is_told(words: list[str], sentence: str) -> None:
    assert sentence in run(*words, code=2).output


@pytest.mark.usefixtures("here")
def test_a_month_ahead_has_no_report() -> None:
    output = run("--month", "2026-12", code=1).output

    assert "2026-12 has not begun" in output


def test_what_is_left_out_of_a_report_is_told(here: Path) -> None:
    (here / "incidents").mkdir()
    (here / "incidents/broken.md").write_text("no front matter")
    result = run(code=3)

    assert "incidents/broken.md" in result.output


def test_own_templates_are_used(here: Path) -> None:
    (here / "site_templates").mkdir()
    (here / "site_templates/report-alone.html").write_text("<p>{{ page.heading }}</p>")

    assert run("--format", "html").output == "<p>November 2026</p>\n"
