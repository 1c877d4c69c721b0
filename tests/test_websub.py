"""Hubs are told of feeds that changed; what they answer fails nothing."""

import asyncio
import json
from datetime import timedelta

import pytest
from servers import FaultServer, Listener

from statuspage import websub
from statuspage.websub import Call, calls, tell

HUB = "https://hub.example/"


def feeds(**more: object) -> dict[str, bytes]:
    document = {"home_page_url": "https://status.example/", "hubs": [{"type": "WebSub", "url": HUB}], **more}
    paths = ("history.atom", "history.rss", "components/api.atom", "index.html")
    return {"feed.json": json.dumps(document).encode(), **dict.fromkeys(paths, b"")}


def test_each_hub_is_told_of_each_feed_that_changed_those_of_all_first() -> None:
    hubs = [{"type": "WebSub", "url": HUB}, {"type": "WebSub", "url": "https://other.example/"}]
    changed = {"components/api.atom", "history.atom", "index.html", "gone.atom"}

    assert calls(feeds(hubs=hubs), changed) == [
        Call(hub, f"https://status.example/{path}")
        for hub in (HUB, "https://other.example/")
        for path in ("history.atom", "components/api.atom")
    ]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"home_page_url": "x", "hubs": 1}',
        b'{"home_page_url": "x", "hubs": [1]}',
    ],
)
def test_a_feed_that_names_no_hub_tells_none(document: bytes) -> None:
    assert calls({"feed.json": document, "history.atom": b""}, {"history.atom"}) == []
    assert calls({"history.atom": b""}, {"history.atom"}) == []


def test_a_page_without_hubs_tells_none() -> None:
    assert calls(feeds(hubs=[]), {"history.atom"}) == []


def test_a_hub_that_refuses_is_a_warning_with_what_it_said(fault_server: FaultServer) -> None:
    said = asyncio.run(
        tell([Call(f"{fault_server.url}/status/500", f"https://a.example/{n}") for n in range(20)])
    )

    assert [str(one).split("\n")[0] for one in said] == [
        "warning: the hub 127.0.0.1 was not told of new feeds: it answered 500"
    ]
    assert len(fault_server.seen) == 20  # another feed may be welcome


def test_a_hub_that_is_not_there_is_asked_but_once_and_holds_up_no_other(
    fault_server: FaultServer, closed_port: int
) -> None:
    lost, there = f"http://127.0.0.1:{closed_port}/", f"{fault_server.url}/status/204"
    wanted = [Call(hub, f"https://a.example/{n}") for hub in (lost, there) for n in range(30)]

    assert [one.what for one in asyncio.run(tell(wanted))] == [
        "the hub 127.0.0.1 was not told of new feeds: tcp.refused: connecting, after 0.0 s"
    ]
    assert len(fault_server.seen) == 30


def test_a_hub_that_hangs_holds_nobody_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(websub, "DEADLINE", timedelta(milliseconds=200))
    with Listener(hang) as server:
        said = asyncio.run(tell([Call(server.url, "https://a.example/history.atom")]))

    assert "it took too long" in str(said[0])
