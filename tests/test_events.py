"""Streams of events from octets: whatever the network does to the octets, the events are the same."""

import json
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.probes.events import MAX_EVENT, MAX_LINE, Decoder, Event, JsonLines, ServerSentEvents, TooLong

ENDS = ("\r\n", "\n", "\r")
NO_ENDS = "\u2028\u2029\u0085\u000b\u000c\u001c\u001d\u001e"  # str.splitlines takes them for line ends
MAKERS: Sequence[Callable[[], Decoder]] = (ServerSentEvents, JsonLines)


def decoded(decoder: Decoder, *parts: bytes) -> list[Event]:
    events = [event for part in parts for event in decoder.feed(part)]
    return [*events, *decoder.end()]


def sse(*parts: bytes) -> list[Event]:
    return decoded(ServerSentEvents(), *parts)


def data(*parts: bytes) -> list[str]:
    return [event.data for event in sse(*parts)]


# --- server-sent events: HTML Standard §9.2.6 ----------------------------------------------------


def test_the_examples_of_the_standard_are_read_as_it_says() -> None:
    assert data(b"data: YHOO\ndata: +2\ndata: 10\n\n") == ["YHOO\n+2\n10"]
    assert data(
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
    ) == [
        "first event",
        "second event",
        " third event",
    ]
    assert data(b"data\n\ndata\ndata\n\ndata:") == ["", "\n"]
    assert data(b"data:test\n\ndata: test\n\n") == ["test", "test"]


@pytest.mark.parametrize("end", ENDS)
def test_each_kind_of_line_end_ends_a_line(end: str) -> None:
    stream = end.join(["event: add", "data: 1", "", "data: 2", "", ""]).encode()

    assert sse(stream) == [Event("1", "add"), Event("2")]


def test_kinds_of_line_ends_may_be_mixed() -> None:
    assert data(b"data: a\rdata: b\r\ndata: c\n\r\ndata: d\n\n") == ["a\nb\nc", "d"]


def test_what_only_python_takes_for_a_line_end_does_not_tear_an_event() -> None:
    text = json.dumps({"content": f"a{NO_ENDS}b"}, ensure_ascii=False)

    assert data(f"data: {text}\n\n".encode()) == [text]


