"""A whole conversation: its turns on one occasion, and the reading that the answers come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from statuspage.model import Finding, Reading
from statuspage.probes.base import Occasion, shown, verdict_of
from statuspage.probes.talk.base import Reply, Unanswered
from statuspage.probes.talk.steps import HandoverWishes, Step
from statuspage.probes.talk.turns import Asked, Look, Signs

CUT_OFF = "answer.cut_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The steps, and how the chatbot's answers show what they are."""

    steps: Sequence[Step]
    signs: Signs

    def turns(self, occasion: Occasion) -> Iterator[Asked]:
        told = 0
        for number, step in enumerate(self.steps, 1):
            yield Asked(
                number=number,
                step=step,
                signs=self.signs,
                said=step.said(occasion.turn, occasion.nonce),
                nonce=occasion.nonce,
                told=0 if step.tells_nonce else told,
            )
            told = number if step.tells_nonce else told

    def judge(
        self, replies: Sequence[Reply], occasion: Occasion, trouble: Unanswered | None, spent: timedelta
    ) -> Reading:
        """By the first turn that is broken, `expect` before `prefer`. The latency is that of the slowest turn.

        `trouble`: why no answer came to the turn after the last reply, if none did.
        """
        asked = list(self.turns(occasion))
        looks = [look for turn, reply in zip(asked, replies, strict=False) for look in turn.looks(reply)]
        findings = [look.finding for look in looks]
        code, detail = self._fault(looks, replies)
        whole = trouble is None and all(look.finding.holds or not look.final for look in looks)
        if trouble is not None:
            turn = asked[len(replies)]
            code, detail = trouble.code, self._of(turn.number, trouble.detail)
            findings.append(_no_answer(turn, trouble))
        return Reading(
            verdict=verdict_of(code),
            latency=None if trouble else max((reply.latency for reply in replies), default=None),
            code=code,
            detail=detail,
            measures=dict(self._measures(replies, spent if whole else None)),
            tokens=sum(reply.tokens for reply in replies) + (trouble.tokens if trouble else 0),
            fell_back=self._fell_back(replies),
            findings=tuple(findings),
        )

    def _fault(self, looks: Sequence[Look], replies: Sequence[Reply]) -> tuple[str, str]:
        """Code and detail of the look that decides; ("", "") when all hold."""
        broken = [look for look in looks if not look.finding.holds]
        look = next((look for look in broken if look.final), broken[0] if broken else None)
        if look is None:
            return "", ""
        if look.final and replies[look.turn - 1].cut_off:
            return CUT_OFF, self._of(look.turn, "the answer ended at max_tokens")
        return look.code, self._of(look.turn, look.evidence)

    def _of(self, turn: int, evidence: str) -> str:
        return f"turn {turn} of {len(self.steps)}: {evidence}"

    def _measures(self, replies: Sequence[Reply], spent: timedelta | None) -> Iterator[tuple[str, float]]:
        if spent is not None:
            yield "total", spent / timedelta(milliseconds=1)
        waits = [seconds for reply in replies if (seconds := self.signs.seconds(reply)) is not None]
        if waits:
            yield "waiting", max(waits)

    def _fell_back(self, replies: Sequence[Reply]) -> bool | None:
        """None: there are no phrases, or no answer to a turn that should not fall back."""
        counted = [
            reply for step, reply in zip(self.steps, replies, strict=False) if step.counts and not reply.empty
        ]
        return any(map(self.signs.fell_back, counted)) if counted and self.signs.fallback else None


def _no_answer(turn: Asked, trouble: Unanswered) -> Finding:
    seen = shown(trouble.seen) or f"{trouble.code}: {trouble.detail}"
    return Finding(f"turn {turn.number} answer", f"an answer to {shown(turn.said)}", seen, holds=False)


# --- what does not go together: a ValueError with one sentence ----------------------------------


def check(steps: Sequence[Step], signs: Signs, *, shows_handover: bool) -> None:
    """Raises ValueError. `shows_handover`: the dialect has a sign of its own for it."""
    told = False
    for number, step in enumerate(steps, 1):
        if step.asks_nonce and not told and not step.tells_nonce:
            raise ValueError(f"turn {number} wants {{nonce}} back, and no turn before it says {{nonce}}")
        told = told or step.tells_nonce
        for wishes in (step.expect, step.prefer):
            if wishes.fallback is not None and not signs.fallback:
                raise ValueError("`fallback` of a turn needs the phrases: `fallback` beside `conversation`")
            _check_handover(signs, wanted=wishes.handover, shows=shows_handover)


def _check_handover(signs: Signs, *, wanted: bool | HandoverWishes | None, shows: bool) -> None:
    if isinstance(wanted, HandoverWishes):
        for option in ("queue_open", "waiting"):
            if getattr(wanted, option) is not None and getattr(signs, option) is None:
                raise ValueError(f"`{option}` of a turn needs its path: `{option}` beside `conversation`")
    if wanted is not None and not (shows or signs.handover or signs.queue_open or signs.waiting):
        raise ValueError("say how a hand-over shows: `handover` (phrases), `queue_open` or `waiting` (paths)")
