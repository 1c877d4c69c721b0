"""What the action installs: pinned, hashed, and what pyproject.toml asks for. `make lock` writes the files."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ACTION = ROOT / ".github/actions/statuspage"
RELEASE = ROOT / ".github/release/requirements.txt"
LOCKS = sorted([*ACTION.glob("requirements*.txt"), RELEASE])
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = ("probes", "notify", "cloud", "drill")
PIN = re.compile(r"[a-z0-9.-]+==[0-9][^ ]*( ; [^;]+)?( --hash=sha256:[0-9a-f]{64})+")


def entries(path: Path) -> list[str]:
    """Each requirement on one line, its hashes behind it."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def pinned(*paths: Path) -> dict[str, Requirement]:
    found = (Requirement(entry.partition(" --hash=")[0]) for path in paths for entry in entries(path))
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def unmet(asked: list[str], locked: dict[str, Requirement]) -> list[str]:
    """What a lock lacks, or has in a version that was not asked for."""
    return [
        text
        for text in asked
        for wanted in [Requirement(text)]
        for pin in [locked.get(canonicalize_name(wanted.name))]
        if pin is None or not wanted.specifier.contains(next(iter(pin.specifier)).version, prereleases=True)
    ]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_line_of_a_lock_is_one_version_with_its_hashes(path: Path) -> None:
    assert entries(path)
    assert [entry for entry in entries(path) if not PIN.fullmatch(entry)] == []


def test_there_is_a_lock_for_each_extra_and_for_nothing_else() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"].keys() - {"all", "dev"}

    assert extras == set(EXTRAS)
    names = {"requirements.txt", *(f"requirements-{name}.txt" for name in (*EXTRAS, "build"))}
    assert {path.name for path in ACTION.glob("requirements*.txt")} == names


def test_the_core_lock_has_what_the_package_depends_on() -> None:
    assert unmet(PYPROJECT["project"]["dependencies"], pinned(ACTION / "requirements.txt")) == []


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extras_lock_adds_to_the_core_and_repeats_nothing(extra: str) -> None:
    core, added = pinned(ACTION / "requirements.txt"), pinned(ACTION / f"requirements-{extra}.txt")

    assert unmet(PYPROJECT["project"]["optional-dependencies"][extra], core | added) == []
    assert core.keys() & added.keys() == set()


def test_what_builds_the_package_and_feedgen_is_locked() -> None:
    assert (
        unmet(
            [*PYPROJECT["build-system"]["requires"], "setuptools>=77"],
            pinned(ACTION / "requirements-build.txt"),
        )
        == []
    )


def test_what_lists_the_parts_of_a_release_is_locked() -> None:
    assert unmet(["cyclonedx-bom>=7"], pinned(RELEASE)) == []


def test_no_two_locks_name_two_versions_of_one_package() -> None:
    versions: dict[str, set[str]] = {}
    for path in LOCKS:
        for name, requirement in pinned(path).items():
            versions.setdefault(name, set()).add(str(requirement.specifier))

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_a_lock_that_lacks_a_package_or_has_an_old_one_is_seen() -> None:
    locked = {"click": Requirement("click==8.3.0")}

    assert unmet(["click>=8.4", "nh3>=0.2", "click"], locked) == ["click>=8.4", "nh3>=0.2"]


@pytest.mark.parametrize(
    "line",
    [
        "click>=8.4 --hash=sha256:" + "0" * 64,
        "click==8.5.1",
        "click==8.5.1 --hash=md5:" + "0" * 32,
        "-e .",
        "--extra-index-url https://example.org/simple",
        "click @ https://example.org/click.whl --hash=sha256:" + "0" * 64,
    ],
)
def test_what_is_not_pinned_and_hashed_does_not_pass(line: str) -> None:
    assert not PIN.fullmatch(line)


@pytest.mark.parametrize(
    ("words", "says"), [([], "usage: install"), (["venv", ".", "everything"], "no extra 'everything'")]
)
def test_install_refuses_what_it_does_not_know_before_it_makes_anything(
    tmp_path: Path, words: list[str], says: str
) -> None:
    done = subprocess.run([ACTION / "install", *words], cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 2
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []
