"""`page.theme` and `page.links`: from the file to what a browser shows."""

import gzip
import hashlib
import re
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
import snapshots as given
from browsing import CHROMIUM, chromium, in_languages, served, write_sites
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from statuspage.check import check
from statuspage.config import load
from statuspage.errors import INCOMPLETE, Problems
from statuspage.model import PageLink, Snapshot, Theme
from statuspage.outputs.html import html
from statuspage.outputs.templates import builtin_templates
from statuspage.pipeline import build_site, open_project
from statuspage.theme import read
from statuspage.theme.contrast import SHAPES, WORDS, contrast, least, reaching, told
from statuspage.theme.palette import DARK, GROUNDS, LIGHT, PROPERTIES, STATES, faults, settled
from statuspage.theme.pictures import size

NOW = datetime(2026, 11, 22, 14, 42, tzinfo=UTC)
REST = "components:\n- {name: API, type: manual}\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 32"><path d="M0 0h120v32H0z"/></svg>'
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + (b"\0\0\0\rIHDR" + (head := struct.pack(">IIBBBBB", 3, 2, 8, 0, 0, 0, 0)))
    + struct.pack(">I", zlib.crc32(b"IHDR" + head))
)

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def project(folder: Path, page: str, **files: bytes) -> Path:
    """A page's folder: `page` are lines below `page:`, files are named with `__` for the dot."""
    lines = "".join(f"  {line}\n" for line in page.splitlines())
    text = f"page:\n  name: Acme\n  url: https://acme.example\n  since: 2026\n{lines}{REST}"
    (folder / "components.yaml").write_text(text)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return folder


def theme(folder: Path, lines: str, **files: bytes) -> Theme:
    root = project(folder, "theme:\n" + "".join(f"  {line}\n" for line in lines.splitlines()), **files)
    made, problems = read(root, open_project(root, {}).config)
    assert problems == ()
    return made


def dressed(made: Theme, world: Snapshot) -> Snapshot:
    return replace(world, page=replace(world.page, theme=made))


def front(world: Snapshot) -> bytes:
    path, body = next(html(world))  # the others are made when they are asked for
    assert path == "index.html"
    return body


