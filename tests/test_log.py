"""What the commands print where GitHub's runner reads it: nobody but us commands, and every problem is annotated."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, example, given, settings
from test_github_log import HOSTILE, commands

from statuspage.cli import main

NOW = "2026-11-22T14:00:00Z"


class Talker(ThreadingHTTPServer):
    """A web service that says whatever the test wants, in body, header and reason."""

    daemon_threads = True
    said = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Answer(BaseHTTPRequestHandler):
    server: Talker

    def do_GET(self) -> None:
        self.send_response(500, self.server.said.decode("latin-1").translate(dict.fromkeys((10, 13))))
        self.send_header("Content-Length", str(len(self.server.said)))
        self.end_headers()
        self.wfile.write(self.server.said)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    with Talker(("127.0.0.1", 0), _Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    return tmp_path


def statuspage(*words: str) -> Result:
    result = CliRunner().invoke(main, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def page(folder: Path, url: str, name: str = "Service", more: str = "") -> None:
    (folder / "incidents").mkdir(exist_ok=True)
    (folder / "components.yaml").write_text(
        'page: {name: Test, url: "https://status.example", since: 2026}\n'
        "defaults: {retries: 0}\ncontrol: []\ncomponents:\n"
        f"  - {{name: {json.dumps(name)}, id: it, url: {json.dumps(url)}, expect: {{body: nothing}}}}\n{more}"
    )


def broken(folder: Path, name: str = "trouble", title: str = "Trouble") -> None:
    text = (
        f"---\ntitle: {json.dumps(title)}\ncomponents: {{it: on fire}}\n---\n\n## Investigating\n\nWe look.\n"
    )
    (folder / f"incidents/{name}.md").write_text(text, "utf-8", "replace")


OURS = ("::error ", "::warning ")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOSTILE, HOSTILE, HOSTILE)
@example("::error::a", "\r::error::b\u2028::error::c", "x ##[add-mask]y")
@example("\u200d::error::a", "##[group]b", "\x1b[1m::error::c\x85::d::")
def test_whatever_others_say_is_no_command(
    talker: Talker, monkeypatch: pytest.MonkeyPatch, name: str, said: str, title: str
) -> None:
    with TemporaryDirectory() as made, monkeypatch.context() as here:
        folder = Path(made)
        here.chdir(folder)
        here.setenv("GITHUB_ACTIONS", "true")
        name, said, title = (text.encode("utf-8", "replace").decode() for text in (name, said, title))
        talker.said = said.encode()
        page(folder, talker.url, name)
        broken(folder, title=title)
        good = f"---\ntitle: {json.dumps(title)}\n---\n\n## Investigating - 2026-11-22 13:00 UTC\n\n{said}\n"
        (folder / "incidents/good.md").write_text(good, "utf-8", newline="")
        for words in (
            ("check",),
            ("run", "--now", NOW),
            ("probe", "--explain", "it"),
            ("probe", "--explain", f"x{name}"),
            ("incident", "show", "good"),
            ("incident", "list", "--all"),
            ("incident", "open", "--title", title, "--component", name),
            ("build", "--out", f"site/{title}".replace("\0", ""), "--now", said),
            ("diff", ".", "."),
        ):
            output = statuspage(*words).output
            assert [line for line in commands(output) if not line.startswith(OURS)] == [], words
            assert not [line for line in output.splitlines() if "\x1b" in line]


def test_outside_of_github_a_colon_is_a_colon(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page(here, "http://127.0.0.1:9")
    monkeypatch.delenv("GITHUB_ACTIONS")
    text = "---\ntitle: A\n---\n\n## Investigating - 2026-11-22 13:00 UTC\n\n::error::x \u202e\n"
    (here / "incidents/a.md").write_text(text)
    assert "\n::error::x \\u202e\n" in statuspage("incident", "show", "a").output


def test_each_problem_is_told_in_the_log_and_annotated_once_at_its_line(here: Path, talker: Talker) -> None:
    page(here, talker.url, more="  - {name: Key, url: 'http://127.0.0.1/${KEY}'}\n")
    broken(here)
    result = statuspage("run", "--now", NOW)
    assert result.exit_code == 3
    lines = result.output.splitlines()
    annotated = [line for line in lines if line.startswith("::")]
    assert [line.split("::")[1].split(",title")[0] for line in annotated] == [
        "error file=components.yaml,line=6",
        "error file=incidents/trouble.md,line=3",
    ]
    assert lines[-2:] == annotated
    assert sum(line.startswith("error: incidents/trouble.md:3: ") for line in lines) == 1


@pytest.mark.parametrize(
    ("words", "title", "code"),
    [
        (("check",), "statuspage check", 1),
        (("build",), "statuspage build", 1),
        (("probe",), "statuspage probe", 1),
        (("incident", "list"), "statuspage incident", 1),
        (("verify",), "statuspage verify", 1),
    ],
)
def test_a_command_that_fails_is_annotated(here: Path, words: tuple[str, ...], title: str, code: int) -> None:
    (here / "components.yaml").write_text("page: {}\n")
    result = statuspage(*words)
    assert result.exit_code == code
    assert "error: components.yaml:1: " in result.output
    assert f"::error file=components.yaml,line=1,title={title}::" in result.output


def test_a_difference_that_verify_finds_is_annotated(here: Path, talker: Talker) -> None:
    page(here, talker.url)
    assert statuspage("run", "--now", NOW).exit_code == 0
    (here / "_site/index.html").write_text("better")
    result = statuspage("verify")
    assert result.exit_code == 1
    assert "\nindex.html: differs" in f"\n{result.output}"
    assert "::error title=statuspage verify::index.html: differs" in result.output


def test_an_annotation_names_the_file_as_the_repository_does(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "docs/status").mkdir(parents=True)
    (here / "docs/status/components.yaml").write_text("page: {}\n")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(here))
    told = statuspage("-C", "docs/status", "check", "--format", "github").output
    assert told.startswith("::error file=docs/status/components.yaml,line=1,title=statuspage check::")


def test_more_problems_than_github_shows_are_all_in_the_log(here: Path, talker: Talker) -> None:
    page(here, talker.url)
    for n in range(25):
        broken(here, f"trouble-{n:02}")
    for words in (("check",), ("check", "--format", "github")):
        lines = statuspage(*words, "--now", NOW).output.splitlines()
        errors = [line for line in lines if line.startswith("::error ")]
        assert len(errors) == 10
        assert errors[-1].endswith("::16 more errors: the log has them all")
        told = [n for n in range(25) if any(f"incidents/trouble-{n:02}.md" in line for line in lines)]
        assert told == list(range(25))


def test_wrong_usage_that_quotes_others_is_harmless_and_tells_no_secret(
    here: Path, talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "hush-hush-hush")
    page(here, f"{talker.url}?${{KEY}}")
    result = statuspage("probe", "--explain", "\n::error::x\nhush-hush-hush")
    assert result.exit_code == 2
    assert commands(result.output) == []
    assert "***" in result.output
    assert "hush" not in result.output
    assert statuspage("nonsense").exit_code == 2
    assert statuspage("--help").exit_code == 0


def test_what_libraries_log_and_a_fault_of_ours_go_the_same_way(here: Path) -> None:
    script = (
        "import logging, warnings, click; from statuspage import cli\n"
        "@cli.main.command()\n"
        "def broken():\n"
        "    logging.getLogger('asyncio').error('never retrieved\\n::error::a-token')\n"
        "    warnings.warn('\\n::error::w')\n"
        "    raise RuntimeError('\\n::error::a-token\\r::warning::b')\n"
        "cli.main(['broken'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=here,
        env={**os.environ, "GITHUB_TOKEN": "a-token"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert commands(done.stdout + done.stderr) == []
    assert "| ::error::***" in done.stderr
    assert "a-token" not in done.stderr


def test_an_aborted_question_ends_with_1(here: Path) -> None:
    script = (
        "import click; from statuspage.cli import main\n"
        "@main.command()\n"
        "def ask(): raise click.Abort\n"
        "main(['ask'])"
    )
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, cwd=here, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Aborted!\n")
