"""A green run did all its work: its exit code is the worst of all its steps."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from servers import FaultServer

from statuspage.cli import main
from statuspage.errors import DONE, FAILED, INCOMPLETE, USAGE, Problem, left_out, worst

NOW = "2026-11-22T14:00:00Z"
LATER = "2026-11-22T14:30:00Z"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "incidents").mkdir()
    return tmp_path


def page(folder: Path, url: str, more: str = "", timeout: str = "2s") -> None:
    (folder / "components.yaml").write_text(
        'page: {name: Test, url: "https://status.example", since: 2026}\n'
        f"defaults: {{retries: 0, timeout: {timeout}}}\ncontrol: []\n{more}components:\n"
        f"  - {{name: Service, url: {json.dumps(url)}}}\n"
    )


def statuspage(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ((), DONE),
        ((DONE, DONE), DONE),
        ((DONE, INCOMPLETE), INCOMPLETE),
        ((INCOMPLETE, FAILED, DONE), FAILED),
        ((FAILED, INCOMPLETE, USAGE), USAGE),
    ],
)
def test_what_failed_counts_more_than_what_was_left_out(codes: tuple[int, ...], code: int) -> None:
    assert worst(*codes) == code


@given(st.lists(st.sampled_from([DONE, FAILED, INCOMPLETE])), st.sampled_from([DONE, FAILED, INCOMPLETE]))
def test_one_more_step_never_makes_it_green(codes: list[int], one: int) -> None:
    assert (worst(*codes, one) == DONE) is (worst(*codes) == one == DONE)
    assert worst(*codes, one) == worst(one, *codes)


def test_a_warning_leaves_nothing_out() -> None:
    assert left_out([Problem("late", warning=True)]) == DONE
    assert left_out([Problem("late", warning=True), Problem("gone")]) == INCOMPLETE


def test_probes_that_lack_a_secret_are_left_out(here: Path, fault_server: FaultServer) -> None:
    page(here, f"{fault_server.url}/status/200?key=${{KEY}}")
    for words in (("probe",), ("run",)):
        code, told = statuspage(*words, "--now", NOW)
        assert code == 3
        assert "KEY" in told
    assert statuspage("probe", "--for", "1s", "--every", "1s")[0] == 3


def test_a_round_that_counts_for_nothing_is_no_green_run(here: Path, deaf_port: int) -> None:
    page(here, f"http://127.0.0.1:{deaf_port}/", timeout="200ms")
    for words in (
        ("probe", "--now", NOW),
        ("run", "--now", LATER),
        ("probe", "--for", "1s", "--every", "1s"),
    ):
        code, told = statuspage(*words)
        assert code == 3
        assert "the runner itself is offline" in told
    assert "error: nothing was judged: the runner itself is offline" in statuspage("probe")[1]


def test_a_component_that_is_down_is_no_error_unless_it_is_asked_for(
    here: Path, fault_server: FaultServer
) -> None:
    page(here, f"{fault_server.url}/status/500")
    assert statuspage("run", "--now", NOW)[0] == 0
    assert statuspage("probe", "--now", LATER, "--fail-on", "major_outage")[0] == 1


def test_failing_wins_over_what_was_left_out(here: Path, fault_server: FaultServer) -> None:
    page(here, f"{fault_server.url}/status/500")
    with (here / "components.yaml").open("a") as file:
        file.write("  - {name: Key, url: 'http://127.0.0.1/${KEY}'}\n")
    assert statuspage("probe", "--now", NOW, "--fail-on", "major_outage")[0] == 1
    assert statuspage("probe", "--now", LATER)[0] == 3


def test_an_incident_that_could_not_be_written_is_left_out(here: Path, fault_server: FaultServer) -> None:
    page(here, f"{fault_server.url}/status/500", "incidents: {auto: open}\n")
    (here / "incidents").rmdir()
    (here / "incidents").symlink_to(here / "nowhere")
    codes = [statuspage("run", "--now", f"2026-11-22T14:{minute:02}:00Z") for minute in range(0, 20, 5)]
    code, told = codes[-1]
    assert code == 3, told
    assert "error: incidents" in told


def test_a_run_that_stays_ends_as_its_last_beat_did(here: Path, fault_server: FaultServer) -> None:
    page(here, f"{fault_server.url}/status/200")
    (here / "incidents/a.md").write_text("no incident")

    def end() -> None:
        for _ in range(1000):
            if (here / "_site/index.html").exists():
                break
            time.sleep(0.02)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=end)
    thread.start()
    code, told = statuspage("run", "--every", "60s")
    thread.join()
    assert code == 3
    assert "error: incidents/a.md" in told
