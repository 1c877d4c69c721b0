"""The command that writes a correction: what the checks judged wrongly, or did not see."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from statuspage.cli.incidents import hand_on, kept
from statuspage.cli.saying import desk_at
from statuspage.errors import nearest

STATES = ("degraded_performance", "partial_outage", "major_outage")


@click.command(
    epilog="Example: statuspage correct chat-engine --annul '2026-11-20 14:00 .. 14:25 UTC' --reason 'Our firewall.'"
)
@click.argument("components", metavar="COMPONENT...", nargs=-1, required=True)
@click.option("--annul", metavar="WINDOW", help="Time of a false alarm: '2026-11-20 14:00 .. 14:25 UTC'.")
@click.option("--outage", metavar="WINDOW", help="Time of an outage that the checks did not see.")
@click.option(
    "--was",
    type=click.Choice(("operational",)),
    help="Of a false alarm: somebody saw it work. It is not measured, if not given.",
)
@click.option("--state", type=click.Choice(STATES), help="Of an outage: major_outage, if not given.")
@click.option("--reason", default="", help="One sentence that readers will see.")
@click.option("--author", default="", help="Whom readers may ask; git's user.name, if not given.")
@click.option("--id", "name", default="", help="The file's name; by day and component, if not given.")
@kept
@click.pass_context
def correct(
    ctx: click.Context,
    /,
    *,
    components: tuple[str, ...],
    annul: str | None,
    outage: str | None,
    was: str | None,
    state: str | None,
    reason: str,
    author: str,
    name: str,
    now: datetime | None,
    commit: bool,
    push: bool,
) -> None:
    """Annul a false alarm of COMPONENT, or add an outage that the checks did not see.

    Writes a file in incidents/corrections/. What was measured stays in the history; the uptime follows the
    correction, and the page shows it with its reason and its author.
    """
    from statuspage.authoring import Claim
    from statuspage.authoring import author as git_author
    from statuspage.authoring import correct as write
    from statuspage.incidents.times import shortened

    if (annul is None) is (outage is None):
        raise click.UsageError("say one of the two: --annul WINDOW or --outage WINDOW")
    if (annul is None and was) or (outage is None and state):
        raise click.UsageError("--was goes with --annul, --state with --outage")
    if not reason.strip():
        raise click.UsageError("readers want to know why: --reason 'One sentence.'")
    author = author.strip() or git_author(Path())
    if not author:
        raise click.UsageError("a correction has an author: --author 'Ann Lee'")
    desk = desk_at(now)
    claim = Claim(
        components=_ids(desk, components),
        kind="annul" if annul is not None else "outage",
        window=annul or outage or "",
        state=was or state or "",
        author=author,
        reason=reason,
    )
    path = write(desk, claim, name)
    hand_on(
        ctx, path, f"Correct {', '.join(claim.components)}: {shortened(reason)}", commit=commit, push=push
    )


def _ids(desk: Any, words: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of components that are named by id, former id or name."""
    from statuspage.incidents import Names

    known = desk.config.components
    names = Names({c.id: c.name for c in known}, {old: c.id for c in known for old in c.was})
    found: dict[str, None] = {}
    for word in words:
        id_ = names.id(word.strip())
        if id_ is None:
            raise click.UsageError(f"unknown component '{word}': {nearest(word, names.components)}")
        found[id_] = None
    return tuple(found)
