import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from statuspage.probes.expect import (
    CountMatch,
    JsonPath,
    SizeMatch,
    Statuses,
    TextMatch,
    ValueMatch,
    count_match,
    size_match,
    statuses,
    text_match,
    value_match,
)


@pytest.mark.parametrize(
    ("matcher", "seen", "holds"),
    [
        ("ok", "ok", True),
        ("ok", "ok too", False),
        (1, 1, True),
        (1, 1.0, True),
        (1, "1", False),
        (1, True, False),
        (True, True, True),
        (None, None, True),
        (None, 0, False),
        ([1, {"a": True}], [1, {"a": True}], True),
        ([1, 2], [1], False),
        ([1], [True], False),
        ({"is": {"a": 1}}, {"a": 1}, True),
        ({"is": {"a": 1}}, {"a": 1, "b": 2}, False),
        ({"not": "red"}, "green", True),
        ({"not": "red"}, "red", False),
        ({"contains": "ell"}, "hello", True),
        ({"contains": 2}, [1, 2], True),
        ({"contains": "a"}, {"a": 1}, True),
        ({"contains": 1}, "1", False),
        ({"contains": 1}, 1, False),
        ({"matches": "^h.*o$"}, "hello", True),
        ({"matches": "1"}, 1, False),
        ({"any_of": ["green", "yellow"]}, "yellow", True),
        ({"any_of": ["green", "yellow"]}, "red", False),
        ({"none_of": ["red"]}, "green", True),
        ({"none_of": ["red"]}, "red", False),
        ({"exists": True}, None, True),
        ({"exists": False}, None, False),
        ({"ge": 10}, 10, True),
        ({"ge": 9}, "10", False),
        ({"gt": 10}, 10, False),
        ({"le": 0.5}, 0.5, True),
        ({"lt": 5}, 10**4000, False),
        ({"ge": 0}, True, False),
        ({"ge": 1, "lt": 3}, 2, True),
        ({"ge": 1, "lt": 3}, 3, False),
        ({"length": 2}, [1, 2], True),
        ({"length": {"ge": 1}}, "", False),
        ({"length": {"ge": 1}}, {"a": 1}, True),
        ({"length": 1}, 1, False),
        ({"starts": "he"}, "hello", True),
        ({"ends": "lo"}, "hello", True),
        ({"ends": "lo"}, ["lo"], False),
    ],
)
def test_a_json_value_is_judged(matcher: object, seen: object, holds: bool) -> None:
    assert value_match(matcher).holds([seen]) is holds


@pytest.mark.parametrize(
    ("matcher", "seen", "holds"),
    [
        ("ell", "hello", True),
        ("bye", "hello", False),
        (5, "5", True),
        (5, "5 apples", False),
        ({"is": "hello"}, "hello", True),
        ({"is": "ell"}, "hello", False),
        ({"is": 5.5}, "5.5", True),
        ({"not": "error"}, "all errors", False),
        ({"not": "error"}, "fine", True),
        ({"any_of": ["red", "green"]}, "a green light", True),
        ({"none_of": ["red", "green"]}, "a green light", False),
        ({"ge": 300}, "3600", True),
        ({"ge": 300}, "3e9", False),
        ({"ge": 300}, "9" * 40, False),
        ({"length": {"le": 5}}, "hello", True),
        ({"matches": "h.l"}, "hello", True),
    ],
)
def test_a_text_is_judged(matcher: object, seen: str, holds: bool) -> None:
    assert text_match(matcher).holds([seen]) is holds


@pytest.mark.parametrize(
    ("matcher", "holds"),
    [("ok", False), ({"exists": True}, False), ({"exists": False}, True), ({"not": 1}, False)],
)
def test_what_is_missing_is_only_as_wanted_when_it_should_not_exist(matcher: object, holds: bool) -> None:
    assert value_match(matcher).holds([]) is holds


