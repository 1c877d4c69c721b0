"""Servers that are none of ours, up, slow, refusing, killed: page, API and feeds say the same."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner

from statuspage.cli import main

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
NOW = "2026-11-22T14:00:00Z"
INCIDENT = """---
title: Website trouble
components: {website: major_outage}
cause: not known yet
doing: Looking.
eta: not known yet
---

## Investigating - 2026-11-22 13:58 UTC

It does not answer.
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}")


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    home = tmp_path / "nginx"
    (home / "html").mkdir(parents=True)
    (home / "html/index.html").write_text("fine\n" * 10, "utf-8")
    temporary = "\n".join(
        f"{kind}_temp_path {home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "conf").write_text(
        f"""
daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
events {{}}
http {{
  access_log off; {temporary}
  server {{
    listen 127.0.0.1:{port};
    root {home}/html;
    location /slow {{ alias {home}/html/; limit_rate 100; }}
    location /broken {{ return 503; }}
  }}
}}
""",
        "utf-8",
    )
    process = subprocess.Popen(
        [NGINX, "-p", str(home), "-c", str(home / "conf"), "-e", str(home / "error.log")]
    )
    try:
        wait_for(port)
        yield process, port
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def python_server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    words = [
        sys.executable,
        "-m",
        "http.server",
        "--bind",
        "127.0.0.1",
        "--directory",
        str(tmp_path),
        str(port),
    ]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield process, port
    finally:
        process.kill()
        process.wait()


def seen(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str, str]:
    """The state of the website by our document, the Statuspage API and the page; and the newest update's title."""
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    (folder / "components.yaml").write_text(
        f"""
page: {{name: Test, url: "https://status.example", since: 2026}}
defaults: {{retry_wait: [0s], slow: 300ms, timeout: 3s}}
control: []
components: [{{name: Website, url: "{url}"}}]
""",
        "utf-8",
    )
    result = CliRunner().invoke(main, ["run", "--now", NOW])
    assert result.exit_code == 0, result.output
    own = json.loads((folder / "_site/api/status.json").read_text())
    summary = json.loads((folder / "_site/api/v2/summary.json").read_text())
    home = (folder / "_site/index.html").read_text()
    words = [
        w
        for w in ("Everything works", "Website is down", "Website is slow", "Website is degraded")
        if w in home
    ]
    feed = feedparser.parse((folder / "_site/updates.rss").read_bytes())
    title = feed.entries[0].title if feed.entries else ""
    return (
        own["components"][0]["state"],
        summary["components"][0]["status"],
        words[0] if words else home,
        title,
    )


def test_nginx_up_slow_broken_and_killed(
    nginx: tuple[subprocess.Popen[bytes], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, port = nginx
    url = f"http://127.0.0.1:{port}"
    assert seen(tmp_path / "up", f"{url}/", monkeypatch) == (
        "operational",
        "operational",
        "Everything works",
        "",
    )

    slow = seen(tmp_path / "slow", f"{url}/slow/index.html", monkeypatch)
    assert slow[:2] == ("degraded_performance", "degraded_performance")
    assert "degraded" in slow[2] or "slow" in slow[2]

    down = ("major_outage", "major_outage", "Website is down", "")
    assert seen(tmp_path / "broken", f"{url}/broken", monkeypatch) == down

    process.send_signal(signal.SIGKILL)
    process.wait()
    (tmp_path / "killed/incidents").mkdir(parents=True)
    (tmp_path / "killed/incidents/website.md").write_text(INCIDENT, "utf-8")
    assert seen(tmp_path / "killed", f"{url}/", monkeypatch) == (*down[:3], "[Investigating] Website trouble")


def test_python_up_stopped_and_gone(
    python_server: tuple[subprocess.Popen[bytes], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, port = python_server
    url = f"http://127.0.0.1:{port}/"
    assert seen(tmp_path / "up", url, monkeypatch)[:2] == ("operational", "operational")

    process.send_signal(signal.SIGSTOP)  # it accepts and never answers
    assert seen(tmp_path / "stopped", url, monkeypatch)[:3] == (
        "major_outage",
        "major_outage",
        "Website is down",
    )

    process.send_signal(signal.SIGKILL)
    process.wait()
    assert seen(tmp_path / "gone", url, monkeypatch)[:3] == (
        "major_outage",
        "major_outage",
        "Website is down",
    )
