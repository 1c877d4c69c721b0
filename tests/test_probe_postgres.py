import asyncio
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from handlers import says
from pydantic import TypeAdapter, ValidationError
from servers import Authority, Listener

from statuspage.config import load
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import kind_for
from statuspage.probes.base import Occasion
from statuspage.probes.postgres import SSL_REQUEST, Message, Postgres

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
KIND = TypeAdapter(Postgres)
NOBODY = 65534
OWNER = "keeper"  # the one role that the server has


def postgres(port: int = 5432, **options: Any) -> Postgres:
    options = {"url": f"postgres://127.0.0.1:{port}", **options}
    return KIND.validate_json(json.dumps(options), strict=True)


def ask(probe: Postgres, within: timedelta = 5 * SECOND) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion(at=NOW)))


def seen(reading: Reading) -> tuple[str, str, str]:
    return reading.verdict.value, reading.code, reading.findings[0].seen if reading.findings else ""


# --- a real server -----------------------------------------------------------------------------


def binaries() -> Path | None:
    """Where Debian keeps the newest PostgreSQL's programs, else where the path finds them."""
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    return kept[-1] if kept else Path(found).parent if found else None


BINARIES = binaries()
SETPRIV = shutil.which("setpriv") or ""
UNPRIVILEGED: Sequence[str] = (  # PostgreSQL refuses to run as root
    (SETPRIV, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups") if os.geteuid() == 0 else ()
)
needs_postgres = pytest.mark.skipif(
    BINARIES is None or (os.geteuid() == 0 and not SETPRIV), reason="PostgreSQL is not installed"
)


@dataclass(frozen=True)
class Cluster:
    """A data folder, and servers on it."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    @contextmanager
    def serve(self, *options: str, method: str = "trust", ready: int = 0) -> Iterator["Server"]:
        """`method`: how clients prove who they are. `ready`: what pg_isready says, 0 accepts, 1 rejects."""
        port = free_port()
        (self.folder / "hba").write_text(f"host all all 127.0.0.1/32 {method}\n", "utf-8")
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        settings |= {"port": str(port), "hba_file": str(self.folder / "hba")}
        words = [f"{name}={value}" for name, value in settings.items()] + [*options]
        command = [
            program("postgres"),
            "-D",
            str(self.data),
            *(part for word in words for part in ("-c", word)),
        ]
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen([*UNPRIVILEGED, *command], stderr=log)
        try:
            asks = [
                program("pg_isready"),
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                str(port),
                "-U",
                OWNER,
                "-d",
                "postgres",
            ]
            assert eventually(lambda: subprocess.run(asks, check=False).returncode == ready), self.log
            yield Server(port, process)
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown
            process.wait()


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]

    @contextmanager
    def session(self) -> Iterator[None]:
        """A client that has come in and stays."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            words = b"\0".join((b"user", OWNER.encode(), b"database", b"postgres", b"", b""))
            connection.sendall(struct.pack("!II", len(words) + 8, 3 << 16) + words)
            heard = b""
            while b"Z\0\0\0\5" not in heard:
                more = connection.recv(4096)
                assert more
                heard += more
            yield


def program(name: str) -> str:
    return str((BINARIES or Path()) / name)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def eventually(holds: Callable[[], bool]) -> bool:
    for _ in range(250):
        if holds():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="statuspage-postgres-"))  # pytest's own lets nobody else in
    try:
        if UNPRIVILEGED:
            os.chown(folder, NOBODY, NOBODY)
        words = ["-D", str(folder / "data"), "-U", OWNER, "-A", "trust", "--no-sync", "--no-locale"]
        made = [*UNPRIVILEGED, program("initdb"), *words]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        yield Cluster(folder)
    finally:
        shutil.rmtree(folder)


