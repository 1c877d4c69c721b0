"""Samples to a timeline of states, that to outages and uptime. Unmeasured time is in no span."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from statuspage.intervals import Interval, clip, merge, seconds, subtract, total
from statuspage.model import VERDICT_STATE, Objective, Outage, Rules, Sample, Span, State, Uptime, Verdict

HOLDS = 2  # a sample speaks for at most this many times its cadence
MEMORY = timedelta(hours=12)  # rounds that confirm a state lie within this
REACH = timedelta(
    hours=23
)  # how long a sample may matter: a closed day's neighbours, less an hour for late rounds
LIMITED = "rate.limited"  # the code of a sample that was refused because it was one too many: HTTP 429
KEPT_RUNS = 3  # limited samples in a row that keep the word before them; later ones are degraded
KEPT_FOR = 12  # times their cadence that they keep it at most: three runs, each up to four times late
WHOLE = 100  # percent


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the samples of one component say about its time."""

    spans: tuple[Span, ...]  # sorted, disjoint; adjoining ones differ in state
    confirmed: State  # at the end of the time asked for; UNKNOWN when no sample speaks then
    pending: int  # newest rounds in a row that contradict `confirmed` and do not yet outvote it


@dataclass(frozen=True, slots=True)
class _Word:
    """What a sample is taken to say, once its neighbours are heard."""

    state: State
    code: str = ""
    detail: str = ""


_GOOD = _Word(State.OPERATIONAL)


def timeline(samples: Sequence[Sample], voids: Sequence[datetime], rules: Rules, until: datetime) -> Timeline:
    """The states of one component before `until`, from its samples and the times of void rounds.

    A sample speaks until the next one or a void round, at most twice its `every`; an unknown one ends the word
    of the one before it and says nothing. A state changes once `fail_after` or `recover_after` samples in a row
    say so, and then from the first of them on; until then the state before goes on. Which kind of trouble it is
    (degraded or down) needs no confirmation. Where no run of samples within MEMORY confirms anything, as at the
    very start, each sample speaks for itself.

    Unknown ones that were limited (429) do speak: the first KEPT_RUNS in a row repeat the word of the judged one
    before them, later ones are degraded. They neither confirm a state nor stand between samples that do.
    """
    ordered = sorted((s for s in samples if s.at < until), key=lambda sample: sample.at)
    judged = [s for s in ordered if s.verdict is not Verdict.UNKNOWN]
    words, pending = _settled(judged, rules)
    stops = sorted(voids)
    spans: list[Span] = []
    for n, word in enumerate(_heard(ordered, words)):
        if word is None:
            continue
        sample = ordered[n]
        end = min(sample.at + HOLDS * sample.every, until)
        if n + 1 < len(ordered):
            end = min(end, ordered[n + 1].at)
        void = bisect_right(stops, sample.at)
        if void < len(stops):
            end = min(end, stops[void])
        if end > sample.at:
            spans.append(Span(sample.at, end, word.state, word.code, word.detail))
    speaks = bool(spans) and spans[-1].end == until
    return Timeline(joined(spans), spans[-1].state if speaks else State.UNKNOWN, pending if speaks else 0)


def merged(places: Mapping[str, Sequence[Span]], enough: int = 0) -> tuple[Span, ...]:
    """One timeline of what several places saw, from their sorted, disjoint spans by the place's name.

    At each instant the places that speak are counted: none up is a major outage, fewer than `enough` up a partial
    one, else it is what `enough` of them see at least. `enough`: at most all of them; 0: more than half. The code
    and the detail are those of the worst place, the first by name; its name leads the detail unless all agree.
    """
    if len(places) == 1:
        return tuple(next(iter(places.values())))
    edges = sorted({edge for spans in places.values() for span in spans for edge in (span.start, span.end)})
    lines = [(name, Reader(places[name])) for name in sorted(places)]
    found: list[Span] = []
    for start, end in pairwise(edges):
        told = [(name, span) for name, line in lines if (span := line.at(start))]
        if told:
            found.append(_agreed(start, end, told, enough))
    return joined(found)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sorted spans with adjoining ones of one state made one; the first one's code and detail stay."""
    whole: list[Span] = []
    run: list[Span] = []  # adjoining ones of one state
    for span in spans:
        if run and (run[-1].end != span.start or run[-1].state is not span.state):
            whole.append(_as_one(run))
            run.clear()
        run.append(span)
    return (*whole, _as_one(run)) if run else ()


