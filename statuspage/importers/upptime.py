"""Upptime: its configuration, the outages that its commits tell of, and a dump of its issues to a Foreign.

What the keys mean: upptime.js.org/docs/configuration and the types of upptime/uptime-monitor. Upptime commits
`history/SLUG.yml` when a site's status changes, and once or a few times a day for the response times. A commit
proves one check. Between two commits nothing is recorded, whether runs were made or not: so outages are taken
as incidents, from the commit that says down to the one that says up, and no time is taken as measured.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from statuspage.errors import StatuspageError, Where
from statuspage.importers.commits import Change, changes
from statuspage.importers.files import json_of, text_of
from statuspage.importers.foreign import (
    Component,
    Foreign,
    Note,
    Row,
    Step,
    Told,
    counted,
    listed,
    rows,
    time_of,
    title,
    word,
)
from statuspage.importers.words import clean, line, tamed
from statuspage.intervals import Interval
from statuspage.model import IncidentStatus, MaintenanceStatus, State
from statuspage.yamlfile import Value, load

SYSTEM = "upptime"
CONFIGURATION, ISSUES = ".upptimerc.yml", "issues.json"
STATES = {"down": State.MAJOR, "degraded": State.DEGRADED, "up": State.OPERATIONAL}
TAKEN = {
    "name",
    "url",
    "method",
    "expectedStatusCodes",
    "maxResponseTime",
    "headers",
    "body",
    "check",
    "port",
}
SILENT = TAKEN | {"slug", "icon", "assignees", "tags", "verbose"}  # the last ones change no probe


def read(folder: Path) -> Foreign:
    """A clone of an Upptime repository. Raises StatuspageError."""
    path = folder / CONFIGURATION
    document = load(text_of(path), str(path)).value
    config: Row = document if isinstance(document, dict) else {}
    notes: list[Note] = []
    sites = _sites(config)
    if not sites:
        raise StatuspageError("names no site", where=Where(str(path)))
    told = [*_outages(folder, sites, notes)]
    told += _issues(folder, sites, told, notes)
    website = config.get("status-website")
    page: Row = website if isinstance(website, dict) else {}
    cname = line(word(page, "cname"), 200)
    return Foreign(
        system=SYSTEM,
        name=title(page, "name"),
        url=f"https://{cname}" if cname else "",
        components=tuple(_component(name, row, notes) for name, row in sites.items()),
        told=tuple(told),
        notes=(
            *notes,
            Note("no uptime figures: commits tell of changes, not of what was measured in between"),
        ),
    )


def _sites(config: Row) -> dict[str, Row]:
    """The sites by their names, each name once."""
    found: dict[str, Row] = {}
    for row in rows(config, "sites"):
        found.setdefault(line(word(row, "name"), 100), row)
    return {name: row for name, row in found.items() if name}


# --- components ----------------------------------------------------------------------------------


def _component(name: str, row: Row, notes: list[Note]) -> Component:
    unknown = sorted(str(key) for key in row if key not in SILENT)
    if unknown:
        notes.append(Note(f"{name}: {line(listed(unknown), 300)}: not taken"))
    options = _options(row)
    if options is None:
        what = f"{name}: the check '{line(word(row, 'check') or word(row, 'type'), 40)}' has no probe here: manual"
        notes.append(Note(what))
        return Component(key=name, name=name)
    if asked := sorted(set(re.findall(_REFERENCE, str(options)))):
        notes.append(Note(f"{name} needs secrets: {listed(asked)}"))
    return Component(key=name, name=name, options=options)


_REFERENCE = r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}"


def _options(row: Row) -> dict[str, Value] | None:
    """What asks it; None when nothing can."""
    check, url = word(row, "check") or "http", _secret(word(row, "url"))
    if check == "tcp-ping":
        host = url.partition("://")[2] or url
        return {"url": f"tcp://{host.rstrip('/')}:{row.get('port')}", **_limits(row)}
    if check == "ws":
        return {"url": url, **_limits(row)}
    if check != "http" or word(row, "type") not in ("", "globalping"):
        return None
    options: dict[str, Value] = (
        {"url": url} if "://" in url.partition("${")[0] else {"type": "http", "url": url}
    )
    if method := word(row, "method").upper():
        options["method"] = method
    if headers := _headers(row):
        options["headers"] = headers
    if body := word(row, "body"):
        options["body"] = _secret(clean(body))
    if codes := _codes(row):
        options["expect"] = {"status": codes}
    return options | _limits(row)


def _limits(row: Row) -> dict[str, Value]:
    slow = row.get("maxResponseTime")
    return {"slow": f"{slow}ms"} if isinstance(slow, int) and not isinstance(slow, bool) else {}


def _codes(row: Row) -> list[Value]:
    value = row.get("expectedStatusCodes")
    return [one for one in value if isinstance(one, int)] if isinstance(value, list) else []


def _headers(row: Row) -> dict[str, Value]:
    value = row.get("headers")
    told = [one for one in value if isinstance(one, str) and ":" in one] if isinstance(value, list) else []
    parts = (one.partition(":") for one in told)
    return {name.strip(): _secret(content.strip()) for name, _, content in parts}


def _secret(text: str) -> str:
    """`$NAME`, a secret of Upptime's, as ours."""
    return re.sub(r"\$(?!\{)([A-Za-z_][A-Za-z0-9_]*)", r"${\1}", text)


