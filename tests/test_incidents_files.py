"""The folder of incident files: what is read, what is left out, what is refused."""

import os
from pathlib import Path

import pytest

from statuspage.errors import StatuspageError
from statuspage.incidents import collect


def test_markdown_files_are_collected_by_path(tmp_path: Path) -> None:
    folder = tmp_path / "incidents"
    folder.mkdir()
    for name in ("b.md", "a.MD", "README.md", "_draft.md", ".hidden.md", "notes.txt"):
        (folder / name).write_bytes(b"x")

    assert collect(folder) == ({"incidents/a.MD": b"x", "incidents/b.md": b"x"}, [])


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert collect(tmp_path / "incidents") == ({}, [])


def test_a_folder_that_cannot_be_listed_is_an_error_and_not_a_folder_without_incidents(
    tmp_path: Path,
) -> None:
    (tmp_path / "incidents").write_bytes(b"")

    with pytest.raises(StatuspageError, match="error: incidents: cannot be read"):
        collect(tmp_path / "incidents")


def test_links_pipes_and_folders_are_neither_followed_nor_waited_for(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link.md").symlink_to(tmp_path / "secret")
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.md")
    files, problems = collect(tmp_path)

    assert not files
    said = {problem.where.path.split("/")[1]: problem.what for problem in problems if problem.where}
    assert said == {"folder.md": "is no file", "link.md": "is a symbolic link", "pipe.md": "is no file"}


def test_a_file_that_is_far_too_long_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "long.md").write_bytes(b"a" * 5_000_000)
    files, problems = collect(tmp_path)

    assert not files
    assert problems[0].what == "longer than 81000 octets"


def test_a_folder_below_is_named_in_a_warning(tmp_path: Path) -> None:
    (tmp_path / "2026").mkdir()
    (tmp_path / "_templates").mkdir()
    _, problems = collect(tmp_path)

    assert [(problem.what, problem.warning) for problem in problems] == [
        ("folders in here are not read", True)
    ]


def test_a_name_that_no_terminal_should_print_is_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / "a\n::error::x.md").write_bytes(b"")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.md")).write_bytes(b"")
    files, _ = collect(tmp_path)

    assert sorted(files) == [f"{tmp_path.name}/a\\n::error::x.md", f"{tmp_path.name}/b\\udcff.md"]
