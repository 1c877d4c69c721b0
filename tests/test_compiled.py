"""Templates of pages are compiled once, and code is read from nowhere but the package."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from statuspage.outputs.templates import Compiled


def _compiling(folder: Path, compiled: Path) -> tuple[str, int]:
    """The page, and how many templates were compiled for it."""
    count = 0

    class Counting(Environment):
        def compile(self, *args: Any, **more: Any) -> Any:
            nonlocal count
            count += 1
            return super().compile(*args, **more)

    made = Counting(loader=FileSystemLoader(folder), bytecode_cache=Compiled(compiled))
    return made.get_template("a.html").render(), count


def test_a_template_of_ours_is_compiled_once(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ 1 + 1 }}")
    assert [_compiling(tmp_path, tmp_path) for _ in range(2)] == [("2", 1), ("2", 0)]
    (tmp_path / "a.html").write_text("{{ 1 + 2 }}")
    assert _compiling(tmp_path, tmp_path) == ("3", 1)


def test_compiled_templates_that_are_broken_are_compiled_again(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ 1 + 1 }}")
    _compiling(tmp_path, tmp_path)
    (file,) = (tmp_path / "__pycache__").iterdir()
    whole = file.read_bytes()
    for broken in (b"", whole[:14], whole[:40], whole[:-9], b"\0" * len(whole), whole[:20] + b"\xff" * 90):
        file.write_bytes(broken)
        assert _compiling(tmp_path, tmp_path) == ("2", 1)


def test_templates_are_compiled_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ 1 + 1 }}")
    (tmp_path / "__pycache__").write_text("in the way")
    assert [_compiling(tmp_path, tmp_path) for _ in range(2)] == [("2", 1), ("2", 1)]


def test_no_code_is_kept_of_or_read_beside_templates_of_an_operator(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    ours.mkdir()
    (theirs / "a.html").write_text("{{ 1 + 1 }}")
    assert [_compiling(theirs, ours) for _ in range(2)] == [("2", 1), ("2", 1)]
    assert [path.name for path in tmp_path.rglob("*")] == ["theirs", "ours", "a.html"]
