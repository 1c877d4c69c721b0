"""What drills came to: as a table, as JSON, and as facts of the ledger."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from statuspage.drill.play import Result
from statuspage.drill.surfaces import API, BADGE, FEED, MESSAGE, PAGE
from statuspage.intervals import seconds
from statuspage.model import Fact
from statuspage.rehearsals import LEDGER_KIND

SURFACES = (PAGE, API, BADGE, FEED, MESSAGE)
MINUTE = timedelta(minutes=1)


def table(done: Sequence[tuple[Result, Sequence[str]]], names: Mapping[str, str]) -> str:
    """A line for each drill, and below it what was not as it must be. `names`: of components, by id."""
    head = ("fault", "component", "detected", "named", *SURFACES, "back", "")
    rows = [head, *(_row(result, unmet, names) for result, unmet in done)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(head))]
    lines: list[str] = []
    for row, unmet in zip(rows, [(), *(unmet for _, unmet in done)], strict=True):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        lines += [f"    {one}" for one in unmet]
    return "\n".join(lines)


def as_json(done: Sequence[tuple[Result, Sequence[str]]]) -> str:
    """Spans are seconds from the beginning of the fault, `recovered_s` from its end; null: it did not happen."""
    rows = [
        {
            "component": result.order.component,
            "fault": str(result.order.fault),
            "passed": not unmet,
            "rounds": result.rounds,
            "state": result.state and str(result.state),
            "code": result.code or None,
            **_spans(result),
            "fell_back_s": _in_seconds(result.fell_back),
            "said_s": {where: _in_seconds(result.told.get(where)) for where in SURFACES},
            "amiss": list(unmet),
        }
        for result, unmet in done
    ]
    return json.dumps({"drills": rows}, indent=2)


def noted(result: Result, unmet: Sequence[str]) -> Fact:
    """The fact that a drill took place, for the ledger."""
    value: dict[str, Any] = {"fault": str(result.order.fault), "passed": not unmet, **_spans(result)}
    return Fact(kind=LEDGER_KIND, key=result.order.component, at=result.at, value=value)


def _spans(result: Result) -> dict[str, int | None]:
    return {
        "detected_s": _in_seconds(result.detected),
        "told_s": _in_seconds(result.told.get(MESSAGE)),
        "recovered_s": _in_seconds(result.recovered),
    }


def _row(result: Result, unmet: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    rounds = f", round {result.rounds}" if result.rounds else ""
    return (
        str(result.order.fault),
        names.get(result.order.component, result.order.component),
        f"{_length(result.detected)}{rounds}",
        result.code or "-",
        *(_length(result.told.get(where)) for where in SURFACES),
        _length(result.recovered),
        "not as it must be" if unmet else "right" + _failover(result, names),
    )


def _failover(result: Result, names: Mapping[str, str]) -> str:
    other = result.order.fallback
    return f", {names.get(other, other)} after {_length(result.fell_back)}" if other else ""


def _length(took: timedelta | None) -> str:
    if took is None:
        return "-"
    return f"{took // MINUTE} min" if not took % MINUTE else f"{seconds(took)} s"


def _in_seconds(took: timedelta | None) -> int | None:
    return None if took is None else seconds(took)
