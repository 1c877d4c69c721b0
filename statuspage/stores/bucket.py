"""Buckets: s3://, gs://, az:// opened as the environment says, and every failure told in our words.

obstore comes with the extra `cloud` and is imported when a bucket is named. Its own errors hold whole addresses,
signatures included: nothing of them is passed on but codes.
"""

import ipaddress
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from statuspage.errors import StatuspageError, Where

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store

    Store: TypeAlias = AzureStore | GCSStore | S3Store

RETRIES = 5
RETRYING = timedelta(seconds=60)  # for one object, pauses included
ONE_REQUEST = timedelta(seconds=30)
CONNECTING = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Kind:
    """A service, and the environment's names of its settings: the first that is set holds."""

    service: str
    settings: Mapping[str, tuple[str, ...]]
    allow_http: str  # the variable that allows addresses without TLS beyond this machine
    credentials: str  # the least that is needed to sign in, for `mend`
    fixed: Mapping[str, str] = field(default_factory=dict)  # settings of our own


KINDS = {
    "s3": Kind(
        "S3",
        {
            "access_key_id": ("AWS_ACCESS_KEY_ID",),
            "secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
            "session_token": ("AWS_SESSION_TOKEN", "AWS_TOKEN"),
            "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
            "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
            "virtual_hosted_style_request": ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST",),
            "role_arn": ("AWS_ROLE_ARN",),
            "web_identity_token_file": ("AWS_WEB_IDENTITY_TOKEN_FILE",),
        },
        "AWS_ALLOW_HTTP",
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        {"disable_bulk_delete": "true"},  # gateways lack it, or (Ceph 16) refuse it to rights below a prefix
    ),
    "gs": Kind(
        "Google Cloud Storage",
        {
            "service_account_path": ("GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH"),
            "service_account_key": ("GOOGLE_SERVICE_ACCOUNT_KEY",),
            "application_credentials": ("GOOGLE_APPLICATION_CREDENTIALS",),
            "base_url": ("GOOGLE_BASE_URL",),
        },
        "GOOGLE_ALLOW_HTTP",
        "GOOGLE_APPLICATION_CREDENTIALS",
    ),
    "az": Kind(
        "Azure Blob Storage",
        {
            "account_name": ("AZURE_STORAGE_ACCOUNT_NAME",),
            "account_key": (
                "AZURE_STORAGE_ACCOUNT_KEY",
                "AZURE_STORAGE_ACCESS_KEY",
                "AZURE_STORAGE_MASTER_KEY",
            ),
            "sas_key": ("AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY"),
            "client_id": ("AZURE_STORAGE_CLIENT_ID", "AZURE_CLIENT_ID"),
            "client_secret": ("AZURE_STORAGE_CLIENT_SECRET", "AZURE_CLIENT_SECRET"),
            "tenant_id": ("AZURE_STORAGE_TENANT_ID", "AZURE_TENANT_ID"),
            "federated_token_file": ("AZURE_FEDERATED_TOKEN_FILE",),
            "endpoint": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
        },
        "AZURE_ALLOW_HTTP",
        "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    ),
}


@dataclass(frozen=True, slots=True)
class Address:
    """`s3://bucket/prefix`, taken apart."""

    scheme: str
    bucket: str
    prefix: str  # "" or a path without a slash at either end

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")


def address(url: str) -> Address:
    """Take a bucket's address apart. Raises StatuspageError, which repeats nothing that may be a secret."""
    scheme, _, rest = url.partition("://")
    if scheme not in KINDS:
        raise StatuspageError(
            "there is no way to such an address",
            mend="name a folder, or a bucket: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX",
        )
    bucket, _, prefix = rest.partition("/")
    parts = [part for part in prefix.split("/") if part]
    plain = all(re.fullmatch(r"[\w.=+ -]+", part) and part not in (".", "..") for part in parts)
    if not re.fullmatch(r"\$web|[A-Za-z0-9][A-Za-z0-9._-]*", bucket) or not plain:  # $web: Azure's web sites
        raise StatuspageError(
            f"this {scheme}:// address cannot be used",
            mend=f"write {scheme}://BUCKET/PREFIX and nothing else; keys belong into the environment",
        )
    return Address(scheme, bucket, "/".join(parts))


def opened(url: str, environ: Mapping[str, str]) -> "Store":
    """The store of everything below a bucket's address; nothing is asked yet. Raises StatuspageError."""
    at = address(url)
    if find_spec("obstore") is None:
        raise StatuspageError(
            "the package that speaks to buckets is not installed",
            where=Where(str(at)),
            mend="pip install 'chatbot-statuspage[cloud]'",
        )
    from obstore.store import AzureStore, GCSStore, S3Store

    store: Any = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}[at.scheme]
    kind = KINDS[at.scheme]
    config = _settings(kind, environ)
    plain = _is_plain(at, kind, config, environ)
    with told(at):
        made: Store = store(
            at.bucket,
            prefix=at.prefix or None,
            config=config,
            client_options={"allow_http": plain, "timeout": ONE_REQUEST, "connect_timeout": CONNECTING},
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": RETRYING,
                "backoff": {
                    "init_backoff": timedelta(milliseconds=200),
                    "max_backoff": timedelta(seconds=8),
                    "base": 2,
                },
            },
        )
    return made


def conditional_writes(url: str, environ: Mapping[str, str]) -> bool:
    """Whether the bucket refuses to create what is there already (PUT with If-None-Match: *), tried with one object.

    Only then can two runs be kept apart by it. The object is removed again. Raises StatuspageError when the
    bucket cannot be written to.
    """
    store, path = opened(url, environ), f".statuspage/trial-{secrets.token_hex(8)}"
    from obstore import delete, put
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    with told(address(url)):
        put(store, path, b"first")
        try:
            put(store, path, b"second", mode="create")
        except (AlreadyExistsError, PreconditionError):
            return True
        except (BaseError, OSError) as error:
            if "status code: 501" in str(error):  # RFC 9110 §15.6.2: it does not know the condition
                return False
            raise
        finally:
            delete(store, path)
    return False


