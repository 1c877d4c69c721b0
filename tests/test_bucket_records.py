"""The records in a bucket: on real servers, against refusals, lost answers, kills and each other."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from git_world import bare, clone
from records_world import LEDGER, RAW, Place, line
from s3_world import ALL, GUEST, S3, SECRET, Fault, Faulty, azurite

from statuspage.archive import record, write_facts
from statuspage.config import load
from statuspage.errors import StatuspageError, Where
from statuspage.history import decode_rounds
from statuspage.ledger import Ledger
from statuspage.lines import checksummed, unchecksum
from statuspage.model import Fact, Round, Sample, Verdict
from statuspage.stores import bucket_rollup as rollups
from statuspage.stores.branch import Branch
from statuspage.stores.bucket_rollup import Rollup
from statuspage.stores.folder import Folder
from statuspage.stores.staged import Staged
from statuspage.upkeep import copy, survey

CONFIG = load("components:\n  - {name: Website, url: https://www.example.org/}\n", "components.yaml", {})
START = datetime(2026, 11, 20, 23, 50, tzinfo=UTC)


@pytest.fixture(params=["moto", "ceph", "azurite"])
def each(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A new prefix on each kind of server there is."""
    if request.param != "azurite":
        server: S3 = request.getfixturevalue("quick_s3" if request.param == "moto" else "real_s3")
        yield Place(f"{server.bucket().url}/history", server.environ, server)
        return
    if not os.environ.get("STATUSPAGE_AZURITE"):
        pytest.skip("STATUSPAGE_AZURITE does not name a folder with azurite (npm install azurite)")
    with azurite(Path(os.environ["STATUSPAGE_AZURITE"])) as azure:
        yield Place(f"{azure.container()}/history", azure.environ)


@pytest.fixture
def place(quick_s3: S3) -> Place:
    return Place(f"{quick_s3.bucket().url}/history", quick_s3.environ, quick_s3)


# --- the usual course, on all servers ----------------------------------------------------------


def test_runs_go_on_with_one_history_before_and_after_a_rollup(each: Place) -> None:
    assert each.files() == {}
    for n in range(3):
        each.write(n)
    assert len(each.objects()) == 3
    assert all(path.startswith("runs/") for path in each.objects())
    before = each.files()

    assert each.compact()
    assert each.files() == before == {RAW: "".join(f"{line(n)}\n" for n in range(3)).encode()}
    assert not each.compact()
    each.write(3)
    assert each.lines() == [line(n) for n in range(4)]
    assert each.compact()
    assert each.lines() == [line(n) for n in range(4)]


def test_what_a_rollup_took_up_is_removed_a_day_later(each: Place) -> None:
    each.write(0)
    each.compact()
    each.write(1)
    each.compact()
    assert len(each.objects("runs")) == 2
    assert len(each.objects("blobs")) == 2
    each.age()
    each.write(2)
    each.compact()

    assert len(each.objects("runs")) == 1
    assert len(each.objects("blobs")) == 2  # the one before is out of use since just now
    assert each.lines() == [line(n) for n in range(3)]
    assert not [path for path in each.objects() if path.endswith(".lock")]
    each.age()
    assert each.compact()
    assert len(each.objects("blobs")) == 1
    assert each.objects("runs") == []
    assert each.lines() == [line(n) for n in range(3)]


@pytest.mark.parametrize("others", [2, 4])
def test_writers_at_once_lose_nothing_and_write_nothing_twice(each: Place, others: int) -> None:
    def run(n: int) -> None:
        for k in range(4):
            each.write(f"{n}.{k}", many=3)

    with ThreadPoolExecutor(others) as pool:
        list(pool.map(run, range(others)))

    assert sorted(each.lines()) == sorted(line(f"{n}.{k}") for n in range(others) for k in range(4))
    assert [path for path in each.objects("rollup") if path.endswith(".json")]


