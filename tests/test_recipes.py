"""The recipes as files: dated, with sources, whole, and saying nothing that the code does not understand."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from statuspage.causes import CODES
from statuspage.model import Verdict
from statuspage.net import Answer, Net
from statuspage.probes import KINDS
from statuspage.probes.base import Occasion
from statuspage.probes.channels.channel import Channel, judged, request_of
from statuspage.probes.channels.recipe import OF_STATUS, PLACE, Heard, Recipe, Step, recipe

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "statuspage/probes/recipes").glob("*.yaml"))
NAMES = [file.stem for file in FILES]

SID = "0" * 32
OPTIONS: dict[str, dict[str, Any]] = {
    "discord": {"token": "t"},
    "messenger": {"url": "https://bot.example/hook", "verify_token": "t"},
    "slack": {"token": "t"},
    "teams": {"url": "https://bot.example/api/messages", "app_id": "a", "secret": "s"},
    "telegram": {"token": "1:t"},
    "twilio": {"account_sid": f"AC{SID}", "key_sid": f"SK{SID}", "secret": "s"},
    "whatsapp": {"phone_number_id": "1029384756", "token": "t"},
}


def probe(name: str) -> Channel:
    kind: Any = KINDS[name]
    made: Channel = TypeAdapter(kind).validate_python(OPTIONS[name])
    return made


def heard(body: bytes = b"", status: int = 200, headers: dict[str, str] | None = None) -> Heard:
    nothing = timedelta()
    return Heard.of(
        Answer(
            status=status,
            headers=headers or {},
            body=body,
            truncated=False,
            phases={},
            latency=nothing,
            certificate_expires=None,
            hops=0,
        )
    )


def every_step(*, http: bool = False) -> list[Any]:
    """Name and step; `http`: of those alone that HTTP answers."""
    return [
        pytest.param(name, step, id=f"{name}-{step.name}")
        for name in NAMES
        for step in recipe(name).steps
        if step.name != "hello" or not http
    ]


def test_each_channel_has_a_recipe_and_each_recipe_a_channel() -> None:
    assert sorted(name for name, kind in KINDS.items() if issubclass(kind, Channel)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_says_when_and_where_it_was_read(name: str) -> None:
    read = recipe(name)

    assert date(2026, 1, 1) <= read.checked
    assert read.base == "" or read.base.startswith("https://")
    assert len(set(read.sources)) == len(read.sources) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_tell_the_same_date_and_a_source(name: str) -> None:
    text = (ROOT / f"docs/probes/{name}.md").read_text("utf-8")

    assert recipe(name).checked.isoformat() in text
    assert any(source.partition("#")[0] in text for source in recipe(name).sources)


@pytest.mark.parametrize(("name", "step"), every_step())
def test_a_request_holds_only_values_that_its_kind_gives(name: str, step: Step) -> None:
    texts = [
        step.url,
        step.up.body,
        *(v for some in (step.query, step.headers, step.form, step.json) for v in some.values()),
    ]
    asked = {place for text in texts for place in PLACE.findall(text)}
    given = probe(name).values(Net(user_agent="test"), Occasion()).keys() | {"gateway"}

    assert asked <= given
    assert step.url.startswith(("{base}/", "{url}", "{gateway}/"))


@pytest.mark.parametrize(("name", "step"), every_step())
def test_a_rule_that_fits_each_answer_is_the_last(name: str, step: Step) -> None:
    bare = [n for n, rule in enumerate(step.rules) if not (rule.status or rule.json or rule.body)]

    assert bare in ([], [len(step.rules) - 1])


@pytest.mark.parametrize(("name", "step"), every_step())
def test_what_a_rule_publishes_is_words_of_ours(name: str, step: Step) -> None:
    for rule in step.rules:
        assert re.fullmatch(r"[a-z ']{0,60}", rule.words)
        assert rule.code == OF_STATUS or CODES[rule.code].verdict is not Verdict.UP


@pytest.mark.parametrize(("name", "step"), every_step())
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"ok"',
        b'{"ok": "true"}',
        b'{"ok": 1}',
        b'{"ok": false, "error": "a_new_word"}',
        b'{"status": "a_new_word"}',
        b'{"ok": [1], "status": {"a": 1}, "health_status": {"can_send_message": [2]}, "url": []}',
        b'{"health_status": {"can_send_message": "A_NEW_WORD"}}',
        b'{"health_status": "AVAILABLE"}',
        b"<!doctype html><title>Welcome</title>",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"ok": ' + b"9" * 5_000 + b"}",
    ],
)
def test_an_answer_that_is_not_understood_is_never_up(name: str, step: Step, body: bytes) -> None:
    values = probe(name).values(Net(user_agent="test"), Occasion())
    code, words, findings = judged(step, heard(body), values)

    assert code == ("channel.webhook" if step.own else "channel.unreadable")
    assert CODES[code].verdict in (Verdict.UNKNOWN, Verdict.DOWN)
    assert words
    assert not all(finding.holds for finding in findings)


@pytest.mark.parametrize(("name", "step"), every_step())
def test_a_wall_against_robots_decides_whatever_else_the_answer_is(name: str, step: Step) -> None:
    values = probe(name).values(Net(user_agent="test"), Occasion())
    for status in (200, 401, 403, 503):
        answered = heard(b'{"ok": true}', status, {"cf-mitigated": "challenge"})
        assert judged(step, answered, values)[0] == "blocked"


@pytest.mark.parametrize(("name", "step"), every_step(http=True))
@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (301, {"channel.unreadable", "channel.webhook"}),
        (429, {"rate.limited"}),
        (500, {"channel.provider", "http.500"}),
        (503, {"channel.provider", "http.503"}),
    ],
)
def test_a_bare_status_is_understood(name: str, step: Step, status: int, codes: set[str]) -> None:
    values = probe(name).values(Net(user_agent="test"), Occasion())

    assert judged(step, heard(b"", status), values)[0] in codes


def test_values_are_escaped_where_they_stand_and_not_looked_through_again() -> None:
    step = Step(
        name="a",
        method="POST",
        url="{base}/bot{token}/me",
        query={"q": "{token}"},
        form={"secret": "{token}"},
        headers={"x": "{token}"},
        up=recipe("slack").steps[0].up,
    )
    request = request_of(step, {"base": "https://a.example/x", "token": "1:a/b?c#{base}"})

    assert request.url == "https://a.example/x/bot1:a%2Fb%3Fc%23%7Bbase%7D/me?q=1%3Aa%2Fb%3Fc%23%7Bbase%7D"
    assert request.body == b"secret=1%3Aa%2Fb%3Fc%23%7Bbase%7D"
    assert request.headers["x"] == "1:a/b?c#{base}"
    assert request.follow is False


def test_an_address_of_ours_keeps_its_own_query() -> None:
    step = recipe("messenger").steps[0]
    values = {"url": "https://a.example/hook?tenant=1#part", "verify_token": "t&", "challenge": "7"}

    assert request_of(step, values).url == (
        "https://a.example/hook?tenant=1&hub.mode=subscribe&hub.verify_token=t%26&hub.challenge=7"
    )


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("checked", "yesterday"),
        ("sources", []),
        ("sources", ["http://a.example"]),
        ("steps", []),
        ("steps", [{"name": "a", "url": "{base}", "up": {}, "rules": [{"code": "no.such"}]}]),
        ("steps", [{"name": "a", "url": "{base}", "up": {"json": {"ok": True}}}]),
        ("kind", "telegram"),
    ],
)
def test_a_recipe_with_a_fault_is_refused(part: str, value: Any) -> None:
    good = {
        "checked": "2026-11-22",
        "sources": ["https://a.example"],
        "steps": [{"name": "a", "url": "{base}", "up": {"status": "2xx"}}],
    }
    adapter = TypeAdapter(Recipe)

    assert adapter.validate_python(good)
    with pytest.raises(ValidationError):
        adapter.validate_python({**good, part: value})


def test_no_json_fulfils_no_condition_about_json() -> None:
    step = recipe("telegram").steps[0]
    rule = replace(step.rules[1], json=step.up.json)

    assert not any(look.holds for look in rule.looks(heard(b"not JSON"), {}))
