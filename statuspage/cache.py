"""What a build leaves for the next one. It is of use to that alone: removing the folder loses nothing but time."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from statuspage.errors import StatuspageError
from statuspage.incidents import CONVERSIONS, converter
from statuspage.outputs.kept import Kept, kept_in
from statuspage.redaction import Redactor
from statuspage.stores.folder import Folder

CACHE_FOLDER = ".statuspage-cache"
PAGES = "pages.json"  # pages of the site that may still hold
MARKDOWN = "markdown.json"  # HTML that texts became


def recall_cache(root: Path, out: Path) -> Kept:
    """What the last build into the folder `out` left below `root`."""
    CONVERSIONS.load(_read(root, MARKDOWN), converter())
    return kept_in(out, _read(root, PAGES))


def keep_cache(root: Path, kept: Kept, site: Mapping[str, bytes], redactor: Redactor) -> None:
    """For the next build, without what holds a secret. Where it cannot be written, that one makes all anew."""
    folder = root / CACHE_FOLDER
    html = CONVERSIONS.dump(converter(), lambda html: redactor.text(html) == html)
    told = {PAGES: kept.index(site), MARKDOWN: html}
    with suppress(StatuspageError, OSError):
        for name, content in told.items():
            if _read(root, name) != content:
                Folder(folder).put(name, content)
        with (folder / ".gitignore").open("x", encoding="utf-8") as own:  # once, and through no link
            own.write("*\n")


def _read(root: Path, name: str) -> bytes:
    try:
        return Folder(root / CACHE_FOLDER).read(name) or b""
    except StatuspageError:
        return b""
