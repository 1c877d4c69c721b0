"""The records on a data branch: against real remotes, refusals, kills and each other."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from git_world import BRANCH, TOKEN, bare, clone, commits, git, kept, refuse, smart_http

from statuspage.errors import StatuspageError
from statuspage.git import environment
from statuspage.lines import checksummed
from statuspage.stores.branch import TRIES, Branch
from statuspage.stores.staged import Append, Put, Staged, after, rebased

RAW = "raw/2026-11-22/07.ndjson"
LEDGER = "ledger.ndjson"


def line(name: object) -> str:
    return checksummed({"id": str(name)})


def opened(folder: Path, **how: object) -> Staged:
    """The branch, with waits that are noted and take no time."""
    how = {"sleep": lambda seconds: None, "jitter": lambda: 0.5, **how}
    return Staged(Branch(folder, **how))  # type: ignore[arg-type]


def write(folder: Path, name: object, **how: object) -> None:
    records = opened(folder, **how)
    records.append(RAW, [line(name)])
    records.keep(f"run {name}")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare(tmp_path / "remote.git")


@pytest.fixture
def here(remote: Path, tmp_path: Path) -> Path:
    return clone(remote, tmp_path / "here")


# --- reading and writing -----------------------------------------------------------------------


def test_a_first_run_begins_the_branch_and_the_next_one_goes_on(
    remote: Path, here: Path, tmp_path: Path
) -> None:
    assert opened(here).read(RAW) is None
    write(here, 1)
    write(clone(remote, tmp_path / "next"), 2)

    assert kept(remote, RAW) == [line(1), line(2)]
    assert commits(remote) == 2
    assert git(remote, "ls-tree", "--name-only", BRANCH).split() == [".gitattributes", "README.md", "raw"]


def test_the_branch_shares_nothing_with_main_and_the_clone_stays_as_it_was(remote: Path, here: Path) -> None:
    (here / "work").write_text("being written")
    git(here, "add", "work")
    before = git(here, "status", "--porcelain"), git(here, "rev-parse", "HEAD")
    write(here, 1)

    assert (git(here, "status", "--porcelain"), git(here, "rev-parse", "HEAD")) == before
    assert git(remote, "rev-list", BRANCH, "^main", "--count") == git(remote, "rev-list", BRANCH, "--count")


def test_reads_see_what_waits_and_the_remote_does_not(remote: Path, here: Path) -> None:
    write(here, 1)
    records = opened(here)
    records.append(RAW, [line(2)])
    records.append(LEDGER, [line("fact")])
    records.put("schema", b"1\n")
    records.delete("nothing")

    assert records.read(RAW) == f"{line(1)}\n{line(2)}\n".encode()
    assert records.list("") == [LEDGER, RAW, "schema"]
    assert kept(remote, RAW) == [line(1)]
    records.delete(RAW)
    assert (records.read(RAW), records.list("raw/")) == (None, [])
    records.keep()
    assert git(remote, "ls-tree", "-r", "--name-only", BRANCH).split() == [
        ".gitattributes",
        "README.md",
        LEDGER,
        "schema",
    ]


def test_a_file_that_was_replaced_is_replaced_and_binary_safe(remote: Path, here: Path) -> None:
    records = opened(here)
    records.put("kept/a.ndjson", b"a\r\nb\0\xff\n")
    records.keep()

    assert opened(here).read("kept/a.ndjson") == b"a\r\nb\0\xff\n"


def test_nothing_written_is_no_commit(remote: Path, here: Path) -> None:
    opened(here).keep()
    write(here, 1)
    records = opened(here)
    records.put(RAW, f"{line(1)}\n".encode())
    records.keep()

    assert commits(remote) == 1


def test_a_last_line_that_a_hand_left_without_a_break_stays(remote: Path, here: Path) -> None:
    records = opened(here)
    records.put(RAW, line(1).encode())
    records.keep()
    write(here, 2)

    assert kept(remote, RAW) == [line(1), line(2)]


def test_paths_that_are_not_plain_are_refused(here: Path) -> None:
    for path in ("../x", ".git/config", "a//b", "a\nb"):
        with pytest.raises(StatuspageError, match="not a plain path"):
            opened(here).append(path, ["x"])


def test_hidden_files_that_a_person_put_there_are_none_of_the_history(remote: Path, here: Path) -> None:
    write(here, 1)
    branch = Branch(here)
    assert branch.list("") == [RAW]
    branch.commit([Put(".gitignore", b"*.tmp\n"), Put("raw/.keep", b"")], "by hand")

    assert Branch(here).list("") == [RAW]
    write(here, 2)
    assert git(remote, "show", f"{BRANCH}:.gitignore") == "*.tmp"


def test_a_page_in_a_folder_of_its_repository_has_the_same_branch(remote: Path, here: Path) -> None:
    (here / "status").mkdir()
    write(here / "status", 1)

    assert kept(remote, RAW) == [line(1)]


def test_a_branch_of_another_name(remote: Path, here: Path) -> None:
    records = Staged(Branch(here, "other/data"))
    records.append(RAW, [line(1)])
    records.keep()

    assert kept(remote, RAW, "other/data") == [line(1)]


def test_a_full_clone_stays_a_full_one(remote: Path, here: Path, tmp_path: Path) -> None:
    for n in range(3):
        write(here, n)
    full = tmp_path / "full"
    subprocess.run(["git", "clone", "-q", f"file://{remote}", str(full)], check=True)
    write(here, 3)
    assert opened(full).read(RAW)

    assert git(full, "rev-parse", "--is-shallow-repository") == "false"
    assert git(full, "rev-list", "--count", f"origin/{BRANCH}") == "4"


# --- others write too --------------------------------------------------------------------------


def test_both_lines_of_two_runs_at_once_are_there(remote: Path, here: Path, tmp_path: Path) -> None:
    write(here, 0)
    left, right = opened(here), opened(clone(remote, tmp_path / "right"))
    for name, records in (("left", left), ("right", right)):
        records.append(RAW, [line(name)])
        records.append(f"raw/2026-11-22/08-{name}.ndjson", [line(name)])
    left.keep()
    right.keep()

    assert kept(remote, RAW) == [line(0), line("left"), line("right")]
    assert kept(remote, "raw/2026-11-22/08-left.ndjson") == [line("left")]


def test_two_first_runs_at_once_make_one_branch(remote: Path, here: Path, tmp_path: Path) -> None:
    left, right = opened(here), opened(clone(remote, tmp_path / "right"))
    for name, records in (("left", left), ("right", right)):
        assert records.read(RAW) is None
        records.append(RAW, [line(name)])
    left.keep()
    right.keep()

    assert kept(remote, RAW) == [line("left"), line("right")]


@pytest.mark.parametrize("others", [2, 4])
def test_runs_at_once_lose_nothing_and_write_nothing_twice(remote: Path, tmp_path: Path, others: int) -> None:
    folders = [clone(remote, tmp_path / f"run{n}") for n in range(others)]

    def run(n: int) -> None:
        for k in range(4):
            write(folders[n], f"{n}.{k}", sleep=time.sleep, jitter=random.random)

    with ThreadPoolExecutor(others) as pool:
        list(pool.map(run, range(others)))

    assert sorted(kept(remote, RAW)) == sorted(line(f"{n}.{k}") for n in range(others) for k in range(4))


def test_what_a_person_changed_meanwhile_stays(remote: Path, here: Path, tmp_path: Path) -> None:
    write(here, 1)
    records = opened(here)
    records.append(RAW, [line(2)])
    other = opened(clone(remote, tmp_path / "other"))
    other.put(RAW, f"{line('corrected')}\n".encode())
    other.keep()
    records.keep()

    assert kept(remote, RAW) == [line("corrected"), line(2)]


KILLED = """
import sys
from pathlib import Path
from statuspage.lines import checksummed
from statuspage.stores.branch import Branch
from statuspage.stores.staged import Staged
name = sys.argv[2]
for n in range(1000):
    records = Staged(Branch(Path(sys.argv[1])))
    records.append("raw/2026-11-22/07.ndjson", [checksummed({"id": f"{name}.{n}.a"})])
    records.append("raw/2026-11-22/08.ndjson", [checksummed({"id": f"{name}.{n}.b"})])
    records.keep()
    print(n, flush=True)
