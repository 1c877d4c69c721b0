"""What is read of a post-incident report: its lessons, what fixed it, and its actions, a list of tasks as on GitHub."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from statuspage.incidents.facts import Border, is_language
from statuspage.incidents.outline import Line
from statuspage.incidents.times import shortened
from statuspage.model import Action

MAX_ACTIONS = 100


ACTIONS, LESSONS, FIXED = "actions", "lessons", "what fixed it"
"""Headings of a report's parts, in small letters."""


def actions(border: Border, lines: Sequence[Line]) -> tuple[Action, ...]:
    """`- [ ] Rehearse it (owner: platform, due: 2026-12-15)`; what is wrong with one goes to `border`."""
    found = tuple(
        _action(border, line.number, task["text"].strip(), done=task["mark"] != " ")
        for line in _under(lines, ACTIONS)
        if not line.code and (task := _TASK.fullmatch(line.text))
    )
    if len(found) > MAX_ACTIONS:
        border.wrong(lines[0].number, f"more than {MAX_ACTIONS} actions", "join some of them")
    return found


def part(lines: Sequence[Line], heading: str) -> str:
    """The Markdown under a heading of the report; "" where there is none."""
    return "\n".join(line.text for line in _under(lines, heading)).strip("\n")


_HEADING = re.compile(r" {0,3}(?P<level>#{3,6})\s*(?P<words>.*?)[\s#]*")
_TASK = re.compile(r" {0,3}[-*+] +\[(?P<mark>[ xX])\] +(?P<text>.*)")
_FACTS = re.compile(r"\s*\((?P<facts>[^()]*)\)\s*$")
_KEYS = ("owner", "due")


def _under(lines: Sequence[Line], wanted: str) -> Iterator[Line]:
    """The lines under a heading of the third level or deeper, up to the next one that is no part of it."""
    within, foreign = 0, False  # the level of the heading that they stand under
    for line in lines:
        heading = None if line.code else _HEADING.fullmatch(line.text)
        if heading is None:
            if within:
                yield line
            continue
        level, words = len(heading["level"]), heading["words"].strip()
        if level == 3:
            foreign = is_language(words)
        if not foreign and words.casefold() == wanted:
            within = level
        elif within and level > within:
            yield line
        else:
            within = 0


def _action(border: Border, line: int, text: str, *, done: bool) -> Action:
    facts = _FACTS.search(text)
    said = dict(_pairs(facts["facts"])) if facts else {}
    if not facts or not said.keys() & {*_KEYS}:
        return Action(text=text, done=done)
    due = None
    if "due" in said:
        try:
            due = date.fromisoformat(said["due"])
        except ValueError:
            border.wrong(line, f"due is '{shortened(said['due'])}', no date", "write due: 2026-12-15")
    return Action(text=text[: facts.start()].strip(), done=done, owner=said.get("owner", ""), due=due)


def _pairs(facts: str) -> Iterator[tuple[str, str]]:
    for part in facts.split(","):
        key, colon, value = part.partition(":")
        if colon:
            yield key.strip().casefold(), value.strip()
