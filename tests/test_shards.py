"""Rounds that several machines asked, put together into whole ones."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.errors import StatuspageError
from statuspage.model import Fact, Round, Sample, Verdict
from statuspage.shards import mark, read, whole, written

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def shard(
    part: int, of: int, *components: str, after: int = 0, place: str = "", void: str = "", run: str = "77.1"
) -> Round:
    at = NOON + after * SECOND
    answers = (Sample(component=c, at=at, verdict=Verdict.UP, every=5 * MINUTE) for c in components)
    id_ = f"{at:%Y%m%dT%H%M%SZ}-{run}{mark((part, of))}{f'@{place}' if place else ''}"
    return Round(id=id_, at=at, vantage=place, void=void, samples=() if void else tuple(answers))


def names(round_: Round) -> list[str]:
    return [sample.component for sample in round_.samples]


def test_shards_of_a_run_become_one_round_that_begins_with_the_first_of_them() -> None:
    merged = whole([shard(2, 3, "b", after=4), shard(1, 3, "a", "d"), shard(3, 3, "c", after=2)])

    assert [(one.id, one.at) for one in merged] == [("20261122T120000Z-77.1", NOON)]
    assert sorted(names(merged[0])) == ["a", "b", "c", "d"]


def test_places_and_runs_stay_apart() -> None:
    merged = whole(
        [shard(1, 1, "a", place=place, run=run) for place in ("eu", "us") for run in ("1.1", "1.2")]
    )

    assert sorted((one.id, one.vantage) for one in merged) == [
        ("20261122T120000Z-1.1@eu", "eu"),
        ("20261122T120000Z-1.1@us", "us"),
        ("20261122T120000Z-1.2@eu", "eu"),
        ("20261122T120000Z-1.2@us", "us"),
    ]


def test_a_void_shard_judged_nothing_and_leaves_the_others_as_they_are() -> None:
    merged = whole([shard(1, 2, void="no network"), shard(2, 2, "b")])

    assert (merged[0].void, names(merged[0])) == ("", ["b"])
    assert whole([shard(1, 2, void="no network"), shard(2, 2, void="no network")])[0].void == "no network"


def test_a_missing_shard_is_no_answer_for_its_components() -> None:
    assert names(whole([shard(2, 2, "b")])[0]) == ["b"]


def test_a_shard_that_was_asked_twice_counts_once_with_its_later_answer() -> None:
    merged = whole([shard(1, 2, "a", after=9), shard(1, 2, "a")])

    assert [sample.at for sample in merged[0].samples] == [NOON + 9 * SECOND]


def test_a_round_that_is_no_shard_stays_as_it_is() -> None:
    alone = Round(id="20261122T120000Z-77.1@Oslo+1", at=NOON, vantage="Oslo+1")

    assert whole([alone]) == [alone]


@given(st.permutations([shard(n + 1, 5, str(n), after=n % 3) for n in range(5)]))
def test_the_order_of_the_files_does_not_matter(parts: list[Round]) -> None:
    assert whole(parts) == whole(sorted(parts, key=lambda one: one.id))


def test_what_is_handed_on_is_read_again() -> None:
    rounds, fact = [shard(1, 2, "a")], Fact(kind="spent", key="x", at=NOON, value={"calls": 1})

    assert read(written(rounds, [fact]).encode(), "x.ndjson") == (rounds, [fact], [])
    assert read(b"", "x.ndjson") == ([], [], [])


def test_a_file_with_a_broken_line_is_refused_with_its_place() -> None:
    text = written([shard(1, 2, "a"), shard(2, 2, "b")], []).replace('"b"', '"c"')
    with pytest.raises(StatuspageError) as caught:
        read(text.encode(), "x.ndjson")

    assert "x.ndjson:2" in str(caught.value)
