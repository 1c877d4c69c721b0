"""What the commands for incidents share: words, moments to come, the desk, and options as one value."""

import os
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from statuspage.cli.shared import present
from statuspage.errors import StatuspageError, nearest

NOT_KNOWN_YET = "not known yet"
IMPACTS = ("none", "minor", "major", "critical")
CAUSES = ("infrastructure", "network", "configuration", "software", "external", "unknown")
STATES = ("operational", "degraded_performance", "partial_outage", "major_outage")
INCIDENT_WORDS = ("investigating", "identified", "monitoring")


class When(click.ParamType[Any]):
    """A moment to come: in a while, at a time, or not known yet."""

    name = "WHEN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """A datetime, a timedelta from now, or NOT_KNOWN_YET."""
        from statuspage.incidents.times import moment
        from statuspage.yamlfile import parse_duration

        text = " ".join(str(value).lower().removeprefix("in ").removeprefix("+").split())
        if isinstance(value, (datetime, timedelta)) or text in (NOT_KNOWN_YET, "unknown", "?"):
            return value if isinstance(value, (datetime, timedelta)) else NOT_KNOWN_YET
        try:
            return parse_duration(text)
        except ValueError:
            pass
        try:
            return moment(str(value))
        except StatuspageError as error:
            self.fail(f"{error}; or a while from now such as 45m, or '{NOT_KNOWN_YET}'", param, ctx)


def desk_at(now: datetime | None, root: Path | None = None) -> Any:
    """Where the incident files of the page in `root` are written, to the minute."""
    from statuspage.authoring import Desk
    from statuspage.pipeline import open_project

    project = open_project(root or Path(), os.environ)
    return Desk(project.root, project.config, present(now).replace(second=0))


def as_said(desk: Any, said: Mapping[str, Any], usual: str = "") -> Any:
    """The options as one value; `usual` is the text when none is given."""
    from statuspage.authoring import Said

    told = {key: value for key, value in said.items() if value not in (None, "", ())}
    text = _text(told.pop("text", "")) or usual
    if not text:
        raise click.UsageError("an update says something: --text 'What is new'")
    for key in ("eta", "next_update"):
        if isinstance(told.get(key), timedelta):
            told[key] = (desk.now + told[key]).replace(second=0)
    told["components"] = dict(component(desk, word) for word in told.pop("components", ()))
    return Said(at=desk.now, text=text, **told)


def component(desk: Any, word: str) -> tuple[str, str]:
    """`chat-engine=partial_outage` as id and state; the id may be the name, the state may be left out."""
    name, _, state = (part.strip() for part in word.partition("="))
    ids = {key.casefold(): c.id for c in desk.config.components for key in (c.id, c.name)}
    if name.casefold() not in ids:
        raise click.UsageError(f"unknown component '{name}': {nearest(name, sorted(set(ids.values())))}")
    if state and state not in STATES:
        raise click.UsageError(f"unknown state '{state}': {nearest(state, STATES)}")
    return ids[name.casefold()], state


def _text(given: str) -> str:
    return sys.stdin.read().strip() if given == "-" else given.strip()
