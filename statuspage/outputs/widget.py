"""`widget/CODE.json`, a document a language for `widget.js`: less than a kilobyte of public facts."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from statuspage.model import Snapshot, State
from statuspage.outputs.wire import one_line
from statuspage.views.context import Context
from statuspage.views.languages import contexts
from statuspage.views.widget import Widget, widget

MOST = 1000  # octets of a document
SENTENCE, SHORTEST = 160, 16  # characters: the sentence has at most, each text keeps at least
OCTETS = 6  # of a character in JSON at most: one cut seldom takes too much
MARKS = {  # colour (3:1 on its light and its dark ground) and outline, in a square of 16 pixels
    State.DEGRADED: ("#b07a00", "M8 1 16 15H0zM7 6h2v4H7zM7 11.5h2v2H7z"),
    State.PARTIAL: (
        "#d05a18",
        "M4 1h8a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3V4a3 3 0 0 1 3-3zM4 7h8v2H4z",
    ),
    State.MAJOR: (
        "#d23543",
        "M5 1h6l4 4v6l-4 4H5L1 11V5zM5.4 4 8 6.6 10.6 4 12 5.4 9.4 8 12 10.6 10.6 12 8 9.4 5.4 12 4 10.6 6.6 8 4 5.4z",
    ),
    State.MAINTENANCE: (
        "#4a7fe0",
        "M8 1a7 7 0 1 0 0 14A7 7 0 1 0 8 1zM7.2 4h1.6v3.6l2.6 1.6-.8 1.3L7.2 8.4z",
    ),
}
_FACTS = ("cause", "doing", "workaround", "back")


def widgets(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """One file a language; the first language's is `widget.json` too, so that a reader need not know any."""
    spoken: dict[str, Context] = {}
    for context in contexts(snapshot):
        spoken.setdefault(context.language.code, context)  # two codes may share one language's words
    for n, (code, context) in enumerate(spoken.items()):
        content = document(widget(context), code, list(spoken))
        yield f"widget/{code}.json", content
        if n == 0:
            yield "widget.json", content


def document(told: Widget, code: str, codes: list[str]) -> bytes:
    """JSON in at most MOST octets: texts are cut, the longest first and the sentence last. The page has them whole."""
    about = told.about
    sentence = one_line(told.sentence)
    texts = {
        "sentence": sentence if len(sentence) <= SENTENCE else _cut(sentence, SENTENCE),
        "cause": one_line(about.cause),
        "doing": one_line(about.doing),
        "workaround": one_line(about.workaround),
        "back": one_line(about.back),
    }
    while True:
        content = _written(told, code, codes, texts)
        excess = len(content) - MOST
        long = [key for key in (*_FACTS, "sentence") if len(texts[key]) > SHORTEST]
        if excess <= 0 or not long:
            return content
        key = max(long, key=lambda key: (key != "sentence", len(texts[key])))
        texts[key] = _cut(texts[key], max(SHORTEST, len(texts[key]) - excess // OCTETS - 1))


def _written(told: Widget, code: str, codes: list[str], texts: dict[str, str]) -> bytes:
    known = {
        "language": code,
        "languages": codes,
        "state": str(told.state),
        **texts,
        "back_at": told.about.back_at or None,
        "url": told.about.url,
        "measured": told.measured or None,
        "until": told.until or None,
        "mark": MARKS.get(told.state),  # None: there is nothing to show
        "words": asdict(told.words),
    }
    return (json.dumps(known, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "replace")


def _cut(text: str, keep: int) -> str:
    return text[: keep - 1].rstrip() + "…"
