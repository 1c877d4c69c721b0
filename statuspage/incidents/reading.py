"""Incident files to values. Everything wrong in a file is said at once, each with its line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath

from statuspage.errors import Problem, Problems, StatuspageError, Where, nearest
from statuspage.incidents.actions import FIXED, LESSONS, actions, part
from statuspage.incidents.facts import FACTS, Border, Names, Raw, is_language, word_of
from statuspage.incidents.outline import MAX_FRONT, Line, Outline, Section, outline
from statuspage.incidents.recurrence import Schedule, occurrences, rule
from statuspage.incidents.times import shortened, window
from statuspage.incidents.written import INCIDENT, MAINTENANCE, Written, WrittenUpdate
from statuspage.intervals import Interval
from statuspage.model import IncidentStatus, MaintenanceStatus
from statuspage.yamlfile import Loaded, Value, load

MAX_UPDATES = 500
NEAR = timedelta(days=370)  # in which a window is looked for that an update may have meant


def read(
    text: str,
    path: str,
    components: Mapping[str, str],
    *,
    now: datetime,
    zone: str = "Etc/UTC",
    former: Mapping[str, str] | None = None,
) -> Written:
    """Read one file. Raises Problems with everything wrong in it.

    `components` are names by id, `former` present ids by former ones; `zone` is the page's, named in advice only.
    """
    parts = outline(text, path)
    border = Border(path, Names(components, former or {}), now, zone, list(parts.problems))
    written = _written(border, parts, text)
    if border.problems or written is None:
        raise Problems(sorted(border.problems, key=lambda p: p.where.line if p.where else 0))
    return written


def read_all(
    files: Mapping[str, bytes],
    components: Mapping[str, str],
    *,
    now: datetime,
    zone: str = "Etc/UTC",
    former: Mapping[str, str] | None = None,
) -> tuple[list[Written], list[Problem], tuple[str, ...]]:
    """The good ones by path, the problems of the broken ones, the broken ones' paths."""
    good: list[Written] = []
    problems: list[Problem] = []
    broken: list[str] = []
    taken: dict[str, str] = {}
    for path in sorted(files):
        try:
            id_ = PurePosixPath(path).stem.casefold()
            if id_ in taken:
                raise StatuspageError(
                    f"the same id as {taken[id_]}",
                    where=Where(path),
                    mend="rename one of the two: capital letters make no difference",
                )
            taken[id_] = path
            good.append(read(decoded(files[path], path), path, components, now=now, zone=zone, former=former))
        except StatuspageError as error:
            problems += error.problems
            broken.append(path)
    return good, problems, tuple(broken)


def is_id(name: str) -> bool:
    """Whether a file of that name, less its ending, can be told of: the name is its permanent id."""
    return _ID.fullmatch(name) is not None


