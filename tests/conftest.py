"""Fixtures: servers that fail on purpose and a throw-away certificate authority."""

import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import settings
from s3_world import S3, ceph, has_ceph, moto
from servers import Authority, FaultServer

# A loaded machine is no fault of the code; what gates tries the same examples each time.
settings.register_profile("here", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("here")


@pytest.fixture(autouse=True)
def not_in_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the tests run on GitHub, the commands under test do not: they write no annotation and no summary there."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_store_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--store` is handed on by the environment, which a command that runs within the tests leaves changed."""
    monkeypatch.setenv("STATUSPAGE_STORE", "")


@pytest.fixture
def fault_server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure_server(authority: Authority) -> Iterator[FaultServer]:
    with FaultServer(tls=authority.server()) as server:
        yield server


@pytest.fixture
def closed_port() -> int:
    """A port on 127.0.0.1 on which nothing listens."""
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return int(once.getsockname()[1])


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port on 127.0.0.1 that answers no SYN: its queue of connections is full."""
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        yield int(deaf.getsockname()[1])


@pytest.fixture(scope="session")
def quick_s3() -> Iterator[S3]:
    with moto() as server:
        yield server


@pytest.fixture(scope="session")
def real_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    if not has_ceph():
        pytest.skip("Ceph's gateway is not installed (Debian: radosgw ceph-mon ceph-osd)")
    with ceph(tmp_path_factory.mktemp("ceph")) as server:
        yield server
