"""The shipped workflows, rehearsed: their own steps, in order, in fresh clones of a bare repository."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from git_world import BRANCH, bare, clone, commits, git, refuse
from rehearsal import ROOT, SHIPPED, Run
from servers import FaultServer

from statuspage.scaffold import FILES
from statuspage.scaffold.installing import MARK, with_install

OURS = ROOT / ".github/workflows"
WORKFLOWS = sorted(source.removesuffix(".yml") for source in FILES.values() if source.endswith(".yml"))
CONFIG = """
page: {{name: Test, url: "https://status.example", since: 2026}}
control: []
components:
  - {{name: Website, url: "{url}", allow_private: true}}
"""
INCIDENT = "---\ntitle: Slow answers\nimpact: minor\n---\n\n## Investigating\n\nWe look into it.\n"


@pytest.fixture
def remote(tmp_path: Path, fault_server: FaultServer) -> Path:
    """A page's repository."""
    made = bare(tmp_path / "remote.git")
    commit(made, tmp_path, "components.yaml", CONFIG.format(url=f"{fault_server.url}/ok"))
    return made


def commit(remote: Path, tmp_path: Path, path: str, text: str) -> None:
    """What a person pushes to main."""
    folder = clone(remote, tmp_path / f"author{len(list(tmp_path.iterdir()))}")
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_text(text)
    git(folder, "add", path)
    git(folder, "commit", "-q", "-m", f"Write {path}")
    git(folder, "push", "-q")


def status(remote: Path, folder: Path, **how: Any) -> Run:
    """One run of the job that probes, in a fresh clone."""
    return Run(clone(remote, folder, *how.pop("clone", ())), **how).job("status", "status")


def rounds(remote: Path) -> list[str]:
    paths = git(remote, "ls-tree", "-r", "--name-only", BRANCH, "raw/").split()
    lines = [line for path in paths for line in git(remote, "show", f"{BRANCH}:{path}").splitlines()]
    return [json.loads(line)["id"] for line in lines]


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def missing(site: Path) -> Iterator[str]:
    """What the pages of a site refer to and the site lacks."""
    for page in site.rglob("*.html"):
        links = Links()
        links.feed(page.read_text("utf-8"))
        for link in links.found:
            path = link.split("#")[0].split("?")[0]
            if path and "://" not in path and not path.startswith(("mailto:", "data:", "webcal:")):
                goal = site / path.lstrip("/") if path.startswith("/") else page.parent / path
                if not (goal.is_file() or (goal / "index.html").is_file()):
                    yield f"{page.relative_to(site)}: {link}"


# --- what the files say ------------------------------------------------------------------------


@pytest.mark.parametrize("name", WORKFLOWS)
def test_this_repository_s_workflows_are_the_shipped_ones_but_for_how_they_install(name: str) -> None:
    shipped = with_install((SHIPPED / f"{name}.yml").read_text("utf-8"), "$/.github/actions/statuspage", "")
    ours, theirs = (yaml.safe_load(text) for text in ((OURS / f"{name}.yml").read_text("utf-8"), shipped))
    for job in ours["jobs"].values():
        job["steps"] = [step for step in job["steps"] if step["name"] != "Start the chatbot"]

    assert ours == theirs


def test_a_release_s_workflows_pin_its_action_and_others_the_version() -> None:
    text = (SHIPPED / "status.yml").read_text("utf-8")
    pinned = with_install(text, f"o/r/.github/actions/statuspage@{'a' * 40}", "1.2.3")
    by_pip = with_install(text, "", "1.2.3")

    assert f"uses: o/r/.github/actions/statuspage@{'a' * 40} # v1.2.3" in pinned
    assert 'pip install --quiet "chatbot-statuspage[cloud]==1.2.3"' in by_pip
    assert 'pip install --quiet "chatbot-statuspage==1.2.3"' in with_install("# @INSTALL@\n", "", "1.2.3")
    for whole in (pinned, by_pip):
        assert not MARK.search(whole)
        assert yaml.safe_load(whole)["jobs"].keys() == yaml.safe_load(text)["jobs"].keys()


