"""Commands that write and list incident files: declared in ten seconds, from any terminal."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from statuspage.cli.filling import TEMPLATES, filled_in, templates
from statuspage.cli.remembering import likest, list_actions, similar_incidents
from statuspage.cli.saying import (
    CAUSES,
    IMPACTS,
    INCIDENT_WORDS,
    NOT_KNOWN_YET,
    STATES,
    When,
    as_said,
    desk_at,
)
from statuspage.cli.shared import echo, now_option, present, report, say
from statuspage.errors import INCOMPLETE, StatuspageError


def _facts(command: Callable[..., None]) -> Callable[..., None]:
    """The facts that opening and updating have alike."""
    for option in reversed(
        (
            click.option(
                "--component",
                "components",
                multiple=True,
                metavar="ID[=STATE]",
                help=f"Affected; STATE is one of {', '.join(STATES)}.",
            ),
            click.option("--cause", help=f"One sentence, or '{NOT_KNOWN_YET}'."),
            click.option("--cause-class", type=click.Choice(CAUSES)),
            click.option("--doing", help="What you do about it."),
            click.option(
                "--eta",
                type=When(),
                help=f"Expected back: 45m, '2026-11-22 15:15 UTC' or '{NOT_KNOWN_YET}'.",
            ),
            click.option("--next-update", type=When(), help="When you will write again; as --eta."),
            click.option("--workaround", help="What readers can do meanwhile."),
            click.option("--text", help="The update itself, in Markdown; - reads it from standard input."),
        )
    ):
        command = option(command)
    return command


def _templated(command: Callable[..., None]) -> Callable[..., None]:
    """A template to begin with."""
    for option in (
        click.option(
            "--set", "values", multiple=True, metavar="NAME=VALUE", help="A placeholder without an option."
        ),
        click.option("--template", default="", help="Begin with incidents/_templates/NAME.md."),
    ):
        command = option(command)
    return command


def kept(command: Callable[..., None]) -> Callable[..., None]:
    """How the file is handed on."""
    for option in (
        now_option,
        click.option("--push", is_flag=True, help="Commit, then push; try again when others were faster."),
        click.option("--commit", is_flag=True, help="Commit this file alone."),
    ):
        command = option(command)
    return command


@click.group(epilog="Example: statuspage incident open --title 'No answers' --push")
def incident() -> None:
    """Declare an incident, tell how it goes on, end it: Markdown files in incidents/."""


@incident.command(
    "open",
    epilog="Example: statuspage incident open --title 'No answers' --component chat-engine=major_outage --push",
)
@_templated
@click.option("--title", help="What visitors notice.")
@click.option("--impact", type=click.Choice(IMPACTS))
@_facts
@click.option("--status", type=click.Choice(INCIDENT_WORDS), help="investigating, if not given.")
@click.option(
    "--started", type=When(), help="When it began: 10m (ago) or '2026-11-22 14:05 UTC'; now, if not given."
)
@click.option("--tag", "tags", multiple=True)
@click.option("--id", "name", default="", help="The file's name; by day and title, if not given.")
@kept
@click.pass_context
def open_incident(
    ctx: click.Context, /, *, name: str, now: datetime | None, commit: bool, push: bool, **said: Any
) -> None:
    """Write a new incident. Asks on a terminal for what is not given.

    Shows the three earlier incidents that are most alike, and what fixed them.
    """
    desk = desk_at(now)
    told = _from_template(desk, "incident", _asked, said)
    path, message = opened(desk, told, name)
    say(ctx, *likest(desk, told, but=path.stem))
    hand_on(ctx, path, message, commit=commit, push=push)


def opened(desk: Any, said: dict[str, Any], name: str = "") -> tuple[Path, str]:
    """Open an incident as it is said; the file's path and the commit's message."""
    if not (said["title"] or "").strip():
        raise click.UsageError("an incident has a title: --title 'What visitors notice'")
    started = said.pop("started", None)
    started = desk.now - started if isinstance(started, timedelta) else started
    said["impact"] = said["impact"] or ("" if said["components"] else "minor")
    said["status"] = said.get("status") or "investigating"
    path = desk.open(as_said(desk, {**said, "started": started or desk.now}, said["title"]), name)
    return path, f"Open incident: {said['title']}"


@incident.command(
    "update",
    epilog="Example: statuspage incident update --status identified --eta 45m --text 'A node is lost.'",
)
@click.argument("name", metavar="[ID]", default="")
@click.option("--status", type=click.Choice(INCIDENT_WORDS), help="The last one, if not given.")
@click.option("--impact", type=click.Choice(IMPACTS))
@_facts
@kept
@click.pass_context
def update_incident(
    ctx: click.Context, /, *, name: str, now: datetime | None, commit: bool, push: bool, **said: Any
) -> None:
    """Add an update to the incident ID; part of the name is enough, and nothing when one alone is open."""
    path, message = updated(desk_at(now), said, name)
    hand_on(ctx, path, message, commit=commit, push=push)


def updated(desk: Any, said: dict[str, Any], name: str) -> tuple[Path, str]:
    """Add an update as it is said; the file's path and the commit's message."""
    one = desk.find(name, "incident")
    said["status"] = said["status"] or _last_status(one)
    return desk.update(one.id, "incident", as_said(desk, said)), f"Update incident: {one.title}"


@incident.command("resolve", epilog="Example: statuspage incident resolve --text 'A new node serves.' --push")
@click.argument("name", metavar="[ID]", default="")
@_facts
@kept
@click.pass_context
def resolve_incident(
    ctx: click.Context, /, *, name: str, now: datetime | None, commit: bool, push: bool, **said: Any
) -> None:
    """End the incident ID: all its components count as operational again."""
    path, message = resolved(desk_at(now), said, name)
    hand_on(ctx, path, message, commit=commit, push=push)


def resolved(desk: Any, said: dict[str, Any], name: str) -> tuple[Path, str]:
    """End an incident; the file's path and the commit's message."""
    one = desk.find(name, "incident")
    path = desk.update(one.id, "incident", as_said(desk, {**said, "status": "resolved"}, "It is over."))
    return path, f"Resolve incident: {one.title}"


@incident.command("report", epilog="Example: statuspage incident report slow-europe")
@click.argument("name")
@kept
@click.pass_context
def report_incident(
    ctx: click.Context, /, *, name: str, now: datetime | None, commit: bool, push: bool
) -> None:
    """Begin the post-incident report of ID from the evidence: a draft, until it says `- published: true`."""
    from statuspage.authoring import Said, log
    from statuspage.pipeline import look, open_project
    from statuspage.postmortem import Commit, draft

    desk = desk_at(now)
    one = desk.find(name, "incident")
    if any(update.status == "postmortem" for update in one.updates):
        raise StatuspageError("it has a report already", mend=f"edit {one.path}")
    snapshot = look(open_project(Path(), os.environ), desk.now).snapshot
    known = next(i for i in snapshot.incidents if i.id == one.id)
    if known.open:
        raise StatuspageError("it is still open", mend=f"first: statuspage incident resolve {one.id}")
    commits = [Commit(datetime.fromisoformat(at), subject) for at, subject in log(Path(), Path(one.path))]
    text = draft(snapshot, known, commits)
    path = desk.update(one.id, "incident", Said(status="postmortem", at=desk.now, text=text))
    say(ctx, "a draft: it is on the page once it says - published: true")
    hand_on(ctx, path, f"Draft report: {one.title}", commit=commit, push=push)


@incident.command("auto", epilog="Example: statuspage incident auto --push")
@kept
@click.pass_context
def declare_incidents(ctx: click.Context, *, now: datetime | None, commit: bool, push: bool) -> None:
    """Write what the checks declare by themselves (`incidents: {auto: open}`); `statuspage run` does it too.

    With --push, what the repository does not take waits in .status-data/ for the next run; then it exits with 3.
    """
    from statuspage.authoring import changed
    from statuspage.authoring import commit as commit_file
    from statuspage.authoring import push as push_branch
    from statuspage.declare import declare, keep, own_files, taken
    from statuspage.pipeline import open_project

    project = open_project(Path(), os.environ)
    declared = declare(project, present(now))
    report(declared.problems)
    say(ctx, *(f"wrote {path}" for path in declared.paths))
    paths = own_files(project) if commit or push else ()
    try:
        new = changed(Path(), "incidents") if paths else frozenset()
        paths = tuple(path for path in paths if path in new)
        for path in paths:
            commit_file(Path(), path, f"Checks: {path.stem}")
        if push and paths:
            push_branch(Path())
            taken(project, paths)
    except StatuspageError as error:
        keep(project, paths)
        project.records.keep("incidents that wait")
        report(error.problems)
        echo(f"kept for the next run: {', '.join(map(str, paths))}", err=True)
        ctx.exit(INCOMPLETE)
    project.records.keep("incidents")
    ctx.exit(INCOMPLETE if declared.problems else 0)


@incident.command("list", epilog="Example: statuspage incident list --all")
@click.option("--all", "every", is_flag=True, help="Those that are over too.")
@now_option
def list_incidents(*, every: bool, now: datetime | None) -> None:
    """List the incidents: id, last status, title."""
    _list("incident", now, every=every)


@incident.command("templates", epilog="Example: statuspage incident templates")
@now_option
@click.pass_context
def list_templates(ctx: click.Context, /, *, now: datetime | None) -> None:
    """List the templates in incidents/_templates/: name, kind, title, and the placeholders to be given."""
    known, problems = templates(desk_at(now))
    told = [
        f"{one.name}  {one.kind}  {one.title}  ({', '.join(one.wanted) or 'nothing to be given'})"
        for one in known.values()
    ]
    report(problems)
    echo("\n".join(told) or f"no templates: put some into {TEMPLATES}/")
    ctx.exit(INCOMPLETE if any(not problem.warning for problem in problems) else 0)


@incident.command("show", epilog="Example: statuspage incident show no-answers")
@click.argument("name", metavar="[ID]", default="")
@now_option
def show_incident(name: str, now: datetime | None) -> None:
    """Print the file of the incident ID."""
    echo(desk_at(now).find(name, "incident").source.rstrip("\n"))


incident.add_command(similar_incidents)
incident.add_command(list_actions)


@click.group(epilog="Example: statuspage maintenance list")
def maintenance() -> None:
    """Announce maintenance, begin it, end it: Markdown files in incidents/."""


@maintenance.command(
    "plan",
    epilog="Example: statuspage maintenance plan --title Index --window '2026-11-26 02:00 .. 03:30 UTC' --component x",
)
@_templated
@click.option("--title", default="", help="What is done.")
@click.option("--window", default="", help="'2026-11-26 02:00 .. 03:30 Europe/Paris'.")
@click.option("--rrule", default="", help="When it comes again: FREQ=MONTHLY;BYDAY=1SU, as RFC 5545 has it.")
@click.option("--component", "components", multiple=True, metavar="ID")
@click.option("--text", default="", help="What readers will notice, in Markdown; - reads standard input.")
@click.option("--id", "name", default="", help="The file's name; by day and title, if not given.")
@kept
@click.pass_context
def plan_maintenance(
    ctx: click.Context, /, *, name: str, now: datetime | None, commit: bool, push: bool, **said: Any
) -> None:
    """Announce a window. A run must see it before it begins, or it is not left out of the uptime."""
    desk = desk_at(now)
    said = _from_template(desk, "maintenance", None, said)
    if missing := [
        f"--{key.removesuffix('s')}" for key in ("title", "window", "components") if not said[key]
    ]:
        raise click.UsageError(f"a maintenance has a title, a window and components: {', '.join(missing)}")
    path = desk.open(as_said(desk, {**said, "status": "scheduled"}, said["title"]), name)
    hand_on(ctx, path, f"Plan maintenance: {said['title']}", commit=commit, push=push)


def _step(word: str, status: str, told: str, usual: str) -> click.Command:
    @click.argument("name", metavar="[ID]", default="")
    @click.option(
        "--date", default="", help="Of one that recurs: the day of the window; the nearest, if not given."
    )
    @click.option("--text", default="", help="The update itself, in Markdown; - reads standard input.")
    @kept
    @click.pass_context
    def step(
        ctx: click.Context, /, *, name: str, now: datetime | None, commit: bool, push: bool, **said: Any
    ) -> None:
        desk = desk_at(now)
        one = desk.find(name, "maintenance")
        path = desk.update(one.id, "maintenance", as_said(desk, {"status": status, **said}, usual))
        hand_on(ctx, path, f"{word.capitalize()} maintenance: {one.title}", commit=commit, push=push)

    step.__doc__ = told
    return click.command(word, epilog=f"Example: statuspage maintenance {word} --push")(step)


maintenance.add_command(
    _step("start", "in_progress", "Say that the maintenance ID has begun.", "We have begun.")
)
maintenance.add_command(_step("done", "completed", "Say that the maintenance ID is done.", "It is done."))
maintenance.add_command(
    _step("cancel", "cancelled", "Say that the maintenance ID will not be.", "It will not take place.")
)


@maintenance.command("list", epilog="Example: statuspage maintenance list --all")
@click.option("--all", "every", is_flag=True, help="Those that are over too.")
@now_option
def list_maintenance(*, every: bool, now: datetime | None) -> None:
    """List the maintenance: id, last status, title."""
    _list("maintenance", now, every=every)


# --- shared by them ----------------------------------------------------------------------------


def _from_template(
    desk: Any, kind: str, asked: Callable[..., dict[str, Any]] | None, said: dict[str, Any]
) -> dict[str, Any]:
    """What is said, begun with a template if one is named; on a terminal what is missing is asked for."""
    template, values = said.pop("template"), said.pop("values")
    if not template and values:
        raise click.UsageError("--set goes with --template")
    if template:
        return filled_in(desk, kind, template, values, said)
    return asked(desk, said) if asked and sys.stdin.isatty() else said


def _asked(desk: Any, said: dict[str, Any]) -> dict[str, Any]:
    """On a terminal: what is not given is asked for, an empty answer leaves it out."""
    ids = [c.id for c in desk.config.components]
    said["title"] = said["title"] or click.prompt("What do visitors notice")
    said["impact"] = said["impact"] or click.prompt("Impact", "minor", type=click.Choice(IMPACTS))
    if not said["components"]:
        told = click.prompt(f"Components, with commas ({', '.join(ids)})", "", show_default=False)
        said["components"] = tuple(part.strip() for part in told.split(",") if part.strip())
    for key, question in (("cause", "Cause"), ("doing", "What you are doing about it")):
        said[key] = said[key] or click.prompt(
            question, NOT_KNOWN_YET if key == "cause" else "", show_default=key == "cause"
        )
    for key, question in (
        ("eta", "Expected back (45m, a time)"),
        ("next_update", "Next update (30m, a time)"),
    ):
        said[key] = said[key] or click.prompt(question, NOT_KNOWN_YET, type=When())
    said["text"] = said["text"] or click.prompt("First update", said["title"])
    return said


def _last_status(one: Any) -> str:
    from statuspage.authoring import newest

    status: str = newest(one).status
    return status if status in INCIDENT_WORDS else "investigating"


def _list(kind: str, now: datetime | None, *, every: bool) -> None:
    from statuspage.authoring import is_over, newest

    known: Sequence[Any] = desk_at(now).all(kind)
    shown = [one for one in known if every or not is_over(one)]
    for one in shown:
        echo(f"{one.id}  {newest(one).status}  {one.title}")
    if not shown:
        echo(f"no {kind}" if every else f"no {kind} is open")


def hand_on(ctx: click.Context, path: Path, message: str, *, commit: bool, push: bool) -> None:
    from statuspage.authoring import commit as commit_file
    from statuspage.authoring import push as push_branch

    say(ctx, f"wrote {path}")
    if commit or push:
        commit_file(Path(), path, message)
        say(ctx, f"committed: {message}")
    if push:
        push_branch(Path())
        say(ctx, "pushed")
    if not commit and not push:
        echo(f"next: git add {path} && git commit -m '{message.replace(chr(39), '')}' && git push")
