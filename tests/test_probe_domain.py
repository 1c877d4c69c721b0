"""The kind domain, against a list of registries and a registry of our own."""

import asyncio
import json
import re
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from channels_world import Api, Behaviour, Reply, always
from pydantic import TypeAdapter, ValidationError
from servers import FaultServer, Seen

from statuspage.causes import CODES
from statuspage.config import load
from statuspage.errors import Problems
from statuspage.model import Reading, Sample, Verdict
from statuspage.net import Net
from statuspage.probes import KINDS
from statuspage.probes.base import Occasion
from statuspage.probes.domain import IANA, Domain, expiry, registry
from statuspage.rounds import Run, ask_alone, ask_due
from statuspage.stores.folder import Folder

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DOMAIN = TypeAdapter(Domain)


def domain(name: str = "kestrel.example", **options: Any) -> Domain:
    return DOMAIN.validate_json(json.dumps({"domain": name, **options}), strict=True)


def ask(
    probe: Domain, within: timedelta = 5 * SECOND, at: datetime = NOW, last: Sample | None = None
) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion(at=at, last=last)))


def sample(reading: Reading, at: datetime = NOW) -> Sample:
    """As the runner makes one of it."""
    return Sample(
        component="domain",
        at=at,
        verdict=reading.verdict,
        code=reading.code,
        detail=reading.detail,
        kept=reading.kept,
        every=SECOND,
    )


def registered(days: float | None = 365, name: str = "kestrel.example", *states: str, **more: Any) -> Reply:
    """What a registry says of a name."""
    events = [{"eventAction": "registration", "eventDate": "2009-02-03T04:05:06Z"}]
    if days is not None:
        ends = (NOW + timedelta(days=days)).isoformat().replace("+00:00", "Z")
        events.append({"eventAction": "expiration", "eventDate": ends})
    body = {"objectClassName": "domain", "ldhName": name.upper(), "status": list(states), "events": events}
    return Reply({"rdapConformance": ["rdap_level_0"], **body, **more}, headers={"content-type": "x/y"})


def world(answer: Reply, *endings: str) -> Behaviour:
    """A list of registries at /dns.json that names this server, and a registry at /rdap."""

    def behave(seen: Seen) -> Reply:
        if seen.path == "/dns.json":
            base = f"http://{seen.headers['host']}/rdap/"
            return Reply({"version": "1.0", "services": [[list(endings or ("example",)), [base]]]})
        return answer

    return behave


def asked(answer: Reply, name: str = "kestrel.example", *endings: str, **options: Any) -> Reading:
    with Api(world(answer, *endings)) as api:
        return ask(domain(name, bootstrap=f"{api.url}/dns.json", **options))


def test_a_name_that_is_registered_for_long_is_up() -> None:
    with Api(world(registered())) as api:
        reading = ask(domain(bootstrap=f"{api.url}/dns.json"))

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UP, "", "")
    assert (reading.latency, reading.measures) == (None, {})
    assert api.paths == ["/dns.json", "/rdap/domain/kestrel.example"]
    assert api.seen[1].headers["accept"] == "application/rdap+json"
    assert [(f.key, f.holds) for f in reading.findings] == [
        ("status", True),
        ("expect.days_left", True),
        ("prefer.days_left", True),
    ]


@pytest.mark.parametrize(
    ("days", "options", "code"),
    [
        (30, {}, ""),
        (29.9, {}, "domain.expiring"),
        (3, {}, "domain.expiring"),
        (2.9, {}, "domain.expired"),
        (-1, {}, "domain.expired"),
        (-400, {}, "domain.expired"),
        (50, {"prefer": {"days_left": {"ge": 60}}}, "domain.expiring"),
        (10, {"prefer": {"days_left": {"ge": 7}}}, ""),
        (10, {"expect": {"days_left": {"ge": 14}}}, "domain.expired"),
        (2, {"expect": {"days_left": {"ge": 1}}}, "domain.expiring"),
    ],
)
def test_the_days_left_are_judged(days: float, options: dict[str, Any], code: str) -> None:
    reading = asked(registered(days), **options)
    left = timedelta(days=days).days

    assert reading.code == code
    assert reading.measures == ({"days_left": left} if left < 30 else {})
    assert reading.detail == "" or reading.detail.startswith(f"{left} days left, wanted at least ")


@pytest.mark.parametrize(
    "state", ["redemption period", "pending delete", "redemptionPeriod", "Pending Delete"]
)
def test_a_registration_that_has_ended_has_ended_whatever_the_date(state: str) -> None:
    reading = asked(registered(300, "kestrel.example", "client hold", state))

    assert (reading.verdict, reading.code) == (Verdict.DOWN, "domain.expired")


