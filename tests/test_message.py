"""What a message says: the state first, the answers its readers ask for, in each language; nothing that it must not."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import snapshots as world
from browsing import chromium
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshots import NOW, component, failing, snapshot
from test_news import maintenance, seen, update

from statuspage.check import check
from statuspage.errors import StatuspageError
from statuspage.incidents.text import render
from statuspage.model import (
    Action,
    Impact,
    Incident,
    MaintenanceStatus,
    Page,
    Snapshot,
    State,
    Translation,
)
from statuspage.news import notices
from statuspage.notices import Audience, Message, Notice, NoticeKind
from statuspage.outputs.messages import message
from statuspage.redaction import Redactor
from statuspage.spoken import WRITTEN

ENGINE = ("chat-engine",)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
KESTREL = Page(
    name="Kestrel",
    url="https://status.kestrel.example",
    since=2026,
    timezone="Europe/Paris",
    languages=("en", "fr"),
    mirror="https://kestrel.example.net",
)
TEST = Notice(
    kind=NoticeKind.TEST, key="test/mail/1", thread="test", at=NOW, audience=Audience.OPERATORS, subject=""
)


def down(*incidents: Incident) -> Snapshot:
    """The chat engine is down since 14:05, and the web chat because of it."""
    failed = [failing("2026-11-22 14:05", None, State.MAJOR, "tcp.refused", "connection refused")]
    return snapshot(
        [
            component("chat-engine", "Chat engine", failures=failed),
            component(
                "web-chat",
                "Web chat",
                depends_on=("chat-engine",),
                affected_by=("chat-engine",),
                failures=failed,
            ),
        ],
        page=KESTREL,
        incidents=incidents,
    )


def back() -> Snapshot:
    failed = [failing("2026-11-22 14:05", 20 * MINUTE, State.MAJOR, "tcp.refused", "connection refused")]
    return snapshot([component("chat-engine", "Chat engine", failures=failed)], page=KESTREL)


def one(shot: Snapshot, kind: NoticeKind) -> Notice:
    """The newest of its kind that is to be told."""
    return [n for n in notices(shot) if n.kind is kind and not n.quiet][-1]


def said(shot: Snapshot, kind: NoticeKind, language: str = "en", **more: object) -> Message:
    return message(shot, one(shot, kind), language, **more)  # type: ignore[arg-type]


FRENCH = replace(
    world.SLOW_EUROPE,
    components={"chat-engine": State.MAJOR},
    worst={"chat-engine": State.MAJOR},
    translations={
        "title": {"fr": Translation("Réponses lentes ou absentes en Europe")},
        "cause": {"fr": Translation("Notre fournisseur a perdu de la capacité à Paris")},
        "doing": {"fr": Translation("Nous déplaçons le trafic vers Francfort et Dublin")},
        "workaround": {"fr": Translation("Écrivez-nous sur WhatsApp.")},
    },
    updates=(
        replace(
            world.SLOW_EUROPE.updates[0],
            translations={
                "fr": Translation("Le fournisseur confirme.", "<p>Le fournisseur <b>confirme</b>.</p>")
            },
        ),
        world.SLOW_EUROPE.updates[1],
    ),
)

# --- as their readers see them -------------------------------------------------------------------


def test_an_outage_in_english() -> None:
    told = said(down(), NoticeKind.OUTAGE)

    assert told.subject == "Major outage: Chat engine · Kestrel"
    assert (
        told.text
        == """Major outage: Chat engine

Started 22 November, 15:05 CET
Our checks found this by themselves. What is being done, and when it should be back, is not known yet.

Cause: Nothing answers at its address: connection refused

Affected
- Chat engine: Major outage
- Web chat: Major outage

https://status.kestrel.example/components/chat-engine/
If this host cannot be reached, the same page is at https://kestrel.example.net/components/chat-engine/

