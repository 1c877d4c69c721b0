"""Chat: hold a scripted conversation with a chatbot and judge each of its answers."""

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, JsonValue

from statuspage.model import Reading
from statuspage.net import Net, NetError
from statuspage.probes.base import Cost, Occasion
from statuspage.probes.certificate import CertificateOptions, certificate_findings, judge_certificate
from statuspage.probes.dialects import DIALECTS, Endpoint, Turn
from statuspage.probes.expect import JsonPath
from statuspage.probes.jsonpath import path
from statuspage.probes.options import Headers, Phrases, SecretText, masked
from statuspage.probes.talk.base import Line, Partner, Reply, Unanswered
from statuspage.probes.talk.custom import Call, Custom, beside
from statuspage.probes.talk.dialect import (
    MODELS,
    OPTIONS,
    ChatUrl,
    Dialect,
    RequestOptions,
    StartOptions,
)
from statuspage.probes.talk.directline import GLOBAL, DirectLine
from statuspage.probes.talk.model import Model
from statuspage.probes.talk.rasa import Rasa
from statuspage.probes.talk.script import Script, check
from statuspage.probes.talk.socketio import RASA, SocketIo
from statuspage.probes.talk.steps import Step
from statuspage.probes.talk.template import names_in
from statuspage.probes.talk.turns import Signs
from statuspage.probes.talk.websocket import SCHEMES, CustomSocket

SENDER = "statuspage"
"""What the name of every sender of ours begins with, so that logs and statistics can leave it out."""

MAX_STEPS = 20


