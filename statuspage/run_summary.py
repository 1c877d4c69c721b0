"""What a run says of itself on GitHub, in Markdown: values in, text out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from statuspage.causes import CODES
from statuspage.changes import StateChanged, changes
from statuspage.config.options import BudgetOptions
from statuspage.errors import DONE, FAILED, Problem
from statuspage.foresight import record, said, warnings
from statuspage.gfm import Writer, table
from statuspage.model import ComponentStatus, Round, Sample, Snapshot, State
from statuspage.outputs.wire import incident_address
from statuspage.probes import Cost
from statuspage.uptime import coverage, percent

MOST = 1024 * 1024
"""Octets that GitHub takes of one step. Source: GitHub, Workflow commands, Adding a job summary."""

SLOWEST = 5
SKIPPED = ("budget", "config.secret", "config.extra")  # codes of components that were not asked at all
MILLISECOND = timedelta(milliseconds=1)

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that has ended."""

    snapshot: Snapshot
    before: Snapshot | None  # as of the round before; None: there is none
    round: Round | None  # the newest one; None: nobody has asked yet
    problems: Sequence[Problem]
    code: int  # its exit code
    cost: Cost  # of the round
    today: Cost  # of all rounds of the UTC day
    limits: BudgetOptions


def summary(run: Ended, mask: Mask = str) -> str:
    """The whole of it, ending with a newline. `mask` takes secrets out of a text."""
    write = Writer(mask)
    parts = (
        _head(run, write),
        _components(run, write),
        _incidents(run, write),
        _warnings(run, write),
        _problems("Left out", (p for p in run.problems if not p.warning), write),
        _problems("To do", (p for p in run.problems if p.warning), write),
        _skipped(run, write),
        _slowest(run, write),
        _cost(run),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def failure(command: str, problems: Sequence[Problem], mask: Mask = str) -> str:
    """Of a command that could not do its work."""
    head = f"## {command}: could not do its work\n\nThe page stays as it was. Exit code {FAILED}."
    return f"{head}\n\n{_problems('What is wrong', problems, Writer(mask))}\n"


def told(rows: Sequence[tuple[str, str, str, str]], mask: Mask = str) -> str:
    """Of a run that told people: target, subject, what became of it, why."""
    write = Writer(mask)
    cells = [
        (write.text(name), write.text(subject), became, write.text(why))
        for name, subject, became, why in rows
    ]
    return f"{_section('Told', ('Target', 'Message', 'Became', 'Why'), cells)}\n"


# --- parts -------------------------------------------------------------------------------------


def _head(run: Ended, write: Writer) -> str:
    page = run.snapshot.page
    lines = [f"## {write.link(page.name, page.url)}: {_overall(run.snapshot)}"]
    told = [*_round(run, write), *_change(run), *_measured(run.snapshot)]
    if run.code != DONE:
        what = _CODES.get(run.code, "something was left out")
        told.append(f"**Exit code {run.code}: {what}.**")
    return "\n\n".join((*lines, " ".join(told)))


_CODES = {FAILED: "no answer could be kept, or `--fail-on` wants it so"}


def _overall(snapshot: Snapshot) -> str:
    """One component that is not measured does not hide that the others are well."""
    if snapshot.state is State.UNKNOWN and any(c.state is not State.UNKNOWN for c in snapshot.components):
        return "operational, as far as it is measured"
    return _word(snapshot.state)


def _round(run: Ended, write: Writer) -> Iterator[str]:
    if run.round is None:
        yield "Nothing was ever measured."
        return
    place = f" from {write.text(run.round.vantage)}" if run.round.vantage else ""
    yield f"Round of {_time(run.round.at)}{place}."
    if run.round.void:
        yield f"**It counts for nothing: {write.text(run.round.void)}.**"


def _change(run: Ended) -> Iterator[str]:
    if run.before is None:
        yield "There is no round before it to compare with."
        return
    changed = len(_changed(run))
    states = {0: "no state has", 1: "1 state has"}.get(changed, f"{changed} states have")
    yield f"Since {_time(run.before.now)} {states} changed."


def _measured(snapshot: Snapshot) -> Iterator[str]:
    days = [c.uptimes["24h"] for c in snapshot.components if not c.manual]
    window = sum(day.window for day in days)
    if window:
        share = Fraction(sum(day.measured for day in days), window)
        yield f"Of the last 24 hours {percent(share)}% is measured."


def _components(run: Ended, write: Writer) -> str:
    """What has changed first, then what is in trouble."""
    was = _changed(run)
    seen = _seen(run.round)
    order = sorted(run.snapshot.components, key=lambda c: (c.id not in was, -c.state.severity))
    rows = [
        (
            write.text(c.name),
            f"**{_word(was[c.id])} → {_word(c.state)}**" if c.id in was else _word(c.state),
            _time(c.since),
            _verdict(c, seen.get(c.id), write),
            _took(c, seen.get(c.id)),
            "" if c.manual else _share(c),
        )
        for c in order
    ]
    names = ("Component", "State", "Since", "This round", "Latency", "Measured, 24 h")
    return table(names, rows)


def _incidents(run: Ended, write: Writer) -> str:
    page = run.snapshot.page
    rows = [
        (write.link(one.title, incident_address(page, one.id)), one.impact, one.status, _time(one.started))
        for one in run.snapshot.open_incidents
    ]
    return _section("Open incidents", ("Incident", "Impact", "Status", "Since"), rows)


def _warnings(run: Ended, write: Writer) -> str:
    """What warns of trouble to come; it has changed no state."""
    names = {c.id: c.name for c in (*run.snapshot.components, *run.snapshot.hidden)}
    rows = [
        (
            write.text(said(one, names[one.component])),
            f"{one.since:%Y-%m-%d}" if one.since else "",
            record(run.snapshot.foresight.tracks.get(one.kind)),
        )
        for one in warnings(run.snapshot)
    ]
    return _section("Early warnings", ("What", "Since", "Of such warnings"), rows)


def _problems(title: str, problems: Iterable[Problem], write: Writer) -> str:
    rows = [
        (write.text(str(p.where or "")), write.text(p.what), write.text(p.mend))
        for p in dict.fromkeys(problems)
    ]
    return _section(title, ("Where", "What", "How to mend it"), rows)


def _skipped(run: Ended, write: Writer) -> str:
    """Which components this round did not ask, and why; of a void round it is said above."""
    if run.round is None or run.round.void:
        return ""
    seen = _seen(run.round)
    rows = []
    for c in run.snapshot.components:
        sample = seen.get(c.id)
        if c.manual:
            continue
        if sample is None:
            why = f"not in this round, last asked {_time(c.checked)}" if c.checked else "not in this round"
            rows.append((write.text(c.name), why))
        elif sample.code in SKIPPED:
            rows.append((write.text(c.name), write.text(_reason(sample))))
    return _section("Not asked", ("Component", "Why"), rows)


def _slowest(run: Ended, write: Writer) -> str:
    seen = _seen(run.round)
    timed = [
        (s.latency, c) for c in run.snapshot.components if (s := seen.get(c.id)) and s.latency is not None
    ]
    slow = sorted(timed, key=lambda one: -one[0])[:SLOWEST]
    return _section(
        "Slowest", ("Component", "Latency"), [(write.text(c.name), _took(c, seen[c.id])) for _, c in slow]
    )


def _cost(run: Ended) -> str:
    if run.cost == run.today == Cost():
        return ""
    limits = [
        f"{limit} {name}"
        for name, limit in (("tokens", run.limits.tokens_per_day), ("calls", run.limits.calls_per_day))
        if limit is not None
    ]
    of = f", of {' and '.join(limits)} allowed" if limits else ""
    return f"### Cost\n\nThis round: {_sum(run.cost)}. Today (UTC): {_sum(run.today)}{of}."


# --- what they are made of ---------------------------------------------------------------------


def _section(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return f"### {title}\n\n{table(names, rows)}" if rows else ""


def _changed(run: Ended) -> Mapping[str, State]:
    """The former states of the components whose state has changed."""
    found = () if run.before is None else changes(run.before, run.snapshot)
    return {one.after.id: one.before.state for one in found if isinstance(one, StateChanged)}


def _seen(round_: Round | None) -> Mapping[str, Sample]:
    return {sample.component: sample for sample in round_.samples} if round_ else {}


def _verdict(component: ComponentStatus, sample: Sample | None, write: Writer) -> str:
    if component.manual:
        return "people say it"
    if sample is None or sample.code in SKIPPED:
        return "not asked"
    flaked = f" after {sample.attempts} attempts" if sample.flaked else ""
    why = f": {write.text(_why(sample))}" if sample.code else ""
    return f"{sample.verdict}{flaked}{why}"


def _why(sample: Sample) -> str:
    return ", ".join(part for part in (sample.code, sample.detail) if part)


def _reason(sample: Sample) -> str:
    told = "" if sample.code == "config.secret" else sample.detail
    return ": ".join(part for part in (CODES[sample.code].operators, told) if part)


def _took(component: ComponentStatus, sample: Sample | None) -> str:
    if sample is None or sample.latency is None:
        return ""
    return f"{sample.latency // MILLISECOND} ms{' to the first token' if component.first_token else ''}"


def _share(component: ComponentStatus) -> str:
    share = coverage(component.uptimes["24h"])
    return "" if share is None else f"{percent(share)}%"


def _sum(cost: Cost) -> str:
    return f"{cost.tokens} token{'s' * (cost.tokens != 1)} and {cost.calls} call{'s' * (cost.calls != 1)}"


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def _word(state: State) -> str:
    return "not measured" if state is State.UNKNOWN else state.replace("_", " ")
