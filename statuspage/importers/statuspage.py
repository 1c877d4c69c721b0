"""Atlassian Statuspage: the public v2 API's documents to a Foreign.

What the keys mean: Statuspage's API documentation, and recorded answers of public pages. Everything in such a
document is foreign text: a key that is missing or of another type says nothing.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from statuspage.errors import StatuspageError, Where
from statuspage.importers.files import MOST, files_in, json_of, text_of
from statuspage.importers.foreign import (
    Component,
    Foreign,
    Group,
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
from statuspage.importers.words import line, markdown
from statuspage.intervals import Interval
from statuspage.model import Impact, IncidentStatus, MaintenanceStatus, State
from statuspage.net import Answer, Net, NetError, Request
from statuspage.probes.options import masked

SYSTEM = "statuspage"
DOCUMENTS = ("summary", "incidents", "scheduled-maintenances", "components")
WITHIN = timedelta(seconds=30)  # for one document
INCIDENTS, MAINTENANCES = "incidents", "scheduled_maintenances"

STATES = {str(state): state for state in State if state is not State.UNKNOWN}
IMPACTS = frozenset(Impact)
OVER = (IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM, MaintenanceStatus.COMPLETED)
RUNNING = (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)


def read(source: str) -> Foreign:
    """A page's address, a recorded document, or a folder of them. Raises StatuspageError."""
    if urlsplit(source).scheme in ("http", "https"):
        return page_of(asyncio.run(_fetched(source)))
    path = Path(source)
    paths = list(files_in(path, ".json")) if path.is_dir() else [path]
    return page_of({str(one): json_of(text_of(one), str(one)) for one in paths})


def page_of(documents: Mapping[str, object]) -> Foreign:
    """The documents of one page, by where they are from. Raises StatuspageError when they hold nothing of use."""
    known = [one for one in documents.values() if isinstance(one, dict) and one.keys() & _KEYS]
    if not known:
        where = Where(next(iter(documents), "."))
        mend = "give the address of a public page, or a recorded summary.json or incidents.json"
        raise StatuspageError("holds no Statuspage document", where=where, mend=mend)
    notes: list[Note] = []
    page: Row = next((one["page"] for one in known if isinstance(one.get("page"), dict)), {})
    parts = _rows_of(known)
    groups = {word(row, "id"): row for row in parts if row.get("group") is True}
    leaves = {word(row, "id"): row for row in parts if row.get("group") is not True}
    names = {id_: title_of(row) for id_, row in groups.items()}
    told = [
        one
        for kind in (INCIDENTS, MAINTENANCES)
        for row in _newest(known, kind)
        if (one := _told(row, kind, leaves, notes))
    ]
    return Foreign(
        system=SYSTEM,
        name=title(page, "name"),
        url=word(page, "url"),
        timezone=word(page, "time_zone"),
        groups=tuple(_groups(groups)),
        components=tuple(_component(row, names) for row in leaves.values()),
        told=(*told, *_unexplained(page, leaves, told, notes)),
        notes=(*notes, *_aside(parts)),
    )


_KEYS = {"components", INCIDENTS, MAINTENANCES}


async def _fetched(address: str) -> dict[str, object]:
    """The documents that a page serves; what it has not is left out, as on pages of other makers."""
    base = address.split("#")[0].split("?")[0].rstrip("/")
    base = base.partition("/api/v2")[0]
    net = Net()
    found: dict[str, object] = {}
    for name in DOCUMENTS:
        answer = await _asked(net, f"{base}/api/v2/{name}.json")
        if answer.status == 200:
            found[name] = json_of(answer.body.decode("utf-8", "replace"), f"{name}.json")
        elif name == "summary":
            mend = "give the address of a public Statuspage page"
            raise StatuspageError(f"answered {answer.status}", where=Where(masked(base)), mend=mend)
    return found


