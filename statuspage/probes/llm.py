"""LLM: ask a language model for its list, an answer, a stream or an embedding, and judge what comes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from itertools import chain
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from statuspage.errors import nearest
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes.base import Cost, Occasion, shown, verdict_of
from statuspage.probes.certificate import certificate_findings, judge_certificate
from statuspage.probes.dialects import DIALECTS, Endpoint, Turn
from statuspage.probes.dialects import Dialect as Speech
from statuspage.probes.dialects.asking import hear_embedding, hear_list, hear_stream, hear_whole, spent
from statuspage.probes.dialects.heard import Heard
from statuspage.probes.dialects.looking import (
    Judge,
    Look,
    look,
    looks_at_embedding,
    looks_at_list,
    looks_at_times,
    milliseconds,
    tokens_per_second,
)
from statuspage.probes.dialects.wishes import Limits, LlmWishes, Span, several
from statuspage.probes.options import Headers, HttpUrl, Phrases, SecretText, masked
from statuspage.probes.patterns import TooSlow
from statuspage.probes.talk.steps import NONCE

ASKED = "What is 17 x 23? Reply with the number only."
ASKED_WITH_TOOL = "What time is it now? Use the tool."
EMBEDDED = "status probe"
QUIET = timedelta(seconds=10)  # silence after which a stream is stalled, if `gap` does not say otherwise
COLD = timedelta(seconds=1)  # a model that is loaded for longer than that is told of
MOST_SHOWN = 400  # characters of what a provider says of itself
MAX_PROMPT = 4_000  # characters

Mode = Literal["ping", "answer", "stream", "embed"]
Dialect = Literal["openai", "anthropic", "gemini", "ollama"]

# Wishes and limits that only some modes can look at; the others: all that bring an answer.
_MODES_OF: Mapping[str, tuple[Mode, ...]] = {
    "dimensions": ("embed",),
    "tokens_per_second": ("stream",),
    "within": get_args(Mode),
    "certificate": get_args(Mode),
}
_ANSWERS: tuple[Mode, ...] = ("answer", "stream")

# --- options -----------------------------------------------------------------------------------


def _known(kind: object) -> BeforeValidator:
    """The nearest right word, where a word is wrong."""
    words = get_args(kind)

    def check(value: object) -> object:
        if isinstance(value, str) and value not in words:
            raise ValueError(f"unknown word '{value}': {nearest(value, words)}")
        return value

    return BeforeValidator(check, json_schema_input_type=kind)


_Prompt = Annotated[str, Field(min_length=1, max_length=MAX_PROMPT)]
Prompts = Annotated[
    tuple[_Prompt, ...], BeforeValidator(several, json_schema_input_type=_Prompt | list[_Prompt])
]


# --- the kind ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Llm:
    """Up when a language model gives a whole answer that can be seen, and it is as expected."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "llm"
    schemes: ClassVar[Sequence[str]] = ()

    url: Annotated[
        HttpUrl, Field(description="The base address, such as https://llm.example/v1; paths are added.")
    ] = field(repr=False)
    dialect: Annotated[Dialect, _known(Dialect), Field(description="How the model is spoken to.")] = "openai"
    key: Annotated[
        SecretText | None, Field(description="The key, sent in the header that the dialect wants.")
    ] = None
    model: Annotated[str, Field(max_length=200, description="The model's name.")] = ""
    mode: Annotated[
        Mode | None,
        _known(Mode),
        Field(
            description="ping lists models and is free; answer; stream; embed. answer, if not given; stream, "
            "if a wish or limit needs one."
        ),
    ] = None
    prompt: Annotated[
        Prompts,
        Field(description="What is asked; of several each probe takes the next. {nonce}: a made-up word."),
    ] = field(default=(), repr=False)
    system: Annotated[str, Field(max_length=MAX_PROMPT, description="What the model is told before.")] = (
        field(default="", repr=False)
    )
    max_tokens: Annotated[int, Field(ge=1, le=4000, description="Longest answer, in tokens.")] = 16
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="0, if not given; null leaves it out.")
    ] = 0
    tool: Annotated[
        bool, Field(description="Offer one harmless tool, get_time, and expect a call of it.")
    ] = False
    body: Annotated[
        Mapping[str, JsonValue],
        Field(
            description="Further fields of the request, such as {reasoning_effort: low}; null takes one out."
        ),
    ] = field(default_factory=dict, repr=False)
    api_version: Annotated[
        str, Field(max_length=50, description="Azure OpenAI's api-version; the key then goes as api-key.")
    ] = ""
    headers: Annotated[Headers, Field(description="Headers to send, secrets as ${NAME}.")] = field(
        default_factory=dict, repr=False
    )
    expect: Annotated[LlmWishes, Field(description="What must hold; broken means down.")] = field(
        default_factory=LlmWishes
    )
    prefer: Annotated[LlmWishes, Field(description="What should hold; broken means degraded.")] = field(
        default_factory=LlmWishes
    )
    slow: Annotated[
        Limits | Span | None,
        Field(description="Above it: degraded. {first_token: 2s, gap: 3s, total: 8s}, or one limit."),
    ] = None
    gap: Annotated[
        Span | None,
        Field(
            description="Silence in a stream's text after which it is stalled; 10s, or half of the timeout."
        ),
    ] = None
    fallback: Annotated[Phrases, Field(description="Phrases of an answer that is none.")] = ()
    refusal: Annotated[Phrases, Field(description="Phrases by which the model refuses to answer.")] = ()
    shared_account: Annotated[
        bool, Field(description="Production uses the same account: used up means down.")
    ] = False
    paid: Annotated[
        bool | None, Field(description="Whether it costs money; true but for ollama, if not given.")
    ] = None
    allow_private: Annotated[
        bool, Field(description="Let a public name resolve, or redirect, to a private address.")
    ] = False
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    def __post_init__(self) -> None:
        if not self.model and not self.api_version and self._mode != "ping":
            raise ValueError("the key 'model' is missing: a model's name")
        if self.api_version and self.dialect != "openai":
            raise ValueError("`api_version` is for Azure, which speaks the dialect openai")
        if self._mode == "embed" and self.dialect == "anthropic":
            raise ValueError("the dialect anthropic has no embeddings")
        if self.tool and self._mode not in _ANSWERS:
            raise ValueError("`tool` is for the modes answer and stream")
        if self.gap is not None and self._mode != "stream":
            raise ValueError("`gap` is for the mode stream")
        if self.key is not None and not _KEYS.isdisjoint(map(str.lower, self.headers)):
            raise ValueError("give `key` or the header that carries it, not both")
        self._check_wishes()

    @property
    def target(self) -> str:
        return masked(self.url)

    @property
    def cost(self) -> Cost:
        if not self._pays:
            return Cost()
        # a token has three octets and more, but for scripts and signs that a model hardly knows
        texts = max(len(text.encode()) for text in self._prompts) + len(self.system.encode())
        answer = self.max_tokens if self._mode in _ANSWERS else 0
        return Cost(tokens=texts // 2 + answer + 100 * self.tool, calls=1)

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        speech, endpoint, asked = self._speech, self._endpoint, self._asked(occasion)
        match self._mode:
            case "ping":
                reading = self.judge_list(*await hear_list(speech, endpoint, net, within))
            case "embed":
                call = speech.embed(endpoint, asked[-1].text)
                assert call is not None  # __post_init__
                reading = self.judge_embedding(
                    *await hear_embedding(speech, endpoint, call, net, within), asked
                )
            case "stream":
                call = speech.ask(endpoint, asked, stream=True, tool=self.tool)
                gap = min(QUIET, within / 2) if self.gap is None else self.gap
                heard = await hear_stream(speech, endpoint, call, net, within, gap)
                reading = self.judge(heard, occasion.nonce, asked)
            case _:
                call = speech.ask(endpoint, asked, tool=self.tool)
                heard = await hear_whole(speech, endpoint, call, net, within)
                reading = self.judge(heard, occasion.nonce, asked)
        wishes = self.expect.certificate, self.prefer.certificate
        found = certificate_findings(reading.certificate_expires, occasion.at, *wishes)
        return replace(reading, findings=(*reading.findings, *found))

    def judge(self, heard: Heard, nonce: str = "", asked: Sequence[Turn] = ()) -> Reading:
        """By an answer or a stream, to its end or until it broke off. Raises TooSlow."""
        judge = Judge(
            expect=self.expect,
            prefer=self.prefer,
            tool=self.tool,
            fallback=self.fallback,
            refusal=self.refusal,
            nonce=nonce,
        )
        return self._reading(heard, judge.looks(heard), asked)

    def judge_list(self, heard: Heard, names: Sequence[str] | None) -> Reading:
        """By the names of the models; None: the list is longer than is read."""
        # Azure lists models, and not deployments
        return self._reading(heard, looks_at_list(names, "" if self.api_version else self.model))

    def judge_embedding(self, heard: Heard, vector: Sequence[float], asked: Sequence[Turn] = ()) -> Reading:
        return self._reading(heard, looks_at_embedding(vector, self.expect, self.prefer), asked)

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, self.expect.certificate, self.prefer.certificate)

    def _reading(self, heard: Heard, looking: Iterator[Look], asked: Sequence[Turn] = ()) -> Reading:
        looks = [_look_at_all(heard)]
        if not heard.code:
            looks = _looked(chain(looking, looks_at_times(self.expect, self.prefer, self.slow, heard)))
        code, detail = _decided(looks)
        code = self._meant(code, heard)
        charged = self._pays and (heard.status != 0 or "first_byte" in heard.phases)
        return Reading(
            verdict=verdict_of(code),
            latency=_latency(heard),
            code=code,
            detail="; ".join(filter(None, (detail, *_notes(heard)))),
            phases=heard.phases,
            certificate_expires=heard.certificate_expires,
            measures={} if self._mode == "ping" else _measures(heard),
            tokens=spent(heard, [turn.text for turn in asked]) if charged else 0,
            calls=1 if charged else 0,
            findings=tuple(one.finding for one in looks),
        )

    def _meant(self, code: str, heard: Heard) -> str:
        """A code in the light of what else is known."""
        if code == "quota.exhausted" and self.shared_account:
            return "quota.shared"
        cut_off = heard.finish == "length" and code.partition(".")[2] in _OF_WHOLE_ANSWERS
        return "answer.cut_off" if cut_off else code

    # --- what is asked -------------------------------------------------------------------------

    @property
    def _mode(self) -> Mode:
        if self.mode is not None:
            return self.mode
        slow = self.slow if isinstance(self.slow, Limits) else Limits()
        rates = self.expect.tokens_per_second, self.prefer.tokens_per_second
        needed = self.gap, slow.first_token, slow.gap, *rates
        return "answer" if all(one is None for one in needed) else "stream"

    @property
    def _speech(self) -> Speech:
        return DIALECTS[self.dialect]

    @property
    def _pays(self) -> bool:
        return self._mode != "ping" and (self.dialect != "ollama" if self.paid is None else self.paid)

    @property
    def _prompts(self) -> Sequence[str]:
        if self._mode == "embed":
            return self.prompt or (EMBEDDED,)
        return self.prompt or (ASKED_WITH_TOOL if self.tool else ASKED,)

    def _asked(self, occasion: Occasion) -> list[Turn]:
        prompt = self._prompts[occasion.turn % len(self._prompts)].replace(NONCE, occasion.nonce)
        return [*([Turn("system", self.system)] if self.system else []), Turn("user", prompt)]

    @property
    def _endpoint(self) -> Endpoint:
        return Endpoint(
            url=self.url,
            key=self.key,
            model=self.model,
            headers=self.headers,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            api_version=self.api_version,
            body=self.body,
            allow_private=self.allow_private,
            ca=self.ca,
        )

    # --- options that do not go together -------------------------------------------------------

    def _check_wishes(self) -> None:
        for word, wishes in (("expect", self.expect), ("prefer", self.prefer)):
            for option in fields(wishes):
                modes = _MODES_OF.get(option.name, _ANSWERS)
                if self._mode not in modes and getattr(wishes, option.name) != getattr(
                    _NO_WISHES, option.name
                ):
                    raise ValueError(f"`{word}.{option.name}` is for the mode {' or '.join(modes)}")
            if wishes.tool_call is not None and not self.tool:
                raise ValueError(f"`{word}.tool_call` needs `tool: true`")
            if wishes.fallback is not None and not self.fallback:
                raise ValueError(f"`{word}.fallback` needs phrases: give a list, `fallback`")
        if isinstance(self.slow, Limits) and self._mode != "stream":
            for name in ("first_token", "gap"):
                if getattr(self.slow, name) is not None:
                    raise ValueError(f"`slow.{name}` is for the mode stream")


