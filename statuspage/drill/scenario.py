"""A file of drills: what fails, for how long, and what must come of it. YAML."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from statuspage import yamlfile
from statuspage.causes import CODES
from statuspage.config import ComponentOptions, Config
from statuspage.config.keys import strict
from statuspage.config.refusals import validated
from statuspage.drill.faults import Fault
from statuspage.drill.play import Order, Result
from statuspage.drill.proxy import Place, StandIn
from statuspage.errors import Problem, Problems, nearest
from statuspage.probes.options import Duration
from statuspage.yamlfile import Loaded

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
TLS = frozenset({"https", "wss", "tls"})


def _fault(word: str) -> str:
    if word not in [*Fault]:
        raise ValueError(f"there is no fault '{word}': {nearest(word, Fault)}")
    return word


def _code(word: str) -> str:
    if word not in CODES:
        raise ValueError(f"there is no code '{word}': {nearest(word, CODES)}")
    return word


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of a drill; spans from the beginning of the fault, `recovered` from its end."""

    detected: Duration | None = None
    told: Duration | None = None
    recovered: Duration | None = None
    code: Annotated[str, AfterValidator(_code)] = ""
    undetected: bool = False  # the checks cannot see it, and the scenario knows


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    component: str
    fault: Annotated[str, AfterValidator(_fault)]
    lasting: Annotated[Duration | None, Field(alias="for")] = None
    fallback: str = ""
    within: Duration | None = None
    expect: Expected = Expected()


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    drills: Annotated[tuple[_Step, ...], Field(min_length=1, max_length=100)]
    stand_ins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    orders: tuple[tuple[Order, Expected], ...]
    stand_ins: Mapping[Place, StandIn]  # what answers in the place of the targets


def read_scenario(text: str, path: str, config: Config) -> Scenario:
    """Raises Problems with all that is wrong in it, by line."""
    loaded = yamlfile.load(text, path)
    file, refusals = validated(_File, loaded.value)
    problems = [Problem(one.what, loaded.where(*one.path), one.mend) for one in refusals]
    if file is None:
        raise Problems(sorted(problems, key=_line))
    steps = [_order(config, loaded, n, step, problems) for n, step in enumerate(file.drills)]
    stand_ins = dict(_stand_ins(file.stand_ins, loaded, problems))
    if problems:
        raise Problems(sorted(problems, key=_line))
    return Scenario(
        tuple((order, step.expect) for order, step in zip(steps, file.drills, strict=True)), stand_ins
    )


def unmet(result: Result, expected: Expected) -> Iterator[str]:
    """What a scenario expects and did not come."""
    if expected.undetected:
        if result.detected is not None:
            yield f"it was detected after {result.detected}, which the scenario says cannot be"
        return
    yield from result.amiss
    limits: list[tuple[str, timedelta | None, timedelta | None]] = [
        ("detected", result.detected, expected.detected),
        ("told", result.told.get("message"), expected.told),
        ("seen to work again", result.recovered, expected.recovered),
    ]
    for what, took, limit in limits:
        if limit is not None and took is not None and took > limit:
            yield f"it was {what} after {took}, expected within {limit}"
    if expected.code and result.detected is not None and result.code != expected.code:
        yield f"the code is {result.code or 'none'}, expected {expected.code}"


def component_named(config: Config, word: str) -> ComponentOptions | None:
    """By name or id."""
    folded = word.strip().casefold()
    found = (one for one in config.components if folded in (one.id.casefold(), one.name.casefold()))
    return next(found, None)


def no_such(config: Config, word: str) -> tuple[str, str]:
    """What is wrong with a name that is none, and how to mend it."""
    return f"there is no component '{word}'", nearest(word, [one.name for one in config.components])


def _order(config: Config, loaded: Loaded, n: int, step: _Step, problems: list[Problem]) -> Order:
    ids = {"component": step.component, "fallback": step.fallback}
    for key, word in ids.items():
        if not word:
            continue
        one = component_named(config, word)
        if one is None:
            what, mend = no_such(config, word)
            problems.append(Problem(what, loaded.where("drills", n, key), mend))
        else:
            ids[key] = one.id
    if step.within is not None and not step.fallback:
        what, mend = "within: is for a fallback", "name one: fallback: ..., or use expect: {recovered: ...}"
        problems.append(Problem(what, loaded.where("drills", n, "within"), mend))
    return Order(
        component=ids["component"],
        fault=Fault(step.fault),
        lasting=step.lasting,
        fallback=ids["fallback"],
        within=step.within,
    )


def _stand_ins(
    given: Mapping[str, str], loaded: Loaded, problems: list[Problem]
) -> Iterator[tuple[Place, StandIn]]:
    for url, instead in given.items():
        try:
            place, _ = _place(url)
            (host, port), tls = _place(instead)
        except ValueError as error:
            mend = "write https://api.example.org: http://127.0.0.1:8801"
            problems.append(Problem(str(error), loaded.where("stand_ins", url), mend))
        else:
            yield place, StandIn(host, port, tls)


def _place(url: str) -> tuple[Place, bool]:
    parts = urlsplit(url)
    port = parts.port or PORTS.get(parts.scheme)
    if not parts.hostname or not port or parts.path.strip("/"):
        raise ValueError(f"'{url}' is no address of a scheme, a host and a port")
    return (parts.hostname, port), parts.scheme in TLS


def _line(problem: Problem) -> int:
    return problem.where.line if problem.where else 0
