"""Opening buckets, and what is said when they refuse."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from s3_world import S3, Azure, Faulty, azurite
from sites import broken, site

from statuspage.errors import StatuspageError
from statuspage.stores import manifest
from statuspage.stores.bucket import KINDS, Address, address, conditional_writes, opened, reason
from statuspage.stores.bucket_site import BucketSite

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)

# --- addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("s3://bucket", Address("s3", "bucket", "")),
        ("s3://bucket/", Address("s3", "bucket", "")),
        ("gs://my.bucket/a//b/", Address("gs", "my.bucket", "a/b")),
        ("az://container/status", Address("az", "container", "status")),
        ("az://$web", Address("az", "$web", "")),
    ],
)
def test_an_address_is_a_bucket_and_a_prefix(url: str, parts: Address) -> None:
    assert address(url) == parts
    assert address(str(parts)) == parts


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///a",
        "s3://key:hunter2@bucket/a",
        "s3://bucket?key=hunter2",
        "s3://bucket/../other",
        "s3://bucket/a#hunter2",
        "s3://bucket/a\nhunter2",
        "S3://bucket",
        "https://bucket.s3.amazonaws.com/?key=hunter2",
        "hunter2:p://x",
    ],
)
def test_what_is_no_such_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(StatuspageError) as told:
        address(url)
    assert "s3://BUCKET/PREFIX" in str(told.value)
    assert "hunter2" not in str(told.value)


# --- without TLS -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "good"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9000"}, True),
        ({"AWS_ENDPOINT_URL": "http://[::1]:9000"}, True),
        ({"AWS_ENDPOINT_URL": "http://localhost:9000"}, True),
        ({"AWS_ENDPOINT_URL": "https://s3.example.org"}, True),
        ({"AWS_ENDPOINT_URL": "http://s3.example.org"}, False),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1.example.org"}, False),
        ({"AWS_ENDPOINT_URL": "http://s3.example.org", "AWS_ALLOW_HTTP": "true"}, True),
        ({"AWS_ENDPOINT_URL": "http://s3.example.org", "AWS_ALLOW_HTTP": "false"}, False),
        ({"AWS_ENDPOINT_URL_S3": "http://s3.example.org", "AWS_ENDPOINT_URL": "https://a.example"}, False),
    ],
)
def test_keys_go_over_tls_but_on_this_machine(environ: Mapping[str, str], good: bool) -> None:
    if good:
        opened("s3://bucket/a", environ)
        return
    with pytest.raises(StatuspageError, match="no TLS"):
        opened("s3://bucket/a", environ)


@pytest.mark.parametrize(
    "endpoint",
    [
        "127.0.0.1:9000",
        "s3.example.org",
        "http://[::1",
        "ftp://a.example",
        "https://",
        "https://a b/",
        "https://a:b",
    ],
)
def test_an_endpoint_that_is_no_address_is_refused_with_its_variable(endpoint: str) -> None:
    with pytest.raises(StatuspageError, match="the endpoint is no address") as told:
        opened("s3://bucket/a", {"AWS_ENDPOINT_URL": endpoint})
    assert "AWS_ENDPOINT_URL" in str(told.value)


def test_without_its_package_a_bucket_is_refused_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "obstore", raising=False)
    importlib.invalidate_caches()

    with pytest.raises(StatuspageError) as told:
        opened("s3://bucket", {})
    assert "pip install 'chatbot-statuspage[cloud]'" in str(told.value)


def test_a_folder_is_published_without_that_package() -> None:
    code = "import sys, statuspage.publish, statuspage.cli; sys.exit('obstore' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# --- what goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("403 <Code>RequestTimeTooSkewed</Code>", "clock is more than 15 minutes off (RequestTimeTooSkewed)"),
        ("status code: 404 <Code>NoSuchBucket</Code>", "there is no such bucket (NoSuchBucket)"),
        ("GET http://169.254.169.254/latest/api/token in 1 s", "there are no credentials"),
        ("GenericError source: MissingSecretAccessKey", "there are no credentials"),
        ("GenericError Invalid Access Key: Invalid symbol 37", "does not know this key"),
        ("InvalidPathError a//b", "an object whose name is no plain path"),
        ("status code: 403 <Code>InvalidAccessKeyId</Code>", "does not know this key"),
        ("status code: 403 <Code>SignatureDoesNotMatch</Code>", "does not know this key"),
        ("status code: 400 <Code>ExpiredToken</Code>", "have expired"),
        ("status code: 301 <Code>PermanentRedirect</Code>", "in another region"),
        ("status code: 403 <Code>AccessDenied</Code>", "may not do this (AccessDenied)"),
        ("status code: 403 Forbidden", "may not do this (403)"),
        ("kind: Connect, tcp connect error", "cannot be reached"),
        ("dns error: failed to lookup address", "name is not known"),
        ("kind: Connect invalid peer certificate: UnknownIssuer", "certificate is not trusted"),
        ("status code: 503 <Code>SlowDown</Code>", "failing or overloaded (SlowDown)"),
        ("kind: Timeout operation timed out", "did not answer in time"),
        ("kind: Request connection closed before message completed", "the connection broke"),
        ("GenericError whatever https://x/?sig=hunter2", "S3 refused it (GenericError)"),
        ("status code: 418 teapot", "S3 refused it (418)"),
    ],
)
def test_each_failure_has_its_words(text: str, what: str) -> None:
    said, mend = reason(Address("s3", "b", ""), f"{text} secret=hunter2")

    assert what in said
    assert mend
    assert "hunter2" not in said + mend


def test_each_service_names_its_own_credentials() -> None:
    for scheme, kind in KINDS.items():
        assert kind.credentials in reason(Address(scheme, "b", ""), "Unauthenticated")[1]


def fails(url: str, environ: Mapping[str, str]) -> str:
    with pytest.raises(StatuspageError) as told:
        BucketSite(url, environ).publish(site(1), NOW)
    assert "testing-secret" not in str(told.value)
    assert told.value.__cause__ is None
    return str(told.value)


def test_a_bucket_that_is_not_there_is_said(quick_s3: S3) -> None:
    assert "s3://no-such-bucket/a: there is no such bucket" in fails(
        "s3://no-such-bucket/a", quick_s3.environ
    )


def test_a_wrong_secret_and_an_unknown_key_are_said_by_a_real_gateway(real_s3: S3) -> None:
    url = real_s3.bucket().url

    assert "does not know this key" in fails(
        url, {**real_s3.environ, "AWS_SECRET_ACCESS_KEY": "wrong-secret"}
    )
    assert "does not know this key" in fails(url, {**real_s3.environ, "AWS_ACCESS_KEY_ID": "nobody"})


def test_a_bucket_of_somebody_else_s_is_said_by_a_real_gateway(real_s3: S3) -> None:
    assert "there is no such bucket" in fails("s3://not-there", real_s3.environ)


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
@pytest.mark.parametrize("shift", ["-20m", "+20m"])
def test_a_clock_that_is_off_is_said_by_a_real_gateway(real_s3: S3, shift: str) -> None:
    code = (
        "import os, sys; from datetime import UTC, datetime; from statuspage.stores.bucket_site import BucketSite;"
        "BucketSite(sys.argv[1], os.environ).publish({'index.html': b''}, datetime(2026, 1, 1, tzinfo=UTC))"
    )
    environ = {**os.environ, **real_s3.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = ["faketime", "-f", shift, sys.executable, "-c", code, real_s3.bucket().url]
    told = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)

    assert "this machine's clock is more than 15 minutes off" in told.stderr


def test_a_server_that_is_not_there_is_said_within_seconds(closed_port: int) -> None:
    url = S3(f"http://127.0.0.1:{closed_port}").environ

    assert "the server cannot be reached" in fails("s3://bucket", url)


def test_refused_credentials_and_clocks_are_told_apart(quick_s3: S3) -> None:
    with Faulty(quick_s3, "skewed", 1) as proxy:
        assert "clock is more than 15 minutes off" in fails(quick_s3.bucket().url, proxy.s3.environ)


# --- conditional writes ------------------------------------------------------------------------


def test_a_server_that_honours_conditions_is_known(quick_s3: S3, real_s3: S3) -> None:
    for server in (quick_s3, real_s3):
        bucket = server.bucket()
        assert conditional_writes(f"{bucket.url}/a/b", server.environ)
        assert bucket.keys() == []


def test_a_server_that_ignores_conditions_is_known(quick_s3: S3) -> None:
    bucket = quick_s3.bucket()
    with Faulty(quick_s3, deaf=True) as proxy:
        assert not conditional_writes(bucket.url, proxy.s3.environ)
    assert bucket.keys() == []


def test_a_server_that_takes_no_condition_at_all_is_known(quick_s3: S3) -> None:
    bucket = quick_s3.bucket()
    with Faulty(quick_s3, "unable", 2) as proxy:
        assert not conditional_writes(bucket.url, proxy.s3.environ)
    assert bucket.keys() == []


def test_a_server_that_fails_at_the_condition_has_no_answer(quick_s3: S3) -> None:
    bucket = quick_s3.bucket()
    with Faulty(quick_s3, "deny", 2) as proxy, pytest.raises(StatuspageError, match="AccessDenied"):
        conditional_writes(bucket.url, proxy.s3.environ)
    assert bucket.keys() == []


def test_a_bucket_that_cannot_be_written_to_has_no_answer(quick_s3: S3) -> None:
    with pytest.raises(StatuspageError, match="no such bucket"):
        conditional_writes("s3://no-such-bucket", quick_s3.environ)


# --- Azure -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def azure() -> Iterator[Azure]:
    if not os.environ.get("STATUSPAGE_AZURITE"):
        pytest.skip("STATUSPAGE_AZURITE does not name a folder with azurite (npm install azurite)")
    with azurite(Path(os.environ["STATUSPAGE_AZURITE"])) as server:
        yield server


def test_azure_holds_the_site_and_what_went_out_of_use_today(azure: Azure) -> None:
    container = azure.container()
    place = BucketSite(f"{container}/status", azure.environ)

    assert place.publish(site(1), NOW).changed == tuple(sorted(site(1)))
    assert place.publish(site(1), NOW + HOUR).changed == ()
    assert len(place.publish(site(2), NOW + 2 * HOUR).changed) == len(site(2)) - 1
    assert place.publish(site(2), NOW + 25 * HOUR).removed == ()
    assert set(place.publish(site(2), NOW + 26 * HOUR).removed) == set(site(1)) - set(site(2))
    held = azure.read_all(f"{container}/status")
    assert held.keys() == {*site(2), manifest.PATH}
    assert broken([*held], held.__getitem__) == []
    assert conditional_writes(container, azure.environ)


def test_azure_s_own_container_for_web_sites_can_be_named(azure: Azure) -> None:
    BucketSite(azure.container("$web"), azure.environ).publish(site(1), NOW)

    assert azure.read_all("az://$web")["index.html"] == site(1)["index.html"]


def test_azure_s_refusals_are_told(azure: Azure) -> None:
    assert "there is no such bucket" in fails("az://nothing-here", azure.environ)
    wrong = {**azure.environ, "AZURE_STORAGE_ACCOUNT_KEY": "aGVsbG8="}
    assert "error: az://nothing-here: the " in fails("az://nothing-here", wrong)
    assert "there are no credentials" in fails("az://nothing-here", {})
