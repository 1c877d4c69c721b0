"""What the ledger says of deliveries, found by what is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from statuspage.deliveries import TOLD, Entry, entries
from statuspage.notices import NoticeKind
from statuspage.notify.filters import ENDS
from statuspage.notify.plan import World


@dataclass(frozen=True, slots=True)
class Known:
    """Of all targets."""

    entries: Mapping[tuple[str, str], Entry]  # by target and key
    threads: Mapping[tuple[str, str], Sequence[Entry]]  # by target and thread
    over: frozenset[str]  # threads that have ended
    reminded: Mapping[tuple[str, str], datetime]  # when a target was told of a reminder's matter

    @classmethod
    def of(cls, world: World) -> "Known":
        by_key: dict[tuple[str, str], Entry] = {}
        threads: dict[tuple[str, str], list[Entry]] = {}
        reminded: dict[tuple[str, str], datetime] = {}
        for one in entries(world.ledger):
            by_key[one.target, one.key] = one
            threads.setdefault((one.target, one.thread), []).append(one)
            if one.kind == NoticeKind.REMINDER and (one.status in TOLD or one.claimed):
                reminded[one.target, one.thread] = one.at
        over = frozenset(notice.thread for notice in world.notices if notice.kind in ENDS)
        return cls(by_key, threads, over, reminded)
