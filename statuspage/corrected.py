"""What probes saw and what people corrected in it: one timeline. What was seen stays in the history as it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from statuspage.intervals import Interval, clip, merge
from statuspage.model import Correction, Span, State
from statuspage.uptime import Reader, joined

_ADDED = (State.MAJOR, State.PARTIAL, State.DEGRADED)  # the worst first


@dataclass(frozen=True, slots=True)
class Corrected:
    """A component's time, corrected. The spans of each part are sorted and disjoint; `measured` and `told` too."""

    measured: tuple[Span, ...]  # what the probes saw, as far as it holds, and what people say of that time
    told: tuple[Span, ...] = ()  # outages that people added where nobody measured
    annulled: tuple[Span, ...] = ()  # trouble that the probes saw and that was none
    witnessed: tuple[Span, ...] | None = (
        None  # `measured` without what people added; None: they added nothing
    )
    changed: tuple[Interval, ...] = ()  # time for which people speak, and not the probes

    @property
    def timeline(self) -> tuple[Span, ...]:
        """All that is known of the component."""
        if not self.told:
            return self.measured
        return joined(sorted((*self.measured, *self.told), key=lambda span: span.start))


def corrected(spans: Sequence[Span], corrections: Iterable[Correction], until: datetime) -> Corrected:
    """Sorted, disjoint spans with all corrections of their component, in whatever order these come.

    Of several that speak of one instant: first trouble is annulled, as unmeasured if any of them says so; then the
    worst added outage holds where what is left is better. Nothing is said of time from `until` on.
    """
    said = _said(corrections, until)
    if not said:
        return Corrected(tuple(spans))
    pieces = list(_pieces(spans, said))
    return Corrected(
        measured=joined(p.holds for p in pieces if p.holds and p.measured),
        told=joined(p.holds for p in pieces if p.holds and not p.measured),
        annulled=joined(p.seen for p in pieces if p.seen and p.annulled),
        witnessed=joined(span for p in pieces if (span := p.witnessed))
        if set(_ADDED) & said.keys()
        else None,
        changed=tuple(merge(p.window for p in pieces if p.annulled or p.holds != p.seen)),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """Time in which neither what was seen nor what is said of it changes."""

    window: Interval
    seen: Span | None  # by the probes; None: nothing
    annulled: bool
    left: State | None  # of what they saw; None: the time is unmeasured
    added: State | None

    @property
    def measured(self) -> bool:
        return self.left is not None

    @property
    def witnessed(self) -> Span | None:
        if self.annulled:
            return Span(*self.window, self.left) if self.left else None
        return self.seen

    @property
    def holds(self) -> Span | None:
        worse = self.added and (self.left is None or self.added.severity > self.left.severity)
        return Span(*self.window, self.added) if self.added and worse else self.witnessed


def _said(corrections: Iterable[Correction], until: datetime) -> dict[State, list[Span]]:
    """The time that corrections speak of, by what they say of it."""
    windows: dict[State, list[Interval]] = {}
    for one in corrections:
        windows.setdefault(one.state, []).append(Interval(one.start, one.end))
    past = Interval(datetime.min.replace(tzinfo=UTC), until)
    clipped = {state: merge(clip(some, past)) for state, some in windows.items()}
    return {state: [Span(*window, state) for window in some] for state, some in clipped.items() if some}


def _pieces(spans: Sequence[Span], said: dict[State, list[Span]]) -> Iterator[_Piece]:
    edges = {edge for line in (spans, *said.values()) for span in line for edge in (span.start, span.end)}
    base, lines = Reader(spans), {state: Reader(line) for state, line in said.items()}
    for start, end in pairwise(sorted(edges)):
        seen = base.at(start)
        words = {state for state, line in lines.items() if line.at(start)}
        troubled = seen is not None and seen.state.severity > State.MAINTENANCE.severity
        annulled = troubled and not words.isdisjoint((State.UNKNOWN, State.OPERATIONAL))
        left = seen.state if seen else None
        if annulled:
            left = None if State.UNKNOWN in words else State.OPERATIONAL
        yield _Piece(
            Interval(start, end),
            replace(seen, start=start, end=end) if seen else None,
            annulled,
            left,
            next((state for state in _ADDED if state in words), None),
        )