@pytest.mark.parametrize(
    ("answer", "code", "detail"),
    [
        (registered(None), "domain.unknown", "the registry tells no date"),
        (registered(9, "another.example"), "domain.unknown", "the registry's answer is not about the name"),
        (registered(9, ldhName=7), "domain.unknown", "the registry's answer is not about the name"),
        (Reply([]), "domain.unknown", "the registry's answer is not about the name"),
        (Reply(b"<html>"), "domain.unknown", "the registry's answer is not about the name"),
        (Reply({"errorCode": 404}, 404), "domain.unknown", "the registry does not know the name"),
        (Reply(b"", 500), "domain.unknown", "http.500: status 500"),
        (Reply(b"", 429), "rate.limited", "status 429"),
        (Reply(b"", 403), "blocked", "status 403"),
        (registered(events=None), "domain.unknown", "the registry tells no date"),
        (registered(events=[3, {}, {"eventAction": 3}]), "domain.unknown", "the registry tells no date"),
        (
            registered(events=[{"eventAction": "expiration", "eventDate": "tomorrow"}]),
            "domain.unknown",
            "the registry tells no date",
        ),
    ],
)
def test_what_a_registry_does_not_tell_is_not_measured(answer: Reply, code: str, detail: str) -> None:
    reading = asked(answer)

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UNKNOWN, code, detail)
    assert [finding.holds for finding in reading.findings] == [False]


def test_a_registry_may_leave_its_own_name_of_it_out() -> None:
    assert asked(registered(ldhName="kestrel.example.")).verdict is Verdict.UP
    body = json.loads(json.dumps(registered().body))
    del body["ldhName"], body["status"]
    assert asked(Reply(body)).verdict is Verdict.UP


def test_the_longest_ending_says_which_registry_answers() -> None:
    listed = {
        "services": [
            [["uk", "Example"], ["http://a.example/x", "https://b.example/rdap"]],
            [["co.uk", "gov.uk"], ["https://c.example/"]],
            [["test"], ["ftp://d.example", 3]],
            [["xn--p1ai"], ["http://e.example"]],
            [[""], ["https://root.example/"]],
            "none",
            [["org"]],
            [3, 4],
        ]
    }
    assert registry(listed, "kestrel.co.uk") == "https://c.example/"
    assert registry(listed, "kestrel.uk") == "https://b.example/rdap/"
    assert registry(listed, "kestrel.example") == "https://b.example/rdap/"
    assert registry(listed, "xn--e1aybc.xn--p1ai") == "http://e.example/"
    assert registry(listed, "notco.notuk") is None
    assert registry(listed, "kestrel.test") is None
    assert registry(listed, "kestrel.org") is None
    assert registry([], "kestrel.org") is None


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("2027-01-02T03:04:05Z", datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2027-01-02T03:04:05.0Z", datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2027-01-02T03:04:05.123456789Z", datetime(2027, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2027-01-02T03:04:05", datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2027-01-02T03:04:05+09:00", datetime(2027, 1, 1, 18, 4, 5, tzinfo=UTC)),
        ("2027-01-02", datetime(2027, 1, 2, tzinfo=UTC)),
        ("9999-12-31T23:59:59-10:00", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("2027-02-30T00:00:00Z", None),
        ("2" * 100, None),
        (1798858245, None),
    ],
)
def test_a_date_of_expiration_is_read(written: object, seen: datetime | None) -> None:
    assert expiry([{"eventAction": "expiration", "eventDate": written}]) == seen


def test_the_earliest_of_several_dates_counts() -> None:
    dates = ("2028-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2029-01-01T00:00:00Z")
    found = expiry([{"eventAction": "expiration", "eventDate": date} for date in dates])

    assert found == datetime(2027, 1, 1, tzinfo=UTC)


def test_an_ending_without_a_registry_is_not_measured() -> None:
    reading = asked(registered(), "kestrel.zz")

    assert (reading.code, reading.detail) == ("domain.unknown", "no registry of this ending answers by RDAP")


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (Reply(b"", 503), "the list of registries cannot be read: status 503"),
        (Reply(b"{"), "the list of registries cannot be read: not JSON"),
        (Reply(b"[" * 100_000), "the list of registries cannot be read: not JSON"),
        (
            Reply(b'{"services": ["' + b"x" * 300_000),
            "the list of registries cannot be read: longer than is read",
        ),
        (Reply({"services": {}}), "no registry of this ending answers by RDAP"),
    ],
)
def test_a_list_that_cannot_be_read_is_no_fault_of_the_name(reply: Reply, detail: str) -> None:
    with Api(always(reply)) as api:
        reading = ask(domain(bootstrap=api.url))

    assert (reading.code, reading.detail) == ("domain.unknown", detail)


