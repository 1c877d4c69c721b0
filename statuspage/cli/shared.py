"""What the commands share: kinds of values, options, the clock, and the only ways to print."""

import io
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from statuspage.cli.log import annotate_noted, harmless, note, noted
from statuspage.errors import DONE, FAILED, INCOMPLETE, Problem, StatuspageError, worst


class Moment(click.ParamType[datetime]):
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


class Length(click.ParamType[timedelta]):
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


class Place(click.ParamType[str]):
    """The name of a place to ask from; it stands in the history and on the page."""

    name = "NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        name = str(value).strip()
        if not name.isprintable() or not 0 < len(name) <= 40:
            self.fail("a place has a name of 1 to 40 characters on one line", param, ctx)
        return name


class Shard(click.ParamType[tuple[int, int]]):
    """A part of the components: 3/8 is the third of eight."""

    name = "K/N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        part, _, of = str(value).partition("/")
        if not (part.isdecimal() and of.isdecimal() and 1 <= int(part) <= int(of) <= 1000):
            self.fail(f"'{value}' is no shard; write 3/8 for the third of eight, of 1000 at most", param, ctx)
        return int(part), int(of)


class Commands(click.Group):
    """Shows every error of ours in one place, without a traceback."""

    def main(self, *args: Any, **more: Any) -> Any:
        """As click does it, but what click says of wrong usage may quote others: it goes the way of all lines."""
        try:
            sys.exit(super().main(*args, **{**more, "standalone_mode": False}))
        except click.ClickException as error:
            said = io.StringIO()
            error.show(said)
            echo(said.getvalue().rstrip("\n"), err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            echo("Aborted!", err=True)
            sys.exit(FAILED)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StatuspageError as error:
            from statuspage.cli.summary import summarize_failure

            report(error.problems)
            summarize_failure(ctx)
            ctx.exit(error.exit_code)
        except BrokenPipeError:  # the reader of our output has left
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(FAILED)
        finally:
            annotate_noted(ctx)


now_option = click.option(
    "--now", type=Moment(), help="Take this as the present time, e.g. 2026-11-22T14:05:00Z."
)
from_option = click.option(
    "--from",
    "vantage",
    type=Place(),
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


def instant() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 (the one place that reads the clock)


def wall_clock() -> datetime:
    return instant().replace(microsecond=0)


def present(given: datetime | None) -> datetime:
    return given or wall_clock()


def echo(text: str, *, err: bool = False) -> None:
    """Print. With `progress` and `annotate` this is the only way to: whatever others wrote is harmless then."""
    click.echo(harmless(text), err=err)


def tell_of_a_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody foresaw, for a report to us: its traceback without secrets."""
    from traceback import format_exception

    echo("".join(format_exception(kind, error, trace)).rstrip(), err=True)


def say(ctx: click.Context, *lines: str) -> None:
    if not ctx.obj and lines:
        echo("\n".join(lines))


def report(problems: Iterable[Problem]) -> None:
    problems = tuple(problems)
    note(problems)
    if problems:
        echo("\n".join(map(str, problems)), err=True)


def progress(ctx: click.Context, what: str) -> Any:
    """A bar on a terminal, one line elsewhere, nothing with --quiet: `progress(done, of)`."""
    if ctx.obj:
        return lambda done, of: None
    if not sys.stderr.isatty():
        echo(what, err=True)
        return lambda done, of: None

    def show(done: int, of: int) -> None:
        click.echo(f"\r{what}: {100 * done // of} %", err=True, nl=done == of)

    return show


# --- building ----------------------------------------------------------------------------------


def swap_in(project: Any, out: Path, now: datetime) -> Any:
    """Build the site and put it in the place of the old one."""
    from statuspage.cache import keep_cache, recall_cache
    from statuspage.pipeline import build_site
    from statuspage.redaction import Redactor
    from statuspage.stores.site import swap

    kept = recall_cache(project.root, out)
    built = build_site(project, now, kept=kept)
    swap(built.files, out)
    keep_cache(project.root, kept, built.files, Redactor(project.config.secrets))
    return built


def put_site(ctx: click.Context, project: Any, out: Path, now: datetime) -> tuple[int, Any]:
    """The exit code, and what was built."""
    built = swap_in(project, out, now)
    told = noted(ctx)
    report(problem for problem in built.problems if problem not in told)
    say(ctx, f"built {len(built.files)} files in {out}")
    return worst(built.exit_code, keep(project, "build")), built


def keep(project: Any, why: str) -> int:
    """Make what was written lasting. When that cannot be done it is told: the page is worth publishing anyway."""
    try:
        project.records.keep(why)
    except StatuspageError as error:
        report(error.problems)
        return INCOMPLETE
    return DONE