"""


def test_a_killed_run_is_there_whole_or_not_at_all(remote: Path, here: Path) -> None:
    chance, confirmed = random.Random(6), set()
    for k in range(6):
        writer = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(here), f"run{k}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert writer.stdout
        for _ in range(chance.randint(1, 3)):
            confirmed.add(f"run{k}.{int(writer.stdout.readline())}")
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(chance.random() / 10)
        os.killpg(writer.pid, signal.SIGKILL)
        writer.communicate()
    write(here, "last")

    whole = {"a": kept(remote, RAW), "b": kept(remote, "raw/2026-11-22/08.ndjson")}
    names = {
        kind: [text.split('"')[3].removesuffix(f".{kind}") for text in lines] for kind, lines in whole.items()
    }
    assert names["a"][:-1] == names["b"]
    assert confirmed <= set(names["b"])
    assert len(set(names["a"])) == len(names["a"])


def test_clones_at_work_in_one_folder_do_not_disturb_each_other(remote: Path, here: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: write(here, n, sleep=time.sleep, jitter=random.random), range(8)))

    assert sorted(kept(remote, RAW)) == sorted(line(n) for n in range(8))


# --- pushes that go wrong ----------------------------------------------------------------------


def test_a_push_that_is_refused_five_times_is_made_at_the_sixth(remote: Path, here: Path) -> None:
    refuse(remote, 'n=$(cat tries 2>/dev/null || echo 0); echo $((n + 1)) > tries; [ "$n" -ge 5 ]')
    waits: list[float] = []
    write(here, 1, sleep=waits.append)

    assert kept(remote, RAW) == [line(1)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6]


def test_after_twelve_tries_it_is_an_error_and_what_waits_is_still_there(remote: Path, here: Path) -> None:
    refuse(remote, "exit 1")
    waits: list[float] = []
    records = opened(here, sleep=waits.append)
    records.append(RAW, [line(1)])
    with pytest.raises(StatuspageError, match=r"status-data could not be written, 12 tries: git push failed"):
        records.keep()

    assert len(waits) == TRIES - 1
    assert max(waits) == 8
    refuse(remote, "exit 0")
    records.keep()
    assert kept(remote, RAW) == [line(1)]


def test_what_was_refused_and_came_through_at_last_is_not_written_again(remote: Path, here: Path) -> None:
    """A process that stays gives the same lines again at its next beat."""
    times = iter(itertools.chain([0.0, 0.0, 1000.0], itertools.repeat(1000.0)))
    records = opened(here, clock=lambda: next(times))
    records.append(RAW, [line(1)])
    hook = remote / "hooks/post-receive"
    hook.write_text("#!/bin/sh\nkill -9 $PPID\n")  # the push is done, its answer never comes
    hook.chmod(0o755)
    with pytest.raises(StatuspageError):
        records.keep()
    hook.unlink()
    assert kept(remote, RAW) == [line(1)]
    records.append(RAW, [line(2)])
    records.keep()

    assert kept(remote, RAW) == [line(1), line(2)]


def test_one_deadline_holds_for_all_tries(remote: Path, here: Path) -> None:
    refuse(remote, "exit 1")
    ticks = itertools.count(0, 50)  # the clone is read at 0; it begins to write at 50 and has until 200
    with pytest.raises(StatuspageError, match=r", 3 tries: git push failed: .*pre-receive hook declined"):
        write(here, 1, clock=lambda: float(next(ticks)))


def test_a_ruleset_that_forbids_the_push_stops_at_once(remote: Path, here: Path) -> None:
    refuse(remote, 'echo "error: GH013: Repository rule violations found for refs/heads/x" >&2; exit 1')
    waits: list[float] = []
    with pytest.raises(StatuspageError, match="contents: write") as caught:
        write(here, 1, sleep=waits.append)

    assert waits == []
    assert "GH013" in str(caught.value)


def test_a_remote_that_cannot_be_reached_is_no_empty_history(tmp_path: Path, here: Path) -> None:
    (tmp_path / "remote.git").rename(tmp_path / "away.git")
    records = opened(here)
    with pytest.raises(StatuspageError, match="nothing was begun anew"):
        records.read(RAW)
    (tmp_path / "away.git").rename(tmp_path / "remote.git")

    assert git(tmp_path / "remote.git", "branch", "--list") == "* main"


def test_a_branch_that_was_there_and_is_gone_is_not_begun_anew(remote: Path, here: Path) -> None:
    write(here, 1)
    git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
    with pytest.raises(StatuspageError, match="was on the remote and is gone") as caught:
        write(here, 2)

    push = str(caught.value).split("git push ")[1].split(";")[0]
    git(here, "push", "-q", *push.split())
    write(here, 2)
    assert kept(remote, RAW) == [line(1), line(2)]


def test_a_folder_without_a_repository_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(StatuspageError, match="--store FOLDER"):
        opened(tmp_path).read(RAW)


def test_a_clone_without_a_remote_is_told_so(here: Path) -> None:
    git(here, "remote", "remove", "origin")
    with pytest.raises(StatuspageError, match="origin"):
        opened(here).read(RAW)


# --- other ways to the remote ------------------------------------------------------------------


@pytest.fixture
def daemon(remote: Path) -> Iterator[str]:
    """git daemon on loopback."""
    for port in random.SystemRandom().sample(range(20000, 60000), 20):
        words = [
            "git",
            "daemon",
            "--listen=127.0.0.1",
            f"--port={port}",
            f"--base-path={remote.parent}",
            "--export-all",
            "--enable=receive-pack",
            "--reuseaddr",
            "--verbose",
            "--log-destination=stderr",
        ]
        server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True)
        assert server.stderr
        if "Ready" in server.stderr.readline():
            break
        server.communicate()
    yield f"git://127.0.0.1:{port}/remote.git"
    os.killpg(server.pid, signal.SIGTERM)
    server.communicate()


def test_over_git_s_own_protocol(remote: Path, daemon: str, tmp_path: Path) -> None:
    left, right = (clone(daemon, tmp_path / name) for name in ("left", "right"))
    write(left, 1)
    write(right, 2)
    write(left, 3)

    assert kept(remote, RAW) == [line(1), line(2), line(3)]


def in_a_workflow(address: str, token: str = TOKEN) -> dict[str, str]:
    return environment({"GITHUB_ACTIONS": "true", "GITHUB_TOKEN": token, "GITHUB_SERVER_URL": address})


@pytest.fixture
def over_http(remote: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """The clone, pointed at an address, in the environment of a workflow."""

    def pointed(address: str, token: str = TOKEN) -> Path:
        git(here, "remote", "set-url", "origin", f"{address}/remote.git")
        for name, value in in_a_workflow(address, token).items():
            monkeypatch.setenv(name, value)
        return here

    return pointed


def test_over_http_with_a_workflow_s_token(
    remote: Path, tmp_path: Path, over_http: Callable[[str], Path]
) -> None:
    with smart_http(tmp_path) as address:
        here = over_http(address)
        git(here, "config", f"http.{address}/.extraheader", "AUTHORIZATION: basic left-by-a-checkout")
        write(here, 1)
        write(here, 2)

    assert kept(remote, RAW) == [line(1), line(2)]
    assert git(remote, "log", "-1", "--format=%an <%ae>", BRANCH).startswith("github-actions[bot] <41898282+")


def test_a_wrong_token_stops_at_once_and_is_not_printed(
    tmp_path: Path, here: Path, over_http: Callable[..., Path]
) -> None:
    waits: list[float] = []
    with smart_http(tmp_path) as address, pytest.raises(StatuspageError) as caught:
        opened(over_http(address, "wrong-token-12345"), sleep=waits.append).read(RAW)

    assert waits == []
    assert "wrong-token" not in str(caught.value)


def test_a_token_that_may_read_alone_is_told_what_it_lacks(
    tmp_path: Path, over_http: Callable[..., Path]
) -> None:
    waits: list[float] = []
    with smart_http(tmp_path, lambda request, n: 403) as address:
        here = over_http(address)
        with pytest.raises(StatuspageError, match="contents: write"):
            write(here, 1, sleep=waits.append)

    assert waits == []


def test_a_server_in_trouble_is_asked_again(
    remote: Path, tmp_path: Path, over_http: Callable[..., Path]
) -> None:
    answers = {1: 503, 2: 500, 3: 502, 4: 429}
    waits: list[float] = []
    with smart_http(tmp_path, lambda request, n: answers.get(n, 0)) as address:
        write(over_http(address), 1, sleep=waits.append)

    assert kept(remote, RAW) == [line(1)]
    assert len(waits) == 4


@pytest.mark.parametrize("others", [False, True])
def test_a_push_whose_answer_was_lost_is_written_once(
    remote: Path, tmp_path: Path, over_http: Callable[..., Path], others: bool
) -> None:
    def spoil(request: BaseHTTPRequestHandler, n: int) -> int:
        return -1 if n == 1 else 0

    with smart_http(tmp_path, spoil) as address:
        here = over_http(address)

        def meanwhile(seconds: float) -> None:
            if others:
                write(clone(remote, tmp_path / "other"), "other")

        write(here, 1, sleep=meanwhile)

    assert kept(remote, RAW) == ([line(1), line("other")] if others else [line(1)])


def test_a_fact_that_comes_back_to_what_it_was_is_kept(remote: Path, here: Path) -> None:
    for value in ("a", "b", "a"):
        records = opened(here)
        records.append(LEDGER, [line(value)])
        records.keep()

    assert kept(remote, LEDGER) == [line("a"), line("b"), line("a")]


# --- compaction --------------------------------------------------------------------------------


def test_compaction_keeps_each_file_and_one_commit(remote: Path, here: Path) -> None:
    for n in range(5):
        write(here, n)
    tree = git(remote, "rev-parse", f"{BRANCH}^{{tree}}")

    assert Branch(here).compact()
    assert commits(remote) == 1
    assert git(remote, "rev-parse", f"{BRANCH}^{{tree}}") == tree
    assert not Branch(here).compact()
    write(here, 5)
    assert kept(remote, RAW) == [line(n) for n in range(6)]


def test_compaction_gives_way_to_a_writer(remote: Path, here: Path, tmp_path: Path) -> None:
    write(here, 1)
    write(here, 2)
    late = Branch(here)
    late.read(RAW)
    write(clone(remote, tmp_path / "writer"), 3)
    with pytest.raises(StatuspageError, match="somebody wrote meanwhile"):
        late.compact()

    assert kept(remote, RAW) == [line(1), line(2), line(3)]


def test_a_writer_that_began_before_a_compaction_loses_nothing(
    remote: Path, here: Path, tmp_path: Path
) -> None:
    write(here, 1)
    write(here, 2)
    frozen = opened(here)
    frozen.append(RAW, [line(3)])
    other = clone(remote, tmp_path / "other")
    assert Branch(other).compact()
    frozen.keep()

    assert kept(remote, RAW) == [line(1), line(2), line(3)]
    assert commits(remote) == 2


def test_compaction_against_four_writers_loses_nothing(remote: Path, here: Path, tmp_path: Path) -> None:
    folders = [clone(remote, tmp_path / f"run{n}") for n in range(4)]
    write(here, "first")

    def run(n: int) -> None:
        for k in range(3):
            write(folders[n], f"{n}.{k}", sleep=time.sleep, jitter=random.random)

    def compact(n: int) -> int:
        with suppress(StatuspageError):
            return int(Branch(here).compact())
        return 0

    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(run, n) for n in range(4)]
        compacted = sum(map(compact, range(12)))
        for writer in writers:
            writer.result()

    assert compacted
    lines = [line("first"), *(line(f"{n}.{k}") for n in range(4) for k in range(3))]
    assert sorted(kept(remote, RAW)) == sorted(lines)


# --- changes -----------------------------------------------------------------------------------


def test_lines_are_laid_on_what_came_in_meanwhile() -> None:
    ours = [Append("x", ("a", "b"))]

    assert rebased(None, ours, None) == b"a\nb\n"
    assert rebased(b"1\n2\n", ours, b"1\n") == b"1\n2\na\nb\n"
    assert rebased(b"1\na\n2\n", ours, b"1\n") == b"1\na\n2\nb\n"
    assert rebased(b"a\n", ours, b"a\n") == b"a\na\nb\n"  # an older line that reads the same is another one
    assert rebased(b"new\nb\n", ours, b"old\n") == b"new\nb\na\n"
    assert after(b"1\n", [Put("x", None), Append("x", ("a",))]) == b"a\n"


def test_lines_that_came_in_while_a_file_of_lines_was_written_anew_stay() -> None:
    mended, gone = [Put("x.ndjson", b"a\n")], [Put("x.ndjson", None)]

    assert rebased(b"bad\na\nb\n", mended, b"bad\na\n") == b"a\nb\n"
    assert rebased(b"bad\na\n", mended, b"bad\na\n") == b"a\n"
    assert rebased(b"a\n", mended, None) == b"a\n"  # a try whose answer was lost
    assert rebased(b"other\n", mended, b"bad\na\n") == b"a\n"
    assert rebased(b"1\n2\n", gone, b"1\n") == b"2\n"
    assert rebased(b"1\n", gone, b"1\n") is None
    assert rebased(b"1\n2\n", [Put("kept/a", b"a")], b"1\n") == b"a"
