"""A message as the words have it, and targets as components.yaml has them, for the tests of channels."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from statuspage.config import Target, load
from statuspage.model import State
from statuspage.notices import Audience, Message, Notice, NoticeKind

NOW = datetime(2026, 11, 22, 14, 12, 30, tzinfo=UTC)
URL = "https://status.example.org/incidents/no_answers/"
WITHIN = timedelta(seconds=8)
TEXT = f"""\
Investigating: The chatbot gives no answers
The model's host answers api_v2_chat with *errors* & <nothing>. We have told them.

Affected: Chat engine (major outage)
Expected back: about 15:00 UTC. Next update: 14:45 UTC.

{URL}
"""
HTML = f"<!doctype html><html><body><p>No answers</p><p><a href='{URL}'>More</a></p></body></html>\n"


def notice(kind: NoticeKind = NoticeKind.INCIDENT, number: int = 1, **changes: Any) -> Notice:
    made = Notice(
        kind=kind,
        key=f"update/no-answers/{number}",
        thread="incident/no-answers",
        at=NOW - timedelta(minutes=2),
        audience=Audience.PUBLIC,
        subject="no-answers",
        number=number,
        components=("chat-engine",),
        impact=State.MAJOR,
    )
    return replace(made, **changes)


def message(kind: NoticeKind = NoticeKind.INCIDENT, number: int = 1, **changes: Any) -> Message:
    made = Message(
        notice=notice(kind, number),
        language="en",
        subject="Major outage: The chatbot gives no answers",
        text=TEXT,
        html=HTML,
        short=f"Major outage: the chatbot gives no answers. Next update 14:45 UTC. {URL}",
        url=URL,
    )
    return replace(made, **changes)


def target(block: str, **secrets: str) -> Target:
    """The one target of a file; `block` has its keys in flow style: `url: ${X}`."""
    text = f"components: [{{name: Chat engine, type: manual}}]\nnotify: [{{name: Readers, {block}}}]\n"
    read = load(text, "components.yaml", secrets)
    assert [str(problem) for problem in read.unset] == []
    return read.notify[0]