def refusals(page: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        load(f"page:\n  name: Acme\n{page}\n{REST}", "components.yaml", {})
    return [f"{p.where.line if p.where else 0}: {p.what} | {p.mend}" for p in caught.value.problems]


def found(root: Path) -> list[str]:
    return [str(problem) for problem in check(root, {}, NOW)]


class Styles(HTMLParser):
    """The content of each <style>, and the names of all elements."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.names: list[str] = []
        self.styles: list[str] = []
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)

    def handle_data(self, data: str) -> None:
        if self.names and self.names[-1] == "style" and data.strip():
            self.styles.append(data)


# --- contrast ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [  # as WebAIM's contrast checker gives them, and W3C's technique G18 for the ends
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#949494", "#ffffff", 3.03),
        ("#0000ff", "#ffffff", 8.59),
        ("#ff0000", "#ffffff", 4.00),
        ("#000000", "#ffffff", 21.0),
        ("#123456", "#123456", 1.0),
    ],
)
def test_contrast_is_that_of_published_examples(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


def test_a_ratio_is_told_rounded_down() -> None:
    assert (told(4.4999), told(4.5), told(21.0)) == ("4.49:1", "4.50:1", "21.00:1")


def test_the_nearest_grey_that_is_enough_on_white_is_the_published_one() -> None:
    assert reaching("#777777", ["#ffffff"], WORDS) == "#767676"
    assert reaching("#767676", ["#ffffff"], WORDS) == "#767676"


@for_all(colours, colours)
def test_on_one_ground_there_is_always_a_colour_that_is_enough(colour: str, ground: str) -> None:
    assert contrast(reaching(colour, [ground], WORDS), ground) >= WORDS


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_built_in_colours_pass_their_own_check(scheme: object) -> None:
    built_in = dict((LIGHT if scheme is LIGHT else DARK).built_in)

    assert list(faults(built_in, built_in)) == []
    assert settled(LIGHT if scheme is LIGHT else DARK, {}, {}) == built_in


def test_the_built_in_colours_are_those_of_the_stylesheet() -> None:
    css = (builtin_templates() / "style.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    for scheme, block in ((LIGHT, light), (DARK, dark)):
        written = dict(re.findall(r"--([\w-]+): (#\w+)", block))
        known = {PROPERTIES[key]: colour for key, colour in scheme.built_in.items()}
        assert known == {
            name: c if len(c) == 7 else re.sub(r"(\w)", r"\1\1", c) for name, c in written.items()
        }


@settings(max_examples=15)
@for_all(st.dictionaries(st.sampled_from([*STATES, "accent"]), colours), st.none() | colours)
def test_what_is_not_chosen_can_be_read_beside_what_is(chosen: dict[str, str], ground: str | None) -> None:
    chosen |= {"page": ground, "card": ground} if ground else {}
    light = settled(LIGHT, chosen, {})
    for now in (light, settled(DARK, {}, chosen)):
        grounds = [now[key] for key in GROUNDS]
        for state in STATES:
            assert least(now[f"{state}_text"], grounds) >= WORDS
            assert state in chosen or least(now[state], grounds) >= SHAPES
        assert least(now["text"], grounds) >= WORDS
        assert "accent" not in now or contrast(now["on_accent"], now["accent"]) >= WORDS


# --- the file ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("  theme:\n    accent: red", '4: theme.accent: a colour is written "#rgb" or "#rrggbb", in quotes | '),
        ("  theme:\n    ok: '#fff;}body{display:none'", "4: theme.ok: a colour is written"),
        ("  theme:\n    ok: '#fff\n\n      '", "4: theme.ok: a colour is written"),
        ("  theme:\n    ok: 'url(x)'", "4: theme.ok: a colour is written"),
        (
            "  theme:\n    page: #fff",
            "4: theme.page: nothing stands here | write a value or delete the key; a text that begins with #",
        ),
        ("  theme:\n    acent: '#fff'", "4: theme: unknown key 'acent' | did you mean 'accent'?"),
        ("  theme:\n    dark:\n      majr: '#fff'", "5: theme.dark: unknown key 'majr' | did you mean 'major'?"),
        ("  theme:\n    dark: {logo: a.svg}", "4: theme.dark: unknown key 'logo' | use one of accent,"),
        ("  theme:\n    logo: ../secret.svg", "4: theme.logo: a file's way from the folder of this file"),
        ("  theme:\n    logo: /etc/logo.svg", "4: theme.logo: a file's way"),
        ("  theme:\n    logo: https://x.example/a.svg", "4: theme.logo: a file's way"),
        ("  theme:\n    logo: a.gif", "4: theme.logo: the file's name must end in .svg, .png, .webp, .jpg, .jpeg"),
        ("  theme:\n    css: a.js", "4: theme.css: the file's name must end in .css"),
        ("  links:\n    header:\n    - {text: A, href: 'javascript:x'}", "5: links.header[0].href: no javascript:"),
        ("  links:\n    header:\n    - {text: A, href: 'JavaScript:x'}", "5: links.header[0].href: no javascript:"),
        ("  links:\n    header:\n    - {text: A, href: 'java\\tscript:x'}", "5: links.header[0].href: an address"),
        ("  links:\n    footer:\n    - {text: A, href: '//evil.example'}", "5: links.footer[0].href: a relative"),
        ("  links:\n    footer:\n    - {text: A, href: 'https://'}", "5: links.footer[0].href: the address has no"),
        ("  links:\n    footer:\n    - {href: /a}", "5: links.footer[0]: the key 'text' is missing"),
        ("  links:\n    footer:\n    - {text: {xx1: A}, href: /a}", "5: links.footer[0].text.xx1: a language is a"),
        ("  links:\n    header: [" + "{text: A, href: /a}, " * 6 + "]", "4: links.header: must have at most 5 items"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_at_its_line(lines: str, expected: str) -> None:
    (told,) = refusals(lines)

    assert told.startswith(expected)


def test_nothing_but_a_colour_gets_into_the_stylesheet(tmp_path: Path) -> None:
    made = theme(tmp_path, "ok: '#0A7'\naccent: '#6D28D9'")

    assert (made.light["ok"], made.light["accent"]) == ("#00aa77", "#6d28d9")
    assert {*map(len, (*made.light.values(), *made.dark.values()))} == {7}


def test_without_a_theme_nothing_is_added(tmp_path: Path) -> None:
    assert theme(tmp_path, "{}") == Theme()
    assert theme(tmp_path, "dark: {page: '#0f1215'}") == Theme()


# --- the files it names ------------------------------------------------------------------------


def test_a_page_is_published_without_what_cannot_be_read(tmp_path: Path) -> None:
    lines = "theme:\n  ok: '#008800'\n  logo: gone.svg\n  favicon: icon.png\n  css: own.css"
    root = project(tmp_path, lines, icon__png=b"<html>", own__css=b"\xff")
    built = build_site(open_project(root, {}), NOW, write=False)

    assert [str(problem).splitlines()[0] for problem in built.problems] == [
        "error: components.yaml:7: gone.svg: there is no such file",
        "error: components.yaml:8: icon.png: is no PNG",
        "error: components.yaml:9: own.css: is not UTF-8: octet 0",
    ]
    assert built.exit_code == INCOMPLETE
    assert b"--ok:#008800" in built.files["index.html"]
    assert b'<svg class="logo"' in built.files["index.html"]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda at: at.symlink_to("/etc/hostname"), "the link leads out of this folder"),
        (lambda at: at.symlink_to(at.name), "cannot be read"),
        (lambda at: at.mkdir(), "is no file"),
        (lambda at: at.write_bytes(SVG + b" " * 200_000), "is larger than 200 kB"),
    ],
)
def test_no_other_file_gets_onto_the_page(tmp_path: Path, make: object, told: str) -> None:
    root = project(tmp_path, "theme: {logo: logo.svg}")
    assert callable(make)
    make(root / "logo.svg")
    made, problems = read(root, open_project(root, {}).config)

    assert made.logo is None
    assert told in problems[0].what


@pytest.mark.parametrize(
    ("suffix", "content", "expected"),
    [
        ("png", PNG, (3, 2)),
        ("png", SVG, None),
        ("svg", SVG, (120, 32)),
        ("svg", b"<?xml version='1.0'?><svg width='10' height='20.4px'/>", (10, 20)),
        ("svg", b"<svg width='100%' height='100%'/>", (0, 0)),
        ("svg", b"<html></html>", None),
        ("jpg", bytes.fromhex("ffd8ffe000040000ffc0001108001000200301"), (32, 16)),
        ("jpeg", b"\xff\xd8\xff\xe0\0", (0, 0)),
        ("webp", b"RIFF....WEBPVP8X" + bytes(8) + b"\x1f\0\0\x0f\0\0", (32, 16)),
        ("webp", b"RIFF....WEBPVP8L" + bytes(5) + (31 | 15 << 14).to_bytes(4, "little"), (32, 16)),
        ("webp", b"RIFF....WEBPVP8 " + bytes(10) + b"\x20\0\x10\0", (32, 16)),
        ("ico", b"\0\0\1\0", (0, 0)),
        ("ico", PNG, None),
    ],
)
def test_a_picture_is_what_its_name_says(suffix: str, content: bytes, expected: object) -> None:
    assert size(suffix, content) == expected


def test_pictures_are_files_named_by_their_content(tmp_path: Path) -> None:
    lines = "logo: a.svg\nlogo_dark: b.png\nlogo_has_name: true\nfavicon: b.png"
    made = dict(html(dressed(theme(tmp_path, lines, a__svg=SVG, b__png=PNG), given.everyday())))
    names = {re.sub(r"\.[0-9a-f]{12}\.", ".", path): path for path in made if path.startswith("assets/")}
    page = made["components/language-model/index.html"].decode()

    assert made[names["assets/logo.svg"]] == SVG
    assert f'<link rel="icon" type="image/png" href="../../{names["assets/favicon.png"]}">' in page
    assert f'srcset="../../{names["assets/logo-dark.png"]}"' in page
    assert 'width="120" height="32" alt="Acme chatbot status"></picture></a>' in page


# --- styles ------------------------------------------------------------------------------------


def test_own_styles_stay_styles_and_the_policy_names_their_bytes(tmp_path: Path) -> None:
    own = b"\xef\xbb\xbfh1 { content: '</style><script>' }\r\nh2::after { content: \"</STYLE \0\" }\rh3 {}"
    made = theme(tmp_path, "css: own.css", own__css=own)
    page = front(dressed(made, given.everyday()))
    (style,) = (parsed := Styles(page)).styles
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert parsed.names.count("script") == 1
    assert f"'sha256-{digest}'" in unescape(page.decode())
    assert style.endswith(
        "h1 { content: '<\\/style><script>' }\nh2::after { content: \"<\\/STYLE \ufffd\" }\nh3 {}"
    )


def test_the_front_page_carries_the_part_of_own_styles_that_is_for_it(tmp_path: Path) -> None:
    own = b"h1 { margin: 1px }\n/* beyond the front page */\ntable { margin: 2px }"
    made = dict(html(dressed(theme(tmp_path, "css: own.css", own__css=own), given.everyday())))
    (linked,) = (body for path, body in made.items() if path.startswith("assets/style."))

    assert b"h1 { margin: 1px }" in made["index.html"]
    assert b"table { margin" not in made["index.html"]
    assert linked.endswith(own)


def test_a_theme_adds_little_to_the_front_page(tmp_path: Path) -> None:
    world = given.many(50, 5)
    made = theme(
        tmp_path, "accent: '#6d28d9'\nok: '#0a7'\nmajor: '#c00'\npage: '#faf7ff'\nlogo: a.svg", a__svg=SVG
    )
    before, after = (front(one) for one in (world, dressed(made, world)))

    assert len(after) - len(before) < 1000
    assert len(gzip.compress(after, 9)) - len(gzip.compress(before, 9)) < 300


# --- links -------------------------------------------------------------------------------------


def test_own_links_speak_the_page_s_language_and_lead_from_every_depth() -> None:
    world = in_languages(given.everyday(), "en", "fr")
    header = (
        PageLink({"en": "Docs", "fr": "Aide"}, "https://docs.example/"),
        PageLink({"": "Us"}, "about/?a=1&b=2"),
    )
    footer = (PageLink({"de": "Impressum"}, "/imprint"), PageLink({"en": "Mail"}, "mailto:a@acme.example"))
    made = dict(html(replace(world, page=replace(world.page, header=header, footer=footer))))
    deep = made["fr/components/language-model/index.html"].decode()

    assert (
        '<a href="https://docs.example/">Aide</a> <a href="../../../about/?a=1&amp;b=2">Us</a></nav>' in deep
    )
    assert '<a href="/imprint">Impressum</a> <a href="mailto:a@acme.example">Mail</a></p>' in deep
    assert (
        '<a href="https://docs.example/">Docs</a> <a href="about/?a=1&amp;b=2">'
        in made["index.html"].decode()
    )


# --- check -------------------------------------------------------------------------------------


def test_check_warns_of_colours_that_can_hardly_be_seen(tmp_path: Path) -> None:
    root = project(tmp_path, "theme:\n  ok_text: '#777'\n  dark:\n    degraded: '#333'\n    page: '#000'")

    first, second = found(root)
    assert first == (
        "warning: components.yaml:6: ok_text: #777777 has a contrast of 4.06:1 with the darker parts of a card "
        '(#f4f4f1); AA asks for 4.50:1\n  mend: the nearest that is enough: "#6f6f6f"'
    )
    assert second == (
        "warning: components.yaml:8: dark.degraded: #333333 has a contrast of 1.38:1 with a card (#161a1f); "
        'AA asks for 3.00:1\n  mend: the nearest that is enough: "#666666"'
    )


def test_check_warns_of_grounds_that_no_text_can_be_read_on(tmp_path: Path) -> None:
    (told,) = found(project(tmp_path, "theme:\n  page: '#888'\n  card: '#666'\n"))

    assert "no text can be read on both the page #888888 and the card #666666" in told


def test_check_warns_of_what_the_policy_does_not_let_in(tmp_path: Path) -> None:
    css = b"/* @import\n*/\n@import 'a';\na { background: URL( 'https://x/' ) }\nb { mask: url('#m') }\n@font-face{}"
    root = project(
        tmp_path,
        "theme: {css: own.css, logo: a.svg, logo_dark: b.png}",
        own__css=css + b" " * 10_000,
        a__svg=b"<svg viewBox='0 0 9 9' onload='x()'/>",
        b__png=PNG,
    )

    assert [line.partition(": ")[2].splitlines()[0] for line in found(root)] == [
        "components.yaml:5: a.svg holds a script, which never runs on the page",
        "own.css:3: @import: the page's policy lets no other stylesheet in",
        "own.css:4: url(): the page's policy lets in only what is in the stylesheet itself",
        "own.css:6: @font-face: the page's policy lets no font in",
        "components.yaml:5: own.css: the front page carries more than 10 kB of it in itself",
    ]


def test_check_warns_of_languages_without_words(tmp_path: Path) -> None:
    links = "links:\n  header:\n  - text: {pt: Ajuda}\n    href: /help"
    root = project(tmp_path, f"languages: [pt-BR, fr, ja]\n{links}")

    language, link = found(root)
    assert language.startswith(
        "warning: components.yaml:5: there are no words for the language 'ja': there are no"
    )
    assert "known are en, fr, de, es, it, nl, pt, each with any region: pt-BR" in language
    assert link.startswith(
        "warning: components.yaml:8: page.links.header: the link to /help has no words in 'fr'\n"
    )


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (b"fine\n{{ page.nothing }}", "404.html:2: the template cannot be used: "),
        (b"\n\n{{ 1 / 0 }}", "404.html:3: the template cannot be used: ZeroDivisionError"),
        (b"{{ page.frame.site + 1 }}", "404.html:1: the template cannot be used: TypeError"),
        (b"\xff", "site_templates: the template cannot be used: it is not UTF-8"),
    ],
)
def test_check_makes_the_pages_once_with_own_templates(tmp_path: Path, template: bytes, told: str) -> None:
    root = project(tmp_path, "")
    (root / "site_templates").mkdir()
    (root / "site_templates/404.html").write_bytes(template)

    assert told in found(root)[0]
    assert not (root / ".status-data").exists()


def test_the_template_and_the_stylesheet_in_the_docs_do_what_they_say(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs/theming.md").read_text("utf-8")
    template, css = (re.search(rf"```{word}\n(.*?)```", text, re.DOTALL) for word in ("jinja", "css"))
    assert template
    assert css
    (tmp_path / "404.html").write_text(template[1])
    (tmp_path / "own.css").write_text(css[1])
    made = dict(html(dressed(theme(tmp_path, "css: own.css"), given.everyday()), templates=tmp_path))

    assert b"Ask our assistant: it knows where things are." in made["404.html"]
    assert b":root { --page: #fffdf8 }" in made["index.html"]
    assert (
        b"tabular-nums }"
        not in made["index.html"].partition(b"</style>")[0].rpartition(b"--page: #fffdf8")[2]
    )


# --- in a browser ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def themed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, str]]:
    folder = tmp_path_factory.mktemp("theme")
    lines = (
        "accent: '#6d28d9'\nok: '#0a7'\npage: '#faf7ff'\nlogo: a.svg\ncss: own.css\ndark: {page: '#1a1022'}"
    )
    own = (
        b"h1::after { content: '</style><script>document.title = 1</script>' }\r\nh1 { letter-spacing: 3px }"
    )
    logo = SVG.replace(b"<path", b"<script>top.document.title = 1</script><path")
    made = theme(folder, lines, a__svg=logo, own__css=own)
    write_sites(folder, {"themed": dressed(made, given.trouble())})
    with served(folder) as address, chromium() as browser:
        yield browser, f"{address}themed/"


@pytest.mark.parametrize("path", ["", "components/language-model/"])
@pytest.mark.parametrize(
    ("scheme", "page", "accent"),
    [("light", "rgb(250, 247, 255)", "rgb(109, 40, 217)"), ("dark", "rgb(26, 16, 34)", "rgb(125, 63, 221)")],
)
@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium")
def test_a_browser_shows_the_theme_and_has_nothing_to_say_of_it(
    themed: tuple[Browser, str], path: str, scheme: str, page: str, accent: str
) -> None:
    browser, address = themed
    tab = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.clock.install(time=given.NOW)
    tab.goto(address + path, wait_until="networkidle")

    assert tab.evaluate("getComputedStyle(document.documentElement).backgroundColor") == page
    button = tab.locator(".button:not(.plain)").first
    assert button.evaluate("e => getComputedStyle(e).backgroundColor") == accent
    assert tab.locator("h1").first.evaluate("e => getComputedStyle(e).letterSpacing") == "3px"
    assert tab.locator("img.logo").evaluate(
        "e => [e.complete && e.naturalWidth > 0, e.clientWidth, e.clientHeight]"
    ) == [True, 120, 32]
    assert tab.title() != "1"
    assert said == []
    tab.close()
