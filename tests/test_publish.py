"""Publishing to several places: one that fails stops no other, and each problem is named."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from s3_world import S3, Bucket, Faulty
from servers import FaultServer
from sites import site

from statuspage.cli import main
from statuspage.errors import StatuspageError
from statuspage.publish import publish, purged, read_site
from statuspage.stores.base import Published
from statuspage.stores.manifest import PATH

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a built site in `_site`, to work in."""
    monkeypatch.chdir(tmp_path)
    build(site(1))
    return tmp_path


def build(files: dict[str, bytes]) -> None:
    for path, content in files.items():
        file = Path("_site") / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["publish", *arguments, "--now", "2026-11-22T14:05:00Z"])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def bucket(quick_s3: S3, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """One that the environment has the key of."""
    for name, value in quick_s3.environ.items():
        monkeypatch.setenv(name, value)
    return quick_s3.bucket()


# --- folders -----------------------------------------------------------------------------------


def test_a_folder_says_what_changed(tmp_path: Path) -> None:
    target = str(tmp_path / "public")
    first = publish(site(1), [target], now=NOW, environ={}).done[0][1]
    again = publish(site(1), [target], now=NOW, environ={}).done[0][1]
    other = publish(site(2, gone=("favicon.svg",)), [target], now=NOW, environ={}).done[0][1]

    assert first == Published(8, tuple(sorted(site(1))), ())
    assert again == Published(8, (), ())
    assert set(other.changed) == set(site(2)) - {"favicon.svg"}
    assert set(other.removed) == {"favicon.svg", *(set(site(1)) - set(site(2)))}
    assert read_site(tmp_path / "public") == site(2, gone=("favicon.svg",))


def test_a_stranger_s_folder_is_refused_and_kept(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter.txt").write_text("dear")

    outcome = publish(site(1), [str(theirs)], now=NOW, environ={})
    assert outcome.exit_code == 1
    assert "no site of ours" in str(outcome.failed[0])
    assert [path.name for path in theirs.iterdir()] == ["letter.txt"]


def test_no_built_site_is_said(tmp_path: Path) -> None:
    with pytest.raises(StatuspageError, match="no built site here"):
        read_site(tmp_path)


# --- the command -------------------------------------------------------------------------------


def test_folder_and_bucket_at_once(here: Path, bucket: Bucket) -> None:
    told = run("public", f"{bucket.url}/status", "public").output

    assert read_site(here / "public") == site(1)
    assert bucket.keys() == sorted(f"status/{path}" for path in (*site(1), PATH))
    assert told == (
        "published 8 files to public: 8 changed, 0 removed\n"
        f"published 8 files to {bucket.url}/status: 8 changed, 0 removed\n"
    )


def test_one_that_fails_stops_no_other(here: Path, bucket: Bucket) -> None:
    told = run("s3://no-such-bucket", "public", "ftp://elsewhere", bucket.url, code=3).output

    assert "error: s3://no-such-bucket: there is no such bucket" in told
    assert "error: there is no way to such an address" in told
    assert read_site(here / "public") == site(1)
    assert bucket.read("index.html") == site(1)["index.html"]


def test_when_none_works_the_command_has_failed(here: Path, bucket: Bucket) -> None:
    (here / "file").touch()
    told = run("s3://no-such-bucket", "file", code=1).output

    assert "there is no such bucket" in told
    assert "error: file: " in told or "is a file, not a folder" in told


def test_without_a_target_the_usage_is_shown(here: Path) -> None:
    assert "TARGET..." in run(code=2).output


def test_a_secret_is_never_shown(here: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    with Faulty(bucket.server, "deny", 1) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.s3.endpoint)
        told = run(bucket.url, code=1).output

    assert "the key may not do this (AccessDenied)" in told
    assert "testing" not in told


# --- what a CDN is to forget -------------------------------------------------------------------


def test_what_changed_is_written_as_addresses(here: Path, bucket: Bucket) -> None:
    run("public", bucket.url, "--changed", "first.txt")
    run("public", bucket.url, "--changed", "again.txt")
    build({"history/index.html": b"<p>new</p>", "api/status.json": b"{}"})
    Path("_site/history.atom").unlink()
    run("public", bucket.url, "--changed", "other.txt")

    assert len(Path("first.txt").read_text().splitlines()) == 8 + 3
    assert Path("again.txt").read_text() == ""
    assert (
        Path("other.txt").read_text() == "/api/status.json\n/history.atom\n/history/\n/history/index.html\n"
    )


def test_a_front_page_has_two_addresses_and_strange_names_are_quoted() -> None:
    assert purged(["index.html", "a b/ü.html", "xindex.html"]) == [
        "/",
        "/a%20b/%C3%BC.html",
        "/index.html",
        "/xindex.html",
    ]


# --- hubs --------------------------------------------------------------------------------------


def test_a_hub_is_told_once_the_feed_can_be_seen_and_only_when_it_changed(
    here: Path, fault_server: FaultServer
) -> None:
    feed = {"home_page_url": "https://status.example/", "hubs": [{"type": "WebSub", "url": fault_server.url}]}
    build({"feed.json": json.dumps(feed).encode()})
    run("public")
    run("public")

    assert [(one.method, one.body) for one in fault_server.seen] == [
        ("POST", b"hub.mode=publish&hub.url=https%3A%2F%2Fstatus.example%2Ffeed.json"),
        ("POST", b"hub.mode=publish&hub.url=https%3A%2F%2Fstatus.example%2Fhistory.atom"),
    ]
    assert fault_server.seen[0].headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_hub_that_is_not_there_is_a_warning(here: Path, closed_port: int) -> None:
    hub = f"http://127.0.0.1:{closed_port}/?key=hunter2"
    feed = {"home_page_url": "https://status.example/", "hubs": [{"type": "WebSub", "url": hub}]}
    build({"feed.json": json.dumps(feed).encode()})
    told = run("public").output

    assert told.count("warning: the hub 127.0.0.1 was not told of new feeds: tcp.refused") == 1
    assert "hunter2" not in told


def test_when_nothing_was_published_no_hub_is_told(here: Path, fault_server: FaultServer) -> None:
    feed = {"home_page_url": "https://status.example/", "hubs": [{"type": "WebSub", "url": fault_server.url}]}
    build({"feed.json": json.dumps(feed).encode()})
    run("ftp://nowhere", code=1)

    assert fault_server.seen == []
