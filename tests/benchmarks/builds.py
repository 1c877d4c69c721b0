"""What does a build cost? Whole processes in CPU seconds, beside controls in the same run.

    python tests/benchmarks/builds.py [INCIDENTS ...]     100 and 1000, if not given

A project of 50 components and 90 days (`workload.py`) is built from nothing, again without a change, and with one
incident edited. The controls: each incident file read once, and as many pages rendered by a bare Jinja loop over the
same octets. Then ten years of history against 90 days, seven languages against one, and what commands cost to start.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment
from workload import NOW, project

LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt")
PAGE = "<!doctype html><title>{{ title }}</title>{% for part in parts %}<p>{{ part }}</p>{% endfor %}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: CPU seconds, what it is compared with, peak memory in MiB where it is of interest."""

    what: str
    seconds: float
    against: str = ""
    peak: int = 0


def rows(counts: Sequence[int], say: Callable[[Row], None]) -> None:
    """Measure, and tell each line as it comes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for command, words in (("--version", ["--version"]), ("check", ["check"])):
            root = folder / "start"
            if not root.exists():
                project(root, days=1, incidents=0)
            say(Row(f"`statuspage {command}`, 50 components", _best(root, *words)[0]))
        for count in counts:
            _builds(folder / f"{count}", count, say)
        _against(folder, say)


def _builds(root: Path, count: int, say: Callable[[Row], None]) -> None:
    project(root, incidents=count)
    bare = _bare(root)
    whole, peak = _cost(root, "build", *AT)
    say(Row(f"full build, {count} incidents", whole, f"{whole / bare:.0f} x a bare walk and render", peak))
    again, _ = _cost(root, "build", *AT)
    say(Row(f"again, nothing changed, {count} incidents", again, f"{again / whole:.2f} x the full build"))
    first = min((root / "incidents").iterdir())
    first.write_text(f"{first.read_text('utf-8').rstrip()} One word more.\n", "utf-8")
    edited, _ = _cost(root, "build", *AT)
    say(
        Row(
            f"again, one incident edited, {count} incidents", edited, f"{edited / whole:.2f} x the full build"
        )
    )


def _against(folder: Path, say: Callable[[Row], None]) -> None:
    young, _ = _cost(project(folder / "young", incidents=100), "build", *AT)
    old, _ = _cost(project(folder / "old", days=3650, incidents=100), "build", *AT)
    say(Row("ten years of history, 100 incidents", old, f"{old / young:.2f} x 90 days"))
    many, peak = _cost(project(folder / "many", incidents=100, languages=LANGUAGES), "build", *AT)
    say(Row("seven languages, 100 incidents", many, f"{many / young:.2f} x one language", peak))


AT = ("--now", f"{NOW:%Y-%m-%dT%H:%M:%SZ}")


def _best(root: Path, *words: str) -> tuple[float, int]:
    """The least of five runs: start-up is short, and other work on the machine only adds to it."""
    return min(_cost(root, *words) for _ in range(5))


def _cost(root: Path, *words: str) -> tuple[float, int]:
    """CPU seconds of a whole process, and its peak memory in MiB."""
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-m', 'statuspage', '--quiet', *sys.argv[1:]], capture_output=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=root, capture_output=True, text=True, check=True
    )
    status, seconds, peak = done.stdout.split()
    if status != "0":
        raise SystemExit(f"statuspage {' '.join(words)} exits with {status}")
    return float(seconds), int(peak)


def _bare(root: Path) -> float:
    """CPU seconds to read each incident file once, and to render as many pages of its paragraphs."""
    began = time.process_time()
    template = Environment(autoescape=True).from_string(PAGE)
    for path in sorted((root / "incidents").iterdir()):
        text = path.read_text("utf-8")
        template.render(title=path.stem, parts=text.split("\n\n")).encode()
    return time.process_time() - began


def told(row: Row) -> str:
    """A line of a Markdown table."""
    peak = f"{row.peak} MiB" if row.peak else ""
    return f"| {row.what} | {row.seconds:.2f} | {row.against} | {peak} |"


def main(counts: list[int]) -> int:
    rows(counts, lambda row: print(told(row), flush=True))  # noqa: T201 (a script's own output)
    return 0


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]] or [100, 1000]))
