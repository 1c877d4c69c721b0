from hypothesis import given
from hypothesis import strategies as st

from statuspage.nonce import PREFIXES, word


@given(st.text(), st.text())
def test_a_word_is_made_of_letters_alone_and_begins_as_all_do(round_: str, component: str) -> None:
    made = word(round_, component)

    assert made == word(round_, component)
    assert made.isalpha()
    assert made.isascii()
    assert made.islower()
    assert made.startswith(PREFIXES)
    assert len(made) == 10


def test_rounds_and_components_have_words_of_their_own() -> None:
    words = {word(f"20261122T{n:06}Z-1", component) for n in range(500) for component in ("chat", "engine")}

    assert len(words) > 990  # of 216 000
    assert word("a", "bc") != word("ab", "c")


def test_the_words_of_today_are_those_of_tomorrow() -> None:
    assert word("20261122T140500Z-18237465.1", "dialogue-engine") == "wembalumov"
