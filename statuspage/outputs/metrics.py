"""`metrics.prom`: the snapshot for the team's own monitoring, in OpenMetrics 1.0 text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from statuspage.model import MEASURES, ComponentStatus, Impact, Snapshot, State
from statuspage.uptime import coverage, ratio

ANSWERS = {State.OPERATIONAL: 1, State.DEGRADED: 1, State.PARTIAL: 0, State.MAJOR: 0}
"""`up` of each state; the others have none: nothing is claimed of what was not measured."""

Labels = dict[str, str]
Sample = tuple[str, Labels, float]  # suffix of the name, labels, value


@dataclass(frozen=True, slots=True)
class Family:
    """Samples under one name. `name` ends with the unit, when there is one."""

    name: str
    type: str
    help: str
    samples: tuple[Sample, ...]
    unit: str = ""

    def lines(self) -> Iterator[str]:
        """OpenMetrics 1.0, "MetricFamily" and "Text format": metadata first, then the samples, none interleaved."""
        yield f"# TYPE {self.name} {self.type}"
        if self.unit:
            yield f"# UNIT {self.name} {self.unit}"
        yield f"# HELP {self.name} {_escaped(self.help)}"
        for suffix, labels, value in self.samples:
            told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
            yield f"{self.name}{suffix}{f'{{{told}}}' if told else ''} {value}"


def metrics(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """One file. Families without a sample are left out."""
    found = [family for family in (*_page(snapshot), *_components(snapshot.components)) if family.samples]
    lines = [line for family in found for line in family.lines()]
    yield "metrics.prom", "\n".join([*lines, "# EOF", ""]).encode("utf-8", "replace")


def _page(snapshot: Snapshot) -> Iterator[Family]:
    yield Family(
        "statuspage_state",
        "stateset",
        "The worst state of all components and open incidents.",
        tuple(_states("statuspage_state", {}, snapshot.state)),
    )
    open_ = snapshot.open_incidents
    yield Family(
        "statuspage_incidents_open",
        "gauge",
        "Incidents that are not resolved, by impact.",
        tuple(("", {"impact": str(i)}, sum(one.impact is i for one in open_)) for i in Impact),
    )
    for name, help_, at in (
        ("measured", "When the newest sample was taken.", snapshot.measured),
        ("valid_until", "Past it the page calls itself old.", snapshot.valid_until),
    ):
        yield Family(
            f"statuspage_{name}_timestamp_seconds",
            "gauge",
            help_,
            (("", {}, _timestamp(at)),) if at else (),
            unit="seconds",
        )


def _components(components: Iterable[ComponentStatus]) -> Iterator[Family]:
    known = [({"component": c.id}, c) for c in components]
    name = "statuspage_component"
    yield Family(
        name,
        "info",
        "What a component is called and where it stands.",
        tuple(("_info", {**own, "name": c.name, "group": c.group or ""}, 1) for own, c in known),
    )
    yield Family(
        f"{name}_state",
        "stateset",
        "Its state, the worse of what probes see and what incidents declare.",
        tuple(sample for own, c in known for sample in _states(f"{name}_state", own, c.state)),
    )
    yield Family(
        f"{name}_up",
        "gauge",
        "1 operational or degraded, 0 partial or major outage; absent when not measured or under maintenance.",
        tuple(("", own, ANSWERS[c.state]) for own, c in known if c.state in ANSWERS),
    )
    yield Family(
        f"{name}_latency_seconds",
        "gauge",
        "Median of the last 24 hours.",
        tuple(("", own, c.latency.total_seconds()) for own, c in known if c.latency is not None),
        unit="seconds",
    )
    yield Family(
        f"{name}_checked_timestamp_seconds",
        "gauge",
        "When its newest sample was taken.",
        tuple(("", own, _timestamp(c.checked)) for own, c in known if c.checked),
        unit="seconds",
    )
    for word, help_, share in (
        ("uptime", "Availability in the measured part of a window; absent when nothing was measured.", ratio),
        ("coverage", "The measured part of a window.", coverage),
    ):
        shares = ((own, window, share(u)) for own, c in known for window, u in c.uptimes.items())
        yield Family(
            f"{name}_{word}_ratio",
            "gauge",
            help_,
            tuple(("", {**own, "window": w}, _float(s)) for own, w, s in shares if s is not None),
            unit="ratio",
        )
    yield Family(
        f"{name}_fallback_ratio",
        "gauge",
        "Share of its last conversations, 20 at most, in which it did not understand.",
        tuple(("", own, _float(Fraction(*c.fell_back))) for own, c in known if c.fell_back),
        unit="ratio",
    )
    yield from _measures(known)


def _measures(known: Sequence[tuple[Labels, ComponentStatus]]) -> Iterator[Family]:
    """What the newest sample of a component measured beside its latency, each figure in its base unit."""
    for name, unit in MEASURES.items():
        seconds = {"ms": 1000, "s": 1}.get(unit)
        yield Family(
            f"statuspage_component_{name}{'_seconds' if seconds else ''}",
            "gauge",
            f"The figure {name} of its newest sample.",
            tuple(
                ("", own, c.measures[name] / seconds if seconds else c.measures[name])
                for own, c in known
                if name in c.measures
            ),
            unit="seconds" if seconds else "",
        )


def _states(name: str, labels: Labels, present: State) -> Iterator[Sample]:
    """A stateset has a sample for each state, labelled with its own name."""
    for state in State:
        yield "", {**labels, name: str(state)}, int(state is present)


def _timestamp(at: datetime) -> int:
    return int(at.timestamp())


def _float(share: Fraction) -> int | float:
    return int(share) if share.denominator == 1 else float(share)


def _escaped(text: str) -> str:
    """OpenMetrics 1.0, ABNF `escaped-string`; control characters are left out."""
    shown = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", "", text)
    return shown.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
