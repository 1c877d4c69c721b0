"""The workflows of a pull request, step by step: a stranger's files are checked, shown and told, and nothing more."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from statuspage.cli import main

ROOT = Path(__file__).parents[1]
CHECK = ROOT / "statuspage/scaffold/check.yml"
COMMENT = ROOT / ".github/workflows/comment.yml"
SHIPPED = [path for path in (ROOT / "statuspage/scaffold").glob("*.yml") if path.stem != "components"]
WORKFLOWS = [*sorted((ROOT / ".github/workflows").glob("*.yml")), *SHIPPED]
CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026}
control: []
components:
  - {name: Chat engine, type: manual}
  - {name: Key, url: "https://a.example/${KESTREL_KEY}"}
"""
INCIDENT = (
    "---\ntitle: No answers\nimpact: major\n---\n\n## Investigating - 2026-11-05 13:00 UTC\n\nNobody.\n"
)


def workflow(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def job(path: Path) -> dict[str, Any]:
    (only,) = workflow(path)["jobs"].values()
    return dict(only)


def script(path: Path, step: str) -> str:
    return str(next(s["run"] for s in job(path)["steps"] if s["name"] == step))


def bash(text: str, folder: Path, words: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text],
        cwd=folder,
        env=dict(words),
        capture_output=True,
        text=True,
    )


# --- what the files say --------------------------------------------------------------------------


def test_the_job_that_runs_a_strangers_files_may_read_and_has_no_secrets() -> None:
    assert job(CHECK)["permissions"] == {"contents": "read"}
    assert "secrets." not in CHECK.read_text("utf-8")
    assert set(workflow(CHECK)[True]) == {"pull_request"}  # not pull_request_target
    handed = [s["name"] for s in job(CHECK)["steps"] if "github.token" in str(s)]
    assert handed == ["Fetch the history"]


def test_the_job_that_may_write_runs_nothing_of_theirs() -> None:
    assert job(COMMENT)["permissions"] == {"actions": "read", "pull-requests": "write"}
    used = [step.get("uses", "").split("@")[0] for step in job(COMMENT)["steps"]]
    assert used == ["actions/download-artifact", "", ""]
    assert "statuspage " not in "".join(step.get("run", "") for step in job(COMMENT)["steps"])


