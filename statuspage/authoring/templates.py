"""Incident files with placeholders, for what happens again and again: `incidents/_templates/`."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from statuspage import incidents as people
from statuspage.authoring.compose import moment
from statuspage.errors import Problem, Problems, StatuspageError, Where, nearest
from statuspage.incidents.outline import MAX_FRONT, normal, outline
from statuspage.model import NOT_KNOWN_YET
from statuspage.yamlfile import Value, load

FOLDER = "incidents/_templates"
PLACEHOLDERS: Mapping[str, str] = {
    "component": "The affected components",
    "provider": "Whose service it is: a model provider, a host",
    "channel": "Where visitors write: WhatsApp, Teams, a website",
    "cause": "The cause, in one sentence",
    "doing": "What you are doing about it",
    "workaround": "What readers can do meanwhile",
    "started": "When it began",
    "eta": "Expected back",
    "next_update": "Next update",
    "window": "The window: 2026-11-26 02:00 .. 03:30 Europe/Paris",
}
"""What `{NAME}` may stand in a template, and the question that asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template, its placeholders still in it."""

    name: str
    path: str
    kind: str  # incident or maintenance
    status: str
    facts: Mapping[str, str]  # of the front matter, by key: title, impact, eta, `title.fr`, ...
    components: Mapping[str, str]  # state by id, by name or by placeholder; "" follows from the impact
    tags: tuple[str, ...]
    text: str  # what stands under its heading

    @property
    def wanted(self) -> tuple[str, ...]:
        """The placeholders that it has, in the order of the list."""
        told = " ".join([*self.facts.values(), *self.components, *self.tags, self.text])
        used = set(_MARK.findall(told))
        return tuple(name for name in PLACEHOLDERS if name in used)

    @property
    def title(self) -> str:
        """As it is written, with its placeholders."""
        return _MARK.sub(r"{\1}", self.facts["title"])


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with every placeholder filled in."""

    status: str
    facts: Mapping[str, str]
    components: Mapping[str, str]
    tags: tuple[str, ...]
    text: str


def read_templates(
    root: Path, components: Mapping[str, str], now: datetime, zone: str
) -> tuple[Mapping[str, Template], list[Problem]]:
    """The good ones by name, and what is wrong with the others. `components` are names by id."""
    files, problems = people.collect(root / FOLDER, FOLDER)
    known: dict[str, Template] = {}
    for path, data in files.items():
        try:
            one = _read(data, path, components, now, zone)
        except StatuspageError as error:
            problems += error.problems
        else:
            known[one.name] = one
    return known, problems


def fill(template: Template, values: Mapping[str, str], components: Mapping[str, str]) -> Filled:
    """The template with `values` for its placeholders; all it wants is there.

    `components` are those affected, state by id: they stand where the template has `{component}`, in its state
    where they have none of their own, and beside the ones that it names.
    """
    return Filled(
        status=template.status,
        facts={key: _filled(text, values) for key, text in template.facts.items()},
        components=_affected(template, components),
        tags=tuple(_filled(tag, values) for tag in template.tags),
        text=_filled(template.text, values),
    )


# --- reading -----------------------------------------------------------------------------------

# `\\{word}` is Markdown for a brace that is meant; {"a": 1} and { } are no placeholders.
_PLACEHOLDER = re.compile(r"(?<!\\)\{ *(?P<name>[A-Za-z][\w -]{0,40}?) *\}")
_OPEN, _CLOSE = "\ue000", "\ue001"  # private letters: YAML takes a brace for a mapping
_MARK = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")
_ANY = f"{_OPEN}component{_CLOSE}"


def _read(data: bytes, path: str, components: Mapping[str, str], now: datetime, zone: str) -> Template:
    """Raises Problems: first of the placeholders, then of the file as it would read with examples in it."""
    try:
        text = normal(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise StatuspageError("not UTF-8", where=Where(path), mend="save the file as UTF-8") from error
    if problems := list(_unknown(text, path)):
        raise Problems(problems)
    examples = _examples(text, components, now)
    example = people.read(_replaced(text, examples), path, components, now=now, zone=zone)
    if len(example.updates) > 1:
        raise StatuspageError("a template has one update", where=Where(path), mend="delete the others")
    marked = _replaced(text, {name: f"{_OPEN}{name}{_CLOSE}" for name in PLACEHOLDERS})
    parts = outline(marked, path)
    front = load(parts.front, path, first_line=2, max_bytes=MAX_FRONT, max_depth=10).value
    raw = front if isinstance(front, dict) else {}
    named = json.dumps(raw.get("components"), ensure_ascii=False, default=str)
    return Template(
        name=PurePosixPath(path).stem,
        path=path,
        kind=example.kind,
        status=example.updates[0].status,
        facts={
            k: str(v) for k, v in raw.items() if v is not None and k not in ("kind", "components", "tags")
        },
        components=dict(_components(example, named, examples["component"])),
        tags=tuple(str(tag) for tag in _listed(raw.get("tags"))),
        text="\n".join(line.text for line in parts.sections[0].lines).strip("\n"),
    )


def _unknown(text: str, path: str) -> Iterator[Problem]:
    for number, line in enumerate(text.split("\n"), 1):
        if _OPEN in line or _CLOSE in line:
            yield Problem(
                "a private letter, U+E000 or U+E001, cannot be shown", Where(path, number), "delete it"
            )
        for match in _PLACEHOLDER.finditer(line):
            if match["name"] not in PLACEHOLDERS:
                mend = f"{nearest(match['name'].lower(), PLACEHOLDERS)}; for a brace that is meant write \\{{"
                yield Problem(f"unknown placeholder {{{match['name']}}}", Where(path, number), mend)


def _examples(text: str, components: Mapping[str, str], now: datetime) -> Mapping[str, str]:
    """Something that reads well in the place of each one: a component that the template does not name itself."""
    free = [id_ for id_ in components if id_ not in text] or [*components, "component"]
    return {
        **dict.fromkeys(PLACEHOLDERS, "example"),
        **dict.fromkeys(("eta", "next_update"), NOT_KNOWN_YET),
        "component": free[0],
        "started": moment(now),
        "window": "2026-11-26 02:00 .. 03:30 UTC",
    }


def _replaced(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match["name"]], text)


def _components(example: people.Written, listed: str, stand_in: str) -> Iterator[tuple[str, str]]:
    """State by id, `{component}` in the place of its example; a maintenance has no states."""
    for id_, state in example.facts.components.items():
        yield (_ANY if _ANY in listed and id_ == stand_in else id_), "" if example.window else str(state)


def _listed(value: Value) -> Iterable[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]


# --- filling -----------------------------------------------------------------------------------


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _MARK.sub(lambda match: " ".join(values[match[1]].split()), text)


def _affected(template: Template, given: Mapping[str, str]) -> Mapping[str, str]:
    """State by id: those of the template, `{component}` spread out, then what else is given."""
    found: dict[str, str] = {}
    for name, state in template.components.items():
        for id_ in given if name == _ANY else (name,):
            found[id_] = given.get(id_) or state
    return {**found, **{id_: state for id_, state in given.items() if id_ not in found}}
