"""What readers, programs and people who are told find of a component: page, feed, API, badge."""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape

from statuspage.model import ComponentStatus, Snapshot, State
from statuspage.outputs.wire import wire_id
from statuspage.views.languages import first_context

PAGE, FEED, API, BADGE, MESSAGE = "page", "feed", "API", "badge", "message"
TROUBLE = (State.DEGRADED, State.PARTIAL, State.MAJOR)
NEAR = 120  # characters of text between a component's name and its state


def faults(files: Mapping[str, bytes], snapshot: Snapshot, one: ComponentStatus) -> Iterator[tuple[str, str]]:
    """Where page, API and badge say otherwise than the snapshot does: which of them, and what they say."""
    word = first_context(snapshot).state(one.state).word
    if not _says(files["index.html"], one.name, word):
        yield PAGE, f"the front page does not say {word!r} of it"
    if word not in text_of(files[f"components/{one.id}/index.html"]):
        yield PAGE, f"its page does not say {word!r}"
    row = next(row for row in json.loads(files["api/status.json"])["components"] if row["id"] == one.id)
    if row["state"] != one.state:
        yield API, f"api/status.json says {row['state']}"
    wired = json.loads(files["api/v2/components.json"])["components"]
    status = next((row["status"] for row in wired if row["id"] == wire_id("component", one.id)), "nothing")
    if one.state in TROUBLE and status != one.state:
        yield API, f"api/v2/components.json says {status}"
    badge = json.loads(files[f"badges/{one.id}.json"])["message"]
    if word.casefold() not in badge.casefold():
        yield BADGE, f"the badge says {badge!r}"


def all_is_well(files: Mapping[str, bytes]) -> bool:
    """Whether the page as a whole says that everything works."""
    return bool(json.loads(files["api/status.json"])["state"] == State.OPERATIONAL)


def entries(files: Mapping[str, bytes]) -> frozenset[str]:
    """The ids of the entries of the feed of updates."""
    return frozenset(re.findall(r"<entry>\s*<id>([^<]+)</id>", files["updates.atom"].decode()))


def text_of(page: bytes) -> str:
    """The words of a page without its marks, on one line."""
    bare = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]*>", " ", page.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(bare))


def _says(page: bytes, name: str, word: str) -> bool:
    """Whether the state's word follows the name."""
    text = text_of(page)
    return any(word in text[m.end() : m.end() + NEAR] for m in re.finditer(re.escape(name), text))