def test_redirects_of_a_registry_are_followed() -> None:
    with Api(world(registered(10))) as registrar:

        def sends_on(seen: Seen) -> Reply:
            return Reply(b"", 302, {"location": f"{registrar.url}{seen.path}"})

        with Api(lambda seen: world(Reply())(seen) if seen.path == "/dns.json" else sends_on(seen)) as api:
            reading = ask(domain(bootstrap=f"{api.url}/dns.json", allow_private=True))

    assert (reading.code, registrar.paths) == ("domain.expiring", ["/rdap/domain/kestrel.example"])


@pytest.mark.parametrize(
    "fault",
    ["silent", "close", "garbage", "truncated", "drip", "endless", "header-flood", "loop", "gzip-bomb"],
)
@pytest.mark.parametrize("step", ["bootstrap", "registry"])
def test_whatever_a_server_does_is_a_reading_in_time(
    fault_server: FaultServer, fault: str, step: str
) -> None:
    address = f"{fault_server.url}/{fault}"
    with Api(always(Reply({"services": [[["example"], [f"{address}/"]]]}))) as listing:
        probe = domain(bootstrap=address if step == "bootstrap" else listing.url)
        began = time.monotonic()
        reading = ask(probe, SECOND / 2)

    assert time.monotonic() - began < 1.0
    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "domain.unknown")
    assert not re.search(r"\d+\.\d+\.\d+\.\d+|/", reading.detail)


def test_a_registry_is_asked_once_a_day_and_its_date_counted_down() -> None:
    with Api(world(registered(30))) as api:
        probe, last, codes = domain(bootstrap=f"{api.url}/dns.json"), None, []
        for hours in (0, 11, 23.9, 24, 35):
            at = NOW + timedelta(hours=hours)
            reading = ask(probe, at=at, last=last)
            last = sample(reading, at)
            codes.append((reading.code, reading.measures.get("days_left"), len(api.paths)))

    assert codes == [
        ("", None, 2),
        ("domain.expiring", 29, 2),
        ("domain.expiring", 29, 2),
        ("domain.expiring", 29, 4),
        ("domain.expiring", 28, 4),
    ]


@pytest.mark.parametrize("answer", [registered(None), Reply({}, 500), Reply({}, 404), Reply({}, 429)])
def test_a_registry_that_did_not_answer_is_asked_again_after_an_hour(answer: Reply) -> None:
    with Api(world(answer)) as api:
        probe = domain(bootstrap=f"{api.url}/dns.json")
        first = ask(probe)
        again = ask(probe, at=NOW + timedelta(minutes=59), last=sample(first))
        assert len(api.paths) == 2
        ask(probe, at=NOW + timedelta(minutes=60), last=sample(again, NOW + timedelta(minutes=59)))
        assert len(api.paths) == 4

    assert (again.verdict, again.code, again.detail) == (Verdict.UNKNOWN, first.code, first.detail)


def test_a_name_that_is_deleted_stays_so_for_the_day() -> None:
    with Api(world(registered(300, "kestrel.example", "pending delete"))) as api:
        probe = domain(bootstrap=f"{api.url}/dns.json")
        again = ask(probe, at=NOW + timedelta(hours=23), last=sample(ask(probe)))

        assert len(api.paths) == 2
    assert (again.verdict, again.code) == (Verdict.DOWN, "domain.expired")


@pytest.mark.parametrize(
    "kept", ["", "x", "x y z", " ", "{mark}", "{mark} never", "{mark} 2026-11-22T13:00:00Z"]
)
def test_what_was_kept_is_read_with_care(kept: str) -> None:
    """Garbage, or a time to come: the registry is asked."""
    with Api(world(registered())) as api:
        probe = domain(bootstrap=f"{api.url}/dns.json")
        mark = ask(probe).kept.split(" ")[0]
        last = sample(Reading(verdict=Verdict.DOWN, code="domain.expired", kept=kept.format(mark=mark)))

        assert (ask(probe, last=last).verdict, len(api.paths)) == (Verdict.UP, 4)


