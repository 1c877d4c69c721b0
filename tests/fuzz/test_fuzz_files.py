"""Files and documents of others, spoilt: each is read, or refused with an error of ours; the good ones beside stay."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoiling import VALUES, documents, few, in_time, spoilt, texts

from statuspage import history, incidents
from statuspage.authoring.forms import FIELDS, read_form
from statuspage.config import load
from statuspage.errors import StatuspageError
from statuspage.importers import cstate, upptime
from statuspage.importers.commits import read_log
from statuspage.importers.intake import plan
from statuspage.importers.statuspage import page_of
from statuspage.ledger import Ledger
from statuspage.lines import checksummed
from statuspage.model import Maintenance
from statuspage.probes.events import JsonLines, ServerSentEvents, TooLong
from statuspage.probes.jsonpath import path
from statuspage.probes.metric import at_path, of_query, on_page, series
from statuspage.theme.pictures import size

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
NAMES = {"chat": "Chat", "api": "API"}
CONFIG = """page:
  {name: Kestrel, url: "https://status.kestrel.example", since: 2025, languages: [en, fr], theme: {accent: "#6d28d9"}}
defaults: {every: 5m, timeout: 10s, retry_wait: [2s, 5s]}
groups: [{name: Core, collapsed: true}]
components:
  - name: Chat
    group: Core
    url: https://chat.kestrel.example/health
    headers: {x-key: "${KEY}"}
    expect: {status: [200], json: {$.ok: true}, body: {matches: "fine|well"}}
    was: [bot]
  - {name: Queue, type: tcp, url: "tcp://queue.kestrel.example:5672"}
  - name: Model
    type: llm
    url: https://llm.kestrel.example/v1
    model: kestrel-1
    prompt: "What is 17 x 23?"
    expect: {answer: "391"}
"""
INCIDENT = """---
title: Answers are slow
components: {chat: degraded_performance}
impact: minor
cause: not known yet
doing: We add a server.
eta: 2026-11-22 16:00 UTC
tags: [load]
---

## Investigating - 2026-11-22 14:00 UTC

