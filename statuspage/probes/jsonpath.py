"""A small part of JSON path: `$.a.b[0].c`, `$.hits[*].title`, `$['a key']`, `$[-1]`.

Source: RFC 9535 without filters, slices and descent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_STEPS = 20

_STEP = re.compile(
    r"\.(?P<name>[\w-]+)|\[(?P<index>-?\d{1,9})\]|(?P<all>\.\*|\[\*\])|\['(?P<single>[^']*)'\]"
    r'|\["(?P<double>[^"]*)"\]'
)

EACH = None  # the step `[*]`
Step = str | int | None


@dataclass(frozen=True, slots=True)
class Path:
    """A path that was read. Its text is the operator's own and may be shown."""

    text: str
    steps: tuple[Step, ...]

    def find(self, document: object) -> list[object]:
        """The values at the path, in order; several only where it has `[*]`."""
        found = [document]
        for step in self.steps:
            found = [value for parent in found for value in _children(parent, step)]
        return found


def path(text: str) -> Path:
    """Read a path. Raises ValueError with a sentence."""
    if not text.startswith("$"):
        raise ValueError("a JSON path begins with $, such as $.status or $.items[0].name")
    steps: list[Step] = []
    at = 1
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise ValueError(
                f"not understood in the JSON path, from character {at + 1} on: use .name, [0] or [*]"
            )
        steps.append(_step(step))
        at = step.end()
    if len(steps) > MAX_STEPS:
        raise ValueError(f"the JSON path has {len(steps)} steps, at most {MAX_STEPS} are taken")
    return Path(text, tuple(steps))


def _step(step: re.Match[str]) -> Step:
    if step["all"]:
        return EACH
    if step["index"]:
        return int(step["index"])
    return next(step[name] for name in ("name", "single", "double") if step[name] is not None)


def _children(parent: object, step: Step) -> Sequence[object]:
    if step is EACH:
        if isinstance(parent, dict):
            return list(parent.values())
        return parent if isinstance(parent, list) else ()
    if isinstance(step, str):
        return (parent[step],) if isinstance(parent, dict) and step in parent else ()
    if isinstance(parent, list) and -len(parent) <= step < len(parent):
        return (parent[step],)
    return ()