# --- outages -------------------------------------------------------------------------------------


def _outages(folder: Path, sites: Mapping[str, Row], notes: list[Note]) -> Iterator[Told]:
    by_slug = {slug: name for name, row in sites.items() for slug in _slugs(name, row)}
    gone: dict[str, int] = {}
    for slug, told in _by_slug(changes(folder, notes)).items():
        name = by_slug.get(slug)
        found = list(_closed(slug, name or slug, told))
        if name is None:
            gone |= {slug: len(found)} if found else {}
            continue
        for one in found:
            if one.steps[-1].status != IncidentStatus.RESOLVED:
                what = f"'{one.title}' is open: the last commit still says so; resolve it when it is over"
                notes.append(Note(what))
            yield one
    if gone:
        what = f"{counted(sum(gone.values()), 'outage')} of sites that {CONFIGURATION} names no more"
        notes.append(Note(f"{what}: {line(listed(sorted(gone)), 300)}", lost=True))


def _by_slug(told: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in told:
        found.setdefault(change.slug, []).append(change)
    return dict(sorted(found.items()))


def _slugs(name: str, row: Row) -> list[str]:
    """What the site's file in history/ may be called: given, or the name as Upptime's slugify makes it."""
    apart = re.sub(r"([a-z\d])([A-Z])", r"\1 \2", re.sub(r"([A-Z]+)([A-Z][a-z\d]+)", r"\1 \2", name))
    made = [re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") for text in (apart, name)]
    return [slug for slug in (word(row, "slug").strip(), *made) if slug]


def _closed(slug: str, name: str, told: Sequence[Change]) -> Iterator[Told]:
    """From each commit that says down or degraded to the one that says up."""
    steps: list[Change] = []
    for change in sorted(told, key=lambda one: one.at):
        if steps and steps[-1].status == change.status:
            continue
        if steps or change.status != "up":
            steps.append(change)
        if steps and change.status == "up":
            yield _outage(slug, name, steps)
            steps = []
    if steps:
        yield _outage(slug, name, steps)


def _outage(slug: str, name: str, changed: Sequence[Change]) -> Told:
    words = {"down": "is down", "degraded": "is slow", "up": "is up again"}
    worst = "down" if any(change.status == "down" for change in changed) else "degraded"
    steps = tuple(
        Step(
            status=IncidentStatus.RESOLVED if change.status == "up" else IncidentStatus.INVESTIGATING,
            at=change.at,
            text=f"Upptime found that it {words[change.status]}{_figures(change)}.",
            components={name: str(STATES[change.status])},
        )
        for change in changed
    )
    key = f"{slug}/{steps[0].at:%Y%m%dT%H%M%SZ}"
    return Told(key=key, title=f"{name} {words[worst]}", steps=steps)


def _figures(change: Change) -> str:
    return f": code {change.code}" if change.code and change.status != "up" else ""


# --- issues --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Issue:
    number: int
    title: str
    body: str
    labels: tuple[str, ...]
    opened: datetime
    closed: datetime | None


def _issues(
    folder: Path, sites: Mapping[str, Row], told: Sequence[Told], notes: list[Note]
) -> Iterator[Told]:
    """Maintenance, and outages that no commit tells of."""
    if not (folder / ISSUES).exists():
        what = f"issues are not in a clone: for maintenance save them as {ISSUES} in it (docs/importing.md)"
        notes.append(Note(what))
        return
    by_slug = {slug: name for name, row in sites.items() for slug in _slugs(name, row)}
    document = json_of(text_of(folder / ISSUES), ISSUES)
    for issue in sorted(_read_issues(document), key=lambda one: one.number):
        named = [by_slug[label] for label in issue.labels if label in by_slug]
        if "maintenance" in issue.labels:
            yield from _maintenance(issue, by_slug, notes)
        elif "status" in issue.labels and named and not _known(issue, named, told):
            yield _told(issue, named)


def _read_issues(document: object) -> Iterator[_Issue]:
    """Of a list of issues, or of a list of such pages."""
    pages = document if isinstance(document, list) else []
    flat = [one for page in pages for one in (page if isinstance(page, list) else [page])]
    for row in rows({"all": flat}, "all"):
        number, opened = row.get("number"), time_of(row.get("created_at"))
        if not isinstance(number, int) or opened is None or not title(row, "title") or "pull_request" in row:
            continue
        yield _Issue(
            number=number,
            title=title(row, "title").lstrip("🛑⚠️🟥🟨 "),
            body=clean(word(row, "body")),
            labels=tuple(word(label, "name") for label in rows(row, "labels")),
            opened=opened,
            closed=time_of(row.get("closed_at")),
        )


def _known(issue: _Issue, named: Sequence[str], told: Sequence[Told]) -> bool:
    """Whether commits tell of an outage of the site in that time."""
    for one in told:
        start, end = one.steps[0].at, one.steps[-1].at
        over = one.steps[-1].status == IncidentStatus.RESOLVED
        touches = (issue.closed is None or start <= issue.closed) and (not over or issue.opened <= end)
        if touches and any(name in one.steps[0].components for name in named):
            return True
    return False


def _told(issue: _Issue, named: Sequence[str]) -> Told:
    state = State.DEGRADED if "degraded" in issue.title.lower() else State.MAJOR
    steps = [Step(status=IncidentStatus.INVESTIGATING, at=issue.opened, text=tamed(issue.body))]
    if issue.closed:
        steps.append(Step(status=IncidentStatus.RESOLVED, at=max(issue.closed, issue.opened), text=""))
    states = dict.fromkeys(named, str(state))
    return Told(
        key=f"issue-{issue.number}", title=issue.title or "Outage", steps=tuple(steps), components=states
    )


def _maintenance(issue: _Issue, by_slug: Mapping[str, str], notes: list[Note]) -> Iterator[Told]:
    facts = dict(_FACT.findall(next(iter(_COMMENT.findall(issue.body)), "")))
    start, end = time_of(facts.get("start")), time_of(facts.get("end"))
    if start is None or end is None or end <= start:
        notes.append(
            Note(f"issue {issue.number}, '{issue.title}': a maintenance without a window", lost=True)
        )
        return
    slugs = re.split(r"[,\s]+", f"{facts.get('expectedDown', '')},{facts.get('expectedDegraded', '')}")
    step = Step(status=MaintenanceStatus.SCHEDULED, at=issue.opened, text=tamed(_COMMENT.sub("", issue.body)))
    yield Told(
        key=f"issue-{issue.number}",
        title=issue.title or "Maintenance",
        steps=(step,),
        window=Interval(start, end),
        components={by_slug[slug]: "" for slug in slugs if slug in by_slug},
    )


_COMMENT = re.compile(r"<!--(.{0,2000}?)-->", re.DOTALL)
_FACT = re.compile(r"^ *(start|end|expectedDown|expectedDegraded) *: *(.*?) *$", re.MULTILINE)
