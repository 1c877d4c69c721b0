"""What a run's object and a rollup's manifest say, as bytes."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.errors import StatuspageError, Where
from statuspage.lines import checksummed
from statuspage.stores import bucket_rollup as rollups
from statuspage.stores import bucket_runs as runs
from statuspage.stores.bucket_rollup import Rollup
from statuspage.stores.staged import Append, Change, Put, after

HERE = Where("s3://bucket/object")
NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
NONCE = 16 * "a"

texts = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=5)
paths = st.sampled_from(["raw/2026-11-22/07.ndjson", "raw/2026-11-22/08.ndjson", "ledger.ndjson", "kept/a"])
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(Append, paths, st.lists(texts, min_size=1, max_size=3).map(tuple)),
    st.builds(Put, paths, st.one_of(st.none(), st.binary(max_size=9))),
)
histories = st.lists(st.lists(changes, max_size=4), max_size=6)


def one_by_one(history: list[list[Change]]) -> dict[str, bytes]:
    files: dict[str, bytes | None] = {}
    for change in (change for written in history for change in written):
        files[change.path] = after(files.get(change.path), [change])
    return {path: data for path, data in files.items() if data is not None}


@given(histories, st.integers(0, 6))
def test_runs_and_a_rollup_anywhere_between_give_what_writing_one_by_one_gives(
    history: list[list[Change]], rolled_up: int
) -> None:
    files: dict[str, bytes | None] = {}
    old = Rollup()
    objects: dict[str, bytes] = {}
    for n, written in enumerate(history):
        run = runs.decode(runs.encode(runs.parted(written, _before(files, written)), "why"), HERE)
        files |= {path: runs.applied(files.get(path), part) for path, part in run.items()}
        if n == rolled_up:
            old, objects = _rolled(old, objects, files)
            files = {**_files(old, objects)}
    old, objects = _rolled(old, objects, files)

    assert _files(old, objects) == one_by_one(history)


@given(histories)
def test_a_run_and_a_manifest_have_the_same_bytes_each_time(history: list[list[Change]]) -> None:
    for written in history:
        run = runs.parted(written, _before({}, written))
        assert runs.encode(run, "") == runs.encode(dict(reversed([*run.items()])), "")
        assert runs.decode(runs.encode(run, ""), HERE) == run


def _before(files: Mapping[str, bytes | None], written: list[Change]) -> dict[str, bytes | None]:
    return {change.path: files.get(change.path) for change in written}


def _rolled(
    old: Rollup, objects: Mapping[str, bytes], files: Mapping[str, bytes | None]
) -> tuple[Rollup, dict[str, bytes]]:
    there = _files(old, objects)
    packs, new = rollups.rolled(old, files, there.__getitem__, NONCE)
    made = rollups.read(rollups.write(Rollup(packs, {"runs/x": NOW})), HERE)
    assert made.runs == {"runs/x": NOW}
    return made, {**objects, **new}


def _files(rollup: Rollup, objects: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        path: data
        for pack in rollup.packs
        for path, data in rollups.unpack(pack, objects[pack.name], HERE).items()
    }


def test_what_did_not_change_stays_where_it_is() -> None:
    packs, _ = rollups.rolled(
        Rollup(), {"raw/2026-11-22/07.ndjson": b"a\n", "ledger.ndjson": b"b\n"}, _none, NONCE
    )
    old = Rollup(packs)
    there = {"raw/2026-11-22/07.ndjson": b"a\n", "ledger.ndjson": b"b\n"}
    again, new = rollups.rolled(old, {**there, "gone": None}, there.__getitem__, 16 * "b")
    assert (again, new) == (packs, {})

    again, new = rollups.rolled(old, {"ledger.ndjson": b"b\nc\n"}, there.__getitem__, 16 * "b")
    assert [one.files for one in again] == [(("ledger.ndjson", 4),), packs[1].files]
    assert again[1] == packs[1]
    assert len(new) == 1


def _none(path: str) -> bytes:
    raise AssertionError(path)


def test_a_name_sorts_behind_those_that_its_run_has_seen() -> None:
    plain = runs.name(NOW, NONCE, [])
    assert plain == f"runs/2026-11-22/140500.000000-{NONCE}.ndjson.gz"
    assert runs.NAME.fullmatch(plain)
    ahead = runs.name(NOW + timedelta(days=400), NONCE, ["runs/mine.txt"])

    assert runs.name(NOW, NONCE, [plain]) > plain
    assert runs.name(NOW, NONCE, [ahead, plain]) > ahead
    assert runs.name(NOW, NONCE, []) == plain


def test_what_another_run_did_not_know_of_is_laid_on_top_once() -> None:
    ours = runs.parted([Append("x", ("a", "b"))], {"x": b"1\n"})["x"]

    assert runs.applied(b"1\n", ours) == b"1\na\nb\n"
    assert runs.applied(b"1\na\n2\n", ours) == b"1\na\n2\nb\n"
    assert runs.applied(None, ours) == b"a\nb\n"
    assert runs.applied(b"2\na\n", ours) == b"2\na\nb\n"
    assert runs.applied(b"a\n", runs.parted([Append("x", ("a",))], {"x": b"a\n"})["x"]) == b"a\na\n"


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([], "has schema None"),
        ([{"schema": 2, "files": 0}], "has schema 2, this version knows 1"),
        ([{"schema": 1, "files": 1}], "is torn"),
        ([{"schema": 1, "files": 1}, {"path": "x"}], "is no run of ours"),
        ([{"schema": 1}], "is no run of ours"),
        ([{"schema": 1, "files": 1}, {"path": "x", "before": 7, "changes": []}], "is no run of ours"),
        ([{"schema": 1, "files": 1}, {"path": "x", "before": [0, ""], "changes": [7]}], "is no run of ours"),
        (
            [{"schema": 1, "files": 1}, {"path": "x", "before": [0, ""], "changes": [["move"]]}],
            "is no run of ours",
        ),
        (
            [{"schema": 1, "files": 1}, {"path": "x", "before": [0, ""], "changes": [["put64", "?"]]}],
            "no run of ours",
        ),
        (
            [{"schema": 1, "files": 1}, {"path": "x", "before": [0, ""], "changes": [["append"]]}],
            "no run of ours",
        ),
    ],
)
def test_what_is_no_run_is_refused_with_its_place(lines: list[dict[str, object]], what: str) -> None:
    data = runs.packed("".join(f"{checksummed(line)}\n" for line in lines).encode())
    with pytest.raises(StatuspageError, match=what) as told:
        runs.decode(data, HERE)
    assert "s3://bucket/object" in str(told.value)


@pytest.mark.parametrize("path", ["../x", "/etc/x", ".hidden", "a//b", ""])
def test_a_run_leads_to_no_path_that_a_store_would_not_take(path: str) -> None:
    row = {"path": path, "before": [0, ""], "changes": [["put", "x"]]}
    data = runs.packed(f"{checksummed({'schema': 1, 'files': 1})}\n{checksummed(row)}\n".encode())
    with pytest.raises(StatuspageError):
        runs.decode(data, HERE)


@given(st.binary(max_size=200))
def test_foreign_octets_are_refused(data: bytes) -> None:
    for given_ in (data, runs.packed(data)):
        with pytest.raises(StatuspageError):
            runs.decode(given_, HERE)
    with pytest.raises(StatuspageError):
        rollups.read(data, HERE)


def test_each_flipped_octet_of_a_run_a_pack_or_a_manifest_is_found() -> None:
    run = runs.parted([Append("x", ("a", "b")), Put("y", b"\xff")], {"x": None, "y": None})
    pack, packed = rollups.pack({"x": b"a\n"}, NONCE)
    rollup = Rollup((pack,))
    for spoilt in _spoilt(runs.encode(run, "why")):
        with suppress(StatuspageError):
            assert runs.decode(spoilt, HERE) == run  # a flag in gzip's head that nobody reads
    for spoilt in _spoilt(packed):
        with pytest.raises(StatuspageError, match="broken"):
            rollups.unpack(pack, spoilt, HERE)
    for spoilt in _spoilt(rollups.write(rollup).rstrip()):
        with pytest.raises(StatuspageError, match="broken"):
            rollups.read(spoilt, HERE)


def _spoilt(data: bytes) -> Iterator[bytes]:
    return (data[:n] + bytes([data[n] ^ 4]) + data[n + 1 :] for n in range(len(data)))


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST", 1000)
    assert runs.unpacked(runs.packed(1000 * b"x"), HERE) == 1000 * b"x"
    with pytest.raises(StatuspageError, match="too much"):
        runs.unpacked(runs.packed(1_000_000 * b"x"), HERE)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"packs": [], "runs": {}},
        {"packs": [["blobs/x"]], "runs": {}, "unused": {}},
        {"packs": [["blobs/x", []]], "runs": {}, "unused": {}},
        {"packs": [["blobs/x", [["x", -1]]]], "runs": {}, "unused": {}},
        {"packs": [], "runs": {"x": "2026-11-22"}, "unused": {}},
        {"packs": [], "runs": {"x": "soon"}, "unused": {}},
        {"packs": [], "runs": [], "unused": {}},
    ],
)
def test_what_is_no_manifest_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(StatuspageError, match="none of ours"):
        rollups.read(checksummed({"schema": 1, **told}).encode(), HERE)


def test_locks_and_manifests_are_known_by_their_names() -> None:
    names = [
        rollups.name(3),
        rollups.name(12),
        "rollup/x.json",
        rollups.lock(13, 1),
        rollups.lock(13, 10),
        "y",
    ]

    assert rollups.newest(names) == 12
    assert rollups.newest(["y"]) is None
    assert rollups.turns(names, 13) == [1, 10]
    assert [name for name in names if rollups.is_before(name, 13)] == [rollups.name(3), rollups.name(12)]


def test_nothing_expires_within_a_day() -> None:
    made = Rollup(runs={"runs/a": NOW}, unused={"blobs/b": NOW - timedelta(hours=1)})

    assert rollups.expired(made, NOW + timedelta(hours=22, minutes=59)) == []
    assert rollups.expired(made, NOW + timedelta(hours=23)) == ["blobs/b"]
    assert rollups.expired(made, NOW + timedelta(hours=24)) == ["blobs/b", "runs/a"]
