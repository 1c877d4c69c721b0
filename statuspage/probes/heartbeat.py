"""Heartbeat: how old is the time that a component has left in a URL or a file?"""

import asyncio
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePath
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from statuspage.causes import status_code
from statuspage.model import Finding, Reading
from statuspage.net import Answer, Net, NetError, Request
from statuspage.probes.base import Occasion, failed, shown, verdict_of
from statuspage.probes.expect import DurationMatch, JsonPath, Match
from statuspage.probes.http import text
from statuspage.probes.options import HeaderName, Headers, HttpUrl, masked

AHEAD = timedelta(minutes=5)
"""How far clocks may differ: a time further ahead than this is none."""

MAX_FILE = 65_536  # octets
MAX_TIME = 64  # characters of a written time
_FIRST, _LAST = (
    1e9,
    1e11,
)  # Unix seconds that are a date of ours: from 2001 on; greater ones have a finer unit

# --- options -----------------------------------------------------------------------------------


def _upper_limit(age: Match) -> Match:
    if any(operator not in ("le", "lt") for operator, _ in age.checks):
        raise ValueError("an age has an upper limit: write it such as {le: 10m}")
    return age


def _below(file: str) -> str:
    path = PurePath(file)
    if not file.isprintable() or not path.name or path.is_absolute() or ".." in path.parts:
        raise ValueError("`file` is a path below the working folder, such as heartbeats/database.txt")
    return file


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatWishes:
    """How old the last sign of life may be."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    age: Annotated[
        Annotated[DurationMatch, AfterValidator(_upper_limit)] | None,
        Field(description="Time since the last sign of life, such as {le: 10m}."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Up while the last sign of life is as young as wanted."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "heartbeat"
    schemes: ClassVar[Sequence[str]] = ()

    url: Annotated[
        HttpUrl | None,
        Field(description="Where the time is read, beginning with http:// or https://."),
    ] = dataclasses.field(default=None, repr=False)
    file: Annotated[
        Annotated[str, AfterValidator(_below)] | None,
        Field(description="In place of `url`: a file below the working folder."),
    ] = None
    field: Annotated[
        JsonPath | None, Field(description="Where in JSON the time is; else it is the whole text.")
    ] = None
    header: Annotated[
        HeaderName | None, Field(description="In place of `field`: a header of the answer, as last-modified.")
    ] = None
    headers: Annotated[Headers, Field(description="Headers to send, secrets as ${NAME}.")] = (
        dataclasses.field(default_factory=dict, repr=False)
    )
    expect: Annotated[HeartbeatWishes, Field(description="What must hold; broken means down.")] = (
        HeartbeatWishes()
    )
    prefer: Annotated[HeartbeatWishes, Field(description="What should hold; broken means degraded.")] = (
        HeartbeatWishes()
    )
    allow_private: Annotated[
        bool, Field(description="Let a public name resolve, or redirect, to a private address.")
    ] = False
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    def __post_init__(self) -> None:
        if (self.url is None) == (self.file is None):
            raise ValueError("give `url` or `file`: where the sign of life is")
        if self.header is not None and (self.field is not None or self.url is None):
            raise ValueError("`header` is of a `url`, and stands in place of `field`")
        if self.expect.age is None and self.prefer.age is None:
            raise ValueError("say how old the sign of life may be, such as expect: {age: {le: 10m}}")

    @property
    def target(self) -> str:
        return masked(self.url) if self.url is not None else f"file:{self.file}"

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        if self.url is None:
            content = await _content(str(self.file), within)
            seen, why = (None, "the file cannot be read") if content is None else self._sign(content)
            return self.judge(seen, why, occasion.at)
        request = Request(url=self.url, headers=self.headers, allow_private=self.allow_private, ca=self.ca)
        try:
            answer = await net.fetch(request, within)
        except NetError as error:
            return failed(error)
        reading = self._heard(answer, occasion.at)
        return dataclasses.replace(reading, phases=answer.phases)

    def judge(self, seen: object, why: str, at: datetime) -> Reading:
        """`seen`: the time as it is written; None: there is none, and `why`. `at`: now.

        A reading has no latency: it would be that of the notebook, not of the component that writes in it.
        """
        sign = moment(seen)
        if sign is None or sign - at > AHEAD:
            if sign is not None:
                why = f"the time lies {_seconds(sign - at)} s ahead"
            finding = Finding(self._place, "a time", why if seen is None else _told(seen), holds=False)
            return _reading("heartbeat.unreadable", why or "what is there is no time", (finding,))
        age = max(at - sign, timedelta()).total_seconds()
        code, detail = self._fault(age)
        findings = (Finding(self._place, "a time", shown(seen), holds=True), *self._findings(age))
        return _reading(code, detail, findings, age)

    def _heard(self, answer: Answer, at: datetime) -> Reading:
        if not 200 <= answer.status < 300:
            code = status_code(answer.status, answer.headers, keyed=bool(self.headers))
            status = Finding("status", "2xx", str(answer.status), holds=False)
            return _reading(code, f"status {answer.status}", (status,))
        if self.header is not None:
            return self.judge(answer.headers.get(self.header), "the header is missing", at)
        if answer.truncated:
            return self.judge(None, "longer than is read", at)
        return self.judge(*self._sign(text(answer)), at)

    def _sign(self, content: str) -> tuple[object, str]:
        """What stands where the time should be, or None and why."""
        if self.field is None:
            return content.strip() or None, "there is nothing"
        try:
            found = self.field.find(json.loads(content))
        except (ValueError, RecursionError):
            return None, "not JSON"
        if len(found) != 1:
            return None, f"{len(found)} values at the field"
        return found[0], "" if found[0] is not None else "the field is null"

    def _fault(self, age: float) -> tuple[str, str]:
        for code, wishes in (("heartbeat.old", self.expect), ("heartbeat.late", self.prefer)):
            if wishes.age is not None and not wishes.age.holds([age]):
                return code, f"last sign of life {age:.0f} s ago, wanted {wishes.age.figures}"
        return "", ""

    def _findings(self, age: float) -> Iterator[Finding]:
        for key, wishes in (("expect.age", self.expect), ("prefer.age", self.prefer)):
            if wishes.age is not None:
                yield Finding(key, wishes.age.figures, f"{age:.0f} s", wishes.age.holds([age]))

    @property
    def _place(self) -> str:
        if self.header is not None:
            return f"header {self.header}"
        return f"field {self.field.text}" if self.field is not None else "text"


# --- times -------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT", re.ASCII)


def moment(seen: object) -> datetime | None:
    """A written time: ISO 8601 with its zone, Unix seconds or a finer unit, RFC 9110 §5.6.7. None: it is none.

    What lies before 2001 is none either: a counter, a zero, the beginning of somebody's calendar.
    """
    if isinstance(seen, str) and _NUMBER.fullmatch(seen):
        seen = float(seen)
    if isinstance(seen, int | float) and not isinstance(seen, bool):
        return _of_unix(seen)
    if not isinstance(seen, str) or len(seen) > MAX_TIME:
        return None
    try:
        read = parsedate_to_datetime(seen) if _HTTP_DATE.fullmatch(seen) else datetime.fromisoformat(seen)
        return _of_unix(read.timestamp()) if read.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _of_unix(number: float) -> datetime | None:
    """Seconds, or milli-, micro- or nanoseconds: by their size, which for times of ours never overlaps."""
    if not 0 <= number < _LAST * 1e9:  # not a number, for one
        return None
    while number >= _LAST:
        number /= 1000
    return datetime.fromtimestamp(number, UTC) if number >= _FIRST else None


# --- small helpers -----------------------------------------------------------------------------


async def _content(file: str, within: timedelta) -> str | None:
    """The file's text; None when there is none, or not in time."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await asyncio.to_thread(_read, Path(file))
    except OSError:  # TimeoutError is one
        return None


def _read(file: Path) -> str | None:
    if not file.is_file():  # a pipe would never end
        return None
    with file.open("rb") as content:
        head = content.read(MAX_FILE + 1)
    return head.decode(errors="replace") if len(head) <= MAX_FILE else None


def _told(value: object) -> str:
    """For the operator; a container may be nested deeper than Python writes."""
    return "a list or mapping" if isinstance(value, list | dict) else shown(value)


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)


def _reading(code: str, detail: str, findings: tuple[Finding, ...], age: float | None = None) -> Reading:
    measures: Mapping[str, float] = {} if age is None else {"age": age}
    return Reading(verdict=verdict_of(code), code=code, detail=detail, measures=measures, findings=findings)
