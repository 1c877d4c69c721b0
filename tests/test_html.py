import gzip
import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import snapshots as given

from statuspage.errors import StatuspageError
from statuspage.model import Incident, Maintenance, Snapshot, State
from statuspage.outputs.html import compact, html
from statuspage.outputs.site import build
from statuspage.outputs.templates import builtin_templates
from statuspage.reliability import recent_periods
from statuspage.views import CLASSES
from statuspage.views.incidents import ended
from statuspage.views.reports import report_path

WORLDS = {
    world.__name__: world
    for world in (
        given.everyday,
        given.trouble,
        given.empty,
        given.nothing,
        given.unsteady,
        given.unsure,
        given.working,
        given.hostile,
    )
}


class Page(HTMLParser):
    """What the tests ask of a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.inside: list[str] = []
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside[: len(self.inside) - 1 - self.inside[::-1].index(tag)]

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def site(snapshot: Snapshot, templates: Path | None = None) -> dict[str, bytes]:
    return dict(html(snapshot, templates=templates))


def pages(snapshot: Snapshot) -> dict[str, Page]:
    return {path: Page(body) for path, body in site(snapshot).items() if path.endswith(".html")}


def test_the_site_has_a_page_for_everything() -> None:
    made = site(given.trouble())

    assert {re.sub(r"\.[0-9a-f]{12}\.", ".HASH.", path) for path in made} == {
        "index.html",
        "404.html",
        "affected/index.html",
        "history/index.html",
        *(f"history/2026-{month}/index.html" for month in ("09", "10", "11")),
        "reports/index.html",
        *(
            f"reports/{over.key}/{name}"
            for over in recent_periods(given.trouble())
            for name in ("index.html", "report.json", "report.csv")
        ),
        "knowledge/index.html",
        "maintenance/index.html",
        "subscribe/index.html",
        "favicon.svg",
        "assets/style.HASH.css",
        "assets/affected.HASH.js",
        "assets/chart.HASH.js",
        "assets/page.HASH.js",
        "widget.js",
        *(f"components/{c.id}/index.html" for c in given.trouble().components),
        *(f"incidents/{i.id}/index.html" for i in given.trouble().incidents),
        *(f"incidents/{m.id}/index.html" for m in given.trouble().maintenances),
    }


@pytest.mark.parametrize("world", WORLDS)
def test_same_input_gives_same_bytes(world: str) -> None:
    assert site(WORLDS[world]()) == site(WORLDS[world]())


def test_assets_are_named_by_their_content() -> None:
    for path, body in site(given.everyday()).items():
        if path.startswith("assets/"):
            assert hashlib.sha256(body).hexdigest()[:12] in path


@pytest.mark.parametrize("world", WORLDS)
def test_every_page_begins_with_a_policy_that_lets_nothing_in(world: str) -> None:
    for path, page in pages(WORLDS[world]()).items():
        after_head = page.tags[[tag for tag, _ in page.tags].index("head") + 1]
        assert after_head[0] == "meta", path
        assert after_head[1]["http-equiv"] == "Content-Security-Policy", path
        assert after_head[1]["content"].startswith("default-src 'none'; "), path
        for tag, attributes in page.tags:
            assert "style" not in attributes, (path, tag)
            assert not [name for name in attributes if name.startswith("on")], (path, tag)
            assert tag != "script" or set(attributes) == {"defer", "src"}, path


def test_the_front_page_carries_its_stylesheet_and_the_policy_names_exactly_that() -> None:
    body = site(given.everyday())["index.html"].decode()
    found = re.search(r"<style>(.*?)</style>", body, re.DOTALL)
    assert found
    digest = b64encode(hashlib.sha256(found[1].encode()).digest()).decode()

    policy = Page(body.encode()).named("meta")[0]["content"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "stylesheet" not in [link["rel"] for link in Page(body.encode()).named("link")]


def _names_the_page(link: Mapping[str, str]) -> bool:
    """Its own address, that of the same page in another language, a calendar's: those are absolute."""
    if link["href"].startswith("webcal:"):
        return True
    return link.get("rel") == "canonical" or ("hreflang" in link and "rel" in link)