async def _asked(net: Net, url: str) -> Answer:
    """A whole answer. Raises StatuspageError; it names the host alone, for the address may hold a password."""
    try:
        answer = await net.fetch(Request(url=url, most=MOST), WITHIN)
    except NetError as error:
        mend = "look at the address; or save the document and give the file"
        raise StatuspageError(f"no answer ({error.code})", where=Where(masked(url)), mend=mend) from error
    if answer.truncated:
        raise StatuspageError(f"longer than {MOST} octets", where=Where(masked(url)))
    return answer


# --- components ----------------------------------------------------------------------------------


def title_of(row: Row) -> str:
    return line(word(row, "name"), 100) or f"Component {word(row, 'id')}"


def _rows_of(documents: Sequence[Row]) -> list[Row]:
    """The component rows in the page's order, each once; without such a list those that incidents name."""
    listed_there = [row for one in documents for row in rows(one, "components")]
    if not listed_there:
        told = [row for one in documents for kind in (INCIDENTS, MAINTENANCES) for row in rows(one, kind)]
        listed_there = [row for one in told for row in rows(one, "components")]
    first: dict[str, Row] = {}
    for row in listed_there:
        if word(row, "id"):
            first.setdefault(word(row, "id"), row)
    return sorted(first.values(), key=lambda row: _place(row, first))


def _place(row: Row, others: Mapping[str, Row]) -> tuple[int, str, int]:
    """Where a row stands: groups and lone components by their position, members in their group by their own."""
    group = others.get(word(row, "group_id"))
    place = _position(row)
    return (_position(group), word(row, "group_id"), place) if group else (place, word(row, "id"), -1)


def _position(row: Row) -> int:
    position = row.get("position")
    return position if isinstance(position, int) else 0


def _component(row: Row, groups: Mapping[str, str]) -> Component:
    return Component(
        key=word(row, "id"),
        name=title_of(row),
        group=groups.get(word(row, "group_id"), ""),
        description=line(word(row, "description"), 500),
    )


def _groups(groups: Mapping[str, Row]) -> Iterator[Group]:
    """Each name once: two groups of a name are one here."""
    seen: set[str] = set()
    for row in groups.values():
        name = title_of(row)
        if name not in seen:
            seen.add(name)
            yield Group(name=name, description=line(word(row, "description"), 500))


def _aside(parts: Sequence[Row]) -> Iterator[Note]:
    """What these pages have and ours have not."""
    hidden = [title_of(row) for row in parts if row.get("only_show_if_degraded") is True]
    if hidden:
        yield Note(f"shown at all times here, not only when degraded: {listed(hidden)}")
    tops = [row for row in parts if not word(row, "group_id")]
    if any(row.get("group") is True for row in tops) and any(row.get("group") is not True for row in tops):
        yield Note("components without a group stand below the groups here, wherever they stood")


# --- incidents -----------------------------------------------------------------------------------


def _newest(documents: Sequence[Row], kind: str) -> list[Row]:
    """The rows of a kind, each id once: the version with the most updates, of equals the last one."""
    found: dict[str, Row] = {}
    for one in documents:
        for row in rows(one, kind):
            known = found.get(word(row, "id"))
            if known is None or len(rows(row, _UPDATES)) >= len(rows(known, _UPDATES)):
                found[word(row, "id")] = row
    return sorted(found.values(), key=lambda row: (word(row, "created_at"), word(row, "id")))


_UPDATES = "incident_updates"


