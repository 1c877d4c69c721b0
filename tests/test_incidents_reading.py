"""Incident files: the good ones give values, each bad one says what is wrong in which line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from statuspage.errors import Problems
from statuspage.incidents import Written, read, read_all
from statuspage.intervals import Interval
from statuspage.model import NOT_KNOWN_YET, CauseClass, Impact, State

EXAMPLES = Path(__file__).parent / "example-files" / "incidents"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NAMES = {"language-model": "Language model", "chat-engine": "Chat engine"}


def at(hour: int, minute: int, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def good(name: str) -> Written:
    text = (EXAMPLES / "good" / name).read_bytes().decode()
    return read(text, f"incidents/{name}", NAMES, now=NOW)


def written(facts: str = "", body: str = "## Investigating\n", **more: str) -> Written:
    former = {"old-engine": "chat-engine"}
    return read(f"---\ntitle: x\n{facts}---\n{body}", "incidents/x.md", NAMES, now=NOW, former=former)


@pytest.mark.parametrize("file", sorted((EXAMPLES / "good").glob("*.md")), ids=lambda file: file.stem)
def test_a_good_file_is_read(file: Path) -> None:
    assert good(file.name).id == file.stem


@pytest.mark.parametrize("file", sorted((EXAMPLES / "bad").glob("*.md")), ids=lambda file: file.stem)
def test_a_bad_file_says_what_is_wrong_in_which_line(file: Path) -> None:
    path = f"incidents/{file.name}"
    found, problems, broken = read_all({path: file.read_bytes()}, NAMES, now=NOW)

    said = "".join(f"{problem.where}: {problem.what}\n" for problem in problems)
    assert said == file.with_suffix(".txt").read_text("utf-8")
    assert all(problem.mend for problem in problems)
    assert (found, broken) == ([], (path,))


def test_every_fact_of_the_front_matter_arrives() -> None:
    one = good("everything.md")

    assert one.title == "Slow and missing answers in Europe"
    assert one.kind == "incident"
    assert one.started == at(14, 5)
    assert one.facts.impact is Impact.MAJOR
    assert one.facts.components == {"language-model": State.PARTIAL, "chat-engine": State.DEGRADED}
    assert one.facts.cause == "Our model provider has lost capacity."
    assert one.facts.cause_class is CauseClass.EXTERNAL
    assert one.facts.doing == "Moving traffic."
    assert one.facts.eta == NOT_KNOWN_YET
    assert one.facts.next_update == at(15, 0)
    assert one.facts.workaround == "Write to us meanwhile."
    assert one.tags == ("provider", "europe")


def test_updates_keep_the_order_of_the_file_and_their_own_facts() -> None:
    updates = good("everything.md").updates

    assert [u.status for u in updates] == ["investigating", "identified", "resolved", "postmortem"]
    assert [u.time for u in updates] == [at(14, 8), at(14, 31), at(15, 2), at(9, 0, 23)]
    identified = updates[1].facts
    assert identified.eta == at(15, 15)
    assert identified.components == {"language-model": State.PARTIAL, "chat-engine": State.OPERATIONAL}
    assert identified.cause == "Capacity: lost in Paris"
    assert not updates[3].draft


def test_comments_and_translations_are_left_out_of_the_text_and_code_is_kept() -> None:
    updates = good("everything.md").updates

    assert updates[0].text == "Answers are slow.\n\n```markdown\n## Also no heading\n<!-- kept\n```"
    assert updates[1].text == "The provider confirms it. \n\n### What we do\n\nWaiting."
    assert updates[2].text == "- note that this list is text"


def test_a_postmortem_is_a_draft_until_it_says_published() -> None:
    assert written(body="## Resolved\n\n## Postmortem\n\nDraft.\n").updates[1].draft


def test_a_maintenance_has_a_window_across_days() -> None:
    one = good("maintenance.md")

    assert one.kind == "maintenance"
    assert one.window == Interval(at(21, 0, 26), at(2, 30, 27))
    assert one.facts.components == {"language-model": State.MAINTENANCE}
    assert [u.status for u in one.updates] == ["scheduled", "in_progress"]


def test_components_without_a_state_take_it_from_the_impact() -> None:
    facts = good("from-windows.md").facts

    assert facts.components == {"chat-engine": State.PARTIAL, "language-model": State.PARTIAL}


@pytest.mark.parametrize("name", ["chat-engine", "Chat engine", "CHAT ENGINE", "old-engine"])
def test_a_component_is_known_by_its_id_its_name_and_its_former_id(name: str) -> None:
    assert written(f"components: {{{name}: major_outage}}\n").facts.components == {"chat-engine": State.MAJOR}
    body = f"## Identified\n- components: {name} Major outage\n"
    assert written(body=body).updates[0].facts.components == {"chat-engine": State.MAJOR}


def test_a_clock_five_minutes_ahead_is_forgiven() -> None:
    assert written(body="## Investigating - 2026-11-25 12:05 UTC\n").updates[0].time == at(12, 5, 25)
    with pytest.raises(Problems, match="lies in the future"):
        written(body="## Investigating - 2026-11-25 12:06 UTC\n")


def test_two_updates_may_carry_the_same_time() -> None:
    line = "## Monitoring - 2026-11-22 14:08 UTC\n\n"
    assert len(written(body=line * 2).updates) == 2


def test_ids_that_differ_in_capital_letters_alone_are_refused() -> None:
    text = (EXAMPLES / "good" / "shortest.md").read_bytes()
    files = {"incidents/X.md": text, "incidents/a.md": text, "incidents/x.md": text, "incidents/a.MD": text}
    found, problems, broken = read_all(files, NAMES, now=NOW)

    assert [one.path for one in found] == ["incidents/X.md", "incidents/a.MD"]
    assert broken == ("incidents/a.md", "incidents/x.md")
    assert str(problems[1].where) == "incidents/x.md"


def test_a_broken_file_does_not_hide_the_good_ones() -> None:
    text = (EXAMPLES / "good" / "shortest.md").read_bytes()
    found, problems, broken = read_all({"incidents/a.md": b"", "incidents/b.md": text}, NAMES, now=NOW)

    assert [one.id for one in found] == ["b"]
    assert (len(problems), broken) == (1, ("incidents/a.md",))


def test_size_depth_and_number_have_limits() -> None:
    with pytest.raises(Problems, match="at most 64000"):
        written(body="## Investigating\n" + "a" * 64_000)
    with pytest.raises(Problems, match="at most 16000"):
        written(f"cause: {'a' * 16_000}\n")
    with pytest.raises(Problems, match="nested deeper"):
        written(f"tags: {'[' * 50}{']' * 50}\n")
    with pytest.raises(Problems, match="more than 500 updates"):
        written(body="## Monitoring\n" * 501)


def test_the_source_is_kept_so_that_it_can_be_read_again() -> None:
    one = good("everything.md")

    assert read(one.source, one.path, NAMES, now=NOW) == one


@pytest.mark.parametrize(
    "line", ["##" + " " * 60_000 + "x", "#" * 60_000, "- a: " + " #" * 25_000, "- " * 30_000]
)
def test_hostile_lines_are_read_in_no_time(line: str) -> None:
    with pytest.raises(Problems):
        written(body=f"## Investigating\n{line}\n## Nonsense\n")
