"""Examinations of the workflow files: rights, triggers, pins, schedule."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from statuspage.doctor.values import Outcome, Seen, Unseen, examined, wholly, words
from statuspage.doctor.workflows import STATUS, Workflow, cadence, mapping, shortest, starts_of
from statuspage.errors import Problem, Where

_MINUTE = timedelta(minutes=1)
LEAST_MINUTES = 5  # GitHub, Events that trigger workflows: schedule
INSTALLED = re.compile(r"chatbot-statuspage(?:\[[^\]]*\])?==([^\s\"']+)")
ACTION = re.compile(r"\.github/actions/statuspage(@|$)")
_PINNED = re.compile(r"@[0-9a-f]{40}$|@sha256:[0-9a-f]{64}$")
_COMMENT = re.compile(r"#\s*v?([0-9][0-9A-Za-z.]*)")


def there(seen: Seen) -> Outcome:
    """That there is a status workflow, and that every file can be read."""
    where = Where(f"{seen.folder}/{STATUS}")
    is_there = seen.workflow(STATUS) or where.path in {p.where.path for p in seen.unreadable if p.where}
    if not is_there and not seen.workflows and not seen.unreadable and isinstance(seen.repository, Unseen):
        return Unseen(f"no {seen.folder}, no repository at GitHub: something else runs `statuspage run`")
    what = "there is no status workflow: nothing probes or publishes"
    mend = "take the one that `statuspage init` writes into an empty folder"
    missing = [] if is_there else [Problem(what, where, mend)]
    return examined(f"{len(seen.workflows)} workflows in {seen.folder}", [*missing, *seen.unreadable])


def rights(seen: Seen) -> Outcome:
    """Rights of the token, foreign triggers, actions that may change, credentials left behind."""
    return _of_all(seen, "least rights, and actions pinned by hash", _rights)


def schedule(seen: Seen) -> Outcome:
    """Whether the schedule fires, when, and as often as `defaults.every` says."""
    workflow = seen.workflow(STATUS)
    if workflow is None:
        return Unseen(f"there is no {STATUS} that can be read")
    crons = ", ".join(f"'{cron}'" for cron in workflow.crons.values())
    return examined(f"cron {crons}" if crons else "no cron", [*_schedule(workflow), *_rhythm(workflow, seen)])


def version(seen: Seen) -> Outcome:
    """Whether what the workflows install is what is installed here."""
    pins = [(w, path, pin) for w in seen.workflows for path, pin in pinned(w)]
    if not pins:
        return Unseen("no workflow names a version")
    ours = seen.machine.version
    return examined(
        f"{ours} here, {', '.join(sorted({pin for _, _, pin in pins}))} in the workflows",
        (
            _advice(
                f"installs {pin}, here is {ours}",
                workflow.where(*path),
                f"write {ours} there, or install {pin} here: pip install chatbot-statuspage=={pin}",
            )
            for workflow, path, pin in pins
            if pin != ours
        ),
    )


def pinned(workflow: Workflow) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each version of statuspage that the workflow asks for: of the package, or in the comment of its action."""
    for path, script in workflow.scripts:
        yield from ((path, pin) for pin in INSTALLED.findall(script))
    for path, called in workflow.uses:
        if ACTION.search(called) and (comment := _COMMENT.search(workflow.written(*path))):
            yield path, comment[1]


# --- rights ------------------------------------------------------------------------------------


def _rights(workflow: Workflow) -> Iterator[Problem]:
    yield from _permissions(workflow)
    yield from _triggers(workflow)
    yield from _actions(workflow)
    yield from _checkouts(workflow)
    yield from _cancelled(workflow)


def _permissions(workflow: Workflow) -> Iterator[Problem]:
    if "permissions" not in workflow.value:
        yield _advice(
            "no `permissions:` at the top: its jobs have the rights that the repository gives by default",
            Where(workflow.loaded.path, 1),
            "write `permissions: {}` at the top, and in each job what it needs",
        )
    for path, part in {(): workflow.value, **workflow.jobs}.items():
        if part.get("permissions") == "write-all":
            yield Problem(
                "`permissions: write-all` gives its token every right",
                workflow.where(*path, "permissions"),
                "write `permissions: {}` at the top, and in each job what it needs",
            )