def _told(row: Row, kind: str, leaves: Mapping[str, Row], notes: list[Note]) -> Told | None:
    name = title(row, "name")
    words: Sequence[str] = tuple(IncidentStatus if kind == INCIDENTS else MaintenanceStatus)
    steps = [step for step in _steps(row, words, name, notes) if step]
    if not word(row, "id") or not name or not steps:
        notes.append(
            Note(f"'{name or word(row, 'id')}': without an id, a name or an update with a time", lost=True)
        )
        return None
    steps += _ending(row, steps, name, notes)
    named = [id_ for part in rows(row, "components") if (id_ := word(part, "id")) in leaves]
    if kind == MAINTENANCES:
        return _maintenance(row, steps, named, leaves, notes)
    steps = _as_shown_now(row, steps, named, leaves, notes)
    impact = word(row, "impact")
    if impact not in IMPACTS:
        notes.append(
            Note(f"'{name}': the impact '{line(impact, 40)}' is none of ours: it follows from the states")
        )
    first = steps[0]
    begun = time_of(row.get("started_at")) or time_of(row.get("created_at"))
    return Told(
        key=word(row, "id"),
        title=name,
        steps=tuple(steps),
        impact=impact if impact in IMPACTS else "",
        started=begun if begun and begun < first.at else None,
        components=_beginning(steps, named, impact, over=steps[-1].status in OVER),
    )


def _steps(row: Row, words: Sequence[str], name: str, notes: list[Note]) -> Iterator[Step | None]:
    """Its updates, oldest first."""
    dated = [(time_of(u.get("display_at")) or time_of(u.get("created_at")), u) for u in rows(row, _UPDATES)]
    undated = sum(at is None for at, _ in dated)
    if undated:
        notes.append(Note(f"'{name}': {counted(undated, 'update')} without a time", lost=True))
    status = words[0]
    for at, update in sorted(
        ((at, u) for at, u in reversed(dated) if at), key=lambda one: (one[0], word(one[1], "created_at"))
    ):
        said = word(update, "status")
        if said not in words:
            notes.append(Note(f"'{name}': the status '{line(said, 40)}' is none of ours: it stays {status}"))
        status = said if said in words else status
        yield Step(
            status=status,
            at=at,
            text=markdown(word(update, "body")),
            components=_changed(update),
            published=status == IncidentStatus.POSTMORTEM,
        )
    yield _postmortem(row, words)


def _postmortem(row: Row, words: Sequence[str]) -> Step | None:
    """The report that stands beside the updates, when none of them is it."""
    body, at = word(row, "postmortem_body"), time_of(row.get("postmortem_published_at"))
    told = any(word(u, "status") == IncidentStatus.POSTMORTEM for u in rows(row, _UPDATES))
    if not body.strip() or at is None or told or IncidentStatus.POSTMORTEM not in words:
        return None
    return Step(status=IncidentStatus.POSTMORTEM, at=at, text=markdown(body), published=True)


def _ending(row: Row, steps: Sequence[Step], name: str, notes: list[Note]) -> list[Step]:
    """What closes an incident that is over, where no update says so."""
    end = time_of(row.get("resolved_at")) or time_of(row.get("updated_at"))
    status = word(row, "status")
    if status not in OVER or steps[-1].status in OVER or end is None or end < steps[-1].at:
        return []
    notes.append(Note(f"'{name}': it is {status} though no update says so: one was added"))
    closing = (
        MaintenanceStatus.COMPLETED if status == MaintenanceStatus.COMPLETED else IncidentStatus.RESOLVED
    )
    return [Step(status=closing, at=end, text="")]


def _changed(update: Row) -> dict[str, str]:
    return {
        word(part, "code"): word(part, "new_status")
        for part in rows(update, "affected_components")
        if word(part, "code") and word(part, "new_status") in STATES
    }


def _beginning(steps: Sequence[Step], named: Sequence[str], impact: str, *, over: bool) -> dict[str, str]:
    """States of components that no update speaks of: as the impact says, or well when updates speak of others."""
    spoken = {key for step in steps for key in step.components}
    silent = [key for key in named if key not in spoken]
    usual = _BY_IMPACT.get(impact, State.OPERATIONAL) if not spoken and over else State.OPERATIONAL
    return {key: str(usual) for key in silent}


_BY_IMPACT: Mapping[str, State] = {
    Impact.MINOR: State.DEGRADED,
    Impact.MAJOR: State.PARTIAL,
    Impact.CRITICAL: State.MAJOR,
}


