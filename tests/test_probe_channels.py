"""The kinds telegram, whatsapp, slack, messenger, teams, discord and twilio, against APIs of our own."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from channels_world import (
    Api,
    Behaviour,
    Reply,
    always,
    discord,
    frame,
    graph_error,
    says,
    slack,
    slack_error,
    teams,
    telegram,
    telegram_error,
    token_error,
    twilio,
    twilio_error,
    webhook,
    whatsapp,
)
from pydantic import TypeAdapter
from servers import Authority, FaultServer, Seen

from statuspage.causes import CODES
from statuspage.config import load
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import KINDS, Certified
from statuspage.probes.base import Occasion
from statuspage.probes.channels.channel import Channel
from statuspage.probes.channels.discord import gateway_of

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = Occasion(at=NOW)
TOKEN = "123456:AAF-s3cr3t_token"
BASIC = "MTIzNDU2"
ACCOUNT, KEY = f"AC{'0' * 32}", f"SK{'1' * 32}"
NAMES = ("discord", "messenger", "slack", "teams", "telegram", "twilio", "whatsapp")
OF_KIND: dict[str, Any] = {name: KINDS[name] for name in NAMES}
AGENT = "statuspage-test/1 (+https://status.example)"


def made(type_: str, **options: Any) -> Channel:
    """A probe as the configuration makes it."""
    probe: Channel = TypeAdapter(OF_KIND[type_]).validate_json(json.dumps(options), strict=True)
    return probe


def ask(probe: Channel, within: timedelta = 5 * SECOND, occasion: Occasion = AT) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent=AGENT), within, occasion))


def probe_at(type_: str, url: str, **more: Any) -> Channel:
    """A probe of each kind with all its secrets, against one address."""
    options: dict[str, dict[str, Any]] = {
        "discord": {"base": url, "token": TOKEN},
        "messenger": {"url": f"{url}/hook", "verify_token": TOKEN},
        "slack": {"base": url, "token": TOKEN},
        "teams": {"base": url, "url": f"{url}/api/messages", "app_id": "app", "secret": TOKEN},
        "telegram": {"base": url, "token": TOKEN},
        "twilio": {"base": url, "account_sid": ACCOUNT, "key_sid": KEY, "secret": TOKEN},
        "whatsapp": {"base": url, "phone_number_id": "1029384756", "token": TOKEN},
    }
    return made(type_, **options[type_] | more)


GOOD: dict[str, Callable[[], Behaviour]] = {
    "discord": lambda: discord(TOKEN),
    "messenger": lambda: webhook(TOKEN),
    "slack": lambda: slack(TOKEN),
    "teams": lambda: teams("app", TOKEN),
    "telegram": lambda: telegram(TOKEN),
    "twilio": lambda: twilio(KEY, TOKEN),
    "whatsapp": lambda: whatsapp(TOKEN, "AVAILABLE", PHONE_NUMBER="AVAILABLE", WABA="AVAILABLE"),
}
WRONG_SECRET: dict[str, Callable[[], Behaviour]] = {
    "discord": lambda: discord("another"),
    "messenger": lambda: webhook("another"),
    "slack": lambda: slack("another"),
    "teams": lambda: teams("app", "another"),
    "telegram": lambda: telegram("1:another"),
    "twilio": lambda: twilio(KEY, "another"),
    "whatsapp": lambda: whatsapp("another", "AVAILABLE"),
}

# --- all of them -------------------------------------------------------------------------------


def test_each_is_a_kind_of_probe() -> None:
    assert {type_: KINDS[type_] for type_ in OF_KIND} == OF_KIND


@pytest.mark.parametrize("type_", GOOD)
def test_a_channel_that_is_well_is_up(type_: str) -> None:
    with Api(GOOD[type_]()) as api:
        reading = ask(probe_at(type_, api.url))

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UP, "", "")
    assert reading.latency is not None
    assert reading.phases.keys() >= {"connect", "first_byte"}
    assert reading.findings
    assert all(finding.holds and finding.wanted and finding.seen for finding in reading.findings)


@pytest.mark.parametrize("type_", WRONG_SECRET)
def test_a_secret_that_is_refused_is_our_own_trouble(type_: str) -> None:
    with Api(WRONG_SECRET[type_]()) as api:
        reading = ask(probe_at(type_, api.url))

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "auth.denied")
    assert not all(finding.holds for finding in reading.findings)


@pytest.mark.parametrize("type_", GOOD)
@pytest.mark.parametrize("fits", [True, False])
def test_no_secret_is_shown_anywhere(type_: str, fits: bool, caplog: pytest.LogCaptureFixture) -> None:
    behaviour = (GOOD if fits else WRONG_SECRET)[type_]()
    with caplog.at_level(logging.DEBUG), Api(behaviour) as api:
        probe = probe_at(type_, api.url)
        reading = ask(probe)

    shown = f"{probe!r} {probe.target} {reading!r} {reading.findings} {caplog.text}"
    assert TOKEN not in shown
    assert "s3cr3t" not in shown
    assert "a-token-of-theirs" not in shown


@pytest.mark.parametrize("type_", GOOD)
def test_a_redirect_is_not_followed(type_: str) -> None:
    with Api(always(Reply())) as elsewhere, Api(always(Reply(b"", 302, {"location": elsewhere.url}))) as api:
        reading = ask(probe_at(type_, api.url))

    assert reading.code == ("channel.webhook" if type_ in ("messenger", "teams") else "channel.unreadable")
    assert elsewhere.seen == []


@pytest.mark.parametrize("type_", GOOD)
def test_no_connection_is_down(type_: str, closed_port: int) -> None:
    reading = ask(probe_at(type_, f"http://127.0.0.1:{closed_port}"))

    assert (reading.verdict, reading.code, reading.latency) == (Verdict.DOWN, "tcp.refused", None)
    assert [finding.holds for finding in reading.findings] == [False]


@pytest.mark.parametrize("type_", GOOD)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("silent", "read.timeout"),
        ("close", "tcp.closed"),
        ("reset", "tcp.reset"),
        ("garbage", "http.protocol"),
        ("truncated", "body.truncated"),
        ("stall", "body.stalled"),
        ("drip", "body.stalled"),
        ("drip-headers", "read.timeout"),
        ("header-flood", "http.protocol"),
        ("two-lengths", "http.protocol"),
        ("endless", ""),
        ("tiny-chunks", ""),
        ("ok", ""),
    ],
)
def test_whatever_a_server_does_is_a_reading_in_time(
    fault_server: FaultServer, type_: str, fault: str, code: str
) -> None:
    began = time.monotonic()
    reading = ask(probe_at(type_, f"{fault_server.url}/{fault}"), SECOND / 2)

    assert time.monotonic() - began < 1.0
    unlike = "channel.webhook" if type_ in ("messenger", "teams") else "channel.unreadable"
    assert reading.code in ([code] if code else [unlike, "body.stalled"])  # stalled: on a busy machine
    assert reading.verdict is not Verdict.UP


@pytest.mark.parametrize("type_", ["discord", "teams", "telegram"])
def test_several_requests_share_one_deadline(type_: str) -> None:
    good = GOOD[type_]()
    first: list[Reply] = []

    def slower(seen: Seen) -> Reply:
        reply = good(seen)
        after = 0.3 if not first else 30.0
        first.append(reply)
        return Reply(reply.body, reply.status, reply.headers, after)

    with Api(slower) as api:
        began = time.monotonic()
        reading = ask(probe_at(type_, api.url), 0.6 * SECOND)
        spent = time.monotonic() - began

    assert (reading.code, reading.latency, len(api.seen)) == ("read.timeout", None, 2)
    assert 0.5 < spent < 1.1
    assert reading.phases["first_byte"] > 0.5 * SECOND  # of both
    assert [finding.holds for finding in reading.findings][-1] is False


@pytest.mark.parametrize("type_", GOOD)
def test_too_many_requests_are_told_apart(type_: str) -> None:
    with Api(always(Reply(b"", 429, {"retry-after": "5"}))) as api:
        reading = ask(probe_at(type_, api.url))

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "rate.limited")
    assert len(api.seen) == 1


@pytest.mark.parametrize("type_", GOOD)
def test_a_wall_against_robots_is_no_answer_of_the_channel(type_: str) -> None:
    with Api(always(Reply(b"Just a moment", 403, {"cf-mitigated": "challenge"}))) as api:
        reading = ask(probe_at(type_, api.url))

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "blocked")


def test_a_long_answer_is_cut_and_not_understood() -> None:
    with Api(always(Reply(b'{"ok": true, "more": "' + b"x" * 300_000 + b'"}'))) as api:
        reading = ask(probe_at("slack", api.url))

    assert (reading.code, reading.detail) == ("channel.unreadable", "auth.test: longer than is read")


# --- one after the other -----------------------------------------------------------------------

FAILURES = [
    ("telegram", always(telegram_error(401, "Unauthorized")), "auth.denied", "getMe: status 401"),
    ("telegram", always(telegram_error(404, "Not Found")), "auth.denied", "getMe: status 404"),
    (
        "telegram",
        always(telegram_error(401, "no", status=200)),
        "auth.denied",
        "getMe: refuses the token",
    ),
    (
        "telegram",
        always(telegram_error(429, "Too Many Requests: retry after 5", parameters={"retry_after": 5})),
        "rate.limited",
        "getMe: status 429",
    ),
    ("telegram", always(telegram_error(502, "Bad Gateway")), "channel.provider", "getMe: status 502"),
    (
        "telegram",
        always(telegram_error(499, "something new", status=200)),
        "channel.unreadable",
        "getMe: status 200, an answer that we do not know",
    ),
    ("telegram", telegram(TOKEN, url=""), "channel.webhook", "no webhook is set"),
    ("telegram", telegram(TOKEN, url=None), "channel.unreadable", "getWebhookInfo cannot be read"),
    (
        "telegram",
        telegram(TOKEN, pending_update_count=21),
        "prefer.pending",
        "21 messages wait, wanted at most 20",
    ),
    (
        "whatsapp",
        whatsapp(TOKEN, "LIMITED", PHONE_NUMBER="AVAILABLE", WABA="AVAILABLE", BUSINESS="LIMITED"),
        "channel.limited",
        "health: sending is limited: business",
    ),
    (
        "whatsapp",
        whatsapp(TOKEN, "BLOCKED", PHONE_NUMBER="LIMITED", WABA="BLOCKED", APP="BLOCKED", FLOW="BLOCKED"),
        "channel.blocked",
        "health: sending is blocked: business account, app, another",
    ),
    ("whatsapp", whatsapp(TOKEN, "BLOCKED"), "channel.blocked", "health: sending is blocked"),
    ("whatsapp", whatsapp(TOKEN, "PAUSED", WABA="PAUSED"), "channel.unreadable", None),
    ("whatsapp", always(Reply({"id": "1029384756"})), "channel.unreadable", None),
    ("whatsapp", always(graph_error(190, "expired", 401)), "auth.denied", "health: refuses the token"),
    ("whatsapp", always(graph_error(190, "expired", 400)), "auth.denied", "health: refuses the token"),
    (
        "whatsapp",
        always(graph_error(200, "Permissions error", 403)),
        "auth.denied",
        "health: the token lacks a permission",
    ),
    ("whatsapp", always(graph_error(4, "limit")), "rate.limited", "health: too many requests"),
    ("whatsapp", always(graph_error(80007, "limit")), "rate.limited", "health: too many requests"),
    ("whatsapp", always(graph_error(130429, "limit")), "rate.limited", "health: too many requests"),
    ("whatsapp", always(graph_error(131031, "locked")), "channel.blocked", "health: the account is blocked"),
    (
        "whatsapp",
        always(graph_error(100, "Unsupported get request")),
        "request.refused",
        "health: the id of the number is not known",
    ),
    ("whatsapp", always(graph_error(2, "down", 500)), "channel.provider", "health: an error of its own"),
    ("whatsapp", always(graph_error(77777, "new")), "channel.unreadable", None),
    ("slack", always(slack_error("invalid_auth")), "auth.denied", "auth.test: refuses the token"),
    ("slack", always(slack_error("token_revoked")), "auth.denied", "auth.test: refuses the token"),
    ("slack", always(slack_error("account_inactive")), "auth.denied", "auth.test: refuses the token"),
    ("slack", always(slack_error("not_authed")), "auth.denied", "auth.test: refuses the token"),
    ("slack", always(slack_error("token_expired")), "auth.denied", "auth.test: refuses the token"),
    ("slack", always(slack_error("ratelimited")), "rate.limited", "auth.test: too many requests"),
    ("slack", always(slack_error("fatal_error")), "channel.provider", "auth.test: an error of its own"),
    ("slack", always(slack_error("internal_error", 500)), "channel.provider", None),
    ("slack", always(slack_error("service_unavailable")), "channel.provider", None),
    ("slack", always(slack_error("a_new_word")), "channel.unreadable", None),
    ("slack", always(Reply({"ok": "yes"})), "channel.unreadable", None),
    ("messenger", always(Reply(b"Forbidden", 403)), "auth.denied", "webhook: refuses the verify token"),
    (
        "messenger",
        always(Reply(b"hello")),
        "channel.webhook",
        "webhook: the answer is not the challenge",
    ),
    ("messenger", always(Reply(b"", 404)), "channel.webhook", "webhook: status 404"),
    ("messenger", always(Reply(b"", 401)), "channel.webhook", "webhook: status 401"),
    ("messenger", always(Reply(b"", 500)), "http.500", "webhook: status 500"),
    ("messenger", always(Reply(b"", 503, {"retry-after": "60"})), "http.maintenance", "webhook: status 503"),
    ("teams", always(Reply(b"{}", 200)), "channel.webhook", "endpoint: takes what is not signed"),
    ("teams", always(Reply(b"", 202)), "channel.webhook", "endpoint: takes what is not signed"),
    ("teams", always(Reply(b"", 404)), "http.404", "endpoint: status 404"),
    ("teams", always(Reply(b"", 405)), "http.405", "endpoint: status 405"),
    ("teams", always(Reply(b"", 502)), "http.502", "endpoint: status 502"),
    (
        "teams",
        always(Reply(b"", 401), token_error("invalid_client", 7000222, 401)),
        "auth.denied",
        "token: refuses the app's id and secret",
    ),
    (
        "teams",
        always(Reply(b"", 401), token_error("unauthorized_client", 700016)),
        "auth.denied",
        "token: refuses the app's id and secret",
    ),
    (
        "teams",
        always(Reply(b"", 403), token_error("invalid_request", 90002)),
        "request.refused",
        "token: does not know the tenant or the scope",
    ),
    (
        "teams",
        always(Reply(b"", 401), token_error("temporarily_unavailable", 90033, 503)),
        "channel.provider",
        "token: an error of its own",
    ),
    ("teams", always(Reply(b"", 401), Reply(b"", 429)), "rate.limited", "token: status 429"),
    ("teams", always(Reply(b"", 401), Reply({"token": "x"})), "channel.unreadable", None),
    ("discord", always(Reply(b"", 500)), "channel.provider", "gateway: status 500"),
    ("discord", always(Reply({"message": "no"}, 403)), "blocked", "gateway: status 403"),
    ("discord", always(Reply({"url": "about:blank"})), "channel.unreadable", None),
    (
        "discord",
        always(Reply({"url": "wss://gateway.discord.gg"}), Reply({"code": 40333, "message": "no"}, 403)),
        "blocked",
        "me: a wall against robots",
    ),
    ("discord", always(Reply({"url": "wss://a"}), Reply({"id": ""})), "channel.unreadable", None),
    (
        "discord",
        discord(TOKEN, "wss://gateway.elsewhere.example"),
        "channel.unreadable",
        "gateway: its address leads elsewhere",
    ),
    (
        "discord",
        discord(TOKEN, first={"op": 9, "d": False}),
        "channel.unreadable",
        "hello: the gateway does not greet",
    ),
    ("discord", discord(TOKEN, first={"op": 10, "d": {}}), "channel.unreadable", None),
    ("discord", discord(TOKEN, first=[]), "channel.unreadable", None),
    ("twilio", twilio(KEY, TOKEN, "suspended"), "channel.blocked", "account: suspended"),
    ("twilio", twilio(KEY, TOKEN, "closed"), "channel.blocked", "account: closed"),
    ("twilio", twilio(KEY, TOKEN, "frozen"), "channel.unreadable", None),
    ("twilio", always(twilio_error(20003, 401)), "auth.denied", "account: status 401"),
    ("twilio", always(twilio_error(20005, 403)), "channel.blocked", "account: not active"),
    ("twilio", always(twilio_error(20403, 403)), "channel.blocked", "account: not active"),
    ("twilio", always(twilio_error(20404, 404)), "request.refused", "account: the account is not known"),
    ("twilio", always(twilio_error(20429, 429)), "rate.limited", "account: status 429"),
    ("twilio", always(twilio_error(20500, 500)), "channel.provider", "account: status 500"),
]


@pytest.mark.parametrize(
    ("type_", "behaviour", "code", "detail"),
    FAILURES,
    ids=[f"{type_}-{code}-{n}" for n, (type_, _, code, _) in enumerate(FAILURES)],
)
def test_what_a_provider_says_becomes_a_code(
    type_: str, behaviour: Behaviour, code: str, detail: str | None
) -> None:
    with Api(behaviour) as api:
        reading = ask(probe_at(type_, api.url))

    assert (reading.verdict, reading.code) == (CODES[code].verdict, code)
    assert reading.verdict is not Verdict.UP
    assert detail is None or reading.detail == detail
    assert reading.latency is not None
    assert not all(finding.holds for finding in reading.findings)


def test_the_channels_codes_have_the_verdicts_that_they_should() -> None:
    verdicts = {code: CODES[code].verdict for code in CODES if code.startswith("channel.")}

    assert verdicts == {
        "channel.webhook": Verdict.DOWN,
        "channel.blocked": Verdict.DOWN,
        "channel.limited": Verdict.DEGRADED,
        "channel.provider": Verdict.DOWN,
        "channel.unreadable": Verdict.UNKNOWN,
    }


# --- telegram ----------------------------------------------------------------------------------


def ago(**span: float) -> int:
    return int((NOW - timedelta(**span)).timestamp())


@pytest.mark.parametrize(
    ("info", "options", "code"),
    [
        ({}, {}, ""),
        ({"pending_update_count": 20}, {}, ""),
        ({"pending_update_count": 21}, {}, "prefer.pending"),
        ({"pending_update_count": 21}, {"prefer": {"pending": {"le": 50}}}, ""),
        ({"pending_update_count": 51}, {"expect": {"pending": {"le": 50}}}, "expect.pending"),
        ({"pending_update_count": 21}, {"expect": {"pending": {"le": 50}}}, ""),
        (
            {"pending_update_count": 51},
            {"expect": {"pending": {"le": 50}}, "prefer": {"pending": {"le": 5}}},
            "expect.pending",
        ),
        ({"pending_update_count": 10**15}, {}, "prefer.pending"),
        # a failed delivery that is old, or whose message has got through, is nothing
        ({"last_error_date": ago(hours=3)}, {}, ""),
        ({"last_error_date": ago(minutes=1)}, {}, ""),
        ({"last_error_date": ago(hours=3), "pending_update_count": 3}, {}, ""),
        ({"last_error_date": ago(minutes=1), "pending_update_count": 3}, {}, "prefer.last_error_age"),
        ({"last_error_date": ago(minutes=-4), "pending_update_count": 3}, {}, "prefer.last_error_age"),
        (
            {"last_error_date": ago(minutes=1)},
            {"prefer": {"last_error_age": {"ge": "15m"}}},
            "prefer.last_error_age",
        ),
        (
            {"last_error_date": ago(minutes=1), "pending_update_count": 3},
            {"prefer": {"last_error_age": {"ge": "30s"}}},
            "",
        ),
        (
            {"last_error_date": ago(minutes=1)},
            {"expect": {"last_error_age": {"ge": "5m"}}},
            "expect.last_error_age",
        ),
        ({}, {"expect": {"last_error_age": {"ge": "5m"}}}, ""),
        # polling
        ({"url": ""}, {}, "channel.webhook"),
        ({"url": ""}, {"polling": True}, ""),
        ({}, {"polling": True}, "channel.webhook"),
        ({"url": "", "pending_update_count": 50}, {"polling": True}, "prefer.pending"),
        (
            {"url": "", "pending_update_count": 5, "last_error_date": ago(minutes=1)},
            {"polling": True},
            "",
        ),
        # what Telegram does not describe
        ({"pending_update_count": None}, {}, "channel.unreadable"),
        ({"pending_update_count": True}, {}, "channel.unreadable"),
        ({"pending_update_count": -1}, {}, "channel.unreadable"),
        ({"pending_update_count": 1.5}, {}, "channel.unreadable"),
        ({"pending_update_count": 10**400}, {}, "channel.unreadable"),
        ({"last_error_date": "yesterday"}, {}, "channel.unreadable"),
        ({"last_error_date": ago(days=-1)}, {}, "channel.unreadable"),
        ({"last_error_date": 10**15}, {}, "channel.unreadable"),
    ],
)
def test_a_webhook_s_deliveries_are_judged(info: dict[str, Any], options: dict[str, Any], code: str) -> None:
    with Api(telegram(TOKEN, **info)) as api:
        reading = ask(probe_at("telegram", api.url, **options))

    assert reading.code == code
    if code != "channel.unreadable":
        assert reading.measures == {"pending": info.get("pending_update_count", 0)}
        assert reading.detail == "" or not re.search("bot.example", reading.detail)


def test_a_result_that_is_no_mapping_cannot_be_read() -> None:
    with Api(always(telegram(TOKEN)(_get(f"/bot{TOKEN}/getMe")), Reply({"ok": True, "result": []}))) as api:
        assert ask(probe_at("telegram", api.url)).code == "channel.unreadable"


def _get(path: str) -> Seen:
    return Seen("GET", path, {}, {}, b"")


def test_the_address_of_a_webhook_is_not_shown_and_its_last_failure_is() -> None:
    info = {"url": "https://bot.example/hush-hush", "last_error_message": "Wrong response: 502 Bad Gateway"}
    with Api(telegram(TOKEN, **info)) as api:
        reading = ask(probe_at("telegram", api.url))

    assert "hush-hush" not in str(reading.findings)
    assert any("502 Bad Gateway" in finding.seen for finding in reading.findings)


def test_a_self_hosted_server_may_have_a_path() -> None:
    with Api(lambda seen: telegram(TOKEN)(_get(seen.path.removeprefix("/tg")))) as api:
        reading = ask(probe_at("telegram", f"{api.url}/tg/"))

    assert reading.verdict is Verdict.UP
    assert api.paths == [f"/tg/bot{TOKEN}/getMe", f"/tg/bot{TOKEN}/getWebhookInfo"]


# --- the others' own ways ----------------------------------------------------------------------


def test_slack_is_asked_without_a_token_too() -> None:
    with Api(slack("x")) as api:
        reading = ask(made("slack", base=api.url))

    assert (reading.verdict, api.paths) == (Verdict.UP, ["/api/api.test"])
    assert "authorization" not in api.seen[0].headers
    assert api.seen[0].method == "POST"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (slack_error("accesslimited"), "blocked"),
        (slack_error("fatal_error"), "channel.provider"),
        (Reply(b"", 401), "blocked"),
    ],
)
def test_slack_without_a_token_is_judged(reply: Reply, code: str) -> None:
    with Api(always(reply)) as api:
        assert ask(made("slack", base=api.url)).code == code


def test_discord_is_asked_without_a_token_too_and_told_who_asks() -> None:
    with Api(discord("x")) as api:
        reading = ask(made("discord", base=api.url))

    assert (reading.verdict, api.paths) == (Verdict.UP, ["/api/v10/gateway", "/"])
    for seen in api.seen:
        assert "authorization" not in seen.headers
        assert seen.headers["user-agent"] == f"DiscordBot ({AGENT})"
    assert api.seen[1].query == {"v": "10", "encoding": "json"}


@pytest.mark.parametrize(
    ("first", "code", "detail"),
    [
        (Reply(b"", 503), "http.503", "hello: status 503"),
        (Reply(b"", 403), "blocked", "hello: status 403"),
        (Reply(b"", 429), "rate.limited", "hello: status 429"),
        (Reply(b"", 200), "ws.upgrade", "hello: status 200"),
        (Reply(b"", after=30.0), "read.timeout", None),
    ],
)
def test_discord_s_gateway_may_refuse_the_upgrade(first: Reply, code: str, detail: str | None) -> None:
    with Api(discord(TOKEN, first=first)) as api:
        began = time.monotonic()
        reading = ask(probe_at("discord", api.url), SECOND / 2)

    assert time.monotonic() - began < 1.0
    assert (reading.code, reading.latency) == (code, None)
    assert detail is None or reading.detail == detail
    assert [finding.holds for finding in reading.findings][-1] is False


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (frame((4000).to_bytes(2), 8), "ws.closed"),
        (b"\xff\xff no frame", "http.protocol"),
        (frame(b"\xff\xfe"), "http.protocol"),
        (frame(b"not JSON"), "channel.unreadable"),
        (b"", "read.timeout"),
        (frame(b"", 9) * 3, "read.timeout"),
        (frame(json.dumps({"op": 10, "d": {"heartbeat_interval": 1}}).encode()) + b"\xff" * 9, ""),
    ],
)
def test_discord_s_gateway_may_say_anything(frames: bytes, code: str) -> None:
    def behave(seen: Seen) -> Reply:
        return says(seen, frames) if "sec-websocket-key" in seen.headers else discord(TOKEN)(seen)

    with Api(behave) as api:
        began = time.monotonic()
        assert ask(probe_at("discord", api.url), SECOND / 2).code == code

    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize(
    ("named", "base", "gateway"),
    [
        ("wss://gateway.discord.gg", "https://discord.com", "wss://gateway.discord.gg"),
        ("wss://eu-1.gateway.discord.gg:443/x?y", "https://discord.com", "wss://eu-1.gateway.discord.gg:443"),
        ("ws://gateway.discord.gg", "https://discord.com", None),
        ("wss://notdiscord.gg", "https://discord.com", None),
        ("wss://discord.gg.elsewhere.example", "https://discord.com", None),
        ("wss://169.254.169.254", "https://discord.com", None),
        ("wss://a@gateway.discord.gg", "https://discord.com", None),
        ("wss://gateway.discord.gg:99999", "https://discord.com", None),
        ("ws://127.0.0.1:8080", "http://127.0.0.1:9", "ws://127.0.0.1:8080"),
        (None, "https://discord.com", None),
    ],
)
def test_only_a_gateway_of_discord_s_is_called(named: object, base: str, gateway: str | None) -> None:
    assert gateway_of(named, base) == gateway


def test_whatsapp_tells_what_holds_a_number_back() -> None:
    with Api(whatsapp(TOKEN, "LIMITED", PHONE_NUMBER="LIMITED", WABA="AVAILABLE")) as api:
        reading = ask(probe_at("whatsapp", api.url))

    seen = {finding.key: finding.seen for finding in reading.findings}
    assert seen["health PHONE_NUMBER"] == "LIMITED: a limit of the day is reached"
    assert seen["health WABA"] == "AVAILABLE"
    assert seen["health $.quality_rating"] == '"GREEN"'
    assert api.seen[0].query == {"fields": "health_status,quality_rating"}


@pytest.mark.parametrize(
    "entities", [None, 3, [3], [{}], [{"entity_type": 1, "can_send_message": "BLOCKED"}]]
)
def test_whatsapp_s_entities_may_be_anything(entities: Any) -> None:
    health = {"can_send_message": "BLOCKED", "entities": entities}
    with Api(always(Reply({"health_status": health}))) as api:
        assert ask(probe_at("whatsapp", api.url)).detail == "health: sending is blocked"


def test_each_round_has_a_challenge_of_its_own_and_it_is_a_number() -> None:
    with Api(webhook(TOKEN)) as api:
        for nonce in ("wembolin", "tarofent", "wembolin"):
            assert ask(probe_at("messenger", api.url), occasion=Occasion(nonce=nonce)).verdict is Verdict.UP

    first, second, third = (seen.query["hub.challenge"] for seen in api.seen)
    assert first.isdecimal()
    assert first == third != second


@pytest.mark.parametrize(("body", "up"), [("{}\n", True), ("{}0", False), ('"{}"', False), ("{} {}", False)])
def test_the_challenge_is_the_whole_answer(body: str, up: bool) -> None:
    def behave(seen: Seen) -> Reply:
        return Reply(body.replace("{}", seen.query["hub.challenge"]).encode())

    with Api(behave) as api:
        assert (ask(probe_at("messenger", api.url)).verdict is Verdict.UP) is up


def test_teams_needs_no_secret_to_see_that_the_endpoint_stands_guard() -> None:
    with Api(teams("app", "x")) as api:
        reading = ask(made("teams", url=f"{api.url}/api/messages"))

    assert (reading.verdict, api.paths) == (Verdict.UP, ["/api/messages"])
    assert "authorization" not in api.seen[0].headers
    assert json.loads(api.seen[0].body) == {"type": "event", "name": "statuspage.probe"}


def test_teams_asks_for_a_token_at_the_bot_s_tenant() -> None:
    with Api(teams("app", TOKEN)) as api:
        reading = ask(probe_at("teams", api.url, tenant="kestrel.example"))

    assert reading.verdict is Verdict.UP
    assert api.paths[1] == "/kestrel.example/oauth2/v2.0/token"
    assert b"scope=https%3A%2F%2Fapi.botframework.com%2F.default" in api.seen[1].body


@pytest.mark.parametrize("type_", ["messenger", "teams"])
def test_the_certificate_of_an_address_of_ours_is_judged(type_: str, authority: Authority) -> None:
    ends = datetime.now(UTC) + timedelta(days=3)  # noqa: TID251 (the handshake has the real time)
    options = {"ca": authority.path}
    with Api(GOOD[type_](), tls=authority.server(ends=ends)) as api:
        probe = probe_at(type_, api.url, **options)
        reading = ask(probe, occasion=Occasion(at=ends - timedelta(days=3)))

    assert reading.certificate_expires is not None
    assert isinstance(probe, Certified)
    assert probe.certificate(timedelta(days=3))[0] == "tls.expiring"
    assert [f.holds for f in reading.findings if f.key == "certificate days_left"] == [False]


def test_the_certificates_of_providers_are_theirs(authority: Authority) -> None:
    with Api(slack(TOKEN), tls=authority.server()) as api:
        probe = probe_at("slack", api.url, ca=authority.path)
        reading = ask(probe)

    assert (reading.verdict, reading.certificate_expires) == (Verdict.UP, None)
    assert not isinstance(probe, Certified)


def test_twilio_s_usage_needs_no_right_to_the_account() -> None:
    with Api(twilio(KEY, TOKEN)) as api:
        reading = ask(probe_at("twilio", api.url, mode="usage"))

    assert reading.verdict is Verdict.UP
    assert api.paths == [f"/2010-04-01/Accounts/{ACCOUNT}/Usage/Records/Today.json"]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (twilio_error(20403, 403), "channel.blocked"),
        (twilio_error(70051, 403), "auth.denied"),
        (twilio_error(20404, 404), "request.refused"),
        (Reply({"records": []}), "channel.unreadable"),
    ],
)
def test_twilio_s_usage_is_judged(reply: Reply, code: str) -> None:
    with Api(always(reply)) as api:
        assert ask(probe_at("twilio", api.url, mode="usage")).code == code


def test_twilio_takes_the_account_s_own_token() -> None:
    with Api(twilio(ACCOUNT, TOKEN)) as api:
        assert ask(probe_at("twilio", api.url, key_sid="")).verdict is Verdict.UP


# --- in the configuration ----------------------------------------------------------------------

BAD_OPTIONS = [
    ("type: telegram", "the key 'token' is missing"),
    ("type: telegram\n    token: ${T}\n    prefer: {pendig: {le: 5}}", "did you mean 'pending'"),
    ("type: telegram\n    token: ${T}\n    prefer: {last_error_age: 15m}", "{le: 10m}"),
    ("type: telegram\n    token: ${T}\n    poling: true", "did you mean 'polling'"),
    ("type: telegram\n    token: ${T}\n    base: https://a.example/?x=1", "without ? and #"),
    ("type: telegram\n    token: ${T}\n    base: ftp://a.example", "http"),
    ("type: whatsapp\n    token: ${T}\n    phone_number_id: 1029384756", "phone_number_id"),
    ("type: whatsapp\n    token: ${T}\n    phone_number_id: '+49 30 1'", "phone_number_id"),
    ("type: slak\n    token: ${T}", "did you mean 'slack'"),
    ("type: messenger\n    url: https://a.example/hook", "the key 'verify_token' is missing"),
    ("type: messenger\n    url: https://a.example/hook\n    verify_tokn: x", "did you mean 'verify_token'"),
    ("type: teams\n    url: https://a.example\n    app_id: a", "give `app_id` and `secret` together"),
    ("type: teams\n    url: https://a.example\n    tenant: a/b", "tenant"),
    ("type: discord\n    tokn: ${T}", "did you mean 'token'"),
    ("type: twilio\n    secret: ${T}\n    account_sid: AC1", "account_sid"),
    (f"type: twilio\n    secret: ${{T}}\n    account_sid: {ACCOUNT}\n    mode: acount", "mode"),
]


@pytest.mark.parametrize(("options", "says"), BAD_OPTIONS)
def test_wrong_options_are_refused_with_a_line(options: str, says: str) -> None:
    with pytest.raises(Problems) as refused:
        load(f"components:\n  - name: A\n    {options}\n", "components.yaml", {"T": TOKEN})

    told = "\n".join(map(str, refused.value.problems))
    assert says in told
    assert re.search(r"components\.yaml:[2-9]", told)
    assert TOKEN not in told


@pytest.mark.parametrize("type_", OF_KIND)
def test_the_example_in_the_docs_is_of_its_kind_and_every_option_is_told(type_: str) -> None:
    page = (Path(__file__).parents[1] / f"docs/probes/{type_}.md").read_text("utf-8")
    (first, *_rest) = re.findall(r"```yaml\n(  - name:.*?)```", page, re.DOTALL)
    secrets = dict.fromkeys(re.findall(r"\$\{(\w+)\}", first), "abcdef")
    (component, *_) = load(f"components:\n{first}", "shown.yaml", secrets).components

    assert isinstance(component.probe, OF_KIND[type_])
    schema = TypeAdapter(OF_KIND[type_]).json_schema()
    assert all(option["description"].endswith(".") for option in schema["properties"].values())
    assert [key for key in schema["properties"] if f"`{key}`" not in page] == []


def test_targets_show_the_host_alone() -> None:
    assert made("telegram", token=TOKEN).target == "https://api.telegram.org"
    assert made("slack", base="https://slack.example/x").target == "https://slack.example"
    assert probe_at("teams", "https://a.example").target == "https://a.example"
    assert probe_at("messenger", "https://a.example").target == "https://a.example"
