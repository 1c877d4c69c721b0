"""Looking after a store: what is whole, what is broken, what can be put aside."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.errors import StatuspageError
from statuspage.history import encode_round, raw_path
from statuspage.ledger import encode
from statuspage.model import Fact, Round, Sample, Verdict
from statuspage.stores.folder import Folder
from statuspage.upkeep import copy, repair, repairs, survey

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RAW = raw_path(NOON)
NO_ROUND = (
    "not a round of ours: {'kind': 'component', 'key': 'bot', 'at': '2026-11-22T12:00:00Z', 'value': {}}"
)
FACT = encode(Fact(kind="component", key="bot", at=NOON, value={}))


def line(at: datetime = NOON, id: str = "1") -> str:
    sample = Sample(component="bot", at=at, verdict=Verdict.UP, every=HOUR)
    return encode_round(Round(id=id, at=at, samples=(sample,)))


@pytest.fixture
def records(tmp_path: Path) -> Folder:
    """A healthy store."""
    folder = Folder(tmp_path / "state")
    folder.put("schema", b"1\n")
    folder.append(RAW, [line(), line(id="2")])
    folder.append("ledger.ndjson", [FACT])
    folder.put("kept/a.ndjson", b"whatever\n")
    return folder


def told(records: Folder, now: datetime = NOON + HOUR) -> list[str]:
    return [f"{p.where or ''} {p.what}{'' if p.warning else ' !'}" for p in survey(records, now).problems]


def test_a_healthy_store_is_counted(records: Folder) -> None:
    found = survey(records, NOON + HOUR)

    assert found.problems == ()
    assert found.counts == {"files": 4, "rounds": 2, "facts": 1}
    assert (found.first, found.last) == (NOON, NOON)


def test_an_empty_store_is_no_fault(tmp_path: Path) -> None:
    assert told(Folder(tmp_path / "none")) == []


def test_all_that_is_wrong_is_told_at_once_with_file_and_line(records: Folder) -> None:
    records.append(RAW, ["{}", line(NOON + 3 * HOUR, "3"), line(), FACT])
    records.append("ledger.ndjson", [line()])
    records.append("notes.txt", ["mine"])
    records.put("schema", b"2\n")

    assert told(records) == [
        "state/schema is not 1, the one that this version knows !",
        "state/ledger.ndjson:2 the line is no fact: it needs kind, key, at and value !",
        "state/notes.txt no file of the history",
        f"state/{RAW}:3 the line has no checksum !",
        f"state/{RAW}:4 this line belongs into raw/2026-11-22/15.ndjson !",
        f"state/{RAW}:4 it is of 2026-11-22 15:00 UTC, which is still to come: a clock was wrong",
        f"state/{RAW}:6 {NO_ROUND} !",
        " 1 rounds are there twice: each counts once",
    ]


def test_a_torn_end_is_a_warning(records: Folder) -> None:
    with (records.root / RAW).open("a") as file:
        file.write(line(id="3")[:-5])

    assert told(records) == [f"state/{RAW}:3 the last line is torn: a run was stopped while it wrote"]


def test_broken_lines_are_put_aside_and_the_others_stay(records: Folder) -> None:
    records.append(RAW, ["{}", line(NOON + 3 * HOUR, "3"), line(id="4")])
    records.append("days/2026-11.ndjson", ["nothing but this"])
    found = list(repairs(records))
    for one in found:
        repair(records, one)

    assert [(one.path, [number for number, _ in one.broken]) for one in found] == [
        ("days/2026-11.ndjson", [1]),
        (RAW, [3, 4]),
    ]
    assert told(records) == []
    assert records.read(RAW) == "".join(f"{line(id=n)}\n" for n in "124").encode()
    assert records.read(f"broken/{RAW}") == f"{{}}\n{line(NOON + 3 * HOUR, '3')}\n".encode()
    assert records.read("days/2026-11.ndjson") is None
    assert list(repairs(records)) == []


def test_what_is_put_aside_twice_is_all_there(records: Folder) -> None:
    for text in ("one", "two"):
        records.append(RAW, [text])
        for one in repairs(records):
            repair(records, one)

    assert records.read(f"broken/{RAW}") == b"one\ntwo\n"


@given(
    st.binary(max_size=400),
    st.sampled_from([RAW, "ledger.ndjson", "days/2026-11.ndjson", "hours/2026-11-22.ndjson"]),
)
def test_whatever_a_file_holds_repair_makes_it_whole_and_loses_no_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, path: str
) -> None:
    records = Folder(tmp_path_factory.mktemp("store"))
    records.put(path, data)
    for one in list(repairs(records)):
        repair(records, one)

    assert all(p.warning for p in survey(records, NOON).problems)
    left = (records.read(path) or b"") + (records.read(f"broken/{path}") or b"")
    assert sorted(filter(bytes.strip, left.split(b"\n"))) == sorted(filter(bytes.strip, data.split(b"\n")))


def test_a_store_is_copied_into_an_empty_one(records: Folder, tmp_path: Path) -> None:
    target = Folder(tmp_path / "other")

    assert copy(records, target) == 4
    assert {path: target.read(path) for path in target.list("")} == {
        path: records.read(path) for path in records.list("")
    }
    with pytest.raises(StatuspageError, match="mix the two"):
        copy(records, target)
