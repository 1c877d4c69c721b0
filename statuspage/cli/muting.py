"""Commands that hold the messages about a component for a while."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from statuspage.cli.running import in_force, named
from statuspage.cli.shared import Length, echo, now_option, present, say
from statuspage.errors import StatuspageError


@click.command(epilog='Example: statuspage mute chat-engine --for 2h --why "We move it to another host."')
@click.argument("components", metavar="[COMPONENT...]", nargs=-1)
@click.option("--for", "lasting", type=Length(), help="How long, such as 2h; 30 days at most.")
@click.option("--why", default="", help="For you and your team: the page does not show it.")
@now_option
@click.pass_context
def mute(
    ctx: click.Context, components: tuple[str, ...], lasting: timedelta | None, why: str, now: datetime | None
) -> None:
    """Hold the messages about COMPONENT for a while. It is probed and shown as ever; the mute ends by itself.

    Without a component: list the mutes in force, when they end and why they are.
    """
    from statuspage.archive import write_facts
    from statuspage.mutes import LONGEST, muted

    project, moment = _open(), present(now)
    if not components:
        if lasting or why:
            raise click.UsageError("name the component that is to be muted")
        echo("\n".join(_listed(project, moment)) or "nothing is muted")
        return
    if lasting is None or not (why := " ".join(why.split())):
        raise click.UsageError("say how long and why: --for 2h --why 'We move it to another host.'")
    if lasting > LONGEST:
        raise click.UsageError(f"at most {LONGEST.days} days: what is muted for longer is forgotten")
    if not why.isprintable() or len(why) > 500:
        raise click.UsageError("the reason is one line of at most 500 characters that can be printed")
    ids = _ids(project, components)
    write_facts(project.records, [muted(id_, moment, moment + lasting, why) for id_ in ids])
    project.records.keep("mute")
    say(ctx, *(str(one) for one in in_force(project, moment) if one.component in ids))


@click.command(epilog="Example: statuspage unmute chat-engine")
@click.argument("components", metavar="COMPONENT...", nargs=-1, required=True)
@now_option
@click.pass_context
def unmute(ctx: click.Context, components: tuple[str, ...], now: datetime | None) -> None:
    """End a mute before its time."""
    from statuspage.archive import write_facts
    from statuspage.mutes import unmuted

    project, moment = _open(), present(now)
    ids = _ids(project, components)
    held = {one.component: one.name for one in in_force(project, moment)}
    if idle := [id_ for id_ in ids if id_ not in held]:
        raise StatuspageError(f"not muted: {', '.join(idle)}", mend="`statuspage mute` lists what is")
    write_facts(project.records, [unmuted(id_, moment) for id_ in ids])
    project.records.keep("unmute")
    say(ctx, *(f"{held[id_]} is not muted any more" for id_ in ids))


def _open() -> Any:
    from statuspage.pipeline import open_project

    return open_project(Path(), os.environ)


def _ids(project: Any, words: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(named(project, word).id for word in words))


def _listed(project: Any, now: datetime) -> list[str]:
    return [f"{one}: {one.why}" for one in in_force(project, now)]
