"""Examinations of what GitHub's API answers. It is a stranger's: whatever it says, nothing is raised.

Source: GitHub REST API, version 2022-11-28: repositories, pages, actions/workflows, workflow-runs, permissions, rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from statuspage.doctor.answers import SHAPELESS, Run, document, ended, mapping, status, visibility
from statuspage.doctor.values import Outcome, Seen, Unseen, examined, moment, words
from statuspage.doctor.workflows import STATUS, cadence
from statuspage.errors import Problem, Where
from statuspage.probes.base import shown

ASKED: Mapping[str, str] = {  # name: path below /repos/OWNER/NAME
    "repository": "",
    "pages": "/pages",
    "workflow": f"/actions/workflows/{STATUS}",
    "runs": f"/actions/workflows/{STATUS}/runs?per_page=20&status=completed&exclude_pull_requests=true",
    "permissions": "/actions/permissions/workflow",
    "rules": "/rules/branches/status-data",
    "branch": "/branches/status-data",
}
FOR_ADMINISTRATORS = frozenset({"permissions"})  # not asked for without a token

_SOURCE = "Settings > Pages > Source: GitHub Actions"
IN_A_ROW = 3  # failed runs
_FAILED = ("failure", "timed_out", "startup_failure")
_REFUSALS = {  # of pushes as the runs make them: the history is a branch that only a workflow writes
    "update": "restricts who may push",
    "creation": "restricts who may make it",
    "pull_request": "wants a pull request",
    "required_status_checks": "wants checks to pass first",
    "required_signatures": "wants signed commits",
    "merge_queue": "wants a merge queue",
    "required_deployments": "wants deployments first",
}
_STATES = {
    "disabled_inactivity": "GitHub has stopped its schedule: 60 days without a commit",
    "disabled_manually": "somebody has disabled it",
    "disabled_fork": "it is disabled because this is a fork",
    "deleted": "it was deleted",
}


def repository(seen: Seen) -> Outcome:
    """Whether the repository is one whose workflows run."""
    said = mapping(seen, "repository")
    if isinstance(said, Unseen):
        return said
    seen_as = visibility(seen)
    if isinstance(seen_as, Unseen):
        return seen_as
    findings = [
        Problem(f"the repository is {word}: no workflow runs in it", mend=mend)
        for word, mend in (
            ("archived", "Settings > Danger zone > Unarchive"),
            ("disabled", "ask GitHub's support"),
        )
        if said.get(word) is True
    ]
    return examined(f"{seen.repository} is {seen_as}", findings)


def pages(seen: Seen) -> Outcome:
    """Whether GitHub Pages publishes what the workflow builds, at the address that readers are told."""
    if isinstance(seen.config, Unseen):
        return seen.config
    url, where = seen.config.page.url, seen.config.source.where("page", "url")
    if status(seen, "pages") == 404 and visibility(seen) == "public":
        if not _is_at_github(url):
            return examined("GitHub Pages is off, and page.url is elsewhere")
        return examined("", [Problem("GitHub Pages is off, and page.url is there", where, _SOURCE)])
    said = mapping(seen, "pages")
    if isinstance(said, Unseen):
        return said
    if said.get("build_type") not in ("workflow", "legacy"):
        return SHAPELESS
    return examined(f"source {said['build_type']}", _of_pages(said, url, where))


def _of_pages(said: Mapping[str, Any], url: str, where: Where) -> Iterator[Problem]:
    if said["build_type"] == "legacy":
        what = "GitHub Pages publishes a branch, not what the workflow builds"
        yield Problem(what, where, _SOURCE, warning=not _is_at_github(url) and said.get("cname") is None)
    address = said.get("html_url")
    if isinstance(address, str) and _place(address) != _place(url):
        what = f"GitHub Pages is at {shown(address, 200)}, page.url is {url}"
        yield Problem(what, where, "write in page.url the address that readers use", warning=True)
    if said.get("https_enforced") is False:
        what = "GitHub Pages answers without HTTPS too"
        yield Problem(what, where, "Settings > Pages > Enforce HTTPS", warning=True)


def workflow(seen: Seen) -> Outcome:
    """Whether GitHub runs the status workflow."""
    if status(seen, "workflow") == 404 and visibility(seen) == "public":
        what = f"GitHub knows no workflow {STATUS}"
        return examined("", [Problem(what, mend="push it to the default branch")])
    said = mapping(seen, "workflow")
    if isinstance(said, Unseen):
        return said
    state = str(said.get("state"))
    if state == "active":
        return examined("active")
    if state not in _STATES:
        return SHAPELESS
    return examined("", [Problem(_STATES[state], mend="Actions > status > Enable workflow")])


def runs(seen: Seen) -> Outcome:
    """Whether the last runs failed, and how late the scheduled ones were."""
    said = ended(seen)
    if isinstance(said, Unseen):
        return said
    if not said:
        return examined(
            "", [Problem("no run has ended yet", mend="Actions > status > Run workflow", warning=True)]
        )
    failed = _failures(said)
    newest = said[0]
    told = f"the last one {moment(newest.at)}: {newest.conclusion}"
    findings = []
    if failed:
        what = f"the last {failed} runs failed" if failed > 1 else "the last run failed"
        findings.append(Problem(what, mend=f"read its log: {newest.url}", warning=failed < IN_A_ROW))
    late, lateness = _lateness(seen, said)
    return examined("; ".join([told, *lateness]), [*findings, *late])


def permissions(seen: Seen) -> Outcome:
    """Which rights a workflow has that names none."""
    said = mapping(seen, "permissions")
    if isinstance(said, Unseen):
        return said
    rights = said.get("default_workflow_permissions")
    if rights not in ("read", "write"):
        return SHAPELESS
    place = "Settings > Actions > General > Workflow permissions"
    findings = []
    if rights == "write":
        what = "a workflow that names no rights may write to everything"
        findings.append(Problem(what, mend=f"{place}: read", warning=True))
    if said.get("can_approve_pull_request_reviews") is True:
        what = "a workflow may approve pull requests"
        findings.append(Problem(what, mend=f"{place}: take that away", warning=True))
    return examined(f"default rights: {rights}", findings)


def rules(seen: Seen) -> Outcome:
    """Rules that refuse what the runs push to status-data. They may have leave to pass: then runs end well."""
    said = document(seen, "rules")
    if isinstance(said, Unseen):
        return said
    kinds = _kinds(said)
    if kinds is None:
        return SHAPELESS
    passes = _passes(seen)
    mend = "Settings > Rules: leave status-data out, or let GitHub Actions pass"
    findings = [
        Problem(
            f"a rule for status-data {_REFUSALS[kind]}: the history cannot be pushed",
            mend=mend,
            warning=passes,
        )
        for kind in kinds
        if kind in _REFUSALS
    ]
    if "non_fast_forward" in kinds:
        what = "a rule for status-data refuses forced pushes: the history is never compacted"
        findings.append(Problem(what, mend=mend, warning=True))
    return examined(f"{len(kinds)} rules for status-data", findings)


def protection(seen: Seen) -> Outcome:
    """Whether the branch status-data is protected the older way, which the rules do not tell."""
    if status(seen, "branch") == 404 and visibility(seen) == "public":
        return Unseen("there is no branch status-data yet")
    said = mapping(seen, "branch")
    if isinstance(said, Unseen):
        return said
    if said.get("protected") not in (True, False):
        return SHAPELESS
    if not said["protected"]:
        return examined("status-data is not protected")
    mend = "Settings > Branches: leave status-data out, or let GitHub Actions push"
    what = "status-data is protected: the history may be refused"
    return examined("", [Problem(what, mend=mend, warning=_passes(seen))])


def _passes(seen: Seen) -> bool:
    """Whether the last run ended well, so that what it pushed was taken."""
    done = ended(seen)
    return not isinstance(done, Unseen) and bool(done) and done[0].conclusion == "success"


def _failures(said: Sequence[Run]) -> int:
    """How many of the newest failed in a row; cancelled and skipped ones say nothing."""
    count = 0
    for run in said:
        if run.conclusion in _FAILED:
            count += 1
        elif run.conclusion == "success":
            break
    return count


def _lateness(seen: Seen, said: Sequence[Run]) -> tuple[list[Problem], list[str]]:
    """How far scheduled runs are from each other, against the cron line: GitHub does not tell when one was due."""
    ours = seen.workflow(STATUS)
    expected = cadence(ours.crons) if ours else None
    times = [run.at for run in said if run.scheduled]
    if expected is None or len(times) < 3:
        return [], []
    between = [later - earlier for later, earlier in pairwise(times)]
    usual = timedelta(seconds=median(step.total_seconds() for step in between))
    what = (
        f"scheduled runs are {words(usual)} apart (at most {words(max(between))}), expected {words(expected)}"
    )
    mend = "GitHub's schedule is late when it is busy: let another timer knock"
    return ([Problem(what, mend=mend, warning=True)] if usual > 2 * expected else []), [what]


def _kinds(said: object) -> list[str] | None:
    """The types of rules, each once; None for another shape."""
    if not isinstance(said, list) or not all(isinstance(rule, dict) for rule in said):
        return None
    return sorted({str(rule.get("type")) for rule in said})


def _is_at_github(url: str) -> bool:
    return _place(url)[0].endswith(".github.io")


def _place(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    return (parts.hostname or "").lower(), parts.path.rstrip("/")
