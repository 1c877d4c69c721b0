"""What it costs, where that can be counted exactly: no clock decides here. docs/performance.md has the times."""

import cProfile
import pstats
import re
import sys
from collections import Counter
from importlib.metadata import requires
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

import growth
from workload import NOW, project

from statuspage import pipeline
from statuspage.stores.folder import Folder

ROOT = Path(__file__).parents[1]
LOCK = ROOT / ".github/actions/statuspage/requirements.txt"


@pytest.fixture(scope="module", autouse=True)
def _once_before(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A first build loads modules and reads catalogs, which is no part of what is counted."""
    calls(
        project(
            tmp_path_factory.mktemp("first"),
            components=2,
            days=2,
            incidents=3,
            languages=("en", "fr", "de", "nl"),
        )
    )


def calls(root: Path) -> int:
    """Calls of functions that a build makes: as good as a count of instructions, and the same each time."""
    here = pipeline.open_project(root, {})
    profile = cProfile.Profile()
    profile.runcall(pipeline.build_site, here, NOW, write=False)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def test_the_work_grows_with_the_incidents_and_not_with_their_square(tmp_path: Path) -> None:
    few, more, many = (
        calls(project(tmp_path / f"{n}", components=5, days=20, incidents=n)) for n in (100, 200, 400)
    )

    assert many - more < 2.2 * (more - few)


def test_the_work_grows_with_the_languages_and_not_beyond(tmp_path: Path) -> None:
    one, two, four = (
        calls(project(tmp_path / f"{len(some)}", components=5, days=20, incidents=20, languages=some))
        for some in (("en",), ("en", "fr"), ("en", "fr", "de", "nl"))
    )

    assert four - two < 2.2 * (two - one)


def test_ten_years_cost_what_two_do(tmp_path: Path) -> None:
    """Past the thirteen months of reports nothing is read and nothing is made."""
    two, ten = (
        calls(project(tmp_path / f"{days}", components=3, days=days, incidents=10)) for days in (730, 3650)
    )

    assert ten < 1.1 * two


def test_a_build_reads_each_incident_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path, components=3, days=3, incidents=20)
    opened = Counter[str]()

    def heard(event: str, args: tuple[object, ...]) -> None:
        if event == "open" and isinstance(args[0], str) and args[0].endswith(".md"):
            opened[Path(args[0]).name] += 1

    sys.addaudithook(heard)
    pipeline.build_site(pipeline.open_project(root, {}), NOW, write=False)
    found = dict(opened)

    assert sorted(found) == sorted(path.name for path in (root / "incidents").iterdir())
    assert set(found.values()) == {1}


def test_a_build_of_ten_years_reads_what_one_of_two_does(tmp_path: Path) -> None:
    read = []
    for days in (730, 3650):
        counted = growth.Counted(
            Folder(project(tmp_path / f"{days}", components=5, days=days, incidents=0) / ".status-data")
        )
        here = pipeline.open_project(tmp_path / f"{days}", {})
        pipeline.build_site(pipeline.Project(here.root, here.config, counted), NOW, write=False)
        read.append(counted.octets)

    assert read[1] < 1.1 * read[0]


def test_a_site_has_two_files_an_incident_in_one_language(tmp_path: Path) -> None:
    sizes = []
    for count in (10, 30):
        here = pipeline.open_project(
            project(tmp_path / f"{count}", components=2, days=2, incidents=count), {}
        )
        built = pipeline.build_site(here, NOW, write=False).files
        sizes.append(
            (len([path for path in built if path.startswith("incidents/")]), sum(map(len, built.values())))
        )
    (few, light), (many, heavy) = sizes

    assert many - few == 2 * 20
    assert (heavy - light) / 20 < 40_000


def test_the_core_is_twenty_four_packages() -> None:
    locked = re.findall(r"^([a-z0-9._-]+)==", LOCK.read_text("utf-8"), re.MULTILINE)
    core = [name for name in requires("chatbot-statuspage") or () if "extra ==" not in name]

    assert len(core) <= 12
    assert len(locked) <= 24, locked
