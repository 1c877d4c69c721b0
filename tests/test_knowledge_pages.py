"""What came again and what was learnt, on the site, in operators' messages, and in the terminal."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
import snapshots as given
from browsing import chromium, served, write_sites
from click.testing import CliRunner, Result
from remembered import CAUSES, PLANTED, incident, ten_years
from snapshots import NOW

from statuspage.cli import main
from statuspage.knowledge import memory
from statuspage.knowledge.recurrence import MANY
from statuspage.model import Action, CauseClass, Incident, IncidentStatus, Snapshot
from statuspage.news import notices
from statuspage.notices import Audience
from statuspage.outputs.html import html
from statuspage.outputs.messages import message
from statuspage.outputs.sitemap import entries
from statuspage.views import history_page, incident_page, knowledge_page, reports_page
from statuspage.views.again import NAMED, SHOWN
from statuspage.views.knowledge import GROUPS, LISTED, KnowledgePage
from statuspage.views.languages import first_context

DAY = timedelta(days=1)
CHAT = given.component("chat", "Chat")


def whatsapp(n: int, days: float, *, cause: CauseClass = CauseClass.NETWORK) -> Incident:
    return incident(f"token-{n}", NOW - days * DAY, PLANTED[1][n % 3], ("chat",), cause)


def learnt(one: Incident, *actions: Action) -> Incident:
    """With a published report."""
    report = given.update(9, "postmortem", f"{NOW - DAY:%Y-%m-%d %H:%M}", "What we know now.")
    return replace(
        one,
        status=IncidentStatus.POSTMORTEM,
        updates=(report, *one.updates),
        actions=actions,
        lessons=(("<p>Tokens <em>end</em>.</p>", "Tokens end."),),
        fixed="A token that does not expire.",
    )


def world(*incidents: Incident) -> Snapshot:
    newest_first = sorted(incidents, key=lambda one: (one.started, one.id), reverse=True)
    return given.snapshot([CHAT], incidents=newest_first)


THRICE = (whatsapp(0, 80), whatsapp(1, 40), whatsapp(2, 1))


def page_of(snapshot: Snapshot) -> KnowledgePage:
    return knowledge_page(first_context(snapshot).at("knowledge/"))


def site(snapshot: Snapshot) -> dict[str, str]:
    return {path: body.decode() for path, body in html(snapshot) if path.endswith(".html")}


# --- the incident's page -------------------------------------------------------------------------


def test_an_incident_says_that_it_came_again_and_links_to_the_others() -> None:
    snapshot = world(*THRICE)
    again = incident_page(first_context(snapshot).at("incidents/token-2/"), THRICE[2]).again

    assert again
    assert again.heading == "Third time in 90 days"
    assert [(one.href, one.title.text, one.why) for one in again.earlier] == [
        (
            "../../incidents/token-1/",
            "WhatsApp messages unanswered",
            "same component and kind of cause (Chat, network), alike in its words",
        ),
        (
            "../../incidents/token-0/",
            "Webhook token for WhatsApp expired",
            "same component and kind of cause (Chat, network), alike in its words",
        ),
    ]
    assert (again.more, again.knowledge.href) == ("", "../../knowledge/")
    assert "Third time in 90 days" in site(snapshot)["incidents/token-2/index.html"]


def test_a_first_time_says_nothing() -> None:
    snapshot = world(*THRICE)

    assert incident_page(first_context(snapshot), THRICE[0]).again is None
    assert "in 90 days" not in site(snapshot)["incidents/token-0/index.html"]


@pytest.mark.parametrize(
    ("times", "heading"),
    [
        (2, "Second time in 90 days"),
        (10, "Tenth time in 90 days"),
        (11, "11 times in 90 days with this one"),
        (MANY + 5, "More than 100 times in 90 days"),
    ],
)
def test_it_is_counted_in_words_as_far_as_anybody_reads(times: int, heading: str) -> None:
    many = [whatsapp(n, 50 - n / 10) for n in range(times)]
    again = incident_page(first_context(world(*many)), many[-1]).again

    assert again
    assert again.heading == heading
    assert len(again.earlier) == min(times - 1, SHOWN)
    assert bool(again.more) == (times - 1 > SHOWN)


# --- the page of all that is known ---------------------------------------------------------------


def test_actions_lessons_and_groups_are_on_one_page() -> None:
    late = Action(text="Alert before a token ends", done=False, owner="platform", due=date(2026, 11, 1))
    later = Action(text="Write it down", done=False, due=date(2026, 12, 1))
    some_day = Action(text="Look again", done=False)
    done = Action(text="Renew it", done=True, owner="ops")
    page = page_of(world(learnt(THRICE[0], done, some_day, later, late), *THRICE[1:]))

    assert [(one.text.text, one.css, one.state, one.owner) for one in page.actions] == [
        ("Alert before a token ends", "maj", "Late, due 1 November 2026", "platform"),
        ("Write it down", "deg", "Open, due 1 December 2026", ""),
        ("Look again", "deg", "Open", ""),
        ("Renew it", "ok", "Done", "ops"),
    ]
    assert [(one.incident.title.text, one.prose[0].html) for one in page.lessons] == [
        ("Webhook token for WhatsApp expired", "<p>Tokens <em>end</em>.</p>")
    ]
    assert [(groups.heading, [row.name.text for row in groups.rows]) for groups in page.groups] == [
        ("The same component and kind of cause", ["Chat, network"]),
        ("Alike in their words", ["No replies on WhatsApp"]),
    ]
    assert page.groups[0].rows[0].told == "3 incidents, 3 of them in the last 90 days"
    assert [tally.heading for tally in page.tallies] == ["By cause", "By component"]


def test_long_lists_are_cut_and_say_so() -> None:
    causes = [c for c in CauseClass if c is not CauseClass.UNKNOWN]
    parts = [f"p{n}" for n in range(GROUPS)]
    some = [
        incident(f"i{n}-{m}-{cause}", NOW - (200 + n) * DAY, (f"a{n}", f"b{n}", "c", "d"), (part,), cause)
        for n, part in enumerate(parts)
        for m in range(LISTED + 2)
        for cause in causes[:2]
    ]
    page = page_of(world(*some))

    assert len(page.groups[0].rows) == GROUPS
    assert page.groups[0].more == "And 60 more."
    assert page.groups[0].rows[0].more == "And 2 more."
    assert page.groups[0].rows[0].told == "7 incidents"


def test_there_is_a_page_and_a_link_only_where_there_is_something_to_tell() -> None:
    alone, again, reported = world(THRICE[0]), world(*THRICE), world(learnt(THRICE[0]))

    assert "knowledge/index.html" not in site(alone)
    assert "knowledge/" not in [entry.path for entry in entries(alone)]
    assert history_page(first_context(alone)).knowledge is None
    for snapshot in (again, reported):
        made = site(snapshot)
        assert "knowledge/" in [entry.path for entry in entries(snapshot)]
        assert 'href="../knowledge/"' in made["history/index.html"]
        assert 'href="../knowledge/"' in made["reports/index.html"]
        assert "knowledge/" not in made["index.html"]  # its octets are counted
        assert made["knowledge/index.html"].count("<h2>") >= 1
    assert reports_page(first_context(again), []).knowledge


def test_nothing_of_a_hidden_component_is_on_it() -> None:
    vault = given.component("vault", "Vault")
    some = [
        incident(f"vault-{n}", NOW - n * DAY, PLANTED[0][n], ("vault",), CauseClass.NETWORK) for n in (1, 2)
    ]
    told = learnt(some[0], Action(text="Move the vault", done=False))
    snapshot = replace(world(told, some[1], *THRICE), hidden=(vault,))
    text = site(snapshot)["knowledge/index.html"]

    assert "vault" not in text.lower()
    assert PLANTED[0][1][0] not in text
    assert "Third time" in site(snapshot)["incidents/token-2/index.html"]


def test_hostile_titles_mean_nothing() -> None:
    bad = "<script>alert('x')</script>\"'&]]>{{ 7 * 7 }}"
    titles = (bad, "word " * 10_000, "", "索引" * 40)
    some = [
        learnt(
            incident(f"bad-{n}-{m}", NOW - (n + m) * DAY, (title, title, "x", "y"), ("chat",)),
            Action(text=bad, done=False, owner=bad),
        )
        for n, title in enumerate(titles)
        for m in range(2)
    ]
    snapshot = world(*(replace(one, tags=(bad,)) for one in some))
    made = site(snapshot)

    assert len(memory(snapshot).by_text) == 3
    for path in ("knowledge/index.html", "incidents/bad-0-0/index.html"):
        assert "<script>alert" not in made[path]
        assert "{{ 7 * 7 }}" in made[path]
        Strict().feed(made[path])


class Strict(HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "br", "hr", "input", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_ten_years_make_the_same_page_again() -> None:
    snapshot = world(*ten_years(1).incidents)
    page = page_of(snapshot)

    assert [len(groups.rows) for groups in page.groups] == [8 * len(CAUSES) + 3, len(PLANTED)]
    assert page == page_of(replace(snapshot, incidents=(*snapshot.incidents,)))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sites")
    actions = [
        Action(text=f"Renew n\N{LATIN SMALL LETTER U WITH DIAERESIS}mber {n}", done=n > 1) for n in range(3)
    ]
    write_sites(folder, {"known": world(learnt(THRICE[0], *actions), *THRICE[1:])})
    with served(folder) as address:
        yield address


class TestInABrowser:
    @pytest.mark.parametrize("width", [320, 1280])
    def test_the_box_finds_what_was_learnt(self, address: str, width: int) -> None:
        with chromium() as browser:
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(f"{address}known/knowledge/")
            page.get_by_label("Search what was learnt").fill("NUMBER 1")

            assert page.get_by_text("Found: 1").is_visible()
            assert page.locator("#all li[data-text]:visible").count() == 1
            assert page.get_by_role("heading", name="Lessons").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_without_javascript_all_is_there(self, address: str) -> None:
        with chromium() as browser:
            page = browser.new_context(java_script_enabled=False).new_page()
            page.goto(f"{address}known/knowledge/")

            assert page.get_by_role("searchbox").count() == 0
            assert page.locator("#all li[data-text]:visible").count() >= 6


# --- messages ------------------------------------------------------------------------------------


def told_to(audience: Audience, *incidents: Incident) -> str:
    snapshot = world(*incidents)
    notice = next(one for one in notices(snapshot) if one.subject == incidents[-1].id)
    return message(snapshot, notice, "en", audience=audience).text


def test_operators_are_told_how_often_and_what_fixed_it_before() -> None:
    text = told_to(Audience.OPERATORS, THRICE[0], learnt(THRICE[1]), THRICE[2])

    assert (
        "Third time in 90 days: WhatsApp messages unanswered · Webhook token for WhatsApp expired\n" in text
    )
    assert "What fixed it the time before: A token that does not expire.\n" in text


def test_what_is_not_written_is_not_told() -> None:
    many = [whatsapp(n, NAMED + 3 - n) for n in range(NAMED + 3)]
    silent = [replace(one, updates=one.updates[1:]) for one in many]
    text = told_to(Audience.OPERATORS, *silent)

    assert "Sixth time in 90 days: " in text
    assert " · …\n" in text
    assert "What fixed it" not in text


def test_a_message_of_long_words_stays_short() -> None:
    some = [replace(whatsapp(n, 3 - n), title="word " * 10_000) for n in range(3)]
    long = replace(some[1], updates=(replace(some[1].updates[0], status="resolved", text="w" * 9000),))

    assert len(told_to(Audience.OPERATORS, some[0], long, some[2])) < 6000


def test_the_public_reads_it_on_the_page_alone() -> None:
    assert "in 90 days" not in told_to(Audience.PUBLIC, *THRICE)
    assert "in 90 days" not in told_to(Audience.OPERATORS, THRICE[2])


# --- the terminal --------------------------------------------------------------------------------

CONFIG = """\
page: {name: Kestrel, url: "https://status.kestrel.example", timezone: Pacific/Auckland}
components:
  - {name: WhatsApp, type: manual}
  - {name: Vault, type: manual, public: false}
