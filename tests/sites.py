"""Small sites that look like ours, and a visitor who checks them."""

import hashlib
import re
from collections.abc import Callable


def site(version: int, *, gone: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Three pages that need a style and a script of this version, a feed, data; without the paths in `gone`."""
    css, js = f"/* style {version} */".encode(), f"// script {version}".encode()
    style = f"assets/style.{hashlib.sha256(css).hexdigest()[:12]}.css"
    script = f"assets/page.{hashlib.sha256(js).hexdigest()[:12]}.js"
    files = {style: css, script: js, "favicon.svg": b"<svg/>"}
    for path in ("index.html", "history/index.html", "incidents/a/index.html"):
        root = "../" * path.count("/")
        files[path] = (
            f'<link rel="icon" href="{root}favicon.svg"><link rel="stylesheet" href="{root}{style}">'
            f'<script src="{root}{script}"></script><p>version {version}</p>'
        ).encode()
    files |= {"history.atom": f"<feed>{version}</feed>".encode(), "api/status.json": b'{"n": %d}' % version}
    return {path: content for path, content in files.items() if path not in gone}


def broken(paths: list[str], read: Callable[[str], bytes]) -> list[str]:
    """What a visitor misses: assets that a page refers to and that are not there."""
    pages = [path for path in paths if path.endswith(".html")]
    wanted = {(page, asset) for page in pages for asset in assets_of(read(page))}
    return [f"{page} has no {asset}" for page, asset in sorted(wanted) if asset not in paths]


def assets_of(page: bytes) -> list[str]:
    """Paths below the site's root."""
    found = re.findall(rb'(?:href|src)="([^"]+[.](?:css|js|svg))"', page)
    return [path.decode().replace("../", "") for path in found]
