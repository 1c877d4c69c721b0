import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from handlers import says
from pydantic import TypeAdapter, ValidationError
from servers import Authority, Listener

from statuspage.config import load
from statuspage.errors import Problems
from statuspage.model import Reading, Verdict
from statuspage.net import Net
from statuspage.probes import Probe, kind_for
from statuspage.probes.base import Occasion
from statuspage.probes.http import Http
from statuspage.probes.tcp import Tcp
from statuspage.probes.tls import Tls

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
LATER = datetime(2090, 1, 11, tzinfo=UTC)  # when certificates here end, far from any clock's time
KIND = TypeAdapter(Tls)


def tls(port: int = 443, **options: Any) -> Tls:
    options = {"url": f"tls://127.0.0.1:{port}", **options}
    return KIND.validate_json(json.dumps(options), strict=True)


def ask(probe: Probe, within: timedelta = 5 * SECOND, at: datetime = NOW) -> Reading:
    return asyncio.run(probe.ask(Net(user_agent="statuspage-test"), within, Occasion(at=at)))


# --- a real server with every kind of certificate ------------------------------------------------


@dataclass(frozen=True)
class Nginx:
    ports: Mapping[str, int]  # by the name of what is served there
    ca: str

    def tls(self, name: str, **options: Any) -> Tls:
        return tls(self.ports[name], ca=self.ca, **options)


OLD = "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"
ASKING = "ssl_verify_client on; ssl_client_certificate {home}/ca.pem; ssl_protocols TLSv1.3;"
SERVERS = {
    "good": "ssl_protocols TLSv1.2 TLSv1.3;",
    "expired": "",
    "early": "",
    "elsewhere": "",
    "stranger": "",
    "old": OLD,
    "asking": ASKING,
}


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    home = tmp_path_factory.mktemp("nginx")
    issue(home)
    ports = {name: free_port() for name in (*SERVERS, "plain")}
    (home / "conf").write_text(configuration(home, ports), "utf-8")
    words = ["-p", str(home), "-c", str(home / "conf"), "-e", str(home / "error.log")]
    process = subprocess.Popen([NGINX, *words])
    try:
        assert eventually_listens(*ports.values()), (home / "error.log").read_text()
        yield Nginx(ports, str(home / "ca.pem"))
    finally:
        process.kill()
        process.wait()


def issue(home: Path) -> None:
    """The authority's file, and each server's certificate and key."""
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(home / "ca.pem"))
    year = LATER.replace
    certificates = {
        "good": authority.issue_cert("127.0.0.1", not_after=LATER),
        "expired": authority.issue_cert("127.0.0.1", not_before=year(2019), not_after=year(2020)),
        "early": authority.issue_cert("127.0.0.1", not_before=year(2089), not_after=LATER),
        "elsewhere": authority.issue_cert("other.example", not_after=LATER),
        "stranger": stranger.issue_cert("127.0.0.1", not_after=LATER),
        "old": authority.issue_cert("127.0.0.1", not_after=LATER),
        "asking": authority.issue_cert("127.0.0.1", not_after=LATER),
    }
    for name, certificate in certificates.items():
        certificate.private_key_pem.write_to_path(str(home / f"{name}.key"))
        certificate.cert_chain_pems[0].write_to_path(str(home / f"{name}.pem"))


