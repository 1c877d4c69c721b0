import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from statuspage.probes.options import Duration, Size, masked, split

DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
SIZE: TypeAdapter[int] = TypeAdapter(Size)


def read(kind: TypeAdapter[Any], value: object) -> object:
    return kind.validate_json(json.dumps(value), strict=True)


@pytest.mark.parametrize(("text", "milliseconds"), [("1500ms", 1500), ("2s", 2000), ("5m", 300_000)])
def test_a_duration_has_a_unit(text: str, milliseconds: int) -> None:
    assert read(DURATION, text) == timedelta(milliseconds=milliseconds)


def test_a_duration_that_is_one_stays() -> None:
    assert DURATION.validate_python(timedelta(seconds=2)) == timedelta(seconds=2)


@pytest.mark.parametrize(("value", "octets"), [(0, 0), (312, 312), ("5kB", 5000), ("64KiB", 65536)])
def test_a_size_is_a_number_of_octets_or_has_a_unit(value: object, octets: int) -> None:
    assert read(SIZE, value) == octets


@pytest.mark.parametrize(
    ("kind", "value"),
    [(DURATION, 5), (DURATION, "5"), (DURATION, None), (SIZE, -1), (SIZE, True), (SIZE, "5 kB")],
)
def test_other_values_are_refused_with_examples(kind: TypeAdapter[Any], value: object) -> None:
    with pytest.raises(ValidationError, match="such as"):
        read(kind, value)


def test_editors_see_the_units() -> None:
    assert "ms" in DURATION.json_schema()["pattern"]
    assert any("kB" in option.get("pattern", "") for option in SIZE.json_schema()["anyOf"])


@pytest.mark.parametrize("url", ["http://a.example", "https://[::1]:8080/x?y#z", "HTTP://a.example:65535"])
def test_an_address_is_taken_apart(url: str) -> None:
    assert split(url, "http", "https").hostname


@pytest.mark.parametrize(
    "url", ["", "http://", "http://a:b", "http://a:0", "//a", "http://a\\b", "http://a\n", "x://a"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|port"):
        split(url, "http", "https")


def test_logs_see_neither_path_nor_password() -> None:
    assert masked("https://me:hunter2@a.example:8443/hunter2?key=hunter2") == "https://a.example:8443"
