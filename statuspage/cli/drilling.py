"""The command that rehearses a failure."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from statuspage.cli.shared import Length, echo, say, wall_clock
from statuspage.errors import DONE, FAILED

FAULTS = (
    "down",
    "slow",
    "timeout",
    "refused",
    "tls-expired",
    "empty-answer",
    "wrong-answer",
    "truncated",
    "429",
    "dns",
)


@click.command("drill", epilog="Example: statuspage drill 'Chat API' --fault timeout --for 15m")
@click.argument("component", default="")
@click.option("--fault", type=click.Choice(FAULTS), help="How it fails.")
@click.option(
    "--for",
    "lasting",
    type=Length(),
    help="How long, by the drill's own clock; if not given, until the checks declare an incident.",
)
@click.option("--fallback", help="The component that must answer meanwhile.")
@click.option("--within", type=Length(), help="The longest that it may take to, with --fallback.")
@click.option(
    "--scenario",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of drills, instead of COMPONENT.",
)
@click.option(
    "--keep", is_flag=True, help="Note in the history that the drill took place, and what it came to."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the site as it stood at the end of the fault."
)
@click.option("--true-secrets", is_flag=True, help="Send the real secrets to the targets, not dummies.")
@click.option(
    "--demo", is_flag=True, help="Start the chatbot that ships with statuspage, for the time of the drill."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def drill(
    ctx: click.Context,
    component: str,
    fault: str | None,
    lasting: timedelta | None,
    fallback: str | None,
    within: timedelta | None,
    scenario: Path | None,
    out: Path | None,
    form: str,
    *,
    keep: bool,
    true_secrets: bool,
    demo: bool,
) -> None:
    """Make COMPONENT fail in a safe place, and see whether everybody would hear of it.

    A proxy of our own fails in the component's place; rounds, page, feed, API and messages are the true ones, in a
    copy of the state. Nobody is told but targets that are for drills; nothing of the history changes.
    """
    from statuspage.drill import drill as rehearse
    from statuspage.drill import unmet

    if bool(component) == bool(scenario) or bool(component) != bool(fault):
        raise click.UsageError("name a COMPONENT and its --fault, or a --scenario")
    if (within and not fallback) or (scenario and (lasting or fallback)):
        raise click.UsageError("--within belongs to --fallback, and both, like --for, to a COMPONENT")
    done: list[Any] = []
    with _project(demo=demo) as project:
        plan = _plan(project, component, fault, lasting, fallback, within, scenario)
        for order, expected in plan.orders:
            result = rehearse(
                project,
                order,
                now=wall_clock(),
                environ=os.environ,
                stand_ins=plan.stand_ins,
                keep=lambda files: _write(files, out),
                true_secrets=true_secrets,
            )
            done.append((result, tuple(unmet(result, expected))))
            say(ctx, f"{len(done)} of {len(plan.orders)}: {order.fault} of {order.component}")
        _show(project, done, form)
        if keep:
            _keep(project, done)
    ctx.exit(FAILED if any(wrong for _, wrong in done) else DONE)


@contextmanager
def _project(*, demo: bool) -> Iterator[Any]:
    """That of this folder; `demo`: its chatbot runs, and its configuration stands in where there is none here."""
    from statuspage.pipeline import CONFIG_FILE, open_project

    if not demo:
        yield open_project(Path(), os.environ)
        return
    import tempfile

    from statuspage.demo.script import example
    from statuspage.demo.stage import living_chatbot

    with living_chatbot(), tempfile.TemporaryDirectory() as empty:
        root = Path()
        if not (root / CONFIG_FILE).exists():
            root = Path(empty)
            (root / CONFIG_FILE).write_text(example(), "utf-8")
        yield open_project(root, os.environ)


def _plan(
    project: Any,
    component: str,
    fault: str | None,
    lasting: timedelta | None,
    fallback: str | None,
    within: timedelta | None,
    scenario: Path | None,
) -> Any:
    from statuspage.drill import Expected, Fault, Order, Scenario, read_scenario

    if scenario:
        from statuspage.regular import read_regular

        text = read_regular(scenario, 1_000_001).decode("utf-8", "replace")
        return read_scenario(text, str(scenario), project.config)
    order = Order(
        component=_id(project, component),
        fault=Fault(fault or ""),
        lasting=lasting,
        fallback=_id(project, fallback) if fallback else "",
        within=within,
    )
    return Scenario(((order, Expected()),), {})


def _id(project: Any, word: str) -> str:
    from statuspage.cli.running import named

    return str(named(project, word).id)


def _write(files: Any, out: Path | None) -> None:
    from statuspage.stores.site import swap

    if out is not None:
        swap(files, out)


def _show(project: Any, done: list[Any], form: str) -> None:
    from statuspage.drill import as_json, table

    names = {one.id: one.name for one in project.config.components}
    echo(as_json(done) if form == "json" else table(done, names))


def _keep(project: Any, done: list[Any]) -> None:
    from statuspage.archive import write_facts
    from statuspage.drill import noted

    write_facts(project.records, [noted(result, wrong) for result, wrong in done])
    project.records.keep("drill")
