"""The command behind the forms on GitHub: what somebody said on a phone becomes a file, a commit, a push."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from statuspage.cli.incidents import opened, resolved, updated
from statuspage.cli.saying import IMPACTS, INCIDENT_WORDS, When, desk_at
from statuspage.cli.shared import now_option, say
from statuspage.errors import Problem, Problems, StatuspageError, Where, nearest


@click.command(
    "from-form", epilog='Example: statuspage incident from-form --event "$GITHUB_EVENT_PATH" --push'
)
@click.option(
    "--event",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="GitHub's file of the event: $GITHUB_EVENT_PATH.",
)
@click.option("--run", default="", envvar="GITHUB_RUN_ID", help="The workflow's run; else $GITHUB_RUN_ID.")
@click.option(
    "--push", is_flag=True, help="On top of the remote's newest files, again when others were faster."
)
@now_option
@click.pass_context
def from_form(ctx: click.Context, /, *, event: Path, run: str, push: bool, now: datetime | None) -> None:
    """Write what a form on GitHub says: a workflow's inputs, or an issue of a member that has the label."""
    from statuspage.authoring import land
    from statuspage.authoring.forms import MAX_EVENT, read_form

    with event.open(encoding="utf-8", errors="replace") as file:
        form = read_form(file.read(MAX_EVENT + 1), run)

    def write(root: Path) -> tuple[Path, str] | None:
        done = _written(desk_at(now, root), form)
        say(ctx, f"wrote {done[0]}" if done else f"{form.origin} is written already")
        return done

    if push:
        say(ctx, "pushed" if land(Path(), write) else "nothing to push")
    else:
        write(Path())


def _written(desk: Any, form: Any) -> tuple[Path, str] | None:
    """The path of the file and the commit's message; None when this form was written before."""
    remark = f"from {form.origin}"
    if any(f"<!-- {remark} -->" in one.source for one in desk.all("incident")):
        return None
    said = {**_facts(form), "remark": remark}
    if form.action == "open":
        path, message = opened(desk, {**said, "title": form.incident, "started": None})
    elif form.action == "update":
        path, message = updated(desk, said, form.incident)
    else:
        path, message = resolved(desk, said, form.incident)
    return path, f"{message}\n\n{remark.capitalize()}"


def _facts(form: Any) -> Mapping[str, Any]:
    """The form's words as the options of the commands would give them."""
    problems = [
        Problem(f"unknown {key} '{value[:40]}'", Where("the form"), nearest(value[:80], known))
        for key, value, known in (("impact", form.impact, IMPACTS), ("status", form.status, INCIDENT_WORDS))
        if value and value not in known
    ]
    if problems:
        raise Problems(problems)
    return {
        "components": form.components,
        "impact": form.impact,
        "status": form.status,
        "cause": form.cause,
        "doing": form.doing,
        "eta": _moment("Expected back", form.eta),
        "next_update": _moment("Next update", form.next_update),
        "text": form.text,
    }


def _moment(label: str, text: str) -> Any:
    if not text:
        return None
    try:
        return When().convert(text, None, None)
    except click.BadParameter as error:
        mend = "write 45m, 2026-11-22 15:15 UTC or not known yet"
        raise StatuspageError(
            f"{label}: '{text[:40]}' is no time", where=Where("the form"), mend=mend
        ) from error
