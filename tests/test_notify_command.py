"""`statuspage notify`, for real: a page, programs and chats on loopback, runs that are killed, runs at once."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from git_world import bare, clone, git
from rehearsal import SHIPPED, Run

from statuspage.cli import main
from statuspage.notify.desk import Office, tell
from statuspage.pipeline import open_project

KEY = "a-secret-of-the-hook"
CONFIG = """
page: {{name: Juniper, url: "{url}", since: 2026, show_delivery: true}}
defaults: {{retries: 0}}
control: []
components:
  - {{name: Model, url: "{url}/model"}}
  - {{name: Chat, url: "{url}/chat", depends_on: [model]}}
  - {{name: Voice, url: "{url}/voice", depends_on: [model]}}
  - {{name: Search, url: "{url}/search", depends_on: [model]}}
  - {{name: Help, url: "{url}/help", depends_on: [model]}}
  - {{name: Extra, url: "{url}/extra", depends_on: [model]}}
notify:
  - {{name: Team, webhook: {{url: "{url}/hook/team", secret: "${{KEY}}"}}}}
  - {{name: Partners, webhook: {{url: "{url}/hook/partners", secret: "${{KEY}}"}}, audience: public}}
"""
INCIDENT = "---\ntitle: Slow answers\nimpact: minor\ncomponents: [chat]\n---\n\n## Investigating\n\nWe look into it.\n"
BEFORE = "2026-11-22T13:55:00Z"


class Town:
    """The services that are probed, the public page, and those who are told, at one address."""

    def __init__(self) -> None:
        self.site: Path | None = None
        self.down: set[str] = set()
        self.status = 200
        self.got: list[tuple[str, str, dict[str, Any]]] = []  # who, the webhook's id, its body
        self.kills: list[int] = []  # processes that are killed at the next message, before it is answered
        town = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0].strip("/")
                file = town.site / path if town.site and path else None
                if file and file.is_file():
                    self.answer(200, file.read_bytes())
                else:
                    self.answer(503 if path in town.down or path.startswith("api/") else 200, b"{}")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                town.got.append((self.path.rpartition("/")[2], self.headers["webhook-id"], json.loads(body)))
                for pid in town.kills:
                    os.kill(pid, signal.SIGKILL)
                town.kills.clear()
                self.answer(town.status, b"")

            def answer(self, status: int, body: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # who asked was killed

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def told(self, who: str) -> list[str]:
        return [id_ for name, id_, _ in self.got if name == who]


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.server.shutdown()
    town.server.server_close()


@pytest.fixture
def page(tmp_path: Path, town: Town, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page whose targets have been there for a while."""
    folder = tmp_path / "page"
    (folder / "incidents").mkdir(parents=True)
    (folder / "components.yaml").write_text(CONFIG.format(url=town.url))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("KEY", KEY)
    assert run("run", "--now", BEFORE).exit_code == 0
    assert run("notify", "--now", BEFORE).exit_code == 0
    return folder


def run(*words: str) -> Result:
    result = CliRunner().invoke(main, [*words])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert KEY not in result.output
    return result


def at(minute: int, hour: int = 14) -> str:
    return f"2026-11-22T{hour}:{minute:02}:00Z"


# --- what is told ------------------------------------------------------------------------------


def test_an_outage_that_takes_five_components_along_is_one_message_and_its_end_another(
    page: Path, town: Town
) -> None:
    town.site = page / "_site"
    town.down = {"model", "chat", "voice", "search", "help", "extra"}
    for minute in (0, 4, 8):
        run("run", "--now", at(minute))
        assert run("notify", "--now", at(minute)).exit_code == 0
    assert len(town.told("team")) == len(town.told("partners")) == 1
    assert town.got[0][2]["component"]["name"] == "Model"
    town.down = set()
    for minute in (15, 20):
        run("run", "--now", at(minute))
        run("notify", "--now", at(minute))

    assert len(town.told("team")) == len(town.told("partners")) == 2
    assert town.got[-1][2]["component_update"]["new_status"] == "operational"


