"""Raw rounds to closed days, and closed and open days to one timeline without a seam.

A UTC day D closes when D + 2 begins, from the rounds of D - 1, D and D + 1 alone; so it can be recomputed. No
sample matters longer: for at most twice its cadence (12 h at most) it speaks, and its part in confirming a state
ends within what is left of uptime.REACH. What several places saw is one timeline each, then merged.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise

from statuspage.intervals import Interval
from statuspage.model import Day, History, Latency, LatencySeries, Round, Rules, Sample, Span, State, Verdict
from statuspage.uptime import clip_spans, joined, merged, rank, timeline

ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)
INSTANT = timedelta(seconds=1)
ONE_MS = timedelta(milliseconds=1)
BEGINNING = datetime.min.replace(tzinfo=UTC)
MEDIAN, P95 = Fraction(1, 2), Fraction(95, 100)
STEPS = tuple(timedelta(minutes=m) for m in (30, 60, 120, 240, 360, 720))  # pieces of a day for latencies
FLIPPING = 12  # newest judged samples of a place that are looked at for changes
CONVERSATIONS = 20  # newest ones of which the share of fallbacks is told

Answer = tuple[datetime, int]
"""When and how fast the service answered, in ms."""

Places = dict[str, list[Sample]]
"""One component's samples by the name of the place that they were taken from."""


def to_close(last_closed: date | None, first_raw: date | None, now: datetime) -> list[date]:
    """The UTC days that are over for good and not yet closed, oldest first.

    `first_raw` is the oldest day with raw rounds; None when there are none.
    """
    if first_raw is None:
        return []
    first = first_raw if last_closed is None else max(first_raw, last_closed + ONE_DAY)
    return [first + n * ONE_DAY for n in range((last_over(now) - first).days + 1)]


def last_over(now: datetime) -> date:
    """The newest UTC day that is over for good."""
    return now.astimezone(UTC).date() - 2 * ONE_DAY


def close(
    component_rules: Mapping[str, Rules], rounds: Iterable[Round], day: date
) -> tuple[list[Day], list[tuple[str, list[Latency]]]]:
    """The day's record of each component that was seen, and the latencies of its hours, both sorted.

    Rounds of other days than the one before, the day and the one after are not looked at. A component without
    rules here (it left the configuration) is judged by the default ones.
    """
    whole = _utc(day)
    near = [r for r in rounds if whole.start - ONE_DAY <= r.at < whole.end + ONE_DAY]
    voids = _voids(near)
    days: list[Day] = []
    hours: list[tuple[str, list[Latency]]] = []
    for component, places in sorted(_by_component(near).items()):
        rules = component_rules.get(component, Rules())
        spans = clip_spans(_line(places, voids, rules, whole.end + ONE_DAY), whole)
        own = [s for samples in places.values() for s in samples if whole.start <= s.at < whole.end]
        if spans or own:
            days.append(_day(day, component, spans, own, rules))
        if hourly := latencies(own, whole, ONE_HOUR):
            hours.append((component, hourly))
    return days, hours


def spans(history: History, component: str, rules: Rules, until: datetime) -> tuple[Span, ...]:
    """The component's whole timeline before `until`: its closed days, then the open ones from raw rounds.

    The history's rounds must reach back over the last closed day, which is the open days' context.
    """
    boundary = _boundary(history)
    closed = [span for day in history.days if day.component == component for span in day.spans]
    raw = _line(_by_place(history.rounds, component), _voids(history.rounds), rules, until)
    kept = clip_spans(sorted(closed, key=lambda span: span.start), Interval(BEGINNING, min(until, boundary)))
    return joined([*kept, *(clip_spans(raw, Interval(boundary, until)) if boundary < until else ())])


def per_component(history: History) -> dict[str, History]:
    """The history cut by component, for a caller that asks for the figures of many.

    Each part has its own samples, hours and closed days, all void rounds, and one record of the last closed day,
    whosever it is: it says where the open days begin.
    """
    days: dict[str, list[Day]] = {}
    for day in history.days:
        days.setdefault(day.component, []).append(day)
    names = {s.component for r in history.rounds for s in r.samples} | {*days, *history.hours}
    rounds: dict[str, list[Round]] = {name: [] for name in names}
    for round_ in history.rounds:
        if round_.void:
            for own in rounds.values():
                own.append(round_)
        for sample in round_.samples:
            # The constructor: `replace` takes twice as long, and there are tens of thousands.
            rounds[sample.component].append(
                Round(id=round_.id, at=round_.at, vantage=round_.vantage, samples=(sample,))
            )
    last = max(history.days, key=lambda day: day.day, default=None)
    return {
        name: History(
            rounds=tuple(rounds[name]),
            days=(*days.get(name, ()), *([last] if last and last.component != name else ())),
            hours={name: history.hours.get(name, ())},
        )
        for name in sorted(names)
    }


def latencies(samples: Iterable[Sample], window: Interval, step: timedelta) -> list[Latency]:
    """Percentiles of the service's latency for each `step` of the window that has one, oldest first."""
    return _percentiles(_measured(samples), window, step)


