"""The command that tells how a month or a quarter went."""

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from statuspage.cli.shared import echo, now_option, present, report
from statuspage.errors import left_out


class Begin(click.ParamType[date]):
    """A month or a quarter, by its first day."""

    def __init__(self, kind: str) -> None:
        self.kind, self.name = kind, kind.upper()

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from statuspage.reliability import Kind, parse

        if isinstance(value, date):
            return value
        try:
            return parse(Kind(self.kind), value)
        except ValueError as error:
            self.fail(f"'{value}': {error}", param, ctx)


@click.command("report", epilog="Example: statuspage report --month 2026-11 --format markdown")
@click.argument("what", type=click.Choice(["reliability", "continuity"]), default="reliability")
@click.option("--month", type=Begin("month"), help="Such as 2026-11. Without it the month that runs.")
@click.option("--quarter", type=Begin("quarter"), help="Such as 2026-Q4.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "markdown", "csv", "json"]),
    default="markdown",
    show_default=True,
)
@now_option
@click.pass_context
def report_(
    ctx: click.Context,
    what: str,
    month: date | None,
    quarter: date | None,
    form: str,
    now: datetime | None,
) -> None:
    """Tell how a month or a quarter went: availability against objectives, down time by cause, how long repairs took.

    `report continuity` tells how well you are prepared: risks, single points of failure, what people come to do,
    repairs against the time they may take.

    Nothing is probed and nothing is written. A month that is long past is read from the kept days.
    """
    from statuspage.pipeline import open_project, prepared, review
    from statuspage.reliability import Kind

    if what == "continuity" and (month or quarter):
        raise click.UsageError("continuity is told of the present: --month and --quarter do not go with it")
    if month and quarter:
        raise click.UsageError("--month and --quarter do not go together")
    project, at = open_project(Path(), os.environ), present(now)
    if what == "continuity":
        text, problems = prepared(project, form, at)
    else:
        kind, first = (Kind.QUARTER, quarter) if quarter else (Kind.MONTH, month)
        text, problems = review(project, kind, first, form, at)
    report(problems)
    echo(text.rstrip("\r\n"))
    ctx.exit(left_out(problems))
