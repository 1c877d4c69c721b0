"""Alarms: rung, acknowledged or gone on to the next target, and over under the same thread."""

from datetime import time, timedelta

from telling import DAY, HOUR, LATER, MINUTE, NEVER, T0, Desk, outage, pager, recovery, target, update

from statuspage.config.notify import Quiet
from statuspage.deliveries import Status, acknowledged
from statuspage.model import State
from statuspage.notices import Audience, Message, NoticeKind
from statuspage.notify.escalation import alarms
from statuspage.notify.letters import digest, letter
from statuspage.notify.run import acknowledgements

KINDS = frozenset({NoticeKind.REMINDER})


def on_call() -> Desk:
    """A pager that goes on to a chat of the team after fifteen minutes, which is told of nothing else."""
    return Desk([pager(escalate_to="Team"), target(kinds=KINDS)])


def test_an_alarm_that_nobody_acknowledges_goes_on_once_after_its_time() -> None:
    desk = on_call()
    for n in range(60):
        desk.run(T0 + n * MINUTE, outage())

    assert [(at - T0, who) for at, who, _ in desk.told] == [
        (timedelta(0), "Pager"),
        (15 * MINUTE, "Team"),
    ]


def test_an_alarm_that_is_acknowledged_does_not_go_on() -> None:
    desk = on_call()
    desk.run(T0, outage())
    desk.facts.append(acknowledged(outage().thread, "kim", T0 + 10 * MINUTE))
    desk.run(T0 + HOUR, outage())
    assert len(desk.told) == 1
    assert list(alarms(desk.targets, [outage()], desk.ledger, T0 + HOUR)) == []


def test_who_was_called_to_help_hears_that_it_is_over() -> None:
    desk = on_call()
    over = recovery(outage(), T0 + HOUR)
    desk.run(T0, outage())
    desk.run(T0 + 20 * MINUTE, outage())
    desk.run(T0 + HOUR, outage(), over)
    assert [(who, key) for _, who, key in desk.told[2:]] == [("Pager", over.key), ("Team", over.key)]


def test_an_alarm_goes_from_one_pager_to_the_next_and_on() -> None:
    desk = Desk(
        [
            pager("One", escalate_to="Two"),
            pager("Two", escalate_to="Three", kinds=KINDS),
            target("Three", kinds=KINDS),
        ]
    )
    for n in range(60):
        desk.run(T0 + n * MINUTE, outage())
    assert [((at - T0) // MINUTE, who) for at, who, _ in desk.told] == [
        (0, "One"),
        (15, "Two"),
        (30, "Three"),
    ]
    assert desk.keys[2] == f"{outage().key}/escalated/One/escalated/Two"


def test_a_pager_that_cannot_be_reached_has_rung_in_vain() -> None:
    desk = on_call()
    desk.run(T0, outage(), became=NEVER)
    assert desk.told == []
    *_, sending = desk.run(T0 + 15 * MINUTE, outage())
    assert (sending.target.name, sending.escalated) == ("Team", "Pager")


def test_an_escalation_that_is_not_taken_is_tried_again_and_given_up_after_a_day() -> None:
    desk = on_call()
    desk.run(T0, outage())
    tries = [n for n in range(15, 120) if desk.run(T0 + n * MINUTE, outage(), became=LATER)]
    assert tries == [15, 16, 18, 23, 38, 98]
    key = f"{outage().key}/escalated/Pager"
    assert "next at" in desk.why(T0 + 99 * MINUTE, outage())[key]
    desk.run(T0 + 15 * MINUTE + DAY, outage(), became=LATER)  # by then the alarm is too old to ring
    assert desk.entry(key).status is Status.DROPPED


def test_of_two_runs_at_once_one_escalates_and_one_that_died_is_waited_for() -> None:
    desk = on_call()
    desk.run(T0, outage())
    desk.run(T0 + 15 * MINUTE, outage(), dies=True)
    assert desk.run(T0 + 16 * MINUTE, outage()) == []
    assert len(desk.run(T0 + 25 * MINUTE, outage())) == 1


def test_what_is_muted_or_told_by_an_incident_does_not_go_on() -> None:
    desk = on_call()
    desk.run(T0, outage())
    assert desk.run(T0 + HOUR, outage(), muted={"chat"}) == []
    assert desk.run(T0 + HOUR, outage(quiet="an incident tells of it")) == []
    assert len(desk.run(T0 + HOUR, outage())) == 1


def test_an_alarm_about_what_is_not_on_the_page_never_goes_on_to_the_public() -> None:
    desk = Desk([pager(escalate_to="Readers"), target("Readers", kinds=KINDS, audience=Audience.PUBLIC)])
    hidden = outage(audience=Audience.OPERATORS)
    desk.run(T0, hidden)
    assert desk.run(T0 + HOUR, hidden) == []


def test_quiet_hours_do_not_keep_an_escalation() -> None:
    always = Quiet(start=time(0), until=time(23, 59), timezone="Etc/UTC")
    desk = Desk([pager(escalate_to="Team"), target(quiet=always)])
    desk.run(T0, outage())
    assert [s.escalated for s in desk.run(T0 + 15 * MINUTE, outage())] == ["Pager"]
    assert desk.run(T0.replace(hour=23, minute=59), outage()) == []  # it was held, and is not told twice


def test_pagers_are_asked_once_an_alarm_and_what_they_know_is_kept() -> None:
    desk = Desk([pager("One"), pager("Two")])
    desk.run(T0, outage(), update(1))
    asked: list[tuple[str, str]] = []

    def ask(whom: object, thread: str, within: timedelta) -> object:
        asked.append((whom.name, thread))  # type: ignore[attr-defined]
        return T0 + 4 * MINUTE if thread == outage().thread else None

    facts = acknowledgements(desk.targets, [outage(), update(1)], desk.ledger, T0 + HOUR, ask)  # type: ignore[arg-type]
    assert [(f.kind, f.key, f.at, f.value) for f in facts] == [
        ("acknowledged", outage().thread, T0 + 4 * MINUTE, {"by": "One"})
    ]
    assert len(asked) == 3


def test_an_alarm_of_yesterday_rings_no_more() -> None:
    desk = on_call()
    desk.run(T0, outage())
    assert desk.run(T0 + DAY, outage()) == []


def test_a_message_that_went_on_says_from_whom() -> None:
    desk = on_call()
    desk.run(T0, outage())
    (sending,) = desk.run(T0 + HOUR, outage())
    made = letter(sending, [message("Chat is down")])
    assert made.subject == "Pager → Team: Chat is down"
    assert made.text.startswith("Pager → Team\n\n")
    assert "nobody has acknowledged it at Pager" in sending.why


def test_a_digest_tells_of_each_by_its_subject_the_worst_first_of_all() -> None:
    made = digest(
        [message("<b> is slow", State.DEGRADED), message("Chat is down"), message("Late", State.DEGRADED)]
    )
    assert made.subject == "Chat is down (+2)"
    assert made.text.count("https://s.example/") == 3
    assert "&lt;b&gt; is slow" in made.html
    assert made.notice.thread == made.notice.key
    assert made.notice.key.startswith("digest/")


def message(subject: str, impact: State = State.MAJOR) -> Message:
    notice = outage(component=subject, impact=impact, audience=Audience.OPERATORS)
    url = "https://s.example/"
    return Message(
        notice=notice,
        language="en",
        subject=subject,
        text=subject,
        html="",
        short=f"{subject}. {url}",
        url=url,
    )
