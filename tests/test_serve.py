"""The local server: pages as a host would give them, and a reload when the site is built anew."""

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from statuspage.errors import StatuspageError
from statuspage.serve import RELOAD_PATH, VERSION_PATH, Site, stamps, watch


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "components/api").mkdir(parents=True)
    (tmp_path / "index.html").write_text("<body>home</body>", "utf-8")
    (tmp_path / "components/api/index.html").write_text("<body>api</body>", "utf-8")
    (tmp_path / "404.html").write_text("<body>nothing here</body>", "utf-8")
    (tmp_path / "history.atom").write_text("<feed/>", "utf-8")
    with Site(tmp_path, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def get(site: Site, path: str) -> tuple[str, str]:
    with urllib.request.urlopen(site.url + path.lstrip("/")) as answer:
        return answer.read().decode(), answer.headers["Content-Type"]


def test_a_folder_gives_its_page_with_the_reload_script(site: Site) -> None:
    body, content_type = get(site, "components/api/")

    assert body == f'<body>api<script src="{RELOAD_PATH}"></script></body>'
    assert content_type == "text/html; charset=utf-8"
    assert get(site, "")[0].startswith("<body>home")


def test_a_feed_is_given_as_it_is_with_its_type(site: Site) -> None:
    assert get(site, "history.atom") == ("<feed/>", "application/atom+xml; charset=utf-8")


def test_what_is_not_there_gives_the_page_for_it(site: Site) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(site, "nowhere/")

    with refused.value as answer:
        assert answer.code == 404
        assert b"nothing here" in answer.read()


def test_a_rebuild_changes_the_version_that_open_pages_ask_for(site: Site) -> None:
    before = get(site, VERSION_PATH)[0]
    site.rebuilt()

    assert get(site, VERSION_PATH)[0] != before
    assert VERSION_PATH in get(site, RELOAD_PATH)[0]


def test_a_port_in_use_is_said(site: Site, tmp_path: Path) -> None:
    with pytest.raises(StatuspageError, match=f"port {site.server_port} cannot be used"):
        Site(tmp_path, site.server_port)


def test_a_change_rebuilds_once(site: Site, tmp_path: Path) -> None:
    stop, file = threading.Event(), tmp_path / "incident.md"
    rebuilt: list[int] = []
    looks = iter(range(10))

    def look() -> object:
        if next(looks) == 2:
            file.write_text("new", "utf-8")
        if len(rebuilt) == 1:
            stop.set()
        return stamps(tmp_path)

    watch(site, look, lambda: rebuilt.append(1), stop, pause=0)

    assert rebuilt == [1]
    assert site.version == 1


def test_a_file_that_is_gone_changes_the_stamps(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1", "utf-8")
    before = stamps(tmp_path, tmp_path / "missing")
    (tmp_path / "a").unlink()

    assert stamps(tmp_path, tmp_path / "missing") != before


def raw(site: Site, request: str) -> bytes:
    """What comes in answer to a request that no browser would write."""
    with socket.create_connection(("127.0.0.1", site.server_port), timeout=5) as connection:
        connection.sendall(request.encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1]"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_foreign_name_that_leads_here_gets_nothing(site: Site, host: str, method: str) -> None:
    answered = raw(site, f"{method} / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")

    assert answered.startswith(b"HTTP/1.0 421 ")
    assert b"home" not in answered


def test_this_machine_s_own_names_get_the_page(site: Site) -> None:
    for host in ("localhost", "LOCALHOST:1", f"127.0.0.1:{site.server_port}"):
        assert b"home" in raw(site, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/components/../../secret",
        "//../secret",
        "/a%00b",
        "/%",
        "/\\..\\x",
    ],
)
def test_no_path_leads_out_of_the_folder(
    site: Site, tmp_path: Path, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path.parent / "secret").write_text("secret")
    answered = raw(site, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    (tmp_path.parent / "secret").unlink()

    assert answered.split(b" ")[1][:1] in (b"3", b"4")
    assert b"\r\n\r\nsecret" not in answered
    assert "Traceback" not in capfd.readouterr().err
