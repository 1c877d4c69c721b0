"""The commands: parse options, call one function, print one result."""

import os
import secrets
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from statuspage import __version__
from statuspage.errors import FAILED, INCOMPLETE, Problem, StatuspageError, nearest

EPILOG = "Exit codes: 0 done, 1 could not do its work, 2 wrong usage, 3 done with something left out."


class _Moment(click.ParamType[datetime]):
    """A point in time with its zone, to the second."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no time; write 2026-11-22T14:05:00Z", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"'{value}' has no zone; add Z or an offset", param, ctx)
        return moment.astimezone(UTC).replace(microsecond=0)


class _Length(click.ParamType[timedelta]):
    """A length of time of at least a second, such as 30s."""

    name = "LENGTH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        from statuspage.yamlfile import parse_duration

        if isinstance(value, timedelta):
            return value
        try:
            length = parse_duration(value)
        except ValueError as error:
            self.fail(f"'{value}': {error}", param, ctx)
        if length < timedelta(seconds=1):
            self.fail(f"'{value}' is too short: 1s is the least", param, ctx)
        return length


class _Place(click.ParamType[str]):
    """The name of a place to ask from; it stands in the history and on the page."""

    name = "NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        name = str(value).strip()
        if not name.isprintable() or not 0 < len(name) <= 40:
            self.fail("a place has a name of 1 to 40 characters on one line", param, ctx)
        return name


class _Commands(click.Group):
    """Shows every error of ours in one place, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StatuspageError as error:
            _echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:  # the reader of our output has left
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(FAILED)


now_option = click.option(
    "--now", type=_Moment(), help="Take this as the present time, e.g. 2026-11-22T14:05:00Z."
)
from_option = click.option(
    "--from",
    "vantage",
    type=_Place(),
    callback=lambda ctx, option, name: name or "",
    help="The place it asks from, when there are several.",
)
site_option = click.option(
    "--site",
    type=click.Path(path_type=Path),
    default=Path("_site"),
    show_default=True,
    help="The built site.",
)


@click.group(cls=_Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C", "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False), help="Work in this folder."
)
@click.option("--quiet", "-q", is_flag=True, help="Print errors and results only.")
@click.version_option(__version__, prog_name="statuspage")
@click.pass_context
def main(ctx: click.Context, folder: str | None, quiet: bool) -> None:  # noqa: FBT001 (click's way)
    """A truthful status page for chatbots, from one git repository and no server.

    \b
    Start with:  statuspage demo          a living example
                 statuspage init mybot    your own page
    """
    if folder:
        os.chdir(folder)
    ctx.obj = quiet
    sys.excepthook = _tell_of_a_fault


@main.command(epilog="Example: statuspage init mybot --name 'My bot' --target https://bot.example/health")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--name", help="The page's name.")
@click.option("--url", help="The address the page will have.")
@click.option("--component", help="The first component's name.")
@click.option("--target", help="The first component's address.")
@now_option
@click.pass_context
def init(
    ctx: click.Context,
    folder: Path,
    name: str | None,
    url: str | None,
    component: str | None,
    target: str | None,
    now: datetime | None,
) -> None:
    """Write a new status page into FOLDER: configuration, workflow, incidents.

    Asks on a terminal for what is not given; elsewhere takes defaults.
    """
    from statuspage.config import load, slug
    from statuspage.scaffold import scaffold

    ask = sys.stdin.isatty()
    default = (folder.resolve().name or "Status").replace("-", " ").capitalize()
    name = name or (click.prompt("Name of the page", default) if ask else default)
    url = url or (click.prompt("Its address", "http://localhost:8000") if ask else "http://localhost:8000")
    target = target or (click.prompt("Address of the first component", url) if ask else url)
    component = component or "Website"
    text = scaffold(
        folder,
        name=name,
        url=url,
        component=component,
        target=target,
        id=slug(component),
        year=_now(now).year,
    )
    load((folder / "components.yaml").read_text("utf-8"), str(folder / "components.yaml"), {})
    _say(ctx, *(f"wrote {folder / path}" for path in text))
    steps = "statuspage run && statuspage serve"
    click.echo(f"next: {steps}" if folder == Path() else f"next: cd {folder} && {steps}")


@main.command(epilog="Example: statuspage check --format github")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
@now_option
@click.pass_context
def check(ctx: click.Context, form: str, now: datetime | None) -> None:
    """Say everything that is wrong with components.yaml and incidents/, each with its line."""
    from statuspage.check import check, formatted

    problems = check(Path(), os.environ, _now(now))
    for line in formatted(problems, form):
        _echo(line)
    wrong = [problem for problem in problems if not problem.warning]
    if form == "text":
        _say(
            ctx, f"{len(wrong)} errors, {len(problems) - len(wrong)} warnings" if problems else "all is well"
        )
    ctx.exit(FAILED if wrong else 0)


@main.command(epilog="Example: statuspage schema > components.schema.json")
def schema() -> None:
    """Print the JSON Schema (2020-12) of components.yaml, for editors."""
    import json

    from statuspage.config import schema as of_configuration

    click.echo(json.dumps(of_configuration(), indent=2, ensure_ascii=False))


