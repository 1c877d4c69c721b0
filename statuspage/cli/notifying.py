"""The command that tells people, and those that say what it told."""

import getpass
import os
import secrets
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from statuspage.cli.shared import Length, echo, now_option, present, report, say, wall_clock
from statuspage.cli.summary import summarize_told
from statuspage.errors import DONE, Problem, StatuspageError, left_out, nearest


@click.group(invoke_without_command=True, epilog="Example: statuspage notify --dry-run")
@click.option("--dry-run", is_flag=True, help="Say what each target would be told and what not, and why.")
@click.option("--test", "test", metavar="NAME", help="Send a message to that target that says it is a test.")
@click.option("--wait", type=Length(), help="How long to wait for the public page to show the news.")
@now_option
@click.pass_context
def notify(
    ctx: click.Context, test: str | None, wait: timedelta | None, now: datetime | None, *, dry_run: bool
) -> None:
    """Tell the targets under notify: what has happened and they have not been told yet.

    Run it after publishing. What it has told stands in the history, so that nothing is told twice.
    """
    if ctx.invoked_subcommand:
        return
    if (dry_run and (test or wait)) or (test and wait):
        raise click.UsageError("--dry-run, --test and --wait do not go together")
    if now and wait:
        raise click.UsageError("--now does not go with --wait")
    office = _office(now)
    if test:
        ctx.exit(_try_out(ctx, office, test))
    unset = [*_unset(office.project)]
    report(unset)
    if dry_run:
        _rehearse(office)
        ctx.exit(left_out(unset))
    ctx.exit(_tell(ctx, office, wait or timedelta(0), unset))


@notify.command("list", epilog="Example: statuspage notify list --last 30d")
@click.option("--last", type=Length(), default="7d", show_default=True, help="How far to look back.")
@now_option
def list_(last: timedelta, now: datetime | None) -> None:
    """List what became of each message at each target, and when alarms were acknowledged."""
    from statuspage.notify.desk import answered, listed

    project, since = _open(), present(now) - last
    rows = [_row(one) for one in listed(project, since)]
    rows += [
        f"{at:%Y-%m-%d %H:%M}  acknowledged  {thread} by {by}{_after(took)}"
        for thread, (at, by, took) in answered(project).items()
        if at >= since
    ]
    echo("\n".join(sorted(rows)) or "nothing was told")


@notify.command(epilog="Example: statuspage notify ack chat-engine")
@click.argument("alarm", default="")
@click.option("--by", help="Who sees to it; your login, if not given.")
@now_option
@click.pass_context
def ack(ctx: click.Context, alarm: str, by: str | None, now: datetime | None) -> None:
    """Say that somebody sees to ALARM, so that it does not go on to the next target.

    A part of its name is enough, and nothing when one alone rings.
    """
    from statuspage.notify.desk import acknowledge

    thread = acknowledge(_open(), alarm, by or getpass.getuser(), present(now))
    say(ctx, f"{thread} is acknowledged")


# --- parts -------------------------------------------------------------------------------------


def _open() -> Any:
    from statuspage.pipeline import open_project

    return open_project(Path(), os.environ)


def _office(now: datetime | None) -> Any:
    from statuspage.notify.desk import Office

    clock = wall_clock if now is None else lambda: now
    return Office(_open(), secrets.token_hex(6), clock, time.sleep)


def _unset(project: Any) -> list[Problem]:
    """Secrets of targets, which are told nothing then. Those of probes are other runs' business."""
    from dataclasses import replace

    found = [p for p in project.config.unset if p.warning or not p.what.endswith("not set")]
    return [replace(problem, warning=False) for problem in found]


def _tell(ctx: click.Context, office: Any, wait: timedelta, unset: list[Problem]) -> int:
    from statuspage.notify.desk import tell

    outcome = tell(office, wait)
    report(outcome.problems)
    told = [one for one in outcome.told if one.delivery.sent]
    say(ctx, *(f"told {one.sending.target.name}: {one.subject}" for one in told))
    if not office.project.config.notify and not unset:
        say(ctx, "there is nobody to tell: notify: in components.yaml names no target")
    elif not outcome.told:
        say(ctx, "nothing to tell")
    summarize_told(outcome)
    return left_out((*unset, *outcome.problems))


def _rehearse(office: Any) -> None:
    from statuspage.notify.desk import rehearse
    from statuspage.notify.letters import letter
    from statuspage.notify.run import worded

    plan, words = rehearse(office)
    for target in office.project.config.notify:
        echo(f"{target.name} ({target.channel}, {target.audience})")
        sendings = [one for one in plan.sendings if one.target.name == target.name]
        for sending in sendings:
            message = letter(sending, worded(sending, words))
            echo(f"  would be told: {message.subject}\n    {sending.key}: {sending.why}")
        reasons = [one for one in plan.reasons if one.target == target.name]
        for reason in reasons:
            echo(f"  not told: {reason.key}\n    {reason.why}")
        if not sendings and not reasons:
            echo("  nothing to tell")


def _try_out(ctx: click.Context, office: Any, name: str) -> int:
    from statuspage.notify.desk import try_out

    targets = {target.name: target for target in office.project.config.notify}
    if name not in targets:
        report(_unset(office.project))
        raise click.UsageError(
            f"there is no target '{name}': {nearest(name, targets) if targets else 'notify: names none'}"
        )
    delivery = try_out(office, targets[name])
    if not delivery.sent:
        raise StatuspageError(
            f"{name} did not take the test message: {delivery.detail}",
            where=targets[name].where,
            mend="look at the address, the secret and the rights that it names",
        )
    say(ctx, f"{name} took the test message")
    return DONE


def _row(one: Any) -> str:
    tried = f", try {one.tries}" if one.tries > 1 else ""
    again = f", next at {one.next:%H:%M}" if one.next else ""
    inside = f" in {one.told_as}" if one.told_as else ""
    why = f": {one.why}" if one.why else ""
    return f"{one.at:%Y-%m-%d %H:%M}  {one.status:<12}  {one.key} → {one.target}{inside}{tried}{again}{why}"


def _after(took: timedelta | None) -> str:
    return "" if took is None else f" after {max(took, timedelta(0)) // timedelta(minutes=1)} min"
