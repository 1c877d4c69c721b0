"""What the files for programs have in common: permanent ids, stamps, addresses, clean text."""

import hashlib
import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

from statuspage.model import ComponentStatus, Incident, Maintenance, Page, Snapshot, State

CONSONANTS = "0123456789bcdfghjklmnpqrstvwxyz"  # no vowel, so that no id spells a word
LETTERS = 12
IDS = len(CONSONANTS) ** LETTERS

# Outside XML 1.0's Char (section 2.2), and the C1 controls that feed validators refuse.
_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@lru_cache(maxsize=65_536)
def wire_id(kind: str, key: str) -> str:
    """Twelve characters that stand for `key` for ever: Statuspage's form of an id.

    `kind` (page, group, component, incident, update) keeps equal keys of two kinds apart.
    """
    digest = hashlib.sha256(f"{kind}:{key}".encode("utf-8", "replace")).digest()
    number = int.from_bytes(digest) % IDS  # the same letters, and small numbers are divided quickly
    letters = []
    for _ in range(LETTERS):
        number, letter = divmod(number, len(CONSONANTS))
        letters.append(CONSONANTS[letter])
    return "".join(letters)


def update_id(owner: str, number: int | str) -> str:
    """The id of the update `number` of the incident or maintenance `owner`."""
    return wire_id("update", f"{owner}/{number}")


@lru_cache(maxsize=65_536)
def stamp(at: datetime) -> str:
    """ISO 8601 in UTC with exactly three fraction digits and `Z`: some clients parse nothing else."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def json_bytes(document: object) -> bytes:
    """A JSON document in UTF-8, keys in the order given; half a surrogate pair becomes a question mark."""
    return (json.dumps(document, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def xml_text(text: str) -> str:
    """The text less what XML 1.0 cannot hold."""
    return _NOT_XML.sub("", text)


def one_line(text: str) -> str:
    """XML text on one line, for titles."""
    return " ".join(xml_text(text).split())


def address(page: Page, path: str = "") -> str:
    """The public address of `path`, given from the site's root without a slash before it."""
    return f"{page.url.rstrip('/')}/{path}"


def page_name(page: Page) -> str:
    """What a feed's author is called."""
    return one_line(page.name) or address(page)


def incident_address(page: Page, incident: str, number: int | None = None) -> str:
    """The page of an incident or a maintenance, or the place of one update on it."""
    place = "" if number is None else f"#update-{number}"
    return address(page, f"incidents/{quote(incident, safe='')}/{place}")


def tag(page: Page, what: str) -> str:
    """A tag URI for ever: host, first year, what. Two pages on one host differ by their path.

    Source: RFC 4151; the form is that of Statuspage's feeds.
    """
    parts = urlsplit(page.url)
    host = (parts.hostname or "localhost").replace(":", "-")  # an IPv6 address has colons
    below = parts.path.strip("/")
    specific = f"{below}/{what.removeprefix('/')}" if below else what
    return f"tag:{host},{page.since}:{specific}"


def newest(one: Incident | Maintenance) -> datetime:
    """When readers could first see its newest update."""
    return max(one.created, *(u.first_seen for u in one.updates))


def changed(component: ComponentStatus) -> datetime | None:
    """The start of its last confirmed state; None: it never had one."""
    if component.state is not State.UNKNOWN:
        return component.since
    return component.last.start if component.last else None


def confirmed(component: ComponentStatus) -> State | None:
    """Its state, or while that is unknown the last one that was measured; None: there was none."""
    if component.state is not State.UNKNOWN:
        return component.state
    return component.last.state if component.last else None


def dawn(snapshot: Snapshot) -> datetime:
    """The first moment the page knows of, the same in each build: first measured, else its first year's start."""
    measured = [c.first_measured for c in snapshot.components if c.first_measured]
    return min(measured, default=datetime(snapshot.page.since, 1, 1, tzinfo=UTC))


def word(status: str) -> str:
    """A status as readers see it: `In progress`."""
    return status.replace("_", " ").capitalize()
