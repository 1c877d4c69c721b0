"""`journeys`, `continuity`, and a component's `continuity`: what people come to do, and what is ready when it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from statuspage.config.keys import Id, Language, Name, Sentence, about, between, strict
from statuspage.model import Criticality, Plan
from statuspage.probes.options import Duration, HttpUrl

MOST_JOURNEYS = 50
MOST_NEEDS = 50


def _day(value: object) -> date:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> date:
    raise ValueError("a day is written 2026-10-02")


_DAY_SCHEMA = Annotated[
    str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-10-02"], max_length=10)
]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=_DAY_SCHEMA)]
NameText = Name | Annotated[dict[Language, Name], Field(min_length=1)]
Text = Sentence | Annotated[dict[Language, Sentence], Field(min_length=1)]
Span = Annotated[Duration, between("0s", "400d")]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuityOptions:
    """The page that tells how you are prepared for failures."""

    public: Annotated[bool, about("Put it on the site; the report tells it to you either way. false")] = False


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What you have prepared for its failure."""

    owner: Annotated[Sentence, about("Who answers for it.")] = ""
    criticality: Annotated[
        Criticality | None, about("How much its failure matters; told by what falls with it, if not given.")
    ] = None
    redundancy: Annotated[Sentence, about("What takes over, in a few words.")] = ""
    fallback: Annotated[
        Text, about("What readers do meanwhile, or {en: Write to us, fr: Ecrivez-nous} by language.")
    ] = ""
    rto: Annotated[Span | None, about("How long a recovery may take, such as 30m.")] = None
    rpo: Annotated[Span | None, about("How much of the newest data may be lost, such as 1h.")] = None
    restore_tested: Annotated[Day | None, about("Day of the last tested restore.")] = None
    runbook: Annotated[HttpUrl | None, about("Where it stands what to do.")] = None

    def as_model(self, spare: int) -> Plan:
        """`spare`: addresses that may fail before the component is down."""
        return Plan(
            owner=self.owner,
            criticality=self.criticality,
            redundancy=self.redundancy,
            fallback=by_language(self.fallback),
            rto=self.rto,
            rpo=self.rpo,
            restore_tested=self.restore_tested,
            runbook=self.runbook or "",
            spare=spare,
        )


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsOptions:
    """One of `any` will do, or `all` are needed."""

    any: Annotated[
        tuple["str | NeedsOptions", ...], Field(max_length=MOST_NEEDS), about("One of these will do.")
    ] = ()
    all: Annotated[
        tuple["str | NeedsOptions", ...], Field(max_length=MOST_NEEDS), about("All of these are needed.")
    ] = ()

    def __post_init__(self) -> None:
        if bool(self.any) == bool(self.all):
            raise ValueError("write {any: [...]} or {all: [...]}, with a component in it")


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyOptions:
    """Something that people come to do."""

    name: Annotated[NameText, about("What readers call it, or {en: Ask, fr: Demander} by language.")]
    id: Annotated[Id, about("Its permanent id; the slug of its name, if not given.")] = ""
    needs: Annotated[
        tuple[str | NeedsOptions, ...],
        Field(min_length=1, max_length=MOST_NEEDS),
        about("Components that it needs, all of them; {any: [A, B]}: one of these will do."),
    ]
    workaround: Annotated[
        Text, about("What readers do while it fails, or one such text for each language.")
    ] = ""


def by_language(text: str | Mapping[str, str]) -> Mapping[str, str]:
    """By BCP 47 code, "" for whatever language; {} for no text."""
    if isinstance(text, str):
        return {"": text} if text else {}
    return {code: told for code, told in text.items() if told}
