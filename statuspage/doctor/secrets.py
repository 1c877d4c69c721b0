"""Examinations of what must not be known: secrets that a workflow has to name, components that are not public."""

import re
from collections.abc import Iterator, Mapping

from statuspage.config import Config
from statuspage.config.secrets import expand
from statuspage.doctor.answers import visibility
from statuspage.doctor.facts import ACTION
from statuspage.doctor.values import Outcome, Seen, Unseen, examined
from statuspage.doctor.workflows import Path, Workflow
from statuspage.errors import Problem, Where

_PROBES = re.compile(r"\bstatuspage\b.*\b(run|probe)\b")


def named(seen: Seen) -> Outcome:
    """Whether a workflow gives each secret of components.yaml to the probes."""
    if isinstance(seen.config, Unseen):
        return seen.config
    wanted = _wanted(seen.config)
    if not wanted:
        return examined("components.yaml asks for none")
    probing = [(one, path) for one in seen.workflows for path in _probing(one)]
    if not probing:
        return Unseen("no workflow has a step that runs `statuspage run` or `statuspage probe`")
    given = {name for one, path in probing for name in one.environment(path)}
    said = f"{len(wanted.keys() & given)} of {len(wanted)} are given to the step that probes"
    return examined(said, _missing(wanted, given, *probing[0]))


def filled(seen: Seen) -> Outcome:
    """Whether the repository has a value for each secret, as far as this run was given them."""
    if isinstance(seen.config, Unseen):
        return seen.config
    wanted = _wanted(seen.config)
    if not wanted:
        return examined("components.yaml asks for none")
    if not seen.environ.get("GITHUB_ACTIONS"):
        return Unseen("only a run at GitHub is given them")
    told = {name: where for name, where in wanted.items() if name in seen.environ}
    said = f"this step is given {len(told)} of {len(wanted)}"
    empty = [_empty(name, where) for name, where in told.items() if not seen.environ[name].strip()]
    return (
        examined(said, empty) if empty or len(told) == len(wanted) else Unseen(f"{said}: name all in its env")
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


def _missing(
    wanted: Mapping[str, Where], given: set[str], workflow: Workflow, path: Path
) -> Iterator[Problem]:
    step = workflow.steps[path].get("name") or workflow.where(*path)
    for name, where in wanted.items():
        if name not in given:
            mend = (
                f"name it in {workflow.name} at the step '{step}': env: {{{name}: ${{{{ secrets.{name} }}}}}}"
            )
            yield Problem(
                f"no workflow gives {name} to the probes: what needs it is not measured", where, mend
            )


def _empty(name: str, where: Where) -> Problem:
    mend = "Settings > Secrets and variables > Actions > New repository secret; pull requests of forks are given none"
    return Problem(f"{name} is named in the workflow and has no value", where, mend)


def _probing(workflow: Workflow) -> Iterator[Path]:
    """The steps that ask: by the command, or by the action."""
    for path, step in workflow.steps.items():
        if _PROBES.search(str(step.get("run", ""))) or ACTION.search(str(step.get("uses", ""))):
            yield path