@main.command(epilog="Example: statuspage codes --language fr")
@click.option(
    "--language", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="Of the sentences."
)
def codes(language: str) -> None:
    """Print what the codes of failures mean: verdict, who has to act, what visitors and operators are told."""
    from statuspage.glossary import table

    click.echo("\n".join(table(language)))


@main.command(epilog="Example: statuspage probe --for 4m --every 30s")
@click.option(
    "--fail-on",
    type=click.Choice(["degraded_performance", "partial_outage", "major_outage", "unknown"]),
    help="Exit 1 when a component is in this state or worse. Else a component that is down is no error.",
)
@from_option
@click.option("--for", "lasting", type=_Length(), help="Go on asking for so long, with --every.")
@click.option("--every", type=_Length(), help="Between two rounds, with --for.")
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
    explain: str | None,
    now: datetime | None,
) -> None:
    """Ask every component that is due, and keep the answers in .status-data/."""
    from statuspage.pipeline import open_project

    if (lasting is None) is not (every is None):
        raise click.UsageError("--for and --every belong together")
    if (now or explain) and every:
        raise click.UsageError("--for and --every go neither with --now nor with --explain")
    if explain:
        ctx.exit(_explain(open_project(Path(), os.environ), explain, now, vantage))
    if every:
        station = _stay(ctx, vantage, every, lasting)
        worst, code = station.worst, _exit_code(station)
    else:
        asked = _probe(ctx, open_project(Path(), os.environ), now, vantage)
        worst, code = asked.worst, 0
    if fail_on and worst is not None:
        from statuspage.model import State

        code = FAILED if worst.severity >= State(fail_on).severity else code
    ctx.exit(code)


@main.command(epilog="Example: statuspage build --out public")
@click.option("--out", type=click.Path(path_type=Path), default=Path("_site"), show_default=True)
@now_option
@click.pass_context
def build(ctx: click.Context, out: Path, now: datetime | None) -> None:
    """Make the site from the history and the incidents. The old one stays until the new one is whole."""
    from statuspage.pipeline import open_project

    ctx.exit(_build(ctx, open_project(Path(), os.environ), out, _now(now)))


@main.command(epilog="Example: statuspage run --every 60s --out public")
@click.option("--out", type=click.Path(path_type=Path), default=Path("_site"), show_default=True)
@from_option
@click.option("--every", type=_Length(), help="Stay, and do it that often, until SIGTERM or Ctrl-C.")
@now_option
@click.pass_context
def run(ctx: click.Context, out: Path, vantage: str, every: timedelta | None, now: datetime | None) -> None:
    """Probe, then build: what a scheduled run does, or with --every a process that stays."""
    from statuspage.pipeline import open_project

    if every:
        if now:
            raise click.UsageError("--every does not go with --now")
        station = _stay(ctx, vantage, every, None, out)
        _say(ctx, f"ended after {station.beats} beats")
        return
    project = open_project(Path(), os.environ)
    asked = _probe(ctx, project, now, vantage)
    code = _build(ctx, project, out, _now(now))
    ctx.exit(INCOMPLETE if asked.lacking else code)


@main.command(epilog="Example: statuspage serve --port 8000")
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
        click.echo(f"{server.url}  (Ctrl-C ends)")
        _serve(server, lambda: stamps(*roots), lambda: _rebuild(ctx, site))


@main.command(epilog="Example: statuspage demo --once --out example --now 2026-11-22T14:05:00Z")
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
            out or Path(folder), _now(now), progress=_progress(ctx, "filling 90 days of history")
        )
        site = stage.root / SITE_FOLDER
        if once:
            ctx.exit(_build(ctx, stage, site, _now(now)))
        play(stage, site, port=port, clock=_clock, say=click.echo)


@main.command(epilog="Example: statuspage verify")
@site_option
@click.pass_context
def verify(ctx: click.Context, site: Path) -> None:
    """Recompute every published figure and say how each came to be. Exits 1 on any difference."""
    from statuspage.pipeline import open_project
    from statuspage.verify import verify as recompute

    result = recompute(open_project(Path(), os.environ), site)
    _say(ctx, *result.figures)
    for fault in result.faults:
        click.echo(fault, err=True)
    if result.faults:
        click.echo(f"{len(result.faults)} differences", err=True)
        ctx.exit(FAILED)
    click.echo(f"verified: {len(result.figures)} figures, no difference")


@main.command(epilog="Example: statuspage publish /var/www/status")
@click.argument("target")
@site_option
@click.pass_context
def publish(ctx: click.Context, target: str, site: Path) -> None:
    """Copy the built site to the folder TARGET, swapped in whole."""
    from statuspage.publish import publish as put

    _say(ctx, f"published {put(site, target)} files to {target}")


# --- shared by commands ------------------------------------------------------------------------


def _instant() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 (the one place that reads the clock)


def _clock() -> datetime:
    return _instant().replace(microsecond=0)


