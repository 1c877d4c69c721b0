"""WhatsApp: may this number send, and if not, which of its owners is held back?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from statuspage.model import Finding, Reading
from statuspage.net import Net
from statuspage.probes.base import Occasion, shown
from statuspage.probes.channels.channel import Provided, Walk
from statuspage.probes.jsonpath import path
from statuspage.probes.options import SecretText

ENTITIES: Mapping[str, str] = {
    "PHONE_NUMBER": "phone number",
    "WABA": "business account",
    "BUSINESS": "business",
    "APP": "app",
    "MESSAGE_TEMPLATE": "template",
}
"""Meta's words for what takes part in sending, and ours, which may be published."""

WORDS: Mapping[str, str] = {"channel.limited": "LIMITED", "channel.blocked": "BLOCKED"}

_ENTITIES, _ERRORS = path("$.health_status.entities[*]"), path("$.errors[*].error_description")
_MOST = 20  # entities that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Whatsapp(Provided):
    """Up when Meta says that the number can send; limited means degraded, blocked means down."""

    type: ClassVar[str] = "whatsapp"

    phone_number_id: Annotated[
        str,
        Field(pattern=r"^[0-9]{5,30}$", description="Meta's id of the number, in quotes; not the number."),
    ]
    token: Annotated[SecretText, Field(description="A system user's token, as ${NAME}.")]

    def values(self, net: Net, occasion: Occasion) -> dict[str, str]:
        return {
            "base": self.address,
            "phone_number_id": self.phone_number_id,
            "token": self.token.reveal(),
        }

    def judge(self, walk: Walk, at: datetime) -> Reading:
        entities = [*_entities(walk.documents.get("health"))]
        findings = (*walk.findings, *(_finding(*entity) for entity in entities))
        reading = replace(walk.reading, findings=findings)
        held_back = [
            ENTITIES.get(kind, "another") for kind, word, _ in entities if word == WORDS.get(walk.code)
        ]
        if held_back:
            return replace(reading, detail=f"{walk.detail}: {', '.join(dict.fromkeys(held_back))}")
        return reading


def _entities(document: object) -> Iterator[tuple[str, str, str]]:
    """Type, word and first error of each entity; what is not described so is left out."""
    for entity in _ENTITIES.find(document)[:_MOST]:
        if isinstance(entity, dict):
            kind, word = entity.get("entity_type"), entity.get("can_send_message")
            if isinstance(kind, str) and isinstance(word, str):
                errors = _ERRORS.find(entity)
                yield kind, word, shown(errors[0]) if errors and isinstance(errors[0], str) else ""


def _finding(kind: str, word: str, error: str) -> Finding:
    seen = f"{shown(word)}: {error}" if error else shown(word)
    return Finding(f"health {shown(kind)}", "AVAILABLE", seen, holds=word == "AVAILABLE")
