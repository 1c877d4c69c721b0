"""Recompute every published figure from the history and the incidents, and say how each came to be."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from statuspage import history as lines
from statuspage import rollup
from statuspage.archive import CLOCK, ONE_DAY, raw_day, read_ledger, read_rounds
from statuspage.errors import StatuspageError, Where
from statuspage.lines import read_lines
from statuspage.model import ComponentStatus, Correction, Snapshot, State, Uptime
from statuspage.outputs.wire import stamp
from statuspage.pipeline import Project, build_site
from statuspage.publish import read_site
from statuspage.uptime import percent, ratio


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was recomputed, line by line, and what differs."""

    figures: tuple[str, ...]
    faults: tuple[str, ...]


def verify(project: Project, site: Path) -> Verdict:
    """Check each checksum, each closed day against its raw rounds, each published file against a rebuild."""
    faults = [*_broken_lines(project)]
    if faults:
        return Verdict((), tuple(faults))
    published = read_site(site)
    now = _generated_at(published, site)
    faults += _wrong_days(project, now)
    built = build_site(project, now, write=False)
    for path in sorted({*published, *built.files}):
        if path not in built.files:
            faults.append(f"{path}: published, but nothing makes it now")
        elif path not in published:
            faults.append(f"{path}: missing in the site")
        elif published[path] != built.files[path]:
            faults.append(f"{path}: differs from what the history and the incidents give")
    return Verdict(tuple(_figures(built.snapshot)), tuple(faults))


def _broken_lines(project: Project) -> Iterator[str]:
    """One sentence for each file with a line whose checksum does not hold, its last line included."""
    for path in project.records.list(""):
        if not path.endswith(".ndjson"):
            continue
        data = project.records.read(path) or b""
        try:
            _, trouble = read_lines(data, f".status-data/{path}")
        except StatuspageError as error:
            yield str(error)
            continue
        yield from (f"{problem.where}: {problem.what}" for problem in trouble)


def _wrong_days(project: Project, now: datetime) -> Iterator[str]:
    """Days closed by `now` whose raw rounds are still kept, the days around them too, and give something else."""
    records = project.records
    raw = records.list("raw/")
    if not raw:
        return
    first, last = raw_day(raw[0]), min(raw_day(raw[-1]), rollup.last_over(now) + ONE_DAY)
    left_out = read_ledger(records)[0].facts(CLOCK)
    for path in records.list("days/"):
        days, _ = lines.decode_days(records.read(path) or b"", path)
        for day in sorted({d.day for d in days}):
            if not first < day < last:
                continue  # the day before it is gone, or the day after it has not begun
            kept = {d.component: d for d in days if d.day == day}
            rounds = read_rounds(records, day - ONE_DAY, day + ONE_DAY, [], left_out)
            again, _ = rollup.close({c: d.rules for c, d in kept.items()}, rounds, day)
            given = {d.component: d for d in again}
            for component in sorted({*kept, *given}):
                if kept.get(component) != given.get(component):
                    yield f".status-data/{path}: {day} {component} differs from its raw rounds"


def _generated_at(published: dict[str, bytes], site: Path) -> datetime:
    try:
        stamp = json.loads(published["api/status.json"])["generated_at"]
        return datetime.fromisoformat(stamp)
    except (KeyError, ValueError, TypeError):
        raise StatuspageError(
            "api/status.json does not say when it was generated",
            where=Where(str(site)),
            mend="build the site again",
        ) from None


def _figures(snapshot: Snapshot) -> Iterator[str]:
    for component in snapshot.components:
        for window, figure in component.uptimes.items():
            yield f"{component.id} {window}: {_how(figure, snapshot)}"
        yield f"{component.id} state: {component.state} ({_why(component)})"
        yield from (f"{component.id} corrected: {_said(one)}" for one in component.corrections)


def _how(figure: Uptime, snapshot: Snapshot) -> str:
    """The formula with its integers, and the result."""
    share = ratio(figure)
    span = f"measured {figure.measured} of {figure.window} s"
    span += f", {figure.excluded} s of announced maintenance left out" if figure.excluded else ""
    span += f", {figure.corrected} s corrected" if figure.corrected else ""
    if share is None:
        return f"{span} = not measured"
    down, told = (_weighted(some, snapshot) for some in (figure.down, figure.told))
    whole = " + ".join(part for part in (f"{figure.measured} s", told) if part)
    lost = " + ".join(part for part in (down, told) if part) or "0 s"
    return f"{span}; 1 - ({lost}) / {f'({whole})' if told else whole} = {percent(share)} %"


def _weighted(seconds: Mapping[State, int], snapshot: Snapshot) -> str:
    return " + ".join(
        f"{seconds[state]} s {state} x {snapshot.weights.get(state, 0)} %"
        for state in (State.DEGRADED, State.PARTIAL, State.MAJOR)
        if seconds.get(state)
    )


def _said(one: Correction) -> str:
    held = f"{one.state}" if not one.annuls else f"a false alarm, counted as {_FALSE[one.state]}"
    return f"{stamp(one.start)} to {stamp(one.end)} {held} ({one.id}, by {one.author}: {one.reason})"


_FALSE = {State.UNKNOWN: "not measured", State.OPERATIONAL: "operational"}


def _why(component: ComponentStatus) -> str:
    seen = [f"{state} from {place or 'a place without a name'}" for place, state in component.places.items()]
    declared = component.state is not component.probed
    parts = [f"probed {component.probed}" if declared else "as probed", component.code, *seen]
    told = ", ".join(part for part in parts if part)
    return f"{told}; the rest was declared in a file" if declared else told
