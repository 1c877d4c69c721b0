"""The release workflow's own steps, in order, on a tagged clone; what needs a registry runs in CI alone."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from statuspage import __version__

ROOT = Path(__file__).parents[1]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
TAG = f"v{__version__}"
TOOLS, LISTER = "Fetch the tools, each by its hash", "Fetch the lister, each file by its hash"
FETCHES = {TOOLS, LISTER, "Try the wheel"}  # from a package registry
GIT = {
    **{f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    **{f"GIT_{who}_DATE": "2026-11-22T14:05:00Z" for who in ("AUTHOR", "COMMITTER")},
}


@dataclass(frozen=True, slots=True)
class Runner:
    """A machine on which one job after the other runs; only its work folder is handed on."""

    work: Path
    temp: Path

    def __call__(self, name: str, **words: str) -> subprocess.CompletedProcess[str]:
        known = {s["name"]: s["run"] for j in WORKFLOW["jobs"].values() for s in j["steps"] if "run" in s}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-c", known[name]],
            cwd=self.work,
            env={
                "PATH": f"{self.temp / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.temp),
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
                "GITHUB_REPOSITORY": "example/statuspage",
                "GITHUB_REF_NAME": TAG,
                **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
                **words,
            },
            capture_output=True,
            text=True,
        )


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **GIT},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in this checkout, as a repository whose main has the version's tag."""
    folder = tmp_path_factory.mktemp("origin")
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    log = folder / "CHANGELOG.md"
    log.write_text(
        re.sub(
            r"^## \[Unreleased\]$",
            f"\\g<0>\n\n## [{__version__}] - 2026-11-22",
            log.read_text("utf-8"),
            count=1,
            flags=re.M,
        )
    )
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Everything")
    git(folder, "tag", TAG)
    return folder


def clone(origin: Path, folder: Path) -> Runner:
    git(origin, "clone", "-q", str(origin), str(folder / "work"))
    (folder / "temp/bin").mkdir(parents=True)
    if "CI" not in os.environ:
        for name in ("tools", "lister"):
            (folder / "temp" / name).symlink_to(sys.prefix)
    return Runner(folder / "work", folder / "temp")


@pytest.fixture
def runner(origin: Path, tmp_path: Path) -> Runner:
    return clone(origin, tmp_path)


def change(runner: Runner, name: str, old: str, new: str) -> None:
    path = runner.work / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.timeout(600)  # in CI it fetches each package and tries the wheel
def test_every_step_of_a_release_runs_in_order(runner: Runner) -> None:
    (gh := runner.temp / "bin/gh").write_text('#!/bin/sh\nprintf "%s\\n" "$@" >"$RUNNER_TEMP/gh.txt"\n')
    gh.chmod(0o755)
    for job in WORKFLOW["jobs"].values():
        for step in job["steps"]:
            if "run" in step and ("CI" in os.environ or step["name"] not in FETCHES):
                done = runner(step["name"])
                assert done.returncode == 0, f"{step['name']}: {done.stdout}{done.stderr}"

    names = {
        path.relative_to(runner.work / "release").as_posix()
        for path in (runner.work / "release").rglob("*")
        if path.is_file()
    }
    base = f"dist/chatbot_statuspage-{__version__}"
    assert names == {f"{base}.tar.gz", f"{base}-py3-none-any.whl", "sbom.cdx.json", "notes.md"}
    asked = (runner.temp / "gh.txt").read_text().split("\n")
    assert asked[:3] == ["release", "create", TAG]
    assert "--verify-tag" in asked and "--prerelease" not in asked
    assert {f"release/{name}" for name in names - {"notes.md"}} <= set(asked)


@pytest.mark.parametrize(("tag", "early"), [("v1.2.3", False), ("v1.3.0rc1", True), ("v2.0.0.dev1", True)])
def test_a_version_with_a_letter_is_released_as_one_to_try(runner: Runner, tag: str, early: bool) -> None:
    (gh := runner.temp / "bin/gh").write_text("#!/bin/sh\necho $*\n")
    gh.chmod(0o755)
    done = runner("Release", GITHUB_REF_NAME=tag)

    assert ("--prerelease" in done.stdout.split()) is early


@pytest.mark.parametrize("tag", ["v0.1.1", "v0.1", f"{TAG}-final", "v"])
def test_a_tag_that_is_not_the_version_stops_it(runner: Runner, tag: str) -> None:
    done = runner("Compare tag, version, changelog and branch", GITHUB_REF_NAME=tag)

    assert done.returncode == 1
    assert done.stdout.startswith(f"::error file=pyproject.toml::The version is {__version__}")