def test_putting_together_against_four_writers_loses_nothing(each: Place) -> None:
    each.write("first")

    def run(n: int) -> None:
        for k in range(3):
            each.write(f"{n}.{k}")

    def compact(_: int) -> int:
        with suppress(StatuspageError):
            return int(each.compact())
        return 0

    with ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(run, n) for n in range(4)]
        rivals = [pool.submit(compact, n) for n in range(6)]
        done = sum(compact(n) for n in range(6)) + sum(one.result() for one in rivals)
        for writer in writers:
            writer.result()
    assert done

    names = [line("first"), *(line(f"{n}.{k}") for n in range(4) for k in range(3))]
    assert sorted(each.lines()) == sorted(names)
    each.compact()
    assert sorted(each.lines()) == sorted(names)


# --- reading and writing -----------------------------------------------------------------------


def test_reads_see_what_waits_and_the_bucket_does_not(place: Place) -> None:
    place.write(1)
    place.compact()
    records = place.records()
    records.append(RAW, [line(2)])
    records.append(LEDGER, [line("fact")])
    records.put("kept/a.txt", b"a\r\nb\0\xff\n")
    records.delete("nothing")

    assert records.read(RAW) == f"{line(1)}\n{line(2)}\n".encode()
    assert records.list("") == ["kept/a.txt", LEDGER, RAW]
    assert place.lines() == [line(1)]
    records.delete(RAW)
    assert (records.read(RAW), records.list("raw/")) == (None, [])
    records.keep()
    expected = {"kept/a.txt": b"a\r\nb\0\xff\n", LEDGER: f"{line('fact')}\n".encode()}
    assert place.files() == expected
    assert place.records().list("ke") == ["kept/a.txt"]
    place.compact()
    assert place.files() == expected


def test_one_keep_is_one_object_and_nothing_written_is_none(place: Place) -> None:
    place.records().keep()
    records = place.records()
    records.append(RAW, [line(1)])
    records.append(LEDGER, [line(1)])
    records.put("schema", b"1\n")
    records.keep("run 1")
    assert len(place.objects()) == 1
    again = place.records()
    again.put("schema", b"1\n")
    again.append(RAW, [])
    again.keep()

    assert len(place.objects()) == 1


def test_a_last_line_that_a_hand_left_without_a_break_stays(place: Place) -> None:
    records = place.records()
    records.put(RAW, line(1).encode())
    records.keep()
    place.write(2)

    assert place.lines() == [line(1), line(2)]


def test_paths_that_are_not_plain_are_refused(place: Place) -> None:
    for path in ("../x", ".git/config", "a//b", "a\nb"):
        with pytest.raises(StatuspageError, match="not a plain path"):
            place.records().append(path, ["x"])


def test_a_line_that_two_runs_wrote_at_once_counts_once(place: Place) -> None:
    place.write(0)
    left, right = place.records(), place.records()
    for name, records in (("left", left), ("right", right)):
        records.append(RAW, [line("both"), line(name)])
    left.keep()
    right.keep()

    assert place.lines() == [line(0), line("both"), line("left"), line("right")]


def test_lines_that_come_in_while_a_file_is_mended_stay(place: Place) -> None:
    place.write("broken")
    place.write("good")
    mending = place.records()
    mending.put(f"broken/{RAW}", f"{line('broken')}\n".encode())
    mending.put(RAW, f"{line('good')}\n".encode())
    place.write("meanwhile")
    mending.keep("repair")

    assert place.lines() == [line("good"), line("meanwhile")]
    assert place.lines(f"broken/{RAW}") == [line("broken")]


def test_a_fact_that_comes_back_to_what_it_was_is_kept(place: Place) -> None:
    for value in ("a", "b", "a"):
        place.write(value)

    assert place.lines() == [line("a"), line("b"), line("a")]
    place.compact()
    assert place.lines() == [line("a"), line("b"), line("a")]


