"""Text of others in Markdown: read by a Markdown parser it is that text, and nothing else."""

from html.parser import HTMLParser

import markdown
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statuspage.gfm import LONGEST, ROWS, Writer, fitting, table
from statuspage.github_log import visible

FOREIGN = st.lists(
    st.sampled_from(
        [
            *(
                "|",
                "\n",
                "`",
                "``",
                "*",
                "_",
                "<",
                ">",
                "&",
                "&amp;",
                "&#124;",
                "\\",
                "\\|",
                "[x](http://e)",
                "![",
                "]",
                ")",
            ),
            *(
                "<script>",
                "<!--",
                "-->",
                "@you",
                "#12",
                "www.",
                "https://",
                "~~",
                "$",
                "---",
                "# ",
                "1. ",
                "    ",
                "\r",
                "\t",
            ),
            *("\x1b[1m", "\u202e", "\u2028", "\x85", "\ud800", "[a]: http://e", ":--", "=", "\\\n"),
        ]
    )
    | st.text(max_size=4),
    max_size=10,
).map("".join)


class Read(HTMLParser):
    """The text of each cell, and every tag that there is."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "td":
            self.cells.append("")
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


def read(text: str) -> Read:
    return Read(markdown.markdown(text, extensions=["tables"]))


TABLE = {"table", "thead", "tbody", "tr", "th", "td"}


@given(FOREIGN, FOREIGN)
@example("a|b", "\\|")
@example("`|`", "``")
@example("www.evil.example", "a https://evil.example b")
def test_a_cell_holds_the_text_and_nothing_else(one: str, other: str) -> None:
    write = Writer(str)
    found = read(table(("A", "B"), [(write.text(one), write.text(other)), ("x", "y")]))
    assert found.tags == TABLE
    told = [cell.replace("\u2060", "").strip() for cell in found.cells[:2]]
    assert told == [visible(" ".join(text.split())).replace("\u2060", "").strip() for text in (one, other)]
    assert found.cells[2].strip() == "x"


@given(FOREIGN)
def test_the_text_of_a_link_opens_no_other(text: str) -> None:
    found = read(f"see {Writer(str).link(text, 'https://status.example/a(b)<c> d|e')} now")
    assert found.tags == {"p", "a"}
    assert found.links == ["https://status.example/a(b)%3Cc%3E%20d%7Ce"]


@pytest.mark.parametrize(
    "text", ["@you", "see #12", "www.evil.example", "WWW.evil.example", "http://evil", "a@b.example"]
)
def test_nobody_is_called_and_no_address_becomes_a_link(text: str) -> None:
    told = Writer(str).text(text)
    assert "\u2060" in told
    assert text not in told


def test_secrets_go_before_anything_is_escaped_or_cut() -> None:
    write = Writer(lambda text: text.replace("a|b\nc", "***"))
    assert write.text("key a|b\nc") == "key &#42;&#42;&#42;"
    assert write.text("-" * (LONGEST - 2) + "a|b\nc") == "-" * (LONGEST - 2) + "&#42;…"


def test_a_table_has_so_many_rows_and_counts_the_rest() -> None:
    assert table(("A",), []) == ""
    assert "more" not in table(("A",), [("x",)] * ROWS)
    assert table(("A",), [("x",)] * (ROWS + 7)).endswith("| x |\n\nAnd 7 more.")


@given(st.text(alphabet="aé😀\n", max_size=300), st.integers(-5, 400))
def test_what_is_cut_fits_is_whole_lines_and_says_so(text: str, room: int) -> None:
    told = fitting(text, room)
    assert len(told) <= max(0, room) or not told
    if told == text.encode():
        return
    kept, _, said = told.decode().rpartition("\n_Cut here: GitHub takes no more.")
    assert not told or (said and text.startswith(kept) and kept.endswith("\n"))
