"""Commands that look after the store."""

import asyncio
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from statuspage.cli.shared import echo, now_option, present, report, say
from statuspage.errors import DONE, FAILED, INCOMPLETE, StatuspageError, Where


@click.group(epilog="Example: statuspage store verify")
def store() -> None:
    """Look after the store that holds the history: verify, compact, repair, copy, restore."""


@store.command(epilog="Example: statuspage --store branch store verify")
@now_option
@click.pass_context
def verify(ctx: click.Context, now: datetime | None) -> None:
    """Read all of it: is each line whole, ours and in its place? Exits 1 when one is not."""
    from statuspage.upkeep import survey

    found = survey(_records(), present(now))
    report(found.problems)
    span = (
        f", rounds from {found.first:%Y-%m-%d %H:%M} to {found.last:%Y-%m-%d %H:%M} UTC"
        if found.first
        else ""
    )
    say(ctx, ", ".join(f"{n} {kind}" for kind, n in found.counts.items()) + span)
    ctx.exit(DONE if all(problem.warning for problem in found.problems) else FAILED)


@store.command(epilog="Example: statuspage --store branch store compact")
@click.pass_context
def compact(ctx: click.Context) -> None:
    """Put together what many runs left, so that the store stays small. No record is changed or lost."""
    say(ctx, "compacted" if _records().compact() else "there is nothing to put together")


@store.command(epilog="Example: statuspage --store branch store repair --dry-run")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.pass_context
def repair(ctx: click.Context, *, dry_run: bool) -> None:
    """Put lines that are broken or in another's file aside, into broken/, so that the others are read again."""
    from statuspage.upkeep import repair as put_aside
    from statuspage.upkeep import repairs

    records = _records()
    found = list(repairs(records))
    for one in found:
        for number, line in one.broken:
            echo(f"{records.place(one.path)}:{number}: {line.decode('utf-8', 'replace')!s:.100}")
        if not dry_run:
            put_aside(records, one)
    records.keep("repair")
    lines, deed = sum(len(one.broken) for one in found), "to put" if dry_run else "put"
    say(ctx, f"{lines} lines {deed} aside into broken/" if lines else "there is nothing to repair")


@store.command(epilog="Example: statuspage store copy branch .status-data")
@click.argument("source")
@click.argument("target")
@click.pass_context
def copy(ctx: click.Context, source: str, target: str) -> None:
    """Copy the store SOURCE into the empty store TARGET: to move it, or to have a look at it."""
    from statuspage.stores.opening import open_store
    from statuspage.upkeep import copy as put_over

    old, new = (open_store(Path(), address, os.environ) for address in (source, target))
    say(ctx, f"copied {put_over(old, new)} files")


@store.command(
    epilog="Example: statuspage --store branch store restore --from-url https://status.example.com"
)
@click.option("--from-url", "url", metavar="URL", required=True, help="Where the site is published.")
@now_option
@click.pass_context
def restore(ctx: click.Context, url: str, now: datetime | None) -> None:
    """Fill an empty store from what the site published, when the store itself is lost: 400 days of it.

    What the page did not show is not in it, nor single rounds of days that were closed.
    """
    from statuspage.public_history import published_at
    from statuspage.public_history import restore as put_back

    count = asyncio.run(put_back(published_at(url), _records(), present(now)))
    say(ctx, f"restored {count} files; look at them with `statuspage store verify`")


@click.command(epilog="Example: statuspage merge shards/*.ndjson")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.pass_context
def merge(ctx: click.Context, files: tuple[Path, ...]) -> None:
    """Keep the rounds that other machines asked with `probe --out FILE`; shards of one run become one round.

    A file that cannot be read is reported and left out; then it exits with 3.
    """
    from statuspage.archive import record, write_facts
    from statuspage.pipeline import open_project
    from statuspage.rounds import told_of
    from statuspage.shards import read, whole

    project = open_project(Path(), os.environ)
    rounds: list[Any] = []
    facts: list[Any] = []
    problems: list[Any] = []
    for file in files:
        try:
            found, told, trouble = read(_bytes_of(file), str(file))
        except StatuspageError as error:
            problems += error.problems
            continue
        rounds += found
        facts += told
        problems += trouble
    report(problems)
    merged = whole(rounds)
    if not merged:
        raise StatuspageError(
            "there is no round in these files", mend="make them with `statuspage probe --out FILE`"
        )
    for one in merged:
        record(project.records, project.config, one)
        say(ctx, *told_of(one))
    write_facts(project.records, facts)
    project.records.keep(merged[-1].id)
    ctx.exit(INCOMPLETE if problems else DONE)


def _records() -> Any:
    """The store that --store names, with no need of a configuration that can be read."""
    from statuspage.stores.opening import VARIABLE, open_store

    return open_store(Path(), os.environ.get(VARIABLE, ""), os.environ)


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise StatuspageError(f"cannot be read: {error.strerror}", where=Where(str(file))) from error
