"""The commands, run as a newcomer would: in an empty folder, against a real server."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import feedparser
import pytest
from click.testing import CliRunner, Result

from statuspage.cli import main

NOW = "2026-11-22T14:00:00Z"
LATER = "2026-11-22T14:05:00Z"


class Service(ThreadingHTTPServer):
    """A web service of which the test says what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        self.status = 200
        super().__init__(("127.0.0.1", 0), _Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Answer(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def page(folder: Path, service: Service, extra: str = "") -> None:
    """A page that watches the service, without waits between attempts and without the world outside."""
    (folder / "components.yaml").write_text(
        f"""
page: {{name: Test, url: "https://status.example", since: 2026}}
defaults: {{retry_wait: [0s]}}
control: []
components:
  - name: Service
    url: {service.url}
{extra}""",
        "utf-8",
    )


def incident(folder: Path, text: str, name: str = "trouble.md") -> None:
    (folder / "incidents").mkdir(exist_ok=True)
    (folder / "incidents" / name).write_text(text, "utf-8")


GOOD = """---
title: Answers are slow
components: {service: degraded_performance}
cause: not known yet
doing: Looking.
eta: not known yet
---

## Investigating - 2026-11-22 13:50 UTC

Some answers are slow.
"""


def test_init_leaves_a_repository_that_works(here: Path, service: Service) -> None:
    run(
        "init",
        "bot",
        "--name",
        'My "bot": one',
        "--target",
        service.url,
        "--url",
        "https://status.example/bot/",
    )
    run("-C", "bot", "check")
    result = CliRunner().invoke(main, ["run"])

    assert result.exit_code == 0, result.output
    assert (here / "bot/_site/index.html").is_file()
    assert (here / "bot/.github/workflows/status.yml").read_text().count("@VERSION@") == 0


def test_init_overwrites_nothing(here: Path) -> None:
    (here / "components.yaml").write_text("mine", "utf-8")
    result = run("init", code=1)

    assert "components.yaml: is there already" in result.output
    assert (here / "components.yaml").read_text() == "mine"
    assert not (here / "incidents").exists()


def test_without_a_configuration_it_says_what_to_do(here: Path) -> None:
    assert "run `statuspage init`" in run("run", code=1).output


def test_page_api_and_feed_say_the_same_of_a_service_that_fails(here: Path, service: Service) -> None:
    page(here, service)
    run("run", "--now", NOW)
    assert api(here)["state"] == "operational"

    service.status = 500
    run("run", "--now", LATER)

    summary = json.loads((here / "_site/api/v2/summary.json").read_text())
    assert api(here)["state"] == "major_outage"
    assert summary["components"][0]["status"] == "major_outage"
    assert summary["status"]["indicator"] == "critical"
    assert "Service is down" in (here / "_site/index.html").read_text()


def test_a_killed_service_is_down_and_a_component_that_is_down_is_no_error(
    here: Path, service: Service
) -> None:
    page(here, service)
    service.shutdown()
    service.server_close()

    assert "tcp.refused" in run("probe", "--now", NOW).output
    run("probe", "--now", LATER, "--fail-on", "major_outage", code=1)


def test_an_incident_stands_on_the_page_in_the_api_and_in_the_feeds(here: Path, service: Service) -> None:
    page(here, service)
    incident(here, GOOD)
    run("run", "--now", NOW)

    unresolved = json.loads((here / "_site/api/v2/incidents/unresolved.json").read_text())
    feed = feedparser.parse((here / "_site/updates.atom").read_bytes())
    assert [i["name"] for i in unresolved["incidents"]] == ["Answers are slow"]
    assert unresolved["incidents"][0]["components"][0]["status"] == "degraded_performance"
    assert [entry.title for entry in feed.entries] == ["[Investigating] Answers are slow"]
    assert "Answers are slow" in (here / "_site/index.html").read_text()
    assert api(here)["state"] == "degraded_performance"


def test_a_broken_incident_keeps_its_last_good_version_and_exits_3(here: Path, service: Service) -> None:
    page(here, service)
    incident(here, GOOD)
    incident(here, GOOD.replace("Answers are slow", "Another one"), "another.md")
    run("run", "--now", NOW)
    incident(here, GOOD.replace("degraded_performance", "sort of slow"))
    result = run("build", "--now", LATER, code=3)

    assert "incidents/trouble.md:3" in result.output
    assert [i["id"] for i in api(here)["incidents"]].count("trouble") == 1
    assert "Another one" in (here / "_site/index.html").read_text()


def test_a_broken_incident_that_was_never_good_is_left_out_and_said(here: Path, service: Service) -> None:
    page(here, service)
    incident(here, GOOD)
    incident(here, "---\ntitle: [\n---\n", "broken.md")
    result = run("run", "--now", NOW, code=3)

    assert "incidents/broken.md:" in result.output
    assert [i["id"] for i in api(here)["incidents"]] == ["trouble"]


def test_check_says_everything_at_once_and_writes_nothing(here: Path, service: Service) -> None:
    page(here, service, extra="    tiemout: 5s\n    every: often\n")
    result = run("check", code=1)

    assert "timeout" in result.output
    assert "every" in result.output
    assert not (here / ".status-data").exists()


def test_check_for_github_escapes_what_stands_in_files(here: Path, service: Service) -> None:
    page(here, service)
    incident(here, GOOD.replace("degraded_performance", '"%0A::error::x\\n::stop"'))
    result = run("check", "--format", "github", "--now", NOW, code=1)

    assert result.output.startswith("::error file=incidents/trouble.md,line=3,title=statuspage check::")
    assert all(line.startswith("::error file=") for line in result.output.splitlines())


def test_check_for_programs_is_json(here: Path, service: Service) -> None:
    page(here, service)
    incident(here, GOOD.replace("service:", "servise:"))
    found = json.loads(run("check", "--format", "json", "--now", NOW, code=1).output)

    assert [(f["file"], f["line"], f["severity"]) for f in found] == [("incidents/trouble.md", 3, "error")]
    assert "service" in found[0]["mend"]


def test_a_new_name_is_offered_the_old_history(here: Path, service: Service) -> None:
    page(here, service)
    run("run", "--now", NOW)
    text = (here / "components.yaml").read_text().replace("name: Service", "name: Engine")
    (here / "components.yaml").write_text(text, "utf-8")
    assert "was: [service]" in run("check", "--now", LATER).output

    (here / "components.yaml").write_text(text + "    was: [service]\n", "utf-8")
    run("build", "--now", LATER)
    assert api(here)["components"][0]["state"] == "operational"


def test_the_same_input_gives_the_same_bytes(here: Path, service: Service) -> None:
    page(here, service)
    incident(here, GOOD)
    run("probe", "--now", NOW)
    run("build", "--now", LATER, "--out", "one")
    run("build", "--now", LATER, "--out", "two")

    assert contents(here / "one") == contents(here / "two")


def test_verify_recomputes_what_was_published(here: Path, service: Service) -> None:
    page(here, service)
    incident(here, GOOD)
    run("run", "--now", NOW)

    assert "no difference" in run("verify").output


def test_verify_finds_a_changed_figure(here: Path, service: Service) -> None:
    page(here, service)
    run("run", "--now", NOW)
    status = here / "_site/api/status.json"
    status.write_bytes(status.read_bytes().replace(b'"operational"', b'"major_outage"', 1))

    assert "api/status.json: differs" in run("verify", code=1).output


def test_verify_finds_each_changed_byte_of_the_history(here: Path, service: Service) -> None:
    page(here, service)
    incident(here, GOOD)
    run("run", "--now", NOW)
    run("run", "--now", LATER)
    for path in sorted((here / ".status-data").rglob("*.ndjson")):
        whole = path.read_bytes()
        for at in range(0, len(whole), 7):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert CliRunner().invoke(main, ["verify"]).exit_code == 1, f"{path.name} at {at}"
        path.write_bytes(whole)
    run("verify")


def test_a_torn_last_line_is_dropped_with_a_warning(here: Path, service: Service) -> None:
    page(here, service)
    run("probe", "--now", NOW)
    run("probe", "--now", LATER)
    raw = next((here / ".status-data/raw").rglob("*.ndjson"))
    raw.write_bytes(raw.read_bytes()[:-9])

    assert "warning: .status-data/raw/2026-11-22/14.ndjson:2" in run("build", "--now", LATER).output
    run("probe", "--now", "2026-11-22T14:10:00Z")
    assert len(raw.read_bytes().splitlines()) == 2


def test_a_bad_middle_line_stops_and_rewrites_nothing(here: Path, service: Service) -> None:
    page(here, service)
    for now in (NOW, LATER):
        run("run", "--now", now)
    raw = next((here / ".status-data/raw").rglob("*.ndjson"))
    raw.write_bytes(raw.read_bytes().replace(b"up", b"UP", 1))
    before, site = raw.read_bytes(), contents(here / "_site")

    assert (
        ".status-data/raw/2026-11-22/14.ndjson:1"
        in run("run", "--now", "2026-11-22T14:10:00Z", code=1).output
    )
    assert raw.read_bytes() == before
    assert contents(here / "_site") == site


def test_publish_copies_the_site_whole(here: Path, service: Service) -> None:
    page(here, service)
    run("run", "--now", NOW)
    run("publish", "public")

    assert contents(here / "public") == contents(here / "_site")


def test_a_secret_that_is_not_set_is_said_and_the_component_not_measured(
    here: Path, service: Service
) -> None:
    page(here, service, extra='    headers: {Authorization: "Bearer ${BOT_TOKEN}"}\n')
    result = run("run", "--now", NOW, code=3)

    assert "BOT_TOKEN" in result.output
    assert api(here)["components"][0]["state"] == "unknown"


def test_no_secret_is_written_anywhere(here: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "hunter2-hunter2")
    page(here, service, extra='    headers: {Authorization: "Bearer ${BOT_TOKEN}"}\n')
    service.status = 401
    output = run("run", "--now", NOW).output

    written = b"".join(contents(here).values())
    assert "hunter2" not in output
    assert b"hunter2" not in written


def test_a_history_of_a_newer_schema_is_refused(here: Path, service: Service) -> None:
    page(here, service)
    run("probe", "--now", NOW)
    (here / ".status-data/schema").write_text("9\n", "utf-8")

    assert "update statuspage" in run("probe", "--now", LATER, code=1).output


def test_quiet_says_nothing_when_all_is_well(here: Path, service: Service) -> None:
    page(here, service)

    assert run("--quiet", "run", "--now", NOW).output == ""


@pytest.mark.parametrize("word", ["yesterday", "2026-11-22T14:00:00"])
def test_a_time_without_a_zone_is_wrong_usage(here: Path, word: str) -> None:
    assert "--now" in run("build", "--now", word, code=2).output


def test_every_command_has_help_with_an_example() -> None:
    for name in main.commands:
        assert f"Example: statuspage {name}" in run(name, "--help").output


def test_old_raw_rounds_are_dropped_and_their_days_kept(here: Path, service: Service) -> None:
    page(here, service)
    first = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
    for day in range(45):
        run("probe", "--now", f"{first + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}")

    raw = sorted(path.name for path in (here / ".status-data/raw").iterdir())
    assert raw[0] == "2026-09-10"
    assert {path.name for path in (here / ".status-data/days").iterdir()} == {
        "2026-09.ndjson",
        "2026-10.ndjson",
    }
    run("build", "--now", f"{first + timedelta(days=44):%Y-%m-%dT%H:%M:%SZ}")
    assert api(here)["components"][0]["uptimes"]["90d"]["measured"] == 44 * 600


# --- places, beats -----------------------------------------------------------------------------


def rounds(folder: Path) -> list[dict[str, Any]]:
    raw = sorted((folder / ".status-data/raw").rglob("*.ndjson"))
    return [json.loads(line) for path in raw for line in path.read_text("utf-8").splitlines()]


def test_a_round_says_from_which_place_it_was_asked(here: Path, service: Service) -> None:
    page(here, service)
    run("probe", "--now", NOW, "--from", " Lagos ")
    run("run", "--now", NOW, "--from", "Oslo")
    run("probe", "--now", NOW)

    assert [r.get("from") for r in rounds(here)] == ["Lagos", "Oslo", None]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 41])
