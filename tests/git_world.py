"""Real git remotes: a bare repository on disk, and the same behind git's own server programs."""

import base64
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BRANCH = "status-data"
TOKEN = "a-token-for-this-repository"


def git(folder: Path, *words: str) -> str:
    """What git answers; it must not fail."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def bare(folder: Path) -> Path:
    """A bare repository with one commit on main."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    empty = git(folder, "mktree")
    me = ("-c", "user.name=Ops", "-c", "user.email=ops@example.org")
    commit = git(folder, *me, "commit-tree", empty, "-m", "first")
    git(folder, "update-ref", "refs/heads/main", commit)
    return folder


def clone(remote: Path | str, folder: Path, *words: str) -> Path:
    """A clone of main, shallow as a workflow's."""
    address = str(remote) if "://" in str(remote) else f"file://{remote}"
    words = ("--depth=1", "--single-branch", *words)
    subprocess.run(["git", "clone", "-q", *words, address, str(folder)], check=True, capture_output=True)
    git(folder, "config", "user.name", "Ops")
    git(folder, "config", "user.email", "ops@example.org")
    return folder


def kept(remote: Path, path: str, branch: str = BRANCH) -> list[str]:
    """The lines of a file on the branch."""
    return git(remote, "show", f"{branch}:{path}").splitlines()


def commits(remote: Path, branch: str = BRANCH) -> int:
    return int(git(remote, "rev-list", "--count", branch))


def refuse(remote: Path, script: str) -> None:
    """Let pushes to the repository pass this shell script first (githooks: pre-receive)."""
    hook = remote / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


@contextmanager
def smart_http(
    root: Path, spoil: Callable[[BaseHTTPRequestHandler, int], int] | None = None
) -> Iterator[str]:
    """git's own http-backend below `root` behind a token, at an address on loopback.

    `spoil(request, n)` is asked before the n-th push is answered: a status to answer with instead (the push is not
    done), 0 to answer well, -1 to do the push and hang up without an answer.
    """
    pushes = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.serve(b"")

        def do_POST(self) -> None:
            self.serve(_body(self))

        def serve(self, body: bytes) -> None:
            nonlocal pushes
            wanted = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
            if self.headers.get("Authorization", "").lower() != f"basic {wanted}".lower():
                return self.answer(401, b"", {"WWW-Authenticate": 'Basic realm="git"'})
            verdict = 0
            if self.command == "POST" and "git-receive-pack" in self.path:
                pushes += 1
                verdict = spoil(self, pushes) if spoil else 0
            if verdict > 0:
                return self.answer(verdict, b"refused for a test", {})
            status, headers, content = self.backend(root, body)
            if verdict < 0:
                self.close_connection = True
                self.connection.close()
                return None
            return self.answer(status, content, headers)

        def backend(self, root: Path, body: bytes) -> tuple[int, dict[str, str], bytes]:
            path, _, query = self.path.partition("?")
            words = {
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "REMOTE_USER": "ops",
                "PATH": "/usr/bin:/bin",
            }
            done = subprocess.run(["git", "http-backend"], input=body, env=words, capture_output=True)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            return int(headers.pop("Status", "200").split()[0]), headers, content

        def answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _body(request: BaseHTTPRequestHandler) -> bytes:
    if request.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length", 0)))
    body = b""
    while size := int(request.rfile.readline(), 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body
