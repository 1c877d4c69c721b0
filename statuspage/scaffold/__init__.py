"""The files that a new status page starts from; written once, never rewritten."""

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from statuspage import __version__
from statuspage.errors import Problem, Problems, Where
from statuspage.scaffold.installing import stamped, with_install

WORKFLOWS = ".github/workflows/"
FILES: Mapping[str, str] = {  # in the new folder: in this package
    "components.yaml": "components.yaml",
    "incidents/README.md": "incidents.md",
    ".github/workflows/status.yml": "status.yml",
    ".github/workflows/incident.yml": "incident.yml",
    ".github/workflows/check.yml": "check.yml",
    ".github/workflows/upkeep.yml": "upkeep.yml",
    ".github/workflows/drill.yml": "drill.yml",
    ".gitignore": "gitignore",
}
OWN = (  # this repository has the same: in the wheel they lie in `own/`, in a checkout where they are used
    ".github/ISSUE_TEMPLATE/incident.yml",
    ".github/workflows/comment.yml",
    "incidents/_templates/answers-empty.md",
    "incidents/_templates/model-provider-down.md",
    "incidents/_templates/planned-work.md",
    "incidents/_templates/slow-answers.md",
    "incidents/_templates/webhook-token-expired.md",
)


def scaffold(
    folder: Path, *, name: str, url: str, component: str, target: str, id: str, year: int
) -> list[str]:
    """Write a working repository into `folder`; the paths written, in order.

    Raises Problems naming every file that is already there; then nothing is written.
    """
    there = [path for path in (*FILES, *OWN) if path != ".gitignore" and (folder / path).exists()]
    if there:
        raise Problems(
            [
                Problem("is there already", Where(str(folder / path)), "choose an empty folder")
                for path in there
            ]
        )
    words = {
        "@NAME@": _scalar(name),
        "@URL@": _scalar(url.rstrip("/")),
        "@COMPONENT@": _scalar(component),
        "@TARGET@": _scalar(target),
        "@ID@": id,
        "@YEAR@": str(year),
    }
    written = []
    for path, source in _sources():
        text = _text(source)
        for mark, word in words.items():
            text = text.replace(mark, word)
        goal = folder / path
        goal.parent.mkdir(parents=True, exist_ok=True)
        if path == ".gitignore" and goal.exists():
            text = _added(goal.read_text("utf-8"), text)
        goal.write_text(text, "utf-8")
        written.append(path)
    return written


def workflows() -> Mapping[str, str]:
    """The workflows as this version ships them, by file name."""
    return {
        path.removeprefix(WORKFLOWS): _text(source)
        for path, source in _sources()
        if path.startswith(WORKFLOWS)
    }


def _sources() -> Iterator[tuple[str, Traversable]]:
    """Each path in the new folder, and the file that it is made from."""
    here = resources.files(__package__)
    packed = here / "own"
    own: Traversable = packed if packed.is_dir() else Path(__file__).parents[2]
    yield from ((path, here / source) for path, source in FILES.items())
    yield from ((path, own.joinpath(*path.split("/"))) for path in OWN)


def _text(source: Traversable) -> str:
    """A file's text; a workflow says how this very version is installed."""
    return with_install(source.read_text("utf-8"), stamped(), __version__)


def _scalar(text: str) -> str:
    """A YAML double-quoted scalar; JSON's is one (YAML 1.2 §1.3)."""
    return json.dumps(text, ensure_ascii=False)


def _added(there: str, wanted: str) -> str:
    missing = [line for line in wanted.splitlines() if line not in there.splitlines()]
    return (
        there + ("" if there.endswith("\n") or not there else "\n") + "".join(f"{line}\n" for line in missing)
    )