-- 
Kestrel
https://status.kestrel.example/
"""  # noqa: W291
    )
    assert told.short == (
        "Kestrel · Major outage: Chat engine. Nothing answers at its address: connection refused. "
        "https://status.kestrel.example/components/chat-engine/"
    )
    assert told.url == "https://status.kestrel.example/components/chat-engine/"


def test_an_update_in_french() -> None:
    told = said(down(FRENCH), NoticeKind.UPDATE, "fr")

    assert plain(told, "subject") == "Cause identifiée : Réponses lentes ou absentes en Europe · Kestrel"
    assert (
        plain(told)
        == """Cause identifiée : Réponses lentes ou absentes en Europe

Début : le 22 novembre à 15:05 UTC+1

Cause identifiée · le 22 novembre à 15:31 UTC+1
Le fournisseur confirme.

Cause : Notre fournisseur a perdu de la capacité à Paris
Ce que nous faisons : Nous déplaçons le trafic vers Francfort et Dublin
Retour prévu : le 22 novembre à 16:15 UTC+1 · prochain point avant le 22 novembre à 16:00 UTC+1

Ce que vous pouvez faire : Écrivez-nous sur WhatsApp.

Concernés
- Chat engine : Panne majeure

https://status.kestrel.example/fr/incidents/2026-11-22-slow-europe/
Si cet hôte est injoignable, la même page se trouve sur https://kestrel.example.net/fr/incidents/2026-11-22-slow-europe/