def test_a_place_has_a_name_that_can_be_shown(here: Path, name: str) -> None:
    assert "--from" in run("probe", "--from", name, code=2).output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["probe", "--for", "4m"], "belong together"),
        (["probe", "--every", "30s"], "belong together"),
        (["probe", "--for", "4m", "--every", "30s", "--now", NOW], "--now"),
        (["probe", "--for", "4m", "--every", "30s", "--explain", "API"], "--explain"),
        (["run", "--every", "60s", "--now", NOW], "--now"),
        (["run", "--every", "999ms"], "1s is the least"),
        (["run", "--every", "often"], "'often'"),
        (["run", "--every", "60"], "'60'"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(here: Path, words: list[str], told: str) -> None:
    assert told in run(*words, code=2).output


def test_several_rounds_within_one_run_judge_by_the_newest_answers(here: Path, service: Service) -> None:
    page(here, service)
    beats = ("probe", "--for", "1s", "--every", "1s")
    assert "service: up" in run(*beats, "--fail-on", "unknown").output
    service.status = 500

    run(*beats)
    run(*beats, "--fail-on", "major_outage", code=1)
    assert len(rounds(here)) == 3


def test_a_history_that_cannot_be_written_fails_a_run_of_several_rounds(here: Path, service: Service) -> None:
    page(here, service)
    (here / ".status-data").write_text("in the way", "utf-8")

    assert "cannot" in run("probe", "--for", "1s", "--every", "1s", code=1).output


def test_a_run_that_stays_ends_when_it_is_told_to(here: Path, service: Service) -> None:
    page(here, service)

    def end() -> None:
        for _ in range(1000):
            if (here / "_site/index.html").exists():
                break
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=end)
    thread.start()
    told = run("run", "--every", "60s", "--from", "here").output
    thread.join()

    assert told.splitlines()[-1] == "ended after 1 beats"
    assert [r["from"] for r in rounds(here)] == ["here"]
    run("verify")


