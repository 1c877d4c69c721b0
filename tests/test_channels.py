"""Chats, push and social networks by Apprise, at receivers that refuse what the vendors refuse."""

import io
import logging
import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from messages import NOW, URL, WITHIN, message, target
from receivers import NAMES, Ca, Vendors, as_the_internet

from statuspage.config import Target
from statuspage.notices import Delivery, Message, NoticeKind
from statuspage.notify.channels import deliver, deliver_all, problems

SLACK = "slack://T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS = (
    "https://prod-25.westeurope.logic.azure.com:443/workflows/0a1b2c/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s3cretSignature"
)
CHATS = {
    "hooks.slack.com": SLACK,
    "prod-25.westeurope.logic.azure.com": TEAMS,
    "discord.com": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "api.telegram.org": "tgram://123456789:abcdefg_hijklmnop/12315544",
    "ntfy.sh": "ntfys://juniper-status",
    "social.example.org": "toots://s3cretToken@social.example.org",
    "pds.example.org": "bluesky://status.bsky.social@s3cret-app-word",
}
each_chat = pytest.mark.parametrize("host", CHATS)
SHORT = {"pds.example.org"}  # where there is no room for lines


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Ca:
    return Ca(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def vendors(ca: Ca, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    with Vendors(ca.server()) as server:
        as_the_internet(monkeypatch, dict.fromkeys(NAMES, server.port), ca.path)
        yield server


def chat(host: str, **more: str) -> Target:
    return target("url: '${ADDRESS}'", ADDRESS=CHATS[host], **more)


def told(to: Target, what: Message | None = None, within: timedelta = WITHIN) -> Delivery:
    return deliver(to, what or message(), now=NOW, within=within)


@each_chat
def test_a_message_is_read_as_it_was_written(host: str, vendors: Vendors) -> None:
    assert told(chat(host)) == Delivery(sent=True, done=(0,))

    (text,) = vendors.reads(host)
    assert URL in text
    assert "Major outage: " in text
    if host not in SHORT:
        assert "Expected back: about 15:00 UTC. Next update: 14:45 UTC." in text
        assert re.search(r"& \\?[<‹]nothing\\?[>›]", text)


@each_chat
def test_who_refuses_is_not_asked_again(host: str, vendors: Vendors) -> None:
    vendors.mood[host] = "403"
    found = told(chat(host))

    assert (found.sent, found.retry, found.done) == (False, False, ())
    assert found.detail.endswith("answered 403")


@each_chat
def test_who_has_had_too_much_is_asked_later(host: str, vendors: Vendors) -> None:
    vendors.mood[host] = "busy"
    found = told(chat(host))

    assert (found.sent, found.retry) == (False, True)
    assert found.detail.endswith("answered 429")


@each_chat
@pytest.mark.parametrize("mood", ["broken", "drop"])
def test_who_is_broken_is_asked_later(host: str, mood: str, vendors: Vendors) -> None:
    vendors.mood[host] = mood
    found = told(chat(host))
    assert (found.sent, found.retry) == (False, True)


@each_chat
def test_who_hangs_is_left_at_the_deadline(host: str, vendors: Vendors) -> None:
    vendors.mood[host] = "hang"
    began = time.monotonic()
    found = told(chat(host), within=timedelta(seconds=0.4))

    assert time.monotonic() - began < 1.5
    assert (found.sent, found.retry) == (False, True)


@each_chat
def test_a_redirect_is_no_success(host: str, vendors: Vendors) -> None:
    vendors.mood[host] = "moved"
    assert not told(chat(host)).sent


LONG = "\n".join(
    ["Investigating: The chatbot gives no answers"]
    + [f"Sentence {n} tells of what <we> & others do, and ends here." for n in range(900)]
    + ["", URL, ""]
)


@each_chat
def test_what_is_too_long_is_cut_at_a_sentence_and_keeps_its_link(host: str, vendors: Vendors) -> None:
    long = message(text=LONG, short=LONG, subject="Major outage: " + "very long " * 40)
    assert told(chat(host), long).sent

    (text,) = vendors.reads(host)
    whole, _, rest = text.rpartition("…")
    assert URL in rest
    assert whole.rstrip().endswith((".", "answers", "ends here\\."))


@each_chat
def test_no_log_and_no_detail_holds_an_address(
    host: str, vendors: Vendors, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(logging.root, "handlers", [logging.StreamHandler(log)])
    monkeypatch.setattr(logging.root, "level", logging.DEBUG)
    vendors.mood[host] = "403"
    found = told(chat(host))

    written = "".join((log.getvalue(), *capfd.readouterr(), repr(found)))
    secret = CHATS[host].partition("://")[2].replace("@", "/").partition("/")[0]
    assert secret not in written
    assert "/incidents/" not in written


def test_names_that_call_everybody_call_nobody(vendors: Vendors) -> None:
    told(chat("discord.com"), message(text=f"@everyone and @here, mail ops@hereford.example\n{URL}"))
    (text,) = vendors.reads("discord.com")
    assert "@everyone" not in text
    assert "@here," not in text
    assert "ops@hereford.example" in text


CALLS = "@everyone <!channel> <@&4242> <@777> [our page](https://elsewhere.example)"


@each_chat
def test_no_title_and_no_text_calls_anybody_or_hides_where_a_link_leads(host: str, vendors: Vendors) -> None:
    told(chat(host), message(subject=f"Outage {CALLS}", text=f"{CALLS}\n{URL}", short=f"{CALLS} {URL}"))
    (text,) = vendors.reads(host)
    sent = vendors.got[-1].body.decode().encode().decode("unicode_escape")
    for mark in ("@everyone", "<!channel", "<@&4242", "<@777", "page](https"):
        assert mark not in text
        assert mark not in sent


def test_teams_reads_lines_and_a_link(vendors: Vendors) -> None:
    told(chat("prod-25.westeurope.logic.azure.com"))
    (text,) = vendors.reads("prod-25.westeurope.logic.azure.com")
    assert f"\n\n[{URL}]({URL})" in text
    assert r"api\_v2\_chat with \*errors\*" in text


def test_each_address_of_a_target_is_told_by_itself_and_once(vendors: Vendors) -> None:
    two = target("url: ['${A}', '${B}']", A=CHATS["discord.com"], B=CHATS["ntfy.sh"])
    vendors.mood["discord.com"] = "hang"
    first = told(two, within=timedelta(seconds=0.8))
    assert (first.sent, first.retry, first.done) == (False, True, (1,))

    vendors.mood.clear()
    second = deliver(two, message(), now=NOW, within=WITHIN, done=first.done)
    assert second == Delivery(sent=True, done=(0, 1))
    assert len(vendors.reads("ntfy.sh")) == 1


def test_a_target_that_hangs_holds_up_no_other(vendors: Vendors) -> None:
    vendors.mood["discord.com"] = "hang"
    wanted = [(chat(host), message(), ()) for host in ("discord.com", "ntfy.sh", "hooks.slack.com")]
    came = list(deliver_all(wanted, now=NOW, within=timedelta(seconds=0.8)))

    assert [n for n, _ in came][-1] == 0
    assert {n: one.sent for n, one in came} == {0: False, 1: True, 2: True}


def test_a_recovery_is_shown_as_one(vendors: Vendors) -> None:
    told(chat("hooks.slack.com"), message(NoticeKind.INCIDENT))
    told(chat("hooks.slack.com"), message(NoticeKind.RESOLVED))
    bad, good = (got.json["attachments"][0]["color"] for got in vendors.got)
    assert bad != good


def test_the_thread_that_hangs_does_not_keep_the_process(vendors: Vendors) -> None:
    vendors.mood["ntfy.sh"] = "hang"
    told(chat("ntfy.sh"), within=timedelta(seconds=0.3))
    assert all(thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread())


# --- at `check` --------------------------------------------------------------------------------


@pytest.mark.parametrize("host", CHATS)
def test_a_good_address_is_without_fault(host: str) -> None:
    assert problems([chat(host)]) == []


def test_an_address_that_cannot_be_read_is_told_by_line_and_masked() -> None:
    bad = target(
        "url: ['${A}', 'slak://x/y', 'tgram://s3cret', '${B}']", A="slack://s3cretToken", B="s3cret-x://y"
    )
    found = [(p.what, p.where.line if p.where else 0, p.mend) for p in problems([bad])]

    assert [what for what, _, _ in found] == [
        "${A}: slack:// cannot be read: something is missing in it, or too much",
        "slak://***: there is no such channel",
        "tgram://***: tgram:// cannot be read: something is missing in it, or too much",
        "${B}: there is no such channel",
    ]
    assert {line for _, line, _ in found} == {2}
    assert found[1][2] == "did you mean 'slack'?"
    assert "s3cret" not in repr(found)


def test_an_address_that_cannot_be_read_sends_nothing() -> None:
    found = told(target("url: '${A}'", A="slack://s3cretToken"))
    assert found == Delivery(sent=False, detail="the address is none that Apprise can read")


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    one = chat("ntfy.sh")

    (problem,) = problems([one])
    assert problem.mend == "pip install 'chatbot-statuspage[notify]'"
    assert told(one) == Delivery(
        sent=False, detail="a package is not installed: pip install 'chatbot-statuspage[notify]'"
    )