"""
TOKEN = """\
---
title: Webhook token for WhatsApp expired
impact: major
components: [whatsapp]
started: 2026-05-01 08:00 UTC
cause: The access token of the channel has expired.
---

## Investigating - 2026-05-01 08:10 UTC

Messages on WhatsApp are not answered.

## Resolved - 2026-05-01 09:00 UTC

A new token was put in. We are sorry.
"""
OTHER = """\
---
title: Slow pages
impact: minor
components: [vault]
---

## Resolved - 2026-07-01 09:00 UTC

Fast again.
"""
REPORT = """
## Postmortem - 2026-05-02 09:00 UTC

- published: true

### What fixed it

A token that *never* expires.
<!-- remark -->

### Lessons

- Tokens **end**.

### fr

#### Lessons

- Non.

### Actions

- [ ] Alert on it (owner: platform, due: 2026-11-22)

#### Some day

- [ ] Look again
- [x] Renew it (owner: ops)
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    (tmp_path / "components.yaml").write_text(CONFIG)
    (tmp_path / "incidents").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    def go(*words: str, now: str = "2026-11-22T14:08:30Z") -> Result:
        return CliRunner().invoke(main, [*words, "--now", now])

    return go


def write(name: str, text: str) -> None:
    Path(f"incidents/{name}.md").write_text(text)


