"""`notify:` of components.yaml: whom to tell, and what is wrong with it, by line."""

from datetime import time, timedelta
from typing import Any

import jsonschema
import pytest

from statuspage.config import Config, Target, load, schema
from statuspage.config.notify import KINDS, PAGER_KINDS
from statuspage.errors import Problems
from statuspage.model import State
from statuspage.notices import Audience, NoticeKind
from statuspage.yamlfile import load as load_yaml

HEAD = """\
page: {name: Juniper Assistant, url: "https://status.example.org", since: 2026, timezone: Europe/Berlin}
components:
- {name: API, type: manual, group: Web}
- {name: Chat, type: manual, group: Web}
- {name: Mail, type: manual}
notify:
"""
LINES = HEAD.count("\n")
SECRETS = {
    "SLACK": "slack://s3cretAAA/s3cretBBB/s3cretCCCCCCC",
    "HOOK": "https://hooks.example.org/s3cret-path",
    "KEY": "s3cret-key",
    "USER": "s3cret-user",
    "LIST": "ada@example.org,bob@example.org",
}


def config(text: str, **environ: str) -> Config:
    return load(HEAD + text, "components.yaml", SECRETS | environ)


def target(text: str, **environ: str) -> Target:
    return config(text, **environ).notify[0]


def problems(text: str, **environ: str) -> list[str]:
    """`LINE: what`, the first line below notify: being 1."""
    with pytest.raises(Problems) as caught:
        config(text, **environ)
    return [f"{(p.where.line if p.where else 0) - LINES}: {p.what} | {p.mend}" for p in caught.value.problems]


# --- what is read ------------------------------------------------------------------------------


def test_two_lines_are_a_whole_target() -> None:
    found = target("- name: Team chat\n  url: ${SLACK}\n")

    assert (found.name, found.channel, found.language) == ("Team chat", "url", "en")
    assert [address.value for address in found.url] == [SECRETS["SLACK"]]
    assert (found.audience, found.components, found.least) == (Audience.OPERATORS, None, State.DEGRADED)
    assert found.kinds == KINDS - {NoticeKind.DRILL}
    assert not found.pager
    assert found.where.line == LINES + 1


def test_every_key_is_read() -> None:
    found = target(
        "- name: On call\n"
        '  url: ["${SLACK}", "json-like://x"]\n'
        "  audience: public\n"
        "  components: [api, Mail]\n"
        "  groups: [Web]\n"
        "  least: major_outage\n"
        "  kinds: [outage, drill]\n"
        "  language: fr\n"
        '  quiet: {from: "22:00", until: "07:00", except: major_outage}\n'
        "  pager: true\n"
        "  escalate_to: Boss\n"
        "  escalate_after: 20m\n"
        "- {name: Boss, pagerduty: {key: '${KEY}'}}\n"
    )

    assert [one.shown for one in found.url] == ["${SLACK}", "json-like://***"]
    assert found.audience is Audience.PUBLIC
    assert found.components == frozenset({"api", "chat", "mail"})
    assert found.least is State.MAJOR
    assert found.kinds == {NoticeKind.OUTAGE, NoticeKind.DRILL}
    assert found.language == "fr"
    assert found.quiet is not None
    assert (found.quiet.start, found.quiet.until) == (time(22), time(7))
    assert (found.quiet.timezone, found.quiet.exempt) == ("Europe/Berlin", "major_outage")
    assert (found.pager, found.escalate_to, found.escalate_after) == (True, "Boss", timedelta(minutes=20))


def test_mail_s_recipients_may_be_one_secret_and_are_told_once_each() -> None:
    found = target(
        "- name: Mail\n"
        "  mail:\n"
        "    server: smtp+starttls://mail.example.org\n"
        "    from: Juniper status <status@example.org>\n"
        "    to: ['${LIST}', ada@example.org]\n"
        "    user: ${USER}\n"
        "    password: ${KEY}\n"
    )

    assert found.mail is not None
    assert found.mail.recipients == ("ada@example.org", "bob@example.org")
    assert found.mail.password is not None
    assert found.mail.password.reveal() == SECRETS["KEY"]


@pytest.mark.parametrize(
    "block",
    [
        "pagerduty: {key: '${KEY}'}",
        "opsgenie: {key: '${KEY}'}",
        "alertmanager: {url: 'http://alerts.example.org:9093', labels: {team: chat}}",
    ],
)
def test_a_pager_is_told_of_what_wakes_people(block: str) -> None:
    found = target(f"- name: Pager\n  {block}\n")

    assert found.pager
    assert found.kinds == PAGER_KINDS


def test_a_value_of_a_secret_is_in_no_repr() -> None:
    shown = repr(
        config(
            "- {name: A, url: '${SLACK}'}\n"
            "- {name: B, webhook: {url: '${HOOK}', secret: '${KEY}'}}\n"
            "- {name: C, pagerduty: {key: '${KEY}', token: '${KEY}'}}\n"
            "- {name: D, alertmanager: {url: '${HOOK}', headers: {Authorization: 'Bearer ${KEY}'}}}\n"
        ).notify
    )
    assert "s3cret" not in shown