@needs_postgres
@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("scram-sha-256", {}, "a password is wanted, by SASL"),
        ("md5", {}, "a password is wanted, as MD5"),
        ("password", {}, "a password is wanted, in clear text"),
        ("trust", {}, '28000 role "statuspage" does not exist'),
        ("trust", {"role": OWNER}, "let in"),
        ("trust", {"role": OWNER, "database": "gone"}, '3D000 database "gone" does not exist'),
        ("reject", {}, '28000 pg_hba.conf rejects connection for host "127.0.0.1", user "statuspage", '),
    ],
)
def test_a_server_that_asks_who_we_are_is_up(
    cluster: Cluster, method: str, options: dict[str, str], said: str
) -> None:
    with cluster.serve("password_encryption=md5", method=method) as server:
        reading = ask(postgres(server.port, **options))

    assert (reading.verdict, reading.code, reading.detail) == (Verdict.UP, "", "")
    assert reading.latency is not None
    assert reading.findings[0].seen.startswith(said)
    assert reading.findings[0].holds


@needs_postgres
@pytest.mark.parametrize(("method", "options"), [("scram-sha-256", {}), ("trust", {"role": OWNER})])
def test_the_servers_log_has_no_complaint_where_a_password_is_wanted_or_the_role_exists(
    cluster: Cluster, method: str, options: dict[str, str]
) -> None:
    with cluster.serve(method=method) as server:
        before = len(cluster.log)
        ask(postgres(server.port, **options))
        server.process.terminate()  # a smart shutdown lets those who have come in go first
        server.process.wait()

    log = cluster.log[before:]
    assert "shut down" in log
    assert not [word for word in ("FATAL", "ERROR", "unexpected", "could not") if word in log]


@needs_postgres
def test_a_server_without_a_connection_left_is_full(cluster: Cluster) -> None:
    few = ("max_connections=1", "superuser_reserved_connections=0", "max_wal_senders=0")
    with cluster.serve(*few, "autovacuum=off", method="trust") as server, ExitStack() as sessions:
        assert eventually(lambda: _came_in(server, sessions))
        reading = ask(postgres(server.port))

    assert seen(reading) == ("down", "postgres.full", "53300 sorry, too many clients already")
    assert reading.detail == "SQLSTATE 53300"


def _came_in(server: Server, sessions: ExitStack) -> bool:
    """The place may still be taken by who asked whether the server is ready."""
    try:
        sessions.enter_context(server.session())
    except AssertionError:
        return False
    return True


@needs_postgres
def test_a_server_in_recovery_is_starting(cluster: Cluster) -> None:
    standby = cluster.data / "standby.signal"
    standby.touch()
    try:
        with cluster.serve("hot_standby=off", ready=1) as server:
            reading = ask(postgres(server.port))
    finally:
        standby.unlink()

    assert (reading.verdict, reading.code, reading.detail) == (
        Verdict.DOWN,
        "postgres.starting",
        "SQLSTATE 57P03",
    )


@needs_postgres
def test_a_server_that_shuts_down_says_so(cluster: Cluster) -> None:
    with cluster.serve() as server, server.session():
        server.process.terminate()  # a smart shutdown waits for its clients
        assert eventually(lambda: ask(postgres(server.port)).code == "postgres.starting")


@needs_postgres
def test_a_server_that_has_lost_a_file_is_in_error(cluster: Cluster) -> None:
    roles, away = cluster.data / "global/1260", cluster.data / "roles"
    roles.rename(away)
    try:
        with cluster.serve(ready=0) as server:
            reading = ask(postgres(server.port))
    finally:
        away.rename(roles)

    assert (reading.verdict, reading.code, reading.detail) == (
        Verdict.DOWN,
        "postgres.error",
        "SQLSTATE 58P01",
    )
    assert "could not open file" in reading.findings[0].seen


@needs_postgres
def test_tls_is_spoken_when_asked_for(cluster: Cluster) -> None:
    ca, tls = issue(cluster.folder, "127.0.0.1")
    with cluster.serve("ssl=on", *tls, method="scram-sha-256") as server:
        reading = ask(postgres(server.port, tls=True, ca=ca))
        untrusted = ask(postgres(server.port, tls=True))
        plain = ask(postgres(server.port))

    assert (reading.verdict, reading.certificate_expires is not None) == (Verdict.UP, True)
    assert {"tls", "first_byte"} <= reading.phases.keys()
    assert [finding.key for finding in reading.findings] == ["startup", "certificate days_left"]
    assert untrusted.code == "tls.untrusted"
    assert (plain.verdict, plain.certificate_expires) == (Verdict.UP, None)


