"""Commands that do the page's work: probe, build, verify, publish."""

import os
import secrets
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import click

from statuspage.cli.log import note
from statuspage.cli.shared import (
    Length,
    Shard,
    echo,
    from_option,
    instant,
    keep,
    now_option,
    present,
    progress,
    put_site,
    report,
    say,
    site_option,
    swap_in,
    wall_clock,
)
from statuspage.cli.summary import summarize
from statuspage.errors import DONE, FAILED, INCOMPLETE, Problem, StatuspageError, left_out, nearest, worst


@click.command(epilog="Example: statuspage probe --for 4m --every 30s")
@click.option(
    "--fail-on",
    type=click.Choice(["degraded_performance", "partial_outage", "major_outage", "unknown"]),
    help="Exit 1 when a component is in this state or worse. Else a component that is down is no error.",
)
@from_option
@click.option("--for", "lasting", type=Length(), help="Go on asking for so long, with --every.")
@click.option("--every", type=Length(), help="Between two rounds, with --for.")
@click.option("--shard", type=Shard(), help="Ask the K-th of N parts of the components, with --out.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the answers into this file, for `statuspage merge`; the history is read, not changed.",
)
@click.option(
    "--explain",
    metavar="COMPONENT",
    help="Ask one component once, tell it step by step, keep nothing. Exits 1 when it is down or not measured.",
)
@now_option
@click.pass_context
def probe(
    ctx: click.Context,
    fail_on: str | None,
    vantage: str,
    lasting: timedelta | None,
    every: timedelta | None,
    shard: tuple[int, int] | None,
    out: Path | None,
    explain: str | None,
    now: datetime | None,
) -> None:
    """Ask every component that is due, and keep the answers in .status-data/."""
    from statuspage.pipeline import open_project

    if shard and not out:
        raise click.UsageError("--shard wants --out FILE: one machine alone keeps what all of them found")
    if out and (every or explain):
        raise click.UsageError("--out goes neither with --every nor with --explain")

    if (lasting is None) is not (every is None):
        raise click.UsageError("--for and --every belong together")
    if (now or explain) and every:
        raise click.UsageError("--for and --every go neither with --now nor with --explain")
    if explain:
        ctx.exit(_explain(open_project(Path(), os.environ), explain, now, vantage))
    if every:
        station = _stay(ctx, vantage, every, lasting)
        state, code = station.worst, station.exit_code
        project, own = station.project, station.newest
    else:
        project = open_project(Path(), os.environ)
        asked = _probe(ctx, project, now, vantage, shard=shard, out=out)
        project.records.keep(asked.round.id)
        state, code = asked.worst, left_out((*project.config.unset, *asked.lacking))
        own = asked.round
    if fail_on and state is not None:
        from statuspage.model import State

        code = worst(code, FAILED if state.severity >= State(fail_on).severity else DONE)
    summarize(ctx, project, present(now), code, own=own)
    ctx.exit(code)


@click.command(epilog="Example: statuspage build --out public")
@click.option("--out", type=click.Path(path_type=Path), default=Path("_site"), show_default=True)
@now_option
@click.pass_context
def build(ctx: click.Context, out: Path, now: datetime | None) -> None:
    """Make the site from the history and the incidents. The old one stays until the new one is whole."""
    from statuspage.pipeline import open_project

    project, moment = open_project(Path(), os.environ), present(now)
    code, built = put_site(ctx, project, out, moment)
    summarize(ctx, project, moment, code, snapshot=built.snapshot)
    ctx.exit(code)


@click.command(epilog="Example: statuspage run --every 60s --out public")
@click.option("--out", type=click.Path(path_type=Path), default=Path("_site"), show_default=True)
@from_option
@click.option("--every", type=Length(), help="Stay, and do it that often, until SIGTERM or Ctrl-C.")
@click.option(
    "--pull", is_flag=True, help="Before building, git pull: an incident may have come in while it probed."
)
@now_option
@click.pass_context
def run(
    ctx: click.Context,
    out: Path,
    vantage: str,
    every: timedelta | None,
    now: datetime | None,
    *,
    pull: bool,
) -> None:
    """Probe, then build: what a scheduled run does, or with --every a process that stays."""
    from statuspage.pipeline import open_project

    if every:
        if now or pull:
            raise click.UsageError("--every goes neither with --now nor with --pull")
        station = _stay(ctx, vantage, every, None, out)
        say(ctx, f"ended after {station.beats} beats")
        summarize(ctx, station.project, present(now), station.exit_code, own=station.newest)
        ctx.exit(station.exit_code)
    project = open_project(Path(), os.environ)
    asked = _probe(ctx, project, now, vantage)
    kept = keep(project, asked.round.id)  # before all that may go wrong with the page
    if pull:
        project, kept = _renewed(project, kept)
    undeclared = _declare(ctx, project, present(now))
    report(undeclared)
    made, built = put_site(ctx, project, out, present(now))
    code = worst(left_out(asked.lacking), kept, left_out(undeclared), made)
    summarize(ctx, project, built.snapshot.now, code, own=asked.round, snapshot=built.snapshot)
    ctx.exit(code)


@click.command(epilog="Example: statuspage verify")
@site_option
@click.pass_context
def verify(ctx: click.Context, site: Path) -> None:
    """Recompute every published figure and say how each came to be. Exits 1 on any difference."""
    from statuspage.pipeline import open_project
    from statuspage.verify import verify as recompute

    result = recompute(open_project(Path(), os.environ), site)
    say(ctx, *result.figures)
    for fault in result.faults:
        echo(fault, err=True)
    note(Problem(fault) for fault in result.faults)
    if result.faults:
        echo(f"{len(result.faults)} differences", err=True)
        ctx.exit(FAILED)
    echo(f"verified: {len(result.figures)} figures, no difference")


