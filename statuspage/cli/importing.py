"""Commands that take over a page from elsewhere."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from statuspage.cli.shared import echo, now_option, present
from statuspage.errors import INCOMPLETE


def _kept(command: Callable[..., None]) -> Callable[..., None]:
    return now_option(click.option("--dry-run", is_flag=True, help="Report only; write nothing.")(command))


@click.group("import", epilog="Example: statuspage import statuspage https://status.example.com --dry-run")
def import_() -> None:
    """Take over components, incidents and maintenance from another system. Nothing is written over."""


@import_.command("statuspage", epilog="Example: statuspage import statuspage https://status.example.com")
@click.argument("source", metavar="URL|FILE")
@_kept
@click.pass_context
def from_statuspage(ctx: click.Context, source: str, now: datetime | None, *, dry_run: bool) -> None:
    """Read a public page of Atlassian Statuspage: its address, a recorded document or a folder of them."""
    from statuspage.importers.statuspage import read

    _take(ctx, read(source), now, dry=dry_run)


@import_.command("cstate", epilog="Example: statuspage import cstate ../old-status --dry-run")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_kept
@click.pass_context
def from_cstate(ctx: click.Context, folder: Path, now: datetime | None, *, dry_run: bool) -> None:
    """Read a cState site: config.yml and content/issues/."""
    from statuspage.importers.cstate import read

    _take(ctx, read(folder, present(now)), now, dry=dry_run)


@import_.command("upptime", epilog="Example: statuspage import upptime ../upptime --dry-run")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_kept
@click.pass_context
def from_upptime(ctx: click.Context, folder: Path, now: datetime | None, *, dry_run: bool) -> None:
    """Read a clone of an Upptime repository: .upptimerc.yml, the commits of history/, issues.json."""
    from statuspage.importers.upptime import read

    _take(ctx, read(folder), now, dry=dry_run)


def _take(ctx: click.Context, foreign: Any, now: datetime | None, *, dry: bool) -> None:
    from statuspage.importers import plan, report, write

    planned = plan(foreign, Path(), present(now))
    if not dry:
        write(planned, Path())
    echo("\n".join(report(planned, dry=dry)))
    if planned.lost:
        ctx.exit(INCOMPLETE)
