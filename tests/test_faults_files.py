"""Hostile incident and configuration files: nothing active on the page, nothing read from elsewhere, nothing slow."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browsing import CHROMIUM, chromium, served
from click.testing import CliRunner
from playwright.sync_api import Dialog

from statuspage.cli import main

CONFIG = """page: {name: "Test <script>alert('name')</script>", url: "https://status.example", since: 2026}
control: []
components:
  - {name: Engine, type: manual}
  - {name: "<img src=x onerror=alert('component')>", id: odd, type: manual, description: "<svg onload=alert(2)>"}
"""
NOW = "2026-11-22T15:00:00Z"


def incident(title: str, text: str, facts: str = "") -> str:
    return f"""---
title: {json.dumps(title)}
components: {{engine: major_outage}}
cause: {json.dumps(text.splitlines()[0])}
doing: {json.dumps(text.splitlines()[0])}
eta: not known yet
{facts}---

## Investigating - 2026-11-22 14:00 UTC

{text}
"""


ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src='javascript:alert(1)'>",
    "<a href='javascript:alert(1)' autofocus onfocus=alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](x' onerror='alert(1))",
    "<details open ontoggle=alert(1)>x</details>",
    "<form action=javascript:alert(1)><input autofocus onfocus=alert(1)><button>x</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css'; body{display:none}</style>",
    "`</code><script>alert(1)</script>`",
    "```\n</code></pre></textarea></title><script>alert(1)</script>\n```",
    "--><script>alert(1)</script><!-- -->",
    "]]><script>alert(1)</script><![CDATA[",
    "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "\u202egnp.exe \u2066x\u2069 \u200b",
    "'\"><script>alert(1)</script>",
    "x\\u003cscript\\u003ealert(1)\\u003c/script\\u003e</script><script>alert(1)</script>",
)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with an incident of each kind, and a good one among broken ones."""
    folder = tmp_path_factory.mktemp("attacked")
    files = {f"attack-{n}": incident(f"Attack {n} {text}", text) for n, text in enumerate(ATTACKS)}
    files["good"] = incident("A good one", "It is **slow**.")
    files["bomb"] = incident("Bomb", "x", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n")
    files["tag"] = incident("Tag", "x", "tags: !!python/object/apply:os.system ['touch pwned']\n")
    files["twice"] = incident("Twice", "x", "title: again\n")
    files["long"] = incident("Long", "x" * 100_000)
    files["open-end"] = "---\ntitle: never ends\n"
    write(folder, files)
    (folder / "incidents/bytes.md").write_bytes(b"---\ntitle: \xff\xfe\0\n---\n")
    done = statuspage(folder, "build", "--now", NOW)
    assert done.returncode == 3
    for name in ("bomb", "tag", "twice", "long", "open-end", "bytes"):
        assert re.search(rf"^error: incidents/{name}\.md(:\d+)?: ", done.stderr, re.MULTILINE), name
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    (folder / "incidents").mkdir(exist_ok=True)
    (folder / "components.yaml").write_text(CONFIG, "utf-8")
    for name, text in files.items():
        (folder / f"incidents/{name.replace(' ', '-')}.md").write_text(text, "utf-8")


def statuspage(folder: Path, *words: str, limit: float = 60) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-m", "statuspage", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


class Active(HTMLParser):
    """Collects what could do something, but for our own scripts, that have a name or stand in the policy."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("iframe", "object", "embed", "base", "math", "noscript"):
            self.found.append(tag)
        for name, value in attrs:
            scheme = re.match(r"[\s\0-\x1f]*(javascript|data|vbscript)\s*:", value or "", re.IGNORECASE)
            if name.startswith("on") or name == "srcdoc" or (scheme and name in ("href", "src", "action")):
                self.found.append(f"{tag} {name}={value}")
            if name in ("src", "href") and "evil.example" in (value or ""):
                self.found.append(f"{tag} {name}={value}")


def test_the_good_incident_is_shown_and_the_broken_ones_are_said(attacked: Path) -> None:
    known = json.loads((attacked / "_site/api/status.json").read_text())

    assert "A good one" in {one["title"] for one in known["incidents"]}
    assert len(known["left_out"]) == 6
    assert not (attacked / "pwned").exists()


def test_nothing_active_stands_in_any_page(attacked: Path) -> None:
    pages = [*(attacked / "_site").rglob("*.html"), *(attacked / "_site").rglob("*.svg")]
    assert len(pages) > len(ATTACKS)
    for page in pages:
        reader = Active()
        reader.feed(page.read_text("utf-8"))
        assert reader.found == [], page
        assert "<script>alert" not in page.read_text("utf-8"), page


def test_feeds_and_calendars_are_well_formed_and_hold_nothing_active(attacked: Path) -> None:
    feeds = [p for end in ("*.atom", "*.rss", "*.xml", "*.svg") for p in (attacked / "_site").rglob(end)]
    assert len(feeds) > 4
    for feed in feeds:
        root = ElementTree.fromstring(feed.read_bytes())
        for element in root.iter():
            inner = Active()
            inner.feed(element.text or "")
            if element.tag.rpartition("}")[2] in ("content", "description", "summary"):
                assert inner.found == [], feed
                assert "<script" not in (element.text or ""), feed
    for calendar in (attacked / "_site").rglob("*.ics"):
        assert b"\nATTENDEE" not in calendar.read_bytes()


@pytest.fixture(scope="module")
def address(attacked: Path) -> Iterator[str]:
    with served(attacked / "_site") as address:
        yield address


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium")
def test_a_browser_opens_no_dialog_and_asks_nobody_else(attacked: Path, address: str) -> None:
    pages = ["", "history/", *(f"incidents/attack-{n}/" for n in range(len(ATTACKS)))]
    happened, asked = list[str](), list[str]()

    def refuse(dialog: Dialog) -> None:
        happened.append(f"dialog {dialog.message}")
        dialog.dismiss()

    with chromium() as browser:
        tab = browser.new_page()
        tab.on("dialog", refuse)
        tab.on("pageerror", lambda error: happened.append(f"error {error}"))
        tab.on("popup", lambda popup: happened.append(f"popup {popup.url}"))
        tab.on("request", lambda request: asked.append(request.url))
        for path in pages:
            assert tab.goto(address + path, wait_until="load").ok, path  # type: ignore[union-attr]
            tab.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
            for element in tab.locator("main [autofocus], main [tabindex]").all():
                element.focus()
            assert tab.evaluate("document.querySelectorAll('main script, main iframe, main img').length") == 0
    assert happened == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


# --- bombs ---------------------------------------------------------------------------------------

BOMBS = {
    "brackets": "[" * 50_000,
    "quotes": ">" * 2_000 + " x",
    "quoted lines": "".join(">" * n + " x\n" for n in range(300)),
    "pictures": "![" * 20_000,
    "stars": "*a " * 10_000 + "*" * 10_000,
    "ticks": " ".join("`" * n for n in range(300)),
    "lists": "".join("  " * n + "- x\n" for n in range(200)),
    "references": "".join(f"[{n}]: http://x\n" for n in range(3_000)) + "[x]" * 3_000,
    "tables": "|" * 10_000 + "\n" + "|-" * 5_000 + "\n" + "|x" * 10_000,
    "entities": "&#x" * 20_000,
    "tags": "<a " * 20_000,
    "comments": "<!-- x -->" * 6_000,
    "headings": "#### x\n" * 8_000,
}


def test_texts_that_cost_much_elsewhere_cost_little_here(here: Path) -> None:
    write(here, {})
    plain = seconds()
    texts = {name: incident(name, "x").replace("\nx\n", f"\n{bomb}\n") for name, bomb in BOMBS.items()}
    write(here, texts)
    assert seconds() - plain < 4  # all of them, in every form
    pages = {page.parent.name for page in (here / "_site/incidents").glob("*/index.html")}
    assert pages >= {name.replace(" ", "-") for name in BOMBS}


YAML_BOMBS = {
    "aliases": "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10 if n else ['x'] * 10)}]\n" for n in range(10)
    ),
    "brackets": "a: " + "[" * 50_000,
    "braces": "a: " + "{a: " * 12_000,
    "dashes": "- " * 25_000,
    "keys": "".join(f"k{n}: 1\n" for n in range(7_000)),
    "questions": "? " * 25_000,
    "anchors": "".join(f"k{n}: &a{n} x\n" for n in range(5_000)),
    "merge": "a: &a {x: 1}\n" + "".join(f"b{n}: {{<<: *a}}\n" for n in range(3_000)),
    "digits": "a: " + "9" * 60_000,
    "quoted": 'a: "' + "\\x41" * 15_000 + '"',
    "folded": "a: >\n" + " x\n" * 20_000,
    "sixty": "a: " + ":".join(["59"] * 15_000),
}


@pytest.mark.parametrize("name", YAML_BOMBS)
def test_no_yaml_takes_two_seconds(here: Path, name: str) -> None:
    write(here, {"good": incident("Good", "x")})
    good = (here / "components.yaml").read_text()
    (here / "components.yaml").write_text(f"{good}{YAML_BOMBS[name]}\n", "utf-8")
    assert seconds(code=1) < 2
    (here / "components.yaml").write_text(good, "utf-8")
    plain = seconds()
    (here / "incidents/bomb.md").write_text(incident("Bomb", "x", f"{YAML_BOMBS[name]}\n"), "utf-8")
    assert seconds(code=3) - plain < 2
    assert "Good" in (here / "_site/index.html").read_text()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def seconds(code: int = 0) -> float:
    """Processor time of a build."""
    before = time.process_time()
    result = CliRunner().invoke(main, ["build", "--now", NOW])
    after = time.process_time()
    assert result.exit_code == code, f"{result.output[:2000]}\n{result.exception!r}"
    return after - before


# --- files that are none -------------------------------------------------------------------------


def test_links_pipes_devices_and_names_lead_nowhere_and_hang_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (tmp_path / "secret.md").write_text(incident("SECRET", "SECRET"), "utf-8")
    write(folder, {"good": incident("A good one", "x")})
    places = folder / "incidents"
    (places / "corrections").mkdir()
    (places / "_templates").mkdir()
    for name in ("x.md", "corrections/x.yaml", "_templates/x.md"):
        os.mkfifo(places / name.replace("x.", "pipe."))
        (places / name.replace("x.", "zero.")).symlink_to("/dev/zero")
        (places / name.replace("x.", "away.")).symlink_to(tmp_path / "secret.md")
        (places / name.replace("x.", "loop.")).symlink_to(places / name.replace("x.", "loop."))
        (places / name.replace("x.", "folder.")).mkdir()
    (places / "..%2f..%2fescape.md").write_text(incident("Escape", "x"), "utf-8")
    (places / "a\nb.md").write_text(incident("Break", "x"), "utf-8")
    (folder / "site_templates").symlink_to("/etc")
    before = {p for p in tmp_path.rglob("*") if "page" not in p.parts}
    assert statuspage(folder, "build", "--now", NOW, limit=20).returncode in (1, 3)
    (folder / "site_templates").unlink()
    done = statuspage(folder, "build", "--now", NOW, limit=20)
    assert done.returncode == 3
    titles = {one["title"] for one in json.loads((folder / "_site/api/status.json").read_text())["incidents"]}
    assert "A good one" in titles
    assert "SECRET" not in done.stdout + done.stderr
    assert not any(b"SECRET" in p.read_bytes() for p in (folder / "_site").rglob("*") if p.is_file())
    assert {p for p in tmp_path.rglob("*") if "page" not in p.parts} == before
    assert all(p.resolve().is_relative_to(folder / "_site") for p in (folder / "_site").rglob("*"))


@pytest.mark.parametrize("kind", ["fifo", "zero", "folder", "loop", "huge"])
def test_a_configuration_that_is_no_file_ends_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "components.yaml"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    else:
        with path.open("wb") as file:
            file.truncate(3 << 30)
    began = time.monotonic()
    done = statuspage(tmp_path, "build", limit=20)

    assert done.returncode == 1
    assert "components.yaml" in done.stderr
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("command", ["check", "build"])
def test_no_word_of_a_file_is_a_command_to_the_runner_or_the_terminal(here: Path, command: str) -> None:
    attack = json.dumps("x\r\n::error::taken\n::stop-commands::x\x1b[2J")
    write(here, {"odd": incident("Odd", "x", f"{attack}: 1\nimpact: {attack}\ntags: [{attack}]\n")})
    good = (here / "components.yaml").read_text()
    for text in (
        good,
        good.replace("type: manual}", f"type: manual, {attack}: 1}}", 1),
        f"{good}{attack}: 2\n",
    ):
        (here / "components.yaml").write_text(text, "utf-8")
        told = CliRunner().invoke(main, [command, "--now", NOW]).output
        assert "error: " in told
        assert [line for line in told.splitlines() if line.startswith("::")] == []
        assert "\x1b" not in told