@needs_postgres
def test_a_certificate_for_another_name_is_told(cluster: Cluster) -> None:
    ca, tls = issue(cluster.folder, "db.example")
    with cluster.serve("ssl=on", *tls) as server:
        assert ask(postgres(server.port, tls=True, ca=ca)).code == "tls.hostname"


@needs_postgres
def test_a_server_without_tls_gives_no_secure_connection(cluster: Cluster) -> None:
    with cluster.serve() as server:
        reading = ask(postgres(server.port, tls=True))

    assert (reading.code, reading.detail) == ("tls.handshake", "the server does not speak TLS")


def issue(folder: Path, name: str) -> tuple[str, Sequence[str]]:
    """The authority's file, and the settings of a server with a certificate for that name."""
    authority = trustme.CA()
    issued = authority.issue_cert(name, not_after=NOW.replace(year=2100))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    (folder / "cert.pem").write_bytes(issued.cert_chain_pems[0].bytes())
    key = folder / "key.pem"
    key.write_bytes(issued.private_key_pem.bytes())
    key.chmod(0o600)
    if UNPRIVILEGED:
        os.chown(key, NOBODY, NOBODY)
    return str(folder / "ca.pem"), (f"ssl_cert_file={folder / 'cert.pem'}", f"ssl_key_file={key}")


def test_a_closed_port_is_refused(closed_port: int) -> None:
    assert ask(postgres(closed_port)).code == "tcp.refused"


# --- judging -----------------------------------------------------------------------------------


def message(kind: str, body: bytes) -> bytes:
    return kind.encode() + struct.pack("!I", len(body) + 4) + body


def error(state: str) -> bytes:
    return b"SFATAL\0C" + state.encode() + b"\0Mhunter2\0\0"


@pytest.mark.parametrize(
    ("kind", "body", "code", "detail"),
    [
        ("R", b"\0\0\0\5salt", "", ""),
        ("R", b"\0\0\0\7", "", ""),  # Kerberos
        ("S", b"server_version\00017\0", "", ""),
        ("E", error("28000"), "", ""),
        ("E", error("28P01"), "", ""),
        ("E", error("3D000"), "", ""),
        ("E", error("57P01"), "postgres.starting", "SQLSTATE 57P01"),
        ("E", error("57P03"), "postgres.starting", "SQLSTATE 57P03"),
        ("E", error("53300"), "postgres.full", "SQLSTATE 53300"),
        ("E", error("53100"), "postgres.error", "SQLSTATE 53100"),
        ("E", error("08P01"), "postgres.error", "SQLSTATE 08P01"),
        ("E", error("XX000"), "postgres.error", "SQLSTATE XX000"),
        ("E", error("HELLO"), "postgres.error", "SQLSTATE unknown"),
        ("E", b"\xff\xfe\0\0", "postgres.error", "SQLSTATE unknown"),
        ("E", b"", "postgres.error", "SQLSTATE unknown"),
        ("", b"HTTP/", "http.protocol", "what came is not PostgreSQL's protocol"),
    ],
)
def test_the_deciding_message_is_judged(kind: str, body: bytes, code: str, detail: str) -> None:
    reading = postgres().judge(Message(kind.encode(), body))

    assert (reading.code, reading.detail) == (code, detail)
    assert [finding.holds for finding in reading.findings] == [not code]
    assert "hunter2" not in repr(reading)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "tcp.closed"),
        (b"R\0", "tcp.closed"),
        (message("R", bytes(4)), "tcp.closed"),
        (message("E", error("57P03")), "postgres.starting"),
        (message("R", bytes(4)) + message("E", error("53300")), "postgres.full"),
        (message("R", bytes(4)) + message("Z", b"I"), ""),
        (b"Ecould not fork new process for connection: Cannot allocate memory\n\0", "postgres.error"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "http.protocol"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "http.protocol"),
        (b"R\0\0\0\0\0\0\0\0", "http.protocol"),
        (b"R\xff\xff\xff\xff" + bytes(100_000), "http.protocol"),
        (message("D", b"a row"), "http.protocol"),
    ],
)
def test_what_comes_over_the_wire_is_read_with_care(said: bytes, code: str) -> None:
    with Listener(says(said, after=b"postgres\0\0")) as server:
        reading = ask(postgres(server.port))

    assert reading.code == code
    assert (reading.latency is None) is (code in ("tcp.closed", "http.protocol"))


