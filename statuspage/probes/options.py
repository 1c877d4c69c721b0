"""Types of options that several kinds share. pydantic validates them at the border, `config.py`.

A refusal is a ValueError with one sentence; it never repeats an address or a header's value, which may hold
a secret.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from statuspage.yamlfile import DURATION_PATTERN, SIZE_PATTERN, parse_duration, parse_size


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError("a duration is a number and a unit, such as 1500ms, 2s, 5m, 1h, 30d")
    return parse_duration(value)


def octets(value: object) -> int:
    """A size in octets: `5kB`, or a bare number. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if not isinstance(value, str):
        raise ValueError("a size is a number and a unit, such as 300B, 5kB, 2MB")
    return parse_size(value)


DurationSchema = Annotated[str, Field(pattern=DURATION_PATTERN, examples=["1500ms", "2s", "5m"])]
SizeSchema = (
    Annotated[str, Field(pattern=SIZE_PATTERN, examples=["300B", "5kB"])] | Annotated[int, Field(ge=0)]
)

Duration = Annotated[timedelta, BeforeValidator(_duration, json_schema_input_type=DurationSchema)]
Size = Annotated[int, BeforeValidator(octets, json_schema_input_type=SizeSchema)]


# --- addresses ---------------------------------------------------------------------------------

SMTP_PORTS: Mapping[str, int] = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def split(url: str, *schemes: str) -> SplitResult:
    """The parts of an address with one of the schemes, a host and a port that exists. Raises ValueError."""
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise ValueError("an address has no spaces, control characters or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(
            "the address cannot be read: look at its brackets and its port (1 to 65535)"
        ) from None
    if parts.scheme not in schemes:
        raise ValueError(f"the address must begin with {wanted}")
    if not parts.hostname:
        raise ValueError("the address names no host")
    if port == 0:
        raise ValueError("a port is a number from 1 to 65535")
    if "@" in parts.netloc:
        raise ValueError("no user and password inside an address: an option such as `headers` carries them")
    return parts


def _http_url(url: str) -> str:
    split(url, "http", "https")
    return url


def _tcp_url(url: str) -> str:
    parts = split(url, "tcp")
    if parts.port is None:
        raise ValueError("the address needs a port: tcp://host:port")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing follows the port: tcp://host:port")
    return url


def _phrase(text: str) -> str:
    if len(text.strip()) < 2:
        raise ValueError("a phrase has two characters at least, or every answer would hold it")
    return text


def _smtp_url(url: str) -> str:
    parts = split(url, *SMTP_PORTS)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing follows the host and its port: smtp://host:port")
    return url


Phrases = tuple[Annotated[str, Field(max_length=500), AfterValidator(_phrase)], ...]
HttpUrl = Annotated[str, AfterValidator(_http_url), Field(json_schema_extra={"pattern": "^https?://"})]
SmtpUrl = Annotated[
    str, AfterValidator(_smtp_url), Field(json_schema_extra={"pattern": r"^smtp(s|\+starttls)?://"})
]
TcpUrl = Annotated[str, AfterValidator(_tcp_url), Field(json_schema_extra={"pattern": r"^tcp://.+:\d+/?$"})]


def masked(url: str) -> str:
    """Scheme, host and port alone: what logs may show."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


# --- secrets -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that prints as `***`; `reveal` gives it, where it is sent and nowhere else."""

    _value: str

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__


def _secret(value: object) -> Secret:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text that is not blank, such as ${NAME}")
    if re.search(r"[^\x21-\x7e]", value):
        raise ValueError("must be plain ASCII without spaces")
    return Secret(value)


SecretText = Annotated[
    Secret, PlainValidator(_secret, json_schema_input_type=Annotated[str, Field(examples=["${NAME}"])])
]


# --- headers -----------------------------------------------------------------------------------

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110 §5.6.2
_FRAMING = frozenset({"connection", "content-length", "host", "transfer-encoding", "upgrade"})


def header_name(name: str) -> str:
    """In lower case, as answers have them. Raises ValueError."""
    if not _TOKEN.fullmatch(name):
        raise ValueError("a header's name has letters, digits and hyphens only")
    return name.lower()


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if header_name(name) in _FRAMING:
            raise ValueError(f"the header {name.lower()} is set by the connection itself")
        if re.search(r"[^\x20-\x7e\t]", value):
            raise ValueError(f"the value of the header {name.lower()} has characters other than ASCII")
    return headers


Headers = Annotated[Mapping[str, str], AfterValidator(_headers)]
HeaderName = Annotated[str, AfterValidator(header_name)]
