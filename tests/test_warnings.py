"""Early warnings end to end: from the kept history to command, reminder, run summary and page."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import snapshots as given
from click.testing import CliRunner, Result
from hypothesis import given as for_all
from hypothesis import strategies as st
from snapshots import DAY, HOUR, MINUTE, NOW, at
from test_run_summary import ended

from statuspage import history
from statuspage.cli import main
from statuspage.foresight import Outcome, keepable, kept, look_through, warnings, worth_looking
from statuspage.foresight.standing import past
from statuspage.i18n import language
from statuspage.ledger import LEDGER_PATH, Ledger
from statuspage.lines import checksummed
from statuspage.model import (
    Account,
    Day,
    Early,
    Fact,
    Foresight,
    History,
    Latency,
    Objective,
    Outage,
    Round,
    Rules,
    Sample,
    Snapshot,
    Span,
    State,
    Track,
    Verdict,
    Warned,
)
from statuspage.news import notices
from statuspage.notices import NoticeKind
from statuspage.outputs.html import html
from statuspage.outputs.messages import message
from statuspage.outputs.site import OUTPUTS, build
from statuspage.run_summary import summary
from statuspage.views.components import component_page
from statuspage.views.context import Context

TODAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 0, 5, tzinfo=UTC)
CONFIG = """page: {name: Kestrel, url: "https://status.kestrel.example", since: 2026, show_warnings: true}
control: []
components:
  - {name: Chat, url: "https://chat.example/", was: [bot]}
  - {name: Model, url: "https://model.example/"}
  - {name: Vault, url: "https://vault.example/", public: false}
  - {name: Desk, type: manual}
