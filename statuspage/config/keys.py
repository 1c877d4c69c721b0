"""What the types of keys are made of: a sentence for editors, a shape, a plain line of text."""

import re
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, ConfigDict, Field, with_config

from statuspage.errors import nearest
from statuspage.yamlfile import parse_duration

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


def between(least: str, most: str) -> AfterValidator:
    low, high = parse_duration(least), parse_duration(most)

    def check(span: timedelta) -> timedelta:
        if not low <= span <= high:
            raise ValueError(f"must lie between {least} and {most}")
        return span

    return AfterValidator(check)


def one_line(text: str) -> str:
    if not re.sub("[\u200c\u200d]", "", text).isprintable():  # these two join letters and emoji
        raise ValueError("must be one line without control characters")
    return text.strip()


def not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def distinct(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(words)) < len(words):
        raise ValueError("names something twice")
    return words


def zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError for its part
        raise ValueError(f"unknown time zone '{name}'") from error
    except KeyError as error:
        close = nearest(name, available_timezones())
        mend = close if close.startswith("did") else "write one such as Europe/Berlin or Etc/UTC"
        raise ValueError(f"unknown time zone '{name}': {mend}") from error
    return name


_LANGUAGE = r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?"  # BCP 47: language, script, region

Language = Annotated[
    str, matching(_LANGUAGE, "a language is a code such as en, de or pt-BR"), shown(_LANGUAGE, "en")
]
Name = Annotated[
    str, Field(min_length=1, max_length=100), AfterValidator(not_blank), AfterValidator(one_line)
]

_ID = r"[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?"

Id = Annotated[
    str,
    matching(_ID, "an id has the letters a to z, digits and hyphens between them, 80 at most"),
    shown(_ID, "llm-gateway"),
]
Sentence = Annotated[str, Field(max_length=500), AfterValidator(one_line)]
