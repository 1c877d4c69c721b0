"""The history as the site publishes it: what is in it, and a store that is filled from it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from statuspage.archive import record, write_facts
from statuspage.cli import main
from statuspage.errors import StatuspageError
from statuspage.history import decode_days, decode_rounds
from statuspage.ledger import encode
from statuspage.model import Fact, Round, Sample, Verdict
from statuspage.pipeline import Project, build_site, open_project
from statuspage.public_history import FOLDER, INDEX, Get, index, restore
from statuspage.stores.folder import Folder
from statuspage.upkeep import survey

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
EVERY = timedelta(hours=1)
CONFIG = """page: {name: Kestrel}
defaults: {every: 1h}
components:
  - {name: Chat, url: "https://chat.kestrel.example/"}
  - {name: Vault, url: "https://vault.kestrel.example/", public: false}
"""
INCIDENT = """---
title: Slow
impact: minor
components: [Chat]
status: investigating
---

### 2026-11-20T10:00:00Z investigating

Slow.
"""


def sample(component: str, at: datetime) -> Sample:
    bad = at.hour == 11
    return Sample(
        component=component,
        at=at,
        verdict=Verdict.DOWN if bad else Verdict.UP,
        latency=None if bad else timedelta(milliseconds=120 + at.hour),
        code="http.503" if bad else "",
        tokens=9,
        calls=1,
        every=EVERY,
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Six days of a page with a component that is not public, and costs."""
    root = tmp_path / "page"
    root.mkdir()
    (root / "components.yaml").write_text(CONFIG)
    (root / "incidents").mkdir()
    project = open_project(root, {})
    for n in range(6 * 24, -1, -1):
        at = NOW - n * EVERY
        samples = tuple(sample(name, at) for name in ("chat", "vault", "left-long-ago"))
        record(project.records, project.config, Round(id=f"{at:%Y%m%dT%H%M%SZ}-r", at=at, samples=samples))
    write_facts(project.records, [Fact(kind="mute", key="chat", at=NOW, value={"why": "ours alone"})])
    write_facts(project.records, [Fact(kind="spent", key="r", at=NOW, value={"tokens": 9})])
    return project


def served(files: dict[str, bytes]) -> Get:
    async def get(path: str, most: int) -> bytes:
        return files[path][:most]

    return get


def put_back(files: dict[str, bytes], folder: Path, now: datetime = NOW) -> Folder:
    records = Folder(folder)
    asyncio.run(restore(served(files), records, now))
    return records


def command(*words: str) -> Result:
    return CliRunner().invoke(main, ["--quiet", *words])


def test_a_page_that_is_restored_from_its_site_is_the_same_page(project: Project, tmp_path: Path) -> None:
    before = dict(build_site(project, NOW).files)
    put_back(before, tmp_path / "again")
    again = Project(project.root, project.config, Folder(tmp_path / "again"))

    assert build_site(again, NOW).files == before
    assert not survey(again.records, NOW).problems
    assert survey(again.records, NOW).counts["closed days"] >= 3


def test_nothing_of_it_is_about_what_the_page_does_not_show(project: Project) -> None:
    files = {p: data for p, data in build_site(project, NOW).files.items() if p.startswith(FOLDER)}

    together = b"".join(files.values())
    for word in (b"vault", b"left-long-ago", b"tokens", b"calls", b"mute", b"ours alone", b"spent"):
        assert word not in together
    assert b'"chat"' in together


def test_each_figure_can_be_recomputed_from_it(project: Project) -> None:
    files = build_site(project, NOW).files
    days = [decode_days(data, path)[0] for path, data in files.items() if path.startswith(f"{FOLDER}days/")]
    rounds = [
        decode_rounds(data, path)[0] for path, data in files.items() if path.startswith(f"{FOLDER}raw/")
    ]

    closed = [day for file in days for day in file]
    last = max(day.day for day in closed)
    assert [day.day for day in closed] == [last - timedelta(days=n) for n in range(len(closed) - 1, -1, -1)]
    told = [one for file in rounds for one in file]
    assert min(one.at for one in told).date() == last
    assert max(one.at for one in told) == NOW


def test_what_was_published_then_can_be_made_again_later(project: Project) -> None:
    before = build_site(project, NOW).files
    for n in range(1, 60):
        at = NOW + n * EVERY
        one = Round(id=f"{at:%Y%m%dT%H%M%SZ}-r", at=at, samples=(sample("chat", at),))
        record(project.records, project.config, one)

    again = build_site(project, NOW, write=False).files
    assert {p: d for p, d in again.items() if p.startswith(FOLDER)} == {
        p: d for p, d in before.items() if p.startswith(FOLDER)
    }


def test_a_page_may_keep_its_history_to_itself(project: Project) -> None:
    (project.root / "components.yaml").write_text(CONFIG.replace("Kestrel}", "Kestrel, history: false}"))

    assert not [path for path in build_site(open_project(project.root, {}), NOW).files if FOLDER in path]


def test_a_page_that_measured_nothing_has_no_history(tmp_path: Path) -> None:
    (tmp_path / "components.yaml").write_text(CONFIG)
    files = build_site(open_project(tmp_path, {}), NOW, write=False).files

    assert not [path for path in files if FOLDER in path]


# --- bad input ---------------------------------------------------------------------------------