def test_of_several_values_each_must_match() -> None:
    assert value_match("ok").holds(["ok", "ok"])
    assert not value_match("ok").holds(["ok", "down"])


@pytest.mark.parametrize(
    ("raw", "within", "without"),
    [
        (204, {204}, {200}),
        ("404", {404}, {200}),
        ("2xx", {200, 299}, {300}),
        ([200, "3XX"], {200, 301}, {201, 404}),
        ({"not": "5xx"}, {200, 404}, {500, 599}),
        ({"any_of": [200, 404]}, {404}, {201}),
        ({"ge": 200, "lt": 400}, {200, 399}, {400}),
        ({"is": 200}, {200}, {201}),
        ({"none_of": [200]}, {201}, {200}),
    ],
)
def test_statuses_are_numbers_classes_lists_and_operators(
    raw: object, within: set[int], without: set[int]
) -> None:
    assert within <= statuses(raw)
    assert not without & statuses(raw)


@pytest.mark.parametrize(
    "raw",
    [
        99,
        600,
        "6xx",
        "ok",
        None,
        True,
        200.0,
        [],
        {},
        {"contains": 2},
        {"is": 200, "not": "2xx"},
        {"ge": "x"},
    ],
)
def test_a_status_that_cannot_be_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r"status|operator|number"):
        statuses(raw)


@pytest.mark.parametrize(
    ("read", "raw", "says"),
    [
        (value_match, {"contians": "x"}, "did you mean 'contains'"),
        (value_match, {}, "empty mapping"),
        (value_match, {"any_of": "x"}, "take a list"),
        (value_match, {"any_of": []}, "take a list"),
        (value_match, {"exists": "yes"}, "true or false"),
        (value_match, {"ge": "5"}, "take a number"),
        (value_match, {"ge": True}, "take a number"),
        (value_match, {"ge": float("nan")}, "take a number"),
        (value_match, {"matches": 5}, "takes a text"),
        (value_match, {"starts": None}, "takes a text"),
        (value_match, {"length": "5"}, "whole number"),
        (value_match, {"length": {"starts": "5"}}, "unknown operator"),
        (text_match, None, "write a text"),
        (text_match, True, "write a text"),
        (text_match, ["a"], "write a text"),
        (text_match, {"is": True}, "compared with a text"),
        (text_match, {"any_of": [None]}, "compared with a text"),
        (size_match, "5 apples", "no size"),
        (size_match, {"ge": "5MB"}, "256 kB"),
        (size_match, {"ge": -1}, "a size is"),
        (count_match, 1.5, "whole number"),
    ],
)
def test_a_matcher_that_makes_no_sense_is_refused_in_a_sentence(read: Any, raw: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read(raw)


def test_sizes_have_units_and_words() -> None:
    wanted = size_match({"ge": "5kB", "le": 9000})

    assert wanted.holds([5000])
    assert not wanted.holds([4999])
    assert wanted.figures == "at least 5000 and at most 9000"


def test_a_matcher_never_shows_what_it_wants() -> None:
    assert "hunter2" not in repr(text_match("hunter2"))
    assert "hunter2" not in repr(value_match({"matches": "hunter2"}))


@pytest.mark.parametrize("kind", [ValueMatch, TextMatch, SizeMatch, CountMatch, Statuses, JsonPath])
def test_each_matcher_has_a_json_schema(kind: Any) -> None:
    schema = TypeAdapter(kind).json_schema()

    assert json.loads(json.dumps(schema)) == schema
    assert schema.keys() & {"anyOf", "type", "$ref"}


def test_the_schema_describes_each_operator_and_refuses_others() -> None:
    operators = TypeAdapter(ValueMatch).json_schema()["$defs"]["Operators"]

    assert operators["additionalProperties"] is False
    known = "is not contains matches any_of none_of exists ge gt le lt length starts ends"
    assert " ".join(operators["properties"]) == known
    assert all(option["description"].endswith(".") for option in operators["properties"].values())
