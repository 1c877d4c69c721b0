"""What all benchmarks share: a line of the table, and what a whole process costs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

STEPS = {"s": 2, "x": 2, "MiB": 0, "kB": 1, "MB": 2, "files": 0}  # units, and their decimals


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure, what it should be at most, and what it was compared with in the same run."""

    what: str
    seen: float
    unit: str  # of STEPS
    limit: float | None = None  # None: no promise, of interest beside the others
    against: str = ""

    def line(self) -> str:
        """Of a Markdown table."""
        return (
            f"| {self.what} | {self._limit()} | {self._shown(self.seen)} | {self._met()} | {self.against} |"
        )

    def _limit(self) -> str:
        return "" if self.limit is None else f"≤ {self._shown(self.limit)}"

    def _shown(self, figure: float) -> str:
        return f"{figure:.{STEPS[self.unit]}f} {self.unit}"

    def _met(self) -> str:
        if self.limit is None:
            return ""
        return "met" if self.seen <= self.limit else f"missed, {self.seen / self.limit:.1f} x"


Rows = Callable[[bool], Iterator[Row]]  # whether a quick look is enough


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a whole process and its children: seconds of CPU, seconds that passed, peak memory in MiB."""

    cpu: float
    wall: float
    peak: int
    output: str = ""


_MEASURE = """import json, resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
wall = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
told = [done.returncode, used.ru_utime + used.ru_stime, wall, used.ru_maxrss // 1024, done.stdout, done.stderr]
print(json.dumps(told))
"""


def cost(root: Path, *command: str, fine: tuple[int, ...] = (0,)) -> Cost:
    """Run `command` in the folder. Ends the program when its exit code is not one of `fine`.

    Modules are compiled once, as an installer does it, whatever the environment says of that.
    """
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    told = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command],
        cwd=root,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    status, cpu, wall, peak, output, errors = json.loads(told.stdout)
    if status not in fine:
        raise SystemExit(f"{' '.join(command)} exits with {status}: {errors[-2000:]}")
    return Cost(cpu, wall, peak, output)


def statuspage(root: Path, *words: str, fine: tuple[int, ...] = (0,), times: int = 1) -> Cost:
    """The command, as often as that: the one that took least CPU, as other work on the machine only adds to it."""
    command = (sys.executable, "-m", "statuspage", "--quiet", *words)
    return min((cost(root, *command, fine=fine) for _ in range(times)), key=lambda one: one.cpu)
