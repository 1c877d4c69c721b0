"""Time that goes wrong, through real commands: missing hours, summer time, leap days, clocks ahead and behind."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from servers import Listener, answer

from statuspage.archive import CLOCK, read_ledger, read_rounds
from statuspage.cli import main
from statuspage.model import Round
from statuspage.stores.folder import Folder

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


class World:
    """A page of one component, its service, and the commands at any time."""

    def __init__(self, folder: Path, listener: Listener) -> None:
        self.folder, self.url = folder, listener.url
        self.up = True
        self.configure()

    def configure(self, zone: str = "Etc/UTC", every: str = "5m") -> None:
        text = f"""page: {{name: Test, url: "https://status.example", since: 2026, timezone: {zone}}}
defaults: {{retries: 0, every: {every}}}
control: []
components: [{{name: Service, url: "{self.url}"}}]
"""
        (self.folder / "components.yaml").write_text(text, "utf-8")

    def do(self, command: str, at: datetime | None = None) -> Result:
        when = ["--now", at.isoformat()] if at else []
        result = CliRunner().invoke(main, ["--quiet", command, *when])
        assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
        return result

    def probe(self, *moments: datetime, up: bool = True) -> None:
        self.up = up
        for moment in moments:
            self.do("probe", moment)

    def told(self, at: datetime) -> dict[str, Any]:
        """What the page says of the component then; the site is verified, too."""
        self.do("build", at)
        self.do("verify")
        found: dict[str, Any] = json.loads(Path("_site/api/components/service.json").read_text())
        for window in found["component"]["uptimes"].values():
            assert 0 <= window["measured"] <= window["window"]
            assert all(seconds > 0 for seconds in window["down"].values())
            assert sum(window["down"].values()) <= window["measured"]
        return found

    def rounds(self) -> list[Round]:
        return read_rounds(self.records, date.min, date.max, [])

    @property
    def records(self) -> Folder:
        return Folder(self.folder / ".status-data")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    known: list[World] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"ok", 200 if known[0].up else 500))
        await writer.drain()

    with Listener(handle) as listener:
        known.append(World(tmp_path, listener))
        yield known[0]


def times(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    return [first + n * step for n in range((last - first) // step + 1)]


def test_three_missing_hours_leave_the_uptime_and_lower_the_coverage(world: World) -> None:
    start = datetime(2026, 11, 22, tzinfo=UTC)
    world.configure(every="15m")
    world.probe(*times(start, start + 3 * HOUR, 15 * MINUTE))
    before = world.told(start + 3 * HOUR)["component"]["uptimes"]["24h"]
    world.probe(*times(start + 6 * HOUR, start + 6.5 * HOUR, 15 * MINUTE))
    after = world.told(start + 6.5 * HOUR)

    figure = after["component"]["uptimes"]["24h"]
    assert before["uptime"] == figure["uptime"] == "100.00"
    assert figure["down"] == {}
    assert after["outages"] == []
    spoken = 3 * HOUR + 30 * MINUTE + 30 * MINUTE  # a sample speaks for twice its cadence at most
    assert figure["measured"] == spoken.total_seconds()
    assert float(figure["coverage"]) < 17.0  # of 24 h; with the missing ones as up it would be 27


ZONES = ("Etc/UTC", "Europe/Berlin", "Pacific/Apia", "Asia/Kathmandu")


@pytest.mark.parametrize(
    "day", ["2026-03-29", "2026-10-25", "2028-02-29"], ids=["spring", "autumn", "leap day"]
)
def test_no_zone_doubles_or_loses_an_hour(world: World, monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    start = datetime.fromisoformat(f"{day}T00:00:00+00:00") - 2 * HOUR
    world.configure(every="30m")
    said = []
    for n, zone in enumerate(ZONES):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        world.configure(zone=zone, every="30m")
        if not n:  # it goes down just before the clocks change, and comes back after
            world.probe(*times(start, start + 2 * HOUR, 30 * MINUTE))
            world.probe(*times(start + 2.5 * HOUR, start + 4.5 * HOUR, 30 * MINUTE), up=False)
            world.probe(*times(start + 5 * HOUR, start + 6 * HOUR, 30 * MINUTE))
        said.append(world.told(start + 6 * HOUR))
    monkeypatch.undo()
    time.tzset()

    figures = [one["component"]["uptimes"] for one in said]
    assert all(figure["24h"] == figures[0]["24h"] for figure in figures)
    assert figures[0]["24h"]["measured"] == 6 * 3600
    assert figures[0]["24h"]["down"] == {"major_outage": 2.5 * 3600}
    assert [[(o["start"], o["end"]) for o in one["outages"]] for one in said] == [
        [(stamp(start + 2.5 * HOUR), stamp(start + 5 * HOUR))]
    ] * len(ZONES)


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.000Z}"


def test_a_clock_ten_minutes_back_counts_no_time_twice(world: World) -> None:
    start = datetime(2026, 11, 22, 12, tzinfo=UTC)
    world.probe(*times(start, start + 30 * MINUTE, 5 * MINUTE))
    world.probe(*times(start + 21 * MINUTE, start + 46 * MINUTE, 5 * MINUTE))  # what was 12:31, 12:36 ...
    figure = world.told(start + 46 * MINUTE)["component"]["uptimes"]["24h"]

    assert figure["measured"] == 46 * 60
    assert figure["uptime"] == "100.00"
    assert len(world.rounds()) == 7 + 6


@pytest.mark.parametrize("jump", [DAY, 10 * DAY, 400 * DAY, 10_000 * DAY], ids=str)
def test_a_round_of_a_clock_that_was_ahead_is_kept_told_and_never_counts(
    world: World, jump: timedelta
) -> None:
    start = datetime(2026, 11, 18, 12, tzinfo=UTC)
    for n in range(5):  # five days, with a failure on each
        world.probe(start + n * DAY, start + n * DAY + 5 * MINUTE)
        world.probe(start + n * DAY + 10 * MINUTE, start + n * DAY + 15 * MINUTE, up=False)
        world.probe(start + n * DAY + 20 * MINUTE, start + n * DAY + 25 * MINUTE)
    now = start + 4 * DAY + 30 * MINUTE
    honest = world.told(now)
    world.probe(now + jump, now + jump + 5 * MINUTE, up=False)

    assert world.told(now) == honest
    warning = CliRunner().invoke(main, ["build", "--now", now.isoformat()]).output
    assert "2 rounds are dated ahead" in warning
    world.probe(now + 5 * MINUTE, now + 10 * MINUTE)  # the clock is right again
    assert len(read_ledger(world.records)[0].facts(CLOCK)) == 2
    assert len(world.rounds()) == 34
    later = world.told(now + 10 * MINUTE)
    assert later["component"]["state"] == "operational"
    assert [o["start"] for o in later["outages"]] == [o["start"] for o in honest["outages"]]
    assert len(later["outages"]) == 5
    if jump == DAY:  # its time comes
        world.probe(now + DAY, now + DAY + 5 * MINUTE, now + DAY + 10 * MINUTE)
        world.probe(now + 3 * DAY)
        end = world.told(now + 3 * DAY)
        assert [o["start"] for o in end["outages"]] == [o["start"] for o in honest["outages"]]


def test_a_clock_that_is_a_day_behind_once_makes_nothing_of_the_last_day_untrue(world: World) -> None:
    start = datetime(2026, 11, 22, 12, tzinfo=UTC)
    world.configure(every="1h")
    world.probe(*times(start, start + 20 * HOUR, HOUR))
    world.probe(*times(start + 21 * HOUR, start + 22 * HOUR, HOUR), up=False)
    honest = world.told(start + 22 * HOUR)
    world.probe(start + 90 * MINUTE)

    assert len(read_ledger(world.records)[0].facts(CLOCK)) == 0
    assert world.told(start + 22 * HOUR)["outages"] == honest["outages"]


def test_a_slow_component_is_asked_although_a_wrong_clock_asked_it_tomorrow(world: World) -> None:
    text = (
        (world.folder / "components.yaml")
        .read_text()
        .replace("{name: Service,", "{name: Service, every: 1h,")
    )
    (world.folder / "components.yaml").write_text(text)
    start = datetime(2026, 11, 22, 12, tzinfo=UTC)
    world.probe(start, start + DAY, start + HOUR, start + 2 * HOUR)

    assert [len(one.samples) for one in world.rounds()] == [1, 1, 1, 1]


def test_a_strange_file_among_the_rounds_is_named(world: World) -> None:
    world.probe(datetime(2026, 11, 22, 12, tzinfo=UTC))
    (world.folder / ".status-data/raw/notes.ndjson").write_text("mine")
    result = CliRunner().invoke(main, ["run"])

    assert result.exit_code == 1
    assert "error: raw/notes.ndjson: this file of the history is not named after an hour" in result.output