def test_a_target_whose_secret_is_not_set_is_left_out_with_a_warning() -> None:
    read = config("- {name: A, url: '${NOT_SET}'}\n- {name: B, url: '${SLACK}'}\n")

    assert [one.name for one in read.notify] == ["B"]
    (said,) = read.unset
    assert (said.what, said.warning) == ("${NOT_SET} is not set", True)
    assert said.where is not None
    assert said.where.line == LINES + 1


def test_an_address_in_the_file_is_warned_of_but_for_open_topics() -> None:
    read = config("- {name: A, url: 'slack://a/b/c'}\n- {name: B, url: 'ntfy://ntfy.sh/juniper'}\n")

    said = [p for p in read.warnings if "stands in this file" in p.what]
    assert [p.where.line for p in said if p.where] == [LINES + 1]


# --- what is refused ---------------------------------------------------------------------------

BAD = """\
- name: Chat
  url: ${SLACK}
- name: Chat
  url: slack
- name: List
  mail:
    server: smtp://x.example.org
    from: Status <status@example.org>
    to: [a@example.org, "b@example.org,c@"]
    user: me
    password: hunter22
    unsubscribe: [https://example.org/u, "ftp://x"]
- name: Both
  webhook: {url: https://example.org/hook, secret: "${KEY}"}
  url: ${SLACK}
- {name: None}
- name: Pager
  pagerduty: {key: "${KEY}"}
  escalate_to: nobody
  kinds: [outage, maintenance_started]
- name: Night
  url: ${SLACK}
  quiet: {from: "22:00", until: "7:00", except: bad}
  components: [Api]
  groups: [Wbe]
  least: operational
  kinds: []
- name: Scheme
  url: mailto://user:pass@example.org
- 5
- name: Round
  pager: true
  url: ${SLACK}
  escalate_to: Round
- {name: "${SLACK}", url: "foo://x", colour: red}
"""
FAULTS = """\
3: the target 'Chat' stands here twice | give it another name
4: the address has no scheme | such as slack://
9: mail.to[1]: is no address such as status@example.org
11: mail.password: a secret stands in the file | write password: ${NAME}
12: mail.unsubscribe[1]: must begin with https:// or mailto:
13: url and webhook stand in one target: write a target for each
16: there is no channel: write one of url, mail, webhook, pagerduty, opsgenie, alertmanager
19: unknown target 'nobody' | use one of
20: pagerduty is not told of updates and maintenance: each would be an alarm | take maintenance_started out
23: quiet.until: a time of day is written in quotes: "22:00"
23: quiet.except: must be 'degraded_performance', 'partial_outage' or 'major_outage'
24: unknown component 'Api' | did you mean 'api'?
25: unknown group 'Wbe' | did you mean 'Web'?
26: least: must be 'degraded_performance', 'partial_outage' or 'major_outage'
27: kinds: must have at least 1 item, not 0
29: mailto:// is no channel here | write mail: in place of url:
30: a target must be a mapping
34: 'Round' escalates to itself in the end | name another target
35: no ${NAME} in notify.name
35: unknown key 'colour'
"""


def test_all_faults_are_told_at_once_at_their_lines() -> None:
    found, expected = problems(BAD), FAULTS.splitlines()

    assert len(found) == len(expected), "\n".join(found)
    for one, beginning in zip(found, expected, strict=True):
        what, _, mend = beginning.partition(" | ")
        assert one.startswith(what)
        assert mend in one.partition(" | ")[2]


