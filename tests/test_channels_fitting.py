"""Text that is too long for a channel."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.notify.channels.apprised import markdown
from statuspage.notify.channels.fitting import fitting

URL = "https://s.example/i/x/"
TEXT = (
    f"Chat is down. We look into it! Is it the model? Nobody knows yet\nNext update at 14:45 UTC.\n\n{URL}\n"
)


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (200, TEXT.strip()),
        (92, f"Chat is down. We look into it! Is it the model? Nobody knows yet …\n{URL}"),
        (75, f"Chat is down. We look into it! Is it the model? …\n{URL}"),
        (60, f"Chat is down. We look into it! …\n{URL}"),
        (38, f"Chat is down. …\n{URL}"),
        (37, f"Chat is down.… {URL}"),
        (33, f"Chat is… {URL}"),
        (30, f"Chat… {URL}"),
        (24, f"… {URL}"),
        (23, URL),
        (22, URL),
        (10, "Chat is do"),
        (0, ""),
    ],
)
def test_it_is_cut_at_the_end_of_a_sentence_and_keeps_its_link(most: int, expected: str) -> None:
    assert fitting(TEXT, URL, most) == expected


def test_a_sentence_ends_in_other_languages_too() -> None:
    assert (
        fitting(f"Chat est en panne ! Encore. {'x' * 50}\n{URL}", URL, 60)
        == f"Chat est en panne ! Encore. …\n{URL}"
    )
    assert fitting(f"聊天无法使用。 我们正在调查 {'x' * 50}\n{URL}", URL, 40) == f"聊天无法使用。 …\n{URL}"


def test_a_number_s_point_ends_no_sentence() -> None:
    assert fitting(f"Up. It takes 1.5 hours {'x' * 50} {URL}", URL, 45) == f"Up. …\n{URL}"


SIZES = {
    "characters": len,
    "octets": lambda t: len(t.encode()),
    "html": lambda t: len(html.escape(t)),
    "md": None,
}


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.integers(len(markdown(URL)) + 8, 200),
    st.sampled_from(sorted(SIZES)),
)
def test_it_always_fits_and_has_its_link_where_that_fits(text: str, most: int, by: str) -> None:
    size = SIZES[by] or (lambda t: len(markdown(t)))
    found = fitting(f"{text}\n{URL}", URL, most, size)

    assert size(found) <= most
    assert URL in found
    assert fitting(found, URL, most, size) == found


def test_markdown_shows_the_plain_text() -> None:
    assert (
        markdown("a_b *c*\n\n- [x](y) <z> `q` \\ #h\n")
        == "a\\_b \\*c\\*\n\n- \\[x\\](y) \\<z\\> \\`q\\` \\\\ \\#h"
    )
    assert markdown(f"See {URL}a_b") == f"See [{URL}a_b]({URL}a_b)"
    assert markdown("https://x.example/(a)") == "https://x.example/(a)"
