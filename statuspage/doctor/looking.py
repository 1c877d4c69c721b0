"""The only part of the doctor that looks: at files, git, GitHub and the page; the network under one deadline."""

import asyncio
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from statuspage import __version__, git
from statuspage.archive import CLOCK, SCHEMA_FILE, raw_day, read_ledger, read_rounds
from statuspage.config import Config
from statuspage.dial import Gate
from statuspage.doctor.github import ASKED, FOR_ADMINISTRATORS
from statuspage.doctor.page import STATUS_FILE, is_here
from statuspage.doctor.rhythm import LOOKED_BACK
from statuspage.doctor.values import Fetched, Kept, Machine, Seen, Unseen, words
from statuspage.doctor.workflows import Workflow
from statuspage.errors import Problem, StatuspageError, Where
from statuspage.importers.files import files_in, text_of
from statuspage.net import Net, NetError, Request
from statuspage.pipeline import open_project
from statuspage.redaction import Redactor
from statuspage.scaffold import WORKFLOWS
from statuspage.scaffold import workflows as shipped
from statuspage.stores.base import Records
from statuspage.yamlfile import load

WITHIN = timedelta(seconds=15)  # for everything on the network together
API = "https://api.github.com"
MOST = 4 * 1024 * 1024  # octets of an answer: twenty runs are half a megabyte
MOST_YAML = 1_000_000