def test_no_fault_holds_a_secret_s_value() -> None:
    assert not any("s3cret" in one for one in problems(BAD))


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("mail: {server: 'smtp://h', from: a@b.example, to: [c@d.example], user: u, password: '${KEY}'}", "no pass"),
        ("mail: {server: 'smtps://h', from: a@b.example, to: [c@d.example], user: u}", "user and password go"),
        ("mail: {server: 'smtps://h', from: a@b.example, to: [c@d.example], one_click: true}", "one_click: needs"),
        ("mail: {server: 'smtps://h', from: 'a@b.example, c@d.example', to: [c@d.example]}", "mail.from: must be"),
        ("mail: {server: 'smtps://h', from: 'é@b.example', to: [c@d.example]}", "mail.from: is no address"),
        ("mail: {server: 'smtps://h', from: a@b.example, to: ['c@d.example\\nBcc: e@f.example']}", "mail.to[0]: is"),
        ("mail: {server: 'smtps://h', from: a@b.example, to: [a@b.example], list_id: 'a b'}", "mail.list_id: a"),
        (
            "mail: {server: 'smtps://h', from: a@b.example, to: [a@b.example], unsubscribe: ['https://x y']}",
            "mail.unsubscribe[0]: an address has no spaces",
        ),
        ("webhook: {url: 'ftp://x.example', secret: '${KEY}'}", "webhook.url: the address must begin"),
        ("alertmanager: {url: 'http://x.example', labels: {alertname: x}}", "alertmanager.labels.alertname"),
        ("alertmanager: {url: 'http://x.example', labels: {a-b: x}}", "alertmanager.labels.a-b: a label"),
        ("quiet: {from: '22:00', until: '22:00'}\n  url: '${SLACK}'", "quiet: from and until are the same"),
        ("quiet: {from: '22:00', until: 7}\n  url: '${SLACK}'", "quiet.until: a time of day is written in quotes"),
        ("quiet: {from: '1:00', until: '07:00', timezone: Berlin}\n  url: '${SLACK}'", "quiet.from: a time"),
        ("escalate_to: A\n  url: '${SLACK}'", "escalate_to: is for pagers"),
        ("escalate_after: 5s\n  url: '${SLACK}'", "escalate_after: must lie between"),
        ("kinds: [outage, outage]\n  url: '${SLACK}'", "kinds: names something twice"),
        ("kinds: [test]\n  url: '${SLACK}'", "kinds[0]: must be"),
        ("components: []\n  url: '${SLACK}'", "components: must have at least 1"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_refused(keys: str, fault: str) -> None:
    found = problems(f"- name: T\n  {keys}\n")
    assert any(fault in one for one in found), found


def test_a_secret_that_does_not_fit_is_told_without_its_value() -> None:
    read = config("- {name: A, url: '${SLACK}'}\n", SLACK="s3cret-without-scheme")

    assert read.notify == ()
    (said,) = read.unset
    assert said.what == "the value of ${SLACK} does not fit: the address has no scheme"
    assert not said.warning


@pytest.mark.parametrize("value", ["whsec_", "whsec_?", "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2U"])
def test_a_key_that_says_base64_and_is_none_signs_nothing(value: str) -> None:
    """An empty key would let everybody sign."""
    read = config(
        "- {name: A, webhook: {url: 'https://hook.example.org', secret: '${SLACK}'}}\n", SLACK=value
    )
    assert read.notify == ()
    (said,) = read.unset
    assert said.what.startswith("the value of ${SLACK} does not fit: webhook.secret: ")
    assert said.what.endswith("what follows is no base64 of a key")


def test_a_secret_in_a_header_is_refused_as_one_in_a_key_is() -> None:
    block = (
        "alertmanager: {url: 'https://a.example', headers: {Authorization: Bearer s3cret, X-Scope-OrgID: us}}"
    )
    (found,) = problems(f"- {{name: A, {block}}}\n")
    assert found.startswith("1: alertmanager.headers.Authorization: a secret stands in the file")
    assert "s3cret" not in found


def test_an_alarm_of_operators_does_not_go_on_to_the_public() -> None:
    (found,) = problems(
        "- {name: A, url: '${SLACK}', pager: true, escalate_to: B}\n"
        "- {name: B, url: '${SLACK}', audience: public}\n"
    )
    assert found.startswith("1: 'B' is for the public: an alarm is not")


def test_targets_that_escalate_in_a_circle_are_refused() -> None:
    found = problems(
        "- {name: A, url: '${SLACK}', pager: true, escalate_to: B}\n"
        "- {name: B, url: '${SLACK}', pager: true, escalate_to: A}\n"
    )
    assert [one.partition(" |")[0] for one in found] == [
        "1: 'A' escalates to itself in the end",
        "2: 'B' escalates to itself in the end",
    ]


@pytest.mark.parametrize("written", ["5", "{name: A}", "text"])
def test_notify_must_be_a_list(written: str) -> None:
    with pytest.raises(Problems, match="notify"):
        load(HEAD.replace("notify:\n", f"notify: {written}\n"), "components.yaml", SECRETS)


# --- editors -----------------------------------------------------------------------------------


def as_json(text: str) -> Any:
    return load_yaml(HEAD + text, "components.yaml").value


def test_the_json_schema_takes_what_is_right_and_refuses_what_is_not() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    good = (
        "- {name: A, url: ['${SLACK}'], quiet: {from: '22:00', until: '07:00'}, escalate_after: 5m}\n"
        "- {name: B, mail: {server: '${HOOK}', from: a@b.example, to: ['${LIST}'], password: '${KEY}'}}\n"
        "- {name: C, alertmanager: {url: '${HOOK}', labels: {team: chat}}}\n"
    )
    assert [error.message for error in validator.iter_errors(as_json(good))] == []
    for bad in ("- {name: A, url: x, colour: red}\n", "- {url: x}\n", "- {name: A, url: x, kinds: [word]}\n"):
        assert list(validator.iter_errors(as_json(bad))), bad
