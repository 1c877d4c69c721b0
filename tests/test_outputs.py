import resource
import tracemalloc
from collections.abc import Iterator

import pytest
from wire_world import component, incident, maintenance, snapshot

from statuspage.errors import StatuspageError
from statuspage.model import Snapshot
from statuspage.outputs.site import OUTPUTS, build
from statuspage.outputs.wire import CONSONANTS, stamp, tag, update_id, wire_id, xml_text


def some(_: Snapshot) -> Iterator[tuple[str, bytes]]:
    yield "b.txt", b"2"
    yield "a/z.txt", b"1"


def test_files_come_sorted_by_path() -> None:
    assert list(build(snapshot(), [some]).items()) == [("a/z.txt", b"1"), ("b.txt", b"2")]


def test_two_outputs_may_not_write_one_path() -> None:
    with pytest.raises(StatuspageError, match=r"two outputs write b\.txt"):
        build(snapshot(), [some, some])


def test_a_site_is_not_held_in_memory() -> None:
    def large(_: Snapshot) -> Iterator[tuple[str, bytes]]:
        for n in range(30):
            yield f"{n:02}.txt", bytes([n]) * 1_000_000

    tracemalloc.start()
    try:
        site = build(snapshot(), [large])
        sizes = {path: (len(content), content[0]) for path, content in site.items()}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000
    assert sizes == {f"{n:02}.txt": (1_000_000, n) for n in range(30)}


def test_a_disk_that_refuses_says_what_mends_it() -> None:
    def large(_: Snapshot) -> Iterator[tuple[str, bytes]]:
        yield "a.txt", bytes(2_000_000)

    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, usual[1]))
    try:
        with pytest.raises(StatuspageError, match="File too large") as refused:
            build(snapshot(), [large])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert "TMPDIR" in refused.value.problems[0].mend


def test_the_outputs_write_what_needs_no_template() -> None:
    assert list(build(snapshot(component("Chat")), OUTPUTS)) == [
        "api/affected.json",
        "api/components/chat.json",
        "api/status.json",
        "api/v2/components.json",
        "api/v2/incidents.json",
        "api/v2/incidents/unresolved.json",
        "api/v2/scheduled-maintenances.json",
        "api/v2/scheduled-maintenances/active.json",
        "api/v2/scheduled-maintenances/upcoming.json",
        "api/v2/status.json",
        "api/v2/summary.json",
        "badges/chat-uptime.json",
        "badges/chat-uptime.svg",
        "badges/chat.json",
        "badges/chat.svg",
        "badges/status.json",
        "badges/status.svg",
        "components/chat.atom",
        "components/chat.ics",
        "feed.json",
        "history.atom",
        "history.rss",
        "maintenance.ics",
        "metrics.prom",
        "robots.txt",
        "sitemap.xml",
        "status.txt",
        "updates.atom",
        "updates.rss",
        "widget.json",
        "widget/en.json",
    ]


def test_one_snapshot_gives_the_same_bytes_twice() -> None:
    known = snapshot(component("Chat"), incidents=(incident(),), maintenances=(maintenance(),))
    assert build(known) == build(known)


def test_an_id_is_twelve_characters_without_a_vowel_and_never_changes() -> None:
    assert wire_id("component", "chat") == "cx1zp4hbt6vn"
    for key in ("", "chat", "ünïcode", "\ud800"):
        assert len(wire_id("component", key)) == 12
        assert set(wire_id("component", key)) <= set(CONSONANTS)


def test_equal_keys_of_two_kinds_have_different_ids() -> None:
    kinds = ("page", "group", "component", "incident", "update")
    assert len({wire_id(kind, "search") for kind in kinds}) == len(kinds)
    assert update_id("a", 1) != update_id("a", 2)


def test_stamps_have_three_fraction_digits_and_a_z() -> None:
    assert stamp(incident().started) == "2026-11-22T14:00:00.000Z"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://status.parley.example", "tag:status.parley.example,2026:/history"),
        ("http://localhost:8080", "tag:localhost,2026:/history"),
        ("https://parley.github.io/status", "tag:parley.github.io,2026:status/history"),
        ("http://[::1]:8000", "tag:--1,2026:/history"),
    ],
)
def test_a_tag_names_the_host_without_its_port_and_the_path_of_the_page(url: str, expected: str) -> None:
    assert tag(snapshot(page={"url": url}).page, "/history") == expected


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert xml_text("a\x00\x08\x0b\x1b\x7f\x85\ufffe\uffff\ud800b\t\n😀é") == "ab\t\n😀é"
