"""What pydantic refuses, in our words, at the place in the file."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from statuspage.errors import nearest
from statuspage.yamlfile import Key, Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refusal:
    path: tuple[Key, ...]  # below the value that was validated
    what: str
    mend: str = ""
    missing: bool = False


def validated(kind: type[T] | Any, value: Value) -> tuple[T | None, list[Refusal]]:
    """The value as that type, or None and all that is wrong with it.

    It goes by way of JSON, where strict means: a list may become a tuple, a text never a number.
    """
    adapted: Any = kind
    adapter: TypeAdapter[T] = _adapter(adapted)
    try:
        return adapter.validate_json(json.dumps(value), strict=True), []
    except ValidationError as error:
        return None, list(_refusals(kind, value, error))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def known_keys(schema: Mapping[str, Any], path: Sequence[Key]) -> set[str]:
    """The keys that a JSON Schema knows at that place of a value."""
    nodes = list(_flat(schema, schema))
    for key in path:
        below = [node for at in nodes for node in _below(at, key)]
        nodes = [node for at in below for node in _flat(schema, at)]
    return {key for node in nodes for key in node.get("properties", {})}


def _flat(root: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The node and its alternatives, references followed."""
    if "$ref" in node:
        yield from _flat(root, root["$defs"][node["$ref"].rpartition("/")[2]])
    yield node
    for alternative in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        yield from _flat(root, alternative)


def _below(node: Mapping[str, Any], key: Key) -> Iterator[Mapping[str, Any]]:
    if isinstance(key, int):
        candidates = [node.get("items")]
    else:
        others = (node.get("additionalProperties"), *node.get("patternProperties", {}).values())
        candidates = [node["properties"][key]] if key in node.get("properties", {}) else list(others)
    yield from (candidate for candidate in candidates if isinstance(candidate, dict))


def _refusals(kind: type, value: Value, error: ValidationError) -> Iterator[Refusal]:
    """One refusal a place: that of the alternative that came furthest."""
    found: dict[tuple[Key, ...], Refusal] = {}
    for detail in error.errors(include_url=False):
        refusal = _refusal(kind, value, detail)
        if refusal.path not in found or detail["type"] == "value_error":
            found[refusal.path] = refusal
    for path, refusal in found.items():
        if not any(other[: len(path)] == path and len(other) > len(path) for other in found):
            yield refusal


def _refusal(kind: type, value: Value, detail: ErrorDetails) -> Refusal:
    path, at = _walked(value, detail["loc"])
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] in ("missing", "missing_argument"):
        return Refusal((*path, key), f"{_dotted(path)}the key '{key}' is missing", missing=True)
    if detail["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        mend = nearest(key, known_keys(_adapter(kind).json_schema(), path[:-1]))
        return Refusal(path, f"{_dotted(path[:-1])}unknown key '{key}'", mend)
    if at is None:
        return Refusal(
            path,
            f"{_dotted(path)}nothing stands here",
            "write a value or delete the key; a text that begins with # goes in quotes",
        )
    return Refusal(path, _dotted(path) + _sentence(detail))


def _walked(value: Value, loc: Sequence[Key]) -> tuple[tuple[Key, ...], Value]:
    """Path and value that a `loc` speaks of: it also names types and alternatives, which no file holds."""
    path: list[Key] = []
    for key in loc:
        if isinstance(value, dict) and key in value:
            value = value[str(key)]
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            continue
        path.append(key)
    return tuple(path), value


def _dotted(path: Sequence[Key]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".") + (
        ": " if path else ""
    )


def _sentence(detail: ErrorDetails) -> str:
    if detail["type"] == "value_error":
        return str(detail.get("ctx", {}).get("error", detail["msg"]))
    if detail["type"] in _SENTENCES:
        return _SENTENCES[detail["type"]]
    message = re.sub("^(Input|String|Value|Tuple|Dictionary) should ", "must ", detail["msg"])
    return message.replace(" after validation", "")


_SENTENCES = {
    "bool_type": "must be true or false",
    "dataclass_type": "must be a mapping, such as {key: value}",
    "dict_type": "must be a mapping, such as {key: value}",
    "float_type": "must be a number",
    "frozen_set_type": "must be a list, such as [one, two]",
    "int_type": "must be a whole number, without quotes",
    "list_type": "must be a list, such as [one, two]",
    "mapping_type": "must be a mapping, such as {key: value}",
    "string_type": "must be a text: put it in quotes",
    "tuple_type": "must be a list, such as [one, two]",
}
