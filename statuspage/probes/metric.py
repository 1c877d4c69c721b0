"""Metric: a figure out of JSON, of a Prometheus query, or of a page of metrics, judged by `expect` and `prefer`.

Sources: prometheus.io/docs/prometheus/latest/querying/api (instant queries),
prometheus.io/docs/instrumenting/exposition_formats.
"""

import dataclasses
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar
from urllib.parse import quote, urlsplit

from pydantic import ConfigDict, Field, PlainValidator

from statuspage.causes import CODES, status_code
from statuspage.model import Finding, Reading, Verdict
from statuspage.net import Answer, Net, NetError, Request
from statuspage.probes.base import Occasion, shown, verdict_of
from statuspage.probes.expect import JsonPath, NumberMatch
from statuspage.probes.options import Duration, Headers, HttpUrl, masked

AHEAD = timedelta(minutes=5)
"""How far clocks may differ: a figure from further ahead than this is none."""

MAX_LINE = 8_192  # characters of a line of metrics

# --- options -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Series:
    """Name and labels of a sample on a page of metrics: `queue_size{queue="chat"}`."""

    text: str  # as it is written in the configuration
    name: str
    labels: Mapping[str, str]


_SERIES = r'([a-zA-Z_:][\w:]*)(?:[ \t]*\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?'
_SAMPLE = re.compile(  # name, labels, value, time in milliseconds (OpenMetrics: seconds), exemplar
    _SERIES + r"[ \t]+(\S+)(?:[ \t]+(-?[0-9]{1,20}(?:\.[0-9]{1,20})?))?[ \t\r]*(?:#.*)?", re.ASCII
)
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.ASCII)
_ESCAPED = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


def series(value: object) -> Series:
    """Read a series as it is written in the configuration. Raises ValueError."""
    short = value if isinstance(value, str) and len(value) <= MAX_LINE else ""
    found = re.fullmatch(_SERIES, short, re.ASCII)
    if found is None:
        raise ValueError('a metric is a name, with labels if need be, such as queue_size{queue="chat"}')
    labels = found[2] or ""
    if _LABEL.sub("", labels).strip():
        raise ValueError('labels are written as in {queue="chat",zone="a"}')
    return Series(short, found[1], _labels(labels))


