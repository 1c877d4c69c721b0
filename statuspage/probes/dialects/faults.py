"""Why a provider gave no answer: its status, and the words of its error, become a code.

Sources: developers.openai.com/docs/guides/error-codes; docs.claude.com/en/api/errors;
ai.google.dev/gemini-api/docs/troubleshooting; learn.microsoft.com, Azure OpenAI content filter;
docs.litellm.ai/docs/exception_mapping. Mistral and vLLM write the error without a wrapper, Ollama as a bare text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from statuspage.causes import status_code
from statuspage.probes.dialects.base import dig, items, word

# In the order in which they decide, where an error has several.
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "insufficient_quota",
            "credit_balance_exhausted",
            "billing_error",
            "billing_hard_limit_reached",
            "billing_not_active",
            "budget_exceeded",
            "payment_required",
        ),
        "quota.exhausted",
    ),
    **dict.fromkeys(
        ("content_filter", "responsibleaipolicyviolation", "content_policy_violation"), "prompt.filtered"
    ),
    **dict.fromkeys(
        ("model_not_found", "deploymentnotfound", "deployment_not_found", "unknown_model", "invalid_model"),
        "model.unknown",
    ),
    **dict.fromkeys(
        ("overloaded_error", "overloaded", "slow_down", "engine_overloaded", "unavailable"),
        "provider.overloaded",
    ),
    **dict.fromkeys(
        ("rate_limit_exceeded", "rate_limit_error", "rate_limited", "throttling_error", "resource_exhausted"),
        "rate.limited",
    ),
    **dict.fromkeys(
        (
            "authentication_error",
            "auth_error",
            "invalid_api_key",
            "api_key_invalid",
            "permission_error",
            "permission_denied",
            "unauthenticated",
            "no_db_connection",  # LiteLLM without a database: the key is none that it knows
        ),
        "auth.denied",
    ),
}

_MODEL = re.compile(
    r"^model: |\bmodels?\b.{0,200}\b(not found|not exist)\b|\b(unknown|invalid|no such) model\b",
    re.IGNORECASE | re.DOTALL,
)
_KINDS = ("code", "type", "status", "reason")
MAX_MESSAGE = 2_000  # characters that are looked at


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an error says of itself."""

    words: frozenset[str] = frozenset()  # its kinds, in lower case
    status: int = 0  # that it names; 0: none
    message: str = ""  # foreign

    @property
    def told(self) -> str:
        """For the operator alone."""
        return ": ".join(filter(None, (" ".join(sorted(self.words)), self.message)))


def complaint(document: object) -> Complaint:
    """What an error says, in whichever of the usual shapes it is written."""
    if isinstance(document, list):  # Gemini, where a stream was asked
        document = dig(document, 0)
    error = document if isinstance(document, str) else dig(document, "error") or document
    kinds = frozenset(kind.lower() for kind in _kinds(error))
    status = next((int(kind) for kind in kinds if re.fullmatch("[45][0-9][0-9]", kind)), 0)
    names = frozenset(kind for kind in kinds if not kind.isdecimal())
    return Complaint(names, status, _message(error, document)[:MAX_MESSAGE])


def code_of(status: int, headers: Mapping[str, str], said: Complaint) -> str:
    """The code of an answer with a status other than 2xx."""
    code = status_code(status, headers, keyed=True)
    if code == "blocked":  # a wall before the provider
        return code
    return named(said, broken=status >= 500) or _BY_STATUS.get(status) or _unnamed(code, said)


def named(said: Complaint, *, broken: bool) -> str:
    """The code that the error's own words tell; "" when they tell none. `broken`: it is the provider's fault."""
    for kind, code in _WORDS.items():
        if kind in said.words:
            return code
    message = said.message.lower()
    if "credit balance" in message:  # Anthropic: an invalid_request_error with the status 400
        return "quota.exhausted"
    return "provider.overloaded" if broken and "overloaded" in message else ""


_BY_STATUS = {402: "quota.exhausted"}


def _unnamed(code: str, said: Complaint) -> str:
    if code in ("http.400", "http.404", "http.422") and _MODEL.search(said.message):
        return "model.unknown"
    return {
        "http.400": "request.refused",
        "http.422": "request.refused",
        "http.529": "provider.overloaded",
    }.get(code, code)


def _kinds(error: object) -> Iterator[str]:
    for at in (error, dig(error, "innererror"), *items(error, "details")[:10]):
        for key in _KINDS:
            value = dig(at, key)
            if isinstance(value, str | int) and not isinstance(value, bool):
                yield str(value)[:100]


def _message(error: object, document: object) -> str:
    if isinstance(error, str):
        return error
    found = (word(at, key) for at in (error, document) for key in ("message", "detail", "type"))
    return next(filter(None, found), "")
