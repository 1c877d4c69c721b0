"""What is kept between runs: raw rounds, closed days, the ledger. Read and written through a record store."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept, as far as a build needs it."""

    history: History
    ledger: Ledger
    warnings: tuple[Problem, ...]


def recall(records: Records, config: Config, now: datetime) -> Known:
    """Closed days of the last 400 days, and the raw rounds since the last closed one."""
    warnings: list[Problem] = []
    ledger, trouble = read_ledger(records)
    warnings += trouble
    days = _days(records, (now - DAYS_READ).date(), warnings)
    closed = max((d.day for d in days), default=date.min)
    history = History(
        rounds=tuple(read_rounds(records, closed, date.max, warnings)),
        days=tuple(days),
        hours=_hours(records, (now - HOURS_READ).date(), warnings),
    )
    return Known(joined(history, config), ledger, tuple(warnings))


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
    records.append(path, [lines.encode_round(round_)])
    if new_day:
        _close_days(records, config, round_.at)
        _forget(records, round_.at, config)


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
    """The UTC day of a raw file's path, `raw/2026-11-22/07.ndjson`."""
    return date.fromisoformat(path.split("/")[1])


def read_rounds(records: Records, first: date, last: date, warnings: list[Problem]) -> list[Round]:
    """The raw rounds of the UTC days first to last, oldest first, each id once."""
    paths = [path for path in records.list("raw/") if first <= raw_day(path) <= last]
    rounds: dict[str, Round] = {}
    for path in paths:
        found, trouble = lines.decode_rounds(records.read(path) or b"", records.place(path))
        warnings += trouble
        rounds |= {round_.id: round_ for round_ in found}
    return sorted(rounds.values(), key=lambda round_: (round_.at, round_.id))


def _days(records: Records, first: date, warnings: list[Problem]) -> list[Day]:
    found: list[Day] = []
    months = [path for path in records.list("days/") if Path(path).stem >= f"{first:%Y-%m}"]
    for path in months:
        days, trouble = lines.decode_days(records.read(path) or b"", records.place(path))
        warnings += trouble
        found += [day for day in days if day.day >= first]
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
    raw, months = records.list("raw/"), records.list("days/")
    closed = _days(records, date.fromisoformat(f"{Path(months[-1]).stem}-01"), []) if months else []
    last = max((day.day for day in closed), default=None)
    rules = {c.id: c.rules for c in config.components}
    for day in rollup.to_close(last, raw_day(raw[0]) if raw else None, now):
        rounds = read_rounds(records, day - ONE_DAY, day + ONE_DAY, [])
        over, hourly = rollup.close(rules, rounds, day)
        if hourly:  # before the days: a run killed in between closes the day again
            records.append(
                lines.hours_path(day), [lines.encode_hours(component, hour) for component, hour in hourly]
            )
        if over:
            records.append(lines.days_path(day), [lines.encode_day(d) for d in over])


def _forget(records: Records, now: datetime, config: Config) -> None:
    """Drop raw rounds past `keep_raw` and hourly latencies past 400 days; paths sort by day."""
    for path in records.list("raw/"):
        if raw_day(path) >= (now - config.keep_raw).date():
            break
        records.delete(path)
    for path in records.list("hours/"):
        if date.fromisoformat(Path(path).stem) >= (now - HOURS_KEPT).date():
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
