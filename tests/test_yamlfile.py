import json
from datetime import timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from statuspage import yamlfile
from statuspage.errors import Problems, Where
from statuspage.yamlfile import Value, load, parse_duration, parse_size


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """libyaml and PyYAML's own parser: a build of PyYAML may lack the first."""
    name = str(request.param)
    if not hasattr(yaml, name):  # pragma: no cover - only in builds without libyaml
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(yamlfile, "_LOADER", getattr(yaml, name))
    return name


def problems(text: str, **limits: int) -> list[str]:
    with pytest.raises(Problems) as caught:
        load(text, "file.yaml", **limits)
    return [f"{p.where.line if p.where else 0}: {p.what}" for p in caught.value.problems]


# --- values ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("nUll", "nUll"),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("0755", 755),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("22:30", "22:30"),
        ("9" * 301, "9" * 301),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1.2.3", "1.2.3"),
        ("2026-12-24", "2026-12-24"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("''", ""),
        ("|-\n  12", "12"),
        ("=", "="),
        ("${NAME}", "${NAME}"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: Value) -> None:
    loaded = load(f"key: {text}\n", "file.yaml").value

    assert isinstance(loaded, dict)
    assert loaded == {"key": value}
    assert type(loaded["key"]) is type(value)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("text", ["", "\n", "# a comment\n", "---\n", "\ufeff# marked\n"])
def test_nothing_is_none(text: str) -> None:
    assert load(text, "file.yaml").value is None


@pytest.mark.usefixtures("parser")
def test_keys_are_texts_as_they_are_written() -> None:
    text = "on: 2026-12-24\n404: a\n1.0: b\ntrue: c\n'~': d\n<<: e\n"

    assert load(text, "file.yaml").value == {
        "on": "2026-12-24",
        "404": "a",
        "1.0": "b",
        "true": "c",
        "~": "d",
        "<<": "e",
    }


@pytest.mark.usefixtures("parser")
def test_lists_and_mappings_nest_in_either_style() -> None:
    text = "a:\n- {b: [1, {c: 2}], d: }\n- - x\n  - y\n- []\n- {}\n"

    assert load(text, "file.yaml").value == {"a": [{"b": [1, {"c": 2}], "d": None}, ["x", "y"], [], {}]}


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(categories=["L", "Nd", "Zs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcäß 1-", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_json)
def test_json_is_read_as_json(value: Value) -> None:
    assert load(json.dumps(value, ensure_ascii=False), "file.yaml").value == value


# --- lines -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("parser")
def test_each_part_knows_its_line() -> None:
    loaded = load("\n# c\na: 1\nb:\n  - x: 1\n    y:\n      z: 2\n  - {u: 1,\n     v: 2}\n", "file.yaml")

    assert loaded.line() == 1
    assert [loaded.line(*path) for path in [("a",), ("b",), ("b", 0), ("b", 0, "y"), ("b", 0, "y", "z")]] == [
        3,
        4,
        5,
        6,
        7,
    ]
    assert (loaded.line("b", 1), loaded.line("b", 1, "u"), loaded.line("b", 1, "v")) == (8, 8, 9)
    assert loaded.where("b", 1, "v") == Where("file.yaml", 9)


def test_an_unknown_path_has_the_line_of_its_nearest_ancestor() -> None:
    loaded = load("a: 1\nb:\n  c: 2\n", "file.yaml")

    assert (loaded.line("b", "x", "y"), loaded.line("z"), loaded.line("b", 5)) == (2, 1, 2)


@pytest.mark.usefixtures("parser")
def test_lines_count_from_the_texts_first_line_in_its_file() -> None:
    assert load("a: 1\r\nb: 2\n", "x.md", first_line=2).line("b") == 3
    with pytest.raises(Problems) as caught:
        load("a: 1\na: 2\n", "x.md", first_line=2)
    assert [str(p.where) for p in caught.value.problems] == ["x.md:3"]


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("parser")
def test_all_that_is_refused_is_told_in_one_run() -> None:
    text = "a: &x 1\nb: *x\na: 2\nc: !!str 3\n? [d, {e: f}]\n: 1\ng: {k: 1, k: [2]}\n~: 5\n---\nh: 1\n"

    assert problems(text) == [
        "1: an anchor (&) is not read here",
        "2: an alias (*) is not read here",
        "3: the key 'a' stands here twice",
        "4: a tag ('tag:yaml.org,2002:str') is not read here",
        "5: a list or mapping cannot be a key",
        "7: the key 'k' stands here twice",
        "8: a key is missing",
        "9: a second document begins here",
    ]


@pytest.mark.usefixtures("parser")
def test_the_first_value_of_a_key_that_stands_twice_is_where_its_line_says() -> None:
    with pytest.raises(Problems) as caught:
        load("a: 1\na: {b: 2}\n", "file.yaml")

    assert [p.mend for p in caught.value.problems] == ["the first is in line 1"]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "line", "mend"),
    [
        ("a: b: c", 1, "quote a text that holds ': '"),
        ("a:\n\tb: 1", 2, "indent with spaces"),
        ("a: @x", 1, "quote a text that begins with @"),
        ("a: 'x", 1, "close the quotes"),
        ("k:\n  a: 1\n b: 2", 3, "begin every key at the same column"),
        ("a: [1, 2\nb: 3", 2, "close the bracket"),
        ('a: "\\q"', 1, "single quotes"),
        ("%YAML 3.0\n---\na: 1", 1, "look at this line and the one above"),
    ],
)
def test_a_syntax_error_has_its_line_and_the_usual_way_out(text: str, line: int, mend: str) -> None:
    with pytest.raises(Problems) as caught:
        load(text, "file.yaml")
    (problem,) = caught.value.problems

    assert problem.where == Where("file.yaml", line)
    assert problem.what.startswith("not YAML: ")
    assert mend in problem.mend


