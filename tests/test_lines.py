"""Lines with a checksum: whole ones come back, a changed octet is found, a torn end is told from damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.errors import StatuspageError, Where
from statuspage.lines import checksummed, read_lines, unchecksum

WHERE = Where("x.ndjson", 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text().filter(lambda key: key != "sum"), JSON, max_size=4)
ONE, TWO = checksummed({"n": 1}).encode() + b"\n", checksummed({"n": 2}).encode() + b"\n"


@given(OBJECTS)
def test_an_object_comes_back_with_its_keys_in_order(obj: dict[str, object]) -> None:
    line = checksummed(obj)

    assert "\n" not in line
    assert list(unchecksum(line.encode(), WHERE).items()) == list(obj.items())


@given(OBJECTS, st.data())
def test_a_changed_octet_is_found(obj: dict[str, object], data: st.DataObject) -> None:
    line = bytearray(checksummed(obj).encode())
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(StatuspageError):
        unchecksum(bytes(line), WHERE)


def test_what_json_cannot_hold_is_refused() -> None:
    for obj in ({"sum": 1}, {"a": float("nan")}, {"a": "\ud800"}):
        with pytest.raises(ValueError):
            checksummed(obj)


def test_an_empty_file_holds_nothing_and_blank_lines_do_not_count() -> None:
    assert read_lines(b"", "x.ndjson") == ([], [])
    assert read_lines(ONE + b"\n" + TWO + b"\n", "x.ndjson") == ([{"n": 1}, {"n": 2}], [])


@pytest.mark.parametrize("cut", [2, 5, len(TWO) - 1])
def test_a_torn_end_is_dropped_with_a_warning(cut: int) -> None:
    found, problems = read_lines(ONE + TWO[:-cut], "x.ndjson")

    assert found == [{"n": 1}]
    assert [str(p.where) for p in problems if p.warning] == ["x.ndjson:2"]


def test_a_last_line_that_lacks_only_its_line_break_is_whole() -> None:
    assert read_lines(ONE + TWO[:-1], "x.ndjson") == ([{"n": 1}, {"n": 2}], [])


def test_a_broken_last_line_with_its_line_break_is_not_torn() -> None:
    with pytest.raises(StatuspageError, match=r"x\.ndjson:2"):
        read_lines(ONE + TWO.replace(b"2", b"3", 1), "x.ndjson")


def test_a_broken_line_before_the_last_stops_with_its_place() -> None:
    for line in (b"{}\n", b"nonsense\n", b"\xff\n", ONE[1:], b"[1]\n", b"[" * 100_000 + b"\n"):
        with pytest.raises(StatuspageError, match=r"x\.ndjson:2.*\n  mend: run `statuspage verify`"):
            read_lines(ONE + line + TWO, "x.ndjson")