def test_another_name_is_asked_for_at_once() -> None:
    with Api(world(registered(2))) as api:
        last = sample(ask(domain(bootstrap=f"{api.url}/dns.json")))
        other = ask(domain("heron.example", bootstrap=f"{api.url}/dns.json"), last=last)

    assert "kestrel" not in last.kept
    assert (last.verdict, other.code) == (
        Verdict.DOWN,
        "domain.unknown",
    )  # the registry answers for the first


def test_the_rounds_of_a_day_ask_once(tmp_path: Path) -> None:
    """Through configuration, runner and history; --explain asks all the same."""
    with Api(world(registered())) as api:
        text = f"""page: {{name: K, url: "https://k.example"}}
control: []
components:
  - {{name: Domain, type: domain, domain: kestrel.example, bootstrap: "{api.url}/dns.json"}}
"""
        config = load(text, "components.yaml", {})
        records = Folder(tmp_path)
        for minutes in (0, 5, 10):
            at = NOW + timedelta(minutes=minutes)
            run = Run(name="1", clock=partial(datetime.fromtimestamp, at.timestamp(), UTC))
            round_ = asyncio.run(ask_due(records, config, at, run)).round
            assert [s.verdict for s in round_.samples] == [Verdict.UP]
        assert len(api.paths) == 2
        asyncio.run(ask_alone(config, config.components[0], run))
        assert len(api.paths) == 4


def test_both_requests_share_one_deadline() -> None:
    def late(seen: Seen) -> Reply:
        reply = world(registered())(seen)
        return Reply(reply.body, after=0.3 if seen.path == "/dns.json" else 30.0)

    with Api(late) as api:
        began = time.monotonic()
        reading = ask(domain(bootstrap=f"{api.url}/dns.json"), 0.6 * SECOND)

    assert 0.5 < time.monotonic() - began < 1.1
    assert reading.code == "domain.unknown"
    assert reading.detail.startswith("read.timeout: ")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("kestrel", "a registered name is wanted"),
        ("https://kestrel.example", "a registered name is wanted"),
        ("kestrel.example/x", "a registered name is wanted"),
        ("a b.example", "a registered name is wanted"),
        ("-a.example", "a registered name is wanted"),
        ("a..example", "a registered name is wanted"),
        ("", "a registered name is wanted"),
        (f"{'a' * 64}.example", "a registered name is wanted"),
        (f"{'a.' * 130}example", "a registered name is wanted"),
        ("192.0.2.7", "registered nowhere"),
        ("bücher.example", "xn--"),
    ],
)
def test_what_is_no_registered_name_is_refused(name: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        domain(name)


def test_names_are_taken_in_any_case_and_in_ascii_form() -> None:
    assert domain("Kestrel.Example.").domain == "kestrel.example"
    assert asked(registered(90, "xn--bcher-kva.example"), "xn--bcher-kva.example").verdict is Verdict.UP


def test_it_is_a_kind_and_its_example_in_the_docs_is_one() -> None:
    page = (Path(__file__).parents[1] / "docs/probes/domain.md").read_text("utf-8")
    (shown,) = re.findall(r"```yaml\n(  - name:.*?)```", page, re.DOTALL)
    (component,) = load(f"components:\n{shown}", "shown.yaml", {}).components

    assert KINDS["domain"] is Domain
    assert isinstance(component.probe, Domain)
    assert component.probe.target == "https://data.iana.org"
    assert component.probe.bootstrap == IANA
    schema = DOMAIN.json_schema()
    assert all(option["description"].endswith(".") for option in schema["properties"].values())
    assert [key for key in schema["properties"] if f"`{key}`" not in page] == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("type: domain", "the key 'domain' is missing"),
        ("type: domain\n    domain: a.example\n    bootsrap: https://a.example", "did you mean 'bootstrap'"),
        ("type: domain\n    domain: a.example\n    prefer: {days: 30}", "did you mean 'days_left'"),
        ("type: domain\n    domain: a.example\n    prefer: {days_left: 30d}", "whole number"),
    ],
)
def test_wrong_options_are_refused_with_a_line(options: str, says: str) -> None:
    with pytest.raises(Problems) as refused:
        load(f"components:\n  - name: A\n    {options}\n", "components.yaml", {})

    told = "\n".join(map(str, refused.value.problems))
    assert says in told
    assert re.search(r"components\.yaml:[2-9]", told)


def test_its_codes_have_the_verdicts_that_they_should() -> None:
    verdicts = {code: CODES[code].verdict for code in CODES if code.startswith("domain.")}

    assert verdicts == {
        "domain.expired": Verdict.DOWN,
        "domain.expiring": Verdict.DEGRADED,
        "domain.unknown": Verdict.UNKNOWN,
    }