def test_what_knew_of_another_run_comes_behind_it_whatever_the_clocks_say(place: Place) -> None:
    for n, clock in enumerate((2e9, 1e9, 1.5e9)):
        records = place.records(clock=lambda clock=clock: clock)
        records.put("kept/one", f"{n}".encode())
        records.append(RAW, [line(n)])
        records.keep()

    assert place.lines() == [line(0), line(1), line(2)]
    assert place.records().read("kept/one") == b"2"


def test_a_claim_that_was_read_as_the_first_one_stays_the_first_one(place: Place) -> None:
    """Or two runs whose clocks differ by seconds would both send the same message."""
    fast, slow = place.records(clock=lambda: 2e9 + 5), place.records(clock=lambda: 2e9)
    slow.read(LEDGER)  # it decides before the other one has written
    for by, records in (("fast", fast), ("slow", slow)):
        value = {"status": "decided", "by": by, "until": (START + timedelta(minutes=10)).isoformat()}
        write_facts(records, [Fact(kind="outbox", key="outage/chat→Team", at=START, value=value)])
        records.keep()
        held = Ledger.decode(records.read(LEDGER) or b"")[0].get("outbox", "outage/chat→Team")
        assert held is not None
        assert held.value["by"] == "fast"


def test_a_process_that_stays_sees_what_others_wrote_after_each_keep(place: Place) -> None:
    staying = place.records()
    staying.append(RAW, [line(1)])
    staying.keep()
    place.write(2)
    place.compact()
    staying.append(RAW, [line(3)])
    staying.keep()

    assert staying.read(RAW) == "".join(f"{line(n)}\n" for n in (1, 2, 3)).encode()


def test_strangers_objects_are_neither_read_nor_removed(place: Place) -> None:
    for path in ("blobs/mine.txt", "runs/mine.txt", "rollup/mine.txt", "index.html"):
        place.put(path, b"x")
    for n in range(3):
        place.write(n)
        place.compact()
        place.age()

    assert {"blobs/mine.txt", "runs/mine.txt", "rollup/mine.txt", "index.html"} <= set(place.objects())
    assert place.files().keys() == {RAW}


def test_many_runs_are_put_together_by_themselves(place: Place) -> None:
    for n in range(9):
        place.write(n, many=4)

    assert len([path for path in place.objects("rollup") if path.endswith(".json")]) >= 2
    assert place.lines() == [line(n) for n in range(9)]


def test_a_store_of_a_thousand_files_is_kept_and_read_in_few_requests(place: Place) -> None:
    assert place.server
    records = place.records()
    for day, hour in itertools.product(range(35), range(24)):
        records.append(f"raw/2026-10-{day:02}/{hour:02}.ndjson", [line(f"{day}.{hour}")] * 3)
    records.keep("copied")
    place.compact()
    with Faulty(place.server, counted=ALL) as proxy:
        there = place.through(proxy).records()
        paths = there.list("raw/")
        for path in paths[-48:]:
            there.read(path)

    assert len(paths) == 35 * 24
    assert len(proxy.asked) == 5  # two lists, the manifest, two days


# --- what breaks -------------------------------------------------------------------------------


def minutes(n: int) -> datetime:
    return START + timedelta(minutes=5 * n)


def run(place: Place, n: int, *, many: int = 50) -> None:
    """What a run writes: a round, and a fact beside it."""
    records = place.records(many=many)
    sample = Sample(component="website", at=minutes(n), verdict=Verdict.UP, every=timedelta(minutes=5))
    record(records, CONFIG, Round(id=f"round-{n}", at=minutes(n), samples=(sample,)))
    write_facts(records, [Fact(kind="seen", key=f"round-{n}", at=minutes(n))])
    records.keep(f"run {n}")


def whole(place: Place) -> list[str]:
    """The ids of all rounds, of a history in which nothing is wrong, half or twice."""
    records = place.records()
    assert survey(records, minutes(100_000)).problems == ()
    data = b"".join(records.read(path) or b"" for path in records.list("raw/"))
    rounds = [one.id for one in decode_rounds(data, "raw")[0]]
    assert data.count(b"\n") == len(rounds)
    facts = records.read(LEDGER) or b""
    assert facts.count(b"\n") == len(rounds)
    assert {*Ledger.decode(facts)[0].facts("seen")} == set(rounds)
    return rounds


