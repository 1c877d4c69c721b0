"""Commands for the files of a page: begin them, check them, look them up."""

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from statuspage.cli.log import annotate, note
from statuspage.cli.shared import echo, now_option, present, say
from statuspage.errors import FAILED


@click.command(epilog="Example: statuspage init mybot --name 'My bot' --target https://bot.example/health")
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
        year=present(now).year,
    )
    load((folder / "components.yaml").read_text("utf-8"), str(folder / "components.yaml"), {})
    say(ctx, *(f"wrote {folder / path}" for path in text))
    steps = "statuspage run && statuspage serve"
    echo(f"next: {steps}" if folder == Path() else f"next: cd {folder} && {steps}")


@click.command(epilog="Example: statuspage check --format github")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
@click.option("--without-secrets", is_flag=True, help="Say nothing of secrets that are not set here.")
@now_option
@click.pass_context
def check(ctx: click.Context, form: str, without_secrets: bool, now: datetime | None) -> None:  # noqa: FBT001
    """Say everything that is wrong with components.yaml and incidents/, each with its line."""
    from statuspage.check import check, formatted
    from statuspage.github_log import without_annotation

    problems = check(Path(), os.environ, present(now), without_secrets=without_secrets)
    wrong = [problem for problem in problems if not problem.warning]
    if form == "github":
        annotate(problems, "statuspage check")
    for line in formatted(without_annotation(problems) if form == "github" else problems, form):
        echo(line)
    if form == "text":
        note(problems)
        say(ctx, f"{len(wrong)} errors, {len(problems) - len(wrong)} warnings" if problems else "all is well")
    ctx.exit(FAILED if wrong else 0)


@click.command(epilog="Example: statuspage diff ../before .")
@click.argument("before", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument(
    "after", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path(), required=False
)
@now_option
def diff(before: Path, after: Path, now: datetime | None) -> None:
    """Say what would change on the page if the files in BEFORE became those in AFTER, which is this folder.

    Both are seen at the same moment and with the history in AFTER. Nothing is written.
    """
    from dataclasses import replace

    from statuspage.changes import changes, sentences
    from statuspage.i18n import language
    from statuspage.pipeline import look, open_project

    new = open_project(after, os.environ)
    old = replace(open_project(before, os.environ), records=new.records)
    moment = present(now)
    seen = [look(project, moment).snapshot for project in (old, new)]
    told = sentences(changes(*seen), language("en", new.config.page.timezone))
    echo("\n".join(told) or "Nothing changes on the page.")


@click.command(epilog="Example: statuspage schema > components.schema.json")
def schema() -> None:
    """Print the JSON Schema (2020-12) of components.yaml, for editors."""
    import json

    from statuspage.config import schema as of_configuration

    echo(json.dumps(of_configuration(), indent=2, ensure_ascii=False))


@click.command(epilog="Example: statuspage codes --language fr")
@click.option(
    "--language", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="Of the sentences."
)
def codes(language: str) -> None:
    """Print what the codes of failures mean: verdict, who has to act, what visitors and operators are told."""
    from statuspage.glossary import table

    echo("\n".join(table(language)))
