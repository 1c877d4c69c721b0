"""A small local server for looking at the page; it reloads the browser when the site is built anew."""

import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from statuspage.errors import StatuspageError
from statuspage.stores.headers import TYPES

LOOPBACK = ("", "127.0.0.1", "localhost")
RELOAD_PATH, VERSION_PATH = "/-/reload.js", "/-/version"
RELOAD_SCRIPT = (
    b"let seen;setInterval(async()=>{try{const now=await(await fetch('/-/version')).text();"
    b"if(seen&&seen!==now)location.reload();seen=now}catch{}},1000)"
)


class Site(ThreadingHTTPServer):
    """Serves `folder` on loopback. `rebuilt()` makes open browsers reload. Port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.version = 0
        try:
            super().__init__(("127.0.0.1", port), partial(_Handler, directory=str(folder)))
        except OSError as error:
            raise StatuspageError(
                f"port {port} cannot be used: {error.strerror}",
                mend="choose another one: --port 0 takes a free one",
            ) from error

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def rebuilt(self) -> None:
        self.version += 1


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = TYPES
    server: Site

    def do_GET(self) -> None:
        if not self._meant():
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.path == VERSION_PATH:
            self._answer(str(self.server.version).encode(), "text/plain")
        elif self.path == RELOAD_PATH:
            self._answer(RELOAD_SCRIPT, "text/javascript")
        elif (page := self._page()) is not None:
            tag = f'<script src="{RELOAD_PATH}"></script>'.encode()
            self._answer(page.replace(b"</body>", tag + b"</body>"), TYPES[".html"])
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        if self._meant():
            super().do_HEAD()
        else:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)

    def _meant(self) -> bool:
        """Whether the address is one of this machine, and one of files: a foreign name may be made to lead here."""
        name = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        return name.lower() in LOOPBACK and "%00" not in self.path

    def _page(self) -> bytes | None:
        """The HTML page asked for; None: no page, or a folder without its final slash."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path /= "index.html"
        return path.read_bytes() if path.suffix == ".html" and path.is_file() else None

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(str(self.directory)) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", TYPES[".html"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to the command."""


def watch(
    server: Site,
    watched: Callable[[], object],
    rebuild: Callable[[], None],
    stop: threading.Event,
    pause: float = 1.0,
) -> None:
    """Rebuild whenever what `watched` gives changes, until `stop` is set."""
    seen = watched()
    while not stop.wait(pause):
        now = watched()
        if now != seen:
            seen = now
            rebuild()
            server.rebuilt()


def stamps(*roots: Path) -> tuple[tuple[str, int, int], ...]:
    """Path, time and size of every file below `roots`, for `watch`."""
    files = [file for root in roots for file in ([root] if root.is_file() else sorted(root.rglob("*")))]
    found = []
    for file in files:
        try:
            found.append((str(file), file.stat().st_mtime_ns, file.stat().st_size))
        except OSError:
            continue  # gone between the listing and the look
    return tuple(found)
