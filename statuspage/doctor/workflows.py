"""A workflow file as its parts: triggers, jobs, steps, environments. Whatever shape it has, nothing is raised.

Source: GitHub, Workflow syntax for GitHub Actions.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from statuspage.errors import Where
from statuspage.yamlfile import Key, Loaded, Value

STATUS = "status.yml"
Path = tuple[Key, ...]

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Workflow:
    """One file of `.github/workflows/` that could be read."""

    name: str  # of the file
    loaded: Loaded = field(repr=False)
    text: str = field(repr=False)

    @property
    def value(self) -> Mapping[str, Value]:
        return mapping(self.loaded.value)

    def where(self, *keys: Key) -> Where:
        return self.loaded.where(*keys)

    def written(self, *keys: Key) -> str:
        """The line as it is written, comment included."""
        lines = self.text.splitlines()
        number = self.loaded.line(*keys)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    @property
    def triggers(self) -> Mapping[str, Value]:
        """`on:`, which may be a word, a list or a mapping."""
        on = self.value.get("on")
        if isinstance(on, str):
            return {on: None}
        if isinstance(on, list):
            return {str(name): None for name in on}
        return mapping(on)

    @property
    def crons(self) -> Mapping[Path, str]:
        entries = self.triggers.get("schedule")
        return {
            ("on", "schedule", n): str(mapping(entry).get("cron", ""))
            for n, entry in enumerate(entries if isinstance(entries, list) else [])
        }

    @property
    def jobs(self) -> Mapping[Path, Mapping[str, Value]]:
        return {("jobs", name): mapping(job) for name, job in mapping(self.value.get("jobs")).items()}

    @property
    def steps(self) -> Mapping[Path, Mapping[str, Value]]:
        return {
            (*path, "steps", n): mapping(step)
            for path, job in self.jobs.items()
            for n, step in enumerate(_list(job.get("steps")))
        }

    @property
    def uses(self) -> Iterator[tuple[Path, str]]:
        """Each action and each reusable workflow that is called."""
        for path, part in {**self.jobs, **self.steps}.items():
            if isinstance(called := part.get("uses"), str):
                yield (*path, "uses"), called

    @property
    def environments(self) -> Iterator[tuple[Path, str, str]]:
        """Each variable that is set anywhere: where, its name, its value as written."""
        for path, part in {(): self.value, **self.jobs, **self.steps}.items():
            for name, value in mapping(part.get("env")).items():
                yield (*path, "env", name), name, str(value)

    def environment(self, step: Path) -> set[str]:
        """The names of the variables that a step is given."""
        job = self.jobs[step[:2]]
        return {name for part in (self.value, job, self.steps[step]) for name in mapping(part.get("env"))}

    @property
    def scripts(self) -> Iterator[tuple[Path, str]]:
        for path, step in self.steps.items():
            if isinstance(script := step.get("run"), str):
                yield (*path, "run"), script


def mapping(value: Value) -> Mapping[str, Value]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def cadence(crons: Mapping[Path, str]) -> timedelta | None:
    """The longest time between two starts, by the lines that hold for every day; None when there are none."""
    moments: set[int] = set()
    for cron in crons.values():
        if cron.split()[2:] == ["*", "*", "*"]:
            moments |= starts_of(cron) or set()
    return timedelta(minutes=max(_gaps(moments))) if moments else None


def shortest(cron: str) -> int | None:
    """Minutes between the two nearest starts; None for a line that is no cron."""
    starts = starts_of(cron)
    return min(_gaps(starts)) if starts else None


def starts_of(cron: str) -> set[int] | None:
    """The minutes of a day at which a cron line starts something; None when it is no cron line.

    Source: POSIX crontab, and the steps (`3/5`, `*/5`, `0-30/10`) that GitHub knows. Of days only the form is seen.
    """
    parts = cron.split()
    if len(parts) != 5 or not all(_FORM.fullmatch(part) for part in parts[2:]):
        return None
    minutes, hours = _numbers(parts[0], 59), _numbers(parts[1], 23)
    if not minutes or not hours:
        return None
    return {60 * hour + minute for hour in hours for minute in minutes}


_FORM = re.compile(r"[A-Za-z0-9*,/?#-]+")
_PIECE = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?")


def _numbers(text: str, most: int) -> set[int]:
    """What one field names; empty when it cannot be read."""
    found: set[int] = set()
    for piece in text.split(","):
        match = _PIECE.fullmatch(piece)
        if not match or match[3] in ("0", "00"):
            return set()
        first = int(match[1] or 0)
        open_ended = match[1] is None or match[3] is not None
        last = int(match[2]) if match[2] else most if open_ended else first
        if not first <= last <= most:
            return set()
        found |= set(range(first, last + 1, int(match[3] or 1)))
    return found


def _gaps(moments: set[int]) -> list[int]:
    """Minutes from each start to the next one, around the day."""
    order = sorted(moments)
    return [b - a for a, b in zip(order, [*order[1:], order[0] + DAY_MINUTES], strict=True)]


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []
