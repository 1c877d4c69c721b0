"""A clone of an Upptime repository comes in by its configuration, its commits and a dump of its issues."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from statuspage.cli import main
from statuspage.importers.commits import changes, read_log
from statuspage.importers.foreign import Note

NOW = "2026-03-02T12:00:00Z"
CONFIG = """
owner: kestrel
repo: upptime
sites:
  - name: Chat API
    url: https://$CHAT_HOST/health
    method: post
    expectedStatusCodes: [200, 404]
    maxResponseTime: 5000
    headers: ["Authorization: Bearer $TOKEN", "odd"]
    body: '{"a": 1}'
  - {name: Website, url: "https://kestrel.example", icon: x, tags: [a]}
  - {name: Queue, check: tcp-ping, url: queue.kestrel.example, port: 5672}
  - {name: Socket, check: ws, url: "wss://ws.kestrel.example/"}
  - {name: Ping, check: icmp-ping, url: 192.0.2.1}
  - {name: Wrong, url: "ftp://x", ipv6: true}
  - {name: Secret Site, url: $SECRET}
status-website: {name: Kestrel status, cname: status.kestrel.example}
"""


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=bot", "-c", "user.email=bot@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "old"
    (folder / "history").mkdir(parents=True)
    (folder / ".upptimerc.yml").write_text(CONFIG, "utf-8")
    git(folder, "init", "--quiet")
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    return folder


def commit(clone: Path, slug: str, status: str, at: str, code: int = 200, dash: str = "") -> None:
    lines = [f"status: {status}", f"code: {code}", "responseTime: 12", f"lastUpdated: {at}"]
    (clone / f"history/{slug}.yml").write_text("".join(f"{dash}{line}\n" for line in lines), "utf-8")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", f"{slug} is {status}")


def take() -> Result:
    return CliRunner().invoke(main, ["import", "upptime", "../old", "--now", NOW])


def valid() -> None:
    names = {"CHAT_HOST": "chat.kestrel.example", "TOKEN": "t0ken", "SECRET": "https://secret.example"}
    checked = CliRunner().invoke(main, ["check", "--now", NOW], env=names)
    assert checked.exit_code == 0, checked.output


def texts() -> Sequence[str]:
    return [path.read_text("utf-8") for path in sorted(Path("incidents").glob("*.md"))]


def test_sites_become_components_with_the_same_probes(clone: Path) -> None:
    taken = take()

    valid()
    text = Path("components.yaml").read_text("utf-8")
    assert "  name: Kestrel status\n  url: https://status.kestrel.example\n" in text
    assert text[text.index("components:") :] == (
        "components:\n  - name: Chat API\n    id: chat-api # imported from upptime Chat-API\n"
        "    url: https://${CHAT_HOST}/health\n    method: POST\n"
        '    headers: {"Authorization": "Bearer ${TOKEN}"}\n    body: "{\\"a\\": 1}"\n'
        '    expect: {"status": [200, 404]}\n    slow: 5000ms\n'
        "  - name: Website\n    id: website # imported from upptime Website\n    url: https://kestrel.example\n"
        "  - name: Queue\n    id: queue # imported from upptime Queue\n    url: tcp://queue.kestrel.example:5672\n"
        "  - name: Socket\n    id: socket # imported from upptime Socket\n    url: wss://ws.kestrel.example/\n"
        "  - name: Ping\n    id: ping # imported from upptime Ping\n    type: manual\n"
        "  - name: Wrong\n    id: wrong # imported from upptime Wrong\n    type: manual\n"
        "  - name: Secret Site\n    id: secret-site # imported from upptime Secret-Site\n"
        "    type: http\n    url: ${SECRET}\n"
    )
    for line in (
        "Chat API needs secrets: CHAT_HOST, TOKEN",
        "Ping: the check 'icmp-ping' has no probe here: manual",
        "Wrong: ipv6: not taken",
        "Wrong: its probe cannot be taken",
        "no uptime figures",
        "issues are not in a clone",
    ):
        assert line in taken.output


def test_commits_become_closed_incidents_and_no_measured_time(clone: Path) -> None:
    commit(clone, "chat-api", "up", "2023-01-01T00:00:00.000Z", dash="- ")
    commit(clone, "chat-api", "down", "2023-05-01T10:00:00.500Z", 500, dash="- ")
    commit(clone, "chat-api", "down", "2023-05-01T10:30:00.000Z", 502)
    commit(clone, "chat-api", "degraded", "2023-05-01T10:40:00.000Z")
    commit(clone, "chat-api", "up", "2023-05-01T11:00:00.000Z")
    commit(clone, "website", "degraded", "2024-05-01T11:00:00.000Z", 0)
    commit(clone, "gone", "down", "2024-05-02T11:00:00.000Z")
    taken = take()

    valid()
    assert taken.exit_code == 3
    assert "left: 1 outage of sites that .upptimerc.yml names no more: gone" in taken.output
    assert "'Website is slow' is open: the last commit still says so" in taken.output
    assert texts()[0] == (
        "---\ntitle: Chat API is down\ncomponents:\n  chat-api: major_outage\n"
        "# imported from upptime chat-api/20230501T100000Z\n---\n\n"
        "## Investigating - 2023-05-01 10:00 UTC\n\nUpptime found that it is down: code 500.\n\n"
        "## Investigating - 2023-05-01 10:40 UTC\n\n- components: chat-api degraded_performance\n\n"
        "Upptime found that it is slow: code 200.\n\n"
        "## Resolved - 2023-05-01 11:00 UTC\n\n- components: chat-api operational\n\n"
        "Upptime found that it is up again.\n"
    )
    assert not Path(".status-data").exists()
    before = texts()
    assert "there already: 2 files" in take().output
    assert texts() == before


def issue(number: int, title: str, body: str, *labels: str, closed: str | None = None) -> dict[str, object]:
    named = [{"name": label} for label in labels]
    times = {"created_at": "2025-02-01T10:00:00Z", "closed_at": closed}
    return {"number": number, "title": title, "body": body, "labels": named, **times}


def test_a_dump_of_the_issues_gives_maintenance_and_what_no_commit_tells(clone: Path) -> None:
    commit(clone, "chat-api", "down", "2025-02-01T09:59:00.000Z", 500)
    commit(clone, "chat-api", "up", "2025-02-01T11:00:00.000Z")
    times = "start: 2026-04-01T10:00:00.000Z\nend: 2026-04-01T11:00:00.000Z"
    comment = f"<!--\n{times}\nexpectedDown: website, x\n-->\nDisks."
    issues = [
        issue(3, "New disks", comment, "maintenance"),
        issue(4, "No window", "<!-- start: soon -->", "maintenance"),
        issue(5, "🛑 Chat API is down", "known", "status", "chat-api", closed="2025-02-01T11:00:00Z"),
        issue(
            6,
            "🛑 Website is down",
            "## In `abc`, down:\n- code: 0",
            "status",
            "website",
            closed="2025-02-01T12:00:00Z",
        ),
        issue(7, "⚠️ Website has degraded performance", "slow", "status", "website"),
        issue(8, "A question", "?", "question"),
        {**issue(9, "A change", "", "status", "website"), "pull_request": {}},
        {"number": "x"},
    ]
    (clone / "issues.json").write_text(json.dumps([issues[:4], issues[4:-1], *issues[-1:]]), "utf-8")
    taken = take()

    valid()
    assert taken.exit_code == 3
    assert "left: issue 4, 'No window': a maintenance without a window" in taken.output
    assert "7 components, 0 groups, 3 incidents, 1 maintenance" in taken.output
    told = "\n".join(texts())
    assert "window: 2026-04-01 10:00 .. 2026-04-01 11:00 UTC" in told
    assert "## Scheduled - 2025-02-01 10:00 UTC\n\nDisks.\n" in told
    assert "components:\n  website: major_outage\n" in told
    assert "components:\n  website: degraded_performance\n" in told


def test_without_commits_the_report_says_what_is_missing(clone: Path, tmp_path: Path) -> None:
    commit(clone, "website", "up", "2024-05-01T11:00:00.000Z")
    commit(clone, "website", "down", "2024-05-01T12:00:00.000Z")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{clone}", "shallow")
    bare = tmp_path / "bare"
    bare.mkdir()

    for folder, words in ((tmp_path / "shallow", "the clone is shallow"), (bare, "the folder is no clone")):
        notes: list[Note] = []
        list(changes(folder, notes))
        assert words in notes[0].what
        assert notes[0].lost


def test_without_git_the_report_says_so(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    notes: list[Note] = []

    assert list(changes(clone, notes)) == []
    assert "there is no git here" in notes[0].what


def test_a_foreign_repository_starts_no_program(clone: Path, tmp_path: Path) -> None:
    commit(clone, "website", "down", "2024-05-01T11:00:00.000Z")
    trap, mark = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\n", "utf-8")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "gpg.program",
    ):
        git(clone, "config", key, str(trap))
    git(clone, "config", "log.showSignature", "true")
    (clone / ".git/info/attributes").write_text("* diff=x\n", "utf-8")

    assert [change.status for change in changes(clone, [])] == ["down"]
    assert not mark.exists()


def test_lines_of_a_hostile_log_change_nothing() -> None:
    lines = [
        "+++ b/history/a.yml",
        "+status: up",
        "\x002024-01-01T00:00:00Z",
        "+++ b/../history/b.yml",
        "+status: down",
    ]
    lines += [
        "+++ b/history/c.yml",
        "+status: odd",
        "+++ b/history/d.yml",
        "+status: down",
        "+status: up",
        "+code: <b>",
    ]

    assert [(c.slug, c.status, c.code) for c in read_log(lines)] == [("d", "down", "")]


@pytest.mark.parametrize(
    ("text", "reason"), [("sites: []", "names no site"), ("a: [", "not YAML"), ("- x", "names no site")]
)
def test_what_is_no_configuration_of_upptime_is_refused(clone: Path, text: str, reason: str) -> None:
    (clone / ".upptimerc.yml").write_text(text, "utf-8")
    taken = take()

    assert taken.exit_code == 1
    assert reason in taken.output
    assert list(Path().iterdir()) == []
