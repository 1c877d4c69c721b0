"""Upstream: what a provider's own status page says of the components that we lean on.

Reads the public v2 API of Statuspage (confluence.status.atlassian.com/api), which many other pages offer too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from statuspage.causes import CODES, status_code
from statuspage.errors import nearest
from statuspage.model import Finding, Reading, Verdict
from statuspage.net import Answer, Net, NetError, Request
from statuspage.probes.base import Occasion, shown, verdict_of
from statuspage.probes.options import HttpUrl, masked

SUMMARY, COMPONENTS = "/api/v2/summary.json", "/api/v2/components.json"

WORDS: Mapping[str, str] = {
    "operational": "",
    "under_maintenance": "upstream.degraded",
    "degraded_performance": "upstream.degraded",
    "partial_outage": "upstream.outage",
    "major_outage": "upstream.outage",
}
"""The page's words, worst last. Any other word is one that we do not know, never a good one."""

_WORST = ("", "upstream.unreadable", "upstream.degraded", "upstream.outage")  # last; as in model.State

MOST_COMPARED = 200  # names of the page, when the nearest one is looked for: each costs some 70 microseconds


def _page_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise ValueError("the address of a status page has no ? and no #")
    return url


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("names a component twice")
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """Up while the provider's page calls each of the named components operational."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "upstream"
    schemes: ClassVar[Sequence[str]] = ()

    statuspage: Annotated[
        HttpUrl,
        AfterValidator(_page_url),
        Field(
            description="The provider's status page, such as https://status.example.com.",
        ),
    ]
    components: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
        AfterValidator(_distinct),
        Field(
            min_length=1,
            max_length=50,
            description="Names on that page of what you use; Group / Name where a name stands there twice.",
        ),
    ]
    allow_private: Annotated[
        bool, Field(description="Let a public name resolve, or redirect, to a private address.")
    ] = False
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    @property
    def target(self) -> str:
        return masked(self.statuspage)

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        try:
            answer = await net.fetch(self._request(SUMMARY), within)
            if answer.truncated and not self._exact:  # a large page; without its incidents it is smaller
                answer = await net.fetch(self._request(COMPONENTS), within - answer.latency)
        except NetError as error:
            return _unread(error.code, error.detail, shown(error.code))
        return self._heard(answer)

    def judge(self, document: object) -> Reading:
        """By the page's JSON: summary or components. A reading has no latency: it would be the page's own."""
        page = listed(document)
        if not page:
            return _unread("upstream.unreadable", "no components on the page", "no components")
        found = {name: meant(name, page) for name in self.components}
        codes = {name: WORDS.get(_word(some), "upstream.unreadable") for name, some in found.items()}
        worst = max(codes.values(), key=_WORST.index)
        hit = [_word(found[name]) for name, code in codes.items() if code == worst]
        findings = tuple(_finding(name, some, page) for name, some in found.items())
        return _reading(worst, _evidence(worst, hit, len(found)), findings)

    @property
    def _exact(self) -> bool:
        """Whether the address is that of the file itself."""
        return self.statuspage.endswith(".json")

    def _request(self, path: str) -> Request:
        url = self.statuspage if self._exact else self.statuspage.rstrip("/").removesuffix("/api/v2") + path
        return Request(url=url, allow_private=self.allow_private, ca=self.ca)

    def _heard(self, answer: Answer) -> Reading:
        if not 200 <= answer.status < 300:
            code = status_code(answer.status, answer.headers)
            return _unread(code, f"status {answer.status}", str(answer.status))
        try:
            return self.judge(json.loads(answer.body))
        except (ValueError, RecursionError):
            why = "longer than is read" if answer.truncated else "not JSON"
            return _unread("upstream.unreadable", why, why)


# --- the page's components ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A component, or a group, as the page lists it."""

    name: str
    group: str | None  # the name of the group that it is in
    word: str  # its status; "": none

    @property
    def full_name(self) -> str:
        return self.name if self.group is None else f"{self.group} / {self.name}"


def listed(document: object) -> list[Listed]:
    """All that the page lists; what has no name is left out."""
    found = document.get("components") if isinstance(document, dict) else None
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    groups = {_text(row, "id"): _text(row, "name") for row in rows if row.get("group") is True}
    groups.pop("", None)
    return [
        Listed(_text(row, "name"), groups.get(_text(row, "group_id")), _text(row, "status"))
        for row in rows
        if _text(row, "name")
    ]


def meant(name: str, page: Sequence[Listed]) -> list[Listed]:
    """What the name means: what is so called outside of groups, else as Group / Name, else inside any group."""
    outside = [one for one in page if one.group is None and one.name == name]
    full = [one for one in page if one.full_name == name]
    return outside or full or [one for one in page if one.name == name]


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _word(found: Sequence[Listed]) -> str:
    """The status of the one that was found; "" when there is not one, or it has none."""
    return found[0].word if len(found) == 1 else ""


def _evidence(worst: str, words: Sequence[str], among: int) -> str:
    """What is published, in words of ours. `words`: of those whose status is the worst."""
    if not worst:
        return ""
    told = "not there, or with a status that we do not know"
    if worst != "upstream.unreadable":
        told = max(words, key=[*WORDS].index).replace("_", " ")
    return f"{len(words)} of {among} components: {told}"


def _finding(name: str, found: Sequence[Listed], page: Sequence[Listed]) -> Finding:
    word = _word(found)
    seen = shown(word or _why(name, found, page), 1000)
    return Finding(f"component {name}", "operational", seen, word == "operational")


def _why(name: str, found: Sequence[Listed], page: Sequence[Listed]) -> str:
    """Why a name has no status: for the operator, who needs the right name."""
    if found:
        names = ", ".join(one.full_name for one in found)
        return "it has no status" if len(found) == 1 else f"{len(found)} are called so: {names}"
    known = [one.full_name for one in page]
    close = nearest(name, known[:MOST_COMPARED])
    return f"not on the page; {f'{close} ' if close.startswith('did') else ''}it has {', '.join(known)}"


# --- small helpers -----------------------------------------------------------------------------


def _unread(code: str, detail: str, seen: str) -> Reading:
    """The page gave no answer, which says nothing of the provider's service."""
    finding = Finding("page", "status of the components", seen, holds=False)
    if CODES[code].verdict is Verdict.DOWN:
        return _reading("upstream.unreadable", f"{code}: {detail}", (finding,))
    return _reading(code, detail, (finding,))


def _reading(code: str, detail: str, findings: tuple[Finding, ...] = ()) -> Reading:
    return Reading(verdict=verdict_of(code), code=code, detail=detail, findings=findings)
