"""Markdown to safe HTML and plain text, whatever somebody writes."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statuspage.incidents import text
from statuspage.incidents.text import MAX_MARKS, render, too_costly

ALLOWED = re.compile(
    r'</?(p|br|hr|h[3-6]|ul|ol|li|blockquote|pre|code|em|strong|del|a|table|thead|tbody|tr|th|td)>|<ol start="\d+">'
    r'|<a( href="((https?|mailto):[^"]*|[^":]*)")?( title="[^"]*")? rel="noopener noreferrer nofollow">'
)
BOMBS = {
    "brackets": "[" * 50_000,
    "quotes": ">" * 2_000,
    "pictures": "![" * 20_000,
    "ladder": " ".join("`" * n for n in range(350)),
    "size": "a " * 2_500_000,
    "tags": "<a " * 20_000,
    "sections": "<![" * 20_000,
    "escapes": "\\*" * 30_000,
    "headings": "# a\n" * 15_000,
    "underlines": "a\n===\n" * 10_000,
    "fence and blanks": "```" + " " * 60_000 + "x",
    "fences": "```\na\n```\n" * 6_000,
    "open fences": "```a\n" * 12_000,
    "references": "[a]:\n" * 12_000,
    "links": "[a](<" * 12_000,
    "lists": "- " * 2_000 + "a",
    "items": "- a\n" * 16_000,
    "cells": "a|b\n-|-\n" + "a|b\n" * 15_000,
    "emphasis": "*a **b __c _d " * 4_000,
    "entities": "&a;" * 20_000,
    "just allowed": "[" * (MAX_MARKS // 2) + "![" * (MAX_MARKS // 4),
}


def test_markdown_becomes_html_and_plain_text() -> None:
    html, text = render(
        "Answers are *slow*.\n\n### Why\n\n- one\n- [two](https://x.example 'T')\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx < 1\n```\n"
    )

    assert html == (
        "<p>Answers are <em>slow</em>.</p>\n<h3>Why</h3>\n<ul>\n<li>one</li>\n"
        '<li><a href="https://x.example" title="T" rel="noopener noreferrer nofollow">two</a></li>\n</ul>\n'
        "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n"
        "<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n<pre><code>x &lt; 1\n</code></pre>"
    )
    assert text == ("Answers are slow.\n\nWhy\n\n- one\n- two (https://x.example)\n\na | b\n\n1 | 2\n\nx < 1")


def test_an_empty_text_is_empty() -> None:
    assert render("\n\n") == ("", "")


PROSE = st.text(st.sampled_from("ab eéЖ1.,;:?'()%/+-–“”…_*#=>|!&[`\\ \n"), max_size=60)


@settings(max_examples=1500)
@given(PROSE | st.text(max_size=40) | st.from_regex(text._PROSE, fullmatch=True))
def test_prose_reads_as_markdown_has_it(markdown: str) -> None:
    assert render(markdown) == text._converted(markdown.strip("\n"))


def test_plain_paragraphs_are_prose() -> None:
    said = "We move traffic (to Paris, 5 of 7).\nIt takes 20 minutes.\n\nWrite to us: nothing is lost…"

    assert text._PROSE.fullmatch(said)
    assert not text._PROSE.fullmatch("a\n\n\nb")
    assert not text._PROSE.fullmatch("1. first")


def test_a_list_needs_no_empty_line_above_it() -> None:
    assert render("We do:\n- one\n- two")[0] == "<p>We do:</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>"
    assert "- one" in render("```\nWe do:\n- one\n```")[0]
    assert "\n\n- one" not in render("```\nWe do:\n- one\n```")[0]


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://tracker.example/x.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href='vbscript:x' onclick=y style=z class=k id=i>x</a>",
        "<svg/onload=alert(1)>",
        "<iframe src=//evil.example></iframe>",
        "<p style='position:fixed'>x</p>",
        "<style>*{display:none}</style>",
        "<form><input></form>",
        "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
        "<!-- --><h1>x</h1>",
        "```\n</code></pre><script>x</script>\n```",
    ],
)
def test_nothing_but_allowed_tags_comes_through(markdown: str) -> None:
    html, _ = render(markdown)

    assert "<" not in ALLOWED.sub("", html)


def test_a_target_with_a_colon_and_no_scheme_is_no_link() -> None:
    html, _ = render("[one](<a href='javascript:) [two](./a:b) [three](HTTPS://a.example) [four](#a:b)")

    assert re.findall(r'href="([^"]*)"', html) == ["./a:b", "HTTPS://a.example", "#a:b"]


MARKS = [
    "<",
    ">",
    "<a href='",
    "' ",
    '"',
    "<script",
    "</",
    "javascript:",
    "](",
    "[",
    ")",
    "![",
    "`",
    "```\n",
    "\n",
]
MARKS += ["\n\n", "-", "#", "<!--", "-->", "&", "&lt;", "\\", "x", "<?", "<![", "*", "_", "|", " "]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(MARKS), max_size=30).map("".join))
def test_no_mixture_of_marks_brings_another_tag_through(markdown: str) -> None:
    html, _ = render(markdown)

    assert "<" not in ALLOWED.sub("", html)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_no_text_takes_two_seconds(bomb: str) -> None:
    began = time.process_time()
    html, _ = render(bomb)

    assert time.process_time() - began < 2
    assert html


def test_a_costly_text_is_shown_as_it_was_written() -> None:
    bomb = "[" * 1_000 + "<b>\nnext\n\n&"

    assert render(bomb) == (f"<p>{'[' * 1_000}&lt;b&gt;<br>next</p>\n<p>&amp;</p>", bomb)


def test_a_usual_long_postmortem_is_not_costly() -> None:
    part = (
        "### Part\n\nText with `code`, a [link](https://x.example) and:\n\n- one\n- two\n\n```\n"
        + "x[0] < y\n" * 40
    )
    assert not too_costly((part + "```\n\n") * 50)