@pytest.mark.parametrize("world", WORLDS)
def test_internal_links_are_relative_and_lead_somewhere(world: str) -> None:
    made = site(WORLDS[world]())
    others = build(WORLDS[world]())
    for path, body in made.items():
        if not path.endswith(".html") or path == "404.html":
            continue
        page = Page(body)
        targets = [a["href"] for a in page.named("a") + page.named("link") if not _names_the_page(a)]
        targets += [s["src"] for s in page.named("script")]
        for target in targets:
            parts = urlsplit(target)
            assert not parts.scheme, (path, target)
            assert not target.startswith("/"), (path, target)
            if not parts.path:
                assert parts.fragment in {a.get("id") for _, a in page.tags}, (path, target)
                continue
            reached = _resolved(path, parts.path)
            assert reached in made or reached in others, (path, target)
            if parts.fragment:
                anchors = {a.get("id") for _, a in Page(made[reached]).tags}
                assert parts.fragment in anchors, (path, target)


def _resolved(path: str, target: str) -> str:
    """The file that a relative link reaches; a folder is its index.html."""
    folders = path.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            folders.pop()  # an IndexError here is a link out of the site
        elif part != ".":
            folders.append(part)
    return "/".join(folders) + "index.html" if folders[-1:] == [""] and len(folders) == 1 else _file(folders)


def test_what_tells_of_the_past_is_the_same_from_round_to_round() -> None:
    """Else each round would publish all that there ever was."""
    world = given.trouble()
    assert world.measured
    assert world.valid_until
    shift = timedelta(minutes=5)
    later = replace(
        world, now=world.now + shift, measured=world.measured + shift, valid_until=world.valid_until + shift
    )
    before, after = dict(html(world)), dict(html(later))
    told: list[Incident | Maintenance] = [*world.incidents, *world.maintenances]
    settled = [one for one in told if ended(one)]
    still = {
        *(f"incidents/{one.id}/index.html" for one in settled),
        *(f"{report_path(over)}index.html" for over in recent_periods(world) if not over.running),
        "knowledge/index.html",
        "subscribe/index.html",
        "404.html",
    }
    living = [one for one in world.incidents if one.open]

    assert settled
    assert living
    assert [path for path in still if before.get(path) != after.get(path)] == []
    for path in ("index.html", *(f"incidents/{one.id}/index.html" for one in living)):
        assert before[path] != after[path]
        assert b"Measured <time" in after[path]


def _file(folders: list[str]) -> str:
    return "/".join([*folders[:-1], "index.html"]) if not folders or folders[-1] == "" else "/".join(folders)


def test_the_missing_page_works_at_any_depth_of_the_sites_own_path() -> None:
    below = replace(given.everyday(), page=replace(given.ACME, url="https://acme.example/status"))

    page = Page(site(below)["404.html"])

    assert {a["href"] for a in page.named("a")} >= {"/status/", "/status/history/"}
    assert page.named("script")[0]["src"].startswith("/status/assets/page.")


def test_hostile_names_stay_text_on_every_page() -> None:
    for path, page in pages(given.hostile()).items():
        own = path.startswith(("affected/", "components/"))
        assert len(page.named("script")) == (2 if own else 1), path
        assert "{{ 7 * 7 }}" in page.words, path


def test_the_updates_own_markup_is_kept() -> None:
    body = site(given.everyday())["incidents/2026-11-10-slower/index.html"].decode()

    assert "<h3>Root cause</h3><p>A limit of <strong>20</strong> workers" in body


def test_the_pages_say_that_their_data_is_for_demonstration() -> None:
    demo, real = pages(given.unsure()), pages(given.everyday())

    assert all("Demonstration data" in page.words for page in demo.values())
    assert not any("Demonstration data" in page.words for page in real.values())


def test_every_state_is_told_by_word_and_shape() -> None:
    body = site(given.everyday())["index.html"].decode()

    for css in CLASSES.values():
        assert f'<symbol id="{css}"' in body
    for row in re.findall(r'<span class="state (\w+)">(.*?)</span>', body):
        assert f'href="#{row[0]}"' in row[1]
        assert re.sub("<.*?>", "", row[1])


