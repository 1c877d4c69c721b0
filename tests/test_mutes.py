"""Mutes: they hold messages, end by themselves, and no file of the site knows of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from statuspage.cli import main
from statuspage.config import load
from statuspage.ledger import Ledger
from statuspage.model import Fact
from statuspage.mutes import MUTE, muted, mutes, unmuted

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026}
control: []
components:
  - {name: Chat engine, type: manual, was: [bot]}
  - {name: Search, type: manual}
"""
COMPONENTS = load(CONFIG, "components.yaml", {}).components


def in_force(facts: list[Fact], now: datetime) -> list[tuple[str, datetime, str]]:
    return [(m.component, m.until, m.why) for m in mutes(Ledger().with_facts(facts), COMPONENTS, now)]


def test_a_mute_ends_by_itself() -> None:
    facts = [muted("search", NOW, NOW + HOUR, "moving")]
    assert in_force(facts, NOW) == [("search", NOW + HOUR, "moving")]
    assert in_force(facts, NOW + HOUR) == []
    assert in_force(facts, NOW - HOUR) == []


def test_a_new_one_takes_the_place_of_the_old_and_unmute_ends_it() -> None:
    facts = [muted("search", NOW, NOW + 9 * HOUR, "a"), muted("search", NOW, NOW + HOUR, "b")]
    assert in_force(facts, NOW) == [("search", NOW + HOUR, "b")]
    assert in_force([*facts, unmuted("search", NOW)], NOW) == []


def test_a_mute_stays_when_its_component_is_renamed() -> None:
    facts = [muted("bot", NOW, NOW + 2 * HOUR, "a")]
    assert in_force(facts, NOW) == [("chat-engine", NOW + 2 * HOUR, "a")]
    assert in_force([*facts, unmuted("chat-engine", NOW + HOUR)], NOW + HOUR) == []


@given(st.none() | st.text() | st.integers() | st.just("2026-11-23T00:00:00"))
def test_what_cannot_be_read_holds_nothing(until: object) -> None:
    assert in_force([Fact(kind=MUTE, key="search", at=NOW, value={"until": until})], NOW) == []


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)
    Path("components.yaml").write_text(CONFIG, "utf-8")

    def run(*words: str, code: int = 0, now: str = "2026-11-22T14:00:00Z") -> Result:
        told = CliRunner().invoke(main, [*words, "--now", now])
        assert told.exit_code == code, told.output
        return told

    return run


def test_mute_is_said_to_the_operator_and_to_nobody_else(run: Callable[..., Result]) -> None:
    run("build")
    site = {path: path.read_bytes() for path in Path("_site").rglob("*") if path.is_file()}
    told = run("mute", "Chat engine", "--for", "2h", "--why", "We move\nit.")

    sentence = "Chat engine is muted until 2026-11-22 16:00 UTC"
    assert told.output == f"{sentence}\n"
    assert run("mute").output == f"{sentence}: We move it.\n"
    for words in (["check"], ["run"], ["probe"]):
        output = run(*words).output
        assert sentence in output
        assert "We move" not in output
    alone = CliRunner().invoke(main, ["probe", "--explain", "chat engine", "--now", "2026-11-22T14:00:00Z"])
    assert f"{sentence}: no message tells of it" in alone.output
    assert {path: path.read_bytes() for path in Path("_site").rglob("*") if path.is_file()} == site
    assert CliRunner().invoke(main, ["verify"]).exit_code == 0
    assert run("mute", now="2026-11-22T16:00:00Z").output == "nothing is muted\n"


def test_unmute_ends_it_before_its_time(run: Callable[..., Result]) -> None:
    run("mute", "chat-engine", "search", "--for", "2h", "--why", "a")
    assert run("unmute", "search").output == "Search is not muted any more\n"
    assert run("mute").output == "Chat engine is muted until 2026-11-22 16:00 UTC: a\n"
    assert "not muted: search" in run("unmute", "chat-engine", "search", code=1).output
    assert run("mute").output.startswith("Chat engine")
    run("unmute", "chat-engine")
    assert run("mute").output == "nothing is muted\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["serch", "--for", "2h", "--why", "a"], "did you mean 'search'?"),
        (["search", "--for", "2h"], "say how long and why"),
        (["search", "--why", "a"], "say how long and why"),
        (["search", "--for", "2h", "--why", " "], "say how long and why"),
        (["search", "--for", "31d", "--why", "a"], "at most 30 days"),
        (["search", "--for", "2h", "--why", "a\x1b[31m"], "one line"),
        (["search", "--for", "2h", "--why", "a" * 501], "one line"),
        (["--for", "2h"], "name the component"),
    ],
)
def test_mute_refuses_and_holds_nothing(run: Callable[..., Result], words: list[str], told: str) -> None:
    assert told in run("mute", *words, code=2).output
    assert run("mute").output == "nothing is muted\n"
    assert not Path(".status-data").exists()