Some answers are **slow**, see [here](https://kestrel.example).

<!-- fr -->
Des réponses sont lentes.

## Resolved - 2026-11-22 14:30 UTC

All is well.
"""
MAINTENANCE = """---
kind: maintenance
title: A new disk
components: [api]
window: 2026-12-06 02:00 .. 03:30 Europe/Paris
rrule: FREQ=MONTHLY;BYDAY=1SU
---

## Scheduled - 2026-11-20 10:00 UTC

The disk is replaced.

## Cancelled - 2026-11-21 10:00 UTC

- date: 2027-01-03

Not in the holidays.
"""
CORRECTION = """component: chat
author: Ada
reason: Our probe's own network was down.
annul: 2026-11-20 10:00 .. 11:00 UTC
"""


def test_the_seeds_are_good() -> None:
    """Else nothing deep would be reached."""
    load(CONFIG, "components.yaml", {"KEY": "abcdef"})
    files = {"incidents/a.md": INCIDENT.encode(), "incidents/b.md": MAINTENANCE.encode()}
    assert len(incidents.read_all(files, NAMES, now=NOW)[0]) == 2, incidents.read_all(files, NAMES, now=NOW)[
        1
    ]
    incidents.read_correction(CORRECTION, "a.yaml", incidents.Names(NAMES, {}), now=NOW, zone="Etc/UTC")
    for seed, decode in KEPT:
        assert decode(f"{checksummed(seed)}\n".encode(), "x.ndjson")[0]
    for event in (ISSUE, DISPATCH):
        read_form(json.dumps(event), "12")
    for suffix, content in PICTURES.items():
        assert size(suffix, content) == ((0, 0) if suffix == "ico" else (32, 16)), suffix
    assert len(list(read_log(LOG.splitlines()))) == 2
    assert on_page(PAGE, series('queue_size{queue="chat"}')).value == "12"
    assert of_query(QUERY).value == "12"
    assert page_of({"x": SUMMARY}).told


@given(texts(CONFIG))
@few
def test_a_configuration_is_read_or_refused_at_its_lines(text: str) -> None:
    with in_time():
        try:
            load(text, "components.yaml", {"KEY": "abcdef"})
        except StatuspageError as error:
            assert all(problem.where for problem in error.problems)


@given(spoilt(INCIDENT.encode(), MAINTENANCE.encode()))
@few
def test_incidents_are_read_or_refused_and_the_good_one_stays(data: bytes) -> None:
    files = {"incidents/good.md": INCIDENT.encode(), "incidents/odd.md": data}
    with in_time():
        good, problems, broken = incidents.read_all(files, NAMES, now=NOW, zone="Europe/Berlin")
        assert "good" in [one.id for one in good]
        assert len(good) + len(broken) == 2
        assert bool(broken) == any(not problem.warning for problem in problems)
        for one in good:
            whole, _ = incidents.settle(one, Ledger(), NOW)
            if isinstance(whole, Maintenance):
                assert incidents.spread(one, whole, Ledger(), NOW)


@given(spoilt(CORRECTION.encode()))
@few
def test_corrections_are_read_or_refused_and_the_good_one_stays(data: bytes) -> None:
    files = {"incidents/corrections/good.yaml": CORRECTION.encode(), "incidents/corrections/odd.yaml": data}
    names = incidents.Names(NAMES, {})
    with in_time():
        good, problems = incidents.read_corrections(files, names, now=NOW, zone="Asia/Kathmandu")
        assert "good" in [one.id for one in good]
        assert len(good) == 2 or problems


@given(texts(INCIDENT, "![x](y) <a href='z'>`c`</a>\n\n> q\n\n1. a\n   - b\n\n|a|b|\n|-|-|\n|c|d|\n"))
@few
def test_a_text_becomes_clean_html(text: str) -> None:
    with in_time():
        html, _ = incidents.render(text)
    assert "<script" not in html
    assert 'href="javascript' not in html.lower()


# --- what is kept ------------------------------------------------------------------------------

ROUND = {
    "id": "a",
    "at": "2026-11-22T14:00:00Z",
    "every": 300,
    "s": {"chat": ["up", 12.5], "api": ["down", None, 3, "http.500"]},
}
DAY = {
    "day": "2026-11-20", "rules": [2, 2], "d": {"chat": {
        "spans": [[0, 600], [900, 86400, "major_outage", "http.500", "x"]], "n": {"up": 288}, "rules": [2, 2, 1],
    }, "api": {"n": {"up": 288}, "ms": [288, 10, 20, 30]}},
}  # fmt: skip
HOURS = {"day": "2026-11-20", "ms": {"chat": [None, [12, 10, 20, 30]]}}
FACT = {"kind": "incident", "key": "slow", "at": "2026-11-22T14:00:00Z", "value": {"a": 1}}


KEPT: tuple[tuple[Any, Any], ...] = (
    (ROUND, history.decode_rounds),
    (DAY, history.decode_days),
    (HOURS, history.decode_hours),
    (FACT, Ledger.decode),
)


@pytest.mark.parametrize(("seed", "decode"), KEPT, ids=["round", "day", "hour", "fact"])
@given(data=st.data())
@few
def test_a_line_with_a_right_checksum_may_hold_anything(seed: Any, decode: Any, data: st.DataObject) -> None:
    document = data.draw(documents(seed).filter(lambda value: isinstance(value, dict)))
    try:
        line = checksummed(document)
    except (ValueError, RecursionError):
        return  # what no line can hold
    with in_time(), suppress(StatuspageError):
        decode(f"{line}\n".encode(), "raw/x.ndjson")


@given(spoilt(f"{checksummed(ROUND)}\n{checksummed(ROUND | {'id': 'b'})}\n".encode()))
@few
def test_a_spoilt_history_is_refused_at_a_line_or_read(data: bytes) -> None:
    with in_time():
        try:
            found, _ = history.decode_rounds(data, "raw/x.ndjson")
        except StatuspageError as error:
            assert "raw/x.ndjson" in str(error)
        else:
            assert {one.id for one in found} <= {"a", "b"}


# --- documents of other makers -----------------------------------------------------------------

SAID = {"action": "open", "components": "chat"}
BODY = "\n".join(f"### {label}\n\n{SAID.get(key, 'x')}\n" for label, key in FIELDS.items())
ISSUE = {
    "action": "labeled", "label": {"name": "incident"},
    "issue": {"number": 7, "title": "x", "body": BODY, "author_association": "MEMBER",
              "labels": [{"name": "incident"}]},
}  # fmt: skip
DISPATCH = {"inputs": {"action": "open", "incident": "Slow", "components": "chat=major_outage", "text": "x"}}


@given(documents(ISSUE) | documents(DISPATCH), texts(BODY))
@few
def test_an_event_is_a_form_or_refused(event: Any, text: str) -> None:
    if isinstance(event, dict) and isinstance(event.get("issue"), dict):
        event["issue"] = {**event["issue"], "body": text}
    try:
        whole = json.dumps(event)
    except (ValueError, RecursionError):
        return
    with in_time(), suppress(StatuspageError):
        form = read_form(whole, "12")
        assert form.action in ("open", "update", "resolve")
        assert all(one.isprintable() for one in (form.incident, form.impact, form.status, form.cause))


@given(texts(json.dumps(ISSUE), json.dumps(DISPATCH)))
@few
def test_an_event_may_be_no_json_at_all(text: str) -> None:
    with in_time(), suppress(StatuspageError):
        read_form(text, "12")


SUMMARY = {
    "page": {"id": "p", "name": "Other", "url": "https://other.example", "time_zone": "Etc/UTC"},
    "components": [
        {"id": "c1", "name": "Chat", "status": "major_outage", "group_id": "g", "position": 1},
        {"id": "g", "name": "Core", "status": "operational", "group": True, "components": ["c1"]},
    ],
    "incidents": [
        {
            "id": "i1", "name": "Slow", "status": "resolved", "impact": "minor", "created_at": "2026-11-20T10:00:00Z",
            "resolved_at": "2026-11-20T11:00:00Z", "components": [{"id": "c1", "name": "Chat"}],
            "incident_updates": [
                {"id": "u", "status": "resolved", "body": "<b>Done</b>", "created_at": "2026-11-20T11:00:00Z",
                 "affected_components": [{"code": "c1", "name": "Chat", "new_status": "operational"}]},
            ],
        }
    ],
    "scheduled_maintenances": [
        {"id": "m1", "name": "Disk", "status": "scheduled", "scheduled_for": "2026-11-25T10:00:00Z",
         "scheduled_until": "2026-11-25T11:00:00Z", "incident_updates": [{"id": "v", "status": "scheduled",
         "body": "x", "created_at": "2026-11-20T11:00:00Z"}], "components": []},
    ],
}  # fmt: skip


@given(documents(SUMMARY))
@few
def test_a_summary_of_statuspage_becomes_files_that_can_be_read(tmp_path_factory: Any, document: Any) -> None:
    empty = tmp_path_factory.mktemp("none")
    with in_time(), suppress(StatuspageError):
        planned = plan(page_of({"summary.json": document}), empty, NOW)
        load(planned.files["components.yaml"], "components.yaml", {})


CSTATE = """title: Other
baseURL: https://other.example/
params:
  categories: [{name: Models, description: What thinks, closed: true}]
  systems: [{name: Fast, category: Models}, {name: Site}]
"""
POST = """---
title: Slow
date: 2026-01-10 08:00:00
resolved: true
resolvedWhen: 2026-01-10 09:30:00
severity: down
affected: [Fast]
section: issue
---
*Resolved* - All is well. {{< track "2026-01-10 09:30:00" >}}

**Investigating** - We look.
"""


@given(texts(CSTATE), spoilt(POST.encode()))
@few
def test_a_site_of_cstate_is_taken_or_refused(tmp_path_factory: Any, config: str, post: bytes) -> None:
    folder: Path = tmp_path_factory.mktemp("cstate")
    (folder / "content/issues").mkdir(parents=True)
    (folder / "content/issues/good.md").write_text(POST, "utf-8")
    (folder / "content/issues/odd.md").write_bytes(post)
    (folder / "config.yml").write_text(config, "utf-8")
    with in_time(), suppress(StatuspageError):
        found = cstate.read(folder, NOW)
        assert found.told or found.notes
        plan(found, folder / "none", NOW)


UPPTIME = """owner: other
repo: upptime
sites:
  - {name: Chat, url: "https://$HOST/health", method: post, expectedStatusCodes: [200], maxResponseTime: 5000}
  - {name: Queue, check: tcp-ping, url: queue.example, port: 5672}
status-website: {name: Other, cname: status.other.example}
"""
ISSUES = [
    {"number": 3, "title": "Chat is down", "state": "closed", "created_at": "2026-01-10T08:00:00Z",
     "closed_at": "2026-01-10T09:00:00Z", "body": "x", "labels": [{"name": "status"}, {"name": "chat"}]},
    {"number": 4, "title": "Disk", "state": "open", "created_at": "2026-01-10T08:00:00Z", "closed_at": None,
     "body": "<!--\nstart: 2026-01-11T08:00:00Z\nend: 2026-01-11T09:00:00Z\nexpectedDown: chat\n-->",
     "labels": [{"name": "maintenance"}]},
]  # fmt: skip
LOG = "\0" + """2026-01-10T08:00:00Z
+++ b/history/chat.yml
+status: down
+code: 500
+lastUpdated: 2026-01-10T08:00:00Z
\0""" + """2026-01-10T09:00:00Z
+++ b/history/chat.yml
+- status: up
"""  # fmt: skip


@given(texts(UPPTIME), documents(ISSUES))
@few
def test_a_clone_of_upptime_is_taken_or_refused(tmp_path_factory: Any, config: str, issues: Any) -> None:
    folder: Path = tmp_path_factory.mktemp("upptime")
    (folder / ".upptimerc.yml").write_text(config, "utf-8")
    with suppress(ValueError, RecursionError):
        (folder / "issues.json").write_text(json.dumps(issues), "utf-8")
    with in_time(), suppress(StatuspageError):
        plan(upptime.read(folder), folder / "none", NOW)


@given(texts(LOG))
@few
def test_a_log_of_git_gives_changes_or_none(text: str) -> None:
    with in_time():
        for change in read_log(text.splitlines()):
            assert change.at.tzinfo


# --- parts of answers --------------------------------------------------------------------------


@given(
    spoilt(b'event: a\ndata: {"x": 1}\nid: 3\n\n: still here\ndata\ndata: y\r\n\r\n', b'{"a": 1}\n{"b": 2}\n')
)
@few
def test_a_stream_gives_events_or_is_too_long(data: bytes) -> None:
    for decoder in (ServerSentEvents(), JsonLines()):
        with in_time(), suppress(TooLong):
            events = [*decoder.feed(data), *decoder.end()]
            assert all(isinstance(one.data, str) for one in events)


@given(texts("$.status", "$.items[0]['a b'].name[*]"), VALUES)
@few
def test_a_path_finds_values_or_is_refused(text: str, document: Any) -> None:
    with in_time(), suppress(ValueError):
        at_path(document, path(text))


PAGE = """# HELP queue_size Waiting
# TYPE queue_size gauge
queue_size{queue="chat",zone="a\\"b"} 12 1700000000000
queue_size{queue="mail"} 3e2 # {trace="x"} 1
up 1
"""
QUERY = {
    "status": "success",
    "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1.7e9, "12"]}]},
}


@given(texts(PAGE), documents(QUERY))
@few
def test_figures_are_found_or_not(page: str, document: Any) -> None:
    with in_time():
        on_page(page, series('queue_size{queue="chat"}'))
        on_page(page, series("up"))
        of_query(document)


PICTURES = {
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x10\x08\x06\0\0\0",
    "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0\0\x11\x08\0\x10\0\x20\3\1\x22\0\2\x11\1\3\x11\1",
    "webp": b"RIFF\x1a\0\0\0WEBPVP8 \x0e\0\0\0\x30\1\0\x9d\1\x2a\x20\0\x10\0\0\0",
    "ico": b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x68\4\0\0\x16\0\0\0",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="32px" height="16" viewBox="0 0 1 1"/>',
}


@pytest.mark.parametrize("suffix", PICTURES)
@given(data=st.data())
@few
def test_a_picture_has_a_size_or_none(suffix: str, data: st.DataObject) -> None:
    content = data.draw(spoilt(PICTURES[suffix]))
    with in_time():
        found = size(suffix, content)
    assert found is None or all(side >= 0 for side in found)
