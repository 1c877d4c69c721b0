import importlib.util
import threading
import time

import pytest

from statuspage.probes.patterns import MAX_TEXT, TooSlow, nests, pattern


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+$",
        "(a*)*",
        "(?:a+b?)*",
        "((a{2,})){3,}",
        "(x(y+)z)*",
        "(?P<n>a+)+",
        "(?=a+)+",
        "([)]+)+",
        r"(\)+)*?",
    ],
)
def test_a_repetition_inside_a_repetition_is_refused(text: str) -> None:
    assert nests(text)
    with pytest.raises(ValueError, match="repetition inside a repetition"):
        pattern(text)


@pytest.mark.parametrize(
    "text",
    ["(?i)monday.*friday", r'"version":\s*"\d+\.\d+"', "(abc)+", "(a+)?", "(a+){0,1}", "(a+){1}", "[(a+)+]", r"\(a+\)+",
     "(a|b)*c", "a++b", "(a+)b+"],
)  # fmt: skip
def test_ordinary_patterns_are_taken(text: str) -> None:
    assert not nests(text)
    pattern(text)


@pytest.mark.parametrize(("text", "says"), [("(", "no regular expression"), ("a" * 501, "at most 500")])
def test_a_pattern_that_cannot_be_run_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        pattern(text)


def test_only_the_first_8_kb_are_searched() -> None:
    assert pattern("end").found_in("x" * (MAX_TEXT - 3) + "end")
    assert not pattern("end").found_in("x" * MAX_TEXT + "end")


@pytest.mark.skipif(importlib.util.find_spec("re2") is not None, reason="re2 is linear")
def test_a_search_that_takes_too_long_ends() -> None:
    began = time.monotonic()

    with pytest.raises(TooSlow):
        pattern(".*a.*b.*c.*d").found_in("ab" * 4000)

    assert time.monotonic() - began < 5


def test_a_search_works_in_other_threads() -> None:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(pattern("b+").found_in("abc")))
    thread.start()
    thread.join()

    assert found == [True]


def test_a_pattern_never_shows_its_text() -> None:
    assert "hunter2" not in repr(pattern("hunter2"))
