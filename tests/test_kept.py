"""Pages that are taken over from the site before: quicker, and to the octet what a build from nothing makes."""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

from service import Service, names
from workload import NOW, project

from statuspage import history
from statuspage.cache import CACHE_FOLDER, PAGES, keep_cache, recall_cache
from statuspage.outputs.html import html
from statuspage.outputs.kept import Kept, hashed, program
from statuspage.pipeline import build_site, open_project
from statuspage.redaction import Redactor
from statuspage.stores.folder import Folder
from statuspage.stores.opening import STATE_FOLDER
from statuspage.stores.site import swap

COMPONENTS, INCIDENTS = 2, 6
MINUTE, HOUR, ONE_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOME = st.integers(0, INCIDENTS - 1)


def world(folder: Path) -> Path:
    return project(folder, components=COMPONENTS, days=3, incidents=INCIDENTS, languages=("en", "fr"), seed=3)


def built(root: Path, now_after: timedelta = timedelta(), environ: dict[str, str] | None = None) -> int:
    """Build as the command does, check it against one from nothing, and tell how many pages were taken over."""
    here, now = open_project(root, environ or {}), NOW + now_after
    kept = recall_cache(root, root / "_site")
    taken = set[str]()
    again = Kept(kept.before, lambda path: taken.add(path) or kept.read(path))  # type: ignore[func-returns-value]
    made = build_site(here, now, kept=again)
    whole = build_site(here, now)
    assert [path for path in whole.files if made.files.get(path) != whole.files[path]] == []
    assert made.files.keys() == whole.files.keys()
    swap(made.files, root / "_site")
    keep_cache(root, again, made.files, Redactor(here.config.secrets))
    return len(taken)


# --- what changes between two builds -------------------------------------------------------------


def incident_file(root: Path, n: int) -> Path:
    files = sorted((root / "incidents").glob("*.md"))
    return files[n % len(files)]


def edit(root: Path, n: int) -> None:
    file = incident_file(root, n)
    file.write_text(file.read_text("utf-8").rstrip() + " One word more.\n", "utf-8")


def retitle(root: Path, n: int) -> None:
    file = incident_file(root, n)
    file.write_text(file.read_text("utf-8").replace("title: ", "title: Again ", 1), "utf-8")


def reopen(root: Path, n: int) -> None:
    file = incident_file(root, n)
    file.write_text(file.read_text("utf-8").replace("## Resolved", "## Monitoring", 1), "utf-8")


def remove(root: Path, n: int) -> None:
    if len(list((root / "incidents").glob("*.md"))) > 2:
        incident_file(root, n).unlink()


def copy(root: Path, n: int) -> None:
    file = incident_file(root, n)
    file.with_name(f"{file.stem[:10]}-copy-{n}.md").write_bytes(file.read_bytes())


def rename(root: Path, n: int) -> None:
    config = root / "components.yaml"
    config.write_text(
        config.read_text("utf-8").replace(
            f"name: component-0{n % COMPONENTS}", f"id: component-0{n % COMPONENTS}, name: New {n}", 1
        ),
        "utf-8",
    )


def link(root: Path, n: int) -> None:
    config = root / "components.yaml"
    text = config.read_text("utf-8")
    if "links:" not in text:
        more = f"links: {{footer: [{{text: Imprint {n}, href: imprint/}}]}}"
        config.write_text(text.replace("since: 2020", f"since: 2020, {more}", 1), "utf-8")


def template(root: Path, n: int) -> None:
    own = root / "site_templates"
    own.mkdir(exist_ok=True)
    (own / "theme-links.css").write_text(f"p.own {{ margin: {n}px }}\n", "utf-8")


def correction(root: Path, n: int) -> None:
    folder = root / "incidents" / "corrections"
    folder.mkdir(exist_ok=True)
    began = NOW - ONE_DAY - n * HOUR
    (folder / f"{began:%Y-%m-%d-%H}.yaml").write_text(
        f"components: [component-0{n % COMPONENTS}]\nkind: outage\n"
        f"window: {began:%Y-%m-%d %H:%M} .. {began + 20 * MINUTE:%Y-%m-%d %H:%M} UTC\n"
        "state: major_outage\nauthor: Ann\nreason: The checks did not see it.\n",
        "utf-8",
    )


def outage(root: Path, n: int) -> None:
    """The checks see one on the last day."""
    records, service = Folder(root / STATE_FOLDER), Service(names(COMPONENTS), n)
    service.rounds_down = dict.fromkeys(service.rounds_down, 3)
    start = NOW - n * HOUR + MINUTE
    lines = [history.encode_round(one) for one in service.rounds(start, 1) if one.at < NOW]
    for line, one in zip(lines, service.rounds(start, 1), strict=False):
        records.append(history.raw_path(one.at), [line])


def touch(root: Path, n: int) -> None:
    """Somebody writes into the site."""
    page = root / "_site" / "incidents" / incident_file(root, n).stem / "index.html"
    if page.is_file():
        page.write_bytes(page.read_bytes() + b"<p>All is well.")


def lose(root: Path, _: int) -> None:
    (root / CACHE_FOLDER / PAGES).unlink(missing_ok=True)


CHANGES: tuple[Callable[[Path, int], None], ...] = (
    edit,
    retitle,
    reopen,
    remove,
    copy,
    rename,
    link,
    template,
    correction,
    outage,
    touch,
    lose,
)
STEP = st.tuples(st.sampled_from(CHANGES), SOME, st.sampled_from((0, 5, 60, 24 * 60, 60 * 24 * 60)))


