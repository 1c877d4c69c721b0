"""The JSON Schema of `components.yaml`, from the types that read it."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter

from statuspage.config.continuity import MOST_JOURNEYS, ContinuityOptions, JourneyOptions
from statuspage.config.notify import Quiet, TargetOptions
from statuspage.config.options import (
    MANUAL,
    BudgetOptions,
    CommonOptions,
    DefaultOptions,
    GroupOptions,
    IncidentOptions,
    PageOptions,
)
from statuspage.config.secrets import PUBLISHED
from statuspage.probes import KINDS, SCHEMES
from statuspage.redaction import REFERENCE

Node = dict[str, Any]


def schema() -> Node:
    """JSON Schema 2020-12 of the whole file. `${NAME}` may stand where the loader reads secrets."""
    parts, shared = _schemas(
        {
            "page": PageOptions,
            "defaults": DefaultOptions,
            "budget": BudgetOptions,
            "incidents": IncidentOptions,
            "continuity": ContinuityOptions,
            "journey": JourneyOptions,
            "group": GroupOptions,
        }
    )
    told, shared_by_targets = _schemas({"": TargetOptions})
    asked, shared_by_kinds = _schemas({"": CommonOptions, **KINDS})
    common = asked.pop("")
    components = {name: _component(name, common, asked.get(name, {})) for name in (*KINDS, MANUAL)}
    control = {"type": "string", "pattern": _starts(*SCHEMES)}
    whole: Node = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "components.yaml",
        "description": "What a status page watches.",
        "type": "object",
        "additionalProperties": False,
        "required": ["components"],
        "properties": {
            "page": parts["page"],
            "defaults": parts["defaults"],
            "control": {
                "description": "Addresses that tell whether the runner itself is online.",
                "type": "array",
                "items": control,
            },
            "budget": parts["budget"],
            "incidents": parts["incidents"],
            "continuity": parts["continuity"],
            "journeys": {
                "description": "What people come to do.",
                "type": "array",
                "maxItems": MOST_JOURNEYS,
                "items": parts["journey"],
            },
            "notify": {"description": "Whom to tell.", "type": "array", "items": told[""]},
            "groups": {"type": "array", "items": parts["group"]},
            "components": {
                "type": "array",
                "minItems": 1,
                "items": {"anyOf": [{"$ref": f"#/$defs/component-{name}"} for name in components]},
            },
        },
        "$defs": {
            **shared,
            **{name: _changed(node, _or_secret) for name, node in shared_by_kinds.items()},
            **{name: _told(name, node) for name, node in shared_by_targets.items()},
            **{f"component-{name}": node for name, node in components.items()},
        },
    }
    whole["$defs"] = _used(whole)
    return whole


def _used(whole: Node) -> dict[str, Node]:
    """The definitions that the rest of the schema leads to."""
    known, used = whole["$defs"], dict[str, Node]()
    waiting = [{key: node for key, node in whole.items() if key != "$defs"}]
    while waiting:
        for name in re.findall(r'"#/\$defs/([^"]+)"', json.dumps(waiting.pop())):
            if name not in used:
                used[name] = known[name]
                waiting.append(known[name])
    return {name: node for name, node in known.items() if name in used}


def _told(name: str, node: Node) -> Node:
    """The keys of a channel; its quiet hours are no secret."""
    return node if name == Quiet.__name__ else _changed(node, _or_secret)


def _component(name: str, common: Node, kind: Node) -> Node:
    """The keys of every component and those of one kind, as one closed object."""
    keys = common["properties"] | kind.get("properties", {})
    told: Node = {"required": ["type"]}
    type_ = "The kind of probe."
    if name in KINDS and (schemes := KINDS[name].schemes):
        url = {"pattern": _starts(*schemes)}
        told = {"anyOf": [told, {"required": ["url"]}], "properties": {"url": url}}
        type_ = "The kind of probe; the address tells it, if not given."
    return {
        "description": f"A component of the kind {name}.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{key: node if key in PUBLISHED else _changed(node, _or_secret) for key, node in keys.items()},
            "type": {"const": name, "description": type_},
        },
        "allOf": [{"required": sorted({*common["required"], *kind.get("required", ())})}, told],
    }


def _starts(*schemes: str) -> str:
    """A pattern of addresses with one of the schemes, or one whose scheme is a secret's."""
    return f"^({'|'.join(map(re.escape, schemes))})://|^{REFERENCE}"


def _schemas(types: Mapping[str, Any]) -> tuple[dict[str, Node], dict[str, Node]]:
    """The schema of each type, and those that they share."""
    inputs = [(key, "validation", TypeAdapter[Any](kind)) for key, kind in types.items()]
    found, rest = TypeAdapter.json_schemas(inputs, ref_template="#/$defs/{model}")  # type: ignore[arg-type]
    definitions = {name: _changed(node, _bare) for name, node in rest.get("$defs", {}).items()}
    own = {key: definitions.pop(node["$ref"].rpartition("/")[2]) for (key, _), node in found.items()}
    return own, definitions


def _changed(node: Any, change: Callable[[Node], Node]) -> Any:
    """The schema with a change made to each schema inside it, innermost first."""
    if not isinstance(node, dict):
        return node  # true or false
    new = dict(node)
    for word in ("properties", "patternProperties"):
        if word in node:
            new[word] = {key: _changed(one, change) for key, one in node[word].items()}
    for word in ("items", "additionalProperties"):
        if word in node:
            new[word] = _changed(node[word], change)
    for word in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if word in node:
            new[word] = [_changed(one, change) for one in node[word]]
    return change(new)


def _bare(node: Node) -> Node:
    """Without titles, which repeat the keys, and defaults, which are written as values of ours."""
    return {word: value for word, value in node.items() if word not in ("title", "default")}


def _or_secret(node: Node) -> Node:
    """A text that must have some shape may also be made from a secret."""
    shaped = node.get("type") == "string" and node.keys() & {
        "pattern",
        "enum",
        "const",
        "minLength",
        "format",
    }
    if not shaped:
        return node
    outside: Node = {word: node[word] for word in ("description", "examples") if word in node}
    inside = {word: value for word, value in node.items() if word not in outside}
    return {**outside, "anyOf": [inside, {"type": "string", "pattern": REFERENCE}]}
