import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from statuspage.errors import StatuspageError
from statuspage.lines import checksummed, read_lines
from statuspage.stores import site
from statuspage.stores.base import Records
from statuspage.stores.folder import Folder
from statuspage.stores.site import MARKER, swap

RAW = "raw/2026-11-22/07.ndjson"
APPEND = """
import sys
from pathlib import Path
from statuspage.lines import checksummed
from statuspage.stores.folder import Folder
root, name, times, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for n in range(times):
    Folder(root).append("raw/2026-11-22/07.ndjson", [checksummed({"by": name, "n": n, "x": "x" * size})])
    print(n, flush=True)
"""
SWAP = """
import sys
from pathlib import Path
from statuspage.stores.site import swap
for n in range(int(sys.argv[3])):
    swap({f"{m}.html": sys.argv[2].encode() for m in range(40)}, Path(sys.argv[1]))
    print(n, flush=True)
"""
LIMITED = """
import resource, sys
from pathlib import Path
from statuspage.errors import StatuspageError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    exec(sys.argv[3])
except StatuspageError as error:
    print(error)
"""


def run(*arguments: object) -> subprocess.Popen[str]:
    """A Python process of its own; what it prints comes through a pipe."""
    command = [sys.executable, "-c", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def line(**values: object) -> str:
    return checksummed(values)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "state")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 kB; mounting one takes root."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no right to mount a file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


# --- records in a folder -----------------------------------------------------------------------


def test_what_was_never_written_is_none_and_the_root_is_not_made_by_reading(folder: Folder) -> None:
    assert folder.read(RAW) is None
    assert folder.list("") == []
    assert not folder.root.exists()


def test_appended_lines_stand_one_below_the_other(folder: Folder) -> None:
    records: Records = folder
    records.append(RAW, ["one", "two"])
    records.append(RAW, ["three"])
    records.append(RAW, [])

    assert records.read(RAW) == b"one\ntwo\nthree\n"


def test_a_line_with_a_break_in_it_is_refused(folder: Folder) -> None:
    with pytest.raises(ValueError, match="line break"):
        folder.append(RAW, ["one\ntwo"])


def test_files_are_listed_by_prefix_and_hidden_ones_never(folder: Folder) -> None:
    for path in ("raw/2026-11-22/08.ndjson", RAW, "days/2026-11.ndjson", "raw/2026-11-21/23.ndjson"):
        folder.append(path, ["line"])
    folder.put("schema", b"1\n")
    (folder.root / "raw" / ".schema.new").write_bytes(b"left by a killed run")

    assert folder.list("raw/") == ["raw/2026-11-21/23.ndjson", RAW, "raw/2026-11-22/08.ndjson"]
    assert folder.list("raw/2026-11-21") == ["raw/2026-11-21/23.ndjson"]
    assert folder.list("hours/") == []
    assert folder.list("")[0] == "days/2026-11.ndjson"
    assert folder.list("")[-1] == "schema"


def test_a_put_file_is_replaced_whole(folder: Folder) -> None:
    folder.put("a/schema", b"1\n")
    folder.put("a/schema", b"2\n")

    assert tree(folder.root) == {".lock": b"", "a/schema": b"2\n"}


def test_a_deleted_file_is_gone_with_the_folders_that_it_leaves_empty(folder: Folder) -> None:
    folder.append(RAW, ["one"])
    folder.append("raw/2026-11-23/00.ndjson", ["two"])
    folder.delete(RAW)
    folder.delete(RAW)

    assert folder.list("") == ["raw/2026-11-23/00.ndjson"]
    assert not (folder.root / "raw/2026-11-22").exists()


@pytest.mark.parametrize("torn", ["{", line(n=2)[:-1], "x" * 200_000])
def test_a_torn_tail_is_cut_off_by_the_next_append(folder: Folder, torn: str) -> None:
    folder.append(RAW, [line(n=1)])
    with (folder.root / RAW).open("a") as file:
        file.write(torn)
    folder.append(RAW, [line(n=3)])

    assert folder.read(RAW) == f"{line(n=1)}\n{line(n=3)}\n".encode()


def test_a_file_that_is_nothing_but_a_torn_line_starts_anew(folder: Folder) -> None:
    (folder.root / "raw").mkdir(parents=True)
    (folder.root / "raw/a").write_text(line(n=1)[:-3])
    folder.append("raw/a", [line(n=2)])

    assert folder.read("raw/a") == f"{line(n=2)}\n".encode()


def test_a_complete_line_that_lacks_its_break_alone_is_kept(folder: Folder) -> None:
    folder.append(RAW, [line(n=1)])
    with (folder.root / RAW).open("a") as file:
        file.write(line(n=2))
    folder.append(RAW, [line(n=3)])

    assert folder.read(RAW) == f"{line(n=1)}\n{line(n=2)}\n{line(n=3)}\n".encode()


