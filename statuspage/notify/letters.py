"""The words of a sending: one message, a digest of several, or one that went on because nobody came."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from statuspage.notices import Message, Notice
from statuspage.notify.plan import Sending, digest_key


def letter(sending: Sending, messages: Sequence[Message]) -> Message:
    """`messages`: those of the sending's notices, in their order."""
    whole = messages[-1] if len(messages) == 1 else digest(messages)
    if not sending.escalated:
        return whole
    way = f"{sending.escalated} → {sending.target.name}"  # in no language, as names are
    return replace(
        whole,
        subject=f"{way}: {whole.subject}",
        text=f"{way}\n\n{whole.text}",
        short=f"{way}: {whole.short}",
    )


def digest(messages: Sequence[Message]) -> Message:
    """One for all that quiet hours held, the newest first. What is worst, newest of it, gives the subject."""
    newest_first = list(reversed(messages))
    worst = max(newest_first, key=lambda message: message.notice.impact.severity)
    notice = _as_one([message.notice for message in messages], worst.notice)
    return replace(
        worst,
        notice=notice,
        subject=f"{worst.subject} (+{len(messages) - 1})",
        text="\n\n".join(f"* {one.subject}\n{one.short}" for one in newest_first) + "\n",
        html=_page(worst.language, newest_first),
        short=f"{worst.short} (+{len(messages) - 1})",
        wire="",
    )


def _as_one(notices: Sequence[Notice], worst: Notice) -> Notice:
    """A thread of its own: what is told in it may belong to many."""
    key = digest_key(notices)
    ids = dict.fromkeys(id_ for notice in notices for id_ in notice.components)
    return replace(worst, key=key, thread=key, at=notices[-1].at, components=tuple(ids))


def _page(language: str, messages: Sequence[Message]) -> str:
    parts = "".join(
        f'<h2 style="font-size:1em"><a href="{escape(one.url)}">{escape(one.subject)}</a></h2>'
        f"<p>{escape(one.short)}</p>\n"
        for one in messages
    )
    head = f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
    return f"{head}<title>{escape(messages[0].subject)}</title></head><body>\n{parts}</body></html>\n"