def dies_at_each_request(place: Place, fault: Fault) -> int:
    """A run and a rollup that end at the n-th request, for n = 1 until they come through; how many there are."""
    assert place.server
    run(place, 0)
    sure = {"round-0"}
    for n in itertools.count(1):
        with Faulty(place.server, fault, n, counted=ALL) as proxy, suppress(StatuspageError):
            run(place.through(proxy), n, many=0)
            sure.add(f"round-{n}")
        found = whole(place)
        assert sure <= set(found), f"lost at request {n}: {proxy.asked}"
        for path in place.objects("rollup"):
            if path.endswith(".lock"):  # a dead run's; its time will have passed
                place.delete(path)
        if len(proxy.asked) < n:
            place.compact()
            assert sure <= set(whole(place))
            return n
        if n % 7 == 0:
            place.compact()
            place.age()
    raise AssertionError


def test_dead_at_any_request_nothing_is_lost_nothing_twice_and_verify_passes(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    assert dies_at_each_request(place, "deny") > 15
    assert SECRET not in caplog.text


def test_dead_at_any_request_on_a_real_gateway(real_s3: S3) -> None:
    assert dies_at_each_request(Place(f"{real_s3.bucket().url}/h", real_s3.environ, real_s3), "deny") > 15


@pytest.mark.parametrize("fault", ["cut", "ambiguous"])
def test_a_fault_at_any_put_is_tried_again_and_nobody_notices(place: Place, fault: Fault) -> None:
    assert place.server
    expected = []
    for n in (1, 2, 3, 5):  # a run, a lock, a pack, a manifest
        with Faulty(place.server, fault, n) as proxy:
            run(place.through(proxy), n, many=0)
        assert len(proxy.puts) > n
        expected.append(f"round-{n}")
        assert whole(place) == expected


def test_what_was_accepted_though_its_answer_was_lost_is_not_written_again(place: Place) -> None:
    """A process that stays gives the same lines again at its next beat."""
    assert place.server
    with Faulty(place.server, "ambiguous", 1) as proxy:

        def refuse_from_now_on() -> None:
            proxy.fault = "deny"

        proxy.seen = refuse_from_now_on
        records = place.through(proxy).records()
        records.append(RAW, [line(1)])
        with pytest.raises(StatuspageError, match="may not do this"):
            records.keep()
        assert place.lines() == [line(1)]
        proxy.at = 0
        records.append(RAW, [line(2)])
        records.keep()
        records.append(RAW, [line(3)])
        records.keep()

    assert place.lines() == [line(1), line(2), line(3)]


def test_what_was_accepted_before_the_bucket_went_away_is_not_written_again(place: Place) -> None:
    """The PUT of the first try comes through at the second, and then the list fails."""
    assert place.server
    with Faulty(place.server, "deny", 1) as proxy:
        records = place.through(proxy).records()
        records.append(RAW, [line(1)])
        with pytest.raises(StatuspageError):
            records.keep()
        assert place.lines() == []
        proxy.counted, proxy.at = ALL, len(proxy.asked) + 2  # the PUT passes, the list behind it does not
        with pytest.raises(StatuspageError):
            records.keep()
        assert place.lines() == [line(1)]
        proxy.at = 0
        records.append(RAW, [line(2)])
        records.keep()

    assert place.lines() == [line(1), line(2)]


KILLED = """
import os, sys
from statuspage.lines import checksummed
from statuspage.stores.bucket_records import BucketRecords
from statuspage.stores.staged import Staged
for n in range(1000):
    records = Staged(BucketRecords(sys.argv[1], os.environ, many=3))
    records.append("raw/2026-11-22/07.ndjson", [checksummed({"id": f"{sys.argv[2]}.{n}.a"})])
    records.append("raw/2026-11-22/08.ndjson", [checksummed({"id": f"{sys.argv[2]}.{n}.b"})])
    records.keep()
    print(n, flush=True)
"""


def test_a_killed_run_is_there_whole_or_not_at_all(place: Place) -> None:
    chance, confirmed = random.Random(6), set()
    environ = {**os.environ, **place.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for k in range(4):
        command = [sys.executable, "-c", KILLED, place.url, f"run{k}"]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout
            for _ in range(chance.randint(1, 5)):
                confirmed.add(f"run{k}.{int(writer.stdout.readline())}")
            with suppress(subprocess.TimeoutExpired):
                writer.wait(chance.random() / 10)
            writer.send_signal(signal.SIGKILL)

    later = time.time() + 3600  # locks of the dead are over then
    place.write("last", clock=lambda: later, many=1)
    whole = {kind: place.lines(path) for kind, path in (("a", RAW), ("b", RAW.replace("07", "08")))}
    names = {
        kind: [text.split('"')[3].removesuffix(f".{kind}") for text in lines] for kind, lines in whole.items()
    }
    assert names["a"][:-1] == names["b"]
    assert confirmed <= set(names["b"])
    assert len(set(names["a"])) == len(names["a"])


# --- putting together --------------------------------------------------------------------------


def test_a_lock_that_is_held_is_respected_and_a_stale_one_taken_over(place: Place) -> None:
    place.write(1)
    until = datetime(2026, 11, 22, 12, 10, tzinfo=UTC)
    place.put("rollup/00000001.1.lock", json.dumps({"holder": "x", "until": until.isoformat()}).encode())

    with pytest.raises(StatuspageError, match="x is putting the history together, until 12:10 UTC"):
        place.compact(clock=lambda: until.timestamp() - 60)
    place.write(2, many=1, clock=lambda: until.timestamp() - 60)  # it is kept all the same
    assert place.objects("rollup") == ["rollup/00000001.1.lock"]
    assert place.compact(clock=lambda: until.timestamp() + 60)
    assert place.lines() == [line(1), line(2)]


@pytest.mark.parametrize(
    "ticket",
    [
        b"",
        b"{}",
        b"[]",
        b'{"holder": "a clock ahead", "until": "2999-01-01T00:00:00+00:00"}',
        b'{"until": 7, "holder": 1}',
        b'{"until":"2999-01-01"}',
        b"\xff",
    ],
)
def test_a_lock_that_is_broken_is_a_stale_one(place: Place, ticket: bytes) -> None:
    place.write(1)
    place.put("rollup/00000001.1.lock", ticket)

    assert place.compact()


def test_of_two_takers_of_a_stale_lock_one_gives_way(place: Place) -> None:
    """And a holder that wakes up late changes nothing."""
    assert place.server
    place.write(1)
    with Faulty(place.server) as proxy:

        def meanwhile() -> None:
            if proxy.puts[-1].endswith(".gz") and not done:
                done.append(True)
                place.put(f"rollup/{1:08}.2.lock", b"{}")
                assert place.compact()
                place.write(2)

        done: list[bool] = []
        proxy.seen = meanwhile
        with pytest.raises(StatuspageError, match="meanwhile"):
            place.through(proxy).compact()

    assert done
    assert place.lines() == [line(1), line(2)]
    assert place.compact()
    assert place.lines() == [line(1), line(2)]


def test_who_gets_the_lock_when_the_work_is_done_leaves_it_at_that(place: Place) -> None:
    assert place.server
    place.write(1)
    with Faulty(place.server) as proxy:

        def meanwhile() -> None:
            place.put(rollups.name(1), rollups.write(Rollup()))

        proxy.seen = meanwhile
        with pytest.raises(StatuspageError, match="has just put the history together"):
            place.through(proxy).compact()

    assert place.objects("rollup") == [rollups.name(1)]
    assert place.lines() == [line(1)]


def test_a_reader_that_began_before_a_rollup_ends_with_what_it_began(place: Place) -> None:
    for n in range(3):
        place.write(n)
    place.compact()
    early = place.records()
    assert early.list("") == [RAW]
    place.write(3)
    place.compact()

    assert early.read(RAW) == "".join(f"{line(n)}\n" for n in range(3)).encode()


def test_a_reader_that_is_a_day_late_looks_again(place: Place) -> None:
    place.write(0)
    place.compact()
    late = place.records()
    assert late.list("") == [RAW]
    place.write(1)
    place.compact()
    place.age()
    place.compact()
    place.write(2)

    assert late.read(RAW) == "".join(f"{line(n)}\n" for n in range(3)).encode()


def test_a_reader_in_another_process_sees_whole_histories_during_rollups(place: Place) -> None:
    code = (
        "import os, sys\n"
        "from statuspage.stores.bucket_records import BucketRecords\n"
        "for n in range(25):\n"
        "    b = BucketRecords(sys.argv[1], os.environ)\n"
        "    print(len((b.read(sys.argv[2]) or b'').splitlines()), b.list(''), flush=True)\n"
    )
    for n in range(3):
        place.write(n)
    environ = {**os.environ, **place.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, place.url, RAW]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        seen = [reader.stdout.readline()]
        n = 3
        while reader.poll() is None:
            place.write(n, many=2)
            n += 1
        seen += reader.stdout.readlines()
    counts = [int(text.split()[0]) for text in seen]

    assert reader.returncode == 0
    assert len(counts) == 25
    assert counts == sorted(counts)
    assert counts[0] >= 3
    assert all(f"['{RAW}']" in text for text in seen)


def test_a_bucket_that_ignores_conditions_loses_nothing(place: Place) -> None:
    assert place.server
    with Faulty(place.server, deaf=True) as proxy:
        deaf = place.through(proxy)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: deaf.write(n, many=2), range(12)))
        deaf.compact()

    assert sorted(place.lines()) == sorted(line(n) for n in range(12))


