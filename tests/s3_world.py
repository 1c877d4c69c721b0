"""Real S3 servers on loopback: moto (quick) and Ceph's RADOS Gateway (Debian: radosgw ceph-mon ceph-osd).

`Faulty` is a proxy before one of them that breaks at a chosen PUT.
"""

import base64
import hmac
import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import boto3
import obstore
from botocore.config import Config

from statuspage.stores.bucket import opened

ALL = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
KEY, SECRET = "testing", "testing-secret"
OWNER, GUEST = "owner", "guest"  # users of Ceph's; the guest's key has its name and the same secret
CEPH = ("radosgw", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool", "radosgw-admin", "ceph")


@dataclass(frozen=True)
class S3:
    """A server, and one key of it."""

    endpoint: str
    key: str = KEY
    secret: str = SECRET

    @property
    def environ(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
        }

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def bucket(self) -> "Bucket":
        """A new, empty one."""
        name = f"b-{uuid.uuid4().hex[:12]}"
        client = self.client
        client.create_bucket(Bucket=name)
        return Bucket(self, name, client)


@dataclass(frozen=True)
class Bucket:
    """A bucket as its owner sees it."""

    server: S3
    name: str
    client: Any

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    @property
    def environ(self) -> dict[str, str]:
        return self.server.environ

    def keys(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return sorted(one["Key"] for page in pages for one in page.get("Contents", ()))

    def read(self, key: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body

    def head(self, key: str) -> tuple[str, str]:
        """Content-Type and Cache-Control."""
        found = self.client.head_object(Bucket=self.name, Key=key)
        return found["ContentType"], found.get("CacheControl", "")

    def written(self) -> dict[str, Any]:
        """When each object was put, by its key."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {one["Key"]: one["LastModified"] for page in pages for one in page.get("Contents", ())}

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)


@contextmanager
def moto() -> Iterator[S3]:
    """moto in a thread of this process: exact conditional writes, any signature will do."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it prints each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3(f"http://{host}:{port}")
    finally:
        server.stop()


# --- a proxy that breaks -----------------------------------------------------------------------

Fault = Literal["deny", "busy", "skewed", "unable", "cut", "ambiguous"]
"""From the n-th PUT on 403 or 501; or at the n-th another of CODES, hung up before or after it is done."""

CODES = {
    "deny": (403, b"AccessDenied"),
    "busy": (503, b"SlowDown"),
    "skewed": (403, b"RequestTimeTooSkewed"),
    "unable": (501, b"NotImplemented"),
}


@dataclass
class Faulty:
    """A proxy on loopback that passes on all requests but the `at`-th PUT (from 1; 0: all are passed on).

    With other `counted` methods it is the `at`-th request of those.
    """

    server: S3
    fault: Fault = "deny"
    at: int = 0
    deaf: bool = False  # If-None-Match is dropped, as gateways that know no conditions do
    no_delete: bool = False  # whoever deletes is refused
    seen: Callable[[], None] = lambda: None  # called after each PUT or DELETE that was passed on
    puts: list[str] = field(default_factory=list)  # paths, in the order of their coming
    counted: frozenset[str] = frozenset({"PUT"})
    asked: list[str] = field(default_factory=list)  # methods and paths of those, in the order of their coming

    @property
    def s3(self) -> S3:
        return S3(f"http://127.0.0.1:{self._http.server_port}", self.server.key, self.server.secret)

    def __enter__(self) -> "Faulty":
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                outer._handle(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any  # noqa: N815 (the library's names)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        with self._lock:  # one after the other, so that `seen` looks at a bucket that stands still
            body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
            number = 0
            if request.command == "PUT":
                self.puts.append(urlsplit(request.path).path)
            if request.command in self.counted:
                self.asked.append(f"{request.command} {request.path}")
                number = len(self.asked)
            fault = self.fault if self.at and self._breaks(number) else None
            if self.no_delete and request.command in ("POST", "DELETE"):
                fault = "deny"
            if fault == "cut":
                self._hang_up(request)
            elif fault in CODES:
                status, code = CODES[fault]
                self._answer(request, status, {}, b"<Error><Code>%s</Code></Error>" % code)
            else:
                self._pass_on(request, body, cut=fault == "ambiguous")

    def _breaks(self, number: int) -> bool:
        return number == self.at or (self.fault in ("deny", "unable") and number > self.at)

    def _pass_on(self, request: BaseHTTPRequestHandler, body: bytes, *, cut: bool) -> None:
        parts = urlsplit(self.server.endpoint)
        connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
        connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():  # Host too: it is signed
            if not (self.deaf and name.lower() == "if-none-match"):
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if request.command in ("PUT", "DELETE", "POST"):
            self.seen()
        if cut:
            self._hang_up(request)
        else:
            self._answer(request, answer.status, dict(answer.getheaders()), content)

    def _answer(
        self, request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes
    ) -> None:
        request.send_response_only(status)
        hop = {"connection", "transfer-encoding", "content-length", "keep-alive"}
        for name, value in headers.items():
            if name.lower() not in hop:
                request.send_header(name, value)
        size = headers.get("Content-Length", "0") if request.command == "HEAD" else str(len(content))
        request.send_header("Content-Length", size)
        request.end_headers()
        request.wfile.write(content)

    def _hang_up(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        with suppress(OSError):
            request.connection.shutdown(socket.SHUT_RDWR)


# --- Azure -------------------------------------------------------------------------------------

# The account that Azurite and Microsoft's own emulator ship with, known to everybody.
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True)
class Azure:
    """Azurite, all in memory."""

    port: int

    @property
    def environ(self) -> dict[str, str]:
        return {
            "AZURE_STORAGE_ACCOUNT_NAME": AZURE_ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": AZURE_KEY,
            "AZURE_STORAGE_ENDPOINT": f"http://127.0.0.1:{self.port}/{AZURE_ACCOUNT}",
        }

    def container(self, name: str = "") -> str:
        """The address of a new, empty one."""
        name = name or f"c-{uuid.uuid4().hex[:12]}"
        date = formatdate(usegmt=True)
        signed = (
            "PUT" + 12 * "\n" + f"x-ms-date:{date}\nx-ms-version:2021-08-06\n"
            f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{name}\nrestype:container"
        )
        made = hmac.digest(base64.b64decode(AZURE_KEY), signed.encode(), "sha256")
        headers = {
            "x-ms-date": date,
            "x-ms-version": "2021-08-06",
            "Authorization": f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(made).decode()}",
        }
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("PUT", f"/{AZURE_ACCOUNT}/{name}?restype=container", headers=headers)
        assert connection.getresponse().status == 201
        connection.close()
        return f"az://{name}"

    def read_all(self, url: str) -> dict[str, bytes]:
        store = opened(url, self.environ)
        paths = [one["path"] for batch in obstore.list(store) for one in batch]
        return {path: bytes(obstore.get(store, path).bytes()) for path in paths}


@contextmanager
def azurite(folder: Path) -> Iterator[Azure]:
    """`folder` is where npm installed it."""
    (port,) = _free_ports(1)
    command = [folder / "node_modules/.bin/azurite-blob", "--blobHost", "127.0.0.1", "--blobPort", port]
    more = ("--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry")
    args = [*map(str, command), *more]
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: _answers(port))
        yield Azure(port)
    finally:
        process.terminate()
        process.wait(timeout=10)


# --- Ceph --------------------------------------------------------------------------------------

CONF = """\
[global]
fsid = {fsid}
mon initial members = a
mon host = [v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = {home}/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 2000
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
osd class load list = *
osd class default list = *
run dir = {home}/run
admin socket = {home}/run/$name.asok
log file = {home}/log/$name.log
mon data = {home}/mon
osd data = {home}/osd
mon data avail warn = 1
mon data avail crit = 1
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {home}/run
rgw zone = default
"""


def has_ceph() -> bool:
    return all(shutil.which(tool) for tool in CEPH)


@contextmanager
def ceph(home: Path) -> Iterator[S3]:
    """One monitor, one store in memory, one gateway, each a process of its own; up in some 15 s."""
    for folder in ("mon", "osd", "run", "log"):
        (home / folder).mkdir(parents=True)
    port, v1, v2 = _free_ports(3)
    conf, fsid = home / "ceph.conf", str(uuid.uuid4())
    conf.write_text(CONF.format(fsid=fsid, home=home, port=port, v1=v1, v2=v2))
    started: list[subprocess.Popen[bytes]] = []
    environ = {**os.environ, "CEPH_CONF": str(conf), "CEPH_ARGS": f"--conf {conf}"}

    def run(*command: object) -> None:
        subprocess.run([*map(str, command)], env=environ, check=True, capture_output=True, timeout=60)

    def start(*command: object) -> None:
        log = (home / "log" / f"{len(started)}.out").open("wb")
        with log:
            args = [*map(str, command), "--foreground"]
            started.append(subprocess.Popen(args, env=environ, stdout=log, stderr=log))

    try:
        _make_keys(home / "keyring", run)
        hosts = f"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]"
        run("monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", hosts, home / "monmap")
        run("ceph-mon", "-i", "a", "--mkfs", "--monmap", home / "monmap", "--keyring", home / "keyring")
        start("ceph-mon", "-i", "a")
        disk = uuid.uuid4()
        _until(lambda: _succeeds(run, "ceph", "--connect-timeout", 5, "osd", "new", disk))
        run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
        start("ceph-osd", "-i", "0")
        start("radosgw", "--name", "client.rgw")
        _until(lambda: _answers(port))
        for user, key in ((OWNER, KEY), (GUEST, GUEST)):
            keys = ("--access-key", key, "--secret-key", SECRET)
            names = ("--uid", user, "--display-name", user)
            run("radosgw-admin", "--name", "client.rgw", "user", "create", *names, *keys)
        yield S3(f"http://127.0.0.1:{port}")
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGKILL)  # all of it is in memory
            process.wait(timeout=10)


def _make_keys(keyring: Path, run: Callable[..., None]) -> None:
    run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
    everything = [word for part in ("mon", "osd", "mgr") for word in ("--cap", part, "allow *")]
    for name in ("client.admin", "client.rgw"):
        run("ceph-authtool", keyring, "--gen-key", "-n", name, *everything)
    caps = ("--cap", "mon", "allow profile osd", "--cap", "osd", "allow *", "--cap", "mgr", "allow *")
    run("ceph-authtool", keyring, "--gen-key", "-n", "osd.0", *caps)


def _succeeds(run: Callable[..., None], *command: object) -> bool:
    try:
        run(*command)
    except subprocess.SubprocessError:
        return False
    return True


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _until(good: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not good():
        if time.monotonic() > end:
            raise TimeoutError("the server does not come up")
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
