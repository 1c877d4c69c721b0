"""What `statuspage check` finds, and how it is said to people and programs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from statuspage.archive import read_ledger
from statuspage.authoring import read_templates
from statuspage.budget import is_paid
from statuspage.errors import Problem, StatuspageError
from statuspage.ledger import Ledger
from statuspage.mutes import mutes
from statuspage.pipeline import Project, look, open_project, try_templates
from statuspage.rounds import lacking
from statuspage.spoken import WRITTEN, has_words
from statuspage.theme import warnings as theme_warnings


def check(
    root: Path, environ: Mapping[str, str], now: datetime, *, without_secrets: bool = False
) -> list[Problem]:
    """Everything wrong with the configuration, the incidents and the history; errors first. Writes nothing.

    `without_secrets`: it is known that none is set here, and nothing is said of it.
    """
    try:
        project = open_project(root, environ)
    except StatuspageError as error:
        return list(error.problems)
    seen = look(project, now)
    ledger, _ = read_ledger(project.records)
    problems = [
        *project.config.warnings,
        *(p for p in seen.problems if not (without_secrets and p in project.config.unset)),
        *theme_warnings(project.config, seen.snapshot.page.theme),
        *_languages(project),
        *_link_languages(project),
        *_incident_templates(project, now),
        *_vanished(project, ledger),
        *_muted(project, ledger, now),
        *lacking(project.config),
        *_unreadable_addresses(project),
        *_not_secret(project),
        *_without_limit(project),
        *try_templates(project, now),
    ]
    return sorted(problems, key=lambda problem: problem.warning)


def formatted(problems: Sequence[Problem], form: str) -> Iterator[str]:
    """Lines of `text`, or of one `json` array."""
    if form == "json":
        yield json.dumps([plain(problem) for problem in problems], indent=2, ensure_ascii=False)
    else:
        yield from (str(problem) for problem in problems)


def plain(problem: Problem) -> dict[str, object]:
    """A finding as JSON has it."""
    return {
        "severity": "warning" if problem.warning else "error",
        "message": problem.what,
        "file": problem.where.path if problem.where else None,
        "line": problem.where.line or None if problem.where else None,
        "mend": problem.mend,
    }


def _incident_templates(project: Project, now: datetime) -> list[Problem]:
    names = {c.id: c.name for c in project.config.components}
    return read_templates(project.root, names, now, project.config.page.timezone)[1]


def _unreadable_addresses(project: Project) -> list[Problem]:
    if not project.config.notify:
        return []
    from statuspage.notify.channels import problems

    return problems(project.config.notify)


def _vanished(project: Project, ledger: Ledger) -> Iterator[Problem]:
    """A component whose id was known and is gone while a new one appeared: most likely a new name."""
    ids = {c.id for c in project.config.components}
    known = set(ledger.facts("component"))
    former = {old for c in project.config.components for old in c.was}
    gone, fresh = sorted(known - ids - former), sorted(ids - known)
    if not known or not fresh:
        return
    for old in gone:
        yield Problem(
            f"component '{old}' is gone and {', '.join(fresh)} is new",
            project.config.where(fresh[0]),
            f"if it is the same under another name, keep its history: was: [{old}]",
            warning=True,
        )


def _muted(project: Project, ledger: Ledger, now: datetime) -> Iterator[Problem]:
    """So that no mute is forgotten. Its reason stays out: what is found here may stand in a public log."""
    for one in mutes(ledger, project.config.components, now):
        where = project.config.where(one.component)
        yield Problem(str(one), where, f"statuspage unmute {one.component}, when it is time", warning=True)


def _not_secret(project: Project) -> Iterator[Problem]:
    """In a repository: who can read it, reads of components that the page does not show."""
    root = project.root.resolve()
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return
    for component in project.config.components:
        if not component.public:
            yield Problem(
                f"'{component.name}' is not on the page, but a public repository shows it: here and in the history",
                component.where,
                "keep the repository private, or watch it from another one",
                warning=True,
            )


def _languages(project: Project) -> Iterator[Problem]:
    """Languages that the pages cannot speak."""
    for n, code in enumerate(project.config.page.languages):
        if not has_words(code):
            result = "there are no pages in it" if n else "the pages speak English"
            yield Problem(
                f"there are no words for the language '{code}': {result}",
                project.config.source.where("page", "languages", n),
                f"known are {', '.join(WRITTEN)}, each with any region: pt-BR",
                warning=True,
            )


def _link_languages(project: Project) -> Iterator[Problem]:
    """Own links whose words are given by language, and not in each one that the site has."""
    page = project.config.page
    for part in ("header", "footer"):
        for n, link in enumerate(getattr(page.links, part)):
            known = {} if isinstance(link.text, str) else link.text
            for code in (code for code in page.languages if known and has_words(code)):
                if code not in known and code.split("-")[0] not in known:
                    where = project.config.source.where("page", "links", part, n, "text")
                    what = f"page.links.{part}: the link to {link.href} has no words in '{code}'"
                    yield Problem(what, where, f"write text: {{{code}: ...}} beside the others", warning=True)


def _without_limit(project: Project) -> Iterator[Problem]:
    budget = project.config.budget
    if budget.tokens_per_day is not None or budget.calls_per_day is not None:
        return
    paid = [c for c in project.config.components if is_paid(c)]
    if paid:
        names = ", ".join(f"'{c.name}'" for c in paid)
        yield Problem(
            f"{names}: each probe costs money, and there is no budget",
            paid[0].where,
            "say what a day may cost: budget: {tokens_per_day: 20000}",
            warning=True,
        )