_GITHUB_READS = ("an anchor", "an alias")  # and we do not: such a file is not examined, and not wrong
_NO_TOKEN = Unseen(
    "GitHub tells only administrators: set GITHUB_TOKEN to a token that may read Administration"
)
_NO_PAGE = Unseen("components.yaml cannot be read")
_ORIGIN = re.compile(r"(?:https://(?:[^@/\s]*@)?|ssh://git@|git@)github\.com[:/]([^\s]+?)(?:\.git)?/?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


def look(root: Path, environ: Mapping[str, str], now: datetime, *, within: timedelta = WITHIN) -> Seen:
    """All that the examinations want to know, as far as it can be seen from here. Nothing is raised or written."""
    home = _home(root)
    folder = home / WORKFLOWS
    shown = str(folder.relative_to(root.resolve()) if home == root.resolve() else folder)
    workflows, unreadable = _workflows(folder, shown)
    config, kept, broken = _project(root, environ, now)
    repository = _repository(root, environ)
    github, page = asyncio.run(_ask(config, repository, environ, within))
    return Seen(
        now=now,
        environ=environ,
        config=config,
        broken=broken,
        kept=kept,
        folder=shown,
        workflows=workflows,
        unreadable=unreadable,
        shipped=shipped(),
        repository=repository,
        github=github,
        page=page,
        machine=Machine(python=sys.version_info[:2], git=git.version(), version=__version__),
    )


# --- files -------------------------------------------------------------------------------------


def _project(
    root: Path, environ: Mapping[str, str], now: datetime
) -> tuple[Config | Unseen, Kept | Unseen, tuple[Problem, ...]]:
    try:
        project = open_project(root, environ)
    except StatuspageError as error:
        unseen = Unseen("components.yaml cannot be read")
        return unseen, unseen, error.problems
    return project.config, _kept(project.records, now), ()


def _kept(records: Records, now: datetime) -> Kept | Unseen:
    """The rounds of the last days; the newest day's when there are none."""
    warnings: list[Problem] = []
    try:
        if records.read(SCHEMA_FILE) is None:
            return Unseen(
                f"there is no history at {records.place('')}; that of a page on GitHub: --store branch"
            )
        days = [raw_day(path) for path in records.list("raw/")]
        newest = max(days, default=date.max)
        first = min((now - LOOKED_BACK).date(), newest)
        left_out = read_ledger(records)[0].facts(CLOCK)
        rounds = read_rounds(records, first, date.max, warnings, left_out)
        return Kept(rounds=tuple(rounds), problems=tuple(warnings))
    except StatuspageError as error:
        if any(problem.where for problem in error.problems):
            return Kept(rounds=(), problems=error.problems)
        return Unseen(f"the history cannot be reached: {error.problems[0].what}")


def _home(root: Path) -> Path:
    """The top of the repository, where GitHub looks for workflows; the folder itself outside of one."""
    root = root.resolve()
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def _workflows(folder: Path, shown: str) -> tuple[tuple[Workflow, ...], tuple[Problem, ...]]:
    found: list[Workflow] = []
    problems: list[Problem] = []
    if not folder.exists():
        return (), ()
    try:
        paths = [*files_in(folder, ".yml", ".yaml", most=100)]
    except StatuspageError as error:
        return (), error.problems
    for path in paths:
        try:
            text = text_of(path, MOST_YAML)
            found.append(Workflow(path.name, load(text, f"{shown}/{path.name}"), text))
        except StatuspageError as error:
            problems += (_of_workflow(problem, f"{shown}/{path.name}") for problem in error.problems)
    return tuple(found), tuple(problems)


def _of_workflow(problem: Problem, path: str) -> Problem:
    where = Where(path, problem.where.line if problem.where else 0)
    return replace(problem, where=where, warning=problem.what.startswith(_GITHUB_READS))


def _repository(root: Path, environ: Mapping[str, str]) -> str | Unseen:
    """`owner/name` at GitHub, from the environment or from the remote called origin."""
    name = environ.get("GITHUB_REPOSITORY", "")
    if not name and (match := _ORIGIN.fullmatch(git.address(root))):
        name = match[1]
    if _REPOSITORY.fullmatch(name) and not {".", ".."} & {*name.split("/")}:
        return name
    return Unseen("no repository at GitHub is known: GITHUB_REPOSITORY is not set, and origin is not there")


# --- network -----------------------------------------------------------------------------------


async def _ask(
    config: Config | Unseen, repository: str | Unseen, environ: Mapping[str, str], within: timedelta
) -> tuple[Mapping[str, Fetched], Fetched]:
    """GitHub's answers and the page's, all asked at once; what has not come in time is Unseen."""
    agent = f"statuspage/{__version__}" if isinstance(config, Unseen) else config.user_agent
    net = Net(user_agent=agent, gate=Gate(16))
    token = environ.get("GITHUB_TOKEN", "").strip()
    requests = {} if isinstance(repository, Unseen) else _of_github(repository, environ, token)
    if not isinstance(config, Unseen):
        requests["page"] = Request(url=f"{config.page.url}/{STATUS_FILE}", most=MOST)
    tasks = {name: asyncio.create_task(_fetched(net, one, within, token)) for name, one in requests.items()}
    if tasks:
        await asyncio.wait(tasks.values(), timeout=within.total_seconds())
    late = Unseen(f"no answer within the {words(within)} that all of it may take")
    found = {name: task.result() if task.done() else late for name, task in tasks.items()}
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    asked = {name: found.get(name, _NO_TOKEN) for name in ASKED}
    return asked, found.get("page", _NO_PAGE)


def _of_github(repository: str, environ: Mapping[str, str], token: str) -> dict[str, Request]:
    """What is asked of GitHub. The token goes to the API's own origin alone, and in the clear only to this machine."""
    api = environ.get("GITHUB_API_URL", "").strip().rstrip("/") or API
    headers = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
    if token and (api.startswith("https://") or is_here(api)):
        headers["authorization"] = f"Bearer {token}"
    return {
        name: Request(
            url=f"{api}/repos/{repository}{path}", headers=headers, most=MOST, allow_private=api != API
        )
        for name, path in ASKED.items()
        if token or name not in FOR_ADMINISTRATORS
    }


async def _fetched(net: Net, request: Request, within: timedelta, token: str) -> Fetched:
    """The answer, the token taken out of it should it be repeated there."""
    try:
        answer = await net.fetch(request, within * 0.8)  # leaves time for the others' turn to connect
    except NetError as error:
        return error
    return replace(answer, body=Redactor([token]).file(answer.body))
