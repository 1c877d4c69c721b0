"""`${NAME}` inside texts: replaced after parsing, whole names only, where nothing is published."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from statuspage.errors import Problem
from statuspage.redaction import REFERENCE, SHORTEST
from statuspage.yamlfile import Key, Loaded, Value

Path = tuple[Key, ...]

PUBLISHED = frozenset({"name", "id", "was", "group", "description", "type", "depends_on", "continuity"})
"""Keys of a component that visitors see or that decide what they see."""

CHANNELS = frozenset({"url", "mail", "webhook", "pagerduty", "opsgenie", "alertmanager"})
"""Keys of a target that hold secrets; the others are told to operators and kept in the ledger."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A file's value with its secrets filled in; `${NAME}` stays where NAME is not set."""

    value: Value = field(repr=False)
    names: Mapping[Path, tuple[str, ...]]  # that the text at a path asks for
    values: Mapping[str, str] = field(repr=False)  # of those that are set
    problems: tuple[Problem, ...]  # wrong references
    refused: frozenset[Path]  # where they stand
    source: Value = field(repr=False)  # the value as it is written
    items: Mapping[Path, Sequence[Path]]  # the places in `names` by their first two keys

    def written(self, path: Path) -> Value:
        """What stands at a path that the file has."""
        value = self.source
        for key in path:
            value = value[key]  # type: ignore[index] # the path is the file's
        return value

    def used(self, path: Path) -> tuple[str, ...]:
        """Names asked for at that place, inside it or around it."""
        near = (self.names[at] for at in self._beside(path) if _near(at, path))
        return tuple(dict.fromkeys(name for names in near for name in names))

    def unset(self, path: Path) -> tuple[str, ...]:
        """Those of them that are not set."""
        return tuple(name for name in self.used(path) if name not in self.values)

    def unset_below(self, path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """The places below that ask for names that are not set, and these names."""
        for at in self._beside(path):
            if at[: len(path)] == path and (names := self.unset(at)):
                yield at, names

    def _beside(self, path: Path) -> Iterable[Path]:
        """The places of references in the same item of the file."""
        return self.items.get(path[:2], ()) if len(path) > 1 else self.names

    def is_refused(self, path: Path) -> bool:
        """Whether a wrong reference stands there; a component as a whole is not spoilt by one."""
        whole = len(path) < 2 or (path[0] in ("components", "notify") and len(path) == 2)
        return not whole and any(_near(at, path) for at in self.refused)

    def masked(self, text: str) -> str:
        """The text with the secrets' names for their values, longest first."""
        for name, value in sorted(self.values.items(), key=lambda item: -len(item[1])):
            if len(value) >= SHORTEST:
                text = text.replace(value, f"${{{name}}}")
        return text


def expand(loaded: Loaded, environ: Mapping[str, str]) -> Expanded:
    """Fill in all secrets of a file. An empty or blank variable counts as not set."""
    names: dict[Path, tuple[str, ...]] = {}
    refused: dict[Path, Problem] = {}
    for path, text in _texts(loaded.value, ()):
        if "${" not in text:
            continue
        if _is_published(path):
            what = f"no ${{NAME}} in {_dotted(path)}: visitors would see its value, or be misled"
            mend = "secrets belong into addresses, headers and other options of a probe"
            refused[path] = Problem(what, loaded.where(*path), mend)
        elif text.count("${") != len(asked := re.findall(REFERENCE, text)):
            mend = "write ${NAME}: ASCII letters, digits and _, no digit first"
            refused[path] = Problem(f"{_dotted(path)}: a ${{ without a name", loaded.where(*path), mend)
        else:
            names[path] = tuple(dict.fromkeys(one[2:-1] for one in asked))
    wanted = {name for some in names.values() for name in some}
    values = {name: environ[name] for name in sorted(wanted) if environ.get(name, "").strip()}
    value = _replaced(loaded.value, lambda name: values.get(name, f"${{{name}}}"))
    items: dict[Path, list[Path]] = {}
    for path in names:
        items.setdefault(path[:2], []).append(path)
    return Expanded(value, names, values, tuple(refused.values()), frozenset(refused), loaded.value, items)


def without_references(value: Value) -> Value:
    """The value with a harmless letter for each reference."""
    return _replaced(value, lambda name: "x")


def _near(one: Path, other: Path) -> bool:
    """Whether one path leads to the other or beyond it."""
    return one[: len(other)] == other[: len(one)]


def _is_published(path: Path) -> bool:
    match path:
        case ("control", *_):
            return False
        case ("components", int(), key, *_):
            return key in PUBLISHED
        case ("notify", int(), key, *_):
            return key not in CHANNELS
    return True


def _dotted(path: Path) -> str:
    return ".".join(str(key) for key in path if isinstance(key, str)) or "the file"


def _texts(value: Value, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _texts(item, (*path, n))


def _replaced(value: Value, by: Callable[[str], str]) -> Value:
    if isinstance(value, dict):
        return {key: _replaced(item, by) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, by) for item in value]
    if isinstance(value, str):
        return re.sub(REFERENCE, lambda found: by(found[0][2:-1]), value)
    return value
