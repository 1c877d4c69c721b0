"""Four dialects of language models, as a server speaks them.

Payloads have the shape of the providers' documentation: see the modules of `statuspage.probes.dialects`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

JSON = "application/json"
SSE = "text/event-stream"
NDJSON = "application/x-ndjson"


class Voice:
    """One dialect. Events are whole, with what frames them."""

    kind = SSE
    finishes: Mapping[str, str] = {}
    done = b""  # after all else

    def start(self) -> Iterator[bytes]:
        return iter(())

    def text(self, text: str) -> bytes:
        raise NotImplementedError

    def thought(self, text: str) -> bytes:
        raise NotImplementedError

    def end(self, why: str = "stop", tokens: int = 3) -> Iterator[bytes]:
        raise NotImplementedError

    def error(self, kind: str = "server_error") -> bytes:
        raise NotImplementedError

    def tool(self, name: str, arguments: str) -> bytes:
        raise NotImplementedError

    def whole(self, text: str, why: str = "stop", **more: Any) -> dict[str, Any]:
        raise NotImplementedError

    def names(self, *models: str) -> dict[str, Any]:
        raise NotImplementedError

    def vector(self, numbers: Sequence[object]) -> dict[str, Any]:
        raise NotImplementedError


def event(value: object, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


class OpenAi(Voice):
    done = b"data: [DONE]\n\n"

    def start(self) -> Iterator[bytes]:
        yield self._chunk({"role": "assistant", "content": ""})

    def text(self, text: str) -> bytes:
        return self._chunk({"content": text})

    def thought(self, text: str) -> bytes:
        return self._chunk({"reasoning_content": text})

    def end(self, why: str = "stop", tokens: int = 3) -> Iterator[bytes]:
        yield self._chunk({}, why)
        usage = {"prompt_tokens": 14, "completion_tokens": tokens, "total_tokens": 14 + tokens}
        yield event(
            {"object": "chat.completion.chunk", "model": "kestrel-1-mini", "choices": [], "usage": usage}
        )

    def error(self, kind: str = "server_error") -> bytes:
        return event(
            {"error": {"message": "The server had an error", "type": kind, "param": None, "code": None}}
        )

    def tool(self, name: str, arguments: str) -> bytes:
        half = len(arguments) // 2
        first = {
            "index": 0,
            "id": "call_1",
            "type": "function",
            "function": {"name": name, "arguments": arguments[:half]},
        }
        rest = {"index": 0, "function": {"arguments": arguments[half:]}}
        return self._chunk({"tool_calls": [first]}) + self._chunk({"tool_calls": [rest]})

    def whole(self, text: str, why: str = "stop", **more: Any) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, **more}
        return {
            "object": "chat.completion",
            "model": "kestrel-1-mini",
            "choices": [{"index": 0, "message": message, "finish_reason": why}],
            "usage": {"prompt_tokens": 14, "completion_tokens": 3, "total_tokens": 17},
        }

    def names(self, *models: str) -> dict[str, Any]:
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in models]}

    def vector(self, numbers: Sequence[object]) -> dict[str, Any]:
        data = [{"object": "embedding", "index": 0, "embedding": numbers}]
        return {"object": "list", "data": data, "usage": {"prompt_tokens": 2, "total_tokens": 2}}

    def _chunk(self, delta: Mapping[str, object], why: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": why}
        return event({"object": "chat.completion.chunk", "model": "kestrel-1-mini", "choices": [choice]})


class Anthropic(Voice):
    finishes: Mapping[str, str] = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}

    def start(self) -> Iterator[bytes]:
        message: dict[str, object] = {
            "type": "message",
            "role": "assistant",
            "content": [],
            "model": "kestrel-1-mini",
            "stop_reason": None,
        }
        usage = {"input_tokens": 14, "output_tokens": 1}
        yield event({"type": "message_start", "message": {**message, "usage": usage}}, "message_start")
        block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        yield event(block, "content_block_start")
        yield event({"type": "ping"}, "ping")

    def text(self, text: str) -> bytes:
        return self._delta({"type": "text_delta", "text": text})

    def thought(self, text: str) -> bytes:
        return self._delta({"type": "thinking_delta", "thinking": text})

    def end(self, why: str = "stop", tokens: int = 3) -> Iterator[bytes]:
        yield event({"type": "content_block_stop", "index": 0}, "content_block_stop")
        delta = {"stop_reason": self.finishes.get(why, why), "stop_sequence": None}
        usage = {"output_tokens": tokens}
        yield event({"type": "message_delta", "delta": delta, "usage": usage}, "message_delta")
        yield event({"type": "message_stop"}, "message_stop")

    def error(self, kind: str = "api_error") -> bytes:
        return event({"type": "error", "error": {"type": kind, "message": "Something is wrong"}}, "error")

    def tool(self, name: str, arguments: str) -> bytes:
        block = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
        start = {"type": "content_block_start", "index": 1, "content_block": block}
        return event(start, "content_block_start") + self._delta(
            {"type": "input_json_delta", "partial_json": arguments}, 1
        )

    def whole(self, text: str, why: str = "stop", **more: Any) -> dict[str, Any]:
        return {
            "type": "message",
            "role": "assistant",
            "model": "kestrel-1-mini",
            "content": [{"type": "text", "text": text}],
            "stop_reason": self.finishes.get(why, why),
            "usage": {"input_tokens": 14, "output_tokens": 3},
            **more,
        }

    def names(self, *models: str) -> dict[str, Any]:
        return {"data": [{"type": "model", "id": name} for name in models], "has_more": False}

    def _delta(self, delta: Mapping[str, object], index: int = 0) -> bytes:
        return event({"type": "content_block_delta", "index": index, "delta": delta}, "content_block_delta")


class Gemini(Voice):
    finishes: Mapping[str, str] = {
        "stop": "STOP",
        "length": "MAX_TOKENS",
        "tool_calls": "STOP",
        "content_filter": "SAFETY",
    }

    def text(self, text: str) -> bytes:
        return event(self._answer([{"text": text}]))

    def thought(self, text: str) -> bytes:
        return event(self._answer([{"text": text, "thought": True}]))

    def end(self, why: str = "stop", tokens: int = 3) -> Iterator[bytes]:
        usage = {"promptTokenCount": 14, "candidatesTokenCount": tokens, "totalTokenCount": 14 + tokens}
        # the last event may carry finishReason only
        yield event(
            {
                "candidates": [{"finishReason": self.finishes.get(why, why), "index": 0}],
                "usageMetadata": usage,
            }
        )

    def error(self, kind: str = "INTERNAL") -> bytes:
        return event({"error": {"code": 500, "message": "Something is wrong", "status": kind}})

    def tool(self, name: str, arguments: str) -> bytes:
        return event(self._answer([{"functionCall": {"name": name, "args": json.loads(arguments)}}]))

    def whole(self, text: str, why: str = "stop", **more: Any) -> dict[str, Any]:
        answer = self._answer([{"text": text}] if text else [], self.finishes.get(why, why))
        usage = {"promptTokenCount": 14, "candidatesTokenCount": 3, "totalTokenCount": 17}
        return {**answer, "usageMetadata": usage, **more}

    def names(self, *models: str) -> dict[str, Any]:
        return {"models": [{"name": f"models/{name}"} for name in models]}

    def vector(self, numbers: Sequence[object]) -> dict[str, Any]:
        return {"embedding": {"values": numbers}}

    def _answer(self, parts: list[dict[str, Any]], why: str | None = None) -> dict[str, Any]:
        return {
            "candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": why, "index": 0}],
            "modelVersion": "kestrel-1-mini",
        }


class Ollama(Voice):
    kind = NDJSON

    def text(self, text: str) -> bytes:
        return self._line({"role": "assistant", "content": text})

    def thought(self, text: str) -> bytes:
        return self._line({"role": "assistant", "content": "", "thinking": text})

    def end(self, why: str = "stop", tokens: int = 3) -> Iterator[bytes]:
        figures = {"load_duration": 2_400_000_000, "prompt_eval_count": 14, "eval_count": tokens}
        yield self._line({"role": "assistant", "content": ""}, done=True, done_reason=why, **figures)

    def error(self, kind: str = "an error was encountered while running the model") -> bytes:
        return json.dumps({"error": kind}).encode() + b"\n"

    def tool(self, name: str, arguments: str) -> bytes:
        call = {"function": {"name": name, "arguments": json.loads(arguments)}}
        return self._line({"role": "assistant", "content": "", "tool_calls": [call]})

    def whole(self, text: str, why: str = "stop", **more: Any) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, **more}
        return {
            "model": "kestrel-1-mini",
            "message": message,
            "done": True,
            "done_reason": why,
            "eval_count": 3,
        }

    def names(self, *models: str) -> dict[str, Any]:
        return {"models": [{"name": f"{name}:latest", "model": f"{name}:latest"} for name in models]}

    def vector(self, numbers: Sequence[object]) -> dict[str, Any]:
        return {"embeddings": [numbers], "prompt_eval_count": 2}

    def _line(self, message: Mapping[str, object], *, done: bool = False, **more: object) -> bytes:
        line = {"model": "kestrel-1-mini", "message": message, "done": done, **more}
        return json.dumps(line, ensure_ascii=False).encode() + b"\n"


VOICES: Mapping[str, Voice] = {
    "openai": OpenAi(),
    "anthropic": Anthropic(),
    "gemini": Gemini(),
    "ollama": Ollama(),
}