def test_a_paid_probe_over_budget_is_not_asked_and_the_page_says_so(here: Path, service: Service) -> None:
    model = f"  - {{name: Model, type: llm, url: '{service.url}v1', model: m, key: abc, mode: answer}}\n"
    page(here, service, extra=f"{model}budget: {{calls_per_day: 0}}\n")

    assert "model: unknown (budget: up to 2 calls, 0 left)" in run("run", "--now", NOW).output
    assert "Not measured (budget)" in (here / "_site/components/model/index.html").read_text()
    run("verify")


# --- explained ---------------------------------------------------------------------------------


def test_one_component_is_asked_and_told_step_by_step_and_nothing_kept(here: Path, service: Service) -> None:
    page(here, service)
    told = run("probe", "--explain", "SERVICE").output

    assert "verdict" in told
    assert "up" in told
    service.status = 500
    assert "http.500" in run("probe", "--explain", "service", code=1).output
    assert not (here / ".status-data").exists()


def test_a_component_with_several_addresses_is_told_address_by_address(here: Path, service: Service) -> None:
    page(here, service, extra=f"    replicas: ['{service.url}second']\n")

    assert run("probe", "--explain", "Service").output.count("verdict") == 2


def test_an_explanation_shows_no_secret(
    here: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "hunter2-hunter2")
    page(here, service, extra='    expect: {body: "ok ${BOT_TOKEN}"}\n')
    told = run("probe", "--explain", "Service", code=1).output

    assert "hunter2" not in told
    assert "***" in told


