"""Badges, and the page as lines of text: every state of every world."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import snapshots as given
from snapshots import NOW

from statuspage.model import ComponentStatus, Snapshot, State
from statuspage.outputs.badges import COLOURS, GROUND, NOT_MEASURED, SHAPES, badges, width
from statuspage.outputs.templates import builtin_templates
from statuspage.outputs.text import text

WORLDS = {
    world.__name__: world
    for world in (
        given.everyday,
        given.trouble,
        given.empty,
        given.nothing,
        given.unsteady,
        given.unsure,
        given.working,
        given.hostile,
    )
}
SVG = "{http://www.w3.org/2000/svg}"
WORDS = {  # shields.io's colours
    "Operational": "brightgreen",
    "Degraded": "yellow",
    "Partial outage": "orange",
    "Major outage": "red",
    "Maintenance": "blue",
    "Not measured": "lightgrey",
}


def in_state(state: State) -> Snapshot:
    return given.snapshot([replace(given.component("chat", "Web chat"), state=state)])


def made(snapshot: Snapshot) -> dict[str, bytes]:
    return dict(badges(snapshot))


def title(picture: bytes) -> str:
    return ElementTree.fromstring(picture).findtext(f"{SVG}title") or ""


def shown(picture: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def outdated(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, valid_until=NOW - timedelta(minutes=1))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("world", WORLDS)
def test_every_badge_is_a_small_picture_without_anything_that_acts(world: str) -> None:
    snapshot = WORLDS[world]()
    files = made(snapshot)

    names = ["status", *(n for c in snapshot.components for n in (c.id, f"{c.id}-uptime"))]
    assert set(files) == {f"badges/{name}.{kind}" for name in names for kind in ("svg", "json")}
    assert files == made(snapshot)
    for path, body in files.items():
        if not path.endswith(".svg"):
            continue
        root = ElementTree.fromstring(body)
        used = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert len(body) < 2000
        assert used <= {"svg", "title", "path", "g", "text"}
        assert (root.get("role"), root[0].tag) == ("img", f"{SVG}title")
        assert not [a for e in root.iter() for a in e.attrib if a.startswith(("on", "href", "style", "id"))]


@pytest.mark.parametrize("world", WORLDS)
def test_every_endpoint_has_the_keys_that_shields_knows_and_no_other(world: str) -> None:
    for path, body in made(WORLDS[world]()).items():
        if path.endswith(".json"):
            document = json.loads(body)
            assert list(document) == ["schemaVersion", "label", "message", "color", "isError", "cacheSeconds"]
            assert document["schemaVersion"] == 1
            assert document["message"]
            assert document["color"] in WORDS.values()
            assert isinstance(document["isError"], bool)
            assert document["cacheSeconds"] >= 300


@pytest.mark.parametrize(
    ("state", "word", "disputed"),
    [
        (State.OPERATIONAL, "Operational", False),
        (State.DEGRADED, "Degraded", True),
        (State.PARTIAL, "Partial outage", True),
        (State.MAJOR, "Major outage", True),
        (State.MAINTENANCE, "Maintenance", False),
        (State.UNKNOWN, "Not measured", True),
    ],
)
def test_a_state_has_its_word_and_its_colour(state: State, word: str, disputed: bool) -> None:
    files = made(in_state(state))

    for name, label in (("chat", "Web chat"), ("status", "Acme chatbot status")):
        assert shown(files[f"badges/{name}.svg"]) == [label, word]
        document = json.loads(files[f"badges/{name}.json"])
        assert (document["message"], document["color"]) == (word, WORDS[word])
        assert document["isError"] is disputed


def test_the_title_says_when_it_was_measured() -> None:
    assert title(made(given.everyday())["badges/web-chat.svg"]) == (
        "Web chat: Operational, measured 22 November 2026, 14:40 UTC"
    )
    assert title(made(given.unsteady())["badges/messenger.svg"]) == (
        "Messenger: Not measured, last measured 22 November 2026, 11:42 UTC"
    )
    assert title(made(given.empty())["badges/web-chat.svg"]) == "Web chat: Not measured"


def test_what_people_alone_speak_of_is_not_called_measured() -> None:
    by_hand = replace(given.component("desk", "Help desk", begun=None, manual=True), state=State.OPERATIONAL)

    files = made(given.snapshot([by_hand], measured=None))

    assert title(files["badges/desk.svg"]) == "Help desk: Operational, told by incident reports"


def test_a_page_that_is_written_out_of_date_has_no_green_badge() -> None:
    files = made(outdated(given.everyday()))

    for name in ("status", "web-chat"):
        assert shown(files[f"badges/{name}.svg"])[1] == "Not measured"
        assert json.loads(files[f"badges/{name}.json"])["color"] == "lightgrey"


def test_an_uptime_says_what_was_measured_of_its_window() -> None:
    files = made(given.everyday())

    assert shown(files["badges/web-chat-uptime.svg"]) == ["Web chat uptime", "100% in 90 days"]
    assert shown(files["badges/telegram-uptime.svg"])[1] == "100%, measured 51 of 90 days"
    assert json.loads(files["badges/language-model-uptime.json"])["message"] == "99.89% in 90 days"
    assert title(files["badges/telegram-uptime.svg"]) == (
        "Telegram: 100% uptime, measured 51 of 90 days (90 days until 22 November 2026, 14:42 UTC)"
    )
    never = json.loads(made(given.empty())["badges/web-chat-uptime.json"])
    assert (never["message"], never["color"], never["isError"]) == ("Not measured", "lightgrey", True)


def test_badges_speak_the_first_language() -> None:
    french = replace(given.everyday(), page=replace(given.ACME, languages=("fr", "en")))

    files = made(french)

    assert shown(files["badges/web-chat.svg"])[1] == "Opérationnel"
    assert "90 jours" in shown(files["badges/web-chat-uptime.svg"])[1]


def test_two_badges_never_have_one_name() -> None:
    components: list[ComponentStatus] = [
        given.component(id_, name) for id_, name in (("status", "S"), ("a", "A"), ("a-uptime", "B"))
    ]

    files = made(given.snapshot(components))

    pictures = {path: shown(body)[0] for path, body in files.items() if path.endswith(".svg")}
    assert len(files) == 14
    assert pictures["badges/status.svg"] == "Acme chatbot status"
    assert pictures["badges/component_status.svg"] == "S"
    assert pictures["badges/a-uptime.svg"] == "B"
    assert pictures["badges/a_uptime.svg"] == "A uptime"


def test_a_hostile_name_is_text_and_a_long_one_is_cut() -> None:
    files = made(given.hostile())

    assert shown(files["badges/evil.svg"])[0].startswith("<script>alert('x')</script>")
    label = shown(files["badges/long.svg"])[0]
    assert (len(label), label[-1]) == (40, "…")
    assert "Donaudampfschifffahrtsgesellschaft" * 4 in title(files["badges/long.svg"])
    assert int(ElementTree.fromstring(files["badges/long.svg"]).get("width", "")) < 400


def test_letters_that_join_are_not_spread() -> None:
    name = given.component("chat", "دردشة")
    root = ElementTree.fromstring(made(given.snapshot([name]))["badges/chat.svg"])

    assert [element.get("textLength") for element in root.iter(f"{SVG}text")] == [
        None,
        str(width("Operational")),
    ]


def test_white_words_are_readable_on_every_ground() -> None:
    assert all(contrast("#ffffff", ground) >= 4.5 for ground in (*COLOURS.values(), GROUND, NOT_MEASURED))


def test_the_shapes_are_those_of_the_pages() -> None:
    macros = (builtin_templates() / "macros.html").read_text("utf-8")
    signs = {sign for _, sign in SHAPES.values()}

    assert {sign for sign in signs if sign not in macros} == set()


# --- status.txt --------------------------------------------------------------------------------


def lines(snapshot: Snapshot) -> list[str]:
    return dict(text(snapshot))["status.txt"].decode().splitlines()


def test_the_text_begins_with_the_sentence_and_says_until_when_it_holds() -> None:
    assert lines(given.trouble())[:8] == [
        "Language model is partly down. 1 other part is affected",
        "state: partial_outage",
        "measured: 2026-11-22T14:40:00Z",
        "valid_until: 2026-11-22T15:05:00Z",
        "next_check: 2026-11-22T14:45:00Z",
        "page: https://status.acme.example/",
        "",
        "operational           Web chat",
    ]


def test_an_open_incident_says_its_cause_and_when_it_is_over() -> None:
    told = "\n".join(lines(given.trouble()))

    assert "\n\nincident: Slow and missing answers in Europe\n  status: identified\n  impact: major\n" in told
    assert "\n  cause: Our model provider has lost capacity in its Paris region\n" in told
    assert (
        "\n  expected_back: 2026-11-22T15:15:00Z\n  workaround: Write to us on WhatsApp meanwhile.\n" in told
    )
    assert "\n  expected_back: Not known yet\n" in "\n".join(lines(given.unsure()))
    assert "\n\nmaintenance: Knowledge base re-indexing\n  status: in_progress" in "\n".join(
        lines(given.working())
    )


@pytest.mark.parametrize("world", WORLDS)
def test_every_line_is_of_the_grammar(world: str) -> None:
    snapshot = WORLDS[world]()
    head, *rest = dict(text(snapshot))["status.txt"].decode().split("\n\n")
    keys = [line.partition(": ")[0] for line in head.splitlines()[1:]]

    assert keys[:5] == ["state", "measured", "valid_until", "next_check", "page"]
    assert set(keys[5:]) <= {"note"}
    rows = rest.pop(0).splitlines() if snapshot.components else []
    assert [row.split(None, 1)[0] for row in rows] == [str(c.state) for c in snapshot.components]
    for block in rest:
        for line in block.rstrip().splitlines():
            assert re.match(r"(incident|maintenance): |  [a-z_]+: ", line), line


def test_text_written_out_of_date_says_so_and_calls_nothing_up() -> None:
    told = lines(outdated(given.everyday()))

    assert told[0].startswith("Last measured 22 November 2026, 14:40 UTC: what you see may be out of date")
    assert told[1] == "state: unknown"
    assert "note: Then: Everything works" in told
    assert not [line for line in told if line.startswith("operational")]


def test_no_text_of_people_can_make_a_line_of_its_own() -> None:
    forged = replace(
        given.SLOW_EUROPE, title="Slow\noperational  Web chat", cause="a\r\nb\x1b[31m", workaround="x\n\ny"
    )
    told = lines(given.snapshot(given.trouble().components, incidents=(forged,)))

    assert [line for line in told if line.endswith("Web chat")] == [
        "operational           Web chat",
        "incident: Slow operational Web chat",
    ]
    assert "  cause: a b[31m" in told
