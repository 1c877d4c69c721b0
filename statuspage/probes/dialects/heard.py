"""What was heard of one answer, to its end or until it broke off."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from statuspage.net import NetError
from statuspage.probes.dialects.base import Dialect, Piece, ToolPart, Usage
from statuspage.probes.dialects.faults import code_of, complaint, named

TOGETHER = timedelta(milliseconds=5)
"""Texts that come within this time of each other came together: proxies deliver several in one go."""

_NONE = timedelta()
_LATE = frozenset({"body.stalled", "deadline", "read.timeout"})


@dataclass(slots=True)
class Pace:
    """When text came, counted from our own connect."""

    arrivals: int = 0  # those that came together are one
    first: timedelta | None = None
    last: timedelta = _NONE
    gap: timedelta = _NONE  # the longest silence between two
    _burst: timedelta = _NONE

    def arrive(self, at: timedelta) -> None:
        if self.first is None:
            self.first = self.last = at
        if not self.arrivals or at - self._burst >= TOGETHER:
            self.arrivals += 1
            self._burst = at
        self.gap = max(self.gap, at - self.last)
        self.last = at


@dataclass(slots=True, kw_only=True)
class Heard:
    """An answer. What its fields of text hold is foreign."""

    streaming: bool = False  # a stream was asked
    streamed: bool = False  # and came
    status: int = 0  # 0: no answer came
    latency: timedelta | None = None  # to the end of the answer; None: no whole one came
    phases: Mapping[str, timedelta] = field(default_factory=dict)
    certificate_expires: datetime | None = None

    code: str = ""  # why there is no whole answer; "" when there is
    detail: str = ""  # as that of a Reading
    seen: str = ""  # foreign, for the operator alone

    finish: str = ""  # why it ended: stop, length, tool_calls, content_filter, refusal, or `reason`
    reason: str = ""  # the same in the provider's own word
    ended: bool = False  # by a mark after which nothing matters
    unfiltered: bool = False  # the provider's filter did not run
    thought: bool = False  # reasoning came too
    thought_first: bool = False  # and before all else
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    loading: timedelta = _NONE
    pace: Pace = field(default_factory=Pace)
    pieces: int = 0  # events that the dialect knows
    strange: int = 0  # events that it does not know
    _texts: list[str] = field(default_factory=list)
    _refusals: list[str] = field(default_factory=list)
    _tools: dict[int, tuple[list[str], list[str]]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return _joined(self._texts)

    @property
    def refusal(self) -> str:
        return _joined(self._refusals)

    @property
    def tools(self) -> Sequence[ToolPart]:
        """The tool calls, put together."""
        return [ToolPart("".join(names), "".join(pieces)) for names, pieces in self._tools.values()]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be seen of it."""
        return not self._tools and not visible(self.text)

    @property
    def finished(self) -> bool:
        return self.ended or bool(self.finish)

    def fail(self, code: str, detail: str, seen: str = "") -> None:
        """Why there is no whole answer. The first failure stands."""
        if not self.code:
            self.code, self.detail, self.seen = code, detail, seen

    def refuse(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """The answer has a status other than 2xx."""
        said = complaint(read(body))
        self.status = status
        self.fail(code_of(status, headers, said), f"status {status}", said.told or readable(body))

    def take(self, dialect: Dialect, body: bytes, at: timedelta, *, cut: bool = False) -> None:
        """A whole answer. `cut`: there was more of it than is read."""
        document = self.document(body, cut=cut)
        for one in document if isinstance(document, list) else [document]:  # Gemini's streams without alt=sse
            self.add(dialect, one, at)
        if not self.pieces:
            self.fail("http.protocol", f"the answer is not as {dialect.name} writes it", readable(body))
        self.latency = at

    def misread(self, dialect: Dialect, document: object, why: str, body: bytes) -> None:
        """A whole answer is not what it should be: an error with a status 2xx, or something strange."""
        piece = dialect.piece(document)
        if piece is not None and piece.error is not None:
            self.complain(piece.error)
        self.fail("http.protocol", why, readable(body))

    def document(self, body: bytes, *, cut: bool = False) -> object:
        """The JSON of a whole answer; None when there is none."""
        document = read(body)
        if not body.strip():
            self.fail("answer.empty", "the answer has no content")
        elif document is None:
            why = "the answer is longer than is read" if cut else "the answer is not JSON"
            self.fail("http.protocol", why, readable(body))
        return document

    def add(self, dialect: Dialect, document: object, at: timedelta) -> None:
        """A document that came at that time since our own connect."""
        piece = dialect.piece(document)
        self.pieces += piece is not None
        self.strange += piece is None
        if piece is None:
            pass  # events of tomorrow are none of ours
        elif piece.error is not None:
            self.complain(piece.error)
        elif piece.blocked:
            self.fail("prompt.filtered", "the provider's filter refused the prompt")
        else:
            self._hear(piece, at)
            self._note(piece, dialect.finishes)
            if self.finished:
                self.latency = self.latency or at

    def complain(self, error: object) -> None:
        """An error came in place of an answer, or in the middle of it."""
        said = complaint(error)
        code = named(said, broken=True)
        if self.streaming:
            detail = f"an error after {len(self.text)} characters"
            self.fail(code or "stream.error", detail, said.told)
        else:  # OpenRouter and others put the status of the provider behind them into a 200
            code = code or (code_of(said.status, {}, said) if said.status else "http.protocol")
            self.fail(code, "an error with status 200", said.told)

    def end(self, at: timedelta) -> None:
        """A mark after which nothing matters."""
        self.ended = True
        self.latency = self.latency or at

    def close(self, dialect: Dialect, keepalives: int) -> None:
        """The stream has ended."""
        if self.finished or self.code:
            return
        if not self.pieces and not self.strange:
            told = f", {keepalives} comments" if keepalives else ""
            self.fail("answer.empty", f"the stream ended without an event{told}")
        elif not self.pieces:
            self.fail("stream.invalid", f"no event is as {dialect.name} writes it")
        else:
            self.fail("stream.truncated", f"{len(self.text)} characters and no end mark")

    def fall_silent(self, now: timedelta) -> None:
        """Text has stopped, and the stream goes on. An answer that has finished is whole all the same."""
        if not self.finished:
            silent = (now - self.pace.last).total_seconds()
            self.fail("stream.stalled", f"no text for {silent:.1f} s after {len(self.text)} characters")

    def overflow(self) -> None:
        """More came than is read. With text in it that is our limit, and says nothing of the model."""
        code = "stream.invalid" if self.pace.first is None else "monitor.error"
        self.fail(code, "the stream is longer than is read: lower `max_tokens`")

    def lose(self, error: NetError) -> None:
        """The exchange failed. An answer that has finished is whole all the same."""
        self.phases = error.phases
        if self.finished:
            return
        if self.streamed and error.code in _LATE and self.pace.first is None:
            spent = sum(error.phases.values(), _NONE).total_seconds()
            self.fail("stream.no_token", f"no text in {spent:.1f} s")
        else:
            after = f", with {len(self.text)} characters of text" if self.streamed else ""
            self.fail(error.code, f"{error.detail}{after}")

    def _hear(self, piece: Piece, at: timedelta) -> None:
        said = bool(piece.text or piece.refusal or piece.tools)
        if said or piece.thought:
            self.thought |= bool(piece.thought)
            self.thought_first |= self.pace.first is None and not said
            self.pace.arrive(at)
        self._texts.append(piece.text)
        self._refusals.append(piece.refusal)
        for part in piece.tools:
            index = -1 - len(self._tools) if part.index is None else part.index
            names, pieces = self._tools.setdefault(index, ([], []))
            names.append(part.name)
            pieces.append(part.arguments)

    def _note(self, piece: Piece, finishes: Mapping[str, str]) -> None:
        self.reason = piece.finish or self.reason
        self.finish = finishes.get(self.reason, self.reason)
        self.ended |= piece.ended
        self.unfiltered |= piece.unfiltered
        self.model = self.model or piece.model
        self.loading = max(self.loading, piece.loading)
        was, now = self.usage, piece.usage
        self.usage = Usage(
            max(was.prompt, now.prompt), max(was.answer, now.answer), max(was.thought, now.thought)
        )


def read(body: bytes | str) -> object:
    """The JSON of strangers; None when it is none, or nothing."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # no JSON, no text, a number of 5000 digits; nested too deep
        return None


def readable(body: bytes) -> str:
    """The beginning of a body, for the operator alone."""
    return body[:1000].decode("utf-8", errors="replace")


def visible(text: str) -> bool:
    """Whether a reader sees anything of it."""
    return any(character.isprintable() and not character.isspace() for character in text)


def _joined(texts: Sequence[str]) -> str:
    """One text that can be written as UTF-8: JSON may hold halves of characters."""
    return "".join(texts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
