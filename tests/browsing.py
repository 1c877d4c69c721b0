"""Sites of the worlds in snapshots.py on a server of their own, and the browser that looks at them."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from statuspage.model import Snapshot
from statuspage.outputs.html import html
from statuspage.outputs.site import OUTPUTS, build
from statuspage.stores.headers import TYPES

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = TYPES

    def log_message(self, format: str, *args: object) -> None:
        pass


def in_languages(snapshot: Snapshot, *codes: str) -> Snapshot:
    return replace(snapshot, page=replace(snapshot.page, languages=codes))


def write_sites(folder: Path, worlds: Mapping[str, Snapshot]) -> None:
    """Each world's whole site in a folder of its name: every site stands below a sub-path."""
    for name, snapshot in worlds.items():
        for path, body in build(snapshot, (html, *OUTPUTS)).items():
            file = folder / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server on a free port of loopback, with its final slash."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()