def test_two_processes_that_append_at_once_lose_nothing(folder: Folder) -> None:
    writers = [run(APPEND, folder.root, name, 60, 3000) for name in "abc"]
    assert [writer.communicate()[0].count("\n") for writer in writers] == [60, 60, 60]

    kept, trouble = read_lines(folder.read(RAW) or b"", RAW)

    assert trouble == []
    assert sorted((one["by"], one["n"]) for one in kept) == [(name, n) for name in "abc" for n in range(60)]


def test_a_killed_process_leaves_each_line_whole_or_absent(folder: Folder) -> None:
    confirmed = []
    for kill in range(8):
        writer = run(APPEND, folder.root, f"run{kill}", 10_000, 400_000)
        assert writer.stdout
        for _ in range(kill % 3 + 1):
            confirmed.append((f"run{kill}", int(writer.stdout.readline())))
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    folder.append(RAW, [line(by="last", n=0)])

    kept, trouble = read_lines(folder.read(RAW) or b"", RAW)

    assert trouble == []
    assert {(one["by"], one["n"]) for one in kept} >= {*confirmed, ("last", 0)}


def test_a_full_disk_is_named_and_leaves_every_record_as_it_was(small_disk: Path) -> None:
    folder = Folder(small_disk / "state")
    folder.append(RAW, [line(n=1)])
    folder.put("schema", b"1\n")
    before = tree(small_disk)
    attempts: list[Callable[[], object]] = [
        lambda: folder.append(RAW, [line(n=2, x="x" * 300_000)]),
        lambda: folder.append("raw/2026-11-22/08.ndjson", [line(n=2, x="x" * 300_000)]),
        lambda: folder.put("schema", b"2" * 300_000),
    ]
    for attempt in attempts:
        with pytest.raises(StatuspageError, match=r"disk/state/.*No space left on device"):
            attempt()

        assert tree(small_disk) == before


@pytest.mark.parametrize(
    "attempt",
    [
        f"append({RAW!r}, ['y' * 90_000])",
        "append('raw/2026-11-22/08.ndjson', ['y' * 90_000])",
        "put('schema', b'2' * 90_000)",
    ],
)
def test_a_write_that_breaks_off_in_the_middle_is_taken_back(folder: Folder, attempt: str) -> None:
    folder.append(RAW, ["x" * 1000])
    folder.put("schema", b"1\n")
    before = tree(folder.root)
    code = f"from statuspage.stores.folder import Folder; Folder(Path(sys.argv[1])).{attempt}"
    said = run(LIMITED, folder.root, 50_000, code).communicate()[0]

    assert os.strerror(errno.EFBIG) in said
    assert str(folder.root) in said
    assert tree(folder.root) == before


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a//b", "a/../b", ".lock", "a/.b", "a\\b", "a\0b", "", "a/", "a\nb"]
)
def test_paths_that_leave_the_root_are_refused(folder: Folder, path: str) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: folder.read(path),
        lambda: folder.append(path, ["x"]),
        lambda: folder.put(path, b""),
        lambda: folder.delete(path),
    ]
    for attempt in attempts:
        with pytest.raises(StatuspageError, match="not a plain path"):
            attempt()
    assert not folder.root.exists()


def test_symbolic_links_below_the_root_are_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "secret").write_text("secret")
    folder.root.mkdir()
    (folder.root / "raw").symlink_to(tmp_path / "elsewhere")
    (folder.root / "schema").symlink_to(tmp_path / "secret")
    attempts: list[Callable[[], object]] = [
        lambda: folder.read("schema"),
        lambda: folder.append(RAW, ["x"]),
        lambda: folder.put("schema", b"x"),
        lambda: folder.delete("schema"),
        lambda: folder.list("raw/"),
        lambda: folder.list(""),
    ]
    for attempt in attempts:
        with pytest.raises(StatuspageError, match="symbolic link"):
            attempt()
    assert tree(tmp_path) == {"secret": b"secret", "state/schema": b"secret"}
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_where_a_file_should_be_is_an_error_of_ours(folder: Folder) -> None:
    folder.append(RAW, ["x"])
    attempts: list[Callable[[], object]] = [
        lambda: folder.read("raw"),
        lambda: folder.append("raw", ["x"]),
        lambda: folder.put("raw", b"x"),
        lambda: folder.delete("raw"),
        lambda: folder.append(f"{RAW}/x", ["x"]),
        lambda: folder.read("x" * 300),
    ]
    for attempt in attempts:
        with pytest.raises(StatuspageError, match=r"cannot (read|write|remove) it"):
            attempt()
    assert tree(folder.root) == {".lock": b"", RAW: b"x\n"}


# --- a site swapped in whole -------------------------------------------------------------------


def test_a_site_replaces_the_one_before_it_whole(tmp_path: Path) -> None:
    out = tmp_path / "a" / "_site"
    swap({"index.html": b"old", "gone/index.html": b"old"}, out)
    swap({"index.html": b"new", "components/api/index.html": b"new"}, out)

    found = tree(out)
    assert found.pop(MARKER)
    assert found == {"index.html": b"new", "components/api/index.html": b"new"}
    assert [p.name for p in out.parent.iterdir()] == ["_site"]


