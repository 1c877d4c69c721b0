"""Ollama's own chat, in lines of JSON.

Sources: docs.ollama.com/api/chat, /api/embed, /api/tags.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

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


class Ollama:
    name = "ollama"
    lines = True
    finishes: Mapping[str, str] = {}  # they are OpenAI's

    def headers(self, endpoint: Endpoint) -> Mapping[str, str]:
        # none locally; a proxy before it, and ollama.com, want one
        return {} if endpoint.key is None else {"authorization": f"Bearer {endpoint.key.reveal()}"}

    def ask(
        self, endpoint: Endpoint, turns: Sequence[Turn], *, stream: bool = False, tool: bool = False
    ) -> Call:
        options: dict[str, object] = {"num_predict": endpoint.max_tokens}
        if endpoint.temperature is not None:
            options["temperature"] = endpoint.temperature
        body: dict[str, object] = {
            "model": endpoint.model,
            "messages": [{"role": turn.role, "content": turn.text} for turn in turns],
            "stream": stream,
            "options": options,
        }
        if tool:
            function = {"name": TOOL, "description": TOOL_ABOUT, "parameters": TOOL_TAKES}
            body["tools"] = [{"type": "function", "function": function}]
        return Call(join(endpoint.url, "api/chat"), body)

    def embed(self, endpoint: Endpoint, text: str) -> Call | None:
        return Call(join(endpoint.url, "api/embed"), {"model": endpoint.model, "input": text})

    def list_models(self, endpoint: Endpoint) -> Call:
        return Call(join(endpoint.url, "api/tags"))

    def piece(self, document: object) -> Piece | None:
        if dig(document, "error"):
            return Piece(error=document)
        said = dig(document, "message")
        if not isinstance(said, dict) and dig(document, "done") is None:
            return None
        done = dig(document, "done") is True
        tools = items(said, "tool_calls")
        return Piece(
            text=word(said, "content"),
            thought=word(said, "thinking"),
            tools=tuple(
                ToolPart(word(one, "function", "name"), arguments(dig(one, "function", "arguments") or {}))
                for one in tools
            ),
            finish=(word(document, "done_reason") or "stop") if done else "",
            ended=done,
            loading=timedelta(microseconds=count(document, "load_duration", most=10**14) // 1000),  # ns
            model=word(document, "model"),
            usage=Usage(count(document, "prompt_eval_count"), count(document, "eval_count")),
        )

    def vector(self, document: object) -> object:
        return dig(document, "embeddings", 0)

    def models(self, document: object) -> Sequence[str] | None:
        listed = dig(document, "models")
        if not isinstance(listed, list):
            return None
        return [word(one, "model") or word(one, "name") for one in listed]