# Each step builds two whole sites: shrinking a failure would take minutes.
@settings(
    max_examples=2,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@example([(change, 1, 5) for change in CHANGES])
@example([(change, 0, 0) for change in (edit, touch, retitle, remove)])
@given(st.lists(STEP, min_size=2, max_size=4))
def test_whatever_changes_the_site_is_that_of_a_build_from_nothing(
    steps: list[tuple[Callable[[Path, int], None], int, int]],
) -> None:
    after = timedelta()
    with TemporaryDirectory() as name:
        root = world(Path(name))
        built(root)
        for change, n, minutes in steps:
            change(root, n)
            after += minutes * MINUTE
            built(root, after)


# --- what is taken over --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = world(tmp_path_factory.mktemp("kept"))
    assert built(root) == 0
    return root


ALL = 2 * INCIDENTS  # in two languages


def test_a_round_later_every_page_of_an_ended_incident_is_taken_over(once: Path) -> None:
    assert built(once, 5 * MINUTE) == ALL


def test_on_another_day_none_is_and_then_all_are_again(once: Path) -> None:
    assert built(once, ONE_DAY) == 0
    assert built(once, ONE_DAY + HOUR) == ALL


def test_an_edit_makes_its_own_page_anew_and_those_that_name_its_title(tmp_path: Path) -> None:
    root = world(tmp_path)
    built(root)
    edit(root, 0)

    assert built(root, MINUTE) == ALL - 2
    retitle(root, 0)
    assert ALL - 2 * 6 <= built(root, 2 * MINUTE) <= ALL - 2 * 2


def test_a_page_that_somebody_touched_is_made_anew(tmp_path: Path) -> None:
    root = world(tmp_path)
    built(root)
    touch(root, 3)
    built(root, MINUTE)

    page = root / "_site" / "incidents" / incident_file(root, 3).stem / "index.html"
    assert b"All is well" not in page.read_bytes()


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[]",
        b"{",
        b'{"index.html": 3}',
        b'{"a": ["b"]}',
        b"\xff",
        b'{"../../etc/passwd": ["", ""]}',
        b"[" * 100_000,
    ],
)
def test_a_broken_index_costs_time_alone(tmp_path: Path, index: bytes) -> None:
    root = world(tmp_path)
    built(root)
    (root / CACHE_FOLDER / PAGES).write_bytes(index)

    assert built(root, MINUTE) == 0
    assert built(root, 2 * MINUTE) == ALL


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path: Path) -> None:
    root = world(tmp_path)
    (root / CACHE_FOLDER).write_text("a file is in the way")

    assert built(root) == 0
    assert built(root, MINUTE) == 0


def test_a_masked_page_is_never_kept_and_a_new_secret_is_masked_in_kept_ones(tmp_path: Path) -> None:
    root = world(tmp_path)
    file = incident_file(root, 0)
    file.write_text(file.read_text("utf-8").rstrip() + " The key is hunter2hunter2.\n", "utf-8")
    config = root / "components.yaml"
    config.write_text(
        config.read_text("utf-8")
        + "  - {name: Keyed, type: http, url: 'https://keyed.example/', headers: {Authorization: '${KEY}'}}\n"
    )
    built(root, environ={"KEY": "another-secret"})
    page = root / "_site" / "incidents" / file.stem / "index.html"
    assert b"hunter2hunter2" in page.read_bytes()
    built(root, MINUTE, {"KEY": "hunter2hunter2"})

    assert b"hunter2hunter2" not in page.read_bytes()
    index = json.loads((root / CACHE_FOLDER / PAGES).read_bytes())
    assert f"incidents/{file.stem}/index.html" not in index
    assert len(index) == ALL - 2


def test_the_folder_is_none_of_the_repository_s(once: Path) -> None:
    assert (once / CACHE_FOLDER / ".gitignore").read_text() == "*\n"


def test_the_hash_of_the_program_tells_every_file(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    found = {program([]), program([own])}
    (own / "base.html").write_text("a")
    found.add(program([own]))
    (own / "base.html").write_text("b")
    found.add(program([own]))
    (own / "base.html").rename(own / "bbse.html")
    found.add(program([own]))

    assert len(found) == 4  # an empty folder is as none


def test_a_file_beside_the_templates_that_cannot_be_read_stops_no_build(tmp_path: Path) -> None:
    """Root reads any file, but not this one: its reading fails."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "note.html").symlink_to("/proc/self/mem")

    assert program([own]) == program([own])


def test_what_a_link_in_the_cache_leads_to_is_left_alone(tmp_path: Path) -> None:
    root = world(tmp_path / "page")
    (tmp_path / "mine").write_text("mine")
    (root / CACHE_FOLDER).mkdir()
    (root / CACHE_FOLDER / ".gitignore").symlink_to(tmp_path / "mine")
    built(root)

    assert (tmp_path / "mine").read_text() == "mine"
    assert built(root, MINUTE) == ALL


def test_without_a_site_before_pages_are_the_same(once: Path) -> None:
    seen = build_site(open_project(once, {}), NOW).snapshot

    assert dict(html(seen)) == dict(html(seen, kept=Kept({}, lambda path: None)))
    assert hashed(b"") != hashed(b"a")
