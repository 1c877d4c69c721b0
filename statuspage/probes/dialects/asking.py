"""One exchange with a model: the request goes out, the answer is heard, whole or as it comes."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from statuspage.net import Answer, Incoming, Net, NetError, Request
from statuspage.probes.dialects.base import Call, Dialect, Endpoint, Turn, Usage, count, patched
from statuspage.probes.dialects.heard import Heard, read
from statuspage.probes.events import Decoder, Event, JsonLines, ServerSentEvents, TooLong

GRACE = timedelta(seconds=1)
"""What a stream may still take when its answer has finished, for usage and [DONE]."""

SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """The next turn of a dialogue. Its texts are foreign."""

    text: str = ""
    finish: str = ""  # stop, length, tool_calls, content_filter, refusal, or the provider's own word
    model: str = ""
    tokens: int = 0  # spent, estimated where the provider does not tell
    code: str = ""  # "" when a whole answer with text came, else why not, or what is wrong with it
    detail: str = ""  # as that of a Reading
    latency: timedelta | None = None  # None: no whole answer came
    phases: Mapping[str, timedelta] = field(default_factory=dict)
    certificate_expires: datetime | None = None


async def complete(
    dialect: Dialect, endpoint: Endpoint, turns: Sequence[Turn], net: Net, within: timedelta
) -> Completion:
    """Ask for the next turn, whole and not as a stream. Raises nothing but cancellation."""
    heard = await hear_whole(dialect, endpoint, dialect.ask(endpoint, turns), net, within)
    code, detail = heard.code, heard.detail
    if not code:
        code, detail = _lacking(heard)
    return Completion(
        text=heard.text,
        finish=heard.finish,
        model=heard.model,
        tokens=spent(heard, [turn.text for turn in turns]),
        code=code,
        detail=detail,
        latency=heard.latency,
        phases=heard.phases,
        certificate_expires=heard.certificate_expires,
    )


async def hear_whole(dialect: Dialect, endpoint: Endpoint, call: Call, net: Net, within: timedelta) -> Heard:
    """An answer that comes whole. What goes wrong is heard too."""
    heard = Heard()
    answer = await fetch(heard, dialect, endpoint, call, net, within)
    if answer is not None:
        heard.take(dialect, answer.body, answer.latency, cut=answer.truncated)
    return heard


async def fetch(
    heard: Heard, dialect: Dialect, endpoint: Endpoint, call: Call, net: Net, within: timedelta
) -> Answer | None:
    """An answer with a status 2xx; else it is heard why there is none."""
    try:
        answer = await net.fetch(request(dialect, endpoint, call), within)
    except NetError as error:
        heard.lose(error)
        return None
    heard.phases, heard.certificate_expires = answer.phases, answer.certificate_expires
    heard.status = answer.status
    heard.latency = answer.latency
    if answer.status in SUCCESS:
        return answer
    heard.refuse(answer.status, answer.headers, answer.body)
    return None


async def hear_list(
    dialect: Dialect, endpoint: Endpoint, net: Net, within: timedelta
) -> tuple[Heard, Sequence[str] | None]:
    """The names of the models; None: the list is longer than is read. What goes wrong is heard too."""
    heard = Heard()
    answer = await fetch(heard, dialect, endpoint, dialect.list_models(endpoint), net, within)
    if answer is None:
        return heard, ()
    if answer.truncated:  # as those of gateways to hundreds of models
        return heard, None
    document = heard.document(answer.body)
    names = dialect.models(document)
    if names is None:
        heard.misread(dialect, document, "the answer is no list of models", answer.body)
    return heard, names or ()


async def hear_embedding(
    dialect: Dialect, endpoint: Endpoint, call: Call, net: Net, within: timedelta
) -> tuple[Heard, Sequence[float]]:
    """An embedding. What goes wrong is heard too."""
    heard = Heard()
    answer = await fetch(heard, dialect, endpoint, call, net, within)
    if answer is None:
        return heard, ()
    document = heard.document(answer.body, cut=answer.truncated)
    vector = dialect.vector(document)
    if isinstance(vector, list) and all(map(_finite, vector)):
        tokens = count(document, "usage", "prompt_tokens") or count(document, "prompt_eval_count")
        heard.usage, heard.pieces, heard.ended = Usage(prompt=tokens), 1, True
        return heard, vector
    heard.misread(dialect, document, "the answer has no list of numbers", answer.body)
    return heard, ()


async def hear_stream(
    dialect: Dialect, endpoint: Endpoint, call: Call, net: Net, within: timedelta, gap: timedelta
) -> Heard:
    """An answer that comes as a stream, or whole though a stream was asked. What goes wrong is heard too."""
    heard = Heard(streaming=True)
    try:
        async with net.stream(request(dialect, endpoint, call), within) as incoming:
            await _hear(heard, dialect, incoming, gap)
            heard.phases = incoming.phases
    except NetError as error:
        heard.lose(error)
    return heard


def request(dialect: Dialect, endpoint: Endpoint, call: Call) -> Request:
    """What goes over the network for a call."""
    ours = dict(dialect.headers(endpoint))
    body = b""
    if call.body is not None:
        ours["content-type"] = "application/json"
        body = json.dumps(patched(call.body, endpoint.body)).encode()
    theirs = {name.lower(): value for name, value in endpoint.headers.items()}
    return Request(
        url=call.url,
        method="GET" if call.body is None else "POST",
        headers=ours | theirs,
        body=body,
        allow_private=endpoint.allow_private,
        ca=endpoint.ca,
    )


def spent(heard: Heard, asked: Sequence[str]) -> int:
    """The tokens of an exchange: as the provider counts, else one for four characters that were heard."""
    if heard.usage.total and heard.finished:
        return heard.usage.total
    if not heard.pieces:
        return heard.usage.total  # nothing was generated that anybody knows of
    # what Anthropic counts at the start of a stream is not yet the whole
    return max(heard.usage.total, -(-sum(map(len, [*asked, heard.text])) // 4))


def _lacking(heard: Heard) -> tuple[str, str]:
    """What a whole answer lacks of being one with text."""
    if heard.finish == "content_filter":
        return "expect.filtered", "a filter took the answer away"
    if heard.finish == "refusal" or heard.refusal:
        return "expect.refused", "the model refused to answer"
    if heard.finish == "length":
        return "answer.cut_off", f"cut off after {len(heard.text)} characters"
    return ("answer.empty", "no text that can be seen") if heard.empty else ("", "")


def _finite(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)


# --- streams -----------------------------------------------------------------------------------


class _Silence(Exception):
    """Nothing came for longer than there is patience."""


async def _hear(heard: Heard, dialect: Dialect, incoming: Incoming, gap: timedelta) -> None:
    heard.status, heard.certificate_expires = incoming.status, incoming.certificate_expires
    async with aclosing(incoming.parts()) as parts:
        decoder = _decoder(dialect, incoming) if incoming.status in SUCCESS else None
        if decoder is not None:
            heard.streamed = True
            await _listen(heard, dialect, decoder, incoming, parts, gap)
            return
        body = b"".join([part async for part in parts])
    if incoming.status in SUCCESS:
        heard.take(dialect, body, incoming.latency, cut=incoming.truncated)
    else:
        heard.latency = incoming.latency
        heard.refuse(incoming.status, incoming.headers, body)


def _decoder(dialect: Dialect, incoming: Incoming) -> Decoder | None:
    """What reads the stream; None when the answer says of itself that it is something else."""
    kind = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return ServerSentEvents()
    if kind in ("application/x-ndjson", "application/ndjson", "application/jsonl"):
        return JsonLines()
    if kind in ("", "text/plain", "application/octet-stream"):
        return JsonLines() if dialect.lines else ServerSentEvents()
    return None


async def _listen(
    heard: Heard,
    dialect: Dialect,
    decoder: Decoder,
    incoming: Incoming,
    parts: AsyncGenerator[bytes, None],
    gap: timedelta,
) -> None:
    """Hear event after event, until the answer has ended, broken off or fallen silent."""
    while not (heard.ended or heard.code):
        try:
            part = await next_part(parts, _patience(heard, incoming.latency, gap))
            if part is None:
                if incoming.truncated and not heard.finished:
                    return heard.overflow()
                _take(heard, dialect, decoder.end(), incoming.latency)
                return heard.close(dialect, decoder.comments)
            _take(heard, dialect, decoder.feed(part), incoming.latency)
        except _Silence:
            return heard.fall_silent(incoming.latency)
        except TooLong:
            return heard.fail("stream.invalid", "a line or event is longer than is read")
    return None


def _take(heard: Heard, dialect: Dialect, events: Iterator[Event], at: timedelta) -> None:
    """Hear events that came together."""
    for event in events:
        if heard.ended or heard.code:
            return
        document = read(event.data)
        if event.data.strip() == "[DONE]":
            heard.end(at)
        elif event.name == "error":  # Anthropic's, in whatever words
            heard.complain(document or event.data)
        elif document is not None:
            heard.add(dialect, document, at)
        elif event.data.strip():
            heard.fail("stream.invalid", "an event is not JSON", event.data[:1000])


def _patience(heard: Heard, now: timedelta, gap: timedelta) -> float | None:
    """Seconds to wait for more. None: as long as the attempt may take, for nothing has been said yet."""
    if heard.latency is not None:
        return (heard.latency + GRACE - now).total_seconds()
    return None if heard.pace.first is None else (heard.pace.last + gap - now).total_seconds()


async def next_part(parts: AsyncGenerator[bytes, None], patience: float | None) -> bytes | None:
    """The next part, None at the end. Raises _Silence."""
    try:
        async with asyncio.timeout(patience) as limit:
            return await anext(parts, None)
    except TimeoutError:
        if limit.expired():
            raise _Silence from None
        raise