def test_a_file_that_is_not_the_index_s_is_refused_and_nothing_is_written(
    project: Project, tmp_path: Path
) -> None:
    files = dict(build_site(project, NOW).files)
    path = next(path for path in files if path.startswith(f"{FOLDER}days/"))
    files[path] += b"\n"
    with pytest.raises(StatuspageError, match=r"days/2026-11.ndjson: is not the file that the index names"):
        put_back(files, tmp_path / "again")

    assert not (tmp_path / "again").exists()


def test_a_line_that_does_not_hold_is_refused_though_the_index_names_it(
    project: Project, tmp_path: Path
) -> None:
    files = dict(build_site(project, NOW).files)
    path = next(path for path in files if path.startswith(f"{FOLDER}days/"))
    files[path] = files[path].replace(b'"up":', b'"Up":', 1)
    files |= index({path: data for path, data in files.items() if path != INDEX}, NOW)
    with pytest.raises(StatuspageError, match=r"api/history/days/2026-11.ndjson:1: the line does not match"):
        put_back(files, tmp_path / "again")

    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("kind", ["outbox", "mute", "acknowledged"])
def test_facts_that_no_site_publishes_are_not_taken_from_one(
    kind: str, project: Project, tmp_path: Path
) -> None:
    """They would keep people from being told."""
    files = dict(build_site(project, NOW).files)
    planted = encode(Fact(kind=kind, key="outage/chat→Team", at=NOW, value={"status": "sent", "final": True}))
    files[f"{FOLDER}ledger.ndjson"] += f"{planted}\n".encode()
    files |= index({path: data for path, data in files.items() if path != INDEX}, NOW)
    with pytest.raises(StatuspageError, match=f"the kind '{kind}'"):
        put_back(files, tmp_path / "again")

    assert not (tmp_path / "again").exists()


def test_no_more_is_read_of_a_file_than_the_index_names(project: Project, tmp_path: Path) -> None:
    files = dict(build_site(project, NOW).files)
    asked: dict[str, int] = {}

    async def get(path: str, most: int) -> bytes:
        asked[path] = most
        return files[path]

    asyncio.run(restore(get, Folder(tmp_path / "again"), NOW))
    assert len(asked) > 3
    assert all(most <= len(files[path]) + 65_536 for path, most in asked.items() if path != INDEX)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"<html>", "not one of ours"),
        (b"[]", "not one of ours"),
        (b'{"schema": 1}', "not one of ours"),
        (b'{"schema": 7, "files": []}', "has schema 7, this version knows 1"),
        (b'{"schema": 1, "files": [{"path": "../x", "size": 1, "sha256": ""}]}', "not a plain path"),
        (b'{"schema": 1, "files": [{"path": "x", "size": 9000000000, "sha256": ""}]}', "too large"),
        (b'{"schema": 1, "files": [{"path": "x", "size": 50000001, "sha256": ""}]}', "too large"),
        (b'{"schema": 1, "files": [{"path": "x", "size": 1e999, "sha256": ""}]}', "not one of ours"),
        (
            b'{"schema": 1, "files": [{"path": "ledger.ndjson", "size": -1, "sha256": ""}]}',
            "no file of a history",
        ),
        (
            b'{"schema": 1, "files": [{"path": "incidents/x.md", "size": 1, "sha256": ""}]}',
            "no file of a history",
        ),
        (b'{"schema": 1, "files": [{"path": "kept/x.md", "size": 1, "sha256": ""}]}', "no file of a history"),
    ],
)
def test_an_index_of_another_sort_is_refused(tmp_path: Path, document: bytes, says: str) -> None:
    with pytest.raises(StatuspageError, match=says):
        put_back({INDEX: document}, tmp_path)

    assert not list(tmp_path.iterdir())


# --- the command -------------------------------------------------------------------------------


@contextmanager
def web(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_store_that_is_lost_is_filled_from_the_site(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    moment = NOW.isoformat().replace("+00:00", "Z")
    assert command("build", "--now", moment).exit_code == 0
    with web(project.root / "_site") as url:
        full = command("store", "restore", "--from-url", url, "--now", moment)
        assert full.exit_code == 1
        assert "there is a history already" in full.output
        (project.root / ".status-data").rename(tmp_path / "lost")
        done = command("store", "restore", "--from-url", url, "--now", moment)
        assert done.exit_code == 0, done.output
        assert command("--store", ".status-data", "store", "verify", "--now", moment).exit_code == 0
        nowhere = command("--store", str(tmp_path / "x"), "store", "restore", "--from-url", f"{url}nowhere")
    assert nowhere.exit_code == 1
    assert "api/history/index.json: answered 404" in nowhere.output
    assert command("--store", ".status-data", "verify").exit_code == 0
    named = json.loads((project.root / "_site" / INDEX).read_text())["files"]
    assert {file["path"].partition("/")[0] for file in named} == {"days", "hours", "ledger.ndjson", "raw"}


def test_a_site_that_does_not_answer_is_told_by_its_host_alone(tmp_path: Path) -> None:
    words = (
        "--store",
        str(tmp_path / "x"),
        "store",
        "restore",
        "--from-url",
        "http://me:secret@127.0.0.1:9/",
    )
    result = command(*words)

    assert result.exit_code == 1
    assert "no answer (tcp.refused)" in result.output
    assert "secret" not in result.output