@pytest.mark.usefixtures("parser")
def test_what_was_refused_before_a_syntax_error_is_told_too() -> None:
    assert [one.partition(":")[0] for one in problems("a: &x 1\nb: ]")] == ["1", "2"]


@pytest.mark.usefixtures("parser")
def test_characters_that_no_text_file_holds_are_refused_by_line() -> None:
    assert problems("a: \x00\nb: ok\nc: x\u2028y\r\nd: \x85\ne: \ud800\n") == [
        "1: the character U+0000 cannot be read here",
        "3: the character U+2028 cannot be read here",
        "4: the character U+0085 cannot be read here",
        "5: the character U+D800 cannot be read here",
    ]


@pytest.mark.usefixtures("parser")
def test_half_a_character_as_an_escape_is_refused() -> None:
    assert [one.partition(":")[0] for one in problems('a: "\\ud800"\n')] == ["1"]


def test_a_file_that_is_too_long_is_refused() -> None:
    assert problems("a: " + "ä" * 10, max_bytes=22) == ["1: the YAML is 23 octets long, at most 22 are read"]
    assert load("a: " + "ä" * 10, "file.yaml", max_bytes=23).value == {"a": "ä" * 10}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_before_it_costs_anything(opening: str) -> None:
    assert problems(opening * 5_000)[-1] == "1: nested deeper than 20 levels"


@pytest.mark.usefixtures("parser")
def test_nesting_is_read_to_its_limit() -> None:
    assert load("[[1]]", "file.yaml", max_depth=2).value == [[1]]
    assert problems("\n[[[1]]]", max_depth=2) == ["2: nested deeper than 2 levels"]


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30))]

    assert len(problems("\n".join(lines))) == 30 + 2 * 29


# --- units -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1500ms", timedelta(seconds=1.5)),
        ("0s", timedelta()),
        ("2s", timedelta(seconds=2)),
        ("1.5s", timedelta(seconds=1.5)),
        ("0.1s", timedelta(milliseconds=100)),
        ("5m", timedelta(minutes=5)),
        ("1h", timedelta(hours=1)),
        ("30d", timedelta(days=30)),
    ],
)
def test_a_duration_has_a_unit(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "5", "s", "-5s", "5 s", "5S", "5min", "1h30m", "2s\n", "٣s", "1,5s", "1e3s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration: write a number and a unit"):
        parse_duration(text)


def test_a_duration_stays_within_the_calendar() -> None:
    with pytest.raises(ValueError, match="longer than ten years"):
        parse_duration("999999999d")


@pytest.mark.parametrize(
    ("text", "octets"),
    [("300B", 300), ("5kB", 5_000), ("1.5MB", 1_500_000), ("64KiB", 65_536), ("1MiB", 1_048_576)],
)
def test_a_size_has_a_unit(text: str, octets: int) -> None:
    assert parse_size(text) == octets


@pytest.mark.parametrize("text", ["", "5", "kB", "5 kB", "5kb", "-1B", "5GB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size: write a number and a unit"):
        parse_size(text)
