"""What a run says of itself on GitHub: gathered, and added to the file that GitHub shows."""

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from statuspage.cli.log import mask, noted
from statuspage.cli.shared import report
from statuspage.errors import Problem, StatuspageError, Where

VARIABLE = "GITHUB_STEP_SUMMARY"


def summarize(
    ctx: click.Context, project: Any, now: datetime, code: int, *, own: Any = None, snapshot: Any = None
) -> None:
    """Say how the run went, if GitHub wants to know. `own`: its round, if it is not the newest one that is kept.

    What goes wrong here is a warning: the run did its work.
    """
    if not os.environ.get(VARIABLE):
        return
    from statuspage.pipeline import owed
    from statuspage.run_summary import summary

    try:
        ended = replace(_ended(project, now, own, snapshot), code=code)
    except StatuspageError as error:
        report(replace(problem, warning=True) for problem in error.problems)
        return
    problems = tuple(dict.fromkeys((*noted(ctx), *owed(ended.snapshot))))
    _write(summary(replace(ended, problems=problems), mask().text))


def summarize_failure(ctx: click.Context) -> None:
    """Say why one of the commands that summarize could not do its work."""
    if os.environ.get(VARIABLE) and ctx.invoked_subcommand in ("probe", "build", "run"):
        from statuspage.run_summary import failure

        _write(failure(f"statuspage {ctx.invoked_subcommand}", noted(ctx), mask().text))


def summarize_told(outcome: Any) -> None:
    """Say whom the run told what, if GitHub wants to know and anybody was."""
    if os.environ.get(VARIABLE) and outcome.told:
        from statuspage.run_summary import told

        rows = [(o.sending.target.name, o.subject, *_became(o.delivery)) for o in outcome.told]
        _write(told(rows, mask().text))


def _became(delivery: Any) -> tuple[str, str]:
    word = "sent" if delivery.sent else "tried again later" if delivery.retry else "refused"
    return word, delivery.detail


def _ended(project: Any, now: datetime, own: Any, snapshot: Any) -> Any:
    from statuspage.archive import recall
    from statuspage.budget import SPENT, cost_of_round, spent
    from statuspage.pipeline import look
    from statuspage.probes import Cost
    from statuspage.run_summary import Ended

    known = recall(project.records, project.config, now)
    rounds = [round_ for round_ in known.history.rounds if round_.at <= now]
    newest = own or (rounds[-1] if rounds else None)
    facts = known.ledger.facts(SPENT)
    then = _moment_before(rounds, newest)
    return Ended(
        snapshot=snapshot or look(project, now).snapshot,
        before=look(project, then).snapshot if then else None,
        round=newest,
        problems=(),
        code=0,
        cost=cost_of_round(newest, facts) if newest else Cost(),
        today=spent(known.history.rounds, facts.values(), now),
        limits=project.config.budget,
    )


def _moment_before(rounds: Iterable[Any], newest: Any) -> datetime | None:
    """When the round before it, from the same place, had been judged."""
    before = [one for one in rounds if newest and one.vantage == newest.vantage and one.at < newest.at]
    return max((sample.at for sample in before[-1].samples), default=before[-1].at) if before else None


def _write(text: str) -> None:
    """Add it to what other commands of the same step have said: GitHub takes so much of them all."""
    from statuspage.gfm import fitting
    from statuspage.run_summary import MOST

    path = Path(os.environ[VARIABLE])
    try:
        with path.open("ab") as file:
            file.write(fitting(text, MOST - file.tell()))
    except OSError as error:
        what = f"the summary of the run cannot be written: {error.strerror}"
        report([Problem(what, Where(str(path)), "see what $GITHUB_STEP_SUMMARY names", warning=True)])
