"""Foreign text becomes Markdown that shows just that text, and nothing that runs."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statuspage.importers.words import clean, escaped, line, markdown, tamed
from statuspage.incidents import read, render

PIECES = [
    *" \n\n-*_#>+=~`[]()!|\\<&;:.)1ab0{}\"'/",
    "eta: ",
    "- a: b",
    "&amp;",
    "http://x.y/a_b",
    "<b>",
    "---",
]
PIECES += [
    "\n    ",
    "{{< x >}}",
    "<!--",
    "-->",
    "```",
    "\n## Resolved",
    "\n### fr\n",
    "<li>",
    "<a href='javascript:x'>",
]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def shown(text: str) -> str:
    """What readers of plain text see of it, after it has been in an incident file as the only update."""
    source = f"---\ntitle: x\n---\n\n## Investigating - 2026-01-01 00:00 UTC\n\n{text}\n"
    one = read(source, "incidents/x.md", {}, now=datetime(2026, 2, 1, tzinfo=UTC))
    assert len(one.updates) == 1
    html, plain = render(one.updates[0].text)
    assert not re.search(r"<script|<[^>]*javascript:|<[^>]* on\w+=", html)
    return plain


@settings(max_examples=150, deadline=None)
@given(HOSTILE)
def test_plain_text_reads_line_for_line_as_it_was(text: str) -> None:
    lines = [part.strip() for part in re.sub(r"[^\S\n]{9,}", " ", clean(text)).split("\n")]
    assert shown(escaped(text)) == re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


@settings(max_examples=150, deadline=None)
@given(HOSTILE)
def test_html_and_foreign_markdown_stay_inside_one_update(text: str) -> None:
    shown(markdown(text))
    shown(tamed(text))


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("failing.<br /><br />We are on it.", "failing.\n\nWe are on it."),
        ("<p>One <strong>two</strong></p><p><em>three</em></p>", "One two\n\nthree"),
        ('see <a href="https://x.example/a_b?c=(d)">here</a>', "see here (https://x.example/a_b?c=%28d%29)"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<a href="https://[">here</a>', "here"),
        ('<a href="https://x.example/"></a>', "https://x.example/"),
        ("<ul><li>eta: one</li><li>two</li></ul>", "- eta: one\n- two"),
        ("a<script>alert(1)</script><style>b{}</style>c", "ac"),
        ("fish &amp; chips", "fish & chips"),
        ("AT&T <user@x.example> 1 < 2", "AT&T <user@x.example> 1 < 2"),
        (
            "<p>mail <user@x.example></p><!DOCTYPE x></nobody>",
            "mail <user@x.example>\n\n<!DOCTYPE x></nobody>",
        ),
        ("<b>a\nb</b> <i> </i></b></style>", "a\nb"),
    ],
)
def test_html_becomes_plain_words_and_links(html: str, plain: str) -> None:
    assert shown(markdown(html)) == plain


def test_emphasis_stays_emphasis() -> None:
    assert markdown("<strong>Update</strong>: <i> slow </i>") == "**Update**:  *slow*"


def test_headings_comments_and_shortcodes_of_a_foreign_post_do_no_harm() -> None:
    post = '# One\n## Resolved\nText <!-- hidden\n=====\n```\n# code\n```\n{{< track "2020" >}}\n~~~\nopen'

    assert shown(tamed(post)) == "One\nResolved\nText <!-- hidden\n\n# code\n\nopen"


def test_a_name_is_one_line_that_can_be_shown() -> None:
    assert line(" a\x00b\u202e\n c ${X}\ud800 ", 20) == "ab c $ {X}?"
    assert line("x" * 30, 10) == "xxxxxxxxx…"
