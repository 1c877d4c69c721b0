"""Any chatbot with a JSON interface: a template of the request, paths into the answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

from statuspage.net import Answer
from statuspage.probes.jsonpath import Path
from statuspage.probes.talk.base import (
    Enough,
    Line,
    Message,
    Reply,
    Unanswered,
    as_json,
    checked,
    document,
    texts,
)
from statuspage.probes.talk.template import filled, filled_address, filled_text

MAX_SESSION = 8_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as a template. `json` None: it has no body."""

    method: str
    url: str = field(repr=False)
    json: object = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Custom:
    request: Call
    start: Call | None  # None: nothing comes before the first message
    session_at: Path | None  # in the answer to `start`
    answer: Path
    nonce: str
    session: str  # of our own making, until `start` has given another

    async def open(self, line: Line) -> None:
        if self.start is None:
            return
        answer = checked(await self._fetch(line, self.start, ""), keyed=line.keyed, note="at the start")
        if self.session_at is not None:
            self.session = _session(self.session_at.find(document(answer)))

    async def say(self, line: Line, text: str, enough: Enough) -> Reply:
        began = line.spent
        answer = checked(await self._fetch(line, self.request, text), keyed=line.keyed)
        found = document(answer)
        message = Message(text=texts(self.answer.find(found)), document=found)
        return Reply(messages=(message,), latency=line.spent - began)

    async def _fetch(self, line: Line, call: Call, say: str) -> Answer:
        names = self._names(say)
        return await line.fetch(
            filled_address(call.url, names),
            method=call.method,
            body=as_json(filled(call.json, names)) if call.json is not None else b"",
            headers=headers_with(line.headers, self.session),
        )

    def _names(self, say: str) -> Mapping[str, str]:
        return {"say": say, "nonce": self.nonce, "session": self.session}


def headers_with(headers: Mapping[str, str], session: str) -> Mapping[str, str]:
    return {name: filled_text(value, {"session": session}) for name, value in headers.items()}


def beside(url: str, reference: str) -> str:
    """The address of the start, which may be written from the root on; always one of HTTP."""
    url = "http" + url.removeprefix("ws") if url.startswith("ws") else url
    return urljoin(url, reference)


def _session(found: list[object]) -> str:
    told = str(found[0]) if found and isinstance(found[0], str | int) else ""
    if not re.fullmatch(rf"[\x21-\x7e]{{1,{MAX_SESSION}}}", told):
        raise Unanswered("http.protocol", "the answer at the start has no session")
    return told
