"""A runner without a network: nothing is down, nothing was measured."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """\
page: {name: Offline, url: http://localhost:8000, since: 2026}
defaults: {timeout: 2s, retries: 1, retry_wait: [100ms]}
components:
  - {name: Site, url: https://www.example.com/}
  - {name: By address, url: http://192.0.2.7/}
  - {name: Queue, url: tcp://queue.example.com:5672}
  - {name: On this machine, url: http://127.0.0.1:9/}
"""


def without_network(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run in a network namespace of its own that has no way out, not even a loopback."""
    return subprocess.run(
        ["unshare", "--map-root-user", "--net", *command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _can_unshare() -> bool:
    return (
        shutil.which("unshare") is not None and without_network("true", folder=Path("/tmp")).returncode == 0
    )


@pytest.mark.skipif(not _can_unshare(), reason="no unshare here, or not allowed")
def test_without_a_network_the_round_is_void_and_nothing_is_down(tmp_path: Path) -> None:
    (tmp_path / "components.yaml").write_text(CONFIG)
    done = without_network(sys.executable, "-m", "statuspage", "run", folder=tmp_path)
    assert "nothing judged: the runner itself is offline" in done.stdout
    assert "Traceback" not in done.stderr
    known = json.loads((tmp_path / "_site/api/status.json").read_text())
    assert {c["state"] for c in known["components"]} == {"unknown"}
    assert known["state"] == "unknown"
    assert "major_outage" not in (tmp_path / "_site/api/v2/summary.json").read_text()
    raw = next((tmp_path / ".status-data/raw").rglob("*.ndjson")).read_text()
    assert json.loads(raw)["void"]
    assert "s" not in json.loads(raw)
