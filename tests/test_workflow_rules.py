"""Rules that each workflow of this repository, each shipped one and each action keeps."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted(
    path
    for path in [*ROOT.glob(".github/workflows/*.y*ml"), *ROOT.glob("statuspage/scaffold/*.y*ml")]
    if re.search(r"^jobs:", path.read_text("utf-8"), re.MULTILINE)
)
ACTIONS = sorted(ROOT.glob(".github/actions/*/action.y*ml"))
SCRIPTS = [ROOT / ".ci/run", ROOT / ".ci/lock", *ROOT.glob(".github/actions/*/install")]
USES = re.compile(r"^\s*(?:- )?uses:\s*(.*)$", re.MULTILINE)
# Another's action by its commit, with its version for people and Dependabot; ours by its path; @…@ is filled by `init`.
PINNED = re.compile(r"[\w.-]+/[\w./-]+@(?:[0-9a-f]{40}|@\w+@) # (?:v\d+\.\d+\.\d+|v?@\w+@)|\$/[\w./-]+")
LOGINS = {"GH_TOKEN", "GITHUB_TOKEN", "token", "github-token", "repo-token", "repo_token", "ssh-key"}
TOO_MUCH = {("secrets", "inherit"), ("permissions", "write-all"), ("permissions", "read-all")}


def steps(document: dict[str, Any]) -> list[dict[str, Any]]:
    parts = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for part in parts for step in part.get("steps", [])]


def scripts() -> list[Any]:
    found = [pytest.param(path.read_text("utf-8"), id=str(path.relative_to(ROOT))) for path in SCRIPTS]
    for path in [*WORKFLOWS, *ACTIONS]:
        for step in steps(yaml.safe_load(path.read_text("utf-8"))):
            if "run" in step:
                found.append(
                    pytest.param(f"set -e\n{step['run']}", id=f"{path.relative_to(ROOT)}:{step.get('name')}")
                )
    return found


def entries(node: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth. YAML reads `on:` as true; no rule asks for it by its name."""
    if isinstance(node, list):
        for inner in node:
            yield from entries(inner)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield str(key), value
            yield from entries(value)


def faults(path: Path) -> list[str]:
    """What a workflow or an action has that it must not have."""
    text = path.read_text("utf-8")
    document = yaml.safe_load(text)
    found = [f"not pinned: {uses}" for uses in USES.findall(text) if not PINNED.fullmatch(uses.strip())]
    found += [
        f"an expression in a script: {s['run']!r}" for s in steps(document) if "${{" in s.get("run", "")
    ]
    for key, value in entries(document):
        if key in LOGINS and "secrets." in str(value) and "secrets.GITHUB_TOKEN" not in str(value):
            found.append(f"a personal token: {value}")
        if (key, str(value)) in TOO_MUCH or "pull_request_target" in (key, value):
            found.append(f"too much: {key}: {value}")
    return found + (_lax(document) if "jobs" in document else [])


def _lax(workflow: dict[str, Any]) -> list[str]:
    found = [] if workflow.get("permissions") == {} else ["no `permissions: {}` on top"]
    unsaid = [name for name, job in workflow["jobs"].items() if "permissions" not in job]
    return found + [f"no permissions of its own: {name}" for name in unsaid]


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_workflow_keeps_the_rules(path: Path) -> None:
    assert faults(path) == []


@pytest.mark.parametrize("script", scripts())
def test_a_script_is_one_that_bash_understands(script: str) -> None:
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    assert done.stderr == ""


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("script", scripts())
def test_shellcheck_finds_nothing_in_a_script(script: str) -> None:
    done = subprocess.run(
        ["shellcheck", "--shell=bash", "--severity=warning", "-"],
        input=script,
        capture_output=True,
        text=True,
    )
    assert done.stdout == ""


def test_the_security_policy_names_each_right_to_write() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ([^|]*) \|", text, re.MULTILINE)
    said = {
        name: set(re.findall(r"`([\w-]+)`", rights))
        for names, rights in rows
        for name in re.findall(r"\w+", names)
    }

    assert said == {path.stem: writes(path) for path in WORKFLOWS if ".github" in path.parts}


def writes(path: Path) -> set[str]:
    jobs = yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
    return {right for job in jobs for right, kind in job["permissions"].items() if kind == "write"}


GOOD = """\
on: push
permissions: {}
jobs:
  one:
    runs-on: ubuntu-24.04
    permissions: {contents: read}
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
      - run: echo "$NAME"
"""


def test_a_good_workflow_has_no_faults(tmp_path: Path) -> None:
    (path := tmp_path / "good.yml").write_text(GOOD)
    assert faults(path) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "@v5.0.0", "not pinned"),
        (" # v5.0.0", "", "not pinned"),
        (" # v5.0.0", " # v5", "not pinned"),
        ("08c6903cd8c0fde910a37f88322edcfb5dd907a8", "08c6903", "not pinned"),
        ("actions/checkout@", "docker://alpine@", "not pinned"),
        ('"$NAME"', "${{ github.head_ref }}", "an expression in a script"),
        ("on: push", "on: pull_request_target", "too much"),
        ("permissions: {contents: read}", "permissions: write-all", "too much"),
        ("    permissions: {contents: read}\n", "", "no permissions of its own"),
        ("permissions: {}\n", "", "no `permissions: {}` on top"),
        ("permissions: {}\n", "permissions: {contents: write}\n", "no `permissions: {}` on top"),
        ("    steps:", "    secrets: inherit\n    steps:", "too much"),
        ("    steps:", "    env: {GH_TOKEN: '${{ secrets.MY_PAT }}'}\n    steps:", "a personal token"),
    ],
)
def test_each_fault_is_seen(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    (path := tmp_path / "bad.yml").write_text(GOOD.replace(old, new, 1))
    assert any(fault.startswith(says) for fault in faults(path))