-- 
Kestrel
https://status.kestrel.example/fr/
"""  # noqa: W291
    )
    assert "<p>Le fournisseur <b>confirme</b>.</p>" in told.html
    assert told.short.startswith("Kestrel · Cause identifiée")


def test_a_recovery_says_how_long_it_lasted() -> None:
    told = said(back(), NoticeKind.RECOVERY)

    assert told.subject == "Working again: Chat engine · Kestrel"
    assert "The trouble lasted from 22 November, 15:05 CET to 22 November, 15:25 CET (20 min)." in plain(told)
    assert "- Chat engine: Operational" in told.text
    late = said(back(), NoticeKind.OUTAGE)
    assert "The trouble lasted" in late.text
    assert "not known yet" not in late.text, "it is over by the time that it is told"


def test_a_false_alarm_is_taken_back() -> None:
    known = replace(one(back(), NoticeKind.RECOVERY), ended=None)
    told = message(back(), known, "en")

    assert told.subject == "False alarm: Chat engine · Kestrel"
    assert "there was no outage" in told.text
    assert "Cause" not in told.text


def test_what_got_worse_or_comes_and_goes_says_so() -> None:
    worse = message(
        down(), replace(one(down(), NoticeKind.OUTAGE), key="outage/x/major_outage", at=NOW), "en"
    )
    assert "It has become worse since 22 November, 15:42 CET." in worse.text
    unstable = message(down(), replace(one(down(), NoticeKind.OUTAGE), unstable=True), "en")
    assert unstable.subject == "Unstable: Chat engine · Kestrel"
    assert "It comes and goes" in unstable.text


def test_an_incident_begins_with_its_state_and_ends_with_resolved() -> None:
    opened = replace(FRENCH, updates=FRENCH.updates[1:])
    assert said(down(opened), NoticeKind.INCIDENT).subject == (
        "Major outage: Slow and missing answers in Europe · Kestrel"
    )
    over = replace(world.NO_ANSWERS, started=NOW - HOUR, created=NOW - HOUR, resolved=NOW - MINUTE)
    over = replace(over, updates=tuple(replace(u, at=NOW, first_seen=NOW) for u in over.updates))
    told = said(down(over), NoticeKind.RESOLVED)
    assert told.subject == "Resolved: No answers at all · Kestrel"
    assert "The certificate is renewed." in told.text
    assert "Our certificate has expired." in told.text, "it came together with the end"
    assert "lasted 59 min" in plain(told)
    assert "No answers at all. lasted 59 min." in plain(told, "short")
    quiet = replace(opened, worst={}, components={}, impact=Impact.NONE)
    assert said(down(quiet), NoticeKind.INCIDENT).subject.startswith("Investigating: ")


def works(status: MaintenanceStatus, *words: str, **more: object) -> Snapshot:
    start = NOW + DAY if status is MaintenanceStatus.SCHEDULED else NOW - HOUR
    updates = [update(n, word, NOW - 2 * HOUR + n * MINUTE) for n, word in enumerate(words, 1)]
    work = maintenance(*updates, start=start, end=start + 30 * MINUTE, status=status, **more)
    return replace(down(), maintenances=(work,))


@pytest.mark.parametrize(
    ("shot", "kind", "subject"),
    [
        (
            works(MaintenanceStatus.SCHEDULED, "scheduled"),
            NoticeKind.MAINTENANCE_ANNOUNCED,
            "Planned maintenance",
        ),
        (
            works(MaintenanceStatus.SCHEDULED, "scheduled", moved=(NOW - MINUTE,)),
            NoticeKind.MAINTENANCE_ANNOUNCED,
            "New time for maintenance",
        ),
        (
            works(MaintenanceStatus.COMPLETED, "scheduled"),
            NoticeKind.MAINTENANCE_STARTED,
            "Maintenance has begun",
        ),
        (
            works(MaintenanceStatus.COMPLETED, "scheduled"),
            NoticeKind.MAINTENANCE_ENDED,
            "Maintenance is over",
        ),
        (works(MaintenanceStatus.CANCELLED, "scheduled", "cancelled"), NoticeKind.UPDATE, "Cancelled"),
        (
            works(MaintenanceStatus.SCHEDULED, "scheduled", "scheduled"),
            NoticeKind.UPDATE,
            "Planned maintenance",
        ),
    ],
)
def test_maintenance_says_what_becomes_of_it(shot: Snapshot, kind: NoticeKind, subject: str) -> None:
    told = said(shot, kind)

    assert told.subject == f"{subject}: Move · Kestrel"
    day = "23" if shot.maintenances[0].status is MaintenanceStatus.SCHEDULED else "22"
    assert re.search(f"day, {day} November 2026, 1[45]:42 to 1[56]:12 CET", told.text)


def test_a_test_message_says_that_nothing_has_happened() -> None:
    told = message(down(), TEST, "en")

    assert told.subject == "Test message · Kestrel"
    assert "This is a test message of Kestrel. Nothing has happened" in told.text
    assert "outage" not in told.text + told.html + told.short


def test_a_drill_and_a_demonstration_are_marked_in_the_subject_and_the_text() -> None:
    drill = replace(one(down(), NoticeKind.OUTAGE), drill=True)
    told = message(down(), drill, "en")
    assert told.subject == "[Drill] Major outage: Chat engine · Kestrel"
    assert told.text.startswith("This is a drill: nothing has really happened.")
    assert told.short.startswith("[Drill] ")
    demo = replace(down(), page=replace(KESTREL, demo=True))
    assert said(demo, NoticeKind.OUTAGE).subject.startswith("[Demonstration] Major outage")
    assert "Demonstration data" in said(demo, NoticeKind.OUTAGE).html


def test_it_says_when_the_page_is_late() -> None:
    sentence = "The page could not be published yet: this message is newer than what it shows."

    assert sentence in said(down(), NoticeKind.OUTAGE, page_late=True).text
    assert sentence in said(down(), NoticeKind.OUTAGE, page_late=True).html
    assert sentence not in said(down(), NoticeKind.OUTAGE).text


# --- reminders -------------------------------------------------------------------------------------


def reminding() -> Iterator[tuple[str, Snapshot, str, str]]:
    late = replace(FRENCH, next_update=NOW - HOUR)
    calm = snapshot([component("chat-engine", "Chat engine")], page=KESTREL)
    action = Action(text="Rehearse", done=False, owner="ops", due=date(2026, 11, 1))
    yield (
        "update",
        down(late),
        "The next update was due 22 November, 14:42 CET.",
        "incident update 2026-11-22-slow",
    )
    yield (
        "end",
        replace(calm, incidents=(FRENCH,)),
        "All that it names has worked since 22 November, 15:05",
        "incident resolve",
    )
    yield (
        "incident",
        down(),
        "failing since 22 November, 15:05 CET, and no",
        "incident open --component chat-engine",
    )
    done = replace(world.SLOWER, actions=(action, replace(action, owner="", text="Tell")))
    yield (
        "action",
        replace(calm, incidents=(done,)),
        "is to be done: Rehearse (ops) and Tell",
        "Do it and mark it",
    )
    ending = replace(calm.components[0], measures={"days_left": 3.0}, code="tls.expiring")
    yield "expiry", replace(calm, components=(ending,)), "runs out: 3 days are left.", "Renew it"
    unknown = replace(ending, measures={})
    yield (
        "expiry",
        replace(calm, components=(unknown,)),
        "The certificate expires soon: renew it.",
        "Renew it",
    )
    weekly = works(MaintenanceStatus.SCHEDULED, "scheduled", id="move.2026-11-23")
    yield (
        "tomorrow",
        weekly,
        "Tomorrow: Monday, 23 November 2026, 15:42 to 16:12 CET",
        "maintenance cancel move --date 2026-11-23",
    )
    yield "burning", seen({"model": "uuuudddd"}), "spent more than 14.4 times as fast", "hold risky changes"


@pytest.mark.parametrize(("code", "shot", "what", "mend"), [*reminding()])
def test_a_reminder_says_what_and_what_to_do(code: str, shot: Snapshot, what: str, mend: str) -> None:
    (notice,) = [n for n in notices(shot) if n.code == code and n.kind is NoticeKind.REMINDER]
    told = message(shot, notice, "en")

    assert told.subject.startswith("Reminder: ")
    assert what in plain(told)
    assert mend in told.text
    gone = message(snapshot([], page=KESTREL), notice, "en")
    assert told.notice is notice
    assert notice.what in gone.text, "what it is about is not there any more"


# --- languages ---------------------------------------------------------------------------------------


def wordless() -> Snapshot:
    """Names and words without a letter, so that each letter in a message is ours."""
    shot = down(replace(FRENCH, title="77", cause="78", doing="79", workaround="80", translations={}))
    page = replace(KESTREL, name="71", url="https://1.1", mirror="https://2.2", languages=WRITTEN)
    updates = tuple(
        replace(u, text="81", html="<p>81</p>", translations={}) for u in shot.incidents[0].updates
    )
    parts = tuple(
        replace(c, id=f"9{n}", name=f"9{n}", outages=tuple(replace(o, component=f"9{n}") for o in c.outages))
        for n, c in enumerate(shot.components)
    )
    told = replace(shot.incidents[0], id="7", updates=updates, worst={"90": State.MAJOR}, next_update=NOW)
    return replace(shot, page=page, components=parts, incidents=(told,))


def every() -> Iterator[tuple[Snapshot, Notice]]:
    shots = [wordless(), replace(wordless(), incidents=()), back()]
    shots += [shot for _code, shot, *_ in reminding()]
    shots += [
        works(MaintenanceStatus.COMPLETED, "scheduled"),
        works(MaintenanceStatus.SCHEDULED, "scheduled"),
    ]
    for shot in shots:
        for notice in notices(shot):
            yield shot, notice
    notice = one(down(), NoticeKind.OUTAGE)
    yield down(), TEST
    yield down(), replace(notice, drill=True, unstable=True, key="worse")
    yield down(), replace(notice, kind=NoticeKind.RECOVERY)


NAMES = re.compile(
    r"Chat engine|Web chat|Kestrel|Model|Move|Rehearse|Tell|ops|\bmodel\b|https?://\S+|statuspage [a-z -]+\S*|"
    r"Slow and missing answers in Europe|Answers slower than usual|UTC|CET|\bx\b|"
    r"Our (model )?provider.*|Moving.*|Write to us.*|The provider.*|Answers are slow.*|A worker.*|Root.*|First.*"
)


@pytest.mark.parametrize("code", [code for code in WRITTEN if code != "en"])
def test_each_language_leaves_nothing_in_english(code: str) -> None:
    same = {"Maintenance", "Cause", "Instable", "Total", "System", "Incident"}  # words of both languages
    for shot, notice in every():
        theirs = message(shot, notice, code, page_late=True)
        ours = message(shot, notice, "en", page_late=True)
        english = {line for line in map(bare, ours.text.splitlines()) if line}
        left = {line for line in map(bare, theirs.text.splitlines()) if line} & english - same
        assert not left, (notice.key, left)
        assert theirs.language == code


def bare(line: str) -> str:
    """Only our own words of a line."""
    return " ".join(re.sub(r"[^\w\s]|[\d_]", " ", NAMES.sub(" ", line)).split())


def test_a_language_that_the_page_does_not_have_leads_to_its_first_one() -> None:
    told = said(down(), NoticeKind.OUTAGE, "de")

    assert told.language == "de"
    assert told.url == "https://status.kestrel.example/components/chat-engine/"
    assert said(down(), NoticeKind.OUTAGE, "xx").language == "en"


def test_words_of_another_language_say_which_one_it_is() -> None:
    told = said(
        down(replace(FRENCH, translations={}, updates=world.SLOW_EUROPE.updates)), NoticeKind.UPDATE, "fr"
    )

    assert '<html lang="fr"' in told.html
    assert (
        '<h1 style="margin:0 0 12px;font-size:22px;line-height:1.25;font-weight:650" lang="en">' in told.html
    )


def test_a_component_that_is_called_as_an_incident_is_is_told_by_itself() -> None:
    """Both ids are free: incidents/chat-engine.md may well be about the component chat-engine."""
    namesake = replace(FRENCH, id="chat-engine", components={}, worst={})
    out = message(down(namesake), one(down(), NoticeKind.OUTAGE), "en")
    again = message(replace(back(), incidents=(namesake,)), one(back(), NoticeKind.RECOVERY), "en")
    assert out.subject == "Major outage: Chat engine · Kestrel"
    assert again.subject == "Working again: Chat engine · Kestrel"


def test_a_reminder_is_about_what_it_says_whatever_else_has_that_id() -> None:
    namesake = replace(FRENCH, id="chat-engine")
    about = Notice(
        kind=NoticeKind.REMINDER,
        key="reminder/channel/chat-engine/2026-11-22",
        thread="reminder/channel/chat-engine",
        at=NOW,
        audience=Audience.OPERATORS,
        subject="chat-engine",
        what="the target 'chat-engine' did not take a message",
        code="channel",
    )
    told = message(down(namesake), about, "en")
    assert told.subject == "Reminder: chat-engine · Kestrel"
    assert "did not take a message" in told.text


# --- what must not be in it ----------------------------------------------------------------------------


def test_the_public_reads_what_the_page_says_and_operators_what_is_for_them() -> None:
    shot = down()
    public = said(shot, NoticeKind.OUTAGE)
    operators = said(shot, NoticeKind.OUTAGE, audience=Audience.OPERATORS)

    assert "no process listens" not in public.text + public.html
    assert "The connection was refused: no process listens on the port: connection refused" in operators.text


def test_the_public_never_reads_the_name_of_a_part_that_is_not_on_the_page() -> None:
    vault = component("vault", "Vault", failures=[failing("2026-11-22 14:05", None, State.MAJOR, "http.503")])
    shot = replace(down(), hidden=(vault,))
    notice = replace(one(down(), NoticeKind.OUTAGE), components=("chat-engine", "vault"))
    for told in (
        message(shot, notice, "en"),
        *(message(shot, n, "en") for n in notices(shot) if not n.quiet),
    ):
        if told.notice.audience is Audience.PUBLIC:
            assert "ault" not in told.text + told.html + told.short + told.subject.replace("efault", "")
    (own,) = [n for n in notices(shot) if n.subject == "vault" and n.kind is NoticeKind.OUTAGE]
    told = message(shot, own, "en")
    assert told.subject == "Major outage: Vault · Kestrel"
    assert told.url == "https://status.kestrel.example/", "it has no page"


def test_no_secret_leaves_in_any_form() -> None:
    secret = "s3cr&t-\"'<value>"
    shot = down(replace(FRENCH, cause=f"key {secret}", title=secret, translations={}))
    told = said(shot, NoticeKind.UPDATE, redactor=Redactor([secret]))
    for field in fields(told):
        if isinstance(value := getattr(told, field.name), str):
            assert "s3cr" not in value, field.name
    assert "***" in told.text
    long = "x" * (200 - 5)  # where the title is cut
    told = said(down(replace(FRENCH, title=long + secret)), NoticeKind.UPDATE, redactor=Redactor([secret]))
    assert "s3c" not in told.subject + told.text + told.html + told.short


def test_hostile_words_stay_words() -> None:
    shot = world.hostile()
    told = message(shot, one(shot, NoticeKind.UPDATE), "en")

    assert "<script" not in told.html
    assert "&lt;script&gt;" in told.html
    assert "49" not in told.subject + told.text, "no template is made of them"
    assert "\n" not in told.subject + told.short


def test_controls_and_marks_that_turn_the_direction_are_taken_out() -> None:
    wild = "a\r\nBcc: x@y.example\x00\x1b[31m\u202egnp.exe\u2066\x85\ud800b"
    shot = down(replace(FRENCH, title=wild, cause=wild, translations={}))
    told = said(shot, NoticeKind.UPDATE)

    whole = told.subject + told.text + told.html + told.short
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", whole)
    assert "\n" not in told.subject
    whole.encode()


def test_a_right_to_left_name_stands_by_itself() -> None:
    shot = down()
    named = replace(shot, components=(replace(shot.components[0], name="שיחה עם נציג"), shot.components[1]))
    told = said(named, NoticeKind.OUTAGE)

    assert told.subject == "Major outage: שיחה עם נציג · Kestrel"
    assert "<bdi>שיחה עם נציג</bdi>" in told.html


def test_very_long_words_are_cut_and_the_link_is_kept() -> None:
    long = "All of it is slow. " * 5000
    known = replace(FRENCH, title=long, cause=long, doing=long, workaround=long, translations={})
    known = replace(known, updates=(replace(FRENCH.updates[0], text=long, html=f"<p>{long}</p>"),))
    told = said(down(known), NoticeKind.INCIDENT)

    assert len(told.subject) <= 250
    assert len(told.text) < 10_000
    assert len(told.html.encode()) < 100_000, "Gmail cuts what is longer"
    assert len(told.short.removesuffix(told.url)) <= 301
    assert told.short.endswith(f" {told.url}")
    assert told.url in told.text


def test_a_storm_names_twenty_parts_at_most() -> None:
    shot = world.many(50)
    storm = Notice(
        kind=NoticeKind.OUTAGE,
        key="outage/component-0/x",
        thread="outage/component-0/x",
        at=NOW,
        audience=Audience.PUBLIC,
        subject="component-0",
        components=tuple(c.id for c in shot.components),
        impact=State.MAJOR,
    )
    told = message(shot, storm, "en")

    assert told.text.count("\n- ") == 21
    assert "Cause" not in told.text, "no code was given"


def test_links_in_an_update_lead_to_the_page_and_nothing_is_fetched() -> None:
    known = replace(
        FRENCH,
        updates=(replace(FRENCH.updates[0], html='<p><a href="../x/">there</a></p>', translations={}),),
    )
    told = said(down(known), NoticeKind.INCIDENT)

    assert 'href="https://status.kestrel.example/incidents/x/"' in told.html
    assert not re.search(r"<img|<script|<link|<iframe|src=|url\(|@import", told.html)


# --- templates of the operator's own -----------------------------------------------------------------


def test_a_template_of_the_operator_s_own_wins(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages/short.txt").write_text(
        "{{ message.word }} <{{ message.title }}> & {{ message.url }}\n"
    )
    told = said(down(), NoticeKind.OUTAGE, templates=tmp_path)

    assert told.short == "Major outage <Chat engine> & https://status.kestrel.example/components/chat-engine/"
    assert told.html == said(down(), NoticeKind.OUTAGE).html


@pytest.mark.parametrize(
    "wrong", ["{{ message.nothing }}", "{% if %}", "{{ 1 / 0 }}", "{{ message.title.x() }}"]
)
def test_a_template_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages/message.txt").write_text(f"fine\n{wrong}\n")
    with pytest.raises(StatuspageError) as error:
        said(down(), NoticeKind.OUTAGE, templates=tmp_path)

    assert str(error.value.problems[0].where).endswith("messages/message.txt:2")


def test_check_makes_a_message_with_own_templates(tmp_path: Path) -> None:
    (tmp_path / "site_templates/messages").mkdir(parents=True)
    (tmp_path / "components.yaml").write_text(
        'page: {name: Kestrel, url: "https://k.example", since: 2026}\ncontrol: []\n'
        "components: [{name: Chat, type: manual}]\n"
    )
    own = tmp_path / "site_templates/messages/message.txt"
    own.write_text("{{ message.title.x }}\n")
    (problem,) = [p for p in check(tmp_path, {}, NOW) if not p.warning]
    assert str(problem.where).endswith("site_templates/messages/message.txt:1")
    own.write_text("{{ message.title }}\n")
    assert [p for p in check(tmp_path, {}, NOW) if not p.warning] == []


# --- for all of them -----------------------------------------------------------------------------------


def test_the_same_gives_the_same_bytes() -> None:
    for shot, notice in every():
        assert message(shot, notice, "fr") == message(shot, notice, "fr")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(WRITTEN))
def test_whatever_people_write_becomes_a_message(title: str, cause: str, code: str) -> None:
    told = said(down(replace(FRENCH, title=title, cause=cause, translations={})), NoticeKind.UPDATE, code)

    assert told.subject.encode().count(b"\n") == 0
    assert told.short.encode().count(b"\n") == 0
    assert told.short.endswith(told.url)
    assert told.text.endswith("\n")


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet="a*_#[]()<>!`-|\n &;:/\"'x1. ", max_size=300))
def test_whatever_markdown_an_update_has_its_html_stays_in_its_place(markdown: str) -> None:
    html, text = render(markdown)
    known = replace(FRENCH, updates=(replace(FRENCH.updates[0], html=html, text=text, translations={}),))
    told = said(down(known), NoticeKind.INCIDENT)

    assert not re.search(r"<(script|img|iframe|style\b[^>]*src)", told.html, re.IGNORECASE)
    assert told.html.rstrip().endswith("</html>")


def test_the_mail_fits_a_phone_in_both_schemes_and_asks_for_nothing(tmp_path: Path) -> None:
    shot = world.hostile()
    notice = one(shot, NoticeKind.UPDATE)
    file = tmp_path / "mail.html"
    file.write_text(message(shot, notice, "en", page_late=True).html, "utf-8")
    asked: list[str] = []
    with chromium() as browser:
        grounds = set()
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme=scheme, viewport={"width": 360, "height": 800})
            page.on("request", lambda request: asked.append(request.url))
            page.goto(file.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            page.close()
    assert len(grounds) == 2
    assert set(asked) == {file.as_uri()}


def plain(told: Message, part: str = "text") -> str:
    return (
        str(getattr(told, part)).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    )
