"""Ten years of days with planted outages and gaps: the reports tell what was planted, and nothing else."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from statuspage import history
from statuspage.archive import SCHEMA_FILE
from statuspage.ledger import LEDGER_PATH, encode
from statuspage.model import Day, Fact, Rules, Span, State
from statuspage.pipeline import Project, open_project, review
from statuspage.reliability import Kind
from statuspage.stores.folder import Folder
from statuspage.stores.opening import STATE_FOLDER

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
FIRST = date(2016, 11, 22)
HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
COMPONENTS = ("api", "model", "web", "quiet")
CONFIG = """
page: {name: Kestrel, url: "https://status.example", since: 2016}
control: []
components:
  - {name: api, url: "https://api.example/", objective: {availability: 99.9%}}
  - {name: model, url: "https://model.example/"}
  - {name: web, url: "https://web.example/", depends_on: [api]}
  - {name: quiet, url: "https://quiet.example/"}
"""
INCIDENT = """---
title: Provider down in {month}
impact: critical
components: [api]
started: {day} 10:00 UTC
cause: The provider failed
cause_class: external
---

## Resolved - {day} 10:30 UTC

Over.

## Investigating - {day} 10:05 UTC

The API is down.
"""


def planted(component: str, day: date) -> list[tuple[timedelta, timedelta, str]]:
    """When a component is down on a day, and by which code."""
    if component == "api" and day.day == 3:
        return [(10 * HOUR, 10.5 * HOUR, "http.503")]
    if component == "web" and day.day == 3:  # an hour, of which the API is down for half
        return [(10 * HOUR, 11 * HOUR, "http.500")]
    if component == "model" and day.weekday() == 4:
        return [(2 * HOUR, 2 * HOUR + timedelta(minutes=10), "stream.stalled")]
    return []


def gone(component: str, day: date) -> bool:
    """Web was not measured after the ninth of each June."""
    return component == "web" and day.month == 6 and day.day > 9


def spans(component: str, day: date) -> tuple[Span, ...]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found, at = [], start
    for begin, end, code in planted(component, day):
        found += [
            Span(at, start + begin, State.OPERATIONAL),
            Span(start + begin, start + end, State.MAJOR, code),
        ]
        at = start + end
    return (*found, Span(at, start + ONE_DAY, State.OPERATIONAL))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("years")
    (root / "components.yaml").write_text(CONFIG, "utf-8")
    (root / "incidents").mkdir()
    records = Folder(root / STATE_FOLDER)
    files: dict[str, list[str]] = {}
    day = FIRST
    while day < NOW.date():
        closed = [
            Day(
                day=day, component=one, spans=spans(one, day), counts={"up": 288}, latency=None, rules=Rules()
            )
            for one in COMPONENTS
            if not gone(one, day)
        ]
        files.setdefault(history.days_path(day), []).append(history.encode_days(closed))
        if day.day == 3 and day.month in (1, 4, 7, 10):
            name = root / f"incidents/{day}-provider-down.md"
            name.write_text(INCIDENT.format(day=day, month=f"{day:%B %Y}"), "utf-8")
            # the page saw its words when they were written
            at = datetime(day.year, day.month, day.day, 10, 5, tzinfo=UTC)
            files.setdefault(LEDGER_PATH, []).append(encode(Fact(kind="incident", key=name.stem, at=at)))
        day += ONE_DAY
    for path, lines in {SCHEMA_FILE: [f"{history.SCHEMA}"], **files}.items():
        records.put(path, "".join(f"{line}\n" for line in lines).encode())
    return open_project(root, {})


def days_of(year: int, month: int) -> list[date]:
    first = date(year, month, 1)
    return [day for n in range(31) if (day := first + n * ONE_DAY).month == month]


@pytest.mark.parametrize(
    "month", ["2017-01", "2017-02", "2018-06", "2020-02", "2021-10", "2024-05", "2026-10"]
)
def test_a_month_s_report_has_what_was_planted_and_nothing_else(project: Project, month: str) -> None:
    year, number = map(int, month.split("-"))
    days = days_of(year, number)
    told = json.loads(review(project, Kind.MONTH, days[0], "json", NOW)[0])
    fridays = sum(day.weekday() == 4 for day in days)
    announced = number in (1, 4, 7, 10)
    lost = {"api": 1800, "web": 3600, "model": 600 * fridays}

    assert told["down_s_by_component"] == dict(sorted(lost.items(), key=lambda item: (-item[1], item[0])))
    assert told["down_s_by_cause_class"] == (
        {"software": 3600 + 600 * fridays, "external": 1800}
        if announced
        else {"software": 3600 + 600 * fridays, "infrastructure": 1800}
    )
    hours = {(row["weekday"], row["hour"]): row["down_s"] for row in told["down_s_by_hour_of_week"]}
    third = days[2].isoweekday()
    expected = {(5, 2): 600 * fridays}
    expected[third, 10] = expected.get((third, 10), 0) + 1800 + 3600
    assert hours == expected
    assert told["down_from_dependencies_percent"] == f"{int(1800 * 10_000 / sum(lost.values())) / 100:.2f}"
    assert told["failures"] == 2 + fridays
    rows = {row["id"]: row for row in told["components"]}
    assert [rows["quiet"][key] for key in ("failures", "availability_percent")] == [0, "100.00"]
    assert rows["web"]["enough_data"] is (number != 6)
    assert rows["web"]["availability_percent"] is None or number != 6
    assert rows["api"]["objective_met"] is True
    assert rows["api"]["budget_s"] == len(days) * 86_400 // 1000
    assert [one["id"] for one in told["incidents"]] == ([f"{days[2]}-provider-down"] if announced else [])
    repair = told["times"]["repair"]
    assert (repair and repair["median_s"]) == (1800 if announced else None)


def test_ten_years_are_read_as_fast_as_one(project: Project, tmp_path: Path) -> None:
    """A build reads 400 days, however old the history is."""
    read: list[str] = []

    class Counting(Folder):
        def read(self, path: str) -> bytes | None:
            read.append(path)
            return super().read(path)

    from statuspage.pipeline import look

    counted = Project(project.root, project.config, Counting(project.root / STATE_FOLDER))
    look(counted, NOW)

    assert len([path for path in read if path.startswith("days/")]) == 14