SeriesName = Annotated[
    Series, PlainValidator(series, json_schema_input_type=Annotated[str, Field(pattern="^[a-zA-Z_:]")])
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricWishes:
    """What the figure should be."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    value: Annotated[
        NumberMatch | None, Field(description="The figure, such as {ge: 0.99}; a bare number means equals.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Up while a figure is as wanted."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    type: ClassVar[str] = "metric"
    schemes: ClassVar[Sequence[str]] = ()

    url: Annotated[
        HttpUrl,
        Field(
            description="Where the figure is; with `query`, the address of Prometheus itself.",
        ),
    ] = dataclasses.field(repr=False)
    field: Annotated[
        JsonPath | None, Field(description="Where in JSON the figure is, such as $.queue.waiting.")
    ] = None
    query: Annotated[
        str | None, Field(min_length=1, max_length=4000, description="A PromQL query that gives one figure.")
    ] = None
    metric: Annotated[
        SeriesName | None,
        Field(description="A sample on a page of metrics: its name, with labels if need be."),
    ] = None
    headers: Annotated[Headers, Field(description="Headers to send, secrets as ${NAME}.")] = (
        dataclasses.field(default_factory=dict, repr=False)
    )
    max_age: Annotated[
        Duration, Field(description="A figure whose time is older than this is missing; 15m, if not given.")
    ] = timedelta(minutes=15)
    expect: Annotated[MetricWishes, Field(description="What must hold; broken means down.")] = MetricWishes()
    prefer: Annotated[MetricWishes, Field(description="What should hold; broken means degraded.")] = (
        MetricWishes()
    )
    allow_private: Annotated[
        bool, Field(description="Let a public name resolve, or redirect, to a private address.")
    ] = False
    ca: Annotated[
        str, Field(description="File with the certificate authority (PEM) to trust instead of the system's.")
    ] = ""

    def __post_init__(self) -> None:
        if sum(way is not None for way in (self.field, self.query, self.metric)) != 1:
            raise ValueError("give one of `field`, `query` and `metric`: how the figure is found")
        if self.expect.value is None and self.prefer.value is None:
            raise ValueError("say what the figure should be, such as expect: {value: {le: 100}}")

    @property
    def target(self) -> str:
        return masked(self.url)

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        request = Request(
            url=self._address, headers=self.headers, allow_private=self.allow_private, ca=self.ca
        )
        try:
            answer = await net.fetch(request, within)
        except NetError as error:
            return dataclasses.replace(self._unanswered(error.code, error.detail), phases=error.phases)
        reading = self._heard(answer, occasion.at)
        return dataclasses.replace(reading, phases=answer.phases)

    def judge(self, figure: "Figure", at: datetime) -> Reading:
        """`at`: now. A reading has no latency: it would be that of whoever keeps the figure."""
        value, seen = _number(figure.value), figure.why or _told(figure.value)
        if value is None or (unfit := self._unfit(figure, at)):
            why = figure.why or ("what is there is no number" if value is None else unfit)
            return _reading("metric.missing", why, (Finding(self._place, "a number", seen, holds=False),))
        code, detail = self._fault(value)
        findings = (Finding(self._place, "a number", seen, holds=True), *self._findings(value))
        return dataclasses.replace(_reading(code, detail, findings), measures={"value": value})

    def _heard(self, answer: Answer, at: datetime) -> Reading:
        if not 200 <= answer.status < 300:
            code = status_code(answer.status, answer.headers, keyed=bool(self.headers))
            seen = shown(f"{answer.status} {answer.body[:200].decode(errors='replace')}")
            reading = self._unanswered(code, f"status {answer.status}")
            return dataclasses.replace(reading, findings=(Finding("status", "2xx", seen, holds=False),))
        if answer.truncated:
            return self.judge(Figure(why="longer than is read"), at)
        if self.metric is not None:
            return self.judge(on_page(answer.body.decode(errors="replace"), self.metric), at)
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            return self.judge(Figure(why="not JSON"), at)
        return self.judge(of_query(document) if self.field is None else at_path(document, self.field), at)

    def _unanswered(self, code: str, detail: str) -> Reading:
        """No figure came. With `query` it is the monitoring that is ill: nothing is known of the component."""
        if self.query is not None and CODES[code].verdict is Verdict.DOWN:
            return _reading("metric.missing", f"{code}: {detail}")
        return _reading(code, detail)

    def _unfit(self, figure: "Figure", at: datetime) -> str:
        """Why its time forbids to believe it, "" when it does not."""
        age = timedelta() if figure.at is None else at - figure.at
        if age > self.max_age:
            return f"the figure is {_seconds(age)} s old"
        return f"the figure's time lies {_seconds(-age)} s ahead" if -age > AHEAD else ""

    def _fault(self, value: float) -> tuple[str, str]:
        for code, wishes in (("expect.value", self.expect), ("prefer.value", self.prefer)):
            if wishes.value is not None and not wishes.value.holds([value]):
                return code, f"value {value:g}, wanted {wishes.value.figures}"
        return "", ""

    def _findings(self, value: float) -> Iterator[Finding]:
        for key, wishes in (("expect.value", self.expect), ("prefer.value", self.prefer)):
            if wishes.value is not None:
                yield Finding(key, wishes.value.figures, f"{value:g}", wishes.value.holds([value]))

    @property
    def _place(self) -> str:
        if self.field is not None:
            return f"field {self.field.text}"
        return f"metric {self.metric.text}" if self.metric is not None else "query"

    @property
    def _address(self) -> str:
        if self.query is None:
            return self.url
        parts = urlsplit(self.url)
        asked = "&".join(filter(None, (parts.query, f"query={quote(self.query, safe='')}")))
        path = parts.path.rstrip("/").removesuffix("/api/v1/query") + "/api/v1/query"
        return parts._replace(path=path, query=asked, fragment="").geturl()


# --- figures -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What stands where the figure should be."""

    value: object = None
    at: datetime | None = None  # None: it has no time
    why: str = ""  # there is none


def at_path(document: object, path: JsonPath) -> Figure:
    found = path.find(document)
    return Figure(value=found[0]) if len(found) == 1 else Figure(why=f"{len(found)} values at the field")


def of_query(document: object) -> Figure:
    """The answer to an instant query: a scalar, or a vector of one sample."""
    match document:
        case {"status": "success", "data": {"resultType": "scalar", "result": [at, value]}}:
            return _timed(value, at)
        case {"status": "success", "data": {"resultType": "vector", "result": [{"value": [at, value]}]}}:
            return _timed(value, at)
        case {"status": "success", "data": {"resultType": "vector", "result": [*samples]}}:
            several = f"the query gives {len(samples)} samples, not one"
            return Figure(why="the query's sample is no number" if len(samples) == 1 else several)
        case {"status": "success"}:
            return Figure(why="the query gives neither a scalar nor a vector")
    return Figure(why="not an answer of Prometheus")


def on_page(page: str, wanted: Series) -> Figure:
    """The one sample on a page of metrics that has the name and, among others, the labels."""
    found: list[Figure] = []
    for line in page.split("\n"):
        close = line.startswith(wanted.name) and len(line) <= MAX_LINE
        sample = _SAMPLE.fullmatch(line) if close else None
        if sample and sample[1] == wanted.name and wanted.labels.items() <= _labels(sample[2] or "").items():
            found.append(_timed(sample[3], sample[4]))
    return found[0] if len(found) == 1 else Figure(why=f"{len(found)} samples fit, not one")


def _labels(text: str) -> dict[str, str]:
    return {
        name: re.sub(r'\\[n"\\]', lambda escape: _ESCAPED[escape[0]], value)
        for name, value in _LABEL.findall(text)
    }


def _timed(value: object, at: object) -> Figure:
    """`at`: Unix seconds, or milliseconds when they can only be those; None: no time."""
    if at is None:
        return Figure(value=value)
    seconds = _number(at)
    if seconds is None or not 0 <= seconds < 1e14:
        return Figure(why="the figure's time cannot be read")
    return Figure(value=value, at=datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, UTC))


def _number(seen: object) -> float | None:
    """A finite number, or a text that is one, as Prometheus writes them."""
    if isinstance(seen, str) and len(seen) <= 64 and re.fullmatch(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?", seen, re.I):
        try:
            seen = float(seen)
        except ValueError:
            return None
    if isinstance(seen, bool) or not isinstance(seen, int | float):
        return None
    try:
        return float(seen) if math.isfinite(seen) else None
    except OverflowError:  # an integer larger than any float
        return None


def _told(value: object) -> str:
    """For the operator; a container may be nested deeper than Python writes."""
    return "a list or mapping" if isinstance(value, list | dict) else shown(value)


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)


def _reading(code: str, detail: str, findings: tuple[Finding, ...] = ()) -> Reading:
    return Reading(verdict=verdict_of(code), code=code, detail=detail, findings=findings)