# --- what goes wrong ---------------------------------------------------------------------------


FAULTS: tuple[tuple[str, str, str], ...] = (
    (
        r"InvalidPathError",
        "there is an object whose name is no plain path, such as a//b",
        "give the page a prefix of its own, or remove that object",
    ),
    (
        r"RequestTimeTooSkewed",
        "this machine's clock is more than 15 minutes off",
        "set the clock; the server compares the time of each request with its own",
    ),
    (
        r"NoSuchBucket|ContainerNotFound|The specified bucket does not exist",
        "there is no such bucket",
        "make it, or name another one",
    ),
    (
        r"169\.254\.169\.254|metadata\.google|computeMetadata|Missing(Account|AccessKeyId|SecretAccessKey)",
        "there are no credentials",
        "set {credentials} in the environment",
    ),
    (
        r"ExpiredToken|TokenRefreshRequired",
        "the credentials have expired",
        "get new ones",
    ),
    (
        r"InvalidAccessKey|SignatureDoesNot|InvalidToken|AuthenticationFailed|Invalid Access|invalid_grant|Unauthent",
        "the server does not know this key, or the secret is not the key's",
        "look at {credentials}",
    ),
    (
        r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint",
        "the bucket is in another region",
        "set AWS_REGION to the bucket's",
    ),
    (
        r"AccessDenied|AuthorizationPermissionMismatch|AuthorizationFailure|status code: 40[13]|PermissionDenied",
        "the key may not do this",
        "give it the rights that docs/publishing.md lists",
    ),
    (
        r"invalid peer certificate|UnknownIssuer|CertificateError",
        "the server's certificate is not trusted",
        "look at the endpoint's address, or at SSL_CERT_FILE",
    ),
    (r"dns error|failed to lookup", "the server's name is not known", "look at the endpoint's address"),
    (
        r"kind: Connect|tcp connect error|Connection refused",
        "the server cannot be reached",
        "look at the endpoint's address and at the network",
    ),
    (
        r"SlowDown|status code: (5\d\d|429)|TooManyRequests",
        "the server is failing or overloaded",
        "run it again later",
    ),
    (
        r"kind: Timeout|TimedOut|operation timed out",
        "the server did not answer in time",
        "run it again later",
    ),
    (
        r"kind: (Request|Decode|Body|Interrupted)|connection closed|IncompleteMessage",
        "the connection broke",
        "run it again",
    ),
)
"""What an error of obstore's says (a pattern), what we say, how to mend it. The first that fits holds."""


@contextmanager
def told(at: Address) -> Iterator[None]:
    """Turn each failure of the block into ours."""
    from obstore.exceptions import BaseError

    try:
        yield
    except TimeoutError as error:
        mend = "what was put is complete; run it again to go on"
        raise StatuspageError("it took too long", where=Where(str(at)), mend=mend) from error
    except (BaseError, OSError, ValueError) as error:
        what, mend = reason(at, f"{type(error).__name__} {error}")
        raise StatuspageError(what, where=Where(str(at)), mend=mend) from None  # the cause holds addresses


def reason(at: Address, text: str) -> tuple[str, str]:
    """What happened and how to mend it. Pure; `text` is an error's, which is not repeated."""
    kind = KINDS[at.scheme]
    code = re.search(r"<Code>([A-Za-z]{1,60})</Code>", text) or re.search(r"status code: (\d{3})", text)
    known = f" ({code[1]})" if code else ""
    for pattern, what, mend in FAULTS:
        if re.search(pattern, text):
            return f"{what}{known}", mend.format(credentials=kind.credentials)
    return (
        f"{kind.service} refused it{known or f' ({text.split()[0]})'}",
        "run it again; look at the server's log",
    )


# --- settings ----------------------------------------------------------------------------------


def _settings(kind: Kind, environ: Mapping[str, str]) -> dict[str, str]:
    """What the environment says, by obstore's names."""
    found = {
        key: next((environ[name] for name in names if environ.get(name)), "")
        for key, names in kind.settings.items()
    }
    return {**kind.fixed, **{key: value for key, value in found.items() if value}}


def _is_plain(at: Address, kind: Kind, config: Mapping[str, str], environ: Mapping[str, str]) -> bool:
    """Whether the endpoint has no TLS. Raises StatuspageError, but on this machine, or when the operator allows it."""
    url = config.get("endpoint") or config.get("base_url") or "https://the.default"
    scheme, host = _origin(url)
    if scheme not in ("http", "https") or not host:
        names = " or ".join(kind.settings.get("endpoint") or kind.settings["base_url"])
        mend = f"write https://HOST into {names}"
        raise StatuspageError("the endpoint is no address", where=Where(str(at)), mend=mend)
    allowed = environ.get(kind.allow_http, "").lower() in ("1", "true", "yes", "on")
    if scheme == "http" and not allowed and not _is_loopback(host):
        raise StatuspageError(
            "the endpoint has no TLS: anybody between here and there can change the page",
            where=Where(str(at)),
            mend=f"write https://, or set {kind.allow_http}=true when the network is your own",
        )
    return scheme == "http"


def _origin(url: str) -> tuple[str, str]:
    """Scheme and host; empty when there is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is none
    except ValueError:
        return "", ""
    return ("", "") if re.search(r"\s", url) else (parts.scheme, parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 §6.3
