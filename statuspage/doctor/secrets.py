"""Examinations of what must not be known: secrets that a workflow has to name, components that are not public."""

import re
from collections.abc import Iterator, Mapping

from statuspage.config import Config
from statuspage.config.secrets import expand
from statuspage.doctor.answers import visibility
from statuspage.doctor.values import Outcome, Seen, Unseen, examined
from statuspage.doctor.workflows import STATUS, Workflow
from statuspage.errors import Problem, Where

_PROBES = re.compile(r"\bstatuspage\b.*\b(run|probe)\b")


def named(seen: Seen) -> Outcome:
    """Whether a workflow gives each secret of components.yaml to the probes."""
    if isinstance(seen.config, Unseen):
        return seen.config
    wanted = _wanted(seen.config)
    if not wanted:
        return examined("components.yaml asks for none")
    workflow = seen.workflow(STATUS)
    if workflow is None:
        return Unseen(f"there is no {STATUS} that can be read")
    given = {name for one in seen.workflows for _, name, _ in one.environments}
    said = f"{len(wanted)} of components.yaml, {len(wanted.keys() & given)} named in the workflows"
    return examined(said, _missing(wanted, given, _step(workflow)))


def filled(seen: Seen) -> Outcome:
    """Whether the repository has a value for each secret, as far as this run was given them."""
    if isinstance(seen.config, Unseen):
        return seen.config
    if not seen.environ.get("GITHUB_ACTIONS"):
        return Unseen("only a run at GitHub is given them")
    wanted = _wanted(seen.config)
    told = {name: where for name, where in wanted.items() if name in seen.environ}
    if wanted and not told:
        return Unseen("this step is given none: name them in its env")
    return examined(
        f"{len(told)} of {len(wanted)} are given to this step",
        (_empty(name, where) for name, where in told.items() if not seen.environ[name].strip()),
    )


def private(seen: Seen) -> Outcome:
    """Components that the page does not show, in a repository that everybody can read."""
    if isinstance(seen.config, Unseen):
        return seen.config
    hidden = [c for c in seen.config.components if not c.public]
    if not hidden:
        return examined("every component is public")
    seen_as = visibility(seen)
    if isinstance(seen_as, Unseen):
        return seen_as
    return examined(
        f"the repository is {seen_as}",
        (
            Problem(
                f"'{c.name}' is not on the page, and everybody can read of it here and on status-data",
                c.where,
                "make the repository private, or watch it from another one",
            )
            for c in hidden
            if seen_as == "public"
        ),
    )


def _wanted(config: Config) -> Mapping[str, Where]:
    """Each `${NAME}` of the file and where it stands first."""
    found: dict[str, Where] = {}
    for path, names in expand(config.source, {}).names.items():
        for name in names:
            found.setdefault(name, config.source.where(*path))
    return found


def _missing(wanted: Mapping[str, Where], given: set[str], step: str) -> Iterator[Problem]:
    for name, where in wanted.items():
        if name not in given:
            mend = f"name it in {STATUS} at the step '{step}': env: {{{name}: ${{{{ secrets.{name} }}}}}}"
            yield Problem(f"no workflow names {name}: what needs it is not measured", where, mend)


def _empty(name: str, where: Where) -> Problem:
    mend = "Settings > Secrets and variables > Actions > New repository secret; pull requests of forks are given none"
    return Problem(f"{name} is named in the workflow and has no value", where, mend)


def _step(workflow: Workflow) -> str:
    """The name of the step that probes."""
    for step in workflow.steps.values():
        if _PROBES.search(str(step.get("run", ""))) or "statuspage@" in str(step.get("uses", "")):
            return str(step.get("name") or step.get("id") or "that runs statuspage")
    return "that runs statuspage"
