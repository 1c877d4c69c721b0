"""Rasa's REST channel: one request, a list of messages.

Source: rasa.com/docs/reference/channels/your-own-website (REST channels), read 2026-11.
"""

from dataclasses import dataclass

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

_BESIDE = ("image", "attachment", "buttons", "quick_replies", "elements", "custom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rasa:
    url: str  # …/webhooks/rest/webhook
    sender: str  # whom the bot keeps this conversation for
    answer: Path  # in each message

    async def open(self, line: Line) -> None:
        """Nothing: Rasa begins a conversation with the first message of a sender."""

    async def say(self, line: Line, text: str, enough: Enough) -> Reply:
        began = line.spent
        body = as_json({"sender": self.sender, "message": text})
        answer = checked(await line.fetch(self.url, method="POST", body=body), keyed=line.keyed)
        messages = self._messages(document(answer))
        return Reply(messages=messages, latency=line.spent - began)

    def _messages(self, found: object) -> tuple[Message, ...]:
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise Unanswered("http.protocol", "the answer is no list of messages")
        return tuple(self._message(one) for one in found)

    def _message(self, one: dict[str, object]) -> Message:
        beside = {key: one[key] for key in _BESIDE if one.get(key)}
        return Message(text=texts(self.answer.find(one)), filled=bool(beside), beside=beside, document=one)
