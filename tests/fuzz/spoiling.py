"""Octets that were good once: seeds, spoilt in a few places, with what parsers stumble over."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("STATUSPAGE_FUZZ", "0"))
"""A test; 0: a few, the same ones each time, as in every run of the tests. `make fuzz` takes many new ones."""

LIMIT = 2.0  # seconds of the processor that one example may take

few = settings(
    max_examples=EXAMPLES or 25,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

WORDS = (
    *(b"\0", b"\r\n", b"\n", b"\r", b"\t", b" ", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc3\x28"),
    *("\u2028".encode(), "\u202e".encode(), "\U0001f600".encode(), "\x85".encode(), "İ".encode()),
    *(
        b"---\n",
        b"- ",
        b": ",
        b"? ",
        b"&a ",
        b"*a",
        b"!!python/name:os.system ",
        b"<<: ",
        b"|\n",
        b"%YAML 9\n",
    ),
    *(b"{", b"}", b"[", b"]", b'"', b"'", b"\\", b"\\u0000", b"\\ud800", b"[" * 3_000, b'{"a":' * 3_000),
    *(b"0", b"-1", b"9" * 30, b"9" * 5_000, b"1e999", b"-1e-999", b"nan", b"Infinity", b"0x10", b"1_0", b"~"),
    *(b"null", b"true", b"no", b"2026-02-30", b"0000-00-00", b"9999-12-31T23:59:59Z", b"24:00", b"+99:99"),
    *(b"<!--", b"-->", b"<script>", b"](javascript:x)", b"```", b"## ", b"#" * 100, b"> " * 100, b"![" * 50),
    *(b"${X}", b"${", b"{{", b"../", b"/dev/zero", b"%00", b"%zz", b"@", b"//", b"x" * 10_000),
    *(b"\x80\x00", b"\x81\x7f" + b"\xff" * 8, b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0"),
)


@st.composite
def spoilt(draw: st.DrawFn, *seeds: bytes) -> bytes:
    """One of the seeds after up to five changes."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 5))):
        data = draw(st.sampled_from(CHANGES))(draw, data)
    return data


def _put(draw: st.DrawFn, data: bytes) -> bytes:
    at = draw(st.integers(0, len(data)))
    return data[:at] + draw(st.sampled_from(WORDS) | st.binary(max_size=6)) + data[at:]


def _replace(draw: st.DrawFn, data: bytes) -> bytes:
    at, size = draw(st.integers(0, len(data))), draw(st.integers(1, 8))
    return data[:at] + draw(st.sampled_from(WORDS) | st.binary(max_size=6)) + data[at + size :]


def _cut(draw: st.DrawFn, data: bytes) -> bytes:
    at, size = draw(st.integers(0, len(data))), draw(st.integers(1, max(1, len(data))))
    return data[:at] + data[at + size :]


def _again(draw: st.DrawFn, data: bytes) -> bytes:
    at, size = draw(st.integers(0, len(data))), draw(st.integers(1, 60))
    return data[:at] + data[at : at + size] * draw(st.integers(2, 200)) + data[at + size :]


CHANGES: tuple[Callable[[st.DrawFn, bytes], bytes], ...] = (_put, _replace, _cut, _again)


def texts(*seeds: str) -> st.SearchStrategy[str]:
    """The same as text; what is no UTF-8 is read as a file is shown."""
    return spoilt(*(seed.encode() for seed in seeds)).map(lambda data: data.decode("utf-8", "replace"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("9" * 5_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
"""What a JSON document may hold in place of what is wanted."""


@st.composite
def documents(draw: st.DrawFn, seed: Any) -> Any:
    """A JSON document after up to four of its parts were replaced or left out."""
    for _ in range(draw(st.integers(0, 4))):
        seed = _turned(draw, seed)
    return seed


def _turned(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 9)):
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _turned(draw, value[key])}
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], _turned(draw, value[at]), *value[at + 1 :]]
    return draw(VALUES)


@contextmanager
def in_time() -> Iterator[None]:
    """Fails when the block takes longer than LIMIT."""
    began = time.process_time()
    yield
    assert time.process_time() - began < LIMIT
