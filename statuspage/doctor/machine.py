"""Examinations of this machine: what the configuration and the commands need of it."""

from statuspage.doctor.values import Outcome, Seen, Unseen, examined
from statuspage.errors import Problem
from statuspage.rounds import lacking

LEAST_PYTHON = (3, 11)
LEAST_GIT = (2, 30)


def configuration(seen: Seen) -> Outcome:
    """Whether components.yaml can be read; what stands in it is for `statuspage check`."""
    if isinstance(seen.config, Unseen):
        return examined("", seen.broken) if seen.broken else seen.config
    return examined("components.yaml can be read; `statuspage check` says more")


def packages(seen: Seen) -> Outcome:
    """Whether the packages are installed that the kinds of the components need."""
    if isinstance(seen.config, Unseen):
        return seen.config
    return examined("every kind in components.yaml can be asked", lacking(seen.config))


def programs(seen: Seen) -> Outcome:
    """Whether Python and git are there, and new enough."""
    python, git = seen.machine.python, seen.machine.git
    findings = []
    if python < LEAST_PYTHON:
        findings.append(
            Problem(f"Python {_dotted(python)} is too old", mend=f"install {_dotted(LEAST_PYTHON)}")
        )
    if git is None:
        findings.append(Problem("there is no git here", mend=f"install git {_dotted(LEAST_GIT)} or newer"))
    elif git < LEAST_GIT:
        findings.append(
            Problem(f"git {_dotted(git)} is too old", mend=f"install git {_dotted(LEAST_GIT)} or newer")
        )
    return examined(f"Python {_dotted(python)}, git {_dotted(git or ())}", findings)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