def decoded(data: bytes, path: str) -> str:
    """A file's text. Raises StatuspageError with the line that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise StatuspageError("not UTF-8", where=Where(path, line), mend="save the file as UTF-8") from error


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_WORDS: Mapping[str, tuple[str, ...]] = {
    INCIDENT: tuple(IncidentStatus),
    MAINTENANCE: tuple(MaintenanceStatus),
}
_FRONT = {
    INCIDENT: ("kind", "title", "started", "tags", *FACTS),
    MAINTENANCE: ("kind", "title", "window", "rrule", "components"),
}
_UPDATE = {INCIDENT: FACTS, MAINTENANCE: ("components",)}
_DAY = "date"  # the fact of a recurring maintenance's update: which window it speaks of
_FACT = re.compile(r"[-*+] +(?P<key>[a-z][a-z_]*(?:\.[A-Za-z-]+)?):(?P<value>(?:\s.*)?)")
_REMARK = re.compile(r"(?:^|\s)#\s.*")
_SUBHEADING = re.compile(r" {0,3}###(?!#)\s*(?P<words>.*)")


def _written(border: Border, parts: Outline, source: str) -> Written | None:
    id_ = PurePosixPath(border.path).stem
    if not is_id(id_):
        slug = re.sub(r"[^a-z0-9]+", "-", id_.lower()).strip("-")[:100] or "2026-11-22-no-answers"
        border.wrong(0, f"'{shortened(id_)}' cannot be an id", f"the file's name is: rename it to {slug}.md")
    raw = _front(border, parts)
    kind = _kind(border, raw)
    border.keys(raw, _FRONT[kind], f"the front matter of {_a(kind)}")
    title = border.text(raw, "title")
    if "title" not in raw:
        border.wrong(1, "the title is missing", "add title: What visitors notice")
    started = border.past(*raw["started"], "started") if "started" in raw and kind == INCIDENT else None
    facts = border.facts(raw, kind)
    span = _window(border, raw) if kind == MAINTENANCE else None
    schedule = _schedule(border, raw) if span else None
    recurring = schedule if schedule and schedule.rule else None
    updates = [u for section in parts.sections if (u := _update(border, section, kind, started, recurring))]
    if recurring and not any(u.status == MaintenanceStatus.SCHEDULED and not u.day for u in updates):
        border.wrong(raw["rrule"][0], "nothing announces it", "add an update ## Scheduled without a date")
    if not parts.sections:
        border.wrong(0, "there is no update", f"add a heading: ## {_shown(_WORDS[kind][0])}")
    elif len(parts.sections) > MAX_UPDATES:
        border.wrong(
            parts.sections[MAX_UPDATES].line, f"more than {MAX_UPDATES} updates", "join some of them"
        )
    elif updates and all(update.draft for update in updates):
        border.wrong(parts.sections[0].line, "the only update is a draft", "add the fact - published: true")
    if started:
        _after(border, raw, started, "eta", facts.eta)
        _after(border, raw, started, "next_update", facts.next_update)
    return Written(
        id=id_,
        path=border.path,
        source=source,
        title=title or "",
        facts=facts,
        started=started,
        window=span,
        tags=_tags(border, raw),
        titles=border.translations(raw, "title"),
        updates=tuple(updates),
        schedule=schedule,
    )


# --- front matter --------------------------------------------------------------------------------


def _front(border: Border, parts: Outline) -> Raw:
    try:
        loaded = load(parts.front, border.path, first_line=2, max_bytes=MAX_FRONT, max_depth=10)
    except StatuspageError as error:
        raise Problems([*border.problems, *error.problems]) from error
    if loaded.value is not None and not isinstance(loaded.value, dict):
        problem = Problem(
            "the front matter holds no facts", Where(border.path, 2), "write key: value on each line"
        )
        raise Problems([*border.problems, problem])
    return dict(_raw(loaded))


def _raw(loaded: Loaded) -> Iterator[tuple[str, tuple[int, Value]]]:
    """Each key that has a value; the entries of `components` once more, for their lines."""
    facts = loaded.value if isinstance(loaded.value, dict) else {}
    for key, value in facts.items():
        if value is not None:
            yield key, (loaded.line(key), value)
    below = facts.get("components")
    if isinstance(below, (dict, list)):
        for part in below if isinstance(below, dict) else range(len(below)):
            yield f"components/{part}", (loaded.line("components", part), None)


def _kind(border: Border, raw: Raw) -> str:
    line, value = raw.get("kind", (0, INCIDENT))
    if value not in (INCIDENT, MAINTENANCE):
        border.wrong(
            line, f"unknown kind '{shortened(str(value))}'", nearest(str(value), (INCIDENT, MAINTENANCE))
        )
        return MAINTENANCE if "window" in raw else INCIDENT
    if value == INCIDENT and "window" in raw:
        border.wrong(raw["window"][0], "only a maintenance has a window", "add kind: maintenance")
        return MAINTENANCE
    return str(value)


def _window(border: Border, raw: Raw) -> Interval | None:
    if "window" not in raw:
        border.wrong(1, "the window is missing", "add window: 2026-11-26 02:00 .. 03:30 Europe/Paris")
        return None
    return border.parsed(*raw["window"], lambda text: window(text, border.zone))


def _schedule(border: Border, raw: Raw) -> Schedule:
    """The window as it is written, in words that stay the same; a rule that cannot be followed is left out."""
    text = shortened(str(raw["window"][1]))
    if "rrule" not in raw:
        return Schedule(text)
    return Schedule(text, border.parsed(*raw["rrule"], lambda said: rule(said, text)) or "")


def _tags(border: Border, raw: Raw) -> tuple[str, ...]:
    line, value = raw.get("tags", (0, []))
    tags = [
        tag for tag in (value if isinstance(value, list) else [value]) if isinstance(tag, str) and tag.strip()
    ]
    if (isinstance(value, list) and len(tags) < len(value)) or (not isinstance(value, list) and not tags):
        border.wrong(line, "a tag is no word", "write tags: [provider, europe]; put a number in quotes")
    return tuple(dict.fromkeys(tag.strip() for tag in tags))


def _after(border: Border, raw: Raw, started: datetime, key: str, at: datetime | str | None) -> None:
    if isinstance(at, datetime) and at < started:
        border.wrong(raw[key][0], f"{key} is before the start", f"it started at {started:%Y-%m-%d %H:%M} UTC")


# --- updates -------------------------------------------------------------------------------------


def _update(
    border: Border, section: Section, kind: str, started: datetime | None, recurring: Schedule | None
) -> WrittenUpdate | None:
    status, time = _heading(border, section, kind)
    raw, body = _listed(border, section)
    postmortem = status == IncidentStatus.POSTMORTEM
    known = (*_UPDATE[kind], *["published"] * postmortem, *[_DAY] * bool(recurring))
    border.keys(raw, known, f"an update of {_a(kind)}")
    line, published = raw.get("published", (0, "false"))
    if postmortem and published not in ("true", "false"):
        border.wrong(line, f"published is '{shortened(str(published))}'", "write true or false")
    if status == IncidentStatus.RESOLVED and time and started and time < started:
        mend = f"it started at {started:%Y-%m-%d %H:%M} UTC: put one of the two right"
        border.wrong(section.line, "resolved before it started", mend)
    facts = border.facts(raw, kind)
    if status is None:
        return None
    draft = postmortem and published != "true"
    told = _bodies(border, body)
    return WrittenUpdate(
        status=status,
        time=time,
        facts=facts,
        text=told.pop("", ""),
        translations=told,
        draft=draft,
        actions=actions(border, body) if postmortem else (),
        lessons=part(body, LESSONS) if postmortem else "",
        fixed=part(body, FIXED) if postmortem else "",
        day=_day(border, raw, recurring) if recurring else None,
    )


def _day(border: Border, raw: Raw, recurring: Schedule) -> date | None:
    """The day of the window that an update speaks of; one to come must be a day of the rule."""

    def parse(text: str) -> date:
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise StatuspageError(f"'{shortened(text)}' is no date", mend="write it as 2026-12-06") from error
        if day > border.now.date() + timedelta(days=1):
            _on_a_day(recurring, day)
        return day

    return border.parsed(*raw[_DAY], parse) if _DAY in raw else None


def _on_a_day(recurring: Schedule, day: date) -> None:
    """Raise StatuspageError when no window begins on that day."""
    noon = datetime.combine(day, time(12), UTC)
    known = [one.day for one in occurrences(recurring, Interval(noon - NEAR, noon + NEAR))]
    if day not in known:
        nearest_one = min(known, key=lambda one: abs(one - day), default=None)
        mend = f"the nearest is {nearest_one}" if nearest_one else "look at the rule and at the year"
        raise StatuspageError(f"no window begins on {day}", mend=mend)


def _heading(border: Border, section: Section, kind: str) -> tuple[str | None, datetime | None]:
    """`In progress - 2026-11-26 02:00 UTC` as word and time."""
    cut = next((n for n, letter in enumerate(section.heading) if letter.isdigit()), len(section.heading))
    said, when = section.heading[:cut].rstrip(" \t-–—:,"), section.heading[cut:]
    time = border.past(section.line, when, "this update") if when else None
    word = word_of(said)
    known = _WORDS[kind]
    if word in known:
        return word, time
    if kind == INCIDENT and word == "post_incident_report":
        return str(IncidentStatus.POSTMORTEM), time
    other = next((k for k, words in _WORDS.items() if word in words), None)
    begun = next((k for k in known if word.startswith(f"{k}_")), None)
    if other:
        mend = "add kind: maintenance" if other == MAINTENANCE else "delete kind: maintenance"
        what = f"'{shortened(said)}' is a word of {_a(other)}, this is {_a(kind)}"
        border.wrong(section.line, what, f"{mend}, or {nearest(word, map(_shown, known))}")
    elif begun:
        what = f"'{shortened(section.heading)}': after {_shown(begun)} comes a time or nothing"
        border.wrong(section.line, what, f"write ## {_shown(begun)} - 2026-11-22 14:05 UTC")
    else:
        mend = f"{nearest(_shown(word), map(_shown, known))}; inside an update begin headings with ###"
        border.wrong(section.line, f"'{shortened(said)}' is no status", mend)
    return None, time


def _listed(border: Border, section: Section) -> tuple[Raw, Sequence[Line]]:
    """The facts in the list right under the heading, as text, and the lines after them."""
    lines = section.lines
    at = next((n for n, line in enumerate(lines) if line.text.strip()), len(lines))
    raw: dict[str, tuple[int, Value]] = {}
    if at == len(lines) or not _FACT.fullmatch(lines[at].text):
        return raw, lines
    key = ""
    for line in lines[at:]:
        fact = _FACT.fullmatch(line.text)
        if fact and fact["key"] in raw:
            what = f"the fact '{fact['key']}' stands here twice"
            border.wrong(line.number, what, f"the first is in line {raw[fact['key']][0]}")
        elif fact:
            key = fact["key"]
            raw[key] = (line.number, _value(fact["value"]))
        elif line.text.startswith("  "):
            raw[key] = (raw[key][0], f"{raw[key][1]} {_value(line.text)}".strip())
        elif line.text.startswith(("- ", "* ", "+ ")):
            mend = "write - key: value; leave a line empty between facts and text"
            border.wrong(line.number, "this item is no fact", mend)
        else:
            break
        at += 1
    return raw, lines[at:]


def _value(text: str) -> str:
    """A fact's text without a `# remark` and the quotes around it."""
    text = _REMARK.sub("", text, count=1).strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _bodies(border: Border, lines: Sequence[Line]) -> dict[str, str]:
    """The Markdown by language; that of sections in no language (`### fr` begins one) under ""."""
    kept: dict[str, list[str]] = {"": []}
    language = ""
    for line in lines:
        heading = _SUBHEADING.fullmatch(line.text) if line.text and not line.code else None
        words = heading["words"].strip(" #") if heading else ""
        if heading:
            language = words if is_language(words) else ""
        if language and language == words and heading:
            if language in kept:
                border.wrong(line.number, f"the section '### {language}' stands here twice", "join the two")
            kept.setdefault(language, [])
        else:
            kept[language].append(line.text.rstrip() if not line.text.strip() else line.text)
    told = {code: "\n".join(texts).strip("\n") for code, texts in kept.items()}
    return {code: text for code, text in told.items() if text}


def _shown(word: str) -> str:
    return word.replace("_", " ").capitalize()


def _a(kind: str) -> str:
    return "an incident" if kind == INCIDENT else "a maintenance"
