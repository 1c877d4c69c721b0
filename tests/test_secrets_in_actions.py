"""A secret in an address, in a header, and echoed by the answer: nowhere on GitHub, in no encoding."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from statuspage.redaction import forms

SECRETS = ("s3cr+t/of&the=house", "a|b`c<d>*e*_f_%25:,", "plain-token-0123456789")
TOKEN = "ghs_0123456789abcdef"


class Echo(BaseHTTPRequestHandler):
    """Refuses with 401, and says all that it was told: in the reason, in headers and in the body."""

    def do_GET(self) -> None:
        heard = f"{self.path} {self.headers}".replace("\r", " ").replace("\n", " ")
        self.send_response(401, heard)
        self.send_header("WWW-Authenticate", f'Basic realm="{quote(heard)}"')
        self.send_header("Location", self.path)
        body = f"::error::{heard}\n{base64.b64encode(heard.encode()).decode()}".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def page(folder: Path, url: str) -> None:
    (folder / "incidents").mkdir()
    (folder / "components.yaml").write_text(
        'page: {name: Test, url: "https://status.example", since: 2026}\n'
        "defaults: {retries: 0, timeout: 2s}\ncontrol: []\ncomponents:\n"
        f"  - {{name: Address, url: '{url}/?key=${{KEY}}&b=${{OTHER}}'}}\n"
        f"  - {{name: Header, url: '{url}/', headers: {{authorization: 'Bearer ${{KEY}}', x-key: '${{PLAIN}}'}}}}\n"
        f"  - {{name: Wanted, url: '{url}/${{PLAIN}}', expect: {{status: 401, body: 'no ${{OTHER}}'}}}}\n"
    )
    title = json.dumps(f"The key was {SECRETS[1]}")
    (folder / "incidents/told.md").write_text(
        f"---\ntitle: {title}\ncomponents: {{header: major_outage}}\n---\n\n"
        f"## Investigating - 2026-11-22 14:00 UTC\n\nIt is `{SECRETS[0]}` and {quote(SECRETS[0], safe='')}.\n"
    )
    (folder / "incidents/broken.md").write_text(f"---\ntitle: {title}\ncolour: {SECRETS[2]}\n---\n")


def statuspage(folder: Path, *words: str) -> str:
    """All that the command printed where GitHub's runner reads it."""
    done = subprocess.run(
        [sys.executable, "-m", "statuspage", *words],
        cwd=folder,
        env={
            **os.environ,
            **dict(zip(("KEY", "OTHER", "PLAIN"), SECRETS, strict=True)),
            "GITHUB_ACTIONS": "true",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def leaks(text: str) -> list[str]:
    return [form for secret in (*SECRETS, TOKEN) for form in forms(secret) if len(form) > 3 and form in text]


def test_no_secret_is_in_log_summary_state_or_site(tmp_path: Path, echo: str) -> None:
    page(tmp_path, echo)
    told = statuspage(tmp_path, "run") + statuspage(tmp_path, "check") + statuspage(tmp_path, "build")
    told += "".join(
        statuspage(tmp_path, "probe", "--explain", name) for name in ("address", "header", "wanted")
    )
    summary = (tmp_path / "summary.md").read_text()
    assert "auth.denied" in told
    assert "::error file=incidents/broken.md" in told
    assert "The key was" in summary
    assert leaks(told) == []
    assert leaks(summary) == []
    written = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    own = ("incidents", ".status-data/kept")  # what its author committed, as it is
    kept = [tmp_path / path for path in written if not path.as_posix().startswith(own)]
    assert len(kept) > 40
    assert {path.name: found for path in kept if (found := leaks(path.read_text("utf-8")))} == {}


def test_no_secret_is_handed_to_the_runner(tmp_path: Path, echo: str) -> None:
    """To mask it by `::add-mask::` would be to print it, and whoever keeps the output would keep it."""
    page(tmp_path, echo)
    assert "add-mask" not in statuspage(tmp_path, "run")


def test_a_failure_tells_no_secret_either(tmp_path: Path, echo: str) -> None:
    page(tmp_path, echo)
    text = (tmp_path / "components.yaml").read_text()
    (tmp_path / "components.yaml").write_text(f"{text}  - {{name: X, {SECRETS[2]}: '${{KEY}}'}}\n")
    told = statuspage(tmp_path, "run")
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("## statuspage run: could not do its work")
    assert "::error file=components.yaml" in told
    assert leaks(told + summary) == []
