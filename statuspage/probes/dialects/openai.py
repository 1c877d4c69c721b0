"""OpenAI's chat completions, which Azure, Mistral, vLLM, LiteLLM and many others speak too.

Sources: platform.openai.com/docs/api-reference/chat and /embeddings and /models; learn.microsoft.com, Azure OpenAI
reference; docs.mistral.ai/api.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

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

FINISHES = {
    "function_call": "tool_calls",
    "model_length": "length",  # Mistral: the context is full
    "max_tokens": "length",  # TGI and others behind gateways
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
}


class OpenAi:
    name = "openai"
    lines = False
    finishes: Mapping[str, str] = FINISHES

    def headers(self, endpoint: Endpoint) -> Mapping[str, str]:
        if endpoint.key is None:
            return {}
        if endpoint.api_version:
            return {"api-key": endpoint.key.reveal()}
        return {"authorization": f"Bearer {endpoint.key.reveal()}"}

    def ask(
        self, endpoint: Endpoint, turns: Sequence[Turn], *, stream: bool = False, tool: bool = False
    ) -> Call:
        body: dict[str, object] = {
            "messages": [{"role": turn.role, "content": turn.text} for turn in turns],
            "max_tokens": endpoint.max_tokens,
        }
        if endpoint.model:
            body["model"] = endpoint.model
        if endpoint.temperature is not None:
            body["temperature"] = endpoint.temperature
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if tool:
            function = {"name": TOOL, "description": TOOL_ABOUT, "parameters": TOOL_TAKES}
            body["tools"] = [{"type": "function", "function": function}]
        return Call(self._url(endpoint, "chat/completions"), body)

    def embed(self, endpoint: Endpoint, text: str) -> Call | None:
        body = {"input": text} | ({"model": endpoint.model} if endpoint.model else {})
        return Call(self._url(endpoint, "embeddings"), body)

    def list_models(self, endpoint: Endpoint) -> Call:
        if not endpoint.api_version:
            return Call(self._url(endpoint, "models"))
        base, deployments, _ = endpoint.url.partition("/deployments/")  # Azure lists them elsewhere
        query = urlsplit(endpoint.url).query if deployments else ""
        return Call(join(f"{base}?{query}", "models", **{"api-version": endpoint.api_version}))

    def piece(self, document: object) -> Piece | None:
        if error := dig(document, "error") or dig(document, "choices", 0, "error"):
            return Piece(error=error)
        if word(document, "object") == "error":  # Mistral and vLLM: without a wrapper
            return Piece(error=document)
        if not isinstance(dig(document, "choices"), list) and not isinstance(dig(document, "usage"), dict):
            return None  # an event may carry figures alone
        choice = dig(document, "choices", 0)
        said = dig(choice, "delta") or dig(choice, "message")
        finish = word(choice, "finish_reason")
        if finish == "error":  # Mistral
            return Piece(error=finish)
        return Piece(
            text=_text(dig(said, "content")) or word(choice, "text"),
            thought=word(said, "reasoning_content") or word(said, "reasoning"),
            refusal=word(said, "refusal"),
            tools=tuple(_tools(said)),
            finish=finish,
            unfiltered=dig(choice, "content_filter_results", "error") is not None,
            model=word(document, "model"),
            usage=_usage(dig(document, "usage")),
        )

    def vector(self, document: object) -> object:
        return dig(document, "data", 0, "embedding")

    def models(self, document: object) -> Sequence[str] | None:
        listed = dig(document, "data")
        if not isinstance(listed, list):
            listed = document  # Together and others: without a wrapper
        return [word(one, "id") for one in listed] if isinstance(listed, list) else None

    def _url(self, endpoint: Endpoint, path: str) -> str:
        query = {"api-version": endpoint.api_version} if endpoint.api_version else {}
        return join(endpoint.url, path, **query)


def _text(content: object) -> str:
    """A text, or the texts of a list of parts, as Mistral writes them."""
    if isinstance(content, str):
        return content
    return "".join(word(part, "text") for part in items(content) if word(part, "type") == "text")


def _tools(said: object) -> list[ToolPart]:
    return [
        ToolPart(
            word(part, "function", "name"),
            arguments(dig(part, "function", "arguments")),
            count(part, "index") if isinstance(part, dict) and "index" in part else n,
        )
        for n, part in enumerate(items(said, "tool_calls"))
    ]


def _usage(usage: object) -> Usage:
    return Usage(
        prompt=count(usage, "prompt_tokens"),
        answer=count(usage, "completion_tokens"),
        thought=count(usage, "completion_tokens_details", "reasoning_tokens"),
    )