def test_twenty_runs_without_a_change_tell_nobody(page: Path, town: Town) -> None:
    ledger = (page / ".status-data/ledger.ndjson").read_bytes()
    for minute in range(20):
        assert run("notify", "--now", at(minute)).output == "nothing to tell\n"
    assert town.got == []
    assert (page / ".status-data/ledger.ndjson").read_bytes() == ledger


def test_the_public_is_told_when_the_page_has_it(page: Path, town: Town) -> None:
    (page / "incidents/slow.md").write_text(INCIDENT)
    run("build", "--now", at(0))
    run("notify", "--now", at(1))
    assert (len(town.told("team")), len(town.told("partners"))) == (1, 0)
    assert "the page does not show it yet" in run("notify", "--dry-run", "--now", at(2)).output
    town.site = page / "_site"
    run("notify", "--now", at(2))
    assert len(town.told("partners")) == 1
    assert "10 minutes" not in run("notify", "list", "--now", at(2)).output


def test_when_the_page_is_not_published_for_ten_minutes_the_public_is_told_all_the_same(
    page: Path, town: Town
) -> None:
    (page / "incidents/slow.md").write_text(INCIDENT)
    for minute in range(12):
        run("notify", "--now", at(minute))
        assert len(town.told("partners")) == (minute >= 10)


@pytest.mark.parametrize(
    "foreign",
    [
        b'{"generated_at": "0001-01-01T00:00:00Z"}',
        b'{"generated_at": "0001-01-01T00:00:00+23:59"}',
        b'{"generated_at": "9999-12-31T23:59:59-23:59"}',
        b'{"generated_at": 7}',
        b"[" * 200_000,
        b"\xff",
    ],
)
def test_whatever_stands_in_the_page_s_place_keeps_no_message(
    foreign: bytes, page: Path, town: Town, tmp_path: Path
) -> None:
    """A domain that somebody else has, a cache gone wrong: the public is told after ten minutes at the latest."""
    town.site = tmp_path / "elsewhere"
    (town.site / "api").mkdir(parents=True)
    (town.site / "api" / "status.json").write_bytes(foreign)
    town.down.add("model")
    run("run", "--now", at(0))
    assert run("notify", "--now", at(0)).exit_code == 0
    assert len(town.told("team")) == 1
    assert run("notify", "--now", at(11)).exit_code == 0
    assert len(town.told("partners")) == 1


def test_a_run_that_waits_looks_again_until_the_page_has_it(page: Path, town: Town) -> None:
    (page / "incidents/slow.md").write_text(INCIDENT)
    run("build", "--now", at(0))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        town.site = page / "_site" if len(slept) == 3 else None

    clock = lambda: datetime(2026, 11, 22, 14, 1, tzinfo=UTC)  # noqa: E731 (as a clock is given)
    office = Office(open_project(Path(), os.environ), "a-run", clock, sleep)
    outcome = tell(office, timedelta(minutes=2))
    assert slept == [10.0] * 3
    assert [one.sending.target.name for one in outcome.told] == ["Team", "Partners"]
    assert [one.sending.page_late for one in outcome.told] == [False, False]


def test_the_page_says_who_was_told_of_an_update_when_it_may(page: Path, town: Town) -> None:
    (page / "incidents/slow.md").write_text(INCIDENT)
    town.site = page / "_site"
    run("build", "--now", at(0))
    without = (page / "_site/incidents/slow/index.html").read_text()
    assert "Sent to:" not in without
    run("notify", "--now", at(7))
    run("build", "--now", at(8))
    text = (page / "_site/incidents/slow/index.html").read_text()

    assert text.count("Sent to:") == 1
    line = next(line for line in text.splitlines() if "Sent to:" in line)
    assert "Partners" in line
    assert "14:07" in line
    assert "Team" not in line
    assert run("verify").exit_code == 0
    assert run("store", "verify", "--now", at(9)).exit_code == 0
    config = (page / "components.yaml").read_text().replace(", show_delivery: true", "")
    (page / "components.yaml").write_text(config)
    run("build", "--now", at(8))
    assert "Sent to:" not in (page / "_site/incidents/slow/index.html").read_text()


