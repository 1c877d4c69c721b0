"""Programs: signed webhooks, and the pagers' alarms from their begin to their end."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from messages import NOW, URL, WITHIN, message, notice, target
from receivers import NAMES, Ca, Vendors, as_the_internet

from statuspage.config import Target
from statuspage.model import State
from statuspage.notices import Delivery, Message, NoticeKind
from statuspage.notify import channels
from statuspage.notify.channels import acknowledged, deliver
from statuspage.notify.channels.webhook import signature

KEYS = {"HOOK": "https://hook.example.org/s3cret-path", "KEY": "s3cret-key", "TOKEN": "s3cret-token"}
THREAD = "incident/no-answers"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Ca:
    return Ca(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def vendors(ca: Ca, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    with Vendors(ca.server()) as server:
        as_the_internet(monkeypatch, dict.fromkeys(NAMES, server.port), ca.path)
        yield server


def blocks(ca: Ca) -> dict[str, Target]:
    door = f"allow_private: true, ca: '{ca.path}'"
    texts = {
        "hook.example.org": f"webhook: {{url: '${{HOOK}}', secret: '${{KEY}}', {door}}}",
        "events.pagerduty.com": f"pagerduty: {{key: '${{KEY}}', token: '${{TOKEN}}', {door}}}",
        "api.opsgenie.com": f"opsgenie: {{key: '${{KEY}}', {door}}}",
        "alerts.example.org": f"alertmanager: {{url: 'https://alerts.example.org/', labels: {{team: chat}}, {door}}}",
    }
    return {host: target(text, **KEYS) for host, text in texts.items()}


HOSTS = ("hook.example.org", "events.pagerduty.com", "api.opsgenie.com", "alerts.example.org")
PAGERS = HOSTS[1:]
each = pytest.mark.parametrize("host", HOSTS)
each_pager = pytest.mark.parametrize("host", PAGERS)


def told(
    to: Target, what: Message | None = None, now: datetime = NOW, within: timedelta = WITHIN
) -> Delivery:
    return deliver(to, what or message(), now=now, within=within)


# --- what they have in common ------------------------------------------------------------------


@each
def test_it_is_taken(host: str, vendors: Vendors, ca: Ca) -> None:
    assert told(blocks(ca)[host]) == Delivery(sent=True, done=(0,))
    assert [got.host for got in vendors.got] == [host]


@each
@pytest.mark.parametrize(
    ("mood", "retry", "detail"),
    [
        ("400", False, "it answered 400"),
        ("404", False, "it answered 404"),
        ("408", True, "it answered 408"),
        ("410", False, "it answered 410"),
        ("busy", True, "it answered 429"),
        ("broken", True, "it answered 503"),
        ("moved", False, "it answered 302"),
    ],
)
def test_its_refusal_says_whether_a_later_try_may_do_better(
    host: str, mood: str, retry: bool, detail: str, vendors: Vendors, ca: Ca
) -> None:
    vendors.mood[host] = mood
    assert told(blocks(ca)[host]) == Delivery(sent=False, retry=retry, detail=detail)
    assert len(vendors.got) == 1


@each
def test_who_hangs_is_left_at_the_deadline(host: str, vendors: Vendors, ca: Ca) -> None:
    vendors.mood[host] = "hang"
    began = time.monotonic()
    found = told(blocks(ca)[host], within=timedelta(seconds=0.4))
    assert time.monotonic() - began < 1.2
    assert (found.sent, found.retry) == (False, True)


@each
def test_a_line_that_breaks_is_tried_again(host: str, vendors: Vendors, ca: Ca) -> None:
    vendors.mood[host] = "drop"
    found = told(blocks(ca)[host])
    assert (found.sent, found.retry) == (False, True)
    assert not any(word in found.detail for word in ("s3cret", "example.org", "http"[:4] + "s://"))


def test_a_public_name_that_leads_inside_is_not_followed(vendors: Vendors, ca: Ca) -> None:
    outside = target(f"webhook: {{url: '${{HOOK}}', secret: '${{KEY}}', ca: '{ca.path}'}}", **KEYS)
    found = told(outside)
    assert (found.sent, found.retry) == (False, False)
    assert found.detail.startswith("net.private")
    assert vendors.got == []


def test_a_stranger_s_certificate_is_not_trusted(vendors: Vendors) -> None:
    found = told(target("webhook: {url: '${HOOK}', secret: '${KEY}', allow_private: true}", **KEYS))
    assert not found.sent
    assert found.detail.startswith("tls.untrusted")
    assert vendors.got == []


# --- webhooks ----------------------------------------------------------------------------------


def test_a_webhook_is_signed_as_the_standard_says(vendors: Vendors, ca: Ca) -> None:
    told(blocks(ca)["hook.example.org"])
    (got,) = vendors.got
    name, stamp = got.headers["webhook-id"], got.headers["webhook-timestamp"]
    signed = f"{name}.{stamp}.".encode() + got.body
    expected = base64.b64encode(hmac.new(b"s3cret-key", signed, hashlib.sha256).digest()).decode()

    assert got.headers["webhook-signature"] == f"v1,{expected}"
    assert stamp == str(int(NOW.timestamp()))
    assert got.headers["idempotency-key"] == name
    assert "s3cret" not in json.dumps(dict(got.headers)) + got.body.decode()


def test_the_signature_is_that_of_the_standard_s_own_libraries() -> None:
    """Known answer: the example of github.com/standard-webhooks/standard-webhooks."""
    found = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_without_that_beginning_is_the_key_itself() -> None:
    assert (
        signature("a-key", "a", 1, b"")
        == "v1," + base64.b64encode(hmac.digest(b"a-key", b"a.1.", "sha256")).decode()
    )


def test_a_retry_has_the_same_id_and_the_same_body_another_message_has_not(vendors: Vendors, ca: Ca) -> None:
    to = blocks(ca)["hook.example.org"]
    for number, minutes in ((1, 0), (1, 5), (2, 5)):
        told(to, message(number=number), NOW + timedelta(minutes=minutes))
    first, again, other = vendors.got
    assert first.headers["webhook-id"] == again.headers["webhook-id"] != other.headers["webhook-id"]
    assert first.body == again.body
    assert first.headers["webhook-signature"] != again.headers["webhook-signature"]


def test_the_body_is_the_update_s_own_json_where_there_is_one(vendors: Vendors, ca: Ca) -> None:
    to, wire = blocks(ca)["hook.example.org"], '{"page": {"id": "x"}, "incident": {"name": "État"}}'
    told(to, message(wire=wire))
    told(to, message(NoticeKind.TEST))
    assert vendors.got[0].body.decode() == wire
    assert vendors.got[1].json["notice"]["kind"] == "test"
    assert vendors.got[1].json["notice"]["url"] == URL


# --- pagers ------------------------------------------------------------------------------------


def state(vendors: Vendors) -> list[Any]:
    return [one.get("status", one.get("endsAt")) for one in vendors.alerts.values()]


@each_pager
def test_an_alarm_begins_and_ends_under_one_key(host: str, vendors: Vendors, ca: Ca) -> None:
    to = blocks(ca)[host]
    over = message(NoticeKind.RESOLVED, 3)
    over = replace(over, notice=replace(over.notice, at=NOW))
    for what in (message(), message(), over):
        assert told(to, what).sent

    ended = {PAGERS[0]: "resolved", PAGERS[1]: "closed", PAGERS[2]: NOW.isoformat()}
    assert state(vendors) == [ended[host]]


@each_pager
@pytest.mark.parametrize("kind", [NoticeKind.UPDATE, NoticeKind.MAINTENANCE_STARTED])
def test_an_update_wakes_nobody(host: str, kind: NoticeKind, vendors: Vendors, ca: Ca) -> None:
    found = told(blocks(ca)[host], message(kind))
    assert (found.sent, found.retry) == (False, False)
    assert vendors.got == []


@each_pager
def test_what_is_too_long_is_cut(host: str, vendors: Vendors, ca: Ca) -> None:
    long = message(subject="Major outage: " + "very " * 1000, text="It is down. " * 5000 + URL)
    long = replace(long, notice=notice(thread="incident/" + "x" * 2000))
    assert told(blocks(ca)[host], long).sent
    assert len(vendors.alerts) == 1


@pytest.mark.parametrize(
    ("impact", "kind", "severity", "priority"),
    [
        (State.MAJOR, NoticeKind.OUTAGE, "critical", "P1"),
        (State.PARTIAL, NoticeKind.INCIDENT, "error", "P2"),
        (State.DEGRADED, NoticeKind.OUTAGE, "warning", "P3"),
        (State.OPERATIONAL, NoticeKind.REMINDER, "info", "P5"),
        (State.MAJOR, NoticeKind.TEST, "info", "P5"),
    ],
)
def test_an_alarm_is_as_loud_as_its_impact(
    impact: State, kind: NoticeKind, severity: str, priority: str, vendors: Vendors, ca: Ca
) -> None:
    for host in PAGERS[:2]:
        assert told(blocks(ca)[host], message(notice=notice(kind, impact=impact))).sent
    pagerduty, opsgenie = vendors.got
    assert pagerduty.json["payload"]["severity"] == severity
    assert opsgenie.json["priority"] == priority


def test_a_drill_wakes_nobody_loudly(vendors: Vendors, ca: Ca) -> None:
    for kind in (NoticeKind.OUTAGE, NoticeKind.RECOVERY):
        marked = replace(notice(kind, impact=State.MAJOR), drill=True)
        assert told(blocks(ca)["events.pagerduty.com"], message(notice=marked)).sent
    began, ended = vendors.got
    assert (began.json["event_action"], began.json["payload"]["severity"]) == ("trigger", "info")
    assert ended.json["event_action"] == "resolve"


def test_alertmanager_s_labels_stay_the_same(vendors: Vendors, ca: Ca) -> None:
    to = blocks(ca)["alerts.example.org"]
    for kind in (NoticeKind.OUTAGE, NoticeKind.RECOVERY):
        told(
            to,
            message(
                notice=notice(kind, impact=State.MAJOR if kind is NoticeKind.OUTAGE else State.OPERATIONAL)
            ),
        )
    begun, ended = (got.json[0] for got in vendors.got)
    assert begun["labels"] == ended["labels"]
    assert begun["labels"] == {
        "team": "chat",
        "alertname": "statuspage",
        "thread": THREAD,
        "subject": "no-answers",
    }
    assert datetime.fromisoformat(begun["endsAt"]) > NOW + timedelta(days=6)
    assert "startsAt" not in ended


# --- acknowledgements --------------------------------------------------------------------------

TAKEN = datetime(2026, 11, 22, 14, 20, tzinfo=UTC)
TAKEN_BY: dict[str, dict[str, Any]] = {
    "events.pagerduty.com": {"status": "acknowledged", "acknowledgements": [{"at": "2026-11-22T14:20:00Z"}]},
    "api.opsgenie.com": {
        "acknowledged": True,
        "createdAt": "2026-11-22T14:10:00Z",
        "report": {"ackTime": 600_000},
    },
    "alerts.example.org": {"status": {"silencedBy": ["s1"]}},
}


@each_pager
def test_an_alarm_that_nobody_took_is_not_acknowledged(host: str, vendors: Vendors, ca: Ca) -> None:
    to = blocks(ca)[host]
    assert acknowledged(to, THREAD, within=WITHIN) is None
    told(to)
    assert acknowledged(to, THREAD, within=WITHIN) is None


@each_pager
def test_it_is_asked_when_somebody_took_an_alarm(host: str, vendors: Vendors, ca: Ca) -> None:
    to = blocks(ca)[host]
    told(to)
    for alert in vendors.alerts.values():
        alert.update(TAKEN_BY[host])
    assert acknowledged(to, THREAD, within=WITHIN) == TAKEN


@pytest.mark.parametrize(
    ("host", "closed"),
    [
        ("events.pagerduty.com", {"status": "resolved", "last_status_change_at": "2026-11-22T14:20:00Z"}),
        ("api.opsgenie.com", {"status": "closed", "updatedAt": "2026-11-22T14:20:00Z"}),
    ],
)
def test_an_alarm_that_was_ended_by_hand_was_taken(
    host: str, closed: dict[str, str], vendors: Vendors, ca: Ca
) -> None:
    to = blocks(ca)[host]
    told(to)
    for alert in vendors.alerts.values():
        alert.update(closed)
    assert acknowledged(to, THREAD, within=WITHIN) == TAKEN


@each_pager
@pytest.mark.parametrize("mood", ["hang", "drop", "broken", "403"])
def test_what_cannot_be_asked_is_not_acknowledged(host: str, mood: str, vendors: Vendors, ca: Ca) -> None:
    to = blocks(ca)[host]
    vendors.mood |= dict.fromkeys(("api.pagerduty.com", *PAGERS), mood)
    assert acknowledged(to, THREAD, within=timedelta(seconds=0.4)) is None


@pytest.mark.parametrize(
    "answer", ['"text"', "[[]]", "[1]", '{"incidents": [5], "data": 7}', "nonsense", "\xff"]
)
@each_pager
def test_an_answer_of_another_shape_is_no_acknowledgement(
    host: str, answer: str, vendors: Vendors, ca: Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(got: Any) -> Any:
        from receivers import Answered

        return Answered(200, answer)

    monkeypatch.setattr(vendors, "answer", odd)
    assert acknowledged(blocks(ca)[host], THREAD, within=WITHIN) is None


def test_other_channels_know_no_acknowledgement(ca: Ca) -> None:
    hook = blocks(ca)["hook.example.org"]
    assert acknowledged(hook, THREAD, within=WITHIN) is None
    no_token = target("pagerduty: {key: '${KEY}'}", **KEYS)
    assert acknowledged(no_token, THREAD, within=WITHIN) is None


# --- whatever happens --------------------------------------------------------------------------


def test_a_fault_of_our_own_leaves_as_a_delivery(
    vendors: Vendors, ca: Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = blocks(ca)["hook.example.org"]
    found = told(to, message(wire="\ud800"))  # half a character: it cannot be written
    assert found == Delivery(sent=False, retry=True, detail="the channel failed by a fault of its own")


def test_a_hundred_at_once_are_all_told(vendors: Vendors, ca: Ca) -> None:
    to = blocks(ca)["hook.example.org"]
    wanted = [(replace(to, name=f"T{n}"), message(number=n), ()) for n in range(100)]
    came = dict(channels.deliver_all(wanted, now=NOW, within=timedelta(seconds=30)))
    assert [came[n].sent for n in range(100)] == [True] * 100
    assert len({got.headers["webhook-id"] for got in vendors.got}) == 100