def _percentiles(
    measured: Iterable[tuple[datetime, int]], window: Interval, step: timedelta
) -> list[Latency]:
    found: dict[int, list[int]] = {}
    for at, ms in measured:
        if window.start <= at < window.end:
            found.setdefault((at - window.start) // step, []).append(ms)
    return [
        Latency(window.start + n * step, len(values), rank(values, MEDIAN), rank(values, P95), max(values))
        for n, values in sorted(found.items())
    ]


def answers(history: History, component: str, now: datetime) -> list[Answer]:
    """The component's answers up to `now`: those of the open days, and those of 24 hours at least."""
    until = now + INSTANT
    since = min(_open_days(history, now).start, now - ONE_DAY)
    own = (s for r in history.rounds for s in r.samples if s.component == component)
    return list(_measured(s for s in own if since <= s.at < until))


def median_latency(told: Sequence[Answer], since: datetime, until: datetime) -> timedelta | None:
    """The median of the answers in `[since, until)`; None when there was none."""
    values = [ms for at, ms in told if since <= at < until]
    return rank(values, MEDIAN) * ONE_MS if values else None


def hour_medians(told: Sequence[Answer], now: datetime, hours: int = 24) -> tuple[int | None, ...]:
    """Medians in ms of each of the last `hours` hours up to and with `now`, oldest first; None: none answered."""
    end = now + INSTANT
    window = Interval(end - hours * ONE_HOUR, end)
    found = {latency.start: latency.p50 for latency in _percentiles(told, window, ONE_HOUR)}
    return tuple(found.get(window.start + n * ONE_HOUR) for n in range(hours))


def latency_series(
    told: Sequence[Answer], history: History, component: str, every: timedelta, now: datetime
) -> dict[str, LatencySeries]:
    """Percentiles of the last 24 hours (from `answers`), 7 days (by the hour) and 90 days (by the UTC day).

    Pieces hold two rounds at least, so that a seldom asked component has a line too. A piece of 24 hours ends at
    `now`; those of 7 and 90 days are whole hours and days, the last one as old as it is.
    """
    step = next((step for step in STEPS if step >= 2 * every), STEPS[-1])
    day = Interval(now + INSTANT - ONE_DAY, now + INSTANT)
    hour = now.replace(minute=0, second=0, microsecond=0)
    midnight = _utc(now.astimezone(UTC).date()).start
    lately = _open_days(history, now)
    hours = [*history.hours.get(component, ()), *_percentiles(told, lately, ONE_HOUR)]
    days = [d.latency for d in history.days if d.component == component and d.latency]
    days += _percentiles(told, lately, ONE_DAY)
    return {
        "24h": _series(_percentiles(told, day, step), day.start, step, ONE_DAY // step),
        "7d": _series(hours, hour - 167 * ONE_HOUR, ONE_HOUR, 168, max(step, ONE_HOUR)),
        "90d": _series(days, midnight - 89 * ONE_DAY, ONE_DAY, 90),
    }


def open_hours(history: History, component: str, now: datetime) -> list[Latency]:
    """The hours of the open days up to `now`, oldest first."""
    return _percentiles(answers(history, component, now), _open_days(history, now), ONE_HOUR)


def counts(history: History, component: str, now: datetime) -> dict[date, Mapping[str, int]]:
    """Samples by verdict, and "flaked", of the closed days and of the open ones up to `now`."""
    found = {day.day: day.counts for day in history.days if day.component == component}
    lately = _open_days(history, now)
    own = (s for r in history.rounds for s in r.samples if s.component == component)
    late: dict[date, list[Sample]] = {}
    for sample in own:
        if lately.start <= sample.at < lately.end:
            late.setdefault(sample.at.astimezone(UTC).date(), []).append(sample)
    return {**found, **{day: _counts(samples) for day, samples in sorted(late.items())}}


def _open_days(history: History, now: datetime) -> Interval:
    """The days that are not closed, whole UTC days up to `now`; without a closed one the last eight."""
    midnight = _utc(now.astimezone(UTC).date()).start
    return Interval(max(_boundary(history), midnight - 8 * ONE_DAY), now + INSTANT)


def _series(
    found: Iterable[Latency], start: datetime, step: timedelta, count: int, wide: timedelta | None = None
) -> LatencySeries:
    """`count` pieces from `start` on; `wide`: so many of them as it takes are made one."""
    known = {latency.start: latency for latency in found}
    points = [known.get(start + n * step) for n in range(count)]
    size = (wide or step) // step
    if size == 1:
        return LatencySeries(start, step, tuple(points))
    joined_points = [_joined(points[n : n + size], start + n * step) for n in range(0, count, size)]
    return LatencySeries(start, size * step, tuple(joined_points))


def _joined(points: Sequence[Latency | None], start: datetime) -> Latency | None:
    """Neighbouring pieces as one: exact where each has two samples at most, as those of seldom asked ones do."""
    known = [p for p in points if p]
    if len(known) < 2:
        return replace(known[0], start=start) if known else None
    values = [ms for p in known for ms in [p.p50] * (p.count - 1) + [p.max]]
    return Latency(start, len(values), rank(values, MEDIAN), rank(values, P95), max(values))


@dataclass(frozen=True, slots=True)
class Lately:
    """What a component's kept samples say beside its timeline."""

    newest: Sample | None
    flips: tuple[int, int]  # changes between good and bad in so many samples, of the least steady place
    fell_back: tuple[int, int] | None  # conversations that met a fallback phrase, and all; None for none
    places: Mapping[str, State]  # what each place sees, by its name; empty for one place alone
    places_checked: Mapping[str, datetime]  # their newest samples


def lately(history: History, component: str, rules: Rules, probed: State, now: datetime) -> Lately:
    """From the samples up to `now`; `probed`: its state then. A place that took none in a day is not told of."""
    taken = _by_place(history.rounds, component)
    known = {name: sorted((s for s in taken[name] if s.at <= now), key=_at) for name in sorted(taken)}
    samples = sorted((s for own in known.values() for s in own), key=_at)
    places = {name: own for name, own in known.items() if own and own[-1].at > now - ONE_DAY}
    states = dict.fromkeys(places, probed)
    if len(places) > 1:
        voids, end = _voids(history.rounds), now + INSTANT
        states = {
            name: timeline(own, voids.get(name, ()), rules, end).confirmed for name, own in places.items()
        }
    return Lately(
        newest=samples[-1] if samples else None,
        flips=max(
            (_flips(places[name]) for name in places if states[name] is not State.UNKNOWN), default=(0, 0)
        ),
        fell_back=_fallbacks(samples),
        places=states if len(places) > 1 else {},
        places_checked={name: own[-1].at for name, own in places.items()} if len(places) > 1 else {},
    )


def _flips(samples: Sequence[Sample]) -> tuple[int, int]:
    """Changes between good and bad in one place's newest judged samples, and how many these are."""
    judged = [s.verdict is Verdict.UP for s in samples if s.verdict is not Verdict.UNKNOWN][-FLIPPING:]
    return sum(one is not following for one, following in pairwise(judged)), len(judged)


def _fallbacks(samples: Sequence[Sample]) -> tuple[int, int] | None:
    told = [s.fell_back for s in samples if s.fell_back is not None][-CONVERSATIONS:]
    return (sum(told), len(told)) if told else None


def joined_hours(hours: Iterable[tuple[str, Latency]]) -> dict[str, tuple[Latency, ...]]:
    """Hourly latencies by component, oldest first; the last one told of an hour holds."""
    found: dict[str, dict[datetime, Latency]] = {}
    for component, hour in hours:
        found.setdefault(component, {})[hour.start] = hour
    return {component: tuple(own[start] for start in sorted(own)) for component, own in found.items()}


def _day(day: date, component: str, spans: tuple[Span, ...], own: Sequence[Sample], rules: Rules) -> Day:
    whole = latencies(own, _utc(day), ONE_DAY)
    return Day(
        day=day,
        component=component,
        spans=spans,
        counts=_counts(own),
        latency=whole[0] if whole else None,
        rules=rules,
    )


def _counts(samples: Sequence[Sample]) -> dict[str, int]:
    found = Counter(s.verdict.value for s in samples)
    found["flaked"] = sum(s.flaked for s in samples)
    return {word: n for word, n in sorted(found.items()) if n}


def _measured(samples: Iterable[Sample]) -> Iterator[Answer]:
    """When and how fast, in ms, the service answered; an error page is fast and says nothing about that."""
    for sample in samples:
        if sample.latency is not None and sample.verdict in (Verdict.UP, Verdict.DEGRADED):
            yield sample.at, round(sample.latency / ONE_MS)


def _line(
    places: Places, voids: Mapping[str, Sequence[datetime]], rules: Rules, until: datetime
) -> tuple[Span, ...]:
    """One component's time before `until`, from its samples and the times of void rounds, by place."""
    lines = {name: timeline(own, voids.get(name, ()), rules, until).spans for name, own in places.items()}
    return merged(lines, rules.places)


def _by_component(rounds: Iterable[Round]) -> dict[str, Places]:
    found: dict[str, Places] = {}
    for round_ in rounds:
        for sample in round_.samples:
            found.setdefault(sample.component, {}).setdefault(round_.vantage, []).append(sample)
    return found


def _by_place(rounds: Iterable[Round], component: str) -> Places:
    found: Places = {}
    for round_ in rounds:
        for sample in round_.samples:
            if sample.component == component:
                found.setdefault(round_.vantage, []).append(sample)
    return found


def _voids(rounds: Iterable[Round]) -> dict[str, list[datetime]]:
    """When a place's rounds were void, which says nothing of other places."""
    found: dict[str, list[datetime]] = {}
    for round_ in rounds:
        if round_.void:
            found.setdefault(round_.vantage, []).append(round_.at)
    return found


def _at(sample: Sample) -> datetime:
    return sample.at


def _boundary(history: History) -> datetime:
    """Where the closed days end."""
    last = max((d.day for d in history.days), default=None)
    return _utc(last).end if last else BEGINNING


def _utc(day: date) -> Interval:
    start = datetime.combine(day, time(), UTC)
    return Interval(start, start + ONE_DAY)