def _now(given: datetime | None) -> datetime:
    return given or _clock()


def _echo(text: str, *, err: bool = False) -> None:
    """Print, with the values of all variables that components.yaml names masked, however broken it is."""
    from statuspage.redaction import named_in

    try:
        configuration = Path("components.yaml").read_text("utf-8", "replace")
    except OSError:
        configuration = ""
    click.echo(named_in(configuration, os.environ).text(text), err=err)


def _tell_of_a_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody foresaw, for a report to us: its traceback without secrets."""
    from traceback import format_exception

    _echo("".join(format_exception(kind, error, trace)).rstrip(), err=True)


def _say(ctx: click.Context, *lines: str) -> None:
    if not ctx.obj and lines:
        _echo("\n".join(lines))


def _report(problems: Iterable[Problem]) -> None:
    if told := "\n".join(map(str, problems)):
        _echo(told, err=True)


def _progress(ctx: click.Context, what: str) -> Any:
    """A bar on a terminal, one line elsewhere, nothing with --quiet: `progress(done, of)`."""
    if ctx.obj:
        return lambda done, of: None
    if not sys.stderr.isatty():
        click.echo(what, err=True)
        return lambda done, of: None

    def show(done: int, of: int) -> None:
        click.echo(f"\r{what}: {100 * done // of} %", err=True, nl=done == of)

    return show


def _probe(ctx: click.Context, project: Any, now: datetime | None, vantage: str) -> Any:
    """One round, kept."""
    from statuspage.pipeline import probe_once

    moment = _now(now)
    clock = _clock if now is None else lambda: moment
    asked = probe_once(
        project,
        moment,
        clock=clock,
        run=_run_name(),
        vantage=vantage,
        progress=_progress(ctx, "probing"),
    )
    _report((*project.config.unset, *asked.lacking))
    _say(ctx, *asked.lines)
    return asked


def _stay(
    ctx: click.Context,
    vantage: str,
    every: timedelta,
    lasting: timedelta | None,
    out: Path | None = None,
) -> Any:
    """Rounds on a beat, with a site in `out` after each, until the time is up or a signal comes."""
    from statuspage.beat import Station, on_the_beat, until_told
    from statuspage.pipeline import open_project
    from statuspage.rounds import Run

    run = Run(name=_run_name(), clock=_instant, vantage=vantage, beat=every)
    station = Station(
        lambda: open_project(Path(), os.environ),
        run,
        say=lambda line: _say(ctx, line),
        report=_report,
        build=None if out is None else lambda project, now: _swap_in(project, out, now).problems,
    )
    until_told(on_the_beat(station.beat, every, clock=run.clock, sleep=run.sleep, lasting=lasting))
    return station


def _exit_code(station: Any) -> int:
    """Of a run with several beats: some, or all of them, could not be kept."""
    return 0 if not station.lost else FAILED if station.lost == station.beats else INCOMPLETE


def _run_name() -> str:
    return os.environ.get("STATUSPAGE_RUN") or secrets.token_hex(4)


def _explain(project: Any, word: str, now: datetime | None, vantage: str) -> int:
    import asyncio
    import shutil

    from statuspage.explain import explained
    from statuspage.model import Verdict
    from statuspage.redaction import Redactor
    from statuspage.rounds import Run, ask_alone

    component = _named(project, word)
    moment = _now(now)
    run = Run(name=_run_name(), clock=_clock if now is None else lambda: moment, vantage=vantage)
    told = asyncio.run(ask_alone(project.config, component, run))
    mask, width = Redactor(project.config.secrets).text, shutil.get_terminal_size().columns
    for n, (one, reading) in enumerate(told):
        for line in (*([""] if n else []), *explained(one, reading, mask, width)):
            click.echo(line)
    well = (Verdict.UP, Verdict.DEGRADED)
    return 0 if all(reading.verdict in well for _, reading in told) else FAILED


def _named(project: Any, word: str) -> Any:
    """The component with that id or name."""
    known = {name: c for c in project.config.components for name in (c.name, c.id)}
    folded = {name.casefold(): c for name, c in known.items()}
    component = folded.get(word.strip().casefold())
    if component is None:
        raise click.UsageError(f"there is no component '{word}': {nearest(word, known)}")
    return component


def _swap_in(project: Any, out: Path, now: datetime) -> Any:
    """Build the site and put it in the place of the old one."""
    from statuspage.pipeline import build_site
    from statuspage.stores.site import swap

    built = build_site(project, now)
    swap(built.files, out)
    return built


def _build(ctx: click.Context, project: Any, out: Path, now: datetime) -> int:
    built = _swap_in(project, out, now)
    _report(built.problems)
    _say(ctx, f"built {len(built.files)} files in {out}")
    return INCOMPLETE if built.exit_code else 0


def _rebuild(ctx: click.Context, site: Path) -> None:
    from statuspage.pipeline import open_project

    try:
        _build(ctx, open_project(Path(), os.environ), site, _clock())
    except StatuspageError as error:
        _echo(str(error), err=True)


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