OPEN = (
    "incident",
    "open",
    "--title",
    "No replies on WhatsApp",
    "--impact",
    "major",
    "--component",
    "whatsapp",
)


def test_opening_an_incident_shows_what_was_like_it_and_what_fixed_it(run: Run) -> None:
    write("2026-05-01-token", TOKEN)
    write("2026-06-01-token", TOKEN.replace("2026-05-01", "2026-06-01") + REPORT)
    write("2026-07-01-other", OTHER)
    write("broken", TOKEN.replace("impact: major", "impact: WhatsApp"))
    write("plan", "---\nkind: maintenance\ntitle: WhatsApp WhatsApp\ncomponents: [whatsapp]\n---\n")
    done = run(*OPEN, "--cause", "The token has expired.", "--text", "People get no reply.")

    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[:6] == [
        "alike, and what fixed it:",
        "  2026-06-01-token  Webhook token for WhatsApp expired",
        "    A token that never expires.",
        "  2026-05-01-token  Webhook token for WhatsApp expired",
        "    A new token was put in.",
        "wrote incidents/2026-11-22-no-replies-on-whatsapp.md",
    ]
    assert "alike" not in Path("incidents/2026-11-22-no-replies-on-whatsapp.md").read_text()


def test_nothing_is_shown_where_nothing_is_alike_or_quiet_is_wished(run: Run) -> None:
    assert "alike" not in run(*OPEN, "--text", "x").output

    write("2026-05-01-token", TOKEN)
    assert "alike" not in run("--quiet", *OPEN, "--id", "again", "--text", "x").output