def clip_spans(spans: Sequence[Span], window: Interval) -> tuple[Span, ...]:
    """The parts inside `window` of sorted, disjoint spans."""
    cut: list[Span] = []
    for span in spans[_first_after(spans, window.start) :]:
        if span.start >= window.end:
            break
        if span.start >= window.start and span.end <= window.end:
            cut.append(span)
        else:
            cut.append(_cut(span, max(span.start, window.start), min(span.end, window.end)))
    return tuple(cut)


class Reader:
    """Sorted, disjoint spans, asked for instants that never go back."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self.next = 0

    def at(self, instant: datetime) -> Span | None:
        while self.next < len(self.spans) and self.spans[self.next].end <= instant:
            self.next += 1
        if self.next == len(self.spans) or self.spans[self.next].start > instant:
            return None
        return self.spans[self.next]


def by_state(spans: Sequence[Span], window: Interval) -> dict[State, int]:
    """Measured seconds inside `window` of sorted, disjoint spans, by state, mildest first."""
    found: dict[State, int] = {}
    for span in clip_spans(spans, window):
        found[span.state] = found.get(span.state, 0) + seconds(span.end - span.start)
    return {state: found[state] for state in State if found.get(state)}


def outages(spans: Sequence[Span], component: str, now: datetime, *, gap: timedelta) -> tuple[Outage, ...]:
    """Times in trouble, newest first; spans in trouble with less than `gap` unmeasured between them are one.

    An outage goes on (its end is None) when its last span reaches past `now`. Its code and detail are those of
    the first span in the worst state.
    """
    found: list[list[Span]] = []
    before: Span | None = None
    for span in spans:
        if span.state.severity > State.MAINTENANCE.severity:
            if before and found and found[-1][-1] is before and _near(before, span, gap):
                found[-1].append(span)
            else:
                found.append([span])
        before = span
    return tuple(_outage(component, trouble, now) for trouble in reversed(found))


def uptime(
    spans: Sequence[Span],
    window: Interval,
    excluded: Sequence[Interval],
    weights: Mapping[State, int],
    *,
    told: Sequence[Span] = (),
    corrected: Sequence[Interval] = (),
) -> Uptime:
    """The availability in `window` from sorted, disjoint spans, less the time in `excluded`.

    `weights`: percent by state, 0 to 100; a state without one weighs nothing. `told` are outages that people added
    where nothing was measured, `corrected` is the time for which they spoke.
    """
    holes = merge(clip(excluded, window))
    seen, added = (_less(by_state(some, window), some, holes) for some in (spans, told))
    down: dict[State, int] = {s: length for s, length in seen.items() if s is not State.OPERATIONAL}
    weighted_down, weighted_told = (
        sum(length * weights.get(state, 0) for state, length in some.items()) for some in (down, added)
    )
    return Uptime(
        start=window.start,
        end=window.end,
        excluded=total(holes),
        measured=sum(seen.values()),
        down=down,
        weighted_down=weighted_down + weighted_told,
        told=added,
        weighted_told=weighted_told,
        corrected=total(subtract(clip(corrected, window), holes)),
    )


def ratio(figure: Uptime) -> Fraction | None:
    """The uptime, 0 to 1; None when nothing was measured, and no down time added by people."""
    if not figure.known:
        return None
    return Fraction(figure.known - figure.weighted_down, figure.known)


def coverage(figure: Uptime) -> Fraction | None:
    """The measured share of the window, 0 to 1; None when no time of it counts."""
    return Fraction(figure.measured, figure.window) if figure.window else None


def bounds(figure: Uptime) -> tuple[Fraction, Fraction]:
    """The least and the greatest uptime that the unmeasured time leaves possible."""
    if not figure.window:
        return Fraction(0), Fraction(1)
    whole = WHOLE * figure.window
    best = whole - figure.weighted_down
    return Fraction(best - whole + figure.known, whole), Fraction(best, whole)


def allowed(figure: Uptime, objective: Objective) -> Fraction:
    """The error budget in seconds: the weighted down time that the objective grants the measured time.

    Time that was not measured earns none: it is not taken for good.
    """
    return _lost(objective) * Fraction(figure.known, WHOLE)


def spent(figure: Uptime) -> Fraction:
    """Weighted down time in seconds."""
    return Fraction(figure.weighted_down, WHOLE)


def budget_left(figure: Uptime, objective: Objective) -> Fraction | None:
    """The share of the budget that is left, below 0 when more was spent; None when nothing was measured."""
    granted = allowed(figure, objective)
    return 1 - spent(figure) / granted if granted else None


def budget_bounds(figure: Uptime, objective: Objective) -> tuple[Fraction, Fraction]:
    """The least and the greatest share left, had all of the window been measured."""
    least, greatest = (1 - (1 - bound) / _lost(objective) for bound in bounds(figure))
    return least, greatest


def gone_in(figure: Uptime, pace: Uptime, objective: Objective) -> Fraction | None:
    """Seconds until the budget is gone at the pace of another window; None when that spent nothing.

    0 or less: it is gone already. What leaves the window meanwhile is not given back here.
    """
    if not pace.weighted_down:
        return None
    return (allowed(figure, objective) - spent(figure)) * Fraction(pace.known, pace.weighted_down)


def percent(share: Fraction, digits: int = 2) -> Decimal:
    """A share in percent, rounded down, so that only a whole one reads 100."""
    return Decimal(share.numerator * WHOLE * 10**digits // share.denominator).scaleb(-digits)


def rank(values: Sequence[int], share: Fraction | float) -> int:
    """The nearest-rank percentile of values that are not empty: the least one that `share` of them do not exceed."""
    exact = (
        share if isinstance(share, Fraction) else Fraction(str(share))
    )  # 0.07 means seven hundredths, not the float nearest to it
    place = -(-exact.numerator * len(values) // exact.denominator)
    return sorted(values)[max(place, 1) - 1]


def _lost(objective: Objective) -> Fraction:
    """The share of time that may be lost."""
    return 1 - Fraction(objective.availability) / WHOLE


def _less(seen: Mapping[State, int], spans: Sequence[Span], holes: Sequence[Interval]) -> dict[State, int]:
    """Seconds by state without those of the holes; states that nothing is left of are dropped."""
    left = dict(seen)
    for hole in holes:
        for state, cut in by_state(spans, hole).items():
            left[state] -= cut
    return {state: length for state, length in left.items() if length}


def _settled(judged: Sequence[Sample], rules: Rules) -> tuple[list[_Word], int]:
    """The word of each sample, and how many of the newest wait for confirmation.

    What a sample says depends on the samples within `_memory` before and MEMORY after it alone: so a day can be
    closed from itself and its neighbours.
    """
    words: list[_Word] = []
    trouble = _Word(State.UNKNOWN)  # of the newest failing sample
    run = pending = 0
    confirmed: tuple[bool, datetime] | None = (
        None  # failing or not, and the first of the rounds that confirmed it
    )
    for n, sample in enumerate(judged):
        failing = _failing(sample)
        run = run + 1 if n and _failing(judged[n - 1]) is failing else 1
        needed = rules.fail_after if failing else rules.recover_after
        word = _own(sample)
        trouble = word if failing else trouble
        pending = 0
        memory = _memory(sample)
        if run >= needed and sample.at - judged[n + 1 - needed].at < memory:
            confirmed = failing, judged[n + 1 - needed].at
            words[n + 1 - needed :] = [_own(s) for s in judged[n + 1 - needed : n]]
        elif confirmed and confirmed[0] is not failing and sample.at - confirmed[1] < memory:
            word = _GOOD if failing else trouble
            pending = run
        words.append(word)
    return words, pending


def _memory(sample: Sample) -> timedelta:
    """How far back the word of a sample may reach: less far when it speaks for long."""
    return min(MEMORY, REACH - HOLDS * sample.every)


def _heard(ordered: Sequence[Sample], words: Sequence[_Word]) -> Iterator[_Word | None]:
    """What each sample is taken to say, None for nothing; `words` are those of the judged ones."""
    told = iter(words)
    last: tuple[Sample, _Word] | None = None  # the newest judged one
    row: list[datetime] = []  # the limited ones since
    for sample in ordered:
        if sample.verdict is not Verdict.UNKNOWN:
            last = sample, next(told)
            row.clear()
            yield last[1]
        elif sample.code == LIMITED:
            yield _limited(sample, row, last)
            row.append(sample.at)
        else:
            yield None


def _limited(sample: Sample, row: Sequence[datetime], last: tuple[Sample, _Word] | None) -> _Word | None:
    """What a limited sample says after `row` of limited ones and the judged one before them.

    It reaches back no further than a day's closing does: its own speaking, the way to what it looks at, and what
    the judged one reaches back itself are REACH together at most. Past that it says nothing.
    """
    reach = REACH - HOLDS * sample.every
    if len(row) >= KEPT_RUNS and sample.at - row[-KEPT_RUNS] < reach:
        return _Word(State.DEGRADED, sample.code, sample.detail)
    if last and sample.at - last[0].at < min(reach - _memory(last[0]), KEPT_FOR * sample.every):
        return last[1]
    return None


def _failing(sample: Sample) -> bool:
    return sample.verdict is not Verdict.UP


def _own(sample: Sample) -> _Word:
    if not _failing(sample):
        return _GOOD
    missing = sample.partial and sample.verdict is Verdict.DEGRADED
    state = State.PARTIAL if missing else VERDICT_STATE[sample.verdict]
    return _Word(state, sample.code, sample.detail)


def _agreed(start: datetime, end: datetime, told: Sequence[tuple[str, Span]], enough: int) -> Span:
    """What the places that speak come to; `told` is sorted by name."""
    states = sorted((span.state for _, span in told), key=lambda state: state.severity)
    needed = min(enough or len(states) // 2 + 1, len(states))
    state = states[needed - 1]  # at least `needed` places see it as well as this
    if state is State.MAJOR and states[0] is not State.MAJOR:
        state = State.PARTIAL
    if state is State.OPERATIONAL:
        return Span(start, end, state)
    name, worst = max(told, key=lambda one: one[1].state.severity)
    alike = all((s.state, s.code, s.detail) == (worst.state, worst.code, worst.detail) for _, s in told)
    detail = worst.detail if alike else ": ".join(part for part in (name, worst.detail) if part)
    return Span(start, end, state, worst.code, detail)


def _outage(component: str, trouble: Sequence[Span], now: datetime) -> Outage:
    worst = max(trouble, key=lambda span: span.state.severity)
    return Outage(
        component=component,
        start=trouble[0].start,
        end=None if trouble[-1].end > now else trouble[-1].end,
        state=worst.state,
        code=worst.code,
        detail=worst.detail,
        steps=_steps(trouble) if worst.state is not trouble[0].state else (),
    )


def _steps(trouble: Sequence[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for span in trouble:
        if not found or span.state.severity > found[-1].state.severity:
            found.append(span)
    return tuple(found)


def _as_one(run: Sequence[Span]) -> Span:
    return run[0] if len(run) == 1 else _cut(run[0], run[0].start, run[-1].end)


def _cut(span: Span, start: datetime, end: datetime) -> Span:
    return Span(start, end, span.state, span.code, span.detail)


def _near(one: Span, following: Span, gap: timedelta) -> bool:
    return one.end == following.start or following.start - one.end < gap


def _first_after(spans: Sequence[Span], start: datetime) -> int:
    """The index of the first span that ends after `start`."""
    return bisect_right(spans, start, key=lambda span: span.end)
