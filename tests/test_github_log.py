"""What GitHub's runner reads: annotations of ours whole, and nothing else as a command."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statuspage.errors import Problem, Where
from statuspage.github_log import MOST, annotations, visible, without_annotation, without_commands

# What .NET's comparison by language passes over, as far as ICU's tables say: no letter, no sign.
NO_WIDTH = (
    "\u00ad\u034f\u0301\u115f\u180b\u180e\u200b\u200c\u200d\u2060\u202e\u3164\ufe0f\ufeff\uffa0\U000e0041"
)
BREAKS = "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
SPACES = "\t \u00a0\u2003\u3000"


def commands(log: str) -> list[str]:
    """The lines that the runner would obey, whatever it takes for a line's end. Source: ActionCommand.cs."""
    found = []
    for line in log.splitlines():
        compared = "".join(letter for letter in line if letter not in NO_WIDTH).lstrip()
        if compared.startswith("::") or "##[" in compared:
            found.append(line)
    return found


HOSTILE = st.lists(
    st.sampled_from(
        ["::", ":", "##[", "#", "[", "error", "add-mask", "x", "::error::", "\x1b[2J", "\x1b]8;;", *NO_WIDTH]
    )
    | st.sampled_from([*BREAKS, *SPACES])
    | st.text(max_size=3),
    max_size=12,
).map("".join)


@given(HOSTILE)
@example("::error::x")
@example("a\r::error::x")
@example("\u200d::error::x")
@example(":\u200d:error::x")
@example(" \u3164 ::stop-commands::x")
@example("well ##\ufe0f[add-mask]x")
@example("\ud800::error::x")
def test_no_text_of_others_is_a_command(text: str) -> None:
    told = without_commands(visible(text))
    assert commands(told) == []
    told.encode("utf-8")


@given(st.text())
def test_what_is_visible_has_no_control_characters_and_is_so_for_good(text: str) -> None:
    told = visible(text)
    assert visible(told) == told
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in told if letter not in "\n\t")


@given(st.text(alphabet=string.ascii_letters + string.digits + " .,-()/'\n\t" + "äé中😀👩\u200d"))
def test_usual_text_stays_as_it_is(text: str) -> None:
    assert without_commands(visible(text)) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("::error::x", "| ::error::x"),
        ("  ::error::x", "|   ::error::x"),
        ("std::string", "std::string"),
        ("see ##[error]x", "see ## [error]x"),
        ("red \x1b[31m", "red \\x1b[31m"),
        ("one\r\ntwo\rthree", "one\ntwo\\rthree"),
        ("back\u202eward", "back\\u202eward"),
    ],
)
def test_what_is_harmless_can_still_be_read(text: str, told: str) -> None:
    assert without_commands(visible(text)) == told


def test_an_annotation_has_its_file_line_and_title() -> None:
    problem = Problem("no such key", Where("components.yaml", 14), "write url")
    assert list(annotations([problem], "statuspage check")) == [
        "::error file=components.yaml,line=14,title=statuspage check::no such key - write url"
    ]
    assert list(annotations([Problem("late", warning=True)], "x")) == ["::warning title=x::late"]


def unescaped(text: str) -> str:
    """As the runner reads a property or the message. Source: ActionCommand.cs."""
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, letter)
    return text


@given(HOSTILE, HOSTILE, HOSTILE)
@example("a,b:c%0A", "%250A 100 %", "x\ny")
def test_the_runner_reads_what_was_meant(path: str, what: str, title: str) -> None:
    (line,) = annotations([Problem(what, Where(path, 3))], title)
    assert len(line.splitlines()) == 1
    command, told = line.removeprefix("::").split("::", 1)
    properties = dict(part.split("=", 1) for part in command.removeprefix("error ").split(","))
    assert {key: unescaped(value) for key, value in properties.items()} == {
        "file": visible(path),
        "line": "3",
        "title": visible(title),
    }
    assert unescaped(told) == visible(what)


def test_github_shows_ten_of_each_so_the_last_counts_the_others() -> None:
    many = [
        Problem(f"{kind} {n}", warning=kind == "warning") for n in range(25) for kind in ("warning", "error")
    ]
    told = list(annotations(many, "run"))
    assert len(told) == 2 * MOST
    assert told[0] == "::error title=run::error 0"
    assert told[MOST - 1] == "::error title=run::16 more errors: the log has them all"
    assert told[-1] == "::warning title=run::16 more warnings: the log has them all"
    assert len(without_annotation(many)) == 32
    assert len(list(annotations(many[: 2 * MOST], "run"))) == 2 * MOST
    assert without_annotation(many[: 2 * MOST]) == []