# --- refused -----------------------------------------------------------------------------------


def test_a_refusal_ends_the_run_with_3_and_stands_in_the_list(page: Path, town: Town) -> None:
    (page / "incidents/slow.md").write_text(INCIDENT)
    town.status = 403
    result = run("notify", "--now", at(0))
    assert result.exit_code == 3
    assert "error: components.yaml:13: Team did not take" in result.output
    assert "it answered 403" in result.output
    assert run("notify", "--now", at(1)).exit_code == 0
    assert len(town.told("team")) == 1
    assert (
        "refused       update/slow/1 → Team: it answered 403" in run("notify", "list", "--now", at(1)).output
    )


def test_a_channel_in_trouble_is_a_warning_and_is_tried_again_with_the_same_key(
    page: Path, town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (page / "incidents/slow.md").write_text(INCIDENT)
    town.status = 503
    result = run("notify", "--now", at(0))
    assert result.exit_code == 0
    assert "tried again by later runs" in result.output
    assert "| Team |" in (tmp_path / "summary.md").read_text()
    town.status = 200
    run("notify", "--now", at(1))
    first, second = town.told("team")
    assert first == second
    assert "sent          update/slow/1 → Team, try 2" in run("notify", "list", "--now", at(1)).output


# --- dry run, test, list, ack ------------------------------------------------------------------


def test_a_dry_run_says_what_would_be_told_and_what_not_and_writes_nothing(page: Path, town: Town) -> None:
    town.down = {"model", "chat"}
    run("run", "--now", at(0))
    before = {path: path.read_bytes() for path in (page / ".status-data").rglob("*.ndjson")}
    result = run("notify", "--dry-run", "--now", at(1))

    assert result.exit_code == 0
    assert "Team (webhook, operators)\n  would be told: " in result.output
    assert (
        "Model · Juniper\n    outage/model/20261122T140000Z: outage, found 2026-11-22 14:01 UTC, not told yet"
        in result.output
    )
    assert "  not told: outage/chat/20261122T140000Z\n    " in result.output
    assert "Partners (webhook, public)\n" in result.output
    assert {path: path.read_bytes() for path in (page / ".status-data").rglob("*.ndjson")} == before
    assert town.got == []


def test_a_test_message_goes_to_one_target_and_says_so(page: Path, town: Town) -> None:
    assert run("notify", "--test", "Team", "--now", at(0)).output == "Team took the test message\n"
    assert town.told("team")
    assert "est" in json.dumps(town.got[0][2])
    town.status = 401
    refused = run("notify", "--test", "Team", "--now", at(0))
    assert (refused.exit_code, "it answered 401" in refused.output) == (1, True)
    wrong = run("notify", "--test", "Taem")
    assert (wrong.exit_code, "did you mean 'Team'?" in wrong.output) == (2, True)
    assert run("notify", "list", "--now", at(1)).output == "nothing was told\n"


@pytest.mark.parametrize(
    "words",
    [("--dry-run", "--test", "Team"), ("--wait", "2m", "--dry-run"), ("--wait", "2m", "--now", BEFORE)],
)
def test_what_does_not_go_together_is_wrong_usage(page: Path, words: tuple[str, ...]) -> None:
    assert run("notify", *words).exit_code == 2


def test_a_target_whose_secret_is_not_set_ends_the_run_with_3(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEY")
    result = run("notify", "--now", at(0))
    assert result.exit_code == 3
    assert "error: components.yaml:13: ${KEY} is not set" in result.output


def test_a_page_without_targets_has_nobody_to_tell(page: Path) -> None:
    text = (page / "components.yaml").read_text()
    (page / "components.yaml").write_text(text.partition("notify:")[0])
    assert "there is nobody to tell" in run("notify", "--now", at(0)).output


def test_an_alarm_is_acknowledged_by_a_part_of_its_name_and_the_time_it_took_is_kept(
    page: Path, town: Town
) -> None:
    text = (page / "components.yaml").read_text()
    (page / "components.yaml").write_text(
        text.replace("{name: Team,", "{name: Team, pager: true, escalate_to: Boss,")
        + f'  - {{name: Boss, webhook: {{url: "{town.url}/hook/boss", secret: "${{KEY}}"}}}}\n'
    )
    town.down = {"model"}
    run("run", "--now", at(0))
    assert run("notify", "ack", "--now", at(0)).exit_code == 1
    run("notify", "--now", at(0))
    assert "no alarm 'search' rings" in run("notify", "ack", "search", "--now", at(3)).output
    done = run("notify", "ack", "model", "--by", "Kim", "--now", at(4))
    assert done.output == "outage/model/20261122T140000Z is acknowledged\n"
    assert (
        "acknowledged  outage/model/20261122T140000Z by Kim after 4 min"
        in run("notify", "list", "--now", at(5)).output
    )
    run("notify", "--now", at(40))
    assert not any("escalated" in line for line in run("notify", "list", "--now", at(41)).output.splitlines())


# --- killed, and at once -----------------------------------------------------------------------

STARTER = """
import os, sys
from contextlib import suppress
from statuspage import transport
from statuspage.cli import main
with suppress(SystemExit):
    main(["--quiet", "notify", "--now", sys.argv[1]])  # what is loaded and made once
print("ready", flush=True)
for line in sys.stdin:
    moment, step = line.split()
    child = os.fork()
    if not child:
        left, sync = int(step), os.fsync
        def fsync(file):
            global left
            left -= 1
            if left == 0:
                os._exit(9)
            sync(file)
            left -= 1
            if left == 0:
                os._exit(9)
        os.fsync = fsync
        main(["--quiet", "notify", "--now", moment])
    print(os.waitpid(child, 0)[1] >> 8, flush=True)
"""


def test_a_run_killed_before_or_after_each_write_loses_nothing_and_repeats_one_a_target_at_most(
    page: Path, town: Town, tmp_path: Path
) -> None:
    text = (page / "components.yaml").read_text()
    (page / "components.yaml").write_text(text.replace(", audience: public", ""))  # it waits for no page
    names = ("one", "two")
    for name in names:
        (page / f"incidents/{name}.md").write_text(INCIDENT)
    shutil.copytree(page / ".status-data", tmp_path / "saved")
    codes = []
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, BEFORE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as starter:
        assert starter.stdin
        assert starter.stdout
        assert starter.stdout.readline() == "ready\n"
        for step in range(1, 31):
            shutil.rmtree(page / ".status-data")
            shutil.copytree(tmp_path / "saved", page / ".status-data")
            town.got.clear()
            for minute, killed in ((1, step), (12, 99)):
                starter.stdin.write(f"{at(minute)} {killed}\n")
                codes.append(int(starter.stdout.readline()))

            for who in ("team", "partners"):
                counts = Counter(town.told(who))
                assert len(counts) == len(names), f"killed at step {step}"
                assert counts.total() <= len(names) + 1, f"killed at step {step}"
            if codes[-2] == 0:
                break
        starter.stdin.close()
    assert set(codes[1::2]) == {0}
    assert codes[::2].count(9) >= 8
    assert codes[-2] == 0


@pytest.mark.parametrize("which", [0, 1])
def test_a_run_killed_while_a_receiver_reads_repeats_that_message_alone(
    page: Path, town: Town, which: int
) -> None:
    town.site = page / "_site"
    for name in ("one", "two"):
        (page / f"incidents/{name}.md").write_text(INCIDENT)
    run("build", "--now", at(0))
    command = [sys.executable, "-m", "statuspage", "-q", "notify", "--now", at(1)]
    with subprocess.Popen(command) as process:
        if which == 0:
            town.kills.append(process.pid)
        process.wait()
    assert process.returncode == (-9 if which == 0 else 0)
    run("notify", "--now", at(12))
    for who in ("team", "partners"):
        assert len(set(town.told(who))) == 2
        assert len(town.told(who)) <= 3 - which


def test_two_runs_at_once_on_a_branch_tell_everybody_once(tmp_path: Path, page: Path, town: Town) -> None:
    remote = bare(tmp_path / "remote.git")
    author = clone(remote, tmp_path / "author")
    (author / "components.yaml").write_bytes((page / "components.yaml").read_bytes())
    (author / "incidents").mkdir()
    (author / "incidents/slow.md").write_text(INCIDENT)
    git(author, "add", ".")
    git(author, "commit", "-q", "-m", "page")
    git(author, "push", "-q")
    folders = [clone(remote, tmp_path / f"c{n}") for n in range(3)]

    def notify(folder: Path, now: str) -> int:
        words = ["--store", "branch", "-q", "notify", "--now", now]
        return subprocess.run([sys.executable, "-m", "statuspage", *words], cwd=folder).returncode

    git(author, "mv", "incidents/slow.md", "incidents/old.md")
    assert notify(folders[2], BEFORE) == 0
    for folder in folders[:2]:
        (folder / "incidents/new.md").write_text(INCIDENT)
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda folder: notify(folder, at(1)), folders[:2]))
    assert codes == [0, 0]
    assert len(town.told("team")) == 1
    assert notify(folders[0], at(12)) == 0
    assert Counter(map(len, (town.told("team"), town.told("partners")))) == Counter({1: 2})
    words = ["--store", "branch", "store", "verify", "--now", at(13)]
    assert subprocess.run([sys.executable, "-m", "statuspage", *words], cwd=folders[1]).returncode == 0


