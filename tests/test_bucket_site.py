"""A site in a bucket, on real servers: what is put, in which order, and what a visitor sees when it breaks off."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from s3_world import S3, Bucket, Fault, Faulty
from servers import Listener
from sites import broken, site

from statuspage.errors import StatuspageError
from statuspage.stores import manifest
from statuspage.stores.base import Published
from statuspage.stores.bucket_site import BucketSite
from statuspage.stores.headers import FOR_A_MINUTE, FOR_EVER

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def put(
    bucket: Bucket, files: Mapping[str, bytes], now: datetime = NOW, *, through: S3 | None = None
) -> Published:
    return BucketSite(bucket.url, (through or bucket.server).environ).publish(files, now)


@pytest.fixture
def bucket(quick_s3: S3) -> Bucket:
    return quick_s3.bucket()


# --- the usual course, on both servers ---------------------------------------------------------


def goes_its_usual_course(bucket: Bucket) -> None:
    """New, unchanged, changed, out of use, deleted."""
    first = put(bucket, site(1))
    assert first.changed == tuple(sorted(site(1)))
    assert bucket.keys() == sorted([*site(1), manifest.PATH])
    assert {path: bucket.read(path) for path in site(1)} == site(1)
    written = bucket.written()

    assert put(bucket, site(1), NOW + HOUR).changed == ()
    assert bucket.written() == written

    second = put(bucket, site(2), NOW + 2 * HOUR)
    assert second.changed == tuple(sorted(set(site(2)) - {"favicon.svg"}))
    assert set(site(1)) <= set(bucket.keys())

    old = tuple(sorted(set(site(1)) - set(site(2))))
    assert put(bucket, site(2), NOW + 25 * HOUR).removed == ()
    assert put(bucket, site(2), NOW + 26 * HOUR).removed == old
    assert bucket.keys() == sorted([*site(2), manifest.PATH])
    assert put(bucket, site(2), NOW + 27 * HOUR) == Published(len(site(2)), (), ())


def test_a_bucket_holds_the_site_and_what_went_out_of_use_today(bucket: Bucket) -> None:
    goes_its_usual_course(bucket)


def test_a_real_gateway_takes_it_the_same_way(real_s3: S3) -> None:
    bucket = real_s3.bucket()
    goes_its_usual_course(bucket)

    assert bucket.head("index.html") == ("text/html; charset=utf-8", FOR_A_MINUTE)


def test_each_object_has_its_headers(bucket: Bucket) -> None:
    put(bucket, site(1))
    hashed = next(path for path in site(1) if path.endswith(".css"))

    assert bucket.head("index.html") == ("text/html; charset=utf-8", FOR_A_MINUTE)
    assert bucket.head(hashed) == ("text/css; charset=utf-8", FOR_EVER)
    assert bucket.head("history.atom")[0] == "application/atom+xml; charset=utf-8"
    assert bucket.head(manifest.PATH) == ("application/json; charset=utf-8", "no-store")


def test_below_a_prefix_nothing_else_is_seen_or_touched(bucket: Bucket) -> None:
    bucket.put("elsewhere.html", b"not ours")
    bucket.put("a/status-old/index.html", b"not ours")
    below = BucketSite(f"{bucket.url}/a/status/", bucket.environ)
    below.publish(site(1), NOW)
    below.publish(site(2), NOW + HOUR)
    below.publish(site(2), NOW + 30 * HOUR)

    mine = [f"a/status/{path}" for path in (*site(2), manifest.PATH)]
    assert bucket.keys() == sorted([*mine, "elsewhere.html", "a/status-old/index.html"])


# --- strangers ---------------------------------------------------------------------------------


def test_a_stranger_s_object_without_a_plain_name_is_told_and_nothing_is_touched(bucket: Bucket) -> None:
    bucket.put("a//b", b"not ours")

    with pytest.raises(StatuspageError, match="an object whose name is no plain path"):
        put(bucket, site(1))
    assert bucket.keys() == ["a//b"]
    BucketSite(f"{bucket.url}/status", bucket.environ).publish(site(1), NOW)


def test_a_site_of_some_thousand_files_is_listed_whole(bucket: Bucket) -> None:
    many = {**site(1), **{f"incidents/{n}/index.html": b"" for n in range(1100)}}
    put(bucket, many)

    assert put(bucket, many).changed == ()


def test_what_a_stranger_removed_or_changed_is_put_again(bucket: Bucket) -> None:
    put(bucket, site(1))
    bucket.delete("history/index.html")
    bucket.put("index.html", site(1)["index.html"].replace(b"version", b"defaced"))

    assert put(bucket, site(1)).changed == ("history/index.html", "index.html")
    assert {path: bucket.read(path) for path in site(1)} == site(1)


@pytest.mark.parametrize("damage", ["lost", "broken"])
def test_without_its_manifest_nothing_is_deleted(bucket: Bucket, damage: str) -> None:
    put(bucket, site(1))
    bucket.put("strangers.html", b"not ours")
    if damage == "lost":
        bucket.delete(manifest.PATH)
    else:
        bucket.put(manifest.PATH, b'{"schema": 1, "files": {"strangers.html": 7}}')

    told = put(bucket, site(2), NOW + HOUR)
    put(bucket, site(2), NOW + 48 * HOUR)
    assert [note.warning for note in told.notes] == [True] * (damage == "broken")
    assert bucket.keys() == sorted({*site(1), *site(2), manifest.PATH, "strangers.html"})


def test_what_somebody_put_over_a_file_out_of_use_is_theirs(bucket: Bucket) -> None:
    put(bucket, site(1))
    put(bucket, site(1, gone=("history/index.html",)))
    bucket.put("history/index.html", b"a page of somebody's own")
    put(bucket, site(1, gone=("history/index.html",)), NOW + 48 * HOUR)

    assert bucket.read("history/index.html") == b"a page of somebody's own"


def test_two_at_once_leave_whole_pages_and_the_next_one_mends_the_rest(bucket: Bucket) -> None:
    put(bucket, site(1))
    with Faulty(bucket.server) as proxy:

        def meanwhile() -> None:
            if len(proxy.puts) == 5:
                put(bucket, site(3))

        proxy.seen = meanwhile
        put(bucket, site(2), through=proxy.s3)
    assert look(bucket) == []

    put(bucket, site(4))
    assert {path: bucket.read(path) for path in site(4)} == site(4)
    assert look(bucket) == []


# --- dying -------------------------------------------------------------------------------------


def look(bucket: Bucket) -> list[str]:
    return broken(bucket.keys(), bucket.read)


@pytest.mark.parametrize("before", [(), (1,)], ids=["the first site", "a second site"])
def test_dead_at_any_write_no_visitor_misses_anything_and_a_rerun_heals(
    quick_s3: S3, before: tuple[int, ...]
) -> None:
    for at in range(1, 40):
        bucket = quick_s3.bucket()
        for version in before:
            put(bucket, site(version))
        missed: list[str] = []
        with Faulty(bucket.server, "deny", at, seen=lambda b=bucket, m=missed: m.extend(look(b))) as proxy:  # type: ignore[misc]
            try:
                put(bucket, site(2), through=proxy.s3)
                alive = True
            except StatuspageError as error:
                alive = False
                assert "the key may not do this (AccessDenied)" in str(error)
        assert missed == []
        assert look(bucket) == []
        put(bucket, site(3), NOW + HOUR)
        assert look(bucket) == []
        assert {path: bucket.read(path) for path in site(3)} == site(3)
        put(bucket, site(3), NOW + 26 * HOUR)  # nothing is left of the dead run
        put(bucket, site(3), NOW + 51 * HOUR)
        assert bucket.keys() == sorted([*site(3), manifest.PATH])
        if alive:
            break
    assert at == len(site(2)) + 3 - (1 if before else 0)  # two manifests; the icon is there already


@pytest.mark.parametrize("fault", ["busy", "cut", "ambiguous"])
@pytest.mark.parametrize("at", [1, 4, 10])
def test_one_fault_is_tried_again_and_nobody_notices(bucket: Bucket, fault: Fault, at: int) -> None:
    with Faulty(bucket.server, fault, at) as proxy:
        put(bucket, site(1), through=proxy.s3)

    assert len(proxy.puts) == len(site(1)) + 2 + 1
    assert {path: bucket.read(path) for path in site(1)} == site(1)
    assert put(bucket, site(1)).changed == ()


@pytest.mark.parametrize("at", [1, 5, 9])
def test_killed_it_leaves_whole_pages(bucket: Bucket, at: int) -> None:
    put(bucket, site(1))
    killed: list[subprocess.Popen[bytes]] = []
    code = (
        "import sys; from datetime import datetime; from sites import site;"
        "from statuspage.stores.bucket_site import BucketSite; import os;"
        "BucketSite(sys.argv[1], os.environ).publish(site(2), datetime.fromisoformat(sys.argv[2]))"
    )
    with Faulty(bucket.server) as proxy:

        def kill() -> None:
            if len(proxy.puts) >= at:
                killed[0].kill()

        proxy.seen = kill
        path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        environ = {**os.environ, **proxy.s3.environ, "PYTHONPATH": path}
        command = [sys.executable, "-c", code, bucket.url, NOW.isoformat()]
        killed.append(subprocess.Popen(command, env=environ))
        assert killed[0].wait(timeout=60) == -signal.SIGKILL
    assert look(bucket) == []
    put(bucket, site(2))
    assert {p: bucket.read(p) for p in site(2)} == site(2)


def test_the_front_page_is_put_behind_all_others_and_the_manifest_last(bucket: Bucket) -> None:
    with Faulty(bucket.server) as proxy:
        put(bucket, site(1), through=proxy.s3)
    names = [path.removeprefix(f"/{bucket.name}/") for path in proxy.puts]

    assert names[0] == manifest.PATH
    assert names[-2:] == ["index.html", manifest.PATH]
    assert [name.startswith("assets/") for name in names[1:]].index(False) == 2
    feeds = {names.index("history.atom"), names.index("api/status.json")}
    assert max(names.index("history/index.html"), names.index("incidents/a/index.html")) < min(feeds)


def test_a_server_that_hangs_ends_at_the_deadline() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    with Listener(hang) as server:
        hung = BucketSite("s3://bucket", S3(server.url).environ, within=timedelta(milliseconds=300))
        with pytest.raises(StatuspageError, match="it took too long"):
            hung.publish(site(1), NOW)


def test_a_key_that_may_not_delete_publishes_all_the_same(bucket: Bucket) -> None:
    put(bucket, site(1))
    put(bucket, site(2))
    with Faulty(bucket.server, no_delete=True) as proxy:
        told = put(bucket, site(3), NOW + 25 * HOUR, through=proxy.s3)

    assert told.removed == ()
    assert "2 files out of use cannot be deleted: the key may not do this" in str(told.notes[0])
    assert told.notes[0].warning
    assert bucket.read("index.html") == site(3)["index.html"]
    assert set(put(bucket, site(3), NOW + 26 * HOUR).removed) == set(site(1)) - set(site(3))


def test_nothing_of_it_is_logged(bucket: Bucket, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        put(bucket, site(1))

    assert "testing-secret" not in caplog.text