def test_similar_incidents_are_found_before_anything_is_written(run: Run) -> None:
    write("2026-05-01-token", TOKEN.replace("A new token was put in. We are sorry.", "It is over."))
    found = run(
        "incident",
        "similar",
        "the WhatsApp token has expired",
        "--component",
        "whatsapp",
        "--cause-class",
        "external",
    )

    assert found.output == (
        "  2026-05-01-token  Webhook token for WhatsApp expired\n    what fixed it is not written\n"
    )
    assert run("incident", "similar", "zzz").output == "no incident reads like that\n"
    assert run("incident", "similar", "").output == "no incident reads like that\n"

    write("2026-05-01-token", TOKEN.replace("Webhook token for WhatsApp expired", "token " * 500))
    assert len(run("incident", "similar", "token").output) < 300


def test_late_and_open_actions_are_listed(run: Run) -> None:
    assert run("incident", "actions").output == "no action is open\n"
    assert run("incident", "actions", "--all").output == "no report has actions\n"

    write("2026-05-01-token", TOKEN + REPORT)
    write("2026-06-01-draft", TOKEN + REPORT.replace("published: true", "published: false"))
    listed = run("incident", "actions", "--all")  # it is the 23rd in Auckland

    assert listed.exit_code == 0
    assert listed.output.splitlines() == [
        "late  due 2026-11-22  platform  Alert on it  (2026-05-01-token)",
        "open  no date  nobody  Look again  (2026-05-01-token)",
        "done  no date  ops  Renew it  (2026-05-01-token)",
    ]
    before = run("incident", "actions", now="2026-11-22T09:00:00Z").output.splitlines()
    assert [line.split()[0] for line in before] == ["open", "open"]


def test_lessons_come_from_the_file_to_the_page(run: Run) -> None:
    write("2026-05-01-token", TOKEN + REPORT)
    assert run("build", "--out", "_site").exit_code in (0, 3)
    text = Path("_site/knowledge/index.html").read_text()

    assert "<li>Tokens <strong>end</strong>.</li>" in text
    assert "Non." not in text
    assert "Alert on it" in text


def test_a_thousand_incidents_do_not_slow_the_opening_of_one(run: Run) -> None:
    from statuspage.cli.saying import desk_at
    from statuspage.knowledge import similar

    for n, one in enumerate(ten_years(5, alone=862).incidents):
        text = TOKEN.replace("Webhook token for WhatsApp expired", one.title)
        write(f"i{n}", text.replace("not answered", f"not answered {one.updates[-1].text}"))
    desk = desk_at(NOW)
    begun = time.process_time()
    found = similar(desk, ["WhatsApp token expired", "whatsapp"], "Nobody is answered.")

    assert len(found) == 3
    assert time.process_time() - begun < 1  # 0.15 s where 0.3 s are promised, and machines of CI are slow
