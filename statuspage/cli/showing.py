"""Commands that show a page on this machine."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from statuspage.cli.shared import echo, now_option, present, progress, put_site, site_option, wall_clock
from statuspage.errors import StatuspageError


@click.command(epilog="Example: statuspage serve --port 8000")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one."
)
@site_option
@click.pass_context
def serve(ctx: click.Context, port: int, site: Path) -> None:
    """Show the built site on this machine; rebuild when an incident, the configuration or a template changes."""
    from statuspage.pipeline import INCIDENTS_FOLDER, TEMPLATES_FOLDER, open_project
    from statuspage.publish import read_site
    from statuspage.serve import Site, stamps

    read_site(site)
    _end_on_term()
    project = open_project(Path(), os.environ)
    roots = [project.root / name for name in ("components.yaml", INCIDENTS_FOLDER, TEMPLATES_FOLDER)]
    with Site(site, port) as server:
        echo(f"{server.url}  (Ctrl-C ends)")
        _serve(server, lambda: stamps(*roots), lambda: _rebuild(ctx, site))


@click.command(epilog="Example: statuspage demo --once --out example --now 2026-11-22T14:05:00Z")
@click.option("--once", is_flag=True, help="Stay in the scripted world: fill the history, build, exit.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="An empty folder for its files, history and _site/; else one that is removed at the end.",
)
@click.option("--port", type=click.IntRange(0, 65535), help="Of the page; else 8000, or a free one.")
@now_option
@click.pass_context
def demo(ctx: click.Context, once: bool, out: Path | None, port: int | None, now: datetime | None) -> None:  # noqa: FBT001
    """Show a living example: a chatbot that ships with the package, 90 days of history, real probes.

    No account and no network. Its figures are marked as demonstration data.
    """
    import tempfile

    from statuspage.demo.stage import play, rehearse
    from statuspage.pipeline import SITE_FOLDER

    if once and out is None:
        raise click.UsageError("--once needs --out DIR")
    _end_on_term()
    with tempfile.TemporaryDirectory(prefix="statuspage-demo-") as folder:
        stage = rehearse(
            out or Path(folder), present(now), progress=progress(ctx, "filling 90 days of history")
        )
        site = stage.root / SITE_FOLDER
        if once:
            ctx.exit(put_site(ctx, stage, site, present(now))[0])
        play(stage, site, port=port, clock=wall_clock, say=echo)


def _rebuild(ctx: click.Context, site: Path) -> None:
    from statuspage.pipeline import open_project

    try:
        put_site(ctx, open_project(Path(), os.environ), site, wall_clock())
    except StatuspageError as error:
        echo(str(error), err=True)


def _end_on_term() -> None:
    """Let SIGTERM end a command that serves as Ctrl-C does, so that it cleans up."""
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _serve(server: Any, watched: Any, rebuild: Any) -> None:
    import threading

    from statuspage.serve import watch

    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(server, watched, rebuild, stop), daemon=True)
    watcher.start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        stop.set()
