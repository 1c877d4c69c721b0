"""What is put and what is deleted in a bucket: pure, so that every history can be tried."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.stores.headers import FOR_A_MINUTE, FOR_EVER, headers, is_hashed
from statuspage.stores.manifest import (
    KEPT,
    PATH,
    Entry,
    Object,
    digest,
    intended,
    read,
    stages,
    to_delete,
    to_put,
    unused,
    write,
)

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
PATHS = ("index.html", "history/index.html", "assets/style.0123456789ab.css", "history.atom")
paths = st.sampled_from(PATHS)
objects = st.builds(Object, st.integers(0, 3), st.sampled_from(("", "a", "b")))
moments = st.integers(0, 100).map(lambda hours: NOW - timedelta(hours=hours))
entries = st.builds(Entry, st.sampled_from(("x", "y")), objects, st.none() | moments)
manifests = st.dictionaries(paths, entries)
listings = st.dictionaries(paths | st.just("a stranger's"), objects)
sites = st.dictionaries(paths, st.binary(max_size=3))


def entry(path: str, content: bytes, etag: str = "e", since: datetime | None = None) -> Entry:
    return Entry(digest(path, content), Object(len(content), etag), since)


@given(manifests)
def test_a_manifest_is_read_as_it_was_written(manifest: dict[str, Entry]) -> None:
    assert read(write(manifest)) == manifest
    assert write(read(write(manifest))) == write(dict(reversed(manifest.items())))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"{}",
        b'{"schema": 2, "files": {}}',
        b'{"schema": 1}',
        b'{"schema": 1, "files": []}',
        b'{"schema": 1, "files": {"a": 1}}',
        b'{"schema": 1, "files": {"a": {"digest": "x", "size": "1", "etag": ""}}}',
        b'{"schema": 1, "files": {"a": {"digest": 1, "size": 1, "etag": ""}}}',
        b'{"schema": 1, "files": {"a": {"digest": "", "size": 1, "etag": "", "unused_since": "now"}}}',
        b'{"schema": 1, "files": {"a": {"digest": "", "size": 1, "etag": "", "unused_since": "2026-11-22"}}}',
        b"[" * 100_000,
    ],
)
def test_a_broken_manifest_is_none_of_ours(data: bytes) -> None:
    with pytest.raises(ValueError):
        read(data)


def test_a_manifest_never_names_itself() -> None:
    assert read(write({PATH: entry(PATH, b"")})) == {}


@given(sites, manifests, listings)
def test_nothing_is_deleted_that_no_manifest_names_or_that_somebody_else_put(
    site: dict[str, bytes], manifest: dict[str, Entry], listed: dict[str, Object]
) -> None:
    for path in to_delete(unused(site, manifest, listed, NOW), NOW):
        assert path in manifest
        assert path not in site
        assert manifest[path].object.size == listed[path].size
        assert manifest[path].object.etag in ("", listed[path].etag)


@given(sites, manifests, listings, st.integers(0, 23))
def test_nothing_is_deleted_within_a_day_of_its_last_use(
    site: dict[str, bytes], manifest: dict[str, Entry], listed: dict[str, Object], hours: int
) -> None:
    in_use = {path: Entry(one.digest, one.object) for path, one in manifest.items()}

    assert to_delete(unused(site, in_use, listed, NOW), NOW + timedelta(hours=hours)) == []


@given(sites, manifests, listings)
def test_what_the_bucket_lacks_is_put(
    site: dict[str, bytes], manifest: dict[str, Entry], listed: dict[str, Object]
) -> None:
    wanted = to_put(site, manifest, listed)

    assert (
        {path for path in site if path not in listed or path not in manifest} <= wanted.keys() <= site.keys()
    )


@given(sites, manifests, listings)
def test_whatever_is_about_to_be_new_is_named_before(
    site: dict[str, bytes], manifest: dict[str, Entry], listed: dict[str, Object]
) -> None:
    meant = intended(site, manifest, listed, NOW)

    assert all(path in meant or path in listed for path in site)
    assert {path: meant[path] for path in manifest} == manifest


def test_what_is_there_as_it_was_put_is_not_put_again() -> None:
    path, content = "index.html", b"hello"
    known, there = {path: entry(path, content)}, {path: Object(5, "e")}

    assert to_put({path: content}, known, there) == {}
    assert to_put({path: b"other"}, known, there) == {path: b"other"}
    assert to_put({path: content}, known, {}) == {path: content}
    assert to_put({path: content}, known, {path: Object(5, "another")}) == {path: content}
    assert to_put({path: content}, {path: entry(path, content, etag="")}, {path: Object(5, "")}) == {
        path: content
    }


def test_a_day_begins_when_something_goes_out_of_use_and_ends_when_it_comes_back() -> None:
    path, listed = "a.html", {"a.html": Object(1, "e")}
    first = unused((), {path: entry(path, b"1")}, listed, NOW)

    assert to_delete(unused((), first, listed, NOW + KEPT), NOW + KEPT) == [path]
    assert to_delete(unused((), first, listed, NOW + KEPT), NOW + KEPT - timedelta(seconds=1)) == []
    assert unused((path,), first, listed, NOW + KEPT) == {}


def test_a_clock_that_went_back_deletes_nothing() -> None:
    listed = {"a.html": Object(1, "e")}
    gone = unused((), {"a.html": entry("a.html", b"1", since=NOW)}, listed, NOW - timedelta(days=30))

    assert to_delete(gone, NOW - timedelta(days=30)) == []


def test_assets_come_first_and_the_front_page_last() -> None:
    assert stages(
        ["index.html", "b.atom", "fr/index.html", "favicon.svg", "assets/a.0123456789ab.js", "404.html"]
    ) == [
        ["assets/a.0123456789ab.js"],
        ["favicon.svg"],
        ["404.html", "fr/index.html"],
        ["b.atom"],
        ["index.html"],
    ]


# --- headers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("history.atom", "application/atom+xml; charset=utf-8"),
        ("history.rss", "application/rss+xml; charset=utf-8"),
        ("maintenance.ics", "text/calendar; charset=utf-8"),
        ("api/status.json", "application/json; charset=utf-8"),
        ("badges/a.svg", "image/svg+xml; charset=utf-8"),
        ("assets/logo.0123456789ab.PNG", "image/png"),
        ("status.txt", "text/plain; charset=utf-8"),
        ("sitemap.xml", "application/xml; charset=utf-8"),
        ("widget.js", "text/javascript; charset=utf-8"),
        ("assets/style.0123456789ab.css", "text/css; charset=utf-8"),
        ("site.webmanifest", "application/manifest+json; charset=utf-8"),
        ("CNAME", "application/octet-stream"),
        ("what.ever", "application/octet-stream"),
    ],
)
def test_each_kind_of_file_has_its_type(path: str, kind: str) -> None:
    assert headers(path)["Content-Type"] == kind


@pytest.mark.parametrize(
    ("path", "hashed"),
    [
        ("assets/style.0123456789ab.css", True),
        ("assets/my.logo.0123456789ab.svg", True),
        ("assets/style.css", False),
        ("assets/style.0123456789AB.css", False),
        ("style.0123456789ab.css", False),
        ("index.html", False),
    ],
)
def test_only_what_never_changes_may_be_kept_for_a_year(path: str, hashed: bool) -> None:
    assert is_hashed(path) is hashed
    assert headers(path)["Cache-Control"] == (FOR_EVER if hashed else FOR_A_MINUTE)