def _as_shown_now(
    row: Row, steps: list[Step], named: Sequence[str], leaves: Mapping[str, Row], notes: list[Note]
) -> list[Step]:
    """An open incident whose newest update says what its page shows of the components now."""
    if steps[-1].status in OVER:
        return steps
    said = _now(steps)
    shown = {key: word(leaves[key], "status") for key in {**said, **dict.fromkeys(named)} if key in leaves}
    other = {k: s for k, s in shown.items() if s in STATES and s != said.get(k, State.OPERATIONAL)}
    for key, state in other.items():
        before = said.get(key, "nothing")
        what = f"the page shows {title_of(leaves[key])} as {state}, its updates say {before}: taken as shown"
        notes.append(Note(f"'{title(row, 'name')}': {what}"))
    last = steps[-1]
    newest = Step(status=last.status, at=last.at, text=last.text, components={**last.components, **other})
    return [*steps[:-1], newest]


def _now(steps: Iterable[Step]) -> dict[str, str]:
    return {key: state for step in steps for key, state in step.components.items()}


def _maintenance(
    row: Row, steps: Sequence[Step], named: Sequence[str], leaves: Mapping[str, Row], notes: list[Note]
) -> Told | None:
    name = title(row, "name")
    start, end = time_of(row.get("scheduled_for")), time_of(row.get("scheduled_until"))
    if start is None or end is None or end <= start:
        notes.append(Note(f"'{name}': a maintenance without a window", lost=True))
        return None
    keys = [*named, *(key for key in _now(steps) if key not in named and key in leaves)]
    if steps[-1].status in RUNNING:
        for key in keys:
            if word(leaves[key], "status") == State.OPERATIONAL:
                what = f"{title_of(leaves[key])} is under maintenance here; the page shows it as operational"
                notes.append(Note(f"'{name}': {what}"))
    bare = [Step(status=step.status, at=step.at, text=step.text) for step in steps]
    window = Interval(start, end)
    return Told(
        key=word(row, "id"), title=name, steps=tuple(bare), window=window, components=dict.fromkeys(keys, "")
    )


# --- what no incident explains -------------------------------------------------------------------


def _unexplained(
    page: Row, leaves: Mapping[str, Row], told: Sequence[Told], notes: list[Note]
) -> Iterator[Told]:
    """One incident for all components that are not well, while no open incident or running work says why."""
    lacking = {}
    for key, row in leaves.items():
        shown = STATES.get(word(row, "status"))
        if shown is None:
            what = (
                f"{title_of(row)}: the status '{line(word(row, 'status'), 40)}' is none of ours: operational"
            )
            notes.append(Note(what))
        elif shown is not State.OPERATIONAL and shown.severity > _explained(key, told).severity:
            lacking[key] = str(shown)
    if not lacking:
        return
    at = _since([leaves[key] for key in lacking]) or time_of(page.get("updated_at"))
    names = listed([title_of(leaves[key]) for key in lacking])
    if at is None:
        notes.append(Note(f"not operational, since nobody knows when: {names}", lost=True))
        return
    notes.append(Note(f"not operational, and no incident says why: {names}; an incident of its own says so"))
    text = "These components were not operational on the former status page, and no incident there said why."
    step = Step(status=IncidentStatus.INVESTIGATING, at=at, text=text, components=lacking)
    key = f"state-{word(page, 'id') or 'page'}"
    yield Told(key=key, title="State taken over from the former status page", steps=(step,))


def _explained(key: str, told: Sequence[Told]) -> State:
    states = [State.OPERATIONAL]
    for one in told:
        if one.window and one.steps[-1].status in RUNNING and key in one.components:
            states.append(State.MAINTENANCE)
        elif not one.window and one.steps[-1].status not in OVER:
            states.append(STATES[{**one.components, **_now(one.steps)}.get(key, State.OPERATIONAL)])
    return max(states, key=lambda state: state.severity)


def _since(some: Sequence[Row]) -> datetime | None:
    return max((at for row in some if (at := time_of(row.get("updated_at")))), default=None)
