"""The commands: parse options, call one function, print one result."""

import gc
import os
import sys

import click

from statuspage import __version__
from statuspage.cli.correcting import correct
from statuspage.cli.doctoring import doctor
from statuspage.cli.drilling import drill
from statuspage.cli.importing import import_
from statuspage.cli.incidents import incident, maintenance
from statuspage.cli.log import hear_loggers, in_actions
from statuspage.cli.muting import mute, unmute
from statuspage.cli.notifying import notify
from statuspage.cli.phone import from_form
from statuspage.cli.reporting import report_
from statuspage.cli.running import build, probe, publish, run, verify
from statuspage.cli.setup import check, codes, diff, init, schema
from statuspage.cli.shared import Commands, tell_of_a_fault
from statuspage.cli.showing import demo, serve
from statuspage.cli.storing import merge, store
from statuspage.cli.warning import warnings_

EPILOG = "Exit codes: 0 done, 1 could not do its work, 2 wrong usage, 3 done with something left out."
OBJECTS = 100_000
"""New ones after which Python looks for rings of dead ones: a build makes a million that live as long as it does."""

COMMANDS = (
    init,
    check,
    doctor,
    diff,
    schema,
    codes,
    probe,
    build,
    run,
    serve,
    demo,
    drill,
    verify,
    publish,
    merge,
    store,
    incident,
    maintenance,
    correct,
    mute,
    unmute,
    notify,
    report_,
    warnings_,
    import_,
)


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C", "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False), help="Work in this folder."
)
@click.option(
    "--store",
    metavar="STORE",
    envvar="STATUSPAGE_STORE",
    help="Where the history is kept: a folder; the word branch, for the branch status-data of this clone's remote; or "
    "a bucket, s3://BUCKET/PREFIX (gs://, az://).",
)
@click.option("--quiet", "-q", is_flag=True, help="Print errors and results only.")
@click.version_option(__version__, prog_name="statuspage")
@click.pass_context
def main(ctx: click.Context, folder: str | None, store: str | None, quiet: bool) -> None:  # noqa: FBT001 (click's way)
    """A truthful status page for chatbots, from one git repository and no server.

    \b
    Start with:  statuspage demo          a living example
                 statuspage init mybot    your own page
    """
    gc.set_threshold(OBJECTS)
    if folder:
        os.chdir(folder)
    if store:
        os.environ["STATUSPAGE_STORE"] = store
    if in_actions():
        from statuspage.git import environment

        os.environ.update(environment(os.environ))
    ctx.obj = quiet
    sys.excepthook = tell_of_a_fault
    hear_loggers()


incident.add_command(from_form)
for command in COMMANDS:
    main.add_command(command)
