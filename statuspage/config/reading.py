"""The text of `components.yaml` to a Config, or every problem in it."""

from collections.abc import Mapping
from typing import TypeVar

from statuspage import yamlfile
from statuspage.config.components import Reader, keys_of, known_schemes, no_kind
from statuspage.config.continuity import ContinuityOptions
from statuspage.config.findings import Findings
from statuspage.config.journeys import journeys
from statuspage.config.notify import Target
from statuspage.config.options import (
    CONTROL,
    BudgetOptions,
    ComponentOptions,
    Config,
    DefaultOptions,
    GroupOptions,
    IncidentOptions,
    PageOptions,
)
from statuspage.config.references import circle, dependencies, equal_ids, head
from statuspage.config.refusals import validated
from statuspage.config.secrets import Expanded, expand
from statuspage.config.targets import TargetReader, members
from statuspage.errors import Problems, nearest
from statuspage.model import Journey
from statuspage.probes import KINDS, kind_for
from statuspage.yamlfile import Loaded, Value

KEYS = (
    "page",
    "defaults",
    "control",
    "budget",
    "incidents",
    "continuity",
    "journeys",
    "notify",
    "groups",
    "components",
)

T = TypeVar("T")


def load(text: str, path: str, environ: Mapping[str, str]) -> Config:
    """Read `components.yaml`. Raises Problems with all that is wrong in it, by line.

    A secret that is not set is no fault of the file: its component has no probe, `Config.unset` says why.
    """
    loaded = yamlfile.load(text, path)
    secrets = expand(loaded, environ)
    findings = Findings(loaded, secrets)
    file = secrets.value
    if not isinstance(file, dict):
        what = "the file is empty" if file is None else "the file must be a mapping"
        findings.refuse((), what, "begin with components: and below it - name: ... and url: ...")
        raise Problems(findings.problems)
    config = _config(file, loaded, secrets, findings)
    if findings.problems:
        problems = dict.fromkeys(findings.problems)
        raise Problems(sorted(problems, key=lambda p: p.where.line if p.where else 0))
    return config


def _config(file: dict[str, Value], loaded: Loaded, secrets: Expanded, findings: Findings) -> Config:
    for key in file:
        if key not in KEYS:
            findings.refuse((key,), f"unknown key '{key}'", nearest(key, KEYS))
    page = _part(PageOptions, file, "page", findings) or PageOptions()
    _warn_of_page(file.get("page"), findings)
    defaults = _part(DefaultOptions, file, "defaults", findings) or DefaultOptions()
    groups = _groups(file, findings)
    reader = Reader(secrets, findings, defaults, _group_names(file))
    components = _components(file, loaded, reader, findings)
    if "groups" not in file:
        groups = tuple(GroupOptions(name=name) for name in dict.fromkeys(c.group for c in components) if name)
    return Config(
        page=page,
        defaults=defaults,
        control=_control(file, secrets, findings),
        budget=_part(BudgetOptions, file, "budget", findings) or BudgetOptions(),
        incidents=_part(IncidentOptions, file, "incidents", findings) or IncidentOptions(),
        continuity=_part(ContinuityOptions, file, "continuity", findings) or ContinuityOptions(),
        journeys=_journeys(file, findings),
        notify=_targets(file, loaded, secrets, findings, page),
        groups=groups,
        components=components,
        warnings=tuple(findings.warnings),
        unset=tuple(findings.unset),
        secrets=tuple(dict.fromkeys(secrets.values.values())),
        source=loaded,
    )


def _part(kind: type[T], file: dict[str, Value], key: str, findings: Findings) -> T | None:
    if key not in file:
        return None
    part, refusals = validated(kind, file[key])
    findings.refuse_all((key,), refusals)
    return part


def _warn_of_page(page: Value, findings: Findings) -> None:
    written = page if isinstance(page, dict) else {}
    for key, instead, mend in (
        ("name", "the page is called 'Status'", "name: Example Assistant"),
        ("url", "feeds and links say http://localhost:8000", "url: https://status.example.org"),
        ("since", "the feeds' ids hold the year of the first run", "since: 2026"),
    ):
        if written.get(key) is None:
            findings.warn(("page",), f"page.{key} is not given: {instead}", f"page: {{{mend}}}")


def _groups(file: dict[str, Value], findings: Findings) -> tuple[GroupOptions, ...]:
    groups: dict[str, GroupOptions] = {}
    for n, item in enumerate(_list(file, "groups", findings)):
        group, refusals = validated(GroupOptions, item)
        findings.refuse_all(("groups", n), refusals)
        if group and group.name in groups:
            findings.refuse(("groups", n), f"the group '{group.name}' stands here twice", "delete one")
        elif group:
            groups[group.name] = group
    return tuple(groups.values())


def _group_names(file: dict[str, Value]) -> list[str] | None:
    """Names of the groups written, right or wrong otherwise; None when there is no such list."""
    groups = file.get("groups")
    if not isinstance(groups, list):
        return None
    names = (group.get("name") for group in groups if isinstance(group, dict))
    return [name.strip() for name in names if isinstance(name, str)]


def _control(file: dict[str, Value], secrets: Expanded, findings: Findings) -> tuple[str, ...]:
    """The targets that can be asked; one whose secret is missing is left out."""
    if "control" not in file:
        return CONTROL
    unset = findings.missing(("control",))
    targets: list[str] = []
    for n, target in enumerate(_list(file, "control", findings)):
        path = ("control", n)
        if unset and secrets.unset(path):
            continue
        if not isinstance(target, str):
            findings.refuse(path, "a control target is an address", "such as https://example.org/")
        elif (kind := kind_for(target)) is None or "url" not in keys_of(kind):
            findings.misfit(path, no_kind(target), known_schemes())
        else:
            _, refusals = validated(KINDS[kind], {"url": target})
            for refusal in refusals:
                findings.misfit(path, refusal.what, refusal.mend)
            if not refusals:
                targets.append(target)
    return tuple(targets)


def _components(
    file: dict[str, Value], loaded: Loaded, reader: Reader, findings: Findings
) -> tuple[ComponentOptions, ...]:
    items = _list(file, "components", findings)
    if file.get("components", []) == []:
        mend = "components: [{name: API, url: 'https://api.example.org/health'}]"
        findings.refuse(("components",), "there are no components", mend)
    heads = [head(item) for item in items]
    depends, conflicts = dependencies(items, heads)
    for conflict in (*equal_ids(heads), *conflicts, *circle(heads, depends)):
        findings.refuse(conflict.path, conflict.what, conflict.mend)
    read = (
        reader.component(item, ("components", n), heads[n].id, depends[n], loaded.where("components", n))
        for n, item in enumerate(items)
    )
    return tuple(component for component in read if component)


def _journeys(file: dict[str, Value], findings: Findings) -> tuple[Journey, ...]:
    items = file.get("components")
    components = items if isinstance(items, list) else []
    return journeys(
        _list(file, "journeys", findings), components, [head(item) for item in components], findings
    )


def _targets(
    file: dict[str, Value], loaded: Loaded, secrets: Expanded, findings: Findings, page: PageOptions
) -> tuple[Target, ...]:
    items = file.get("components")
    known = members(items if isinstance(items, list) else (), _group_names(file) or ())
    return TargetReader(loaded, secrets, findings, page, known).targets(_list(file, "notify", findings))


def _list(file: dict[str, Value], key: str, findings: Findings) -> list[Value]:
    value = file.get(key, [])
    if isinstance(value, list):
        return value
    findings.refuse((key,), f"{key}: must be a list", "begin each item with a hyphen")
    return []