@pytest.mark.parametrize(
    "words",
    [
        ["zizmor", "--quiet", "--offline", "--persona=pedantic", ".", *map(str, SHIPPED)],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)],
        [
            "check-jsonschema",
            "--builtin-schema",
            "vendor.github-issue-forms",
            ".github/ISSUE_TEMPLATE/incident.yml",
        ],
    ],
    ids=["zizmor", "workflows", "issue form"],
)
def test_the_workflows_pass_their_tools(words: list[str]) -> None:
    tool = shutil.which(words[0], path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if tool is None:
        pytest.skip(f"needs {words[0]}")
    done = subprocess.run([tool, *words[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# --- checking ------------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> str:
    own = ["-c", "user.name=Kim", "-c", "user.email=kim@kestrel.example", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *own, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")


class Checked:
    """What the job of a pull request leaves behind."""

    def __init__(self, folder: Path, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        self.folder, self.repo = folder, folder / "repo"
        self.repo.mkdir(parents=True)
        git(self.repo, "init", "-q", "-b", "main")
        for files in (before, after):  # the second one is the merge, the first its first parent
            write(self.repo, files)
            git(self.repo, "add", "-A", "-f")
            git(self.repo, "commit", "-q", "-m", "x")
        tools = folder / "tools"
        write(
            tools,
            {"statuspage": f'#!/bin/bash\nPYTHONPATH={ROOT} exec {sys.executable} -m statuspage "$@"\n'},
        )
        (tools / "statuspage").chmod(0o755)
        self.words = {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "HOME": str(folder),
            "RUNNER_TEMP": str(folder),
            "GITHUB_TOKEN": "none",
            "NUMBER": "7",
        }
        git(folder, "init", "-q", "--bare", str(folder / "remote.git"))
        git(self.repo, "remote", "add", "origin", f"file://{folder / 'remote.git'}")

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        return bash(script(CHECK, name), self.repo, self.words)

    @property
    def told(self) -> str:
        return (self.folder / "changes/changes.txt").read_text("utf-8")


def test_a_good_pull_request_is_checked_told_and_shown(tmp_path: Path) -> None:
    one = Checked(tmp_path, {"components.yaml": CONFIG}, {"incidents/no-answers.md": INCIDENT})

    for name in (
        "Fetch the history",
        "Check configuration and incidents",
        "Say what would change",
        "Build a preview",
    ):
        done = one.step(name)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    assert 'New incident "No answers": impact major, investigating.' in one.told
    assert (tmp_path / "changes/number.txt").read_text() == "7\n"
    assert (one.repo / "preview/index.html").exists()


def test_the_history_is_that_of_the_branch_and_not_of_the_pull_request(tmp_path: Path) -> None:
    remote = tmp_path / "nowhere.git"
    git(tmp_path, "init", "-q", "-b", "status-data", str(remote))
    write(remote, {"ledger.ndjson": ""})
    git(remote, "add", "-A")
    git(remote, "commit", "-q", "-m", "x")
    one = Checked(
        tmp_path / "run", {"components.yaml": CONFIG}, {".status-data/raw/2026-11-22/07.ndjson": "made up\n"}
    )
    git(one.repo, "remote", "set-url", "origin", f"file://{remote}")

    assert one.step("Fetch the history").returncode == 0

    kept = {path.name for path in (one.repo / ".status-data").iterdir()}
    assert kept == {"ledger.ndjson", ".lock"}


def test_hostile_files_of_a_fork_are_told_and_start_nothing(tmp_path: Path) -> None:
    evil = '"::error::x\\n::set-output name=a::b $(touch pwned) `touch pwned` ${{ github.token }}"'
    files = {
        "components.yaml": f"page: {{name: {evil}, url: 'https://x.example', since: 2026}}\ncomponents:\n"
        f"  - {{name: {evil}, type: {evil}}}\n  - {{name: B, type: manual}}\n",
        "incidents/a::b,c\n::error::.md": "x",
        "incidents/_templates/t.md": "---\ntitle: {nope}\n---\n",
    }
    one = Checked(tmp_path, {"components.yaml": CONFIG}, files)

    done = one.step("Check configuration and incidents")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines and all(line.startswith(("::error file=", "::warning file=")) for line in lines)
    assert one.step("Say what would change").returncode == 0
    assert "error: components.yaml" in one.told
    assert not any(line.startswith("::") for line in one.told.splitlines())
    assert one.step("Build a preview").returncode == 1
    assert not list(tmp_path.rglob("pwned"))


def test_without_secrets_nothing_is_said_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"components.yaml": CONFIG})
    monkeypatch.chdir(tmp_path)

    assert "KESTREL_KEY" in CliRunner().invoke(main, ["check"]).output
    told = CliRunner().invoke(main, ["check", "--without-secrets"])
    assert (told.exit_code, told.output) == (0, "all is well\n")


# --- commenting ----------------------------------------------------------------------------------

SHA = "a" * 40


def read_words(
    folder: Path, files: Mapping[str, str | bytes], newest: str = SHA
) -> subprocess.CompletedProcess[str]:
    (folder / "changes").mkdir(parents=True)
    for name, text in files.items():
        (folder / "changes" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    tools = folder / "tools"
    write(tools, {"gh": f'#!/bin/bash\nprintf "%s\\n" "$*" >> "$RUNNER_TEMP/calls"; echo {newest}\n'})
    (tools / "gh").chmod(0o755)
    words = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_REPOSITORY": "kestrel/status",
        "CHECKED": SHA,
    }
    return bash(script(COMMENT, "Read them as a stranger's"), folder, words)


def test_the_words_are_posted_as_code_cut_and_stripped(tmp_path: Path) -> None:
    hostile = "@everyone <img src=x> [x](javascript:a) ```\n\x1b[31m</pre>\x00\n::error::x\n" + "ü" * 30_000
    done = read_words(tmp_path, {"number.txt": "7\n", "changes.txt": hostile.encode()})

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_text() == "number=7\n"
    assert (tmp_path / "calls").read_text() == "api repos/kestrel/status/pulls/7 --jq .head.sha\n"
    text = (tmp_path / "comment.md").read_text("utf-8")  # whole characters: it was cut in the middle of one
    mark, heading, empty, *rest = text.splitlines()
    assert (mark, heading, empty) == ("<!-- statuspage: changes -->", "**What would change on the page**", "")
    assert rest and all(line.startswith("    ") for line in rest)
    assert "\x1b" not in text and "\x00" not in text
    assert len(text.encode()) < 21_000


@pytest.mark.parametrize(
    "number", ["", "0", "7; id", "../../x", "7/../8", "-1", "7\n8", "9" * 10, "$(id)", "7 "]
)
def test_what_is_no_number_is_refused(tmp_path: Path, number: str) -> None:
    done = read_words(tmp_path, {"number.txt": number, "changes.txt": "x"})

    assert done.returncode == 1
    assert not (tmp_path / "calls").exists()
    assert not (tmp_path / "output").exists()


def test_another_pull_requests_number_gets_no_comment(tmp_path: Path) -> None:
    assert read_words(tmp_path, {"number.txt": "8", "changes.txt": "x"}, newest="b" * 40).returncode == 0
    assert not (tmp_path / "output").exists()


def test_a_link_or_nothing_is_no_artifact(tmp_path: Path) -> None:
    assert read_words(tmp_path / "a", {"number.txt": "7"}).returncode == 1
    (tmp_path / "b/changes").mkdir(parents=True)
    (tmp_path / "b/changes/number.txt").symlink_to("/etc/hostname")
    words = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path / "b")}
    assert bash(script(COMMENT, "Read them as a stranger's"), tmp_path, words).returncode == 1


@pytest.mark.parametrize(
    ("last", "call"),
    [("", "issues/7/comments -F"), ("55", "-X PATCH repos/kestrel/status/issues/comments/55")],
)
def test_one_comment_is_kept_up_to_date(tmp_path: Path, last: str, call: str) -> None:
    write(
        tmp_path,
        {
            "gh": f'#!/bin/bash\nprintf "%s\\n" "$*" >> "$RUNNER_TEMP/calls"; case "$*" in *--jq*) echo {last};; esac\n'
        },
    )
    (tmp_path / "gh").chmod(0o755)
    words = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_REPOSITORY": "kestrel/status",
        "NUMBER": "7",
    }

    assert bash(script(COMMENT, "Post them, in the place of the last ones"), tmp_path, words).returncode == 0

    assert call in (tmp_path / "calls").read_text().splitlines()[-1]
