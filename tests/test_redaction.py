"""Secrets in every encoding."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import markupsafe
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.redaction import Redactor, forms, named_in

SECRET = 'pä"ss/wörd+1&<x>'

ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda s: s,
    "in an address": lambda s: f"https://example.org/?key={quote(s, safe='')}&x=1",
    "in a path": lambda s: f"https://example.org/{quote(s)}/getMe",
    "in a form": lambda s: urlencode({"key": s}),
    "with plus": quote_plus,
    "percent in lower case": lambda s: quote(s, safe="").lower(),
    "in JSON": lambda s: json.dumps({"key": s}),
    "in JSON, not ASCII": lambda s: json.dumps([s], ensure_ascii=False),
    "in HTML": lambda s: f"<p>{html.escape(s)}</p>",
    "in HTML of a template": lambda s: f"<p>{markupsafe.escape(s)}</p>",
    "in HTML of an incident": lambda s: f"<p>{html.escape(s, quote=False)}</p>",
    "repr": lambda s: repr(ValueError(s)),
    "hexadecimal": lambda s: s.encode().hex(),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 for addresses": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "basic authentication": lambda s: base64.b64encode(f"user:{s}".encode()).decode(),
    "basic authentication, other offset": lambda s: base64.b64encode(f"us:{s}:more".encode()).decode(),
    "third offset": lambda s: base64.b64encode(f"a{s}".encode()).decode(),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_secret_is_masked_in_every_encoding(name: str) -> None:
    written = ENCODINGS[name](SECRET)
    masked = Redactor([SECRET]).text(written)
    assert "***" in masked
    assert not any(form in masked for form in forms(SECRET))


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=6),
    st.binary(max_size=9),
    st.binary(max_size=9),
)
def test_base64_hides_a_secret_wherever_it_begins(secret: str, before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    assert "***" in Redactor([secret]).text(encoded)


@given(st.lists(st.text("abcdef", min_size=4, max_size=9), max_size=4), st.text("abcdefg .", max_size=60))
def test_no_secret_is_left_in_a_text(secrets: list[str], text: str) -> None:
    masked = Redactor(secrets).text(text)
    assert not any(secret in masked for secret in secrets)


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    assert Redactor(["abcd", "abcdefgh"]).text("abcdefgh abcd") == "*** ***"


def test_short_values_are_no_secrets() -> None:
    assert Redactor(["on", "1", ""]).text("on 1") == "on 1"


def test_markup_survives_a_short_secret() -> None:
    assert Redactor(["body"]).file(b"<body>") == b"<body>"
    assert Redactor(["body-of-8"]).file(b"<body>body-of-8</body>") == b"<body>***</body>"
    assert Redactor(["body"]).file(b"") == b""


def test_a_broken_configuration_still_tells_its_secrets() -> None:
    redactor = named_in(
        "components: [\n {url: 'https://x/${ TOKEN}', headers: ${TOKEN}", {"TOKEN": "s3cret!"}
    )
    assert redactor.text("no s3cret! here") == "no *** here"
    assert named_in("nothing", {"TOKEN": "s3cret!"}).text("s3cret!") == "s3cret!"