@click.command(epilog="Example: statuspage publish /var/www/status s3://my-bucket/status")
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@site_option
@click.option(
    "--changed",
    type=click.File("w", "utf-8", lazy=False),
    help="Write which addresses changed, one a line, so that a CDN can forget them.",
)
@now_option
@click.pass_context
def publish(
    ctx: click.Context, targets: tuple[str, ...], site: Path, changed: TextIO | None, now: datetime | None
) -> None:
    """Show the built site at each TARGET: a folder, s3://BUCKET/PREFIX, gs://… or az://CONTAINER/PREFIX.

    One target that fails stops no other. Hubs that the page names are told when a feed changed.
    """
    import asyncio

    from statuspage.publish import publish as put
    from statuspage.publish import purged, read_site
    from statuspage.websub import calls, tell

    files = read_site(site)
    outcome = put(files, targets, now=present(now), environ=os.environ)
    for target, one in outcome.done:
        counts = f"{len(one.changed)} changed, {len(one.removed)} removed"
        say(ctx, f"published {one.files} files to {target}: {counts}")
    report(outcome.problems)
    if changed:
        changed.writelines(f"{path}\n" for path in purged(outcome.changed | outcome.removed))
    if told := calls(files, outcome.changed):
        report(asyncio.run(tell(told)))
    ctx.exit(outcome.exit_code)


def named(project: Any, word: str) -> Any:
    """The component with that id or name."""
    known = {name: c for c in project.config.components for name in (c.name, c.id)}
    folded = {name.casefold(): c for name, c in known.items()}
    component = folded.get(word.strip().casefold())
    if component is None:
        raise click.UsageError(f"there is no component '{word}': {nearest(word, known)}")
    return component


def in_force(project: Any, now: datetime) -> tuple[Any, ...]:
    """The mutes that hold now. A log may be public: only a terminal is told their reasons."""
    from statuspage.archive import read_ledger
    from statuspage.mutes import mutes

    return mutes(read_ledger(project.records)[0], project.config.components, now)


def _probe(
    ctx: click.Context,
    project: Any,
    now: datetime | None,
    vantage: str,
    *,
    shard: tuple[int, int] | None = None,
    out: Path | None = None,
) -> Any:
    """One round, kept: in the history, or in the file `out`."""
    from statuspage.pipeline import probe_once
    from statuspage.rounds import Run

    moment = present(now)
    clock = wall_clock if now is None else lambda: moment
    show = progress(ctx, "probing")
    run = Run(name=_run_name(), clock=clock, vantage=vantage, shard=shard, progress=show)
    asked = probe_once(project, moment, run, out)
    report((*project.config.unset, *asked.lacking))
    say(ctx, *asked.lines, *map(str, in_force(project, moment)))
    return asked


def _renewed(project: Any, code: int) -> tuple[Any, int]:
    """The project with the remote's newest files and `code`; told, as it is, when they cannot be had or read."""
    from dataclasses import replace

    from statuspage.authoring import pull
    from statuspage.pipeline import open_project

    try:
        pull(Path())
        return replace(open_project(Path(), os.environ), records=project.records), code
    except StatuspageError as error:
        report(error.problems)
        return project, worst(code, INCOMPLETE)


def _declare(ctx: click.Context, project: Any, now: datetime) -> tuple[Problem, ...]:
    """Write the incidents that the checks declare; what cannot be written does not keep the page from being made."""
    if project.config.incidents.auto == "off":  # the usual case loads nothing
        return ()
    from statuspage.declare import declare

    declared = declare(project, now)
    say(ctx, *(f"wrote {path}" for path in declared.paths))
    return declared.problems


def _stay(
    ctx: click.Context,
    vantage: str,
    every: timedelta,
    lasting: timedelta | None,
    out: Path | None = None,
) -> Any:
    """Rounds on a beat, with a site in `out` after each, until the time is up or a signal comes."""

    def site(folder: Path, project: Any, now: datetime) -> Any:
        return (*_declare(ctx, project, now), *swap_in(project, folder, now).problems)

    from statuspage.beat import Station, on_the_beat, until_told
    from statuspage.pipeline import open_project
    from statuspage.rounds import Run

    run = Run(name=_run_name(), clock=instant, vantage=vantage, beat=every)
    say(ctx, *map(str, in_force(open_project(Path(), os.environ), instant())))
    station = Station(
        lambda: open_project(Path(), os.environ),
        run,
        say=lambda line: say(ctx, line),
        report=report,
        build=None if out is None else partial(site, out),
    )
    until_told(on_the_beat(station.beat, every, clock=run.clock, sleep=run.sleep, lasting=lasting))
    return station


def _run_name() -> str:
    return os.environ.get("STATUSPAGE_RUN") or secrets.token_hex(4)


def _explain(project: Any, word: str, now: datetime | None, vantage: str) -> int:
    import asyncio
    import shutil

    from statuspage.explain import explained
    from statuspage.model import Verdict
    from statuspage.redaction import Redactor
    from statuspage.rounds import Run, ask_alone

    component = named(project, word)
    moment = present(now)
    run = Run(name=_run_name(), clock=wall_clock if now is None else lambda: moment, vantage=vantage)
    told = asyncio.run(ask_alone(project.config, component, run))
    mask, width = Redactor(project.config.secrets).text, shutil.get_terminal_size().columns
    for n, (one, reading) in enumerate(told):
        for line in (*([""] if n else []), *explained(one, reading, mask, width)):
            echo(line)
    for mute in (one for one in in_force(project, moment) if one.component == component.id):
        echo(f"\n{mask(str(mute))}: no message tells of it")
    well = (Verdict.UP, Verdict.DEGRADED)
    return 0 if all(reading.verdict in well for _, reading in told) else FAILED