def configuration(home: Path, ports: Mapping[str, int]) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {home}/{kind};" for kind in kinds)
    secure = "\n".join(
        f"server {{ listen 127.0.0.1:{ports[name]} ssl; ssl_certificate {home}/{name}.pem; "
        f"ssl_certificate_key {home}/{name}.key; {more.format(home=home)} }}"
        for name, more in SERVERS.items()
    )
    plain = f"server {{ listen 127.0.0.1:{ports['plain']}; }}"
    return f"""
daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
events {{}}
http {{ access_log off; root {home}; {temporary}
{secure}
{plain} }}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def eventually_listens(*ports: int) -> bool:
    left = set(ports)
    for _ in range(250):
        for port in [*left]:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    left.discard(port)
        if not left:
            return True
        time.sleep(0.02)
    return False


def test_a_handshake_with_a_good_certificate_is_up(nginx: Nginx) -> None:
    reading = ask(nginx.tls("good"))

    assert (reading.verdict, reading.code) == (Verdict.UP, "")
    assert reading.certificate_expires == LATER
    assert reading.latency is not None
    assert {"connect", "tls"} <= reading.phases.keys()
    assert [(finding.key, finding.seen) for finding in reading.findings] == [
        ("handshake", "TLSv1.3"),
        ("certificate days_left", f"{(LATER - NOW).days} days"),
    ]


@pytest.mark.parametrize(
    ("server", "code"),
    [
        ("expired", "tls.expired"),
        ("early", "tls.not_yet_valid"),
        ("elsewhere", "tls.hostname"),
        ("stranger", "tls.untrusted"),
        ("old", "tls.handshake"),
        ("plain", "tls.handshake"),
    ],
)
def test_each_fault_has_its_code(nginx: Nginx, server: str, code: str) -> None:
    reading = ask(nginx.tls(server))

    assert (reading.verdict, reading.code, reading.latency) == (Verdict.DOWN, code, None)


def test_the_systems_authorities_do_not_trust_a_stranger(nginx: Nginx) -> None:
    assert ask(tls(nginx.ports["good"])).code == "tls.untrusted"


@pytest.mark.parametrize("options", [{}, {"prefer": {"certificate": {"days_left": {"ge": 21}}}}])
def test_a_certificate_that_ends_soon_is_degraded(nginx: Nginx, options: dict[str, Any]) -> None:
    at = LATER - timedelta(days=10)
    probe = nginx.tls("good", **options)
    reading = ask(probe, at=at)

    assert reading.certificate_expires is not None
    code, detail = probe.certificate(reading.certificate_expires - at)
    assert code == ("prefer.certificate" if options else "tls.expiring")
    assert detail.startswith("certificate has 10 days left")
    key = "prefer.certificate days_left" if options else "certificate days_left"
    wanted = "at least 21" if options else "at least 14"
    last = reading.findings[-1]
    assert (last.key, last.wanted, last.seen, last.holds) == (key, wanted, "10 days", False)


def test_a_wish_for_more_days_than_are_left_is_broken() -> None:
    probe = tls(expect={"certificate": {"days_left": {"ge": 3}}})

    assert probe.certificate(timedelta(days=2))[0] == "expect.certificate"
    assert probe.certificate(timedelta(days=4)) == ("", "")


def test_a_server_that_asks_for_our_certificate_in_tls_1_3_has_proven_its_own(nginx: Nginx) -> None:
    web = Http(url=f"https://127.0.0.1:{nginx.ports['asking']}/", ca=nginx.ca)

    assert ask(nginx.tls("asking")).verdict is Verdict.UP
    assert ask(web).code == "http.400"  # what nginx says to whoever has none


def test_a_server_that_wants_our_certificate_in_tls_1_2_breaks_the_handshake(authority: Authority) -> None:
    context = authority.demanding()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with Listener(says(b"", after=b"", hold=True), tls=context) as server:
        assert ask(tls(server.port, ca=authority.path)).code == "tls.handshake"


def test_who_speaks_after_the_handshake_learns_of_the_missing_certificate(authority: Authority) -> None:
    with Listener(says(b"hello", after=b"", hold=True), tls=authority.demanding()) as server:
        address, wish = f"tcp://127.0.0.1:{server.port}", {"reply": "hello"}
        options = {"url": address, "tls": True, "ca": authority.path, "expect": wish}
        talking = TypeAdapter(Tcp).validate_json(json.dumps(options), strict=True)

        assert ask(talking).code in (
            "tls.handshake",
            "tcp.closed",
            "tcp.reset",
        )  # its end may overtake its word
        assert ask(tls(server.port, ca=authority.path)).verdict is Verdict.UP


def test_a_server_that_never_answers_the_hello_is_a_timeout() -> None:
    with Listener(says(b"", after=b"", hold=True)) as server:
        assert ask(tls(server.port), SECOND / 5).code == "tls.timeout"


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x03" + b"\xff" * 70_000]
)
def test_a_server_that_speaks_something_else_is_no_handshake(said: bytes) -> None:
    with Listener(says(said, after=b"")) as server:
        assert ask(tls(server.port)).code == "tls.handshake"


def test_a_closed_port_is_refused(closed_port: int) -> None:
    assert ask(tls(closed_port)).code == "tcp.refused"


def test_an_authority_that_cannot_be_read_is_our_fault(closed_port: int, tmp_path: Path) -> None:
    reading = ask(tls(closed_port, ca=str(tmp_path / "gone.pem")))

    assert (reading.verdict, reading.code) == (Verdict.UNKNOWN, "config.ca")


# --- the border --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says_"),
    [
        ({"url": "tls://a.example/path"}, "nothing follows"),
        ({"url": "tls://me:hunter2@a.example"}, "no user and password"),
        ({"url": "https://a.example"}, "begin with tls://"),
        ({"url": "tls://"}, "names no host"),
        ({"expect": {"certificate": {"days": 3}}}, "days"),
        ({"expect": {"certificate": {"days_left": "3d"}}}, "whole number"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], says_: str) -> None:
    with pytest.raises(ValidationError) as refused:
        tls(**options)

    told = [error["msg"] + str(error["loc"]) for error in refused.value.errors()]
    assert any(says_ in one for one in told)
    assert not any("hunter2" in one for one in told)


def test_a_component_is_a_tls_by_its_address() -> None:
    wish = "prefer: {certificate: {days_left: {ge: 21}}}"
    text = f"components:\n- name: Gateway\n  url: tls://gate.example:8443\n  {wish}\n"
    (gateway,) = load(text, "components.yaml", {}).components

    assert (gateway.type, kind_for("tls://a")) == ("tls", "tls")
    assert isinstance(gateway.probe, Tls)
    assert gateway.probe.target == "tls://gate.example:8443"


def test_a_wrong_option_of_a_component_is_told_with_its_line_and_the_nearest_right_word() -> None:
    with pytest.raises(Problems) as refused:
        load("components:\n- name: Gateway\n  url: tls://gate\n  allow_privat: true\n", "components.yaml", {})

    (problem,) = refused.value.problems
    assert problem.where is not None
    assert (problem.where.line, problem.mend) == (4, "did you mean 'allow_private'?")


def test_each_option_has_its_sentence_in_the_schema() -> None:
    schema = KIND.json_schema()

    assert all(option["description"].endswith(".") for option in schema["properties"].values())


# --- revoked -------------------------------------------------------------------------------------


def with_revoked(ca: trustme.CA, numbers: list[int], path: Path) -> None:
    """The authority's certificate and its list of revoked ones, in one file."""
    key = load_pem_private_key(ca.private_key_pem.bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate(ca.cert_pem.bytes()).subject
    crl = x509.CertificateRevocationListBuilder(issuer, NOW - timedelta(days=9000), LATER)
    for number in numbers:
        one = x509.RevokedCertificateBuilder(number, NOW - timedelta(days=9000)).build()
        crl = crl.add_revoked_certificate(one)
    path.write_bytes(ca.cert_pem.bytes() + crl.sign(key, SHA256()).public_bytes(Encoding.PEM))


@pytest.mark.parametrize(("revoked", "code"), [(True, "tls.revoked"), (False, "")])
def test_a_list_of_revoked_certificates_beside_the_authority_is_heeded(
    tmp_path: Path, revoked: bool, code: str
) -> None:
    ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf = ca.issue_cert("127.0.0.1", not_after=LATER)
    leaf.configure_cert(context)
    number = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).serial_number
    with_revoked(ca, [number] if revoked else [number + 1], tmp_path / "ca.pem")
    with Listener(says(b""), tls=context) as server:
        assert ask(tls(server.port, ca=str(tmp_path / "ca.pem"))).code == code
