"""axe-core on every kind of page: both colour schemes, a phone's width and a desk's."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import pytest
import snapshots as given
from browsing import CHROMIUM, chromium, in_languages, served, write_sites
from playwright.sync_api import Browser
from snapshots import NOW

PAGES = {
    "home": "trouble/",
    "home, all well": "everyday/",
    "home, hostile texts": "hostile/",
    "home, French": "trouble/fr/",
    "home, journeys": "prepared/",
    "continuity": "open/continuity/",
    "component": "trouble/components/language-model/",
    "component, French": "trouble/fr/components/language-model/",
    "incident": "trouble/incidents/2026-11-22-slow-europe/",
    "maintenance": "everyday/incidents/2026-11-26-reindexing/",
    "history": "trouble/history/",
    "month": "trouble/history/2026-11/",
    "maintenances": "trouble/maintenance/",
    "subscribe": "trouble/subscribe/",
    "affected": "trouble/affected/",
}
WORLDS = {
    "trouble": in_languages(given.trouble(), "en", "fr"),
    "everyday": given.everyday(),
    "hostile": given.hostile(),
    "prepared": given.prepared(),
    "open": replace(given.prepared(), continuity=True),
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sites")
    write_sites(folder, WORLDS)
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def axe() -> str:
    package = find_spec("axe_playwright_python")
    assert package is not None
    assert package.origin is not None
    return (Path(package.origin).parent / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    browser: Browser, address: str, axe: str, scheme: Literal["light", "dark"], width: int
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.clock.install(time=NOW)
    found: dict[str, Any] = {}
    for name, path in PAGES.items():
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.evaluate(axe)
        result = page.evaluate("axe.run({resultTypes: ['violations']})")
        found |= {
            f"{name}: {one['id']}": [node["html"][:200] for node in one["nodes"][:3]]
            for one in result["violations"]
        }
    context.close()

    assert found == {}