def test_a_line_end_cut_in_two_is_one_line_end() -> None:
    assert data(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == ["a\nb"]
    assert data(b"data: a\r", b"", b"\n\r\n") == ["a"]


def test_an_event_comes_as_soon_as_its_blank_line_has() -> None:
    decoder = ServerSentEvents()

    assert [*decoder.feed(b"data: a\r")] == []
    assert [*decoder.feed(b"\r")] == [Event("a")]


def test_a_character_cut_in_two_is_whole_again() -> None:
    octets = "data: \U0001f426\n\n".encode()

    assert data(octets[:8], octets[8:]) == ["\U0001f426"]


def test_a_byte_order_mark_is_passed_over_at_the_start_alone() -> None:
    assert data(b"\xef\xbb", b"\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n") == ["a"]


def test_comments_fields_of_tomorrow_and_events_without_data_are_none() -> None:
    decoder = ServerSentEvents()

    assert decoded(decoder, b": ping\n\n:\nretry: 10\nfoo: bar\nDATA: no\n\nevent: ping\n\ndata: a\n\n") == [
        Event("a")
    ]
    assert decoder.comments == 2


def test_a_name_counts_for_its_own_event_and_an_empty_one_for_none() -> None:
    assert sse(b"event: error\ndata: a\n\ndata: b\n\nevent:\ndata: c\n\nevent: x\nevent: y\ndata: d\n\n") == [
        Event("a", "error"),
        Event("b"),
        Event("c"),
        Event("d", "y"),
    ]


def test_what_the_end_leaves_without_a_blank_line_is_no_event() -> None:
    assert sse(b"data: a\n\ndata: b\n") == [Event("a")]


def test_octets_that_are_no_utf_8_are_replaced() -> None:
    assert data(b"data: \xff\xc3(\n\n") == ["\ufffd\ufffd("]


@pytest.mark.parametrize(
    "parts",
    [
        [b"x" * MAX_LINE, b"x"],
        [b"data: a\n", b"data: ", *[b"y" * 1000] * 66],
        [b"data: " + b"x" * (MAX_LINE - 6) + b"\n"] * 3,
        [b"data:\n"] * (MAX_EVENT + 1),
    ],
    ids=["line", "line in parts", "event", "event of empty lines"],
)
def test_a_line_or_event_without_an_end_is_refused(parts: Sequence[bytes]) -> None:
    with pytest.raises(TooLong):
        sse(*parts)


def test_the_longest_line_is_read() -> None:
    assert data(b"data: " + b"x" * (MAX_LINE - 6) + b"\n\n") == ["x" * (MAX_LINE - 6)]


# --- lines of JSON -------------------------------------------------------------------------------


def lines(*parts: bytes) -> list[str]:
    return [event.data for event in decoded(JsonLines(), *parts)]


def test_each_line_is_an_event_and_blank_ones_are_none() -> None:
    assert lines(b'{"a": 1}\n\n  \r\n{"b": 2}\r\n') == ['{"a": 1}', '{"b": 2}']


def test_the_last_line_needs_no_end() -> None:
    assert lines(b'{"a": 1}\n{"b"', b": 2}") == ['{"a": 1}', '{"b": 2}']


def test_lines_of_json_hold_what_only_python_takes_for_a_line_end() -> None:
    text = json.dumps({"content": f"a{NO_ENDS}b"}, ensure_ascii=False)

    assert lines(f"\ufeff{text}\n".encode()) == [text]


def test_a_line_of_json_without_an_end_is_refused() -> None:
    with pytest.raises(TooLong):
        lines(*[b"x" * 1000] * 66)


# --- whatever the network does -------------------------------------------------------------------

texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)
pieces = st.one_of(
    st.sampled_from([":", "data", "data: ", "event: ", "id: ", "\ufeff", " ", "", "[DONE]"]),
    st.sampled_from(NO_ENDS),
    st.sampled_from(ENDS),
    texts,
)
streams = st.one_of(
    st.lists(pieces, max_size=30).map(lambda some: "".join(some).encode()),
    st.lists(
        st.sampled_from([b"\r", b"\n", b"data:", b"\xff", b"\xef\xbb\xbf", b"x", b":"]), max_size=20
    ).map(b"".join),
)


def cut(octets: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[start:end] for start, end in pairwise(edges)]


@pytest.mark.parametrize("maker", MAKERS)
@given(streams, st.lists(st.integers(0, 10_000), max_size=12))
def test_however_the_octets_are_split_the_events_are_the_same(
    maker: Callable[[], Decoder], octets: bytes, places: list[int]
) -> None:
    whole = decoded(maker(), octets)

    assert decoded(maker(), *cut(octets, places)) == whole
    assert decoded(maker(), *(octets[n : n + 1] for n in range(len(octets)))) == whole


@given(st.lists(st.tuples(st.lists(texts, min_size=1, max_size=3), texts), max_size=5), st.sampled_from(ENDS))
def test_what_is_written_as_events_is_read_as_them(events: list[tuple[list[str], str]], end: str) -> None:
    written = "".join(
        end.join([f"event: {name}", *(f"data: {line}" for line in lines), "", ""]) for lines, name in events
    )

    assert sse(written.encode()) == [Event("\n".join(lines), name or "message") for lines, name in events]


@given(
    st.lists(st.dictionaries(texts, st.text(max_size=10), max_size=3), max_size=5),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_as_lines_of_json_is_read_as_them(values: list[dict[str, str]], end: str) -> None:
    written = end.join(json.dumps(value) for value in values)

    assert [json.loads(line) for line in lines(written.encode())] == values


@pytest.mark.parametrize("maker", MAKERS)
def test_an_endless_stream_of_events_takes_no_memory(maker: Callable[[], Decoder]) -> None:
    decoder = maker()
    tracemalloc.start()
    count = sum(1 for _ in range(20_000) for _ in decoder.feed(b"data: {}\r\n\r\n: comment\n"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count >= 20_000
    assert peak < 100_000