@pytest.mark.parametrize("state", list(State))
def test_the_icon_takes_the_states_shape_and_colour(state: State) -> None:
    icon = site(replace(given.everyday(), state=state))["favicon.svg"].decode()

    assert f'class="{CLASSES[state]}"' in icon
    assert icon.startswith("<svg ")


def test_fifty_components_fit_into_seventy_kilobytes_and_ten_compressed() -> None:
    front = site(given.many(50, 5))["index.html"]

    assert len(front) <= 70_000
    assert len(gzip.compress(front, 9, mtime=0)) <= 10_000


def test_the_script_is_small() -> None:
    made = site(given.everyday())

    assert max(len(body) for path, body in made.items() if path.endswith(".js")) < 6000


# --- templates ---------------------------------------------------------------------------------


def test_an_own_template_of_the_same_name_wins(tmp_path: Path) -> None:
    (tmp_path / "404.html").write_text("nothing for {{ page.frame.site }}")

    made = site(given.everyday(), tmp_path)

    assert made["404.html"] == b"nothing for Acme chatbot status"
    assert made["index.html"] == site(given.everyday())["index.html"]


def test_an_own_stylesheet_and_script_win_too(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("h1 { color: red }")
    (tmp_path / "page.js").write_text("// nothing")

    made = site(given.everyday(), tmp_path)

    assert "<style>h1{color:red}</style>" in made["index.html"].decode()
    assert b"// nothing" in made.values()


@pytest.mark.parametrize(
    ("template", "where"),
    [
        ("fine\n{% if %}", "404.html:2"),
        ("fine\n\n{{ page.no_such_thing }}", "404.html:3"),
        ("{% extends 'gone.html' %}", "gone.html"),
    ],
)
def test_a_broken_template_is_named_with_its_line(tmp_path: Path, template: str, where: str) -> None:
    (tmp_path / "404.html").write_text(template)

    with pytest.raises(StatuspageError) as caught:
        site(given.everyday(), tmp_path)

    assert str(caught.value.problems[0].where).endswith(where)
    assert caught.value.problems[0].mend


def test_the_templates_are_found_beside_the_package() -> None:
    assert (builtin_templates() / "index.html").is_file()


def test_only_sanitised_updates_and_our_stylesheet_are_not_escaped() -> None:
    marked = [
        line.strip()
        for template in sorted(builtin_templates().glob("*.*"))
        for line in template.read_text().splitlines()
        if "sanitised" in line or "| safe" in line or "|safe" in line or "autoescape" in line
    ]

    assert marked == [
        "{% block styles %}<style>{{ assets.whole_css | sanitised }}</style>{% endblock %}",
        "{% block styles %}<style>{{ assets.css | sanitised }}</style>{% endblock %}",
        '<div class="{{ css }}"{{ spoken(told.lang) }}>{{ told.html | sanitised }}</div>',
        "{% block styles %}<style>{{ assets.whole_css | sanitised }}</style>{% endblock %}",
    ]


def test_compacting_leaves_strings_and_descendants_alone() -> None:
    css = """/* a: b */ a  :hover ,
    b { content: "x ;  { y: z" ; color: red }
    """

    assert compact(css) == 'a :hover,b{content:"x ;  { y: z";color:red}'


def test_readers_programs_find_the_feeds_by_themselves_the_most_useful_first() -> None:
    page = Page(site(WORLDS["trouble"]())["history/index.html"])
    found = [
        (a["type"], a["title"], a["href"])
        for a in page.named("link")
        if a.get("rel") == "alternate" and "hreflang" not in a
    ]

    assert found == [
        ("application/atom+xml", "Updates (Atom)", "../updates.atom"),
        ("application/atom+xml", "Incidents (Atom)", "../history.atom"),
        ("application/rss+xml", "Incidents (RSS)", "../history.rss"),
        ("application/feed+json", "Updates (JSON Feed)", "../feed.json"),
        ("text/calendar", "Maintenance (iCalendar)", "../maintenance.ics"),
    ]
