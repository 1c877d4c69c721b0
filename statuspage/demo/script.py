"""The demonstration's scripted world: what 90 days of asking would have found, and what people wrote.

All of it is a pure function of `now`: the noise comes from a hash, the dates are counted back from `now`.
"""

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from statuspage.causes import CODES
from statuspage.intervals import Interval
from statuspage.model import Reading, Verdict

STEP = timedelta(minutes=30)  # the declared cadence of the scripted world
SPAN = timedelta(days=90)

_CONFIG = "components.yaml"
_USUAL = {  # milliseconds
    "chat-api": 35,
    "website-widget": 60,
    "chat-engine": 420,
    "live-chat-socket": 45,
    "language-model": 900,
    "knowledge-search": 180,
    "message-queue": 4,
}
_ADDED = {"live-chat-socket": timedelta(days=50)}  # ago; the others were there before the 90 days


@dataclass(frozen=True, slots=True)
class Trouble:
    """A planted fault of one component. `slowed`: times the usual latency; 0: no whole answer came."""

    component: str
    time: Interval
    code: str
    detail: str = ""
    slowed: float = 0


@dataclass(frozen=True, slots=True)
class World:
    """What the demonstration finds and shows at `now`."""

    now: datetime
    config: str  # the text of components.yaml
    files: Mapping[str, str]  # incidents/*.md by path; every update carries its time
    troubles: tuple[Trouble, ...]

    def present(self, at: datetime) -> frozenset[str]:
        """Ids of the components that were probed at `at`."""
        return frozenset(c for c in _USUAL if c not in _ADDED or at >= self.now - _ADDED[c])

    def answer(self, component: str, at: datetime) -> Reading:
        """What asking `component` at `at` finds."""
        usual = _latency(component, at)
        for trouble in self.troubles:
            if trouble.component == component and trouble.time.start <= at < trouble.time.end:
                return Reading(
                    verdict=CODES[trouble.code].verdict,
                    latency=_whole(usual * trouble.slowed) if trouble.slowed else None,
                    code=trouble.code,
                    detail=trouble.detail,
                )
        return Reading(verdict=Verdict.UP, latency=_whole(usual))


def world(now: datetime) -> World:
    return World(now, _config(), dict(_files(now)), _troubles(now))


def steps(now: datetime) -> Iterator[datetime]:
    """When the rounds of the 90 days up to `now` began, on the half hour, oldest first; three hours are missing."""
    last = _last_step(now)
    missed = _ago(now, 820, 817)  # as when a schedule drops runs
    for n in range(SPAN // STEP, -1, -1):
        at = last - n * STEP
        if not missed.start <= at < missed.end:
            yield at


# --- what asking finds -------------------------------------------------------------------------


def _troubles(now: datetime) -> tuple[Trouble, ...]:
    """The incident files tell of most of them, the maintenance of the last; two were never written about."""
    ago = partial(_ago, now)
    work = _midnight(now) - timedelta(days=20) + timedelta(hours=2)
    return (
        Trouble("language-model", ago(30, 26.5), "slow", slowed=4),
        Trouble("chat-engine", ago(29.5, 26.5), "slow", slowed=8),
        Trouble("chat-engine", ago(222, 220.5), "http.500", "status 500", slowed=0.2),
        Trouble("knowledge-search", ago(556, 553), "http.502", "status 502", slowed=0.1),
        Trouble("message-queue", ago(990, 989), "tcp.refused"),
        Trouble("website-widget", ago(1400, 1399.5), "http.404", "status 404", slowed=1),
        Trouble("language-model", ago(1590, 1585), "slow", slowed=4),
        Trouble("language-model", ago(1730, 1729), "auth.denied", "status 401", slowed=0.1),
        Trouble(
            "knowledge-search",
            Interval(work, work + timedelta(hours=1)),
            "http.503",
            "status 503",
            slowed=0.1,
        ),
    )


def _latency(component: str, at: datetime) -> float:
    """Milliseconds: the usual ones, more in the afternoon, with noise that is the same for the same moment."""
    hour = at.hour + at.minute / 60
    rhythm = 1 + 0.2 * math.cos((hour - 14) / 24 * math.tau)
    digest = hashlib.blake2b(f"{component} {at:%Y%m%dT%H%M}".encode(), digest_size=4).digest()
    noise = int.from_bytes(digest) / (1 << 32)
    return _USUAL[component] * rhythm * (0.85 + 0.3 * noise + 0.2 * noise**16)


def _whole(milliseconds: float) -> timedelta:
    return timedelta(milliseconds=max(1, round(milliseconds)))


# --- when --------------------------------------------------------------------------------------


def _last_step(now: datetime) -> datetime:
    return _midnight(now) + (now - _midnight(now)) // STEP * STEP


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.date(), time(), now.tzinfo)


def _ago(now: datetime, start: float, end: float) -> Interval:
    """From `start` to `end` hours before the last step."""
    last = _last_step(now)
    return Interval(last - timedelta(hours=start), last - timedelta(hours=end))


# --- what people wrote -------------------------------------------------------------------------

_MARK = re.compile(r"@(?:(?P<hours>\d+):(?P<minutes>\d\d) ago|day (?P<days>[+-]\d+))@")


def example() -> str:
    """The components.yaml of the chatbot that ships with us."""
    packed = resources.files(__package__) / _CONFIG
    source: Traversable = packed if packed.is_file() else Path(__file__).parents[2] / _CONFIG  # a checkout
    return source.read_text("utf-8")


def _config() -> str:
    """The example's, its cadence stretched to the script's."""
    return example().replace("every: 5m", f"every: {STEP // timedelta(minutes=1)}m", 1)


def _files(now: datetime) -> Iterator[tuple[str, str]]:
    """Paths and texts, the marks of `demo/incidents/` put right; a name begins with the file's first date."""
    for source in sorted((resources.files(__package__) / "incidents").iterdir(), key=lambda file: file.name):
        text = _MARK.sub(partial(_dated, now), source.read_text("utf-8"))
        day = re.search(r"\d{4}-\d\d-\d\d", text)
        assert day is not None
        yield f"incidents/{day[0]}-{source.name}", text


def _dated(now: datetime, mark: re.Match[str]) -> str:
    """`@29:40 ago@` is a moment before the last step, `@day -20@` a date counted from today, both UTC."""
    if mark["days"]:
        return f"{now + timedelta(days=int(mark['days'])):%Y-%m-%d}"
    back = timedelta(hours=int(mark["hours"]), minutes=int(mark["minutes"]))
    return f"{_last_step(now) - back:%Y-%m-%d %H:%M} UTC"
