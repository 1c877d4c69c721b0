"""How the answer of one turn is judged."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from statuspage.model import Finding
from statuspage.probes.base import shown
from statuspage.probes.expect import Match
from statuspage.probes.jsonpath import Path
from statuspage.probes.language import UNSURE, language_of
from statuspage.probes.patterns import TooSlow
from statuspage.probes.talk.base import Reply, strings
from statuspage.probes.talk.steps import HandoverWishes, Step, TurnWishes, mentions, with_nonce


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """How answers of this chatbot show what they are, beside their text."""

    fallback: Sequence[str] = ()
    handover: Sequence[str] = ()
    sources: Path | None = None
    queue_open: Path | None = None
    waiting: Path | None = None

    def fell_back(self, reply: Reply) -> bool:
        return _has(reply.text, self.fallback)

    def seconds(self, reply: Reply) -> float | None:
        """The time to wait for a person; None: the answer does not tell."""
        for value in reply.values(self.waiting):
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
                return float(value)
        return None

    def cited(self, reply: Reply) -> str:
        """All that may name a source: what stands beside the text first, then the text."""
        own = reply.values(self.sources)
        beside = own if self.sources is not None else [message.beside for message in reply.messages]
        return "\n".join([*strings(beside), reply.text])

    def offered(self, reply: Reply) -> str:
        """ "" when a person takes over, else why not."""
        if any(message.handover is False for message in reply.messages):
            return "the hand-over failed"
        told = [_is_open(value) for value in reply.values(self.queue_open)]
        if told and not any(told):
            return "the queue is not open"
        said = any(message.handover for message in reply.messages) or _has(reply.text, self.handover)
        return "" if said or any(told) or self.seconds(reply) is not None else "no person is offered"


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one wish, and what it means if the wish is broken."""

    turn: int  # its number, from 1
    code: str
    evidence: str  # safe to publish
    finding: Finding

    @property
    def final(self) -> bool:
        """Whether the conversation ends if this is broken: `expect`, or nothing can be said."""
        return not self.code.startswith("prefer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One turn of one conversation. `number` counts from 1."""

    number: int
    step: Step
    signs: Signs
    said: str
    nonce: str
    told: int = (
        0  # number of an earlier turn that said the made-up word; 0: none, or this turn says it itself
    )

    def looks(self, reply: Reply) -> list[Look]:
        """Each wish in the order in which they decide, `expect` before `prefer`."""
        looks = list[Look]()
        try:
            looks.extend(self._look_at_text(reply))
            if not reply.empty:
                for word, wishes in (("expect", self.step.expect), ("prefer", self.step.prefer)):
                    for look in self._looks(word, wishes, reply):
                        looks.append(look)  # one by one: what came before a slow pattern counts
        except TooSlow:
            looks.append(
                self._look("monitor.error", "a pattern takes too long", "a quick pattern", "", holds=False)
            )
        return looks

    def enough(self, reply: Reply) -> bool:
        """Whether the answer is as expected, so that the conversation can go on."""
        return all(look.finding.holds or not look.final for look in self.looks(reply))

    def _looks(self, word: str, wishes: TurnWishes, reply: Reply) -> Iterator[Look]:
        yield from self._look_at_fallback(word, reply)
        if wishes.answer is not None:
            yield self._look_at_answer(word, wishes.answer, reply)
        if wishes.language is not None:
            yield self._look_at_language(word, wishes.language, reply)
        if wishes.cites is not None:
            cited = self.signs.cited(reply)
            yield self._matched(f"{word}.citation", "the source is not named", wishes.cites, cited)
        if wishes.handover is not None:
            yield from self._look_at_handover(f"{word}.handover", reply, wanted=wishes.handover)
        if wishes.within is not None:
            took, most = (_milliseconds(span) for span in (reply.latency, wishes.within))
            evidence, holds = f"{took} ms, wanted at most {most} ms", reply.latency <= wishes.within
            yield self._look(f"{word}.within", evidence, f"at most {most} ms", f"{took} ms", holds=holds)

    def _look_at_text(self, reply: Reply) -> Iterator[Look]:
        wanted = f"an answer to {shown(self.said)}"
        seen = shown(reply.text) or ("nothing" if reply.empty else "no text")
        finding = Finding(f"turn {self.number} answer", wanted, seen, not reply.empty)
        yield Look(self.number, "answer.empty", "the answer is empty", finding)

    def _look_at_fallback(self, word: str, reply: Reply) -> Iterator[Look]:
        wanted = self.step.falls_back if word == "expect" else self.step.prefer.fallback
        if wanted is None or not self.signs.fallback:
            return
        seen = self.signs.fell_back(reply)
        evidence = "a fallback phrase" if seen else "no fallback phrase"
        told = f"{'one' if wanted else 'none'} of the fallback phrases"
        yield self._look(f"{word}.fallback", evidence, told, evidence, holds=seen == wanted)

    def _look_at_answer(self, word: str, wanted: Match, reply: Reply) -> Look:
        if mentions(wanted) and self.told:
            evidence = f"the context of turn {self.told} is lost"
            return self._matched(f"{word}.context", evidence, wanted, reply.text)
        return self._matched(f"{word}.answer", "the answer is not as wanted", wanted, reply.text)

    def _look_at_language(self, word: str, wanted: str, reply: Reply) -> Look:
        seen = language_of(reply.text)
        evidence = f"the answer is in {seen}, wanted {wanted}"
        return self._look(
            f"{word}.language", evidence, wanted, seen or "unsure", holds=seen in (wanted, UNSURE)
        )

    def _look_at_handover(self, code: str, reply: Reply, *, wanted: bool | HandoverWishes) -> Iterator[Look]:
        if isinstance(wanted, HandoverWishes) and (wanted.queue_open or wanted.waiting):
            yield from self._look_at_desk(code, wanted, reply)
            return
        why_not = self.signs.offered(reply)
        evidence = why_not or "a person is offered"
        told = "no person is offered" if wanted is False else "a person is offered"
        yield self._look(code, evidence, told, evidence, holds=bool(why_not) == (wanted is False))

    def _look_at_desk(self, code: str, wanted: HandoverWishes, reply: Reply) -> Iterator[Look]:
        if wanted.queue_open is not None:
            seen = reply.values(self.signs.queue_open)
            told, holds = ", ".join(map(_told, seen[:5])) or "nothing", wanted.queue_open.holds(seen)
            yield self._look(code, "the queue is not open", wanted.queue_open.words, told, holds=holds)
        if wanted.waiting is not None:
            seconds = self.signs.seconds(reply)
            told = "no waiting time" if seconds is None else f"{seconds:g} s"
            evidence = f"{told} to wait, wanted {wanted.waiting.figures}" if seconds is not None else told
            holds = wanted.waiting.holds([] if seconds is None else [seconds])
            yield self._look(code, evidence, wanted.waiting.figures, told, holds=holds)

    def _matched(self, code: str, evidence: str, wanted: Match, seen: str) -> Look:
        """Raises TooSlow."""
        match, text = with_nonce(wanted, self.nonce), seen
        if mentions(wanted):  # bots write it with a capital, as names are
            text = re.sub(re.escape(self.nonce), lambda _: self.nonce, seen, flags=re.IGNORECASE)
        holds = match.holds([text] if text else [])
        return self._look(code, evidence, match.words, shown(seen) or "nothing", holds=holds)

    def _look(self, code: str, evidence: str, wanted: str, seen: str, *, holds: bool) -> Look:
        return Look(self.number, code, evidence, Finding(f"turn {self.number} {code}", wanted, seen, holds))


_OPEN = frozenset({"open", "online", "available", "true", "yes"})


def _is_open(value: object) -> bool:
    return value.strip().lower() in _OPEN if isinstance(value, str) else bool(value)


def _has(text: str, phrases: Sequence[str]) -> bool:
    folded = _folded(text)
    return any(_folded(phrase) in folded for phrase in phrases)


def _folded(text: str) -> str:
    """Without capitals and kinds of blanks and apostrophes, which phrases are not about."""
    return " ".join(text.casefold().replace("\u2019", "'").split())


def _told(value: object) -> str:
    return "a list or mapping" if isinstance(value, list | dict) else shown(value)


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
