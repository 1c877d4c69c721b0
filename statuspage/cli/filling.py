"""Templates at the command line: what is missing is asked for on a terminal, and an error elsewhere."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import click

from statuspage.cli.saying import NOT_KNOWN_YET, When, component
from statuspage.errors import Problems, StatuspageError, nearest

TEMPLATES = "incidents/_templates"
_OPTIONS = {"component": "components"}  # the option's name, where it is not the placeholder's
_SET = ("provider", "channel")  # placeholders without an option of their own
_MOMENTS = ("eta", "next_update")


def templates(desk: Any) -> Any:
    """The page's good templates by name, and what is wrong with the others."""
    from statuspage.authoring import read_templates

    names = {c.id: c.name for c in desk.config.components}
    return read_templates(desk.root, names, desk.now, desk.config.page.timezone)


def filled_in(
    desk: Any, kind: str, name: str, values: Sequence[str], said: Mapping[str, Any]
) -> dict[str, Any]:
    """What is said, and what the template says where nothing is. `values`: `provider=Acme`."""
    from statuspage.authoring import fill

    template = _template(desk, kind, name)
    told = {**said, **dict(_set(values))}
    missing = [p for p in template.wanted if p != "started" and not told.get(_OPTIONS.get(p, p))]
    if missing and not sys.stdin.isatty():
        raise click.UsageError("\n".join([f"the template '{name}' wants more:", *_wanted(missing)]))
    for placeholder in missing:
        told[_OPTIONS.get(placeholder, placeholder)] = _ask(desk, placeholder)
    components = dict(component(desk, word) for word in told["components"])
    filled = fill(template, _texts(desk, told, components), components)
    facts = {key: text for key, text in filled.facts.items() if "." not in key and key != "started"}
    return {
        **{key: value for key, value in told.items() if key not in _SET},
        **{key: text for key, text in facts.items() if not told.get(key)},
        "components": tuple(f"{id_}={state}" for id_, state in filled.components.items()),
        "tags": told.get("tags") or filled.tags,
        "text": told.get("text") or filled.text,
        "status": told.get("status") or filled.status,
        # a translation goes with the text that it was written beside
        "translations": {k: t for k, t in filled.facts.items() if "." in k and not said.get(k.split(".")[0])},
    }


def _template(desk: Any, kind: str, name: str) -> Any:
    """The one that is meant; others may be broken meanwhile."""
    known, problems = templates(desk)
    if broken := [p for p in problems if p.where and p.where.path == f"{TEMPLATES}/{name}.md"]:
        raise Problems(broken)
    if name not in known:
        fits = [one.name for one in known.values() if one.kind == kind]
        mend = nearest(name, fits) if fits else f"put one into {TEMPLATES}/"
        raise StatuspageError(f"no template is called '{name}'", mend=mend)
    if known[name].kind != kind:
        raise StatuspageError(f"the template '{name}' is for {known[name].kind}, not for {kind}")
    return known[name]


def _set(values: Sequence[str]) -> Iterator[tuple[str, str]]:
    """`provider=Acme` as name and value."""
    for word in values:
        name, _, value = (part.strip() for part in word.partition("="))
        if name not in _SET or not value:
            told = f"--set {word}: {nearest(name, _SET)}" if name not in _SET else f"--set {name}=WHAT"
            raise click.UsageError(f"{told}; the other placeholders have options of their own")
        yield name, value


def _wanted(missing: Sequence[str]) -> Iterator[str]:
    from statuspage.authoring.templates import PLACEHOLDERS

    for name in missing:
        option = f"--set {name}=..." if name in _SET else f"--{name.replace('_', '-')} ..."
        more = f", or '{NOT_KNOWN_YET}'" if name in _MOMENTS else ""
        yield f"  {option}  {PLACEHOLDERS[name]}{more}"


def _ask(desk: Any, name: str) -> Any:
    from statuspage.authoring.templates import PLACEHOLDERS

    question = PLACEHOLDERS[name]
    if name in _MOMENTS:
        return click.prompt(f"{question} (45m, a time)", NOT_KNOWN_YET, type=When())
    if name != "component":
        return click.prompt(question)
    ids = ", ".join(c.id for c in desk.config.components)
    told = click.prompt(f"{question}, with commas ({ids})")
    return tuple(part.strip() for part in told.split(",") if part.strip())


def _texts(desk: Any, told: Mapping[str, Any], components: Mapping[str, str]) -> Mapping[str, str]:
    """What stands in the place of each placeholder in a text."""
    from statuspage.authoring import moment

    names = {c.id: c.name for c in desk.config.components}
    texts = {key: value for key, value in told.items() if isinstance(value, str)}
    for key, sign in (("started", -1), *((key, 1) for key in _MOMENTS)):
        at = told.get(key) or timedelta()
        at = desk.now + sign * at if isinstance(at, timedelta) else at
        texts[key] = at if isinstance(at, str) else moment(at.replace(second=0))
    affected = [names[id_] for id_ in components]
    *first, last = affected or [""]
    return {**texts, "component": f"{', '.join(first)} and {last}" if first else last}
