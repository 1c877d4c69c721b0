"""What somebody said in a form on GitHub: a workflow's inputs, or the answers in an issue that a form made.

Source: GitHub, "Events that trigger workflows" and "Syntax for issue forms": an answer stands under a heading of the
third level with the field's label; one that was left empty is `_No response_`, a choice left open `None`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from statuspage.errors import Problem, Problems, StatuspageError, Where, nearest

LABEL = "incident"
MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
ACTIONS = ("open", "update", "resolve")
FIELDS: Mapping[str, str] = {  # by label, in the form's order; the text comes last and may have headings
    "What to do": "action",
    "Incident": "incident",
    "Components": "components",
    "Impact": "impact",
    "Status": "status",
    "Cause": "cause",
    "Doing": "doing",
    "Expected back": "eta",
    "Next update": "next_update",
    "Text": "text",
}
TEXT = "Text"
MAX_EVENT = 2_000_000  # characters; GitHub's events are smaller
MAX_BODY = 65_536  # characters: GitHub's limit of an issue
MAX_LINE = 500  # characters of an answer on one line
SAME = "as it is"  # a choice that says nothing
NO_IMPACT = "no impact"  # GitHub takes no choice called `none`


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the form says; "" says nothing of it."""

    origin: str  # `issue 12` or `run 18237465`: the same form is not written twice
    action: str  # one of ACTIONS
    incident: str  # the title of a new one; else a part of the id, "" for the only one that is open
    components: tuple[str, ...] = ()  # `chat-engine=major_outage`, the state may be left out
    impact: str = ""
    status: str = ""
    cause: str = ""
    doing: str = ""
    eta: str = ""
    next_update: str = ""
    text: str = ""


def read_form(event: str, run: str) -> Form:
    """The form in an event of GitHub, as its runner hands it on; `run` is the number of the workflow's run.

    Raises Problems with all that is wrong in it, and StatuspageError when nobody may be heard.
    """
    found = _event(event)
    if isinstance(found.get("issue"), dict):
        issue = found["issue"]
        _allowed(issue, found.get("label"))
        return _form(f"issue {issue['number']}", _answers(str(issue.get("body") or "")))
    inputs = found.get("inputs")
    if not isinstance(inputs, dict):
        raise _no_form("neither an issue nor inputs")
    if unknown := sorted(str(key) for key in set(inputs) - set(FIELDS.values())):
        what = f"unknown input '{unknown[0]}'"
        raise StatuspageError(what, where=_FORM, mend=nearest(unknown[0], FIELDS.values()))
    if not _RUN.fullmatch(run):
        raise StatuspageError("this run has no number", mend="give it one: --run, or $GITHUB_RUN_ID")
    return _form(f"run {run}", {key: str(value or "") for key, value in inputs.items()})


# --- within ------------------------------------------------------------------------------------

_FORM = Where("the form")
_HEADING = re.compile(r"### (?P<label>.+?)\s*")
_RUN = re.compile(r"\w{1,40}", re.ASCII)
_SPLIT = re.compile(r"[,;\n]")
_NOTHING = frozenset({"", "_No response_", "None", SAME})


def _no_form(what: str) -> StatuspageError:
    return StatuspageError(f"this event holds no form: {what}", mend="name the file in $GITHUB_EVENT_PATH")


def _event(text: str) -> Mapping[str, Any]:
    if len(text) > MAX_EVENT:
        raise _no_form(f"longer than {MAX_EVENT} characters")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_form("not JSON") from error
    if not isinstance(found, dict):
        raise _no_form("no object")
    return found


def _allowed(issue: Mapping[str, Any], label: Any) -> None:
    """Refuse an issue that a stranger wrote, and one without the label that only members can set."""
    number = issue.get("number")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise _no_form("the issue has no number")
    if str(issue.get("author_association")) not in MEMBERS:
        mend = "a member of the repository writes the form"
        raise StatuspageError(f"issue {number} is no member's", mend=mend)
    labels = issue.get("labels")
    names = [one.get("name") for one in labels if isinstance(one, dict)] if isinstance(labels, list) else []
    just_set = label.get("name") if isinstance(label, dict) else None
    if LABEL not in names or just_set != LABEL:
        what = f"issue {number} was not labelled '{LABEL}' just now"
        raise StatuspageError(what, mend=f"a member sets the label '{LABEL}' when the form is right")


def _answers(body: str) -> Mapping[str, str]:
    """Answers by field. Raises Problems: a heading that the form does not have, one that is missing or moved."""
    if len(body) > MAX_BODY:
        what = f"the issue is {len(body)} characters long, at most {MAX_BODY} are read"
        raise StatuspageError(what, where=_FORM, mend="write less, and link to the rest")
    found: dict[str, list[str]] = {}
    problems: list[Problem] = []
    label = ""
    for number, line in enumerate(body.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        heading = _HEADING.fullmatch(line) if label != TEXT else None
        if heading:
            label = heading["label"]
            if label not in FIELDS or label in found:
                wrong = "stands here twice" if label in found else "is no question of the form"
                mend = "fill in the form again" if label in found else nearest(label[:80], FIELDS)
                problems.append(Problem(f"'{_short(label)}' {wrong}", Where("the form", number), mend))
            found.setdefault(label, [])
        elif label:
            found[label].append(line)
        elif line.strip():
            what = "text before the form's first question"
            problems.append(Problem(what, Where("the form", number), "fill in the form again"))
    missing = [name for name in FIELDS if name not in found]
    if missing:
        what = f"the answer to '{missing[0]}' is missing"
        problems.append(Problem(what, _FORM, "fill in the form again, and leave its headings as they are"))
    if problems:
        raise Problems(problems[:_MANY])
    return {FIELDS[name]: "\n".join(lines).strip() for name, lines in found.items()}


_MANY = 10  # problems that are told; a form has no more questions


def _form(origin: str, answers: Mapping[str, str]) -> Form:
    said = {key: "" if value.strip() in _NOTHING else value.strip() for key, value in answers.items()}
    if said.get("impact") == NO_IMPACT:
        said["impact"] = "none"
    if problems := list(_wrong(said)):
        raise Problems(problems)
    return Form(
        origin=origin,
        action=said["action"],
        incident=said.get("incident", ""),
        components=tuple(part.strip() for part in _SPLIT.split(said.get("components", "")) if part.strip()),
        **{
            key: said.get(key, "")
            for key in ("impact", "status", "cause", "doing", "eta", "next_update", "text")
        },
    )


def _wrong(said: Mapping[str, str]) -> Iterator[Problem]:
    action = said.get("action", "")
    if action not in ACTIONS:
        yield Problem(f"'{_short(action)}' cannot be done", _FORM, nearest(action[:80], ACTIONS))
    if action == "open" and not said.get("incident"):
        yield Problem("a new incident has no title", _FORM, "say under Incident what visitors notice")
    if action == "update" and not said.get("text"):
        yield Problem("an update says something", _FORM, "say under Text what is new")
    for label, key in FIELDS.items():
        value = said.get(key, "")
        if label == TEXT:
            continue
        if len(value) > MAX_LINE:
            what = f"the answer to '{label}' is {len(value)} characters long"
            yield Problem(what, _FORM, f"at most {MAX_LINE}: the rest belongs into the text")
        if not value.replace("\n", "" if key == "components" else "\n").isprintable():
            yield Problem(f"the answer to '{label}' is more than one line", _FORM, "write it on one line")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
