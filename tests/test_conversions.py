"""Markdown is converted once, whichever process did it; what is kept of it is not trusted."""

import cProfile
import json
import pstats
from pathlib import Path

import pytest

from statuspage.cache import CACHE_FOLDER, MARKDOWN, keep_cache, recall_cache
from statuspage.incidents import CONVERSIONS, converter, render
from statuspage.incidents.conversions import Conversions
from statuspage.outputs.kept import Kept
from statuspage.redaction import Redactor

TEXT = "Answers are *late*. See [the notice](https://provider.example/)."
HTML = (
    '<p>Answers are <em>late</em>. See <a href="https://provider.example/" rel="noopener noreferrer nofollow">'
    "the notice</a>.</p>"
)


def another_process() -> None:
    """It knows nothing of what this one has rendered."""
    render.cache_clear()
    CONVERSIONS.dump("", bool)
    CONVERSIONS.dump("", bool)


def converted(*texts: str) -> tuple[list[str], int]:
    """HTML of the texts, and how often the converter was asked."""
    profile = cProfile.Profile()
    html = profile.runcall(lambda: [render(text)[0] for text in texts])
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return html, sum(told[1] for (_, _, name), told in stats.items() if name == "convert")


def left(root: Path, *secrets: str) -> Path:
    """The file that a build leaves."""
    keep_cache(root, Kept({}, lambda path: None), {}, Redactor(secrets))
    return root / CACHE_FOLDER / MARKDOWN


def test_what_did_not_change_is_not_converted_again(tmp_path: Path) -> None:
    another_process()
    assert converted(TEXT, "# One", "A `b`") == ([HTML, "One", "<p>A <code>b</code></p>"], 3)
    left(tmp_path)
    another_process()
    recall_cache(tmp_path, tmp_path / "_site")
    assert converted(TEXT, "A `c`") == ([HTML, "<p>A <code>c</code></p>"], 1)


def test_what_no_incident_says_any_more_is_forgotten(tmp_path: Path) -> None:
    another_process()
    render(TEXT)
    left(tmp_path)
    another_process()
    recall_cache(tmp_path, tmp_path / "_site")
    render("A `b`")
    assert [*json.loads(left(tmp_path).read_bytes())["html"].values()] == ["<p>A <code>b</code></p>"]


def test_a_text_with_a_secret_in_it_is_not_kept(tmp_path: Path) -> None:
    another_process()
    converted(TEXT, "The token `s3cr+t/of&the=house` was *leaked*.")
    told = json.loads(left(tmp_path, "s3cr+t/of&the=house").read_bytes())
    assert len(told["html"]) == 1
    assert "late" in next(iter(told["html"].values()))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<p onclick="alert(1)">text</p>',
        '<a href="javascript:alert(1)">text</a>',
        "<img src=x onerror=alert(1)>",
        "</li></ul></main><iframe src='https://evil.example/'></iframe>",
    ],
)
def test_what_is_kept_is_sanitised_as_if_it_were_new(tmp_path: Path, hostile: str) -> None:
    another_process()
    render(TEXT)
    file = left(tmp_path)
    told = json.loads(file.read_bytes())
    file.write_text(json.dumps({**told, "html": dict.fromkeys(told["html"], hostile)}), "utf-8")
    another_process()
    recall_cache(tmp_path, tmp_path / "_site")
    (html,), times = converted(TEXT)
    assert times == 0  # the hostile file was read, so this is no test that cannot fail
    assert not any(mark in html for mark in ("script", "onclick", "onerror", "iframe", "</main"))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'{"html": {}}', b'{"made_by": "x", "html": 1}', b"[" * 50_000, b'"text"'],
)
def test_a_file_that_is_none_of_ours_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CACHE_FOLDER).mkdir()
    (tmp_path / CACHE_FOLDER / MARKDOWN).write_bytes(content)
    another_process()
    recall_cache(tmp_path, tmp_path / "_site")
    assert converted(TEXT) == ([HTML], 1)
    assert json.loads(left(tmp_path).read_bytes())["made_by"] == converter()


def test_another_converter_takes_nothing_over() -> None:
    here, there = Conversions(), Conversions()
    here.of("text", lambda text: "<p>old</p>")
    there.load(here.dump("one", bool), "another")
    assert there.of("text", lambda text: "<p>new</p>") == "<p>new</p>"


def test_values_that_are_no_text_are_left_out() -> None:
    kept = Conversions()
    kept.of("text", lambda text: "<p>old</p>")
    told = json.loads(kept.dump("one", bool))
    kept = Conversions()
    kept.load(json.dumps({**told, "html": dict.fromkeys(told["html"], 7)}).encode(), "one")
    assert kept.of("text", lambda text: "<p>new</p>") == "<p>new</p>"