def test_a_bucket_that_takes_no_conditions_at_all_is_written_to_without(place: Place) -> None:
    assert place.server
    with Faulty(place.server, "unable", 1) as proxy:

        def able_again() -> None:
            proxy.at = 0

        records = place.through(proxy).records()
        records.append(RAW, [line(1)])
        refused = proxy._breaks  # the library asks six times with the condition, then we ask without
        proxy._breaks = lambda number: refused(number) and number <= 6  # type: ignore[method-assign]
        records.keep()

    assert place.lines() == [line(1)]


# --- absent, unreachable, forbidden, broken ----------------------------------------------------


def fails(place: Place) -> str:
    with pytest.raises(StatuspageError) as told:
        place.write(1)
    assert SECRET not in str(told.value)
    return str(told.value)


def test_a_bucket_that_is_not_there_or_away_is_no_empty_history(quick_s3: S3, closed_port: int) -> None:
    assert "there is no such bucket" in fails(Place("s3://no-such-bucket/h", quick_s3.environ))
    away = Place("s3://bucket/h", S3(f"http://127.0.0.1:{closed_port}").environ)
    assert "the server cannot be reached" in fails(away)


def test_a_bucket_of_somebody_else_s_is_no_empty_history(real_s3: S3) -> None:
    bucket = real_s3.bucket()
    stranger = {**real_s3.environ, "AWS_ACCESS_KEY_ID": GUEST}

    assert "may not do this" in fails(Place(f"{bucket.url}/h", stranger))
    assert bucket.keys() == []


