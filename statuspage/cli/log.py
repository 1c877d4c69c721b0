"""Between the commands and the log: secrets masked, foreign text defused, problems annotated on GitHub.

Secrets are not handed to the runner by `::add-mask::`. To do so is to print them, in every form: whoever keeps what a
command prints (`tee`, `act`, a container's log, a debug run) would keep them too, while here each line is masked before
it is printed, and the runner masks the secrets that it has given out by itself.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from statuspage.errors import Problem, Where
from statuspage.github_log import annotations, visible, without_commands

if TYPE_CHECKING:
    from statuspage.redaction import Redactor

TOKENS = ("GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Variables that hold secrets though no configuration names them."""

_NOTED = "statuspage.problems"


def in_actions() -> bool:
    """Whether GitHub's runner reads what is printed."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def harmless(text: str) -> str:
    """As it may be printed: without secrets, without characters that move or hide text, on GitHub without commands."""
    text = visible(mask().text(text))
    return without_commands(text) if in_actions() else text


def mask() -> "Redactor":
    """Of the values of all variables that components.yaml names, however broken it is, and of well-known tokens."""
    from statuspage.redaction import named_in
    from statuspage.regular import read_regular

    try:
        configuration = read_regular(Path("components.yaml"), 1_000_001).decode("utf-8", "replace")
    except OSError:
        configuration = ""
    names = (f"${{{name}}}" for name in TOKENS)
    return named_in("\n".join((configuration, *names)), os.environ)


def note(problems: Iterable[Problem]) -> None:
    """Remember problems that were told: on GitHub they become annotations when the command ends."""
    if ctx := click.get_current_context(silent=True):
        ctx.meta.setdefault(_NOTED, {}).update(dict.fromkeys(problems))


def noted(ctx: click.Context) -> tuple[Problem, ...]:
    """All that was told in this command so far, each once."""
    return tuple(ctx.meta.get(_NOTED, ()))


def annotate_noted(ctx: click.Context) -> None:
    """Annotate what was noted, each problem once, if GitHub's runner reads it."""
    if in_actions():
        annotate(noted(ctx), f"statuspage {ctx.invoked_subcommand}", err=True)


def annotate(problems: Iterable[Problem], title: str, *, err: bool = False) -> None:
    """Print annotations for GitHub: the only lines of ours that the runner obeys."""
    masked = mask().text
    told = [
        replace(p, what=masked(p.what), mend=masked(p.mend), where=p.where and _in_repository(p.where))
        for p in problems
    ]
    for line in annotations(told, title):
        click.echo(line, err=err)


def _in_repository(where: Where) -> Where:
    """The place as the repository knows it, with `-C` too: GitHub looks for the file from there."""
    checkout = os.environ.get("GITHUB_WORKSPACE")
    below = os.path.relpath(Path.cwd(), checkout) if checkout else "."
    if below == "." or below.startswith("..") or Path(where.path).is_absolute():
        return where
    return replace(where, path=f"{below}/{where.path}")


def hear_loggers() -> None:
    """Print what libraries log, asyncio above all, the way that everything is printed."""
    import logging

    class Ours(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            click.echo(harmless(self.format(record)), err=True)

    logging.basicConfig(handlers=[Ours()], level=logging.WARNING)
    logging.captureWarnings(capture=True)