@pytest.mark.parametrize("under", ["", "\n \n\n"])
def test_a_version_without_words_in_the_changelog_stops_it(runner: Runner, under: str) -> None:
    text = (runner.work / "CHANGELOG.md").read_text("utf-8")
    head = text[: text.index(f"## [{__version__}]")]
    (runner.work / "CHANGELOG.md").write_text(
        f"{head}## [{__version__}]\n{under}## [0.0.9]\n\n- Older.\n" if under else head
    )
    done = runner("Compare tag, version, changelog and branch")

    assert done.returncode == 1
    assert done.stdout.startswith("::error file=CHANGELOG.md::")


def test_the_notes_are_the_versions_own_part_of_the_changelog(runner: Runner) -> None:
    other = f"## [{__version__}0]\n\n- Other.\n"
    words = f"## [Unreleased]\n\n- Later.\n\n## [{__version__}] - 2026-11-22\n\n- Now.\n\n{other}"
    (runner.work / "CHANGELOG.md").write_text(words)
    runner("Compare tag, version, changelog and branch")

    assert (runner.work / "release/notes.md").read_text().split("\n") == ["", "- Now.", "", ""]


def test_a_commit_that_is_not_on_main_stops_it(runner: Runner) -> None:
    git(runner.work, "commit", "-q", "--allow-empty", "-m", "On the side")
    done = runner("Compare tag, version, changelog and branch")

    assert done.returncode == 1
    assert "This commit is not on main" in done.stdout


def test_the_same_commit_gives_the_same_bytes(origin: Path, tmp_path: Path) -> None:
    found = []
    for name, mode in (("one", 0o022), ("another", 0o077)):
        before = os.umask(mode)  # a clone's modes follow it
        try:
            runner = clone(origin, tmp_path / name)
        finally:
            os.umask(before)
        for path in runner.work.rglob("*.py"):
            os.utime(path, (0, 1_000_000_000 + mode))
        if "CI" in os.environ:
            assert (done := runner(TOOLS)).returncode == 0, done.stderr
        assert (done := runner("Build")).returncode == 0, done.stderr
        found.append(
            {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in (runner.work / "release/dist").iterdir()
            }
        )

    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_what_is_packed_is_what_the_commit_has(runner: Runner) -> None:
    if "CI" in os.environ:
        runner(TOOLS)
    runner("Build")
    [wheel], [source] = (list((runner.work / "release/dist").glob(f"*.{kind}")) for kind in ("whl", "tar.gz"))

    committed = {name for name in git(runner.work, "ls-files").split("\n") if name.startswith("statuspage/")}
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("statuspage/")}
    assert committed <= packed
    with zipfile.ZipFile(wheel) as opened:
        catalogs = [opened.read(name) for name in packed if name.endswith(".mo")]
    assert len(catalogs) >= 6  # no minute of the build in any of them: the same commit gives the same bytes
    assert all(b"Creation-Date: 2000-01-01 00:00+0000" in catalog for catalog in catalogs)
    with tarfile.open(source) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
    assert committed | {"pyproject.toml", "LICENSE", "README.md"} <= sources
    assert not [
        name for name in packed | sources if re.search(r"\.(pyc|env|key|pem)$|\.git/|\.status-data", name)
    ]


def test_the_list_of_parts_has_each_locked_package_with_its_hashes(runner: Runner) -> None:
    if "CI" in os.environ:
        runner(LISTER)
    assert (done := runner("List")).returncode == 0, done.stderr
    bill = json.loads((runner.work / "release/sbom.cdx.json").read_text())

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    main = bill["metadata"]["component"]
    assert (main["name"], main["version"]) == ("chatbot-statuspage", __version__)
    names = {part["name"] for part in bill["components"]}
    assert {"click", "websockets", "apprise", "obstore"} <= names
    assert all(part["version"] and part["externalReferences"][0]["hashes"] for part in bill["components"])


def test_each_job_has_the_rights_that_it_needs_and_no_other() -> None:
    rights = {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()}

    assert WORKFLOW["permissions"] == {}
    assert rights == {
        "build": {"contents": "read"},
        "parts": {"contents": "read"},
        "publish": {"id-token": "write", "attestations": "write"},
        "release": {"contents": "write"},
    }
    assert [job.get("needs") for job in WORKFLOW["jobs"].values()] == [
        None,
        None,
        ["build", "parts"],
        "publish",
    ]
    assert WORKFLOW["jobs"]["publish"]["environment"]["name"] == "pypi"
    assert not [
        s for s in WORKFLOW["jobs"]["publish"]["steps"] if "run" in s
    ]  # nothing of ours runs beside the identity


def test_the_package_and_its_file_name_one_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"] == __version__