def test_a_history_whose_manifests_are_gone_is_not_begun_anew(place: Place) -> None:
    place.write(1)
    place.compact()
    staying = place.records()
    assert staying.list("")
    kept = {path: place.get(path) for path in place.objects("rollup")}
    place.delete(*kept)

    assert "its manifests are gone; nothing is begun anew" in fails(place)
    for path, data in kept.items():
        place.put(path, data)
    place.write(2)
    assert place.lines() == [line(1), line(2)]


def test_without_its_newest_manifest_the_one_before_holds_and_nothing_is_lost(place: Place) -> None:
    for n in range(4):
        place.write(n)
        place.compact()
    place.put(place.manifest(), b'{"schema":1,"sum":"0000000000000000"}')
    assert "this manifest is broken" in fails(place)
    assert "the one before it holds" in fails(place)
    place.delete(place.manifest())

    assert place.lines() == [line(n) for n in range(4)]
    place.compact()
    assert place.lines() == [line(n) for n in range(4)]


def test_a_pack_that_is_missing_or_broken_is_said_with_how_to_mend_it(place: Place) -> None:
    place.write(1)
    records = place.records()
    records.append(LEDGER, [line(1)])
    records.keep()
    place.compact()
    packs = {path: place.get(path) for path in place.objects("blobs")}
    for damage in (None, b"", b"x", *(data[:-3] for data in packs.values())):
        for path in packs:
            place.delete(path) if damage is None else place.put(path, damage)
        told = fails(place)
        assert f"{place.url}/blobs/" in told
        assert "is not there" in told if damage is None else "is broken" in told
        assert "store restore" in told
    for path, data in packs.items():
        place.put(path, data)
    place.write(2)
    assert place.lines() == [line(1), line(2)]


