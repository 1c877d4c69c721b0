"""What the types of keys are made of: a sentence for editors, a shape, a plain line of text."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, with_config

strict = with_config(ConfigDict(extra="forbid"))


def about(sentence: str) -> Any:
    """What an editor shows beside the key."""
    return Field(description=sentence)


def matching(pattern: str, otherwise: str) -> AfterValidator:
    """A text that matches as a whole; pydantic's own refusal would show the pattern."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(otherwise)
        return text

    return AfterValidator(check)


def shown(pattern: str, *examples: str) -> Any:
    """A pattern for the JSON Schema alone."""
    return Field(json_schema_extra={"pattern": f"^{pattern}$"}, examples=list(examples))


def one_line(text: str) -> str:
    if not re.sub("[\u200c\u200d]", "", text).isprintable():  # these two join letters and emoji
        raise ValueError("must be one line without control characters")
    return text.strip()


def not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


_LANGUAGE = r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?"  # BCP 47: language, script, region

Language = Annotated[
    str, matching(_LANGUAGE, "a language is a code such as en, de or pt-BR"), shown(_LANGUAGE, "en")
]
Name = Annotated[
    str, Field(min_length=1, max_length=100), AfterValidator(not_blank), AfterValidator(one_line)
]