def _triggers(workflow: Workflow) -> Iterator[Problem]:
    if "pull_request_target" in workflow.triggers:
        yield Problem(
            "`pull_request_target` runs with secrets and rights on pull requests of strangers",
            workflow.where("on", "pull_request_target"),
            "use `pull_request`, as check.yml does",
        )


def _actions(workflow: Workflow) -> Iterator[Problem]:
    for path, called in workflow.uses:
        if not called.startswith("./") and not _PINNED.search(called):
            yield _advice(
                f"'{called}' is not pinned: whoever may move its tag runs code here",
                workflow.where(*path),
                "write the commit's 40 digits after @, and the version as a comment",
            )


def _checkouts(workflow: Workflow) -> Iterator[Problem]:
    for path, step in workflow.steps.items():
        kept = mapping(step.get("with")).get("persist-credentials", True)
        if str(step.get("uses")).startswith("actions/checkout@") and str(kept).lower() != "false":
            yield _advice(
                "checkout leaves its token in the folder, for every later step",
                workflow.where(*path),
                "with: {persist-credentials: false}",
            )


def _cancelled(workflow: Workflow) -> Iterator[Problem]:
    parts = {(): workflow.value, **workflow.jobs} if workflow.name == STATUS else {}
    for path, part in parts.items():
        if str(mapping(part.get("concurrency")).get("cancel-in-progress")).lower() == "true":
            yield Problem(
                "`cancel-in-progress` ends a run in the middle of its work whenever the next one begins",
                workflow.where(*path, "concurrency", "cancel-in-progress"),
                "write cancel-in-progress: false",
            )


# --- schedule ----------------------------------------------------------------------------------


def _schedule(workflow: Workflow) -> Iterator[Problem]:
    if not workflow.crons:
        yield Problem(
            "has no schedule: it runs only when something knocks",
            workflow.where("on"),
            'write on: {schedule: [{cron: "3/5 * * * *"}]}, or let another timer knock',
            warning=bool({"repository_dispatch", "workflow_dispatch"} & workflow.triggers.keys()),
        )
    for path, cron in workflow.crons.items():
        where = workflow.where(*path)
        starts = starts_of(cron)
        if not starts:
            yield Problem(f"'{cron}' is no cron line", where, 'write five fields: cron: "3/5 * * * *"')
        elif (step := shortest(cron)) is not None and step < LEAST_MINUTES:
            mend = (
                'write "3/5 * * * *"; `statuspage probe --for 4m --every 30s` asks more often within one run'
            )
            yield Problem(f"'{cron}' asks for a run each {step} min: GitHub never starts it", where, mend)
        elif any(start % 60 == 0 for start in starts):
            mend = 'begin at an odd minute: "3/5 * * * *" instead of "*/5 * * * *"'
            yield _advice(f"'{cron}' starts at the full hour, when GitHub is late most", where, mend)


def _rhythm(workflow: Workflow, seen: Seen) -> Iterator[Problem]:
    """Rounds within one run have a rhythm of their own, and nothing is said of it."""
    if not workflow.crons or isinstance(seen.config, Unseen):
        return
    if any("--every" in script for _, script in workflow.scripts):
        return
    between, every = cadence(workflow.crons), seen.config.defaults.every
    where = workflow.where(*next(iter(workflow.crons)))
    if between is None:
        yield _advice("does not run at the same times each day", where, "write * for day, month and weekday")
        return
    mend = f"write defaults.every: {between // _MINUTE}m in {seen.config.source.path}, or another cron"
    if between > 2 * every:
        what = f"a run each {words(between)}, defaults.every is {words(every)}: most time in between is not measured"
        yield Problem(what, where, mend)
    elif between != every:
        yield _advice(f"a run each {words(between)}, defaults.every is {words(every)}", where, mend)


def _of_all(seen: Seen, said: str, look: Callable[[Workflow], Iterable[Problem]]) -> Outcome:
    if not seen.workflows:
        return Unseen(f"no workflow in {seen.folder} that can be read")
    return wholly(
        seen, examined(said, (finding for workflow in seen.workflows for finding in look(workflow)))
    )


def _advice(what: str, where: Where, mend: str) -> Problem:
    return Problem(what, where, mend, warning=True)
