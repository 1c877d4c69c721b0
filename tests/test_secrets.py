"""No secret leaves the process: not by the terminal, the history or the site, in no encoding."""

import base64
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from servers import FaultServer

from statuspage.redaction import forms

SECRET = "s3cr+t/of&the=house"
CONFIG = """\
page: {{name: Secrets, url: http://localhost:8000, since: 2026}}
defaults: {{timeout: 2s, retries: 0}}
control: []
components:
  - name: Down
    url: {url}/status/500?key=${{TOKEN}}
    headers: {{x-key: "${{TOKEN}}", authorization: "Basic ${{TOKEN}}"}}
  - name: Wanted
    url: {url}/echo
    expect: {{body: "${{TOKEN}}", json: {{$.a: "${{TOKEN}}"}}}}
  - name: Never there
    type: tcp
    url: tcp://127.0.0.1:{closed}
    send: "${{TOKEN}}"
"""
INCIDENT = f"""\
---
title: The key was {SECRET}
components: {{down: major_outage}}
---

## Investigating - 2026-11-22 14:08 UTC

It is {base64.b64encode(SECRET.encode()).decode()} in base64 and {quote(SECRET, safe="")} in an address.
"""


def statuspage(folder: Path, *words: str) -> str:
    """All that the command printed."""
    done = subprocess.run(
        [sys.executable, "-m", "statuspage", *words],
        cwd=folder,
        env={"TOKEN": SECRET, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path, fault_server: FaultServer, closed_port: int) -> Path:
    (tmp_path / "components.yaml").write_text(CONFIG.format(url=fault_server.url, closed=closed_port))
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents/2026-11-22-key.md").write_text(INCIDENT)
    return tmp_path


def leaks(text: str) -> list[str]:
    return [form for form in forms(SECRET) if form in text]


def test_no_secret_is_printed_kept_or_published(folder: Path) -> None:
    told = statuspage(folder, "run")
    told += "".join(
        statuspage(folder, "probe", "--explain", name) for name in ("Down", "Wanted", "never-there")
    )
    assert "http.500" in told
    assert "***" in told
    assert leaks(told) == []
    written = [path for path in folder.rglob("*") if path.is_file() and "incidents" not in path.parts[-2:]]
    kept = [path for path in written if "kept" not in path.parts]  # what its author committed, as it is
    assert len(kept) > 20
    assert {
        path.name: leaks(path.read_text("utf-8")) for path in kept if leaks(path.read_text("utf-8"))
    } == {}


def test_no_secret_stands_in_a_git_object_made_of_the_state_and_the_site(folder: Path) -> None:
    for file in (folder / "incidents").glob("*.md"):  # what its author committed, it holds as it is
        file.unlink()
    statuspage(folder, "run")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-C", str(folder)]
    for words in (["init", "-q"], ["add", ".status-data", "_site"], ["commit", "-q", "-m", "state"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    every = [*git, "cat-file", "--batch-all-objects", "--batch"]
    objects = subprocess.run(every, check=True, capture_output=True).stdout
    assert len(objects) > 20_000
    assert leaks(objects.decode("latin-1")) == []


def test_a_broken_configuration_tells_no_secret(folder: Path) -> None:
    text = (folder / "components.yaml").read_text()
    (folder / "components.yaml").write_text(f"{text}    rettries: ${{TOKEN}}\n    {SECRET}: 1\n")
    told = statuspage(folder, "check")
    assert "components.yaml:" in told
    assert leaks(told) == []


def test_a_fault_of_ours_shows_its_traceback_without_secrets(folder: Path) -> None:
    script = (
        "import os, sys, click; from statuspage import cli\n"
        "@cli.main.command()\n"
        "def broken(): raise RuntimeError(os.environ['TOKEN'])\n"
        "cli.main(['broken'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={"TOKEN": SECRET},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "RuntimeError: ***" in done.stderr
    assert leaks(done.stderr) == []
