import pytest

from statuspage.probes.jsonpath import path

DOCUMENT = {
    "status": "ok",
    "nothing": None,
    "a": {"b": [{"c": 1}, {"c": 2}, {"d": 3}]},
    "odd key": {"x.y": 7},
    "héllo": 5,
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$", [DOCUMENT]),
        ("$.status", ["ok"]),
        ("$.nothing", [None]),
        ("$.a.b[0].c", [1]),
        ("$.a.b[-1].d", [3]),
        ("$.a.b[*].c", [1, 2]),
        ("$.a.*[0].c", [1]),
        ("$['odd key']['x.y']", [7]),
        ('$["odd key"]["x.y"]', [7]),
        ("$.héllo", [5]),
        ("$.gone", []),
        ("$.a.b[3]", []),
        ("$.a.b[-4]", []),
        ("$.status[0]", []),
        ("$.status.length", []),
        ("$.status[*]", []),
        ("$.a[0]", []),
    ],
)
def test_a_path_finds_what_stands_there(text: str, found: list[object]) -> None:
    assert path(text).find(DOCUMENT) == found


@pytest.mark.parametrize(
    "text", ["", "status", "$..a", "$.a[", "$.a[?(@.b)]", "$.a[1:2]", "$a", "$.", "$[x]"]
)
def test_a_path_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JSON path"):
        path(text)


def test_a_path_with_too_many_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 20"):
        path("$" + ".a" * 21)
