"""The lines of the history and where they lie: values to text and back, no I/O.

    raw/2026-11-22/07.ndjson   rounds of an hour, one a line
    days/2026-11.ndjson        closed days, one a line, for ever
    hours/2026-11-22.ndjson    latencies of the day's hours

Times within a line are seconds after the round's or the day's start, latencies milliseconds; both are whole
numbers unless they have to be fractions.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import isfinite
from sys import intern
from typing import Any, TypeVar

from statuspage.errors import Problem, Problems, Where
from statuspage.lines import checksummed, read_lines
from statuspage.model import Day, Latency, Round, Rules, Sample, Span, State, Verdict

SCHEMA = 1
"""The version of these lines and paths, kept in the file `schema` at the root of the state."""

SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)
TINY = timedelta.resolution
ONE_HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
HOURS_A_DAY = 24
GOOD_DAY = ((0, 86400),)
NOTHING: Mapping[str, float] = {}  # the measures of most samples: the same for all of them
EXACT = 2**53  # whole numbers below it are the same as float
HOURS_REMEMBERED = 96  # decoded files of raw rounds: the open days and the one before them
VERDICTS = {verdict.value: verdict for verdict in Verdict}

Value = TypeVar("Value")
Decoded = tuple[list[Value], list[Problem]]


def raw_path(at: datetime) -> str:
    """The file of a round that began at `at`."""
    return f"raw/{at.astimezone(UTC):%Y-%m-%d/%H}.ndjson"


def days_path(day: date) -> str:
    return f"days/{day:%Y-%m}.ndjson"


def hours_path(day: date) -> str:
    return f"hours/{day:%Y-%m-%d}.ndjson"


def encode_round(round_: Round) -> str:
    """One line, without its line break; some 26 octets a component that is up.

    A sample is `[verdict, latency, seconds after the round's start, code, detail, more]`, cut after the last part
    that says something. `more` has what only some samples have: attempts `n`, measures `m`, tokens, calls...
    """
    every = Counter(s.every for s in round_.samples).most_common(1)
    usual = every[0][0] if every else timedelta()
    samples = {s.component: _sample_out(s, round_.at, usual) for s in round_.samples}
    if len(samples) != len(round_.samples):
        raise ValueError("a round has one sample of a component")
    return checksummed(
        _said(
            {
                "id": round_.id,
                "at": _time_out(round_.at),
                "from": round_.vantage,
                "void": round_.void,
                "every": _number(usual, SECOND),
                "s": samples,
            }
        )
    )


def decode_rounds(data: bytes, path: str) -> Decoded[Round]:
    """The rounds of a file in its order, each id once, and warnings. Raises Problems for a broken line."""
    rounds, warnings = _rounds(data, path)
    return [*rounds], [*warnings]


@lru_cache(HOURS_REMEMBERED)
def _rounds(data: bytes, path: str) -> tuple[tuple[Round, ...], tuple[Problem, ...]]:
    """What `decode_rounds` gives. A process that stays reads the same hours again at each beat."""
    rounds, warnings = _decode(data, path, _round_in, "round")
    first: dict[str, Round] = {}
    for round_ in rounds:
        first.setdefault(round_.id, round_)
    return tuple(first.values()), tuple(warnings)


def encode_days(days: Sequence[Day]) -> str:
    """One line, without its line break, of one day of several components; some 55 octets for one that was up."""
    start = _midnight(days[0].day)
    usual = Counter(d.rules for d in days).most_common(1)[0][0]
    told = {d.component: _day_out(d, start, usual) for d in days}
    return checksummed({"day": days[0].day.isoformat(), "rules": _rules_out(usual), "d": told})


def decode_days(data: bytes, path: str) -> Decoded[Day]:
    """The closed days of a file by day and component; the last line of a (day, component) holds."""
    lines, warnings = _decode(data, path, _days_in, "closed day")
    held = {(day.day, day.component): day for days in lines for day in days}
    return [held[key] for key in sorted(held)], warnings


def encode_hours(hours: Sequence[tuple[str, Sequence[Latency]]]) -> str:
    """One line, without its line break: by component the hours of one UTC day that had a latency, oldest first."""
    start = _midnight(hours[0][1][0].start.astimezone(UTC).date())
    told = {component: _hours_out(of_day, start) for component, of_day in hours}
    return checksummed({"day": start.date().isoformat(), "ms": told})


def decode_hours(data: bytes, path: str) -> Decoded[tuple[str, Latency]]:
    """Latencies by component and hour; the last line of a (component, hour) holds."""
    lines, warnings = _decode(data, path, _hours_in, "line of hours")
    held = {(component, hour.start): hour for told in lines for component, hour in told}
    return [(key[0], held[key]) for key in sorted(held)], warnings


def decode_medians(data: bytes, path: str) -> Decoded[tuple[date, Mapping[str, Sequence[int | None]]]]:
    """The median latencies of a file in its order: a UTC day, and by component its hours from midnight on, in ms.

    For those who look through a year: `decode_hours` takes ten times as long. An hour that is told of twice holds as
    it was told last.
    """
    return _decode(data, path, _medians_in, "line of hours")


def _decode(data: bytes, path: str, value: Callable[[Mapping[str, Any]], Value], name: str) -> Decoded[Value]:
    found: list[Value] = []
    broken: list[Problem] = []
    lines, warnings = read_lines(data, path)
    for line in lines:
        try:
            found.append(value(line))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            broken.append(Problem(f"not a {name} of ours: {line!s:.80}", Where(path)))
    if broken:
        raise Problems(broken)
    return found, warnings


def _round_in(line: Mapping[str, Any]) -> Round:
    at = _time_in(line["at"])
    every = _span_of(line.get("every", 0), SECOND)
    return Round(
        id=_text(line["id"]),
        at=at,
        vantage=_text(line.get("from", "")),
        void=_text(line.get("void", "")),
        samples=tuple(
            _sample_in(intern(name), parts, at, every) for name, parts in line.get("s", {}).items()
        ),
    )


def _sample_out(sample: Sample, start: datetime, every: timedelta) -> list[object]:
    more = {
        "n": sample.attempts if sample.attempts != 1 else None,
        "flaked": sample.flaked,
        "every": _number(sample.every, SECOND) if sample.every != every else None,
        "partial": sample.partial,
        "m": {name: _figure_out(value) for name, value in sample.measures.items()} or None,
        "tokens": sample.tokens or None,
        "calls": sample.calls or None,
        "fell_back": None if sample.fell_back is None else int(sample.fell_back),
        "kept": sample.kept or None,
    }
    parts: list[object] = [
        sample.verdict.value,
        None if sample.latency is None else _number(sample.latency, MILLISECOND),
        _number(sample.at - start, SECOND),
        sample.code,
        sample.detail,
        {key: part for key, part in more.items() if part is not None and part is not False},
    ]
    while len(parts) > 1 and parts[-1] in (0, "", {}, None) and not (len(parts) == 2 and parts[1] == 0):
        parts.pop()
    return parts


def _sample_in(component: str, parts: Sequence[Any], start: datetime, every: timedelta) -> Sample:
    verdict, latency, after, code, detail, more = _padded(parts, (None, None, 0, "", "", {}))
    return Sample(
        component=component,
        at=start + _span_of(after, SECOND) if after else start,
        verdict=VERDICTS[verdict],
        latency=None if latency is None else _span_of(latency, MILLISECOND),
        code=_text(code),
        detail=_text(detail),
        attempts=int(more.get("n", 1)),
        flaked=bool(more.get("flaked", False)),
        every=_span_of(more["every"], SECOND) if "every" in more else every,
        partial=bool(more.get("partial", False)),
        measures={_text(name): _figure_in(value) for name, value in more["m"].items()}
        if "m" in more
        else NOTHING,
        tokens=int(more.get("tokens", 0)),
        calls=int(more.get("calls", 0)),
        fell_back=bool(more["fell_back"]) if "fell_back" in more else None,
        kept=_text(more.get("kept", "")),
    )


def _day_out(day: Day, start: datetime, usual: Rules) -> dict[str, Any]:
    """Without what goes without saying: one good span, the rules of most."""
    parts = {
        "n": dict(day.counts),
        "ms": _latency_out(day.latency) if day.latency else None,
        "rules": _rules_out(day.rules) if day.rules != usual else None,
    }
    whole = (Span(start, start + ONE_DAY, State.OPERATIONAL),)
    spans = {} if day.spans == whole else {"spans": [_span_out(span, start) for span in day.spans]}
    return {**spans, **_said(parts)}


def _days_in(line: Mapping[str, Any]) -> list[Day]:
    day = date.fromisoformat(line["day"])
    if "c" in line:  # as it was written before 0.1.0: one component a line
        return [_day_in(day, _text(line["c"]), {"spans": [], **line}, line["rules"])]
    return [_day_in(day, intern(component), told, line["rules"]) for component, told in line["d"].items()]


def _day_in(day: date, component: str, told: Mapping[str, Any], rules: Sequence[Any]) -> Day:
    start = _midnight(day)
    latency = told.get("ms")
    return Day(
        day=day,
        component=component,
        spans=tuple(_span_in(span, start) for span in told.get("spans", GOOD_DAY)),
        counts={_text(word): int(n) for word, n in told.get("n", {}).items()},
        latency=_latency_in(start, latency) if latency else None,
        rules=_rules_in(told.get("rules", rules)),
    )


def _rules_out(rules: Rules) -> list[int]:
    """`[fail_after, recover_after]`, and `places` when it is set."""
    return [rules.fail_after, rules.recover_after, *([rules.places] if rules.places else [])]


def _rules_in(parts: Sequence[Any]) -> Rules:
    fail_after, recover_after, *places = (int(part) for part in parts)
    return Rules(fail_after, recover_after, *places)


def _span_out(span: Span, start: datetime) -> list[object]:
    """`[start, end]` when operational, else `[start, end, state, code, detail]`."""
    ends = [_number(span.start - start, SECOND), _number(span.end - start, SECOND)]
    if span == Span(span.start, span.end, State.OPERATIONAL):
        return list(ends)
    return [*ends, span.state.value, span.code, span.detail]


def _span_in(parts: Sequence[Any], start: datetime) -> Span:
    first, end = start + _span_of(parts[0], SECOND), start + _span_of(parts[1], SECOND)
    if len(parts) == 2:
        return Span(first, end, State.OPERATIONAL)
    _, _, state, code, detail = parts
    return Span(first, end, State(state), _text(code), _text(detail))


def _hours_out(hours: Sequence[Latency], start: datetime) -> list[list[int] | None]:
    """By hour, up to the last one that had a latency."""
    known = {(hour.start - start) // ONE_HOUR: _latency_out(hour) for hour in hours}
    return [known.get(n) for n in range(max(known) + 1)]


def _hours_in(line: Mapping[str, Any]) -> list[tuple[str, Latency]]:
    if "at" in line:  # as it was written before 0.1.0: one hour of one component a line
        return [(_text(line["c"]), _latency_in(_time_in(line["at"]), line["ms"]))]
    start = _midnight(date.fromisoformat(line["day"]))
    if any(len(hours) > HOURS_A_DAY for hours in line["ms"].values()):
        raise ValueError("more hours than a day has")
    return [
        (_text(component), _latency_in(start + n * ONE_HOUR, hour))
        for component, hours in line["ms"].items()
        for n, hour in enumerate(hours)
        if hour
    ]


def _medians_in(line: Mapping[str, Any]) -> tuple[date, Mapping[str, Sequence[int | None]]]:
    if "at" in line:
        hour = _latency_in(_time_in(line["at"]), line["ms"])
        return hour.start.date(), {_text(line["c"]): [None] * hour.start.hour + [hour.p50]}
    told = line["ms"]
    if any(len(hours) > HOURS_A_DAY for hours in told.values()):
        raise ValueError("more hours than a day has")
    day = date.fromisoformat(line["day"])
    return day, {name: [int(hour[1]) if hour else None for hour in own] for name, own in told.items()}


def _latency_out(latency: Latency) -> list[int]:
    return [latency.count, latency.p50, latency.p95, latency.max]


def _latency_in(start: datetime, parts: Sequence[Any]) -> Latency:
    count, p50, p95, most = (int(part) for part in parts)
    return Latency(start, count, p50, p95, most)


def _padded(parts: Sequence[Any], defaults: Sequence[Any]) -> list[Any]:
    """The parts that are written, then the defaults of those that were cut."""
    return [*parts, *defaults[len(parts) :]]


def _said(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line without the parts that say nothing."""
    return {key: part for key, part in line.items() if part not in ("", None, 0, {}, [])}


def _number(length: timedelta, unit: timedelta) -> int | float:
    """How many units: a whole number, or a fraction that gives the same length again."""
    whole, rest = divmod(length, unit)
    return whole if not rest else length / unit


def _span_of(number: float, unit: timedelta) -> timedelta:
    if isinstance(number, int):
        return unit * number
    return round(number * (unit / TINY)) * TINY


def _figure_out(value: float) -> int | float:
    """A whole number without its `.0`."""
    return int(value) if abs(value) < EXACT and value == int(value) else value


def _figure_in(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError("not a figure")
    return value


def _time_out(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time_in(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