def test_a_job_installs_what_it_needs_and_no_more() -> None:
    """Libraries of probes where services are asked or checked, of buckets where one is written, of channels."""
    asked = {
        (name, job): " ".join(mark[2] for mark in MARK.finditer(text)).split()
        for name in WORKFLOWS
        for job, text in jobs((SHIPPED / f"{name}.yml").read_text("utf-8")).items()
    }

    assert {job: extras for job, extras in asked.items() if extras} == {
        ("status", "status"): ["probes"],
        ("check", "check"): ["probes"],
        ("upkeep", "doctor"): ["probes"],
        ("status", "bucket"): ["cloud"],
        ("status", "notify"): ["notify"],
        ("drill", "rehearse"): ["probes", "drill"],
    }


def jobs(workflow: str) -> dict[str, str]:
    """The text of each job, by its name."""
    parts = re.split(r"^  ([a-z-]+):\n", workflow.partition("\njobs:\n")[2], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_what_people_wrote_does_not_wait_behind_probes() -> None:
    group = yaml.safe_load((SHIPPED / "status.yml").read_text("utf-8"))["concurrency"]["group"]
    folder = Path("anywhere")

    assert Run(folder, "schedule").value(group) == "status"
    assert Run(folder, "workflow_dispatch").value(group) == "status"
    assert Run(folder, "push").value(group) == "status-words"
    publish = {"github.event.action": "publish"}
    assert Run(folder, "repository_dispatch", publish).value(group) == "status-words"
    assert Run(folder, "repository_dispatch", {"github.event.action": "status"}).value(group) == "status"


# --- runs --------------------------------------------------------------------------------------


@pytest.mark.timeout(400)
def test_twenty_runs_in_a_row_keep_twenty_rounds_and_a_whole_page(remote: Path, tmp_path: Path) -> None:
    for n in range(20):
        run = status(remote, tmp_path / f"run{n}")
        assert not run.failed, run.log
        assert run.outputs["run"] == {"code": "0", "publish": "true"}
        assert list(missing(run.folder / "_site")) == []
    found = rounds(remote)

    assert [id_.split("-")[1] for id_ in found] == [f"run{n}.1" for n in range(20)]
    assert json.loads((run.folder / "_site/api/status.json").read_text())["state"] == "operational"
    assert commits(remote) == 21  # the first page writes down what it saw for the first time


@pytest.mark.parametrize("at_once", [2, 4])
def test_runs_at_once_keep_each_round_once(remote: Path, tmp_path: Path, at_once: int) -> None:
    with ThreadPoolExecutor(at_once) as pool:
        runs = list(pool.map(lambda n: status(remote, tmp_path / f"run{n}"), range(at_once)))

    assert [run.log for run in runs if run.failed] == []
    assert sorted(id_.split("-")[1] for id_ in rounds(remote)) == [f"run{n}.1" for n in range(at_once)]


def test_a_run_that_is_started_again_is_a_round_of_its_own(remote: Path, tmp_path: Path) -> None:
    for attempt in "12":
        status(remote, tmp_path / f"a{attempt}" / "run", context={"github.run_attempt": attempt})

    assert [id_.split("-")[1] for id_ in rounds(remote)] == ["run.1", "run.2"]


def test_runs_killed_at_any_moment_leave_whole_rounds_and_no_broken_page(
    remote: Path, tmp_path: Path
) -> None:
    chance, ended = random.Random(13), 0
    script = yaml.safe_load((SHIPPED / "status.yml").read_text("utf-8"))
    (steps,) = [s for s in script["jobs"]["status"]["steps"] if s["name"] == "Probe, keep, build"]
    status(remote, tmp_path / "first")
    for n in range(8):
        folder = clone(remote, tmp_path / f"killed{n}")
        run = Run(folder)
        files = tmp_path / f"killed{n}.runner"
        files.mkdir()
        env = {
            **run.surroundings(files, files / "output"),
            "STATUSPAGE_STORE": "branch",
            "STATUSPAGE_RUN": f"k{n}",
        }
        process = subprocess.Popen(
            ["bash", "-e", "-c", steps["run"]],
            cwd=folder,
            env={**env, "GITHUB_TOKEN": "none", "WORDS_ALONE": "false"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(0.2 + 1.6 * chance.random())
            ended += 1
        except subprocess.TimeoutExpired:
            subprocess.run(["kill", "-KILL", "--", f"-{process.pid}"], check=True)
            process.wait()
        if (folder / "_site").exists():
            assert list(missing(folder / "_site")) == []
    last = status(remote, tmp_path / "last")

    assert not last.failed, last.log
    names = [id_.split("-")[1] for id_ in rounds(remote)]
    assert len(set(names)) == len(names)
    assert {"first.1", "last.1"} <= set(names)
    words = [sys.executable, "-m", "statuspage", "--store", "branch", "store", "verify"]
    done = subprocess.run(words, cwd=last.folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_history_that_cannot_be_read_stops_the_run_before_anything_is_asked(
    remote: Path, tmp_path: Path, fault_server: FaultServer
) -> None:
    folder = clone(remote, tmp_path / "run")
    remote.rename(tmp_path / "away.git")
    run = Run(folder).job("status", "status")

    assert run.failed
    assert run.outputs["run"] == {"code": "1"}
    assert fault_server.seen == []
    assert "Pack the page" not in run.passed


def test_a_refused_push_publishes_the_page_and_ends_red(remote: Path, tmp_path: Path) -> None:
    status(remote, tmp_path / "first")
    refuse(remote, 'echo "error: GH013: Repository rule violations found" >&2; exit 1')
    run = status(remote, tmp_path / "run")

    assert run.outputs["run"] == {"code": "3", "publish": "true"}
    assert "Pack the page" in run.passed
    assert run.failed
    assert "contents: write" in run.log


def test_an_incident_that_comes_in_while_it_probes_is_on_the_page(
    remote: Path, tmp_path: Path, fault_server: FaultServer
) -> None:
    folder = clone(remote, tmp_path / "run")
    commit(remote, tmp_path, "incidents/slow.md", INCIDENT)
    run = Run(folder).job("status", "status")  # the clone is older than the incident

    assert not run.failed, run.log
    assert (run.folder / "_site/incidents/slow/index.html").is_file()


@pytest.mark.parametrize(
    ("event", "context"), [("push", {}), ("repository_dispatch", {"github.event.action": "publish"})]
)
def test_a_push_builds_at_once_and_asks_nobody(
    remote: Path, tmp_path: Path, fault_server: FaultServer, event: str, context: dict[str, str]
) -> None:
    status(remote, tmp_path / "first")
    asked = len(fault_server.seen)
    commit(remote, tmp_path, "incidents/slow.md", INCIDENT)
    run = status(remote, tmp_path / "push", event=event, context=context)

    assert not run.failed, run.log
    assert len(fault_server.seen) == asked
    assert (run.folder / "_site/incidents/slow/index.html").is_file()
    assert len(rounds(remote)) == 1


def test_what_the_checks_declare_is_pushed_to_main(
    remote: Path, tmp_path: Path, fault_server: FaultServer
) -> None:
    text = CONFIG.format(url=f"{fault_server.url}/status/503") + "incidents: {auto: open, after: 0m}\n"
    commit(remote, tmp_path, "components.yaml", text)
    run = status(remote, tmp_path / "run")
    assert run.outputs["run"]["publish"] == "true", run.log
    files = git(remote, "ls-tree", "-r", "--name-only", "main").split()

    assert [path for path in files if path.startswith("incidents/")], run.log


def test_pages_and_buckets_are_chosen_by_variables(remote: Path, tmp_path: Path) -> None:
    both = status(remote, tmp_path / "both", context={"vars.STATUSPAGE_TARGETS": "s3://b"})
    bucket = {"vars.STATUSPAGE_TARGETS": "s3://b", "vars.STATUSPAGE_PAGES": "off"}
    alone = status(remote, tmp_path / "alone", context=bucket)

    assert {"Pack the page", "Pack the page for buckets"} <= set(both.passed)
    assert "Pack the page" not in alone.passed


def test_the_second_try_of_a_deployment_comes_after_a_minute_and_the_watcher_hears_of_good_runs_alone() -> (
    None
):
    whole = yaml.safe_load((SHIPPED / "status.yml").read_text("utf-8"))["jobs"]["pages"]
    conditions = {step["name"]: step.get("if", "") for step in whole["steps"]}
    run = Run(Path("anywhere"), context={"needs.status.result": "success"})

    for outcome, again in (("failure", True), ("success", False)):
        run.outcomes["deploy"] = outcome
        assert run.holds(conditions["Deploy again"]) is again
        assert run.holds(conditions["Wait before the second try"]) is again
    assert run.holds(conditions["Tell who watches that all went well"])
    run.context["needs.status.result"] = "failure"
    assert not run.holds(conditions["Tell who watches that all went well"])
    assert whole["concurrency"] == {"group": "pages", "cancel-in-progress": False}


def test_the_watcher_is_told_over_http_and_its_address_is_printed_nowhere(
    tmp_path: Path, fault_server: FaultServer
) -> None:
    whole = yaml.safe_load((SHIPPED / "status.yml").read_text("utf-8"))["jobs"]["pages"]
    (step,) = [step for step in whole["steps"] if step["name"].startswith("Tell who watches")]
    (tmp_path / "run").mkdir()
    run = Run(tmp_path / "run", context={"secrets.STATUSPAGE_HEARTBEAT": f"{fault_server.url}/ok/secret-id"})
    run.step(step, {})
    silent = Run(tmp_path / "run")
    silent.step(step, {})

    assert [seen.path for seen in fault_server.seen] == ["/ok/secret-id"]
    assert "secret-id" not in run.log
    assert not run.failed
    assert not silent.failed


def test_upkeep_compacts_and_the_monthly_drill_makes_the_page_again(remote: Path, tmp_path: Path) -> None:
    for n in range(3):
        status(remote, tmp_path / f"run{n}")
    upkeep = Run(clone(remote, tmp_path / "upkeep")).job("upkeep", "history")
    assert not upkeep.failed, upkeep.log
    assert commits(remote) == 1
    drill = Run(clone(remote, tmp_path / "drill")).job("drill", "restore")

    assert not drill.failed, drill.log
    assert "no difference" in drill.log
    assert len(rounds(remote)) == 3


def test_the_monthly_drill_makes_parts_fail_and_notes_it_on_the_branch(
    remote: Path, tmp_path: Path, fault_server: FaultServer
) -> None:
    commit(remote, tmp_path, "components.yaml", CONFIG.format(url=f"{fault_server.url}/status/200"))
    status(remote, tmp_path / "run")
    none = Run(clone(remote, tmp_path / "none")).job("drill", "rehearse")
    assert not none.failed, none.log
    assert "no drills" in none.log
    name = yaml.safe_load(CONFIG.format(url="x"))["components"][0]["name"]
    commit(
        remote, tmp_path, ".github/drills.yaml", f"drills: [{{component: {name}, fault: refused, for: 5m}}]\n"
    )
    drill = Run(clone(remote, tmp_path / "drill")).job("drill", "rehearse")

    assert not drill.failed, drill.log
    assert "tcp.refused" in drill.log
    assert '"kind":"drill"' in git(remote, "show", "status-data:ledger.ndjson").replace(" ", "")


def test_the_matrix_of_the_docs_asks_from_everywhere_and_one_job_keeps_it(
    remote: Path, tmp_path: Path
) -> None:
    text = (ROOT / "docs/github-actions.md").read_text("utf-8")
    blocks = re.findall(r"```(yaml|bash)\n(.*?)```", text, re.DOTALL)
    (ask,) = [
        yaml.safe_load(body)["ask"] for kind, body in blocks if kind == "yaml" and "\n  ask:" in f"\n{body}"
    ]
    (keep,) = [body for kind, body in blocks if kind == "bash" and "statuspage merge" in body]
    (step,) = [step for step in ask["steps"] if step["name"] == "Ask"]
    matrix = ask["strategy"]["matrix"]
    for place in matrix["place"]:
        for shard in matrix["shard"]:
            context = {"matrix.place": place, "matrix.shard": str(shard)}
            run = Run(clone(remote, tmp_path / f"{place}{shard}"), context=context)
            words = {"STATUSPAGE_STORE": "branch", "STATUSPAGE_RUN": "9.1"}
            run.step({**step, "env": {**step["env"], **words}}, {})
            assert not run.failed, run.log
    one = Run(clone(remote, tmp_path / "one"))
    answers = tmp_path / "one.runner/answers"
    answers.mkdir(parents=True)
    for file in tmp_path.glob("*.runner/answers/*.ndjson"):
        file.rename(answers / file.name)
    one.step({"name": "Keep", "run": keep, "env": {"STATUSPAGE_STORE": "branch"}}, {})

    assert not one.failed, one.log
    assert sorted(id_.split("@")[1] for id_ in rounds(remote)) == ["eu", "us"]
    assert json.loads((one.folder / "_site/api/status.json").read_text())["state"] == "operational"
