"""What is kept between runs: raw rounds, closed days, the ledger. Read and written through a record store."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from pathlib import Path

from statuspage import history as lines
from statuspage import rollup
from statuspage.config import Config
from statuspage.errors import Problem, StatuspageError, Where
from statuspage.ledger import LEDGER_PATH, Ledger
from statuspage.ledger import encode as encode_fact
from statuspage.model import Day, Fact, History, Latency, Round
from statuspage.redaction import Redactor
from statuspage.stores.base import Records

SCHEMA_FILE = "schema"
DAYS_READ = timedelta(days=400)  # closed days that a build reads, however old the history is
HOURS_READ = timedelta(days=8)
HOURS_KEPT = timedelta(days=400)
ONE_DAY = timedelta(days=1)
AHEAD = timedelta(hours=1)
"""A round that is dated further ahead than this comes of a clock that was wrong; less is common and harmless."""

CLOCK = "clock"
"""Kind of the ledger's facts about such rounds, by their id: they stay out when their time has come, too."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept, as far as a build needs it."""

    history: History
    ledger: Ledger
    warnings: tuple[Problem, ...]
    ahead: tuple[Round, ...] = ()  # left out: a clock dated them ahead, and no run has written that down yet


def recall(records: Records, config: Config, now: datetime, since: datetime | None = None) -> Known:
    """Closed days of the last 400 days, or from `since` on, and the raw rounds since the last closed one.

    Rounds that a clock dated ahead of `now` are left out, with a warning.
    """
    warnings: list[Problem] = []
    ledger, trouble = read_ledger(records)
    warnings += trouble
    days = _days(records, min(now - DAYS_READ, since or now).date(), now, warnings)
    closed = max((d.day for d in days), default=date.min)
    rounds = read_rounds(records, closed, date.max, warnings, ledger.facts(CLOCK))
    ahead = tuple(r for r in rounds if r.at > now + AHEAD)
    warnings += _ahead(records, ahead)
    history = History(
        rounds=tuple(r for r in rounds if r.at <= now + AHEAD),
        days=tuple(days),
        hours=_hours(records, (now - HOURS_READ).date(), warnings),
    )
    return Known(joined(history, config), ledger, tuple(warnings), ahead)


def read_medians(records: Records, config: Config, now: datetime) -> dict[str, dict[date, list[int | None]]]:
    """Of all hours that are kept: by component and UTC day the median latencies from midnight on, in ms."""
    first, last = (now - HOURS_KEPT).date().isoformat(), rollup.last_over(now).isoformat()
    called = {old: c.id for c in config.components for old in c.was}
    found: dict[str, dict[date, list[int | None]]] = {}
    for path in (path for path in records.list("hours/") if first <= Path(path).stem <= last):
        told, _ = lines.decode_medians(records.read(path) or b"", records.place(path))
        for day, components in told:
            for name, hours in components.items():
                own = found.setdefault(called.get(name, name), {})
                own[day] = _over(own[day], hours) if day in own else [*hours]
    return found


def _over(before: Sequence[int | None], after: Sequence[int | None]) -> list[int | None]:
    """Hours told of twice: the later word holds, as far as it goes."""
    return [old if new is None else new for old, new in zip_longest(before, after)]


def read_all_rounds(records: Records, config: Config, known: Known, now: datetime) -> tuple[Round, ...]:
    """All raw rounds that are kept, as far as a build would count them."""
    rounds = read_rounds(records, date.min, now.date(), [], known.ledger.facts(CLOCK))
    return joined(History(rounds=tuple(rounds)), config).rounds


def read_ledger(records: Records) -> tuple[Ledger, list[Problem]]:
    """All facts that hold, and a warning about a torn last line."""
    _refuse_other_schema(records)
    return Ledger.decode(records.read(LEDGER_PATH) or b"", records.place(LEDGER_PATH))


def write_facts(records: Records, facts: Iterable[Fact]) -> None:
    """Add facts to the ledger."""
    _refuse_other_schema(records)
    records.append(LEDGER_PATH, [encode_fact(fact) for fact in facts])


def record(records: Records, config: Config, round_: Round) -> None:
    """Keep a round: whole on disk when this returns.

    The first one of a UTC day closes the days that are over and drops raw rounds past `keep_raw`. A run killed
    before that leaves it to the next day's; until then a build reads the raw rounds.
    """
    _refuse_other_schema(records)
    round_ = redacted(round_, Redactor(config.secrets))
    if records.read(SCHEMA_FILE) is None:
        records.put(SCHEMA_FILE, f"{lines.SCHEMA}\n".encode())
    path = lines.raw_path(round_.at)
    new_day = not records.list(path.rpartition("/")[0] + "/")
    before = records.list("raw/") if new_day else []
    records.append(path, [lines.encode_round(round_)])
    if new_day:
        _close_days(records, config, round_.at)
        _forget(records, round_.at, raw_day(before[-1]) if before else round_.at.date(), config)


def dated_ahead(known: Known, round_: Round) -> list[Fact]:
    """For the ledger: which rounds a wrong clock has dated ahead of this one, so that they never count.

    Where rounds go on right after this one, it is this one's clock that is wrong, and nothing is said of them.
    """
    soon = round_.at + max([AHEAD, *(3 * sample.every for sample in round_.samples)])
    later = [r for r in (*known.history.rounds, *known.ahead) if r.at > round_.at]
    ahead = later if later and later[0].at > soon else []
    return [Fact(kind=CLOCK, key=r.id, at=round_.at) for r in ahead]


