"""Anthropic's messages.

Sources: docs.claude.com/en/api/messages, /streaming, /errors, /models-list.
"""

from collections.abc import Mapping, Sequence

from statuspage.probes.dialects.base import (
    TOOL,
    TOOL_ABOUT,
    TOOL_TAKES,
    Call,
    Endpoint,
    Piece,
    ToolPart,
    Turn,
    Usage,
    arguments,
    count,
    dig,
    items,
    join,
    word,
)

VERSION = "2023-06-01"

FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}


class Anthropic:
    name = "anthropic"
    lines = False
    finishes: Mapping[str, str] = FINISHES

    def headers(self, endpoint: Endpoint) -> Mapping[str, str]:
        key = {} if endpoint.key is None else {"x-api-key": endpoint.key.reveal()}
        return {"anthropic-version": VERSION, **key}

    def ask(
        self, endpoint: Endpoint, turns: Sequence[Turn], *, stream: bool = False, tool: bool = False
    ) -> Call:
        body: dict[str, object] = {
            "model": endpoint.model,
            "max_tokens": endpoint.max_tokens,
            "messages": [{"role": t.role, "content": t.text} for t in turns if t.role != "system"],
        }
        if system := "\n\n".join(turn.text for turn in turns if turn.role == "system"):
            body["system"] = system
        if endpoint.temperature is not None:
            body["temperature"] = endpoint.temperature
        if stream:
            body["stream"] = True
        if tool:
            body["tools"] = [{"name": TOOL, "description": TOOL_ABOUT, "input_schema": TOOL_TAKES}]
        return Call(join(endpoint.url, "v1/messages"), body)

    def embed(self, endpoint: Endpoint, text: str) -> Call | None:
        return None

    def list_models(self, endpoint: Endpoint) -> Call:
        return Call(join(endpoint.url, "v1/models", limit="1000"))  # the most that a page holds

    def piece(self, document: object) -> Piece | None:
        kind = word(document, "type")
        if kind == "error" or dig(document, "error"):
            return Piece(error=document)
        if kind in _READ:
            return _READ[kind](document)
        # "new event types may be added": what has a type and is not known says nothing
        return Piece() if kind else None

    def vector(self, document: object) -> object:
        return None

    def models(self, document: object) -> Sequence[str] | None:
        listed = dig(document, "data")
        return [word(one, "id") for one in listed] if isinstance(listed, list) else None


def _message(document: object) -> Piece:
    """A whole answer, or the message with which a stream starts."""
    blocks = items(document, "content")
    return Piece(
        text="".join(word(block, "text") for block in blocks if word(block, "type") == "text"),
        thought="".join(word(block, "thinking") for block in blocks),
        tools=tuple(
            ToolPart(word(block, "name"), arguments(dig(block, "input")))
            for block in blocks
            if word(block, "type") == "tool_use"
        ),
        finish=word(document, "stop_reason"),
        model=word(document, "model"),
        usage=_usage(dig(document, "usage")),
    )


def _start(document: object) -> Piece:
    return _message(dig(document, "message"))


def _block(document: object) -> Piece:
    """A block begins; a tool's input is still empty."""
    block = dig(document, "content_block")
    if word(block, "type") == "tool_use":
        return Piece(tools=(ToolPart(word(block, "name"), "", count(document, "index")),))
    return Piece(text=word(block, "text"), thought=word(block, "thinking"))


def _delta(document: object) -> Piece:
    delta = dig(document, "delta")
    match word(delta, "type"):
        case "text_delta":
            return Piece(text=word(delta, "text"))
        case "thinking_delta":
            return Piece(thought=word(delta, "thinking"))
        case "input_json_delta":
            return Piece(tools=(ToolPart("", word(delta, "partial_json"), count(document, "index")),))
    return Piece()


def _message_delta(document: object) -> Piece:
    return Piece(finish=word(document, "delta", "stop_reason"), usage=_usage(dig(document, "usage")))


def _stop(_document: object) -> Piece:
    return Piece(ended=True)


_READ = {
    "message": _message,
    "message_start": _start,
    "content_block_start": _block,
    "content_block_delta": _delta,
    "message_delta": _message_delta,
    "message_stop": _stop,
}


def _usage(usage: object) -> Usage:
    cached = count(usage, "cache_creation_input_tokens") + count(usage, "cache_read_input_tokens")
    return Usage(prompt=count(usage, "input_tokens") + cached, answer=count(usage, "output_tokens"))
