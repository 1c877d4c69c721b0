"""Rounds of parts of the components, asked by several machines: handed on in files, put together into whole ones."""

import re
from collections.abc import Iterable
from itertools import groupby

from statuspage.errors import Problem
from statuspage.history import decode_rounds, encode_round
from statuspage.ledger import Ledger
from statuspage.ledger import encode as encode_fact
from statuspage.model import Fact, Round, Sample

_SHARD = re.compile(r"(\+[0-9]+of[0-9]+)?$")


def mark(shard: tuple[int, int] | None) -> str:
    """What tells the rounds of one run's shards apart, at the end of their ids: `+3of8`."""
    return "+{}of{}".format(*shard) if shard else ""


def written(rounds: Iterable[Round], facts: Iterable[Fact]) -> str:
    """The lines of a file that hands them on: as in the history and its ledger."""
    return "".join(f"{line}\n" for line in (*map(encode_round, rounds), *map(encode_fact, facts)))


def read(data: bytes, path: str) -> tuple[list[Round], list[Fact], list[Problem]]:
    """What such a file holds, and a warning when its last line is torn. Raises Problems for any other broken line."""
    rounds, trouble = decode_rounds(_of(data, facts=False), path)
    ledger, more = Ledger.decode(_of(data, facts=True), path)
    return rounds, [fact for kind in ledger.kinds for fact in ledger.facts(kind).values()], [*trouble, *more]


def whole(rounds: Iterable[Round]) -> list[Round]:
    """One round of each run and place from those of its shards, oldest first.

    It begins with the first of them. A void shard judged nothing: what it was to ask is not in the whole one, which is
    void itself when all of them are. Of two samples of a component the later one holds.
    """
    ordered = sorted(rounds, key=lambda round_: (_run(round_), round_.at, round_.id))
    return sorted(
        (_joined(list(parts)) for _, parts in groupby(ordered, key=_run)),
        key=lambda round_: (round_.at, round_.id),
    )


def _of(data: bytes, *, facts: bool) -> bytes:
    """The lines of one sort; the others are left blank, so that each line keeps its number."""
    lines = data.split(b"\n")
    return b"\n".join(line if line.startswith(b'{"kind"') is facts else b"" for line in lines)


def _run(round_: Round) -> tuple[str, str]:
    """The run's name and its place: an id is `TIME-NAME+SHARD@PLACE`, the times of shards differ."""
    name = round_.id.partition("-")[2].removesuffix(f"@{round_.vantage}" if round_.vantage else "")
    return _SHARD.sub("", name), round_.vantage


def _joined(parts: list[Round]) -> Round:
    first = parts[0]
    name, place = _run(first)
    valid = [part for part in parts if not part.void]
    samples: dict[str, Sample] = {}
    for sample in sorted((s for part in valid for s in part.samples), key=lambda sample: sample.at):
        samples[sample.component] = sample
    return Round(
        id=f"{first.id.partition('-')[0]}-{name}{f'@{place}' if place else ''}",
        at=first.at,
        vantage=place,
        void="" if valid else first.void,
        samples=tuple(samples.values()),
    )
