"""Pages of the site before, to be taken over as they are as long as what they depend on is the same.

An index, kept away from the site, has of each such page the hash of what it was made from and that of its octets.
A page is taken over when both still hold: one that somebody touched is made anew, and so are all without an index.
"""

import json
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
LENGTH = 16  # octets of a hash
LIBRARIES = ("babel", "jinja2", "markupsafe")  # those that put octets on a page


@dataclass(frozen=True, slots=True)
class Kept:
    """What the folder of the site before has to offer, and what a later build may take over from this one."""

    before: Mapping[str, tuple[str, str]]  # by path: what the page was made from, and its octets, as hashes
    read: Callable[[str], bytes | None]  # a file of the site before
    now: dict[str, tuple[str, str]] = field(default_factory=dict)

    def page(self, path: str, made_from: str, make: Callable[[], bytes]) -> bytes:
        """The page as it was when it was made from the same, else made anew."""
        content = self._again(path, made_from)
        if content is None:
            content = make()
        self.now[path] = (made_from, hashed(content))
        return content

    def index(self, site: Mapping[str, bytes]) -> bytes:
        """For the next build: those pages that stand in `site` as they were made, no secret masked in them."""
        told = {path: one for path, one in sorted(self.now.items()) if hashed(site[path]) == one[1]}
        return json.dumps(told, separators=(",", ":")).encode()

    def _again(self, path: str, made_from: str) -> bytes | None:
        source, octets = self.before.get(path, ("", ""))
        content = self.read(path) if source == made_from else None
        return content if content is not None and hashed(content) == octets else None


def kept_in(out: Path, index: bytes) -> Kept:
    """What the site in the folder `out` has to offer; nothing, where that is none or cannot be read."""

    return Kept(_parsed(index), lambda path: _content(out / path))


def hashed(content: bytes) -> str:
    return blake2b(content, digest_size=LENGTH).hexdigest()


def program(folders: Iterable[Path]) -> str:
    """A hash of all that makes pages beside what is known: this package, the files in `folders`, the libraries."""
    made = blake2b(digest_size=LENGTH)
    made.update(repr((platform.python_version(), *map(version, LIBRARIES))).encode())
    for folder in (PACKAGE, *folders):
        files = (p for p in folder.rglob("*") if p.is_file() and p.parent.name != "__pycache__")
        for path in sorted(files):
            content = _content(path) or b""  # what cannot be read makes no page either
            made.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return made.hexdigest()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _parsed(index: bytes) -> dict[str, tuple[str, str]]:
    try:
        told = json.loads(index or "{}")
        return {str(path): (str(source), str(octets)) for path, (source, octets) in told.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}
