"""The facts of front matter and of updates: raw values to typed ones, every problem with its line."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from statuspage.errors import Problem, StatuspageError, Where, nearest
from statuspage.incidents.times import moment, shortened
from statuspage.incidents.written import MAINTENANCE, UNSAID, Facts
from statuspage.model import NOT_KNOWN_YET, CauseClass, Impact, State
from statuspage.yamlfile import Value

SLACK = timedelta(minutes=5)  # how far the author's clock may be ahead of the run's
FACTS = tuple(f.name for f in fields(Facts))

Raw = Mapping[str, tuple[int, Value]]  # line and value by key; "components/chat" is a component's own
W = TypeVar("W", bound=StrEnum)
T = TypeVar("T")

_TRANSLATED = ("cause", "doing", "workaround")
_DECLARABLE = {str(state): state for state in State if state is not State.UNKNOWN}
_BY_IMPACT = {
    Impact.NONE: State.OPERATIONAL,
    Impact.MINOR: State.DEGRADED,
    Impact.MAJOR: State.PARTIAL,
    Impact.CRITICAL: State.MAJOR,
}
_STATED = re.compile(
    rf"(?P<name>.*\S)\s*[ :=]\s*(?P<state>{'|'.join(s.replace('_', '[ _-]') for s in _DECLARABLE)})",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"([a-z]{2})(?:-[A-Za-z0-9]{2,8})*")
# ISO 639-1: only these are languages, so that a heading `### ok` is no translation.
_LANGUAGES = frozenset(
    re.findall(
        "..",
        "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffifjfofrfygagdglgngu"
        "gvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkwkylalblglilnloltlulvmgmhmimkmlmnmrms"
        "mtmynanbndnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnsosqsrssstsusvswtatetgthtitktl"
        "tntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu",
    )
)


def is_language(text: str) -> bool:
    """Whether the text is a language tag such as `fr` or `pt-BR`."""
    match = _LANGUAGE.fullmatch(text)
    return match is not None and match[1] in _LANGUAGES


def word_of(text: str) -> str:
    """`In progress`, `in-progress` and `in_progress` are one word."""
    return re.sub(r"[\s-]+", "_", text.strip().lower())


@dataclass(frozen=True, slots=True)
class Names:
    """Components by id, by former id and by name, small and capital letters alike."""

    components: Mapping[str, str]  # name by id
    former: Mapping[str, str]  # present id by former one

    def id(self, text: str) -> str | None:
        if text in self.components:
            return text
        if text in self.former:
            return self.former[text]
        wanted = text.casefold()
        return next(
            (i for i, name in self.components.items() if wanted in (i.casefold(), name.casefold())), None
        )


@dataclass(frozen=True, slots=True)
class Border:
    """Turns one file's raw values into typed ones and gathers what is wrong with them."""

    path: str
    names: Names
    now: datetime
    zone: str  # the page's, named in advice
    problems: list[Problem]

    def wrong(self, line: int, what: str, mend: str) -> None:
        self.problems.append(Problem(what, Where(self.path, line), mend))

    def keys(self, raw: Raw, known: Sequence[str], place: str) -> None:
        """Refuse keys that are not known; `title.fr` is where `title` is."""
        for key, (line, _) in raw.items():
            stem, dot, language = key.partition(".")
            if key in known or "/" in key:
                continue
            if not dot or stem not in ("title", *_TRANSLATED) or stem not in known:
                self.wrong(line, f"unknown key '{shortened(key)}' in {place}", nearest(key, known))
            elif not is_language(language):
                self.wrong(
                    line,
                    f"'{shortened(language)}' is no language",
                    f"write one such as {stem}.fr or {stem}.pt-BR",
                )

    def facts(self, raw: Raw, kind: str) -> Facts:
        if not raw:
            return UNSAID
        if kind == MAINTENANCE:
            return Facts(components=self._components(raw, State.MAINTENANCE))
        impact = self.choice(raw, "impact", Impact)
        return Facts(
            components=self._components(raw, _BY_IMPACT[impact] if impact else None),
            impact=impact,
            cause=self.text(raw, "cause"),
            cause_class=self.choice(raw, "cause_class", CauseClass),
            doing=self.text(raw, "doing"),
            workaround=self.text(raw, "workaround"),
            eta=self._expected(raw, "eta"),
            next_update=self._expected(raw, "next_update"),
            translations={key: told for key in _TRANSLATED if (told := self.translations(raw, key))},
        )

    def translations(self, raw: Raw, key: str) -> Mapping[str, str]:
        """What stands under `KEY.fr`, by language."""
        own = {name.partition(".")[2]: name for name in raw if name.startswith(f"{key}.")}
        told = {language: self.text(raw, name) for language, name in own.items() if is_language(language)}
        return {language: text for language, text in told.items() if text}

    def text(self, raw: Raw, key: str) -> str | None:
        """One line of plain text."""
        if key not in raw:
            return None
        line, value = raw[key]
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
        if isinstance(value, str):
            self.wrong(line, f"{key} is empty", "write something or delete the line")
        else:
            self.wrong(line, f"{key} is no text", "write a sentence; put a number in quotes")
        return None

    def choice(self, raw: Raw, key: str, words: type[W]) -> W | None:
        if key not in raw:
            return None
        line, value = raw[key]
        known = {str(word): word for word in words}
        found = known.get(word_of(str(value)))
        if found is None:
            self.wrong(line, f"unknown {key} '{shortened(str(value))}'", nearest(word_of(str(value)), known))
        return found

    def parsed(self, line: int, value: Value, parse: Callable[[str], T]) -> T | None:
        """What `parse` makes of the text; its StatuspageError becomes a problem of this line."""
        try:
            return parse(value if isinstance(value, str) else str(value))
        except StatuspageError as error:
            self.problems.extend(Problem(p.what, Where(self.path, line), p.mend) for p in error.problems)
            return None

    def past(self, line: int, text: Value, what: str) -> datetime | None:
        """A time that has come. `what` names it in the sentence."""
        found = self.parsed(line, text, lambda value: moment(value, self.zone))
        if found and found > self.now + SLACK:
            mend = f"it is {self.now:%Y-%m-%d %H:%M} UTC now: look at the date, the hour and the zone"
            self.wrong(line, f"{what} lies in the future", mend)
        return found

    def _expected(self, raw: Raw, key: str) -> datetime | str | None:
        if key not in raw:
            return None
        line, value = raw[key]
        if isinstance(value, str) and " ".join(value.lower().split()) == NOT_KNOWN_YET:
            return NOT_KNOWN_YET
        before = len(self.problems)
        found = self.parsed(line, value, lambda text: moment(text, self.zone))
        if found is None:
            vague = self.problems[before:]
            self.problems[before:] = [
                Problem(p.what, p.where, f"{p.mend}, or {NOT_KNOWN_YET}") for p in vague
            ]
        return found

    # --- components ------------------------------------------------------------------------------

    def _components(self, raw: Raw, usual: State | None) -> Mapping[str, State]:
        """From `{id: state}`, `[id, id]` or `id state, id state`; `usual` is the state of those without one."""
        found: dict[str, State] = {}
        line, value = raw.get("components", (0, None))
        for own, name, state in self._pairs(raw, line, value):
            id_ = self.names.id(name)
            if id_ is None:
                self.wrong(
                    own, f"unknown component '{shortened(name)}'", nearest(name, self.names.components)
                )
            elif id_ in found:
                self.wrong(own, f"the component '{id_}' stands here twice", "delete one of the two")
            elif chosen := self._state(own, id_, state, usual):
                found[id_] = chosen
        return found

    def _pairs(self, raw: Raw, line: int, value: Value) -> list[tuple[int, str, Value]]:
        """Line, name and state (None: left out) of each component."""
        if isinstance(value, str):
            return [(line, *_stated(part.strip())) for part in value.split(",") if part.strip()]
        items: list[tuple[Value, Value]] = [(value, None)]
        if value is None:
            items = []
        elif isinstance(value, dict):
            items = list(value.items())
        elif isinstance(value, list):
            items = [
                pair
                for item in value
                for pair in (item.items() if isinstance(item, dict) else [(item, None)])
            ]
        pairs: list[tuple[int, str, Value]] = []
        for at, (name, state) in enumerate(items):
            own = raw.get(f"components/{name}", raw.get(f"components/{at}", (line, None)))[0]
            pairs.append((own, str(name).strip(), state))
        return pairs

    def _state(self, line: int, id_: str, state: Value, usual: State | None) -> State | None:
        if state is not None:
            found = _DECLARABLE.get(word_of(str(state)))
            if found is None:
                what = f"unknown state '{shortened(str(state))}' of {id_}"
                self.wrong(line, what, nearest(word_of(str(state)), _DECLARABLE))
            return found
        if usual is None:
            self.wrong(
                line, f"the state of {id_} is missing", f"write {id_}: partial_outage, or add impact: major"
            )
        return usual


def _stated(text: str) -> tuple[str, str | None]:
    """`Chat engine partial_outage` as name and state; a last word that is meant as a state is taken for one."""
    match = _STATED.fullmatch(text)
    if match:
        return match["name"].rstrip(" :="), match["state"]
    name, space, last = text.rpartition(" ")
    return (name.rstrip(" :="), last) if space and "_" in last else (text, None)
