"""What does a build cost? Whole processes, beside controls in the same run.

    python tests/benchmarks/builds.py [--quick]

A project of 50 components and 90 days (`workload.py`) is built from nothing, again without a change, and with one
incident edited. The controls: each incident file read once, and as many pages rendered by a bare Jinja loop over the
same octets. Then ten years of history against 90 days, seven languages against one, and what commands cost to start.
"""

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment
from measure import Cost, Row, statuspage
from workload import NOW, project

from statuspage.stores.opening import STATE_FOLDER

LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt")
PAGE = "<!doctype html><title>{{ title }}</title>{% for part in parts %}<p>{{ part }}</p>{% endfor %}"
AT = ("--now", f"{NOW:%Y-%m-%dT%H:%M:%SZ}")
FULL = {100: 0.8, 1_000: 2.2, 10_000: 16.0}  # incidents, and seconds of CPU
AGAIN = {1_000: 0.5, 10_000: 1.2}


def rows(quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from _starts(folder / "start")
        yield from _all_sizes(folder, (100, 300) if quick else tuple(FULL))
        yield from _cycle(folder / "cycle", 100 if quick else 1_000)
        yield from _years(folder, 100)
        yield from _languages(folder, *((20, 50) if quick else (200, 1_000)))


def _starts(root: Path) -> Iterator[Row]:
    """`check` as a pull request's run has it: a clone, without the history."""
    shutil.rmtree(project(root, days=1, incidents=0) / STATE_FOLDER)
    for words, limit in ((("--version",), 0.12), (("check",), 0.35)):
        seen = statuspage(root, *words, times=5)
        yield Row(what=f"`statuspage {words[0]}`, 50 components", seen=seen.cpu, unit="s", limit=limit)
    ready = _local(project(root.with_name("ready"), components=1, days=1, incidents=0))
    seen = statuspage(ready, "probe", fine=(0, 3), times=5)
    yield Row(what="a scheduled run up to its first answer", seen=seen.cpu, unit="s", limit=0.45)


def _all_sizes(folder: Path, counts: tuple[int, ...]) -> Iterator[Row]:
    whole: dict[int, Cost] = {}
    for count in counts:
        root = project(folder / f"{count}", incidents=count)
        bare = _bare(root)
        whole[count] = _built(root)
        yield Row(
            what=f"full build, {count:,} incidents",
            seen=whole[count].cpu,
            unit="s",
            limit=FULL.get(count),
            against=f"{whole[count].cpu / bare:.0f} x a bare walk and render",
        )
        again = statuspage(root, "build", *AT)
        yield _again(f"nothing changed, {count:,} incidents", again, whole[count], AGAIN.get(count))
        first = min((root / "incidents").iterdir())
        first.write_text(f"{first.read_text('utf-8').rstrip()} One word more.\n", "utf-8")
        edited = statuspage(root, "build", *AT)
        yield _again(f"one incident edited, {count:,} incidents", edited, whole[count], AGAIN.get(count))
        shutil.rmtree(root)
    few, many = counts[-2:]
    yield Row(
        what=f"full build, {many:,} against {few:,} incidents",
        seen=whole[many].cpu / whole[few].cpu,
        unit="x",
        limit=1.1 * many / few,
    )


def _local(root: Path) -> Path:
    """With addresses on this machine where nobody listens: their answers come at once."""
    config = root / "components.yaml"
    config.write_text(
        re.sub(r"https://component-\d+.example/", "tcp://127.0.0.1:9", config.read_text("utf-8")), "utf-8"
    )
    return root


def _again(what: str, again: Cost, whole: Cost, limit: float | None) -> Row:
    against = f"{again.cpu / whole.cpu:.2f} x the full build"
    return Row(what=what, seen=again.cpu, unit="s", limit=limit, against=against)


def _cycle(root: Path, count: int) -> Iterator[Row]:
    """Asks, keeps and builds."""
    seen = statuspage(_local(project(root, incidents=count)), "run", *AT, fine=(0, 3))
    yield Row(what=f"peak memory of a run, {count:,} incidents", seen=seen.peak, unit="MiB", limit=90)


def _years(folder: Path, count: int) -> Iterator[Row]:
    young = _built(project(folder / "young", incidents=count))
    old = _built(project(folder / "old", days=3650, incidents=count))
    yield Row(
        what="build with ten years of history against 90 days", seen=old.cpu / young.cpu, unit="x", limit=1.1
    )


def _languages(folder: Path, components: int, count: int) -> Iterator[Row]:
    costs = [
        _built(project(folder / f"{n}", components=components, incidents=count, languages=LANGUAGES[:n]))
        for n in (1, 7)
    ]
    one, seven = costs
    what = f"{components} components, {count:,} incidents, 7 languages"
    yield Row(
        what=f"{what} against one",
        seen=seven.cpu / one.cpu,
        unit="x",
        limit=7.0,
        against=f"{seven.cpu:.1f} s",
    )
    yield Row(what=f"peak memory, {what}", seen=seven.peak, unit="MiB", limit=300)


def _built(root: Path) -> Cost:
    return statuspage(root, "build", *AT)


def _bare(root: Path) -> float:
    """CPU seconds to read each incident file once, and to render as many pages of its paragraphs."""
    began = time.process_time()
    template = Environment(autoescape=True).from_string(PAGE)
    for path in sorted((root / "incidents").iterdir()):
        text = path.read_text("utf-8")
        template.render(title=path.stem, parts=text.split("\n\n")).encode()
    return time.process_time() - began


if __name__ == "__main__":
    for row in rows("--quick" in sys.argv):
        print(row.line(), flush=True)  # noqa: T201 (a script's own output)