def test_the_workflow_s_job_tells_what_the_job_before_it_has_built(tmp_path: Path, town: Town) -> None:
    target = f"{{name: Chat, url: 'ntfy://{town.url.removeprefix('http://')}/topic'}}"
    config = CONFIG.format(url=town.url).partition("notify:")[0] + f"notify:\n  - {target}\n"
    remote = bare(tmp_path / "remote.git")
    author = clone(remote, tmp_path / "author")

    def push(path: str, text: str) -> None:
        (author / path).parent.mkdir(exist_ok=True)
        (author / path).write_text(text)
        git(author, "add", ".")
        git(author, "commit", "-q", "-m", path)
        git(author, "push", "-q")

    def runs(name: str) -> None:
        build = Run(clone(remote, tmp_path / name), "push").job("status", "status")
        assert not build.failed, build.log
        assert build.outputs["run"] == {"notify": "true", "code": "0", "publish": "true"}
        tell = Run(clone(remote, tmp_path / f"{name}-notify"), "push").job("status", "notify")
        assert not tell.failed, tell.log

    push("components.yaml", config)
    runs("first")
    assert town.got == []
    push("incidents/slow.md", INCIDENT)
    runs("second")
    assert len(town.got) == 1
    assert "Slow answers" in json.dumps(town.got[0][2])
    runs("third")
    assert len(town.got) == 1


def test_a_page_without_notify_has_no_such_job() -> None:
    workflow = yaml.safe_load((SHIPPED / "status.yml").read_text("utf-8"))
    condition = workflow["jobs"]["notify"]["if"]
    assert not Run(Path()).holds(condition)
    assert Run(Path(), context={"needs.status.outputs.notify": "true"}).holds(condition)