"""

# --- a kept history ----------------------------------------------------------------------------


class Kept:
    """A folder with a page whose history is written day by day, as runs would have."""

    def __init__(self, root: Path) -> None:
        self.state = root / ".status-data"
        (root / "components.yaml").write_text(CONFIG, "utf-8")
        self._add("schema", "1")

    def day(self, day: date, latencies: Mapping[str, int], flaked: int = 0, down: str = "") -> None:
        """A closed one. `down`: the component that is down from noon on for an hour."""
        start = datetime.combine(day, time(), UTC)
        hours = [
            (name, [Latency(start + n * HOUR, 12, ms, 2 * ms, 3 * ms) for n in range(24)])
            for name, ms in latencies.items()
        ]
        noon, after = start + 12 * HOUR, start + 13 * HOUR
        failing = (
            Span(start, noon, State.OPERATIONAL),
            Span(noon, after, State.MAJOR, "http.503"),
            Span(after, start + DAY, State.OPERATIONAL),
        )
        days = [
            Day(
                day=day,
                component=name,
                spans=failing if name == down else (Span(start, start + DAY, State.OPERATIONAL),),
                counts={"up": 288, "flaked": flaked},
                latency=None,
                rules=Rules(),
            )
            for name in latencies
        ]
        self._add(history.hours_path(day), history.encode_hours(hours))
        self._add(history.days_path(day), history.encode_days(days))

    def round(self, at: datetime, *samples: Sample) -> None:
        self._add(
            history.raw_path(at), history.encode_round(Round(id=f"{at:%Y%m%dT%H%M}", at=at, samples=samples))
        )

    def ledger(self) -> list[dict[str, object]]:
        lines = (self.state / LEDGER_PATH).read_text("utf-8").splitlines()
        return [fact for line in lines if (fact := json.loads(line))["kind"] == "foresight"]

    def _add(self, path: str, line: str) -> None:
        file = self.state / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(f"{line}\n")


Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.chdir(tmp_path)
    return Kept(tmp_path)


@pytest.fixture
def run() -> Run:
    def run(*words: str, code: int = 0, now: datetime = MORNING) -> Result:
        told = CliRunner().invoke(main, [*words, "--now", f"{now:%Y-%m-%dT%H:%M:%SZ}"])
        assert told.exit_code == code, told.output
        return told

    return run


def slowing(store: Kept, days: int = 80) -> None:
    """Chat is half as slow again since 10 November, and was for a month 20 days before; Vault flakes since the 14th."""
    for ago in range(days, 1, -1):
        day = TODAY - timedelta(days=ago)
        slow = ago <= 13 or 38 < ago <= 45
        store.day(
            day,
            {"bot" if ago > 60 else "chat": 300 if slow else 200, "vault": 100},
            flaked=30 if ago <= 9 else 0,
            down="chat" if ago == 30 else "",
        )
    yesterday = datetime.combine(TODAY - DAY, time(), UTC)
    for n in range(24):
        sample = Sample(component="chat", at=yesterday + n * HOUR, verdict=Verdict.UP, every=HOUR)
        store.round(sample.at, replace(sample, latency=timedelta(milliseconds=300)))


def test_the_command_tells_what_warns_and_how_often_that_came_true(store: Kept, run: Run) -> None:
    slowing(store)
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}

    lines = run("warnings").output.splitlines()

    assert lines[:2] == [
        "2026-11-18  Chat answers in 300 ms, 50% slower than at the same hours of the weeks before",
        "            of such warnings 1 of 1 came true, 0.4 would have by chance",
    ]
    assert "2026-11-18  10.4% of the checks of Vault succeed only when repeated, 0.7% before" in lines
    assert "            Model, repeated checks: not enough data (0 of 30 days)" in lines
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_the_command_speaks_json(store: Kept, run: Run) -> None:
    slowing(store)

    told = json.loads(run("warnings", "--format", "json").output)

    chat = next(one for one in told["warnings"] if one["kind"] == "slower")
    assert chat == {
        "kind": "slower",
        "component": "chat",
        "since": "2026-11-18T00:00:00Z",
        "now": 300.0,
        "usual": 200.0,
    }
    assert told["at"] == "2026-11-23T00:05:00Z"
    assert told["tracks"]["slower"]["came_true"] == told["tracks"]["slower"]["judged"] == 1
    assert {"kind": "flaked", "component": "model", "days": 0, "needed": 30} in told["not_enough_data"]
    early, late = (one for one in told["past"] if one["kind"] == "slower")
    assert (early["outcome"], late["outcome"], late["ended"]) == ("came true", "not known yet", None)
    assert early["trouble"] == "2026-10-24T12:00:00Z"


def test_too_little_history_gives_no_figure(store: Kept, run: Run) -> None:
    slowing(store, days=10)

    lines = run("warnings").output.splitlines()

    assert lines[0] == "nothing warns of trouble"
    assert "            Chat, response times: not enough data (10 of 30 days)" in lines
    assert "            Chat, repeated checks: not enough data (10 of 30 days)" in lines
    run("build")
    assert store.ledger() == []


def test_the_record_of_a_kind_that_is_calm_now_is_told_too(store: Kept, run: Run) -> None:
    slowing(store)
    later = datetime(2026, 12, 20, tzinfo=UTC)
    for n in range(2, 29):
        store.day(later.date() - timedelta(days=n), {"chat": 300})
    lines = run("warnings", now=later).output.splitlines()
    assert lines[0] == "nothing warns of trouble"
    assert any("response times: of earlier warnings 1 of " in line for line in lines)


def test_a_page_without_any_history_says_so(store: Kept, run: Run) -> None:
    assert "not enough data (0 of 30 days)" in run("warnings").output


def test_the_history_is_looked_through_once_a_day_and_not_at_each_build(store: Kept, run: Run) -> None:
    slowing(store)
    run("build")
    run("build", now=MORNING + HOUR)
    assert [fact["key"] for fact in store.ledger()] == ["2026-11-23"]
    run("build", now=MORNING + DAY)
    assert [fact["key"] for fact in store.ledger()] == ["2026-11-23", "2026-11-24"]


def test_the_page_shows_it_when_it_is_asked_to_and_nothing_else_changes(store: Kept, run: Run) -> None:
    slowing(store)
    config = Path("components.yaml")

    def site() -> dict[str, bytes]:
        run("build", now=MORNING + HOUR)
        return {str(path): path.read_bytes() for path in Path("_site").rglob("*") if path.is_file()}

    run("build")
    shown = site()
    config.write_text(CONFIG.replace(", show_warnings: true", ""), "utf-8")
    plain = site()

    (page,) = [path for path in shown if shown[path] != plain[path] and path.endswith(".html")]
    assert page == "_site/components/chat/index.html"
    assert b"Early warning. Since 18 November it takes 50% longer to answer" in shown[page]
    assert b"Early warning" not in plain[page]
    assert b"Vault" not in b"".join(shown.values())


def test_a_run_says_it_in_its_summary(store: Kept, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    slowing(store)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    run("build")
    told = Path("summary.md").read_text("utf-8")
    assert "### Early warnings" in told
    assert "| Chat answers in 300 ms, 50% slower" in told


def test_an_old_line_that_is_broken_is_a_warning_and_loses_nothing(store: Kept, run: Run) -> None:
    slowing(store)
    path = store.state / history.hours_path(TODAY - timedelta(days=50))
    path.write_text("{}\n{}\n", "utf-8")
    told = run("build")
    assert "warning" in told.output
    assert path.name in told.output
    assert store.ledger() == []
    assert Path("_site/index.html").exists()


def test_tokens_a_second_are_found_in_the_samples(store: Kept, run: Run) -> None:
    start = datetime.combine(TODAY, time(), UTC) - 36 * DAY
    for n in range(36 * 24):
        rate = 28.0 if n >= 28 * 24 else 40.0
        sample = Sample(component="model", at=start + n * HOUR, verdict=Verdict.UP, every=HOUR)
        store.round(sample.at, replace(sample, measures={"tokens_per_second": rate}))
    lines = run("warnings").output.splitlines()
    assert (
        "2026-11-19  Model gives 28.0 tokens a second, 30% fewer than at the same hours of the weeks before"
        in lines
    )


def test_the_demonstration_writes_no_fact(store: Kept, run: Run) -> None:
    slowing(store)
    store._add(LEDGER_PATH, _fact_line(Fact(kind="demo", key="history", at=MORNING)))
    run("build")
    assert store.ledger() == []


def _fact_line(fact: Fact) -> str:
    from statuspage.ledger import encode

    return encode(fact)


@for_all(
    st.dictionaries(
        st.sampled_from(["a", "b"]),
        st.lists(st.none() | st.integers(0, 9999), min_size=1, max_size=24).filter(any),
        min_size=1,
    ),
    st.integers(0, 23),
)
def test_medians_are_those_of_the_hours(told: dict[str, list[int | None]], hour: int) -> None:
    start = datetime.combine(TODAY, time(), UTC)
    hours = {
        name: [Latency(start + n * HOUR, 1, ms, ms, ms) for n, ms in enumerate(own) if ms is not None]
        for name, own in told.items()
    }
    old = checksummed({"c": "a", "at": f"{start + hour * HOUR:%Y-%m-%dT%H:%M:%SZ}", "ms": [1, 77, 78, 79]})
    data = f"{history.encode_hours([*hours.items()])}\n{old}\n".encode()

    slow, _ = history.decode_hours(data, "hours/x.ndjson")
    quick, _ = history.decode_medians(data, "hours/x.ndjson")

    held = {
        (name, start + n * HOUR): ms
        for _, components in quick
        for name, own in components.items()
        for n, ms in enumerate(own)
        if ms is not None
    }
    assert held == {(name, latency.start): latency.p50 for name, latency in slow}


# --- kept for a day ----------------------------------------------------------------------------

FOUND = Foresight(
    (Warned(kind=Early.SLOWER, component="a", since=at("2026-11-12 00:00"), now=412.0, usual=298.0),),
    {Early.SLOWER: Track(3, 5, 1.25), Early.BURNING: Track(0, 2, None)},
)


def test_what_is_kept_is_what_was_found_on_that_day_alone() -> None:
    ledger = Ledger().with_facts([keepable(FOUND, NOW)])
    assert kept(ledger, NOW) == FOUND
    assert kept(ledger, NOW + DAY) is None


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"found": 3, "tracks": {}},
        {"found": [{}], "tracks": {}},
        {"found": [], "tracks": {"slower": [1]}},
        {"found": [], "tracks": {"new": [1, 2, None]}},
        {
            "found": [{"kind": "slower", "component": "a", "since": "2026-11-12", "now": 1, "usual": 2}],
            "tracks": {},
        },
        {
            "found": [{"kind": "slower", "component": "a", "since": "2026-11-12T00Z", "now": 1, "usual": 0}],
            "tracks": {},
        },
    ],
)
def test_what_another_version_kept_is_not_known(value: dict[str, object]) -> None:
    fact = replace(keepable(FOUND, NOW), value=value)
    assert kept(Ledger().with_facts([fact]), NOW) is None


def test_a_young_history_is_not_worth_looking_through() -> None:
    def day(ago: int) -> Day:
        return Day(
            day=(NOW - ago * DAY).date(), component="a", spans=(), counts={}, latency=None, rules=Rules()
        )

    assert not worth_looking(History(), NOW)
    assert not worth_looking(History(days=(day(29),)), NOW)
    assert worth_looking(History(days=(day(30), day(2))), NOW)


def test_nothing_is_looked_for_in_what_people_declare() -> None:
    shot = given.snapshot([given.component("a", "A", manual=True, begun=None)])
    found = look_through(History(), {}, shot)
    assert (found.foresight, found.lacking, found.past) == (Foresight(), (), ())


# --- what needs no statistics ------------------------------------------------------------------

AIM = Objective(Decimal("99.5"), "30d")


def outage(
    start: str, lasted: timedelta | None, code: str = "http.503", state: State = State.MAJOR
) -> Outage:
    begin = at(start)
    end = None if lasted is None else begin + lasted
    return Outage(component="a", start=begin, end=end, state=state, code=code, detail="")


def became(component: object) -> list[tuple[str, datetime, Outcome]]:
    told = past(component, given.WEIGHTS, NOW)  # type: ignore[arg-type]
    return [(one.kind.value, one.since, one.outcome) for one in told]


@pytest.mark.parametrize(
    ("expired", "outcome"),
    [("2026-10-20 00:00", Outcome.TRUE), ("2026-11-10 00:00", Outcome.FALSE), (None, Outcome.FALSE)],
)
def test_a_certificate_s_warning_came_true_when_it_ran_out(expired: str | None, outcome: Outcome) -> None:
    told = [outage("2026-10-06 00:00", DAY, "tls.expiring", State.DEGRADED)]
    if expired:
        told.insert(0, outage(expired, HOUR, "tls.expired"))
    component = replace(given.component("a", "A"), outages=tuple(told))
    assert became(component) == [("expiry", at("2026-10-06 00:00"), outcome)]


def test_one_outage_that_began_as_a_warning_is_one_that_came_true() -> None:
    steps = (
        Span(at("2026-11-01 00:00"), at("2026-11-15 00:00"), State.DEGRADED, "domain.expiring"),
        Span(at("2026-11-15 00:00"), at("2026-11-15 01:00"), State.MAJOR, "domain.expired"),
    )
    whole = replace(outage("2026-11-01 00:00", 15 * DAY, "domain.expired"), steps=steps)
    component = replace(given.component("a", "A"), outages=(whole,))
    assert became(component) == [("expiry", at("2026-11-01 00:00"), Outcome.TRUE)]


def burnt(*failures: tuple[str, timedelta]) -> list[tuple[str, datetime, Outcome]]:
    told = [given.failing(start, lasted, State.MAJOR, "http.503") for start, lasted in failures]
    return became(given.component("a", "A", failures=told, objective=AIM))


def test_a_budget_s_alarm_came_true_when_the_budget_was_used_up_soon() -> None:
    """99.5% of 30 days are 3 h 36 min; an alarm holds for 3 days."""
    first = ("2026-09-01 10:00", 30 * MINUTE)
    assert burnt(first) == [("burning", at("2026-09-01 10:15"), Outcome.FALSE)]
    used_up = burnt(first, ("2026-09-10 10:00", 4 * HOUR))
    assert [one[2] for one in used_up] == [Outcome.TRUE, Outcome.FALSE] or [one[2] for one in used_up] == [
        Outcome.TRUE,
        Outcome.TRUE,
    ]
    again = burnt(first, ("2026-09-10 10:00", 4 * HOUR), ("2026-09-20 10:00", HOUR))
    assert again[-1][2] is Outcome.LATE
    assert burnt(("2026-11-20 10:00", 30 * MINUTE))[0][2] is Outcome.OPEN


def test_a_long_outage_raises_one_alarm_each_three_days() -> None:
    told = burnt(("2026-09-01 10:00", 7 * DAY))
    assert [since for _, since, _ in told] == [at(f"2026-09-{day:02} 10:15") for day in (1, 4, 7)]


def test_trouble_that_weighs_nothing_burns_nothing() -> None:
    failures = [given.failing("2026-09-01 10:00", DAY, State.DEGRADED, "slow")]
    assert became(given.component("a", "A", failures=failures, objective=AIM)) == []


def test_what_runs_out_now_is_known_since_it_was_first_seen() -> None:
    failures = [given.failing("2026-11-20 10:00", None, State.DEGRADED, "tls.expiring")]
    component = replace(given.component("a", "A", failures=failures), measures={"days_left": 12.0})
    shot = given.snapshot([component, replace(given.component("b", "B"), measures={"days_left": 3.0})])
    assert [(one.component, one.since, one.now) for one in warnings(shot)] == [
        ("a", at("2026-11-20 10:00"), 12.0),
        ("b", None, 3.0),
    ]


def test_work_that_was_announced_makes_no_warning_true(store: Kept) -> None:
    from statuspage.foresight.judging import trouble
    from statuspage.intervals import Interval

    told = outage("2026-11-01 10:00", HOUR), outage("2026-10-01 10:00", HOUR)
    work = Account(excluded=(Interval(at("2026-10-01 09:00"), at("2026-10-01 12:00")),))
    component = replace(given.component("a", "A"), outages=told, account=work)
    assert [one.start for one in trouble(component, NOW)] == [at("2026-11-01 10:00")]


# --- told --------------------------------------------------------------------------------------


def warned(kind: Early, now: float, usual: float, **more: object) -> Snapshot:
    one = Warned(kind=kind, component="a", since=at("2026-11-12 00:00"), now=now, usual=usual)
    page = replace(given.ACME, show_warnings=True)
    shot = given.snapshot([given.component("a", "Chat")], page=page)
    return replace(shot, foresight=replace(FOUND, warnings=(one,)), **more)  # type: ignore[arg-type]


SAID = [
    (Early.SLOWER, 412, 298, "Since 12 November it takes 38% longer to answer than", "load, data, prompts"),
    (
        Early.FLAKED,
        0.083,
        0.004,
        "Since 12 November 8.3% of the checks succeed only when repeated, 0.4%",
        "--explain a",
    ),
    (Early.TOKENS, 28, 40, "Since 12 November it writes 30% more slowly than", "whoever runs the model"),
]


@pytest.mark.parametrize(("kind", "now", "usual", "sentence", "mend"), SAID)
def test_operators_are_reminded_once_a_day(
    kind: Early, now: float, usual: float, sentence: str, mend: str
) -> None:
    shot = warned(kind, now, usual)
    (notice,) = [n for n in notices(shot) if n.kind is NoticeKind.REMINDER]
    (later,) = [n for n in notices(replace(shot, now=NOW + HOUR)) if n.kind is NoticeKind.REMINDER]
    assert notice.key == later.key == f"reminder/{kind}/a/2026-11-22"
    assert ("(of such warnings 3 of 5 came true" in notice.what) is (kind is Early.SLOWER)
    told = message(shot, notice, "en")
    assert sentence in told.text
    assert mend in told.text
    over = replace(shot, foresight=Foresight())
    assert notice.what in message(over, notice, "en").text


@pytest.mark.parametrize(("kind", "now", "usual", "sentence", "mend"), SAID)
def test_a_component_s_page_says_it_in_a_sentence(
    kind: Early, now: float, usual: float, sentence: str, mend: str
) -> None:
    (line,) = lines(warned(kind, now, usual))
    assert line.startswith(f"Early warning. {sentence}")
    assert line.endswith("Of 5 earlier warnings of that kind, 3 came true.") is (kind is Early.SLOWER)


def lines(shot: Snapshot) -> tuple[str, ...]:
    return component_page(Context.of(shot, language("en", "Etc/UTC")), shot.components[0]).warnings


def test_a_page_that_does_not_show_warnings_has_none() -> None:
    shot = warned(Early.SLOWER, 412, 298)
    assert lines(replace(shot, page=given.ACME)) == ()


def test_what_runs_out_and_what_burns_is_in_the_same_list() -> None:
    failures = [given.failing("2026-11-22 13:30", None, State.MAJOR, "http.503")]
    component = replace(
        given.component("a", "Chat", failures=failures, objective=AIM), measures={"days_left": 3.0}
    )
    burning = component.budget
    assert burning
    paces = dict.fromkeys((15 * MINUTE, HOUR), burning.hour)
    component = replace(component, budget=replace(burning, paces=paces))
    shot = given.snapshot([component], page=replace(given.ACME, show_warnings=True))
    assert lines(shot) == (
        "Early warning. Its certificate or its domain runs out: 3 days are left.",
        "Early warning. Its error budget is spent more than 14.4 times as fast as the objective allows.",
    )
    told = summary(ended(shot))
    assert "the certificate or the domain of Chat runs out: 3 days left |" in told
    assert told.count("none to judge yet") == 2


def test_a_warning_changes_no_state_and_no_other_file() -> None:
    shot = warned(Early.SLOWER, 412, 298)
    with_it, without = (build(one, (html, *OUTPUTS)) for one in (shot, replace(shot, foresight=Foresight())))
    changed = {path for path in with_it if with_it[path] != without[path]}
    assert changed == {"components/a/index.html"}
