"""The commands over a history in a bucket, on machines that hold nothing but a configuration."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from records_world import Place
from s3_world import S3, SECRET
from servers import FaultServer

from statuspage.errors import StatuspageError
from statuspage.stores.folder import Folder
from statuspage.stores.opening import open_store

PAGE = """
page: {{name: Test, url: "https://status.example", since: 2026}}
control: []
components:
  - {{name: One, url: "{url}", allow_private: true}}
  - {{name: Two, url: "{url}", allow_private: true}}
"""


@pytest.fixture
def place(quick_s3: S3) -> Place:
    return Place(f"{quick_s3.bucket().url}/history", quick_s3.environ, quick_s3)


@pytest.fixture
def command(
    place: Place, tmp_path: Path, fault_server: FaultServer
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The real command, in a folder that holds nothing but a configuration."""

    def called(*words: str, run: str = "1.1") -> subprocess.CompletedProcess[str]:
        folder = tmp_path / f"machine-{run}"
        folder.mkdir(exist_ok=True)
        (folder / "components.yaml").write_text(PAGE.format(url=f"{fault_server.url}/ok"))
        environ = {**os.environ, **place.environ, "STATUSPAGE_RUN": run}
        line = [sys.executable, "-m", "statuspage", "--store", place.url, *words]
        done = subprocess.run(line, cwd=folder, env=environ, capture_output=True, text=True, timeout=100)
        assert SECRET not in done.stdout + done.stderr
        assert not (folder / ".status-data").exists()
        return done

    return called


def test_runs_on_fresh_machines_go_on_with_one_history(
    place: Place, command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    for n in range(2):
        done = command("run", "--now", f"2026-11-22T12:{5 * n:02}:00Z", run=f"{n}.1")
        assert done.returncode == 0, done.stderr
        assert '"operational"' in (tmp_path / f"machine-{n}.1/_site/api/status.json").read_text()
    assert len(place.lines("raw/2026-11-22/12.ndjson")) == 2

    assert "2 rounds" in command("store", "verify", "--now", "2026-11-22T13:00:00Z").stdout
    assert command("store", "compact").stdout.startswith("compacted")
    assert "verified" in command("verify", run="1.1").stdout
    assert (
        command(
            "mute", "one", "--for", "1h", "--why", "It moves.", "--now", "2026-11-22T12:06:00Z"
        ).returncode
        == 0
    )
    assert len(place.lines("raw/2026-11-22/12.ndjson")) == 2
    copied = command("store", "copy", place.url, str(tmp_path / "copy"))
    assert copied.returncode == 0, copied.stderr
    assert Folder(tmp_path / "copy").list("") == place.records().list("")


def test_a_bucket_that_is_away_stops_before_anything_is_asked(
    place: Place, tmp_path: Path, fault_server: FaultServer, closed_port: int
) -> None:
    (tmp_path / "components.yaml").write_text(PAGE.format(url=f"{fault_server.url}/ok"))
    environ = {**os.environ, **S3(f"http://127.0.0.1:{closed_port}").environ}
    line = [sys.executable, "-m", "statuspage", "--store", place.url, "run", "--now", "2026-11-22T12:00:00Z"]
    done = subprocess.run(line, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=100)

    assert done.returncode == 1
    assert "the server cannot be reached" in done.stderr
    assert not (tmp_path / "_site").exists()


@pytest.mark.parametrize("address", ["ftp://x", "https://bucket.example/h", "s3://key:hunter2@bucket"])
def test_what_names_no_store_is_refused_with_what_does(address: str, tmp_path: Path) -> None:
    with pytest.raises(StatuspageError) as told:
        open_store(tmp_path, address, {})

    assert "s3://BUCKET/PREFIX" in str(told.value)
    assert "hunter2" not in str(told.value)
