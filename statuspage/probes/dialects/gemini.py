"""Gemini's generateContent.

Sources: ai.google.dev/api/generate-content, /api/embeddings, /api/models.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from statuspage.probes.dialects.base import (
    TOOL,
    TOOL_ABOUT,
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

FINISHES = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(
        ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE"), "content_filter"
    ),
}
_ROLES = {"user": "user", "assistant": "model"}


class Gemini:
    name = "gemini"
    lines = False
    finishes: Mapping[str, str] = FINISHES

    def headers(self, endpoint: Endpoint) -> Mapping[str, str]:
        # never as ?key=, which ends in logs
        return {} if endpoint.key is None else {"x-goog-api-key": endpoint.key.reveal()}

    def ask(
        self, endpoint: Endpoint, turns: Sequence[Turn], *, stream: bool = False, tool: bool = False
    ) -> Call:
        limits: dict[str, object] = {"maxOutputTokens": endpoint.max_tokens}
        if endpoint.temperature is not None:
            limits["temperature"] = endpoint.temperature
        body: dict[str, object] = {
            "contents": [
                {"role": _ROLES[t.role], "parts": [{"text": t.text}]} for t in turns if t.role in _ROLES
            ],
            "generationConfig": limits,
        }
        if system := [{"text": turn.text} for turn in turns if turn.role == "system"]:
            body["systemInstruction"] = {"parts": system}
        if tool:
            body["tools"] = [{"functionDeclarations": [{"name": TOOL, "description": TOOL_ABOUT}]}]
        if stream:  # without alt=sse it would be a JSON array
            return Call(_method(endpoint, "streamGenerateContent", alt="sse"), body)
        return Call(_method(endpoint, "generateContent"), body)

    def embed(self, endpoint: Endpoint, text: str) -> Call | None:
        return Call(_method(endpoint, "embedContent"), {"content": {"parts": [{"text": text}]}})

    def list_models(self, endpoint: Endpoint) -> Call:
        return Call(join(endpoint.url, "v1beta/models", pageSize="1000"))

    def piece(self, document: object) -> Piece | None:
        if dig(document, "error"):
            return Piece(error=document)
        candidate = dig(document, "candidates", 0)
        blocked = word(document, "promptFeedback", "blockReason")
        if candidate is None and not blocked:
            # an event may carry figures alone
            known = isinstance(document, dict) and document.keys() & {"candidates", "usageMetadata"}
            return Piece(usage=_usage(document)) if known else None
        parts = items(candidate, "content", "parts")
        tools = [call for part in parts if isinstance(call := dig(part, "functionCall"), dict)]
        return Piece(
            text="".join(word(part, "text") for part in parts if dig(part, "thought") is not True),
            thought="".join(word(part, "text") for part in parts if dig(part, "thought") is True),
            tools=tuple(ToolPart(word(call, "name"), arguments(dig(call, "args") or {})) for call in tools),
            finish=word(candidate, "finishReason"),
            blocked=bool(blocked),
            model=word(document, "modelVersion"),
            usage=_usage(document),
        )

    def vector(self, document: object) -> object:
        return dig(document, "embedding", "values")

    def models(self, document: object) -> Sequence[str] | None:
        listed = dig(document, "models")
        return [word(one, "name") for one in listed] if isinstance(listed, list) else None


def _method(endpoint: Endpoint, method: str, **query: str) -> str:
    model = quote(endpoint.model, safe="/")
    path = model if model.startswith(("models/", "tunedModels/")) else f"models/{model}"
    return join(endpoint.url, f"v1beta/{path}:{method}", **query)


def _usage(document: object) -> Usage:
    usage = dig(document, "usageMetadata")
    thought = count(usage, "thoughtsTokenCount")
    return Usage(
        prompt=count(usage, "promptTokenCount"),
        answer=count(usage, "candidatesTokenCount") + thought,
        thought=thought,
    )
