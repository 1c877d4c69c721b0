"""`status.txt`: the page for terminals, and for programs that read lines. docs/embeds.md has its grammar."""

from collections.abc import Iterator
from datetime import datetime

from statuspage.model import Incident, Maintenance, Snapshot, State
from statuspage.outputs.wire import one_line
from statuspage.views.badges import current
from statuspage.views.brief import absolute, brief
from statuspage.views.context import Context
from statuspage.views.headline import headline
from statuspage.views.languages import first_context
from statuspage.views.widget import RUNNING

COLUMN = max(map(len, State)) + 2


def text(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """Keys and states are the same in every language, what is told is in the first one."""
    context = first_context(snapshot)
    running = (m for m in snapshot.maintenances if m.status in RUNNING)
    parts = [
        _head(context),
        [_row(context, c.state, c.name) for c in snapshot.components],
        *(_told(context, incident) for incident in snapshot.open_incidents),
        *(_told(context, work) for work in running),
    ]
    whole = "\n\n".join("\n".join(part) for part in parts if part)
    yield "status.txt", (whole + "\n").encode("utf-8", "replace")


def _head(context: Context) -> list[str]:
    snapshot, head = context.snapshot, headline(context)
    times = {
        "measured": snapshot.measured,
        "valid_until": snapshot.valid_until,
        "next_check": snapshot.next_check,
    }
    demo = [context._("Demonstration data: these figures are made up to show the page.")]
    return [
        one_line(head.sentence),
        _line("state", current(context, snapshot.state)),
        *(_line(key, _iso(context, at)) for key, at in times.items()),
        _line("page", absolute(context)),
        *(_line("note", note) for note in (*head.notes, *(demo if snapshot.page.demo else ()))),
    ]


def _row(context: Context, state: State, name: str) -> str:
    return f"{current(context, state):<{COLUMN}}{one_line(name)}"


def _told(context: Context, one: Incident | Maintenance) -> list[str]:
    """What an open incident or running maintenance says; what it does not say has no line."""
    told = brief(context, one)
    facts = {
        "status": str(one.status),
        "impact": str(one.impact) if isinstance(one, Incident) else "",
        "since": _iso(context, one.started if isinstance(one, Incident) else one.start),
        "cause": told.cause if isinstance(one, Incident) else "",
        "doing": told.doing,
        "expected_back": told.back_at or told.back,
        "workaround": told.workaround,
        "page": told.url,
    }
    kind = "incident" if isinstance(one, Incident) else "maintenance"
    return [_line(kind, told.title), *(f"  {_line(key, value)}" for key, value in facts.items() if value)]


def _line(key: str, value: str) -> str:
    return f"{key}: {one_line(value)}"


def _iso(context: Context, at: datetime | None) -> str:
    return context.when(at).iso if at else "never"
