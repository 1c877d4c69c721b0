"""What docs/publishing.md tells to set up, tried: a web server before the folder, a policy on a real gateway."""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from s3_world import GUEST, S3, SECRET
from sites import site

from statuspage.publish import publish
from statuspage.stores.bucket_site import BucketSite
from statuspage.stores.headers import FOR_A_MINUTE, FOR_EVER

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
DOCS = (Path(__file__).parents[1] / "docs/publishing.md").read_text("utf-8")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@dataclass(frozen=True)
class Host:
    folder: Path
    url: str

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()


def snippet(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Host]:
    """nginx with the lines of the docs, and a folder for it."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    host, home = Host(tmp_path / "public/status", f"http://127.0.0.1:{free_port()}"), tmp_path / "nginx"
    home.mkdir()
    lines = snippet("nginx").replace("listen 80", f"listen {host.url.removeprefix('http://')}")
    lines = lines.replace("/var/www/status", str(host.folder))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {home}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (home / "conf").write_text(
        f"daemon off; pid {home}/pid; error_log {home}/error.log; worker_processes 2; {user}\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{lines}\n}}\n"
    )
    with running(host, [NGINX, "-c", str(home / "conf"), "-e", str(home / "error.log")]):
        yield host


@pytest.fixture
def caddy(tmp_path: Path) -> Iterator[Host]:
    """Caddy with the lines of the docs."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed")
    host = Host(tmp_path / "public/status", f"http://127.0.0.1:{free_port()}")
    lines = snippet("caddy").replace("status.example.org", host.url)
    lines = "{\n admin off\n}\n" + lines.replace("/var/www/status", str(host.folder))
    (tmp_path / "Caddyfile").write_text(lines)
    environ = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    command = [program, "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    with running(host, command, environ):
        yield host


@contextmanager
def running(host: Host, command: list[str], environ: dict[str, str] | None = None) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environ, stdout=quiet, stderr=quiet)
    try:
        while process.poll() is None:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", int(host.url.rpartition(":")[2]))) == 0:
                    break
        assert process.poll() is None, "the server did not start"
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return int(once.getsockname()[1])


def show(host: Host, files: dict[str, bytes]) -> None:
    assert publish(files, [str(host.folder)], now=NOW, environ={}).exit_code == 0


def keeps_its_promises(host: Host, more: Iterable[tuple[str, str, str]] = ()) -> None:
    files = {"maintenance.ics": b"BEGIN:VCALENDAR", "404.html": b"nothing here", "metrics.prom": b"# EOF\n"}
    show(host, {**site(1), **files})
    hashed = next(path for path in site(1) if path.endswith(".css"))

    for path, kind, cache in (
        ("/", "text/html; charset=utf-8", FOR_A_MINUTE),
        ("/history/", "text/html; charset=utf-8", FOR_A_MINUTE),
        (f"/{hashed}", "text/css; charset=utf-8", FOR_EVER),
        ("/history.atom", "application/atom+xml", FOR_A_MINUTE),
        ("/api/status.json", "application/json", FOR_A_MINUTE),
        ("/maintenance.ics", "text/calendar; charset=utf-8", FOR_A_MINUTE),
        *more,
    ):
        status, headers, _ = host.get(path)
        assert (status, headers["Cache-Control"]) == (200, cache), path
        assert headers["Content-Type"].startswith(kind), path
        assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert headers["Access-Control-Allow-Origin"] == "*"
    assert host.get("/history")[0] == 200  # led to /history/
    assert host.get("/nowhere")[::2] == (404, b"nothing here")
    assert host.get("/.statuspage")[0] == 404


def test_nginx_serves_every_file_with_the_headers_that_the_docs_promise(nginx: Host) -> None:
    more = (
        ("/metrics.prom", "application/openmetrics-text", FOR_A_MINUTE),
        ("/history.atom", "application/atom+xml; charset=utf-8", FOR_A_MINUTE),
        ("/api/status.json", "application/json; charset=utf-8", FOR_A_MINUTE),
        ("/favicon.svg", "image/svg+xml; charset=utf-8", FOR_A_MINUTE),
    )
    keeps_its_promises(nginx, more)


def test_caddy_serves_every_file_with_the_headers_that_the_docs_promise(caddy: Host) -> None:
    keeps_its_promises(caddy)


def test_twenty_swaps_under_requests_show_no_gap_and_no_mixed_page(nginx: Host) -> None:
    versions = [
        {**site(1), "index.html": b"<p>%d</p>" % n * 5000, "history/index.html": b"<p>%d</p>" % n}
        for n in range(21)
    ]
    show(nginx, versions[0])
    stop, wrong = threading.Event(), list[str]()
    seen: set[bytes] = set()

    def visit(path: str, file: str) -> Callable[[], None]:
        whole = {files[file] for files in versions}

        def visiting() -> None:
            while not stop.is_set():
                status, _, body = nginx.get(path)
                if status != 200 or body not in whole:
                    wrong.append(f"{path}: {status}, {len(body)} octets")
                seen.add(body)

        return visiting

    visits = (("/", "index.html"), ("/history/", "history/index.html"), ("/history.atom", "history.atom"))
    visitors = [threading.Thread(target=visit(path, file)) for path, file in visits]
    for one in visitors:
        one.start()
    for files in versions[1:]:
        show(nginx, files)
    stop.set()
    for one in visitors:
        one.join(timeout=10)

    assert wrong == []
    assert len(seen) > 10  # they did see it change


def test_the_policy_of_the_docs_is_enough_and_no_more(real_s3: S3) -> None:
    bucket, other = real_s3.bucket(), real_s3.bucket()
    policy = json.loads(snippet("json").replace("my-bucket", bucket.name))
    for statement in policy["Statement"]:
        statement["Principal"] = {"AWS": [f"arn:aws:iam:::user/{GUEST}"]}
    bucket.client.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))
    guest = S3(real_s3.endpoint, GUEST, SECRET)
    place = BucketSite(f"{bucket.url}/status", guest.environ)

    place.publish(site(1), NOW)
    place.publish(site(2), NOW)
    assert len(place.publish(site(2), NOW + timedelta(days=2)).removed) == 2
    for elsewhere in (f"{bucket.url}/other", bucket.url, other.url):
        told = publish(site(1), [elsewhere], now=NOW, environ=guest.environ)
        assert "the key may not do this (AccessDenied)" in str(told.failed[0])
