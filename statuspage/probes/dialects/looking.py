"""How a model's answer, list or embedding is looked at: each wish, what was seen, whether it holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from statuspage.model import Finding
from statuspage.probes.base import shown
from statuspage.probes.dialects.base import TOOL
from statuspage.probes.dialects.heard import Heard, read
from statuspage.probes.dialects.wishes import Limits, LlmWishes
from statuspage.probes.expect import Match
from statuspage.probes.talk.steps import with_nonce

LEAST_ARRIVALS = 8
LEAST_SPAN = timedelta(seconds=0.5)
"""Below them a rate says nothing: a proxy that delivers in bursts shows thousands of tokens a second."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one wish, and what it means if the wish is broken."""

    code: str
    evidence: str  # safe to publish
    finding: Finding


def look(code: str, evidence: str, wanted: str, seen: str, *, holds: bool, key: str = "") -> Look:
    return Look(code, evidence, Finding(key or code, wanted, seen, holds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Looks at whole answers."""

    expect: LlmWishes
    prefer: LlmWishes
    tool: bool = False  # one was offered
    fallback: Sequence[str] = ()  # phrases
    refusal: Sequence[str] = ()
    nonce: str = ""

    def looks(self, heard: Heard) -> Iterator[Look]:
        """Each wish about an answer. Raises TooSlow."""
        signs = {
            "refused": bool(heard.refusal) or heard.finish == "refusal" or has(heard.text, self.refusal),
            "filtered": heard.finish == "content_filter",
            "fallback": has(heard.text, self.fallback),
        }
        for name, seen in signs.items():
            yield from self._looks_at_sign(name, seen=seen)
        if not signs["refused"] and not signs["filtered"]:
            lacking = "no text that can be seen"
            yield look("answer.empty", lacking, "some", _told(heard), holds=not heard.empty, key="text")
        for word, wishes in (("expect", self.expect), ("prefer", self.prefer)):
            yield from self._looks_at(word, wishes, heard)

    def _looks_at_sign(self, name: str, *, seen: bool) -> Iterator[Look]:
        """It should not be so, unless something else is wished."""
        expected, preferred = getattr(self.expect, name), getattr(self.prefer, name)
        if expected is None and preferred is None:
            expected = False
        for code, wanted in ((f"expect.{name}", expected), (f"prefer.{name}", preferred)):
            if wanted is not None:
                told = _SIGNS[name] if seen else f"not so: {_SIGNS[name]}"
                yield look(code, told, _yes(wanted), _yes(seen), holds=seen is wanted)

    def _looks_at(self, word: str, wishes: LlmWishes, heard: Heard) -> Iterator[Look]:
        if wishes.answer is not None:
            match = with_nonce(wishes.answer, self.nonce)
            holds = match.holds([heard.text])
            yield look(f"{word}.answer", "answer not as wanted", match.words, _told(heard), holds=holds)
        if wishes.finish:
            told, seen = ", ".join(wishes.finish), shown(heard.reason) or "nothing"
            yield look(f"{word}.finish", "end not as wanted", told, seen, holds=_ended(heard, wishes.finish))
        if wishes.model is not None:
            holds = wishes.model.holds([heard.model] if heard.model else [])
            seen = shown(heard.model) or "nothing"
            yield look(f"{word}.model", "another model answered", wishes.model.words, seen, holds=holds)
        if (wanted := self._wanted_call(word, wishes)) is not None:
            trouble = _tool_trouble(heard)
            told = trouble or "the tool was called"
            yield look(f"{word}.tool_call", told, _yes(wanted), told, holds=(not trouble) is wanted)
        if wishes.tokens_per_second is not None:
            yield _look_at_rate(f"{word}.tokens_per_second", wishes.tokens_per_second, heard)

    def _wanted_call(self, word: str, wishes: LlmWishes) -> bool | None:
        by_default = self.tool and word == "expect" and self.prefer.tool_call is None
        return True if wishes.tool_call is None and by_default else wishes.tool_call


_SIGNS = {
    "refused": "the model refused to answer",
    "filtered": "a filter took the answer away",
    "fallback": "the answer is a fallback phrase",
}


def _look_at_rate(code: str, wish: Match, heard: Heard) -> Look:
    rate, wanted = tokens_per_second(heard), wish.figures
    if not rate:
        return look(code, "", wanted, "not measured: too little text, or no usage told", holds=True)
    seen = f"{rate:.1f} tokens a second"
    return look(code, f"{seen}, wanted {wanted}", wanted, seen, holds=wish.holds([rate]))


def looks_at_list(names: Sequence[str] | None, model: str) -> Iterator[Look]:
    """Whether a list of models has the one. `names`: None when the list is longer than is read."""
    if names is None:
        yield look("model.unknown", "", model or "a list", "a list that is longer than is read", holds=True)
    elif model:
        seen = shown(f"{len(names)} models: {', '.join(names[:20])}")
        lacking = "the list of models does not have it"
        yield look("model.unknown", lacking, model, seen, holds=any(_means(name, model) for name in names))


def looks_at_embedding(vector: Sequence[float], expect: LlmWishes, prefer: LlmWishes) -> Iterator[Look]:
    seen = f"{len(vector)} numbers{'' if any(vector) else ', all zero'}"
    yield look("answer.empty", seen, "not all zero", seen, holds=any(vector), key="embedding")
    for word, wishes in (("expect", expect), ("prefer", prefer)):
        if wishes.dimensions is not None:
            wanted, holds = wishes.dimensions.figures, wishes.dimensions.holds([len(vector)])
            yield look(f"{word}.dimensions", f"{seen}, wanted {wanted}", wanted, seen, holds=holds)


def looks_at_times(
    expect: LlmWishes, prefer: LlmWishes, slow: Limits | timedelta | None, heard: Heard
) -> Iterator[Look]:
    """What `within` and `slow` say. A bare `slow` is for what a visitor waits for: first text, or whole answer."""
    if isinstance(slow, timedelta):
        slow = Limits(first_token=slow) if heard.streamed else Limits(total=slow)
    limits = slow or Limits()
    first, gap = (heard.pace.first, heard.pace.gap) if heard.streamed else (None, None)
    for code, name, seen, limit in (
        ("expect.within", "answer", heard.latency, expect.within),
        ("prefer.within", "answer", heard.latency, prefer.within),
        ("slow", "first token", first, limits.first_token),
        ("slow", "gap", gap, limits.gap),
        ("slow", "answer", heard.latency, limits.total),
    ):
        if limit is not None and seen is not None:
            wanted, took = f"at most {milliseconds(limit)} ms", f"{milliseconds(seen)} ms"
            told = f"{name} {took}, wanted {wanted}"
            yield look(code, told, wanted, took, holds=seen <= limit, key=f"{code} {name}")


# --- figures -----------------------------------------------------------------------------------


def tokens_per_second(heard: Heard) -> float:
    """The rate at which text came; 0: not measured. From the provider's own count: a part may hold many tokens."""
    pace, usage = heard.pace, heard.usage
    if pace.first is None or pace.arrivals < LEAST_ARRIVALS or pace.last - pace.first < LEAST_SPAN:
        return 0.0
    tokens = usage.answer if heard.thought else usage.answer - usage.thought  # reasoning that is kept back
    return max(0, tokens - 1) / (pace.last - pace.first).total_seconds()


def milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _means(listed: str, model: str) -> bool:
    """Whether a name of a list means the model: with a date after it, a tag, a folder before it, a wildcard."""
    if listed.endswith("*"):  # LiteLLM
        return model.startswith(listed[:-1])
    name = listed if "/" in model else listed.rpartition("/")[2]
    return name in (model, f"{model}:latest") or name.startswith(f"{model.removesuffix('-latest')}-")


def _ended(heard: Heard, wanted: Sequence[str]) -> bool:
    return not {heard.finish.lower(), heard.reason.lower()}.isdisjoint(one.lower() for one in wanted)


def _tool_trouble(heard: Heard) -> str:
    """Why no call of the tool can be read; "" when one can."""
    if not heard.tools:
        return "no tool was called"
    if all(tool.name != TOOL for tool in heard.tools):
        return "another tool was called"
    given = [read(tool.arguments or "{}") for tool in heard.tools if tool.name == TOOL]
    return "" if any(isinstance(one, dict) for one in given) else "the tool's arguments cannot be read"


def _told(heard: Heard) -> str:
    calls = ", ".join(f"{tool.name}({tool.arguments})" for tool in heard.tools)
    return shown(" ".join(filter(None, (heard.text, heard.refusal, calls)))) or "nothing"


def has(text: str, phrases: Sequence[str]) -> bool:
    folded = _folded(text)
    return any(_folded(phrase) in folded for phrase in phrases)


def _folded(text: str) -> str:
    """Without capitals and kinds of blanks and apostrophes, which phrases are not about."""
    return " ".join(text.casefold().replace("\u2019", "'").split())


def _yes(value: bool) -> str:  # noqa: FBT001
    return "yes" if value else "no"
