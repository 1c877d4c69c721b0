"""The actions of a post-incident report: a list of tasks under `### Actions`, as GitHub shows one."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from statuspage.incidents.facts import Border, is_language
from statuspage.incidents.outline import Line
from statuspage.incidents.times import shortened
from statuspage.model import Action

MAX_ACTIONS = 100


def actions(border: Border, lines: Sequence[Line]) -> tuple[Action, ...]:
    """`- [ ] Rehearse it (owner: platform, due: 2026-12-15)`; what is wrong with one goes to `border`."""
    found = tuple(_tasks(border, lines))
    if len(found) > MAX_ACTIONS:
        border.wrong(lines[0].number, f"more than {MAX_ACTIONS} actions", "join some of them")
    return found


_HEADING = re.compile(r" {0,3}(?P<level>#{3,6})\s*(?P<words>.*?)[\s#]*")
_TASK = re.compile(r" {0,3}[-*+] +\[(?P<mark>[ xX])\] +(?P<text>.*)")
_FACTS = re.compile(r"\s*\((?P<facts>[^()]*)\)\s*$")
_KEYS = ("owner", "due")


def _tasks(border: Border, lines: Sequence[Line]) -> Iterator[Action]:
    within = foreign = False
    for line in lines:
        if line.code:
            continue
        if heading := _HEADING.fullmatch(line.text):
            words = heading["words"].strip()
            if heading["level"] == "###":
                foreign = is_language(words)
            within = not foreign and words.casefold() == "actions"
        elif within and (task := _TASK.fullmatch(line.text)):
            yield _action(border, line.number, task["text"].strip(), done=task["mark"] != " ")


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
