"""The pictures of the README: `python tests/screenshots.py` writes them to docs/screenshots/."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import snapshots as given
from browsing import chromium, in_languages, served, write_sites
from snapshots import NOW

FOLDER = Path(__file__).parents[1] / "docs/screenshots"


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    scheme: Literal["light", "dark"] = "light"
    width: int = 1000
    height: int = 1400


SHOTS = (
    Shot("home-light", ""),
    Shot("home-dark", "", scheme="dark"),
    Shot("home-mobile", "", width=390, height=1200),
    Shot("home-french", "fr/"),
    Shot("component", "components/language-model/", height=1700),
    Shot("incident", "incidents/2026-11-22-slow-europe/"),
)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as name, chromium() as browser:
        write_sites(Path(name), {"site": in_languages(given.trouble(), "en", "fr")})
        with served(Path(name)) as address:
            for shot in SHOTS:
                size = {"width": shot.width, "height": shot.height}
                page = browser.new_page(color_scheme=shot.scheme, viewport=size)  # type: ignore[arg-type]
                page.clock.install(time=NOW)
                page.goto(f"{address}site/{shot.path}", wait_until="networkidle")
                page.screenshot(path=FOLDER / f"{shot.name}.png")
                page.close()


if __name__ == "__main__":
    main()
