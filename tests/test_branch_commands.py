"""The commands over a data branch, in clones of a real remote."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from git_world import BRANCH, bare, clone, git, refuse
from servers import Server

CONFIG = """
page: {{name: Test, url: "https://status.example", since: 2026}}
control: []
components:
  - {{name: Website, url: "{url}"}}
"""
NOON = "2026-11-22T12:00:00Z"


@pytest.fixture
def remote(tmp_path: Path, server: Server) -> Path:
    """A page's repository."""
    made = bare(tmp_path / "remote.git")
    folder = clone(made, tmp_path / "author")
    (folder / "components.yaml").write_text(CONFIG.format(url=server.url("/ok")))
    git(folder, "add", "components.yaml")
    git(folder, "commit", "-q", "-m", "A page")
    git(folder, "push", "-q")
    return made


def statuspage(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "statuspage", "--store", "branch", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)


def rounds(remote: Path) -> list[str]:
    paths = git(remote, "ls-tree", "-r", "--name-only", BRANCH, "raw/").split()
    lines = [line for path in paths for line in git(remote, "show", f"{BRANCH}:{path}").splitlines()]
    return [json.loads(line)["id"] for line in lines]
