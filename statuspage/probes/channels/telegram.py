"""Telegram: is the bot's token good, do its messages get through, and how many wait?"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, TypeGuard

from pydantic import ConfigDict, Field

from statuspage.model import Finding, Reading
from statuspage.net import Net
from statuspage.probes.base import Occasion, verdict_of
from statuspage.probes.channels.channel import Provided, Walk
from statuspage.probes.expect import CountMatch, DurationMatch, Match, count_match, duration_match
from statuspage.probes.http import Look
from statuspage.probes.options import SecretText

AHEAD = timedelta(minutes=5)
"""How far clocks may differ: a failure from further ahead than this cannot be read."""

MOST = 2**53  # messages that wait: more is no figure of Telegram's
WAITING, RECENT = count_match({"le": 20}), duration_match({"ge": "15m"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramWishes:
    """How messages should get through."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    pending: Annotated[
        CountMatch | None, Field(description="Messages that wait for the bot, such as {le: 20}.")
    ] = None
    last_error_age: Annotated[
        DurationMatch | None, Field(description="Time since the last failed delivery, such as {ge: 15m}.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What getWebhookInfo says, read. Source: core.telegram.org/bots/api#webhookinfo."""

    webhook: bool  # an address is set
    pending: int
    failed: datetime | None  # when a delivery failed last


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram(Provided):
    """Up when the token is good, a webhook is set (or none, when polling) and few messages wait."""

    type: ClassVar[str] = "telegram"

    token: Annotated[SecretText, Field(description="The bot's token, as ${NAME}.")]
    polling: Annotated[
        bool, Field(description="The bot fetches its messages by getUpdates, so no webhook may be set.")
    ] = False
    expect: Annotated[TelegramWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=TelegramWishes
    )
    prefer: Annotated[TelegramWishes, Field(description="What should hold; broken means degraded.")] = field(
        default_factory=TelegramWishes
    )

    def values(self, net: Net, occasion: Occasion) -> dict[str, str]:
        return {"base": self.address, "token": self.token.reveal()}

    def judge(self, walk: Walk, at: datetime) -> Reading:
        if walk.code:
            return walk.reading
        delivery = _delivery(walk.documents.get("getWebhookInfo"), at)
        if delivery is None:
            finding = Finding("getWebhookInfo", "what is told of a webhook", "not that", holds=False)
            return _with(walk.reading, [Look("channel.unreadable", "getWebhookInfo cannot be read", finding)])
        reading = _with(walk.reading, [*self._looks(delivery, at)])
        return replace(reading, measures={"pending": delivery.pending})

    def _looks(self, delivery: Delivery, at: datetime) -> Iterator[Look]:
        """Each wish in the order in which they decide."""
        yield self._look_at_webhook(delivery)
        age = None if delivery.failed is None else max(at - delivery.failed, timedelta()).total_seconds()
        for word, wishes in (("expect", self.expect), ("prefer", self.prefer)):
            if match := wishes.pending or self._usual(word, "pending", WAITING):
                yield _look_at_pending(f"{word}.pending", match, delivery.pending)
            if wishes.last_error_age is not None:
                yield _look_at_age(f"{word}.last_error_age", wishes.last_error_age, age)
            elif self._usual(word, "last_error_age", RECENT) and not self.polling:
                # A failure alone is nothing: by now its message may have got through.
                yield _look_at_age("prefer.last_error_age", RECENT, age if delivery.pending else None)

    def _usual(self, word: str, key: str, match: Match) -> Match | None:
        """A preference that nobody has to write, and that gives way to what is written."""
        written = getattr(self.expect, key) is not None or getattr(self.prefer, key) is not None
        return match if word == "prefer" and not written else None

    def _look_at_webhook(self, delivery: Delivery) -> Look:
        """getUpdates gets nothing while a webhook is set: core.telegram.org/bots/api#getupdates."""
        wanted, evidence = "set", "no webhook is set"
        if self.polling:
            wanted, evidence = "none", "a webhook is set, so that polling gets nothing"
        seen, holds = "set" if delivery.webhook else "none", delivery.webhook is not self.polling
        return Look("channel.webhook", evidence, Finding("webhook", wanted, seen, holds))


def _look_at_pending(code: str, match: Match, pending: int) -> Look:
    finding = Finding(code, match.figures, str(pending), match.holds([pending]))
    return Look(code, f"{pending} messages wait, wanted {match.figures}", finding)


def _look_at_age(code: str, match: Match, age: float | None) -> Look:
    """`age`: seconds; None: there is no failure to look at, so the wish holds."""
    seen = "no failure, or one with no message waiting" if age is None else f"{age:.0f} s"
    finding = Finding(code, match.figures, seen, age is None or match.holds([age]))
    return Look(code, f"last failed delivery {seen} ago, wanted {match.figures}", finding)


def _with(reading: Reading, looks: list[Look]) -> Reading:
    """The reading of good steps, judged also by what was looked at further."""
    broken = next((look for look in looks if not look.finding.holds), None)
    findings = (*reading.findings, *(look.finding for look in looks))
    if broken is None:
        return replace(reading, findings=findings)
    return replace(
        reading,
        verdict=verdict_of(broken.code),
        code=broken.code,
        detail=broken.evidence,
        findings=findings,
    )


def _delivery(document: object, at: datetime) -> Delivery | None:
    """None: it is not what Telegram describes."""
    info = document.get("result") if isinstance(document, dict) else None
    if not isinstance(info, dict) or not isinstance(url := info.get("url"), str):
        return None
    pending, failed = info.get("pending_update_count"), info.get("last_error_date", 0)
    if not _counts(pending) or not _counts(failed):
        return None
    try:
        when = datetime.fromtimestamp(failed, UTC) if failed else None
    except (OverflowError, ValueError, OSError):
        return None
    if when is not None and when - at > AHEAD:
        return None
    return Delivery(webhook=bool(url), pending=pending, failed=when)


def _counts(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST
