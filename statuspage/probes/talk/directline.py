"""Direct Line 3.0: how web sites speak with bots of Azure Bot Service and Copilot Studio.

Sources, read 2026-11: learn.microsoft.com/azure/bot-service/rest-api/ bot-framework-rest-direct-line-3-0-
api-reference, -start-conversation, -send-activity and -receive-activities; for the hand-over
learn.microsoft.com/azure/bot-service/bot-service-design-pattern-handoff-human and EventFactory.CreateHandoffStatus.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

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
    gathered,
    plain,
    strings,
    texts,
)

GLOBAL = "https://directline.botframework.com"
LEAST, MOST = timedelta(seconds=0.2), timedelta(seconds=1)
"""Between two polls. They grow with the time waited, so that they add a fifth to the latency at most."""

MAX_ID = 500  # characters of an id, a watermark
_VISIBLE = frozenset({"title", "subtitle", "text"})  # what cards show


@dataclass(slots=True, kw_only=True)
class DirectLine:
    url: str  # the base address: another one for each region
    user: str
    answer: Path  # in each activity
    _conversation: str = ""  # its address
    _watermark: str = ""
    _token: Mapping[str, str] | None = field(default=None, repr=False)  # None: the line's own headers
    _sent: str = ""  # id of our last activity
    _echoed: bool = False  # it has come back to us, so that what follows is later

    async def open(self, line: Line) -> None:
        conversations = f"{_base(self.url)}/v3/directline/conversations"
        note = "the key is refused; a regional bot also wants its regional address"
        answer = await line.fetch(conversations, method="POST", body=b"{}")
        told = _mapping(checked(answer, keyed=line.keyed, note=note if answer.status == 403 else ""))
        self._conversation = f"{conversations}/{quote(_id(told.get('conversationId')), safe='')}"
        token = told.get("token")
        if isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]{1,8000}", token):
            others = {k: v for k, v in line.headers.items() if k.lower() != "authorization"}
            self._token = others | {"authorization": f"Bearer {token}"}

    async def say(self, line: Line, text: str, enough: Enough) -> Reply:
        began = line.spent
        activity = {"type": "message", "from": {"id": self.user}, "text": text}
        answer = await line.fetch(
            f"{self._conversation}/activities", method="POST", body=as_json(activity), headers=self._token
        )
        note = "the bot does not answer; Direct Line itself does" if answer.status == 502 else ""
        sent = _mapping(checked(answer, keyed=True, note=note)) if answer.body else {}
        self._sent, self._echoed = _word(sent.get("id")), False
        waited = line.spent - began

        async def listen(at_most: timedelta) -> tuple[Message, ...]:
            found = await self._poll(line, at_most)
            if not found:
                since = line.spent - began - waited
                await line.pause(min(max(LEAST, since / 5), MOST, at_most))
                line.check()
            return found

        reply = await gathered(line, listen, enough)
        return Reply(messages=reply.messages, latency=reply.latency + waited)

    async def _poll(self, line: Line, at_most: timedelta) -> tuple[Message, ...]:
        """What the bot has said since the last poll."""
        since = f"?watermark={quote(self._watermark, safe='')}" if self._watermark else ""
        address = f"{self._conversation}/activities{since}"
        answer = await line.fetch(address, headers=self._token, at_most=at_most)
        told = _mapping(checked(answer, keyed=True))
        self._watermark = _word(told.get("watermark")) or self._watermark
        activities = told.get("activities")
        if not isinstance(activities, list):
            raise Unanswered("http.protocol", "the answer has no list of activities")
        return tuple(self._heard(one for one in activities if isinstance(one, dict)))

    def _heard(self, activities: Iterator[dict[str, Any]]) -> Iterator[Message]:
        for one in activities:
            if self._is_ours(one):
                self._echoed = self._echoed or one.get("id") == self._sent
            elif self._is_for_us(one) and (message := self._message(one)):
                yield message

    def _is_ours(self, activity: dict[str, Any]) -> bool:
        """A token may give us another id than the one that we name ourselves."""
        sender = activity.get("from")
        if isinstance(sender, dict) and (sender.get("id") == self.user or sender.get("role") == "user"):
            return True
        return bool(self._sent) and activity.get("id") == self._sent

    def _is_for_us(self, activity: dict[str, Any]) -> bool:
        """Whether it answers our last message: not a greeting, nor a late answer to an earlier one."""
        to = activity.get("replyToId")
        return to == self._sent if to and self._sent else self._echoed or not self._sent

    def _message(self, activity: dict[str, Any]) -> Message | None:
        handover = _handover(activity)
        if activity.get("type") != "message" and handover is None:
            return None
        cards = activity.get("attachments")
        text = texts(self.answer.find(activity))
        return Message(
            text=text if text.strip() else "\n".join(strings(cards, _VISIBLE)),
            filled=bool(cards),
            # citations: entities of the type https://schema.org/Message
            beside=[cards, activity.get("entities"), activity.get("suggestedActions")],
            document=activity,
            handover=handover,
        )


def _handover(activity: dict[str, Any]) -> bool | None:
    """Events `handoff.initiate` and `handoff.status` (accepted, failed, completed), or the type `handoff`."""
    kind, name, value = (activity.get(key) for key in ("type", "name", "value"))
    if kind != "handoff" and not (kind == "event" and _word(name)[:7].lower() == "handoff"):
        return None
    return not (isinstance(value, dict) and value.get("state") == "failed")


def _word(found: object) -> str:
    """A text or number of theirs that we may have to send back; "" when it is neither."""
    return plain(str(found))[:MAX_ID] if isinstance(found, str | int) else ""


def _base(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path.partition("/v3/directline")[0].rstrip("/")
    return parts._replace(path=path, query="", fragment="").geturl()


def _mapping(answer: Answer) -> dict[str, Any]:
    found = document(answer)
    if not isinstance(found, dict):
        raise Unanswered("http.protocol", "the answer is no JSON object")
    return found


def _id(found: object) -> str:
    if not isinstance(found, str) or not 0 < len(found) <= MAX_ID or not found.isprintable():
        raise Unanswered("http.protocol", "the answer has no id of a conversation")
    return found
