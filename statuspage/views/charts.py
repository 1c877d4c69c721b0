"""SVG geometry: figures in, path data out. No colour and no word; those are the views' and the stylesheet's."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

PITCH, BAR_HEIGHT = 8, 30  # one day of the bars; the gap between two days is cut by a mask in the page
LEAST = Fraction(15, 100)  # so that a short outage is seen
SPARK_WIDTH, SPARK_HEIGHT = 92, 16
CHART_WIDTH, CHART_HEIGHT = 720, 150
CELL, SQUARE = 13, 9  # a day of the calendar: its pitch; its square, less the stroke that rounds it
SIGNS = {  # drawn from a cell's corner, after the shapes of the states
    "deg": "m6.5 3.5v3.5m0 2v.5",
    "par": "m4 6.5h5",
    "maj": "m4.5 4.5l4 4m0-4l-4 4",
    "mnt": "m6.5 3.5v3l2 1.5",
}


def days(first: int, count: int) -> str:
    """A line through `count` whole days from day `first` on, to be stroked BAR_HEIGHT wide."""
    return f"M{first * PITCH} {BAR_HEIGHT // 2}h{count * PITCH}"


def column(day: int, *, above: Fraction = Fraction(0)) -> str:
    """A line from the share `above` the bottom of one day to its top, to be stroked PITCH wide; "" for nothing."""
    height = BAR_HEIGHT - round(above * BAR_HEIGHT)
    return f"M{day * PITCH + PITCH // 2} 0v{height}" if height else ""


def seen(share: Fraction) -> Fraction:
    """The height that a share of a day is drawn with: none for none, else at least LEAST."""
    return max(share, LEAST) if share else share


def rounded(numerator: int, denominator: int) -> int:
    """The nearest whole number, of two the even one, as `round` does it; `denominator` is positive."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


def sparkline(values: Sequence[int | None]) -> str:
    """A line through the values over their own range; a gap where there is none. "" when there is no line."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return ""
    # A calm series shall look calm: the range drawn is never less than half of the greatest value.
    low = min(min(known), max(known) // 2)
    return _line(values, low, max(max(known), low + 1), SPARK_WIDTH, SPARK_HEIGHT)


@dataclass(frozen=True, slots=True)
class Scale:
    """A vertical axis from 0 to `top`, in milliseconds, with its steps."""

    top: int
    steps: tuple[int, ...]

    def y(self, value: int) -> int:
        return CHART_HEIGHT - rounded(value * CHART_HEIGHT, self.top)


def scale(greatest: int) -> Scale:
    """Three to five round steps that reach over `greatest`."""
    step = next(
        unit * ten
        for ten in (1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000)
        for unit in (1, 2, 5)
        if unit * ten * 4 >= greatest or ten == 10_000_000
    )
    count = max(2, -(-greatest // step))
    return Scale(step * count, tuple(step * n for n in range(1, count + 1)))


def chart_line(values: Sequence[int | None], axis: Scale) -> str:
    """The values over the whole width of a chart; one alone between gaps is a short dash."""
    return _line(values, 0, axis.top, CHART_WIDTH, CHART_HEIGHT)


def chart_band(pairs: Sequence[tuple[int, int] | None], axis: Scale) -> str:
    """The area between the two values of each pair, an outline for each run without a gap."""
    last = max(len(pairs) - 1, 1)
    path = ""
    for known, run in groupby(enumerate(pairs), key=lambda item: item[1] is not None):
        if known:
            points = [(rounded(n * CHART_WIDTH, last), pair) for n, pair in run if pair]
            if len(points) == 1:  # a dash, as the line has there
                points.append((points[0][0] + 2, points[0][1]))
            upper = [f"{x} {axis.y(high)}" for x, (_, high) in points]
            lower = [f"{x} {axis.y(low)}" for x, (low, _) in reversed(points)]
            path += f"M{' '.join(upper + lower)}z"
    return path


def cells(places: Sequence[tuple[int, int]]) -> str:
    """Squares of a calendar, each given by its column and row."""
    return "".join(f"M{x * CELL + 2} {y * CELL + 2}h{SQUARE}v{SQUARE}h-{SQUARE}z" for x, y in places)


def squares(places: Sequence[tuple[int, int]], side: int) -> str:
    """Squares amid the cells of a grid, each given by its column and row; `side` is odd, below CELL."""
    edge = (CELL - side) // 2
    return "".join(f"M{x * CELL + edge} {y * CELL + edge}h{side}v{side}h-{side}z" for x, y in places)


def glyphs(css: str, places: Sequence[tuple[int, int]]) -> str:
    """What tells a state's squares from others without colour; "" for a state without a sign."""
    sign = SIGNS.get(css, "")
    return "".join(f"M{x * CELL} {y * CELL}{sign}" for x, y in places) if sign else ""


def _line(values: Sequence[int | None], low: int, high: int, width: int, height: int) -> str:
    """Relative steps, as they are shorter: `M0 12l4-1 4 2`."""
    path, before = "", None
    last = len(values) - 1
    for n, value in enumerate(values):
        if value is None:
            before = None
            continue
        x = rounded(n * width, last) if last else 0
        y = height - rounded((value - low) * height, high - low)
        if before is None:
            alone = n == last or values[n + 1] is None
            path += f"M{x} {y}" + ("h2" if alone else "l")
        else:
            dx, dy = x - before[0], y - before[1]
            path += ("" if path[-1] == "l" else " ") + f"{dx}{'' if dy < 0 else ' '}{dy}"
        before = (x, y)
    return path
