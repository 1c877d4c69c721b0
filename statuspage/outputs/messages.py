"""A notice in words, for every sort of channel: plain text, HTML for mail, one or two sentences for SMS."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from jinja2 import Environment

from statuspage.model import Snapshot
from statuspage.news import notices
from statuspage.notices import Audience, Message, Notice, NoticeKind
from statuspage.outputs.entries import absolute_links
from statuspage.outputs.templates import environment, usable
from statuspage.outputs.wire import one_line
from statuspage.redaction import Redactor
from statuspage.views.message import MessageView, cut, message_view
from statuspage.visible import visible

NOTHING = Redactor(())
SHORT = 300  # characters before the link: two SMS
SUBJECT = 250  # characters; mail folds them, and clients show 60


def message(
    snapshot: Snapshot,
    notice: Notice,
    language: str,
    templates: Path | None = None,
    *,
    page_late: bool = False,
    audience: Audience | None = None,
    redactor: Redactor = NOTHING,
) -> Message:
    """The words of a notice in one language.

    `audience`: whose message it is, when not the notice's own; `page_late`: it goes out before the page has the news;
    `redactor`: takes the secrets out, as it does for the page. A file in `templates` wins over ours of the same name.

    Raises StatuspageError, naming file and line, when a template cannot be used.
    """
    whose = audience or notice.audience
    snapshot = visible(snapshot) if whose is Audience.PUBLIC else snapshot
    view = _safe(message_view(snapshot, notice, language, redactor.text, page_late=page_late, audience=whose))
    with usable(templates):
        text, html, short = (
            _environment(templates).get_template(f"messages/{name}").render(message=view)
            for name in ("message.txt", "message.html", "short.txt")
        )
    return Message(
        notice=notice,
        language=view.lang,
        subject=cut(redactor.text(one_line(view.subject)), SUBJECT),
        text=redactor.text(_spaced(text)),
        html=redactor.text(html.strip() + "\n"),
        short=redactor.text(one_line(short)),
        url=view.url,
    )


def try_templates(snapshot: Snapshot, templates: Path | None) -> None:
    """Write a message of all that could be told now, and throw it away. Raises StatuspageError like `message`."""
    test = Notice(
        kind=NoticeKind.TEST,
        key="test",
        thread="test",
        at=snapshot.now,
        audience=Audience.OPERATORS,
        subject="",
    )
    for notice in (test, *notices(snapshot)):
        message(snapshot, notice, snapshot.page.language, templates)


@cache
def _environment(templates: Path | None) -> Environment:
    return environment(templates)


def _safe(view: MessageView) -> MessageView:
    """Without what no text should have; links of updates lead to the page, the short form has its length."""
    known = _tamed(view)
    assert isinstance(known, MessageView)
    entries = tuple(replace(u, html=absolute_links(u.html, view.url)) for u in known.updates)
    return replace(known, updates=entries, gist=cut(one_line(known.gist), SHORT))


def _tamed(value: object) -> object:
    """Every text in it without controls and without marks that turn the direction of all that follows."""
    if isinstance(value, str):
        return _WILD.sub("", value)
    if isinstance(value, tuple):
        return tuple(_tamed(one) for one in value)
    names = getattr(type(value), "__dataclass_fields__", None)
    if names is None:
        return value
    return replace(value, **{name: _tamed(getattr(value, name)) for name in names})  # type: ignore[type-var]


# C0 and C1 controls but tab and line feed, half surrogate pairs, and what overrides, embeds or isolates directions
# (Unicode Standard Annex 9, section 2)
_WILD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _spaced(text: str) -> str:
    """One empty line between paragraphs, no blank at the end of a line but in the mark before a signature."""
    lines = "\n".join(line if line == "-- " else line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