def test_the_operator_sees_what_answered_in_its_place() -> None:
    with Listener(says(b"SSH-2.0-OpenSSH_9.2\r\n", after=b"")) as server:
        assert seen(ask(postgres(server.port))) == ("down", "http.protocol", "SSH-2")


def test_a_message_that_does_not_end_is_a_timeout() -> None:
    with Listener(says(b"R\0\0\0\x0c\0\0", after=b"postgres\0\0", hold=True)) as server:
        reading = ask(postgres(server.port), SECOND / 5)

    assert (reading.code, reading.latency) == ("read.timeout", None)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "tcp.closed"),
        (b"N", "tls.handshake"),
        (b"EFATAL: unsupported frontend protocol\0", "postgres.error"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "http.protocol"),
        (b"S" + message("E", error("28000")), "http.protocol"),
        (b"S", "tls.handshake"),
    ],
)
def test_the_answer_to_the_request_for_tls_is_read_with_care(said: bytes, code: str) -> None:
    with Listener(says(said, after=SSL_REQUEST)) as server:
        assert ask(postgres(server.port, tls=True)).code == code


def test_what_came_unprotected_does_not_count_as_said_in_tls(authority: Authority, tmp_path: Path) -> None:
    """As CVE-2021-23222 has it: an answer in clear text, behind the S and ahead of the handshake."""
    ca = tmp_path / "ca.pem"
    os.mkfifo(ca)  # who reads it waits until somebody writes
    pem = Path(authority.path).read_bytes()

    async def inject(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(SSL_REQUEST))
        writer.write(b"S")
        await writer.drain()
        with ca.open("wb") as waiting:  # the probe has read the S, and reads this before its handshake
            writer.write(message("E", error("28000")))
            await writer.drain()
            waiting.write(pem)
        own: Any = writer.transport
        loop = asyncio.get_running_loop()
        await loop.start_tls(own, own.get_protocol(), authority.server(), server_side=True)
        await reader.read()

    with Listener(inject) as server:
        reading = ask(postgres(server.port, tls=True, ca=str(ca)))

    assert reading.code == "http.protocol"
    assert "unprotected" in reading.detail


# --- the border --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({"url": "postgres://me:hunter2@a.example"}, "no user and password"),
        ({"url": "postgresql://a.example/app"}, "in `database`"),
        ({"url": "postgres://a.example?sslmode=require"}, "in `database`"),
        ({"url": "tcp://a.example:5432"}, "begin with postgres:// or postgresql://"),
        ({"role": ""}, "a name"),
        ({"role": "a\0b"}, "a name"),
        ({"database": "x" * 64}, "63"),
        ({"password": "hunter2"}, "password"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError) as refused:
        postgres(**options)

    told = [error["msg"] + str(error["loc"]) for error in refused.value.errors()]
    assert any(says_ in one for one in told)
    assert not any("hunter2" in one for one in told)


def test_a_component_is_a_postgres_by_its_address() -> None:
    text = "components:\n- name: Database\n  url: postgresql://db.example\n  tls: true\n  role: app\n"
    (database,) = load(text, "components.yaml", {}).components

    assert (database.type, kind_for("postgres://a")) == ("postgres", "postgres")
    assert isinstance(database.probe, Postgres)
    assert (database.probe.target, database.probe.tls, database.probe.role) == (
        "postgresql://db.example",
        True,
        "app",
    )
    assert database.probe.certificate(timedelta(days=3))[0] == "tls.expiring"


def test_a_wrong_option_of_a_component_is_told_with_its_line_and_the_nearest_right_word() -> None:
    with pytest.raises(Problems) as refused:
        load("components:\n- name: DB\n  url: postgres://db\n  databse: app\n", "components.yaml", {})

    (problem,) = refused.value.problems
    assert problem.where is not None
    assert (problem.where.line, problem.mend) == (4, "did you mean 'database'?")


def test_each_option_has_its_sentence_in_the_schema() -> None:
    schema = KIND.json_schema()

    assert all(option["description"].endswith(".") for option in schema["properties"].values())