def test_an_empty_folder_may_become_a_site(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    out.mkdir()
    swap({"index.html": b"new"}, out)

    assert (out / "index.html").read_bytes() == b"new"


def test_a_link_to_the_sites_folder_stays_a_link(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    (tmp_path / "web").mkdir()
    out.symlink_to(tmp_path / "web")
    swap({"index.html": b"new"}, out)

    assert out.is_symlink()
    assert (tmp_path / "web" / "index.html").read_bytes() == b"new"


def test_a_folder_that_is_no_site_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    (tmp_path / "file").write_text("text")
    before = tree(tmp_path)

    with pytest.raises(StatuspageError, match="no site of ours"):
        swap({"index.html": b"new"}, tmp_path / "home")
    with pytest.raises(StatuspageError, match="is a file"):
        swap({"index.html": b"new"}, tmp_path / "file")
    with pytest.raises(StatuspageError, match="cannot be written"):
        swap({"index.html": b"new"}, tmp_path / "file" / "site")
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a//b", "a/./b", "", "a/", "a\\b", "a\0b", "a\nb", MARKER, "index.html/x"]
)
def test_names_that_leave_the_site_are_refused(tmp_path: Path, name: str) -> None:
    swap({"index.html": b"old"}, tmp_path / "_site")
    before = tree(tmp_path)

    with pytest.raises(StatuspageError, match="no name for a file of the site"):
        swap({"index.html": b"new", name: b"x"}, tmp_path / "_site")
    assert tree(tmp_path) == before


def test_a_loop_of_links_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "_site").symlink_to(tmp_path / "_site")

    with pytest.raises(StatuspageError, match="cannot be written"):
        swap({"index.html": b"new"}, tmp_path / "_site")


def test_a_full_disk_leaves_the_old_site_and_no_litter(small_disk: Path) -> None:
    out = small_disk / "_site"
    swap({"index.html": b"old"}, out)
    before = tree(small_disk)

    with pytest.raises(StatuspageError, match=r"_site: .*No space left on device"):
        swap({"index.html": b"new", "big": b"x" * 300_000}, out)
    assert tree(small_disk) == before
    assert list(small_disk.iterdir()) == [out]


def test_a_mounted_disk_cannot_be_swapped_and_stays_as_it_is(small_disk: Path) -> None:
    with pytest.raises(StatuspageError, match=r"disk: .*busy"):
        swap({"index.html": b"new"}, small_disk)
    assert list(small_disk.parent.iterdir()) == [small_disk]
    assert list(small_disk.iterdir()) == []


def test_a_site_that_cannot_be_written_whole_is_not_there_at_all(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    swap({"index.html": b"old"}, out)
    before = tree(tmp_path)
    code = (
        "from statuspage.stores.site import swap; "
        "swap({'index.html': b'new', 'big': b'x' * 90_000}, Path(sys.argv[1]))"
    )
    said = run(LIMITED, out, 50_000, code).communicate()[0]

    assert os.strerror(errno.EFBIG) in said
    assert tree(tmp_path) == before
    assert list(tmp_path.iterdir()) == [out]


def test_sites_swapped_at_once_are_each_whole(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    writers = [run(SWAP, out, name, 10) for name in ("one", "two")]
    assert [writer.communicate()[0].count("\n") for writer in writers] == [10, 10]

    found = tree(out)
    del found[MARKER]
    assert len(found) == 40
    assert len(set(found.values())) == 1
    assert list(tmp_path.iterdir()) == [out]


def test_a_killed_swap_leaves_a_whole_site_and_the_next_one_tidies_up(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    for kill in range(6):
        writer = run(SWAP, out, f"run{kill}", 10_000)
        assert writer.stdout
        for _ in range(kill + 1):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        found = tree(out)
        del found[MARKER]
        assert len(found) == 40
        assert set(found.values()) == {f"run{kill}".encode()}
    swap({"index.html": b"new"}, out)

    assert list(tmp_path.iterdir()) == [out]


def test_an_old_site_that_a_killed_run_set_aside_comes_back(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    swap({"index.html": b"old"}, out)
    out.rename(tmp_path / "._site.old-123")
    (tmp_path / "._site.new-123").mkdir()
    (tmp_path / "._site.new-keep").mkdir()

    with pytest.raises(StatuspageError, match="cannot be written: File name too long"):
        swap({"x" * 300: b"new"}, out)
    assert (out / "index.html").read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["._site.new-keep", "_site"]


def test_two_renames_do_where_the_system_cannot_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "RENAME_EXCHANGE", 1 << 20)  # a flag that no kernel knows: EINVAL
    out = tmp_path / "_site"
    for content in (b"one", b"two"):
        swap({"index.html": content}, out)

        assert (out / "index.html").read_bytes() == content
        assert list(tmp_path.iterdir()) == [out]