_NO_WISHES = LlmWishes()
_KEYS = frozenset({"authorization", "api-key", "x-api-key", "x-goog-api-key"})
_OF_WHOLE_ANSWERS = frozenset({"answer", "finish", "tool_call", "empty"})
"""Codes, without their first word, of what an answer that was cut off cannot be blamed for."""


# --- what comes of it --------------------------------------------------------------------------


def _look_at_all(heard: Heard) -> Look:
    seen = shown(f"{heard.status or ''} {heard.seen or heard.detail}".strip(), MOST_SHOWN)
    return look(heard.code, heard.detail, "a whole answer", seen, holds=not heard.code, key="answer")


def _looked(looking: Iterator[Look]) -> list[Look]:
    """All that was looked at; up to a pattern that takes too long, when something is broken. Raises TooSlow."""
    looks = list[Look]()
    try:
        for one in looking:
            looks.append(one)
    except TooSlow:
        if all(one.finding.holds for one in looks):
            raise  # nothing can be said of the answer
    return looks


def _decided(looks: Sequence[Look]) -> tuple[str, str]:
    """Code and evidence of the first wish that is broken: what means down comes before what means degraded."""
    broken = [one for one in looks if not one.finding.holds]
    broken.sort(key=lambda one: verdict_of(one.code) is Verdict.DEGRADED)
    return (broken[0].code, broken[0].evidence) if broken else ("", "")


def _latency(heard: Heard) -> timedelta | None:
    """What a visitor waits for: the first text of a stream, or the whole answer."""
    if not heard.streamed:
        return heard.latency
    return None if heard.latency is None or heard.code else heard.pace.first


def _measures(heard: Heard) -> dict[str, float]:
    pace, measures = heard.pace, dict[str, float]()
    if heard.streamed and pace.first is not None:
        measures["first_token"] = milliseconds(pace.first)
        if pace.arrivals > 1:
            measures["gap"] = milliseconds(pace.gap)
        if rate := tokens_per_second(heard):
            measures["tokens_per_second"] = round(rate, 1)
    if heard.latency is not None and not heard.code:
        measures["total"] = milliseconds(heard.latency)
    return measures


def _notes(heard: Heard) -> Iterator[str]:
    """What is worth saying of an answer that is none of the wishes."""
    if heard.streaming and heard.pieces and not heard.streamed:
        yield "no stream came, though one was asked"
    if heard.streamed and heard.thought_first:
        yield "the first token was one of reasoning"
    if heard.unfiltered:
        yield "the provider's filter did not run"
    if heard.loading >= COLD:
        yield f"the model was loaded first, in {heard.loading.total_seconds():.1f} s"
