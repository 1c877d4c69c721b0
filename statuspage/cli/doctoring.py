"""The command that looks at a whole repository and says what is wrong in it."""

import os
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from statuspage.cli.log import annotate
from statuspage.cli.shared import echo, now_option, present, say
from statuspage.errors import FAILED


@click.command(epilog="Example: statuspage doctor --diff")
@click.argument("bucket", required=False)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
@click.option(
    "--diff", "with_diff", is_flag=True, help="Show how the workflows differ from the shipped ones."
)
@now_option
@click.pass_context
def doctor(ctx: click.Context, bucket: str | None, form: str, with_diff: bool, now: datetime | None) -> None:  # noqa: FBT001
    """Say what is wrong around the page: rhythm, workflows, secrets, GitHub, the published page. Edits nothing.

    With BUCKET (s3://NAME/PREFIX) try instead whether it keeps two runs apart.
    """
    from statuspage.doctor import Examination, diff, examine, formatted, is_broken, look, summary
    from statuspage.doctor import bucket as of_bucket

    if with_diff and (form != "text" or bucket):
        raise click.UsageError("--diff goes with --format text, and without a bucket")
    if bucket:
        found = [Examination("bucket", of_bucket(bucket, partial(_keeps_apart, bucket)))]
    else:
        seen = look(Path(), os.environ, present(now))
        found = examine(seen)
    for line in formatted(found, form):
        echo(line)
    if form == "github":
        annotate((finding for one in found for finding in one.findings), "statuspage doctor")
    if with_diff:
        echo("\n".join(diff(seen)))
    if form == "text":
        say(ctx, summary(found))
    ctx.exit(FAILED if is_broken(found) else 0)


def _keeps_apart(url: str) -> bool:
    from statuspage.stores.bucket import conditional_writes

    return conditional_writes(url, os.environ)
