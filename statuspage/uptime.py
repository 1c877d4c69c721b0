"""Samples to a timeline of states, that to outages and uptime. Unmeasured time is in no span."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from statuspage.intervals import Interval, clip, merge, seconds, total
from statuspage.model import VERDICT_STATE, Outage, Rules, Sample, Span, State, Uptime, Verdict

HOLDS = 2  # a sample speaks for at most this many times its cadence
MEMORY = timedelta(hours=12)  # rounds that confirm a state lie within this
REACH = timedelta(
    hours=23
)  # how long a sample may matter: a closed day's neighbours, less an hour for late rounds
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


def timeline(samples: Sequence[Sample], voids: Sequence[datetime], rules: Rules, until: datetime) -> Timeline:
    """The states of one component before `until`, from its samples and the times of void rounds.

    A sample speaks until the next one or a void round, at most twice its `every`; an unknown one ends the word
    of the one before it and says nothing. A state changes once `fail_after` or `recover_after` samples in a row
    say so, and then from the first of them on; until then the state before goes on. Which kind of trouble it is
    (degraded or down) needs no confirmation. Where no run of samples within MEMORY confirms anything, as at the
    very start, each sample speaks for itself.
    """
    ordered = sorted((s for s in samples if s.at < until), key=lambda sample: sample.at)
    judged = [s for s in ordered if s.verdict is not Verdict.UNKNOWN]
    words, pending = _settled(judged, rules)
    stops = sorted(voids)
    spans: list[Span] = []
    at = 0  # the next of the judged
    for n, sample in enumerate(ordered):
        if sample.verdict is Verdict.UNKNOWN:
            continue
        word, at = words[at], at + 1
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


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sorted spans with adjoining ones of one state made one; the first one's code and detail stay."""
    whole: list[Span] = []
    for span in spans:
        if whole and whole[-1].end == span.start and whole[-1].state is span.state:
            whole[-1] = _cut(whole[-1], whole[-1].start, span.end)
        else:
            whole.append(span)
    return tuple(whole)


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
    spans: Sequence[Span], window: Interval, excluded: Sequence[Interval], weights: Mapping[State, int]
) -> Uptime:
    """The availability in `window` from sorted, disjoint spans, less the time in `excluded`.

    `weights`: percent by state, 0 to 100; a state without one weighs nothing.
    """
    seen = by_state(spans, window)
    holes = merge(clip(excluded, window))
    for hole in holes:
        for state, cut in by_state(spans, hole).items():
            seen[state] -= cut
    down: dict[State, int] = {
        state: length for state, length in seen.items() if length and state is not State.OPERATIONAL
    }
    return Uptime(
        start=window.start,
        end=window.end,
        excluded=total(holes),
        measured=sum(seen.values()),
        down=down,
        weighted_down=sum(length * weights.get(state, 0) for state, length in down.items()),
    )


def ratio(figure: Uptime) -> Fraction | None:
    """The uptime, 0 to 1; None when nothing was measured."""
    if not figure.measured:
        return None
    return 1 - Fraction(figure.weighted_down, WHOLE * figure.measured)


def coverage(figure: Uptime) -> Fraction | None:
    """The measured share of the window, 0 to 1; None when no time of it counts."""
    return Fraction(figure.measured, figure.window) if figure.window else None


def bounds(figure: Uptime) -> tuple[Fraction, Fraction]:
    """The least and the greatest uptime that the unmeasured time leaves possible."""
    if not figure.window:
        return Fraction(0), Fraction(1)
    best = 1 - Fraction(figure.weighted_down, WHOLE * figure.window)
    return best - Fraction(figure.window - figure.measured, figure.window), best


def percent(share: Fraction, digits: int = 2) -> Decimal:
    """A share in percent, rounded down, so that only a whole one reads 100."""
    return Decimal(share * WHOLE * 10**digits // 1).scaleb(-digits)


def rank(values: Sequence[int], share: Fraction | float) -> int:
    """The nearest-rank percentile of values that are not empty: the least one that `share` of them do not exceed."""
    exact = Fraction(str(share))  # 0.07 means seven hundredths, not the float nearest to it
    place = -(-exact.numerator * len(values) // exact.denominator)
    return sorted(values)[max(place, 1) - 1]


def _settled(judged: Sequence[Sample], rules: Rules) -> tuple[list[_Word], int]:
    """The word of each sample, and how many of the newest wait for confirmation.

    What a sample says depends on the samples within MEMORY before and after it alone, and on fewer when it speaks
    for long: so a day can be closed from itself and its neighbours.
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
        memory = min(MEMORY, REACH - HOLDS * sample.every)
        if run >= needed and sample.at - judged[n + 1 - needed].at < memory:
            confirmed = failing, judged[n + 1 - needed].at
            words[n + 1 - needed :] = [_own(s) for s in judged[n + 1 - needed : n]]
        elif confirmed and confirmed[0] is not failing and sample.at - confirmed[1] < memory:
            word = _Word(State.OPERATIONAL) if failing else trouble
            pending = run
        words.append(word)
    return words, pending


def _failing(sample: Sample) -> bool:
    return sample.verdict is not Verdict.UP


def _own(sample: Sample) -> _Word:
    state = VERDICT_STATE[sample.verdict]
    return _Word(state, sample.code, sample.detail) if _failing(sample) else _Word(state)


def _outage(component: str, trouble: Sequence[Span], now: datetime) -> Outage:
    worst = max(trouble, key=lambda span: span.state.severity)
    return Outage(
        component=component,
        start=trouble[0].start,
        end=None if trouble[-1].end > now else trouble[-1].end,
        state=worst.state,
        code=worst.code,
        detail=worst.detail,
    )


def _cut(span: Span, start: datetime, end: datetime) -> Span:
    return Span(start, end, span.state, span.code, span.detail)


def _near(one: Span, following: Span, gap: timedelta) -> bool:
    return one.end == following.start or following.start - one.end < gap


def _first_after(spans: Sequence[Span], start: datetime) -> int:
    """The index of the first span that ends after `start`."""
    return bisect_right(spans, start, key=lambda span: span.end)
