"""The command that tells what warns of trouble to come."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from statuspage.cli.shared import echo, now_option, present, report
from statuspage.errors import left_out


@click.command("warnings", epilog="Example: statuspage warnings --format json")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@now_option
@click.pass_context
def warnings_(ctx: click.Context, form: str, now: datetime | None) -> None:
    """Tell what warns of trouble to come: slower answers, repeated checks, tokens a second, expiry, error budgets.

    Of each kind it says how many of its warnings of the last 400 days came true. Nothing is probed or written.
    """
    from statuspage.pipeline import foresee, open_project

    snapshot, found, problems = foresee(open_project(Path(), os.environ), present(now))
    report(problems)
    echo(_json(snapshot, found) if form == "json" else "\n".join(_text(snapshot, found)))
    ctx.exit(left_out(problems))


def _text(snapshot: Any, found: Any) -> Iterator[str]:
    from statuspage.foresight import NAMES, lacking, record, said, warnings

    names = {c.id: c.name for c in (*snapshot.components, *snapshot.hidden)}
    standing = warnings(snapshot)
    for one in standing:
        since = f"{one.since:%Y-%m-%d}" if one.since else "now"
        yield f"{since:<10}  {said(one, names[one.component])}"
        yield f"{'':<10}  of such warnings {record(snapshot.foresight.tracks.get(one.kind))}"
    if not standing:
        yield "nothing warns of trouble"
    for one in found.lacking:
        yield f"{'':<10}  {names[one.component]}, {NAMES[one.kind]}: {lacking(one.days)}"
    for kind, track in snapshot.foresight.tracks.items():
        if kind not in {one.kind for one in standing}:
            yield f"{'':<10}  {NAMES[kind]}: of earlier warnings {record(track)}"


def _json(snapshot: Any, found: Any) -> str:
    from statuspage.foresight import NEEDED, warnings

    tracks = snapshot.foresight.tracks
    value = {
        "at": _time(snapshot.now),
        "warnings": [
            {
                "kind": one.kind,
                "component": one.component,
                "since": _time(one.since),
                "now": one.now,
                "usual": one.usual,
            }
            for one in warnings(snapshot)
        ],
        "tracks": {
            kind: {"came_true": told.came_true, "judged": told.judged, "by_chance": told.by_chance}
            for kind, told in tracks.items()
        },
        "not_enough_data": [
            {"kind": one.kind, "component": one.component, "days": one.days, "needed": NEEDED}
            for one in found.lacking
        ],
        "past": [
            {
                "kind": one.kind,
                "component": one.component,
                "since": _time(one.since),
                "ended": _time(one.ended),
                "outcome": one.outcome,
                "trouble": _time(one.trouble),
            }
            for one in found.past
        ],
    }
    return json.dumps(value, indent=2)


def _time(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None
