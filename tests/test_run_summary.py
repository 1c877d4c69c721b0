"""What a run says of itself on GitHub: all that matters, in the same bytes, and nothing that others wrote acts."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from servers import FaultServer
from snapshots import MEASURED, MINUTE, NOW, component, everyday, hostile, many, snapshot, trouble, unsure
from test_gfm import FOREIGN, TABLE, read

from statuspage.cli import main
from statuspage.config.options import BudgetOptions
from statuspage.errors import Problem, Where
from statuspage.gfm import fitting
from statuspage.model import Round, Sample, Snapshot, State, Verdict
from statuspage.probes import Cost
from statuspage.run_summary import MOST, Ended, failure, summary

KNOWN = trouble()
EVERY = timedelta(minutes=5)
HALF_PAST = "2026-11-22T14:30:00Z"


def sample(id: str, verdict: Verdict = Verdict.UP, ms: int | None = 120, **more: object) -> Sample:
    latency = None if ms is None else timedelta(milliseconds=ms)
    return Sample(component=id, at=MEASURED, verdict=verdict, latency=latency, every=EVERY, **more)  # type: ignore[arg-type]


def ended(known: Snapshot, *samples: Sample, **more: object) -> Ended:
    plain = Ended(
        snapshot=known,
        before=None,
        round=Round(id="r", at=MEASURED, samples=samples),
        problems=(),
        code=0,
        cost=Cost(),
        today=Cost(),
        limits=BudgetOptions(),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def was(known: Snapshot, id: str, state: State) -> Snapshot:
    """The same a little earlier, with one component in another state."""
    components = [replace(c, state=state) if c.id == id else c for c in known.components]
    return replace(known, now=NOW - 5 * MINUTE, components=tuple(components))


def rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines() if line.startswith("|")
    ]


def test_it_begins_with_the_state_and_a_link_to_the_page() -> None:
    told = summary(ended(trouble())).splitlines()
    assert told[0] == "## [Acme chatbot status](<https://status.acme.example>): partial outage"
    assert told[2].startswith(
        "Round of 2026-11-22 14:40 UTC. There is no round before it to compare with. Of the last"
    )
    assert told[2].endswith("% is measured.")


def test_what_has_changed_comes_first_then_what_is_in_trouble() -> None:
    known = trouble()
    last = known.components[-1]
    told = summary(ended(known, before=was(known, last.id, State.MAJOR)))
    found = rows(told)[2:]
    assert found[0][:2] == [last.name, f"**major outage → {str(last.state).replace('_', ' ')}**"]
    assert [found[1][0], found[1][1]] == ["Language model", "partial outage"]
    assert "Since 2026-11-22 14:37 UTC 1 state has changed." in told
    assert "no state has changed" in summary(ended(known, before=known))
    other = was(was(known, last.id, State.MAJOR), known.components[0].id, State.UNKNOWN)
    assert "2 states have changed" in summary(ended(known, before=other))


def test_each_row_has_verdict_latency_and_coverage() -> None:
    known = everyday()
    names = [c.id for c in known.components]
    told = summary(
        ended(
            known,
            sample(names[0], ms=87),
            sample(names[1], Verdict.DOWN, None, code="http.500", detail="status 500"),
            sample(names[2], flaked=True, attempts=2),
        )
    )
    by_name = {row[0]: row for row in rows(told[: told.index("### ")])}
    assert by_name[known.components[0].name][3:] == ["up", "87 ms", "100.00%"]
    assert by_name[known.components[1].name][3] == "down: http.500, status 500"
    assert by_name[known.components[2].name][3] == "up after 2 attempts"


def test_the_five_slowest_answers_are_named() -> None:
    known = many(8, 0)
    told = summary(ended(known, *(sample(c.id, ms=100 * n) for n, c in enumerate(known.components))))
    slow = told[told.index("### Slowest") :]
    assert [row[1] for row in rows(slow)[2:]] == ["700 ms", "600 ms", "500 ms", "400 ms", "300 ms"]


def test_what_was_skipped_is_told_with_its_reason() -> None:
    known = snapshot([component(one, one.upper()) for one in "abcdef"] + [component("m", "M", manual=True)])
    told = summary(
        ended(
            known,
            sample("a"),
            sample("b", Verdict.UNKNOWN, None, code="budget", detail="up to 9 calls, 2 left"),
            sample("c", Verdict.UNKNOWN, None, code="config.secret", detail="a secret is not set"),
            sample(
                "d", Verdict.UNKNOWN, None, code="config.extra", detail="pip install chatbot-statuspage[ws]"
            ),
            sample("e", Verdict.UNKNOWN, 5, code="http.429"),
        )
    )
    skipped = rows(told[told.index("### Not asked") : told.index("### Slowest")])[2:]
    assert skipped == [
        ["B", "The day's budget for paid probes is used up: up to 9 calls, 2 left"],
        ["C", "A secret that the configuration names is not set"],
        [
            "D",
            "A package that this kind of probe needs is not installed: pip install chatbot-statuspage&#91;ws&#93;",
        ],
        ["F", "not in this round, last asked 2026-11-22 14:40 UTC"],
    ]
    assert [row[3] for row in rows(told)[2:9]] == [
        "up",
        *["not asked"] * 3,
        "unknown: http.429",
        "not asked",
        "people say it",
    ]
    never = snapshot([component("g", "G", begun=None)])
    assert ["G", "not in this round"] in rows(summary(ended(never, sample("a"))))


def test_a_page_of_which_a_part_is_not_measured_is_not_called_unmeasured() -> None:
    well, unseen = component("a", "A"), component("b", "B", begun=None)
    for known, word in (
        ((well, unseen), "operational, as far as it is measured"),
        ((unseen,), "not measured"),
        ((well,), "operational"),
    ):
        told = summary(
            ended(replace(snapshot(known), state=max((c.state for c in known), key=lambda s: s.severity)))
        )
        assert told.splitlines()[0].endswith(f"): {word}")


def test_a_void_round_is_told_once_and_a_page_without_rounds_says_so() -> None:
    known = unsure()
    void = Round(id="v", at=NOW, vantage="eu|1", void="the runner itself is offline")
    told = summary(ended(known, round=void, code=3))
    assert (
        "Round of 2026-11-22 14:42 UTC from eu&#124;1. **It counts for nothing: the runner itself is offline.**"
        in told
    )
    assert "### Not asked" not in told
    assert "**Exit code 3: something was left out.**" in told
    assert "Nothing was ever measured." in summary(ended(known, round=None))
    assert "**Exit code 1: " in summary(ended(known, code=1))
    assert summary(ended(snapshot([]))).count("|") == 0


def test_incidents_problems_duties_and_costs_are_there() -> None:
    known = trouble()
    problems = (
        Problem("unknown key 'titel'", Where("incidents/a.md", 3), "did you mean 'title'?"),
        Problem("the next update was due 9 min ago", Where("incidents/b.md"), "write one", warning=True),
    )
    told = summary(
        ended(
            known,
            problems=problems * 2,
            cost=Cost(120, 1),
            today=Cost(900, 7),
            limits=BudgetOptions(tokens_per_day=1000, calls_per_day=20),
        )
    )
    incident = known.open_incidents[0]
    assert (
        f"](<https://status.acme.example/incidents/{incident.id}/>) | {incident.impact} | {incident.status} |"
        in told
    )
    left, do = told.index("### Left out"), told.index("### To do")
    assert rows(told[left:do])[2:] == [["incidents/a.md:3", "unknown key 'titel'", "did you mean 'title'?"]]
    assert rows(told[do:])[2] == ["incidents/b.md", "the next update was due 9 min ago", "write one"]
    assert told.endswith(
        "### Cost\n\nThis round: 120 tokens and 1 call. "
        "Today (UTC): 900 tokens and 7 calls, of 1000 tokens and 20 calls allowed.\n"
    )
    assert "allowed" not in summary(ended(known, cost=Cost(1, 0)))
    assert "### Cost" not in summary(ended(known))


@given(FOREIGN, FOREIGN)
def test_nothing_that_others_wrote_acts(name: str, words: str) -> None:
    known = replace(
        KNOWN,
        page=replace(KNOWN.page, name=name),
        components=tuple(replace(c, name=words) for c in KNOWN.components),
        incidents=tuple(
            replace(one, title=name, id=f"x{words}".encode("utf-8", "replace").decode())
            for one in KNOWN.incidents
        ),
    )
    bad = Problem(words, Where(name, 3), name)
    told = summary(ended(known, sample(known.components[0].id, detail=words, code="x"), problems=(bad,)))
    found = read(told)
    assert found.tags <= TABLE | {"h2", "h3", "p", "a", "strong"}
    assert all(link.startswith("https://status.acme.example") for link in found.links)
    assert summary(ended(known)) == summary(ended(known))
    assert read(failure("statuspage run", [bad])).tags <= TABLE | {"h2", "h3", "p"}


def test_hostile_names_stay_words() -> None:
    assert "<script" not in summary(ended(hostile()))


def test_ten_thousand_components_fit_the_worst_first() -> None:
    one, bad = component("a", "A" * 300), component("b", "|" * 300)
    known = snapshot([replace(one, id=f"c{n}") for n in range(9_999)] + [replace(bad, state=State.MAJOR)])
    text = summary(ended(known, *(sample(c.id) for c in known.components)))
    assert rows(text)[2][1] == "major outage"
    assert "And 9500 more." in text
    assert len(fitting(text, MOST)) <= MOST


# --- through the command -----------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "incidents").mkdir()
    return tmp_path


def page(folder: Path, server: FaultServer, more: str = "") -> None:
    (folder / "components.yaml").write_text(
        'page: {name: Test, url: "https://status.example", since: 2026}\n'
        "defaults: {retries: 0, timeout: 2s}\ncontrol: []\ncomponents:\n"
        f"  - {{name: Good, url: {json.dumps(server.url + '/status/200')}}}\n"
        f"  - {{name: Turning, url: {json.dumps(server.url + '/status/200')}}}\n{more}"
    )


def statuspage(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == code, result.output
    return result


def said(folder: Path) -> str:
    """What the last command said; the next one begins anew."""
    path = folder / "summary.md"
    text = path.read_text("utf-8") if path.exists() else ""
    path.unlink(missing_ok=True)
    return text


def test_a_run_tells_what_has_changed_since_the_one_before(here: Path, fault_server: FaultServer) -> None:
    page(here, fault_server)
    statuspage("run", "--now", "2026-11-22T14:00:00Z")
    first = said(here)
    assert first.startswith("## [Test](<https://status.example>): operational\n")
    assert "There is no round before it" in first
    page(here, fault_server)
    text = (here / "components.yaml").read_text()
    (here / "components.yaml").write_text("500".join(text.rsplit("200", 1)))
    statuspage("run", "--now", "2026-11-22T14:05:00Z")
    told = said(here)
    assert "Since 2026-11-22 14:00 UTC 1 state has changed." in told
    assert rows(told)[2][:4] == [
        "Turning",
        "**operational → major outage**",
        "2026-11-22 14:05 UTC",
        "down: http.500, status 500",
    ]
    statuspage("build", "--now", "2026-11-22T14:06:00Z")
    assert "Since 2026-11-22 14:00 UTC 1 state has changed." in said(here)
    statuspage("probe", "--now", "2026-11-22T14:10:00Z", "--fail-on", "major_outage", code=1)
    told = said(here)
    assert "no state has changed" in told
    assert "**Exit code 1: " in told


def test_the_same_run_says_the_same(here: Path, fault_server: FaultServer) -> None:
    page(here, fault_server)
    statuspage("run", "--now", HALF_PAST)
    said(here)
    statuspage("build", "--now", HALF_PAST)
    first = said(here)
    statuspage("build", "--now", HALF_PAST)
    assert said(here) == first


def test_what_is_owed_and_left_out_stands_in_it_for_probe_and_for_run(
    here: Path, fault_server: FaultServer
) -> None:
    page(here, fault_server, '  - {name: "Key|ed", url: "http://127.0.0.1/${KEY}"}\n')
    (here / "incidents/slow.md").write_text(
        "---\ntitle: Slow\n---\n\n## Investigating - 2026-11-22 14:00 UTC\n\nWe look.\n"
    )
    for words in (("run",), ("probe",)):
        statuspage(*words, "--now", HALF_PAST, code=3)
        told = said(here)
        assert "| components.yaml:7 | &#36;{KEY} is not set |" in told
        assert "| incidents/slow.md | it does not say what the cause is |" in told
        assert (
            "[Slow](<https://status.example/incidents/slow/>) | none | investigating | 2026-11-22 14:00 UTC |"
            in told
        )
        assert "| Key&#124;ed | A secret that the configuration names is not set |" in told
        assert told.count("### To do") == 1
        assert "Exit code 3" in told


def test_rounds_on_a_beat_are_summed_up_once_at_the_end(here: Path, fault_server: FaultServer) -> None:
    page(here, fault_server)
    statuspage("probe", "--for", "2s", "--every", "1s")
    told = said(here)
    assert told.count("## [Test]") == 1
    assert [row[3] for row in rows(told)[2:4]] == ["up", "up"]


def test_a_run_that_could_not_do_its_work_says_why(here: Path) -> None:
    (here / "components.yaml").write_text("page: {}\n")
    statuspage("run", code=1)
    told = said(here)
    assert told.startswith("## statuspage run: could not do its work\n")
    assert "| components.yaml:1 |" in told
    statuspage("check", code=1)
    assert said(here) == ""


def test_it_is_added_to_what_the_step_has_said_and_never_more_than_github_takes(
    here: Path, fault_server: FaultServer
) -> None:
    page(here, fault_server)
    (here / "summary.md").write_text("before\n")
    statuspage("run", "--now", HALF_PAST)
    statuspage("build", "--now", HALF_PAST)
    told = said(here)
    assert told.startswith("before\n## [Test]")
    assert told.count("## [Test]") == 2
    (here / "summary.md").write_bytes(b"x" * (MOST - 400))
    statuspage("build", "--now", HALF_PAST)
    told = said(here)
    assert MOST - 400 < len(told.encode()) <= MOST
    assert told.endswith("_Cut here: GitHub takes no more. The log and the page have the rest._\n")
    (here / "summary.md").write_bytes(b"x" * (MOST + 9))
    statuspage("build", "--now", HALF_PAST)
    assert len(said(here)) == MOST + 9


def test_a_summary_that_cannot_be_written_is_a_warning(here: Path, fault_server: FaultServer) -> None:
    page(here, fault_server)
    (here / "summary.md").mkdir()
    told = statuspage("run", "--now", HALF_PAST).output
    assert "warning: " in told
    assert "the summary of the run cannot be written: Is a directory" in told


def test_where_nobody_asks_for_a_summary_nothing_is_written(
    here: Path, fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(here, fault_server)
    for setting in (None, ""):
        monkeypatch.delenv("GITHUB_STEP_SUMMARY") if setting is None else monkeypatch.setenv(
            "GITHUB_STEP_SUMMARY", ""
        )
        statuspage("run", "--now", HALF_PAST)
    assert not (here / "summary.md").exists()
    assert sorted(path.name for path in here.iterdir()) == [
        ".status-data",
        ".statuspage-cache",
        "_site",
        "components.yaml",
        "incidents",
    ]


def test_two_at_once_both_stand_in_it(here: Path, fault_server: FaultServer) -> None:
    page(here, fault_server)
    words = [sys.executable, "-m", "statuspage", "run", "--now", HALF_PAST]
    runs = [
        subprocess.Popen(words, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert {one.wait(60) for one in runs} <= {0, 1}
    assert said(here).count("## [Test]") + said(here).count("## statuspage run") >= 1