def test_a_component_that_is_not_there_has_its_nearest_name_told(here: Path, service: Service) -> None:
    page(here, service)

    assert "did you mean 'Service'?" in run("probe", "--explain", "Servise", code=2).output


def test_what_no_probe_asks_cannot_be_explained(here: Path, service: Service) -> None:
    page(
        here,
        service,
        extra='  - {name: Office, type: manual}\n  - {name: Key, url: "https://a.example/${KEY}"}\n',
    )

    assert "no probe asks it" in run("probe", "--explain", "Office", code=1).output
    assert "not set      ${KEY}" in run("probe", "--explain", "key", code=1).output


# --- check -------------------------------------------------------------------------------------


def test_in_a_repository_check_says_that_hidden_components_are_not_secret(
    here: Path, service: Service
) -> None:
    page(here, service, extra="    public: false\n")
    assert "public repository" not in run("check").output

    (here / ".git").mkdir()
    assert "warning: components.yaml:6: 'Service' is not on the page" in run("check").output
    (here / "below").mkdir()
    (here / "components.yaml").rename(here / "below/components.yaml")
    assert "public repository" in run("-C", "below", "check").output


def test_a_missing_package_is_an_error_with_its_mend_and_a_run_goes_on_without(
    here: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(here, service)
    monkeypatch.setattr("statuspage.rounds.missing_extra", lambda kind: "pip install this")

    told = run("check", code=1).output
    assert "error: components.yaml:6: 'Service' cannot be asked" in told
    assert "mend: pip install this" in told
    assert "cannot be asked" in run("run", "--now", NOW, code=3).output
    assert (here / "_site/index.html").exists()


def test_paid_probes_without_a_budget_are_warned_of(
    here: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(here, service)
    assert "budget" not in run("check").output
    monkeypatch.setattr("statuspage.check.is_paid", lambda component: True)

    assert "'Service': each probe costs money, and there is no budget" in run("check").output
    text = (here / "components.yaml").read_text("utf-8")
    (here / "components.yaml").write_text("budget: {calls_per_day: 9}\n" + text, "utf-8")
    assert "budget" not in run("check").output


def api(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "_site/api/status.json").read_text())
    return document


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
