"""Changes in plain English, a line each: for a terminal and for a pull request.

What people wrote stands in quotation marks, on one line, cut, and without characters that cannot be seen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from statuspage.changes.values import (
    Change,
    ComponentAdded,
    ComponentChanged,
    ComponentRemoved,
    FileBroken,
    FileMended,
    IncidentChanged,
    IncidentOpened,
    IncidentRemoved,
    IncidentReopened,
    IncidentResolved,
    MaintenanceCancelled,
    MaintenanceChanged,
    MaintenanceMoved,
    MaintenancePlanned,
    MaintenanceProgressed,
    MaintenanceRemoved,
    OverallChanged,
    StateChanged,
    UpdateAdded,
    UpdateEdited,
    UpdateRemoved,
)
from statuspage.i18n import Language
from statuspage.model import Maintenance, State, Update

MAX_QUOTED = 160  # characters
FIELDS: Mapping[str, str] = {
    "cause_class": "kind of cause",
    "depends_on": "list of what it depends on",
    "doing": "line on what is done",
    "eta": "expected return",
    "later": "list of later windows",
    "next_update": "time of the next update",
    "started": "start",
    "components": "list of affected components",
}


def sentences(changes: Sequence[Change], language: Language) -> tuple[str, ...]:
    """One line or more for each change, in their order; `language` tells the times."""
    return tuple(line for change in changes for line in _lines(change, language.full_moment))


When = Callable[[datetime], str]


def _lines(change: Change, when: When) -> Iterator[str]:
    match change:
        case OverallChanged():
            yield f"The page as a whole: {_state(change.before)} before, {_state(change.after)} now."
        case ComponentAdded():
            yield f"New component {_name(change.component.name)}: {_state(change.component.state)}."
        case ComponentRemoved():
            yield f"The component {_name(change.component.name)} goes away."
        case StateChanged(before, after):
            yield f"{_name(after.name)}: {_state(before.state)} before, {_state(after.state)} now."
        case ComponentChanged(before, after, fields):
            yield from (_fact(_name(before.name), field, before, after, when) for field in fields)
        case FileBroken(path, shown):
            what = "its last good version stays on the page" if shown else "it is left out of the page"
            yield f"The file {_plain(path)} is broken: {what}."
        case FileMended(path):
            yield f"The file {_plain(path)} can be read again."
        case UpdateAdded() | UpdateEdited() | UpdateRemoved():
            yield _of_update(change, when)
        case _:
            yield from _of_work_and_trouble(change, when)


def _of_work_and_trouble(change: Change, when: When) -> Iterator[str]:
    match change:
        case IncidentOpened(one):
            over = ", already over" if not one.open else ""
            yield f"New incident {_quoted(one.title)}: impact {one.impact}, {_word(one.status)}{over}."
            yield from (f"  {_update(update, when)}" for update in one.updates)
        case IncidentResolved(_, one, update):
            yield f"The incident {_quoted(one.title)} is over." + (
                f" {_update(update, when)}" if update else ""
            )
        case IncidentReopened(_, one):
            yield f"The incident {_quoted(one.title)} is open again: {_word(one.status)}."
        case IncidentRemoved(one):
            still = ", which is open," if one.open else ""
            yield f"The incident {_quoted(one.title)}{still} goes away."
        case IncidentChanged(before, after, fields) | MaintenanceChanged(before, after, fields):
            yield from (_fact(_quoted(before.title), field, before, after, when) for field in fields)
        case MaintenancePlanned(one):
            yield f"New maintenance {_quoted(one.title)}, {_window(one, when)}: {_word(one.status)}."
        case MaintenanceMoved(before, after):
            title, windows = _quoted(after.title), (_window(before, when), _window(after, when))
            yield f"The maintenance {title} moves: {windows[0]} before, {windows[1]} now."
        case MaintenanceCancelled(_, one):
            yield f"The maintenance {_quoted(one.title)} is cancelled."
        case MaintenanceProgressed(before, one):
            yield f"The maintenance {_quoted(one.title)}: {_word(before.status)} before, {_word(one.status)} now."
        case MaintenanceRemoved(one):
            yield f"The maintenance {_quoted(one.title)} goes away."


def _of_update(change: UpdateAdded | UpdateEdited | UpdateRemoved, when: When) -> str:
    title = _quoted(change.of.title)
    match change:
        case UpdateAdded(_, update):
            return f"New update of {title}: {_update(update, when)}"
        case UpdateEdited(_, before, after):
            return (
                f"An update of {title} is edited. Before: {_update(before, when)} Now: {_update(after, when)}"
            )
        case UpdateRemoved(_, update):
            return f"An update of {title} goes away: {_update(update, when)}"


def _update(update: Update, when: When) -> str:
    states = ", ".join(f"{id_} {_state(state)}" for id_, state in update.components.items())
    declared = f" ({states})" if states else ""
    return f"{_word(update.status).capitalize()} at {when(update.at)}{declared}: {_quoted(update.text)}"


def _fact(name: str, field: str, before: object, after: object, when: When) -> str:
    was, now = (_value(getattr(one, field), when) for one in (before, after))
    return f"{name}: its {FIELDS.get(field, field)} was {was}, and is {now} now."


def _value(value: object, when: When) -> str:
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, Mapping):
        value = [f"{key} {_state(state)}" for key, state in value.items()]
    if isinstance(value, (list, tuple)):
        value = ", ".join(when(one.start) if isinstance(one, Maintenance) else str(one) for one in value)
    return _quoted(str(value)) if value else "nothing"


def _window(one: Maintenance, when: When) -> str:
    return f"from {when(one.start)} to {when(one.end)}"


def _state(state: State) -> str:
    return "not measured" if state is State.UNKNOWN else _word(state)


def _word(word: str) -> str:
    return str(word).replace("_", " ")


def _name(name: str) -> str:
    return _plain(name)[:MAX_QUOTED]


def _quoted(text: str) -> str:
    plain = _plain(text)
    return f'"{plain if len(plain) <= MAX_QUOTED else plain[: MAX_QUOTED - 3] + "..."}"'


def _plain(text: str) -> str:
    """On one line, without control and direction characters."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