def test_a_run_that_is_broken_stops_every_reader_at_its_name(place: Place) -> None:
    place.write(1)
    place.write(2)
    path = place.objects("runs")[0]
    data = place.get(path)
    for damage in (b"", b"x", data[:-3], data[:20] + bytes([data[20] ^ 1]) + data[21:]):
        place.put(path, damage)
        told = fails(place)
        assert f"{place.url}/{path}" in told
        assert "move it out of runs/" in told
    place.put(f"aside/{path}", data)
    place.delete(path)
    assert place.lines() == [line(2)]


def test_another_version_s_objects_are_not_touched(place: Place) -> None:
    place.write(1)
    place.compact()
    before = place.objects()
    told = unchecksum(place.get(place.manifest()), Where("manifest"))
    place.put(place.manifest(), checksummed({**told, "schema": 2}).encode())

    assert "has schema 2, this version knows 1" in fails(place)
    assert place.objects() == before


def test_a_key_that_may_not_delete_keeps_and_rolls_up_all_the_same(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    assert place.server
    place.write(1)
    place.compact()
    place.age()
    place.write(2)
    with Faulty(place.server, no_delete=True) as proxy:
        assert place.through(proxy).compact()

    assert "1 objects out of use cannot be deleted: the key may not do this" in caplog.text
    assert place.lines() == [line(1), line(2)]


def test_a_rollup_that_fails_is_said_and_the_run_is_kept(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    assert place.server
    for n in range(3):
        place.write(n)
    with Faulty(place.server, "deny", 2) as proxy:
        place.through(proxy).write(3, many=2)

    assert "3 runs wait to be put together, and that failed: the key may not do this" in caplog.text
    assert place.lines() == [line(n) for n in range(4)]


# --- other stores ------------------------------------------------------------


def test_a_history_goes_from_a_folder_to_a_bucket_to_a_branch(each: Place, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "state")
    for n in range(5):
        folder.append(f"raw/2026-11-2{n}/07.ndjson", [line(n), line(-n)])
    folder.put("kept/a.ndjson", b"a\r\nb\0\xff\n")
    folder.put("schema", b"1\n")
    files = {path: folder.read(path) for path in folder.list("")}

    assert copy(folder, each.records()) == 7
    assert each.files() == files
    each.compact()
    branch = Staged(Branch(clone(bare(tmp_path / "remote.git"), tmp_path / "here")))
    assert copy(each.records(), branch) == 7
    assert {path: branch.read(path) for path in branch.list("")} == files
    with pytest.raises(StatuspageError, match="there is a history already"):
        copy(folder, each.records())