def redacted(round_: Round, redactor: Redactor) -> Round:
    """The round without secrets. Details hold words of ours alone; should one not, it is found here."""
    return replace(
        round_,
        samples=tuple(replace(s, detail=redactor.text(s.detail)) if s.detail else s for s in round_.samples),
    )


def joined(history: History, config: Config) -> History:
    """The history with former ids (`was:`) read as the present ones."""
    now_called = {old: c.id for c in config.components for old in c.was}
    if not now_called:
        return history
    hours: dict[str, list[Latency]] = {}
    for component, known in history.hours.items():
        hours.setdefault(now_called.get(component, component), []).extend(known)
    return History(
        rounds=tuple(
            replace(
                r,
                samples=tuple(
                    replace(s, component=now_called.get(s.component, s.component)) for s in r.samples
                ),
            )
            for r in history.rounds
        ),
        days=tuple(replace(d, component=now_called.get(d.component, d.component)) for d in history.days),
        hours={
            component: tuple(sorted(known, key=lambda hour: hour.start)) for component, known in hours.items()
        },
    )


def raw_day(path: str) -> date:
    """The UTC day of a raw file's path, `raw/2026-11-22/07.ndjson`. Raises StatuspageError for another one."""
    try:
        return date.fromisoformat(path.split("/")[1])
    except (ValueError, IndexError) as error:
        what, mend = "this file of the history is not named after an hour", "move it to another place"
        raise StatuspageError(what, where=Where(path), mend=mend) from error


def read_rounds(
    records: Records, first: date, last: date, warnings: list[Problem], left_out: Container[str] = ()
) -> list[Round]:
    """The raw rounds of the UTC days first to last, oldest first, each id once, without those `left_out` by id."""
    paths = [path for path in records.list("raw/") if first <= raw_day(path) <= last]
    rounds: dict[str, Round] = {}
    for path in paths:
        found, trouble = lines.decode_rounds(records.read(path) or b"", records.place(path))
        warnings += trouble
        rounds |= {round_.id: round_ for round_ in found if round_.id not in left_out}
    return sorted(rounds.values(), key=lambda round_: (round_.at, round_.id))


def _ahead(records: Records, rounds: Sequence[Round]) -> Iterator[Problem]:
    """A warning about rounds of the future."""
    if rounds:
        what = f"{len(rounds)} rounds are dated ahead, the first one {rounds[0].at:%Y-%m-%d %H:%M} UTC"
        mend = "they stay and do not count; look at the clock of the machine that probes"
        yield Problem(what, Where(records.place(lines.raw_path(rounds[0].at))), mend, warning=True)


def _days(records: Records, first: date, now: datetime, warnings: list[Problem]) -> list[Day]:
    """The closed days from `first` on. One that cannot be over by now was closed by a clock that was ahead."""
    last = rollup.last_over(now)
    found: list[Day] = []
    months = [p for p in records.list("days/") if f"{first:%Y-%m}" <= Path(p).stem <= f"{last:%Y-%m}"]
    for path in months:
        days, trouble = lines.decode_days(records.read(path) or b"", records.place(path))
        warnings += trouble
        found += [day for day in days if first <= day.day <= last]
    return found


def _hours(records: Records, first: date, warnings: list[Problem]) -> dict[str, tuple[Latency, ...]]:
    found: list[tuple[str, Latency]] = []
    paths = [path for path in records.list("hours/") if Path(path).stem >= first.isoformat()]
    for path in paths:
        hours, trouble = lines.decode_hours(records.read(path) or b"", records.place(path))
        warnings += trouble
        found += hours
    return rollup.joined_hours(found)


def _close_days(records: Records, config: Config, now: datetime) -> None:
    raw = records.list("raw/")
    months = [path for path in records.list("days/") if Path(path).stem <= f"{rollup.last_over(now):%Y-%m}"]
    closed = _days(records, date.fromisoformat(f"{Path(months[-1]).stem}-01"), now, []) if months else []
    last = max((day.day for day in closed), default=None)
    left_out = read_ledger(records)[0].facts(CLOCK)
    rules = {c.id: c.rules for c in config.components}
    for day in rollup.to_close(last, raw_day(raw[0]) if raw else None, now):
        rounds = read_rounds(records, day - ONE_DAY, day + ONE_DAY, [], left_out)
        over, hourly = rollup.close(rules, rounds, day)
        if hourly:  # before the days: a run killed in between closes the day again
            records.append(lines.hours_path(day), [lines.encode_hours(hourly)])
        if over:
            records.append(lines.days_path(day), [lines.encode_days(over)])


def _forget(records: Records, now: datetime, last: date, config: Config) -> None:
    """Drop raw rounds past `keep_raw` and hourly latencies past 400 days; paths sort by day.

    Not by this round's word alone, for its clock may be wrong: it counts as a day after the `last` one at most.
    """
    today = min(now.date(), last + ONE_DAY)
    for path in records.list("raw/"):
        if raw_day(path) >= today - config.keep_raw:
            break
        records.delete(path)
    for path in records.list("hours/"):
        if Path(path).stem >= f"{today - HOURS_KEPT}":
            break
        records.delete(path)


def _refuse_other_schema(records: Records) -> None:
    found = (records.read(SCHEMA_FILE) or f"{lines.SCHEMA}".encode()).decode("utf-8", "replace").strip()
    if found != str(lines.SCHEMA):
        raise StatuspageError(
            f"the history has schema {found!r}, this version knows {lines.SCHEMA}",
            where=Where(records.place(SCHEMA_FILE)),
            mend="update statuspage",
        )
