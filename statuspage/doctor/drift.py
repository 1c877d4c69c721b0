"""The shipped workflows against the user's: what differs beyond what is meant to."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from difflib import unified_diff

from statuspage.doctor.facts import INSTALLED
from statuspage.doctor.values import Outcome, Seen, Unseen, examined, wholly
from statuspage.doctor.workflows import Workflow
from statuspage.errors import Problem, Where
from statuspage.yamlfile import Value, load

_OF_THE_USER = re.compile(r"\$\{\{\s*(secrets|vars)\b")


@dataclass(frozen=True, slots=True)
class Drift:
    """One workflow that is not, octet for octet, the shipped one."""

    workflow: Workflow
    lines: tuple[str, ...]  # of a unified diff, from the shipped one to the user's
    own: tuple[str, ...]  # what the user was asked to choose: other cron lines, secrets by name
    is_drift: bool  # there is more than that

    @property
    def changed(self) -> int:
        """Lines that were added or left out."""
        return sum(line[:1] in ("+", "-") for line in self.lines[2:])


def drift(seen: Seen) -> Outcome:
    """Whether the workflows still do what the shipped ones do."""
    if not seen.workflows:
        return Unseen(f"no workflow in {seen.folder} that can be read")
    found = [*drifts(seen)]
    drifted = (_finding(one, seen.machine.version) for one in found if one.is_drift)
    return wholly(seen, examined(_said(seen, found), drifted))


def drifts(seen: Seen) -> Iterator[Drift]:
    """The user's workflows that differ from the shipped ones of their name."""
    for name, text in sorted(seen.shipped.items()):
        workflow = seen.workflow(name)
        if workflow and workflow.text != text:
            yield _compared(workflow, Workflow(name, load(text, name), text))


def _said(seen: Seen, found: list[Drift]) -> str:
    drifted = {one.workflow.name for one in found if one.is_drift}
    same = sorted(name for name in seen.shipped if seen.workflow(name) and name not in drifted)
    absent = sorted(name for name in seen.shipped if not seen.workflow(name))
    return "; ".join(
        [
            f"{', '.join(same) or 'none'} as shipped with {seen.machine.version}",
            *(f"{one.workflow.name} with {', '.join(one.own)} of your own" for one in found if one.own),
            *([f"without {', '.join(absent)}"] if absent else []),
        ]
    )


def _finding(one: Drift, version: str) -> Problem:
    what = f"differs from the one shipped with {version}: {one.changed} lines"
    mend = "see `statuspage doctor --diff`; the file is yours, and no tool changes it"
    return Problem(what, Where(one.workflow.loaded.path), mend, warning=True)


def _compared(workflow: Workflow, shipped: Workflow) -> Drift:
    lines = unified_diff(
        shipped.text.splitlines(), workflow.text.splitlines(), "shipped", workflow.loaded.path, lineterm=""
    )
    theirs = {name for _, name, _ in shipped.environments}
    named = {name for _, name, value in workflow.environments if _OF_THE_USER.search(value)}
    crons = sorted(set(workflow.crons.values()) - set(shipped.crons.values()))
    return Drift(
        workflow,
        tuple(lines),
        (*(f"cron '{cron}'" for cron in crons), *sorted(named - theirs)),
        _essence(workflow.loaded.value, theirs) != _essence(shipped.loaded.value, theirs),
    )


def _essence(value: Value, theirs: Set[str], key: str = "") -> object:
    """The value without what is the user's to choose: schedule, versions, secrets beyond `theirs`."""
    if isinstance(value, list):
        return [_essence(item, theirs) for item in value]
    if isinstance(value, str):
        return value.partition("@")[0] if key == "uses" else INSTALLED.sub("chatbot-statuspage", value)
    if not isinstance(value, dict):
        return value
    inner = _others(value, theirs) if key == "env" else value
    parts = {name: _essence(item, theirs, name) for name, item in inner.items() if name != "schedule"}
    return {name: part for name, part in parts.items() if name != "env" or part}


def _others(environment: dict[str, Value], theirs: Set[str]) -> dict[str, Value]:
    return {
        name: value
        for name, value in environment.items()
        if name in theirs or not _OF_THE_USER.search(str(value))
    }
