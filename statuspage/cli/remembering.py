"""Commands that tell what is known from before: alike incidents, and what reports left to be done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from statuspage.cli.saying import CAUSES, desk_at
from statuspage.cli.shared import echo, now_option


@click.command("similar", epilog="Example: statuspage incident similar 'no answers on WhatsApp'")
@click.argument("text")
@click.option("--component", "components", multiple=True, metavar="ID")
@click.option("--cause-class", type=click.Choice(CAUSES))
@now_option
def similar_incidents(
    text: str, components: Sequence[str], cause_class: str | None, now: datetime | None
) -> None:
    """Show the three earlier incidents that read most like TEXT, and what fixed them."""
    found = _similar(desk_at(now), {"title": text, "components": components, "cause_class": cause_class})
    echo("\n".join(found) or "no incident reads like that")


@click.command("actions", epilog="Example: statuspage incident actions")
@click.option("--all", "every", is_flag=True, help="Those that are done too.")
@now_option
def list_actions(*, every: bool, now: datetime | None) -> None:
    """List the actions of the published post-incident reports that are late or open, the late ones first."""
    from statuspage.knowledge import to_do

    desk = desk_at(now)
    known = [
        (one.id, action)
        for one in desk.all("incident")
        for update in one.updates
        if not update.draft
        for action in update.actions
    ]
    today = desk.now.astimezone(ZoneInfo(desk.config.page.timezone)).date()
    shown = [one for one in to_do(known, today) if every or not one.action.done]
    for one in shown:
        echo(_line(one))
    if not shown:
        echo("no report has actions" if every else "no action is open")


def likest(desk: Any, said: Mapping[str, Any], but: str) -> tuple[str, ...]:
    """Lines for the terminal of whoever opens an incident; none where nothing is alike."""
    found = _similar(desk, said, but)
    return ("alike, and what fixed it:", *found) if found else ()


def _similar(desk: Any, said: Mapping[str, Any], but: str = "") -> tuple[str, ...]:
    from statuspage.knowledge import similar

    parts = [part.partition("=")[0] for part in said.get("components") or ()]
    facts = [said.get(key) or "" for key in ("title", "cause", "cause_class")]
    text = said.get("text") or ""
    return tuple(
        f"  {one.id}  {one.title}\n    {one.fixed or 'what fixed it is not written'}"
        for one in similar(desk, [*facts, *parts, *said.get("tags", ())], text, but)
    )


def _line(one: Any) -> str:
    action = one.action
    state = "done" if action.done else "late" if one.late else "open"
    due = f"due {action.due}" if action.due else "no date"
    return f"{state}  {due}  {action.owner or 'nobody'}  {action.text}  ({one.incident})"