class _Extra:
    """What a probe needs beyond the core: only addresses of WebSocket do. The kind itself needs nothing."""

    def __get__(self, probe: "Chat | None", kind: "type[Chat]") -> str:
        return "websockets" if probe is not None and probe._is_socket else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Up when a chatbot answers each turn of a conversation as expected."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "chat"
    schemes: ClassVar[Sequence[str]] = ()
    extra: ClassVar[_Extra] = _Extra()  # a key of base.INSTALL

    dialect: Annotated[Dialect, Field(description="How the chatbot is spoken with.")]
    url: Annotated[
        ChatUrl | None, Field(description="The address; Direct Line has one of its own for each region.")
    ] = field(default=None, repr=False)
    headers: Annotated[Headers, Field(description="Headers to send, secrets as ${NAME}.")] = field(
        default_factory=dict, repr=False
    )
    key: Annotated[
        SecretText | None, Field(description="The key, sent as the dialect wants it; mostly as Bearer.")
    ] = None
    model: Annotated[str, Field(max_length=200, description="The model's name.")] = ""
    system: Annotated[str, Field(max_length=4000, description="What a model is told before all turns.")] = (
        field(default="", repr=False)
    )
    max_tokens: Annotated[int, Field(ge=1, le=4000, description="Longest answer of a model.")] = 120
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="Of a model; 0, if not given; null leaves it out.")
    ] = 0
    body: Annotated[
        dict[str, JsonValue],
        Field(
            description="Further fields of a model's request, such as {reasoning_effort: low}; null takes one out."
        ),
    ] = field(default_factory=dict, repr=False)
    api_version: Annotated[
        str, Field(max_length=50, description="Azure OpenAI's api-version; the key then goes as api-key.")
    ] = ""
    conversation: Annotated[
        tuple[Step, ...],
        Field(min_length=1, max_length=MAX_STEPS, description="The turns, in their order."),
    ]
    fallback: Annotated[
        Phrases, Field(description="Phrases by which the chatbot says that it did not understand.")
    ] = ()
    handover: Annotated[Phrases, Field(description="Phrases by which it offers a person.")] = ()
    answer: Annotated[
        JsonPath | None, Field(description="Where a message has its text; $.text when not given.")
    ] = None
    sources: Annotated[
        JsonPath | None, Field(description="Where a message names its sources, such as $.sources[*].url.")
    ] = None
    queue_open: Annotated[
        JsonPath | None, Field(description="Where a message says whether people can take over.")
    ] = None
    waiting: Annotated[
        JsonPath | None, Field(description="Where a message says how many seconds that will take.")
    ] = None
    request: Annotated[RequestOptions, Field(description="The request of each turn.")] = field(
        default_factory=RequestOptions
    )
    start: Annotated[StartOptions | None, Field(description="A request before the first turn.")] = None
    emit: Annotated[str, Field(min_length=1, max_length=100, description="The event that we send.")] = RASA
    on: Annotated[str, Field(min_length=1, max_length=100, description="The event of an answer.")] = (
        "bot_uttered"
    )
    paid: Annotated[
        bool | None, Field(description="Whether each turn costs money; true for models when not given.")
    ] = None
    allow_private: Annotated[
        bool, Field(description="Let a public name resolve, or redirect, to a private address.")
    ] = False
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    def __post_init__(self) -> None:
        self._check_dialect()
        check(self.conversation, self._script.signs, shows_handover=self.dialect == "directline")

    @property
    def target(self) -> str:
        return masked(self._address)

    @property
    def cost(self) -> Cost:
        if not self._pays:
            return Cost()
        tokens = sum(self._tokens()) if self.dialect in MODELS else 0
        return Cost(tokens=tokens, calls=len(self.conversation))

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        line, replies, trouble = self._line(net, within), list[Reply](), None
        asked, ended = 0, False
        try:
            async with line.held:
                partner = self._partner(occasion)
                await partner.open(line)
                for turn in self._script.turns(occasion):
                    asked += 1
                    replies.append(await partner.say(line, turn.said, turn.enough))
                    if not turn.enough(replies[-1]):
                        break
                ended = True
        except NetError as error:
            trouble = None if ended else Unanswered(error.code, error.detail)
        except Unanswered as error:
            trouble = error
        reading = self.judge(replies, occasion, trouble, line.spent)
        found = certificate_findings(line.certificate_expires, occasion.at, _CERTIFICATE, _CERTIFICATE)
        return replace(
            reading,
            calls=asked if self._pays else 0,
            phases=line.phases,
            certificate_expires=line.certificate_expires,
            findings=(*reading.findings, *found),
        )

    def judge(
        self,
        replies: Sequence[Reply],
        occasion: Occasion,
        trouble: Unanswered | None = None,
        spent: timedelta = timedelta(),
    ) -> Reading:
        """By the answers to the first turns, and why none came to the next, if none did."""
        return self._script.judge(replies, occasion, trouble, spent)

    def certificate(self, left: timedelta) -> tuple[str, str]:
        return judge_certificate(left, _CERTIFICATE, _CERTIFICATE)

    # --- the conversation ----------------------------------------------------------------------

    @property
    def _script(self) -> Script:
        signs = Signs(
            fallback=self.fallback,
            handover=self.handover,
            sources=self.sources,
            queue_open=self.queue_open,
            waiting=self.waiting,
        )
        return Script(steps=self.conversation, signs=signs)

    def _line(self, net: Net, within: timedelta) -> Line:
        bearer = {} if self.key is None else {"authorization": f"Bearer {self.key.reveal()}"}
        return Line(
            net=net,
            within=within,
            headers={**self.headers, **bearer},
            keyed=self.key is not None or bool(self.headers),
            allow_private=self.allow_private,
            ca=self.ca,
        )

    def _partner(self, occasion: Occasion) -> Partner:
        session = f"{SENDER}-{occasion.nonce}-{occasion.turn}"
        nonce, answer = occasion.nonce, self.answer or path("$.text")
        match self.dialect:
            case "rasa":
                return Rasa(url=self._address, sender=session, answer=answer)
            case "directline":
                # the prefix that Direct Line wants of ids that a client makes up
                return DirectLine(url=self._address, user=f"dl_{session}", answer=answer)
            case "socketio":
                return SocketIo(
                    url=self._address,
                    emit=self.emit,
                    on=self.on,
                    payload=self.request.json or {"message": "{say}", "session_id": "{session}"},
                    nonce=nonce,
                    session=session,
                    answer=answer,
                )
            case "custom":
                return self._custom(nonce, session)
        system = [Turn("system", self.system)] if self.system else []
        return Model(dialect=DIALECTS[self.dialect], endpoint=self._endpoint, turns=system)

    def _custom(self, nonce: str, session: str) -> Custom:
        start = self.start
        assert self.answer is not None  # _check_dialect
        kind = CustomSocket if self._is_socket else Custom
        return kind(
            request=Call(method=self.request.method, url=self._address, json=self.request.json),
            start=Call(method=start.method, url=beside(self._address, start.url), json=start.json)
            if start
            else None,
            session_at=start.session if start else None,
            answer=self.answer,
            nonce=nonce,
            session=session,
        )

    @property
    def _endpoint(self) -> Endpoint:
        return Endpoint(
            url=self._address,
            key=self.key,
            model=self.model,
            headers=self.headers,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            body=self.body,
            api_version=self.api_version,
            allow_private=self.allow_private,
            ca=self.ca,
        )

    @property
    def _address(self) -> str:
        return self.url or GLOBAL

    @property
    def _is_socket(self) -> bool:
        return self._address.startswith(SCHEMES)

    @property
    def _pays(self) -> bool:
        return self.dialect in MODELS - {"ollama"} if self.paid is None else self.paid

    def _tokens(self) -> Iterator[int]:
        """Of each turn at most: the dialogue so far, the message, the answer."""
        so_far = _most_tokens(self.system)
        for step in self.conversation:
            so_far += max(map(_most_tokens, step.say)) + self.max_tokens
            yield so_far

    # --- options that do not go together -------------------------------------------------------

    def _check_dialect(self) -> None:
        for option, dialects in OPTIONS.items():
            if self.dialect not in dialects and getattr(self, option) != _DEFAULTS[option]:
                raise ValueError(f"`{option}` is of the dialect {' or '.join(sorted(dialects))}")
        if self.url is None and self.dialect != "directline":
            raise ValueError("the key 'url' is missing: where the chatbot is")
        if self.key is None and self.dialect == "directline":
            raise ValueError("the key 'key' is missing: Direct Line wants its secret, as ${NAME}")
        if not self.model and not self.api_version and self.dialect in MODELS:
            raise ValueError("the key 'model' is missing: a model's name")
        if self.key is not None and any(name.lower() == "authorization" for name in self.headers):
            raise ValueError("give `key` or the header authorization, not both")
        if self.dialect == "custom":
            self._check_custom()
        elif self._is_socket:
            raise ValueError("only the dialect custom speaks WebSocket: the address must begin with https://")

    def _check_custom(self) -> None:
        if self.answer is None:
            raise ValueError("the key 'answer' is missing: where in JSON the answer is, such as $.answer")
        if self._is_socket and any(name.lower().startswith("sec-websocket-") for name in self.headers):
            raise ValueError("headers that begin with sec-websocket- are set by the connection itself")
        said_in = names_in(self.request.json) | (set() if self._is_socket else names_in(self._address))
        if "say" not in said_in:
            raise ValueError("no text of `request` has {say}: it would never say anything")


def _most_tokens(text: str) -> int:
    """A token has three octets and more, but for scripts and signs that a model hardly knows."""
    return len(text.encode()) // 2


_CERTIFICATE = CertificateOptions()
_DEFAULTS = {
    option.name: option.default if option.default_factory is MISSING else option.default_factory()
    for option in fields(Chat)
}
